"""doccano's files: only what somebody approved, or ticked, is a decision."""

import pytest
from hypothesis import given, settings
from tool_formats_examples import batches, brief, fixture, is_read_without_raising, mangled, saved, written
from tool_formats_examples import read as read_with

from text_al.circumstances import Shown
from text_al.formats.batch import Batch, BatchItem
from text_al.formats.carried import brought_back, carried, entry_of, flat, in_time, seen
from text_al.formats.content import Content
from text_al.formats.doccano import DOCCANO
from text_al.types import Label

NAMES = ["joy", "anger", "fear"]
FIXTURE_NAMES = ["label_03", "label_13", "label_24"]


def read(path, names=NAMES):
    return read_with(DOCCANO, path, names)


def record(doc_id, label, **more):
    return {"id": 1, "text": "a text", "doc_id": doc_id, "label": label, "Comments": [], **more}


def found(tmp_path, *records, name="all.jsonl", names=NAMES):
    return read(saved(tmp_path, records, name), names)


def item(text_id="doc-1", rank=0, **more):
    probs = {"anger": 0.9, "joy": 0.4, "fear": 0.1}
    return BatchItem(text_id, "a text", rank, **{"probs": probs, "suggested": ("anger",), **more})


def batch(*items, **more):
    return Batch("round-003", tuple(map(Label, NAMES)), items, model="round-002", **more)


def test_the_recorded_export_is_read_whole_once_it_is_said_to_be_approved(tmp_path):
    path = tmp_path / "approved.jsonl"
    path.write_bytes(fixture("doccano_1.8.4.jsonl").read_bytes())
    decisions, problems, notes = read(path, FIXTURE_NAMES)
    assert (problems, notes) == ([], ())
    assert brief(decisions) == [
        ("doc-00000", "labelled", ("label_03",), ""),
        ("doc-00001", "labelled", ("label_13", "label_24"), ""),
        ("doc-00002", "labelled", (), ""),
    ]
    assert decisions[0].text == "document 0 <b>x</b>"


def test_the_recorded_export_does_not_say_whether_an_empty_text_was_looked_at():
    decisions, problems, notes = read(fixture("doccano_1.8.4.jsonl"), FIXTURE_NAMES)
    assert problems == []
    assert [one.id for one in decisions] == ["doc-00000", "doc-00001"]
    assert notes[0].startswith(
        "1 texts stay undecided: doccano does not say whether somebody looked at them."
    )


def test_an_empty_text_is_decided_only_in_a_file_of_approved_texts(tmp_path):
    records = [record("a", ["joy"]), record("b", [])]
    decisions, _, notes = found(tmp_path, *records)
    assert [one.id for one in decisions] == ["a"]
    assert "approved.jsonl" in notes[0]
    decisions, _, notes = found(tmp_path, *records, name="Approved.jsonl")
    assert [(one.id, one.targets(NAMES)) for one in decisions] == [("a", (1, 0, 0)), ("b", (0, 0, 0))]
    assert notes == ()


def test_labels_that_were_ticked_already_are_decided_only_in_a_file_of_approved_texts(tmp_path):
    lines = written(DOCCANO, tmp_path, batch(item(), mode="checked"))
    assert lines[0]["label"] == ["anger"]
    assert found(tmp_path, *lines)[0] == []
    decisions, _, _ = found(tmp_path, *lines, name="approved.jsonl")
    assert decisions[0].how.shown == Shown(
        "checked", "round-002", (("anger", 0.9), ("joy", 0.4), ("fear", 0.1))
    )


def test_a_text_without_the_key_is_not_decided(tmp_path):
    assert found(tmp_path, record("a", None), name="approved.jsonl")[:2] == ([], [])


def test_what_annotators_noted_is_kept(tmp_path):
    assert found(tmp_path, record("a", ["joy"], Comments=["odd", "very"]))[0][0].comment == "odd\nvery"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (record(None, ["joy"]), "line 1: doc_id is missing; nothing is guessed from the text"),
        (record(3, ["joy"]), "line 1, id 3: the id must be text, in quotes"),
        (record("a", ["glee"]), "line 1, id 'a': no label is called 'glee'."),
        (record("a", "joy#anger"), "line 1, id 'a': labels must be a list of names, not 'joy#anger'"),
        (
            record("a", ["joy"], text_al_considered="joy"),
            "line 1, id 'a': considered must be a list of names",
        ),
        (
            record("a", ["joy"], text_al_shown='{"mode": "x"}'),
            "line 1, id 'a': shown must be an object whose mode",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, wrong, sentence):
    decisions, problems, _ = found(tmp_path, wrong)
    assert decisions == []
    assert problems[0].startswith(sentence)


