"""Metrics equal scikit-learn where it has them, and settle what it leaves open: unknown and absent labels."""

import itertools
import time

import numpy as np
import pytest
from sklearn import metrics as reference
from sklearn.calibration import calibration_curve

from text_al.metrics import (
    METRIC_NAMES,
    RULES_BY_SET,
    absent_labels_note,
    average_precision,
    binary_cross_entropy,
    brier_score,
    classwise_calibration_error,
    evaluate,
    f1_scores,
    lower_is_better,
    macro_average_precision,
    reliability,
    sigmoid,
)

N_CASES = 500


def random_case(seed):
    """Odd shapes: one label, one row, empty rows, absent labels, tied scores, all or none positive."""
    rng = np.random.default_rng(seed)
    n, n_labels = int(rng.integers(1, 40)), int(rng.integers(1, 9))
    targets = (rng.random((n, n_labels)) < rng.choice([0.0, 0.1, 0.5, 1.0], size=n_labels)).astype(np.int8)
    targets[rng.random(n) < 0.2] = 0
    logits = rng.normal(size=(n, n_labels)) + rng.choice([-9.0, 0.0, 9.0], size=n_labels)
    return targets, np.round(logits, int(rng.integers(0, 5))).astype(np.float32)


def widened(array):
    """scikit-learn takes one column for a binary task; empty ones change neither micro nor sample F1."""
    return np.concatenate([array, np.zeros_like(array)], axis=1)


@pytest.mark.parametrize("seed", range(N_CASES))
def test_f1_equals_scikit_learn(seed):
    targets, logits = random_case(seed)
    predictions = logits >= 0
    found = f1_scores(targets, predictions)
    wide = (widened(targets), widened(predictions.astype(np.int8)))
    per_label = reference.f1_score(*wide, average=None, zero_division=0)[: targets.shape[1]]
    assert found.per_label == pytest.approx(per_label, abs=1e-12)
    assert found.macro == pytest.approx(per_label.mean(), abs=1e-12)
    assert found.micro == pytest.approx(
        reference.f1_score(*wide, average="micro", zero_division=0), abs=1e-12
    )
    assert found.sample == pytest.approx(
        reference.f1_score(*wide, average="samples", zero_division=0), abs=1e-12
    )
    assert found.n_positives.tolist() == targets.sum(axis=0).tolist()


@pytest.mark.parametrize("seed", range(N_CASES))
def test_average_precision_equals_scikit_learn_ties_included(seed):
    targets, logits = random_case(seed)
    found = average_precision(targets, logits)
    for label, value in enumerate(found):
        if targets[:, label].any():
            expected = reference.average_precision_score(targets[:, label], logits[:, label])
            assert value == pytest.approx(expected, abs=1e-12)
        else:
            assert np.isnan(value)


@pytest.mark.parametrize("seed", range(50))
def test_loss_equals_scikit_learn_and_unknown_cells_change_nothing(seed):
    targets, logits = random_case(seed)
    flat = reference.log_loss(targets.ravel(), sigmoid(logits).ravel(), labels=[0, 1])
    assert binary_cross_entropy(targets, logits) == pytest.approx(flat, rel=1e-9)
    padding = np.full_like(targets, -1)
    both, junk = np.concatenate([targets, padding]), np.concatenate([logits, -7 * logits])
    for prefix in ("train", "val", "test"):
        known = evaluate(targets, logits, np.full(targets.shape[1], 0.3), prefix=prefix)
        assert evaluate(both, junk, np.full(targets.shape[1], 0.3), prefix=prefix) == pytest.approx(known)


def test_when_cells_are_unknown_then_f1_is_that_of_the_known_ones_worked_by_hand():
    targets = np.array([[1, -1, 0], [0, 1, -1], [-1, -1, -1]], dtype=np.int8)
    predictions = np.array([[1, 1, 1], [0, 0, 1], [1, 1, 1]], dtype=bool)
    found = f1_scores(targets, predictions)
    # label 0: a hit. label 1: a miss; predicting an unknown cell does not count. label 2: a false alarm.
    assert found.per_label.tolist() == [1.0, 0.0, 0.0]
    assert found.macro == pytest.approx(1 / 3)
    assert found.micro == pytest.approx(2 * 1 / (2 * 1 + 1 + 1))
    # row 0: one hit, one false alarm: 2/3. row 1: a miss: 0. row 2 is left out, not counted as 0.
    assert found.sample == pytest.approx((2 / 3 + 0) / 2)
    assert found.n_positives.tolist() == [1, 1, 0]
    assert found.absent == (2,)


