"""Chapter 4: prompts as dots in a plane, moving through a model's layers. Draws `language_map`, or a user's."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
from manim import LEFT, RIGHT, UP, FadeIn, FadeOut, LaggedStart, Mobject, ValueTracker, VGroup, rate_functions

from scenes import map_story, style
from scenes.layout import CAPTION_STRIP, SAFE, Region
from scenes.lens import NEXT, Lens, Run, is_encoder, lens_names
from scenes.parts.bars import ProbabilityBars, fitted_alike
from scenes.parts.callout import RING, Callouts, Said
from scenes.parts.cloud import Cloud, bead_radius
from scenes.parts.island_names import IslandNames
from scenes.parts.outlines import filled
from scenes.parts.readout import Readout
from scenes.parts.ribbons import circle
from scenes.parts.stations import Stations
from scenes.parts.territory import Territory
from scenes.parts.typesetting import Text, fitted, row
from scenes.stage import TraceScene

PICTURE = Region(SAFE.left, SAFE.right, CAPTION_STRIP.top, SAFE.top)
LEFT_SIDE, SIDE = PICTURE.columns(9.2, 4.0, gap=0.3)
TRACK, MAP = LEFT_SIDE.rows(0.75, 5.9, gap=0.05)
LEGEND, BARS, CARDS = SIDE.rows(1.35, 1.6, 3.9, gap=0.12)
BLOCK: Final = 1.5  # seconds for the way through one block
UNNAMED: Final = 0.55  # of their light that dots without an island lose while islands are named
MOST: Final = 12.0  # seconds for a stretch of many
LEGEND_LINES: Final = 4  # next words named beside the map


class MapOfLanguage(TraceScene):
    """Every prompt is a dot: the layers carry them from islands of last words to islands of next words."""

    trace_name = "language_map"
    encoder: ClassVar[bool] = False  # whether to look through MiniLM rather than through a model that predicts
    constants: ClassVar[dict[str, str]] = {}

    def construct(self) -> None:
        """The dots, what they lie by at first, four of them read out, through the layers, and the ground."""
        self.lens = Lens(self.trace, self.pick_lens(), MAP)
        self.runs = self.lens.runs()
        self.at = ValueTracker(0.0)
        self.build_cloud()
        self.build_side()
        self.build_names()
        self.dots()
        self.first_order()
        self.read_out()
        self.through_the_layers()
        self.ground()

    def pick_lens(self) -> str:
        """The lens over layers that this scene looks through."""
        lenses = self.trace.manifest.get("lenses", {})
        fitting = [n for n in lens_names(self.trace, "layers") if is_encoder(lenses[n]) == self.encoder]
        self.require(bool(fitting), "a map of MiniLM's layers" if self.encoder else "a map of a model's layers")
        return fitting[0]

    # -- what stands on the stage ------------------------------------------------------------------
    def build_cloud(self) -> None:
        """The dots and the ground under them."""
        lens, flat = self.lens, self.lens.flat
        radius = bead_radius(lens.count, flat.width * flat.height)
        self.cloud = Cloud(flat, lens.colours, lens.kinds[NEXT], radius)
        self.lit, self.focus = ValueTracker(0.0), ValueTracker(0.0)
        self.outside = {stop: lens.outside(stop, run.kind) for stop, run in self.stops()}
        self.cloud.add_updater(lambda _: self.show_cloud(), call_updater=True)
        self.land = Territory(flat, lens.colours, 0.13 * lens.extent)
        self.land.add_updater(lambda _: self.land.show(*lens.ground(self.at.get_value())), call_updater=True)

    def build_side(self) -> None:
        """Which layer, whose next words the colours are, what neighbours agree on, and how the map was made."""
        lens = self.lens
        names = ["embedding", *(str(i) for i in range(1, len(lens) - 1)), f"block {len(lens) - 1}"]
        self.stations = Stations(names, TRACK.width).move_to(TRACK.center)
        for label in self.stations.labels:
            label.constant = "the block's number"
        self.stations.add_updater(lambda _: self.stations.show(self.at.get_value()), call_updater=True)
        self.legend = legend(lens, LEGEND)
        kinds = map_story.kind_names(lens)
        title = Text("the nearest dots agree on", style.SMALL_SIZE, style.LABEL)
        title.centre_on(BARS.at(0, 0.92), LEFT)
        self.bars = ProbabilityBars(
            [f"the {kind}" for kind in kinds], [style.TEXT] * len(kinds), BARS.width, 0.76 * BARS.height,
            number_format=".0%", whole=3, label_size=style.SMALL_SIZE, number_size=style.SMALL_SIZE, thickness=0.17,
        ).move_to(BARS.at(0.5, 0.4))  # fmt: skip
        self.agreement = VGroup(title, self.bars)
        self.trust = Readout(lens.of("trustworthiness")[0], ".2f", style.SMALL_SIZE)
        self.notes = notes(lens, self.trust)
        for part, show in ((self.bars, self.show_bars), (self.trust, self.show_trust)):
            part.add_updater(lambda _, show=show: show(), call_updater=True)

    def build_names(self) -> None:
        """For each stop of the way: names of the islands there; and the four prompts that are read out."""
        lens = self.lens
        before = next((run for run in self.runs if run.kind != NEXT), None)
        self.read = lens.four(before)
        said = [
            Said(lens.texts[i], lens.names[NEXT][lens.kinds[NEXT][i]], lens.colours[lens.kinds[NEXT][i]])
            for i in self.read
        ]
        self.cards = Callouts(said, CARDS)
        for card in self.cards.cards:
            card.constant = "a prompt's own words"
        self.cards.add_updater(lambda _: self.cards.show(self.places()[self.read]), call_updater=True)
        self.names = {stop: self.names_at(stop, run) for stop, run in self.stops()}

    def stops(self) -> list[tuple[int, Run]]:
        """The slices at which the way pauses, with what the map is sorted by there."""
        return [(map_story.stop(run, len(self.lens)), run) for run in self.runs]

    def names_at(self, stop: int, run: Run) -> IslandNames:
        """The islands' names at a stop, clear of the dots and of the lines to the cards."""
        places = self.lens.places(stop)
        ways = [np.linspace(card.hook, places[i], 60) for card, i in zip(self.cards.cards, self.read, strict=True)]
        rings = [circle(1.3 * RING) + places[i] for i in self.read]
        names = IslandNames(self.lens.islands(stop, run.kind), np.concatenate([places, *ways, *rings]), MAP)
        names.role = "class"
        return names

    # -- what a frame shows ------------------------------------------------------------------------
    def places(self) -> np.ndarray:
        """Where the dots are now."""
        return self.lens.places(self.at.get_value())

    def show_cloud(self) -> None:
        """Dots where they are; they light up one after the other, in the prompts' order."""
        lit = self.lit.get_value()
        order = np.linspace(0, 1, self.lens.count)
        light = np.clip((1.15 * lit - order) / 0.15, 0, 1)
        here = self.lens.reached(self.at.get_value())
        if here in self.outside:
            light = light * (1 - UNNAMED * self.focus.get_value() * self.outside[here])
        self.cloud.show(self.places(), None if light.min() >= 1 else light, self.lens.points[here])

    def show_bars(self) -> None:
        """What neighbours agree on at the slice reached."""
        self.bars.show(self.lens.agreement(self.lens.reached(self.at.get_value())))

    def show_trust(self) -> None:
        """How far the plane's neighbours are the vectors' own."""
        self.trust.show(self.lens.of("trustworthiness")[self.lens.reached(self.at.get_value())])

    # -- beats -------------------------------------------------------------------------------------
    def dots(self) -> None:
        """All prompts light up."""
        self.add(self.cloud)
        with self.beat("dots", *map_story.dots(self.lens)):
            self.play(
                self.lit.animate(run_time=3.5, rate_func=rate_functions.linear).set_value(1.0),
                LaggedStart(*(FadeIn(entry) for entry in self.legend), lag_ratio=0.3, run_time=3.0),
            )
            self.play(FadeIn(self.notes), FadeIn(self.stations))

    def first_order(self) -> None:
        """By what they lie before anything has been computed."""
        with self.beat("at first", *map_story.at_first(self.lens, self.runs)):
            self.play(FadeIn(self.agreement))
            if self.stops() and self.stops()[0][0] == 0:
                self.play(FadeIn(self.names[0]), self.focus.animate.set_value(1.0))

    def read_out(self) -> None:
        """Four prompts."""
        with self.beat("four prompts", *map_story.four(self.lens, self.runs, self.read)):
            lines = VGroup(self.cards.lines, self.cards.rings)
            self.play(LaggedStart(*(FadeIn(card, shift=0.15 * LEFT) for card in self.cards.cards), lag_ratio=0.35))
            self.play(FadeIn(lines))
            self.add(self.cards)

    def through_the_layers(self) -> None:
        """From stop to stop, the names fading on the way."""
        goals = [stop for stop, _ in self.stops() if stop > 0]
        if not goals or goals[-1] != len(self.lens) - 1:
            goals.append(len(self.lens) - 1)
        here = self.names.get(0)
        for number, goal in enumerate(goals):
            with self.beat(f"to block {goal}", map_story.setting_out(number)):
                if here is not None:
                    self.play(FadeOut(here), self.focus.animate.set_value(0.0), run_time=style.BRISK)
                seconds = min(BLOCK * (goal - self.at.get_value()), MOST)
                self.play(self.at.animate(run_time=seconds, rate_func=rate_functions.linear).set_value(float(goal)))
            with self.beat(f"block {goal}", *map_story.arrival(self.lens, self.runs, goal)):
                here = self.names.get(goal)
                if here is not None:
                    self.play(FadeIn(here), self.focus.animate.set_value(1.0))

    def ground(self) -> None:
        """The ground takes the colour of the dots around it, and the map has borders."""
        note = Text(map_story.ground_note(self.lens), style.SMALL_SIZE, style.LABEL, width=CARDS.width)
        note.constant = "how the trace made its regions"
        note.move_to(CARDS.at(0, 0.95), aligned_edge=LEFT + UP)
        with self.beat("ground", *map_story.ground(self.lens)):
            self.add(self.land)
            self.bring_to_back(self.land)
            self.play(
                FadeIn(self.land, run_time=2.0), FadeOut(self.cards), FadeIn(note), self.focus.animate.set_value(0.0)
            )
            self.wait(style.PAUSE)


