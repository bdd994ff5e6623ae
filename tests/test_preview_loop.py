"""The preview for real, on the tiny project: from a save to the pictures, through mistakes, to a clean end."""

from __future__ import annotations

import io
import os
import shutil
import signal
import socket
import sys
import time
import uuid
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import tiny
from PIL import Image
from previewing import Preview

from studio import catalog
from studio.build import build
from studio.order import Order
from studio.progress import Progress
from studio.project import ROOT

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")


@pytest.fixture(scope="module")
def place(tmp_path_factory, traces):
    """(project, renders, traces), the traces a copy: an experiment is edited."""
    folder = tmp_path_factory.mktemp("preview")
    shutil.copytree(traces, folder / "traces")
    return tiny.make(folder / "project"), folder / "renders", folder / "traces"


@pytest.fixture
def project(place):
    """The project as it was made, and a file that no scene reads."""
    (place[0] / "engine" / "marker.py").write_text(f"MARK = {uuid.uuid4().hex!r}\n")
    (place[0] / "scenes" / "tiny.py").write_text(tiny.SCENES)
    shutil.copyfile(ROOT / "scenes" / "style.py", place[0] / "scenes" / "style.py")
    return place


@pytest.fixture(scope="module")
def running(place):
    with Preview(*place, "Moving") as preview:
        preview.listen().settled()
        yield preview


@pytest.fixture
def moving(running, project):
    """The one preview that most tests share, at rest on the scene Moving as it was made."""
    if running.topics["main"]["scene"] != "Moving":
        running.post("open", scene="Moving")
        running.until(lambda: running.topics["main"]["scene"] == "Moving")
    for _ in range(2):  # whoever has seen the second mark began to look after it had seen the first
        generation = running.generation()
        (project[0] / "engine" / "marker.py").write_text(f"MARK = {uuid.uuid4().hex!r}\n")
        running.until(partial(newer, running, generation))
    running.settled()
    return running


def newer(preview, generation):
    return preview.generation() > generation


def picture(preview, frame):
    address = preview.score()["addresses"][frame]
    status, data = preview.ask(f"frame/{address}")
    assert status == 200
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=int)


def edited(preview, old, new, **more):
    """Edit, and wait until everything is drawn; the numbers of the frames whose address has changed."""
    before, generation = preview.score(), preview.generation()
    preview.edit(old, new, **more)
    preview.settled(generation=generation + 1)
    after = preview.score()
    assert after["proved"] == len(after["addresses"])
    pairs = zip(before["addresses"], after["addresses"], strict=False)
    return [number for number, (a, b) in enumerate(pairs) if a != b]


def test_an_edit_redraws_what_it_touches_and_the_build_finds_it_done(moving, project, monkeypatch):
    assert len(moving.score()["addresses"]) == 98
    assert moving.score()["sections"] == [["move", 0], ["turn", 30]]
    changed = edited(moving, "rotate(1.0)", "rotate(1.5)")
    assert changed and min(changed) >= 30
    assert all(state == "fresh" for _, _, state, _ in moving.topics["main-chunks"])
    edited(moving, "rotate(1.5)", "rotate(1.25)", rename=True)
    monkeypatch.setenv("GRADREEL_TRACES", str(project[2]))
    monkeypatch.setenv("GRADREEL_RENDERS", str(project[1]))
    infos = tuple(info for info in catalog.scenes(project[0]) if info.name == "Moving")
    (built,) = build(Order(infos, root=project[0]), Progress(quiet=True))
    assert built.drawn == 0 and not built.stepped  # score and chunks are the preview's


def test_the_frame_under_the_playhead_comes_first(moving):
    assert moving.post("playhead", show="main", frame=20) == 204
    moving.history.clear()
    edited(moving, "shift(RIGHT)", "shift(2 * RIGHT)")
    told = [topic for _, topic, value in moving.history if topic == "main-still"]
    assert told
    still = next(value for _, topic, value in moving.history if topic == "main-still")
    assert still["frame"] == 20
    drawn = [t for t, topic, value in moving.history if topic == "main-chunks" and any(c[2] == "fresh" for c in value)]
    assert picture(moving, 20).max() > 100
    assert drawn


def test_a_scrub_right_after_a_save_sees_the_new_code(moving):
    generation = moving.generation()
    moving.edit("rotate(1.0)", "rotate(0.7)")
    moving.until(lambda: moving.generation() > generation)
    assert moving.post("playhead", show="main", frame=90) == 204
    still = moving.until(lambda: (s := moving.topics["main-still"])["frame"] == 90 and s)
    assert still["generation"] == generation + 1
    moving.settled()
    assert moving.score()["addresses"][90] == still["address"]  # a leap and a walk, for a scene that adds nothing up


def test_comments_and_strange_files_redraw_nothing(moving):
    generation = moving.generation()
    moving.edit("from scenes import style", "from scenes import style  # a comment")
    (moving.project / "data" / "notes~").write_text("x")
    time.sleep(1.5)
    assert moving.generation() == generation and moving.state() == "fresh"
    assert "comment" in (moving.project / "scenes" / "tiny.py").read_text()


