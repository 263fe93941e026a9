"""The promises of chapter 8: what to do if the peer does not read."""

from __future__ import annotations

import asyncio
import selectors
import socket
import struct
import sys
import time
from array import array
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import Any, NamedTuple
from unittest import mock

from course.checks.answers import Attempt
from course.checks.expect import NOT_GIVEN, Literally, broken, described, holds, same
from course.checks.peers import (
    connected,
    listening,
    logged_errors,
    reset,
    selecting,
    unwritten_comes_out,
)
from course.checks.promises import Misconception, promise
from tests import beliefs

Peer = Generator[Any, bool, None]  # yields True to go on as soon as nothing is ready

REST = 0.003  # s without anything to do: then it is the other side's turn
SO_OFTEN = 1000  # wake-ups without a rest: nobody has that much to do here
PATIENCE = 0.5  # s for bytes that were sent already
SMALL = 65536  # bytes, for a kernel's buffer; below a segment of loopback it would stutter
MUCH = array("I", range(250_000)).tobytes()  # a million bytes; small buffers hold 200,000


@promise(
    task=1,
    usually=beliefs.ASK_EACH,
    signs={"hang": beliefs.ASK_EACH},
    hints=(
        "The socket is readable. Who receives, and who is told?",
        "on_ready() receives once, up to CHUNK bytes, and hands them to session.received(), by way of "
        "tell(). write() sends.",
        "on_ready(): if ready & READ: self.tell(self.session.received, self.sock.recv(CHUNK)), and "
        "look for b'' before. write(): self.sock.send(data).",
    ),
)
def test_what_comes_goes_to_the_session(chapter: Attempt) -> None:
    """What comes on a connection goes to its session, at once, and what that writes is sent."""
    pieces = [b"one", b"two", bytes(range(256))]
    echoed: list[object] = []
    with connected() as (client, server), chapter.EventLoop() as loop:
        made = chapter.Connection(loop, server, chapter.EchoSession)

        def peer() -> Peer:
            for piece in pieces:
                client.sendall(piece)
                yield
                echoed.append(take(client, len(piece)))

        play(loop, peer())
        never, timeout = Literally("timeout 0"), Literally(f"timeout {server.gettimeout()}")
        holds("The socket blocks.", server.gettimeout() == 0, expected=never, got=timeout)
        same("Bytes that wait:", expected=0, got=made.waiting)
    same("What came back, piece by piece:", expected=pieces, got=echoed)


@promise(
    task=1,
    usually=beliefs.SENDALL_KEEPS_COUNT,
    signs={
        "hang": beliefs.ASK_EACH,
        BlockingIOError: beliefs.NO_ROOM,
        AttributeError: beliefs.SENDALL_KEEPS_COUNT,
    },
    hints=(
        "This answer is larger than all buffers on the way, and the peer reads late. How much did "
        "send() take?",
        "Keep what send() did not take. While something is kept, new data goes behind it, and the "
        "loop watches for WRITE, too; then send again from the front.",
        "If nothing is kept: try: sent = self.sock.send(data) except OSError: sent = 0. Then "
        "self.output += data[sent:]. On WRITE: del self.output[:self.sock.send(self.output)].",
    ),
)
def test_write_never_waits(chapter: Attempt) -> None:
    """write() returns at once, however much it is; all arrives, in order, as the peer reads."""
    waiting: list[int] = []
    got = bytearray()
    expected = b"welcome " + MUCH + b" and " + b"goodbye"

    def session(conn: Any) -> Probe:
        for part in (b"welcome ", MUCH, b" and ", b"goodbye"):
            conn.write(part)
        waiting.append(conn.waiting)
        return Probe(conn)

    with tight() as (client, server), chapter.EventLoop() as loop:
        with logged_errors() as logged:
            made = chapter.Connection(loop, server, session)

            def peer() -> Peer:
                yield
                yield from reading(client, got, len(expected))

            play(loop, peer())
        same("Errors in the log:", expected=[], got=logged, usually=beliefs.NO_ROOM)
        usually = beliefs.KEPT_FIRST if len(got) == len(expected) else beliefs.SENDALL_KEEPS_COUNT
        whole("What the peer received:", got, expected, usually)
        holds(
            f"{len(expected):,} bytes were written. Then `waiting` was:",
            len(MUCH) // 4 < waiting[0] < len(expected),
            expected=Literally("what the kernel had not taken"),
            got=waiting[0],
            usually=beliefs.LEFT_TO_THE_LOOP
            if waiting[0] >= len(expected)
            else beliefs.SENDALL_KEEPS_COUNT,
        )
        same("When all has arrived, `waiting` is:", expected=0, got=made.waiting)
    called_too_early(chapter, chapter.READ, "READ, though nothing has come")
    called_too_early(chapter, chapter.WRITE, "WRITE, though the kernel has no room")


def called_too_early(chapter: Attempt, ready: int, situation: str) -> None:
    """Require that on_ready() does nothing for a socket that is ready no more."""
    with tight() as (_client, server), chapter.EventLoop() as loop:
        fill(server)
        made = chapter.Connection(loop, server, Probe)
        made.write(b"kept")
        try:
            outcome = described(lambda: made.on_ready(ready))
        except NotImplementedError:  # it calls abort()
            outcome = Literally("it aborts the connection")
        sent = Literally(situation)
        same("on_ready() returned:", sent=sent, expected=None, got=outcome, usually=beliefs.NO_ROOM)
        is_open = server.fileno() != -1
        holds("on_ready() has closed the socket.", is_open, sent=sent, usually=beliefs.NO_ROOM)


