"""Losses: their gradients against central differences and autograd, and the worked numbers."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from hypothesis import given, settings
from hypothesis import strategies as st
from test_layers import central, relative

from engine.losses import LOSSES, SoftmaxCrossEntropy, SquaredError, softmax


def reference(name, h, y):
    if name == "squared_error":
        return anp.sum((h - y) ** 2) / len(h)
    return anp.sum(anp.log(anp.sum(anp.exp(h), axis=1)) - anp.sum(h * y, axis=1)) / len(h)


@pytest.mark.parametrize("name", sorted(LOSSES))
@settings(max_examples=40, deadline=None)
@given(shape=st.tuples(st.integers(1, 5), st.integers(1, 6)), seed=st.integers(0, 2**31))
def test_gradient(name, shape, seed):
    rng = np.random.default_rng(seed)
    h, y, loss = rng.normal(0, 2, shape), rng.dirichlet(np.ones(shape[1]), shape[0]), LOSSES[name]()
    numbers = central(lambda: loss.forward(h, y), h)
    assert loss.forward(h, y) == pytest.approx(reference(name, h, y), rel=1e-12)
    assert relative(loss.backward(), numbers) < 1e-7
    assert relative(loss.backward(), grad(lambda h: reference(name, h, y))(h)) < 1e-12


def test_softmax_of_the_film():
    np.testing.assert_allclose(softmax(np.array([1.0, 2.0, 1.0])), [0.2119, 0.5761, 0.2119], atol=5e-5)
    assert softmax(np.array([1.0, 10.0, 1.0]))[1] == pytest.approx(0.99975, abs=5e-6)


def test_cross_entropy_of_a_hopeless_guess_is_large_but_finite():
    loss = SoftmaxCrossEntropy()
    assert loss.forward(np.array([[0.0, 5000.0]]), np.array([[1.0, 0.0]])) == 5000
    np.testing.assert_array_equal(loss.backward(), [[-1, 1]])


def test_squared_error_keeps_its_factor_two():
    loss = SquaredError()
    assert loss.forward(np.array([[0.25, 3.0]]), np.array([[1.0, 3.0]])) == 0.5625
    np.testing.assert_array_equal(loss.backward(), [[-1.5, 0]])
