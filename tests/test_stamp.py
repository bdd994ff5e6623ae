"""The stamp of a build speaks of what it read: an edit meanwhile, or another trace in its place, is a change."""

import shutil

import pytest
import tiny

from studio import stamp
from studio.built import Built
from studio.snapshot import taken


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADREEL_RENDERS", str(tmp_path / "renders"))
    return tiny.make(tmp_path / "project")


def test_an_edit_during_a_build_is_a_change_after_it(project):
    with taken(project) as snapshot:
        read = stamp.sources(snapshot.root)
        assert read == stamp.sources(project)
        path = project / "scenes" / "tiny.py"
        path.write_text(path.read_text().replace("rotate(1.0)", "rotate(1.5)"))
        assert stamp.sources(project) != read == stamp.sources(snapshot.root)
    item = Built(None, None, sources={"cities3": {"trace": "ab"}}, sources_hash=read)
    assert stamp.of_build("film", [item]) == stamp.state("film", read, {"cities3": "ab"})
    assert stamp.of_build("film", [item]) != stamp.state("film", stamp.sources(project), {"cities3": "ab"})


@pytest.mark.parametrize("name", ["data/cities.json", "studio/page/film.html", "scenes/film.toml", "engine/net.py"])
def test_every_input_counts(project, name):
    before = stamp.sources(project)
    with (project / name).open("a") as file:
        file.write("\n")
    assert stamp.sources(project) != before


def test_a_trace_recorded_anew_in_the_folder_that_stands_in_is_a_change(traces, tmp_path):
    place = tmp_path / "mine"
    shutil.copytree(traces / "cities3", place)
    before = stamp.now("render", ["cities3"], {"cities3": str(place)})
    assert stamp.now("render", ["cities3"], {"cities3": str(place)}) == before
    shutil.rmtree(place)
    shutil.copytree(traces / "cities3_adam", place)
    assert stamp.now("render", ["cities3"], {"cities3": str(place)}) != before


def test_what_was_written_must_still_stand(project, tmp_path):
    file = tmp_path / "a.mp4"
    file.write_bytes(b"film")
    stamp.leave("film", "s", [file], {"lines": []})
    assert stamp.recall("film", "s") == {"lines": []} and stamp.recall("film", "t") is None
    file.write_bytes(b"filn")
    assert stamp.recall("film", "s") is None
