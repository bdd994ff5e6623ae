"""What helps to read a scene in three dimensions: a scale of heights, threads up to points, arrows along a slope."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final, Self

import numpy as np
from manim import RIGHT, Mobject, VGroup, VMobject

from scenes import style
from scenes.parts.envelope import raised
from scenes.parts.planes import Heights
from scenes.parts.polyline import dashed, joined
from scenes.parts.projection import Box
from scenes.parts.ticks import nice_ticks, tick_text
from scenes.parts.typesetting import Formula, Text
from scenes.parts.view import View
from scenes.parts.worldmap import HALO

TICK: Final = 0.07  # length of a tick, units
GAP: Final = 0.12  # between a tick and its number


class HeightScale(VGroup):
    """An upright axis on the floor at `foot` (x, y), with round scores at its left side and a title on top."""

    def __init__(self, heights: Heights, foot: tuple[float, float], title: str, view: View, about: int = 5) -> None:
        super().__init__()
        self.heights, self.foot = heights, foot
        self.scores = nice_ticks(heights.low, heights.high, about)
        self.axis = VMobject(stroke_color=style.LABEL, stroke_width=1.6)
        self.numbers = VGroup(*(Text(text, style.LABEL_SIZE, style.LABEL) for text in tick_text(self.scores)))
        self.numbers.constant = "ticks of a scale"
        self.title = Text(title, style.LABEL_SIZE, style.LABEL)
        self.add(self.axis, self.numbers, self.title)
        self.show(view)

    def show(self, view: View) -> Self:
        """Stand where `view` sees the foot."""
        scores = np.array([self.heights.low, *self.scores, self.heights.high])
        points = np.column_stack([np.tile(self.foot, (len(scores), 1)), self.heights.of(scores)])
        seen = view.project(points)
        ticks = [np.stack([at, at - np.array([TICK, 0, 0])]) for at in seen[1:-1]]
        self.axis.points = np.concatenate([joined(line) for line in (seen[[0, -1]], *ticks)])
        for number, at in zip(self.numbers, seen[1:-1], strict=True):
            number.centre_on(at - np.array([TICK + GAP, 0, 0]), RIGHT)
        self.title.sit(seen[-1] + np.array([0, 0.14, 0]))
        return self


class Threads(VGroup):
    """Dashed uprights from points of the floor to points above them."""

    def __init__(self, feet: np.ndarray) -> None:
        super().__init__()
        self.feet = np.asarray(feet, dtype=float)
        self.lines = VMobject(stroke_color=style.TEXT, stroke_width=0.6 * style.LINE, stroke_opacity=0.8)
        self.add(self.lines)

    def show(self, view: View, heights: Any) -> Self:
        """Seen by `view`, up to `heights` (n,) world units above the feet (n, 3)."""
        tops = self.feet + np.array([0, 0, 1]) * np.reshape(heights, (-1, 1))
        seen, high = view.project(self.feet), view.project(tops)
        self.lines.points = np.concatenate([dashed(a, b) for a, b in zip(seen, high, strict=True)])
        return self


class SlopeArrows(VGroup):
    """On one sheet two arrows, along x and along y, each with its slope's name (a Typst formula) at its tip.

    They start wherever on `ground` they stay clearest of the points `around` (n, 3) in the scene.
    """

    def __init__(
        self, view: View, sheet: np.ndarray, names: Sequence[str], ground: Box, around: Sequence[np.ndarray]
    ) -> None:
        super().__init__()
        reach = 0.3 * min(ground.right - ground.left, ground.top - ground.bottom)
        ways = reach * np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
        xs = np.linspace(ground.left + 0.3 * reach, ground.right - 1.3 * reach, 7)
        ys = np.linspace(ground.bottom + 0.3 * reach, ground.top - 1.3 * reach, 7)

        def clearance(start: np.ndarray) -> float:
            seen = view.project(raised(start + ways, sheet))
            along = np.linspace(seen[0], seen[1:], 9).reshape(-1, 1, 3)
            return float(np.linalg.norm(along - np.array(around), axis=2).min())

        start = max((np.array([x, y]) for x in xs for y in ys), key=clearance)
        seen = view.project(raised(start + ways, sheet))
        for end, name in zip(seen[1:], names, strict=True):
            line = VMobject(stroke_color=style.HIGHLIGHT, stroke_width=1.4 * style.LINE)
            line.points = np.concatenate([joined(np.stack([seen[0], end])), _head(seen[0], end)])
            label = Formula(name, style.BODY_SIZE)
            label.set_stroke(style.BACKGROUND, width=HALO, opacity=0.75, background=True)
            self.add(line, label.centre_on(end + 0.35 * (end - seen[0]) / np.linalg.norm(end - seen[0])))


def _head(start: np.ndarray, tip: np.ndarray) -> np.ndarray:
    """Curves of an arrow's head at `tip`."""
    along = (tip - start) / np.linalg.norm(tip - start)
    aside = np.array([-along[1], along[0], 0.0])
    return joined(np.stack([tip - 0.17 * along + 0.09 * aside, tip, tip - 0.17 * along - 0.09 * aside]))


def _demo() -> list[Mobject]:
    heights = Heights(0.15, 0.8, -4.0, 12.0)
    view = View(azimuth=30, elevation=30, distance=26)
    feet = np.array([[0, 0, 0], [2, 1, 0], [1, -2, 0]], dtype=float)
    scale = HeightScale(heights, (-3, -3), "score", view)
    from scenes.parts.floor import Region

    ground = Region(-3, 3, -3, 3)
    arrows = SlopeArrows(view, np.array([0.2, 0.3, 1.0]), ["m_1", "m_2"], ground, [np.zeros(3)])
    return [scale, arrows, Threads(feet).show(view, heights.of([3.0, 12.0, -4.0]))]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
