"""The one door to Manim's renderer, writer and configuration: steps a scene frame by frame, exactly.

Manim draws what it plays; here a scene is *stepped*, each frame of it in order, and a visitor decides frame by frame
whether to draw it, to hash it or to look at it. No frame is jumped over; other ways through a scene (`studio.jumper`,
`studio.seeker`) must show the same (house rule: a frame is a pure function). Nothing is encoded or stored here.
"""

from __future__ import annotations

import configparser
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import manim
from manim import Animation, CairoRenderer, Scene, config
from manim._config import utils as manim_config

from scenes.camera import StageCamera
from studio import nimble
from studio.address import Addresser
from studio.easel import Easel
from studio.frames import Frame
from studio.quality import Quality

_shipped: dict[str, Any] = {}  # Manim's own settings, once they have been read
nimble.install()


class Enough(Exception):  # noqa: N818 (not an error: a visitor has seen all it wanted)
    """Raised by a visitor to end the stepping early."""


@dataclass(slots=True)
class Caption:
    """One line of narration, in seconds from the scene's start."""

    start: float
    end: float
    text: str


@dataclass(slots=True)
class Section:
    """A named stretch of a scene; `first` is the number of its first frame."""

    name: str
    first: int


@dataclass(slots=True)
class Score:
    """What stepping a scene tells besides its frames."""

    frames: int = 0
    sections: list[Section] = field(default_factory=list)
    captions: list[Caption] = field(default_factory=list)
    plays: list[int] = field(default_factory=list)  # first frame of each play


Visitor = Callable[[Frame], None]


class StepRenderer(CairoRenderer):
    """Manim's renderer with the drawing and writing taken out: each frame goes to the visitor."""

    def __init__(self, visit: Visitor) -> None:
        super().__init__(camera_class=StageCamera)
        self.score = Score()
        self.easel = Easel(self.camera)
        self.by_pixels, self.by_recipe = Addresser(), Addresser()
        self._visit = visit

    def init_scene(self, scene: Scene, session_spec: Any, file_writer_settings: Any) -> None:
        """No file writer: nothing here writes files."""

    @property
    def rate(self) -> float:
        """Frames a second."""
        return float(self.camera.frame_rate)

    def play(self, scene: Scene, *args: Animation, **kwargs: Any) -> None:
        """Step through one call of `Scene.play`."""
        self.score.plays.append(self.score.frames)
        self.begin(scene, *args, **kwargs)
        if scene.is_current_animation_frozen_frame():
            frame = None
            for _ in range(round(scene.duration * self.rate)):
                frame = self._step(scene, frame)
        else:
            self.move(scene)
        self.num_plays += 1

    def move(self, scene: Scene) -> None:
        """Step through the animations that have begun."""
        scene.play_internal()

    def end(self, scene: Scene) -> None:
        """End the animations, as Manim does once it has played them."""
        for animation in scene.animations or ():
            animation.finish()
            animation.clean_up_from_scene(scene)
        scene.update_mobjects(0)
        self.static_image = None

    def begin(self, scene: Scene, *args: Animation, **kwargs: Any) -> None:
        """Begin what is to be played, without Manim's lists of what moves and what does not: it draws, nobody here."""
        scene.compile_animation_data(*args, **kwargs)
        for animation in scene.animations or ():
            animation._setup_scene(scene)
            animation.begin()

    def render(self, scene: Scene, time: float, moving_mobjects: Any = None) -> None:
        """Called by Manim once per frame of an animation."""
        self._step(scene)

    def _step(self, scene: Scene, still: Frame | None = None) -> Frame:
        """Visit the next frame, which is one like `still`, if there is one."""
        frame = Frame(self, scene, self.score.frames) if still is None else still.again()
        self._visit(frame)
        self.score.frames += 1
        self.time = self.score.frames / self.rate
        return frame


class StepManager:
    """What Manim asks of a scene's manager, answered without files."""

    def __init__(self, scene: Scene, renderer: StepRenderer) -> None:
        self._scene = scene
        self._renderer = renderer
        scene.manager = self

    def play(
        self,
        *args: Any,
        subcaption: str | None = None,
        subcaption_duration: float | None = None,
        subcaption_offset: float = 0,
        **kwargs: Any,
    ) -> None:
        """One call of `Scene.play`, with the caption that may ride on it."""
        start = self._renderer.time
        self._renderer.play(self._scene, *args, **kwargs)
        if subcaption:
            length = subcaption_duration or self._renderer.time - start
            start += subcaption_offset
            self._renderer.score.captions.append(Caption(start, start + length, subcaption))

    def add_subcaption(self, content: str, duration: float, offset: float) -> None:
        """A caption from now on."""
        start = self._renderer.time + offset
        self._renderer.score.captions.append(Caption(start, start + duration, content))

    def next_section(self, name: str, section_type: str, skip_animations: bool) -> None:
        """A new section starts with the next frame; an empty one vanishes."""
        score = self._renderer.score
        if score.sections and score.sections[-1].first == score.frames:
            score.sections.pop()
        score.sections.append(Section(name, score.frames))

    def add_sound(self, *args: Any, **kwargs: Any) -> None:
        """Refused: films are silent, and a dropped sound would be a lie."""
        raise NotImplementedError("gradreel's films carry narration as subtitles; sounds are not supported")


@lru_cache(maxsize=1)
def _defaults() -> configparser.ConfigParser:
    """Manim's own settings, as it ships them."""
    parser = configparser.ConfigParser()
    with (Path(manim_config.__file__).parent / "default.cfg").open(encoding="utf-8") as file:
        parser.read_file(file)
    return parser


def _reset() -> None:
    """Every setting as Manim ships it, whatever a scene may have set."""
    if _shipped and config.renderer == _shipped["renderer"]:
        config._d.clear()
        config._d.update(_shipped)
    else:  # naming the renderer gives all of Manim's classes their bases anew, and Python forgets what it knew of them
        config.digest_parser(_defaults())
        _shipped.update(config._d)


def configure(quality: Quality, scratch: Path, transparent: bool = False) -> None:
    """Set Manim's whole configuration: its own defaults, then ours. No manim.cfg of any folder is read."""
    _reset()
    config.verbosity = "ERROR"
    config.progress_bar = "none"
    config.notify_outdated_version = False
    config.dry_run = True
    config.disable_caching = True
    config.seed = 0
    config.media_dir = str(scratch)
    config.pixel_width, config.pixel_height = quality.width, quality.height
    config.frame_rate = quality.rate
    config.background_color = manim.BLACK
    config.background_opacity = 0.0 if transparent else 1.0


def times(scene: Scene) -> list[float]:
    """When the frames of the animations that have begun are, in seconds from their beginning."""
    assert scene.animations is not None
    scene.duration = scene.get_run_time(scene.animations)
    return list(scene._get_animation_time_progression(scene.animations, scene.duration))


def step(scene_class: type[Scene], visit: Visitor) -> Score:
    """Step through the whole scene, calling `visit` for each frame; `Enough` ends it early.

    Manim must have been configured (`configure`) in this process.
    """
    return run(scene_class, StepRenderer(visit))


def run(scene_class: type[Scene], renderer: StepRenderer, met: Callable[[Scene], None] | None = None) -> Score:
    """Let `renderer` go through the whole scene; `met` is told of the scene before it plays."""
    scene = scene_class(renderer=renderer)
    StepManager(scene, renderer)
    if met is not None:
        met(scene)
    try:
        scene.setup()
        scene.construct()
        scene.tear_down()
    except Enough:
        pass
    return renderer.score
