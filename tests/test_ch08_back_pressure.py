"""The promises of chapter 8: what to do if the peer does not read."""

from __future__ import annotations

import errno
import selectors
import socket
import sys
import time
from array import array
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import Any, ClassVar
from unittest import mock

from course.checks.answers import Attempt
from course.checks.expect import NOT_GIVEN, Literally, broken, described, holds, same
from course.checks.peers import (
    connected,
    logged_errors,
    reset,
    selecting,
    simulates,
    unwritten_comes_out,
    wait_for_bytes,
)
from course.checks.promises import Misconception, promise
from tests import beliefs

Peer = Generator[Any, bool, None]  # yields True to go on as soon as nothing is ready

SETTLED = 0.02  # seconds without any room: then the buffers are full
REST = 0.003  # seconds without anything to do: then it is the other side's turn
MANY = 1000  # wake-ups without a rest: nobody has that much to do here
PATIENCE = 0.5  # seconds for bytes that were sent already
SMALL = 65536  # bytes, for a kernel's buffer; below a segment of loopback it would stutter
MUCH = array("I", range(250_000)).tobytes()  # a million bytes; small buffers hold 200,000


@promise(
    task=1,
    usually=beliefs.SENDALL_KEEPS_COUNT,
    signs={
        "hang": beliefs.ASK_EACH,
        "spin": beliefs.ASK_EACH,
        BlockingIOError: beliefs.NO_ROOM,
        AttributeError: beliefs.SENDALL_KEEPS_COUNT,
        TypeError: beliefs.NO_ROOM,
    },
    hints=(
        "How many bytes did send() take, and where are the others?",
        "Keep in self.output what send() did not take: data[sent:]. If something is kept already, new "
        "data goes after it, and send() is not called.",
        "If nothing is kept: try: sent = self.sock.send(data) except OSError: sent = 0. Then "
        "self.output += data[sent:], and self.update().",
    ),
    hints_if={
        "a limit": (
            "A session writes more than you would keep. Whom do you tell that you have dropped some?",
            "Nobody can be told: write() returns nothing. Keep everything. How much may wait is for "
            "the session to decide; it can look at `waiting`.",
            "self.output += data[sent:], without a limit",
        ),
        "paused": (
            "`paused` is True. In which direction do no bytes go?",
            "Nothing is read from the peer. What is written is sent as always.",
            "write() does not look at self.paused.",
        ),
        beliefs.KEPT_FIRST: (
            "Something is kept, and there is room again. What has to be sent first?",
            "What is kept. New data goes after it.",
            "if not self.output: send(); and in every case self.output += what is left",
        ),
        beliefs.LEFT_TO_THE_LOOP: (
            "Nothing is kept, and the kernel has room. When does this data leave?",
            "Send it now. Keep only what the kernel does not take.",
            "If nothing is kept: sent = self.sock.send(data). Keep data[sent:].",
        ),
    },
)
def test_what_the_kernel_does_not_take_is_kept(chapter: Attempt) -> None:
    """write() sends what the kernel takes, and keeps exactly the rest, in order."""
    with connected() as (client, conn), chapter.EventLoop() as loop, sparing(conn) as server:
        server.most = 1000
        made = flowing(chapter)(loop, server, Probe)
        same("write() returned:", expected=None, got=described(partial(made.write, b"hello")))
        sent = Literally("write(b'hello'), with room; the loop has not run yet")
        same(
            "Bytes that are kept:",
            sent=sent,
            expected=0,
            got=made.waiting,
            usually=beliefs.LEFT_TO_THE_LOOP,
        )
        same(
            "The peer received:",
            sent=sent,
            expected=b"hello",
            got=take(client, 5),
            usually=beliefs.LEFT_TO_THE_LOOP,
        )
        server.most = 0
        watched: list[int] = []
        for word in (b"one ", b"two ", b"three"):
            outcome = described(partial(made.write, word))
            same("write() returned:", expected=None, got=outcome, usually=beliefs.NO_ROOM)
            watched.append(loop._watched[server].events)
        sent = Literally("write() of b'one ', b'two ', b'three', without room")
        nothing_ended(made, "write()", sent, beliefs.NO_ROOM)
        kept = bytes(made.output)
        usually = None if kept else beliefs.SENDALL_KEEPS_COUNT
        same("What is kept:", sent=sent, expected=b"one two three", got=kept, usually=usually)
        both = chapter.READ | chapter.WRITE
        what = "After each write(), the loop watches for (READ is 1, WRITE is 2):"
        usually = beliefs.UPDATE_IS_FORGOTTEN
        same(what, sent=sent, expected=[both] * 3, got=watched, usually=usually)
        server.most = 1000
        made.write(b" four")
        kept = bytes(made.output)
        sent = Literally("there is room again; then write(b' four')")
        what = "What is kept:"
        usually = beliefs.KEPT_FIRST
        same(what, sent=sent, expected=b"one two three four", got=kept, usually=usually)
    with connected() as (client, conn), chapter.EventLoop() as loop, sparing(conn) as server:
        server.most = 100_000
        made = flowing(chapter)(loop, server, Probe)
        made.write(MUCH)
        waiting = made.waiting
        made.write(b" and goodbye")
        expected = MUCH + b" and goodbye"
        kept = bytes(made.output)
        got = bytearray(take(client, len(expected) - len(kept)) + kept)
    what = "write() of a million bytes, and of b' and goodbye'. Received and kept:"
    whole(what, got, expected, beliefs.SENDALL_KEEPS_COUNT)
    holds("The whole million was kept, though send() took a part.", waiting < len(MUCH))
    with connected() as (client, conn), chapter.EventLoop() as loop, sparing(conn) as server:
        made = flowing(chapter)(loop, server, Probe)
        for _ in range(3):
            made.write(MUCH)
        waiting = made.waiting
    sent = Literally("three million bytes, without room")
    what = "Bytes that are kept:"
    same(what, sent=sent, expected=3 * len(MUCH), got=waiting, usually=None, clue="a limit")
    with connected() as (client, conn), chapter.EventLoop() as loop, sparing(conn) as server:
        server.most = 1000
        made = flowing(chapter)(loop, server, Probe)
        made.paused = True
        made.write(b"hello")
        waiting = made.waiting
    sent = Literally("`paused` is True, and there is room; write(b'hello')")
    same(what, sent=sent, expected=0, got=waiting, usually=None, clue="paused")


