"""Chapter 1: a slope measured by nudging, and what that would cost. Draws samples that `cities3` keeps of step 0."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from manim import (
    LEFT,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    FadeTransform,
    Group,
    Restore,
    Transform,
    TransformFromCopy,
    ValueTracker,
    VGroup,
    VMobject,
    there_and_back,
)

from engine.trace import Reading
from scenes import style
from scenes.atlas import Task
from scenes.layout import CAPTION_STRIP, SAFE, Region
from scenes.parts.field import CountField
from scenes.parts.network import NetworkDiagram
from scenes.parts.outlines import filled
from scenes.parts.polyline import joined
from scenes.parts.readout import Readout, plate, rounded_box
from scenes.parts.tally import Tally
from scenes.parts.typesetting import Formula, fitted
from scenes.slope_chart import Nudge, SlopeChart
from scenes.stage import TraceScene
from scenes.wording import number_word

PICTURE = Region(SAFE.left, SAFE.right, CAPTION_STRIP.top, SAFE.top)
CHART, PANEL = PICTURE.columns(7.4, 5.6, gap=0.6)
NETWORK, TABLE = PANEL.rows(3.1, 3.3, gap=0.15)
FEW = 8  # parameters that still fly to their squares one by one
FIELD = 5.9  # side of the field of parameters
TINTS = (style.FORWARD, style.POSITIVE, style.NEURON)  # of the three models compared
MODELS = ("this model", "a network for digits", "Llama 3.2 1B")


class NumericalSlope(TraceScene):
    """A slope can be measured by nudging, but that costs one run of the model for every parameter."""

    trace_name = "cities3"
    constants: ClassVar[dict[str, str]] = {
        "3.2": "part of a model's name",
        "1": "part of a model's name (1B)",
        "2.140": "what others print",
    }

    def construct(self) -> None:
        """One nudge, its slope, the slope as the nudge shrinks; then all parameters, of models small and large."""
        self.require("slope.nudges" in self.trace, "a weight that is nudged: a run with a [worked] table")
        self.task = Task.of(self.trace)
        self.build_network()
        self.build_chart()
        self.nudge()
        self.slope()
        self.shrink()
        self.one_run_each()
        self.more_and_more()
        self.all_at_once()

    # -- what stands on the stage ------------------------------------------------------------------
    def build_network(self) -> None:
        """The model, its one spoken-of wire, and the table of what nudging costs."""
        task, grads = self.task, self.trace.at("grads.layers.0.weight", 0)
        labels = [Formula("x")] if len(task.features) == 1 else list(task.features)
        self.network = NetworkDiagram(
            [len(labels), len(task.names)], NETWORK.width, NETWORK.height, biases=True, input_labels=labels,
            output_labels=task.names, output_colours=task.colours, wire_colour="plain", fills=[None, None],
            label_size=style.BODY_SIZE, gradient_scale=float(np.abs(grads.value).max()), bar_rule="root",
        ).shift(NETWORK.center)  # fmt: skip
        network = self.network
        network.show(weights=[self.trace.at("layers.0.weight", 0)], biases=[self.trace.at("layers.0.bias", 0)])
        row, column = (int(v) for v in np.asarray(self.trace.constant("slope.place").value))
        self.city, self.wire = task.names[row], network.wires[0, row, column]
        start = self.trace.at("layers.0.weight", 0)[row, column]
        self.weight_number = Readout(start, style.PARAMETER, style.BODY_SIZE, style.FORWARD)
        self.weight_number.move_to(network.wire_point(0, row, column, 0.5))
        self.weight_number.constant = "between two recorded weights, on its way"  # for `reel check`
        self.weight_plate = plate(self.weight_number, 0.05, 1.0)
        self.counts = self.trace.constant("counts.forward_passes")
        self.parameters = self.trace.constant("counts.parameters")
        self.tally = Tally("runs of the model for one gradient", MODELS, TINTS, TABLE.width, 2.5)
        for number in self.tally.counts:
            number.constant = "counting up to a recorded number"  # for `reel check`
        self.tally.move_to([TABLE.center[0], TABLE.top - 1.25, 0])

    def build_chart(self) -> None:
        """The chart, and three rows that tell of its secant."""
        escaped = self.city.replace('"', "'")
        self.chart = SlopeChart(self.trace, CHART, Formula(f'm_"{escaped}"', style.TITLE_SIZE, style.TEXT))
        size = 1.1 * style.TITLE_SIZE
        self.labels = [Formula(f"{source} =", size) for source in ("Delta m", "Delta L", "(Delta L) / (Delta m)")]
        self.numbers = [Readout(0.0, spec, size, signed=True) for spec in (".5f", "+.5f", "+.4f")]
        edge = TABLE.at(0.5, 0)[0]
        for label, number, up in zip(self.labels, self.numbers, (0.82, 0.55, 0.2), strict=True):
            level = np.array([0, TABLE.at(0, up)[1], 0])
            label.shift([edge - label.get_right()[0], level[1] - label.get_center()[1], 0])
            number.centre_on(np.array([edge + 0.2, level[1], 0]), LEFT)
        self.__dict__["transforms"] = self.chart.transforms  # for `reel check`: they need this trace's own numbers
        self.rows = [VGroup(label, number) for label, number in zip(self.labels, self.numbers, strict=True)]
        self.place = ValueTracker(float(self.chart.first))

    def tell(self, nudge: Nudge) -> None:
        """Put one nudge into the rows."""
        for number, reading in zip(self.numbers, (nudge.step, nudge.change, nudge.slope), strict=True):
            number.show(reading)

    # -- beats: one slope --------------------------------------------------------------------------
    def nudge(self) -> None:
        """One weight is moved a little; the loss answers."""
        chart, first = self.chart, self.chart.nudges[self.chart.first]
        fell = "falls" if first.loss < float(chart.loss) else "rises"
        with self.beat(
            "nudge",
            f"Should this m, the one of {self.city}, be larger or smaller? Just try.",
            f"Nudge it from {float(chart.start):g} to {first.to:g} and run the model again: "
            f"the loss {fell} from {float(chart.loss):.2f} to {first.loss:.2f}.",
        ):
            self.play(FadeIn(self.network), FadeIn(chart.axes))
            self.wire.save_state()
            self.play(
                self.wire.animate.set_stroke(style.FORWARD, style.STRONG),
                FadeIn(self.weight_plate, self.weight_number),
                FadeIn(chart.here, scale=2),
            )
            self.before = _beside(
                Readout(chart.loss, style.LOSS_FORMAT, style.BODY_SIZE), chart.here.dot, 1.0, first.slope
            )
            self.play(FadeIn(self.before))
            self.wait(1.5)
            self.go_there(first)

    def go_there(self, nudge: Nudge) -> None:
        """A second dot leaves the first one along the curve, to where the nudge leads."""
        chart, way = self.chart, ValueTracker(0.0)
        start = float(chart.start)
        chart.secant.line.set_stroke(opacity=0)

        def follow(_: object) -> None:
            weight = start + way.get_value() * (nudge.to - start)
            chart.secant.show(start, float(chart.loss), weight, chart.loss_at(weight))
            self.weight_number.show(weight)

        chart.secant.add_updater(follow, call_updater=True)
        self.add(chart.secant, chart.here)
        self.play(way.animate(run_time=1.6).set_value(1.0))
        chart.secant.clear_updaters()
        chart.stand_at(chart.first)
        self.weight_number.show(nudge.weight)
        after = self.trace.constant("slope.nudged_loss")[0]
        self.after = _beside(
            Readout(after, style.LOSS_FORMAT, style.BODY_SIZE, style.FORWARD), chart.secant.dots[1], -1.0, nudge.slope
        )
        self.play(FadeIn(self.after))

    def slope(self) -> None:
        """The change of the loss over the nudge is a slope."""
        chart = self.chart
        first = chart.nudges[chart.first]
        self.tell(first)
        slope = float(first.slope)
        with self.beat(
            "slope",
            f"The change of the loss, divided by the nudge: a slope of {'minus ' if slope < 0 else ''}"
            f"{abs(slope):.2f}.",
            f"Now we know the way: {'up' if slope < 0 else 'down'} with m, down with the loss.",
        ):
            for row in self.rows:
                self.play(FadeIn(row, shift=0.2 * UP), run_time=0.8)
            self.play(chart.secant.line.animate.set_stroke(opacity=1))

    def shrink(self) -> None:
        """A larger nudge misses the curve; a smaller one, seen ever nearer, ends in the tangent."""
        chart = self.chart
        self.place.set_value(chart.first)
        with self.beat(
            "shrink",
            "How good is it? The loss is a curve. With a large nudge, the line cuts right across.",
            "So make the nudge smaller and smaller, and look closer and closer.",
            "From near enough, the curve is straight.",
            f"The number that remains is the true slope, the derivative: {float(chart.gradient):.4f}.",
        ):
            self.play(FadeOut(self.before, self.after, self.weight_plate, self.weight_number), run_time=0.6)
            self.play(Create(chart.curve.line, run_time=1.5))
            self.remove(chart.curve.line)
            self.add(chart.curve, chart.secant, chart.here)
            chart.secant.add_updater(lambda _: self.tell(chart.stand_at(self.place.get_value())))
            self.play(self.place.animate(run_time=2.2).set_value(0))
            self.wait(0.8)
            self.play(self.place.animate(run_time=1.4).set_value(chart.first))
            marks = VGroup(chart.axes.ticks, chart.axes.x_numbers, chart.axes.y_numbers)
            marks.save_state()
            self.play(marks.animate.set_opacity(0), run_time=0.6)
            self.play(self.place.animate(run_time=6.0).set_value(len(chart.nudges) - 1))
            chart.secant.clear_updaters()
            self.settle()
            self.wait(0.5)
            self.move_back(marks)
            self.wait(0.6)

    def settle(self) -> None:
        """The secant turns into the tangent, the difference quotient into the derivative."""
        chart, size = self.chart, self.numbers[2].em * 96
        label = Formula("(partial L) / (partial m) =", size, style.GRADIENT)
        label.shift(self.labels[2].get_critical_point(RIGHT) - label.get_critical_point(RIGHT))
        exact = Readout(chart.gradient, "+.4f", size, style.GRADIENT, signed=True).move_to(self.numbers[2])
        self.play(
            FadeTransform(chart.secant.line, chart.tangent),
            FadeOut(chart.secant.run, chart.secant.rise, *chart.secant.dots),
            Transform(self.labels[2], label),
            FadeTransform(self.numbers[2], exact),
            FadeOut(*self.rows[:2]),
        )
        self.remove(chart.secant)
        self.derivative = VGroup(self.labels[2], exact)
        self.play(self.derivative.animate.move_to(TABLE.at(0.5, 0.6)))
        if f"{float(chart.gradient):.4f}" == "-2.1486":  # the worked example that others have told
            note = fitted(
                "elsewhere given as −2.140: there ŷ was rounded first", TABLE.width, style.LABEL_SIZE, style.LABEL
            )
            note.move_to(TABLE.at(0.5, 0.25))
            self.play(FadeIn(note), run_time=style.BRISK)
            self.derivative.add(note)

    def move_back(self, marks: VGroup) -> None:
        """Away from the curve again, the tangent with us."""
        chart, far = self.chart, ValueTracker(0.0)
        nearest = math.log(chart.scale_of(len(chart.nudges) - 1))
        chart.curve.add_updater(lambda _: chart.see(math.exp(nearest * (1 - far.get_value()))))
        self.play(far.animate(run_time=2.5).set_value(1.0))
        chart.curve.clear_updaters()
        self.play(marks.animate.restore(), run_time=0.6)

    # -- beats: all slopes -------------------------------------------------------------------------
    def one_run_each(self) -> None:
        """Every parameter of this model is nudged in turn; each becomes a square of the field."""
        count, runs = int(float(self.parameters[0])), int(float(self.counts[0]))
        chart = self.chart
        with self.beat(
            "one run each",
            "That was one slope, and it took one more run of the model.",
            f"This model has {number_word(count)} parameters. One run as it is, one for each nudge: "
            f"{number_word(runs)} runs.",
        ):
            gone = VGroup(self.derivative, chart.axes, chart.curve, chart.here, chart.tangent)
            self.play(FadeOut(gone), Restore(self.wire))
            self.field = CountField([int(n) for n in np.asarray(self.parameters.value)], TINTS, FIELD)
            self.field.move_to([CHART.center[0], PICTURE.center[1], 0])
            self.tally.counts[0].show(1)
            self.play(FadeIn(self.tally.title), FadeIn(self.tally.row(0), shift=0.2 * UP))
            self.nudge_all(count)

    def nudge_all(self, count: int) -> None:
        """Wire after wire flashes, a square appears, the count goes up."""
        wires: list[VMobject] = [*self.network.wires.values(), *self.network.stubs.values()]
        pitch = self.field.width / self.field.columns
        squares = VGroup()
        for i in range(count):
            square = filled(rounded_box(0.82 * pitch, 0.82 * pitch, 0.0), style.FORWARD).move_to(self.field.cell(i))
            squares.add(square)
            wire, spark = wires[i % len(wires)], filled(rounded_box(0.1, 0.1, 0.0), style.FORWARD)
            self.tally.counts[0].show(i + 2)
            self.play(
                wire.animate(rate_func=there_and_back).set_stroke(style.FORWARD, style.STRONG),
                TransformFromCopy(spark.move_to(wire), square) if count <= FEW else FadeIn(square, scale=0.5),
                run_time=4.2 / count,
            )
        self.tally.counts[0].show(self.counts[0])
        self.remove(*squares)
        self.field.show(float(self.field.columns), 0.0)
        self.add(self.field)

    def more_and_more(self) -> None:
        """The field is seen from farther and farther away: two larger models."""
        sizes = [int(n) for n in np.asarray(self.parameters.value)]
        days = float(self.counts[2]) / 1000 / 86_400
        with self.beat(
            "more and more",
            f"A small network that reads digits has {sizes[1]:,} parameters: as many runs, and one.",
        ):
            self.zoom_to(1, 4.0)
        with self.beat(
            "a language model",
            f"A small language model has {sizes[2] / 1e9:.1f} billion. The digits are now a speck in the corner.",
            f"At a thousand runs a second: {days:.0f} days, for one single step.",
        ):
            self.zoom_to(2, 6.0)
            self.play(FadeIn(self.speck(), shift=0.2 * UP))

    def zoom_to(self, block: int, seconds: float) -> None:
        """Move away until one more block fills the field, while its runs are counted."""
        field, count = self.field, self.tally.counts[block]
        sides = np.log([field.block_side(block - 1), field.block_side(block)])
        way = ValueTracker(0.0)

        def follow(_: object) -> None:
            side = math.exp(sides[0] + way.get_value() * (sides[1] - sides[0]))
            field.show(side, min(1.0, 8 * way.get_value()) if block == 1 else 1.0)
            runs = self.counts[block]
            done = way.get_value() >= 1
            count.show(runs if done else int(side * side) + 1)

        follow(None)
        self.play(FadeIn(self.tally.row(block), shift=0.2 * UP), run_time=0.6)
        field.add_updater(follow)
        self.play(way.animate(run_time=seconds).set_value(1.0))
        field.clear_updaters()

    def speck(self) -> VGroup:
        """A word below the field, and a line to the corner in which the smaller models have vanished."""
        corner = self.field.points[2]
        word = fitted(f"{MODELS[1]}: this corner", FIELD - 0.4, style.LABEL_SIZE, TINTS[1])
        word.centre_on(corner + np.array([0.35, -0.22, 0]), LEFT)
        line = VMobject(stroke_color=TINTS[1], stroke_width=style.LINE)
        bend = np.array([[0.02, -0.02, 0.0], [0.12, -0.22, 0.0], [0.27, -0.22, 0.0]])
        line.points = joined(corner + bend)
        self.word = VGroup(line, word)
        return self.word

    def all_at_once(self) -> None:
        """Backpropagation: all bars at once, and a row that does not depend on the model's size."""
        network, at = self.network, self.trace.at
        network.show(weight_gradients=[at("grads.layers.0.weight", 0)], bias_gradients=[at("grads.layers.0.bias", 0)])
        line = fitted("backpropagation: one run, and one back", CHART.width, style.TITLE_SIZE, style.GRADIENT)
        line.move_to(CHART.at(0.5, 0.08))
        home = CHART.at(0.5, 0.58)
        bars = VGroup(*(bar for bar in network.bar_group if len(bar.points))).set_fill(opacity=0)
        with self.beat(
            "all at once",
            "Backpropagation gets every slope at once, from one run and one walk back through it.",
            "However large the model. How that is possible is the rest of this chapter.",
        ):
            self.play(FadeOut(Group(self.field, self.word)), self.tally.animate.fade(1 - style.DIM))
            scale = CHART.width / network.width
            self.play(network.animate(run_time=1.5).scale(scale).move_to(home))
            self.play(bars.animate.set_fill(opacity=style.BAR_OPACITY), FadeIn(line, shift=0.2 * UP), run_time=1.5)
            self.wait(style.PAUSE)


def _beside(number: Readout, dot: VMobject, up: float, slope: Reading) -> Readout:
    """Put a number above (1) or below (-1) a dot, on the side that a line of that slope through it leaves free."""
    side = up if float(slope) < 0 else -up
    place = dot.get_center() + np.array([side * (0.25 + number.width / 2), 0.28 * up, 0])
    return number.move_to(place)
