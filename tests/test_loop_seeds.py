"""Two runs with one seed are one and the same; with another seed they are not."""

import pytest
from loop_examples import decisions, finished_run, read_rounds, timeless, weights


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return finished_run(tmp_path_factory.mktemp("first"))


def rounds(run):
    return [timeless(record) for record in read_rounds(run)]


def asked(run):
    return [event.row for event in decisions(run) if event.kind == "asked"]


def test_two_runs_with_one_seed_are_identical(first, tmp_path):
    second = finished_run(tmp_path)
    assert rounds(second) == rounds(first)
    assert decisions(second) == decisions(first)
    assert weights(second) == weights(first)


def test_another_seed_asks_for_other_texts_of_the_same_pool(first, tmp_path):
    other = finished_run(tmp_path, seed=1)
    assert asked(other) != asked(first)
    assert weights(other) != weights(first)
    assert (other / "corpus" / "pool.arrow").read_bytes() == (first / "corpus" / "pool.arrow").read_bytes()


def test_strategies_are_compared_from_the_same_first_texts(first, tmp_path):
    by_chance = finished_run(tmp_path, active_learning={"strategy": {"type": "random"}})
    assert asked(by_chance)[:10] == asked(first)[:10]
    assert rounds(by_chance)[0]["metrics"] == rounds(first)[0]["metrics"]
    assert asked(by_chance) != asked(first)


def test_a_run_that_gets_a_larger_budget_ends_as_one_that_had_it(first, tmp_path):
    finished_run(tmp_path, active_learning={"budget": 15})
    later = finished_run(tmp_path)
    assert rounds(later) == rounds(first)
    assert decisions(later) == decisions(first)
    assert weights(later) == weights(first)
