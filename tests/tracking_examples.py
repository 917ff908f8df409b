"""Records to track: made up, but whole, and different in every round."""

import math

from text_al.records import EvaluationRecord, QueriedText, Reliability, RoundRecord

LABELS = ("财经/交易-出售/收购", "财经_交易-出售_收购", "request_lab", "no positives")


def metrics(round_number, sets=("train", "val", "test"), rules=("tuned", "at_0.5")):
    found = {}
    for place, prefix in enumerate(sets):
        found[f"{prefix}_loss"] = 0.9 / round_number + place / 7
        for k, average in enumerate(("macro", "micro", "sample")):
            for rule in rules:
                high = 0.3 + round_number / 30 + k / 11 - place / 13 - (rule == "at_0.5") / 17
                found[f"{prefix}_{average}_f1_{rule}"] = high
        if prefix != "train":
            found[f"{prefix}_macro_average_precision"] = 0.4 + round_number / 50
            found[f"{prefix}_brier"] = 0.05 + place / 90 + 0.1 / round_number
            found[f"{prefix}_classwise_ece"] = 0.01 + place / 99 + 0.2 / round_number
    return found


def reliability(round_number, sets=("val", "test")):
    """Of each set three bins, the middle one empty, nearer the diagonal in every round."""
    away = 0.2 / round_number
    bins = Reliability(
        edges=(0.0, 1 / 9, 4 / 9, 1.0),
        counts=(4000, 0, 10 * round_number),
        predicted=(0.04, math.nan, 0.9),
        observed=(0.04 + away / 2, math.nan, 0.9 - away),
    )
    return dict.fromkeys(sets, bins)


def without_validation(round_number=1, **changes):
    """A record of a run without a validation set: thresholds by the pool, figures out of fold and on test."""
    rules = {"sets": ("oof", "test"), "rules": ("plug_in", "at_0.5")}
    found = metrics(round_number, ("train",), ("at_0.5",)) | metrics(round_number, **rules)
    about = {"per_label_set": "test", "threshold_rule": "plug_in", "evaluations": ()}
    return a_record(
        round_number,
        **{**about, "metrics": found, "reliability": reliability(round_number, ("test", "oof"))} | changes,
    )


def evaluation(round_number, number, n_evaluations=3):
    return EvaluationRecord(
        round=round_number,
        epoch=number / 2,
        step=10 * number,
        global_step=10 * (n_evaluations * (round_number - 1) + number),
        learning_rate=1e-4 / (number + 2),
        metrics={
            **metrics(round_number + number / 9, ("train", "val")),
            "train_loss": 1 / (number + round_number),
        },
        is_best=number < n_evaluations,
        seconds=number / 3,
    )


def queried(round_number):
    return (
        QueriedText(7, f"id-{round_number}", "a | b\n<b>x</b>", 1 / 3, "least sure of request_lab"),
        QueriedText(9, "院-9", "*患者* [x](http://x) ![y](z) `c` \\|", None, "drawn at random"),
    )


def a_record(round_number=1, *, finished="", **changes):
    fields = {
        "round": round_number,
        "n_labelled": 50 + 50 * round_number,
        "n_pool": 4000 - 50 * round_number,
        "n_skipped": round_number - 1,
        "strategy": "multilabel_margin",
        "metrics": metrics(round_number),
        "per_label_f1": {name: 0.1 * k + round_number / 99 for k, name in enumerate(LABELS[:-1])}
        | {LABELS[-1]: math.nan},
        "per_label_set": "val",
        "thresholds": {name: 0.2 + 0.1 * k for k, name in enumerate(LABELS)},
        "threshold_rule": "tuned",
        "evaluations": tuple(evaluation(round_number, number) for number in (1, 2, 3)),
        "best_epoch": 1.0,
        "stopped_early": True,
        "steps": 30,
        "global_step": 30 * round_number,
        "seconds": {"tokenise": 0.25, "train": 12.5 + round_number, "total": 14.125 + round_number},
        "queried": () if finished else queried(round_number),
        "request_id": "" if finished else f"round-{round_number:03}",
        "finished": finished,
        "notes": ("3 texts were cut at 256 tokens",),
        "reliability": reliability(round_number),
    }
    return RoundRecord(**{**fields, **changes})


def a_run(n_rounds=3):
    """Rounds of a run that came to its end."""
    middle = [a_record(number) for number in range(1, n_rounds)]
    return [*middle, a_record(n_rounds, finished="the budget is spent")]
