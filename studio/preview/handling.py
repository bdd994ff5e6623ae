"""Has the chunks of a scene drawn: by forks of the proof, by the proof on its way, by a scout ahead of it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

from studio import plan
from studio.jobs import SceneJob
from studio.memory import memory_of
from studio.preview import mistakes
from studio.preview.drawing import Heap, Impure, draw
from studio.preview.looking import Broken, Looking, begun
from studio.preview.nursery import Child
from studio.preview.pane import TELL_EVERY
from studio.preview.wire import Message, WireError


class Handling(Looking):
    """A pane that has chunks drawn on all cores."""

    _notices: list[asyncio.Task[None]]  # kept from the garbage collector

    @contextlib.asynccontextmanager
    async def _stepping(
        self, job: SceneJob, heap: Heap, park: list[int] | None, standing: list[str] | None
    ) -> AsyncIterator[tuple[Child, asyncio.Task[None]]]:
        """A child that steps through the scene, and the hands that have drawn what it leaves to forks.

        With `standing`, the addresses of first frames of chunks that need not be drawn, the child itself draws chunks
        that begin otherwise, and a scout runs ahead of it.
        """
        orders = self._orders(job)
        async with self.shop.warmth.fork("prove", self.shop.told(job), park=park, standing=standing, **orders) as child:

            def parked(first: int, fork: Child) -> None:
                heap.parked[first] = fork
                self._notices.append(asyncio.create_task(heap.tell()))
                del self._notices[:-50]

            child.offspring = parked
            scouted = None if standing is None else (job, standing)
            hands = begun(self._hands(heap, max(1, self.shop.cores - 1), scouted))
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

    async def _heard(self, message: Message, child: Child, heap: Heap, drawer: str) -> bool:
        """Take in what a child says of the chunks that it draws by itself; False when it was about something else."""
        kind, first = message["kind"], message.get("first", -1)
        if kind == "changed":
            await child.send({"draw": heap.claim(first, drawer)})
        elif kind == "frame":
            heap.progress(first, message["frame"])
        elif kind == "drawn":
            heap.drawn(first, message["key"])
        elif kind == "left":
            heap.release(first)
        else:
            return False
        if kind in ("drawn", "left"):
            await heap.tell()
        self._moved(kind == "drawn")
        return True

    async def _scouted(self, job: SceneJob, standing: list[str], heap: Heap) -> None:
        """Have what changed drawn from the playhead on, ahead of the proof; then ahead of where that is by then."""
        orders, start, found = self._orders(job), self.playhead, True
        while found and not heap.complete:
            found, name = False, f"scout from {start}"
            try:
                async with self.shop.warmth.fork(
                    "scout", self.shop.told(job), start=start, standing=standing, **orders
                ) as child:
                    while (message := (await self._words(child))[0])["kind"] != "scouted":
                        await self._heard(message, child, heap, name)
                        found = found or message["kind"] == "drawn"
                heap.seen.update({int(frame): str(address) for frame, address in message["seen"]})
            except (Broken, WireError, TimeoutError):  # the proof will come to it, and tells of it better
                return
            finally:
                await heap.dismiss(name)
            start = heap.proved

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

    async def _hands(self, heap: Heap, count: int, scouted: tuple[SceneJob, list[str]] | None = None) -> None:
        """`count` pairs of hands that draw what `heap` holds; one of them begins as a scout, if that is wished."""

        async def hand(first: bool) -> None:
            if first and scouted is not None:
                await self._scouted(*scouted, heap)
            await draw(heap, self._words, self.shop.end, self._moved)

        try:
            async with asyncio.TaskGroup() as group:
                for number in range(count):
                    group.create_task(hand(number == 0))
        except* Impure as found:
            raise self._impure(next(e.frame for e in found.exceptions if isinstance(e, Impure))) from None
        except* (Broken, WireError) as failed:
            raise failed.exceptions[0] from None

    def _impure(self, frame: int) -> Broken:
        message = f"frame {frame} comes out differently each time: chance, a clock, or the world outside"
        return Broken(mistakes.assembled("Impure", message, [], self.shop.mirror.folder))

    def _moved(self, done: Any) -> None:
        """A frame was drawn, or a chunk is `done`: tell the pages, not too often."""
        if done or time.monotonic() - self._told > TELL_EVERY:
            self._tell_chunks()
