"""Label Studio's files: what it imports, what it exports, and what of an export cannot be trusted."""

import json
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tool_formats_examples import (
    HARD_NAMES,
    batches,
    brief,
    fixture,
    is_read_without_raising,
    mangled,
    saved,
    written,
)
from tool_formats_examples import read as read_with

from text_al.circumstances import Shown
from text_al.formats.argilla import ARGILLA
from text_al.formats.batch import Batch, BatchItem
from text_al.formats.carried import seen
from text_al.formats.content import Content
from text_al.formats.doccano import DOCCANO
from text_al.formats.jsonl import JSONL
from text_al.formats.label_studio import LABEL_STUDIO, entries_of, prediction_of, tasks_of
from text_al.formats.label_studio_config import SHOWN_KEYS, labelling_config
from text_al.formats.potato import POTATO
from text_al.formats.prodigy import PRODIGY
from text_al.types import Label

NAMES = ["joy", "anger", "fear"]
TOOLS = [LABEL_STUDIO, PRODIGY, DOCCANO, ARGILLA, POTATO]
TIME = "2026-11-20T13:26:40.071714Z"


def read(path, names=NAMES):
    return read_with(LABEL_STUDIO, path, names)


def annotation(key=1, choices=None, **more):
    value = {"from_name": "labels", "to_name": "text", "type": "choices", "value": {"choices": choices}}
    return {
        "id": key,
        "completed_by": 1,
        "result": [value] if choices else [],
        "was_cancelled": False,
        "updated_at": TIME,
        "lead_time": 2.5,
        "prediction": {},
        **more,
    }


def task(text_id, *annotations, **data):
    return {
        "id": 7,
        "annotations": list(annotations),
        "data": {"text": "a text", "text_al_id": text_id, **data},
    }


def batch(*items, **more):
    return Batch("round-003", tuple(map(Label, NAMES)), items, model="round-002", **more)


def item(text_id="doc-1", rank=0, **more):
    probs = {"anger": 0.9, "joy": 0.4, "fear": 0.1}
    return BatchItem(text_id, "a text", rank, **{"probs": probs, "suggested": ("anger",), **more})


def test_the_recorded_export_is_read_whole():
    names = ["anger", "joy & <love>", 'quote "x"', "a#b,c;d", "ghost", "Ärger/Wut"]
    decisions, problems, notes = read(fixture("label_studio_1.23.2.json"), names)
    assert (problems, notes) == ([], ())
    # The first was edited after the others were made.
    assert brief(decisions) == [
        ("doc-1", "labelled", (), "label-studio:1"),
        ("doc-2", "labelled", ("anger", "a#b,c;d"), "label-studio:1"),
        ("doc-3", "labelled", ("ghost",), "label-studio:1"),
        ("doc-4", "skipped", (), "label-studio:1"),
        ("doc-0", "labelled", ("anger",), "label-studio:1"),
    ]
    last = decisions[-1]
    assert (last.line, last.text, last.at) == (1, "text 0", "2026-11-20T13:26:42.918347Z")
    assert last.how.to_plain() == {
        "seconds": 2.5,
        "ref": "annotation/1@2026-11-20T13:26:42.918347Z",
        "shown": {"model": "round-001", "mode": "checked", "labels": {}},
    }


def test_a_label_that_is_none_of_ours_is_named_with_task_and_id():
    names = ["anger", "a#b,c;d"]
    _, problems, _ = read(fixture("label_studio_1.23.2.json"), names)
    assert [
        problem
        for problem in problems
        if problem.startswith("task 4, id 'doc-3': no label is called 'ghost'")
    ]


