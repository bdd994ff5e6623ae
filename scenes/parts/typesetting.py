"""All words and formulas of the film, and how they sit on a common baseline. Numbers that change are in `readout`.

Sizes are Manim font sizes: an em is `size / 96` units, a capital two thirds of that.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from manim import LEFT, ORIGIN, Mobject, VGroup

from scenes import style
from scenes.parts import moving
from scenes.parts.outlines import (
    UNITS_PER_POINT,
    Leaf,
    demand_glyphs,
    filled,
    head,
    leaves_of,
)

CAPITAL: Final = 0.683  # height of a capital in em
WEIGHTS: Final = {"regular": 400, "bold": 700}
_WORD_GAP: Final = 0.17  # em without ink that part two words; letters stand closer, a space is 0.33
_LABEL: Final = re.compile(r"(.*)\s*:\s*([A-Za-z_][\w-]*)\s*", re.DOTALL)
_ALIGN: Final = {"left": "left", "centre": "center", "right": "right"}

Align = Literal["left", "centre", "right"]


class Shape(NamedTuple):
    """One glyph or word of a string, in em around the middle of the whole string's ink."""

    points: np.ndarray  # (4 × curves, 3)
    colour: str | None  # its own, if it has one
    em_box: tuple[float, float]  # height, and depth below the baseline


Layout = tuple[Shape, ...]


class OnBaseline:
    """Something that stands on a baseline like a word, and can be put there. To be mixed into a Mobject."""

    em: float
    baseline: float

    def sit(self: Any, point: np.ndarray, side: np.ndarray = ORIGIN) -> Any:
        """Put the middle (or the LEFT or RIGHT end) at the point's x, the baseline at its y."""
        here = moving.snap(self).get_critical_point(side)
        return moving.shift(self, [point[0] - here[0], point[1] - self.baseline, point[2] - here[2]])

    def centre_on(self: Any, point: np.ndarray, side: np.ndarray = ORIGIN) -> Any:
        """As `sit`, but with the middle of a capital's height at the point's y: descenders do not lift it."""
        return self.sit(np.asarray(point, dtype=float) - [0, self.em * CAPITAL / 2, 0], side)


class Typeset(OnBaseline, VGroup):
    """Ink that knows where its baseline is after being moved or scaled, even when some of it has been taken away."""

    def __init__(self, layout: Layout, size: float, colour: str) -> None:
        super().__init__()
        self._size_em = size * UNITS_PER_POINT
        for points, own, box in layout:
            shape = filled(points * self._size_em, own or colour)
            shape.em_box = box
            self.submobjects.append(shape)

    def _gauge(self) -> Any:
        """The tallest shape: the one by which size and baseline are read off most exactly."""
        return max(self.submobjects, key=lambda shape: float(shape.em_box[0]), default=None)

    @property
    def em(self) -> float:  # type: ignore[override]
        """Present size of an em in units."""
        gauge = self._gauge()
        return self._size_em if gauge is None else float(gauge.height) / float(gauge.em_box[0])

    @property
    def baseline(self) -> float:  # type: ignore[override]
        """Present y of the (first line's) baseline."""
        gauge = self._gauge()
        if gauge is None:
            return float(self.get_bottom()[1])
        return float(gauge.get_bottom()[1]) + float(gauge.em_box[1]) * self.em


class Text(Typeset):
    """A plain string: every character is shown as it is, none is markup.

    `size` Manim font size; `weight` "regular" or "bold"; `width` in units wraps the lines; `align` matters for more
    than one line. Submobjects are words (`by="words"`, cheap to draw) or glyphs (`by="glyphs"`).
    MissingGlyphError (a ValueError) names the first character that the fonts cannot show.
    """

    def __init__(
        self,
        string: str,
        size: float = style.BODY_SIZE,
        colour: str = style.TEXT,
        weight: Literal["regular", "bold"] = "regular",
        *,
        slanted: bool = False,
        width: float | None = None,
        align: Align = "left",
        by: Literal["words", "glyphs"] = "words",
        leading: float = 0.65,
    ) -> None:
        em_width = None if width is None else round(width / (size * UNITS_PER_POINT), 4)
        super().__init__(_text_layout(string, WEIGHTS[weight], slanted, em_width, align, leading, by), size, colour)
        self.string, self.size = string, size


def fitted(string: str, room: float, size: float = style.BODY_SIZE, colour: str = style.TEXT) -> Text:
    """One line no wider than `room` units: set smaller if need be, but never below the smallest size of the film."""
    text = Text(string, size, colour)
    if text.width > room:
        text = Text(string, max(style.SMALL_SIZE, size * room / text.width), colour)
    return text


