"""Each way of spoiling a text is found, as that and nothing else; and a sound scene has no finding."""

import numpy as np
import pytest
from checking import kinds, report_of
from manim import DOWN, LEFT, RIGHT, UP, Circle, FadeIn, Line, Rectangle, VGroup

from scenes import style
from scenes.parts.outlines import filled
from scenes.parts.raster import Raster
from scenes.parts.readout import rounded_box
from scenes.parts.typesetting import Formula, Text
from scenes.stage import TraceScene

EDGE = style.FRAME_WIDTH / 2


class Plain(TraceScene):
    """A scene of still things, given by `things`."""

    def construct(self):
        self.next_section("all")
        self.add(*self.things())
        self.wait(0.4)

    def things(self):
        return []


def plate(width, height, colour=style.PANEL, opacity=1.0):
    return filled(rounded_box(width, height, 0.1), colour, opacity)


class Clean(Plain):
    """Text of every sort, as it ought to be: on plates, in circles, near lines, dimmed, on a picture with a rim."""

    def things(self):
        word, formula = Text("learning").shift(UP * 2), Formula("x = a + b")
        ring = Circle(radius=1.2, stroke_color=style.NEURON, fill_color=style.BACKGROUND, fill_opacity=1)
        under = Line(LEFT * 2, RIGHT * 2, color=style.LABEL).next_to(word, DOWN, buff=0.1)
        dimmed = Text("not now").shift(DOWN * 3).set_opacity(style.DIM)
        through = Line(LEFT * 3, RIGHT * 3, color=style.GRADIENT).shift(LEFT * 4)
        named = VGroup(plate(3, 0.6), Text("on a plate")).shift(LEFT * 4)
        light = Raster(3, 1, np.full((20, 60, 4), 255, np.uint8)).shift(RIGHT * 4)
        dark = Text("on white", colour=style.BACKGROUND).shift(RIGHT * 4)
        return [word, under, ring, formula, dimmed, through, named, light, dark]


def test_nothing_is_wrong_with_a_sound_scene():
    report = report_of(Clean)
    assert report.findings == []
    assert report.states >= 1


class NearEdge(Plain):
    def things(self):
        return [Text("edge").to_edge(LEFT, buff=0.1)]


class Outside(Plain):
    def things(self):
        return [Text("outside").move_to([EDGE, 0, 0])]


class Small(Plain):
    def things(self):
        return [Text("small print", style.SMALL_SIZE * 0.9)]


class Shrunk(Plain):
    def things(self):
        return [Formula("a + b", style.BODY_SIZE).scale(0.5)]


class Dark(Plain):
    def things(self):
        return [Text("hardly", colour=style.COAST)]


class OnLightRaster(Plain):
    def things(self):
        return [Raster(4, 1, np.full((20, 60, 4), 255, np.uint8)), Text("white on white")]


class HalfOnLight(Plain):
    def things(self):
        return [plate(2.0, 1, style.TEXT).shift(LEFT), plate(6.0, 2, style.PANEL, 0.1), Text("half and half")]


class Overlapping(Plain):
    def things(self):
        return [Text("here"), Text("there").shift(RIGHT * 0.3)]


class Touching(Plain):
    def things(self):
        first, second = Text("soo"), Text("ooze")  # true outlines: straight letters would be farther apart
        return [first, second.next_to(first, RIGHT, buff=0.01)]


class Crossed(Plain):
    def things(self):
        return [Line([-3, -1, 0], [3, 1, 0], color=style.GRADIENT), Text("crossed out", style.TITLE_SIZE)]


class CrossedAbove(Plain):
    def things(self):
        return [Text("crossed out", style.TITLE_SIZE), Line([-3, -1, 0], [3, 1, 0], color=style.GRADIENT)]


class RimThroughText(Plain):
    def things(self):
        return [Circle(radius=0.8, stroke_color=style.NEURON), Text("wider than it")]


