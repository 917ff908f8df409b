"""What a fit leaves behind that is done in one step."""

from collections.abc import Mapping

from text_al.metrics import AbsentLabels, evaluate
from text_al.records import EvaluationRecord, FitReport
from text_al.reporting import Reporter
from text_al.training.judging import Verdict
from text_al.types import FloatArray, LabelledTexts, TargetArray


def one_step_report(
    verdict: Verdict,
    targets: TargetArray,
    logits: FloatArray,
    validation: LabelledTexts | None,
    *,
    scores: FloatArray | None,
    absent_labels: AbsentLabels,
    round_number: int,
    global_step: int,
    seconds: Mapping[str, float],
    texts: Mapping[str, int],
    reporter: Reporter,
) -> FitReport:
    """The report, with one evaluation, of which the reporter hears.

    Args:
        verdict: how logits are read.
        targets: (n, L) that were learned.
        logits: (n, L) of the texts that were learned.
        validation: the validation set, or None.
        scores: its logits, or None.
        absent_labels: how macro-F1 counts labels without positives.
        round_number: of the fit.
        global_step: steps of the run before it.
        seconds: of each stage.
        texts: that went through each stage.
        reporter: hears of the evaluation.
    """
    sets = {"train": (targets, logits)}
    if validation is not None and scores is not None:
        sets["val"] = validation.targets, scores
    found: dict[str, float] = {}
    for prefix, (truth, said) in sets.items():
        found |= evaluate(
            truth, said, verdict.thresholds, prefix=prefix, rule=verdict.rule, absent_labels=absent_labels
        )
    record = EvaluationRecord(
        round=round_number, epoch=1.0, step=1, global_step=global_step + 1, learning_rate=0.0, metrics=found,
        is_best=True, seconds=round(sum(seconds.values()), 3),
    )  # fmt: skip
    reporter.evaluation(record)
    return FitReport(
        n_samples=len(targets), steps=1, best_epoch=1.0, stopped_early=False, thresholds=verdict.thresholds,
        threshold_rule=verdict.rule, evaluations=(record,), seconds=seconds, texts=texts,
        validation_logits=scores, out_of_fold_logits=verdict.out_of_fold_logits,
    )  # fmt: skip
