"""Numbers as they are spoken."""

import pytest

from scenes.wording import capitalised, degrees, listed, number_word, percent


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.9055, "91"), (0.0862, "9"), (0.0082, "0.8"), (0.999753, "99.98"), (0.5761, "58"), (1.0, "100"),
        (0.0, "0"), (0.5, "50"), (0.002, "0.2"), (0.9949, "99.5"),
    ],
)  # fmt: skip
def test_percent(share, said):
    assert percent(share) == f"{said} percent"


def test_degrees_know_east_from_west_on_any_turn():
    assert degrees(2.3514) == "2.35 degrees east"
    assert degrees(-3.7) == "3.70 degrees west"
    assert degrees(188.24) == "171.76 degrees west"


def test_words():
    assert [number_word(n) for n in (3, 10, 11, 13002)] == ["three", "ten", "11", "13,002"]
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a"]) == "a"
    assert capitalised("three cities") == "Three cities"
