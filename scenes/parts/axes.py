"""Two scales at right angles: ticks, titles, and where a pair of numbers lies. What is drawn on them is in `curve`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Mobject, VGroup, VMobject

from scenes import style
from scenes.parts.frame import Frame
from scenes.parts.polyline import joined
from scenes.parts.ticks import nice_ticks, tick_text
from scenes.parts.typesetting import CAPITAL, Formula, OnBaseline, Text

_GAP: Final = 0.13  # between a tick and its number, an axis and its title
_TICK: Final = 0.06  # half the length of a tick


class Axes(VGroup):
    """A plane of numbers in a box of `width` × `height` units, tick numbers and titles included.

    The axes cross at zero where a range holds it, else at its lower end (`corner=True`: always there). Ticks stand at
    round numbers, about as many as asked, or exactly at those given; an empty sequence means none. Ticks and numbers
    keep to the plane's lower and left edge, where no curve runs over them, or to the axes (`inside=True`). Titles are
    strings or mobjects: the x title beyond the axis's end, the y title above its top.
    """

    def __init__(
        self,
        x_range: tuple[float, float],
        y_range: tuple[float, float],
        width: float = 6.0,
        height: float = 4.0,
        *,
        x_title: str | Mobject = "",
        y_title: str | Mobject = "",
        x_ticks: int | Sequence[float] = 5,
        y_ticks: int | Sequence[float] = 5,
        corner: bool = False,
        inside: bool = False,
        grid: bool = False,
        tick_size: float = style.SMALL_SIZE,
        title_size: float = style.LABEL_SIZE,
    ) -> None:
        super().__init__()
        self.x_range, self.y_range = _range(x_range), _range(y_range)
        self.crossing = (_cross(self.x_range, corner), _cross(self.y_range, corner))
        # where the rows of numbers stand: the y of the x numbers' row, the x of the y numbers' column
        self._rows = self.crossing if inside else (self.x_range[0], self.y_range[0])
        self._xs, self._ys = _ticks(x_ticks, self.x_range), _ticks(y_ticks, self.y_range)
        self.x_numbers = _numbers(self._xs, tick_size)
        self.y_numbers = _numbers(self._ys, tick_size)
        self.x_title, self.y_title = (_title(title, title_size) for title in (x_title, y_title))
        self.frame = Frame(self.x_range[0], self.y_range[0], self.x_range[1], self.y_range[1])
        self._fit_frame(width, height, tick_size / 96)
        self._build_lines(grid)
        self._place_labels(tick_size / 96)
        self.add(self.frame, self.grid, self.ticks, self.lines, self.x_numbers, self.y_numbers)
        self.add(*(title for title in (self.x_title, self.y_title) if title is not None))

    # -- where numbers lie ---------------------------------------------------------------------
    def point(self, x: float, y: float) -> np.ndarray:
        """Present place (3,) of a pair of numbers, inside the plane or not."""
        return self.frame.at(x, y)

    def places(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        """Present places (n, 3) of pairs of numbers."""
        return self.frame.place(np.stack([np.asarray(xs, dtype=float), np.asarray(ys, dtype=float)], axis=1))

    # -- building ------------------------------------------------------------------------------
    def _fit_frame(self, width: float, height: float, em: float) -> None:
        """Lay the plane into the box so that numbers and titles find room around it."""
        wide = max((label.width for label in self.y_numbers), default=-_GAP - _TICK) + _GAP + _TICK
        deep = CAPITAL * em + _GAP + _TICK if len(self.x_numbers) else 0.0
        across, up = self._shares()
        # numbers at the ends of the scales stick out by half
        self._overhang = self.x_numbers[-1].width / 2 * _nearness(self._xs, self.x_range) if self._xs.size else 0.0
        right = self._overhang + (self.x_title.width + _GAP if self.x_title is not None else 0.0)
        top = self.y_title.height + _GAP if self.y_title is not None else 0.0
        top = max(top, CAPITAL * em / 2 * _nearness(self._ys, self.y_range) if self._ys.size else 0.0)
        left = max(0.0, (wide - across * (width - right)) / (1 - across)) if across < 1 else 0.0
        below = max(0.0, (deep - up * (height - top)) / (1 - up)) if up < 1 else 0.0
        if self._xs.size:
            left = max(left, self.x_numbers[0].width / 2 * _nearness(-self._xs[::-1], _mirrored(self.x_range)))
        if self._ys.size:
            below = max(below, CAPITAL * em / 2 * _nearness(-self._ys[::-1], _mirrored(self.y_range)))
        x0, x1 = -width / 2 + left, width / 2 - right
        y0, y1 = -height / 2 + below, height / 2 - top
        if not (x1 > x0 and y1 > y0):
            raise ValueError(f"axes of {width} × {height} units leave no room beside their numbers and titles")
        self.frame.points = np.array([[x0, y0, 0.0], [x1, y0, 0.0], [x0, y1, 0.0], [x1, y1, 0.0]])

    def _shares(self) -> tuple[float, float]:
        """Where the rows of numbers stand, as shares of the plane's width and height."""
        (x0, x1), (y0, y1) = self.x_range, self.y_range
        return (self._rows[0] - x0) / (x1 - x0), (self._rows[1] - y0) / (y1 - y0)

    def _build_lines(self, grid: bool) -> None:
        (x0, x1), (y0, y1), (x, y) = self.x_range, self.y_range, self.crossing
        self.lines = _strokes([(self.point(x0, y), self.point(x1, y)), (self.point(x, y0), self.point(x, y1))], 1.6)
        tick_up, tick_right = _TICK * UP, _TICK * RIGHT
        column, row = self._rows
        # across an axis; outwards only where there is none
        up, aside = float(row == y), float(column == x)
        small = [(self.point(t, row) - tick_up, self.point(t, row) + up * tick_up) for t in self._xs]
        small += [(self.point(column, t) - tick_right, self.point(column, t) + aside * tick_right) for t in self._ys]
        self.ticks = _strokes(small, 1.3)
        faint = [(self.point(t, y0), self.point(t, y1)) for t in self._xs if t != x]
        faint += [(self.point(x0, t), self.point(x1, t)) for t in self._ys if t != y]
        self.grid = _strokes(faint if grid else [], style.HAIRLINE)
        self.grid.set_stroke(opacity=0.22)

    def _place_labels(self, em: float) -> None:
        (x, y), (column, row) = self.crossing, self._rows
        inside = [self.x_range[0] < column, self.y_range[0] < row]  # numbers on an axis that runs through the plane
        for tick, label in zip(self._xs, self.x_numbers, strict=True):
            label.sit(self.point(tick, row) + DOWN * (_TICK + _GAP + CAPITAL * em))
        for tick, label in zip(self._ys, self.y_numbers, strict=True):
            label.centre_on(self.point(column, tick) + LEFT * (_TICK + _GAP), RIGHT)
        self.x_numbers.remove(*(m for t, m in zip(self._xs, list(self.x_numbers), strict=True) if t == x and inside[0]))
        self.y_numbers.remove(*(m for t, m in zip(self._ys, list(self.y_numbers), strict=True) if t == y and inside[1]))
        if self.x_title is not None:
            end = self.point(self.x_range[1], y) + RIGHT * (_GAP + self._overhang * (row == y))
            _beside(self.x_title, end)
        if self.y_title is not None:
            self.y_title.next_to(self.point(x, self.y_range[1]), UP, buff=_GAP)
            left = min(self.frame.get_left()[0], self.y_numbers.get_left()[0] if len(self.y_numbers) else np.inf)
            self.y_title.shift(RIGHT * max(0.0, left - self.y_title.get_left()[0]))


