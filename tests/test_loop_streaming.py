"""A pool that is scored window by window: what is held, what survives a kill, and what a user sees."""

import signal
import subprocess
import sys
import textwrap
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from loop_examples import Follower, Learner, a_run, timeless

from text_al.data.store import RunStore
from text_al.errors import StrategyError
from text_al.loop.folding import Folded
from text_al.loop.kept_scores import tidy_scores
from text_al.loop.querying import query
from text_al.loop.rounds import advance
from text_al.loop.scoring import Scoring
from text_al.loop.windows import WINDOW, blank, joined, windows_of
from text_al.reporting import Silent
from text_al.strategies import strategy
from text_al.strategies.base import Strategy
from text_al.types import Candidates, Labelled

SMALL = 4
"""A window, for pools of 40 rows of which 10 are labelled first: round 1 has 8 windows of open rows."""


class Watched(Learner):
    """Remembers the rows of each look, and fails at one of them.

    Args:
        fails_at: the number of the look, from 1, that fails once.
    """

    def __init__(self, fails_at=None):
        super().__init__()
        self.fails_at, self.looks = fails_at, []

    def look(self, rows, needs, reporter):
        if type(reporter) is Silent:  # a look at what was chosen, to say why
            return super().look(rows, needs, reporter)
        self.looks.append(rows.tolist())
        if len(self.looks) == self.fails_at:
            raise KeyboardInterrupt
        reporter.stage("score", len(rows))
        reporter.advance(len(rows))
        return super().look(rows, needs, reporter)


def outcome(run):
    """All that must not depend on windows and kills: records with rows, scores and reasons, and counts."""
    return [(timeless(record), dict(record.texts)) for record in run.records()]


def scores_on_disk(run):
    return sorted(str(path.relative_to(run.folder.path)) for path in run.folder.path.glob("scores/**/*"))


@pytest.fixture
def unbroken(tmp_path):
    run = a_run(tmp_path / "unbroken", window=SMALL)
    advance(run)
    return outcome(run)


def test_a_pool_of_one_window_is_looked_at_once_and_leaves_nothing_on_disk(tmp_path):
    learner = Watched()
    run = a_run(tmp_path, learner=learner)
    advance(run)
    assert run.plan.window == WINDOW
    assert [len(rows) for rows in learner.looks] == [30, 25, 20]
    assert not run.folder.scores.exists()


def test_each_window_is_looked_at_once_and_in_order(tmp_path):
    learner = Watched()
    run = a_run(tmp_path, learner=learner, window=SMALL, budget=15)
    open_rows = []
    run.oracle.ask = lambda request: open_rows.append(run.pool.unlabelled().tolist())
    advance(run)
    assert [len(rows) for rows in learner.looks] == [4] * 7 + [2]
    assert [row for rows in learner.looks for row in rows] == open_rows[0]


@pytest.mark.parametrize("window", [1, SMALL, 29, 30])
def test_what_is_chosen_does_not_depend_on_the_window(tmp_path, unbroken, window):
    run = a_run(tmp_path / "run", window=window)
    advance(run)
    assert outcome(run) == unbroken
    assert not run.folder.scores.exists()


@pytest.mark.parametrize("fails_at", [1, 5, 8, 12])
def test_when_scoring_breaks_off_then_finished_windows_are_not_looked_at_again(tmp_path, unbroken, fails_at):
    learner = Watched(fails_at)
    run = a_run(tmp_path / "run", learner=learner, window=SMALL)
    with pytest.raises(KeyboardInterrupt):
        advance(run)
    broken = learner.looks[-1]
    advance(run)
    assert [rows for rows in learner.looks if rows == broken] == [broken, broken]
    assert len(learner.looks) == 8 + 7 + 5 + 1
    assert outcome(run) == unbroken
    assert not run.folder.scores.exists()


KILLED = textwrap.dedent(
    """
    import os, pathlib, signal, sys

    tests, folder, where, number = sys.argv[1:]
    sys.path.insert(0, tests)
    from loop_examples import Learner, a_run
    from text_al.data import growing
    from text_al.data.store import RunStore
    from text_al.loop.rounds import advance

    left = [int(number)]

    def mortal(function, when):
        def done(*arguments):
            left[0] -= 1
            if left[0] == 0 and when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            result = function(*arguments)
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return result
        return done

    if where == "look":
        Learner.look = mortal(Learner.look, "before")
    else:
        growing.write_text = mortal(growing.write_text, where)
    with RunStore.open(pathlib.Path(folder) / "state.db") as store:
        advance(a_run(pathlib.Path(folder), store=store, window=4, warm_start=True))
    """
)
"""Advances a run, and is killed in the so-manyth look, or before or after the so-manyth window counts."""


