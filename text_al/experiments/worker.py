"""A process that runs cells, one after the other: it imports once, and dies with the process that feeds it.

    python -m text_al.experiments.worker

A line of JSON in for each cell, lines of JSON out: how far it is, and how it ended. What libraries print goes
to standard error.
"""

import json
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from text_al.errors import TextALError


def main() -> None:
    """Runs the cells of standard input until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; who feeds us decides
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        for job in _jobs(sys.stdin):
            for line in _done(job, answers):
                _say(answers, line)


def _jobs(stream: TextIO) -> Iterator[dict[str, Any]]:
    """What comes in, read beside the work: its end, at any moment, is the end of this process."""
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        for line in stream:
            waiting.put(line)
        os._exit(0)  # whoever fed us is gone, or needs us no more; a run survives any end

    threading.Thread(target=read, daemon=True).start()
    while True:
        yield json.loads(waiting.get())


def _done(job: Mapping[str, Any], answers: TextIO) -> Iterator[dict[str, Any]]:
    from text_al.experiments.cell_state import ERROR

    folder = Path(job["config"]["output_dir"]) / job["config"]["name"]
    (folder / ERROR).unlink(missing_ok=True)
    try:
        seconds = _run(job, answers)
    except Exception as error:  # noqa: BLE001 - whatever happens to a cell, the others go on
        said = str(error) if isinstance(error, TextALError) else f"{type(error).__name__}: {error}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ERROR).write_text(traceback.format_exc(), encoding="utf-8")
        yield {"event": "failed", "sentence": said}
    else:
        yield {"event": "done", "seconds": seconds}


def _run(job: Mapping[str, Any], answers: TextIO) -> float:
    from text_al.config import config_from_dict
    from text_al.experiments.cells import Cell
    from text_al.experiments.one_cell import run_cell
    from text_al.experiments.prepared import prepared, ready

    cell = Cell(**{**job["cell"], "config": config_from_dict(job["config"])})
    data_root = None if job["data_root"] is None else Path(job["data_root"])
    config = ready(cell, prepared(cell, Path(job["comparison"]), data_root))
    budget = config.active_learning.budget
    state = run_cell(
        cell,
        config,
        keep_models=job["keep_models"],
        tell=lambda n: _say(answers, {"event": "round", "share": min(1.0, n / budget)}),
    )
    return state.seconds


def _say(answers: TextIO, line: Mapping[str, Any]) -> None:
    with suppress(BrokenPipeError):  # the thread that reads sees the same end
        answers.write(json.dumps(line) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
