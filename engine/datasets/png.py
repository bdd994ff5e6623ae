"""PNG pictures as grey numbers, read with every length checked before anything is unpacked. Writes and draws nothing.

Enough of the format (W3C, Portable Network Graphics, third edition) for pictures of digits: grey, colour, palette,
with or without transparency, 1 to 16 bits, not interlaced. Transparent means paper, not ink: it becomes white.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import UserError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # colour type -> numbers a pixel has
MAX_BYTES = 16 << 20
MAX_PIXELS = 1_000_000


def read_grey(path: Path) -> NDArray[np.uint8]:
    """The picture as (height, width) grey levels, 0 black to 255 white. UserError when it is no PNG we can read."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"{path}: larger than {MAX_BYTES} bytes")
        return _decode(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (ValueError, IndexError, struct.error, zlib.error) as error:
        raise UserError(f"{path}: not a PNG picture that can be read: {str(error)[:100]}") from None


def _decode(data: bytes) -> NDArray[np.uint8]:
    chunks = _chunks(data)
    width, height, depth, kind, packing, filtering, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"][:13])
    if kind not in CHANNELS or depth not in (1, 2, 4, 8, 16) or packing or filtering or interlaced:
        raise ValueError("interlaced, or of an unknown kind")
    if not 0 < width * height <= MAX_PIXELS or width == 0:
        raise ValueError(f"{width} × {height} pixels: at most {MAX_PIXELS}")
    bits = CHANNELS[kind] * depth
    line = (width * bits + 7) // 8
    unpacker = zlib.decompressobj()
    raw = unpacker.decompress(chunks[b"IDAT"], height * (line + 1) + 1)
    if len(raw) != height * (line + 1):
        raise ValueError("its pixels are not as many as it says")
    rows = np.frombuffer(raw, np.uint8).reshape(height, line + 1)
    plain = _unfiltered(rows[:, 0], rows[:, 1:], max(1, bits // 8))
    samples = _samples(plain, depth, width * CHANNELS[kind]).reshape(height, width, CHANNELS[kind])
    return _grey(samples, kind, depth, chunks)


def _chunks(data: bytes) -> dict[bytes, bytes]:
    """The picture's parts by type, each checked by its CRC; the pixels' parts joined."""
    if not data.startswith(SIGNATURE):
        raise ValueError("no PNG signature")
    found: dict[bytes, bytes] = {}
    place = len(SIGNATURE)
    while b"IEND" not in found:
        size, kind = struct.unpack(">I4s", data[place : place + 8])
        body = data[place + 8 : place + 8 + size]
        (crc,) = struct.unpack(">I", data[place + 8 + size : place + 12 + size])
        if zlib.crc32(kind + body) != crc:
            raise ValueError("damaged: a checksum is wrong")
        found[kind] = found.get(kind, b"") + body
        place += 12 + size
    if not {b"IHDR", b"IDAT"} <= set(found):
        raise ValueError("lacks its header or its pixels")
    return found


def _unfiltered(filters: NDArray[np.uint8], rows: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Undo each row's filter: bytes were stored as differences to the left, above, their mean, or Paeth's choice."""
    if filters.max(initial=0) > 4:
        raise ValueError("an unknown filter")
    high, wide = rows.shape
    out = np.zeros((high + 1, wide + step), np.int32)  # with a row above and a pixel to the left, all zero
    for y in range(high):
        above, line, kind = out[y], out[y + 1], int(filters[y])
        line[step:] = rows[y]
        if kind == 2:
            line[step:] = (line[step:] + above[step:]) & 255
        elif kind:
            for x in range(step, wide + step):
                a, b, c = int(line[x - step]), int(above[x]), int(above[x - step])
                guess = a if kind == 1 else (a + b) // 2 if kind == 3 else _paeth(a, b, c)
                line[x] = (line[x] + guess) & 255
    return out[1:, step:].astype(np.uint8)


def _paeth(left: int, above: int, corner: int) -> int:
    """Whichever of the three is nearest to left + above − corner; the first of equals."""
    guess = left + above - corner
    return min((left, above, corner), key=lambda value: abs(guess - value))


def _samples(rows: NDArray[np.uint8], depth: int, count: int) -> NDArray[np.float64]:
    """The numbers in each row, 0 to 2^depth − 1: (height, count)."""
    if depth == 16:
        return (rows[:, 0::2].astype(np.float64) * 256 + rows[:, 1::2])[:, :count]
    if depth == 8:
        return rows[:, :count].astype(np.float64)
    bits = np.unpackbits(rows, axis=1).reshape(len(rows), -1, depth)
    return (bits @ (1 << np.arange(depth)[::-1]))[:, :count].astype(np.float64)


def _grey(samples: NDArray[np.float64], kind: int, depth: int, chunks: dict[bytes, bytes]) -> NDArray[np.uint8]:
    """Grey by the eye's weights (Rec. 601), on white where the picture is transparent."""
    opacity: NDArray[np.float64] | float = 1.0
    if kind == 3:
        palette = np.frombuffer(chunks.get(b"PLTE", b""), np.uint8).reshape(-1, 3) / 255.0
        alpha = np.full(len(palette), 1.0)
        clear = np.frombuffer(chunks.get(b"tRNS", b""), np.uint8)[: len(palette)]
        alpha[: len(clear)] = clear / 255.0
        index = samples[..., 0].astype(int)
        colour, opacity = palette[index], alpha[index]
    else:
        levels = samples / (2**depth - 1)
        if kind in (4, 6):
            levels, opacity = levels[..., :-1], levels[..., -1]
        colour = levels
    light = colour[..., 0] if colour.shape[-1] == 1 else colour @ np.array([0.299, 0.587, 0.114])
    return np.round((light * opacity + (1 - opacity)) * 255).astype(np.uint8)