def killed(folder, where, number):
    """Advances the run in a process of its own, until that is killed."""
    arguments = [str(Path(__file__).parent), str(folder), where, str(number)]
    done = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("kills", "looked_at"),
    [
        ([("look", 4)], 8 + 7 + 5 - 3),
        ([("before", 4)], 8 + 7 + 5 - 3),
        ([("after", 4)], 8 + 7 + 5 - 4),
        ([("after", 8)], 8 + 7 + 5 - 8),  # all is scored, and nothing is chosen yet
        ([("look", 3), ("before", 4), ("after", 6)], 7 + 5 - 3),  # the third of them dies in round 2
    ],
)
def test_killed_while_it_scores_a_run_goes_on_with_the_window_that_is_missing(
    tmp_path, unbroken, kills, looked_at
):
    RunStore.create(tmp_path / "state.db", {}).close()
    for where, number in kills:
        killed(tmp_path, where, number)
    learner = Watched()
    with RunStore.open(tmp_path / "state.db") as store:
        run = a_run(tmp_path, store=store, learner=learner, window=SMALL, warm_start=True)
        advance(run)
        assert outcome(run) == unbroken
    assert len(learner.looks) == looked_at
    assert not run.folder.scores.exists()


def test_seconds_of_windows_that_a_killed_process_scored_count_too(tmp_path, monkeypatch):
    run = a_run(tmp_path, learner=Watched(fails_at=8), window=SMALL, budget=15)
    clock = iter(np.arange(0, 1000, 0.5))
    monkeypatch.setattr("text_al.loop.scoring.time.monotonic", lambda: next(clock))
    with pytest.raises(KeyboardInterrupt):
        advance(run)
    advance(run)
    first = run.records()[0]
    assert first.seconds["score"] >= 8 * 0.5
    assert first.seconds["total"] >= first.seconds["score"]


@pytest.mark.parametrize("change", ["window", "strategy", "settings", "fit", "rows"])
def test_scores_of_something_else_are_not_gone_on_with(tmp_path, change):
    learner = Watched(fails_at=6)
    settings = {"learner": learner, "window": SMALL, "budget": 15}
    run = a_run(tmp_path, **settings)
    with pytest.raises(KeyboardInterrupt):
        advance(run)
    learner.looks, learner.fails_at = [], None
    stored = run.store.rounds()[-1]
    if change == "window":
        settings["window"] = SMALL + 1
    elif change == "strategy":
        settings["strategy"] = strategy("multilabel_margin")
    elif change == "settings":
        settings["strategy"] = Strategy(
            "margin", "score", lambda candidates, *, power: candidates.probs[:, 0] ** power,
            needs=frozenset(["probs"]), settings={"power": 2},
        )  # fmt: skip
    elif change == "fit":
        again = stored.record_json.replace('"train": 0.5', '"train": 0.75')
        assert again != stored.record_json
        run.store.put_round(stored.number, "trained", again, stored.model)
    else:
        run.pool.label([run.oracle._answer(int(run.pool.unlabelled()[0]))], round=1)
        settings["budget"] = 16
    advance(a_run(tmp_path, store=run.store, **settings))
    assert sum(len(rows) for rows in learner.looks) == len(run.pool) - 10 - (change == "rows")


def test_scores_that_a_kill_left_behind_are_swept_away_when_the_run_is_opened(tmp_path, monkeypatch):
    run = a_run(tmp_path, window=SMALL, learner=Watched(fails_at=6))
    with pytest.raises(KeyboardInterrupt):
        advance(run)
    tidy_scores(run)
    assert "scores/part-all/scores.bin" in scores_on_disk(run)  # they are still needed
    monkeypatch.setattr(
        "text_al.loop.rounds.tidy_scores", lambda run: (_ for _ in ()).throw(KeyboardInterrupt)
    )
    with pytest.raises(KeyboardInterrupt):
        advance(run)
    assert run.store.rounds()[-1].phase == "done"
    tidy_scores(run)
    assert not run.folder.scores.exists()


