"""Chapter 8. What if the peer does not read?

What the kernel does not take now is kept for later, and a client that does not read is not read from
either.

Run it by hand:  python3 -m solutions.ch08_back_pressure --port 8000
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Protocol

from course.by_hand import announce, by_hand

from .ch04_closing import open_listener
from .ch05_framing import MAX_FRAME, MAX_LINE
from .ch06_threads import Room
from .ch07_event_loop import CHUNK, READ, WRITE, EventLoop, accept_on

HIGH_WATER = 65536  # bytes that may wait to be sent before a connection is read no further
LINGER = 2.0  # seconds that a peer has to finish once we have
SLOW = 1 << 20  # bytes that may wait for a member of a chat


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
    connection breaks, it is closed. An error in the session, of whatever type (making it included),
    is logged by `logging.exception` and ends this connection only.

    `write`, `on_ready` and `events` let bytes flow: task 1. `close`, `abort` and `last_step` are the
    endings: task 2. What joins them is there already: `update`, `end` and `tell`.
    """

    def __init__(
        self,
        loop: EventLoop,
        sock: socket.socket,
        make_session: Callable[[Connection], Session],
    ) -> None:
        sock.setblocking(False)
        self.loop = loop
        self.sock = sock
        self.output = bytearray()  # what is kept: the kernel has not taken it yet
        self.closing = False  # close() or abort() was called: nothing more is written
        self.has_ended = False  # the session was told: the peer has finished, or it is broken
        loop.watch(sock, READ, self.on_ready)
        try:
            self.session = make_session(self)
        except Exception:
            logging.exception("a session could not be made")
            self.has_ended = True  # there is nobody to tell
            self.abort()

    @property
    def waiting(self) -> int:
        """How many bytes are kept because the kernel has not taken them yet."""
        return len(self.output)

    @property
    def is_open(self) -> bool:
        """Whether the socket is open: a closed one has the number -1."""
        return self.sock.fileno() != -1

    def write(self, data: bytes) -> None:
        """Send without waiting: what the kernel does not take now is kept, and sent in order.

        Nothing is raised: if the connection is broken, the loop finds out. After close() or abort()
        nothing is sent.
        """
        # TASK 1. send() says how much was taken. While something is kept, new data goes behind it.
        # Keep what was not taken, then update().
        if self.closing:
            return
        if not self.output:
            try:
                sent = self.sock.send(data)
            except OSError:  # no room, or broken: the loop finds out which
                sent = 0
            if sent == len(data):
                return
            data = data[sent:]
        self.output += data
        self.update()

    def on_ready(self, ready: int) -> None:
        """Do what the socket is ready for. The loop calls it.

        READ: receive once, up to CHUNK bytes, and tell the session; after close() what comes is
        dropped. At the peer's end: end(), then update(). WRITE: send from the front of what is kept,
        then update(). "Not now" is no error; any other OSError of the socket aborts the connection.
        """
        # TASK 1. Use tell() for the session: an OSError may be a bug of its own. (abort() is task 2.)
        try:
            if ready & READ:
                data = self.sock.recv(CHUNK)
                if not data:
                    self.end()
                    self.update()
                elif not self.closing:
                    self.tell(self.session.received, data)
            if ready & WRITE and self.output:
                del self.output[: self.sock.send(self.output)]
                self.update()
        except BlockingIOError:
            return
        except OSError:
            self.abort()

    def events(self) -> int:
        """Return what to watch for now: READ, WRITE or both.

        WRITE while something is kept, and only then. READ, unless more than HIGH_WATER bytes are kept
        or the session has been told of its end.
        """
        # TASK 1. READ and WRITE are bits: READ | WRITE is both.
        events = WRITE if self.output else 0
        if len(self.output) <= HIGH_WATER and not self.has_ended:
            events |= READ
        return events

    def close(self) -> None:
        """Send what is kept, then close gracefully: half-close, drop what still comes, close.

        It returns at once, and a second call does nothing. Nothing more goes to the session, but for
        ended().
        """
        # TASK 2. Only note that it is to be closed, and update().
        if not self.closing:
            self.closing = True
            self.update()

    def abort(self) -> None:
        """Close at once, and drop what is kept. A second call does nothing.

        It is an ordinary close() of the socket, not chapter 4's reset: that would drop what the
        kernel has taken, too.

        The loop calls end() a little later, never inside of this call: whoever calls abort() may be
        in the middle of something.
        """
        # TASK 2. The loop has to forget the socket before it is closed. "Later" is a timer.
        if self.is_open:
            self.closing = True
            self.output.clear()
            self.loop.forget(self.sock)
            self.sock.close()
            self.loop.call_later(0, self.end)

    def last_step(self) -> None:
        """Go on with the ending, now that nothing is kept. update() calls it.

        If the peer has finished, abort(): nobody owes anything. If only close() was called,
        half-close; a peer that has not finished LINGER seconds after that is aborted.
        """
        # TASK 2. Chapter 4's close_gracefully, without waiting: the loop has timers. The half-close
        # may fail: then the connection is broken, and the loop finds out. (Write the name LINGER
        # where you start the timer, not as a default value: a check makes it shorter.)
        if self.has_ended:
            self.abort()
            return
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
        self.loop.call_later(LINGER, self.abort)

    def update(self) -> None:
        """Go on to what is possible now, and watch for it. To be called after each change."""
        if not self.output and (self.has_ended or self.closing) and self.is_open:
            self.last_step()
        if self.is_open:  # last_step() may have closed it
            self.loop.watch(self.sock, self.events(), self.on_ready)

    def end(self) -> None:
        """Tell the session that it has ended: once, however often it is called."""
        if not self.has_ended:
            self.tell(self.session.ended)
            self.has_ended = True  # not before: the session may write more than once

    def tell(self, call: Callable[..., object], *arguments: object) -> None:
        """Call the session. An error in it is logged, and ends this connection."""
        try:
            call(*arguments)
        except Exception:
            logging.exception("a session failed")
            self.abort()


