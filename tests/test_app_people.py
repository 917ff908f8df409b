"""Several people at one page: who gets which text, who sees what, and how they come to agree."""

import json

import numpy as np
import pytest
from app_examples import ANNA, BEN, body_of, people_run, served
from test_app_answers import events, row_of

from text_al.app.items import HIDDEN
from text_al.app.leases import Leases
from text_al.data.added_labels import add_label
from text_al.data.store import RunStore
from text_al.loop.people import People
from text_al.oracles.suggestions import Suggestion, write_suggestions
from text_al.strategies import strategy
from text_al.types import Label, Why


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run"


def waiting(open_run, **manner):
    return served(open_run, **{"grace_seconds": 60.0, **manner})


def test_two_people_do_not_get_the_same_text_unless_there_is_no_other(folder):
    with waiting(lambda: people_run(folder)) as page:
        page.wait_for("labelling")
        mine = [page.next(ANNA)]
        for _ in range(4):
            mine.append(page.next(ANNA, *[item["id"] for item in mine]))
        theirs = [page.next(BEN)]
        for _ in range(4):
            theirs.append(page.next(BEN, *[item["id"] for item in theirs]))
        ids = [item["id"] for item in (*mine, *theirs)]
        assert len(set(ids)) == 10
        assert page.next(BEN, *ids[5:])["id"] in ids[:5]


def test_a_second_opinion_that_nobody_asked_for_is_kept_all_the_same(folder):
    with waiting(lambda: people_run(folder)) as page:
        page.wait_for("labelling")
        item = page.next(ANNA)
        page.answer(item, [0])
        assert page.answer(item, [1], BEN)["saved"]
        assert [(event.annotator, event.targets) for event in events(folder)] == [
            (ANNA, (1, 0)), (BEN, (0, 1)),
        ]  # fmt: skip
        assert page.state()["request"]["n_done"] == 1
        assert page.state()["disagreements"] == 1


def test_a_text_for_two_waits_for_two_different_people(folder):
    people = People(overlap=1.0, n_annotators=2)
    with waiting(lambda: people_run(folder, people=people)) as page:
        page.wait_for("labelling")
        first = page.next(ANNA)
        assert page.next(BEN)["id"] == first["id"]
        page.label_batch(ANNA)
        state = page.state(ANNA)["request"]
        assert (state["n_done"], state["n_yours_done"], state["n_yours_left"]) == (0, 10, 0)
        assert page.state(BEN)["request"]["n_yours_left"] == 10
        assert page.state()["starts_in"] is None
        page.label_batch(BEN)
        assert page.state()["request"]["n_done"] == 10
        assert page.state()["starts_in"] > 50


def test_nobody_sees_what_others_said_before_answering(folder):
    people = People(overlap=1.0, n_annotators=2)
    with waiting(lambda: people_run(folder, people=people)) as page:
        page.wait_for("labelling")
        item = page.next(ANNA)
        page.answer(item, [0], comment="told you")
        for seen in (page.next(BEN), page.get("item", annotator=BEN, id=item["id"])["item"]):
            assert (seen["id"], seen["answer"], seen["said"]) == (item["id"], None, None)
            assert "told you" not in json.dumps(seen)
        assert page.get("mine", annotator=BEN)["answers"] == []
        page.answer(item, [1], BEN)
        assert page.get("disagreements", annotator="cleo")["items"][0]["id"] == item["id"]


def test_a_text_in_dispute_that_still_waits_for_a_third_opinion_is_not_settled_yet(folder):
    people = People(overlap=1.0, n_annotators=3)
    with waiting(lambda: people_run(folder, people=people)) as page:
        page.wait_for("labelling")
        item = page.next(ANNA)
        page.answer(item, [0])
        page.answer(item, [1], BEN)
        assert page.state()["disagreements"] == 0
        assert page.get("disagreements", annotator="cleo")["items"] == []
        page.answer(item, [1], "cleo")
        assert page.state()["disagreements"] == 1


