"""The page answers its own machine, its own browser and its own scripts, and nobody else."""

import json
import re
import socket

import httpx2
import pytest
from app_examples import ANNA, body_of, people_run, served

from text_al.app.guard import HEADERS, Place
from text_al.app.keys import Keys, Remembered
from text_al.app.serving import is_loopback, link, listen_on, place_of
from text_al.errors import TextALError

PATHS = (
    "/",
    "/static/page.js",
    "/api/project",
    "/api/state?annotator=anna",
    "/api/next?annotator=anna",
    "/x",
)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with served(lambda: people_run(tmp_path_factory.mktemp("page") / "run")) as made:
        made.wait_for("labelling")
        yield made


@pytest.fixture
def stranger(page):
    """A browser that never opened the link."""
    with httpx2.Client(base_url=page.address, trust_env=False) as client:
        yield client


def raw(page, request):
    """What the server says to these bytes: the status, and the whole answer as text."""
    with socket.create_connection(("127.0.0.1", page.port), timeout=5) as connection:
        connection.sendall(request.encode())
        found = b""
        while part := connection.recv(65536):
            found += part
    return int(found.split()[1]), found.decode()


def test_the_link_is_exchanged_for_a_strict_cookie_and_no_address_keeps_the_token(page, stranger):
    reply = stranger.get("/", params={"token": page.token})
    assert (reply.status_code, reply.headers["location"]) == (303, "/")
    cookie = reply.headers["set-cookie"]
    assert re.search(rf"^text_al_{page.port}=[\w-]{{40,}};", cookie)
    assert all(part in cookie.lower() for part in ("httponly", "samesite=strict", "path=/"))
    assert "domain" not in cookie.lower()
    assert page.token not in cookie
    assert stranger.get("/").status_code == 200
    assert stranger.get("/api/project").status_code == 200


@pytest.mark.parametrize("token", ["", "wrong", "é", "x" * 5000])
def test_another_token_opens_nothing(stranger, token):
    reply = stranger.get("/", params={"token": token})
    assert reply.status_code in (401, 403)
    assert "set-cookie" not in reply.headers


def test_a_token_given_twice_or_by_another_method_opens_nothing(page, stranger):
    assert stranger.get(f"/?token={page.token}&token=x").status_code == 403
    assert stranger.head(f"/?token={page.token}").status_code == 403


@pytest.mark.parametrize("path", PATHS)
def test_without_the_cookie_nothing_is_told(page, stranger, path):
    reply = stranger.get(path)
    assert reply.status_code == 401
    assert "text-al label" in reply.text
    stranger.cookies.set(f"text_al_{page.port}", "x" * 43)
    assert stranger.get(path).status_code == 401


def test_a_token_in_another_address_than_the_first_page_opens_nothing(page, stranger):
    assert stranger.get("/api/project", params={"token": page.token}).status_code == 401


def test_a_one_time_token_opens_once():
    keys = Keys("s" * 43)
    token = keys.one_time()
    assert keys.opens(token)
    assert not keys.opens(token)
    assert keys.opens(keys.token)
    assert keys.opens(keys.token)


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example", "evil.example:{port}", ""]
)
def test_a_name_that_is_not_ours_is_refused_also_with_the_cookie(page, host):
    host = host.format(port=page.port)
    cookie = f"text_al_{page.port}={page.http.cookies[f'text_al_{page.port}']}"
    status, text = raw(
        page, f"GET /api/project HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
    )
    assert status in (400, 421)
    assert "labels" not in text


def test_two_hosts_are_one_too_many(page):
    hosts = f"Host: 127.0.0.1:{page.port}\r\nHost: evil.example\r\n"
    assert raw(page, f"GET / HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n")[0] in (400, 421)


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "127.0.0.1"])
def test_names_of_this_machine_are_ours(page, name):
    reply = page.http.get("/api/project", headers={"Host": f"{name}:{page.port}"})
    assert reply.status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"X-Text-AL": None},
        {"X-Text-AL": "2"},
        {"Origin": None},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": None, "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_a_change_that_the_page_itself_did_not_ask_for_is_refused(page, changes):
    headers = {**page.headers, **changes}
    given = {name: value.format(port=page.port) for name, value in headers.items() if value is not None}
    item = page.next()
    reply = page.http.post("/api/answer", content=json.dumps(body_of(item)).encode(), headers=given)
    assert reply.status_code == 403
    assert page.get("mine", annotator=ANNA)["answers"] == []


