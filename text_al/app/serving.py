"""Listens on one address until somebody presses Ctrl-C, or the system asks for an end."""

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from text_al.app.guard import Place
from text_al.errors import TextALError

LOOPBACK = "127.0.0.1"
_GOODBYE_SECONDS = 3


class PageServer(uvicorn.Server):
    """A server that ends by itself, cleanly, at the first signal; a second one ends the process.

    Args:
        app: the page.
        listening: where it listens already.
        on_ready: called once it answers.
    """

    def __init__(
        self, app: ASGIApp, listening: socket.socket, on_ready: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                loop="asyncio",
                ws="none",
                lifespan="off",
                access_log=False,  # the token stands in an address
                log_config=None,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=30,
                timeout_graceful_shutdown=_GOODBYE_SECONDS,
            )
        )
        self._listening = listening
        self._on_ready = on_ready

    def listen(self) -> None:
        """Answers until it is to end."""
        self.run(sockets=[self._listening])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to answer."""
        await super().startup(sockets)
        self._on_ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """In place of uvicorn's own, which sends them again to a process that is done already."""
        import threading

        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._end) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _end(self, number: int, frame: FrameType | None) -> Any:  # noqa: ARG002
        if self.should_exit:
            raise KeyboardInterrupt
        self.should_exit = True


def listen_on(host: str, port: int, *, preferred: int = 0) -> socket.socket:
    """A socket that listens.

    Args:
        host: a name or an address of this machine.
        port: 0 takes the preferred one if it is free, else any.
        preferred: only a wish; 0 for none.

    Raises:
        TextALError: the port is taken, or there is no such host.
    """
    try:
        return _bound(host, port or preferred)
    except OSError as error:
        if not port and preferred:
            return listen_on(host, 0)
        why = error.strerror or str(error)
        mend = "give another with --port, or leave it out for any that is free"
        raise TextALError(f"cannot listen on {host}, port {port}: {why}; {mend}") from None


def place_of(host: str, listening: socket.socket) -> Place:
    """Where a server that listens there is reached."""
    port = int(listening.getsockname()[1])
    if is_loopback(host):
        return Place(port)
    names = {host.lower(), socket.gethostname().lower(), socket.getfqdn().lower(), *Place(port).names}
    return Place(port, frozenset(names), any_address=True)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def link(host: str, port: int, token: str) -> str:
    """The address that lets somebody in."""
    shown = LOOPBACK if is_loopback(host) and host != "::1" else _reachable(host)
    return f"http://{shown}:{port}/?token={token}"


def _reachable(host: str) -> str:
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not listened on
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host


def _bound(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen()
    except OSError:
        listening.close()
        raise
    return listening
