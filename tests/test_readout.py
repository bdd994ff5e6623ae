"""Numbers that change in place: what they show, that they sit still, and that they are cheap."""

import math
import time
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import RIGHT, UP, FadeIn, Transform

from scenes import style
from scenes.parts.provenance import array, item, number
from scenes.parts.readout import NumberFormat, Readout, plate, rounded_box, set_in_cells
from scenes.parts.typesetting import Text, row


@dataclass
class FakeReading:
    value: float
    source: str = "cities3 loss[12]"


@pytest.mark.parametrize(
    ("spec", "whole", "value", "shown"),
    [
        ("+.3f", 1, 0.5, "+0.500"),
        ("+.3f", 1, -1.25, "-1.250"),
        ("+.3f", 1, -0.0004, "0.000"),
        ("+.3f", 1, 12.3456, "+12.35"),
        ("+.3f", 1, -1234.5, "-1234"),
        ("+.3f", 1, 123456.0, "+1e5"),
        (".4f", 2, 18.413, "18.4130"),
        (".4f", 1, 9.99996, "10.000"),
        (",d", 6, 13002, "13\u2009002"),
        (",d", 3, 1235814400, "1\u2009235\u2009814\u2009400"),
        ("d", 1, 6.6, "7"),
        (".1%", 3, 0.5761, "57.6%"),
        (".0%", 3, 0.99975, "100%"),
        (".2f", 1, math.nan, "NaN"),
        (".2f", 1, -math.inf, "-∞"),
        ("+.2f", 1, math.inf, "+∞"),
    ],
)
def test_what_is_shown(spec, whole, value, shown):
    assert NumberFormat(spec, whole)(value) == shown


@given(st.floats(allow_nan=True, allow_infinity=True), st.sampled_from(["+.3f", ".4f", ".1%", ",d", ".0f"]))
@settings(deadline=None)
def test_any_float_can_be_shown(value, spec):
    text = NumberFormat(spec, 3)(value)
    assert len(set_in_cells(text)) > 0
    assert text.strip("+0.%") != "-"


@given(st.floats(-9.99, 9.99))
def test_what_fits_says_the_number(value):
    assert float(NumberFormat("+.3f", 1)(value)) == pytest.approx(value, abs=5.1e-4)


@pytest.mark.parametrize("spec", ["", "x", "{}", "+.3e", ".f", "05d", "+.3f "])
def test_other_formats_are_refused(spec):
    with pytest.raises(ValueError, match="number format"):
        Readout(0, spec)


@given(st.lists(st.floats(-2000, 2000), min_size=1, max_size=4), st.floats(-20, 20))
@settings(max_examples=30, deadline=None)
def test_state_depends_only_on_what_is_shown_last(history, last):
    worn, fresh = Readout(1.0, by_sign=True, signed=True), Readout(1.0, by_sign=True, signed=True)
    for value in history:
        worn.show(value)
    assert np.array_equal(worn.show(last).points, fresh.show(last).points)
    assert np.array_equal(worn.fill_rgbas, fresh.fill_rgbas)
    assert worn.shown_text == fresh.shown_text


def test_the_box_never_moves_and_no_mobject_is_made():
    readout = Readout(0.0, "+.3f").move_to([1, 2, 0])
    family = [id(m) for m in readout.get_family()]
    corners = []
    for value in (0.0, -1.111, 8.888, 4.2, math.nan, -7777.0):
        readout.show(value)
        corners.append([*readout.get_critical_point([-1, -1, 0]), *readout.get_critical_point([1, 1, 0])])
    assert np.ptp(np.array(corners), axis=0).max() < 1e-12
    assert [id(m) for m in readout.get_family()] == family


def test_the_decimal_point_sits_still():
    readout = Readout(1.0, ".3f", whole=2)
    dots = [leftmost_dot(readout.show(value)) for value in (1.111, 88.888, 4.0)]
    assert np.ptp(dots) < 1e-9


