"""Pictures made of pixels: heat maps, photographs, thousands of wires. The numbers in them come from elsewhere.

A `Raster` holds an RGBA picture and the box in the scene that it fills. The house camera (`scenes.camera`) blends
it straight into the frame, which is far cheaper than Manim's images, and only asks for the pixels when they are
drawn: a picture given as a recipe is computed no sooner, and once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, ClassVar, Self

import cairo
import numpy as np
import xxhash
from manim import Mobject, config


def pixels_per_unit() -> float:
    """Pixels of the picture being made for one unit of the scene (135 at 1080p)."""
    return float(config["pixel_width"]) / float(config["frame_width"])


def pixel_shape(width: float, height: float) -> tuple[int, int]:
    """(rows, columns) of pixels that a box of `width` × `height` scene units covers in the picture being made."""
    scale = pixels_per_unit()
    return max(1, round(height * scale)), max(1, round(width * scale))


def premultiply(rgba: np.ndarray) -> np.ndarray:
    """Straight-alpha uint8 (rows, columns, 4) to the premultiplied form that cairo blends."""
    alpha = rgba[..., 3:].astype(np.uint16)
    out = rgba.copy()
    out[..., :3] = (rgba[..., :3] * alpha + 127) // 255
    return out


class Pixels:
    """An RGBA picture, premultiplied, computed at most once and shared by every copy of its Raster.

    `name` stands for the recipe and all that it reads: two pictures of one name, made by the same code, are the same.
    It is None when only the pixels themselves can tell. `apart` are recipes that touch no surface of cairo's but their
    own, so that several may be painted at a time.
    """

    known: ClassVar[dict[bytes, bytes] | None] = None  # name -> digest of pictures made before, if any are remembered

    def __init__(self, recipe: Callable[[], np.ndarray], key: bytes | None = None, apart: bool = False) -> None:
        self._recipe, self.apart = recipe, apart
        self.name = _name(recipe, key)
        self._array: np.ndarray | None = None
        self._surface: cairo.ImageSurface | None = None
        self._digest: bytes | None = None
        self.key = key  # names the recipe and all that it reads; None when only the pixels themselves can tell

    @property
    def array(self) -> np.ndarray:
        """The pixels: uint8 (rows, columns, 4), premultiplied RGBA. Not to be written to."""
        if self._array is None:
            array = np.ascontiguousarray(self._recipe())
            if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 4:
                raise ValueError(f"a raster is uint8 (rows, columns, 4), not {array.dtype} {array.shape}")
            self._array = array
        return self._array

    @property
    def is_painted(self) -> bool:
        """Whether the pixels are there."""
        return self._array is not None

    @property
    def surface(self) -> cairo.ImageSurface:
        """The same pixels as a cairo surface. Manim's frames keep red first, so the bytes pass as they are."""
        if self._surface is None:
            rows, columns, _ = self.array.shape
            data: Any = self.array.data
            self._surface = cairo.ImageSurface.create_for_data(data, cairo.FORMAT_ARGB32, columns, rows)
        return self._surface

    @property
    def digest(self) -> bytes:
        """Hash of shape and pixels: what an address of a frame needs to know."""
        if self._digest is None and self.known is not None and self.name is not None:
            self._digest = self.known.get(self.name)
        if self._digest is None:
            hasher = xxhash.xxh3_128(repr(self.array.shape).encode())  # eight megabytes in no time
            hasher.update(self.array.data)
            self._digest = hasher.digest()
            if self.known is not None and self.name is not None:
                self.known[self.name] = self._digest
        return self._digest

    @property
    def is_told(self) -> bool:
        """Whether the digest can be had without painting a picture only for its sake."""
        if self.name is None or self._digest is not None or self._array is not None:
            return True
        return self.known is not None and self.name in self.known

    def __deepcopy__(self, memo: dict[int, Any]) -> Pixels:
        return self  # never changes, so copies of a mobject share it