@promise(
    task=1,
    usually=beliefs.BROKEN_IN_WRITE,
    hints=(
        "send() has found that the connection is broken. What does write() do with the connection?",
        "Nothing. It keeps the data, as if there were no room. on_ready() will end the connection.",
        "except OSError: sent = 0, for every OSError. No abort() and no close() in write().",
    ),
    hints_if={
        beliefs.UPDATE_IS_FORGOTTEN: (
            "This data is kept, as if there were no room. Who tells the loop?",
            "Whenever write() has kept something, it calls update(): after every kind of OSError.",
            "except OSError: sent = 0. What comes after it is the same as without an error.",
        ),
        beliefs.ERRORS_DO_NOT_HAPPEN: (
            "BlockingIOError is not the only error that send() can raise. Which others are there?",
            "A broken connection raises another kind of OSError, such as BrokenPipeError.",
            "except OSError: sent = 0",
        ),
    },
)
def test_write_to_a_broken_connection_keeps_the_data(chapter: Attempt) -> None:
    """If the connection is broken, write() keeps the data, and leaves the rest to the loop."""
    for number in (errno.EPIPE, errno.EHOSTUNREACH):
        name = errno.errorcode[number]
        simulates(f"a network where send() raises {name}")
        with connected() as (_client, server), chapter.EventLoop() as loop:
            failing = Failing(fileno=server.detach())
            with failing:
                made = flowing(chapter)(loop, failing, Probe)
                failing.number = number
                outcome = described(partial(made.write, b"words"))
                kept, is_open = bytes(made.output), failing.fileno() != -1
                events = loop._watched[failing].events
        sent = Literally(f"write(b'words'); send() raises {name}")
        usually = beliefs.ERRORS_DO_NOT_HAPPEN
        same("write() returned:", sent=sent, expected=None, got=outcome, usually=usually)
        nothing_ended(made, "write()", sent, beliefs.BROKEN_IN_WRITE)
        holds("write() has closed the socket.", is_open, sent=sent)
        same("What is kept:", sent=sent, expected=b"words", got=kept, usually=None)
        what = "The loop watches for (READ is 1, WRITE is 2):"
        both, usually = chapter.READ | chapter.WRITE, beliefs.UPDATE_IS_FORGOTTEN
        same(what, sent=sent, expected=both, got=events, usually=usually)


@promise(
    task=1,
    usually=beliefs.CLOSING_IS_NOT_CLOSED,
    hints=(
        "close() has been called: self.closing is True. What does write() do now?",
        "Nothing: it sends nothing, and keeps nothing.",
        "if self.closing: return, at the beginning of write().",
    ),
    hints_if={
        beliefs.EOF_IS_GONE: (
            "The peer has finished sending. May you still write to it?",
            "Yes. Only close() and abort() end the writing, and both set self.closing.",
            "if self.closing: return. has_ended does not matter here.",
        ),
    },
)
def test_nothing_is_written_while_closing(chapter: Attempt) -> None:
    """After close(), write() does nothing. To a peer that has finished, it still writes."""
    with connected() as (client, server), chapter.EventLoop() as loop:
        made = flowing(chapter)(loop, server, Probe)
        made.write(b"before")
        made.closing = True
        with mock.patch.object(made, "update", int):  # what comes after is a later task
            outcome = described(partial(made.write, b"after"))
        kept = bytes(made.output)
        got = take(client, 11)
    sent = Literally("write(b'before'); `closing` is True; write(b'after')")
    same("The second write() returned:", sent=sent, expected=None, got=outcome)
    same("The peer received:", sent=sent, expected=b"before", got=got)
    same("What is kept:", sent=sent, expected=b"", got=kept)
    with connected() as (client, server), chapter.EventLoop() as loop:
        made = flowing(chapter)(loop, server, Probe)
        made.has_ended = True
        with mock.patch.object(made, "update", int):
            made.write(b"answer")
            got = take(client, 6)
            made.output += b"and "
            made.write(b"more")
        kept = bytes(made.output)
    usually = beliefs.EOF_IS_GONE
    sent = Literally("the peer has finished; write(b'answer')")
    same("The peer received:", sent=sent, expected=b"answer", got=got, usually=usually)
    sent = Literally("the peer has finished, and b'and ' is kept; write(b'more')")
    same("What is kept:", sent=sent, expected=b"and more", got=kept, usually=usually)


@promise(
    task=2,
    usually=beliefs.ASK_EACH,
    signs={"hang": beliefs.ASK_EACH},
    hints=(
        "The socket is ready for READ. Who receives, and who is told?",
        "on_ready() receives once, up to CHUNK bytes, and hands them to session.received(), by way of "
        "tell(). write() sends.",
        "on_ready(): data = self.sock.recv(CHUNK); if data: self.tell(self.session.received, data). "
        "write(): sent = self.sock.send(data).",
    ),
)
def test_what_arrives_goes_to_the_session(chapter: Attempt) -> None:
    """What arrives goes to the session at once, and what the session writes is sent."""
    pieces = [b"one", b"two", bytes(range(256))]
    echoed: list[object] = []
    with connected() as (client, server), chapter.EventLoop() as loop:
        made = flowing(chapter)(loop, server, chapter.EchoSession)

        def peer() -> Peer:
            for piece in pieces:
                client.sendall(piece)
                yield
                echoed.append(take(client, len(piece)))

        play(loop, peer())
        blocks = server.gettimeout() != 0
        got = Literally(f"timeout {server.gettimeout()}")
        holds("The socket blocks now.", not blocks, expected=Literally("timeout 0"), got=got)
        same("Bytes that are kept:", expected=0, got=made.waiting)
    same("What came back, piece by piece:", expected=pieces, got=echoed)


@promise(
    task=2,
    usually=beliefs.SENDALL_KEEPS_COUNT,
    signs={"hang": beliefs.ASK_EACH, "spin": beliefs.UPDATE_IS_FORGOTTEN},
    hints=(
        "This answer is larger than all the buffers on its way, and the peer reads late. Who sends "
        "the rest?",
        "on_ready(), each time the socket is ready for WRITE: from the front of self.output. What "
        "send() has taken is removed from it. Then update().",
        "if ready & WRITE and self.output: del self.output[: self.sock.send(self.output)]; "
        "self.update()",
    ),
)
def test_all_arrives_in_order(chapter: Attempt) -> None:
    """write() never waits. However much it is, all of it arrives in order, as the peer reads."""
    waiting: list[int] = []
    got = bytearray()
    expected = b"welcome " + MUCH + b" and goodbye"

    def session(conn: Any) -> Probe:
        for part in (b"welcome ", MUCH, b" and goodbye"):
            conn.write(part)
        waiting.append(conn.waiting)
        return Probe(conn)

    with tight() as (client, server), chapter.EventLoop() as loop:
        with logged_errors() as logged:
            made = flowing(chapter)(loop, server, session)

            def peer() -> Peer:
                yield
                yield from reading(client, got, len(expected))

            play(loop, peer())
        what = "Errors in the log:"
        same(what, expected=NO_ERRORS, got=listed(logged), usually=beliefs.NO_ROOM)
        is_lost = len(got) + made.waiting < len(expected)
        usually = beliefs.SENDALL_KEEPS_COUNT if is_lost else None
        whole("What the peer received:", got, expected, usually)
        holds(
            f"{len(expected):,} bytes were written. Then `waiting` was:",
            len(MUCH) // 4 < waiting[0] < len(expected),
            expected=Literally("what the kernel had not taken"),
            got=waiting[0],
        )
        what = "All has arrived. Bytes that are still kept:"
        same(what, expected=0, got=made.waiting, usually=None)