def _range(pair: tuple[float, float]) -> tuple[float, float]:
    low, high = float(pair[0]), float(pair[1])
    if not (np.isfinite(low) and np.isfinite(high) and high > low):
        raise ValueError(f"no axis runs from {low} to {high}")
    return low, high


def _cross(pair: tuple[float, float], corner: bool) -> float:
    return 0.0 if not corner and pair[0] <= 0 <= pair[1] else pair[0]


def _ticks(wish: int | Sequence[float], pair: tuple[float, float]) -> np.ndarray:
    return nice_ticks(*pair, about=wish) if isinstance(wish, int) else np.asarray(wish, dtype=float)


def _numbers(ticks: np.ndarray, size: float) -> VGroup:
    numbers = VGroup(*(Text(text, size, style.LABEL) for text in tick_text(ticks)))
    numbers.constant = "ticks of a scale"
    return numbers


def _title(title: str | Mobject, size: float) -> Any:
    if isinstance(title, str):
        return Text(title, size, style.LABEL) if title else None
    return title


def _beside(title: Any, end: np.ndarray) -> None:
    if isinstance(title, OnBaseline):
        title.centre_on(end, LEFT)
    else:
        title.next_to(end, RIGHT, buff=0)


def _nearness(ticks: np.ndarray, pair: tuple[float, float]) -> float:
    """1 when the last tick stands at the end of its axis, 0 when it is well inside."""
    return float(np.clip(1 - 12 * (pair[1] - ticks[-1]) / (pair[1] - pair[0]), 0.0, 1.0))


def _mirrored(pair: tuple[float, float]) -> tuple[float, float]:
    return -pair[1], -pair[0]


def _strokes(pairs: list[tuple[np.ndarray, np.ndarray]], width: float) -> VMobject:
    """Many straight strokes as one mobject."""
    stroked = VMobject(stroke_color=style.LABEL, stroke_width=width)
    if pairs:
        stroked.points = np.concatenate([joined(np.array(pair)) for pair in pairs])
    return stroked


def _demo() -> list[Mobject]:
    first = Axes((-3, 3), (-1, 1), 6.4, 3.4, x_title=Formula("x"), y_title=Formula("f(x)"), inside=True)
    second = Axes((0, 400), (0, 18.4), 6.4, 3.4, x_title="step", y_title="loss")
    third = Axes((-9.8, 17.2), (-12, 12), 6.4, 3.4, x_title="longitude", y_title=Formula("h"), x_ticks=7)
    fourth = Axes((0, 1), (0, 5), 6.4, 3.4, x_title=Formula("hat(y)"), y_title=Formula("-ln hat(y)"), corner=True)
    first.move_to([-3.5, 1.9, 0])
    second.move_to([3.5, 1.9, 0])
    third.move_to([-3.5, -1.9, 0])
    return [first, second, third, fourth.move_to([3.5, -1.9, 0])]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
