"""Each command of the command line: its exit status, and what it says."""

import json
import re
import sys

import pytest
import yaml
from cli_examples import text_al as text_al
from loop_examples import finished_run, write_config, write_jsonl

from text_al.assemble import load_config
from text_al.config.schema import Training

COMMANDS = ("run", "status", "check-config", "init", "schema", "import", "predict", "export")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder with a configuration and its run, which went to its end."""
    return finished_run(tmp_path_factory.mktemp("finished")).parents[1]


def test_help_teaches_every_command(text_al):
    status, out, _ = text_al("--help")
    assert status == 0
    for command in COMMANDS:
        assert re.search(rf"^\W+{command}  +\w", out, re.MULTILINE), command
        assert text_al(command, "--help")[0] == 0
    assert "text-al run configs/quickstart.yaml" in " ".join(out.split())


def test_without_a_command_it_helps_and_with_an_unknown_one_it_says_so(text_al):
    assert "Usage: text-al" in "".join(text_al()[1:])
    status, _, err = text_al("rnu")
    assert status == 2
    assert "No such command 'rnu'" in err


def test_a_run_ends_with_the_table_where_things_are_and_what_to_type_next(tmp_path, text_al):
    config = write_config(tmp_path)
    status, out, _ = text_al("run", config, "name=a_b", "active_learning.budget=20")
    assert status == 0
    run = tmp_path / "saved" / "a_b"
    lines = out.splitlines()
    assert lines[1].split() == ["round", "labels", "macro", "micro", "sample", "seconds"]
    assert [line.split()[:2] for line in lines[2:5]] == [["1", "10"], ["2", "15"], ["3", "20"]]
    assert lines[6:] == [
        "Finished: the budget of 20 texts is spent.",
        f"The curve: {run / 'learning_curve.png'}. The best model: {run / 'models' / 'best'}.",
        "",
        "Next:",
        f"  tensorboard --logdir {tmp_path / 'saved'}",
        f"  echo 'a text of yours' | text-al predict {run} -",
        f"  text-al run {config} name=a_b active_learning.budget=40",
    ]
    for file in (run / "learning_curve.png", run / "models" / "best" / "text_al.json"):
        assert file.is_file()


def test_what_it_says_to_type_next_works(finished, text_al):
    _, out, _ = text_al("run", finished / "config.yaml")
    line = out.splitlines()[-1].split()
    assert line[:2] == ["text-al", "run"]
    status, out, _ = text_al(*line[1:])
    assert status == 0
    assert "the budget of 50 texts is spent" in out


def test_a_run_without_a_model_promises_none(tmp_path, text_al):
    rows = [{"id": f"t{place}", "text": "a text", "labels": None} for place in range(5)]
    rows[4] = {"id": "t4", "text": "", "labels": ["x"]}
    data = {"pool": str(write_jsonl(tmp_path / "pool.jsonl", rows)), "validation": None}
    config = write_config(tmp_path, data=data)
    status, out, _ = text_al("run", config)
    assert status == 0
    assert out == "Finished: no text is labelled, and none is left to ask.\n"


def test_paths_with_blanks_are_quoted_where_they_are_to_be_typed(tmp_path, text_al):
    folder = tmp_path / "my texts"
    folder.mkdir()
    config = write_config(folder)
    _, out, _ = text_al("run", config, "active_learning={initial_size: 5, budget: 5}")
    assert f"  text-al run '{config}' 'active_learning={{initial_size: 5, budget: 5}}'" in out
    assert f"text-al predict '{folder / 'saved' / 'run'}' -" in out


def test_status_shows_counts_rounds_and_where_the_time_went(finished, text_al):
    by_folder, by_config = (
        text_al("status", path) for path in (finished / "saved" / "run", finished / "config.yaml")
    )
    assert by_folder == by_config
    status, out, _ = by_folder
    assert status == 0
    assert re.search(
        r"run: finished: the budget of \d\d texts is spent\ntexts: \d\d labelled, 0 waiting", out
    )
    assert "labels: " in out
    assert re.search(r"^round \d +seconds +texts +texts/s$", out, re.MULTILINE)
    assert re.search(r"^score +\d+\.\d\d +\d\d", out, re.MULTILINE)


def test_status_of_nothing_is_an_error(tmp_path, text_al):
    status, out, err = text_al("status", tmp_path)
    assert (status, out) == (2, "")
    assert err == f"text-al: there is no run at {tmp_path}: state.db is missing\n"


def test_check_config_finds_nothing_wrong_or_everything(tmp_path, text_al):
    config = write_config(tmp_path)
    assert text_al("check-config", config)[:2] == (0, f"{config}: no problems found.\n")
    status, out, err = text_al("check-config", config, "seed=x", "oracle={type: fiel}", "lr=3")
    assert (status, out) == (2, "")
    assert err.splitlines() == [
        f"text-al: {config} cannot be used:",
        "  command line: seed: 'x' is text; it must be a whole number.",
        "  command line: lr: unknown key. Did you mean 'training.learning_rate'?",
        "  command line: oracle.type: no oracle is called 'fiel'. Did you mean 'file'?",
    ]
    assert not (tmp_path / "saved").exists()


def test_check_config_can_show_every_setting_in_force(tmp_path, text_al):
    config = write_config(tmp_path)
    status, out, _ = text_al("check-config", config, "--show", "seed=4")
    assert status == 0
    (tmp_path / "shown.yaml").write_text(out, encoding="utf-8")
    assert load_config(tmp_path / "shown.yaml", environ={}) == load_config(config, ["seed=4"], environ={})
    assert yaml.safe_load(out)["training"]["max_epochs"] == Training().max_epochs


def test_a_configuration_that_is_not_there_is_named(tmp_path, text_al):
    write_config(tmp_path)
    status, _, err = text_al("run", tmp_path / "confg.yaml")
    assert status == 2
    assert f"there is no such file. Did you mean '{tmp_path / 'config.yaml'}'?" in err


def test_settings_are_taken_from_the_environment(tmp_path, text_al, monkeypatch):
    monkeypatch.setenv("TEXT_AL__SEED", "7")
    assert "seed: 7\n" in text_al("check-config", write_config(tmp_path), "--show")[1]


def test_init_writes_a_configuration_that_runs_on_texts_of_ones_own(tmp_path, text_al, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [
        "id,text,labels",
        *(f"t{place},text {place},{'happy' if place % 2 else ''}" for place in range(30)),
    ]
    (tmp_path / "texts.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    status, out, _ = text_al("init", "my.yaml", "--pool", "texts.csv", "--labels", "happy, 悲伤/难过 ,sad")
    assert status == 0
    label = "  text-al label my.yaml   # a page; or text-al run, for files\n"
    assert f"  text-al check-config my.yaml\n{label}" in out
    assert text_al("check-config", "my.yaml")[0] == 0
    config = load_config("my.yaml", environ={})
    assert config.data.labels == ["happy", "悲伤/难过", "sad"]
    quick = ("learner={type: tfidf}", "tracking={tensorboard: false, progress: none}")
    status, out, err = text_al("run", "my.yaml", *quick)
    assert status == 0, err
    before = (tmp_path / "my.yaml").read_text(encoding="utf-8")
    status, _, err = text_al("init", "my.yaml")
    assert status == 2
    assert "my.yaml: exists already; give another name, or remove it first" in err
    assert (tmp_path / "my.yaml").read_text(encoding="utf-8") == before


def test_init_waits_for_labels_where_texts_have_none(tmp_path, text_al, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "texts.csv").write_text(
        "id,text\n" + "".join(f"t{n},text {n}\n" for n in range(30)), encoding="utf-8"
    )
    text_al("init", "configs/new one.yaml", "--pool", "texts.csv", "--labels", "happy,sad")
    text = (tmp_path / "configs" / "new one.yaml").read_text(encoding="utf-8")
    (tmp_path / "configs" / "new one.yaml").write_text(
        text.replace("labels: labels", "labels: null"), encoding="utf-8"
    )
    status, out, err = text_al("run", "configs/new one.yaml", "tracking={tensorboard: false, progress: none}")
    assert status == 0, err
    assert "30 texts wait for labels: saved/new_one/queries/round-000.csv" in out


@pytest.mark.parametrize(
    ("file", "name"), [("a b.yaml", "a_b"), ("-x.yaml", "x"), ("ä.b.yaml", "ä.b"), ("...yaml", "my_corpus")]
)
def test_init_gives_the_run_a_name_that_can_be_a_folder(tmp_path, text_al, file, name):
    path = tmp_path / file
    assert text_al("init", "--", path)[0] == 0
    assert load_config(path, environ={}).name == name


def test_schema_is_written_to_the_screen_or_to_a_file(tmp_path, text_al):
    status, out, _ = text_al("schema")
    assert status == 0
    file = tmp_path / "schema.json"
    assert f"$schema={file}" in text_al("schema", file)[1]
    assert file.read_text(encoding="utf-8") == out
    assert json.loads(out)["title"] == "text_al configuration"


def test_what_the_system_refuses_is_said_in_a_line(tmp_path, text_al):
    status, out, err = text_al("schema", tmp_path / "no such folder" / "schema.json")
    assert (status, out) == (2, "")
    assert err.startswith("text-al: [Errno 2] No such file or directory: ")
    assert err.count("\n") == 1


def test_texts_are_predicted_from_a_file_and_from_standard_input(finished, tmp_path, text_al, monkeypatch):
    run = finished / "saved" / "run"
    (tmp_path / "new.csv").write_text("key,body\n1,my invoice is wrong\n2,\n2,\n", encoding="utf-8")
    status, out, err = text_al(
        "predict", run, tmp_path / "new.csv", "--text-column", "body", "--id-column", "key"
    )
    assert status == 0
    by_file = [json.loads(line) for line in out.splitlines()]
    assert [line["id"] for line in by_file] == ["1", "2"]
    assert "kept once" in err
    assert set(by_file[0]) == {"id", "labels", "probs"}
    monkeypatch.setattr(sys, "stdin", iter(["my invoice is wrong\n", "\n"]))
    status, out, _ = text_al("predict", run, "-")
    by_line = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [line.pop("text") for line in by_line] == ["my invoice is wrong", ""]
    assert by_line == [{"labels": line["labels"], "probs": line["probs"]} for line in by_file]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("predict", "{}/nothing", "-"), "holds no model of text_al"),
        (("predict", "{run}", "{}/nothing.csv"), "there is no file"),
        (("export", "{}/nothing", "--model", "{}/m"), "holds no model of text_al"),
        (("export", "{}/nothing", "--corpus", "{}/c"), "there is no run at"),
        (("import", "{run}", "{}/nothing.csv"), "No such file or directory"),
    ],
)
def test_what_is_not_there_is_named(finished, tmp_path, text_al, arguments, words):
    status, out, err = text_al(*(word.format(tmp_path, run=finished / "saved" / "run") for word in arguments))
    assert (status, out) == (2, "")
    assert err.startswith("text-al: ")
    assert words in err
    assert "nothing" in err


def test_a_run_that_broke_says_why_and_goes_on_once_that_is_mended(tmp_path, text_al):
    config = write_config(tmp_path, active_learning={"initial_size": 0})
    status, _, err = text_al("run", config)
    assert status == 2
    assert err.startswith("text-al: no text is labelled, and initial_size is 0;")
    config = write_config(tmp_path)
    assert "--accept-changes" in text_al("run", config)[2]
    assert text_al("run", config, "--accept-changes")[0] == 0
