"""Tables in Markdown for people, and the same rows as lines of JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = (
    "torch", "transformers", "sentence-transformers", "small-text", "openvino", "onnxruntime", "numpy",
)  # fmt: skip


class Report:
    """Prints as it goes.

    Args:
        lines: a file to which each row of each table is added; None adds none.
    """

    def __init__(self, lines: Path | None) -> None:
        self._lines = lines

    def say(self, sentence: str) -> None:
        """A line of its own."""
        print(f"{sentence}\n", flush=True)

    def table(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows with the same keys in the same order, which head the columns; None is shown as a dash."""
        if not rows:
            return
        print("| " + " | ".join(rows[0]) + " |\n" + "|---" * len(rows[0]) + "|")
        for row in rows:
            print("| " + " | ".join(shown(value) for value in row.values()) + " |")
        print(flush=True)
        if self._lines is not None:
            with self._lines.open("a", encoding="utf-8") as lines:
                lines.writelines(json.dumps({"table": name, **row}) + "\n" for row in rows)

    def machine(self) -> None:
        """What it runs on."""
        self.table("machine", [{"processor": _processor(), **{name: _version(name) for name in PACKAGES}}])


def shown(value: Any) -> str:
    """A number with three digits or so, a pair as mean and spread; anything else as it is."""
    if value is None:
        return "-"
    if isinstance(value, tuple):
        return f"{value[0]:.4f} ± {value[1]:.4f}"
    if not isinstance(value, float):
        return str(value)
    if value and abs(value) < 0.01:
        return f"{value:.1e}"
    return f"{value:.{0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 3 if abs(value) < 1 else 2}f}"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown"