def test_a_style_edit_and_a_part_edit(moving):
    assert (
        len(edited(moving, 'POSITIVE: Final = "#58C4DD"', 'POSITIVE: Final = "#FF0000"', name="scenes/style.py")) == 98
    )
    red = picture(moving, 5)
    assert red[..., 0].max() > 150 and red[..., 2].max() < 90  # it is the new colour that is shown
    assert edited(moving, '"#FF0000"', '"#58C4DD"', name="scenes/style.py")


def test_a_mistake_is_shown_with_its_place_and_goes_when_mended(moving):
    kept = moving.score()["addresses"]
    moving.edit("        disc = Circle(color=self.colour)\n", "        disc = Circle(color=self.color)\n")
    mistake = moving.settled("broken")["mistake"]
    assert mistake["kind"] == "AttributeError" and "color" in mistake["message"]
    assert mistake["way"][-1]["file"] == "scenes/tiny.py"
    shown = dict(map(tuple, mistake["way"][-1]["source"]))
    assert "self.color)" in shown[mistake["way"][-1]["line"]]
    assert moving.score()["addresses"] == kept and moving.ask(f"frame/{kept[40]}")[0] == 200
    moving.edit("self.color)", "self.color")
    assert moving.until(lambda: moving.topics["main"]["mistake"]["kind"] == "SyntaxError")
    assert moving.topics["main"]["mistake"]["way"][-1]["file"] == "scenes/tiny.py"
    moving.edit("self.color\n", "self.colour)\n")
    moving.settled()
    assert moving.topics["main"]["mistake"] is None


def test_a_mistake_late_in_the_scene(moving):
    moving.edit('        self.next_section("turn")\n', '        self.next_section("turn")\n        1 / 0\n')
    mistake = moving.settled("broken")["mistake"]
    assert mistake["kind"] == "ZeroDivisionError"
    moving.edit("        1 / 0\n", "")
    moving.settled()


def test_two_quick_edits_end_with_the_second(moving):
    generation = moving.generation()
    moving.edit("rotate(1.0)", "rotate(0.3)")
    moving.until(partial(newer, moving, generation))  # it is being redrawn
    moving.edit("rotate(0.3)", "rotate(0.6)")
    moving.settled(generation=generation + 2)
    quick = moving.score()["addresses"]
    assert edited(moving, "rotate(0.6)", "rotate(0.3)")
    edited(moving, "rotate(0.3)", "rotate(0.6)")
    assert moving.score()["addresses"] == quick


def test_a_clock_in_a_scene_never_counts_as_drawn(moving):
    line = "        self.play(Square().animate.rotate(1.0), run_time=4.5)\n"
    moving.edit(
        line,
        "        import time\n        disc.add_updater(lambda m: m.shift(RIGHT * time.monotonic() * 1e-3))\n" + line,
    )
    mistake = moving.settled("broken")["mistake"]
    assert mistake["kind"] == "Impure" and "each time" in mistake["message"]


def errors_in_the_data_and_edits_of_the_engine(preview, rate):
    """What is said of a misspelt key, and how an engine fares that knows more than the one the preview began with."""
    toml = "data/experiments/cities3.toml"
    preview.edit(rate, rate.replace("rate", "rat"), name=toml)
    place = preview.settled("broken")["mistake"]["way"][-1]
    found = [(place["file"], dict(map(tuple, place["source"])).get(place["line"]))]
    preview.edit(rate.replace("rate", "rat"), rate, name=toml)
    preview.settled()
    known = '    "cities": ("engine.runs.cities", _cities),\n'
    preview.edit(known, known + known.replace('"cities"', '"towns"'), name="engine/experiments.py")
    preview.settled(generation=preview.generation() + 1)
    preview.history.clear()
    generation = preview.generation()
    preview.edit('kind = "cities"', 'kind = "towns"', name=toml)
    found.append(preview.settled(generation=generation + 1)["state"])
    found[-1:] = [*dict.fromkeys(v["state"] for _, t, v in preview.history if t == "main" and v), found[-1]]
    preview.edit('kind = "towns"', 'kind = "cities"', name=toml)
    preview.settled(generation=generation + 2)
    return [item for item in found if isinstance(item, tuple) or item in ("training", "broken")] + [preview.state()]


