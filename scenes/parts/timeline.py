"""A road through the years, seen in perspective: posts for years, and cards that come up at theirs and pass by.

What stands on the cards is for others to say; the years are numbers like any others.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final, Self

import numpy as np
from manim import Group, Mobject, VGroup, VMobject

from scenes import style
from scenes.parts.outlines import filled
from scenes.parts.polyline import joined
from scenes.parts.ribbons import circle
from scenes.parts.typesetting import Text

DEPTH: Final = 6.0  # years ahead at which things look half as large
NEAR: Final = (0.52, 0.9)  # sizes between which a coming card fades in
GONE: Final = (1.0, 1.05)  # sizes between which a passing card fades out
_POST: Final = 0.34  # height of a year's post, units
_AHEAD: Final = 45  # years ahead to which posts are drawn
_HAZE: Final = ((0.55, 1.0), (0.25, 0.65), (0.0, 0.3))  # sizes from which posts have which opacity


class Card(VGroup):
    """Things that stand at one year. `settle` remembers how they look now, `place` shows that elsewhere in any size."""

    def __init__(self, *parts: Mobject, foot: np.ndarray) -> None:
        super().__init__(*parts)
        self.foot = np.asarray(foot, dtype=float)
        self.settle()

    def settle(self) -> Self:
        """Take the present look as the one to be shown; the card must stand at its full size."""
        self._looks = [
            (m, m.points - self.foot, m.fill_rgbas.copy(), m.stroke_rgbas.copy(), m.stroke_width)
            for m in self.get_family()
            if isinstance(m, VMobject)
        ]
        return self

    def place(self, foot: np.ndarray, size: float, opacity: float) -> Self:
        """Stand on `foot`, `size` times as large as when settled."""
        for mobject, points, fill, stroke, width in self._looks:
            mobject.points = foot + size * points if len(points) else points
            mobject.fill_rgbas, mobject.stroke_rgbas = fill.copy(), stroke.copy()
            mobject.fill_rgbas[:, 3] *= opacity
            mobject.stroke_rgbas[:, 3] *= opacity
            mobject.stroke_width = width * size
        return self


class Timeline(Group):
    """A road from `near`, where the present year stands, to the point `far` in which the future vanishes.

    `years` have a post with a dot. `show(now)` puts posts and cards where they are at that time, fractions included.
    The road goes on behind the present to where things look `largest`.
    """

    def __init__(
        self, near: np.ndarray, far: np.ndarray, years: Sequence[float], first: int = 1950, largest: float = 1.09
    ) -> None:
        super().__init__()
        self.near, self.far = np.asarray(near, dtype=float), np.asarray(far, dtype=float)
        self.years, self.largest = tuple(years), largest
        self.cards: dict[float, Card] = {}
        self.road = VMobject(stroke_color=style.LABEL, stroke_width=style.LINE)
        self.posts = [VMobject(stroke_color=style.LABEL, stroke_width=2.2, stroke_opacity=o) for _, o in _HAZE]
        self.dots = [filled(circle(0.1), style.TEXT) for _ in self.years]
        self.add(self.road, *self.posts, *self.dots)
        self.show(float(first))

    def size_at(self, year: float, now: float) -> float:
        """How large things at `year` look, 1 at the present; they are past the eye from `DEPTH` years on."""
        return DEPTH / max(DEPTH + year - now, 1e-3)

    def foot_at(self, size: float) -> np.ndarray:
        """Where on the road things of that size stand: (3,)."""
        return np.asarray(self.far + size * (self.near - self.far))

    def stand(self, year: float, card: Card) -> Card:
        """Let `card`, which stands at its full size on the near end, belong to a year; add it to the scene yourself."""
        self.cards[year] = card
        return card

    def show(self, now: float) -> Self:
        """Show the road at the time `now`."""
        behind = DEPTH * (1 - 1 / self.largest)
        start, end = self.foot_at(self.size_at(now - behind, now)), self.foot_at(self.size_at(now + 400, now))
        self.road.points = joined(np.array([start, end]))
        years = np.arange(np.ceil(now - behind), np.floor(now) + _AHEAD + 1)
        sizes = DEPTH / (DEPTH + years - now)
        heights = np.where(years % 10 == 0, 2.0, 1.0) * _POST
        upper = 10.0
        for posts, (lower, _) in zip(self.posts, _HAZE, strict=True):
            here = (sizes > lower) & (sizes <= upper)
            feet = self.far + sizes[here, None] * (self.near - self.far)
            tops = feet + np.stack([0 * sizes[here], sizes[here] * heights[here], 0 * sizes[here]], axis=1)
            lines = [joined(np.array(pair)) for pair in zip(feet, tops, strict=True)]
            posts.points = np.concatenate(lines) if lines else np.empty((0, 3))
            upper = lower
        for year, dot in zip(self.years, self.dots, strict=True):
            size = self.size_at(year, now)
            seen = size <= self.largest
            dot.points = circle(0.11 * size) + self.foot_at(size) if seen else np.empty((0, 3))
        for year, card in self.cards.items():
            size = self.size_at(year, now)
            card.place(self.foot_at(size), size, _ramp(size, *NEAR) * (1 - _ramp(size, *GONE)))
        return self


def _ramp(value: float, start: float, end: float) -> float:
    share = float(np.clip((value - start) / (end - start), 0.0, 1.0))
    return share * share * (3 - 2 * share)


def _demo() -> list[Mobject]:
    near, far = np.array([-5.6, -2.2, 0]), np.array([6.3, -1.3, 0])
    line = Timeline(near, far, (1960, 1969, 1974, 1986))
    shown: list[Mobject] = [line]
    for year in (1960, 1969):
        words = Text(f"a card at {year}", 60).move_to([-1.5, 0.5, 0])
        shown.append(line.stand(year, Card(words, foot=near)))
    line.show(1965.5)
    return shown


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
