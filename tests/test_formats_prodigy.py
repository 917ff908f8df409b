"""Prodigy's files: options in the order of their probability, answers about all labels or about one."""

import pytest
from hypothesis import given, settings
from tool_formats_examples import batches, brief, fixture, is_read_without_raising, mangled, saved, written
from tool_formats_examples import read as read_with

from text_al.formats.batch import Batch, BatchItem
from text_al.formats.content import Content
from text_al.formats.prodigy import PRODIGY
from text_al.types import Label

NAMES = ["joy", "anger", "fear"]


def read(path, names=NAMES):
    return read_with(PRODIGY, path, names)


def options(*names):
    return [{"id": name, "text": name} for name in names]


def choice(text_id, accept, answer="accept", offered=NAMES, **more):
    known = {"text": "a text", "meta": {"id": text_id}, "options": options(*offered)}
    return {**known, "accept": accept, "answer": answer, "_annotator_id": "anna", **more}


def about(label, answer, text_id="a", **more):
    return {"text": "a text", "meta": {"id": text_id}, "label": label, "answer": answer, **more}


def found(tmp_path, *records, names=NAMES):
    decisions, problems, _ = read(saved(tmp_path, records, "file.jsonl"), names)
    return decisions, problems


def test_the_recorded_export_is_read_whole():
    decisions, problems, notes = read(fixture("prodigy_choice_from_docs.jsonl"), ["joy", "anger"])
    assert (problems, notes) == ([], ())
    assert brief(decisions) == [
        ("doc-1", "labelled", ("joy",), "prodigy:2026-alice"),
        ("doc-2", "labelled", (), ""),
        ("doc-3", "skipped", (), ""),
        ("doc-4", "labelled", (), ""),
    ]
    assert [one.considered for one in decisions] == [*[("joy", "anger")] * 3, ("joy",)]
    assert decisions[0].at == "2026-11-20T13:06:40+00:00"
    assert decisions[0].how.ref == "task/2@2026-11-20T13:06:40+00:00"
    assert [one.text for one in decisions] == list("abcd")


def test_empty_ignored_rejected_and_unanswered_are_told_apart(tmp_path):
    open_task = {key: value for key, value in choice("open", []).items() if key != "answer"}
    decisions, problems = found(
        tmp_path,
        choice("empty", []),
        choice("ignored", ["joy"], "ignore"),
        choice("rejected", ["joy"], "reject"),
        open_task,
    )
    assert problems == []
    assert [(one.id, one.targets(NAMES), one.how.word) for one in decisions] == [
        ("empty", (0, 0, 0), ""),
        ("ignored", None, ""),
        ("rejected", None, "rejected"),
    ]


def test_options_that_are_some_of_the_labels_are_those_decided_on(tmp_path):
    decisions, _ = found(
        tmp_path, choice("a", ["fear"], offered=["fear", "joy"]), choice("b", [], offered=NAMES[::-1])
    )
    assert [one.considered for one in decisions] == [("joy", "fear"), tuple(NAMES)]
    assert [one.targets(NAMES) for one in decisions] == [(0, -1, 1), (0, 0, 0)]


def test_an_accepted_label_says_nothing_of_the_others(tmp_path):
    decisions, _ = found(
        tmp_path, about("joy", "accept"), about("fear", "reject", "b"), about("joy", "ignore", "c")
    )
    assert [one.targets(NAMES) for one in decisions] == [(1, -1, -1), (-1, -1, 0), None]
    assert decisions[2].considered == ("joy",)


def test_what_one_annotator_says_of_a_text_label_by_label_is_one_decision(tmp_path):
    anna, ben = {"_annotator_id": "anna"}, {"_annotator_id": "ben"}
    decisions, problems = found(
        tmp_path,
        about("joy", "accept", **anna),
        about("anger", "reject", **anna),
        about("fear", "ignore", **anna),
        about("joy", "reject", **ben),
        about("anger", "accept", **anna),
    )
    assert problems == []
    targets = {one.annotator: one.targets(NAMES) for one in decisions}
    assert targets == {"prodigy:anna": (1, 1, -1), "prodigy:ben": (0, -1, -1)}


def test_when_nobody_is_named_two_answers_about_one_label_are_not_merged(tmp_path):
    _, problems = found(tmp_path, about("joy", "accept"), about("joy", "reject"))
    assert problems == ["lines 1 and 2 both decide on id 'a'; keep one"]


