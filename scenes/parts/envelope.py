"""Which of several linear functions is the greatest where: exact polygons, and planes cut for drawing. Arrays only.

A *sheet* is a plane z = a·x + b·y + c over a convex piece of ground; the sheets of a network's linear outputs cross
each other, and nothing that draws polygon after polygon can show that unless they are cut where they cross.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

TINY: Final = 1e-9  # polygons thinner than this share of their size are nothing


@dataclass(frozen=True, slots=True)
class Piece:
    """A convex part of a sheet: `corners` (n, 3) in order, the number of its `sheet`, and whether it is the highest."""

    corners: np.ndarray
    sheet: int
    top: bool


def box_corners(left: float, right: float, bottom: float, top: float) -> np.ndarray:
    """The corners (4, 2) of an upright box, counter-clockwise from the lower left."""
    return np.array([[left, bottom], [right, bottom], [right, top], [left, top]], dtype=float)


def kept(polygon: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """The part of a convex polygon (n, d) whose signed `distance` (n,) is not negative; (0, d) when nothing is left.

    Sutherland and Hodgman's clipping by one plane; distances must be linear over the polygon.
    """
    if len(polygon) == 0 or (distance >= 0).all():
        return polygon
    if (distance <= 0).all():
        return polygon[:0]
    out = []
    for i, here in enumerate(distance):
        j = (i + 1) % len(polygon)
        there = distance[j]
        if here >= 0:
            out.append(polygon[i])
        if here * there < 0:
            out.append(polygon[i] + (polygon[j] - polygon[i]) * (here / (here - there)))
    return np.array(out)


def area(polygon: np.ndarray) -> float:
    """Area of a flat polygon (n, 2 or more), of which x and y count."""
    if len(polygon) < 3:
        return 0.0
    x, y = polygon[:, 0], polygon[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2


def regions(sheets: np.ndarray, ground: np.ndarray) -> list[np.ndarray]:
    """For each of `sheets` (n, 3: a, b, c) the convex polygon (m, 2) of `ground` where it is the greatest.

    Together they cover the convex polygon `ground` once. A sheet that wins nowhere gets an empty polygon; of two
    sheets that are alike everywhere, the first wins; when all are, nobody does.
    """
    if undecided(sheets):
        return [ground[:0] for _ in sheets]
    least = TINY * area(ground)
    found = []
    for i, sheet in enumerate(sheets):
        polygon = ground
        for j, other in enumerate(sheets):
            if i != j and len(polygon):
                lead = sheet - other
                alike = not lead.any()
                margin = polygon @ lead[:2] + lead[2] if not alike else np.full(len(polygon), 1.0 if i < j else -1.0)
                polygon = kept(polygon, margin)
        polygon = distinct(polygon)
        found.append(polygon if area(polygon) > least else ground[:0])
    return found


def distinct(polygon: np.ndarray) -> np.ndarray:
    """A polygon (n, d) without corners that lie on their predecessor: an edge without length has no direction.

    Clipping leaves them where a cut runs through a corner that rounding has put a hair to its side.
    """
    if len(polygon) < 2:
        return polygon
    step = np.abs(polygon - np.roll(polygon, 1, axis=0)).max(axis=1)
    return polygon[step > TINY * float(np.ptp(polygon, axis=0).max())]


def undecided(rivals: np.ndarray) -> bool:
    """Whether several functions, a row of coefficients each, are all one and the same."""
    return len(rivals) > 1 and not np.ptp(rivals, axis=0).any()


def inner_edges(polygon: np.ndarray, ground: np.ndarray) -> list[np.ndarray]:
    """The edges (2, 2) of a convex part of `ground` that do not run along the ground's own edge."""
    inner = []
    size = float(np.ptp(ground, axis=0).max())
    for a, b in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        along = False
        for u, v in zip(ground, np.roll(ground, -1, axis=0), strict=True):
            normal = np.array([u[1] - v[1], v[0] - u[0]]) / np.linalg.norm(v - u)
            along |= bool(abs((a - u) @ normal) < 1e-7 * size and abs((b - u) @ normal) < 1e-7 * size)
        if not along:
            inner.append(np.array([a, b]))
    return inner


def corners_inside(sheets: np.ndarray, ground: np.ndarray) -> bool:
    """Whether three of `sheets` meet above the inside of `ground`, on top of all others."""
    middle = ground.mean(axis=0)
    shrunk = middle + (ground - middle) * (1 - 1e-6)
    edges = list(zip(shrunk, np.roll(shrunk, -1, axis=0), strict=True))
    for x, y in (point for polygon in regions(sheets, ground) for point in polygon):
        if all((v[0] - u[0]) * (y - u[1]) > (v[1] - u[1]) * (x - u[0]) for u, v in edges):
            return True
    return False


