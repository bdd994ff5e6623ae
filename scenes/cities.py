"""Chapter 1, the heart of it: three neurons learn three cities. Draws the trace `cities3`, every step of it."""

from __future__ import annotations

import numpy as np
from manim import LEFT, FadeIn, LaggedStart, there_and_back

from scenes import style
from scenes.atlas import Task, city_map, heat_map
from scenes.city_model import CityModel
from scenes.layout import CAPTION_STRIP, SAFE, Region
from scenes.parts.counter import StepCounter
from scenes.parts.sparkline import Sparkline
from scenes.stage import TraceScene
from scenes.wording import capitalised, number_word

PICTURE = Region(SAFE.left, SAFE.right, CAPTION_STRIP.top, SAFE.top)
MODEL, MAP = PICTURE.columns(7.5, 6.0, gap=0.3)
NETWORK, SPARKLINE = MODEL.rows(5.05, 1.35, gap=0.15)


class ThreeCities(TraceScene):
    """Watching it learn: what each mistake pushes, and how the borders move until all three cities are right."""

    trace_name = "cities3"

    def construct(self) -> None:
        """One run, from its first mistake to its last step."""
        self.read()
        self.build_model()
        self.build_map()
        self.start()
        self.first_mistake()
        self.first_steps()
        self.settling()
        self.solved()

    # -- what stands on the stage ------------------------------------------------------------------
    def read(self) -> None:
        """What the run is about."""
        self.task = Task.of(self.trace)
        self.require(self.task.features == ("lon",), "a model whose only input is longitude")

    def build_model(self) -> None:
        """The network with its beliefs beside it; below them the loss, on top the step."""
        gradients = np.abs(self.trace.series("grads.layers.0.weight"))
        self.model = CityModel.of(self.trace, NETWORK, gradient_scale=float(gradients.max()))
        mean = self.trace.history("loss_all")
        self.sparkline = Sparkline(
            mean, SPARKLINE.width, SPARKLINE.height, title="mean loss over all places", log=True,
            label_size=style.LABEL_SIZE,
        ).shift(SPARKLINE.center)  # fmt: skip
        self.counter = StepCounter(size=style.TITLE_SIZE)
        self.counter.move_to([NETWORK.left, self.model.scores.get_center()[1], 0], aligned_edge=LEFT)
        self.follow(self.model.network, self.show_model)
        self.follow(self.model.beliefs, lambda step: self.model.beliefs.show(self.trace.at("probs", step)))
        self.follow(self.sparkline, lambda step: self.sparkline.show(step, self.trace.at("loss_all", step)))
        self.follow(self.counter, self.counter.show)

    def build_map(self) -> None:
        """The map, and over its land the belief at every longitude."""
        self.world = city_map(self.trace, MAP)
        self.heat = heat_map(self.trace, self.world)
        self.follow(self.world, self.show_map)

    def show_model(self, step: int) -> None:
        """Parameters, outputs and gradient of one step."""
        at = self.trace.at
        self.model.network.show(
            activations=[at("x", step), at("logits", step)],
            weights=[at("layers.0.weight", step)],
            biases=[at("layers.0.bias", step)],
            weight_gradients=[at("grads.layers.0.weight", step)],
            bias_gradients=[at("grads.layers.0.bias", step)],
        )

    def show_map(self, step: int) -> None:
        """Belief everywhere with this step's parameters, and the place that the step is shown."""
        self.heat.show_linear(self.trace.at("layers.0.weight", step), self.trace.at("layers.0.bias", step))
        place = self.trace.constant("points")[int(float(self.trace.at("row", step)))]
        self.world.mark(place[0], place[1])

    # -- beats -------------------------------------------------------------------------------------
    def start(self) -> None:
        """Everything comes in, at the first step."""
        count = number_word(len(self.task.names))
        with self.beat(
            "start",
            f"{capitalised(count)} neurons are about to learn. They are told how far east a place lies,",
            f"and share out belief among {count} cities. The map shows it for every place at once.",
        ):
            network = self.model.network
            network.bar_group.set_opacity(0)
            self.play(FadeIn(network), FadeIn(self.model.scores))
            self.play(FadeIn(self.model.beliefs), FadeIn(self.model.softmax))
            self.wait(1.0)
            self.play(FadeIn(self.world), run_time=1.5)

    def first_mistake(self) -> None:
        """What it is shown and what it says; then the blame flows back onto every wire."""
        with self.beat(
            "first mistake",
            self.first_answer(),
            "So the gradient flows back: a bar around each wire, thick where a change would help most.",
        ):
            network, beliefs = self.model.network, self.model.beliefs
            ring, number = self.world.marker, beliefs.numbers[int(np.argmax(self.trace.at("probs", 0).value))]
            self.play(FadeIn(self.counter), ring.animate(rate_func=there_and_back, run_time=1.4).scale(1.8))
            self.play(number.animate(rate_func=there_and_back).scale(1.5))
            back = [*network.bias_bars.values(), *network.bars.values()]
            self.play(
                LaggedStart(*(bar.animate.set_fill(opacity=style.BAR_OPACITY) for bar in back), lag_ratio=0.12),
                run_time=2.4,
            )
            self.add(network)  # whole again: what follows a step is the network, not its bars alone

    def first_answer(self) -> str:
        """What the untrained model says to the first place that it is shown."""
        says = np.asarray(self.trace.at("probs", 0).value)
        shown, guess = (self.task.names[int(i)] for i in (float(self.trace.at("target", 0)), says.argmax()))
        if np.ptp(says) < 1e-9:
            return f"It is shown {shown}, and believes as much in any other city."
        return f"It is shown {shown}, and says {guess}{', by luck' if guess == shown else ''}."

    def first_steps(self) -> None:
        """Slowly: a second for each step."""
        with self.beat(
            "first steps", "One step against it, and the next place is shown.", "Every mistake moves the borders."
        ):
            self.play(FadeIn(self.sparkline))
            self.run_steps(min(8, self.last()), 1.0)

    def settling(self) -> None:
        """Faster, until all are right."""
        with self.beat("settling", "Place after place, the mistakes get smaller, and so do the bars."):
            self.train(self.settled(), 1.0, 9.0, at_most=15.0)

    def settled(self) -> int:
        """The step from which on every place is right; on runs that never get there, a fifth of the way."""
        wrong = np.flatnonzero(self.trace.series("accuracy") < 1)
        settled = int(wrong[-1]) + 1 if len(wrong) else 0
        return settled if settled <= self.last() else self.last() // 5

    def solved(self) -> None:
        """Fast, to the end."""
        dials = number_word(int(np.prod(self.trace.spec("layers.0.weight").shape)) + len(self.task.names))
        losses = self.trace.series("loss_all")
        better = bool(losses[-1] < losses[self.settled()])
        lines = ["This is as far as it gets: some places stay wrong."]
        if self.trace.series("accuracy")[-1] == 1:
            lines = ["By now every place is right." + " Still the loss goes on falling:" * better]
            lines += ["the model grows surer of each place, and the borders sharper."] * better
        last = f"{capitalised(dials)} numbers, each moved a little {self.last():,} times: that is all of the learning."
        with self.beat("solved", *lines, last):
            self.train(self.last(), 9.0, 30.0, at_most=20.0)
            self.wait(style.PAUSE)

    def train(self, upto: int, speed: float, to_speed: float, at_most: float) -> None:
        """On to step `upto` at these speeds; a longer run goes faster, so that it takes `at_most` seconds."""
        if (steps := upto - self.now()) > 0:
            hurry = max(1.0, 2 * steps / (speed + to_speed) / at_most)
            self.run_steps(upto, speed * hurry, to_speed * hurry)

    def last(self) -> int:
        """The last recorded step."""
        return int(self.trace.steps()[-1])
