"""What a pane shows at once: a look at one frame by a child, before (or without) drawing the rest. Redraws nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from studio.catalog import SceneInfo
from studio.jobs import SceneJob
from studio.preview import mistakes
from studio.preview.nursery import Child
from studio.preview.pane import Pane
from studio.preview.wire import Message, WireError
from studio.stills import Moment

if TYPE_CHECKING:
    from studio.preview.workshop import Workshop


T = TypeVar("T")


class Broken(Exception):  # noqa: N818 (it names a state)
    """The author's code failed; `mistake` is what the page shows."""

    def __init__(self, mistake: Message) -> None:
        super().__init__(mistakes.one_line(mistake))
        self.mistake = mistake


def begun(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """`work` as a task; when nobody waits for it any more, how it ends is no fault to be told of."""
    task = asyncio.create_task(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


class Looking(Pane):
    """A pane that can look at its scene's frames with the code as it now stands."""

    def __init__(
        self, name: str, workshop: Workshop, info: SceneInfo, overrides: dict[str, str], wish: Moment | None = None
    ) -> None:
        super().__init__(name, workshop, info, overrides, wish)
        self._job: SceneJob | None = None
        self._looks: asyncio.Task[None] | None = None
        self._wanted: int | None = None
        self._broken_in = 0  # the generation whose redrawing ended in the mistake
        self._asides: set[asyncio.Task[tuple[Message, bytes]]] = set()  # looks that a page has asked for

    def _picture_of(self, frame: int) -> str | None:
        """The address of a frame whose picture is at hand or drawn, else None."""
        version = self.version
        if version is None or version.generation != self.generation or frame >= version.proved:
            return None
        address = version.record.addresses[frame]
        if self.shop.bank.held(address) is not None:
            return address
        chunk = next((c for c in version.chunks if c.first <= frame <= c.last), None)
        fresh = chunk is not None and (self._heap is None or self._heap.state(chunk) == "fresh")
        return address if fresh and chunk is not None and self.shop.store.has("chunk", chunk.key) else None

    def _is_whole(self) -> bool:
        """Whether today's code has been stepped to its end."""
        version = self.version
        whole = version is not None and version.proved == len(version.record.addresses)
        return whole and version is not None and version.generation == self.generation

    def _look_at(self, frame: int) -> None:
        """Draw this frame next; a wish that came before and has not been begun is dropped."""
        self._wanted = frame
        if self._looks is None or self._looks.done():
            self._looks = asyncio.create_task(self._looking())

    async def _looking(self) -> None:
        while self._wanted is not None and self._job is not None:
            frame, self._wanted = self._wanted, None
            try:
                self._show(*await self.look(frame))
            except Broken as broken:
                if self.mistake is None and not self._is_whole():
                    self.mistake = broken.mistake
                    self._tell_state("broken")
            except (WireError, TimeoutError):
                continue

    async def look(self, frame: int, picture: tuple[int, int] | None = None, **more: Any) -> tuple[Message, bytes]:
        """What a child sees at `frame`: a picture, `picture` pixels large, or with want="readings" a list."""
        assert self._job is not None
        told = self.shop.told(self._job)
        if picture is not None:
            told = {**told, "picture": (*picture, told["picture"][2])}
        async with self.shop.warmth.fork("look", told, frame=frame, **more) as child:
            message, payload = await self._words(child)
            return message, payload

    async def aside(self, frame: int, picture: tuple[int, int] | None = None, **more: Any) -> tuple[Message, bytes]:
        """`look`, given up when the code changes; then WireError."""
        task = begun(self.look(frame, picture, **more))
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)
        await asyncio.wait([task])
        if task.cancelled():
            raise WireError("the code has changed meanwhile")
        return task.result()

    def _show(self, message: Message, payload: bytes) -> None:
        self.shop.bank.put(message["address"], payload)
        self.still = {key: message[key] for key in ("frame", "address", "step")}
        self.shop.hub.tell(f"{self.name}-still", {**self.still, "generation": self.generation})
        if self._broken_in != self.generation:  # otherwise the scene goes wrong elsewhere, and that has been told
            self.mistake = None
            self._tell_state(self.state if self.state != "broken" else "stepping")

    async def _words(self, child: Child, limit: float | None = None) -> tuple[Message, bytes]:
        """The child's next words; Broken when the author's code fails or hangs in it."""
        limit = self.shop.limit if limit is None else limit
        try:
            async with asyncio.timeout(limit):
                message, payload = await child.receive()
        except TimeoutError:
            stack = await child.where()
            raise Broken(mistakes.hanging(stack, limit, self.shop.mirror.folder)) from None
        if message["kind"] == "mistake":
            raise Broken(message["mistake"])
        return message, payload
