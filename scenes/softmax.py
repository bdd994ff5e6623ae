"""Chapter 1: from scores to probabilities. Draws the softmax that the trace `cities3` samples, and its step 0."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    LEFT,
    RIGHT,
    UP,
    FadeIn,
    GrowFromEdge,
    LaggedStart,
    Restore,
    TransformFromCopy,
    ValueTracker,
    VGroup,
    there_and_back,
)

from engine.trace import Reading
from scenes import style
from scenes.atlas import Task
from scenes.layout import CAPTION_STRIP, SAFE, Region
from scenes.parts.bars import ProbabilityBars
from scenes.parts.provenance import array
from scenes.parts.readout import Readout
from scenes.parts.strip import ShareStrip
from scenes.parts.typesetting import Formula, row
from scenes.stage import TraceScene
from scenes.wording import percent

PICTURE = Region(SAFE.left, SAFE.right, CAPTION_STRIP.top, SAFE.top)
HEADINGS, BARS, SUMS, STRIP = PICTURE.rows(1.35, 3.4, 0.7, 0.75, gap=0.12)
COLUMNS = BARS.columns(4.9, 4.5, 4.0, gap=0.35)


class Softmax(TraceScene):
    """Exponentiate, then share out: scores become probabilities, and the largest is favoured."""

    trace_name = "cities3"

    def construct(self) -> None:
        """Three columns fill one after the other; then a score slides."""
        self.read()
        self.build_columns()
        self.scores()
        self.exponentiate()
        self.share_out()
        self.favour()
        self.slide()
        self.our_scores()

    # -- what stands on the stage ------------------------------------------------------------------
    def read(self) -> None:
        """The sampled softmax, (samples, outputs) each, and step 0 of the run."""
        self.require("softmax.logits" in self.trace, "a sampled softmax: a run with a [worked] table")
        names = ("softmax.logits", "softmax.exponentials", "softmax.probs")
        self.samples = [self.trace.constant(name) for name in names]
        self.task = Task.of(self.trace)
        ours = (self.trace.at("logits", 0), self.trace.constant("exponentials"), self.trace.at("probs", 0))
        self.ours = list(ours)
        fits = np.shape(self.samples[0].value)[1] == len(self.task.names)
        self.require(fits, "as many scores in softmax_from and softmax_to as there are cities")
        self.moving = int(np.argmax(np.abs(np.diff(np.asarray(self.samples[0].value)[[0, -1]], axis=0))))

    def build_columns(self) -> None:
        """Bars for scores, powers and shares; headings above them, the sum and the strip below."""
        names, colours = self.task.names, self.task.colours
        scores = np.concatenate([np.asarray(self.samples[0].value), [self.ours[0].value]])
        low, high = min(0.0, 1.1 * float(scores.min())), 1.05 * float(scores.max())
        none = [""] * len(names)
        wide = [region.width for region in COLUMNS]
        size = style.BODY_SIZE if len(names) <= 5 else style.LABEL_SIZE
        look: dict[str, Any] = {
            "label_size": size,
            "number_size": size,
            "thickness": min(0.7, 0.6 * BARS.height / len(names)),
        }
        self.scores_bars = ProbabilityBars(
            names, colours, wide[0], BARS.height, low=low, high=high, number_format=".2f", whole=2, **look
        )
        most = 1.05 * max(float(np.max(powers.value)) for powers in (self.samples[1][0], self.ours[1]))
        self.powers = ProbabilityBars(
            none, colours, wide[1], BARS.height, high=most, number_format=".2f", whole=5, **look
        )
        self.shares = ProbabilityBars(none, colours, wide[2], BARS.height, number_format=".5f", **look)
        self.columns = [self.scores_bars, self.powers, self.shares]
        sources = ("h", "e^h", "hat(y) = e^h / (sum e^h)")
        self.headings = [Formula(source, 1.2 * style.TITLE_SIZE) for source in sources]
        for bars, heading, region in zip(self.columns, self.headings, COLUMNS, strict=True):
            bars.shift(region.center)
            track = bars.tracks[0]
            heading.centre_on(np.array([track.get_center()[0], HEADINGS.center[1], 0]))
        self.total = Readout(0.0, ".2f", size, style.TEXT, whole=5, signed=False)
        self.one = Readout(1.0, ".5f", size, style.TEXT, signed=False)
        self.sum_row = _sum("sum e^h =", self.total, self.powers)
        self.one_row = _sum("sum hat(y) =", self.one, self.shares)
        self.strip = ShareStrip(colours, STRIP.width, 0.6).shift(STRIP.center)
        self.place = ValueTracker(0.0)

    def sample(self, index: int) -> list[Reading]:
        """Scores, powers and shares (outputs,) of one sample."""
        return [whole[index] for whole in self.samples]

    def stand_at(self, scores: Any, powers: Any, shares: Any) -> None:
        """Show one set of scores with its powers and shares in all places."""
        self.scores_bars.show(scores)
        self.powers.show(powers)
        self.shares.show(shares)
        self.strip.show(shares)
        for number, values in ((self.total, powers), (self.one, shares)):
            number.show(values.through("sum", np.sum) if isinstance(values, Reading) else float(np.sum(values)))

    # -- beats -------------------------------------------------------------------------------------
    def scores(self) -> None:
        """The first column: any numbers."""
        self.stand_at(*self.sample(0))
        spoken = ", ".join(f"{value:g}" for value in np.asarray(self.samples[0].value)[0])
        with self.beat(
            "scores",
            f"Scores can be any numbers, negative ones too. Say they are {spoken}.",
            "Probabilities are stricter: none below zero, and all together make exactly one.",
        ):
            bars = self.scores_bars
            first = VGroup(bars, self.headings[0])
            home = float(bars.get_center()[0])
            first.shift([PICTURE.center[0] - home, 0, 0])  # alone, it stands in the middle
            self.play(FadeIn(VGroup(*bars.tracks, *bars.names, bars.zero)), FadeIn(self.headings[0]))
            self.play(*(GrowFromEdge(bar, LEFT) for bar in bars.bars if len(bar.points)), FadeIn(VGroup(*bars.numbers)))
            self.wait(5.5)
            self.play(first.animate(run_time=1.5).shift([home - PICTURE.center[0], 0, 0]))

    def exponentiate(self) -> None:
        """The second column grows out of the first."""
        with self.beat(
            "exponentiate",
            "First, raise e, which is about 2.7, to the power of each score. Nothing is negative now,",
            "and one more in the score is 2.7 times as much here.",
        ):
            self.fill(self.scores_bars, self.powers, self.headings[1])

    def fill(self, before: ProbabilityBars, after: ProbabilityBars, heading: Formula) -> None:
        """Let the bars of one column fly out of another's."""
        self.play(FadeIn(VGroup(*after.tracks)), FadeIn(heading, shift=0.2 * UP))
        pairs = [(a, b) for a, b in zip(before.bars, after.bars, strict=True) if len(a.points) and len(b.points)]
        flights = [TransformFromCopy(a, b.set_opacity(1)) for a, b in pairs]
        self.play(LaggedStart(*flights, lag_ratio=0.2, run_time=1.6))
        self.play(FadeIn(VGroup(*after.numbers)), run_time=0.6)

    def share_out(self) -> None:
        """All powers laid end to end make the strip; each one's part of it is its probability."""
        with self.beat(
            "share out",
            "Second, share out. Lay all of them end to end: that is the whole.",
            "Each one's part of the whole is its probability.",
        ):
            done = VGroup(self.scores_bars, self.headings[0]).save_state()
            self.play(done.animate.fade(1 - style.DIM), FadeIn(self.sum_row, shift=0.2 * UP), FadeIn(self.strip.track))
            pieces = [
                TransformFromCopy(bar, piece)
                for bar, piece in zip(self.powers.bars, self.strip.pieces, strict=True)
                if len(bar.points) and len(piece.points)
            ]
            self.play(LaggedStart(*pieces, lag_ratio=0.3, run_time=2.0))
            self.wait(0.6)
            self.play(FadeIn(VGroup(*self.shares.tracks)), FadeIn(self.headings[2], shift=0.2 * UP))
            flights = [
                TransformFromCopy(piece, bar)
                for piece, bar in zip(self.strip.pieces, self.shares.bars, strict=True)
                if len(piece.points) and len(bar.points)
            ]
            self.play(LaggedStart(*flights, lag_ratio=0.3, run_time=1.6))
            self.play(FadeIn(VGroup(*self.shares.numbers)), FadeIn(self.one_row, shift=0.2 * UP), run_time=0.8)
            self.play(Restore(done))
            self.tidy()

    def favour(self) -> None:
        """The largest gets more than its part of the scores."""
        first = np.asarray(self.samples[0].value)[0]
        share = float(self.samples[2][0, self.moving])
        lines = [f"The largest score gets {percent(share)}."]
        if (first > 0).all():
            lines = [
                f"{first[self.moving]:g} out of {first.sum():g} would be {percent(first[self.moving] / first.sum())}.",
                f"Softmax gives it {percent(share)}: the largest is favoured.",
            ]
        with self.beat("favour", *lines):
            number = self.shares.numbers[self.moving]
            self.wait(1.0)
            self.play(number.animate(rate_func=there_and_back, run_time=1.6).scale(1.35))

    def slide(self) -> None:
        """One score slides over the recorded samples; all follows."""
        last = np.shape(self.samples[0].value)[0] - 1
        moved = np.asarray(self.samples[0].value)[[0, last], self.moving]
        final = float(self.samples[2][last, self.moving])
        self.scores_bars.add_updater(lambda _: self.stand_at(*self.sample(round(self.place.get_value()))))
        with self.beat(
            "slide",
            f"Now let that score slide from {moved[0]:g} to {moved[1]:g}, and watch its share take nearly all.",
            f"{percent(final).capitalize()}. Never quite all of it: a maximum, but a soft one. Hence the name.",
        ):
            self.wait(0.5)
            self.play(self.place.animate(run_time=5.0).set_value(last))
        self.scores_bars.clear_updaters()

    def our_scores(self) -> None:
        """The same with the model's own scores at step 0."""
        before, after = [array(reading) for reading in self.sample(-1)], [array(reading) for reading in self.ours]
        mix = ValueTracker(0.0)
        numbers = VGroup(*(number for bars in self.columns for number in bars.numbers), self.total, self.one)

        def follow(_: object) -> None:
            share = mix.get_value()
            self.stand_at(*((1 - share) * a + share * b for a, b in zip(before, after, strict=True)))

        best = int(np.argmax(after[2]))
        with self.beat(
            "our scores",
            f"And the scores of our model? {self.task.names[best]} {percent(float(after[2][best]))}: "
            "there is what we saw.",
        ):
            self.play(numbers.animate.set_opacity(0), run_time=0.5)
            self.scores_bars.add_updater(follow)
            self.play(mix.animate(run_time=2.0).set_value(1.0))
            self.scores_bars.clear_updaters()
            self.stand_at(*self.ours)
            self.play(numbers.animate.set_opacity(1), run_time=0.5)
            self.wait(style.PAUSE)

    def tidy(self) -> None:
        """Put the columns and the strip into the scene as wholes again, so that they can show other numbers."""
        loose = [m for part in (*self.columns, self.strip) for m in part.get_family()]
        self.remove(*loose)
        self.add(*self.columns, self.strip)


def _sum(source: str, total: Readout, bars: ProbabilityBars) -> VGroup:
    """A sum below a column's numbers, with the formula that names it."""
    total.centre_on(np.array([bars.numbers[0].get_right()[0], SUMS.center[1], 0]), RIGHT)
    label = Formula(source, style.BODY_SIZE, style.LABEL)
    row(total, label)
    return VGroup(label.shift([total.get_left()[0] - 0.2 - label.get_right()[0], 0, 0]), total)
