"""A run that is killed at any moment and started again ends as if nothing had happened; no label is lost."""

import itertools
import time
from collections import Counter

import pytest
from kill_examples import KILLED, Forge, moments
from loop_examples import decisions, read_rounds, timeless, weights, write_config

from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.errors import PoolError

N_KILLS = 30
SMALL = {"data": {"pool": {"generated": "tickets", "size": 40}}}
KNOWN = {
    "before replace run/corpus/pool.arrow.part after 0 rounds",
    "after execute pool_of<open_run after 0 rounds",
    "before execute mark_pending<ask<_begin<_step<advance after 0 rounds",
    "before execute label<_collect<_step<advance after 0 rounds",
    "after rename run/models/.round-002.partial after 1 rounds",
    "before execute fit_round<_step<advance after 1 rounds",
    "after replace run/models/.best.new after 2 rounds",
    "before execute _keep_query<_query_or_finish<_step<advance after 2 rounds",
    "after execute keep_round<_finish<_query_or_finish<_step<advance after 4 rounds",
    "before replace run/.learning_curve.png.pid.tmp after 4 rounds",
}
"""Some boundaries, so that the test cannot pass because none was watched."""
MODULES = (
    "text_al.cli.commands", "text_al.assemble.runs", "text_al.loop.rounds", "text_al.cli.screens",
    "sklearn.feature_extraction.text", "scipy.optimize", "safetensors.numpy",
    "matplotlib.figure", "matplotlib.font_manager", "matplotlib.backends.backend_agg",
)  # fmt: skip


@pytest.fixture(scope="module")
def forge():
    with Forge(*MODULES) as made:
        yield made


def a_config(folder, **changes):
    folder.mkdir()
    return write_config(folder, **changes), folder / "saved" / "run"


def events(run):
    """All that is known of any text at this moment, times included; nothing where there is no pool yet."""
    try:
        with RunStore.open(run / "state.db", read_only=True) as store:
            return list(QueryPool.open(store).events())
    except PoolError:
        return []


def whole_rounds(run):
    """What rounds.jsonl holds at this moment; every line of it must be whole."""
    return [timeless(record) for record in read_rounds(run)] if (run / "rounds.jsonl").exists() else []


def stage(run):
    """How far a run has come, in a word or two."""
    if not (run / "state.db").exists():
        return "preparing"
    try:
        with RunStore.open(run / "state.db", read_only=True) as store:
            rounds, waiting = store.rounds(), QueryPool.open(store).open_requests()
    except PoolError:
        return "preparing"
    return f"{len(rounds)} {rounds[-1].phase if rounds else ''}{' asked' if waiting else ''}"


def outcome(run):
    """All that must not depend on kills."""
    files = {str(path.relative_to(run)) for path in run.rglob("*")} - {"state.db-wal", "state.db-shm"}
    return {
        "rounds": whole_rounds(run),
        "decisions": decisions(run),
        "weights": weights(run),
        "files": files,
        "corpus": {path.name: path.read_bytes() for path in sorted((run / "corpus").iterdir())},
    }


def assert_same(run, unbroken):
    """Part by part, so that a failure shows which one."""
    found = outcome(run)
    for part, expected in unbroken.items():
        assert found[part] == expected, part


def killed_until(forge, config, run, delays, kills_left):
    """Starts and kills a run until it ends, or until so many kills are spent; where the kills struck."""
    struck = Counter()
    while kills_left:
        seen = []
        status = forge.kill(
            "run", config, after=next(delays), just_before=lambda seen=seen: seen.extend(events(run))
        )
        assert events(run)[: len(seen)] == seen
        assert status in (0, KILLED)
        if status == 0:
            break
        struck[stage(run)] += 1
        kills_left -= 1
        rounds = whole_rounds(run)
        if rounds and rounds[-1]["finished"]:
            break
    return struck


def test_killed_at_thirty_random_moments_runs_end_as_the_unbroken_one(forge, tmp_path):
    config, run = a_config(tmp_path / "unbroken", **SMALL)
    began = time.monotonic()
    assert forge.run("run", config) == 0
    # half of a run's time is enough to come further, and seldom enough to come to the end
    delays = moments(seed=0, longest=0.5 * (time.monotonic() - began))
    unbroken = outcome(run)
    assert [record["n_labelled"] for record in unbroken["rounds"]] == [10, 15, 20, 25]
    struck = Counter()
    for number in itertools.count():
        config, run = a_config(tmp_path / str(number), **SMALL)
        struck += killed_until(forge, config, run, delays, N_KILLS - struck.total())
        labels = [event for event in events(run) if event.kind == "labelled"]
        assert forge.run("run", config) == 0
        assert [event for event in events(run) if event.kind == "labelled"][: len(labels)] == labels
        assert_same(run, unbroken)
        if struck.total() == N_KILLS:
            break
    assert len(struck) >= 4, struck


def test_killed_before_and_after_each_commit_and_each_rename_a_run_ends_as_the_unbroken_one(forge, tmp_path):
    config, run = a_config(tmp_path / "unbroken", **SMALL)
    assert forge.run("run", config) == 0
    unbroken = outcome(run)
    config, run = a_config(tmp_path / "killed", **SMALL)
    journal = tmp_path / "journal"
    n_kills, seen = 0, []
    while (status := forge.run("run", config, journal=journal)) == KILLED:
        n_kills += 1
        kept = events(run)
        assert kept[: len(seen)] == seen
        seen = kept
        whole_rounds(run)
    assert status == 0
    boundaries = journal.read_text(encoding="utf-8").splitlines()
    assert len(boundaries) == n_kills
    assert {line.replace(str(run), "run") for line in boundaries} >= KNOWN
    assert_same(run, unbroken)


def with_an_encoder(encoder, learner, **training):
    return {
        "learner": {"type": learner},
        "model": {"encoder": str(encoder), "max_length": 32},
        "training": {"max_epochs": 2, "min_updates": 12, "evaluations": 3, "cross_fit": 2, **training},
        "active_learning": {"budget": 20},
        "compute": {"device": "cpu", "threads": 1},
        **SMALL,
    }


def without_validation(settings):
    return {**settings, "data": {**settings["data"], "validation": None}}


@pytest.mark.slow
@pytest.mark.parametrize("case", ["fresh", "warm", "auto"])
def test_killed_while_it_trains_an_encoder_a_run_ends_as_the_unbroken_one(tiny_encoder, tmp_path, case):
    if case == "auto":
        settings = without_validation(with_an_encoder(tiny_encoder, "auto"))
    else:
        settings = with_an_encoder(tiny_encoder, "finetuned", start=case, head_start="zeros")
    with Forge(*MODULES, "text_al.training.finetuned", "transformers.models.bert.modeling_bert") as forge:
        config, run = a_config(tmp_path / "unbroken", **settings)
        began = time.monotonic()
        assert forge.run("run", config) == 0
        delays = moments(seed=1, longest=0.7 * (time.monotonic() - began))
        unbroken = outcome(run)
        assert len(unbroken["rounds"]) == 3
        assert "best/model.safetensors" in unbroken["weights"]
        if case == "auto":
            assert any("precision out of fold" in note for note in unbroken["rounds"][-1]["notes"])
        config, run = a_config(tmp_path / "killed", **settings)
        killed_until(forge, config, run, delays, kills_left=5)
        assert forge.run("run", config) == 0
        assert_same(run, unbroken)
