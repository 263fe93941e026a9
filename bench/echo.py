"""The echo servers: those of chapters 1, 6 and 7, and two on asyncio."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from importlib import import_module
from typing import Any, cast

from bench.subjects import Announce, Subject

PIECE = 65536


def serve_in_turn(package: str, _capacity: int, announce: Announce) -> None:
    """Serve one client after the other, as chapter 1 does."""
    echo = import_module(f"{package}.ch01_echo")
    with echo.open_listener() as listener:
        announce(listener.getsockname()[1])
        while True:
            with suppress(ConnectionError):
                echo.serve_one(listener)


def serve_with_threads(package: str, capacity: int, announce: Announce) -> None:
    """Give each client one of chapter 6's threads, and chapter 1's echo."""
    echo = import_module(f"{package}.ch01_echo").echo
    threads = import_module(f"{package}.ch06_threads")

    def handle(conn: Any, _name: object) -> None:
        echo(conn)

    with threads.Server(handle, workers=capacity) as server:
        announce(server.address.port)
        threading.Event().wait()


def serve_on_event_loop(package: str, _capacity: int, announce: Announce) -> None:
    """Serve all clients on chapter 7's event loop."""
    chapter = import_module(f"{package}.ch07_event_loop")
    with chapter.EventLoop() as loop, chapter.open_listener() as listener:
        chapter.serve_on(loop, listener, chapter.EchoSession)
        announce(listener.getsockname()[1])
        loop.run()


def serve_on_streams(_package: str, _capacity: int, announce: Announce) -> None:
    """Serve with asyncio's streams: a coroutine for each client."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while piece := await reader.read(PIECE):
                writer.write(piece)
                await writer.drain()
        writer.close()

    async def main() -> None:
        await _serve_forever(await asyncio.start_server(echo, "127.0.0.1", 0), announce)

    asyncio.run(main())


def serve_with_protocol(_package: str, _capacity: int, announce: Announce) -> None:
    """Serve with asyncio's callbacks, the layer below its streams."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        await _serve_forever(await loop.create_server(_EchoProtocol, "127.0.0.1", 0), announce)

    asyncio.run(main())


class _EchoProtocol(asyncio.Protocol):
    """Sends back what comes; reads no further while the peer does not read."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._transport.write(data)

    def pause_writing(self) -> None:
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._transport.resume_reading()


async def _serve_forever(server: asyncio.Server, announce: Announce) -> None:
    announce(server.sockets[0].getsockname()[1])
    await server.serve_forever()


YARDSTICK = "asyncio streams"
SUBJECTS = (
    Subject("chapter 1, in turn", serve_in_turn, most=1),
    Subject("chapter 6, threads", serve_with_threads),
    Subject("chapter 7, event loop", serve_on_event_loop),
    Subject(YARDSTICK, serve_on_streams),
    Subject("asyncio Protocol", serve_with_protocol),
)
