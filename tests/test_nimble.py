"""What is done sooner than Manim does it, against Manim's own methods as they stand in its files."""

import importlib.util
import sys

import numpy as np
import pytest
from manim import (
    BLUE,
    RED,
    RIGHT,
    Circle,
    FadeIn,
    Group,
    LaggedStart,
    ReplacementTransform,
    Rotate,
    Square,
    Transform,
    Triangle,
    VGroup,
    VMobject,
    linear,
    there_and_back,
)  # fmt: skip

from studio import nimble


def fresh(module):
    """A second copy of one of Manim's modules, with none of its methods replaced."""
    found = sys.modules[module]
    spec = importlib.util.spec_from_file_location(f"{module}_fresh", found.__file__)
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    return copy


MANIMS = {
    "get_family": fresh("manim.mobject.mobject").Mobject.get_family,
    "interpolate_color": fresh("manim.mobject.types.vectorized_mobject").VMobject.interpolate_color,
    "interpolate_mobject": fresh("manim.animation.animation").Animation.interpolate_mobject,
}


def twice():
    shared = Square()
    return VGroup(VGroup(shared, Circle()), Triangle(), VGroup(Circle(), VGroup(shared)))


def inside_itself():
    outer, inner = Group(Square()), Group(Circle())
    outer.submobjects.append(inner)
    inner.submobjects.append(outer)
    return outer


@pytest.mark.parametrize("mobject", [Square(), VGroup(), twice(), inside_itself(), VGroup(*[Square()] * 3)])
def test_families_are_manims(mobject):
    assert [id(m) for m in nimble.get_family(mobject)] == [id(m) for m in MANIMS["get_family"](mobject)]


@pytest.mark.parametrize("alpha", [0, 0.0, 0.1, 1 / 3, 0.999, 1, 1.0])
def test_colours_are_manims_to_the_last_bit(alpha):
    first = Square(color=RED, fill_opacity=0.3, stroke_width=3)
    second = Circle(color=[BLUE, RED], fill_opacity=[0.9, 0.1], stroke_width=7.7, sheen_factor=0.2)
    first.align_rgbas(second)
    ours, theirs = VMobject(), VMobject()
    assert nimble.interpolate_color(ours, first, second, alpha) is ours
    MANIMS["interpolate_color"](theirs, first, second, alpha)
    for name in nimble._BLENDED:
        mine, other = getattr(ours, name), getattr(theirs, name)
        assert type(mine) is type(other)
        np.testing.assert_array_equal(mine, other)
        assert mine is not getattr(second, name) or not isinstance(mine, np.ndarray)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Transform(VGroup(Square(), Circle()), VGroup(Circle(), Triangle())),
        lambda: ReplacementTransform(VGroup(Square(), Circle()), VGroup(Circle(), Square()), lag_ratio=0.3),
        lambda: FadeIn(twice(), shift=RIGHT, rate_func=there_and_back),
        lambda: FadeIn(VGroup(Square(), Circle()), rate_func=linear, reverse_rate_function=True),
        lambda: LaggedStart(FadeIn(Square()), Rotate(Circle(), 1.0)),
        lambda: FadeIn(VGroup()),
    ],
)
def test_animations_pass_through_manims_states(make, monkeypatch):
    ours, theirs = make(), make()
    for animation in (ours, theirs):
        animation.begin()
    for alpha in (0.0, 0.2, 0.5, 0.9, 1.0):
        ours.interpolate(alpha)
        with monkeypatch.context() as patch:
            for owner in type(theirs).__mro__:
                if owner.__name__ == "Animation":
                    patch.setattr(owner, "interpolate_mobject", MANIMS["interpolate_mobject"])
            theirs.interpolate(alpha)
        for mine, other in zip(*(a.mobject.family_members_with_points() for a in (ours, theirs)), strict=True):
            np.testing.assert_array_equal(mine.points, other.points)
            np.testing.assert_array_equal(mine.fill_rgbas, other.fill_rgbas)
            np.testing.assert_array_equal(mine.stroke_rgbas, other.stroke_rgbas)


def test_manim_calls_them_once_a_scene_can_be_stepped():
    from studio import stepper  # noqa: F401

    assert VGroup.get_family.__module__ == "studio.nimble" == Square.interpolate_color.__module__
    assert Transform.interpolate_mobject.__module__ == "studio.nimble"
