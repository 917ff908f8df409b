"""Real data sets are read whole and as their descriptions say."""

import json

import numpy as np
import pytest
from corpus_examples import source

from text_al.data.prepare import prepare
from text_al.data.sources import Split

SIZES = {
    "goemotions": (43410, 5426, 5427, 28, 1.176),
    "nlupp": (2159, 308, 613, 62, 2.011),
    "duee_events": (10762, 1196, 1498, 65, 1.101),
}


@pytest.mark.parametrize("name", SIZES)
def test_sizes_and_cardinality_are_as_described(tmp_path, shared_data, name):
    folder = shared_data / name
    labels = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
    files = {"pool": "train", "validation": "validation", "test": "test"}
    sources = {role: source(folder / f"{file}.jsonl") for role, file in files.items()}
    corpora = prepare(sources, tmp_path, labels=labels).corpora.values()
    *sizes, n_labels, cardinality = SIZES[name]
    assert [len(corpus) for corpus in corpora] == sizes
    positives = sum(int((corpus.targets(np.arange(len(corpus))) == 1).sum()) for corpus in corpora)
    assert round(positives / sum(sizes), 3) == cardinality
    assert [label.name for corpus in corpora for label in corpus.labels] == labels * 3
    assert len(labels) == n_labels
    assert all(corpus.usable.all() and corpus.has_targets.all() for corpus in corpora)


def test_goemotions_texts_that_are_in_train_and_in_test_are_counted(tmp_path, shared_data):
    folder = shared_data / "goemotions"
    files = {"pool": "train", "validation": "validation", "test": "test"}
    sources = {role: source(folder / f"{file}.jsonl") for role, file in files.items()}
    notices = "\n".join(prepare(sources, tmp_path).notices)
    assert "validation: 43 texts word for word in the pool" in notices
    assert "test: 37 texts word for word in the pool" in notices
    assert "test: 13 texts word for word in the validation" in notices


def test_medical_zh_starts_with_the_hundred_labelled_texts_at_the_end_of_the_pool(tmp_path, shared_data):
    folder = shared_data / "medical_zh"
    files = {"pool": "pool", "labelled": "train_initial", "validation": "validation"}
    corpora = prepare({role: source(folder / f"{file}.jsonl") for role, file in files.items()}, tmp_path)
    assert (len(corpora.pool), len(corpora.validation)) == (4000, 1000)
    assert corpora.initially_labelled.tolist() == list(range(3900, 4000))
    names = [label.name for label in corpora.labels]
    counts = corpora.pool.targets(np.arange(4000)).sum(axis=0)
    assert counts[names.index("treatment")] == 62 + 2509
    assert counts[names.index("anatomy_physiology")] == 1


def test_a_split_of_goemotions_keeps_rare_labels_in_proportion_and_equal_texts_together(
    tmp_path, shared_data
):
    path = shared_data / "goemotions" / "train.jsonl"
    corpora = prepare({"pool": source(path)}, tmp_path, split=Split(validation=1000, test=0.1))
    parts = corpora.corpora
    positives = {name: part.targets(np.arange(len(part))).sum(axis=0) for name, part in parts.items()}
    assert len(parts["validation"]) == 1000
    total = sum(positives.values())
    assert np.abs(positives["validation"] - total * 1000 / 43410).max() <= 2
    assert np.abs(positives["test"] - total * 0.1).max() <= 4
    texts = [
        {" ".join(t.split()).casefold() for t in part.texts(np.arange(len(part)))} for part in parts.values()
    ]
    assert len(set.union(*texts)) == sum(len(some) for some in texts)
