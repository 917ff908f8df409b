"""Who answers: hidden labels, with and without noise, and people through files."""

import csv
import inspect
import io
import json
from dataclasses import replace
from datetime import datetime, timedelta

import label_studio_stub
import numpy as np
import pytest
from llm_stub import labels, serving

from text_al.data.pool import QueryPool
from text_al.errors import AnswersError
from text_al.oracles import ORACLES, FileOracle, SimulatedOracle, import_answers
from text_al.registry import SettingsError
from text_al.types import Label, LabelRequest

LABELS = (Label("joy", "glad"), Label("anger"))
HIDDEN = np.array([[1, 0], [0, 0], [-1, -1], [1, -1], [0, 1]], dtype=np.int8)


class Texts:
    """Five texts in memory; the last is long enough to tell itself from others."""

    labels = LABELS
    fingerprint = "0123456789abcdef0123"
    all_ids = ("00001", "b", "c", "=d", "e")
    all_texts = (
        "one",
        "=1+1",
        "三\n3",
        "",
        "this text is long enough, surely, to tell itself from others " * 9,
    )

    def ids(self, rows):
        return [self.all_ids[row] for row in rows]

    def texts(self, rows):
        return [self.all_texts[row] for row in rows]

    def rows_of(self, ids):
        return [self.all_ids.index(name) if name in self.all_ids else None for name in ids]


def hidden(rows):
    return HIDDEN[rows]


def request(*rows, name="round-003", scores=True):
    scores = tuple(-row / 4 for row in rows) if scores else None
    return LabelRequest(name, 3, rows, scores, tuple(f"why {row}" for row in rows), "margin")


@pytest.fixture
def settings(name, monkeypatch):
    """What an oracle of this name must be told: an address, of a language model or of Label Studio."""
    monkeypatch.setenv("LABEL_STUDIO_TOKEN", label_studio_stub.LEGACY)
    with serving(labels()) as model, label_studio_stub.serving(label_studio_stub.Stub()) as url:
        yield {"llm": {"base_url": model.url, "model": "m"}, "label_studio": {"url": url}}.get(name, {})


def made(name, folder, settings=None):
    known = {"_targets": hidden, "_seed": 0, "_corpus": Texts(), "_folder": folder}
    known |= {"_guidelines": "", "_mode": "ranked", "_name": "run"}
    entry = ORACLES.entry(name)
    asked_for = inspect.signature(entry.function).parameters
    return entry.function(
        **entry.check(settings or {}), **{key: known[key] for key in known if key in asked_for}
    )


def decided(answers):
    return [(answer.row, answer.status, answer.targets) for answer in answers.answers]


@pytest.mark.parametrize("name", ORACLES.names())
def test_every_oracle_may_be_asked_and_collected_again_and_its_answers_fit_the_pool(name, tmp_path, settings):
    oracle, asked = made(name, tmp_path, settings), request(4, 0, 2)
    pool = QueryPool.in_memory(5, ["joy", "anger"])
    pool.mark_pending(asked)
    histories = []
    for _ in range(2):
        oracle.ask(asked)
        answers = oracle.collect(asked)
        assert answers.request_id == asked.id
        assert {answer.row for answer in answers.answers} <= set(asked.rows)
        pool.label(answers, round=3)
        histories.append(list(pool.events()))
    assert histories[0] == histories[1]


def test_hidden_labels_are_answered_in_the_order_of_the_request():
    oracle = SimulatedOracle(hidden, seed=0)
    answers = oracle.collect(request(4, 0, 3, 1))
    assert decided(answers) == [
        (4, "labelled", (0, 1)),
        (0, "labelled", (1, 0)),
        (3, "labelled", (1, -1)),
        (1, "labelled", (0, 0)),
    ]
    assert {(answer.annotator, answer.source) for answer in answers.answers} == {("simulated", "simulated")}
    assert datetime.fromisoformat(answers.answers[0].at).utcoffset() == timedelta(0)


