"""The address of a frame: a hash of everything that its drawing would read. Nothing is drawn here.

`scenes.camera` draws vectorised mobjects and rasters; what it reads of them is listed here, attribute by attribute.
A mobject of any other kind has no known list, so it counts as changed, except while a picture is held.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Sequence
from typing import Final

import numpy as np
import xxhash
from manim import Camera, Mobject, VMobject

from scenes.parts.raster import Raster

_UNKNOWN: Final = b"unknown"
_PLAIN: Final = struct.Struct("<6q2d")
_unique = itertools.count()


def drawing_bytes(mobject: Mobject, by_recipe: bool = False) -> bytes:
    """All that drawing `mobject` reads, as bytes; equal bytes draw equal pixels over equal pixels.

    `by_recipe`: a raster is told by its recipe, unpainted, wherever that has a name; such bytes are good for as long
    as the code that paints it stays the same.
    """
    if isinstance(mobject, VMobject) and not mobject.background_image:
        return _vectorized_bytes(mobject)
    if isinstance(mobject, Raster):
        place = np.float64(mobject.opacity).tobytes() + mobject.points.tobytes()
        if by_recipe and mobject.pixels is not None and mobject.pixels.name is not None:
            return b"recipe" + mobject.pixels.name + place
        return b"raster" + (mobject.pixels.digest if mobject.pixels is not None else b"") + place
    return _UNKNOWN + repr((type(mobject).__name__, id(mobject), next(_unique))).encode()


def is_known(drawing: bytes) -> bool:
    """Whether these drawing bytes tell all that the drawing reads, so that the same ones may come again."""
    return not drawing.startswith(_UNKNOWN)


def _vectorized_bytes(mobject: VMobject) -> bytes:
    points, fill = mobject.points, mobject.fill_rgbas
    stroke, behind = mobject.stroke_rgbas, mobject.background_stroke_rgbas
    fills, strokes, behinds = len(fill), len(stroke), len(behind)
    plain = _PLAIN.pack(
        len(points),
        fills,
        strokes,
        behinds,
        mobject.joint_type._value_,
        mobject.cap_style._value_,
        mobject.stroke_width,
        mobject.background_stroke_width,
    )
    parts: tuple[bytes, ...] = (b"vector", plain, points.tobytes(), fill.tobytes(), stroke.tobytes(), behind.tobytes())
    if fills > 1 or strokes > 1 or behinds > 1:  # gradients run between two points of their own
        parts += tuple(np.asarray(p).tobytes() for p in mobject.get_gradient_start_and_end_points())
    return b"".join(parts)


def camera_bytes(camera: Camera) -> bytes:
    """All that the camera itself adds to a frame."""
    background = camera.background
    plain = (
        camera.pixel_width,
        camera.pixel_height,
        camera.frame_width,
        camera.frame_height,
        tuple(float(c) for c in camera.frame_center),
        camera.cairo_line_width_multiple,
        camera.background_color.to_hex(with_alpha=True),
        float(camera.background_opacity),
        camera.background_image,
        None if background is None else background[0, 0].tolist(),
    )
    return repr(plain).encode()


class Addresser:
    """Names frame after frame; what stands where it stood in the frame before is not hashed again."""

    def __init__(self) -> None:
        self._camera = b""
        self._drawn: Sequence[bytes] = []
        self._digests: list[bytes] = []
        self._address = b""

    def address(self, camera: bytes, drawn: Sequence[bytes]) -> bytes:
        """16 bytes naming the picture of `drawn` (in drawing order) as `camera` sees it."""
        if self._address and camera == self._camera and drawn == self._drawn:
            return self._address
        before = zip(self._drawn, self._digests, strict=True)
        digests = [digest if now == then else _digest(now) for now, (then, digest) in zip(drawn, before, strict=False)]
        digests += map(_digest, drawn[len(digests) :])
        self._camera, self._drawn, self._digests = camera, drawn, digests
        self._address = _digest(_digest(camera) + b"".join(digests))
        return self._address


def _digest(data: bytes) -> bytes:
    return xxhash.xxh3_128_digest(data)


def frame_address(camera: bytes, drawn: Sequence[bytes]) -> bytes:
    """What an `Addresser` calls this frame."""
    return Addresser().address(camera, drawn)