@pytest.mark.parametrize(("name", "kind"), [("min.json", "JSON_MIN"), ("csv", "CSV")])
def test_the_recorded_lossy_exports_are_refused_in_one_sentence(name, kind):
    decisions, problems, _ = read(fixture(f"label_studio_1.23.2.{name}"))
    assert decisions == []
    assert len(problems) == 1
    assert problems[0].startswith(
        f"this is a {kind} export of Label Studio, which does not tell an empty answer"
    )


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ('[{"text": "a", "annotator": 1, "annotation_id": 2, "lead_time": 2.5}]', "JSON_MIN"),
        ('"annotation_id","annotator","created_at","id","lead_time"\n1,"1","",1,2.5\n', "CSV"),
        ("annotation_id\tannotator\tcreated_at\tid\tlead_time\n", "TSV"),
    ],
)
def test_a_lossy_export_is_refused(tmp_path, content, kind):
    path = tmp_path / "file"
    path.write_text(content, encoding="utf-8")
    assert [problem.split(" export")[0] for problem in read(path)[1]] == [f"this is a {kind}"]


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04\xff\xfe", b"PAR1\xff", b"id,text,labels,status\n1,a,joy,\n", b"[1]", b"[]", b"{"]
)
def test_what_is_no_tools_file_is_left_to_others(tmp_path, content):
    (tmp_path / "file").write_bytes(content)
    assert not any(kind.recognises(Content(tmp_path / "file")) for kind in TOOLS)


@pytest.mark.parametrize("kind", [*TOOLS, JSONL], ids=lambda kind: kind.name)
def test_a_written_batch_is_recognised_by_its_own_format_only_and_decides_nothing(tmp_path, kind):
    path = tmp_path / f"file{kind.suffix}"
    kind.write(path, batch(item(), mode="checked"))
    assert [one.name for one in [*TOOLS, JSONL] if one.recognises(Content(path))] == [kind.name]
    assert read_with(kind, path, NAMES)[:2] == ([], [])


def test_empty_skipped_and_unanswered_are_told_apart(tmp_path):
    path = saved(
        tmp_path,
        [
            task("empty", annotation()),
            task("skipped", annotation(was_cancelled=True)),
            task("open"),
            {**task("draft"), "drafts": [annotation(choices=["joy"])]},
        ],
    )
    decisions, problems, _ = read(path)
    assert problems == []
    assert [(one.id, one.status, one.targets(NAMES)) for one in decisions] == [
        ("empty", "labelled", (0, 0, 0)),
        ("skipped", "skipped", None),
    ]


def test_each_annotator_has_a_decision_and_only_the_last_edit_counts(tmp_path):
    early, late = "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"
    first = task("a", annotation(1, ["joy"], updated_at=late), annotation(2, ["fear"], completed_by=2))
    again = task("a", annotation(3, ["anger"], updated_at=early))
    decisions, problems, _ = read(saved(tmp_path, [first, again]))
    assert problems == []
    assert sorted(brief(decisions)) == [
        ("a", "labelled", ("fear",), "label-studio:2"),
        ("a", "labelled", ("joy",), "label-studio:1"),
    ]


def test_two_answers_of_nobody_in_particular_are_not_merged(tmp_path):
    nobody = [annotation(1, ["joy"], completed_by=None), annotation(2, ["fear"], completed_by=None)]
    assert read(saved(tmp_path, [task("a", *nobody)]))[1] == ["tasks 1 and 1 both decide on id 'a'; keep one"]


