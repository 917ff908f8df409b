"""One person at the page: texts come in order, answers are kept as they were meant, and can be taken back."""

import json

import pytest
from app_examples import ANNA, body_of, people_run, served
from loop_examples import hidden

from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.errors import TextALError
from text_al.loop.label_questions import Considered
from text_al.types import LabelRequest


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run"


@pytest.fixture
def page(folder):
    with served(lambda: people_run(folder), grace_seconds=60.0) as made:
        made.wait_for("labelling")
        yield made


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """A page, and its run's folder, for what changes nothing."""
    folder = tmp_path_factory.mktemp("quiet") / "run"
    with served(lambda: people_run(folder), grace_seconds=60.0) as made:
        made.wait_for("labelling")
        yield made, folder


@pytest.fixture(scope="module")
def ranked(tmp_path_factory):
    """A page that waits for the second batch, whose labels are ranked."""
    folder = tmp_path_factory.mktemp("ranked") / "run"
    with served(lambda: people_run(folder)) as made:
        made.wait_for("labelling")
        made.label_batch()
        made.wait_for("labelling")
        yield made


def events(folder, kinds=("labelled", "skipped")):
    """What is in the run's database, read beside the server."""
    with RunStore.open(folder / "state.db", read_only=True) as store:
        return [event for event in QueryPool.open(store).events() if event.kind in kinds]


def row_of(item):
    return int(item["id"].removeprefix("id-"))


def truth(item):
    return [label for label, target in enumerate(hidden([row_of(item)])[0]) if target]


def test_the_project_tells_labels_mode_and_an_id_of_its_own(page):
    project = page.get("project")
    assert [label["name"] for label in project["labels"]] == ["even", "small"]
    assert (project["name"], project["mode"], project["n_texts"]) == ("run", "ranked", 40)
    assert (project["grace_seconds"], project["guidelines"], project["default_annotator"]) == (60.0, "", "")
    assert len(project["run"]) == 16


def test_texts_come_in_the_order_of_their_rank_and_ids_that_are_held_are_left_out(page):
    first = page.next()
    assert (first["rank"], first["n"], first["request"]) == (0, 10, "round-000")
    second = page.next(ANNA, first["id"])
    third = page.next(ANNA, first["id"], second["id"])
    assert [second["rank"], third["rank"]] == [1, 2]
    page.answer(second)
    assert page.next()["id"] == first["id"]
    assert page.next(ANNA, first["id"])["id"] == third["id"]


def test_without_a_model_nothing_is_ranked(page):
    item = page.next()
    assert (item["ranked"], item["mode"], item["suggested"], item["at_stake"]) == (None, "none", [], [])
    assert item["considered"] is None


@pytest.mark.parametrize(
    ("status", "labels", "kind", "targets", "word"),
    [
        ("labelled", [1], "labelled", (0, 1), ""),
        ("labelled", [], "labelled", (0, 0), ""),
        ("skipped", [], "skipped", None, ""),
        ("unsure", [], "skipped", None, "unsure"),
        ("rejected", [], "skipped", None, "rejected"),
    ],
)
def test_an_answer_is_kept_as_it_was_meant(page, folder, status, labels, kind, targets, word):
    item = page.next()
    said = page.answer(item, labels, status=status, comment="hard: 難", seconds=1.25)
    assert (said["saved"], said["n_yours_left"]) == (True, 9)
    assert said["at"].endswith("Z")
    (event,) = events(folder)
    assert (event.row, event.kind, event.targets, event.how.word) == (row_of(item), kind, targets, word)
    assert (event.annotator, event.source, event.comment) == ("anna", "page", "hard: 難")
    assert (event.how.seconds, event.at, event.request, event.round) == (1.25, said["at"], "round-000", 0)
    assert event.how.shown.mode == "none"
    mine = page.get("mine", annotator=ANNA)["answers"]
    assert [(one["id"], one["status"], one["labels"], one["open"]) for one in mine] == [
        (item["id"], status, labels, True)
    ]
    assert (mine[0]["text"], mine[0]["comment"]) == (item["text"], "hard: 難")


