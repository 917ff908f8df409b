"""README's table: fine-tuned MiniLM on random labels, test F1 over seeds.

    python tests/benchmarks/random_labels.py --data data/goemotions
    python tests/benchmarks/random_labels.py --config configs/nlupp.yaml --data data/nlupp --sizes 300 \
        --validation 308 --test 613

The folder holds train.jsonl, validation.jsonl and test.jsonl with id, text and labels. Validation texts serve
early stopping and thresholds, test texts measure; both are drawn once (seed 0), the labelled texts anew for
each seed. Settings may follow after --, such as training.head_start=zeros.
"""

import argparse
import tempfile
from math import inf
from pathlib import Path
from statistics import mean

import text_al
from text_al.loop.run import Run
from text_al.metrics import f1_scores, sigmoid
from text_al.reporting import Silent
from text_al.training.thresholds import tune_thresholds

METRICS = (
    "macro_f1_tuned",
    "micro_f1_tuned",
    "sample_f1_tuned",
    "macro_f1_at_0.5",
    "macro_average_precision",
)


def one_run(arguments: argparse.Namespace, size: int, seed: int) -> dict[str, float]:
    """Test metrics of one fit on `size` random labels."""
    data = arguments.data
    with tempfile.TemporaryDirectory() as saved:
        config = text_al.load_config(
            arguments.config,
            [
                f"data.pool={data / 'train.jsonl'}",
                f"data.validation={{path: {data / 'validation.jsonl'}, sample: {arguments.validation}}}",
                f"data.test={{path: {data / 'test.jsonl'}, sample: {arguments.test}}}",
                f"seed={seed}",
                "model.encoder=demo:minilm",
                f"active_learning.initial_size={size}",
                f"active_learning.budget={size}",
                "tracking.tensorboard=false",
                f"output_dir={saved}",
                *arguments.overrides,
            ],
        )
        with text_al.open_run(config) as run:
            text_al.advance(run)
            found = run.records()[-1].metrics
            own = own_cuts(run)
    return {name: found[f"test_{name}"] for name in METRICS} | own


def own_cuts(run: Run) -> dict[str, float]:
    """Test F1 of the same model at each label's own best validation cut, not pulled towards a common one."""
    validation, test = run.validation, run.test
    probs = sigmoid(run.learner.logits(validation.source, Silent()))
    thresholds = tune_thresholds(validation.targets, probs, shrinkage=0.0, max_ratio=inf)
    scores = f1_scores(test.targets, sigmoid(run.learner.logits(test.source, Silent())) >= thresholds)
    return {"macro_own": scores.macro, "micro_own": scores.micro}


def main() -> None:
    """Prints the table in Markdown, a line a size, means over the seeds, and each seed's macro-F1."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--config", type=Path, default=Path(__file__).parents[2] / "configs" / "goemotions.yaml"
    )
    parser.add_argument("--validation", type=int, default=1000)
    parser.add_argument("--test", type=int, default=2000)
    parser.add_argument("--sizes", type=int, nargs="+", default=[500, 1000])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("overrides", nargs="*", default=[])
    arguments = parser.parse_args()
    print(
        "| labels | macro-F1 tuned | micro-F1 tuned | sample-F1 tuned | macro-F1 at 0.5 | mAP "
        "| macro / micro-F1 at each label's own cut | each seed's macro-F1 tuned |\n" + "|---" * 8 + "|"
    )
    for size in arguments.sizes:
        runs = [one_run(arguments, size, seed) for seed in arguments.seeds]
        means = " | ".join(f"{mean(run[name] for run in runs):.3f}" for name in METRICS)
        own = " / ".join(f"{mean(run[name] for run in runs):.3f}" for name in ("macro_own", "micro_own"))
        each = ", ".join(f"{run['macro_f1_tuned']:.3f}" for run in runs)
        print(f"| {size} | {means} | {own} | {each} |", flush=True)


if __name__ == "__main__":
    main()
