"""Handwritten digits as 28 × 28 numbers from 0 to 1: scikit-learn's, MNIST's, or a user's own. Trains nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.datasets import mnist
from engine.errors import UserError

SIDE = 28
TEST_SHARE = 5  # one in so many goes into the test set, where the source has none of its own
MAX_PICTURES = 20_000
MAX_PIXELS = 4_000_000


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
    from PIL import Image

    try:
        with Image.open(path, formats=["PNG"]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise UserError(f"{path}: more than {MAX_PIXELS} pixels")
            grey = np.asarray(picture.convert("L"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UserError(f"{path}: not a PNG picture: {str(error).splitlines()[0][:100]}") from None
    if np.median(grey) > 127:  # dark ink on light paper
        grey = 255 - grey
    return _fitted(grey[None])[0]


def _fitted(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Images (n, h, w) scaled to 28 × 28, their shape kept by black margins."""
    from PIL import Image

    out = np.zeros((len(images), SIDE, SIDE), np.uint8)
    for i, image in enumerate(images):
        high, wide = image.shape
        scale = SIDE / max(high, wide)
        size = max(1, round(wide * scale)), max(1, round(high * scale))
        how = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
        small = np.asarray(Image.fromarray(image).resize(size, how))
        top, left = (SIDE - size[1]) // 2, (SIDE - size[0]) // 2
        out[i, top : top + size[1], left : left + size[0]] = small
    return out


def _split(source: str, images: NDArray[np.uint8], labels: NDArray[np.int64], seed: int) -> Digits:
    """A shuffle by ``seed``, then every fifth image for testing."""
    mixed = np.random.default_rng(seed).permutation(len(images))
    images, labels = images[mixed], labels[mixed].astype(int)
    testing = np.arange(len(images)) % TEST_SHARE == 0
    return Digits(source, images[~testing], labels[~testing], images[testing], labels[testing])
