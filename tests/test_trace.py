"""The trace: what is written comes back, sources say where it came from, damage and malice are one line."""

import json
import os
import random
import shutil
import struct

import numpy as np
import pytest

from engine import trace_writer
from engine.trace import Reading, Source, Trace, TraceError, TraceWriter
from engine.trace_format import MAX_MANIFEST_BYTES, canonical, sha256_hex, step_ranges

MEANINGS = {"*": "a number"}


def record(folder, name="small", steps=100, **options):
    with TraceWriter(folder / name, name, {"task": {"classes": ["a"]}}, MEANINGS, chunk_bytes=2000, **options) as w:
        w.constants({"points": np.arange(6.0).reshape(3, 2)})
        for step in range(steps):
            w.append("step", step, {"loss": 1 / (step + 1), "layers.0.weight": np.full((3, 1), step * 1.0)})
            if step % 10 == 0:
                w.append("snapshot", step, {"big": np.full((4, 4), step, np.float32)})
            w.checkpoint(lambda: {"theta": np.zeros(3)})
    return folder / name


@pytest.fixture
def folder(tmp_path):
    return record(tmp_path)


def test_everything_written_is_read_back(folder):
    trace = Trace.load(folder)
    assert trace.names() == ("big", "layers.0.weight", "loss", "points")
    assert trace.manifest["task"] == {"classes": ["a"]}
    assert len(list(folder.glob("step-*.safetensors"))) > 1
    for step in (0, 57, 99):
        assert float(trace.at("loss", step)) == 1 / (step + 1)
        assert trace.at("layers.0.weight", step).value.tolist() == [[step]] * 3
    assert trace.series("loss").tolist() == [1 / (s + 1) for s in range(100)]
    assert trace.steps("big").tolist() == list(range(0, 100, 10))
    assert trace.steps().dtype == np.int64
    assert trace.constant("points").value.tolist() == [[0, 1], [2, 3], [4, 5]]
    assert trace.latest("big", 55).value[0, 0] == 50
    assert trace.at("points", 3).source.step is None
    trace.verify()


def test_a_reading_says_where_it_came_from(folder):
    reading = (
        Trace.load(folder).at("layers.0.weight", 7)[1][0].through("abs", abs).through("one_minus", lambda v: 1 - v)
    )
    assert float(reading) == -6
    assert reading.source == Source("small", "layers.0.weight", 7, (1, 0), "abs|one_minus")
    assert isinstance(reading.value, float)
    assert Trace.load(folder).at("layers.0.weight", 7)[-1, 0].source.index == (2, 0)


def test_values_cannot_be_changed(folder):
    trace = Trace.load(folder)
    for array in (trace.at("layers.0.weight", 1).value, trace.series("loss"), trace.constant("points").value):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    assert isinstance(Reading(np.ones(2), Source("a", "b", 0)).value, np.ndarray)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda t: t.at("nothing", 0), "no array 'nothing'"),
        (lambda t: t.at("big", 5), "step 5 was not recorded"),
        (lambda t: t.at("loss", 100), "step 100 was not recorded"),
        (lambda t: t.latest("loss", -1), "nothing recorded up to"),
        (lambda t: t.constant("loss"), "changes over the steps"),
        (lambda t: t.series("points"), "a constant is no series"),
        (lambda t: t.at("loss", 0)[0], "no index"),
        (lambda t: t.constant("points")[9], "no index"),
        (lambda t: t.constant("points")[0, 0, 0], "no index"),
    ],
)
def test_wrong_questions_get_one_line(folder, ask, words):
    with pytest.raises(TraceError, match=words) as caught:
        ask(Trace.load(folder))
    assert "\n" not in str(caught.value)


def test_reading_one_step_touches_one_chunk(folder, monkeypatch):
    trace, opened = Trace.load(folder), []
    read = trace._chunk.__func__.__globals__["read_bounded"]

    def spy(path, *rest):
        opened.append(path.name)
        return read(path, *rest)

    monkeypatch.setitem(trace._chunk.__func__.__globals__, "read_bounded", spy)
    trace.at("loss", 55)
    trace.at("layers.0.weight", 55)
    assert len(opened) == 1


def test_same_rows_same_bytes(tmp_path):
    one, two = record(tmp_path / "a"), record(tmp_path / "b")
    assert Trace.load(one).digest == Trace.load(two).digest
    assert all(path.read_bytes() == (two / path.name).read_bytes() for path in one.iterdir())


