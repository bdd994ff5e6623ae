"""Chunks drawn ahead of the proof and on its way: by whom, and that what the proof comes to has the last word."""

from __future__ import annotations

import asyncio
import os
import re
import signal

import pytest
import tiny
from manim import Square
from previewing import Preview

from scenes.stage import TraceScene
from studio import catalog
from studio.build import build
from studio.encode import frame_count
from studio.jobs import Chunk, ScoreRecord
from studio.order import Order
from studio.preview.drawing import Heap
from studio.preview.proving import prove
from studio.preview.scouting import samples, scout, survey
from studio.progress import Progress
from studio.store import Store

RECORD = ScoreRecord([f"{frame:032x}" for frame in range(90)])
CHUNKS = [Chunk(first, first + 29, f"{first:040x}") for first in (0, 30, 60)]


@pytest.fixture
def heap():
    found = Heap(lambda: 0)
    for chunk in CHUNKS:
        found.add(chunk, RECORD)
    return found


def test_a_chunk_is_claimed_once(heap):
    assert heap.claim(30, "scout")
    assert not heap.claim(30, "proof")
    heap.drawn(30, CHUNKS[1].key)
    assert not heap.claim(30, "proof") and heap.done == {30: "scout"}
    assert [chunk.first for chunk, _ in heap.waiting.values()] == [0, 60]


def test_what_was_drawn_but_is_not_what_the_proof_came_to_still_waits(heap):
    assert heap.claim(30, "scout")
    heap.drawn(30, "another key")
    assert CHUNKS[1].key in heap.waiting and heap.state(CHUNKS[1]) == "queued"


def test_who_ends_early_leaves_its_chunk_to_others(heap):
    async def scenario():
        heap.claim(0, "scout")
        heap.drawn(0, CHUNKS[0].key)
        heap.claim(30, "scout")
        heap.progress(30, 44)
        assert heap.state(CHUNKS[1]) == "redrawing" and heap.share(CHUNKS[1]) == 0.5
        await heap.dismiss("scout")
        assert heap.state(CHUNKS[1]) == "queued" and heap.claim(30, "proof") and not heap.claim(0, "proof")

    asyncio.run(scenario())


def test_it_is_over_when_nobody_can_draw_what_waits(heap):
    assert not heap.is_over()
    heap.complete = True
    assert not heap.is_over()  # their forks have yet to knock
    for chunk in CHUNKS:
        assert heap.advice(chunk.first, "new", "proof") == "draw"
    assert not heap.is_over()  # they are being drawn
    for chunk in CHUNKS:
        heap.release(chunk.first)
    assert heap.is_over()  # the proof has left no forks there
    heap.parked[60] = None
    assert not heap.is_over() and heap.next()[0] is CHUNKS[2]
    assert heap.claim(60, "scout") and heap.next() is None  # somebody else draws it now


def test_until_the_survey_is_back_the_proof_goes_by_how_a_chunk_begins(heap):
    heap.standing = {("a", "b", "c"), ("d", "e", "f")}
    assert heap.advice(0, "a", "proof") == "park"
    assert heap.advice(120, "b", "proof") == "draw"
    heap.suspects = [60]
    assert heap.advice(60, "d", "proof") == "draw"  # whatever it begins with
    heap.doubtful = {30}
    assert heap.advice(90, "new", "proof") == "leave"  # the survey has seen it to stand
    assert heap.advice(30, "new", "proof") == "park"  # and this too, but not the one beside it
    assert heap.advice(150, "?new", "proof") == "park"  # whoever draws it must prove it by drawing it twice


def test_what_changed_is_drawn_from_the_playhead_on_and_then_what_came_before():
    at = [75]
    heap = Heap(lambda: at[0])
    assert heap.wanted() == []
    heap.suspects = [0, 30, 60, 90, 120]
    assert heap.wanted() == [60, 90, 120]
    for first in (60, 90):
        heap.claim(first, "scout")
    heap.give_up(90)
    assert heap.wanted() == [120]
    heap.claim(120, "proof")
    heap.drawn(120, "some key")
    assert heap.wanted() == [0, 30]
    heap.release(60)
    assert heap.wanted() == [60]


# -- the children, in this process ---------------------------------------------------------------------
class Turning(TraceScene):
    """A square that turns, in two sections of which neither is whole chunks long."""

    def construct(self) -> None:
        square = Square()
        self.next_section("once")
        self.play(square.animate.rotate(1.0), run_time=2.6)
        self.next_section("again")
        self.play(square.animate.rotate(-1.0), run_time=1.0)
        self.wait(2.0)


class Told:
    """A child's line to the preview, which has it draw the chunks that begin with the frames `wanted`."""

    def __init__(self, wanted=()):
        self.wanted, self.said, self.asked = wanted, [], []

    def send(self, message, payload=b""):
        self.said.append((message, payload))

    def receive(self):
        asked = self.said[-1][0]
        if asked["kind"] not in ("begins", "wanted"):
            return {}, b""
        first = asked["first"]
        self.asked.append(first)
        return {"draw": first in self.wanted, "do": "draw" if first in self.wanted else "leave"}, b""

    def of(self, kind):
        return [message for message, _ in self.said if message["kind"] == kind]


@pytest.fixture
def told(tmp_path, monkeypatch):
    """The message that a child gets."""
    monkeypatch.setattr(os, "nice", lambda more: 0)  # this process goes on afterwards
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    monkeypatch.setattr(TraceScene, "traces", {})
    job = {"module": __name__, "name": "Turning", "traces": [], "letter": "l", "picture": [854, 480, 15]}
    drawing = {"letter": "l", "store": str(tmp_path / "store"), "encoded": {"codec": "some"}}
    memory = (str(tmp_path / "store"), "m" * 40)
    message = {"job": {**job, "scratch": str(tmp_path)}, "size": 30, "memory": memory, "drawing": drawing}
    return {**message, "park": None, "ask": True}


