"""The connections of one layer and the bars around them: one mobject each, or bundled when they are very many.

Which neurons they join is `net_layout`'s business; when they are shown is `network`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from manim import ManimColor, VMobject

from scenes import style
from scenes.parts.frame import Frame
from scenes.parts.provenance import Sourced, array
from scenes.parts.ribbons import Rule, ribbons, thickness

_STROKE: Final = 0.01  # units of one unit of Manim's stroke width
_NOTHING: Final = 1e-4  # thinner bars are not drawn


class Wire(Sourced, VMobject):
    """A connection (or a bias's stub); `reading` is its weight (or the bias), or all of a bundle's."""

    mixed = "grey to the colour of its sign, by weight"


class Bar(Sourced, VMobject):
    """The translucent bar around a wire; `reading` is the gradient that its thickness shows, or all of a bundle's."""


@dataclass(frozen=True, slots=True)
class WireLook:
    """How weights and gradients are turned into strokes and bars; the rules are stated in `NetworkDiagram`."""

    weight_scale: float
    wire_max: float
    gradient_scale: float
    bar_max: float
    bar_rule: Rule
    bars_by_sign: bool
    plain: bool


class Wires:
    """Connections of one layer. `index` (n, 2) or (n, 1) says which element of the weights (or biases) each shows.

    `ends` (n, 2, 2) are the local centres that they join and `radii` (n, 2) the discs around those (0: none).
    """

    def __init__(
        self, index: np.ndarray, ends: np.ndarray, radii: np.ndarray, frame: Frame, look: WireLook, bundled: bool
    ) -> None:
        self.index, self.ends, self.radii = index, ends, radii
        self._where = tuple(index.T)
        self._frame, self._look, self.bundled = frame, look, bundled
        if bundled:
            self.wires = [
                Wire(stroke_width=0, fill_color=c, fill_opacity=0.85) for c in (style.POSITIVE, style.NEGATIVE)
            ]
            self.bars = [_bar()]
        else:
            self.wires = [_line(a, b, r) for (a, b), r in zip(ends, radii, strict=True)]
            self.bars = [_bar() for _ in index]

    # -- weights -------------------------------------------------------------------------------
    def show(self, values: Any) -> None:
        """Show weights (out, in) or biases (out,), plain or as a reading."""
        picked = np.nan_to_num(array(values)[self._where])
        shares = np.minimum(1.0, np.abs(picked) / self._look.weight_scale)
        if self.bundled:
            outlines = self._outlines(_STROKE * self._look.wire_max * shares * self._frame.scale_now)
            for wire, chosen in zip(self.wires, (picked > 0, picked < 0), strict=True):
                wire.credit(values)
                wire.points = outlines[chosen].reshape(-1, 3)
            return
        widths = style.HAIRLINE + (self._look.wire_max - style.HAIRLINE) * shares
        colours = self._colours(picked, shares)
        for wire, place, width, colour in zip(self.wires, self.index.tolist(), widths.tolist(), colours, strict=True):
            wire.credit(values, *place)
            wire.stroke_width = width
            wire.stroke_rgbas[:, :3] = colour

    def _colours(self, picked: np.ndarray, shares: np.ndarray) -> np.ndarray:
        if self._look.plain:
            return np.broadcast_to(rgb(style.NEURON), (len(picked), 3))
        full = np.where((picked > 0)[:, None], rgb(style.POSITIVE), rgb(style.NEGATIVE))
        return np.asarray(rgb(style.LABEL) + shares[:, None] * (full - rgb(style.LABEL)))

    # -- gradients -----------------------------------------------------------------------------
    def show_gradients(self, values: Any) -> None:
        """Show gradients of the same shape as the weights (or biases)."""
        look, picked = self._look, array(values)[self._where]
        thick = thickness(picked, look.gradient_scale, look.bar_max * self._frame.scale_now, look.bar_rule)
        outlines = self._outlines(thick)
        drawn = thick > _NOTHING
        if self.bundled:
            self.bars[0].credit(values)
            self.bars[0].points = outlines[drawn].reshape(-1, 3)
            return
        for bar, place, outline, seen in zip(self.bars, self.index.tolist(), outlines, drawn, strict=True):
            bar.credit(values, *place)
            bar.points = outline if seen else np.empty((0, 3))
        if look.bars_by_sign:
            for bar, value in zip(self.bars, picked, strict=True):
                bar.fill_rgbas[:, :3] = rgb(style.POSITIVE if value > 0 else style.NEGATIVE)

    def _outlines(self, thick: np.ndarray) -> np.ndarray:
        """Bars of these thicknesses (n,) where the wires are now: (n, 16, 3)."""
        scale = self._frame.scale_now
        a, b = (self._frame.place(self.ends[:, side])[:, :2] for side in (0, 1))
        near, far = self.radii[:, 0] * scale, self.radii[:, 1] * scale
        most = 1.8 * np.where(far > 0, far, np.inf)
        return ribbons(a, b, np.minimum(thick, most), near, far)


def _line(a: np.ndarray, b: np.ndarray, radii: np.ndarray) -> Wire:
    wire = Wire(stroke_color=style.NEURON, stroke_width=style.HAIRLINE)
    along = (b - a) / np.linalg.norm(b - a)
    a, b = a + radii[0] * along, b - radii[1] * along
    wire.points = np.pad(np.array([a, a + (b - a) / 3, a + (b - a) * 2 / 3, b]), ((0, 0), (0, 1)))
    return wire


def _bar() -> Bar:
    return Bar(stroke_width=0, fill_color=style.GRADIENT, fill_opacity=style.BAR_OPACITY)


@lru_cache(maxsize=256)
def rgb(colour: str) -> np.ndarray:
    """A colour as red, green and blue, 0 … 1: (3,)."""
    return np.asarray(ManimColor(colour).to_rgb())


def keyed(wires: Sequence[Any], keys: Sequence[Any]) -> dict[Any, Any]:
    """Wires (or bars) by what they join; empty for a bundle, whose wires cannot be told apart."""
    return dict(zip(keys, wires, strict=True)) if len(wires) == len(keys) else {}
