"""Chapter 1: why the gradient at the outputs is ŷ − y. Draws step 0 of the trace `cities3`; every line is tested."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from manim import (
    LEFT,
    RIGHT,
    UP,
    AnimationGroup,
    Create,
    FadeIn,
    FadeOut,
    GrowFromPoint,
    LaggedStart,
    VGroup,
    VMobject,
)

from scenes import style
from scenes.layout import CAPTION_STRIP, SAFE, Region
from scenes.parts.formula import Rewrite, grow_from, in_place, painted, spotlight
from scenes.parts.loss_chain import LossChain, Push
from scenes.parts.readout import Readout, rounded_box
from scenes.parts.typesetting import Formula
from scenes.softmax_algebra import MOST_TERMS, Algebra
from scenes.stage import TraceScene
from scenes.worked import TRANSFORMS, WorkedStep

PICTURE = Region(SAFE.left, SAFE.right, CAPTION_STRIP.top, SAFE.top)
LARGE = 1.35 * style.TITLE_SIZE


class SoftmaxGradient(TraceScene):
    """Logarithm and exponential cancel, and what is left of the blame is simple: what was said minus what is true."""

    trace_name = "cities3"
    transforms = TRANSFORMS
    constants: ClassVar[dict[str, str]] = {str(k): "a class's number, or an entry of the one-hot y" for k in range(9)}

    def construct(self) -> None:
        """The question, four lines of algebra, one slope, all slopes, the numbers."""
        self.build()
        self.question()
        self.write_out()
        self.cancel()
        self.one_slope()
        self.all_slopes()
        self.numbers()

    # -- what stands on the stage ------------------------------------------------------------------
    def build(self) -> None:
        """The chain from the outputs to the loss on top, room for algebra below."""
        self.worked = WorkedStep(self.trace)
        self.task, self.right, self.name = self.worked.task, self.worked.right, self.worked.name
        self.classes, self.blame = self.worked.classes, self.worked.blame
        self.algebra = Algebra(len(self.task.names), self.right)
        tall = len(self.task.names) > MOST_TERMS
        self.top, self.low = PICTURE.rows(3.1, 3.1, gap=0.3) if tall else PICTURE.rows(2.75, 3.4, gap=0.3)
        self.chain = LossChain(self.task.names, self.task.colours, self.right, self.top.width, self.top.height)
        self.chain.shift(self.top.center).show(self.worked.logits, self.worked.probs, self.worked.loss)
        size = style.LABEL_SIZE if tall else 1.2 * style.TITLE_SIZE
        self.questions = VGroup(
            *(Formula("?", size, style.GRADIENT).centre_on(self.chain.slot(i), RIGHT) for i in self.classes)
        )

    def dressed(self, source: str, size: float = style.TITLE_SIZE) -> Formula:
        """A line with every part in the colour of its class, and derivatives in the gradient's."""
        formula = Formula(source, size)
        colours = {f"x{i}{tag}": self.task.colours[i] for i in self.classes for tag in ("", "n")}
        colours |= {f"h{i}n": self.task.colours[i] for i in self.classes}
        colours |= {"hat": self.task.colours[self.right], "d": style.GRADIENT}
        return painted(formula, {name: colour for name, colour in colours.items() if name in formula.names}, "class")

    # -- beats -------------------------------------------------------------------------------------
    def question(self) -> None:
        """The chain comes in from the left; each output asks for its slope."""
        with self.beat(
            "question",
            "Between the outputs and the loss stand two blocks: softmax, and minus the logarithm.",
            "If one output moves a little, how much does the loss move?",
        ):
            chain = self.chain
            whole = VGroup(chain, self.questions)
            whole.shift([0, PICTURE.center[1] - chain.get_center()[1], 0])  # alone, it stands in the middle
            stages = [
                VGroup(chain.labels, chain.discs, chain.scores), VGroup(chain.wires_in, chain.softmax),
                VGroup(chain.wires_out, chain.hats, chain.bars), VGroup(chain.wire_log, chain.log),
                VGroup(chain.wire_loss, chain.letter, chain.equals, chain.loss),
            ]  # fmt: skip
            self.play(LaggedStart(*(FadeIn(stage, shift=0.15 * RIGHT) for stage in stages), lag_ratio=0.55), run_time=4)
            self.wait(style.BRISK)
            self.play(self.chain.pulse(), run_time=3.0)
            self.play(LaggedStart(*(FadeIn(q, shift=0.2 * LEFT) for q in self.questions), lag_ratio=0.3))

    def write_out(self) -> None:
        """L = −ln ŷ, every glyph out of the diagram; then softmax opens up."""
        with self.beat(
            "written out",
            f"The loss is minus the logarithm of what {self.name} was given.",
            f"And that is e to the power of {self.name}'s output, divided by the sum for all.",
        ):
            whole = VGroup(self.chain, self.questions)
            self.play(whole.animate.shift([0, self.top.center[1] - self.chain.get_center()[1], 0]))
            chain, lines = self.chain, [self.dressed(source, LARGE) for source in self.algebra.loss()]
            for line in lines:
                line.scale(min(1.0, 0.95 * self.low.width / lines[2].width)).move_to(self.low.at(0.5, 0.55))
            first, second = lines[0], lines[1]
            self.line, self.loss_lines = first, lines
            origins = [
                ("L", chain.letter), ("eq", chain.equals), ("hat", chain.hats[self.right]),
            ]  # fmt: skip
            word = VGroup(*chain.log[1].submobjects)
            flights = [grow_from(word, VGroup(*first.select("minus"), *first.select("ln")))]
            flights += [grow_from(source, first.select(name)) for name, source in origins]
            told = [chain.hats[self.right], chain.bars, chain.log, chain.wire_log, chain.wire_loss, chain.letter]
            self.play(*flights, self.chain.light(*told, chain.equals, chain.loss), run_time=1.5)
            self.settle(first)
            self.wait(style.PAUSE)
            shown = {f"h{i}": chain.labels[i] for i in self.algebra.summed}
            births = {**shown, f"h{self.right}n": chain.labels[self.right]}
            self.play(
                self.chain.light(chain.labels, chain.discs, chain.scores, chain.wires_in, chain.softmax, chain.hats)
            )
            self.rewrite(second, births=births, deaths={"hat": "share"}, run_time=2.0)

    def cancel(self) -> None:
        """The logarithm of a fraction is a difference, and ln undoes e."""
        right = self.right
        with self.beat(
            "cancel",
            "The log of a fraction is the log of its top minus the log of its bottom.",
            "And the log of an exponential is just the exponent: the two cancel.",
        ):
            third, fourth = self.loss_lines[2:]
            self.play(self.chain.light())
            self.rewrite(third, births={"ln2": "ln"}, run_time=2.0)
            self.wait(style.PAUSE)
            self.play(spotlight(third, "ln", f"x{right}n"))
            self.wait(style.CHANGE)
            fly = f"h{right}n"
            self.rewrite(fourth, deaths={"ln": fly, f"e{right}n": fly})

    def one_slope(self) -> None:
        """∂L/∂h of the right class: −1 from the first term, softmax from the second."""
        right, loss = self.right, self.line
        with self.beat(
            "one slope",
            f"Nudge {self.name}'s output. The first term falls one for one: minus 1.",
            "The second: the log's slope is one over the sum, the exponential's is itself.",
            f"And that fraction is softmax again: {self.name}'s own share.",
        ):
            stages = [self.dressed(source, LARGE) for source in self.algebra.slope()]
            stages[1].move_to(self.low.at(0.5, 0.24))
            first = in_place(stages[1], stages[0], "d")
            in_place(stages[1], stages[2], "d")
            self.play(
                loss.animate.move_to(self.low.at(0.5, 0.85)),
                self.chain.light(self.chain.discs[right], self.chain.labels[right], self.chain.scores[right]),
            )
            parts = VGroup(*first.select("minus"), *first.select("bit"))
            lead = VGroup(*(glyph for glyph in first if not any(glyph is other for other in parts)))
            self.play(spotlight(loss, "minus", f"h{right}n"), FadeIn(lead), run_time=style.CHANGE)
            self.play(grow_from(VGroup(*loss.select("minus"), *loss.select(f"h{right}n")), parts))
            self.settle(first)
            self.line = first
            self.wait(style.PAUSE)
            self.play(spotlight(loss, "ln2", "sum"))
            births: dict[str, Any] = {"sum": loss.select("sum")}
            if right in self.algebra.summed:
                births[f"x{right}n"] = loss.select(f"x{right}")
            self.rewrite(stages[1], births=births, deaths={"gap": "share"}, run_time=2.0)
            self.wait(style.PAUSE)
            told = [self.chain.softmax, self.chain.wires_out[right], self.chain.hats[right], self.chain.wires_in]
            self.play(spotlight(stages[1], "share"), FadeOut(loss), self.chain.light(*told, self.chain.bars))
            self.rewrite(stages[2], births={"hat": self.chain.hats[right]}, deaths={"share": "hat"}, run_time=1.5)

    def all_slopes(self) -> None:
        """A row for each class; the column of zeros and a one is y."""
        with self.beat(
            "all slopes",
            "The others stand only in the sum: their share, and nothing to take away.",
            f"Zeros, and a one for {self.name}: that column is y, the truth.",
        ):
            self.rows = [self.dressed(self.algebra.row(i), self.row_size) for i in self.classes]
            for i, row in enumerate(self.rows):
                painted(row, {"hat": self.task.colours[i]}, "class")
                row.move_to(self.row_spot(i), aligned_edge=LEFT)
            self.play(self.chain.light(self.chain.hats, self.chain.bars))
            self.rewrite(self.rows[self.right], run_time=style.CHANGE)
            others = [i for i in self.classes if i != self.right]
            entries: list[Any] = []
            for i in others:
                row = self.rows[i]
                rest = VGroup(*(glyph for glyph in row if glyph not in list(row.select("hat"))))
                entries.append(AnimationGroup(FadeIn(rest), grow_from(self.chain.hats[i], row.select("hat"))))
            self.play(LaggedStart(*entries, lag_ratio=0.4), run_time=2.0)
            for i in others:
                self.settle(self.rows[i])
            self.wait(style.BRISK)
            bits = VGroup(*(row.select("bit") for row in self.rows))
            self.column = _frame_around(bits)
            self.truth = Formula("y", style.BODY_SIZE).next_to(self.column, UP, buff=0.08)
            self.play(Create(self.column), FadeIn(self.truth, shift=0.1 * UP))
            self.wait(style.BRISK)
            self.result = self.dressed(self.algebra.result(), 1.3 * style.TITLE_SIZE)
            painted(self.result, {"hat": style.FORWARD}).move_to(self.low.at(0.83, 0.5))
            self.play(LaggedStart(*self.sum_up(), lag_ratio=0.04), run_time=2.0)
            self.settle(self.result)

    def sum_up(self) -> list[Any]:
        """Flights of the rows' parts, without their numbers, into the one line for all."""
        pairs = [("d", "di"), ("eq", ""), ("hat", "hi"), ("minus", "")]
        flights = []
        for name, index in pairs:
            for row in self.rows:
                without = {id(glyph) for glyph in row.select(index)} if index else set()
                core = VGroup(*(glyph for glyph in row.select(name) if id(glyph) not in without))
                flights.append(grow_from(core, self.result.select(name)))
        return [*flights, grow_from(self.truth, self.result.select("y"))]

    def numbers(self) -> None:
        """The recorded shares minus the truth; each difference takes the place of its question mark."""
        told_slopes = [float(self.blame(i)) for i in self.classes]
        high = self.task.names[int(np.argmax(told_slopes))]
        with self.beat(
            "numbers",
            "What was said, minus what is true: so much blame each output carries.",
            f"Plus: {high} was given too much, and must go down.",
            f"Minus: {self.name} was given too little, and must go up.",
        ):
            sums = [self.sum_of(i) for i in self.classes]
            self.play(LaggedStart(*(self.bring(i, parts) for i, parts in enumerate(sums)), lag_ratio=0.5), run_time=3.0)
            self.wait(style.BRISK)
            answers = []
            for i in self.classes:
                answer = Readout(self.blame(i), style.GRADIENT_FORMAT, self.chain.size, style.GRADIENT)
                answers.append(answer.centre_on(self.chain.slot(i), RIGHT))
            flights = [grow_from(parts[-1], answer) for parts, answer in zip(sums, answers, strict=True)]
            told = (self.chain.discs, self.chain.labels, self.chain.scores)
            self.play(
                LaggedStart(*flights, lag_ratio=0.3), FadeOut(self.questions), self.chain.light(*told), run_time=2.0
            )
            unit = 0.42 * self.top.height / len(self.task.names) / max(abs(value) for value in told_slopes)
            feet = [answer.get_left() + 0.25 * LEFT for answer in answers]
            pushes = [GrowFromPoint(Push(self.blame(i), unit).shift(foot), foot) for i, foot in enumerate(feet)]
            done = VGroup(*self.rows, self.truth, *(part for parts in sums for part in parts))
            dimmed = [done.animate.set_opacity(style.DIM), self.column.animate.set_stroke(opacity=style.DIM)]
            self.play(LaggedStart(*pushes, lag_ratio=0.3), *dimmed, run_time=1.5)
            self.wait(style.PAUSE)

    # -- small things --------------------------------------------------------------------------------
    @property
    def row_size(self) -> float:
        """Font size of the rows."""
        pitch = self.low.height / len(self.task.names)
        return float(
            np.clip((40 if len(self.task.names) <= MOST_TERMS else 60) * pitch, style.SMALL_SIZE, 1.1 * style.BODY_SIZE)
        )

    def row_spot(self, i: int) -> np.ndarray:
        """Where row `i` begins."""
        return self.low.at(0.02, 1 - (i + 0.5) / len(self.task.names) * 0.92 - 0.08)

    def sum_of(self, i: int) -> list[Any]:
        """= 0.0862 − 1 = −0.9138, set behind row `i`."""
        size = self.row_size
        share = Readout(self.worked.probs[i], ".4f", size, self.task.colours[i])
        share.role = self.task.names[i]
        rest = Readout(self.blame(i), style.GRADIENT_FORMAT, size, style.GRADIENT)
        bit = Formula(str(int(i == self.right)), size)
        parts: list[Any] = [Formula("=", size), share, Formula("-", size), bit, Formula("=", size), rest]
        x, level = self.column.get_right()[0] + 0.3, self.rows[i].baseline
        for part in parts:
            part.sit(np.array([x, level, 0]), LEFT)
            x += part.width + 0.2
        return parts

    def bring(self, i: int, parts: list[Any]) -> Any:
        """The share comes from its bar, the rest appears around it."""
        flight = grow_from(self.chain.bars.numbers[i], parts[1])
        return LaggedStart(AnimationGroup(flight, FadeIn(parts[0])), FadeIn(VGroup(*parts[2:])), lag_ratio=0.6)

    def rewrite(self, after: Formula, **how: Any) -> None:
        """The present line becomes `after`."""
        names = [n for n in self.line.names if n in after.names and len(self.line.select(n)) == len(after.select(n))]
        how.setdefault("run_time", 1.5)
        self.play(Rewrite(self.line, after, {n: n for n in names if n not in how.get("births", {})}, **how))
        self.line = after

    def settle(self, formula: Formula) -> None:
        """Parts that flew in one by one are one formula from now on."""
        self.remove(*formula.submobjects)
        self.add(formula)


def _frame_around(group: VGroup) -> VMobject:
    box = VMobject(stroke_color=style.LABEL, stroke_width=2.0)
    box.points = rounded_box(group.width + 0.12, group.height + 0.3, 0.1) + group.get_center()
    return box
