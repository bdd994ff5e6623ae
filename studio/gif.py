"""Chunks of video to an animated GIF, with a palette of the film's own colours for each frame. Knows no scene."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import av
from PIL import Image

RATE = 15  # frames a second at the most: more makes a GIF large without making it smoother in a browser
WIDTH = 854


def write_gif(chunks: Iterable[bytes], path: Path, rate: int, addresses: Sequence[str]) -> None:
    """Write the frames of `chunks` (video at `rate` frames a second) to `path`, at most 15 a second and 854 wide.

    A frame with the address of the one before is that one, however differently the video shows it.
    """
    every = max(1, round(rate / RATE))
    frames = _few(_frames(chunks), addresses, every)
    first = next(frames)
    starts = [round(100 * number / rate) for number in [*range(0, len(addresses), every), len(addresses)]]
    lasts = [10 * (end - start) for start, end in pairwise(starts)]  # GIFs count in hundredths of a second
    first.save(path, "GIF", save_all=True, append_images=frames, duration=lasts, loop=0, optimize=False)


def _few(frames: Iterable[Image.Image], addresses: Sequence[str], every: int) -> Iterator[Image.Image]:
    last: tuple[str, Image.Image] | None = None
    for number, (frame, address) in enumerate(zip(frames, addresses, strict=True)):
        if number % every == 0:
            if last is None or last[0] != address:
                last = address, _shrunk(frame)
            yield last[1]


def _frames(chunks: Iterable[bytes]) -> Iterator[Image.Image]:
    for data in chunks:
        with av.open(io.BytesIO(data)) as source:
            for frame in source.decode(video=0):
                yield frame.to_image()


def _shrunk(image: Image.Image) -> Image.Image:
    if image.width > WIDTH:
        image = image.resize((WIDTH, round(image.height * WIDTH / image.width)), Image.Resampling.LANCZOS)
    return image.quantize(128, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
