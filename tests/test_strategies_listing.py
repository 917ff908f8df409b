"""The table of all strategies: from what they say of themselves, in README word for word."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from text_al.cli.commands import app
from text_al.strategies import SELECTIONS, STRATEGIES
from text_al.strategies.base import score
from text_al.strategies.listing import needs_of, selection_table, strategy_table

README = Path(__file__).parents[1] / "README.md"


@pytest.mark.parametrize("name", STRATEGIES.names())
def test_every_strategy_says_its_cost_and_when_to_use_it(name):
    entry = STRATEGIES.entry(name)
    assert entry.said("Cost").startswith("O(")
    assert len(entry.said("Use")) > 20


def test_a_strategy_is_a_row_with_what_it_says(monkeypatch):
    monkeypatch.setattr(STRATEGIES, "_entries", {})

    @score("mine", needs=["probs", "labelled_probs", "labelled"])
    def mine(candidates):
        """Texts with a | in them.

        Cost: O(1)
        Use: never.
        """

    assert strategy_table().splitlines() == [
        "| strategy | asks first about | needs | cost | when |",
        "| --- | --- | --- | --- | --- |",
        "| `mine` | Texts with a \\| in them | labels so far, probabilities | O(1) | never. |",
    ]
    assert needs_of(STRATEGIES.entry("mine")) == "labels so far, probabilities"


def test_the_tables_of_readme_are_those_of_the_registry():
    readme = README.read_text(encoding="utf-8")
    assert strategy_table() in readme, "paste what `text-al strategies --markdown` prints"
    assert selection_table() in readme, "paste what `text-al strategies --markdown` prints"


def shown(*arguments):
    done = CliRunner().invoke(app, ["strategies", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_the_command_line_lists_every_strategy_and_rule():
    out = shown()
    for name in (*STRATEGIES.names(), *SELECTIONS.names()):
        assert f"  {name}: " in out


def test_the_command_line_tells_all_of_one():
    out = shown("contrastive")
    assert "Source: Margatina" in out
    assert "  k: 10" in out
    assert "Needs: embeddings, labels so far, probabilities" in out
    assert "No settings." in shown("badge")
    assert "  beta: 1.0" in shown("power")


def test_a_misspelt_name_is_met_with_the_right_one():
    done = CliRunner().invoke(app, ["strategies", "contrastiv"])
    assert done.exit_code != 0
    assert "Did you mean 'contrastive'" in f"{done.output}{done.exception}"


def test_the_markdown_is_what_readme_shows():
    assert shown("--markdown") == f"{strategy_table()}\n{selection_table()}"
