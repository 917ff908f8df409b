"""Which open texts compete in a round: by chance, where the model moved, near to what is labelled."""

import re
from dataclasses import dataclass, field

import numpy as np
import pytest
from loop_examples import Learner, Oracle, a_run, finished_run, hidden, read_rounds, timeless, write_config

from text_al.assemble import load_config
from text_al.data.store import RunStore
from text_al.errors import ConfigError, StrategyError, TrainingError
from text_al.loop.kept_scores import last_scores, tidy_scores
from text_al.loop.rounds import Waiting, advance, release
from text_al.loop.sub_pools import SUB_POOLS, Part, sub_pool
from text_al.loop.sub_pools.nearest import Nearest
from text_al.reporting import Silent
from text_al.strategies import strategy


@dataclass
class View:
    """A round made by hand; see `sub_pools.View`.

    Attributes:
        now: (N,) what the strategy scores each row in this round.
        last: (N,) what each row scored last.
        vectors: (N, D).
        having: label to the labelled rows that have it.
        asked: the rows of each call for scores, by the name of the part.
    """

    rows: np.ndarray
    round_number: int = 2
    seed: int = 0
    now: np.ndarray | None = None
    last: np.ndarray | None = None
    vectors: np.ndarray | None = None
    having: dict = field(default_factory=dict)
    window: int = 7
    asked: dict = field(default_factory=dict)

    def __post_init__(self):
        self.rng = np.random.default_rng(self.seed)

    def labelled(self):
        rows = np.array(sorted({row for rows in self.having.values() for row in rows}), dtype=np.int64)
        targets = [[int(row in rows) for rows in self.having.values()] for row in rows.tolist()]
        return rows, np.array(targets, dtype=np.int8).reshape(len(rows), len(self.having))

    def last_scores(self):
        return self.last.copy()

    def scores(self, rows, part):
        assert part not in self.asked
        self.asked[part] = rows.tolist()
        return self.now[rows]

    def frozen(self, rows):
        for start in range(0, len(rows), self.window):
            window = rows[start : start + self.window]
            yield window, self.vectors[window].astype(np.float16)

    @property
    def scored(self):
        return sorted(row for rows in self.asked.values() for row in rows)


def a_view(n=100, **settings):
    """Of n rows the even ones are open; scores, last scores and vectors are drawn, the same for a seed."""
    rng = np.random.default_rng(settings.get("seed", 0))
    made = {"now": rng.normal(size=n), "last": rng.normal(size=n), "vectors": rng.normal(size=(n, 5))}
    return View(**{"rows": np.arange(0, n, 2), "having": {"a": [1, 3], "b": [5]}, **made, **settings})


# what holds for each of them


@pytest.mark.parametrize("name", SUB_POOLS.names())
@pytest.mark.parametrize("size", [1, 20, 1000])
def test_what_competes_is_open_and_ascending_and_the_same_again(name, size):
    part = sub_pool(name, size=size)(a_view())
    again = sub_pool(name, size=size)(a_view())
    assert len(part.rows) > 0
    assert set(part.rows.tolist()) <= set(range(0, 100, 2))
    assert (np.diff(part.rows) > 0).all()
    assert np.array_equal(part.rows, again.rows)
    assert part.note == again.note != ""
    if part.scores is None:
        assert len(part.rows) == min(size, len(part.rows))
    else:
        assert part.scores.shape == part.rows.shape


# by chance


def test_by_chance_each_round_draws_afresh_and_each_text_has_its_turn():
    drawn = [sub_pool("random", size=10)(a_view(seed=seed)).rows for seed in range(60)]
    assert all(len(rows) == 10 for rows in drawn)
    assert {row for rows in drawn for row in rows.tolist()} == set(range(0, 100, 2))


def test_a_run_scores_the_texts_drawn_by_chance_and_no_others(tmp_path):
    looks = []

    class Watched(Learner):
        def look(self, rows, needs, reporter):
            if type(reporter) is not Silent:  # else a look at what was chosen, to say why
                looks.append(rows.tolist())
            return super().look(rows, needs, reporter)

    run = a_run(tmp_path, learner=Watched(), sub_pool=sub_pool("random", size=8))
    advance(run)
    assert [len(rows) for rows in looks] == [8, 8, 8]
    assert len({tuple(rows) for rows in looks}) == 3
    first = run.records()[0]
    assert {text.row for text in first.queried} <= set(looks[0])
    assert first.notes[-1] == "8 of 30 open texts, drawn by chance, competed"
    assert first.texts == {"sub_pool": 30, "score": 8, "query": 8}
    assert set(first.seconds) == {"train", "test", "save", "sub_pool", "score", "query", "explain", "total"}


