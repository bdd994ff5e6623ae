"""Chapter 1: the gradient of every parameter, ∂L/∂m = (ŷ − y)·x. Draws step 0 of the trace `cities3`."""

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
    ValueTracker,
    VGroup,
)

from scenes import style
from scenes.layout import CAPTION_STRIP, SAFE, Region
from scenes.parts.formula import Rewrite, grow_from, in_place, named, painted, stack
from scenes.parts.gradient_table import GradientTable
from scenes.parts.network import NetworkDiagram
from scenes.parts.readout import Readout, plate
from scenes.parts.slope_plot import SlopePlot
from scenes.parts.typesetting import Formula, Text, row
from scenes.stage import TraceScene
from scenes.worked import TRANSFORMS, WorkedStep

PICTURE = Region(SAFE.left, SAFE.right, CAPTION_STRIP.top, SAFE.top)
MODEL, STAGE = PICTURE.columns(6.6, 6.5, gap=0.4)
WIRES = Region(MODEL.left, MODEL.left + 4.7, MODEL.bottom, MODEL.top - 0.75)
PLOT, ALGEBRA = STAGE.rows(3.9, 2.4, gap=0.25)
LARGE = 1.3 * style.TITLE_SIZE
EQ, TIMES = named("eq", "="), named("times", "dot.op")


def chain_lines(i: int) -> tuple[str, str]:
    """∂L/∂m of neuron `i` as Typst: the chain rule, and both its factors filled in."""
    k = i + 1
    start = f"{named('d', f'(partial L) / (partial m_{k})')} {EQ}"
    rates = (
        f"{named('dh', f'(partial L) / (partial h_{k})')} {TIMES} {named('dm', f'(partial h_{k}) / (partial m_{k})')}"
    )
    blame = named("blame", f"({named('hat', f'hat(y)_{k}')} - {named('y', f'y_{k}')})")
    return f"{start} {rates}", f"{start} {blame} {TIMES} {named('x', 'x')}"


