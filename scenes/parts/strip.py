"""A strip shared out: pieces end to end, each as long as its part of the whole. What is shared is for others to say."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final, Self

import numpy as np
from manim import Mobject, VGroup, VMobject

from scenes import style
from scenes.parts.frame import Frame
from scenes.parts.outlines import filled
from scenes.parts.provenance import Sourced, array
from scenes.parts.readout import rounded_box

_SEAM: Final = 0.03  # free space between two pieces, units


class Piece(Sourced, VMobject):
    """One part of a strip; `reading` is the number that its length stands for."""

    role = "class"  # its colour stands for a class (`reel check`)


class ShareStrip(VGroup):
    """A strip `width` × `height` units; `show` cuts it into pieces in the given colours, from left to right."""

    def __init__(self, colours: Sequence[str], width: float = 6.0, height: float = 0.45) -> None:
        super().__init__()
        self.frame = Frame(-width / 2, -height / 2, width / 2, height / 2)
        self.track = filled(rounded_box(width, height, 0.06), style.TRACK)
        self.pieces = [Piece(stroke_width=0, fill_color=colour, fill_opacity=1) for colour in colours]
        self.add(self.frame, self.track, *self.pieces)
        self.show(np.zeros(len(self.pieces)))

    def show(self, values: Any, whole: float | None = None) -> Self:
        """Pieces in proportion to (pieces,) numbers ≥ 0 or readings, together as long as the strip.

        With `whole`, which is more than their sum, the strip stands for that, and its right end stays empty.
        """
        numbers = np.clip(array(values), 0.0, None)
        if numbers.shape != (len(self.pieces),):
            raise ValueError(f"{len(self.pieces)} pieces cannot show an array of shape {numbers.shape}")
        total = max(float(numbers.sum()), whole or 0.0)
        frame = self.frame
        wide, high = frame.x1 - frame.x0, frame.y1 - frame.y0
        ends = np.concatenate([[0.0], np.cumsum(numbers)]) / (total or 1.0) * wide + frame.x0
        for k, piece in enumerate(self.pieces):
            piece.credit(values, k)
            length = ends[k + 1] - ends[k] - _SEAM
            box = rounded_box(length, high, min(0.05, length / 2)) if length > 1e-3 else np.empty((0, 3))
            if len(box):
                box[:, 0] += (ends[k] + ends[k + 1]) / 2
                box = frame.place(box)
            piece.points = box
        return self


def _demo() -> list[Mobject]:
    colours = [style.MADRID, style.PARIS, style.BERLIN, style.BARCELONA]
    first = ShareStrip(colours[:3], 9).show([0.2119, 0.5761, 0.2119]).shift([0, 1.5, 0])
    second = ShareStrip(colours, 9).show([1, 10, 0, 0.001])
    return [first, second, ShareStrip(colours, 9).show([1, 2, 1, 1], whole=8).shift([0, -1.5, 0])]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
