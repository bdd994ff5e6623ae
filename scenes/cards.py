"""Title cards: the film's own, over a run, and one for each chapter. Their words come from film.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, ClassVar, Final

from manim import (
    DOWN,
    LEFT,
    ORIGIN,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    Line,
    VGroup,
    rate_functions,
)

from scenes import style
from scenes.atlas import backdrop, heat_map
from scenes.layout import FRAME
from scenes.parts.typesetting import Text, row
from scenes.parts.worldmap import HALO
from scenes.stage import TraceScene

DIGITS: Final = "E. Alpaydin and C. Kaynak, UCI, CC BY 4.0"  # those that come with scikit-learn
MNIST: Final = "MNIST: Y. LeCun, C. Cortes, C. Burges"
CREDITS: Final = (
    ("inspired by", "Welch Labs, “The F=ma of Artificial Intelligence”"),
    ("and by", "3Blue1Brown, “What is backpropagation really doing?”, “Backpropagation calculus”"),
    ("borders of Europe", "made with Natural Earth"),
    ("the border at Baarle", "© OpenStreetMap contributors, ODbL 1.0"),
    ("handwritten digits", DIGITS),
    ("sentence encoder", "all-MiniLM-L6-v2, sentence-transformers, Apache-2.0"),
    ("letters", "New Computer Modern, set by Typst"),
)
THANKS: Final = "It retells lectures that others gave first, and better: go and see them."
FILM = Path(__file__).with_name("film.toml")


def film() -> dict[str, Any]:
    """What film.toml says: `title`, `subtitle` and the list `chapter`."""
    return tomllib.loads(FILM.read_text(encoding="utf-8"))


class Opening(TraceScene):
    """The film's title, over a map that is being learnt."""

    trace_name = "cities4"

    def construct(self) -> None:
        """A title, and behind it what it claims: a run, every step of it."""
        said = film()
        title = Text(str(said["title"]), 1.7 * style.TITLE_SIZE)
        claim = Text(str(said["subtitle"]), 1.15 * style.BODY_SIZE)
        words = VGroup(title, claim).arrange(DOWN, buff=0.5)
        for line in words:  # a dark rim, which keeps it readable on any colour
            line.set_stroke(style.BACKGROUND, width=HALO, opacity=0.75, background=True)
        world = backdrop(self.trace, FRAME)
        heat = heat_map(self.trace, world, strength=style.BACKDROP)
        world.land.set_opacity(2 * style.BACKDROP)
        self.follow(heat, lambda step: heat.show_linear(*self.parameters(step)))
        with self.beat(
            "title", "Every number, bar, line and colour you will see was recorded while a network learned."
        ):
            self.play(FadeIn(world), FadeIn(title, shift=0.2 * UP), run_time=style.CHANGE)
            last = int(self.trace.steps()[-1])
            self.play(
                FadeIn(claim, run_time=style.CHANGE),
                self.step.animate(run_time=4.5, rate_func=rate_functions.ease_in_cubic).set_value(float(last)),
            )
        self.play(FadeOut(words), FadeOut(world), run_time=style.CHANGE)

    def parameters(self, step: int) -> tuple[Any, Any]:
        """Weights and biases of a step."""
        return self.trace.at("layers.0.weight", step), self.trace.at("layers.0.bias", step)


class ChapterCard(TraceScene):
    """A chapter's number and title; subclasses say which."""

    number: ClassVar[int]

    def card(self) -> None:
        """The number over a line that grows, the title under it."""
        titles = [str(chapter["title"]) for chapter in film()["chapter"]]
        number = Text(f"Chapter {self.number}", 1.2 * style.BODY_SIZE, style.LABEL)
        title = Text(titles[self.number - 1], 1.6 * style.TITLE_SIZE)
        half = title.width / 2 + 0.3
        line = Line(half * LEFT, half * RIGHT, color=style.LABEL, stroke_width=style.HAIRLINE)
        card = VGroup(number, line, title).arrange(DOWN, buff=0.3)
        self.next_section("title")
        self.play(FadeIn(number), Create(line), run_time=style.BRISK)
        self.play(FadeIn(title, shift=0.15 * DOWN), run_time=style.CHANGE)
        self.wait(style.PAUSE)
        self.play(FadeOut(card), run_time=style.BRISK)


class ChapterOne(ChapterCard):
    """Title card of chapter 1."""

    number = 1
    constants: ClassVar[dict[str, str]] = {"1": "the chapter's number"}

    def construct(self) -> None:
        """The card."""
        self.card()


class ChapterTwo(ChapterCard):
    """Title card of chapter 2."""

    number = 2
    constants: ClassVar[dict[str, str]] = {"2": "the chapter's number"}

    def construct(self) -> None:
        """The card."""
        self.card()


class ChapterThree(ChapterCard):
    """Title card of chapter 3."""

    number = 3
    constants: ClassVar[dict[str, str]] = {"3": "the chapter's number"}

    def construct(self) -> None:
        """The card."""
        self.card()


class ChapterFour(ChapterCard):
    """Title card of chapter 4."""

    number = 4
    constants: ClassVar[dict[str, str]] = {"4": "the chapter's number"}

    def construct(self) -> None:
        """The card."""
        self.card()


class Closing(TraceScene):
    """The end card: whose lectures inspired the film, and whose data, model and letters it shows."""

    trace_name = "digits"  # its manifest says whose digits were learnt

    def construct(self) -> None:
        """A last sentence, and the sources below it."""
        said = film()
        title = Text(str(said["title"]), style.TITLE_SIZE)
        promise = Text("made with gradreel from recorded runs; the code is open (MIT)", style.LABEL_SIZE, style.LABEL)
        line = Line(3.0 * LEFT, 3.0 * RIGHT, color=style.LABEL, stroke_width=style.HAIRLINE)
        rows = VGroup(*(credit(what, self.owner(whose)) for what, whose in CREDITS)).arrange(DOWN, buff=0.3)
        for one in rows:
            one.shift([-one[1].get_left()[0], 0, 0])  # what they were and whose they are meet on one line
        page = VGroup(VGroup(title, promise).arrange(DOWN, buff=0.3), line, rows).arrange(DOWN, buff=0.5)
        page.move_to(ORIGIN)
        for one in rows:
            one.constant = "versions and names of licences"
        with self.beat("sources", "What you saw was recorded, and anyone can record it again.", THANKS):
            self.play(FadeIn(page[0], shift=0.2 * UP), run_time=style.CHANGE)
            self.play(Create(line), run_time=style.BRISK)
            self.play(LaggedStart(*(FadeIn(one, shift=0.1 * UP) for one in rows), lag_ratio=0.4), run_time=4.0)
            self.wait(5.0)
        self.play(FadeOut(page), run_time=style.CHANGE)

    def owner(self, whose: str) -> str:
        """The same, but for digits those that the film's network was really shown."""
        ours = str(self.trace.manifest["task"].get("source", "")).startswith("scikit-learn")
        return MNIST if whose == DIGITS and not ours else whose


def credit(what: str, whose: str) -> VGroup:
    """One line of the end card: what it was, to the left of the middle, and whose it is, to the right."""
    left, right = Text(what, style.LABEL_SIZE, style.LABEL), Text(whose, style.LABEL_SIZE)
    row(left, right, gap=0.4)
    return VGroup(left, right)
