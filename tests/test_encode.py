"""Joining: packets are copied, and the narration rides along as a track of text."""

import io
import os
import subprocess
import sys

import av
import numpy as np
import pytest

from studio import encode
from studio.encode import ChunkEncoder, codec_for, frame_count, join
from studio.project import ROOT
from studio.quality import Quality

QUALITY = Quality("s", 96, 54, 10)
VIDEOS = [("mp4", False), ("mov", False), ("webm", False), ("mov", True), ("webm", True)]
SAID = [(0.5, 1.4, "One, {two}: ŷ − y < 1"), (2.0, 2.9, "and so on.")]


@pytest.fixture(scope="module")
def chunks() -> list[bytes]:
    """Three seconds of grey that grows lighter, in two chunks."""
    made = []
    for shades in (range(0, 120, 8), range(120, 240, 8)):
        encoder = ChunkEncoder(codec_for("mp4", False), QUALITY)
        for shade in shades:
            encoder.add(np.full((54, 96, 4), shade, dtype=np.uint8))
        made.append(encoder.finish())
    return made


def spoken(path):
    """What the track of text says: (start, end, text) in seconds; blanks between captions left out."""
    found = []
    with av.open(str(path)) as file:
        for packet in file.demux(file.streams.subtitles[0]):
            text = bytes(packet)[2:].decode()
            if text:
                start = float(packet.pts * packet.time_base)
                found.append((start, start + float(packet.duration * packet.time_base), text))
    return found


@pytest.mark.parametrize("container", ["mp4", "mov"])
def test_captions_ride_in_the_file(chunks, container, tmp_path):
    path = tmp_path / f"a.{container}"
    assert join(chunks, path, container, 10, {}, captions=SAID) == 30
    assert [text for _, _, text in spoken(path)] == [text for _, _, text in SAID]
    times = [t for start, end, _ in spoken(path) for t in (start, end)]
    np.testing.assert_allclose(times, [t for start, end, _ in SAID for t in (start, end)], atol=1e-3)


def test_pictures_are_those_of_a_file_without_captions(chunks, tmp_path):
    def pictures(path):
        with av.open(str(path)) as file:
            return [(frame.pts, frame.to_ndarray().tobytes()) for frame in file.decode(video=0)]

    join(chunks, tmp_path / "mute.mp4", "mp4", 10, {})
    join(chunks, tmp_path / "said.mp4", "mp4", 10, {}, captions=SAID)
    assert pictures(tmp_path / "mute.mp4") == pictures(tmp_path / "said.mp4")
    with av.open(str(tmp_path / "mute.mp4")) as file:
        assert not file.streams.subtitles


@pytest.mark.parametrize(("container", "transparent"), VIDEOS)
def test_encoding_and_joining_twice_gives_the_same_bytes(container, transparent, tmp_path):
    for name in ("a", "b"):
        encoder = ChunkEncoder(codec_for(container, transparent), QUALITY)
        for shade in range(0, 120, 8):
            encoder.add(np.full((54, 96, 4), shade, dtype=np.uint8))
        (tmp_path / f"{name}.chunk").write_bytes(encoder.finish())
        piece = (tmp_path / f"{name}.chunk").read_bytes()
        join([piece, piece], tmp_path / f"{name}.video", container, 10, {"title": "t"}, captions=SAID)
    for kind in ("chunk", "video"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


@pytest.mark.parametrize(("container", "transparent"), VIDEOS)
def test_a_chunk_need_not_be_decoded_to_be_counted_and_joined(container, transparent, tmp_path, monkeypatch):
    pieces = []
    for count in (12, 1, 2):
        encoder = ChunkEncoder(codec_for(container, transparent), QUALITY)
        for shade in range(count):
            encoder.add(np.full((54, 96, 4), 20 * shade, dtype=np.uint8))
        pieces.append(encoder.finish())
    assert [frame_count(piece) for piece in pieces] == [12, 1, 2]
    quick, whole = tmp_path / "quick", tmp_path / "whole"
    join(pieces, quick, container, 10, {"title": "t"}, captions=SAID)
    monkeypatch.setattr(encode, "opened", lambda data, whole=True: av.open(io.BytesIO(data)))
    join(pieces, whole, container, 10, {"title": "t"}, captions=SAID)
    assert quick.read_bytes() == whole.read_bytes()


DISC_AND_BAR = """
import hashlib
import sys

import numpy as np

from studio.encode import ChunkEncoder, codec_for
from studio.quality import QUALITIES

container, transparent = sys.argv[1], sys.argv[2] == "True"
quality = QUALITIES["l"]
row, column = np.mgrid[0 : quality.height, 0 : quality.width]
encoder = ChunkEncoder(codec_for(container, transparent), quality)
for k in range(30):
    picture = np.zeros((quality.height, quality.width, 4), np.uint8)
    away = np.hypot(column - 200 - 5 * k, row - 200)
    picture[..., 3] = 255
    picture[(away > 85) & (away < 90)] = (255, 200, 20, 255)
    picture[300:340, 100 : 100 + 6 * k] = (30, 200, 90, 255)
    encoder.add(picture)
print(hashlib.sha256(encoder.finish()).hexdigest())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc can be asked to fill memory")
@pytest.mark.parametrize(("container", "transparent"), [("mp4", False), ("webm", False), ("mov", True), ("webm", True)])
def test_no_codec_reads_memory_that_nobody_wrote(container, transparent):
    """x264's macroblock tree does, on a CPU with AVX-512: of these fillings, 2 and 3 gave other bytes than 0."""
    said = set()
    for filling in ("0", "2", "3", "85"):
        command = [sys.executable, "-c", DISC_AND_BAR, container, str(transparent)]
        env = {**os.environ, "MALLOC_PERTURB_": filling, "PYTHONPATH": str(ROOT)}
        said.add(subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout)
    assert len(said) == 1
