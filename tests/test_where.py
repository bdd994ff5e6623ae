"""The sidecar of a render answers for every number on it, and a damaged one is one line."""

import json

import numpy as np
import pytest
from checking import report_of
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import UserError
from engine.trace import Trace
from scenes import style
from scenes.parts.bars import ProbabilityBars
from scenes.parts.readout import Readout
from scenes.parts.sparkline import Sparkline
from scenes.stage import TraceScene
from studio import shown, sidecar, stepper, where
from studio.jobs import ScoreRecord
from studio.quality import QUALITIES
from studio.recorder import Recorder

RATE = QUALITIES["l"].rate


class Few(TraceScene):
    """Bars and a curve all the time, a number that comes late and stays at step 5."""

    trace_name = "cities3"

    def construct(self):
        self.next_section("one")
        self.bars = ProbabilityBars(["Madrid", "Paris", "Berlin"], style.CLASS_COLOURS[:3])
        self.curve = Sparkline(self.trace.history("loss_all"), 4, 1.2, title="loss").shift([0, -3, 0])
        self.follow(self.bars, lambda step: self.bars.show(self.trace.at("probs", step)))
        self.follow(self.curve, lambda step: self.curve.show(step, self.trace.at("loss_all", step)))
        self.add(self.bars, self.curve)
        self.run_steps(10, 10)
        self.next_section("two")
        self.late = Readout(self.trace.at("loss", 5), ".3f").shift([0, 3, 0])
        self.late.stands_at = 5
        self.add(self.late)
        self.run_steps(20, 10)


@pytest.fixture(scope="module")
def recorded(traces, tmp_path_factory):
    """A video's path with its sidecar beside it, as the build writes them, and the record."""
    record, recorder = ScoreRecord(), Recorder()

    def visit(frame):
        address = frame.address
        recorder.see(frame, address.hex())
        record.addresses.append(address.hex())
        record.steps.append(frame.scene.now())

    before = TraceScene.traces
    TraceScene.traces = {"cities3": traces / "cities3"}
    folder = tmp_path_factory.mktemp("video")
    try:
        stepper.configure(QUALITIES["l"], folder)
        score = stepper.step(Few, visit)
    finally:
        TraceScene.traces = before
    record.sections = [(s.name, s.first) for s in score.sections]
    record.captions = [(0.0, 1.0, "Once upon a time.")]
    record.shown = recorder.table()
    record = ScoreRecord.from_bytes(record.to_bytes())
    video = folder / "Few.mp4"
    video.write_bytes(b"not really a video")
    trace = Trace.load(traces / "cities3")
    made = {"gradreel": "0.1.0", "traces": {"cities3": {"experiment": "cities3", "trace": trace.digest, "seed": 0}}}
    frames = len(record.addresses)
    stretches = [sidecar.Stretch("Few", 0, record, made), sidecar.Stretch("Again", frames, record, made)]
    sidecar.write(video, "abc123", RATE, stretches)
    return video, record, trace


@pytest.fixture(autouse=True)
def _traces_here(traces, monkeypatch):
    monkeypatch.setenv("GRADREEL_TRACES", str(traces))


