"""One update: the mean loss over known targets, the gradient of it, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from sklearn.metrics import log_loss
from training_examples import CPU, random_set, same, tiny_model, weights_of

from text_al.metrics import sigmoid
from text_al.training.settings import TrainingSettings
from text_al.training.steps import Stepper

SETTINGS = TrainingSettings(learning_rate=1e-3, head_learning_rate=1e-2, weight_decay=0.0, max_grad_norm=1e9)
ALL = np.arange(12)


def stepper(model, train, settings=SETTINGS, hardware=CPU):
    accelerator = Accelerator(device_placement=False)
    return Stepper(accelerator, model, train, settings, hardware=hardware, pad_id=0)


def updated(folder, train, settings=SETTINGS, *, batch=ALL, factor=1.0, dropout=0.0, step=0, hardware=CPU):
    """The weights after one update, and what it saw."""
    model = tiny_model(folder, train.targets.shape[1], dropout=dropout)
    seen = stepper(model, train, settings, hardware).update(batch, factor, seed=(0, 1, step))
    return weights_of(model), seen


def gradients(model, train, settings=SETTINGS, *, updates_before=0):
    """Each weight's gradient as the optimizer would be given it."""
    made, found = stepper(model, train, settings), {}
    for _ in range(updates_before):
        made.update(ALL, 0.0, seed=(0, 1, 0))

    def take(*_, **__):
        found.update({n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None})

    made.optimizer.optimizer.step = take
    made.update(ALL, 1.0, seed=(0, 1, 0))
    return found


def masked(train, share=0.5):
    targets = train.targets.copy()
    targets[np.random.default_rng(3).random(targets.shape) < share] = -1
    return replace(train, targets=targets)


def test_the_loss_is_the_mean_over_known_targets(tiny_encoder):
    train = masked(random_set(12))
    _, seen = updated(tiny_encoder, train)
    known = train.targets >= 0
    assert seen.n_known == known.sum() < known.size
    assert seen.loss == pytest.approx(log_loss(train.targets[known], sigmoid(seen.logits)[known]), rel=1e-5)
    assert seen.rows.tolist() == ALL.tolist()


def test_parts_of_a_batch_have_the_gradient_of_the_whole(tiny_encoder):
    train = masked(random_set(12))  # the parts hold different numbers of known targets
    whole = gradients(tiny_model(tiny_encoder), train)
    for parts in (2, 4, 5, 100):
        settings = replace(SETTINGS, gradient_accumulation_steps=parts)
        in_parts = gradients(tiny_model(tiny_encoder), train, settings)
        for name, gradient in whole.items():
            assert in_parts[name].numpy() == pytest.approx(gradient.numpy(), abs=1e-6), name
    _, one = updated(tiny_encoder, train)
    _, other = updated(tiny_encoder, train, replace(SETTINGS, gradient_accumulation_steps=4))
    assert other.loss == pytest.approx(one.loss, rel=1e-6)
    assert other.logits == pytest.approx(one.logits, abs=1e-5)


def test_gradients_do_not_pile_up(tiny_encoder):
    first = gradients(tiny_model(tiny_encoder), random_set(12))
    third = gradients(tiny_model(tiny_encoder), random_set(12), updates_before=2)
    for name, gradient in first.items():
        assert torch.equal(third[name], gradient), name


def test_what_is_not_known_has_no_gradient_at_all(tiny_encoder):
    train = random_set(12)
    train.targets[:, 1] = -1
    found = gradients(tiny_model(tiny_encoder), train)
    assert (found["head.weight"][1] == 0).all()
    assert found["head.bias"][1] == 0
    assert (found["head.weight"][[0, 2]] != 0).all()


def test_a_label_that_is_never_known_does_not_move_the_encoder(tiny_encoder):
    two = random_set(12, n_labels=2)
    three = replace(two, targets=np.concatenate([two.targets, np.full((12, 1), -1, np.int8)], axis=1))
    wide, narrow = tiny_model(tiny_encoder, 3), tiny_model(tiny_encoder, 2)
    narrow.head.load_state_dict({name: weight[:2] for name, weight in wide.head.state_dict().items()})
    found = gradients(wide, three)
    for name, gradient in gradients(narrow, two).items():
        assert found[name][: len(gradient)].numpy() == pytest.approx(gradient.numpy(), abs=1e-6), name


def test_only_decay_moves_the_row_of_a_label_that_is_never_known(tiny_encoder):
    train = random_set(12)
    train.targets[:, 1] = -1
    before = weights_of(tiny_model(tiny_encoder))
    after, _ = updated(tiny_encoder, train, replace(SETTINGS, weight_decay=0.1))
    decayed = before["head.weight"][1] * (1 - 1e-2 * 0.1)
    assert after["head.weight"][1].numpy() == pytest.approx(decayed.numpy(), rel=1e-6)
    assert after["head.bias"][1] == before["head.bias"][1]
    assert (after["head.bias"][[0, 2]] != before["head.bias"][[0, 2]]).all()


