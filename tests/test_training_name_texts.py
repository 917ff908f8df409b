"""Label names as texts that have the label: what is learned from them, and what is not said of them."""

from dataclasses import replace

import numpy as np
import pytest
from training_examples import LABELS, keyword_data, same, weights_of

from text_al import metrics
from text_al.reporting import Silent
from text_al.training.encoder_fits import EncoderFits
from text_al.training.finetuned import FineTuned
from text_al.training.label_prior import STRENGTHS, Trial
from text_al.training.model import TextList
from text_al.training.name_texts import joined, name_texts
from text_al.training.settings import ComputeSettings, EncoderSettings, TrainingSettings
from text_al.training.tokens import Tokens, TokenSet
from text_al.types import Label

TEXTS, TARGETS = keyword_data(60)
ROWS = np.arange(5, 45)
PHRASES = ["joy", "weather", "what falls from the sky", "rain", "animal"]
SETTINGS = TrainingSettings(
    max_epochs=2, min_updates=0, batch_size=8, evaluations=1, cross_fit=0, label_prior=2.0
)


def test_a_name_or_description_has_its_label_and_no_other_and_of_an_example_the_others_are_not_known():
    texts, targets = name_texts(LABELS)
    assert texts == PHRASES
    assert targets.tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 0], [-1, 1, -1], [0, 0, 1]]


def test_labels_without_a_word_have_no_texts():
    texts, targets = name_texts([Label(" "), Label("a_b")])
    assert (texts, targets.tolist()) == (["a b"], [[0, 1]])


def test_two_sets_of_texts_are_joined_token_by_token():
    first = TokenSet(
        Tokens(np.arange(10), np.array([0, 4, 5, 10]), 0), np.array([2, 0]), np.array([[1], [0]], np.int8)
    )
    second = TokenSet(
        Tokens(np.arange(50, 53), np.array([0, 3]), 0), np.array([0]), np.array([[-1]], np.int8)
    )
    both = joined(first, second)
    texts = [both.tokens.flat(np.array([row]))[0].tolist() for row in both.rows]
    assert texts == [[5, 6, 7, 8, 9], [0, 1, 2, 3], [50, 51, 52]]
    assert both.targets.tolist() == [[1], [0], [-1]]


@pytest.fixture
def make(tiny_encoder):
    def made(**training):
        return FineTuned(
            TextList(TEXTS),
            LABELS,
            encoder=EncoderSettings(encoder=str(tiny_encoder), max_length=32),
            training=replace(SETTINGS, **training),
            compute=ComputeSettings(device="cpu", precision="fp32"),
        )

    return made


@pytest.fixture
def trained_on(monkeypatch):
    """Of every fit of all layers: how many texts, and how many of them its training metrics are about."""
    from text_al.training.trainer import Trainer

    seen, fit = [], Trainer.fit

    def spy(self, train, validation, **named):
        seen.append((len(train), named["n_measured"]))
        return fit(self, train, validation, **named)

    monkeypatch.setattr(Trainer, "fit", spy)
    return seen


def fit(learner, reporter=None, rows=ROWS):
    return learner.fit(
        rows, TARGETS[rows], None, round_number=1, global_step=0, reporter=reporter or Silent()
    )


def test_names_are_learned_from_and_not_measured(make, trained_on):
    report = fit(make())
    assert trained_on == [(len(ROWS) + len(PHRASES), len(ROWS))]
    assert report.n_samples == len(ROWS)


def test_training_metrics_are_about_the_labelled_texts_alone(make, monkeypatch):
    measured, evaluate = [], metrics.evaluate

    def spy(targets, logits, thresholds, *, prefix, **named):
        measured.append((prefix, len(targets), len(logits)))
        return evaluate(targets, logits, thresholds, prefix=prefix, **named)

    monkeypatch.setattr(metrics, "evaluate", spy)
    fit(make(max_epochs=3))
    assert measured == [("train", 3 * len(ROWS), 3 * len(ROWS))]


def test_no_fold_is_without_them(make, trained_on):
    fit(make(cross_fit=2))
    assert trained_on == [(25, 20), (25, 20), (45, 40)]


@pytest.mark.parametrize("setting", [{"name_texts": False}, {"label_prior": 0.0}, {"head_start": "zeros"}])
def test_where_names_are_not_believed_or_not_wanted_they_are_not_learned(make, trained_on, setting):
    fit(make(**setting))
    assert trained_on == [(len(ROWS), len(ROWS))]


def test_names_that_do_not_help_are_not_believed(make, trained_on, monkeypatch):
    monkeypatch.setattr(Trial, "choose", lambda self, rng: 0.0)
    learner = make(label_prior="auto")
    assert fit(learner).notes == ()
    assert trained_on == [(len(ROWS), len(ROWS))]


def test_names_that_help_at_all_are_believed_as_far_as_can_be(make, monkeypatch):
    monkeypatch.setattr(Trial, "choose", lambda self, rng: STRENGTHS[1])
    assert f"strength {STRENGTHS[-1]:g}" in " ".join(fit(make(label_prior="auto")).notes)
    assert "strength 1.5" in " ".join(fit(make(label_prior=1.5)).notes)


def test_the_first_head_has_learned_them_too(make, monkeypatch):
    heads = []
    start = EncoderFits.start

    def spy(self):
        start(self)
        heads.append(self._trainer.model.fitted_head().weights.copy())

    monkeypatch.setattr(EncoderFits, "start", spy)
    for named in (True, False):
        fit(make(name_texts=named))
    assert np.abs(heads[0] - heads[1]).max() > 1e-3


def test_they_change_what_is_learned_and_always_in_the_same_way(make):
    first, again, without = (make(name_texts=named) for named in (True, True, False))
    for learner in (first, again, without):
        fit(learner)
    assert same(*(weights_of(learner.model) for learner in (first, again)))
    assert not same(*(weights_of(learner.model) for learner in (first, without)))
