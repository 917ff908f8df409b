"""A data set of the Hub: class numbers become names; what it cannot give is told in one error."""

import subprocess
import sys

import datasets
import pytest
from corpus_examples import everything

from text_al.data.prepare import prepare
from text_al.data.sources import Columns, HubSource
from text_al.errors import CorpusError

NAMES = ["joy", "anger", "grief"]


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A Hub of one data set; returns what was asked of it. Data sets come from disk, as the real ones do."""
    asked = []

    def publish(columns, features):
        datasets.Dataset.from_dict(columns, features=datasets.Features(features)).save_to_disk(
            tmp_path / "hub"
        )

        def load_dataset(name, config=None, *, split, revision=None):
            asked.append((name, config, split, revision))
            return datasets.load_from_disk(tmp_path / "hub")

        monkeypatch.setattr(datasets, "load_dataset", load_dataset)
        return asked

    return publish


def _prepared(tmp_path, columns=None, **settings):
    sources = {"pool": HubSource("someone/emotions", "raw", "train", "abc")}
    return prepare(sources, tmp_path / "corpus", columns=columns or Columns(), **settings)


TEXT = {"id": datasets.Value("string"), "text": datasets.Value("string")}
TWO = {"id": ["x", "y"], "text": ["glad", "cross"]}


@pytest.mark.parametrize(
    ("feature", "values", "expected"),
    [
        (datasets.Sequence(datasets.ClassLabel(names=NAMES)), [[0, 2], []], [["grief", "joy"], []]),
        (datasets.Sequence(datasets.ClassLabel(names=NAMES)), [[1], None], [["anger"], None]),
        (datasets.ClassLabel(names=NAMES), [1, -1], [["anger"], None]),
        (datasets.Sequence(datasets.Value("string")), [["joy"], ["anger"]], [["joy"], ["anger"]]),
        (datasets.Value("string"), ["joy|grief", ""], [["grief", "joy"], []]),
    ],
)
def test_labels_of_every_kind_become_names(tmp_path, hub, feature, values, expected):
    asked = hub(TWO | {"labels": values}, TEXT | {"labels": feature})
    corpora = _prepared(tmp_path)
    names = [label.name for label in corpora.labels]
    ids, texts, marks = everything(corpora.pool)
    assert (ids, texts) == (["x", "y"], ["glad", "cross"])
    assert [row and sorted(row) for row in marks] == expected
    assert names == sorted(names)
    assert asked == [("someone/emotions", "raw", "train", "abc")]


def test_label_columns_hold_marks_not_names(tmp_path, hub):
    yes_no = datasets.ClassLabel(names=["no", "yes"])
    hub(TWO | {"joy": [1, 0], "anger": [0, 1]}, TEXT | {"joy": yes_no, "anger": datasets.Value("int8")})
    corpora = _prepared(tmp_path, Columns(label_columns=("joy", "anger")))
    assert everything(corpora.pool)[2] == [["joy"], ["anger"]]


@pytest.mark.parametrize("feature", [datasets.Sequence(datasets.Value("int32")), datasets.Value("int64")])
def test_when_labels_are_numbers_without_names_then_the_error_says_what_to_do(tmp_path, hub, feature):
    values = [[0], [1]] if isinstance(feature, datasets.Sequence | datasets.List) else [0, 1]
    hub(TWO | {"labels": values}, TEXT | {"labels": feature})
    with pytest.raises(
        CorpusError, match=r"hub data set someone/emotions/raw\[train\].*without names; take a conf"
    ):
        _prepared(tmp_path)


def test_when_a_column_is_missing_then_the_nearest_is_named(tmp_path, hub):
    names = ("comment_id", "texts", "labels")
    hub({name: ["x"] for name in names}, dict.fromkeys(names, datasets.Value("string")))
    with pytest.raises(CorpusError) as caught:
        _prepared(tmp_path)
    assert (
        "no column 'text' among 'comment_id', 'texts', 'labels'. Did you mean 'texts'?"
        in caught.value.problems[0]
    )
    assert "no column 'id'" in caught.value.problems[1]


def test_when_the_labels_column_is_called_otherwise_then_a_notice_names_it(tmp_path, hub):
    hub(TWO | {"label": ["joy", "grief"]}, TEXT | {"label": datasets.Value("string")})
    (notice,) = _prepared(tmp_path, labels=["joy"]).notices
    assert "no column 'labels', so its rows are read as not labelled. Did you mean 'label'?" in notice


@pytest.mark.parametrize(
    "error", [ConnectionError("Couldn't reach"), ValueError("Unknown split"), FileNotFoundError("no")]
)
def test_when_it_cannot_be_loaded_then_the_error_names_the_data_set_and_the_mend(
    tmp_path, monkeypatch, error
):
    def load_dataset(*_, **__):
        raise error

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    with pytest.raises(
        CorpusError, match=r"someone/emotions.*cannot be loaded.*or save it as JSONL"
    ) as caught:
        _prepared(tmp_path)
    assert str(error) in caught.value.problems[0]


def test_when_there_is_no_connection_then_the_real_library_is_heard_the_same_way(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    with pytest.raises(CorpusError, match=r"hub data set nobody/nothing-at-all\[train\] cannot be loaded"):
        prepare({"pool": HubSource("nobody/nothing-at-all")}, tmp_path / "corpus")


def test_the_corpus_imports_neither_torch_nor_datasets():
    heavy = "{'torch', 'datasets', 'sklearn', 'pandas'}"
    program = f"import sys, text_al.data.prepare; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
