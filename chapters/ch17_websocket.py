"""Chapter 17. How many bytes does a client send?

Say in two or three sentences what this chapter adds to the ones before: the words that it introduces,
and what the learner's program can do afterwards.

Run it by hand:  python3 -m chapters.ch17_websocket --port 8000
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
    raise NotImplementedError("ch17 task 1: count_bytes")


def answer(conn: socket.socket) -> None:
    """Count the bytes that arrive on a connection, and send the number back as a line of text.

        answer(conn)  sends "5 bytes" and a line end, if the client sent b"hello" and finished

    Raises OSError if the connection breaks.
    """
    # TASK 2. Count, then send the number and a line end.
    raise NotImplementedError("ch17 task 2: answer")


def serve_one(listener: socket.socket) -> None:
    """Accept one client, answer it, and close its connection. The listener stays open.

    Raises OSError if the connection breaks.
    """
    # TASK 3. Accept, answer, close.
    raise NotImplementedError("ch17 task 3: serve_one")


def serve(host: str, port: int) -> None:
    """Say to each client how many bytes it sent, until Ctrl-C."""
    with open_listener(host, port) as listener:
        announce(listener.getsockname())
        while True:
            serve_one(listener)


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "A server that counts the bytes that a client sends."))
