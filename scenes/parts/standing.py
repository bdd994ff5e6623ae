"""Pins that stand on a floor seen by a moving camera: dots that follow their places, names that stay upright."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Self

import numpy as np
from manim import VGroup

from scenes import style
from scenes.parts import moving
from scenes.parts.placement import SIDES, Placed, place
from scenes.parts.typesetting import Text
from scenes.parts.view import View
from scenes.parts.worldmap import DOT, GAP, Pin

DISLIKE: Final = 0.02  # square units of overlap that a label's less usual side is worth


class StandingPins(VGroup):
    """One `Pin` for each of `names` at world points `feet` (n, 3), their labels set for `views` within `region`.

    `region` is (left, right, bottom, top) in scene units. `show(view)` moves them where the view sees their feet;
    names keep their side.
    """

    def __init__(
        self,
        names: Sequence[str],
        feet: np.ndarray,
        colours: Sequence[str],
        views: Sequence[View],
        region: tuple[float, float, float, float],
        label_size: float = style.LABEL_SIZE,
    ) -> None:
        super().__init__()
        self.feet = np.asarray(feet, dtype=float)
        labels = [Text(name, label_size) for name in names]
        sizes = np.array([[label.width, label.em * 0.9] for label in labels]).reshape(-1, 2)
        placed = _placed(views, self.feet, sizes, region)
        seen = views[0].project(self.feet)
        self.pins = [Pin(*each) for each in zip(seen, colours, labels, placed, strict=True)]
        self.add(*self.pins)

    def show(self, view: View, lifted: Any = 0.0) -> Self:
        """Stand where `view` sees the feet, or `lifted` (n,) world units above them."""
        feet = self.feet + np.array([0, 0, 1]) * np.reshape(lifted, (-1, 1))
        for pin, spot in zip(self.pins, view.project(feet), strict=True):
            moving.shift(moving.snap(pin), spot - pin.dot.get_center())
        return self


def _placed(
    views: Sequence[View], feet: np.ndarray, sizes: np.ndarray, region: tuple[float, float, float, float]
) -> list[Placed]:
    """Places of the labels as the first view sees them, for a camera that goes through all views.

    Starting from the places best for one of the views, one label after another moves to the side where it does least
    harm in all of them together, until none moves.
    """
    seen = [view.project(feet)[:, :2] for view in views]
    tried = [place(points, sizes, region, DOT, GAP) for points in seen]
    if len(views) == 1:
        return tried[0]
    starts = [np.array([one.center for one in t]) - points for t, points in zip(tried, seen, strict=True)]

    def harm(offsets: np.ndarray) -> float:
        return sum(_harm(points, points + offsets, sizes, region) for points in seen)

    best = int(np.argmin([harm(offsets) for offsets in starts]))
    offsets, far = starts[best], [placed.far for placed in tried[best]]
    for _ in range(4):
        for i, size in enumerate(sizes):
            sides = [np.array(way) * (DOT + GAP + size / 2) for way, _ in SIDES] + [offsets[i]]
            minded = [DISLIKE * dislike for _, dislike in SIDES] + [DISLIKE]
            moved = [np.concatenate([offsets[:i], side[None], offsets[i + 1 :]]) for side in sides]
            chosen = int(np.argmin([harm(each) + more for each, more in zip(moved, minded, strict=True)]))
            offsets, far[i] = moved[chosen], far[i] and chosen == len(SIDES)
    return [Placed(seen[0][i] + offsets[i], far[i]) for i in range(len(sizes))]


def _harm(
    points: np.ndarray, centers: np.ndarray, sizes: np.ndarray, region: tuple[float, float, float, float]
) -> float:
    """Area that labels share with each other and with dots, and by how much they leave the region."""
    left, right, bottom, top = region
    low, high = centers - sizes / 2, centers + sizes / 2
    boxes_low, boxes_high = np.concatenate([low, points - DOT]), np.concatenate([high, points + DOT])
    shared = np.minimum(high[:, None], boxes_high) - np.maximum(low[:, None], boxes_low)
    both = np.maximum(shared, 0.0).prod(axis=2)
    out = np.maximum(0, [left, bottom] - low).sum() + np.maximum(0, high - [right, top]).sum()
    return float(both.sum() - sizes.prod(axis=1).sum() + 10 * out)
