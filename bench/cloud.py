"""Five thousand moving points at 1080p: the house's cloud beside Manim's own dots, in milliseconds a frame."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from manim import Dot, PMobject, ValueTracker, VGroup

from bench.frames import Cost, encoding, job_of, rendering
from scenes import style
from scenes.layout import STAGE
from scenes.parts.cloud import Cloud, bead_radius, demo_points
from scenes.stage import TraceScene

COUNT = 5000
GROUPS = 4
HERE, THERE = demo_points(COUNT, GROUPS)[0], demo_points(COUNT, GROUPS, seed=9)[0][::-1]
GOAL = 15.0  # frames a second


def main() -> None:
    """Each kind of dots moves for a second and a half; the slow ones are measured on a few of those frames."""
    job = job_of("MapOfLanguage")
    made = {
        "Manim's Dot, 5 000 of them": (_dots, 6),
        "Manim's PMobject (hard squares, no glow)": (_squares, 30),
        "the house's Cloud (antialiased, glowing)": (_cloud, 60),
    }
    print(f"{COUNT} points moving at 1920 × 1080, drawn and encoded, CPU of one core:")
    costs: dict[str, Cost] = {}
    for name, (part, frames) in made.items():
        costs[name] = rendering(job, _few(frames), partial(_scene_of, part))
        print(f"  {name:<44} {costs[name].each:8.1f} ms a frame   {1000 / costs[name].each:6.1f} frames a second")
    floor = encoding(job, _few(60), partial(_scene_of, _cloud))
    house = costs["the house's Cloud (antialiased, glowing)"]
    print(f"  {'encoding alone of the cloud':<44} {floor.each:8.1f} ms a frame; drawing it is the rest")
    verdict = "reached" if 1000 / house.each >= GOAL else "MISSED"
    ratio = costs["Manim's Dot, 5 000 of them"].each / house.each
    print(f"  the cloud takes 1/{ratio:.0f} of the dots' time; goal {GOAL:.0f} frames a second: {verdict}")


def _places(way: float) -> np.ndarray:
    """(COUNT, 2) scene points on the way from one arrangement to another."""
    return np.asarray(1.4 * (HERE + way * (THERE - HERE)))


def _few(frames: int) -> Callable[[int], bool]:
    """Which frames are measured: `frames` of them, from the tenth on."""
    return lambda number: 10 <= number < 10 + frames


def _scene_of(part: Callable[[ValueTracker], Any], replaced: object) -> type[TraceScene]:
    """A scene of the part alone, in place of any other."""

    class Moving(TraceScene):
        """Nothing but the points."""

        def construct(self) -> None:
            """A second and a half of movement."""
            way = ValueTracker(0.0)
            self.add(part(way))
            self.play(way.animate(run_time=1.5).set_value(1.0))

    return Moving


def _cloud(way: ValueTracker) -> Any:
    kinds = demo_points(COUNT, GROUPS)[1]
    cloud = Cloud(STAGE, style.CLASS_COLOURS[:GROUPS], kinds, bead_radius(COUNT, STAGE.width * STAGE.height))
    return cloud.add_updater(lambda _: cloud.show(_places(way.get_value())), call_updater=True)


def _dots(way: ValueTracker) -> Any:
    kinds = demo_points(COUNT, GROUPS)[1]
    dots = VGroup(*(Dot(radius=0.03, color=style.CLASS_COLOURS[kind]) for kind in kinds))
    shapes = [dot.points.copy() for dot in dots]

    def show(_: Any) -> None:
        for dot, shape, place in zip(dots, shapes, _places(way.get_value()), strict=True):
            dot.points = shape + np.append(place, 0.0)

    return dots.add_updater(show, call_updater=True)


def _squares(way: ValueTracker) -> Any:
    kinds = demo_points(COUNT, GROUPS)[1]
    cloud: Any = PMobject(stroke_width=8)
    for group in range(GROUPS):
        count = int((kinds == group).sum())
        cloud.add_points(np.zeros((count, 3)), color=style.CLASS_COLOURS[group])
    order = np.argsort(kinds, kind="stable")

    def show(_: Any) -> None:
        cloud.points = np.pad(_places(way.get_value())[order], ((0, 0), (0, 1)))

    return cloud.add_updater(show, call_updater=True)


if __name__ == "__main__":
    main()
