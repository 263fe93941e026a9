"""Chapter 7. How does one thread serve thousands?

It never waits for one client. It asks the kernel which sockets are ready, does for each what can be
done at once, and asks again: an event loop. What the kernel does not take now is kept for later, and
a client that does not read is not read from either.

Run it by hand:  python3 -m solutions.ch07_event_loop --port 8000
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import selectors
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from course.by_hand import announce, by_hand

from .ch04_closing import open_listener
from .ch05_framing import LONGEST_FRAME, LONGEST_LINE
from .ch06_threads import Room

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
CHUNK = 65536
HIGH_WATER = 65536  # bytes that may wait to be sent before a connection is read no further
LINGER = 2.0  # seconds that a peer has to finish once we have
SLOW = 1 << 20  # bytes that may wait for a member of a chat


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

    Everything but stop() is called from that thread.
    """

    def __init__(self) -> None:
        # TASK 1. A selector; what it watches; a pair of sockets with which to wake it. In task 2: a
        # heap of timers.
        self._selector = selectors.DefaultSelector()
        self._watched: dict[object, selectors.SelectorKey] = {}
        self._timers: list[tuple[float, int, Timer]] = []
        self._count = itertools.count()
        self._stopped = False
        self._waker, self._wake = socket.socketpair()
        self.watch(self._wake, READ, lambda _ready: self._wake.recv(CHUNK))

    def watch(self, sock: socket.socket, events: int, callback: Callable[[int], object]) -> None:
        """Call `callback(ready)` whenever `sock` is ready for some of `events`: READ, WRITE or both.

        `ready` says for which. A second call for the same socket takes the place of the first.
        """
        # TASK 1. register() a new socket, modify() a known one: both keep the callback as `data`.
        change = self._selector.modify if sock in self._watched else self._selector.register
        self._watched[sock] = change(sock, events, callback)

    def forget(self, sock: socket.socket) -> None:
        """Watch a socket no longer: from now on its callback is not called, even if it is ready.

        To be called before the socket is closed. Nothing happens if it is not watched.
        """
        # TASK 1. It may be ready in this very round, and its turn still to come; by then it may be
        # closed, and a new socket may have got its number.
        if self._watched.pop(sock, None):
            self._selector.unregister(sock)

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Timer:
        """Make a call after `seconds`, unless the Timer that is returned is cancelled before.

        Calls that are due are made in the order of their times, and of two with the same time the
        one that was asked for first. Between two rounds of such calls the sockets have their turn,
        also if a call asks for another one after 0 seconds.
        """
        # TASK 2. A heap gives the earliest first; a count decides between two of the same time.
        timer = Timer(callback)
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._count), timer))
        return timer

    def run(self) -> None:
        """Wait and make calls, until stop() is called.

        While nothing is to be done the loop sleeps in the kernel: it wakes up for a socket, a timer
        or stop(), and for nothing else. An error in a call is logged, with its traceback, by
        `logging.exception`, and the loop goes on.
        """
        # TASK 1. Ask the selector, make the calls, ask again. (In task 2: and never sleep too long.)
        while not self._stopped:
            for key, ready in self._selector.select(self._until_next_timer()):
                if self._watched.get(key.fileobj) is key:
                    self._call(key.data, ready)
            now = time.monotonic()
            while self._timers and self._timers[0][0] <= now:
                _when, _count, timer = heapq.heappop(self._timers)
                if not timer.cancelled:
                    self._call(timer.callback)

    def stop(self) -> None:
        """Let run() return after the calls of this round. Any thread may call it, also before run().

        A loop that was stopped stays stopped.
        """
        # TASK 1. The loop may be asleep.
        self._stopped = True
        self._waker.send(b"!")

    def close(self) -> None:
        """Close the loop, and every socket that it still watches. Not to be called during run()."""
        # TASK 1. The selector knows them all.
        for key in self._watched.values():
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()
        self._waker.close()

    def _until_next_timer(self) -> float | None:
        while self._timers and self._timers[0][2].cancelled:
            heapq.heappop(self._timers)
        return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None

    def _call(self, callback: Callable[..., object], *arguments: object) -> None:
        try:
            callback(*arguments)
        except Exception:
            logging.exception("a callback failed")

    def __enter__(self) -> EventLoop:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Session(Protocol):
    """What a server does with one connection; the connection calls it."""

    def received(self, data: bytes) -> None:
        """Some bytes of the stream have come."""

    def ended(self) -> None:
        """Nothing more will come: the peer has finished, or the connection is broken. Called once.

        A peer that has only finished may still be written to.
        """


