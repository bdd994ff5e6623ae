"""The world's countries and coasts inside any frame, as arrays of lon/lat degrees. Nothing is projected or drawn.

The file is TopoJSON: neighbours share *arcs*, chains of points stored as integer steps. A country is a list of rings,
a ring a list of arc numbers; `~k` means arc k walked backwards. Because arcs are shared, a border between two
countries is one line, a coast is an arc that only one country uses, and thinning an arc thins both neighbours alike,
so that no gap opens between them.

The file is meant for a globe: rings step across the date line from +180° to -180°, and Antarctica is a ring around
the pole with a coast cut out of it. Here such rings are laid flat before anything is cut.
"""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

WORLD: Final = Path(__file__).resolve().parents[2] / "data" / "world" / "countries-50m.json"
MARGIN: Final = 0.06  # share of the frame's longer side kept around it, so that the cut never shows as straight coast
SEAM: Final = 0.002  # points this near to the date line are put on it, so that both its sides meet
POLE: Final = -89.9  # what lies south of this in the file is no coast
TURNS: Final = (-720.0, -360.0, 0.0, 360.0, 720.0)  # copies of the world, side by side

Frame = tuple[float, float, float, float]  # lon west, lon east, lat south, lat north; degrees
Points = NDArray[np.float64]  # (points, 2): lon, lat in degrees
Polygon = tuple[Points, ...]  # the outer ring, then its holes; every ring is closed
Rings = list[list[list[int]]]  # a country's polygons, each a list of rings, each a list of arc numbers


@dataclass(frozen=True, slots=True)
class Country:
    """One country's land inside a frame: a name and its polygons."""

    name: str
    polygons: tuple[Polygon, ...]


@dataclass(frozen=True, slots=True)
class Borders:
    """All land inside `box`, which is the frame asked for and a rim around it. Each line is there once."""

    box: Frame
    countries: tuple[Country, ...]
    coasts: tuple[Points, ...]  # along the sea
    frontiers: tuple[Points, ...]  # between countries

    @property
    def polygons(self) -> tuple[Polygon, ...]:
        """The land of all countries together."""
        return tuple(polygon for country in self.countries for polygon in country.polygons)


def borders(frame: Sequence[float], tolerance: float = 0.0) -> Borders:
    """The world inside `frame` = (lon0, lon1, lat0, lat1) in degrees, cut a little wider than the frame.

    Longitudes run eastwards and may leave ±180°: (165, 190, -48, -10) holds New Zealand and Fiji, whose eastern
    islands then have longitudes above 180. `tolerance` (degrees) drops points that lie closer than this to the line
    without them. Raises ValueError for a frame that is empty, not finite, or wider than the world.
    """
    lon0, lon1, lat0, lat1 = (float(edge) for edge in frame)
    if not (lon0 < lon1 <= lon0 + 360.0 and -90.0 <= lat0 < lat1 <= 90.0 and abs(lon0) <= 540.0):
        rule = "west < east, at most 360 apart; -90 <= south < north <= 90"
        raise ValueError(f"frame: {(lon0, lon1, lat0, lat1)}: must be {rule}")
    return _cut((lon0, lon1, lat0, lat1), float(tolerance))


def read_polygons(path: Path | str, label: str = "country") -> tuple[Country, ...]:
    """The Polygon and MultiPolygon features of a GeoJSON file, one Country a feature, named by its property `label`.

    Raises ValueError when the file is not such a collection.
    """
    try:
        features = json.loads(Path(path).read_text(encoding="utf-8"))["features"]
        return tuple(
            Country(str(feature["properties"].get(label, "")), tuple(_geojson_polygons(feature["geometry"])))
            for feature in features
        )
    except (KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError, IndexError) as error:
        raise ValueError(f"{path}: not a GeoJSON collection of polygons ({type(error).__name__}: {error})") from error


def _geojson_polygons(geometry: dict[str, Any]) -> Iterator[Polygon]:
    parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for rings in parts:
        yield tuple(_frozen(np.array(ring, dtype=float)[:, :2]) for ring in rings)


# -- the file ----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Topology:
    arcs: list[Points]
    bounds: NDArray[np.float64]  # (arcs, 4): west, south, east, north
    countries: list[tuple[str, Rings, NDArray[np.float64]]]  # name, rings, bounds
    coasts: list[int]
    frontiers: list[int]


