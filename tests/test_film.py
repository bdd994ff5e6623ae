"""Every scene of the film: equal addresses are equal pictures, and each is drawn as if from nothing."""

import hashlib
import tempfile
from pathlib import Path

import numpy as np
import pytest

from engine import experiments
from studio import catalog, stepper, worker
from studio.project import traces_folder
from studio.quality import Quality
from studio.stills import scene_job

SMALL = Quality("s", 192, 108, 3)
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
    mismatched = []

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

    job = scene_job(info, "l")
    with tempfile.TemporaryDirectory() as scratch:
        step_on, scene_class = worker.prepare(job, scratch)
        step_on.configure(SMALL, Path(scratch))
        step_on.step(scene_class, visit)
    assert not mismatched
    assert len(pictures) > 3
