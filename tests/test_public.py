"""The public names: which they are, that each explains itself, and that every example runs as written."""

import doctest
import importlib
import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

import text_al

ROOT = Path(__file__).parents[1]
PUBLIC = [
    "Answer",
    "Answers",
    "Candidates",
    "Finished",
    "LabelRequest",
    "Model",
    "QueryPool",
    "TextALError",
    "Waiting",
    "__version__",
    "advance",
    "load",
    "load_config",
    "open_run",
    "strategy",
    "train",
]


def modules_with_examples():
    files = sorted((ROOT / "text_al").rglob("*.py"))
    names = [
        ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for file in files
        if ">>> " in file.read_text("utf-8")
    ]
    return [name.removesuffix(".__init__") for name in names]


def test_the_public_names_are_these_and_no_others():
    assert sorted(text_al.__all__) == PUBLIC
    assert dir(text_al) == PUBLIC


@pytest.mark.parametrize("name", [name for name in PUBLIC if name != "__version__"])
def test_a_public_name_explains_itself_with_an_example(name):
    thing = getattr(text_al, name)
    assert thing.__name__ == name
    assert ">>> " in inspect.getdoc(thing)
    assert thing.__module__ in modules_with_examples()


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'text_al' has no attribute 'trian'"):
        _ = text_al.trian


@pytest.mark.parametrize("name", ["advance", "load", "load_config", "open_run", "strategy", "train"])
def test_a_public_function_names_its_errors(name):
    assert "Raises:" in inspect.getdoc(getattr(text_al, name))


@pytest.mark.parametrize("name", modules_with_examples())
def test_every_example_in_a_docstring_runs_as_written(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    failed, tried = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert tried > 0
    assert failed == 0


def test_importing_the_package_warns_of_nothing():
    code = "import text_al; [getattr(text_al, name) for name in text_al.__all__]"
    environment = {**os.environ, "PYTHONWARNINGS": "error"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
