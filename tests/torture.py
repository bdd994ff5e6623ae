"""`make torture`: kills, bad disks, damage and crowds; every time the film must come out as from a clean build.

    python tests/torture.py --seconds 3600

Each round makes one misfortune at random (with the seed that is printed), lets the build run again, and compares what
was built, byte for byte, with a clean build. The first rounds make each misfortune once. Ends with "N passed, 0
failed", or at the first failure with its seed; `--only NAME --seed SEED` makes just that one again.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import bad_disks
import misfortunes
from house_on_fire import House


def main() -> int:
    """Rounds until the time is over, at least one of each misfortune."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--seed", type=int, default=int(time.time()) * 1000)
    parser.add_argument("--only", metavar="NAME")
    parser.add_argument("--keep-going", action="store_true", help="go on after a failure")
    options = parser.parse_args()
    known = (*misfortunes.ALL, *bad_disks.all_here())
    chosen = [one for one in known if options.only in (None, one.__name__)]
    if not chosen:
        parser.error(f"--only: there are {', '.join(one.__name__ for one in known)}")
    end = time.monotonic() + options.seconds
    rounds = failed = 0
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        house = House(Path(folder))
        house.build()
        house.clean["film"] = house.digests()
        while rounds < len(chosen) or time.monotonic() < end:
            seed = options.seed + rounds
            chance = random.Random(seed)
            misfortune = chosen[rounds] if rounds < len(chosen) else chance.choice(chosen)
            began = time.monotonic()
            rounds += 1
            try:
                misfortune(house, chance)
                house.build()
                house.same(house.clean["film"], "not as from a clean build")
                print(f"{rounds:5d} {misfortune.__name__:<18} {time.monotonic() - began:5.1f} s", flush=True)
            except (AssertionError, subprocess.SubprocessError, OSError) as error:
                failed += 1
                print(f"{rounds:5d} FAILED: --only {misfortune.__name__} --seed {seed}: {error}", flush=True)
                if not options.keep_going:
                    break
    print(f"{rounds - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
