"""Chapter 7. How does one thread wait for thousands?

It never waits for one client. It asks the kernel which sockets are ready, does for each what can be
done at once, and asks again: an event loop.

Run it by hand:  python3 -m chapters.ch07_event_loop --port 8000
"""

from __future__ import annotations

import heapq
import itertools
import logging
import selectors
import socket
import time
from collections.abc import Callable

from course.by_hand import announce, by_hand

from .ch03_accept import accept_now
from .ch04_closing import open_listener

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
CHUNK = 65536


class Timer:
    """A call that an event loop will make once, unless it is cancelled before."""

    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        """Never make the call. Nothing happens if it was made already."""
        self.cancelled = True


class EventLoop:
    """Waits for all sockets and all times at once, and makes the calls that are due: in one thread.

    Everything but stop() is called from that thread. stop() and close() are there already.
    """

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._watched: dict[object, selectors.SelectorKey] = {}  # by socket
        self._timers: list[tuple[float, int, Timer]] = []  # a heap: when, which one, and the call
        self._count = itertools.count()
        self._stopped = False
        self._waker, self._wake = socket.socketpair()  # a byte for the one wakes the loop up
        self.watch(self._wake, READ, lambda _ready: self._wake.recv(CHUNK))

    def watch(self, sock: socket.socket, events: int, callback: Callable[[int], object]) -> None:
        """Call `callback(ready)` whenever `sock` is ready for some of `events`: READ, WRITE or both.

        `ready` says for which. A second call for the same socket takes the place of the first, at
        once: even if the socket is ready in this very round, the first callback is not called again.
        """
        # TASK 1. register() a new socket, modify() a known one: both keep the callback as `data`,
        # and return the key that stands for this registration.
        raise NotImplementedError("ch07 task 1: EventLoop.watch")

    def forget(self, sock: socket.socket) -> None:
        """Watch a socket no longer: from now on its callback is not called, even if it is ready.

        To be called before the socket is closed. Nothing happens if it is not watched.
        """
        # TASK 1. It may be ready in this very round, and its turn still to come; by then it may be
        # closed, and a new socket may have got its number.
        raise NotImplementedError("ch07 task 1: EventLoop.forget")

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Timer:
        """Make a call after `seconds`, unless the Timer that is returned is cancelled before.

        Calls that are due are made in the order of their times, and of two with the same time the
        one that was asked for first. Between two rounds of such calls the sockets have their turn,
        also if a call asks for another one after 0 seconds.
        """
        # TASK 2. Make the Timer, heappush() (its time, next(self._count), timer) to self._timers, and
        # return it: the heap gives the earliest, the count decides between two of the same time.
        raise NotImplementedError("ch07 task 2: EventLoop.call_later")

    def run(self) -> None:
        """Wait and make calls, until stop() is called.

        While nothing is to be done the loop sleeps in the kernel: it wakes up for a socket, a timer
        (also for one that was cancelled meanwhile) or stop(), and for nothing else. An Exception in
        a call is logged, with its traceback, by `logging.exception`, and the loop goes on. Ctrl-C
        and sys.exit() are no Exceptions: they end it.
        """
        # TASK 1. Ask the selector, make the calls, ask again. (In task 2: and never sleep too long.)
        raise NotImplementedError("ch07 task 1: EventLoop.run")

    def stop(self) -> None:
        """Let run() return after the calls of this round. Any thread may call it, also before run().

        A loop that was stopped stays stopped.
        """
        self._stopped = True
        self._waker.send(b"!")

    def close(self) -> None:
        """Close the loop, and every socket that it still watches. Not to be called during run()."""
        for key in self._selector.get_map().values():
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()
        self._waker.close()

    def __enter__(self) -> EventLoop:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def accept_on(
    loop: EventLoop, listener: socket.socket, welcome: Callable[[socket.socket], object]
) -> None:
    """Accept clients on an event loop: call `welcome(conn)` for each. There is nothing to write here.

    A client that has left already is passed over, as in `accept_now` of the chapter on accept(). While
    the kernel cannot give a socket, the loop logs the error and tries again.
    """

    def accept(_ready: int) -> None:
        while (conn := accept_now(listener)) is not None:
            conn.setblocking(False)
            welcome(conn)

    loop.watch(listener, READ, accept)


def echo_on(loop: EventLoop, conn: socket.socket) -> None:
    """Echo to one client on an event loop, until it leaves. There is nothing to write here.

    What send() does not take at once is lost. The next chapter keeps it.
    """

    def echo(_ready: int) -> None:
        try:
            if data := conn.recv(CHUNK):
                conn.send(data)
                return
        except BlockingIOError:
            return
        except OSError:
            pass  # a reset: the client has gone
        loop.forget(conn)
        conn.close()

    loop.watch(conn, READ, echo)


def serve(host: str, port: int) -> None:
    """Echo to all clients in one thread, until Ctrl-C."""
    with EventLoop() as loop, open_listener(host, port, backlog=1000) as listener:
        accept_on(loop, listener, lambda conn: echo_on(loop, conn))
        announce(listener.getsockname())
        loop.run()


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "An echo server that serves all clients in one thread."))
