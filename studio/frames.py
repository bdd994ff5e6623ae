"""One frame of a scene that is being stepped: what will be drawn, what names it, its pixels. Nothing moves here."""

from __future__ import annotations

import os
from operator import attrgetter
from typing import Any

import numpy as np
from manim import Mobject, Scene

from scenes.camera import StageCamera, display_list
from scenes.parts.raster import Raster
from studio.address import camera_bytes, drawing_bytes, is_known


class Frame:
    """One frame at the moment it could be drawn. Valid only inside the visitor's call."""

    def __init__(self, renderer: Any, scene: Scene, index: int) -> None:
        self.index = index
        self.scene = scene
        self._renderer = renderer
        self._described: list[bytes] | None = None
        self._list: list[Mobject] | None = None
        self._seen: bytes | None = None
        self._known: bool | None = None

    def again(self) -> Frame:
        """The frame after this one, when nothing has moved since: what is known of this one is known of that."""
        later = Frame(self._renderer, self.scene, self.index + 1)
        later._list, later._described, later._seen, later._known = self._list, self._described, self._seen, self._known
        return later

    @property
    def time(self) -> float:
        """Seconds from the scene's start."""
        return self.index / self._renderer.rate

    @property
    def camera(self) -> StageCamera:
        """The camera that draws it."""
        return self._renderer.camera

    @property
    def section(self) -> str:
        """Name of the section that the frame belongs to."""
        sections = self._renderer.score.sections
        return sections[-1].name if sections else ""

    @property
    def drawn(self) -> list[Mobject]:
        """All that will be drawn, in drawing order."""
        if self._list is None:
            self._list = display_list([*self.scene.mobjects, *self.scene.foreground_mobjects])
        return self._list

    @property
    def described(self) -> list[bytes]:
        """For each of `drawn`, all that its drawing reads, rasters by their recipes."""
        if self._described is None:
            self._described = [drawing_bytes(mobject, by_recipe=True) for mobject in self.drawn]
        return self._described

    @property
    def section_first(self) -> int:
        """Number of the first frame of the section that the frame belongs to."""
        sections = self._renderer.score.sections
        return sections[-1].first if sections else 0

    @property
    def address(self) -> bytes:
        """The hash of all that drawing this frame would read, rasters by their pixels."""
        both = zip(self.drawn, self.described, strict=True)
        read = [drawing_bytes(mobject) if isinstance(mobject, Raster) else known for mobject, known in both]
        return self._renderer.by_pixels.address(self._camera, read)

    @property
    def name(self) -> str:
        """The address in hexadecimal, after a question mark when not all that drawing reads is known."""
        return self._mark + self.address.hex()

    @property
    def recipe(self) -> str:
        """Like `name`, with rasters by their recipes: costs no painting, and is good while the code stays the same."""
        named = self._renderer.by_recipe.address(self._camera, self.described)
        return self._mark + named.hex()

    @property
    def _mark(self) -> str:
        if self._known is None:
            self._known = all(map(is_known, self.described))
        return "" if self._known else "?"

    @property
    def _camera(self) -> bytes:
        """All that the camera itself adds to the frame."""
        if self._seen is None:
            self._seen = camera_bytes(self._renderer.camera)
        return self._seen

    @property
    def is_told(self) -> bool:
        """Whether the address can be had without painting anything only for its sake."""
        return all(m.pixels is None or m.pixels.is_told for m in self.drawn if isinstance(m, Raster))

    def paint(self) -> None:
        """Paint those of the frame's rasters that can be painted at the same time; `draw` would do it one by one."""
        pictures = {id(m.pixels): m.pixels for m in self.drawn if isinstance(m, Raster) and m.pixels is not None}
        apart = [pixels for pixels in pictures.values() if pixels.apart and not pixels.is_painted]
        if len(apart) > 1:
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(os.cpu_count()) as pool:
                list(pool.map(attrgetter("array"), apart))

    def draw(self) -> np.ndarray:
        """The frame's pixels: uint8 (rows, columns, 4) RGBA. A view, overwritten by the next drawing."""
        return self._renderer.easel.draw(self.drawn, self.described)