FIRSTS = (0, 30, 39, 69)  # frames with which chunks begin


def proved(told, line):
    """What the proof tells of the scene in the end."""
    prove(told, line)
    return ScoreRecord.from_bytes(line.said[-1][1])


def test_the_scout_and_the_proof_come_to_the_same_chunks(told, tmp_path):
    by_scout, by_proof = Told(FIRSTS), Told(FIRSTS)
    scout({**told, "wanted": FIRSTS}, by_scout)
    found = {message["first"]: message["key"] for message in by_scout.of("drawn")}
    kept = {key: Store(tmp_path / "store").get("chunk", key) for key in found.values()}
    record = proved(told, by_proof)
    assert len(record.addresses) == 84
    assert found == {message["first"]: message["key"] for message in by_proof.of("drawn")}
    assert tuple(sorted(found)) == FIRSTS
    assert [frame_count(kept[found[first]]) for first in FIRSTS] == [30, 9, 30, 15]
    assert all(Store(tmp_path / "store").get("chunk", key) == data for key, data in kept.items())


def test_a_survey_looks_at_little_and_sees_what_stepping_comes_to(told):
    line = Told()
    survey(told, line)
    (found,) = line.of("surveyed")
    seen = dict(found["seen"])
    assert sorted(seen) == [0, 15, 29, 30, 38, 39, 53, 54, 68, 69, 83]
    assert (found["sections"], found["frames"]) == ([0, 39], 84)
    record = proved(told, Told())
    assert seen == {frame: record.addresses[frame] for frame in seen}
    looked = {frame for first, last in ((0, 29), (30, 38), (39, 68), (69, 83)) for frame in samples(first, last, 30)}
    assert looked <= set(seen)


def test_a_scout_draws_what_is_wanted_and_given_to_it(told):
    line = Told({39})
    scout({**told, "wanted": [30, 39]}, line)
    assert line.asked == [30, 39]
    assert [message["first"] for message in line.of("drawn")] == [39]
    assert [message["frame"] for message in line.of("frame")] == [43, 48, 53, 58, 63, 68]


def test_the_proof_draws_what_it_is_told_to(told):
    line = Told({30})
    record = proved(told, line)
    assert tuple(line.asked) == FIRSTS
    assert [message["first"] for message in line.of("drawn")] == [30]
    assert [message["address"] for message in line.of("begins")] == [record.addresses[first] for first in FIRSTS]
    line = Told(FIRSTS)
    assert proved({**told, "ask": False, "park": []}, line) == record
    assert not line.asked and not line.of("drawn")
    told_of = [address for message in line.of("proved") for address in message["addresses"]]
    assert told_of == record.addresses[: len(told_of)] and len(told_of) > 60


# -- the whole of it ---------------------------------------------------------------------------------
TURN = "        self.play(Square().animate.rotate(1.0), run_time=4.5)\n"
ADDED = (
    "        disc.add_updater(lambda m, dt: m.shift(0.1 * dt * RIGHT))\n"  # in the last bits not what a jump comes to
)
CHANCE = "        import random\n        disc.add_updater(lambda m: m.set_opacity(1 - random.random() / 9))\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory, traces):
    folder = tmp_path_factory.mktemp("scouting")
    return tiny.make(folder / "project"), folder / "renders", traces


@pytest.fixture(scope="module")
def running(place):
    with Preview(*place, "Moving") as preview:
        preview.listen().settled()
        yield preview


def redrawn(preview, old, new):
    """Edit the scene, and wait for what the preview comes to."""
    generation = preview.generation()
    preview.edit(old, new)
    preview.until(lambda: preview.generation() > generation and preview.state() in ("fresh", "broken"))
    return preview.topics["main"]


def build_draws(place, monkeypatch):
    """Frames that a build still has to draw, and whether it has to step the scene."""
    monkeypatch.setenv("GRADREEL_TRACES", str(place[2]))
    monkeypatch.setenv("GRADREEL_RENDERS", str(place[1]))
    infos = tuple(info for info in catalog.scenes(place[0]) if info.name == "Moving")
    (found,) = build(Order(infos, root=place[0]), Progress(quiet=True))
    return found.drawn, found.stepped


@pytest.mark.parametrize("playhead", [0, 40, 97])
def test_wherever_the_playhead_stands_all_is_drawn(running, place, monkeypatch, playhead):
    running.post("playhead", show="main", frame=playhead)
    speed = f"run_time=2.0, rate_func=lambda t: t ** 1.{playhead + 1}"
    assert redrawn(running, "run_time=2.0", speed)["state"] == "fresh"
    assert build_draws(place, monkeypatch) == (0, False)
    assert redrawn(running, speed, "run_time=2.0")["state"] == "fresh"


def test_a_scene_that_adds_up_is_drawn_as_stepping_comes_to_it(running, place, monkeypatch):
    assert redrawn(running, TURN, ADDED + TURN)["state"] == "fresh"
    assert build_draws(place, monkeypatch) == (0, False)
    assert redrawn(running, ADDED, "")["state"] == "fresh"


def test_chance_never_counts_as_drawn(running):
    mistake = redrawn(running, TURN, CHANCE + TURN)["mistake"]
    assert mistake["kind"] == "Impure" and "each time" in mistake["message"]
    frame = int(re.search(r"frame (\d+)", mistake["message"])[1])
    assert 30 <= frame < 98
    assert redrawn(running, CHANCE, "")["state"] == "fresh"
