"""What stands before every request: the right host, the right browser, and for changes our own page."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from text_al.app.keys import Keys
from text_al.app.refusals import Code

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "font-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_OPEN_AGAIN = "Open the link that `text-al label` printed; if you just did, reload this page."
_HTTP_PORT = 80


@dataclass(frozen=True)
class Place:
    """Where the server is reached.

    Attributes:
        port: it listens on.
        names: hosts that mean this machine, in lower case.
        any_address: whether every address does, though no other name: rebinding needs a name.
    """

    port: int
    names: Collection[str] = ("127.0.0.1", "localhost", "[::1]")
    any_address: bool = False

    def is_meant(self, host: str) -> bool:
        """Whether a Host header names this server."""
        name, colon, port = host.rpartition(":")
        if not colon or host.endswith("]"):
            name, port = host, str(_HTTP_PORT)
        if port != str(self.port):
            return False
        return name.lower() in self.names or (self.any_address and _is_address(name))


class Guard:
    """An ASGI application around another one.

    Args:
        app: behind it.
        keys: the secrets of this server.
        place: where it is reached.
    """

    def __init__(self, app: ASGIApp, keys: Keys, place: Place) -> None:
        self._app = app
        self._keys = keys
        self._place = place
        self._cookie = f"text_al_{place.port}"  # cookies are shared by all ports of a machine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request pass, or answers it."""
        if scope["type"] != "http":
            raise RuntimeError("only HTTP is spoken here")

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        own = self._judge(scope)
        await (self._app if own is None else own)(scope, receive, dressed)

    def _judge(self, scope: Scope) -> Response | None:
        """What to answer instead of letting a request pass; None lets it."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._place.is_meant(hosts[0]):
            return _refused(421, "invalid", "this server answers under its own address only")
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return _refused(405, "invalid", "only GET and POST are known here")
        if scope["path"] == "/" and b"token=" in scope["query_string"]:
            return self._let_in(scope)
        if not self._keys.knows(_cookies(headers, self._cookie)):
            return _locked(scope["path"])
        if _is_foreign(headers, hosts[0], is_change=scope["method"] == "POST", path=scope["path"]):
            return _refused(403, "invalid", "only the page itself may ask for this")
        return None

    def _let_in(self, scope: Scope) -> Response:
        """Exchanges the token in the address for a cookie."""
        tokens = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        if scope["method"] != "GET" or len(tokens) != 1 or not self._keys.opens(tokens[0]):
            return PlainTextResponse(f"This token is not known. {_OPEN_AGAIN}\n", status_code=403)
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(self._cookie, self._keys.secret, path="/", httponly=True, samesite="strict")
        return response


def _cookies(headers: Headers, name: str) -> Iterator[str]:
    for header in headers.getlist("cookie"):
        for part in header.split(";"):
            key, _, value = part.strip().partition("=")
            if key == name:
                yield value


def _is_foreign(headers: Headers, host: str, *, is_change: bool, path: str) -> bool:
    """Whether a request comes from elsewhere: another site, or another port of this machine."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if origin is not None and origin.lower() != f"http://{host}".lower():
        return True
    if not is_change:
        return path.startswith("/api/") and site not in (None, "same-origin", "none")
    is_ours = site == "same-origin" or (site is None and origin is not None)
    return not is_ours or headers.get("x-text-al") != "1"


def _locked(path: str) -> Response:
    if path.startswith("/api/"):
        return _refused(401, "invalid", f"this browser is not known. {_OPEN_AGAIN}")
    return PlainTextResponse(f"{_OPEN_AGAIN}\n", status_code=401)


def _refused(status: int, code: Code, sentence: str) -> Response:
    return JSONResponse({"error": sentence, "code": code}, status_code=status)


def _is_address(name: str) -> bool:
    try:
        ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
