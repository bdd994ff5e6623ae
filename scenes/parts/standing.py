"""Pins that stand on a floor seen by a moving camera: dots that follow their places, names that stay upright."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from manim import VGroup

from scenes import style
from scenes.parts.placement import place
from scenes.parts.typesetting import Text
from scenes.parts.view import View
from scenes.parts.worldmap import DOT, GAP, Pin


class StandingPins(VGroup):
    """One `Pin` for each of `names` at world points `feet` (n, 3), their labels set for `view` within `region`.

    `region` is (left, right, bottom, top) in scene units. `show(view)` moves them where the view sees their feet;
    names keep their side.
    """

    def __init__(
        self,
        names: Sequence[str],
        feet: np.ndarray,
        colours: Sequence[str],
        view: View,
        region: tuple[float, float, float, float],
        label_size: float = style.LABEL_SIZE,
    ) -> None:
        super().__init__()
        self.feet = np.asarray(feet, dtype=float)
        labels = [Text(name, label_size) for name in names]
        sizes = np.array([[label.width, label.em * 0.9] for label in labels]).reshape(-1, 2)
        seen = view.project(self.feet)
        placed = place(seen[:, :2], sizes, region, DOT, GAP)
        self.pins = [Pin(*each) for each in zip(seen, colours, labels, placed, strict=True)]
        self.add(*self.pins)

    def show(self, view: View, lifted: Any = 0.0) -> Self:
        """Stand where `view` sees the feet, or `lifted` (n,) world units above them."""
        feet = self.feet + np.array([0, 0, 1]) * np.reshape(lifted, (-1, 1))
        for pin, spot in zip(self.pins, view.project(feet), strict=True):
            pin.shift(spot - pin.dot.get_center())
        return self
