"""Workers that die or hang. The jobs are functions of this file, so that workers can import them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio import crew, scratch
from studio.crew import Crew
from studio.jobs import JobFailed
from studio.project import ROOT


def echo(value):
    return value


def die(folder, times):
    """Kill its own worker the first `times` times."""
    (Path(folder) / str(time.monotonic_ns())).touch()
    if len(list(Path(folder).iterdir())) <= times:
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def hang():
    time.sleep(1000)


def slow(value):
    time.sleep(0.3)
    return value


def gather(*calls, jobs=2):
    found = []
    with Crew(jobs) as hands:
        for number, call in enumerate(calls):
            hands.submit(call, f"job {number}", found.append)
        hands.drain()
    return found


def test_a_dead_worker_costs_nothing_but_time(tmp_path):
    found = gather((die, str(tmp_path), 2), *((slow, i) for i in range(6)))
    assert sorted(map(str, found)) == ["0", "1", "2", "3", "4", "5", "done"]


def test_the_job_that_always_kills_its_worker_is_named_and_no_other(tmp_path):
    (tmp_path / "d").mkdir()
    with pytest.raises(JobFailed, match=r"^job 3: tried 3 times, and its worker died \(killed, or out of memory\)$"):
        gather(*((slow, i) for i in range(3)), (die, str(tmp_path / "d"), 99), *((slow, i) for i in range(3)))


def test_a_worker_without_a_sign_of_life_is_replaced_and_named(monkeypatch):
    monkeypatch.setenv("GRADREEL_PATIENCE", "1.0")
    began = time.monotonic()
    with pytest.raises(JobFailed, match=r"^job 0: tried 3 times, and its worker said nothing for 1 s$"):
        gather((hang,), jobs=1)
    assert time.monotonic() - began < 60


def test_patience_is_long_unless_told_otherwise(monkeypatch):
    monkeypatch.delenv("GRADREEL_PATIENCE", raising=False)
    assert crew.patience() >= 300
    monkeypatch.setenv("GRADREEL_PATIENCE", "soon")
    assert crew.patience() >= 300


def test_a_display_that_fails_does_not_stop_the_work():
    def report(*item):
        raise RuntimeError("no terminal")

    with Crew(1, report) as hands:
        found = []
        for number in range(3):
            hands._mouth.send(("x", "y", 1))
            hands.submit((echo, number), "echo", found.append)
        hands.drain()
    assert sorted(found) == [0, 1, 2]


def test_dead_processes_scratch_is_swept(tmp_path, monkeypatch):
    monkeypatch.setattr(scratch.tempfile, "tempdir", str(tmp_path))
    child = os.fork()
    if not child:
        (tmp_path / f"{scratch.mark()}abc").mkdir()
        os._exit(0)
    os.waitpid(child, 0)
    mine = scratch.folder()
    assert len(list(tmp_path.iterdir())) == 2
    assert scratch.sweep() == 1
    assert [str(path) for path in tmp_path.iterdir()] == [mine.name]
    mine.cleanup()


def test_what_has_ended_is_dead_even_before_anybody_asks_how():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert not scratch.is_dead(process.pid)
    process.kill()
    deadline = time.monotonic() + 10
    while not scratch.is_dead(process.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert scratch.is_dead(process.pid)  # a zombie now
    process.wait()
    assert scratch.is_dead(process.pid)


def loaded():
    """Which modules a worker has before it has done anything."""
    return sorted(sys.modules)


STARTED_AS_A_BUILD_DOES = """
from studio import forks
from studio.crew import Crew
from test_crew import loaded
forks.start()  # long before there is a crew
with Crew(1) as hands:
    hands.submit((loaded,), "", lambda names: print("manim" in names, "scenes.stage" in names))
    hands.drain()
"""


def test_workers_are_born_with_manim_and_without_the_projects_code():
    folders = os.pathsep.join(str(folder) for folder in (ROOT, ROOT / "tests"))
    done = subprocess.run(
        [sys.executable, "-c", STARTED_AS_A_BUILD_DOES],
        capture_output=True, text=True, timeout=120, env={**os.environ, "PYTHONPATH": folders},
    )  # fmt: skip
    assert done.stdout.split() == ["True", "False"], done.stderr