@promise(
    task=1,
    usually=beliefs.ALWAYS_WRITE,
    signs={"spin": beliefs.ALWAYS_WRITE},
    hints=(
        "Nothing is left to send. How often does your loop wake up now?",
        "A socket with room in its kernel is ready for WRITE, always. Watch for WRITE while bytes are "
        "kept, and stop watching for it when the last one has left.",
        "events(): events = WRITE if self.output else 0. And update() after each send, so that the "
        "loop is told.",
    ),
)
def test_idle_connection_lets_the_loop_sleep(chapter: Attempt) -> None:
    """A connection with nothing to send does not wake the loop up, before and after it has sent."""
    got = bytearray()
    with tight() as (client, server), chapter.EventLoop() as loop:
        chapter.Connection(loop, server, lambda conn: Probe(conn, MUCH))

        def peer() -> Peer:
            for when in ("before anything was sent", "after everything was sent"):
                tired = yield
                holds(
                    f"The loop woke up {SO_OFTEN:,} times in a row, {when}.",
                    not tired,
                    expected=Literally("it sleeps"),
                    got=Literally("it goes round"),
                )
                if not got:
                    client.sendall(b"go")
                    yield
                    yield from reading(client, got, len(MUCH))
                    yield

        play(loop, peer())


def flood(sock: socket.socket, data: bytes, sent: list[int]) -> Peer:
    """Send and never read, until the kernels take no more three times in a row, or all is sent."""
    stalled = 0
    while stalled < 3 and sum(sent) < len(data):
        sent.append(push(sock, data[sum(sent) :]))
        stalled = 0 if sent[-1] else stalled + 1
        yield


@promise(
    task=1,
    usually=beliefs.SEND_THEN_READ,
    signs={"hang": beliefs.ASK_EACH},
    hints=(
        "This peer sends for ever and never reads its echo. Where does the echo go?",
        "While more than HIGH_WATER bytes are kept, do not watch for READ. The kernels' buffers fill, "
        "and the peer's own send() has to wait.",
        "events(): events = WRITE if self.output else 0; if len(self.output) <= HIGH_WATER and not "
        "self.has_ended: events |= READ. on_ready() calls recv() once: not until nothing is left.",
    ),
)
def test_peer_that_does_not_read_is_not_read_from(chapter: Attempt) -> None:
    """A peer that sends and does not read is held back: what waits for it stays bounded."""
    data = MUCH * 8
    sent: list[int] = []
    most: list[int] = []
    with tight() as (client, server), chapter.EventLoop() as loop:
        made = chapter.Connection(loop, server, chapter.EchoSession)

        def peer() -> Peer:
            for _ in flood(client, data, sent):
                yield
                most.append(made.waiting)

        play(loop, peer())
    limit = chapter.HIGH_WATER + 2 * chapter.CHUNK
    holds(
        "Too much is kept for a peer that never reads.",
        max(most) <= limit,
        sent=Literally("as much as it can"),
        expected=Literally(f"at most {limit:,} bytes"),
        got=Literally(f"{max(most):,} bytes"),
    )
    holds(
        "The peer was never held back.",
        sum(sent) < len(data),
        expected=Literally("its kernel takes no more"),
        got=Literally(f"it sent {sum(sent):,} bytes"),
    )
    with tight() as (client, server), chapter.EventLoop() as loop:
        made = chapter.Connection(loop, server, lambda conn: Probe(conn, MUCH))
        push(client, data)
        play(loop, two_turns())
        kept = made.waiting
    holds(
        "A million bytes are the answer to each piece. Too much was kept after one round.",
        kept <= len(MUCH),
        sent=Literally("as much as the kernels take, before the loop began"),
        expected=Literally(f"at most one answer: {len(MUCH):,} bytes"),
        got=Literally(f"{kept:,} bytes"),
    )

    probes: list[Probe] = []
    with tight() as (client, server), chapter.EventLoop() as loop:
        chapter.Connection(loop, server, noted_probe(probes, b"."))
        play(loop, speaks_twice(client, server))
    heard = probes[0].heard
    words = Literally("b'one', whose answer of one byte is kept, then b'two'")
    what = "While one byte is kept, the peer is read from. The session was given:"
    same(what, sent=words, expected=b"onetwo", got=heard, usually=None)


def speaks_twice(client: socket.socket, server: socket.socket) -> Peer:
    """Play a peer that says two words and reads nothing, so that nothing more fits."""
    for word in (b"one", b"two"):
        client.sendall(word)
        fill(server)
        yield


def two_turns() -> Peer:
    """Play a peer that does nothing, twice."""
    yield
    yield


@promise(
    task=1,
    usually=beliefs.SEND_THEN_READ,
    signs={"hang": beliefs.ASK_EACH},
    hints=(
        "The peer reads at last. Who notices, and who begins to receive again?",
        "When the kernel has taken enough of what is kept, watch for READ again.",
        "Call update() after each send, in on_ready(), too, not in write() alone.",
    ),
)
def test_reading_goes_on_when_the_peer_reads(chapter: Attempt) -> None:
    """When such a peer reads at last, it is read from again, and nothing is missing."""
    data = MUCH * 2
    sent: list[int] = []
    got = bytearray()
    with tight() as (client, server), chapter.EventLoop() as loop:
        chapter.Connection(loop, server, chapter.EchoSession)

        def peer() -> Peer:
            yield from flood(client, data, sent)
            for soon in reading(client, got, len(data)):
                sent.append(push(client, data[sum(sent) :]))
                yield soon

        play(loop, peer())
    whole("The echo:", got, data, beliefs.SEND_THEN_READ)