@promise(
    task=2,
    usually=beliefs.ONE_OR_THE_OTHER,
    hints=(
        "`ready` can have both bits. Then both things have to be done.",
        "Two `if`s, one below the other; not `elif`.",
        "if ready & READ: …; if ready & WRITE and self.output: …",
    ),
    hints_if={
        "once": (
            "How often does your on_ready() receive? What does that mean for the other clients?",
            "Once in each call. If there is more, the loop comes round again.",
            "data = self.sock.recv(CHUNK), without a loop around it.",
        ),
        "paused": (
            "`paused` is True. In which direction do no bytes go?",
            "Nothing is read from the peer. What is kept is sent as always.",
            "if ready & WRITE and self.output: …, whatever self.paused is.",
        ),
    },
)
def test_on_ready_does_both(chapter: Attempt) -> None:
    """READ and WRITE in one call: both are done. It receives once, up to CHUNK bytes."""
    probes: list[Probe] = []
    with connected() as (client, server), chapter.EventLoop() as loop:
        made = flowing(chapter)(loop, server, noted_probe(probes))
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * chapter.CHUNK)
        pushed = push(client, bytes(2 * chapter.CHUNK))
        wait_for_bytes(server, chapter.CHUNK + 1)
        made.on_ready(chapter.READ)
        heard = len(probes[0].heard)
    sent = Literally(f"on_ready(READ); {pushed:,} bytes were sent")
    same(
        "Number of calls of received():",
        sent=sent,
        expected=1,
        got=probes[0].calls,
        usually=None,
        clue="once",
    )
    holds(
        "It received more than CHUNK bytes.",
        heard <= chapter.CHUNK,
        sent=sent,
        got=heard,
        usually=None,
        clue="once",
    )
    with connected() as (client, server), chapter.EventLoop() as loop:
        made = flowing(chapter)(loop, server, noted_probe(probes))
        made.output += b"kept"
        client.sendall(b"come")
        wait_for_bytes(server, 4)
        made.on_ready(chapter.READ | chapter.WRITE)
        sent = Literally("on_ready(READ | WRITE): b'come' has come, b'kept' is kept")
        same("The session was given:", sent=sent, expected=b"come", got=probes[1].heard)
        same("The peer received:", sent=sent, expected=b"kept", got=take(client, 4))
        same("Bytes that are kept:", sent=sent, expected=0, got=made.waiting)
    with connected() as (client, server), chapter.EventLoop() as loop:
        made = flowing(chapter)(loop, server, noted_probe(probes))
        made.output += b"kept"
        made.paused = True
        made.on_ready(chapter.WRITE)
        got = described(partial(take, client, 4))
    sent = Literally("on_ready(WRITE): `paused` is True, b'kept' is kept")
    same("The peer received:", sent=sent, expected=b"kept", got=got, usually=None, clue="paused")


@promise(
    task=2,
    usually=beliefs.UPDATE_IS_FORGOTTEN,
    hints=(
        "send() has taken something, so less is kept. Who tells the loop?",
        "After each send(), call update(): also if something is left.",
        "del self.output[: self.sock.send(self.output)], and then self.update()",
    ),
)
def test_loop_is_told_after_each_send(chapter: Attempt) -> None:
    """After each send, on_ready() calls update(), so that the loop watches for the right events."""
    names = {chapter.READ: "READ", chapter.READ | chapter.WRITE: "READ | WRITE"}
    names[chapter.WRITE] = "WRITE"
    kept = chapter.HIGH_WATER + 500
    with connected() as (client, conn), chapter.EventLoop() as loop, sparing(conn) as server:
        made = flowing(chapter)(loop, server, Probe)
        made.output += bytes(kept)
        made.update()
        for most, situation in (
            (1000, f"{kept:,} bytes are kept; send() takes 1,000 at most"),
            (kept, "then send() takes all the others"),
        ):
            server.most = most
            made.on_ready(chapter.WRITE)
            drain(client)
            expected, got = (
                Literally(names.get(events, repr(events)))
                for events in (made.events(), loop._watched[server].events)
            )
            what = "After on_ready(WRITE), the loop watches for:"
            same(what, sent=Literally(situation), expected=expected, got=got)


@promise(
    task=2,
    usually=beliefs.NO_ROOM,
    signs={BlockingIOError: beliefs.NO_ROOM},
    hints=(
        "The socket is not ready after all. Which error do recv() and send() raise?",
        "BlockingIOError: not now. It is not the end of the connection.",
        "except BlockingIOError: return, above except OSError: self.abort().",
    ),
)
def test_not_ready_after_all_is_no_error(chapter: Attempt) -> None:
    """If the socket is not ready after all, on_ready() returns, and the connection stays open."""
    for ready, situation in (
        (chapter.READ, "on_ready(READ), though nothing has arrived"),
        (chapter.WRITE, "on_ready(WRITE), though the kernel has no room"),
    ):
        with connected() as (_client, conn), chapter.EventLoop() as loop, sparing(conn) as server:
            made = flowing(chapter)(loop, server, Probe)
            made.output += b"kept"
            outcome = described(partial(made.on_ready, ready))
            sent = Literally(situation)
            same("on_ready() returned:", sent=sent, expected=None, got=outcome)
            nothing_ended(made, "on_ready()", sent, beliefs.NO_ROOM)
            holds("on_ready() has closed the socket.", server.fileno() != -1, sent=sent)
            same("What is kept:", sent=sent, expected=b"kept", got=bytes(made.output), usually=None)


@promise(
    task=2,
    usually=beliefs.ERRORS_DO_NOT_HAPPEN,
    signs={OSError: beliefs.ERRORS_DO_NOT_HAPPEN},
    hints=(
        "recv() and send() can raise other errors than BlockingIOError. What do those mean?",
        "Every other OSError means that the connection is broken. Then call abort().",
        "except OSError: self.abort(), below except BlockingIOError: return.",
    ),
    hints_if={
        "other errors": (
            "Not every broken connection is a ConnectionError. What else can recv() and send() raise?",
            "EHOSTUNREACH, for one, is a plain OSError; ETIMEDOUT is a TimeoutError.",
            "except OSError: self.abort()",
        ),
    },
)
def test_broken_socket_is_aborted(chapter: Attempt) -> None:
    """If recv() or send() says that the connection is broken, on_ready() calls abort()."""
    for number, clue in (
        (errno.ECONNRESET, ""),
        (errno.EHOSTUNREACH, "other errors"),
        (errno.ETIMEDOUT, "other errors"),
    ):
        usually = None if clue else beliefs.ERRORS_DO_NOT_HAPPEN
        for ready, call in ((chapter.READ, "recv"), (chapter.WRITE, "send")):
            with connected() as (_client, server), chapter.EventLoop() as loop:
                failing = Failing(fileno=server.detach())
                with failing:
                    made = flowing(chapter)(loop, failing, Probe)
                    made.output += b"kept"
                    simulates(f"a network where {call}() raises {errno.errorcode[number]}")
                    failing.number = number
                    outcome = described(partial(made.on_ready, ready))
            sent = Literally(f"{call}() raises {errno.errorcode[number]}: the check plays that")
            what = "on_ready() returned:"
            same(what, sent=sent, expected=None, got=outcome, usually=usually, clue=clue)
            what = "It did not call abort()."
            holds(what, "abort" in made.ended_by, sent=sent, usually=usually, clue=clue)


