"""One-click renders: `reel`'s own build in a process of its own, its progress told to the pages."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from studio.preview.hub import Hub
from studio.preview.wire import Message
from studio.project import ROOT

MOST = 40  # orders remembered


async def helper(*words: str) -> asyncio.subprocess.Process:
    """Start studio.preview.helping with `words`; it leads a process group of its own."""
    program = [sys.executable, "-m", "studio.preview.helping", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return await asyncio.create_subprocess_exec(
        *program, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=environment,
        start_new_session=True, limit=1 << 24,
    )  # fmt: skip


def end_group(process: asyncio.subprocess.Process | None) -> None:
    """End a helper with everything that it has started."""
    if process is not None and process.returncode is None:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGTERM)


class Errand:
    """Something looked up by one helper at a time: its process, and the task that listens to it."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """End the process, if one is at work."""
        if self._task is not None:
            self._task.cancel()
        end_group(self._process)

    async def close(self) -> None:
        """End the process and wait for that."""
        self.stop()
        if self._task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._task


class Renders:
    """Orders, rendered one after the other."""

    def __init__(self, hub: Hub, done: Callable[[], None]) -> None:
        self._hub, self._done = hub, done
        self._orders: list[Message] = []
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._numbers = 0

    def order(self, scene: str, letter: str) -> None:
        """Render `scene` at quality `letter`, after those ordered before; the same order twice is one."""
        going = [(o["scene"], o["letter"]) for o in self._orders if o["state"] in ("waiting", "going")]
        if (scene, letter) in going:
            return
        self._numbers += 1
        order = {"number": self._numbers, "scene": scene, "letter": letter, "state": "waiting", "done": 0, "total": 0}
        self._orders = [*self._orders, {**order, "what": "", "text": ""}][-MOST:]
        self._tell()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())

    def cancel(self, number: int) -> None:
        """Stop an order, or take it back before it has begun."""
        for order in self._orders:
            if order["number"] == number and order["state"] == "waiting":
                order["state"] = "stopped"
            elif order["number"] == number and order["state"] == "going":
                order["state"] = "stopped"
                self._kill()
        self._tell()

    async def close(self) -> None:
        """End whatever is being rendered."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._kill()
        if self._process is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await self._process.wait()

    def _kill(self) -> None:
        end_group(self._process)

    async def _work(self) -> None:
        while (order := next((o for o in self._orders if o["state"] == "waiting"), None)) is not None:
            order["state"] = "going"
            self._tell()
            await self._render(order)

    async def _render(self, order: Message) -> None:
        self._process = process = await helper("render", order["scene"], order["letter"])
        assert process.stdout is not None
        async for line in process.stdout:
            with contextlib.suppress(ValueError):
                said: dict[str, Any] = json.loads(line)
                order.update({k: v for k, v in said.items() if k in ("what", "done", "total", "text")})
                self._tell()
        code = await process.wait()
        if order["state"] == "going":
            order["state"] = "done" if code == 0 else "failed"
            self._done()
        self._tell()

    def _tell(self) -> None:
        self._hub.tell("renders", [dict(order) for order in self._orders])
