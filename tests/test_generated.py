"""The synthetic tickets: seeded, parts apart, imbalanced, and hard enough that a learning curve rises."""

import re
from itertools import chain, pairwise

import numpy as np
import pytest

from text_al.data import generated
from text_al.data.generated import N_PARTS, generate
from text_al.data.prepare import prepare
from text_al.data.sources import GeneratedSource
from text_al.data.texts import folded
from text_al.data.ticket_clauses import CLAUSES
from text_al.data.ticket_words import ASIDES, CLOSERS, FRAMES, SHARES, SLOTS, SMALL_TALK, TOGETHER
from text_al.errors import CorpusError

LABELS = sorted(SHARES)


def _rows(size, part=0, seed=0):
    return list(generate(GeneratedSource(size=size, part=part), seed=seed))


@pytest.fixture(scope="module")
def tickets():
    return _rows(3000)


@pytest.fixture(scope="module")
def targets(tickets):
    return np.array([[label in row.marks.names for label in LABELS] for row in tickets])


def test_one_seed_gives_one_corpus_and_another_gives_another():
    assert _rows(50, seed=1) == _rows(50, seed=1)
    assert {row.text for row in _rows(50, seed=1)}.isdisjoint({row.text for row in _rows(50, seed=2)})


def test_a_smaller_size_is_the_beginning_of_a_larger_one():
    assert _rows(80)[:30] == _rows(30)


def test_parts_share_no_text_and_no_part_repeats_one():
    texts = [[folded(row.text) for row in _rows(700, part)] for part in range(N_PARTS)]
    assert len(set(chain(*texts))) == 700 * N_PARTS


def test_when_there_is_no_such_part_then_it_is_refused(tmp_path):
    with pytest.raises(CorpusError, match="there are parts 0 to 3"):
        prepare({"pool": GeneratedSource(part=4)}, tmp_path / "corpus")


def test_labels_are_imbalanced_and_combined(targets):
    rates = targets.mean(axis=0)
    assert 0.26 < rates.max() < 0.34
    assert 0.008 < rates.min() < 0.022
    assert 1.2 < targets.sum(axis=1).mean() < 1.4
    assert 0.06 < (targets.sum(axis=1) == 0).mean() < 0.12
    billing = targets[:, LABELS.index("billing")]
    with_billing = dict(zip(LABELS, targets[billing].mean(axis=0) / rates, strict=True))
    assert with_billing["refund"] > 1.5 * with_billing["product_question"]


def test_annotators_forget_some_labels_and_add_a_few():
    rng = np.random.default_rng(0)
    given = [generated._noisy(["bug", "refund"], rng) for _ in range(4000)]
    kept = sum(label in labels for labels in given for label in ("bug", "refund"))
    assert 0.03 < 1 - kept / 8000 < 0.05
    added = sum(len(set(labels) - {"bug", "refund"}) for labels in given)
    assert 0.004 < added / 4000 < 0.016


def test_nothing_of_the_templates_is_left_in_a_text(tickets):
    assert not [row.text for row in tickets if re.search(r"[\[\]{}|]", row.text)]


def test_the_words_fit_together():
    assert set(CLAUSES) == set(SHARES) == set(ASIDES)
    assert set().union(*TOGETHER) <= set(SHARES)
    wordings = [*chain(*CLAUSES.values(), *ASIDES.values(), *SLOTS.values()), *SMALL_TALK, *CLOSERS]
    assert {name for wording in wordings for name in re.findall(r"\{(\w+)\}", wording)} <= {*SLOTS, "number"}
    assert all("{clause}" in frame for frame in FRAMES)


def test_it_is_called_synthetic_where_it_is_named():
    assert "synthetic" in GeneratedSource().title
    assert "synthetic" in _rows(1)[0].where


@pytest.mark.slow
def test_a_learning_curve_rises_and_does_not_reach_the_ceiling(tickets, targets):
    texts = [row.text for row in tickets]
    test_rows = _rows(1000, part=2)
    test_targets = np.array([[label in row.marks.names for label in LABELS] for row in test_rows])
    sizes = (100, 300, 600, 2000)
    curve = [_macro_f1(texts[:n], targets[:n], [row.text for row in test_rows], test_targets) for n in sizes]
    assert 0.2 < curve[0] < 0.5
    assert all(after - before > 0.07 for before, after in pairwise(curve))
    assert 0.65 < curve[-1] < 0.9


def _macro_f1(texts, targets, test_texts, test_targets):
    """Macro-F1 of TF-IDF with a logistic regression a label, each at its best threshold on the test texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score

    vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit(texts)
    train, test = vectors.transform(texts), vectors.transform(test_texts)
    best = []
    for given, wanted in zip(targets.T, test_targets.T, strict=True):
        if not given.any():
            best.append(0.0)
            continue
        model = LogisticRegression(C=10, class_weight="balanced").fit(train, given)
        probs = model.predict_proba(test)[:, 1]
        thresholds = np.quantile(probs, np.linspace(0.3, 0.995, 40))
        best.append(max(f1_score(wanted, probs >= threshold, zero_division=0) for threshold in thresholds))
    return float(np.mean(best))