def test_a_disagreement_is_shown_with_all_that_was_said_and_settled_once(folder):
    with waiting(lambda: people_run(folder)) as page:
        page.wait_for("labelling")
        item = page.next(ANNA)
        page.answer(item, [0])
        page.answer(item, [0, 1], BEN)
        (found,) = page.get("disagreements", annotator=ANNA)["items"]
        assert found["said"] == [
            {"annotator": ANNA, "labels": [0], "considered": None, "status": "labelled"},
            {"annotator": BEN, "labels": [0, 1], "considered": None, "status": "labelled"},
        ]
        assert found["answer"]["labels"] == [0]
        page.answer(found, [1], "cleo", settles=True)
        assert events(folder)[-1].how.settles
        assert page.state()["disagreements"] == 0
        assert page.get("disagreements", annotator=ANNA)["items"] == []


def test_disagreements_of_batches_that_are_over_are_still_there_after_a_restart(folder):
    with served(lambda: people_run(folder)) as page:
        page.wait_for("labelling")
        item = page.next(ANNA)
        page.label_batch(decide=lambda _: [0])
        page.wait_for("labelling")
        page.answer(item, [], BEN)
    with served(lambda: people_run(folder)) as page:
        page.wait_for("labelling")
        assert page.state()["disagreements"] == 1
        (found,) = page.get("disagreements", annotator="cleo")["items"]
        assert (found["id"], found["request"], found["text"]) == (item["id"], "round-000", item["text"])
        page.answer(found, [0], "cleo", settles=True)
        assert page.state()["disagreements"] == 0
        assert page.state()["request"]["id"] == "round-001"


def test_a_program_has_no_say_in_who_is_at_the_page_nor_in_disagreements(folder):
    def open_run():
        run = people_run(folder)
        answer = run.oracle._answer(3)
        run.pool.label([type(answer)(3, "labelled", (0, 1), "llm:x@1", "llm", answer.at)], round=0)
        run.pool.label([type(answer)(3, "labelled", (1, 1), "anna", "file.csv", answer.at)], round=0)
        return run

    with waiting(open_run) as page:
        state = page.wait_for("labelling")
        assert state["annotators"] == [{"name": "anna", "answers": 1}]
        assert state["disagreements"] == 0
        mine = page.get("mine", annotator=ANNA)["answers"]
        assert [(one["id"], one["request"], one["open"]) for one in mine] == [("id-3", "", False)]
        item = page.get("item", annotator=ANNA, id="id-3")["item"]
        assert item["answer"]["labels"] == [0, 1]
        page.answer(item, [0])
        assert page.get("item", annotator=ANNA, id="id-3")["item"]["answer"]["labels"] == [0]


LEAKS = ("ranked", "suggested", "at_stake", "suggestions", "nearest", "score")
NOTHING = {"ranked": None, "suggested": [], "at_stake": [], "suggestions": [], "nearest": [], "score": None}


class TellingStrategy:
    """A strategy whose reasons name a label, as those that look for rare ones do; every text has a why."""

    def __init__(self, run):
        self._mark = run.pool.mark_pending
        run.pool.mark_pending = self

    def __call__(self, request):
        n = len(request.rows)
        values = vars(request) | {"reasons": ("likeliest of the open texts for small",) * n}
        if request.round:
            values["whys"] = tuple(Why(((1, 0.5),), ((row - 1, 0.9),)) for row in request.rows)
        self._mark(type(request)(**values))


def second_batch(folder, **settings):
    """A page that waits for the second batch, of which a language model has suggested labels too."""

    def open_run():
        run = people_run(folder, strategy=strategy("margin"), **settings)
        TellingStrategy(run)
        ask = run.oracle.ask

        def suggest(request):
            ids = run.texts.ids(np.array(request.rows))
            made = [Suggestion(one, ("small",), "llm:m@1", "2026-01-01", ("even", "small")) for one in ids]
            write_suggestions(run.folder.queries, request.id, made)
            ask(request)

        run.oracle.ask = suggest
        return run

    return open_run


def all_items(page, annotator=ANNA):
    items = []
    while (item := page.next(annotator, *[item["id"] for item in items])) is not None:
        items.append(item)
    return items


