"""`make bench [WHAT=frames]`: every measurement, or one of them, as ratios within one run."""

from __future__ import annotations

import importlib
import sys

MEASUREMENTS = ("frames", "scenes", "cloud", "build", "film", "check", "engine", "language", "preview")


def main(names: list[str]) -> int:
    """Run the measurements `names`, all of them by default."""
    for name in names or MEASUREMENTS:
        if name not in MEASUREMENTS:
            print(f"bench: {name}: no such measurement; there are {', '.join(MEASUREMENTS)}", file=sys.stderr)
            return 2
        try:
            module = importlib.import_module(f"bench.{name}")
        except ModuleNotFoundError as missing:
            if missing.name != f"bench.{name}":
                print(f"{name}: left out, {missing.name} is not installed")
            continue
        print(f"== {name}: {(module.__doc__ or '').strip().splitlines()[0]}", flush=True)
        module.main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
