"""One scene as the code now stands: redraws it after an edit, answers looks, tells the pages. Starts no server."""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from typing import TYPE_CHECKING

from engine.errors import UserError
from studio.catalog import SceneInfo
from studio.jobs import SceneJob
from studio.preview import mistakes
from studio.preview.looking import Broken
from studio.preview.redrawing import Redrawing
from studio.preview.wire import Message, WireError
from studio.stills import Moment

if TYPE_CHECKING:
    from studio.preview.workshop import Workshop


OFF = 0.01  # seconds in which the order for a look leaves, before this process thinks about anything else


class Show(Redrawing):
    """One scene as the code now stands."""

    def __init__(
        self, name: str, workshop: Workshop, info: SceneInfo, overrides: dict[str, str], wish: Moment | None = None
    ) -> None:
        super().__init__(name, workshop, info, overrides, wish)
        self._task: asyncio.Task[None] | None = None
        self._notices: list[asyncio.Task[None]] = []  # kept from the garbage collector
        self._inputs: dict[str, str] = {}  # what the last key was made of
        self._traced = False  # nothing has touched the traces since they were last found to be today's
        if wish is not None and wish.at is not None:
            self.playhead = int(wish.at * workshop.quality.rate + 1e-6)

    # -- from outside ------------------------------------------------------------------------------
    def refresh(self, traced: bool = False) -> None:
        """The code, the data or a trace may have changed: redraw what is no longer so.

        `traced` says that the traces are as they were at the last redrawing.
        """
        self._stop()
        self.generation += 1
        self._traced = traced and self._traced
        self._task = asyncio.create_task(self._redrawn())

    def reaches(self, paths: frozenset[str]) -> bool:
        """Whether one of these files is part of the scene and no longer says what it said; False may be wrong."""
        ours = [name for name in paths if name in self._inputs]
        try:
            return any(self.shop.snapshot.code_of(name) != self._inputs[name] for name in ours)
        except OSError:  # it has just gone
            return True

    def is_current(self) -> bool:
        """Whether the pictures (or what is being drawn) are still those of today's sources."""
        try:
            return self._job is not None and self.version is not None and self._key(self._job) == self.version.key
        except (UserError, OSError, SyntaxError, ValueError):
            return False

    async def close(self) -> None:
        """End whatever is going on."""
        tasks = [task for task in (self._task, self._looks, *self._asides) if task is not None]
        self._stop()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
        for whose in (self.name, f"{self.name}-before"):
            self.shop.bank.forget(whose)

    def move(self, frame: int) -> None:
        """The playhead stands at `frame` now; when its picture is not there yet, it is drawn at once."""
        self.playhead = frame
        self.wish = None
        if self.state != "broken" and self._picture_of(frame) is None:
            self._look_at(frame)

    def _stop(self) -> None:
        for task in (self._task, self._looks, *self._asides):
            if task is not None:
                task.cancel()
        self._task = self._looks = self._wanted = None

    # -- redrawing -----------------------------------------------------------------------------------
    async def _drawn_after_edit(self) -> None:
        if looking := self._traced:  # the frame under the playhead need not wait for anything
            self._job = self.shop.scene_job(self.info, self.overrides)
            await self._begun_to_look()
        self._job = await self._prepared()
        if not looking:
            await self._begun_to_look()
        version = await self._versioned(self._job)
        self.mistake = None
        await self._drawn(version)
        if self._looks is not None:
            self._looks.cancel()  # every picture is there, and a look that is still on its way would come too late
        self._tell_state("fresh")
        self.shop.settled(self)

    async def _begun_to_look(self) -> None:
        """The look at the frame under the playhead is on its way."""
        self._look_at(self.playhead)
        assert self._looks is not None
        await asyncio.wait([self._looks], timeout=OFF)

    async def _redrawn(self) -> None:
        """Redraw, and turn whatever goes wrong into a mistake that the page shows."""
        try:
            await self._drawn_after_edit()
        except Broken as broken:
            self._break(broken.mistake)
        except (UserError, OSError, SyntaxError, ValueError) as error:
            self._break(mistakes.described(error, self.shop.mirror.folder))
        except (WireError, TimeoutError) as error:
            message = f"a child process of the preview ended: {error}; save the file to try again"
            self._break(mistakes.assembled("Lost", message, [], self.shop.mirror.folder))
        except Exception as error:
            self.shop.say("".join(traceback.format_exception(error)))
            message = f"a fault of the preview itself: {error}; the terminal shows where"
            self._break(mistakes.assembled(type(error).__name__, message, [], self.shop.mirror.folder))

    def _break(self, mistake: Message) -> None:
        self.mistake, self._broken_in = mistake, self.generation
        if self.version is not None and self.version.proved < len(self.version.record.addresses) and self.before:
            self.version, self.before = self.before, None  # what was proved of it ends in a mistake
            self._place()
            self._tell_score()
        self._tell_state("broken")
        self.shop.say(f"{self.info.name}: {mistakes.one_line(mistake)}")

    async def _prepared(self) -> SceneJob:
        """The job on today's sources, its traces brought up to date first."""
        self._tell_state("looking")
        for experiment in await self.shop.stale_traces(self.shop.shown_traces(self.info, self.overrides), self._words):
            await self._trained(experiment)
        self._traced = True
        return self.shop.scene_job(self.info, self.overrides)

    async def _trained(self, experiment: str) -> None:
        self._tell_state("training", {"what": experiment, "done": 0, "total": 0})
        job = self.shop.plain_job()
        async with self.shop.training:
            more = {"experiment": experiment, "folder": str(self.shop.traces)}
            async with self.shop.warmth.fork("train", job, **more) as child:
                while True:
                    message, _ = await self._words(child, self.shop.training_limit)
                    if message["kind"] == "done":
                        break
                    progress = {"what": experiment, "done": message["done"], "total": message["total"]}
                    self._tell_state("training", progress, now=message["done"] == message["total"])
        self.shop.warmth.spoil()
