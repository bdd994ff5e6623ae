"""Which missing chunk is drawn next: nearest the playhead first, on as many cores as there are. Draws nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from studio.jobs import Chunk, ScoreRecord
from studio.preview.nursery import Child
from studio.preview.wire import Message

BEHIND = 3  # a frame behind the playhead counts as this many ahead of it: what follows is looked at sooner
Signature = tuple[str, str, str]  # addresses of a chunk's first frame, of one in its middle, of its last
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
    standing: set[Signature] = field(default_factory=set)  # of the chunks that were drawn before
    survey: asyncio.Task[None] | None = None  # which finds out what has changed
    suspects: list[int] | None = None  # first frames of chunks that have changed, as soon as a survey has told
    doubtful: set[int] = field(default_factory=set)  # first frames of the other chunks in sections where some have
    drawers: dict[int, str] = field(default_factory=dict)  # first frame of a chunk -> who draws it, without a fork
    done: dict[int, str] = field(default_factory=dict)  # the same, of chunks that are drawn
    given_up: set[int] = field(default_factory=set)  # first frames of chunks that only a fork should draw
    forkless: set[int] = field(default_factory=set)  # first frames of chunks where the proof has left no fork
    seen: dict[int, str] = field(default_factory=dict)  # frame -> address that a survey has come to
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

        ready = [c for c, _ in self.waiting.values() if c.first in self.parked and c.first not in self.busy]
        return self.waiting[min(ready, key=distance).key] if ready else None

    def is_over(self) -> bool:
        """Whether no chunk is left that a fork waits for, or may still be born to draw, or that somebody draws."""
        firsts = {chunk.first for chunk, _ in self.waiting.values()}
        return self.complete and not any(f in self.busy or f in self.parked or f not in self.forkless for f in firsts)

    # -- chunks that are drawn without a fork --------------------------------------------------------
    def claim(self, first: int, drawer: str) -> bool:
        """Whether `drawer`, who has come to the chunk that begins with frame `first`, is to draw it."""
        if not self._is_free(first):
            return False
        self.busy[first], self.drawers[first] = 0, drawer
        return True

    def advice(self, first: int, address: str, drawer: str) -> str:
        """What the proof is to do where a chunk begins: "park" a fork, "draw" it, or "leave" it."""
        if self.suspects is None:
            may_have_changed = any(opening == address for opening, _, _ in self.standing)
        else:  # the survey has seen three frames of it; in a section where others changed, others of it may have too
            may_have_changed = first in self.doubtful
        if address.startswith("?") or may_have_changed:
            return "park"
        self.forkless.add(first)
        changed = self.suspects is None or first in self.suspects
        return "draw" if changed and self.claim(first, drawer) else "leave"

    def wanted(self) -> list[int]:
        """First frames of chunks that have changed and that nobody draws: from the playhead's on, or all of them."""
        rest = [first for first in self.suspects or () if self._is_free(first)]
        here = max((first for first in self.suspects or () if first <= self.playhead()), default=0)
        return [first for first in rest if first >= here] or rest

    def _is_free(self, first: int) -> bool:
        return first not in self.busy and first not in self.done and first not in self.given_up

    def progress(self, first: int, frame: int) -> None:
        """Frame number `frame` of the chunk that begins with `first` is drawn."""
        if first in self.busy:
            self.busy[first] = frame - first + 1

    def drawn(self, first: int, key: str) -> None:
        """The chunk that begins with `first` is drawn, and came to `key`."""
        self.done[first] = self.drawers.get(first, "")
        self.release(first)
        self.known.add(key)
        self.waiting.pop(key, None)

    def release(self, first: int) -> None:
        """The chunk that begins with `first` is drawn no further."""
        self.busy.pop(first, None)
        self.drawers.pop(first, None)

    def give_up(self, first: int) -> None:
        """The chunk that begins with `first` can only be drawn by a fork."""
        self.release(first)
        self.given_up.add(first)

    async def dismiss(self, drawer: str) -> None:
        """`drawer` has ended, whatever it was about."""
        for first in [first for first, who in self.drawers.items() if who == drawer]:
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
