"""Mixing colours by shares so that the mixture looks like what lies between them. Nothing is drawn here.

The mean is taken in Oklab, where equal steps look equal (Björn Ottosson, "A perceptual color space for image
processing", 2020), so no class swallows its neighbour. A mean of opposite colours would still be grey; part of the
chroma that the ingredients had is given back.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from manim import ManimColor

VIVID: Final = 0.5  # 0: the plain mean; 1: mixtures keep the full chroma of their ingredients
_LMS: Final = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB: Final = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_TO_LMS: Final = np.linalg.inv(_LAB).astype(np.float32)
_TO_LINEAR: Final = np.linalg.inv(_LMS).astype(np.float32)
_STEPS: Final = 4096


def mix(shares: np.ndarray, colours: Sequence[str]) -> np.ndarray:
    """Colours uint8 (3, ...) red, green, blue, mixed from `shares` (classes, ...) that sum to one over the classes."""
    lab = _oklab(tuple(colours))
    flat = np.ascontiguousarray(shares, dtype=np.float32).reshape(len(lab), -1)
    mean = combine(lab.T, flat)
    chroma = np.hypot(mean[1], mean[2]) + np.float32(1e-3)
    wanted = combine(np.hypot(lab[:, 1], lab[:, 2])[None], flat)[0] + np.float32(1e-3)
    # A mixture that is nearly grey has no hue worth strengthening: never more than by two thirds.
    mean[1:] *= np.minimum((wanted / chroma) ** np.float32(VIVID), np.float32(1.65))
    lms = combine(_TO_LMS, mean)
    linear = combine(_TO_LINEAR, lms * lms * lms)
    steps = np.clip(linear * np.float32(_STEPS) + np.float32(0.5), 0, _STEPS).astype(np.int16)
    return np.asarray(_gamma()[steps]).reshape(3, *shares.shape[1:])


def combine(matrix: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """`matrix` (m, k) times `rows` (k, n), for few and long rows.

    The library behind `@` would split these between threads, and wait for them: on a busy machine that takes ten
    times as long as the sum itself.
    """
    return np.asarray(np.einsum("mk,kn->mn", matrix, rows))


@lru_cache(maxsize=32)
def _oklab(colours: tuple[str, ...]) -> np.ndarray:
    """(classes, 3) float32: lightness, green-red, blue-yellow."""
    srgb = np.array([ManimColor(colour).to_rgb() for colour in colours])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ _LMS.T) @ _LAB.T, dtype=np.float32)


@lru_cache(maxsize=1)
def _gamma() -> np.ndarray:
    """sRGB's uint8 for linear light 0 … 1 in `_STEPS` steps (IEC 61966-2-1)."""
    linear = np.arange(_STEPS + 1) / _STEPS
    srgb = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(srgb * 255).astype(np.uint8)
