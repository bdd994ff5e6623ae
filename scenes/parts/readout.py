"""Numbers that change while they sit still: fixed-width digits, moved into place and never rebuilt.

What a number is called or where it stands in a diagram is for others to say.
"""

from __future__ import annotations

import math
import re
import sys
from functools import lru_cache
from typing import Any, Final, Self

import numpy as np
from manim import Mobject, VGroup, VMobject

from scenes import style
from scenes.parts.frame import Frame
from scenes.parts.outlines import UNITS_PER_POINT, filled, head, leaves_of
from scenes.parts.provenance import Sourced, number
from scenes.parts.typesetting import Align, OnBaseline, Text, row

THIN_SPACE: Final = "\u2009"
_LOW, _HIGH = -0.09, 0.76  # em below and above the baseline that hold every digit, sign and %
_SPEC: Final = re.compile(r"(?P<sign>\+?)(?P<comma>,?)(\.(?P<places>\d+))?(?P<kind>[fd%])")


@lru_cache(maxsize=64)
def _cell(char: str) -> tuple[np.ndarray, float]:
    """Outline (4 × curves, 3) and advance, both in em, of one character of the mathematical face."""
    if char == THIN_SPACE:
        return np.empty((0, 3)), 1 / 6
    drawn = "−" if char == "-" else char
    face = head(True, 400)
    ink = leaves_of(f'{face}$"|{drawn}|"$')
    alone = leaves_of(f'{face}$"||"$')
    start = float(ink[0].points[:, 0].max())  # both bars have the same ink: their distance is the advance
    bar = float(alone[1].points[:, 0].max() - alone[0].points[:, 0].max())
    advance = float(ink[2].points[:, 0].max() - start) - bar
    edge = float(alone[0].points[:, 0].max()) - float(alone[0].points[:, 0].min())
    outline = ink[1].points.copy()
    outline[:, 0] -= start + (bar - edge) / 2
    return outline, advance


def advance(text: str) -> float:
    """Width of `text` in em when set in the cells of a readout."""
    return sum(_cell(char)[1] for char in text)


def set_in_cells(text: str) -> np.ndarray:
    """Outlines of a whole number from x = 0 on, in em, baseline at y = 0: (4 × curves, 3)."""
    cells = [_cell(char) for char in text]
    out = np.empty((sum(len(outline) for outline, _ in cells), 3))
    at, x = 0, 0.0
    for outline, width in cells:
        end = at + len(outline)
        out[at:end] = outline
        out[at:end, 0] += x
        at, x = end, x + width
    return out


class NumberFormat:
    """How a number is written: `[+][,][.places](f|d|%)` as in Python, thousands parted by thin spaces.

    Zero has no sign, "−0.000" is never shown. Numbers too long for `whole` digits before the point lose decimals
    first and become "3e12" when that is not enough, and so do numbers wider than `widest` em; infinity is ∞ and
    what is no number "NaN".
    """

    def __init__(self, spec: str, whole: int, widest: float | None = None) -> None:
        match = _SPEC.fullmatch(spec)
        if match is None:
            raise ValueError(f"number format {spec!r}: not of the form [+][,][.places](f|d|%)")
        self.spec, self.whole, self.widest = spec, whole, widest
        self.plus, self.grouped, self.kind = match["sign"], bool(match["comma"]), match["kind"]
        self.places = 0 if self.kind == "d" else 6 if match["places"] is None else int(match["places"])

    def room(self, signed: bool) -> float:
        """Width in em that a number with `whole` digits before the point takes."""
        filler = "8" * self.whole
        if self.grouped:
            filler = f"{int(filler):,}".replace(",", THIN_SPACE)
        filler += ("." + "8" * self.places if self.places else "") + ("%" if self.kind == "%" else "")
        return advance(("-" if signed else "") + filler)

    def __call__(self, value: float) -> str:
        """The text shown for `value`; a minus is a plain "-"."""
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return ("-" if value < 0 else self.plus) + "∞"
        percent = "%" if self.kind == "%" else ""
        size = abs(value) * (100.0 if percent else 1.0)
        places = self.places
        while True:
            digits = self._digits(size, places)
            sign = "" if not digits.strip("0.,") else "-" if value < 0 else self.plus
            text = sign + digits.replace(",", THIN_SPACE) + percent
            if places == 0 or self.widest is None or advance(text) <= self.widest:
                return text
            places -= 1

    def _digits(self, size: float, most: int) -> str:
        comma = "," if self.grouped else ""
        room = self.whole + (self.places + 1 if self.places else 0)
        for places in range(most, -1, -1):
            text = f"{size:{comma}.{places}f}"
            if len(text.replace(",", "").split(".")[0]) <= self.whole or (places == 0 and self.kind == "d"):
                return text
            if places < self.places and len(text.replace(",", "")) <= room:
                return text
        mantissa, exponent = f"{size:.0e}".split("e")
        return f"{mantissa}e{int(exponent)}"


