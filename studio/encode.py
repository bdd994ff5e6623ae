"""Pixels to video bytes and chunks of video to a film: the only file that knows PyAV's encoders and containers.

A chunk is encoded on its own, with one thread, so that the same frames give the same bytes on any number of cores;
chunks are joined by copying their packets.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from av.subtitles.subtitle import SubtitleSet
from av.video.reformatter import ColorRange, Colorspace

from studio.bands import Converter
from studio.quality import Quality


@dataclass(frozen=True, slots=True)
class Codec:
    """How frames become bytes: `name` and `options` of the encoder, the container around them."""

    name: str
    pixels: str  # the encoder's pixel format
    container: str
    options: tuple[tuple[str, str], ...]


# x264's macroblock tree is left out: with AVX-512 it reads memory that nobody has written, so that now and then the
# same pictures came out as other bytes. What it did for what stands still, a better first frame (ipratio) does:
# measured on five stretches at 1080p60, against crf 18 with the tree, pieces have 94 to 120 % of the size and are in
# the mean 0.0 to 0.9 dB nearer to the pictures. The other savings took a fifth to a quarter of the preset's time.
_SPARED: Final = (
    "mbtree=0:rc-lookahead=0:ipratio=2.5:subme=1:me=dia:partitions=none:weightp=0:b-adapt=0:scenecut=0"
)  # fmt: skip
_X264: Final = (
    ("preset", "veryfast"), ("crf", "26"), ("threads", "1"), ("tune", "animation"), ("x264-params", _SPARED),
)  # fmt: skip
_X264_DELAY: Final = 2  # frames that x264 with B-pyramid holds back
_VP9: Final = (("crf", "24"), ("b", "0"), ("cpu-used", "5"), ("row-mt", "0"), ("threads", "1"))
OPAQUE: Final = {
    "mp4": Codec("libx264", "yuv420p", "mp4", _X264),
    "mov": Codec("libx264", "yuv420p", "mov", _X264),
    "webm": Codec("libvpx-vp9", "yuv420p", "webm", _VP9),
    "gif": Codec("libx264", "yuv420p", "mp4", _X264),  # chunks as for mp4; the whole becomes a GIF at the end
}
TRANSPARENT: Final = {
    "mov": Codec("qtrle", "argb", "mov", ()),
    "webm": Codec("libvpx-vp9", "yuva420p", "webm", _VP9),
}
FORMATS: Final = tuple(OPAQUE)
_STEADY: Final = {"webm": {"fflags": "+bitexact"}}  # containers that would draw the number of a track by lot
JOINING: Final = 3  # raised whenever `join` makes other bytes of the same chunks, so that what stands is joined anew


def codec_for(format_: str, transparent: bool) -> Codec:
    """The codec of a format.

    Raises:
        ValueError: the format cannot carry transparency.
    """
    codecs = TRANSPARENT if transparent else OPAQUE
    if format_ not in codecs:
        raise ValueError(f"--format {format_}: cannot be transparent; use {' or '.join(TRANSPARENT)}")
    return codecs[format_]


class ChunkEncoder:
    """Frames in, one self-contained piece of video out."""

    def __init__(self, codec: Codec, quality: Quality) -> None:
        self._codec, self._rate = codec, quality.rate
        self._buffer = io.BytesIO()
        self._container = av.open(self._buffer, "w", format=codec.container, options=_STEADY.get(codec.container, {}))
        stream: Any = self._container.add_stream(codec.name, rate=quality.rate, options=dict(codec.options))
        stream.width, stream.height, stream.pix_fmt = quality.width, quality.height, codec.pixels
        stream.codec_context.time_base = Fraction(1, quality.rate)
        stream.codec_context.gop_size = 10_000  # one key frame, the first: a chunk is never longer
        if codec.pixels.startswith("yuv"):
            context = stream.codec_context
            context.color_range, context.colorspace = ColorRange.MPEG, Colorspace.ITU709
            context.color_primaries = context.color_trc = 1  # BT.709
        self._stream = stream
        self._converter = Converter(codec.pixels)
        self._frame: av.VideoFrame | None = None
        self._count = 0

    def add(self, pixels: np.ndarray | None) -> None:
        """Append a frame: uint8 (rows, columns, 4) RGBA, or None for the same picture again."""
        if pixels is not None or self._frame is None:
            assert pixels is not None
            self._frame = self._converter.convert(pixels)
        self._frame.pts = self._count
        self._frame.time_base = Fraction(1, self._rate)
        self._count += 1
        self._container.mux(self._stream.encode(self._frame))

    def finish(self) -> bytes:
        """The chunk's bytes."""
        self._container.mux(self._stream.encode(None))
        self._container.close()
        return self._buffer.getvalue()


