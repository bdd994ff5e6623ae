"""The page beside a film: plays it offline with chapters and subtitles, and says what is behind each moment."""

from __future__ import annotations

import html
import io
import json
import tomllib
from pathlib import Path
from typing import Any

import av

from studio import sidecar
from studio.project import ROOT, write_bytes

TEMPLATE = Path(__file__).with_name("page") / "film.html"


def publish(video: Path, path: Path, contents: dict[str, Any]) -> None:
    """Write the page `path` and poster.png beside `video`; `contents` is the record that lies beside it."""
    said = tomllib.loads((ROOT / "scenes" / "film.toml").read_text(encoding="utf-8"))
    behind = sidecar.load(video)
    data = {
        "title": said["title"],
        "subtitle": said.get("subtitle", ""),
        "video": video.name,
        "rate": behind["rate"],
        "frames": sum(scene["frames"] for scene in behind["scenes"]),
        "chapters": contents["chapters"],
        "captions": contents["captions"],
        "scenes": behind["scenes"],
    }
    # In a script element only "</" and "<!--" could end the data early.
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
    page = TEMPLATE.read_text(encoding="utf-8").replace("@DATA@", text)
    page = page.replace("<title>gradreel</title>", f"<title>{html.escape(str(said['title']))}</title>")
    write_bytes(path, page.encode())
    write_bytes(video.with_name("poster.png"), _poster(video, behind, said.get("poster", {})))


def _poster(video: Path, behind: dict[str, Any], wanted: dict[str, Any]) -> bytes:
    """The frame that film.toml names as `poster = { scene, step }`, else the film's middle, as PNG bytes."""
    scenes = behind["scenes"]
    number = sum(scene["frames"] for scene in scenes) // 2
    for scene in scenes:
        if scene["scene"] == wanted.get("scene"):
            shown = [frame for frame, step in scene["steps"] if step == wanted.get("step")]
            number = scene["first"] + (shown[0] if shown else scene["frames"] // 2)
    with av.open(str(video)) as film:
        stream = film.streams.video[0]
        film.seek(round(number / behind["rate"] / stream.time_base), stream=stream)
        for frame in film.decode(stream):
            if frame.time is not None and frame.time * behind["rate"] >= number - 0.01:
                out = io.BytesIO()
                frame.to_image().save(out, "PNG", optimize=True)
                return out.getvalue()
    raise ValueError(f"{video}: has no frame {number}")
