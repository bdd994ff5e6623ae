"""For tests of scenes: step one through at -ql without drawing, and a second set of places far from the first."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine import experiments
from scenes.stage import TraceScene
from studio import scratch as scratch_files
from studio import stepper
from studio.quality import QUALITIES

FAR = {
    "Antananarivo": [(-18.91, 47.52), (-18.90, 47.53)],
    "Santiago de Chile": [(-33.45, -70.66), (-33.44, -70.65)],
    "Perth": [(-31.95, 115.86), (-31.96, 115.87)],
    "Porto Alegre": [(-30.03, -51.23), (-30.04, -51.22)],
    "Suva": [(-18.14, 178.44), (-18.12, 178.42)],
    "Apia": [(-13.83, -171.76), (-13.84, -171.75)],
}


@dataclass
class Seen:
    """What stepping through a scene told."""

    seconds: float = 0.0
    sections: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    scene: Any = None


def run_scene(scene_class: type[TraceScene], folders: dict[str, Path]) -> Seen:
    """Step through every frame; `folders` says where its traces lie."""
    seen = Seen()
    quality = QUALITIES["l"]

    def visit(frame: stepper.Frame) -> None:
        seen.scene = frame.scene

    with scratch_files.folder() as scratch:
        stepper.configure(quality, Path(scratch))
        before = TraceScene.traces
        TraceScene.traces = {**before, **folders}
        try:
            score = stepper.step(scene_class, visit)
        finally:
            TraceScene.traces = before
    seen.seconds = score.frames / quality.rate
    seen.sections = [section.name for section in score.sections]
    seen.captions = [caption.text for caption in score.captions]
    return seen


def far_trace(folder: Path, count: int = 6, features: tuple[str, ...] = ("lon",), steps: int = 40) -> Path:
    """A trace of `count` places of the southern hemisphere, some beyond the date line; its folder."""
    lines = ['kind = "places"', f"features = {list(features)!r}".replace("'", '"'), f"steps = {steps}"]
    for name, points in list(FAR.items())[:count]:
        lines += ["[[place]]", f'name = "{name}"', f"points = {[list(point) for point in points]!r}"]
    path = folder / f"far{count}.toml"
    path.write_text("\n".join(lines))
    experiments.run(path, folder)
    return folder / path.stem


def readouts(scene: Any) -> list[Any]:
    """Every number that stands in the scene now."""
    return [m for top in scene.mobjects for m in top.get_family() if hasattr(m, "shown_text")]