def test_what_was_shown_is_kept_with_the_answer_by_name_and_model(folder):
    with served(lambda: people_run(folder)) as page:
        page.wait_for("labelling")
        page.label_batch(decide=truth)
        page.wait_for("labelling")
        item = page.next()
        assert item["mode"] == "ranked"
        assert [label for label, _ in item["ranked"]] == sorted(
            (0, 1), key=lambda label: -dict(item["ranked"])[label]
        )
        page.answer(item, truth(item))
    event = events(folder)[-1]
    names = ("even", "small")
    assert (event.how.shown.mode, event.how.shown.model) == ("ranked", "round-001")
    assert event.how.shown.labels == tuple((names[label], p) for label, p in item["ranked"])


def test_progress_counts_this_annotator_and_their_pace(page):
    for seconds in (2.0, 4.0, 9.0):
        page.answer(page.next(), seconds=seconds)
    state = page.state()
    assert state["request"] == {
        "id": "round-000", "round": 0, "n": 10, "n_done": 3, "n_yours_done": 3, "n_yours_left": 7,
        "purpose": "train",
    }  # fmt: skip
    assert state["speed"] == {"median_seconds": 4.0, "minutes_left": 0.5}
    assert state["budget"] == {
        "labelled": 3, "skipped": 0, "pending": 7, "budget": 25, "n_rounds_left": 3, "queue_size": 5,
    }  # fmt: skip
    assert state["annotators"] == [{"name": "anna", "answers": 3}]
    assert state["last_saved"] is not None
    assert page.state("ben")["speed"] is None
    assert page.state("")["request"]["n_yours_left"] == 7


def test_the_version_changes_with_every_answer_and_stands_still_without(page):
    before = page.state()["version"]
    assert page.state()["version"] == before
    page.answer(page.next())
    assert page.state()["version"] > before


def test_a_second_answer_of_the_same_person_corrects_the_first(page, folder):
    item = page.next()
    page.answer(item, [0])
    page.answer(item, [1])
    page.answer(item, [1])
    assert [event.targets for event in events(folder)] == [(1, 0), (0, 1)]
    assert page.state()["request"]["n_done"] == 1
    assert page.get("item", annotator=ANNA, id=item["id"])["item"]["answer"]["labels"] == [1]


def test_an_answer_that_is_taken_back_waits_again_and_both_stay_in_the_history(page, folder):
    item = page.next()
    page.answer(item, [0])
    back = page.post("withdraw", annotator=ANNA, request=item["request"], id=item["id"])["item"]
    assert back == item
    assert page.next()["id"] == item["id"]
    assert page.state()["request"]["n_done"] == 0
    assert page.get("mine", annotator=ANNA)["answers"] == []
    assert [event.how.word for event in events(folder)] == ["", "withdrawn"]
    page.answer(item, [0])
    assert page.get("mine", annotator=ANNA)["answers"][0]["labels"] == [0]


def test_what_was_never_said_cannot_be_taken_back(page):
    item = page.next()
    reply = page.send("withdraw", {"annotator": ANNA, "request": item["request"], "id": item["id"]})
    assert (reply.status_code, reply.json()["code"]) == (409, "stale")


def test_during_the_grace_period_an_undo_opens_the_batch_again(page):
    ids = page.label_batch()
    state = page.state()
    assert (state["phase"], state["request"]["n_yours_left"]) == ("labelling", 0)
    assert 50 < state["starts_in"] <= 60
    page.post("withdraw", annotator=ANNA, request="round-000", id=ids[-1])
    assert page.state()["starts_in"] is None
    page.answer(page.next())
    assert page.state()["starts_in"] > 50
    assert page.post("train") == {"started": True}
    assert page.wait_for("labelling")["request"]["id"] == "round-001"


def test_a_correction_during_the_grace_period_gives_time_for_another(page):
    page.label_batch()
    first = page.get("mine", annotator=ANNA)["answers"][0]
    page.desk._worker.due_in(30.0)
    page.answer(page.get("item", annotator=ANNA, id=first["id"])["item"], [0])
    assert page.state()["starts_in"] > 50


def test_training_does_not_begin_before_the_batch_is_done(page):
    page.answer(page.next())
    reply = page.send("train", {})
    assert (reply.status_code, reply.json()["code"]) == (409, "stale")
    assert "9 texts wait" in reply.json()["error"]


