"""Trees: the longest way runs level, nothing covers anything, and numbers say where they came from."""

from itertools import combinations

import numpy as np
import pytest

from scenes.parts.graph_tree import GraphTree


def chain(layers):
    symbols, parents = [f"a^((L-{layers}))"], [()]
    for layer in range(layers, 0, -1):
        mark = f"(L-{layer - 1})" if layer > 1 else "(L)"
        before = len(symbols) - 1
        symbols += [f"w^({mark})", f"b^({mark})", f"z^({mark})", f"a^({mark})"]
        n = len(symbols)
        parents += [(), (), (n - 4, before, n - 3), (n - 2,)]
    n = len(symbols)
    return [*symbols, "y", "C"], [*parents, (), (n - 1, n)]


@pytest.mark.parametrize("layers", [1, 2, 3, 5])
def test_a_chain_of_any_depth_fits_and_nothing_overlaps(layers):
    tree = GraphTree(*chain(layers), 13.0, 4.0, number_format="+.4f")
    assert tree.width <= 13.01 and tree.height <= 4.2
    for a, b in combinations(tree.nodes, 2):
        apart_x = abs(a.get_center()[0] - b.get_center()[0]) - (a.width + b.width) / 2
        apart_y = abs(a.get_center()[1] - b.get_center()[1]) - (a.height + b.height) / 2
        assert max(apart_x, apart_y) > 0.05
    spine = [0, *(i for i, row in enumerate(tree.parents) if row)]
    levels = [tree.place(i)[1] for i in spine]
    assert np.ptp(levels) < 1e-6
    assert (np.diff([tree.place(i)[0] for i in spine]) > 0).all()


def test_arrows_lead_from_parent_to_child_without_touching():
    tree = GraphTree(*chain(2), 12.0, 3.5)
    for (child, parent), wire in tree.wires.items():
        start, end = wire.points[0], wire.points[3]
        assert np.linalg.norm(start - tree.place(parent)) < np.linalg.norm(start - tree.place(child))
        assert np.linalg.norm(end - tree.place(child)) < np.linalg.norm(end - tree.place(parent))
        for point, node in ((start, parent), (end, child)):
            symbol = tree.nodes[node]
            inside = np.abs(point - symbol.get_center())[:2] < np.array([symbol.width, symbol.height]) / 2
            assert not inside.all()


def test_what_goes_in_stands_in_its_order():
    tree = GraphTree(["w", "a", "b", "z"], [(), (), (), (0, 1, 2)], 6, 3)
    assert tree.place(0)[1] > tree.place(1)[1] > tree.place(2)[1]
    assert tree.place(1)[1] == pytest.approx(tree.place(3)[1])


def test_parts_and_numbers():
    class Fake:
        source = "here"

        def __init__(self, value):
            self.value = np.asarray(value)

        def __getitem__(self, i):
            return Fake(self.value[i])

    tree = GraphTree(["w", "a", "b", "z"], [(), (), (), (0, 1, 2)], 6, 3, number_format=".2f")
    tree.show(Fake([1.0, 2.0, 3.0, -4.0]))
    assert [tree.numbers[i].shown_text for i in range(4)] == ["1.00", "2.00", "3.00", "-4.00"]
    assert tree.numbers[3].reading.source == "here"
    part = tree.part([0, 3])
    assert tree.wires[3, 0] in part.submobjects and tree.wires[3, 1] not in part.submobjects
    assert tree.behind(3) == {0, 1, 2, 3}