class ShapeEdge(Plain):
    def things(self):
        return [Rectangle(width=2, height=2, fill_color=style.COAST, fill_opacity=0.4, stroke_width=0).shift(LEFT),
                Text("partly on it")]  # fmt: skip


class Covered(Plain):
    def things(self):
        return [Text("partly hidden"), plate(1, 1, style.PANEL).shift(RIGHT * 0.8)]


FAULTS = {
    NearEdge: "edge", Outside: "edge", Small: "small", Shrunk: "small", Dark: "contrast", OnLightRaster: "contrast",
    Overlapping: "overlap", Touching: "overlap", Crossed: "crossed", CrossedAbove: "crossed",
    RimThroughText: "crossed", ShapeEdge: "crossed", Covered: "crossed",
}  # fmt: skip


@pytest.mark.parametrize(("scene", "kind"), FAULTS.items(), ids=lambda x: getattr(x, "__name__", x))
def test_a_fault_is_found_and_nothing_else(scene, kind):
    report = report_of(scene)
    assert kinds(report) == {kind}
    assert len(report.findings) == 1
    finding = report.findings[0]
    assert finding.section == "all"
    assert all(thing.made_at.startswith("tests/test_check_text.py:") for thing in finding.things)


def test_light_behind_half_a_text_is_too_much():
    assert "contrast" in kinds(report_of(HalfOnLight))


def test_a_line_is_named_where_it_was_made():
    (finding,) = report_of(Crossed).findings
    made = int(finding.things[0].made_at.rpartition(":")[2])
    import inspect

    lines, first = inspect.getsourcelines(Crossed)
    assert first <= made < first + len(lines)
    assert "“crossed out”" in finding.things[0].name


class Beside(Plain):
    """Outlines, not boxes: a slanting line passes the corner of a text's box, a ring stands around a text."""

    def things(self):
        word = Text("l.", style.TITLE_SIZE * 1.6)
        left, right = word.get_left()[0], word.get_right()[0]
        bottom, top = word.get_bottom()[1], word.get_top()[1]
        near = Line([right - 0.04, top + 0.3, 0], [right + 0.1, (bottom + top) / 2, 0], color=style.GRADIENT)
        assert near.get_left()[0] < right
        return [word, near, Circle(radius=1, stroke_color=style.NEURON), Text(" ").shift(left * RIGHT)]


def test_true_outlines_decide():
    assert report_of(Beside).findings == []


class Passing(Plain):
    """What moves is judged when it rests."""

    def construct(self):
        self.next_section("all")
        word = Text("passing").shift(LEFT * 4)
        self.add(Line(UP, DOWN, color=style.GRADIENT))
        self.play(FadeIn(word), run_time=0.3)
        self.play(word.animate.shift(RIGHT * 8), run_time=1)
        self.wait(0.2)


def test_passing_over_a_line_is_no_fault():
    assert report_of(Passing).findings == []


class Waived(Plain):
    def construct(self):
        self.crossed = Text("crossed out", style.TITLE_SIZE)
        self.waive("crossed", self.crossed, "this is what it is about")
        super().construct()

    def things(self):
        return [Line([-3, -1, 0], [3, 1, 0], color=style.GRADIENT), self.crossed]


class WaivedInVain(Clean):
    def construct(self):
        self.waive("overlap", None, "not needed")
        super().construct()


def test_a_waiver_needs_a_reason_and_a_fault():
    report = report_of(Waived)
    assert report.findings == []
    assert [(f.kind, f.waived) for f in report.waived] == [("crossed", "this is what it is about")]
    assert kinds(report_of(WaivedInVain)) == {"waiver"}


class Many(Plain):
    def things(self):
        return [Text("low", style.SMALL_SIZE * 0.8).shift(RIGHT * 2 * i) for i in range(3)]


def test_faults_of_one_line_are_one_finding():
    (finding,) = report_of(Many).findings
    assert finding.kind == "small"
    assert finding.alike == 2
    assert "2 more alike" in finding.line()
