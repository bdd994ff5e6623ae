"""Kind "border": networks of several sizes learn which side of the border at Baarle a point lies on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.datasets.baarle import BAARLE, COUNTRIES, TOWN, country, pixels, scattered
from engine.experiment_spec import Table
from engine.layers import POINTWISE, Array
from engine.losses import SoftmaxCrossEntropy, softmax
from engine.net import Net, dense
from engine.probes import in_pieces
from engine.recipe import Progress, Recipe
from engine.recorder import Row, Training, record_training
from engine.trace_writer import TraceWriter
from engine.train import Step
from engine.training_spec import TrainingSpec, read_start, read_training, snapshots

GRID = 200  # the map on which accuracy is measured has GRID × GRID cells

MEANINGS = {
    "points": "(points, 2) training points: lon, lat in degrees, spread evenly over task.frame",
    "labels": "(points,) side of the border: 0 Netherlands, 1 Belgium",
    "grid_truth": "(lat, lon) true side at the cells' centres: 0 or 1; south first, west to east",
    "share_belgium": "share of the grid's cells that are Belgian: what always saying Netherlands gets wrong",
    "loss": "mean cross-entropy of this step's batch before its update, in nats",
    "layers.*.weight": "(out, in) weights before this step's update; inputs are (degrees - offset) / scale",
    "layers.*.bias": "(out,) biases before this step's update",
    "accuracy": "share of the grid's cells on the right side, 0 to 1",
    "grid_probs": "(lat, lon) probability of Belgium at the cells' centres; south first, west to east",
}


def prepare(table: Table) -> Recipe:
    """Check a border experiment: hidden layers, activation, number of points, training, number of snapshots."""
    table.text("kind"), table.text("about", "")
    seed = table.integer("seed", 0)
    sizes = table.sizes("layers")
    if (sizes[0], sizes[-1]) != (2, 2):
        raise table.wrong("layers", "must start with 2 (lon, lat) and end with 2 (Netherlands, Belgium)")
    activation = table.text("activation", choices=POINTWISE) if len(sizes) > 2 else None
    count = table.integer("points", low=100, high=200_000)
    pictures = table.integer("snapshots", low=2, high=400)
    net = dense(sizes, activation)
    read_start(table.table("start"), net, seed)
    training = read_training(table.table("training"), seed, count)
    table.done()
    return _recipe(net, sizes, activation, count, seed, training, pictures)


def _recipe(
    net: Net, sizes: list[int], activation: str | None, count: int, seed: int, spec: TrainingSpec, pictures: int
) -> Recipe:
    start, loss = net.theta.copy(), SoftmaxCrossEntropy()
    lon0, lon1, lat0, lat1 = TOWN
    offset = np.array([(lon0 + lon1) / 2, (lat0 + lat1) / 2])
    scale = np.array([(lon1 - lon0) / 2, (lat1 - lat0) / 2])

    def record(writer: TraceWriter, progress: Progress) -> None:
        net.theta[...] = start
        points = scattered(count, TOWN, seed)
        labels, cells = country(points), pixels(GRID, TOWN)
        truth = country(cells)
        writer.constants({"points": points, "labels": labels.astype(np.uint8)})
        writer.constants({"grid_truth": truth.reshape(GRID, GRID).astype(np.uint8), "share_belgium": truth.mean()})
        inputs, targets = (points - offset) / scale, np.eye(2)[labels]
        training = Training(
            net, loss, spec.make_optimizer(), inputs, targets, spec.batches(count), spec.steps, schedule=spec.schedule
        )
        rows: dict[str, tuple[int | frozenset[int], Row]] = {
            "step": (1, lambda step: {"loss": step.loss}),
            "snapshot": (snapshots(spec.steps, pictures), _snapshot(net, (cells - offset) / scale, truth)),
        }
        record_training(writer, training, progress, rows=rows)

    task = {
        "classes": list(COUNTRIES), "features": ["lon", "lat"], "offset": offset.tolist(), "scale": scale.tolist(),
        "frame": list(TOWN), "sizes": sizes, "activation": activation, "grid": GRID,
    }  # fmt: skip
    return Recipe(record, {"task": task}, MEANINGS, (BAARLE,), chunk_bytes=1 << 20)


def _snapshot(net: Net, cells: Array, truth: NDArray[np.int64]) -> Row:
    def row(step: Step) -> dict[str, Any]:
        logits = in_pieces(net, cells)
        probability = softmax(logits)[:, 1].reshape(GRID, GRID)
        right = np.mean(logits.argmax(1) == truth)
        parameters = {name: value.copy() for name, value in net.params.items()}
        return {**parameters, "accuracy": right, "grid_probs": probability.astype(np.float16)}

    return row
