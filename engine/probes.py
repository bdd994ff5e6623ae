"""Probes: questions put to a net that is already there, answered with whole arrays. Trains nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.layers import Array, Pointwise, Sigmoid
from engine.losses import Loss, SquaredError
from engine.net import Net


def classification_over_steps(
    net: Net, stacked: Mapping[str, Array], inputs: Array, labels: NDArray[np.int64]
) -> dict[str, Array]:
    """How a classifier stands on all ``inputs`` (n, in) at each of many steps, in one go.

    ``stacked`` holds each parameter (and ``grads.`` of it) over the steps: (steps, *shape). Returns ``probs_all``
    (steps, n, classes), ``loss_all``, ``accuracy`` and ``grad_norm``, each (steps,).
    """
    logits = net.at(stacked).forward(inputs)
    shifted = logits - logits.max(-1, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    right = log_probs[:, np.arange(len(labels)), labels]
    squares = sum(np.square(stacked[f"grads.{name}"]).reshape(len(logits), -1).sum(1) for name in net.params)
    return {
        "probs_all": np.exp(log_probs),
        "loss_all": -right.mean(-1),
        "accuracy": (logits.argmax(-1) == labels).mean(-1),
        "grad_norm": np.sqrt(squares),
    }


def output_over_steps(net: Net, stacked: Mapping[str, Array], inputs: Array) -> Array:
    """The net's outputs for all ``inputs`` (n, in) with each step's parameters: (steps, n, out)."""
    return net.at(stacked).forward(inputs)


def each_example(net: Net, loss: Loss, inputs: Array, targets: Array) -> tuple[Array, Array]:
    """Every example by itself: its loss (n,) and its own gradient (n, parameters). Their mean is the batch's."""
    losses, grads = np.empty(len(inputs)), np.empty((len(inputs), net.theta.size))
    for i in range(len(inputs)):
        losses[i] = loss.forward(net.forward(inputs[i : i + 1]), targets[i : i + 1])
        net.learn(loss.backward())
        grads[i] = net.gradient
    return losses, grads


def example_over_steps(
    stacked: Mapping[str, Array], squashes: Sequence[type[Pointwise]], loss: Loss, x: Array, y: Array
) -> dict[str, Array]:
    """One example taken apart at each of many steps, in a net of Linear layers, each with its own σ of ``squashes``.

    ``stacked`` holds the parameters over the steps. The chain rule is written out as the film says it:

        ∂C/∂z = ∂C/∂a · σ′(z)         ∂C/∂w_jk = ∂C/∂z_j · a_k
        ∂C/∂b_j = ∂C/∂z_j             ∂C/∂a_k = Σ_j ∂C/∂z_j · w_jk

    and begins with the loss's own ∂C/∂a⁽ᴸ⁾. Returns ``example.a0``, ``.z1``, ``.a1``, … and ``.slope``, ``.grad_a``,
    ``.grad_z``, ``.paths``, ``.grads``; every array starts with the steps.
    """
    steps = len(next(iter(stacked.values())))
    a = np.broadcast_to(x, (steps, len(x)))
    out: dict[str, Array] = {"example.a0": np.array(a), "example.y": np.tile(y, (steps, 1))}
    for layer, squash in enumerate(squashes, 1):
        weight, bias = (stacked[f"layers.{2 * layer - 2}.{kind}"] for kind in ("weight", "bias"))
        z = np.einsum("sjk,sk->sj", weight, a) + bias
        a = squash.value(z)
        out |= {f"example.z{layer}": z, f"example.a{layer}": a, f"example.slope{layer}": squash.slope(z, a)}
    out["example.loss"], da = np.empty(steps), np.empty_like(a)
    for step in range(steps):
        out["example.loss"][step] = loss.forward(a[step : step + 1], y[None])
        da[step] = loss.backward()[0]
    for layer in range(len(squashes), 0, -1):
        name = f"layers.{2 * layer - 2}"
        dz = da * out[f"example.slope{layer}"]
        paths = dz[:, :, None] * stacked[f"{name}.weight"]
        out |= {f"example.grad_a{layer}": da, f"example.grad_z{layer}": dz, f"example.paths{layer - 1}": paths}
        out[f"example.grads.{name}.weight"] = dz[:, :, None] * out[f"example.a{layer - 1}"][:, None, :]
        out[f"example.grads.{name}.bias"] = dz
        da = paths.sum(1)
    out["example.grad_a0"] = da
    return out


def sigmoid_example_over_steps(stacked: Mapping[str, Array], layers: int, x: Array, y: Array) -> dict[str, Array]:
    """The same for sigmoid layers with squared error, whose chain begins with ∂C/∂a⁽ᴸ⁾ = 2 (a⁽ᴸ⁾ − y)."""
    return example_over_steps(stacked, [Sigmoid] * layers, SquaredError(), x, y)


def in_pieces(net: Net, inputs: Array, rows: int = 2000) -> Array:
    """The net's outputs for many inputs (n, in), a few rows at a time so that they stay in the processor's cache."""
    return np.concatenate([net.forward(inputs[i : i + rows]) for i in range(0, len(inputs), rows)])
