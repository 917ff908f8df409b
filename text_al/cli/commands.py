"""The commands. Each one imports what it needs when it is called."""

import json
import re
import shlex
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from text_al.cli.arguments import ConfigFile, Overrides, RunPath, run_folder_of
from text_al.cli.compare_commands import compare
from text_al.cli.endings import Commands
from text_al.cli.label_commands import label_app
from text_al.cli.label_studio_commands import label_studio_app
from text_al.cli.people_commands import add_commands

app = typer.Typer(
    name="text-al",
    cls=Commands,
    help="Build a multilabel text corpus with few labels: train, choose the next texts, have them labelled, "
    "go on.\n\nBegin with [bold]text-al init[/bold] for texts of your own, or try "
    "[bold]text-al run configs/quickstart.yaml[/bold].",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)

app.add_typer(label_app, name="labels")
app.add_typer(label_studio_app, name="label-studio")


@app.command()
def run(
    config: ConfigFile,
    overrides: Overrides = None,
    accept_changes: Annotated[
        bool, typer.Option(help="Go on although settings changed that alter results.")
    ] = False,
    release: Annotated[
        bool, typer.Option(help="Give texts that nobody answered back to the pool, and go on without them.")
    ] = False,
) -> None:
    """Run, or go on with, what CONFIG describes, as far as it goes without a person.

    Stop it with Ctrl-C, or let the power fail: the same command goes on where it was.
    """
    from text_al.assemble import load_config, open_run
    from text_al.assemble.runs import serve_run
    from text_al.cli import screens
    from text_al.loop.rounds import advance
    from text_al.loop.rounds import release as give_back
    from text_al.training.processes import rank

    checked = load_config(config, overrides or [])
    if rank() > 0:  # started by torchrun, beside the first process, which alone writes and prints
        serve_run(checked)
        return
    with open_run(checked, accept_changes=accept_changes) as opened:
        if release:
            print(screens.released(give_back(opened)))
        outcome = advance(opened)
        screen = screens.outcome(outcome, opened, [str(config), *(overrides or [])])
    print(screen)


@app.command()
def status(run: RunPath) -> None:
    """Show how far a run has come; also while it runs."""
    from text_al.assemble.status import read_status
    from text_al.cli import screens

    print(screens.status(read_status(run_folder_of(run))))


add_commands(app)
app.command()(compare)


@app.command()
def strategies(
    name: Annotated[str, typer.Argument(help="Of a strategy or rule of selection; without it all.")] = "",
    markdown: Annotated[bool, typer.Option(help="Print the tables that README shows.")] = False,
) -> None:
    """Show every query strategy, or all about one: what it asks first about, its formula and settings."""
    from text_al.cli import strategy_screens
    from text_al.strategies.listing import selection_table, strategy_table

    if markdown:
        print(f"{strategy_table()}\n{selection_table()}", end="")
    else:
        print(strategy_screens.one(name) if name else strategy_screens.overview())


@app.command("check-config")
def check_config(
    config: ConfigFile,
    overrides: Overrides = None,
    show: Annotated[bool, typer.Option(help="Print the configuration with every default.")] = False,
) -> None:
    """Find every mistake in CONFIG, without loading a model or a text."""
    from text_al.assemble import load_config
    from text_al.config import to_yaml

    checked = load_config(config, overrides or [])
    print(to_yaml(checked) if show else f"{config}: no problems found.")


@app.command()
def init(
    path: Annotated[Path, typer.Argument(help="The file to write.", metavar="FILE")] = Path("my_corpus.yaml"),
    pool: Annotated[str, typer.Option(help="The file with your texts.")] = "data/texts.csv",
    labels: Annotated[str | None, typer.Option(help="Your labels, separated by commas.")] = None,
) -> None:
    """Write a commented configuration for a corpus of your own."""
    from text_al.config import starter
    from text_al.errors import ConfigError

    if path.exists():
        raise ConfigError(str(path), [f"{path}: exists already; give another name, or remove it first"])
    names = [name.strip() for name in labels.split(",") if name.strip()] if labels else None
    run_name = re.sub(r"[^\w.-]+", "_", path.stem).lstrip("_.-") or "my_corpus"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(starter(run_name, labels=names, pool=pool), encoding="utf-8")
    quoted = shlex.quote(str(path))
    print(f"{path} is written. Say in it where your texts are and what your labels mean, then:")
    print(f"  text-al check-config {quoted}\n  text-al label {quoted}   # a page; or text-al run, for files")


