"""What parsing told is kept: found again by the text alone, forgotten when damaged, and nobody fails for want of it."""

import os

import pytest

from studio import closure, parsed
from studio.project import ROOT

SOURCE = '"""Words."""\nimport engine.trace\nfrom scenes import style as s, layout\n\nx = 1  # a comment\n'


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder of renders of its own, and a process that knows nothing yet."""
    monkeypatch.setenv("GRADREEL_RENDERS", str(tmp_path))
    forget(monkeypatch)
    return tmp_path / ".store"


def forget(monkeypatch):
    monkeypatch.setattr(parsed, "_known", None)
    parsed._learnt.clear()
    closure._read.cache_clear()


def digests():
    return [(path, closure.file_digest(path)) for path in closure.closure(ROOT, ["scenes.cities"])]


def test_nothing_is_parsed_twice(own, monkeypatch):
    first = digests()
    assert len(first) > 20 and len(list(own.iterdir())) == 1
    forget(monkeypatch)
    monkeypatch.setattr(closure, "_parsed", None)
    assert digests() == first


@pytest.mark.parametrize("damage", [b"", b"{}", b"x" * 300])
def test_damage_is_forgetting(own, monkeypatch, damage):
    first = digests()
    (path,) = own.iterdir()
    path.write_bytes(path.read_bytes()[: -len(damage) or 3] + damage)
    forget(monkeypatch)
    assert digests() == first


def test_another_text_is_parsed_anew(own, monkeypatch, tmp_path):
    path = tmp_path / "scenes" / "a.py"
    path.parent.mkdir()
    path.write_text(SOURCE)
    one = closure.file_digest(path), closure.imports(path)
    parsed.save()
    forget(monkeypatch)
    assert (closure.file_digest(path), closure.imports(path)) == one
    path.write_text(SOURCE.replace("a comment", "another"))
    assert closure.file_digest(path) == one[0]
    path.write_text(SOURCE.replace("x = 1", "x = 2"))
    assert closure.file_digest(path) != one[0]
    path.write_text(SOURCE.replace("layout", "stage"))
    assert closure.imports(path) != one[1]


def test_a_folder_that_cannot_be_written_to_costs_only_time(own, monkeypatch):
    monkeypatch.setenv("GRADREEL_RENDERS", os.devnull)
    assert len(digests()) > 20
