"""The tracker: told once, it keeps log, history, curve and TensorBoard of one run, also through kills."""

import io
import json
import logging

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tracking_examples import LABELS, a_run

from text_al.reporting import Reporter
from text_al.tracking import tracker as tracker_module
from text_al.tracking.progress import Progress
from text_al.tracking.records import to_json
from text_al.tracking.table import summary_table
from text_al.tracking.tracker import Tracker


def open_tracker(folder, records=(), *, tensorboard=False, stream=None):
    progress = Progress("lines", stream or io.StringIO())
    return Tracker(
        folder,
        labels=LABELS,
        tensorboard=tensorboard,
        progress=progress,
        hparams={"seed": 0},
        records=records,
    )


def run_a_round(tracker, records, number):
    record = records[number - 1]
    tracker.begin_round(record.round, record.n_labelled, record.n_pool)
    tracker.stage("train", 3)
    for evaluation in record.evaluations:
        tracker.train_loss(evaluation.global_step, 0.5, 1e-4)
        tracker.advance()
        tracker.evaluation(evaluation)
    tracker.end_round(record, records[:number])


def events_of(folder):
    sizes = {"scalars": 0, "tensors": 0}
    return EventAccumulator(str(folder / "tensorboard"), size_guidance=sizes).Reload()


def files_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_run_leaves_its_files_and_they_agree(tmp_path):
    records, stream = a_run(), io.StringIO()
    with open_tracker(tmp_path, tensorboard=True, stream=stream) as tracker:
        for number in (1, 2, 3):
            run_a_round(tracker, records, number)
        tracker.note("a note")
        tracker.finish(records, "the budget is spent")
    assert files_in(tmp_path) == ["info.log", "learning_curve.png", "rounds.jsonl", "tensorboard"]
    lines = (tmp_path / "rounds.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [to_json(record) for record in records]
    log = (tmp_path / "info.log").read_text(encoding="utf-8")
    assert log.count("  val_loss") >= 9
    assert "finished: the budget is spent" in log
    assert summary_table(records) in log
    assert "a note" in log
    for words in ("a note", "finished: the budget is spent", "round 3: 200 labelled"):
        assert words in stream.getvalue()
    events = events_of(tmp_path)
    assert len(events.Scalars("val/loss")) == 9


def test_when_finished_after_the_last_round_was_kept_then_tensorboard_marks_the_run_as_done(tmp_path):
    with open_tracker(tmp_path, tensorboard=True) as tracker:
        run_a_round(tracker, a_run(), 1)
        assert "_hparams_/session_end_info" not in events_of(tmp_path).summary_metadata
        tracker.finish(a_run()[:1], "enough")
    assert "_hparams_/session_end_info" in events_of(tmp_path).summary_metadata


def test_when_opened_again_then_the_history_is_that_of_the_records_and_the_log_goes_on(tmp_path):
    records = a_run()
    with open_tracker(tmp_path) as tracker:
        run_a_round(tracker, records, 1)
    (tmp_path / "rounds.jsonl").write_text('{"half": ', encoding="utf-8")
    with open_tracker(tmp_path, records[:2]) as tracker:
        assert len((tmp_path / "rounds.jsonl").read_text(encoding="utf-8").splitlines()) == 2
        run_a_round(tracker, records, 3)
    log = (tmp_path / "info.log").read_text(encoding="utf-8")
    assert "round 1 begins" in log
    assert "round 3 begins" in log


def test_without_tensorboard_no_folder_is_made(tmp_path):
    with open_tracker(tmp_path) as tracker:
        run_a_round(tracker, a_run(), 1)
        tracker.finish(a_run()[:1], "enough")
    assert files_in(tmp_path) == ["info.log", "learning_curve.png", "rounds.jsonl"]


def test_a_tracker_is_a_reporter_and_closing_twice_is_closing_once(tmp_path):
    tracker = open_tracker(tmp_path)
    reporter: Reporter = tracker
    reporter.note("x")
    tracker.close()
    tracker.close()
    assert logging.getLogger("text_al").handlers == []


def test_when_interrupted_then_everything_is_closed_and_the_interrupt_goes_on(tmp_path):
    def interrupt():
        with open_tracker(tmp_path):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert logging.getLogger("text_al").handlers == []


def test_when_opening_fails_then_what_was_opened_is_closed(tmp_path, monkeypatch):
    def fail(*args, **settings):
        raise OSError("disk full")

    monkeypatch.setattr(tracker_module, "TensorBoardWriter", fail)
    with pytest.raises(OSError, match="disk full"):
        open_tracker(tmp_path, tensorboard=True)
    assert logging.getLogger("text_al").handlers == []
