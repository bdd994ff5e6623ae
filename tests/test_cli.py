"""The command line: every verb explains itself, and every failure is one line with the right exit code."""

import json
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
import tiny

from studio.cli import COMMANDS, main
from studio.project import ROOT

LLM = find_spec("torch") and find_spec("transformers")


def reel(*words, env=None, cwd=None, timeout=120):
    done = subprocess.run(
        [sys.executable, "-m", "studio.cli", *map(str, words)],
        capture_output=True, text=True, timeout=timeout, cwd=cwd or ROOT, env={**os.environ, **(env or {})},
    )  # fmt: skip
    return done


def run(capsys, *words):
    """`reel` in this process: exit code, output, error output."""
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    out = capsys.readouterr()
    return stop.value.code or 0, out.out, out.err


@pytest.fixture(autouse=True)
def keep_signal_handlers():
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("verb", COMMANDS)
def test_every_verb_has_help_with_an_example(capsys, verb):
    code, out, _ = run(capsys, verb, "--help")
    assert code == 0 and "Example:" in out and f"reel {verb}" in out


def test_list_is_quick_and_never_imports_manim():
    code = (
        "import sys, studio.cli\n"
        "try: studio.cli.main(['list', '--json'])\n"
        "except SystemExit: pass\n"
        "assert not {'manim', 'numpy', 'scenes'} & set(sys.modules), 'heavy imports'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    three = next(row for row in rows if row["name"] == "ThreeCities")
    assert three["trace"] == "cities3" and three["chapter"] == 1 and three["about"]


@pytest.mark.parametrize(
    "words, says",
    [
        (["render", "ThreeCites"], "did you mean ThreeCities"),
        (["render", "Nothing-like-it"], "`reel list` shows them all"),
        (["render", "ThreeCities", "-q", "x"], "'x' is not one of"),
        (["render", "ThreeCities", "-t", "--format", "mp4"], "cannot be transparent"),
        (["render", "ThreeCities", "-o", "a.txt"], "must end in .mp4"),
        (["render", "ThreeCities", "--trace", "no-such.toml"], "no such file"),
        (["trace", "no_such"], "no such experiment"),
        (["trace", "../../etc/passwd"], "not the name of an experiment"),
        (["trace"], "name an experiment or say --all"),
        (["trace", "llama", "--model", "/no/such/folder"], "no checkpoint" if LLM else "extra 'llm'"),
        (["trace", "--model", "/no/such/folder"], "give the trace one name"),
        (["trace", "cities3", "--show", "x"], "go with --model"),
        (["film", "--chapters", "1,x"], "not numbers"),
        (["film", "--chapters", "77"], "no such chapter"),
        (["still", "ThreeCities", "--at", "1", "--step", "2"], "say one of"),
        (["nonsense"], "No such command"),
        (["render"], "Missing argument"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(capsys, words, says):
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert says in err and err.count("\n") == 1 and err.startswith("reel: ") and "Traceback" not in err


def test_ones_own_file_may_not_be_called_like_the_films(capsys, tmp_path):
    path = tmp_path / "cities3.toml"
    path.write_text((ROOT / "data" / "experiments" / "cities3.toml").read_text())
    before = (ROOT / "data" / "traces" / "cities3" / "manifest.json").exists()
    for arguments in (["trace", str(path)], ["render", "ThreeCities", "--trace", str(path)]):
        code, out, err = run(capsys, *arguments)
        assert (code, out) == (2, "") and err.count("\n") == 1
        assert "cities3.toml: the film has an experiment called cities3" in err
    assert (ROOT / "data" / "traces" / "cities3" / "manifest.json").exists() == before


def test_bad_toml_names_file_and_key(capsys, tmp_path):
    text = (ROOT / "data" / "experiments" / "cities3.toml").read_text()
    path = tmp_path / "mine.toml"
    path.write_text(text + "\n[surprise]\nx = 1\n")
    code, _, err = run(capsys, "trace", path)
    assert code == 2 and err.count("\n") == 1 and "mine.toml: surprise" in err
    for words in (("render",), ("still",)):  # in place of a scene's own run: told before anything is begun
        code, out, err = run(capsys, *words, "ThreeCities", "--trace", path)
        assert (code, out) == (2, "") and err.count("\n") == 1 and "mine.toml: surprise" in err


def test_a_corrupted_trace_is_made_again(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADREEL_TRACES", str(tmp_path))
    assert run(capsys, "trace", "cities3")[0] == 0
    chunk = next((tmp_path / "cities3").glob("step-*.safetensors"))
    whole = chunk.read_bytes()
    chunk.write_bytes(whole[: len(whole) // 2])
    code, out, _ = run(capsys, "trace", "cities3", "--json")
    assert code == 0 and json.loads(out)["first_loss"] == pytest.approx(2.4506, abs=5e-5)
    assert chunk.read_bytes() == whole


def test_doctor_knows_what_is_here(capsys):
    code, out, _ = run(capsys, "doctor", "--json")
    found = {item["name"]: item for item in json.loads(out)}
    assert code == 0
    assert all(found[name]["ok"] for name in ("Python", "manim", "typst", "fonts", "encoder", "disk space"))


def test_a_missing_library_is_told(capsys, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    code, out, _ = run(capsys, "doctor")
    assert code == 1 and "pkg-config is missing" in out and "apt-get install" in out


@pytest.fixture
def project(tmp_path, traces):
    project = tiny.make(tmp_path / "project")
    env = {"GRADREEL_TRACES": str(traces), "GRADREEL_RENDERS": str(tmp_path / "renders"), "PYTHONPATH": str(project)}
    return project, env


@pytest.mark.parametrize("grace", [1.7, 0], ids=["in good order", "at once"])
def test_ctrl_c_ends_in_two_seconds_with_130_and_no_child(project, tmp_path, grace):
    folder, env = project
    with (folder / "scenes" / "tiny.py").open("a") as file:
        file.write("\n\nclass Long(TraceScene):\n    def construct(self):\n")
        file.write("        self.play(Circle().animate.shift(RIGHT), run_time=900)\n")
    process = subprocess.Popen(
        [sys.executable, "-c", f"from studio import cli; cli.GRACE = {grace}; cli.main()", "render", "Long"],
        cwd=folder, env={**os.environ, **env}, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    for line in process.stderr:  # until the workers draw
        if "frames" in line:
            break
    time.sleep(1)
    assert process.poll() is None
    asked = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130 and time.monotonic() - asked < 8
    assert err.strip().splitlines()[-1].startswith("reel: stopped") and "Traceback" not in err
    assert not list((tmp_path / "renders").rglob("*.mp4"))
    time.sleep(2)
    assert not alive(process.pid)


def alive(group: int) -> list[int]:
    """Processes of a process group that are not yet gone."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
@pytest.mark.parametrize("size", ["16k", "64k"])
def test_a_full_disk_is_one_line_and_leaves_nothing_partial(project, tmp_path, size):
    folder, env = project
    disk = tmp_path / "renders"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)]).returncode:
        pytest.skip("this machine does not let root mount a tmpfs")
    try:
        done = reel("render", "Moving", "-qm", env=env, cwd=folder)
        assert done.returncode == 1
        lines = [line for line in done.stderr.splitlines() if line.startswith("reel: ")]
        assert len(lines) == 1 and "No space left on device" in lines[0] and str(disk) in lines[0]
        assert not list(disk.rglob("*.mp4")) and not list(disk.rglob(".*-*.mp4"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)
