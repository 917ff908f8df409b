"""A pool of a million texts: prepared, scored and queried by the command a user types, and killed.

Texts are GoEmotions' own, repeated and perturbed; the encoder is small (2 layers, 64 wide, random, over
MiniLM's words), so that what is measured is the machinery around it. Each size is run once unbroken; the
largest is run again and killed twice, once while it reads and once while it scores, and must choose the same
texts. Peak memory is that of the whole process, from the kernel.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.performance.report import Report
from text_al.data.store import RunStore

TRAIN, VALIDATION = 200, 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The suite's own settings."""
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--work", type=Path, default=Path("saved/million"), help="a few GB are written here")


def run(arguments: argparse.Namespace, report: Report) -> None:
    """Prints a table with a line a size, and whether the killed run chose the same."""
    arguments.work.mkdir(parents=True, exist_ok=True)
    lines = (arguments.data / "train.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [(row["text"], row["labels"]) for row in map(json.loads, lines)]
    encoder, rows = _small_encoder(arguments.work / "encoder"), []
    for size in arguments.sizes:
        pool = _write_pool(arguments.work / f"pool-{size}.jsonl", texts, size)
        rows.append(_row(size, _run(arguments.work, encoder, pool, f"whole-{size}", kills=())))
    report.table("million", rows)
    size = arguments.sizes[-1]
    pool = arguments.work / f"pool-{size}.jsonl"
    done = _run(arguments.work, encoder, pool, f"killed-{size}", kills=("reads", "scores"))
    chosen, wanted = (_chosen(arguments.work, f"{name}-{size}") for name in ("killed", "whole"))
    report.say(
        f"{size:,} texts once more, killed {done['kills']} times on the way: the same texts and scores "
        f"chosen: {chosen == wanted}; peak memory of any of its processes {done['peak']:,.0f} MiB"
    )


def _write_pool(path: Path, texts: list[tuple[str, list[str]]], size: int) -> Path:
    """Texts drawn with repetition, two words swapped and a number added, so that none is there twice."""
    rng = np.random.default_rng(0)
    with path.open("w", encoding="utf-8") as file:
        for number, place in enumerate(rng.integers(0, len(texts), size)):
            text, labels = texts[place]
            words = text.split()
            one, other = rng.integers(0, len(words), 2)
            words[one], words[other] = words[other], words[one]
            line = {"id": f"t{number}", "text": f"{' '.join(words)} {number}", "labels": labels}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return path


def _small_encoder(folder: Path) -> Path:
    """2 layers, 64 wide, random weights, MiniLM's words."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertModel

    from text_al.training.encoders import demo_encoder, quiet_transformers

    tokenizer = AutoTokenizer.from_pretrained(demo_encoder())
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=128,
        initializer_range=0.2,
    )
    torch.manual_seed(0)
    with quiet_transformers():
        BertModel(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return folder


def _run(work: Path, encoder: Path, pool: Path, name: str, *, kills: tuple[str, ...]) -> dict[str, Any]:
    """The command line, again after each kill; seconds, CPU seconds and the highest peak in MiB."""
    folder = work / name
    for old in (folder, work / "cache"):
        shutil.rmtree(old, ignore_errors=True)
    began, cpu, peak, n_kills = time.monotonic(), 0.0, 0.0, 0
    for moment in (*kills, None):
        process = subprocess.Popen(
            _command(work, encoder, pool, name),
            stdout=subprocess.DEVNULL,
            env=os.environ | {"HF_HUB_OFFLINE": "1"},
        )
        if moment is not None and _wait_for(moment, folder, process):
            process.send_signal(signal.SIGKILL)
            n_kills += 1
        _, status, used = os.wait4(process.pid, 0)
        if moment is None and status:
            raise SystemExit(f"{name} ended with status {status}")
        cpu, peak = cpu + used.ru_utime + used.ru_stime, max(peak, used.ru_maxrss / 1024)
    return {
        "seconds": time.monotonic() - began,
        "cpu": cpu,
        "peak": peak,
        "kills": n_kills,
        **_scoring(folder),
    }


def _command(work: Path, encoder: Path, pool: Path, name: str) -> list[str]:
    changes = {
        "name": name,
        "output_dir": work,
        "data.pool": pool,
        "data.validation": "null",
        "data.test": "null",
        "data.split.validation": VALIDATION,
        "learner.type": "finetuned",
        "model.encoder": encoder,
        "compute.cache": work / "cache",
        "training.max_epochs": 1,
        "training.min_updates": 20,
        "active_learning.strategy.type": "multilabel_margin",
        "active_learning.initial_size": TRAIN,
        "active_learning.query_size": 50,
        "active_learning.budget": TRAIN + 50,
        "active_learning.stop.max_rounds": 2,
        "tracking.tensorboard": "false",
        "tracking.progress": "none",
    }
    command = [sys.executable, "-m", "text_al", "run", "configs/goemotions.yaml"]
    return [*command, *(f"{key}={value}" for key, value in changes.items())]


def _wait_for(moment: str, folder: Path, process: "subprocess.Popen[bytes]") -> bool:
    """Whether the moment came before the process ended."""
    for _ in iter(lambda: process.poll() is None, False):
        if moment in _signs(folder):
            return True
        time.sleep(0.05)
    return False


def _signs(folder: Path) -> Iterator[str]:
    """What the run's folder shows it is doing."""
    if any(folder.glob("corpus/*.part")) or any(folder.glob("corpus/**/*.part")):
        yield "reads"
    journals = list(folder.glob("scores/**/journal.json"))
    if any(json.loads(journal.read_text() or "{}").get("parts", 0) >= 2 for journal in journals):
        yield "scores"


def _scoring(folder: Path) -> dict[str, Any]:
    """Seconds of scoring in the first round, and how many texts that was."""
    record = _records(folder)[0]
    return {"score": record["seconds"]["score"], "n_scored": record["n_pool"]}


def _records(folder: Path) -> list[dict[str, Any]]:
    with RunStore.open(folder / "state.db") as store:
        return [json.loads(stored.record_json) for stored in store.rounds()]


def _chosen(work: Path, name: str) -> list[Any]:
    """Rows and scores chosen in the first round."""
    return [(text["row"], text["score"]) for text in _records(work / name)[0]["queried"]]


def _row(size: int, done: dict[str, Any]) -> dict[str, Any]:
    return {
        "texts": size,
        "seconds": done["seconds"],
        "CPU seconds": done["cpu"],
        "of it scoring, seconds": done["score"],
        "texts scored per second": round(done["n_scored"] / max(done["score"], 1e-9)),
        "peak memory, MiB": done["peak"],
    }
