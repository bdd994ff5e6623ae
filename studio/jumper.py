"""A second way through a scene: by jumps, visiting only the frames asked for. Only `studio.stepper` is nearer to Manim.

A scene that is a pure function of its frame looks the same either way; `reel check` proves that it is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from manim import Animation, Scene

from studio.stepper import Frame, Score, StepRenderer, Visitor, run, times

Pick = Callable[[int, int], Iterable[int]]  # (first frame of a play, number of its frames) -> frames wanted, rising


class JumpRenderer(StepRenderer):
    """Steps plays as a whole: sets the scene to the frames that `pick` wants of each, then straight to its end."""

    def __init__(self, visit: Visitor, pick: Pick) -> None:
        super().__init__(visit)
        self._pick = pick

    def play(self, scene: Scene, *args: Animation, **kwargs: Any) -> None:
        """Jump through one call of `Scene.play`."""
        self.score.plays.append(self.score.frames)
        self.begin(scene, *args, **kwargs)
        first = self.score.frames
        if scene.is_current_animation_frozen_frame():
            count = round(scene.duration * self.rate)
            for frame in self._pick(first, count):
                self._visit(Frame(self, scene, frame))
        else:
            count = self._jump_through(scene, first)
        self.score.frames = first + count
        self.time = self.score.frames / self.rate
        self.num_plays += 1

    def _jump_through(self, scene: Scene, first: int) -> int:
        """Visit the wanted frames of a play and end it; returns how many frames it has."""
        moments = times(scene)
        if scene.stop_condition is not None:  # only stepping tells when it ends
            moments = _until_stopped(scene, moments)
        else:
            for frame in self._pick(first, len(moments)):
                scene.update_to_time(moments[frame - first])
                self._visit(Frame(self, scene, frame))
        self.end(scene)
        return len(moments)


def _until_stopped(scene: Scene, moments: list[float]) -> list[float]:
    assert scene.stop_condition is not None
    for number, moment in enumerate(moments):
        scene.update_to_time(moment)
        if scene.stop_condition():
            return moments[: number + 1]
    return moments


def jump(scene_class: type[Scene], pick: Pick, visit: Visitor, met: Callable[[Scene], None] | None = None) -> Score:
    """Jump through the whole scene; `Enough` from `visit` ends it early. `met` is told of the scene before it plays.

    Manim must have been configured (`stepper.configure`) in this process.
    """
    return run(scene_class, JumpRenderer(visit, pick), met)