@app.command()
def schema(
    path: Annotated[
        Path | None, typer.Argument(help="Write it there; else to the screen.", metavar="FILE")
    ] = None,
) -> None:
    """Write the JSON schema of configurations, for editors that check while you type."""
    from text_al.config import json_schema

    text = json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"
    if path is None:
        sys.stdout.write(text)
    else:
        path.write_text(text, encoding="utf-8")
        print(f"{path} is written. First line of a configuration: # yaml-language-server: $schema={path}")


@app.command()
def predict(
    model: Annotated[Path, typer.Argument(help="A run's folder, or a model's.", metavar="MODEL")],
    texts: Annotated[
        str,
        typer.Argument(help="A file (CSV, JSONL, Parquet, ...), or - for a text a line from standard input."),
    ],
    text_column: Annotated[str, typer.Option(help="The column with the texts.")] = "text",
    id_column: Annotated[
        str | None,
        typer.Option(help="The column with the ids; else `id`, where there is one; '' numbers the rows."),
    ] = None,
) -> None:
    """Label texts with a trained model: one JSON line a text, in order."""
    from text_al.assemble.exports import has_column, predict_file, predict_lines
    from text_al.data.sources import Columns
    from text_al.training.model import load

    found: Iterator[dict[str, Any]]
    model = run_folder_of(model)
    if texts == "-":
        loaded = load(model)
        lines = [line.rstrip("\n") for line in sys.stdin]
        found = (
            {"text": text, **line} for text, line in zip(lines, predict_lines(loaded, lines), strict=True)
        )
    else:
        if id_column is None:
            id_column = "id" if has_column(texts, "id") else None
        columns = Columns(text=text_column, id=id_column or None, labels=None)
        found = predict_file(model, texts, columns, note=partial(print, file=sys.stderr))
    for line in found:
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


@app.command()
def export(
    run: RunPath,
    model: Annotated[Path | None, typer.Option(help="Write the best model into this new folder.")] = None,
    corpus: Annotated[
        Path | None,
        typer.Option(
            help="Write the labelled texts, and a data card, into this new file: .jsonl, .csv or .parquet; "
            "without a suffix, a folder that `datasets` loads."
        ),
    ] = None,
    plain: Annotated[
        bool, typer.Option(help="Write the model for plain transformers; needs model.pooling: pooler.")
    ] = False,
) -> None:
    """Take the model and the labelled corpus out of a run."""
    from text_al.assemble.exports import export_corpus, export_run_model
    from text_al.cli import screens
    from text_al.data.page_journal import waiting_answers

    if model is None and corpus is None:
        raise typer.BadParameter("say what to write: --model FOLDER, --corpus FILE, or both")
    if plain and model is None:
        raise typer.BadParameter("--plain is about the model; say where with --model FOLDER")
    folder = run_folder_of(run)
    if model is not None:
        export_run_model(folder, model, plain=plain)
        reader = "AutoModelForSequenceClassification.from_pretrained" if plain else "text_al.load"
        print(f"the model is in {model}; {reader}({str(model)!r}) reads it")
    for line in screens.of_page(waiting_answers(folder)):
        print(line, file=sys.stderr)
    if corpus is not None:
        written = export_corpus(folder, corpus)
        left = f", {written.open} left open by disagreement" if written.open else ""
        counts = f"{written.labelled} labelled texts, {written.skipped} skipped{left}"
        print(f"{corpus}: {counts}; see {written.card}")
