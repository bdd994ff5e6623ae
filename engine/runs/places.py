"""Kind "places": a user's own two to eight places, anywhere on Earth, told apart like the cities.

    [[place]]
    name = "Suva"
    points = [[-18.14, 178.44], [-18.12, 178.42]]   # lat, lon in degrees; the first is the place's centre
    colour = "#ff8a3d"                              # optional

Everything else may be left out: ``features`` (["lat", "lon"]), ``frame``, ``seed``, ``steps``, ``learning_rate``.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np

from engine.datasets.cities import Places, frame_around, side_by_side, stack
from engine.experiment_spec import MAX_STEPS, Table
from engine.layers import Array
from engine.losses import SoftmaxCrossEntropy
from engine.net import dense
from engine.recipe import Progress, Recipe
from engine.runs.cities import COLUMN, CityTask, city_recipe, read_frame
from engine.trace_writer import TraceWriter
from engine.train import train
from engine.training_spec import TrainingSpec

MAX_POINTS = 500  # of one place
SPREAD = 2.0  # the inputs are scaled so that their largest deviation from the middle is this many units
STEPS = (400, 800, 1600, 3200)
RATES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
ADAM_RATES = (0.05, 0.1, 0.3)
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def prepare(table: Table) -> Recipe:
    """Check a user's places, choose what they left open, and say how they are recorded."""
    table.text("kind", "places"), table.text("about", "")
    seed = table.integer("seed", 0)
    rows = table.tables("place")
    if not 2 <= len(rows) <= 8:
        raise table.wrong("place", f"{len(rows)} places: must be 2 to 8")
    features = table.texts("features", 1, 2) if "features" in table else ["lat", "lon"]
    if not set(features) <= set(COLUMN):
        raise table.wrong("features", f"must be among {', '.join(COLUMN)}")
    steps = table.integer("steps", low=1, high=MAX_STEPS) if "steps" in table else None
    rate = table.number("learning_rate", low=1e-9, high=1e3) if "learning_rate" in table else None
    places, colours = _read_places(table, rows)
    frame = read_frame(table) if "frame" in table else frame_around(places.points)
    table.done()
    columns = places.points[:, [COLUMN[name] for name in features]]
    offset = (columns.min(0) + columns.max(0)) / 2
    scale = np.full(len(features), max(float(np.abs(columns - offset).max()) / SPREAD, 1e-6))
    order = tuple(int(i) for i in np.random.default_rng(seed).permutation(len(columns)))
    spec = TrainingSpec("sgd", rate or 0.0, {}, steps or STEPS[0], 1, order, seed)
    net = dense([len(features), len(rows)])
    task = CityTask(places, tuple(features), offset, scale, frame, net, spec, colours)
    recipe = city_recipe(task, None, ())

    def record(writer: TraceWriter, progress: Progress) -> None:
        chosen = _choose(task, rate, steps)
        city_recipe(chosen, None, ()).record(writer, progress)
        spec = chosen.training
        writer.manifest["training"] = {
            "optimizer": spec.optimizer, "learning_rate": spec.learning_rate, "steps": spec.steps,
        }  # fmt: skip

    return replace(recipe, record=record)


def _read_places(table: Table, rows: list[Table]) -> tuple[Places, tuple[str | None, ...]]:
    names, groups, colours = [], [], []
    for row in rows:
        names.append(row.text("name", longest=40))
        points = row.array("points", (None, 2))
        if len(points) > MAX_POINTS or np.abs(points).max(0)[0] > 90 or np.abs(points).max(0)[1] > 180:
            raise row.wrong("points", f"must be at most {MAX_POINTS} of [lat, lon], lat within ±90, lon within ±180")
        colours.append(_colour(row))
        groups.append([(float(lon), float(lat)) for lat, lon in points])
        row.done()
    if len(set(names)) != len(names) or not all(names):
        raise table.wrong("place", "every place needs a name of its own")
    owners: dict[tuple[float, float], str] = {}
    for name, group in zip(names, groups, strict=True):
        for point in group:
            if owners.setdefault(point, name) != name:
                raise table.wrong("place", f"{owners[point]} and {name} share the point {point[::-1]}")
    places = stack(names, groups)
    turned = side_by_side(places.points[:, 0])
    points = np.column_stack([turned, places.points[:, 1]])
    firsts = np.searchsorted(places.labels, np.arange(len(names)))
    return replace(places, points=points, centres=points[firsts]), tuple(colours)


def _colour(row: Table) -> str | None:
    if "colour" not in row:
        return None
    colour = row.text("colour")
    if _COLOUR.fullmatch(colour) is None:
        raise row.wrong("colour", f"{colour!r} is not #rrggbb")
    return colour


def _choose(task: CityTask, rate: float | None, steps: int | None) -> CityTask:
    """The learning rate and number of steps, where left open: the fewest steps, then the lowest loss, that do it.

    Plain gradient descent is tried out, from zero, with every rate: it costs a few hundredths of a second. Where it
    fails (many places in a row on one coordinate), Adam is tried too. If nothing tells all points apart, the best one
    there was is taken.
    """
    trials = [("sgd", count, eta) for count in ((steps,) if steps else STEPS) for eta in ((rate,) if rate else RATES)]
    trials += [("adam", steps or STEPS[-1], eta) for eta in ((rate,) if rate else ADAM_RATES)]
    best: tuple[Any, ...] = (math.inf, math.inf, task.training)
    tried = 0
    for optimizer, count, eta in trials:
        if best[0] == 0 and count != tried:
            break
        tried = count
        spec = replace(task.training, optimizer=optimizer, learning_rate=eta, steps=count)
        wrong, loss = _trial(task, spec)
        best = min(best, (wrong, loss, spec), key=lambda trial: trial[:2])
    return replace(task, training=best[2])


def _trial(task: CityTask, spec: TrainingSpec) -> tuple[int, float]:
    """Points told wrongly after training by ``spec``, and the mean loss then; the net is put back to zero."""
    net, loss, inputs = task.net, SoftmaxCrossEntropy(), task.inputs
    for _ in train(net, loss, spec.make_optimizer(), inputs, task.targets, spec.batches(len(inputs)), spec.steps):
        pass
    output: Array = net.forward(inputs)
    value = loss.forward(output, task.targets)
    net.theta[...] = 0.0
    return int((output.argmax(1) != task.places.labels).sum()), value
