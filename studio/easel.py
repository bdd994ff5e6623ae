"""Draws one display list after another, each from the first mobject that differs from what was drawn before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import Mobject

from scenes.camera import StageCamera


class Easel:
    """Draws display lists, from the first mobject that differs from what was drawn before.

    Two frames agree up to the first mobject whose drawing bytes differ; the pixels up to there are kept and reused,
    so that what stands still is drawn once, and a frame equal to the last one is not drawn at all.
    """

    def __init__(self, camera: StageCamera) -> None:
        self._camera = camera
        self._last: list[bytes] | None = None
        self._kept: list[bytes] = []
        self._under: np.ndarray | None = None

    def draw(self, drawn: Sequence[Mobject], described: list[bytes]) -> np.ndarray:
        """Pixels of `drawn`, whose drawing bytes are `described`."""
        if described == self._last:
            return self._camera.pixel_array
        common = _common_prefix(described, self._last or [])
        start = len(self._kept)
        if self._under is not None and start <= common and described[:start] == self._kept:
            np.copyto(self._camera.pixel_array, self._under)
        else:
            self._camera.reset()
            self._kept, self._under, start = [], None, 0
        if self._last is not None and common > start:
            self._camera.draw(drawn[start:common])
            self._kept, self._under = described[:common], self._camera.pixel_array.copy()
            start = common
        self._camera.draw(drawn[start:])
        self._last = described
        return self._camera.pixel_array


def _common_prefix(a: list[bytes], b: list[bytes]) -> int:
    count = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        count += 1
    return count
