"""Chapter 3: what one image wants from the outputs, and the three ways to get it. Draws the start of `digits`."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Create, FadeIn, FadeOut, LaggedStart, ShowPassingFlash, VGroup, VMobject

from scenes import style
from scenes.digits_kit import PICTURE, DigitNet, DigitRun, negative, wish_arrow
from scenes.layout import Region
from scenes.parts.formula import grow_from, painted
from scenes.parts.light import Light
from scenes.parts.pixel_picture import PixelPicture
from scenes.parts.provenance import array
from scenes.parts.readout import Readout
from scenes.parts.typesetting import Formula, Text
from scenes.stage import TraceScene

IMAGE, NUMBERS, NET, WAYS = PICTURE.columns(2.2, 2.5, 3.6, 4.6, gap=0.15)
TOGETHER = 4  # inputs, the most active ones, that are seen to fire together


class Desires(TraceScene):
    """What one image wants from the outputs, and the three ways in which an output can be moved."""

    trace_name = "digits"
    transforms: ClassVar = {"negative": negative}
    constants: ClassVar[dict[str, str]] = {"1": "what the right output should be", "0": "what the others should be"}

    def construct(self) -> None:
        """The wishes of the outputs; then one output: its bias, its weights, and what comes in."""
        self.require(DigitRun.fits(self.trace), "handwritten digits and layers of at most 20 neurons")
        self.run = DigitRun(self.trace)
        self.require(self.run.layers > 1, "a hidden layer")
        self.build()
        self.outputs()
        self.focus()
        self.bias()
        self.weights()
        self.activations()

    def build(self) -> None:
        """The picture, the last two layers, and wishes: what is recorded as a slope, with its sign turned."""
        last = self.last = self.run.layers
        room = Region(NET.left, NET.right, NET.bottom + 0.15, NET.top - 0.35)
        self.net = DigitNet(self.run, room, first=last - 1)
        self.net.show(0)
        self.image = PixelPicture(self.run.image(), 2.0, 2.0).move_to(IMAGE.at(0.5, 0.5))
        digit = self.digit = self.run.digit
        at = self.trace.at
        self.asked = at(f"example.grad_a{last}", 0).through("negative", negative)
        self.said = at(f"example.a{last}", 0)
        self.before = at(f"example.a{last - 1}", 0)
        self.for_bias = at(f"example.grads.{self.run.bias(last)}", 0)[digit].through("negative", negative)
        self.for_weights = at(f"example.grads.{self.run.weight(last)}", 0)[digit].through("negative", negative)
        self.for_inputs = at(f"example.paths{last - 1}", 0)[digit].through("negative", negative)
        self.weight = at(self.run.weight(last), 0)[digit]
        self.wires = VGroup(
            *(self.net.wire(last, digit, k, self.weight[k], 2.0) for k in range(len(array(self.before))))
        )
        self.names_x = float(self.net.names.get_right()[0])

    # -- beats -------------------------------------------------------------------------------------
    def outputs(self) -> None:
        """What the outputs say, and an arrow for what this image wants of each."""
        digit = self.digit
        scale = float(np.abs(array(self.asked)).max())
        x = self.names_x
        self.says, self.arrows, self.sizes = VGroup(), VGroup(), VGroup()
        for i in range(len(self.run.names)):
            y = self.net.spot(self.last, i)[1]
            self.says.add(
                Readout(self.said[i], ".2f", style.LABEL_SIZE, style.FORWARD).centre_on(np.array([x + 0.6, y, 0]))
            )
            self.arrows.add(wish_arrow(self.asked[i], np.array([x + 1.35, y, 0]), scale, 0.54))
            self.sizes.add(
                Readout(self.asked[i], "+.2f", style.LABEL_SIZE, by_sign=True).centre_on(np.array([x + 2.1, y, 0]))
            )
        top = self.net.spot(self.last, 0)[1] + 0.55
        self.heads = VGroup(
            Text("says", style.LABEL_SIZE, style.LABEL).centre_on(np.array([x + 0.6, top, 0])),
            Text("wish", style.LABEL_SIZE, style.LABEL).centre_on(np.array([x + 1.75, top, 0])),
        )
        with self.beat(
            "outputs",
            f"Back to one image, a {digit}, and to the last two layers of the untrained network.",
            f"Output {digit} should be 1, so it should rise. All others should be 0, so they should fall.",
            "And the farther off an output is, the more its change matters.",
        ):
            self.play(FadeIn(self.image))
            self.play(*(FadeIn(w) for w in self.net.wires), FadeIn(self.net.columns), FadeIn(self.net.names))
            self.play(FadeIn(self.heads[0]), LaggedStart(*map(grow_from, self.net.column(self.last), self.says)))
            self.wait(style.CHANGE)
            self.play(LaggedStart(*(FadeIn(a, scale=0.4) for a in self.arrows), lag_ratio=0.12, run_time=2.0))
            self.play(FadeIn(self.heads[1]), LaggedStart(*map(grow_from, self.arrows, self.sizes), run_time=1.8))

    def focus(self) -> None:
        """One output alone, and how it is made."""
        digit, last = self.digit, self.last
        rows = [VGroup(n, a, s, k) for n, a, s, k in zip(
            self.says, self.arrows, self.sizes, self.net.names, strict=True)]  # fmt: skip
        others = [row for i, row in enumerate(rows) if i != digit]
        self.rule = Formula(
            f"a_{digit} = sigma({{{{ sum_k w_k : w }}}} thin {{{{ a_k : a }}}} + {{{{ b : b }}}})",
            1.05 * style.TITLE_SIZE,
        )
        self.rule.constant = "number of the output and of its inputs"
        painted(self.rule, {"a": style.FORWARD})
        row = self.net.spot(last, digit)[1]  # the output's own numbers keep their place: all else goes below them
        self.rule.move_to([WAYS.center[0], row - 0.4, 0], aligned_edge=UP)
        neurons = [n for i, n in enumerate(self.net.column(last)) if i != digit]
        with self.beat(
            "three ways",
            f"Follow output {digit} alone. It is a squeezed sum: weights times what comes in, plus a bias.",
            "So there are three ways to make it rise.",
        ):
            self.play(
                *(FadeOut(row) for row in others), FadeOut(self.heads), self.net.wires[0].animate.set_opacity(0.0),
                FadeIn(self.wires), *(n.animate.set_opacity(style.DIM) for n in neurons),
            )  # fmt: skip
            self.play(FadeIn(self.rule, shift=0.2 * UP))
            words = ("change the bias", "change the weights", "change what comes in")
            self.ways = VGroup(*(Text(w, style.BODY_SIZE, style.TEXT) for w in words))
            self.ways.arrange(DOWN, aligned_edge=LEFT, buff=0.8)
            self.ways.next_to(self.rule, DOWN, buff=0.3)
            self.notes = [self.note("w", "a"), self.note("a", "w")]
            for note, way in zip(self.notes, self.ways[1:], strict=True):
                note.next_to(way, DOWN, buff=0.2, aligned_edge=LEFT)
            self.kept = rows[digit]
            self.play(LaggedStart(*(FadeIn(w, shift=0.2 * LEFT) for w in self.ways), lag_ratio=0.5, run_time=2.0))

    def note(self, turned: str, by: str) -> VGroup:
        """In proportion to what a wish is; the letters are those of the rule."""
        left, right = (
            Formula(f"{letter}_k", style.BODY_SIZE, style.FORWARD if letter == "a" else style.TEXT)
            for letter in (turned, by)
        )
        words = Text("in proportion to", style.LABEL_SIZE, style.LABEL)
        note = VGroup(left, words, right).arrange(RIGHT, buff=0.16)
        for part in note:
            part.shift([0, note[1].baseline - part.baseline, 0])
        return note

    def bias(self) -> None:
        """The simplest of the three."""
        with self.beat(
            "bias",
            "The bias: the plainest. Raise it, and the sum rises, whatever comes in.",
        ):
            self.play(Light(self.ways, self.ways[0]), run_time=style.BRISK)
            number = Readout(self.for_bias, "+.3f", style.BODY_SIZE, by_sign=True)
            number.next_to(self.ways[0], DOWN, buff=0.18, aligned_edge=LEFT)
            b = self.rule.select("b")
            self.play(b.animate.set_color(style.HIGHLIGHT).scale(1.3), run_time=style.BRISK)
            self.play(b.animate.scale(1 / 1.3), grow_from(b, number))

    def weights(self) -> None:
        """Wishes for the weights, in proportion to what comes in."""
        last, before = self.last, array(self.before)
        x = self.net.spot(last - 1, 0)[0] - self.net.radius
        spots = [self.net.spot(last - 1, k) for k in range(len(before))]
        self.came = VGroup(
            *(Readout(self.before[k], ".2f", style.SMALL_SIZE, style.FORWARD).centre_on(np.array([x - 0.45, at[1], 0]))
              for k, at in enumerate(spots))
        )  # fmt: skip
        self.turn = VGroup(
            *(Readout(self.for_weights[k], "+.3f", style.SMALL_SIZE, by_sign=True)
              .centre_on(np.array([x - 1.4, at[1], 0])) for k, at in enumerate(spots))
        )  # fmt: skip
        top = self.came.get_top()[1] + 0.28
        heads = VGroup(
            Formula("a_k", style.LABEL_SIZE, style.FORWARD).centre_on(np.array([x - 0.45, top, 0])),
            Text("wish", style.LABEL_SIZE, style.LABEL).centre_on(np.array([x - 1.4, top, 0])),
        )
        scale = float(np.abs(array(self.for_weights)).max())
        bars = VGroup()
        for k in range(len(before)):
            wish = self.for_weights[k]
            bars.add(self.net.wire(last, self.digit, k, wish, 14.0 * abs(float(wish)) / scale).set_opacity(0.5))
        bright = int(before.argmax())
        with self.beat(
            "weights",
            "The weights: each one counts as much as the activation that comes along its wire.",
            "Turning the wire of a bright neuron helps most; that of a dark one does little.",
        ):
            self.play(Light(self.ways, self.ways[1]), FadeIn(heads[0]), run_time=style.CHANGE)
            self.play(LaggedStart(*map(grow_from, self.net.column(last - 1), self.came), lag_ratio=0.06, run_time=1.5))
            self.play(LaggedStart(*(Create(bar) for bar in bars), lag_ratio=0.06, run_time=2.0))
            self.play(
                FadeIn(heads[1]), LaggedStart(*map(grow_from, self.came, self.turn), lag_ratio=0.06, run_time=1.5)
            )
            self.play(FadeIn(self.notes[0], shift=0.15 * DOWN), run_time=style.CHANGE)
            self.play(
                Light([*self.came, *self.turn, *bars], self.came[bright], self.turn[bright], bars[bright]),
            )
            self.wait(2.0)
        with self.beat(
            "together",
            "Neurons that fire together wire together, people say of brains. It is a loose likeness:",
            "here nothing fires, and a wire only grows because the answer should be larger.",
        ):
            lit = [k for k in np.argsort(-before)[:TOGETHER]]
            self.play(Light([*self.came, *self.turn, *bars],
                            *(row[k] for row in (self.came, self.turn, bars) for k in lit)))  # fmt: skip
            for _ in range(3):
                self.play(*(self.pulse(k) for k in lit), run_time=1.6)
                self.wait(0.3)
            self.play(Light([*self.came, *self.turn, *bars]))
        self.bars, self.heads2 = bars, heads

    def pulse(self, k: int) -> ShowPassingFlash:
        """A flash along the wire from input `k`."""
        start, end = self.net.spot(self.last - 1, k), self.net.spot(self.last, self.digit)
        line = VMobject(stroke_color=style.FORWARD, stroke_width=1.4 * style.STRONG)
        line.set_points_as_corners([start, end])
        return ShowPassingFlash(line, time_width=0.6)

    def activations(self) -> None:
        """Wishes for the layer before, in proportion to the weights."""
        last = self.last
        x = self.net.spot(last - 1, 0)[0] - self.net.radius
        scale = float(np.abs(array(self.for_inputs)).max())
        self.wanted, self.much = VGroup(), VGroup()
        for k in range(len(array(self.before))):
            y = self.net.spot(last - 1, k)[1]
            self.wanted.add(wish_arrow(self.for_inputs[k], np.array([x - 0.3, y, 0]), scale, 0.36))
            number = Readout(self.for_inputs[k], "+.3f", style.SMALL_SIZE, by_sign=True)
            self.much.add(number.centre_on(np.array([x - 1.1, y, 0])))
        with self.beat(
            "what comes in",
            "And what comes in: along blue wires it should grow, along red wires it should shrink,",
            "each in proportion to its weight.",
            "We cannot set activations. But we note what we would like, one layer back.",
        ):
            self.play(
                *(FadeOut(thing) for thing in (self.came, self.turn, self.bars, self.heads2)),
                Light(self.ways, self.ways[2]),
            )  # fmt: skip
            self.play(LaggedStart(*map(grow_from, self.wires, self.wanted), lag_ratio=0.08, run_time=3.0))
            self.play(LaggedStart(*map(grow_from, self.wanted, self.much), lag_ratio=0.05, run_time=1.5),
                      FadeIn(self.notes[1], shift=0.15 * DOWN))  # fmt: skip
            self.wait(style.PAUSE)
