"""What is not known weighs nothing: cells set to -1 are as good as left out, wherever that is defined.

Labels are independent in all of these, so that a label whose unknown targets are -1 must come out as it does
alone, on the texts only for which it is known.
"""

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from text_al import metrics
from text_al.training.calibration import fit_calibration
from text_al.training.class_weights import class_weights
from text_al.training.judging import rates
from text_al.training.label_prior import Trial
from text_al.training.linear_head import fit_linear_head, rate_log_odds
from text_al.training.losses import balanced_pos_weight
from text_al.training.thresholds import common_threshold, tune_thresholds

N, L, D = 60, 3, 5


@st.composite
def partly_known(draw):
    """Features (n, D), logits (n, L), targets (n, L) with holes; each label has both kinds of targets."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    share = draw(st.sampled_from([0.1, 0.5, 0.8]))
    features = rng.normal(size=(N, D))
    logits = features @ rng.normal(size=(D, L))
    targets = (logits + rng.normal(size=(N, L)) > 0.5).astype(np.int8)
    targets[rng.random((N, L)) < share] = -1
    targets[:2] = [[1] * L, [0] * L]
    return features, logits, targets


def columns(targets, *arrays):
    """Each label alone, with the texts only for which it is known: targets (m, 1), and the arrays' rows."""
    for label in range(targets.shape[1]):
        known = targets[:, label] >= 0
        yield label, known, targets[known, label][:, None], *(array[known] for array in arrays)


@given(partly_known())
def test_metrics_of_a_label_are_those_of_the_texts_for_which_it_is_known(made):
    _, logits, targets = made
    f1 = metrics.f1_scores(targets, logits > 0)
    precision = metrics.average_precision(targets, logits)
    for label, _, truth, seen in columns(targets, logits):
        alone = seen[:, [label]]
        assert f1.per_label[label] == metrics.f1_scores(truth, alone > 0).per_label[0]
        assert precision[label] == metrics.average_precision(truth, alone)[0]


@given(partly_known())
def test_figures_over_all_cells_are_those_of_the_known_cells_in_a_row(made):
    _, logits, targets = made
    known = targets >= 0
    flat, seen = targets[known][:, None], logits[known][:, None]
    assert metrics.binary_cross_entropy(targets, logits) == pytest.approx(
        metrics.binary_cross_entropy(flat, seen)
    )
    assert metrics.f1_scores(targets, logits > 0).micro == metrics.f1_scores(flat, seen > 0).micro
    probs = metrics.sigmoid(logits)
    assert metrics.brier_score(targets, probs) == pytest.approx(
        metrics.brier_score(flat, metrics.sigmoid(seen))
    )
    assert (
        metrics.reliability(targets, probs).counts == metrics.reliability(flat, metrics.sigmoid(seen)).counts
    )


@given(partly_known(), st.integers(0, 2**32))
def test_what_the_model_says_of_cells_that_are_not_known_is_of_no_consequence(made, seed):
    _, logits, targets = made
    other = np.where(targets >= 0, logits, np.random.default_rng(seed).normal(size=logits.shape))
    assert metrics.evaluate(targets, other, None, prefix="val") == metrics.evaluate(
        targets, logits, None, prefix="val"
    )
    probs, others = metrics.sigmoid(logits), metrics.sigmoid(other)
    assert np.array_equal(tune_thresholds(targets, probs), tune_thresholds(targets, others))
    assert common_threshold(targets, probs) == common_threshold(targets, others)
    first, second = fit_calibration(logits, targets), fit_calibration(other, targets)
    assert first.slope == pytest.approx(second.slope, abs=1e-4)
    assert first.shifts == pytest.approx(second.shifts, abs=1e-3)


@given(partly_known())
def test_a_label_has_the_threshold_that_it_has_on_the_texts_for_which_it_is_known(made):
    _, logits, targets = made
    probs = metrics.sigmoid(logits)
    own = tune_thresholds(targets, probs, shrinkage=0)
    for label, _, truth, seen in columns(targets, probs):
        assert own[label] == tune_thresholds(truth, seen[:, [label]], shrinkage=0)[0]


@given(partly_known())
def test_rates_and_weights_count_known_targets_only(made):
    _, _, targets = made
    for label, known, truth in columns(targets):
        assert rates(targets)[label] == rates(truth)[0]
        assert rate_log_odds(targets)[label] == rate_log_odds(truth)[0]
        assert balanced_pos_weight(targets)[label] == balanced_pos_weight(truth)[0]
        for rule in ("balanced", "inverse"):
            weights = class_weights(targets, rule)
            assert np.array_equal(weights[known, label], class_weights(truth, rule)[:, 0])
            assert not weights[~known, label].any()


@settings(max_examples=20)
@given(partly_known(), st.booleans())
def test_the_head_of_a_label_is_the_one_fitted_to_the_texts_for_which_it_is_known(made, has_prior):
    features, _, targets = made
    prior = np.ones((L, D)) if has_prior else None
    head = fit_linear_head(features, targets, prior=prior, c=1.0, tolerance=1e-10)
    for label, _, truth, seen in columns(targets, features):
        towards = None if prior is None else prior[[label]]
        alone = fit_linear_head(seen, truth, prior=towards, c=1.0, tolerance=1e-10)
        assert head.weights[label] == pytest.approx(alone.weights[0], abs=1e-4)
        assert head.bias[label] == pytest.approx(alone.bias[0], abs=1e-4)


@settings(max_examples=10)
@given(partly_known())
def test_a_text_of_which_nothing_is_known_changes_no_strength_of_the_label_names(made):
    features, _, targets = made
    folds = np.arange(N) % 4
    towards = np.ones((L, D))
    blank = np.full((8, L), -1, dtype=np.int8)
    more = Trial(np.vstack([features, features[:8]]), np.vstack([targets, blank]), towards, 1.0)
    with patch("text_al.training.label_prior.TOLERANCE", 1e-8):  # or nearly equal scores change places
        found = Trial(features, targets, towards, 1.0).precisions(folds)
        same = more.precisions(np.append(folds, np.arange(8) % 4))
    assert same == pytest.approx(found, abs=0.02, nan_ok=True)
