"""Chapter 2: from one derivative to all of them, and from one example to the gradient. Draws the trace `chain`."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import numpy as np
from manim import (
    DOWN,
    LEFT,
    UP,
    AnimationGroup,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    ShowPassingFlash,
    Transform,
    VGroup,
    VMobject,
)

from scenes import style
from scenes.chain_kit import NOTATION, Chain
from scenes.layout import CAPTION_STRIP, SAFE, Region
from scenes.parts.formula import glyphs_of, grow_from
from scenes.parts.light import Light, dimmed
from scenes.parts.number_table import NumberTable
from scenes.parts.polyline import joined
from scenes.parts.product import Bracketed, Product
from scenes.parts.readout import Readout
from scenes.parts.typesetting import Formula
from scenes.stage import TraceScene
from scenes.wording import number_word

PICTURE = Region(SAFE.left, SAFE.right, CAPTION_STRIP.top, SAFE.top)
MOST: Final = 9  # as many examples get a row of their own


class WholeGradient(TraceScene):
    """One walk back through the tree gives every derivative; averaged over the examples they are the gradient."""

    trace_name = "chain"
    constants: ClassVar[dict[str, str]] = NOTATION

    def construct(self) -> None:
        """Three products that differ in one factor, the walk back, the examples, the gradient."""
        self.require(Chain.fits(self.trace), "a chain taken apart")
        self.chain = Chain(self.trace)
        self.require(set(self.chain.sizes) == {1}, "one neuron in each layer")
        self.graph = self.chain.graph
        self.build_products()
        self.one_factor_changes()
        self.build_tree()
        self.walk_back()
        self.build_table()
        self.examples()
        self.average()
        self.stack()
        self.other_way()

    # -- three products ------------------------------------------------------------------------------
    def build_products(self) -> None:
        """A row for each parent of the last sum: weight, bias, activation before."""
        chain, graph, last = self.chain, self.graph, self.chain.layers
        z, a = chain.node("z", last), chain.node("a", last)
        weight, before, bias = graph.parents[z]
        self.leaves = [weight, bias, before]
        rows, lhs, results = [], [], {}
        for number, leaf in enumerate(self.leaves):
            by = chain.equations.symbol(leaf)
            left = Formula(f"(partial {chain.equations.symbol(graph.root)}) / (partial {by})", style.TITLE_SIZE)
            lhs.append(left.set_fill(style.GRADIENT))
            steps = [(z, leaf), (a, z), (graph.root, a)]
            rows.append([chain.formula(chain.equations.slope(*step), style.TITLE_SIZE) for step in steps])
            results[number] = Bracketed(graph.grads[leaf], ".4f", style.TITLE_SIZE, style.GRADIENT, first=True)
        self.product = Product(lhs, rows, [1.5, 1.5], results=results, gap=0.3)
        room = PICTURE.inset(0.3)
        self.product.scale(min(1.0, room.width / self.product.width)).move_to(PICTURE.center)

    def one_factor_changes(self) -> None:
        """The weight's product; below it the bias's, then the activation's, only the first factor new."""
        product = self.product
        with self.beat(
            "one factor",
            "This was the weight. For the bias only the first factor changes: it becomes 1.",
            "For the activation before, it becomes the weight. Everything after is the same.",
            "And an activation is no dial, but its derivative is where the next layer begins.",
        ):
            self.play(FadeIn(self.row(0)))
            self.wait(style.PAUSE)
            for number in (1, 2):
                self.play(Light(self.everything(number), *self.firsts(number)), run_time=style.BRISK)
                copies = [grow_from(product.rows[number - 1][i], product.rows[number][i]) for i in (1, 2)]
                fresh = [product.lhs[number], product.equals[number], *product.dots[number]]
                self.play(*(FadeIn(part) for part in fresh), *copies, run_time=1.2)
                for i in (1, 2):
                    dimmed(product.rows[number][i])
                self.play(FadeIn(product.rows[number][0], shift=0.3 * DOWN))
                self.play(FadeIn(product.ends[number]), FadeIn(product.results[number], shift=0.2 * LEFT))
                self.wait(style.CHANGE)
            self.play(Light([*self.row(0), *self.row(1), *self.row(2)], *self.row(2)))
            self.wait(2.0)

    def row(self, number: int) -> VGroup:
        """All of one product."""
        return VGroup(self.product.lhs[number], *self.product.rows[number], self.product.row(number))

    def everything(self, upto: int) -> list[Any]:
        """The cells of the rows before this one."""
        return [cell for number in range(upto) for cell in (*self.product.rows[number], self.product.results[number])]

    def firsts(self, upto: int) -> list[Any]:
        """The first factors of the rows before this one."""
        return [self.product.rows[number][0] for number in range(upto)]

    # -- the walk back -------------------------------------------------------------------------------
    def build_tree(self) -> None:
        """The whole tree with a place for each derivative."""
        self.tree = self.chain.tree(
            PICTURE.width,
            4.2,
            number_format="+.4f",
            number_size=style.LABEL_SIZE if self.chain.layers <= 3 else style.SMALL_SIZE,
            number_colour=style.GRADIENT,
        )
        self.tree.move_to(PICTURE.at(0.5, 0.52)).show(self.graph.grads)
        self.targets = {node for node in range(self.graph.root) if self.graph.names[node].startswith("y")}
        for node in self.targets:
            self.tree.remove(self.tree.numbers.pop(node))  # nobody can turn the target

    def walk_back(self) -> None:
        """From the cost back, arrow by arrow; every symbol gets its derivative."""
        tree, chain = self.tree, self.chain
        with self.beat(
            "walk back",
            "So start at the cost, and walk back. Each arrow multiplies by its own derivative.",
            "The same two steps again in each layer: past the squashing, then out to weight and bias.",
            "One walk, and every dial knows how much it matters. This is backpropagation.",
        ):
            symbols = VGroup(*tree.wires.values(), *tree.nodes)
            anchor = self.product.lhs[2]
            gone = [part for number in range(3) for part in self.row(number)]
            self.play(FadeOut(VGroup(*gone)), FadeIn(symbols, target_position=anchor, scale=0.9), run_time=1.2)
            everything = [*tree.nodes, *tree.wires.values()]
            self.play(Light(everything, tree.nodes[self.graph.root]), FadeIn(tree.numbers[self.graph.root]))
            lit = [tree.nodes[self.graph.root]]
            for layer in range(chain.layers, 0, -1):
                first = layer == chain.layers
                pace = 1.0 if first else max(0.35, 1.0 - 0.25 * (chain.layers - layer))
                a, z = chain.node("a", layer), chain.node("z", layer)
                if first:
                    self.back(lit, [(self.graph.root, a)], pace)
                self.back(lit, [(a, z)], pace)
                self.back(lit, [(z, p) for p in self.graph.parents[z]], pace)
            self.wait(style.PAUSE)
            dials = [part for leaf in self.graph.leaves for part in (tree.nodes[leaf], tree.numbers[leaf])]
            self.play(Light([*everything, *tree.numbers.values()], *dials))

    def back(self, lit: list[Any], edges: list[tuple[int, int]], pace: float) -> None:
        """A flash against these arrows; their tails light up with their derivatives."""
        tree = self.tree
        flashes = []
        for child, parent in edges:
            line = tree.shaft(child, parent, style.GRADIENT)
            line.points = line.points[::-1]
            flashes.append(ShowPassingFlash(line, time_width=0.9))
        lit += [part for child, parent in edges for part in (tree.nodes[parent], tree.wires[child, parent])]
        arrive = [FadeIn(tree.numbers[parent]) for _, parent in edges if parent in tree.numbers]
        self.play(*flashes, run_time=0.6 * pace)
        self.play(Light([*tree.nodes, *tree.wires.values()], *lit, run_time=0.6 * pace), *arrive, run_time=0.6 * pace)

    # -- the examples --------------------------------------------------------------------------------
    def build_table(self) -> None:
        """A row for each example, a column for each dial, the mean below a line."""
        trace = self.trace
        self.count = len(trace.constant("per_example.loss"))
        example = int(trace.manifest["task"]["example"])
        rows = list(range(self.count))
        if self.count > MOST:
            rows = sorted({*rows[: MOST - 2], example, self.count - 1})
        self.own = rows.index(example)
        heads = [self.head(leaf) for leaf in self.graph.leaves]
        names = [Formula(f"C_({row + 1})", style.LABEL_SIZE, style.LABEL) for row in rows]
        height = min(5.0, 1.0 + 0.44 * len(rows))
        width = min(PICTURE.width - 2.0, 1.3 + 1.6 * len(heads))
        size = style.LABEL_SIZE if len(heads) <= 6 else style.SMALL_SIZE
        self.table = NumberTable(heads, names, width, height, head_room=1.0, size=size)
        grads = trace.constant("per_example.grads")
        self.table.show([[grads[row, j] for j in range(len(heads))] for row in rows])
        self.table.reordered = "some of the examples, in their order"
        self.table.move_to(PICTURE.at(0.5, 0.5) + 0.35 * UP)
        self.means = []
        for j, cell in enumerate(self.table.cells[-1]):
            mean = Readout(self.mean(j), "+.3f", self.table.cells[0][0].em * 96, align="centre", by_sign=True)
            self.means.append(mean.centre_on(np.array([cell.get_center()[0], self.table.get_bottom()[1] - 0.45, 0])))
        y = self.table.get_bottom()[1] - 0.1
        self.rule = VMobject(stroke_color=style.LABEL, stroke_width=style.LINE)
        self.rule.points = joined(np.array([[self.table.get_left()[0], y], [self.table.get_right()[0], y]]))
        total = Formula("1/n sum_i C_i", style.BODY_SIZE, style.TEXT)
        edge = self.table.names.get_right()[0]
        self.total = total.centre_on(np.array([edge, self.means[0].get_center()[1] - 0.02, 0]), np.array([1.0, 0, 0]))

    def head(self, leaf: int) -> Formula:
        """∂/∂w: what is worked out in a column."""
        size = style.BODY_SIZE if len(self.graph.leaves) <= 6 else style.LABEL_SIZE
        return self.chain.formula(f"partial / (partial {self.chain.equations.symbol(leaf)})", size)

    def mean(self, j: int) -> Any:
        """The mean over all examples of the derivative by dial number `j`: the training run's first gradient."""
        layer, kind = divmod(j, 2)
        gradient = self.trace.at(f"grads.layers.{2 * layer}.{'bias' if kind else 'weight'}", 0)
        return gradient[0] if kind else gradient[0, 0]

    def examples(self) -> None:
        """The derivatives fly from the tree into one row; then come the other examples."""
        tree, table = self.tree, self.table
        with self.beat(
            "examples",
            "But all this was for a single example.",
            f"There {'are' if self.count > 1 else 'is'} {number_word(self.count)} in the training set, "
            "and each asks for something else.",
        ):
            flights = [
                Transform(
                    VGroup(*glyphs_of(tree.numbers[leaf])), VGroup(*glyphs_of(table.cells[self.own][j])),
                    introducer=True, remover=True,
                )
                for j, leaf in enumerate(self.graph.leaves)
            ]  # fmt: skip
            signs = [
                grow_from(tree.nodes[leaf], table.heads[j].select(f"n{leaf}"))
                for j, leaf in enumerate(self.graph.leaves)
            ]
            rest = VGroup(*(glyph for j, leaf in enumerate(self.graph.leaves) for glyph in table.heads[j]
                            if all(glyph is not other for other in table.heads[j].select(f"n{leaf}"))))  # fmt: skip
            self.play(
                FadeOut(tree, run_time=0.8), LaggedStart(*flights, lag_ratio=0.08), LaggedStart(*signs, lag_ratio=0.08),
                FadeIn(rest), FadeIn(table.names[self.own]), run_time=2.2,
            )  # fmt: skip
            self.remove(*(glyph for head in table.heads for glyph in head))
            self.add(table.heads, *table.cells[self.own])
            self.wait(style.CHANGE)
            others = [i for i in range(len(table.cells)) if i != self.own]
            if others:
                shown = [FadeIn(VGroup(table.names[i], *table.cells[i]), shift=0.15 * DOWN) for i in others]
                self.play(LaggedStart(*shown, lag_ratio=0.35, run_time=3.0))

    def average(self) -> None:
        """Column by column the numbers fall together into their mean."""
        table = self.table
        with self.beat(
            "average",
            "What counts is the cost on average, so the derivatives are averaged too.",
        ):
            self.play(Create(self.rule), FadeIn(self.total))
            falls = []
            for j, mean in enumerate(self.means):
                flock = [
                    Transform(glyphs_of(cell), glyphs_of(mean), introducer=True, remover=True)
                    for cell in table.column(j)
                ]
                falls.append(AnimationGroup(*flock, FadeIn(mean, run_time=1.0)))
            self.play(LaggedStart(*falls, lag_ratio=0.25, run_time=3.2))
            self.add(*self.means)

    def stack(self) -> None:
        """The means turn into a column: the gradient."""
        table, leaves = self.table, self.graph.leaves
        with self.beat(
            "gradient",
            "Stacked up, they are the gradient: the one direction in which the cost rises fastest.",
        ):
            cells = [cell for line in table.cells for cell in line]
            self.play(FadeOut(VGroup(*cells, *table.names, self.rule, self.total)))
            pitch = min(0.85, (PICTURE.height - 0.2) / len(leaves))
            center = PICTURE.center + 0.2 * LEFT
            entries, moves = VGroup(), []
            for j, leaf in enumerate(leaves):
                y = center[1] + pitch * ((len(leaves) - 1) / 2 - j)
                size = style.BODY_SIZE if pitch > 0.6 else style.LABEL_SIZE
                source = f"partial C \\/ partial {self.chain.equations.symbol(leaf)}"
                entry = self.chain.formula(source, size).centre_on(np.array([center[0], y, 0]))
                entries.add(entry)
                moves.append(grow_from(table.heads[j], entry))
                moves.append(
                    self.means[j].animate.scale(size / (96 * self.means[j].em)).move_to([center[0] + 2.6, y, 0])
                )
            self.play(LaggedStart(*moves, lag_ratio=0.06, run_time=2.2), FadeOut(table.heads, run_time=0.4))
            left, right = _brackets(entries, 0.25)
            name = Formula("nabla C =", 1.4 * style.TITLE_SIZE, style.GRADIENT)
            name.centre_on(np.array([left.get_left()[0] - 0.3, center[1], 0]), np.array([1.0, 0, 0]))
            numbers = _brackets(VGroup(*self.means), 0.25)
            equals = Formula("=", 1.4 * style.TITLE_SIZE, style.LABEL)
            equals.centre_on(np.array([(right.get_right()[0] + numbers[0].get_left()[0]) / 2, center[1], 0]))
            self.play(
                Create(left), Create(right), *(Create(side) for side in numbers),
                FadeIn(name, shift=0.2 * LEFT), FadeIn(equals),
            )  # fmt: skip
            self.name = name
            self.wait(2.4)

    def other_way(self) -> None:
        """Every sign turns: minus the gradient, the way that training goes."""
        size = 1.4 * style.TITLE_SIZE
        name = Formula("{{ - : minus }} {{ nabla C = : same }} {{ - : again }}", size, style.GRADIENT)
        name.shift([self.name.get_right()[0] - name.get_right()[0], self.name.baseline - name.baseline, 0])
        turned = [
            Readout(self.mean(j).through("negate", lambda v: -v), "+.3f", mean.em * 96, align="centre", by_sign=True)
            .move_to(mean)
            for j, mean in enumerate(self.means)
        ]  # fmt: skip
        with self.beat("other way", "To make the cost fall, training takes a small step the other way."):
            home = name.select("same")
            self.play(self.name.animate.shift(home.get_center() - self.name.get_center()), run_time=0.6)
            self.play(FadeIn(name.select("minus")), FadeIn(name.select("again")), run_time=style.BRISK)
            swaps = [
                AnimationGroup(FadeOut(old, shift=0.15 * UP), FadeIn(new, shift=0.15 * UP))
                for old, new in zip(self.means, turned, strict=True)
            ]
            self.play(LaggedStart(*swaps, lag_ratio=0.25, run_time=2.4))
            self.wait(style.PAUSE)


def _brackets(column: VGroup, gap: float) -> tuple[VMobject, VMobject]:
    """Square brackets left and right of a column."""
    top, low = column.get_top()[1] + 0.12, column.get_bottom()[1] - 0.12
    sides = []
    for x, inward in ((column.get_left()[0] - gap, 1), (column.get_right()[0] + gap, -1)):
        corners = [[x + 0.12 * inward, top, 0], [x, top, 0], [x, low, 0], [x + 0.12 * inward, low, 0]]
        side = VMobject(stroke_color=style.LABEL, stroke_width=style.LINE)
        side.points = joined(np.array(corners))
        sides.append(side)
    return sides[0], sides[1]
