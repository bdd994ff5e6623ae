"""Places on the Earth: data/cities.json becomes points, labels and centres in lon/lat degrees. Trains nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import UserError

CITIES = Path(__file__).resolve().parents[2] / "data" / "cities.json"
MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Places:
    """``points`` (n, 2) lon/lat degrees stacked place by place, ``labels`` (n,), ``centres`` (places, 2)."""

    names: tuple[str, ...]
    points: NDArray[np.float64]
    labels: NDArray[np.int64]
    centres: NDArray[np.float64]


def read_cities(names: Sequence[str], path: Path = CITIES) -> Places:
    """The named cities of the file, in the order asked for; a city's first point is its centre.

    The file maps a name to a list of {"lat": …, "lon": …}. UserError when it does not, or lacks a name.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"{path}: larger than {MAX_BYTES} bytes")
        table = json.loads(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: not JSON: {str(error)[:120]}") from None
    if not isinstance(table, dict):
        raise UserError(f"{path}: must map names of places to lists of points")
    groups = []
    for name in names:
        if name not in table:
            raise UserError(f"{path}: {name}: not among {', '.join(list(table)[:8])}")
        groups.append([_point(row, f"{path}: {name}") for row in table[name]])
    return stack(names, groups)


def stack(names: Sequence[str], groups: Sequence[Sequence[tuple[float, float]]]) -> Places:
    """Groups of (lon, lat) degrees, one per place, as one set of rows; the first of each is its centre."""
    points = np.array([point for group in groups for point in group], dtype=np.float64)
    labels = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    centres = np.array([group[0] for group in groups], dtype=np.float64)
    return Places(tuple(names), points, labels, centres)


def _point(row: Any, where: str) -> tuple[float, float]:
    if not isinstance(row, Mapping) or set(row) != {"lat", "lon"}:
        raise UserError(f"{where}: a point must have exactly lat and lon")
    lon, lat = row["lon"], row["lat"]
    for value, limit in ((lon, 180), (lat, 90)):
        good = isinstance(value, int | float) and not isinstance(value, bool)
        if not good or not math.isfinite(value) or abs(value) > limit:
            raise UserError(f"{where}: {value!r} is not degrees from -{limit} to {limit}")
    return float(lon), float(lat)


def side_by_side(lon: NDArray[np.float64]) -> NDArray[np.float64]:
    """Longitudes in degrees, turned by whole circles so that they lie side by side: the largest gap stays empty.

    Fiji (178) and Samoa (-172) become 178 and 188. What lies within ±180 already stays there if it can.
    """
    wrapped = (lon + 180) % 360 - 180
    rising = np.sort(np.unique(wrapped))
    gaps = np.diff(np.append(rising, rising[0] + 360))
    widest = int(gaps.argmax())
    if widest == len(rising) - 1:  # the gap is where the date line is: nothing to turn
        return wrapped
    return np.where(wrapped > rising[widest], wrapped, wrapped + 360)


def frame_around(points: NDArray[np.float64], room: float = 0.3, smallest: float = 3.0) -> NDArray[np.float64]:
    """A map's frame [lon0, lon1, lat0, lat1] in degrees with ``room`` of the points' extent around them."""
    low, high = points.min(0), points.max(0)
    half = np.maximum((high - low) * (0.5 + room), smallest)
    half = np.maximum(half, half.max() / 3)  # neither a thread nor a ribbon
    middle = (low + high) / 2
    half[0] = min(half[0], 180.0)
    south, north = max(middle[1] - half[1], -85.0), min(middle[1] + half[1], 85.0)
    return np.array([middle[0] - half[0], middle[0] + half[0], south, north])
