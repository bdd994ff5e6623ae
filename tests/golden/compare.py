"""Compares two pictures with a stated tolerance, and shows their difference as a picture. Never skips: it fails.

Tolerance: no block of 4 × 4 pixels may differ by more than `BLOCK` levels (of 255) on average in any channel, nor
the whole picture by more than `WHOLE`. Smoother or rougher edges of another version of Cairo stay below that; a line
that moves by half a pixel, or a dot that changes its colour, does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

BLOCK: Final = 24.0
WHOLE: Final = 0.5
_SIDE: Final = 4  # pixels of a block


@dataclass(frozen=True, slots=True)
class Difference:
    """How far two pictures are apart: the worst block and the mean, in levels; `at` (row, column) of that block."""

    block: float
    whole: float
    at: tuple[int, int]

    @property
    def tolerable(self) -> bool:
        """Whether it is within the tolerance."""
        return self.block <= BLOCK and self.whole <= WHOLE

    def __str__(self) -> str:
        row, column = self.at
        return (
            f"worst block {self.block:.1f} of {BLOCK:.0f} levels at row {row}, column {column}; "
            f"on the whole {self.whole:.2f} of {WHOLE}"
        )


def difference(wanted: np.ndarray, got: np.ndarray) -> Difference:
    """How far uint8 pictures (rows, columns, 3) of equal size are apart; ValueError when their sizes differ."""
    if wanted.shape != got.shape or wanted.ndim != 3 or wanted.dtype != np.uint8 or got.dtype != np.uint8:
        raise ValueError(f"cannot compare {wanted.dtype} {wanted.shape} with {got.dtype} {got.shape}")
    apart = np.abs(wanted.astype(np.int16) - got)
    rows, columns, channels = apart.shape
    padded = np.pad(apart, ((0, -rows % _SIDE), (0, -columns % _SIDE), (0, 0)))
    blocks = padded.reshape(padded.shape[0] // _SIDE, _SIDE, padded.shape[1] // _SIDE, _SIDE, channels)
    means = blocks.mean(axis=(1, 3)).max(axis=2)
    row, column = np.unravel_index(int(means.argmax()), means.shape)
    return Difference(float(means.max()), float(apart.mean()), (int(row) * _SIDE, int(column) * _SIDE))


def load(path: Path) -> np.ndarray:
    """A picture as uint8 (rows, columns, 3); OSError or ValueError when it is missing or no picture."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def show_difference(wanted: np.ndarray, got: np.ndarray, path: Path) -> None:
    """A picture of three: wanted, got, and where they differ, four times as strong."""
    path.parent.mkdir(parents=True, exist_ok=True)
    height = max(wanted.shape[0], got.shape[0])
    panels = [wanted, got]
    if wanted.shape == got.shape:
        apart = np.abs(wanted.astype(np.int16) - got) * 4
        panels.append(np.minimum(apart, 255).astype(np.uint8))
    filled = [np.pad(p, ((0, height - p.shape[0]), (4, 4), (0, 0)), constant_values=64) for p in panels]
    Image.fromarray(np.concatenate(filled, axis=1)).save(path)