@promise(
    task=2,
    usually=beliefs.SILENT_AFTER_MY_CLOSE,
    hints=(
        "close() has been called: self.closing is True. What becomes of bytes that still arrive?",
        "Receive them, so that they do not lie unread, and drop them.",
        "elif not self.closing: self.tell(self.session.received, data)",
    ),
    hints_if={
        "not the end": (
            "Bytes arrive while self.closing is True. Has the peer finished?",
            "No. Only b'' is the end. Bytes are dropped, and nothing else happens.",
            "if not data: self.end(); self.update(). elif not self.closing: self.tell(…). No else.",
        ),
        "what is kept": (
            "close() has been called, and something is still kept. Who sends it?",
            "on_ready(), as before: close() comes after what was written.",
            "if ready & WRITE and self.output: …, whatever self.closing is.",
        ),
        "it breaks": (
            "close() has been called, and recv() says that the connection is broken. What is left "
            "to do for this peer?",
            "Nothing. It cannot be sent what is kept, and nothing more will come.",
            "except OSError: self.abort(), whatever self.closing is.",
        ),
    },
)
def test_what_arrives_while_closing_is_dropped(chapter: Attempt) -> None:
    """After close(), what arrives is received and dropped. What is kept is still sent."""
    probes: list[Probe] = []
    with connected() as (client, server), chapter.EventLoop() as loop:
        made = flowing(chapter)(loop, server, noted_probe(probes))
        made.closing = True
        client.sendall(b"still here")
        wait_for_bytes(server, 10)
        with mock.patch.object(made, "update", int):  # what comes after is a later task
            made.on_ready(chapter.READ)
            unread = described(partial(server.recv, 100))
            made.output += b"last words"
            made.on_ready(chapter.WRITE)
        got = take(client, 10)
    sent = Literally("`closing` is True, and bytes arrive")
    same("The session was given:", sent=sent, expected=b"", got=probes[0].heard)
    what = "The bytes that arrived still lie in the kernel."
    holds(what, not isinstance(unread, bytes), sent=sent, got=unread)
    what = "Calls of ended(), though the peer has not finished:"
    same(what, sent=sent, expected=0, got=probes[0].ends, usually=None, clue="not the end")
    sent = Literally("`closing` is True, and b'last words' is kept; on_ready(WRITE)")
    words, clue = b"last words", "what is kept"
    same("The peer received:", sent=sent, expected=words, got=got, usually=None, clue=clue)
    simulates("a network where recv() raises ECONNRESET")
    with connected() as (_client, server), chapter.EventLoop() as loop:
        failing = Failing(fileno=server.detach())
        with failing:
            made = flowing(chapter)(loop, failing, Probe)
            made.output += b"last words"
            made.closing = True
            failing.number = errno.ECONNRESET
            outcome = described(partial(made.on_ready, chapter.READ))
    sent, clue = Literally("`closing` is True; recv() raises ECONNRESET"), "it breaks"
    same("on_ready() returned:", sent=sent, expected=None, got=outcome, usually=None, clue=clue)
    aborts = "abort" in made.ended_by
    holds("It did not call abort().", aborts, sent=sent, usually=None, clue=clue)


@promise(
    task=2,
    usually=beliefs.UPDATE_IS_FORGOTTEN,
    hints=(
        "recv() returned b''. Who has to know?",
        "The session, by way of end(). Then the loop, by way of update(): it must not watch for READ.",
        "if not data: self.end(); self.update()",
    ),
    hints_if={
        "the session": (
            "recv() returned b''. Which method tells the session, and notes that it has been told?",
            "end(), which is given. Call it at b'', and call it also after close().",
            "if not data: self.end(); self.update(). Look at `closing` only if there are bytes.",
        ),
    },
)
def test_session_and_loop_are_told_of_the_end(chapter: Attempt) -> None:
    """At b'', the session is told of the end, and the loop no longer watches for READ."""
    for closing in (False, True):
        probes: list[Probe] = []
        with connected() as (client, conn), chapter.EventLoop() as loop, sparing(conn) as server:
            made = flowing(chapter)(loop, server, noted_probe(probes))
            made.output += b"kept"
            made.closing = closing
            made.update()
            client.shutdown(socket.SHUT_WR)
            ready_to_read(server)
            made.on_ready(chapter.READ)
            has_ended = made.has_ended
            reads = loop._watched[server].events & chapter.READ
        after = "after close(), " if closing else ""
        sent = Literally(f"{after}the end of the stream; something is kept")
        ends, clue = probes[0].ends, "the session"
        same("Calls of ended():", sent=sent, expected=1, got=ends, usually=None, clue=clue)
        what = "The session was told, but has_ended is False: end() did not tell it."
        holds(what, has_ended, sent=sent, usually=None, clue=clue)
        nothing_ended(made, "on_ready()", sent, beliefs.EOF_IS_GONE)
        holds("The loop still watches for READ.", not reads, sent=sent)


@promise(
    task=2,
    usually=beliefs.BUG_IN_A_SESSION,
    hints=(
        "The session raises an error. A bug in it can be an OSError as well: a file that is missing.",
        "tell() has a `try` of its own, apart from yours. Call the session by way of tell() only.",
        "on_ready(): self.tell(self.session.received, data), and self.end() at the peer's end.",
    ),
)
def test_session_error_ends_its_connection(chapter: Attempt) -> None:
    """An error in a session, of whatever type, is logged and ends its connection. Nothing is raised."""
    for error in (KeyError("a bug"), FileNotFoundError("no such file"), BlockingIOError("a bug")):
        sent = Literally(f"a session that raises {error!r}")
        session = partial(Probe, error=error)
        with connected() as (client, server), chapter.EventLoop() as loop:
            made = flowing(chapter)(loop, server, session)
            client.sendall(b"hi")
            fails(chapter, made, type(error), sent)
    sent = Literally("the peer finishes, and ended() raises FileNotFoundError")
    with connected() as (client, server), chapter.EventLoop() as loop:
        made = flowing(chapter)(loop, server, BadEnd)
        client.shutdown(socket.SHUT_WR)
        fails(chapter, made, FileNotFoundError, sent)


