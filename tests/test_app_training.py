"""Between batches the model trains behind the page: nothing waits for it, nothing is lost by it."""

import json
import threading
import time

import pytest
from app_examples import ANNA, BEN, SlowLearner, body_of, people_run, served
from test_app_answers import events, row_of, truth

from text_al.app.ear import Abandoned, Ear
from text_al.app.given import Given
from text_al.app.journal import Journal
from text_al.app.worker import Worker
from text_al.circumstances import Circumstances, Shown
from text_al.errors import AnswersError, RunLockedError, TrainingError
from text_al.reporting import Silent


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run"


def training(page, learner, **decide):
    """Labels the batch, and returns while the model is being fitted."""
    page.wait_for("labelling")
    page.label_batch(**decide)
    assert learner.is_fitting.wait(10)
    return page.wait_for("training")


def test_while_the_model_trains_the_page_is_answered_at_once(folder):
    learner = SlowLearner()
    with served(lambda: people_run(folder, learner=learner)) as page:
        state = training(page, learner)
        assert state["progress"]["stage"] == "train"
        assert state["progress"]["total"] == 10
        began = time.monotonic()
        assert page.next() is None
        assert len(page.get("mine", annotator=ANNA)["answers"]) == 10
        assert page.get("project")["name"] == "run"
        assert page.get("disagreements", annotator=ANNA)["items"] == []
        assert page.get("item", annotator=ANNA, id=page.get("mine", annotator=ANNA)["answers"][0]["id"])
        assert time.monotonic() - began < 2
        learner.may_fit.set()
        assert page.wait_for("labelling")["request"]["id"] == "round-001"


def is_gone(path, seconds=10):
    """Waits for it: a journal goes once all of it is in the store, a moment after the page goes on."""
    end = time.monotonic() + seconds
    while path.exists():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_correction_while_the_model_trains_is_kept_at_once_and_taken_when_it_is_done(folder):
    learner = SlowLearner()
    with served(lambda: people_run(folder, learner=learner)) as page:
        training(page, learner)
        first = page.get("mine", annotator=ANNA)["answers"][0]
        item = page.get("item", annotator=ANNA, id=first["id"])["item"]
        said = page.answer(item, [0, 1], comment="now I see", seconds=7.5)
        assert said["later"] is True
        assert len(events(folder)) == 10
        (line,) = [json.loads(line) for line in (folder / "page.jsonl").read_text("utf-8").splitlines()]
        assert (line["id"], line["labels"], line["n"]) == (first["id"], ["even", "small"], 1)
        assert page.get("mine", annotator=ANNA)["answers"][0]["labels"] == [0, 1]
        assert page.get("item", annotator=ANNA, id=first["id"])["item"]["answer"]["labels"] == [0, 1]
        reply = page.send("withdraw", {"annotator": ANNA, "request": item["request"], "id": item["id"]})
        assert (reply.status_code, reply.json()["code"]) == (409, "stale")
        assert page.send("train", {}).json()["code"] == "stale"
        learner.may_fit.set()
        page.wait_for("labelling")
        is_gone(folder / "page.jsonl")
        event = events(folder)[-1]
        assert (event.row, event.targets, event.comment) == (row_of(item), (1, 1), "now I see")
        assert (event.source, event.how.seconds, event.at) == ("page", 7.5, said["at"])
        assert page.get("mine", annotator=ANNA)["answers"][0]["labels"] == [0, 1]


def test_wrong_corrections_are_refused_while_the_model_trains_too(folder):
    learner = SlowLearner()
    with served(lambda: people_run(folder, learner=learner)) as page:
        training(page, learner)
        item = page.get("item", annotator=ANNA, id=page.get("mine", annotator=ANNA)["answers"][0]["id"])
        assert page.send("answer", body_of(item["item"], [7])).status_code == 400
        assert page.send("answer", body_of(item["item"], id="id-99")).status_code == 404
        assert not (folder / "page.jsonl").exists()
        learner.may_fit.set()
        page.wait_for("labelling")


def test_corrections_that_a_kill_left_in_the_journal_are_taken_at_the_next_start_once(folder):
    learner = SlowLearner()
    with served(lambda: people_run(folder, learner=learner)) as page:
        training(page, learner, decide=lambda _: [0])
        for one in page.get("mine", annotator=ANNA)["answers"][:2]:
            item = page.get("item", annotator=ANNA, id=one["id"])["item"]
            page.answer(item, [1])
            page.answer(item, [])
        kept = (folder / "page.jsonl").read_bytes()
        learner.may_fit.set()
        page.wait_for("labelling")
    before = events(folder)
    assert len(before) == 14
    # The kill came after the answers were in the database, and before the journal was emptied.
    (folder / "page.jsonl").write_bytes(kept)
    with served(lambda: people_run(folder)) as page:
        page.wait_for("labelling")
        assert events(folder) == before
        assert not (folder / "page.jsonl").exists()
    # It came before they were in the database, and in the middle of the last one.
    lines = [json.loads(line) for line in kept.decode().splitlines()]
    later = [{**line, "n": line["n"] + 4, "labels": ["small"]} for line in lines[1::2]]
    torn = "".join(json.dumps(line) + "\n" for line in later) + '{"n": 99, "id": "id-'
    (folder / "page.jsonl").write_text(torn, encoding="utf-8")
    with served(lambda: people_run(folder)) as page:
        page.wait_for("labelling")
        assert [event.targets for event in events(folder)[14:]] == [(0, 1), (0, 1)]
        assert not (folder / "page.jsonl").exists()


