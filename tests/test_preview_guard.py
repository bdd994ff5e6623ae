"""Who is turned away from the preview's server, and that nothing is opened for them."""

from __future__ import annotations

import asyncio
import builtins
import io
import os

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from studio.preview.guard import MOST_BODY, Guard
from studio.preview.hub import MOST_PAGES, Hub
from studio.preview.server import Pages

PORT, TOKEN = 8123, "a-token-of-sufficient-length"
HOST = [(b"host", b"127.0.0.1:8123")]

TRAVERSAL = [
    "page/../guard.py", "page/../../cli.py", "page/%2e%2e/guard.py", "page/..%2fguard.py", "page/..%5cguard.py",
    "page//etc/passwd", "page/%2fetc%2fpasswd", "page/./app.js", "page/app.js%00.css", "page/app.js/", "page/APP.JS",
    "page/....//guard.py", "page/%c0%ae%c0%ae/guard.py", "page/\u2025/guard.py", "page/vendor", "page/", "page",
    "frame/../../../etc/passwd", "frame/" + "0" * 31, "frame/" + "0" * 33, "frame/" + "G" * 32, "frame/" + "0" * 32,
    "thumb/..%2f..", "score/main/..", "score/../now", "score/main/later", "score/__class__/now", "curves/..",
    "curves/cities3", "curves/%2e%2e%2f%2e%2e%2fetc", "sharp/main/1/-1", "sharp/main/1/99999999999999999999",
    "sharp/nobody/1/1", "readings/main/1/1.5", "outlines/main/1/1/1", "", "../", "state/../../x", "nothing",
    ".git/config",
]  # fmt: skip


class Shop:
    """As much of a workshop as the routes touch before they know what is meant."""

    def __init__(self) -> None:
        self.hub, self.shows, self.infos = Hub(), {}, []
        self.bank = self
        self.findings = self

    def picture(self, address):
        return None

    thumb = picture

    def names(self, number):
        return []

    def folder_of(self, name):
        return None


async def call(app, path, method="GET", headers=(), body=b""):
    """(status, headers, body) of one request straight to the ASGI application."""
    sent = []
    parts = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive():
        return parts.pop(0) if parts else {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
             "headers": [*HOST, *headers] if not any(h[0] == b"host" for h in headers) else list(headers),
             "http_version": "1.1", "scheme": "http", "server": ("127.0.0.1", PORT),
             "client": ("127.0.0.1", 1)}  # fmt: skip
    await app(scope, receive, send)
    start = next(m for m in sent if m["type"] == "http.response.start")
    return start["status"], dict(start["headers"]), b"".join(m.get("body", b"") for m in sent[1:])


def ask(path, app=None, **more):
    app = app or Guard(Starlette(routes=[Route("/{path:path}", echo, methods=["GET", "POST"])]), TOKEN, PORT)
    return asyncio.run(call(app, path, **more))


async def echo(request):
    return PlainTextResponse(request.url.path + (await request.body()).decode())


POST = {"method": "POST", "headers": [(b"origin", b"http://127.0.0.1:8123"), (b"content-type", b"application/json")]}


def test_a_page_of_its_own_is_let_in():
    status, headers, body = ask(f"/{TOKEN}/state")
    assert (status, body) == (200, b"/state")
    assert b"access-control-allow-origin" not in headers
    assert b"default-src 'none'" in headers[b"content-security-policy"]
    assert headers[b"referrer-policy"] == b"no-referrer"
    assert ask(f"/{TOKEN}/x", **POST)[0] == 200
    assert ask(f"/{TOKEN}/x", headers=[(b"host", b"localhost:8123")])[0] == 200


@pytest.mark.parametrize(
    "host", [b"evil.example", b"evil.example:8123", b"127.0.0.1", b"127.0.0.1:80", b"0.0.0.0:8123", b""]
)
def test_another_host_name_is_turned_away(host):
    assert ask(f"/{TOKEN}/state", headers=[(b"host", host)])[0] == 421
    assert ask(f"/{TOKEN}/state", headers=[(b"host", b"127.0.0.1:8123"), (b"host", host)])[0] == 421


