"""Chapter 8. What if the peer does not read?

A loop must not wait for it. What the kernel does not take is kept, and sent when there is room. While
much is kept for a peer, the loop does not read from it.

Run it by hand:  python3 -m solutions.ch08_back_pressure --port 8000
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Protocol

from course.by_hand import announce, by_hand

from .ch04_closing import open_listener
from .ch05_framing import MAX_LINE
from .ch06_threads import Room
from .ch07_event_loop import CHUNK, READ, WRITE, EventLoop, accept_on

HIGH_WATER = 65536  # bytes that are kept; above this, nothing more is read from the peer
LINGER_TIMEOUT = 2.0  # seconds that a peer has to finish, once we have finished
MAX_WAITING = 1 << 20  # bytes that may wait for a member of the chat


class Session(Protocol):
    """What a server does with one connection. The connection calls these methods."""

    def received(self, data: bytes) -> None:
        """Some bytes of the stream have arrived."""

    def ended(self) -> None:
        """Nothing more will come. The connection calls this once.

        The peer has finished, the connection has broken, or somebody has called abort(). A peer that
        has finished can still be written to.
        """


class Connection:
    """One connection on an event loop. None of its methods waits.

    `make_session(connection)` makes the session, which may call write() at once. The session gets what
    arrives. What the kernel does not take is kept in `output`, and sent when there is room. While more
    than HIGH_WATER bytes are kept, nothing is read from the peer.

    A connection ends in one of these ways:

        the peer finishes             -> the session is told; what is kept is sent; then it is closed
        close() is called             -> what is kept is sent; then it is closed, with a half-close
        abort() is called             -> it is closed at once
        the connection breaks         -> abort()
        the session raises an error   -> the error is logged; abort(). Other connections go on

    Every way uses update(), end() or tell(). These three are given.
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
        self.has_ended = False  # the session has been told that nothing more will come
        self.paused = False  # a session sets it: nothing is read from the peer for now
        self._when_drained: Callable[[], object] | None = None
        loop.watch(sock, READ, self.on_ready)
        try:
            self.session = make_session(self)
        except Exception:
            logging.exception("a session could not be made")
            self.has_ended = True  # there is no session to tell
            self.abort()

    @property
    def waiting(self) -> int:
        """How many bytes are kept because the kernel has not taken them yet."""
        return len(self.output)

    @property
    def is_open(self) -> bool:
        """Whether the socket is open. The number of a closed socket is -1."""
        return self.sock.fileno() != -1

    def write(self, data: bytes) -> None:
        """Send `data`, without waiting. It returns nothing and raises nothing.

            nothing is kept                -> send() takes what it can; the rest is kept
            something is kept already      -> `data` is kept as well, after it
            send() raises an OSError       -> all of `data` is kept. Nothing is closed here
            after close() or abort()       -> nothing happens

        Whenever write() has kept something, it calls update().

        BlockingIOError is one kind of OSError. Any other kind means that the connection is broken. A
        broken connection is ready for READ, so the loop calls on_ready(), which ends it.
        """
        # TASK 1. send() returns how many bytes it took.
        if self.closing:
            return
        if not self.output:
            try:
                sent = self.sock.send(data)
            except OSError:  # no room, or a broken connection
                sent = 0
            if sent == len(data):
                return
            data = data[sent:]
        self.output += data
        self.update()

    def on_ready(self, ready: int) -> None:
        """Do what the socket is ready for. The loop calls this.

        If READ is in `ready`, receive once, up to CHUNK bytes:

            bytes, and `closing` is False     -> the session's received() gets them, through tell()
            bytes, and `closing` is True      -> they are dropped
            b'', in both cases                -> end(), then update()

        If WRITE is in `ready` and something is kept, send() from the front of `output`. Remove what
        send() took, then update(). If both READ and WRITE are in `ready`, do both.

        If recv() or send() raises an error:

            BlockingIOError                   -> not now: return. The loop will call again
            any other OSError                 -> abort()
        """
        # TASK 2. The session can raise an OSError as well. tell() catches it, so that you do not.
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
        """Return what the loop has to watch for now: READ, WRITE or both.

        WRITE   while something is kept
        READ    unless more than HIGH_WATER bytes are kept, or the session has been told of the end,
                or `paused` is True
        """
        # TASK 3. READ and WRITE are bits: READ | WRITE has both.
        events = WRITE if self.output else 0
        if len(self.output) <= HIGH_WATER and not self.has_ended and not self.paused:
            events |= READ
        return events

    def abort(self) -> None:
        """Close at once, and drop what is kept. A second call does nothing.

        The session is told of the end soon, but not inside this call: the caller may be in the middle
        of something. The loop calls end() in its next round. After abort(), write() does nothing.

        Close the socket with an ordinary close(): what the kernel has taken may still arrive. (The
        abort() of the chapter *closing* always sends a reset. Here the kernel sends one only if bytes
        of the peer lie unread.)
        """
        # TASK 4. The loop must forget the socket as well. "Soon" is a timer of 0 seconds.
        if self.is_open:
            self.closing = True
            self.output.clear()
            self.loop.forget(self.sock)
            self.sock.close()
            self.loop.call_later(0, self.end)

    def close(self) -> None:
        """Send what is kept, then close with a half-close. It returns at once.

        From now on nothing more is written, and what arrives is dropped. The session is still told
        of the end. A second call does nothing.
        """
        # TASK 5. Remember the call, and update(). Once nothing is kept, update() calls last_step().
        if not self.closing:
            self.closing = True
            self.update()

    def last_step(self) -> None:
        """Take the last step, now that nothing is kept. update() calls this.

            the session has been told of the end  -> abort(): everything has been sent and received
            otherwise (close() was called)        -> half-close, and start a timer: abort() after
                                                     LINGER_TIMEOUT seconds

        If the half-close raises an OSError, the connection is broken. Ignore the error: on_ready() ends
        broken connections.
        """
        # TASK 5. Use the name LINGER_TIMEOUT in here, not a copy of its value: a check changes it.
        if self.has_ended:
            self.abort()
            return
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
        self.loop.call_later(LINGER_TIMEOUT, self.abort)

    def when_drained(self, call: Callable[[], object]) -> None:
        """Call `call()` once, soon after no more than HIGH_WATER bytes are kept.

        A session that has much to send writes a piece, and asks for the next one in this way. The call
        is made by the loop, never inside another call of the connection: in the next round, if no
        more than HIGH_WATER bytes are kept now. Until then, a peer that has finished stays connected.

            when_drained() is called again   -> the new call replaces the old one
            close() or abort() is called     -> the call is never made
            the call raises an error         -> as if the session had raised it
        """
        self._when_drained = partial(self.tell, call)  # a new object, even if `call` is not new
        self.update()

    def update(self) -> None:
        """Take the last step if it is time for it. Then tell the loop what to watch for now.

        Call this whenever `output`, `closing`, `has_ended` or `paused` has changed.
        """
        is_done = self.closing or (self.has_ended and not self._when_drained)
        if is_done and not self.output and self.is_open:
            self.last_step()
        if self.is_open:  # last_step() may have closed it
            if events := self.events():
                self.loop.watch(self.sock, events, self.on_ready)
            else:
                self.loop.forget(self.sock)
            if self._when_drained:
                self.loop.call_later(0, self._drained)

    def _drained(self) -> None:
        call = self._when_drained
        if call and self.waiting <= HIGH_WATER and not self.closing:
            call()
            if self._when_drained is call:  # it has not asked for another
                self._when_drained = None
                self.update()

    def end(self) -> None:
        """Tell the session that nothing more will come: once, however often this is called."""
        if not self.has_ended:
            self.tell(self.session.ended)
            self.has_ended = True  # only now: a write() in ended() must not bring the last step

    def tell(self, call: Callable[..., object], *arguments: object) -> None:
        """Call a method of the session. An error in it is logged, and ends this connection."""
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
    """Sends back what arrives. There is nothing to write here: it shows what a session is."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    def received(self, data: bytes) -> None:
        """Send it back."""
        self.conn.write(data)

    def ended(self) -> None:
        """Do nothing: the connection closes itself."""


class LineDecoder:
    """Bytes in, complete lines of text out. It never waits. There is nothing to write here.

    It is to `read_line` what your FrameDecoder is to `read_frame` (chapter *framing*).
    """

    def __init__(self, limit: int = MAX_LINE) -> None:
        self.limit = limit
        self.begun = b""  # a line whose end has not arrived yet

    def feed(self, data: bytes) -> Iterator[str]:
        """Take the next bytes; yield the lines that they complete, each without its LF or CR LF.

        Raises ValueError for a line that is not valid UTF-8, or longer than `limit` bytes, its end
        included. The lines before it come first.
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
    """A member of the chat, on an event loop. There is nothing to write here.

    Lines, names and errors are as in `chat` of the chapter *threads*.
    """

    def __init__(self, conn: Connection, room: Room) -> None:
        self.conn = conn
        self.room = room
        self.lines = LineDecoder()
        self.name = ""  # empty if they are not a member

    def received(self, data: bytes) -> None:
        """Take each line that is complete. After a ValueError, this member leaves.

        The member leaves the room at once. The connection is closed gracefully, which takes longer.
        """
        try:
            for line in self.lines.feed(data):
                self.take(line)
        except ValueError:
            self.ended()
            self.conn.close()

    def take(self, line: str) -> None:
        """Join with the first line as the name, and send every other line to all members.

        A name that is taken is answered with `* ada is taken`. Raises ValueError if the name is taken
        or empty.
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
        """Send the member a line. The room calls this.

        A member for whom more than MAX_WAITING bytes wait is disconnected. ended() follows soon.
        """
        if self.conn.waiting > MAX_WAITING:
            self.conn.abort()
        else:
            self.conn.write(f"{line}\n".encode())

    def ended(self) -> None:
        """Leave the room, if the member has joined it, however the connection ended."""
        name, self.name = self.name, ""  # received() may already have called this
        if name:
            self.room.leave(name)
            self.room.broadcast(f"* {name} left")


def serve(host: str, port: int) -> None:
    """Run a chat in one thread, until Ctrl-C."""
    room = Room()
    with EventLoop() as loop, open_listener(host, port) as listener:
        serve_on(loop, listener, lambda conn: ChatSession(conn, room))
        announce(listener.getsockname())
        loop.run()


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "A chat in one thread: your first line is your name."))
