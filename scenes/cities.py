"""Chapter 1, the heart of it: three neurons learn three cities. Draws the trace `cities3`, every step of it."""

from __future__ import annotations

import numpy as np
from manim import LEFT, FadeIn, LaggedStart, VGroup

from scenes import style
from scenes.atlas import Task, city_map, heat_map
from scenes.layout import CAPTION_STRIP, SAFE, Region
from scenes.parts.bars import ProbabilityBars
from scenes.parts.counter import StepCounter
from scenes.parts.network import NetworkDiagram
from scenes.parts.sparkline import Sparkline
from scenes.parts.typesetting import Formula
from scenes.stage import TraceScene
from scenes.wording import capitalised, number_word

PICTURE = Region(SAFE.left, SAFE.right, CAPTION_STRIP.top, SAFE.top)
MODEL, MAP = PICTURE.columns(7.0, 6.35, gap=0.3)
HEADINGS, NETWORK, SPARKLINE = MODEL.rows(0.55, 4.3, 1.25, gap=0.2)
WIRES, BELIEFS = NETWORK.columns(4.2, 3.0, gap=0.3)


class ThreeCities(TraceScene):
    """Watching it learn: what each mistake pushes, and how the borders move until all three cities are right."""

    trace_name = "cities3"

    def construct(self) -> None:
        """Four beats over one run."""
        self.task = Task.of(self.trace)
        self.require(self.task.features == ("lon",), "a model whose only input is longitude")
        self.build_model()
        self.build_map()
        self.start()
        self.first_mistakes()
        self.settling()
        self.solved()

    # -- what stands on the stage ------------------------------------------------------------------
    def build_model(self) -> None:
        """The network with its beliefs beside it; below them the loss, on top the step."""
        task = self.task
        gradients = np.abs(self.trace.series("grads.layers.0.weight"))
        self.network = NetworkDiagram(
            [len(task.features), len(task.names)], WIRES.width, WIRES.height, biases=True, input_labels=["x"],
            neuron_formats="+.2f", weight_format=style.PARAMETER, bias_format=style.PARAMETER, fills=[None, None],
            output_colours=task.colours, gradient_scale=float(gradients.max()), weight_scale=3.0, bar_rule="root",
        ).shift(WIRES.center)  # fmt: skip
        outputs = [self.network.centre(1, j) for j in range(len(task.names))]
        pitch = float(outputs[0][1] - outputs[1][1])
        self.beliefs = ProbabilityBars(task.names, task.colours, BELIEFS.width, pitch * len(outputs))
        self.beliefs.shift([BELIEFS.center[0], np.mean([at[1] for at in outputs]), 0])
        mean = self.trace.history("loss_all")
        self.sparkline = Sparkline(mean, SPARKLINE.width, SPARKLINE.height, title="mean loss over all places", log=True)
        self.sparkline.shift(SPARKLINE.center)
        self.counter = StepCounter().move_to(HEADINGS.at(0.0, 0.5), aligned_edge=LEFT)
        self.scores = Formula("h = m x + b", style.LABEL_SIZE, style.LABEL)
        self.scores.centre_on(np.array([outputs[0][0], HEADINGS.center[1], 0]))
        self.softmax = Formula('hat(y) = "softmax"(h)', style.LABEL_SIZE, style.LABEL)
        self.softmax.centre_on(np.array([BELIEFS.center[0], HEADINGS.center[1], 0]))
        self.headings = VGroup(self.scores, self.softmax)
        self.follow(self.network, self.show_model)
        self.follow(self.beliefs, lambda step: self.beliefs.show(self.trace.at("probs", step)))
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
        self.network.show(
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
            f"{capitalised(count)} neurons, and one number goes in: how far east a place lies.",
            f"Each neuron turns it into a score, and softmax shares out the belief among {count} cities.",
        ):
            self.play(FadeIn(self.world))
            self.play(FadeIn(self.network), FadeIn(self.headings))
            self.play(LaggedStart(FadeIn(self.beliefs), FadeIn(self.counter), FadeIn(self.sparkline), lag_ratio=0.4))

    def first_mistakes(self) -> None:
        """Slowly: a second for each step."""
        with self.beat(
            "first mistakes",
            self.first_answer(),
            "The bars around the wires are the gradient: thick where a change would help most.",
        ):
            self.run_steps(min(10, self.last()), 1.0)

    def first_answer(self) -> str:
        """What the untrained model says to the first place that it is shown."""
        says = np.asarray(self.trace.at("probs", 0).value)
        shown, guess = (self.task.names[int(i)] for i in (np.argmax(self.trace.at("y", 0).value), says.argmax()))
        if np.ptp(says) < 1e-9:
            return f"It is shown {shown}, and believes as much in any other city."
        return f"It is shown {shown}, and says {guess}{', by luck' if guess == shown else ''}."

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
        right = bool(self.trace.series("accuracy")[-1] == 1)
        done = "By now every place is right. Where nothing is wrong, there is nothing to learn."
        with self.beat("solved", done if right else "This is as far as it gets: some places stay wrong."):
            self.train(self.last(), 9.0, 13.0, at_most=30.0)
            self.wait(style.PAUSE)

    def train(self, upto: int, speed: float, to_speed: float, at_most: float) -> None:
        """On to step `upto` at these speeds; a longer run goes faster, so that it takes `at_most` seconds."""
        if (steps := upto - self.now()) > 0:
            hurry = max(1.0, 2 * steps / (speed + to_speed) / at_most)
            self.run_steps(upto, speed * hurry, to_speed * hurry)

    def last(self) -> int:
        """The last recorded step."""
        return int(self.trace.steps()[-1])
