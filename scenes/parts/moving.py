"""Moving things so that where they came from leaves no trace.

Sums of floating-point numbers depend in their last bits on the way that led there: a label moved in a hundred small
steps stands elsewhere, by a millionth of a millionth, than one moved in a single step. So whatever is moved again and
again moves on a grid far finer than a pixel, where every sum is exact.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import numpy as np
from manim import Mobject

GRAIN: Final = 2.0**-24  # scene units; a hundred-thousandth of a pixel

M = TypeVar("M", bound=Mobject)


def snapped(values: Any) -> np.ndarray:
    """The nearest multiples of GRAIN; a half goes up, so that a shift of all values shifts all results."""
    return np.asarray(np.floor(np.asarray(values, dtype=float) / GRAIN + 0.5) * GRAIN)


def snap(mobject: M) -> M:
    """Put every point of the family on the grid."""
    for member in mobject.get_family():
        member.points = snapped(member.points)
    return mobject


def shift(mobject: M, by: Any) -> M:
    """Move the whole family, whose points are on the grid, by the nearest way (3,) on it."""
    way = snapped(by)
    for member in mobject.get_family():
        member.points = member.points + way
    return mobject


def move_to(mobject: M, point: Any) -> M:
    """Move the middle of the mobject's box to a point (3,)."""
    snap(mobject)
    return shift(mobject, np.asarray(point) - mobject.get_center())
