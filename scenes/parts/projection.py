"""From longitude and latitude to the scene and back. Nothing is drawn here.

The projection is equirectangular: x grows evenly with longitude, y with latitude. It is the one in which a straight
line over the inputs (lon, lat) is a straight line on the map, and the films are about such lines: where two neurons
with linear outputs tie, the network's own border is straight, and a grid of inputs is a grid of pixels.

A degree of longitude is `squeeze` times as wide as one of latitude. `squeeze` is the mean of cos(latitude) over the
frame, with which the frame has its true area; over 20° of latitude in Europe shapes are off by a sixth at the edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

if TYPE_CHECKING:
    pass

POLAR: Final = 85.0  # degrees; no map reaches farther, since there a degree of longitude has no width left


class Box(Protocol):
    """An upright box in scene units, such as `scenes.layout.Region`."""

    @property
    def left(self) -> float:
        """x of the left edge."""

    @property
    def right(self) -> float:
        """x of the right edge."""

    @property
    def bottom(self) -> float:
        """y of the lower edge."""

    @property
    def top(self) -> float:
        """y of the upper edge."""


@dataclass(frozen=True, slots=True)
class Projection:
    """A frame of the world laid onto a box of the scene.

    `frame` is (lon west, lon east, lat south, lat north) in degrees and may cross the date line: longitudes then run
    on beyond 180. `left`, `right`, `bottom`, `top` are the edges of the box in scene units.
    """

    frame: tuple[float, float, float, float]
    left: float
    right: float
    bottom: float
    top: float

    @classmethod
    def fit(cls, frame: Sequence[float], box: Box) -> Projection:
        """As large as it can be within `box`, in its middle, showing exactly `frame`."""
        frame = checked(frame)
        lon, lat = frame[1] - frame[0], frame[3] - frame[2]
        units = min((box.right - box.left) / (lon * squeeze(frame)), (box.top - box.bottom) / lat)
        width, height = lon * squeeze(frame) * units, lat * units
        x, y = (box.left + box.right) / 2, (box.bottom + box.top) / 2
        return cls(frame, x - width / 2, x + width / 2, y - height / 2, y + height / 2)

    @classmethod
    def fill(cls, frame: Sequence[float], box: Box) -> Projection:
        """All of `box`: what `frame` leaves of it shows more of the world, on both sides alike.

        Beyond 85° and a full turn of longitude nothing is added; there the picture may stay smaller than the box.
        """
        inner = cls.fit(frame, box)
        lon0, lon1, lat0, lat1 = inner.frame
        wide = (box.right - box.left) / inner.units_per_lon
        high = (box.top - box.bottom) / inner.units_per_lat
        wide, high = max(min(wide, 360.0), lon1 - lon0), max(min(high, 2 * POLAR), lat1 - lat0)
        lon0, lon1 = (lon0 + lon1 - wide) / 2, (lon0 + lon1 + wide) / 2
        lat0, lat1 = (lat0 + lat1 - high) / 2, (lat0 + lat1 + high) / 2
        south, north = min(-POLAR, inner.frame[2]), max(POLAR, inner.frame[3])
        push = max(0.0, south - lat0) - max(0.0, lat1 - north)
        x, y = (box.left + box.right) / 2, (box.bottom + box.top) / 2
        half_width, half_height = wide * inner.units_per_lon / 2, high * inner.units_per_lat / 2
        frame = (lon0, lon1, lat0 + push, lat1 + push)
        return cls(frame, x - half_width, x + half_width, y - half_height, y + half_height)

    @property
    def width(self) -> float:
        """Scene units from the western to the eastern edge."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Scene units from the southern to the northern edge."""
        return self.top - self.bottom

    @property
    def center(self) -> np.ndarray:
        """The middle of the box, as Manim's (3,) point."""
        return np.array([(self.left + self.right) / 2, (self.bottom + self.top) / 2, 0.0])

    @property
    def units_per_lon(self) -> float:
        """Scene units of one degree of longitude."""
        return self.width / (self.frame[1] - self.frame[0])

    @property
    def units_per_lat(self) -> float:
        """Scene units of one degree of latitude."""
        return self.height / (self.frame[3] - self.frame[2])

    def shifted(self, x: float, y: float) -> Projection:
        """The same map `x` units to the right and `y` up."""
        return replace(self, left=self.left + x, right=self.right + x, bottom=self.bottom + y, top=self.top + y)

    def to_scene(self, lon: np.ndarray | float, lat: np.ndarray | float) -> np.ndarray:
        """Manim points (..., 3) of places given in degrees; longitudes are taken as they are, see `wrap`."""
        lon, lat = np.broadcast_arrays(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
        points = np.zeros((*lon.shape, 3))
        points[..., 0] = self.left + (lon - self.frame[0]) * self.units_per_lon
        points[..., 1] = self.bottom + (lat - self.frame[2]) * self.units_per_lat
        return points

    def to_lonlat(self, points: np.ndarray) -> np.ndarray:
        """Degrees (..., 2), lon then lat, of scene points (..., 2 or 3)."""
        points = np.asarray(points, dtype=float)
        lon = self.frame[0] + (points[..., 0] - self.left) / self.units_per_lon
        lat = self.frame[2] + (points[..., 1] - self.bottom) / self.units_per_lat
        return np.stack([lon, lat], axis=-1)

    def wrap(self, lon: np.ndarray | float) -> np.ndarray:
        """The same meridians, by whole turns brought within half a turn of the frame's middle."""
        middle = (self.frame[0] + self.frame[1]) / 2
        return middle + np.remainder(np.asarray(lon, dtype=float) - middle + 180.0, 360.0) - 180.0

    def holds(self, lon: np.ndarray | float, lat: np.ndarray | float) -> np.ndarray:
        """Whether places lie in the frame, whatever turn their longitude is given on: bool (...)."""
        lon, lat = self.wrap(lon), np.asarray(lat, dtype=float)
        lon0, lon1, lat0, lat1 = self.frame
        return np.asarray((lon >= lon0) & (lon <= lon1) & (lat >= lat0) & (lat <= lat1))

    def grid(self, rows: int, columns: int) -> np.ndarray:
        """Degrees (rows, columns, 2), lon then lat, of the middles of the frame's cells; row 0 is the northern one."""
        lon0, lon1, lat0, lat1 = self.frame
        cells = np.empty((rows, columns, 2))
        cells[..., 0] = lon0 + (np.arange(columns) + 0.5) * (lon1 - lon0) / columns
        cells[..., 1] = (lat1 - (np.arange(rows) + 0.5) * (lat1 - lat0) / rows)[:, None]
        return cells


def checked(frame: Sequence[float]) -> tuple[float, float, float, float]:
    """`frame` as four floats; ValueError if it is empty, not finite, or reaches a pole."""
    lon0, lon1, lat0, lat1 = (float(edge) for edge in frame)
    if not (lon0 < lon1 <= lon0 + 360.0 and -90.0 < lat0 < lat1 < 90.0 and np.isfinite(lon0)):
        rule = "west < east, at most 360 apart; -90 < south < north < 90"
        raise ValueError(f"map frame: {(lon0, lon1, lat0, lat1)}: must be {rule}")
    return lon0, lon1, lat0, lat1


def squeeze(frame: Sequence[float]) -> float:
    """Width of a degree of longitude over that of one of latitude: mean cosine = (sin north − sin south) / Δlat."""
    south, north = np.radians(frame[2]), np.radians(frame[3])
    return float((np.sin(north) - np.sin(south)) / (north - south))
