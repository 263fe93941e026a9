"""Chapter 1. What must two programs do to exchange bytes?

A server opens a *listener* and accepts a client; the client connects. From then on both hold one
end of a *connection*, and each end reads the bytes that the other end writes, in order.

Run it by hand:  python3 -m chapters.ch01_echo --port 8000
"""

import socket

from course.by_hand import announce, by_hand

Address = tuple[str, int]

CHUNK = 65536


def open_listener(host: str = "127.0.0.1", port: int = 0, backlog: int = 128) -> socket.socket:
    """Return a TCP socket that listens for connections.

    `host` is an IPv4 address of this machine; port 0 lets the kernel choose a free port, which
    `getsockname()` then tells. `backlog` is how many connections may wait for accept (listen(2)).

    Raises OSError if the address cannot be taken; no socket is left open then.
    """
    # TASK 1. Make a socket, give it its address, and let it listen.
    raise NotImplementedError("ch01 task 1: open_listener")


def echo(conn: socket.socket) -> int:
    """Send back everything that arrives on a connection, until its peer has finished sending.

    Each piece goes back as soon as it has arrived, whatever bytes it holds. The connection stays
    open: whoever opened it closes it.

    Returns the number of bytes sent back. Raises OSError if the connection breaks.
    """
    # TASK 2. Receive and send until the stream ends.
    raise NotImplementedError("ch01 task 2: echo")


def serve_one(listener: socket.socket) -> int:
    """Accept one client, echo until it has finished sending, and close the connection.

    The connection is closed however the echo ends; the listener stays open for the next client.

    Returns the number of bytes echoed. Raises OSError if the connection breaks.
    """
    # TASK 3. Accept, echo, close.
    raise NotImplementedError("ch01 task 3: serve_one")


def ask(address: Address, message: bytes) -> bytes:
    """Connect to a server, send a message, and return everything that it answers.

    After the message the client says that it has finished sending (a half-close, RFC 9293 §3.6)
    and reads until the server has finished, too. The connection is closed however this ends.

    `message` must fit into the buffers between the two programs, about 100 kB to be safe: a client
    that reads only after it has sent everything can block a server that answers meanwhile.

    Raises OSError if nobody listens at `address` or the connection breaks.
    """
    # TASK 4. Connect, send, finish sending, and read to the end.
    raise NotImplementedError("ch01 task 4: ask")


def serve(host: str, port: int) -> None:
    """Echo to one client after the other, until Ctrl-C."""
    with open_listener(host, port) as listener:
        announce(listener.getsockname())
        while True:
            try:
                print(f"Echoed {serve_one(listener):,} bytes.", flush=True)
            except ConnectionError as error:
                print(f"A client went away: {error.strerror}.", flush=True)


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "An echo server: what you send comes back."))
