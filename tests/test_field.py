"""The field of squares: as many as are counted, in their colours, whichever way it is looked at."""

import math

import numpy as np
import pytest
from manim import tempconfig

from scenes.parts.field import CountField

COLOURS = ("#FF0000", "#00FF00", "#0000FF")


def light(field):
    """Mean light of each channel, 0 … 1, of the field's picture at 10 pixels a unit."""
    return field.pixels.array[..., :3].reshape(-1, 3).mean(0) / 255


@pytest.fixture
def field():
    with tempconfig({"pixel_width": 1422, "frame_width": 14.22}):
        yield CountField((6, 400, 10**8), COLOURS, 4.0)


def test_blocks_cover_what_they_count(field):
    ink = (1 - 2 * 0.09) ** 2
    red, green, blue = light(field.show(20.0))
    assert red == pytest.approx(6 / 400 * ink, rel=0.02)
    assert green == pytest.approx(394 / 400 * ink, rel=0.02)
    assert blue == 0
    red, green, blue = light(field.show(200.0))
    assert green == pytest.approx(394 / 40_000 * ink, rel=0.05)
    assert blue == pytest.approx(0.99 * ink, rel=0.02)


def test_the_first_block_is_counted_row_by_row(field):
    assert field.columns == 3
    assert field.cell(1) - field.cell(0) == pytest.approx([4 / 3, 0, 0])
    assert field.cell(3) - field.cell(0) == pytest.approx([0, 4 / 3, 0])
    with tempconfig({"pixel_width": 1422, "frame_width": 14.22}):
        five = CountField((5, 400), COLOURS[:2], 4.0).show(3.0, 0.0)
        red, green, _ = light(five)
    assert red == pytest.approx(5 / 9 * (1 - 2 * 0.09) ** 2, rel=0.02)
    assert green == 0


def test_far_squares_do_not_flicker(field):
    means = [light(field.show(side))[1] for side in np.linspace(19.0, 20.0, 9)]
    assert max(means) - min(means) < 0.03


def test_a_block_is_as_wide_as_the_root_of_its_count(field):
    assert field.block_side(1) == 20
    assert field.block_side(2) == pytest.approx(math.sqrt(10**8))
