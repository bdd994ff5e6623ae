"""Addresses are sound: a changed picture always has a changed address, and an equal address an equal picture."""

import tempfile
from pathlib import Path

import hypothesis.strategies as st
import manim
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from manim import Circle, Dot, Group, Line, Mobject, Polygon, Square, Star, VGroup, VMobject
from manim.utils.family import extract_mobject_family_members

from scenes.camera import StageCamera, display_list
from scenes.parts.network import NetworkDiagram
from scenes.parts.raster import Raster
from scenes.parts.readout import Readout
from scenes.parts.typesetting import Formula, Text
from studio import stepper
from studio.address import camera_bytes, drawing_bytes, frame_address
from studio.quality import Quality

SMALL = Quality("s", 160, 90, 15)


@pytest.fixture(scope="module", autouse=True)
def small_picture():
    with tempfile.TemporaryDirectory() as scratch:
        stepper.configure(SMALL, Path(scratch))
        yield


def look(mobjects: list[Mobject]) -> tuple[bytes, bytes]:
    """Address and pixels of a frame, drawn from nothing."""
    camera = StageCamera()
    drawn = display_list(mobjects)
    address = frame_address(camera_bytes(camera), [drawing_bytes(m) for m in drawn])
    camera.draw(drawn)
    return address, camera.pixel_array.tobytes()


def raster(seed: int) -> Raster:
    rng = np.random.default_rng(seed)
    picture = Raster(3.0, 2.0)
    return picture.set_image(rng.integers(0, 256, (12, 18, 4), dtype=np.uint8))


def network() -> NetworkDiagram:
    diagram = NetworkDiagram([2, 3], 6, 4, biases=True, neuron_formats=".2f")
    return diagram.show(activations=[[0.2, 0.7], [0.1, 0.5, 0.9]], weights=[np.arange(6.0).reshape(3, 2) - 2])


MAKERS = {
    "circle": lambda: Circle(fill_opacity=0.5),
    "square": lambda: Square(fill_opacity=1, color=manim.BLUE),
    "star": lambda: Star(stroke_width=8),
    "line": lambda: Line([-3, 0, 0], [3, 1, 0], stroke_width=6),
    "polygon": lambda: Polygon([-1, -1, 0], [2, 0, 0], [0, 2, 0], fill_opacity=0.7),
    "dot": lambda: Dot(radius=0.5),
    "text": lambda: Text("Madrid", 90),
    "formula": lambda: Formula("hat(y) = e^h", 90),
    "readout": lambda: Readout(2.4506, ".4f", 90),
    "raster": lambda: raster(1),
    "network": network,
    "gradient": lambda: Square(fill_opacity=1, side_length=3).set_color_by_gradient(manim.RED, manim.BLUE),
}


def leaf(mobject: Mobject, choice: int) -> Mobject:
    leaves = [m for m in mobject.get_family() if isinstance(m, VMobject | Raster) and m.has_points()]
    return leaves[choice % len(leaves)]


def recolour(rgbas: np.ndarray, amount: float) -> np.ndarray:
    out = rgbas.copy()
    out[:, :3] = (out[:, :3] + amount) % 1.0
    return out


def mutate(mobject: Mobject, kind: str, amount: float, choice: int) -> None:
    """Change one thing that drawing reads."""
    one = leaf(mobject, choice)
    if kind == "move":
        one.shift([amount, -amount, 0])
    elif kind == "scale":
        one.scale(1 + amount)
    elif kind == "turn":
        one.points = one.points @ np.array(
            [[np.cos(amount), np.sin(amount), 0], [-np.sin(amount), np.cos(amount), 0], [0, 0, 1]]
        )
    elif kind == "order":
        one.set_z_index(round(10 * amount) - 5)
    elif isinstance(one, Raster):
        if kind == "opacity":
            one.set_opacity(1 - amount / 2)
        else:
            one.set_image(np.roll(one.pixels.array, 1 + int(amount * 5), axis=0))
    elif kind == "opacity":
        one.set_opacity(amount, family=False)
    elif kind == "fill":
        one.fill_rgbas = recolour(one.fill_rgbas, amount)
    elif kind == "stroke":
        one.stroke_rgbas = recolour(one.stroke_rgbas, amount)
    elif kind == "width":
        one.stroke_width = 12 * amount
    elif kind == "behind":
        one.set_stroke(manim.RED, width=20 * amount, opacity=1, background=True)
    elif kind == "joint":
        one.joint_type = manim.LineJointType.ROUND if choice % 2 else manim.LineJointType.BEVEL
    elif kind == "cap":
        one.cap_style = manim.CapStyleType.ROUND if choice % 2 else manim.CapStyleType.SQUARE
    elif kind == "sheen":
        one.set_sheen(amount, manim.UR, family=False)


