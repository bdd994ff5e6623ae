"""What a notebook gets to show: a still that follows its sources, and a film."""

from __future__ import annotations

import os
import subprocess
import sys

import tiny

SCRIPT = """
from pathlib import Path
from studio.notebook import Film, still
if __name__ == "__main__":
    first = still("Counting", step=20, quality="l")
    assert (first.step, first.png[:4]) == (20, bytes([137]) + b"PNG") and first._repr_png_() == first.png
    path = Path("scenes/tiny.py")
    path.write_text(path.read_text().replace('".4f"', '".2f"'))
    assert still("Counting", step=20, quality="l").png != first.png
    Path("x.mp4").write_bytes(b"film")
    shown = Film('A"<b>', Path("x.mp4"), 100)._repr_html_()
    assert "ZmlsbQ==" in shown and '"<b>' not in shown
    print("fine")
"""


def test_a_still_in_a_notebook_is_never_stale(tmp_path, traces):
    project = tiny.make(tmp_path / "project")
    (project / "book.py").write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": str(project), "GRADREEL_TRACES": str(traces),
                   "GRADREEL_RENDERS": str(tmp_path / "renders")}  # fmt: skip
    done = subprocess.run([sys.executable, "book.py"], cwd=project, env=environment, capture_output=True, text=True)
    assert done.stdout == "fine\n", done.stderr[-2000:]
