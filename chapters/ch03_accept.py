"""Chapter 3. What does accept() hand back, and who shook hands?

The kernel completes the handshake and puts the finished connection into the listener's queue.
accept() takes it out: a new socket, on the listener's own port. An `Acceptor` does that in a
thread, gives each client its own connection, and can be stopped while it waits.

Run it by hand:  python3 -m chapters.ch03_accept --port 8000
"""

from __future__ import annotations

import logging
import selectors
import socket
import threading
from collections.abc import Callable

from course.by_hand import announce, by_hand, wait_for_ctrl_c

from .ch01_echo import echo, open_listener
from .ch02_four_tuple import Endpoint, FourTuple, four_tuple

Handler = Callable[[socket.socket, FourTuple], object]

CLIENT_TIMEOUT = 30.0  # seconds


def accept_next(listener: socket.socket, wake: socket.socket) -> socket.socket | None:
    """Wait for the next client or for a wake-up, whichever comes first.

    Returns the client's connection, or None as soon as there is something to read on `wake`, even
    if a client waits, too; whether it reads that is its own affair. What it opens in order to wait,
    it closes. A call on the connection may block for `CLIENT_TIMEOUT` seconds at most: Python's
    accepted sockets do not take their listener's timeout over.

    Raises OSError if the kernel cannot give a socket, such as when too many files are open.
    """
    # TASK 1. Wait for two sockets at once; then accept, or not.
    raise NotImplementedError("ch03 task 1: accept_next")


def serve_client(conn: socket.socket, handle: Handler) -> bool:
    """Give one client to its handler, as `handle(conn, name)`, and close its connection.

    `name` is the connection's 4-tuple. An error is the end of this client and of nobody else: an
    OSError means that the client has gone, before or while it was served; any other error is a bug
    in the handler and is logged, with its traceback, by `logging.exception`.

    Returns whether the client was served to the end.
    """
    # TASK 2. Ask for the name, call the handler, close; whatever goes wrong, return.
    raise NotImplementedError("ch03 task 2: serve_client")


class Acceptor:
    """Accepts clients in a thread of its own and serves them one after the other.

    `handle(conn, name)` gets a client's connection and its 4-tuple; when it returns, the connection
    is closed. As a context manager an acceptor starts on entry and stops on exit.

    Raises OSError, with nothing left open, if the address cannot be taken.
    """

    def __init__(
        self, handle: Handler, host: str = "127.0.0.1", port: int = 0, backlog: int = 128
    ) -> None:
        # TASK 3. Listen, so that clients can connect, though nobody accepts them yet; and make
        # the pair of sockets with which stop() will wake the thread.
        raise NotImplementedError("ch03 task 3: Acceptor.__init__")

    @property
    def address(self) -> Endpoint:
        """Where clients connect to."""
        # TASK 3. The listener knows.
        raise NotImplementedError("ch03 task 3: Acceptor.address")

    def start(self) -> None:
        """Begin to accept clients in a thread, and return at once.

        If the kernel cannot give a socket (see accept_next), the thread ends; chapter 15 goes on.
        """
        # TASK 4. A thread that serves one client after the other, until it is woken up.
        raise NotImplementedError("ch03 task 4: Acceptor.start")

    def stop(self) -> None:
        """Stop listening, and return when the thread has ended.

        It works as well if the acceptor never started, and a second call does nothing.

        The client that is being served is served to its end. Those that still wait in the queue are
        turned away by the kernel when the listener is closed. Not to be called by a handler.
        """
        # TASK 5. Wake the thread up, wait for it to end, and close what is open.
        raise NotImplementedError("ch03 task 5: Acceptor.stop")

    def __enter__(self) -> Acceptor:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def serve(host: str, port: int) -> None:
    """Echo to one client after the other and say who comes, until Ctrl-C."""

    def handle(conn: socket.socket, name: FourTuple) -> None:
        print(f"{name.remote.host}:{name.remote.port} came.", flush=True)
        echo(conn)

    with Acceptor(handle, host, port) as acceptor:
        announce(acceptor.address)
        wait_for_ctrl_c()


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "An echo server that says who comes."))
