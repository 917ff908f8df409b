"""TensorBoard's folder: what is rebuilt equals what was live; a killed run leaves nothing behind."""

import html.parser
import math
import re

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams import plugin_data_pb2
from tracking_examples import LABELS, a_record, a_run, evaluation, without_validation

from text_al.records import QueriedText
from text_al.tracking.markdown import queried_table
from text_al.tracking.reliability import reliability_diagram
from text_al.tracking.tensorboard import TensorBoardWriter

HPARAMS = {
    "strategy": "multilabel_margin",
    "seed": 3,
    "warm": False,
    "learning_rate": 1e-4,
    "validation": None,
}


def read(folder):
    accumulator = EventAccumulator(str(folder), size_guidance={"scalars": 0, "tensors": 0})
    accumulator.Reload()
    return accumulator


def points(folder):
    """All that is in a folder but the times: scalars and texts by tag, and the plugins' settings."""
    events = read(folder)
    tags = events.Tags()
    scalars = {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in tags["scalars"]}
    texts = {tag: events.Tensors(tag) for tag in tags["tensors"]}
    tensors = {tag: [(e.step, e.tensor_proto.string_val[0]) for e in found] for tag, found in texts.items()}
    return scalars, tensors, events.summary_metadata


def write_live(writer, records):
    for record in records:
        for item in record.evaluations:
            writer.evaluation(item)
        writer.end_round(record)


@pytest.fixture
def live(tmp_path):
    writer = TensorBoardWriter(tmp_path / "live", hparams=HPARAMS, labels=LABELS)
    write_live(writer, a_run())
    writer.close()
    return tmp_path / "live"


def test_what_is_rebuilt_equals_what_was_written_live(live, tmp_path):
    TensorBoardWriter(tmp_path / "rebuilt", a_run(), hparams=HPARAMS, labels=LABELS).close()
    assert points(tmp_path / "rebuilt") == points(live)


def test_when_killed_in_the_middle_of_a_round_then_nothing_is_stale_or_double(live, tmp_path):
    records = a_run()
    killed = TensorBoardWriter(tmp_path / "board", hparams=HPARAMS, labels=LABELS)
    write_live(killed, records[:2])
    killed.evaluation(evaluation(3, 1))
    killed.evaluation(evaluation(3, 2, n_evaluations=9))  # a point that the second attempt does not make
    # killed: never closed. What was handed over is on disk, as it would be.
    assert len(points(tmp_path / "board")[0]["train/loss"]) == 8
    resumed = TensorBoardWriter(tmp_path / "board", records[:2], hparams=HPARAMS, labels=LABELS)
    assert len(points(tmp_path / "board")[0]["train/loss"]) == 6
    write_live(resumed, records[2:])
    resumed.close()
    assert points(tmp_path / "board") == points(live)
    assert len(list((tmp_path / "board").iterdir())) == 1


def test_a_tensorboard_that_is_watching_forgets_the_points_of_the_killed_process(tmp_path):
    killed = TensorBoardWriter(tmp_path, labels=LABELS)
    write_live(killed, a_run()[:1])
    killed.evaluation(evaluation(2, 1))
    killed.close()
    (file,) = tmp_path.iterdir()
    content = file.read_bytes()
    TensorBoardWriter(tmp_path, a_run()[:1], labels=LABELS).close()
    # who is watching has read the removed file, then reads the new one
    (tmp_path / "events.out.tfevents.0000000000.before").write_bytes(content)
    assert len(points(tmp_path)[0]["train/loss"]) == 3


def test_metrics_stand_by_global_step_and_steps_rise_over_rounds(live):
    scalars, _, _ = points(live)
    evaluations = [item for record in a_run() for item in record.evaluations]
    for tag, name in [("val/macro_f1_tuned", "val_macro_f1_tuned"), ("train/loss", "train_loss")]:
        assert [step for step, _ in scalars[tag]] == [10, 20, 30, 40, 50, 60, 70, 80, 90]
        values = [item.metrics[name] for item in evaluations]
        assert [value for _, value in scalars[tag]] == pytest.approx(values, rel=1e-6)
    assert scalars["train/learning_rate"][0] == pytest.approx((10, 1e-4 / 3))


