"""`reel preview` as a running program: binds, serves, watches, and ends with everything that it started."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import secrets
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import uvicorn

from studio import heap
from studio.preview.guard import Guard
from studio.preview.server import Pages
from studio.preview.workshop import Workshop
from studio.project import write_bytes
from studio.stills import Moment

STOPS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Server(uvicorn.Server):
    """uvicorn, leaving signals to us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the running program's business."""
        yield


class Stopping:
    """Which signal, if any, has ended the program. It is raised again once everything is put away."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._number = 0
        self._before = {number: signal.getsignal(number) for number in STOPS}
        loop = asyncio.get_running_loop()
        for number in STOPS:
            loop.add_signal_handler(number, self._note, number, stop)

    def _note(self, number: int, stop: asyncio.Event) -> None:
        self._number = self._number or number
        stop.set()

    def pass_on(self) -> None:
        """Do what the signal would have done had nobody asked to wait."""
        loop = asyncio.get_running_loop()
        for number, handler in self._before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
        if self._number:
            signal.raise_signal(self._number)


def bound(port: int) -> socket.socket:
    """A socket on loopback; port 0 lets the system choose. OSError when the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(64)  # so that whoever reads the address can connect at once
    return listener


async def serve(
    name: str, wish: Moment | None, letter: str, limit: float, port: int, announce: Callable[[str], None]
) -> None:
    """Show scene `name` until a signal comes. `announce(url)` is called when the page is there."""
    heap.share()  # before there are threads
    listener = bound(port)
    port = listener.getsockname()[1]
    token = secrets.token_urlsafe(24)
    shop = Workshop(letter, limit)
    stopping = Stopping(shop.stop)  # first of all: a signal while everything starts must put it away again
    async with shop:
        shop.open(name, wish)
        app = Guard(Pages(shop).app(), token, port)
        config = uvicorn.Config(
            app, log_level="critical", access_log=False, lifespan="off", timeout_graceful_shutdown=1, ws="none",
            limit_concurrency=96, backlog=64, h11_max_incomplete_event_size=16384, timeout_keep_alive=30,
            server_header=False, date_header=False,
        )  # fmt: skip
        server = _Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        watching = asyncio.create_task(shop.watch())
        gc.freeze()  # what has been imported is not looked through again while somebody waits for a picture
        if not shop.stop.is_set():
            announce(f"http://127.0.0.1:{port}/{token}/")
        stopped = asyncio.create_task(shop.stop.wait())
        await asyncio.wait([stopped, serving, watching], return_when=asyncio.FIRST_COMPLETED)
        shop.stop.set()
        shop.hub.close()
        server.should_exit = True
        with contextlib.suppress(TimeoutError, asyncio.CancelledError):
            async with asyncio.timeout(3):
                await serving
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
    listener.close()
    stopping.pass_on()


async def keep_still(name: str, wish: Moment, letter: str, limit: float, path: Path) -> None:
    """Keep the PNG at `path` equal to a frame of the scene until a signal comes."""
    shop = Workshop(letter, limit)
    stopping = Stopping(shop.stop)
    async with shop:
        shop.keep(name, wish, lambda png: write_bytes(path, png))
        watching = asyncio.create_task(shop.watch())
        await shop.stop.wait()
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
    stopping.pass_on()