def test_ranges_of_steps_say_what_they_were_made_from():
    rng = random.Random(1)
    for _ in range(200):
        steps = sorted(rng.sample(range(60), rng.randint(1, 40)))
        read = [first + stride * i for first, count, stride in step_ranges(steps) for i in range(count)]
        assert read == steps


@pytest.mark.parametrize("damage", ["flip", "cut", "delete", "zero"])
def test_damage_is_one_line(folder, damage):
    rng = random.Random(damage)
    whole = folder.with_name("whole")
    shutil.copytree(folder, whole)
    for _ in range(60):
        shutil.rmtree(folder)
        shutil.copytree(whole, folder)
        victim = rng.choice(sorted(folder.iterdir()))
        data = bytearray(victim.read_bytes())
        if damage == "delete":
            victim.unlink()
        else:
            place = rng.randrange(len(data))
            if damage == "flip":
                data[place] ^= 1 << rng.randrange(8)
            victim.write_bytes(data[:place] if damage == "cut" else data[:place] + b"\0" * 0 + data[place:])
            if damage == "zero":
                victim.write_bytes(b"\0" * len(data))
        try:
            Trace.load(folder).verify()
        except TraceError as error:
            assert "\n" not in str(error)
        else:  # a flipped letter of a meaning or the like leaves a trace that is whole, under another digest
            assert victim.name == "manifest.json" and damage == "flip"
            assert Trace.load(folder).digest != Trace.load(whole).digest


def hostile(manifest, **changes):
    return json.dumps({**manifest, **changes}).encode()


def test_hostile_manifests_are_refused_before_memory_is_asked_for(folder):
    good = json.loads((folder / "manifest.json").read_bytes())
    row = good["arrays"]["loss"]
    chunk = good["streams"]["step"][0]

    def array(**change):
        return hostile(good, arrays={**good["arrays"], "loss": {**row, **change}})

    def step(**change):
        return hostile(good, streams={**good["streams"], "step": [{**chunk, **change}, *good["streams"]["step"][1:]]})

    for data in [
        b"", b'""', b"null", b'{"x":3}', b"../../x", b"[" * 1_000_000, b"{" * 1000, b'{"schema":NaN}', b"\xff\xfe",
        hostile(good, schema="gradreel-trace/2"), hostile(good, name="../../x"), hostile(good, name=7),
        hostile(good, arrays=[]), hostile(good, arrays={}), hostile(good, streams={}), hostile(good, streams=3),
        hostile(good, arrays={**good["arrays"], "../x": row}),
        array(shape=[10**18]), array(shape=[2**31 - 1] * 8), array(shape=[-1]), array(shape=[1.5]), array(shape=[True]),
        array(shape=[1] * 9), array(dtype="object"), array(dtype="U8"), array(dtype=["float64"]), array(stream="../s"),
        array(stream="other"), array(extra=1), array(meaning=3),
        step(file="../../etc/passwd"), step(file="step-00001.safetensors"), step(bytes=2**60), step(bytes=-1),
        step(sha256="x"), step(sha256=None), step(ranges=[[0, 10**12, 1]]), step(ranges=[[0, 5, 0]]), step(ranges=[]),
        step(ranges=[[5, 5, 1], [0, 5, 1]]), step(ranges=[[0, 2, 10**15]]), step(ranges="x"), step(ranges=[[0, 1]]),
    ]:  # fmt: skip
        (folder / "manifest.json").write_bytes(data)
        with pytest.raises(TraceError) as caught:
            Trace.load(folder).verify()
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 600


def test_an_endless_manifest_is_refused_unread(folder):
    with (folder / "manifest.json").open("wb") as handle:
        handle.truncate(MAX_MANIFEST_BYTES + 1)
    with pytest.raises(TraceError, match="more than"):
        Trace.load(folder)


