"""Who may talk to the preview: pages of its own origin that know the token. Everything else is turned away unread."""

from __future__ import annotations

import secrets
from typing import Any, Final

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY: Final = 4096
_HEADERS: Final = (
    (b"content-security-policy", b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
     b"img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)  # fmt: skip


class Guard:
    """ASGI middleware before everything else.

    A page of another site cannot read an answer (no CORS header is ever sent), cannot reach the server under another
    name (Host is checked, so DNS rebinding fails), cannot post (Origin is checked) and does not know the token.
    """

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self._app, self._token = app, token
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, strip the token off the path, and pass on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await PlainTextResponse("no", 404)(scope, receive, send)
            return

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_HEADERS]
            await send(message)

        status = self._refusal(scope)
        if status:
            await PlainTextResponse("no", status)(scope, receive, sealed)
            return
        path = scope["path"][len(self._token) + 1 :]
        inner = {**scope, "path": path, "raw_path": path.encode()}
        await self._app(inner, _bounded(receive), sealed)

    def _refusal(self, scope: Scope) -> int:
        """0, or the status that says no."""
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.lower(), []).append(value)
        hosts = [value.decode("latin-1").lower() for value in headers.get(b"host", [])]
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return 421
        if scope["method"] not in ("GET", "POST"):
            return 405
        own = {f"http://{host}".encode() for host in self._hosts}
        origins = headers.get(b"origin", [])
        if any(origin not in own for origin in origins) or (scope["method"] == "POST" and not origins):
            return 403
        if any(site not in (b"same-origin", b"none") for site in headers.get(b"sec-fetch-site", [])):
            return 403
        if scope["method"] == "POST" and headers.get(b"content-type", [b""])[0] != b"application/json":
            return 415
        if int(_number(headers.get(b"content-length", [b"0"])[0])) > MOST_BODY:
            return 413
        found = scope["path"].split("/")[1] if scope["path"].count("/") > 1 else ""
        return 0 if secrets.compare_digest(found.encode(), self._token.encode()) else 404


def _number(text: bytes) -> int:
    return int(text) if text.isdigit() else MOST_BODY + 1


def _bounded(receive: Receive) -> Receive:
    """A body that was announced short and grows long is cut off."""
    left = [MOST_BODY]

    async def limited() -> Any:
        message = await receive()
        if message["type"] == "http.request":
            left[0] -= len(message.get("body", b""))
            if left[0] < 0:
                return {"type": "http.disconnect"}
        return message

    return limited
