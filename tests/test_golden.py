"""Parts and scenes look as they did; and the comparer sees what a viewer would, and fails when it cannot compare."""

import numpy as np
import pytest
from golden import subjects
from golden.check import judge
from golden.compare import BLOCK, WHOLE, difference, load
from PIL import Image

from studio.project import traces_folder

GREY = np.full((270, 480, 3), 40, np.uint8)


@pytest.mark.parametrize("name", subjects.parts())
def test_a_part_looks_as_it_did(name):
    assert judge(name, subjects.part_picture(name)) == ""


@pytest.mark.parametrize("scene", subjects.SCENES)
def test_a_scene_looks_as_it_did(scene, tmp_path):
    # The project's own traces: some runs take a minute, and `make check` wants them too.
    pictures = subjects.scene_pictures(scene, subjects.recorded(scene, traces_folder(), tmp_path))
    assert sorted(pictures) == sorted(name for name in subjects.moments() if name.startswith(f"{scene}-"))
    for name, picture in pictures.items():
        assert judge(name, picture) == ""


def test_every_golden_picture_is_of_something():
    known = {*subjects.parts(), *subjects.moments()}
    assert {path.stem for path in subjects.PICTURES.glob("*.png")} <= known


def test_noise_is_tolerated():
    noise = np.random.default_rng(0).choice([-2, 0, 0, 0, 0, 0, 2], GREY.shape)
    edges = GREY.copy()
    edges[100, :, :] += 30  # an edge smoothed otherwise
    assert 0.4 < np.abs(noise).mean() < 0.7
    assert not difference(GREY, (GREY + noise).astype(np.uint8)).tolerable
    assert difference(GREY, (GREY + noise // 2).astype(np.uint8)).tolerable
    assert difference(GREY, edges).tolerable


def dotted(row, column, size=4, level=255):
    picture = GREY.copy()
    picture[row : row + size, column : column + size] = level
    return picture


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        (GREY, dotted(50, 60)),
        (dotted(50, 60), dotted(50, 61)),
        (dotted(50, 60), dotted(50, 60, level=180)),
        (dotted(50, 60, 3), GREY),
        (GREY, GREY + np.uint8(1)),
    ],
)
def test_what_a_viewer_would_see_is_not(wanted, got):
    apart = difference(wanted, got)
    assert not apart.tolerable
    assert apart.block > BLOCK or apart.whole > WHOLE


def test_the_worst_place_is_named():
    assert difference(GREY, dotted(52, 60)).at == (52, 60)


@pytest.mark.parametrize("got", [GREY[:-1], GREY[..., :2], GREY.astype(float)])
def test_what_cannot_be_compared_is_an_error(got):
    with pytest.raises(ValueError, match="cannot compare"):
        difference(GREY, got)


def test_it_fails_when_there_is_no_picture_and_shows_the_difference(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADREEL_RENDERS", str(tmp_path))
    assert "no golden picture" in judge("missing", GREY, tmp_path)
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    assert "no golden picture" in judge("broken", GREY, tmp_path)
    Image.fromarray(GREY).save(tmp_path / "part.png")
    assert judge("part", GREY, tmp_path) == ""
    assert "--renew part" in judge("part", dotted(8, 8), tmp_path)
    assert load(tmp_path / "golden" / "part.png").shape == (270, 3 * 488, 3)
    assert "cannot compare" in judge("part", GREY[:100], tmp_path)
    assert "nothing but words" in judge("part", None, tmp_path)


def test_words_are_left_out():
    from scenes.parts.typesetting import Text

    word = Text("word")
    assert subjects.wordless([word]) == []
