"""Where a number on screen came from: values that may be plain or carry their source, and mobjects that keep them.

A *reading* is anything with `.value` and `.source`, as a trace hands out; parts know no more about traces.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def is_reading(value: Any) -> bool:
    """Whether `value` can say where it came from."""
    return hasattr(value, "source") and hasattr(value, "value")


def number(value: Any) -> float:
    """A plain number or a reading of one, as float."""
    return float(np.asarray(value.value if is_reading(value) else value, dtype=float).reshape(()))


def array(value: Any) -> np.ndarray:
    """A plain array, a list of numbers or readings, or a reading of an array: as float array."""
    if is_reading(value):
        return np.asarray(value.value, dtype=float)
    if isinstance(value, list | tuple):
        return np.array([array(item) for item in value], dtype=float)
    return np.asarray(value, dtype=float)


def item(value: Any, *index: int) -> Any:
    """One element of what `array` accepts, with its source if it has one."""
    whole = index[0] if len(index) == 1 else index
    for place in index if isinstance(value, list | tuple) else (whole,):
        value = value[place]
    return value


class Sourced:
    """A mobject that shows a recorded value. `reading` is what it shows now, None if that came without a source."""

    _origin: tuple[Any, tuple[int, ...]] | None = None

    def credit(self, value: Any, *index: int) -> None:
        """Remember that `value` (or its element at `index`) is what is shown. Cheap: nothing is looked up yet."""
        self._origin = (value, index)

    @property
    def reading(self) -> Any:
        """The reading shown, or None."""
        if self._origin is None:
            return None
        value, index = self._origin
        found = item(value, *index) if index else value
        return found if is_reading(found) else None