@promise(
    task=3,
    usually=beliefs.ALWAYS_WRITE,
    hints=(
        "Two questions, one for each event. Is there something to send? And: may more be read?",
        "WRITE while something is kept. READ unless more than HIGH_WATER bytes are kept, or the "
        "session has been told of the end, or `paused` is True.",
        "events = WRITE if self.output else 0; if len(self.output) <= HIGH_WATER and not "
        "self.has_ended and not self.paused: events |= READ; return events",
    ),
    hints_if={
        beliefs.SEND_THEN_READ: (
            "How many bytes are kept for this peer? May it send you more?",
            "At HIGH_WATER bytes it may. Above that, it has to wait.",
            "READ only if len(self.output) <= HIGH_WATER and not self.has_ended and not self.paused",
        ),
        "reads too little": (
            "How many bytes are kept for this peer? Is that more than HIGH_WATER?",
            "READ is missing. Up to HIGH_WATER bytes, HIGH_WATER included, the peer may send.",
            "READ only if len(self.output) <= HIGH_WATER and not self.has_ended and not self.paused",
        ),
        beliefs.SILENT_AFTER_MY_CLOSE: (
            "close() has been called. Does the peer know that? What may it still send?",
            "Bytes, which on_ready() drops, and then its end, for which you are waiting.",
            "events() looks at self.output and self.has_ended, and not at self.closing.",
        ),
        beliefs.ASKED_AFTER_THE_END: (
            "The session has been told that nothing more will come. Why do you still ask for READ?",
            "The end stays ready: select() would return at once, in every round.",
            "READ only if len(self.output) <= HIGH_WATER and not self.has_ended and not self.paused",
        ),
        "before": (
            "What was true at the last call of events() may be over. What does your code remember?",
            "events() remembers nothing. It looks at self.output, has_ended and paused each time.",
            "READ only if len(self.output) <= HIGH_WATER and not self.has_ended and not self.paused",
        ),
        "paused": (
            "The session has set `paused`: it wants nothing from the peer now. Does it still send?",
            "Yes. `paused` ends READ, and only READ.",
            "READ only if len(self.output) <= HIGH_WATER and not self.has_ended and not self.paused",
        ),
    },
)
def test_events_to_watch_for(chapter: Attempt) -> None:
    """WRITE while something is kept. READ up to HIGH_WATER, before the end, unless it is paused."""
    names = {0: "neither", chapter.READ: "READ", chapter.WRITE: "WRITE"}
    names[chapter.READ | chapter.WRITE] = "READ | WRITE"
    both = chapter.READ | chapter.WRITE
    situations = {
        "": "",
        "has_ended": ", and the session knows of the end",
        "closing": ", and close() has been called",
        "paused": ", and the session has set `paused`",
        "has_ended paused": ", the session knows of the end, and `paused` is set",
        "closing paused": ", close() has been called, and `paused` is set",
    }
    for kept, flag, wanted in (
        (0, "", chapter.READ),
        (1, "", both),
        (chapter.HIGH_WATER, "", both),
        (chapter.HIGH_WATER + 1, "", chapter.WRITE),
        (1, "has_ended", chapter.WRITE),
        (chapter.HIGH_WATER + 1, "has_ended", chapter.WRITE),
        (0, "closing", chapter.READ),
        (1, "closing", both),
        (0, "has_ended", 0),
        (0, "paused", 0),
        (1, "paused", chapter.WRITE),
        (0, "closing paused", 0),
        (1, "has_ended paused", chapter.WRITE),
        (chapter.HIGH_WATER + 1, "closing", chapter.WRITE),
    ):
        with connected() as (_client, server), chapter.EventLoop() as loop:
            made = chapter.Connection(loop, server, Probe)
            made.output += bytes(kept)
            for name in flag.split():
                setattr(made, name, True)
            events = described(made.events)
        bytes_are = "byte is" if kept == 1 else "bytes are"
        sent = Literally(f"{kept:,} {bytes_are} kept{situations[flag]}")
        expected, got = Literally(names[wanted]), Literally(names.get(events, repr(events)))
        usually: Misconception | None = None
        clue = ""
        if "paused" in flag:
            clue = "paused"
        elif isinstance(events, int) and events in names:
            too_many, missing = events & ~wanted, wanted & ~events
            if too_many & chapter.WRITE:
                usually = beliefs.ALWAYS_WRITE
            elif too_many & chapter.READ:
                is_full = not flag or (kept > chapter.HIGH_WATER and flag == "closing")
                usually = beliefs.SEND_THEN_READ if is_full else beliefs.ASKED_AFTER_THE_END
            elif missing == chapter.READ:
                usually = beliefs.SILENT_AFTER_MY_CLOSE if flag else None
                clue = "" if flag else "reads too little"
        what = f"HIGH_WATER is {chapter.HIGH_WATER:,}. events() returned:"
        same(what, sent=sent, expected=expected, got=got, usually=usually, clue=clue)
    for before, after in (("more than HIGH_WATER bytes are kept", 1), ("`paused` is True", 0)):
        with connected() as (_client, server), chapter.EventLoop() as loop:
            made = chapter.Connection(loop, server, Probe)
            made.paused = not after
            made.output += bytes(after and chapter.HIGH_WATER + 1)
            made.events()
            made.paused = False
            del made.output[after:]
            events = described(made.events)
        wanted = both if after else chapter.READ
        then = "only 1 is" if after else "it is not"
        sent = Literally(f"events(), while {before}; then {then}")
        expected, got = Literally(names[wanted]), Literally(names.get(events, repr(events)))
        what = f"HIGH_WATER is {chapter.HIGH_WATER:,}. The second events() returned:"
        same(what, sent=sent, expected=expected, got=got, usually=None, clue="before")


@promise(
    task=3,
    usually=beliefs.SEND_THEN_READ,
    signs={"hang": beliefs.ASK_EACH},
    hints=(
        "This peer sends without end and never reads its echo. Where does the echo go?",
        "While more than HIGH_WATER bytes are kept, do not watch for READ. The kernels' buffers fill, "
        "and the peer's own send() has to wait.",
        "events(): READ only if len(self.output) <= HIGH_WATER. on_ready() calls recv() once, and not "
        "until nothing is left.",
    ),
)
def test_peer_that_does_not_read_is_held_back(chapter: Attempt) -> None:
    """What is kept for a peer that does not read stays bounded. When it reads, nothing is missing."""
    data = MUCH * 2
    sent: list[int] = []
    most: list[int] = []
    got = bytearray()
    with tight() as (client, server), chapter.EventLoop() as loop:
        made = chapter.Connection(loop, server, chapter.EchoSession)

        def peer() -> Peer:
            for _ in flood(client, data, sent):
                yield
                most.append(made.waiting)
            bounded(chapter, max(most), sum(sent) < len(data))
            for soon in reading(client, got, len(data)):
                sent.append(push(client, data[sum(sent) :]))
                yield soon

        play(loop, peer())
    whole("The peer reads at last. The echo:", got, data, beliefs.UPDATE_IS_FORGOTTEN)


@promise(
    task=4,
    usually=beliefs.ABORT_DROPS,
    signs={
        ValueError: beliefs.CLOSED_IS_FORGOTTEN,
        KeyError: beliefs.CLOSED_IS_FORGOTTEN,
        OSError: beliefs.CLOSED_IS_FORGOTTEN,
    },
    hints=(
        "abort() means now. What is closed, and what becomes of the bytes that are kept?",
        "Drop what is kept. Forget the socket, then close it: a closed socket cannot be forgotten.",
        "self.closing = True; self.output.clear(); self.loop.forget(self.sock); self.sock.close()",
    ),
    hints_if={
        beliefs.CLOSED_IS_FORGOTTEN: (
            "The loop still knows a socket that is closed. What if a new one gets its number?",
            "Let the loop forget the socket before you close it.",
            "self.loop.forget(self.sock), then self.sock.close()",
        ),
        "reset": (
            "abort() here is not the abort() of the chapter closing. What would a reset destroy?",
            "What the kernel has taken and not delivered yet. An ordinary close() delivers it.",
            "self.sock.close(), and no SO_LINGER.",
        ),
        "after close()": (
            "close() has been called, and the peer does not read. Now somebody calls abort(). Then?",
            "abort() closes at once, also after close(). Do not ask whether self.closing is set.",
            "if self.is_open: …, and not: if not self.closing: …",
        ),
        "not sent": (
            "Something is kept, and abort() is called. What becomes of it?",
            "It is dropped. abort() is for a peer that gets nothing more from you.",
            "self.output.clear(), and no send() in abort()",
        ),
        "in each state": (
            "The session has been told of the end, and then abort() is called. What is different?",
            "Nothing. Set `closing`, drop, forget, close: all of it, as long as the socket is open.",
            "if self.is_open: …, and no look at `closing` or `has_ended`",
        ),
        "again": (
            "abort() has been called. Then somebody calls abort() or write(). What should happen?",
            "Nothing. abort() sets self.closing, so write() returns. It works only on an open socket.",
            "if self.is_open: self.closing = True; and the other lines below it.",
        ),
    },
)
def test_abort_closes_at_once(chapter: Attempt) -> None:
    """abort() closes at once, and drops what is kept. After it, nothing happens."""
    sent = Literally("a million bytes, most of them kept; then abort()")
    with tight() as (_client, server), chapter.EventLoop() as loop:
        made = chapter.Connection(loop, server, Probe)
        made.write(MUCH)
        outcome = described(made.abort)
        same("abort() returned:", sent=sent, expected=None, got=outcome, usually=None)
        usually = beliefs.ABORT_DROPS if made.waiting else None
        holds("The socket is still open.", server.fileno() == -1, sent=sent, usually=usually)
        same("Bytes that are kept:", sent=sent, expected=0, got=made.waiting)
        again: list[object] = []
        with ExitStack() as stack:
            for sock in socket.socketpair():
                stack.enter_context(sock)
                again.append(described(partial(loop.watch, sock, chapter.READ, print)))
                loop.forget(sock)
        what = "New sockets got its number. Watching them:"
        same(what, sent=sent, expected=[None] * 2, got=again, usually=beliefs.CLOSED_IS_FORGOTTEN)
        after = [described(made.abort), described(partial(made.write, b"more"))]
        kept = made.waiting
        sent = Literally("abort(); then abort() and write(b'more')")
        expected = [None] * 2
        same("They returned:", sent=sent, expected=expected, got=after, usually=None, clue="again")
        same("Bytes that are kept:", sent=sent, expected=0, got=kept, usually=None, clue="again")
    with connected() as (client, server), chapter.EventLoop() as loop:
        made = chapter.Connection(loop, server, Probe)
        made.abort()
        end = described(partial(take, client, 1))
    what = "It is an ordinary close(), and not a reset. The peer reads:"
    same(what, expected=b"", got=end, usually=None, clue="reset")
    with connected() as (client, conn), chapter.EventLoop() as loop, sparing(conn) as server:
        made = chapter.Connection(loop, server, Probe)
        made.write(b"dropped")
        server.most = 1000
        made.abort()
        end = described(partial(take, client, 7))
    sent = Literally("b'dropped' is kept, and now there is room; then abort()")
    same("The peer reads:", sent=sent, expected=b"", got=end, usually=None, clue="not sent")
    for flag, clue in (("closing", "after close()"), ("has_ended", "in each state")):
        with connected() as (_client, server), chapter.EventLoop() as loop:
            made = chapter.Connection(loop, server, Probe)
            setattr(made, flag, True)
            made.abort()
            closed = server.fileno() == -1
            watched = len(loop._selector.get_map()) - 1  # the loop's own socket
            made.write(b"more")
            kept = made.waiting
        sent = Literally(f"`{flag}` is True; then abort()")
        holds("The socket is still open.", closed, sent=sent, usually=None, clue=clue)
        what = "It is closed. Sockets that the loop still watches:"
        same(what, sent=sent, expected=0, got=watched, usually=None, clue=clue)
        what = "Then write(b'more'). Bytes that are kept:"
        same(what, sent=sent, expected=0, got=kept, usually=None, clue=clue)


