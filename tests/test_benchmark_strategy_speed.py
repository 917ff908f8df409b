"""The benchmark of strategies' speed: cases run on the same input, and tables say what was measured."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # `tests.benchmarks`, however pytest was started

from tests.benchmarks.performance.scorer import NotHereError
from tests.benchmarks.strategy_speed import rotation, tables
from tests.benchmarks.strategy_speed.__main__ import main
from tests.benchmarks.strategy_speed.alone import Measured, measured
from tests.benchmarks.strategy_speed.cases import CASES, Case
from tests.benchmarks.strategy_speed.inputs import Shape, made
from tests.benchmarks.strategy_speed.paths import Path as Way
from tests.benchmarks.strategy_speed.rotation import Outcome, Rotation
from text_al.errors import StrategyError
from text_al.strategies import STRATEGIES

ROOT = Path(__file__).parents[1]
TINY = Shape(n_labels=5, width=8, n_passes=3, n_labelled=20, batch=5)
EVERYTHING = {"probs", "embeddings", "passes", "label_embeddings", "labelled_embeddings"}

only_linux = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="peaks of memory are read from Linux's /proc"
)


def _ours():
    return [(name, way) for name, case in CASES.items() for way in case.paths if way.is_ours]


def _one(path="ours", n=10, seconds=1.0, chosen=None):
    return Measured(path, n, seconds, wall=2 * seconds, beyond=3.0, whole=4.0, chosen=chosen)


@only_linux
@pytest.mark.parametrize(("name", "way"), _ours(), ids=lambda value: getattr(value, "name", value))
def test_each_of_our_ways_runs_on_few_texts(name, way):
    found = measured(replace(CASES[name], shape=TINY), way, 40, seed=0)
    assert (found.path, found.n) == (way.name, 40)
    assert 0 <= found.seconds <= 5
    assert 0 <= found.beyond <= found.whole
    if found.chosen is not None:
        assert len(set(found.chosen)) == TINY.batch


def test_every_registered_strategy_is_measured():
    assert [way.name for way in CASES["every"].paths] == list(STRATEGIES.names())


@only_linux
def test_memory_beyond_the_input_is_what_the_call_takes_and_not_what_its_input_does():
    def prepare(candidates, batch):
        held = np.ones((len(candidates), 2**12))
        return lambda: np.ones((len(candidates), 2**11)).sum(axis=1) + held[:, 0]

    case = Case("", TINY, (1000,), ())
    found = measured(case, Way("it", frozenset(), prepare), 1000, seed=0)
    assert found.beyond == pytest.approx(1000 * 2**11 * 8 / 2**20, abs=4)
    assert found.whole > found.beyond + 1000 * 2**12 * 8 / 2**20


@only_linux
def test_a_strategy_that_refuses_so_many_texts_is_left_out_with_its_reason():
    def prepare(candidates, batch):
        def refuse():
            if len(candidates) > 200:
                raise StrategyError("too many")

        return refuse

    with pytest.raises(NotHereError, match="300 texts: too many"):
        measured(Case("", TINY, (300,), ()), Way("it", frozenset(), prepare), 300, seed=0)


def test_the_input_is_the_same_whatever_parts_of_it_are_asked_for():
    whole, part = (made(30, TINY, needs, seed=3) for needs in (EVERYTHING, {"labelled_embeddings"}))
    assert np.array_equal(whole.probs, part.probs)
    assert np.array_equal(whole.labelled.embeddings, part.labelled.embeddings)
    assert part.embeddings is None
    assert not np.array_equal(whole.probs, made(30, TINY, (), seed=4).probs)


def test_the_input_is_like_that_of_a_learner():
    seen = made(2000, replace(TINY, mean_logit=-2), EVERYTHING, seed=0)
    assert seen.probs.dtype == seen.embeddings.dtype == np.float32
    assert seen.passes.dtype == np.float16
    assert seen.passes.shape == (3, 2000, 5)
    assert np.allclose(np.linalg.norm(seen.embeddings, axis=1), 1, atol=1e-5)
    assert (seen.probs > 0.5).mean() == pytest.approx(0.16, abs=0.02)  # P(z > 1)
    assert not set(seen.rows) & set(seen.labelled.rows)


@pytest.fixture
def _quick(monkeypatch):
    """Rotates without processes: a path takes 1 ms a text, `slow` a second, and `absent` is not there."""
    paths = tuple(
        Way(name, frozenset(), lambda *_: None, is_ours=name == "ours") for name in ("ours", "slow", "absent")
    )
    monkeypatch.setitem(rotation.CASES, "it", Case("", TINY, (10, 100), paths))

    def in_own_process(case, path, n, *, seed, timeout):
        if path.name == "absent":
            raise NotHereError("it is not installed")
        return _one(path.name, n, seconds=n * (1.0 if path.name == "slow" else 0.001))

    monkeypatch.setattr(rotation, "in_own_process", in_own_process)


def _run(sizes, **changes):
    return Rotation("it", **{"seed": 0, "patience": 300, "ours_only": False, **changes}).run(sizes)


@pytest.mark.usefixtures("_quick")
def test_short_calls_are_measured_in_five_processes_and_long_ones_in_one():
    found = _run((10,))
    assert len(found.of("ours", 10)) == 5
    assert len(found.of("slow", 10)) == 1


@pytest.mark.usefixtures("_quick")
def test_what_would_take_too_long_with_more_texts_is_left_out_and_said():
    found = _run((10, 100), patience=99)
    assert found.of("ours", 100)
    assert not found.of("slow", 100)
    assert (
        "Not measured: slow with 100 texts; in line with 10 it would take 100 CPU seconds." in found.left_out
    )
    assert _run((10, 100), patience=100).of("slow", 100)


@pytest.mark.usefixtures("_quick")
def test_a_peer_that_is_not_installed_is_left_out_and_said_once():
    assert _run((10, 100)).left_out == ("Left out: absent; it is not installed.",)


@pytest.mark.usefixtures("_quick")
def test_peers_can_be_left_out():
    assert {one.path for one in _run((10,), ours_only=True).found} == {"ours"}


def test_ratios_are_of_medians_at_the_same_size():
    paths = tuple(Way(name, frozenset(), lambda *_: None) for name in ("ours", "peer"))
    seconds = {("ours", 10): (1, 2, 9), ("peer", 10): (8,), ("ours", 99): (5,), ("peer", 99): (50,)}
    ones = tuple(_one(path, n, second) for (path, n), times in seconds.items() for second in times)
    rows = tables.rows_of(Case("", TINY, (10, 99), paths), Outcome(ones, ()))
    assert [(row["path"], row["texts"], row["times ours"]) for row in rows] == [
        ("ours", "10", 1), ("peer", "10", 4), ("ours", "99", 1), ("peer", "99", 10),
    ]  # fmt: skip


def test_the_table_says_how_many_of_the_texts_chosen_are_the_same():
    paths = tuple(Way(name, frozenset(), lambda *_: None) for name in ("ours", "peer"))
    ones = (_one("ours", chosen=(1, 2, 3)), _one("peer", chosen=(3, 1, 7)))
    rows = tables.rows_of(Case("", TINY, (10,), paths), Outcome(ones, ()))
    assert [row["same texts as ours"] for row in rows] == [3, 2]


def test_without_ratios_each_path_is_shown_at_its_largest_size():
    paths = tuple(Way(name, frozenset(), lambda *_: None) for name in ("a", "b"))
    ones = (_one("a", 10), _one("a", 99), _one("b", 10))
    rows = tables.rows_of(Case("", TINY, (10, 99), paths, base=None), Outcome(ones, ()))
    assert [(row["path"], row["texts"]) for row in rows] == [("a", "99"), ("b", "10")]


@pytest.fixture
def command(monkeypatch, capsys):
    """Runs the command in this process, and gives what it prints."""

    def run(*arguments):
        monkeypatch.chdir(ROOT)
        monkeypatch.setattr(sys, "argv", ["strategy_speed", *arguments])
        main()
        return capsys.readouterr().out

    return run


@only_linux
def test_the_command_prints_a_table_and_keeps_the_case_so_that_it_is_not_measured_again(command, tmp_path):
    kept = tmp_path / "kept.jsonl"
    arguments = ["expected_loss", "--sizes", "60", "--ours-only", "--keep", str(kept)]
    first = command(*arguments)
    lines = kept.read_text(encoding="utf-8")
    assert "| ours | 60 |" in first
    assert json.loads(lines)["case"] == "expected_loss"
    assert command(*arguments) == first
    assert kept.read_text(encoding="utf-8") == lines


def test_a_case_that_is_not_there_is_refused_with_those_that_are(command, capsys):
    with pytest.raises(SystemExit):
        command("entropi")
    assert "unknown: entropi. There are entropy, k_center, cvirs" in capsys.readouterr().err