def _name(recipe: Callable[[], np.ndarray], key: bytes | None) -> bytes | None:
    module, place = getattr(recipe, "__module__", ""), getattr(recipe, "__qualname__", "")
    if key is None or not str(module).startswith("scenes.parts."):  # of other code nobody knows what it reads
        return None
    return hashlib.blake2b(f"{module} {place}\0".encode() + key, digest_size=16).digest()


class Raster(Mobject):
    """A picture filling a box `width` × `height` (scene units) around the origin until it is moved.

    `points` are its corners (upper left, upper right, lower left, lower right), so that it moves, scales and fades
    like any other mobject. `opacity` is 0 … 1.
    """

    def __init__(self, width: float, height: float, rgba: np.ndarray | None = None) -> None:
        self.opacity = 1.0
        self.pixels: Pixels | None = None
        super().__init__()
        x, y = width / 2, height / 2
        self.points = np.array([[-x, y, 0.0], [x, y, 0.0], [-x, -y, 0.0], [x, -y, 0.0]])
        if rgba is not None:
            self.set_image(rgba)

    def set_image(self, rgba: np.ndarray) -> Self:
        """Show straight-alpha RGBA uint8 (rows, columns, 4)."""
        frozen = rgba.copy()
        self.pixels = Pixels(lambda: premultiply(frozen))
        return self

    def set_recipe(self, recipe: Callable[[], np.ndarray], key: bytes | None = None, apart: bool = False) -> Self:
        """Show what `recipe()` returns (premultiplied RGBA uint8), computed when first drawn.

        With a `key`, nothing happens when the picture shown already has that key; the key must then name everything
        that the recipe reads. `apart` as for `Pixels`.
        """
        if key is None or self.pixels is None or self.pixels.key != key:
            self.pixels = Pixels(recipe, key, apart)
        return self

    # -- what Manim's animations ask of a mobject ------------------------------------------------
    def set_opacity(self, opacity: float, family: bool = True) -> Self:
        """Opacity of the whole picture, 0 … 1."""
        self.opacity = float(opacity)
        return self

    def fade(self, darkness: float = 0.5, family: bool = True) -> Self:
        """Make it `darkness` (0 … 1) less opaque."""
        self.opacity *= 1.0 - darkness
        return self

    def interpolate_color(self, mobject1: Mobject, mobject2: Mobject, alpha: float) -> Self:
        """Between two rasters only opacity is blended; the pixels are the first one's until the very end."""
        if isinstance(mobject1, Raster) and isinstance(mobject2, Raster):
            self.opacity = (1 - alpha) * mobject1.opacity + alpha * mobject2.opacity
            self.pixels = mobject1.pixels if alpha < 1 else mobject2.pixels
        return self

    def align_points_with_larger(self, larger_mobject: Mobject) -> None:
        """Every raster has four corners: nothing to align."""
        if len(larger_mobject.points) != len(self.points):
            raise ValueError("a raster can only be transformed into a raster")

    def paint(self, context: cairo.Context) -> None:
        """Blend into the frame. `context` maps scene units to pixels.

        A picture whose pixels match the frame's is set on whole pixels and copied untouched; any other is scaled.
        """
        if self.pixels is None or self.opacity <= 0:
            return
        surface = self.pixels.surface
        columns, rows = surface.get_width(), surface.get_height()
        (x0, y0), (x1, y1), (x2, y2) = (context.user_to_device(p[0], p[1]) for p in self.points[:3])
        context.save()
        upright = abs(y1 - y0) < 0.01 and abs(x2 - x0) < 0.01
        if upright and abs(x1 - x0 - columns) <= 1 and abs(y2 - y0 - rows) <= 1:
            context.identity_matrix()
            context.set_source_surface(surface, round(x0), round(y0))
            context.get_source().set_filter(cairo.FILTER_NEAREST)
        else:
            context.set_matrix(
                cairo.Matrix((x1 - x0) / columns, (y1 - y0) / columns, (x2 - x0) / rows, (y2 - y0) / rows, x0, y0)
            )
            context.set_source_surface(surface, 0, 0)
            context.get_source().set_filter(cairo.FILTER_GOOD)
        if self.opacity < 1:
            context.paint_with_alpha(self.opacity)
        else:
            context.paint()
        context.restore()
