"""Maps of city runs that lie on the ground of a three-dimensional scene, with pins on them. Trains nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.datasets.borders import borders
from engine.trace import Trace
from scenes import style
from scenes.atlas import Task
from scenes.parts.floor import Floor
from scenes.parts.projection import Box, Projection
from scenes.parts.standing import StandingPins
from scenes.parts.view import View

GRID = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])  # the world's origin, one east of it, one north of it


def city_floor(trace: Trace, world: Projection, box: Box) -> Floor:
    """The land of a city run in `world`, whose box is its place on the ground; painted within `box` of the scene."""
    task = Task.of(trace)
    land = borders(world.frame)
    inputs = task.inputs(world.to_lonlat(GRID))
    return Floor(box, world, land.polygons, land.coasts, land.frontiers, task.colours, inputs)


def city_pins(
    trace: Trace, floor: Floor, views: Sequence[View], box: Box, size: float = style.SMALL_SIZE
) -> StandingPins:
    """A pin at each place's centre, names set so that they are clear of each other as all `views` see them in `box`."""
    task, centres = Task.of(trace), centres_of(trace)
    feet = floor.world(centres[:, 0], centres[:, 1])
    return StandingPins(task.names, feet, task.colours, views, (box.left, box.right, box.bottom, box.top), size)


def centres_of(trace: Trace) -> np.ndarray:
    """Lon/lat degrees of the places' centres: (classes, 2)."""
    return np.asarray(trace.constant("centres").value)


def ground_corners(world: Projection) -> np.ndarray:
    """The world points (4, 3) at the corners of a map on the ground."""
    return np.array([[x, y, 0.0] for x in (world.left, world.right) for y in (world.bottom, world.top)])


def own_colour(trace: Trace, step: int) -> list[bool]:
    """For each class whether its own score is the highest at its place's centre, with the parameters of `step`."""
    weight, bias = (np.asarray(trace.at(f"layers.0.{kind}", step).value) for kind in ("weight", "bias"))
    scores = Task.of(trace).inputs(centres_of(trace)) @ weight.T + bias
    return [int(row.argmax()) == i and float(np.ptp(row)) > 0 for i, row in enumerate(scores)]


def always_lifts(trace: Trace) -> bool:
    """Whether each step raised the right class's score at the place it was shown, and lowered all others there."""
    weights, biases = trace.series("layers.0.weight"), trace.series("layers.0.bias")
    x, y = trace.series("x")[:-1], trace.series("y")[:-1]
    moved = np.einsum("sf,scf->sc", x, np.diff(weights, axis=0)) + np.diff(biases, axis=0)
    return bool(((moved > 0) == (y > 0.5)).all())


def nearest_in_longitude(trace: Trace) -> tuple[int, int]:
    """The two places nearest to each other in longitude, the northern one first."""
    lons, lats = centres_of(trace).T
    _, i, j = min((abs(lons[i] - lons[j]), i, j) for i in range(len(lons)) for j in range(i))
    return (i, j) if lats[i] >= lats[j] else (j, i)
