"""The load generator: it asks, waits for the answers, and checks them. One thread, one core.

Its sockets have no timeout. A server that hangs is killed, and that ends the connections.
"""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

CHUNK = 65536
GREETING = b"hello\n"


class ServerFault(Exception):
    """The server did not do what an echo server does; the text says what."""


@contextmanager
def connected(port: int, count: int) -> Iterator[list[socket.socket]]:
    """Hold `count` connections open. Each has had one right answer, so it is being served."""
    with ExitStack() as stack:
        socks = []
        for _ in range(count):
            socks.append(stack.enter_context(socket.create_connection(("127.0.0.1", port))))
            socks[-1].sendall(GREETING)
            receive(socks[-1], GREETING)
        yield socks


def round_trips(socks: Sequence[socket.socket], size: int, seconds: float) -> int:
    """Keep one message of `size` bytes under way on each connection, and count the answers.

    Each answer is compared with its message. Two messages take turns, so that an answer too many
    is noticed. Raises ServerFault or OSError.
    """
    first = (bytes(range(251)) * (size // 251 + 1))[:size]
    second = first[::-1]
    following = {first: second, second: first}
    awaited = dict.fromkeys(socks, first)
    count = 0
    with selectors.DefaultSelector() as selector:
        for sock in socks:
            selector.register(sock, selectors.EVENT_READ, sock)
            sock.sendall(first)
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for key, _events in selector.select(seconds):
                sock = key.data
                receive(sock, awaited[sock])
                awaited[sock] = message = following[awaited[sock]]
                sock.sendall(message)
                count += 1
    for sock, message in awaited.items():
        receive(sock, message)
    return count + len(socks)


def receive(sock: socket.socket, awaited: bytes) -> None:
    """Wait for an answer and check it. Raises ServerFault or OSError."""
    answer = b""
    while len(answer) < len(awaited):
        piece = sock.recv(CHUNK)
        if not piece:
            raise ServerFault(f"{len(answer)} of {len(awaited)} bytes came back, then no more")
        answer += piece
    if answer != awaited:
        raise ServerFault(f"wrong answer: {len(awaited)} bytes sent, {len(answer)} came back")


@dataclass(frozen=True)
class Talk:
    """What a client says to an HTTP server: first once, then again and again; and what comes back.

    All that comes back for a request has `length` octets, begins with `begins`, and ends with `ends`.
    If `length` is 0, each of the `answers` is as long as the answer to `first`.
    """

    first: bytes
    request: bytes
    begins: bytes
    ends: bytes
    answers: int = 1
    length: int = 0


@contextmanager
def talking(port: int, count: int, talk: Talk) -> Iterator[tuple[list[socket.socket], int]]:
    """Hold `count` connections open, and give them and the length of what comes back for a request."""
    with ExitStack() as stack:
        socks, lengths = [], set()
        for _ in range(count):
            socks.append(stack.enter_context(socket.create_connection(("127.0.0.1", port))))
            socks[-1].sendall(talk.first)
            first = receive_response(socks[-1])
            lengths.add(talk.length or talk.answers * first)
        if len(lengths) > 1:
            raise ServerFault("two answers to the same request differ in length")
        yield socks, lengths.pop()


def receive_response(sock: socket.socket) -> int:
    """Receive a response, and return its length. Raises ServerFault or OSError."""
    came = b""
    while (end := came.find(b"\r\n\r\n")) < 0:
        came += more(sock, came)
    field = re.search(rb"\r\ncontent-length: *(\d+)", came[:end], re.IGNORECASE)
    length = end + 4 + (int(field[1]) if field else 0)
    while len(came) < length:
        came += more(sock, came)
    return length


def exchanges(socks: Sequence[socket.socket], talk: Talk, length: int, seconds: float) -> int:
    """Keep a request under way on each connection, and count the answers. Each is looked at.

    Raises ServerFault or OSError.
    """
    count = 0
    with selectors.DefaultSelector() as selector:
        for sock in socks:
            selector.register(sock, selectors.EVENT_READ, sock)
            sock.sendall(talk.request)
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for key, _events in selector.select(seconds):
                take(key.data, talk, length)
                key.data.sendall(talk.request)
                count += talk.answers
    for sock in socks:
        take(sock, talk, length)
    return count + len(socks) * talk.answers


def take(sock: socket.socket, talk: Talk, length: int) -> None:
    """Wait for what comes back for one request, and look at it. Raises ServerFault or OSError."""
    came = sock.recv(CHUNK)
    while len(came) < length:
        came += more(sock, came)
    if len(came) > length or not came.startswith(talk.begins) or not came.endswith(talk.ends):
        raise ServerFault(f"wrong answer: {came[:60]!r}")


def more(sock: socket.socket, came: bytes) -> bytes:
    """Return the next bytes. Raises ServerFault or OSError."""
    if piece := sock.recv(CHUNK):
        return piece
    raise ServerFault(f"{len(came)} bytes came back, then no more")
