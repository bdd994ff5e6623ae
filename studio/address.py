"""The address of a frame: a hash of everything that its drawing would read. Nothing is drawn here.

`scenes.camera` draws vectorised mobjects and rasters; what it reads of them is listed here, attribute by attribute.
A mobject of any other kind has no known list, so it never has the same address twice: it counts as changed.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable
from typing import Final

import numpy as np
from manim import Camera, Mobject, VMobject

from scenes.parts.raster import Raster

_UNKNOWN: Final = b"unknown"
_unique = itertools.count()


def drawing_bytes(mobject: Mobject) -> bytes:
    """All that drawing `mobject` reads, as bytes; equal bytes draw equal pixels over equal pixels."""
    if isinstance(mobject, Raster):
        digest = mobject.pixels.digest if mobject.pixels is not None else b""
        return b"raster" + digest + np.float64(mobject.opacity).tobytes() + mobject.points.tobytes()
    if isinstance(mobject, VMobject) and not mobject.get_background_image():
        return _vectorized_bytes(mobject)
    return _UNKNOWN + repr((type(mobject).__name__, id(mobject), next(_unique))).encode()


def is_known(drawing: bytes) -> bool:
    """Whether these drawing bytes tell all that the drawing reads, so that the same ones may come again."""
    return not drawing.startswith(_UNKNOWN)


def _vectorized_bytes(mobject: VMobject) -> bytes:
    points, fill, stroke, behind = (
        np.ascontiguousarray(a)
        for a in (mobject.points, mobject.fill_rgbas, mobject.stroke_rgbas, mobject.background_stroke_rgbas)
    )
    plain = (
        len(points),
        len(fill),
        len(stroke),
        len(behind),
        float(mobject.stroke_width),
        float(mobject.background_stroke_width),
        mobject.joint_type.value,
        mobject.cap_style.value,
    )
    parts = [repr(plain).encode(), points.tobytes(), fill.tobytes(), stroke.tobytes(), behind.tobytes()]
    if max(len(fill), len(stroke), len(behind)) > 1:  # gradients run between two points of their own
        parts += [np.asarray(p).tobytes() for p in mobject.get_gradient_start_and_end_points()]
    return b"vector" + b"".join(parts)


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


def frame_address(camera: bytes, drawn: Iterable[bytes]) -> bytes:
    """16 bytes naming the picture of `drawn` (in drawing order) as `camera` sees it."""
    hasher = hashlib.blake2b(camera, digest_size=16)
    for item in drawn:
        hasher.update(len(item).to_bytes(8, "little"))
        hasher.update(item)
    return hasher.digest()
