"""How recorded numbers are spoken in the narration, so that it stays true on any trace. Nothing is drawn here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_WORDS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def number_word(count: int) -> str:
    """A whole number as it is spoken: "three" up to ten, then digits with commas, "13,002"."""
    return _WORDS[count] if 0 <= count < len(_WORDS) else f"{count:,}"


def degrees(longitude: float, places: int = 2) -> str:
    """A longitude in degrees: "2.35 degrees east", with any turn of the Earth taken off."""
    turned = (longitude + 180.0) % 360.0 - 180.0
    return f"{abs(turned):.{places}f} degrees {'east' if turned >= 0 else 'west'}"


def percent(share: float) -> str:
    """A probability 0 … 1 as it is spoken: "91 percent"; near 0 and 1 with more places, "0.8", "99.98 percent"."""
    value = 100 * share
    left = min(value, 100 - value)  # what is missing to the nearer end
    for places in range(6):
        text = f"{value:.{places}f}"
        if left >= 1 or left <= 0 or abs(float(text) - value) <= 0.21 * left:
            break
    return f"{text} percent"


def listed(names: Sequence[str]) -> str:
    """Names in a row: "Madrid, Paris and Berlin"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def capitalised(sentence: str) -> str:
    """With its first letter large, the rest as it is."""
    return sentence[:1].upper() + sentence[1:]
