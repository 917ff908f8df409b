"""A person's run over many processes ends as the simulated one does that is given the same answers."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from cli_examples import text_al as text_al
from loop_examples import a_file_run, decisions, read_rounds

WORDS = {"x": ("red", "warm", "fire"), "y": ("blue", "cold", "sea"), "": ("grey", "plain", "wall")}
N_ROWS = 120
SKIPPED = {f"t{place:03}" for place in range(3, 120, 7)}


def rows():
    """Texts of three kinds, and some of two at once."""
    rng = np.random.default_rng(3)
    made = []
    for place in range(N_ROWS):
        kinds = [["x"], ["y"], ["x", "y"], [""]][int(rng.integers(4))]
        words = [str(rng.choice(WORDS[kind])) for kind in kinds for _ in range(3)]
        labels = None if f"t{place:03}" in SKIPPED else [kind for kind in kinds if kind]
        made.append({"id": f"t{place:03}", "text": f"{' '.join(words)} {place}", "labels": labels})
    return made


ROWS = rows()
LABELS = {row["id"]: row["labels"] for row in ROWS}
ACTIVE = {"initial_size": 20, "query_size": 10, "budget": 50, "strategy": {"type": "multilabel_margin"}}


def in_its_own_process(config):
    """`text-al run` as somebody types it again."""
    command = [sys.executable, "-m", "text_al", "run", str(config)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def fill_jsonl(path, target, ids):
    """The query file with the answers to some ids, as somebody fills it in."""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        if item.get("id") in ids:
            answer = LABELS[item["id"]]
            item["labels"] = answer
            item["status"] = "skipped" if answer is None else "labelled"
        lines.append(json.dumps(item))
    target.write_text("\n".join(lines), encoding="utf-8")
    return target


def the_waiting_ids(folder, name):
    lines = (folder / "queries" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [item["id"] for item in map(json.loads, lines) if "id" in item]


def end_of(folder):
    """What is left of a run, but for clocks, who answered, and where."""
    events = [
        (event.row, event.kind, event.round, event.request, event.targets, event.inclusion)
        for event in decisions(folder)
        if event.kind in ("asked", "labelled", "skipped")
    ]
    # Skips of texts whose labels nobody knows are about all labels in both, whoever says so.
    rounds = [
        (record.round, record.n_labelled, dict(record.metrics), record.thresholds, record.finished)
        for record in read_rounds(folder)
    ]
    return sorted(events, key=repr), rounds


@pytest.mark.slow
def test_a_persons_run_over_many_processes_ends_as_the_simulated_one(tmp_path, text_al):
    people, simulated = tmp_path / "people", tmp_path / "simulated"
    people.mkdir()
    simulated.mkdir()
    unlabelled = [{name: row[name] for name in ("id", "text")} for row in ROWS]
    config = a_file_run(people, unlabelled, run_it=False, active_learning=ACTIVE)
    out, n_processes = in_its_own_process(config), 1
    run = people / "saved" / "run"
    while "Finished" not in out:
        name = max((run / "queries").glob("*.jsonl")).stem
        ids = the_waiting_ids(run, name)
        for part in (ids[:-4], ids[2:-2], ids):  # twice is once, and a part is welcome
            filled = fill_jsonl(run / "queries" / f"{name}.jsonl", people / f"{name} (1).jsonl", part)
            assert text_al("import", config, filled)[0] == 0
            if len(part) < len(ids) - 1:
                assert f"queries/{name}.csv" in text_al("run", config)[1]  # it waits for the same batch
        out, n_processes = in_its_own_process(config), n_processes + 1
    assert n_processes >= 4
    other = a_file_run(
        simulated,
        ROWS,
        run_it=False,
        active_learning=ACTIVE,
        oracle={"type": "simulated"},
        data={"pool": str(simulated / "pool.jsonl"), "validation": None, "labels": ["x", "y"]},
    )
    assert text_al("run", other)[0] == 0
    assert end_of(run) == end_of(simulated / "saved" / "run")
    assert any(event[1] == "skipped" for event in end_of(run)[0])
