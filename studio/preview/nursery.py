"""The preview's child processes: where they knock, who they are, how they are ended. Knows nothing of scenes."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from studio import forks
from studio.preview import base, typesetter
from studio.preview.wire import Message, WireError, packed, receive

BIRTH_LIMIT = 60.0  # seconds: the first child waits for Manim to be imported


class Child:
    """A child process as the preview sees it."""

    def __init__(self, ident: str, stack: Path) -> None:
        self.ident, self.stack = ident, stack
        self.pid = 0
        self.moved = time.monotonic()  # when it last said anything
        self.born: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self.ended = False
        self.offspring: Callable[[int, Child], None] | None = None  # told of children that this one forks itself

    def adopt(self, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The process has knocked."""
        if self.ended:
            writer.close()
            _kill(pid)
            return
        self.pid, self._reader, self._writer = pid, reader, writer
        self.moved = time.monotonic()
        if not self.born.done():
            self.born.set_result(None)

    async def send(self, message: Message, payload: bytes = b"") -> None:
        """Tell the child something; WireError when it is gone."""
        await self._birth()
        assert self._writer is not None
        try:
            self._writer.write(packed(message, payload))
            await self._writer.drain()
        except OSError as error:
            raise WireError(str(error)) from error

    async def receive(self) -> tuple[Message, bytes]:
        """The child's next words; WireError when it is gone."""
        await self._birth()
        assert self._reader is not None
        message, payload = await receive(self._reader)
        self.moved = time.monotonic()
        return message, payload

    async def _birth(self) -> None:
        # Never asyncio.wait_for here or around: in Python 3.11 it may swallow that the task was cancelled, and a look
        # at the code before an edit would go on as if it were one at the code after it.
        async with asyncio.timeout(BIRTH_LIMIT):
            await asyncio.shield(self.born)

    async def where(self) -> str:
        """The child's Python stack, asked for by a signal; empty when it does not answer."""
        if not self.pid or self.ended:
            return ""
        with contextlib.suppress(OSError):
            os.kill(self.pid, signal.SIGUSR1)
        for _ in range(20):
            await asyncio.sleep(0.02)
            text = self.stack.read_text(errors="replace") if self.stack.exists() else ""
            if text.endswith("\n"):
                return text
        return ""

    def end(self) -> None:
        """Kill the process, if it lives."""
        if self.ended:
            return
        self.ended = True
        if self._writer is not None:
            if self.pid and not self._reader_at_end():
                _kill(self.pid)
            self._writer.close()
        if not self.born.done():
            self.born.cancel()
        self.stack.unlink(missing_ok=True)

    def _reader_at_end(self) -> bool:
        return self._reader is not None and self._reader.at_eof()


def _kill(pid: int) -> None:
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)


class Nursery:
    """Starts children, listens for their knock, ends them all. Use as an async context manager."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gradreel-preview-"))
        self._stacks = self.folder / "stacks"
        self._stacks.mkdir()
        self._context = forks.context()
        self._children: dict[str, Child] = {}
        self._processes: dict[str, ForkServerProcess] = {}
        self._numbers = itertools.count(1)
        self._server: asyncio.Server | None = None

    @property
    def socket(self) -> Path:
        """Where children knock."""
        return self.folder / "preview.sock"

    async def __aenter__(self) -> Nursery:
        self._server = await asyncio.start_unix_server(self._knock, str(self.socket), limit=1 << 20)
        await asyncio.to_thread(self._start_typesetter)
        return self

    async def __aexit__(self, *error: object) -> None:
        for child in list(self._children.values()):
            child.end()
        if self._server is not None:
            self._server.close()
        for process in self._processes.values():
            process.kill()
        for process in self._processes.values():
            process.join(2)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start_typesetter(self) -> None:
        forks.start()
        path = self.folder / "typeset.sock"
        process = self._context.Process(target=typesetter.main, args=(str(path),), daemon=True)
        process.start()
        self._processes["typesetter"] = process
        until = time.monotonic() + BIRTH_LIMIT
        while not path.exists() and process.is_alive() and time.monotonic() < until:
            time.sleep(0.01)

    async def _knock(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            hello, _ = await receive(reader)
        except (WireError, asyncio.CancelledError):  # Python 3.11 logs a traceback for a knock that ends as cancelled
            writer.close()
            return
        ident = str(hello.get("ident"))
        child = self._children.get(ident)
        parent = self._children.get(ident.partition("/")[0])
        if child is None and parent is not None and parent.offspring is not None:
            child = self._children[ident] = Child(ident, self._stacks / ident.replace("/", "-"))
            parent.offspring(int(ident.partition("/")[2]), child)
        if child is None:
            _kill(int(hello["pid"]))  # dismissed before it was born
            writer.close()
            return
        child.adopt(int(hello["pid"]), reader, writer)

    def _expect(self, kind: str) -> Child:
        ident = f"{kind}-{next(self._numbers)}"
        child = Child(ident, self._stacks / ident)
        self._children[ident] = child
        return child

    async def warm_process(self, root: Path) -> Child:
        """Start a warm process on the sources below `root`; it has knocked when this returns."""
        child = self._expect("base")
        arguments = (str(self.socket), child.ident, str(root), str(self._stacks))
        process = self._context.Process(target=base.main, args=arguments, daemon=True)
        await asyncio.to_thread(process.start)
        self._processes[child.ident] = process
        until = time.monotonic() + BIRTH_LIMIT
        while not child.born.done():
            await asyncio.wait([child.born], timeout=0.25)
            if not child.born.done() and (not process.is_alive() or time.monotonic() > until):
                self.dismiss(child)
                raise WireError("the warm process did not start")
        return child

    def dismiss(self, child: Child) -> None:
        """End a child with all that it forked itself, and forget it."""
        for ident in [i for i in self._children if i.startswith(f"{child.ident}/")]:
            self._children.pop(ident).end()
        child.end()
        self._children.pop(child.ident, None)
        process = self._processes.pop(child.ident, None)
        if process is not None:
            process.kill()
            process.join(1)
        shutil.rmtree(self.folder / "scratch" / child.ident, ignore_errors=True)

    @contextlib.asynccontextmanager
    async def fork(
        self, warm: Child, task: str, drop: list[str] | None, job: Message, **more: Any
    ) -> AsyncIterator[Child]:
        """A child forked from `warm` that does `task`; it is ended when the context is left, however that happens."""
        child = self._expect(task)
        scratch = self.folder / "scratch" / child.ident
        scratch.mkdir(parents=True)
        try:
            told = {**job, "scratch": str(scratch)}
            await warm.send({"do": "fork", "task": task, "ident": child.ident, "drop": drop, "job": told, **more})
            yield child
        finally:
            self.dismiss(child)
