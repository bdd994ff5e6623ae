"""Does anything stand in a text's way: another text, a line, a shape? Judged by outlines, boxes only save work."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely
from manim import VMobject

from studio.check.legibility import contrast
from studio.check.seen import FAINT, Seen, Words
from studio.check.sight import Faults, Sight

TEXT_GAP: Final = 2.0  # pixels at 1080p that two texts keep apart
SHAPE_GAP: Final = 1.0  # pixels that lines and shapes keep from a text
COVERING: Final = 0.75  # opacity from which a filling hides what is under it well enough to write on
_UNSEEN: Final = 1.25  # contrast below which a shape behind a text cannot be told from the background
GONE: Final = 0.05  # opacity up to which a text is not there
HIDING: Final = 0.9  # opacity from which something over a text hides it


def free(words: Words, behind: list[Seen], before: list[Seen], sight: Sight) -> Faults:
    """Faults of one text; `behind` is what lies under its box, lowest first, `before` what lies over it.

    What lies under a text goes unseen from the first filling down that holds the whole text: that is its plate. A
    filling that holds it is its background and no fault; the edge of one is, and so is any stroke.
    """
    if words.opacity <= GONE or not (behind or before):
        return []
    text = Outline(words)
    if any(seen.fill >= HIDING and text.inside(seen) for seen in before):
        return []  # nobody sees it
    faults: Faults = []
    for seen in reversed(behind):
        if seen.words is not None:
            faults += _text_on_text(text, seen.words, sight)
        elif sight.rests(seen):
            faults += _crossing(text, seen, sight, under=True)
            if seen.fill >= COVERING and text.inside(seen):
                break
    for seen in before:
        if seen.words is None and sight.rests(seen):
            faults += _crossing(text, seen, sight, under=False)
    return faults


class Outline:
    """The outline of a text. Its box answers most questions; the ink itself is asked only when the box cannot tell."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self._box = shapely.box(*words.box)
        shapely.prepare(self._box)

    def near(self, geometry: Any, gap: float) -> bool:
        """Whether ink comes within `gap` of a geometry."""
        if geometry is None or not shapely.dwithin(self._box, geometry, gap):
            return False
        ink = self.words.ink
        return ink is not None and bool(shapely.dwithin(ink, geometry, gap))

    def inside(self, seen: Seen) -> bool:
        """Whether the filling of `seen` holds the whole text."""
        if seen.fill <= FAINT or seen.area is None:
            return False
        if shapely.contains(seen.area, self._box):
            return True
        left, bottom, right, top = seen.box
        box = self.words.box
        if box[0] < left or box[1] < bottom or box[2] > right or box[3] > top or self.words.ink is None:
            return False
        return bool(shapely.contains(seen.area, shapely.convex_hull(self.words.ink)))


def _text_on_text(text: Outline, other: Words, sight: Sight) -> Faults:
    if not sight.rests(other) or other.opacity <= GONE:
        return []
    if not text.near(other.ink, TEXT_GAP * sight.view.pixel):
        return []
    return [("overlap", "these texts overlap or touch", (text.words.mobject, other.mobject))]


def _crossing(text: Outline, seen: Seen, sight: Sight, under: bool) -> Faults:
    if text.words.faint or not isinstance(seen.mobject, VMobject):
        return []
    near = SHAPE_GAP * sight.view.pixel
    how = ""
    stroked = seen.stroke > FAINT and not (under and _unseen(seen.mobject.stroke_rgbas, sight))
    filled = seen.fill > FAINT and not (under and _unseen(seen.mobject.fill_rgbas, sight))
    if stroked and text.near(seen.lines, seen.half_width + near):
        how = "is crossed by the line of"
    elif filled and not (under and text.inside(seen)) and text.near(seen.area, near):
        how = "is cut by the edge of" if under else "is covered by"
    return [("crossed", f"the first {how} the second", (text.words.mobject, seen.mobject))] if how else []


def _unseen(rgbas: np.ndarray, sight: Sight) -> bool:
    background = np.array(sight.view.background)
    ink = rgbas[:, :3] * rgbas[:, 3:] + background * (1 - rgbas[:, 3:])
    return bool(contrast(ink, background).max(initial=1.0) < _UNSEEN)
