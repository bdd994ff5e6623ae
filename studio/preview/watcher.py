"""Tells when the sources may have changed: by the system's notices, and by looking now and then. Reads no content."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from watchfiles import awatch

_FOLDERS: Final = ("engine", "scenes", "studio", "data")
_LOOK: Final = 1.0  # seconds: some network and container mounts give no notice
_GATHER: Final = 0.005  # seconds: an editor's write, rename and chmod are one save


async def changes(root: Path, stop: asyncio.Event) -> AsyncIterator[None]:
    """Yields whenever something below `root` may have changed, until `stop` is set.

    Folders are watched, not files, so that an editor that saves by renaming is seen like any other.
    """
    woken = asyncio.Event()
    watch = asyncio.create_task(_notice(root, stop, woken))
    try:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await woken.wait()
            if woken.is_set():
                await asyncio.sleep(_GATHER)
            woken.clear()
            yield
    finally:
        watch.cancel()
        with contextlib.suppress(asyncio.CancelledError, OSError, RuntimeError):
            await watch


async def _notice(root: Path, stop: asyncio.Event, woken: asyncio.Event) -> None:
    folders = [root / name for name in _FOLDERS if (root / name).is_dir()]
    async for _ in awatch(*folders, watch_filter=None, debounce=20, step=5, stop_event=stop, rust_timeout=1000):
        woken.set()
