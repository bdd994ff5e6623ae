"""Does a frame look the same however it is reached? Visits frames of a scene a second time, by jumps, and compares.

The second visit is a fresh instance of the scene, brought to every thirteenth frame by a jump (no frame between is
shown to it). There it is updated twice, and sent to another training step and back. A frame of a scene that is a
pure function of (trace, step, layout) stands all three; updaters that integrate, traced paths, dice and clocks do not.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from manim import Mobject, Scene

from engine.trace import TraceError
from scenes.camera import display_list
from studio.check.seen import signature_of, worked_on
from studio.check.sight import Tell

EVERY: Final = 13  # one frame in so many is visited again

_GRID: Final = 1e5  # steps in one unit
Look = list[tuple[int, int]]  # for each thing drawn, in order: its id and a hash of its looks


def looks(drawn: Sequence[Mobject]) -> Look:
    """What is drawn, so that two visits can be compared."""
    return [(id(mobject), hash((_rounded(mobject.points), *signature_of(mobject)[1:]))) for mobject in drawn]


def _rounded(points: np.ndarray) -> bytes:
    """Points to a thousandth of a pixel: two ways to one place may differ in the last bit of a number.

    The odd offset keeps values that people write, such as 0.25, away from where rounding turns.
    """
    return np.floor(points * _GRID + 0.3817).astype(np.int64).tobytes()


def wanted(first: int, count: int) -> list[int]:
    """Frames of a play that are visited twice."""
    return [frame for frame in range(first, first + count) if frame % EVERY == 0]


class SecondVisit:
    """Visits frames by jumps and compares them with the `first` visit: frame -> looks, kept while stepping.

    `steps` are those that were on screen then, by section.
    """

    def __init__(self, first: dict[int, Look], steps: Mapping[str, list[int]], tell: Tell) -> None:
        self._first, self._steps, self._tell = first, steps, tell
        self._told: set[int] = set()

    def visit(self, frame: Any) -> None:
        """Compare one frame with its first visit, then with itself."""
        scene = frame.scene
        before = _looks(scene)
        known = self._first.get(frame.index)
        if known is None:
            return
        if [look for _, look in before] != [look for _, look in known]:
            self._compare(scene, before, known, "looks different when the frame is reached by a jump")
            return
        scene.update_mobjects(1 / 15)
        again = _looks(scene)
        self._compare(scene, again, before, "changes when the same frame is updated twice")
        other = self._another_step(scene, frame.section)
        if other is None or again != before:
            return
        here = scene.step.get_value()
        for step in (other, here):
            scene.step.set_value(step)
            with contextlib.suppress(TraceError) if step == other else contextlib.nullcontext():
                scene.update_mobjects(0)  # a part that was not on stage at that step may have nothing to show for it
        self._compare(scene, _looks(scene), before, f"depends on what was shown before: differs after step {other}")

    def _another_step(self, scene: Scene, section: str) -> int | None:
        """A step of the same section far from the one on screen; None while animations are changing other things."""
        steps = self._steps.get(section, [])
        if not hasattr(scene, "step") or len(steps) < 2:
            return None
        moving = worked_on(scene.animations) - {id(scene.step)}
        if any(id(member) in moving for root in scene.mobjects for member in root.get_family()):
            return None
        now = scene.now()
        return min(steps) if now > (min(steps) + max(steps)) / 2 else max(steps)

    def _compare(self, scene: Scene, now: Look, before: Look, what: str) -> None:
        family = {id(m): m for root in scene.mobjects for m in root.get_family()}
        if len(now) != len(before):
            at = next((i for i, (a, b) in enumerate(zip(now, before, strict=False)) if a[1] != b[1]), -1)
            culprit = family.get(now[at][0]) if now else None
            self._say(culprit, f"{what}: {len(now)} things are drawn instead of {len(before)}")
            return
        for (mine, look), (_, known) in zip(now, before, strict=True):
            if look != known:
                self._say(family.get(mine), what)

    def _say(self, mobject: Mobject | None, what: str) -> None:
        if id(mobject) not in self._told:
            self._told.add(id(mobject))
            self._tell("stateful", what, *([mobject] if mobject is not None else []))


def _looks(scene: Scene) -> Look:
    return looks(display_list([*scene.mobjects, *scene.foreground_mobjects]))
