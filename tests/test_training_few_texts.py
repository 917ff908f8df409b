"""However few texts there are, and whatever is known of them: finite logits, thresholds that make sense."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from training_examples import LABELS, keyword_data

from text_al.data.cache import Cache
from text_al.reporting import Silent
from text_al.training.learners import LEARNERS
from text_al.training.model import TextList
from text_al.training.settings import ComputeSettings, EncoderSettings, TrainingSettings
from text_al.types import Label

TEXTS, TARGETS = keyword_data(60)
TRAINING = TrainingSettings(max_epochs=1, min_updates=0, evaluations=1, cross_fit=2)
CACHE = Cache()


@pytest.fixture
def make(tiny_encoder):
    def made(kind, *, texts=TEXTS, n_labels=3, **training):
        known = {"_pool": TextList(texts), "_labels": [*LABELS, Label("more")][:n_labels], "_cache": CACHE}
        if kind != "tfidf":
            known["_encoder"] = EncoderSettings(encoder=str(tiny_encoder), max_length=32)
            known["_compute"] = ComputeSettings(device="cpu", precision="fp32")
        if kind in ("finetuned", "auto"):
            known["_training"] = replace(TRAINING, **training)
        return LEARNERS.entry(kind).function(**known)

    return made


def fit(learner, targets, rows=None):
    rows = np.arange(len(targets)) if rows is None else rows
    return learner.fit(rows, targets, None, round_number=1, global_step=0, reporter=Silent())


def seen(learner, n=60):
    return learner.look(np.arange(n), frozenset(), Silent())


def check(learner, report, targets, n=60):
    found = seen(learner, n)
    assert np.isfinite(found.logits).all()
    assert found.logits.shape == (n, targets.shape[1])
    assert ((report.thresholds >= 0) & (report.thresholds <= 1)).all()
    assert report.threshold_rule == "plug_in"
    if report.out_of_fold_logits is not None:
        assert report.out_of_fold_logits.shape == targets.shape
        assert np.isfinite(report.out_of_fold_logits).all()


@pytest.mark.parametrize("kind", ["linear", "tfidf"])
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_targets_of_which_one_is_known_are_learned(make, kind, data):
    n, n_labels = data.draw(st.integers(1, 20)), data.draw(st.integers(1, 4))
    shares = data.draw(st.tuples(st.floats(0, 1), st.floats(0, 1)))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    targets = (rng.random((n, n_labels)) < shares[0]).astype(np.int8)
    targets[rng.random((n, n_labels)) < shares[1]] = -1
    targets[0, 0] = max(0, targets[0, 0])
    learner = make(kind, n_labels=n_labels)
    check(learner, fit(learner, targets), targets)


CASES = {
    "one text": np.array([[1, 0, -1]]),
    "two texts": np.array([[1, 0, 1], [0, 0, 1]]),
    "one label": TARGETS[:24, :1],
    "no positive": np.zeros((24, 3)),
    "all positive": np.ones((24, 3)),
    "one label of which nothing is known": np.where(np.arange(3) == 1, -1, TARGETS[:24]),
    "one cell a text": np.where(np.arange(24)[:, None] % 3 == np.arange(3), TARGETS[:24], -1),
    "the whole pool": TARGETS,
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", ["auto", "finetuned"])
def test_extreme_targets_are_learned_by_those_that_train_an_encoder(make, kind, case):
    targets = CASES[case].astype(np.int8)
    learner = make(kind, n_labels=targets.shape[1])
    report = fit(learner, targets)
    check(learner, report, targets)
    # The fine-tuned learner needs ten texts a fold, the linear one two in all.
    assert (report.out_of_fold_logits is None) == (len(targets) < (2 if kind == "auto" else 20))


@pytest.mark.parametrize("kind", LEARNERS.names())
@pytest.mark.parametrize("texts", [["happy cat"], ["happy cat"] * 6, ["happy cat", "dog"]])
def test_a_pool_of_one_text_or_of_equal_texts_is_enough(make, kind, texts):
    targets = np.array([[1, 0, 0]], dtype=np.int8)
    learner = make(kind, texts=texts)
    check(learner, fit(learner, targets), targets, len(texts))


@pytest.mark.parametrize("kind", LEARNERS.names())
def test_a_label_that_nothing_has_is_predicted_for_hardly_a_text_of_a_large_pool(make, kind):
    texts, targets = keyword_data(400)
    targets[:, 1] = 0
    learner, rows = make(kind, texts=texts, max_epochs=2), np.arange(40)
    report = fit(learner, targets[rows], rows)
    found = seen(learner, 400)
    assert (found.probs >= report.thresholds).mean(axis=0)[1] < 0.1