def test_a_browser_that_says_same_origin_needs_no_origin(page):
    headers = {"X-Text-AL": "1", "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
    reply = page.http.post("/api/train", content=b"{}", headers=headers)
    assert reply.json()["code"] == "stale"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_data_is_not_read_from_elsewhere(page, site):
    assert page.http.get("/api/project", headers={"Sec-Fetch-Site": site}).status_code == 403
    assert page.http.get("/api/project", headers={"Origin": "http://evil.example"}).status_code == 403
    assert page.http.get("/api/project", headers={"Sec-Fetch-Site": "none"}).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_other_methods_are_refused_and_no_other_site_is_ever_allowed(page, method):
    reply = page.http.request(method, "/api/answer")
    assert reply.status_code == 405
    assert not [name for name in reply.headers if name.startswith("access-control")]


def test_a_change_by_get_is_none(page):
    assert page.http.get("/api/answer").status_code == 405
    assert page.http.get("/api/train").status_code == 405


@pytest.mark.parametrize("path", [*PATHS, "/?token=wrong"])
def test_every_answer_carries_the_policy(page, stranger, path):
    for client in (page.http, stranger):
        reply = client.get(path)
        for name, value in HEADERS.items():
            assert reply.headers[name] == value
        assert "server" not in reply.headers
    assert "'unsafe" not in HEADERS["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py", "/static/%2e%2e/server.py", "/static/..%2fserver.py", "/static/", "/static",
        "/static//etc/passwd", "/static/%2fetc%2fpasswd", "/static/__init__.py", "/server.py", "/index.html",
        "/static/page.js%00.css", "/static/sub/page.js",
    ],
)  # fmt: skip
def test_only_the_pages_own_files_are_given_away(page, path):
    cookie = f"text_al_{page.port}={page.http.cookies[f'text_al_{page.port}']}"
    head = f"Host: 127.0.0.1:{page.port}\r\nCookie: {cookie}\r\nConnection: close\r\n"
    assert raw(page, f"GET {path} HTTP/1.1\r\n{head}\r\n")[0] in (404, 307)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/static/page.js", "text/javascript; charset=utf-8"),
        ("/static/page.css", "text/css; charset=utf-8"),
        ("/static/icon.svg", "image/svg+xml"),
        ("/api/project", "application/json"),
    ],
)
def test_files_say_what_they_are(page, path, kind):
    reply = page.http.get(path)
    assert (reply.status_code, reply.headers["content-type"]) == (200, kind)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"a": NaN}', 400),
        (b'{"a": 1' + b"0" * 5000 + b"}", 400),
        (b"[" * 60_000, 400),
        (b'{"comment": "' + b"x" * 70_000 + b'"}', 413),
    ],
)
def test_a_body_that_is_no_small_json_object_is_refused(page, body, status):
    reply = page.send("answer", body)
    assert reply.status_code == status
    assert reply.json()["code"] == "invalid"


def test_a_body_of_another_kind_is_refused(page):
    reply = page.send("train", {}, **{"Content-Type": "text/plain"})
    assert reply.status_code == 415


def test_an_error_inside_tells_no_traceback(page, monkeypatch):
    text_id = page.next()["id"]
    monkeypatch.setattr(page.desk.views._past, "items", lambda places: 1 / 0)
    monkeypatch.setattr(page.desk._conductor.board, "batch", None)
    reply = page.http.get("/api/item", params={"annotator": ANNA, "id": text_id})
    assert reply.status_code == 500
    assert reply.json()["code"] == "internal"
    assert not re.search("Traceback|ZeroDivision|File", reply.text)


def test_the_secret_is_kept_for_its_owner_alone_and_a_broken_file_gives_a_new_one(tmp_path):
    path = tmp_path / "page.json"
    first = Remembered.read(path)
    Remembered(8123, first.secret).write(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert Remembered.read(path) == Remembered(8123, first.secret)
    for broken in ("", "[]", '{"port": 1}', '{"port": 70000, "secret": "short"}'):
        path.write_text(broken, encoding="utf-8")
        again = Remembered.read(path)
        assert again.port == 0 or again.port == 1
        assert len(again.secret) >= 40
        assert again.secret != first.secret


def test_a_port_that_is_taken_is_named_and_one_that_was_only_wished_for_is_replaced():
    with listen_on("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(TextALError, match=rf"port {port}: .*in use.*--port"):
            listen_on("127.0.0.1", port)
        with listen_on("127.0.0.1", 0, preferred=port) as other:
            assert other.getsockname()[1] != port
    with listen_on("127.0.0.1", 0, preferred=port) as again:
        assert again.getsockname()[1] == port


def test_a_host_that_is_none_is_named():
    with pytest.raises(TextALError, match=r"cannot listen on no\.such"):
        listen_on("no.such.host.invalid", 0)


@pytest.mark.parametrize(
    ("host", "meant", "strange"),
    [
        ("127.0.0.1", ("localhost:80", "127.0.0.1:80", "[::1]:80"), ("192.168.0.7:80", "a.example:80")),
        ("0.0.0.0", ("192.168.0.7:80", "localhost:80", "[fe80::1]:80"), ("a.example:80", "192.168.0.7:81")),
    ],
)
def test_a_server_for_other_machines_is_reached_by_address_but_by_no_strange_name(host, meant, strange):
    with listen_on(host, 0) as listening:
        place = place_of(host, listening)
    place = Place(80, place.names, place.any_address)
    assert all(map(place.is_meant, meant))
    assert not any(map(place.is_meant, strange))
    assert place.is_meant("localhost")  # without a port it is 80


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("127.9.9.9", True),
        ("0.0.0.0", False),
        ("x.y", False),
    ],
)
def test_what_only_this_machine_reaches(host, is_ours):
    assert is_loopback(host) == is_ours
    assert "token=t" in link(host, 81, "t")


def test_a_link_names_an_address_that_a_browser_can_open():
    assert link("localhost", 81, "t") == "http://127.0.0.1:81/?token=t"
    assert link("::1", 81, "t") == "http://[::1]:81/?token=t"
    assert "0.0.0.0" not in link("0.0.0.0", 81, "t")
