"""Records are kept without loss; log and tables say what they say, and name thresholds wherever F1 stands."""

import json
import logging
import math
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from tracking_examples import LABELS, a_record, a_run, evaluation, metrics, without_validation

from text_al.tracking import atomic
from text_al.tracking.atomic import write_atomically
from text_al.tracking.log import InfoLog
from text_al.tracking.naming import OUT_OF_FOLD, best_rule, headline, label_tags, metric_tag, shown_sets
from text_al.tracking.records import from_json, rewrite_jsonl, to_json
from text_al.tracking.table import footnote, label_table, stage_table, summary_table

# records


def same(one, other):
    """Equal, also where both are nan."""
    return repr(one) == repr(other)


@given(st.lists(st.floats(), min_size=4, max_size=4))
def test_any_float_is_read_back_to_the_last_bit(values):
    record = a_record(
        metrics={"train_loss": values[0]},
        thresholds={"a": values[1]},
        seconds={"train": values[2]},
        best_epoch=values[3],
    )
    assert same(from_json(json.loads(json.dumps(to_json(record), allow_nan=False))), record)


def test_a_whole_record_is_read_back_equal_with_its_types():
    for record in a_run():
        back = from_json(json.loads(json.dumps(to_json(record))))
        assert same(back, record)
        assert type(back.evaluations) is type(back.queried) is type(back.notes) is tuple
    assert to_json(a_record())["per_label_f1"]["no positives"] is None


def test_when_figures_are_numpy_numbers_then_they_are_kept_as_plain_ones():
    record = a_record(metrics={"train_loss": np.float32(0.1)}, n_labelled=np.int64(3))
    text = json.dumps(to_json(record))
    assert from_json(json.loads(text)).metrics["train_loss"] == float(np.float32(0.1))
    assert from_json(json.loads(text)).n_labelled == 3


def test_when_a_field_is_missing_or_unknown_then_reading_fails():
    data = to_json(a_record())
    with pytest.raises(TypeError, match="colour"):
        from_json({**data, "colour": "red"})
    del data["strategy"]
    with pytest.raises(TypeError, match="strategy"):
        from_json(data)


def test_a_record_of_a_former_version_counts_no_texts():
    data = to_json(a_record(texts={"score": 3900, "train": np.int64(6)}))
    assert from_json(json.loads(json.dumps(data))).texts == {"score": 3900, "train": 6}
    del data["texts"]
    assert same(from_json(data), a_record())


def test_a_record_of_a_former_version_says_nothing_of_reliability():
    data = to_json(a_record())
    del data["reliability"]
    assert from_json(data).reliability == {}


def test_an_empty_bin_is_null_in_json_and_read_back_as_it_was():
    data = json.loads(json.dumps(to_json(a_record()), allow_nan=False))
    assert data["reliability"]["val"]["observed"][1] is None
    bins = from_json(data).reliability["val"]
    assert same(bins, a_record().reliability["val"])
    assert {type(count) for count in bins.counts} == {int}


def test_rounds_jsonl_is_a_line_a_round_readable_in_every_script(tmp_path):
    path = tmp_path / "rounds.jsonl"
    records = [a_record(1, notes=("one\u2028line\x85\u2029\n",)), a_record(2)]
    rewrite_jsonl(path, records)
    text = path.read_text(encoding="utf-8")
    assert LABELS[0] in text
    assert [from_json(json.loads(line)).round for line in text.splitlines()] == [1, 2]
    assert same(from_json(json.loads(text.splitlines()[0])), records[0])