def test_answers_to_a_batch_that_is_over_are_corrections_and_cannot_be_taken_back(folder):
    with served(lambda: people_run(folder)) as page:
        page.wait_for("labelling")
        page.label_batch(decide=truth)
        page.wait_for("labelling")
        old = page.get("mine", annotator=ANNA)["answers"][3]
        assert old["open"] is False
        reply = page.send("withdraw", {"annotator": ANNA, "request": old["request"], "id": old["id"]})
        assert (reply.status_code, reply.json()["code"]) == (409, "stale")
        item = page.get("item", annotator=ANNA, id=old["id"])["item"]
        assert (item["request"], item["answer"]["labels"]) == ("round-000", old["labels"])
        other = [label for label in (0, 1) if label not in old["labels"]]
        page.answer(item, other)
        assert page.get("mine", annotator=ANNA)["answers"][0]["labels"] == other
        assert events(folder)[-1].targets == tuple(int(label in other) for label in (0, 1))
        page.label_batch(decide=truth)
        page.wait_for("labelling")
    run = people_run(folder)
    rows, targets = run.pool.labelled()
    assert targets[rows.tolist().index(row_of(item))].tolist() == [int(label in other) for label in (0, 1)]
    run.close()


WRONG = [
    ({"annotator": ""}, "empty"),
    ({"annotator": "   "}, "empty"),
    ({"annotator": "x" * 61}, "1 to 60"),
    ({"annotator": "a\nb"}, "seen"),
    ({"annotator": "a\u202eb"}, "seen"),
    ({"annotator": "llm:gpt"}, "programs"),
    ({"annotator": "LLM:gpt"}, "programs"),
    ({"annotator": "corpus"}, "programs"),
    ({"annotator": "Simulated"}, "programs"),
    ({"annotator": 7}, "text"),
    ({"annotator": None}, "text"),
    ({"request": None}, "request must be text"),
    ({"id": ["id-1"]}, "id must be text"),
    ({"status": "done"}, "status must be one of"),
    ({"status": ["labelled"]}, "status must be one of"),
    ({"status": "withdrawn"}, "status must be one of"),
    ({"labels": [2]}, "label 2"),
    ({"labels": [-1]}, "label -1"),
    ({"labels": [0, 0]}, "twice"),
    ({"labels": ["even"]}, "numbers"),
    ({"labels": [True]}, "numbers"),
    ({"labels": [0.0]}, "numbers"),
    ({"labels": "0"}, "numbers"),
    ({"labels": {"0": 1}}, "numbers"),
    ({"status": "skipped", "labels": [0]}, "has no labels"),
    ({"status": "unsure", "labels": [0]}, "has no labels"),
    ({"status": "rejected", "labels": [0]}, "has no labels"),
    ({"seconds": -1}, "seconds"),
    ({"seconds": 86_401}, "seconds"),
    ({"seconds": "2"}, "seconds"),
    ({"seconds": True}, "seconds"),
    ({"seconds": 10**400}, "seconds"),
    ({"considered": [2]}, "label 2"),
    ({"considered": [0], "labels": [1]}, "label 1"),
    ({"comment": "x" * 2001}, "2,001"),
    ({"comment": 1}, "comment must be text"),
    ({"comment": "\ud800"}, "half a character"),
    ({"shown": {"mode": "all"}}, "shown"),
    ({"shown": "none"}, "shown"),
    ({"shown": {"mode": "none", "labels": [[0, 0.5]]}}, "empty"),
    ({"shown": {"mode": "ranked", "labels": [[0, 0.5]]}}, "none was there"),
    ({"shown": {"mode": "none", "labels": [], "x": 1}}, "'x' is not known"),
    ({"settles": 1}, "true or false"),
    ({"settles": True}, "nothing to settle"),
    ({"extra": 1}, "'extra' is not known"),
]


@pytest.mark.parametrize(("changes", "words"), WRONG, ids=[json.dumps(changes)[:40] for changes, _ in WRONG])
def test_what_cannot_be_an_answer_is_refused_and_nothing_is_kept(quiet, changes, words):
    page, folder = quiet
    reply = page.send("answer", json.dumps({**body_of(page.next()), **changes}).encode())
    assert (reply.status_code, reply.json()["code"]) == (400, "invalid")
    assert words in reply.json()["error"]
    assert events(folder) == []


