"""What a fit of the fine-tuned learner leaves behind."""

from text_al.records import FitReport
from text_al.training.encoder_model import EncoderModel
from text_al.training.judging import Verdict
from text_al.training.keeper import Fitted
from text_al.training.tokens import TokenSet, cut_notes


def report_of(
    net: EncoderModel, train: TokenSet, done: Fitted, verdict: Verdict, *, n_checked: int
) -> FitReport:
    """The report, but for how long it took.

    Args:
        net: what was fitted.
        train: on what.
        done: what the trainer says.
        verdict: how its logits are read.
        n_checked: texts of the validation set.
    """
    cut = cut_notes(train.tokens.n_cut, len(train.tokens), net.loaded.max_length)
    return FitReport(
        n_samples=len(train),
        steps=done.steps,
        best_epoch=done.best_epoch,
        stopped_early=done.stopped_early,
        thresholds=verdict.thresholds,
        threshold_rule=verdict.rule,
        out_of_fold_logits=verdict.out_of_fold_logits,
        evaluations=done.evaluations,
        seconds={},
        notes=(*net.loaded.notes, *net.reading.notes, *cut),
        validation_logits=done.validation_logits,
        hardware=net.hardware.describe(),
        texts={"train": done.n_trained, "evaluate": len(done.evaluations) * n_checked},
    )
