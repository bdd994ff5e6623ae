"""Chapter 3: the wishes of all outputs add up in the layer before, and again one earlier. Draws `digits`."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from manim import DOWN, LEFT, UP, FadeIn, FadeOut, LaggedStart, VGroup

from scenes import style
from scenes.digits_kit import PICTURE, DigitNet, DigitRun, negative, wish_arrow
from scenes.layout import Region
from scenes.parts.formula import grow_from
from scenes.parts.provenance import array
from scenes.parts.readout import Readout
from scenes.parts.typesetting import Formula, Text
from scenes.stage import TraceScene

NET, SHEET = PICTURE.columns(5.0, 8.2, gap=0.4)
DETAILED = 3  # outputs whose wishes are told one by one


class PropagateBackwards(TraceScene):
    """Every output has wishes for the layer before. They are added, and then it happens again, one layer back."""

    trace_name = "digits"
    transforms: ClassVar = {"negative": negative}
    constants: ClassVar[dict[str, str]] = {}

    def construct(self) -> None:
        """One column of wishes for each output, their sum, and the layer before that."""
        self.require(DigitRun.fits(self.trace), "handwritten digits and layers of at most 20 neurons")
        self.run = DigitRun(self.trace)
        self.require(self.run.layers > 2, "two hidden layers")
        self.build()
        self.columns_of_wishes()
        self.sum_up()
        self.again()
        self.to_the_dials()

    def build(self) -> None:
        """The layers after the pixels; wishes are recorded slopes with their sign turned."""
        last = self.last = self.run.layers
        room = Region(NET.left, NET.right, NET.bottom + 0.15, NET.top - 0.45)
        self.net = DigitNet(self.run, room, first=last - 2)
        self.net.show(0)
        self.paths = self.trace.at(f"example.paths{last - 1}", 0).through("negative", negative)
        self.wanted = self.trace.at(f"example.grad_a{last}", 0).through("negative", negative)
        self.sums = self.trace.at(f"example.grad_a{last - 1}", 0).through("negative", negative)
        self.before = self.trace.at(f"example.grad_a{last - 2}", 0).through("negative", negative)
        outputs = len(self.run.names)
        self.xs = [float(SHEET.at((j + 0.5) / (outputs + 2.2), 0)[0]) for j in range(outputs)]
        self.sum_x = float(SHEET.at((outputs + 1.4) / (outputs + 2.2), 0)[0])
        count = self.run.sizes[last - 1]
        self.ys = [float(self.net.spot(last - 1, k)[1]) for k in range(count)]
        self.top = float(self.net.room.top) + 0.22
        self.scale = float(np.abs(array(self.paths)).max())
        self.cells = [
            VGroup(
                *(wish_arrow(self.paths[j, k], np.array([x, y, 0]), self.scale, 0.36) for k, y in enumerate(self.ys))
            )
            for j, x in enumerate(self.xs)
        ]

    # -- beats -------------------------------------------------------------------------------------
    def columns_of_wishes(self) -> None:
        """Output after output lights its wires, and its wishes become a column."""
        run, last, digit = self.run, self.last, self.run.digit
        hidden, weights = self.run.sizes[last - 1], self.trace.at(self.run.weight(last), 0)
        scale = float(np.abs(array(self.wanted)).max())
        arrows = VGroup()
        for j in range(len(run.names)):
            at = self.net.spot(last, j) + np.array(
                [self.net.names.get_right()[0] - self.net.spot(last, 0)[0] + 0.22, 0, 0]
            )
            arrows.add(wish_arrow(self.wanted[j], at, scale, 0.5))
        self.arrows = arrows
        self.heads = VGroup()
        for j, x in enumerate(self.xs):
            head = Text(run.names[j], style.LABEL_SIZE, style.LABEL)
            head.constant = "a class's name, from the trace"
            self.heads.add(head.centre_on(np.array([x, self.top, 0])))
        order = [digit, *(j for j in range(len(run.names)) if j != digit)]
        with self.beat(
            "columns",
            f"Output {digit} has its wishes for the {hidden} neurons before it: up along blue wires, down along red.",
            "But so has every other output, and those want to fall: up along red wires, down along blue.",
        ):
            self.play(*(FadeIn(w) for w in self.net.wires), FadeIn(self.net.columns), FadeIn(self.net.names))
            self.play(*(w.animate.set_opacity(0.3 * style.DIM) for w in self.net.wires), FadeIn(arrows))
            for turn, j in enumerate(order):
                wires = VGroup(*(self.net.wire(last, j, k, weights[j, k], 2.0) for k in range(hidden)))
                slow = turn < DETAILED
                self.play(FadeIn(wires), FadeIn(self.heads[j]), run_time=0.6 if slow else 0.15)
                self.play(
                    LaggedStart(*map(grow_from, wires, self.cells[j]), lag_ratio=0.03), run_time=1.8 if slow else 0.5
                )
                self.play(FadeOut(wires), run_time=0.4 if slow else 0.12)

    def sum_up(self) -> None:
        """Each row of wishes adds up to one."""
        scale = float(np.abs(array(self.sums)).max())
        self.totals, self.sizes = VGroup(), VGroup()
        for k, y in enumerate(self.ys):
            self.totals.add(wish_arrow(self.sums[k], np.array([self.sum_x - 0.5, y, 0]), scale, 0.37))
            number = Readout(self.sums[k], "+.3f", style.SMALL_SIZE, by_sign=True)
            self.sizes.add(number.centre_on(np.array([self.sum_x + 0.1, y, 0])))
        head = Text("sum", style.LABEL_SIZE, style.TEXT).centre_on(np.array([self.sum_x - 0.1, self.top, 0]))
        with self.beat(
            "sum",
            "Add them up, row by row. What ten outputs want of a neuron becomes one wish.",
            "That is the chain rule: over all the paths to the cost, slopes add.",
        ):
            self.play(FadeIn(head))
            rows = [
                LaggedStart(*(grow_from(cells[k], self.totals[k]) for cells in self.cells), lag_ratio=0.05)
                for k in range(len(self.ys))
            ]
            self.play(LaggedStart(*rows, lag_ratio=0.12), run_time=4.0)
            self.play(FadeIn(self.sizes, shift=0.1 * LEFT))
            self.wait(style.PAUSE)
        self.sum_head = head

    def again(self) -> None:
        """The sums go to their neurons, and the same happens one layer earlier."""
        last, radius = self.last, self.net.radius
        homes = VGroup()
        scale = float(np.abs(array(self.sums)).max())
        for k in range(len(self.ys)):
            at = self.net.spot(last - 1, k) + np.array([radius + 0.14, 0, 0])
            homes.add(wish_arrow(self.sums[k], at, scale, 0.36))
        first = self.run.sizes[last - 2]
        scale = float(np.abs(array(self.before)).max())
        early = VGroup()
        for k in range(first):
            at = self.net.spot(last - 2, k) + np.array([radius + 0.14, 0, 0])
            early.add(wish_arrow(self.before[k], at, scale, 0.36))
        numbers = VGroup()
        for k in range(first):
            number = Readout(self.before[k], "+.3f", style.LABEL_SIZE, by_sign=True)
            y = float(self.net.spot(last - 2, k)[1])
            numbers.add(number.centre_on(np.array([SHEET.at(0.16, 0)[0], y, 0])))
        note = Text(f"wishes for layer {last - 2}", style.LABEL_SIZE, style.LABEL)
        note.constant = "number of a layer, from the trace's sizes"
        note.centre_on(np.array([SHEET.at(0.16, 0)[0], self.top, 0]))
        gone = [*self.cells, self.heads, self.sizes, self.sum_head]
        with self.beat(
            "again",
            "Now these neurons have wishes, as the outputs had. So do it again, one layer back.",
            "Backwards through the layers, each wish made of the ones after it: backpropagation.",
        ):
            flights = [t.animate.move_to(h) for t, h in zip(self.totals, homes, strict=True)]
            self.play(*(FadeOut(thing) for thing in gone), LaggedStart(*flights, lag_ratio=0.04), run_time=2.0)
            self.play(self.net.wires[0].animate.set_opacity(1.0), run_time=style.CHANGE)
            self.play(LaggedStart(*(grow_from(self.totals, arrow) for arrow in early), lag_ratio=0.1), run_time=3.0)
            self.play(FadeIn(note), LaggedStart(*map(grow_from, early, numbers), lag_ratio=0.06), run_time=2.0)
            self.wait(style.CHANGE)

    def to_the_dials(self) -> None:
        """What a wish means for the dials before it."""
        lines = VGroup(
            Formula('{{ Delta b : d }} quad prop quad upright("wish") dot.op sigma\'(z)', style.BODY_SIZE),
            Formula('{{ Delta w : d }} quad prop quad a dot.op upright("wish") dot.op sigma\'(z)', style.BODY_SIZE),
        ).arrange(DOWN, aligned_edge=LEFT, buff=0.55)
        lines.move_to(SHEET.at(0.68, 0.52))
        for line in lines:
            line.select("d").set_color(style.GRADIENT)
        with self.beat(
            "dials",
            "Along the way, every neuron's wish tells its own bias and weights how to turn.",
            "One pass back, and all the dials know what this image wants of them.",
        ):
            self.play(LaggedStart(*(FadeIn(line, shift=0.2 * UP) for line in lines), lag_ratio=0.6, run_time=2.0))
            self.play(*(w.animate.set_opacity(1.0) for w in self.net.wires), run_time=style.CHANGE)
            self.wait(style.PAUSE)
