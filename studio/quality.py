"""Picture sizes and rates by Manim's letters, and how pixels become bytes. Nothing is rendered here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Quality:
    """`width` × `height` pixels at `rate` frames a second."""

    letter: str
    width: int
    height: int
    rate: int

    @property
    def folder(self) -> str:
        """Name of the folder that renders of this quality go to, such as 1080p60."""
        return f"{self.height}p{self.rate}"


QUALITIES: Final = {
    q.letter: q
    for q in (
        Quality("l", 854, 480, 15),
        Quality("m", 1280, 720, 30),
        Quality("h", 1920, 1080, 60),
        Quality("p", 2560, 1440, 60),
        Quality("k", 3840, 2160, 60),
    )
}
