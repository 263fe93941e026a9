"""Chapter 0. How many bytes does a client send?

Say in two or three sentences what this chapter adds to the ones before: the words that it introduces,
and what the learner's program can do afterwards.

Run it by hand:  python3 -m solutions.ch00_template --port 8000
"""

import socket

from course.by_hand import announce, by_hand

from .ch01_echo import open_listener


def count_bytes(conn: socket.socket) -> int:
    """Return how many bytes arrive on a connection until its peer finishes sending.

    The connection stays open: closing it is up to the caller.

    Raises OSError if the connection breaks.
    """
    # TASK 1. Receive until the stream ends, and add up.
    total = 0
    while piece := conn.recv(65536):
        total += len(piece)
    return total


def serve(host: str, port: int) -> None:
    """Say to each client how many bytes it sent, until Ctrl-C."""
    with open_listener(host, port) as listener:
        announce(listener.getsockname())
        while True:
            conn, _peer = listener.accept()
            with conn:
                conn.sendall(f"{count_bytes(conn):,} bytes\n".encode())


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "A server that counts the bytes that a client sends."))