def test_a_batch_in_which_nothing_is_known_changes_nothing(tiny_encoder):
    train = random_set(12)
    train.targets[:4] = -1
    after, seen = updated(tiny_encoder, train, batch=np.arange(4))
    assert (seen.loss, seen.n_known) == (0.0, 0)
    assert same(after, weights_of(tiny_model(tiny_encoder)))


def test_an_update_moves_every_layer_and_the_head(tiny_encoder):
    before = weights_of(tiny_model(tiny_encoder))
    after, _ = updated(tiny_encoder, random_set(12))
    still = {name for name in before if torch.equal(before[name], after[name])}
    assert {name for name in still if "pooler" not in name} <= {"encoder.embeddings.position_ids"}


def test_the_factor_scales_both_rates(tiny_encoder):
    before = weights_of(tiny_model(tiny_encoder))
    assert same(updated(tiny_encoder, random_set(12), factor=0.0)[0], before)
    for factor in (0.25, 1.0):
        after, _ = updated(tiny_encoder, random_set(12), factor=factor)
        for name, rate in (("head.bias", 1e-2), ("encoder.embeddings.LayerNorm.bias", 1e-3)):
            moved = (after[name] - before[name]).abs()
            assert moved.median().item() == pytest.approx(factor * rate, rel=0.02)


def test_a_long_gradient_is_cut(tiny_encoder):
    before = weights_of(tiny_model(tiny_encoder))
    after, _ = updated(tiny_encoder, random_set(12), replace(SETTINGS, max_grad_norm=1e-12))
    assert max((after[name] - before[name]).abs().max().item() for name in before if "ids" not in name) < 1e-5


@pytest.mark.parametrize("pos_weight", ["none", "balanced"])
@pytest.mark.parametrize(("loss", "loss_args"), [("bce", {}), ("focal", {"gamma": 1.0}), ("asymmetric", {})])
def test_every_loss_is_masked_and_weighs_positives_as_asked(tiny_encoder, loss, loss_args, pos_weight):
    from text_al.training.losses import LOSSES, balanced_pos_weight

    train = masked(random_set(12), share=0.3)
    settings = replace(SETTINGS, loss=loss, loss_args=loss_args, pos_weight=pos_weight)
    _, seen = updated(tiny_encoder, train, settings)
    known, positive = train.targets >= 0, train.targets == 1
    plain = LOSSES.entry(loss).function(**loss_args)
    losses = plain(torch.as_tensor(seen.logits), torch.as_tensor(positive.astype(np.float32))).numpy()
    weights = balanced_pos_weight(train.targets) if pos_weight == "balanced" else np.ones(3)
    expected = (losses * np.where(positive, weights, 1.0))[known].sum() / known.sum()
    assert seen.loss == pytest.approx(expected, rel=1e-5)


def test_dropout_is_on_and_drawn_by_the_address_of_the_step(tiny_encoder):
    first, again, next_step = (
        updated(tiny_encoder, random_set(12), dropout=0.3, step=step)[1].logits for step in (0, 0, 1)
    )
    without = updated(tiny_encoder, random_set(12))[1].logits
    assert np.array_equal(first, again)
    assert not np.array_equal(first, next_step)
    assert not np.array_equal(first, without)


def test_in_bf16_the_weights_stay_float32(tiny_encoder):
    exact = updated(tiny_encoder, random_set(12))[1]
    after, seen = updated(tiny_encoder, random_set(12), hardware=replace(CPU, bf16=True))
    assert seen.loss == pytest.approx(exact.loss, rel=0.1)
    assert seen.loss != exact.loss
    assert {weight.dtype for weight in after.values() if weight.is_floating_point()} == {torch.float32}


def test_a_head_that_is_pulled_goes_part_of_the_way_back_to_its_start(tiny_encoder):
    train = random_set(12)
    start = weights_of(tiny_model(tiny_encoder, dropout=0.0))
    free, _ = updated(tiny_encoder, train, factor=0.5)
    pulled, _ = updated(tiny_encoder, train, replace(SETTINGS, head_pull=40.0), factor=0.5)
    back = 40.0 * SETTINGS.head_learning_rate * 0.5
    name = "head.weight"
    assert torch.allclose(pulled[name], free[name] + back * (start[name] - free[name]), atol=1e-7)
    assert not torch.equal(free[name], start[name])
    assert same(*({key: part[key] for key in part if key != name} for part in (free, pulled)))
