"""The world's countries and coasts inside any frame, as arrays of lon/lat degrees. Nothing is projected or drawn.

Neighbours share arcs (`topology.py`). So a border between two countries is one line, a coast is an arc that only one
country uses, and thinning an arc thins both neighbours alike, so that no gap opens between them.

The file is meant for a globe: rings step across the date line from +180° to -180°, and Antarctica is a ring around
the pole with a coast cut out of it. Here such rings are laid flat before anything is cut.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from engine.datasets.topology import SEAM, Points, Rings, topology, unwrapped

MARGIN: Final = 0.06  # share of the frame's longer side kept around it, so that the cut never shows as straight coast
POLE: Final = -89.9  # what lies south of this in the file is no coast
TURNS: Final = (-720.0, -360.0, 0.0, 360.0, 720.0)  # copies of the world, side by side

Frame = tuple[float, float, float, float]  # lon west, lon east, lat south, lat north; degrees
Polygon = tuple[Points, ...]  # the outer ring, then its holes; every ring is closed


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


# -- cutting -----------------------------------------------------------------------------------
@functools.lru_cache(maxsize=32)
def _cut(frame: Frame, tolerance: float) -> Borders:
    margin = MARGIN * max(frame[1] - frame[0], frame[3] - frame[2])
    box = (frame[0] - margin, frame[1] + margin, max(frame[2] - margin, -90.0), min(frame[3] + margin, 90.0))
    world = topology()
    near: dict[int, list[tuple[Rings, float]]] = {}
    for turn, number in np.argwhere(_meets(world.around.T[:, None], np.array(TURNS)[:, None], box)).tolist():
        country, rings = world.land[number]
        near.setdefault(country, []).append((rings, TURNS[turn]))
    kinds = [list(_inside(world.bounds, kind, box)) for kind in (world.coasts, world.frontiers)]
    walked = chain.from_iterable(chain.from_iterable(rings) for lands in near.values() for rings, _ in lands)
    needed = {max(arc, ~arc) for arc in walked} | {arc for kind in kinds for arc, _ in kind}
    arcs = _thinned(world.arcs, sorted(needed), tolerance)
    countries = []
    for country, lands in sorted(near.items()):
        parts = [part for rings, turn in lands for part in _land(rings, arcs, turn, box)]
        if parts:
            countries.append(Country(world.countries[country], tuple(_polygons(shapely.union_all(parts)))))
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


def _inside(bounds: NDArray[np.float64], arcs: list[int], box: Frame) -> Iterator[tuple[int, float]]:
    """Those of `arcs` that come into the box, each with the turn by which it does."""
    for number, turn in np.argwhere(_meets(bounds[arcs].T[..., None], np.array(TURNS), box)).tolist():
        yield arcs[number], TURNS[turn]


def _meets(bounds: NDArray[np.float64], turn: Any, box: Frame) -> Any:
    """Whether what has these bounds comes into the box by this turn, for numbers or for arrays of them."""
    west, south, east, north = bounds
    return (west + turn < box[1]) & (east + turn > box[0]) & (south < box[3]) & (north > box[2])


def _land(polygon: Rings, arcs: dict[int, Points], turn: float, box: Frame) -> Iterator[Any]:
    """What of a polygon lies inside the box: one shape or none."""
    flat = [_turned(_ring(numbers, arcs), turn) for numbers in polygon]
    rings = [ring for ring in flat if len(ring) >= 4 and ring[:, 1].max() > POLE]
    if not rings or not _meets(np.hstack([rings[0].min(axis=0), rings[0].max(axis=0)]), 0.0, box):
        return
    # Some rings of the file touch or cross themselves; cutting them as they are would raise or lose land.
    whole = shapely.make_valid(shapely.Polygon(rings[0], rings[1:]))
    part = shapely.intersection(whole, shapely.box(box[0], box[2], box[1], box[3]))
    if not part.is_empty:
        yield part


def _ring(numbers: list[int], arcs: dict[int, Points]) -> Points:
    """The points of a ring, laid flat; each arc begins where the last one ended, and that point is kept once."""
    pieces = [arcs[arc] if arc >= 0 else arcs[~arc][::-1] for arc in numbers]
    ring = unwrapped(np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])]))
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