@promise(
    task=2,
    usually=beliefs.EOF_IS_GONE,
    signs={"spin": beliefs.CLOSES_ITSELF, "hang": beliefs.CLOSES_ITSELF},
    hints=(
        "The peer has finished sending, and its session writes the whole answer then. May you close?",
        "Tell the session, watch for READ no longer (b'' would come again and again), send what is "
        "kept, and close when nothing is left.",
        "on_ready(), on b'': self.end(); self.update(). events(): no READ if self.has_ended. "
        "last_step(): if self.has_ended: self.abort().",
    ),
)
def test_peer_that_has_finished_gets_its_answer(chapter: Attempt) -> None:
    """A peer that has finished gets all that is kept for it; then the connection is closed."""
    expected = b"wait: here: " + MUCH
    got = bytearray()
    probes: list[Probe] = []

    class LastWords(Probe):
        def ended(self) -> None:
            super().ended()
            self.conn.write(b"here: ")
            self.conn.write(MUCH)

    with tight() as (client, server), chapter.EventLoop() as loop:
        chapter.Connection(loop, server, lambda conn: noted(probes, LastWords(conn, b"wait: ")))

        def peer() -> Peer:
            client.sendall(b"go")
            client.shutdown(socket.SHUT_WR)
            yield
            yield from reading(client, got, len(expected))
            tired = yield
            holds("The loop goes round without end.", not tired, usually=beliefs.CLOSES_ITSELF)

        play(loop, peer())
        usually = beliefs.ONE_WAY_OUT if probes[0].ends > 1 else beliefs.EOF_IS_GONE
        whole("What the peer received:", got, expected, usually)
        holds("The socket is still open.", server.fileno() == -1, usually=beliefs.CLOSES_ITSELF)
        told_once(probes[0])
        same("And then:", expected=b"", got=take(client, 100), usually=beliefs.CLOSES_ITSELF)
    with tight() as (client, server), chapter.EventLoop() as loop:
        answer = bytes(SMALL - 1)  # more than there may be room for by the time that it is sent
        chapter.Connection(loop, server, partial(Probe, answer=answer))
        play(loop, finishes_and_waits(client, server))


def finishes_and_waits(client: socket.socket, server: socket.socket) -> Peer:
    """Play a peer that has finished and does not read what is kept for it."""
    client.sendall(b"go")
    client.shutdown(socket.SHUT_WR)
    fill(server)
    yield
    tired = yield
    holds(
        f"The loop woke up {SO_OFTEN:,} times in a row.",
        not tired,
        sent=Literally("the end of the stream; what goes to this peer is kept: it does not read"),
        expected=Literally("it sleeps until the peer reads"),
        got=Literally("it goes round"),
        usually=beliefs.ASKED_AFTER_THE_END,
    )


@promise(
    task=2,
    usually=beliefs.NOTHING_GOES_WRONG,
    signs={
        "spin": beliefs.CLOSES_ITSELF,
        "hang": beliefs.CLOSES_ITSELF,
        OSError: beliefs.NOTHING_GOES_WRONG,
    },
    hints=(
        "A peer can vanish while you receive, while you send, and while you do neither.",
        "Every OSError of the socket but BlockingIOError means: forget it, close it, tell the session.",
        "on_ready(): try: receive and send; except BlockingIOError: return; except OSError: "
        "self.abort(). write() hides its own OSError and leaves the rest to the loop.",
    ),
)
def test_broken_connection_ends_once(chapter: Attempt) -> None:
    """When a peer vanishes its session is told once, its socket is closed, nobody else suffers."""
    for answer, when in ((b"", "nothing"), (MUCH, "a million bytes")):
        sent = Literally(f"a reset, while {when} was kept for this peer")
        probes: list[Probe] = []
        with (
            tight() as (rude, server),
            neighbour(chapter) as (loop, polite),
            logged_errors() as logged,
        ):
            play(loop, vanish(chapter, loop, rude, server, noted_probe(probes, answer)))
            echo, closed = take(polite, 5), server.fileno() == -1
        same("Errors in the log:", sent=sent, expected=[], got=logged)
        holds("The socket is still open.", closed, sent=sent, usually=beliefs.CLOSES_ITSELF)
        told_once(probes[0], sent)
        same("Somebody else's echo:", sent=sent, expected=b"hello", got=echo)


def vanish(
    chapter: Attempt,
    loop: Any,
    rude: socket.socket,
    server: socket.socket,
    session: Callable[[Any], Probe],
) -> Peer:
    """Play a peer that resets its connection, and a session that goes on writing."""
    conn = chapter.Connection(loop, server, session)
    rude.sendall(b"go")
    yield
    reset(rude)
    conn.write(b"are you there?")
    yield
    conn.write(b"and now?")
    yield


