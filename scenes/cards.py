"""Title cards: the film's own and one for each chapter. Their words come from film.toml; they draw no trace."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, ClassVar

from manim import DOWN, LEFT, RIGHT, UP, Create, FadeIn, FadeOut, Line, VGroup

from scenes import style
from scenes.parts.typesetting import Text
from scenes.stage import TraceScene

FILM = Path(__file__).with_name("film.toml")


def film() -> dict[str, Any]:
    """What film.toml says: `title`, `subtitle` and the list `chapter`."""
    return tomllib.loads(FILM.read_text(encoding="utf-8"))


class Opening(TraceScene):
    """The film's title."""

    def construct(self) -> None:
        """A title, and the claim that the film makes."""
        said = film()
        title = Text(str(said["title"]), 1.35 * style.TITLE_SIZE)
        claim = Text(str(said["subtitle"]), style.BODY_SIZE, style.LABEL)
        words = VGroup(title, claim).arrange(DOWN, buff=0.45)
        with self.beat(
            "title", "Every number, bar, line and colour you will see was recorded while a network learned."
        ):
            self.play(FadeIn(title, shift=0.2 * UP), run_time=style.CHANGE)
            self.play(FadeIn(claim), run_time=style.CHANGE)
        self.play(FadeOut(words), run_time=style.BRISK)


class ChapterCard(TraceScene):
    """A chapter's number and title; subclasses say which."""

    number: ClassVar[int]

    def card(self) -> None:
        """The number over a line that grows, the title under it."""
        titles = [str(chapter["title"]) for chapter in film()["chapter"]]
        number = Text(f"Chapter {self.number}", style.BODY_SIZE, style.LABEL)
        title = Text(titles[self.number - 1], 1.15 * style.TITLE_SIZE)
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
