"""What is named in a configuration must exist and its settings must fit: all of it is said before a run."""

import sys

import pytest

from text_al.assemble import load_config
from text_al.config.schema import ActiveLearning, RareLabels
from text_al.errors import ConfigError
from text_al.strategies import rare, strategy

HEAD = "name: a\ndata: {pool: x.csv, validation: y.csv}\n"


def problems(tmp_path, text, overrides=()):
    path = tmp_path / "train.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_config(path, overrides, environ={})
    return [problem.replace(str(path), "train.yaml") for problem in error.value.problems]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "active_learning: {strategy: {type: multilable_margin}}",
            (
                "active_learning.strategy.type: no strategy is called 'multilable_margin'. "
                "Did you mean 'multilabel_margin'?"
            ),
        ),
        (
            "active_learning: {strategy: {type: margin, args: {temprature: 2}}}",
            "active_learning.strategy.args.temprature: unknown key. There are no settings here; remove it.",
        ),
        (
            "active_learning: {selection: {type: bset}}",
            "active_learning.selection.type: no selection is called 'bset'. Did you mean 'best'?",
        ),
        (
            "active_learning: {initial: {type: margin}}",
            (
                "active_learning.initial.type: 'margin' needs probs, and there is no model yet; "
                "use random, or one such as typiclust."
            ),
        ),
        (
            "active_learning: {preselect: {type: k_center}}",
            (
                "active_learning.preselect.type: 'k_center' compares texts with each other; "
                "use random, or one such as multilabel_entropy."
            ),
        ),
        (
            "active_learning: {strategy: {type: k_center}, selection: {type: power}}",
            (
                "active_learning.selection.type: strategy 'k_center' chooses texts together and leaves "
                "nothing to 'power'; leave selection out."
            ),
        ),
        (
            "active_learning: {max_candidates: 70}",
            (
                "active_learning.query_size: max_candidates is 70, but 100 texts are to be chosen at once; "
                "raise max_candidates."
            ),
        ),
        (
            "active_learning: {initial: {type: rare_label_search}}",
            (
                "active_learning.initial.type: 'rare_label_search' needs labelled, probs, "
                "and there is no model yet; use random, or one such as typiclust."
            ),
        ),
        (
            "active_learning: {initial: {type: label_names, args: {share: 2}}}",
            ("active_learning.initial.args.share: 2 cannot be used: it must be less than or equal to 1."),
        ),
        (
            "active_learning: {rare_labels: {share: 0.5, least: 3}}",
            "active_learning.rare_labels.least: unknown key. It must be one of: share, min_positives.",
        ),
        (
            "active_learning: {rare_labels: {}, sub_pool: {type: changed}}",
            (
                "active_learning.rare_labels: chooses texts together, but sub_pool 'changed' goes by the "
                "score of each text; use sub_pool random or anchor, or leave rare_labels out."
            ),
        ),
        (
            "learner: {type: tfidff}",
            "learner.type: no learner is called 'tfidff'. Did you mean 'tfidf'?",
        ),
        (
            "learner: {type: tfidf, args: {max_feature: 10}}",
            "learner.args.max_feature: unknown key. Did you mean 'max_features'?",
        ),
        (
            "learner: {type: tfidf, args: {c: none}}",
            "learner.args.c: 'none' is text; it must be a number.",
        ),
        (
            "oracle: {type: simulate}",
            "oracle.type: no oracle is called 'simulate'. Did you mean 'simulated'?",
        ),
        (
            "oracle: {type: simulated, args: {noise: 0.7}}",
            "oracle.args.noise: 0.7 cannot be used: it must be less than or equal to 0.5.",
        ),
        (
            "training: {loss: {type: focl}}",
            "training.loss.type: no loss is called 'focl'. Did you mean 'focal'?",
        ),
        (
            "training: {loss: {type: focal, args: {gama: 1}}}",
            "training.loss.args.gama: unknown key. Did you mean 'gamma'?",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line_and_what_was_meant(tmp_path, text, problem):
    assert problems(tmp_path, f"{HEAD}{text}\n") == [f"train.yaml:3: {problem}"]


def test_all_mistakes_of_all_kinds_are_said_at_once_by_line(tmp_path):
    text = f"""{HEAD}active_learning:
  strategy: {{type: margn}}
  query_size: none
oracle: {{type: fil}}
"""
    found = problems(tmp_path, text, ["learner={type: tf}"])
    assert [problem.split(": ")[:2] for problem in found] == [
        ["train.yaml:4", "active_learning.strategy.type"],
        ["train.yaml:5", "active_learning.query_size"],
        ["train.yaml:6", "oracle.type"],
        ["command line", "learner.type"],
    ]


@pytest.mark.parametrize(
    "shape", ["strategy: 3", "strategy: {type: 3}", "strategy: {type: margin, args: 3}", "3"]
)
def test_a_wrong_shape_is_left_to_the_schema(tmp_path, shape):
    value = f"{{{shape}}}" if ":" in shape else shape
    found = problems(tmp_path, f"{HEAD}active_learning: {value}\n")
    assert len(found) == 1
    assert "active_learning" in found[0]


METRIC = "'{}' needs data.validation, on which thresholds are tuned; give one, or use {}."


@pytest.mark.parametrize(
    ("stop", "key"),
    [
        ("{goal: {metric: test_macro_f1_tuned, value: 0.5}}", "goal.metric"),
        ("{patience: 2, metric: test_macro_f1_tuned}", "metric"),
    ],
)
def test_a_metric_at_tuned_thresholds_needs_a_set_to_tune_them_on(tmp_path, stop, key):
    text = f"name: a\ndata: {{pool: x.csv, test: y.csv}}\nactive_learning: {{stop: {stop}}}\n"
    sentence = METRIC.format("test_macro_f1_tuned", "test_macro_f1_plug_in")
    assert problems(tmp_path, text) == [f"train.yaml:3: active_learning.stop.{key}: {sentence}"]


@pytest.mark.parametrize("data", ["validation: y.csv", "split: {validation: 9}"])
@pytest.mark.parametrize(
    ("metric", "other"),
    [("test_macro_f1_plug_in", "test_macro_f1_tuned"), ("oof_micro_f1_plug_in", "val_micro_f1_tuned")],
)
def test_a_metric_at_plug_in_thresholds_needs_that_none_are_tuned(tmp_path, data, metric, other):
    text = f"name: a\ndata: {{pool: x.csv, test: z.csv, {data}}}\n"
    text += f"active_learning: {{stop: {{patience: 2, metric: {metric}}}}}\n"
    sentence = (
        f"'{metric}' is only there without data.validation: with it, thresholds are tuned; use {other}."
    )
    assert problems(tmp_path, text) == [f"train.yaml:3: active_learning.stop.metric: {sentence}"]


@pytest.mark.parametrize(
    ("data", "stop"),
    [
        ("{pool: x.csv, test: y.csv}", "{goal: {metric: test_macro_f1_at_0.5, value: 0.5}}"),
        ("{pool: x.csv}", "{goal: {metric: oof_macro_f1_plug_in, value: 0.5}}"),
        ("{pool: x.csv, test: y.csv}", "{patience: 1, metric: test_macro_f1_plug_in}"),
        ("{pool: x.csv, validation: y.csv}", "{metric: oof_macro_f1_plug_in}"),
        ("{pool: x.csv, test: y.csv}", "{metric: test_macro_f1_tuned}"),
        (
            "{pool: x.csv, test: y.csv, validation: z.csv}",
            "{goal: {metric: test_macro_f1_tuned, value: 0.5}}",
        ),
        ("{pool: x.csv, test: y.csv, split: {validation: 9}}", "{patience: 1, metric: test_macro_f1_tuned}"),
    ],
)
def test_a_metric_that_will_be_measured_may_end_the_run(tmp_path, data, stop):
    path = tmp_path / "train.yaml"
    path.write_text(f"name: a\ndata: {data}\nactive_learning: {{stop: {stop}}}\n", encoding="utf-8")
    assert load_config(path, environ={}).active_learning.stop.min_gain == 0


@pytest.mark.parametrize(
    "section",
    [
        "{initial: {type: label_names, args: {share: 0.5}}}",
        "{rare_labels: {share: 0.5}, sub_pool: {type: anchor}}",
        "{rare_labels: null, sub_pool: {type: changed}}",
        "{strategy: {type: rare_label_search}}",
    ],
)
def test_what_finds_the_first_positives_is_taken_where_it_can_work(tmp_path, section):
    path = tmp_path / "train.yaml"
    path.write_text(f"{HEAD}active_learning: {section}\n", encoding="utf-8")
    assert load_config(path, environ={}).active_learning.budget == 600


def test_a_share_for_rare_labels_has_the_defaults_of_the_search_and_is_off_by_default():
    assert ActiveLearning().rare_labels is None
    assert RareLabels().min_positives == rare.MIN_POSITIVES
    assert strategy("rare_label_search").settings["min_positives"] == rare.MIN_POSITIVES


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A current folder of the test's own; what is imported from it is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        del sys.modules[name]


def test_a_plugin_in_the_current_folder_registers_what_the_configuration_names(elsewhere):
    (elsewhere / "my_checked_strategies.py").write_text(
        "from text_al.strategies.base import score\n"
        "@score('shortest_checked')\n"
        "def shortest_checked(candidates, *, factor: float = 1.0):\n"
        "    return -factor * candidates.rows\n",
        encoding="utf-8",
    )
    strategy = "active_learning: {strategy: {type: shortest_checked, args: ARGS}}"
    text = f"{HEAD}plugins: [my_checked_strategies]\n{strategy}\n"
    path = elsewhere / "good.yaml"
    path.write_text(text.replace("ARGS", "{factor: 2.0}"), encoding="utf-8")
    assert load_config(path, environ={}).active_learning.strategy.args == {"factor": 2.0}
    assert problems(elsewhere, text.replace("ARGS", "{fctor: 2.0}")) == [
        "train.yaml:4: active_learning.strategy.args.fctor: unknown key. Did you mean 'factor'?"
    ]


def test_a_plugin_that_cannot_be_imported_is_a_problem_that_says_why(elsewhere):
    (elsewhere / "broken_plugin.py").write_text("1 / 0\n", encoding="utf-8")
    assert problems(elsewhere, f"{HEAD}plugins:\n- no_such_plugin\n- broken_plugin\n") == [
        (
            "train.yaml:4: plugins.0: 'no_such_plugin' cannot be imported: "
            "ModuleNotFoundError: No module named 'no_such_plugin'."
        ),
        "train.yaml:5: plugins.1: 'broken_plugin' cannot be imported: ZeroDivisionError: division by zero.",
    ]


def test_without_plugins_the_current_folder_is_not_imported_from(elsewhere):
    problems(elsewhere, f"{HEAD}oracle: {{type: fil}}\n")
    assert str(elsewhere) not in sys.path
