"""Optimizers: from a gradient to the next parameters. No layer, no loss, no data.

All take triples (name, parameter, gradient) and change the parameter in place; what they remember between
steps is kept per name and can be saved and restored, so that an interrupted run can go on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from engine.layers import Array


class Optimizer:
    """Base: ``step`` applies one update. ``memory`` holds arrays by "kind:name"; ``count`` the updates so far."""

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = learning_rate
        self.count = 0
        self.memory: dict[str, Array] = {}

    def step(self, params_and_grads: Iterable[tuple[str, Array, Array]]) -> None:
        """Update every parameter in place."""
        self.count += 1
        for name, value, gradient in params_and_grads:
            self.update(name, value, gradient)

    def update(self, name: str, value: Array, gradient: Array) -> None:
        """Update one parameter in place."""
        raise NotImplementedError

    def remembered(self, kind: str, name: str, like: Array) -> Array:
        """The array kept under ``kind`` for parameter ``name``; zeros at first."""
        key = f"{kind}:{name}"
        found = self.memory.get(key)
        if found is None:
            found = self.memory[key] = np.zeros_like(like)
        return found

    def state(self) -> dict[str, Array]:
        """Everything needed to go on: ``count`` and the memory, names fit for a trace's state file."""
        return {"count": np.array(self.count), **self.memory}

    def restore(self, state: Mapping[str, Array]) -> None:
        """Take over what ``state`` gave."""
        self.count = int(state["count"])
        self.memory = {name: np.array(value) for name, value in state.items() if name != "count"}


class SGD(Optimizer):
    """Gradient descent: θ ← θ − η ∂L/∂θ."""

    def update(self, name: str, value: Array, gradient: Array) -> None:
        """θ ← θ − η g."""
        value -= self.learning_rate * gradient


class Momentum(Optimizer):
    """v ← μ v + g; θ ← θ − η v: the step keeps part of the last one's direction (Polyak 1964, PyTorch's form)."""

    def __init__(self, learning_rate: float, momentum: float = 0.9) -> None:
        super().__init__(learning_rate)
        self.momentum = momentum

    def update(self, name: str, value: Array, gradient: Array) -> None:
        """v ← μ v + g; θ ← θ − η v."""
        v = self.remembered("v", name, value)
        v *= self.momentum
        v += gradient
        value -= self.learning_rate * v


class Adam(Optimizer):
    """Kingma and Ba 2015: steps of nearly even length, along the mean gradient over its root mean square.

        m ← β₁ m + (1 − β₁) g          m̂ = m / (1 − β₁ᵗ)
        s ← β₂ s + (1 − β₂) g²         ŝ = s / (1 − β₂ᵗ)
        θ ← θ − η m̂ / (√ŝ + ε)

    With ``weight_decay`` λ it is AdamW (Loshchilov and Hutter 2019): θ ← (1 − ηλ) θ before each update.
    """

    def __init__(
        self,
        learning_rate: float,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(learning_rate)
        self.beta1, self.beta2, self.epsilon, self.weight_decay = beta1, beta2, epsilon, weight_decay

    def update(self, name: str, value: Array, gradient: Array) -> None:
        """One step of Adam, or AdamW when there is weight decay."""
        m, s = self.remembered("m", name, value), self.remembered("s", name, value)
        if self.weight_decay:
            value *= 1 - self.learning_rate * self.weight_decay
        m *= self.beta1
        m += (1 - self.beta1) * gradient
        s *= self.beta2
        s += (1 - self.beta2) * gradient * gradient
        # m̂ / (√ŝ + ε) with both corrections pulled out of the arrays.
        root = np.sqrt(s)
        root *= 1 / np.sqrt(1 - self.beta2**self.count)
        root += self.epsilon
        value -= (self.learning_rate / (1 - self.beta1**self.count)) * m / root


class AdamW(Adam):
    """Adam with decoupled weight decay; PyTorch's default λ = .01."""

    def __init__(
        self,
        learning_rate: float,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(learning_rate, beta1, beta2, epsilon, weight_decay)