def test_a_strategy_that_never_scores_is_restricted_too(tmp_path):
    run = a_run(tmp_path, strategy=strategy("random"), sub_pool=sub_pool("random", size=5))
    advance(run)
    assert run.records()[0].texts == {"sub_pool": 30, "score": 0, "query": 5}


def test_a_sub_pool_that_leaves_nothing_is_an_error(tmp_path):
    run = a_run(tmp_path, sub_pool=lambda view: Part(np.empty(0, np.int64)))
    with pytest.raises(StrategyError, match="left no text to choose from"):
        advance(run)


# where the model moved


def changed(view, **settings):
    return sub_pool("changed", **{"size": 10, "strata": 5, "full_every": 4, **settings})(view)


def in_tenths(n=100):
    """A round of which all n rows are open, and row k scored k / n last."""
    last = np.arange(n) / n
    return View(rows=np.arange(n), last=last, now=last.copy())


@pytest.mark.parametrize(
    ("round_number", "is_full"), [(1, True), (2, False), (4, False), (5, True), (9, True)]
)
def test_all_is_scored_in_the_first_round_and_every_few(round_number, is_full):
    view = in_tenths()
    view.round_number = round_number
    part = changed(view)
    assert (view.scored == list(range(100))) == is_full
    assert ("all 100 open texts were scored" in part.note) == is_full


def test_without_any_last_score_all_is_scored():
    view = a_view(last=np.full(100, np.nan))
    part = changed(view)
    assert view.scored == view.rows.tolist()
    assert np.array_equal(part.last_scores[view.rows], view.now[view.rows])
    assert np.isnan(part.last_scores[1::2]).all()


def test_where_nothing_moved_only_the_sample_and_the_highest_stratum_are_scored():
    view = in_tenths()
    part = changed(view)
    assert len(view.asked["sample"]) == 10
    assert [sum(low <= row < low + 20 for row in view.asked["sample"]) for low in range(0, 100, 20)] == [
        2
    ] * 5
    assert view.scored == sorted({*view.asked["sample"], *range(80, 100)})
    assert part.note == "28 of 100 open texts were scored: 0 of 5 strata of scores moved"
    assert np.array_equal(part.scores, view.last)


def test_a_stratum_that_moved_is_scored_whole_and_the_others_keep_their_last_scores():
    sampled = in_tenths()
    changed(sampled)
    sampled = sampled.asked["sample"]
    unseen = min(set(range(60, 80)) - set(sampled))
    view = in_tenths()
    view.now[20:40] += 1
    view.now[60:80] += 1e-6
    view.now[unseen] += 0.5
    part = changed(view)
    assert view.asked["sample"] == sampled
    assert set(view.asked["moved"]) == {*range(20, 40), *range(80, 100)} - set(sampled)
    assert np.array_equal(part.scores[20:40], view.now[20:40])
    assert part.scores[unseen] == view.last[unseen]
    assert part.note == "46 of 100 open texts were scored: 1 of 5 strata of scores moved"
    assert np.array_equal(part.last_scores, part.scores)


@pytest.mark.parametrize(("shift", "n_moved"), [(0.249, 0), (0.251, 5)])
def test_the_tolerance_is_in_standard_deviations_of_the_last_scores(shift, n_moved):
    view = in_tenths()
    view.now = view.last + shift * view.last.std() * np.where(np.arange(100) % 2, 1, -1)
    assert f": {n_moved} of 5 strata" in changed(view, tolerance=0.25).note


def test_at_tolerance_zero_any_move_is_one_also_where_all_scores_are_equal():
    view = View(rows=np.arange(50), last=np.zeros(50), now=np.full(50, 1e-9))
    assert len(changed(view, tolerance=0.0, size=1).scores) == 50
    assert view.scored == list(range(50))


def test_texts_that_never_had_a_score_get_one():
    view = in_tenths()
    view.last[[3, 50]] = np.nan
    view.now[[3, 50]] = 7.0
    part = changed(view)
    assert {3, 50} <= set(view.asked["moved"])
    assert part.scores[[3, 50]].tolist() == [7.0, 7.0]
    assert not np.isnan(part.scores).any()


