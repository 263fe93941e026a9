"""Content of known length, in pieces: as static files and gateways will send it."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from multiprocessing import get_context
from pathlib import Path

import pytest

from course.tests.test_http_fuzz_on_the_wire import on_a_loop, on_threads
from solutions.ch09_request import Request
from solutions.ch11_response import Handler, Response

SIZE = 200_000_000
PIECE = 65536
MAX_GROWTH = 40 << 20  # octets
LAST = b"GET / HTTP/1.%d\r\nHost: a\r\nConnection: %b\r\n\r\n"
Serving = Callable[[Handler], AbstractContextManager[tuple[str, int]]]


@pytest.fixture(params=[on_threads, on_a_loop])
def serving(request: pytest.FixtureRequest) -> Serving:
    return request.param


class Pieces:
    """An open file, piece by piece."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("rb")

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.file.read(PIECE), b"")

    def close(self) -> None:
        self.file.close()


def test_a_large_file_takes_little_memory(serving: Serving, tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="Windows does not tell")
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(SIZE)
    alone = ProcessPoolExecutor(1, mp_context=get_context("spawn"))  # peaks of others do not count
    with alone:
        head, received, growth, closed = alone.submit(fetch, serving, path).result()
    assert f"Content-Length: {SIZE}".encode() in head
    assert received == SIZE
    assert growth < MAX_GROWTH
    assert closed == [True]


def fetch(serving: Serving, path: Path) -> tuple[bytes, int, int, list[bool]]:
    """Fetch a file; return the head, the content's length, the growth, and what was closed."""
    opened: list[Pieces] = []

    def handler(_request: Request) -> Response:
        opened.append(Pieces(path))
        return Response(opened[-1], length=SIZE)

    before = peak()
    with serving(handler) as address, socket.create_connection(address, timeout=30) as client:
        client.sendall(LAST % (1, b"close"))
        head, _, rest = client.recv(PIECE).partition(b"\r\n\r\n")
        received = len(rest)
        while piece := client.recv(1 << 20):
            received += len(piece)
    return head, received, peak() - before, [pieces.file.closed for pieces in opened]


def test_a_known_length_lets_an_old_client_go_on(serving: Serving) -> None:
    def handler(_request: Request) -> Response:
        return Response(iter([b"one", b"two"]), length=6)

    with serving(handler) as address, socket.create_connection(address, timeout=30) as client:
        client.sendall(LAST % (0, b"keep-alive") + LAST % (0, b"close"))
        came = b"".join(iter(lambda: client.recv(PIECE), b""))
    assert came.count(b"Content-Length: 6\r\n") == came.count(b"\r\n\r\nonetwo") == 2


@pytest.mark.parametrize("length", [5, 7])
def test_a_wrong_length_breaks_the_connection(serving: Serving, length: int) -> None:
    def handler(_request: Request) -> Response:
        return Response(iter([b"one", b"two"]), length=length)

    with serving(handler) as address, socket.create_connection(address, timeout=30) as client:
        client.sendall(LAST % (1, b"close"))
        pieces = iter(lambda: client.recv(PIECE), b"")
        with pytest.raises(ConnectionResetError):
            b"".join(pieces)


def peak() -> int:
    """Return the most memory that this process has used, in octets."""
    if sys.platform == "linux":  # where ru_maxrss begins with that of the parent
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024
