"""Digits: scikit-learn's, IDX files, PNG pictures; hostile files are one line."""

import gzip
import io
import random
import struct

import numpy as np
import pytest
from PIL import Image

from engine.datasets import digits, mnist
from engine.datasets.png import read_grey
from engine.errors import StorageError, UserError


def idx(array):
    return bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write_idx(folder, packed=True, train=60, test=20, side=28):
    rng = np.random.default_rng(0)
    for name in mnist.FILES:
        count = train if name.startswith("train") else test
        shape = (count, side, side) if "images" in name else (count,)
        array = rng.integers(0, 256 if "images" in name else 10, shape).astype(np.uint8)
        path = folder / (f"{name}.gz" if packed else name)
        path.write_bytes(gzip.compress(idx(array)) if packed else idx(array))
    return folder


def test_scikit_learns_digits():
    found = digits.read_small(seed=0)
    assert found.train.shape == (1437, 28, 28)
    assert found.test.shape == (360, 28, 28)
    assert found.train.dtype == np.uint8
    assert found.train.max() == 255
    assert set(found.train_labels) == set(range(10))
    assert np.array_equal(found.train, digits.read_small(seed=0).train)
    assert not np.array_equal(found.train, digits.read_small(seed=1).train)
    rows = digits.numbers(found.train)
    assert rows.shape == (1437, 784)
    assert (rows.min(), rows.max()) == (0, 1)


@pytest.mark.parametrize("packed", [True, False])
def test_idx_files(tmp_path, packed):
    found = digits.read_idx_folder(write_idx(tmp_path, packed))
    assert (found.train.shape, found.test_labels.shape) == ((60, 28, 28), (20,))
    assert mnist.files(tmp_path / "nothing") is None


def test_idx_files_of_another_size_are_fitted(tmp_path):
    assert digits.read_idx_folder(write_idx(tmp_path, side=16)).train.shape == (60, 28, 28)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0\x08\x03",
        b"\0\0\x0d\x03" + struct.pack(">3I", 1, 1, 1) + b"\0",
        idx(np.zeros(5, np.uint8)),
        bytes((0, 0, 8, 3)) + struct.pack(">3I", 4_000_000_000, 1024, 1024),
        bytes((0, 0, 8, 3)) + struct.pack(">3I", 0, 28, 28),
        bytes((0, 0, 8, 3)) + struct.pack(">3I", 2, 28, 28) + b"\0" * 100,
    ],
)
def test_hostile_idx(tmp_path, data):
    for path, content in ((tmp_path / "x", data), (tmp_path / "x.gz", gzip.compress(data)), (tmp_path / "y.gz", data)):
        path.write_bytes(content)
        with pytest.raises(UserError) as caught:
            mnist.read_idx(path, 3)
        assert "\n" not in str(caught.value)


def test_a_small_file_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(mnist, "MAX_UNPACKED", 1 << 20)
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b"\0" * (8 << 20)))
    with pytest.raises(UserError, match="more than"):
        mnist.read_idx(path, 3)


