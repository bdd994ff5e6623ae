"""Digits in words and formulas: each must be a declared constant, or say a reading that the text carries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from scenes.parts.provenance import is_reading
from scenes.parts.readout import Readout
from scenes.parts.typesetting import Formula
from studio.check.provenance import declared, says
from studio.check.seen import Words
from studio.check.sight import Faults

_THIN: Final = "\u2009\u202f\u00a0"
_NUMBER: Final = re.compile(rf"(?<![A-Za-z_\d.])\d+(?:[.,{_THIN}]\d+)*|[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_INDEX: Final = re.compile(r"_\([^()]*\)|_\w+")  # x_1, w_(1 2): part of a name
_LENGTH: Final = re.compile(r"\b\d+(?:\.\d+)?(?:em|pt|mm|cm)\b")  # typesetting, not said to anybody


def numbers_in(string: str, formula: bool) -> list[str]:
    """Every number that a text or the source of a formula shows; indices belong to names."""
    if formula:
        string = _LENGTH.sub("", _INDEX.sub("", string))
    return _NUMBER.findall(string)


def constants_of(scene: Any) -> dict[str, str]:
    """What the scene's class, and those it inherits from, declare under `constants`: number or whole text -> why."""
    found: dict[str, str] = {}
    for cls in reversed(type(scene).__mro__):
        given = vars(cls).get("constants")
        if isinstance(given, Mapping):
            found.update({str(key): str(why) for key, why in given.items()})
    return found


def undeclared(words: Words, constants: Mapping[str, str]) -> Faults:
    """Numbers in a text that nobody vouches for."""
    mobject: Any = words.mobject
    if isinstance(mobject, Readout):
        return []
    string = words.string
    found = numbers_in(string, isinstance(mobject, Formula))
    if not found or string in constants or declared(words.leaves[0], "constant") is not None:
        return []
    reading = mobject.__dict__.get("reading")
    if is_reading(reading):
        found = [number for number in found if not says(number, float(reading))]
    unknown = [number for number in found if number not in constants]
    if not unknown:
        return []
    what = f"{', '.join(unknown)}: neither recorded nor declared in the scene's `constants`"
    return [("digits", what, (mobject,))]
