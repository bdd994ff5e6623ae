"""How Typst source becomes filled outlines: compiling, reading the SVG, remembering. No mobject has a meaning here.

Typst runs inside this process with the fonts of its own wheel and no others, so every machine gets the same shapes.
Nothing is written to disk: one kept compiler needs a quarter of a millisecond for a line of text, less than reading
a cache file and without one's ways of going wrong.
"""

from __future__ import annotations

import copy
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from xml.etree import ElementTree

import numpy as np
import typst
from manim import ManimColor, VMobject

TEXT_FONTS: Final = ("New Computer Modern", "Libertinus Serif", "DejaVu Sans Mono")  # the first that has the glyph
MATH_FONTS: Final = ("New Computer Modern Math", *TEXT_FONTS)
UNITS_PER_POINT: Final = 1 / 96  # an em of Manim font size 48 is half a unit, as with Manim's own text
_PT: Final = 10.0  # every line is compiled at 10 pt, so 10 pt are one em
_NOBODY: Final = "\U0010fffd"  # a character no font has: shows what a missing glyph looks like
_XLINK: Final = "{http://www.w3.org/1999/xlink}href"
_TOKEN: Final = re.compile(r"[A-Za-z]|-?\d*\.?\d+(?:[eE][-+]?\d+)?")
_UNSET: Final = "#" + 6 * "0"  # what Typst writes for text whose colour nobody set
_HEAD: Final = "#set page(width: auto, height: auto, margin: 0pt, fill: none)\n"


class MissingGlyphError(ValueError):
    """A character that none of the film's fonts can show."""

    exit_code = 2  # bad input: whoever wrote the text must write it in other letters


_Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One glyph or rule: `points` (4 × curves, 3) in em, the first line's baseline at y = 0."""

    points: np.ndarray
    colour: str | None  # None: whatever the whole text's colour is
    line: float  # baseline of the glyph's own line, in em (0, then downwards)
    key: tuple[Any, ...]  # what was drawn and where; equal keys are equal ink


@lru_cache(maxsize=1)
def _compiler() -> Any:
    return typst.Compiler(ignore_system_fonts=True)


def head(math: bool, weight: int, slanted: bool = False) -> str:
    """Typst's settings for one of the film's faces; `weight` 400 or 700."""
    quoted = ", ".join(f'"{name}"' for name in TEXT_FONTS)
    slant = ', style: "italic"' if slanted else ""
    text = f"#set text(size: {_PT}pt, font: ({quoted}), weight: {weight}, fallback: false, hyphenate: false{slant})\n"
    if math:
        quoted = ", ".join(f'"{name}"' for name in MATH_FONTS)
        text += f"#show math.equation: set text(font: ({quoted}))\n#show math.equation: math.display\n"
    return _HEAD + text


def compile_svg(source: str) -> bytes:
    """Typst source to SVG; ValueError with Typst's own reason when it does not compile."""
    try:
        return bytes(_compiler().compile(input=source.encode(), format="svg"))
    except typst.TypstError as error:
        raise ValueError(str(error).strip().splitlines()[0]) from None


@lru_cache(maxsize=4096)
def leaves_of(source: str, marked: bool = False) -> tuple[Leaf, ...]:
    """Everything that inks, in drawing order; `marked` drops the first leaf, which only tells the baseline."""
    root = ElementTree.fromstring(compile_svg(source))
    symbols = {node.get("id"): node[0].get("d") for node in root.iter("{http://www.w3.org/2000/svg}symbol")}
    found: list[tuple[np.ndarray, float, str | None, tuple[Any, ...]]] = []
    _walk(root, np.eye(3), symbols, found)
    base = found[0][1] if found else 0.0
    drop = 1 if marked else 0
    leaves = []
    for points, line, colour, key in found[drop:]:
        ems = np.zeros((len(points), 3))
        ems[:, 0] = points[:, 0] / _PT
        ems[:, 1] = (base - points[:, 1]) / _PT
        ems.flags.writeable = False
        leaves.append(Leaf(ems, colour, (base - line) / _PT, key))
    return tuple(leaves)