@promise(
    task=2,
    usually=beliefs.WRITTEN_IS_SENT,
    signs={"hang": beliefs.ASK_EACH, "spin": beliefs.CLOSES_ITSELF},
    hints=(
        "write() has kept most of the answer, and close() comes in the next line. What has been sent "
        "by then?",
        "Remember that it is to be closed; when the last byte has left, half-close. From then on drop "
        "what comes, and close after the peer's end.",
        "close(): if not self.closing: self.closing = True; self.update(). last_step(): "
        "self.sock.shutdown(socket.SHUT_WR). on_ready(): if self.closing, drop what comes.",
    ),
)
def test_close_sends_what_is_kept(chapter: Attempt) -> None:
    """close() does not wait; all that was written arrives, whatever the peer still sends."""
    probes: list[Probe] = []
    told: list[int] = []
    got = bytearray()

    class Brief(Probe):
        def received(self, data: bytes) -> None:
            self.heard += data
            self.conn.write(MUCH)
            self.conn.close()
            self.conn.close()
            self.conn.write(b"too late")
            told.append(self.ends)

    with tight() as (client, server), chapter.EventLoop() as loop:
        chapter.Connection(loop, server, lambda conn: noted(probes, Brief(conn)))

        def peer() -> Peer:
            client.sendall(b"go")
            yield
            client.sendall(b"more")
            yield
            yield from reading(client, got, len(MUCH) + 1)
            late = got.endswith(b"too late")
            holds("After close() nothing more is written.", not late, usually=None)
            whole("What the peer received:", got, MUCH, beliefs.WRITTEN_IS_SENT)
            end = described(lambda: take(client, 100))
            same(
                "After the last byte comes:", expected=b"", got=end, usually=beliefs.CLOSE_DELIVERS
            )
            for word in (b"still", b"here"):
                is_open = server.fileno() != -1
                holds(
                    "Closed, though the peer may still send.",
                    is_open,
                    usually=beliefs.CLOSE_DELIVERS,
                )
                client.sendall(word)
                yield
            client.shutdown(socket.SHUT_WR)
            yield
            yield

        play(loop, peer())
        holds(
            "After the peer's end it is still open.",
            server.fileno() == -1,
            usually=beliefs.CLOSES_ITSELF,
        )
        heard = probes[0].heard
        same(
            "The session was given:",
            expected=b"go",
            got=heard,
            usually=beliefs.SILENT_AFTER_MY_CLOSE,
        )
        same(
            "Calls of ended() inside of close():",
            expected=[0],
            got=told,
            usually=beliefs.ONE_WAY_OUT,
        )
        told_once(probes[0])
    sent = Literally("a reset, and then close()")
    with connected() as (rude, server), chapter.EventLoop() as loop:
        made = chapter.Connection(loop, server, noted_probe(probes))
        reset(rude)
        ready_to_read(server)
        outcome = described(made.close)
        same(
            "close() returned:",
            sent=sent,
            expected=None,
            got=outcome,
            usually=beliefs.ERRORS_DO_NOT_HAPPEN,
        )
        play(loop, two_turns())
        closed = server.fileno() == -1
    holds("The socket is still open.", closed, sent=sent, usually=beliefs.CLOSES_ITSELF)
    told_once(probes[1], sent)


@promise(
    task=2,
    usually=beliefs.PEER_WILL_FINISH,
    hints=(
        "You have half-closed, and the peer never finishes. How long do you keep its socket?",
        "Ask the loop for a call, LINGER seconds after the half-close, that aborts.",
        "last_step(), after the shutdown: self.loop.call_later(LINGER, self.abort).",
    ),
)
def test_close_waits_for_linger_seconds(chapter: Attempt) -> None:
    """A peer that never finishes is cut off LINGER seconds after the half-close, not before."""
    probes: list[Probe] = []
    module = sys.modules[chapter.Connection.__module__]
    with (
        connected() as (_client, server),
        chapter.EventLoop() as loop,
        mock.patch.object(module, "LINGER", 0.05),
    ):
        made = chapter.Connection(loop, server, noted_probe(probes))

        def peer() -> Peer:
            yield
            made.close()
            yield
            is_open = server.fileno() != -1
            holds("The peer had no time to finish.", is_open, usually=beliefs.CLOSE_DELIVERS)
            end = time.monotonic() + PATIENCE
            while server.fileno() != -1 and time.monotonic() < end:
                yield
            yield

        play(loop, peer())
        holds("With LINGER = 0.05 the peer was never cut off.", server.fileno() == -1)
        told_once(probes[0])
    got = bytearray()
    with (
        tight() as (client, server),
        chapter.EventLoop() as loop,
        mock.patch.object(module, "LINGER", 0.02),
    ):
        made = chapter.Connection(loop, server, Probe)
        made.write(MUCH)
        made.close()
        play(loop, late_reader(client, got))
    whole(
        "close() came, and the peer read after 3 times LINGER. It received:",
        got,
        MUCH,
        beliefs.WRITTEN_IS_SENT,
    )


def late_reader(client: socket.socket, got: bytearray) -> Peer:
    """Play a peer that reads after 0.06 s."""
    late = time.monotonic() + 0.06
    while time.monotonic() < late:
        yield
    yield from reading(client, got, len(MUCH))


