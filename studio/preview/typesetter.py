"""Typst in a process of its own, and its stand-in in processes that fork. Knows no formula.

Typst's compiler keeps threads; a process forked from one that has compiled anything would wait for them for ever.
The preview's processes fork all the time, so they ask this one instead. The answers are the same bytes.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import selectors
import socket
from pathlib import Path
from typing import Any, Final

import typst

from studio.preview.wire import Line, Message, WireError, packed

_REMEMBERED: Final = 8192
_original: Final = (typst.Compiler, typst.compile)
_known: dict[tuple[str, bytes], bytes] = {}
_line: tuple[int, Line] | None = None
_place: str = ""


def use_remote(path: str) -> None:
    """From now on this process and its forks compile through the typesetter listening at `path`."""
    global _place
    _place = path
    typst.Compiler = RemoteCompiler  # type: ignore[misc,assignment]
    typst.compile = remote_compile  # type: ignore[assignment]


class RemoteCompiler:
    """`typst.Compiler`, as far as the film's typesetting uses it."""

    def __init__(self, **options: Any) -> None:
        self._options = options

    def compile(self, input: bytes | str, **options: Any) -> bytes:
        """The compiled document; TypstError with Typst's own reason."""
        source = input if isinstance(input, bytes) else str(input).encode()
        asked = {"compiler": self._options, "options": options, "bytes": isinstance(input, bytes)}
        return _ask(asked, source)


def remote_compile(input: Any, output: Any = None, **options: Any) -> bytes | None:
    """`typst.compile`, as Manim's own Typst mobjects use it."""
    source = input if isinstance(input, bytes) else os.fspath(input).encode()
    plain = {key: _plain(value) for key, value in options.items()}
    asked = {"options": plain, "bytes": isinstance(input, bytes), "fresh": True}
    data = _ask(asked, source)
    if output is None:
        return data
    Path(output).write_bytes(data)
    return None


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def _ask(asked: Message, source: bytes) -> bytes:
    key = (json.dumps(asked, sort_keys=True), source)
    if asked["bytes"] and key in _known:
        return _known[key]
    line = _connection()
    line.send(asked, source)
    answer, data = line.receive()
    if "error" in answer:
        raise typst.TypstError(answer["error"])  # type: ignore[call-arg]
    if asked["bytes"] and len(_known) < _REMEMBERED:
        _known[key] = data
    return data


def _connection() -> Line:
    """This process's own line: one that a fork inherited belongs to its parent."""
    global _line
    if _line is None or _line[0] != os.getpid():
        if _line is not None:
            _line[1].close()
        _line = (os.getpid(), Line(_place))
    return _line[1]


# -- the process -------------------------------------------------------------------------------
def main(path: str) -> None:
    """Answer whoever connects to the socket at `path`, one question after the other, until the parent dies."""
    from studio.preview.household import settle

    settle()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(64)
    waiting = selectors.DefaultSelector()
    waiting.register(listener, selectors.EVENT_READ)
    parent = multiprocessing.parent_process()
    if parent is not None:
        waiting.register(parent.sentinel, selectors.EVENT_READ)
    compilers: dict[str, Any] = {}
    while True:
        for key, _ in waiting.select():
            if parent is not None and key.fileobj == parent.sentinel:
                return
            if key.fileobj is listener:
                connection, _address = listener.accept()
                waiting.register(connection, selectors.EVENT_READ, _adopted(connection))
                continue
            try:
                message, source = key.data.receive()
                key.data._socket.sendall(_answer(message, source, compilers))
            except (WireError, OSError, ValueError):
                waiting.unregister(key.fileobj)
                key.data.close()


def _adopted(connection: socket.socket) -> Line:
    line = Line.__new__(Line)
    line._socket = connection
    return line


def _answer(message: Message, source: bytes, compilers: dict[str, Any]) -> bytes:
    given = source if message["bytes"] else source.decode()
    try:
        if message.get("fresh"):
            data = _original[1](given, **message["options"])
        else:
            name = json.dumps(message["compiler"], sort_keys=True)
            if name not in compilers:
                compilers[name] = _original[0](**message["compiler"])
            data = compilers[name].compile(input=given, **message["options"])
        if not isinstance(data, bytes):
            return packed({"error": "more than one page; a text of the film is one"})
        return packed({}, data)
    except Exception as error:
        return packed({"error": str(error)})
