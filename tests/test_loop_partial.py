"""Runs that ask about single labels: what is asked, learned, counted, and when they end."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from loop_examples import Learner, Oracle, a_file_run, a_run, finished_run, hidden, read_rounds, write_config

from text_al.assemble import load_config
from text_al.assemble.answers import import_files
from text_al.assemble.exports import export_corpus
from text_al.data.corpus import Corpus
from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.errors import ConfigError
from text_al.loop.label_questions import choose_worthwhile
from text_al.loop.reopening import reopen
from text_al.loop.rounds import NOTHING_PAYS, Finished, Waiting, advance, release
from text_al.loop.run import Price
from text_al.oracles import SimulatedOracle
from text_al.strategies import pair_worth, strategy
from text_al.types import Candidates

PAIRS = {"strategy": {"type": "pair_margin", "args": {"label_cost": 0.3}}, "ask": "labels"}


class Sure(Learner):
    """Sure of the first label of odd rows, and of the second label of even ones; unsure of the others."""

    def look(self, rows, needs, reporter):
        logits = np.where(np.stack([rows % 2 == 1, rows % 2 == 0], axis=1), 9.0, 0.0).astype(np.float32)
        return Candidates(rows, logits, 1 / (1 + np.exp(-logits)), self.thresholds)


def asking(folder, *, label_cost=0.3, read_cost=0.0, targets=hidden, **settings):
    """A run that asks about single labels, and a simulated oracle."""
    costs = {"label_cost": label_cost, "read_cost": read_cost}
    parts = {"strategy": strategy("pair_margin", **costs), "pairs": pair_worth("pair_margin", costs)}
    oracle = SimulatedOracle(targets, seed=0)
    return a_run(folder, **{"learner": Sure(), "oracle": oracle, **parts, **settings})


def partly(*known):
    """Hidden targets of which those of these (row, label) pairs only are known."""

    def targets(rows):
        found = hidden(rows)
        mask = [[(int(row), label) in known for label in (0, 1)] for row in rows]
        return np.where(mask, found, -1).astype(np.int8)

    return targets


def test_each_text_is_asked_about_the_labels_that_are_worth_it_and_the_reason_names_them(tmp_path):
    run = asking(tmp_path, budget=20)
    assert advance(run) == Finished("the budget of 20 texts is spent")
    asked = run.pool.request("round-001")
    assert asked.considered == tuple((row % 2,) for row in asked.rows)
    for row, reason in zip(asked.rows, asked.reasons, strict=True):
        assert reason.startswith(f"asks about {('even', 'small')[row % 2]}; pair_margin: ")
    assert tuple(text.reason for text in run.records()[0].queried) == asked.reasons
    assert run.pool.request("round-000").considered is None


def test_only_what_was_asked_is_known_and_learned_from(tmp_path):
    learner = Sure()
    run = asking(tmp_path, budget=20, learner=learner)
    advance(run)
    first = run.pool.request("round-000").rows
    for row, targets in zip(*learner.fits[-1][1:3], strict=True):
        truth = hidden([row])[0].tolist()
        assert targets == (truth if row in first else [truth[i] if i == row % 2 else -1 for i in (0, 1)])


def test_a_partly_known_text_is_asked_about_the_rest_and_about_nothing_twice(tmp_path):
    given = [replace(Oracle()._answer(row), targets=(1, -1)) for row in range(10)]
    run = asking(tmp_path, label_cost=0.0, n=14, budget=14, initial_size=0)
    run.pool.label(given, round=0)
    advance(run)
    asked = [
        (row, label)
        for record in run.records()
        if record.request_id
        for row, labels in zip(*vars_of(run, record), strict=True)
        for label in labels
    ]
    assert len(asked) == len(set(asked))
    assert not [pair for pair in asked if pair[0] < 10 and pair[1] == 0]
    assert [pair for pair in asked if pair[0] < 10 and pair[1] == 1]
    rows, targets = run.pool.labelled()
    assert all(targets[rows.tolist().index(row), label] == hidden([row])[0, label] for row, label in asked)


def vars_of(run, record):
    request = run.pool.request(record.request_id)
    return request.rows, request.considered


def test_the_budget_counts_texts_and_partly_known_ones_fill_the_query(tmp_path):
    given = [replace(Oracle()._answer(row), targets=(-1, 1)) for row in range(0, 20, 2)]
    run = asking(tmp_path, initial_size=0, budget=11, query_size=5)
    run.pool.label(given, round=0)
    assert advance(run) == Finished("the budget of 11 texts is spent")
    assert [record.n_labelled for record in run.records()][-1] == 11
    assert max(len(record.queried) for record in run.records()) <= 5
    assert sum(len(record.queried) for record in run.records()) > 1


def test_where_one_new_text_may_be_asked_then_partly_known_ones_fill_the_query(tmp_path):
    run = asking(tmp_path, initial_size=0, budget=11, query_size=5)
    run.pool.label([replace(Oracle()._answer(row), targets=(-1, 1)) for row in range(10)], round=0)
    rows, scores = np.arange(30), np.where(np.arange(30) < 10, 1.0, 2.0) - np.arange(30) / 100
    chosen = choose_worthwhile(run, run.strategy, rows, scores, n_new=1, rng=np.random.default_rng(0))
    assert chosen.rows.tolist() == [10, 0, 1, 2, 3]
    assert chosen.scores.tolist() == scores[chosen.rows].tolist()


def test_when_no_question_is_worth_its_price_then_the_run_ends_and_stays_ended(tmp_path):
    store = RunStore.create(tmp_path / "state.db", {})
    with store:
        run = asking(tmp_path, store=store, read_cost=5.0)
        assert advance(run) == Finished(NOTHING_PAYS)
        assert [record.n_labelled for record in run.records()] == [10]
        assert advance(run) == Finished(NOTHING_PAYS)


def test_when_all_texts_are_labelled_in_part_then_the_run_goes_on_with_the_rest(tmp_path):
    run = asking(tmp_path, n=12, initial_size=0, budget=40, label_cost=0.0)
    run.pool.label([replace(Oracle()._answer(row), targets=(1, -1)) for row in range(12)], round=0)
    assert run.pool.counts().open == 0
    assert advance(run) == Finished("every text of the pool has been asked")
    assert (run.pool.labelled()[1] >= 0).all()


def test_a_finished_run_of_partly_known_texts_goes_on_if_it_may(tmp_path):
    with RunStore.create(tmp_path / "state.db", {}) as store:
        run = asking(tmp_path, store=store, n=12, initial_size=0, budget=40, max_rounds=1, label_cost=0.0)
        run.pool.label([replace(Oracle()._answer(row), targets=(1, -1)) for row in range(12)], round=0)
        advance(run)
        rules = replace(run.plan.stop, max_rounds=9)
        assert not reopen(store, run.pool, rules)
        assert reopen(store, run.pool, rules, by_label=True)


def test_hidden_targets_that_are_not_known_end_no_run_in_a_circle(tmp_path):
    known = {(row, row % 2) for row in range(0, 40, 3)} | {(row, 0) for row in range(0, 40, 5)}
    run = asking(tmp_path, targets=partly(*known), label_cost=0.0, budget=40)
    outcome = advance(run)
    assert isinstance(outcome, Finished)
    rows, targets = run.pool.labelled()
    found = {
        (int(row), label)
        for row, said in zip(rows, targets, strict=True)
        for label in (0, 1)
        if said[label] >= 0
    }
    assert found <= known


def test_a_round_tells_how_many_labels_were_decided_and_what_all_answers_cost(tmp_path):
    run = asking(tmp_path, budget=20, price=Price(text=2.0, label=0.5))
    advance(run)
    first, second, third = run.records()
    assert (first.n_decisions, first.cost) == (20, 10 * 2 + 20 * 0.5)
    assert (second.n_decisions, second.cost) == (25, 15 * 2 + 25 * 0.5)
    assert (third.n_decisions, third.cost) == (30, 20 * 2 + 30 * 0.5)


def test_while_a_person_answers_the_known_part_is_kept_and_giving_back_goes_on_without(tmp_path):
    run = asking(tmp_path, oracle=Oracle(waits=range(40)), initial_size=0, budget=40)
    run.pool.label([replace(Oracle()._answer(row), targets=(1, -1)) for row in range(1, 40, 2)], round=0)
    outcome = advance(run)
    assert isinstance(outcome, Waiting)
    assert outcome.n_missing == 5
    assert run.pool.counts().labelled == 20
    assert release(run) == 5
    assert isinstance(advance(run), Waiting)


def test_a_real_run_that_asks_about_labels_pays_for_fewer_decisions_than_one_that_asks_about_texts(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    run = finished_run(tmp_path / "a", active_learning=PAIRS)
    whole = read_rounds(finished_run(tmp_path / "b"))
    records = read_rounds(run)
    assert records[-1].n_labelled == 25
    assert records[-1].n_decisions < whole[-1].n_decisions
    assert records[-1].cost < whole[-1].cost
    assert "decisions" in (run / "info.log").read_text("utf-8")


def test_when_people_answer_through_files_then_only_the_labels_asked_are_decided(tmp_path):
    rows = [{"id": f"t{row}", "text": f"{'good' if row % 2 else 'bad'} text of {row}"} for row in range(20)]
    section = {"initial_size": 6, "query_size": 4, "budget": 10, "ask": "labels"}
    section["strategy"] = {"type": "pair_margin", "args": {"label_cost": 0.3}}
    changes = {"active_learning": section, "learner": {"type": "tfidf"}}
    _, run = a_file_run(tmp_path, rows, **changes)
    answer(run / "queries" / "round-000.csv", {f"t{row}": "x" for row in range(0, 20, 2)})
    import_files(run, [run / "queries" / "round-000.csv"])
    outcome, _ = a_file_run(tmp_path, rows, **changes)
    asked = outcome.request
    assert any(len(labels) == 1 for labels in asked.considered)
    path = run / "queries" / "round-001.csv"
    written = [row["considered"].split("|") for row in sheet(path)]
    assert written == [["xy"[label] for label in labels] for labels in asked.considered]
    answer(path, {}, without="considered")
    assert import_files(run, [path]).n_missing == 0
    assert import_files(run, [path]).change.repeated == 4
    with RunStore.open(run / "state.db", read_only=True) as store:
        known = dict(zip(*QueryPool.open(store).labelled(), strict=True))
    for row, labels in zip(asked.rows, asked.considered, strict=True):
        assert known[row].tolist() == [0 if label in labels else -1 for label in (0, 1)]


def test_what_was_decided_in_several_answers_is_exported_as_one_with_the_labels_considered(tmp_path):
    run = finished_run(tmp_path, active_learning=PAIRS)
    with RunStore.open(run / "state.db", read_only=True) as store:
        pool = QueryPool.open(store)
        known = dict(zip(*pool.labelled(), strict=True))
    ids = Corpus.open(run / "corpus" / "pool.arrow").ids(np.array(sorted(known)))
    expected = dict(zip(ids, (known[row] for row in sorted(known)), strict=True))
    export_corpus(run, tmp_path / "corpus.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "corpus.jsonl").read_text("utf-8").splitlines()]
    for line in lines:
        targets = [int(name in line["labels"]) for name in pool.labels]
        considered = line.get("considered", pool.labels)
        targets = [
            target if name in considered else -1 for target, name in zip(targets, pool.labels, strict=True)
        ]
        assert targets == expected[line["id"]].tolist()
    assert any("considered" in line for line in lines)


def sheet(path):
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def answer(path, labels, *, without=""):
    """Fills in a sheet by id, and leaves a column out."""
    rows = [{**row, "labels": labels.get(row["id"], ""), "status": "done"} for row in sheet(path)]
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, [name for name in rows[0] if name != without], extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(table.getvalue(), "utf-8", newline="")


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ({"ask": "labels"}, "active_learning.ask: strategy 'multilabel_margin' does not value single labels"),
        ({**PAIRS, "rare_labels": {}}, "active_learning.rare_labels: it chooses whole texts"),
        ({**PAIRS, "ask": "label"}, "active_learning.ask"),
        ({"price": {"text": -1}}, "active_learning.price.text"),
    ],
)
def test_what_does_not_go_together_is_named_before_anything_runs(tmp_path, section, problem):
    with pytest.raises(ConfigError) as caught:
        load_config(write_config(tmp_path, active_learning=section), environ={})
    assert any(problem in sentence for sentence in caught.value.problems)
