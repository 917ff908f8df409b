"""A label is added whole or not at all, and a run that is killed with it ends as if nothing had happened."""

import json

import pytest
from kill_examples import KILLED, Forge
from loop_examples import decisions, read_rounds, timeless
from test_kill import MODULES
from test_labels_add_run import NAME, config_of, fill, run_of, sheet

from text_al.assemble.labels import label_counts
from text_al.data.store import RunStore
from text_al.loop.new_labels import Backfill, backfills

KNOWN = {
    "before execute begin_with_label<add_label after 1 rounds",
    "after execute begin_with_label<add_label after 1 rounds",
    "before execute ask_backfill<_step<advance after 1 rounds",
    "after execute ask_backfill<_step<advance after 1 rounds",
    "before execute fit_round<_step<advance after 1 rounds",
}
"""Some boundaries, so that the test cannot pass because none was watched."""
BACKFILL = 6


@pytest.fixture(scope="module")
def forge():
    with Forge(
        *MODULES, "text_al.assemble.labels", "text_al.assemble.answers", "text_al.cli.label_screens"
    ) as made:
        yield made


def until_done(forge, *arguments, journal, look=lambda: None):
    """Runs a command again and again, killed at each boundary once; its last exit status, and the kills."""
    n_kills = 0
    while (status := forge.run(*arguments, journal=journal)) == KILLED:
        n_kills += 1
        look()
    return status, n_kills


def answered(forge, config, name):
    fill(sheet(config, name))
    assert forge.run("import", config, sheet(config, name)) == 0


def half_done(forge, folder):
    folder.mkdir()
    config = config_of(folder)
    assert forge.run("run", config) == 0
    answered(forge, config, "round-000")
    assert forge.run("run", config) == 0
    answered(forge, config, "round-001")
    return config


def add(config):
    return ("labels", "add", NAME, config, "--backfill", BACKFILL)


def labels_of(config):
    """What the store says of its labels, all of which must agree."""
    with RunStore.open(run_of(config) / "state.db", read_only=True) as store:
        wanted, added = backfills(store), json.loads(store.meta("pool.added") or "[]")
    names = [label.name for label in label_counts(run_of(config))]
    is_there = NAME in names
    assert (len(names), len(added)) == ((3, 1) if is_there else (2, 0))
    return is_there, wanted


def outcome(config):
    run = run_of(config)
    kept = ("state.db-wal", "state.db-shm", "state.db.pid")
    return {
        "rounds": [timeless(record) for record in read_rounds(run)],
        "decisions": decisions(run),
        "files": {str(path.relative_to(run)) for path in run.rglob("*") if path.name not in kept},
        "asked": sheet(config, "labels-001").read_bytes(),
    }


def test_killed_at_each_boundary_from_the_add_to_the_next_fit_a_run_ends_as_the_unbroken_one(forge, tmp_path):
    unbroken = half_done(forge, tmp_path / "unbroken")
    killed = half_done(forge, tmp_path / "killed")
    journal = tmp_path / "journal"
    assert forge.run(*add(unbroken)) == 0
    seen = []
    status, n_kills = until_done(
        forge, *add(killed), journal=journal, look=lambda: seen.append(labels_of(killed))
    )
    assert status == 2  # it was added before the kill that came after the commit: there is one already
    assert list(dict.fromkeys(seen)) == [(False, ()), (True, (Backfill(2, BACKFILL),))]
    for name in ("labels-001", None):
        assert forge.run("run", unbroken) == 0
        status, more = until_done(forge, "run", killed, journal=journal)
        assert status == 0
        n_kills += more
        for config in (unbroken, killed) if name else ():
            answered(forge, config, name)
    boundaries = journal.read_text(encoding="utf-8").splitlines()
    assert len(boundaries) == n_kills
    assert set(boundaries) >= KNOWN
    expected, found = outcome(unbroken), outcome(killed)
    for part, value in expected.items():
        assert found[part] == value, part
    assert labels_of(killed) == (True, ())
