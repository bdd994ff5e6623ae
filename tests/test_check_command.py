"""`reel check` on the film's own scenes: what it prints, what it returns."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image
from scene_runs import far_trace

from studio import check_all
from studio.check.findings import KINDS, Finding, Report, Thing
from studio.cli import main
from studio.commands.check import command
from studio.commands.sheet import command as sheet

FAULT = Finding("crossed", "Scene", "one", 1.0, 2.5, "is crossed", (Thing("word", "scenes/a.py:3"),), 2)


@pytest.fixture
def reports(monkeypatch):
    """Stand-ins for what checking finds."""
    given = [Report("Scene", [FAULT], [], 30, 10, 0.5), Report("Sound", [], [FAULT], 30, 10, 0.5)]
    monkeypatch.setattr(check_all, "check", lambda infos, jobs, progress, overrides: given)
    return given


def test_findings_are_printed_with_time_place_and_line(reports):
    result = CliRunner().invoke(command, ["ThreeCities"], standalone_mode=False)
    assert result.return_value == 1
    first, _, waived, last = result.output.splitlines()
    assert first == "Scene 1.0–2.5 s [one] crossed: word (scenes/a.py:3): is crossed; 2 more alike"
    assert "waived" in waived
    assert last.startswith("Sound: nothing wrong, 1 waived")


def test_json_says_the_same(reports):
    found = json.loads(CliRunner().invoke(command, ["ThreeCities", "--json"]).output)
    assert [Report.from_dict(one) for one in found] == reports


def test_another_run_stands_in_for_the_scenes_own(tmp_path):
    folder = far_trace(tmp_path, count=3)
    result = CliRunner().invoke(command, ["ThreeCities", "--trace", str(folder)], standalone_mode=False)
    assert (result.return_value, result.exception) == (0, None)
    assert "ThreeCities: nothing wrong" in result.output


def test_a_contact_sheet_of_another_run(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADREEL_RENDERS", str(tmp_path / "renders"))
    out = tmp_path / "page.png"
    words = ["ToyModel", "-n", "2", "-ql", "--trace", str(far_trace(tmp_path, count=4)), "-o", str(out)]
    assert CliRunner().invoke(sheet, words, standalone_mode=False).exception is None
    assert Image.open(out).width > 800


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check", "--trace", "cities4"], "name the scenes"),
        (["check", "Prologue", "--trace", "cities4"], "drawn from no run"),
        (["sheet", "--all", "--trace", "cities4"], "name the scenes"),
        (["sheet", "ThreeCities", "--trace", "nowhere.toml"], "no such file"),
    ],
)
def test_a_run_that_cannot_stand_in_is_one_line_and_code_2(words, said, capsys):
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    assert said in capsys.readouterr().err


def test_an_unknown_scene_is_one_line_and_code_2(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["check", "ThreeCitys"])
    assert stop.value.code == 2
    assert "did you mean ThreeCities" in capsys.readouterr().err


def test_a_title_card_of_the_film_is_sound(monkeypatch, tmp_path):
    monkeypatch.setenv("GRADREEL_RENDERS", str(tmp_path))
    result = CliRunner().invoke(command, ["ChapterOne"], standalone_mode=False)
    assert (result.return_value, result.exception) == (0, None)
    assert "ChapterOne: nothing wrong" in result.output


def test_every_kind_is_explained():
    told = (Path(__file__).parents[1] / "docs" / "authoring.md").read_text(encoding="utf-8")
    assert all(f"| `{kind}` |" in told for kind in KINDS)
