"""Progress: one redrawn bar in a terminal, few plain lines elsewhere, silence on request."""

import contextlib
import io
import time

import pytest
from tracking_examples import a_record, evaluation

from text_al.reporting import Reporter
from text_al.tracking.naming import headline
from text_al.tracking.progress import Progress
from text_al.tracking.progress_lines import Lines, duration

HIDDEN, SHOWN = "\x1b[?25l", "\x1b[?25h"


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def a_round(progress: Progress, total: int | None = 4):
    """What a loop tells in a round."""
    progress.begin_round(1, 100, 3900)
    progress.stage("train", total)
    for step in range(4):
        progress.train_loss(step, 0.5 / (step + 1), 1e-4)
        progress.advance()
    progress.evaluation(evaluation(1, 1))
    progress.note("3 texts [cut]")
    progress.stage("score")
    progress.advance(50)
    progress.end_round(a_record(1))


@pytest.mark.parametrize("mode", ["auto", "bars", "lines", "none"])
@pytest.mark.parametrize("stream_type", [Terminal, io.StringIO])
@pytest.mark.parametrize("total", [4, 0, None])
def test_every_mode_goes_through_a_round_on_every_stream(mode, stream_type, total):
    stream = stream_type()
    progress: Reporter = Progress(mode, stream)
    a_round(progress, total)
    progress.close()
    progress.close()
    assert ("round 1: 100 labelled, val macro F1" in stream.getvalue()) is (mode != "none")
    assert ("3 texts [cut]" in stream.getvalue()) is (mode != "none")
    assert (stream.getvalue() == "") is (mode == "none")


def test_auto_draws_bars_in_a_terminal_only(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    for stream, has_bars in ((Terminal(), True), (io.StringIO(), False)):
        progress = Progress("auto", stream)
        a_round(progress)
        progress.close()
        assert ("\x1b[" in stream.getvalue()) is has_bars
    monkeypatch.setenv("TERM", "dumb")
    stream = Terminal()
    a_round(Progress("auto", stream))
    assert "\x1b" not in stream.getvalue()


def test_when_no_stream_is_given_then_standard_error_is_used(capsys):
    progress = Progress("lines")
    progress.note("hello")
    progress.close()
    assert capsys.readouterr() == ("", "hello\n")


def interrupt_in(progress):
    progress.stage("train", 10)
    progress.advance()
    raise KeyboardInterrupt


def test_when_interrupted_then_the_bar_is_gone_and_the_cursor_is_back():
    stream = Terminal()
    progress = Progress("bars", stream)
    with pytest.raises(KeyboardInterrupt), contextlib.closing(progress):
        interrupt_in(progress)
    assert HIDDEN in stream.getvalue()
    assert stream.getvalue().rindex(SHOWN) > stream.getvalue().rindex(HIDDEN)


def test_a_bar_shows_round_stage_count_and_the_latest_figures(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    stream = Terminal()
    progress = Progress("bars", stream)
    progress.begin_round(2, 150, 3850)
    progress.stage("train", 40)
    progress.train_loss(12, 0.25, 1e-4)
    progress.evaluation(evaluation(2, 1))
    progress.advance(10)
    time.sleep(0.25)  # the bar is redrawn ten times a second
    progress.close()
    text = stream.getvalue()
    for words in ("round 2, 150 labelled: train", "10/40", "loss 0.2500  val macro F1"):
        assert words in text
    assert headline(evaluation(2, 1).metrics) in text


def test_when_nothing_was_staged_then_a_bar_takes_what_comes_and_the_terminal_is_untouched():
    stream = Terminal()
    progress = Progress("bars", stream)
    progress.advance()
    progress.train_loss(1, 0.5, 1e-4)
    progress.evaluation(evaluation(1, 1))
    progress.close()
    assert HIDDEN not in stream.getvalue()


def test_lines_are_whole_few_and_never_redrawn():
    stream, clock = io.StringIO(), Clock()
    lines = Lines(stream, clock=clock)
    for step in range(600):
        clock.now += 0.1
        lines.stage("train", 600)
        lines.train_loss(step, 0.5, 1e-4)
        lines.advance()
        lines.evaluation(evaluation(1, 1))
    lines.close()
    text = stream.getvalue()
    assert text.endswith("\n")
    assert "\r" not in text
    assert "\x1b" not in text
    assert 15 <= len(text.splitlines()) <= 60 / 3 + 1


def test_a_long_stage_says_where_it_is_and_how_long_it_will_take():
    stream, clock = io.StringIO(), Clock()
    lines = Lines(stream, clock=clock)
    lines.stage("train", 400)
    lines.train_loss(30, 0.25, 1e-4)
    for _ in range(40):
        clock.now += 1
        lines.advance(2)
    assert stream.getvalue().splitlines() == [
        "  train 400",
        "  train 30 of 400, about 3 min 5 s left, step 30, loss 0.2500, rate 1.0e-04",
        "  train 60 of 400, about 2 min 50 s left, step 30, loss 0.2500, rate 1.0e-04",
    ]


def test_a_long_stage_without_a_total_says_how_much_is_done():
    stream, clock = io.StringIO(), Clock()
    lines = Lines(stream, clock=clock)
    lines.stage("score")
    clock.now += 20
    lines.advance(12345)
    assert stream.getvalue().splitlines() == ["  score", "  score 12,345"]


def test_an_evaluation_line_names_epoch_metric_and_whether_it_is_the_best():
    stream, clock = io.StringIO(), Clock()
    lines = Lines(stream, clock=clock)
    for number in (1, 3):
        clock.now += 5
        lines.evaluation(evaluation(1, number))
    best, other = stream.getvalue().splitlines()
    assert best == f"  epoch 0.5, {headline(evaluation(1, 1).metrics)}, best so far"
    assert other == f"  epoch 1.5, {headline(evaluation(1, 3).metrics)}"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (185, "3 min 5 s"),
        (7800, "2 h 10 min"),
    ],
)
def test_durations_are_said_as_people_do(seconds, words):
    assert duration(seconds) == words


def test_on_a_narrow_terminal_only_the_latest_figures_give_way(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    stream = Terminal()
    progress = Progress("bars", stream)
    progress.begin_round(12, 15_000, 3850)
    progress.stage("evaluate", 4000)
    progress.train_loss(12, 0.25, 1e-4)
    progress.evaluation(evaluation(2, 1))
    progress.advance(1000)
    time.sleep(0.25)  # the bar is redrawn ten times a second
    progress.close()
    text = stream.getvalue()
    for words in ("round 12, 15,000 labelled: evaluate", "1000/4000", "…"):
        assert words in text
