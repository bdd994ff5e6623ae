"""Chapter 2: one neuron in each layer, and what depends on what. Draws the start of the trace `chain`."""

from __future__ import annotations

from typing import ClassVar

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
    Mobject,
    ShowPassingFlash,
    Succession,
    ValueTracker,
    VGroup,
    VMobject,
)

from scenes import style
from scenes.chain_kit import COSTS, NOTATION, SQUASHES, SQUASHING, Chain, underlined
from scenes.layout import CAPTION_STRIP, SAFE, Region
from scenes.parts.formula import grow_from
from scenes.parts.light import Light, dimmed
from scenes.parts.network import NetworkDiagram
from scenes.parts.outlines import filled
from scenes.parts.readout import Readout
from scenes.parts.ribbons import circle
from scenes.parts.typesetting import Formula, Text
from scenes.stage import TraceScene
from scenes.wording import capitalised, number_word

PICTURE = Region(SAFE.left, SAFE.right, CAPTION_STRIP.top, SAFE.top)
NETWORK, LESSON = PICTURE.rows(2.8, 3.65, gap=0.1)
TALL = 2.3  # units that the row of neurons takes with its biases
NARROW = 1.4  # units between a neuron and a wire's middle from which names are set smaller
RIM = 0.35  # units that the target's ring reaches beyond the tree's root


