"""Argilla's records: an answer a person, nothing of what is pending, and an empty answer by its own name."""

import pytest
from hypothesis import given, settings
from tool_formats_examples import batches, brief, fixture, is_read_without_raising, mangled, saved, written
from tool_formats_examples import read as read_with

from text_al.circumstances import Shown
from text_al.formats.argilla import ARGILLA
from text_al.formats.batch import Batch, BatchItem
from text_al.formats.carried import seen
from text_al.formats.content import Content
from text_al.types import Label

NAMES = ["joy", "anger", "fear"]
FIXTURE_NAMES = [f"label_{place:02}" for place in range(28)]
ANNA, BEN = "d9ac4108-86de-4591-911a-92860f2495d5", "26dbd17b-9f3d-46a3-9119-bf65fd69447b"


def read(path, names=NAMES):
    return read_with(ARGILLA, path, names)


def record(text_id, *responses, status="completed", **more):
    return {
        "id": text_id,
        "fields": {"text": "a text"},
        "metadata": {},
        "suggestions": {},
        "responses": {"labels": list(responses)} if responses else {},
        "vectors": {},
        "status": status,
        "_server_id": BEN,
        **more,
    }


def response(value, user_id=ANNA, **more):
    return {"value": value, "user_id": user_id, **more}


def found(tmp_path, *records, names=NAMES):
    return read(saved(tmp_path, records), names)


def test_the_recorded_record_is_read_whole():
    decisions, problems, notes = read(fixture("argilla_2.8.0.json"), FIXTURE_NAMES)
    assert (problems, notes) == ([], ())
    assert brief(decisions) == [("doc-00000", "labelled", ("label_05", "label_06"), f"argilla:{ANNA}")]
    assert decisions[0].text == "document 0 <b>x</b>"
    assert decisions[0].how.shown == Shown("checked", "round-001", (("label_00", 0.9), ("label_01", 0.4)))


def test_each_annotator_has_a_decision_and_drafts_have_none(tmp_path):
    decisions, problems, _ = found(
        tmp_path,
        record("a", response(["joy"]), response(["fear"], BEN)),
        record("b", response(["joy"], status="draft"), response(None, BEN, status="discarded")),
    )
    assert problems == []
    assert brief(decisions) == [
        ("a", "labelled", ("joy",), f"argilla:{ANNA}"),
        ("a", "labelled", ("fear",), f"argilla:{BEN}"),
        ("b", "skipped", (), f"argilla:{BEN}"),
    ]


def test_what_is_pending_may_be_a_draft_and_is_not_decided(tmp_path):
    pending = record("a", response(["joy"]), status="pending")
    decisions, problems, notes = found(tmp_path, pending, record("b", status="pending"))
    assert (decisions, problems) == ([], [])
    assert notes == ("1 records have answers, but are pending: they may be drafts, and stay undecided",)


