"""The preview's web server: its pages, pictures and the few things that a page may ask for. Draws nothing."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from engine.errors import UserError
from engine.trace import Trace
from studio.preview import workshop
from studio.preview.looking import Broken
from studio.preview.show import Show
from studio.preview.wire import WireError
from studio.preview.workshop import Workshop
from studio.quality import QUALITIES

PAGE: Final = Path(__file__).with_name("page")
_TYPES: Final = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_ADDRESS: Final = re.compile(r"[0-9a-f]{32}")
_FOR_EVER: Final = {"cache-control": "private, max-age=31536000, immutable"}
_NEVER: Final = {"cache-control": "no-store"}
MOST_LOOKS: Final = 4  # sharp pictures and lists of readings that may wait at once
CURVES: Final = ("loss", "loss_all", "grad_norm", "accuracy")
MOST_POINTS: Final = 1500
SHARP: Final = (1920, 1080)
NOTHING: Final = Response("no such thing", 404)


def page_files() -> dict[str, tuple[bytes, str]]:
    """The page's own files, read once: name -> bytes, type. No request ever opens a file."""
    found = {}
    for path in sorted(PAGE.rglob("*")):
        if path.is_file() and path.suffix in _TYPES:
            found[path.relative_to(PAGE).as_posix()] = (path.read_bytes(), _TYPES[path.suffix])
    return found


