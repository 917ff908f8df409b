"""Layers: the file, then the environment, then the command line; and where each value comes from."""

import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from pydantic import ValidationError

from text_al.config import RunConfig, config_from_dict, load_config
from text_al.config.schema import Component, Data, FileSource, Training
from text_al.errors import ConfigError

SMALL = """\
name: small
data:
  pool: texts.csv
training:
  max_epochs: 3
active_learning:
  strategy:
    type: multilabel_margin
    args: {over_labels: mean}
"""


@pytest.fixture
def small(tmp_path):
    return write(tmp_path, SMALL)


def write(folder, text, name="train.yaml"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def load(path, *overrides, environ=None, checks=()):
    return load_config(path, overrides, environ=environ or {}, checks=checks)


def problems(path, *overrides, environ=None, checks=()):
    with pytest.raises(ConfigError) as error:
        load(path, *overrides, environ=environ, checks=checks)
    return [problem.replace(f"{path}", path.name) for problem in error.value.problems]


def test_when_a_file_says_little_then_the_rest_is_default(small):
    config = load(small).config

    assert (config.name, config.data.pool, config.training.max_epochs) == ("small", "texts.csv", 3)
    assert config.training.batch_size == Training().batch_size


def test_when_all_layers_set_a_key_then_the_command_line_wins_over_the_environment_over_the_file(small):
    environ = {"TEXT_AL__TRAINING__MAX_EPOCHS": "4", "TEXT_AL__SEED": "7"}

    both = load(small, "training.max_epochs=5", environ=environ)
    environment = load(small, environ=environ)

    assert (both.config.training.max_epochs, both.config.seed) == (5, 7)
    assert environment.config.training.max_epochs == 4


def test_when_asked_for_its_origin_then_each_key_names_the_layer_that_set_it(small):
    loaded = load(
        small,
        "data.pool={path: [a.csv, b.csv]}",
        "model.max_length=64",
        environ={"TEXT_AL__SEED": "7", "text_al__seed": "8", "TEXT_AL__training__Batch_Size": "2"},
    )

    assert loaded.path == small
    assert loaded.origin("name") == f"{small}:1"
    assert loaded.origin("training.max_epochs") == f"{small}:5"
    assert loaded.origin("active_learning.strategy.args.over_labels") == f"{small}:9"
    assert loaded.origin("seed") == "TEXT_AL__SEED"
    assert loaded.origin("training.batch_size") == "TEXT_AL__training__Batch_Size"
    assert loaded.origin("model") == loaded.origin("model.max_length") == "command line"
    assert loaded.origin("data.pool.path.1") == "command line"
    assert loaded.origin("training.learning_rate") == "default"


def test_when_a_section_is_replaced_then_its_old_keys_have_no_origin_any_more(small):
    loaded = load(small, "active_learning.strategy={type: random}")

    assert loaded.origin("active_learning.strategy.type") == "command line"
    assert loaded.origin("active_learning.strategy.args.over_labels") == "default"
    assert loaded.config.active_learning.strategy == Component(type="random")


@pytest.mark.parametrize(
    ("override", "key", "value"),
    [
        ("training.learning_rate=2e-5", "training.learning_rate", 2e-5),
        ("training.learning_rate=1", "training.learning_rate", 1.0),
        ("training.early_stopping=", "training.early_stopping", None),
        ("training.early_stopping=null", "training.early_stopping", None),
        ("training.early_stopping.patience=9", "training.early_stopping.patience", 9),
        ("data.labels=[a, yes, 中文]", "data.labels", ["a", "yes", "中文"]),
        ("data.pool=../x.jsonl", "data.pool", "../x.jsonl"),
        ("data.pool={hub: a/b}", "data.pool.hub", "a/b"),
        ("data.validation.path=v.csv", "data.validation.path", "v.csv"),
        (
            "active_learning.strategy.args.x=1",
            "active_learning.strategy.args",
            {"over_labels": "mean", "x": 1},
        ),
        ("active_learning.strategy.type=random", "active_learning.strategy.args", {"over_labels": "mean"}),
        ("oracle={type: file, args: {folder: a=b}}", "oracle.args", {"folder": "a=b"}),
        ("name='0777'", "name", "0777"),
        ("tracking.tensorboard=FALSE", "tracking.tensorboard", False),
        (" name =new", "name", "new"),
    ],
)
def test_when_a_setting_is_overridden_then_its_value_is_read_as_yaml(small, override, key, value):
    found = load(small, override).config
    for part in key.split("."):
        found = getattr(found, part)

    assert found == value
    assert type(found) is type(value)


def test_when_a_setting_is_given_twice_then_the_later_wins(small):
    assert load(small, "seed=1", "seed=2").config.seed == 2


def test_when_two_variables_differ_in_case_alone_then_their_order_does_not_depend_on_the_system(small):
    one, two = {"TEXT_AL__SEED": "1", "TEXT_AL__seed": "2"}, {"TEXT_AL__seed": "2", "TEXT_AL__SEED": "1"}

    assert load(small, environ=one).config.seed == load(small, environ=two).config.seed == 2


def test_when_a_file_says_null_then_an_override_may_still_begin_the_section(tmp_path):
    path = write(tmp_path, "name: a\ndata:\n  pool: x.csv\n  test: null\n")
    loaded = load(path, "data.test.path=t.csv")

    assert loaded.config.data.test == FileSource(path="t.csv")
    assert loaded.origin("data.test") == "command line"


def test_when_a_text_takes_the_place_of_a_section_then_the_section_is_gone(tmp_path):
    path = write(tmp_path, "name: a\ndata:\n  pool: {path: x.csv, sample: 5}\n")

    assert load(path, "data.pool=../x.jsonl").config.data.pool == "../x.jsonl"


def test_when_no_environment_is_given_then_the_process_has_one(small, monkeypatch):
    monkeypatch.setenv("TEXT_AL__SEED", "11")

    assert load_config(small).config.seed == 11


def test_when_a_variable_has_another_prefix_then_it_is_left_alone(small):
    assert load(small, environ={"TEXT_AL_SEED": "1", "MY_TEXT_AL__SEED": "1", "SEED": "1"}).config.seed == 0


def test_when_overrides_are_wrong_then_each_says_who_and_what(small):
    found = problems(
        small,
        "training.max_epochs",
        "--seed=1",
        "a..b=1",
        "seed=[1",
        "data.pool.sample=5",
        "data.columns={1: a}",
        "trainig.max_epochs=3",
        environ={"TEXT_AL__TRAINING__LEARNING_RAT": "1", "TEXT_AL__": "1", "TEXT_AL__SEED": "yes"},
    )

    assert found == [
        "TEXT_AL__: has an empty part; write it as in TEXT_AL__TRAINING__MAX_EPOCHS.",
        "TEXT_AL__SEED: seed: 'yes' is text; it must be a whole number.",
        "TEXT_AL__TRAINING__LEARNING_RAT: training.learning_rat: unknown key. Did you mean 'learning_rate'?",
        "command line: 'training.max_epochs' is no setting; write it as in training.max_epochs=5.",
        "command line: '--seed=1' is no setting; write it as in training.max_epochs=5.",
        "command line: 'a..b=1' is no setting; write it as in training.max_epochs=5.",
        "command line: seed: a bracket opened in line 1 is not closed; add ], or a comma between items.",
        (
            "command line: data.pool.sample: data.pool is 'texts.csv', which has no keys; "
            "set it whole, as in data.pool=..."
        ),
        "command line: data.columns: the key 1 is read as a number; put it in quotes.",
        "command line: trainig: unknown key. Did you mean 'training'?",
    ]


def test_when_checks_find_problems_then_they_stand_among_those_of_the_schema_by_line(small):
    def strategy_is_known(tree):
        strategy = tree["active_learning"]["strategy"]
        if strategy["type"] != "margin":
            yield "active_learning.strategy.type", f"no strategy is called '{strategy['type']}'."
        for name in strategy["args"]:
            yield f"active_learning.strategy.args.{name}", "unknown setting."

    def name_is_long(tree):
        return [("name", "is too short.")] if len(tree["name"]) < 10 else []

    found = problems(
        small,
        "training.max_epochs=x",
        "active_learning.strategy.args.y=1",
        "active_learning.budgt=1",
        checks=[strategy_is_known, name_is_long],
    )

    assert found == [
        "train.yaml:1: name: is too short.",
        "train.yaml:8: active_learning.strategy.type: no strategy is called 'multilabel_margin'.",
        "train.yaml:9: active_learning.strategy.args.over_labels: unknown setting.",
        "command line: training.max_epochs: 'x' is text; it must be a whole number.",
        "command line: active_learning.budgt: unknown key. Did you mean 'budget'?",
        "command line: active_learning.strategy.args.y: unknown setting.",
    ]


def test_when_only_a_check_complains_then_it_is_an_error_too(small):
    assert problems(small, checks=[lambda tree: [("training.loss.args.gamma", "is missing.")]]) == [
        "train.yaml:4: training.loss.args.gamma: is missing."
    ]


def test_when_two_checks_say_the_same_then_it_is_said_once(small):
    def check(tree):
        return [("seed", "is odd.")]

    assert problems(small, checks=[check, check]) == ["train.yaml: seed: is odd."]


def test_when_the_error_is_shown_then_its_subject_is_the_file(small):
    with pytest.raises(ConfigError) as error:
        load(small, "seed=x")

    assert error.value.subject == str(small)
    assert str(error.value).startswith(f"{small} cannot be used:\n  command line: seed: ")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "train.yaml: is empty; 'text-al init' writes a commented configuration to begin with."),
        (
            b"# nothing\n",
            "train.yaml: is empty; 'text-al init' writes a commented configuration to begin with.",
        ),
        (
            b"hello\n",
            "train.yaml: holds 'hello' and no keys; write 'key: value' lines, beginning with name and data.",
        ),
        (
            b"- a\n",
            "train.yaml: holds ['a'] and no keys; write 'key: value' lines, beginning with name and data.",
        ),
        (b"name: a\ndata: caf\xe9\n", "train.yaml:2: byte 0xE9 is not UTF-8; save the file as UTF-8."),
        ("name: a\n".encode("utf-16"), "train.yaml:1: byte 0xFF is not UTF-8; save the file as UTF-8."),
        (b"name: a\n\tseed: 1\n", "train.yaml:2: a tab stands where only spaces may; replace it by spaces."),
    ],
)
def test_when_a_file_is_no_configuration_then_one_sentence_says_why(tmp_path, content, sentence):
    assert problems(write(tmp_path, content)) == [sentence]


