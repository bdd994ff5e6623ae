"""Probes: questions put to a net that is already there, answered with whole arrays. Trains nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from engine.layers import Array
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
