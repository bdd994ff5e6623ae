"""Prologue: the road stops at the five years, in order, and every year shown is declared."""

from scene_runs import readouts, run_scene

from scenes.prologue import Prologue


def test_the_scene():
    seen = run_scene(Prologue, {})
    assert seen.sections == [
        "two laws", "one neuron", "doubt", "found, and unheard", "found again", "today", "the rule",
    ]  # fmt: skip
    assert 15 <= seen.seconds <= 75
    said = " ".join(seen.captions)
    assert [said.index(year) for year in ("1960", "1969", "1974", "1986")] == sorted(
        said.index(year) for year in ("1960", "1969", "1974", "1986")
    )
    years = sorted(seen.scene.road.cards)
    assert {str(year) for year in years} <= set(Prologue.constants)
    assert years == [1960, 1969, 1974, 1986, 2025]
    assert readouts(seen.scene) == []  # the year has left with the road
