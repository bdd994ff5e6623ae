"""Chapter 4, the last word: borders on a map and borders in language are drawn by the same rule.

Draws `cities4` on the left and the training of `language_map`, or of a user's prompts, on the right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final

import numpy as np
from manim import LEFT, RIGHT, UP, FadeIn, FadeOut, ValueTracker, VGroup, VMobject, rate_functions

from scenes import style
from scenes.atlas import Task, city_map, heat_map
from scenes.layout import CAPTION_STRIP, SAFE, Region
from scenes.lens import NEXT, Lens, lens_names
from scenes.parts.cloud import Cloud, bead_radius
from scenes.parts.counter import StepCounter
from scenes.parts.island_names import IslandNames
from scenes.parts.polyline import joined
from scenes.parts.projection import Box
from scenes.parts.readout import Readout
from scenes.parts.territory import Territory
from scenes.parts.typesetting import Formula, Text, fitted, row
from scenes.stage import TraceScene
from scenes.wording import capitalised, number_word, percent

PICTURE = Region(SAFE.left, SAFE.right, CAPTION_STRIP.bottom + 0.35, SAFE.top)
EUROPE, LANGUAGE = PICTURE.columns(1, 1, gap=0.5)
HALVES: Final = tuple(half.rows(0.55, 5.55, 0.8, gap=0.1) for half in (EUROPE, LANGUAGE))
CORNER: Final = 0.15  # radius of the maps' corners
RIGHT_GUESSES: Final = "share of them that are right"
SECONDS: Final = 8.0  # for the stretch of training before the single step, and for the one after it


class TwoMaps(TraceScene):
    """Europe and language, side by side: the same rule draws borders on the one, and moves the points of the other."""

    trace_name = "language_map"
    also = ("cities4",)
    transforms: ClassVar[dict[str, Callable[[Any], Any]]] = {}

    def construct(self) -> None:
        """Two maps untrained, half trained, one single step, trained, and what it all was."""
        self.cities = self.open_trace("cities4")
        lenses = lens_names(self.trace, "training")
        self.require(bool(lenses), "a map over training")
        self.lens = Lens(self.trace, lenses[0], HALVES[1][1])
        labels = self.lens.kinds[NEXT]
        type(self).transforms = {RIGHT_GUESSES: lambda guesses: np.mean(np.asarray(guesses) == labels)}
        self.steps = np.asarray(self.lens.of("steps").value)
        self.single = single_step(self.steps)
        self.build_europe()
        self.build_language()
        self.build_words()
        self.untrained()
        self.half_trained()
        self.one_step()
        self.trained()
        self.closing()

    # -- what stands on the stage ------------------------------------------------------------------
    def build_europe(self) -> None:
        """The map of the cities, coloured by what their neurons believe. The scene's step is that of this run."""
        self.world = city_map(self.cities, HALVES[0][1], radius=CORNER)
        self.heat = heat_map(self.cities, self.world)
        self.pause = map_step(self.cities)
        self.city_counter = StepCounter(int(self.cities.steps()[-1]), size=style.LABEL_SIZE)
        self.city_right = Readout(0.0, ".0%", style.LABEL_SIZE, whole=3)
        self.world.add_updater(lambda _: self.show_europe(), call_updater=True)

    def build_language(self) -> None:
        """The dots of the prompts, and the ground under them."""
        lens, flat = self.lens, self.lens.flat
        self.at = ValueTracker(0.0)
        self.cloud = Cloud(flat, lens.colours, lens.kinds[NEXT], bead_radius(lens.count, flat.width * flat.height))
        self.land = Territory(flat, lens.colours, 0.4 * lens.extent, 0.5, corner=CORNER)
        self.word_counter = StepCounter(int(self.steps[-1]), size=style.LABEL_SIZE)
        self.word_right = Readout(0.0, ".0%", style.LABEL_SIZE, whole=3)
        self.cloud.add_updater(lambda _: self.show_language(), call_updater=True)
        self.trails = self.ways()
        last = len(lens) - 1
        self.names = IslandNames(lens.islands(last, NEXT), lens.places(last), HALVES[1][1])
        self.names.role = "class"

    def build_words(self) -> None:
        """A title above each map, and below it what its colours are and how many it has right."""
        titles, self.notes, self.scores = VGroup(), VGroup(), VGroup()
        said = (
            ("Europe", "colour: the network's own probabilities", self.city_counter, self.city_right, "of the places"),
            (
                "language", "colour: a vote of the nearest dots in this plane", self.word_counter, self.word_right,
                "of the prompts",
            ),
        )  # fmt: skip
        edges: tuple[Box, Box] = (self.world.projection, self.lens.flat)
        for (head, _, foot), (name, note, counter, right, whose), edge in zip(HALVES, said, edges, strict=True):
            head, foot = (Region(edge.left, edge.right, strip.bottom, strip.top) for strip in (head, foot))
            titles.add(fitted(capitalised(name), 0.4 * head.width, style.BODY_SIZE).centre_on(head.at(0, 0.5), LEFT))
            words = Text(f"{whose} right", style.LABEL_SIZE, style.LABEL)
            right.centre_on(foot.at(0, 0.75), LEFT)
            row(right, words, gap=0.14)
            self.scores.add(VGroup(right, words))
            counter.move_to(head.at(1, 0.5), aligned_edge=RIGHT)
            self.notes.add(Text(note, style.SMALL_SIZE, style.LABEL).centre_on(foot.at(0, 0.2), LEFT))
        self.titles = titles
        self.word_counter.shows = "a recorded step"  # the scene's own step is Europe's

    def ways(self) -> VGroup:
        """How far each dot moves in the single step: a line from where it was, as the step goes on."""
        before, after = self.lens.places(self.single), self.lens.places(self.single + 1)
        lines = VMobject(stroke_color=style.HIGHLIGHT, stroke_width=style.HAIRLINE, stroke_opacity=0.55)
        gap = np.full((len(before), 3), np.nan)

        def show(_: Any) -> None:
            way = float(np.clip(self.at.get_value() - self.single, 0, 1))
            ends = before + way * way * (3 - 2 * way) * (after - before)
            corners = np.stack([before, ends, gap], axis=1).reshape(-1, 3)
            lines.points = joined(corners) if way > 0 else np.empty((0, 3))

        lines.add_updater(show, call_updater=True)
        return VGroup(lines)

    # -- what a frame shows ------------------------------------------------------------------------
    def show_europe(self) -> None:
        """Between two steps the parameters are on their way from one record to the next."""
        at = self.step.get_value()
        here, last = int(np.floor(at + 1e-6)), int(self.cities.steps()[-1])
        way = float(np.clip(at - here, 0, 1)) if here < last else 0.0
        read = [[self.cities.at(f"layers.0.{kind}", min(s, last)) for kind in ("weight", "bias")]
                for s in (here, here + 1)]  # fmt: skip
        weight, bias = (np.asarray(a.value) + way * (b.value - a.value) for a, b in zip(*read, strict=True))
        self.heat.show_linear(weight, bias)
        self.heat.readings, self.heat.reading = tuple(read[0]), read[0][0]
        self.city_counter.number.show(here)
        self.city_right.show(self.cities.at("accuracy", here))

    def show_language(self) -> None:
        """Dots, ground, step and score at the moment reached."""
        at, lens = self.at.get_value(), self.lens
        here = lens.reached(at)
        self.cloud.show(lens.places(at), reading=lens.points[here])
        self.land.show(*lens.ground(at))
        self.word_counter.number.show(lens.of("steps")[here])
        self.word_right.show(self.guessed(here))

    def guessed(self, here: int) -> Any:
        """Share of prompts whose class the model finds most probable at a slice: a reading."""
        return self.lens.of("regions.labels")[here].through(RIGHT_GUESSES, self.transforms[RIGHT_GUESSES])

    # -- beats -------------------------------------------------------------------------------------
    def untrained(self) -> None:
        """Both as they begin."""
        count = len(self.trace.manifest["task"]["classes"])
        neurons = number_word(len(Task.of(self.cities).names))
        with self.beat(
            "untrained",
            f"Two maps before training: on the left {neurons} neurons and Europe,",
            f"on the right a language model and its {self.lens.count} prompts, with {number_word(count)} next words.",
        ):
            self.play(FadeIn(self.world), FadeIn(self.titles[0]), FadeIn(self.city_counter))
            self.play(FadeIn(self.notes[0]), FadeIn(self.scores[0]))
            self.add(self.land, self.cloud)
            self.play(FadeIn(self.land), FadeIn(self.cloud), FadeIn(self.titles[1]), FadeIn(self.word_counter))
            self.play(FadeIn(self.notes[1]), FadeIn(self.scores[1]))

    def half_trained(self) -> None:
        """Up to just before the single step."""
        with self.beat(
            "half trained",
            "Both learn by the same rule: guess, measure the loss, send the blame back,",
            "and move every parameter a little against its slope.",
        ):
            self.play(
                self.step.animate(run_time=SECONDS, rate_func=rate_functions.linear).set_value(float(self.pause)),
                self.at.animate(run_time=SECONDS, rate_func=rate_functions.linear).set_value(float(self.single)),
            )

    def one_step(self) -> None:
        """A single step of each, slowly."""
        between = int(self.steps[self.single + 1] - self.steps[self.single])
        told = "one single step" if between == 1 else f"one step of the left, {number_word(between)} of the right"
        with self.beat(
            "one step",
            f"Now {told}. On the left the places stay where they are, and the borders move.",
            "On the right the dots move: the layers that put them there are trained as well.",
        ):
            place = self.cities.constant("points")[int(float(self.cities.at("row", self.pause)))]
            self.world.mark(place[0], place[1])
            self.play(FadeIn(self.world.marker))
            self.add(self.trails)
            self.play(self.step.animate(run_time=3.0).set_value(float(self.pause + 1)))
            self.wait(1.0)
            self.play(self.at.animate(run_time=4.0, rate_func=rate_functions.linear).set_value(float(self.single + 1)))
            self.wait(style.PAUSE)

    def trained(self) -> None:
        """On to the end of both."""
        last = len(self.lens) - 1
        with self.beat("trained", "And on, to the end of both trainings.", self.result()):
            self.world.unmark()
            self.play(FadeOut(self.trails, run_time=style.BRISK))
            towards = [
                self.step.animate(run_time=SECONDS, rate_func=rate_functions.ease_in_cubic).set_value(
                    float(self.cities.steps()[-1])
                )
            ]
            if last > self.single + 1:
                towards.append(
                    self.at.animate(run_time=SECONDS, rate_func=rate_functions.linear).set_value(float(last))
                )
            self.play(*towards)
            self.play(FadeIn(self.names))

    def result(self) -> str:
        """How many are right when training ends."""
        city = float(self.cities.at("accuracy", int(self.cities.steps()[-1])))
        words = float(self.guessed(len(self.lens) - 1))
        places = len(np.asarray(self.cities.constant("points").value))
        left = f"all {places} places" if city == 1 else f"{percent(city)} of the places"
        right = f"all {self.lens.count} prompts" if words == 1 else f"{percent(words)} of the prompts"
        return f"{capitalised(left)} are right, and {right}."

    def closing(self) -> None:
        """The thought that the film leaves: the same rule draws borders, and makes the map to draw them on."""
        rule = Formula("theta <- theta - eta thin (partial L)/(partial theta)", style.TITLE_SIZE)
        rule.move_to([PICTURE.center[0], HALVES[0][2].center[1], 0])
        with self.beat(
            "one rule",
            "Europe's map was given, and training drew the borders on it.",
            "For language it had to make the map as well: to bring together what goes on alike.",
            "One rule did both: ask of every number how it changes the loss, and take a small step down.",
        ):
            self.wait(style.PAUSE)
            self.play(FadeOut(self.notes), FadeOut(self.scores), run_time=style.CHANGE)
            self.wait(6.0)
            self.play(FadeIn(rule, shift=0.2 * UP), run_time=2.0)
            self.wait(2 * style.PAUSE)


def single_step(steps: np.ndarray) -> int:
    """The slice after which the next one comes soonest: (slices,) step numbers, at least two."""
    return int(np.argmin(np.diff(steps)))


def map_step(trace: Any) -> int:
    """After the first, the step of a city run that changes its map most: the mean change of the probabilities."""
    task = Task.of(trace)
    lon0, lon1, lat0, lat1 = task.frame
    lon, lat = np.meshgrid(np.linspace(lon0, lon1, 24), np.linspace(lat0, lat1, 24))
    inputs = task.inputs(np.stack([lon, lat], axis=-1).reshape(-1, 2))
    weights, biases = trace.series("layers.0.weight")[:120], trace.series("layers.0.bias")[:120]
    scores = np.einsum("pf,scf->spc", inputs, weights) + biases[:, None, :]
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    change = np.abs(np.diff(shares, axis=0)).mean(axis=(1, 2))
    return 1 + int(np.argmax(change[1:])) if len(change) > 1 else 0
