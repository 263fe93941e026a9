"""The echo servers that are measured. `python -m bench.echo NAME …` runs one of them.

Each is a generator that gives its port, and serves when it is asked for the next value.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any, cast

import psutil

CHUNK = 65536
HOST = "127.0.0.1"


def serve_with_threads(package: str, capacity: int) -> Iterator[int]:
    """Give each client one of chapter 6's threads and chapter 1's echo."""
    echo = import_module(f"{package}.ch01_echo").echo
    threads = import_module(f"{package}.ch06_threads")
    with threads.Server(lambda conn, _name: echo(conn), workers=capacity) as server:
        yield server.address.port
        threading.Event().wait()


def serve_on_event_loop(package: str, _capacity: int) -> Iterator[int]:
    """Serve all clients on one event loop, as in chapter 8."""
    chapter = import_module(f"{package}.ch08_back_pressure")
    with chapter.EventLoop() as loop, chapter.open_listener() as listener:
        chapter.serve_on(loop, listener, chapter.EchoSession)
        yield listener.getsockname()[1]
        loop.run()


def serve_on_streams(_package: str, _capacity: int) -> Iterator[int]:
    """Serve with asyncio's streams: a coroutine for each client."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while piece := await reader.read(CHUNK):
                writer.write(piece)
                await writer.drain()
        writer.close()

    return _serve_on_asyncio(asyncio.start_server(echo, HOST, 0))


def serve_with_protocol(_package: str, _capacity: int) -> Iterator[int]:
    """Serve with asyncio's callbacks, the layer below its streams."""

    async def start() -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(_EchoProtocol, HOST, 0)

    return _serve_on_asyncio(start())


class _EchoProtocol(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._transport.write(data)


def _serve_on_asyncio(start: Coroutine[Any, Any, asyncio.Server]) -> Iterator[int]:
    with asyncio.Runner() as runner:
        server = runner.run(start)
        yield server.sockets[0].getsockname()[1]
        runner.run(server.serve_forever())


YARDSTICK = "asyncio streams"
SERVERS = {
    "chapter 6, threads": serve_with_threads,
    "chapter 8, event loop": serve_on_event_loop,
    YARDSTICK: serve_on_streams,
    "asyncio Protocol": serve_with_protocol,
}


def main(
    servers: Mapping[str, Callable[[str, int], Iterator[int]]],
    name: str,
    package: str,
    core: str,
    capacity: str,
) -> None:
    """Serve `capacity` clients at a time on one core, until this process or its parent ends.

    The port is the only line on standard output. `core` is None where the system chooses.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent answers Ctrl-C
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if core != "None":
        os.sched_setaffinity(0, {int(core)})
    for port in servers[name](package, int(capacity)):
        print(port, flush=True)


def _end_with_parent() -> None:
    os.read(0, 1)  # the parent holds the other end of this pipe and never writes
    for child in psutil.Process().children(recursive=True):
        child.kill()
    os._exit(0)


if __name__ == "__main__":
    main(SERVERS, *sys.argv[1:])
