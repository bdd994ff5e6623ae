"""What is pictured: every part that can show itself, and a few frames of scenes; all text left out."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final
from unittest import mock

import numpy as np
from manim import Mobject

from engine import experiments, mapping
from scenes.camera import StageCamera, display_list
from scenes.stage import TraceScene
from studio import jumper, scratch, stepper
from studio.catalog import find
from studio.check.seen import is_text
from studio.quality import Quality

ROOT: Final = Path(__file__).resolve().parents[2]
PICTURES: Final = Path(__file__).resolve().parent / "pictures"
SMALL: Final = Quality("golden", 480, 270, 15)
# Seconds of the frames that are kept: of each scene a few, and none that the last bits of a processor's sums decide,
# such as where the long paths of MiniBatches end. They decide where UMAP puts its islands, too: see FLATTENED.
SCENES: Final = {
    "Opening": (4.0,),
    "Prologue": (29.0, 37.5, 47.0),
    "ToyModel": (26.0, 34.5, 42.0),
    "Softmax": (8.5, 21.5, 40.0),
    "CrossEntropy": (8.0, 26.0, 31.0),
    "NumericalSlope": (22.0, 50.5, 59.0),
    "ComputeBlocks": (14.0, 27.5, 44.0),
    "SoftmaxGradient": (11.0, 42.0, 59.5),
    "ParameterGradients": (28.5, 52.5, 63.0),
    "GradientDescent": (18.0, 48.0, 66.0),
    "ThreeCities": (6.0, 18.0, 56.0),
    "NeuronLines": (13.0, 33.0, 60.0),
    "FourCities": (11.5, 46.0, 58.5),
    "Border": (20.0, 39.0, 55.5),
    "OneNeuronPerLayer": (11.5, 30.0, 58.5),
    "Nudges": (9.5, 23.0, 40.0),
    "ChainRule": (12.0, 28.0, 36.5),
    "WholeGradient": (25.0, 34.0, 52.0),
    "ManyNeurons": (16.0, 41.5, 47.0),
    "DigitNetwork": (20.0, 50.0, 58.5),
    "Sensitivity": (7.5, 24.0, 40.0),
    "Desires": (11.0, 20.0, 40.0),
    "PropagateBackwards": (23.5, 40.0, 48.5),
    "AverageWishes": (10.0, 21.0, 33.0),
    "MiniBatches": (4.0, 7.0, 12.5),
    "Trained": (12.0, 22.5, 30.0),
    "LanguageModel": (8.5, 22.5, 49.5),
    "AttentionLearns": (14.0, 28.5, 59.0),
    "ResidualStream": (15.0, 31.0, 48.0),
    "MapOfLanguage": (8.0, 32.0, 44.0),
    "MapOfSentences": (8.0, 24.0, 32.0),
    "TwoMaps": (2.0,),
}
FLATTENED: Final = ("MapOfLanguage", "MapOfSentences")  # drawn from a map that `projected` has made, not UMAP


def parts() -> list[str]:
    """Names of the parts that can show themselves."""
    files = sorted((ROOT / "scenes" / "parts").glob("*.py"))
    return [file.stem for file in files if "def _demo(" in file.read_text(encoding="utf-8")]


def moments() -> list[str]:
    """Names of the frames of scenes, such as ThreeCities-5.0."""
    return [f"{scene}-{second}" for scene, seconds in SCENES.items() for second in seconds]


def wordless(mobjects: Iterable[Mobject]) -> list[Mobject]:
    """What is drawn of `mobjects`, in order, without texts, formulas and numbers."""
    roots = list(mobjects)
    said = {id(m) for root in roots for text in root.get_family() if is_text(text) for m in text.get_family()}
    return [mobject for mobject in display_list(roots) if id(mobject) not in said]


def part_picture(name: str) -> np.ndarray | None:
    """A part showing itself: uint8 (rows, columns, 3); None for one that is all words."""
    with scratch.folder() as place:
        stepper.configure(SMALL, Path(place))
        shown: Any = importlib.import_module(f"scenes.parts.{name}")._demo()
        drawn = wordless([shown] if isinstance(shown, Mobject) else shown)
        return _drawn(drawn) if drawn else None


def projected(slices: Sequence[np.ndarray], spec: object) -> np.ndarray:
    """In place of UMAP: (slices, n, 2), each slice on the same two mixtures of its numbers, as float32.

    Rounded, so that no processor's last bits are left to decide who is whose neighbour.
    """
    mixture = np.random.default_rng(5).normal(size=(slices[0].shape[1], 2))
    places = np.stack([np.asarray(vectors, float) @ mixture for vectors in slices])
    return np.round(places / np.abs(places).max(), 3).astype(np.float32)


def recorded(scene: str, traces: Path, place: Path) -> Path:
    """The folder of the traces that pictures of the scene are drawn from: `traces`, or `place` for FLATTENED ones."""
    if scene not in FLATTENED:
        for name in find((scene,))[0].traces:
            experiments.run(name, traces)
        return traces
    shutil.copytree(experiments.run("tiny_lm", traces).folder, place / "tiny_lm")
    with mock.patch.object(mapping, "flatten", projected):
        experiments.run("language_map", place)
    return place


def scene_pictures(scene: str, traces: Path) -> dict[str, np.ndarray]:
    """The kept frames of a scene, by name; `traces` holds the folders of its traces."""
    (info,) = find((scene,))
    rate = SMALL.rate
    wanted = {round(second * rate): f"{scene}-{second}" for second in SCENES[scene]}
    found: dict[str, np.ndarray] = {}

    def visit(frame: Any) -> None:
        found[wanted[frame.index]] = _drawn(wordless([*frame.scene.mobjects, *frame.scene.foreground_mobjects]))

    before = TraceScene.traces
    TraceScene.traces = {name: traces / name for name in info.traces}
    try:
        with scratch.folder() as place:
            stepper.configure(SMALL, Path(place))
            scene_class = getattr(importlib.import_module(info.module), scene)
            jumper.jump(scene_class, lambda first, count: [f for f in wanted if first <= f < first + count], visit)
    finally:
        TraceScene.traces = before
    return found


def _drawn(drawn: list[Mobject]) -> np.ndarray:
    camera = StageCamera()
    camera.draw(drawn)
    return np.ascontiguousarray(camera.pixel_array[..., :3])
