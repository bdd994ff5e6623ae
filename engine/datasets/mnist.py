"""MNIST's own files: IDX read with every field checked, and fetched only when somebody asks. Trains nothing."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import urllib.request
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import StorageError, UserError
from engine.trace_format import write_whole

FOLDER = Path(__file__).resolve().parents[2] / "data" / "mnist"
# Unpacked file -> (bytes, sha256). Packed ones differ between mirrors, so only the unpacked ones are checked.
FILES = {
    "train-images-idx3-ubyte": (47_040_016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    "train-labels-idx1-ubyte": (60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    "t10k-images-idx3-ubyte": (7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    "t10k-labels-idx1-ubyte": (10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
}
MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
MAX_PACKED = 16 << 20
MAX_UNPACKED = 256 << 20
MAX_IMAGES = 200_000


def files(folder: Path) -> tuple[Path, ...] | None:
    """The four IDX files of ``folder``, packed or not, in the order of FILES; None when one is missing."""
    found = []
    for name in FILES:
        path = next((p for p in (folder / name, folder / f"{name}.gz") if p.is_file()), None)
        if path is None:
            return None
        found.append(path)
    return tuple(found)


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """The bytes of an IDX file (packed if it ends in .gz) as an array of 1 (labels) or 3 (images) dimensions.

    The format: two zero bytes, 8 for unsigned bytes, the number of dimensions, then each size as four bytes, high
    first. UserError, before anything large is allocated, when the file is anything else.
    """
    data = _unpacked(path)
    head = 4 + 4 * dimensions
    if len(data) < head or data[:4] != bytes((0, 0, 8, dimensions)):
        raise UserError(f"{path}: not an IDX file of unsigned bytes with {dimensions} dimensions")
    shape = struct.unpack(f">{dimensions}I", data[4:head])
    if not 1 <= shape[0] <= MAX_IMAGES or any(not 1 <= n <= 1024 for n in shape[1:]):
        raise UserError(f"{path}: sizes {shape}: at most {MAX_IMAGES} images of at most 1024 × 1024")
    if int(np.prod(shape, dtype=np.int64)) != len(data) - head:
        raise UserError(f"{path}: {len(data) - head} bytes do not make {' × '.join(map(str, shape))}: damaged")
    return np.frombuffer(data, np.uint8, offset=head).reshape(shape)


def fetch(folder: Path = FOLDER, report: Callable[[str], None] = lambda line: None) -> None:
    """Download the four files into ``folder``, unpacked, each checked by its sha256; those already right are kept.

    ``report`` is told one line per file. StorageError when no mirror gives the right bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, (size, digest) in FILES.items():
        path = folder / name
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest:
            report(f"{name}: already there")
            continue
        write_whole(path, _download(name, size, digest))
        report(f"{name}: {size} bytes, sha256 as it should be")


def _download(name: str, size: int, digest: str) -> bytes:
    reasons = []
    for mirror in MIRRORS:
        try:
            with urllib.request.urlopen(f"{mirror}{name}.gz", timeout=30) as answer:
                packed = answer.read(MAX_PACKED)
            data = _gunzip(packed, size)
        except (OSError, EOFError, zlib.error) as error:
            reasons.append(f"{mirror}: {error}")
            continue
        if hashlib.sha256(data).hexdigest() == digest:
            return data
        reasons.append(f"{mirror}: wrong sha256")
    raise StorageError(f"{name}: cannot be fetched: {'; '.join(reasons)}")


def _unpacked(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_UNPACKED:
            raise UserError(f"{path}: larger than {MAX_UNPACKED} bytes")
        data = path.read_bytes()
        return _gunzip(data, MAX_UNPACKED) if path.suffix == ".gz" else data
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{path}: cannot be read: {error}") from None


def _gunzip(packed: bytes, limit: int) -> bytes:
    """Unpack at most ``limit`` bytes: a small file may claim to be endless."""
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as handle:
        data = handle.read(limit + 1)
    if len(data) > limit:
        raise OSError(f"unpacks to more than {limit} bytes")
    return data
