"""CVIRS: golden answers, the definition spelled out, ties, unknown targets, memory."""

import json
import math
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from text_al.strategies import strategy
from text_al.strategies.from_probs import cvirs as module
from text_al.strategies.from_probs.cvirs import cvirs, inconsistency, rank_part
from text_al.testing import check_strategy
from text_al.types import Candidates, Labelled

GOLDEN = Path(__file__).parents[1].parent / "shared" / "reference" / "golden_multilabel.json"


def of_probs(probs, targets=(), thresholds=None):
    probs = np.asarray(probs)
    n_labels = probs.shape[1]
    targets = np.array(targets, dtype=np.int8).reshape(-1, n_labels)
    return Candidates(
        np.arange(len(probs)),
        np.zeros(probs.shape, dtype=probs.dtype),
        probs,
        np.full(n_labels, 0.5) if thresholds is None else np.asarray(thresholds),
        labelled=Labelled(np.arange(len(targets)), targets),
    )


def bits(*parts):
    """The entropy of a draw among parts of these sizes."""
    return -sum(part / sum(parts) * math.log2(part / sum(parts)) for part in parts if part)


def distance(u, v):
    """The definition, with the four cells counted one by one and the entropies nested."""
    cells = [(x, y) for x, y in zip(u, v, strict=True) if y >= 0]
    a, b, c, d = (cells.count(cell) for cell in [(1, 1), (1, 0), (0, 1), (0, 0)])
    n = a + b + c + d
    if b + c == n:
        return 1.0
    joint = bits(b + c, a + d) + (b + c) / n * (bits(b, c) if b + c else 0) + (a + d) / n * bits(a, d)
    return (2 * joint - bits(a + b, c + d) - bits(a + c, b + d)) / joint if joint else 0.0


def naive_inconsistency(predicted, targets):
    rows = [row for row in targets if max(row) >= 0]
    return [np.mean([distance(u, v) for v in rows]) if rows else 1.0 for u in predicted]


def naive_rank_part(probs):
    margins = np.abs(2 * probs - 1)
    below = (margins[None] < margins[:, None]).sum(axis=1)
    level = (margins[None] == margins[:, None]).sum(axis=1)
    ranks = below + (level + 1) / 2
    return ((len(probs) - ranks) / (len(probs) - 1)).mean(axis=1)


def simulated(seed, m, n, n_labels, unknown=0.0):
    rng = np.random.default_rng(seed)
    probs = rng.uniform(size=(m, n_labels)).round(1)
    targets = (rng.uniform(size=(n, n_labels)) < 0.4).astype(np.int8)
    targets[rng.uniform(size=targets.shape) < unknown] = -1
    return of_probs(probs, targets)


def test_it_keeps_the_contract():
    check_strategy(cvirs)


def test_it_agrees_with_the_golden_values():
    if not GOLDEN.exists():
        pytest.skip("the golden values are not beside the repository")
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    candidates, expected = of_probs(golden["P"], golden["Y_labeled"]), golden["cvirs"]
    assert rank_part(candidates.probs) == pytest.approx(expected["rank1_term"], abs=1e-6)
    assert inconsistency(candidates) == pytest.approx(expected["inconsistency_term"], abs=1e-6)
    chosen = strategy("cvirs").choose(candidates, 5, np.random.default_rng(0))
    assert chosen.rows.tolist() == expected["order_rank1"]
    assert strategy("cvirs").scores(candidates) == pytest.approx(expected["score_rank1"], abs=1e-6)


def test_distances_have_these_known_answers():
    predicted = [[0.9, 0.9, 0.1, 0.1]]
    known = {(1, 1, 0, 0): 0, (0, 0, 1, 1): 1, (1, 0, 1, 0): 1, (0, 0, 0, 0): 1, (1, 1, 1, 1): 1,
             (1, 0, 0, 0): (3 - 1 - bits(1, 3)) / 1.5}  # fmt: skip
    for target, expected in known.items():
        assert inconsistency(of_probs(predicted, [target])) == pytest.approx([expected])


