"""Both sides of the comparison on toy texts: the same draw, the recipe as it is named, the same twice."""

import json

import numpy as np
import pytest

from tests.benchmarks.total_saving.ours import Ours
from tests.benchmarks.total_saving.sets import DataSet
from tests.benchmarks.total_saving.stock import DEFAULTS, KINDER, Stock
from text_al.registry import UnknownNameError

WORDS = ("good", "sun", "dog")
FILLERS = ["a", "and", "is", "it", "mat", "on", "the", "very", "was"]


@pytest.fixture
def data(tmp_path):
    """A set whose labels are the words in its texts: 60 to learn from, 40 to test."""
    rng = np.random.default_rng(0)
    for part, n in (("train", 60), ("test", 40)):
        rows = [[word for word in WORDS if rng.random() < 0.4] for _ in range(n)]
        texts = [" ".join(rng.permutation([*rng.choice(FILLERS, size=4), *row])) for row in rows]
        lines = [json.dumps({"text": text, "labels": row}) for text, row in zip(texts, rows, strict=True)]
        (tmp_path / f"{part}.jsonl").write_text("\n".join(lines) + "\n")
    (tmp_path / "labels.json").write_text(json.dumps(WORDS))
    return DataSet.read(tmp_path)


@pytest.fixture
def trained(monkeypatch):
    """The Trainers that were trained in a test, in order."""
    from transformers import Trainer

    seen, train = [], Trainer.train

    def spy(self):
        seen.append(self)
        return train(self)

    monkeypatch.setattr(Trainer, "train", spy)
    return seen


def test_when_a_set_is_read_then_targets_follow_the_order_of_labels_json(data):
    assert [label.name for label in data.labels] == list(WORDS)
    for text, row in zip(data.train.texts, data.train.targets, strict=True):
        assert row.tolist() == [word in text.split() for word in WORDS]


def test_when_more_texts_are_drawn_then_the_fewer_are_the_first_of_them(data):
    assert data.drawn(30, seed=1)[:10].tolist() == data.drawn(10, seed=1).tolist()
    assert len(set(data.drawn(60, seed=1).tolist())) == 60
    assert data.drawn(10, seed=1).tolist() != data.drawn(10, seed=2).tolist()


@pytest.mark.parametrize(
    ("asked", "sizes"), [([20, 40], [20, 40]), ([20, 60], [20, 60]), ([20, 40, 80, 160], [20, 40, 60])]
)
def test_when_a_set_is_too_small_for_a_size_then_it_is_taken_whole_once(data, asked, sizes):
    assert data.sizes(asked) == sizes


def test_when_stock_is_trained_then_its_settings_are_the_defaults(data, tiny_encoder, trained):
    Stock(encoder=str(tiny_encoder)).measure(data, 20, seed=3)
    arguments = trained[0].args
    assert (arguments.num_train_epochs, arguments.learning_rate, arguments.lr_scheduler_type) == (
        3, 5e-5, "linear",
    )  # fmt: skip
    assert (arguments.train_batch_size, arguments.weight_decay, arguments.warmup_steps) == (8, 0.0, 0)
    assert trained[0].state.global_step == 3 * 3  # 20 texts in batches of 8
    assert trained[0].model.config.problem_type == "multi_label_classification"


def test_when_stock_is_the_kinder_one_then_its_name_says_what_it_changes(data, tiny_encoder, trained):
    Stock(KINDER.name, KINDER.epochs, KINDER.learning_rate, str(tiny_encoder)).measure(data, 20, seed=3)
    assert (trained[0].args.num_train_epochs, trained[0].args.learning_rate) == (10, 2e-4)
    assert "10 epochs, 2e-4" in KINDER.name
    assert KINDER.made_with != DEFAULTS.made_with


def test_when_stock_is_trained_twice_with_a_seed_then_its_logits_are_the_same(data, tiny_encoder):
    stock, part = Stock(encoder=str(tiny_encoder)), data.train.at(np.arange(20))
    first, second, other = (stock.logits(part, data.test.texts, seed=seed) for seed in (0, 0, 1))
    assert first.shape == (40, 3)
    np.testing.assert_array_equal(first, second)
    assert np.abs(first - other).max() > 1e-3


def test_when_stock_learns_long_enough_then_it_finds_the_words(data, tiny_encoder):
    stock = Stock("long", epochs=40, learning_rate=3e-3, encoder=str(tiny_encoder))
    assert stock.measure(data, 60, seed=0).macro_f1 > 0.9


@pytest.mark.parametrize("learner", ["linear", "tfidf"])
def test_when_ours_is_measured_then_it_learns_from_the_drawn_rows_alone(data, tiny_encoder, learner):
    ours = Ours(learner, encoder=str(tiny_encoder))
    before = ours.measure(data, 30, seed=0)
    undrawn = np.setdiff1d(np.arange(60), data.drawn(30, seed=0))
    data.train.targets[undrawn] = 1 - data.train.targets[undrawn]
    after = ours.measure(data, 30, seed=0)
    assert before.macro_average_precision > 0.5
    assert (after.macro_f1, after.macro_average_precision) == (
        before.macro_f1,
        before.macro_average_precision,
    )


def test_when_there_is_no_such_learner_then_it_is_said_before_anything_is_measured():
    with pytest.raises(UnknownNameError, match="linaer"):
        Ours("linaer")
