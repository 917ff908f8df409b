"""What a head may be tried with: other labels' say, and its own opinion of open texts; kept if it helps."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from training_examples import LABELS, keyword_data

from text_al.metrics import macro_average_precision, sigmoid
from text_al.reporting import Silent
from text_al.training.correlation import Correlation, fit_correlation
from text_al.training.lesson import Ground, HeadSettings, Lesson
from text_al.training.linear_head import LinearHead
from text_al.training.model import TextList
from text_al.training.self_training import WEIGHT, pseudo_targets, stacked
from text_al.training.tfidf import Tfidf


def rng(seed=0):
    return np.random.default_rng(seed)


class TestLabelCorrelation:
    def related(self, n=2000):
        """Labels of which the second and third follow from the first, which alone is well seen."""
        first = rng().random(n) < 0.3
        targets = np.stack([first, first, ~first], axis=1)
        logits = np.where(first, 2.0, -2.0)[:, None] * [1, 0, 0] + rng(1).normal(size=(n, 3))
        return logits, targets.astype(np.int8)

    def test_labels_that_tell_of_each_other_are_heard(self):
        logits, targets = self.related()
        _, mixed = fit_correlation(logits, targets, rng())
        assert macro_average_precision(targets, mixed) > macro_average_precision(targets, logits) + 0.1

    def test_labels_that_do_not_are_left_as_they_are(self):
        logits = rng().normal(size=(300, 3))
        targets = (rng(1).random(logits.shape) < sigmoid(3 * logits)).astype(np.int8)
        assert fit_correlation(logits, targets, rng()) is None

    def test_with_hardly_a_text_or_no_positive_nothing_is_tried(self):
        logits, targets = self.related()
        assert fit_correlation(logits[:7], targets[:7], rng()) is None
        assert fit_correlation(logits, 0 * targets, rng()) is None

    @pytest.mark.parametrize("n_heads", [1, 2])
    def test_a_head_that_is_mixed_gives_mixed_logits(self, n_heads):
        correlation = Correlation(LinearHead(rng().normal(size=(3, 3)), rng(1).normal(size=3)))
        head = LinearHead(rng(2).normal(size=(3 * n_heads, 5)), rng(3).normal(size=3 * n_heads))
        features = rng(4).normal(size=(7, 5))
        parts = np.split(head.logits(features), n_heads, axis=1)
        expected = np.concatenate([correlation.apply(part) for part in parts], axis=1)
        assert correlation.onto(head).logits(features) == pytest.approx(expected)


class TestSelfTraining:
    def test_the_likeliest_texts_get_as_many_labels_as_the_rates_say(self):
        logits = rng().normal(size=(200, 3))
        found = pseudo_targets(logits, np.array([0.1, 0.5, 0.0]))
        assert found.sum(axis=0).tolist() == [20, 100, 0]
        for label in (0, 1):
            yes = found[:, label] == 1
            assert logits[yes, label].min() > logits[~yes, label].max()

    def test_a_head_with_others_is_scikit_learns_on_both_with_their_weights(self):
        features, others = rng().normal(size=(40, 4)), rng(1).normal(size=(60, 4))
        targets = (features[:, :1] + rng(2).normal(size=(40, 1)) > 0).astype(np.int8)
        ground = Ground(np.concatenate([features, others]), HeadSettings(c=2.0))
        plain = Lesson(np.arange(40), targets, 1)
        lesson = Lesson(np.arange(40), targets, 1, others=np.arange(40, 100))
        rate = (targets.sum(axis=0) + 0.5) / 41
        guessed = pseudo_targets(plain.head(ground).logits(others), rate)
        weights = np.repeat([1.0, WEIGHT * 40 / 60], [40, 60])
        model = LogisticRegression(C=2.0, tol=1e-10).fit(
            ground.pool, np.concatenate([targets, guessed])[:, 0], weights
        )
        expected = model.decision_function(ground.pool)
        assert lesson.head(ground).logits(ground.pool)[:, 0] == pytest.approx(expected, abs=2e-3)

    def test_sparse_features_are_stacked_too(self):
        from scipy.sparse import csr_matrix

        above, below = np.eye(3), 2 * np.eye(3)[:1]
        found = stacked(csr_matrix(above), csr_matrix(below))
        assert np.array_equal(found.toarray(), stacked(above, below))

    @pytest.mark.parametrize("gains", [True, False])
    def test_it_is_kept_only_where_texts_not_seen_are_ranked_better(self, monkeypatch, gains):
        better = np.array([[1.0], [-1.0]] * 5)
        said = {True: better, False: -better} if gains else {True: -better, False: better}
        monkeypatch.setattr(Lesson, "out_of_fold", lambda lesson, _: said[lesson.others is not None])
        lesson = Lesson(np.arange(10), np.array([[1], [0]] * 5, dtype=np.int8), 1)
        found = lesson.with_others(Ground(np.zeros((12, 1)), HeadSettings(c=1.0)), np.array([10, 11]))
        assert (found.others is not None) == gains

    def test_where_nothing_is_open_there_is_nothing_to_try(self):
        texts, targets = keyword_data(20)
        learner = Tfidf(TextList(texts), LABELS, settings=HeadSettings(c=10.0, self_training=True))
        learner.fit(np.arange(20), targets, None, round_number=1, global_step=0, reporter=Silent())
        assert learner._lesson.others is None
