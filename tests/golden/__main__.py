"""`python -m tests.golden [--renew] [NAME...]`: compare the golden pictures, or draw them anew."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from PIL import Image

from .check import judge
from .subjects import PICTURES, SCENES, part_picture, parts, recorded, scene_pictures


def main() -> int:
    """Every picture, or those named; 1 when one differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    parser.add_argument("names", nargs="*", help="parts or scenes; all by default")
    parser.add_argument("--renew", action="store_true", help="draw the pictures anew instead of comparing")
    asked = parser.parse_args()
    pictures = {name: part_picture(name) for name in parts() if not asked.names or name in asked.names}
    with tempfile.TemporaryDirectory() as folder:
        for scene in SCENES:
            if not asked.names or scene in asked.names:
                traces = recorded(scene, Path(folder) / "traces", Path(folder) / scene)
                pictures.update(scene_pictures(scene, traces))
    wrong = []
    for name, picture in pictures.items():
        if asked.renew:
            if picture is not None:
                PICTURES.mkdir(exist_ok=True)
                Image.fromarray(picture).save(PICTURES / f"{name}.png", optimize=True)
        elif fault := judge(name, picture):
            wrong.append(fault)
    print(f"{len(pictures)} pictures {'drawn anew' if asked.renew else 'compared'}")
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