def test_rows_that_are_not_open_keep_what_they_had():
    view = a_view()
    part = changed(view)
    assert np.array_equal(part.last_scores[1::2], view.last[1::2])
    assert set(view.scored) <= set(view.rows.tolist())


def looks_of(learner_type=Learner, fails_at=None):
    """A learner that counts the rows it looks at, and fails at one look."""

    class Watched(learner_type):
        def __init__(self):
            super().__init__()
            self.looks = []

        def look(self, rows, needs, reporter):
            if type(reporter) is Silent:  # a look at what was chosen, to say why
                return super().look(rows, needs, reporter)
            self.looks.append(len(rows))
            if len(self.looks) == fails_at:
                raise KeyboardInterrupt
            return super().look(rows, needs, reporter)

    return Watched()


STEADY = {"size": 5, "strata": 5, "full_every": 4}


class Steady(Learner):
    """What it says of a row is the same in every round."""

    def look(self, rows, needs, reporter):
        self.weights = 0
        return super().look(rows, needs, reporter)


def test_a_run_keeps_the_scores_of_its_rows_from_round_to_round(tmp_path):
    learner = looks_of(Steady)
    run = a_run(tmp_path, learner=learner, sub_pool=sub_pool("changed", **STEADY), budget=25)
    advance(run)
    plain = a_run(tmp_path / "plain", learner=Steady(), budget=25)
    advance(plain)
    assert [record.texts["score"] for record in run.records()[:3]] == [30, 9, 8]
    assert learner.looks == [30, 5, 4, 5, 3]
    asked = [[text.row for text in record.queried] for record in run.records()]
    assert asked == [[text.row for text in record.queried] for record in plain.records()]
    assert [record.notes[-1] for record in run.records()[:2]] == [
        "all 30 open texts were scored",
        "9 of 25 open texts were scored: 0 of 5 strata of scores moved",
    ]
    assert np.isnan(last_scores(run)).sum() == 10


@pytest.mark.parametrize("fails_at", range(1, 17, 3))
def test_cut_short_anywhere_a_run_with_last_scores_ends_as_the_unbroken_one(tmp_path, fails_at):
    def a_changed_run(name, **settings):
        return a_run(tmp_path / name, sub_pool=sub_pool("changed", **STEADY), window=3, **settings)

    unbroken = a_changed_run("unbroken")
    advance(unbroken)
    run = a_changed_run("run", learner=looks_of(fails_at=fails_at))
    with pytest.raises(KeyboardInterrupt):
        advance(run)
    tidy_scores(run)
    advance(run)
    tidy_scores(run)
    assert [timeless(record) for record in run.records()] == [timeless(one) for one in unbroken.records()]
    assert np.array_equal(last_scores(run), last_scores(unbroken), equal_nan=True)
    assert [path.name for path in run.folder.scores.iterdir()] == ["last-round-003"]


def test_a_kill_between_the_scores_and_the_commit_changes_nothing(tmp_path, monkeypatch):
    unbroken = a_run(tmp_path / "unbroken", sub_pool=sub_pool("changed", **STEADY))
    advance(unbroken)
    run = a_run(tmp_path / "run", sub_pool=sub_pool("changed", **STEADY))
    put_round, power = RunStore.put_round, iter([True, True, True, False])

    def fails(self, *arguments):
        if not next(power, True):
            raise KeyboardInterrupt
        put_round(self, *arguments)

    monkeypatch.setattr(RunStore, "put_round", fails)
    with pytest.raises(KeyboardInterrupt):
        advance(run)
    assert len(list(run.folder.scores.iterdir())) == 2  # of the last query, and of the one that was cut short
    advance(run)
    assert [timeless(record) for record in run.records()] == [timeless(one) for one in unbroken.records()]


def test_the_last_scores_of_another_strategy_are_none(tmp_path):
    learner = looks_of(Steady)
    settings = {"learner": learner, "sub_pool": sub_pool("changed", **STEADY)}
    run = a_run(tmp_path, **settings, budget=15)
    advance(run)
    assert not np.isnan(last_scores(run)).all()
    other = a_run(tmp_path, store=run.store, strategy=strategy("multilabel_margin"), **settings)
    assert np.isnan(last_scores(other)).all()