class Pages:
    """The routes, over one workshop."""

    def __init__(self, shop: Workshop) -> None:
        self.shop = shop
        self._files = page_files()
        self._looks = asyncio.Semaphore(1)
        self._waiting = 0

    def app(self) -> Starlette:
        """The ASGI application behind the guard."""
        get: list[tuple[str, Callable[[Request], Awaitable[Response]]]] = [
            ("/", self.file), ("/page/{name:path}", self.file), ("/events", self.events), ("/state", self.state),
            ("/score/{show}/{which}", self.score), ("/frame/{address}", self.frame), ("/thumb/{address}", self.thumb),
            ("/sharp/{show}/{number:int}/{frame:int}", self.sharp), ("/curves/{trace}", self.curves),
            ("/readings/{show}/{number:int}/{frame:int}", self.readings),
            ("/outlines/{show}/{number:int}/{frame:int}/{finding:int}", self.outlines),
        ]  # fmt: skip
        post = [
            ("/playhead", self.playhead), ("/open", self.open), ("/compare", self.compare),
            ("/render", self.render), ("/stop", self.stop), ("/check", self.check),
        ]  # fmt: skip
        routes = [Route(path, endpoint, methods=["GET"]) for path, endpoint in get]
        return Starlette(routes=routes + [Route(path, endpoint, methods=["POST"]) for path, endpoint in post])

    # -- what is asked for -----------------------------------------------------------------------------
    async def file(self, request: Request) -> Response:
        """One of the page's own files, by its name in the list."""
        found = self._files.get(request.path_params.get("name", "index.html"))
        return Response(found[0], media_type=found[1], headers=_NEVER) if found else NOTHING

    async def events(self, request: Request) -> Response:
        """The newest state of everything, and every change."""
        if self.shop.hub.full:
            return Response("too many pages are open", 503)
        return StreamingResponse(self.shop.hub.listen(), media_type="text/event-stream", headers=_NEVER)

    async def state(self, request: Request) -> Response:
        """What a page needs once."""
        return JSONResponse(workshop.state(self.shop), headers=_NEVER)

    async def score(self, request: Request) -> Response:
        """Addresses, sections, captions, plays and steps of a version."""
        show, which = self.shop.shows.get(request.path_params["show"]), request.path_params["which"]
        found = show.score(which) if show is not None and which in ("now", "before") else None
        return JSONResponse(found, headers=_NEVER) if found else NOTHING

    async def frame(self, request: Request) -> Response:
        """The picture of an address."""
        return await self._picture(request, self.shop.bank.picture)

    async def thumb(self, request: Request) -> Response:
        """The same, small."""
        return await self._picture(request, self.shop.bank.thumb)

    async def _picture(self, request: Request, find: Callable[[str], bytes | None]) -> Response:
        address = request.path_params["address"]
        if not _ADDRESS.fullmatch(address):
            return NOTHING
        data = await asyncio.to_thread(find, address)
        return Response(data, media_type="image/jpeg", headers=_FOR_EVER) if data else NOTHING

    # -- what has to be looked at first ----------------------------------------------------------------
    def _meant(self, request: Request) -> tuple[Show, int, str] | None:
        """The pane, frame and address that a request means, if the pane still shows that version."""
        show = self.shop.shows.get(request.path_params["show"])
        number, frame = request.path_params["number"], request.path_params["frame"]
        if show is None or show.version is None or show.version.number != number:
            return None
        if show.version.generation != show.generation:  # edited since: a look would see other code
            return None
        return (show, frame, show.version.record.addresses[frame]) if 0 <= frame < show.version.proved else None

    async def _looked(self, look: Callable[[], Awaitable[Response]]) -> Response:
        if self._waiting >= MOST_LOOKS:
            return Response("busy", 503)
        self._waiting += 1
        try:
            async with self._looks:
                return await look()
        except (Broken, WireError, TimeoutError):
            return NOTHING
        finally:
            self._waiting -= 1

    async def sharp(self, request: Request) -> Response:
        """The frame at full size, as long as the version asked for is still shown."""
        meant = self._meant(request)
        if meant is None:
            return NOTHING
        show, frame, address = meant

        async def look() -> Response:
            data = self.shop.bank.held(f"{address}-sharp")
            if data is None:
                message, data = await show.aside(frame, SHARP)
                if message["frame"] != frame or self._meant(request) != meant:
                    return NOTHING
                self.shop.bank.put(f"{address}-sharp", data)
            return Response(data, media_type="image/jpeg", headers=_NEVER)

        return await self._looked(look)

    async def readings(self, request: Request) -> Response:
        """Every number on the frame: where it stands, and the array, step and index behind it."""
        meant = self._meant(request)
        if meant is None:
            return NOTHING
        show, frame, _ = meant

        async def look() -> Response:
            message, _ = await show.aside(frame, want="readings")
            return JSONResponse(message["readings"], headers=_NEVER)

        return await self._looked(look)

    async def outlines(self, request: Request) -> Response:
        """Where the things stand on the frame that a finding is about."""
        meant, names = self._meant(request), self.shop.findings.names(request.path_params["finding"])
        if meant is None or not names:
            return NOTHING
        show, frame, _ = meant

        async def look() -> Response:
            message, _ = await show.aside(frame, want="things", names=names)
            return JSONResponse(message["boxes"], headers=_NEVER)

        return await self._looked(look)

    async def curves(self, request: Request) -> Response:
        """Loss and gradient norm of a trace that is shown, thinned to what a plot can show."""
        name = request.path_params["trace"]
        folder = self.shop.folder_of(name)
        if folder is None:
            return NOTHING
        try:
            return JSONResponse(await asyncio.to_thread(_curves, folder), headers=_NEVER)
        except (UserError, OSError):
            return NOTHING

    # -- what a page may do ------------------------------------------------------------------------------
    async def _body(self, request: Request) -> dict[str, Any]:
        try:
            body = json.loads(await request.body())
        except (ValueError, RecursionError, ClientDisconnect):
            return {}
        return body if isinstance(body, dict) else {}

    async def playhead(self, request: Request) -> Response:
        """Where the page stands: {show, frame}."""
        body = await self._body(request)
        show, frame = self.shop.shows.get(str(body.get("show"))), body.get("frame")
        if show is None or type(frame) is not int or not 0 <= frame < 10_000_000:
            return NOTHING
        show.move(frame)
        return Response(status_code=204)

    async def open(self, request: Request) -> Response:
        """Show another scene: {scene}."""
        name = (await self._body(request)).get("scene")
        if name not in [info.name for info in self.shop.infos]:
            return NOTHING
        self.shop.open(name)
        return Response(status_code=204)

    async def compare(self, request: Request) -> Response:
        """Show another trace beside it: {trace}, or null for none."""
        name = (await self._body(request)).get("trace")
        if name is not None and name not in workshop.experiment_names():
            return NOTHING
        try:
            self.shop.compare(name)
        except UserError as error:
            return Response(str(error), 409)
        return Response(status_code=204)

    async def render(self, request: Request) -> Response:
        """Render a scene: {scene, quality}."""
        body = await self._body(request)
        if body.get("scene") not in [info.name for info in self.shop.infos] or body.get("quality") not in QUALITIES:
            return NOTHING
        self.shop.renders.order(body["scene"], body["quality"])
        return Response(status_code=204)

    async def stop(self, request: Request) -> Response:
        """Stop a render: {number}."""
        number = (await self._body(request)).get("number")
        if type(number) is not int:
            return NOTHING
        self.shop.renders.cancel(number)
        return Response(status_code=204)

    async def check(self, request: Request) -> Response:
        """Look through the scene for what a viewer would dislike; the findings come as an event."""
        self.shop.check()
        return Response(status_code=204)


def _curves(folder: Path) -> dict[str, Any]:
    trace = Trace.load(folder)
    names = [name for name in CURVES if name in trace.names() and trace.spec(name).shape == ()]
    if not names:
        return {"steps": [], "curves": {}}
    steps = trace.steps(names[0])
    every = max(1, math.ceil(len(steps) / MOST_POINTS))
    chosen = sorted({*range(0, len(steps), every), len(steps) - 1})
    curves = {}
    for name in names:
        series = trace.series(name)
        if len(series) == len(steps):
            curves[name] = [float(series[i]) if math.isfinite(float(series[i])) else None for i in chosen]
    meanings = {name: trace.spec(name).meaning for name in curves}
    return {"steps": [int(steps[i]) for i in chosen], "curves": curves, "meanings": meanings}
