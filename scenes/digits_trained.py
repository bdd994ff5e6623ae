"""Chapter 3: all wires while the network trains, and how it then reads images it has never seen. Draws `digits`."""

from __future__ import annotations

import numpy as np
from manim import DOWN, UP, FadeIn, FadeOut, Group, LaggedStart, VGroup

from scenes import style
from scenes.digits_kit import PICTURE, DigitNet, DigitRun, counted
from scenes.layout import Region
from scenes.parts.counter import StepCounter
from scenes.parts.pixel_picture import PictureWall, PixelPicture
from scenes.parts.provenance import array
from scenes.parts.readout import Readout
from scenes.parts.sparkline import Sparkline
from scenes.parts.typesetting import Text
from scenes.stage import TraceScene

NET, SCORES = PICTURE.columns(8.9, 4.3, gap=0.35)
TOP, LOW = PICTURE.rows(0.8, 5.6, gap=0.1)
RATE = 13.0  # snapshots a second
SHOWN = 8  # mistakes shown large


class Trained(TraceScene):
    """All the wires while they train, and then the test: images that the network has never seen."""

    trace_name = "digits"

    def construct(self) -> None:
        """Training, the test, the mistakes."""
        self.require(DigitRun.fits(self.trace), "handwritten digits and layers of at most 20 neurons")
        self.run = DigitRun(self.trace)
        self.build()
        self.untrained()
        self.training()
        self.test()
        self.mistakes()

    def build(self) -> None:
        """Network, cost and share of right answers, all following the snapshots."""
        self.steps = self.trace.steps("cost")
        self.image = PixelPicture(self.run.image(), 1.7, 1.7).move_to(NET.at(0.1, 0.5))
        room = Region(NET.left + 2.75, NET.right, NET.bottom + 0.25, NET.top)
        self.net = DigitNet(self.run, room)
        self.brace = self.net.brace()
        head, curve, shares = SCORES.rows(0.9, 2.6, 2.2, gap=0.25)
        self.counter = StepCounter(int(self.steps[-1])).move_to(head.center)
        cost = self.trace.history("cost")
        self.cost = Sparkline(
            cost, curve.width, curve.height, steps=self.steps, low=0.0, title="mean cost"
        ).move_to(curve.center)  # fmt: skip
        self.share = Readout(self.trace.at("accuracy_test", 0), ".1%", 1.6 * style.TITLE_SIZE, whole=3, align="centre")
        words = Text("of the test images read right", style.LABEL_SIZE, style.LABEL)
        self.right = VGroup(self.share, words).arrange(DOWN, buff=0.25).move_to(shares.center)
        self.follow(self.counter, self.counter.show)
        parts = Group(self.net, self.counter, self.cost, self.right)
        parts.add_updater(lambda _: self.show(), call_updater=True)
        self.parts = parts

    def show(self) -> None:
        """What was last recorded at this step."""
        step = int(self.steps[np.searchsorted(self.steps, self.now(), side="right") - 1])
        if step == getattr(self, "shown", None):
            return
        self.shown = step
        self.net.show(step)
        self.cost.show(step, self.trace.at("cost", step))
        self.share.show(self.trace.at("accuracy_test", step))

    # -- beats -------------------------------------------------------------------------------------
    def untrained(self) -> None:
        """Where it starts."""
        with self.beat("untrained", f"All {self.run.weights:,} wires once more, before training: weights at random."):
            self.play(FadeIn(self.image), FadeIn(self.brace), FadeIn(self.parts), run_time=style.CHANGE)
            self.add(self.parts)

    def training(self) -> None:
        """Every snapshot, one after the other."""
        last = len(self.steps) - 1

        def stairs(t: float) -> float:
            """From one recorded step to the next, and never between."""
            return float(self.steps[int(t * last + 1e-9)] / self.steps[-1])

        with self.beat(
            "training",
            "Now batch after batch: each asks its images, takes the mean, and makes a step.",
            "The wires find their colours, the cost falls, and the right output lights up.",
            *self.most_happens_early(),
        ):
            up = self.step.animate(rate_func=stairs).set_value(float(self.steps[-1]))
            self.play(up, run_time=max(9.0, last / RATE))
            self.wait(style.PAUSE)

    def most_happens_early(self) -> list[str]:
        """A sentence on when nine in ten were read, if that was in the first half."""
        reached = np.flatnonzero(array(self.trace.history("accuracy_test")) >= 0.9)
        if not len(reached) or self.steps[reached[0]] > self.steps[-1] / 2:
            return []
        step = int(self.steps[reached[0]])
        return [f"After {step:,} of {self.steps[-1]:,} steps it reads nine in ten. The rest is slow, fine work."]

    def test(self) -> None:
        """The wall of test images, wrong ones framed."""
        images, wrong = self.trace.constant("test.images"), array(self.trace.constant("test.wrong")).astype(int)
        count = len(array(self.trace.constant("test.labels")))
        across = max(1, round(np.sqrt(count * LOW.width / LOW.height)))
        across += -count % across == across - 1  # no row of one alone
        width = min(LOW.width, LOW.height * across / -(-count // across))
        wall = PictureWall(images, width, across).move_to(LOW.center)
        marked = PictureWall(images, width, across, {int(i): style.NEGATIVE for i in wrong}).move_to(LOW.center)
        final = self.trace.constant("test.accuracy")
        share = Readout(final, ".1%", style.TITLE_SIZE, whole=2)
        words = Text("right on images it never saw", style.BODY_SIZE, style.LABEL)
        head = VGroup(share, words).arrange(buff=0.3)
        words.shift([0, share.baseline - words.baseline, 0])
        head.move_to(TOP.center)
        told = f"{len(wrong)} of these {count} it gets wrong." if len(wrong) else f"All of these {count} it gets right."
        with self.beat(
            "test",
            "Does it only know the images it was trained on? These were kept from it.",
            f"It reads {100 * float(final):.1f} percent of the test right. {told}",
        ):
            self.parts.clear_updaters()
            gone = Group(self.parts, self.image, self.brace)
            self.play(FadeOut(gone), run_time=style.CHANGE)
            self.play(FadeIn(wall, shift=0.2 * UP), run_time=1.5)
            self.wait(style.CHANGE)
            self.play(FadeIn(head, shift=0.1 * DOWN))
            self.wait(style.CHANGE)
            self.play(FadeIn(marked), wall.animate.set_opacity(style.DIM), run_time=style.CHANGE)
            self.remove(wall)
            self.wait(style.PAUSE)
        self.wall, self.head, self.wrong = marked, head, wrong

    def mistakes(self) -> None:
        """The wrong ones, large, with what they are and what the network took them for."""
        shown = [int(i) for i in self.wrong[:SHOWN]]
        if not shown:
            return
        images, labels = self.trace.constant("test.images"), array(self.trace.constant("test.labels"))
        output = array(self.trace.constant("test.output"))
        side = min(1.9, 0.86 * LOW.width / len(shown))
        large, captions = Group(), VGroup()
        for place, i in enumerate(shown):
            at = LOW.at((place + 0.5) / len(shown), 0.62)
            picture = PixelPicture(images[i], side, side).move_to(at)
            why = "the label, and the largest of the trace's outputs"
            said = counted(f"says {int(output[i].argmax())}", why, style.BODY_SIZE, style.NEGATIVE)
            true = counted(f"is {int(labels[i])}", why, style.BODY_SIZE, style.LABEL)
            captions.add(VGroup(said, true).arrange(DOWN, buff=0.2).next_to(picture, DOWN, buff=0.25))
            large.add(picture)
        with self.beat(
            "mistakes",
            "Look at what it gets wrong: some of these, you would have to guess as well.",
            "Nobody told it what a digit is. It was only ever told how wrong it was.",
        ):
            starts = [self.wall.place(i) for i in shown]
            ends = [picture.get_center() for picture in large]
            shrink = 0.78 * self.wall.width / self.wall.across / side  # within their frames
            for picture, start in zip(large, starts, strict=True):
                picture.scale(shrink).move_to(start)
            self.add(*large)
            self.play(self.wall.animate.set_opacity(0.0), run_time=style.CHANGE)
            self.remove(self.wall)
            moves = [p.animate.scale(1 / shrink).move_to(end) for p, end in zip(large, ends, strict=True)]
            self.play(LaggedStart(*moves, lag_ratio=0.15), run_time=2.5)
            self.play(LaggedStart(*(FadeIn(c, shift=0.1 * UP) for c in captions), lag_ratio=0.2))
            self.wait(2.0)
