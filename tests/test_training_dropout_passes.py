"""Passes of the fine-tuned learner by dropout: what they are, how they are replayed, where there are none."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from training_examples import (
    CPU,
    LABELS,
    SHORT,
    Listener,
    keyword_data,
    random_tokens,
    same,
    tiny_model,
    weights_of,
)
from transformers import AutoModel, AutoTokenizer

from text_al.assemble.parts import training_of
from text_al.config.load import load_config
from text_al.errors import ConfigError, TrainingError
from text_al.metrics import sigmoid
from text_al.reporting import Silent
from text_al.training.compiling import compile_encoder
from text_al.training.dropout_passes import Dropping, check_dropout
from text_al.training.encoders import quiet_transformers
from text_al.training.finetuned import FineTuned
from text_al.training.forward import Packed, Padded
from text_al.training.learners import LEARNERS
from text_al.training.model import TextList
from text_al.training.randomness import own_randomness
from text_al.training.settings import ComputeSettings, EncoderSettings, TrainingSettings

TEXTS, TARGETS = keyword_data(48)
SETTINGS = replace(SHORT, cross_fit=0, passes="dropout", committee=6)
ROWS = np.arange(48)


@pytest.fixture
def make(tiny_encoder):
    def made(*, seed=0, texts=TEXTS, encoder=tiny_encoder, dropout=0.1, score_tokens=None, **settings):
        return FineTuned(
            TextList(texts),
            LABELS,
            encoder=EncoderSettings(encoder=str(encoder), max_length=32, dropout=dropout),
            training=replace(SETTINGS, **settings),
            compute=ComputeSettings(device="cpu", precision="fp32", score_tokens=score_tokens),
            seed=seed,
        )

    return made


@pytest.fixture
def encoder_with(tiny_encoder, tmp_path):
    """Writes the tiny encoder with other shares of dropout."""

    def written(*, hidden, attention):
        with quiet_transformers():
            shares = {"hidden_dropout_prob": hidden, "attention_probs_dropout_prob": attention}
            AutoModel.from_pretrained(tiny_encoder, **shares).save_pretrained(tmp_path / "encoder")
            AutoTokenizer.from_pretrained(tiny_encoder).save_pretrained(tmp_path / "encoder")
        return tmp_path / "encoder"

    return written


def fit(learner, rows=range(40), *, round_number=1):
    rows = np.array(rows)
    learner.fit(rows, TARGETS[rows], None, round_number=round_number, global_step=0, reporter=Silent())
    return learner


def look(learner, rows=ROWS, needs=("probs", "passes"), reporter=None):
    return learner.look(np.asarray(rows), frozenset(needs), reporter or Silent())


def test_passes_differ_and_agree_on_average_with_the_model_itself(make, encoder_with):
    learner = fit(make(committee=30, encoder=encoder_with(hidden=0.01, attention=0.0), head_sharpness=1.0))
    seen = look(learner)
    assert seen.passes.shape == (30, 48, 3)
    assert seen.passes.dtype == np.float32
    assert len({passed.tobytes() for passed in seen.passes}) == 30
    assert seen.passes.std(axis=0).mean() > 0.01
    assert np.abs(seen.passes.mean(axis=0) - seen.probs).mean() < 0.1
    assert np.corrcoef(seen.passes.mean(axis=0).ravel(), seen.probs.ravel())[0, 1] > 0.95
    plain = look(learner, needs=["probs"])
    assert np.array_equal(seen.logits, plain.logits)
    assert plain.passes is None


def test_a_restored_learner_replays_them_to_the_bit(make, tmp_path):
    learner, other = fit(make(), round_number=2), make()
    learner.save(tmp_path / "model")
    other.restore(tmp_path / "model")
    found = look(learner).passes
    assert np.array_equal(look(learner).passes, found)
    assert np.array_equal(look(other).passes, found)


def test_another_seed_or_round_draws_other_units(make, tmp_path):
    learner = fit(make())
    learner.save(tmp_path / "model")
    found = look(learner).passes
    another = make(seed=1)
    another.restore(tmp_path / "model")
    assert not np.array_equal(look(another).passes, found)
    learner._lesson = replace(learner._lesson, round_number=2)
    assert not np.array_equal(look(learner).passes, found)


def test_the_order_of_the_rows_changes_nothing(make):
    learner, order = fit(make()), np.random.default_rng(0).permutation(48)
    assert np.array_equal(look(learner, ROWS[order]).passes, look(learner).passes[:, order])


def test_texts_of_one_batch_have_the_same_passes_whatever_else_is_looked_at(make):
    learner = fit(make(score_tokens=1))  # each text is a batch
    found = look(learner).passes
    assert np.array_equal(look(learner, [30, 4]).passes, found[:, [30, 4]])
    together = fit(make())
    found, part = look(together).passes, look(together, [30, 4]).passes
    assert not np.array_equal(part, found[:, [30, 4]])  # batched with others, it is another draw of the same


def test_equal_texts_of_two_batches_lose_other_units(make):
    learner = fit(make(texts=[*TEXTS[:47], TEXTS[0]], score_tokens=1))
    seen = look(learner)
    assert np.array_equal(seen.logits[0], seen.logits[47])
    assert (seen.passes[:, 0] != seen.passes[:, 47]).any(axis=1).all()


def test_heads_are_those_of_the_last_fit(make):
    learner, fresh = make(passes="heads"), make(passes="heads")
    fit(learner)
    look(learner)
    fit(learner, range(8, 48), round_number=2)
    fit(fresh, range(8, 48), round_number=2)
    assert np.array_equal(look(learner).passes, look(fresh).passes)


def test_the_model_and_torch_stay_as_they_were(make):
    learner = fit(make())
    before, state = weights_of(learner.model), torch.get_rng_state()
    logits, seen = learner.logits(TextList(TEXTS), Silent()), []
    for mode in (True, False):
        learner.model.train(mode)
        modes = [module.training for module in learner.model.modules()]
        seen.append(look(learner).passes)
        assert [module.training for module in learner.model.modules()] == modes
        assert not any(module._forward_hooks for module in learner.model.modules())
    assert np.array_equal(*seen)
    assert same(weights_of(learner.model), before)
    assert torch.equal(torch.get_rng_state(), state)
    assert np.array_equal(learner.logits(TextList(TEXTS), Silent()), logits)


def test_progress_counts_every_text_of_every_pass(make):
    learner, listener = fit(make()), Listener()
    look(learner, range(10), reporter=listener)
    assert ("passes", 60) in listener.stages
    assert listener.done["passes"] == 60


def test_before_a_fit_they_are_those_of_the_label_names(make):
    seen = look(make(label_prior=1.0))
    assert seen.passes.std(axis=0).mean() > 0
    assert np.abs(seen.passes.mean(axis=0) - seen.probs).mean() < 0.2


@pytest.mark.parametrize("kind", [Padded, Packed])
def test_a_pass_is_what_the_model_gives_while_it_is_trained(tiny_encoder, kind):
    model, tokens, rows = tiny_model(tiny_encoder, dropout=0.3), random_tokens(1), np.array([0])
    for layer in model.encoder.encoder.layer:
        layer.attention.self.dropout.p = 0.0  # inside attention functions it stays off
    plain = {"pad_id": 0} if kind is Padded else {}
    forward = Dropping(kind(model, hardware=CPU, **plain), model, CPU, address=(0, 1, 2))
    found = forward(tokens, rows)
    with own_randomness("cpu", forward._seed(rows)), torch.no_grad():
        model.train()
        ids, mask = tokens.padded(rows, 0)
        expected = model.dropout(model.embed(torch.as_tensor(ids), torch.as_tensor(mask))).numpy()
    assert found == pytest.approx(expected, abs=1e-5)
    assert np.mean(found == 0) > 0.1


@pytest.mark.parametrize("kind", [Padded, Packed])
def test_many_passes_have_the_spread_that_dropout_gives_a_linear_head(tiny_encoder, kind):
    model, tokens, rows = tiny_model(tiny_encoder), random_tokens(6), np.arange(6)
    model.dropout.p = 0.2  # of the pooled vector alone
    inner = kind(model, hardware=CPU, **({"pad_id": 0} if kind is Padded else {}))
    plain, weights = inner(tokens, rows), model.fitted_head().weights
    passes = np.stack(
        [
            Dropping(inner, model, CPU, address=(0, 1, number))(tokens, rows) @ weights.T
            for number in range(400)
        ]
    )
    assert passes.mean(axis=0) == pytest.approx(plain @ weights.T, abs=0.5)
    variance = (plain**2) @ (weights**2).T * 0.2 / 0.8  # of sum_d w_d x_d m_d / 0.8, m_d being 1 in 4 of 5
    assert passes.var(axis=0) == pytest.approx(variance, rel=0.4)


class TestWithoutDropout:
    """Passes that would all be the same are refused, as early as it can be known."""

    def test_an_encoder_without_any_is_refused_when_it_is_made(self, make, encoder_with):
        encoder = encoder_with(hidden=0.0, attention=0.0)
        with pytest.raises(TrainingError, match=r"set model.dropout, or write training.passes: heads"):
            make(encoder=encoder, dropout=0.0)
        assert make(encoder=encoder, dropout=0.0, passes="heads").training.passes == "heads"

    def test_model_dropout_is_enough(self, make, encoder_with):
        learner = fit(make(encoder=encoder_with(hidden=0.0, attention=0.0), dropout=0.2))
        assert look(learner).passes.std(axis=0).mean() > 0.001

    def test_dropout_that_no_text_goes_through_is_refused_when_it_is_found_out(self, make, encoder_with):
        learner = fit(make(encoder=encoder_with(hidden=0.0, attention=0.1), dropout=0.0))
        with pytest.raises(TrainingError, match="all passes would be the same"):
            look(learner)

    @pytest.mark.parametrize("backend", ["onnx", "openvino"])
    def test_other_back_ends_are_refused(self, tiny_encoder, backend):
        model = tiny_model(tiny_encoder, dropout=0.1)
        check_dropout(model, CPU)
        with pytest.raises(TrainingError, match=f"backend is '{backend}', which knows none; write .* heads"):
            check_dropout(model, replace(CPU, backend=backend))

    @pytest.mark.parametrize("kind", ["linear", "knn", "tfidf", "auto"])
    def test_a_learner_that_may_not_fine_tune_is_refused_in_the_configuration(self, tmp_path, kind):
        path = tmp_path / "train.yaml"
        text = f"name: a\ndata: {{pool: x.csv}}\nlearner: {{type: {kind}}}\ntraining: {{passes: dropout}}\n"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError) as error:
            load_config(path, environ={})
        problem = (
            f"passes is dropout, but learner {kind} does not fine-tune an encoder in every round; "
            "use learner finetuned, or passes: heads."
        )
        assert error.value.problems == (f"{path}:4: training: {problem}",)
        path.write_text(text.replace(kind, "finetuned"), encoding="utf-8")
        assert training_of(load_config(path, environ={}).config.training).passes == "dropout"
        path.write_text(text.replace("dropout", "heads"), encoding="utf-8")
        assert load_config(path, environ={}).config.learner.type == kind

    def test_auto_refuses_it_also_from_python(self, tiny_encoder):
        with pytest.raises(TrainingError, match="learner auto may be linear, without dropout"):
            LEARNERS.entry("auto").build(
                {},
                pool=TextList(TEXTS),
                labels=LABELS,
                encoder=EncoderSettings(encoder=str(tiny_encoder)),
                training=TrainingSettings(passes="dropout"),
            )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # torch's compiler uses what torch itself calls old
def test_a_compiled_encoder_drops_units_too(tiny_encoder):
    model, tokens, rows = tiny_model(tiny_encoder, dropout=0.1), random_tokens(12), np.arange(12)
    hardware = replace(CPU, compiled=True)
    inner = Padded(model, hardware=hardware, pad_id=0)
    expected = Dropping(inner, model, hardware, address=(0, 1, 2))(tokens, rows)
    compile_encoder(model)
    plain = inner(tokens, rows)
    found = Dropping(inner, model, hardware, address=(0, 1, 2))(tokens, rows)
    assert found == pytest.approx(expected, abs=1e-5)
    assert inner(tokens, rows) == pytest.approx(plain, abs=1e-5)
    assert sigmoid(found - plain).std() > 0.001
