"""What `text-al labels` prints."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from text_al.tracking.table import counts_table

if TYPE_CHECKING:
    from text_al.assemble.labels import Added, LabelCounts


def added(done: "Added", run: Path) -> str:
    """The end of `text-al labels add`.

    Args:
        done: what was added.
        run: as it was named on the command line: a configuration, or a run's folder.
    """
    asks = f" The run asks about {done.n_asked:,} of them next." if done.n_asked else ""
    known = f"Label '{done.name}' is added; it is not known of {_texts(done.n_not_known)} labelled already."
    config = run if run.suffix in {".yaml", ".yml"} else run / "config.yaml"
    return f"{known}{asks}\n\nNext:\n  {shlex.join(['text-al', 'run', str(config)])}"


def counts(found: Sequence["LabelCounts"]) -> str:
    """`text-al labels list`."""
    rows = [(label.name, label.yes, label.no, label.not_known) for label in found]
    return counts_table(("label", "yes", "no", "not known"), rows)


def _texts(count: int) -> str:
    return "1 text" if count == 1 else f"{count:,} texts"