def test_when_there_is_no_file_then_the_nearest_name_is_offered(small):
    assert problems(small.parent / "trian.yaml") == [
        f"trian.yaml: there is no such file. Did you mean '{small}'?"
    ]
    assert problems(small.parent / "zzz") == ["zzz: there is no such file."]


def test_when_the_path_is_a_folder_then_it_says_so(tmp_path):
    assert problems(tmp_path) == [f"{tmp_path.name}: is a folder; name a file in it."]


def test_when_a_file_may_not_be_read_then_the_system_says_why(small, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)

    assert problems(small) == ["train.yaml: cannot be read: Permission denied."]


def test_when_a_file_comes_from_windows_then_it_is_read_alike(tmp_path, small):
    windows = write(tmp_path, b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode(), "windows.yaml")

    assert load(windows).config == load(small).config
    assert load(windows).origin("training.max_epochs") == f"{windows}:5"


def test_when_a_path_is_text_then_it_is_a_path(small):
    assert load(str(small)).path == small


def test_when_a_configuration_is_loaded_then_nothing_of_it_can_be_set(small):
    loaded = load(small)

    with pytest.raises(ValidationError):
        loaded.config.seed = 3
    with pytest.raises(FrozenInstanceError):
        loaded.config = None


def test_when_made_in_python_then_it_equals_the_file(small):
    made = config_from_dict(
        {
            "name": "small",
            "data": Data(pool=FileSource(path="texts.csv")),
            "training": {"max_epochs": 3},
            "active_learning": {
                "strategy": Component(type="multilabel_margin", args={"over_labels": "mean"})
            },
        }
    )

    assert made.data.pool == FileSource(path="texts.csv")
    assert made.model_dump(exclude={"data"}) == load(small).config.model_dump(exclude={"data"})