class Readout(OnBaseline, Sourced, VMobject):
    """A number in place. `show(value)` draws another number in the same cells.

    `value` float or reading; `number_format` such as "+.3f", ".4f", ",d", ".1%"; `whole` digits kept free before the
    point; `signed` keeps room for a sign (by default when the format or the first value asks for it); `align` where
    shorter numbers stand in the box; `by_sign` colours positive, negative and zero; numbers
    wider than `widest` units lose decimals.
    The box (its `Frame`) is the mobject's extent, the same for every number shown.
    """

    def __init__(
        self,
        value: Any = 0.0,
        number_format: str = style.PARAMETER,
        size: float = style.LABEL_SIZE,
        colour: str = style.TEXT,
        *,
        whole: int = 1,
        signed: bool | None = None,
        align: Align = "right",
        by_sign: bool = False,
        widest: float | None = None,
    ) -> None:
        em = size * UNITS_PER_POINT
        self._format = NumberFormat(number_format, whole, None if widest is None else widest / em)
        super().__init__(stroke_width=0, fill_opacity=1, fill_color=colour)
        if signed is None:
            signed = bool(self._format.plus) or number(value) < 0
        self._align, self._by_sign = align, by_sign
        self._room = self._format.room(signed)
        self._frame = Frame(0, _LOW, self._room, _HIGH)
        self.number_format = number_format
        self.shown_text = ""
        self.value = 0.0
        self.submobjects.append(self._frame)
        self._frame.scale(em).move_to([0, 0, 0])
        self.show(value)

    def show(self, value: Any) -> Self:
        """Show a float or a reading. Depends on nothing shown before; creates no mobject."""
        self.credit(value)
        self.value = number(value)
        self.shown_text = text = self._format(self.value)
        local = set_in_cells(text)
        local[:, 0] += self._slack(text)
        self.points = self._frame.place(local)
        if self._by_sign:
            self._colour_by_sign(text)
        return self

    def glyphs(self) -> VGroup:
        """The digits as they stand now, a mobject for each: copies, to be taken to other places."""
        drawn, x = VGroup(), self._slack(self.shown_text)
        for char in self.shown_text:
            outline, width = _cell(char)
            if len(outline):
                glyph = filled(self._frame.place(outline + np.array([x, 0, 0])), style.TEXT)
                glyph.fill_rgbas = self.fill_rgbas.copy()
                drawn.submobjects.append(glyph)
            x += width
        return drawn

    def _slack(self, text: str) -> float:
        """Where the text begins in the box, in em."""
        share = {"left": 0.0, "centre": 0.5, "right": 1.0}[self._align]
        return share * (self._room - advance(text))

    def _colour_by_sign(self, text: str) -> None:
        zero = not text.strip("+-0.%" + THIN_SPACE)
        colour = style.TEXT if zero or text == "NaN" else style.NEGATIVE if self.value < 0 else style.POSITIVE
        self.set_fill(colour, family=False)

    @property
    def em(self) -> float:  # type: ignore[override]
        """Present size of an em in units."""
        return self._frame.scale_now

    @property
    def baseline(self) -> float:  # type: ignore[override]
        """Present y of the baseline at the number's left end."""
        return float(self._frame.at(0, 0)[1])


def plate(behind: VMobject, margin: float = 0.06, opacity: float = 0.8, colour: str = style.BACKGROUND) -> VMobject:
    """A rounded plate for a number that stands on something; to be added before what stands on it."""
    width, height = behind.width + 2 * margin, behind.height + 2 * margin
    return filled(rounded_box(width, height, min(margin * 1.5, height / 2)), colour, opacity).move_to(behind)


def rounded_box(width: float, height: float, radius: float) -> np.ndarray:
    """Outline of a rectangle with round corners around the origin: (32, 3), which is eight curves."""
    radius = max(0.0, min(radius, width / 2, height / 2))
    across, up, bend = _box_basis()
    return np.asarray((width / 2 - radius) * across + (height / 2 - radius) * up + radius * bend)


@lru_cache(maxsize=1)
def _box_basis() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A round box is linear in its half width, half height (to the corners' centres) and radius: the three shares."""
    k = 4 / 3 * math.tan(math.pi / 8)
    shares = []
    for x, y, r in ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)):
        arcs = []
        for dx, dy in ((1, 1), (-1, 1), (-1, -1), (1, -1)):
            side, top = np.array([dx, 0.0]), np.array([0.0, dy])
            first, last = (side, top) if dx * dy > 0 else (top, side)
            arc = np.array([first, first + k * last, last + k * first, last])
            arcs.append(np.array([dx * x, dy * y]) + r * arc)
        curves = []
        for here, after in zip(arcs, arcs[1:] + arcs[:1], strict=True):
            a, b = here[3], after[0]
            curves += [here, np.array([a, a + (b - a) / 3, a + (b - a) * 2 / 3, b])]
        shares.append(np.pad(np.concatenate(curves), ((0, 0), (0, 1))))
    return shares[0], shares[1], shares[2]


def _demo() -> list[Mobject]:
    shown: list[Mobject] = []
    table: list[tuple[str, int, list[float]]] = [
        ("+.3f", 1, [0.5, -1.25, 0.00004, 12.3456, -4e9, math.nan]),
        (".4f", 2, [2.4506, 18.413, 0.0136, 123.456, 98765.4321, math.inf]),
        (",d", 6, [0, 7, 1234, 13002, 400, 1235814400]),
        (".1%", 3, [0.5761, 1.0, 0.0004, 0.99975, 0.02, 0.5]),
    ]
    for column, (spec, whole, values) in enumerate(table):
        x = -5.0 + 3.3 * column
        shown.append(Text(spec, style.LABEL_SIZE, style.LABEL).sit(np.array([x, 2.9, 0])))
        for line, value in enumerate(values):
            readout = Readout(value, spec, style.BODY_SIZE, whole=whole, by_sign=column == 0, signed=column < 2)
            readout.centre_on(np.array([x, 2.1 - 0.75 * line, 0]))
            shown += [plate(readout, colour=style.PANEL), readout]
    words: list[Mobject] = [
        Text("loss", colour=style.LABEL),
        Readout(2.4506, style.LOSS_FORMAT, style.BODY_SIZE),
        Text("falling"),
    ]
    row(*words, gap=0.2)
    for word in words:
        word.shift([-1.0, -2.9, 0])
    return shown + words


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
