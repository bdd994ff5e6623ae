"""Chapter 2: a nudge travels from the last weight to the cost. Draws the recorded nudges of the trace `chain`."""

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
    ValueTracker,
    VGroup,
    VMobject,
)

from engine.trace import Reading
from scenes import style
from scenes.chain_kit import NOTATION, Chain
from scenes.equations import letter_of
from scenes.layout import CAPTION_STRIP, SAFE, Region
from scenes.parts.closer_line import CloserLine
from scenes.parts.formula import Rewrite, painted
from scenes.parts.light import Light
from scenes.parts.outlines import filled
from scenes.parts.polyline import joined
from scenes.parts.readout import Readout
from scenes.parts.typesetting import Formula
from scenes.stage import TraceScene
from scenes.wording import capitalised, number_word

PICTURE = Region(SAFE.left, SAFE.right, CAPTION_STRIP.top, SAFE.top)
TITLES, SCALES, VALUES, RATIOS = PICTURE.columns(0.95, 6.6, 1.3, 3.5, gap=0.38)
GRAIN: Final = 0.5  # scales begin and end at multiples of this, and have ticks there
SIZE: Final = 39.0  # of the ratios
LEAST: Final = 1.0  # the shortest scale
BELOW, ABOVE = 0.5, 0.34  # units between a scale and the bands under and over it
SPOKEN: Final = {"w": "the weight", "b": "the bias", "z": "z", "a": "the activation", "C": "the cost"}


