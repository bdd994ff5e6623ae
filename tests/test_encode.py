"""Joining: packets are copied, and the narration rides along as a track of text."""

import av
import numpy as np
import pytest

from studio.encode import ChunkEncoder, codec_for, join
from studio.quality import Quality

QUALITY = Quality("s", 96, 54, 10)
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


@pytest.mark.parametrize(
    ("container", "transparent"), [("mp4", False), ("mov", False), ("webm", False), ("mov", True), ("webm", True)]
)
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
