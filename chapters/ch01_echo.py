"""Chapter 1. What must two programs do to exchange bytes?

A server opens a *listener*. A client connects to it, and the server accepts the client. From then on,
each of the two has one end of a *connection*. Each reads the bytes that the other sends, in the order
in which they were sent.

Run it by hand:  python3 -m chapters.ch01_echo --port 8000
"""

import socket

from course.by_hand import announce, by_hand

Address = tuple[str, int]  # a host and a port, such as ("127.0.0.1", 8000)

CHUNK = 65536  # the largest number of bytes that one recv() may return


def open_listener(host: str = "127.0.0.1", port: int = 0, backlog: int = 128) -> socket.socket:
    """Open a TCP socket that listens for clients, and return it.

        open_listener()                   -> listens on 127.0.0.1, on a free port
        open_listener(port=8000)          -> listens on 127.0.0.1, port 8000
        open_listener("127.0.0.2", 8000)  -> listens on 127.0.0.2, port 8000

    host     an IPv4 address of this machine
    port     0 means: the kernel chooses a free port
    backlog  how many clients may wait for accept(): the length of the kernel's queue (listen(2))

    The listener has no timeout: its accept() may wait for hours.

    Raises OSError:
        if the port is in use, or the host is not an address of this machine (bind(2));
        if listen() fails (listen(2)).
        In each of these cases, close the socket before you pass the error on. Your caller cannot
        close it.
    """
    # TASK 1. Make a socket, give it an address, and make it listen.
    raise NotImplementedError("ch01 task 1: open_listener")


def echo(conn: socket.socket) -> int:
    """Send back everything that arrives on `conn`, until the client has finished sending.

        the client sends b"hello"                 -> b"hello" goes back; echo() returns 5
        it sends b"one", and b"two" a day later   -> b"one" goes back at once; returns 6
        it sends nothing                          -> nothing goes back; returns 0

    Send each piece back as soon as it has arrived, even if it is not text.
    Wait for the client, even if it pauses for an hour.
    Leave `conn` open, and do not change its timeout: `conn` belongs to your caller.

    Returns the number of bytes that went back.

    Raises OSError:
        if the connection breaks while you receive or send (recv(2), send(2)).
        Do not catch this error: pass it on to your caller.
    """
    # TASK 2. Receive and send until the stream ends.
    raise NotImplementedError("ch01 task 2: echo")


def serve_one(listener: socket.socket) -> int:
    """Accept one client, echo until it has finished sending, and close its connection.

        serve_one(listener)  -> 5, if the client sends b"hello" and finishes
        serve_one(listener)  -> 0, if the client finishes without sending anything

    Wait for the client, even if it pauses for an hour.
    Always close the connection, even when echo() raises an error.
    Leave the listener open and unchanged, for the next client.

    Returns what echo() returns: the number of bytes that went back.

    Raises OSError:
        if the connection breaks. echo() raises this error: pass it on to your caller.
    """
    # TASK 3. Accept, echo, close.
    raise NotImplementedError("ch01 task 3: serve_one")


def ask(address: Address, message: bytes) -> bytes:
    """Connect to a server, send it a message, and return everything that the server sends back.

        ask(("127.0.0.1", 8000), b"hello")  -> b"hello", if an echo server listens there

    1. Send the message, all of it.
    2. Say that you have finished sending. You can still receive after that (RFC 9293 §3.6).
    3. Read until the server has finished as well, even if it pauses for an hour.

    Always close the connection, even when a call raises an error.

    A message may be up to about 100 kB long. The lesson shows why.

    Raises OSError:
        ConnectionRefusedError, if nobody is listening on `address` (connect(2));
        another OSError, if the connection breaks while you send or read.
        Do not catch these errors: pass them on to your caller.
    """
    # TASK 4. Connect, send, finish sending, and read to the end.
    raise NotImplementedError("ch01 task 4: ask")


def serve(host: str, port: int) -> None:
    """Echo to one client after another, until Ctrl-C."""
    with open_listener(host, port) as listener:
        announce(listener.getsockname())
        while True:
            try:
                print(f"Echoed {serve_one(listener)} bytes.", flush=True)
            except ConnectionError as error:
                print(f"A connection broke: {error.strerror}.", flush=True)


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "An echo server: what you send comes back."))
