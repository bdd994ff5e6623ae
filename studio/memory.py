"""What rasters came to, remembered by the names of their recipes, so that nothing is painted only to be hashed.

A name (`scenes.parts.raster`) stands for a recipe and all that it reads; what the code of the parts and the libraries
make of it is in the key under which a memory is kept. It only ever saves time: what is drawn into a film is hashed
pixel by pixel when it is drawn.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from studio.jobs import SceneJob
from studio.plan import picture_of, record_key, versions
from studio.snapshot import Snapshot
from studio.store import Store

KIND: Final = "rasters"
_SIZE: Final = 16  # bytes of a name, and of a digest
_MOST: Final = 40_000  # pictures remembered of one scene at one size


Memory = tuple[str, str]  # where a scene's rasters are remembered: the folder of a store, and the key in it


def recall(memory: Memory) -> dict[bytes, bytes]:
    """Name -> digest of all that is remembered."""
    folder, key = memory
    data = Store(Path(folder)).get(KIND, key) or b""
    pairs = range(0, len(data) - 2 * _SIZE + 1, 2 * _SIZE)
    return {data[at : at + _SIZE]: data[at + _SIZE : at + 2 * _SIZE] for at in pairs}


def add(memory: Memory, found: dict[bytes, bytes]) -> None:
    """Remember these as well; the oldest are forgotten when there are too many."""
    before = recall(memory)
    if not found.keys() <= before.keys():
        pairs = list({**before, **found}.items())[-_MOST:]
        folder, key = memory
        Store(Path(folder)).put(KIND, key, b"".join(name + digest for name, digest in pairs))


def memory_of(job: SceneJob, snapshot: Snapshot, store: Store) -> Memory:
    """The memory of `job`'s scene as the code of its parts now stands."""
    reached = snapshot.code(job.module)
    parts = [name.removesuffix(".py").replace("/", ".") for name in reached if name.startswith("scenes/parts/")]
    made_by = {"scene": f"{job.module}.{job.name}", "picture": picture_of(job.quality), "code": snapshot.code(*parts)}
    return str(store.folder), record_key(KIND, **made_by, versions=versions())
