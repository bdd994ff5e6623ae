"""What a trace holds, as a Markdown table: array, stream, shape, meaning. Trains nothing.

``python -m engine.describe FOLDER`` prints docs/traces.md out of the traces recorded in FOLDER.
"""

from __future__ import annotations

import sys
from pathlib import Path

from engine.trace import Trace
from engine.trace_format import CONSTANT, MANIFEST

HEAD = """# What the traces hold

Made by `python -m engine.describe data/traces > docs/traces.md` from the traces themselves; do not edit by hand.

Every array belongs to a **stream**: `constant` arrays are recorded once, the others at the steps their stream says.
Shapes are those of one step. Parameters and gradients of a step belong to the moment *before* its update. Weights are
`(out, in)`, as in PyTorch; longitudes and latitudes are degrees. `trace.manifest["task"]` holds what is words:
class names, feature names, the map's frame `[lon0, lon1, lat0, lat1]`, and the `offset` and `scale` of
`inputs = (degrees - offset) / scale`.
"""


def describe(trace: Trace) -> str:
    """A heading, one line about the run, its streams, its task's keys, and a row for every array."""
    experiment = trace.manifest.get("experiment", {})
    lines = [f"## `{trace.name}`", "", f"{experiment.get('about', '')}.", ""]
    for stream in dict.fromkeys(trace.spec(name).stream for name in trace.names()):
        if stream != CONSTANT:
            name = next(n for n in trace.names() if trace.spec(n).stream == stream)
            steps = trace.steps(name)
            lines.append(f"- stream `{stream}`: {len(steps)} steps, {steps[0]} to {steps[-1]}")
    lines.append(f"- `task`: {', '.join(f'`{key}`' for key in trace.manifest.get('task', {}))}")
    lines += ["", "| array | stream | shape | dtype | what it is |", "|---|---|---|---|---|"]
    for name in trace.names():
        spec = trace.spec(name)
        shape = " × ".join(map(str, spec.shape)) or "1"
        lines.append(f"| `{name}` | {spec.stream} | {shape} | {spec.dtype} | {spec.meaning.replace('|', '/')} |")
    return "\n".join(lines) + "\n"


def main(folder: str) -> None:
    """Print the whole document for the traces in ``folder``."""
    found = sorted(path.parent for path in Path(folder).glob(f"[!.]*/{MANIFEST}"))
    print(HEAD)
    print("\n".join(describe(Trace.load(path)) for path in found), end="")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "data/traces")
