"""Can each text be read: inside the frame, large enough, bright enough against what lies behind it?"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
import shapely
from manim import VMobject

from scenes import style
from scenes.parts.raster import Raster
from studio.check.seen import FAINT, Seen, Words
from studio.check.sight import Faults, Sight

EDGE: Final = style.MARGIN / 2  # units that text keeps from the frame's edge
DIGIT_PIXELS: Final = 20.0  # at 1080p
DIGIT: Final = 0.666  # height of a digit in em, in the film's fonts
CONTRAST: Final = 4.5  # WCAG 2.2, success criterion 1.4.3, level AA
_LOST: Final = 0.2  # share of a text's outline that may be too faint before it counts
_SAMPLES: Final = 24  # places along a text's outline where contrast is measured
_HALO: Final = 2.0  # stroke width from which a rim behind the letters counts as what lies behind them
_WEIGHTS: Final = np.array([0.2126, 0.7152, 0.0722])


def inside(words: Words, sight: Sight) -> Faults:
    """A text must keep `EDGE` from each edge of the frame."""
    left, bottom, right, top = words.box
    x0, y0, x1, y1 = sight.view.box
    room = min(left - x0, bottom - y0, x1 - right, y1 - top)
    if room >= EDGE - 1e-6:
        return []
    pixels = room / sight.view.pixel
    what = f"is {-pixels:.0f} px outside the frame" if room < 0 else f"is only {pixels:.0f} px from the frame's edge"
    return [("edge", f"{what} ({EDGE / sight.view.pixel:.0f} px are to be kept)", (words.mobject,))]


def large_enough(words: Words, sight: Sight) -> Faults:
    """Its digits must be `DIGIT_PIXELS` high; indices and exponents of a formula may be smaller."""
    em = getattr(words.mobject, "em", None)
    if em is None:  # a text of Manim's own: its tallest glyph is at least as high as a digit
        pixels = max(leaf.box[3] - leaf.box[1] for leaf in words.leaves) / sight.view.pixel
    else:
        pixels = float(em) * DIGIT / sight.view.pixel
    if pixels >= DIGIT_PIXELS:
        return []
    what = f"is too small: its digits are {pixels:.1f} px high at 1080p, {DIGIT_PIXELS:.0f} are needed"
    return [("small", what, (words.mobject,))]


def bright_enough(words: Words, behind: list[Seen], sight: Sight) -> Faults:
    """Each of its colours must differ from what lies behind; `behind` is that, lowest first."""
    behind = [seen for seen in behind if seen.fill > 0]
    groups: dict[bytes, list[Seen]] = {}
    for leaf in words.leaves:
        if leaf.fill > FAINT:
            groups.setdefault(leaf.mobject.fill_rgbas[0].tobytes(), []).append(leaf)
    for leaves in groups.values():
        ink = leaves[0].mobject.fill_rgbas[0]
        if behind:
            under = _halo(leaves[0], composed(_outline(leaves), behind, sight.view.background))
        elif _plain(ink.tobytes(), sight.view.background):
            continue
        else:
            under = np.array([sight.view.background])
        ratios = contrast(ink[:3] * ink[3] + under * (1 - ink[3]), under)
        ratio = float(np.quantile(ratios, _LOST))
        if ratio < CONTRAST:
            worst = under[int(np.argmin(ratios))]
            what = f"contrast {ratio:.1f}:1 against {_hex(worst)} behind it; {CONTRAST}:1 is needed"
            return [("contrast", what, (words.mobject,))]
    return []


@lru_cache(maxsize=1024)
def _plain(ink: bytes, background: tuple[float, float, float]) -> bool:
    """Whether this ink can be read on the bare background."""
    rgba = np.frombuffer(ink)
    under = np.array(background)
    return bool(contrast(rgba[:3] * rgba[3] + under * (1 - rgba[3]), under) >= CONTRAST)


def _outline(leaves: list[Seen]) -> np.ndarray:
    """About `_SAMPLES` places (n, 2) on the outlines of some glyphs."""
    points = np.concatenate([leaf.mobject.points[::4, :2] for leaf in leaves])
    return np.asarray(points[np.linspace(0, len(points) - 1, min(_SAMPLES, len(points))).astype(int)])


def composed(points: np.ndarray, behind: list[Seen], background: tuple[float, float, float]) -> np.ndarray:
    """The colours (n, 3) in 0 … 1 at places (n, 2), once `behind` has been painted there, lowest first.

    Fillings and rasters count; strokes do not, for those that meet a text are a fault of their own.
    """
    under = np.tile(np.array(background), (len(points), 1))
    for seen in behind:
        colour, alpha = _paint(seen, points)
        under = colour * alpha + under * (1 - alpha)
    return under


def _paint(seen: Seen, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Colour (n, 3) and opacity (n, 1) of one thing at each place."""
    mobject: Any = seen.mobject
    if isinstance(mobject, Raster):
        return _pixels(mobject, points)
    if not isinstance(mobject, VMobject) or seen.fill <= 0 or seen.area is None:
        return np.zeros((1, 3)), np.zeros((1, 1))
    inside = shapely.contains_xy(seen.area, points[:, 0], points[:, 1])
    rgba = mobject.fill_rgbas.mean(axis=0)
    return rgba[None, :3], (inside * rgba[3])[:, None]


def _pixels(raster: Raster, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Straight colour and opacity of a raster at each place; outside it has no opacity."""
    assert raster.pixels is not None
    pixels = raster.pixels.array
    corner, right, below = (np.asarray(p[:2]) for p in raster.points[:3])
    edges = np.stack([right - corner, below - corner], axis=1)
    if abs(np.linalg.det(edges)) < 1e-12:
        return np.zeros((1, 3)), np.zeros((1, 1))
    across, down = np.linalg.inv(edges) @ (points - corner).T
    rows, columns = pixels.shape[:2]
    within = (across >= 0) & (across < 1) & (down >= 0) & (down < 1)
    y = np.clip((down * rows).astype(int), 0, rows - 1)
    x = np.clip((across * columns).astype(int), 0, columns - 1)
    rgba = pixels[y, x] / 255.0
    alpha = rgba[:, 3:]
    colour = np.divide(rgba[:, :3], alpha, out=np.zeros_like(rgba[:, :3]), where=alpha > 0)
    return colour, alpha * within[:, None] * raster.opacity


def _halo(leaf: Seen, under: np.ndarray) -> np.ndarray:
    """What lies behind, with the rim that the letters wear on it."""
    mobject = leaf.mobject
    if mobject.background_stroke_width < _HALO:
        return under
    red, green, blue, alpha = mobject.background_stroke_rgbas[0]
    return np.asarray(np.array([red, green, blue]) * alpha + under * (1 - alpha))


def luminance(colour: np.ndarray) -> np.ndarray:
    """WCAG's relative luminance of sRGB colours (..., 3) in 0 … 1."""
    colour = np.asarray(colour, dtype=float)
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ _WEIGHTS)


def contrast(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """WCAG's contrast ratio of colours (..., 3): 1 … 21."""
    one, two = luminance(a) + 0.05, luminance(b) + 0.05
    return np.asarray(np.maximum(one, two) / np.minimum(one, two))


def _hex(colour: np.ndarray) -> str:
    red, green, blue = (round(float(c) * 255) for c in np.clip(colour, 0, 1))
    return f"#{red:02X}{green:02X}{blue:02X}"
