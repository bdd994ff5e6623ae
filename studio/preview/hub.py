"""What the pages are told: the newest state of each topic. A slow page misses what is already out of date."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Final

MOST_PAGES: Final = 24
BREATH: Final = 10.0  # seconds between two signs of life, so that a page notices a dead server


class Hub:
    """Topics and the pages that listen. Holds one value per topic however many and slow the listeners."""

    def __init__(self) -> None:
        self._topics: dict[str, tuple[int, bytes]] = {}
        self._number = 0
        self._listeners: set[asyncio.Event] = set()
        self.closed = False

    def tell(self, topic: str, value: Any) -> None:
        """`value` (plain data) is the topic's state from now on."""
        text = json.dumps(value, separators=(",", ":")).encode()
        if topic in self._topics and self._topics[topic][1] == text:
            return
        self._number += 1
        self._topics[topic] = (self._number, text)
        self._wake()

    def newest(self, topic: str) -> Any:
        """The topic's state, or None."""
        return json.loads(self._topics[topic][1]) if topic in self._topics else None

    def close(self) -> None:
        """Let every listener go."""
        self.closed = True
        self._wake()

    @property
    def full(self) -> bool:
        """Whether no more pages can listen."""
        return len(self._listeners) >= MOST_PAGES

    async def listen(self) -> AsyncIterator[bytes]:
        """Server-sent events: every topic now, then each change."""
        woken = asyncio.Event()
        self._listeners.add(woken)
        told = 0
        try:
            yield b"retry: 500\n\n"
            while not self.closed:
                woken.clear()
                fresh = sorted((n, topic, text) for topic, (n, text) in self._topics.items() if n > told)
                for number, topic, text in fresh:
                    told = max(told, number)
                    yield b"event: " + topic.encode() + b"\ndata: " + text + b"\n\n"
                if fresh:
                    continue
                try:
                    async with asyncio.timeout(BREATH):
                        await woken.wait()
                except TimeoutError:
                    yield b": alive\n\n"
        finally:
            self._listeners.discard(woken)

    def _wake(self) -> None:
        for event in self._listeners:
            event.set()
