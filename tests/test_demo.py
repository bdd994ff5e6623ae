"""Every part shows itself: whole, inside the frame, and in letters that can be read."""

import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from manim import Circle
from PIL import Image

from scenes import style
from scenes.parts.demo import picture
from scenes.parts.readout import Readout
from scenes.parts.typesetting import Typeset

PARTS = (
    "typesetting", "readout", "network", "bars", "sparkline", "counter", "axes", "curve", "number_line", "formula",
)  # fmt: skip


@pytest.mark.parametrize("name", PARTS)
def test_each_part_draws_its_picture(name, tmp_path):
    shown = importlib.import_module(f"scenes.parts.{name}")._demo()
    path = picture(shown, tmp_path / "out.png", "l")
    pixels = np.asarray(Image.open(path))
    assert pixels.shape == (480, 854, 3)
    assert (pixels.max(axis=2) > 60).mean() > 0.002
    border = np.concatenate([pixels[:4].ravel(), pixels[-4:].ravel(), pixels[:, :4].ravel(), pixels[:, -4:].ravel()])
    assert border.max() < 40  # nothing touches the frame's edge
    assert [p.name for p in tmp_path.iterdir()] == ["out.png"]


@pytest.mark.parametrize("name", PARTS)
def test_no_letters_are_smaller_than_allowed(name):
    least = style.SMALL_SIZE / 96 - 1e-6
    for mobject in importlib.import_module(f"scenes.parts.{name}")._demo():
        for member in mobject.get_family():
            if isinstance(member, Typeset | Readout) and member.height > 0:
                assert member.em >= least, member


def test_the_background_is_the_films_and_a_shape_is_where_it_belongs(tmp_path):
    disc = Circle(radius=1, fill_opacity=1, fill_color=style.PARIS, stroke_width=0).shift([2, 1, 0])
    pixels = np.asarray(Image.open(picture(disc, tmp_path / "disc.png", "h")))
    assert pixels.shape == (1080, 1920, 3)
    assert pixels[0, 0].tolist() == [0, 0, 0]
    assert "#" + bytes(pixels[540 - 135, 960 + 270]).hex().upper() == style.PARIS


def test_a_part_can_be_run_as_a_program(tmp_path):
    root = Path(__file__).resolve().parents[1]
    out = tmp_path / "counter.png"
    subprocess.run([sys.executable, "-m", "scenes.parts.counter", str(out)], cwd=root, check=True, timeout=120)
    assert Image.open(out).size == (1920, 1080)
