"""The scalar graph: gradients against sympy and against nudges; several paths add; flat arrays say the same."""

import numpy as np
import pytest
import sympy

from engine import scalar
from engine.scalar import Node, backward, flatten, leaf, nudged, order


def blocks() -> tuple[Node, Node]:
    x = leaf("x", 3)
    y = scalar.multiply("y", leaf("2", 2), x)
    return x, scalar.multiply("z", leaf("4", 4), y)


def test_the_two_blocks_of_the_film():
    x, z = blocks()
    backward(z)
    assert (z.value, x.grad) == (24, 8)
    assert nudged(z, x, 0.5)[-1] - z.value == 4
    assert z.value == 24  # nudging changes nothing


def softmax_loss(h: list[Node]) -> Node:
    e = [scalar.exponential(f"e{i}", node) for i, node in enumerate(h)]
    p = scalar.quotient("p", e[1], scalar.add("sum", *e))
    return scalar.negative("L", scalar.logarithm("ln", p))


def test_log_and_exp_cancel():
    h = [leaf(f"h{i}", v) for i, v in enumerate((2.3514, 0.0, -2.3514))]
    loss = softmax_loss(h)
    backward(loss)
    assert loss.value == pytest.approx(2.4506, abs=5e-5)
    np.testing.assert_allclose([n.grad for n in h], [0.9055, -0.9138, 0.0082], atol=5e-5)


def test_against_sympy():
    w, a, b, y = (leaf(n, v) for n, v in zip("waby", (0.7, -1.3, 0.2, 0.9), strict=True))
    z = scalar.affine("z", [w], [a], b)
    cost = scalar.squared_error("C", [scalar.sigmoid("s", z)], [y])
    backward(cost)
    symbols = sympy.symbols("w a b y")
    formula = (1 / (1 + sympy.exp(-(symbols[0] * symbols[1] + symbols[2]))) - symbols[3]) ** 2
    at = dict(zip(symbols, (0.7, -1.3, 0.2, 0.9), strict=True))
    for node, symbol in zip((w, a, b, y), symbols, strict=True):
        assert node.grad == pytest.approx(float(sympy.diff(formula, symbol).subs(at)), rel=1e-13)


def test_paths_add():
    a = leaf("a", 3.0)
    square = scalar.multiply("aa", a, a)
    root = scalar.add("s", square, a)
    backward(root)
    assert a.grad == 7
    backward(root)  # a second time gives the same, not twice as much
    assert a.grad == 7


def test_every_edge_is_the_local_slope():
    h = [leaf(f"h{i}", v) for i, v in enumerate((0.3, -0.2, 0.9))]
    root = scalar.add("all", softmax_loss(h), scalar.sigmoid("s", scalar.multiply("m", h[0], h[2])))
    for node in order(root):
        values = [p.value for p in node.parents]
        for i, edge in enumerate(node.edges):
            up, down = list(values), list(values)
            up[i] += 1e-6
            down[i] -= 1e-6
            assert edge == pytest.approx((node.again(up) - node.again(down)) / 2e-6, rel=1e-7, abs=1e-8)


def test_other_squashings_and_the_other_loss():
    for make, z in ((scalar.hyperbolic, 0.4), (scalar.rectified, 0.7), (scalar.rectified, -0.7)):
        node = make("a", leaf("z", z))
        assert node.edges[0] == pytest.approx((node.again([z + 1e-6]) - node.again([z - 1e-6])) / 2e-6, abs=1e-8)
    a, y = [leaf("a_1", 0.3), leaf("a_2", 0.8)], [leaf("y_1", 1.0), leaf("y_2", 0.25)]
    cost = scalar.cross_entropy("C", a, y)
    wanted = -np.log(0.3) - 0.25 * np.log(0.8) - 0.75 * np.log(0.2)
    assert cost.value == pytest.approx(wanted)
    for i, edge in enumerate(cost.edges):
        up = [node.value for node in cost.parents]
        up[i] += 1e-7
        if up[i] <= 1:  # a target beyond 1 has no meaning
            assert edge == pytest.approx((cost.again(up) - cost.value) / 1e-7, rel=1e-5)


def test_along_one_parent_the_others_stay():
    x, y = leaf("x", 2.0), leaf("y", 5.0)
    product = scalar.multiply("z", x, y)
    np.testing.assert_array_equal(scalar.along(product, y, [0.0, 5.0, 7.5]), [0.0, 10.0, 15.0])
    assert (product.value, y.value) == (10.0, 5.0)
    with pytest.raises(ValueError, match="x is a leaf"):
        scalar.along(x, y, [1.0])


def test_ratios_of_finite_changes():
    w, a, b, y = (leaf(n, v) for n, v in zip("waby", (0.7, -1.3, 0.2, 0.9), strict=True))
    z = scalar.affine("z", [w], [a], b)
    cost = scalar.squared_error("C", [scalar.sigmoid("s", z)], [y])
    found = scalar.ratios(cost, nudged(cost, w, 0.5))
    names = [node.name for node in order(cost)]
    assert found[names.index("z"), 0] == pytest.approx(-1.3)  # a product is straight: no nudge is too large
    assert not found[names.index("z"), 1:].any()
    along = [found[names.index("z"), 0], found[names.index("s"), 0], found[names.index("C"), 0]]
    assert np.prod(along) == pytest.approx((nudged(cost, w, 0.5)[-1] - cost.value) / 0.5)
    twice = scalar.add("twice", w, scalar.multiply("aw", a, w))
    assert not scalar.ratios(twice, nudged(twice, w, 0.5))[-1].any()  # two parents moved: no such ratio


def test_flat_arrays_say_the_same():
    _, root = blocks()
    backward(root)
    flat = flatten(root)
    assert flat.names[-1] == "z"
    assert flat.values[-1] == 24
    grads = np.zeros(len(flat.names))
    grads[-1] = 1
    for i in reversed(range(len(flat.names))):
        for parent, edge in zip(flat.parents[i], flat.edges[i], strict=True):
            if parent >= 0:
                grads[parent] += edge * grads[i]
    np.testing.assert_array_equal(grads, flat.grads)
