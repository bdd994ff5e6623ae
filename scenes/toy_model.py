"""Chapter 1: what the smallest model does. Draws step 0 of the trace `cities3`, before anything is learnt."""

from __future__ import annotations

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Animation,
    Create,
    FadeIn,
    FadeOut,
    Group,
    GrowFromEdge,
    LaggedStart,
    ManimColor,
    Restore,
    Transform,
    TransformFromCopy,
    ValueTracker,
    VGroup,
    interpolate_color,
    linear,
    there_and_back,
)

from scenes import style
from scenes.atlas import Task, city_map
from scenes.city_model import CityModel
from scenes.layout import CAPTION_STRIP, SAFE, Region
from scenes.parts.curve import Curve, Marker
from scenes.parts.neuron import LargeNeuron
from scenes.parts.number_line import NumberLine
from scenes.parts.pieces import apart, thin, wiring
from scenes.parts.plane import plane_on
from scenes.parts.polyline import dashed, joined
from scenes.parts.readout import plate
from scenes.parts.typesetting import Formula, Text
from scenes.score_chart import ScoreChart
from scenes.stage import TraceScene
from scenes.wording import capitalised, degrees, listed, number_word, percent

PICTURE = Region(SAFE.left, SAFE.right, CAPTION_STRIP.top, SAFE.top)
MODEL, CHART = PICTURE.columns(7.1, 6.35, gap=0.2)
LESSON = Region(MODEL.left + 2.0, MODEL.right - 0.3, MODEL.bottom + 0.2, MODEL.top)
MAP = Region(CHART.left + 0.7, CHART.right, CHART.bottom + 0.85, CHART.top)  # numbers stand at its left and below


