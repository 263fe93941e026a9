"""The load generator: it asks, waits for the answers, and checks them. One thread, one core.

Its sockets have no timeout. A server that hangs is killed, and that ends the connections.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

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
