"""The border at Baarle: data/baarle.geojson becomes points on either side of it. Trains nothing, draws nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape

from engine.errors import UserError

BAARLE = Path(__file__).resolve().parents[2] / "data" / "baarle.geojson"
COUNTRIES = ("Netherlands", "Belgium")  # labels 0 and 1
TOWN = (4.911, 4.957, 51.4285, 51.4572)  # lon west, lon east, lat south, lat north of the town's core, degrees
MAX_BYTES = 4 << 20


def belgium(path: Path = BAARLE) -> shapely.Geometry:
    """All Belgian land of the file as one prepared geometry; holes are Dutch. UserError if the file is no GeoJSON."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"{path}: larger than {MAX_BYTES} bytes")
        features = json.loads(path.read_bytes())["features"]
        land = shapely.union_all([shape(feature["geometry"]) for feature in features])
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, shapely.errors.ShapelyError) as error:
        raise UserError(f"{path}: not GeoJSON polygons: {type(error).__name__}") from None
    shapely.prepare(land)
    return land


def country(points: NDArray[np.float64], path: Path = BAARLE) -> NDArray[np.int64]:
    """0 (Netherlands) or 1 (Belgium) for points (n, 2) of lon, lat in degrees."""
    return shapely.contains_xy(belgium(path), points[:, 0], points[:, 1]).astype(np.int64)


def scattered(count: int, frame: tuple[float, float, float, float], seed: int) -> NDArray[np.float64]:
    """``count`` points lon, lat spread evenly over ``frame`` by ``seed``: (count, 2) degrees."""
    lon0, lon1, lat0, lat1 = frame
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.uniform(lon0, lon1, count), rng.uniform(lat0, lat1, count)])


def pixels(size: int, frame: tuple[float, float, float, float]) -> NDArray[np.float64]:
    """Centres of size × size cells of ``frame``: (size², 2) lon, lat; south first, west to east within a row."""
    lon0, lon1, lat0, lat1 = frame
    middle = (np.arange(size) + 0.5) / size
    lon, lat = np.meshgrid(lon0 + middle * (lon1 - lon0), lat0 + middle * (lat1 - lat0))
    return np.column_stack([lon.ravel(), lat.ravel()])
