"""The fine-tuned learner: its head, its starts, its encoder, its notes."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from training_examples import LABELS, Listener, keyword_data, labelled, same, weights_of

from text_al.metrics import sigmoid
from text_al.reporting import Silent
from text_al.training.finetuned import FineTuned
from text_al.training.linear_head import fit_linear_head
from text_al.training.model import TextList
from text_al.training.settings import ComputeSettings, EncoderSettings, TrainingSettings

TEXTS, TARGETS = keyword_data(48)
SETTINGS = TrainingSettings(max_epochs=1, min_updates=0, batch_size=8, evaluations=2, cross_fit=0)
FP32 = ComputeSettings(device="cpu", precision="fp32")


@pytest.fixture
def make(tiny_encoder):
    def made(*, texts=TEXTS, labels=LABELS, compute=FP32, seed=0, pooling="auto", max_length=32, **training):
        return FineTuned(
            TextList(texts),
            labels,
            encoder=EncoderSettings(encoder=str(tiny_encoder), pooling=pooling, max_length=max_length),
            training=replace(SETTINGS, **training),
            compute=compute,
            seed=seed,
        )

    return made


def fit(learner, rows=range(40), validation=None, *, round_number=1, targets=TARGETS, reporter=None):
    rows = np.array(rows)
    return learner.fit(
        rows,
        targets[rows],
        validation,
        round_number=round_number,
        global_step=0,
        reporter=reporter or Silent(),
    )


def look(learner, rows=range(48), needs=()):
    return learner.look(np.array(rows), frozenset(needs), Silent())


def only_the_head(monkeypatch):
    """Stops before the first update, so that the head is what the start made it."""
    monkeypatch.setattr("text_al.training.optimisation.Schedule.at", lambda *_: 0.0)


# Starts


def test_a_fresh_start_forgets_the_round_before(make):
    direct, again = make(), make()
    fit(direct, round_number=2)
    fit(again, range(10, 48), round_number=1)
    fit(again, round_number=2)
    assert same(weights_of(direct.model), weights_of(again.model))


def test_a_warm_start_goes_on_from_the_round_before(make):
    direct, warm = make(start="fresh"), make(start="warm")
    for learner in (direct, warm):
        fit(learner, range(10, 48), round_number=1)
    assert same(weights_of(direct.model), weights_of(warm.model))  # the first round has nothing to go on from
    before = weights_of(warm.model)
    warm.training = replace(warm.training, learning_rate=1e-12, head_learning_rate=1e-12)
    fit(warm, round_number=2)
    fit(direct, round_number=2)
    assert weights_of(warm.model)["head.weight"].numpy() == pytest.approx(before["head.weight"].numpy())
    assert not same(weights_of(direct.model), weights_of(warm.model))


def test_a_warm_start_from_a_saved_round_is_one_from_memory(make, tmp_path):
    unbroken, resumed = make(start="warm"), make(start="warm")
    fit(unbroken, round_number=1)
    unbroken.save(tmp_path / "round-1")
    resumed.restore(tmp_path / "round-1")
    for learner in (unbroken, resumed):
        fit(learner, range(48), round_number=2)
    assert same(weights_of(unbroken.model), weights_of(resumed.model))


def test_the_head_is_first_fitted_on_the_frozen_encoder(make, monkeypatch):
    learner = make(head_c=0.5, head_sharpness=1.0, label_prior=0.0)
    features = learner.net.embed_pool(np.arange(48), Silent()).astype(np.float64)
    only_the_head(monkeypatch)
    rows = np.random.default_rng(0).permutation(48)[:40]
    fit(learner, rows)
    centre = features[rows].mean(axis=0)
    scale = np.sqrt(((features[rows] - centre) ** 2).sum(axis=1).mean()) / 4.0
    standardised = (features - centre) / scale
    expected = fit_linear_head(standardised[rows], TARGETS[rows], c=0.5).logits(standardised)
    assert look(learner).logits == pytest.approx(expected, abs=1e-4)
    assert np.ptp(expected, axis=0).min() > 0.5


def test_a_head_of_zeros_says_the_labels_rates(make, monkeypatch):
    only_the_head(monkeypatch)
    learner = make(head_start="zeros")
    fit(learner, range(40))
    rates = (TARGETS[:40].sum(axis=0) + 0.5) / 41
    assert look(learner).probs == pytest.approx(np.tile(rates, (48, 1)), abs=1e-6)


def test_the_fitted_head_is_the_first_evaluation(make):
    validation = labelled(30, seed=1)
    report = fit(make(head_sharpness=1.0), validation=validation)
    assert report.evaluations[0].step == 0
    assert report.evaluations[0].metrics["val_loss"] < 0.75
    assert "train_loss" not in report.evaluations[0].metrics


def test_it_learns_from_start_to_end(make):
    texts, targets = keyword_data(160, seed=3)
    learner = make(texts=texts, max_epochs=8, learning_rate=2e-3, batch_size=16, head_sharpness=1.0)
    report = fit(learner, range(160), labelled(80, seed=4), targets=targets)
    kept = next(record for record in report.evaluations if record.epoch == report.best_epoch)
    assert kept.metrics["val_macro_f1_tuned"] > 0.95
    test = labelled(50, seed=5)
    predicted = sigmoid(learner.logits(test.source, Silent())) >= learner.thresholds
    assert (predicted == test.targets).mean() > 0.95


# Randomness


def test_the_seed_is_heard_and_the_process_is_not(make):
    def trained(seed, noise):
        torch.rand(noise)
        learner = make(seed=seed)
        fit(learner)
        return weights_of(learner.model)

    first = trained(0, 1)
    assert same(first, trained(0, 7))
    assert not same(first, trained(1, 1))


def test_making_and_fitting_leave_the_process_random_state(make):
    before = torch.get_rng_state()
    learner = make()
    fit(learner)
    look(learner)
    assert torch.equal(torch.get_rng_state(), before)


def test_weights_that_the_encoder_lacks_are_drawn_by_the_seed_and_noted(tiny_encoder, tmp_path):
    from transformers import AutoTokenizer, BertModel

    bare = BertModel.from_pretrained(tiny_encoder, add_pooling_layer=False)
    bare.save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(tiny_encoder).save_pretrained(tmp_path)

    def poolers(pooling, seed):
        settings = EncoderSettings(encoder=str(tmp_path), pooling=pooling, max_length=32)
        learner = FineTuned(TextList(TEXTS), LABELS, encoder=settings, compute=FP32, seed=seed)
        return learner.model.encoder.pooler.dense.weight.detach(), learner.net.loaded.notes

    (first, notes), (again, _), (other, _) = (poolers("pooler", seed) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert len(notes) == 1
    assert notes[0].startswith("2 weights of")
    assert "pooler.dense" in notes[0]
    assert poolers("mean", 0)[1] == ()  # a pooler that is not used is not missed


# What it reads


def test_embeddings_are_given_where_needed_only(make):
    learner = make()
    fit(learner)
    assert look(learner).embeddings is None
    rows = [40, 2, 17]
    found = look(learner, rows, {"embeddings", "probs"})
    assert found.embeddings.shape == (3, 32)
    assert found.embeddings.dtype == np.float32
    assert found.embeddings == pytest.approx(look(learner, needs={"embeddings"}).embeddings[rows], abs=1e-5)
    head = learner.model.head
    by_hand = found.embeddings @ head.weight.detach().numpy().T + head.bias.detach().numpy()
    assert found.logits == pytest.approx(by_hand, abs=1e-5)


@pytest.mark.parametrize("pooling", ["mean", "cls", "pooler"])
def test_every_pooling_trains_saves_and_restores(make, pooling, tmp_path):
    learner = make(pooling=pooling)
    fit(learner)
    learner.save(tmp_path / "model")
    other = make(pooling=pooling, seed=1)
    other.restore(tmp_path / "model")
    assert np.array_equal(look(learner).logits, look(other).logits)
    moved = {
        name
        for name, weight in learner.model.encoder.state_dict().items()
        if not torch.equal(weight, learner.net.pretrained[name])
    }
    assert ("pooler.dense.weight" in moved) == (pooling == "pooler")


def test_texts_that_are_cut_are_noted(make):
    learner = make(texts=["the cat sat"] * 46 + ["dog " * 20] * 2, max_length=12, label_prior=0.0)
    report = fit(learner)
    assert report.notes == (
        "2 of the pool's 48 texts are cut at 12 tokens; raise model.max_length to read more",
    )
    assert fit(make(label_prior=0.0)).notes == ()


def test_more_tokens_than_the_encoder_reads_are_noted(make):
    report = fit(make(max_length=500, label_prior=0.0))
    assert len(report.notes) == 1
    assert "max_length is 64" in report.notes[0]
    assert "500 was asked" in report.notes[0]


def test_progress_goes_through_its_stages(make):
    listener = Listener()
    fit(make(), validation=labelled(10, seed=1), reporter=listener)
    names = [name for name, _ in listener.stages]
    assert names[:5] == ["tokenise", "tokenise", "head", "evaluate", "train"]
    assert listener.done["head"] == 40


def test_bf16_gives_nearly_the_same_and_exact_logits_are_those_of_fp32(make):
    bf16 = ComputeSettings(device="cpu", precision="bf16")
    exact, rough = make(head_sharpness=1.0), make(head_sharpness=1.0, compute=bf16)
    for learner in (exact, rough):
        fit(learner)
    assert look(rough).logits == pytest.approx(look(exact).logits, abs=0.5)
    pool = TextList(TEXTS)
    assert exact.exact_logits(pool, Silent()) == pytest.approx(look(exact).logits, abs=1e-5)
    assert not np.array_equal(rough.exact_logits(pool, Silent()), look(rough).logits)
