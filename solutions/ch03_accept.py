"""Chapter 3. What does accept() hand back, and who shook hands?

The kernel shakes hands with each client and puts the completed connection into the listener's queue.
accept() takes it out and gives it a new socket, on the listener's own port. An `Acceptor` does this in
a thread.
It serves one client after another, and it can be stopped while it waits.

Run it by hand:  python3 -m solutions.ch03_accept --port 8000
"""

from __future__ import annotations

import errno
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

# The errors of accept() after which you wait for the next client (accept(2)): a set of numbers, such as
# errno.EAGAIN. Not every system has all of them, so hasattr() checks first, and getattr() gets the
# number.
NO_CLIENT = frozenset(
    getattr(errno, name)
    for names in (
        ("EAGAIN", "EWOULDBLOCK"),  # the queue is empty
        ("ECONNABORTED", "ECONNRESET", "EPROTO"),  # this client has given up
        ("ENETDOWN", "ENETUNREACH", "EHOSTDOWN", "EHOSTUNREACH", "ENONET"),  # it cannot be reached
        ("ENOPROTOOPT", "EOPNOTSUPP"),
    )
    for name in names
    if hasattr(errno, name)
)


class Acceptor:
    """A thread that accepts clients and serves them one after another.

    `handle(conn, name)` serves one client: serve_client() calls it with the client's connection and
    the connection's 4-tuple. `with Acceptor(handle) as acceptor:` starts the thread, and stops it at
    the end of the block.
    """

    def __init__(
        self, handle: Handler, host: str = "127.0.0.1", port: int = 0, backlog: int = 128
    ) -> None:
        """Listen on `host` and `port`. From now on clients can connect; nobody accepts them yet.

        `backlog` tells the kernel how many clients may wait in the listener's queue (listen(2)).

        Raises OSError, and leaves nothing open, if the address cannot be used.
        """
        # TASK 1. Listen. Keep the listener and the handler: the other methods need them.
        self._handle = handle
        self._listener = open_listener(host, port, backlog)
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> Endpoint:
        """Where clients connect to: the host, and the port that the kernel has chosen."""
        # TASK 1. The listener knows.
        return Endpoint(*self._listener.getsockname())

    def start(self) -> None:
        """Start a daemon thread that serves clients, and return at once.

        Your caller calls it at most once. The thread calls accept_next() and serve_client() in turn,
        until accept_next() returns None.

        If accept_next() raises OSError, the thread ends with that error, and Python prints it. You need
        not write anything for this.
        """
        # TASK 5. A pair of sockets for the wake-up, both kept in `self`, and a thread with a loop.
        self._waker, self._wake = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="acceptor", daemon=True)
        self._thread.start()

    # Not in the starter.
    def _run(self) -> None:
        while (conn := accept_next(self._listener, self._wake)) is not None:
            serve_client(conn, self._handle)

    def stop(self) -> None:
        """Wake the thread, wait until it has ended, and close every socket that this object has opened.

            a client is being served           -> it is served to the end
            clients wait in the queue          -> they are not served; the kernel resets them
            start() was never called           -> the listener is closed
            the acceptor has stopped already   -> nothing happens

        A handler must not call stop(): a thread cannot wait for its own end.
        """
        # TASK 6. Wake, wait, close.
        if self._thread is not None:
            self._waker.send(b"!")
            self._thread.join()
            self._thread = None
            self._waker.close()
            self._wake.close()
        self._listener.close()

    def __enter__(self) -> Acceptor:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:  # `with` passes an error or None, which we do not need
        self.stop()


def accept_now(listener: socket.socket) -> socket.socket | None:
    """Take one client out of the listener's queue, without waiting.

        a client is in the queue               -> its connection
        the queue is empty                     -> None
        accept() raises one of NO_CLIENT       -> None     (this client has left; others may come)

    Make the listener non-blocking first. Give the connection a timeout of CLIENT_TIMEOUT seconds.

    Raises OSError for every other error of accept(), such as EMFILE: too many open files (accept(2)).
    """
    # TASK 2. Accept without waiting. Pass on every error that is not in NO_CLIENT.
    listener.setblocking(False)
    try:
        conn, _peer = listener.accept()
    except OSError as error:
        if error.errno in NO_CLIENT:
            return None
        raise
    conn.settimeout(CLIENT_TIMEOUT)
    return conn


def serve_client(conn: socket.socket, handle: Handler) -> bool:
    """Call `handle(conn, name)` for one client. Whatever happens, close the connection.

    `name` is the connection's 4-tuple. Do not change its timeout. An error affects this client,
    and nobody else:

        handle() returns                -> True
        four_tuple(conn) raises OSError -> False    (the client has gone; handle() is not called)
        handle() raises OSError         -> False    (the client has gone, or said nothing for too long)
        handle() raises any other error -> False    (a bug: logging.exception() logs its traceback)
    """
    # TASK 3. Ask for the name, call the handler, close.
    with conn:
        try:
            handle(conn, four_tuple(conn))
        except OSError:
            return False
        except Exception:
            logging.exception("a handler failed")
            return False
    return True


def accept_next(listener: socket.socket, wake: socket.socket) -> socket.socket | None:
    """Wait for the next client or for a wake-up, for as long as it takes.

        a client comes             -> its connection, from accept_now()
        `wake` has a byte to read  -> None, even if a client is waiting
        accept_now() returns None  -> the client has gone: wait again

    The byte need not be read. While nothing happens, the thread sleeps. If you open something for the
    wait, such as a selector, close it here too.

    Raises OSError if accept_now() does.
    """
    # TASK 4. Wait for two sockets at once; then see which one is ready.
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(wake, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _events in selector.select()}
            if wake in ready:
                return None
            if (conn := accept_now(listener)) is not None:
                return conn


def serve(host: str, port: int) -> None:
    """Echo to one client after another, and print who is being served, until Ctrl-C."""

    def handle(conn: socket.socket, name: FourTuple) -> None:
        print(f"Serving {name.remote.host}:{name.remote.port}", flush=True)
        echo(conn)

    with Acceptor(handle, host, port) as acceptor:
        announce(acceptor.address)
        wait_for_ctrl_c()


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "An echo server that says whom it is serving."))