@promise(
    task=2,
    usually=beliefs.ONE_WAY_OUT,
    signs={
        ValueError: beliefs.STILL_READY,
        KeyError: beliefs.STILL_READY,
        OSError: beliefs.STILL_READY,
    },
    hints=(
        "abort() is called in the middle of somebody's loop over all members. What must not happen "
        "in it?",
        "Drop what is kept, forget the socket, then close it. Leave ended() to the loop.",
        "If self.is_open: self.closing = True; self.output.clear(); "
        "self.loop.forget(self.sock); self.sock.close(); self.loop.call_later(0, self.end).",
    ),
)
def test_abort_closes_at_once(chapter: Attempt) -> None:
    """abort() closes at once, whatever is kept; ended() comes later, once; nothing is raised."""
    probes: list[Probe] = []
    state: list[object] = []
    during: list[object] = []
    again: list[object] = []

    class Sudden(Probe):
        def received(self, data: bytes) -> None:
            conn = self.conn
            conn.write(MUCH)
            conn.abort()
            state.extend((server.fileno() == -1, conn.waiting, self.ends))
            calls = (conn.abort, lambda: conn.write(data), conn.close)
            during.extend(described(call) for call in calls)
            with ExitStack() as stack:
                for sock in socket.socketpair():
                    stack.enter_context(sock)
                    again.append(described(partial(loop.watch, sock, chapter.READ, print)))
                    loop.forget(sock)

    with tight() as (client, server), logged_errors() as logged, chapter.EventLoop() as loop:
        made = chapter.Connection(loop, server, lambda conn: noted(probes, Sudden(conn)))

        def peer() -> Peer:
            client.sendall(b"go")
            yield
            yield

        play(loop, peer())
    holds("After abort() the socket is open.", state[0], usually=beliefs.WRITTEN_IS_SENT)
    same("Bytes still wait after abort():", expected=0, got=state[1], usually=None)
    same("Calls of ended() inside of abort():", expected=0, got=state[2])
    same("abort(), write() and close() after it:", expected=[None] * 3, got=during)
    what = "New sockets got its number. Watching them:"
    same(what, expected=[None] * 2, got=again, usually=beliefs.STILL_READY)
    told_once(probes[0])
    what = "write() after abort() keeps nothing. In the end, `waiting` is:"
    same(what, expected=0, got=made.waiting, usually=None)
    same("Errors in the log:", expected=[], got=logged)
    with connected() as (client, server), chapter.EventLoop() as loop:
        chapter.Connection(loop, server, Probe).abort()
        end = described(partial(take, client, 1))
    what = "abort() is an ordinary close(), not chapter 4's reset. The peer reads:"
    same(what, expected=b"", got=end, usually=None)


@promise(
    task=2,
    usually=beliefs.BUG_IN_A_SESSION,
    hints=(
        "The session raises. A bug in it can be an OSError, too: a file that does not exist.",
        "tell() has a try of its own, apart from the socket's. Call the session by way of it alone.",
        "on_ready(): self.tell(self.session.received, data), and self.end() at the peer's end.",
    ),
)
def test_session_error_ends_its_connection(chapter: Attempt) -> None:
    """An error in a session, of whatever type, is logged and ends this connection, and no other."""
    for error in (KeyError("a bug"), FileNotFoundError("no such file"), BlockingIOError("a bug")):
        sent = Literally(f"a session that raises {error!r}")
        probes: list[Probe] = []
        with (
            connected() as (client, server),
            neighbour(chapter) as (loop, polite),
            logged_errors() as logged,
        ):
            play(loop, speak(chapter, loop, client, server, noted_probe(probes, error=error)))
            echo, closed = take(polite, 5), server.fileno() == -1
        same("Errors in the log:", sent=sent, expected=[type(error).__name__], got=logged)
        holds("Its socket is still open.", closed, sent=sent, usually=beliefs.BUG_IN_A_SESSION)
        told_once(probes[0], sent)
        same("Somebody else's echo:", sent=sent, expected=b"hello", got=echo)
    for where, session in (
        ("ended()", BadEnd),
        ("make_session", no_session),
    ):
        sent = Literally(f"{where} raises an error")
        with (
            connected() as (client, server),
            logged_errors() as logged,
            chapter.EventLoop() as loop,
        ):
            made = chapter.Connection(loop, server, session)
            client.shutdown(socket.SHUT_WR)
            play(loop, two_turns())
            closed = server.fileno() == -1
        kinds = ["FileNotFoundError" if where == "ended()" else "KeyError"]
        same("Errors in the log:", sent=sent, expected=kinds, got=logged)
        holds("Its socket is still open.", closed, sent=sent, usually=beliefs.BUG_IN_A_SESSION)
        if where == "ended()":
            ends, usually = made.session.ends, beliefs.BUG_IN_A_SESSION
            same("Calls of ended():", sent=sent, expected=1, got=ends, usually=usually)


def no_session(_conn: object) -> Probe:
    """Fail to make a session."""
    raise KeyError("a bug")


def speak(
    chapter: Attempt,
    loop: Any,
    client: socket.socket,
    server: socket.socket,
    session: Callable[[Any], Probe],
) -> Peer:
    """Play a peer that says one word."""
    chapter.Connection(loop, server, session)
    client.sendall(b"hi")
    yield
    yield


class Member:
    """Stands for a Connection, seen from its session: it notes what it is asked to do."""

    def __init__(self, chapter: Attempt, room: Any) -> None:
        self.waiting = 0
        self.wrote = b""
        self.calls: list[str] = []
        self.session = chapter.ChatSession(self, room)

    def write(self, data: bytes) -> None:
        """Note it; after close() or abort() nothing is sent."""
        if not self.calls:
            self.wrote += data

    def close(self) -> None:
        """Note it. A Connection calls ended() later, and so does the check."""
        self.calls.append("close")

    def abort(self) -> None:
        """Note it. A Connection calls ended() later, and so does the check."""
        self.calls.append("abort")

    def end(self) -> None:
        """Say what to call instead."""
        broken(
            "deliver() called end() of the connection.",
            expected=Literally("abort(): it closes, and end() follows by itself"),
            got=Literally("end(), which tells the session, and closes nothing"),
            usually=None,
        )

    def hear(self, *pieces: bytes) -> Member:
        """Let the session hear pieces, as long as a Connection would give it any."""
        for piece in pieces:
            if not self.calls:
                self.session.received(piece)
        return self

    @property
    def output(self) -> bytes:
        """What waits."""
        return bytes(self.waiting)

    @property
    def reads(self) -> str:
        """What the member has been sent."""
        return self.wrote.decode()