def test_a_complement_is_as_far_as_can_be_though_it_tells_the_set_entirely():
    assert inconsistency(of_probs([[0.9, 0.1, 0.1]], [[0, 1, 1]])).tolist() == [1]
    assert inconsistency(of_probs([[0.9], [0.1]], [[0]])).tolist() == [1, 0]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(2, 12),
    st.integers(1, 8),
    st.sampled_from([1, 2, 5, 9, 65]),
    st.floats(0, 1),
)
def test_it_equals_its_definition(seed, m, n, n_labels, unknown):
    candidates = simulated(seed, m, n, n_labels, unknown)
    predicted = (candidates.probs >= 0.5).astype(int)
    a = naive_rank_part(candidates.probs)
    v = naive_inconsistency(predicted.tolist(), candidates.labelled.targets.tolist())
    assert inconsistency(candidates) == pytest.approx(v)
    assert cvirs(candidates) == pytest.approx(a * v)


def test_equal_margins_share_their_mean_rank_whatever_their_place():
    probs = np.array(
        [[0.75], [0.25], [0.5], [1.0], [0.75]]
    )  # margins 0.5, 0.5, 0, 1, 0.5: ranks 3, 3, 1, 5, 3
    assert rank_part(probs) == pytest.approx([0.5, 0.5, 1, 0, 0.5])


def test_ranks_depend_on_the_order_of_the_margins_only():
    rng = np.random.default_rng(0)
    probs = rng.permuted(np.tile(np.linspace(0.01, 0.49, 40)[:, None], 3), axis=0)
    assert rank_part(probs**2 / 0.5) == pytest.approx(rank_part(probs))


def test_predictions_are_made_at_the_thresholds():
    low, high = (of_probs([[0.3, 0.3]], [[1, 1]], thresholds=[t, t]) for t in (0.3, 0.31))
    assert inconsistency(low).tolist() == [0]
    assert inconsistency(high).tolist() == [1]


def test_a_labelled_text_is_compared_by_its_known_labels_only():
    probs = [[0.9, 0.1, 0.9, 0.1], [0.1, 0.1, 0.1, 0.9]]
    partly = inconsistency(of_probs(probs, [[1, 0, -1, -1]]))
    alone = inconsistency(of_probs(np.array(probs)[:, :2], [[1, 0]]))
    assert partly.tolist() == alone.tolist() == [0, 1]


def test_a_labelled_text_of_which_nothing_is_known_counts_nothing():
    probs = [[0.9, 0.1, 0.9], [0.1, 0.1, 0.1]]
    with_it, without = (
        inconsistency(of_probs(probs, rows)) for rows in ([[1, 0, 0], [-1, -1, -1]], [[1, 0, 0]])
    )
    assert with_it.tolist() == without.tolist()


@pytest.mark.parametrize("targets", [[], [[-1, -1]]])
def test_with_nothing_known_the_ranks_alone_decide(targets):
    candidates = of_probs([[0.9, 0.2], [0.6, 0.5], [0.1, 0.0]], targets)
    assert cvirs(candidates) == pytest.approx(naive_rank_part(candidates.probs))


def test_labelled_texts_with_equal_targets_count_as_often_as_they_are():
    probs, one, other = [[0.9, 0.1, 0.1, 0.1]], [1, 0, 0, 0], [1, 1, 0, 0]
    expected = (distance([1, 0, 0, 0], one) + 3 * distance([1, 0, 0, 0], other)) / 4
    assert inconsistency(of_probs(probs, [other, one, other, other])) == pytest.approx([expected])


def test_the_size_of_the_blocks_changes_nothing(monkeypatch):
    candidates = simulated(4, m=300, n=20, n_labels=70, unknown=0.2)
    whole = cvirs(candidates)
    monkeypatch.setattr(module, "_CELLS", 100)
    assert cvirs(candidates) == pytest.approx(whole)


def test_it_never_holds_as_many_numbers_as_there_are_probabilities():
    m, n_labels = 100_000, 100
    probs = np.random.default_rng(0).choice(np.float32([0.1, 0.6]), size=(m, n_labels), p=[0.99, 0.01])
    candidates = of_probs(probs, np.eye(10, n_labels))
    tracemalloc.start()
    cvirs(candidates)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100 * m + 60 * module._CELLS < 8 * m * n_labels / 2


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ranks_do_not_depend_on_how_exactly_probabilities_are_kept(dtype):
    probs = np.random.default_rng(0).integers(0, 65, size=(500, 3)).astype(dtype) / 64
    expected = [rankdata(np.abs(2 * probs[:, label] - 1)) for label in range(3)]
    found = rank_part(probs)
    assert found == pytest.approx((500 * 3 - np.sum(expected, axis=0)) / (3 * 499))