def test_the_learning_curve_stands_by_labelled_texts_for_validation_and_test(live):
    scalars, _, _ = points(live)
    for name in (
        "val_macro_f1_tuned",
        "test_macro_f1_tuned",
        "test_sample_f1_at_0.5",
        "val_loss",
        "val_brier",
    ):
        curve = [(record.n_labelled, pytest.approx(record.metrics[name], rel=1e-6)) for record in a_run()]
        assert scalars[f"learning_curve/{name}"] == curve
    assert "learning_curve/train_loss" not in scalars
    assert scalars["time/train_seconds"] == [(100, 13.5), (150, 14.5), (200, 15.5)]
    assert scalars["pool/n_labelled"] == [(1, 100), (2, 150), (3, 200)]
    assert scalars["pool/n_pool"] == [(1, 3950), (2, 3900), (3, 3850)]
    assert scalars["pool/n_skipped"] == [(1, 0), (2, 1), (3, 2)]


def test_every_label_has_its_own_curve_and_none_makes_a_folder(live):
    tags = [tag for tag in points(live)[0] if tag.startswith("per_label_f1/")]
    assert tags == [
        "per_label_f1/财经_交易-出售_收购",
        "per_label_f1/财经_交易-出售_收购_2",
        "per_label_f1/request_lab",
    ]


def test_a_label_keeps_its_tag_in_rounds_that_left_another_out(tmp_path):
    second = {LABELS[1]: 0.5}
    writer = TensorBoardWriter(tmp_path, [a_record(1), a_record(2, per_label_f1=second)], labels=LABELS)
    writer.close()
    assert [step for step, _ in points(tmp_path)[0]["per_label_f1/财经_交易-出售_收购_2"]] == [100, 150]


def test_rounds_without_steps_of_their_own_keep_all_their_evaluations(tmp_path):
    one = evaluation(1, 1)
    records = [
        a_record(number, evaluations=(type(one)(**{**vars(one), "round": number, "global_step": 0}),))
        for number in (1, 2)
    ]
    TensorBoardWriter(tmp_path, records).close()
    assert [step for step, _ in points(tmp_path)[0]["train/loss"]] == [0, 0]


def test_when_an_evaluation_was_not_seen_live_then_the_round_brings_it(tmp_path):
    writer = TensorBoardWriter(tmp_path)
    writer.evaluation(a_record(1).evaluations[0])
    writer.end_round(a_record(1))
    writer.close()
    assert [step for step, _ in points(tmp_path)[0]["train/loss"]] == [10, 20, 30]


def hparams_of(folder):
    metadata = read(folder).summary_metadata
    parsed = {}
    for tag, item in metadata.items():
        if item.plugin_data.plugin_name == "hparams":
            parsed[tag] = plugin_data_pb2.HParamsPluginData.FromString(item.plugin_data.content)
    return parsed


def test_hparams_stand_in_the_runs_own_folder_with_the_curves_metrics(live):
    parsed = hparams_of(live)
    start = parsed["_hparams_/session_start_info"].session_start_info.hparams
    assert start["strategy"].string_value == "multilabel_margin"
    assert start["seed"].number_value == 3
    assert start["learning_rate"].number_value == 1e-4
    assert start["warm"].bool_value is False
    assert "validation" not in start
    metrics = {item.name.tag for item in parsed["_hparams_/experiment"].experiment.metric_infos}
    assert "learning_curve/test_macro_f1_tuned" in metrics
    assert metrics <= set(points(live)[0])
    assert not [path for path in live.iterdir() if path.is_dir()]


def test_only_a_finished_run_is_marked_as_done(tmp_path):
    writer = TensorBoardWriter(tmp_path, hparams=HPARAMS)
    writer.finish()
    writer.end_round(a_record(1))
    assert "_hparams_/session_end_info" not in hparams_of(tmp_path)
    writer.finish()
    writer.finish()
    writer.close()
    assert "_hparams_/session_end_info" in hparams_of(tmp_path)


def test_the_layout_compares_runs_by_tags_that_exist(live):
    _, tensors, _ = points(live)
    ((_, content),) = tensors["custom_scalars__config__"]
    layout = layout_pb2.Layout.FromString(content)
    charts = {chart.title: chart.multiline.tag for category in layout.category for chart in category.chart}
    tags = list(points(live)[0])
    for title, (pattern,) in charts.items():
        found = [tag for tag in tags if re.match(pattern, tag)]
        assert len(found) >= 2, title
    assert [tag for tag in tags if re.match(charts["macro F1, tuned or plug-in thresholds"][0], tag)] == [
        "learning_curve/val_macro_f1_tuned",
        "learning_curve/test_macro_f1_tuned",
    ]