@promise(
    task=3,
    usually=beliefs.HAS_ITS_END,
    signs={TypeError: beliefs.HAS_ITS_END},
    hints=(
        "deliver() is given a line of text. What does a connection take, and where does a line end?",
        "A connection takes bytes: encode the line as UTF-8, LF at its end, and write() it.",
        'deliver(line): self.conn.write(f"{line}\\n".encode()).',
    ),
)
def test_members_read_each_line(chapter: Attempt) -> None:
    """All members read each line, as UTF-8 with LF at its end: chapter 6's chat, in one thread."""
    text = "ada\nhéllo ✓\r\n\n  bye \n".encode()
    expected = "* ada joined\nada: héllo ✓\nada: \nada:   bye \n"
    for pieces in ([text], [text[i : i + 1] for i in range(len(text))]):
        sent = Literally("four lines, " + ("at once" if len(pieces) == 1 else "byte by byte"))
        room = chapter.Room()
        bob = Member(chapter, room).hear(b"bob\n")
        ada = Member(chapter, room).hear(*pieces)
        same("What ada is sent:", sent=sent, expected=expected, got=ada.reads)
        ada.session.ended()
        joined = f"* bob joined\n{expected}* ada left\n"
        same("What bob is sent:", sent=sent, expected=joined, got=bob.reads)
    longest = b"x" * (chapter.LONGEST_LINE - 1)
    for name, lines, answer in (
        ("a name that is taken, and another one", b"bob\nada\nhello\n", "* bob is taken\n"),
        ("no name", b"\nada\nhello\n", ""),
        ("a line that is no UTF-8", b"ada\n\xff\xfe\nhello\n", "* ada joined\n"),
        ("a line that is too long", b"ada\nx" + longest + b"\nhello\n", "* ada joined\n"),
        ("too much without a line's end", b"ada\nx" + longest, "* ada joined\n"),
    ):
        sent = Literally(name)
        room = chapter.Room()
        bob = Member(chapter, room).hear(b"bob\n")
        ada = Member(chapter, room).hear(lines)
        ada.session.ended()
        joined = "* bob joined\n" + ("* ada joined\n* ada left\n" if "ada joined" in answer else "")
        same("What this member is sent:", sent=sent, expected=answer, got=ada.reads)
        same("What bob is sent:", sent=sent, expected=joined, got=bob.reads)
        same("What its connection was told:", sent=sent, expected=["close"], got=ada.calls)
    vanishing_member(chapter)


def vanishing_member(chapter: Attempt) -> None:
    """Require that a member that is reset in mid-line leaves, and that its name is free again."""
    room = chapter.Room()
    with (
        listening() as listener,
        chapter.EventLoop() as loop,
        socket.create_connection(listener.getsockname()) as rude,
        socket.create_connection(listener.getsockname()) as dan,
        socket.create_connection(listener.getsockname()) as next_one,
    ):
        chapter.serve_on(loop, listener, lambda conn: chapter.ChatSession(conn, room))

        def peer() -> Peer:
            for client, words in ((rude, b"carol\n"), (dan, b"dan\n"), (rude, b"hello\nhalf a li")):
                client.sendall(words)
                yield
            reset(rude)
            yield
            yield
            next_one.sendall(b"carol\n")
            yield

        play(loop, peer())
        expected = "* dan joined\ncarol: hello\n* carol left\n* carol joined\n"
        got = take(dan, len(expected)).decode()
    sent = Literally("a name, a line and half a line, then a reset")
    same("What another member reads:", sent=sent, expected=expected, got=got)


@promise(
    task=3,
    usually=beliefs.WRITE_HOLDS_BACK,
    hints=(
        "One member never reads. Where do the lines for it pile up?",
        "Before you write a line, look at conn.waiting. Whoever has more than SLOW bytes waiting is "
        "cut off, not waited for; the connection calls ended() later.",
        "deliver(line): if self.conn.waiting > SLOW: self.conn.abort(), else self.conn.write(line and "
        "its end).",
    ),
)
def test_slow_member_is_cut_off(chapter: Attempt) -> None:
    """A member for whom more than SLOW bytes wait is cut off; the others read on."""
    room = chapter.Room()
    ada, bob = Member(chapter, room).hear(b"ada\n"), Member(chapter, room).hear(b"bob\n")
    bob_reads = "* bob joined\nbob: one\nbob: two\n"
    ada.waiting = chapter.SLOW
    bob.hear(b"one\n")
    sent = Literally("SLOW bytes wait for ada")
    expected = "* ada joined\n* bob joined\nbob: one\n"
    what = "That is not more than SLOW. What ada is sent:"
    same(what, sent=sent, expected=expected, got=ada.reads, usually=None)
    same("What ada's connection was told:", sent=sent, expected=[], got=ada.calls, usually=None)
    ada.waiting = chapter.SLOW + 1
    bob.hear(b"two\n")
    sent = Literally("SLOW + 1 bytes wait for ada, then comes a line")
    usually = beliefs.CLOSE_IS_QUICK if "close" in ada.calls else beliefs.WRITE_HOLDS_BACK
    what = "What ada's connection was told:"
    same(what, sent=sent, expected=["abort"], got=ada.calls, usually=usually)
    what = "Who is cut off is not sent the line. What ada is sent:"
    same(what, sent=sent, expected=expected, got=ada.reads, usually=None)
    what = "deliver() itself tells nobody who left. What bob is sent:"
    same(what, expected=bob_reads, got=bob.reads, usually=None)
    ada.session.ended()
    same("What bob is sent:", expected=f"{bob_reads}* ada left\n", got=bob.reads)


