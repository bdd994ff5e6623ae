"""`reel check` on the film's own scenes: what it prints, what it returns."""

import json

import pytest
from click.testing import CliRunner

from studio import check_all
from studio.check.findings import KINDS, Finding, Report, Thing
from studio.cli import main
from studio.commands.check import command

FAULT = Finding("crossed", "Scene", "one", 1.0, 2.5, "is crossed", (Thing("word", "scenes/a.py:3"),), 2)


@pytest.fixture
def reports(monkeypatch):
    """Stand-ins for what checking finds."""
    given = [Report("Scene", [FAULT], [], 30, 10, 0.5), Report("Sound", [], [FAULT], 30, 10, 0.5)]
    monkeypatch.setattr(check_all, "check", lambda infos, jobs, progress: given)
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
    from pathlib import Path

    told = (Path(__file__).parents[1] / "docs" / "authoring.md").read_text(encoding="utf-8")
    assert all(f"| `{kind}` |" in told for kind in KINDS)
