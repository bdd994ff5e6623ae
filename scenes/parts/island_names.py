"""Names beside groups of points, none over another and as few points under them as can be. Which names, others say."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from manim import LineJointType, Mobject, VGroup

from scenes import style
from scenes.parts.projection import Box
from scenes.parts.typesetting import fitted

GAP: Final = 0.16  # between an island and its name
_HALO: Final = 6.0  # stroke width of the dark rim around a name
_COVERS: Final = 0.45  # what a reader minds of a point under a name
_FAR: Final = 0.5  # of a unit between the island's middle and its edge at the name, beyond half a unit
_BESIDE: Final = (  # over the middle, above, below, beside, at the corners; and how much a reader minds
    (0, 0, 0.4), (0, 1, 0.0), (0, -1, 0.2), (1, 0, 0.4), (-1, 0, 0.5), (1, 1, 0.6), (-1, 1, 0.7), (1, -1, 0.8),
    (-1, -1, 0.9),
)  # fmt: skip
_AWAY: Final = (1.0, 2.2, 3.6)  # times the gap


@dataclass(frozen=True, slots=True)
class Island:
    """A group of points (n, 2 or 3) in scene units, what it is called, and the colour of its name."""

    points: np.ndarray
    name: str
    colour: str = style.TEXT


class IslandNames(VGroup):
    """Names of `islands` within `box`, placed once and for all, the most important first.

    `others`: scene points (n, 2 or 3) that names should not cover. A name that finds no room without touching one
    placed before it, or leaving the box, is left out. `named` are the islands that have their names.
    """

    def __init__(self, islands: Sequence[Island], others: np.ndarray, box: Box, size: float = style.LABEL_SIZE) -> None:
        super().__init__()
        self.named: list[Island] = []
        taken: list[np.ndarray] = []
        for island in islands:
            text = fitted(island.name, 0.6 * (box.right - box.left), size, island.colour)
            size_now = np.array([text.width, 0.95 * text.em])
            center = find_room(island.points[:, :2], size_now, others[:, :2], box, taken)
            if center is None:
                continue
            text.centre_on(np.array([*center, 0.0]))
            text.set_stroke(style.BACKGROUND, width=_HALO, opacity=0.85, background=True)
            for word in text:
                word.joint_type = LineJointType.ROUND
            self.add(text)
            self.named.append(island)
            taken.append(np.concatenate([center - size_now / 2, center + size_now / 2]))


def find_room(
    island: np.ndarray, size: np.ndarray, others: np.ndarray, box: Box, taken: Sequence[np.ndarray]
) -> np.ndarray | None:
    """Middle (2,) for a label of `size` (width, height) beside the points `island` (n, 2); None when all is taken.

    `taken` are boxes (x0, y0, x1, y1) that must stay free of it; of the places that are left, the one with the fewest
    of `others` (m, 2) under it wins, then the one that a reader expects.
    """
    low, high = np.quantile(island, 0.04, axis=0), np.quantile(island, 0.96, axis=0)
    middle, half = (low + high) / 2, (high - low) / 2
    best, least = None, np.inf
    for away in _AWAY:
        for x, y, minded in _BESIDE:
            if not (x or y) and away > 1:
                continue
            center = middle + np.array([x, y]) * (half + size / 2 + GAP * away)
            a, b = center - size / 2, center + size / 2
            if a[0] < box.left or b[0] > box.right or a[1] < box.bottom or b[1] > box.top:
                continue
            if any((a - 0.08 < t[2:]).all() and (b + 0.08 > t[:2]).all() for t in taken):
                continue
            under = ((others > a - 0.06) & (others < b + 0.06)).all(axis=1).sum()
            outside = float(np.linalg.norm(np.array([x, y]) * half))  # beside a wide island a name is far from most
            harm = _COVERS * float(under) + minded + 0.8 * (away - 1) + _FAR * max(0.0, outside - 0.5)
            if harm < least:
                best, least = center, harm
    return best


def _demo() -> list[Mobject]:
    from scenes.parts.cloud import Cloud, demo_points
    from scenes.parts.projection import Projection

    box = Projection((0, 1, 0, 1), -6.8, 6.8, -3.6, 3.6)
    points, kinds = demo_points(160, 4, 0.3)
    points *= 1.2
    names = ["Appleby", "Bridgetown-on-Sea", "Coldharbour", "Dunmore"]
    islands = [Island(points[kinds == k], names[k], style.CLASS_COLOURS[k]) for k in range(4)]
    return [Cloud(box, style.CLASS_COLOURS[:4], kinds, 0.07).show(points), IslandNames(islands, points, box)]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
