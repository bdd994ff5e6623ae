"""Pictures by address: the right frame of the right chunk, and no more memory than it says."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from studio.encode import ChunkEncoder, codec_for
from studio.jobs import Chunk, ScoreRecord
from studio.preview import bank as banks
from studio.preview.bank import Bank
from studio.project import ROOT
from studio.quality import Quality
from studio.store import Store

FRAMES = 12
SMALL = Quality("", 64, 36, 15)


def grey(frame: int) -> int:
    return 20 * frame + 10


@pytest.fixture
def store(tmp_path):
    encoder = ChunkEncoder(codec_for("mp4", False), SMALL)
    for frame in range(FRAMES):
        pixels = np.full((SMALL.height, SMALL.width, 4), grey(frame), dtype=np.uint8)
        pixels[..., 3] = 255
        encoder.add(pixels)
    found = Store(tmp_path)
    found.put("chunk", "k" * 40, encoder.finish())
    return found


@pytest.fixture
def bank(store):
    found = Bank(store)
    record = ScoreRecord(addresses=[f"{frame:032x}" for frame in range(FRAMES)])
    found.place("main", record, [Chunk(0, FRAMES - 1, "k" * 40)])
    return found


def shown(data: bytes) -> float:
    return float(np.asarray(Image.open(io.BytesIO(data)).convert("L"), dtype=float).mean())


@pytest.mark.parametrize("room", [banks.DECODED, 1])
def test_any_order_gives_the_right_frames_whatever_room_there_is(bank, room, monkeypatch):
    monkeypatch.setattr(banks, "DECODED", room)
    for frame in (3, 11, 10, 0, 5, 4, 11, 2):
        assert abs(shown(bank.picture(f"{frame:032x}")) - grey(frame)) < 4, frame
    assert bank.picture("f" * 32) is None
    small = bank.thumb(f"{7:032x}")
    assert Image.open(io.BytesIO(small)).size == banks.THUMB and abs(shown(small) - grey(7)) < 4


def test_decoded_frames_take_no_more_room_than_they_may(bank, monkeypatch):
    monkeypatch.setattr(banks, "DECODED", 4 * SMALL.width * SMALL.height * 3 // 2)
    for frame in range(FRAMES):
        assert bank.picture(f"{frame:032x}")
    (chunk,) = bank._open.values()
    assert len(chunk._seen) == 4


def test_pictures_that_nobody_has_asked_for_lately_are_let_go(store, monkeypatch):
    monkeypatch.setattr(banks, "PICTURES", 3000)
    bank = Bank(store)
    for number in range(10):
        bank.put(str(number), b"x" * 1000)
        bank.held("0")
    assert bank._bytes == 3000
    assert [number for number in range(10) if bank.held(str(number))] == [0, 8, 9]


MANY_CHUNKS = """
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from studio import heap
from studio.encode import ChunkEncoder, codec_for
from studio.jobs import Chunk, ScoreRecord
from studio.preview.bank import Bank
from studio.quality import QUALITIES
from studio.store import Store

heap.share()
store, quality = Store(Path(sys.argv[1])), QUALITIES["l"]
encoder = ChunkEncoder(codec_for("mp4", False), quality)
for frame in range(40):
    encoder.add(np.full((quality.height, quality.width, 4), 5 * frame, np.uint8))
data = encoder.finish()
keys = [f"{number:040x}" for number in range(40)]
for key in keys:
    store.put("chunk", key, data)
bank = Bank(store)
record = ScoreRecord(addresses=[f"{number:032x}" for number in range(1600)])
bank.place("main", record, [Chunk(40 * k, 40 * k + 39, key) for k, key in enumerate(keys)])


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


before = resident()
with ThreadPoolExecutor(8) as threads:  # as the server asks, for a page that scrubs about
    for start in range(0, 40, 8):
        wanted = [record.addresses[40 * k + at] for k in range(start, start + 8) for at in range(0, 40, 3)]
        assert all(threads.map(bank.picture, wanted))
time.sleep(1.0)
print(resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="measured by /proc")
def test_a_chunk_put_away_gives_its_memory_back(tmp_path):
    command = [sys.executable, "-c", MANY_CHUNKS, str(tmp_path)]
    done = subprocess.run(command, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True)
    most = banks.OPEN_CHUNKS * 40 * 854 * 480 * 1.5 / 1e6  # megabytes of frames that may be at hand
    assert float(done.stdout) < most + 120  # and the pictures at hand