def test_when_python_gives_tuples_and_paths_then_they_become_lists_and_text():
    made = config_from_dict({"name": "a", "data": {"pool": (Path("a.csv"), "b.csv"), "labels": ("x", "y")}})

    assert made.data.pool == ["a.csv", "b.csv"]
    assert made.data.labels == ["x", "y"]


def test_when_python_gives_what_yaml_cannot_hold_then_every_problem_is_named_without_a_file():
    with pytest.raises(ConfigError) as error:
        config_from_dict(
            {"name": "a", "data": {"pool": 5}, "oracle": {"type": "mine", "args": {"call": [print]}}},
            checks=[lambda tree: [("oracle.type", "is not known.")]],
        )

    assert error.value.subject == "the configuration"
    assert [problem.split(";")[0] for problem in error.value.problems] == [
        "oracle.args.call.0: is a builtin_function_or_method",
        "data.pool: 5 is no source",
        "oracle.type: is not known.",
    ]


def test_when_a_mapping_is_taken_then_later_changes_to_it_do_not_reach_the_configuration():
    args = {"folder": ["a"]}
    made = config_from_dict({"name": "a", "data": {"pool": "x"}, "oracle": {"type": "file", "args": args}})

    args["folder"].append("b")

    assert made.oracle.args == {"folder": ["a"]}


def test_when_the_configuration_is_imported_then_nothing_heavy_comes_with_it():
    heavy = "{'torch', 'transformers', 'datasets', 'sklearn', 'scipy', 'pandas', 'matplotlib', 'pyarrow'}"
    code = f"import sys, text_al.config; print(sorted({heavy} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_when_run_config_is_exported_then_it_is_the_schema():
    assert RunConfig.__module__ == "text_al.config.schema"