def test_fetching_checks_the_unpacked_bytes_and_tries_every_mirror(tmp_path, monkeypatch):
    right = {name: name.encode() * 3 for name in mnist.FILES}
    table = {name: (len(data), __import__("hashlib").sha256(data).hexdigest()) for name, data in right.items()}
    monkeypatch.setattr(mnist, "FILES", table)
    asked = []

    def answer(url, timeout):
        asked.append(url)
        name = url.rsplit("/", 1)[1].removesuffix(".gz")
        if url.startswith(mnist.MIRRORS[0]):
            return io.BytesIO(gzip.compress(b"something else"))
        return io.BytesIO(gzip.compress(right[name]))

    monkeypatch.setattr(mnist.urllib.request, "urlopen", answer)
    lines = []
    mnist.fetch(tmp_path, lines.append)
    assert len(asked) == 8
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == right
    mnist.fetch(tmp_path, lines.append)
    assert len(asked) == 8
    assert lines[-1].endswith("already there")
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(b"spoilt")
    monkeypatch.setattr(mnist.urllib.request, "urlopen", lambda url, timeout: io.BytesIO(b"not gzip"))
    with pytest.raises(StorageError, match="cannot be fetched") as caught:
        mnist.fetch(tmp_path)
    assert "\n" not in str(caught.value)
    assert (tmp_path / "train-labels-idx1-ubyte").read_bytes() == b"spoilt"


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P", "1", "I;16"])
def test_pngs_are_read_as_pillow_reads_them(tmp_path, mode):
    rng = np.random.default_rng(3)
    smooth = np.add.outer(np.arange(19) * 7, np.arange(23) * 3).astype(np.uint8) + rng.integers(
        0, 9, (19, 23), np.uint8
    )
    picture = Image.fromarray(smooth)
    if mode == "I;16":
        picture = Image.fromarray(smooth.astype(np.uint16) * 257)
    elif mode != "L":
        picture = Image.merge("RGB", [picture, picture.rotate(180), picture.rotate(90)]).convert(
            mode.replace("LA", "L")
        )
        if mode == "LA":
            picture.putalpha(Image.fromarray(255 - smooth))
    path = tmp_path / "x.png"
    picture.save(path)
    wanted = picture
    if mode in ("RGBA", "LA"):
        wanted = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA"))
    expected = smooth if mode == "I;16" else np.asarray(wanted.convert("L"))
    assert np.abs(read_grey(path).astype(int) - expected).max() <= 1


def test_every_filter_of_png(tmp_path):
    import zlib

    rng = np.random.default_rng(1)
    image = np.cumsum(rng.integers(0, 20, (10, 12)), axis=1).astype(np.uint8)
    lines, above = b"", np.zeros(13, int)
    for y, row in enumerate(image.astype(int)):
        kind, line = y % 5, np.concatenate([[0], row])
        left, corner = line[:-1], above[:-1]
        p = left + above[1:] - corner
        paeth = [
            a if abs(g - a) <= abs(g - b) and abs(g - a) <= abs(g - c) else b if abs(g - b) <= abs(g - c) else c
            for a, b, c, g in zip(left, above[1:], corner, p, strict=True)
        ]
        guess = [np.zeros(12, int), left, above[1:], (left + above[1:]) // 2, np.array(paeth)][kind]
        lines += bytes([kind]) + ((row - guess) % 256).astype(np.uint8).tobytes()
        above = line

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 12, 10, 8, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    (tmp_path / "x.png").write_bytes(data)
    np.testing.assert_array_equal(read_grey(tmp_path / "x.png"), image)


def test_damaged_pngs_are_one_line(tmp_path):
    rng, path = random.Random(2), tmp_path / "x.png"
    Image.fromarray(np.arange(400, dtype=np.uint8).reshape(20, 20)).save(path)
    good = path.read_bytes()
    cases = [b"", good[:20], good[:-12], b"GIF89a", b"[" * 1000]
    for _ in range(200):
        data = bytearray(good)
        data[rng.randrange(8, len(data))] ^= 1 << rng.randrange(8)
        cases.append(bytes(data))
    for data in cases:
        path.write_bytes(data)
        with pytest.raises(UserError) as caught:
            read_grey(path)
        assert "\n" not in str(caught.value)
    huge = struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 0, 0, 0, 0)
    import zlib

    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in ((b"IHDR", huge), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
        )
    )
    with pytest.raises(UserError, match="at most"):
        read_grey(path)


def test_a_folder_of_pictures(tmp_path):
    rng = np.random.default_rng(0)
    for digit in (3, 7):
        (tmp_path / str(digit)).mkdir()
        for i in range(8):
            ink = np.full((40, 30), 255, np.uint8)
            ink[5 + digit : 30, 10:18] = rng.integers(0, 60)
            Image.fromarray(ink).save(tmp_path / str(digit) / f"{i}.png")
    found = digits.read_pictures(tmp_path, seed=0)
    assert len(found.train) + len(found.test) == 16
    assert set(found.train_labels) == {3, 7}
    assert found.train[0][0, 0] == 0  # dark ink on light paper became light on dark
    assert found.train[0].max() > 190
    for path in tmp_path.glob("3/*.png"):
        path.unlink()
    with pytest.raises(UserError, match="two digits"):
        digits.read_pictures(tmp_path, seed=0)
