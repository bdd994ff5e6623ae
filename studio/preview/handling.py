"""Has the chunks of a scene drawn: by forks of the proof, by the proof on its way, by a scout ahead of it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator
from typing import Final

from studio import plan
from studio.jobs import SceneJob
from studio.memory import memory_of
from studio.preview import mistakes
from studio.preview.drawing import Heap, Impure, draw
from studio.preview.looking import Broken, Looking, begun
from studio.preview.nursery import Child
from studio.preview.pane import TELL_EVERY
from studio.preview.scouting import samples
from studio.preview.wire import Message, WireError

HEAD_START: Final = 0.4  # seconds that a look may take before the stepping begins beside it
PAINTING: Final = 0.03  # seconds that a page needs for the picture of a look, before the stepping takes its core
PROOF: Final = "proof"  # who draws, when it is not a fork
SCOUT: Final = "scout"


class Handling(Looking):
    """A pane that has chunks drawn on all cores."""

    _notices: list[asyncio.Task[None]]  # kept from the garbage collector

    @contextlib.asynccontextmanager
    async def _surveying(self, job: SceneJob, heap: Heap) -> AsyncIterator[None]:
        """While it lasts a survey is on its way; entered when the look that is on its way, if it is quick, is over."""
        heap.survey = begun(self._surveyed(job, heap))
        try:
            if self._looks is not None:  # only the survey, which stands back, runs beside it
                await asyncio.wait([self._looks], timeout=HEAD_START)
                await asyncio.sleep(PAINTING)
            yield
        finally:
            heap.survey.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await heap.survey

    @contextlib.asynccontextmanager
    async def _stepping(
        self, job: SceneJob, heap: Heap, park: list[int] | None, ahead: bool = False
    ) -> AsyncIterator[tuple[Child, asyncio.Task[None]]]:
        """A child that steps through the scene, and the hands that have drawn what it leaves to forks.

        If wished, what has changed is drawn ahead of that child, and by it.
        """
        told, orders = self.shop.told(job), self._orders(job)
        async with self.shop.warmth.fork("prove", told, park=park, ask=ahead, **orders) as child:

            def parked(first: int, fork: Child) -> None:
                heap.parked[first] = fork
                self._notices.append(asyncio.create_task(heap.tell()))
                del self._notices[:-50]

            child.offspring = parked
            hands = begun(self._hands(heap, max(1, self.shop.cores - 1), job if ahead else None))
            try:
                yield child, hands
            finally:
                hands.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await hands

    def _orders(self, job: SceneJob) -> Message:
        """What a child that draws chunks of the scene must know besides the job."""
        store, snapshot = self.shop.store, self.shop.snapshot
        encoded = plan.encoding(job, "mp4", snapshot)
        drawing = {"letter": job.letter, "store": str(store.folder), "encoded": encoded}
        return {"size": plan.chunk_size(job), "memory": memory_of(job, snapshot, store), "drawing": drawing}

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

    async def _heard(self, message: Message, child: Child, heap: Heap) -> bool:
        """Take in what a child says of the chunks that it draws by itself; False when it was about something else."""
        kind, first = message["kind"], message.get("first", -1)
        if kind == "begins":
            await child.send({"do": heap.advice(first, message["address"], PROOF)})
        elif kind == "wanted":
            await child.send({"draw": heap.claim(first, SCOUT)})
        elif kind == "frame":
            heap.progress(first, message["frame"])
        elif kind == "drawn":
            heap.drawn(first, message["key"])
        elif kind == "left":
            heap.give_up(first)
        else:
            return False
        if kind in ("drawn", "left"):
            await heap.tell()
        self._moved(kind == "drawn")
        return True

    async def _ahead(self, job: SceneJob, heap: Heap) -> None:
        """Find out by a survey what has changed, and have it drawn ahead of the proof, from the playhead on."""
        orders, found = self._orders(job), True
        try:
            assert heap.survey is not None
            await heap.survey
            while found and (wanted := heap.wanted()):
                found = await self._scouted(job, heap, orders, wanted)
        except (Broken, WireError, TimeoutError):  # the proof will come to it, and tells of it better
            return
        finally:
            await heap.dismiss(SCOUT)

    async def _surveyed(self, job: SceneJob, heap: Heap) -> None:
        orders = self._orders(job)
        async with self.shop.warmth.fork("survey", self.shop.told(job), **orders) as child:
            message, _ = await self._words(child)
        heap.seen = {int(frame): str(address) for frame, address in message["seen"]}
        size, frames = orders["size"], int(message["frames"])
        suspects = []
        for start, end in itertools.pairwise(sorted({0, frames, *message["sections"]})):
            firsts, changed = range(start, end, size), []
            for first in firsts:
                one, two, three = samples(first, min(first + size, end) - 1, size)
                if (heap.seen.get(one), heap.seen.get(two), heap.seen.get(three)) not in heap.standing:
                    changed.append(first)
            suspects += changed
            if changed:
                heap.doubtful.update(set(firsts) - set(changed))
        heap.suspects = suspects

    async def _scouted(self, job: SceneJob, heap: Heap, orders: Message, wanted: list[int]) -> bool:
        """Have the chunks drawn that begin with these frames, unless somebody else comes first; whether any was."""
        found = False
        async with self.shop.warmth.fork("scout", self.shop.told(job), wanted=wanted, **orders) as child:
            while (message := (await self._words(child))[0])["kind"] != "scouted":
                await self._heard(message, child, heap)
                found = found or message["kind"] == "drawn"
        return found

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

    async def _hands(self, heap: Heap, count: int, ahead: SceneJob | None = None) -> None:
        """`count` pairs of hands that draw what `heap` holds; one of them runs ahead first, if there is a job to."""

        async def hand(number: int) -> None:
            if number == 0 and ahead is not None:
                await self._ahead(ahead, heap)
            await draw(heap, self._words, self.shop.end, self._moved)

        try:
            async with asyncio.TaskGroup() as group:
                for number in range(count):
                    group.create_task(hand(number))
        except* Impure as found:
            raise self._impure(next(e.frame for e in found.exceptions if isinstance(e, Impure))) from None
        except* (Broken, WireError) as failed:
            raise failed.exceptions[0] from None

    def _impure(self, frame: int) -> Broken:
        message = f"frame {frame} comes out differently each time: chance, a clock, or the world outside"
        return Broken(mistakes.assembled("Impure", message, [], self.shop.mirror.folder))

    def _moved(self, done: bool) -> None:
        """A frame was drawn, or a chunk is `done`: tell the pages, not too often."""
        if done or time.monotonic() - self._told > TELL_EVERY:
            self._tell_chunks()
