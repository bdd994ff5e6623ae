"""Builds of a tiny film, for real: what is drawn, what is kept, and what an edit costs."""

import contextlib
import hashlib
import json
import multiprocessing
import re
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import av
import hypothesis.strategies as st
import pytest
import tiny
from hypothesis import HealthCheck, given, settings

from engine.errors import UserError
from engine.trace import Trace
from scenes.parts import heatmap
from studio import catalog, plan, premiere, slides, stills, tasks
from studio.build import build
from studio.commands.clean import command
from studio.film import publish
from studio.jobs import JobFailed
from studio.memory import KIND, memory_of
from studio.order import Order
from studio.progress import Progress
from studio.snapshot import live
from studio.store import Store

real = catalog.chapters


@pytest.fixture
def project(tmp_path, traces, monkeypatch):
    monkeypatch.setenv("GRADREEL_TRACES", str(traces))
    monkeypatch.setenv("GRADREEL_RENDERS", str(tmp_path / "renders"))
    return tiny.make(tmp_path / "project")


def render(project, *names, **options):
    infos = tuple(info for info in catalog.scenes(project) if not names or info.name in names)
    return {item.info.name: item for item in build(Order(infos, root=project, **options), Progress(quiet=True))}


def edit(project, old, new, name="scenes/tiny.py"):
    path = project / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def digests(built):
    return {name: hashlib.sha256(item.path.read_bytes()).hexdigest() for name, item in built.items()}


def test_a_build_its_repeat_and_its_edits(project):
    first = render(project)
    assert {name: item.drawn for name, item in first.items()} == {"Counting": 45, "Moving": 98}
    before = digests(first)

    again = render(project)
    assert all(item.drawn == 0 and not item.stepped for item in again.values())
    assert digests(again) == before

    edit(project, "from scenes import style", "from scenes import style  # a comment")
    assert all(item.drawn == 0 and not item.stepped for item in render(project).values())

    edit(project, "rotate(1.0)", "rotate(1.5)")
    turned = render(project)
    assert turned["Counting"].drawn == 0
    assert 0 < turned["Moving"].drawn <= 68  # only the section that turns
    assert digests(turned)["Moving"] != before["Moving"]

    edit(project, "rotate(1.5)", "rotate(1.0)")
    back = render(project)
    assert all(item.drawn == 0 for item in back.values())
    assert digests(back) == before


def test_a_style_edit_redraws_what_it_colours(project):
    render(project)
    edit(project, 'POSITIVE: Final = "#58C4DD"', 'POSITIVE: Final = "#59C4DD"', "scenes/style.py")
    built = render(project)
    assert built["Moving"].drawn > 0 and built["Counting"].drawn == 0


def test_any_number_of_workers_gives_the_same_bytes(project, tmp_path, monkeypatch):
    one = digests(render(project, jobs=1))
    monkeypatch.setenv("GRADREEL_RENDERS", str(tmp_path / "other"))
    assert digests(render(project, jobs=3)) == one


def test_a_damaged_store_is_only_drawn_again(project, tmp_path):
    before = digests(render(project))
    chunks = sorted((tmp_path / "renders" / ".store" / "chunk").glob("*/*"))
    chunks[0].write_bytes(chunks[0].read_bytes()[:-7])
    chunks[1].write_bytes(b"")
    chunks[2].unlink()
    for name in ("Counting.mp4", "Moving.json"):
        (tmp_path / "renders" / "480p15" / name).unlink()
    built = render(project)
    assert 0 < sum(item.drawn for item in built.values()) < 143
    assert digests(built) == before


def test_what_lies_beside_a_video(project):
    item = render(project, "Counting")["Counting"]
    about = json.loads(item.path.with_suffix(".json").read_text())
    assert about["steps"][:3] == [0, 0, 1] and about["steps"][-1] == 30
    assert [name for name, _ in about["sections"]] == ["slow", "fast"]
    assert re.search(r"00:00:00,000 --> 00:00:01,000\nIt counts\.", item.path.with_suffix(".srt").read_text())
    with av.open(str(item.path)) as video:
        made_from = json.loads(video.metadata["comment"])
        assert sum(1 for _ in video.decode(video=0)) == 45
    trace = made_from["traces"]["cities3"]
    assert (trace["experiment"], len(trace["trace"]), trace["seed"]) == ("cities3", 64, 0)


