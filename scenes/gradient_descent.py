"""Chapter 1: step against the slope; the learning rate is how far. Draws the trace `neuron_rates`."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import LEFT, RIGHT, UP, FadeIn, FadeOut, LaggedStart, ValueTracker, VGroup

from scenes import style
from scenes.layout import CAPTION_STRIP, SAFE, Region
from scenes.parts.axes import Axes
from scenes.parts.counter import StepCounter
from scenes.parts.curve import Curve
from scenes.parts.descent import DescentPlot
from scenes.parts.formula import named, painted
from scenes.parts.on_surface import SurfaceAxes, SurfaceWalk, UphillArrow
from scenes.parts.readout import Readout
from scenes.parts.surface import Surface
from scenes.parts.typesetting import Formula, Text, row
from scenes.parts.view import View
from scenes.stage import TraceScene

PICTURE = Region(SAFE.left, SAFE.right, CAPTION_STRIP.top, SAFE.top)
LAND, SIDE = PICTURE.columns(8.9, 4.4, gap=0.2)
HEIGHT = 0.25  # of a unit of loss beside a unit of m, in the landscape: said on screen
FIRST_LINE = 0.0625  # loss at the lowest isoline; each further one is twice the one below
RATES = (("small", "too small"), ("right", "about right"), ("large", "too large"))
WALKERS = (("lucky", style.POSITIVE), ("stuck", style.NEGATIVE))


class GradientDescent(TraceScene):
    """Step against the slope: downhill on a landscape of loss, with a rate too small, right and too large."""

    trace_name = "neuron_rates"

    def construct(self) -> None:
        """A landscape, one dial of it, three learning rates, and a landscape that misleads."""
        wanted = ("valley.surface", "slice.loss", "rates", "ugly.loss", "stuck.output", "lucky.output")
        self.require(all(name in self.trace for name in wanted), "a trace of kind rates")
        self.build_landscape()
        self.landscape()
        self.downhill()
        self.from_above()
        self.one_dial()
        self.three_rates()
        self.many_valleys()

    # -- the landscape -----------------------------------------------------------------------------
    def build_landscape(self) -> None:
        """The recorded surface, its scales, the recorded path, and what is said beside it."""
        at = self.trace.constant
        across, up, values = at("valley.across"), at("valley.up"), at("valley.surface")
        self.surface = Surface(across, up, values, LAND, height=HEIGHT, first=FIRST_LINE)
        names = self.trace.manifest["task"]["classes"][:2]
        titles = []
        for name, colour in zip(names, style.CLASS_COLOURS, strict=False):
            titles.append(Text(f"{name}'s m", style.BODY_SIZE, colour))
            titles[-1].role = "class"
        self.scales = SurfaceAxes(
            self.surface, titles[0], titles[1], Text("loss", style.BODY_SIZE, style.LABEL), size=style.LABEL_SIZE
        )
        self.walk = SurfaceWalk(self.surface, self.trace.history("valley.path"))
        outline = self.surface.outline()
        box = (LAND.left + 1.1, LAND.right - 0.2, LAND.bottom + 1.0, LAND.top - 0.6)
        parallel = View(distance=np.inf)
        self.views = [
            View(azimuth=azimuth, elevation=elevation, distance=np.inf).fitted(outline, box)
            for azimuth, elevation in ((-72.0, 24.0), (-36.0, 34.0))
        ]
        self.views.append(parallel.fitted(outline, box))
        self.camera_at = ValueTracker(0.0)
        self.counter = StepCounter(size=1.2 * style.TITLE_SIZE).move_to(SIDE.at(0.05, 0.86), aligned_edge=LEFT)
        self.loss = VGroup(
            Text("loss", 1.2 * style.TITLE_SIZE, style.LABEL), Readout(0.0, style.LOSS_FORMAT, 1.2 * style.TITLE_SIZE)
        )
        row(*self.loss, gap=0.2)
        self.loss.move_to(SIDE.at(0.05, 0.72), aligned_edge=LEFT)
        self.notes = VGroup(
            Text(f"height: {1 / HEIGHT:.0f} of loss as long as 1 of m", style.LABEL_SIZE, style.LABEL),
            Text("each line: twice the loss of the one inside", style.LABEL_SIZE, style.LABEL),
        )
        self.notes[0].constant = "the scale of heights, from HEIGHT"  # for `reel check`
        for note, level in zip(self.notes, (0.12, 0.05), strict=True):
            note.move_to(SIDE.at(1.0, level), aligned_edge=RIGHT)

    def view(self) -> View:
        """What the camera sees where it is on its way: 0, 1, 2 are the three views."""
        at = self.camera_at.get_value()
        whole = min(int(at), len(self.views) - 2)
        return self.views[whole].between(self.views[whole + 1], at - whole)

    def show_ground(self, _: Any = None) -> None:
        """Surface and scales as the camera sees them."""
        view = self.view()
        self.surface.show(view)
        self.scales.show(view)

    def show_walk(self, _: Any = None) -> None:
        """The path so far, and the numbers of this step."""
        step = self.now()
        self.walk.show(self.view(), self.step.get_value(), self.trace.latest("valley.path", step))
        self.counter.show(step)
        self.loss[1].show(self.trace.latest("valley.loss", step))

    # -- beats -------------------------------------------------------------------------------------
    def landscape(self) -> None:
        """Two dials, and the loss as height over them."""
        with self.beat(
            "landscape",
            "Take two of the dials and hold the others. Each setting has its loss: a landscape.",
            "High ground is a bad guess. The valley is where we want to be.",
        ):
            self.show_ground()
            self.play(FadeIn(self.surface), FadeIn(self.scales), FadeIn(self.notes[0]), run_time=1.5)
            self.surface.add_updater(self.show_ground)
            self.play(self.camera_at.animate.set_value(1.0), run_time=6.0)
            self.surface.clear_updaters()

    def downhill(self) -> None:
        """The recorded descent, slow at first."""
        with self.beat(
            "downhill",
            "The gradient points steeply uphill. So training walks the other way, step by step.",
        ):
            self.show_walk()
            uphill = UphillArrow(self.surface, self.trace.at("valley.path", 0), self.trace.at("valley.gradient", 0))
            uphill.show(self.view())
            self.play(FadeIn(self.walk), FadeIn(self.counter), FadeIn(self.loss))
            self.play(FadeIn(uphill))
            self.wait(style.PAUSE)
            self.play(FadeOut(uphill), run_time=style.BRISK)
            self.walk.add_updater(self.show_walk)
            self.run_steps(6, 1.6)
            self.run_steps(int(self.trace.steps("valley.path")[-1]), 4.0, 80.0)

    def from_above(self) -> None:
        """The camera rises: the landscape becomes a map of its isolines."""
        with self.beat(
            "from above",
            "Seen from above: long steps where it is steep, short ones where it is nearly flat.",
        ):
            self.play(self.scales.upright.animate.set_opacity(0.0), FadeOut(self.notes[0]))
            self.surface.add_updater(self.show_ground)
            self.play(self.camera_at.animate.set_value(2.0), run_time=3.5)
            self.surface.clear_updaters()
            self.play(FadeIn(self.notes[1]))
            self.wait(style.PAUSE)
            self.walk.clear_updaters()
            gone = [self.surface, self.scales, self.walk, self.counter, self.loss, self.notes[1]]
            self.leave(*(FadeOut(part) for part in gone))

    def one_dial(self) -> None:
        """One step after the other on a curve: the tangent, the rule, and its numbers."""
        with self.beat(
            "one dial",
            "One dial alone. Its slope, times a small number, the learning rate: that is the step.",
            "Downhill is against the slope. And as the ground gets flatter, the steps get shorter.",
        ):
            plot, rule, numbers = self.build_dial()
            self.play(*self.leaving, FadeIn(plot.axes), FadeIn(plot.curve))
            self.play(FadeIn(VGroup(plot.tangent, plot.dot)), FadeIn(rule, shift=0.2 * UP))
            self.play(FadeIn(VGroup(*numbers)))
            self.add(plot)

            def show(_: Any) -> None:
                step, at = self.now(), self.trace.latest
                m, cost, slope = at("right.m", step), at("right.cost", step), at("right.slope", step)
                plot.show(self.step.get_value(), (m, cost), slope)
                numbers[0].show(m)
                numbers[-1].show(slope)

            plot.add_updater(show)
            self.run_steps(6, 0.85)
            plot.clear_updaters()
            away = FadeOut(plot, scale=0.4, target_position=PICTURE.at(0.5, 0.44))
            self.leave(FadeOut(rule), FadeOut(VGroup(*numbers)), away)

    def build_dial(self) -> tuple[DescentPlot, Formula, list[Any]]:
        """The near part of the curve with its start; the rule; and under it the rule's numbers."""
        at, first = self.trace.constant, self.trace.at
        ms, losses = at("slice.m"), at("slice.loss")
        start, low = float(first("right.m", 0)), float(np.asarray(ms.value)[np.argmin(np.asarray(losses.value))])
        reach = 1.25 * abs(start - low)
        top = 1.35 * float(first("right.cost", 0))
        axes = Axes((low - reach, low + reach), (0.0, top), LAND.width - 0.4, 0.92 * LAND.height, x_title=Formula("m"),
                    y_title="loss", corner=True, tick_size=style.LABEL_SIZE, title_size=style.BODY_SIZE)  # fmt: skip
        axes.move_to(LAND.center)
        path = (self.trace.history("right.m"), self.trace.history("right.cost"))
        plot = DescentPlot(axes, (ms, losses), path, style.HIGHLIGHT, curve_width=style.STRONG, tangent_length=3.4)
        slope = first("right.slope", 0)
        plot.show(0.0, (first("right.m", 0), first("right.cost", 0)), slope)
        rule = Formula(
            f"m arrow.l m - {named('rate', 'eta')} dot.op {named('d', '(partial L)/(partial m)')}",
            1.15 * style.TITLE_SIZE,
        )
        painted(rule, {"rate": style.FORWARD, "d": style.GRADIENT}).move_to(SIDE.at(0.55, 0.66))
        numbers: list[Any] = [
            Readout(first("right.m", 0), ".3f", style.BODY_SIZE, signed=True), Formula("-", style.BODY_SIZE),
            Readout(at("rates")[1], ".2f", style.BODY_SIZE, style.FORWARD), Formula("dot.op", style.BODY_SIZE),
            Readout(slope, "+.3f", style.BODY_SIZE, style.GRADIENT),
        ]  # fmt: skip
        row(*numbers, gap=0.16)
        VGroup(*numbers).move_to(SIDE.at(0.55, 0.47))
        return plot, rule, numbers

    def three_rates(self) -> None:
        """The same start with three learning rates, step for step."""
        with self.beat(
            "three rates",
            "With too small a rate it crawls. A good one arrives within a few steps.",
            "With too large a rate each step overshoots by more than it gained: the loss runs away.",
        ):
            plots, words, losses = self.build_rates()
            counter = StepCounter(word="step", size=style.TITLE_SIZE).move_to(PICTURE.at(0.5, 0.96))
            panels = [VGroup(*group) for group in zip(plots, words, losses, strict=True)]
            come = LaggedStart(*(FadeIn(panel, shift=0.2 * UP) for panel in panels), lag_ratio=0.3)
            self.play(*self.leaving, come, FadeIn(counter))
            race = VGroup(*panels, counter)

            def show(_: Any) -> None:
                step = self.now()
                counter.show(step)
                for (name, _word), plot, loss in zip(RATES, plots, losses, strict=True):
                    here = [self.trace.latest(f"{name}.{what}", step) for what in ("m", "cost")]
                    plot.show(self.step.get_value(), (here[0], here[1]))
                    loss[1].show(here[1])

            race.add_updater(show)
            self.add(race)
            self.run_steps(6, 0.9)
            self.run_steps(30, 1.5, 10.0)
            self.wait(style.PAUSE)
            race.clear_updaters()
            self.leave(FadeOut(race))

    def build_rates(self) -> tuple[list[DescentPlot], list[VGroup], list[VGroup]]:
        """Three plots of the whole curve side by side, each with its rate above and its loss below."""
        at = self.trace.constant
        ms, values = at("slice.m"), at("slice.loss")
        span = (float(ms[0]), float(ms[-1]))
        plots, words, losses = [], [], []
        for number, ((name, word), column) in enumerate(zip(RATES, PICTURE.columns(1, 1, 1, gap=0.5), strict=True)):
            axes = Axes(span, (0.0, float(np.asarray(values.value).max())), column.width - 0.1, 0.58 * column.height,
                        x_title=Formula("m"), x_ticks=4, y_ticks=4, corner=True,
                        tick_size=style.LABEL_SIZE)  # fmt: skip
            axes.move_to(column.at(0.5, 0.44))
            path = (self.trace.history(f"{name}.m"), self.trace.history(f"{name}.cost"))
            plots.append(DescentPlot(axes, (ms, values), path, style.HIGHLIGHT))
            title = VGroup(
                Formula("eta =", style.TITLE_SIZE, style.FORWARD),
                Readout(at("rates")[number], ".2f", style.TITLE_SIZE, style.FORWARD),
                Text(word, style.BODY_SIZE, style.TEXT),
            )  # fmt: skip
            row(*title, gap=0.18)
            words.append(title.move_to(column.at(0.5, 0.84)))
            loss = VGroup(
                Text("loss", style.BODY_SIZE, style.LABEL),
                Readout(self.trace.at(f"{name}.cost", 0), style.LOSS_FORMAT, style.BODY_SIZE, whole=2),
            )
            row(*loss, gap=0.2)
            losses.append(loss.move_to(column.at(0.5, 0.06)))
        return plots, words, losses

    def leave(self, *going: FadeOut) -> None:
        """Let these play with the next picture's entrance, which begins at its own first step."""
        for part in (member for animation in going for member in animation.mobject.get_family()):
            part.stands_at = "any"  # for `reel check`, and the next line too
            if isinstance(part, StepCounter):
                part.shows, part.constant = "", "the step at which it stopped"
        self.leaving = going
        self.step.set_value(0.0)

    def many_valleys(self) -> None:
        """Two starts on a curve of many hollows: each follows its own slope."""
        with self.beat(
            "many valleys",
            "Not every landscape is one valley. Here one wave has to match another.",
            "From one start the slope leads down to the answer; from the other, into a hollow.",
            "A slope is local: it knows the way down from here, and nothing more.",
        ):
            plots, panels = self.build_ugly()
            panes = VGroup(*(panel[:2] for panel in panels))
            self.play(*self.leaving, FadeIn(plots[0].axes), FadeIn(plots[0].curve), FadeIn(panes))
            walkers = VGroup(*(VGroup(plot.way, plot.dot) for plot in plots), *(VGroup(*panel[2:]) for panel in panels))
            self.play(FadeIn(walkers))
            self.wait(style.PAUSE)

            def show(_: Any) -> None:
                step = self.now()
                for (name, _colour), plot, panel in zip(WALKERS, plots, panels, strict=True):
                    here = [self.trace.latest(f"{name}.{what}", step) for what in ("m", "cost")]
                    plot.show(self.step.get_value(), (here[0], here[1]))
                    panel[3][1].show(here[0])
                    panel[3][3].show(here[1])
                    panel[2].show(self.trace.constant("ugly.t"), self.trace.latest(f"{name}.output", step))

            walkers.add_updater(show)
            self.run_steps(int(self.trace.steps("stuck.m")[-1]), 4.0, 10.0)
            walkers.clear_updaters()
            self.wait(style.PAUSE)

    def build_ugly(self) -> tuple[list[DescentPlot], list[VGroup]]:
        """The curve with two walkers on it, and for each a panel: the data, and the wave it has found."""
        at = self.trace.constant
        ws, values = at("ugly.w"), at("ugly.loss")
        span, most = (float(ws[0]), float(ws[-1])), float(np.asarray(values.value).max())
        size = (LAND.width - 0.4, 0.9 * LAND.height)
        axes = Axes(span, (0.0, 1.05 * most), *size, x_title=Formula("w"), y_title="loss", corner=True,
                    tick_size=style.LABEL_SIZE, title_size=style.BODY_SIZE)  # fmt: skip
        axes.move_to(LAND.center)
        plots, panels = [], []
        for (name, colour), place in zip(WALKERS, SIDE.rows(1, 1, gap=0.5), strict=True):
            path = (self.trace.history(f"{name}.m"), self.trace.history(f"{name}.cost"))
            plots.append(DescentPlot(axes, (ws, values), path, colour))
            room = (place.width, 0.68 * place.height)
            small = Axes((0.0, float(at("ugly.t")[-1])), (-1.25, 1.25), *room, x_title=Formula("t"), x_ticks=(),
                         y_ticks=(-1, 1), corner=True, tick_size=style.LABEL_SIZE)  # fmt: skip
            small.move_to(place.at(0.5, 0.36))
            data = Curve(small, at("ugly.t"), at("ugly.y"), style.LABEL, style.LINE)
            said = Curve(small, at("ugly.t"), self.trace.at(f"{name}.output", 0), colour, style.LINE)
            told = VGroup(
                Formula("w =", style.NUMBER_SIZE, colour),
                Readout(self.trace.at(f"{name}.m", 0), ".3f", style.NUMBER_SIZE, colour),
                Text("loss", style.NUMBER_SIZE, style.LABEL),
                Readout(self.trace.at(f"{name}.cost", 0), style.LOSS_FORMAT, style.NUMBER_SIZE),
            )  # fmt: skip
            row(*told, gap=0.16)
            told[2:].shift(0.4 * RIGHT)
            panels.append(VGroup(small, data, said, told.move_to(place.at(0.5, 0.88))))
        return plots, panels
