"""The loop: yields before the update, sees the rows it was told to, and can start in the middle."""

import numpy as np
import pytest

from engine.losses import SquaredError
from engine.net import dense
from engine.optim import SGD
from engine.train import everything, in_order, shuffled, train


def line(batches, steps, start=0, theta=None):
    net = dense([1, 1])
    if theta is not None:
        net.theta[...] = theta
    x = np.array([[0.0], [1.0], [2.0], [3.0]])
    seen = []
    for step in train(net, SquaredError(), SGD(0.05), x, 2 * x + 1, batches, steps, start):
        seen.append((step.number, step.rows.tolist(), step.loss, net.theta.copy()))
    return net, seen


def test_a_step_shows_the_parameters_that_gave_its_loss():
    net, seen = line(everything(4), 2)
    assert seen[0][2] == pytest.approx((1 + 9 + 25 + 49) / 4)
    np.testing.assert_array_equal(seen[0][3], [0, 0])
    # ∂C/∂w = mean 2(0 − y)x, ∂C/∂b = mean 2(0 − y), by hand: −17 and −8.
    np.testing.assert_allclose(seen[1][3], [0.05 * 17, 0.05 * 8])
    assert not np.array_equal(net.theta, seen[1][3])  # the last update was made too


def test_it_learns_the_line():
    net, _ = line(everything(4), 2000)
    np.testing.assert_allclose(net.theta, [2, 1], atol=1e-6)


def test_starting_in_the_middle_is_the_same():
    _, whole = line(in_order(np.array([3, 0, 2])), 10)
    _, rest = line(in_order(np.array([3, 0, 2])), 10, 4, whole[4][3])
    assert str(rest) == str(whole[4:])


def test_batches():
    one, three = in_order(np.array([2, 0, 1])), in_order(np.array([2, 0, 1, 3]), 3)
    assert [one(s).tolist() for s in range(4)] == [[2], [0], [1], [2]]
    assert [three(s).tolist() for s in range(2)] == [[2, 0, 1], [3, 2, 0]]
    mixed = shuffled(10, 3, seed=5)
    epoch = np.concatenate([mixed(s) for s in range(3)])
    assert len(set(epoch.tolist())) == 9
    assert mixed(3).tolist() != mixed(0).tolist()
    assert mixed(0).tolist() == shuffled(10, 3, seed=5)(0).tolist()
    assert everything(3)(9).tolist() == [0, 1, 2]
