"""Numbers that are not the trace's are caught: a step off, rounded, a swapped index, typed in. Sound ones are not."""

import dataclasses

import numpy as np
import pytest
from checking import kinds, report_of
from hypothesis import given
from hypothesis import strategies as st
from manim import DOWN, UP
from manim import Text as PangoText

from engine.trace import Reading
from scenes import style
from scenes.parts.bars import ProbabilityBars
from scenes.parts.counter import StepCounter
from scenes.parts.network import NetworkDiagram
from scenes.parts.readout import NumberFormat, Readout
from scenes.parts.sparkline import Sparkline
from scenes.parts.typesetting import Formula, Text
from scenes.stage import TraceScene
from studio.check.digits import numbers_in
from studio.check.provenance import says

NAMES, COLOURS = ["Madrid", "Paris", "Berlin"], style.CLASS_COLOURS[:3]


class Sound(TraceScene):
    """Readouts, bars, a network, a sparkline and a counter over eight steps; ways to spoil them in subclasses."""

    trace_name = "cities3"
    constants = {"1986": "the year of the paper", "3": "cities"}  # noqa: RUF012

    def construct(self):
        self.next_section("run")
        self.loss = Readout(0.0, ".4f", whole=2).shift(UP * 2)
        self.certain = Readout(0.0, ".1%", whole=3).shift(UP * 3)
        self.bars = ProbabilityBars(NAMES, COLOURS).move_to([-4, 1, 0])
        self.net = NetworkDiagram([1, 3], 4, 3, biases=True, weight_format="+.3f", neuron_formats="+.2f",
                                  output_colours=COLOURS).move_to([4, 0, 0])  # fmt: skip
        mean = self.trace.history("loss_all")
        self.line = Sparkline(mean, 4, 1.2, title="loss", log=True).move_to([-4, -2, 0])
        self.counter = StepCounter(400).move_to([0, -3, 0])
        self.add(Text("1986, for 3 cities", style.LABEL_SIZE).shift(DOWN * 1))
        self.follow(self.loss, lambda step: self.loss.show(self.loss_at(step)))
        self.follow(self.certain, lambda step: self.certain.show(self.trace.at("probs", step).through("max", np.max)))
        self.follow(self.bars, lambda step: self.bars.show(self.beliefs_at(step)))
        self.follow(self.net, self.show_net)
        self.follow(self.line, lambda step: self.line.show(step, self.trace.at("loss_all", step)))
        self.follow(self.counter, self.counter.show)
        self.add(self.loss, self.certain, self.bars, self.net, self.line, self.counter)
        self.run_steps(8, 8.0)

    def loss_at(self, step):
        return self.trace.at("loss", step)

    def beliefs_at(self, step):
        return self.trace.at("probs", step)

    def show_net(self, step):
        at = self.trace.at
        self.net.show(activations=[at("x", step), at("logits", step)], weights=[at("layers.0.weight", step)],
                      biases=[at("layers.0.bias", step)])  # fmt: skip


def test_what_the_trace_says_is_no_fault(traces):
    report = report_of(Sound, {"cities3": traces / "cities3"})
    assert report.findings == []
    assert report.states >= 8


class OneStepLate(Sound):
    def loss_at(self, step):
        return self.trace.at("loss", max(0, step - 1))


class OneStepLateAndLying(Sound):
    """Says it is this step's, but has the next one's value: the trace itself tells."""

    def loss_at(self, step):
        later = self.trace.at("loss", step + 1)
        return Reading(later.value, dataclasses.replace(later.source, step=step))


class Rounded(Sound):
    def loss_at(self, step):
        loss = self.trace.at("loss", step)
        return Reading(round(float(loss), 2), loss.source)


class CutOff(Sound):
    """Shows the digits before the cut instead of rounding."""

    def construct(self):
        show = Readout.show

        def cut(readout, value):
            show(readout, value)
            if readout is getattr(self, "loss", None):
                readout.shown_text = f"{np.floor(float(value) * 1e4) / 1e4:.4f}"
            return readout

        Readout.show = cut
        try:
            super().construct()
        finally:
            Readout.show = show


class WrongIndex(Sound):
    """Shows one element and says it is another."""

    def beliefs_at(self, step):
        beliefs = self.trace.at("probs", step)
        first, second, third = (beliefs[i] for i in range(3))
        return [first, Reading(third.value, second.source), third]


class Swapped(Sound):
    """Each number is what it says, but Paris and Berlin have changed places."""

    def beliefs_at(self, step):
        beliefs = self.trace.at("probs", step)
        return [beliefs[0], beliefs[2], beliefs[1]]


class Transposed(Sound):
    def show_net(self, step):
        weight = self.trace.at("layers.0.weight", step)
        self.net.show(weights=[[[weight[2, 0]], [weight[1, 0]], [weight[0, 0]]]])


class Typed(Sound):
    def loss_at(self, step):
        return 2.4506 - 0.1 * step


class AnotherTrace(Sound):
    def loss_at(self, step):
        loss = self.trace.at("loss", step)
        return Reading(loss.value, dataclasses.replace(loss.source, trace="elsewhere"))


