"""Chunks and cuts: every frame in exactly one chunk, none across a section, cuts of even cost."""

import hypothesis.strategies as st
from hypothesis import given

from studio import plan
from studio.closure import closure
from studio.jobs import Chunk, SceneJob, ScoreRecord
from studio.snapshot import live

JOB = SceneJob("/", "scenes.x", "X", (), "l")


@given(st.integers(1, 400), st.lists(st.integers(0, 399), max_size=6), st.sampled_from("lh"))
def test_chunks_cover_every_frame_once_and_end_with_sections(frames, starts, letter):
    job = SceneJob("/", "scenes.x", "X", (), letter)
    starts = sorted({min(start, frames - 1) for start in starts})
    record = ScoreRecord([f"{i:032x}" for i in range(frames)], [("s", start) for start in starts], [], [], [0] * frames)
    chunks = plan.chunks_of(record, job, "mp4", SNAPSHOT)
    assert [i for c in chunks for i in range(c.first, c.last + 1)] == list(range(frames))
    for start in starts:
        assert any(c.first == start for c in chunks)
    assert max(c.frames for c in chunks) <= 2 * job.quality.rate
    assert len({c.key for c in chunks}) == len(chunks)


SNAPSHOT = live()


def test_equal_frames_share_a_key_and_other_settings_do_not():
    record = ScoreRecord(["a"] * 60, [], [], [], [0] * 60)
    keys = [c.key for c in plan.chunks_of(record, JOB, "mp4", SNAPSHOT)]
    assert keys[0] == keys[1]
    larger = SceneJob("/", "scenes.x", "X", (), "m")
    assert not {c.key for c in plan.chunks_of(record, larger, "mp4", SNAPSHOT)} & set(keys)
    assert not {c.key for c in plan.chunks_of(record, JOB, "webm", SNAPSHOT)} & set(keys)


def test_what_is_done_in_manims_place_is_among_the_inputs():
    found = plan.inputs(SceneJob("/", "scenes.cities", "ThreeCities", (), "l"), SNAPSHOT, {})
    assert {f"studio/{name}.py" for name in ("nimble", "turn", "stepper", "frames", "easel")} <= found.keys()


@given(st.lists(st.integers(1, 120), min_size=1, max_size=40), st.integers(1, 8))
def test_cuts_keep_order_and_share_the_work(sizes, parts):
    chunks, first = [], 0
    for size in sizes:
        chunks.append(Chunk(first, first + size - 1, "k", repeats=size // 3))
        first += size
    runs = plan.cut(chunks, parts)
    assert [c for run in runs for c in run] == chunks
    assert 1 <= len(runs) <= parts
    falling = plan.cut(chunks, parts, falling=True)
    assert [c for run in falling for c in run] == chunks and len(falling) <= parts
    even = sum(sizes) / parts + plan.JUMPING_SHARE * first
    assert max(plan.cost(run) for run in runs) <= even + 2 * max(sizes) + 1


def test_a_piece_of_video_hangs_on_all_files_that_encode_it():
    told = {"/".join(module.split(".")) + ".py" for module in plan._DRAWING}
    encoding = {path.relative_to(SNAPSHOT.root).as_posix() for path in closure(SNAPSHOT.root, ["studio.encode"])}
    assert encoding - told == {"studio/__init__.py", "studio/quality.py"}  # what a quality says is in the key itself


@given(st.dictionaries(st.text(min_size=1), st.integers(1, 5000), max_size=12), st.integers(0, 9000), st.integers(1, 8))
def test_enough_is_cut_up_to_keep_all_hands_busy(frames, others, hands):
    whole = plan.in_one_pass(frames, others, hands)
    assert whole <= frames.keys()
    cut_up = others + sum(count for name, count in frames.items() if name not in whole)
    if whole:
        assert cut_up >= (hands - 1) * max(frames[name] for name in whole)
    if hands == 1:
        assert whole == frames.keys()


def test_most_of_a_film_is_drawn_in_one_pass():
    film = {f"scene {number}": 3000 + 40 * number for number in range(33)} | {f"title {n}": 240 for n in range(4)}
    assert len(plan.in_one_pass(film, 0, 2)) == 31  # the titles and two scenes fill the gaps
    assert len(plan.in_one_pass(film, 0, 4)) > 25
    assert not plan.in_one_pass({"only": 3600}, 0, 2)
