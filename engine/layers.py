"""Layers: forward and backward side by side; the docstring is the calculus. No loss, no update, no loop.

A layer is y = f(x; θ). ``forward`` remembers what ``backward`` will need; ``backward`` is given ∂L/∂y, fills
``grads`` with ∂L/∂θ and returns ∂L/∂x. Examples are rows: x is (..., in), y is (..., out).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def _special() -> Any:
    """SciPy's special functions. Importing them takes longer than anything else here: who only reads need not wait."""
    from scipy import special

    return special


class Layer:
    """Base of all layers: ``params`` and ``grads`` under the same keys, ``children`` inside composed layers."""

    def __init__(self) -> None:
        self.params: dict[str, Array] = {}
        self.grads: dict[str, Array] = {}
        self.children: dict[str, Layer] = {}

    def forward(self, x: Array) -> Array:
        """The layer's output for rows ``x``."""
        raise NotImplementedError

    def backward(self, dy: Array) -> Array:
        """∂L/∂x from ``dy`` = ∂L/∂y, after filling ``grads`` with ∂L/∂θ (summed over the rows)."""
        raise NotImplementedError

    def learn(self, dy: Array) -> None:
        """Only fill ``grads``: what the first layer of a net is asked for, as nobody needs ∂L/∂x of the data."""
        self.backward(dy)

    def walk(self, prefix: str) -> Iterator[tuple[str, Layer, str]]:
        """(PyTorch's dotted name, layer, key) of every parameter here and in the children."""
        for key in self.params:
            yield f"{prefix}.{key}", self, key
        for name, child in self.children.items():
            yield from child.walk(f"{prefix}.{name}")


class Linear(Layer):
    """y = x Wᵀ + b, that is y_j = Σ_k W_jk x_k + b_j, with W (out, in) and b (out,).

    A nudge to W_jk moves only y_j, x_k times as much; a nudge to b_j moves y_j alike; a nudge to x_k moves every
    y_j, W_jk times as much. Summed over the rows (and, for x, over the paths):

        ∂L/∂W_jk = Σ_rows ∂L/∂y_j · x_k        ∂L/∂W = dyᵀ x
        ∂L/∂b_j  = Σ_rows ∂L/∂y_j              ∂L/∂b = Σ dy
        ∂L/∂x_k  = Σ_j    ∂L/∂y_j · W_jk       ∂L/∂x = dy W
    """

    def __init__(self, weight: Array, bias: Array) -> None:
        super().__init__()
        self.params = {"weight": weight, "bias": bias}
        self.grads = {"weight": np.zeros_like(weight), "bias": np.zeros_like(bias)}

    def forward(self, x: Array) -> Array:
        """y = x Wᵀ + b."""
        self.x = x
        return x @ self.params["weight"].mT + self.params["bias"]

    def backward(self, dy: Array) -> Array:
        """∂L/∂W = dyᵀ x, ∂L/∂b = Σ dy, ∂L/∂x = dy W."""
        self.learn(dy)
        return dy @ self.params["weight"]

    def learn(self, dy: Array) -> None:
        """∂L/∂W = dyᵀ x, ∂L/∂b = Σ dy."""
        x = self.x
        if dy.ndim > 2:
            dy, x = dy.reshape(-1, dy.shape[-1]), x.reshape(-1, x.shape[-1])
        np.matmul(dy.T, x, out=self.grads["weight"])
        np.add.reduce(dy, axis=0, out=self.grads["bias"])


class Pointwise(Layer):
    """y = f(x) on each number by itself, so ∂L/∂x = ∂L/∂y · f′(x). Subclasses give f and f′ as a pair."""

    def forward(self, x: Array) -> Array:
        """y = f(x)."""
        self.x = x
        self.y = self.value(x)
        return self.y

    def backward(self, dy: Array) -> Array:
        """∂L/∂x = ∂L/∂y · f′(x)."""
        return dy * self.slope(self.x, self.y)

    @staticmethod
    def value(x: Array) -> Array:
        """f(x)."""
        raise NotImplementedError

    @staticmethod
    def slope(x: Array, y: Array) -> Array:
        """f′(x), where y = f(x) is already known."""
        raise NotImplementedError


class Sigmoid(Pointwise):
    """σ(x) = 1 / (1 + e⁻ˣ); σ′ = σ (1 − σ), for dσ/dx = e⁻ˣ / (1 + e⁻ˣ)²."""

    @staticmethod
    def value(x: Array) -> Array:
        """σ(x), without overflow for any x."""
        return _special().expit(x)

    @staticmethod
    def slope(x: Array, y: Array) -> Array:
        """σ′ = y (1 − y)."""
        return y * (1 - y)


class Tanh(Pointwise):
    """tanh x = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ); tanh′ = 1 − tanh²."""

    @staticmethod
    def value(x: Array) -> Array:
        """tanh x."""
        return np.tanh(x)

    @staticmethod
    def slope(x: Array, y: Array) -> Array:
        """1 − y²."""
        return 1 - y * y


class ReLU(Pointwise):
    """max(x, 0); slope 1 where x > 0, else 0 (at the kink itself 0, as PyTorch chooses)."""

    @staticmethod
    def value(x: Array) -> Array:
        """max(x, 0)."""
        return np.maximum(x, 0.0)

    @staticmethod
    def slope(x: Array, y: Array) -> Array:
        """1 where x > 0."""
        return (x > 0).astype(x.dtype)


class GELU(Pointwise):
    """x Φ(x), Φ the normal distribution ½ (1 + erf(x/√2)) (Hendrycks and Gimpel 2016).

    By the product rule, and because Φ′ = φ(x) = e^(−x²/2)/√(2π): slope Φ(x) + x φ(x).
    """

    @staticmethod
    def value(x: Array) -> Array:
        """x Φ(x)."""
        return x * (0.5 * (1 + _special().erf(x / np.sqrt(2.0))))

    @staticmethod
    def slope(x: Array, y: Array) -> Array:
        """Φ(x) + x φ(x)."""
        return 0.5 * (1 + _special().erf(x / np.sqrt(2.0))) + x * np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi)


class SiLU(Pointwise):
    """x σ(x); by the product rule its slope is σ + x σ (1 − σ) = σ (1 + x (1 − σ))."""

    @staticmethod
    def value(x: Array) -> Array:
        """x σ(x)."""
        return x * _special().expit(x)

    @staticmethod
    def slope(x: Array, y: Array) -> Array:
        """σ (1 + x (1 − σ))."""
        s = _special().expit(x)
        return s * (1 + x * (1 - s))


class Sine(Pointwise):
    """sin x, slope cos x: an activation for waves (Sitzmann et al. 2020), with a loss full of wrong valleys."""

    @staticmethod
    def value(x: Array) -> Array:
        """sin x."""
        return np.sin(x)

    @staticmethod
    def slope(x: Array, y: Array) -> Array:
        """cos x."""
        return np.cos(x)


POINTWISE: dict[str, type[Pointwise]] = {
    "sigmoid": Sigmoid, "tanh": Tanh, "relu": ReLU, "gelu": GELU, "silu": SiLU,
    "sine": Sine,
}  # fmt: skip