def a_given(row=3, **changes):
    shown = Shown("ranked", "round-001", (("even", 0.25),), (("llm:x", ("small",)),))
    how = Circumstances(seconds=1.5, shown=shown, settles=True)
    values = {
        "row": row, "id": f"id-{row}", "request": "round-001", "annotator": "Zoë", "status": "labelled",
        "labels": (1,), "considered": (1,), "how": how, "comment": "a\nb", "at": "2026-01-01T12:00:00Z",
    }  # fmt: skip
    return Given(**(values | changes))


@pytest.mark.parametrize(
    "given",
    [
        a_given(),
        a_given(considered=(0, 1), labels=()),
        a_given(considered=None, labels=(), status="skipped", how=Circumstances()),
        a_given(considered=None, labels=(), status="unsure", how=Circumstances("unsure")),
        a_given(labels=(), status="rejected", how=Circumstances("rejected", seconds=0.5)),
    ],
)
def test_a_line_of_the_journal_says_all_that_was_said(tmp_path, given):
    Journal(tmp_path / "page.jsonl", ("even", "small"), 0).append(given)
    ((number, again),) = Journal(tmp_path / "page.jsonl", ("even", "small"), 0).waiting()
    assert (number, again) == (1, given.answer(2))


def test_lines_go_on_being_numbered_after_the_file_is_gone(tmp_path):
    path = tmp_path / "page.jsonl"
    journal = Journal(path, ("even", "small"), 0)
    for row in (1, 2, 3):
        journal.append(a_given(row))
    journal.forget(2)
    assert [number for number, _ in journal.waiting()] == [3]
    assert path.exists()
    journal.forget(3)
    assert not path.exists()
    journal.append(a_given(4))
    assert [number for number, _ in Journal(path, ("even", "small"), 3).waiting()] == [4]
    assert Journal(path, ("even", "small"), 4).waiting() == []


@pytest.mark.parametrize("line", ["{", "[]", "7", '{"n": 1}', '{"n": 1, "row": 1, "labels": ["blue"]}'])
def test_a_journal_that_is_not_as_it_was_written_is_named_with_its_line(tmp_path, line):
    path = tmp_path / "page.jsonl"
    Journal(path, ("even", "small"), 0).append(a_given())
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(AnswersError, match=r"page\.jsonl[\s\S]*line 2 is not as the page wrote it"):
        Journal(path, ("even", "small"), 0)


def test_a_label_that_came_while_an_answer_was_waiting_is_not_decided_by_it(tmp_path):
    path = tmp_path / "page.jsonl"
    Journal(path, ("even", "small"), 0).append(a_given(considered=None, labels=(0,)))
    ((_, answer),) = Journal(path, ("even", "small", "new"), 0).waiting()
    assert (answer.targets, answer.considered) == ((1, 0, -1), (0, 1))


class Breaks(SlowLearner):
    """Its first fit breaks."""

    def fit(self, *arguments, **others):
        if not self.may_fit.is_set():
            self.may_fit.set()
            raise TrainingError("the loss is nan; lower training.learning_rate")
        return super().fit(*arguments, **others)


def test_when_training_fails_the_page_says_why_keeps_the_answers_and_tries_again(folder):
    with served(lambda: people_run(folder, learner=Breaks())) as page:
        page.wait_for("labelling")
        ids = page.label_batch()
        state = page.wait_for("failed")
        assert state["error"] == "the loss is nan; lower training.learning_rate"
        assert len(events(folder)) == 10
        item = page.get("item", annotator=ANNA, id=ids[0])["item"]
        page.answer(item, [1])
        assert events(folder)[-1].targets == (0, 1)
        reply = page.send("withdraw", {"annotator": ANNA, "request": "round-000", "id": ids[1]})
        assert reply.json()["code"] == "stale"
        assert page.post("train") == {"started": True}
        assert page.wait_for("labelling")["error"] == ""
        rows, targets = page.desk._run.learner.fits[0][1:3]
        assert targets[rows.index(row_of(item))] == [0, 1]


class Bug(SlowLearner):
    def fit(self, *_, **__):
        raise ZeroDivisionError("division by zero")