def _walk(node: Any, outer: np.ndarray, symbols: dict[Any, Any], found: list[Any]) -> None:
    """Collect (points in pt, y of the baseline, colour, key) of every drawn leaf below `node`."""
    for child in node:
        tag = child.tag.rsplit("}", 1)[-1]
        if tag == "defs":
            continue
        matrix = outer @ _matrix(child.get("transform"))
        if tag == "use":
            shift = np.array([float(child.get("x", 0)), float(child.get("y", 0))])
            name = child.get(_XLINK, "")[1:]
            points = _applied(matrix, _glyph(symbols[name]) + shift)
            found.append((points, float(matrix[1, 2]), _colour(child.get("fill")), (name, *_rounded(points))))
        elif tag == "path":
            points, colour = _rule(child, matrix)
            if len(points):
                found.append((points, float(matrix[1, 2]), colour, (child.get("d"), *_rounded(points))))
        elif tag == "image":
            raise ValueError("pictures cannot be part of a text")
        else:
            _walk(child, matrix, symbols, found)


def _rounded(points: np.ndarray) -> tuple[float, ...]:
    return tuple(np.round(points[0], 6)) if len(points) else ()


def _colour(fill: str | None) -> str | None:
    return None if fill in (None, "none", _UNSET) else fill


def _matrix(text: str | None) -> np.ndarray:
    """SVG's transform attribute as 3 × 3; Typst writes matrix, translate and scale."""
    result = np.eye(3)
    for name, inside in re.findall(r"(\w+)\(([^)]*)\)", text or ""):
        v = [float(x) for x in re.split(r"[ ,]+", inside.strip())]
        one = np.eye(3)
        if name == "matrix":
            one[:2] = [[v[0], v[2], v[4]], [v[1], v[3], v[5]]]
        elif name == "translate":
            one[0, 2], one[1, 2] = v[0], v[1] if len(v) > 1 else 0.0
        elif name == "scale":
            one[0, 0], one[1, 1] = v[0], v[-1]
        else:
            raise ValueError(f"transform {name} of Typst's SVG is unknown here")
        result = result @ one
    return result


def _applied(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    return np.asarray(points @ matrix[:2, :2].T + matrix[:2, 2])


def _rule(node: Any, matrix: np.ndarray) -> tuple[np.ndarray, str | None]:
    """A path outside glyphs: filled as it is; a stroke (fraction bar, root) becomes the rectangle that it covers."""
    points = _glyph(node.get("d"))
    stroke = node.get("stroke")
    if stroke in (None, "none"):
        fill = node.get("fill")
        return (np.empty((0, 2)), None) if fill == "none" else (_applied(matrix, points), _colour(fill))
    half = float(node.get("stroke-width", 1)) / 2
    bars = []
    for a, b in zip(points[::4], points[3::4], strict=True):
        along = (b - a) / max(float(np.linalg.norm(b - a)), 1e-9)
        side = half * np.array([-along[1], along[0]])
        bars.append(_polyline([a + side, b + side, b - side, a - side, a + side]))
    return _applied(matrix, np.concatenate(bars)) if bars else np.empty((0, 2)), _colour(stroke)


def _polyline(corners: list[np.ndarray]) -> np.ndarray:
    """Straight cubic curves through `corners`: (4 × sides, 2)."""
    a, b = np.array(corners[:-1]), np.array(corners[1:])
    return np.stack([a, a + (b - a) / 3, a + (b - a) * 2 / 3, b], axis=1).reshape(-1, 2)


@lru_cache(maxsize=4096)
def _glyph(path: str) -> np.ndarray:
    """SVG path data to cubic curves, (4 × curves, 2), read-only. Commands as Typst writes them: M L H V C Q Z."""
    tokens = _TOKEN.findall(path)
    curves: list[_Place] = []
    pen = start = (0.0, 0.0)
    i, command = 0, ""
    arity = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "Q": 4, "Z": 0}
    while i < len(tokens):
        if tokens[i].isalpha():
            command, i = tokens[i], i + 1
        kind = command.upper()
        if kind not in arity:
            raise ValueError(f"path command {command!r} of Typst's SVG is unknown here")
        values = [float(x) for x in tokens[i : i + arity[kind]]]
        i += arity[kind]
        new = _segment(kind, command.islower(), values, pen, start)
        if kind == "M":
            start = new[-1]
        elif kind != "Z" or max(abs(start[0] - pen[0]), abs(start[1] - pen[1])) > 1e-9:
            curves += new
        pen = new[-1]
    result = np.array(curves).reshape(-1, 2)
    result.flags.writeable = False
    return result


