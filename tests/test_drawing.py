"""Chunks come out the same by jumps and by steps, and a jump that cannot prove itself is not believed."""

from dataclasses import replace

import pytest

from studio import plan, stepper, stills, worker
from studio.catalog import find
from studio.jobs import JobFailed, ScoreRecord
from studio.preview.ahead import ahead
from studio.snapshot import live
from studio.store import Store


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
    found = plan.chunks_of(ScoreRecord.from_bytes(worker.address_scene(job)), job, "mp4", live())
    return found[3], found[9]


@pytest.fixture(scope="module")
def stepped(job, chunks):
    """Their bytes, come to by steps: without an opening no jump is believed."""
    return worker.draw_chunks(job, tuple(replace(chunk, opening="") for chunk in chunks), "mp4", None).chunks


def test_jumps_give_the_bytes_that_steps_give(job, chunks, stepped, monkeypatch):
    monkeypatch.setattr(stepper, "step", None)  # not called
    assert worker.draw_chunks(job, chunks, "mp4", None).chunks == stepped
    assert [key for key, _ in stepped] == [chunk.key for chunk in chunks]


def test_a_frame_inside_a_chunk_must_prove_itself_too(job, chunks, stepped, monkeypatch):
    told = []
    monkeypatch.setattr(worker, "_report", lambda name, what, count: told.append(count))
    wrong = replace(chunks[1], proof="0" * 32)
    with pytest.raises(JobFailed, match="look different each time"):
        worker.draw_chunks(job, (chunks[0], wrong), "mp4", None)
    assert sum(told) == chunks[0].frames  # what was drawn in vain is taken back


def test_what_nobody_knows_an_address_of_is_stepped_to(job, chunks, stepped):
    unknown = tuple(replace(chunk, proof="", opening="?") for chunk in chunks)
    assert worker.draw_chunks(job, unknown, "mp4", None).chunks == stepped


def test_what_is_drawn_ahead_of_the_proof_has_the_bytes_that_steps_give(job, chunks, stepped, tmp_path, monkeypatch):
    """As a child of the preview does it (studio.preview.ahead), and only what looks like nothing known."""
    monkeypatch.setattr("os.nice", lambda more: 0)
    record = ScoreRecord.from_bytes(worker.address_scene(job))
    wanted = {address for chunk in chunks for address in record.addresses[chunk.first : chunk.last + 1]}
    said = []

    class Line:
        def send(self, message):
            said.append(message)

        def receive(self):
            return {"go": said[-1]["first"] == chunks[1].first}, b""

    quality = job.quality
    told = {"module": job.module, "name": job.name, "traces": job.traces, "letter": "l", "scratch": str(tmp_path),
            "picture": [quality.width, quality.height, quality.rate]}  # fmt: skip
    known = [address for address in record.addresses if address not in wanted]
    ahead({"job": told, "start": 0, "size": plan.chunk_size(job), "known": known, "store": str(tmp_path / "s"),
           "encoding": plan.encoding(job, "mp4", live())}, Line())  # fmt: skip
    every = plan.chunks_of(record, job, "mp4", live())
    firsts = [chunk.first for chunk in every if record.addresses[chunk.first] in wanted]
    assert [message["first"] for message in said if message["kind"] == "wish"] == firsts
    drawn = [message for message in said if message["kind"] == "drawn"]
    assert drawn == [{"kind": "drawn", "first": chunks[1].first, "key": chunks[1].key}]
    assert Store(tmp_path / "s").get("chunk", chunks[1].key) == dict(stepped)[chunks[1].key]
