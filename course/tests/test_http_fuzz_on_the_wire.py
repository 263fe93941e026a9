"""The server of *response* under spoilt streams, on real connections: it answers well, or it closes.

Ten thousand: `python -m course.tests.test_http_fuzz_on_the_wire --count 10000 --seed 1`.
"""

import argparse
import logging
import random
import re
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from unittest import mock

import psutil
import pytest

from course.tests.test_http_fuzz import spoilt
from solutions import ch12_connection
from solutions.ch04_closing import open_listener
from solutions.ch06_threads import Server
from solutions.ch07_event_loop import EventLoop
from solutions.ch08_back_pressure import Connection, Session, serve_on
from solutions.ch09_request import Request
from solutions.ch11_response import TEXT, Handler, Response
from solutions.ch12_connection import HttpSession, serve_http
from solutions.ch19_speed import FastSession

COUNT = 300
PATIENCE = 5.0  # s for an answer; a sound one takes a thousandth of it
CLIENTS = 8  # at once
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, 0 s
STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5]\d\d) [ -~]*")
FIELD_LINE = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+: [\t -~]*")
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
BODIES = (
    CHUNKED + b"5\r\nhello\r\n0\r\n\r\n",
    CHUNKED + b'5;a="b"\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n',
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
)
AWKWARD = (
    b"\n",
    b"\r",
    b"0",
    b"5",
    b"-",
    b"+",
    b"_",
    b";",
    b'"',
    b"\r\n",
    b"chunked",
    b"\xff",
    b"\0",
)


def echo(request: Request) -> Response:
    """Send content back, in one piece or in several."""
    halves = iter([request.content[:2], request.content[2:]])
    return Response(halves if request.method == "POST" else request.content, 200, [TEXT])


@contextmanager
def on_threads(handler: Handler) -> Iterator[tuple[str, int]]:
    """Serve each connection by a thread."""
    with Server(lambda conn, _name: serve_http(conn, handler), CLIENTS) as server:
        yield server.address


@contextmanager
def looping(make_session: Callable[[Connection], Session]) -> Iterator[tuple[str, int]]:
    """Serve every connection by one thread, with a session of its own."""
    with EventLoop() as loop:
        listener = open_listener()
        serve_on(loop, listener, make_session)
        thread = threading.Thread(target=loop.run)
        thread.start()
        try:
            yield listener.getsockname()
        finally:
            loop.stop()
            thread.join()


def on_a_loop(handler: Handler) -> AbstractContextManager[tuple[str, int]]:
    """Serve every connection by one thread."""
    return looping(lambda conn: HttpSession(conn, handler))


def on_a_fast_loop(handler: Handler) -> AbstractContextManager[tuple[str, int]]:
    """Serve every connection by one thread, with the fast path of *speed*."""
    return looping(lambda conn: FastSession(conn, handler))


def stream(chance: random.Random) -> bytes:
    """Make what one client sends: a few requests, sound and spoilt."""
    made = b""
    for _ in range(chance.choice((1, 1, 2, 3))):
        if chance.random() < 0.5:
            made += spoilt(chance)
            continue
        body = bytearray(chance.choice(BODIES))
        start = body.index(b"\r\n\r\n")
        for _ in range(chance.choice((0, 0, 1, 2))):
            at = chance.randrange(start, len(body))
            body[at : at + chance.randint(0, 2)] = chance.choice(AWKWARD)
        made += body
    return made


def visit(address: tuple[str, int], chance: random.Random) -> str:
    """Be one client; return how it ended. Every byte that came is part of a sound response."""
    data = stream(chance)
    with socket.create_connection(address, timeout=PATIENCE) as conn:
        try:
            for at in sorted(chance.randrange(len(data) + 1) for _ in range(chance.randint(0, 3))):
                conn.sendall(data[:at])
                data = data[at:]
            conn.sendall(data)
            if chance.random() < 0.1:
                conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                return "reset by the client"
            conn.shutdown(socket.SHUT_WR)
            came = bytearray()
            while piece := conn.recv(65536):
                came += piece
        except ConnectionError:
            return "reset by the server"
    statuses = require_responses(bytes(came))
    return f"answered, at last with {statuses[-1]}" if statuses else "not answered"


def require_responses(came: bytes) -> list[str]:
    """Take a stream of responses apart; it has to be whole."""
    statuses: list[str] = []
    while came:
        head, end, came = came.partition(b"\r\n\r\n")
        status_line, *field_lines = head.split(b"\r\n")
        match = STATUS_LINE.fullmatch(status_line)
        assert match, status_line
        assert end
        assert all(map(FIELD_LINE.fullmatch, field_lines)), field_lines
        fields = {
            name.lower(): value for name, _, value in (x.partition(b": ") for x in field_lines)
        }
        statuses.append(match[1].decode())
        if match[1] == b"100":
            assert not fields
            continue
        assert b"date" in fields
        if fields.get(b"transfer-encoding") == b"chunked":
            came = rest_behind_chunks(came)
        elif b"content-length" in fields:
            length = int(fields[b"content-length"])
            assert len(came) >= length  # no stream here is a HEAD request
            came = came[length:]
        else:
            assert fields.get(b"connection") == b"close"
            came = b""
    return statuses


def rest_behind_chunks(came: bytes) -> bytes:
    """Skip chunked content."""
    while True:
        size, _, came = came.partition(b"\r\n")
        length = int(size, 16)
        assert came[length : length + 2] == b"\r\n"
        came = came[length + 2 :]
        if length == 0:
            return came


def fuzz(
    serving: Callable[[Handler], AbstractContextManager[tuple[str, int]]], count: int, seed: int
) -> tuple[Counter[str], int, int]:
    """Send so many clients; return how they ended, and by how much descriptors and memory grew."""
    ended: Counter[str] = Counter()
    lock = threading.Lock()
    failures: list[BaseException] = []
    process = psutil.Process()
    with mock.patch.object(ch12_connection, "LINGER_TIMEOUT", 0.2), serving(echo) as address:

        def visitor(number: int) -> None:
            chance = random.Random(seed * 1000 + number)
            try:
                for _ in range(count // CLIENTS):
                    how = visit(address, chance)
                    with lock:
                        ended[how] += 1
            except BaseException as error:
                failures.append(error)

        def all_at_once() -> None:
            threads = [threading.Thread(target=visitor, args=[n]) for n in range(CLIENTS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        visit(address, random.Random(0))
        before, resident = process.num_fds(), process.memory_info().rss
        all_at_once()
        grown = process.memory_info().rss - resident
    if failures:
        raise failures[0]
    return ended, process.num_fds() - before, grown


@pytest.mark.parametrize("serving", [on_threads, on_a_loop, on_a_fast_loop])
def test_every_spoilt_stream_gets_whole_responses_or_an_end(serving, caplog):
    ended, descriptors, _grown = fuzz(serving, COUNT, seed=10)
    assert sum(ended.values()) == COUNT // CLIENTS * CLIENTS
    assert descriptors <= 0
    assert {"answered, at last with 200", "answered, at last with 400"} <= set(ended)
    assert "reset by the server" not in ended
    raised = {type(r.exc_info[1]) for r in caplog.records if r.exc_info}
    assert all(issubclass(error, OSError) for error in raised), raised


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Spoil streams, on real connections.")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=10)
    options = parser.parse_args()
    logging.disable()
    for serving in (on_threads, on_a_loop):
        ended, descriptors, grown = fuzz(serving, options.count, options.seed)
        print(serving.__name__, dict(ended.most_common()))
        print(f"descriptors {descriptors:+}, resident memory {grown / 1e6:+.1f} MB")