def test_a_strategy_that_chooses_together_gets_all_windows_as_one(tmp_path):
    seen = []

    def first(candidates, n, rng):
        seen.append(candidates)
        return np.arange(n)

    together = Strategy("first", "batch", first, needs=frozenset(["probs"]))
    learner = Watched()
    run = a_run(tmp_path, learner=learner, window=SMALL, budget=15, strategy=together)
    advance(run)
    whole = Learner()
    whole.weights = 1
    expected = whole.look(seen[0].rows, frozenset(), Silent())
    assert len(seen[0]) == 30
    assert len(learner.looks) == 8
    assert np.array_equal(seen[0].logits, expected.logits)
    assert run.records()[0].texts == {"score": 30, "query": 30}


def test_candidates_are_joined_text_by_text():
    rng = np.random.default_rng(0)
    whole = Candidates(
        rows=np.arange(7),
        logits=rng.normal(size=(7, 2)),
        probs=rng.random((7, 2)),
        thresholds=np.array([0.3, 0.4]),
        embeddings=rng.random((7, 3)),
        passes=rng.random((5, 7, 2)),
        label_embeddings=rng.random((2, 3)),
        labelled=Labelled(np.array([9]), np.ones((1, 2), np.int8)),
    )
    parts = [
        Candidates(
            whole.rows[rows], whole.logits[rows], whole.probs[rows], whole.thresholds,
            whole.embeddings[rows], whole.passes[:, rows], whole.label_embeddings, whole.labelled,
        )
        for rows in windows_of(np.arange(7), 3)
    ]  # fmt: skip
    again = joined(parts)
    assert [len(part) for part in parts] == [3, 3, 1]
    for name in ("rows", "logits", "probs", "thresholds", "embeddings", "passes", "label_embeddings"):
        assert np.array_equal(getattr(again, name), getattr(whole, name)), name
    assert again.labelled is whole.labelled
    assert joined([blank(np.arange(2), 2), blank(np.arange(3), 2)]).embeddings is None


def test_a_strategy_that_gives_no_scores_is_not_asked_for_them(tmp_path):
    run = a_run(tmp_path, strategy=strategy("random"))
    with pytest.raises(StrategyError, match="random compares texts with each other; it scores none alone"):
        Scoring(run, None).scores(np.arange(3), "all")


def test_memory_follows_the_window_and_not_the_pool(tmp_path):
    n, width, window = 60_000, 256, 2_000

    class Wide(Learner):
        def look(self, rows, needs, reporter):
            probs = np.full((len(rows), 2), 0.5, np.float32)
            embeddings = np.ones((len(rows), width), np.float32)
            return Candidates(rows, np.zeros_like(probs), probs, self.thresholds, embeddings)

    run = a_run(tmp_path, n=n, labelled=range(10), learner=Wide(), window=window, budget=11)
    run.learner.fit(*run.pool.labelled(), None, round_number=1, global_step=0, reporter=Silent())
    run.round_in_memory = 1
    run.store.put_round(1, "trained", "{}", "round-001")
    tracemalloc.start()
    made = query(run, run.store.rounds()[0], 5)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(made.chosen) == 5
    assert peak < 0.3 * n * width * 4  # one array of all embeddings; it holds about a tenth of that


class Told(Follower):
    """Remembers stages, and how far each came."""

    def __init__(self):
        super().__init__()
        self.stages = []

    def stage(self, name, total=None):
        self.stages.append([name, total, 0])

    def advance(self, amount=1):
        self.stages[-1][2] += amount


def test_a_user_sees_one_bar_over_the_whole_pool(tmp_path):
    follower = Told()
    advance(a_run(tmp_path, learner=Watched(), follower=follower, window=SMALL))
    assert follower.stages == [["score", 30, 30], ["score", 25, 25], ["score", 20, 20]]


def test_when_a_run_goes_on_then_its_bar_begins_where_it_was(tmp_path):
    follower = Told()
    run = a_run(tmp_path, learner=Watched(fails_at=4), follower=follower, window=SMALL, budget=15)
    with pytest.raises(KeyboardInterrupt):
        advance(run)
    assert follower.stages == [["score", 30, 12]]
    advance(run)
    assert follower.stages[1:] == [["score", 30, 30]]


def test_another_stage_in_between_has_its_own_bar():
    follower = Told()
    reporter = Folded(follower, "score", 10)
    for stage, amount in (("tokenise", 4), ("score", 4), ("tokenise", 2), ("score", 2), ("score", 4)):
        reporter.stage(stage, amount)
        reporter.advance(amount)
    assert follower.stages == [["tokenise", 4, 4], ["score", 10, 4], ["tokenise", 2, 2], ["score", 10, 10]]
    reporter.note("a sentence")
    assert follower.told == [("note", "a sentence")]
