"""Chapter 3: a handwritten digit goes through a network of thousands of dials. Draws the start of `digits`."""

from __future__ import annotations

import itertools
from typing import Any, ClassVar

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Create, FadeIn, FadeOut, LaggedStart, Square, ValueTracker, VGroup

from scenes import style
from scenes.digits_kit import PICTURE, DigitNet, DigitRun, counted
from scenes.layout import Region
from scenes.parts.bars import LengthBar
from scenes.parts.formula import grow_from
from scenes.parts.light import Light
from scenes.parts.outlines import filled
from scenes.parts.pixel_picture import PictureWall, PixelPicture, Unrolling
from scenes.parts.readout import Readout
from scenes.parts.typesetting import Formula, Text
from scenes.parts.wire_raster import WireRaster
from scenes.stage import TraceScene
from scenes.wording import number_word

IMAGE, NET, COST = PICTURE.columns(2.7, 6.5, 3.5, gap=0.35)
BIG = 5.6  # units of the picture when it is alone


def miss(half_slope: Any) -> Any:
    """(a − y)² from its recorded derivative 2 (a − y)."""
    return (half_slope / 2) ** 2


class DigitNetwork(TraceScene):
    """Pixels in, ten neurons out, thousands of dials between them, and one number that says how wrong it is."""

    trace_name = "digits"
    transforms: ClassVar = {"half_squared": miss}
    constants: ClassVar[dict[str, str]] = {"2": "the power in a square", "0": "ink of an empty pixel", "1": "full ink"}

    def construct(self) -> None:
        """An image, unrolled; the layers; the dials; the cost, of one and of all."""
        self.require(DigitRun.fits(self.trace), "handwritten digits and layers of at most 20 neurons")
        self.run = DigitRun(self.trace)
        room = Region(NET.left + 0.75, NET.right, NET.bottom + 0.25, NET.top)
        self.net = DigitNet(self.run, room)
        self.net.show(0)
        self.image()
        self.unroll()
        self.layers()
        self.dials()
        self.cost()
        self.average()

    def image(self) -> None:
        """The picture, large; a frame visits three of its pixels and reads them out."""
        rows, columns = self.run.image().value.shape
        self.picture = PixelPicture(self.run.image(), BIG, BIG).move_to(PICTURE.at(0.36, 0.5))
        size = counted(f"{rows} × {columns} pixels", "the image's size", style.TITLE_SIZE)
        size.move_to(PICTURE.at(0.66, 0.72), aligned_edge=LEFT)
        pixels = self.trace.constant("example.a0")
        ink = np.asarray(pixels.value)
        aside = np.abs(np.arange(len(ink)) // columns - rows / 2) / (10 * rows)  # rather in the middle than at the edge
        visits = [int((np.abs(ink - wanted) + aside).argmin()) for wanted in (0.0, 0.5, 1.0)]
        frame = Square(1.35 * BIG / columns, color=style.FORWARD, stroke_width=style.STRONG)
        number = Readout(pixels[visits[0]], ".2f", 2 * style.TITLE_SIZE, style.FORWARD)
        number.move_to(PICTURE.at(0.66, 0.45), aligned_edge=LEFT)
        note = Text("0 is empty, 1 is full ink", style.BODY_SIZE, style.LABEL)
        note.move_to(PICTURE.at(0.66, 0.26), aligned_edge=LEFT)
        with self.beat(
            "image",
            f"A handwritten {self.run.digit}. To a computer it is {self.run.sizes[0]:,} numbers,",
            "one for each pixel: how much ink there is.",
        ):
            self.play(FadeIn(self.picture), run_time=style.CHANGE)
            self.play(FadeIn(size, shift=0.2 * LEFT))
            frame.move_to(self.picture.cell(*divmod(visits[0], columns)))
            self.play(Create(frame), FadeIn(number), FadeIn(note))
            for pixel in visits[1:]:
                self.wait(style.BRISK)
                self.play(frame.animate.move_to(self.picture.cell(*divmod(pixel, columns))), run_time=style.CHANGE)
                number.show(pixels[pixel])
            self.wait(style.CHANGE)
        self.play(*(FadeOut(gone) for gone in (frame, number, note, size)), run_time=style.BRISK)

    def unroll(self) -> None:
        """The picture goes to the side; its pixels fly into one column, row after row."""
        side = IMAGE.width
        home = IMAGE.at(0.5, 0.5)
        with self.beat(
            "unroll",
            "Row after row, the pixels line up in one column: the input layer.",
            "The brighter the pixel, the more active its neuron.",
        ):
            self.play(self.picture.animate.scale(side / BIG).move_to(home), run_time=style.CHANGE)
            box, strip = PICTURE, self.net.strip
            centre = box.center
            flight = Unrolling(
                self.run.image(), box.width, box.height,
                (home[0] - side / 2 - centre[0], home[0] + side / 2 - centre[0],
                 home[1] - side / 2 - centre[1], home[1] + side / 2 - centre[1]),
                (strip.get_left()[0] - centre[0], strip.get_right()[0] - centre[0],
                 strip.get_bottom()[1] - centre[1], strip.get_top()[1] - centre[1]),
            ).move_to(centre)  # fmt: skip
            way = ValueTracker(0.0)
            flight.add_updater(lambda m: m.show(way.get_value()))
            self.add(flight)
            self.play(way.animate(rate_func=lambda t: t).set_value(1.0), run_time=5.0)
            flight.clear_updaters()
            self.remove(flight)
            self.add(strip)
            self.brace = self.net.brace()
            self.play(FadeIn(self.brace, shift=0.2 * RIGHT))

    def layers(self) -> None:
        """Wires and neurons, one layer after the other."""
        hidden = " and ".join(number_word(size) for size in self.run.sizes[1:-1])
        first, *others = zip(self.net.wires, self.net.columns, strict=True)
        with self.beat(
            "one neuron",
            f"Then come {hidden} neurons, and ten at the end, one for each digit.",
            f"Take one. It weighs {self.run.sizes[0]:,} pixels, adds a bias, and squeezes the sum to between 0 and 1.",
        ):
            for column in self.net.columns:
                self.play(LaggedStart(*(FadeIn(n, scale=0.6) for n in column), lag_ratio=0.05, run_time=1.0))
            self.play(FadeIn(self.net.names, shift=0.1 * LEFT), run_time=style.BRISK)
            fan, rule = self.one_neuron()
            everyone, told = [n for column in self.net.columns for n in column], self.net.column(1)[self.bright]
            self.play(FadeIn(fan), *rule[:1], Light(everyone, told), run_time=1.5)
            self.play(*rule[1:], run_time=1.5)
            self.wait(style.PAUSE)
        with self.beat(
            "layers",
            "Blue wires are positive weights, red ones negative. So it goes for every neuron, in every layer:",
            f"these are all {self.run.weights:,} wires.",
        ):
            self.play(FadeIn(first[0]), FadeOut(fan), Light(everyone), run_time=2.5)
            for wires, _ in others:
                self.play(FadeIn(wires), run_time=1.5)
            self.wait(style.CHANGE)
            self.play(FadeOut(self.rule), run_time=style.BRISK)

    def one_neuron(self) -> tuple[WireRaster, list[FadeIn]]:
        """The wires of the brightest first neuron, and what it does with what they bring, part by part."""
        bright = self.bright = int(np.asarray(self.trace.at("example.a1", 0).value).argmax())
        self.rule = Formula("{{ a : a }} = {{ sigma : s }} ({{ sum_k w_k : w }} thin {{ x_k : x }} + {{ b : b }})",
                            style.TITLE_SIZE)  # fmt: skip
        for name, colour in (("a", style.FORWARD), ("x", style.FORWARD)):
            self.rule.select(name).set_color(colour)
        self.rule.scale(min(1.0, (COST.width - 0.2) / self.rule.width))
        said = Readout(self.trace.at("example.a1", 0)[bright], ".2f", style.TITLE_SIZE, style.FORWARD)
        equals = Formula("=", style.TITLE_SIZE, style.LABEL)
        end = VGroup(equals, said).arrange(buff=0.2)
        self.rule = VGroup(self.rule, end)
        self.rule.arrange(DOWN, buff=0.5, aligned_edge=LEFT).move_to(COST.center)
        return self.net.fan(1, bright, 0), [FadeIn(self.rule[0], shift=0.2 * LEFT), FadeIn(end, shift=0.2 * UP)]

    def dials(self) -> None:
        """How many weights and biases there are."""
        sizes, run = self.run.sizes, self.run
        pairs = [f"{a:,} × {b}" for a, b in itertools.pairwise(sizes)]
        why = "counted from the sizes in the trace's task"
        lines: list[Any] = []
        for at, pair in enumerate(pairs):
            lines.append(counted(("+ " if at else "") + pair, why, style.LABEL_SIZE, style.LABEL))
        lines.append(counted(f"= {run.weights:,} weights", why, style.BODY_SIZE))
        lines.append(counted(f"+ {run.biases} biases", why, style.BODY_SIZE))
        lines.append(counted(f"{run.weights + run.biases:,} dials", why, 1.15 * style.TITLE_SIZE))
        VGroup(*lines).arrange(DOWN, aligned_edge=RIGHT, buff=0.24)
        tally = VGroup(*lines).move_to(COST.at(0.5, 0.5))
        with self.beat(
            "dials",
            f"A weight on every wire, a bias in every neuron: {run.weights + run.biases:,} dials.",
            "Nobody sets them by hand. At the start they are random.",
        ):
            self.play(LaggedStart(*(FadeIn(line, shift=0.15 * UP) for line in lines[:-1]), lag_ratio=0.5, run_time=3.5))
            self.play(FadeIn(lines[-1], scale=0.8), run_time=style.CHANGE)
        self.play(FadeOut(tally), run_time=style.BRISK)

    def cost(self) -> None:
        """What the outputs say, what they should say, and the squares of the differences adding up."""
        run, last = self.run, self.run.layers
        said = self.trace.at(f"example.a{last}", 0)
        wanted = self.trace.at("example.y", 0)
        misses = self.trace.at(f"example.grad_a{last}", 0).through("half_squared", miss)
        xs = [COST.at(share, 0)[0] for share in (0.1, 0.38, 0.62)]
        says, shoulds, squares, bars = VGroup(), VGroup(), VGroup(), VGroup()
        room = COST.right - xs[2] - 0.45
        for i in range(len(run.names)):
            y = float(self.net.spot(last, i)[1])
            says.add(Readout(said[i], ".2f", style.LABEL_SIZE, style.FORWARD).centre_on(np.array([xs[0], y, 0])))
            shoulds.add(Readout(wanted[i], ".0f", style.LABEL_SIZE, style.TEXT).centre_on(np.array([xs[1], y, 0])))
            squares.add(Readout(misses[i], ".2f", style.LABEL_SIZE, style.LOSS).centre_on(np.array([xs[2], y, 0])))
            bars.add(_bar(misses[i], xs[2] + 0.42, y, room))
        top = float(self.net.spot(last, 0)[1]) + 0.42
        heads = VGroup(
            *(Formula(s, style.LABEL_SIZE, style.LABEL).centre_on(np.array([x, top, 0]))
              for s, x in zip(("a", "y", "(a - y)^2"), xs, strict=True))
        )  # fmt: skip
        with self.beat(
            "cost",
            f"Shown this {run.digit}, the outputs say nonsense. Only neuron {run.digit} should be 1, the rest 0.",
            "Square each difference and add them: the cost of this one image.",
        ):
            self.play(*(wires.animate.set_opacity(style.DIM) for wires in self.net.wires))
            self.play(
                FadeIn(heads[0]),
                LaggedStart(*map(grow_from, self.net.columns[-1], says), lag_ratio=0.08),
            )
            self.play(FadeIn(heads[1]), FadeIn(shoulds, shift=0.2 * LEFT))
            self.wait(style.PAUSE)
            self.play(FadeIn(heads[2]), LaggedStart(*(FadeIn(s) for s in squares), lag_ratio=0.08), FadeIn(bars))
            foot = self._total(xs[2], squares)
            flights = [square.copy() for square in squares]
            self.add(*flights)
            self.play(
                LaggedStart(*(f.animate.move_to(foot[1]).set_opacity(0.0) for f in flights), lag_ratio=0.05),
                FadeIn(foot, lag_ratio=0.5), run_time=2.0,
            )  # fmt: skip
            self.remove(*flights)
        self.table = VGroup(heads, says, shoulds, squares, bars)
        self.foot = foot

    def _total(self, x: float, squares: VGroup) -> VGroup:
        """The sum below its terms."""
        y = COST.bottom + 0.3
        total = Readout(self.trace.at("example.loss", 0), ".2f", style.TITLE_SIZE, style.HIGHLIGHT)
        total.centre_on(np.array([x, y, 0]))
        word = Text("cost", style.BODY_SIZE, style.LABEL)
        word.centre_on(np.array([total.get_left()[0] - 0.3, y, 0]), RIGHT)
        return VGroup(word, total)

    def average(self) -> None:
        """All training images, and the mean of their costs."""
        images = self.trace.constant("train.images")
        across, down = 12, 28
        side = IMAGE.width
        few = np.asarray(images.value)[: across * down]
        wall = PictureWall(few, side, across).move_to(IMAGE.at(0.5, 0.5))
        wall.credit(images)
        count = f"{self.run.shown:,}"
        every = "all " if self.run.shown == self.run.train else ""
        mean = Readout(self.trace.constant("mean_cost"), ".2f", 1.8 * style.TITLE_SIZE, style.HIGHLIGHT)
        label = counted(f"mean cost of {count} images", "images in the trace", style.LABEL_SIZE, style.LABEL)
        VGroup(mean, label).arrange(DOWN, buff=0.3).move_to(COST.at(0.5, 0.5))
        with self.beat(
            "average",
            f"Do that for {every}{count} training images and take the mean: the cost of the whole network.",
            "One number that all the dials decide. Learning means turning them to make it small.",
        ):
            self.play(FadeOut(self.picture), FadeIn(wall), run_time=style.CHANGE)
            self.wait(style.BRISK)
            self.play(
                FadeOut(self.table), FadeOut(self.foot[0]), grow_from(self.foot[1], mean), FadeOut(self.foot[1]),
                FadeIn(label), run_time=1.5,
            )  # fmt: skip
            waves = [wires.animate.set_opacity(1.0) for wires in self.net.wires]
            self.play(LaggedStart(*waves, lag_ratio=0.6, run_time=3.0))
            down = Formula("arrow.b", 2 * style.TITLE_SIZE, style.GRADIENT).next_to(label, DOWN, buff=0.35)
            self.play(FadeIn(down, shift=0.5 * DOWN))
            self.wait(style.PAUSE)


def _bar(reading: Any, x: float, y: float, room: float) -> LengthBar:
    """A bar from x to the right, `room` units long at 1."""
    length, half = max(0.01, room * min(1.0, float(reading))), 0.08
    made = LengthBar(stroke_width=0, fill_color=style.LOSS, fill_opacity=0.8)
    made.points = filled(
        Square(1).stretch(length, 0).stretch(2 * half, 1).move_to([x + length / 2, y, 0]).points, style.LOSS
    ).points
    made.credit(reading)
    return made