def test_an_error_of_another_kind_is_told_shortly_and_logged_whole(folder, caplog):
    with served(lambda: people_run(folder, learner=Bug())) as page:
        page.wait_for("labelling")
        page.label_batch()
        error = page.wait_for("failed")["error"]
    assert error.startswith("ZeroDivisionError: division by zero; ")
    assert "info.log" in error
    assert "Traceback" not in error
    assert "Traceback" in caplog.text


def test_when_the_budget_is_spent_the_page_says_so_and_corrections_are_still_taken(folder):
    with served(lambda: people_run(folder, budget=15)) as page:
        page.wait_for("labelling")
        page.label_batch(decide=truth)
        assert page.wait_for("labelling")["budget"]["n_rounds_left"] == 0
        page.label_batch(decide=truth)
        state = page.wait_for("finished")
        assert state["outcome"] == "Finished: the budget of 15 texts is spent."
        assert state["request"] is None
        assert page.next() is None
        assert [n for n, _ in state["curve"]["points"]] == [10, 15]
        assert page.send("train", {}).json() == {"error": state["outcome"], "code": "stale"}
        old = page.get("mine", annotator=ANNA)["answers"][0]
        item = page.get("item", annotator=ANNA, id=old["id"])["item"]
        page.answer(item, [1], BEN)
        (found,) = page.get("disagreements", annotator=ANNA)["items"]
        page.answer(found, [label for label in found["considered"] if label == 1], settles=True)
        assert page.state()["disagreements"] == 0
    with served(lambda: people_run(folder, budget=15)) as page:
        assert page.wait_for("finished")["outcome"] == "Finished: the budget of 15 texts is spent."


def test_skipped_texts_are_trained_without_and_counted_apart(folder):
    with served(lambda: people_run(folder)) as page:
        page.wait_for("labelling")
        for place in range(10):
            item = page.next()
            page.answer(item, truth(item) if place else (), status="labelled" if place else "unsure")
        state = page.wait_for("labelling")
        assert (state["budget"]["labelled"], state["budget"]["skipped"]) == (9, 1)


def test_closing_the_server_ends_a_training_half_way_and_it_begins_again(folder):
    learner = SlowLearner()
    with served(lambda: people_run(folder, learner=learner)) as page:
        training(page, learner)
    assert learner.is_fitting.is_set()
    with served(lambda: people_run(folder)) as page:
        assert page.wait_for("labelling")["request"]["id"] == "round-001"


def test_a_server_that_starts_after_the_last_answer_trains_at_once(folder):
    with served(lambda: people_run(folder), grace_seconds=60.0) as page:
        page.wait_for("labelling")
        page.label_batch()
        assert page.state()["starts_in"] > 50
    with served(lambda: people_run(folder), grace_seconds=60.0) as page:
        assert page.wait_for("labelling")["request"]["id"] == "round-001"


def test_a_run_that_cannot_be_opened_raises_where_the_desk_is_started():
    def locked():
        raise RunLockedError("the run is being advanced by another process")

    with pytest.raises(RunLockedError, match="another process"), served(locked):
        pass


class Counting:
    """Owns a list of what was done, and in which thread."""

    def __init__(self):
        self.done, self.may_work = [], threading.Event()

    def note(self, word):
        self.done.append((word, threading.current_thread().name))

    def open(self):
        self.note("open")

    def work(self):
        self.note("work")
        assert self.may_work.wait(10)

    def close(self):
        self.note("close")


def test_the_worker_does_all_in_its_own_thread_and_turns_away_what_cannot_wait():
    owner = Counting()
    worker = Worker(owner)
    worker.start()
    assert worker.submit(lambda: owner.note("job")).result(5) is None
    with pytest.raises(ZeroDivisionError):
        worker.submit(lambda: 1 / 0).result(5)
    worker.due_in(0.0)
    while len(owner.done) < 3:
        time.sleep(0.001)
    assert worker.submit(lambda: owner.note("too early")) is None
    later = worker.submit(lambda: owner.note("later"), even_if_busy=True)
    assert not later.done()
    owner.may_work.set()
    later.result(5)
    assert worker.stop(5)
    assert [word for word, _ in owner.done] == ["open", "job", "work", "later", "close"]
    assert {name for _, name in owner.done} == {"text-al page"}
    assert worker.submit(lambda: owner.note("after")) is None


def test_the_ear_tells_training_from_choosing_and_ends_what_nobody_waits_for():
    class Tracker(Silent):
        def begin_round(self, *_):
            pass

    fitted = []
    ear = Ear(Tracker(), lambda number: number in fitted)
    assert (ear.phase, ear.progress()) == ("starting", None)
    ear.stage("encode", 5)
    ear.advance(2)
    assert ear.progress() == {"stage": "encode", "done": 2, "total": 5, "text": ""}
    ear.begin_round(1, 10, 30)
    ear.stage("score", 3)
    assert ear.phase == "training"
    fitted.append(1)
    ear.stage("score", 30)
    assert ear.phase == "choosing"
    ear.stop()
    with pytest.raises(Abandoned):
        ear.advance()
