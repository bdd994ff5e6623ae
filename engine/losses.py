"""Losses: value and gradient side by side; each is the mean over the rows it is given. No layer, no update."""

from __future__ import annotations

import numpy as np

from engine.layers import Array


class Loss:
    """Base of losses: ``forward`` gives one number, ``backward`` its gradient by the outputs just seen."""

    prediction: Array  # what the outputs mean: probabilities, or the outputs themselves; (rows, outputs)

    def forward(self, output: Array, target: Array) -> float:
        """The mean loss over rows of ``output`` against ``target``, both (rows, outputs)."""
        raise NotImplementedError

    def backward(self) -> Array:
        """∂L/∂output, (rows, outputs)."""
        raise NotImplementedError


def softmax(h: Array) -> Array:
    """ŷ_j = e^h_j / Σ_k e^h_k over the last axis.

    The same number may be taken from every h first: it divides above and below alike. Taking the largest
    keeps e^h from overflowing.
    """
    e = np.exp(h - np.maximum.reduce(h, axis=-1, keepdims=True))
    e /= np.add.reduce(e, axis=-1, keepdims=True)
    return e


class SoftmaxCrossEntropy(Loss):
    """L = −Σ_j y_j ln ŷ_j with ŷ = softmax(h) and y one-hot (or any row that sums to 1).

    ln ŷ_j = h_j − ln Σ_k e^h_k: the logarithm undoes the exponential. So L = ln Σ_k e^h_k − Σ_j y_j h_j, and

        ∂L/∂h_j = e^h_j / Σ_k e^h_k − y_j = ŷ_j − y_j.
    """

    def forward(self, output: Array, target: Array) -> float:
        """L, averaged over the rows."""
        shifted = output - np.maximum.reduce(output, axis=-1, keepdims=True)
        e = np.exp(shifted)
        total = np.add.reduce(e, axis=-1, keepdims=True)
        self.prediction, self.target = e / total, target
        return float(np.add.reduce(np.log(total), axis=None) - np.vdot(target, shifted)) / len(output)

    def backward(self) -> Array:
        """∂L/∂h = (ŷ − y) / rows."""
        return (self.prediction - self.target) / len(self.target)


class SquaredError(Loss):
    """C = Σ_j (a_j − y_j)², so ∂C/∂a_j = 2 (a_j − y_j). No half in front: the factor 2 stays."""

    def forward(self, output: Array, target: Array) -> float:
        """C, averaged over the rows."""
        self.prediction, self.difference = output, output - target
        return float(np.vdot(self.difference, self.difference)) / len(output)

    def backward(self) -> Array:
        """∂C/∂a = 2 (a − y) / rows."""
        return self.difference * (2 / len(self.difference))


LOSSES: dict[str, type[Loss]] = {"softmax_cross_entropy": SoftmaxCrossEntropy, "squared_error": SquaredError}