def test_a_text_that_stands_there_twice_is_a_problem(tmp_path):
    assert found(tmp_path, record("a", ["joy"]), record("a", ["fear"]))[1] == [
        "lines 1 and 2 both decide on id 'a'; keep one"
    ]


def test_labels_are_written_only_where_they_may_be_ticked(tmp_path):
    line = written(DOCCANO, tmp_path, batch(item()))[0]
    assert (line["label"], line["text_al_suggestions"]) == ([], "anger 90%, joy 40%, fear 10%")
    assert written(DOCCANO, tmp_path, batch(item(suggested=None), mode="checked"))[0]["label"] == []
    assert not any(isinstance(value, dict) for value in line.values())


@pytest.mark.parametrize(
    "first",
    [{"text": "a", "label": ["joy"]}, {"text": "a", "label": "joy", "answer": "accept", "doc_id": "a"}],
)
def test_what_is_no_doccano_record_is_left_to_others(tmp_path, first):
    assert not DOCCANO.recognises(Content(saved(tmp_path, [first], "file.jsonl")))


def test_only_the_likeliest_labels_are_a_line_of_suggestions():
    probs = {f"label {place:02}": 1 - place / 100 for place in range(40)}
    shown = seen(batch(item(probs=probs)), item(probs=probs))
    assert [name for name, _ in shown.labels] == [f"label {place:02}" for place in range(10)]
    assert (shown.mode, seen(batch(item(), mode="none"), item())) == ("ranked", Shown("none", "round-002"))


def test_what_is_carried_comes_back_flat_or_not():
    asked = batch(item(considered=("joy",)), settles=True)
    out = carried(asked, asked.items[0], seen(asked, asked.items[0]))
    assert brought_back(out, NAMES, ["joy"]) == brought_back(flat(out), NAMES, ["joy"])
    considered, how = brought_back(flat(out), NAMES, ["fear"])
    assert considered == ["joy", "fear"]
    assert (how["settles"], how["shown"]["mode"]) == (True, "ranked")


def test_labels_added_since_are_not_considered_unless_they_are_given():
    assert brought_back({"text_al_labels": 2.0}, NAMES, ["joy"])[0] == ["joy", "anger"]
    assert brought_back({"text_al_labels": 2}, NAMES, ["fear"])[0] == ["joy", "anger", "fear"]
    assert brought_back({"text_al_labels": 3}, NAMES, ["joy"])[0] == NAMES
    assert brought_back({"text_al_labels": 4}, NAMES, ["joy"])[0] is None
    assert brought_back({"text_al_labels": None}, NAMES, ["joy"])[0] is None


def test_entries_are_put_in_time_only_where_each_has_one():
    def at(place, time):
        return entry_of(place, "a", [], {}, NAMES, at=time)

    late, early = at(1, "2026-11-20T12:00:00Z"), at(2, "2026-11-20T12:30:00+01:00")
    assert in_time([late, early]) == [early, late]
    assert in_time([late, at(3, ""), early]) == [late, at(3, ""), early]
    assert in_time([late, at(3, "noon"), early]) == [late, at(3, "noon"), early]


@given(made=batches())
@settings(max_examples=50)
def test_whatever_is_answered_and_approved_comes_back_equal(made, tmp_path_factory):
    asked, answers = made
    folder, names = tmp_path_factory.mktemp("lines"), [label.name for label in asked.labels]
    approved = []
    for place, (line, answer) in enumerate(
        zip(written(DOCCANO, folder, asked), answers, strict=True), start=1
    ):
        if isinstance(answer, list):  # nothing can be skipped
            approved.append({"id": place, **line, "label": sorted(answer), "Comments": []})
    expected = [
        (one, answer) for one, answer in zip(asked.items, answers, strict=True) if isinstance(answer, list)
    ]
    if not expected:
        return
    decisions, problems, _ = read(saved(folder, approved, "approved.jsonl"), names)
    assert problems == []
    assert len(decisions) == len(expected)
    for decision, (one, answer) in zip(decisions, expected, strict=True):
        assert (decision.id, decision.text) == (one.id, one.text or None)
        assert (decision.status, list(decision.labels)) == ("labelled", answer)
        assert decision.considered == (tuple(names) if one.considered is None else one.considered)
        assert decision.batch == asked.id
        assert decision.how.shown == seen(asked, one)
        assert decision.how.settles == asked.settles


@given(records=mangled([record("a", ["joy"], text_al_shown='{"mode": "ranked"}', text_al_labels=2)]))
@settings(max_examples=50)
def test_no_malformed_record_raises(records, tmp_path_factory):
    is_read_without_raising(DOCCANO, tmp_path_factory.mktemp("mangled"), records, NAMES)