def test_when_absent_labels_are_left_out_then_only_those_without_predictions_are():
    targets = np.array([[1, 0, 0, -1], [1, 0, 0, 0]], dtype=np.int8)
    predictions = np.array([[1, 0, 1, 1], [1, 0, 0, 0]], dtype=bool)
    zero = f1_scores(targets, predictions)
    left_out = f1_scores(targets, predictions, absent_labels="leave_out")
    assert zero.macro == pytest.approx(1 / 4)
    assert zero.absent == left_out.absent == (1, 2, 3)
    assert np.isnan(left_out.per_label).tolist() == [False, True, False, True]
    assert left_out.macro == pytest.approx(1 / 2)
    assert (left_out.micro, left_out.sample) == (zero.micro, zero.sample)


@pytest.mark.parametrize("absent_labels", ["zero", "leave_out"])
@pytest.mark.parametrize("targets", [np.zeros((0, 3)), np.full((2, 3), -1), np.zeros((2, 3))])
def test_when_there_is_nothing_to_find_then_all_scores_are_zero(targets, absent_labels):
    targets = targets.astype(np.int8)
    logits = np.full(targets.shape, -40.0, dtype=np.float32)
    found = evaluate(targets, logits, np.full(3, 0.5), prefix="test", absent_labels=absent_labels)
    assert found == pytest.approx(dict.fromkeys(found, 0.0), abs=1e-15)
    assert len(found) == 10


def test_when_logits_are_huge_then_loss_and_probabilities_stay_finite_and_exact():
    logits = np.array([[1000.0, -1000.0, 0.0]], dtype=np.float32)
    assert sigmoid(logits).tolist() == [[1.0, 0.0, 0.5]]
    assert binary_cross_entropy(np.array([[0, 1, -1]], dtype=np.int8), logits) == 1000.0
    assert binary_cross_entropy(np.array([[1, 0, 1]], dtype=np.int8), logits) == pytest.approx(np.log(2) / 3)


def test_sigmoid_is_exact_where_a_float32_one_is_not():
    logits = np.linspace(-60, 60, 1001).astype(np.float32)
    exact = logits.astype(np.longdouble)
    assert sigmoid(logits) == pytest.approx((1 / (1 + np.exp(-exact))).astype(np.float64), rel=1e-15)
    assert sigmoid(logits).dtype == np.float64


def test_a_label_is_predicted_at_its_threshold_and_above():
    targets = np.ones((1, 2), dtype=np.int8)
    logits = np.zeros((1, 2), dtype=np.float32)
    found = evaluate(targets, logits, np.array([0.5, np.nextafter(0.5, 1)]), prefix="val")
    assert found["val_macro_f1_at_0.5"] == 1.0
    assert found["val_macro_f1_tuned"] == 0.5


def test_average_precision_by_logits_tells_apart_what_probabilities_cannot():
    targets = np.array([[0], [1]], dtype=np.int8)
    logits = np.array([[50.0], [60.0]], dtype=np.float32)
    assert evaluate(targets, logits, None, prefix="val")["val_macro_average_precision"] == 1.0


def test_macro_average_precision_is_the_mean_over_labels_that_have_positives():
    targets = np.array([[1, 0], [0, 0], [1, -1]], dtype=np.int8)
    scores = np.array([[3.0, 1.0], [2.0, 1.0], [1.0, 1.0]])
    assert macro_average_precision(targets, scores) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


@pytest.mark.parametrize("prefix", RULES_BY_SET)
def test_evaluate_gives_all_the_names_of_its_set_and_no_other(prefix):
    targets, logits = random_case(0)
    thresholds, plain = np.full(targets.shape[1], 0.5), evaluate(targets, logits, None, prefix=prefix)
    together = set(plain)
    for rule in RULES_BY_SET[prefix]:
        found = evaluate(targets, logits, thresholds, prefix=prefix, rule=rule)
        assert {name: found[name] for name in plain} == plain
        at_rule = {f"{prefix}_{average}_f1_{rule}" for average in ("macro", "micro", "sample")}
        assert set(found) - set(plain) == at_rule
        assert [name for name in METRIC_NAMES if name in found] == list(found)
        assert all(type(value) is float for value in found.values())
        together |= set(found)
    assert together == {name for name in METRIC_NAMES if name.startswith(f"{prefix}_")}
    for name in ("macro_average_precision", "brier", "classwise_ece"):
        assert (f"{prefix}_{name}" in plain) is (prefix != "train")


def test_tuned_thresholds_need_a_validation_set_and_plug_in_ones_that_there_is_none():
    assert "val_macro_f1_tuned" in METRIC_NAMES
    assert "oof_macro_f1_plug_in" in METRIC_NAMES
    assert {"test_macro_f1_tuned", "test_macro_f1_plug_in"} <= set(METRIC_NAMES)
    assert not [name for name in METRIC_NAMES if name.startswith("val_") and name.endswith("plug_in")]
    assert not [name for name in METRIC_NAMES if name.startswith("oof_") and name.endswith("tuned")]