def test_from_a_blind_text_every_trace_of_the_models_opinion_is_missing(folder):
    with served(second_batch(folder, people=People(blind=0.4))) as page:
        page.wait_for("labelling")
        page.label_batch()
        page.wait_for("labelling")
        items = all_items(page)
        hidden = [item for item in items if item["mode"] == "none"]
        shown = [item for item in items if item["mode"] == "ranked"]
        assert (len(hidden), len(shown)) == (2, 3)
        for item in hidden:
            assert {key: item[key] for key in LEAKS} == NOTHING
            assert item["reason"] == HIDDEN["blind"]
            assert "small" not in json.dumps(item)
        for item in shown:
            assert all(item[key] for key in LEAKS if key != "suggested")
            assert item["suggestions"] == [{"by": "llm:m@1", "labels": [1]}]
            assert item["nearest"][0]["similarity"] == 0.9
            assert "small" in item["reason"]
        body = body_of(hidden[0], shown={"mode": "ranked", "labels": [[0, 0.5]]})
        assert page.send("answer", body).status_code == 400
        page.answer(shown[0])
        assert events(folder)[-1].how.shown.others == (("llm:m@1", ("small",)),)
        page.answer(hidden[0])
        assert events(folder)[-1].how.shown.others == ()
        assert events(folder)[-1].how.shown.mode == "none"
        assert events(folder)[-1].how.shown.labels == ()
        blind = hidden[1]["id"]
        page.label_batch()
        page.wait_for("labelling")
        later = page.get("item", annotator=ANNA, id=blind)["item"]
        assert {key: later[key] for key in LEAKS} == NOTHING
        assert later["reason"] == HIDDEN["blind"]


def test_before_there_is_a_model_what_a_program_suggests_is_kept_as_shown(folder):
    with served(second_batch(folder)) as page:
        page.wait_for("labelling")
        item = page.next()
        assert (item["ranked"], item["suggestions"]) == (None, [{"by": "llm:m@1", "labels": [1]}])
        page.answer(item)
    shown = events(folder)[-1].how.shown
    assert (shown.mode, shown.labels, shown.others) == ("ranked", (), (("llm:m@1", ("small",)),))


def test_with_suggestions_off_no_text_tells_of_the_model(folder):
    with served(second_batch(folder), mode="none") as page:
        assert page.get("project")["mode"] == "none"
        page.wait_for("labelling")
        page.label_batch()
        page.wait_for("labelling")
        for item in all_items(page):
            assert {key: item[key] for key in LEAKS} == NOTHING
            assert item["reason"] == HIDDEN["off"].format(strategy="margin")


def test_an_audit_is_always_blind(folder):
    def open_run():
        run = second_batch(folder)()
        mark = run.pool.mark_pending
        run.pool.mark_pending = lambda request: mark(type(request)(**{**vars(request), "purpose": "audit"}))
        return run

    with served(open_run) as page:
        page.wait_for("labelling")
        page.label_batch()
        assert page.wait_for("labelling")["request"]["purpose"] == "audit"
        for item in all_items(page):
            assert {key: item[key] for key in LEAKS} == NOTHING
            assert item["reason"] == HIDDEN["audit"]


def test_with_labels_ticked_beforehand_the_mode_says_so_and_is_kept(folder):
    with served(second_batch(folder), mode="checked") as page:
        page.wait_for("labelling")
        page.label_batch()
        page.wait_for("labelling")
        item = page.next()
        assert item["mode"] == "checked"
        assert item["suggested"] == [label for label, p in sorted(item["ranked"]) if p >= 0.5]
        page.answer(item, item["suggested"])
        assert events(folder)[-1].how.shown.mode == "checked"


def test_near_texts_come_with_the_labels_that_hold_of_them_now(folder):
    with served(second_batch(folder)) as page:
        page.wait_for("labelling")
        page.label_batch(decide=lambda item: [0] if row_of(item) % 3 else [1])
        page.wait_for("labelling")
        labelled = {one["id"]: one["labels"] for one in page.get("mine", annotator=ANNA)["answers"]}
        for item in all_items(page):
            (near,) = item["nearest"]
            assert near["labels"] == labelled.get(near["id"], [])
            assert near["text"].startswith("text  ")


