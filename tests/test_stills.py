"""A still is the film's frame however it is come by: stepped to, jumped to, or after a jump that went wrong."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from engine.errors import UserError
from studio import remembered, stills, tasks
from studio.catalog import find, scenes
from studio.jobs import ScoreRecord


@pytest.fixture(scope="module")
def job(traces, tmp_path_factory):
    """ThreeCities at low quality, with renders in a folder of its own."""
    patch = pytest.MonkeyPatch()
    patch.setenv("GRADREEL_RENDERS", str(tmp_path_factory.mktemp("renders")))
    patch.setenv("GRADREEL_TRACES", str(traces))
    (info,) = find(("ThreeCities",))
    yield stills.scene_job(info, "l")
    patch.undo()


@pytest.fixture(scope="module")
def unknown(job):
    """Stills taken while nothing is known of the scene: at a time, a step, a section's end and the scene's end."""
    moments = [stills.Moment(at=4.4), stills.Moment(step=10), stills.Moment(section="settling"), stills.Moment()]
    return [(moment, stills.still(job, moment, stills.known(job))) for moment in moments]


@pytest.fixture(scope="module")
def record(job, unknown):
    return stills.score(job)


def test_what_is_stepped_to_is_what_is_jumped_to(job, unknown, record):
    for moment, before in unknown:
        after = stills.still(job, moment, stills.known(job))
        assert (after.frame, after.step) == (before.frame, before.step)
        assert np.array_equal(np.asarray(after.image), np.asarray(before.image))


def test_a_jump_proves_itself(job, record):
    frames = (70, 200)
    right = tuple(record.addresses[frame] for frame in frames)
    jumped = tasks.draw_frames(job, frames, right)
    unproved = tasks.draw_frames(job, frames, (right[0], "0" * 32))
    for (a, one), (b, other) in zip(jumped, unproved, strict=True):
        assert a == b
        assert np.array_equal(one, other)


def test_an_outline_has_the_scores_sections_captions_and_length(job, record):
    outline = tasks.outline_scene(job)
    assert len(outline.addresses) == len(record.addresses)
    assert (outline.sections, outline.plays) == (record.sections, record.plays)
    assert outline.captions == record.captions


@pytest.mark.parametrize(
    "moment", [{"at": 9999.0}, {"at": float("nan")}, {"at": -1.0}, {"step": 123456}, {"section": "nowhere"}]
)
def test_no_such_moment_is_one_line(job, record, moment):
    with pytest.raises(UserError, match=r"^--"):
        stills.still(job, stills.Moment(**moment), stills.known(job))


def test_nor_when_nothing_is_known(job, record, monkeypatch):
    monkeypatch.setattr(remembered, "score_key", lambda job: "0" * 40)  # a key under which nothing is kept
    with pytest.raises(UserError, match=r"^--at: 9999: the scene lasts"):
        stills.still(job, stills.Moment(at=9999.0), stills.known(job))


def test_what_is_remembered_is_forgotten_when_a_file_is_touched(job, monkeypatch, tmp_path):
    monkeypatch.setattr(remembered, "ROOT", tmp_path)
    (tmp_path / "scenes").mkdir()
    source = tmp_path / "scenes" / "a.py"
    source.write_text("x = 1")
    assert remembered.score_key(job) is None
    remembered.keep(job, "abc")
    assert remembered.score_key(job) == "abc"
    source.write_text("x = 22")
    assert remembered.score_key(job) is None


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": 1}', b'{"a": ["x", "../../y"]}', b"\xff\xfe"])
def test_a_damaged_memory_is_none(job, monkeypatch, tmp_path, content):
    monkeypatch.setenv("GRADREEL_RENDERS", str(tmp_path))
    (tmp_path / ".store").mkdir()
    (tmp_path / ".store" / "remembered.json").write_bytes(content)
    assert remembered.score_key(job) is None


def test_one_scene_alone_is_the_one_among_all():
    assert {info.name: info for info in scenes()}["ThreeCities"] == find(("ThreeCities",))[0]


def test_a_score_without_its_table_is_none():
    raw = json.loads(ScoreRecord(["a"]).to_bytes())
    del raw["shown"]
    with pytest.raises(ValueError, match="not a score"):
        ScoreRecord.from_bytes(json.dumps(raw).encode())


LATE = """
import gc, sys
usual = gc.get_threshold()
import studio.late
assert gc.isenabled() and gc.get_freeze_count() == 0 and gc.get_threshold() == usual  # a notebook's are its own
put_off = [name for name in studio.late.PUT_OFF if name in sys.modules]
assert not put_off, put_off
import manim
from manim.utils.space_ops import Rotation, rotation_matrix
assert len(manim.Graph([1, 2], [(1, 2)]).edges) == 1
assert type(Rotation.from_rotvec([0, 0, 1])).__name__ == "Rotation" and "scipy" not in sys.modules
assert abs(rotation_matrix(manim.PI / 2, manim.OUT)[1, 0] - 1) < 1e-12 and "scipy" not in sys.modules
assert abs(Rotation.from_euler("z", 90, degrees=True).magnitude() - manim.PI / 2) < 1e-12
assert abs(Rotation.from_rotvec([0, 0, 1]).magnitude() - 1) < 1e-12
import xml.sax.saxutils
source = xml.sax.saxutils.prepare_input_source("data:,x")
assert source.getByteStream().read() == b"x"
assert manim.Code(code_string="x = 1", formatter_style="monokai").submobjects
assert len(manim.Text("ab", t2c={"a": manim.RED})) == 2 and len(manim.MarkupText("<b>ab</b>")) == 2
assert manim.get_plugins() == {} or list(manim.get_plugins())
from importlib import metadata
assert metadata.__name__ == "importlib.metadata"
import importlib.metadata
assert manim.__version__ == importlib.metadata.version("manim") and importlib.metadata.files("manim")
assert len(manim.Axes().plot_implicit_curve(lambda x, y: x * x + y * y - 1).points) > 10
from manim.scene import scene
assert scene.Observer().name
import srt
assert srt.compose([srt.Subtitle(1, srt.timedelta(0), srt.timedelta(1), "a")]).startswith("1")
import av, networkx
assert networkx.__version__ and av.__version__
"""


def test_what_manim_puts_off_is_there_when_it_is_wanted():
    done = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, env={**os.environ})
    assert done.returncode == 0, done.stderr