@pytest.mark.parametrize(("prefix", "rule"), [("oof", "tuned"), ("val", "plug_in"), ("test", "0.5")])
def test_when_a_set_has_no_figures_at_such_thresholds_then_the_error_says_at_which_it_has(prefix, rule):
    targets, logits = random_case(0)
    with pytest.raises(ValueError, match=f"rule is '{rule}'; '{prefix}' is measured at thresholds that are"):
        evaluate(targets, logits, np.full(targets.shape[1], 0.5), prefix=prefix, rule=rule)


def test_only_losses_and_errors_of_calibration_should_fall():
    falling = [
        f"{prefix}_{name}"
        for prefix in ("train", "val", "test", "oof")
        for name in ("loss", "brier", "classwise_ece")
    ]
    assert [name for name in METRIC_NAMES if lower_is_better(name)] == [
        name for name in falling if name not in ("train_brier", "train_classwise_ece")
    ]


def test_when_shapes_differ_or_the_set_is_unknown_then_the_error_says_so():
    with pytest.raises(ValueError, match=r"targets \(2, 3\) and predictions \(3, 2\)"):
        f1_scores(np.zeros((2, 3), dtype=np.int8), np.zeros((3, 2), dtype=bool))
    with pytest.raises(ValueError, match="prefix is 'dev'; it must be one of: train, val, test, oof"):
        evaluate(np.zeros((2, 3), dtype=np.int8), np.zeros((2, 3)), None, prefix="dev")


# calibration


@pytest.mark.parametrize("seed", range(50))
def test_brier_score_equals_scikit_learn(seed):
    targets, logits = random_case(seed)
    probs = sigmoid(logits)
    expected = reference.brier_score_loss(targets.ravel(), probs.ravel(), labels=[0, 1])
    assert brier_score(targets, probs) == pytest.approx(expected, abs=1e-12)
    assert evaluate(targets, logits, None, prefix="oof")["oof_brier"] == brier_score(targets, probs)


@pytest.mark.parametrize("n_bins", [1, 4, 10])
@pytest.mark.parametrize("seed", range(20))
def test_reliability_equals_scikit_learns_curve_over_square_roots(seed, n_bins):
    rng = np.random.default_rng(seed)
    probs = sigmoid(rng.normal(-3, 2, size=(60, 7)))
    targets = (rng.random(probs.shape) < probs).astype(np.int8)
    found = reliability(targets, probs, n_bins=n_bins)
    roots = np.sqrt(probs.ravel())
    share, _ = calibration_curve(targets.ravel(), roots, n_bins=n_bins, strategy="uniform")
    filled = np.array(found.counts) > 0
    assert np.array(found.observed)[filled] == pytest.approx(share)
    assert found.counts == tuple(np.histogram(roots, np.linspace(0, 1, n_bins + 1))[0])
    assert np.dot(np.nan_to_num(found.predicted), found.counts) == pytest.approx(probs.sum())
    assert np.isnan(found.predicted).tolist() == np.isnan(found.observed).tolist() == (~filled).tolist()


def test_reliability_of_known_cells_worked_by_hand():
    probs = np.array([[0.0, 0.25, 0.26], [0.1, 1.0, 0.9]])
    targets = np.array([[0, 1, 1], [1, 0, -1]], dtype=np.int8)
    found = reliability(targets, probs, n_bins=2)  # (0, 0.25] and (0.25, 1]
    assert found.edges == (0.0, 0.25, 1.0)
    assert found.counts == (3, 2)
    assert found.predicted == pytest.approx((0.35 / 3, 1.26 / 2))
    assert found.observed == pytest.approx((2 / 3, 1 / 2))


def test_where_nearly_all_probabilities_are_low_there_are_still_bins_to_tell_them_apart():
    probs = np.geomspace(0.001, 0.1, 1000)[:, None]
    counts = reliability(np.zeros(probs.shape, dtype=np.int8), probs).counts
    assert sum(count > 0 for count in counts) == 4
    assert max(counts) <= 500


def classwise_error_by_hand(targets, probs, n_bins):
    """Kull et al. (2019), term by term."""
    errors = []
    edges = [(k / n_bins) ** 2 for k in range(n_bins + 1)]
    for truth, given in zip(targets.T, probs.T, strict=True):
        truth, given = truth[truth >= 0], given[truth >= 0]
        if not truth.any():
            continue
        error = 0.0
        for low, high in itertools.pairwise(edges):
            inside = (given > low) & (given <= high)
            if inside.any():
                error += inside.sum() / len(truth) * abs(truth[inside].mean() - given[inside].mean())
        errors.append(error)
    return np.mean(errors) if errors else 0.0


