"""Stepping that leaps over what nobody wants to see: plays before a frame are only begun and finished.

A frame is a pure function of (trace, step, layout), so a leap arrives at the same picture as a walk, but for the last
bits of positions that were reached by adding up. It serves looks, which a drawn chunk replaces; nothing is stored.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Animation, Scene, config
from tqdm import tqdm

from studio.stepper import Enough, Score, StepManager, StepRenderer, Visitor


class LeapingRenderer(StepRenderer):
    """A StepRenderer that visits no frame before number `first`, and steps as little as it can up to there.

    `first` may be raised while the scene runs.
    """

    def __init__(self, visit: Visitor, first: int) -> None:
        super().__init__(visit)
        self.first = first

    def play(self, scene: Scene, *args: Animation, **kwargs: Any) -> None:
        """Step through one call of `Scene.play`, or leap over it."""
        self.score.plays.append(self.score.frames)
        scene.compile_animation_data(*args, **kwargs)
        scene.begin_animations()
        if scene.is_current_animation_frozen_frame():
            for _ in range(self._leap(round(scene.duration * self.rate)), round(scene.duration * self.rate)):
                self._step(scene)
        else:
            scene._get_animation_time_progression = lambda animations, duration: self._times(scene, duration)
            scene.play_internal()
        self.num_plays += 1

    def _times(self, scene: Scene, duration: float) -> tqdm[float]:
        times = np.arange(0, duration, 1 / config["frame_rate"])
        if scene.stop_condition is None:  # nobody can leap to where a condition will stop
            times = times[self._leap(len(times)) :]
        return tqdm(times, disable=True)

    def _leap(self, count: int) -> int:
        """How many of the next `count` frames are passed over; the clock is set accordingly."""
        over = min(count, max(0, self.first - self.score.frames))
        self.score.frames += over
        self.time = self.score.frames / self.rate
        return over

    def _step(self, scene: Scene) -> None:
        if self.score.frames < self.first:
            self.score.frames += 1
            self.time = self.score.frames / self.rate
        else:
            super()._step(scene)


def leap(scene_class: type[Scene], visit: Visitor, first: int) -> Score:
    """Visit the frames from number `first` on; `Enough` ends it early. Manim must have been configured."""
    renderer = LeapingRenderer(visit, first)
    scene = scene_class(renderer=renderer)
    StepManager(scene, renderer)
    try:
        scene.setup()
        scene.construct()
        scene.tear_down()
    except Enough:
        pass
    return renderer.score