@promise(
    task=4,
    usually=beliefs.TOLD_AT_ONCE,
    hints=(
        "Somebody calls abort() in the middle of a loop over all members. What must not happen inside "
        "that call?",
        "The session must not be told inside it: it would change the list of members. Let the loop "
        "call end() later.",
        "self.loop.call_later(0, self.end)",
    ),
)
def test_session_is_told_later_and_once(chapter: Attempt) -> None:
    """After abort() the session is told of its end: later, by the loop, and once."""
    probes: list[Probe] = []
    inside: list[int] = []

    class Sudden(Probe):
        def received(self, data: bytes) -> None:
            super().received(data)
            self.conn.abort()
            self.conn.abort()
            inside.append(self.ends)

    with connected() as (client, server), chapter.EventLoop() as loop:
        chapter.Connection(loop, server, lambda conn: noted(probes, Sudden(conn)))

        def peer() -> Peer:
            client.sendall(b"go")
            yield
            yield

        play(loop, peer())
    sent = Literally("a session that calls abort() twice in received()")
    same("Calls of ended() inside abort():", sent=sent, expected=[0], got=inside)
    told_once(probes[0], sent)


@promise(
    task=4,
    usually=beliefs.ERRORS_DO_NOT_HAPPEN,
    signs={
        "spin": beliefs.CLOSES_ITSELF,
        "hang": beliefs.CLOSES_ITSELF,
        OSError: beliefs.ERRORS_DO_NOT_HAPPEN,
    },
    hints=(
        "A peer can disappear while you receive, while you send, and while you do neither.",
        "In on_ready(), every OSError of the socket except BlockingIOError means the same: abort().",
        "on_ready(): try: receive and send; except BlockingIOError: return; except OSError: "
        "self.abort()",
    ),
)
def test_broken_connection_ends_once(chapter: Attempt) -> None:
    """When a connection breaks, its socket is closed, and its session is told once."""
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
        same("Errors in the log:", sent=sent, expected=NO_ERRORS, got=listed(logged))
        holds("The socket is still open.", closed, sent=sent, usually=beliefs.CLOSES_ITSELF)
        told_once(probes[0], sent)
        same("Somebody else's echo:", sent=sent, expected=b"hello", got=echo)


WHO_HAS_FINISHED = (
    "last_step() is called, and nothing is kept. Who has finished: you, the peer, or both?",
    "`closing` says that you have. `has_ended` says that the peer has: then nothing is to come.",
    "last_step(): if self.has_ended: self.abort(); return. It does not look at `closing`.",
)


@promise(
    task=5,
    usually=beliefs.EOF_IS_GONE,
    signs={"spin": beliefs.CLOSES_ITSELF, "hang": beliefs.CLOSES_ITSELF},
    hints=(
        "The peer has finished sending, and its session writes its whole answer then. May you close?",
        "on_ready(), at b'': end(), then update(). update() calls last_step() when nothing is kept: "
        "then the peer has finished, and everything has been sent.",
        "last_step(): if self.has_ended: self.abort(); return",
    ),
    hints_if={"has_ended": WHO_HAS_FINISHED},
)
def test_peer_that_has_finished_gets_its_answer(chapter: Attempt) -> None:
    """A peer that has finished gets everything that is kept for it. Then the connection is closed."""
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
        what = "The peer has finished, and has everything. The socket is still open."
        holds(what, server.fileno() == -1, usually=None, clue="has_ended")
        told_once(probes[0])
    with tight() as (client, server), chapter.EventLoop() as loop:
        answer = bytes(SMALL - 1)  # more than there may be room for by the time that it is sent
        chapter.Connection(loop, server, partial(Probe, answer=answer))
        play(loop, finishes_and_waits(client, server))


