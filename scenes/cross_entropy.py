"""Chapter 1: how wrong a belief is, as one number. Draws step 0 of the trace `cities3` and the curve -ln p."""

from __future__ import annotations

import numpy as np
from manim import (
    LEFT,
    RIGHT,
    UP,
    Create,
    FadeIn,
    GrowFromEdge,
    LaggedStart,
    TransformFromCopy,
    ValueTracker,
    VGroup,
    there_and_back,
)

from engine.trace import Reading
from scenes import style
from scenes.atlas import Task
from scenes.layout import CAPTION_STRIP, SAFE, Region
from scenes.parts.bars import LengthBar, ProbabilityBars
from scenes.parts.curve import Curve, Marker
from scenes.parts.plane import plane_on
from scenes.parts.readout import Readout, rounded_box
from scenes.parts.typesetting import Formula, Text, row
from scenes.stage import TraceScene
from scenes.wording import percent

PICTURE = Region(SAFE.left, SAFE.right, CAPTION_STRIP.top, SAFE.top)
CHART, PANEL = PICTURE.columns(9.0, 4.2, gap=0.3)
LARGE = 1.25 * style.TITLE_SIZE
ROW = 0.66  # height of a bar with its name, units; less when there are many


class CrossEntropy(TraceScene):
    """Minus the logarithm of what the right answer got: small when right, huge when confidently wrong."""

    trace_name = "cities3"

    def construct(self) -> None:
        """A belief, the truth, the curve between them, and what it costs."""
        self.read()
        self.build_beliefs()
        self.build_plot()
        self.belief()
        self.truth()
        self.curve_of_costs()
        self.our_loss()
        self.better_and_worse()
        self.name_it()

    # -- what stands on the stage ------------------------------------------------------------------
    def read(self) -> None:
        """Step 0, and the recorded curve."""
        self.require("cross_entropy.p" in self.trace, "the curve -ln p: a run with a [worked] table")
        self.task = Task.of(self.trace)
        self.target = int(float(self.trace.at("target", 0)))
        self.probs, self.loss = self.trace.at("probs", 0), self.trace.at("loss", 0)
        self.ps, self.costs = self.trace.constant("cross_entropy.p"), self.trace.constant("cross_entropy.loss")
        self.name, self.colour = self.task.names[self.target], self.task.colours[self.target]

    def build_beliefs(self) -> None:
        """Bars of belief, and the truth as a column of noughts and a one."""
        names, colours = self.task.names, self.task.colours
        high = min(2.8, ROW * len(names))
        heads, beliefs, self.plot = CHART.rows(0.45, high, CHART.height - 0.65 - high, gap=0.1)
        size = style.BODY_SIZE if len(names) <= 4 else style.LABEL_SIZE
        bars = Region(beliefs.left, beliefs.right - 0.75, beliefs.bottom, beliefs.top)  # right of them: the truth
        self.beliefs = ProbabilityBars(
            names, colours, bars.width, bars.height, number_format=".4f", label_size=size, number_size=size
        )
        self.beliefs.shift(bars.center).show(self.probs)
        across = beliefs.right - 0.25
        truth = self.trace.at("y", 0)
        self.truths = [
            Readout(truth[k], "d", size, colour).centre_on(
                np.array([across, self.beliefs.numbers[k].get_center()[1], 0])
            )
            for k, colour in enumerate(colours)
        ]
        for number, name in zip(self.truths, names, strict=True):
            number.role = name  # for `reel check`
        level = heads.center[1]
        self.head_belief = Formula("hat(y)", style.BODY_SIZE, style.LABEL)
        self.head_belief.centre_on(np.array([self.beliefs.numbers[0].get_center()[0], level, 0]))
        self.head_truth = Formula("y", style.BODY_SIZE, style.LABEL).centre_on(np.array([across, level, 0]))

    def build_plot(self) -> None:
        """Axes whose scale of p lies exactly below the bars' tracks, the curve, and the formula beside it."""
        track = self.beliefs.tracks[self.target]
        left, right = float(track.get_left()[0]), float(track.get_right()[0])
        box = Region(left, right, self.plot.bottom + 0.5, self.plot.top - 0.6)
        top = 1.05 * float(np.max(self.costs.value))
        self.axes = plane_on(
            box,
            (0, 1),
            (0, top),
            x_title=Formula("p", style.TITLE_SIZE),
            y_title=Formula("-ln p", style.TITLE_SIZE),
            corner=True,
            tick_size=style.LABEL_SIZE,
            y_ticks=4,
        )
        self.curve = Curve(self.axes, self.ps, self.costs, style.LOSS, 4.0)
        self.fallen = LengthBar(stroke_width=0, fill_color=self.colour, fill_opacity=1)
        self.dot = Marker(self.axes, self.colour, feet=True, radius=0.1)
        self.formula = Formula("{{ L : loss }} = {{ -ln : log }} {{ p : p }}", LARGE)
        self.formula.move_to(PANEL.at(0.5, 0.62))
        self.p_number = Readout(self.probs[self.target], ".4f", LARGE, self.colour)
        self.cost_number = Readout(self.loss, style.LOSS_FORMAT, LARGE, style.LOSS)
        for part in (*self.dot, self.p_number):
            part.role = self.name  # for `reel check`
        self.p_row = VGroup(Formula("p =", LARGE), self.p_number)
        self.cost_row = VGroup(Formula("L =", LARGE), self.cost_number)
        for line, up in ((self.cost_row, 0.22), (self.p_row, 0.36)):
            row(*line, gap=0.25)
            line.move_to(PANEL.at(0.5, up))
        self.p_row.shift([self.cost_row[0].get_right()[0] - self.p_row[0].get_right()[0], 0, 0])

    def stand_at(self, p: Reading, cost: Reading) -> None:
        """Bar, dot and numbers at one point of the curve."""
        self.dot.show(p, cost)
        self.fallen.credit(p)
        start, end = self.axes.point(0, 0), self.axes.point(float(p), 0)
        thick = 0.5 * self.beliefs.thickness
        length = max(1e-3, float(end[0] - start[0]))
        self.fallen.points = rounded_box(length, thick, 0.04) + (start + end) / 2 + [0, thick / 2 + 0.015, 0]
        self.p_number.show(p)
        self.cost_number.show(cost)

    # -- beats -------------------------------------------------------------------------------------
    def belief(self) -> None:
        """The bars of the last scene."""
        bars = self.beliefs
        block = VGroup(bars, self.head_belief, self.head_truth, *self.truths)
        self.home = block.get_center()
        block.move_to(PICTURE.center)
        with self.beat("belief", "This is what the model believes so far."):
            self.play(FadeIn(VGroup(*bars.tracks, *bars.names)), FadeIn(self.head_belief))
            grown = [GrowFromEdge(bar, LEFT) for bar in bars.bars if len(bar.points)]
            self.play(*grown, FadeIn(VGroup(*bars.numbers)))
            self.remove(*bars.get_family())
            self.add(bars)

    def truth(self) -> None:
        """One for the right city, nought for the others; then only the right one stays bright."""
        with self.beat(
            "truth",
            f"But we are in {self.name}. The right answer is a one for {self.name}, and nothing for the rest.",
            f"How wrong is the model? All that counts is what it gave to {self.name}.",
        ):
            self.play(FadeIn(self.head_truth))
            self.play(LaggedStart(*(FadeIn(number, shift=0.2 * LEFT) for number in self.truths), lag_ratio=0.3))
            self.wait(2.5)
            bars = self.beliefs
            rest = [k for k in range(len(self.truths)) if k != self.target]
            dim = [m for k in rest for m in (bars.names[k], bars.bars[k], bars.numbers[k], self.truths[k])]
            dim += [bars.tracks[k] for k in rest]
            self.play(*(mobject.animate.fade(1 - style.DIM) for mobject in dim))
            self.wait(1.2)
            block = VGroup(bars, self.head_belief, self.head_truth, *self.truths)
            self.play(block.animate(run_time=1.5).move_to(self.home))

    def curve_of_costs(self) -> None:
        """The curve grows from certainty to despair."""
        until = ValueTracker(0.0)
        self.curve.add_updater(lambda c: c.show(self.ps, self.costs, until.get_value()), call_updater=True)
        with self.beat(
            "curve",
            "Call that probability p, and take minus its logarithm.",
            "A right answer given for certain costs nothing; the smaller p, the steeper the price.",
        ):
            self.play(FadeIn(self.axes, shift=0.2 * UP))
            self.play(FadeIn(self.formula, shift=0.2 * UP))
            self.wait(0.5)
            self.add(self.curve)
            self.play(until.animate(run_time=4.0).set_value(len(self.ps) - 1))
        self.curve.clear_updaters()

    def our_loss(self) -> None:
        """The bar drops onto the scale of p; from its end up to the curve and across to the loss."""
        p, bars = self.probs[self.target], self.beliefs
        with self.beat(
            "our loss",
            f"{self.name} got {percent(float(p))}. From there up to the curve, and across:",
            f"a loss of {float(self.loss):.2f}.",
        ):
            self.stand_at(p, self.loss)
            self.play(TransformFromCopy(bars.bars[self.target], self.fallen, run_time=1.4))
            self.play(TransformFromCopy(bars.numbers[self.target], self.p_number), FadeIn(self.p_row[0]))
            self.play(Create(self.dot.foot), run_time=0.8)
            self.play(FadeIn(self.dot.dot, scale=2), run_time=0.4)
            self.play(Create(self.dot.arm), run_time=0.8)
            self.play(FadeIn(self.cost_row, shift=0.2 * RIGHT))
            self.remove(self.dot.foot, self.dot.arm, self.dot.dot, *self.p_row)
            self.add(self.dot, self.p_row)

    def better_and_worse(self) -> None:
        """Slide along the recorded curve: to nearly certain, to nearly nothing, and back."""
        place = ValueTracker(0.0)
        ps = np.asarray(self.ps.value)
        ours = int(np.argmin(np.abs(ps - float(self.probs[self.target]))))
        worst = len(ps) - 1
        place.set_value(float(ours))

        def follow(_: object) -> None:
            index = round(place.get_value())
            self.stand_at(self.ps[index], self.costs[index])

        with self.beat(
            "better and worse",
            "Had it been nearly sure of the right city, next to nothing to pay.",
            f"Had it given {self.name} only {percent(float(ps[worst]))}: a loss of {float(self.costs[worst]):.1f}.",
            "Being wrong is forgiven. Being wrong and certain is not.",
        ):
            self.dot.add_updater(follow)
            self.play(place.animate(run_time=2.5).set_value(round(0.02 * worst)))
            self.wait(1.6)
            self.play(place.animate(run_time=2.5).set_value(worst))
            self.wait(2.8)
            self.play(place.animate(run_time=1.5).set_value(ours))
            self.dot.clear_updaters()
            self.stand_at(self.probs[self.target], self.loss)

    def name_it(self) -> None:
        """Its name, and what training is for."""
        title = Text("cross-entropy", style.TITLE_SIZE).move_to(PANEL.at(0.5, 0.78))
        with self.beat("name", "This is the cross-entropy loss. All that training does is to make it small."):
            self.play(
                FadeIn(title, shift=0.2 * UP), VGroup(self.axes, self.curve, self.dot).animate.fade(1 - style.DIM)
            )
            self.wait(0.8)
            self.play(self.cost_number.animate(rate_func=there_and_back, run_time=1.6).scale(1.3))
            self.wait(style.PAUSE)
