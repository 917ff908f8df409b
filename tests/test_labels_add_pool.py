"""A label that is added to a pool in use: what is known of it, and what former answers say of it: nothing."""

from contextlib import suppress

import numpy as np
import pytest
from corpus_examples import write_jsonl

from text_al.data.added_labels import add_label, added_labels
from text_al.data.corpus import Corpus
from text_al.data.corpus_set import CorpusSet
from text_al.data.pool import QueryPool
from text_al.data.prepare import prepare
from text_al.data.sources import FileSource
from text_al.data.store import RunStore
from text_al.errors import PoolError
from text_al.types import Answer, Answers, Label, LabelRequest

JOY, ANGER, FEAR = 0, 1, 2


@pytest.fixture
def store():
    with RunStore.in_memory() as made:
        QueryPool.create(made, 10, ("joy", "anger"), "f")
        yield made


def says(row, targets, annotator="anna", considered=None):
    status = "skipped" if targets is None else "labelled"
    return Answer(row, status, targets, annotator, "a test", "2026-01-01", considered=considered)


def request(name, rows, considered=None):
    asked = None if considered is None else (considered,) * len(rows)
    return LabelRequest(name, 1, tuple(rows), None, ("why",) * len(rows), "random", considered=asked)


def known(pool):
    rows, targets = pool.labelled()
    return dict(zip(rows.tolist(), map(tuple, targets.tolist()), strict=True))


def open_cells(pool):
    rows, cells = pool.open_cells()
    return {int(row): np.flatnonzero(of_row).tolist() for row, of_row in zip(rows, cells, strict=True)}


def with_fear(store, *answers, asked=()):
    """The pool after a request for rows, answers to it, and the label that came then."""
    pool = QueryPool(store)
    if asked:
        pool.mark_pending(request("round-001", asked))
    pool.label(answers, round=1)
    assert add_label(store, Label("fear", "afraid", ("help!",))) == FEAR
    return QueryPool(store)


def test_all_that_was_decided_before_is_not_known_for_it(store):
    answers = [says(1, (1, 0)), says(2, (0, 0)), says(3, (1, 1)), says(3, (0, 1), "ben"), says(4, None)]
    pool = with_fear(store, *answers)
    assert pool.labels == ("joy", "anger", "fear")
    assert known(pool) == {1: (1, 0, -1), 2: (0, 0, -1), 3: (0, 1, -1)}
    assert [event.targets for event in pool.history(1)] == [(1, 0, -1)]
    assert open_cells(pool) == {1: [FEAR], 2: [FEAR], 3: [FEAR]}
    assert pool.effort().decisions == 8
    assert [one.label for one in added_labels(store)] == [Label("fear", "afraid", ("help!",))]


def test_a_second_one_comes_behind_the_first(store):
    with_fear(store, says(1, (1, 0))).label([says(2, (0, 1, 1))], round=2)
    add_label(store, Label("hope"))
    pool = QueryPool(store)
    assert known(pool) == {1: (1, 0, -1, -1), 2: (0, 1, 1, -1)}
    assert [pool.history(row)[0].n_labels for row in (1, 2)] == [2, 3]
    pool.label([says(5, (0, 0, 0, 1))], round=2)
    assert pool.history(5)[0].n_labels == 0


def test_texts_asked_about_before_and_answered_after_say_no_to_none_but_the_labels_there_were(store):
    pool = with_fear(store, asked=(1, 2, 3))
    change = pool.label([says(1, (1, 0, 0)), says(2, (0, 0, 1)), says(3, None)], round=1)
    assert (change.new, change.skipped) == (2, 1)
    assert known(pool) == {1: (1, 0, -1), 2: (0, 0, 1)}
    assert pool.open_requests() == ()


def test_a_file_from_before_read_again_changes_nothing_also_when_its_texts_are_asked_about_the_label(store):
    before = Answers("round-001", (says(1, (1, 0)), says(2, (0, 0)), says(3, None)))
    pool = with_fear(store, *before.answers, asked=(1, 2, 3))
    again = Answers("round-001", (says(1, (1, 0, 0)), says(2, (0, 0, 0)), says(3, None)))
    assert pool.label(again, round=1).repeated == 3
    pool.mark_pending(request("labels-001", (1, 2), (FEAR,)))
    assert pool.label(again, round=1).repeated == 3
    assert known(pool) == {1: (1, 0, -1), 2: (0, 0, -1)}
    assert pool.counts().pending == 2
    pool.label(Answers("labels-001", (says(1, (0, 0, 1)), says(2, (0, 0, 0)))), round=1)
    assert known(pool) == {1: (1, 0, 1), 2: (0, 0, 0)}
    assert pool.label(again, round=1).repeated == 3
    assert known(pool) == {1: (1, 0, 1), 2: (0, 0, 0)}


