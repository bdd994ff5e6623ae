"""The file of the world's countries: arcs in degrees, and which of them make up which polygon. Nothing is cut here.

The file is TopoJSON: neighbours share *arcs*, chains of points stored as integer steps. A country is a list of
polygons, a polygon a list of rings, a ring a list of arc numbers; `~k` means arc k walked backwards.
"""

from __future__ import annotations

import functools
import json
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

WORLD: Final = Path(__file__).resolve().parents[2] / "data" / "world" / "countries-50m.json"
SEAM: Final = 0.002  # points this near to the date line are put on it, so that both its sides meet

Points = NDArray[np.float64]  # (points, 2): lon, lat in degrees
Rings = list[list[int]]  # a polygon's rings, the outer one first, each a list of arc numbers


@dataclass(frozen=True, slots=True)
class Topology:
    """The whole file, decoded."""

    arcs: list[Points]
    bounds: NDArray[np.float64]  # (arcs, 4): west, south, east, north
    countries: list[str]
    land: list[tuple[int, Rings]]  # the polygons: whose (the country's number), rings
    around: NDArray[np.float64]  # (polygons, 4): west, south, east, north
    coasts: list[int]
    frontiers: list[int]


@functools.lru_cache(maxsize=1)
def topology() -> Topology:
    """The world, read once."""
    raw, steps, lengths = _read(WORLD.read_bytes())
    arcs = _decoded(steps, lengths, raw["transform"])
    points, starts = np.concatenate(arcs), np.cumsum([0, *map(len, arcs[:-1])])
    bounds = np.hstack([np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)])
    names, land, uses = [], [], Counter[int]()
    for number, shape in enumerate(raw["objects"]["countries"]["geometries"]):
        polygons = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
        uses.update(max(arc, ~arc) for arc in chain.from_iterable(chain.from_iterable(polygons)))
        names.append(shape["properties"]["name"])
        land += [(number, rings) for rings in polygons]
    coasts = [arc for arc, count in uses.items() if count == 1]
    frontiers = [arc for arc, count in uses.items() if count > 1]
    return Topology(arcs, bounds, names, land, _around(land, bounds), coasts, frontiers)


def _around(land: list[tuple[int, Rings]], bounds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bounds of polygons (polygons, 4). Those of a country that reaches the date line may lie on any turn."""
    starts = np.cumsum([0, *(len(rings[0]) for _, rings in land[:-1])])
    outer = bounds[[max(arc, ~arc) for _, rings in land for arc in rings[0]]]
    around = np.hstack([np.minimum.reduceat(outer[:, :2], starts), np.maximum.reduceat(outer[:, 2:], starts)])
    owners = np.array([country for country, _ in land])
    at_seam = np.isin(owners, owners[(around[:, 0] <= -180.0) | (around[:, 2] >= 180.0)])
    around[at_seam, 0], around[at_seam, 2] = -900.0, 900.0
    return around


def _read(text: bytes) -> tuple[dict[str, Any], NDArray[np.int64], NDArray[np.int64]]:
    """The file's content, the steps of all its arcs (points, 2), and how many of them belong to each arc.

    Nearly all of the file are the arcs' numbers: where they stand without spaces, as in the file that is shipped,
    NumPy reads them in an eighth of the time.
    """
    start = text.rfind(b'"arcs":[[[') + len(b'"arcs":')
    end = text.find(b"]]]", start) + len(b"]]]")
    numbers = text[start:end]
    if not numbers.translate(None, b"[]-,0123456789"):
        lengths = np.array([arc.count(b"],[") + 1 for arc in numbers.split(b"]],[[")])
        steps = np.fromstring(numbers.translate(None, b"[]").decode("ascii"), dtype=np.int64, sep=",")
        if len(steps) == 2 * lengths.sum():
            return json.loads(text[:start] + b"[]" + text[end:]), steps.reshape(-1, 2), lengths
    raw = json.loads(text)
    lengths = np.array([len(arc) for arc in raw["arcs"]])
    return raw, np.array(list(chain.from_iterable(raw["arcs"])), dtype=np.int64), lengths


def _decoded(flat: NDArray[np.int64], lengths: NDArray[np.int64], transform: dict[str, list[float]]) -> list[Points]:
    """Arcs in degrees: running sums of the integer steps, times scale, plus translate.

    TopoJSON specification, sections 2.1.2 (transforms) and 2.1.3 (arcs).
    """
    scale, translate = np.array(transform["scale"]), np.array(transform["translate"])
    starts = np.cumsum(lengths) - lengths
    sums = np.cumsum(flat, axis=0)
    points = (sums - np.repeat(sums[starts] - flat[starts], lengths, axis=0)) * scale + translate
    seam = np.abs(np.abs(points[:, 0]) - 180.0) < SEAM
    points[seam, 0] = np.copysign(180.0, points[seam, 0])
    leaps = np.round(np.diff(points[:, 0]) / 360.0) != 0.0
    leaps[starts[1:] - 1] = False  # from the end of one arc to the start of the next
    arcs = np.split(points, starts[1:])
    for number in set((np.searchsorted(starts, np.flatnonzero(leaps), side="right") - 1).tolist()):
        arcs[number] = unwrapped(arcs[number])
    return arcs


def unwrapped(points: Points) -> Points:
    """The same points with whole turns added, so that no step is longer than half a turn."""
    turns = np.round(np.diff(points[:, 0]) / 360.0)
    if not turns.any():
        return points
    return np.column_stack([points[:, 0] - 360.0 * np.r_[0.0, np.cumsum(turns)], points[:, 1]])
