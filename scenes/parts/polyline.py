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
