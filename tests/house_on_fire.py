"""For `make torture`: a tiny project of its own that is built, disturbed and built again, and what is known of it."""

from __future__ import annotations

import ast
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import tiny

FILES = (
    "Counting.mp4", "Counting.srt", "Counting.where.json", "Moving.mp4", "film.mp4", "film.vtt", "index.html",
)  # fmt: skip
COMMITS = {  # the functions through which everything is written
    "studio/project.py": ("write_whole", "write_bytes", "_sync"),
    "engine/trace_format.py": ("write_whole", "sync_folder"),
    "engine/trace_writer.py": ("_publish", "finish", "_write_journal"),
}
CRASH = """

import itertools
import os
import signal

os.__dict__.setdefault("_steps", itertools.count(1))  # one row of steps for all modules


def _crash_here() -> None:
    if next(os._steps) == int(os.environ.get("GRADREEL_CRASH_AT", "0")):
        os.kill(os.getpid(), signal.SIGKILL)
"""


@dataclass(slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str
    seconds: float = 0.0

    @property
    def drawn(self) -> int:
        """Frames of the film that were drawn."""
        found = re.search(r"^film: (\d+) of \d+ frames drawn", self.out, re.M)
        assert found, f"the film was not built: {self.code} {self.out}{self.err}"
        return int(found[1])

    def one_line(self) -> str:
        """The only line that tells of the failure."""
        lines = [line for line in self.err.splitlines() if line.startswith("reel: ")]
        assert len(lines) == 1 and "Traceback" not in self.err, self.err
        return lines[0]


class House:
    """A tiny project with its own traces, renders and scratch; every step of a commit is a place to crash."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = tiny.make(folder / "project")
        for name, functions in COMMITS.items():
            make_crashable(self.project / name, functions)
        slow = (self.project / "data/experiments/cities3.toml").read_text().replace("steps = 400", "steps = 30000")
        (self.project / "data/experiments/slow.toml").write_text(slow)
        self.renders, self.traces, self.scratch = folder / "renders", folder / "traces", folder / "tmp"
        self.scratch.mkdir()
        self.clean: dict[str, str] = {}
        self.within: tuple[str, ...] = ()  # what `reel` is started by, such as `unshare`

    def start(self, *words: str, **env: str) -> subprocess.Popen[str]:
        """Start `reel`, by default to build the film with two workers."""
        command = [*self.within, sys.executable, "-m", "studio.cli", *(words or ("film", "-j", "2"))]
        whole = {
            **os.environ,
            "PYTHONPATH": str(self.project),
            "GRADREEL_RENDERS": str(self.renders),
            "GRADREEL_TRACES": str(self.traces),
            "TMPDIR": str(self.scratch),
            **env,
        }
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=self.project, env=whole, stdout=pipe, stderr=pipe, text=True, start_new_session=True
        )

    def run(self, *words: str, **env: str) -> Ended:
        """Run `reel` to its end."""
        began = time.monotonic()
        process = self.start(*words, **env)
        try:
            out, err = process.communicate(timeout=400)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        return Ended(process.returncode, out, err, time.monotonic() - began)

    def build(self) -> Ended:
        """Build the film; it must succeed and leave nothing in the scratch folder."""
        done = self.run()
        assert done.code == 0, f"a build failed: {done.out}{done.err}"
        left = [str(path.relative_to(self.scratch)) for path in self.scratch.rglob("*")][:5]
        assert not left, f"scratch left behind: {left}"
        return done

    def digests(self) -> dict[str, str]:
        """What was built, by file."""
        folder = self.renders / "480p15"
        return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}

    def same(self, wanted: dict[str, str], what: str) -> None:
        """What was built is what is `wanted`, or the files that differ are named, and kept with store and traces."""
        found = self.digests()
        differing = [name for name in FILES if found[name] != wanted[name]]
        if differing:
            kept = Path(tempfile.mkdtemp(prefix="torture-kept-"))
            for place in (self.renders, self.traces):
                shutil.copytree(place, kept / place.name, ignore_dangling_symlinks=True)
            raise AssertionError(f"{what}: {', '.join(differing)}; kept in {kept}")

    def sound(self) -> None:
        """Every video that is to be seen is whole."""
        import av

        for path in self.renders.glob("480p15/[!.]*.mp4"):
            with av.open(str(path)) as video:
                assert sum(1 for _ in video.decode(video=0)) == video.streams.video[0].frames, f"{path} is not whole"

    def forget(self, *places: str) -> None:
        """Throw away videos and stamps, and `places` (renders, traces), so that the next build has work to do."""
        for name in places:
            shutil.rmtree(getattr(self, name), ignore_errors=True)
        shutil.rmtree(self.renders / "480p15", ignore_errors=True)
        shutil.rmtree(self.renders / ".stamps", ignore_errors=True)


def make_crashable(path: Path, functions: tuple[str, ...]) -> None:
    """Put a call of `_crash_here` after every statement of these functions, however deep."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in functions:
            for inner in ast.walk(node):
                for name in ("body", "orelse", "finalbody"):
                    block = getattr(inner, name, None)
                    if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                        setattr(inner, name, [s for one in block for s in _followed(one)])
    path.write_text(ast.unparse(ast.fix_missing_locations(tree)) + CRASH)


def _followed(statement: ast.stmt) -> list[ast.stmt]:
    if isinstance(statement, ast.Raise | ast.Return | ast.Continue | ast.Break):
        return [statement]
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return [statement]  # a docstring
    return [statement, ast.Expr(ast.Call(ast.Name("_crash_here", ast.Load()), [], []))]


def group_alive(group: int) -> list[int]:
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


def workers_of(group: int) -> list[int]:
    """Its worker processes: not the fork server, nor the resource tracker, which have another parent."""
    return [pid for pid in group_alive(group) if b"forkserver" in _words(pid) and b"forkserver" in _words(_parent(pid))]


def server_of(group: int) -> list[int]:
    """Its fork server."""
    alive = group_alive(group)
    return [p for p in alive if b"forkserver" in _words(p) and b"forkserver" not in _words(_parent(p))]


def _words(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0
