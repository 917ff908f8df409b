"""Agreement between annotators: against published tables, scikit-learn, and definitions written naively."""

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.metrics import cohen_kappa_score

from text_al.metrics.agreement import alpha_sums, krippendorff_alpha, set_distance
from text_al.metrics.kappa import cohen_kappa, fleiss_kappa

# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability: four observers, twelve units, five values.
PUBLISHED = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""


def one_hot(table):
    """(A, n, L) of a table of values from 1, a point where there is none."""
    rows = [line.split() for line in table.split("\n") if line]
    highest = max(int(value) for row in rows for value in row if value != ".")
    answers = np.full((len(rows), len(rows[0]), highest), -1, np.int8)
    for who, row in enumerate(rows):
        for text, value in enumerate(row):
            if value != ".":
                answers[who, text] = np.arange(1, highest + 1) == int(value)
    return answers


def crowd(rng, n=60, n_labels=4, *, n_annotators=3, noise=0.15, missing=0.3, unknown=0.0):
    """Annotators who mostly see what is there, not all of them everywhere."""
    truth = rng.random((n, n_labels)) < 0.3
    answers = np.stack([truth ^ (rng.random(truth.shape) < noise) for _ in range(n_annotators)]).astype(
        np.int8
    )
    answers[rng.random(answers.shape) < unknown] = -1
    answers[rng.random(answers.shape[:2]) < missing] = -1
    return answers


def sets_of(answer):
    """What an answer says yes to, and what it knows."""
    return set(np.flatnonzero(answer == 1)), set(np.flatnonzero(answer != -1))


def masi(one, other):
    """MASI by its words, on sets."""
    if one == other:
        return Fraction(0)
    jaccard = Fraction(len(one & other), len(one | other))
    if one <= other or other <= one:
        return 1 - jaccard * Fraction(2, 3)
    return 1 - jaccard * Fraction(1, 3 if one & other else 1)


def naive_distance(one, other, distance):
    """None where two answers have no label in common that both know."""
    (first, knows), (second, knows_too) = sets_of(one), sets_of(other)
    common = knows & knows_too
    if not common:
        return None
    first, second = first & common, second & common
    return masi(first, second) if distance == "masi" else Fraction(first != second)


def naive_alpha(answers, distance):
    """Alpha by its definition: mean distance within texts over mean distance of all pairs."""
    within, weights, values = Fraction(0), Fraction(0), []
    for text in range(answers.shape[1]):
        found = {
            (i, j): naive_distance(answers[i, text], answers[j, text], distance)
            for i in range(len(answers))
            for j in range(len(answers))
            if i != j
        }
        compared = {pair: far for pair, far in found.items() if far is not None}
        who = {i for i, _ in compared}
        values += [answers[i, text] for i in sorted(who)]
        for far in compared.values():
            within += far / (len(who) - 1)
            weights += Fraction(1, len(who) - 1)
    pairs = [naive_distance(a, b, distance) for i, a in enumerate(values) for b in values[:i]]
    pairs = [far for far in pairs if far is not None]
    if not weights:
        return np.nan
    return float(1 - (within / weights) / (sum(pairs) / len(pairs))) if within else 1.0


def test_alpha_is_that_of_krippendorffs_own_example():
    assert krippendorff_alpha(one_hot(PUBLISHED), distance="nominal") == pytest.approx(0.743, abs=0.0005)


def test_alpha_of_two_observers_is_that_of_krippendorffs_binary_example():
    # The same paper, section A: two observers, ten units of 0 and 1.
    answers = np.array([list("0100000010"), list("1110010000")]).astype(np.int8)[..., None]
    assert krippendorff_alpha(answers, distance="nominal") == pytest.approx(0.095, abs=0.0005)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("", "", 0),
        ("a", "a", 0),
        ("ab", "ab", 0),
        ("", "a", 1),
        ("a", "b", 1),
        ("a", "ab", 1 - 1 / 2 * 2 / 3),
        ("ab", "abcd", 1 - 2 / 4 * 2 / 3),
        ("abc", "a", 1 - 1 / 3 * 2 / 3),
        ("ab", "bc", 1 - 1 / 3 * 1 / 3),
        ("abc", "bcd", 1 - 2 / 4 * 1 / 3),
        ("ab", "cd", 1),
    ],
)
def test_masi_of_two_sets_worked_by_hand(first, second, expected):
    one, other = set(first), set(second)
    sizes = [np.array(len(part)) for part in (one - other, other - one, one & other)]
    assert set_distance(*sizes) == pytest.approx(expected, abs=1e-12)
    assert set_distance(*sizes, distance="nominal") == (one != other)
    assert float(masi(one, other)) == pytest.approx(expected)


