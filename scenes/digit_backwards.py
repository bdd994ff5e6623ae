"""Chapter 3: the wishes of all outputs add up in the layer before, and again one earlier. Draws `digits`."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, FadeOut, Group, LaggedStart, VGroup

from scenes import style
from scenes.digits_kit import PICTURE, DigitNet, DigitRun, negative, wish_arrow
from scenes.layout import Region
from scenes.parts.formula import grow_from
from scenes.parts.pixel_picture import PixelPicture
from scenes.parts.provenance import array
from scenes.parts.readout import Readout
from scenes.parts.typesetting import Formula, Text
from scenes.stage import TraceScene
from scenes.wording import capitalised, number_word

NET, SHEET = PICTURE.columns(5.0, 8.2, gap=0.4)
ASIDE = 1.5  # units that the network moves aside, for numbers at its left
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
        self.every_dial()

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
            f"{capitalised(number_word(len(run.names)))} outputs make as many columns of wishes.",
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
        last = self.last
        gone = [*self.cells, self.heads, self.sizes, self.sum_head]
        moved = Group(self.net, self.arrows)
        with self.beat(
            "again",
            "Now these neurons have wishes, as the outputs had. So do it again, one layer back.",
            "Backwards through the layers, each wish made of the ones after it: backpropagation.",
        ):
            self.play(*(FadeOut(thing) for thing in gone), moved.animate.shift(ASIDE * RIGHT), run_time=style.CHANGE)
            homes = self.beside(last - 1, self.sums)
            flights = [t.animate.move_to(h) for t, h in zip(self.totals, homes, strict=True)]
            self.play(LaggedStart(*flights, lag_ratio=0.04), run_time=1.8)
            self.play(self.net.wires[0].animate.set_opacity(1.0), run_time=style.CHANGE)
            early, numbers = self.beside(last - 2, self.before), VGroup()
            for k in range(len(early)):
                number = Readout(self.before[k], "+.3f", style.LABEL_SIZE, by_sign=True)
                left = self.net.spot(last - 2, k) + (self.net.radius + 0.2) * LEFT
                numbers.add(number.centre_on(left, RIGHT))
            self.play(LaggedStart(*(grow_from(self.totals, arrow) for arrow in early), lag_ratio=0.1), run_time=3.0)
            self.play(LaggedStart(*map(grow_from, early, numbers), lag_ratio=0.06), run_time=2.0)
            self.wait(style.CHANGE)
        self.shown = Group(moved, self.totals, early, numbers)

    def beside(self, layer: int, wishes: Any) -> VGroup:
        """An arrow at the right of each neuron of a layer."""
        scale = float(np.abs(array(wishes)).max())
        right = (self.net.radius + 0.14) * RIGHT
        return VGroup(
            *(wish_arrow(wishes[k], self.net.spot(layer, k) + right, scale, 0.36)
              for k in range(self.run.sizes[layer]))
        )  # fmt: skip

    def to_the_dials(self) -> None:
        """What a wish means for the dials before it."""
        lines = VGroup(
            Formula('{{ Delta b : d }} quad prop quad upright("wish") dot.op sigma\'(z)', style.TITLE_SIZE),
            Formula('{{ Delta w : d }} quad prop quad a dot.op upright("wish") dot.op sigma\'(z)', style.TITLE_SIZE),
        ).arrange(DOWN, aligned_edge=LEFT, buff=0.6)
        left = self.arrows.get_right()[0]
        lines.move_to([(left + PICTURE.right) / 2, PICTURE.center[1], 0])
        for line in lines:
            line.select("d").set_color(style.GRADIENT)
        with self.beat("dials", "Along the way, every neuron's wish tells its own bias and weights how to turn."):
            self.play(LaggedStart(*(FadeIn(line, shift=0.2 * UP) for line in lines), lag_ratio=0.6, run_time=2.0))
            self.play(*(w.animate.set_opacity(1.0) for w in self.net.wires), run_time=style.CHANGE)
            self.wait(style.PAUSE)
        self.shown.add(lines)

    def every_dial(self) -> None:
        """The whole network with its pixels: every wire coloured by how this image wishes it to change."""
        layers = range(1, self.last + 1)
        image = PixelPicture(self.run.image(), 2.2, 2.2).move_to([PICTURE.left + 1.1, PICTURE.center[1], 0])
        whole = DigitNet(self.run, Region(PICTURE.left + 3.4, PICTURE.right, PICTURE.bottom + 0.15, PICTURE.top))
        whole.show(0)
        whole.show_wishes([self.wished(layer) for layer in layers])
        count = self.run.weights
        with self.beat(
            "every dial",
            f"One pass back, and every one of {count:,} wires knows what this image wants of it:",
            "blue to rise, red to fall; and the brighter the wire, the more it matters.",
        ):
            self.play(FadeOut(self.shown), FadeIn(image), FadeIn(whole.strip), FadeIn(whole.columns),
                      FadeIn(whole.names), run_time=style.CHANGE)  # fmt: skip
            for wires in reversed(whole.wires):
                self.play(FadeIn(wires), run_time=1.4)
            self.wait(2.0)

    def wished(self, layer: int) -> Any:
        """How the image wishes the weights of a layer to change: (out, in)."""
        name = f"example.grads.{self.run.weight(layer)}"
        found = self.trace.constant(name) if layer == 1 else self.trace.at(name, 0)
        return found.through("negative", negative)
