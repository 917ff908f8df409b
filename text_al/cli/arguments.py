"""What several commands take, and the run's folder that it means."""

from pathlib import Path
from typing import Annotated

import typer

ConfigFile = Annotated[Path, typer.Argument(help="A YAML file; `text-al init` writes one.", metavar="CONFIG")]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(
        help="Settings for this time, such as active_learning.budget=800.", metavar="[KEY=VALUE]..."
    ),
]
RunPath = Annotated[
    Path, typer.Argument(help="A run's folder, such as saved/quickstart, or its config.", metavar="RUN")
]


def run_folder_of(path: Path) -> Path:
    """The run's folder that a folder or a configuration means."""
    if path.suffix not in {".yaml", ".yml"}:
        return path
    from text_al.assemble import load_config
    from text_al.assemble.runs import run_folder

    return run_folder(load_config(path)).path
