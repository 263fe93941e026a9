"""Chapter 4. How does a connection end?

Each end says on its own that it has finished sending (FIN); only when both have, is the connection
closed. Or one end throws it away (RST). Your program sees the first as b"" and the second as an
error, and what it does with its own end decides whether its last words arrive (RFC 9293 §3.6).

Run it by hand:  python3 -m solutions.ch04_closing --port 8000
"""

from __future__ import annotations

import socket
import struct
import sys
import time
from contextlib import suppress
from enum import Enum

from course.by_hand import announce, by_hand

CHUNK = 65536


class End(Enum):
    """How a connection ended, seen from one side."""

    FINISHED = "the peer has finished sending"
    RESET = "the peer, or its kernel, has thrown the connection away"
    OPEN = "it has not ended yet"


def drain(conn: socket.socket, seconds: float) -> tuple[int, End]:
    """Read a connection to its end, drop what comes, and tell how it ended.

    After `seconds` in all the connection counts as OPEN, even if bytes still come; 0 seconds wait
    for nothing. Who waits here sleeps, and does not ask again and again. The connection is not
    closed here, and nothing is sent. The timeout that it had before is lost.

    Returns the number of bytes that came, and the end. A reset is an end like any other: it is
    returned, not raised.
    """
    # TASK 1. Three things can happen to a recv() with a timeout, besides bytes.
    total = 0
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        conn.settimeout(left)
        try:
            piece = conn.recv(CHUNK)
        except TimeoutError:
            break
        except ConnectionError:
            return total, End.RESET
        if not piece:
            return total, End.FINISHED
        total += len(piece)
    return total, End.OPEN


def close_gracefully(conn: socket.socket, seconds: float) -> End:
    """Close a connection so that what was sent before still arrives.

    Closing while the peer's bytes lie unread, or still come, resets the connection, and a reset can
    overtake your last words (RFC 9293 §3.6.1). So finish sending first (a half-close), then drain,
    then close: the peer has `seconds` to finish, no more, and no less if it stays silent. The
    connection is closed in any case, and nothing is raised if it is reset, before or meanwhile.

    Returns how the peer's half ended. A connection that is no more when this is called counts as
    RESET: a reset is told to one call only, perhaps to a send() before, and then recv() gives b"",
    which is no FIN. (One whose halves had both ended well looks the same to Linux, ENOTCONN, and
    counts as RESET, too.)
    """
    # TASK 2. Half-close, drain, close.
    with conn:
        try:
            conn.shutdown(socket.SHUT_WR)
        except OSError:
            return End.RESET
        _count, end = drain(conn, seconds)
    return end


def abort(conn: socket.socket) -> None:
    """Throw a connection away: RST instead of FIN, for a peer that gets no more of your time.

    The peer's recv() raises ConnectionResetError instead of returning b"". On this side nothing
    remains, not even TIME-WAIT; bytes that were not sent yet are dropped, and nobody is waited for
    (RFC 9293 §3.10.5, ABORT). A peer that has thrown the connection away before is no error. Nor is
    an option that is refused (macOS does that when the peer was faster): it is closed all the same.
    """
    # TASK 3. Set SO_LINGER to "on, zero seconds": two C ints (two shorts on Windows). Then close, in
    # any case.
    on_for_zero_seconds = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
    with conn, suppress(OSError):
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, on_for_zero_seconds)


def open_listener(host: str = "127.0.0.1", port: int = 0, backlog: int = 128) -> socket.socket:
    """Return a TCP socket that listens, also where a server has stopped a moment ago.

    It is chapter 1's `open_listener`, but connections in TIME-WAIT do not keep it from its port
    (socket(7), SO_REUSEADDR). A port where another socket listens stays taken.

    Raises OSError if the address cannot be taken; no socket is left open then.
    """
    # TASK 4. The option has to be set before bind(). Not on Windows: it means something else there.
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
    """Tell each client goodbye before it has said a word, and say how its connection ended."""
    with open_listener(host, port) as listener:
        announce(listener.getsockname())
        while True:
            conn, _peer = listener.accept()
            with suppress(ConnectionError):
                conn.sendall(b"Goodbye. You may have the last word.\n")
            print(f"A client's connection: {close_gracefully(conn, 30.0).value}.", flush=True)


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "A server that hangs up first, politely."))
