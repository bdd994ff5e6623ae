"""One picture of some mobjects, so that every part can show itself. No scene, no film."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from manim import Mobject, tempconfig
from PIL import Image

from scenes import style
from scenes.camera import StageCamera

QUALITIES: Final = {"l": (854, 480), "m": (1280, 720), "h": (1920, 1080), "k": (3840, 2160)}  # columns, rows


def picture(mobjects: Mobject | Iterable[Mobject], path: str | Path, quality: str = "h") -> Path:
    """Draw `mobjects` on the film's background into one PNG ("h": 1920 × 1080), whole or not at all."""
    columns, rows = QUALITIES[quality]
    drawn = [mobjects] if isinstance(mobjects, Mobject) else list(mobjects)
    settings = {
        "pixel_width": columns,
        "pixel_height": rows,
        "frame_width": style.FRAME_WIDTH,
        "frame_height": style.FRAME_HEIGHT,
        "background_color": style.BACKGROUND,
    }
    with tempconfig(settings):
        camera = StageCamera()
        camera.capture_mobjects(drawn)
        image = Image.fromarray(camera.pixel_array[..., :3])
    target = Path(path)
    scratch = target.with_name(f".{target.name}.{os.getpid()}.png")
    image.save(scratch)
    scratch.replace(target)
    return target