def serve_on(
    loop: EventLoop, listener: socket.socket, make_session: Callable[[Connection], Session]
) -> None:
    """Accept clients on an event loop: each gets a Connection. There is nothing to write here."""
    accept_on(loop, listener, lambda conn: Connection(loop, conn, make_session))


class EchoSession:
    """Sends back what comes. There is nothing to write here: it shows what a session is."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    def received(self, data: bytes) -> None:
        """Send it back."""
        self.conn.write(data)

    def ended(self) -> None:
        """Nothing remains to be done: the connection closes itself."""


class LineDecoder:
    """Chapter 5's lines without a connection: bytes in, whole lines of text out. It never waits.

    There is nothing to write here: it is chapter 5's FrameDecoder, for `read_line`.
    """

    def __init__(self, limit: int = MAX_LINE) -> None:
        self.limit = limit
        self.begun = b""  # a line whose end has not come yet

    def feed(self, data: bytes) -> Iterator[str]:
        """Take the next bytes; yield the lines that they complete, each without its LF or CR LF.

        Raises ValueError at a line that is no UTF-8, or longer than `limit` bytes, its end included.
        The lines before it come first.
        """
        *lines, self.begun = (self.begun + data).split(b"\n")
        for line in lines:
            self.check(line)
            yield line.removesuffix(b"\r").decode()
        self.check(self.begun)

    def check(self, line: bytes) -> None:
        """Raise ValueError if there is no room for the line's end."""
        if len(line) >= self.limit:
            raise ValueError(f"a line is longer than {self.limit} bytes")


class ChatSession:
    """One member of chapter 6's chat, on an event loop: all is there but `deliver`.

    The lines, and what is an error, are those of `chat` in chapter 6.
    """

    def __init__(self, conn: Connection, room: Room) -> None:
        self.conn = conn
        self.room = room
        self.lines = LineDecoder()
        self.name = ""  # as long as they are a member

    def received(self, data: bytes) -> None:
        """Take each line that is whole by now. A ValueError is the end of the member.

        A member that errs leaves at once, before its connection is closed: close() lets it linger.
        """
        try:
            for line in self.lines.feed(data):
                self.take(line)
        except ValueError:
            self.ended()
            self.conn.close()

    def take(self, line: str) -> None:
        """Join under the name that the first line is; say the others to everybody, as they are.

        A name that is taken is answered `* ada is taken`. Raises ValueError if the name is taken or
        empty.
        """
        if self.name:
            self.room.broadcast(f"{self.name}: {line}")
        elif not line:
            raise ValueError("the name is empty")
        elif not self.room.join(line, self.deliver):
            self.conn.write(f"* {line} is taken\n".encode())
            raise ValueError("the name is taken")
        else:
            self.name = line
            self.room.broadcast(f"* {line} joined")

    def deliver(self, line: str) -> None:
        """Send the member a line, as UTF-8 with LF at its end: the room calls it.

        A member for whom more than SLOW bytes wait by now is aborted, and not sent the line.
        """
        # TASK 3. The connection knows how many bytes wait. Whoever is aborted leaves by ended(), later.
        if self.conn.waiting > SLOW:
            self.conn.abort()
        else:
            self.conn.write(f"{line}\n".encode())

    def ended(self) -> None:
        """The member has gone, whichever way: if they ever joined, they leave, once."""
        name, self.name = self.name, ""  # received() may have called this before
        if name:
            self.room.leave(name)
            self.room.broadcast(f"* {name} left")


async def echo_frames(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    """Send each of chapter 5's frames back, on asyncio's event loop, and close the connection.

    It ends when the peer has finished, or is gone, or announces more than MAX_FRAME bytes. Then
    writer.close() is enough: do not drain what still comes, as chapter 4 does.

    Returns how many frames were sent back. (Whether one counts whose drain() failed is not promised.)
    """
    # TASK 4. read(n) gives up to n bytes, and write() keeps without limit: await what waits.
    count = 0
    try:
        while True:
            header = await reader.readexactly(4)
            (length,) = struct.unpack("!I", header)
            if length > MAX_FRAME:
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
