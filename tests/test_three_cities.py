"""ThreeCities: what is said of its own run is true, it runs on other places, and refuses what it cannot draw."""

import numpy as np
import pytest
from scene_runs import far_trace, run_scene

from engine.trace import Trace, TraceError
from scenes.cities import ThreeCities

SECTIONS = ["start", "first mistake", "first steps", "settling", "solved"]


def test_the_scene_on_its_own_trace(traces):
    trace = Trace.load(traces / "cities3")
    seen = run_scene(ThreeCities, {"cities3": trace.folder})
    assert seen.sections == SECTIONS
    assert 45 <= seen.seconds <= 75
    assert seen.captions[0].startswith("Three neurons are about to learn. ")
    assert "It is shown Paris, and says Madrid." in seen.captions
    assert "By now every place is right. Still the loss goes on falling:" in seen.captions
    assert "Six numbers, each moved a little 399 times: that is all of the learning." in seen.captions
    assert seen.scene.settled() == 75 == np.flatnonzero(trace.series("accuracy") < 1)[-1] + 1
    assert seen.scene.now() == seen.scene.last() == 399


@pytest.mark.parametrize(("count", "steps"), [(2, 5), (6, 40), (6, 1500)])
def test_the_scene_on_other_places(tmp_path, count, steps):
    folder = far_trace(tmp_path, count, steps=steps)
    seen = run_scene(ThreeCities, {"cities3": folder})
    assert seen.sections == SECTIONS
    assert 20 <= seen.seconds <= 90
    said, names = " ".join(seen.captions), Trace.load(folder).manifest["task"]["classes"]
    assert f"among {'two' if count == 2 else 'six'} cities" in said and "Madrid" not in said
    assert any(f"It is shown {name}, and believes as much in any other" in said for name in names)  # it starts at zero
    right = Trace.load(folder).series("accuracy")[-1] == 1
    assert ("every place is right" if right else "some places stay wrong") in said
    assert seen.scene.now() == steps - 1


def test_a_trace_with_two_inputs_is_refused_in_one_line(tmp_path):
    with pytest.raises(TraceError, match=r"far2: does not fit ThreeCities: it needs .* longitude"):
        run_scene(ThreeCities, {"cities3": far_trace(tmp_path, 2, ("lon", "lat"))})
