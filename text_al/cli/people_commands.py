"""What goes out to people and comes back: `text-al label`, `query`, `import`, `agreement`."""

from pathlib import Path
from typing import Annotated

import typer

from text_al.cli.app_commands import label
from text_al.cli.arguments import RunPath, run_folder_of

_KINDS = "csv, jsonl, xlsx, parquet, label_studio, prodigy, doccano, argilla, potato"


def add_commands(app: typer.Typer) -> None:
    """Adds these commands to those of the program."""
    app.command()(label)
    app.command()(query)
    app.command("import")(import_)
    app.command()(agreement)


def query(
    run: RunPath,
    kind: Annotated[
        list[str] | None, typer.Option("--format", "-f", help=f"May be given several times: {_KINDS}.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The file to write; else one in the run's folder, queries.")
    ] = None,
    request: Annotated[str, typer.Option(help="Another request than the one that waits.")] = "",
    disagreements: Annotated[
        bool, typer.Option(help="The texts that annotators disagree about; answers to it settle them.")
    ] = False,
) -> None:
    """Write the texts that wait for labels, for a spreadsheet or a labelling tool; also while it waits."""
    from text_al.assemble.queries import write_disagreements, write_query
    from text_al.cli import screens

    kinds = kind or ["xlsx"]
    if out is not None and len(kinds) > 1:
        raise typer.BadParameter("--out names one file; give one --format with it")
    folder = run_folder_of(run)
    if disagreements:
        done = write_disagreements(folder, kinds, target=out)
    else:
        done = write_query(folder, kinds, target=out, request_id=request)
    print(screens.written(done, run))


def import_(
    run: RunPath,
    files: Annotated[
        list[Path],
        typer.Argument(help=f"Filled-in files: {_KINDS}; told by what is in them.", metavar="FILE..."),
    ],
    annotator: Annotated[str, typer.Option(help="Who decided, where a file does not say.")] = "",
) -> None:
    """Take answers from filled-in files: all of them, or, if one is wrong, none.

    The same file twice changes nothing; a part of the answers is welcome; another answer corrects the former.
    """
    from text_al.assemble.answers import import_files
    from text_al.cli import screens

    print(screens.imported(import_files(run_folder_of(run), files, annotator=annotator)))


def agreement(run: RunPath) -> None:
    """Show how far annotators agree, label by label, and how many texts wait to be settled."""
    from text_al.assemble.agreement import read_agreement
    from text_al.cli import agreement_screens, screens
    from text_al.data.page_journal import waiting_answers

    folder = run_folder_of(run)
    print(agreement_screens.agreement(read_agreement(folder)))
    for line in screens.of_page(waiting_answers(folder)):
        print(line)
