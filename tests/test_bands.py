"""Bands of rows: what is converted in parts is, byte for byte, what converting the whole picture gives."""

import numpy as np
import pytest

from studio import bands
from studio.bands import Converter
from studio.encode import ChunkEncoder, codec_for
from studio.quality import Quality


def bytes_of(frame):
    """What is seen of each plane, without the padding at the ends of its rows."""
    rows = [np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:, : plane.width] for plane in frame.planes]
    return [plane.tobytes() for plane in rows]


def pictures(height, width, count=25):
    """One noisy picture and what becomes of it when some rows change, and others, and none, and nearly all."""
    chance = np.random.default_rng(height)
    picture = chance.integers(0, 256, (height, width, 4), dtype=np.uint8)
    yield picture
    for number in range(count):
        picture = picture.copy()
        top = int(chance.integers(0, height)) if number % 3 else min(number // 3 * bands._BAND, height - 1)
        bottom = min(height, top + int(chance.choice([0, 1, 2, bands._BAND, height])))
        picture[top:bottom] = chance.integers(0, 256, (bottom - top, width, 4), dtype=np.uint8)
        yield picture


@pytest.mark.parametrize(("height", "width"), [(480, 854), (720, 1280), (1080, 1920), (54, 96), (130, 96), (62, 30)])
def test_bands_are_converted_as_the_whole_would_be(height, width):
    by_bands = Converter("yuv420p")
    for picture in pictures(height, width):
        assert bytes_of(by_bands.convert(picture)) == bytes_of(Converter("yuv420p").convert(picture))


def test_only_what_changed_is_converted(monkeypatch):
    asked = []
    real = Converter._reformat

    def reformat(self, how, rows):
        asked.append(len(rows))
        return real(self, how, rows)

    monkeypatch.setattr(Converter, "_reformat", reformat)
    picture = np.zeros((1080, 1920, 4), dtype=np.uint8)
    converter = Converter("yuv420p")
    converter.convert(picture)
    picture[500, 7, 1] = 255  # the very array that came before, as when an easel is painted over
    converter.convert(picture)
    converter.convert(picture)
    assert asked == [1080, bands._HIGH]


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_a_chunk_has_the_bytes_that_whole_conversions_give(container, monkeypatch):
    def chunk() -> bytes:
        encoder = ChunkEncoder(codec_for(container, False), Quality("s", 96, 130, 10))
        for number, picture in enumerate(pictures(130, 96)):
            encoder.add(picture)
            if number % 5 == 0:
                encoder.add(None)
        return encoder.finish()

    in_parts = chunk()
    monkeypatch.setattr(bands, "_WORTH_IT", -1)
    assert chunk() == in_parts


@pytest.mark.parametrize(("container", "pixels"), [("webm", "yuva420p"), ("mov", "argb")])
def test_transparent_pictures_are_converted_whole(container, pixels):
    assert codec_for(container, True).pixels == pixels
    converter = Converter(pixels)
    for picture in pictures(130, 96, 4):
        assert bytes_of(converter.convert(picture)) == bytes_of(Converter(pixels).convert(picture))
