"""One state of a scene as the rules are given it, and the observer that makes one for each state that differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from manim import Camera, Mobject, Scene

from scenes.camera import display_list
from studio.check.geometry import Box
from studio.check.seen import Cast, Seen, Words, worked_on

Tell = Callable[..., None]  # (kind, what, *mobjects): see Collector.tell
Faults = list[tuple[str, str, tuple[Mobject, ...]]]
_HD: Final = 1920  # columns that "pixels at 1080p" mean


@dataclass(frozen=True, slots=True)
class View:
    """What the camera sees: a box of the scene, and the colour behind everything (red, green, blue in 0 … 1)."""

    box: Box
    background: tuple[float, float, float]

    @property
    def pixel(self) -> float:
        """Units of one pixel at 1080p."""
        return (self.box[2] - self.box[0]) / _HD

    @classmethod
    def of(cls, camera: Camera) -> View:
        """The camera's present view."""
        x, y = float(camera.frame_center[0]), float(camera.frame_center[1])
        wide, high = float(camera.frame_width) / 2, float(camera.frame_height) / 2
        red, green, blue = (float(c) for c in camera.background_color.to_rgb())
        return cls((x - wide, y - high, x + wide, y + high), (red, green, blue))


@dataclass(slots=True)
class Sight:
    """A state of the scene at the moment a frame would be drawn."""

    scene: Any
    time: float
    section: str
    step: int
    view: View
    seen: list[Seen]  # in drawing order
    words: list[Words]  # in drawing order
    changed: set[int]  # ids of the mobjects that look different from the state before, or were not in it
    appeared: set[int]  # those that were not in it
    animated: frozenset[int]  # ids of the mobjects in passage

    def rests(self, thing: Seen | Words) -> bool:
        """Whether no animation is changing it."""
        return id(thing.mobject) not in self.animated


class Observer:
    """Looks at every frame of a scene and makes a `Sight` of those that differ from the one before."""

    def __init__(self) -> None:
        self._cast = Cast()
        self._last: list[int] = []
        self._before: tuple[Any, ...] = ()
        self._animations: Any = None
        self._animated: frozenset[int] = frozenset()
        self.seen: list[Seen] = []  # what was drawn when last looked

    def look(self, scene: Scene, time: float, section: str) -> Sight | None:
        """What there is to see now; None when it is just what there was to see before."""
        roots = [*scene.mobjects, *scene.foreground_mobjects]
        drawn = display_list(roots)
        seen = self.seen = self._cast.of(roots, drawn)
        changed = {id(one.mobject) for one in seen if one.look()}
        ids = [id(mobject) for mobject in drawn]
        view = View.of(scene.renderer.camera)
        animated = self._worked_on(scene)
        step = int(scene.now()) if hasattr(scene, "now") else 0
        before = (view, animated, step)
        if not changed and ids == self._last and before == self._before:
            return None
        appeared = set(ids) - set(self._last) if ids != self._last else set()
        self._last, self._before = ids, before
        words = _gather(seen)
        return Sight(scene, time, section, step, view, seen, words, changed | appeared, appeared, animated)

    def _worked_on(self, scene: Scene) -> frozenset[int]:
        if scene.animations is not self._animations:
            self._animations = scene.animations
            self._animated = worked_on(scene.animations)
        return self._animated


def _gather(seen: list[Seen]) -> list[Words]:
    """The texts that the drawn things belong to, each told which of its leaves are drawn."""
    found: dict[int, Words] = {}
    for order, one in enumerate(seen):
        one.order = order
        words = one.words
        if words is not None:
            if id(words) not in found:
                found[id(words)] = words
                words.leaves = []
            words.leaves.append(one)
    for words in found.values():
        words.look()
    return list(found.values())


def boxes(things: list[Seen] | list[Words]) -> np.ndarray:
    """Their boxes: (n, 4)."""
    return np.array([thing.box for thing in things]).reshape(-1, 4)
