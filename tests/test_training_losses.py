"""Losses equal three lines of numpy, in value and slope, and are registered with their settings."""

import numpy as np
import pytest
import torch

from text_al.registry import SettingsError
from text_al.training.losses import LOSSES, balanced_pos_weight

Z = np.array([[-6.0, -1.5, -0.1], [0.0, 0.7, 6.0]])
Y = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
P = 1 / (1 + np.exp(-Z))
P_TRUE = np.where(Y == 1, P, 1 - P)


def focal(gamma):
    return (1 - P_TRUE) ** gamma * -np.log(P_TRUE)


def asymmetric(gamma_positive, gamma_negative, clip):
    shifted = np.maximum(P - clip, 0)
    positive = (1 - P) ** gamma_positive * np.log(P)
    return -np.where(Y == 1, positive, shifted**gamma_negative * np.log(1 - shifted))


def loss_of(name, z=Z, y=Y, **settings):
    loss = LOSSES.entry(name).function(**settings)
    return loss(torch.as_tensor(z), torch.as_tensor(y)).numpy()


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    [
        ("bce", {}, -np.log(P_TRUE)),
        ("focal", {}, focal(2.0)),
        ("focal", {"gamma": 0.5}, focal(0.5)),
        ("focal", {"gamma": 0.0}, -np.log(P_TRUE)),
        ("asymmetric", {}, asymmetric(0.0, 4.0, 0.05)),
        (
            "asymmetric",
            {"gamma_positive": 1.0, "gamma_negative": 0.5, "clip": 0.2},
            asymmetric(1.0, 0.5, 0.2),
        ),
        ("asymmetric", {"gamma_positive": 0.0, "gamma_negative": 0.0, "clip": 0.0}, -np.log(P_TRUE)),
    ],
)
def test_losses_equal_their_formula(name, settings, expected):
    found = loss_of(name, **settings)
    assert found.shape == Z.shape
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", LOSSES.names())
def test_a_loss_falls_towards_what_is_true(name):
    z = np.linspace(-8, 8, 33)[:, None]
    assert (np.diff(loss_of(name, z, np.ones_like(z)), axis=0) < 0).all()
    towards_no = np.diff(loss_of(name, z, np.zeros_like(z)), axis=0)
    assert (towards_no >= 0).all()
    assert (towards_no[z[1:] > 0] > 0).all()


def test_asymmetric_lets_easy_negatives_weigh_nothing():
    z = torch.tensor([[-3.0, -2.9]], dtype=torch.float64, requires_grad=True)  # p: 0.047 and 0.052
    loss = LOSSES.entry("asymmetric").function(gamma_negative=0.0)(z, torch.zeros(1, 2, dtype=torch.float64))
    loss.sum().backward()
    assert loss[0, 0] == 0
    assert z.grad[0, 0] == 0
    assert loss[0, 1] > 0
    assert z.grad[0, 1] > 0


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("bce", {}),
        ("focal", {}),
        ("focal", {"gamma": 0.0}),
        ("focal", {"gamma": 0.5}),
        ("asymmetric", {}),
        ("asymmetric", {"gamma_positive": 0.5, "gamma_negative": 0.5}),
        ("asymmetric", {"gamma_positive": 0.5, "gamma_negative": 0.5, "clip": 0.0}),
    ],
)
def test_logits_of_any_size_have_a_finite_loss_and_slope(name, settings):
    z = torch.tensor([[-1e4, -200.0, -20.0, 0.0, 20.0, 200.0, 1e4]] * 2).requires_grad_()
    y = torch.tensor([[0.0], [1.0]]).expand(2, 7)
    loss = LOSSES.entry(name).function(**settings)(z, y)
    loss.sum().backward()
    assert torch.isfinite(loss).all()
    assert (loss >= 0).all()
    assert torch.isfinite(z.grad).all()


def test_balanced_pos_weight_by_hand():
    targets = np.zeros((100, 4), dtype=np.int8)
    targets[:11, 0] = 1  # sqrt((89 + 5) / (11 + 5))
    targets[:, 1] = 1  # sqrt(5 / 105)
    targets[:10, 2], targets[10:, 2] = 1, -1  # sqrt(5 / 15): what is not known is no negative
    assert balanced_pos_weight(targets) == pytest.approx(
        [np.sqrt(94 / 16), np.sqrt(5 / 105), np.sqrt(5 / 15), np.sqrt(105 / 5)]
    )
    assert balanced_pos_weight(np.zeros((5000, 1), dtype=np.int8)) == pytest.approx([10.0])


@pytest.mark.parametrize(
    ("name", "settings", "wrong"),
    [
        ("focal", {"gamma": -1}, "gamma"),
        ("focal", {"gama": 1}, "gama"),
        ("asymmetric", {"clip": 1.0}, "clip"),
        ("bce", {"gamma": 1}, "gamma"),
    ],
)
def test_settings_out_of_range_or_unknown_are_refused(name, settings, wrong):
    with pytest.raises(SettingsError, match=wrong):
        LOSSES.entry(name).check(settings)
