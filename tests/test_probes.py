"""Probes, landscapes and counts: what they say of a net is what the net itself says."""

import numpy as np
import pytest

from engine.counts import dense_cost, llama_1b_cost
from engine.landscape import Landscape, principal_plane, secants
from engine.losses import SoftmaxCrossEntropy, SquaredError
from engine.net import dense, start_at_random
from engine.probes import classification_over_steps, each_example, in_pieces, sigmoid_example_over_steps


def random_net(sizes, activation="sigmoid", output="sigmoid", seed=0):
    net = dense(sizes, activation, output)
    start_at_random(net, np.random.default_rng(seed), 1.3, 0.5)
    return net


@pytest.fixture
def landscape():
    rng = np.random.default_rng(1)
    return Landscape(random_net([3, 4, 2]), SquaredError(), rng.normal(size=(6, 3)), rng.uniform(size=(6, 2)))


def test_asking_changes_nothing(landscape):
    before = landscape.net.theta.copy()
    landscape.at(before * 2)
    landscape.along(3, np.linspace(-1, 1, 5))
    landscape.over(before, before, before, np.zeros(2), np.zeros(2))
    np.testing.assert_array_equal(landscape.net.theta, before)


def test_a_plane_is_the_loss_point_by_point(landscape):
    rng = np.random.default_rng(2)
    theta = landscape.net.theta.copy()
    u, v = rng.normal(size=(2, theta.size))
    across, up = np.array([-1.0, 0.5]), np.array([0.0, 0.3, 2.0])
    grid = landscape.over(theta, u, v, across, up)
    assert grid.shape == (3, 2)
    for i, beta in enumerate(up):
        for j, alpha in enumerate(across):
            assert grid[i, j] == pytest.approx(landscape.at(theta + alpha * u + beta * v), rel=1e-12)


def test_secants_turn_into_the_slope(landscape):
    _, slopes = secants(landscape, 5, np.array([0.5, 1e-3, 1e-6]))
    misses = np.abs(slopes - landscape.slope(5))
    assert misses[0] > misses[1] > misses[2]
    assert misses[2] < 1e-6


def test_the_principal_plane_of_a_path_that_lies_in_one():
    rng = np.random.default_rng(3)
    u, v = np.linalg.qr(rng.normal(size=(30, 2)))[0].T
    end, turn = rng.normal(size=30), np.linspace(0, 3, 40)
    path = end + np.outer(5 * (3 - turn), u) + np.outer(np.sin(turn * 2) - np.sin(6), v)
    plane = principal_plane(path)
    assert plane.share.sum() == pytest.approx(1)
    np.testing.assert_allclose(plane.origin + plane.coordinates(path) @ plane.directions, path, atol=1e-12)
    np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-12)
    assert (plane.coordinates(path)[0] >= 0).all()


def test_each_examples_gradients_average_to_the_batchs():
    rng = np.random.default_rng(4)
    net, x, y = random_net([3, 4, 2]), rng.normal(size=(5, 3)), rng.uniform(size=(5, 2))
    losses, grads = each_example(net, SquaredError(), x, y)
    loss = SquaredError()
    assert loss.forward(net.forward(x), y) == pytest.approx(losses.mean())
    net.backward(loss.backward())
    np.testing.assert_allclose(grads.mean(0), net.gradient, rtol=1e-12, atol=1e-15)


def test_one_example_taken_apart_agrees_with_the_net():
    rng = np.random.default_rng(5)
    net, x, y, loss = random_net([3, 4, 2]), rng.normal(size=3), rng.uniform(size=2), SquaredError()
    stacked = {name: np.stack([value, value * 0.5]) for name, value in net.params.items()}
    apart = sigmoid_example_over_steps(stacked, 2, x, y)
    for step, factor in enumerate((1, 0.5)):
        net.theta *= factor
        value = loss.forward(net.forward(x[None]), y[None])
        dx = net.backward(loss.backward())
        assert apart["example.loss"][step] == pytest.approx(value)
        np.testing.assert_allclose(apart["example.grad_a0"][step], dx[0], rtol=1e-12)
        for name, gradient in net.grads.items():
            np.testing.assert_allclose(apart[f"example.grads.{name}"][step], gradient, rtol=1e-12)
        np.testing.assert_allclose(apart["example.paths1"][step].sum(0), apart["example.grad_a1"][step])


def test_classification_over_steps_is_the_net_step_by_step():
    rng = np.random.default_rng(6)
    net, x, labels = dense([2, 3]), rng.normal(size=(7, 2)), rng.integers(0, 3, 7)
    params = [{n: rng.normal(size=v.shape) for n, v in net.params.items()} for _ in range(3)]
    stacked = {n: np.stack([p[n] for p in params]) for n in net.params}
    stacked |= {f"grads.{n}": stacked[n] * 2 for n in net.params}
    found, loss = classification_over_steps(net, stacked, x, labels), SoftmaxCrossEntropy()
    for step, values in enumerate(params):
        for name, value in values.items():
            net.params[name][...] = value
        output = net.forward(x)
        assert found["loss_all"][step] == pytest.approx(loss.forward(output, np.eye(3)[labels]))
        np.testing.assert_allclose(found["probs_all"][step], loss.prediction)
        assert found["accuracy"][step] == (output.argmax(1) == labels).mean()
        assert found["grad_norm"][step] == pytest.approx(2 * np.linalg.norm(net.theta))


def test_pieces_are_the_whole():
    rng = np.random.default_rng(7)
    net, x = random_net([2, 8, 3]), rng.normal(size=(101, 2))
    np.testing.assert_allclose(in_pieces(net, x, 10), net.forward(x), rtol=1e-12)


def test_counts():
    small = dense_cost([1, 3])
    assert (small.parameters, small.forward, small.backward, small.numerical) == (6, 3, 3, 21)
    digits = dense_cost([784, 16, 16, 10])
    assert (digits.parameters, digits.forward) == (13_002, 784 * 16 + 16 * 16 + 16 * 10)
    assert digits.backward == digits.forward + 16 * 16 + 16 * 10
    llama = llama_1b_cost()
    assert llama.parameters == 1_235_814_400
    assert llama.numerical / llama.backpropagation == pytest.approx((llama.parameters + 1) / 3)
    assert llama.numerical < 2**63