def test_numbers_know_where_they_come_from_and_experiments_are_trained_anew(project):
    with Preview(*project, "Counting", "--step", "10", limit=30) as preview:
        preview.listen().settled()
        score = preview.score()
        frame = preview.topics["main"]["playhead"]
        assert score["steps"][frame] == 10 and (frame == 0 or score["steps"][frame - 1] < 10)
        (reading,) = preview.get(f"readings/main/{score['number']}/{frame}")
        assert (reading["array"], reading["step"], reading["trace"]) == ("loss", 10, "cities3")
        assert reading["shown"] == f"{reading['value']:.4f}".replace("-", "−")
        assert 0.3 < reading["box"][0] < reading["box"][2] < 0.7
        curves = preview.get("curves/cities3")
        assert abs(curves["curves"]["loss"][10] - reading["value"]) < 1e-12 and "grad_norm" in curves["curves"]
        toml = (preview.project / "data" / "experiments" / "cities3.toml").read_text()
        rate = next(line for line in toml.splitlines() if "rate" in line.split("#")[0])
        preview.history.clear()
        changed = edited(preview, rate, f"{rate.split('=')[0]}= 0.123", name="data/experiments/cities3.toml")
        assert any(topic == "main" and value["state"] == "training" for _, topic, value in preview.history if value)
        assert len(changed) > 20
        edited(preview, f"{rate.split('=')[0]}= 0.123", rate, name="data/experiments/cities3.toml")
        assert preview.score()["addresses"] == score["addresses"]
        said = errors_in_the_data_and_edits_of_the_engine(preview, rate)
        assert said == [("data/experiments/cities3.toml", "[training]"), "training", "fresh"]
        other = (project[2] / "cities3_adam" / "manifest.json").read_bytes()
        mine = project[2] / "cities3" / "manifest.json"
        generation = preview.generation()
        mine.write_bytes(other)  # damaged by somebody else: it no longer fits its experiment, and is recorded anew
        preview.settled(generation=generation + 1)
        assert preview.score()["addresses"] == score["addresses"] and mine.read_bytes() != other


def test_other_scenes_and_renders(moving, project):
    names = [scene["name"] for scene in moving.topics["scenes"]]
    assert names == ["Counting", "Moving"]
    assert moving.post("render", scene="Moving", quality="l") == 204
    order = moving.until(lambda: [o for o in moving.topics["renders"] if o["state"] == "done"], 120)[0]
    assert Path(order["text"]).is_file() and order["done"] == 98
    assert moving.post("open", scene="Counting") == 204
    moving.until(lambda: moving.topics["main"]["scene"] == "Counting" and moving.state() == "fresh")
    assert moving.score()["captions"][0][2] == "It counts."
    assert moving.post("compare", trace="cities3") == 204
    moving.until(lambda: moving.topics["other"]["state"] == "fresh")
    assert moving.get("score/other/now")["addresses"] == moving.score()["addresses"]


def test_a_hanging_scene_is_stopped_and_says_where(project):
    with Preview(*project, "Moving", limit=5) as preview:
        preview.listen().settled()
        preview.edit("        self.add(disc)\n", "        while disc:\n            pass\n")
        mistake = preview.settled("broken", seconds=60)["mistake"]
        assert mistake["kind"] == "Hanging" and mistake["way"][-1]["file"] == "scenes/tiny.py"
        source = dict(map(tuple, mistake["way"][-1]["source"]))
        assert source[mistake["way"][-1]["line"]].strip() in ("while disc:", "pass")
        preview.edit("        while disc:\n            pass\n", "        self.add(disc)\n")
        preview.settled()


def test_a_still_is_kept_up_to_date(project):
    with Preview(*project, "Moving", "--still", "--at", "1", "-ql") as preview:
        path = Path(preview.url)

        def red():
            pixels = np.asarray(Image.open(path).convert("RGB"), dtype=int)
            return pixels[..., 0].max() > 150 and pixels[..., 2].max() < 60

        preview.until(path.is_file)
        assert not red()
        preview.edit("    colour = style.POSITIVE", '    colour = "#FF0000"')
        preview.until(red)


@linux
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_it_ends_cleanly(project, number, code):
    with Preview(*project, "Moving") as preview:
        preview.listen().settled()
        preview.edit("run_time=4.5", "run_time=5.5")  # so that it is at work
        time.sleep(0.3)
        assert len(preview.family()) > 3
        start = time.monotonic()
        assert preview.end(number) == code, "".join(preview.errors)
        assert time.monotonic() - start < 15  # moments, where nothing else runs
        preview.until(lambda: not preview.family(), 10)
        assert "Traceback" not in "".join(preview.errors)


@linux
@pytest.mark.parametrize("processes", [2, 3, 4])
def test_ctrl_c_while_it_starts(project, processes):
    with Preview(*project, "Moving") as preview:
        preview.until(lambda: len(preview.family()) >= processes)  # they are importing
        assert preview.end() == 130
        preview.until(lambda: not preview.family(), 10)
        assert "Traceback" not in "".join(preview.errors)


@linux
def test_killed_it_leaves_nobody_behind(project):
    with Preview(*project, "Moving") as preview:
        preview.listen().settled()
        os.kill(preview.process.pid, signal.SIGKILL)
        preview.process.wait()
        preview.until(lambda: not preview.family(), 10)


def test_many_pages_that_do_not_listen(moving):
    sockets = []
    for _ in range(40):
        one = socket.create_connection(("127.0.0.1", moving.port))
        path = moving.url.split(str(moving.port))[1]
        one.sendall(f"GET {path}events HTTP/1.1\r\nHost: 127.0.0.1:{moving.port}\r\n\r\n".encode())
        sockets.append(one)
    time.sleep(0.5)
    assert moving.ask("events")[0] == 503
    assert moving.ask("state")[0] == 200
    edited(moving, "rotate(1.0)", "rotate(0.9)")
    for one in sockets:
        one.close()
    moving.until(lambda: moving.ask("state")[0] == 200)
