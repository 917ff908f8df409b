"""People answer through files, from the first batch to the corpus that comes out of it."""

import csv
import io
import json
from dataclasses import replace

import pytest
from cli_examples import text_al as text_al
from loop_examples import a_file_run, decisions, read_rounds

from text_al.assemble.answers import import_files
from text_al.data.lock import RunLock
from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.errors import PoolError, RunLockedError
from text_al.types import Answer

ROWS = [
    {"id": f"t{place:02}", "text": f"text {place} {'red' if place % 2 else 'blue'}"} for place in range(40)
]


@pytest.fixture
def waiting(tmp_path, text_al):
    """A configuration whose run waits for its first ten texts."""
    config = a_file_run(tmp_path, ROWS, run_it=False, active_learning={"budget": 20})
    assert text_al("run", config)[0] == 0
    return config


def folder(config):
    return config.parent / "saved" / "run"


def query(config, name="round-000"):
    return folder(config) / "queries" / f"{name}.csv"


def fill(path, cells):
    """Writes labels and status of some rows, by place, into the query file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    for place, (labels, status) in cells.items():
        rows[place][2], rows[place][3] = labels, status
    table = io.StringIO()
    csv.writer(table).writerows([header, *rows])
    path.write_text(table.getvalue(), encoding="utf-8")
    return [row[0] for row in rows]


def by_colour(config, name="round-000"):
    """The right answer to each row of a query file, by place."""
    with query(config, name).open(encoding="utf-8-sig", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    return {place: ("x" if "red" in text else "x|y", "") for place, text in enumerate(texts)}


def counts(config):
    with RunStore.open(folder(config) / "state.db", read_only=True) as store:
        return QueryPool.open(store).counts()


def test_a_run_asks_by_files_and_says_what_to_type_next(waiting, text_al):
    status, out, _ = text_al("run", waiting)
    assert status == 0
    run = folder(waiting)
    for line in (
        f"10 texts wait for labels: {query(waiting)} (or .jsonl)",
        "labels: x, y (2)",
        f"  2. text-al import {run} {query(waiting)}",
        f"  3. text-al run {waiting}",
    ):
        assert line in out.splitlines()
    assert sorted(path.name for path in (run / "queries").iterdir()) == ["round-000.csv", "round-000.jsonl"]
    status, out, _ = text_al("status", run)
    assert status == 0
    assert out.splitlines() == [
        f"{run}: waiting for labels",
        "texts: 0 labelled, 10 waiting for an answer, 0 skipped, 30 open, 0 excluded (nothing to read)",
        "labels: x, y (2)",
        f"waiting for: {query(waiting)}",
    ]


def test_a_part_is_taken_twice_is_once_and_the_rest_is_waited_for(waiting, text_al):
    fill(query(waiting), dict(list(by_colour(waiting).items())[:4]))
    status, out, _ = text_al("import", waiting, query(waiting))
    assert (status, out) == (
        0,
        "round-000.csv (CSV): 4 decisions\nAnswers: 4 new. 6 texts wait for labels.\n",
    )
    kept = decisions(folder(waiting))
    status, out, _ = text_al("import", folder(waiting), query(waiting))
    assert (status, out) == (
        0,
        "round-000.csv (CSV): 4 decisions\nAnswers: 4 known already. 6 texts wait for labels.\n",
    )
    assert decisions(folder(waiting)) == kept
    assert "6 texts wait for labels" in text_al("run", waiting)[1]
    assert (counts(waiting).labelled, counts(waiting).pending) == (4, 6)


def test_an_answer_may_be_corrected_and_both_stay_in_the_history(waiting, text_al):
    fill(query(waiting), {0: ("x", "")})
    text_al("import", waiting, query(waiting))
    fill(query(waiting), {0: ("y", "")})
    out = text_al("import", waiting, query(waiting))[1]
    assert "Answers: 1 decided anew. 9 texts wait for labels." in out
    assert [event.targets for event in decisions(folder(waiting)) if event.kind == "labelled"] == [
        (1, 0),
        (0, 1),
    ]


def test_wrong_answers_are_named_with_file_line_id_and_label_and_change_nothing(waiting, text_al):
    ids = fill(query(waiting), {0: ("x", ""), 1: ("z", ""), 3: ("x", "skiped")})
    content = (
        query(waiting).read_text(encoding="utf-8").replace(f"{ids[2]},", "t99,").replace(",,,2,", ",x,,2,")
    )
    query(waiting).write_text(content, encoding="utf-8")
    before = decisions(folder(waiting))
    status, out, err = text_al("import", waiting, query(waiting))
    assert (status, out) == (2, "")
    assert err.splitlines() == [
        f"text-al: {query(waiting)} cannot be used:",
        f"  line 3, id '{ids[1]}': no label is called 'z'. It must be one of: x, y.",
        "  line 4: no text has the id 't99'",
        f"  line 5, id '{ids[3]}': the status 'skiped' is not known. Did you mean 'skipped'?",
    ]
    assert decisions(folder(waiting)) == before


def test_when_one_of_several_files_is_wrong_then_none_is_taken(waiting, text_al, tmp_path):
    fill(query(waiting), {0: ("x", "")})
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("id,labels\nt01,nonsense\n", encoding="utf-8")
    status, _, err = text_al("import", waiting, query(waiting), wrong)
    assert status == 2
    assert "  wrong.csv, line 2, id 't01': no label is called 'nonsense'." in err
    assert counts(waiting).labelled == 0


def test_filled_in_with_skips_the_run_goes_on_to_its_end_and_gives_the_corpus(waiting, text_al, tmp_path):
    cells = by_colour(waiting)
    fill(query(waiting), {**cells, 2: ("", "skipped"), 5: ("", "labelled")})
    said = text_al("import", waiting, query(waiting))[1].splitlines()
    assert said == [
        "round-000.csv (CSV): 10 decisions",
        "Answers: 9 new, 1 skipped. Nothing waits: run again.",
    ]
    assert "5 texts wait for labels" in text_al("run", waiting)[1]
    for name in ("round-001", "round-002", "round-003"):
        fill(query(waiting, name), by_colour(waiting, name))
        assert text_al("import", waiting, query(waiting, name))[0] == 0
        status, out, _ = text_al("run", waiting)
        assert status == 0
    assert "Finished: the budget of 20 texts is spent." in out
    records = read_rounds(folder(waiting))
    assert [record.n_labelled for record in records] == [9, 14, 19, 20]
    assert records[-1].n_skipped == 1
    assert "finished: the budget of 20 texts is spent" in text_al("status", folder(waiting))[1]
    target = tmp_path / "corpus.jsonl"
    status, out, _ = text_al("export", folder(waiting), "--corpus", target)
    card = target.with_name("corpus.jsonl.card.md")
    assert (status, out) == (0, f"{target}: 20 labelled texts, 1 skipped; see {card}\n")
    lines = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == sorted(line["id"] for line in lines)
    assert sum(line["labels"] == [] for line in lines) == 1
    assert [line["status"] for line in lines if line["labels"] is None] == ["skipped"]
    for line in lines:
        assert line["labels"] in (None, [], ["x"] if "red" in line["text"] else ["x", "y"])
        assert line["source"].startswith("round-00")
        assert line["annotator"] == "unnamed"
        assert {"id", "text", "labels", "status", "annotator", "at", "round", "source"} <= set(line)


def test_texts_that_nobody_answered_can_be_given_back(waiting, text_al):
    fill(query(waiting), dict(list(by_colour(waiting).items())[:7]))
    text_al("import", waiting, query(waiting))
    status, out, _ = text_al("run", waiting, "--release")
    assert status == 0
    assert out.startswith("3 texts wait no longer; those that nobody answered are back in the pool.\n")
    assert "round-001.csv" in out
    assert [record.n_labelled for record in read_rounds(folder(waiting))] == [7]


def test_answers_that_nobody_asked_for_are_taken_and_said(waiting, text_al, tmp_path):
    asked = {event.row for event in decisions(folder(waiting))}
    other = next(row for row in range(40) if row not in asked)
    extra = tmp_path / "extra.csv"
    extra.write_text(f"id,labels\nt{other:02},x\n", encoding="utf-8")
    status, out, _ = text_al("import", waiting, extra)
    assert (status, out.splitlines()) == (
        0,
        [
            "extra.csv (CSV): 1 decision",
            "Answers: 1 new, 1 not asked for, taken all the same. 10 texts wait for labels.",
        ],
    )
    event = decisions(folder(waiting))[-1]
    assert (event.row, event.round, event.request, event.source) == (other, 0, "", "extra.csv")


def test_an_answer_after_the_last_question_belongs_to_the_last_round(tmp_path, text_al):
    config = a_file_run(tmp_path, ROWS, run_it=False, active_learning={"budget": 15})
    for name in ("round-000", "round-001"):
        text_al("run", config)
        fill(query(config, name), by_colour(config, name))
        text_al("import", config, query(config, name))
    done = import_files(folder(config), [query(config, "round-000")])
    assert (done.change.repeated, done.n_missing) == (10, 0)
    fill(query(config, "round-000"), {0: ("", "none")})
    import_files(folder(config), [query(config, "round-000")])
    assert decisions(folder(config))[-1].round == 1


def test_nothing_is_taken_while_the_run_is_being_advanced(waiting):
    with RunLock(folder(waiting) / "state.db"), pytest.raises(RunLockedError):
        import_files(folder(waiting), [query(waiting)])


def test_answers_need_a_run(tmp_path, text_al):
    with pytest.raises(PoolError, match="there is no run"):
        import_files(tmp_path / "nothing", [])
    status, _, err = text_al("import", tmp_path / "nothing", "x.csv")
    assert status == 2
    assert f"text-al: there is no run at {tmp_path / 'nothing'}: state.db is missing" in err
    assert not (tmp_path / "nothing").exists()


def test_the_corpus_names_who_holds_the_label_that_holds(waiting, text_al, tmp_path):
    """Two people label, the later one takes it back: what the first one said stands, under that name."""
    with RunStore.open(folder(waiting) / "state.db") as store:
        pool = QueryPool.open(store)
        row = pool.open_requests()[0].rows[0]
        anna = Answer(row, "labelled", (1, -1), annotator="anna", source="a.csv", at="2026-01-01T12:00:00Z")
        bert = replace(anna, targets=(0, 1), annotator="bert", source="b.csv")
        pool.label([anna, bert, replace(bert, status="skipped", targets=None)], round=0)
    target = tmp_path / "corpus.jsonl"
    text_al("export", waiting, "--corpus", target)
    line = json.loads(target.read_text(encoding="utf-8"))
    assert (line["labels"], line["considered"], line["annotator"], line["source"]) == (
        ["x"],
        ["x"],
        "anna",
        "a.csv",
    )
