"""Chapter 4: training moves attention onto the words that decide. Draws `tiny_lm`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from manim import (
    DOWN,
    UP,
    Create,
    FadeIn,
    FadeOut,
    Group,
    LaggedStart,
    ValueTracker,
    VGroup,
)

from scenes import style
from scenes.attention_pictures import WATCHED, Deciding, HeadGrid, Wall
from scenes.language_kit import PICTURE, LanguageRun, footnote
from scenes.layout import Region
from scenes.parts.counter import StepCounter
from scenes.parts.sparkline import Sparkline
from scenes.parts.typesetting import Text
from scenes.stage import TraceScene
from scenes.wording import capitalised, listed, number_word, percent


def steady_rows(count: int) -> Callable[[float], float]:
    """From row to row, with a rest on each."""

    def pace(t: float) -> float:
        whole, share = divmod(t * count, 1.0)
        share = min(1.0, share / 0.6)
        return min(1.0, (whole + share * share * (3 - 2 * share)) / count)

    return pace


class AttentionLearns(TraceScene):
    """Training moves attention onto the words that decide what comes next; nobody tells it where to look."""

    trace_name = "tiny_lm"
    constants: ClassVar[dict[str, str]] = {}

    def construct(self) -> None:
        """One pattern; all heads; the words that decide; two heads through training; all heads again."""
        self.require(LanguageRun.fits(self.trace), "a language model's attention at two steps")
        self.run = LanguageRun(self.trace)
        self.watched = self.run.watched(WATCHED)
        self.pattern()
        self.wall()
        self.decides()
        self.training()
        self.outcome()

    # -- beats -------------------------------------------------------------------------------------
    def pattern(self) -> None:
        """What a pattern is, on the head that is followed."""
        run = self.run
        layer, head, _ = self.watched[0]
        room = Region(PICTURE.at(0.2, 0)[0], PICTURE.at(0.8, 0)[0], PICTURE.bottom, PICTURE.top)
        one = HeadGrid(run, layer, head, room, f"block {layer + 1}, head {head + 1}")
        one.show(0)
        before = "before training" if run.trained else "as it came"
        with self.beat(
            "pattern",
            f"An attention pattern, {before}. Each row is a word, looking back at the words in the columns.",
            "The brighter a cell, the more it takes from there; a row’s shares add up to one. No word may look ahead.",
            f"The last row matters most to us: from “{run.words[-1]}” the next word is guessed.",
        ):
            names = LaggedStart(*(FadeIn(c, shift=0.1 * UP) for c in (*one.rows, *one.columns)), lag_ratio=0.1)
            self.play(FadeIn(one.title), names, run_time=1.5)
            one.reveal(0.0)
            self.add(one.grid)
            self.play(Create(one.frame), run_time=style.CHANGE)
            rows = ValueTracker(0.0)
            one.grid.add_updater(lambda _: one.reveal(rows.get_value()))
            far = float(len(one.rows))
            self.play(rows.animate(rate_func=steady_rows(len(one.rows))).set_value(far), run_time=9.0)
            one.grid.clear_updaters()
            if len(one.shares):
                self.play(LaggedStart(*(FadeIn(share, shift=0.1 * DOWN) for share in one.shares), lag_ratio=0.12))
            self.add(one)
        self.one = one

    def wall(self) -> None:
        """The pattern shrinks into its place among all the others."""
        run, one = self.run, self.one
        self.tiles = Wall(run, PICTURE)
        layer, head, _ = self.watched[0]
        home = self.tiles.tile(layer, head)
        count = run.layers * run.heads
        with self.beat(
            "wall",
            f"The model has {number_word(count)} of them: {number_word(run.layers)} blocks with "
            f"{number_word(run.heads)} heads each, all at work on the same words.",
        ):
            rest = VGroup(one.rows, one.columns, one.shares, one.title, one.frame)
            self.play(FadeOut(rest), run_time=style.BRISK)
            self.play(one.grid.animate.scale(home.width / one.grid.width).move_to(home), run_time=style.CHANGE)
            self.play(FadeIn(self.tiles), run_time=1.5)
            self.remove(one, one.grid)
            self.wait(style.PAUSE)

    def decides(self) -> None:
        """Which words decide: hide one, and see what that costs."""
        run = self.run
        room = Region(PICTURE.at(0.12, 0)[0], PICTURE.at(0.88, 0)[0], PICTURE.bottom, PICTURE.top - 0.9)
        chart = Deciding(run, room)
        head = Text("how much the loss rises when one word is hidden", style.BODY_SIZE, style.LABEL)
        head.move_to(PICTURE.at(0.5, 0.96))
        note = footnote("Hidden: the word’s vector is replaced by the mean of all words’ vectors. Loss in nats.")
        names = [f"“{run.words[word]}”" for _, _, word in self.watched]
        when = "Once trained, hide" if run.trained else "Hide"
        with self.beat(
            "decides",
            f"Which words decide? {when} one of them from the model, and see how much the loss rises.",
            f"Besides the last word itself, {listed(names)} matter{'' if len(names) > 1 else 's'} most. "
            "Which heads look at them?",
        ):
            self.play(FadeOut(self.tiles), run_time=style.BRISK)
            words = LaggedStart(*map(FadeIn, chart.words), lag_ratio=0.08)
            self.play(FadeIn(head), FadeIn(note), words, run_time=style.CHANGE)
            chart.grow(self)
            self.wait(style.CHANGE)
            self.play(*chart.light([word for _, _, word in self.watched]), run_time=style.CHANGE)
        self.play(FadeOut(chart), FadeOut(head), FadeOut(note), run_time=style.BRISK)

    def training(self) -> None:
        """The heads that look at those words, through every step."""
        run = self.run
        top, low = PICTURE.rows(0.82, 0.18, gap=0.12)
        rooms = top.columns(*[1.0] * len(self.watched), gap=0.3)
        self.pair = Group()
        for (layer, head, word), room in zip(self.watched, rooms, strict=True):
            made = HeadGrid(run, layer, head, room, f"block {layer + 1}, head {head + 1}")
            made.brighten(word)
            self.pair.add(made)
        self.clock(low)
        rule = "grew most" if run.trained else "is greatest"
        note = footnote(
            f"Heads whose attention from the last word to the word that decides {rule}. Patterns were recorded at "
            f"{len(run.steps)} steps; between two, one fades into the next."
        )  # fmt: skip
        names = [f"“{run.words[word]}”" for _, _, word in self.watched]
        lines = (
            (f"Here are two of them. Watch the last row while it trains: one head finds {names[0]}.",
             f"The other finds {names[-1]}. Nobody told them: looking there is what made the loss fall.")
            if run.trained
            else ("Watch the last row through one step of training.", self._moved())
        )  # fmt: skip
        with self.beat("training", *lines):
            for made in self.pair:
                made.show(0)
            self.play(FadeIn(self.pair), FadeIn(self.counter), FadeIn(self.curve), FadeIn(note), run_time=style.CHANGE)
            self.add(self.pair)
            shown: list[float] = []

            def update(_: Any) -> None:
                step = float(self.step.get_value())
                if shown != [step]:
                    for made in self.pair:
                        made.show(step)
                    shown[:] = [step]

            self.pair.add_updater(update, call_updater=True)
            self.play(*(Create(made.frame) for made in self.pair), run_time=style.CHANGE)
            seconds = max(4.0, min(12.0, 0.6 * len(run.steps)))
            self.run_steps(run.last, run.last / seconds)
            self.wait(style.PAUSE)
        self.note = note

    def _moved(self) -> str:
        """By how much the shares in the rows that are followed move at most."""
        run, rows = self.run, []
        for step in (int(run.steps[0]), run.last):
            whole = np.asarray(run.at("attention", step).value)
            rows.append([whole[layer, head, run.length - 1] for layer, head, _ in self.watched])
        most = float(np.abs(np.array(rows[1]) - np.array(rows[0])).max())
        return f"No share in it moves by more than {100 * most:.1f} percentage points."

    def clock(self, room: Region) -> None:
        """Step counter and loss, below the grids."""
        left, right = room.columns(0.32, 0.68, gap=0.3)
        self.counter = StepCounter(self.run.last).move_to(left.center)
        every = self.trace.history("loss")
        steps = self.trace.steps("loss")
        self.curve = Sparkline(every, right.width, right.height, steps=steps, low=0.0, title="mean loss")
        self.curve.move_to(right.center)
        self.follow(self.counter, self.counter.show)
        self.follow(self.curve, lambda step: self.curve.show(step, self.trace.latest("loss", step)))

    def outcome(self) -> None:
        """From what to what, and the wall once more."""
        run = self.run
        layer, head, word = self.watched[0]
        was, now = (
            float(run.at("attention", step)[layer, head, run.length - 1, word])
            for step in (int(run.steps[0]), run.last)
        )
        change = f"went from {percent(was)} to {percent(now)}"
        with self.beat(
            "outcome",
            capitalised(f"the share of “{run.words[word]}” {change}."),
            f"All {number_word(run.layers * run.heads)} patterns {'after training' if run.trained else 'once more'}. "
            + run.caveat(),
        ):
            self.wait(2.5)
            self.pair.clear_updaters()
            gone = Group(self.pair, *(made.frame for made in self.pair), self.counter, self.curve, self.note)
            self.play(FadeOut(gone), run_time=style.BRISK)
            self.tiles.show(run.last)
            self.play(FadeIn(self.tiles), run_time=style.CHANGE)
            marks = VGroup(*(self.tiles.mark(layer, head) for layer, head, _ in self.watched))
            self.play(Create(marks), run_time=style.CHANGE)
            self.wait(style.PAUSE)