class Connection:
    """One connection of an event loop. It never waits.

    What comes is given to its session. What the kernel does not take at once is kept, and sent as
    soon as the peer makes room. While more than HIGH_WATER bytes are kept, nothing is read from the
    peer. `make_session(connection)` makes the session, which may call write() at once.

    When the peer has finished, what is kept is still sent; then the connection is closed. When the
    connection breaks, it is closed. An error in the session, of whatever type, is logged by
    `logging.exception` and ends this connection only. (These endings are part of task 4.)
    """

    def __init__(
        self,
        loop: EventLoop,
        sock: socket.socket,
        make_session: Callable[[Connection], Session],
    ) -> None:
        # TASK 3. The socket must not block; nothing is kept yet; READ is all that is watched for.
        # Last of all, make the session.
        sock.setblocking(False)
        self._loop = loop
        self._sock = sock
        self._output = bytearray()
        self._finishing = False  # close() or abort() was called
        self._ended = False  # the session has been told
        loop.watch(sock, READ, self._ready)
        self._session = make_session(self)

    @property
    def waiting(self) -> int:
        """How many bytes are kept because the kernel has not taken them yet."""
        # TASK 3. It is 0 as long as the peer reads.
        return len(self._output)

    def write(self, data: bytes) -> None:
        """Send without waiting: what the kernel does not take now is kept, and sent in order.

        Nothing is raised: if the connection is broken, the loop finds out. After close() or abort()
        nothing is sent.
        """
        # TASK 3. send() says how much was taken. Watch for WRITE only while something is kept.
        if self._finishing:
            return
        if not self._output:
            try:
                sent = self._sock.send(data)
            except OSError:  # no room, or broken: the loop finds out which
                sent = 0
            if sent == len(data):
                return
            data = data[sent:]
        self._output += data
        self._update()

    def close(self) -> None:
        """Send what is kept, then close gracefully: half-close, drop what still comes, close.

        It returns at once, and a second call does nothing. A peer that has not finished LINGER
        seconds after the half-close is cut off (look LINGER up in this very call: a check makes it
        shorter). Nothing more goes to the session, but for ended().
        """
        # TASK 4. Chapter 4's close_gracefully, without waiting: the loop has timers.
        if not self._finishing:
            self._finishing = True
            self._update()

    def abort(self) -> None:
        """Close at once, whatever is kept. A second call does nothing.

        The loop calls the session's ended() a little later, never inside of this call: whoever calls
        abort() may be in the middle of something.
        """
        # TASK 4. The loop has to forget the socket before it is closed.
        if self._sock.fileno() != -1:
            self._finishing = True
            self._output.clear()
            self._loop.forget(self._sock)
            self._sock.close()
            self._loop.call_later(0, self._end)

    def _ready(self, ready: int) -> None:
        try:
            if ready & READ:
                self._receive()
            if ready & WRITE and self._output:
                del self._output[: self._sock.send(self._output)]
                self._update()
        except BlockingIOError:
            return
        except OSError:
            self.abort()

    def _receive(self) -> None:
        data = self._sock.recv(CHUNK)
        if not data:
            self._end()
            self._update()
        elif not self._finishing:
            self._tell(self._session.received, data)

    def _update(self) -> None:
        """Go on to what is possible next, and watch for it."""
        if self._sock.fileno() == -1:
            return
        if not self._output and self._ended:
            self.abort()
            return
        if not self._output and self._finishing:
            with suppress(OSError):
                self._sock.shutdown(socket.SHUT_WR)
            self._loop.call_later(LINGER, self.abort)
        events = WRITE if self._output else 0
        if len(self._output) <= HIGH_WATER and not self._ended:
            events |= READ
        self._loop.watch(self._sock, events, self._ready)

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self._tell(self._session.ended)

    def _tell(self, call: Callable[..., object], *arguments: object) -> None:
        try:
            call(*arguments)
        except Exception:
            logging.exception("a session failed")
            self.abort()


