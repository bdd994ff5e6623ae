"""Draws and encodes some chunks of a scene: by jumps as far as every frame proves itself, and then by steps.

Where the bytes go is the caller's business; nothing is stored here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence

from manim import Scene

from studio import jumper, stepper
from studio.encode import ChunkEncoder
from studio.jobs import UNSTEADY, Chunk, JobFailed, proof_of

Deliver = Callable[[Chunk, list[str], list[str], bytes], None]  # with addresses and recipes of its frames


class _Unproved(Exception):  # noqa: N818 (stepping will tell)
    """A jump has come to a frame that is not the one that stepping came to."""


def draw(
    scene_class: type[Scene],
    chunks: Sequence[Chunk],
    encoder: Callable[[], ChunkEncoder],
    deliver: Deliver,
    report: Callable[[int], None],
) -> None:
    """Hand each of `chunks` (rising, not overlapping) to `deliver`, with its frames' names if it had no key.

    What lies before and between them is jumped over as long as every frame drawn proves, by its address, to be the
    one that stepping came to; from the first that does not, the scene is stepped. A chunk with neither key nor proof is
    drawn as the jump comes to it: whoever asked will compare recipes. `report` is told how many frames
    have been drawn since it was last told.

    Raises:
        JobFailed: a frame looks different each time, so that no store may keep it.
    """
    waiting = list(reversed(chunks))  # the next one last
    if waiting[-1].first and all(chunk.proof or not chunk.key for chunk in waiting):
        with contextlib.suppress(_Unproved):
            jumper.jump(scene_class, _pick(chunks), _visitor(scene_class, waiting, encoder, deliver, report, True))
    if waiting:
        stepper.step(scene_class, _visitor(scene_class, waiting, encoder, deliver, report, False))


def _pick(chunks: Sequence[Chunk]) -> jumper.Pick:
    """The frames of `chunks`, for a jumper."""

    def pick(first: int, count: int) -> list[int]:
        end = first + count
        return [n for c in chunks for n in range(max(c.first, first), min(c.last + 1, end))]

    return pick


def _visitor(
    scene_class: type[Scene],
    waiting: list[Chunk],
    encoder: Callable[[], ChunkEncoder],
    deliver: Deliver,
    report: Callable[[int], None],
    by_jumps: bool,
) -> stepper.Visitor:
    """Draws the frames of the chunks `waiting`, the next one last; a chunk that is done waits no longer."""
    current: list[ChunkEncoder] = []
    names: list[str] = []
    addresses: list[str] = []  # of a chunk without a key, which is known by recipes

    def visit(frame: stepper.Frame) -> None:
        chunk = waiting[-1]
        if frame.index < chunk.first:
            return
        name = frame.name if chunk.key else frame.recipe
        if frame.index == chunk.first:
            current[:] = [encoder()]
            names.clear()
            addresses.clear()
        astray = chunk.proof and frame.index == chunk.first and name != chunk.opening
        if by_jumps and (astray or name.startswith("?")):
            report(-len(names))
            raise _Unproved
        current[0].add(None if names[-1:] == [name] else frame.draw())
        if not chunk.key:
            addresses.append(addresses[-1] if names[-1:] == [name] else frame.name)
        names.append(name)
        report(1)
        if frame.index == chunk.last:
            if chunk.proof and proof_of(names) != chunk.proof:
                report(-len(names))
                if by_jumps:
                    raise _Unproved
                raise JobFailed(UNSTEADY.format(scene_class.__name__, chunk.first, chunk.last), 1)
            deliver(chunk, addresses.copy(), names.copy(), current.pop().finish())
            waiting.pop()
            if not waiting:
                raise stepper.Enough

    return visit