def test_a_row_of_which_nothing_is_known_is_skipped_and_says_why():
    (answer,) = SimulatedOracle(hidden, seed=0, noise=0.5).collect(request(2)).answers
    assert (answer.status, answer.targets) == ("skipped", None)
    assert answer.comment == "none of its hidden labels is known"


def about(considered, *rows):
    return replace(request(*rows), considered=considered)


def test_only_the_labels_asked_about_are_answered_and_what_is_hidden_of_none_is_skipped():
    answers = SimulatedOracle(hidden, seed=0).collect(about(((0,), (1,), (1,), (0, 1)), 4, 0, 3, 1))
    assert decided(answers) == [
        (4, "labelled", (0, -1)),
        (0, "labelled", (-1, 0)),
        (3, "skipped", None),
        (1, "labelled", (0, 0)),
    ]
    assert [answer.considered for answer in answers.answers] == [(0,), (1,), (1,), (0, 1)]


def test_noise_flips_the_same_labels_whether_they_are_asked_one_by_one_or_all_at_once():
    truth = np.zeros((60, 2), dtype=np.int8)
    oracle = SimulatedOracle(lambda rows: truth[rows], seed=0, noise=0.5)
    whole = np.array([answer.targets for answer in oracle.collect(request(*range(60))).answers])
    for label in (0, 1):
        part = oracle.collect(about(((label,),) * 60, *range(60))).answers
        assert [answer.targets[label] for answer in part] == whole[:, label].tolist()
    assert len(np.unique(whole)) == 2


@pytest.mark.parametrize("name", ORACLES.names())
def test_no_oracle_says_more_than_it_was_asked(name, tmp_path, settings):
    oracle, asked = made(name, tmp_path, settings), about(((0,), (1,), (0,)), 4, 0, 2)
    pool = QueryPool.in_memory(5, ["joy", "anger"])
    pool.mark_pending(asked)
    oracle.ask(asked)
    answers = oracle.collect(asked)
    said = {
        (answer.row, label)
        for answer in answers.answers
        for label, target in enumerate(answer.targets or ())
        if target >= 0
    }
    assert said <= {(4, 0), (0, 1), (2, 0)}
    pool.label(answers, round=3)


def test_noise_flips_about_the_share_it_is_set_to_and_leaves_what_is_unknown():
    truth = np.tile(np.array([1, 0, -1], dtype=np.int8), (2000, 1))
    answers = SimulatedOracle(lambda rows: truth[rows], seed=0, noise=0.2).collect(request(*range(2000)))
    found = np.array([answer.targets for answer in answers.answers])
    assert (found[:, 2] == -1).all()
    assert set(np.unique(found[:, :2])) == {0, 1}
    flipped = (found[:, :2] != truth[:, :2]).mean(axis=0)
    assert flipped == pytest.approx([0.2, 0.2], abs=0.03)  # about three standard errors


def test_noise_is_the_same_for_a_row_however_it_is_asked_and_another_with_another_seed():
    truth = np.zeros((50, 4), dtype=np.int8)

    def noisy(seed, *rows):
        answers = SimulatedOracle(lambda rows: truth[rows], seed=seed, noise=0.5).collect(request(*rows))
        return {answer.row: answer.targets for answer in answers.answers}

    together = noisy(1, *range(50))
    assert all(noisy(1, row)[row] == together[row] for row in (0, 7, 49))
    assert noisy(1, *reversed(range(50))) == together
    assert noisy(2, *range(50)) != together
    assert len(set(together.values())) > 5


def test_noise_beyond_a_half_is_refused_before_anything_runs():
    for noise in (-0.1, 0.6, "much"):
        with pytest.raises(SettingsError, match="noise"):
            ORACLES.entry("simulated").check({"noise": noise})
    assert ORACLES.entry("simulated").check({}) == {"noise": 0.0}
    assert (
        ORACLES.entry("simulated").function(noise=0.5, _targets=hidden, _seed=0).collect(request(0)).answers
    )