@pytest.mark.parametrize(
    ("person", "name"),
    [
        (3, "label-studio:3"),
        ({"id": 3, "email": "a@b"}, "label-studio:3"),
        ({"email": "a@b"}, "label-studio:a@b"),
    ],
)
def test_the_annotator_is_named_however_the_export_writes_them(tmp_path, person, name):
    assert read(saved(tmp_path, [task("a", annotation(completed_by=person))]))[0][0].annotator == name


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (task(None, annotation()), "task 1: data.text_al_id is missing; nothing is guessed from the text"),
        (task(5, annotation()), "task 1, id 5: the id must be text, in quotes"),
        (
            task("a", annotation(result=None)),
            "task 1: annotation 1: result must be a list of objects, not None",
        ),
        (
            task("a", annotation(was_cancelled="yes")),
            "task 1: annotation 1: was_cancelled must be true or false",
        ),
        (
            task("a", annotation(completed_by=[])),
            "task 1: annotation 1: completed_by must be a user's number",
        ),
        (task("a", annotation(lead_time=-1)), "task 1, id 'a': seconds must be a number from 0 on"),
        (task("a", annotation(updated_at="noon")), "task 1, id 'a': the time 'noon' is not ISO 8601"),
        (
            task("a", annotation(result=[{"type": "taxonomy"}])),
            "task 1: annotation 1: results of type taxonomy",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_task(tmp_path, wrong, sentence):
    decisions, problems, _ = read(saved(tmp_path, [wrong]))
    assert decisions == []
    assert problems[0].startswith(sentence)


def test_choices_of_two_controls_are_not_mixed(tmp_path):
    def of(*names):
        return [
            {"type": "choices", "from_name": name, "value": {"choices": [label]}}
            for name, label in zip(names, NAMES, strict=False)
        ]

    decisions, problems, notes = read(saved(tmp_path, [task("a", annotation(result=of("labels", "mood")))]))
    assert (decisions[0].labels, problems) == (("joy",), [])
    assert notes == ("what was chosen in mood is left out; only 'labels' is read",)
    assert read(saved(tmp_path, [task("a", annotation(result=of("tone")))]))[0][0].labels == ("joy",)
    assert read(saved(tmp_path, [task("a", annotation(result=of("tone", "mood")))]))[1] == [
        "choices were made in ['mood', 'tone']; call the one with the labels 'labels'"
    ]


def test_what_was_written_beside_the_choices_is_the_comment(tmp_path):
    note = {"type": "textarea", "from_name": "note", "value": {"text": ["odd", "very"]}}
    assert read(saved(tmp_path, [task("a", annotation(result=[note]))]))[0][0].comment == "odd\nvery"


def test_labels_added_since_the_batch_was_written_are_not_decided_on(tmp_path):
    tasks = written(LABEL_STUDIO, tmp_path, batch(item("a")))
    tasks[0]["annotations"] = [annotation(choices=["joy"])]
    decision = read(saved(tmp_path, tasks), [*NAMES, "new"])[0][0]
    assert decision.targets([*NAMES, "new"]) == (1, 0, 0, -1)


def test_a_label_that_was_not_asked_about_but_ticked_is_decided_on(tmp_path):
    tasks = written(LABEL_STUDIO, tmp_path, batch(item("a", considered=("joy",))))
    tasks[0]["annotations"] = [annotation(choices=["fear"])]
    assert read(saved(tmp_path, tasks))[0][0].targets(NAMES) == (0, -1, 1)


def test_a_prediction_is_there_only_where_it_may_be_ticked():
    ranked, checked = batch(item()), batch(item(), mode="checked")
    assert "predictions" not in tasks_of(ranked)[0]
    assert tasks_of(ranked)[0]["data"]["text_al_suggestions"] == "anger 90%, joy 40%, fear 10%"
    prediction = tasks_of(checked)[0]["predictions"][0]
    assert prediction["model_version"] == "round-002"
    assert prediction["result"][0]["value"] == {"choices": ["anger"]}
    blind = batch(item(probs={}, suggested=None), mode="checked")
    assert "predictions" not in tasks_of(blind)[0]
    assert tasks_of(blind)[0]["data"]["text_al_suggestions"] == ""


def test_the_score_is_lowest_for_what_is_most_worth_labelling():
    items = [item(str(rank), rank, score=score) for rank, score in enumerate([-0.1, -0.3, -0.5])]
    asked = batch(*items, mode="checked")
    assert [prediction_of(one, asked)["score"] for one in items] == [0.0, 0.5, 1.0]
    alone = batch(item(), mode="checked")
    assert prediction_of(item(), alone)["score"] == pytest.approx((0.9 + 0.6 + 0.9) / 3, abs=1e-4)


def test_tasks_stand_in_the_order_of_their_rank():
    tasks = tasks_of(batch(item("b", 1), item("a", 0)))
    assert [one["data"]["text_al_id"] for one in tasks] == ["a", "b"]


def test_entries_of_reads_tasks_as_the_api_gives_them():
    entries, problems, _ = entries_of([(1, task("a", annotation(choices=["joy"])))], NAMES)
    assert problems == []
    assert [(entry.id, entry.labels, entry.is_log) for entry in entries] == [("a", ["joy"], True)]


def answers_of(root):
    """What each choice of a config gives as an answer."""
    return [choice.get("alias", choice.get("value")) for choice in root.iter("Choice")]


def test_the_config_has_a_search_every_label_and_what_tasks_carry():
    labels = [Label(name, "what & why") for name in HARD_NAMES]
    root = ET.fromstring(labelling_config(labels, guidelines="a\nb"))
    assert answers_of(root) == HARD_NAMES
    assert {choice.get("hint") for choice in root.iter("Choice")} == {"what & why"}
    assert root.find("Choices").attrib["choice"] == "multiple"
    assert root.find("Filter").attrib["toName"] == "labels"
    assert "a\nb" in {element.get("value") for element in root.iter("Header")}
    # Label Studio refuses a task without what its config shows.
    shown = {value for element in root.iter() if (value := element.get("value", "")).startswith("$")}
    data = tasks_of(batch(item()))[0]["data"]
    variables = {value[1:] for value in shown if "\u2060" not in value}
    assert variables == {"text", *SHOWN_KEYS}
    assert all(isinstance(data[key], str) for key in variables)


def test_a_label_that_looks_like_a_variable_is_not_filled_in_with_the_task():
    choice = next(ET.fromstring(labelling_config([Label("$text")])).iter("Choice"))
    assert (choice.get("value"), choice.get("alias")) == ("$\u2060text", "$text")
    plain = next(ET.fromstring(labelling_config([Label("5 $")])).iter("Choice"))
    assert (plain.get("value"), plain.get("alias")) == ("5 $", None)


def test_a_label_that_xml_cannot_hold_is_named():
    with pytest.raises(ValueError, match=r"'a\\x01' holds the character '\\x01'"):
        labelling_config([Label("a\x01")])


@given(names=st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), min_size=1))
@settings(max_examples=30)
def test_every_name_survives_the_config(names):
    names = [name.replace("\ufffe", "").replace("\uffff", "") for name in names]
    root = ET.fromstring(labelling_config(list(map(Label, names))))
    assert answers_of(root) == names


