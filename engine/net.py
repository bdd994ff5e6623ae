"""Net: layers in a row. Its parameters are one vector θ, and so is the gradient. No loss, no update, no loop."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from engine.layers import POINTWISE, Array, Layer, Linear


class Net:
    """f = fₙ ∘ … ∘ f₁. ``theta`` (parameters,) and ``gradient`` (parameters,) hold everything that is learned.

    The layers' own arrays are windows on these two vectors, so that an optimizer's whole work is one line on
    ``theta`` and a recorder can name every piece as PyTorch does: ``layers.0.weight``.
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = list(layers)
        slots = [slot for i, layer in enumerate(self.layers) for slot in layer.walk(f"layers.{i}")]
        arrays = [layer.params[key] for _, layer, key in slots]
        self.theta: Array = np.concatenate([np.ravel(a) for a in arrays]) if arrays else np.zeros(0)
        self.gradient: Array = np.zeros_like(self.theta)
        self.params: dict[str, Array] = {}
        self.grads: dict[str, Array] = {}
        start = 0
        for (name, layer, key), array in zip(slots, arrays, strict=True):
            window = slice(start, start + array.size)
            layer.params[key] = self.params[name] = self.theta[window].reshape(array.shape)
            layer.grads[key] = self.grads[name] = self.gradient[window].reshape(array.shape)
            start += array.size

    def forward(self, x: Array) -> Array:
        """Outputs (rows, out) for inputs (rows, in)."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dy: Array) -> Array:
        """∂L/∂x from ∂L/∂output: the same layers, walked backwards; fills ``gradient``."""
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy

    def learn(self, dy: Array) -> None:
        """As ``backward``, but stops at the first layer's parameters: ∂L/∂x of the data is not worked out."""
        for layer in self.layers[:0:-1]:
            dy = layer.backward(dy)
        self.layers[0].learn(dy)

    def params_and_grads(self) -> Iterator[tuple[str, Array, Array]]:
        """(name, parameter, gradient) for every parameter; both arrays are the live ones."""
        for name, value in self.params.items():
            yield name, value, self.grads[name]

    def place(self, name: str, index: int = 0) -> int:
        """Where in θ number ``index`` of the parameter called ``name`` (counted row by row) stands."""
        start = 0
        for other, value in self.params.items():
            if other == name:
                return start + index
            start += value.size
        raise KeyError(name)

    def named(self, vectors: Array) -> dict[str, Array]:
        """Many θ (or gradients), (sets, parameters), as {name: (sets, *shape)}: windows, not copies."""
        named, start = {}, 0
        for name, value in self.params.items():
            named[name] = vectors[:, start : start + value.size].reshape(len(vectors), *value.shape)
            start += value.size
        return named

    def at(self, stacked: Mapping[str, Array]) -> Net:
        """A net for many parameter sets at once: forward turns (rows, in) into (sets, rows, out).

        ``stacked`` maps each parameter's name to (sets, *shape); vectors get an axis for the rows. This net
        only goes forward.
        """
        many = copy.copy(self)
        many.layers = [copy.deepcopy(layer) for layer in self.layers]
        for i, layer in enumerate(many.layers):
            for name, owner, key in layer.walk(f"layers.{i}"):
                array = np.asarray(stacked[name])
                owner.params[key] = array[:, None, :] if array.ndim == 2 else array
        return many


def dense(sizes: Sequence[int], activation: str | None = None, output: str | None = None) -> Net:
    """Linear layers of the given ``sizes`` (in, hidden…, out), all zeros, with an activation between them.

    ``activation`` names a pointwise layer put after every hidden layer, ``output`` one put after the last.
    """
    layers: list[Layer] = []
    for i, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        layers.append(Linear(np.zeros((fan_out, fan_in)), np.zeros(fan_out)))
        last = i == len(sizes) - 2
        name = output if last else activation
        if name is not None:
            layers.append(POINTWISE[name]())
    return Net(layers)


def start_at_random(net: Net, rng: np.random.Generator, scale: float = 1.0, spread: float = 0.0) -> None:
    """Weights from a normal distribution of deviation ``scale``/√in, biases evenly within ±``spread``, in order.

    With it a sum over ``in`` terms starts out about as large as one of them (LeCun et al. 1998, Efficient BackProp);
    behind ReLU, which halves what passes, the scale is √2 (He et al. 2015).
    """
    for value in net.params.values():
        if value.ndim == 2:
            value[...] = rng.normal(0.0, scale / np.sqrt(value.shape[1]), value.shape)
        else:
            value[...] = rng.uniform(-spread, spread, value.shape)