Caption = tuple[float, float, str]  # start and end in seconds, and what is said
# What libav asks of every text track; players use their own letters.
_SUBTITLE_STYLE: Final = b"""[Script Info]
ScriptType: v4.00+
[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, Bold, Italic, Underline, BorderStyle, Outline, Shadow, Alignment
Style: Default,Sans,16,&Hffffff,0,0,0,1,1,0,2
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """A chapter mark, in seconds."""

    title: str
    start: float
    end: float


def join(
    chunks: Iterable[bytes],
    path: Path,
    container: str,
    rate: int,
    metadata: Mapping[str, str],
    marks: Sequence[Mark] = (),
    captions: Sequence[Caption] = (),
) -> int:
    """Copy the packets of `chunks` one after the other into the file `path`; returns the frame count.

    `metadata` goes into the container; it must not hold anything that changes from run to run. `captions` become a
    track of subtitles that a player can switch on, where the container has one (WebM keeps them beside the file).
    """
    options = _STEADY.get(container, {"movflags": "use_metadata_tags+faststart"})
    target = av.open(str(path), "w", format=container, options=options)
    target.metadata.update(metadata)
    target.set_chapters([_chapter(number, mark) for number, mark in enumerate(marks, 1)])
    stream: Any = None
    spoken: deque[Any] = deque()
    shift = 0
    for data in chunks:
        with opened(data, whole=stream is None) as source:
            video = source.streams.video[0]
            if stream is None:  # its pixels' format is told by decoding
                stream = target.add_stream_from_template(video)
                if captions and container in ("mp4", "mov"):
                    spoken.extend(_subtitles(target, captions))
            shift += _copy(source, video, target, stream, shift, rate)
        while spoken and spoken[0].pts * spoken[0].time_base < shift / rate:  # beside their pictures in the file
            target.mux(spoken.popleft())
    target.close()
    return shift


def opened(data: bytes, whole: bool = False) -> Any:
    """A chunk's container; unless it is opened as a `whole`, no frame is decoded to get to know it, which takes long.

    It may raise av.FFmpegError. Whoever wants its frames sets the codec context's skip_frame to "DEFAULT".
    """
    return av.open(io.BytesIO(data), options={} if whole else {"skip_frame": "all"})


def _chapter(number: int, mark: Mark) -> Any:
    start, end = round(mark.start * 1000), round(mark.end * 1000)
    return {"id": number, "start": start, "end": end, "time_base": Fraction(1, 1000), "metadata": {"title": mark.title}}


def _subtitles(target: Any, captions: Sequence[Caption]) -> Iterator[Any]:
    """The packets of a new track of timed text in `target`: one for each caption, in milliseconds."""
    stream = target.add_stream("mov_text")
    stream.metadata["language"] = "eng"
    codec, clock = stream.codec_context, Fraction(1, 1000)
    codec.time_base, codec.subtitle_header = clock, _SUBTITLE_STYLE
    codec.open()
    for number, (start, end, text) in enumerate(sorted(captions)):
        pts, duration = round(start * 1000), round((end - start) * 1000)
        line = f"{number},0,Default,,0,0,0,,{text}".encode()
        packet = codec.encode_subtitle(SubtitleSet.create(text=line, start=0, end=duration, pts=pts * 1000))
        packet.pts = packet.dts = pts
        packet.duration, packet.time_base, packet.stream = duration, clock, stream
        yield packet


def _copy(source: Any, video: Any, target: Any, stream: Any, shift: int, rate: int) -> int:
    """Append one chunk's packets `shift` frames later; returns how many there were."""
    tick = 1 / (rate * video.time_base)
    reordered = video.codec.name == "h264"
    count = 0
    for packet in source.demux(video):
        if packet.size:
            packet.pts += round(shift * tick)
            # Counted anew: a chunk of a frame or two starts with less delay than the others, and would step back.
            packet.dts = round((shift + count - _X264_DELAY) * tick) if reordered else packet.pts
            packet.stream = stream
            target.mux(packet)
            count += 1
    return count


def decoded(data: bytes) -> tuple[int, int, int] | None:
    """(frames, width, height) of a chunk, having decoded all of it; None when any of it is damaged."""
    try:
        with av.open(io.BytesIO(data)) as source:
            stream = source.streams.video[0]
            stream.codec_context.options = {"err_detect": "explode"}
            count = sum(1 for _ in source.decode(stream))
            return count, stream.width, stream.height
    except (av.FFmpegError, IndexError, ValueError):
        return None


def frame_count(data: bytes) -> int:
    """How many frames a chunk holds; raises ValueError when it is no video at all."""
    try:
        with opened(data) as source:
            return sum(1 for packet in source.demux(source.streams.video[0]) if packet.size)
    except (av.FFmpegError, IndexError) as error:
        raise ValueError(f"not a video: {error}") from error
