"""Chunks of video to an animated GIF, with a palette of the film's own colours for each frame. Knows no scene."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path

import av
from PIL import Image

RATE = 15  # frames a second at the most: more makes a GIF large without making it smoother in a browser
WIDTH = 854


def write_gif(chunks: Iterable[bytes], path: Path, rate: int) -> None:
    """Write the frames of `chunks` (video at `rate` frames a second) to `path`, at most 15 a second and 854 wide."""
    every = max(1, round(rate / RATE))
    frames = (_shrunk(frame) for number, frame in enumerate(_frames(chunks)) if number % every == 0)
    first = next(frames)
    first.save(
        path, "GIF", save_all=True, append_images=frames, duration=round(1000 * every / rate), loop=0, optimize=False
    )


def _frames(chunks: Iterable[bytes]) -> Iterator[Image.Image]:
    for data in chunks:
        with av.open(io.BytesIO(data)) as source:
            for frame in source.decode(video=0):
                yield frame.to_image()


def _shrunk(image: Image.Image) -> Image.Image:
    if image.width > WIDTH:
        image = image.resize((WIDTH, round(image.height * WIDTH / image.width)), Image.Resampling.LANCZOS)
    return image.quantize(128, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
