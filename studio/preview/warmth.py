"""Keeps a warm process at hand, knows what in it has grown old, and renews it when there is time. Draws nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from studio.preview.mirror import Mirror, reached_by
from studio.preview.nursery import Child, Nursery
from studio.preview.wire import Message, WireError

WARM_LIMIT = 60.0  # seconds for one leap through a scene, before the warm process goes on without


class Warmth:
    """The one warm process that all children are forked from."""

    def __init__(self, nursery: Nursery, mirror: Mirror) -> None:
        self._nursery, self._mirror = nursery, mirror
        self._base: Child | None = None
        self._contents: dict[str, bytes] = {}
        self._warmed = ""  # what the scene was that filled its caches
        self._spoiled = False
        self._renewal: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._users: dict[str, int] = {}  # children at work, by the warm process they were forked from

    def spoil(self) -> None:
        """Something that modules may have remembered has changed: a trace."""
        self._spoiled = True

    def old(self) -> list[str] | None:
        """Modules that a fork must import afresh; None for all of them."""
        if self._spoiled:
            return None
        now = self._mirror.contents()
        changed = {name for name, digest in now.items() if self._contents.get(name) != digest}
        if not changed and len(now) == len(self._contents):
            return []
        if len(now) != len(self._contents) or any(name not in self._contents or not _code(name) for name in changed):
            return None
        return reached_by(frozenset(changed), self._mirror.folder, now)

    @contextlib.asynccontextmanager
    async def fork(self, task: str, job: Message, **more: Any) -> AsyncIterator[Child]:
        """A child that does `task` with the code as it now stands."""
        base = await self._living()
        self._users[base.ident] = self._users.get(base.ident, 0) + 1
        try:
            async with self._nursery.fork(base, task, self.old(), job, **more) as child:
                yield child
        except WireError:
            if base.ended or not await _alive(base):
                self._base = None
            raise
        finally:
            self._users[base.ident] -= 1
            if base is not self._base:
                self._retire(base)

    async def _living(self) -> Child:
        async with self._starting:
            if self._base is None or self._base.ended:
                self._contents, self._spoiled, self._warmed = self._mirror.contents(), False, ""
                self._base = await self._nursery.warm_process(self._mirror.folder)
            return self._base

    def renew(self, job: Message) -> None:
        """In the background, when it is worth it: a new warm process with today's modules, warmed by `job`'s scene."""
        old = self.old()
        only_the_scene = old is not None and set(old) <= {job["module"]}
        if only_the_scene and self._warmed == job["name"]:
            return
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renewed(job))

    async def _renewed(self, job: Message) -> None:
        contents, self._spoiled = self._mirror.contents(), False
        base = await self._nursery.warm_process(self._mirror.folder)
        try:
            scratch = self._nursery.folder / "scratch" / base.ident
            scratch.mkdir(parents=True, exist_ok=True)
            await base.send({"do": "warm", "job": {**job, "scratch": str(scratch)}})
            async with asyncio.timeout(WARM_LIMIT):
                await base.receive()
        except (WireError, TimeoutError, asyncio.CancelledError) as error:
            self._nursery.dismiss(base)
            if isinstance(error, asyncio.CancelledError):
                raise
            return
        if contents != self._mirror.contents():  # edited meanwhile: what it imported may be half of each
            self._nursery.dismiss(base)
            return
        before, self._base = self._base, base
        self._contents, self._warmed = contents, job["name"]
        if before is not None:
            self._retire(before)

    def _retire(self, base: Child) -> None:
        """End a warm process that is no longer the one, as soon as its children are done: they would die with it."""
        if not self._users.get(base.ident):
            self._users.pop(base.ident, None)
            self._nursery.dismiss(base)

    async def close(self) -> None:
        """End the renewal, if one is going on."""
        if self._renewal is not None:
            self._renewal.cancel()
            with contextlib.suppress(asyncio.CancelledError, WireError):
                await self._renewal


def _code(name: str) -> bool:
    return name.endswith(".py") and not name.startswith("data/")


async def _alive(base: Child) -> bool:
    try:
        await base.send({"do": "nothing"})
    except WireError:
        return False
    return True
