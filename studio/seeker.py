"""The way to one frame of a scene that nobody has stepped yet: every frame on it is visited, in order, none is jumped.

What a frame shows need not be worked out where nobody looks and nothing can remember. While Manim blends between two
copies that it keeps, and no updater has anything to do, each frame is made from those copies alone: there the scene is
set only to the frames that are wanted. All else is stepped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from manim import Animation, Mobject, Scene, Transform

from scenes.stage import TraceScene
from studio.stepper import Score, StepRenderer, Visitor, run, times

Wanted = Callable[[Scene, int], bool]  # (scene, number of a frame) -> whether the visitor will look at its mobjects

_BLENDING: Final = (
    "interpolate",
    "interpolate_mobject",
    "get_sub_alpha",
    "update_mobjects",
    "get_all_mobjects_to_update",
)
_MOVING: Final = ("update_to_time", "update_mobjects", "update_meshes", "update_self")
_SETTING: Final = ("interpolate_submobject", "get_all_families_zipped", "get_all_mobjects", "path_func")


class SeekRenderer(StepRenderer):
    """Steps a scene, but sets it to frames that nobody looks at only where that could make a difference."""

    def __init__(self, visit: Visitor, wanted: Wanted) -> None:
        super().__init__(visit)
        self._wanted = wanted

    def move(self, scene: Scene) -> None:
        """Step through the animations that have begun."""
        if not forgets(scene):
            super().move(scene)
            return
        moments = times(scene)
        for moment in moments:
            if self._wanted(scene, self.score.frames):
                scene.update_to_time(moment)
            self._step(scene)
        scene.update_to_time(moments[-1])  # what is done at the end of a play may start from what it last showed
        self.end(scene)


def seek(scene_class: type[Scene], wanted: Wanted, visit: Visitor) -> Score:
    """Visit every frame up to the one at which `visit` has seen Enough; only the `wanted` ones need be as they look.

    The training step that a frame shows holds for every frame.
    """
    return run(scene_class, SeekRenderer(visit, wanted))


def forgets(scene: Scene) -> bool:
    """Whether each frame of the animations that have begun is made from what they keep, whatever frame came before."""
    if scene.stop_condition is not None or scene.updaters or not isinstance(scene, TraceScene):
        return False
    if any(getattr(type(scene), name) is not getattr(TraceScene, name) for name in _MOVING):
        return False
    animations = list(scene.animations or ())
    if not all(map(_only_blends, animations)):
        return False
    moved = {
        id(m): m for a in animations for root in a.get_all_mobjects() if root is not None for m in root.get_family()
    }
    if id(scene.step) in moved:
        return False
    there = {id(m): m for root in scene.mobjects for m in root.get_family()}
    return all(map(_is_plain, moved.values())) and all(map(_rests, [*moved.values(), *there.values()]))


def _only_blends(animation: Animation) -> bool:
    """Whether it is one of Manim's blends, or makes its two ends in its own way and leaves the blending to Manim."""
    if not isinstance(animation, Transform) or vars(animation).keys() & {*_BLENDING, *_SETTING}:
        return False
    kind, way = type(animation), getattr(animation, "rate_func", None)
    return (
        all(getattr(kind, name) is getattr(Animation, name) for name in _BLENDING)
        and all(getattr(kind, name) is getattr(Transform, name) for name in _SETTING)
        and _is_manims(way)
        and _is_manims(animation.path_func)
    )


def _is_manims(function: Any) -> bool:
    """Whether it is a function of Manim's that has none of somebody else's inside it."""
    inside = [cell.cell_contents for cell in getattr(function, "__closure__", None) or ()]
    named = str(getattr(function, "__module__", "")).startswith("manim.utils.")
    return named and all(_is_manims(one) for one in inside if callable(one))


def _is_plain(mobject: Mobject) -> bool:
    """Whether it is blended as Manim or one of the film's own parts does it, with no thought of its own past."""
    kind = type(mobject)
    known = kind.interpolate_color.__module__.startswith(("manim.", "studio.nimble", "scenes.parts."))
    return known and kind.interpolate is Mobject.interpolate


def _rests(mobject: Mobject) -> bool:
    """Whether it has no updater that would do anything."""
    return type(mobject).update is Mobject.update and all(map(_has_nothing_to_do, mobject.updaters))


def _has_nothing_to_do(updater: Any) -> bool:
    rests = getattr(updater, "rests", None)
    return rests is not None and bool(rests())
