"""Scenes and stills in a Jupyter notebook: what they return shows itself there. Needs no Jupyter to be imported.

from studio.notebook import scene, still
still("ThreeCities", step=40)
scene("ThreeCities")
"""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from studio import stills, tasks
from studio.build import build
from studio.catalog import find
from studio.crew import Crew
from studio.jobs import SceneJob, ScoreRecord
from studio.order import Order
from studio.progress import Progress
from studio.project import traces_folder
from studio.snapshot import taken
from studio.training import make_traces


@dataclass(frozen=True, slots=True)
class Still:
    """One frame; `png` is the picture, `frame` its number and `step` the training step that it shows."""

    scene: str
    frame: int
    step: int
    png: bytes

    def _repr_png_(self) -> bytes:
        return self.png

    def save(self, path: str | Path) -> Path:
        """Write the PNG to `path`."""
        from studio.project import write_bytes

        write_bytes(Path(path), self.png)
        return Path(path)


@dataclass(frozen=True, slots=True)
class Film:
    """A rendered scene; `path` is the video."""

    scene: str
    path: Path
    width: int

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.path.read_bytes()).decode()
        name = html.escape(self.scene, quote=True)
        source = f"data:video/mp4;base64,{data}"
        return f'<video controls loop width="{self.width}" title="{name}" src="{source}"></video>'


def still(
    name: str, *, at: float | None = None, step: int | None = None, section: str | None = None, quality: str = "m"
) -> Still:
    """The frame of scene `name` at a second, at a training step or at the end of a section; else the last one.

    Raises UserError when there is no such scene or moment.
    """
    (info,) = find((name,))
    with Progress(quiet=True) as progress:
        make_traces(info.traces, progress)
    # In a worker on a copy of the sources: in the notebook's own process an edited module would stay what it was.
    with taken() as snapshot, Crew(1) as crew:
        folders = tuple((trace, str(traces_folder() / trace)) for trace in info.traces)
        job = SceneJob(str(snapshot.root), info.module, info.name, folders, quality)
        (scored,) = _answers(crew, tasks.address_scene, job)
        record = ScoreRecord.from_bytes(scored)
        frame = stills.Moment(at, step, section).frame(record, job.quality.rate)
        (drawn,) = _answers(crew, tasks.draw_frames, job, (frame,))
    image = Image.fromarray(drawn[0][1])
    return Still(name, frame, record.steps[frame], stills.png(image, scene=name, frame=frame))


def _answers(crew: Crew, *call: Any) -> list[Any]:
    found: list[Any] = []
    crew.submit(call, "still", found.append)
    crew.drain()
    return found


def scene(name: str, quality: str = "l", width: int = 854) -> Film:
    """The scene `name`, rendered as far as it is not already; `width` is that of the player in the notebook."""
    (info,) = find((name,))
    with Progress(quiet=True) as progress:
        (built,) = build(Order((info,), quality), progress)
    assert built.path is not None
    return Film(name, built.path, width)
