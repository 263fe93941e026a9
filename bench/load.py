"""The load generator: it asks, waits for the answers, and checks them. One thread, one core."""

from __future__ import annotations

import select
import selectors
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

PATIENCE = 5.0  # seconds
CHUNK = 65536
SIZE = 64
MESSAGES = (b"a" * (SIZE - 1) + b"\n", b"b" * (SIZE - 1) + b"\n")
PIECE = (bytes(range(251)) * 262)[:CHUNK]

Poll = Callable[[float], Sequence[tuple[int, int]]]


class ServerFault(Exception):
    """The server did not do what an echo server does; the text says what."""


@dataclass(frozen=True)
class Load:
    """What was done within `seconds`, and for how long the load generator itself computed."""

    count: float
    seconds: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """How much was done in a second."""
        return self.count / self.seconds

    @property
    def share(self) -> float:
        """Which share of its core the load generator used."""
        return self.cpu_seconds / self.seconds


@contextmanager
def connected(port: int, count: int) -> Iterator[list[socket.socket]]:
    """Hold `count` connections open. Each has had one right answer, so it is being served."""
    with ExitStack() as stack:
        socks = []
        for _ in range(count):
            sock = stack.enter_context(socket.create_connection(("127.0.0.1", port), PATIENCE))
            socks.append(sock)
            ask(sock, MESSAGES[0])
        yield socks


def ask(sock: socket.socket, message: bytes) -> None:
    """Send a message and wait for its echo. Raises ServerFault or OSError."""
    sock.settimeout(PATIENCE)
    sock.sendall(message)
    receive(sock, message)


def receive(sock: socket.socket, awaited: bytes, begun: bytes = b"") -> None:
    """Wait for the rest of an answer and check it. Raises ServerFault or OSError."""
    sock.settimeout(PATIENCE)
    answer = begun
    while len(answer) < len(awaited):
        try:
            piece = sock.recv(CHUNK)
        except TimeoutError:
            raise _silence(len(answer), len(awaited)) from None
        if not piece:
            raise ServerFault("it has closed the connection")
        answer += piece
    if answer != awaited:
        raise _wrong(len(answer), len(awaited))


def round_trips(socks: Sequence[socket.socket], seconds: float) -> Load:
    """Keep one message under way on each connection, and count the answers: at least one.

    Two messages take turns, so that an answer too many is noticed. Raises ServerFault or OSError.
    """
    first, second = MESSAGES
    following = {first: second, second: first}
    awaited = {sock.fileno(): first for sock in socks}
    by_number = {sock.fileno(): sock for sock in socks}
    calls = {sock.fileno(): (sock.recv, sock.send) for sock in socks}
    count = 0
    for sock in socks:
        sock.setblocking(False)
    with _polling(socks) as poll:
        computed, began = time.process_time(), time.perf_counter()
        for sock in socks:
            sock.send(first)
        while (now := time.perf_counter()) < began + seconds or not count:
            ready = poll(PATIENCE)
            if not ready:
                raise _silence(0, SIZE)
            for number, _events in ready:
                recv, send = calls[number]
                message = awaited[number]
                answer = recv(CHUNK)
                if answer != message:
                    receive(by_number[number], message, answer)
                    by_number[number].setblocking(False)
                awaited[number] = message = following[message]
                send(message)
                count += 1
        load = Load(count, now - began, time.process_time() - computed)
    for sock in socks:
        receive(sock, awaited[sock.fileno()])
    return load


def bulk(sock: socket.socket, seconds: float) -> Load:
    """Send all that the connection takes, read meanwhile, and count the bytes that come back.

    One piece is compared byte by byte before, the others are counted. Raises ServerFault or
    OSError.
    """
    ask(sock, PIECE)
    sock.setblocking(False)
    pieces, room = memoryview(PIECE + PIECE), bytearray(4 * CHUNK)
    sent = received = 0
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE)
        computed, began = time.process_time(), time.perf_counter()
        while (now := time.perf_counter()) < began + seconds or not received:
            for _key, ready in _wait(selector):
                if ready & selectors.EVENT_WRITE:
                    begin = sent % CHUNK
                    sent += sock.send(pieces[begin : begin + CHUNK])
                if ready & selectors.EVENT_READ:
                    received += _count(sock, room)
        load = Load(received, now - began, time.process_time() - computed)
    sock.settimeout(PATIENCE)
    while received < sent:
        try:
            received += _count(sock, room)
        except TimeoutError:
            raise _silence(received, sent) from None
    if received > sent:
        raise _wrong(received, sent)
    return load


def _wait(selector: selectors.BaseSelector) -> list[tuple[selectors.SelectorKey, int]]:
    ready = selector.select(PATIENCE)
    if not ready:
        raise _silence(0, CHUNK)
    return ready


def _count(sock: socket.socket, room: bytearray) -> int:
    count = sock.recv_into(room)
    if not count:
        raise ServerFault("it has closed the connection")
    return count


def _silence(came: int, size: int) -> ServerFault:
    return ServerFault(
        f"it fell silent: {came} of {size} bytes came back, then none for {PATIENCE:g} s"
    )


def _wrong(came: int, size: int) -> ServerFault:
    what = "others" if came == size else f"{came}"
    return ServerFault(f"it answered wrongly: {size} bytes were sent, {what} came back")


@contextmanager
def _polling(socks: Sequence[socket.socket]) -> Iterator[Poll]:
    """Wait for whatever can be read: by epoll itself on Linux, which costs least."""
    if hasattr(select, "epoll"):
        with select.epoll() as epoll:
            for sock in socks:
                epoll.register(sock, select.EPOLLIN)
            yield epoll.poll
        return
    with selectors.DefaultSelector() as selector:
        for sock in socks:
            selector.register(sock, selectors.EVENT_READ)
        yield lambda seconds: [(key.fd, events) for key, events in selector.select(seconds)]
