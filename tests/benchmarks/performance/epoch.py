"""One epoch on 500 texts in batches of 16, and the loss over three: ours beside the Trainer of transformers.

Both train the same architecture (`twin`) from the same weights (the pretrained encoder, a head of zeros with
the labels' log-odds as bias), with the same AdamW, rates, schedule, clipping and dropout. They differ in
which texts share a batch, in what is drawn at random, and in what each does around a step.
"""

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from statistics import mean, median, stdev
from typing import Any

import numpy as np

from tests.benchmarks.performance.goemotions import Drawn, draw
from tests.benchmarks.performance.measuring import Measured, Stopwatch, in_rotation
from tests.benchmarks.performance.report import Report
from text_al.training.settings import ComputeSettings, EncoderSettings, TrainingSettings

BATCH = 16
MAX_LENGTH = 128
PEER = "HF Trainer, dynamic padding"
OURS = ("fp32", "bf16")
CURVE_EPOCHS = 3
QUARTERS = 4

Fit = Callable[[int, int], tuple[float, list[float]]]
"""(epochs, seed) to CPU seconds and the loss of each update."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The suite's own settings."""
    parser.add_argument("--labelled", type=int, default=500, help="texts to train on")
    parser.add_argument("--curve-seeds", type=int, default=3, help="fits a loss curve is averaged over")


def run(arguments: argparse.Namespace, report: Report) -> None:
    """Prints two tables."""
    rng = np.random.default_rng([arguments.seed, 2])
    labelled = draw(arguments.data, "train", arguments.labelled, rng)
    fits = {
        **{f"ours, {precision}": ours(labelled, precision) for precision in OURS},
        PEER: peer(labelled),
        "HF Trainer, the same, bf16": peer(labelled, bf16=True),
        "HF Trainer, the same, group_by_length": peer(labelled, train_sampling_strategy="group_by_length"),
    }
    for fit in fits.values():
        fit(1, arguments.seed)  # warms up, and tokenises once
    paths = {name: lambda at, fit=fit: fit(1, at)[0] for name, fit in fits.items()}
    found = list(in_rotation(paths, arguments.repetitions, rng))
    report.say(
        f"One epoch on {len(labelled)} texts, batches of {BATCH}, tokens cached on either side; medians of "
        f"{arguments.repetitions} repetitions in random rotation, beside "
        f"{median(one.limit.fp32 for one in found):.0f} GFLOP per CPU-second of matrix product in fp32."
    )
    report.table("epoch", [_cost(name, found) for name in fits])
    report.say(
        f"Mean training loss by quarters of {CURVE_EPOCHS} epochs, and its standard deviation over "
        f"{arguments.curve_seeds} seeds."
    )
    report.table("epoch_loss", _curves(fits, arguments.curve_seeds))


def settings_for(epochs: int) -> TrainingSettings:
    """Our defaults, so many epochs, nothing evaluated on the way."""
    return TrainingSettings(
        max_epochs=epochs,
        min_updates=0,
        batch_size=BATCH,
        head_start="zeros",
        evaluations=1,
        early_stopping=None,
    )


def ours(labelled: Drawn, precision: Any) -> Fit:
    """Through the public learner."""
    from tests.benchmarks.performance.ours import StageClock
    from text_al.training.finetuned import FineTuned
    from text_al.training.model import TextList

    learner = FineTuned(
        TextList(labelled.texts), labelled.labels,
        encoder=EncoderSettings(encoder="demo:minilm", max_length=MAX_LENGTH),
        compute=ComputeSettings(device="cpu", precision=precision, threads=1),
    )  # fmt: skip
    rows = np.arange(len(labelled))

    def fit(epochs: int, seed: int) -> tuple[float, list[float]]:
        learner.training, learner.seed, clock = settings_for(epochs), seed, StageClock()
        with Stopwatch() as watch:
            learner.fit(rows, labelled.targets, None, round_number=1, global_step=0, reporter=clock)
        return watch.seconds - clock.seconds["tokenise"], clock.losses

    return fit


