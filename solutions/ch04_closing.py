"""Chapter 4. How does a connection end?

Each end says for itself that it has finished sending (FIN). When both have said so, the connection is
closed. Or one end throws the connection away (RST). Your program sees b"" in the first case and an
error in the second, and how you close your own end decides whether your last words arrive
(RFC 9293 §3.6).

Run it by hand:  python3 -m solutions.ch04_closing --port 8000
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

        the peer is waiting in recv()      -> it raises ConnectionResetError there
        the peer has not read everything   -> what is still to be sent is dropped
        the peer has gone already          -> nothing happens, and nothing is raised

    Wait for nobody: do not send, do not read, do not half-close. `conn` is closed in every case, even
    if setsockopt() raises OSError (on macOS it does, if the peer has gone). Afterwards nothing is left
    in the kernel's table, not even TIME-WAIT (RFC 9293 §3.10.5).

    The value of SO_LINGER is two C integers, packed with "ii": 1 for "on", and 0 seconds (socket(7)).
    On Windows they are short integers, "hh".
    """
    # TASK 1. Set the option, and close in every case.
    on_for_zero_seconds = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
    with conn, suppress(OSError):
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, on_for_zero_seconds)


def receive_within(conn: socket.socket, seconds: float) -> bytes | End:
    """Wait for at most `seconds` for the next bytes, and return them, or say how the connection ended.

        b"hello" arrives in time                   -> b"hello"
        recv() returns b""                         -> End.FINISHED
        nothing arrives in time                    -> End.OPEN
        recv() raises TimeoutError, and its errno
            is ETIMEDOUT: the peer is dead         -> End.BROKEN
        recv() raises any other OSError            -> End.BROKEN

    Call recv() once, for at most CHUNK bytes. While it waits, the thread sleeps. `seconds` is greater
    than 0. Do not send anything, and leave `conn` open. Its timeout may be a different one afterwards.
    """
    # TASK 2. Set the timeout, receive, and tell the five cases apart.
    conn.settimeout(seconds)
    try:
        piece = conn.recv(CHUNK)
    except TimeoutError as error:
        return End.BROKEN if error.errno == errno.ETIMEDOUT else End.OPEN
    except OSError:
        return End.BROKEN
    return piece or End.FINISHED


def drain(conn: socket.socket, seconds: float) -> tuple[int, End]:
    """Read a connection to its end. Return how many bytes came, and how it ended.

        b"hello" comes, then the end of the stream        -> (5, End.FINISHED)
        b"hello" comes, then a reset                      -> (5, End.BROKEN)
        b"hello" comes, then nothing until time is up     -> (5, End.OPEN)
        a byte comes every second, and seconds is 10      -> (10, End.OPEN), more or less
        seconds is 0                                      -> (0, End.OPEN), without reading

    `seconds` is for everything together: each receive_within() gets what is left. Measure with
    time.monotonic(), because time.time() jumps when somebody sets the computer's clock.

    Keep the number of the bytes, not the bytes: a peer may send gigabytes. Do not send anything, and
    leave `conn` open.
    """
    # TASK 3. Note at the beginning when it has to be over.
    total = 0
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        received = receive_within(conn, left)
        if isinstance(received, End):
            return total, received
        total += len(received)
    return total, End.OPEN


def close_gracefully(conn: socket.socket, seconds: float) -> End:
    """Close a connection so that what you have sent arrives. Return how the peer's half ended.

    If you close while the peer is still sending, the kernel answers with a reset, and a reset can
    destroy your last words before they are read. So do it in three steps (RFC 9112 §9.6):

    1. Finish sending: a half-close.
    2. Drain: the peer has `seconds` to finish as well.
    3. Close. Do this in every case.

        the peer reads everything, then closes      -> End.FINISHED
        it resets the connection                    -> End.BROKEN
        it is still sending, or silent, in the end  -> End.OPEN
        shutdown() raises OSError                   -> End.BROKEN, without reading

    Nothing is raised. If shutdown() raises OSError, the connection is no more. Do not drain then:
    recv() may return b"" on it, and that is not the peer's end of the stream (shutdown(2), ENOTCONN).
    """
    # TASK 4. Half-close, drain, close.
    with conn:
        try:
            conn.shutdown(socket.SHUT_WR)
        except OSError:
            return End.BROKEN
        _count, end = drain(conn, seconds)
    return end


def open_listener(host: str = "127.0.0.1", port: int = 0, backlog: int = 128) -> socket.socket:
    """Return a TCP socket that listens, even where a server was stopped a moment ago.

        open_listener()                              -> listens on 127.0.0.1, on any free port
        open_listener(port=8000)                     -> listens on port 8000
        the same, while a connection of the last
            run is in TIME-WAIT on that port         -> listens on port 8000
        the same, while another socket listens there -> OSError

    It is echo's `open_listener`, with the option SO_REUSEADDR. Set the option to 1 before bind()
    (socket(7)). Do not set it on Windows (sys.platform == "win32"): there it lets another program take
    your port. `backlog` goes to the kernel (listen(2)). The listener has no timeout.

    Raises OSError, and leaves no socket open, if bind() or listen() fails.
    """
    # TASK 5. Make a socket, set the option, and let it listen.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(backlog)
    except OSError:
        listener.close()
        raise
    return listener


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