def test_alpha_with_masi_worked_by_hand():
    # {a} {a}, {ab} {a}, {} {b}: within 0, 2/3, 1, so 5/9 in the mean. Of the 15 pairs of all six answers, 3
    # are equal; {ab} with {a} is 2/3 three times, and with {b} once; {} with the others 1, five times; {b}
    # with {a} 1, three times: (4 * 2/3 + 8) / 15 = 32/45.
    answers = np.array([[[1, 0], [1, 1], [0, 0]], [[1, 0], [1, 0], [0, 1]]], dtype=np.int8)
    assert krippendorff_alpha(answers) == pytest.approx(1 - (5 / 9) / (32 / 45))


@pytest.mark.parametrize("distance", ["masi", "nominal"])
@pytest.mark.parametrize("unknown", [0.0, 0.3])
@pytest.mark.parametrize("seed", range(3))
def test_alpha_is_its_definition_also_with_gaps_and_answers_about_some_labels(distance, unknown, seed):
    answers = crowd(np.random.default_rng(seed), n=25, n_annotators=4, unknown=unknown)
    assert krippendorff_alpha(answers, distance=distance) == pytest.approx(naive_alpha(answers, distance))


def test_alpha_does_not_depend_on_the_size_of_blocks(monkeypatch):
    from text_al.metrics import agreement

    answers = crowd(np.random.default_rng(0), unknown=0.2)
    expected = krippendorff_alpha(answers)
    monkeypatch.setattr(agreement, "_BLOCK", 7)
    assert krippendorff_alpha(answers) == pytest.approx(expected, abs=1e-12)


@given(
    arrays.arrays(np.int8, st.tuples(st.integers(1, 4), st.integers(1, 8), st.integers(1, 4)),
                  elements=st.sampled_from([-1, 0, 1])),
    st.randoms(use_true_random=False),
)  # fmt: skip
@settings(max_examples=50, deadline=None)
def test_alpha_is_its_definition_whoever_comes_first(answers, random):
    expected = naive_alpha(answers, "masi")
    for axis in range(3):
        order = list(range(answers.shape[axis]))
        random.shuffle(order)
        answers = np.take(answers, order, axis=axis)
    assert krippendorff_alpha(answers) == pytest.approx(expected, nan_ok=True)


def test_where_nobody_differs_alpha_is_one_by_convention():
    alike = np.zeros((3, 5, 2), dtype=np.int8)
    assert krippendorff_alpha(alike) == 1.0
    assert alpha_sums(alike).interval(np.random.default_rng(0)) == (1.0, 1.0)


@pytest.mark.parametrize(
    "answers",
    [
        np.ones((1, 9, 2)),
        np.full((3, 4, 2), -1),
        np.array([[[1, 0], [-1, -1]], [[-1, -1], [0, 1]]]),
        np.array([[[1, -1]], [[-1, 0]]]),
        np.ones((2, 0, 3)),
    ],
    ids=["one annotator", "no answers", "never the same text", "never the same label", "no texts"],
)
def test_where_nothing_can_be_compared_nothing_is_known(answers):
    sums = alpha_sums(answers.astype(np.int8))
    assert np.isnan(sums.alpha)
    assert np.isnan(sums.interval(np.random.default_rng(0))).all()


def test_labelled_with_nothing_is_an_answer_and_not_known_is_none():
    empty = np.array([[[0, 0], [1, 0]], [[1, 0], [1, 0]]], dtype=np.int8)
    missing = np.array([[[-1, -1], [1, 0]], [[1, 0], [1, 0]]], dtype=np.int8)
    assert krippendorff_alpha(empty) < 1
    assert krippendorff_alpha(missing) == 1