@lru_cache(maxsize=4096)
def _text_layout(
    string: str, weight: int, slanted: bool, em_width: float | None, align: Align, leading: float, by: str
) -> Layout:
    clean = unicodedata.normalize("NFC", string).replace("\t", " ").replace("\r\n", "\n")
    clean = re.sub(r"(?<=\w)'(?=\w)", "’", clean)
    demand_glyphs(clean, weight=weight)
    leaves = leaves_of(_text_source(clean, weight, slanted, em_width, align, leading))
    groups = _words(leaves) if by == "words" else [[leaf] for leaf in leaves]
    return _laid_out([(np.concatenate([leaf.points for leaf in group]), group[0].colour) for group in groups])


def _laid_out(shapes: list[tuple[np.ndarray, str | None]]) -> Layout:
    """Centre shapes, whose first baseline is at y = 0, around their ink."""
    if not shapes:
        return ()
    everything = np.concatenate([points for points, _ in shapes])
    low, high = everything.min(axis=0), everything.max(axis=0)
    middle = (low + high) / 2
    laid_out = []
    for points, own in shapes:
        bottom, top = float(points[:, 1].min()), float(points[:, 1].max())
        laid_out.append(Shape(points - middle, own, (top - bottom, -bottom)))
    return tuple(laid_out)


def _text_source(string: str, weight: int, slanted: bool, em_width: float | None, align: Align, leading: float) -> str:
    quoted = string.replace("\\", "\\\\").replace('"', '\\"')
    body = f'#"{quoted}"'
    if em_width is not None or "\n" in string:
        width = "auto" if em_width is None else f"{em_width}em"
        body = f'#block(width: {width}, align({_ALIGN[align]}, "{quoted}"))'
    return f"{head(False, weight, slanted)}#set par(leading: {leading}em, justify: false)\n{body}"


def _words(leaves: Iterable[Leaf]) -> list[list[Leaf]]:
    """Glyphs in a row with no gap between their ink belong to one word."""
    words: list[list[Leaf]] = []
    end, line = -np.inf, 0.0
    for leaf in leaves:
        low, high = float(leaf.points[:, 0].min()), float(leaf.points[:, 0].max())
        near = words and leaf.line == line and -2 * _WORD_GAP < low - end < _WORD_GAP
        if near and words[-1][0].colour == leaf.colour:
            words[-1].append(leaf)
            end = max(end, high)
        else:
            words.append([leaf])
            end = high
        line = leaf.line
    return words


