"""How a command may end that is no error of its own; typer would give these endings another face."""

import sys
from typing import Any

from typer.core import TyperGroup


class Stopped(Exception):  # noqa: N818 - an ending, no error
    """Somebody pressed Ctrl-C."""


class ReaderGone(Exception):  # noqa: N818 - an ending, no error
    """Whoever read our output has gone, as with `| head`."""


class Commands(TyperGroup):
    """The group of all commands; it lets Ctrl-C and a reader that has gone reach `main`."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the command that was named, and sees its output off."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except KeyboardInterrupt:
            raise Stopped from None
        except BrokenPipeError:
            raise ReaderGone from None
        return result
