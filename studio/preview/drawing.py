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
    """The chunks that are still to be drawn, and the processes that wait where each of them starts."""

    playhead: Callable[[], int]
    waiting: dict[str, tuple[Chunk, list[str]]] = field(default_factory=dict)  # key -> chunk, its addresses
    busy: dict[str, float] = field(default_factory=dict)  # key -> share drawn
    known: set[str] = field(default_factory=set)
    parked: dict[int, Child] = field(default_factory=dict)  # first frame -> who waits there
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

    def state(self, chunk: Chunk) -> str:
        """queued, redrawing or fresh."""
        if chunk.key in self.waiting:
            return "queued"
        return "redrawing" if chunk.key in self.busy else "fresh"

    async def tell(self) -> None:
        """Something came or went: whoever waits should look again."""
        async with self.changed:
            self.changed.notify_all()


async def draw(heap: Heap, told: Told, store: str, end: Callable[[Child], None], moved: Callable[[str], None]) -> None:
    """Be one pair of hands: have what `heap` holds drawn until it is empty and complete.

    `told(child)` waits for a child's words, `end(child)` ends it; `moved` is called for each frame drawn, with the
    chunk's key when that is done. Raises Impure.
    """
    while True:
        async with heap.changed:
            while (taken := heap.next()) is None:
                if heap.complete and not heap.waiting:
                    return
                await heap.changed.wait()
            chunk, addresses = taken
            del heap.waiting[chunk.key]
            heap.busy[chunk.key] = 0.0
            child = heap.parked.pop(chunk.first)
        try:
            order = {"first": chunk.first, "last": chunk.last, "key": chunk.key, "addresses": addresses, "store": store}
            await child.send(order)
            await _drawn(child, told, heap, chunk, moved)
        except BaseException:
            heap.waiting[chunk.key] = taken
            raise
        finally:
            heap.busy.pop(chunk.key, None)
            end(child)
        moved(chunk.key)


async def _drawn(child: Child, told: Told, heap: Heap, chunk: Chunk, moved: Callable[[str], None]) -> None:
    while True:
        message, _ = await told(child)
        if message["kind"] == "drawn":
            return
        if message["kind"] == "impure":
            raise Impure(message["frame"])
        if message["kind"] == "frame":
            heap.busy[chunk.key] = (message["frame"] - chunk.first + 1) / chunk.frames
            moved("")
