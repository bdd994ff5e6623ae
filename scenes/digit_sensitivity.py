"""Chapter 3: two dials of the network turned in turn, and how far the cost answers. Draws the start of `digits`."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from manim import DOWN, LEFT, UP, Create, FadeIn, FadeOut, Line, ValueTracker, VGroup

from scenes import style
from scenes.digits_kit import PICTURE, DigitNet, DigitRun
from scenes.layout import Region
from scenes.parts.axes import Axes
from scenes.parts.curve import Curve, Marker
from scenes.parts.formula import grow_from
from scenes.parts.outlines import filled
from scenes.parts.polyline import joined
from scenes.parts.provenance import array
from scenes.parts.readout import Readout
from scenes.parts.ribbons import circle
from scenes.parts.typesetting import Formula, Text
from scenes.stage import TraceScene
from scenes.wording import capitalised

NET, LESSON = PICTURE.columns(6.0, 7.0, gap=0.5)
KNOBS, PLOT = LESSON.rows(2.0, 4.4, gap=0.15)
COLOURS = (style.GRADIENT, style.FORWARD)
TURN = 0.7 * np.pi  # radians of a knob for a nudge of 1


class Knob(VGroup):
    """A dial with a pointer; `show(nudge)` turns it, straight up at 0."""

    def __init__(self, colour: str, radius: float = 0.5) -> None:
        rim = filled(circle(radius), style.TRACK).set_stroke(colour, style.LINE)
        super().__init__(rim)
        self.rim, self.radius = rim, radius
        self.pointer = Line(0.35 * radius * UP, 0.85 * radius * UP, color=colour, stroke_width=style.STRONG)
        self.add(self.pointer)

    def show(self, nudge: float) -> None:
        """Point `nudge` turns to the right."""
        angle = np.pi / 2 - TURN * nudge
        out = np.array([np.cos(angle), np.sin(angle), 0.0]) * self.radius
        middle = self.rim.get_center()
        self.pointer.points = joined(np.array([middle + 0.35 * out, middle + 0.85 * out]))


class Sensitivity(TraceScene):
    """The gradient says which dial matters: two dials, turned alike, and the cost answers one much more."""

    trace_name = "digits"
    constants: ClassVar[dict[str, str]] = {"1": "number of a dial", "2": "number of a dial"}

    def construct(self) -> None:
        """Two components of the gradient; one dial, the other; both."""
        self.require(DigitRun.fits(self.trace), "handwritten digits and layers of at most 20 neurons")
        self.require("sensitivity.cost" in self.trace, "two dials that were turned")
        self.run = DigitRun(self.trace)
        self.build()
        self.gradient()
        self.turn(0)
        self.turn(1)
        self.compare()

    def build(self) -> None:
        """The network with the two wires; a knob and numbers for each; the cost over the nudge."""
        of = self.trace.constant
        self.slopes, self.costs, self.nudges = (
            of("sensitivity.gradient"),
            of("sensitivity.cost"),
            of("sensitivity.nudge"),
        )
        self.zero = int(np.abs(array(self.nudges)).argmin())
        self.net = DigitNet(self.run, Region(NET.left, NET.right, NET.bottom + 0.25, NET.top))
        self.net.show(0)
        layer = int(float(of("sensitivity.layer"))) // 2 + 1
        places = array(of("sensitivity.places")).astype(int)
        weights = self.trace.at(self.run.weight(layer), 0)
        self.wires = [self.net.wire(layer, int(to), int(source)) for to, source in places]
        for wire, colour, (to, source) in zip(self.wires, COLOURS, places, strict=True):
            wire.set_stroke(colour, 1.3 * style.STRONG)
            wire.credit(weights, int(to), int(source))
        self.knobs, self.names, self.parts = [], [], []
        self.turned = [ValueTracker(0.0), ValueTracker(0.0)]
        self.drawn = [ValueTracker(0.0), ValueTracker(0.0)]  # samples of each curve that have been visited
        for i, colour in enumerate(COLOURS):
            knob = Knob(colour).move_to(KNOBS.at(0.12 + 0.5 * i, 0.5))
            name = Formula(f"(partial C) / (partial w_{i + 1}) =", style.LABEL_SIZE, colour)
            slope = Readout(self.slopes[i], "+.4f", style.LABEL_SIZE, colour)
            name.next_to(knob, buff=0.3)
            slope.next_to(name, buff=0.12)
            slope.set_y(name.get_center()[1])
            letter = Formula(f"w_{i + 1}", style.BODY_SIZE, colour).next_to(knob, DOWN, buff=0.12)
            self.knobs.append(knob)
            self.names.append(VGroup(name, slope))
            self.parts.append(letter)
        costs = array(self.costs)
        rim = 0.08 * (costs.max() - costs.min())
        self.axes = Axes(
            (-1.0, 1.0), (float(costs.min() - rim), float(costs.max() + rim)), PLOT.width - 0.2, PLOT.height - 0.1,
            x_title="turn", y_title="cost", corner=True, x_ticks=(-1, -0.5, 0, 0.5, 1), y_ticks=4,
        ).move_to(PLOT.center)  # fmt: skip
        self.curves = [Curve(self.axes, self.nudges, self.costs[i], COLOURS[i], 4.0) for i in (0, 1)]
        self.markers = [Marker(self.axes, colour, radius=0.1) for colour in COLOURS]

    def sample(self, i: int) -> int:
        """Number of the recorded nudge nearest to where knob i is turned."""
        return int(np.abs(array(self.nudges) - self.turned[i].get_value()).argmin())

    def show(self, i: int) -> None:
        """Knob i, its place on its curve, and as much of that as has been visited."""
        at = self.sample(i)
        self.knobs[i].show(self.turned[i].get_value())
        self.markers[i].show(self.nudges[at], self.costs[i, at])
        self.curves[i].show(self.nudges, self.costs[i], self.drawn[i].get_value())

    def gradient(self) -> None:
        """Two of very many numbers, and the wires they belong to."""
        count = self.run.weights + self.run.biases
        with self.beat(
            "gradient",
            f"The gradient is a list of {count:,} slopes, one for each dial. How does one read it?",
            "Take two of them, from the same layer.",
            "The sign says which way to turn. The size says how much that dial matters.",
        ):
            self.play(*(FadeIn(w) for w in self.net.wires), FadeIn(self.net.strip), FadeIn(self.net.columns),
                      FadeIn(self.net.names), run_time=style.CHANGE)  # fmt: skip
            self.wait(style.CHANGE)
            self.play(*(w.animate.set_opacity(style.DIM) for w in self.net.wires), *(Create(w) for w in self.wires))
            for i in (0, 1):
                self.play(grow_from(self.wires[i], self.knobs[i].pointer), FadeIn(self.knobs[i].rim), run_time=1.2)
                self.add(self.knobs[i])
                self.play(FadeIn(self.parts[i]), FadeIn(self.names[i], shift=0.2 * LEFT), run_time=style.CHANGE)

    def turn(self, i: int) -> None:
        """Knob i goes to and fro, and its curve is drawn."""
        lines = (
            ("Turn the first, and nothing else: by up to one either way, and measure the mean cost.",
             "It answers clearly."),
            ("Back to where it was. Now the second, by just as much.", "The cost hardly notices."),
        )[i]  # fmt: skip
        with self.beat(("first dial", "second dial")[i], *lines):
            if i == 0:
                self.play(FadeIn(self.axes), run_time=style.CHANGE)
            else:
                self.play(self.curves[0].animate.set_stroke(opacity=style.DIM), FadeOut(self.markers[0]))
            self.show(i)
            self.play(FadeIn(self.markers[i], scale=2.0), run_time=style.BRISK)
            moving = VGroup(self.curves[i], self.knobs[i], self.markers[i])
            moving.add_updater(lambda _: self.show(i))
            self.add(moving)
            tracker = self.turned[i]
            self.play(tracker.animate.set_value(-1.0), run_time=1.2)
            self.play(
                tracker.animate(rate_func=lambda t: t).set_value(1.0),
                self.drawn[i].animate(rate_func=lambda t: t).set_value(float(len(self.nudges) - 1)),
                run_time=2.5,
            )  # fmt: skip
            self.wait(style.BRISK)
            self.play(tracker.animate.set_value(0.0), run_time=1.2)
            moving.clear_updaters()
            self.remove(moving)
            self.add(self.curves[i], self.knobs[i], self.markers[i])

    def compare(self) -> None:
        """The ratio of the two slopes."""
        ratio = self.trace.constant("sensitivity.ratio")
        times = round(float(ratio))
        number = Readout(ratio, ".1f", 1.4 * style.TITLE_SIZE, style.HIGHLIGHT, whole=2)
        words = Text("times as steep", style.BODY_SIZE, style.LABEL)
        words.next_to(number, buff=0.25)
        words.shift([0, number.baseline - words.baseline, 0])
        block = VGroup(number, words)
        room = self.axes.point(0.0, float(array(self.costs).max()))
        block.move_to([self.axes.point(0.45, 0)[0], room[1] - 0.1, 0])
        kind = "steep" if times > 0 else "steep the other way"
        with self.beat(
            "ratio",
            capitalised(f"at this place, the first slope is {abs(times)} times as {kind} as the second."),
            f"A small turn of the first dial does {abs(times)} times as much to the cost.",
            "So that is where the effort goes: each dial is turned in proportion to its slope.",
        ):
            self.play(self.curves[0].animate.set_stroke(opacity=1.0), FadeIn(self.markers[0]))
            self.play(*(grow_from(names[1], number) for names in self.names), run_time=1.5)
            self.play(FadeIn(words, shift=0.2 * LEFT))
            self.wait(style.CHANGE)
            self.wait(3.4)
            self.turn_both()
            self.wait(style.PAUSE)

    def turn_both(self) -> None:
        """Both dials downhill, each in proportion to its slope; the dots go where the cost was recorded."""
        slopes = array(self.slopes)
        moving = VGroup(*self.curves, *self.knobs, *self.markers)
        for i in (0, 1):
            moving.add_updater(lambda _, i=i: self.show(i))
        self.add(moving)
        goals = -slopes / np.abs(slopes).max()
        turns = [tracker.animate.set_value(float(goal)) for tracker, goal in zip(self.turned, goals, strict=True)]
        self.play(*turns, run_time=3.5)
        moving.clear_updaters()
