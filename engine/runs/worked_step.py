"""The worked step: what chapter 1's first scenes take apart before any training, as constants of the trace."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.counts import dense_cost, llama_1b_cost
from engine.experiment_spec import Table
from engine.landscape import Landscape, secants
from engine.layers import Array
from engine.losses import softmax

DIGITS = (784, 16, 16, 10)  # the network of chapter 3: 13 002 parameters

MEANINGS = {
    "softmax.logits": "(samples, outputs) outputs h; one of them slides evenly from its first value to its last",
    "softmax.exponentials": "(samples, outputs) e^h",
    "softmax.probs": "(samples, outputs) softmax(h), probabilities",
    "cross_entropy.p": "(samples,) probability given to the right class, falling from 1",
    "cross_entropy.loss": "(samples,) -ln p, in nats",
    "exponentials": "(classes,) e^h of step 0",
    "slope.place": "(2,) row and column, in layers.0.weight, of the one weight that is moved; all else as in step 0",
    "slope.values": "(samples,) values of that weight, rising",
    "slope.loss": "(samples,) step 0's loss with the weight at that value, in nats",
    "slope.nudges": "(nudges,) raises of that weight from the largest to the smallest, evenly on a log scale",
    "slope.nudged_loss": "(nudges,) step 0's loss after that raise, in nats",
    "slope.secants": "(nudges,) (loss after - loss before) / nudge: forward differences",
    "slope.gradient": "the backward pass's derivative of the loss by that weight",
    "counts.parameters": "(models,) parameters of this net, of the digits' net, of Llama 3.2 1B",
    "counts.forward_passes": "(models,) forward passes a numerical gradient needs: one, and one per parameter",
    "counts.numerical": "(models,) multiplications by weights of a numerical gradient, one example or token",
    "counts.backpropagation": "(models,) multiplications by weights of one forward and one backward pass",
}


@dataclass(frozen=True, slots=True)
class Worked:
    """The [worked] table: which weight moves over which range, and the softmax that slides."""

    place: tuple[int, int]
    low: float
    high: float
    nudge: float
    slide_from: Array
    slide_to: Array


def read_worked(table: Table) -> Worked:
    """Check the [worked] table."""
    worked = table.table("worked")
    place = worked.array("weight", (2,))
    low, high = worked.number("low", low=-1e3, high=1e3), worked.number("high", low=-1e3, high=1e3)
    if not low < high:
        raise worked.wrong("high", "must be larger than low")
    nudge = worked.number("nudge", low=1e-3, high=10)
    slide_from = worked.array("softmax_from", (None,))
    slide_to = worked.array("softmax_to", (len(slide_from),))
    if max(abs(slide_from).max(), abs(slide_to).max()) > 100:
        raise worked.wrong("softmax_to", "outputs from -100 to 100")
    worked.done()
    return Worked((int(place[0]), int(place[1])), low, high, nudge, slide_from, slide_to)


def worked_constants(landscape: Landscape, worked: Worked) -> dict[str, Array]:
    """All arrays of the worked step; ``landscape`` is the net at its start and the one example of step 0."""
    net = landscape.net
    weight = net.params["layers.0.weight"]
    place = int(np.ravel_multi_index(worked.place, weight.shape, mode="clip"))
    values = np.linspace(worked.low, worked.high, 301)
    nudges = worked.nudge * np.logspace(0, -4, 121)
    after, slopes = secants(landscape, place, nudges)
    share = np.linspace(0, 1, 241)[:, None]
    logits = (1 - share) * worked.slide_from + share * worked.slide_to
    p = np.linspace(1, 0.002, 500)
    return {
        "softmax.logits": logits,
        "softmax.exponentials": np.exp(logits),
        "softmax.probs": softmax(logits),
        "cross_entropy.p": p,
        "cross_entropy.loss": np.abs(np.log(p)),  # abs: -ln 1 is 0, not -0
        "exponentials": np.exp(net.forward(landscape.inputs)[0]),
        "slope.place": np.array(np.unravel_index(place, weight.shape)),
        "slope.values": values,
        "slope.loss": landscape.along(place, values),
        "slope.nudges": nudges,
        "slope.nudged_loss": after,
        "slope.secants": slopes,
        "slope.gradient": np.array(landscape.slope(place)),
        **counts([weight.shape[1], weight.shape[0]]),
    }


def counts(sizes: list[int]) -> dict[str, Array]:
    """What a gradient costs for a net of these sizes, for the digits' net and for a language model."""
    models = [dense_cost(sizes), dense_cost(DIGITS), llama_1b_cost()]
    return {
        "counts.parameters": np.array([m.parameters for m in models]),
        "counts.forward_passes": np.array([m.parameters + 1 for m in models]),
        "counts.numerical": np.array([m.numerical for m in models]),
        "counts.backpropagation": np.array([m.backpropagation for m in models]),
    }
