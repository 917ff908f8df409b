"""The learner auto: in each round the better of two, judged on texts that neither has seen."""

import numpy as np
import pytest
from training_examples import Listener

from text_al.errors import ModelError
from text_al.metrics import average_precision
from text_al.records import EvaluationRecord, FitReport
from text_al.reporting import Silent
from text_al.training.artifact import write_description
from text_al.training.auto import Auto, _is_ahead
from text_al.training.model import TextList
from text_al.types import Candidates, Label, LabelledTexts

N, L = 8, 2
TARGETS = np.array([[1, 0], [0, 1]] * (N // 2), dtype=np.int8)
ROWS = np.arange(10, 10 + N)
VALIDATION = LabelledTexts(TextList(["x"] * N), TARGETS)


def ranking(n_wrong):
    """Logits (n, L) that rank so many texts of each label the wrong way round."""
    logits = np.where(TARGETS == 1, 1.0, -1.0) * np.linspace(1, 2, N)[:, None]
    logits[:n_wrong] *= -1
    return logits


class Fake:
    """Says what it was told to, and remembers what it was asked.

    Args:
        kind: as text_al.json calls it.
        n_wrong: texts that it ranks wrongly, of those it has not seen; None: it can't say.
    """

    def __init__(self, kind, n_wrong=0):
        self.kind, self.n_wrong = kind, n_wrong
        self.thresholds = np.full(L, 0.5)
        self.asked, self.broken = [], False

    def out_of_fold(self, rows, targets, *, round_number, reporter, n_folds=None):
        if n_folds is None:  # the linear one is told how many
            self.asked.append(("out_of_fold", round_number, rows.tolist()))
        return None if self.n_wrong is None else ranking(self.n_wrong)

    def fit(self, rows, targets, validation, *, round_number, global_step, reporter):
        self.asked.append(("fit", round_number, rows.tolist()))
        reporter.stage(f"fit {self.kind}", 1)
        record = EvaluationRecord(
            round=round_number, epoch=1.0, step=3, global_step=global_step + 3, learning_rate=0.1,
            metrics={f"of {self.kind}": 1.0}, is_best=True, seconds=0.1,
        )  # fmt: skip
        reporter.evaluation(record)
        said = ranking(self.n_wrong or 0)
        return FitReport(
            n_samples=len(rows), steps=3, best_epoch=1.0, stopped_early=False, thresholds=self.thresholds,
            threshold_rule="plug_in" if validation is None else "tuned", evaluations=(record,),
            seconds={"head": 1.0}, notes=(f"by {self.kind}",), validation_logits=validation and said,
            out_of_fold_logits=None if validation else said,
        )  # fmt: skip

    def look(self, rows, needs, reporter):
        said = np.full((len(rows), L), float(self.kind == "finetuned"))
        return Candidates(np.asarray(rows), said, said, self.thresholds)

    def logits(self, texts, reporter):
        return np.full((len(texts), L), float(self.kind == "finetuned"))

    def frozen(self, rows, reporter):
        return np.full((len(rows), 1), float(self.kind == "finetuned"))

    def save(self, folder):
        folder.mkdir()
        write_description(folder, {"kind": self.kind}, [Label("a"), Label("b")], self.thresholds)

    def restore(self, folder):
        self.asked.append(("restore", folder.name))
        if self.broken:
            raise ModelError(f"{folder} is broken")


class Pair:
    """An `Auto` over two fakes; counts how often the fine-tuned one is made."""

    def __init__(self, linear=2, finetuned=0):
        self.linear, self.finetuned = Fake("linear", linear), Fake("finetuned", finetuned)
        self.n_made = 0
        self.auto = Auto(self.linear, self._make)

    def _make(self):
        self.n_made += 1
        return self.finetuned

    def fit(self, validation=None, *, round_number=1, reporter=None):
        return self.auto.fit(
            ROWS, TARGETS, validation, round_number=round_number, global_step=7, reporter=reporter or Silent()
        )

    @property
    def taken(self):
        """The learner that answers now."""
        said = self.auto.look(ROWS, frozenset(), Silent()).logits
        assert np.array_equal(self.auto.logits(VALIDATION.source, Silent()), said)
        return "finetuned" if said[0, 0] else "linear"


def test_the_fine_tuned_one_is_taken_where_it_ranks_better_what_it_has_not_seen():
    pair = Pair(linear=2, finetuned=0)
    report = pair.fit()
    assert pair.taken == "finetuned"
    assert report.notes[0] == "by finetuned"
    assert "takes the fine-tuned model" in report.notes[-1]
    assert "out of fold" in report.notes[-1]
    assert pair.finetuned.asked == [("out_of_fold", 1, ROWS.tolist()), ("fit", 1, ROWS.tolist())]
    assert pair.n_made == 1


@pytest.mark.parametrize("finetuned", [3, 2], ids=["worse", "a tie"])
def test_else_the_linear_one_is_and_no_fine_tuned_one_is_fitted_on_all(finetuned):
    pair = Pair(linear=2, finetuned=finetuned)
    report = pair.fit()
    assert pair.taken == "linear"
    assert report.notes[0] == "by linear"
    assert "takes the linear model" in report.notes[-1]
    assert [call[0] for call in pair.finetuned.asked] == ["out_of_fold"]


def test_with_too_few_texts_to_compare_the_linear_one_is_taken():
    pair = Pair(linear=8, finetuned=None)
    note = pair.fit().notes[-1]
    assert pair.taken == "linear"
    assert note == "learner auto takes the linear model (too few texts to compare with a fine-tuned one)"


@pytest.mark.parametrize(
    ("linear", "finetuned", "taken"), [(2, 0, "finetuned"), (2, 3, "linear"), (2, 2, "linear")]
)
def test_with_a_validation_set_both_are_fitted_and_compared_on_it(linear, finetuned, taken):
    pair = Pair(linear, finetuned)
    report = pair.fit(VALIDATION)
    assert pair.taken == taken
    assert report.notes[0] == f"by {taken}"
    assert "on the validation set" in report.notes[-1]
    assert [call[0] for call in pair.finetuned.asked] == ["fit"]


def test_the_figures_are_told():
    pair = Pair(linear=8, finetuned=0)
    assert "linear 0.3" in pair.fit().notes[-1]
    assert "fine-tuned 1.000" in pair.fit().notes[-1]


def test_each_round_is_decided_anew():
    pair = Pair(linear=2, finetuned=0)
    pair.fit(round_number=1)
    pair.finetuned.n_wrong = 5
    pair.fit(round_number=2)
    assert pair.taken == "linear"
    pair.finetuned.n_wrong = 0
    pair.fit(round_number=3)
    assert pair.taken == "finetuned"
    assert pair.n_made == 1


@pytest.mark.parametrize("validation", [None, VALIDATION])
@pytest.mark.parametrize("finetuned", [0, 5])
def test_evaluations_are_told_of_the_model_that_is_taken_alone(validation, finetuned):
    listener = Listener()
    report = Pair(linear=2, finetuned=finetuned).fit(validation, reporter=listener)
    assert tuple(listener.evaluations) == report.evaluations
    assert len(report.evaluations) == 1
    assert listener.stages[0] == ("fit linear", 1)


def test_the_seconds_are_those_of_all_that_was_done():
    seconds = Pair(linear=2, finetuned=0).fit().seconds
    assert seconds["head"] == 2.0
    assert set(seconds) == {"head", "cross_fit"}
    assert Pair(linear=2, finetuned=5).fit().seconds.keys() == seconds.keys()


def test_before_any_fit_the_linear_one_answers_and_no_other_is_made():
    pair = Pair()
    assert pair.taken == "linear"
    assert pair.auto.thresholds.tolist() == [0.5, 0.5]
    assert pair.n_made == 0


def test_vectors_are_those_of_the_linear_one_in_every_round():
    pair = Pair(linear=2, finetuned=0)
    before = pair.auto.frozen(ROWS, Silent())
    pair.fit()
    assert pair.taken == "finetuned"
    assert np.array_equal(pair.auto.frozen(ROWS, Silent()), before)


@pytest.mark.parametrize(("finetuned", "kind"), [(0, "finetuned"), (5, "linear")])
def test_what_was_saved_is_restored_by_the_learner_that_saved_it(tmp_path, finetuned, kind):
    pair, fresh = Pair(linear=2, finetuned=finetuned), Pair()
    pair.fit()
    pair.auto.save(tmp_path / "model")
    fresh.auto.restore(tmp_path / "model")
    assert fresh.taken == kind
    assert getattr(fresh, kind).asked == [("restore", "model")]
    assert fresh.n_made == (kind == "finetuned")


def test_a_model_that_cannot_be_restored_changes_nothing(tmp_path):
    pair, other = Pair(linear=2, finetuned=5), Pair(linear=2, finetuned=0)
    other.fit()
    other.auto.save(tmp_path / "model")
    pair.fit()
    pair.finetuned.broken = True
    with pytest.raises(ModelError, match="broken"):
        pair.auto.restore(tmp_path / "model")
    assert pair.taken == "linear"


def test_out_of_fold_the_linear_one_must_be_ahead_by_standard_errors_over_the_labels():
    targets = np.tile(np.array([[1], [0], [0], [0]], dtype=np.int8), (1, 4))
    perfect, last = np.array([3.0, 2.0, 1.0, 0.0]), np.array([0.0, 3.0, 2.0, 1.0])
    ahead_in_all = np.tile(perfect[:, None], (1, 4)), np.tile(last[:, None], (1, 4))
    assert _is_ahead(targets, *ahead_in_all)
    assert not _is_ahead(targets, *ahead_in_all[::-1])
    # Ahead in two labels of four, behind in one: .19 on the mean, with an error of .36.
    mixed = np.stack([perfect, perfect, last, last], axis=1), np.stack([last, last, perfect, last], axis=1)
    assert average_precision(targets, mixed[0]).mean() > average_precision(targets, mixed[1]).mean()
    assert not _is_ahead(targets, *mixed)


def test_labels_without_a_positive_and_a_tie_leave_the_linear_one():
    none = np.zeros((4, 2), dtype=np.int8)
    logits = np.random.default_rng(0).normal(size=(2, 4, 2))
    assert _is_ahead(none, *logits)
    assert _is_ahead(TARGETS, ranking(1), ranking(1))
