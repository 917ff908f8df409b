"""What the page kept while the model was training reaches the run, whoever opens it next."""

import json

import pytest
from app_examples import people_run
from test_app_answers import events
from test_app_training import a_given

from text_al.app.journal import Journal
from text_al.circumstances import Circumstances
from text_al.data.page_journal import take_page_answers, waiting_answers
from text_al.errors import AnswersError
from text_al.loop.rounds import advance
from text_al.types import Answer


@pytest.fixture
def run(tmp_path):
    """A run that waits for answers, of which two lie in the journal of a page that is closed."""
    run = people_run(tmp_path / "run")
    advance(run)
    unsettled = Circumstances(seconds=2.0)
    keep(run, [a_given(row, request="round-000", considered=None, how=unsettled) for row in rows(run)[:2]])
    yield run
    run.close()


def rows(run):
    return run.pool.open_requests()[0].rows


def keep(run, given, taken=0):
    journal = Journal(run.folder.path / "page.jsonl", run.pool.labels, taken)
    for one in given:
        journal.append(one)


def test_answers_that_wait_are_counted_and_taken_once(run):
    folder = run.folder.path
    kept = (folder / "page.jsonl").read_bytes()
    assert waiting_answers(folder) == 2
    assert take_page_answers(folder, run.pool, run.store) == 2
    assert (waiting_answers(folder), (folder / "page.jsonl").exists()) == (0, False)
    assert [(event.targets, event.at, event.request, event.source) for event in events(folder)] == [
        ((0, 1), "2026-01-01T12:00:00Z", "round-000", "page")
    ] * 2
    (folder / "page.jsonl").write_bytes(kept)  # a kill came before it was removed
    assert waiting_answers(folder) == 0
    assert take_page_answers(folder, run.pool, run.store) == 0
    assert len(events(folder)) == 2
    assert not (folder / "page.jsonl").exists()


def test_what_is_undone_with_the_callers_transaction_waits_on(run):
    folder = run.folder.path

    def take_and_fail():
        with run.store.transaction():
            assert take_page_answers(folder, run.pool, run.store) == 2
            raise RuntimeError

    with pytest.raises(RuntimeError):
        take_and_fail()
    assert waiting_answers(folder) == 2
    assert events(folder) == []
    assert take_page_answers(folder, run.pool, run.store) == 2


def test_an_answer_that_is_imported_afterwards_stands_against_an_older_one_of_the_journal(run):
    folder, row = run.folder.path, rows(run)[0]
    take_page_answers(folder, run.pool, run.store)
    imported = Answer(row, "labelled", (1, 0), "Zoë", "file.csv", "2026-01-02T12:00:00Z", request="round-000")
    run.pool.label([imported], round=0)
    assert take_page_answers(folder, run.pool, run.store) == 0
    assert events(folder)[-1].targets == (1, 0)


def test_a_run_without_a_journal_has_nothing_to_take(tmp_path):
    run = people_run(tmp_path / "run")
    assert waiting_answers(run.folder.path) == 0
    assert take_page_answers(run.folder.path, run.pool, run.store) == 0
    run.close()


def test_a_line_that_cannot_be_read_is_counted_and_named_and_nothing_is_taken(run):
    folder = run.folder.path
    with (folder / "page.jsonl").open("a", encoding="utf-8") as file:
        file.write("{\n")
    assert waiting_answers(folder) == 3
    with pytest.raises(AnswersError, match="line 3"):
        take_page_answers(folder, run.pool, run.store)
    assert events(folder) == []


def test_a_line_that_a_kill_tore_was_promised_to_nobody(run):
    folder = run.folder.path
    with (folder / "page.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"n": 3})[:-1])
    assert waiting_answers(folder) == 2
    assert take_page_answers(folder, run.pool, run.store) == 2