def test_a_correction_of_a_former_answer_says_nothing_of_the_label_unless_it_names_it(store):
    pool = with_fear(store, says(1, (1, 0)), says(2, (1, 0)), says(3, (1, 0)))
    pool.label([says(1, (0, 1, 0)), says(2, (0, 1, 1)), says(3, (-1, -1, 0))], round=2)
    assert known(pool) == {1: (0, 1, -1), 2: (0, 1, 1), 3: (1, 0, 0)}


def test_an_answer_that_says_what_it_is_about_is_taken_as_it_says(store):
    pool = with_fear(store, says(1, (1, 0)))
    pool.label([says(1, (1, 0, 0), considered=(JOY, ANGER, FEAR))], round=2)
    assert known(pool) == {1: (1, 0, 0)}


def test_a_text_asked_about_afterwards_is_asked_about_all_labels(store):
    pool = with_fear(store, says(1, None), says(2, (1, 0)))
    pool.mark_pending(request("round-002", (1, 5)))
    pool.label([says(1, (0, 0, 0)), says(5, (1, 0, 0))], round=2)
    assert known(pool) == {1: (0, 0, 0), 2: (1, 0, -1), 5: (1, 0, 0)}


def test_the_store_knows_it_when_it_is_opened_again_and_its_events_are_as_they_were(tmp_path):
    with RunStore.create(tmp_path / "state.db", {}) as store:
        QueryPool.create(store, 10, ("joy", "anger"), "f")
        with_fear(store, says(1, (1, 0)))
        expected = list(QueryPool(store).events())
    with RunStore.open(tmp_path / "state.db", read_only=True) as store:
        pool = QueryPool.open(store, fingerprint="f")
        assert (pool.labels, known(pool)) == (("joy", "anger", "fear"), {1: (1, 0, -1)})
        assert list(pool.events()) == expected
        assert store.fetch("SELECT length(targets) FROM events") == [(2,)]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("joy", "label 'joy' cannot be added: there is one of this name already"),
        ("  ", "label '  ' cannot be added: its name is blank"),
        (" joy", "label ' joy' cannot be added: it differs from 'joy' by blanks only"),
        ("\udcff", "half of a surrogate pair"),
    ],
)
def test_a_name_that_cannot_be_told_apart_is_refused_and_nothing_changes(store, name, problem):
    with pytest.raises(PoolError, match=problem):
        add_label(store, Label(name))
    assert (QueryPool(store).labels, added_labels(store)) == (("joy", "anger"), ())


def test_a_store_without_a_pool_takes_no_label():
    with RunStore.in_memory() as store, pytest.raises(PoolError, match="holds no pool yet"):
        add_label(store, Label("fear"))


def test_a_transaction_that_fails_adds_none(store):
    with suppress(ZeroDivisionError), store.transaction():
        add_label(store, Label("fear"))
        raise ZeroDivisionError
    assert QueryPool(store).labels == ("joy", "anger")


def test_a_corpus_on_disk_stays_as_it_was_and_says_nothing_of_it(tmp_path):
    rows = [{"id": "a", "text": "so happy", "labels": ["joy"]}, {"id": "b", "text": "so so", "labels": None}]
    source = FileSource((str(write_jsonl(tmp_path / "pool.jsonl", rows)),))
    before = prepare({"pool": source}, tmp_path / "corpus", labels=["joy", "anger"])
    bytes_before = (tmp_path / "corpus" / "pool.arrow").read_bytes()
    after = CorpusSet.open(tmp_path / "corpus", [Label("fear"), Label("hope", "hopeful")])
    assert [label.name for label in after.labels] == ["joy", "anger", "fear", "hope"]
    assert after.pool.targets(np.array([1, 0])).tolist() == [[-1, -1, -1, -1], [1, 0, -1, -1]]
    assert after.pool.fingerprint == before.pool.fingerprint
    assert (tmp_path / "corpus" / "pool.arrow").read_bytes() == bytes_before
    alone = Corpus.open(tmp_path / "corpus" / "pool.arrow")
    assert alone.targets(np.array([0])).tolist() == [[1, 0]]
