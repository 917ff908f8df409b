"""Part of the way: weights between the start of a fit and its end, where texts not seen say so."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from training_examples import LABELS, keyword_data, same, weights_of

from text_al.reporting import Silent
from text_al.training.finetuned import FineTuned
from text_al.training.interpolation import SHARES, best_share, interpolate, snapshot
from text_al.training.model import TextList
from text_al.training.settings import ComputeSettings, EncoderSettings, TrainingSettings

TEXTS, TARGETS = keyword_data(40)
SETTINGS = TrainingSettings(max_epochs=1, min_updates=0, batch_size=8, evaluations=1, cross_fit=2)


def test_weights_lie_that_share_of_the_way():
    model = torch.nn.BatchNorm1d(2)
    start = snapshot(model)
    with torch.no_grad():
        model.weight.fill_(5.0)
    model.num_batches_tracked.fill_(7)
    end = snapshot(model)
    interpolate(model, start, end, 0.25)
    assert model.weight.tolist() == [2.0, 2.0]
    assert model.num_batches_tracked.item() == 7  # what is counted has no half
    interpolate(model, start, end, 1.0)
    assert same(snapshot(model), end)


def test_a_snapshot_is_a_copy():
    model = torch.nn.Linear(1, 1)
    before = snapshot(model)
    with torch.no_grad():
        model.weight.add_(1)
    assert not same(before, snapshot(model))


def ranked(n_wrong):
    """(6, 1) logits that rank so many positives last."""
    return np.roll(np.arange(6.0, 0, -1), -n_wrong)[:, None]


@pytest.mark.parametrize(("wrong", "best"), [((2, 0, 1), 1), ((0, 0, 0), 2), ((0, 1, 0), 2), ((0, 1, 2), 0)])
def test_the_best_share_ranks_unseen_texts_best_and_is_the_largest_of_equals(wrong, best):
    targets = np.array([[1], [1], [1], [0], [0], [0]], dtype=np.int8)
    logits = np.stack([ranked(n_wrong) for n_wrong in wrong], axis=1)
    assert best_share(targets, logits, SHARES) == best


@pytest.fixture
def fit(tiny_encoder):
    def fitted(**training):
        learner = FineTuned(
            TextList(TEXTS),
            LABELS,
            encoder=EncoderSettings(encoder=str(tiny_encoder), max_length=32),
            training=replace(SETTINGS, **training),
            compute=ComputeSettings(device="cpu", precision="fp32"),
        )
        learner.fit(np.arange(40), TARGETS, None, round_number=1, global_step=0, reporter=Silent())
        return learner

    return fitted


def test_a_fit_goes_the_share_that_is_asked_for(fit):
    half, whole = (fit(trained_share=share, cross_fit=0) for share in (0.5, 1.0))
    start = whole.net.pretrained
    for name, weight in weights_of(half.model.encoder).items():
        expected = torch.lerp(start[name], weights_of(whole.model.encoder)[name], 0.5)
        assert torch.allclose(weight, expected, atol=1e-6), name
    assert not same(weights_of(half.model.encoder), start)


def test_a_share_that_is_to_be_found_out_is_the_best_of_those_tried(fit, monkeypatch):
    monkeypatch.setattr("text_al.training.encoder_fits.best_share", lambda *_: 0)
    found, least = fit(trained_share="auto"), fit(trained_share=SHARES[0])
    assert same(weights_of(found.model.encoder), weights_of(least.model.encoder))
    assert np.array_equal(found.thresholds, least.thresholds)


def test_without_texts_held_out_a_fit_goes_all_the_way(fit):
    auto, whole = (fit(trained_share=share, cross_fit=0) for share in ("auto", 1.0))
    assert same(weights_of(auto.model), weights_of(whole.model))
