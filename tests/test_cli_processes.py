"""The command line as a process: what it imports, and how it ends by Ctrl-C or when nobody reads on."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_examples import text_al as text_al
from loop_examples import decisions, finished_run, read_rounds, timeless, write_config

from text_al.version import __version__


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder with a configuration and its run, which went to its end."""
    return finished_run(tmp_path_factory.mktemp("finished")).parents[1]


def process(*arguments, **settings):
    """The same in a process of its own, without a terminal; Ctrl-C reaches it from a background too."""
    command = [sys.executable, "-m", "text_al", *map(str, arguments)]
    settings |= {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **settings)


LIGHT = ("torch", "transformers", "sklearn", "datasets", "numpy", "pyarrow", "scipy", "pandas", "matplotlib")


@pytest.mark.parametrize(
    ("code", "forbidden"),
    [
        ("import text_al", LIGHT),
        ("import sys; sys.argv = ['text-al', '--help']; import text_al.cli; text_al.cli.main()", LIGHT),
        (
            "from text_al import load_config, open_run, advance, QueryPool, strategy",
            ("torch", "transformers", "sklearn"),
        ),
        ("from text_al import train, load, Model", ("torch", "transformers", "sklearn")),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(code, forbidden):
    watched = (
        f"import atexit, sys\nheavy = {forbidden}\n"
        f"atexit.register(lambda: print('heavy:', [name for name in heavy if name in sys.modules]))\n{code}\n"
    )
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", watched], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("heavy: []\n")
    sys.stdout.write(f"{code}: {time.monotonic() - began:.2f} s\n")


def test_ctrl_c_stops_a_run_with_a_sentence_and_the_same_command_goes_on(tmp_path):
    config = write_config(
        tmp_path, tracking={"progress": "lines"}, active_learning={"budget": 1000, "query_size": 1},
        data={"pool": {"generated": "tickets", "size": 1500}},
    )  # fmt: skip
    run = tmp_path / "saved" / "run"
    with process("run", config) as stopped:
        while "round 2:" not in stopped.stderr.readline():
            assert stopped.poll() is None
        stopped.send_signal(signal.SIGINT)
        out, err = stopped.communicate(timeout=60)
    assert stopped.returncode == 130
    assert out == ""
    assert err.endswith("\ntext-al: stopped; nothing is lost. The same command goes on.\n")
    assert "Traceback" not in err
    done = [timeless(record) for record in read_rounds(run)]
    kept = decisions(run)
    assert done
    with process("run", config, "active_learning.budget=15") as again:
        again.communicate()
    assert again.returncode == 0
    assert [timeless(record) for record in read_rounds(run)][: len(done)] == done
    assert decisions(run)[: len(kept)] == kept


def test_ctrl_c_in_any_command_is_the_same(tmp_path, text_al, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("text_al.assemble.load_config", interrupted)
    status, out, err = text_al("check-config", write_config(tmp_path))
    assert (status, out) == (130, "")
    assert err == "\ntext-al: stopped; nothing is lost. The same command goes on.\n"


def test_when_the_reader_goes_away_then_the_command_ends_without_a_word(finished, tmp_path):
    lines = tmp_path / "many.csv"
    lines.write_text("id,text\n" + "".join(f"{n},text {n}\n" for n in range(20_000)), encoding="utf-8")
    with process("predict", finished / "saved" / "run", lines, "--id-column", "id") as cut:
        assert json.loads(cut.stdout.readline())["id"] == "0"
        cut.stdout.close()
        err = cut.stderr.read()
        cut.wait()
    assert cut.returncode == 141
    assert err == ""


def test_the_reader_that_goes_before_the_end_of_little_output_is_noticed_too(finished):
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "text_al", "status", str(finished / "saved" / "run")]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False, env=buffered)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


def test_python_m_text_al_is_the_command_itself():
    with process("--help") as helped:
        out, err = helped.communicate()
    assert (helped.returncode, err) == (0, "")
    assert "Usage:" in out
    root = Path(sys.modules["text_al"].__file__).parent
    assert (root / "__main__.py").is_file()
    assert re.fullmatch(r"\d+\.\d+\.\d+\w*", __version__)
