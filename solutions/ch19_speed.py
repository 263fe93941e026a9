"""Chapter 19. How many bytes does a client send?

Say in two or three sentences what this chapter adds to the ones before: the words that it introduces,
and what the learner's program can do afterwards.

Run it by hand:  python3 -m solutions.ch19_speed --port 8000
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


def answer(conn: socket.socket) -> None:
    """Count the bytes that arrive on a connection, and send the number back as a line of text.

        answer(conn)  sends "5 bytes" and a line end, if the client sent b"hello" and finished

    Raises OSError if the connection breaks.
    """
    # TASK 2. Count, then send the number and a line end.
    count = count_bytes(conn)
    conn.sendall(f"{count} bytes\n".encode())


def serve_one(listener: socket.socket) -> None:
    """Accept one client, answer it, and close its connection. The listener stays open.

    Raises OSError if the connection breaks.
    """
    # TASK 3. Accept, answer, close.
    conn, _peer = listener.accept()
    with conn:
        answer(conn)


def serve(host: str, port: int) -> None:
    """Say to each client how many bytes it sent, until Ctrl-C."""
    with open_listener(host, port) as listener:
        announce(listener.getsockname())
        while True:
            serve_one(listener)


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "A server that counts the bytes that a client sends."))
