"""The page and its data over HTTP: every address there is, and nothing else."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from text_al.app import fields
from text_al.app.desk import Desk
from text_al.app.guard import Guard, Place
from text_al.app.keys import Keys
from text_al.app.refusals import Refusal
from text_al.app.views import MOST_ITEMS, Views
from text_al.errors import AnswersError, TextALError
from text_al.tracking.log import LOGGER

Endpoint = Callable[[Request], Awaitable[Response]]
Reading = Callable[[Request], dict[str, Any]]
Change = Callable[[dict[str, Any]], Any]

_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
_MOST_HELD = 100
_WHOLE = re.compile(r"[1-9][0-9]{0,5}")


def create_app(desk: Desk, keys: Keys, place: Place) -> ASGIApp:
    """The whole page as an ASGI application, guarded.

    Args:
        desk: the run behind it, started.
        keys: the secrets of this server.
        place: where it is reached.
    """
    views = desk.views
    routes = [
        Route("/", _page, methods=["GET"]),
        Route("/static/{name}", _static, methods=["GET"]),
        _reads("/api/project", lambda _: views.project()),
        _reads("/api/state", lambda request: views.state(_annotator(request, may_be_empty=True))),
        _reads("/api/next", lambda request: views.next(_annotator(request), _held(request))),
        _reads("/api/mine", lambda request: views.mine(_annotator(request), _limit(request))),
        _reads("/api/item", lambda request: _item(views, request)),
        _reads("/api/disagreements", lambda request: views.disagreements(_annotator(request))),
        _changes("/api/answer", desk.answer),
        _changes("/api/withdraw", desk.withdraw),
        _changes("/api/train", desk.train),
    ]
    return Guard(Starlette(routes=routes, exception_handlers={HTTPException: _no_such}), keys, place)


def _reads(path: str, view: Reading) -> Route:
    async def endpoint(request: Request) -> Response:
        # In a thread: what is over is read from disk, for which nobody else shall wait.
        return await _answered(request, asyncio.to_thread(view, request))

    return Route(path, endpoint, methods=["GET"])


def _changes(path: str, change: Change) -> Route:
    async def endpoint(request: Request) -> Response:
        return await _answered(request, _changed(change, request))

    return Route(path, endpoint, methods=["POST"])


async def _changed(change: Change, request: Request) -> dict[str, Any]:
    found: dict[str, Any] = await asyncio.wrap_future(change(fields.read_object(await _body(request))))
    return found


async def _answered(request: Request, work: Awaitable[dict[str, Any]]) -> Response:
    """What comes of it, or why nothing does; no error tells of the program's inside."""
    try:
        return _json(await work)
    except Refusal as refusal:
        return _json(refusal.to_plain(), refusal.status)
    except AnswersError as error:
        return _json(Refusal("invalid", str(error)).to_plain(), 400)
    except (TextALError, OSError) as error:
        LOGGER.exception("%s failed", request.url.path)
        return _json(Refusal("internal", f"it is not saved: {error}").to_plain(), 500)
    except Exception:  # noqa: BLE001 - a browser is told no traceback
        LOGGER.exception("%s failed", request.url.path)
        sentence = "something went wrong in the server; the run's info.log says what"
        return _json(Refusal("internal", sentence).to_plain(), 500)


async def _body(request: Request) -> bytes:
    """The body of a request that changes something.

    Raises:
        Refusal: it is no JSON, or too large.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refusal("invalid", "the body must be JSON, with its content type", status=415)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > fields.MAX_BODY:
            raise Refusal("invalid", f"the body is longer than {fields.MAX_BODY:,} bytes", status=413)
    return bytes(body)


async def _page(_: Request) -> Response:
    return _file("index.html")


async def _static(request: Request) -> Response:
    return _file(request.path_params["name"])


def _file(name: str) -> Response:
    """A file of the page, of those that are there: a name is compared, and never made a path of."""
    folder = files("text_al.app") / "static"
    found = next((file for file in folder.iterdir() if file.name == name and file.is_file()), None)
    kind = _KINDS.get(f".{name.rpartition('.')[2]}")
    if found is None or kind is None:
        return _json(Refusal("unknown", "there is no such file").to_plain(), 404)
    return Response(found.read_bytes(), media_type=kind)


async def _no_such(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _json(Refusal("unknown", "there is nothing at this address").to_plain(), status)


def _item(views: Views, request: Request) -> dict[str, Any]:
    """A text as it was asked for, or as one that people differ about."""
    annotator, text_id = _annotator(request), _one(request, "id")
    settles = _one(request, "settles", default="false")
    if settles not in ("true", "false"):
        fields.invalid("settles must be true or false")
    if settles == "true":
        return views.dispute(annotator, text_id)
    asks = "request" in request.query_params
    return views.item(annotator, text_id, _one(request, "request") if asks else None)


def _one(request: Request, key: str, *, default: str | None = None) -> str:
    """A parameter of the address, which may stand there once."""
    values = request.query_params.getlist(key) or ([] if default is None else [default])
    if len(values) != 1:
        fields.invalid(f"{key} must be given once")
    return fields.text({key: values[0]}, key, fields.LONGEST_ID)


def _annotator(request: Request, *, may_be_empty: bool = False) -> str:
    name = _one(request, "annotator", default="" if may_be_empty else None)
    return "" if may_be_empty and not name.strip() else fields.annotator_name(name)


def _held(request: Request) -> Sequence[str]:
    held = request.query_params.getlist("skip")
    if len(held) > _MOST_HELD:
        fields.invalid(f"skip names {len(held)} texts; at most {_MOST_HELD} are taken")
    return held


def _limit(request: Request) -> int:
    found = _one(request, "limit", default=str(MOST_ITEMS))
    if not _WHOLE.fullmatch(found):
        fields.invalid("limit must be a whole number from 1 on")
    return min(int(found), MOST_ITEMS)


def _json(found: dict[str, Any], status: int = 200) -> Response:
    body = json.dumps(found, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(body.encode(), status, media_type="application/json")
