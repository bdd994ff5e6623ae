"""Chapter 4: the last word's vector turns into the next word, block by block. Draws `tiny_lm`."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, FadeOut, Group, LaggedStart, Line, ValueTracker, VGroup

from scenes import style
from scenes.language_kit import PICTURE, LanguageRun, footnote, noted
from scenes.layout import Region
from scenes.parts import moving
from scenes.parts.bars import fitted_alike
from scenes.parts.between import Between
from scenes.parts.class_lines import ClassLines
from scenes.parts.counter import StepCounter
from scenes.parts.guesses import Guesses
from scenes.parts.state_strip import StateStrip, stride
from scenes.parts.ticks import nice_ticks, tick_text
from scenes.parts.typesetting import Text, fitted, row
from scenes.stage import TraceScene
from scenes.wording import number_word, percent

NAMES = 1.5  # units for what the rows are called
TOP = 3  # guesses under each state
CLASSES = 6  # lines that can be told apart
HEADS, STRIPS, LIKENESS, SAYS = PICTURE.rows(0.4, 1.75, 2.65, 1.3, gap=0.14)


class ResidualStream(TraceScene):
    """The last word's vector turns into the next word, block by block: what it resembles, and what it would say."""

    trace_name = "tiny_lm"
    constants: ClassVar[dict[str, str]] = {}

    def construct(self) -> None:
        """The vector, through the blocks, what it is like, what it would say; then all of it while it trains."""
        self.require(LanguageRun.fits(self.trace), "a language model's states and guesses at two steps")
        self.run = LanguageRun(self.trace)
        self.build()
        self.enters()
        self.blocks()
        self.likeness()
        self.guesses()
        self.training()
        self.outcome()

    # -- what there is -------------------------------------------------------------------------------
    def build(self) -> None:
        """A column for every state: its numbers, its likeness to each class's word, its best guesses."""
        run = self.run
        self.step.set_value(float(run.last))
        count = len(run.stops)
        pitch = (PICTURE.width - NAMES) / count
        self.xs = PICTURE.left + NAMES + (np.arange(count) + 0.5) * pitch
        states = np.abs(self.trace.series("shown.states")[:, run.prompt][:, run.stops])
        self.loud = scale = float(np.quantile(states, 0.97))
        self.heads, self.strips, self.says = VGroup(), [], []
        for k, (state, x) in enumerate(zip(run.stops, self.xs, strict=True)):
            told = f"“{run.words[-1]}”" if state == 0 else f"block {state}"
            head = fitted(told, 0.9 * pitch, style.LABEL_SIZE, style.TEXT if k == 0 else style.LABEL)
            head.constant = "a block's number"
            self.heads.add(head.centre_on(np.array([x, HEADS.center[1], 0])))
            strip = Between(lambda: StateStrip(0.42, STRIPS.height, scale), opaque=True)
            self.strips.append(strip.move_to([x, STRIPS.center[1], 0]))
            small = {"bars": False, "number_format": ".2f", "size": style.SMALL_SIZE}
            guess = Guesses(TOP, 0.95 * pitch, SAYS.height, run.speak, **small)  # type: ignore[arg-type]
            self.says.append(guess.move_to([x, SAYS.center[1], 0]))
        self._chart()
        self.reach, self.drawn = ValueTracker(0.0), ValueTracker(-1.0)

    def _chart(self) -> None:
        """Lines of likeness over the same columns, with a scale at the left."""
        run = self.run
        found = self.trace.series("shown.similarity")[:, run.prompt][:, run.stops]
        rank = np.argsort(-np.asarray(run.at("class_probs", run.last).value)[run.layers], kind="stable").tolist()
        self.classes = sorted({run.label, *rank[:CLASSES]} if len(rank) > CLASSES else set(rank))
        low, high = min(0.0, float(found.min())), 1.0
        colours = [style.CLASS_COLOURS[c % len(style.CLASS_COLOURS)] for c in self.classes]
        self.lines = ClassLines(self.xs, LIKENESS.height - 0.3, low, high, self.classes, colours)
        self.lines.shift([0, LIKENESS.center[1], 0])
        self.scale_marks = VGroup()
        ticks = nice_ticks(low, high, about=3)
        for value, text in zip(ticks, tick_text(ticks), strict=True):
            y = float(LIKENESS.center[1]) + self.lines.level(float(value))
            label = noted(text, "ticks of a scale").centre_on(np.array([self.xs[0] - 0.32, y, 0]), RIGHT)
            line = Line([self.xs[0] - 0.2, y, 0], [self.xs[-1] + 0.2, y, 0])
            line.set_stroke(style.LABEL, style.HAIRLINE, 0.3)
            self.scale_marks.add(label, line)

    def alive(self) -> None:
        """From now on everything follows the step, and how far it has come through the columns."""
        run = self.run
        trackers = (self.step, self.reach, self.drawn)
        parts = Group(*self.strips, self.lines)
        shown: list[tuple[float, ...]] = []

        def update(_: Any) -> None:
            values = tuple(float(tracker.get_value()) for tracker in trackers)
            if shown != [values]:
                self.show(*values)
                shown[:] = [values]

        parts.add_updater(update, call_updater=True)
        self.add(parts)
        for guess, state in zip(self.says, run.stops, strict=True):
            self.follow(guess, partial(self.say_next, guess, state))

    def show(self, step: float, reach: float, drawn: float) -> None:
        """Strips up to column `reach`, sliding there from the column before; lines up to column `drawn`."""
        run, at = self.run, self.run.moment(step)
        for k, (strip, state) in enumerate(zip(self.strips, run.stops, strict=True)):
            come = float(np.clip(reach - k + 1, 0, 1))
            come = come * come * (3 - 2 * come)
            strip.show(at, partial(run.put_state, state), come)
            before = self.xs[k - 1] if k else self.xs[0]
            moving.move_to(strip, [before + come * (self.xs[k] - before), STRIPS.center[1], 0])
        whole, share = int(at + 1e-6), at - int(at + 1e-6)
        here, there = (run.at("similarity", run.step_of(moment)) for moment in (whole, whole + 1))
        self.lines.show(here, run.stops, drawn, towards=there, share=max(0.0, share))

    def say_next(self, guess: Guesses, state: int, step: int) -> None:
        """What a state would say next."""
        guess.show(self.run.at("guess_ids", step)[state], self.run.at("guess_probs", step)[state])

    def called(self, room: Region, *lines: str) -> Text:
        """What a row of the picture is, at its left."""
        text = noted("\n".join(lines), "a row's name", style.LABEL_SIZE)
        text.scale(min(1.0, (NAMES - 0.2) / text.width))
        return text.move_to([PICTURE.left, room.center[1], 0], aligned_edge=LEFT)

    # -- beats -----------------------------------------------------------------------------------------
    def enters(self) -> None:
        """The last word as a vector."""
        run = self.run
        often = stride(run.width)
        said = (f"{run.width:,} numbers",) if often == 1 else (f"{run.width:,} numbers,", f"every {often}th")
        self.row_names = VGroup(self.called(STRIPS, "its state:", *said))
        blue = "Blue is positive, red negative, black zero."
        with self.beat(
            "enters",
            f"The guess is made from the last word, “{run.words[-1]}”. It enters as {run.width:,} numbers,",
            "which so far know nothing of the words before it.",
        ):
            words, big = self._opening()
            self.play(FadeIn(words, lag_ratio=0.15), run_time=1.5)
            self.play(words[:-1].animate.set_opacity(style.DIM), words[-1].animate.set_fill(style.FORWARD))
            self.play(FadeIn(big, target_position=words[-1], scale=0.1), run_time=1.5)
            self.wait(style.CHANGE)
            self.note = footnote(f"{run.asked()}   {blue}", run.choices(stops=True))
            home = self.strips[0]
            small = big.animate.stretch_to_fit_width(0.42).stretch_to_fit_height(STRIPS.height).move_to(home)
            self.play(small, FadeOut(words), run_time=1.5)
            self.play(FadeIn(self.heads[0], shift=0.1 * DOWN), FadeIn(self.row_names[0]), FadeIn(self.note))
        self.remove(big)
        self.alive()

    def _opening(self) -> tuple[VGroup, StateStrip]:
        """The prompt in one line, and the last word's numbers, large, under it."""
        run = self.run
        words = [Text(run.words[place], 1.5 * style.TITLE_SIZE) for place in run.places]
        for word in words:
            word.constant = "a word of the prompt"
        row(*words, gap=0.34)
        line = VGroup(*words)
        line.scale(min(1.0, 0.94 * PICTURE.width / line.width)).move_to(PICTURE.at(0.5, 0.93))
        tall = 0.8 * PICTURE.height
        big = StateStrip(1.1, tall, self.loud)
        big.move_to([words[-1].get_center()[0], PICTURE.bottom + tall / 2, 0])
        run.put_state(0, big, len(run.steps) - 1)
        return line, big

    def blocks(self) -> None:
        """Through the blocks, which add to it."""
        count = number_word(self.run.layers)
        with self.beat(
            "blocks",
            f"Then it runs through {count} blocks. Each reads the words before, and adds what it found.",
            "It stays one vector all the way: this is the residual stream.",
        ):
            far = len(self.xs) - 1
            heads = LaggedStart(*(FadeIn(head, shift=0.1 * RIGHT) for head in self.heads[1:]), lag_ratio=0.9)
            self.play(self.reach.animate(rate_func=lambda t: t).set_value(float(far)), heads, run_time=0.95 * far + 0.5)

    def likeness(self) -> None:
        """How like it is to the vectors of the classes' words."""
        run = self.run
        head = noted("likeness to", "a row's name", style.LABEL_SIZE)
        colours = [style.CLASS_COLOURS[c % len(style.CLASS_COLOURS)] for c in self.classes]
        names = VGroup(head, *fitted_alike([run.classes[c] for c in self.classes], colours, 1.0, style.LABEL_SIZE))
        names.arrange(DOWN, aligned_edge=LEFT, buff=0.14)
        names.scale(min(1.0, LIKENESS.height / names.height))
        names.move_to([PICTURE.left, LIKENESS.center[1], 0], aligned_edge=LEFT)
        with self.beat(
            "likeness",
            "The model keeps a vector for every word it can say. How like them is our vector?",
            f"One is the same direction, zero has nothing in common. {self._rise()}",
        ):
            self.play(FadeIn(names, lag_ratio=0.2), FadeIn(self.scale_marks), run_time=style.CHANGE)
            far = len(self.xs) - 1
            self.drawn.set_value(0.0)
            self.play(self.drawn.animate(rate_func=lambda t: t).set_value(float(far)), run_time=0.9 * far + 0.5)

    def _rise(self) -> str:
        """What the lines show, if that is so."""
        run = self.run
        found = np.asarray(run.at("similarity", run.last).value)
        last, first = found[run.layers], found[0]
        if int(last.argmax()) == run.label and last[run.label] > first[run.label]:
            return f"Block by block it turns towards {run.right}."
        return f"{run.right} goes from {first[run.label]:.2f} to {last[run.label]:.2f}."

    def guesses(self) -> None:
        """What each state would say."""
        name = self.called(SAYS, "would say")
        with self.beat(
            "guesses",
            "And if the model stopped here, what would it say? Read every state through its own last layer.",
            self._settles(),
        ):
            self.play(FadeIn(name), run_time=style.BRISK)
            come = (FadeIn(guess, shift=0.15 * UP) for guess in self.says)
            self.play(LaggedStart(*come, lag_ratio=0.4), run_time=4.0)

    def _settles(self) -> str:
        """From which block on the right word is the first guess, if it is at the end."""
        run = self.run
        best = np.asarray(run.at("guess_ids", run.last).value)[:, 0] == run.answer
        share = percent(float(run.probability(run.last)))
        if not best[-1]:
            return f"At the end {run.right} has {share}; other words have more."
        since = int(np.flatnonzero(~best)[-1]) + 1 if not best.all() else 0
        told = f"From block {since} on" if since else "From the start"
        return f"{told} its first guess is {run.right}; at the end with {share}."

    def training(self) -> None:
        """All of it from the first step on."""
        run = self.run
        self.counter = StepCounter(run.last, size=style.LABEL_SIZE)
        self.counter.move_to([PICTURE.left, HEADS.center[1], 0], aligned_edge=LEFT)
        lines = (
            ("That was the trained model. Before training, its vector resembles nothing it should.",
             "Now all the steps: the lines rise together first, as it learns that some city comes next;",
             f"then they part, and {run.right} pulls away.")
            if run.trained and self._together()
            else ("All of it again, from the first recorded step to the last.",)
        )  # fmt: skip
        between = footnote(
            f"Recorded at {len(run.steps)} steps; in between, strips fade, lines move straight, and guesses stay."
        )
        with self.beat("training", *lines):
            back = self.step.animate(run_time=1.5).set_value(float(run.steps[0]))
            self.play(back, FadeOut(self.note))
            self.play(FadeIn(self.counter), FadeIn(between), run_time=style.BRISK)
            self.follow(self.counter, self.counter.show)
            self.wait(2.0)
            seconds = max(4.0, min(14.0, 0.7 * len(run.steps)))
            self.run_steps(run.last, (run.last - run.steps[0]) / seconds)
            self.wait(style.PAUSE)

    def _together(self) -> bool:
        """Whether likeness to every class rises before one of them leaves the others behind."""
        run = self.run
        found = self.trace.series("shown.similarity")[:, run.prompt, run.layers]
        middle = found[len(found) // 5]
        return bool((middle > found[0] + 0.3).all() and np.ptp(middle) < 0.25 and np.ptp(found[-1]) > np.ptp(middle))

    def outcome(self) -> None:
        """What was seen, and what it must not be taken for."""
        with self.beat("outcome", "A question went in on the left; on the right stands its answer.", self.run.caveat()):
            self.wait(style.PAUSE)