def test_when_a_round_chooses_again_then_it_goes_by_what_it_scored_before(tmp_path):
    oracle = Oracle(waits=range(40))
    run = a_run(
        tmp_path, oracle=oracle, labelled=range(10), learner=Steady(),
        sub_pool=sub_pool("changed", **{**STEADY, "full_every": 1}),
    )  # fmt: skip
    assert isinstance(advance(run), Waiting)
    release(run)
    assert advance(run).request.id == "round-001-2"
    assert [path.name for path in run.folder.scores.iterdir()] == ["last-round-001-2"]
    assert len(run.records()[0].notes) == 3


def test_scores_are_not_kept_for_a_strategy_that_has_none(tmp_path):
    run = a_run(tmp_path, strategy=strategy("random"), sub_pool=sub_pool("changed"))
    with pytest.raises(StrategyError, match="random chooses texts together; it gives no scores"):
        advance(run)


# near to what is labelled


def test_the_nearest_open_texts_of_each_label_compete():
    angles = np.radians([0, 5, 10, 90, 95, 100, 180, 190, 200, 270])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1) * np.arange(1, 11)[:, None]
    view = View(rows=np.array([1, 2, 4, 5, 7, 8, 9]), vectors=vectors, having={"a": [0], "b": [3], "c": []})
    part = sub_pool("anchor", neighbours=2)(view)
    assert part.rows.tolist() == [1, 2, 4, 5]
    assert part.note == "4 of 7 open texts, near to 2 labelled ones, competed"
    assert sub_pool("anchor", neighbours=1)(view).rows.tolist() == [1, 4]


def test_when_it_would_be_too_many_then_no_label_is_left_out():
    angles = np.radians([0, 1, 2, 3, 4, 90, 93, 96])
    view = View(
        rows=np.array([1, 2, 3, 4, 6, 7]),
        vectors=np.stack([np.cos(angles), np.sin(angles)], axis=1),
        having={"common": [0], "rare": [5]},
    )
    assert sub_pool("anchor", neighbours=4, size=2)(view).rows.tolist() == [1, 6]
    assert sub_pool("anchor", neighbours=4, size=3)(view).rows.tolist() == [1, 2, 6]


def test_of_a_frequent_label_only_some_are_anchors_and_others_in_another_round():
    having = {"a": list(range(1, 100, 2)), "b": [1]}
    notes = {
        sub_pool("anchor", anchors=3, neighbours=1)(a_view(having=having, seed=k)).note for k in range(8)
    }
    assert {int(re.search(r"near to (\d+) labelled", note)[1]) for note in notes} <= {3, 4}
    drawn = {
        tuple(sub_pool("anchor", anchors=3, neighbours=1)(a_view(having=having, seed=k)).rows)
        for k in range(8)
    }
    assert len(drawn) > 4


def test_without_a_label_anywhere_chance_decides_and_the_note_says_so():
    part = sub_pool("anchor", size=6)(a_view(having={"a": [], "b": []}))
    assert len(part.rows) == 6
    assert part.note == (
        "no labelled text has a label to be an anchor for: 6 of 50 open texts, drawn by chance, competed"
    )


@pytest.mark.parametrize("window", [1, 9, 1000])
def test_neighbours_are_those_of_the_naive_search_whatever_the_window(window):
    rng = np.random.default_rng(1)
    anchors = rng.normal(size=(70, 4)).astype(np.float16)
    vectors = rng.normal(size=(300, 4)).astype(np.float16)
    vectors[7] = 0
    rows = np.arange(300) * 3
    nearest = Nearest(anchors, 6)
    for start in range(0, 300, window):
        nearest.add(rows[start : start + window], vectors[start : start + window])
    one, other = (array.astype(np.float64) for array in (anchors, vectors))
    cosines = one @ other.T / np.linalg.norm(one, axis=1)[:, None]
    cosines /= np.where(np.linalg.norm(other, axis=1) > 0, np.linalg.norm(other, axis=1), 1)
    expected = np.argsort(-cosines, axis=1)[:, :6]
    assert np.array_equal(nearest.rows, rows[expected])
    assert np.allclose(nearest.similarities, np.take_along_axis(cosines, expected, axis=1), atol=1e-5)
    ranked = [int(row) for column in nearest.rows.T for row in column]
    assert set(nearest.by_rank().tolist()) == set(ranked)
    assert set(nearest.by_rank()[:20].tolist()) <= set(nearest.rows[:, 0].tolist())


