"""Chapter 1: rates multiply. Draws the trace `blocks`: multiplying blocks in a row, and a nudge passing through."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    AnimationGroup,
    FadeIn,
    FadeOut,
    LaggedStart,
    ShowPassingFlash,
    ValueTracker,
    VGroup,
    VMobject,
)

from scenes import style
from scenes.layout import CAPTION_STRIP, SAFE, Region
from scenes.parts.block_chain import BlockChain, whole_or
from scenes.parts.formula import grow_from, named, painted
from scenes.parts.outlines import filled
from scenes.parts.polyline import joined
from scenes.parts.readout import Readout
from scenes.parts.typesetting import Formula, Text, row
from scenes.stage import TraceScene
from scenes.wording import number_word

PICTURE = Region(SAFE.left, SAFE.right, CAPTION_STRIP.top, SAFE.top)
CHAIN, LOW = PICTURE.rows(2.2, 4.2, gap=0.1)
BARS = 2.75
LARGE = 1.25 * style.TITLE_SIZE  # units that the longest bar is high


class ComputeBlocks(TraceScene):
    """Rates multiply: what two blocks do to a nudge, and why each needs to know only its own rate."""

    trace_name = "blocks"

    def construct(self) -> None:
        """Forward, a nudge, two rates, their product, and the way back."""
        self.read_graph()
        self.build()
        self.forward()
        self.nudge()
        self.rates()
        self.multiply()
        self.backwards()

    # -- what the trace says ------------------------------------------------------------------------
    def read_graph(self) -> None:
        """The row of numbers from the swept leaf to the end, and the block between each two."""
        at = self.trace.constant
        graph, parents = self.trace.manifest["task"]["graph"], np.asarray(at("graph.parents").value)
        self.places = [int(float(at("sweep.leaf")))]
        self.factors: list[Any] = []  # readings of the blocks' factors
        self.edges: list[Any] = []  # readings of the blocks' own rates
        for node in range(len(parents)):
            slots = list(parents[node])
            if self.places[-1] in slots and graph["ops"][node] == "*":
                slot = slots.index(self.places[-1])
                self.factors.append(at("graph.values")[int(parents[node][1 - slot])])
                self.edges.append(at("graph.edges")[node, slot])
                self.places.append(node)
        self.require(2 <= len(self.factors) <= 3, "two or three multiplying blocks in a row")
        self.names = [graph["names"][place] for place in self.places]
        self.samples = len(np.asarray(at("sweep.delta").value))

    def values(self, sample: int) -> list[Any]:
        """Readings of the row's numbers at one sample of the sweep."""
        return [self.trace.constant("sweep.values")[sample, place] for place in self.places]

    def rises(self, sample: int) -> list[Any]:
        """Readings of how much each has risen."""
        return [self.trace.constant("sweep.rises")[sample, place] for place in self.places]

    # -- what stands on the stage ------------------------------------------------------------------
    def build(self) -> None:
        """The chain on top; below it room for bars and algebra."""
        most = max(abs(float(rise)) for rise in self.rises(self.samples - 1))
        self.chain = BlockChain(self.names, self.factors, 0.88 * CHAIN.width, most=most, room=BARS)
        self.chain.shift(CHAIN.at(0.5, 0.42) - self.chain.blocks[0].get_center() * UP)
        self.chain.show(self.values(0))
        self.sample = ValueTracker(0.0)
        floor = self.chain.foot(0)[1]
        self.words = Text("all bars to one scale", style.LABEL_SIZE, style.LABEL)
        self.words.move_to([SAFE.left, floor - 0.32, 0], aligned_edge=LEFT)
        self.rates_shown = [
            self.equation(self.names[i + 1], self.names[i], edge, self.chain.blocks[i].get_center() + 1.3 * DOWN)
            for i, edge in enumerate(self.edges)
        ]

    def equation(self, above: str, below: str, value: Any, at: np.ndarray) -> VGroup:
        """d above / d below = value, its middle at a point: name, sign and number."""
        name = painted(Formula(named("d", f"(d {above}) / (d {below})"), style.TITLE_SIZE), {"d": style.GRADIENT})
        number = Readout(
            value, whole_or(value), style.TITLE_SIZE, style.GRADIENT, whole=len(str(int(abs(float(value)))))
        )
        sign = Formula("=", style.TITLE_SIZE)
        row(name, sign, number, gap=0.14)
        whole = VGroup(name, sign, number).move_to(at)
        return whole.shift([0, at[1] - sign.get_center()[1], 0])  # level with its neighbours, whatever the letters

    # -- beats -------------------------------------------------------------------------------------
    def forward(self) -> None:
        """The number goes in and comes out."""
        spoken = " and by ".join(f"{float(factor):g}" for factor in self.factors)
        with self.beat(
            "forward",
            "A network is a row of blocks, each turning one number into the next.",
            f"Here are {number_word(len(self.factors))} that only multiply: by {spoken}.",
        ):
            chain, home = self.chain, self.chain.get_center()
            chain.shift([0, PICTURE.center[1] - chain.blocks[0].get_center()[1], 0])  # alone, it stands in the middle
            self.play(FadeIn(VGroup(chain.discs[0], chain.names[0], chain.numbers[0]), shift=0.2 * RIGHT))
            for i in range(len(self.factors)):
                into, out = chain.wires[2 * i], chain.wires[2 * i + 1]
                self.play(FadeIn(into), FadeIn(chain.blocks[i], shift=0.2 * RIGHT))
                self.play(self.flash(into, forward=True), FadeIn(out), run_time=style.CHANGE)
                after = VGroup(chain.discs[i + 1], chain.names[i + 1], chain.numbers[i + 1])
                self.play(self.flash(out, forward=True), FadeIn(after, shift=0.2 * RIGHT), run_time=style.CHANGE)
            self.remove(*self.mobjects)
            self.add(chain)
            self.play(chain.animate.move_to(home))

    def nudge(self) -> None:
        """The input is raised, and everything behind it rises in its own measure."""
        last = [f"{float(rise):g}" for rise in self.rises(self.samples - 1)]
        with self.beat(
            "nudge",
            "Raise the input a little. Each block passes the nudge on, multiplied.",
            f"A nudge of {last[0]} comes out as {', and that comes out as '.join(last[1:])}.",
        ):
            self.play(FadeIn(self.words))
            self.chain.add_updater(self.show_sample)
            self.play(self.sample.animate.set_value(float(self.samples - 1)), run_time=4.5)
            self.wait(style.PAUSE)

    def show_sample(self, chain: BlockChain) -> None:
        """The chain at the recorded sample that the tracker stands at."""
        sample = round(self.sample.get_value())
        chain.show(self.values(sample), self.rises(sample))

    def rates(self) -> None:
        """Each block's own rate, under it."""
        spoken = [f"{float(edge):g}" for edge in self.edges]
        with self.beat(
            "rates",
            "How much more comes out of a block than was nudged in: that is its rate.",
            f"Here {' and '.join(spoken)}: as the bars say, piece by piece.",
        ):
            self.chain.clear_updaters()
            for i, rate in enumerate(self.rates_shown):
                self.play(self.only_bars(i, i + 1), FadeIn(rate[0]), FadeIn(rate[1]))
                self.play(grow_from(self.chain.rise_numbers[i + 1], rate[2]))
                self.wait(style.BRISK)
            self.play(self.only_bars(*range(len(self.names))))
            self.gather()

    def gather(self) -> None:
        """Make the chain one thing again, after parts of it were played by themselves."""
        self.remove(*self.chain.submobjects)
        self.add(self.chain)

    def only_bars(self, *told: int) -> AnimationGroup:
        """The bars under these numbers bright, the others dimmed."""
        pairs = enumerate(zip(self.chain.rises, self.chain.rise_numbers, strict=True))
        return AnimationGroup(
            *(part.animate.set_opacity(1.0 if i in told else style.DIM) for i, pair in pairs for part in pair)
        )

    def multiply(self) -> None:
        """Through all blocks: the product, beside what the nudge measured."""
        with self.beat(
            "multiply",
            f"And through all of them? Rates multiply: {self.product_in_words()}.",
            "The nudge had found the same.",
        ):
            self.chain.add_updater(self.show_sample)
            self.play(self.sample.animate.set_value(0.0), FadeOut(self.words), run_time=1.5)
            self.chain.clear_updaters()
            first, last = self.names[0], self.names[-1]
            parts: list[Any] = [self.name_of(last, first), Formula("=", LARGE)]
            flights = []
            for i in reversed(range(len(self.edges))):
                factor = self.name_of(self.names[i + 1], self.names[i])
                flights.append((self.rates_shown[i][0], factor))
                parts += [factor, Formula("dot.op", LARGE)]
            parts[-1] = Formula("=", LARGE)
            for i in reversed(range(len(self.edges))):
                value = self.big(self.edges[i])
                flights.append((self.rates_shown[i][2], value))
                parts += [value, Formula("dot.op", LARGE)]
            parts[-1] = Formula("=", LARGE)
            whole = self.big(self.trace.constant("graph.grads")[self.places[0]])
            parts.append(whole)
            row(*parts, gap=0.22)
            self.product = VGroup(*parts).move_to(LOW.at(0.5, 0.3))
            flown = [part for _, part in flights]
            signs = [part for part in parts[1:-1] if not any(part is other for other in flown)]
            self.play(FadeIn(parts[0]), FadeIn(signs[0]))
            half = len(flights) // 2
            self.play(*(grow_from(a, b) for a, b in flights[:half]), FadeIn(VGroup(*signs[1:half])), run_time=1.5)
            self.wait(style.BRISK)
            self.play(*(grow_from(a, b) for a, b in flights[half:]), FadeIn(VGroup(*signs[half:])), run_time=1.5)
            self.play(FadeIn(whole, shift=0.2 * RIGHT))
            self.measured(whole)
            self.wait(style.PAUSE)

    def measured(self, whole: Readout) -> None:
        """The finite difference that the trace recorded, under the product."""
        slope = self.trace.constant("nudge.slopes")[0, self.places[-1]]
        delta = self.trace.constant("nudge.delta")
        word = Text("measured with a nudge of", style.BODY_SIZE, style.LABEL)
        size = Readout(delta, ".2f", style.BODY_SIZE, style.LABEL)
        colon = Text(":", style.BODY_SIZE, style.LABEL)
        value = Readout(slope, ".4f", style.BODY_SIZE, style.GRADIENT, whole=2, align="left")
        row(word, size, colon, value, gap=0.12)
        self.note = VGroup(word, size, colon, value)
        self.note.shift([whole.get_right()[0] - self.note.get_right()[0], 0, 0])
        self.note.shift([0, self.product.get_bottom()[1] - 0.55 - self.note.get_center()[1], 0])
        self.play(FadeIn(self.note, shift=0.2 * UP))

    def backwards(self) -> None:
        """From the end: 1, then each block multiplies by its own rate and hands it on."""
        with self.beat(
            "backwards",
            "Now from the end. How the end answers itself: one for one.",
            "Each block multiplies what comes back by its own rate, and hands it on.",
            "No block needs to know the others. That is all that backpropagation does.",
        ):
            chain, last = self.chain, self.names[-1]
            self.play(
                self.product.animate.set_opacity(style.DIM).shift(0.45 * DOWN), FadeOut(self.note),
                *(rate.animate.set_opacity(style.DIM) for rate in self.rates_shown),
            )  # fmt: skip
            grads = self.trace.constant("graph.grads")
            shown = [
                self.equation(last, name, grads[place], chain.discs[i].get_center() + 2.75 * DOWN)
                for i, (name, place) in enumerate(zip(self.names, self.places, strict=True))
            ]
            self.play(FadeIn(shown[-1], shift=0.2 * DOWN))
            self.wait(style.BRISK)
            for i in reversed(range(len(self.factors))):
                arrow, times = self.way_back(shown[i + 1], shown[i], i)
                self.play(
                    self.rates_shown[i].animate.set_opacity(1.0),
                    LaggedStart(self.flash(chain.wires[2 * i + 1]), self.flash(chain.wires[2 * i]), lag_ratio=0.5),
                    grow_from(self.rates_shown[i][2], times[1]), FadeIn(times[0]), FadeIn(arrow, shift=0.3 * LEFT),
                    run_time=1.5,
                )  # fmt: skip
                self.play(
                    FadeIn(shown[i][:2]), grow_from(shown[i + 1][2], shown[i][2]),
                    self.rates_shown[i].animate.set_opacity(style.DIM),
                )  # fmt: skip
                self.wait(style.BRISK)
            self.wait(style.PAUSE)

    def way_back(self, start: VGroup, end: VGroup, i: int) -> tuple[VGroup, VGroup]:
        """An arrow from one equation back to the one before it, and above it "× rate" of the block between."""
        level = start.get_center()[1]
        x0, x1 = start.get_left()[0] - 0.3, end.get_right()[0] + 0.3
        line = VMobject(stroke_color=style.GRADIENT, stroke_width=style.LINE)
        line.points = joined(np.array([[x0, level], [x1 + 0.12, level]]))
        corners = [[x1, level], [x1 + 0.18, level + 0.09], [x1 + 0.18, level - 0.09], [x1, level]]
        times = VGroup(Formula("times", style.TITLE_SIZE, style.GRADIENT), self.big(self.edges[i], style.TITLE_SIZE))
        row(*times, gap=0.1)
        times.move_to([(x0 + x1) / 2, level + 0.42, 0])
        return VGroup(line, filled(joined(np.array(corners)), style.GRADIENT)), times

    # -- small things --------------------------------------------------------------------------------
    def name_of(self, above: str, below: str) -> Formula:
        """A derivative, large."""
        formula = Formula(named("d", f"(d {above}) / (d {below})"), LARGE)
        return painted(formula, {"d": style.GRADIENT})

    def big(self, value: Any, size: float = LARGE) -> Readout:
        """A rate, large."""
        digits = len(str(int(abs(float(value)))))
        return Readout(value, whole_or(value), size, style.GRADIENT, whole=digits)

    def product_in_words(self) -> str:
        """ "4 times 2 is 8"."""
        factors = " times ".join(f"{float(edge):g}" for edge in reversed(self.edges))
        return f"{factors} is {float(self.trace.constant('graph.grads')[self.places[0]]):g}"

    def flash(self, wire: VGroup, forward: bool = False) -> ShowPassingFlash:
        """Light runs along a wire: warm with the numbers, or cyan, with the gradient, against them."""
        line = wire[0].copy().set_stroke(style.FORWARD if forward else style.GRADIENT, 2 * style.STRONG)
        return ShowPassingFlash(line if forward else line.reverse_points(), time_width=0.8)