@pytest.mark.parametrize("origin", [b"http://evil.example", b"null", b"https://127.0.0.1:8123", b"http://127.0.0.1:1"])
def test_another_origin_is_turned_away(origin):
    headers = [(b"origin", origin), (b"content-type", b"application/json")]
    assert ask(f"/{TOKEN}/open", method="POST", headers=headers)[0] == 403
    assert ask(f"/{TOKEN}/state", headers=[(b"origin", origin)])[0] == 403


def test_a_post_needs_an_origin_a_type_and_a_short_body():
    assert ask(f"/{TOKEN}/open", method="POST", headers=[(b"content-type", b"application/json")])[0] == 403
    assert ask(f"/{TOKEN}/open", method="POST", headers=[(b"origin", b"http://127.0.0.1:8123")])[0] == 415
    long = [*POST["headers"], (b"content-length", str(MOST_BODY + 1).encode())]
    assert ask(f"/{TOKEN}/open", method="POST", headers=long)[0] == 413
    odd = [*POST["headers"], (b"content-length", b"-1")]
    assert ask(f"/{TOKEN}/open", method="POST", headers=odd)[0] == 413
    assert ask(f"/{TOKEN}/x", headers=[(b"sec-fetch-site", b"cross-site")])[0] == 403
    for method in ("PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "CONNECT"):
        assert ask(f"/{TOKEN}/x", method=method)[0] == 405


def test_without_the_token_nothing_is_there():
    for path in (
        "/",
        "/state",
        f"/{TOKEN}",
        f"/{TOKEN[:-1]}/state",
        f"/{TOKEN}x/state",
        "//state",
        f"/x/{TOKEN}/state",
    ):
        assert ask(path)[0] == 404, path


def test_a_body_that_grows_is_cut_off():
    status, _, body = ask(f"/{TOKEN}/open", body=b"x" * (MOST_BODY + 1), app=served(), **POST)
    assert status == 404
    assert body == b"no such thing"


def served():
    return Guard(Pages(Shop()).app(), TOKEN, PORT)


@pytest.mark.parametrize("path", TRAVERSAL)
def test_a_traversal_finds_nothing_and_opens_nothing(path, monkeypatch):
    app = served()

    def refuse(*arguments, **options):
        raise AssertionError(f"opened {arguments}")

    for owner in (builtins, io):
        monkeypatch.setattr(owner, "open", refuse)
    monkeypatch.setattr(os, "open", refuse)
    try:
        status, _, body = asyncio.run(call(app, f"/{TOKEN}/{path}"))
    finally:
        monkeypatch.undo()
    if path == "":
        assert status == 200 and b"<!doctype html>" in body
    else:
        assert status in (404, 307), (path, status)
        assert b"root:" not in body and b"import" not in body


ODD = [b"", b"[", b"[]", b"null", b'"x"', b"{}", b'{"scene": 3}', b'{"scene": "../x"}', b"[" * 4000,
       b'{"show": "main", "frame": "1"}', b'{"show": [], "frame": true}']  # fmt: skip


@pytest.mark.parametrize("body", ODD)
@pytest.mark.parametrize("path", ["playhead", "open", "render", "stop"])
def test_odd_wishes_do_nothing(path, body):
    assert ask(f"/{TOKEN}/{path}", app=served(), body=body, **POST)[0] == 404


def test_the_page_asks_for_nothing_outside_itself():
    import re

    from studio.preview.server import page_files

    for name, (data, _) in page_files().items():
        for found in re.findall(
            rb"""(?:src|href|url\(|fetch\(|import[^;]*from)\s*=?\s*["'(]?(https?:|//)[^"')\s]*""", data
        ):
            raise AssertionError((name, found))


def test_a_slow_page_costs_one_state_however_much_is_told():
    async def run():
        hub = Hub()
        pages = [hub.listen() for _ in range(MOST_PAGES)]
        for page in pages:
            await page.__anext__()
        assert hub.full
        for number in range(1000):
            hub.tell("main", {"number": number, "text": "x" * 1000})
        heard = [await page.__anext__() for page in pages]
        assert all(b'"number":999' in text for text in heard)
        for page in pages:
            await page.aclose()
        assert not hub.full

    asyncio.run(run())
