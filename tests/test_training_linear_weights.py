"""What positives weigh: the rules by hand, and against scikit-learn."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.utils.class_weight import compute_sample_weight

from text_al.metrics import sigmoid
from text_al.training.class_weights import class_weights
from text_al.training.linear_head import fit_linear_head

TARGETS = np.array([[1, 1, -1], [0, 1, 0], [0, 1, -1], [0, -1, 0]], dtype=np.int8)


def test_none_weighs_nothing_in_particular():
    assert class_weights(TARGETS, "none") is None


def test_balanced_positives_weigh_the_shrunken_root_by_hand():
    found = class_weights(TARGETS, "balanced")
    assert found[0] == pytest.approx([np.sqrt(8 / 6), np.sqrt(5 / 8), 0.0])
    assert found[1] == pytest.approx([1.0, np.sqrt(5 / 8), 1.0])
    assert found[3] == pytest.approx([1.0, 0.0, 1.0])


def test_inverse_is_scikit_learns_balanced():
    targets = (np.random.default_rng(0).random((50, 3)) < (0.5, 0.2, 0.04)).astype(np.int8)
    expected = np.stack([compute_sample_weight("balanced", column) for column in targets.T], axis=1)
    assert class_weights(targets, "inverse") == pytest.approx(expected)


def test_inverse_weighs_known_targets_only_and_one_kind_alone_is_finite():
    found = class_weights(TARGETS, "inverse")
    assert found[:, 0] == pytest.approx([2.0, 2 / 3, 2 / 3, 2 / 3])
    assert found[:, 1] == pytest.approx([0.5, 0.5, 0.5, 0.0])
    assert found[:, 2] == pytest.approx([0.0, 0.5, 0.0, 0.5])


@pytest.mark.parametrize("unknown", [0.0, 0.3])
def test_a_head_with_inverse_weights_is_scikit_learns(unknown):
    rng = np.random.default_rng(1)
    features = rng.normal(size=(120, 5))
    targets = (features @ rng.normal(size=(5, 2)) > 2.0).astype(np.int8)
    targets[rng.random(targets.shape) < unknown] = -1
    found = sigmoid(
        fit_linear_head(features, targets, weights=class_weights(targets, "inverse")).logits(features)
    )
    for label in range(2):
        known = targets[:, label] >= 0
        model = LogisticRegression(C=10.0, class_weight="balanced", tol=1e-10, max_iter=10_000)
        model.fit(features[known], targets[known, label])
        assert found[:, label] == pytest.approx(model.predict_proba(features)[:, 1], abs=1e-3)
