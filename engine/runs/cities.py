"""Kind "cities": places on the Earth told apart by one or two coordinates. Every step is recorded in full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.datasets.cities import CITIES, Places, read_cities
from engine.errors import UserError
from engine.experiment_spec import Table
from engine.landscape import Landscape
from engine.layers import Array
from engine.losses import SoftmaxCrossEntropy
from engine.net import Net, dense
from engine.probes import classification_over_steps
from engine.recipe import Progress, Recipe
from engine.recorder import Training, full_row, record_training
from engine.runs import worked_step
from engine.runs.worked_step import Worked, read_worked, worked_constants
from engine.trace_writer import TraceWriter
from engine.training_spec import TrainingSpec, read_start, read_training

COLUMN = {"lon": 0, "lat": 1}  # features, and their columns in points

MEANINGS = {
    **worked_step.MEANINGS,
    "points": "(points, 2) lon, lat in degrees, stacked place by place",
    "labels": "(points,) number of the place each point belongs to",
    "centres": "(classes, 2) lon, lat in degrees of each place's first point",
    "inputs": "(points, features) what the net sees: (degrees - offset) / scale",
    "order": "(steps,) row seen at each step",
    "row": "number of the row this step saw",
    "target": "number of the class that is right for this step's row",
    "x": "(features,) this step's input",
    "y": "(classes,) this step's target, one-hot",
    "logits": "(classes,) outputs h = Wx + b before softmax",
    "probs": "(classes,) softmax of the logits: probabilities",
    "loss": "cross-entropy -ln of the right class's probability, in nats, for this step's row",
    "layers.*.weight": "(out, in) weights before this step's update",
    "layers.*.bias": "(out,) biases before this step's update",
    "grads.*": "gradient of this step's loss by the parameter of that name, same shape",
    "probs_all": "(points, classes) probabilities of all points with this step's parameters",
    "loss_all": "mean cross-entropy over all points with this step's parameters, in nats",
    "accuracy": "share of all points whose most probable class is right, 0 to 1",
    "grad_norm": "length of this step's whole gradient",
}


@dataclass(frozen=True, slots=True)
class CityTask:
    """Places seen through ``features`` as (degrees - offset) / scale, the net that shall tell them apart, and how."""

    places: Places
    features: tuple[str, ...]
    offset: Array
    scale: Array
    frame: Array
    net: Net
    training: TrainingSpec
    colours: tuple[str | None, ...] = ()  # "#rrggbb" or None for each place

    @property
    def inputs(self) -> Array:
        """(points, features) what the net sees."""
        columns = [COLUMN[name] for name in self.features]
        return (self.places.points[:, columns] - self.offset) / self.scale

    @property
    def targets(self) -> Array:
        """(points, classes) one-hot."""
        return np.eye(len(self.places.names))[self.places.labels]

    def words(self) -> dict[str, Any]:
        """The manifest's task."""
        return {
            "classes": list(self.places.names),
            "features": list(self.features),
            "offset": self.offset.tolist(),
            "scale": self.scale.tolist(),
            "frame": self.frame.tolist(),
            **({"colours": list(self.colours)} if any(self.colours) else {}),
        }


def prepare(table: Table) -> Recipe:
    """Check a cities experiment and say how it is recorded."""
    worked = read_worked(table) if "worked" in table else None
    return city_recipe(read_city_task(table), worked, (CITIES,))


def read_city_task(table: Table) -> CityTask:
    """Check a whole cities experiment but for its [worked] table, and set its net to the start."""
    table.text("kind"), table.text("about", ""), table.raw("worked", None)
    seed = table.integer("seed", 0)
    task = table.table("task")
    task.text("file", choices=["cities.json"])
    features = task.texts("features", 1, 2)
    if not set(features) <= set(COLUMN):
        raise task.wrong("features", f"must be among {', '.join(COLUMN)}")
    names = task.texts("places", 2, 8)
    offset = task.array("offset", (len(features),))
    frame = read_frame(task)
    task.done()
    try:
        places = read_cities(names)
    except UserError as error:
        raise task.wrong("places", str(error)) from None
    net = dense([len(features), len(names)])
    read_start(table.table("start"), net, seed)
    training = read_training(table.table("training"), seed, len(places.points))
    table.done()
    return CityTask(places, tuple(features), offset, np.ones(len(features)), frame, net, training)


def city_recipe(task: CityTask, worked: Worked | None, data: tuple[Path, ...]) -> Recipe:
    """How a city task is recorded; with ``worked`` its step 0 is taken apart as the first scenes need it."""
    net, spec, places, inputs = task.net, task.training, task.places, task.inputs
    start, loss = net.theta.copy(), SoftmaxCrossEntropy()
    row, unpack = full_row(net, loss)

    def record(writer: TraceWriter, progress: Progress) -> None:
        net.theta[...] = start
        batches = spec.batches(len(inputs))
        order = np.array([batches(step)[0] for step in range(spec.steps)])
        writer.constants({"points": places.points, "labels": places.labels, "centres": places.centres})
        writer.constants({"inputs": inputs, "order": order})
        if worked is not None:
            rows = order[:1]
            writer.constants(worked_constants(Landscape(net, loss, inputs[rows], task.targets[rows]), worked))
        training = Training(net, loss, spec.make_optimizer(), inputs, task.targets, batches, spec.steps)
        record_training(writer, training, progress, rows={"step": (1, row)})

    def derive(stacked: Mapping[str, Array]) -> dict[str, Array]:
        arrays = unpack(stacked)
        arrays["target"] = places.labels[arrays["row"]]
        return {**arrays, **classification_over_steps(net, arrays, inputs, places.labels)}

    return Recipe(record, {"task": task.words()}, MEANINGS, data, {"step": derive})


def read_frame(task: Table) -> Array:
    """The map's frame [lon0, lon1, lat0, lat1] in degrees; east of the date line lon1 goes beyond 180."""
    frame = task.array("frame", (4,))
    lon0, lon1, lat0, lat1 = frame
    if not (-180 <= lon0 < lon1 <= 540 and lon1 - lon0 <= 360 and -90 <= lat0 < lat1 <= 90):
        raise task.wrong("frame", "must be [lon0, lon1, lat0, lat1] in degrees, rising")
    return frame
