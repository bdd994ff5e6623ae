"""Maps for scenes: what a trace says of its places, on a map with a heat map over it. Trains and decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from engine.datasets.borders import borders
from engine.trace import Trace
from scenes import style
from scenes.parts.heatmap import HeatMap, grid_shape
from scenes.parts.landscape import Landscape
from scenes.parts.projection import Box, Projection
from scenes.parts.raster import pixels_per_unit
from scenes.parts.worldmap import Place, WorldMap


@dataclass(frozen=True, slots=True)
class Task:
    """What a city run is about, as its trace tells: class names, their colours, the frame and the features."""

    names: tuple[str, ...]
    colours: tuple[str, ...]
    frame: tuple[float, float, float, float]  # lon0, lon1, lat0, lat1 in degrees
    features: tuple[str, ...]  # "lon" and "lat" in the order the model takes them
    offset: np.ndarray  # (features,) degrees subtracted from them
    scale: np.ndarray  # (features,) that they are divided by after that

    @classmethod
    def of(cls, trace: Trace) -> Task:
        """From the manifest of a trace of kind "cities"."""
        task: dict[str, Any] = trace.manifest["task"]
        names = tuple(str(name) for name in task["classes"])
        given = task.get("colours") or [None] * len(names)
        colours = tuple(colour or style.CLASS_COLOURS[i] for i, colour in enumerate(given))
        lon0, lon1, lat0, lat1 = (float(v) for v in task["frame"])
        return cls(
            names,
            colours,
            (lon0, lon1, lat0, lat1),
            tuple(task["features"]),
            np.asarray(task["offset"], dtype=float),
            np.asarray(task["scale"], dtype=float),
        )

    def inputs(self, lonlat: np.ndarray) -> np.ndarray:
        """What the model sees of places (..., 2) in degrees: (..., features)."""
        columns = [lonlat[..., 0] if feature == "lon" else lonlat[..., 1] for feature in self.features]
        return (np.stack(columns, axis=-1) - self.offset) / self.scale


def city_map(trace: Trace, box: Box, *, radius: float = 0.12) -> WorldMap:
    """The map of a city run, filling `box` if the world is wide enough: land, frontiers, and a pin for each place."""
    task = Task.of(trace)
    projection = Projection.fill(task.frame, box)
    centres = trace.constant("centres")
    places = [
        Place(name, float(centres[i, 0]), float(centres[i, 1]), task.colours[i]) for i, name in enumerate(task.names)
    ]
    return WorldMap(_painted(projection, radius, pixels_per_unit()), places)


def backdrop(trace: Trace, box: Box) -> WorldMap:
    """The same land without pins, filling all of `box`: something for a title to stand on."""
    projection = Projection.fill(Task.of(trace).frame, box)
    return WorldMap(_painted(projection, 0.0, pixels_per_unit()))


@lru_cache(maxsize=2)
def _painted(projection: Projection, radius: float, scale: float) -> Landscape:
    """The land, kept for the next scene of this process; at another `scale` (pixels a unit) it is another picture."""
    land = borders(projection.frame)
    return Landscape(projection, land.polygons, land.coasts, land.frontiers, radius)


def heat_map(trace: Trace, world: WorldMap, *, strength: float = style.HEAT) -> HeatMap:
    """A heat map of the run's beliefs, laid over the land of `world`; show it a step's parameters."""
    task = Task.of(trace)
    inputs = task.inputs(world.projection.grid(*grid_shape(world.projection)))
    heat = HeatMap(world.projection, task.colours, world.mask(), world.shade(), inputs=inputs, strength=strength)
    world.lay(heat)
    return heat
