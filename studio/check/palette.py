"""Do colours keep their meaning: are they the film's, and is a class's colour on nothing but that class?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from manim import VMobject

from scenes import style
from studio.check.provenance import declared
from studio.check.seen import Seen
from studio.check.sight import Faults, Sight

_GONE: Final = 0.05


def film_colours() -> dict[str, str]:
    """Every colour of style.py, "#RRGGBB" -> its role's name."""
    found: dict[str, str] = {}
    for name, value in vars(style).items():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, str) and re.fullmatch(r"#[0-9A-Fa-f]{6}", one):
                found.setdefault(one.upper(), name)
    return found


class Palette:
    """Judges colours. `classes` are the class names of the scene's traces with the colours they go by."""

    def __init__(self, classes: Mapping[str, str]) -> None:
        self._roles = film_colours()
        named = {name.title(): getattr(style, name) for name in ("MADRID", "PARIS", "BERLIN", "BARCELONA")}
        self._classes = {**named, **classes}
        self._owned = {colour.upper() for colour in (*style.MANY_COLOURS, *self._classes.values())}

    def judge(self, seen: Seen, sight: Sight) -> Faults:
        """Faults of one drawn thing's colours, once it rests."""
        if not isinstance(seen.mobject, VMobject) or not sight.rests(seen):
            return []
        for colour in dict.fromkeys(_inks(seen.mobject)):
            if colour in self._owned:
                wrong = self._class_colour(seen, colour)
            elif colour in self._roles or declared(seen, "mixed") is not None:
                wrong = ""
            else:
                return [("palette", f"{colour} is no colour of style.py (nor declared `mixed`)", (seen.mobject,))]
            if wrong:
                return [("class-colour", wrong, (seen.mobject,))]
        return []

    def _class_colour(self, seen: Seen, colour: str) -> str:
        """A class's colour must stand for the class: by a declared `role`, or by being on its name."""
        owners = [name for name, own in self._classes.items() if own.upper() == colour]
        whose = owners[0] if owners else "a class"
        role = declared(seen, "role")
        said = getattr(seen.words.mobject, "string", None) if seen.words is not None else None
        name = said if said in self._classes else role
        if name in self._classes:
            right = self._classes[name].upper()
            return "" if right == colour else f"{colour} is {whose}'s colour, and {name}'s is {right}"
        if role is not None:
            return ""
        return f"{colour} is {whose}'s colour, and nothing says that this is about {whose} (declare its `role`)"


def _inks(mobject: Any) -> Iterable[str]:
    """Colours "#RRGGBB" that can be seen of a mobject."""
    layers = [mobject.fill_rgbas]
    layers += [mobject.stroke_rgbas] if mobject.stroke_width else []
    layers += [mobject.background_stroke_rgbas] if mobject.background_stroke_width else []
    for rgbas in layers:
        for red, green, blue, alpha in np.asarray(rgbas):
            if alpha > _GONE:
                yield f"#{round(float(red) * 255):02X}{round(float(green) * 255):02X}{round(float(blue) * 255):02X}"


def class_colours(tasks: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Class names and colours that the manifests' tasks tell."""
    found: dict[str, str] = {}
    for task in tasks:
        names = [str(name) for name in task.get("classes") or []]
        given = task.get("colours") or [None] * len(names)
        for number, name in enumerate(names):
            found[name] = str(given[number] or style.MANY_COLOURS[number % len(style.MANY_COLOURS)])
    return found
