"""What logits are worth: by a validation set, or by what was held out and the pool."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from text_al.metrics import sigmoid
from text_al.training.calibration import fit_calibration
from text_al.training.judging import ENOUGH, SAMPLE, by_pool, by_validation, open_sample
from text_al.training.model import TextList
from text_al.training.plug_in import plug_in_thresholds
from text_al.training.samples import PartOfTexts, spread
from text_al.training.thresholds import rates, tune_thresholds


def made(n, *, seed=0, n_labels=3):
    rng = np.random.default_rng(seed)
    logits = rng.normal(-1, 2, size=(n, n_labels))
    return logits, (rng.random(logits.shape) < sigmoid(0.5 * logits)).astype(np.int8)


def test_a_validation_set_tunes_thresholds_and_leaves_logits_as_they_are():
    logits, targets = made(100)
    verdict = by_validation(logits, targets)
    assert verdict.rule == "tuned"
    assert verdict.out_of_fold_logits is None
    assert np.array_equal(verdict.calibration.apply(logits), logits)
    assert np.array_equal(verdict.thresholds, tune_thresholds(targets, sigmoid(logits)))


def test_without_one_the_pool_is_calibrated_by_what_was_held_out_and_cut():
    held_out, targets = made(150)
    pool, _ = made(ENOUGH, seed=1)
    verdict = by_pool(held_out, targets, pool)
    calibration = fit_calibration(held_out, targets)
    assert verdict.rule == "plug_in"
    assert verdict.calibration.slope == calibration.slope < 0.9
    assert np.array_equal(verdict.out_of_fold_logits, calibration.apply(held_out))
    expected = plug_in_thresholds(sigmoid(calibration.apply(pool)), rates(targets))
    assert np.array_equal(verdict.thresholds, expected)


@pytest.mark.parametrize("n_open", [0, ENOUGH - 1])
def test_a_pool_that_is_nearly_all_labelled_is_cut_with_what_was_held_out(n_open):
    held_out, targets = made(150)
    pool, _ = made(n_open, seed=1)
    verdict = by_pool(held_out, targets, pool)
    probs = sigmoid(fit_calibration(held_out, targets).apply(np.concatenate([pool, held_out])))
    assert np.array_equal(verdict.thresholds, plug_in_thresholds(probs, rates(targets)))


def test_with_nothing_held_out_logits_stay_and_the_pool_is_cut_as_it_is():
    _, targets = made(8)
    pool, _ = made(300, seed=1)
    verdict = by_pool(None, targets, pool)
    assert verdict.out_of_fold_logits is None
    assert np.array_equal(verdict.calibration.apply(pool), pool)
    assert np.array_equal(verdict.thresholds, plug_in_thresholds(sigmoid(pool), rates(targets)))


def test_rates_count_what_is_known_and_half_a_text_more():
    targets = np.array([[1, 0, -1], [1, 0, -1], [-1, 0, -1]], dtype=np.int8)
    assert rates(targets) == pytest.approx([2.5 / 3, 0.5 / 4, 1.5 / 3.5])


@given(st.integers(0, 300), st.sets(st.integers(0, 299)))
def test_of_a_small_pool_all_that_is_not_labelled_is_looked_at(n, labelled):
    labelled = np.array(sorted(row for row in labelled if row < n), dtype=np.int64)
    assert set(open_sample(n, labelled)) == set(range(n)) - set(labelled.tolist())


def test_of_a_large_pool_so_many_are_looked_at_from_all_of_its_parts():
    labelled = np.arange(1000)
    rows = open_sample(100_000, labelled)
    assert len(rows) == SAMPLE
    assert not np.isin(rows, labelled).any()
    assert np.diff(rows).max() <= 2 * 100_000 / SAMPLE
    assert np.array_equal(rows, open_sample(100_000, labelled))


@given(st.integers(0, 200), st.integers(1, 50))
def test_rows_are_spread_from_the_first_to_the_last(n, size):
    rows = spread(n, size)
    assert len(rows) == min(n, size)
    assert set(rows) <= set(range(n))
    if n and size > 1:
        assert rows[0] == 0
        assert rows[-1] == n - 1
        assert np.ptp(np.diff(rows)) <= 1 if len(rows) > 1 else True


def test_a_part_of_texts_has_its_own_rows_and_another_fingerprint():
    source = TextList(["a", "b", "c", "d"])
    part, other = PartOfTexts(source, np.array([3, 1])), PartOfTexts(source, np.array([3, 2]))
    assert len(part) == 2
    assert part.texts(np.array([1, 0])) == ["b", "d"]
    assert len({part.text_fingerprint, other.text_fingerprint, source.text_fingerprint}) == 3
    assert part.text_fingerprint == PartOfTexts(source, np.array([3, 1])).text_fingerprint
