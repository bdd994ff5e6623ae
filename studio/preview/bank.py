"""Pictures by address: what a look has drawn, or a frame out of a drawn chunk; a bounded number of them at hand."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import Any, Final

import av
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image

from studio import heap
from studio.encode import opened
from studio.jobs import Chunk, ScoreRecord
from studio.store import Store

PICTURES: Final = 96 * 1024 * 1024  # bytes of JPEG at hand
OPEN_CHUNKS: Final = 6
DECODED: Final = 40 * 1024 * 1024  # bytes of decoded frames at hand, of each open chunk
THUMB: Final = (160, 90)
_A_MOMENT: Final = 0.3  # seconds


class _OpenChunk:
    """A chunk being decoded as far as somebody has asked; its last frames stay at hand, a bounded number of bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._container: Any = None
        self._begin()

    def _begin(self) -> None:
        self.close()
        self._container = opened(self._data)
        stream = self._container.streams.video[0]
        stream.codec_context.skip_frame = "DEFAULT"
        stream.codec_context.thread_count = 1  # starting threads takes longer than they save for a few frames
        self._frames: Iterator[Any] = self._container.decode(stream)
        self._seen: deque[Any] = deque()
        self._first = 0  # number of the first frame at hand

    def frame(self, number: int) -> Any:
        """The chunk's frame `number`; LookupError when it has fewer."""
        if number < self._first:
            self._begin()
        while self._first + len(self._seen) <= number:
            try:
                frame = next(self._frames)
            except (StopIteration, av.FFmpegError) as error:
                raise LookupError(number) from error
            self._seen.append(frame)
            if len(self._seen) > max(2, DECODED // (frame.width * frame.height * 3 // 2)):
                self._seen.popleft()
                self._first += 1
        return self._seen[number - self._first]

    def close(self) -> None:
        """Let go of the decoder: left alone, it and its pictures wait for the garbage collector, in a circle."""
        if self._container is not None:
            self._container.close()


class Bank:
    """Finds the picture of an address. May be asked from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pictures: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._open: OrderedDict[str, _OpenChunk] = OrderedDict()
        self._places: dict[str, dict[str, tuple[str, int]]] = {}  # whose -> address -> chunk's key, frame in it
        self._lock = threading.Lock()  # never held for long: the server itself asks what is at hand
        self._decoding = threading.Lock()
        self._tidying: threading.Timer | None = None

    def place(self, whose: str, record: ScoreRecord, chunks: list[Chunk]) -> None:
        """From now on the frames of this version can be found; those that `whose` had placed before cannot."""
        places: dict[str, tuple[str, int]] = {}
        for chunk in chunks:
            for offset in range(chunk.frames):
                places.setdefault(record.addresses[chunk.first + offset], (chunk.key, offset))
        with self._lock:
            self._places[whose] = places

    def forget(self, whose: str) -> None:
        """The version that `whose` had placed is gone."""
        with self._lock:
            self._places.pop(whose, None)

    def put(self, name: str, picture: bytes) -> None:
        """Keep a picture under an address (or another name that starts with one)."""
        with self._lock:
            self._bytes += len(picture) - len(self._pictures.pop(name, b""))
            self._pictures[name] = picture
            while self._bytes > PICTURES:
                self._bytes -= len(self._pictures.popitem(last=False)[1])

    def held(self, name: str) -> bytes | None:
        """The picture, if it is at hand."""
        with self._lock:
            if name in self._pictures:
                self._pictures.move_to_end(name)
            return self._pictures.get(name)

    def picture(self, address: str) -> bytes | None:
        """The frame with this address as JPEG; None when it is not drawn yet or nobody knows the address."""
        return self.held(address) or self._made(address, address, None)

    def thumb(self, address: str) -> bytes | None:
        """The same, small."""
        return self.held(f"{address}-thumb") or self._made(address, f"{address}-thumb", THUMB)

    def _made(self, address: str, name: str, size: tuple[int, int] | None) -> bytes | None:
        with self._lock:
            places = [found[address] for found in self._places.values() if address in found]
        with self._decoding:
            frame = next((frame for place in places if (frame := self._decoded(*place)) is not None), None)
        if frame is None:
            return None
        pixels = frame.reformat(
            format="rgb24", src_colorspace=Colorspace.ITU709, src_color_range=ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
        ).to_ndarray()  # fmt: skip
        image = Image.fromarray(pixels)
        if size is not None:
            image = image.resize(size, Image.Resampling.LANCZOS)
        out = io.BytesIO()
        image.save(out, "JPEG", quality=92 if size is None else 80, subsampling=0)
        self.put(name, out.getvalue())
        return out.getvalue()

    def _decoded(self, key: str, offset: int) -> Any:
        if key not in self._open:
            data = self._store.get("chunk", key)
            if data is None:
                return None
            try:
                self._open[key] = _OpenChunk(data)
            except (av.FFmpegError, ValueError, IndexError):
                return None
            if len(self._open) > OPEN_CHUNKS:
                self._open.popitem(last=False)[1].close()
                self._tidy_soon()
        self._open.move_to_end(key)
        try:
            return self._open[key].frame(offset)
        except LookupError:
            return None

    def _tidy_soon(self) -> None:
        """When whoever asked has had the picture: what was put away would stay as holes between other pictures."""
        if self._tidying is None or not self._tidying.is_alive():
            self._tidying = threading.Timer(_A_MOMENT, heap.give_back)
            self._tidying.daemon = True
            self._tidying.start()
