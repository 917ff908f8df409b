"""The command line as a user sees it, run inside the test's own process."""

import sys

import pytest

from text_al.cli import main


@pytest.fixture
def text_al(monkeypatch, capsys):
    """Runs `text-al` with these arguments: gives exit status, output and what stands on standard error."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["text-al", *map(str, arguments)])
        with pytest.raises(SystemExit) as done:
            main()
        shown = capsys.readouterr()
        return done.value.code or 0, shown.out, shown.err

    return run
