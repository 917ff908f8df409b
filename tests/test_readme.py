"""README's commands and code run as they stand. Its two pip commands are run by .ci/run."""

import csv
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
QUICK = {
    "TEXT_AL__LEARNER": "{type: tfidf}",
    "TEXT_AL__TRACKING__TENSORBOARD": "false",
    "TEXT_AL__ACTIVE_LEARNING__INITIAL_SIZE": "20",
    "TEXT_AL__ACTIVE_LEARNING__QUERY_SIZE": "5",
    "TEXT_AL__ACTIVE_LEARNING__BUDGET": "30",
}
"""What makes a run short; the commands stay as README has them."""


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)


def commands(first_words):
    lines = [line.split("  #")[0].rstrip() for block in blocks("bash") for line in block.splitlines()]
    return [line for line in lines if line.startswith(first_words)]


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    (tmp_path / "data").mkdir()
    with (tmp_path / "data" / "texts.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text"])
        topics = ("my invoice is wrong", "give me my money back", "the parcel is late", "all is well")
        writer.writerows([[f"t{i:03d}", f"{topics[i % 4]}, case {i}"] for i in range(60)])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(line, **more):
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", **QUICK, **more}
    program = shlex.split(line, comments=True)
    known = {"text-al": [sys.executable, "-m", "text_al"]}
    done = subprocess.run(
        [*known[program[0]], *program[1:]], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def fill_in(path):
    """Answers every text of a query file, as a person would in a spreadsheet."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    names = {"invoice": "billing", "money": "refund", "parcel": "shipping"}
    for row in rows:
        found = [label for word, label in names.items() if word in row["text"]]
        row["labels"], row["status"] = "|".join(found), "labelled"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def assert_a_page_opens(line):
    """The command prints the page's link and serves until it is ended."""
    command = [sys.executable, "-m", "text_al", *shlex.split(line, comments=True)[1:], "--no-browser"]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", **QUICK, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as page:
        try:
            assert any("http://127.0.0.1:" in said for said in page.stdout)
        finally:
            page.terminate()


def test_the_commands_for_a_corpus_of_ones_own_run_in_their_order(project):
    lines = [line for line in commands("text-al ") if "my_corpus" in line or "my_model" in line]
    assert len(lines) == 10
    (project / "more_texts.csv").write_text("id,text\na,my invoice\nb,my parcel\n", encoding="utf-8")
    for line in lines:
        if line.startswith("text-al import"):
            fill_in(project / shlex.split(line, comments=True)[-1])
        if line.startswith("text-al label "):
            assert_a_page_opens(line)
        else:
            out = run(line)
    assert [line.startswith('{"id": ') for line in out.splitlines()] == [True, True]
    corpus = (project / "labelled.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["status"] for line in corpus] == ["labelled"] * 20


def test_the_commands_that_compare_strategies_run(project):
    lines = commands("text-al run configs/quickstart.yaml name=")
    assert len(lines) == 2
    for line in lines:
        assert "Finished: the budget of 30 texts is spent" in run(line)
    first = [_records(project / "saved" / name)[0]["queried"] for name in ("margin_0", "random_0")]
    assert first[0] != first[1]


def test_every_text_al_command_of_readme_is_one_that_exists():
    inline = re.findall(r"`(text-al [^`]+)`", README)
    helped = run("text-al --help")
    for line in [*inline, *commands("text-al ")]:
        assert f" {shlex.split(line, comments=True)[1]} " in helped, line


@pytest.mark.parametrize("code", blocks("python"))
def test_the_python_of_readme_runs(code, project, monkeypatch):
    for name, value in QUICK.items():
        monkeypatch.setenv(name, value)
    script = project / "example.py"
    script.write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    assert done.returncode == 0, done.stderr


def _records(folder):
    return [json.loads(line) for line in (folder / "rounds.jsonl").read_text(encoding="utf-8").splitlines()]
