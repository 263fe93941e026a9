"""Chapter 7. How does one thread wait for thousands?

The thread asks the kernel which sockets are ready, does for each what can be done at once, and asks
again. This is an event loop. It waits for all its sockets together, and never for a single one.

Run it by hand:  python3 -m chapters.ch07_event_loop --port 8000
"""

from __future__ import annotations

import heapq
import itertools
import logging
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from course.by_hand import announce, by_hand

from .ch03_accept import accept_now
from .ch04_closing import open_listener

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
CHUNK = 65536  # bytes
RETRY_AFTER = 1.0  # seconds until accept() is tried again, after an error


class Timer:
    """A call that an event loop will make once, unless somebody cancels it first."""

    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        """Never make the call. If it has already been made, nothing happens."""
        self.cancelled = True


class EventLoop:
    """Waits for all its sockets and timers together, and makes the calls that are due, in one thread.

    Only stop() and call_from_thread() may be called from another thread. Everything else belongs to
    the thread that calls run().

    `with EventLoop() as loop:` closes the loop at the end of the block. Methods without a task are
    given.
    """

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._watched: dict[object, selectors.SelectorKey] = {}  # by socket
        self._timers: list[tuple[float, int, Timer]] = []  # a heap: when, its number, the timer
        self._count = itertools.count()  # numbers the timers: 0, 1, 2, …
        self._from_threads: deque[Callable[[], object]] = deque()
        self._stopped = False
        self._waker, self._wake = socket.socketpair()  # a byte from one to the other wakes the loop
        for sock in (self._waker, self._wake):
            sock.setblocking(False)
        self.watch(self._wake, READ, self._woken)

    def watch(self, sock: socket.socket, events: int, callback: Callable[[int], object]) -> None:
        """Call `callback(ready)` each time `sock` is ready for one of `events`.

        `events` is READ, WRITE, or READ | WRITE. `ready` says for which of them the socket is ready.
        If select() reports both at once, there is one call, with READ | WRITE.

            `sock` is not watched yet  -> from now on it is watched
            `sock` is watched already  -> the new events and callback replace the old ones at once: the
                                          old callback is not called again, not even in this round
        """
        # TASK 1. register() keeps the callback as `data`, and returns a key. Keep it in self._watched.
        # TASK 2 adds: a socket that is watched already.
        raise NotImplementedError("ch07 task 1: EventLoop.watch")

    def forget(self, sock: socket.socket) -> None:
        """Stop watching a socket: its callback is not called again, not even in this round.

        The socket stays open. If you want to close it, forget it first. Later it can be watched again,
        like a new socket.

            `sock` is not watched  -> nothing happens
        """
        # TASK 2. Both must forget it: the selector and your dictionary.
        raise NotImplementedError("ch07 task 2: EventLoop.forget")

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Timer:
        """Call `callback()` once, after `seconds`. Return the Timer, which can be cancelled.

        several timers are due            -> the earliest goes first
        two are due at the same time      -> the one that was asked for first goes first
        a call asks for another, after 0  -> that one waits until the sockets have had their turn
        """
        # TASK 3. Push a tuple onto the heap `self._timers`: the time, next(self._count), the timer.
        raise NotImplementedError("ch07 task 3: EventLoop.call_later")

    def run(self) -> None:
        """Wait and make calls, round after round, until stop() is called.

        A round: wait; call the callback of each socket that is ready; call the timers that are due.

            stop() was called before run()   -> run() returns at once, or after one round
            stop() is called in a round      -> the other calls of this round are still made
            nothing is due                   -> the thread sleeps in select(), until a socket is ready,
                                                the next timer is due, or stop() wakes it
            a callback raises an Exception   -> logging.exception() logs it; the other calls of this
                                                round are still made; its socket stays watched
            Ctrl-C, or sys.exit() in a call  -> comes out of run(): it is not an Exception
        """
        # TASK 1. Ask the selector, make the calls, ask again.
        # TASK 2 adds: before each call, is this registration still the current one?
        # TASK 3 adds the timers.
        raise NotImplementedError("ch07 task 1: EventLoop.run")

    def call_from_thread(self, callback: Callable[[], object]) -> None:
        """Call `callback()` soon, in the loop's thread. Any thread may ask for this, until close().

        It returns at once, and the loop makes the call later. The calls are made in the order in which
        they were asked for. Only `self._from_threads` is changed here: threads may share it.
        """
        # TASK 4. Leave the callback where _woken() finds it. The loop may be asleep.
        raise NotImplementedError("ch07 task 4: EventLoop.call_from_thread")

    def stop(self) -> None:
        """Let run() return after this round of calls. Any thread may call it, until close().

        A loop that was stopped stays stopped.
        """
        self._stopped = True
        self._wake_up()

    def _wake_up(self) -> None:
        with suppress(BlockingIOError):  # the buffer is full: enough bytes are waiting to wake it
            self._waker.send(b"!")

    def _woken(self, _ready: int) -> None:
        self._wake.recv(CHUNK)
        while self._from_threads:
            self.call_later(0, self._from_threads.popleft())

    def close(self) -> None:
        """Close the loop, and every socket that it still watches. Do not call it during run()."""
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

    The connections are non-blocking. If the kernel has no more sockets to give, the error is logged,
    and the loop tries again after RETRY_AFTER seconds.
    """

    def accept(_ready: int) -> None:
        while (conn := next_client()) is not None:
            conn.setblocking(False)
            welcome(conn)

    def next_client() -> socket.socket | None:
        try:
            return accept_now(listener)
        except OSError:
            logging.exception("no client can be accepted")
            loop.forget(listener)
            loop.call_later(RETRY_AFTER, watch)
            return None

    def watch() -> None:
        loop.watch(listener, READ, accept)

    watch()


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
            pass  # the client has reset the connection
        loop.forget(conn)
        conn.close()

    loop.watch(conn, READ, echo)


def serve(host: str, port: int) -> None:
    """Echo to all clients in one thread, and say how many there are, until Ctrl-C."""
    clients: list[socket.socket] = []

    def welcome(conn: socket.socket) -> None:
        clients.append(conn)
        echo_on(loop, conn)

    def report(before: int) -> None:
        clients[:] = [conn for conn in clients if conn.fileno() != -1]
        if (count := len(clients)) != before:
            print(f"Clients: {count:,}. Threads: {threading.active_count()}.", flush=True)
        loop.call_later(1, partial(report, count))

    with EventLoop() as loop, open_listener(host, port, backlog=1000) as listener:
        accept_on(loop, listener, welcome)
        loop.call_later(0, partial(report, 0))
        announce(listener.getsockname())
        loop.run()


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "An echo server that serves all its clients in one thread."))