class Formula(Typeset):
    """Typst mathematics whose parts can be named: `Formula("{{ a^2 : left }} = b").select("left")`.

    The notation is that of Manim's `MathTypst`: `{{ … : name }}`, or `{{ … }}` numbered from 0; groups may nest, and
    a name used twice selects both. Submobjects are the glyphs and rules, in Typst's order.
    """

    def __init__(self, source: str, size: float = style.BODY_SIZE, colour: str = style.TEXT) -> None:
        layout, groups = _formula_layout(source)
        super().__init__(layout, size, colour)
        self.source = source
        self._groups: dict[str, list[Any]] = {
            name: [self.submobjects[i] for i in indices] for name, indices in groups.items()
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The names that `select` knows, in the order of the source."""
        return tuple(self._groups)

    def select(self, key: str | int) -> VGroup:
        """The glyphs of a named (or numbered) group: the formula's own submobjects, not copies."""
        name = f"_grp-{key}" if isinstance(key, int) else key
        if name not in self._groups:
            raise KeyError(f"formula {self.source!r} has no part {key!r}; it has {', '.join(self._groups) or 'none'}")
        return VGroup(*self._groups[name])


@lru_cache(maxsize=4096)
def _formula_layout(source: str) -> tuple[Layout, dict[str, list[int]]]:
    """The formula's shapes, and for each name the places of its shapes among them."""
    demand_glyphs("".join(char for char in source if char > "~"), math=True)
    body, names = split_groups(source)
    leaves = _formula_leaves(body, None, source)
    layout = _laid_out([(leaf.points, leaf.colour) for leaf in leaves])
    return layout, {name: _inked_by(name, body, source, leaves) for name in names}


def _formula_leaves(body: str, hidden: str | None, source: str) -> tuple[Leaf, ...]:
    """Leaves of the formula, with one group's ink taken away if `hidden`; an x before it tells the baseline."""
    target = f'"{hidden}"' if hidden is not None else "none"
    preamble = f"#let group(name, body) = if name == {target} {{ hide(body) }} else {{ body }}\n"
    try:
        return leaves_of(f"{head(True, 400)}{preamble}x${body}$", marked=True)
    except ValueError as error:
        raise ValueError(f"formula {source!r}: {error}") from None


def _inked_by(name: str, body: str, source: str, leaves: tuple[Leaf, ...]) -> list[int]:
    """Which leaves belong to a group: those that vanish when Typst hides it, everything else staying in place."""
    rest = _formula_leaves(body, name, source)
    found, at = [], 0
    for index, leaf in enumerate(leaves):
        if at < len(rest) and rest[at].key == leaf.key:
            at += 1
        else:
            found.append(index)
    if at != len(rest):
        raise ValueError(f"formula {source!r}: part {name!r} cannot be told from the rest")
    return found


def split_groups(source: str) -> tuple[str, list[str]]:
    """Source with `{{ … : name }}` turned into calls of `group(name, …)`, and the names in order of opening."""
    names: list[str] = []
    count = 0

    def convert(text: str) -> str:
        nonlocal count
        out, i, quoted = [], 0, False
        while i < len(text):
            if text[i] == "\\":
                out.append(text[i : i + 2])
                i += 2
                continue
            quoted ^= text[i] == '"'
            if quoted or not text.startswith("{{", i):
                out.append(text[i])
                i += 1
                continue
            end = _closing(text, i + 2, source)
            inside, i = text[i + 2 : end], end + 2
            match = _LABEL.fullmatch(inside)
            if match:
                inside, name = match.group(1), match.group(2)
            else:
                name, count = f"_grp-{count}", count + 1
            names.append(name)
            out.append(f'group("{name}", {convert(inside.strip())})')
        return "".join(out)

    body = convert(source)
    return body, list(dict.fromkeys(names))


def _closing(text: str, i: int, source: str) -> int:
    """Where the group opened just before `i` closes."""
    depth, quoted = 1, False
    while i < len(text):
        if text[i] == "\\":
            i += 2
            continue
        quoted ^= text[i] == '"'
        if not quoted and text.startswith("{{", i):
            depth, i = depth + 1, i + 2
        elif not quoted and text.startswith("}}", i):
            depth -= 1
            if depth == 0:
                return i
            i += 2
        else:
            i += 1
    raise ValueError(f"formula {source!r}: a {{{{ is never closed")


# -- rows --------------------------------------------------------------------------------------
def align_baselines(first: Mobject, *others: Mobject) -> None:
    """Shift `others` up or down onto the baseline of `first`; a mobject without one stands on its lower edge."""
    level = _level(first)
    for other in others:
        other.shift([0, level - _level(other), 0])


def _level(mobject: Mobject) -> float:
    return float(getattr(mobject, "baseline", mobject.get_bottom()[1]))


def row(*mobjects: Mobject, gap: float = 0.15) -> None:
    """Set mobjects side by side, left to right, `gap` units apart, on the baseline of the first, which stays."""
    align_baselines(*mobjects)
    for before, after in pairwise(mobjects):
        after.shift([before.get_right()[0] + gap - after.get_left()[0], 0, 0])


def _demo() -> list[Mobject]:
    words = [Text(word, style.TITLE_SIZE) for word in ("ace", "gape", "Bonn", "Ångström", "“quay”")]
    row(*words, gap=0.3)
    line = VGroup(*words).move_to([0, 2.9, 0])
    user = Text('C# *bold* _x_ $y$ [a] @b `c` \\ "q" Zürich, Łódź, Αθήνα, Москва, it\'s', style.LABEL_SIZE)
    caption = Text(
        "The gradient says which way is up, and how steep; we walk the other way, a little at a time.",
        style.BODY_SIZE, width=9, align="centre",
    ).move_to([0, 0.9, 0])  # fmt: skip
    formula = Formula(
        "{{ (partial C)/(partial w) : lhs }} = {{ a^((L-1)) : a }} sigma'(z^((L))) thin 2(a^((L)) - y)"
        " = sum_(k=1)^n sqrt(hat(y)_k / x)",
        style.TITLE_SIZE,
    ).move_to([0, -0.9, 0])
    formula.select("lhs").set_fill(style.GRADIENT)
    formula.select("a").set_fill(style.FORWARD)
    tags = [Text("loss", style.SMALL_SIZE, style.LABEL), Formula("hat(y)_1"), Text("bold", weight="bold")]
    tags += [Text("slanted", slanted=True), Text("Paris", style.LABEL_SIZE, style.PARIS)]
    tags[0].move_to(LEFT * 4 + [0, -2.7, 0])
    row(*tags, gap=0.4)
    return [line, user.move_to([0, 2.0, 0]), caption, formula, VGroup(*tags).set_x(0)]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
