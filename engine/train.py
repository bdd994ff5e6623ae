"""The loop: a generator that yields one Step per update. Opens no file, prints nothing, decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.layers import Array
from engine.losses import Loss
from engine.net import Net
from engine.optim import Optimizer

Batches = Callable[[int], NDArray[np.int64]]  # step number -> row numbers


@dataclass(slots=True)
class Step:
    """What one step saw, *before* its update. The net's ``params`` and ``grads`` are current while it is held."""

    number: int
    rows: NDArray[np.int64]  # (batch,) row numbers
    x: Array  # (batch, in)
    y: Array  # (batch, out) targets
    output: Array  # (batch, out) what the net gave
    prediction: Array  # (batch, out) what it means: probabilities for softmax
    loss: float


def train(
    net: Net,
    loss: Loss,
    optimizer: Optimizer,
    inputs: Array,
    targets: Array,
    batches: Batches,
    steps: int,
    start: int = 0,
    free: NDArray[np.int64] | None = None,
    schedule: Callable[[int], float] | None = None,
) -> Iterator[Step]:
    """Forward, backward, yield, update, for steps ``start`` to ``steps`` − 1.

    ``inputs`` (n, in), ``targets`` (n, out). The update of step s happens when the step after s is asked for (or
    the generator is exhausted), so whoever looks at a Step sees the parameters that gave its loss. ``free`` lists
    the places of θ that may move; all may, if it is absent. ``schedule`` gives each step its learning rate.
    """
    whole = [("theta", net.theta, net.gradient)]
    held = None if free is None else np.setdiff1d(np.arange(net.theta.size), free)
    for number in range(start, steps):
        rows = batches(number)
        x, y = inputs.take(rows, 0), targets.take(rows, 0)
        output = net.forward(x)
        value = loss.forward(output, y)
        net.learn(loss.backward())
        yield Step(number, rows, x, y, output, loss.prediction, value)
        if held is not None:
            net.gradient[held] = 0.0
        if schedule is not None:
            optimizer.learning_rate = schedule(number)
        optimizer.step(whole)


def in_order(order: NDArray[np.int64], batch: int = 1) -> Batches:
    """Rows as ``order`` (n,) lists them, ``batch`` at a time, over and over again."""
    count = len(order)

    def batches(step: int) -> NDArray[np.int64]:
        return order[np.arange(step * batch, (step + 1) * batch) % count]

    return batches if batch > 1 else lambda step: order[step % count : step % count + 1]


def everything(count: int) -> Batches:
    """All rows at every step: full batch."""
    rows = np.arange(count)
    return lambda step: rows


def shuffled(count: int, batch: int, seed: int) -> Batches:
    """Batches of a fresh shuffle per epoch; the last, short batch of an epoch is left out.

    The shuffle of epoch e depends only on (seed, e): a resumed run sees the same batches.
    """
    per_epoch = max(count // batch, 1)
    cache: dict[int, NDArray[np.int64]] = {}

    def batches(step: int) -> NDArray[np.int64]:
        epoch, place = divmod(step, per_epoch)
        if epoch not in cache:
            cache.clear()
            cache[epoch] = np.random.default_rng([seed, epoch]).permutation(count)
        return cache[epoch][place * batch : (place + 1) * batch]

    return batches
