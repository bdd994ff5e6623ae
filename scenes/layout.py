"""Where things stand: the regions of a frame, so that no scene sprinkles coordinates about. No mobject is made here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenes.style import FRAME_HEIGHT, FRAME_WIDTH, MARGIN


@dataclass(frozen=True, slots=True)
class Region:
    """An upright box in scene units: x from `left` to `right`, y from `bottom` to `top`."""

    left: float
    right: float
    bottom: float
    top: float

    @property
    def width(self) -> float:
        """Scene units from left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Scene units from bottom to top."""
        return self.top - self.bottom

    @property
    def center(self) -> np.ndarray:
        """The middle, as Manim's (3,) point."""
        return self.at(0.5, 0.5)

    def at(self, across: float, up: float) -> np.ndarray:
        """The point `across` (0 left … 1 right) and `up` (0 bottom … 1 top), as Manim's (3,) point."""
        return np.array([self.left + across * self.width, self.bottom + up * self.height, 0.0])

    def inset(self, by: float) -> Region:
        """The region without a rim `by` units wide."""
        return Region(self.left + by, self.right - by, self.bottom + by, self.top - by)

    def columns(self, *shares: float, gap: float = 0.0) -> tuple[Region, ...]:
        """Cut into columns with widths in proportion to `shares`, `gap` units between them."""
        edges = _cuts(self.left, self.right, shares, gap)
        return tuple(Region(a, b, self.bottom, self.top) for a, b in edges)

    def rows(self, *shares: float, gap: float = 0.0) -> tuple[Region, ...]:
        """Cut into rows from top to bottom with heights in proportion to `shares`, `gap` units between them."""
        edges = _cuts(0.0, self.height, shares, gap)
        return tuple(Region(self.left, self.right, self.top - b, self.top - a) for a, b in edges)


def _cuts(start: float, end: float, shares: tuple[float, ...], gap: float) -> list[tuple[float, float]]:
    room = end - start - gap * (len(shares) - 1)
    edges, at = [], start
    for share in shares:
        size = room * share / sum(shares)
        edges.append((at, at + size))
        at += size + gap
    return edges


FRAME = Region(-FRAME_WIDTH / 2, FRAME_WIDTH / 2, -FRAME_HEIGHT / 2, FRAME_HEIGHT / 2)
SAFE = FRAME.inset(MARGIN)
TITLE_STRIP = Region(SAFE.left, SAFE.right, SAFE.top - 0.75, SAFE.top)
# Kept free for the subtitles that a player lays over the picture, and for footnotes.
CAPTION_STRIP = Region(SAFE.left, SAFE.right, SAFE.bottom, SAFE.bottom + 0.75)
STAGE = Region(SAFE.left, SAFE.right, CAPTION_STRIP.top + 0.15, TITLE_STRIP.bottom - 0.1)
LEFT_STAGE, RIGHT_STAGE = STAGE.columns(1, 1, gap=0.5)