def serve_on(
    loop: EventLoop, listener: socket.socket, make_session: Callable[[Connection], Session]
) -> None:
    """Accept clients on an event loop: each gets a Connection. There is nothing to write here.

    While the kernel cannot give a socket, the loop logs the error and tries again; chapter 15 does
    better.
    """

    def accept(_ready: int) -> None:
        with suppress(BlockingIOError):  # nobody else waits
            while True:
                conn, _peer = listener.accept()
                Connection(loop, conn, make_session)

    listener.setblocking(False)
    loop.watch(listener, READ, accept)


class EchoSession:
    """Sends back what comes. There is nothing to write here: it shows what a session is."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    def received(self, data: bytes) -> None:
        """Send it back."""
        self.conn.write(data)

    def ended(self) -> None:
        """Nothing remains to be done: the connection closes itself."""


class ChatSession:
    """One member of chapter 6's chat, on an event loop.

    The lines, and what is an error, are those of `chat` in chapter 6. A member for whom more than
    SLOW bytes wait, when there is a line for it, is cut off: it gets no more, at once.
    """

    def __init__(self, conn: Connection, room: Room) -> None:
        # TASK 5. The connection, the room, the name once it is known, and the line that has begun.
        self._conn = conn
        self._room = room
        self._name = ""
        self._begun = b""

    def received(self, data: bytes) -> None:
        """Take the next bytes: the first line is the name, the others are said to everybody."""
        # TASK 5. No reader can wait for the rest of a line here: keep it until more comes.
        *lines, self._begun = (self._begun + data).split(b"\n")
        try:
            for line in lines:
                if len(line) >= LONGEST_LINE:
                    raise ValueError("a line is too long")
                self._take(line.removesuffix(b"\r").decode())
            if len(self._begun) >= LONGEST_LINE:
                raise ValueError("a line is too long")
        except ValueError:
            self.ended()
            self._conn.close()

    def ended(self) -> None:
        """The member has gone, whichever way."""
        # TASK 5. If they ever joined, they leave: once.
        name, self._name = self._name, ""
        if name:
            self._room.leave(name)
            self._room.broadcast(f"* {name} left")

    def _take(self, line: str) -> None:
        if self._name:
            self._room.broadcast(f"{self._name}: {line}")
            return
        if not line:
            raise ValueError("the name is empty")
        if not self._room.join(line, self._deliver):
            self._conn.write(f"* {line} is taken\n".encode())
            raise ValueError("the name is taken")
        self._name = line
        self._room.broadcast(f"* {line} joined")

    def _deliver(self, line: str) -> None:
        if self._conn.waiting > SLOW:
            self._conn.abort()
        else:
            self._conn.write(f"{line}\n".encode())


async def echo_frames(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    """Send each of chapter 5's frames back, on asyncio's event loop, and close the connection.

    It ends when the peer has finished, or is gone, or announces more than LONGEST_FRAME bytes.

    Returns how many frames were sent back.
    """
    # TASK 6. read(n) gives up to n bytes, and write() keeps without limit: await what waits.
    count = 0
    try:
        while True:
            header = await reader.readexactly(4)
            (length,) = struct.unpack("!I", header)
            if length > LONGEST_FRAME:
                break
            writer.write(header + await reader.readexactly(length))
            await writer.drain()
            count += 1
    except (asyncio.IncompleteReadError, OSError):
        pass
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    return count


def serve(host: str, port: int) -> None:
    """Run chapter 6's chat in one thread, until Ctrl-C."""
    room = Room()
    with EventLoop() as loop, open_listener(host, port) as listener:
        serve_on(loop, listener, lambda conn: ChatSession(conn, room))
        announce(listener.getsockname())
        loop.run()


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "A chat in one thread: your first line is your name."))
