"""What `reel diff` says of two videos, two traces and two revisions."""

import subprocess

import numpy as np
import pytest

from engine.errors import UserError
from engine.trace import Trace
from studio import difference
from studio.encode import ChunkEncoder, codec_for, join
from studio.project import ROOT
from studio.quality import QUALITIES


def video(path, shade):
    quality = QUALITIES["l"]
    encoder = ChunkEncoder(codec_for("mp4", False), quality)
    for number in range(30):
        pixels = np.zeros((quality.height, quality.width, 4), np.uint8)
        pixels[100:200, 100:300] = shade(number)
        encoder.add(pixels)
    join([encoder.finish()], path, "mp4", quality.rate, {})
    return path


def test_videos_differ_where_they_differ(tmp_path):
    old = video(tmp_path / "old.mp4", lambda n: 120)
    same = difference.of_videos(old, video(tmp_path / "same.mp4", lambda n: 120))
    assert same.lines == ["no frame differs"] and same.data["spans"] == []
    found = difference.of_videos(old, video(tmp_path / "new.mp4", lambda n: 220 if n >= 15 else 120))
    (start, end), *others = found.data["spans"]
    assert end == 2.0 and start <= 1.0 and not others
    assert len(found.pictures) == 4
    page = difference.side_by_side(found.pictures)
    assert page.width == 2000 and page.height > 1000


def test_traces_differ_by_array(traces):
    cities, adam = (Trace.load(traces / name) for name in ("cities3", "cities3_adam"))
    assert difference.of_traces(cities, cities).lines == ["no array differs"]
    found = difference.of_traces(cities, adam)
    assert "loss" in found.data["arrays"] and any(line.startswith("layers.0.weight: ") for line in found.lines)


def test_a_revision_nobody_knows_is_one_line():
    if subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True).returncode:
        pytest.skip("not a git checkout")
    with pytest.raises(UserError, match=r"^no-such: no such revision"), difference.checked_out("no-such"):
        pass
