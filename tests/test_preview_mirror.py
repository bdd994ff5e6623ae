"""The preview's private copy of the sources: every kind of save is seen, by content, and nothing else is."""

from __future__ import annotations

import os
import shutil

import pytest
import tiny

from studio import plan
from studio.jobs import SceneJob
from studio.preview.mirror import Mirror, module_name, reached_by
from studio.snapshot import taken


@pytest.fixture
def mirror(tmp_path):
    found = Mirror(tmp_path / "tree", tiny.make(tmp_path / "project"))
    found.follow()
    return found


def test_nothing_changed_is_nothing(mirror):
    assert not mirror.pending()
    for path in (mirror.source / "scenes").glob("*.py"):
        os.utime(path, (0, 0))
    assert not mirror.follow()


def test_an_edit_within_the_same_second_and_size(mirror):
    path = mirror.source / "scenes" / "tiny.py"
    stat = path.stat()
    path.write_text(path.read_text().replace("rotate(1.0)", "rotate(1.5)"))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert mirror.follow().edited == {"scenes/tiny.py"}
    assert "rotate(1.5)" in (mirror.folder / "scenes" / "tiny.py").read_text()


def test_saving_by_renaming_new_files_and_lost_ones(mirror):
    path = mirror.source / "scenes" / "tiny.py"
    other = path.with_name("4913")
    other.write_text(path.read_text() + "\n# more\n")
    other.replace(path)
    (mirror.source / "scenes" / "new.py").write_text("x = 1\n")
    (mirror.source / "data" / "cities.json").unlink()
    change = mirror.follow()
    assert (change.edited, change.came, change.went) == ({"scenes/tiny.py"}, {"scenes/new.py"}, {"data/cities.json"})
    assert not (mirror.folder / "data" / "cities.json").exists()
    assert not mirror.follow()


def test_what_editors_and_builds_leave_about_is_not_seen(mirror):
    (mirror.source / "scenes" / ".tiny.py.swp").write_text("x")
    (mirror.source / "scenes" / "tiny.py~").write_text("x")
    (mirror.source / "data" / "traces").mkdir()
    (mirror.source / "data" / "traces" / "x.json").write_text("x")
    (mirror.source / "engine" / "__pycache__").mkdir(exist_ok=True)
    (mirror.source / "engine" / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert not mirror.follow()


def test_its_keys_are_those_of_a_build(mirror):
    with taken(mirror.source) as snapshot:
        job = SceneJob(str(snapshot.root), "scenes.tiny", "Moving", (), "l")
        assert plan.inputs(job, mirror.snapshot(), {}) == plan.inputs(job, snapshot, {})


def test_who_is_reached_by_an_edit(mirror):
    def reached(name):
        return reached_by(frozenset({name}), mirror.folder, mirror.contents())

    assert "scenes.tiny" in reached("scenes/style.py")
    assert "scenes.parts.readout" in reached("scenes/style.py")
    assert reached("scenes/tiny.py") == ["scenes.tiny"]
    assert "engine.trace" not in reached("scenes/style.py")
    assert {"engine.trace", "scenes.stage", "scenes.tiny"} <= set(reached("engine/errors.py"))
    assert "scenes.parts.readout" in reached("scenes/parts/__init__.py")


def test_module_names():
    from pathlib import Path

    assert module_name(Path("scenes/parts/bars.py")) == "scenes.parts.bars"
    assert module_name(Path("scenes/__init__.py")) == "scenes"


def test_a_file_that_does_not_parse_is_mirrored_all_the_same(mirror):
    path = mirror.source / "scenes" / "tiny.py"
    path.write_text("def broken(:\n")
    mirror.follow()
    assert (mirror.folder / "scenes" / "tiny.py").read_text() == "def broken(:\n"
    assert reached_by(frozenset({"scenes/tiny.py"}), mirror.folder, mirror.contents()) == ["scenes.tiny"]
    shutil.rmtree(mirror.source / "scenes" / "parts")
    assert mirror.follow().went