KINDS = [
    "move",
    "scale",
    "turn",
    "order",
    "opacity",
    "fill",
    "stroke",
    "width",
    "behind",
    "joint",
    "cap",
    "sheen",
    "pixels",
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from(sorted(MAKERS)), min_size=1, max_size=3),
    st.sampled_from(KINDS),
    st.floats(0.01, 1.0),
    st.integers(0, 30),
)
def test_a_changed_picture_has_a_changed_address(names, kind, amount, choice):
    mobjects = [MAKERS[name]().shift([i - 1, 0, 0]) for i, name in enumerate(names)]
    address, pixels = look(mobjects)
    assert look([m.copy() for m in mobjects]) == (address, pixels)
    mutate(Group(*mobjects), kind, amount, choice)
    after, changed = look(mobjects)
    if changed != pixels:
        assert after != address


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_mutation_does_change_a_picture(kind):
    """The test above would prove nothing if its mutations were never seen."""
    seen = 0
    for name in MAKERS:
        for choice in range(3):
            mobject = (
                VGroup(MAKERS[name]()) if name not in ("raster",) else Group(MAKERS[name](), Circle(fill_opacity=1))
            )
            behind = Square(fill_opacity=1, color=manim.GREEN, side_length=1.3)
            before = look([behind, mobject])[1]
            mutate(mobject, kind, 0.6, choice)
            seen += look([behind, mobject])[1] != before
    if kind != "order":
        assert seen
    else:
        a, b = Square(fill_opacity=1, color=manim.RED), Circle(fill_opacity=1, color=manim.BLUE)
        before = look([a, b])
        a.set_z_index(3)
        assert look([a, b])[1] != before[1] and look([a, b])[0] != before[0]


def test_what_the_camera_adds_counts_too():
    camera = StageCamera()
    plain = camera_bytes(camera)
    camera.background_color = manim.WHITE
    assert camera_bytes(camera) != plain


def test_an_unknown_kind_of_mobject_never_has_the_same_address_twice():
    cloud = manim.PMobject()
    cloud.add_points(np.zeros((3, 3)))
    assert drawing_bytes(cloud) != drawing_bytes(cloud)


def test_pictures_are_those_of_manims_own_camera():
    with tempfile.TemporaryDirectory() as scratch:
        stepper.configure(Quality("s", 480, 270, 15), Path(scratch))
        for name in ("circle", "star", "text", "gradient", "network"):
            mobject = MAKERS[name]()
            ours, manims = StageCamera(), manim.Camera()
            ours.capture_mobjects([mobject])
            manims.capture_mobjects([mobject])
            assert (ours.pixel_array == manims.pixel_array).all(), name
        stepper.configure(SMALL, Path(scratch))


@given(
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=24), st.lists(st.integers(0, 11), max_size=6)
)
def test_the_order_of_drawing_is_manims(pairs, roots):
    """Whatever stands in whatever, twice or inside itself."""
    pool = [Dot().set_z_index(number % 3) if number % 4 else VGroup() for number in range(12)]
    for holder, held in pairs:
        pool[holder].submobjects.append(pool[held])  # `add` would refuse some of it
    shown = [pool[root] for root in roots]
    theirs = extract_mobject_family_members(shown, use_z_index=True, only_those_with_points=True)
    assert list(map(id, display_list(shown))) == list(map(id, theirs))
