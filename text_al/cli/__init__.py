"""The command line: arguments in, results out; decides nothing, and imports nothing heavy until it must."""

import os
import sys

STOPPED, READER_GONE = 130, 141
"""Exit statuses as shells give them for SIGINT and SIGPIPE."""


def main() -> None:
    """Runs the command line; the exit status is 0, 2 for an error that was explained, 130 for Ctrl-C."""
    from text_al.errors import TextALError

    try:
        _run_app()
    except (TextALError, OSError) as error:
        print(f"text-al: {error}", file=sys.stderr)
        sys.exit(2)


def _run_app() -> None:
    try:
        from text_al.cli.commands import app
        from text_al.cli.endings import ReaderGone, Stopped
    except KeyboardInterrupt:
        sys.exit(STOPPED)  # nothing has begun
    try:
        app(prog_name="text-al")
    except Stopped:
        print("\ntext-al: stopped; nothing is lost. The same command goes on.", file=sys.stderr)
        sys.exit(STOPPED)
    except ReaderGone:
        # what is left in the buffer must go somewhere when Python ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(READER_GONE)
