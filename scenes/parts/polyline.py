"""Straight lines through many points as Manim's curves: joined, cut at a place, thinned out. Arrays only."""

from __future__ import annotations

import numpy as np


def joined(corners: np.ndarray) -> np.ndarray:
    """Curves through corners (n, 2) or (n, 3): (4 × (n − 1), 3). A corner that is no number leaves a gap."""
    if corners.shape[1] == 2:
        corners = np.pad(corners, ((0, 0), (0, 1)))
    a, b = corners[:-1], corners[1:]
    whole = np.isfinite(a).all(axis=1) & np.isfinite(b).all(axis=1)
    a, b = a[whole], b[whole]
    out = np.empty((len(a), 4, 3))
    out[:, 0], out[:, 3] = a, b
    out[:, 1] = a + (b - a) / 3
    out[:, 2] = a + (b - a) * (2 / 3)
    return out.reshape(-1, 3)


def height_at(x: float, xs: np.ndarray, ys: np.ndarray) -> float:
    """Height of the line through (xs, ys) at x, xs rising; held constant outside."""
    return float(np.interp(x, xs, ys))


def cut(corners: np.ndarray, x: float) -> np.ndarray:
    """The part of a line through corners (n, 2), x rising, up to exactly `x`: its last corner lies on the line."""
    xs = corners[:, 0]
    if x <= xs[0]:
        return corners[:1]
    if x >= xs[-1]:
        return corners
    count = int(np.searchsorted(xs, x, side="left"))
    last = corners[count - 1] + (corners[count] - corners[count - 1]) * (
        (x - xs[count - 1]) / (xs[count] - xs[count - 1])
    )
    return np.concatenate([corners[:count], last[None]])


def thinned(corners: np.ndarray, most: int) -> np.ndarray:
    """About `most` corners of (n, 2) that look the same: of each stretch the first, lowest, highest and last."""
    if len(corners) <= most:
        return corners
    keep = {0, len(corners) - 1}
    for part in np.array_split(np.arange(len(corners)), max(1, most // 4)):
        ys = corners[part, 1]
        keep.update((int(part[0]), int(part[-1])))
        if np.isfinite(ys).any():
            keep.update((int(part[np.nanargmin(ys)]), int(part[np.nanargmax(ys)])))
    return np.asarray(corners[sorted(keep)])


def cut_at(corners: np.ndarray, until: float) -> np.ndarray:
    """The part of a line through corners (n, 2) up to index `until`, whose fraction lies between two corners."""
    whole = int(np.clip(np.floor(until), 0, len(corners) - 1))
    share = float(until) - whole
    if whole >= len(corners) - 1 or share <= 0:
        return corners[: whole + 1]
    last = corners[whole] + share * (corners[whole + 1] - corners[whole])
    return np.concatenate([corners[: whole + 1], last[None]])


def clipped(curves: np.ndarray, xs: tuple[float, float], ys: tuple[float, float]) -> np.ndarray:
    """Straight curves (4 × n, 3) cut off at a box: what is outside is gone, what crosses ends on the edge.

    Liang and Barsky's parametric clipping, all lines at once.
    """
    a, b = curves[0::4], curves[3::4]
    enter, leave = np.zeros(len(a)), np.ones(len(a))
    for axis, (low, high) in ((0, xs), (1, ys)):
        start, step = a[:, axis], b[:, axis] - a[:, axis]
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.sort(np.stack([(low - start) / step, (high - start) / step]), axis=0)
        level = step == 0
        inside = (start >= low) & (start <= high)
        enter = np.where(level, np.where(inside, enter, 2.0), np.maximum(enter, t[0]))
        leave = np.where(level, leave, np.minimum(leave, t[1]))
    keep = enter < leave
    a, b, enter, leave = a[keep], b[keep], enter[keep, None], leave[keep, None]
    first, last = np.where(enter > 0, a + enter * (b - a), a), np.where(leave < 1, a + leave * (b - a), b)
    return np.stack([first, first + (last - first) / 3, first + (last - first) * (2 / 3), last], axis=1).reshape(-1, 3)


def dashed(a: np.ndarray, b: np.ndarray, dash: float = 0.09, gap: float = 0.07) -> np.ndarray:
    """Dashes from a to b, (3,) each: (4 × dashes, 3). The first begins at a."""
    length = float(np.linalg.norm(b - a))
    if length < 1e-9:
        return np.empty((0, 3))
    starts = np.arange(0.0, length, dash + gap)
    along = (b - a) / length
    ends = np.minimum(starts + dash, length)
    first, last = a + starts[:, None] * along, a + ends[:, None] * along
    return np.stack([first, first + (last - first) / 3, first + (last - first) * (2 / 3), last], axis=1).reshape(-1, 3)
