"""Every layer's backward against central differences (1e-7) and against HIPS autograd (1e-12)."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from autograd.scipy.special import erf as aerf
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.layers import GELU, POINTWISE, Linear, ReLU

SHAPES = st.tuples(st.integers(1, 5), st.integers(1, 6), st.integers(1, 6))

REFERENCE = {
    "sigmoid": lambda x: 1 / (1 + anp.exp(-x)),
    "tanh": anp.tanh,
    "relu": lambda x: anp.where(x > 0, x, 0),
    "gelu": lambda x: x * 0.5 * (1 + aerf(x / np.sqrt(2))),
    "silu": lambda x: x / (1 + anp.exp(-x)),
    "sine": anp.sin,
}


def central(function, x, h=1e-5):
    """Central differences of a scalar function by every number of x, with one Richardson step: error O(h⁴)."""
    out = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        kept, slopes = x[place], []
        for width in (h * 40, h * 20):
            x[place] = kept + width
            up = function()
            x[place] = kept - width
            slopes.append((up - function()) / (2 * width))
        x[place] = kept
        out[place] = (4 * slopes[1] - slopes[0]) / 3
    return out


def relative(a, b):
    return np.abs(a - b).max() / max(np.abs(a).max(), np.abs(b).max(), 1e-3)


@settings(max_examples=40, deadline=None)
@given(SHAPES, st.integers(0, 2**31))
def test_linear(shape, seed):
    rows, fan_in, fan_out = shape
    rng = np.random.default_rng(seed)
    layer = Linear(rng.normal(size=(fan_out, fan_in)), rng.normal(size=fan_out))
    x, dy = rng.normal(size=(rows, fan_in)), rng.normal(size=(rows, fan_out))

    def value():
        return float((layer.forward(x) * dy).sum())

    numbers = [central(value, a) for a in (x, layer.params["weight"], layer.params["bias"])]
    layer.forward(x)
    ours = [layer.backward(dy), layer.grads["weight"], layer.grads["bias"]]
    theirs = [
        grad(lambda x, w, b: anp.sum((anp.dot(x, w.T) + b) * dy), i)(x, layer.params["weight"], layer.params["bias"])
        for i in range(3)
    ]
    for mine, number, reference in zip(ours, numbers, theirs, strict=True):
        assert relative(mine, number) < 1e-7
        assert relative(mine, reference) < 1e-12


@pytest.mark.parametrize("name", sorted(POINTWISE))
@settings(max_examples=40, deadline=None)
@given(shape=st.tuples(st.integers(1, 4), st.integers(1, 5)), seed=st.integers(0, 2**31))
def test_pointwise(name, shape, seed):
    rng = np.random.default_rng(seed)
    x, dy, layer = rng.normal(0, 2, shape), rng.normal(size=shape), POINTWISE[name]()
    x[np.abs(x) < 0.01] = 0.5  # no difference quotient across ReLU's kink
    numbers = central(lambda: float((layer.forward(x) * dy).sum()), x)
    layer.forward(x)
    ours = layer.backward(dy)
    assert relative(ours, numbers) < 1e-7
    assert relative(ours, grad(lambda x: anp.sum(REFERENCE[name](x) * dy))(x)) < 1e-12


@pytest.mark.parametrize("name", sorted(POINTWISE))
def test_extreme_inputs_stay_finite(name):
    layer = POINTWISE[name]()
    x = np.array([[-1e4, -50.0, 0.0, 50.0, 1e4]])
    with np.errstate(over="raise", invalid="raise"):
        assert np.isfinite(layer.forward(x)).all()
        assert np.isfinite(layer.backward(np.ones_like(x))).all()


def test_linear_over_leading_axes_adds_their_gradients():
    rng = np.random.default_rng(3)
    layer = Linear(rng.normal(size=(4, 3)), rng.normal(size=4))
    x, dy = rng.normal(size=(2, 5, 3)), rng.normal(size=(2, 5, 4))
    layer.forward(x)
    assert layer.backward(dy).shape == x.shape
    np.testing.assert_allclose(layer.grads["weight"], np.einsum("abo,abi->oi", dy, x))
    np.testing.assert_allclose(layer.grads["bias"], dy.sum((0, 1)))


def test_known_values():
    assert ReLU.slope(np.zeros(1), np.zeros(1)) == 0
    assert GELU.value(np.array([1.0]))[0] == pytest.approx(0.8413447460685429)
    assert POINTWISE["sigmoid"].slope(np.zeros(1), np.array([0.5]))[0] == 0.25
