"""What the tests of labelling tools' files share: recorded exports, random batches, mangled records."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import strategies as st

from text_al.formats.batch import Batch, BatchItem
from text_al.formats.content import Content
from text_al.formats.entries import decisions_of
from text_al.types import Label

FIXTURES = Path(__file__).parents[1].parent / "shared" / "reference" / "fixtures"
HARD_NAMES = [
    "joy & <love>",
    'quote "x"',
    "it's",
    "a,b|c;d",
    "a#b",
    " blank ",
    "🙂",
    "غضب",
    "$text",
    "true",
    "Ärger/Wut",
    "[x]",
]
NAME = st.sampled_from(HARD_NAMES) | st.text(
    st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8
).filter(str.strip)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    ["=1+1", "one\u2028two\r\nthree", "<img src=x onerror=alert(1)>", "\x00", "שלום"]
)
JUNK = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    10**400,
    float("nan"),
    "",
    "x",
    "\ud800",
    [],
    ["x"],
    [[]],
    {},
    {"a": 1},
]


def fixture(name):
    """The path of a recorded export."""
    if not FIXTURES.is_dir():
        pytest.skip("the recorded exports are not beside the repository")
    return FIXTURES / name


def read(kind, path, names):
    """Decisions, problems and notes of a file that the format says is its own."""
    content = Content(Path(path))
    assert kind.recognises(content)
    reading = kind.read(content, names)
    decisions, wrong = decisions_of(reading.entries, names, unit=reading.unit)
    return decisions, [*reading.problems, *wrong], reading.notes


def brief(decisions):
    """The gist of decisions."""
    return [(one.id, one.status, one.labels, one.annotator) for one in decisions]


def saved(folder, records, name="file.json"):
    """The path of a file with these records: an array, or an object a line."""
    path = Path(folder) / name
    lines = name.endswith(".jsonl")
    content = "\n".join(map(json.dumps, records)) + "\n" if lines else json.dumps(records)
    path.write_text(content, encoding="utf-8")
    return path


def written(kind, folder, batch):
    """The records of a written batch."""
    path = Path(folder) / f"batch{kind.suffix}"
    kind.write(path, batch)
    content = path.read_text(encoding="utf-8")
    if kind.suffix == ".json":
        return json.loads(content)
    return [json.loads(line) for line in content.split("\n")[:-1]]


@st.composite
def batches(draw, *, is_partly=True):
    """A batch with hard names, ids and texts, and for each item an answer: names, "skip", or None."""
    names = draw(st.lists(NAME, min_size=1, max_size=5, unique_by=str.strip))
    model, mode = (
        draw(st.sampled_from(["", "round-003"])),
        draw(st.sampled_from(["none", "ranked", "checked"])),
    )
    items, answers = [], []
    for rank, text_id in enumerate(draw(st.lists(NAME, min_size=1, max_size=4, unique=True))):
        asked = draw(st.none() | st.sets(st.sampled_from(names), min_size=1)) if is_partly else None
        considered = None if asked is None else tuple(name for name in names if name in asked)
        items.append(draw(_items(text_id, rank, names, considered, is_seen=bool(model) and mode != "none")))
        given = st.sets(st.sampled_from(considered or names)).map(sorted)
        answers.append(draw(st.one_of(st.none(), st.just("skip"), given)))
    settles = draw(st.booleans()) if is_partly else False
    labels = tuple(map(Label, names))
    made = Batch("round-003", labels, tuple(items), "margin", model=model, mode=mode, settles=settles)
    return made, answers


@st.composite
def _items(draw, text_id, rank, names, considered, *, is_seen):
    asked = considered or names
    probs = {name: draw(st.integers(0, 10_000)) / 10_000 for name in asked} if is_seen else {}
    ranked = dict(sorted(probs.items(), key=lambda pair: -pair[1]))
    is_blind = not is_seen or draw(st.integers(0, 3)) == 0
    suggested = None if is_blind else tuple(name for name in asked if probs[name] >= 0.5)
    score = draw(st.none() | st.floats(-1, 1))
    item = {"score": score, "reason": "it's least sure", "considered": considered}
    return BatchItem(text_id, draw(TEXT), rank, **item, probs=ranked, suggested=suggested)


@st.composite
def mangled(draw, records):
    """The records with one to four values replaced by something else, or taken away."""
    found = copy.deepcopy(records)
    for _ in range(draw(st.integers(1, 4))):
        place, key = draw(st.sampled_from(list(_places(found)) or [(found, None)]))
        if key is not None and draw(st.booleans()):
            place[key] = copy.deepcopy(draw(st.sampled_from(JUNK)))
        elif key is not None:
            del place[key]
    return found


def _places(value):
    """Every (container, key) in a value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(pairs):
        yield value, key
        yield from _places(inner)


def is_read_without_raising(kind, folder, records, names):
    """Reads mangled records; whatever is wrong with them must be said in sentences."""
    content = Content(saved(folder, records or [{}], f"mangled{kind.suffix}"))
    kind.recognises(content)
    reading = kind.read(content, names)
    decisions, wrong = decisions_of(reading.entries, names, unit=reading.unit)
    assert all(isinstance(problem, str) and problem for problem in [*reading.problems, *wrong])
    for decision in decisions:
        assert set(decision.labels) <= set(names)
        decision.targets(names)
        json.dumps(decision.how.to_plain())
