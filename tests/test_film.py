"""Every scene of the film: equal addresses are equal pictures, drawn as if from nothing; jumps come to them."""

import hashlib
import tempfile
from pathlib import Path

import numpy as np
import pytest

from engine import experiments
from scenes.parts.raster import Raster
from studio import catalog, jumper, stepper, worker
from studio.project import traces_folder
from studio.quality import Quality
from studio.stills import scene_job

SMALL = Quality("s", 192, 108, 3)
NAMED: dict[bytes, bytes] = {}  # what each recipe came to, in all scenes
SCENES = [info for info in catalog.scenes() if info.chapter]


@pytest.fixture(scope="session")
def film_traces() -> Path:
    """data/traces with every run that the film needs; fresh ones are kept."""
    folder = traces_folder()
    for name in dict.fromkeys(name for info in SCENES for name in info.traces):
        experiments.run(name, folder)
    return folder


@pytest.mark.parametrize("info", SCENES, ids=lambda info: info.name)
def test_addresses_are_sound_and_pictures_are_drawn_as_if_from_nothing(info, film_traces):
    pictures: dict[bytes, bytes] = {}
    mismatched, recipes = [], []

    def visit(frame: stepper.Frame) -> None:
        shown = frame.draw().copy()  # over what the last frame left
        camera = frame.camera
        camera.reset()
        camera.draw(frame.drawn)
        if not np.array_equal(shown, camera.pixel_array):
            mismatched.append(frame.index)
        np.copyto(camera.pixel_array, shown)
        digest = hashlib.sha256(shown.tobytes()).digest()
        assert pictures.setdefault(frame.address, digest) == digest, f"frame {frame.index}"
        for pixels in (raster.pixels for raster in frame.drawn if isinstance(raster, Raster)):
            if pixels.name is not None:
                assert NAMED.setdefault(pixels.name, pixels.digest) == pixels.digest, f"frame {frame.index}"
        recipes.append(frame.recipe)

    def few(first: int, count: int) -> list[int]:
        return [number for number in range(first, first + count) if number % 7 == 3]

    def compare(frame: stepper.Frame) -> None:
        if frame.recipe != recipes[frame.index]:
            mismatched.append(frame.index)

    job = scene_job(info, "l")
    with tempfile.TemporaryDirectory() as scratch:
        step_on, scene_class = worker.prepare(job, scratch)
        step_on.configure(SMALL, Path(scratch))
        step_on.step(scene_class, visit)
        assert not mismatched
        jumper.jump(scene_class, few, compare)
    assert not mismatched
    assert len(pictures) > 3