def test_of_equal_neighbours_the_first_are_taken_and_fewer_than_asked_are_no_error():
    nearest = Nearest(np.ones((1, 2)), 3)
    nearest.add(np.array([4]), np.ones((1, 2)))
    assert nearest.by_rank().tolist() == [4]
    for row in (5, 6, 7):
        nearest.add(np.array([row]), np.ones((1, 2)))
    assert nearest.rows.tolist() == [[4, 5, 6]]


class Frozen(Learner):
    """Gives vectors that tell even rows from odd ones, for a window of rows at a time."""

    def frozen(self, rows, reporter):
        assert len(rows) <= 6 or type(reporter) is Silent
        return np.stack([rows % 2 == 0, rows % 2 == 1], axis=1).astype(np.float16)


def test_a_run_goes_by_the_learners_vectors_window_by_window(tmp_path):
    settings = {"window": 6, "labelled": range(0, 20, 2), "budget": 15}
    narrowed = sub_pool("anchor", neighbours=5, anchors=2, size=10)
    run = a_run(tmp_path, learner=Frozen(), sub_pool=narrowed, **settings)
    advance(run)
    first = run.records()[0]
    assert len(first.queried) == 5
    assert hidden([text.row for text in first.queried])[:, 0].all()
    assert re.fullmatch(r"5 of 30 open texts, near to [234] labelled ones, competed", first.notes[-1])
    assert first.texts == {"sub_pool": 30, "score": 5, "query": 5}


def test_a_learner_without_vectors_says_so(tmp_path):
    run = a_run(tmp_path, sub_pool=sub_pool("anchor"))
    with pytest.raises(TrainingError, match="sub_pool anchor needs; take another learner"):
        advance(run)


# in a configuration


def config_problems(tmp_path, **active_learning):
    with pytest.raises(ConfigError) as error:
        load_config(write_config(tmp_path, active_learning=active_learning), environ={})
    return [problem.split(": ", 1)[1] for problem in error.value.problems]


@pytest.mark.parametrize(
    ("chosen", "others", "problem"),
    [
        (
            {"type": "chnged"},
            {},
            "active_learning.sub_pool.type: no sub-pool is called 'chnged'. Did you mean 'changed'?",
        ),
        (
            {"type": "random", "args": {"sise": 100}},
            {},
            "active_learning.sub_pool.args.sise: unknown key. Did you mean 'size'?",
        ),
        (
            {"type": "random", "args": {"size": 4}},
            {},
            (
                "active_learning.sub_pool.args.size: 4 texts cannot hold a query of 5; "
                "raise it, or lower query_size."
            ),
        ),
        (
            {"type": "anchor", "args": {"neighbours": 49}},
            {"query_size": 50},
            (
                "active_learning.sub_pool.args.neighbours: 49 texts cannot hold a query of 50; "
                "raise it, or lower query_size."
            ),
        ),
        (
            {"type": "changed", "args": {"full_every": 0}},
            {},
            (
                "active_learning.sub_pool.args.full_every: 0 cannot be used: "
                "it must be greater than or equal to 1."
            ),
        ),
        (
            {"type": "changed"},
            {"strategy": {"type": "random"}},
            (
                "active_learning.sub_pool.type: 'changed' goes by the score of each text, but strategy "
                "'random' gives none; use sub_pool random or anchor, which go with any strategy, "
                "or a strategy such as margin."
            ),
        ),
    ],
)
def test_a_sub_pool_that_cannot_work_is_refused_before_a_run(tmp_path, chosen, others, problem):
    assert config_problems(tmp_path, sub_pool=chosen, **others) == [problem]


def test_a_sub_pool_is_refused_together_with_all_other_mistakes(tmp_path):
    found = config_problems(
        tmp_path, sub_pool={"type": "changed"}, strategy={"type": "random"}, budget="none"
    )
    assert len(found) == 2


@pytest.mark.parametrize("chosen", [None, {"type": "random", "args": {"size": 12}}, {"type": "changed"}])
def test_a_run_with_a_sub_pool_goes_to_its_end_and_leaves_no_more_than_it_needs(tmp_path, chosen):
    run = finished_run(tmp_path, active_learning={"sub_pool": chosen})
    notes = [record.notes for record in read_rounds(run)]
    said = [any("open texts" in note for note in found) for found in notes]
    assert said == [chosen is not None] * 3 + [False]
    kept = [path.name for path in run.glob("scores/*")]
    assert kept == (["last-round-003"] if chosen and chosen["type"] == "changed" else [])
