"""Colours keep their meaning, or somebody says why not."""

import pytest
from checking import kinds, report_of
from manim import DOWN, LEFT, RIGHT, UP, Circle, Line, Square

from scenes import style
from scenes.parts.bars import ProbabilityBars
from scenes.parts.typesetting import Text
from scenes.stage import TraceScene


class Colours(TraceScene):
    def construct(self):
        self.next_section("colours")
        for place, mobject in zip((UP * 2, UP, LEFT * 4, RIGHT * 4, DOWN * 2), self.things(), strict=False):
            self.add(mobject.shift(place))
        self.wait(0.3)

    def things(self):
        return []


class Right(Colours):
    def things(self):
        bars = ProbabilityBars(["Madrid", "Paris"], [style.MADRID, style.PARIS])
        for number in bars.numbers:
            number.constant = "an example"
        line = Line(LEFT, RIGHT, color=style.BERLIN)
        line.role = "Berlin"
        mixture = Square(stroke_width=0, fill_color="#123456", fill_opacity=1)
        mixture.mixed = "made up for this test"
        return [Text("Madrid", colour=style.MADRID), line, bars, mixture, Circle(color=style.POSITIVE)]


class Foreign(Colours):
    def things(self):
        return [Circle(color="#FF0001")]


class ForeignFill(Colours):
    def things(self):
        return [Square(stroke_width=0, fill_color="#808080", fill_opacity=0.5)]


class ClassOnLine(Colours):
    def things(self):
        return [Line(LEFT, RIGHT, color=style.MADRID)]


class ClassOnWord(Colours):
    def things(self):
        return [Text("gradient", colour=style.PARIS)]


class WrongName(Colours):
    def things(self):
        return [Text("Madrid", colour=style.PARIS)]


class WrongRole(Colours):
    def things(self):
        line = Line(LEFT, RIGHT, color=style.MADRID)
        line.role = "Berlin"
        return [line]


def test_colours_that_mean_what_they_are():
    assert report_of(Right).findings == []


@pytest.mark.parametrize("scene", [Foreign, ForeignFill])
def test_only_the_films_colours(scene):
    (finding,) = report_of(scene).findings
    assert finding.kind == "palette"


@pytest.mark.parametrize("scene", [ClassOnLine, ClassOnWord, WrongName, WrongRole])
def test_a_classs_colour_belongs_to_it(scene):
    assert kinds(report_of(scene)) == {"class-colour"}
