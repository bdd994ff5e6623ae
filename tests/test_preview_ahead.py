"""Drawing ahead of the proof: who may draw which chunk, and what becomes of what was drawn in vain."""

import asyncio

import pytest

from studio.jobs import Chunk, ScoreRecord
from studio.preview.drawing import Heap, draw_ahead
from studio.preview.wire import WireError

FIRST, SECOND = Chunk(0, 29, "one"), Chunk(30, 59, "two")
RECORD = ScoreRecord([f"{frame}" for frame in range(60)])


class Child:
    """Says what it was told to say, and keeps what it hears."""

    def __init__(self, *words):
        self.words, self.heard = list(words), []

    async def send(self, message):
        self.heard.append(message["go"])


async def told(child):
    if not child.words:
        raise WireError("gone")
    return child.words.pop(0), b""


def follow(heap, *words):
    async def run():
        child, moved = Child(*words), []
        try:
            await draw_ahead(heap, told, child, moved.append)
        finally:
            run.heard, run.moved = child.heard, moved

    asyncio.run(run())
    return run.heard, run.moved


def test_what_nobody_has_come_to_may_be_drawn_and_what_is_done_may_not():
    heap = Heap(lambda: 0, passed=40)
    heap.add(SECOND, RECORD)
    heard, moved = follow(
        heap,
        {"kind": "wish", "first": 0},  # passed, and not waiting: it is drawn, or another draws it
        {"kind": "wish", "first": 30},  # waiting
        {"kind": "drawn", "first": 30, "key": "two"},
        {"kind": "wish", "first": 60},  # not yet known
        {"kind": "done"},
    )
    assert heard == [False, True, True] and moved == ["two"]
    assert not heap.waiting and not heap.ahead


def test_a_chunk_that_is_drawn_ahead_is_nobody_elses_until_it_is_done():
    heap = Heap(lambda: 0)
    assert heap.claim(30)
    heap.passed = 60
    for chunk in (FIRST, SECOND):
        heap.add(chunk, RECORD)
        heap.parked[chunk.first] = None
    assert heap.next()[0] is FIRST and heap.state(SECOND) == "redrawing"
    del heap.waiting["one"]
    assert heap.next() is None
    heap.ahead.clear()
    assert heap.next()[0] is SECOND and heap.state(SECOND) == "queued"


def test_what_was_drawn_in_vain_is_drawn_again():
    heap = Heap(lambda: 0, passed=60)
    heap.add(SECOND, RECORD)
    follow(heap, {"kind": "wish", "first": 30}, {"kind": "drawn", "first": 30, "key": "other"}, {"kind": "done"})
    assert list(heap.waiting) == ["two"]


def test_nothing_stays_claimed_when_the_child_dies():
    heap = Heap(lambda: 0)
    with pytest.raises(WireError):
        follow(heap, {"kind": "wish", "first": 30})
    assert not heap.ahead
