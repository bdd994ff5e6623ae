"""Optimizers: against their own formulas written out for one number, and their memory survives a stop."""

import math

import numpy as np
import pytest

from engine.optim import SGD, Adam, AdamW, Momentum

GRADIENTS = [0.5, -2.0, 1.5, 0.1, 3.0]


def walk(optimizer, start=1.0, gradients=GRADIENTS):
    value, path = np.array([start]), []
    for g in gradients:
        optimizer.step([("a", value, np.array([g]))])
        path.append(value[0])
    return path


def adam_by_hand(decay=0.0, rate=0.1, b1=0.9, b2=0.999, eps=1e-8):
    x, m, s, path = 1.0, 0.0, 0.0, []
    for t, g in enumerate(GRADIENTS, 1):
        x *= 1 - rate * decay
        m, s = b1 * m + (1 - b1) * g, b2 * s + (1 - b2) * g * g
        x -= rate * (m / (1 - b1**t)) / (math.sqrt(s / (1 - b2**t)) + eps)
        path.append(x)
    return path


def test_sgd():
    assert walk(SGD(0.1)) == pytest.approx([1 - 0.1 * sum(GRADIENTS[: i + 1]) for i in range(5)], abs=1e-15)


def test_momentum():
    v, x, path = 0.0, 1.0, []
    for g in GRADIENTS:
        v = 0.8 * v + g
        x -= 0.1 * v
        path.append(x)
    assert walk(Momentum(0.1, 0.8)) == pytest.approx(path, rel=1e-14)


def test_adam_and_adamw():
    assert walk(Adam(0.1)) == pytest.approx(adam_by_hand(), rel=1e-12)
    assert walk(AdamW(0.1, weight_decay=0.3)) == pytest.approx(adam_by_hand(0.3), rel=1e-12)


@pytest.mark.parametrize("make", [lambda: SGD(0.1), lambda: Momentum(0.1), lambda: Adam(0.1), lambda: AdamW(0.1)])
def test_a_restored_optimizer_goes_on_as_if_nothing_had_happened(make):
    whole = walk(make())
    first, second, value = make(), make(), np.array([1.0])
    for g in GRADIENTS[:2]:
        first.step([("a", value, np.array([g]))])
    second.restore(first.state())
    assert walk(second, value[0], GRADIENTS[2:]) == whole[2:]
