"""Outlines of wires and of the bars around them: arrays in, curves out. Their meaning is given in `network`."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

Rule = Literal["proportional", "root"]
_CORNER: Final = 4 / 3  # times tan(angle / 4): handle of a cubic that follows a circle


def thickness(values: np.ndarray, scale: float, most: float, rule: Rule = "proportional") -> np.ndarray:
    """Thickness of bars for gradients of any shape: `most` at |gradient| ≥ `scale`.

    "proportional": most · |g| / scale. "root": most · sqrt(|g| / scale), which keeps small ones visible.
    What is no number has no bar.
    """
    share = np.clip(np.nan_to_num(np.abs(values) / scale, nan=0.0, posinf=1.0), 0.0, 1.0)
    return most * (np.sqrt(share) if rule == "root" else share)


def ribbons(start: np.ndarray, end: np.ndarray, thick: np.ndarray, r0: np.ndarray, r1: np.ndarray) -> np.ndarray:
    """Bars between discs: (n, 16, 3), four curves each.

    `start`, `end` (n, 2) are the discs' centres, `r0`, `r1` (n,) their radii (0 for a square end), `thick` (n,).
    Ends follow the rims, so that a bar touches its neuron without a gap and without lying under it.
    """
    span = end - start
    along = span / np.linalg.norm(span, axis=1, keepdims=True)
    side = np.stack([-along[:, 1], along[:, 0]], axis=1)
    half = thick[:, None] / 2
    near, near_in = _rim(half, r0[:, None])
    far, far_in = _rim(half, r1[:, None])
    corners = [  # around the bar: near upper, far upper, far lower, near lower
        start + near * along + half * side,
        end - far * along + half * side,
        end - far * along - half * side,
        start + near * along - half * side,
    ]
    out = np.zeros((len(start), 16, 3))
    out[:, 0:4, :2] = _straight(corners[0], corners[1])
    out[:, 8:12, :2] = _straight(corners[2], corners[3])
    out[:, 4:8, :2] = _arc(corners[1], corners[2], -along, side, *far_in)
    out[:, 12:16, :2] = _arc(corners[3], corners[0], along, -side, *near_in)
    return out


def _rim(half: np.ndarray, radius: np.ndarray) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Distance from a centre at which a bar's edge meets the rim; and an arc's handle (along, across)."""
    safe = np.maximum(radius, 1e-12)
    sine = np.clip(half / safe, 0.0, 0.999)
    cosine = np.sqrt(1 - sine**2)
    angle = 2 * np.arcsin(sine)
    handle = _CORNER * np.tan(angle / 4) * radius
    return radius * cosine, (handle * sine, handle * cosine)


def _straight(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.stack([a, a + (b - a) / 3, a + (b - a) * 2 / 3, b], axis=1)


def _arc(
    a: np.ndarray, b: np.ndarray, outwards: np.ndarray, from_side: np.ndarray, out: np.ndarray, across: np.ndarray
) -> np.ndarray:
    """The rim between a bar's two corners: `outwards` points from the disc into the bar, `a` lies on `from_side`."""
    square = (out + across) <= 0
    first = np.where(square, a + (b - a) / 3, a + out * outwards - across * from_side)
    second = np.where(square, a + (b - a) * 2 / 3, b + out * outwards + across * from_side)
    return np.stack([a, first, second, b], axis=1)


def circle(radius: float) -> np.ndarray:
    """Outline of a disc around the origin: (16, 3)."""
    k = _CORNER * np.tan(np.pi / 8)
    quarter = np.array([[1, 0], [1, k], [k, 1], [0, 1]], dtype=float)
    turn = np.array([[0, 1], [-1, 0]], dtype=float)  # row vectors turned by 90°
    curves = [quarter, quarter @ turn, quarter @ turn @ turn, quarter @ turn @ turn @ turn]
    return np.pad(radius * np.concatenate(curves), ((0, 0), (0, 1)))