def test_the_same_charts_hold_a_run_without_a_validation_set(tmp_path):
    TensorBoardWriter(tmp_path, [without_validation(number) for number in (1, 2)]).close()
    scalars, tensors, _ = points(tmp_path)
    layout = layout_pb2.Layout.FromString(tensors["custom_scalars__config__"][0][1])
    for category in layout.category:
        if category.title != "Training":
            for chart in category.chart:
                found = [tag for tag in scalars if re.match(chart.multiline.tag[0], tag)]
                assert len(found) == 2, chart.title
    assert [step for step, _ in scalars["learning_curve/oof_macro_f1_plug_in"]] == [100, 150]
    assert [step for step, _ in scalars["learning_curve/oof_brier"]] == [100, 150]


def pictures_of(folder):
    """Round to picture, of those that TensorBoard would show."""
    accumulator = EventAccumulator(str(folder), size_guidance={"images": 0}).Reload()
    found = accumulator.Images("calibration/reliability") if accumulator.Tags()["images"] else []
    return {event.step: event.encoded_image_string for event in found}


def test_every_round_has_its_reliability_diagram_and_a_rebuilt_folder_the_same(live, tmp_path):
    TensorBoardWriter(tmp_path, a_run()).close()
    expected = {record.round: reliability_diagram(record) for record in a_run()}
    assert pictures_of(live) == pictures_of(tmp_path) == expected
    assert len(set(expected.values())) == 3


def test_of_many_former_rounds_only_as_many_pictures_are_drawn_as_tensorboard_shows(tmp_path):
    records = [a_record(number, evaluations=()) for number in range(1, 14)]
    writer = TensorBoardWriter(tmp_path, records[:-1])
    writer.end_round(records[-1])
    writer.close()
    assert list(pictures_of(tmp_path)) == list(range(3, 14))


def test_a_record_of_a_former_version_has_no_picture(tmp_path):
    TensorBoardWriter(tmp_path, [a_record(reliability={})]).close()
    assert pictures_of(tmp_path) == {}


class Cells(html.parser.HTMLParser):
    """The cells of a rendered table, as a browser would show their text, and all tags that occur."""

    def __init__(self, page):
        super().__init__()
        self.rows, self.tags = [], set()
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip("\n")


NASTY = [
    "a | b\nc",
    "<script>alert(1)</script> & <b>bold</b> &amp;",
    "![tracker](http://evil.example/x.png) [link](http://evil.example) <http://evil.example>",
    "*one* **two** __three__ `four` \\| \\*",
    "# heading\n---\n- item\n1. item\n> quote",
    "患者 有 发热 ，无 咳嗽 🙂 | “x”",
    "[id]: http://evil.example",
]


@pytest.mark.filterwarnings("ignore:html5lib's sanitizer is deprecated:DeprecationWarning")
def test_the_chosen_texts_are_a_table_that_shows_every_text_as_it_is():
    from tensorboard.plugin_util import markdown_to_safe_html  # warns when imported

    chosen = tuple(
        QueriedText(k, f"id_{k}_", text, k / 3, f"reason *{k}*", {"*a*": 0.25}, (("<b>", 0.5),))
        for k, text in enumerate(NASTY)
    )
    cells = Cells(markdown_to_safe_html(queried_table(a_record(queried=chosen))))
    assert cells.tags <= {"table", "thead", "tbody", "tr", "th", "td"}
    assert cells.rows[0] == ["rank", "id", "score", "reason", "in doubt", "most like", "text"]
    for k, (text, row) in enumerate(zip(NASTY, cells.rows[1:], strict=True)):
        why = [f"reason *{k}*", "*a* 0.25", "<b> 0.50"]
        assert row == [str(k + 1), f"id_{k}_", f"{k / 3:.6g}", *why, " ".join(text.split())]


def test_the_table_is_in_tensorboard_by_round(live):
    _, tensors, _ = points(live)
    assert [step for step, _ in tensors["queried/round/text_summary"]] == [1, 2]
    text = tensors["queried/round/text_summary"][0][1].decode()
    assert text == queried_table(a_record(1))


def test_a_label_left_out_has_no_point_but_a_diverged_loss_has(tmp_path):
    record = a_record(1, metrics={"val_loss": math.nan}, per_label_f1={"a": math.nan})
    TensorBoardWriter(tmp_path, [record]).close()
    scalars = points(tmp_path)[0]
    assert math.isnan(scalars["learning_curve/val_loss"][0][1])
    assert "per_label_f1/a" not in scalars
