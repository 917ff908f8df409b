"""Out of fold: every text is left out once, and what is said of it is said by who never saw it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from text_al.training.crossfit import draw_folds, out_of_fold
from text_al.training.label_prior import FEW
from text_al.training.lesson import Ground, HeadSettings, Lesson


class Recorder:
    """Says of each text the number of the model, and which texts that one was not shown."""

    def __init__(self):
        self.left_out = []

    def __call__(self, left_out):
        self.left_out.append(left_out)
        return np.stack([np.full(left_out.sum(), len(self.left_out)), np.flatnonzero(left_out)], axis=1)


@given(st.integers(1, 50), st.integers(2, 7), st.integers(0, 2**32))
def test_every_text_is_left_out_once_and_spoken_of_by_the_model_that_left_it_out(n, n_folds, seed):
    predict = Recorder()
    found = out_of_fold(predict, n, n_folds=n_folds, rng=np.random.default_rng(seed))
    left_out = np.array(predict.left_out)
    assert len(left_out) == min(n, n_folds)
    assert (left_out.sum(axis=0) == 1).all()
    assert np.ptp(left_out.sum(axis=1)) <= 1
    assert found[:, 0].tolist() == (left_out.argmax(axis=0) + 1).tolist()
    assert found[:, 1].tolist() == list(range(n))


def test_folds_are_drawn_anew_by_each_generator_and_alike_by_the_same():
    first, again, other = (draw_folds(60, 3, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first, np.arange(60) % 3)


def test_of_no_texts_nothing_is_said():
    predict = Recorder()
    assert out_of_fold(predict, 0, n_folds=3, rng=np.random.default_rng(0)).size == 0
    assert predict.left_out == []


def a_lesson(n, *, class_weight="none", seed=0):
    """Random targets, each text known by a feature of its own: all can be learned by heart, and no more."""
    rng = np.random.default_rng(seed)
    targets = (rng.random((n, 3)) < 0.4).astype(np.int8)
    features = np.hstack([4 * np.eye(n), rng.normal(size=(n, 5))])
    ground = Ground(features, HeadSettings(c=100.0, class_weight=class_weight, label_prior=0.0))
    return ground, Lesson(np.arange(n), targets, round_number=1)


@pytest.mark.parametrize("class_weight", ["none", "balanced", "inverse"])
@pytest.mark.parametrize("n", [30, FEW + 10])
def test_a_texts_own_labels_have_no_say_in_what_is_said_of_it(n, class_weight):
    ground, lesson = a_lesson(n, class_weight=class_weight)
    before, head = lesson.out_of_fold(ground), lesson.head(ground).logits(ground.pool)
    lesson.targets[7] = 1 - lesson.targets[7]
    after, new_head = lesson.out_of_fold(ground), lesson.head(ground).logits(ground.pool)
    assert np.array_equal(before[7], after[7])
    assert not np.array_equal(before, after)
    assert np.abs(head[7] - new_head[7]).min() > 1


def test_what_was_learned_by_heart_is_not_known_out_of_fold():
    ground, lesson = a_lesson(80)
    inside = (lesson.head(ground).logits(ground.pool) > 0) == lesson.targets
    outside = (lesson.out_of_fold(ground) > 0) == lesson.targets
    assert inside.mean() > 0.99
    assert 0.3 < outside.mean() < 0.7


def test_of_few_texts_several_draws_are_averaged_and_of_many_one():
    def n_distinct(n):
        ground = Ground(np.zeros((n, 1)), HeadSettings(c=1.0, label_prior=0.0))
        targets = np.arange(n)[:, None] < n / 3  # without features, what is said tells the fold alone
        lesson = Lesson(np.arange(n), targets.astype(np.int8), round_number=1)
        return len(np.unique(lesson.out_of_fold(ground).round(9)))

    assert n_distinct(FEW) > 4
    assert n_distinct(FEW + 50) <= 4


def test_two_texts_are_enough_to_say_something_and_one_is_not():
    ground, lesson = a_lesson(2)
    assert np.isfinite(lesson.out_of_fold(ground)).all()
    ground, lesson = a_lesson(1)
    assert lesson.out_of_fold(ground) is None
