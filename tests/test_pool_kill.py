"""A process that labels is killed at any moment: no batch is lost or torn, and memory equals the store."""

import random
import subprocess
import sys
import time

import numpy as np

from text_al.data.pool import QueryPool
from text_al.data.store import RunStore

BATCH = 20
N_ROWS = 200_000

LABEL_ON = f"""
import sys
from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.types import Answer, LabelRequest

with RunStore.open(sys.argv[1]) as store:
    pool = QueryPool.open(store)
    while True:
        rows = tuple(pool.unlabelled()[:{BATCH}].tolist())
        number = rows[0] // {BATCH}
        pool.mark_pending(LabelRequest(f"r{{number}}", number, rows, None, ("",) * {BATCH}, "first"))
        answers = [Answer(row, "labelled", (row % 2, 1), "anna", "", "2026-01-01") for row in rows]
        with store.transaction():
            pool.label(answers, round=number)
            store.set_meta("batches", str(number + 1))
        print(number + 1, flush=True)
"""


def killed_after(seconds, path):
    """The last batch that the process said was kept, before it was killed so long after its first one."""
    process = subprocess.Popen([sys.executable, "-c", LABEL_ON, str(path)], stdout=subprocess.PIPE, text=True)
    first = process.stdout.readline()
    time.sleep(seconds)
    process.kill()
    rest, _ = process.communicate()
    whole_lines = [line for line in (first + rest).splitlines(keepends=True) if line.endswith("\n")]
    return int(whole_lines[-1])


def test_when_a_process_is_killed_at_random_moments_no_batch_is_lost_or_torn(tmp_path):
    path = tmp_path / "state.db"
    with RunStore.create(path, {}) as store:
        QueryPool.create(store, N_ROWS, ["odd", "all"], "abc")
    for seconds in random.Random(0).choices(range(60), k=10):
        said = killed_after(seconds / 1000, path)
        with RunStore.open(path) as store:
            pool = QueryPool.open(store, fingerprint="abc")
            kept = int(store.meta("batches"))
            rows, targets = pool.labelled()
            assert said <= kept <= said + 1
            assert rows.tolist() == list(range(kept * BATCH))
            assert targets[:, 0].tolist() == [row % 2 for row in rows]
            assert np.flatnonzero(pool.idxs_labeled).tolist() == rows.tolist()
            assert pool.counts().pending in (0, BATCH)
            for request in pool.open_requests():
                pool.release(request.id)
    assert kept > 10
