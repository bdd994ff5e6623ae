"""Names, cards and stops of a map: nothing over another, nothing out of its box, and everything where it points."""

import numpy as np
import pytest

from scenes import style
from scenes.layout import Region
from scenes.parts.callout import Callouts, Said
from scenes.parts.island_names import Island, IslandNames, find_room
from scenes.parts.stations import Stations

BOX = Region(-5, 5, -3, 3)


def boxes(mobjects):
    return np.array([[*m.get_corner([-1, -1, 0])[:2], *m.get_corner([1, 1, 0])[:2]] for m in mobjects])


def apart(a, b):
    return a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


@pytest.mark.parametrize("seed", range(6))
def test_names_touch_neither_each_other_nor_the_edge(seed):
    dice = np.random.default_rng(seed)
    middles = dice.uniform([-4.5, -2.5], [4.5, 2.5], (24, 2))
    islands = [
        Island(middle + 0.3 * dice.normal(size=(9, 2)), f"island {i} of many") for i, middle in enumerate(middles)
    ]
    points = np.concatenate([island.points for island in islands])
    names = IslandNames(islands, points, BOX)
    placed = boxes(names)
    assert 6 <= len(names) <= 24 and [i.name for i in names.named] == [text.string for text in names]
    assert (placed[:, :2] >= [-5, -3.01]).all() and (placed[:, 2:] <= [5, 3.01]).all()
    assert all(apart(placed[i], placed[j]) for i in range(len(placed)) for j in range(i))


def test_a_compact_island_keeps_its_points_clear_and_a_loose_one_is_named_in_its_middle():
    dice = np.random.default_rng(3)
    compact, size = 0.2 * dice.normal(size=(60, 2)), np.array([1.0, 0.3])
    center = find_room(compact, size, compact, BOX, [])
    low, high = center - size / 2, center + size / 2
    assert not ((compact > low) & (compact < high)).all(axis=1).any()
    loose = dice.uniform([-4, -2.8], [4, 2.8], (12, 2))
    assert np.abs(find_room(loose, size, loose, BOX, [])).max() < 1.5


def test_no_room_is_none():
    everything = [np.array([-9.0, -9, 9, 9])]
    assert find_room(np.zeros((3, 2)), np.array([1.0, 0.3]), np.zeros((1, 2)), BOX, everything) is None


def test_cards_stand_under_each_other_and_their_lines_end_at_the_rings():
    long = "A beginning of a sentence that needs more than one line of the narrow column it stands in, and goes on to"
    said = [Said(text, "Ålesund", style.CLASS_COLOURS[i]) for i, text in enumerate([long, "Short", long, "Of"])]
    box = Region(1, 5, -3, 3)
    callouts = Callouts(said, box)
    points = np.array([[-3.0, 2, 0], [-4, 0, 0], [0, -2, 0], [-2, -1, 0]])
    callouts.show(points)
    cards = boxes(callouts.cards)
    assert (cards[:, 2] <= 5.01).all() and (cards[:, 1] >= -3.2).all()
    assert all(apart(cards[i], cards[i + 1]) for i in range(3))
    for line, ring, point, card in zip(callouts.lines, callouts.rings, points, cards, strict=True):
        np.testing.assert_allclose(ring.get_center(), point, atol=1e-6)
        assert np.linalg.norm(line.points[-1] - point) == pytest.approx(0.15)
        assert line.points[0][0] < card[0]
    before = callouts.lines[0].points.copy()
    callouts.show(points + 1).show(points)
    np.testing.assert_array_equal(callouts.lines[0].points, before)


@pytest.mark.parametrize("count", [2, 7, 17, 33])
def test_stops_keep_their_names_apart(count):
    names = ["embedding", *(str(i) for i in range(1, count - 1)), f"block {count - 1}"]
    stations = Stations(names, 9).show(count / 2)
    placed = boxes(sorted(stations.labels, key=lambda label: label.get_x()))
    assert (placed[1:, 0] - placed[:-1, 2] > 0.25).all()
    shown = [label.string for label in stations.labels]
    assert shown[0] == "embedding" and f"block {count - 1}" in shown
    assert placed[:, 0].min() >= -4.6 and placed[:, 2].max() <= 4.6
    np.testing.assert_allclose(stations.bead.get_center(), stations.at(count / 2), atol=1e-6)