def test_a_text_on_a_desk_is_free_again_after_a_while():
    now = [0.0]
    leases = Leases(120.0, lambda: now[0])
    leases.take([1, 2], ANNA)
    assert (leases.n_others(1, BEN), leases.n_others(1, ANNA)) == (1, 0)
    leases.end(1, ANNA)
    assert leases.n_others(1, BEN) == 0
    now[0] = 119.0
    assert leases.n_others(2, BEN) == 1
    now[0] = 121.0
    assert leases.n_others(2, BEN) == 0


def test_a_skip_that_was_taken_back_may_be_said_again(folder):
    people = People(overlap=1.0, n_annotators=2)
    with waiting(lambda: people_run(folder, people=people)) as page:
        page.wait_for("labelling")
        item = page.next()
        page.answer(item, status="skipped")
        page.post("withdraw", annotator=ANNA, request=item["request"], id=item["id"])
        page.answer(item, status="skipped")
        assert page.state()["request"]["n_yours_done"] == 1
        assert page.next()["id"] != item["id"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"status": "skipped"}, {"status": "unsure"}),
        ({"status": "unsure"}, {"status": "rejected"}),
        ({"status": "labelled", "comment": "a"}, {"status": "labelled", "comment": "b"}),
        ({"status": "skipped", "comment": "a"}, {"status": "skipped", "comment": "b"}),
    ],
)
def test_another_word_or_note_is_another_answer(folder, first, second):
    with waiting(lambda: people_run(folder)) as page:
        page.wait_for("labelling")
        item = page.next()
        page.answer(item, **first)
        page.answer(item, **second)
        page.answer(item, **second)
        kept = page.get("item", annotator=ANNA, id=item["id"])["item"]["answer"]
        assert {name: kept[name] for name in second} == second
        assert len(events(folder)) == 2


def test_one_of_those_who_differ_may_settle_it_their_own_way(folder):
    with waiting(lambda: people_run(folder)) as page:
        page.wait_for("labelling")
        item = page.next(ANNA)
        page.answer(item, [0])
        page.answer(item, [1], BEN)
        (found,) = page.get("disagreements", annotator=ANNA)["items"]
        page.answer(found, [0], settles=True)
        assert page.state()["disagreements"] == 0
    run = people_run(folder)
    assert run.pool.labelled()[1].tolist() == [[1, 0]]
    run.close()


def test_settling_is_about_the_labels_in_dispute_alone(folder):
    with waiting(lambda: people_run(folder)) as page:
        page.wait_for("labelling")
        item = page.next(ANNA)
        page.answer(item, [0])
        page.answer(item, [0, 1], BEN)
        (found,) = page.get("disagreements", annotator="cleo")["items"]
        assert found["considered"] == [1]
        assert page.send("answer", body_of(found, [0], "cleo", settles=True)).status_code == 400
        page.answer(found, [1], "cleo", settles=True, considered=[1])
        event = events(folder)[-1]
        assert (event.targets, event.annotator, event.how.settles) == ((-1, 1), "cleo", True)


def test_nothing_is_settled_where_nobody_differs_nor_by_a_skip(folder):
    with waiting(lambda: people_run(folder)) as page:
        page.wait_for("labelling")
        item = page.next(ANNA)
        page.answer(item, [0])
        reply = page.send("answer", body_of(item, [0], BEN, settles=True))
        assert (reply.status_code, reply.json()["code"]) == (400, "invalid")
        assert "nobody differs" in reply.json()["error"]
        page.answer(item, [], BEN)
        reply = page.send("answer", body_of(item, [], BEN, settles=True, status="unsure"))
        assert (reply.status_code, reply.json()["code"]) == (400, "invalid")
        assert len(events(folder)) == 2


