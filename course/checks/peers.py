"""The other side of the learner's connections: real sockets on 127.0.0.1, and how they behave."""

from __future__ import annotations

import errno
import logging
import os
import selectors
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any, Generic, TypeVar
from unittest import mock

Result = TypeVar("Result")
F = TypeVar("F", bound=Callable[..., Any])

NO_LINGER = struct.pack("ii", 1, 0)


def simulates(_what: str) -> None:
    """Say what system or network the check plays that this machine is not: a replay says so too."""


def observes(replacement: F) -> F:
    """Mark what a check puts in a function's place only to note its calls: no replay mentions it."""
    setattr(replacement, "observes", True)  # noqa: B010
    return replacement


@contextmanager
def noting(owner: type | ModuleType, *names: str) -> Iterator[list[tuple[Any, ...]]]:
    """Give a list of the calls of these methods: of each, the object and its positional arguments."""
    seen: list[tuple[Any, ...]] = []

    def noted(real: Callable[..., Any]) -> Callable[..., Any]:
        @observes
        def note(*arguments: Any, **options: Any) -> Any:
            seen.append(arguments)
            return real(*arguments, **options)

        return note

    with ExitStack() as stack:
        for name in names:
            stack.enter_context(mock.patch.object(owner, name, noted(getattr(owner, name))))
        yield seen


@contextmanager
def listen_fails() -> Iterator[None]:
    """Let listen() raise the error that it raises if somebody else listens there already."""
    simulates("another program that listens at the same port since bind(): listen() fails")

    def listen(_sock: socket.socket, *_backlog: int) -> None:
        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))

    with mock.patch.object(socket.socket, "listen", listen):
        yield


@contextmanager
def listening(backlog: int = 16) -> Iterator[socket.socket]:
    """Open a listener on a free port of 127.0.0.1."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(backlog)
        yield listener


@contextmanager
def connected(host: str = "127.0.0.1") -> Iterator[tuple[socket.socket, socket.socket]]:
    """Make one TCP connection and give both ends: the client's, at `host`, and the server's."""
    with listening() as listener, socket.socket() as client:
        if host != "127.0.0.1":
            client.bind((host, 0))
        client.connect(listener.getsockname())
        server, _ = listener.accept()
        with server:
            yield client, server


def closed(returned: socket.socket | None) -> None:
    """Close what a call has returned that was expected to raise an error."""
    if returned is not None:
        returned.close()


def free_port() -> int:
    """Return a port of 127.0.0.1 that is free at this moment."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@contextmanager
def logged_errors() -> Iterator[list[str]]:
    """Collect the names of the errors whose tracebacks are logged inside the block."""
    names: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.exc_info and record.exc_info[0]:
                names.append(record.exc_info[0].__name__)

    collector = Collector()
    logging.getLogger().addHandler(collector)
    try:
        yield names
    finally:
        logging.getLogger().removeHandler(collector)


def narrow(sock: socket.socket, limit: int) -> socket.socket:
    """Turn a connected socket into one that moves at most `limit` octets a call.

    It is the same connection, as it is on a slow and busy network. `sock` itself is detached.
    """
    simulates(f"a slow and busy network: recv() and send() move at most {limit} bytes a call")

    class Narrow(socket.socket):
        def recv(self, size: int, flags: int = 0) -> bytes:
            return super().recv(min(size, limit), flags)

        def send(self, data: bytes, flags: int = 0) -> int:  # type: ignore[override]
            return super().send(memoryview(data)[:limit], flags)

    return Narrow(fileno=sock.detach())


def queue_up(address: tuple[str, int], most: int) -> int:
    """Let clients connect, without accepting them, until one cannot; return how many could.

    A client that has waited for 0.2 s counts as one that cannot: on loopback a connection takes a
    thousandth of that.
    """
    with ExitStack() as stack:
        for count in range(most):
            client = stack.enter_context(socket.socket())
            client.settimeout(0.2)
            try:
                client.connect(address)
            except TimeoutError:
                return count
            time.sleep(0.001)  # another processor may still be putting this client into the queue
        return most


