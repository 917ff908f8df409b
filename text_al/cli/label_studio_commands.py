"""`text-al label-studio`: batches to a Label Studio server, and answers back."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from text_al.assemble.label_studio import RunLink, Taken

label_studio_app = typer.Typer(
    help="Have people label in Label Studio: push the batch, pull the answers.\n\nThe token is read from the "
    "environment or from a file; see docs/label_studio.md.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

Run = Annotated[
    Path,
    typer.Argument(help="A run's folder, such as saved/quickstart, or its config.", metavar="CONFIG-OR-RUN"),
]
Url = Annotated[str, typer.Option(help="The server's address, where the configuration does not say.")]
Project = Annotated[str, typer.Option(help="Title for the run's project, when it is made.")]
TokenFile = Annotated[str, typer.Option(help="A file that holds the token, and nothing else.")]
TokenEnv = Annotated[
    str, typer.Option(help="Name of the variable that holds it; else LABEL_STUDIO_TOKEN.", show_default=False)
]


@label_studio_app.command()
def push(
    run: Run,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    url: Url = "",
    project: Project = "",
    token_file: TokenFile = "",
    token_env: TokenEnv = "",
) -> None:
    """Push what the run waits for: texts that are there already stay as they are.

    The project is made the first time, and each batch gets a view of its own, best texts first.
    """
    from text_al.cli import label_studio_screens

    link = _link(run, url, project, token_file, token_env)
    print(label_studio_screens.pushed(link.push(dry_run=dry_run), run))


@label_studio_app.command()
def pull(
    run: Run, url: Url = "", project: Project = "", token_file: TokenFile = "", token_env: TokenEnv = ""
) -> None:
    """Take what was decided since the last time: all of it, or, if a part is wrong, none.

    The same twice changes nothing; an edit corrects what was taken before, in earlier batches too.
    """
    from text_al.cli import label_studio_screens

    link = _link(run, url, project, token_file, token_env)
    print(label_studio_screens.pulled(link.pull(), run))


@label_studio_app.command()
def status(
    run: Run, url: Url = "", project: Project = "", token_file: TokenFile = "", token_env: TokenEnv = ""
) -> None:
    """Show how far the waiting batch has come on the server; changes nothing."""
    from text_al.cli import label_studio_screens

    link = _link(run, url, project, token_file, token_env)
    print(label_studio_screens.status(link.look(), run))


@label_studio_app.command()
def sync(
    run: Run,
    every: Annotated[
        float, typer.Option(help="Do it every so many seconds, until all texts are answered; 0: once.", min=0)
    ] = 0,
    url: Url = "",
    project: Project = "",
    token_file: TokenFile = "",
    token_env: TokenEnv = "",
) -> None:
    """Push what the run waits for, and take what was decided."""
    from text_al.cli import label_studio_screens

    link = _link(run, url, project, token_file, token_env)
    pushed = link.push()
    if pushed:
        print(label_studio_screens.went(pushed), flush=True)
    taken = link.pull()
    if every and taken.imported.n_missing:
        print(label_studio_screens.came(taken), flush=True)
        taken = _poll(link, every)
    print(label_studio_screens.pulled(taken, run))


def _poll(link: "RunLink", every: float) -> "Taken":
    """Pulls again and again until nothing is missing; a server that is away is waited for."""
    from text_al.cli import label_studio_screens
    from text_al.errors import RunLockedError
    from text_al.oracles.label_studio import ServerAwayError

    while True:
        time.sleep(every)
        try:
            taken = link.pull()
        except (ServerAwayError, RunLockedError) as error:
            print(f"{error} (asking again every {every:g} s)", flush=True)
            continue
        if not taken.imported.n_missing:
            return taken
        if label_studio_screens.is_news(taken):
            print(label_studio_screens.came(taken), flush=True)


def _link(run: Path, url: str, project: str, token_file: str, token_env: str) -> "RunLink":
    from text_al.assemble.label_studio import RunLink

    return RunLink(run, url=url, project=project, token_file=token_file, token_env=token_env)
