"""True outlines: Bézier curves flattened, boxes, areas and lines for shapely. What they mean is for others to say."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
import shapely

STROKE_UNIT: Final = 0.01  # units of one unit of Manim's stroke width (Cairo's line width multiple)
PIXEL: Final = 1 / 135  # units of one pixel at 1080p while the camera stands at home
_PIECES: Final = 4  # straight pieces that stand for one curve: within 0.3 px for a circle of radius 1
_JOINED: Final = 1e-4  # units; curves that end and begin this near belong to one path

Box = tuple[float, float, float, float]  # left, bottom, right, top


@lru_cache(maxsize=8)
def _basis(pieces: int) -> np.ndarray:
    """Bernstein's cubic polynomials at the beginnings of `pieces` equal pieces: (pieces, 4)."""
    t = np.arange(pieces) / pieces
    return np.stack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3], axis=1)


def paths(points: np.ndarray, pieces: int = _PIECES) -> tuple[np.ndarray, np.ndarray]:
    """Manim's points (4 × curves, 3) as corners (n, 2), and for each corner the number of its path (n,)."""
    curves = points[: len(points) // 4 * 4, :2].reshape(-1, 4, 2)
    if not len(curves) or not np.isfinite(curves).all():
        return np.empty((0, 2)), np.empty(0, dtype=int)
    breaks = np.abs(curves[1:, 0] - curves[:-1, 3]).max(axis=1, initial=0.0) > _JOINED
    number = np.concatenate([[0], np.cumsum(breaks)])
    corners = np.einsum("pk,ckd->cpd", _basis(pieces), curves).reshape(-1, 2)
    of = np.repeat(number, pieces)
    last = np.flatnonzero(np.concatenate([breaks, [True]]))  # the end of each path is a corner too
    at = (last + 1) * pieces
    return np.insert(corners, at, curves[last, 3], axis=0), np.insert(of, at, number[last])


def area(points: Sequence[np.ndarray]) -> Any:
    """Everything within the outer outlines of `points`, holes filled: a MultiPolygon, None when there is no area."""
    rings = []
    for outline in points:
        corners, of = paths(outline)
        counts = np.bincount(of) if len(of) else np.empty(0, dtype=int)
        keep = np.isin(of, np.flatnonzero(counts >= 4))
        rings.append((corners[keep], of[keep]))
    corners, of = _numbered_on(rings)
    if not len(corners):
        return None
    return shapely.multipolygons(shapely.polygons(shapely.linearrings(corners, indices=of)))


def holed_area(points: np.ndarray) -> Any:
    """The area that is filled, with its holes, by the even-odd rule: a geometry, None when there is none."""
    whole = area([points])
    if whole is None:
        return None
    parts = [shapely.make_valid(part) for part in shapely.get_parts(whole)]
    result = parts[0]
    for part in parts[1:]:
        result = shapely.symmetric_difference(result, part)
    return result


def lines(points: np.ndarray) -> Any:
    """The middle lines of a stroke: a MultiLineString, None when there are none."""
    corners, of = paths(points)
    return shapely.multilinestrings(shapely.linestrings(corners, indices=of)) if len(corners) > 1 else None


def _numbered_on(parts: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Several (corners, path numbers) as one, every path with a number of its own, rising from 0."""
    corners, numbers, base = [], [], 0
    for some, of in parts:
        if len(some):
            _, again = np.unique(of, return_inverse=True)
            corners.append(some)
            numbers.append(again + base)
            base += int(again.max()) + 1
    if not corners:
        return np.empty((0, 2)), np.empty(0, dtype=int)
    return np.concatenate(corners), np.concatenate(numbers)


def box_of(points: np.ndarray, margin: float = 0.0) -> Box | None:
    """The upright box around points (n, 3), widened by `margin`; None when there are none."""
    if not len(points):
        return None
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    return float(low[0]) - margin, float(low[1]) - margin, float(high[0]) + margin, float(high[1]) + margin


def around(boxes: Sequence[Box]) -> Box:
    """The box around boxes."""
    array = np.array(boxes)
    low, high = array[:, :2].min(axis=0), array[:, 2:].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def meeting(boxes: np.ndarray, others: np.ndarray, gap: float = 0.0) -> np.ndarray:
    """Which of `boxes` (n, 4) meet which of `others` (m, 4), or come nearer than `gap`: bool (n, m)."""
    a, b = boxes[:, None], others[None]
    apart = (a[..., :2] > b[..., 2:] + gap) | (b[..., :2] > a[..., 2:] + gap)
    return np.asarray(~apart.any(axis=-1))