def peer(labelled: Drawn, **settings: Any) -> Fit:
    """Through `transformers.Trainer`; `settings` are of its `TrainingArguments`."""
    from transformers import DataCollatorWithPadding, PrinterCallback, Trainer, TrainingArguments

    from tests.benchmarks.performance.twin import twin_of

    learner = _beginning(labelled)
    tokenizer: Any = learner.net.loaded.tokenizer
    encoded = tokenizer(labelled.texts, truncation=True, max_length=MAX_LENGTH)
    targets = labelled.targets.astype(np.float32).tolist()
    rows: Any = [
        {**dict(zip(encoded, values, strict=True)), "labels": target}
        for *values, target in zip(*encoded.values(), targets, strict=True)
    ]

    def fit(epochs: int, seed: int) -> tuple[float, list[float]]:
        arguments = TrainingArguments(
            output_dir=tempfile.gettempdir(), num_train_epochs=epochs, per_device_train_batch_size=BATCH,
            use_cpu=True, seed=seed, save_strategy="no", report_to="none", disable_tqdm=True,
            dataloader_pin_memory=False, logging_steps=1, **settings,
        )  # fmt: skip
        twin = twin_of(learner)
        trainer = Trainer(
            twin, arguments, train_dataset=rows, data_collator=DataCollatorWithPadding(tokenizer),
            optimizers=_same_optimizer(twin, epochs, len(rows)),
        )  # fmt: skip
        trainer.remove_callback(PrinterCallback)
        with Stopwatch() as watch:
            trainer.train()
        return watch.seconds, [line["loss"] for line in trainer.state.log_history if "loss" in line]

    return fit


def _beginning(labelled: Drawn) -> Any:
    """A learner as our fit begins: a head of zeros, and the labels' log-odds for a bias."""
    from text_al.training.finetuned import FineTuned
    from text_al.training.linear_head import LinearHead, rate_log_odds
    from text_al.training.model import TextList

    encoder = EncoderSettings(encoder="demo:minilm", max_length=MAX_LENGTH)
    learner = FineTuned(TextList([]), labelled.labels, encoder=encoder)
    n_labels, width = learner.model.head.weight.shape
    learner.model.set_head(LinearHead(np.zeros((n_labels, width)), rate_log_odds(labelled.targets)))
    return learner


def _same_optimizer(twin: Any, epochs: int, n: int) -> tuple[Any, Any]:
    """Our own optimizer over the twin's weights, and our schedule as torch has it."""
    from torch.optim.lr_scheduler import LambdaLR

    from text_al.training.optimisation import Schedule, make_optimizer

    settings = settings_for(epochs)
    optimizer = make_optimizer(twin, settings)
    updates = epochs * -(-n // BATCH)
    schedule = Schedule(settings.lr_scheduler_type, updates, settings.warmup_ratio)
    return optimizer, LambdaLR(optimizer, schedule.at)


def _cost(name: str, found: Sequence[Measured[float]]) -> Mapping[str, Any]:
    seconds = {(one.path, one.repetition): one.found for one in found}
    own = {at: value for (path, at), value in seconds.items() if path == name}
    return {
        "path": name,
        "CPU seconds an epoch": median(own.values()),
        "x HF Trainer": median(seconds[PEER, at] / value for at, value in own.items()),
    }


def _curves(fits: Mapping[str, Fit], n_seeds: int) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = []
    for name, fit in fits.items():
        losses = [np.array_split(fit(CURVE_EPOCHS, seed)[1], QUARTERS) for seed in range(n_seeds)]
        columns = {
            f"quarter {at + 1}": _with_spread([float(parts[at].mean()) for parts in losses])
            for at in range(QUARTERS)
        }
        rows.append({"path": name, **columns})
    return rows


def _with_spread(values: Sequence[float]) -> tuple[float, float]:
    return mean(values), stdev(values) if len(values) > 1 else 0.0
