"""The untrained digits network taken apart: one example's wishes, many examples' gradients, two unequal dials."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.datasets.digits import Digits, numbers
from engine.landscape import Landscape
from engine.layers import Array
from engine.losses import SquaredError
from engine.net import Net
from engine.probes import each_example

DIGIT = 2  # the example that is taken apart is a 2, if there are any
RATIO = 32.0  # the two dials' gradients are about this far apart,
CLOSE = 0.5  # to within this, if there are such
LARGEST = 64  # batches of more images are not taken apart one by one

MEANINGS = {
    "example.row": "training row of the example that is taken apart: of all shown 2s the one nearest to their mean",
    "example.a0": "(784,) its pixels, 0 to 1: the activations of the input layer",
    "example.y": "(10,) its target: 1 for the digit it is",
    "example.loss": "its cost: sum over the outputs of (a - y)^2",
    "example.a*": "(neurons,) its activations in that layer",
    "example.z*": "(neurons,) its weighted sums in that layer",
    "example.slope*": "(neurons,) sigmoid'(z) in that layer",
    "example.grad_a*": "(neurons,) dC/da in that layer for this example; its wish is the negative",
    "example.grad_z*": "(neurons,) dC/dz in that layer for this example",
    "example.paths*": "(to, from) dC/da_from along the path through each neuron 'to' of the next layer; columns add",
    "example.grads.*": "gradient of this example's cost by that parameter; of the first weights only at the start",
    "per_example.rows": "(examples,) training rows: the first of each digit",
    "per_example.loss": "(examples,) each one's own cost at the start",
    "per_example.grads": "(examples, parameters) each one's own gradient at the start, ordered as task.layout",
    "batch.images": "(batch, 28, 28) the images of the first step's batch, ink 255 on 0",
    "batch.labels": "(batch,) their digits",
    "batch.loss": "(batch,) each one's own cost at the start",
    "batch.grads": "(batch, parameters) each one's own gradient at the start; their mean is grads.* of step 0",
    "mean_cost": "cost at the start, averaged over the shown training images",
    "mean_grads.*": "gradient at the start, averaged over the shown training images, by the parameter of that name",
    "sensitivity.layer": "number in layers.N.weight of the layer that holds the two weights",
    "sensitivity.places": "(2, 2) row (to) and column (from) of the sensitive and of the dull weight",
    "sensitivity.values": "(2,) the two weights at the start",
    "sensitivity.gradient": "(2,) their components of the averaged gradient at the start",
    "sensitivity.ratio": "the first component over the second, about 32",
    "sensitivity.nudge": "(samples,) how much a weight is turned, from negative to positive",
    "sensitivity.cost": "(2, samples) averaged cost when only that weight is turned by that much",
}


def first_of(labels: NDArray[np.int64], digit: int) -> int:
    """Number of the first row with this label; 0 when there is none."""
    return int(np.argmax(labels == digit))


def typical(shown: Landscape, labels: NDArray[np.int64]) -> int:
    """Number of the image that is most like the others of its digit: nearest to their mean. A 2, if there are any."""
    digit = DIGIT if np.any(labels == DIGIT) else labels[0]
    rows = np.flatnonzero(labels == digit)
    images = shown.inputs[rows]
    return int(rows[np.square(images - images.mean(0)).sum(1).argmin()])


def taken_apart(shown: Landscape, labels: NDArray[np.int64]) -> dict[str, Array]:
    """Constants about the network as it starts; ``shown`` holds the training images of the trace."""
    net, row = shown.net, typical(shown, labels)
    rows = np.array([first_of(labels, digit) for digit in range(10) if np.any(labels == digit)])
    losses, grads = each_example(net, shown.loss, shown.inputs[rows], shown.targets[rows])
    _, own = each_example(net, shown.loss, shown.inputs[[row]], shown.targets[[row]])
    cost = shown.loss.forward(net.forward(shown.inputs), shown.targets)
    net.learn(shown.loss.backward())
    mean = {f"mean_grads.{name}": gradient.copy() for name, gradient in net.grads.items()}
    return {
        "example.row": np.array(row),
        "example.a0": shown.inputs[row],
        "example.grads.layers.0.weight": net.named(own)["layers.0.weight"][0],
        "per_example.rows": rows,
        "per_example.loss": losses,
        "per_example.grads": grads,
        "mean_cost": np.array(cost),
        **mean,
        **_sensitivity(shown),
    }


def first_batch(net: Net, digits: Digits, rows: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """Constants about the images that the first update learns from; none of a batch too large to be kept."""
    if len(rows) > LARGEST:
        return {}
    images, labels = digits.train[rows], digits.train_labels[rows]
    losses, grads = each_example(net, SquaredError(), numbers(images), np.eye(10)[labels])
    return {"batch.images": images, "batch.labels": labels, "batch.loss": losses, "batch.grads": grads}


def _sensitivity(shown: Landscape) -> dict[str, Array]:
    """Two weights of one layer whose gradients have the same sign and are about RATIO apart.

    The first is among its layer's ten steepest; of all such pairs, the one with the steepest, so that it shows.
    """
    net = shown.net
    layers = [name for name, value in net.params.items() if value.ndim == 2][1:]
    pairs: list[tuple[float, float, str, int, int]] = []
    for name in layers:
        flat = net.grads[name].ravel()
        for first in np.argsort(-np.abs(flat))[:10]:
            with np.errstate(divide="ignore"):
                miss = np.abs(flat[first] / flat - RATIO)
            second = int(miss.argmin())
            pairs.append((float(miss[second]), -abs(float(flat[first])), name, int(first), second))
    near = sorted(pairs)[: max(1, sum(pair[0] < CLOSE for pair in pairs))]
    _, _, name, first, second = min(near, key=lambda pair: pair[1])
    shape, flat = net.params[name].shape, net.grads[name].ravel().copy()
    places = [net.place(name, i) for i in (first, second)]
    nudge = np.linspace(-1.0, 1.0, 61)
    costs = [shown.along(place, net.theta[place] + nudge) for place in places]
    return {
        "sensitivity.layer": np.array(int(name.split(".")[1])),
        "sensitivity.places": np.array([np.unravel_index(i, shape) for i in (first, second)]),
        "sensitivity.values": net.theta[places],
        "sensitivity.gradient": flat[[first, second]],
        "sensitivity.ratio": np.array(flat[first] / flat[second]),
        "sensitivity.nudge": nudge,
        "sensitivity.cost": np.array(costs),
    }
