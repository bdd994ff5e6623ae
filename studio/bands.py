"""Pictures as an encoder takes them: bands of rows that stay as they are from frame to frame are not converted again.

Between two frames of a film most rows stand still, and converting colours takes a third of the time of encoding. A
band is converted with some rows around it, so that what comes out is, byte for byte, what converting all would give.
"""

from __future__ import annotations

from typing import Final

import av
import numpy as np
import xxhash
from av.video.plane import VideoPlane
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

_BAND: Final = 60  # rows; divides the heights of all qualities
_AROUND: Final = 4  # rows up and down that the filter of the colours, which have half the rows, looks at
_HIGH: Final = _BAND + 4 * _AROUND  # what must be read for a band, and for the rows around that look at it
_WORTH_IT: Final = 0.75  # of all rows: when more must be converted, all are


class Converter:
    """From uint8 (rows, columns, 4) RGBA to frames of a pixel format. The frame that it returns is overwritten next."""

    def __init__(self, pixels: str) -> None:
        self._pixels = pixels
        self._whole, self._part = VideoReformatter(), VideoReformatter()  # making one takes longer than using it
        self._frame: av.VideoFrame | None = None
        self._bands: list[int] = []  # a digest each, of the picture in `_frame`

    def convert(self, picture: np.ndarray) -> av.VideoFrame:
        """`picture` in the encoder's pixel format, BT.709 where it is one of brightness and colour."""
        picture = np.ascontiguousarray(picture)
        if self._pixels != "yuv420p":
            return self._reformat(self._whole, picture)
        before, rows = self._bands, len(picture)
        self._bands = [xxhash.xxh3_64_intdigest(picture[k : k + _BAND].data) for k in range(0, rows, _BAND)]
        if self._frame is not None and len(before) == len(self._bands):
            stale = [k for k, pair in enumerate(zip(before, self._bands, strict=True)) if pair[0] != pair[1]]
            if len(stale) * _HIGH <= _WORTH_IT * rows:
                for band in stale:
                    self._renew(self._frame, picture, band * _BAND)
                return self._frame
        self._frame = self._reformat(self._whole, picture)
        return self._frame

    def _renew(self, frame: av.VideoFrame, picture: np.ndarray, top: int) -> None:
        """Convert the band that begins at row `top`, and the rows around it; for every band equally many are read."""
        first, end = max(0, top - _AROUND), min(top + _BAND + _AROUND, len(picture))
        start = max(0, min(first - _AROUND, len(picture) - _HIGH))
        part = self._reformat(self._part, picture[start : start + _HIGH])
        for share, old, new in zip((1, 2, 2), frame.planes, part.planes, strict=True):
            rows = slice(first // share, -(-end // share))
            _rows(old)[rows] = _rows(new)[rows.start - start // share : rows.stop - start // share]

    def _reformat(self, converter: VideoReformatter, picture: np.ndarray) -> av.VideoFrame:
        frame = av.VideoFrame.from_numpy_buffer(picture, format="rgba")  # not copied, read below
        if not self._pixels.startswith("yuv"):
            return converter.reformat(frame, format=self._pixels)
        return converter.reformat(
            frame, format=self._pixels, dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
        )


def _rows(plane: VideoPlane) -> np.ndarray:
    """The samples of a plane, (rows, columns), to be read and written."""
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:, : plane.width]  # type: ignore[call-overload]