def test_a_settled_text_may_be_settled_anew_and_stands_beside_ones_own_opinion(folder):
    with waiting(lambda: people_run(folder)) as page:
        page.wait_for("labelling")
        item = page.next(ANNA)
        page.answer(item, [0])
        page.answer(item, [0, 1], BEN)
        (found,) = page.get("disagreements", annotator=ANNA)["items"]
        page.answer(found, [1], settles=True)
        mine = page.get("mine", annotator=ANNA)["answers"]
        assert [(one["settles"], one["labels"], one["open"]) for one in mine] == [
            (True, [1], False),
            (False, [0], True),
        ]
        assert page.get("item", annotator=ANNA, id=item["id"])["item"]["answer"]["labels"] == [0]
        again = page.get("item", annotator=ANNA, id=item["id"], settles="true")["item"]
        assert (again["considered"], len(again["said"])) == ([1], 2)
        page.answer(again, [], settles=True)
        assert events(folder)[-1].targets == (-1, 0)
        assert page.state()["annotators"][0] == {"name": ANNA, "answers": 1}
    run = people_run(folder)
    assert run.pool.labelled()[1].tolist() == [[1, 0]]
    run.close()


def asked_twice(folder):
    """A run that asks about one label of a text first, and about the other one in its second batch."""

    def open_run():
        run = people_run(folder)
        ask = run.pool.mark_pending
        again = None

        def mark(request):
            nonlocal again
            if request.round == 0:
                again = request.rows[0]
                considered = tuple((0,) for _ in request.rows)
                return ask(type(request)(**vars(request) | {"considered": considered}))
            rows = (again, *request.rows[1:])
            considered = ((1,), *((0,) for _ in rows[1:]))
            values = vars(request) | {"rows": rows, "considered": considered}
            return ask(type(request)(**values))

        run.pool.mark_pending = mark
        return run

    return open_run


def test_a_dispute_is_settled_although_the_text_is_asked_about_other_labels_since(folder):
    with served(asked_twice(folder)) as page:
        page.wait_for("labelling")
        first = page.next()
        page.label_batch(decide=lambda _: [0])
        page.wait_for("labelling")
        page.answer(first, [], BEN)
        again = next(item for item in all_items(page) if item["id"] == first["id"])
        assert (first["considered"], again["considered"]) == ([0], [1])
        page.answer(again, [1])
        (found,) = page.get("disagreements", annotator="cleo")["items"]
        assert found["considered"] == [0]
        assert [(one["annotator"], one["labels"], one["considered"]) for one in found["said"]] == [
            (ANNA, [0, 1], None),
            (BEN, [], [0]),
        ]
        page.answer(found, [0], "cleo", settles=True)
        assert events(folder)[-1].targets == (1, -1)
        assert page.state()["disagreements"] == 0


def test_an_answer_of_before_is_corrected_as_its_own_request_asked_for_it(folder):
    with served(asked_twice(folder)) as page:
        page.wait_for("labelling")
        first = page.next()
        page.label_batch(decide=lambda _: [0])
        page.wait_for("labelling")
        line = next(one for one in page.get("mine", annotator=ANNA)["answers"] if one["id"] == first["id"])
        assert page.get("item", annotator=ANNA, id=line["id"])["item"]["request"] == "round-001"
        old = page.get("item", annotator=ANNA, id=line["id"], request=line["request"])["item"]
        assert (old["request"], old["considered"], old["answer"]["labels"]) == ("round-000", [0], [0])
        page.answer(old, [])
        event = events(folder)[-1]
        assert (event.request, event.targets) == ("round-000", (0, -1))
        assert first["id"] in [item["id"] for item in all_items(page)]
        reply = page.http.get("/api/item", params={"annotator": ANNA, "id": line["id"], "request": "round-9"})
        assert (reply.status_code, reply.json()["code"]) == (404, "unknown")


def test_a_correction_says_nothing_of_labels_that_were_added_since(folder):
    with served(lambda: people_run(folder)) as page:
        page.wait_for("labelling")
        first = page.next()
        page.label_batch(decide=lambda _: [0])
        page.wait_for("labelling")
    with RunStore.open(folder / "state.db") as store:
        add_label(store, Label("new"))
    with waiting(lambda: people_run(folder)) as page:
        page.desk._board.phase = "labelling"
        line = next(one for one in page.get("mine", annotator=ANNA)["answers"] if one["id"] == first["id"])
        old = page.get("item", annotator=ANNA, id=line["id"], request=line["request"])["item"]
        assert old["considered"] == [0, 1]
        page.answer(old, [1])
        assert events(folder)[-1].targets == (0, 1, -1)
        assert page.send("answer", body_of(old, [2])).status_code == 400