def test_none_is_an_empty_answer_unless_it_is_a_label(tmp_path):
    decisions, _, _ = found(tmp_path, record("a", response(["none"])), record("b", response([])))
    assert [one.targets(NAMES) for one in decisions] == [(0, 0, 0), (0, 0, 0)]
    assert found(tmp_path, record("a", response(["none"])), names=["none"])[0][0].labels == ("none",)
    assert found(tmp_path, record("a", response(["none", "joy"])))[1][0].startswith(
        "record 1, id 'a': no label is called 'none'."
    )


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (record(None, response(["joy"])), "record 1: the id is missing; nothing is guessed from the text"),
        (
            record("a"),
            "record 1: it is completed, but holds no answer; export the records with",
        ),
        (record("a", response(None)), "record 1: a response without a value; nothing is guessed"),
        (record("a", response(["joy"]), status=None), "record 1: the status None is not known"),
        (record("a", response(["joy"], user_id=3)), "record 1: user_id must be text, not 3"),
        (record("a", response(["glee"])), "record 1, id 'a': no label is called 'glee'."),
        (record("a", responses=["joy"]), "record 1: responses must be an object, not ['joy']"),
        (
            record("a", responses={"tone": [], "mood": []}),
            "record 1: answers to ['tone', 'mood']; call",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_record(tmp_path, wrong, sentence):
    decisions, problems, _ = found(tmp_path, wrong)
    assert decisions == []
    assert problems[0].startswith(sentence)


def test_the_only_question_may_have_any_name(tmp_path):
    answers = {"emotions": [response(["joy"])]}
    assert found(tmp_path, record("a", responses=answers))[0][0].labels == ("joy",)


def one_record(tmp_path, mode, **more):
    probs = {"anger": 0.91, "fear": 0.4, "joy": 0.1}
    item = BatchItem("doc-1", "a text", 2, **{"probs": probs, "suggested": ("anger",), **more})
    asked = Batch("round-003", tuple(map(Label, NAMES)), (item,), model="round-002", mode=mode)
    return written(ARGILLA, tmp_path, asked)[0]


def test_labels_are_suggested_only_where_they_may_be_ticked(tmp_path):
    checked = one_record(tmp_path, "checked")
    assert checked["suggestions"] == {
        "labels": {"value": ["anger"], "score": [0.91], "agent": "text_al/round-002"}
    }
    ranked = one_record(tmp_path, "ranked")
    assert ranked["suggestions"] == {}
    assert ranked["metadata"]["text_al_suggestions"] == "anger 91%, fear 40%, joy 10%"
    assert ranked["metadata"]["text_al_rank"] == 2
    assert one_record(tmp_path, "checked", suggested=())["suggestions"] == {}


def test_metadata_are_text_and_numbers_as_argilla_wants_them(tmp_path):
    metadata = one_record(tmp_path, "checked", considered=("anger", "joy"))["metadata"]
    assert all(isinstance(value, str | int | float) for value in metadata.values())


@pytest.mark.parametrize("first", [{"id": "a", "fields": {"text": "a"}}, {"fields": [], "responses": {}}])
def test_what_is_no_record_is_left_to_others(tmp_path, first):
    assert not ARGILLA.recognises(Content(saved(tmp_path, [first])))


@given(made=batches())
@settings(max_examples=50)
def test_whatever_is_answered_comes_back_equal(made, tmp_path_factory):
    asked, answers = made
    folder, names = tmp_path_factory.mktemp("records"), [label.name for label in asked.labels]
    records = written(ARGILLA, folder, asked)
    for one, answer in zip(records, answers, strict=True):
        one |= {"status": "pending" if answer is None else "completed", "_server_id": BEN}
        if answer == "skip":
            one["responses"] = {"labels": [response(None, status="discarded")]}
        elif answer is not None:
            one["responses"] = {"labels": [response(answer or ["none"])]}
    decisions, problems, _ = read(saved(folder, records), names)
    assert problems == []
    expected = [(one, answer) for one, answer in zip(asked.items, answers, strict=True) if answer is not None]
    assert len(decisions) == len(expected)
    for decision, (one, answer) in zip(decisions, expected, strict=True):
        assert (decision.id, decision.text) == (one.id, one.text or None)
        assert decision.status == ("skipped" if answer == "skip" else "labelled")
        assert list(decision.labels) == ([] if answer == "skip" else answer)
        assert decision.considered == (tuple(names) if one.considered is None else one.considered)
        assert decision.batch == asked.id
        assert decision.how.shown == seen(asked, one)
        assert decision.how.settles == asked.settles


SUGGESTED = {"labels": {"value": ["joy"], "score": [0.9], "agent": "text_al/round-001"}}


@given(records=mangled([record("a", response(["joy"]), suggestions=SUGGESTED)]))
@settings(max_examples=50)
def test_no_malformed_record_raises(records, tmp_path_factory):
    is_read_without_raising(ARGILLA, tmp_path_factory.mktemp("mangled"), records, NAMES)
