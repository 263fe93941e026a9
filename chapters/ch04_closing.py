"""Chapter 4. How does a connection end?

Each end sends a FIN when it has finished sending. After both FINs, the connection is closed. Instead,
either end can throw the connection away with a reset (RST). recv() returns b"" after a FIN, and raises
an error after a reset. How you close your own end decides whether your last words arrive
(RFC 9293 §3.6).

Run it by hand:  python3 -m chapters.ch04_closing --port 8000
"""

from __future__ import annotations

import errno
import socket
import struct
import sys
import time
from contextlib import suppress
from enum import Enum

from course.by_hand import announce, by_hand

from .ch02_four_tuple import FourTuple
from .ch03_accept import accept_next, serve_client

CHUNK = 65536  # bytes that one recv() may return


class End(Enum):
    """How a connection has ended, seen from one side."""

    FINISHED = "the peer has finished sending"
    BROKEN = "the connection broke"
    OPEN = "it has not ended yet"


def abort(conn: socket.socket) -> None:
    """Throw a connection away: close it with a reset (RST) instead of an end of the stream (FIN).

        the peer is waiting in recv()               -> its recv() raises ConnectionResetError
        bytes are still waiting to be sent          -> they are dropped
        the peer has already closed its socket      -> nothing is raised
        setsockopt() raises OSError, as on macOS
            if the peer has already closed          -> nothing is raised

    Close `conn` in every case. Do not send, read or half-close first. Afterwards nothing is left of
    your end in the kernel's table, not even TIME-WAIT (RFC 9293 §3.10.5).

    Before you close, set SO_LINGER to two C integers: 1 for "on", and 0 seconds (socket(7)). Pack them
    as "ii". On Windows (sys.platform == "win32") they are short integers: pack them as "hh".
    """
    # TASK 1. Set the option, and close in every case.
    raise NotImplementedError("ch04 task 1: abort")


def receive_within(conn: socket.socket, seconds: float) -> bytes | End:
    """Wait for at most `seconds` for the next bytes, and return them, or say how the connection ended.

        b"hello" arrives in time                      -> b"hello"
        recv() returns b""                            -> End.FINISHED
        nothing arrives in time                       -> End.OPEN
        recv() raises TimeoutError with the errno
            ETIMEDOUT, because the peer is dead       -> End.BROKEN
        recv() raises another OSError                 -> End.BROKEN

    Call recv() once, for at most CHUNK bytes. It sleeps while it waits. `seconds` is greater than 0.
    Do not send anything, and leave `conn` open. You may change its timeout.
    """
    # TASK 2. Set the timeout, receive, and tell the five cases apart.
    raise NotImplementedError("ch04 task 2: receive_within")


def drain(conn: socket.socket, seconds: float) -> tuple[int, End]:
    """Read a connection to its end. Return the number of bytes that came, and how it ended.

        b"hello" comes, then the end of the stream        -> (5, End.FINISHED)
        b"hello" comes, then a reset                      -> (5, End.BROKEN)
        b"hello" comes, then nothing until time is up     -> (5, End.OPEN)
        a byte comes every second, and seconds is 10      -> about (10, End.OPEN)
        seconds is 0                                      -> (0, End.OPEN), without reading

    `seconds` limits the whole call: each receive_within() may wait only for the time that is left.
    Measure with time.monotonic(). (time.time() jumps when somebody sets the computer's clock.)

    Count the bytes, but do not keep them: a peer may send gigabytes. Do not send anything, and leave
    `conn` open.
    """
    # TASK 3. Note the deadline first. Then receive until the end, or until no time is left.
    raise NotImplementedError("ch04 task 3: drain")


def close_gracefully(conn: socket.socket, seconds: float) -> End:
    """Close a connection so that what you have sent can arrive. Return how the peer's half ended.

    If you close while the peer is still sending, your kernel answers with a reset, and the reset can
    destroy your last words before they are read. So take three steps (RFC 9112 §9.6):

    1. Half-close: you have finished sending.
    2. Drain: the peer has `seconds` to finish as well.
    3. Close, in every case.

        the peer reads everything, then closes               -> End.FINISHED
        the peer resets the connection                       -> End.BROKEN
        when `seconds` have passed, the peer is still sending
            or silent                                        -> End.OPEN
        shutdown() raises OSError                            -> End.BROKEN, without reading

    Nothing is raised. If shutdown() raises OSError, the connection no longer exists (shutdown(2),
    ENOTCONN). After that, the result of recv() says nothing about the peer, so do not drain.
    """
    # TASK 4. Half-close, drain, close.
    raise NotImplementedError("ch04 task 4: close_gracefully")


def open_listener(host: str = "127.0.0.1", port: int = 0, backlog: int = 128) -> socket.socket:
    """Return a TCP socket that listens, even if a server on the same port was stopped a moment ago.

        open_listener()                                -> listens on 127.0.0.1, on any free port
        open_listener(port=8000)                       -> listens on port 8000
        the same, while a connection of the last
            run is in TIME-WAIT on that port           -> listens on port 8000
        the same, while another socket listens there   -> OSError
        open_listener("192.0.2.1"), which is not an
            address of this machine                    -> OSError

    It is echo's open_listener() with the option SO_REUSEADDR. Set the option to 1 before bind()
    (socket(7)). Do not set it on Windows (sys.platform == "win32"): there it lets another program take
    your port. Pass `backlog` to listen() (listen(2)). The listener has no timeout.

    Raises OSError if bind() or listen() fails. Then it leaves no socket open.
    """
    # TASK 5. Make a socket, set the option, and let it listen.
    raise NotImplementedError("ch04 task 5: open_listener")


def serve(host: str, port: int) -> None:
    """Say goodbye to one client after another, and say how each connection ended, until Ctrl-C."""

    def say_goodbye(conn: socket.socket, _name: FourTuple) -> None:
        with suppress(ConnectionError):
            conn.sendall(b"Goodbye. You may have the last word.\n")
        print(f"How it ended: {close_gracefully(conn, 30.0).value}.", flush=True)

    waker, wake = socket.socketpair()  # nobody writes to it: Ctrl-C ends this server
    with waker, wake, open_listener(host, port) as listener:
        announce(listener.getsockname())
        while conn := accept_next(listener, wake):
            serve_client(conn, say_goodbye)


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "A server that says goodbye first."))
