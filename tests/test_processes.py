"""Two processes train and score as one: torchrun on the CPU."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from text_al.data.store import RunStore
from text_al.loop.run import stored_records

ROUNDS = 3


@pytest.fixture
def calm_encoder(tiny_encoder, tmp_path):
    """The tiny encoder without dropout, whose draws are each process's own."""
    folder = tmp_path / "encoder"
    shutil.copytree(tiny_encoder, folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def configure(tmp_path, encoder, **more):
    config = {
        "name": "run",
        "data": {
            "pool": {"generated": "tickets", "size": 120},
            "validation": {"generated": "tickets", "size": 41, "part": 1},
            "test": {"generated": "tickets", "size": 37, "part": 2},
        },
        "model": {"encoder": str(encoder), "max_length": 32, "dropout": 0.0},
        # 21 texts in batches of 4: the last batch of an epoch holds one, and the second process none of it.
        "training": {"max_epochs": 2, "min_updates": 0, "batch_size": 4, "evaluations": 2, **more},
        "active_learning": {"initial_size": 21, "query_size": 5, "budget": 21 + 5 * (ROUNDS - 1)},
        "compute": {"precision": "fp32", "device": "cpu", "threads": 1},
        "tracking": {"tensorboard": False, "progress": "none"},
    }
    path = tmp_path / "run.yaml"
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def run(tmp_path, config, output_dir, n_processes):
    alone = [sys.executable, "-m", "text_al"]
    together = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        f"--nproc_per_node={n_processes}",
    ]
    command = [*(alone if n_processes == 1 else [*together, "-m", "text_al"]), "run", str(config)]
    done = subprocess.run(
        [*command, f"output_dir={tmp_path / output_dir}"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    with RunStore.open(tmp_path / output_dir / "run" / "state.db", read_only=True) as store:
        return stored_records(store), done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("accumulation", [1, 2])
def test_two_processes_choose_and_measure_as_one(tmp_path, calm_encoder, accumulation):
    config = configure(tmp_path, calm_encoder, gradient_accumulation_steps=accumulation)
    one, _ = run(tmp_path, config, "one", 1)
    two, printed = run(tmp_path, config, "two", 2)
    assert len(one) == len(two) == ROUNDS
    for alone, together in zip(one, two, strict=True):
        assert [text.row for text in alone.queried] == [text.row for text in together.queried]
        names = sorted(alone.metrics)
        assert names == sorted(together.metrics)
        found, expected = ([record.metrics[name] for name in names] for record in (together, alone))
        assert np.allclose(found, expected, atol=1e-3)
    assert printed.count("Finished: ") == 1