def test_the_film_has_chapters_and_subtitles(project, monkeypatch):
    monkeypatch.setattr("studio.film.all_chapters", lambda: catalog.chapters(project))
    order = Order(tuple(catalog.scenes(project)), root=project)
    with Progress(quiet=True) as progress:
        path = publish(build(order, progress), catalog.chapters(project), order)
    assert path.name == "film.mp4"
    with av.open(str(path)) as film:
        assert [chapter["metadata"]["title"] for chapter in film.chapters()] == ["1. Everything"]
        times = [frame.time for frame in film.decode(video=0)]
    assert len(times) == 143
    assert max(abs(time - number / 15) for number, time in enumerate(times)) < 1e-3
    assert "It counts." in path.with_suffix(".vtt").read_text()
    page = path.with_name("index.html").read_text()
    assert "@DATA@" not in page and '"scene":"Counting"' in page and "http" not in page.lower()
    assert path.with_name("poster.png").read_bytes().startswith(b"\x89PNG")


def test_slides_are_the_sections(project):
    infos = tuple(catalog.scenes(project))
    order = Order(infos, root=project)
    page = slides.publish(build(order, Progress(quiet=True)), order, "tiny")
    clips = re.findall(r'data-background-video="([^"]+)"', page.read_text())
    assert clips == ["Counting-00.mp4", "Counting-01.mp4", "Moving-00.mp4", "Moving-01.mp4"]
    counts = []
    for clip in clips:
        with av.open(str(page.with_name(clip))) as video:
            counts.append(sum(1 for _ in video.decode(video=0)))
    assert counts == [15, 30, 30, 68]
    assert page.with_name("reveal.js").is_file() and "It counts." in page.read_text()


@pytest.mark.parametrize("format_, transparent", [("mov", True), ("webm", False), ("gif", False)])
def test_other_formats(project, format_, transparent):
    item = render(project, "Counting", format=format_, transparent=transparent)["Counting"]
    assert item.path.suffix == f".{format_}"
    with av.open(str(item.path)) as video:
        frames = list(video.decode(video=0))
    if format_ == "gif":  # equal frames become one that stays longer
        addresses = item.record.addresses
        last = max(n for n in range(1, 45) if addresses[n] != addresses[n - 1])
        assert frames[-1].time == pytest.approx(last / 15, abs=0.05) and len(frames) == len(set(addresses))
    else:
        assert len(frames) == 45
    if transparent:
        pixels = frames[0].to_ndarray(format="rgba")
        assert (pixels[0, 0, 3], pixels[..., 3].max()) == (0, 255)


def test_a_broken_scene_is_one_line_with_its_place(project):
    edit(project, "Circle(color=self.colour)", "Circle(color=self.color)")
    line = (project / "scenes" / "tiny.py").read_text().split("self.color)")[0].count("\n") + 1
    with pytest.raises(JobFailed) as caught:
        render(project, "Moving")
    assert str(caught.value).startswith(f"scenes/tiny.py:{line}: AttributeError: ")
    assert "\n" not in str(caught.value) and caught.value.exit_code == 1


def test_a_worker_that_always_dies_is_named(project):
    edit(project, "disc = Circle", "import os; os._exit(9); disc = Circle")
    with pytest.raises(JobFailed, match=r"Moving: tried 3 times, and its worker died"):
        render(project, "Moving")


def test_no_configuration_file_has_a_say(project, tmp_path, monkeypatch):
    plain = digests(render(project, "Moving"))
    home = tmp_path / "home"
    (home / ".config" / "manim").mkdir(parents=True)
    (home / ".config" / "manim" / "manim.cfg").write_text("[CLI]\nbackground_color = WHITE\nframe_rate = 7\n")
    (home / "manim.cfg").write_text("[CLI]\nbackground_color = WHITE\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GRADREEL_RENDERS", str(tmp_path / "other"))
    monkeypatch.chdir(home)
    assert digests(render(project, "Moving")) == plain


