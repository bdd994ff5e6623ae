"""Chapter 1, before it begins: one rule, who found it and who doubted it. Draws no trace; years and names are facts."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from manim import (
    DOWN,
    LEFT,
    PI,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    Mobject,
    Rotate,
    ValueTracker,
    VGroup,
    linear,
)

from scenes import style
from scenes.layout import CAPTION_STRIP, SAFE, Region
from scenes.parts.readout import Readout
from scenes.parts.timeline import Card, Timeline
from scenes.parts.typesetting import Formula, Text, fitted
from scenes.parts.vignettes import Backwards, Bowl, Crossed, Layers, NextWord
from scenes.stage import TraceScene

PICTURE = Region(SAFE.left, SAFE.right, CAPTION_STRIP.top, SAFE.top)
HEAD, BODY, ROAD = PICTURE.rows(1.0, 3.7, 1.2, gap=0.2)
WORDS, DRAWING = Region(BODY.left + 0.75, BODY.right - 0.3, BODY.bottom, BODY.top - 0.3).columns(5.9, 5.5, gap=0.8)
NEAR, FAR = ROAD.at(0.08, 0.25), ROAD.at(0.97, 0.8)
TODAY = 2025
LARGE = 96.0  # of the year
LAWS = 140.0  # of the two laws
FROM_AFAR = "cards come up from afar; while spoken of they stand near, large and bright"


class Prologue(TraceScene):
    """One short rule trains nearly every model; it was found several times, and doubted."""

    constants: ClassVar[dict[str, str]] = {
        "1955": "where the road begins",
        "1960": "Widrow and Hoff publish ADALINE",
        "1969": "Minsky and Papert, Perceptrons",
        "1974": "Werbos, Beyond Regression, his doctoral thesis",
        "1986": "Rumelhart, Hinton and Williams in Nature",
        "2025": "today",
    }

    def construct(self) -> None:
        """Two laws, a road through the years, and the laws again."""
        self.build_road()
        self.two_laws()
        self.one_neuron()
        self.doubt()
        self.found_and_unheard()
        self.found_again()
        self.today()
        self.the_rule()

    # -- what stands on the stage ------------------------------------------------------------------
    def build_road(self) -> None:
        """The road with its five cards, the year, and the two laws."""
        self.clock = ValueTracker(1955.0)
        self.road = Timeline(NEAR, FAR, (1960, 1969, 1974, 1986, TODAY), largest=1.08)
        self.year = Readout(1955, "d", LARGE, style.TEXT, whole=4, signed=False)
        self.year.constant = "a year"  # for `reel check`
        self.year.centre_on(HEAD.at(0.012, 0.4), LEFT)
        self.force = Formula("F = m a", LAWS)
        self.rule = Formula("(partial L) / (partial theta)", LAWS, style.GRADIENT)
        self.bowl, self.crossed, self.backwards, self.layers = Bowl(), Crossed(), Backwards(), Layers()
        self.words = NextWord(("the", "capital", "of", "france", "is"), "paris")
        self.card(1960, "Widrow and Hoff", "ADALINE: one neuron follows the slope of its error", self.bowl)
        self.card(1969, "Minsky and Papert", "Perceptrons: the limits of one layer", self.crossed)
        self.card(1974, "Paul Werbos", "all slopes at once, backwards", self.backwards)
        self.card(1986, "Rumelhart, Hinton, Williams", "hidden layers learn what to look for", self.layers)
        self.card(TODAY, "Language models", "one wrong word, and the blame goes back to every number", self.words)
        self.waive("small", self.words, FROM_AFAR)
        for later in (self.backwards.forward, self.backwards.back, *self.layers.blame, self.words.arcs):
            later.set_stroke(opacity=0)
        self.words.answer.set_opacity(0)
        for card in self.road.cards.values():
            card.settle()
        self.road.show(self.clock.get_value())

    def card(self, year: int, name: str, deed: str, drawing: Mobject) -> None:
        """Name and deed on the left, the drawing on the right."""
        heading = fitted(name, WORDS.width, 1.2 * style.TITLE_SIZE)
        below = Text(deed, 1.2 * style.BODY_SIZE, style.LABEL, width=WORDS.width * 0.95)
        block = VGroup(heading, below.next_to(heading, DOWN, buff=0.35, aligned_edge=LEFT))
        block.move_to(WORDS.at(0.0, 0.55), aligned_edge=LEFT)
        drawing.scale(min(1.3, DRAWING.width / drawing.width, DRAWING.height / drawing.height))
        drawing.move_to(DRAWING.center)
        card = self.road.stand(year, Card(block, drawing, foot=NEAR))
        self.waive("contrast", card, FROM_AFAR)

    def travel(self, year: int, seconds: float, *, known: float) -> None:
        """Go on to a year; `known` is how bright the rule shines then."""

        def follow(_: object) -> None:
            now = self.clock.get_value()
            self.road.show(now)
            self.year.show(round(now))

        self.add(self.road.cards[year])
        self.road.add_updater(follow)
        self.play(self.clock.animate(run_time=seconds).set_value(year), self.shine(known))
        self.road.clear_updaters()
        for other, card in self.road.cards.items():
            if other < year:
                self.remove(card)

    def shine(self, opacity: float) -> Callable[..., object]:
        """Let the rule be as bright as its fame."""
        return self.rule.animate.set_opacity(opacity)

    def settle(self, year: int) -> None:
        """Keep what a card's drawing has become."""
        self.road.cards[year].settle()

    # -- beats -------------------------------------------------------------------------------------
    def two_laws(self) -> None:
        """F = ma, and beside it the rule; the rule stays."""
        left, right = PICTURE.columns(1, 1)
        with self.beat(
            "two laws",
            "How does nearly everything move? There is one short law for it.",
            "How does nearly every model learn? There is one short rule for that, too:",
            "how the error changes with each of the model's numbers.",
        ):
            self.force.move_to(PICTURE.center)
            self.play(LaggedStart(*(FadeIn(glyph, shift=0.25 * UP) for glyph in self.force), lag_ratio=0.25))
            self.wait(2.2)
            self.rule.move_to([right.center[0], PICTURE.center[1], 0])
            self.play(self.force.animate(run_time=1.2).move_to([left.center[0], PICTURE.center[1], 0]))
            self.play(LaggedStart(*(FadeIn(glyph, shift=0.25 * UP) for glyph in self.rule), lag_ratio=0.2))
            self.add(self.rule)

    def one_neuron(self) -> None:
        """The rule takes its place, the road begins; ADALINE."""
        small = self.rule.copy().scale(60.0 / LAWS).move_to(HEAD.at(0.985, 0.35), aligned_edge=RIGHT)
        with self.beat(
            "one neuron",
            "Around 1960, Widrow and Hoff let a single neuron walk down the slope of its error.",
            "A slope can be measured, nudge by nudge: for one neuron, that will do.",
        ):
            self.play(FadeOut(self.force), self.rule.animate.become(small), FadeIn(self.road, self.year), run_time=1.4)
            self.travel(1960, 2.4, known=0.65)
            way = ValueTracker(-2.0)
            self.bowl.add_updater(lambda bowl: bowl.stand_at(way.get_value()))
            self.play(way.animate(run_time=3.5).set_value(-0.12))
            self.bowl.clear_updaters()
            self.settle(1960)

    def doubt(self) -> None:
        """No line parts the crossed dots."""
        with self.beat(
            "doubt",
            "In 1969, Minsky and Papert prove what a single layer cannot do: part these dots with a line.",
            "That more layers would help, they doubt. Others believe them.",
        ):
            self.travel(1969, 2.6, known=0.2)
            self.play(Rotate(self.crossed.line, PI, run_time=4.0, rate_func=linear))
            self.settle(1969)

    def found_and_unheard(self) -> None:
        """Forward, then back."""
        with self.beat(
            "found, and unheard",
            "In 1974, Paul Werbos writes down how to get all slopes at once,",
            "by walking back through the calculation. Hardly anybody notices.",
        ):
            self.travel(1974, 2.2, known=1.0)
            for arrows in (self.backwards.forward, self.backwards.back[::-1]):
                arrows.set_stroke(opacity=1)
                self.play(LaggedStart(*(Create(arrow) for arrow in arrows), lag_ratio=0.6, run_time=1.8))
            self.settle(1974)
            self.play(self.shine(0.2), run_time=1.2)

    def found_again(self) -> None:
        """The blame walks back, layer by layer."""
        with self.beat(
            "found again",
            "In 1986, Rumelhart, Hinton and Williams find it again,",
            "and show that with it hidden layers learn what to look for.",
        ):
            self.travel(1986, 2.8, known=1.0)
            blame = [wires.animate.set_stroke(opacity=0.9) for wires in self.layers.blame[::-1]]
            self.play(LaggedStart(*blame, lag_ratio=0.7, run_time=2.6))
            self.settle(1986)

    def today(self) -> None:
        """Four decades in a breath; one wrong word, and lines back to all others."""
        with self.beat("today", "Today it trains nearly every model there is, those that speak with us among them."):
            self.travel(TODAY, 3.6, known=1.0)
            self.play(self.words.answer.animate.set_opacity(1), run_time=0.6)
            self.words.arcs.set_stroke(opacity=0.9)
            self.play(LaggedStart(*(Create(arc) for arc in self.words.arcs[::-1]), lag_ratio=0.3, run_time=2.2))

    def the_rule(self) -> None:
        """Both laws again, and the rule's name."""
        left, right = PICTURE.columns(1, 1)
        level = PICTURE.center[1]
        big = Formula("(partial L) / (partial theta)", LAWS, style.GRADIENT).move_to([right.center[0], level, 0])
        name = Text("backpropagation", 1.3 * style.TITLE_SIZE, style.TEXT)
        name.next_to(big, DOWN, buff=0.6)
        with self.beat(
            "the rule",
            "Its name is backpropagation. This film takes it apart, piece by piece.",
            "And every number in it comes from a model that was really trained.",
        ):
            self.play(FadeOut(self.road, self.year, self.road.cards[TODAY]))
            self.force.move_to([left.center[0], level, 0]).set_opacity(style.DIM)
            self.play(self.rule.animate(run_time=1.6, path_arc=-0.4).become(big), FadeIn(self.force))
            self.play(FadeIn(name, shift=0.2 * UP))
            self.wait(style.PAUSE)
