"""The reliability diagram shows each bin where it belongs, leaves empty ones out, and is cheap."""

import io
import itertools
import math
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from matplotlib import image
from matplotlib.figure import Figure
from scipy.stats import binomtest
from tracking_examples import a_record, reliability, without_validation

from text_al.records import Reliability
from text_al.tracking.reliability import HEIGHT, WIDTH, interval, reliability_diagram


@pytest.fixture
def drawn(monkeypatch):
    """Draws a record and gives the axes that went into the picture."""
    figures = []
    save = Figure.savefig

    def savefig(figure, *args, **settings):
        figures.append(figure)
        return save(figure, *args, **settings)

    monkeypatch.setattr(Figure, "savefig", savefig)

    def draw(record):
        pixels = image.imread(io.BytesIO(reliability_diagram(record)))
        assert pixels.shape == (HEIGHT, WIDTH, 4)
        return figures[-1].axes[0]

    return draw


def test_each_bin_with_cells_is_a_mark_at_the_roots_of_what_was_given_and_found(drawn):
    axes = drawn(a_record(2))
    bins = a_record(2).reliability["val"]
    diagonal, *curves = axes.lines
    assert diagonal.get_xydata().tolist() == [[0, 0], [1, 1]]
    assert len(curves) == 2
    squares = curves[0].get_xydata() ** 2
    expected = [(bins.predicted[at], bins.observed[at]) for at in (0, 2)]
    assert squares == pytest.approx(np.array(expected))


def test_every_set_has_its_colour_and_its_figures_beside_its_name(drawn):
    record = without_validation()
    axes = drawn(record)
    captions = [text.get_text() for text in axes.texts]
    assert [caption.split(",")[0] for caption in captions] == ["test", "oof"]
    assert f"Brier {record.metrics['oof_brier']:.4f}" in captions[1]
    assert f"classwise error {record.metrics['oof_classwise_ece']:.4f}" in captions[1]
    assert captions[1].endswith(", 4,010 cells")
    assert [text.get_color() for text in axes.texts] == [line.get_color() for line in axes.lines[1:]]
    assert len({line.get_color() for line in axes.lines[1:]}) == 2


def test_no_name_covers_another_or_a_curve_and_all_are_whole(drawn):
    axes = drawn(a_record(reliability=reliability(1, ("val", "test", "oof"))))
    axes.figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in axes.texts]
    assert len(boxes) == 3
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    assert all(axes.bbox.y1 < box.y0 and box.y1 <= HEIGHT and box.x1 <= WIDTH for box in boxes)


def test_the_bars_hold_the_interval_of_each_share(drawn):
    bars, _ = drawn(a_record(1)).collections
    low, high = interval(a_record(1).reliability["val"].observed[0], 4000)
    (first, _) = bars.get_segments()
    assert (first[:, 1] ** 2).tolist() == pytest.approx([low, high])


@pytest.mark.parametrize(("hits", "count"), [(0, 1), (0, 30), (7, 30), (30, 30), (3, 40_000)])
def test_the_interval_is_wilsons(hits, count):
    expected = binomtest(hits, count).proportion_ci(0.95, method="wilson")
    assert interval(hits / count, count) == pytest.approx((expected.low, expected.high), abs=1e-4)


def test_when_no_cell_is_known_then_the_picture_has_no_curve_but_says_so(drawn):
    nothing = Reliability((0.0, 1.0), (0,), (math.nan,), (math.nan,))
    axes = drawn(a_record(reliability={"val": nothing}, metrics={}))
    assert axes.texts[0].get_text() == "val, 0 cells"
    assert axes.lines[1].get_xydata().size == 0


def test_the_same_record_gives_the_same_bytes():
    assert reliability_diagram(a_record(1)) == reliability_diagram(a_record(1))
    assert reliability_diagram(a_record(1)) != reliability_diagram(a_record(2))


def test_a_picture_takes_milliseconds():
    record = a_record(reliability=reliability(1, ("val", "test", "oof")))
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        reliability_diagram(record)
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.25, "a round of a linear model takes little more"


def test_pyplot_is_never_imported():
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from tracking_examples import a_record\n"
        "from text_al.tracking.reliability import reliability_diagram\n"
        "print('matplotlib' in sys.modules)\n"
        "reliability_diagram(a_record())\n"
        "print('matplotlib' in sys.modules, 'matplotlib.pyplot' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.split() == ["False", "True", "False"]
