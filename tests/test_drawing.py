"""Chunks come out the same by jumps and by steps, and a jump that cannot prove itself is not believed."""

from dataclasses import replace

import pytest

from studio import plan, stepper, stills, tasks
from studio.catalog import find
from studio.jobs import JobFailed, ScoreRecord
from studio.snapshot import live


@pytest.fixture(scope="module")
def job(traces, tmp_path_factory):
    """ThreeCities at low quality."""
    patch = pytest.MonkeyPatch()
    patch.setenv("GRADREEL_TRACES", str(traces))
    yield stills.scene_job(find(("ThreeCities",))[0], "l")
    patch.undo()


@pytest.fixture(scope="module")
def chunks(job):
    """Two chunks of the scene with others before and between them."""
    found = plan.chunks_of(ScoreRecord.from_bytes(tasks.address_scene(job)), job, "mp4", live())
    return found[3], found[9]


@pytest.fixture(scope="module")
def stepped(job, chunks):
    """Their bytes, come to by steps: without an opening no jump is believed."""
    return tasks.draw_chunks(job, tuple(replace(chunk, opening="") for chunk in chunks), "mp4", None).chunks


def test_jumps_give_the_bytes_that_steps_give(job, chunks, stepped, monkeypatch):
    monkeypatch.setattr(stepper, "step", None)  # not called
    assert tasks.draw_chunks(job, chunks, "mp4", None).chunks == stepped
    assert [key for key, _ in stepped] == [chunk.key for chunk in chunks]


def test_a_frame_inside_a_chunk_must_prove_itself_too(job, chunks, stepped, monkeypatch):
    told = []
    monkeypatch.setattr(tasks, "report", lambda name, what, count: told.append(count))
    wrong = replace(chunks[1], proof="0" * 32)
    with pytest.raises(JobFailed, match="look different each time"):
        tasks.draw_chunks(job, (chunks[0], wrong), "mp4", None)
    assert sum(told) == chunks[0].frames  # what was drawn in vain is taken back


def test_what_nobody_knows_an_address_of_is_stepped_to(job, chunks, stepped):
    unknown = tuple(replace(chunk, proof="", opening="?") for chunk in chunks)
    assert tasks.draw_chunks(job, unknown, "mp4", None).chunks == stepped