@pytest.mark.parametrize("n", [30, 150])
def test_the_interval_is_that_of_computing_alpha_anew_for_texts_drawn_again(n):
    answers = crowd(np.random.default_rng(3), n=n, missing=0.1)
    rng = np.random.default_rng(0)
    redone = [krippendorff_alpha(answers[:, rng.integers(n, size=n)]) for _ in range(300)]
    found = alpha_sums(answers).interval(np.random.default_rng(1))
    assert found == pytest.approx(tuple(np.quantile(redone, [0.025, 0.975])), abs=0.05)


def test_the_interval_is_the_same_for_the_same_generator_and_narrows_with_more_texts():
    few, many = (crowd(np.random.default_rng(0), n=n) for n in (30, 1000))
    low, high = alpha_sums(few).interval(np.random.default_rng(5))
    assert (low, high) == alpha_sums(few).interval(np.random.default_rng(5))
    assert low < krippendorff_alpha(few) < high
    low_of_many, high_of_many = alpha_sums(many).interval(np.random.default_rng(5))
    assert high_of_many - low_of_many < (high - low) / 3


def test_cohens_kappa_is_scikit_learns_on_texts_that_both_decided():
    first, second = crowd(np.random.default_rng(0), n=80, n_annotators=2, unknown=0.1)
    found = cohen_kappa(first, second)
    for label in range(first.shape[1]):
        both = (first[:, label] != -1) & (second[:, label] != -1)
        expected = cohen_kappa_score(first[both, label], second[both, label])
        assert found.kappa[label] == pytest.approx(expected)
        assert found.n_texts[label] == both.sum()
        assert found.observed[label] == pytest.approx((first[both, label] == second[both, label]).mean())


def test_fleiss_kappa_is_that_of_his_own_example():
    # Fleiss (1971): ten subjects, fourteen raters, five categories; kappa is 0.210 over all of them. Of one
    # category against the rest, as here, the same table gives what the definition does.
    table = """0 0 0 0 14
    0 2 6 4 2
    0 0 3 5 6
    0 3 9 2 0
    2 2 8 1 1
    7 7 0 0 0
    3 2 6 3 0
    2 5 3 2 2
    6 5 2 1 0
    0 2 2 3 7"""
    counts = np.array([line.split() for line in table.splitlines()], dtype=int)
    answers = np.stack([(np.arange(14)[:, None] < counts[:, k]) for k in range(5)], axis=2).astype(np.int8)
    share = counts.mean(axis=0) / 14
    expected_of_each = 1 - (counts * (14 - counts)).sum(axis=0) / (10 * 14 * 13 * share * (1 - share))
    found = fleiss_kappa(answers)
    assert found.kappa == pytest.approx(expected_of_each)
    # Over all categories kappa is the mean of those of each, weighted by share * (1 - share).
    weights = share * (1 - share)
    assert (found.kappa * weights).sum() / weights.sum() == pytest.approx(0.210, abs=0.0005)


def test_fleiss_kappa_takes_texts_with_other_numbers_of_answers():
    # one label: {1,1,0} agrees on 1 of 3 pairs, {0,0} on all; share of yes (2/3 + 0) / 2
    answers = np.array([[1, 0, 1], [1, 0, -1], [0, -1, -1]], dtype=np.int8)[..., None]
    found = fleiss_kappa(answers)
    observed, share = (1 / 3 + 1) / 2, (2 / 3) / 2
    chance = share**2 + (1 - share) ** 2
    assert found.n_texts.tolist() == [2]
    assert found.observed[0] == pytest.approx(observed)
    assert found.kappa[0] == pytest.approx((observed - chance) / (1 - chance))


def test_a_label_that_all_say_the_same_of_has_no_kappa_and_one_nobody_decided_nothing_at_all():
    answers = np.array([[[1, 0, -1], [1, 0, -1]]] * 3, dtype=np.int8)
    for found in (fleiss_kappa(answers), cohen_kappa(answers[0], answers[1])):
        assert np.isnan(found.kappa).all()
        assert found.observed[:2].tolist() == [1, 1]
        assert np.isnan(found.observed[2])
        assert found.n_texts.tolist() == [2, 2, 0]


def test_memory_does_not_go_with_the_square_of_how_many_answers_differ():
    answers = crowd(np.random.default_rng(0), n=2000, n_labels=60, noise=0.05, missing=0)
    n_different = len(np.unique(answers.reshape(-1, 60), axis=0))
    tracemalloc.start()
    krippendorff_alpha(answers)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 * n_different**2 / 5
