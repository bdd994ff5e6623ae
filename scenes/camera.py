"""How a list of mobjects becomes pixels: Manim's Cairo drawing with rasters, and with every path kept once made.

Nothing here decides what is drawn or when; all that this file reads of a mobject, `studio.address` must hash.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any, Final

import cairo
import numpy as np
from manim import Camera, Mobject, PMobject, VMobject
from manim.mobject.types.image_mobject import AbstractImageMobject
from manim.utils.color import color_to_int_rgba

from scenes.parts.raster import Raster

_Z_INDEX: Final = attrgetter("z_index")
_CURVE: Final = 4  # points of a cubic curve


def display_list(mobjects: Iterable[Mobject]) -> list[Mobject]:
    """Everything with something to draw, in drawing order: z_index first, then the order of the scene.

    This is the order of Manim's `extract_mobject_family_members`, found in a third of its time: what is there twice is
    drawn where it comes last.
    """
    family: list[Mobject] = []
    _gather(mobjects, family, [])
    family = list(dict.fromkeys(reversed(family)))[::-1]
    return sorted((mobject for mobject in family if not is_invisible(mobject)), key=_Z_INDEX)


def _gather(mobjects: Iterable[Mobject], family: list[Mobject], above: list[Mobject]) -> None:
    """Add `mobjects`, which stand inside all those `above`, and what they hold to `family`, unless without points."""
    for mobject in mobjects:
        parts = mobject.submobjects
        if parts and mobject in above:  # it stands inside itself
            continue
        if len(mobject.points):
            family.append(mobject)
        if parts:
            above.append(mobject)
            _gather(parts, family, above)
            above.pop()


def is_invisible(mobject: Mobject) -> bool:
    """Whether drawing `mobject` would leave every pixel as it is."""
    if isinstance(mobject, VMobject):
        if _some_alpha(mobject.fill_rgbas) or (mobject.stroke_width != 0 and _some_alpha(mobject.stroke_rgbas)):
            return False
        return mobject.background_stroke_width == 0 or not _some_alpha(mobject.background_stroke_rgbas)
    if isinstance(mobject, Raster):
        return mobject.pixels is None or mobject.opacity <= 0
    return not isinstance(mobject, PMobject | AbstractImageMobject)  # nothing else is drawn, least of all a tracker


def _some_alpha(rgbas: np.ndarray) -> bool:
    if len(rgbas) == 1:
        return bool(rgbas[0, 3] > 0)
    return bool((rgbas[:, 3] > 0).any())


class StageCamera(Camera):
    """Manim's camera, which can also draw rasters.

    Frames equal those of Manim's own camera. They come sooner because what cannot be seen is left out, and because
    a mobject's cairo path is rebuilt only when its points have changed.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._paths: dict[int, tuple[VMobject, np.ndarray, cairo.Path]] = {}
        super().__init__(*args, **kwargs)

    def init_background(self) -> None:
        """Manim's plain background, its pixels filled in whole instead of channel by channel: a tenth of the time."""
        if self.background_image is not None or (self.n_channels, self.pixel_array_dtype) != (4, "uint8"):
            super().init_background()
            return
        pixel = np.zeros(4, dtype=np.uint8)
        pixel[:] = color_to_int_rgba(self.background_color, self.background_opacity)
        filled = np.full((self.pixel_height, self.pixel_width), pixel.view(np.uint32)[0])
        self.background = filled.view(np.uint8).reshape(self.pixel_height, self.pixel_width, 4)

    def capture_mobjects(self, mobjects: Iterable[Mobject], **kwargs: Any) -> None:
        """Draw `mobjects` with their families over what `pixel_array` holds."""
        self.draw(display_list(mobjects))

    def draw(self, drawn: Iterable[Mobject]) -> None:
        """Draw exactly these, in this order, over what `pixel_array` holds."""
        context = self.get_cairo_context(self.pixel_array)
        for mobject in drawn:
            if isinstance(mobject, Raster):
                mobject.paint(context)
            elif isinstance(mobject, VMobject) and not mobject.get_background_image():
                self.display_vectorized(mobject, context)
            else:
                super().capture_mobjects([mobject], include_submobjects=False)

    def apply_fill(self, ctx: cairo.Context, vmobject: VMobject) -> StageCamera:
        """Fill, unless the fill cannot be seen."""
        if _some_alpha(vmobject.fill_rgbas):
            super().apply_fill(ctx, vmobject)
        return self

    def set_cairo_context_path(self, ctx: cairo.Context, vmobject: VMobject) -> StageCamera:
        """Put the mobject's outline on the context: the kept one when its points are still the same."""
        kept = self._paths.get(id(vmobject))
        if kept is not None and kept[0] is vmobject and np.array_equal(kept[1], vmobject.points):
            ctx.new_path()
            ctx.append_path(kept[2])
            return self
        ctx.new_path()
        _trace_outline(ctx, vmobject)
        if len(self._paths) > 20_000:  # transforms leave many short-lived mobjects behind
            self._paths.clear()
        self._paths[id(vmobject)] = (vmobject, vmobject.points.copy(), ctx.copy_path())
        return self


def _trace_outline(ctx: cairo.Context, vmobject: VMobject) -> None:
    """Put the outline on the context just as Manim's camera does, in half the time.

    The cubic curves make a new subpath wherever one does not start where the last one ended, and a subpath that ends
    at its own start is closed. Points that are not finite are not drawn.
    """
    points = vmobject.points[: len(vmobject.points) // _CURVE * _CURVE, :2]
    if not len(points) or not np.isfinite(vmobject.points).all():
        return
    within = vmobject.tolerance_for_point_equality
    broken = ~_meet(points[_CURVE - 1 : -1 : _CURVE], points[_CURVE::_CURVE], within)
    edges = [0, *(_CURVE * (np.flatnonzero(broken) + 1)).tolist(), len(points)]
    closed = _meet(points[edges[:-1]], points[[edge - 1 for edge in edges[1:]]], within).tolist()
    flat = points.tolist()  # cairo takes Python's floats faster than NumPy's
    curve_to = ctx.curve_to
    for first, end, comes_back in zip(edges, edges[1:], closed, strict=False):
        ctx.new_sub_path()
        ctx.move_to(*flat[first])
        for at in range(first + 1, end, _CURVE):
            (x1, y1), (x2, y2), (x3, y3) = flat[at : at + _CURVE - 1]
            curve_to(x1, y1, x2, y2, x3, y3)
        if comes_back:
            ctx.close_path()


def _meet(a: np.ndarray, b: np.ndarray, within: float) -> np.ndarray:
    """Which of the points `a` lie where those of `b` do, (n, 2) each, as NumPy's isclose sees it."""
    near: np.ndarray = (np.abs(a - b) <= within + 1e-5 * np.abs(b)).all(axis=1)
    return near