def stretches(slopes: np.ndarray, intercepts: np.ndarray, start: float, end: float) -> list[tuple[int, float, float]]:
    """Which of several lines is the highest from `start` to `end`: (line, from, to), in order of x.

    Neighbours are different lines; where lines are alike, the first counts; when all are, none does.
    """
    if undecided(np.column_stack([slopes, intercepts])):
        return []
    crossings = set()
    for i in range(len(slopes)):
        for j in range(i):
            if slopes[i] != slopes[j]:
                x = float((intercepts[j] - intercepts[i]) / (slopes[i] - slopes[j]))
                if start < x < end:
                    crossings.add(x)
    cuts, least = [start], TINY * (end - start)  # crossings that lie closer together are one
    cuts += [x for before, x in pairwise([start, *sorted(crossings)]) if x - before > least and end - x > least]
    won: list[tuple[int, float, float]] = []
    for a, b in pairwise([*cuts, end]):
        best = int(np.argmax(slopes * ((a + b) / 2) + intercepts))
        won[-1:] = [(best, won[-1][1], b)] if won and won[-1][0] == best else [*won[-1:], (best, a, b)]
    return won


def pieces(sheets: np.ndarray, ground: np.ndarray, low: float, high: float) -> list[Piece]:
    """All `sheets` (n, 3) over `ground` (m, 2) between the heights `low` and `high`, cut into convex pieces.

    Each piece is the highest sheet everywhere in it, or nowhere. No two overlap, seen from above, on one sheet.
    """
    tops = regions(sheets, ground)
    least = TINY * area(ground)
    out = []
    for i, sheet in enumerate(sheets):
        rest = [ground]
        for a, b in zip(tops[i], np.roll(tops[i], -1, axis=0), strict=True):
            normal = np.array([b[1] - a[1], a[0] - b[0]])  # away from the region, which runs counter-clockwise
            cut = [(polygon, (polygon - a) @ normal) for polygon in rest[-1:]]
            rest[-1:] = [part for polygon, side in cut for part in (kept(polygon, side), kept(polygon, -side))]
        beaten = rest[:-1] if len(tops[i]) else rest
        for flat, top in [*((polygon, False) for polygon in beaten), (tops[i], True)]:
            if area(flat) > least:
                solid = raised(flat, sheet)
                solid = kept(solid, solid[:, 2] - low)
                solid = kept(solid, high - solid[:, 2])
                if len(solid) > 2:
                    out.append(Piece(solid, i, top))
    return out


def raised(flat: np.ndarray, sheet: np.ndarray) -> np.ndarray:
    """Ground points (n, 2) lifted onto a sheet (3,): (n, 3)."""
    return np.column_stack([flat, flat @ sheet[:2] + sheet[2]])


def back_to_front(parts: Sequence[Piece], sheets: np.ndarray, eye: np.ndarray) -> list[Piece]:
    """The pieces in an order in which they may be drawn over each other, as seen from `eye` (3,).

    The sheets themselves divide space (Fuchs, Kedem and Naylor, "On visible surface generation by a priori tree
    structures", 1980): what lies beyond a sheet is drawn before it. Pieces that a sheet cuts are cut there.
    """
    left = list(dict.fromkeys(part.sheet for part in parts))
    return _ordered(list(parts), left, sheets, eye)


def _ordered(parts: list[Piece], left: list[int], sheets: np.ndarray, eye: np.ndarray) -> list[Piece]:
    if not parts:
        return []
    first = next(number for number in left if any(part.sheet == number for part in parts))
    rest = left[left.index(first) + 1 :]
    a, b, c = sheets[first]
    above: list[Piece] = []
    below: list[Piece] = []
    for part in parts:
        if part.sheet == first:
            continue
        side = part.corners[:, 2] - part.corners[:, 0] * a - part.corners[:, 1] * b - c
        size = 1e-7 * max(1.0, float(np.abs(part.corners).max()))
        side = np.where(np.abs(side) < size, 0.0, side)
        for half, where in ((kept(part.corners, side), above), (kept(part.corners, -side), below)):
            if len(half) > 2 and not (where is below and (side >= 0).all()):
                where.append(part if half is part.corners else Piece(half, part.sheet, part.top))
    own = [part for part in parts if part.sheet == first]
    over = float(eye[2] - a * eye[0] - b * eye[1] - c) > 0
    far, near = (below, above) if over else (above, below)
    return [*_ordered(far, rest, sheets, eye), *own, *_ordered(near, rest, sheets, eye)]