class ParameterGradients(TraceScene):
    """What came in, times the blame going out: the gradient of every weight, read off the network itself."""

    trace_name = "cities3"
    transforms = TRANSFORMS
    constants: ClassVar[dict[str, str]] = {"1": "the step along m, and the slope of h by b"}

    def construct(self) -> None:
        """From the outputs' blame to the parameters'."""
        self.build()
        self.blame_arrives()
        self.slope_of_h()
        self.multiply()
        self.all_parameters()
        self.onto_the_wires()

    # -- what stands on the stage ------------------------------------------------------------------
    def build(self) -> None:
        """The network with a name on each wire, and room for the blame beside it."""
        self.worked = w = WorkedStep(self.trace)
        self.require(len(w.task.features) == 1, "a model with one input")
        few = len(w.classes) <= 4
        self.size = style.BODY_SIZE if few else style.SMALL_SIZE
        self.number_size = style.NUMBER_SIZE if few else style.SMALL_SIZE
        radius = min(0.54, 0.33 * WIRES.height / len(w.classes))
        steepest = max(np.abs(w.slopes_m.value).max(), np.abs(w.slopes_b.value).max())
        self.network = NetworkDiagram(
            [1, len(w.classes)], WIRES.width, WIRES.height, biases=True, input_labels=[Formula("x")],
            label_size=style.TITLE_SIZE, number_size=self.number_size, radius=radius,
            neuron_formats=[".4f", "+.2f"], fills=[None, None], output_colours=w.task.colours,
            gradient_scale=float(steepest), weight_scale=3.0, bar_rule="root", wire_colour="plain",
        ).shift(WIRES.center)  # fmt: skip
        self.network.show(activations=[w.x, w.logits], weights=[w.m], biases=[w.b])
        self.network.show(weight_gradients=[w.slopes_m], bias_gradients=[w.slopes_b])
        self.network.bar_group.set_opacity(0.0)
        self.names_m = [self.tag(f"m_{i + 1}", self.network.wire_point(0, i, 0, 0.6)) for i in w.classes]
        self.names_b = [self.tag(f"b_{i + 1}", self.foot(i) + 0.3 * LEFT) for i in w.classes]
        self.blames = []
        for i in w.classes:
            number = Readout(w.blame(i), style.GRADIENT_FORMAT, self.row_size, style.GRADIENT)
            self.blames.append(
                number.centre_on(self.network.centre(1, i) + (self.network.layout_.radius + 0.16) * RIGHT, LEFT)
            )
        self.blame_head = painted(Formula("(partial L) / (partial h)", style.BODY_SIZE), {}).set_fill(style.GRADIENT)
        top = self.network.centre(1, 0)[1] + self.network.layout_.radius
        self.blame_head.move_to([self.blames[0].get_center()[0], top + 0.42, 0])

    def tag(self, source: str, at: np.ndarray) -> VGroup:
        """A name on a wire, with a plate under it."""
        name = Formula(source, self.size).move_to(at)
        return VGroup(plate(name, 0.05, 0.9), name)

    def foot(self, i: int) -> np.ndarray:
        """Where the bias of neuron `i` hangs."""
        return np.asarray(self.network.stubs[0, i].get_start())

    # -- beats -------------------------------------------------------------------------------------
    def blame_arrives(self) -> None:
        """The outputs carry their blame; the parameters are asked for theirs."""
        w = self.worked
        with self.beat(
            "blame arrives",
            "Each output now knows its share of the blame: what was said, minus what is true.",
            "But outputs cannot be turned. The dials are the m on each wire, and the b under each neuron.",
        ):
            self.play(FadeIn(self.network))
            heads = [FadeIn(self.blame_head)]
            self.play(LaggedStart(*heads, *(FadeIn(b, shift=0.3 * LEFT) for b in self.blames), lag_ratio=0.25))
            self.wait(style.PAUSE)
            names = [name for pair in zip(self.names_m, self.names_b, strict=True) for name in pair]
            self.play(LaggedStart(*(FadeIn(name, scale=1.5) for name in names), lag_ratio=0.2), run_time=2.0)
            others = [i for i in w.classes if i != w.right]
            self.wait(style.BRISK)
            self.play(*(part.animate.set_opacity(style.DIM) for i in others for part in self.strand(i)))

    def strand(self, i: int) -> list[Any]:
        """Everything that belongs to neuron `i` alone."""
        net = self.network
        shown = [net.wires[0, i, 0], net.stubs[0, i], net.neurons[1, i], net.neuron_numbers[1, i]]
        return [*shown, net.stub_ends[i], self.names_m[i][1], self.names_b[i][1], self.blames[i]]

    def slope_of_h(self) -> None:
        """h against m: a straight line whose slope is x."""
        w, i = self.worked, self.worked.right
        k = i + 1
        with self.beat(
            "slope of h",
            f"Take {w.name}'s. Its output is m times x, plus b: drawn against m, a straight line.",
            "Raise m by one, and h changes by x. The slope of this line is the input itself.",
            "Raise b by one, and all of the line rises by one: there the slope is 1.",
        ):
            self.build_plot(i)
            self.rule = self.dressed(
                f"{named('h', f'h_{k}')} = {named('m', f'm_{k}')} {named('x', 'x')} + {named('b', f'b_{k}')}"
            )
            self.rule.centre_on(PLOT.at(0.5, 0.93))
            sources = {"m": self.names_m[i][1], "x": self.network.labels[0], "b": self.names_b[i][1]}
            self.play(*(grow_from(source, self.rule.select(name)) for name, source in sources.items()), run_time=1.5)
            rest = VGroup(*(g for g in self.rule if not any(g is o for n in sources for o in self.rule.select(n))))
            plot = self.plot
            self.play(FadeIn(rest), FadeIn(plot.axes))
            self.settle(self.rule)
            self.play(Create(plot.line.line), FadeIn(plot.here), run_time=1.5)
            self.wait(style.BRISK)
            moving = VGroup(plot.lifted, plot.secant)
            moving.add_updater(lambda _: plot.show(self.run.get_value(), self.lift.get_value()))
            self.add(moving, plot.line, plot.here)
            self.play(self.run.animate.set_value(1.0), self.flash(i), run_time=2.5)
            self.play(FadeIn(plot.one), grow_from(self.network.labels[0], VGroup(plot.rise_name[0])))
            self.play(FadeIn(plot.rise_name[1]), grow_from(self.network.neuron_numbers[0, 0], plot.rise_value))
            self.wait(style.PAUSE)
            self.play(self.lift.animate.set_value(1.0), run_time=1.5)
            self.wait(style.BRISK)
            self.play(self.lift.animate.set_value(0.0), run_time=style.CHANGE)
            moving.clear_updaters()
            self.remove(moving)
            self.add(plot)

    def build_plot(self, i: int) -> None:
        """The plane of m and h with the line of neuron `i`."""
        w = self.worked
        titles = (f"m_{i + 1}", f"h_{i + 1}")
        colour, room = w.task.colours[i], (PLOT.width - 0.4, 0.84 * PLOT.height)
        self.plot = SlopePlot(w.x[0], w.m[i, 0], w.b[i], w.logits[i], colour, titles, *room)
        self.plot.move_to(PLOT.at(0.5, 0.0), aligned_edge=DOWN)
        self.run, self.lift = ValueTracker(0.0), ValueTracker(0.0)

    def multiply(self) -> None:
        """The chain rule: the blame of h from the network, the slope of h from the plot."""
        w, i = self.worked, self.worked.right
        with self.beat(
            "multiply",
            "Rates multiply: how the loss answers h, times how h answers m.",
            "The first is the blame we know. The second is x.",
        ):
            first, second = (self.dressed(line) for line in chain_lines(i))
            first.centre_on(ALGEBRA.at(0.35, 0.72))
            in_place(first, second, "eq")
            lead = VGroup(*first.select("d"), *first.select("eq"))
            self.play(FadeIn(lead))
            self.play(grow_from(self.blames[i], first.select("dh")), run_time=1.5)
            self.play(
                FadeIn(first.select("times")),
                grow_from(VGroup(self.plot.rise_name, self.plot.rise_value), first.select("dm")),
                run_time=1.5,
            )
            self.settle(first)
            self.wait(style.PAUSE)
            moves = {name: name for name in ("d", "eq", "times")}
            births = {"blame": "dh", "x": VGroup(self.plot.rise_name[0])}
            self.play(Rewrite(first, second, moves, births=births, deaths={"dh": "blame", "dm": "x"}, run_time=2.0))
            self.chain_line = second
            size = style.BODY_SIZE
            parts: list[Any] = [
                Formula("=", size), Readout(w.blame(i), style.GRADIENT_FORMAT, size, style.GRADIENT),
                Formula("times", size), Readout(w.x[0], ".4f", size, style.FORWARD), Formula("=", size),
                Readout(w.slopes_m[i, 0], style.GRADIENT_FORMAT, size, style.GRADIENT),
            ]  # fmt: skip
            row(*parts, gap=0.16)
            self.product = VGroup(*parts)
            self.product.shift([second.select("eq").get_left()[0] - self.product.get_left()[0], 0, 0])
            self.product.shift([0, ALGEBRA.at(0, 0.2)[1] - parts[0].baseline, 0])
            self.play(
                FadeIn(parts[0]), grow_from(self.blames[i], parts[1]), FadeIn(parts[2]),
                grow_from(self.plot.rise_value, parts[3]), run_time=1.5,
            )  # fmt: skip
            self.play(FadeIn(VGroup(*parts[4:]), shift=0.2 * RIGHT))
            self.wait(style.PAUSE)

    def all_parameters(self) -> None:
        """A row for each neuron: times what came in for m, times one for b."""
        w = self.worked
        with self.beat(
            "all parameters",
            "The same for every wire: what came in, times the blame going out.",
            "A bias has nothing coming in but a one, so its gradient is the blame itself.",
        ):
            self.build_table()
            strands = [part for i in w.classes if i != w.right for part in self.strand(i)]
            table, answer = self.table, self.product[-1]
            home = table.slopes_m[w.right]
            self.play(
                FadeOut(self.plot), FadeOut(self.rule), FadeOut(VGroup(*self.product[:-1])), FadeOut(self.chain_line),
                *(part.animate.set_opacity(1.0) for part in strands), FadeIn(table.heads[0]),
                answer.animate.scale(home.em / answer.em).move_to(home), run_time=1.5,
            )  # fmt: skip
            self.remove(answer)
            self.add(home)
            source = self.network.neuron_numbers[0, 0]
            flights = [grow_from(source, factor) for factor in table.factors]
            self.play(LaggedStart(*flights, lag_ratio=0.2), FadeIn(table.times), FadeIn(table.equals), run_time=2.5)
            came = [grow_from(table.factors[i], table.slopes_m[i]) for i in w.classes if i != w.right]
            self.play(LaggedStart(*came, lag_ratio=0.4), run_time=2.0)
            self.wait(style.PAUSE)
            again = [grow_from(self.blames[i], table.again[i], path_arc=-0.3) for i in w.classes]
            self.play(LaggedStart(*again, lag_ratio=0.3), FadeIn(table.heads[1]), run_time=2.0)
            came = [grow_from(table.again[i], table.slopes_b[i]) for i in w.classes]
            self.play(FadeIn(table.ones), LaggedStart(*came, lag_ratio=0.35), run_time=2.0)

    def build_table(self) -> None:
        """Room for the products, level with the neurons."""
        w = self.worked
        levels = [float(blame.get_center()[1]) for blame in self.blames]
        left, top = self.blames[0].get_right()[0] + 0.14, float(self.blame_head.get_center()[1])
        blames = [w.blame(i) for i in w.classes]
        slopes_m = [w.slopes_m[i, 0] for i in w.classes]
        self.table = GradientTable(blames, w.x[0], slopes_m, w.slopes_b, levels, left, top, self.row_size)

    def onto_the_wires(self) -> None:
        """Each number goes to the wire it belongs to and becomes a bar around it."""
        w, measured = self.worked, self.worked.measured()
        lines = [
            "Every number belongs to one dial. The thicker its bar, the more that dial matters.",
            "One pass backwards, and each of them knows which way to turn.",
        ]
        if measured is not None:
            lines.append(f"And the slope of {w.name}'s m is the very one that nudging had found.")
        with self.beat("onto the wires", *lines):
            self.place_on_wires()
            self.sum_up(measured)

    def place_on_wires(self) -> None:
        """Numbers fly to their wires; bars grow there."""
        w, flights = self.worked, []
        self.on_wires = []
        for i in w.classes:
            for reading, source, at in (
                (w.slopes_m[i, 0], self.table.slopes_m[i], self.names_m[i][1].get_center()),
                (w.slopes_b[i], self.table.slopes_b[i], None),
            ):
                number = Readout(reading, style.GRADIENT_FORMAT, self.number_size, style.GRADIENT)
                if at is None:
                    number.centre_on(self.foot(i) + 0.15 * RIGHT, LEFT)
                else:
                    number.centre_on(at)
                    self.on_wires.append(plate(number, 0.04, 0.9))
                    if i == w.right:
                        self.at_right = number
                flights.append(grow_from(source, number))
        self.play(
            *(FadeOut(name) for name in self.names_m), *(FadeIn(ground) for ground in self.on_wires),
            LaggedStart(*flights, lag_ratio=0.25), FadeOut(self.table), run_time=3.0,
        )  # fmt: skip
        self.play(self.network.bar_group.animate.set_fill(opacity=style.BAR_OPACITY), run_time=1.5)

    def sum_up(self, measured: Any) -> None:
        """The two rules on the right, and the measured slope under them."""
        rule_m = Formula(
            "{{ (partial L) / (partial m) : d }} {{ = : eq }} ({{ hat(y) : hat }} - y) dot.op {{ x : x }}", LARGE
        )
        rule_b = Formula("{{ (partial L) / (partial b) : d }} {{ = : eq }} {{ hat(y) : hat }} - y", LARGE)
        painted(rule_m, {"d": style.GRADIENT, "hat": style.FORWARD, "x": style.FORWARD})
        painted(rule_b, {"d": style.GRADIENT, "hat": style.FORWARD})
        rule_m.move_to(STAGE.at(0.58, 0.72))
        stack([rule_m, rule_b], on="eq")
        self.play(FadeIn(rule_m, shift=0.2 * UP))
        self.play(FadeIn(rule_b, shift=0.2 * UP))
        if measured is not None:
            self.compare(measured, rule_b)

    def compare(self, measured: Any, above: Formula) -> None:
        """The slope found by nudging under the one found backwards."""
        w = self.worked
        told = (("backwards", w.slopes_m[w.right, 0]), ("by nudging", measured))
        texts = [Text(word, style.BODY_SIZE, style.LABEL) for word, _ in told]
        numbers = [Readout(value, style.GRADIENT_FORMAT, style.TITLE_SIZE, style.GRADIENT) for _, value in told]
        edge, level = above.select("eq").get_center()[0], above.get_bottom()[1] - 0.8
        for line, (text, number) in enumerate(zip(texts, numbers, strict=True)):
            text.centre_on(np.array([edge + 0.1, level - 0.65 * line, 0]), RIGHT)
            number.centre_on(np.array([edge + 0.35, level - 0.65 * line, 0]), LEFT)
        head = painted(
            Formula(f"{{{{ (partial L) / (partial m_{w.right + 1}) : d }}}}", style.BODY_SIZE), {"d": style.GRADIENT}
        )
        head.next_to(VGroup(*texts), LEFT, buff=0.35)
        self.play(FadeIn(texts[0]), FadeIn(head), grow_from(self.at_right, numbers[0]))
        self.play(FadeIn(texts[1]), FadeIn(numbers[1], shift=0.2 * UP))
        self.wait(style.PAUSE)

    # -- small things --------------------------------------------------------------------------------
    @property
    def row_size(self) -> float:
        """Font size of the table."""
        return style.LABEL_SIZE if len(self.worked.classes) > 5 else style.NUMBER_SIZE

    def dressed(self, source: str) -> Formula:
        """A line with each part in its colour."""
        w = self.worked
        colour = w.task.colours[w.right]
        colours = {"h": colour, "hat": colour, "d": style.GRADIENT, "dh": style.GRADIENT, "x": style.FORWARD}
        formula = Formula(source, 1.1 * style.TITLE_SIZE)
        return painted(formula, {name: colour for name, colour in colours.items() if name in formula.names}, "class")

    def settle(self, formula: Formula) -> None:
        """Parts that flew in one by one are one formula from now on."""
        self.remove(*formula.submobjects)
        self.add(formula)

    def flash(self, i: int) -> AnimationGroup:
        """A nudge runs along the wire of m to its neuron."""
        wire = self.network.wires[0, i, 0].copy().set_stroke(style.FORWARD, 2 * style.STRONG, 1.0)
        return AnimationGroup(ShowPassingFlash(wire, time_width=0.6))
