"""Where ticks of a scale stand and what they say. Numbers and strings only."""

from __future__ import annotations

import math

import numpy as np

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def nice_ticks(low: float, high: float, about: int = 5) -> np.ndarray:
    """Round numbers from `low` to `high`, both included if round: roughly `about` of them, at 1, 2, 2.5 or 5 × 10ⁿ."""
    if not (math.isfinite(low) and math.isfinite(high) and high > low):
        raise ValueError(f"no scale runs from {low} to {high}")
    power = 10.0 ** math.floor(math.log10((high - low) / max(about - 1, 1)))
    choices = [_multiples(factor * power, low, high) for factor in (0.5, *_STEPS)]
    return min(choices, key=lambda ticks: abs(len(ticks) - about) + 2 * (len(ticks) < 2))


def _multiples(step: float, low: float, high: float) -> np.ndarray:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return np.asarray(np.arange(first, last + 1) * step)


def tick_text(ticks: np.ndarray) -> list[str]:
    """The ticks as text with the same number of decimals each, no more than they need; "−" for a minus."""
    places = 0
    while places < 8 and np.abs(np.round(ticks, places) - ticks).max(initial=0.0) > 1e-9 * np.abs(ticks).max(
        initial=1.0
    ):
        places += 1
    return [f"{tick:.{places}f}".replace("-", "−") if tick else f"{0:.{places}f}" for tick in ticks]


def decades(low: float, high: float, most: int = 6) -> np.ndarray:
    """Exponents n of the powers 10ⁿ between `low` and `high` (both positive), thinned out to `most` or fewer."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    every = max(1, math.ceil((last - first + 1) / most))
    return np.arange(first, last + 1, every)
