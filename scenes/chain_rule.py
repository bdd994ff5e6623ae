"""Chapter 2: the chain rule, a factor for each arrow, with a real nudge beside the product. Draws `chain`."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    ShowPassingFlash,
    Succession,
    ValueTracker,
    VGroup,
)

from engine.trace import Reading
from scenes import style
from scenes.chain_kit import NOTATION, Chain
from scenes.equations import EQ, letter_of
from scenes.layout import CAPTION_STRIP, SAFE, Region
from scenes.parts.formula import grow_from, named
from scenes.parts.light import Light
from scenes.parts.product import Bracketed, Product
from scenes.parts.rate_plot import RatePlot
from scenes.parts.readout import Readout
from scenes.parts.typesetting import Formula, Text
from scenes.stage import TraceScene
from scenes.wording import number_word

PICTURE = Region(SAFE.left, SAFE.right, CAPTION_STRIP.top, SAFE.top)
TOP, ALGEBRA = PICTURE.rows(3.0, 3.4, gap=0.15)
TREE, PANEL = TOP.columns(8.4, 4.7, gap=0.4)
FIRST_NUDGE: Final = 0.1  # size of the first nudge of the proof; the last is LAST_NUDGE
LAST_NUDGE: Final = 1e-4
LEAST: Final = 3.2  # units in width that a curve needs
RATES: Final = {  # why the derivative is what it is: (operation, the parent's letter)
    ("squared_error", "a"): "The cost is a square. Its slope, where we stand, is two times the difference.",
    ("cross_entropy", "a"): "The cost is made of logarithms: its derivative is the difference, over a times 1 minus a.",
    ("sigmoid", "z"): "The activation is sigma of z. Its slope is sigma prime: worked out, a times 1 minus a.",
    ("tanh", "z"): "The activation is tanh of z: its derivative is tanh's slope, 1 minus a squared.",
    ("relu", "z"): "The activation is ReLU of z: its derivative is 1 where z is positive, and else 0.",
    ("affine", "w"): "And z is the weight times the activation before, plus b: a line with that activation as slope.",
    ("affine", "b"): "And z contains the bias just as it is: the derivative is 1.",
    ("affine", "a"): "And z is the weight times the activation before. So the weight is its derivative.",
}


class ChainRule(TraceScene):
    """Rates along a way multiply: the cost's derivative by a weight is a product, and a real nudge agrees with it."""

    trace_name = "chain"
    constants: ClassVar[dict[str, str]] = NOTATION

    def construct(self) -> None:
        """Three derivatives, their product, what each is, the numbers, the proof."""
        self.require(Chain.fits(self.trace), "a chain taken apart")
        self.chain = Chain(self.trace)
        self.graph = self.chain.graph
        ways = self.graph.ways(self.graph.swept)
        self.require(len(ways) == 1 and len(ways[0]) == 4, "a swept leaf that goes into the last sum")
        self.steps = self.graph.steps(ways[0])
        self.leaf = {"w": "the weight", "b": "the bias"}.get(letter_of(self.graph.names[ways[0][0]]), "the input")
        self.build_tree(ways[0])
        self.build_product()
        self.three_arrows()
        self.multiply()
        self.work_out()
        self.put_in()
        self.prove()

    # -- what stands on the stage ------------------------------------------------------------------
    def build_tree(self, way: tuple[int, ...]) -> None:
        """The last layer's part of the tree, and over each arrow of the way its derivative."""
        self.near = sorted({p for node in way for p in self.graph.parents[node]} | set(way))
        self.tree = self.chain.tree(TREE.width, TREE.height - 0.3, self.near, pitch=2.5)
        self.tree.move_to(TOP.at(0.5, 0.42))
        self.at = {node: i for i, node in enumerate(self.near)}
        self.labels = []
        for child, parent in self.steps:
            arrow = self.tree.wires[self.at[child], self.at[parent]]
            a, b = arrow.points[0], arrow.points[3]
            along = (b - a) / np.linalg.norm(b - a)
            up = np.array([-along[1], along[0], 0.0])
            label = self.chain.formula(self.chain.equations.rate(child, parent), style.BODY_SIZE)
            reach = abs(up[0]) * label.width / 2 + abs(up[1]) * label.height / 2 + 0.12
            self.labels.append(label.move_to((a + b) / 2 + reach * up))

    def build_product(self) -> None:
        """What the product will be, row by row; nothing of it is shown yet."""
        equations, last = self.chain.equations, len(self.steps) - 1
        by = equations.symbol(self.steps[0][1])
        lhs = Formula(f"(partial {equations.symbol(self.graph.root)}) / (partial {by})", style.TITLE_SIZE)
        lhs.set_fill(style.GRADIENT)
        names = [self.chain.formula(equations.rate(c, p), style.TITLE_SIZE) for c, p in self.steps]
        slopes = [self.chain.formula(equations.slope(c, p), style.TITLE_SIZE) for c, p in self.steps]
        numbers = [
            Bracketed(self.graph.edge(*step), ".4f", style.TITLE_SIZE, first=i == 0)
            for i, step in enumerate(self.steps)
        ]
        total = Bracketed(self.graph.grads[self.steps[0][1]], ".6f", style.TITLE_SIZE, style.GRADIENT, first=True)
        self.product = Product(lhs, [names, slopes, numbers], [1.15, 1.0], results={2: total}, gap=0.24)
        self.product.scale(min(1.0, ALGEBRA.width / self.product.width)).move_to(ALGEBRA.center)
        self.order = list(range(last, -1, -1))

    def path(self) -> list[Any]:
        """Symbols and arrows of the way."""
        nodes = [self.steps[0][1], *(child for child, _ in self.steps)]
        wires = [self.tree.wires[self.at[child], self.at[parent]] for child, parent in self.steps]
        return [*(self.tree.nodes[self.at[node]] for node in nodes), *wires]

    # -- beats -------------------------------------------------------------------------------------
    def three_arrows(self) -> None:
        """The tree; the way from the leaf to the cost; a derivative over each of its arrows."""
        with self.beat(
            "arrows",
            f"From {self.leaf} to the cost lead {number_word(len(self.steps))} arrows. Each has its derivative:",
            "how fast the number at its tip moves with the number at its tail.",
        ):
            tree = self.tree
            self.play(FadeIn(tree))
            self.play(Light([*tree.nodes, *tree.wires.values()], *self.path()), run_time=style.CHANGE)
            lines = [tree.shaft(self.at[c], self.at[p], style.GRADIENT) for c, p in self.steps]
            for line, label in zip(lines, self.labels, strict=True):
                self.play(ShowPassingFlash(line, time_width=0.9, run_time=0.9), FadeIn(label, shift=0.15 * UP))

    def multiply(self) -> None:
        """The derivatives come down and stand side by side."""
        first, second, *_ = (float(self.graph.edge(*step)) for step in self.steps)
        product = self.product
        with self.beat(
            "multiply",
            f"If z moves {first:.2f} times as fast as {self.leaf}, and a moves {second:.2f} times as fast as z,",
            "then a moves as fast as both multiplied. Rates along a way multiply: that is the chain rule.",
            "So what we want is the product of the derivatives on the way.",
        ):
            self.play(FadeIn(product.lhs[0], shift=0.2 * UP), FadeIn(product.equals[0]))
            glue = iter([None, *product.dots[0]])
            for label, name in zip(self.labels, product.rows[0], strict=True):
                dot = next(glue)
                shown = [FadeIn(dot)] if dot is not None else []
                self.play(grow_from(label, name, run_time=1.4), *shown)
                self.wait(0.9)
            self.play(*(FadeOut(label) for label in self.labels), run_time=style.BRISK)

    def work_out(self) -> None:
        """From the cost back: each node's equation, its derivative, and that into the product."""
        lines = [self.why(*self.steps[i]) for i in self.order]
        with self.beat("work out", *lines):
            begin = float(self.time)
            spoken = [max(2.0, len(line) / style.READ_RATE) for line in lines]
            away = (TREE.left - self.tree.get_left()[0]) * RIGHT
            self.play(FadeIn(self.product.equals[1]), self.tree.animate.shift(away), run_time=0.8)
            for turn, i in enumerate(self.order):
                self.one_factor(i)
                self.rest(begin + sum(spoken[: turn + 1]))
                self.play(FadeOut(self.panel), run_time=0.4)
            self.play(Light([*self.tree.nodes, *self.tree.wires.values()], *self.path()), Light(self.product.rows[0]))

    def why(self, child: int, parent: int) -> str:
        """One sentence on one factor."""
        key = (self.graph.ops[child], letter_of(self.graph.names[parent]))
        return RATES.get(key, "The next arrow has a derivative of its own.")

    def one_factor(self, i: int) -> None:
        """An arrow, its equation beside the tree, the derivative below that, and down it goes."""
        child, parent = self.steps[i]
        equations, product = self.chain.equations, self.product
        arrow = self.tree.wires[self.at[child], self.at[parent]]
        told = [arrow, self.tree.nodes[self.at[child]], self.tree.nodes[self.at[parent]]]
        value = self.chain.formula(equations.definition(child), style.TITLE_SIZE)
        rate = f"{equations.rate(child, parent)} {EQ} {named('slope', equations.slope(child, parent))}"
        exact = equations.worked_out(child, parent)
        rate = self.chain.formula(rate + (f" = {exact}" if exact else ""), style.TITLE_SIZE)
        for line, up in ((value, 0.78), (rate, 0.34)):
            line.scale(min(1.0, PANEL.width / line.width)).move_to(PANEL.at(0.5, up))
        plot = self.plot(child, parent)
        self.panel = VGroup(value, rate, *plot)
        parts = [*self.tree.nodes, *self.tree.wires.values()]
        self.play(
            Light(parts, *told), Light(product.rows[0], product.rows[0][i]), FadeIn(value, shift=0.2 * LEFT),
            *(FadeIn(VGroup(drawn.axes, drawn.curve, drawn.here)) for drawn in plot), run_time=0.8,
        )  # fmt: skip
        self.wait(0.8)
        self.play(FadeIn(rate, shift=0.2 * DOWN), *(Create(drawn.tangent.line) for drawn in plot), run_time=1.2)
        self.wait(0.8)
        dots = [FadeIn(product.dots[1][i])] if i < len(product.dots[1]) else []
        self.play(grow_from(rate.select("slope"), product.rows[1][i], run_time=1.2), *dots)

    def plot(self, child: int, parent: int) -> list[RatePlot]:
        """What this arrow does as a curve, with its slope, in the room that the product leaves; none without room."""
        left = self.product.rows[1][-1].get_right()[0] + 0.7
        width = ALGEBRA.right - left
        if width < LEAST:
            return []
        drawn = self.chain.plot(child, parent, width, ALGEBRA.height - 0.2)
        return [drawn.move_to([left + width / 2, ALGEBRA.center[1], 0])]

    def put_in(self) -> None:
        """The recorded numbers below, and what they multiply to."""
        product = self.product
        slope = float(self.graph.grads[self.steps[0][1]])
        turn = "up makes the cost fall" if slope < 0 else "up makes the cost rise"
        outcome = (
            f"The product is {'minus ' if slope < 0 else ''}{abs(slope):.4f}: turning {self.leaf} {turn}."
            if slope
            else f"The product is zero: just here, {self.leaf} makes no difference."
        )
        with self.beat("numbers", "Put in the numbers of this network.", outcome):
            self.play(FadeIn(product.equals[2]), run_time=0.3)
            cells = []
            for i, cell in enumerate(product.rows[2]):
                shown = VGroup(cell, product.dots[2][i - 1]) if i else cell
                cells.append(FadeIn(shown, shift=0.25 * DOWN))
            self.play(LaggedStart(*cells, lag_ratio=0.5, run_time=2.2))
            self.play(FadeIn(product.ends[2]), FadeIn(product.results[2], shift=0.25 * LEFT))
            self.play(self.flow_back(), run_time=1.6)

    def flow_back(self) -> Succession:
        """A flash along the way, from the cost back to the leaf."""
        lines = [self.tree.shaft(self.at[c], self.at[p], style.GRADIENT) for c, p in reversed(self.steps)]
        for line in lines:
            line.points = line.points[::-1]
        return Succession(*(ShowPassingFlash(line, time_width=0.9) for line in lines))

    # -- the proof -----------------------------------------------------------------------------------
    def prove(self) -> None:
        """Instead of the tree: the leaf raised for real, and how far the quotient is off."""
        with self.beat(
            "proof",
            f"Is it true? Then a real nudge must agree: raise it by {FIRST_NUDGE:g}, and run the net again.",
            "Nearly. And the smaller the nudge, the smaller the error: the product is right.",
        ):
            self.play(FadeOut(self.tree), self.product.animate.move_to(PICTURE.at(0.5, 0.7)))
            self.play(Light([*self.product.rows[0], *self.product.rows[1], *self.product.equals[:2]],
                            self.product.results[2]))  # fmt: skip
            rows = self.build_proof()
            for row in rows:
                self.play(FadeIn(row, shift=0.2 * LEFT))
            self.wait(1.5)
            self.play(self.sample.animate(run_time=5.0).set_value(float(self.ends[1])))
            self.wait(style.CHANGE)

    def build_proof(self) -> list[VGroup]:
        """Three rows: the nudge, the quotient, its error."""
        deltas = np.asarray(self.trace.constant("shrink.delta").value)
        sizes = np.array([FIRST_NUDGE, LAST_NUDGE]) * (1 + 1e-9)
        self.ends = [int(np.argmax(deltas <= size)) for size in sizes]
        self.sample = ValueTracker(float(self.ends[0]))
        leaf, root = (self.chain.equations.symbol(node) for node in (self.graph.swept, self.graph.root))
        table = (
            (self.chain.formula(f"Delta {leaf}", style.TITLE_SIZE), "nudge", "delta", style.TEXT),
            (self.chain.formula(f"(Delta {root}) / (Delta {leaf})", style.TITLE_SIZE), "measured", "slope", style.TEXT),
            (None, "off by", "error", style.NEGATIVE),
        )
        rows, at = [], PICTURE.at(0.5, 0.36)[1]
        for number, (symbol, word, what, colour) in enumerate(table):
            y = at - (0.0, 0.98, 1.86)[number]
            value = Readout(
                self.shown(what), "+.6f" if what == "error" else ".6f", style.TITLE_SIZE, colour, signed=True
            )
            value.add_updater(lambda m, what=what: m.show(self.shown(what)), call_updater=True)
            value.centre_on(np.array([PICTURE.center[0] + 2.3, y, 0]), RIGHT)
            name = Text(word, style.BODY_SIZE, style.LABEL).centre_on(np.array([PICTURE.center[0] - 2.2, y, 0]), RIGHT)
            parts: list[Any] = [name, value]
            if symbol is not None:
                equals = Formula("=", style.TITLE_SIZE, style.LABEL)
                equals.centre_on(np.array([value.get_left()[0] - 0.3, y, 0]), RIGHT)
                parts += [symbol.centre_on(np.array([equals.get_left()[0] - 0.25, y, 0]), RIGHT), equals]
            rows.append(VGroup(*parts))
        return rows

    def shown(self, what: str) -> Reading:
        """The size of the nudge, the quotient, or its error, at the sample that the tracker points at."""
        at = round(self.sample.get_value())
        if what == "slope":
            return self.trace.constant("shrink.slopes")[at, self.graph.root]
        return self.trace.constant("shrink.delta" if what == "delta" else "shrink.errors")[at]