def test_when_the_disk_fails_then_the_old_file_stays_and_nothing_lies_about(tmp_path, monkeypatch):
    path = tmp_path / "rounds.jsonl"
    rewrite_jsonl(path, [a_record(1)])
    before = path.read_bytes()

    def fail(descriptor):
        raise OSError("disk full")

    monkeypatch.setattr(atomic.os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        rewrite_jsonl(path, a_run())
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["rounds.jsonl"]


def test_a_file_is_flushed_to_disk_before_it_gets_its_name(tmp_path, monkeypatch):
    flushed = []
    monkeypatch.setattr(atomic.os, "fsync", lambda descriptor: flushed.append(os.fstat(descriptor).st_size))
    write_atomically(tmp_path / "a", b"12345")
    assert flushed == [5]


# names


def test_tuned_thresholds_are_shown_only_where_every_measured_round_has_them():
    both, plain = metrics(1), metrics(1, rules=("at_0.5",))
    assert best_rule("val", [both, both]) == "tuned"
    assert best_rule("val", [both, plain]) == "at_0.5"
    assert best_rule("val", [both, {}]) == "tuned"
    assert best_rule("val", [metrics(1, ("train",))]) is None
    assert best_rule("test", [metrics(1, rules=("plug_in", "at_0.5")), both]) == "at_0.5"


def test_out_of_fold_is_shown_only_where_there_is_no_validation_set():
    assert shown_sets([metrics(1)]) == [("val", "tuned"), ("test", "tuned")]
    assert shown_sets([without_validation().metrics]) == [("oof", "plug_in"), ("test", "plug_in")]
    assert shown_sets([metrics(1, ("val", "oof"), ("at_0.5",))]) == [("val", "at_0.5")]
    assert shown_sets([{}]) == []


def test_the_headline_is_validation_then_test_then_out_of_fold_then_train():
    assert headline({"val_macro_f1_at_0.5": 0.25, "val_macro_f1_tuned": 0.5}) == "val macro F1 0.500 (tuned)"
    assert (
        headline({"test_macro_f1_at_0.5": 0.25, "train_macro_f1_at_0.5": 1}) == "test macro F1 0.250 (at 0.5)"
    )
    out_of_fold = {f"{prefix}_macro_f1_at_0.5": 1.0 for prefix in ("train", "oof")}
    assert headline(out_of_fold | {"oof_macro_f1_plug_in": 0.75}) == "oof macro F1 0.750 (plug-in)"
    assert headline({"train_macro_f1_at_0.5": 1.0}) == "train macro F1 1.000 (at 0.5)"
    assert headline({"train_loss": 1.0}) == ""


def test_a_metric_is_grouped_by_its_set():
    assert metric_tag("val_macro_f1_at_0.5") == "val/macro_f1_at_0.5"
    assert metric_tag("train_loss") == "train/loss"


def test_labels_that_look_alike_once_cleaned_have_different_tags_without_folders():
    names = ["a/b", "a_b", "a b", "a_b_2", "财经/交易-出售/收购", "财经_交易-出售_收购", "", " "]
    tags = label_tags(names)
    assert tags["财经/交易-出售/收购"] == "财经_交易-出售_收购"
    assert len(set(tags.values())) == len(names)
    assert not any("/" in tag for tag in tags.values())
    assert label_tags(names) == tags


# the log


def lines_of(path):
    return path.read_text(encoding="utf-8").splitlines()


def test_an_evaluation_is_one_line_with_all_that_was_asked_for(tmp_path):
    with InfoLog(tmp_path / "info.log") as log:
        log.begin_round(2, 150, 3900)
        log.evaluation(evaluation(2, 1))
        log.evaluation(evaluation(2, 3))
    first, last = lines_of(tmp_path / "info.log")[1:]
    figures = evaluation(2, 1).metrics
    assert "round 2  epoch 0.5  step 10  loss 0.3333  " in first
    for average in ("macro", "micro", "sample"):
        assert f"  {average}_f1 {figures[f'train_{average}_f1_tuned']:.4f}" in first
        assert f"  val_{average}_f1 {figures[f'val_{average}_f1_tuned']:.4f}" in first
    assert first.count("(tuned)") == 2
    assert first.endswith("training set 150  query pool 3900  best epoch 0.5  0.3 s")
    assert last.endswith("best epoch 0.5  1.0 s"), "the third was not the best"


def test_when_f1_is_at_one_half_then_the_line_says_so(tmp_path):
    figures = metrics(1, ("train",), rules=("at_0.5",))
    record = evaluation(1, 1)
    with InfoLog(tmp_path / "info.log") as log:
        log.begin_round(1, 100, 10)
        log.evaluation(type(record)(**{**vars(record), "metrics": figures}))
    line = lines_of(tmp_path / "info.log")[-1]
    assert "(at 0.5)" in line
    assert "tuned" not in line
    assert "val_" not in line


def test_a_round_is_a_block_with_thresholds_choices_and_notes(tmp_path):
    with InfoLog(tmp_path / "info.log") as log:
        log.end_round(a_record(2))
        log.end_round(a_record(3, finished="the budget is spent"))
    text = (tmp_path / "info.log").read_text(encoding="utf-8")
    for words in [
        "round 2 ends  training set 150  query pool 3900  skipped 1  steps 30  best epoch 1, stopped early",
        f"val_macro_f1 {a_record(2).metrics['val_macro_f1_tuned']:.4f}",
        f"test_sample_f1 {a_record(2).metrics['test_sample_f1_at_0.5']:.4f}  (at 0.5)",
        "thresholds (tuned): 财经/交易-出售/收购 0.200",
        "2 texts chosen by multilabel_margin, asked for as round-002:",
        "id-2  score 0.333333  least sure of request_lab",
        "院-9  drawn at random",
        "note: 3 texts were cut at 256 tokens",
        "the run ends: the budget is spent",
    ]:
        assert words in text


def test_a_round_says_how_well_its_probabilities_hold(tmp_path):
    with InfoLog(tmp_path / "info.log") as log:
        log.end_round(a_record(1))
    found = a_record(1).metrics
    figures = [
        f"{name} {found[name]:.4f}"
        for name in ("test_macro_average_precision", "test_brier", "test_classwise_ece")
    ]
    assert "    " + "  ".join(figures) in lines_of(tmp_path / "info.log")


def test_without_a_validation_set_a_round_has_figures_out_of_fold_at_plug_in_thresholds(tmp_path):
    record = without_validation()
    with InfoLog(tmp_path / "info.log") as log:
        log.end_round(record)
    text = (tmp_path / "info.log").read_text(encoding="utf-8")
    for prefix in ("oof", "test"):
        assert f"{prefix}_macro_f1 {record.metrics[f'{prefix}_macro_f1_plug_in']:.4f}  " in text
    assert text.count("(plug-in)") == 2 + 2
    assert "thresholds (plug-in): " in text
    assert "val_" not in text


def test_the_log_is_appended_to_and_the_loggers_are_left_as_they_were(tmp_path):
    logger, root = logging.getLogger("text_al"), logging.getLogger()
    logger.setLevel(logging.ERROR)
    before = (logger.level, list(logger.handlers), root.level, list(root.handlers))
    for sentence in ("first", "100 %s"):
        with InfoLog(tmp_path / "info.log") as log:
            log.note(sentence)
    logger.error("after closing")
    assert [line[21:] for line in lines_of(tmp_path / "info.log")] == ["first", "100 %s"]
    assert (logger.level, list(logger.handlers), root.level, list(root.handlers)) == before
    logger.setLevel(logging.NOTSET)


# tables


def test_the_summary_is_aligned_narrow_and_names_sets_and_thresholds():
    lines = summary_table(a_run(12)).splitlines()
    assert len(lines) == 2 + 12
    assert all(len(line) <= 100 for line in lines)
    assert lines[0].split("  ")[-1].strip() == "test F1 (tuned)"
    assert "val F1 (tuned)" in lines[0]
    assert lines[1].split() == ["round", "labels", *["macro", "micro", "sample"] * 2, "seconds"]
    assert len({len(line) for line in lines[1:]}) == 1
    found = a_record(2).metrics
    names = [
        f"{prefix}_{average}_f1_tuned"
        for prefix in ("val", "test")
        for average in ("macro", "micro", "sample")
    ]
    assert lines[3].split() == ["2", "150", *(f"{found[name]:.3f}" for name in names), "16.1"]


def test_a_group_title_stands_over_its_columns():
    title, header, *_ = summary_table(a_run()).splitlines()
    assert title.index("val F1") == header.index("macro")
    assert title.index("test F1") == header.rindex("macro")


def test_when_a_round_has_no_tuned_figures_then_all_are_at_one_half():
    records = [a_record(1), a_record(2, metrics=metrics(2, rules=("at_0.5",)))]
    text = summary_table(records)
    assert "val F1 (at 0.5)" in text
    assert "tuned" not in text
    assert f"{records[0].metrics['test_macro_f1_at_0.5']:.3f}" in text


def test_when_a_set_is_missing_then_it_has_no_columns_and_a_missing_round_a_dash():
    records = [
        a_record(1, metrics=metrics(1, ("test",))),
        a_record(2, metrics={"test_macro_f1_tuned": math.nan}),
    ]
    title, _, first, second = summary_table(records).splitlines()
    assert "val" not in title
    assert "-" not in first
    assert second.split()[2:5] == ["-", "-", "-"]
    assert summary_table([]).split() == ["round", "labels", "seconds"]
    assert len(summary_table([a_record(metrics={})]).splitlines()) == 2


def test_without_a_validation_set_out_of_fold_stands_in_its_place_and_is_explained():
    records = [without_validation(number) for number in (1, 2)]
    title, header, first, _ = summary_table(records).splitlines()
    assert title.index("oof F1 (plug-in)") == header.index("macro")
    assert title.index("test F1 (plug-in)") == header.rindex("macro")
    names = [f"{prefix}_macro_f1_plug_in" for prefix in ("oof", "test")]
    assert [first.split()[at] for at in (2, 5)] == [f"{records[0].metrics[name]:.3f}" for name in names]
    assert footnote(records) == OUT_OF_FOLD
    assert footnote(a_run()) == footnote([]) == ""


def test_when_seconds_have_no_total_then_their_sum_is_shown():
    assert summary_table([a_record(seconds={"train": 1.0, "score": 2.5})]).endswith(" 3.5")


def test_stages_stand_in_their_order_with_their_rates():
    record = a_record(
        3,
        seconds={"total": 20.0, "score": 12.5, "warm-up": 0.1, "train": 7.25, "save": 0.001, "test": 0.004},
        texts={"score": 40_000, "train": 1_000, "test": 20},
    )
    assert stage_table(record).splitlines() == [
        "round 3  seconds   texts  texts/s",
        "train       7.25   1,000      138",
        "test        0.00      20",
        "save        0.00",
        "score      12.50  40,000    3,200",
        "warm-up     0.10",
        "total      20.00",
    ]


def test_columns_stay_under_each_other_with_chinese_labels():
    name = "财" * 50
    record = a_record(thresholds={**a_record().thresholds, name: 0.5})
    lines = label_table(record).splitlines()
    assert lines[0].split() == ["label", "F1", "(val)", "threshold", "(tuned)"]
    assert len({cell_len(line) for line in lines}) == 1
    assert max(map(cell_len, lines)) <= 100
    assert lines[1].split() == [LABELS[0], "0.010", "0.200"]
    assert lines[4].split() == ["no", "positives", "-", "0.500"]
    assert "…" in lines[-1]


@pytest.mark.parametrize(
    ("rule", "title"),
    [("plug_in", "threshold (plug-in)"), ("0.5", "threshold"), ("tuned", "threshold (tuned)")],
)
def test_thresholds_stand_under_how_they_were_chosen(rule, title):
    assert label_table(a_record(threshold_rule=rule)).splitlines()[0].endswith(f"F1 (val)  {title}")


def test_nothing_heavy_is_imported_with_the_tracker():
    heavy = ("torch", "matplotlib", "sklearn", "scipy", "tensorboard", "rich.progress")
    code = (
        "import sys, text_al.metrics, text_al.tracking.tracker, text_al.tracking.tensorboard\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"
