"""Which missing chunk is drawn next: nearest the playhead first, on as many cores as there are. Draws nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from studio.jobs import Chunk, ScoreRecord
from studio.preview.nursery import Child
from studio.preview.wire import Message

BEHIND = 3  # a frame behind the playhead counts as this many ahead of it: what follows is looked at sooner
Told = Callable[[Child], Awaitable[tuple[Message, bytes]]]


class Impure(Exception):  # noqa: N818 (it names what was found)
    """Two processes in the same state drew different pictures: chance, a clock, or the world outside."""

    def __init__(self, frame: int) -> None:
        super().__init__(frame)
        self.frame = frame


@dataclass(slots=True)
class Heap:
    """The chunks that are still to be drawn, who draws them, and the processes that wait where each of them starts."""

    playhead: Callable[[], int]
    waiting: dict[str, tuple[Chunk, list[str]]] = field(default_factory=dict)  # key -> chunk, its addresses
    busy: dict[int, int] = field(default_factory=dict)  # first frame of a chunk being drawn -> frames drawn
    known: set[str] = field(default_factory=set)
    parked: dict[int, Child] = field(default_factory=dict)  # first frame -> who waits there
    drawers: dict[str, set[int]] = field(default_factory=dict)  # who draws without a fork -> first frames asked for
    done: set[int] = field(default_factory=set)  # first frames of chunks that those have drawn
    seen: dict[int, str] = field(default_factory=dict)  # frame -> address that scouts have come to
    proved: int = 0  # frames that the proof has come to
    complete: bool = False  # no more will come
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def add(self, chunk: Chunk, record: ScoreRecord) -> None:
        """A chunk that the store does not hold; the same one twice is drawn once."""
        if chunk.key not in self.known:
            self.known.add(chunk.key)
            self.waiting[chunk.key] = (chunk, record.addresses[chunk.first : chunk.last + 1])

    def next(self) -> tuple[Chunk, list[str]] | None:
        """The chunk that should be drawn now: of those where somebody waits, the nearest to the playhead."""
        head = self.playhead()

        def distance(chunk: Chunk) -> int:
            return max(chunk.first - head, 0) + BEHIND * max(head - chunk.last, 0)

        ready = [chunk for chunk, _ in self.waiting.values() if chunk.first in self.parked]
        return self.waiting[min(ready, key=distance).key] if ready else None

    def is_over(self) -> bool:
        """Whether no chunk is left that a fork waits for, or may still be born to draw, or that somebody draws."""
        asked = {first for firsts in self.drawers.values() for first in firsts}
        firsts = {chunk.first for chunk, _ in self.waiting.values()}
        return self.complete and not any(f in self.busy or f in self.parked or f not in asked for f in firsts)

    # -- chunks that are drawn without a fork --------------------------------------------------------
    def claim(self, first: int, drawer: str) -> bool:
        """Whether `drawer`, who has come to the chunk that begins with frame `first`, is to draw it."""
        self.drawers.setdefault(drawer, set()).add(first)
        if first in self.busy or first in self.done:
            return False
        self.busy[first] = 0
        return True

    def progress(self, first: int, frame: int) -> None:
        """Frame number `frame` of the chunk that begins with `first` is drawn."""
        if first in self.busy:
            self.busy[first] = frame - first + 1

    def drawn(self, first: int, key: str) -> None:
        """The chunk that begins with `first` is drawn, and came to `key`."""
        self.release(first)
        self.done.add(first)
        self.known.add(key)
        self.waiting.pop(key, None)

    def release(self, first: int) -> None:
        """The chunk that begins with `first` is drawn no further."""
        self.busy.pop(first, None)

    async def dismiss(self, drawer: str) -> None:
        """`drawer` has ended, whatever it was about."""
        for first in self.drawers.get(drawer, ()):
            self.release(first)
        await self.tell()

    # -- what is told ----------------------------------------------------------------------------------
    def state(self, chunk: Chunk) -> str:
        """queued, redrawing or fresh."""
        if chunk.first in self.busy:
            return "redrawing"
        return "queued" if chunk.key in self.waiting else "fresh"

    def share(self, chunk: Chunk) -> float:
        """How much of a chunk that is being drawn is done, 0 to 1."""
        return min(1.0, self.busy.get(chunk.first, 0) / chunk.frames)

    async def tell(self) -> None:
        """Something came or went: whoever waits should look again."""
        async with self.changed:
            self.changed.notify_all()


async def draw(heap: Heap, told: Told, end: Callable[[Child], None], moved: Callable[[bool], None]) -> None:
    """Be one pair of hands: have what `heap` holds drawn until it is empty and complete.

    `told(child)` waits for a child's words, `end(child)` ends it; `moved` is called for each frame drawn, with True
    when its chunk is done. Raises Impure.
    """
    while True:
        async with heap.changed:
            while (taken := heap.next()) is None:
                if heap.is_over():
                    return
                await heap.changed.wait()
            chunk, addresses = taken
            del heap.waiting[chunk.key]
            heap.busy[chunk.first] = 0
            child = heap.parked.pop(chunk.first)
        try:
            await child.send({"first": chunk.first, "last": chunk.last, "addresses": addresses})
            await _drawn(child, told, heap, chunk, moved)
        except BaseException:
            heap.waiting[chunk.key] = taken
            raise
        finally:
            heap.release(chunk.first)
            end(child)
        moved(True)


async def _drawn(child: Child, told: Told, heap: Heap, chunk: Chunk, moved: Callable[[bool], None]) -> None:
    while True:
        message, _ = await told(child)
        if message["kind"] == "drawn":
            return
        if message["kind"] == "impure":
            raise Impure(message["frame"])
        if message["kind"] == "frame":
            heap.progress(chunk.first, message["frame"])
            moved(False)