def test_the_later_answer_of_an_annotator_replaces_the_earlier_wherever_it_stands(tmp_path):
    decisions, problems = found(
        tmp_path,
        choice("a", ["joy"], _timestamp=1795180002),
        choice("a", ["fear"], _timestamp=1795180001),
    )
    assert problems == []
    assert [one.labels for one in decisions] == [("joy",)]


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (choice(None, []), "line 1: meta.id is missing; nothing is guessed from the text"),
        (choice("a", None), "line 1: accept is missing; write [] where no label applies"),
        (
            choice("a", [], "maybe"),
            "line 1: the answer 'maybe' is not known; it is one of accept, reject, ignore",
        ),
        (choice("a", [], _timestamp="noon"), "line 1: _timestamp must be in seconds since 1970, not 'noon'"),
        (choice("a", [], _annotator_id=3), "line 1: _annotator_id must be text, not 3"),
        (choice("a", ["glee"]), "line 1, id 'a': no label is called 'glee'."),
        (choice("a", "joy"), "line 1, id 'a': labels must be a list of names, not 'joy'"),
        (
            choice("a", [], options=["joy"]),
            "line 1: options must be a list of objects with an id, not ['joy']",
        ),
        (about("glee", "accept"), "line 1, id 'a': no label is called 'glee'."),
        (about(None, "accept"), "line 1: it has neither options nor a label; nothing is guessed"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, record, sentence):
    decisions, problems = found(tmp_path, record)
    assert decisions == []
    assert problems[0].startswith(sentence)


def one_task(tmp_path, mode, **more):
    probs = {"anger": 0.91, "fear": 0.4, "joy": 0.123}
    item = BatchItem("doc-1", "a text", 0, reason="why", **{"probs": probs, "suggested": ("anger",), **more})
    asked = Batch("round-003", tuple(map(Label, NAMES)), (item,), model="round-002", mode=mode)
    return written(PRODIGY, tmp_path, asked)[0]


def test_options_are_ranked_with_their_probability_and_none_is_ticked(tmp_path):
    task = one_task(tmp_path, "ranked")
    assert task["options"] == [
        {"id": "anger", "text": "anger", "meta": "0.91"},
        {"id": "fear", "text": "fear", "meta": "0.40"},
        {"id": "joy", "text": "joy", "meta": "0.12"},
    ]
    assert task["accept"] == []
    assert task["meta"] == {"id": "doc-1", "batch": "round-003", "rank": 0, "reason": "why"}
    assert "answer" not in task


def test_only_where_it_is_meant_are_options_ticked_already(tmp_path):
    assert one_task(tmp_path, "checked")["accept"] == ["anger"]
    assert one_task(tmp_path, "checked", suggested=None)["accept"] == []


def test_where_the_model_is_hidden_options_stand_in_the_order_of_the_labels(tmp_path):
    assert one_task(tmp_path, "none")["options"] == options(*NAMES)
    assert one_task(tmp_path, "ranked", probs={}, suggested=None)["options"] == options(*NAMES)


def test_only_labels_that_are_asked_about_are_options(tmp_path):
    offered = one_task(tmp_path, "ranked", considered=("joy", "fear"))["options"]
    assert [option["id"] for option in offered] == ["fear", "joy"]


@pytest.mark.parametrize(
    "first", [{"text": "a", "label": ["joy"], "doc_id": "1"}, {"text": "a"}, {"answer": "accept"}]
)
def test_what_is_no_prodigy_task_is_left_to_others(tmp_path, first):
    assert not PRODIGY.recognises(Content(saved(tmp_path, [first], "file.jsonl")))


@given(made=batches())
@settings(max_examples=50)
def test_whatever_is_answered_comes_back_equal(made, tmp_path_factory):
    asked, answers = made
    folder, names = tmp_path_factory.mktemp("tasks"), [label.name for label in asked.labels]
    tasks = written(PRODIGY, folder, asked)
    for task, answer in zip(tasks, answers, strict=True):
        if answer is not None:
            is_skip = answer == "skip"
            task |= {"accept": [] if is_skip else answer, "answer": "ignore" if is_skip else "accept"}
            task |= {"_input_hash": 1, "_task_hash": 2, "_annotator_id": "anna", "_timestamp": 1795180000}
    decisions, problems, _ = read(saved(folder, tasks, "answers.jsonl"), names)
    assert problems == []
    expected = [(one, answer) for one, answer in zip(asked.items, answers, strict=True) if answer is not None]
    assert len(decisions) == len(expected)
    for decision, (one, answer) in zip(decisions, expected, strict=True):
        assert (decision.id, decision.text) == (one.id, one.text or None)
        assert decision.status == ("skipped" if answer == "skip" else "labelled")
        assert list(decision.labels) == ([] if answer == "skip" else answer)
        assert decision.considered == (tuple(names) if one.considered is None else one.considered)
        assert decision.batch == asked.id
        assert decision.how.settles == asked.settles
        shown, meant = decision.how.shown, asked.shown(one)
        assert (shown is None) == (meant is None)
        if meant is not None and meant.mode != "none":
            assert shown.labels == meant.labels
            assert shown.mode == (meant.mode if one.suggested is not None else "ranked")


@given(
    records=mangled(
        [choice("a", ["joy"], text_al={"text_al_shown": {"mode": "ranked"}}), about("joy", "accept", "b")]
    )
)
@settings(max_examples=50)
def test_no_malformed_task_raises(records, tmp_path_factory):
    is_read_without_raising(PRODIGY, tmp_path_factory.mktemp("mangled"), records, NAMES)
