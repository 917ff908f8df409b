"""`text-al labels`: which labels a run has, and one more."""

from typing import Annotated

import typer

from text_al.cli.arguments import RunPath, run_folder_of

label_app = typer.Typer(
    help="List the labels of a run, or add one to it.", no_args_is_help=True, rich_markup_mode="rich"
)


@label_app.command()
def add(
    name: Annotated[str, typer.Argument(help="The new label.", metavar="NAME")],
    run: RunPath,
    description: Annotated[str, typer.Option(help="What it means, for people and for the learner.")] = "",
    example: Annotated[
        list[str] | None, typer.Option(help="A text that has it; may be given several times.")
    ] = None,
    backfill: Annotated[
        int, typer.Option(help="Labelled texts to ask about it next, at most; 0: none.", min=0)
    ] = 50,
) -> None:
    """Add a label to a run that has begun: texts that are labelled already are not known for it.

    The next `text-al run` asks about those of them that tell most, about the new label only, and goes on.
    """
    from text_al.assemble.labels import add_label
    from text_al.cli import label_screens
    from text_al.types import Label

    label = Label(name, description, tuple(example or ()))
    print(label_screens.added(add_label(run_folder_of(run), label, n_backfill=backfill), run))


@label_app.command("list")
def list_(run: RunPath) -> None:
    """List the labels: in how many labelled texts each stands, does not stand, and is not known."""
    from text_al.assemble.labels import label_counts
    from text_al.cli import label_screens

    print(label_screens.counts(label_counts(run_folder_of(run))))
