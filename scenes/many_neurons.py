"""Chapter 2: several neurons in a layer. The same rule with indices, and ways that add up. Draws `chain_wide`."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    AnimationGroup,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    ShowPassingFlash,
    Succession,
    VGroup,
    VMobject,
)

from scenes import style
from scenes.chain_kit import NOTATION, Chain
from scenes.equations import EQ, OPERATIONS, named
from scenes.layout import CAPTION_STRIP, SAFE, Region
from scenes.parts.formula import grow_from
from scenes.parts.light import Light
from scenes.parts.network import NetworkDiagram
from scenes.parts.polyline import joined
from scenes.parts.product import Bracketed, Product
from scenes.parts.readout import plate
from scenes.parts.typesetting import Formula
from scenes.stage import TraceScene
from scenes.wording import number_word

PICTURE = Region(SAFE.left, SAFE.right, CAPTION_STRIP.top, SAFE.top)
NETWORK, PANEL = PICTURE.columns(5.7, 7.5, gap=0.3)
REACH = 1.25  # units from the last layer to the cost
MOST = 4  # neurons in a layer that can be written out


class ManyNeurons(TraceScene):
    """More neurons need only indices, and one new thought: where several ways lead to the cost, they add."""

    trace_name = "chain_wide"
    constants: ClassVar[dict[str, str]] = NOTATION

    def construct(self) -> None:
        """Indices, the order of them, one weight, one activation with its several ways."""
        self.require(Chain.fits(self.trace), "a chain taken apart")
        self.chain = Chain(self.trace)
        self.graph, sizes = self.chain.graph, self.chain.sizes
        self.require(
            max(sizes) <= MOST and sizes[-1] > 1 and sizes[-2] > 1, "two to four neurons in the last two layers"
        )
        name = self.graph.names[self.graph.swept]
        self.require(name.startswith(f"w{self.chain.layers}_"), "a swept weight of the last layer")
        self.j, self.k = (int(digit) - 1 for digit in name.split("_")[1])
        self.build_network()
        self.indices()
        self.order_of_indices()
        self.one_weight()
        self.several_ways()
        self.and_on()

    def node(self, letter: str, layer: int, *places: int) -> int:
        """A node by its letter, layer and places counted from 0."""
        return self.graph.index(f"{letter}{layer}_" + "".join(str(p + 1) for p in places))

    # -- what stands on the stage ------------------------------------------------------------------
    def build_network(self) -> None:
        """Neurons with their activations, and the cost at the right with a line from each output."""
        chain, values, last = self.chain, self.graph.values, self.chain.layers
        self.net = NetworkDiagram(
            chain.sizes, NETWORK.width - REACH, NETWORK.height - 1.1, radius=0.42, neuron_formats=".2f",
            weight_scale=1.6, fills=[None] * len(chain.sizes), number_size=style.LABEL_SIZE,
        )  # fmt: skip
        self.net.move_to(NETWORK.at(0.0, 0.52), aligned_edge=LEFT)
        self.net.show(
            activations=[[values[self.node("a", layer, i)] for i in range(n)] for layer, n in enumerate(chain.sizes)],
            weights=[
                [[values[self.node("w", layer, j, k)] for k in range(chain.sizes[layer - 1])] for j in range(n)]
                for layer, n in enumerate(chain.sizes) if layer
            ],
        )  # fmt: skip
        self.net.number_group.set_z_index(2)
        self.letters, self.plates = {}, {}
        for layer in (last - 1, last):
            for i in range(chain.sizes[layer]):
                symbol = chain.symbol(self.node("a", layer, i), style.BODY_SIZE).set_z_index(3)
                symbol.next_to(self.net.neurons[layer, i], UP, buff=0.08)
                self.letters[layer, i] = symbol
                self.plates[layer, i] = plate(symbol, 0.05, 1.0).set_z_index(1)
        self.cost = Formula("C", style.TITLE_SIZE)
        right = self.net.centre(last, 0)[0] + REACH
        self.cost.centre_on(
            np.array([right, np.mean([self.net.centre(last, j)[1] for j in range(chain.sizes[-1])]), 0])
        )
        middle = self.cost.get_center()
        self.ends = []
        for j in range(chain.sizes[-1]):
            start = self.net.centre(last, j)
            along = (middle - start) / np.linalg.norm(middle - start)
            self.ends.append(_line(start + 0.42 * along, middle - 0.3 * along))
        self.heads = VGroup()
        for layer, letter in ((last - 1, "k"), (last, "j")):
            x = self.net.centre(layer, 0)[0]
            self.heads.add(
                Formula(letter, style.TITLE_SIZE, style.LABEL).centre_on(np.array([x, NETWORK.bottom + 0.25, 0]))
            )

    def neurons(self, layer: int) -> list[Any]:
        """The neurons of a layer with their numbers and names."""
        count = self.chain.sizes[layer]
        found: list[Any] = [self.net.neurons[layer, i] for i in range(count)]
        found += [self.net.neuron_numbers[layer, i] for i in range(count)]
        return found + [self.letters[layer, i] for i in range(count) if (layer, i) in self.letters]

    def parts(self) -> list[Any]:
        """Everything of the diagram that can be dimmed."""
        layers = [part for layer in range(len(self.chain.sizes)) for part in self.neurons(layer)]
        return [*layers, *self.net.wires.values(), *self.ends, self.cost]

    def told_of(self, layer: int, place: int) -> list[Any]:
        """One neuron with its number and name."""
        return [self.net.neurons[layer, place], self.net.neuron_numbers[layer, place], self.letters[layer, place]]

    def wire(self, j: int, k: int) -> Any:
        """The wire of the last layer from neuron k to neuron j."""
        return self.net.wires[self.chain.layers - 1, j, k]

    # -- beats -------------------------------------------------------------------------------------
    def indices(self) -> None:
        """The network; k in the last layer but one, j in the last."""
        last = self.chain.layers
        with self.beat(
            "indices",
            "With several neurons in a layer, everything stays as it was, but for indices.",
            "We count the last layer with j, and the layer before it with k.",
        ):
            self.play(FadeIn(self.net))
            for layer, head in ((last - 1, self.heads[0]), (last, self.heads[1])):
                symbols = [self.letters[layer, i] for i in range(self.chain.sizes[layer])]
                self.play(*(FadeIn(self.plates[layer, i]) for i in range(len(symbols))), run_time=0.3)
                comes = LaggedStart(*(FadeIn(s, shift=0.15 * DOWN) for s in symbols), lag_ratio=0.3)
                self.play(comes, FadeIn(head, shift=0.2 * UP), run_time=1.2)
            cost = OPERATIONS[self.chain.loss].value(["a_j^((L))", "y_j"])
            self.total = Formula(f"C {EQ} sum_j {named('term', cost)}", style.TITLE_SIZE)
            self.total.scale(min(1.0, PANEL.width / self.total.width)).move_to(PANEL.at(0.5, 0.5))
            self.play(*(Create(line) for line in self.ends), FadeIn(self.cost), run_time=style.CHANGE)
            self.play(FadeIn(self.total, shift=0.2 * LEFT))
            self.wait(style.BRISK)

    def order_of_indices(self) -> None:
        """One wire and its name, and the row and column where its weight stands."""
        last, j, k = self.chain.layers, self.j, self.k
        with self.beat(
            "order",
            "A weight has two: j, the neuron it leads to, and then k, the neuron it comes from.",
            f"Backwards? Not in a table: row {j + 1}, column {k + 1} is what neuron {j + 1} takes from {k + 1}.",
        ):
            self.play(FadeOut(self.total))
            told = [self.wire(j, k), *self.told_of(last, j), *self.told_of(last - 1, k)]
            self.play(Light(self.parts(), *told))
            name = Formula(f"w_({named('j', 'j')} {named('k', 'k')})^((L))", style.TITLE_SIZE)
            self.name = name.move_to(self.wire_label(j, k))
            back = plate(name, 0.05, 1.0)
            back.set_z_index(1)
            name.set_z_index(2)
            flights = [grow_from(head, name.select(part)) for head, part in zip(self.heads, "kj", strict=True)]
            rest = VGroup(*(glyph for glyph in name if not self.is_index(glyph)))
            self.play(FadeIn(back), *flights, FadeIn(rest), run_time=1.4)
            self.remove(*name.submobjects)
            self.add(name)
            self.wait(style.CHANGE)
            matrix = self.chain.formula(self.matrix(), style.BODY_SIZE)
            matrix.scale(min(1.0, PANEL.width / matrix.width)).move_to(PANEL.at(0.5, 0.5))
            self.play(FadeIn(matrix, shift=0.2 * LEFT))
            weight, *others = (self.node("w", last, j, k), self.node("a", last - 1, k), self.node("z", last, j))
            chosen = [matrix.select(f"n{weight}"), *(matrix.select(f"n{node}") for node in others)]
            self.play(Light([matrix], *(glyph for group in chosen for glyph in group)))
            self.wait(2.0)
            self.play(FadeOut(matrix), FadeOut(name), FadeOut(back), run_time=style.BRISK)

    def is_index(self, glyph: Any) -> bool:
        """Whether a glyph of the wire's name is its j or k."""
        return any(glyph is other for part in "jk" for other in self.name.select(part))

    def wire_label(self, j: int, k: int) -> np.ndarray:
        """Where a wire's name stands: past the middle."""
        return np.asarray(self.net.wire_point(self.chain.layers - 1, j, k, 0.6))

    def matrix(self) -> str:
        """All sums of the last layer at once: z = W a + b."""
        last, (before, count) = self.chain.layers, self.chain.sizes[-2:]
        symbol = self.chain.equations.symbol
        column = {
            letter: ", ".join(symbol(self.node(letter, layer, i)) for i in range(n))
            for letter, layer, n in (("z", last, count), ("a", last - 1, before), ("b", last, count))
        }
        rows = "; ".join(", ".join(symbol(self.node("w", last, j, k)) for k in range(before)) for j in range(count))
        vectors = {letter: f'vec(delim: "[", {body})' for letter, body in column.items()}
        return f'{vectors["z"]} = mat(delim: "[", {rows}) {vectors["a"]} + {vectors["b"]}'

    def one_weight(self) -> None:
        """The same three factors as before, now with indices."""
        last, j, k = self.chain.layers, self.j, self.k
        w, z, a = self.node("w", last, j, k), self.node("z", last, j), self.node("a", last, j)
        steps = [(z, w), (a, z), (self.graph.root, a)]
        with self.beat(
            "one weight",
            "From this weight only one way leads to the cost: through its own z and its own activation.",
            "So it is the same product of three factors, with indices.",
        ):
            told = [self.wire(j, k), *self.told_of(last, j), *self.told_of(last - 1, k), self.ends[j], self.cost]
            self.play(Light(self.parts(), *told), self.flow([self.wire(j, k), self.ends[j]], 1.6))
            equations = self.chain.equations
            lhs = self.rate_of(w)
            rows = [
                [self.chain.formula(equations.rate(*step), style.TITLE_SIZE) for step in steps],
                [self.slope(*step) for step in steps],
                [
                    Bracketed(self.graph.edge(*step), ".4f", style.TITLE_SIZE, first=i == 0)
                    for i, step in enumerate(steps)
                ],
            ]
            total = Bracketed(self.graph.grads[w], ".4f", style.TITLE_SIZE, style.GRADIENT, first=True)
            product = Product(lhs, rows, [1.35, 1.15], results={2: total}, gap=0.16)
            product.scale(min(1.0, PANEL.width / product.width)).move_to(PANEL.at(0.5, 0.5))
            self.play(FadeIn(product.lhs[0]), FadeIn(product.equals[0]), run_time=style.BRISK)
            for row in range(3):
                cells = [VGroup(*([product.dots[row][i - 1]] if i else []), cell) for i, cell in enumerate(rows[row])]
                start = [FadeIn(product.equals[row])] if row else []
                self.play(
                    *start, LaggedStart(*(FadeIn(c, shift=0.2 * DOWN) for c in cells), lag_ratio=0.3), run_time=1.4
                )
                self.wait(0.4)
            self.play(FadeIn(product.ends[2]), FadeIn(total, shift=0.2 * LEFT))
            self.wait(style.CHANGE)
            self.play(FadeOut(product), run_time=style.BRISK)

    def rate_of(self, node: int) -> Formula:
        """∂C/∂ of a node, in the gradient's colour."""
        root, by = self.chain.equations.symbol(self.graph.root), self.chain.equations.symbol(node)
        return Formula(f"(partial {root}) / (partial {by})", style.TITLE_SIZE).set_fill(style.GRADIENT)

    def slope(self, child: int, parent: int) -> Formula:
        """What a local derivative is."""
        return self.chain.formula(self.chain.equations.slope(child, parent), style.TITLE_SIZE)

    def flow(self, lines: list[Any], run_time: float) -> Succession:
        """A flash along lines of the diagram, one after the other."""
        flashes = []
        for line in lines:
            copy = VMobject(stroke_color=style.FORWARD, stroke_width=1.6 * style.STRONG)
            copy.set_points_as_corners([line.get_start(), line.get_end()])
            flashes.append(ShowPassingFlash(copy, time_width=0.9))
        return Succession(*flashes, run_time=run_time)

    def several_ways(self) -> None:
        """An activation is in every z of the next layer: a product for each way, and their sum."""
        last, k, count = self.chain.layers, self.k, self.chain.sizes[-1]
        a_k = self.node("a", last - 1, k)
        ways = [(self.node("z", last, j), self.node("a", last, j)) for j in range(count)]
        paths = self.trace.at(f"example.paths{last - 1}", 0)
        rows, results, many = [], {}, number_word(count)
        every = "both" if count == 2 else f"all {many}"
        for j, (z, a) in enumerate(ways):
            rows.append([self.slope(z, a_k), self.slope(a, z), self.slope(self.graph.root, a)])
            results[j] = Bracketed(paths[j, k], "+.4f", style.TITLE_SIZE, style.GRADIENT, first=True)
        lhs = self.rate_of(a_k)
        product = Product([], rows, [1.0] * count, results=results, gap=0.16)
        product.scale(min(1.0, PANEL.width / product.width))
        with self.beat(
            "several ways",
            f"Not so for an activation. It goes into {every} sums, so {many} ways lead to the cost.",
            "Along each way, rates multiply as ever. Every way moves the cost a little,",
            f"and what {'both' if count == 2 else 'all of them'} do together is the sum.",
        ):
            product.move_to(PANEL.at(0.5, 0.45))
            total = Bracketed(self.graph.grads[a_k], "+.4f", style.TITLE_SIZE, style.GRADIENT, first=True)
            lhs.centre_on(np.array([PANEL.left + lhs.width / 2, product.get_top()[1] + 1.0, 0]))
            sign = Formula("= sum_j", style.TITLE_SIZE, style.LABEL)
            sign.centre_on(np.array([lhs.get_right()[0] + 0.25, lhs.baseline + lhs.em * 0.34, 0]), LEFT)
            told = [*self.told_of(last - 1, k), self.cost]
            for j in range(count):
                told += [self.wire(j, k), self.ends[j], *self.told_of(last, j)]
            self.play(Light(self.parts(), *told))
            self.play(AnimationGroup(*(self.flow([self.wire(j, k), self.ends[j]], 1.6) for j in range(count))))
            self.play(FadeIn(lhs), FadeIn(sign))
            for j in range(count):
                way = [*self.told_of(last - 1, k), self.wire(j, k), *self.told_of(last, j), self.ends[j], self.cost]
                self.play(Light(self.parts(), *way, run_time=style.BRISK))
                cells = VGroup(*product.rows[j], *product.dots[j])
                self.play(self.flow([self.wire(j, k), self.ends[j]], 1.3), FadeIn(cells, shift=0.3 * RIGHT))
                self.play(FadeIn(product.ends[j]), FadeIn(product.results[j], shift=0.2 * LEFT), run_time=0.7)
            edge = product.get_right()[0]
            y = product.get_bottom()[1] - 0.25
            rule = _line(np.array([product.results[0].get_left()[0] - 0.5, y, 0]), np.array([edge + 0.05, y, 0]))
            total.centre_on(np.array([edge, y - 0.45, 0]), RIGHT)
            self.play(Light(self.parts(), *told), Create(rule))
            falls = [grow_from(product.results[j].number, total.number) for j in range(count)]
            self.play(*falls, run_time=1.4)
            self.add(total)
            self.wait(style.PAUSE)
        self.summary = [lhs, sign, product, rule, total]

    def and_on(self) -> None:
        """The rule in general, and the walk back through all wires."""
        last = self.chain.layers
        squash = OPERATIONS[self.chain.squashes[-1]]
        slope = (squash.short or squash.rate)("a_j^((L))", ["z_j^((L))"], 0)
        cost = OPERATIONS[self.chain.loss].rate("C", ["a_j^((L))", "y_j"], 0)
        rule = f"(partial C) / (partial a_k^((L-1))) {EQ} sum_j w_(j k)^((L)) thin {slope} thin {cost}"
        dials = number_word(len(self.chain.parameters))
        with self.beat(
            "and on",
            "That is all there is to it. Layer by layer the walk back goes on,",
            f"through {dials} dials here, and just so through thirteen thousand.",
        ):
            line = Formula(rule, style.TITLE_SIZE)
            line.scale(min(1.0, PANEL.width / line.width)).move_to(PANEL.at(0.5, 0.5))
            self.play(*(FadeOut(part) for part in self.summary), FadeIn(line), Light(self.parts()))
            waves = [[_reversed(line) for line in self.ends]]
            for layer in range(last, 0, -1):
                waves.append([_reversed(wire) for (at, _, _), wire in self.net.wires.items() if at == layer - 1])
            flashes = [AnimationGroup(*(ShowPassingFlash(line, time_width=0.8) for line in wave)) for wave in waves]
            self.play(Succession(*flashes), run_time=6.0)
            self.wait(style.CHANGE)


def _line(start: np.ndarray, end: np.ndarray) -> VMobject:
    line = VMobject(stroke_color=style.LABEL, stroke_width=style.LINE)
    line.points = joined(np.array([start, end]))
    return line


def _reversed(line: Any) -> VMobject:
    back = VMobject(stroke_color=style.GRADIENT, stroke_width=style.STRONG)
    back.set_points_as_corners([line.get_end(), line.get_start()])
    return back
