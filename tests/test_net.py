"""Net: one vector behind named parameters; whole networks against autograd and differences."""

from itertools import pairwise

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from hypothesis import given, settings
from hypothesis import strategies as st
from test_layers import REFERENCE, central, relative

from engine.losses import SoftmaxCrossEntropy, SquaredError
from engine.net import dense, start_at_random


def test_names_are_pytorchs_and_windows_on_one_vector():
    net = dense([784, 16, 16, 10], "sigmoid", "sigmoid")
    assert list(net.params) == [f"layers.{i}.{kind}" for i in (0, 2, 4) for kind in ("weight", "bias")]
    assert net.theta.size == 13_002
    assert net.params["layers.2.weight"].shape == (16, 16)
    net.theta[...] = 7
    assert all((value == 7).all() for value in net.params.values())
    assert [name for name, _, _ in net.params_and_grads()] == list(net.params)


@pytest.mark.parametrize(("activation", "loss"), [("tanh", SoftmaxCrossEntropy()), ("sigmoid", SquaredError())])
@settings(max_examples=15, deadline=None)
@given(sizes=st.lists(st.integers(1, 5), min_size=3, max_size=5), rows=st.integers(1, 4), seed=st.integers(0, 2**31))
def test_whole_networks(activation, loss, sizes, rows, seed):
    rng = np.random.default_rng(seed)
    net = dense(sizes, activation)
    start_at_random(net, rng, 1.5)
    net.theta[...] += rng.normal(0, 0.1, net.theta.size)
    x, y = rng.normal(size=(rows, sizes[0])), rng.dirichlet(np.ones(sizes[-1]), rows)

    def theirs(theta):
        start, value = 0, x
        for i, (a, b) in enumerate(pairwise(sizes)):
            weight = theta[start : start + a * b].reshape(b, a)
            value = anp.dot(value, weight.T) + theta[start + a * b : start + (a + 1) * b]
            start += (a + 1) * b
            if i < len(sizes) - 2:
                value = REFERENCE[activation](value)
        if isinstance(loss, SquaredError):
            return anp.sum((value - y) ** 2) / rows
        return anp.sum(anp.log(anp.sum(anp.exp(value), axis=1)) - anp.sum(value * y, axis=1)) / rows

    numbers = central(lambda: loss.forward(net.forward(x), y), net.theta)
    assert loss.forward(net.forward(x), y) == pytest.approx(theirs(net.theta), rel=1e-12)
    net.backward(loss.backward())
    assert relative(net.gradient, numbers) < 1e-7
    assert relative(net.gradient, grad(theirs)(net.theta.copy())) < 1e-12


def test_many_parameter_sets_at_once_are_the_same_as_one_by_one():
    rng = np.random.default_rng(0)
    net, x = dense([2, 5, 3], "relu"), rng.normal(size=(7, 2))
    sets, outputs = {name: [] for name in net.params}, []
    for _ in range(4):
        start_at_random(net, rng)
        net.theta[...] += rng.normal(size=net.theta.size)
        outputs.append(net.forward(x))
        for name, value in net.params.items():
            sets[name].append(value.copy())
    kept = net.theta.copy()
    many = net.at({name: np.stack(values) for name, values in sets.items()}).forward(x)
    np.testing.assert_allclose(many, outputs, rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(net.theta, kept)
