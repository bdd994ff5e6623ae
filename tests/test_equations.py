"""Formulas made from recorded graphs: each is worth, at the recorded numbers, what the engine recorded for it."""

import re

import numpy as np
import pytest
import sympy
from chain_runs import CHAINS, record
from sympy.parsing.sympy_parser import (
    convert_xor,
    implicit_multiplication_application,
    parse_expr,
    standard_transformations,
)

from engine import experiments
from scenes.equations import OPERATIONS, Equations
from scenes.parts.typesetting import Formula, split_groups
from scenes.recorded_graph import RecordedGraph

RULES = (*standard_transformations, implicit_multiplication_application, convert_xor)
FUNCTIONS = {"sigma": lambda x: 1 / (1 + sympy.exp(-x)), "relu": lambda x: sympy.Max(x, 0), "tanh": sympy.tanh,
             "ln": sympy.log, "e": sympy.E}  # fmt: skip


class Lettered(Equations):
    """The same formulas, in which node i is called v<i>: what stands above and below letters is no arithmetic."""

    def plain(self, node):
        return f"v{node}"


def worth(source, values):
    """What a side of an equation is worth at the nodes' values."""
    text = re.sub(r'group\("[^"]*", ', "(", split_groups(source)[0]).replace('"ReLU"', "relu")
    text = re.sub(r'cases\(1 & " if " (.*) > 0, 0 & " else"\)', r"Heaviside(\1, 0)", text)
    names = {f"v{i}": sympy.Symbol(f"v{i}") for i in range(len(values))}
    expression = parse_expr(text, local_dict={**names, **FUNCTIONS}, transformations=RULES)
    assert expression.free_symbols <= set(names.values()), text
    return float(expression.subs({names[f"v{i}"]: value for i, value in enumerate(values)}))


def graph_of(trace):
    graph = RecordedGraph(trace)
    return graph, np.asarray(graph.values.value), Lettered(graph.names, graph.ops, graph.parents)


@pytest.mark.parametrize("name", ["chain", *CHAINS])
def test_every_formula_is_worth_what_was_recorded(tmp_path, name):
    trace = experiments.run(name, tmp_path) if name == "chain" else record(name, tmp_path)
    graph, values, equations = graph_of(trace)
    for child in range(len(values)):
        if not graph.ops[child]:
            continue
        assert worth(equations.value(child), values) == pytest.approx(values[child], rel=1e-12)
        for parent in graph.parents[child]:
            written = equations.worked_out(child, parent) or equations.slope(child, parent)
            assert worth(written, values) == pytest.approx(float(graph.edge(child, parent)), rel=1e-9, abs=1e-12)


def test_the_product_along_the_way_is_the_gradient(tmp_path):
    graph, values, equations = graph_of(experiments.run("chain", tmp_path))
    for leaf in graph.leaves:
        (way,) = graph.ways(leaf)
        factors = [equations.worked_out(*step) or equations.slope(*step) for step in graph.steps(way)]
        product = np.prod([worth(factor, values) for factor in factors])
        assert product == pytest.approx(float(graph.grads[leaf]), rel=1e-9)


def test_several_ways_add(tmp_path):
    graph, values, equations = graph_of(record("wide", tmp_path))
    node = graph.index("a1_2")
    ways = graph.ways(node)
    assert len(ways) == 3
    products = [
        np.prod([worth(equations.worked_out(*s) or equations.slope(*s), values) for s in graph.steps(way)])
        for way in ways
    ]
    assert sum(products) == pytest.approx(float(graph.grads[node]), rel=1e-9)


@pytest.mark.parametrize("op", ["+", "*", "/", "exp", "ln", "neg"])
def test_the_other_operations(op):
    values = [0.7, 1.9][: 1 if op in ("exp", "ln", "neg") else 2]
    count = len(values)
    equations = Lettered([*"ab"[:count], "c"], [""] * count + [op], [()] * count + [tuple(range(count))])
    for i in range(count):
        up, down = (list(values) for _ in range(2))
        up[i], down[i] = values[i] + 1e-6, values[i] - 1e-6
        slope = (worth(equations.value(count), [*up, 0]) - worth(equations.value(count), [*down, 0])) / 2e-6
        assert worth(equations.slope(count, i), [*values, 0]) == pytest.approx(slope, rel=1e-6)


def test_symbols_carry_layer_and_places():
    names = ["w3", "a0", "w2_12", "y_1", "C", "y"]
    equations = Equations(names, [""] * 6, [()] * 6)
    wanted = ["w^((L))", "a^((L-3))", "w_(1 2)^((L-1))", "y_(1)", "C", "y"]
    assert [equations.plain(i) for i in range(6)] == wanted


def test_every_operation_can_be_set_and_its_parts_found(tmp_path):
    graph = RecordedGraph(record("wide", tmp_path))
    equations = Equations(graph.names, graph.ops, graph.parents)
    z = graph.index("z2_3")
    formula = Formula(equations.definition(z))
    assert len(formula.select(f"n{z}")) > 1
    for parent in graph.parents[z]:
        assert len(formula.select(f"n{parent}")) > 1
    rate = Formula(equations.rate(z, graph.parents[z][0], "Delta"))
    assert len(rate.select("up")) == len(rate.select("down")) == 1
    assert set(OPERATIONS) >= set(graph.ops) - {""}
