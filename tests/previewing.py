"""A running `reel preview` of the tiny project, as tests and measurements handle it: by HTTP, edits and signals."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from urllib.parse import urlsplit


class Preview:
    """`reel preview SCENE` on the sources in `project`; `topics` holds the newest of what it tells its pages."""

    def __init__(self, project: Path, renders: Path, traces: Path, *words: str, limit: float = 30.0) -> None:
        self.project = project
        self.mark = f"GRADREEL_TESTED={uuid.uuid4().hex}"
        environment = {**os.environ, "PYTHONPATH": str(project), "GRADREEL_RENDERS": str(renders),
                       "GRADREEL_TRACES": str(traces), "GRADREEL_TESTED": self.mark.split("=")[1]}  # fmt: skip
        command = [sys.executable, "-m", "studio.cli", "preview", *words, "--no-open", "--limit", str(limit)]
        self.process = subprocess.Popen(
            command, cwd=project, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
        self.topics: dict[str, object] = {}
        self.history: list[tuple[float, str, object]] = []
        self.errors: list[str] = []
        threading.Thread(target=self._hear, args=(self.process.stderr,), daemon=True).start()
        self._url = ""

    @property
    def url(self) -> str:
        """What it prints first, once it is there: the page's address, or the path of the still."""
        if not self._url:
            self._url = self.process.stdout.readline().split()[-1]
        return self._url

    def _hear(self, stream) -> None:
        for line in stream:
            self.errors.append(line)

    # -- over HTTP -----------------------------------------------------------------------------------
    @property
    def port(self) -> int:
        return urlsplit(self.url).port

    def ask(self, path: str, method: str = "GET", body: object = None, **headers: str) -> tuple[int, bytes]:
        """Status and body of what the server answers to `path` below the token."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            given = {"Host": f"127.0.0.1:{self.port}", **headers}
            data = None
            if body is not None:
                data = json.dumps(body)
                given = {"Origin": f"http://127.0.0.1:{self.port}", "Content-Type": "application/json", **given}
            connection.request(method, urlsplit(self.url).path + path, body=data, headers=given)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def get(self, path: str) -> object:
        status, data = self.ask(path)
        assert status == 200, (path, status, data[:200])
        return json.loads(data)

    def post(self, path: str, **body: object) -> int:
        return self.ask(path, "POST", body)[0]

    def listen(self) -> Preview:
        """Follow the server's events from now on."""
        ready, path = threading.Event(), urlsplit(self.url).path + "events"

        def run() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                connection.request("GET", path)
                topic = ""
                for line in connection.getresponse():
                    if line.startswith(b"event: "):
                        topic = line[7:].strip().decode()
                    elif line.startswith(b"data: "):
                        self.topics[topic] = json.loads(line[6:])
                        self.history.append((time.time(), topic, self.topics[topic]))
                        ready.set()

        threading.Thread(target=run, daemon=True).start()
        ready.wait(10)
        return self

    def until(self, meant, seconds: float = 90.0):
        """Wait until `meant()` is true, and return it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                found = meant()
            except (KeyError, TypeError):
                found = None
            if found:
                return found
            time.sleep(0.02)
        raise AssertionError(f"waited in vain; state {self.topics.get('main')}; {''.join(self.errors)[-2000:]}")

    def state(self) -> str:
        return self.topics["main"]["state"]

    def settled(self, state: str = "fresh", generation: int = 0, seconds: float = 90.0) -> dict:
        """Wait until the pane is in `state` and at least the redrawing `generation`."""
        return self.until(
            lambda: self.state() == state and self.topics["main"]["generation"] >= generation and self.topics["main"],
            seconds,
        )

    def generation(self) -> int:
        return self.topics["main"]["generation"]

    def score(self, which: str = "now") -> dict:
        return self.get(f"score/main/{which}")

    # -- edits ----------------------------------------------------------------------------------------
    def edit(self, old: str, new: str, name: str = "scenes/tiny.py", rename: bool = False) -> None:
        """Replace text in a file, saving in place or, as many editors do, by renaming."""
        path = self.project / name
        text = path.read_text()
        assert old in text, (old, name)
        if rename:
            other = path.with_name(f".{path.name}.new")
            other.write_text(text.replace(old, new))
            other.replace(path)
        else:
            path.write_text(text.replace(old, new))

    # -- processes ------------------------------------------------------------------------------------
    def family(self) -> list[int]:
        """Processes of the preview that are alive, itself included: found by their environment, on Linux."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                state = (path / "stat").read_text().rpartition(")")[2].split()[0]
                if self.mark.encode() in (path / "environ").read_bytes().split(b"\0") and state != "Z":
                    found.append(int(path.name))
        return found

    def memory(self) -> int:
        """Bytes of the whole family's memory, shared pages counted by share; 0 where nobody knows."""
        total = 0
        for pid in self.family():
            with contextlib.suppress(OSError, IndexError):
                text = Path(f"/proc/{pid}/smaps_rollup").read_text()
                total += 1024 * int(text.split("Pss:")[1].split()[0])
        return total

    def end(self, number: int = signal.SIGINT) -> int:
        """Send a signal; the exit code. As from a terminal, Ctrl-C goes to every process of the group."""
        if self.process.poll() is None and number == signal.SIGINT:
            os.killpg(self.process.pid, number)
        elif self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(30)

    def __enter__(self) -> Preview:
        return self

    def __exit__(self, *error: object) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.end()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