def test_every_number_is_the_traces(recorded):
    video, record, trace = recorded
    frames = len(record.addresses)
    looked = 0
    for frame in range(0, frames, 7):
        answer = where.answer(video, frame / RATE)
        assert answer.step == record.steps[frame]
        for one in answer.shown:
            looked += 1
            base = trace.series(one.array) if one.transform == "every step" else trace.at(one.array, one.step).value
            assert np.asarray(base)[one.index] == pytest.approx(np.asarray(one.value, dtype=float), rel=1e-8) or (
                one.value is None
            )
    assert looked > 7 * (frames // 7)


def test_scene_section_step_caption_and_hashes(recorded):
    video, _, trace = recorded
    answer = where.answer(video, 0.55)
    assert (answer.scene, answer.section, answer.step, answer.caption) == ("Few", "one", 5, "Once upon a time.")
    assert (answer.sha256, answer.made_by) == ("abc123", "0.1.0")
    (origin,) = answer.origins
    assert (origin.experiment, origin.seed, origin.digest, origin.here) == ("cities3", 0, trace.digest, True)


def test_what_is_there_when(recorded):
    video, _, _ = recorded
    names = [{one.name for one in where.answer(video, t).shown} for t in (0.5, 1.5)]
    assert names[1] - names[0] == {"late"}
    late = next(one for one in where.answer(video, 1.5).shown if one.name == "late")
    assert (late.kind, late.array, late.step) == ("number", "loss", 5)
    bars = [one for one in where.answer(video, 1.5).shown if one.kind == "length bar"]
    assert [(one.name, one.index) for one in bars] == [(f"bars.bars[{i}]", (i,)) for i in range(3)]


def test_the_second_scene_of_a_film(recorded):
    video, record, _ = recorded
    frames = len(record.addresses)
    first, second = where.answer(video, 0.4), where.answer(video, 0.4 + frames / RATE)
    assert second.scene == "Again"
    assert second.shown == first.shown
    assert second.scene_seconds == pytest.approx(first.scene_seconds)


def test_values_are_kept_when_the_trace_is_gone(recorded, tmp_path, monkeypatch):
    video, _, _ = recorded
    before = where.answer(video, 0.55).shown
    monkeypatch.setenv("GRADREEL_TRACES", str(tmp_path))
    answer = where.answer(video, 0.55)
    assert not answer.origins[0].here
    assert answer.shown == before


def test_a_part_of_the_frames(recorded):
    _, record, _ = recorded
    part = record.between(10, 20, RATE)
    for frame in range(10):
        whole = list(shown.at(record.shown, frame + 10, record.steps[frame + 10]))
        assert list(shown.at(part.shown, frame, part.steps[frame])) == whole


@pytest.mark.parametrize("text", ["Few", "@3", "Few@", "Few@soon", "Few@-1", "Few@nan", "nothing.mp4@3"])
def test_a_moment_that_is_none(text):
    with pytest.raises(UserError):
        where.moment(text)


def test_moments(recorded, monkeypatch, tmp_path):
    video, *_ = recorded
    assert where.moment(f"{video}@1:02.5") == (video, 62.5)
    monkeypatch.setenv("GRADREEL_RENDERS", str(tmp_path))
    with pytest.raises(UserError, match="not rendered yet"):
        where.moment("Few@3")
    finest = tmp_path / "1080p60" / "Few.mp4"
    for path in (tmp_path / "480p15" / "Few.mp4", finest):
        path.parent.mkdir()
        path.touch()
    assert where.moment("Few@3") == (finest, 3.0)
    assert where.moment("Few@3", "l")[0].parent.name == "480p15"


def test_beyond_the_end(recorded):
    with pytest.raises(UserError, match="the video lasts"):
        where.answer(recorded[0], 99.0)


@given(st.binary(max_size=40), st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_a_damaged_sidecar_is_one_line(tmp_path_factory, recorded, noise, place):
    video = tmp_path_factory.mktemp("damage") / "Few.mp4"
    data = sidecar.path_of(recorded[0]).read_bytes()
    at = place % len(data)
    sidecar.path_of(video).write_bytes(data[:at] + noise + data[at + len(noise) :])
    try:
        where.answer(video, 0.55)
    except UserError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"scenes": 3, "rate": 1}', b"[" * 10_000])
def test_no_sidecar_at_all(tmp_path, content):
    video = tmp_path / "x.mp4"
    with pytest.raises(UserError, match="no such file"):
        where.answer(video, 1)
    sidecar.path_of(video).write_bytes(content)
    with pytest.raises(UserError, match="damaged"):
        where.answer(video, 1)


def test_the_command(recorded):
    from studio.commands.where import command

    place = f"{recorded[0]}@0.55"
    text = CliRunner().invoke(command, [place]).output
    assert "cities3 probs[1] at step 5" in text
    found = json.loads(CliRunner().invoke(command, [place, "--json"]).output)
    assert found["step"] == 5
    assert {"name", "kind", "trace", "array", "index", "transform", "step", "value"} == set(found["shown"][0])


def test_recording_costs_little(recorded, traces):
    """The scene that is recorded here is itself a sound one."""
    assert report_of(Few, {"cities3": traces / "cities3"}).findings == []