def leftmost_dot(readout):
    """The ink of the decimal point is the only small closed shape on the baseline."""
    dot = set_in_cells(".")
    span = np.ptp(dot[:, 0]) * readout.em
    starts = np.flatnonzero(np.r_[True, np.abs(np.diff(readout.points, axis=0)).max(axis=1)[3::4] > 1e-9])
    groups = np.split(readout.points.reshape(-1, 4, 3), starts[1:])
    return next(g[..., 0].min() for g in groups if np.ptp(g[..., 0]) == pytest.approx(span, rel=1e-6))


def test_it_follows_moves_scaling_and_copies():
    readout = Readout(3.14159, ".2f").shift(UP).scale(2).shift(RIGHT)
    twin = readout.copy().show(2.71)
    readout.show(2.71)
    assert np.allclose(twin.points, readout.points)
    straight = Readout(2.71, ".2f").shift(UP).scale(2).shift(RIGHT)
    assert np.allclose(straight.points, readout.points)


def test_it_works_after_fading_in_and_after_a_transform():
    readout, expected = Readout(1.0, ".2f"), Readout(5.0, ".2f")
    for animation in (FadeIn(readout, shift=UP), Transform(readout, Readout(-2.0, ".2f", signed=False))):
        animation.begin()
        animation.interpolate(0.4)
        animation.finish()
    assert np.allclose(readout.show(5.0).points, expected.points)
    assert readout.fill_rgbas[0, 3] == 1


def test_only_digits_have_ink():
    readout = Readout(1.0, "+.3f", whole=5)
    assert readout.get_fill_opacity() == 1
    readout.set_opacity(0.5)
    assert all(m.get_fill_opacity() == 0 and m.get_stroke_width() == 0 for m in readout.submobjects)


def test_readings_are_kept():
    reading = FakeReading(2.4506)
    readout = Readout(reading, ".4f")
    assert readout.reading is reading
    assert readout.shown_text == "2.4506"
    assert readout.number_format == ".4f"
    assert readout.show(1.0).reading is None


def test_readings_inside_lists_keep_their_source():
    a, b = FakeReading(1.0), FakeReading(2.0)
    assert number(a) == 1.0
    assert array([[a, b]]).tolist() == [[1.0, 2.0]]
    assert item([[a, b]], 0, 1) is b
    assert item(np.eye(2), 1, 1) == 1.0


def test_colour_by_sign():
    readout = Readout(-1.0, "+.2f", by_sign=True)
    assert readout.get_fill_color().to_hex() == style.NEGATIVE
    assert readout.show(1.0).get_fill_color().to_hex() == style.POSITIVE
    assert readout.show(0.0001).get_fill_color().to_hex() == style.TEXT
    readout.set_opacity(0.3).show(-1)
    assert readout.get_fill_opacity() == pytest.approx(0.3)


def test_it_stands_in_a_row_of_words():
    words = [Text("loss"), Readout(2.5, ".2f", style.BODY_SIZE), Text("gap")]
    row(*words)
    assert [w.baseline for w in words] == pytest.approx([words[0].baseline] * 3)
    assert words[1].em == pytest.approx(words[0].em, rel=1e-3)


def test_a_plate_covers_its_number():
    readout = Readout(1.0).shift(UP)
    behind = plate(readout)
    assert behind.width > readout.width
    assert np.allclose(behind.get_center(), readout.get_center())
    outline = rounded_box(2.0, 1.0, 0.2)
    assert np.allclose(np.abs(outline[..., 0]).max(), 1.0)
    assert np.allclose(np.abs(outline[:, 1]).max(), 0.5)
    assert np.allclose(outline[4::4], outline[3:-4:4])  # one closed path


def test_digits_are_readable_at_the_smallest_size():
    assert all(Readout(d, "d", style.SMALL_SIZE).em * 0.666 * 135 > 20 for d in range(10))


def test_four_changing_readouts_cost_less_than_half_a_millisecond():
    readouts = [Readout(0.1 * i, "+.4f") for i in range(4)]
    best = min(_seconds(lambda k=k: [r.show(k + 0.37 * i) for i, r in enumerate(readouts)]) for k in range(30))
    assert best < 0.5e-3


def _seconds(function):
    start = time.process_time()
    function()
    return time.process_time() - start