@pytest.fixture
def oracle(tmp_path):
    return FileOracle(tmp_path / "queries", Texts())


def test_a_request_is_written_as_jsonl_and_csv_best_first(oracle, tmp_path):
    oracle.ask(request(4, 0, 3))
    jsonl, sheet = oracle.paths("round-003")
    assert (jsonl, sheet) == (tmp_path / "queries/round-003.jsonl", tmp_path / "queries/round-003.csv")
    header, *lines = map(json.loads, jsonl.read_text(encoding="utf-8").splitlines())
    assert header["labels"] == [{"name": "joy", "description": "glad"}, {"name": "anger"}]
    assert [(line["id"], line["rank"], line["score"], line["reason"]) for line in lines] == [
        ("e", 0, -1.0, "why 4"),
        ("00001", 1, 0.0, "why 0"),
        ("=d", 2, -0.75, "why 3"),
    ]
    assert [row["id"] for row in rows_of(sheet)] == ["e", "00001", "'=d"]
    assert oracle.collect(request(4, 0, 3)).answers == ()


def test_a_request_without_scores_is_written_without(oracle):
    oracle.ask(request(0, scores=False))
    assert (
        json.loads(oracle.paths("round-003")[0].read_text(encoding="utf-8").splitlines()[1])["score"] is None
    )


def test_asking_again_leaves_a_file_that_somebody_fills_in_and_writes_one_that_is_gone(oracle):
    oracle.ask(request(4, 0))
    jsonl, sheet = oracle.paths("round-003")
    jsonl.write_text("half filled in", encoding="utf-8")
    sheet.unlink()
    oracle.ask(request(4, 0))
    assert jsonl.read_text(encoding="utf-8") == "half filled in"
    assert len(rows_of(sheet)) == 2


def rows_of(path):
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def fill_in(path, **changes):
    """A copy of a sheet with labels and status by id, as a spreadsheet would save it."""
    rows = rows_of(path)
    for row in rows:
        row["labels"], row["status"] = changes.get(row["id"].strip("'="), ("", ""))
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, rows[0], delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    filled = path.with_name("filled.csv")
    filled.write_bytes(table.getvalue().encode("utf-8-sig"))
    return filled


def test_a_sheet_that_comes_back_in_parts_labels_the_pool_and_twice_is_once(oracle):
    pool, asked = QueryPool.in_memory(5, ["joy", "anger"]), request(4, 3, 2, 1)
    pool.mark_pending(asked)
    oracle.ask(asked)
    sheet = oracle.paths("round-003")[1]
    filled = fill_in(sheet, e=("joy|anger", ""), d=("", "done"))
    change = pool.label(import_answers([filled], Texts()), round=3)
    assert (change.new, change.unasked) == (2, 0)
    assert pool.open_requests() == (asked,)
    filled = fill_in(sheet, e=("joy|anger", ""), d=("", "done"), c=("", "skipped"), b=("anger", ""))
    change = pool.label(import_answers([filled], Texts()), round=3)
    assert (change.new, change.skipped, change.repeated) == (1, 1, 2)
    rows, targets = pool.labelled()
    assert (rows.tolist(), targets.tolist()) == ([1, 3, 4], [[0, 1], [0, 0], [1, 1]])
    assert pool.open_requests() == ()
    before = list(pool.events())
    assert pool.label(import_answers([filled], Texts()), round=3).repeated == 4
    assert list(pool.events()) == before


def test_an_answer_carries_who_when_and_where_from(tmp_path):
    path = tmp_path / "ours.csv"
    path.write_text(
        "id,labels,annotator,at,comment\nb,joy,,,\ne,,anna,2026-11-20T13:26:39Z,?\n", encoding="utf-8"
    )
    answers = import_answers([path], Texts(), annotator="ben").answers
    assert [(answer.annotator, answer.source) for answer in answers] == [("ben", "ours.csv")]
    path.write_text("id,labels,annotator,at,comment\ne,joy,anna,2026-11-20T13:26:39Z,?\n", encoding="utf-8")
    (answer,) = import_answers([path], Texts()).answers
    assert (answer.annotator, answer.at, answer.comment) == ("anna", "2026-11-20T13:26:39Z", "?")
    assert (answer.row, answer.targets) == (4, (1, 0))


