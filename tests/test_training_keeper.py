"""Which evaluation is kept, and when patience is spent."""

import pytest
import torch

from text_al.errors import TrainingError
from text_al.records import EvaluationRecord
from text_al.training.keeper import Keeper
from text_al.training.settings import EarlyStoppingSettings


def record(number, value, metric="val_macro_f1_tuned"):
    return EvaluationRecord(
        round=1, epoch=float(number), step=number, global_step=number, learning_rate=0.0,
        metrics={metric: value}, is_best=False, seconds=0.0,
    )  # fmt: skip


def offered(values, *, patience=3, min_evaluations=0, metric="val_macro_f1_tuned"):
    """A keeper after these evaluations, and after how many patience was first spent (None: never)."""
    keeper = Keeper(EarlyStoppingSettings(metric, patience, min_evaluations))
    model, spent = torch.nn.Linear(1, 1), None
    for number, value in enumerate(values):
        with torch.no_grad():
            model.weight.fill_(float(number))
        keeper.offer(record(number, value, metric), model, number, number)
        if spent is None and keeper.patience_is_spent:
            spent = number + 1
    return keeper, model, spent


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ([0.1, 0.3, 0.2], 1),
        ([0.1, 0.3, 0.3], 1),  # of equals the first
        ([0.5, 0.3, 0.4], 0),  # the head alone may be the best
        ([0.0, 0.0, 0.1], 2),
    ],
)
def test_the_best_weights_are_kept_and_put_back(values, kept):
    keeper, model, _ = offered(values)
    assert (keeper.kept.step, keeper.logits, keeper.thresholds) == (kept, kept, kept)
    keeper.restore(model)
    assert model.weight.item() == kept


def test_a_loss_should_fall():
    keeper, model, _ = offered([0.5, 0.2, 0.4], metric="val_loss")
    keeper.restore(model)
    assert model.weight.item() == keeper.kept.step == 1


def test_each_new_best_is_marked_as_one():
    keeper, _, _ = offered([0.1, 0.3, 0.2, 0.3, 0.4])
    assert [found.is_best for found in keeper.evaluations] == [True, True, False, False, True]
    assert [found.step for found in keeper.evaluations] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("values", "patience", "min_evaluations", "spent"),
    [
        ([0.5, 0.4, 0.4, 0.4], 2, 0, 3),
        ([0.5, 0.4, 0.6, 0.4, 0.4], 2, 0, 5),  # a new best begins the count anew
        ([0.5, 0.5, 0.5], 1, 0, 2),  # as good is not better
        ([0.5, 0.4, 0.4, 0.4, 0.4], 1, 3, 4),  # three after that of the head alone
        ([0.1, 0.2, 0.3, 0.4], 1, 0, None),
        ([0.0, 0.0, 0.0], 3, 0, None),
    ],
)
def test_patience_and_the_minimum_are_honoured(values, patience, min_evaluations, spent):
    assert offered(values, patience=patience, min_evaluations=min_evaluations)[2] == spent


def test_without_early_stopping_the_last_weights_stay():
    keeper, model = Keeper(None), torch.nn.Linear(1, 1)
    for number, value in enumerate([0.5, 0.1]):
        keeper.offer(record(number, value), model, number, number)
    with torch.no_grad():
        model.weight.fill_(7.0)
    keeper.restore(model)
    assert model.weight.item() == 7.0
    assert (keeper.kept.step, keeper.logits, keeper.patience_is_spent) == (1, 1, False)
    assert not any(found.is_best for found in keeper.evaluations)


def test_what_is_not_trained_is_not_copied():
    keeper, model = Keeper(EarlyStoppingSettings()), torch.nn.Linear(1, 1)
    model.bias.requires_grad_(False)
    with torch.no_grad():
        model.weight.fill_(1.0)
        keeper.offer(record(0, 0.5), model, None, None)
        model.weight.fill_(2.0)
        model.bias.fill_(2.0)
    keeper.restore(model)
    assert (model.weight.item(), model.bias.item()) == (1.0, 2.0)


def test_a_metric_that_is_not_there_is_named_with_the_nearest_that_is():
    keeper = Keeper(EarlyStoppingSettings("val_macro_f1_tunde"))
    with pytest.raises(TrainingError, match=r"'val_macro_f1_tunde'.*'val_macro_f1_tuned'"):
        keeper.offer(record(0, 0.5), torch.nn.Linear(1, 1), None, None)
