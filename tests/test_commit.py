"""A crash after every step of a commit: what is seen afterwards is the old state or the new one, never a mixture."""

import os
import subprocess
import sys

import pytest
import tiny
from house_on_fire import COMMITS, make_crashable

# Runs in a process of its own, whose engine and studio crash where they are told. {work} makes the change; every
# attempt forks, so that each crash finds the old state.
SCRIPT = """
import itertools, os, shutil, sys
from pathlib import Path

sys.path.insert(0, os.getcwd())
folder = Path(sys.argv[1])
{setup}
at = 0
while True:
    at += 1
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    old()
    child = os.fork()
    if not child:
        os._steps = itertools.count(1)
        os.environ["GRADREEL_CRASH_AT"] = str(at)
        new()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    state = seen()
    from studio import scratch
    scratch.sweep(folder)
    left = [p.name for p in folder.rglob(".gradreel~*")]
    assert not left, left
    again = seen()
    assert again == state, (again, state)
    print(at, os.WIFSIGNALED(status), state, flush=True)
    if not os.WIFSIGNALED(status):
        break
    new()
    assert seen() == "new", "a second attempt after the crash"
"""
STORE = """
from studio.store import Store
store = Store(folder)
old = lambda: store.put("chunk", "ab12", b"old" * 1000)
new = lambda: store.put("chunk", "ab12", b"new" * 2000)
seen = lambda: {b"old" * 1000: "old", b"new" * 2000: "new"}.get(store.get("chunk", "ab12"), "damaged")
"""
FILE = """
from studio.project import write_bytes
path = folder / "video.mp4"
old = lambda: write_bytes(path, b"old" * 1000)
new = lambda: write_bytes(path, b"new" * 2000)
seen = lambda: {b"old" * 1000: "old", b"new" * 2000: "new"}.get(path.read_bytes(), "damaged")
"""
TRACE = """
import numpy as np
from engine.errors import TraceError
from engine.trace import Trace
from engine.trace_writer import TraceWriter

def write(value, steps):
    meanings = {"loss": "number", "w": "(200,) weights"}
    with TraceWriter(folder / "run", "run", {}, meanings, chunk_bytes=4000, resume_key=str(value)) as writer:
        writer.constants({"w": np.full(200, value)})
        for step in range(int(writer.state["next"][0]) if writer.state else 0, steps):
            writer.append("step", step, {"loss": np.full(100, value)})
            writer.checkpoint(lambda: {"next": np.array([step + 1])})

old = lambda: write(1.0, 20)
new = lambda: write(2.0, 30)

def seen():
    try:
        trace = Trace.load(folder / "run")
        trace.verify()
    except TraceError as error:
        return "none" if not (folder / "run").exists() else f"damaged: {error}"
    values = set(trace.series("loss").ravel()) | set(trace.constant("w").value)
    return {(1.0, 20): "old", (2.0, 30): "new"}.get((*values, len(trace.steps("loss"))), f"mixed {values}")
"""


@pytest.mark.parametrize(
    "setup, between", [(STORE, ()), (FILE, ()), (TRACE, ("none",))], ids=["store", "file", "trace"]
)
def test_a_crash_after_every_step(tmp_path, setup, between):
    project = tiny.make(tmp_path / "project")
    for name, functions in COMMITS.items():
        make_crashable(project / name, functions)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.replace("{setup}", setup), str(tmp_path / "place")], cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    states = [state for _, _, state in lines]
    assert len(lines) > 6 and set(states) <= {"old", "new", *between}, states
    assert states == sorted(states, key=["old", "none", "new"].index), "it went back and forth"
    assert lines[-1][1:] == ["False", "new"]
    assert all(crashed == "True" for _, crashed, _ in lines[:-1])
