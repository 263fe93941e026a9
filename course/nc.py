"""Talk to a server by hand, where there is no `nc`: `python3 -m course.nc 127.0.0.1 8000`.

It sends what you type, and prints what comes back. It ends when the server closes the connection,
or on Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
import threading
from contextlib import suppress

from course.by_hand import fail, port

STDIN, STDOUT = 0, 1


def main() -> int:
    """Connect, and send and print until one side has had enough. Return the exit status."""
    parser = argparse.ArgumentParser(prog="python3 -m course.nc", description="Talk to a server.")
    parser.add_argument("host", help="the server's address, such as 127.0.0.1")
    parser.add_argument("port", type=port)
    options = parser.parse_args()
    try:
        with socket.create_connection((options.host, options.port)) as sock:
            threading.Thread(target=_send, args=(sock,), daemon=True).start()
            while data := sock.recv(65536):
                _print(data)
    except KeyboardInterrupt:
        print()
    except OSError as error:
        return fail(f"{options.host} port {options.port}: {error.strerror or error}.")
    return 0


def _send(sock: socket.socket) -> None:
    """Send each line that is typed. After the last one, tell the server that no more will come."""
    with suppress(OSError):  # the server has gone; recv() says so, too
        # os.read() holds no lock of Python's, so the program can end while a thread waits in it.
        while typed := os.read(STDIN, 65536):
            sock.sendall(typed)
        sock.shutdown(socket.SHUT_WR)


def _print(data: bytes) -> None:
    while data:
        data = data[os.write(STDOUT, data) :]


if __name__ == "__main__":
    sys.exit(main())