def test_only_some_plays(project):
    whole = render(project, "Moving")["Moving"]
    assert whole.record.plays == [0, 30]
    part = render(project, "Moving", plays=(1, 1))["Moving"]
    assert part.frames == 68 and part.drawn == 0 and part.path.name == "Moving-n1-1.mp4"
    with av.open(str(part.path)) as video:
        assert sum(1 for _ in video.decode(video=0)) == 68
    with pytest.raises(UserError, match="-n: Moving has plays 0 to 1"):
        render(project, "Moving", plays=(2, -1))


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.booleans(), min_size=3, max_size=3), st.randoms())
def test_any_partition_into_ranges_gives_the_same_bytes(project, tmp_path, cuts, chance):
    """Each chunk has the same bytes whichever others are drawn in the same pass, before it or after it."""
    item = render(project, "Moving")["Moving"]
    kept = Store(tmp_path / "renders" / ".store")
    runs = [[item.chunks[0]]]
    for chunk, apart in zip(item.chunks[1:], cuts, strict=False):
        runs.append([chunk]) if apart else runs[-1].append(chunk)
    chance.shuffle(runs)
    chance.random() < 0.5 and runs.pop()
    job = replace(item.job, root=str(project))
    # In a process of its own, as always: a worker imports its project's modules in place of whatever is loaded.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as apart_from_us:
        for run in runs:
            for key, data in apart_from_us.submit(tasks.draw_chunks, job, tuple(run), "mp4", None).result().chunks:
                assert data == kept.get("chunk", key)


WANDERING = "disc.add_updater(lambda m, dt: m.shift(dt * RIGHT)); self.add(disc)"


@pytest.mark.parametrize("hands", [1, 2], ids=["in one pass", "by jumps"])
@pytest.mark.parametrize("change", [None, ("self.add(disc)", WANDERING)], ids=["pure", "with a past"])
def test_a_new_scene_is_hashed_while_it_is_drawn_and_comes_out_as_one_that_was_stepped_first(
    project, tmp_path, monkeypatch, change, hands
):
    if change is not None:  # jumps come to other pictures than steps do
        edit(project, *change)
    passed = []
    film = premiere.film
    monkeypatch.setattr(premiere, "film", lambda item, *more: passed.append(item.info.name) or film(item, *more))
    new = render(project, jobs=hands)
    assert passed == (["Counting", "Moving"] if hands == 1 else [])
    monkeypatch.setenv("GRADREEL_RENDERS", str(tmp_path / "elsewhere"))
    for item in new.values():
        Store(tmp_path / "elsewhere" / ".store").put("begun", plan.begun_key(item.job), b"")
    known = render(project)
    assert digests(new) == digests(known)
    for name, item in new.items():
        assert item.chunks == known[name].chunks and item.record == known[name].record
    assert new["Counting"].drawn == 45 and (new["Moving"].drawn > 98) == (change is not None and hands == 2)
    assert {item.drawn for item in render(project).values()} == {0}


def test_rasters_that_are_remembered_are_not_painted_to_be_hashed(tmp_path, traces, monkeypatch):
    monkeypatch.setenv("GRADREEL_TRACES", str(traces))
    kept = Store(tmp_path)
    job = stills.scene_job(catalog.find(("ThreeCities",))[0], "l")
    memory = memory_of(job, live(), kept)
    first = tasks.address_scene(job, memory)
    monkeypatch.setattr(heatmap.Painter, "paint", None)
    assert tasks.address_scene(job, memory) == first
    with pytest.raises(JobFailed, match="'NoneType' object is not callable"):
        tasks.address_scene(job)
    path = kept.path(KIND, memory[1])
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(JobFailed, match="'NoneType' object is not callable"):  # damage is forgetting
        tasks.address_scene(job, memory)


@pytest.mark.parametrize("hands", [1, 2], ids=["in one pass", "by jumps"])
def test_pictures_that_differ_from_what_was_stepped_are_never_kept(project, hands):
    edit(project, "disc = Circle(", "import time; disc = Circle(radius=time.time() % 1, ")
    with pytest.raises(JobFailed, match=r"^Moving: frames \d+–\d+ look different each time they are made"):
        render(project, "Moving", jobs=hands)
    assert not list((project.parent / "renders").rglob("*.mp4"))