class Nudges(TraceScene):
    """A nudge of the weight nudges z, that nudges the activation, that the cost: three ratios, and what they become."""

    trace_name = "chain"
    constants: ClassVar[dict[str, str]] = NOTATION

    def construct(self) -> None:
        """Scales, a nudge, its ratios, and the nudge shrinking."""
        self.require(Chain.fits(self.trace), "a chain taken apart")
        self.chain = Chain(self.trace)
        self.graph = self.chain.graph
        ways = self.graph.ways(self.graph.swept)
        self.require(len(ways) == 1 and len(ways[0]) <= 5, "a swept leaf with one short way to the cost")
        self.way = ways[0]
        self.build_scales()
        self.build_ratios()
        self.scales_come()
        self.nudge_travels()
        self.ratios_light_up()
        self.nudge_shrinks()
        self.derivatives()

    # -- what stands on the stage ------------------------------------------------------------------
    def build_scales(self) -> None:
        """A scale for each number on the way; all with the same units of length for one."""
        ends = [self.span(node) for node in self.way]
        unit = SCALES.width / max(high - low for low, high in ends)
        self.levels = [row.at(0, 0.5)[1] for row in PICTURE.rows(*[1.0] * len(self.way))]
        self.trackers = [ValueTracker(0.0) for _ in self.way]
        self.small = ValueTracker(0.0)
        self.lines, self.titles, self.numbers = [], VGroup(), VGroup()
        for i, (node, (low, high), y) in enumerate(zip(self.way, ends, self.levels, strict=True)):
            ticks = [float(tick) for tick in np.arange(low, high + GRAIN / 2, GRAIN)]
            line = CloserLine(low, high, (high - low) * unit, ticks=ticks, number_format=None)
            line.shift([SCALES.left - line.point(low)[0], y - line.point(low)[1], 0])
            number = Readout(0.0, ".4f", style.BODY_SIZE, self.chain.colour(node), signed=low < 0)
            number.centre_on(np.array([VALUES.right, y, 0]), RIGHT)
            title = self.chain.symbol(node).centre_on(np.array([TITLES.center[0], y, 0]))
            line.add_updater(lambda m, i=i: self.show_line(m, i), call_updater=True)
            number.add_updater(lambda m, i=i: m.show(self.nudged(i)), call_updater=True)
            self.lines.append(line)
            self.titles.add(title)
            self.numbers.add(number)
        self.bands = [filled(np.empty((0, 3)), style.GRADIENT, 0.22) for _ in self.way[1:]]
        for i, band in enumerate(self.bands):
            band.add_updater(lambda m, i=i: self.show_band(m, i), call_updater=True)
        self.arrows = VGroup(*(self.arrow(i) for i in range(len(self.bands))))

    def span(self, node: int) -> tuple[float, float]:
        """Round ends around all recorded values of a node while the leaf is swept."""
        values = [float(self.graph.raised(sample, node)) for sample in range(self.graph.samples[0])]
        low, high = np.floor(min(values) / GRAIN) * GRAIN, np.ceil(max(values) / GRAIN) * GRAIN
        if high - low < LEAST:
            low = np.floor(low)
        return float(low), float(max(high, low + LEAST))

    def arrow(self, i: int) -> VMobject:
        """From one title down to the next."""
        top, low = self.titles[i].get_bottom()[1] - 0.15, self.titles[i + 1].get_top()[1] + 0.15
        x = TITLES.center[0]
        head = np.array([[x - 0.07, low + 0.13, 0], [x, low, 0], [x + 0.07, low + 0.13, 0]])
        arrow = VMobject(stroke_color=style.LABEL, stroke_width=style.LINE)
        arrow.points = np.concatenate([joined(np.array([[x, top, 0], [x, low, 0]])), joined(head)])
        return arrow

    def build_ratios(self) -> None:
        """Between the scales, at the right: change over change, and the number that it is."""
        self.fractions, self.shares, self.signs = [], [], VGroup()
        for i, (child, parent) in enumerate(self.graph.steps(self.way)):
            y = (self.levels[i] + self.levels[i + 1]) / 2
            fraction = self.fraction(child, parent, "Delta").move_to([RATIOS.left + 0.75, y, 0])
            sign = Formula("=", SIZE, style.LABEL).centre_on(np.array([RATIOS.left + 1.55, y, 0]))
            share = Readout(0.0, ".4f", style.TITLE_SIZE, style.GRADIENT, signed=True)
            share.centre_on(np.array([RATIOS.right, y, 0]), RIGHT)
            share.add_updater(lambda m, i=i: m.show(self.ratio(i)), call_updater=True)
            self.fractions.append(fraction)
            self.shares.append(share)
            self.signs.add(sign)
        y = self.levels[0]
        name = painted(self.chain.formula(f"Delta {self.chain.equations.symbol(self.way[0])} =", style.BODY_SIZE), {})
        size = Readout(0.0, ".5f", style.BODY_SIZE, style.GRADIENT)
        size.add_updater(lambda m: m.show(self.delta()), call_updater=True)
        size.centre_on(np.array([RATIOS.right, y, 0]), RIGHT)
        name.sit(np.array([size.get_left()[0] - 0.16, size.baseline, 0]), RIGHT)
        self.size = VGroup(name, size)

    def fraction(self, child: int, parent: int, sign: str) -> Formula:
        """Change over change, or ∂ over ∂."""
        return self.chain.formula(self.chain.equations.rate(child, parent, sign), SIZE)

    # -- what the trackers show --------------------------------------------------------------------
    def nudged(self, i: int) -> Reading:
        """The number of row `i` after its nudge: recorded, at the sample that the trackers point at."""
        small = round(self.small.get_value())
        if small:
            return self.graph.shrunk(small, self.way[i])
        return self.graph.raised(round(self.trackers[i].get_value()), self.way[i])

    def ratio(self, i: int) -> Reading:
        """How far row i + 1 moved over how far row i did."""
        return self.graph.ratio(round(self.small.get_value()), self.way[i + 1], self.way[i])

    def delta(self) -> Reading:
        """The size of the nudge."""
        small = round(self.small.get_value())
        if small:
            return self.trace.constant("shrink.delta")[small]
        return self.trace.constant("sweep.delta")[round(self.trackers[0].get_value())]

    def show_line(self, line: CloserLine, i: int) -> None:
        """Row `i` with its nudge, seen ever closer as that shrinks: the first stretch always looks as long."""
        deltas = np.asarray(self.trace.constant("shrink.delta").value)
        here = self.graph.values[self.way[i]]
        line.closer(float(here), float(deltas[0] / deltas[round(self.small.get_value())]))
        line.show(here, self.nudged(i))

    def show_band(self, band: VMobject, i: int) -> None:
        """The stretch of one scale, seen as the stretch of the next."""
        corners = []
        for row, lift in ((i, -BELOW), (i + 1, ABOVE)):
            line, value = self.lines[row], self.graph.values[self.way[row]]
            ends = [line.point(float(value)), line.point(float(self.nudged(row)))]
            corners += [end + lift * UP for end in (ends if row == i else ends[::-1])]
        band.points = joined(np.array([*corners, corners[0]]))

    # -- beats -------------------------------------------------------------------------------------
    def scales_come(self) -> None:
        """Row after row."""
        said = [SPOKEN.get(letter_of(self.graph.names[node]), "a number between") for node in self.way]
        with self.beat(
            "scales",
            f"{capitalised(number_word(len(said)))} numbers: {', '.join(said[:-1])}, and {said[-1]}.",
            "Each has a scale here, all in the same unit, so that lengths can be compared.",
        ):
            for i, line in enumerate(self.lines):
                shown = [FadeIn(line), FadeIn(self.numbers[i]), FadeIn(self.titles[i], shift=0.2 * DOWN)]
                self.play(*([Create(self.arrows[i - 1])] if i else []), *shown, run_time=style.CHANGE)
            self.add(*self.bands)

    def nudge_travels(self) -> None:
        """The first pointer moves, then each one in turn; then all of them together, there and back."""
        full = float(self.graph.samples[0] - 1)
        leaf = SPOKEN.get(letter_of(self.graph.names[self.way[0]]), "the first")
        with self.beat(
            "nudge",
            f"Now nudge {leaf}. That moves z, and z moves the activation, and that moves the cost.",
            "Each is moved by nothing but the one above it.",
        ):
            self.play(FadeIn(self.size, shift=0.2 * LEFT), run_time=style.BRISK)
            for i, tracker in enumerate(self.trackers):
                told = [self.lines[i], self.titles[i], self.numbers[i]]
                self.play(tracker.animate(run_time=1.3).set_value(full), self.glance(*told))
            self.play(self.glance())
            together = [tracker.animate(run_time=1.6).set_value(0.2 * full) for tracker in self.trackers]
            self.play(*together)
            self.play(*(tracker.animate(run_time=1.6).set_value(full) for tracker in self.trackers))

    def glance(self, *told: Any) -> Light:
        """These titles and numbers bright, the others dimmed; all bright without any."""
        parts = [*self.titles, *self.numbers]
        return Light(parts, *told, run_time=style.BRISK)

    def ratios_light_up(self) -> None:
        """One ratio after the other, the band it compares brightest."""
        first, *others = (self.told(i) for i in range(len(self.bands)))
        with self.beat("ratios", first, *others):
            start = float(self.time)
            lengths = [max(2.0, len(line) / style.READ_RATE) for line in (first, *others)]
            for i, band in enumerate(self.bands):
                rows = [self.titles[i], self.titles[i + 1], self.numbers[i], self.numbers[i + 1]]
                before = [part for j in range(i) for part in (self.fractions[j], self.signs[j], self.shares[j])]
                fades = [Light(self.bands, band, level=0.3)]
                dims = [Light(before, self.lines[0])] if before else []
                comes = [FadeIn(self.fractions[i], shift=0.2 * RIGHT), FadeIn(self.signs[i])]
                self.play(self.glance(*rows), *fades, *dims, *comes, run_time=style.CHANGE)
                self.play(FadeIn(self.shares[i], shift=0.2 * LEFT), run_time=style.BRISK)
                self.rest(start + sum(lengths[: i + 1]))
            self.play(self.glance(), Light([*self.fractions, *self.signs, *self.shares, *self.bands]))

    def told(self, i: int) -> str:
        """A ratio in words."""
        child, parent = (SPOKEN.get(letter_of(self.graph.names[self.way[j]]), "it") for j in (i + 1, i))
        ratio = float(self.graph.ratio(0, self.way[i + 1], self.way[i]))
        way = ", and the other way" if ratio < 0 else ""
        start = child[0].upper() + child[1:] if len(child) > 1 else child
        return f"{start} moved {abs(ratio):.2f} times as far as {parent}{way}."

    def nudge_shrinks(self) -> None:
        """The nudge becomes as good as nothing; the ratios do not."""
        steps = self.graph.steps(self.way)
        last = self.graph.samples[1] - 1
        drift = [abs(float(self.graph.ratio(0, c, p)) - float(self.graph.ratio(last, c, p))) > 0.002 for c, p in steps]
        curved = "Some of these ratios depend on how far we nudge" if any(drift) else "These ratios stay as they are"
        with self.beat(
            "shrink",
            f"{curved}.",
            "So let the nudge shrink to almost nothing, and look ever closer.",
            "All the movements vanish. Their ratios do not: they settle.",
        ):
            self.wait(2.4)
            self.play(self.small.animate(run_time=8.0, rate_func=lambda t: t).set_value(float(last)))

    def derivatives(self) -> None:
        """Δ turns into ∂, and the numbers into the derivatives."""
        with self.beat(
            "derivatives",
            "What they settle on are the derivatives, and for those one writes a round d.",
            "Each belongs to one arrow alone, and each is easy to work out. That comes next.",
        ):
            rewrites, self.rounds = [], []
            for i, (child, parent) in enumerate(self.graph.steps(self.way)):
                after = self.fraction(child, parent, "partial").move_to(self.fractions[i])
                moves = {f"n{child}": f"n{child}", f"n{parent}": f"n{parent}"}
                signs = {name: self.fractions[i].select(name) for name in ("up", "down")}
                rewrites.append(Rewrite(self.fractions[i], after, moves, births=signs, run_time=1.2))
                self.rounds.append(after)
            for i, share in enumerate(self.shares):
                share.clear_updaters()
                share.show(self.graph.edge(self.way[i + 1], self.way[i]))
            self.play(LaggedStart(*rewrites, lag_ratio=0.3), FadeOut(self.size))
            self.wait(style.CHANGE)
            quiet = [*self.titles, *self.numbers, *self.arrows, *self.lines, *self.bands]
            told = [*self.rounds, *self.signs, *self.shares]
            for i, arrow in enumerate(self.arrows):
                ends = [self.titles[i], arrow, self.titles[i + 1]]
                own = [self.rounds[i], self.signs[i], self.shares[i]]
                self.play(Light([*quiet, *told], *ends, *own, run_time=0.7))
                self.wait(0.6)
            self.play(Light([*quiet, *told], *told, *self.titles, *self.arrows))
