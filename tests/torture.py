"""`make torture`: kills, damage and crowds; every time the film must come out as from a clean build.

    python tests/torture.py --seconds 3600

Each round makes one misfortune at random (with the seed that is printed), lets the build run again, and compares the
videos' bytes with those of a clean build. Ends with "N passed, 0 failed", or at the first failure with its seed.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import tiny

FILES = ("Counting.mp4", "Moving.mp4", "film.mp4")


class House:
    """A tiny project of its own, with its own traces and renders."""

    def __init__(self, folder: Path) -> None:
        self.project = tiny.make(folder / "project")
        self.renders, self.traces = folder / "renders", folder / "traces"
        self.env = {
            **os.environ,
            "PYTHONPATH": str(self.project),
            "GRADREEL_RENDERS": str(self.renders),
            "GRADREEL_TRACES": str(self.traces),
        }

    def start(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "studio.cli", *(words or ("film", "-j", "2"))]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=self.project, env=self.env, stdout=pipe, stderr=pipe, text=True, start_new_session=True
        )

    def build(self) -> None:
        process = self.start()
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, f"a build failed: {out}{err}"

    def digests(self) -> dict[str, str]:
        folder = self.renders / "480p15"
        return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}

    def sound(self) -> None:
        """Every video that is to be seen is whole."""
        import av

        for path in self.renders.glob("480p15/[!.]*.mp4"):
            with av.open(str(path)) as video:
                assert sum(1 for _ in video.decode(video=0)) == video.streams.video[0].frames, f"{path} is not whole"

    def forget(self, chance: random.Random) -> None:
        """Throw away something, so that the next build has work to do."""
        for name in ("renders", "traces"):
            if chance.random() < 0.5:
                shutil.rmtree(getattr(self, name), ignore_errors=True)
        shutil.rmtree(self.renders / "480p15", ignore_errors=True)
        shutil.rmtree(self.renders / ".stamps", ignore_errors=True)


def group_alive(group: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


# -- misfortunes -------------------------------------------------------------------------------------
def kill(house: House, chance: random.Random) -> None:
    """SIGKILL at a random moment, half the time to the parent alone; no orphan may be left after two seconds."""
    house.forget(chance)
    process = house.start()
    time.sleep(chance.uniform(0.1, 7.0))
    if chance.random() < 0.5:
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    time.sleep(2.0)
    assert not group_alive(process.pid), "orphans after two seconds"
    house.sound()


def polite(house: House, chance: random.Random) -> None:
    """SIGINT, SIGTERM or SIGHUP: the right exit code within two seconds, and no child alive."""
    house.forget(chance)
    process = house.start()
    time.sleep(chance.uniform(1.5, 6.0))
    number = chance.choice([signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    done = process.poll() is not None
    began = time.monotonic()
    process.send_signal(number)
    _, err = process.communicate(timeout=10)
    if not done and process.returncode != 0:
        assert process.returncode == 128 + number, f"exit {process.returncode} after {number!r}: {err}"
        assert time.monotonic() - began < 2.5, "took longer than two seconds to stop"
        assert "Traceback" not in err, err
    time.sleep(0.5)
    assert not group_alive(process.pid), "children outlived a polite stop"
    house.sound()


def damage(house: House, chance: random.Random) -> None:
    """Flip, truncate, delete, zero or replace files of the store and the traces."""
    files = [p for place in (house.renders / ".store", house.traces) for p in place.rglob("*") if p.is_file()]
    hostile = [b'""', b"null", b'{"x":3}', b"../../x", b"[" * 1_000_000, b""]
    for path in chance.sample(files, min(len(files), chance.randint(1, 12))):
        data = bytearray(path.read_bytes())
        kind = chance.choice(["flip", "truncate", "delete", "zero", "hostile"])
        if kind == "flip" and data:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            path.write_bytes(data)
        elif kind == "truncate":
            path.write_bytes(data[: chance.randrange(len(data) + 1)])
        elif kind == "delete":
            path.unlink()
        elif kind == "zero":
            path.write_bytes(bytes(len(data)))
        else:
            path.write_bytes(chance.choice(hostile))
    if chance.random() < 0.7:
        shutil.rmtree(house.renders / "480p15", ignore_errors=True)
    shutil.rmtree(house.renders / ".stamps", ignore_errors=True)


def crowd(house: House, chance: random.Random) -> None:
    """Three builds at once, sometimes with a clean among them: none may fail but for what was cleaned under it."""
    house.forget(chance)
    processes = [house.start() for _ in range(3)]
    cleaned = chance.random() < 0.5
    if cleaned:
        time.sleep(chance.uniform(0.5, 4.0))
        house.start("clean").communicate(timeout=60)
    for process in processes:
        _, err = process.communicate(timeout=300)
        if not cleaned:
            assert process.returncode == 0, err
        assert "Traceback" not in err, err
    house.sound()


def worker_dies(house: House, chance: random.Random) -> None:
    """One worker is killed now and then while a build runs; the build itself goes on and ends well."""
    house.forget(chance)
    process = house.start()
    for _ in range(chance.randint(1, 2)):
        time.sleep(chance.uniform(1.0, 3.0))
        others = [pid for pid in group_alive(process.pid) if pid != process.pid and _is_worker(pid)]
        if others:
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(others), signal.SIGKILL)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err


def _is_worker(pid: int) -> bool:
    """Not the fork server nor the resource tracker: those are started by their module's name."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
        parent = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
        server = Path(f"/proc/{parent}/cmdline").read_bytes()
    except OSError:
        return False
    return b"forkserver" in words and b"forkserver" in server


def touch(house: House, chance: random.Random) -> None:
    """All times set to 1970: nothing has changed, so nothing may be drawn."""
    house.build()
    for path in house.project.rglob("*.py"):
        os.utime(path, (0, 0))
    process = house.start()
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0 and "film: 0 of" in out, out + err


MISFORTUNES: tuple[Callable[[House, random.Random], None], ...] = (
    kill,
    kill,
    polite,
    damage,
    damage,
    crowd,
    worker_dies,
    touch,
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    end = time.monotonic() + options.seconds
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        house = House(Path(folder))
        house.build()
        clean = house.digests()
        rounds = 0
        while rounds < 8 or time.monotonic() < end:
            seed = options.seed * 1000 + rounds
            chance = random.Random(seed)
            misfortune = MISFORTUNES[rounds % len(MISFORTUNES)] if rounds < 8 else chance.choice(MISFORTUNES)
            try:
                misfortune(house, chance)
                house.build()
                assert house.digests() == clean, "the film is not that of a clean build"
            except (AssertionError, subprocess.TimeoutExpired) as error:
                print(f"round {rounds}, {misfortune.__name__}, seed {seed}: {error}\n{rounds} passed, 1 failed")
                return 1
            rounds += 1
            print(f"{rounds:5d} {misfortune.__name__}", flush=True)
    print(f"{rounds} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