def test_labels_that_were_not_considered_are_not_known(tmp_path):
    path = tmp_path / "log.jsonl"
    line = {
        "format": "text_al.decision/1",
        "id": "b",
        "labels": [],
        "considered": ["anger"],
        "status": "labelled",
    }
    path.write_text(json.dumps(line), encoding="utf-8")
    answers = import_answers([str(path)], Texts())
    assert decided(answers) == [(1, "labelled", (-1, 0))]
    assert answers.answers[0].annotator == "unnamed"


def test_files_name_the_labels_asked_and_an_answer_without_them_is_about_these(oracle):
    pool, asked = QueryPool.in_memory(5, ["joy", "anger"]), about(((1,), (0,), (0,)), 4, 1, 2)
    pool.mark_pending(asked)
    oracle.ask(asked)
    jsonl, sheet = oracle.paths("round-003")
    lines = list(map(json.loads, jsonl.read_text(encoding="utf-8").splitlines()))[1:]
    assert [line["considered"] for line in lines] == [["anger"], ["joy"], ["joy"]]
    assert [row["considered"] for row in rows_of(sheet)] == ["anger", "joy", "joy"]
    filled = fill_in(sheet, e=("anger", ""), b=("", "done"), c=("", "skipped"))
    assert [answer.considered for answer in import_answers([filled], Texts()).answers] == [(1,), (0,), (0,)]
    forgetful = filled.with_name("forgetful.csv")
    forgetful.write_text("id,labels,status\ne,anger,\nb,,done\nc,,skipped\n", encoding="utf-8")
    answers = import_answers([forgetful], Texts())
    assert [answer.considered for answer in answers.answers] == [None] * 3
    assert pool.label(answers, round=3).new == 2
    rows, targets = pool.labelled()
    assert (rows.tolist(), targets.tolist()) == ([1, 4], [[0, -1], [-1, 1]])
    assert pool.label(import_answers([filled], Texts()), round=3).repeated == 3


def test_unknown_ids_and_labels_of_all_files_are_named_and_nothing_comes_of_them(tmp_path):
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    one.write_text("id,labels\nb,joy\n1,joy\nzz,\nyy,anger\n", encoding="utf-8")
    other.write_text("id,labels\nc,jou\n", encoding="utf-8")
    with pytest.raises(AnswersError) as caught:
        import_answers([one, other], Texts())
    assert caught.value.problems == (
        "one.csv, line 3: no text has the id '1'",
        "one.csv, line 5: no text has the id 'yy'",
        "other.csv, line 2, id 'c': no label is called 'jou'. Did you mean 'joy'?",
    )
    with pytest.raises(AnswersError, match=r"one\.csv cannot be used:\n  line 3: no text"):
        import_answers([one], Texts())


def test_when_a_file_has_another_text_under_an_id_it_is_taken_for_another_runs(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text(f"id,text,labels\ne,{'quite another text ' * 5},joy\nb,2,joy\n", encoding="utf-8")
    with pytest.raises(AnswersError, match="line 2: id 'e' has another text in the corpus"):
        import_answers([path], Texts())


def test_what_spreadsheets_do_to_a_text_does_not_make_it_another(tmp_path):
    path = tmp_path / "file.csv"
    saved = Texts.all_texts[4].strip().replace(",", " ").replace(" ", "\r\n")[:500]
    path.write_text(f'id,text,labels\ne,"{saved}",joy\nb,2,joy\n', encoding="utf-8", newline="")
    assert [answer.row for answer in import_answers([path], Texts()).answers] == [4, 1]
