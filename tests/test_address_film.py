"""Every class of mobject that the film draws: whatever of it is changed, a changed picture has a changed address."""

import tempfile
from pathlib import Path

import pytest
from manim import VMobject
from test_address import KINDS, SMALL, look, mutate
from test_film import SCENES, film_traces  # noqa: F401 (a fixture)

from scenes.parts.raster import Raster
from studio import jumper, stepper, worker
from studio.stills import scene_job

EVERY = 2  # seconds between two looks at a scene: title cards last three


def copy_alone(mobject):
    """A copy without children and updaters: an updater may be a scene's own method, and would copy the scene."""
    kept = mobject.submobjects, mobject.updaters
    mobject.submobjects, mobject.updaters = [], []
    try:
        return mobject.copy()
    finally:
        mobject.submobjects, mobject.updaters = kept


def harvest(info) -> dict[str, VMobject | Raster]:
    """One visible mobject of each class that the scene draws, as it stands at one of its moments."""
    found: dict[str, VMobject | Raster] = {}

    def visit(frame: stepper.Frame) -> None:
        for mobject in frame.drawn:
            kind = type(mobject).__name__
            if kind not in found and isinstance(mobject, VMobject | Raster) and mobject.has_points():
                alone = copy_alone(mobject)
                if look([alone])[1] != look([])[1]:
                    found[kind] = alone

    job = scene_job(info, "l")
    with tempfile.TemporaryDirectory() as scratch:
        step_on, scene_class = worker.prepare(job, scratch)
        step_on.configure(SMALL, Path(scratch))
        wanted = EVERY * SMALL.rate
        jumper.jump(scene_class, lambda first, count: [f for f in range(first, first + count) if not f % wanted], visit)
    return found


@pytest.mark.parametrize("info", SCENES, ids=lambda info: info.name)
def test_whatever_is_changed_changes_the_address(info, film_traces):  # noqa: F811
    found = harvest(info)
    assert found
    changed = 0
    for name, mobject in found.items():
        address, pixels = look([mobject])
        assert look([mobject.copy()]) == (address, pixels), name
        for number, kind in enumerate(KINDS):
            other = mobject.copy()
            mutate(other, kind, 0.37, number)
            after, seen = look([other])
            assert seen == pixels or after != address, f"{name}: {kind}"
            changed += seen != pixels
    assert changed > len(found)
