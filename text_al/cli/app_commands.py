"""`text-al label`: the page on which people label."""

import os
import sys
import webbrowser
from collections.abc import Callable
from threading import Thread
from typing import Annotated

import typer

from text_al.cli.arguments import ConfigFile, Overrides

_PATIENCE_SECONDS = 15.0


def label(
    config: ConfigFile,
    overrides: Overrides = None,
    host: Annotated[
        str, typer.Option(help="Where to listen; another machine's reach needs --expose too.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="0: that of the last time, or any free one.", min=0, max=65535)
    ] = 0,
    annotator: Annotated[str, typer.Option(help="The name that the page proposes.")] = "",
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    grace: Annotated[
        float, typer.Option(help="Seconds from a batch's last answer to its training.", min=0, max=3600)
    ] = 8.0,
    expose: Annotated[
        bool, typer.Option(help="Let other machines in: whoever has the link can read and label your texts.")
    ] = False,
    accept_changes: Annotated[
        bool, typer.Option(help="Go on although settings changed that alter results.")
    ] = False,
) -> None:
    """Open a page on which people label what CONFIG asks, and train between its batches.

    Everything stays on this machine. Every answer is on disk before the page says so. Stop it with Ctrl-C,
    or let the power fail: the same command goes on where it was.
    """
    from text_al.app.opening import check_extra, desk_of, remembered_in
    from text_al.assemble import load_config

    check_extra()
    from text_al.app.keys import Keys, Remembered
    from text_al.app.server import create_app
    from text_al.app.serving import PageServer, is_loopback, link, listen_on, place_of

    if not is_loopback(host) and not expose:
        raise typer.BadParameter(f"--host {host} lets other machines in; if that is meant, add --expose")
    checked = load_config(config, overrides or [])
    desk = desk_of(checked, annotator=annotator, accept_changes=accept_changes, grace_seconds=grace)
    kept = Remembered.read(remembered_in(checked))
    with listen_on(host, port, preferred=kept.port) as listening:
        place, keys = place_of(host, listening), Keys(kept.secret)
        desk.start()
        try:
            Remembered(place.port, keys.secret).write(remembered_in(checked))

            def ready() -> None:
                _say(link(host, place.port, keys.token), is_exposed=not is_loopback(host))
                if browser and _has_screen():
                    # A browser shows its arguments to everybody at the machine, so that this link works once.
                    address = link(host, place.port, keys.one_time())
                    Thread(target=webbrowser.open, args=(address,), daemon=True).start()

            PageServer(create_app(desk, keys, place), listening, ready).listen()
        finally:
            _stop(desk.stop)
    print("\ntext-al: stopped; every answer is saved. The same command goes on.", file=sys.stderr)


def _say(address: str, *, is_exposed: bool) -> None:
    if is_exposed:
        warning = "other machines can reach this page, and what is typed is not encrypted on the way"
        print(f"Warning: {warning}.", file=sys.stderr)
    print(f"The page: {address}\nStop it with Ctrl-C; nothing is lost.", flush=True)


def _has_screen() -> bool:
    """Whether a browser would have a window: elsewhere one in text mode would take the terminal."""
    needs_display = sys.platform not in ("win32", "darwin")
    return not needs_display or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _stop(stop: Callable[[float], bool]) -> None:
    """Ends the training, or, where it does not listen, the process: what is committed stays."""
    try:
        is_done = stop(_PATIENCE_SECONDS)
    except KeyboardInterrupt:
        is_done = False
    if not is_done:
        sys.stdout.flush()
        print("\ntext-al: stopped in the middle of a training; nothing is lost.", file=sys.stderr, flush=True)
        os._exit(0)
