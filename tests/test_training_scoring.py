"""Scores come back in the order asked, whatever was padded, batched or sorted on the way."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from training_examples import CPU, Listener, padded_work, random_tokens, tiny_model

from text_al.reporting import Silent
from text_al.training.scoring import embed, score

POOLINGS = ("mean", "cls", "pooler")


def scored(model, tokens, rows, *, hardware=CPU, reporter=None, keep_embeddings=True):
    return score(
        padded_work(model, hardware),
        model.fitted_head(),
        tokens,
        np.asarray(rows),
        reporter=reporter or Silent(),
        keep_embeddings=keep_embeddings,
    )


@pytest.mark.parametrize("pooling", POOLINGS)
def test_rows_come_back_in_the_order_asked_as_if_scored_alone(tiny_encoder, pooling):
    model, tokens = tiny_model(tiny_encoder, pooling=pooling), random_tokens(30)
    rows = np.random.default_rng(0).permutation(30)[:20]
    together = scored(model, tokens, rows)
    for place, row in enumerate(rows):
        alone = scored(model, tokens, [row])
        assert together.logits[place] == pytest.approx(alone.logits[0], abs=1e-5)
        assert together.embeddings[place] == pytest.approx(alone.embeddings[0], abs=1e-5)
    assert np.ptp(together.logits, axis=0).min() > 0.01  # else any order would do


@pytest.mark.parametrize("pooling", POOLINGS)
def test_padding_changes_no_vector(tiny_encoder, pooling):
    model = tiny_model(tiny_encoder, pooling=pooling).eval()
    ids = torch.tensor([[2, 7, 8, 3]])
    padded = torch.tensor([[2, 7, 8, 3, 0, 0, 0, 0, 0]])
    with torch.inference_mode():
        alone, mixed = model(ids, torch.ones_like(ids)), model(padded, (padded > 0).long())
    assert mixed.numpy() == pytest.approx(alone.numpy(), abs=1e-5)


def test_the_poolings_are_what_their_names_say(tiny_encoder):
    tokens = random_tokens(3)
    ids, mask = (torch.as_tensor(array) for array in tokens.padded(np.arange(3), 0))
    encoder = tiny_model(tiny_encoder).encoder.eval()
    with torch.inference_mode():
        output = encoder(input_ids=ids, attention_mask=mask)
    hidden, lengths = output.last_hidden_state.numpy(), tokens.lengths
    expected = {
        "mean": np.stack([hidden[i, : lengths[i]].mean(axis=0) for i in range(3)]),
        "cls": hidden[:, 0],
        "pooler": output.pooler_output.numpy(),
    }
    for pooling, vectors in expected.items():
        model = tiny_model(tiny_encoder, pooling=pooling)
        found = scored(model, tokens, np.arange(3))
        assert found.embeddings == pytest.approx(vectors, abs=1e-5)
        head = model.head.weight.detach().numpy(), model.head.bias.detach().numpy()
        assert found.logits == pytest.approx(vectors @ head[0].T + head[1], abs=1e-5)


def test_results_do_not_depend_on_the_tokens_a_batch(tiny_encoder):
    model, tokens = tiny_model(tiny_encoder), random_tokens(25)
    one, other = (
        scored(model, tokens, np.arange(25), hardware=replace(CPU, score_tokens=budget)).logits
        for budget in (1, 10_000)
    )
    assert one == pytest.approx(other, abs=1e-5)


def test_scoring_has_no_dropout_and_leaves_the_model_as_it_was(tiny_encoder):
    model, tokens = tiny_model(tiny_encoder, dropout=0.5), random_tokens(10)
    for training in (True, False):
        model.train(training)
        first, again = (scored(model, tokens, np.arange(10)).logits for _ in range(2))
        assert np.array_equal(first, again)
        assert model.training is training
        assert model.encoder.training is training


def test_in_bf16_scores_are_near_and_still_float32(tiny_encoder):
    model, tokens = tiny_model(tiny_encoder), random_tokens(20)
    exact = scored(model, tokens, np.arange(20))
    found = scored(model, tokens, np.arange(20), hardware=replace(CPU, bf16=True))
    assert found.logits.dtype == found.embeddings.dtype == np.float32
    assert found.logits == pytest.approx(exact.logits, abs=0.2)
    assert not np.array_equal(found.logits, exact.logits)


def test_in_bf16_a_mean_over_many_tokens_counts_them_all(tiny_encoder):
    class Ones(torch.nn.Module):
        config = tiny_model(tiny_encoder).encoder.config

        def forward(self, input_ids, attention_mask):
            vectors = torch.ones(*input_ids.shape, 32, dtype=torch.bfloat16)
            return type("Output", (), {"last_hidden_state": vectors})

    model = tiny_model(tiny_encoder)
    model.encoder = Ones()
    mask = torch.ones(1, 301, dtype=torch.int64)
    assert model.embed(mask, mask).float().unique().tolist() == [1.0]


def test_no_rows_are_no_scores_and_embeddings_come_only_where_asked(tiny_encoder):
    model, tokens = tiny_model(tiny_encoder), random_tokens(4)
    none = scored(model, tokens, np.array([], dtype=np.int64))
    assert none.logits.shape == (0, 3)
    assert none.embeddings.shape == (0, 32)
    assert scored(model, tokens, [1, 2], keep_embeddings=False).embeddings.shape == (2, 0)


def test_one_row_may_be_asked_for_twice(tiny_encoder):
    found = scored(tiny_model(tiny_encoder), random_tokens(4), [2, 0, 2]).logits
    assert found[0] == pytest.approx(found[2], abs=1e-6)


def test_progress_counts_texts(tiny_encoder):
    listener = Listener()
    listener.stage("score", 17)
    scored(tiny_model(tiny_encoder), random_tokens(17), np.arange(17), reporter=listener)
    assert listener.done == {"score": 17}


def test_a_new_head_says_one_half_and_draws_nothing(tiny_encoder):
    from text_al.training.classifier import MultilabelClassifier

    before = torch.get_rng_state()
    model = MultilabelClassifier(tiny_model(tiny_encoder).encoder, 4)
    assert torch.equal(torch.get_rng_state(), before)
    assert (scored(model, random_tokens(3), np.arange(3)).logits == 0).all()


def test_embeddings_alone_are_those_that_scores_are_made_of(tiny_encoder):
    model, tokens, rows = tiny_model(tiny_encoder), random_tokens(9), np.array([4, 0, 8])
    found = embed(padded_work(model), tokens, rows, width=32, reporter=Silent())
    assert np.array_equal(found, scored(model, tokens, rows).embeddings)
