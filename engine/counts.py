"""How many multiplications a gradient costs, by nudging every parameter and by one backward pass. Counts, runs nothing.

Only multiplications by weights are counted, for one example (one token of a language model); they are nearly all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Cost:
    """One model: its parameters, and multiplications of one forward and one backward pass."""

    parameters: int
    forward: int
    backward: int

    @property
    def numerical(self) -> int:
        """A forward difference per parameter: one pass as things are, and one more for each parameter nudged."""
        return (self.parameters + 1) * self.forward

    @property
    def backpropagation(self) -> int:
        """One pass forward, one pass back."""
        return self.forward + self.backward


def dense_cost(sizes: Sequence[int]) -> Cost:
    """Linear layers of these sizes.

    Forward, each weight multiplies once. Backward, once for ∂L/∂W and once for ∂L/∂x, which the first layer, whose
    x is data, does not need.
    """
    pairs = list(pairwise(sizes))
    weights = sum(a * b for a, b in pairs)
    return Cost(sum((a + 1) * b for a, b in pairs), weights, 2 * weights - pairs[0][0] * pairs[0][1])


def llama_1b_cost() -> Cost:
    """Llama 3.2 1B by its published shape: 16 layers of width 2048, 512 for keys and values, 8192 inside.

    The table of 128 256 words is one matrix used twice: looked up on the way in (no multiplication), multiplied on
    the way out. Attention's own products of activations are left out, as they depend on the text's length.
    """
    width, narrow, inside, words, layers = 2048, 512, 8192, 128_256, 16
    weights = layers * (2 * width * width + 2 * width * narrow + 3 * width * inside)
    gains = (2 * layers + 1) * width
    forward = weights + words * width
    return Cost(weights + words * width + gains, forward, 2 * forward)
