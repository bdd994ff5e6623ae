"""Updaters called by the stage: the same calls, in the same order, as Manim's own update makes."""

import pytest
from manim import Mobject, VGroup, VMobject

from scenes.updaters import Updaters


class Own(VMobject):
    """A mobject that brings itself up to date in its own way."""

    def __init__(self, said):
        super().__init__()
        self.said = said

    def update(self, dt=0, recursive=True):
        """Say so."""
        self.said.append(("own", dt))
        return self


def family(said):
    """A small family in which everything that matters occurs; its updaters append to `said`."""
    leaf, timed, asleep, plain = VMobject(), VMobject(), VMobject(), VMobject()
    leaf.add_updater(lambda m: said.append("leaf"))
    timed.add_updater(lambda m, dt: said.append(("timed", dt)))
    timed.add_updater(lambda m: said.append("timed, second"))
    asleep.add(VMobject().add_updater(lambda m: said.append("below what sleeps")))
    asleep.add_updater(lambda m: said.append("asleep"))
    asleep.suspend_updating()
    deep = VGroup(plain, VGroup(leaf, Own(said)))
    root = VGroup(timed, asleep, deep)
    root.add_updater(lambda m: said.append("root"))

    def grow(m):
        said.append("grows")
        m.clear_updaters()
        m.add(VMobject().add_updater(lambda n: said.append("born meanwhile")))

    plain.add_updater(grow)
    said.clear()
    return root


@pytest.mark.parametrize("dt", [0, 1 / 60])
def test_the_calls_are_manims(dt):
    ours, theirs = [], []
    root, other = family(ours), family(theirs)
    updaters = Updaters()
    for _ in range(2):
        updaters.call(root, dt)
        other.update(dt)
    assert ours == theirs
    assert "born meanwhile" in ours and ("own", dt) in ours and "below what sleeps" not in ours


def test_an_updater_that_takes_the_place_of_another_is_asked_anew():
    said, updaters, mobject = [], Updaters(), Mobject()
    for _ in range(50):
        mobject.updaters = [lambda m, dt: said.append(dt)]
        updaters.call(mobject, 1)
        mobject.updaters = [lambda m: said.append(0)]
        updaters.call(mobject, 1)
    assert said == [1, 0] * 50
