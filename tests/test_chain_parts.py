"""The chain rule's smaller parts: light, products in columns, lines looked at closer, tables of numbers."""

from itertools import pairwise

import numpy as np
import pytest
from manim import VGroup

from scenes import style
from scenes.parts.closer_line import CloserLine
from scenes.parts.light import Light, dimmed
from scenes.parts.number_table import NumberTable
from scenes.parts.product import Bracketed, Product
from scenes.parts.readout import Readout
from scenes.parts.typesetting import Formula, Text


def played(light):
    light.begin()
    light.interpolate(1)


def opacity(mobject):
    return max(float(m.fill_rgbas[:, 3].max(initial=0)) for m in mobject.family_members_with_points())


def test_light_dims_the_others_and_brings_them_back():
    a, b = Text("one"), Text("two").set_fill(opacity=0.8)
    played(Light([a, b], a))
    assert (opacity(a), opacity(b)) == pytest.approx((1.0, 0.8 * style.DIM))
    played(Light([a, b], b))
    assert (opacity(a), opacity(b)) == pytest.approx((style.DIM, 0.8))
    played(Light([a, b]))
    assert (opacity(a), opacity(b)) == pytest.approx((1.0, 0.8))
    assert opacity(dimmed(a)) == pytest.approx(style.DIM)


def test_light_leaves_strokes_unfilled_and_numbers_free():
    number, line = Readout(0.5, ".2f"), Text("x")
    for glyph in line:
        glyph.set_fill(opacity=0).set_stroke(width=2, opacity=1)
    light = Light([VGroup(number), line])
    light.begin()
    number.show(123.456)
    light.interpolate(0.5)
    assert number.shown_text == "123.46"[: len(number.shown_text)]
    assert opacity(line) == 0


def test_a_products_factors_stand_in_columns_and_rows_keep_apart():
    rows = [
        [Formula("(partial z)/(partial w)"), Formula("(partial a)/(partial z)")],
        [Formula("(a - y) / (a (1 - a))"), Formula("sigma'(z)")],
        [Bracketed(0.5, ".2f", 34, first=True), Bracketed(-0.25, ".2f", 34)],
    ]
    result = Bracketed(-0.125, ".3f", 34, first=True)
    product = Product(Formula("x"), rows, [0.1, 0.1], results={2: result})
    for i in range(2):
        assert np.ptp([row[i].get_center()[0] for row in rows]) < 1e-6
    for above, below in pairwise(rows):
        assert min(cell.get_bottom()[1] for cell in above) > max(cell.get_top()[1] for cell in below)
    assert product.lhs[0].get_right()[0] < product.equals[0].get_left()[0]
    assert result.get_left()[0] > rows[2][1].get_right()[0]
    assert len(rows[2][1].submobjects) == 3 and len(rows[2][0].submobjects) == len(result.submobjects) == 1


def test_a_closer_look_keeps_its_place_and_stretches_the_rest():
    line = CloserLine(0.5, 2.0, 6, ticks=[0.5, 1.0, 1.5, 2.0], number_format=None).shift([1, 2, 0])
    here, there = line.point(0.9), line.point(0.95)
    line.closer(0.9, 10)
    np.testing.assert_allclose(line.point(0.9), here, atol=1e-9)
    np.testing.assert_allclose(line.point(0.95) - here, 10 * (there - here), atol=1e-9)
    points = line.ticks.points.copy()
    line.closer(0.9, 5000).closer(0.9, 10)
    np.testing.assert_allclose(line.ticks.points, points)  # whatever was shown before
    line.closer(0.9, 1)
    np.testing.assert_allclose(line.point(0.95), there, atol=1e-9)
    assert len(line.ticks.points) == 4 * 4


def test_a_table_shows_each_number_in_its_place():
    heads, names = [Formula("x"), Formula("y")], [Text("a"), Text("b"), Text("c")]
    table = NumberTable(heads, names, 6, 3).show([[1, -2], [3, 4], [0, 0.5]])
    assert [cell.shown_text for cell in table.row(0)] == ["+1.000", "-2.000"]
    assert [cell.shown_text for cell in table.column(1)] == ["-2.000", "+4.000", "+0.500"]
    assert table.cells[0][1].get_center()[0] == pytest.approx(heads[1].get_center()[0])
