"""The convex head equals scikit-learn's logistic regression, one label at a time, on what is known."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from text_al.metrics import sigmoid
from text_al.training import axes, linear_head
from text_al.training.linear_head import LinearHead, Standardiser, fit_linear_head, rate_log_odds


def random_problem(seed, n=60, width=7, n_labels=4, unknown=0.0):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, width))
    signal = features @ rng.normal(size=(width, n_labels)) + rng.normal(size=(n, n_labels))
    targets = (signal > np.quantile(signal, 0.7, axis=0)).astype(np.int8)
    targets[rng.random(targets.shape) < unknown] = -1
    return features, targets


def reference_probs(features, targets, c, weights=None):
    """One scikit-learn model a label, fitted on the rows that are known for it."""
    columns = []
    for label in range(targets.shape[1]):
        known = targets[:, label] >= 0
        model = LogisticRegression(C=c, tol=1e-10, max_iter=10_000)
        model.fit(features[known], targets[known, label], None if weights is None else weights[known, label])
        columns.append(model.predict_proba(features)[:, 1])
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("c", [0.01, 1.0, 100.0])
@pytest.mark.parametrize(
    "as_given", [np.asarray, sparse.csr_matrix, sparse.csr_array], ids=lambda f: f.__name__
)
def test_it_equals_logistic_regression(c, as_given):
    features, targets = random_problem(0)
    head = fit_linear_head(as_given(features), targets, c=c)
    found = sigmoid(head.logits(as_given(features)))
    assert found == pytest.approx(reference_probs(features, targets, c), abs=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_not_known_weighs_nothing(seed):
    features, targets = random_problem(seed, unknown=0.4)
    found = sigmoid(fit_linear_head(features, targets, c=2.0).logits(features))
    assert found == pytest.approx(reference_probs(features, targets, 2.0), abs=1e-3)


def test_wide_sparse_features_are_solved_too():
    rng = np.random.default_rng(0)
    features = sparse.random(80, 500, density=0.05, random_state=rng, format="csr")
    targets = (np.asarray(features[:, :3].todense()) + rng.normal(scale=0.1, size=(80, 3)) > 0).astype(
        np.int8
    )
    found = sigmoid(fit_linear_head(features, targets, c=10.0).logits(features))
    assert found == pytest.approx(reference_probs(features, targets, 10.0), abs=1e-3)


@pytest.mark.parametrize(
    "as_given", [np.asarray, sparse.csr_matrix, sparse.csr_array], ids=lambda f: f.__name__
)
@pytest.mark.parametrize("c", [0.03, 10.0])
def test_more_features_than_texts_are_solved_too(as_given, c):
    features, targets = random_problem(4, n=40, width=90, unknown=0.2)
    features[:5], features[5:10] = features[10:15], 0.0  # texts that are alike, and texts without features
    known, elsewhere = as_given(features), np.random.default_rng(1).normal(size=(20, 90))
    head = fit_linear_head(known, targets, c=c)
    assert isinstance(head.weights, np.ndarray)
    assert head.weights.shape == (4, 90)
    assert sigmoid(head.logits(known)) == pytest.approx(reference_probs(features, targets, c), abs=1e-3)
    for label in range(4):
        rows = targets[:, label] >= 0
        model = LogisticRegression(C=c, tol=1e-10, max_iter=10_000).fit(features[rows], targets[rows, label])
        expected = model.predict_proba(elsewhere)[:, 1]
        assert sigmoid(head.logits(elsewhere))[:, label] == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("shape", [(6, 3), (3, 6)])
def test_features_that_are_all_zero_leave_the_rate(shape):
    targets = np.array([[1], [0], [0]] * (shape[0] // 3), dtype=np.int8)
    head = fit_linear_head(np.zeros(shape), targets)
    assert (head.weights == 0).all()
    assert sigmoid(head.bias) == pytest.approx([1 / 3], abs=1e-4)


def test_labels_solved_in_blocks_come_out_as_together(monkeypatch):
    features, targets = random_problem(3, n_labels=5)
    together = fit_linear_head(features, targets, c=1.0)
    monkeypatch.setattr(linear_head, "CELLS", 2 * (60 + 7))  # two labels at a time
    blocks = fit_linear_head(features, targets, c=1.0)
    assert sigmoid(blocks.logits(features)) == pytest.approx(sigmoid(together.logits(features)), abs=1e-4)


@pytest.mark.parametrize("as_given", [np.asarray, sparse.csr_matrix], ids=lambda f: f.__name__)
@pytest.mark.parametrize(("n", "width"), [(80, 9), (30, 60)], ids=["more texts", "more features"])
@pytest.mark.parametrize("most", [0, 2048], ids=["as they are", "turned"])
def test_texts_that_weigh_more_count_more(monkeypatch, as_given, n, width, most):
    monkeypatch.setattr(axes, "MOST", most)
    features, targets = random_problem(5, n=n, width=width, unknown=0.2)
    features += 3.0  # far from the origin
    features[:, 0] = 0.0  # a feature that no text has
    targets[:, 3] = 0
    targets[:2, 3] = 1  # a rare label
    weights = np.random.default_rng(6).exponential(size=targets.shape)
    weights[weights < 0.3] = 0.0
    found = fit_linear_head(as_given(features), targets, c=3.0, weights=weights).logits(features)
    expected = reference_probs(features, targets, 3.0, weights)
    assert sigmoid(found) == pytest.approx(expected, abs=1e-3)
    assert np.abs(expected - reference_probs(features, targets, 3.0)).max() > 0.05


def test_a_weight_of_two_is_the_text_twice_and_of_zero_not_at_all():
    features, targets = random_problem(7, n=30)
    times = np.random.default_rng(0).integers(0, 3, size=30)
    weighed = fit_linear_head(features, targets, weights=times.astype(float))
    repeated = fit_linear_head(np.repeat(features, times, axis=0), np.repeat(targets, times, axis=0))
    assert weighed.weights == pytest.approx(repeated.weights, abs=1e-3)
    assert weighed.bias == pytest.approx(repeated.bias, abs=1e-3)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (np.ones(3), "shape"),
        (np.ones((60, 3)), "shape"),
        (-np.ones(60), "negative"),
        (np.full(60, np.nan), "finite"),
    ],
)
def test_weights_that_are_none_are_refused(weights, said):
    features, targets = random_problem(0)
    with pytest.raises(ValueError, match=said):
        fit_linear_head(features, targets, weights=weights)


def test_features_far_from_the_origin_and_nearly_alike_are_told_apart():
    features, targets = random_problem(8, n=50, width=80)
    features = 100.0 + 0.1 * features  # as of encoders all of whose vectors lie in a narrow cone
    for part in (features, features[:, :20]):
        found = sigmoid(fit_linear_head(part, targets, c=100.0).logits(part))
        # scikit-learn's solver needs the origin among the texts; as the bias is free, that changes nothing.
        assert found == pytest.approx(reference_probs(part - part.mean(axis=0), targets, 100.0), abs=1e-3)


@pytest.mark.parametrize(("n", "width"), [(200, 4), (40, 200)])
def test_separable_labels_and_a_weak_penalty_are_solved(n, width):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(n, width)) * 5
    targets = (features[:, :1] > np.quantile(features[:, 0], [[0.5, 0.95]])).astype(np.int8).reshape(n, 2)
    found = sigmoid(fit_linear_head(features, targets, c=1000.0).logits(features))
    assert found == pytest.approx(reference_probs(features, targets, 1000.0), abs=1e-3)


def test_it_is_the_minimum_to_many_digits_when_asked():
    features, targets = random_problem(9, n=100, width=12)
    head = fit_linear_head(features, targets, c=10.0, tolerance=1e-14)
    residuals = sigmoid(head.logits(features)) - targets
    assert residuals.T @ features + head.weights / 10.0 == pytest.approx(0.0, abs=1e-5)
    assert residuals.sum(axis=0) == pytest.approx(0.0, abs=1e-5)


def test_a_label_with_one_kind_of_target_keeps_its_rate_and_disturbs_no_other():
    features, targets = random_problem(1, n=20, n_labels=4)
    alone = fit_linear_head(features, targets[:, :1], c=1.0)
    targets[:, 1], targets[:, 2], targets[:, 3] = 0, 1, -1
    targets[:5, 2] = -1
    head = fit_linear_head(features, targets, c=1.0)
    assert (head.weights[1:] == 0).all()
    positives = (
        targets[:, 0].sum() + 0 + 15
    ) / 3  # of a label of which nothing is known: as often as all are
    negatives = (20 - targets[:, 0].sum() + 20 + 0) / 3
    unknown = np.log((positives + 0.5) / (negatives + 0.5))
    assert head.bias[1:] == pytest.approx([np.log(0.5 / 20.5), np.log(15.5 / 0.5), unknown])
    assert sigmoid(head.logits(features))[:, 0] == pytest.approx(
        sigmoid(alone.logits(features))[:, 0], abs=1e-4
    )


def test_rate_log_odds_by_hand():
    targets = np.array([[1, 1, -1], [0, 1, -1], [0, -1, -1], [-1, -1, -1]], dtype=np.int8)
    assert rate_log_odds(targets) == pytest.approx([np.log(1.5 / 2.5), np.log(2.5 / 0.5), np.log(2 / 1.5)])
    weights = np.array([[3.0, 0, 9], [1, 2, 9], [0, 9, 9], [9, 9, 9]])
    assert rate_log_odds(targets, weights) == pytest.approx(
        [np.log(3.5 / 1.5), np.log(2.5 / 0.5), np.log(3 / 1)]
    )


def test_the_penalty_pulls_weights_but_not_the_bias():
    features, targets = random_problem(2)
    head = fit_linear_head(features, targets, c=1e-9)
    assert np.abs(head.weights).max() < 1e-4
    assert sigmoid(head.bias) == pytest.approx(targets.mean(axis=0), abs=1e-3)


def test_a_folded_head_gives_on_raw_features_what_it_gave_on_standardised_ones():
    rng = np.random.default_rng(0)
    features = rng.normal(loc=3.0, scale=5.0, size=(30, 6))
    head = LinearHead(rng.normal(size=(4, 6)), rng.normal(size=4))
    standardiser = Standardiser.of(features)
    elsewhere = rng.normal(size=(10, 6))
    for texts in (features, elsewhere):
        expected = head.logits(standardiser.apply(texts))
        assert standardiser.fold(head).logits(texts) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_standardised_features_are_centred_and_of_the_length_asked():
    features = np.random.default_rng(0).normal(loc=-2.0, scale=9.0, size=(50, 8))
    found = Standardiser.of(features, length=3.0).apply(features)
    assert found.mean(axis=0) == pytest.approx(0.0, abs=1e-12)
    assert np.sqrt((found**2).sum(axis=1).mean()) == pytest.approx(3.0)


def test_one_text_has_no_spread_and_is_standardised_to_zero():
    features = np.array([[2.0, 3.0]])
    assert (Standardiser.of(features).apply(features) == 0).all()
