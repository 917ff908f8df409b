"""Thresholds equal a search over every cut, a search over the grid, and the formula in between."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_np

from text_al.training.thresholds import GRID, common_threshold, tune_thresholds


def column(values, dtype):
    return np.array(values, dtype=dtype)[:, None]


def own_cut(targets, probs, max_ratio=np.inf):
    cells = column(targets, np.int8), column(probs, float)
    return float(tune_thresholds(*cells, shrinkage=0, max_ratio=max_ratio)[0])


def f1_at(targets, probs, cut):
    hits = ((targets == 1) & (probs >= cut)).sum()
    found = (targets == 1).sum() + ((targets >= 0) & (probs >= cut)).sum()
    return 2 * hits / found if found else 0.0


@pytest.mark.parametrize(
    ("targets", "probs", "cut"),
    [
        ([1, 1, 0, 0], [0.9, 0.8, 0.4, 0.1], 0.6),  # half way between the classes
        ([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1], 0.4),  # F1 0.8 with one wrong beats 0.67 with one found
        ([0, 0, 1], [0.9, 0.8, 0.2], 0.1),  # all are predicted: half of the lowest
        ([1, 0, 0, 0], [0.3, 0.2, 0.1, 0.0], 0.25),  # not 0.5
        ([1, 0, 1, 0], [0.6, 0.6, 0.6, 0.2], 0.4),  # no cut through equal probabilities
        ([1, -1, 0, -1], [0.8, 0.7, 0.2, 0.1], 0.5),  # what is not known is not there
    ],
)
def test_one_labels_own_cut_by_hand(targets, probs, cut):
    assert own_cut(targets, probs) == pytest.approx(cut)


def test_of_equal_cuts_the_highest_is_taken():
    # The top one alone, and all four: F1 is 2/3 either way.
    assert own_cut([1, 0, 0, 1], [0.9, 0.5, 0.4, 0.3]) == pytest.approx(0.7)


probabilities = st.one_of(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.floats(0, 1))


@given(st.lists(st.tuples(st.sampled_from([-1, 0, 1]), probabilities), min_size=1, max_size=12))
def test_without_shrinkage_no_cut_at_all_is_better(cells):
    targets, probs = np.array([cell[0] for cell in cells]), np.array([cell[1] for cell in cells])
    found = own_cut(targets, probs)
    best = (
        max((f1_at(targets, probs, cut) for cut in [*probs, 2.0]), default=0.0) if (targets >= 0).any() else 0
    )
    assert 0 <= found <= 1
    if (targets == 1).any():
        assert f1_at(targets, probs, found) == pytest.approx(best)


def test_between_neighbouring_numbers_the_cut_still_parts_them():
    upper = 1.0
    lower = np.nextafter(upper, 0)
    assert own_cut([1, 0], [upper, lower]) == upper
    upper, lower = lower, np.nextafter(lower, 0)
    assert own_cut([1, 0], [upper, lower]) == upper


def random_set(seed, n=60, n_labels=5, unknown=0.2):
    rng = np.random.default_rng(seed)
    targets = (rng.random((n, n_labels)) < 0.3).astype(np.int8)
    probs = 1 / (1 + np.exp(-(rng.normal(size=(n, n_labels)) * 1.5 + 2.0 * targets - 2.0)))
    targets[rng.random(targets.shape) < unknown] = -1
    targets[:, -1] = np.minimum(targets[:, -1], 0)  # no positives
    return targets, probs


@pytest.mark.parametrize("seed", range(10))
def test_the_common_threshold_is_the_best_of_the_grid(seed):
    targets, probs = random_set(seed)
    with_positives = range(targets.shape[1] - 1)
    grid = 1 / (1 + np.exp(-GRID))
    macro = [np.mean([f1_at(targets[:, i], probs[:, i], cut) for i in with_positives]) for cut in grid]
    highest_of_best = grid[np.flatnonzero(np.isclose(macro, max(macro), atol=1e-12))[-1]]
    assert common_threshold(targets, probs) == pytest.approx(highest_of_best)


def test_shrinkage_lies_between_own_and_common_as_logits():
    targets, probs = random_set(0)
    n_positives = (targets == 1).sum(axis=0)
    common, own = common_threshold(targets, probs), tune_thresholds(targets, probs, shrinkage=0)
    logit = lambda p: np.log(p / (1 - p))  # noqa: E731 - the formula, as the docstring has it
    share = n_positives / (n_positives + 10)
    expected = share * logit(own) + (1 - share) * logit(common)
    assert logit(tune_thresholds(targets, probs)) == pytest.approx(expected)
    assert tune_thresholds(targets, probs, shrinkage=1e12) == pytest.approx(common)


def test_a_label_without_positives_takes_the_common_threshold():
    targets, probs = random_set(1)
    for shrinkage in (0.0, 10.0):
        found = tune_thresholds(targets, probs, shrinkage=shrinkage)
        assert found[-1] == pytest.approx(common_threshold(targets, probs))
        assert found[0] != pytest.approx(found[-1])


@pytest.mark.parametrize("value", [0, -1])
def test_when_no_label_has_positives_all_thresholds_are_one_half(value):
    targets = np.full((4, 3), value, dtype=np.int8)
    assert tune_thresholds(targets, np.random.default_rng(0).random((4, 3))).tolist() == [0.5] * 3


def test_no_text_at_all_gives_one_half():
    assert tune_thresholds(np.zeros((0, 2), np.int8), np.zeros((0, 2))).tolist() == [0.5, 0.5]


@given(st.integers(0, 20), st.permutations(range(20)), st.permutations(range(3)))
def test_the_order_of_texts_and_labels_does_not_matter(seed, rows, labels):
    targets, probs = random_set(seed, n=20, n_labels=3)
    found = tune_thresholds(targets, probs)
    assert tune_thresholds(targets[rows], probs[rows]) == pytest.approx(found)
    assert tune_thresholds(targets[:, labels], probs[:, labels]) == pytest.approx(found[labels])


@given(st_np.arrays(np.float64, (6, 2), elements=probabilities))
def test_what_is_not_known_has_no_say(probs):
    targets = np.array([[1, 0], [0, 1], [1, 0], [0, 1], [-1, -1], [-1, -1]], dtype=np.int8)
    assert tune_thresholds(targets, probs) == pytest.approx(tune_thresholds(targets[:4], probs[:4]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_certain_probabilities_give_thresholds_that_can_be_used(dtype):
    targets = np.array([[1, 0], [0, 1]], dtype=np.int8)
    found = tune_thresholds(targets, targets.astype(dtype))
    assert np.isfinite(found).all()
    assert ((found > 0) & (found < 1)).all()


@pytest.mark.parametrize("shrinkage", [0, 10])
def test_a_label_of_which_the_model_knows_nothing_is_not_predicted_everywhere(shrinkage):
    targets = np.zeros((200, 2), np.int8)
    targets[:10, 0] = targets[:20, 1] = 1
    probs = np.full((200, 2), 0.004)
    probs[:20, 1] = 0.6
    found = tune_thresholds(targets, probs, shrinkage=shrinkage)
    assert (probs >= found).sum(axis=0).tolist() == [0, 20]
    flooded = tune_thresholds(targets, probs, shrinkage=0, max_ratio=np.inf)
    assert (probs >= flooded).sum(axis=0).tolist() == [200, 20]


def test_a_label_is_predicted_three_times_as_often_as_it_stands_at_most():
    rng = np.random.default_rng(0)
    targets = (rng.random((400, 30)) < 0.03).astype(np.int8)
    targets[0] = 1
    probs = rng.random((400, 30))
    predicted = (probs >= tune_thresholds(targets, probs, shrinkage=0)).sum(axis=0)
    assert np.all(predicted <= 3 * (targets == 1).sum(axis=0))
    assert (predicted > 2 * (targets == 1).sum(axis=0)).any()


def test_the_common_threshold_does_not_flood_either():
    targets, probs = np.zeros((100, 3), np.int8), np.full((100, 3), 0.01)
    targets[:5] = 1
    probs[:5, 0] = 0.3
    assert common_threshold(targets, probs) > 0.01
    targets[:, 2] = 0  # a label without positives has no ratio
    assert common_threshold(targets, probs, max_ratio=np.inf) > 0.01
