"""Runs over texts and labels that are unlike the usual ones: each goes to its end and gives a model."""

import numpy as np
import pytest
from loop_examples import decisions, finished_run, read_rounds, write_jsonl

import text_al

COLUMNS = {"columns": {"labels": "labels"}}


def rows_of(texts, labels, prefix="t"):
    return [
        {"id": f"{prefix}{place}", "text": text, "labels": found}
        for place, (text, found) in enumerate(zip(texts, labels, strict=True))
    ]


def run_on(folder, texts, labels, *, validation=None, **changes):
    """The folder of a run whose validation set is that of the pool, unless given."""
    pool = write_jsonl(folder / "pool.jsonl", rows_of(texts, labels))
    checked = write_jsonl(
        folder / "val.jsonl", rows_of(*(validation or (texts[:20], labels[:20])), prefix="v")
    )
    names = changes.pop("names", None)
    data = {"pool": str(pool), "validation": str(checked), "labels": names}
    return finished_run(folder, data=data, **changes)


def words(n, seed=0):
    """n texts, and of each the names of the words that are in it."""
    rng = np.random.default_rng(seed)
    names = ["red", "green", "blue"]
    found = [[name for name in names if rng.random() < 0.4] for _ in range(n)]
    texts = [
        f"text {place} {' '.join(rng.permutation([*labels, 'and', 'so']))}"
        for place, labels in enumerate(found)
    ]
    return texts, found


@pytest.mark.parametrize("names", [["red"], ["red", "blue"]])
def test_one_label_and_two_are_learned(tmp_path, names):
    texts, found = words(40)
    run = run_on(tmp_path, texts, [[name for name in labels if name in names] for labels in found])
    model = text_al.load(run)
    assert model.labels == tuple(sorted(names))
    assert "red" in model.predict(["so red"])[0]
    assert model.predict(["so"]) == [[]]


def test_a_thousand_labels_are_learned(tmp_path):
    texts, _ = words(40)
    names = [f"label {place}" for place in range(1000)]
    found = [[names[place % 7], names[999 - place]] for place in range(40)]
    run = run_on(tmp_path, texts, found, names=names, learner={"type": "tfidf", "args": {"max_features": 20}})
    assert text_al.load(run).predict_proba(["red"]).shape == (1, 1000)
    record = read_rounds(run)[-1]
    assert len(record.thresholds) == len(record.per_label_f1) == 1000


def test_a_text_of_two_hundred_thousand_characters_is_read_whole(tmp_path):
    texts, found = words(30)
    long = "and so on " * 20_000 + "purple"
    run = run_on(tmp_path, [*texts, long], [*found, ["red"]], active_learning={"budget": 31})
    assert len(long) > 200_000
    asked = [text for record in read_rounds(run) for text in record.queried if text.id == "t30"]
    assert all(len(text.text) == 200 for text in asked)
    assert 30 in {event.row for event in decisions(run) if event.kind == "labelled"}
    assert "purple" in (run / "models" / "last" / "vocabulary.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(("rule", "f1"), [("zero", 0.0), ("leave_out", None)])
def test_a_label_without_positives_is_never_predicted_and_a_note_says_how_it_counts(tmp_path, rule, f1):
    texts, found = words(40)
    run = run_on(
        tmp_path,
        texts,
        found,
        names=["red", "green", "blue", "none such"],
        evaluation={"absent_labels": rule},
    )
    record = read_rounds(run)[-1]
    assert any("1 label without positives (none such)" in note for note in record.notes)
    assert record.per_label_f1["none such"] == pytest.approx(np.nan if f1 is None else f1, nan_ok=True)
    assert text_al.load(run).predict_proba(texts)[:, 3].max() < 0.5


def test_a_batch_in_which_no_text_has_a_label_is_learned_from_all_the_same(tmp_path):
    texts, found = words(20)
    nothing = [f"text {place} and so" for place in range(20)]
    run = run_on(
        tmp_path, nothing + texts, [[] for _ in nothing] + found, validation=(texts, found),
        active_learning={"initial_size": 5, "budget": 10}, seed=3,
    )  # fmt: skip
    labelled = [event for event in decisions(run) if event.kind == "labelled"]
    assert len(labelled) == 10
    assert any(not any(event.targets) for event in labelled)


def test_when_nothing_but_empty_label_sets_is_labelled_then_nothing_is_predicted(tmp_path):
    texts, found = words(20)
    nothing = [f"text {place} and so" for place in range(30)]
    run = run_on(
        tmp_path, nothing, [[] for _ in nothing], names=["red", "green", "blue"], validation=(texts, found)
    )
    assert text_al.load(run).predict_proba(["red"]).max() < 0.5
    assert [record.n_labelled for record in read_rounds(run)] == [10, 15, 20, 25]


def test_chinese_texts_and_labels_with_slashes_go_all_the_way(tmp_path):
    names = ["财经/交易-出售", "组织关系/辞职", "灾害/意外-地震"]
    signs = ["出售", "辞职", "地震"]
    texts = [f"第{place}条消息说{signs[place % 3]}的事情昨天发生了。" for place in range(40)]
    found = [[names[place % 3]] for place in range(40)]
    run = run_on(tmp_path, texts, found, name="中文")
    assert run.name == "中文"
    model = text_al.load(run)
    assert model.predict(["他宣布辞职。"]) == [["组织关系/辞职"]]
    assert (run / "learning_curve.png").stat().st_size > 10_000
    assert names[2] in (run / "info.log").read_text(encoding="utf-8")


def test_texts_with_nothing_to_read_are_never_asked(tmp_path):
    texts, found = words(20)
    run = run_on(tmp_path, ["", "  ", *texts], [["red"], [], *found], active_learning={"budget": 22})
    assert {event.row for event in decisions(run)}.isdisjoint({0, 1})
    assert read_rounds(run)[-1].finished == "every text of the pool has been asked"
