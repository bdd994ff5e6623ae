"""The address of a frame: a hash of everything that its drawing would read. Nothing is drawn here.

`scenes.camera` draws vectorised mobjects and rasters; what it reads of them is listed here, attribute by attribute.
A mobject of any other kind has no known list, so it never has the same address twice: it counts as changed.
"""

from __future__ import annotations

import hashlib
import itertools
import struct
from collections.abc import Iterable
from typing import Final

import numpy as np
from manim import Camera, Mobject, VMobject

from scenes.parts.raster import Raster

_UNKNOWN: Final = b"unknown"
_PLAIN: Final = struct.Struct("<6q2d")
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
    points, fill = mobject.points, mobject.fill_rgbas
    stroke, behind = mobject.stroke_rgbas, mobject.background_stroke_rgbas
    plain = _PLAIN.pack(
        len(points),
        len(fill),
        len(stroke),
        len(behind),
        mobject.joint_type._value_,
        mobject.cap_style._value_,
        mobject.stroke_width,
        mobject.background_stroke_width,
    )
    parts = [b"vector", plain, points.tobytes(), fill.tobytes(), stroke.tobytes(), behind.tobytes()]
    if max(len(fill), len(stroke), len(behind)) > 1:  # gradients run between two points of their own
        parts += [np.asarray(p).tobytes() for p in mobject.get_gradient_start_and_end_points()]
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


def frame_address(camera: bytes, drawn: Iterable[bytes]) -> bytes:
    """16 bytes naming the picture of `drawn` (in drawing order) as `camera` sees it."""
    parts = [camera, *drawn]
    lengths = struct.pack(f"<{1 + len(parts)}q", len(parts), *map(len, parts))  # no two lists run together alike
    return hashlib.blake2b(lengths + b"".join(parts), digest_size=16).digest()