def _segment(kind: str, relative: bool, v: list[float], pen: _Place, start: _Place) -> list[_Place]:
    """One path command as the four points of a cubic; a move as its single end point."""
    x, y = pen if relative else (0.0, 0.0)
    if kind == "M":
        return [(x + v[0], y + v[1])]
    if kind == "C":
        return [pen, (x + v[0], y + v[1]), (x + v[2], y + v[3]), (x + v[4], y + v[5])]
    if kind == "Q":
        control, end = (x + v[0], y + v[1]), (x + v[2], y + v[3])
        return [pen, _towards(pen, control), _towards(end, control), end]
    if kind == "Z":
        end = start
    elif kind == "H":
        end = (x + v[0], pen[1])
    elif kind == "V":
        end = (pen[0], y + v[0])
    else:
        end = (x + v[0], y + v[1])
    across, up = end[0] - pen[0], end[1] - pen[1]
    return [pen, (pen[0] + across / 3, pen[1] + up / 3), (pen[0] + across * 2 / 3, pen[1] + up * 2 / 3), end]


def _towards(a: _Place, b: _Place) -> _Place:
    """Two thirds of the way from a to b: a quadratic curve's control point as a cubic's."""
    return a[0] + 2 / 3 * (b[0] - a[0]), a[1] + 2 / 3 * (b[1] - a[1])


# -- characters that the fonts lack ------------------------------------------------------------
@lru_cache(maxsize=4096)
def _ink_names(char: str, math: bool, weight: int) -> tuple[str, ...]:
    shown = f'$"{char}"$' if math else f'#"{char}"'
    return tuple(re.findall(r'id="(g\w+)"', compile_svg(head(math, weight) + shown).decode()))


def demand_glyphs(string: str, math: bool = False, weight: int = 400) -> None:
    """MissingGlyphError naming the first character of `string` that would come out as an empty box."""
    for char in string:
        if " " <= char <= "~" or char == "\n":
            continue
        missing = unicodedata.category(char) in ("Cc", "Cs", "Cn", "Co")
        if missing or set(_ink_names(char, math, weight)) & set(_ink_names(_NOBODY, math, weight)):
            name = unicodedata.name(char, "a character without a name")
            raise MissingGlyphError(
                f"text {string!r}: no font of the film has {char!r} (U+{ord(char):04X}, {name.lower()}); "
                "write it in Latin, Greek, Cyrillic or Hebrew letters"
            )


# -- outlines as mobjects ----------------------------------------------------------------------
@lru_cache(maxsize=1)
def _template() -> VMobject:
    return VMobject(stroke_width=0, fill_opacity=1)


def filled(points: np.ndarray, colour: str, opacity: float = 1.0) -> VMobject:
    """A VMobject filled inside `points` (4 × curves, 3), made in a tenth of the time of Manim's constructor."""
    return dress(copy.copy(_template()), points, colour, opacity)


@lru_cache(maxsize=1024)
def _parsed(colour: str) -> tuple[ManimColor, np.ndarray]:
    return ManimColor(colour), ManimColor(colour).to_rgba()


def dress(mobject: VMobject, points: np.ndarray, colour: str, opacity: float) -> VMobject:
    """Give a shallow copy of a VMobject everything of its own that Manim may change."""
    parsed, rgba = _parsed(colour)
    mobject.points = np.array(points, dtype=float)
    mobject.submobjects = []
    mobject.updaters = []
    mobject.color = mobject.fill_color = parsed
    mobject.fill_rgbas = rgba[None].copy()
    mobject.fill_rgbas[0, 3] = opacity
    mobject.stroke_rgbas = mobject.stroke_rgbas.copy()
    mobject.background_stroke_rgbas = mobject.background_stroke_rgbas.copy()
    return mobject
