"""The loss of answers that are yes or no, each with a probability of its own. Softmax's loss is in `losses`."""

from __future__ import annotations

import numpy as np

from engine.layers import Array
from engine.losses import Loss


class CrossEntropy(Loss):
    """C = −Σ_j (y_j ln a_j + (1 − y_j) ln(1 − a_j)): minus the log of the chance the model gave to what is true.

    For outputs a_j between 0 and 1. By a_j one logarithm rises as 1/a, the other falls as 1/(1 − a), so

        ∂C/∂a_j = −y_j / a_j + (1 − y_j) / (1 − a_j) = (a_j − y_j) / (a_j (1 − a_j)).
    """

    def forward(self, output: Array, target: Array) -> float:
        """C, averaged over the rows."""
        self.prediction, self.target = output, target
        return float(-(target * np.log(output) + (1 - target) * np.log1p(-output)).sum()) / len(output)

    def backward(self) -> Array:
        """∂C/∂a = (a − y) / (a (1 − a)) / rows."""
        a = self.prediction
        return (a - self.target) / (a * (1 - a)) / len(a)
