"""What a viewer sees in one state of a scene: the things drawn, the words among them, what has changed.

A `Seen` stays with its mobject for as long as that is on screen and works out outlines when they are asked for; so a
frame in which little has changed costs little. Judging is done elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import shapely
from manim import Animation, Code, DecimalNumber, MarkupText, Mobject, SingleStringMathTex, VMobject
from manim import Text as PangoText

from scenes import style
from scenes.parts.raster import Raster
from scenes.parts.typesetting import OnBaseline
from studio.check.geometry import STROKE_UNIT, Box, area, around, box_of, holed_area, lines

FAINT: Final = style.DIM + 0.03  # up to this opacity a thing is on screen, but not spoken of
_TEXTS: Final = (OnBaseline, PangoText, MarkupText, SingleStringMathTex, DecimalNumber, Code)


def is_text(mobject: Mobject) -> bool:
    """Whether `mobject` is a whole text, formula or number."""
    return isinstance(mobject, _TEXTS)


class Seen:
    """One drawn mobject. `path` is it and everything around it, outermost first; `words` the text it belongs to."""

    __slots__ = (
        "_area",
        "_ink",
        "_lines",
        "_signature",
        "box",
        "fill",
        "mobject",
        "order",
        "path",
        "since",
        "stroke",
        "trail",
        "version",
        "words",
    )  # fmt: skip

    def __init__(self, mobject: Mobject, path: tuple[Mobject, ...], words: Words | None) -> None:
        self.mobject, self.path, self.words = mobject, path, words
        self.version = 0  # grows whenever it looks different
        self.order = 0  # place in the display list
        self.trail: list[tuple[float, float, float]] = []  # (seconds, x, y) of the middle, lately
        self._signature: tuple[Any, ...] = ()
        self.box: Box = (0.0, 0.0, 0.0, 0.0)
        self.fill: float = 0.0  # opacity of the filling
        self.stroke: float = 0.0  # opacity of the stroke
        self._area: Any = None
        self._lines: Any = None
        self._ink: Any = None

    def look(self) -> bool:
        """Take in how it looks now; whether that differs from before."""
        signature = signature_of(self.mobject)
        if signature == self._signature:
            return False
        self._signature = signature
        self.version += 1
        self._area = self._lines = self._ink = None
        mobject = self.mobject
        if isinstance(mobject, VMobject):
            self.fill = float(mobject.fill_rgbas[:, 3].max(initial=0.0))
            self.stroke = float(mobject.stroke_rgbas[:, 3].max(initial=0.0)) if mobject.stroke_width else 0.0
        else:
            self.fill, self.stroke = float(getattr(mobject, "opacity", 1.0)), 0.0
        self.box = box_of(mobject.points, self.half_width) or (0.0, 0.0, 0.0, 0.0)
        return True

    @property
    def opacity(self) -> float:
        """Of its most opaque ink."""
        return max(self.fill, self.stroke)

    @property
    def half_width(self) -> float:
        """Half the width of the stroke, in units."""
        if not self.stroke:
            return 0.0
        return float(self.mobject.stroke_width) * STROKE_UNIT / 2

    @property
    def area(self) -> Any:
        """The filled area, None when nothing is filled."""
        if self._area is None and self.fill > 0:
            self._area = holed_area(self.mobject.points)
            shapely.prepare(self._area)
        return self._area

    @property
    def lines(self) -> Any:
        """The middle lines of the stroke, None when there is no stroke."""
        if self._lines is None and self.stroke > 0:
            self._lines = lines(self.mobject.points)
        return self._lines

    @property
    def middle(self) -> tuple[float, float]:
        """Middle of the box."""
        left, bottom, right, top = self.box
        return (left + right) / 2, (bottom + top) / 2


def signature_of(mobject: Mobject) -> tuple[Any, ...]:
    """All that the picture of `mobject` depends on; cheaper than its drawing bytes, and only for this process."""
    if isinstance(mobject, VMobject):
        return (
            mobject.points.tobytes(),
            mobject.fill_rgbas.tobytes(),
            mobject.stroke_rgbas.tobytes(),
            mobject.background_stroke_rgbas.tobytes(),
            mobject.stroke_width,
            mobject.background_stroke_width,
        )
    if isinstance(mobject, Raster) and mobject.pixels is not None:
        pixels = mobject.pixels
        return (mobject.points.tobytes(), mobject.opacity, pixels.key if pixels.key is not None else pixels.digest)
    picture = getattr(mobject, "pixel_array", None)
    return (mobject.points.tobytes(), None if picture is None else picture.tobytes())


class Words:
    """A whole text, formula or number, of which `leaves` are drawn."""

    def __init__(self, mobject: Mobject, path: tuple[Mobject, ...]) -> None:
        self.mobject, self.path = mobject, path
        self.leaves: list[Seen] = []
        self.version = 0
        self._ink: Any = None
        self._versions: list[int] = []

    def look(self) -> bool:
        """Whether any leaf looks different, or other leaves are drawn, than when last asked."""
        versions = [number for leaf in self.leaves for number in (id(leaf), leaf.version)]
        if versions == self._versions:
            return False
        self._versions = versions
        self.version += 1
        self._ink = None
        return True

    @property
    def box(self) -> Box:
        """Around all ink."""
        return around([leaf.box for leaf in self.leaves])

    @property
    def ink(self) -> Any:
        """The area of all glyphs, counters filled."""
        if self._ink is None:
            self._ink = area([leaf.mobject.points for leaf in self.leaves])
            shapely.prepare(self._ink)
        return self._ink

    @property
    def opacity(self) -> float:
        """Of its most opaque glyph."""
        return max(leaf.opacity for leaf in self.leaves)

    @property
    def faint(self) -> bool:
        """Whether it is dimmed: on screen, but not spoken of."""
        return self.opacity <= FAINT

    @property
    def first(self) -> int:
        """Place of its lowest leaf in the display list."""
        return min(leaf.order for leaf in self.leaves)

    @property
    def string(self) -> str:
        """What it says, as far as it can tell."""
        for attribute in ("shown_text", "string", "source", "text", "tex_string"):
            said = getattr(self.mobject, attribute, None)
            if isinstance(said, str):
                return said
        number = getattr(self.mobject, "number", None)
        return "" if number is None else str(number)


class Cast:
    """Everybody on stage: finds the `Seen` and the `Words` of a display list, and remembers them."""

    def __init__(self) -> None:
        self._seen: dict[int, Seen] = {}
        self._words: dict[int, Words] = {}

    def of(self, roots: Iterable[Mobject], drawn: list[Mobject]) -> list[Seen]:
        """A `Seen` for each of `drawn`, which belong to the families of `roots`."""
        if any(id(mobject) not in self._seen for mobject in drawn):
            self._walk(roots)
        found = []
        for mobject in drawn:
            seen = self._seen.get(id(mobject))
            if seen is None:
                seen = self._seen[id(mobject)] = Seen(mobject, (mobject,), None)
            found.append(seen)
        return found

    def _walk(self, roots: Iterable[Mobject]) -> None:
        """Note every member of the families; those known keep their `Seen`."""
        waiting: list[tuple[Mobject, tuple[Mobject, ...], Words | None]] = [(root, (), None) for root in roots]
        while waiting:
            mobject, above, words = waiting.pop()
            path = (*above, mobject)
            if words is None and is_text(mobject):
                words = self._words.get(id(mobject)) or Words(mobject, path)
                self._words[id(mobject)] = words
            known = self._seen.get(id(mobject))
            if known is None or known.mobject is not mobject:
                self._seen[id(mobject)] = Seen(mobject, path, words)
            else:
                known.path, known.words = path, words
            waiting += [(child, path, words) for child in mobject.submobjects]


def worked_on(animations: Iterable[Animation] | None) -> frozenset[int]:
    """Ids of all mobjects that animations are changing at present: they are in passage, and judged once they rest."""
    found: set[int] = set()
    waiting = list(animations or ())
    while waiting:
        animation = waiting.pop()
        waiting += getattr(animation, "animations", [])
        mobject = getattr(animation, "mobject", None)
        if mobject is not None:
            found.update(id(member) for member in mobject.get_family())
    return frozenset(found)
