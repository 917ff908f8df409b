"""What `text-al init` writes, and the configurations that come with the project: all load as they are."""

from pathlib import Path

import pytest

from text_al.config import load_config, starter
from text_al.config.schema import RunConfig
from text_al.config.yaml_reader import read_yaml

CONFIGS = Path(__file__).parents[1] / "configs"


def loaded(tmp_path, text):
    path = tmp_path / "starter.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, environ={}).config


@pytest.mark.parametrize(
    "labels", [None, ["a"], ["yes", "null", "1e3", "a: b", "#", "中文", "{name}", "two words"]]
)
@pytest.mark.parametrize("pool", ["data/texts.csv", "C:\\my texts\\#1.csv", "{pool}.csv", "1"])
def test_when_a_starter_is_written_then_it_loads_with_what_was_given(tmp_path, labels, pool):
    config = loaded(tmp_path, starter("my-run", labels=labels, pool=pool))

    assert (config.name, config.data.pool, config.data.labels) == ("my-run", pool, labels)
    assert config.oracle.type == "file"


@pytest.mark.parametrize("name", ["yes", "0777", "1e3", "名前"])
def test_when_a_name_looks_like_something_else_then_it_stays_a_name(tmp_path, name):
    assert loaded(tmp_path, starter(name)).name == name


def test_when_a_starter_is_opened_in_an_editor_then_its_first_line_names_the_schema():
    first, second, *_ = starter("a").splitlines()

    assert first == "# yaml-language-server: $schema=text-al.schema.json"
    assert "text-al schema > text-al.schema.json" in second


def test_when_a_starter_is_read_then_every_section_is_there_with_a_comment_above_it():
    lines = starter("a").splitlines()
    tops = [number for number, line in enumerate(lines) if line and not line.startswith((" ", "#"))]

    assert all(lines[number - 1].startswith("# ") for number in tops)
    assert {lines[number].partition(":")[0] for number in tops} == set(RunConfig.model_fields) - {
        "output_dir",
        "plugins",
    }


def test_when_a_starter_gives_a_setting_then_it_is_the_default_or_what_the_starter_is_for(tmp_path):
    written = loaded(tmp_path, starter("a")).model_dump()
    default = loaded(tmp_path, "name: a\ndata: {pool: data/texts.csv}\noracle: {type: file}\n").model_dump()

    assert written == default


def test_when_a_starter_is_read_then_nothing_of_it_is_doubtful():
    assert read_yaml(starter("a", labels=["x"])).problems == []


def test_when_the_project_brings_configurations_then_there_are_some():
    assert list(CONFIGS.glob("*.yaml"))


@pytest.mark.parametrize(
    "path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: str(path.relative_to(CONFIGS))
)
def test_when_the_project_brings_a_configuration_then_it_loads(path):
    config = load_config(path, environ={}).config

    assert config.name
