"""What is wrong with a configuration, in the very words a user reads; each case of a table is one mistake."""

import pytest

from text_al.config import load_config
from text_al.errors import ConfigError

HEAD = "name: a\ndata:\n  pool: x.csv\n"
SOURCE = "a source is a path, a list of paths, or one of {path: ...}, {hub: ...} and {generated: ...}."
EMPTY_TEXT = "is empty (null), not text; write the text, in quotes, or remove the line."


def problems(tmp_path, text):
    path = tmp_path / "train.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_config(path, environ={})
    return [problem.replace(str(path), "train.yaml") for problem in error.value.problems]


@pytest.mark.parametrize(
    ("after_head", "problem"),
    [
        # keys that are not there
        ("trainig: {}", "trainig: unknown key. Did you mean 'training'?"),
        ("learning_rate: 1", "learning_rate: unknown key. Did you mean 'training.learning_rate'?"),
        ("learning_rat: 1", "learning_rat: unknown key. Did you mean 'training.learning_rate'?"),
        ("lr: 1", "lr: unknown key. Did you mean 'training.learning_rate'?"),
        ("query_strategy: margin", "query_strategy: unknown key. Did you mean 'active_learning.strategy'?"),
        ("training: {lr: 1}", "training.lr: unknown key. Did you mean 'learning_rate'?"),
        ("training: {epochs: 1}", "training.epochs: unknown key. Did you mean 'max_epochs'?"),
        (
            "training: {num_train_epochs: 1}",
            "training.num_train_epochs: unknown key. Did you mean 'max_epochs'?",
        ),
        (
            "training: {per_device_train_batch_size: 1}",
            "training.per_device_train_batch_size: unknown key. Did you mean 'batch_size'?",
        ),
        ("training: {Max-Epochs: 1}", "training.Max-Epochs: unknown key. Did you mean 'max_epochs'?"),
        (
            "training: {random_state: 1}",
            "training.random_state: unknown key. Did you mean 'seed', outside of any section?",
        ),
        ("model: {batch_size: 1}", "model.batch_size: unknown key. Did you mean 'training.batch_size'?"),
        (
            "active_learning: {metric: val_loss}",
            "active_learning.metric: unknown key. Did you mean 'active_learning.stop.metric'?",
        ),
        (
            "model: {zzz: 1}",
            (
                "model.zzz: unknown key. It must be one of: encoder, revision, pooling, max_length, dropout, "
                "label_encoder."
            ),
        ),
        ("oracle: {type: file, arg: {}}", "oracle.arg: unknown key. Did you mean 'args'?"),
        (
            "training.max_epochs: 3",
            (
                "training.max_epochs: unknown key. A dot is for the command line; "
                "here write training: {max_epochs: ...}."
            ),
        ),
        # keys that are missing
        ("oracle: {args: {}}", "oracle.type: is missing; add it."),
        ("oracle: {tipe: file}", "oracle.tipe: unknown key. Did you mean 'type'?"),
        (
            "active_learning: {stop: {goal: {metric: train_loss}}}",
            "active_learning.stop.goal.value: is missing; add it.",
        ),
        # values of another kind
        ("training: {max_epochs: '5'}", "training.max_epochs: '5' is text; remove the quotes."),
        (
            "training: {max_epochs: 1_000}",
            "training.max_epochs: '1_000' is text; write 1000, without quotes.",
        ),
        ("training: {max_epochs: five}", "training.max_epochs: 'five' is text; it must be a whole number."),
        ("training: {max_epochs: 1e1}", "training.max_epochs: 10.0 is a number with a point; write 10."),
        ("training: {max_epochs: 2.5}", "training.max_epochs: 2.5 is a number; it must be a whole number."),
        (
            "training: {max_epochs: true}",
            "training.max_epochs: true is a yes/no value; it must be a whole number.",
        ),
        ("training: {max_epochs: [1]}", "training.max_epochs: [1] is a list; it must be a whole number."),
        (
            "training: {max_epochs: }",
            "training.max_epochs: is empty; it must be a whole number. Give it a value, or remove the line.",
        ),
        ("training: {learning_rate: '2e-5'}", "training.learning_rate: '2e-5' is text; remove the quotes."),
        ("training: {learning_rate: yes}", "training.learning_rate: 'yes' is text; it must be a number."),
        (
            "training: {learning_rate: .inf}",
            "training.learning_rate: inf is a number; it must be a finite number.",
        ),
        (
            "training: {early_stopping: false}",
            "training.early_stopping: false is no section; write {} for on, null for off.",
        ),
        ("training:", "training: is empty; it must be a section. Give it a value, or remove the line."),
        ("training: 5", "training: 5 is a number; it must be a section."),
        (
            "training: {cross_fit: 1}",
            (
                "training.cross_fit: 1 model that leaves its share out would be taught nothing; "
                "write 2 or more, or 0 for none."
            ),
        ),
        ("training: {loss: focal}", "training.loss: 'focal' is text; write {type: focal}."),
        ("tracking: {tensorboard: yes}", "tracking.tensorboard: 'yes' is text; write true, without quotes."),
        (
            "tracking: {tensorboard: 'False'}",
            "tracking.tensorboard: 'False' is text; write false, without quotes.",
        ),
        ("tracking: {tensorboard: 1}", "tracking.tensorboard: 1 is a number; it must be true or false."),
        ("output_dir: 2020", "output_dir: 2020 is read as a number, not as text; put it in quotes."),
        ("output_dir:", f"output_dir: {EMPTY_TEXT}"),
        ("output_dir: ''", "output_dir: is empty; give it a value, or remove the line."),
        ("plugins: mine", "plugins: 'mine' is text; it must be a list."),
        ("plugins: [mine, 3]", "plugins.1: 3 is read as a number, not as text; put it in quotes."),
        ("oracle: {type: file, args: [1]}", "oracle.args: [1] is a list; it must be a section."),
        # values out of range
        (
            "training: {max_epochs: 0}",
            "training.max_epochs: 0 cannot be used: it must be greater than or equal to 1.",
        ),
        (
            "training: {learning_rate: 0}",
            "training.learning_rate: 0 cannot be used: it must be greater than 0.",
        ),
        ("model: {dropout: 1}", "model.dropout: 1 cannot be used: it must be less than 1."),
        (
            "training: {pos_weight: balancd}",
            "training.pos_weight: 'balancd' is not known. Did you mean 'balanced'?",
        ),
        (
            "compute: {device: tpu9}",
            "compute.device: 'tpu9' is not known. It must be one of: auto, cpu, cuda, mps.",
        ),
        (
            "training: {early_stopping: {metric: train_loss}}",
            "training.early_stopping.metric: 'train_loss' is not a metric. Did you mean 'val_loss'?",
        ),
        (
            "training: {lora: true}",
            "training.lora: true is no section; write {} for on, null for off.",
        ),
        (
            "training: {lora: {target_modules: query}}",
            "training.lora.target_modules: 'query' is not known. It must be one of: auto.",
        ),
        (
            "training: {lora: {target_modules: 3}}",
            "training.lora.target_modules: 3 is a number; it must be a list.",
        ),
        (
            "compute: {backend: openvin}",
            "compute.backend: 'openvin' is not known. Did you mean 'openvino'?",
        ),
        (
            "active_learning: {stop: {metric: macro_f1_tuned}}",
            (
                "active_learning.stop.metric: 'macro_f1_tuned' is not a metric. "
                "Did you mean 'val_macro_f1_tuned'?"
            ),
        ),
        # values that do not fit each other
        (
            "active_learning: {initial_size: 50, budget: 20}",
            "active_learning.budget: budget is 20, but initial_size is already 50; raise or lower one.",
        ),
        (
            "active_learning: {initial_size: 5000}",
            "active_learning.budget: budget is 600, but initial_size is already 5000; raise or lower one.",
        ),
        (
            "active_learning: {stop: {patience: 2}}",
            (
                "active_learning: stop watches val_macro_f1_tuned, but there is no validation set; "
                "give one in data.validation."
            ),
        ),
        (
            "active_learning: {stop: {goal: {metric: test_loss, value: 0.1}}}",
            "active_learning: stop watches test_loss, but there is no test set; give one in data.test.",
        ),
        (
            "annotation: {overlap: {annotators: 3}}\noracle: {type: llm}",
            (
                "annotation: overlap asks 3 annotators, but oracle llm is one; leave overlap out, or have "
                "people answer (oracle: {type: file})."
            ),
        ),
        # syntax that is right, and yet
        (
            "seed: !!python/name:os.x y",
            "seed: the tag !!python/name:os.x is not known here; remove it, or put the text in quotes.",
        ),
        ("7: x", "the key 7 is read as a number; put it in quotes."),
    ],
)
def test_when_there_is_one_mistake_then_there_is_one_sentence(tmp_path, after_head, problem):
    assert problems(tmp_path, f"{HEAD}{after_head}\n") == [f"train.yaml:4: {problem}"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (
            "{pool: {pth: x.csv}}",
            f"data.pool: does not say where the texts are; {SOURCE} Did you mean 'path' by 'pth'?",
        ),
        ("{pool: {}}", f"data.pool: does not say where the texts are; {SOURCE}"),
        ("{pool: {path: a, hub: b}}", "data.pool: has path and hub together; keep one of them."),
        ("{pool: 5}", f"data.pool: 5 is no source; {SOURCE}"),
        ("{pool: }", f"data.pool: null is no source; {SOURCE}"),
        ("{pool: []}", "data.pool: is empty; give it a value, or remove the line."),
        ("{pool: [a, 1]}", "data.pool.1: 1 is read as a number, not as text; put it in quotes."),
        ("{pool: {path: [a, {}]}}", "data.pool.path.1: {} is a section; it must be text."),
        ("{pool: {path: 5}}", "data.pool.path: 5 is read as a number, not as text; put it in quotes."),
        ("{pool: {path: a, smple: 5}}", "data.pool.smple: unknown key. Did you mean 'sample'?"),
        (
            "{pool: {path: a, split: x}}",
            "data.pool.split: does not belong to this kind of source, which has path, sample.",
        ),
        (
            "{pool: {hub: a, sample: 0}}",
            "data.pool.sample: 0 cannot be used: it must be greater than or equal to 1.",
        ),
        (
            "{pool: {generated: tickts}}",
            "data.pool.generated: 'tickts' is not known. Did you mean 'tickets'?",
        ),
        ("{labelled: x}", "data.pool: is missing; add it."),
        ("{poool: x}", "data.poool: unknown key. Did you mean 'pool'?"),
        (
            "{pool: x, labels: [a, 2020]}",
            "data.labels.1: 2020 is read as a number, not as text; put it in quotes.",
        ),
        (
            "{pool: x, labels: [true]}",
            "data.labels.0: true is read as a yes/no value, not as text; put it in quotes.",
        ),
        ("{pool: x, labels: [a, null]}", f"data.labels.1: {EMPTY_TEXT}"),
        (
            "{pool: x, labels: [a, {name: 1}]}",
            "data.labels.1.name: 1 is read as a number, not as text; put it in quotes.",
        ),
        ("{pool: x, labels: [a, {nme: b}]}", "data.labels.1.nme: unknown key. Did you mean 'name'?"),
        ("{pool: x, labels: []}", "data.labels: is empty; give it a value, or remove the line."),
        ("{pool: x, labels: 5}", "data.labels: 5 is a number; it must be a list."),
        (
            "{pool: x, labels: [b, a, {name: b}, a]}",
            "data.labels: 'a', 'b' is listed more than once; a label stands once.",
        ),
        (
            "{pool: x, validation: y, split: {validation: 5}}",
            "data.split: both data.validation and data.split.validation are set; remove one of the two.",
        ),
        ("{pool: x, split: {test: 1.5}}", "data.split.test: 1.5 cannot be used: it must be less than 1."),
        (
            "{pool: x, split: {test: 0}}",
            "data.split.test: 0 cannot be used: it must be greater than or equal to 1.",
        ),
        ("{pool: x, split: {test: '5'}}", "data.split.test: '5' is text; remove the quotes."),
        (
            "{pool: x, split: {test: 0.5, validation: 0.5}}",
            "data.split: the shares 0.5 and 0.5 leave nothing to learn from; lower one.",
        ),
        (
            "{pool: x, columns: {label_columns: []}}",
            "data.columns.label_columns: is empty; give it a value, or remove the line.",
        ),
    ],
)
def test_when_there_is_one_mistake_in_data_then_there_is_one_sentence(tmp_path, data, problem):
    assert problems(tmp_path, f"name: a\ndata: {data}\n") == [f"train.yaml:2: {problem}"]