def test_a_damaged_trace_is_recorded_again_and_nothing_is_drawn(project, tmp_path, monkeypatch):
    traces = tmp_path / "own-traces"
    monkeypatch.setenv("GRADREEL_TRACES", str(traces))
    before = digests(render(project))
    chunk = next(traces.glob("cities3/step-*"))
    data = bytearray(chunk.read_bytes())
    data[len(data) // 2] ^= 1  # of the right size, and no longer what was recorded
    chunk.write_bytes(data)
    shutil.rmtree(tmp_path / "renders" / ".store" / "score")
    shutil.rmtree(tmp_path / "renders" / "480p15")
    built = render(project)
    assert all(item.drawn == 0 and item.stepped for item in built.values()) and digests(built) == before


def test_a_trace_that_others_record_anew_changes_nothing_in_a_build(project, tmp_path, monkeypatch):
    """A build reads its own copies: those it took when it began."""
    from studio import training
    from studio.snapshot import taken

    traces = tmp_path / "own-traces"
    monkeypatch.setenv("GRADREEL_TRACES", str(traces))
    render(project, "Counting")
    with taken(project) as snapshot:
        copy = training.copy_of(traces / "cities3", snapshot)
        digest = Trace.load(copy).digest
        (traces / "cities3").rename(traces / "gone")
        found = Trace.load(copy)
        found.verify()
        assert found.digest == digest


def test_a_store_that_lies_is_found_out(project, tmp_path):
    """A sound record with something in it that is no video: thrown away, drawn again."""
    item = render(project, "Moving")["Moving"]
    before = digests({"Moving": item})
    kept = Store(tmp_path / "renders" / ".store")
    kept.put("chunk", item.chunks[1].key, b"no video at all")
    shutil.rmtree(tmp_path / "renders" / "480p15")
    again = render(project, "Moving")
    assert digests(again) == before and again["Moving"].drawn == item.chunks[1].frames


@pytest.mark.parametrize("hostile", ["null", "[]", '""', '{"x":3}', "[" * 100_000, '{"sha256": {}, "beside": 3}'])
def test_hostile_records_beside_videos_are_only_written_anew(project, tmp_path, hostile):
    item = render(project, "Moving")["Moving"]
    before = digests({"Moving": item})
    for name in ("480p15/Moving.json", "480p15/Moving.where.json", "480p15/Moving.srt", ".speeds.json"):
        (tmp_path / "renders" / name).write_text(hostile)
    again = render(project, "Moving")
    assert again["Moving"].drawn == 0 and digests(again) == before
    assert json.loads(item.path.with_suffix(".json").read_text())["scene"] == "Moving"
    assert item.path.with_suffix(".srt").read_text() == ""


@pytest.mark.parametrize("format_", ["webm", "mov", "gif"])
def test_the_film_in_other_formats(project, monkeypatch, format_):
    monkeypatch.setattr("studio.film.all_chapters", lambda: catalog.chapters(project))
    order = Order(tuple(catalog.scenes(project)), format=format_, root=project)
    path = publish(build(order, Progress(quiet=True)), catalog.chapters(project), order)
    assert path.name == f"film.{format_}"
    with av.open(str(path)) as film:
        frames = sum(1 for _ in film.decode(video=0))
        assert frames == 143 or (format_ == "gif" and 20 < frames < 143)  # equal frames of a GIF are one that stays
    assert path.with_name(f"index-{format_}.html").is_file() == (format_ != "gif")


def test_clean_keeps_what_the_film_needs(project, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("studio.film.all_chapters", lambda: catalog.chapters(project))
    monkeypatch.setattr("studio.catalog.chapters", lambda root=None: real(project))
    renders = tmp_path / "renders"
    built = build(Order(tuple(catalog.scenes(project)), root=project), Progress(quiet=True))
    order = Order(tuple(catalog.scenes(project)), root=project)
    film = publish(built, real(project), order)
    render(project, "Moving", plays=(1, 1))
    render(project, "Moving", format="webm")
    edit(project, "rotate(1.0)", "rotate(2.0)")
    render(project)  # new pieces of the film; the old ones belong to the film as it stands
    before = {path for path in renders.rglob("*") if path.is_file()}

    def clean(*words):
        with contextlib.suppress(SystemExit):
            command.main([*words], standalone_mode=False)
        return before - {path for path in renders.rglob("*") if path.is_file()}

    assert clean("--older-than", "1") == set() and clean("--dry-run") == set()
    gone = clean()
    assert {path.name for path in gone if path.parent.name == "480p15"} == {
        f"Moving-n1-1{suffix}" for suffix in (".mp4", ".json", ".srt", ".vtt", ".where.json")
    }
    assert film.is_file()
    again = build(Order(tuple(catalog.scenes(project)), root=project), Progress(quiet=True))
    assert all(item.drawn == 0 and not item.stepped for item in again)
    clean("--all")
    assert not list(renders.iterdir())