@promise(
    task=5,
    usually=beliefs.WRITTEN_IS_SENT,
    signs={"hang": beliefs.ASK_EACH, "spin": beliefs.CLOSES_ITSELF},
    hints=(
        "write() has kept most of the answer, and close() comes in the next line. How much has been "
        "sent by then?",
        "close() only remembers that the connection is to be closed, and calls update(). When the last "
        "byte has left, last_step() goes on.",
        "close(): if not self.closing: self.closing = True; self.update()",
    ),
    hints_if={
        beliefs.CLOSE_DELIVERS: (
            "The last byte has left. Why may you not close yet?",
            "The peer may still be sending, and close() would answer that with a reset. Half-close "
            "first, and wait for its end.",
            "last_step(): with suppress(OSError): self.sock.shutdown(socket.SHUT_WR)",
        ),
        "has_ended": WHO_HAS_FINISHED,
        "half-close": (
            "The last byte has left, and this peer waits for the end of the stream. Who sends it?",
            "The half-close. It says: I have finished; you may still send.",
            "last_step(): with suppress(OSError): self.sock.shutdown(socket.SHUT_WR)",
        ),
    },
)
def test_close_sends_what_is_kept(chapter: Attempt) -> None:
    """close() does not wait. All that was written arrives, then the end; what comes is dropped."""
    probes: list[Probe] = []
    told: list[int] = []
    got = bytearray()

    class Brief(Probe):
        def received(self, data: bytes) -> None:
            self.heard += data
            self.conn.write(MUCH)
            self.conn.close()
            self.conn.close()
            told.append(self.ends)

    with tight() as (client, server), chapter.EventLoop() as loop:
        chapter.Connection(loop, server, lambda conn: noted(probes, Brief(conn)))

        def peer() -> Peer:
            client.sendall(b"go")
            yield
            client.sendall(b"more")
            yield
            yield from reading(client, got, len(MUCH) + 1)
            whole("What the peer received:", got, MUCH, beliefs.WRITTEN_IS_SENT)
            end = described(partial(at_once, client))
            same(
                "After the last byte comes:", expected=b"", got=end, usually=None, clue="half-close"
            )
            for word in (b"still", b"here"):
                is_open = server.fileno() != -1
                what = "Closed, though the peer may still send."
                holds(what, is_open, usually=beliefs.CLOSE_DELIVERS)
                client.sendall(word)
                yield
            client.shutdown(socket.SHUT_WR)
            yield
            yield

        play(loop, peer())
        is_closed = server.fileno() == -1
        what = "The peer has finished as well, and the socket is still open."
        holds(what, is_closed, usually=None, clue="has_ended")
        what, heard = "The session was given:", probes[0].heard
        same(what, expected=b"go", got=heard, usually=beliefs.SILENT_AFTER_MY_CLOSE)
        what = "Calls of ended() inside close():"
        same(what, expected=[0], got=told, usually=beliefs.ONE_WAY_OUT)
        told_once(probes[0])
    for flag, situation in (
        ("has_ended", "the peer has finished"),
        ("paused", "the session has set `paused`"),
    ):
        with connected() as (client, conn), chapter.EventLoop() as loop, sparing(conn) as server:
            made = chapter.Connection(loop, server, Probe)
            made.write(b"last words")
            setattr(made, flag, True)
            made.close()
            kept, is_open = bytes(made.output), server.fileno() != -1
            sent = Literally(f"{situation}; b'last words' is kept; close()")
            what = "The socket is closed already."
            holds(what, is_open, sent=sent, usually=beliefs.WRITTEN_IS_SENT)
            what, words = "What is kept:", b"last words"
            same(what, sent=sent, expected=words, got=kept, usually=beliefs.WRITTEN_IS_SENT)
            server.most = 100
            made.on_ready(chapter.WRITE)
            came = described(partial(take, client, 10))
        what = "There is room. The peer received:"
        same(what, sent=sent, expected=words, got=came, usually=beliefs.WRITTEN_IS_SENT)


@promise(
    task=5,
    usually=beliefs.ERRORS_DO_NOT_HAPPEN,
    signs={OSError: beliefs.ERRORS_DO_NOT_HAPPEN},
    hints=(
        "The connection is broken already, and close() half-closes it. What does shutdown() raise?",
        "An OSError. Hide it: the loop will find out that the connection is broken.",
        "with suppress(OSError): self.sock.shutdown(socket.SHUT_WR)",
    ),
)
def test_close_of_a_broken_connection(chapter: Attempt) -> None:
    """If the connection is broken, close() raises nothing, and the loop ends the connection."""
    probes: list[Probe] = []
    sent = Literally("a reset, and then close()")
    with connected() as (rude, server), chapter.EventLoop() as loop:
        made = chapter.Connection(loop, server, noted_probe(probes))
        reset(rude)
        ready_to_read(server)
        outcome = described(made.close)
        same("close() returned:", sent=sent, expected=None, got=outcome)
        play(loop, two_turns())
        closed = server.fileno() == -1
        again = described(made.close)
    holds("The socket is still open.", closed, sent=sent, usually=beliefs.CLOSES_ITSELF)
    what = "It is closed now. Another close() returned:"
    same(what, sent=sent, expected=None, got=again, usually=None)
    told_once(probes[0], sent)


@promise(
    task=5,
    usually=beliefs.PEER_WILL_FINISH,
    hints=(
        "You have half-closed, and the peer never finishes. How long do you keep its socket?",
        "Ask the loop for a call of abort(), LINGER_TIMEOUT seconds after the half-close.",
        "last_step(), after the shutdown(): self.loop.call_later(LINGER_TIMEOUT, self.abort)",
    ),
    hints_if={
        beliefs.WRITTEN_IS_SENT: (
            "When do the LINGER_TIMEOUT seconds begin: at close(), or when the last byte has left?",
            "When the last byte has left. A slow reader needs its time.",
            "The call_later() belongs in last_step(), after the shutdown().",
        ),
        beliefs.ERRORS_DO_NOT_HAPPEN: (
            "The connection may be broken already. What does shutdown() raise then?",
            "An OSError: ENOTCONN, ECONNRESET, or another one. Hide them all.",
            "with suppress(OSError): self.sock.shutdown(socket.SHUT_WR)",
        ),
        "no timer": (
            "The half-close has raised an error, and you have hidden it. Which line did that skip?",
            "The timer is started in every case: who knows when the loop hears of the error?",
            "with suppress(OSError): the shutdown() and nothing else. The call_later() comes below it.",
        ),
    },
)
def test_close_waits_for_the_linger_timeout(chapter: Attempt) -> None:
    """A peer that never finishes is disconnected LINGER_TIMEOUT seconds after the half-close."""
    probes: list[Probe] = []
    module = sys.modules[chapter.Connection.__module__]
    with (
        connected() as (_client, server),
        chapter.EventLoop() as loop,
        mock.patch.object(module, "LINGER_TIMEOUT", 0.05),
    ):
        made = chapter.Connection(loop, server, noted_probe(probes))

        def peer() -> Peer:
            yield
            made.close()
            yield
            is_open = server.fileno() != -1
            holds("The peer had no time to finish.", is_open, usually=beliefs.CLOSE_DELIVERS)
            yield from until_closed(server)

        play(loop, peer())
        closed = server.fileno() == -1
        holds(
            "With LINGER_TIMEOUT = 0.05 the peer was not disconnected in time. Is the name used?",
            closed,
        )
        told_once(probes[0])
    got = bytearray()
    with (
        tight() as (client, server),
        chapter.EventLoop() as loop,
        mock.patch.object(module, "LINGER_TIMEOUT", 0.02),
    ):
        made = chapter.Connection(loop, server, Probe)
        made.write(MUCH)
        made.close()
        play(loop, late_reader(client, got))
    what = "close(); then the peer waited for 3 times LINGER_TIMEOUT, and read. It received:"
    whole(what, got, MUCH, beliefs.WRITTEN_IS_SENT)
    simulates("a network where shutdown() raises ECONNRESET, and recv() says nothing yet")
    sent = Literally("close(); the half-close raises ECONNRESET, and nothing more is heard")
    with (
        connected() as (_client, conn),
        chapter.EventLoop() as loop,
        Shut(fileno=conn.detach()) as server,
        mock.patch.object(module, "LINGER_TIMEOUT", 0.02),
    ):
        made = chapter.Connection(loop, server, noted_probe(probes))
        outcome = described(made.close)
        usually = beliefs.ERRORS_DO_NOT_HAPPEN
        same("close() returned:", sent=sent, expected=None, got=outcome, usually=usually)
        play(loop, until_closed(server))
        closed = server.fileno() == -1
    what = "LINGER_TIMEOUT has passed, and the socket is still open."
    holds(what, closed, sent=sent, usually=None, clue="no timer")
    told_once(probes[1], sent)


# The check's own tools.


NO_ERRORS = Literally("none")


