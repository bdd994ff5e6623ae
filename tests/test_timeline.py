"""The road through the years: perspective, posts, and cards that come and go without being worn out."""

import numpy as np
import pytest
from manim import Square

from scenes.parts.timeline import DEPTH, Card, Timeline

NEAR, FAR = np.array([-5.0, -2.0, 0.0]), np.array([6.0, -1.0, 0.0])


@pytest.fixture
def road():
    road = Timeline(NEAR, FAR, (1960, 1970))
    road.stand(1970, Card(Square(fill_opacity=0.5, stroke_opacity=1), foot=NEAR))
    return road


def test_the_present_stands_at_the_near_end_and_the_future_shrinks(road):
    assert road.size_at(1960, 1960) == 1
    assert road.size_at(1960 + DEPTH, 1960) == pytest.approx(0.5)
    assert road.foot_at(1.0) == pytest.approx(NEAR)
    assert road.foot_at(0.0) == pytest.approx(FAR)
    road.show(1960.0)
    assert road.dots[0].get_center() == pytest.approx(NEAR)
    assert road.dots[1].get_center()[0] > NEAR[0]


def test_nothing_comes_nearer_than_asked(road):
    for now in np.linspace(1950, 2000, 41):
        road.show(float(now))
        for part in (road.road, *road.posts, *road.dots):
            if len(part.points):
                assert part.get_left()[0] >= road.foot_at(road.largest)[0] - 0.2


def test_cards_fade_in_stand_and_fade_out(road):
    square = road.cards[1970][0]
    seen = {}
    for now in (1960, 1968, 1970, 1971):
        road.show(now)
        seen[now] = square.fill_rgbas[0, 3]
    assert seen[1960] == 0
    assert 0 < seen[1968] < 0.5
    assert seen[1970] == 0.5
    assert seen[1971] == 0


def test_a_card_is_as_it_was_after_any_journey(road):
    card = road.cards[1970]
    road.show(1970.0)
    points = card[0].points.copy()
    for now in (1965.3, 1975.0, 1961.0, 1970.0):
        road.show(now)
    assert np.array_equal(card[0].points, points)


def test_what_became_of_a_card_is_kept(road):
    card = road.cards[1970]
    road.show(1970.0)
    card[0].scale(2)
    card.settle()
    wide = card[0].width
    road.show(1967.0)
    assert card[0].width < wide
    road.show(1970.0)
    assert card[0].width == pytest.approx(wide)