@pytest.mark.parametrize("seed", range(50))
def test_the_classwise_calibration_error_is_the_papers_sum_over_the_known_cells(seed):
    targets, logits = random_case(seed)
    targets[np.random.default_rng(seed).random(targets.shape) < 0.2] = -1
    probs = np.maximum(sigmoid(logits), 1e-12)
    for n_bins in (1, 3, 10):
        found = classwise_calibration_error(targets, probs, n_bins=n_bins)
        assert found == pytest.approx(classwise_error_by_hand(targets, probs, n_bins), abs=1e-12)


def test_a_label_without_positives_is_left_out_of_the_calibration_error():
    targets = np.array([[1, 0], [0, 0], [-1, -1]], dtype=np.int8)
    probs = np.array([[0.9, 0.9], [0.2, 0.9], [0.5, 0.5]])
    # label 0: |1 - 0.9| / 2 + |0 - 0.2| / 2; label 1 has no positive
    assert classwise_calibration_error(targets, probs) == pytest.approx(0.15)


def test_errors_of_two_labels_do_not_cancel_as_they_would_in_one_bin_of_all_cells():
    targets = np.array([[1, 0], [1, 0], [1, 0], [0, 1]], dtype=np.int8)
    probs = np.full((4, 2), 0.5)
    pooled = reliability(targets, probs)
    (at,) = np.flatnonzero(pooled.counts)
    assert (pooled.predicted[at], pooled.observed[at]) == (0.5, 0.5)
    assert classwise_calibration_error(targets, probs) == 0.25


def test_what_a_model_promises_and_keeps_has_a_small_error_and_what_it_exaggerates_a_large_one():
    rng = np.random.default_rng(0)
    logits = rng.normal(-2, 1.5, size=(20_000, 3))
    targets = (rng.random(logits.shape) < sigmoid(logits)).astype(np.int8)
    assert classwise_calibration_error(targets, sigmoid(logits)) < 0.01
    assert classwise_calibration_error(targets, sigmoid(2 * logits)) > 0.05


def test_when_no_cell_is_known_then_calibration_is_zero_and_its_bins_are_empty():
    targets, probs = np.full((2, 3), -1, dtype=np.int8), np.full((2, 3), 0.5)
    assert (brier_score(targets, probs), classwise_calibration_error(targets, probs)) == (0.0, 0.0)
    assert reliability(targets, probs).counts == (0,) * 10


def test_when_there_is_no_bin_or_the_shapes_differ_then_the_error_says_so():
    with pytest.raises(ValueError, match="n_bins is 0; it must be at least 1"):
        reliability(np.zeros((2, 3), dtype=np.int8), np.zeros((2, 3)), n_bins=0)
    for measure in (reliability, brier_score, classwise_calibration_error):
        with pytest.raises(ValueError, match=r"targets \(2, 3\) and probs \(3, 2\)"):
            measure(np.zeros((2, 3), dtype=np.int8), np.zeros((3, 2)))


# the note


def test_the_note_names_the_labels_without_positives_and_what_they_count_as():
    names = ["a", "b", "c", "d"]
    targets = np.array([[1, 0, 0, 0]], dtype=np.int8)
    predictions = np.array([[1, 0, 1, 0]], dtype=bool)
    zero, out = (f1_scores(targets, predictions, absent_labels=rule) for rule in ("zero", "leave_out"))
    assert (
        absent_labels_note(names, zero, "zero") == "macro-F1 counts 3 labels without positives (b, c, d) as 0"
    )
    assert absent_labels_note(names, out, "leave_out") == (
        "macro-F1 leaves out 2 labels without positives (b, d) "
        "and counts 1 label without positives (c) but with predictions as 0"
    )
    assert absent_labels_note(["a"], f1_scores(targets[:, :1], predictions[:, :1]), "zero") is None


def test_the_note_stays_short_with_many_labels():
    scores = f1_scores(np.zeros((1, 9), dtype=np.int8), np.zeros((1, 9), dtype=bool))
    note = absent_labels_note(list("abcdefghi"), scores, "zero")
    assert note == "macro-F1 counts 9 labels without positives (a, b, c, d, e and 4 more) as 0"


def test_five_thousand_rows_of_a_thousand_labels_take_seconds_at_most():
    rng = np.random.default_rng(0)
    targets = (rng.random((5000, 1000)) < 0.1).astype(np.int8)
    logits = rng.normal(size=targets.shape).astype(np.float32)
    began = time.perf_counter()
    evaluate(targets, logits, np.full(1000, 0.4), prefix="val")
    assert time.perf_counter() - began < 10
