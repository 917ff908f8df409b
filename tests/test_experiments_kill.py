"""A comparison that is killed, with its workers or without, goes on and ends as if it had not been."""

import contextlib
import io
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from grid_examples import collected_rows, rows, run, write

from text_al.experiments.cell_state import read_state

pytestmark = pytest.mark.slow  # fresh processes import a lot

SEEDED = {"workers": 2, "seeds": 3}
N_KILLS = 4
COMMAND = """
import sys
from text_al.experiments.comparison_file import load_comparison
from text_al.experiments.grid import run_grid
from text_al.experiments.grid_view import GridLines
outcome = run_grid(load_comparison(sys.argv[1]), GridLines(sys.stderr))
print(outcome.n_done)
"""


def start(path):
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(path)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def children(process):
    """Process ids of its workers."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == process:
                found.append(int(stat.parent.name))
    return found


def is_alive(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def n_begun(folder):
    return len(list((folder / "saved/small/cells").glob("*/*/*/*/cell.json")))


def n_finished(folder):
    paths = (folder / "saved/small/cells").glob("*/*/*/*/cell.json")
    return sum(bool(read_state(path.parent).finished) for path in paths)


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    folder = tmp_path_factory.mktemp("unbroken")
    outcome = run(folder, io.StringIO(), **SEEDED)
    assert not outcome.failures
    return rows(outcome.folder)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_killed_at_random_moments_a_comparison_ends_as_the_unbroken_one(tmp_path, unbroken):
    path = write(tmp_path, **SEEDED)
    rng = random.Random(0)
    struck = []
    for number in range(N_KILLS):
        before = n_begun(tmp_path)
        process = start(path)
        wait_for(
            lambda before=before, process=process: n_begun(tmp_path) > before or process.poll() is not None
        )
        time.sleep(rng.uniform(0, 0.4))
        workers = children(process.pid)
        if number % 2:  # half of the times the workers are left to find out for themselves
            for worker in workers:
                os.kill(worker, signal.SIGKILL)
        process.kill()
        process.wait()
        wait_for(lambda workers=workers: not any(map(is_alive, workers)))
        struck.append(n_finished(tmp_path))
    assert struck[-1] < 15, "no kill came before the end"
    stamps = {
        state: state.stat().st_mtime_ns
        for state in (tmp_path / "saved").rglob("cell.json")
        if read_state(state.parent).finished
    }
    outcome = run(tmp_path, io.StringIO(), **SEEDED)
    assert (outcome.n_done, outcome.failures) == (15, ())
    assert rows(outcome.folder) == unbroken
    assert {state: state.stat().st_mtime_ns for state in stamps} == stamps
    assert collected_rows(outcome.folder) == unbroken


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_a_worker_that_is_killed_is_replaced_and_its_cell_goes_on(tmp_path, unbroken):
    path = write(tmp_path, **SEEDED)
    process = start(path)
    wait_for(lambda: n_begun(tmp_path) > 0)
    os.kill(children(process.pid)[0], signal.SIGKILL)
    assert process.wait(timeout=120) == 0
    assert rows(tmp_path / "saved" / "small") == unbroken


def test_ctrl_c_ends_workers_and_loses_nothing(tmp_path):
    path = write(tmp_path, **SEEDED)
    process = start(path)
    wait_for(lambda: n_begun(tmp_path) > 0)
    workers = children(process.pid)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) != 0
    assert not any(map(is_alive, workers))
    finished = n_finished(tmp_path)
    outcome = run(tmp_path, io.StringIO(), **SEEDED)
    assert outcome.n_done == 15 >= finished
