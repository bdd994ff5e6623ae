"""The [start] and [training] tables of an experiment: parameters, optimizer, steps, batches. Trains nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.experiment_spec import MAX_STEPS, Table
from engine.net import Net, start_at_random
from engine.optim import SGD, Adam, AdamW, Momentum, Optimizer
from engine.train import Batches, everything, in_order, shuffled

OPTIMIZERS = ("sgd", "momentum", "adam", "adamw")


@dataclass(frozen=True, slots=True)
class TrainingSpec:
    """How a net is trained: ``batch`` rows a step (0: all of them), in ``order`` or shuffled by ``seed``."""

    optimizer: str
    learning_rate: float
    settings: dict[str, float]
    steps: int
    batch: int
    order: tuple[int, ...] | None
    seed: int
    fall: float = 0.0  # the learning rate falls evenly, by this share of it from the first step to the last

    def make_optimizer(self) -> Optimizer:
        """A fresh optimizer with these settings."""
        kinds = {"sgd": SGD, "momentum": Momentum, "adam": Adam, "adamw": AdamW}
        return kinds[self.optimizer](self.learning_rate, **self.settings)

    def schedule(self, step: int) -> float:
        """The learning rate at ``step``."""
        return self.learning_rate * (1 - self.fall * step / self.steps)

    def batches(self, rows: int) -> Batches:
        """Which of ``rows`` rows each step sees."""
        if self.order is not None:
            return in_order(np.array(self.order), max(self.batch, 1))
        if self.batch in (0, rows):
            return everything(rows)
        return shuffled(rows, self.batch, self.seed)


def read_training(table: Table, seed: int, rows: int | None = None) -> TrainingSpec:
    """Check a [training] table for a set of ``rows`` rows (None: not known yet, so no order may be given)."""
    optimizer = table.text("optimizer", choices=OPTIMIZERS)
    settings = {}
    if optimizer == "momentum":
        settings["momentum"] = table.number("momentum", 0.9, 0, 0.999999)
    if optimizer in ("adam", "adamw"):
        settings["beta1"] = table.number("beta1", 0.9, 0, 0.999999)
        settings["beta2"] = table.number("beta2", 0.999, 0, 0.99999999)
        settings["epsilon"] = table.number("epsilon", 1e-8, 1e-16, 1)
    if optimizer == "adamw":
        settings["weight_decay"] = table.number("weight_decay", 0.01, 0, 1)
    learning_rate = table.number("learning_rate", low=1e-12, high=1e6)
    steps = table.integer("steps", low=1, high=MAX_STEPS)
    batch = table.integer("batch", 1, low=0, high=rows if rows is not None else 2**20)
    order = _read_order(table, rows) if "order" in table else None
    fall = table.number("fall", 0.0, 0, 1)
    table.done()
    return TrainingSpec(optimizer, learning_rate, settings, steps, batch, order, seed, fall)


def snapshots(steps: int, count: int) -> frozenset[int]:
    """About ``count`` steps from first to last at which to look: close together at first, when most happens.

    The gaps grow evenly with the square of the place in the row.
    """
    places = np.linspace(0, 1, count) ** 2 * (steps - 1)
    return frozenset(int(p) for p in np.round(places))


def _read_order(table: Table, rows: int | None) -> tuple[int, ...]:
    order = table.raw("order")
    if rows is None:
        raise table.wrong("order", "this kind of experiment shuffles by its seed")
    good = isinstance(order, list) and 1 <= len(order) <= 100_000
    if not good or not all(isinstance(i, int) and not isinstance(i, bool) and 0 <= i < rows for i in order):
        raise table.wrong("order", f"must be a list of row numbers from 0 to {rows - 1}")
    return tuple(order)


def read_start(start: Table, net: Net, seed: int) -> None:
    """Set the net's parameters from the [start] table: each by its name, or at random by the seed.

    At random, ``scale`` is the deviation of the weights times √inputs (default 1) and ``spread`` how far the biases
    may lie from 0 (default 0).
    """
    if set(start.keys()) <= {"scale", "spread"}:
        scale, spread = start.number("scale", 1.0, 0, 10), start.number("spread", 0.0, 0, 10)
        start_at_random(net, np.random.default_rng(seed), scale, spread)
    else:
        for name, value in net.params.items():
            value[...] = start.array(name, value.shape)
    start.done()