class OneNeuronPerLayer(TraceScene):
    """The smallest deep network there is, how its parts are called, and what depends on what."""

    trace_name = "chain"
    constants: ClassVar[dict[str, str]] = NOTATION

    def construct(self) -> None:
        """The network, its names, three equations, and the tree that they make."""
        self.require(Chain.fits(self.trace), "a chain taken apart")
        self.chain = Chain(self.trace)
        self.require(set(self.chain.sizes) == {1}, "one neuron in each layer")
        self.build_tree()
        self.build_network()
        self.meet()
        self.name_layers()
        self.cost()
        self.sums()
        self.dependencies()
        self.all_the_way()

    # -- what stands on the stage ------------------------------------------------------------------
    def build_tree(self) -> None:
        """The whole tree, its end at the right; later every activation stands below its neuron."""
        chain, last = self.chain, self.chain.layers
        self.tree = chain.tree(LESSON.width - RIM, 3.1)
        self.tree.move_to(LESSON.at(1.0, 0.5) + RIM * LEFT, aligned_edge=RIGHT)
        self.z, self.a, self.before = chain.node("z", last), chain.node("a", last), chain.node("a", last - 1)
        self.y, self.root = chain.graph.index("y"), chain.graph.root
        graph = chain.graph
        self.near = {self.root, *graph.parents[self.root], self.z, *graph.parents[self.z]}
        self.room = Region(LESSON.left, self.tree.place(self.before)[0] - 0.75, LESSON.bottom, LESSON.top)

    def build_network(self) -> None:
        """Neurons straight above the tree's activations; the target above the tree's root."""
        chain, values = self.chain, self.chain.graph.values
        xs = [self.tree.place(chain.node("a", layer))[0] for layer in range(chain.layers + 1)]
        radius = min(0.5, 0.36 * (xs[1] - xs[0]) / 2)
        self.net = NetworkDiagram(
            chain.sizes, xs[-1] - xs[0] + 2 * radius, TALL, radius=radius, biases=True, neuron_formats=".2f",
            weight_format=style.PARAMETER, bias_format=style.PARAMETER, weight_scale=3.0, fills=[None] * len(xs),
            number_size=style.LABEL_SIZE,
        )  # fmt: skip
        right = self.net.centre(chain.layers, 0)
        self.net.shift([xs[-1] - right[0], NETWORK.center[1] - 0.25 - right[1], 0])
        self.net.show(
            activations=[[values[chain.node("a", layer)]] for layer in range(len(xs))],
            weights=[[[values[chain.node("w", layer)]]] for layer in range(1, len(xs))],
            biases=[[values[chain.node("b", layer)]] for layer in range(1, len(xs))],
        )
        self.net.number_group.set_z_index(1)  # what runs along the wires runs behind the numbers
        level = self.net.centre(0, 0)[1]
        self.letters = {chain.node("a", layer): self.label("a", layer, xs[layer], level) for layer in range(len(xs))}
        for layer in range(1, len(xs)):
            middle = self.net.weight_numbers[layer - 1, 0, 0].get_center()[0]
            self.letters[chain.node("w", layer)] = self.label("w", layer, middle, level)
            foot = self.net.stubs[layer - 1, 0].get_start()
            bias = chain.symbol(chain.node("b", layer), style.BODY_SIZE).centre_on(foot + 0.14 * LEFT, RIGHT)
            self.letters[chain.node("b", layer)] = bias
        end = self.tree.place(self.root)[0]
        ring = filled(circle(radius), style.BACKGROUND).set_stroke(style.LABEL, style.LINE).shift([end, level, 0])
        wanted = Readout(values[self.y], ".2f", style.LABEL_SIZE, align="centre").centre_on(ring.get_center())
        letter = self.label("y", 0, end, level)
        self.target = VGroup(ring, wanted, letter)
        self.letters[self.y] = letter

    def label(self, letter: str, layer: int, x: float, level: float) -> Formula:
        """A symbol above its neuron, or above its wire."""
        near = self.tree.pitch < NARROW
        large, small = (style.BODY_SIZE, style.LABEL_SIZE) if near else (style.TITLE_SIZE, style.BODY_SIZE)
        size = large if letter in "ay" else small
        up = self.net.layout_.radius + 0.16 if letter in "ay" else 0.26
        symbol = self.chain.symbol(self.y if letter == "y" else self.chain.node(letter, layer), size)
        return symbol.sit(np.array([x, level + up, 0]))

    def pieces(self, layer: int) -> VGroup:
        """All that belongs to a neuron and to the weight and bias that lead to it."""
        net, chain = self.net, self.chain
        found: list[Mobject] = [net.neurons[layer, 0], net.neuron_numbers[layer, 0]]
        if layer:
            key, place = (layer - 1, 0, 0), (layer - 1, 0)
            numbers = [*net.weight_numbers.values(), *net.bias_numbers.values()]
            mine = [net.weight_numbers[key], net.bias_numbers[place]]
            plates = [net.plates[numbers.index(number)] for number in mine]
            stub = [net.stubs[place], net.stub_ends[layer - 1]]
            names = [self.letters[chain.node(letter, layer)] for letter in "wb"]
            found = [net.wires[key], *stub, *plates, *mine, *names, *found]
        return VGroup(*found)

    # -- beats -------------------------------------------------------------------------------------
    def meet(self) -> None:
        """Neuron after neuron comes in, each with what leads to it."""
        count = self.chain.layers
        dials = f"{number_word(count)} weight{'s' * (count > 1)} and {number_word(count)} bias{'es' * (count > 1)}"
        with self.beat(
            "network",
            f"The smallest {'deep ' * (count > 1)}network there is: only one neuron in each layer.",
            f"{capitalised(dials)}: {number_word(2 * count)} dials. What does turning each of them do?",
        ):
            self.columns = [self.pieces(layer) for layer in range(count + 1)]
            away = VGroup(*self.columns)
            drop = np.array([PICTURE.center[0], LESSON.at(0, 0.85)[1], 0]) - away.get_center()
            away.shift(drop)
            self.play(LaggedStart(*(FadeIn(c, shift=0.3 * RIGHT) for c in self.columns), lag_ratio=0.6, run_time=3.2))
            self.wait(style.BRISK)
            self.play(self.flow(1), run_time=1.8)
            dials_now = [n for c in self.columns[1:] for n in c if isinstance(n, Readout) and n.number_format[0] == "+"]
            self.play(LaggedStart(*(_blink(number) for number in dials_now), lag_ratio=0.3))
            self.wait(style.BRISK)
            self.play(away.animate(run_time=style.CHANGE).shift(-drop))

    def flow(self, first: int) -> Succession:
        """A flash along the wires from layer `first` on."""
        flashes = []
        for layer in range(first, self.chain.layers + 1):
            line = VMobject(stroke_color=style.FORWARD, stroke_width=1.6 * style.STRONG)
            wire = self.net.wires[layer - 1, 0, 0]
            line.set_points_as_corners([wire.get_start(), wire.get_end()])
            flashes.append(ShowPassingFlash(line, time_width=0.8))
        return Succession(*flashes)

    def name_layers(self) -> None:
        """The last two activations get their names, and the superscript its explanation."""
        chain, last = self.chain, self.chain.layers
        shown = [self.letters[chain.node("a", layer)] for layer in range(last, -1, -1)]
        told = [self.columns[last], self.columns[last - 1]]
        with self.beat(
            "names",
            "We look at the last two activations. Both are called a; the mark tells them apart:",
            "L for the last layer, L minus 1 for the one before. These are not exponents:",
            "it is only a label that says which layer.",
        ):
            rest = [member for column in self.columns for member in column]
            self.play(Light(rest, *(n for c in told for n in c if n not in self.dials(c))), FadeIn(shown[0], shown[1]))
            big = [chain.symbol(node, 3.0 * style.TITLE_SIZE) for node in (self.a, self.before)]
            for symbol, across in zip(big, (0.72, 0.28), strict=True):
                symbol.move_to(LESSON.at(across, 0.72))
            self.play(LaggedStart(*map(grow_from, shown[:2], big), lag_ratio=0.4, run_time=2.0))
            words = [Text(w, style.BODY_SIZE, style.TEXT) for w in ("the last layer", "the layer before it")]
            for word, symbol in zip(words, big, strict=True):
                word.next_to(symbol, DOWN, buff=0.4)
            self.wait(style.BRISK)
            marks = [VGroup(*symbol[1:]) for symbol in big]
            lines = [underlined(mark) for mark in marks]
            for mark, line, word in zip(marks, lines, words, strict=True):
                self.play(Create(line), FadeIn(word, shift=0.15 * DOWN), Light([mark], mark), run_time=style.CHANGE)
                self.wait(style.BRISK)
            note = Text("a label, not an exponent", style.TITLE_SIZE, style.TEXT).move_to(LESSON.at(0.5, 0.06))
            self.play(Light(big, *marks), FadeIn(note, shift=0.15 * UP))
            self.wait(2.6)
            self.play(*(FadeOut(part) for part in (note, *lines, *words, big[1])), Light(big[:1]), run_time=0.7)
            self.big = big[0]
            others = [dimmed(symbol) for symbol in shown[2:]]
            if others:
                self.play(LaggedStart(*(FadeIn(symbol) for symbol in others), lag_ratio=0.4))

    def dials(self, column: VGroup) -> list[Mobject]:
        """Of a column what is no neuron."""
        return list(column)[:-2]

    def cost(self) -> None:
        """The target comes in; the large symbol shrinks into the equation of the cost."""
        chain = self.chain
        with self.beat(
            "cost",
            f"The last activation is what the network says. It should have said y: {self.wanted():g}.",
            COSTS[chain.loss],
        ):
            self.play(FadeIn(self.target, shift=0.3 * LEFT))
            self.wait(style.PAUSE)
            self.lines = self.equations()
            first = self.lines[0]
            flights = [grow_from(self.big, first.select(f"n{self.a}")), FadeOut(self.big, run_time=0.3)]
            flights.append(grow_from(self.letters[self.y], first.select(f"n{self.y}")))
            self.play(*flights, FadeIn(self.without(first, self.a, self.y)), run_time=1.6)
            self.settle(first)
            self.play(FadeIn(self.results[0], shift=0.2 * RIGHT))

    def sums(self) -> None:
        """Where the activation comes from: the squashing, and the weighted sum."""
        chain, squash = self.chain, self.chain.squashes[-1]
        grow = [chain.graph.parents[self.z], self.columns[-1]]
        with self.beat(
            "sums",
            f"Where does that activation come from? It is {SQUASHES[squash]} of a number z.",
            SQUASHING[squash],
            "And z is the weight times the activation before, plus the bias.",
        ):
            second, third = self.lines[1:]
            self.play(grow_from(self.letters[self.a], second.select(f"n{self.a}")), run_time=1.0)
            self.play(FadeIn(self.without(second, self.a)), FadeIn(self.results[1], shift=0.2 * RIGHT))
            self.settle(second)
            self.squeeze()
            self.play(Light(self.dials(self.columns[-1]), *grow[1]), FadeOut(self.plot))
            self.play(grow_from(second.select(f"n{self.z}"), third.select(f"n{self.z}")), run_time=0.8)
            flights = [grow_from(self.letters[node], third.select(f"n{node}")) for node in grow[0]]
            glue = FadeIn(self.without(third, self.z, *grow[0]))
            self.play(LaggedStart(glue, *flights, lag_ratio=0.35, run_time=2.2))
            self.settle(third)
            self.play(FadeIn(self.results[2], shift=0.2 * RIGHT))

    def squeeze(self) -> None:
        """The squashing as a curve: a dot runs along it and comes to rest at this network's own z and a."""
        left = self.room.right + 0.5
        self.plot = self.chain.plot(self.a, self.z, LESSON.right - left, 0.94 * LESSON.height, slope=False)
        self.plot.move_to([(left + LESSON.right) / 2, LESSON.center[1], 0])
        xs = self.plot.curve.xs
        sample = ValueTracker(0.0)
        home = float(np.abs(xs - float(self.chain.graph.values[self.z])).argmin())
        self.plot.visit(0)
        self.play(FadeIn(self.plot), run_time=style.CHANGE)
        self.plot.here.add_updater(lambda _: self.plot.visit(round(sample.get_value())), call_updater=True)
        self.play(sample.animate(run_time=2.4).set_value(float(len(xs) - 1)))
        self.play(sample.animate(run_time=1.4).set_value(home))
        self.plot.here.clear_updaters()
        self.plot.settle()
        self.wait(style.BRISK)

    def dependencies(self) -> None:
        """Symbol after symbol goes from the equations into the tree."""
        tree, graph = self.tree, self.chain.graph
        with self.beat(
            "tree",
            "So the cost depends on the last activation, and on y. The activation depends on z.",
            "And z on three numbers: the weight, the activation before, and the bias.",
        ):
            for node, line in zip(self.order(), self.lines, strict=True):
                told = [line, self.results[self.order().index(node)]]
                self.play(Light([*self.lines, *self.results], *told, run_time=style.BRISK))
                if node == self.root:
                    self.play(grow_from(line.select(f"n{node}"), tree.nodes[node]))
                flights = [grow_from(line.select(f"n{p}"), tree.nodes[p]) for p in graph.parents[node]]
                self.play(LaggedStart(*flights, lag_ratio=0.25, run_time=1.3))
                arrows = [Create(tree.wires[node, p]) for p in graph.parents[node]]
                self.play(*arrows, run_time=0.7)
            self.wait(style.BRISK)

    def all_the_way(self) -> None:
        """The equations make room; the tree grows back to the input, and a change runs down through it."""
        chain = self.chain
        deep = chain.layers > 1
        with self.beat(
            "all the way",
            "The activation before has a tree of its own, and so on, back to the input."
            if deep
            else "Here that is all: the activation before is the input itself.",
            "Whatever changes anywhere, it can reach the cost only along these arrows.",
        ):
            gone = [*self.lines, *self.results]
            lights = [*(member for column in self.columns for member in column), *self.letters.values()]
            self.play(FadeOut(*gone), Light(lights), run_time=style.CHANGE)
            for layer in range(chain.layers - 1, 0, -1):
                self.grow(chain.node("z", layer))
            self.play(self.run_down(), run_time=3.6)
            self.wait(style.CHANGE)

    def grow(self, z: int) -> None:
        """One more layer of the tree, from an activation back to what its sum is made of."""
        tree, parents = self.tree, self.chain.graph.parents[z]
        a = self.chain.graph.children(z)[0]
        shown = [Create(tree.wires[a, z]), FadeIn(tree.nodes[z], shift=0.3 * LEFT)]
        more = [FadeIn(tree.nodes[p], shift=0.3 * LEFT) for p in parents]
        self.play(*shown, run_time=0.6)
        self.play(*more, *(Create(tree.wires[z, p]) for p in parents), run_time=0.9)

    def run_down(self) -> Succession:
        """A flash from the first weight to the cost."""
        graph = self.chain.graph
        way = graph.ways(self.chain.node("w", 1))[0]
        lines = [self.tree.shaft(child, p, style.FORWARD) for child, p in graph.steps(way)]
        return Succession(*(ShowPassingFlash(line, time_width=0.9) for line in lines))

    # -- small things ------------------------------------------------------------------------------
    def wanted(self) -> float:
        """The target."""
        return float(self.chain.graph.values[self.y])

    def order(self) -> tuple[int, int, int]:
        """The nodes whose equations are shown, from the cost back."""
        return self.root, self.a, self.z

    def equations(self) -> list[Formula]:
        """The three equations in their rows, the equals signs above each other; behind each its number."""
        lines = [self.chain.formula(self.chain.equations.definition(node), style.TITLE_SIZE) for node in self.order()]
        before = max(line.select("eq").get_center()[0] - line.get_left()[0] for line in lines)
        after = max(line.get_right()[0] - line.select("eq").get_center()[0] for line in lines)
        scale = min(1.0, (self.room.width - 1.9) / (before + after))
        for row, line in enumerate(lines):
            line.scale(scale)
            spot = np.array([self.room.left + before * scale, self.room.at(0, 0.84 - 0.32 * row)[1], 0])
            line.shift(spot - line.select("eq").get_center())
        x = self.room.left + (before + after) * scale + 0.3
        self.results = [self.result(node, line, x) for node, line in zip(self.order(), lines, strict=True)]
        return lines

    def result(self, node: int, line: Formula, x: float) -> VGroup:
        """= and the recorded number, behind an equation."""
        sign = Formula("=", style.BODY_SIZE, style.LABEL)
        value = self.chain.graph.values[node]
        number = Readout(value, ".4f", style.BODY_SIZE, self.chain.colour(node), signed=float(value) < 0)
        sign.sit(np.array([x, line.baseline, 0]), LEFT)
        number.sit(np.array([sign.get_right()[0] + 0.15, line.baseline, 0]), LEFT)
        return VGroup(sign, number)

    def without(self, formula: Formula, *nodes: int) -> VGroup:
        """The formula's glyphs that belong to none of these symbols."""
        taken = {id(glyph) for node in nodes for glyph in formula.select(f"n{node}")}
        return VGroup(*(glyph for glyph in formula if id(glyph) not in taken))

    def settle(self, formula: Formula) -> None:
        """Parts that came one by one are one formula from now on."""
        self.remove(*formula.submobjects)
        self.add(formula)


def _blink(number: Mobject) -> AnimationGroup:
    big = number.copy().scale(1.3)
    return Succession(number.animate(run_time=0.35).become(big), number.animate(run_time=0.35).become(number.copy()))
