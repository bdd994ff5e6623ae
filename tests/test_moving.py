"""What is moved on the grid stands where it stands, whichever way it came."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from manim import Circle, VGroup

from scenes.parts import moving
from scenes.parts.readout import Readout
from scenes.parts.typesetting import Text

places = st.tuples(st.floats(-7, 7), st.floats(-4, 4), st.just(0.0))


def bytes_of(mobject):
    return [member.points.tobytes() for member in mobject.get_family()]


@pytest.mark.parametrize(
    "make", [lambda: VGroup(Circle(0.3), Circle(0.1).shift([0.2, 1 / 3, 0])), lambda: Text("Wörd")]
)
@given(st.lists(places, max_size=6), places)
def test_the_way_leaves_no_trace(make, way, end):
    straight, wandered = moving.move_to(make(), end), make()
    for place in (*way, end):
        moving.move_to(wandered, place)
    assert bytes_of(straight) == bytes_of(wandered)
    assert np.allclose(straight.get_center(), end, atol=2 * moving.GRAIN)


@given(st.lists(st.tuples(places, st.floats(-99, 99)), max_size=5), places)
def test_a_number_that_changes_and_moves_has_no_past(way, end):
    straight, wandered = Readout(0.0, "+.2f", whole=2), Readout(0.0, "+.2f", whole=2)
    for place, value in way:
        wandered.show(value).centre_on(place)
    for readout in (straight, wandered):
        readout.centre_on(end).show(-3.14).centre_on(end)
    assert bytes_of(straight) == bytes_of(wandered)


def test_it_moves_by_less_than_anybody_sees():
    text = Text("still")
    before = [member.points.copy() for member in text.get_family()]
    moving.snap(text)
    for then, member in zip(before, text.get_family(), strict=True):
        assert np.abs(member.points - then).max(initial=0.0) <= moving.GRAIN / 2
