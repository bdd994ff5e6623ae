"""Methods of Manim that every frame of an animation calls for every mobject, done sooner, alike to the last bit.

A third of the time that a scene takes to be stepped is spent in them. `install` puts them in Manim's own place.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from manim import Animation, Mobject, VMobject

_BLENDED: Final = (
    "fill_rgbas",
    "stroke_rgbas",
    "background_stroke_rgbas",
    "stroke_width",
    "background_stroke_width",
    "sheen_direction",
    "sheen_factor",
)


def install() -> None:
    """From now on Manim calls these."""
    methods: tuple[Any, ...] = (Mobject, VMobject, Animation)
    for owner, method in zip(methods, (get_family, interpolate_color, interpolate_mobject), strict=True):
        setattr(owner, method.__name__, method)


def get_family(self: Mobject, recurse: bool = True) -> list[Mobject]:
    """The mobject and all that it holds, parents first; what is there twice stands where it comes last."""
    if not self.submobjects:
        return [self]
    family: list[Mobject] = []
    _gather(self, family, [])
    if len(set(family)) < len(family):
        family = list(dict.fromkeys(reversed(family)))[::-1]
    return family


def _gather(mobject: Mobject, family: list[Mobject], above: list[Mobject]) -> None:
    family.append(mobject)
    above.append(mobject)
    for part in mobject.submobjects:
        if not part.submobjects:
            family.append(part)
        elif part not in above:  # else it stands inside itself
            _gather(part, family, above)
    above.pop()


def interpolate_color(self: VMobject, mobject1: VMobject, mobject2: VMobject, alpha: float) -> VMobject:
    """Give it the colours and strokes between those of the two others; at the end, exactly the second's."""
    if alpha == 1.0:
        for name in _BLENDED:
            value = getattr(mobject2, name)
            setattr(self, name, value.copy() if isinstance(value, np.ndarray) else value)
        return self
    rest = 1 - alpha
    self.fill_rgbas = rest * mobject1.fill_rgbas + alpha * mobject2.fill_rgbas
    self.stroke_rgbas = rest * mobject1.stroke_rgbas + alpha * mobject2.stroke_rgbas
    self.background_stroke_rgbas = rest * mobject1.background_stroke_rgbas + alpha * mobject2.background_stroke_rgbas
    self.stroke_width = rest * mobject1.stroke_width + alpha * mobject2.stroke_width
    self.background_stroke_width = rest * mobject1.background_stroke_width + alpha * mobject2.background_stroke_width
    self.sheen_direction = rest * mobject1.sheen_direction + alpha * mobject2.sheen_direction
    self.sheen_factor = rest * mobject1.sheen_factor + alpha * mobject2.sheen_factor
    return self


def interpolate_mobject(self: Animation, alpha: float) -> None:
    """Set every part of the animated mobject to `alpha`; parts that do not lag behind one another share their rate."""
    families = list(self.get_all_families_zipped())
    if self.lag_ratio or type(self).get_sub_alpha is not Animation.get_sub_alpha:
        for number, parts in enumerate(families):
            self.interpolate_submobject(*parts, self.get_sub_alpha(alpha, number, len(families)))
    elif families:
        shared = self.get_sub_alpha(alpha, 0, len(families))
        for parts in families:
            self.interpolate_submobject(*parts, shared)
