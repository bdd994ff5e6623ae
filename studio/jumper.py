"""A second way through a scene: by jumps, visiting only the frames asked for. Only `studio.stepper` is nearer to Manim.

A scene that is a pure function of its frame looks the same either way; `reel check` proves that it is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from manim import Animation, Scene

from studio.stepper import Enough, Frame, Score, StepManager, StepRenderer, Visitor

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
        assert scene.animations is not None
        scene.duration = scene.get_run_time(scene.animations)
        times = list(scene._get_animation_time_progression(scene.animations, scene.duration))
        if scene.stop_condition is not None:  # only stepping tells when it ends
            times = _until_stopped(scene, times)
        else:
            for frame in self._pick(first, len(times)):
                scene.update_to_time(times[frame - first])
                self._visit(Frame(self, scene, frame))
        for animation in scene.animations:
            animation.finish()
            animation.clean_up_from_scene(scene)
        scene.update_mobjects(0)
        self.static_image = None
        return len(times)


def _until_stopped(scene: Scene, times: list[float]) -> list[float]:
    assert scene.stop_condition is not None
    for number, time in enumerate(times):
        scene.update_to_time(time)
        if scene.stop_condition():
            return times[: number + 1]
    return times


def jump(scene_class: type[Scene], pick: Pick, visit: Visitor, met: Callable[[Scene], None] | None = None) -> Score:
    """Jump through the whole scene; `Enough` from `visit` ends it early. `met` is told of the scene before it plays.

    Manim must have been configured (`stepper.configure`) in this process.
    """
    renderer = JumpRenderer(visit, pick)
    scene = scene_class(renderer=renderer)
    StepManager(scene, renderer)
    if met is not None:
        met(scene)
    try:
        scene.setup()
        scene.construct()
        scene.tear_down()
    except Enough:
        pass
    return renderer.score