async def give_turns(count: int = 5) -> None:
    """Let everything on asyncio's loop that is ready have its turn, a few times."""
    for _ in range(count):
        await asyncio.sleep(0)


def frame(payload: bytes) -> bytes:
    """Return a frame, as chapter 5 defines it."""
    return struct.pack("!I", len(payload)) + payload


class Outcome(NamedTuple):
    """What became of one echo_frames(): what it returned or raised, and how it left things."""

    result: object
    closed: bool
    kept: int


async def echoing(
    chapter: Attempt, server: socket.socket, pieces: Sequence[bytes] | None, *, ends: bool = True
) -> Outcome:
    """Let echo_frames() read these pieces one by one, or `server` itself if there are none."""
    reader, writer = await asyncio.open_connection(sock=server)
    if pieces is not None:
        reader = asyncio.StreamReader()
    task = asyncio.ensure_future(chapter.echo_frames(reader, writer))
    for piece in pieces or ():
        reader.feed_data(piece)
        await give_turns(2)
    if pieces is not None and ends:
        reader.feed_eof()
    kept = 0
    for _ in range(100):
        await give_turns(1)
        kept = max(kept, writer.transport.get_write_buffer_size())
    if not kept:
        await asyncio.wait([task], timeout=PATIENCE)
        await give_turns()
    closed = server.fileno() == -1
    result = described(task.result) if task.done() else Literally("nothing: it still waits")
    task.cancel()
    writer.transport.abort()
    await asyncio.wait([task])
    await give_turns()
    return Outcome(result, closed, kept)


@promise(
    task=4,
    usually=beliefs.READ_N_IS_N,
    hints=(
        "The length of a frame arrives one byte at a time. What does read(4) return?",
        "readexactly(4) waits for four. It raises IncompleteReadError when the stream ends before.",
        "header = await reader.readexactly(4); (length,) = struct.unpack('!I', header); then "
        "writer.write(header + await reader.readexactly(length)).",
    ),
)
def test_frames_come_back(chapter: Attempt) -> None:
    """Each frame comes back whole, however it arrives, and their number is returned."""
    payloads = [b"", b"one", bytes(range(256)), b"x" * 300]
    stream = b"".join(map(frame, payloads))
    for pieces, how in (
        ([stream[at : at + 1] for at in range(len(stream))], "byte by byte"),
        ([stream], "all at once"),
    ):
        with connected() as (client, server):
            outcome = asyncio.run(echoing(chapter, server, pieces))
            got = take(client, len(stream) + 1)
        sent = Literally(f"four frames, {how}")
        same("What came back:", sent=sent, expected=stream, got=got)
        result = outcome.result
        usually = beliefs.CUT_SHORT if isinstance(result, Literally) else NOT_GIVEN
        same("It returned:", sent=sent, expected=len(payloads), got=result, usually=usually)


@promise(
    task=4,
    usually=beliefs.EOF_IS_GONE,
    hints=(
        "Three ends: inside of a frame, by a reset, and by a length that is too large.",
        "Look at the length before you wait for the payload. IncompleteReadError and OSError are the "
        "end, not errors; on every way out the writer is closed.",
        "try: the loop; if length > LONGEST_FRAME: break; except (asyncio.IncompleteReadError, "
        "OSError): pass; finally: writer.close().",
    ),
)
def test_every_end_closes_the_connection(chapter: Attempt) -> None:
    """A frame cut off or too long, or a peer that is gone, is the end, no error: all is closed."""
    good = frame(b"good")
    too_long = struct.pack("!I", chapter.LONGEST_FRAME + 1)
    for name, usually, pieces, expected in (
        ("one frame, and the end", beliefs.CUT_SHORT, [good], 1),
        ("one frame, and the end inside of a length", beliefs.CUT_SHORT, [good, b"\0\0"], 1),
        ("one frame, and the end inside of a payload", beliefs.CUT_SHORT, [good + good[:-1]], 1),
        (
            "one frame, and a length of LONGEST_FRAME + 1",
            beliefs.TRUSTS_THE_LENGTH,
            [good, too_long],
            1,
        ),
        ("a reset", beliefs.ERRORS_DO_NOT_HAPPEN, None, 0),
    ):
        ends = usually is not beliefs.TRUSTS_THE_LENGTH
        with connected() as (client, server):
            if pieces is None:
                reset(client)
            outcome = asyncio.run(echoing(chapter, server, pieces, ends=ends))
        sent, got = Literally(name), outcome.result
        if got == expected + 1:
            usually = beliefs.LENGTH_IS_A_FRAME
        same("It returned:", sent=sent, expected=expected, got=got, usually=usually)
        holds("The connection is open.", outcome.closed, sent=sent, usually=beliefs.CLOSES_ITSELF)


@promise(
    task=4,
    usually=beliefs.WRITE_HOLDS_BACK,
    hints=(
        "This peer sends many frames and reads nothing. Where are the echoes?",
        "write() keeps them in the writer's own buffer. There is one call that waits until it is "
        "small again.",
        "await writer.drain(), after each write.",
    ),
)
def test_echoes_do_not_pile_up(chapter: Attempt) -> None:
    """A peer that does not read is waited for: what the writer keeps for it stays bounded."""
    payload = bytes(100_000)
    with tight() as (_client, server):
        outcome = asyncio.run(echoing(chapter, server, [frame(payload) * 30]))
    holds(
        "Too much is kept for a peer that never reads.",
        0 < outcome.kept < 10 * len(payload),
        sent=Literally("30 frames of 100,000 bytes"),
        expected=Literally("less than 1,000,000 bytes"),
        got=Literally(f"{outcome.kept:,} bytes"),
    )


