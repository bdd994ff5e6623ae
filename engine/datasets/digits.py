"""Handwritten digits as 28 × 28 numbers from 0 to 1: scikit-learn's, MNIST's, or a user's own. Trains nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.datasets import mnist
from engine.datasets.png import read_grey
from engine.errors import UserError

SIDE = 28
TEST_SHARE = 5  # one in so many goes into the test set, where the source has none of its own
MAX_PICTURES = 20_000


@dataclass(frozen=True, slots=True)
class Digits:
    """Images (n, 28, 28) uint8, white ink 255 on black 0, and labels (n,), for training and for testing."""

    source: str  # where they come from, in words
    train: NDArray[np.uint8]
    train_labels: NDArray[np.int64]
    test: NDArray[np.uint8]
    test_labels: NDArray[np.int64]


def read_small(seed: int) -> Digits:
    """scikit-learn's 1 797 real digits (UCI, 8 × 8, 17 levels), zoomed to 28 × 28; every fifth is kept for testing."""
    from scipy.ndimage import zoom
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = np.stack([zoom(image, SIDE / 8, order=1) for image in bunch.images / 16.0])
    pixels = np.round(np.clip(images, 0, 1) * 255).astype(np.uint8)
    return _split("scikit-learn's handwritten digits, 8 × 8 zoomed to 28 × 28", pixels, bunch.target, seed)


def read_idx_folder(folder: Path) -> Digits:
    """MNIST's four IDX files, or others of the same names and form; images of other sizes are fitted to 28 × 28."""
    found = mnist.files(folder)
    if found is None:
        raise UserError(f"{folder}: needs {', '.join(mnist.FILES)} (.gz or not)")
    parts = [mnist.read_idx(path, 3 if "images" in path.name else 1) for path in found]
    for images, labels, path in ((parts[0], parts[1], found[1]), (parts[2], parts[3], found[3])):
        if len(images) != len(labels) or labels.max() > 9:
            raise UserError(f"{path}: labels must be 0 to 9, one for each of the {len(images)} images")
    train, test = (part if part.shape[1:] == (SIDE, SIDE) else _fitted(part) for part in (parts[0], parts[2]))
    source = "MNIST's handwritten digits" if folder == mnist.FOLDER else f"IDX files in {folder.name}"
    return Digits(source, train, parts[1].astype(int), test, parts[3].astype(int))


def read_pictures(folder: Path, seed: int) -> Digits:
    """A folder with folders 0 to 9 of PNG pictures: dark ink on light, or light on dark, any size."""
    images: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    for digit in range(10):
        for path in sorted((folder / str(digit)).glob("*.png")):
            if len(images) == MAX_PICTURES:
                raise UserError(f"{folder}: more than {MAX_PICTURES} pictures")
            images.append(_picture(path))
            labels.append(digit)
    if len(set(labels)) < 2 or len(images) < 2 * TEST_SHARE:
        raise UserError(f"{folder}: needs at least {2 * TEST_SHARE} PNG files in folders 0 to 9, of two digits or more")
    return _split(f"pictures in {folder.name}", np.stack(images), np.array(labels), seed)


def numbers(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Images (n, 28, 28) as rows of 784 numbers from 0 to 1."""
    return images.reshape(len(images), -1) / 255.0


def _picture(path: Path) -> NDArray[np.uint8]:
    grey = read_grey(path)
    if np.median(grey) > 127:  # dark ink on light paper
        grey = 255 - grey
    return _fitted(grey[None])[0]


def _fitted(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Images (n, h, w) scaled to 28 × 28, their shape kept by black margins."""
    _, high, wide = images.shape
    scale = SIDE / max(high, wide)
    rows, columns = max(1, round(high * scale)), max(1, round(wide * scale))
    small = _resampling(high, rows) @ images.astype(np.float64) @ _resampling(wide, columns).T
    out = np.zeros((len(images), SIDE, SIDE), np.uint8)
    top, left = (SIDE - rows) // 2, (SIDE - columns) // 2
    out[:, top : top + rows, left : left + columns] = np.round(small)
    return out


def _resampling(before: int, after: int) -> NDArray[np.float64]:
    """(after, before) weights that scale a line of pixels: a tent as wide as the larger of the two pixels."""
    centres = (np.arange(after) + 0.5) * before / after - 0.5
    width = max(1.0, before / after)
    tents = np.maximum(0.0, 1 - np.abs(centres[:, None] - np.arange(before)) / width)
    return tents / tents.sum(1, keepdims=True)


def _split(source: str, images: NDArray[np.uint8], labels: NDArray[np.int64], seed: int) -> Digits:
    """A shuffle by ``seed``, then every fifth image for testing."""
    mixed = np.random.default_rng(seed).permutation(len(images))
    images, labels = images[mixed], labels[mixed].astype(int)
    testing = np.arange(len(images)) % TEST_SHARE == 0
    return Digits(source, images[~testing], labels[~testing], images[testing], labels[testing])