@pytest.mark.parametrize(
    "header",
    [b"", b"{}", b'{"loss":{}}', b"[" * 500, b'{"loss":{"dtype":"F64","shape":[1],"data_offsets":[0,99999999]}}'],
)
def test_hostile_chunks_with_honest_hashes_are_refused(folder, header):
    manifest = json.loads((folder / "manifest.json").read_bytes())
    chunk = manifest["streams"]["step"][0]
    size = sum(count for _, count, _ in chunk["ranges"]) * 32
    data = struct.pack("<Q", len(header)) + header + b"\0" * size
    chunk["bytes"], chunk["sha256"] = len(data), sha256_hex(data)
    (folder / chunk["file"]).write_bytes(data)
    (folder / "manifest.json").write_bytes(canonical(manifest))
    with pytest.raises(TraceError):
        Trace.load(folder).at("loss", 0)


def test_things_that_are_not_files_are_refused(folder):
    (folder / "manifest.json").unlink()
    (folder / "manifest.json").mkdir()
    with pytest.raises(TraceError):
        Trace.load(folder)
    with pytest.raises(TraceError, match="missing"):
        Trace.load(folder.with_name("absent"))


def test_an_exception_leaves_no_trace_but_the_old_one(folder):
    before = Trace.load(folder).digest
    with pytest.raises(RuntimeError), TraceWriter(folder, "small", {}, MEANINGS) as writer:
        writer.append("step", 0, {"loss": 1.0})
        raise RuntimeError
    assert Trace.load(folder).digest == before


def test_an_interrupted_run_goes_on_and_ends_with_the_same_bytes(tmp_path):
    def steps(folder, stop=None):
        writer = TraceWriter(folder, "x", {}, MEANINGS, chunk_bytes=500, resume_key="k")
        with writer as w:
            w.constants({"c": 1.0})
            first = int(w.state["next"]) if w.state else 0
            for s in range(first, 200):
                if s > first:
                    w.checkpoint(lambda s=s: {"next": np.array(s)})
                if s == stop:
                    raise KeyboardInterrupt
                w.append("step", s, {"loss": float(s)})
        return first

    steps(tmp_path / "whole")
    for stop in (150, 180):
        with pytest.raises(KeyboardInterrupt):
            steps(tmp_path / "broken", stop)
        assert not (tmp_path / "broken").exists()
    assert steps(tmp_path / "broken") > 100
    assert Trace.load(tmp_path / "broken").digest == Trace.load(tmp_path / "whole").digest


def test_damaged_leftovers_mean_starting_anew(tmp_path):
    options = {"chunk_bytes": 1, "resume_key": "k"}

    def start(spoil):
        with pytest.raises(KeyboardInterrupt), TraceWriter(tmp_path / "x", "x", {}, MEANINGS, **options) as w:
            w.append("step", 0, {"loss": 1.0})
            w.checkpoint(lambda: {"next": np.array(1)})
            raise KeyboardInterrupt
        spoil(tmp_path / ".x.part")
        with TraceWriter(tmp_path / "x", "x", {}, MEANINGS, **options) as w:
            found = dict(w.state)
            w.append("step", 0 if not found else 1, {"loss": 1.0})
        return found

    assert start(lambda part: None)
    assert not start(lambda part: (part / "journal.json").write_bytes(b"["))
    assert not start(lambda part: (part / "step-00000.safetensors").write_bytes(b"x"))
    assert not start(lambda part: (part / "state.safetensors").unlink())


def test_a_full_disk_leaves_nothing_half_written(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        record(tmp_path)
    assert not (tmp_path / "small").exists()
    assert not [path for path in (tmp_path / ".small.part").iterdir() if path.suffix == ".safetensors"]


@pytest.mark.parametrize(
    ("do", "words"),
    [
        (lambda w: (w.append("step", 1, {"a": 1.0}), w.append("step", 1, {"a": 1.0})), "after step 1"),
        (lambda w: w.constants({"../a": 1.0}), "bad name"),
        (lambda w: w.constants({"a": np.array(["x"])}), "bad name or dtype"),
        (lambda w: (w.constants({"a": 1.0}), w.constants({"a": np.ones(2)})), "after ArraySpec"),
    ],
)
def test_the_writer_refuses_what_could_not_be_read(tmp_path, do, words):
    with pytest.raises(TraceError, match=words), TraceWriter(tmp_path / "x", "x", {}, MEANINGS) as writer:
        do(writer)
    with pytest.raises(TraceError, match="without a meaning"), TraceWriter(tmp_path / "x", "x") as writer:
        writer.constants({"a": 1.0})
    with pytest.raises(TraceError, match="trace's name"):
        trace_writer.TraceWriter(tmp_path / "x", "../x")