def flowing(chapter: Attempt) -> Any:
    """Return the learner's Connection, in which the check plays the later tasks.

    `ended_by` lists the calls of abort() and close(), which do nothing else.
    """
    learners: Any = chapter.Connection

    class Flowing(learners):  # type: ignore[misc]
        ended_by: ClassVar[list[str]] = []

        def events(self) -> int:
            may_read = len(self.output) <= chapter.HIGH_WATER and not self.has_ended
            return int((chapter.READ if may_read else 0) | (chapter.WRITE if self.output else 0))

        def abort(self) -> None:
            self.ended_by.append("abort")

        def close(self) -> None:
            self.ended_by.append("close")

    return Flowing


def nothing_ended(made: Any, caller: str, sent: object, usually: Misconception) -> None:
    """Require that nobody has ended a `flowing` connection."""
    ended_by = made.ended_by[0] if made.ended_by else ""
    holds(f"{caller} called {ended_by}().", not ended_by, sent=sent, usually=usually)


def fails(chapter: Attempt, made: Any, error: type[Exception], sent: object) -> None:
    """Let a `flowing` connection read, and require that its session's error is logged and ends it."""
    ready_to_read(made.sock)
    with logged_errors() as logged:
        outcome = described(partial(made.on_ready, chapter.READ))
    same("on_ready() returned:", sent=sent, expected=None, got=outcome)
    expected, got = listed([error.__name__]), listed(logged)
    same("Errors in the log:", sent=sent, expected=expected, got=got)
    holds("Nobody called abort().", "abort" in made.ended_by, sent=sent)


def listed(errors: list[str]) -> Literally:
    """Return the names of errors as text, each with how often it is there."""
    counts = Counter(errors)
    texts = (f"{name}, {count} times" if count > 1 else name for name, count in counts.items())
    return Literally("; ".join(texts)) if counts else NO_ERRORS


def bounded(chapter: Attempt, most: int, was_held_back: bool) -> None:
    """Require that a peer that never reads was held back, and that not too much was kept for it."""
    limit = chapter.HIGH_WATER + 2 * chapter.CHUNK
    holds(
        "Too much is kept for a peer that never reads.",
        most <= limit,
        sent=Literally("as much as it can"),
        expected=Literally(f"at most {limit:,} bytes"),
        got=Literally(f"{most:,} bytes"),
    )
    holds("The peer was never held back.", was_held_back)


class Sparing(socket.socket):
    """A socket whose send() takes at most `most` bytes. If that is 0, its kernel has no room."""

    most = 0

    def send(self, data: Any, *arguments: Any) -> int:
        """Send a part."""
        if not self.most:
            raise BlockingIOError(errno.EAGAIN, "the check plays that there is no room")
        return super().send(data[: self.most], *arguments)


def sparing(sock: socket.socket) -> Sparing:
    """Turn a connected socket into one that has no room. `sock` itself is detached."""
    simulates("a kernel that takes only a part of what is sent, or nothing")
    return Sparing(fileno=sock.detach())


class Failing(socket.socket):
    """A socket whose recv() and send() raise the error that the check has chosen."""

    number = 0

    def recv(self, *arguments: Any) -> bytes:
        """Fail."""
        if self.number:
            raise OSError(self.number, "the check plays that")
        return super().recv(*arguments)

    def send(self, *arguments: Any) -> int:
        """Fail."""
        if self.number:
            raise OSError(self.number, "the check plays that")
        return super().send(*arguments)


class Shut(socket.socket):
    """A socket whose shutdown() fails."""

    def shutdown(self, how: int) -> None:
        """Fail."""
        raise ConnectionResetError(errno.ECONNRESET, f"the check plays that shutdown({how}) fails")


def at_once(sock: socket.socket) -> bytes:
    """Return what comes within PATIENCE seconds. Raises TimeoutError if nothing does."""
    sock.settimeout(PATIENCE)
    return sock.recv(100)


def drain(sock: socket.socket) -> None:
    """Read until nothing more comes for a moment."""
    sock.settimeout(0.02)
    with suppress(TimeoutError):
        while sock.recv(1 << 20):
            pass


class Probe:
    """A session that notes what it is told, and answers with `answer` or fails with `error`."""

    def __init__(self, conn: Any, answer: bytes = b"", error: Exception | None = None) -> None:
        self.conn = conn
        self.answer = answer
        self.error = error
        self.heard = b""
        self.calls = 0
        self.ends = 0

    def received(self, data: bytes) -> None:
        """Note, and answer."""
        self.heard += data
        self.calls += 1
        if self.error:
            raise self.error
        self.conn.write(self.answer)

    def ended(self) -> None:
        """Count."""
        self.ends += 1


class BadEnd(Probe):
    """A session with a bug in its last method."""

    def ended(self) -> None:
        """Fail with an error that a socket can raise as well."""
        super().ended()
        raise FileNotFoundError("no such file")


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


def flood(sock: socket.socket, data: bytes, sent: list[int]) -> Peer:
    """Send and never read, until the kernels take no more three times in a row, or all is sent."""
    stalled = 0
    while stalled < 3 and sum(sent) < len(data):
        sent.append(push(sock, data[sum(sent) :]))
        stalled = 0 if sent[-1] else stalled + 1
        yield


def two_turns() -> Peer:
    """Play a peer that does nothing, twice."""
    yield
    yield


def finishes_and_waits(client: socket.socket, server: socket.socket) -> Peer:
    """Play a peer that has finished and does not read what is kept for it."""
    client.sendall(b"go")
    client.shutdown(socket.SHUT_WR)
    fill(server)
    yield
    tired = yield
    holds(
        f"The loop woke up {MANY:,} times in a row.",
        not tired,
        sent=Literally("the end of the stream; the answer is kept"),
        expected=Literally("it sleeps until the peer reads"),
        got=Literally("it goes round"),
        usually=beliefs.ASKED_AFTER_THE_END,
    )


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


def until_closed(server: socket.socket) -> Peer:
    """Play a peer that does nothing, until it is disconnected, or PATIENCE seconds have passed."""
    end = time.monotonic() + PATIENCE
    while server.fileno() != -1 and time.monotonic() < end:
        yield
    yield


def late_reader(client: socket.socket, got: bytearray) -> Peer:
    """Play a peer that reads after 0.06 s."""
    late = time.monotonic() + 0.06
    while time.monotonic() < late:
        yield
    yield from reading(client, got, len(MUCH))


def play(loop: Any, peer: Peer) -> None:
    """Run a loop in this thread; whenever it has nothing to do, the peer goes on to its next yield.

    A loop that wakes up MANY times without a rest is tired; a yield tells the peer so. When the
    peer has come to its end, the loop is stopped. What the peer raises is raised here.
    """
    errors: list[Exception] = []
    patience, wakes = REST, 0

    def select(original: Any, selector: object, timeout: float | None) -> list[Any]:
        nonlocal patience, wakes
        long = timeout is None or timeout > patience
        found: list[Any] = original(selector, patience if long else timeout)
        wakes += 1
        tired = wakes >= MANY
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
        while push(sock, bytes(SMALL)) or selector.select(SETTLED):
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


def whole(what: str, got: bytearray, expected: bytes, usually: Misconception | None) -> None:
    """Require that a large answer came as it was written; where it is not, say from which byte."""
    if got != expected:
        pairs = enumerate(zip(got, expected, strict=False))
        at = next((at for at, (a, b) in pairs if a != b), min(len(got), len(expected)))
        came = Literally(f"{len(got):,} bytes, right up to byte {at:,}")
        broken(what, expected=Literally(f"{len(expected):,} bytes"), got=came, usually=usually)


TASKS = {
    1: "Connection.write",
    2: "Connection.on_ready",
    3: "Connection.events",
    4: "Connection.abort",
    5: "Connection.close, Connection.last_step",
}
