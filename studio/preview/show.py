"""One scene as the code now stands: redraws it after an edit, answers looks, tells the pages. Starts no server."""

from __future__ import annotations

import asyncio
import contextlib
import time
import traceback
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from engine.errors import UserError
from engine.trace import Trace
from studio import plan
from studio.build import known_score
from studio.catalog import SceneInfo
from studio.jobs import SceneJob, ScoreRecord
from studio.memory import memory_of
from studio.preview import mistakes
from studio.preview.drawing import Heap, Impure, draw
from studio.preview.looking import Broken, Looking, begun
from studio.preview.nursery import Child
from studio.preview.pane import TELL_EVERY, Version
from studio.preview.wire import Message, WireError
from studio.stills import Moment

if TYPE_CHECKING:
    from studio.preview.workshop import Workshop


HEAD_START = 0.4  # seconds that a look may take before the stepping begins beside it
OFF = 0.01  # seconds in which the order for a look leaves, before this process thinks about anything else
PAINTING = 0.03  # seconds that a page needs for the picture of a look, before the stepping takes its core


class Show(Looking):
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

    def _key(self, job: SceneJob) -> str:
        digests = {name: Trace.load(folder).digest for name, folder in job.traces}
        self._inputs = plan.inputs(job, self.shop.snapshot, digests)
        return plan.score_key(self._inputs)

    async def _versioned(self, job: SceneJob) -> Version:
        """The scene's frames by address: from memory, from the store, or by stepping it."""
        current = self.version
        try:
            key = self._key(job)
        except SyntaxError:  # found while following imports: a child that imports the file says where
            await self.look(self.playhead)
            raise
        if current is not None and current.key == key and current.proved == len(current.record.addresses):
            current.generation = self.generation
            self._tell_score()
            return current
        record = known_score(self.shop.store, key)
        if record is None:
            record = await self._proved(job, key)
        else:
            self._adopt(job, key, record)
        assert self.version is not None
        return self.version

    def _adopt(self, job: SceneJob, key: str, record: ScoreRecord) -> None:
        """All frames of the scene are known."""
        version = self._begun(job, key, record)
        version.chunks = plan.chunks_of(record, job, "mp4", self.shop.snapshot)
        version.proved = len(record.addresses)
        self._place()
        if self.wish is not None:
            self.playhead, self.wish = self.wish.frame(record, job.quality.rate), None
            self._look_at(self.playhead)
            self._tell_state(self.state)
        self.playhead = min(self.playhead, len(record.addresses) - 1)
        self._tell_score()

    def _begun(self, job: SceneJob, key: str, record: ScoreRecord) -> Version:
        """The version under `key`, in the place of the present one."""
        if self.version is None or self.version.key != key:
            if self.version is not None and self.version.proved == len(self.version.record.addresses):
                self.before = self.version
            self._numbers += 1
            self.version = Version(self._numbers, key, job, record)
        self.version.record, self.version.generation = record, self.generation
        return self.version

    async def _proved(self, job: SceneJob, key: str) -> ScoreRecord:
        """Step the scene; what is known so far is shown and drawn meanwhile, the rest is drawn afterwards."""
        self._tell_state("stepping")
        old = self.version
        total = len(old.record.addresses) if old else 0
        partial = ScoreRecord()
        heap = self._heap = Heap(lambda: self.playhead)
        if self._looks is not None:  # the frame under the playhead has the cores for itself, if it is quick
            await asyncio.wait([self._looks], timeout=HEAD_START)
            await asyncio.sleep(PAINTING)
        async with self._stepping(job, heap, None) as (child, hands):
            while True:
                message, payload = await self._words_or(hands, child)
                if message["kind"] == "score":
                    break
                partial.addresses += message["addresses"]
                partial.steps += message["steps"]
                partial.sections = [(name, first) for name, first in message["sections"]]
                self._learn(job, key, partial, old)
                await heap.tell()
                self._tell_state("stepping", {"what": "", "done": len(partial.addresses), "total": total}, now=False)
            record = ScoreRecord.from_bytes(payload)
            self.shop.store.put("score", key, payload)
            self._adopt(job, key, record)
            await self._finished(heap, hands)
        return record

    @contextlib.asynccontextmanager
    async def _stepping(
        self, job: SceneJob, heap: Heap, park: list[int] | None
    ) -> AsyncIterator[tuple[Child, asyncio.Task[None]]]:
        """A child that steps through the scene, leaving forks behind, and the hands that have those draw."""
        size = plan.chunk_size(job)
        memory = memory_of(job, self.shop.snapshot, self.shop.store)
        told = self.shop.told(job)
        async with self.shop.warmth.fork("prove", told, park=park, size=size, memory=memory) as child:

            def parked(first: int, fork: Child) -> None:
                heap.parked[first] = fork
                self._notices.append(asyncio.create_task(heap.tell()))
                del self._notices[:-50]

            child.offspring = parked
            hands = begun(self._hands(heap, max(1, self.shop.cores - 1)))
            try:
                yield child, hands
            finally:
                hands.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await hands

    async def _words_or(self, hands: asyncio.Task[None], child: Child) -> tuple[Message, bytes]:
        """The child's next words, unless the hands fail first."""
        words = begun(self._words(child))
        try:
            await asyncio.wait([words, hands], return_when=asyncio.FIRST_COMPLETED)
            if hands.done() and not words.done():
                hands.result()
            return await words
        finally:
            words.cancel()

    def _learn(self, job: SceneJob, key: str, partial: ScoreRecord, old: Version | None) -> None:
        """Show and draw the first frames while the others are still being stepped."""
        assert self._heap is not None
        chunks = plan.chunks_of(partial, job, "mp4", self.shop.snapshot)[:-1]
        for chunk in chunks:
            if chunk.key not in self._heap.known and not self.shop.store.has("chunk", chunk.key):
                self._heap.add(chunk, partial)
            self._heap.known.add(chunk.key)
        known = len(partial.addresses)
        rest = old.record if old is not None else ScoreRecord()
        mixed = ScoreRecord(
            partial.addresses + rest.addresses[known:],
            partial.sections + [s for s in rest.sections if s[1] >= known],
            rest.captions,
            rest.plays,
            partial.steps + rest.steps[known:],
        )
        version = self._begun(job, key, mixed)
        end = chunks[-1].last if chunks else -1
        version.chunks = chunks + [c for c in (old.chunks if old else []) if c.first > end]
        version.proved = known
        if time.monotonic() - self._told > TELL_EVERY:
            self._place()
            self._tell_score()

    # -- drawing -------------------------------------------------------------------------------------
    async def _finished(self, heap: Heap, hands: asyncio.Task[None]) -> None:
        """All frames are known: drop what need not be drawn, and wait until the rest is drawn by all hands."""
        assert self.version is not None
        for chunk in self.version.chunks:
            if chunk.key not in heap.known and not self.shop.store.has("chunk", chunk.key):
                heap.add(chunk, self.version.record)
        heap.complete = True
        await heap.tell()
        self._tell_state("drawing" if heap.waiting or heap.busy else "fresh")
        self._tell_chunks()
        more = begun(self._hands(heap, 1))
        try:
            await asyncio.gather(hands, more)
        finally:
            more.cancel()
        self._tell_chunks()

    async def _drawn(self, version: Version) -> None:
        """Draw every chunk of a known version that the store does not hold."""
        missing = [chunk for chunk in version.chunks if not self.shop.store.has("chunk", chunk.key)]
        heap = self._heap = Heap(lambda: self.playhead)
        self._tell_chunks()
        if not missing:
            return
        async with self._stepping(version.job, heap, [chunk.first for chunk in missing]) as (child, hands):
            finished = begun(self._finished(heap, hands))
            words = begun(self._words(child))
            try:
                while not finished.done():
                    await asyncio.wait([words, finished], return_when=asyncio.FIRST_COMPLETED)
                    if words.done():
                        if words.result()[0]["kind"] == "score":
                            break
                        words = begun(self._words(child))
                await finished
            finally:
                words.cancel()
                finished.cancel()

    async def _hands(self, heap: Heap, count: int) -> None:
        def moved(key: str) -> None:
            if key or time.monotonic() - self._told > TELL_EVERY:
                self._tell_chunks()

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(count):
                    group.create_task(draw(heap, self._words, str(self.shop.store.folder), self.shop.end, moved))
        except* Impure as found:
            frame = next(e.frame for e in found.exceptions if isinstance(e, Impure))
            message = f"frame {frame} comes out differently each time: chance, a clock, or the world outside"
            raise Broken(mistakes.assembled("Impure", message, [], self.shop.mirror.folder)) from None
        except* (Broken, WireError) as failed:
            raise failed.exceptions[0] from None
