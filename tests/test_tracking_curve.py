"""The learning curve is drawn in every situation, says what F1 means, and touches nothing global."""

import itertools
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import font_manager, image
from matplotlib.figure import Figure
from tracking_examples import a_record, a_run, metrics, without_validation

from text_al.tracking.curve import learning_curve, spread
from text_al.tracking.fonts import drawable


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """Draws records and gives the axes that went into the picture."""
    figures = []
    save = Figure.savefig

    def savefig(figure, *args, **settings):
        figures.append(figure)
        return save(figure, *args, **settings)

    monkeypatch.setattr(Figure, "savefig", savefig)

    def draw(records, title="run"):
        learning_curve(records, tmp_path / "curve.png", title)
        pixels = image.imread(tmp_path / "curve.png")
        assert pixels.shape[0] >= 600
        assert pixels.min() < 0.5, "the picture is empty"
        return figures[-1].axes[0]

    return draw


def names_of(axes):
    return [text.get_text() for text in axes.texts]


def test_each_average_on_each_set_is_a_curve_of_the_records_values(drawn):
    records = a_run(4)
    axes = drawn(records)
    values = [record.metrics["test_micro_f1_tuned"] for record in records]
    curves = [list(line.get_ydata()) for line in axes.lines]
    assert len(curves) == 6
    assert values in curves
    assert all(list(line.get_xdata()) == [100, 150, 200, 250] for line in axes.lines)
    assert axes.get_xlabel() == "labelled texts"
    assert axes.get_ylabel() == "F1 at tuned thresholds"
    assert axes.get_ylim()[0] == 0
    assert axes.get_title(loc="left") == "run"


def test_every_curve_is_named_with_its_last_value_and_no_name_covers_another(drawn):
    axes = drawn(a_run(4))
    last = a_run(4)[-1].metrics
    assert f"test macro  {last['test_macro_f1_tuned']:.3f}" in names_of(axes)
    axes.figure.draw_without_rendering()
    # a name's own extent, without the thin line that leads to its curve
    boxes = [super(type(text), text).get_window_extent() for text in axes.texts]
    assert len(boxes) == 6
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    assert all(box.x1 <= axes.figure.bbox.x1 and box.x0 > axes.bbox.x1 for box in boxes)


def test_one_round_is_a_picture_with_marks(drawn):
    axes = drawn(a_run(1))
    assert len(axes.lines) == 6
    assert all(line.get_marker() == "o" for line in axes.lines)
    assert list(axes.get_xticks()) == [100]


def test_when_there_is_no_validation_set_then_the_test_set_is_drawn_at_one_half(drawn):
    records = [a_record(number, metrics=metrics(number, ("train", "test"), ("at_0.5",))) for number in (1, 2)]
    axes = drawn(records)
    assert [name.split()[:2] for name in names_of(axes)] == [
        ["test", name.split()[1]] for name in names_of(axes)
    ]
    assert len(axes.lines) == 3
    assert axes.get_ylabel() == "F1 at threshold 0.5"


def test_without_a_validation_set_what_was_measured_out_of_fold_is_drawn_beside_the_test_set(drawn):
    axes = drawn([without_validation(number) for number in (1, 2)])
    assert sorted({name.split()[0] for name in names_of(axes)}) == ["oof", "test"]
    assert axes.get_ylabel() == "F1 at plug-in thresholds"


def test_when_the_sets_have_different_thresholds_then_the_axis_says_which(drawn):
    mixed = metrics(1, ("val",)) | metrics(1, ("test",), ("at_0.5",))
    assert drawn([a_record(metrics=mixed)]).get_ylabel() == "F1 (val tuned, test at 0.5)"


@pytest.mark.parametrize("records", [[], [a_record(metrics=metrics(1, ("train",)))]])
def test_when_nothing_was_measured_then_the_picture_says_so(drawn, records):
    assert names_of(drawn(records)) == ["no set but the training texts was measured"]


def test_when_rounds_are_many_or_uneven_then_the_ticks_have_room(drawn):
    for sizes in ([100, 101, 102, 900], list(range(100, 3100, 50))):
        axes = drawn([a_record(number, n_labelled=size) for number, size in enumerate(sizes, start=1)])
        axes.figure.draw_without_rendering()
        boxes = [tick.label1.get_window_extent() for tick in axes.xaxis.get_major_ticks()]
        shown = [box for box in boxes if axes.bbox.x0 <= box.x0 <= axes.bbox.x1]
        assert 2 <= len(shown) <= 12
        assert not any(one.overlaps(other) for one, other in itertools.pairwise(shown))


def test_all_values_zero_is_drawn(drawn):
    axes = drawn([a_record(metrics=dict.fromkeys(metrics(1), 0.0))])
    assert axes.get_ylim() == (0.0, 0.1)


@pytest.mark.parametrize("title", ["医疗 文本", "日本語", "한국어", "$x_1$ \\frac", "🙂"])
def test_a_title_in_any_script_is_drawn_without_a_warning(drawn, title):
    shown = drawn([a_record()], title).get_title(loc="left")
    assert shown in (title, title.encode("ascii", "backslashreplace").decode())


def test_when_no_font_has_the_letters_then_they_are_escaped_and_never_boxes():
    beyond_every_font = "a\U000e0fff"
    words, font = drawable(beyond_every_font)
    assert words == "a\\U000e0fff"
    assert "LastResort" not in font.name


def test_when_another_font_has_the_letters_then_it_is_taken():
    def letters(name):
        path = font_manager.findfont(name, fallback_to_default=False)
        return set(font_manager.get_font(path).get_charmap())

    only_there = max(letters("STIXGeneral") - letters("DejaVu Sans"))
    words, font = drawable(chr(only_there))
    assert words == chr(only_there)
    assert only_there in font_manager.get_font(font).get_charmap()


def test_when_a_font_cannot_be_read_then_the_next_is_tried(tmp_path, monkeypatch):
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    entry = font_manager.FontEntry(fname=str(broken), name="Broken")
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [entry])
    assert drawable("医")[0] == "\\u533b"


def test_the_same_records_give_the_same_bytes_and_global_settings_are_left_alone(tmp_path):
    settings, backend = dict(mpl.rcParams), mpl.rcParams._get("backend")
    for name in ("a.png", "b.png"):
        learning_curve(a_run(), tmp_path / name, "run")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert dict(mpl.rcParams) == settings
    assert mpl.rcParams._get("backend") is backend
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "b.png"]


def test_pyplot_is_never_imported(tmp_path):
    code = (
        "import sys; from pathlib import Path; from text_al.tracking.curve import learning_curve\n"
        f"learning_curve([], Path({str(tmp_path / 'a.png')!r}), 'run')\n"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "False"


def test_names_are_spread_no_further_than_needed():
    assert spread([0.1, 0.5], 0.2) == [0.1, 0.5]
    assert spread([0.5, 0.5], 0.2) == pytest.approx([0.4, 0.6])
    assert spread([0.5, 0.5, 0.9], 0.2) == pytest.approx([0.4, 0.6, 0.9])
    assert spread([0.4, 0.5, 0.5], 0.1) == pytest.approx([11 / 30, 14 / 30, 17 / 30])
    assert spread([], 0.2) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8).map(sorted))
def test_spread_names_keep_their_distance_and_their_centre(heights):
    found = np.array(spread(heights, 0.1))
    assert (np.diff(found) >= 0.1 - 1e-9).all()
    assert found.mean() == pytest.approx(np.mean(heights))
