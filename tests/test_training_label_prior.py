"""What label names are worth: found out on the labelled texts, and nothing where they say nothing."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score
from training_examples import LABELS, keyword_data

from text_al.data.cache import Cache
from text_al.reporting import Silent
from text_al.training.label_prior import FEW_LABELS, STRENGTHS, UNTOLD, Trial, ahead
from text_al.training.lesson import HeadSettings, Lesson
from text_al.training.linear import Linear
from text_al.training.linear_head import fit_linear_head
from text_al.training.model import TextList
from text_al.training.pretrained import Pretrained
from text_al.training.settings import ComputeSettings, EncoderSettings


def _problem(n, *, seed=0, n_labels=8, width=60):
    """Texts of length 4 whose labels lie along known directions, which are returned too."""
    rng = np.random.default_rng(seed)
    towards = rng.normal(size=(n_labels, width))
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    features = rng.normal(size=(n, width))
    features *= 4 / np.linalg.norm(features, axis=1, keepdims=True)
    logits = 4 * features @ towards.T - 3
    targets = (rng.random(logits.shape) < 1 / (1 + np.exp(-logits))).astype(np.int8)
    return features, targets, towards


class TestPriorOfAHead:
    def test_with_nothing_known_of_a_label_its_weights_are_the_priors(self):
        features, targets, towards = _problem(40)
        targets[:, 0] = 0
        head = fit_linear_head(features, targets, prior=3 * towards)
        assert head.weights[0] == pytest.approx(3 * towards[0])
        assert head.logits(features)[:, 0].mean() == pytest.approx(np.log(0.5 / 40.5))

    @pytest.mark.parametrize("n", [25, 200])
    def test_the_head_is_the_minimum_of_its_objective(self, n):
        features, targets, towards = _problem(n)
        prior, c = 2 * towards, 3.0
        head = fit_linear_head(features, targets, prior=prior, c=c)
        probs = 1 / (1 + np.exp(-head.logits(features)))
        is_open = targets.any(axis=0) & (targets == 0).any(axis=0)
        gradient = c * (probs - targets).T @ features + head.weights - prior
        assert np.abs(gradient[is_open]).max() < 1e-2 * np.abs(c * (0.5 - targets).T @ features).max()
        assert (probs - targets).sum(axis=0)[is_open] == pytest.approx(0, abs=1e-2)

    def test_a_prior_of_zeros_is_none(self):
        features, targets, towards = _problem(60)
        plain, zeros = (fit_linear_head(features, targets, prior=prior) for prior in (None, 0 * towards))
        assert np.array_equal(plain.weights, zeros.weights)

    def test_a_true_prior_ranks_new_texts_better(self):
        features, targets, towards = _problem(30)
        new, truth, _ = _problem(2000, seed=1)
        new_logits = 4 * new @ towards.T - 3
        truth = (np.random.default_rng(2).random(new_logits.shape) < 1 / (1 + np.exp(-new_logits))).astype(
            int
        )
        plain, drawn = (
            average_precision_score(
                truth, fit_linear_head(features, targets, prior=prior).logits(new), average="macro"
            )
            for prior in (None, 4 * towards)
        )
        assert drawn > plain + 0.1


class TestStrength:
    def test_names_that_tell_are_believed(self):
        features, targets, towards = _problem(60)
        assert Trial(features, targets, towards, 3.0).choose(np.random.default_rng(0)) >= 4.0

    def test_names_that_mislead_are_not(self):
        features, targets, towards = _problem(120)
        found = Trial(features, targets, -towards, 3.0).choose(np.random.default_rng(0))
        assert found == 0.0

    def test_of_few_labels_names_must_tell_more_than_texts_that_are_taken_for_names(self):
        features, targets, towards = _problem(120, n_labels=FEW_LABELS - 1)
        misleading, true = (Trial(features, targets, way * towards, 3.0) for way in (-1, 1))
        assert not misleading.names_tell(np.random.default_rng(0))
        assert true.names_tell(np.random.default_rng(0))
        assert misleading.choose(np.random.default_rng(0)) == 0.0
        assert true.choose(np.random.default_rng(0)) > 0.0

    def test_a_gain_within_half_its_standard_error_is_none(self):
        unsure = np.array([[0.5, 0.5, 0.5, np.nan], [0.9, 0.3, 0.4, np.nan], [0.2, 0.2, 0.2, np.nan]])
        assert ahead(unsure) == 0
        sure = np.array([[0.5, 0.5, 0.5, np.nan], [0.2, 0.2, 0.2, np.nan], [0.6, 0.5, 0.7, np.nan]])
        assert ahead(sure) == 2

    def test_names_that_belong_to_other_labels_are_not(self):
        features, targets, towards = _problem(120)
        exchanged = Trial(features, targets, np.roll(towards, 1, axis=0), 3.0)
        assert not exchanged.names_tell(np.random.default_rng(0))
        assert exchanged.choose(np.random.default_rng(0)) == 0.0
        assert Trial(features, targets, towards, 3.0).names_tell(np.random.default_rng(0))

    def test_with_hardly_a_positive_nothing_is_told(self):
        features, targets, towards = _problem(30)
        targets[:] = 0
        targets[0, 0] = 1
        assert Trial(features, targets, towards, 3.0).choose(np.random.default_rng(0)) == UNTOLD

    def test_targets_that_are_not_known_weigh_nothing(self):
        features, targets, towards = _problem(80)
        rng = np.random.default_rng(3)
        masked = np.where(rng.random(targets.shape) < 0.3, -1, targets).astype(np.int8)
        found = Trial(features, masked, towards, 3.0).choose(np.random.default_rng(0))
        assert found in STRENGTHS
        assert found > 0


@pytest.fixture
def make(tiny_encoder):
    def made(label_prior="auto", labels=LABELS):
        texts, _ = keyword_data(60)
        pretrained = Pretrained(EncoderSettings(encoder=str(tiny_encoder)), Cache())
        settings = HeadSettings(c=3.0, label_prior=label_prior)
        return Linear(
            TextList(texts), labels, pretrained, compute=ComputeSettings(precision="fp32"), settings=settings
        )

    return made


def _fit(learner, n=30):
    _, targets = keyword_data(60)
    return learner.fit(np.arange(n), targets[:n], None, round_number=1, global_step=0, reporter=Silent())


def test_the_learner_says_how_strongly_it_believes_the_names(make):
    notes = _fit(make(label_prior=4.0)).notes
    assert any(note.startswith("label names: strength 4 ") for note in notes)
    assert not any("label names" in note for note in _fit(make(label_prior=0.0)).notes)


def test_a_fixed_strength_is_used_and_another_makes_another_head(make):
    weak, strong = make(label_prior=0.0), make(label_prior=8.0)
    for learner in (weak, strong):
        _fit(learner)
    assert not np.allclose(weak.head.weights, strong.head.weights)


def test_a_restored_learner_has_the_same_committee_under_a_prior(make, tmp_path):
    learner, other = make(label_prior=4.0), make(label_prior=4.0)
    _fit(learner)
    learner.save(tmp_path / "model")
    other.restore(tmp_path / "model")
    one, again = (
        each.look(np.arange(9), frozenset({"passes"}), Silent()).passes for each in (learner, other)
    )
    assert np.array_equal(one, again)


def test_a_committee_is_drawn_towards_the_names_too(make):
    weak, strong = make(label_prior=0.0), make(label_prior=8.0)
    seen = []
    for learner in (weak, strong):
        _fit(learner)
        seen.append(learner.look(np.arange(9), frozenset({"passes"}), Silent()).passes)
    assert np.abs(seen[0] - seen[1]).mean() > 0.01


def test_a_lesson_of_a_model_from_before_label_names_is_read_without_them():
    lesson = Lesson.read({"rows": np.arange(2), "targets": np.array([[1], [0]], dtype=np.int8)}, 3)
    assert (lesson.round_number, lesson.label_prior, lesson.calibration) == (3, 0.0, None)
