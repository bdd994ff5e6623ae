"""Chapter 4: a guess flows forward through a transformer, blame flows back, and it learns. Draws `tiny_lm`."""

from __future__ import annotations

from typing import Any, ClassVar

from manim import DOWN, LEFT, RIGHT, UP, FadeIn, FadeOut, Group, LaggedStart, ValueTracker, VGroup

from scenes import style
from scenes.language_kit import PICTURE, TOP_TENTH, LanguageRun, footnote, noted, top_tenth
from scenes.layout import CAPTION_STRIP, Region
from scenes.parts.counter import StepCounter
from scenes.parts.guesses import Guesses
from scenes.parts.readout import Readout
from scenes.parts.sparkline import Sparkline
from scenes.parts.typesetting import Text, fitted, row
from scenes.stage import TraceScene
from scenes.transformer_picture import TransformerPicture
from scenes.wording import number_word, percent

MODEL, ANSWER = PICTURE.columns(10.15, 3.2, gap=0.12)
GUESSED = 5  # words that are shown as guesses
RULE = (
    "Lower strokes: every weight matrix pooled to 16 × 16 cells (mean size); of each, the tenth that carries most, "
    "the thicker the more."
)


class LanguageModel(TraceScene):
    """The same rule in a transformer: a guess flows forward, blame flows back, and every weight gives way a little."""

    trace_name = "tiny_lm"
    transforms: ClassVar = {TOP_TENTH: top_tenth}
    constants: ClassVar[dict[str, str]] = {}

    def construct(self) -> None:
        """The task, the model, the guess, its loss, the blame, the training, and what came of it."""
        self.require(LanguageRun.fits(self.trace), "a language model's attention, gradients and guesses at two steps")
        self.run = LanguageRun(self.trace)
        self.build()
        self.task()
        self.model()
        self.forward()
        self.guess()
        self.loss()
        self.backward()
        self.training()
        self.after()

    # -- what there is -------------------------------------------------------------------------------
    def build(self) -> None:
        """The model's picture, driven by how far guess and blame have come."""
        run = self.run
        self.picture = TransformerPicture(run, MODEL)
        self.end = float(len(run.states))
        self.front, self.back = ValueTracker(0.0), ValueTracker(0.0)
        self.warm, self.cool = ValueTracker(1.0), ValueTracker(1.0)
        low = self.picture.low
        self.room = Region(ANSWER.left, ANSWER.right, low.bottom, low.top)
        best, self.foot = self.room.rows(0.62, 0.38, gap=0.1)
        self.best = Guesses(GUESSED, best.width, best.height, run.speak, word_room=1.35, size=style.LABEL_SIZE)
        self.best.move_to(best.center)
        self.follow(self.best, self.show_guesses)

    def alive(self) -> None:
        """From now on the picture follows its trackers."""
        trackers = (self.step, self.front, self.back, self.warm, self.cool)
        shown: list[tuple[float, ...]] = []

        def update(_: Any) -> None:
            values = tuple(float(tracker.get_value()) for tracker in trackers)
            if shown != [values]:
                self.picture.show(*values)
                shown[:] = [values]

        self.picture.add_updater(update, call_updater=True)

    def show_guesses(self, step: int) -> None:
        """What the last state says next."""
        last = self.run.layers
        self.best.show(self.run.at("guess_ids", step)[last], self.run.at("guess_probs", step)[last])

    # -- beats -----------------------------------------------------------------------------------------
    def task(self) -> None:
        """The sentence, large; its words go to their rows."""
        run = self.run
        names = [run.words[place] for place in run.places]
        words = [Text(name, 1.9 * style.TITLE_SIZE) for name in names]
        for word in words:
            word.constant = "a word of the prompt"
        gap = Text("?", 1.9 * style.TITLE_SIZE, style.FORWARD)
        row(*words, gap, gap=0.4)
        line = VGroup(*words, gap)
        line.scale(min(1.0, 0.96 * PICTURE.width / line.width)).move_to(PICTURE.at(0.5, 0.55))
        with self.beat(
            "task",
            "A language model plays one game: read these words, and guess the next.",
        ):
            self.play(LaggedStart(*(FadeIn(word, shift=0.15 * UP) for word in words), lag_ratio=0.25, run_time=2.0))
            self.play(FadeIn(gap, scale=0.7), run_time=style.BRISK)
            self.wait(style.CHANGE)
        homes = self.picture.words
        moves = [
            word.animate.scale(home.em / word.em).move_to(home) for word, home in zip(words, homes, strict=True)
        ]  # fmt: skip
        self.play(LaggedStart(*moves, lag_ratio=0.12), FadeOut(gap), run_time=1.6)
        self.remove(*words)
        self.add(homes)

    def model(self) -> None:
        """Rows through the blocks; below, all weights."""
        run, picture = self.run, self.picture
        told = "This one is small" if run.trained else f"This is {run.task['model']}"
        with self.beat(
            "model",
            f"Each word becomes a list of {run.width:,} numbers, and block after block reworks these lists.",
            f"{told}: {number_word(run.layers)} blocks, {int(run.task['parameters']):,} weights. These are they.",
        ):
            rings, heads = picture.rings, picture.heads
            self.play(FadeIn(picture.lines, shift=0.3 * RIGHT), FadeIn(rings, lag_ratio=0.02), run_time=1.5)
            self.play(LaggedStart(*(FadeIn(head, shift=0.1 * DOWN) for head in heads), lag_ratio=0.1, run_time=1.0))
            weights = LaggedStart(*(FadeIn(one) for one in picture.base), lag_ratio=0.18)
            self.play(FadeIn(picture.owner), weights, run_time=2.2)
            self.wait(style.BRISK)
        self.add(picture)
        self.alive()

    def forward(self) -> None:
        """The guess flows through."""
        self.rules = footnote(RULE, self.run.choices())
        fresh = "So far all weights are random." if self.run.trained else "First, the model as it came."
        with self.beat(
            "forward",
            "In a block, each word looks back and takes something from the words before it: attention.",
            f"Then weights mix what it has. {fresh}",
        ):
            self.play(FadeIn(self.rules), run_time=style.BRISK)
            self.play(self.front.animate(run_time=7.0, rate_func=lambda t: t).set_value(self.end))

    def guess(self) -> None:
        """The last word's numbers become a probability for every word."""
        run, count = self.run, int(self.run.task["matrices"][-1]["shape"][0])
        head = noted(f"next word, of {count:,}", "the size of the model's vocabulary", style.LABEL_SIZE)
        head.move_to([ANSWER.center[0], self.room.top + 0.2, 0])
        self.head = head
        said = "It cannot tell them apart yet." if run.trained else "These it finds most likely."
        with self.beat(
            "guess",
            f"The last word’s numbers become a probability for each of {count:,} words. {said}",
        ):
            self.play(FadeIn(head, shift=0.1 * DOWN), FadeIn(self.best, shift=0.3 * RIGHT), run_time=style.CHANGE)
            self.wait(style.CHANGE)

    def loss(self) -> None:
        """What the right word got, and minus its logarithm."""
        run, foot = self.run, self.foot
        colour = run.colour(run.answer)
        said = Text("text:", style.LABEL_SIZE, style.LABEL)
        name = fitted(run.right, 1.45, style.LABEL_SIZE, colour)
        self.share = Readout(run.probability(0), ".4f", style.LABEL_SIZE, colour)
        self.share.role = run.right
        word = Text("loss", style.BODY_SIZE, style.LABEL)
        self.cost = Readout(run.at("loss", 0), ".2f", 1.3 * style.TITLE_SIZE, style.HIGHLIGHT, whole=2)
        said.centre_on(foot.at(0, 0.8), LEFT)
        name.centre_on(foot.at(0, 0.8) + (said.width + 0.12) * RIGHT, LEFT)
        self.share.centre_on(foot.at(1, 0.8), RIGHT)
        self.cost.centre_on(foot.at(1, 0.27), RIGHT)
        word.centre_on(foot.at(0, 0.27), LEFT)
        self.verdict = VGroup(said, name, self.share, word, self.cost)
        value = float(run.probability(0))
        with self.beat(
            "loss",
            f"The text goes on with {run.right}, which got {percent(value)}.",
            f"The loss is minus the logarithm of that: {float(run.at('loss', 0)):.2f}.",
        ):
            self.play(FadeIn(said), FadeIn(name), FadeIn(self.share), run_time=style.CHANGE)
            self.wait(style.BRISK)
            self.play(FadeIn(word), FadeIn(self.cost, scale=1.2), run_time=style.CHANGE)
        self.add(self.verdict)

    def backward(self) -> None:
        """The blame flows back."""
        with self.beat(
            "backward",
            "Now backwards: how would the loss change with each number, each look, each weight?",
            "One sweep of the chain rule answers for all of them. Thick strokes matter most.",
        ):
            self.play(self.warm.animate.set_value(0.1), run_time=style.CHANGE)
            self.play(self.back.animate(run_time=8.0, rate_func=lambda t: t).set_value(self.end))

    def training(self) -> None:
        """Every recorded moment of training, while the loss falls."""
        run = self.run
        upper = Region(ANSWER.left, ANSWER.right, self.room.top + 0.55, ANSWER.top)
        self.counter = StepCounter(run.last, size=style.LABEL_SIZE).move_to(upper.at(0.5, 0.93))
        steps = self.trace.steps("loss")
        every = self.trace.history("loss")
        plot = Region(upper.left, upper.right, upper.bottom + 0.1, upper.top - 0.45)
        title = "mean loss" if run.trained else "mean loss, shown prompts"
        self.curve = Sparkline(every, plot.width, plot.height, steps=steps, low=0.0, title=title).move_to(plot.center)
        self.follow(self.counter, self.counter.show)
        self.follow(self.curve, lambda step: self.curve.show(step, self.trace.latest("loss", step)))
        self.follow(self.verdict, self.show_verdict)
        lines = (
            ("Every weight moves a little against its gradient; then forward again, and back.",
             f"{number_word(run.last + 1)} steps, over all {run.prompts()} sentences. {self._falls()}")
            if run.trained
            else ("Now every weight moves a little against its gradient, once.",
                  "Then forward again: the same words, through slightly other weights.")
        )  # fmt: skip
        with self.beat("training", *lines):
            warm = self.warm.animate.set_value(0.4)
            self.play(FadeIn(self.counter), FadeIn(self.curve), warm, run_time=style.CHANGE)
            seconds = max(4.0, min(10.0, 0.5 * len(run.steps)))
            self.run_steps(run.last, run.last / seconds)
            self.wait(style.CHANGE)

    def _falls(self) -> str:
        """That blame goes with the loss, if it does."""
        blame, loss = (self.trace.series(name) for name in ("grad_norm", "loss"))
        gone = blame[-1] < 0.2 * blame[0] and loss[-1] < 0.2 * loss[0]
        return "In the end there is little loss left, and little blame." if gone else ""

    def show_verdict(self, step: int) -> None:
        """Probability of the right word, and its loss."""
        self.share.show(self.run.probability(step))
        self.cost.show(self.run.at("loss", step))

    def after(self) -> None:
        """One more forward flow, with what was learned."""
        run = self.run
        before, now = float(run.at("loss", 0)), float(run.at("loss", run.last))
        share = float(run.probability(run.last))
        fell = "from" if now < before else "not down: from"
        with self.beat(
            "after",
            f"Again: {run.right} now gets {percent(share)}; the loss went {fell} {before:.2f} to {now:.2f}.",
            run.caveat(),
        ):
            self.play(self.cool.animate.set_value(0.0), FadeOut(self.rules), run_time=style.CHANGE)
            self.front.set_value(0.0)
            self.warm.set_value(1.0)
            self.play(self.front.animate(run_time=4.5, rate_func=lambda t: t).set_value(self.end))
            self.ghost = self.before_and_after()
            self.play(FadeIn(self.ghost, shift=0.1 * UP), run_time=style.CHANGE)
            self.wait(style.PAUSE)

    def before_and_after(self) -> Group:
        """The loss before training, small under the loss after it."""
        said = "before training" if self.run.trained else "before the step"
        was = Readout(self.run.at("loss", int(self.run.steps[0])), ".2f", style.LABEL_SIZE, style.LABEL, whole=2)
        was.stands_at = int(self.run.steps[0])
        word = Text(said, style.LABEL_SIZE, style.LABEL)
        row(was, word, gap=0.18)
        made = VGroup(was, word)
        return made.move_to([self.cost.get_right()[0] - made.width / 2, CAPTION_STRIP.at(0, 0.55)[1], 0])
