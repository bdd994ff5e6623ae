"""A camera for things in three dimensions: where a point of the world appears in the scene. Nothing is drawn here.

The world has x to the east, y to the north and z up, in units of its own. A `View` is a plain value; a camera move is
`View.between` two of them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
from manim import Mobject, VMobject

from scenes import style
from scenes.parts.polyline import joined

NEAREST: Final = 0.05  # share of the distance to the target; nothing nearer to the eye than this is drawn truly


@dataclass(frozen=True, slots=True)
class View:
    """An eye looking at `target`, a point (3,) of the world, which appears at `centre`, a point (2,) of the scene.

    `azimuth` and `elevation` are degrees: azimuth 0 looks north, 90 looks west (the eye went east); elevation 90
    looks straight down, 0 along the ground. `distance` is that of the eye from the target in world units, inf for a
    parallel projection. At the target's distance a world unit is `scale` scene units. `lift` raises the eye by world
    units while it keeps looking in the same direction, as a view camera's shifted lens does: upright things stay
    upright although the eye sees the ground from above.
    """

    target: tuple[float, float, float] = (0.0, 0.0, 0.0)
    azimuth: float = 0.0
    elevation: float = 90.0
    distance: float = 30.0
    scale: float = 1.0
    centre: tuple[float, float] = (0.0, 0.0)
    lift: float = 0.0

    @property
    def turn(self) -> np.ndarray:
        """Rows: the world directions (3, 3) that appear rightwards, upwards, and towards the eye."""
        return _turn(self.azimuth, self.elevation)

    @property
    def eye(self) -> np.ndarray:
        """Where the eye is, a point (3,) of the world; far away, but not infinitely, for a parallel projection."""
        distance = min(self.distance, 1e6)
        return np.asarray(np.array(self.target) + np.array([0.0, self.lift, distance]) @ self.turn)

    def project(self, points: np.ndarray) -> np.ndarray:
        """Scene points (..., 3) of world points (..., 3); their third number is 0."""
        seen = (np.asarray(points, dtype=float) - np.array(self.target)) @ self.turn.T
        out = np.zeros_like(seen)
        nearness = 1.0 / np.maximum(1.0 - seen[..., 2] / self.distance, NEAREST)
        out[..., 0] = self.centre[0] + self.scale * seen[..., 0] * nearness
        out[..., 1] = self.centre[1] + self.scale * (self.lift + (seen[..., 1] - self.lift) * nearness)
        return out

    def between(self, other: View, share: float) -> View:
        """The view `share` (0 … 1) of the way to `other`; distances are shared out in proportion."""
        return replace(
            self,
            target=_mixed(self.target, other.target, share),
            azimuth=_mixed((self.azimuth,), (other.azimuth,), share)[0],
            elevation=_mixed((self.elevation,), (other.elevation,), share)[0],
            distance=_in_proportion(self.distance, other.distance, share),
            scale=_in_proportion(self.scale, other.scale, share),
            centre=_mixed(self.centre, other.centre, share),
            lift=_mixed((self.lift,), (other.lift,), share)[0],
        )

    def fitted(self, corners: np.ndarray, box: Sequence[float]) -> View:
        """The same view, scaled and shifted so that world points (n, 3) just fill (left, right, bottom, top)."""
        left, right, bottom, top = box
        seen = self.project(corners)[:, :2]
        low, high = seen.min(axis=0), seen.max(axis=0)
        grow = float(min((right - left) / (high[0] - low[0]), (top - bottom) / (high[1] - low[1])))
        middle = np.array([(left + right) / 2, (bottom + top) / 2])
        centre = middle + grow * (np.array(self.centre) - (low + high) / 2)
        return replace(self, scale=self.scale * grow, centre=(float(centre[0]), float(centre[1])))


@lru_cache(maxsize=64)
def _turn(azimuth: float, elevation: float) -> np.ndarray:
    a, e = np.radians(azimuth), np.radians(elevation)
    right = np.array([np.cos(a), np.sin(a), 0.0])
    level = np.array([-np.sin(a), np.cos(a), 0.0])  # into the picture, along the ground
    up = np.sin(e) * level + np.array([0.0, 0.0, np.cos(e)])
    rows = np.array([right, up, np.cross(right, up)])
    rows.flags.writeable = False
    return rows


def _mixed(a: Any, b: Any, share: float) -> Any:
    """Tuples of numbers, `share` of the way from one to the other; exact at both ends."""
    return tuple(
        u if share <= 0 else v if share >= 1 else (1 - share) * u + share * v for u, v in zip(a, b, strict=True)
    )


def _in_proportion(a: float, b: float, share: float) -> float:
    """The same for lengths, so that equal shares make equal ratios; from or to infinity at one blow."""
    if not (np.isfinite(a) and np.isfinite(b)) or share <= 0 or share >= 1:
        return a if share < 0.5 else b
    return float(a ** (1 - share) * b**share)


def _demo() -> list[Mobject]:
    """The same street of cubes from above, from a corner, in parallel projection, and with the lens shifted."""
    bottom = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], dtype=float)
    ribs = [point for foot in bottom for point in (foot, foot + np.array([0, 0, 1]), foot)]
    cube = np.array([*ribs, bottom[0], *(bottom + np.array([0, 0, 1])), [0, 0, 1]])
    rows = np.concatenate([cube + np.array([x, y, 0]) for x in (-2.0, 1.0) for y in (-3.0, 0.0, 2.0)])
    views = [
        View(elevation=70, distance=9),
        View(azimuth=35, elevation=30, distance=9),
        View(azimuth=35, elevation=30, distance=np.inf),
        View(elevation=0, distance=12, target=(0, -3, 0), lift=3),
    ]
    drawn: list[Mobject] = []
    for number, view in enumerate(views):
        left, low = -6.6 + 6.8 * (number % 2), 0.3 - 3.9 * (number // 2)
        seen = view.fitted(rows, (left, left + 6.3, low, low + 3.3)).project(rows)
        line = VMobject(stroke_color=style.LABEL, stroke_width=style.LINE)
        line.points = np.concatenate([joined(part) for part in seen.reshape(-1, len(cube), 3)])
        drawn.append(line)
    return drawn


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