class MapOfSentences(MapOfLanguage):
    """The same prompts in MiniLM, a sentence encoder: its middle layers sort them by topic."""

    trace_name = "language_map"
    encoder = True

    def construct(self) -> None:
        """The same beats, through another lens."""
        super().construct()


def legend(lens: Lens, box: Region) -> VGroup:
    """Which model this is, and the colours of the most common next words, in two columns."""
    title = fitted(map_story.title(lens), box.width, style.LABEL_SIZE)
    title.centre_on(box.at(0, 0.85), LEFT)
    title.constant = "the model's name"
    sizes = np.bincount(lens.kinds[NEXT], minlength=len(lens.colours))
    kept = np.argsort(-sizes, kind="stable")[:LEGEND_LINES]
    entries = VGroup()
    numbers = sorted(int(k) for k in kept)
    names, colours = [lens.names[NEXT][n] for n in numbers], [lens.colours[n] for n in numbers]
    words = fitted_alike(names, colours, 0.31 * box.width, style.LABEL_SIZE)  # shortened if they must be
    for place, (word, colour) in enumerate(zip(words, colours, strict=True)):
        down, across = divmod(place, 2)
        at = box.at(0.03 + 0.5 * across, 0.47 - 0.31 * down)
        dot = filled(circle(0.075) + at, colour)
        entries.add(VGroup(dot, word.centre_on(at + np.array([0.2, 0, 0]), LEFT)))
        entries[-1].role = "class"
    return VGroup(title, *entries)


def notes(lens: Lens, trust: Readout) -> VGroup:
    """How the plane was made, and what it does not say: a line at the foot of the picture."""
    said = Text(map_story.how_made(lens), style.SMALL_SIZE, style.LABEL)
    said.constant = "UMAP's parameters in the trace's manifest"
    said.centre_on(CAPTION_STRIP.at(0, 0.5), LEFT)
    word = Text("trustworthiness", style.SMALL_SIZE, style.LABEL)
    trust.centre_on(CAPTION_STRIP.at(1, 0.5), RIGHT)
    row(word, trust, gap=0.12)
    both = VGroup(word, trust)
    both.shift([SAFE.right - both.get_right()[0], CAPTION_STRIP.center[1] - both.get_center()[1], 0])
    parts: list[Mobject] = [said, *both]
    return VGroup(*parts)