def wait_for_bytes(sock: socket.socket, count: int) -> None:
    """Wait until `count` bytes that a peer has sent have arrived; take none of them.

    They must fit into the socket's receive buffer. MSG_PEEK | MSG_WAITALL would do the same, but
    Windows refuses MSG_WAITALL beside MSG_PEEK and on a socket with a timeout.
    """
    while len(socket.socket.recv(sock, count, socket.MSG_PEEK)) < count:
        time.sleep(0.001)


def receive_exactly(sock: socket.socket, count: int) -> bytes:
    """Receive `count` bytes, in however many pieces they arrive, or up to the end of the stream."""
    received = bytearray()
    while len(received) < count and (piece := sock.recv(count - len(received))):
        received += piece
    return bytes(received)


def receive_all(sock: socket.socket) -> bytes:
    """Read up to the end of the stream."""
    pieces = []
    while piece := sock.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def reset(sock: socket.socket) -> None:
    """Close a connection with RST, as a peer does that has no more use for it (RFC 9293 §3.10.5)."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    sock.close()


class Running(Generic[Result]):
    """A call that runs in a thread of its own."""

    def __init__(self, function: Callable[..., Result], arguments: tuple[object, ...]) -> None:
        self._function = function
        self._arguments = arguments
        self._results: list[Result] = []
        self._error: BaseException | None = None
        self.is_abandoned = False  # the check has failed, and what the call opened is being closed
        name = getattr(function, "__name__", "call")
        self._thread = threading.Thread(target=self._call, name=name, daemon=True)
        self._thread.start()

    def result(self) -> Result:
        """Wait for the call to return; raises what it raised."""
        self._thread.join()
        if self._error:
            self._error.__dict__["delivered"] = True
            raise self._error
        return self._results[0]

    @property
    def is_delivered(self) -> bool:
        """Whether `result` has raised what the call raised."""
        return bool(self._error and self._error.__dict__.get("delivered"))

    def settle(self) -> None:
        """Wait, for a second at most, until the call waits for another thread, or has ended."""
        end = time.monotonic() + 1.0
        while self._thread.is_alive() and time.monotonic() < end:
            frame = sys._current_frames().get(self._thread.ident or 0)
            if frame is not None and frame.f_code.co_filename == threading.__file__:
                return
            time.sleep(0.005)

    def _call(self) -> None:
        try:
            self._results.append(self._function(*self._arguments))
        except BaseException as error:
            if self.is_abandoned and isinstance(error, OSError | ValueError):
                return  # its sockets were closed under it
            self._error = error
            error.__dict__["called_by_check"] = True
            raise


@contextmanager
def running(function: Callable[..., Result], *arguments: object) -> Iterator[Running[Result]]:
    """Run a function of the learner's in a thread while the block plays the other side.

    The block ends when the function has returned; what the function raised is raised here, unless
    the block has raised already.
    """
    call = Running(function, arguments)
    try:
        yield call
    except BaseException:
        call.is_abandoned = True
        raise
    if not call.is_delivered:
        call.result()


@contextmanager
def selecting(select: Callable[..., list[Any]]) -> Iterator[None]:
    """Put `select(original, selector, timeout)` in the place of every select() of selectors."""

    def instead(original: Callable[..., object]) -> Callable[..., list[Any]]:
        return lambda selector, timeout=None: select(original, selector, timeout)

    with ExitStack() as stack:
        kinds = {kind for kind in vars(selectors).values() if isinstance(kind, type)}
        for kind in (kind for kind in kinds if "select" in vars(kind)):
            there = instead(vars(kind)["select"])
            stack.enter_context(mock.patch.object(kind, "select", there))
        yield


@contextmanager
def unwritten_comes_out(loop: Any) -> Iterator[None]:
    """Raise what says that a task is still to do, where the loop has only logged it; stop the loop."""
    found: list[BaseException] = []

    class Finder(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            error = record.exc_info[1] if record.exc_info else None
            if isinstance(error, NotImplementedError):
                found.append(error)
                loop.stop()

    finder = Finder()
    logging.getLogger().addHandler(finder)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(finder)
    for error in found:
        raise error
