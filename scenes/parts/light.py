"""Bright and dim: what is spoken of stands out because everything else steps back. Nothing moves, nothing is added."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from manim import Animation, Group, Mobject, VMobject

from scenes import style


class Light(Animation):
    """These of the `parts` bright that are, or hold, or belong to, what is `told` of; the others dimmed to `level`.

    With nothing told of, all is bright. Only opacity changes: parts may go on changing their numbers meanwhile, and
    stay where they are in the order of drawing. Bright means as opaque as a thing was when it was first lit or dimmed.
    """

    def __init__(
        self, parts: Iterable[Mobject], *told: Mobject, level: float = style.DIM, run_time: float = style.CHANGE
    ) -> None:
        # as an introducer it is not added to the scene, which would draw it above everything else
        super().__init__(
            Group(*parts), run_time=run_time, introducer=True, suspend_mobject_updating=False
        )  # fmt: skip
        self._told, self._level = told, level
        self._ways: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def _setup_scene(self, scene: Any) -> None:
        """Add nothing."""

    def begin(self) -> None:
        """Note how opaque everything is now, and is to be."""
        bright = {id(member) for part in self._told for member in part.get_family()}
        self._ways = []
        for part in self.mobject.submobjects:
            for member in _inked(part):
                level = 1.0 if not self._told or id(member) in bright else self._level
                for rgbas, full in zip(_inks(member), _full(member), strict=True):
                    self._ways.append((rgbas, rgbas[:, 3].copy(), full * level))
        self.interpolate(0)

    def interpolate_mobject(self, alpha: float) -> None:
        """Mix the two."""
        share = self.rate_func(alpha)
        for rgbas, start, end in self._ways:
            rgbas[:, 3] = start + share * (end - start)

    def get_all_mobjects(self) -> list[Mobject]:
        """Only the parts: no copy of them is kept."""
        return [self.mobject]

    def get_all_families_zipped(self) -> Any:
        """Nothing is paired with a copy."""
        return iter(())


def dimmed(mobject: Mobject, level: float = style.DIM) -> Mobject:
    """The same mobject, dimmed at once; `Light` can make it bright again."""
    for member in _inked(mobject):
        for rgbas, full in zip(_inks(member), _full(member), strict=True):
            rgbas[:, 3] = full * level
    return mobject


def _inked(mobject: Mobject) -> Iterator[VMobject]:
    for member in mobject.get_family():
        if isinstance(member, VMobject):
            yield member


def _inks(member: VMobject) -> tuple[np.ndarray, np.ndarray]:
    return member.fill_rgbas, member.stroke_rgbas


def _full(member: Any) -> tuple[np.ndarray, np.ndarray]:
    """Opacities of fill and stroke when the member is bright: those it had when it was first asked for."""
    known = member.__dict__.get("_bright")
    if known is None or any(len(a) != len(b) for a, b in zip(known, _inks(member), strict=True)):
        known = member._bright = tuple(rgbas[:, 3].copy() for rgbas in _inks(member))
    return known


def _demo() -> list[Mobject]:
    from scenes.parts.typesetting import Text

    words = [Text(word).shift([3.0 * i - 3.0, 0, 0]) for i, word in enumerate(("dimmed", "spoken of", "dimmed"))]
    light = Light(words, words[1])
    light.begin()
    light.interpolate(1)
    return [*words]


if __name__ == "__main__":
    from scenes.parts.demo import picture

    picture(_demo(), sys.argv[1])
