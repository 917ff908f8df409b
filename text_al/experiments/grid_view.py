"""How far a comparison is, for who watches: bars in a terminal, plain lines elsewhere."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TextIO

from text_al.tracking.progress_lines import duration

_SECONDS_BETWEEN_LINES = 15.0


@dataclass(frozen=True)
class SettingStanding:
    """How far the cells of one data set and one learner are.

    Attributes:
        name: "goemotions/linear".
        n_done: cells done, in former sittings too.
        n_cells: all.
        seconds: a cell takes, of those that query; None before one is done.
        running: cells that run at this moment.
    """

    name: str
    n_done: int
    n_cells: int
    seconds: float | None
    running: int


@dataclass(frozen=True)
class Standing:
    """How far a comparison is.

    Attributes:
        name: the comparison's.
        settings: of each data set with each learner.
        n_failed: cells that ended in an error.
        share: of all work, in [0, 1].
        seconds_left: until all is done; None while nobody can tell.
    """

    name: str
    settings: Sequence[SettingStanding]
    n_failed: int
    share: float
    seconds_left: float | None

    @property
    def n_done(self) -> int:
        """Cells done."""
        return sum(one.n_done for one in self.settings)

    @property
    def n_cells(self) -> int:
        """All cells."""
        return sum(one.n_cells for one in self.settings)


class GridView(Protocol):
    """What shows it."""

    def show(self, standing: Standing) -> None:
        """As it is now."""
        ...

    def note(self, sentence: str) -> None:
        """A line that stays."""
        ...

    def close(self) -> None:
        """Nothing more comes."""
        ...


def words(standing: Standing) -> str:
    """In a line: "small: 37 of 400 runs done, 1 failed, about 31 min left"."""
    parts = [f"{standing.name}: {standing.n_done:,} of {standing.n_cells:,} runs done"]
    if standing.n_failed:
        parts.append(f"{standing.n_failed} failed")
    if standing.seconds_left is not None and standing.n_done < standing.n_cells:
        parts.append(f"about {duration(standing.seconds_left)} left")
    return ", ".join(parts)


def setting_words(setting: SettingStanding) -> str:
    """In a line: "goemotions/linear 12 of 80, 13 s a run"."""
    pace = "" if setting.seconds is None else f", {duration(setting.seconds)} a run"
    return f"{setting.name} {setting.n_done} of {setting.n_cells}{pace}"


class GridLines:
    """A line at the beginning, then one in 15 seconds where something has changed, and one at the end.

    Args:
        stream: where to.
        clock: seconds that only grow.
    """

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock = stream, clock
        self._said, self._shown = float("-inf"), -1

    def show(self, standing: Standing) -> None:
        """A line, if it is time for one."""
        is_done = standing.n_done == standing.n_cells
        is_new = standing.n_done != self._shown
        if is_new and (is_done or self._clock() - self._said >= _SECONDS_BETWEEN_LINES):
            at_work = [setting_words(one) for one in standing.settings if one.running]
            self._say("; ".join([words(standing), *at_work]))
            self._shown = standing.n_done

    def note(self, sentence: str) -> None:
        """A line at once."""
        self._say(sentence)

    def close(self) -> None:
        """Nothing is left open."""
        self._stream.flush()

    def _say(self, line: str) -> None:
        self._stream.write(f"{line}\n")
        self._stream.flush()
        self._said = self._clock()


class GridBars:
    """A bar for all, and a line for each data set with each learner, drawn anew.

    Args:
        stream: a terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.live import Live

        self._live = Live(console=Console(file=stream, force_terminal=True), transient=True)
        self._live.start()

    def show(self, standing: Standing) -> None:
        """As it is now."""
        self._live.update(_drawn(standing))

    def note(self, sentence: str) -> None:
        """A line over the bar."""
        self._live.console.print(sentence, markup=False, highlight=False)

    def close(self) -> None:
        """The bar goes, and the cursor is back."""
        self._live.stop()


def _drawn(standing: Standing) -> Any:
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    bar, table = Table.grid(), Table.grid(padding=(0, 2))
    bar.add_row(ProgressBar(total=1.0, completed=standing.share, width=60))
    for one in standing.settings:
        pace = "" if one.seconds is None else f"{duration(one.seconds)} a run"
        running = f"{one.running} running" if one.running else ""
        table.add_row(Text(one.name), f"{one.n_done}/{one.n_cells}", pace, Text(running, style="dim"))
    return Group(Text(words(standing)), bar, table)


def grid_view(stream: TextIO) -> GridView:
    """Bars in a terminal that redraws, else lines."""
    can_redraw = stream.isatty() and os.environ.get("TERM") != "dumb"
    return GridBars(stream) if can_redraw else GridLines(stream)
