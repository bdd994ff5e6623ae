"""Puts a training into a trace, step by step, and picks it up again where it was interrupted. Chooses no model."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from engine.errors import DivergedError
from engine.layers import Array
from engine.losses import Loss, SoftmaxCrossEntropy
from engine.net import Net
from engine.optim import Optimizer
from engine.recipe import Progress
from engine.trace_writer import TraceWriter
from engine.train import Batches, Step, train

Row = Callable[[Step], Mapping[str, np.ndarray | float]]


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
    rows: Mapping[str, tuple[int, Row]],
    stage: int = 0,
    stages_before: int = 0,
    total: int | None = None,
    expects_divergence: bool = False,
) -> Outcome:
    """Train, and append to each stream in ``rows`` what its function makes of every ``every``-th step.

    ``rows`` maps a stream to (every, function of a Step). The last step is always recorded. ``stage`` numbers the
    trainings that share one trace; ``stages_before`` and ``total`` are for the progress only. A loss that is not
    a number raises DivergedError, unless the experiment expects it: then recording ends quietly there.
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
    # Finite overflow is reported by us, once, with the step; NumPy's warnings would come first and say less.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for step in train(
            net, training.loss, optimizer, training.inputs, training.targets, training.batches,
            training.steps, start,
        ):  # fmt: skip
            number = step.number
            if number > start:
                writer.checkpoint(partial(_state, net, optimizer, stage, number))
            if not math.isfinite(step.loss):
                return _diverged(writer, net, number, expects_divergence)
            for stream, (every, function) in rows.items():
                if number % every == 0 or number == training.steps - 1:
                    writer.append(stream, number, function(step))
            if not number & 31:
                progress(stages_before + number, total)
    progress(stages_before + training.steps, total)
    return Outcome(net)


def full_row(net: Net, loss: Loss, prefix: str = "") -> Row:
    """A Row with everything about a step: x, y, outputs, loss, parameters and gradients, ``prefix`` before names.

    A batch of one loses its first axis; ``row`` is its number. Outputs are called ``logits`` and ``probs`` under
    softmax, ``output`` otherwise.
    """
    named = [(f"{prefix}{name}", f"{prefix}grads.{name}", value, grad) for name, value, grad in net.params_and_grads()]
    is_softmax = isinstance(loss, SoftmaxCrossEntropy)

    def row(step: Step) -> Mapping[str, np.ndarray | float]:
        one = len(step.rows) == 1
        x, y, output = (step.x[0], step.y[0], step.output[0]) if one else (step.x, step.y, step.output)
        values: dict[str, np.ndarray | float] = {
            f"{prefix}row": step.rows[0] if one else step.rows,
            f"{prefix}x": x,
            f"{prefix}y": y,
            f"{prefix}loss": step.loss,
        }
        if is_softmax:
            values[f"{prefix}logits"] = output
            values[f"{prefix}probs"] = step.prediction[0] if one else step.prediction
        else:
            values[f"{prefix}output"] = output
        for name, grad_name, value, grad in named:
            values[name] = value
            values[grad_name] = grad
        return values

    return row


def _state(net: Net, optimizer: Optimizer, stage: int, following: int) -> dict[str, np.ndarray]:
    kept = {f"optimizer:{name}": value for name, value in optimizer.state().items()}
    return {"theta": net.theta, "stage": np.array(stage), "next": np.array(following), **kept}


def _diverged(writer: TraceWriter, net: Net, number: int, expected: bool) -> Outcome:
    if not expected:
        raise DivergedError(
            f"{writer.name}: step {number}: the loss is not a finite number: try a smaller learning_rate"
        )
    return Outcome(net, number)
