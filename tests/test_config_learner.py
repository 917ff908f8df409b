"""A learner that chooses anew in each round is refused what keeps it from choosing."""

import pytest

from text_al.config.load import load_config
from text_al.errors import ConfigError


@pytest.mark.parametrize(
    ("training", "problem"),
    [
        (
            "{start: warm}",
            (
                "start is warm, but learner auto begins each round afresh; "
                "use learner finetuned, or start: fresh."
            ),
        ),
        (
            "{cross_fit: 0}",
            (
                "cross_fit is 0, but without data.validation learner auto has nothing else to compare by; "
                "write 2 or more, or use learner linear or finetuned."
            ),
        ),
    ],
)
def test_when_auto_cannot_choose_then_it_is_refused_and_another_learner_is_not(tmp_path, training, problem):
    path = tmp_path / "train.yaml"
    text = f"name: a\ndata: {{pool: x.csv}}\nlearner: {{type: auto}}\ntraining: {training}\n"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_config(path, environ={})
    assert error.value.problems == (f"{path}:4: training: {problem}",)
    path.write_text(text.replace("auto", "finetuned"), encoding="utf-8")
    assert load_config(path, environ={}).config.learner.type == "finetuned"


def test_when_there_is_a_validation_set_then_auto_needs_no_cross_fitting(tmp_path):
    path = tmp_path / "train.yaml"
    path.write_text(
        "name: a\ndata: {pool: x.csv, validation: y.csv}\nlearner: {type: auto}\ntraining: {cross_fit: 0}\n",
        encoding="utf-8",
    )
    assert load_config(path, environ={}).config.training.cross_fit == 0