@pytest.mark.parametrize(
    "labels",
    [
        [[0, 1.5]],
        [[0, -0.1]],
        [[0, "1"]],
        [[0]],
        [[5, 0.5]],
        [[0, 0.5], [0, 0.5]],
        [[0, 0.5]] * 13,
        [0],
        {},
        [[0, 10**400]],
        [[10**400, 0.5]],
    ],
)
def test_what_cannot_have_been_shown_is_refused(ranked, labels):
    reply = ranked.send("answer", body_of(ranked.next(), shown={"mode": "ranked", "labels": labels}))
    assert (reply.status_code, reply.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"id": "id-999"}, "'id-999'"), ({"request": "round-007"}, "'round-007'"), ({"request": ""}, "''")],
)
def test_a_text_or_a_batch_that_does_not_exist_is_named(quiet, changes, words):
    page, _ = quiet
    reply = page.send("answer", body_of(page.next(), **changes))
    assert (reply.status_code, reply.json()["code"]) == (404, "unknown")
    assert words in reply.json()["error"]


def test_a_field_that_is_missing_is_named(page):
    body = body_of(page.next())
    for name in ("annotator", "request", "id", "status"):
        reply = page.send("answer", {key: value for key, value in body.items() if key != name})
        assert reply.status_code == 400
        assert name in reply.json()["error"]
    page.post("answer", **{key: body[key] for key in ("annotator", "request", "id", "status")})


@pytest.mark.parametrize(
    "path",
    [
        "next", "next?annotator=", "next?annotator=llm:x", "next?annotator=a&annotator=b", "mine",
        "mine?annotator=anna&limit=0", "mine?annotator=anna&limit=x", "mine?annotator=anna&limit=-1",
        "item?annotator=anna", "state?annotator=corpus", "disagreements",
        "next?annotator=anna" + "&skip=x" * 101,
    ],
)  # fmt: skip
def test_a_question_that_is_not_whole_is_refused(quiet, path):
    reply = quiet[0].http.get(f"/api/{path}")
    assert (reply.status_code, reply.json()["code"]) == (400, "invalid")


def test_names_are_the_same_with_blanks_around_them_and_in_either_spelling_of_accents(page):
    item = page.next("  Zoe\u0308 ")
    page.answer(item, annotator="  Zoe\u0308 ")
    assert page.state("Zoë")["annotators"] == [{"name": "Zoë", "answers": 1}]


def test_a_name_that_only_looks_like_another_one_is_no_name(quiet):
    page, folder = quiet
    for name in ("anna\u200b", "\u200dben", "an\ufe0fna", "\u3164", "an\u00adna"):
        reply = page.send("answer", body_of(page.next(), annotator=name))
        assert (reply.status_code, "seen" in reply.json()["error"]) == (400, True)
    assert events(folder) == []


def test_a_hostile_text_travels_as_it_is(tmp_path):
    hostile = "<script>alert(1)</script>\u2028</textarea>\"'`${x}"

    def open_run():
        run = people_run(tmp_path / "run")
        run.texts.texts = lambda rows: [hostile] * len(rows)
        return run

    with served(open_run) as page:
        page.wait_for("labelling")
        assert page.next()["text"] == hostile


class PartlyAsked:
    """Asks about one label of each text of the first batch."""

    def __init__(self, run):
        self._label = run.pool.mark_pending
        run.pool.mark_pending = self

    def __call__(self, request):
        considered: Considered = tuple((1,) for _ in request.rows)
        self._label(LabelRequest(**{**vars(request), "considered": considered}))


def test_a_text_is_asked_about_the_labels_it_is_asked_about(folder):
    def open_run():
        run = people_run(folder)
        PartlyAsked(run)
        return run

    with served(open_run) as page:
        page.wait_for("labelling")
        item = page.next()
        assert item["considered"] == [1]
        assert page.send("answer", body_of(item, [0])).status_code == 400
        page.answer(item, [1])
        page.answer(page.next(), [])
        page.answer(page.next(), status="skipped")
    assert [event.targets for event in events(folder)] == [(-1, 1), (-1, 0), None]
    assert events(folder)[-1].considered == (1,)


def test_when_the_answer_cannot_be_written_the_page_is_told_so(page, monkeypatch):
    def full(*_, **__):
        raise TextALError("state.db: database or disk is full; make room on the disk")

    item = page.next()
    monkeypatch.setattr(page.desk._run.pool, "label", full)
    reply = page.send("answer", body_of(item))
    assert (reply.status_code, reply.json()["code"]) == (500, "internal")
    assert "disk is full" in reply.json()["error"]
    monkeypatch.undo()
    page.answer(item)
    assert page.state()["request"]["n_done"] == 1