class UnknownTransform(Sound):
    def loss_at(self, step):
        return self.trace.at("loss", step).through("halved", lambda v: v / 2)


class WrongCounter(Sound):
    def construct(self):
        self.follow = lambda part, show: TraceScene.follow(
            self, part, (lambda step: part.show(step + 1)) if isinstance(part, StepCounter) else show
        )
        super().construct()


@pytest.mark.parametrize(
    ("scene", "reason"),
    [
        (OneStepLate, "while step"),
        (OneStepLateAndLying, "which is"),
        (Rounded, "which is"),
        (CutOff, "shows"),
        (WrongIndex, "which is"),
        (Swapped, "order is not the array's"),
        (Transposed, "order is not the array's"),
        (Typed, "carries no reading"),
        (AnotherTrace, "none of the scene's"),
        (UnknownTransform, "is unknown"),
        (WrongCounter, "shows step"),
    ],
    ids=lambda x: getattr(x, "__name__", None),
)
def test_a_planted_number_is_caught(traces, scene, reason):
    report = report_of(scene, {"cities3": traces / "cities3"})
    assert kinds(report) == {"number"}
    assert all(reason in finding.what for finding in report.findings)


class Declared(Sound):
    """The same that are faults above, each declared for what it is."""

    transforms = {"halved": lambda v: v / 2}  # noqa: RUF012

    def construct(self):
        self.still = Readout(self.trace.at("loss", 5), ".3f").shift(DOWN * 2)
        self.still.stands_at = 5
        self.add(self.still)
        super().construct()

    def loss_at(self, step):
        return self.trace.at("loss", step).through("halved", lambda v: v / 2)

    def beliefs_at(self, step):
        self.bars.reordered = "sorted by belief"
        beliefs = self.trace.at("probs", step)
        return [beliefs[int(i)] for i in np.argsort(-np.asarray(beliefs.value))]


def test_declarations_are_believed(traces):
    assert report_of(Declared, {"cities3": traces / "cities3"}).findings == []


class StandsElsewhere(Declared):
    def construct(self):
        super().construct()
        self.still.stands_at = 4
        self.wait(0.2)


def test_but_only_as_far_as_they_go(traces):
    (finding,) = report_of(StandsElsewhere, {"cities3": traces / "cities3"}).findings
    assert finding.kind == "number"
    assert "step 4 is declared" in finding.what


class Digits(TraceScene):
    constants = {"1986": "a year", "10^(-3)": "the learning rate"}  # noqa: RUF012
    shown = ()

    def construct(self):
        self.next_section("digits")
        for line, mobject in enumerate(self.shown):
            self.add(mobject().shift(UP * (2 - line)))
        self.wait(0.3)


class DeclaredDigits(Digits):
    shown = (lambda: Text("In 1986"), lambda: Formula("w_12 = x_(3 4) + h_1^((L))"), lambda: Formula("10^(-3)"))


class Year(Digits):
    shown = (lambda: Text("In 1985"),)


class Exponent(Digits):
    shown = (lambda: Formula("(a - y)^2"),)


class ManimsOwn(Digits):
    shown = (lambda: PangoText("3 cities"),)


def test_declared_digits_are_fine():
    assert report_of(DeclaredDigits).findings == []


@pytest.mark.parametrize("scene", [Year, Exponent, ManimsOwn])
def test_other_digits_are_not(scene):
    assert kinds(report_of(scene)) == {"digits"}


@pytest.mark.parametrize(
    ("string", "formula", "numbers"),
    [
        ("In 1986, 13 002 dials", False, ["1986", "13", "002"]),
        ("13\u2009002", False, ["13\u2009002"]),
        ("1.2 billion, 99.98 %", False, ["1.2", "99.98"]),
        ("GPT2 and h1", False, []),
        ("x_1 + x_(12) + 2 y", True, ["2"]),
        ("10^(-3) #h(0.5em) x²", True, ["10", "3", "²"]),
    ],
)
def test_numbers_in_words(string, formula, numbers):
    assert numbers_in(string, formula) == numbers


@given(st.floats(-1e6, 1e6), st.sampled_from(["+.3f", ".4f", ".1%", ",d", "d", ".0f"]), st.integers(1, 7))
def test_the_house_rounds_as_the_check_reads(value, spec, whole):
    assert says(NumberFormat(spec, whole)(value), value)


@pytest.mark.parametrize(
    ("text", "value", "so"),
    [
        ("2.4506", 2.45061, True), ("2.4506", 2.4507, False), ("57.6%", 0.5761, True), ("57.6%", 0.5769, False),
        ("-1.25", -1.2499, True), ("1.25", -1.25, False), ("3e12", 3.2e12, True), ("3e12", 3.6e12, False),
        ("NaN", np.nan, True), ("NaN", 0.0, False), ("-∞", -np.inf, True), ("∞", -np.inf, False),
        ("13\u2009002", 13002, True), ("", 0.0, False), ("0.000", -0.0004, True),
    ],
)  # fmt: skip
def test_what_a_text_says(text, value, so):
    assert says(text, value) is so