def answered(found, answer, place):
    """A task as Label Studio exports it."""
    predictions = found.pop("predictions", [])
    snapshot = {"id": 9, "task": place, **predictions[0]} if predictions else {}
    if answer is None:
        return {"id": place, "annotations": [], "drafts": [], "predictions": [], **found}
    choices, is_skip = ([], True) if answer == "skip" else (answer, False)
    one = annotation(place, choices, was_cancelled=is_skip, prediction=snapshot)
    return {"id": place, "annotations": [one], "drafts": [], "predictions": [9], **found}


@given(made=batches())
@settings(max_examples=50)
def test_whatever_is_answered_comes_back_equal(made, tmp_path_factory):
    asked, answers = made
    folder, names = tmp_path_factory.mktemp("tasks"), [label.name for label in asked.labels]
    tasks = written(LABEL_STUDIO, folder, asked)
    exported = [
        answered(one, answer, place) for place, (one, answer) in enumerate(zip(tasks, answers, strict=True))
    ]
    decisions, problems, _ = read(saved(folder, exported), names)
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
        assert (decision.annotator, decision.how.seconds) == ("label-studio:1", 2.5)


def test_an_answer_given_beside_a_ticked_prediction_says_so_whatever_was_meant_to_be_shown(tmp_path):
    tasks = written(LABEL_STUDIO, tmp_path, batch(item("a")))
    tasks[0]["annotations"] = [annotation(prediction={"model_version": "other", "result": []})]
    assert read(saved(tmp_path, tasks))[0][0].how.shown == Shown("checked", "other")


@given(
    records=mangled([task("a", annotation(choices=["joy"]), text_al_shown={"mode": "ranked", "labels": {}})])
)
@settings(max_examples=50)
def test_no_malformed_task_raises(records, tmp_path_factory):
    is_read_without_raising(LABEL_STUDIO, tmp_path_factory.mktemp("mangled"), records, NAMES)


def test_the_written_file_is_an_array_that_holds_any_text_as_it_is(tmp_path):
    LABEL_STUDIO.write(tmp_path / "file.json", batch(item("好")))
    content = (tmp_path / "file.json").read_text(encoding="utf-8")
    assert "好" in content
    assert isinstance(json.loads(content), list)