class ToyModel(TraceScene):
    """Three neurons, three lines: longitude goes in, a score for each city comes out, then a probability each."""

    trace_name = "cities3"

    def construct(self) -> None:
        """From a place on the map to what the model believes about it."""
        self.read()
        self.build_map()
        self.build_model()
        self.chart = ScoreChart(self.trace, self.now(), self.box, np.array(self.place.value))
        self.question()
        self.goes_in()
        self.school_line()
        self.tilt_and_slide()
        self.one_line_each()
        self.beliefs_of_scores()

    # -- what stands on the stage ------------------------------------------------------------------
    def read(self) -> None:
        """One step: the place, the parameters and what they make of it.

        It is the first step, before anything is learnt; the last one in a run whose parameters all start at zero,
        since then every neuron draws the same flat line.
        """
        self.task = Task.of(self.trace)
        self.require("lon" in self.task.features, "longitude among the features")
        self.require(self.trace.spec("layers.0.weight").shape[0] == len(self.task.names), "one neuron for each city")
        self.trained = not np.any(self.trace.at("layers.0.weight", 0).value)
        step = int(self.trace.steps()[-1]) if self.trained else 0
        self.step.set_value(step)
        self.weight, self.bias, self.logits, self.probs = (
            self.trace.at(name, step) for name in ("layers.0.weight", "layers.0.bias", "logits", "probs")
        )
        self.place = self.trace.constant("points")[int(float(self.trace.at("row", step)))]
        self.target = int(float(self.trace.at("target", step)))
        self.guess = int(np.argmax(self.probs.value))
        self.column = self.task.features.index("lon")

    def build_map(self) -> None:
        """The map, its longitudes below it, and for each feature a dashed line on which the place lies."""
        self.world = city_map(self.trace, MAP)
        self.box = self.world.projection
        west, east = self.box.frame[:2]
        marks = max(2, round(self.box.width))  # as many numbers as find room
        scale = plane_on(
            self.box, (west, east), (0, 1), x_ticks=marks, y_ticks=(), corner=True, tick_size=style.LABEL_SIZE
        )
        name = Text("longitude, degrees east", style.BODY_SIZE, style.LABEL)
        name.next_to(scale.x_numbers, DOWN, buff=0.14).set_x(self.box.center[0])
        self.longitudes = VGroup(scale.ticks, scale.x_numbers, name)
        here = self.world.to_scene(float(self.place[0]), float(self.place[1]))
        self.feet = {"lon": np.array([here[0], self.box.bottom, 0]), "lat": np.array([self.box.left, here[1], 0])}
        self.tracks = VGroup(*(thin(dashed(here, self.feet[feature])) for feature in self.task.features))

    def build_model(self) -> None:
        """The network with its beliefs beside it, as it stands in every later scene; nothing of it is shown yet."""
        model = CityModel.of(self.trace, MODEL)
        self.network, self.beliefs = model.network, model.beliefs
        self.headings = [model.scores, model.softmax]
        self.network.show(
            activations=[self.trace.at("x", self.now()), self.logits], weights=[self.weight], biases=[self.bias]
        )
        for k, name in enumerate(self.task.names):
            self.network.neurons[1, k].role = name  # for `reel check`, also while it stands alone
        self.beliefs.show(self.probs)

    # -- beats -------------------------------------------------------------------------------------
    def question(self) -> None:
        """The map and its cities; then it makes room for the model."""
        known = {"lon": "how far east it is", "lat": "how far north"}
        told = listed([known[feature] for feature in sorted(self.task.features, reverse=True)])
        chart = Group(self.world, self.longitudes)
        home = self.box.center[0]
        chart.shift([-home, 0, 0])
        with self.beat(
            "question",
            f"Take {number_word(len(self.task.names))} cities. Somebody is in one of them: in which?",
            f"The model is told {'one thing only' if len(self.task.features) == 1 else 'two things'}: {told}.",
        ):
            self.play(FadeIn(self.world.land))
            self.play(LaggedStart(*(FadeIn(pin, scale=0.5) for pin in self.world.pins), lag_ratio=0.5, run_time=1.8))
            self.add(self.world)
            self.wait(1.5)
            self.play(FadeIn(self.longitudes, shift=0.2 * UP))
            self.play(chart.animate(run_time=1.6).shift([home, 0, 0]))

    def goes_in(self) -> None:
        """The place falls onto the scale of longitudes, and its number travels to the network's input."""
        name, network = self.task.names[self.target], self.network
        one = "This number, x, is all that goes in." if len(self.tracks) == 1 else "These two numbers go in."
        moved = np.any(self.task.offset != 0) or np.any(self.task.scale != 1)
        with self.beat(
            "goes in",
            f"Say we are in {name}, {degrees(float(self.place[0]))}.",
            f"{one} It is counted from the middle, in a unit of its own." if moved else one,
        ):
            self.world.mark(self.place[0], self.place[1])
            self.play(FadeIn(self.world.marker, scale=2.5))
            self.play(LaggedStart(*(Create(track, rate_func=linear) for track in self.tracks), lag_ratio=0.4))
            numbers = [network.neuron_numbers[0, i] for i in range(len(self.tracks))]
            homes = [number.get_center() for number in numbers]
            for number, feature in zip(numbers, self.task.features, strict=True):
                number.move_to(self.feet[feature] + np.array([0.5, 0.25, 0]))
            self.play(LaggedStart(*(FadeIn(number, shift=0.15 * UP) for number in numbers), lag_ratio=0.4))
            neurons = VGroup(*(network.neurons[0, i] for i in range(len(numbers))), network.labels)
            self.play(FadeIn(neurons))
            self.bring_to_front(*numbers)
            flights = [n.animate(path_arc=0.5).move_to(home) for n, home in zip(numbers, homes, strict=True)]
            self.play(LaggedStart(*flights, lag_ratio=0.2, run_time=1.4))

    def school_line(self) -> None:
        """y = m x + b: drawn over the map, then put into a neuron, and its y becomes the neuron's h."""
        self.school = Formula("{{ y : out }} = {{ {{ m : m }} x + {{ b : b }} : inside }}", 60)
        self.school.move_to([LESSON.center[0], LESSON.at(0, 0.87)[1], 0])
        with self.beat(
            "school line",
            "At school, a straight line was y equals m x plus b.",
            "A neuron works out exactly that. What comes out is its score: h.",
            *(("Told two things, it has an m for each; the line runs along our parallel.",) * (len(self.tracks) > 1)),
        ):
            self.play(LaggedStart(*(FadeIn(glyph, shift=0.2 * UP) for glyph in self.school), lag_ratio=0.15))
            pins = VGroup(self.world.pins, self.world.marker)
            for part in pins:
                part.save_state()
            self.play(self.world.land.animate.set_opacity(0.45), pins.animate.fade(1), FadeIn(self.chart))
            self.line = self.chart.line(0, style.TEXT)
            self.play(Create(self.line.line))
            self.remove(self.line.line)
            self.add(self.line)
            self.look_inside()

    def look_inside(self) -> None:
        """A neuron grows behind the input; the line's right side goes into it, and h comes out."""
        network = self.network
        sources = [network.centre(0, i) for i in range(len(self.tracks))]
        center = np.array([LESSON.center[0], np.mean([source[1] for source in sources]), 0])
        neuron = self.neuron = LargeNeuron("m x + b", "h", sources, network.layout_.radius, center)
        self.play(Create(neuron.wires), Create(neuron.ring), run_time=0.8)
        self.play(TransformFromCopy(self.school.select("inside"), neuron.inside, path_arc=-0.4))
        self.play(Create(neuron.arrow), FadeIn(neuron.out, shift=0.2 * RIGHT), run_time=0.6)
        h = neuron.out.copy().scale(self.school.em / neuron.out.em)
        h.centre_on(self.school.select("out").get_right(), RIGHT).shift([0, self.school.baseline - h.baseline, 0])
        self.play(Transform(self.school.select("out")[0], h[0], path_arc=0.6))

    def tilt_and_slide(self) -> None:
        """Two sliders move the line: m its slope, b its height, as far as training will take any of them."""
        spans = [self.trace.series("layers.0.weight")[:, :, self.column], self.trace.series("layers.0.bias")]
        starts = [float(self.weight[0, self.column]), float(self.bias[0])]
        self.dials = [ValueTracker(start) for start in starts]
        titles = [Formula(name, style.TITLE_SIZE) for name in "mb"]
        room = max(title.width for title in titles)
        sliders = VGroup()
        for title, span, dial, up in zip(titles, spans, self.dials, (0.21, 0.07), strict=True):
            reach = 1.15 * float(np.abs(span).max())
            slider = NumberLine(
                -reach,
                reach,
                LESSON.width,
                title=title,
                title_room=room,
                number_format=None,
                tick_size=style.LABEL_SIZE,
            )
            slider.shift([LESSON.center[0], LESSON.at(0, up)[1], 0])
            slider.add_updater(lambda s, dial=dial: s.show(dial.get_value()), call_updater=True)
            sliders.add(slider)
        self.line.add_updater(lambda line: line.show(self.chart.ends, self._dialled()))
        with self.beat(
            "tilt and slide",
            "m is the slope. Turning it tilts the line.",
            "b is called the bias. It slides the whole line up and down.",
        ):
            for index, name in enumerate("mb"):
                dial, start = self.dials[index], starts[index]
                self.play(FadeIn(sliders[index], shift=0.2 * UP), *self._lit(name), run_time=0.7)
                far = sorted((float(spans[index].min()), float(spans[index].max())), key=lambda s: -abs(s - start))
                for stop in (*far, start):
                    if abs(stop - dial.get_value()) > 1e-6:
                        self.play(dial.animate(run_time=1.2).set_value(stop))
        self.line.clear_updaters()
        sliders.clear_updaters()
        self.play(FadeOut(sliders), Transform(self.school, self.headings[0]), run_time=0.8)

    def _dialled(self) -> np.ndarray:
        """Heights (2,) of the line as the sliders stand."""
        weight = np.array(self.weight[0].value, dtype=float)
        weight[self.column] = self.dials[0].get_value()
        return self.chart.heights_of(weight, self.dials[1].get_value())

    def _lit(self, name: str) -> list[Animation]:
        """Make one letter of the formula bright and dim the others."""
        bright = {id(glyph) for glyph in self.school.select(name)}
        return [glyph.animate.set_opacity(1.0 if id(glyph) in bright else style.DIM) for glyph in self.school]

    def one_line_each(self) -> None:
        """The line splits into one for each neuron; their heights above the place become the neurons' scores."""
        count = number_word(len(self.task.names))
        with self.beat(
            "one line each",
            f"{capitalised(count)} cities, {count} neurons: each has its own m and its own b.",
            "Straight above the place we read off their scores.",
        ):
            self.split()
            self.read_scores()

    def split(self) -> None:
        """The one neuron and its line become as many as there are cities."""
        spread, names, chart = ValueTracker(0.0), self.task.names, self.chart
        self.lines = [chart.line(0, style.TEXT) for _ in names]
        for line, name in zip(self.lines, names, strict=True):
            line.line.role, line.line.mixed = name, "from no colour to the city's"  # for `reel check`
        for k, line in enumerate(self.lines):
            line.add_updater(lambda line, k=k: self._part(line, k, spread.get_value()))
        neuron = self.neuron
        first, *others = [wiring(self.network, k) for k in range(len(names))]
        self.remove(self.line)
        self.add(*self.lines)
        self.play(
            FadeOut(neuron.wires, neuron.arrow, neuron.inside, neuron.out),
            Transform(neuron.ring, self.network.neurons[1, 0]),
            run_time=0.8,
        )
        self.remove(neuron.ring)
        self.add(self.network.neurons[1, 0])
        self.play(
            LaggedStart(FadeIn(first), *(FadeIn(other) for other in others), lag_ratio=0.3),
            spread.animate.set_value(1.0),
            run_time=2,
        )
        for line in self.lines:
            line.clear_updaters()

    def _part(self, line: Curve, neuron: int, share: float) -> None:
        """Show a neuron's line on its way from the first neuron's place and no colour to its own."""
        chart = self.chart
        way = (1 - share) * chart.heights(0) + share * chart.heights(neuron)
        line.show(chart.ends, way)
        line.line.credit(self.weight[neuron] if share == 1 else None)
        line.line.set_stroke(interpolate_color(ManimColor(style.TEXT), ManimColor(self.task.colours[neuron]), share))

    def read_scores(self) -> None:
        """Dots where the lines stand above the place; their numbers fly into the neurons."""
        network, count = self.network, len(self.task.names)
        foot = self.feet["lon"]
        rise = thin(joined(np.array([foot, [foot[0], self.box.top, 0]])))
        dots = [Marker(self.chart.plane, colour) for colour in self.task.colours]
        for k, dot in enumerate(dots):
            dot.show(self.place[0], self.logits[k]).role = self.task.names[k]
        self.play(Create(rise), self.world.land.animate.set_opacity(style.DIM))
        numbers = [network.neuron_numbers[1, k] for k in range(count)]
        homes = [number.get_center() for number in numbers]
        for number, at in zip(numbers, apart([dot.dot.get_center() for dot in dots]), strict=True):
            number.move_to(at)
        plates = VGroup(*(plate(number) for number in numbers))
        shown = [FadeIn(VGroup(dots[k], plates[k], numbers[k])) for k in range(count)]
        self.play(LaggedStart(*shown, lag_ratio=0.3))
        self.add(*numbers)
        self.wait(0.7)
        flights = [n.animate(path_arc=0.4).move_to(home) for n, home in zip(numbers, homes, strict=True)]
        self.play(FadeOut(plates, run_time=0.5), LaggedStart(*flights, lag_ratio=0.25, run_time=1.8))
        self.drawn = VGroup(self.chart, rise, *self.lines, *dots)

    def beliefs_of_scores(self) -> None:
        """Softmax makes probabilities of the scores; what the model says, and what it is made of."""
        names, probs = self.task.names, self.probs
        count = int(np.prod(np.shape(self.weight.value))) + len(names)
        verdict = f"But we are in {names[self.target]}."
        if self.guess == self.target:
            verdict = "That is where we are." if self.trained else "So far, a lucky guess."
        last = f"{capitalised(number_word(count))} numbers are all it has, and nobody has taught it yet which."
        if self.trained:
            last = f"{capitalised(number_word(count))} numbers are all it has. It began with noughts, and learnt them."
        with self.beat(
            "beliefs",
            "Softmax turns the scores into probabilities; the next scene shows how.",
            f"The model says {names[self.guess]}, with {percent(float(probs[self.guess]))}. " + verdict,
            last,
        ):
            self.play(FadeIn(self.headings[1]), FadeIn(VGroup(*self.beliefs.tracks, *self.beliefs.names)))
            bars = [bar for bar in self.beliefs.bars if len(bar.points)]
            grown = [GrowFromEdge(bar, LEFT) for bar in bars]
            self.play(*grown, FadeIn(VGroup(*self.beliefs.numbers)), run_time=1.2)
            self.wait(0.6)
            back = [Restore(self.world.pins), Restore(self.world.marker)]
            self.play(FadeOut(self.drawn), self.world.land.animate.set_opacity(1), *back)
            self.play(self.world.marker.animate(rate_func=there_and_back).scale(1.5))
            self.wait(2.2)
            self.point_out_parameters()
            self.wait(style.PAUSE)

    def point_out_parameters(self) -> None:
        """All but the parameters' numbers goes dim."""
        network = self.network
        rest = VGroup(
            *network.neurons.values(), *network.neuron_numbers.values(), *network.wires.values(), network.labels,
            *network.stubs.values(), network.stub_ends, self.beliefs, self.longitudes, self.tracks, self.headings[1],
        )  # fmt: skip
        numbers = [*network.weight_numbers.values(), *network.bias_numbers.values()]
        self.play(
            rest.animate.fade(1 - style.DIM),
            Group(self.world.land, self.world.pins, self.world.marker).animate.fade(1 - style.DIM),
        )
        self.play(LaggedStart(*(n.animate(rate_func=there_and_back).scale(1.35) for n in numbers), lag_ratio=0.2))
