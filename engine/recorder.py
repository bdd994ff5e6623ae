"""Puts a training into a trace, step by step, and picks it up again where it was interrupted. Chooses no model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import DivergedError
from engine.layers import Array
from engine.losses import Loss, SoftmaxCrossEntropy
from engine.net import Net
from engine.optim import Optimizer
from engine.recipe import Progress
from engine.trace_writer import Derive, TraceWriter
from engine.train import Batches, Step, train

WORST = 1e6  # a loss this many times the first one (or one) has run away

Row = Callable[[Step], dict[str, Any]]  # fresh arrays: the writer keeps them as they are


@dataclass(slots=True)
class Training:
    """A net about to be trained: everything the loop needs, ``inputs`` (n, in) and ``targets`` (n, out)."""

    net: Net
    loss: Loss
    optimizer: Optimizer
    inputs: Array
    targets: Array
    batches: Batches
    steps: int
    free: NDArray[np.int64] | None = None  # places of θ that may move; all, if None
    schedule: Callable[[int], float] | None = None  # step -> learning rate; the optimizer's own, if None


@dataclass(slots=True)
class Outcome:
    """How a recorded training ended: the net after its last update, and the step at which it diverged, if any."""

    net: Net
    diverged: int | None = None


def record_training(
    writer: TraceWriter,
    training: Training,
    progress: Progress,
    *,
    rows: Mapping[str, tuple[int | frozenset[int], Row]],
    stage: int = 0,
    stages_before: int = 0,
    total: int | None = None,
    expects_divergence: bool = False,
) -> Outcome:
    """Train, and append to each stream in ``rows`` what its function makes of a step, when it is that stream's turn.

    ``rows`` maps a stream to (every so many steps, or at just these steps; function of a Step). The last step is
    always recorded. ``stage`` numbers the trainings that share one trace; ``stages_before`` and ``total`` are for
    the progress only. A loss that is not a number, or has grown WORST-fold, raises DivergedError, unless the
    experiment expects it: then recording ends quietly there.
    """
    net, optimizer = training.net, training.optimizer
    state, start = writer.state, 0
    if state and int(state["stage"]) == stage:
        net.theta[...] = state["theta"]
        optimizer.restore({k.removeprefix("optimizer:"): v for k, v in state.items() if k.startswith("optimizer:")})
        start = int(state["next"])
    elif state and int(state["stage"]) > stage:
        start = training.steps
    total = training.steps if total is None else total
    worst: float | None = None
    # Finite overflow is reported by us, once, with the step; NumPy's warnings would come first and say less.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for step in train(
            net, training.loss, optimizer, training.inputs, training.targets, training.batches,
            training.steps, start, training.free, training.schedule,
        ):  # fmt: skip
            number = step.number
            if number > start:
                writer.checkpoint(partial(_state, net, optimizer, stage, number))
            if worst is None:
                worst = WORST * max(step.loss, 1.0)
            if not step.loss <= worst:
                return _diverged(writer, net, number, expects_divergence)
            for stream, (every, function) in rows.items():
                due = number in every if isinstance(every, frozenset) else number % every == 0
                if due or number == training.steps - 1:
                    writer.append(stream, number, function(step), copy=False)
            if not number & 31:
                progress(stages_before + number, total)
    progress(stages_before + training.steps, total)
    return Outcome(net)


def full_row(net: Net, loss: Loss, with_data: bool = True) -> tuple[Row, Derive]:
    """A Row that keeps all of a step as cheaply as it can, and the Derive that gives the pieces their names.

    Per step only θ and its gradient are copied, as the two vectors they are; once per chunk they become
    ``layers.0.weight``, ``grads.layers.0.weight`` and so on, and a batch of one loses its axis. Outputs are called
    ``logits`` and ``probs`` under softmax, ``output`` otherwise. Without ``with_data`` neither rows, inputs,
    targets nor outputs are kept: for full batches, where they are known or can be worked out.
    """
    output, prediction = ("logits", "probs") if isinstance(loss, SoftmaxCrossEntropy) else ("output", "")
    theta, gradient = net.theta, net.gradient

    def row(step: Step) -> dict[str, Any]:
        values = {"loss": step.loss, "theta": theta.copy(), "gradient": gradient.copy()}
        if with_data:
            values["row"], values["x"], values["y"], values[output] = step.rows, step.x, step.y, step.output
            if prediction:
                values[prediction] = step.prediction
        return values

    def derive(stacked: Mapping[str, Array]) -> dict[str, Array]:
        arrays = {name: value for name, value in stacked.items() if name not in ("theta", "gradient")}
        if with_data and stacked["row"].shape[1] == 1:
            arrays = {name: value[:, 0] if value.ndim > 1 else value for name, value in arrays.items()}
        arrays.update(net.named(stacked["theta"]))
        arrays.update({f"grads.{name}": value for name, value in net.named(stacked["gradient"]).items()})
        return arrays

    return row, derive


def _state(net: Net, optimizer: Optimizer, stage: int, following: int) -> dict[str, np.ndarray]:
    kept = {f"optimizer:{name}": value for name, value in optimizer.state().items()}
    return {"theta": net.theta, "stage": np.array(stage), "next": np.array(following), **kept}


def _diverged(writer: TraceWriter, net: Net, number: int, expected: bool) -> Outcome:
    if not expected:
        raise DivergedError(f"{writer.name}: step {number}: the loss has run away: try a smaller learning_rate")
    return Outcome(net, number)