@functools.lru_cache(maxsize=1)
def _topology() -> _Topology:
    raw = json.loads(WORLD.read_text(encoding="utf-8"))
    arcs = _decoded(raw["arcs"], raw["transform"])
    points, starts = np.concatenate(arcs), np.cumsum([0, *map(len, arcs[:-1])])
    bounds = np.hstack([np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)])
    countries, uses = [], Counter[int]()
    for shape in raw["objects"]["countries"]["geometries"]:
        polygons = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
        numbers = [arc if arc >= 0 else ~arc for arc in chain.from_iterable(chain.from_iterable(polygons))]
        uses.update(numbers)
        countries.append((shape["properties"]["name"], polygons, _around(bounds[numbers])))
    coasts = [arc for arc, count in uses.items() if count == 1]
    frontiers = [arc for arc, count in uses.items() if count > 1]
    return _Topology(arcs, bounds, countries, coasts, frontiers)


def _around(bounds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bounds of a country. One that reaches the date line may lie on any turn: its rings are asked one by one."""
    around = np.hstack([bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)])
    if around[0] <= -180.0 or around[2] >= 180.0:
        around[[0, 2]] = -900.0, 900.0
    return around


def _decoded(steps: list[list[list[int]]], transform: dict[str, list[float]]) -> list[Points]:
    """Arcs in degrees: running sums of the integer steps, times scale, plus translate.

    TopoJSON specification, sections 2.1.2 (transforms) and 2.1.3 (arcs).
    """
    scale, translate = np.array(transform["scale"]), np.array(transform["translate"])
    lengths = np.array([len(arc) for arc in steps])
    numbers = chain.from_iterable(chain.from_iterable(steps))
    flat = np.fromiter(numbers, dtype=np.int64, count=2 * lengths.sum()).reshape(-1, 2)
    starts = np.cumsum(lengths) - lengths
    sums = np.cumsum(flat, axis=0)
    points = (sums - np.repeat(sums[starts] - flat[starts], lengths, axis=0)) * scale + translate
    seam = np.abs(np.abs(points[:, 0]) - 180.0) < SEAM
    points[seam, 0] = np.copysign(180.0, points[seam, 0])
    leaps = np.round(np.diff(points[:, 0]) / 360.0) != 0.0
    leaps[starts[1:] - 1] = False  # from the end of one arc to the start of the next
    arcs = np.split(points, starts[1:])
    for number in set((np.searchsorted(starts, np.flatnonzero(leaps), side="right") - 1).tolist()):
        arcs[number] = _unwrapped(arcs[number])
    return arcs


def _unwrapped(points: Points) -> Points:
    """The same points with whole turns added, so that no step is longer than half a turn."""
    turns = np.round(np.diff(points[:, 0]) / 360.0)
    if not turns.any():
        return points
    return np.column_stack([points[:, 0] - 360.0 * np.r_[0.0, np.cumsum(turns)], points[:, 1]])


# -- cutting -----------------------------------------------------------------------------------
@functools.lru_cache(maxsize=32)
def _cut(frame: Frame, tolerance: float) -> Borders:
    margin = MARGIN * max(frame[1] - frame[0], frame[3] - frame[2])
    box = (frame[0] - margin, frame[1] + margin, max(frame[2] - margin, -90.0), min(frame[3] + margin, 90.0))
    topology = _topology()
    near = [(name, polygons, turns) for name, polygons, at in topology.countries if (turns := _turns(at, box))]
    kinds = [list(_inside(topology.bounds, kind, box)) for kind in (topology.coasts, topology.frontiers)]
    rings = chain.from_iterable(chain.from_iterable(polygons) for _, polygons, _ in near)
    needed = {max(arc, ~arc) for arc in chain.from_iterable(rings)} | {arc for kind in kinds for arc, _ in kind}
    arcs = _thinned(topology.arcs, sorted(needed), tolerance)
    countries = []
    for name, polygons, turns in near:
        parts = [part for turn in turns for part in _land(polygons, arcs, turn, box)]
        if parts:
            countries.append(Country(name, tuple(_polygons(shapely.union_all(parts)))))
    coasts, frontiers = ([_turned(arcs[arc], turn) for arc, turn in kind] for kind in kinds)
    return Borders(box, tuple(countries), tuple(_lines(coasts, box)), tuple(_lines(frontiers, box)))


def _thinned(arcs: list[Points], numbers: Sequence[int], tolerance: float) -> dict[int, Points]:
    """The arcs with these numbers, without the points that `tolerance` makes superfluous."""
    chosen = [arcs[number] for number in numbers]
    if tolerance > 0.0 and chosen:
        owners = np.repeat(np.arange(len(chosen)), [len(arc) for arc in chosen])
        lines = shapely.simplify(
            shapely.linestrings(np.concatenate(chosen), indices=owners), tolerance, preserve_topology=False
        )
        points, owners = shapely.get_coordinates(lines, return_index=True)
        chosen = np.split(points, np.searchsorted(owners, np.arange(1, len(chosen))))
    return dict(zip(numbers, chosen, strict=True))


def _turned(points: Points, turn: float) -> Points:
    return points + np.array([turn, 0.0])


def _turns(bounds: NDArray[np.float64], box: Frame) -> list[float]:
    """The whole turns by which something with these bounds comes into the box."""
    return [turn for turn in TURNS if _meets(bounds, turn, box)]


def _inside(bounds: NDArray[np.float64], arcs: list[int], box: Frame) -> Iterator[tuple[int, float]]:
    """Those of `arcs` that come into the box, each with the turn by which it does."""
    for number, turn in np.argwhere(_meets(bounds[arcs].T[..., None], np.array(TURNS), box)).tolist():
        yield arcs[number], TURNS[turn]


def _meets(bounds: NDArray[np.float64], turn: Any, box: Frame) -> Any:
    """Whether what has these bounds comes into the box by this turn, for numbers or for arrays of them."""
    west, south, east, north = bounds
    return (west + turn < box[1]) & (east + turn > box[0]) & (south < box[3]) & (north > box[2])


def _land(polygons: Rings, arcs: dict[int, Points], turn: float, box: Frame) -> Iterator[Any]:
    clip = shapely.box(box[0], box[2], box[1], box[3])
    for polygon in polygons:
        flat = [_turned(_ring(numbers, arcs), turn) for numbers in polygon]
        rings = [ring for ring in flat if len(ring) >= 4 and ring[:, 1].max() > POLE]
        if not rings or not _meets(np.hstack([rings[0].min(axis=0), rings[0].max(axis=0)]), 0.0, box):
            continue
        # Some rings of the file touch or cross themselves; cutting them as they are would raise or lose land.
        part = shapely.intersection(shapely.make_valid(shapely.Polygon(rings[0], rings[1:])), clip)
        if not part.is_empty:
            yield part


def _ring(numbers: list[int], arcs: dict[int, Points]) -> Points:
    """The points of a ring, laid flat; each arc begins where the last one ended, and that point is kept once."""
    pieces = [arcs[arc] if arc >= 0 else arcs[~arc][::-1] for arc in numbers]
    ring = _unwrapped(np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])]))
    if abs(ring[-1, 0] - ring[0, 0]) > 180.0:  # it went once around the pole: down to the map's lower edge and back
        ring = np.vstack([ring, [ring[-1, 0], -90.0], [ring[0, 0], -90.0], ring[:1]])
    return ring


def _polygons(shape: Any) -> Iterator[Polygon]:
    for part in _parts(shape):
        if part.geom_type == "Polygon" and not part.is_empty:
            yield tuple(_frozen(shapely.get_coordinates(ring)) for ring in (part.exterior, *part.interiors))


def _lines(arcs: list[Points], box: Frame) -> Iterator[Points]:
    chains = [shapely.LineString(run) for arc in arcs for run in _off_seam(arc)]
    for shape in shapely.intersection(chains, shapely.box(box[0], box[2], box[1], box[3])):
        for part in _parts(shape):
            if part.geom_type == "LineString" and not part.is_empty:
                yield _frozen(shapely.get_coordinates(part))


def _off_seam(arc: Points) -> Iterator[Points]:
    """The stretches of an arc that are real coast: some rings are closed along the date line, or at the pole."""
    seam = np.abs(np.remainder(arc[:, 0], 360.0) - 180.0) < SEAM
    false = (seam[:-1] & seam[1:]) | ((arc[:-1, 1] < POLE) & (arc[1:, 1] < POLE))
    for run in np.split(np.arange(len(arc)), np.flatnonzero(false) + 1):
        if len(run) > 1:
            yield arc[run]


def _parts(shape: Any) -> Iterator[Any]:
    if hasattr(shape, "geoms"):
        for part in shape.geoms:
            yield from _parts(part)
    else:
        yield shape


def _frozen(points: Points) -> Points:
    points.flags.writeable = False
    return points