@pytest.mark.parametrize("name", ["a b", "../a", ".hidden", "a/b", "''", '"a\\n"'])
def test_when_a_name_is_no_folder_then_it_is_refused(tmp_path, name):
    (problem,) = problems(tmp_path, f"data: {{pool: x}}\nname: {name}\n")

    assert problem.startswith("train.yaml:2: name: ")
    assert "is no folder's name" in problem


def test_when_there_are_many_mistakes_then_all_are_told_in_the_order_of_their_lines(tmp_path):
    text = """\
seed: -1
training:
  batch_size: '16'
  loss:
    typ: bce
  batch_size: 8
data:
  pool:
    path: x.csv
  labels:
    - a
    - 1.5
    - no
    - no
active_learning:
  budget: x
1: z
"""
    assert problems(tmp_path, text) == [
        "train.yaml: name: is missing; add it.",
        "train.yaml:1: seed: -1 cannot be used: it must be greater than or equal to 0.",
        "train.yaml:3: training.batch_size: '16' is text; remove the quotes.",
        "train.yaml:5: training.loss.typ: unknown key. Did you mean 'type'?",
        "train.yaml:6: training.batch_size: is set twice, in lines 3 and 6; remove one of the two.",
        "train.yaml:12: data.labels.1: 1.5 is read as a number, not as text; put it in quotes.",
        "train.yaml:16: active_learning.budget: 'x' is text; it must be a whole number.",
        "train.yaml:17: the key 1 is read as a number; put it in quotes.",
    ]


def test_when_labels_are_words_that_others_take_for_booleans_then_they_are_labels(tmp_path):
    path = tmp_path / "train.yaml"
    path.write_text("name: a\ndata: {pool: x, labels: [yes, no, on, off, 2020-01-01, 'null', '1']}\n")

    labels = load_config(path, environ={}).config.data.labels

    assert labels == ["yes", "no", "on", "off", "2020-01-01", "null", "1"]


def test_when_a_share_or_a_number_is_set_aside_then_both_are_kept_as_they_are(tmp_path):
    path = tmp_path / "train.yaml"
    path.write_text("name: a\ndata: {pool: x, split: {validation: 0.25, test: 100}}\n")

    split = load_config(path, environ={}).config.data.split

    assert (split.validation, split.test) == (0.25, 100)


def test_when_a_watched_set_is_set_aside_then_it_may_be_watched(tmp_path):
    path = tmp_path / "train.yaml"
    path.write_text(
        "name: a\ndata: {pool: x, split: {validation: 5}}\nactive_learning: {stop: {patience: 2}}\n"
    )

    assert load_config(path, environ={}).config.active_learning.stop.patience == 2