class Probe:
    """A session that notes what it is told, and answers with `answer` or fails with `error`."""

    def __init__(self, conn: Any, answer: bytes = b"", error: Exception | None = None) -> None:
        self.conn = conn
        self.answer = answer
        self.error = error
        self.heard = b""
        self.ends = 0

    def received(self, data: bytes) -> None:
        """Note, and answer."""
        self.heard += data
        if self.error:
            raise self.error
        self.conn.write(self.answer)

    def ended(self) -> None:
        """Count."""
        self.ends += 1


def noted(probes: list[Probe], probe: Probe) -> Probe:
    """Remember a session."""
    probes.append(probe)
    return probe


def noted_probe(
    probes: list[Probe], answer: bytes = b"", error: Exception | None = None
) -> Callable[[Any], Probe]:
    """Return a function that makes a session and remembers it."""
    return lambda conn: noted(probes, Probe(conn, answer, error))


def told_once(probe: Probe, sent: object = NOT_GIVEN) -> None:
    """Require that a session was told of its end, and only once."""
    usually = beliefs.ONE_WAY_OUT
    same("Calls of ended():", sent=sent, expected=1, got=probe.ends, usually=usually)


def play(loop: Any, peer: Peer) -> None:
    """Run a loop in this thread; whenever it has nothing to do, the peer goes on to its next yield.

    A loop that wakes up SO_OFTEN times without a rest is tired; a yield tells the peer so. When the
    peer has come to its end, the loop is stopped. What the peer raises is raised here.
    """
    errors: list[Exception] = []
    patience, wakes = REST, 0

    def select(original: Any, selector: object, timeout: float | None) -> list[Any]:
        nonlocal patience, wakes
        long = timeout is None or timeout > patience
        found: list[Any] = original(selector, patience if long else timeout)
        wakes += 1
        tired = wakes >= SO_OFTEN
        if (long and not found) or tired:
            wakes = 0
            try:
                patience = 0.0 if peer.send(tired) else REST
            except StopIteration:
                loop.stop()
            except Exception as error:
                errors.append(error)
                loop.stop()
        return found

    next(peer)
    with unwritten_comes_out(loop), selecting(select):
        loop.run()
    for error in errors:
        raise error


def reading(sock: socket.socket, got: bytearray, count: int) -> Peer:
    """Read until `count` bytes or the end have come, or nothing more comes."""
    idle = 0
    while len(got) < count and idle < 5:
        piece = arrived(sock)
        got += piece
        idle = 0 if piece else idle + 1
        yield bool(piece)


def arrived(sock: socket.socket) -> bytes:
    """Return what has arrived, up to the end or a reset."""
    pieces = []
    sock.settimeout(0)
    with suppress(BlockingIOError, ConnectionError):
        while piece := sock.recv(1 << 20):
            pieces.append(piece)
    return b"".join(pieces)


def take(sock: socket.socket, most: int) -> bytes:
    """Return the next bytes: `most`, or as many as come in a moment before the stream ends."""
    got = b""
    sock.settimeout(PATIENCE)
    with suppress(TimeoutError):
        while len(got) < most and (piece := sock.recv(most - len(got))):
            got += piece
    return got


def push(sock: socket.socket, data: bytes) -> int:
    """Send as much of `data` as the kernels take now; return how much it was."""
    sock.settimeout(0)
    sent = 0
    with suppress(BlockingIOError):
        while sent < len(data):
            sent += sock.send(data[sent : sent + 65536])
    return sent


@contextmanager
def tight() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Make a connection whose kernels keep little: both ends, the client's and the server's."""
    with connected() as (client, server):
        for sock in (client, server):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        yield client, server


def fill(sock: socket.socket) -> None:
    """Send until the kernels take no more; what the peer sends may make room again."""
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_WRITE)
        while push(sock, bytes(SMALL)) or selector.select(REST):
            pass


def ready_to_read(*socks: socket.socket) -> None:
    """Wait until what was sent to these sockets has arrived."""
    for sock in socks:
        with selectors.DefaultSelector() as selector:
            selector.register(sock, selectors.EVENT_READ)
            selector.select(PATIENCE)


@contextmanager
def neighbour(chapter: Attempt) -> Iterator[tuple[Any, socket.socket]]:
    """Make a loop on which somebody else, who is polite, has sent `hello` for an echo."""
    with connected() as (polite, other), chapter.EventLoop() as loop:
        chapter.Connection(loop, other, chapter.EchoSession)
        polite.sendall(b"hello")
        yield loop, polite


def whole(what: str, got: bytearray, expected: bytes, usually: Misconception) -> None:
    """Require that a large answer came as it was written; where it is not, say from which byte."""
    if got != expected:
        pairs = enumerate(zip(got, expected, strict=False))
        at = next((at for at, (a, b) in pairs if a != b), min(len(got), len(expected)))
        came = Literally(f"{len(got):,} bytes, right up to byte {at:,}")
        broken(what, expected=Literally(f"{len(expected):,} bytes"), got=came, usually=usually)


class BadEnd(Probe):
    """A session with a bug in its last method."""

    def ended(self) -> None:
        """Fail, in a way that a socket can fail, too."""
        super().ended()
        raise FileNotFoundError("no such file")


TASKS = {
    1: "Connection.write, Connection.on_ready, Connection.events",
    2: "Connection.close, Connection.abort, Connection.last_step",
    3: "ChatSession.deliver",
    4: "echo_frames",
}
