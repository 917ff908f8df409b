"""Potato's files: what was ticked, and a status that says what no tick means."""

import pytest
from hypothesis import given, settings
from tool_formats_examples import batches, brief, fixture, is_read_without_raising, mangled, saved, written
from tool_formats_examples import read as read_with

from text_al.errors import AnswersError
from text_al.formats.batch import Batch, BatchItem
from text_al.formats.content import Content
from text_al.formats.potato import POTATO
from text_al.types import Label

NAMES = ["joy", "anger", "fear"]


def read(path, names=NAMES):
    return read_with(POTATO, path, names)


def record(text_id, *ticked, status="", user="ann1", **more):
    labels = {"labels": {name: name for name in ticked}}
    labels |= {"status": {status: status}} if status else {}
    return {"instance_id": text_id, "user_id": user, "labels": labels, "spans": {}, "links": {}, **more}


def found(tmp_path, *records, names=NAMES):
    return read(saved(tmp_path, records, "annotations.jsonl"), names)


def test_the_recorded_export_is_read_whole():
    names = [f"label_{place:02}" for place in range(28)]
    decisions, problems, notes = read(fixture("potato_2.12.1.jsonl"), names)
    assert (problems, notes) == ([], ())
    assert brief(decisions) == [
        ("doc-00000", "labelled", ("label_00", "label_01", "label_04"), "potato:ann1")
    ]


def test_empty_skipped_unsure_and_unanswered_are_told_apart(tmp_path):
    decisions, problems, notes = found(
        tmp_path,
        record("done", "joy", status="done"),
        record("empty", status="done"),
        record("none", status="none"),
        record("skipped", status="skip"),
        record("unsure", status="unsure"),
        record("open"),
    )
    assert problems == []
    assert [(one.id, one.targets(NAMES), one.how.word) for one in decisions] == [
        ("done", (1, 0, 0), ""),
        ("empty", (0, 0, 0), ""),
        ("none", (0, 0, 0), ""),
        ("skipped", None, ""),
        ("unsure", None, "unsure"),
    ]
    assert notes[0].startswith(
        "1 texts without a tick stay undecided: Potato does not say whether none applies"
    )


def test_each_annotator_has_a_decision(tmp_path):
    decisions, problems, _ = found(tmp_path, record("a", "joy"), record("a", "fear", user="ann2"))
    assert problems == []
    assert brief(decisions) == [
        ("a", "labelled", ("joy",), "potato:ann1"),
        ("a", "labelled", ("fear",), "potato:ann2"),
    ]


def test_what_was_ticked_and_taken_back_is_not_given(tmp_path):
    ticks = {"joy": "joy", "anger": False, "fear": None}
    decisions, _, _ = found(tmp_path, {**record("a"), "labels": {"labels": ticks}})
    assert decisions[0].labels == ("joy",)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (record(None, "joy"), "line 1: instance_id is missing; nothing is guessed"),
        (record("a", "joy", user=3), "line 1: user_id must be text, not 3"),
        (record("a", "glee"), "line 1, id 'a': no label is called 'glee'."),
        (record("a", "joy", status="skip"), "line 1, id 'a': the status is 'skip', but there are labels"),
        (record("a", status="maybe"), "line 1, id 'a': the status 'maybe' is not known."),
        (
            {**record("a"), "labels": {"tone": {"joy": "joy"}}},
            "line 1: what was ticked is in ['tone']; call the scheme",
        ),
        (
            {**record("a"), "labels": {"labels": ["joy"]}},
            "line 1: labels must hold what was ticked in 'labels'",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, wrong, sentence):
    decisions, problems, _ = found(tmp_path, wrong)
    assert decisions == []
    assert problems[0].startswith(sentence)


def batch(**more):
    probs = {"anger": 0.91, "fear": 0.4, "joy": 0.1}
    item = {"probs": probs, "suggested": ("anger",), "considered": more.pop("considered", None)}
    return Batch(
        "round-003", tuple(map(Label, NAMES)), (BatchItem("doc-1", "a text", 0, **item),), model="m", **more
    )


def test_a_data_file_has_ids_texts_and_ticks_only_where_it_is_meant(tmp_path):
    line = written(POTATO, tmp_path, batch())[0]
    assert (line["id"], line["text"], line["text_al_suggestions"]) == (
        "doc-1",
        "a text",
        "anger 91%, fear 40%, joy 10%",
    )
    assert "predictions" not in line
    assert written(POTATO, tmp_path, batch(mode="checked"))[0]["predictions"] == {"labels": ["anger"]}


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"considered": ("joy",)}, "which labels each text is asked about"),
        ({"settles": True}, "answers that settle"),
    ],
)
def test_what_potato_would_lose_is_not_written(tmp_path, more, what):
    with pytest.raises(AnswersError, match=f"Potato does not hand back {what}"):
        POTATO.write(tmp_path / "file.jsonl", batch(**more))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("first", [{"id": "a", "text": "b"}, {"instance_id": "a", "labels": ["joy"]}])
def test_what_is_no_potato_record_is_left_to_others(tmp_path, first):
    assert not POTATO.recognises(Content(saved(tmp_path, [first], "file.jsonl")))


@given(made=batches(is_partly=False))
@settings(max_examples=50)
def test_whatever_is_answered_comes_back_equal(made, tmp_path_factory):
    asked, answers = made
    folder, names = tmp_path_factory.mktemp("lines"), [label.name for label in asked.labels]
    lines, exported = written(POTATO, folder, asked), []
    for line, answer in zip(lines, answers, strict=True):
        if answer == "skip":
            exported.append(record(line["id"], status="skip"))
        elif answer is not None:
            exported.append(record(line["id"], *answer, status="" if answer else "none"))
    expected = [(one, answer) for one, answer in zip(asked.items, answers, strict=True) if answer is not None]
    if not expected:
        return
    decisions, problems, _ = read(saved(folder, exported, "annotations.jsonl"), names)
    assert problems == []
    assert len(decisions) == len(expected)
    for decision, (one, answer) in zip(decisions, expected, strict=True):
        assert (decision.id, decision.annotator) == (one.id, "potato:ann1")
        assert decision.status == ("skipped" if answer == "skip" else "labelled")
        assert list(decision.labels) == ([] if answer == "skip" else answer)
        assert (decision.considered, decision.how.shown) == (None, None)  # nothing else comes back


@given(records=mangled([record("a", "joy", status="done"), record("b", status="none")]))
@settings(max_examples=50)
def test_no_malformed_record_raises(records, tmp_path_factory):
    is_read_without_raising(POTATO, tmp_path_factory.mktemp("mangled"), records, NAMES)
