"""The promises of chapter 4: how a connection ends."""

import errno
import os
import select
import socket
import struct
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Any
from unittest import mock

from course.checks.answers import Attempt
from course.checks.expect import (
    NOT_GIVEN,
    Literally,
    Reason,
    broken,
    described,
    holds,
    refusal,
    same,
)
from course.checks.peers import (
    closed,
    connected,
    listen_fails,
    listening,
    queue_up,
    receive_all,
    reset,
    running,
    simulates,
    wait_for_bytes,
)
from course.checks.promises import Misconception, linux_only, promise
from tests import beliefs, hints


@promise(
    task=1,
    usually=beliefs.CLOSE_THROWS_AWAY,
    hints=(
        "After a plain close() the peer reads b''. Which option turns close() into a reset?",
        "SO_LINGER takes two C integers, packed into bytes: on or off, and how many seconds.",
        "conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)), then "
        "conn.close().",
    ),
    hints_if={
        "refused": (
            "setsockopt() refused your option, and your code did not notice. What did you pack?",
            "The kernel expects eight bytes: two C integers of four bytes each.",
            "struct.pack('ii', 1, 0). On Windows the letters are 'hh'.",
        ),
        "value": (
            "Your option was accepted. What do its two numbers say?",
            "The first number turns the option on. The second is the time that close() may take.",
            "struct.pack('ii', 1, 0): 1 is “on”, and 0 is the number of seconds.",
        ),
        beliefs.HALF_CLOSE_FIRST: (
            "Which of your calls tells the peer that the stream has ended?",
            "shutdown() sends the end of the stream. A reset needs nothing before it.",
            "No shutdown() in abort(): set the option, then close.",
        ),
        beliefs.OPTION_CLOSES: (
            "The option is set. Which call sends the reset?",
            "The option changes what close() does. Nothing happens before you call it.",
            "conn.close(), after setsockopt(). Or put setsockopt() into `with conn:`.",
        ),
        "open": (
            "Your function has returned. Who closes conn?",
            "Nobody else does. abort() closes conn in every case.",
            "Put setsockopt() into `with conn:`, which closes conn at its end.",
        ),
    },
)
def test_peer_sees_a_reset(chapter: Attempt) -> None:
    """The peer sees a reset, not an end of the stream. Nothing is left of your end."""
    with socket.socket() as client:
        with listening() as listener:
            address = listener.getsockname()
            client.connect(address)
            with Noting(listener.accept()[0]) as server:
                chapter.abort(server)
                usually = beliefs.OPTION_CLOSES if server.lingers else None
                must_be_closed(server, usually=usually, clue="open")
        holds(
            "abort() called shutdown(). That tells the peer that the stream has ended.",
            not (server.lingers and server.was_shut_down),
            usually=beliefs.HALF_CLOSE_FIRST,
        )
        try:
            got = receive_all(client)
        except ConnectionResetError:
            pass
        else:
            what, end = (
                "What the peer read:",
                f"{got!r}, then " * bool(got) + "the end of the stream",
            )
            clue = "refused" if server.refused else "value" if server.lingers else ""
            if server.refused:
                what = f"Your setsockopt() was refused: {server.refused}.\n{what}"
            elif server.lingers:
                what = f"You set SO_LINGER to {server.options[-1]!r}.\n{what}"
            broken(
                what,
                expected=Literally("ConnectionResetError"),
                got=Literally(end),
                usually=None if clue else NOT_GIVEN,
                clue=clue,
            )
        with socket.socket() as anybody:  # a connection in TIME-WAIT would be in its way
            same("bind() to its port:", expected=None, got=described(lambda: anybody.bind(address)))


@promise(
    task=1,
    usually=beliefs.CLOSE_THROWS_AWAY,
    signs={"hang": beliefs.LAST_MESSAGE},
    hints=(
        "The buffers between you are full, and the peer does not read. Which calls wait for the peer?",
        "Send nothing and wait for nothing. The reset drops what is still in the buffers.",
        "Set the option and close. No send(), no drain(), no close_gracefully().",
    ),
)
def test_unsent_bytes_are_dropped(chapter: Attempt) -> None:
    """It waits for nobody. Bytes that are still waiting to be sent are dropped."""
    with connected() as (client, server):
        taken = fill(server)
        chapter.abort(server)
        received = 0
        with refusal("The peer could read to the end of the stream.", ConnectionResetError):
            while piece := client.recv(65536):
                received += len(piece)
        holds("The peer got everything that was sent.", received < taken, got=received)


@promise(
    task=1,
    usually=beliefs.READS_BEFORE_RESET,
    hints=(
        "This peer sends without a pause. Which of your lines waits until it pauses?",
        "A reset throws away what nobody has read. You do not have to read it first.",
        "Set the option and close. No recv().",
    ),
)
def test_does_not_read(chapter: Attempt) -> None:
    """It reads nothing. A peer that sends without a pause would keep it busy."""
    with connected() as (_client, server), Endless(server) as conn:
        chapter.abort(conn)


@promise(
    task=1,
    usually=beliefs.ERRORS_DO_NOT_HAPPEN,
    signs={OSError: beliefs.ERRORS_DO_NOT_HAPPEN},
    hints=(
        "The connection is broken already. Which of your calls can raise an error now?",
        "getpeername() raises one, and on macOS setsockopt() does as well. You still have to close "
        "the socket.",
        "with conn, suppress(OSError): conn.setsockopt(…). Leaving the `with` closes conn.",
    ),
    hints_if={beliefs.NEXT_LINE_RUNS: hints.CLOSE_IN_EVERY_CASE},
)
def test_peer_may_have_gone_first(chapter: Attempt) -> None:
    """If the peer has closed first, or the option is refused, conn is closed and nothing is raised."""
    for how, leave in (("a reset", reset), ("a close()", socket.socket.close)):
        with connected() as (client, server):
            leave(client)
            wait_for_news(server)
            chapter.abort(server)
            must_be_closed(server, sent=Literally(f"{how} from the peer"), usually=None)
    for system, number in (("macOS", errno.EINVAL), ("another system", errno.ENOTCONN)):
        with connected() as (_client, server), Noting(server, refuses=number) as conn:
            name = errno.errorcode[number]
            simulates(f"{system}: when the peer has closed first, setsockopt() raises {name}")
            chapter.abort(conn)
            sent = Literally("a connection that refuses the option")
            must_be_closed(conn, sent=sent, usually=beliefs.NEXT_LINE_RUNS)


@promise(
    task=1,
    usually=beliefs.ONE_SIZE,
    hints=(
        "This check plays Windows. How long is the value of SO_LINGER there?",
        "Four bytes: two short integers. sys.platform is 'win32' on Windows.",
        "struct.pack('hh' if sys.platform == 'win32' else 'ii', 1, 0)",
    ),
)
def test_windows_wants_short_integers(chapter: Attempt) -> None:
    """On Windows, the value of SO_LINGER is two short integers: on, and 0 seconds."""
    with connected() as (_client, server), Noting(server, sets_options=False) as conn:
        with windows(chapter):
            chapter.abort(conn)
        expected, got = [struct.pack("hh", 1, 0)], conn.options
        usually = shows(got, ([struct.pack("ii", 1, 0)], beliefs.ONE_SIZE))
        same("On Windows, you set SO_LINGER to:", expected=expected, got=got, usually=usually)
    with connected() as (_client, server), Noting(server, sets_options=False) as conn:
        simulates("macOS: sys.platform is 'darwin'")
        with mock.patch.object(sys, "platform", "darwin"):
            chapter.abort(conn)
        expected, got = [struct.pack("ii", 1, 0)], conn.options
        same("On macOS, you set SO_LINGER to:", expected=expected, got=got, usually=None)


@promise(
    task=2,
    usually=beliefs.NOTHING_NOW_IS_NOTHING,
    signs={BlockingIOError: beliefs.NOTHING_NOW_IS_NOTHING, "spin": beliefs.TRY_AGAIN},
    hints=(
        "The bytes are there, or on their way. What does recv() return?",
        "Set the timeout, call recv(CHUNK) once, and return what it returns.",
        "conn.settimeout(seconds); piece = conn.recv(CHUNK); return piece",
    ),
    hints_if={
        "size": (
            "How many bytes may one recv() return? Who says so?",
            "The argument of recv() is the most that it returns. The limit here is CHUNK.",
            "conn.recv(CHUNK)",
        ),
        "calls": (
            "How often do you call recv()?",
            "One call of receive_within() makes one call of recv(). drain() will do the rest.",
            "piece = conn.recv(CHUNK), without a loop.",
        ),
    },
)
def test_returns_the_next_bytes(chapter: Attempt) -> None:
    """It returns the bytes that one recv() returns: at most CHUNK, and as they are."""
    for sent in (b" hello\r\n", b"\xff\x00", b"x" * 1000):
        with connected() as (client, server), Paced(server, limit=1000) as conn:
            client.sendall(sent)
            wait_for_bytes(conn, len(sent))
            conn.sizes.clear()
            got = chapter.receive_within(conn, AMPLE)
            usually = shows(got, (chapter.End.OPEN, beliefs.NOTHING_NOW_IS_NOTHING))
            same("It returned:", sent=sent, expected=sent, got=got, usually=usually)
            times = len(conn.sizes)
            what = f"It called recv() {times} times, not once."
            holds(what, times == 1, sent=sent, usually=None, clue="calls")
            what = f"It asked recv() for up to {conn.sizes[0]:,} bytes. CHUNK is {chapter.CHUNK:,}."
            holds(what, conn.sizes[0] <= chapter.CHUNK, usually=None, clue="size")
            must_be_patient(conn, AMPLE)
            same("Still waiting to be read:", expected=b"", got=unread(conn), usually=None)
            same("What the peer received:", expected=b"", got=unread(client), usually=None)


@promise(
    task=2,
    usually=beliefs.EOF_IS_GONE,
    signs={OSError: beliefs.EOF_IS_GONE, "spin": beliefs.TRY_AGAIN},
    hints=(
        "The peer has finished sending. Has it finished reading?",
        "Return End.FINISHED for b'', and do nothing else. Your caller may still want to send.",
        "return piece or End.FINISHED. No close(), no shutdown(), no `with conn:`.",
    ),
)
def test_end_is_finished(chapter: Attempt) -> None:
    """The end of the stream is FINISHED. The connection stays open, and you can still send."""
    with connected() as (client, server):
        client.shutdown(socket.SHUT_WR)
        for which in ("first", "second"):
            got = chapter.receive_within(server, AMPLE)
            sent = Literally(f"the end of the stream; the {which} call")
            expected = chapter.End.FINISHED
            usually = shows(got, (chapter.End.BROKEN, beliefs.EOF_IS_GONE))
            same("It returned:", sent=sent, expected=expected, got=got, usually=usually)
        answered = described(lambda: server.sendall(b"an answer"))
        same("After that, sendall() returned:", expected=None, got=answered)
        same("What the peer received:", expected=b"an answer", got=client.recv(100))


@promise(
    task=2,
    usually=beliefs.NOTHING_YET_IS_THE_END,
    signs={"hang": beliefs.NO_TIMEOUT},
    hints=(
        "Nothing comes, and nothing ends. What makes recv() return at all?",
        "conn.settimeout(seconds): then recv() raises TimeoutError. What does this error say "
        "about the connection?",
        "except TimeoutError: return End.OPEN. It is also an OSError, so it has to come before any "
        "`except OSError`.",
    ),
    hints_if={
        beliefs.NOTHING_NOW_IS_NOTHING: hints.WAIT_ALL_OF_IT,
        beliefs.ASKS_AGAIN: hints.SLEEP,
        "too long": (
            "The caller says how long you may wait. Which number does your timeout get?",
            "It gets `seconds` itself, even if that is a small part of a second.",
            "conn.settimeout(seconds)",
        ),
        "sends": hints.SEND_NOTHING,
        "hang": hints.SET_A_TIMEOUT,
    },
)
def test_silence_is_open(chapter: Attempt) -> None:
    """If nothing comes, it sleeps for `seconds` and returns OPEN. The connection stays open."""
    with connected() as (client, accepted), Counting(fileno=accepted.detach()) as server:
        for seconds in (SHORT, 3 * SHORT):
            began = time.monotonic()
            got = chapter.receive_within(server, seconds)
            took = time.monotonic() - began
            sent = Literally(f"nothing, for {seconds:g} s")
            same(
                "It returned:",
                sent=sent,
                expected=chapter.End.OPEN,
                got=got,
                usually=shows(
                    got,
                    (chapter.End.FINISHED, beliefs.NOTHING_YET_IS_THE_END),
                    (b"", beliefs.NOTHING_YET_IS_THE_END),
                    (chapter.End.BROKEN, beliefs.EVERY_ERROR_IS_A_RESET),
                ),
            )
            holds("It closed the connection.", still_open(server), usually=beliefs.EOF_IS_GONE)
            holds(
                f"It gave up after {took:.3f} s.",
                took > NEARLY * seconds,
                sent=sent,
                usually=beliefs.NOTHING_NOW_IS_NOTHING,
            )
            what = f"It waited for {took:.3f} s."
            holds(what, took < PATIENCE, sent=sent, usually=None, clue="too long")
        holds(
            "It did not sleep while it waited.",
            server.calls <= FEW,
            sent=Literally("silence, twice"),
            expected=Literally("two calls of recv(), each of which waits"),
            got=Literally(f"{server.calls:,} calls"),
            usually=beliefs.ASKS_AGAIN,
        )
        what, sent = "What the peer received:", Literally("silence, twice")
        same(what, sent=sent, expected=b"", got=unread(client), usually=None, clue="sends")
        client.sendall(b"late")
        got = chapter.receive_within(server, AMPLE)
        same("Later it returned:", sent=b"late", expected=b"late", got=got)


@promise(
    task=2,
    usually=beliefs.ERRORS_DO_NOT_HAPPEN,
    signs={OSError: beliefs.ERRORS_DO_NOT_HAPPEN},
    hints=(
        "The peer throws the connection away. What does recv() do?",
        "It raises ConnectionResetError, which is an OSError. Your function returns an End instead.",
        "except OSError: return End.BROKEN, below `except TimeoutError`.",
    ),
    hints_if={
        "unreachable": (
            "Not every broken connection raises a ConnectionError. Which class is this one?",
            "EHOSTUNREACH is a plain OSError. The docstring says: any other OSError.",
            "except OSError: instead of except ConnectionError:",
        ),
    },
)
def test_error_is_broken(chapter: Attempt) -> None:
    """A reset, or any other error that is not a timeout, is BROKEN. It is returned, not raised."""
    with connected() as (client, server):
        client.sendall(b"hello")
        wait_for_bytes(server, 5)
        reset(client)
        if sys.platform != "win32":  # there a reset takes back what nobody has read yet
            got = chapter.receive_within(server, AMPLE)
            sent = Literally("b'hello', then a reset")
            same("First it returned:", sent=sent, expected=b"hello", got=got, usually=None)
        wait_for_news(server)
        got = described(lambda: chapter.receive_within(server, AMPLE))
        expected, sent = chapter.End.BROKEN, Literally("a reset")
        usually = raised_or_shows(got, (chapter.End.FINISHED, beliefs.SAME_VALUE))
        same("It returned:", sent=sent, expected=expected, got=got, usually=usually)
    with connected() as (client, server), Failing(server, errno.EHOSTUNREACH) as conn:
        client.sendall(b".")
        simulates("a network that loses its way to the peer: recv() raises EHOSTUNREACH")
        got = described(lambda: chapter.receive_within(conn, AMPLE))
        same(
            "It returned:",
            sent=Literally("recv() raises EHOSTUNREACH"),
            expected=chapter.End.BROKEN,
            got=got,
            usually=beliefs.ONLY_CONNECTION_ERRORS if isinstance(got, Literally) else None,
            clue="unreachable",
        )
    with connected() as (client, server), Failing(server, errno.ECONNABORTED) as conn:
        client.sendall(b".")
        simulates("Windows, which gives a connection up: recv() raises ECONNABORTED")
        got = described(lambda: chapter.receive_within(conn, AMPLE))
        expected, sent = chapter.End.BROKEN, Literally("recv() raises ECONNABORTED")
        same("It returned:", sent=sent, expected=expected, got=got, usually=raised_or_shows(got))


@promise(
    task=2,
    usually=beliefs.TIMEOUTS_ARE_ALIKE,
    hints=(
        "There are two kinds of TimeoutError. Which of them comes from your own settimeout()?",
        "The kernel's error has a number: error.errno is errno.ETIMEDOUT. If the timeout was yours, "
        "error.errno is None.",
        "except TimeoutError as error: return End.BROKEN if error.errno == errno.ETIMEDOUT else "
        "End.OPEN",
    ),
)
def test_dead_peer_is_broken(chapter: Attempt) -> None:
    """A TimeoutError whose errno is ETIMEDOUT comes from the kernel: the connection is BROKEN."""
    with connected() as (client, server), Failing(server, errno.ETIMEDOUT) as conn:
        client.sendall(b".")
        simulates("a peer without power: the kernel gives up, and recv() raises ETIMEDOUT")
        got = described(lambda: chapter.receive_within(conn, AMPLE))
        expected, sent = chapter.End.BROKEN, Literally("recv() raises ETIMEDOUT")
        usually = shows(got, (chapter.End.OPEN, beliefs.TIMEOUTS_ARE_ALIKE))
        same("It returned:", sent=sent, expected=expected, got=got, usually=usually)


@promise(
    task=3,
    usually=beliefs.ONE_RECV,
    signs={"spin": beliefs.TRY_AGAIN},
    hints=(
        "How many calls does it take to read a stream to its end? What tells you that it has ended?",
        "Loop, and add up the lengths of the pieces. An End ends the loop.",
        "received = receive_within(conn, what is left of the time); if isinstance(received, End): "
        "return total, received; total += len(received).",
    ),
)
def test_counts_every_byte_to_the_end(chapter: Attempt) -> None:
    """Every byte is counted, in however many pieces it comes. The end of the stream is FINISHED."""
    for size in (71_001, 0):
        with connected() as (client, server), Paced(server, limit=1000) as conn:
            client.sendall(bytes(size))
            client.shutdown(socket.SHUT_WR)
            got = chapter.drain(conn, AMPLE)
            same(
                "drain() returned:",
                sent=Literally(f"{size:,} bytes, at most 1,000 in each recv(), then the end"),
                expected=(size, chapter.End.FINISHED),
                got=got,
                usually=shows(got, *(((1000, end), beliefs.ONE_RECV) for end in chapter.End)),
            )
            holds("It closed the connection.", still_open(conn), usually=beliefs.EOF_IS_GONE)


@promise(
    task=3,
    usually=beliefs.SAME_VALUE,
    signs={OSError: beliefs.ERRORS_DO_NOT_HAPPEN},
    hints=(
        "The stream has not ended well. Which two things does drain() return?",
        "The number of bytes that came before, and the End that receive_within() has returned.",
        "if isinstance(received, End): return total, received",
    ),
    hints_if={"sends": hints.SEND_NOTHING},
)
def test_says_how_it_ended(chapter: Attempt) -> None:
    """It returns how the connection ended, with the number of bytes that came before."""
    for end in (chapter.End.BROKEN, chapter.End.OPEN):
        with connected() as (client, server):
            client.sendall(b"hello")
            wait_for_bytes(server, 5)
            if end is chapter.End.BROKEN:
                reset(client)
            got = chapter.drain(server, AMPLE if end is chapter.End.BROKEN else SHORT)
            what = "a reset" if end is chapter.End.BROKEN else "nothing more"
            lost = (
                sys.platform == "win32" and end is chapter.End.BROKEN
            )  # the reset takes them back
            same(
                "drain() returned:",
                sent=Literally(f"b'hello', then {what}"),
                expected=(0 if lost else 5, end),
                got=got,
                usually=shows(
                    got,
                    ((5, chapter.End.FINISHED), beliefs.NOTHING_YET_IS_THE_END),
                )
                if end is chapter.End.OPEN
                else None,
            )
            holds("It closed the connection.", still_open(server), usually=beliefs.EOF_IS_GONE)
            if end is chapter.End.OPEN:
                what, told = "What the peer received:", Literally("b'hello', then nothing more")
                heard = unread(client)
                same(what, sent=told, expected=b"", got=heard, usually=None, clue="sends")


@promise(
    task=3,
    usually=beliefs.NOTHING_IS_A_TIMEOUT,
    signs={ValueError: beliefs.NOTHING_IS_A_TIMEOUT, BlockingIOError: beliefs.NOTHING_IS_A_TIMEOUT},
    hints=(
        "The last recv() has used up all the time. Which timeout would the next one get?",
        "settimeout() refuses less than 0, and 0 means: do not wait at all. Look at what is left "
        "before you receive.",
        "while (left := deadline - time.monotonic()) > 0: receive_within(conn, left). Below the "
        "loop: return total, End.OPEN.",
    ),
)
def test_stops_when_no_time_is_left(chapter: Attempt) -> None:
    """When no time is left, it stops without an error: the connection is OPEN."""
    with connected() as (client, server), Paced(server, limit=1, seconds=0.04) as conn:
        client.sendall(b"..")
        got = chapter.drain(conn, 0.02)
        end = got[1] if isinstance(got, tuple) and len(got) == 2 else got
        sent = Literally("a byte that takes longer than all of `seconds`")
        expected = chapter.End.OPEN
        usually = shows(end, (chapter.End.BROKEN, beliefs.NOTHING_IS_A_TIMEOUT))
        same("How it ended:", sent=sent, expected=expected, got=end, usually=usually)


@promise(
    task=3,
    usually=beliefs.TIMEOUT_IS_A_DEADLINE,
    signs={ValueError: beliefs.NOTHING_IS_A_TIMEOUT, BlockingIOError: beliefs.NOTHING_IS_A_TIMEOUT},
    hints=(
        "A byte comes every few milliseconds. Does your timeout limit one recv(), or all of them?",
        "Each recv() begins to wait anew. Note at the beginning when everything has to be over.",
        "deadline = time.monotonic() + seconds. Before each receive: left = deadline - "
        "time.monotonic(); if left <= 0, return total, End.OPEN.",
    ),
)
def test_deadline_is_for_all_of_it(chapter: Attempt) -> None:
    """After `seconds` it is over, even while bytes still come: the connection is OPEN."""
    with connected() as (client, server), Paced(server, limit=1, seconds=0.02) as conn:
        client.sendall(b".")
        client.shutdown(socket.SHUT_WR)
        chapter.drain(conn, AMPLE)
        first, second = [*(wait or 0.0 for wait in conn.waits), 0.0, 0.0][:2]
        must_be_patient(conn, AMPLE)
        holds(
            "The second recv() may wait for too long.",
            second < first - 0.015 or second < AMPLE / 2,
            sent=Literally(f"one byte, which takes 0.02 s of the {AMPLE:g} s"),
            expected=Literally(f"a second recv() that waits for less than {first:.3f} s"),
            got=Literally(f"one that waits for up to {second:.3f} s"),
        )
    over = threading.Event()
    with connected() as (client, server):

        def drain_it() -> tuple[int, object]:
            try:
                count, end = chapter.drain(server, DRIPPED)
                return count, end
            finally:
                over.set()

        with running(drain_it) as call:
            in_time = drip(client, over)
            client.shutdown(socket.SHUT_WR)
            _count, end = call.result()
        sent = Literally("a byte every few milliseconds, without end")
        limit = Literally(f"the end after {DRIPPED} s")
        got = Literally(f"no end after {PATIENCE} s")
        holds("drain() read as long as bytes came.", in_time, sent=sent, expected=limit, got=got)
        same("How it ended:", sent=sent, expected=chapter.End.OPEN, got=end, usually=shows(end))


@promise(
    task=3,
    usually=beliefs.NOTHING_IS_A_TIMEOUT,
    signs={BlockingIOError: beliefs.NOTHING_IS_A_TIMEOUT},
    hints=(
        "The caller gives you 0 seconds. When is the time over?",
        "It is over before you begin. Look at what is left before each receive, even the first.",
        "while (left := deadline - time.monotonic()) > 0: …, and below it: return total, End.OPEN.",
    ),
)
def test_no_time_is_no_reading(chapter: Attempt) -> None:
    """With 0 seconds it returns (0, OPEN) at once, and reads nothing."""
    with connected() as (client, server):
        client.sendall(b"hello")
        wait_for_bytes(server, 5)
        got = chapter.drain(server, 0)
        expected, sent = (0, chapter.End.OPEN), Literally("b'hello', which is waiting to be read")
        same("drain(conn, 0) returned:", sent=sent, expected=expected, got=got, usually=None)


@promise(
    task=3,
    usually=beliefs.KEEPS_EVERYTHING,
    hints=(
        "What do you keep of each piece: its bytes, or its length?",
        "Only the number of bytes is returned. A sum of lengths is enough for that.",
        "total += len(received), and no list or bytes that grow.",
    ),
)
def test_keeps_only_the_number(chapter: Attempt) -> None:
    """It keeps no bytes. It needs no more memory, however much the peer sends."""
    size = 24_000_000
    data = memoryview(bytes(size))
    with connected() as (client, server):

        def send() -> None:
            with suppress(ConnectionError):
                client.sendall(data)
            client.close()

        with running(send):
            tracemalloc.start()
            try:
                count, _end = chapter.drain(server, AMPLE)
                used = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
                server.close()
        sent = Literally(f"{size:,} bytes, then the end")
        same("Bytes counted:", sent=sent, expected=size, got=count, usually=None)
        holds(
            "drain() kept the bytes in memory.",
            used < size / 2,
            sent=sent,
            expected=Literally("a megabyte of memory at most"),
            got=Literally(f"{used / 1_000_000:,.0f} MB"),
        )


@promise(
    task=3,
    usually=beliefs.CLOCK_ON_THE_WALL,
    signs={"hang": beliefs.CLOCK_ON_THE_WALL},
    hints=(
        "In this check, somebody sets the computer's clock back. Which clock does your code use?",
        "time.time() is the time of day. time.monotonic() only moves forward.",
        "Use time.monotonic() in both places: for the deadline, and for what is left.",
    ),
)
def test_clock_may_be_set(chapter: Attempt) -> None:
    """If somebody sets the computer's clock meanwhile, it still stops in time."""
    hours = [0.0]

    def set_back() -> float:
        hours[0] += 3600
        return time.monotonic() - hours[0]

    with connected() as (client, server), Paced(server, limit=1) as conn:
        simulates("a computer whose clock is set back by an hour, again and again")
        client.sendall(b".")
        client.shutdown(socket.SHUT_WR)
        with mock.patch.object(time, "time", set_back):
            chapter.drain(conn, SHORT)
        longest = max(wait or 0.0 for wait in [*conn.waits, 0.0])
        holds(
            "A recv() may wait for too long.",
            longest <= SHORT,
            sent=Literally("a byte, while the clock is set back by an hour"),
            expected=Literally(f"no recv() that waits for more than {SHORT} s"),
            got=Literally(f"one that waits for up to {longest:,.3f} s"),
            usually=beliefs.CLOCK_ON_THE_WALL if hours[0] else None,
        )


@promise(
    task=4,
    usually=beliefs.CLOSE_DELIVERS,
    signs={"hang": beliefs.BOTH_WAIT, "silence": beliefs.BOTH_WAIT},
    hints=(
        "This peer reads to the end of the stream, and then closes. Who has to finish first?",
        "Finish sending before you read: conn.shutdown(socket.SHUT_WR) is a half-close.",
        "conn.shutdown(socket.SHUT_WR); _count, end = drain(conn, seconds); conn.close(); return "
        "end.",
    ),
    hints_if={
        "reset": (
            "The peer met a reset instead of the end of the stream. Which of your calls sends one?",
            "SO_LINGER with zero seconds turns close() into a reset. This close has to be a good one.",
            "No abort() and no SO_LINGER in close_gracefully().",
        ),
        beliefs.CLOSES_ITSELF: hints.CLOSE_IN_EVERY_CASE,
    },
)
def test_last_words_arrive(chapter: Attempt) -> None:
    """What you sent before arrives, then the end of your stream. Then the peer may finish."""
    with connected() as (client, server):
        server.sendall(b"last words")
        with running(chapter.close_gracefully, server, AMPLE) as call:
            got = described(lambda: receive_all(client))
            sent, clue = b"last words", "reset" if isinstance(got, Literally) else ""
            what = "What the peer received:"
            same(what, sent=sent, expected=sent, got=got, usually=None, clue=clue)
            client.close()
            end = call.result()
        usually = shows(end, (chapter.End.OPEN, beliefs.NOTHING_NOW_IS_NOTHING))
        expected = chapter.End.FINISHED
        same("close_gracefully() returned:", expected=expected, got=end, usually=usually)
        must_be_closed(server, usually=beliefs.CLOSES_ITSELF)
    with connected() as (client, server):
        taken = fill(server)
        client.shutdown(socket.SHUT_WR)
        chapter.close_gracefully(server, AMPLE)
        received = described(lambda: len(receive_all(client)))
        told = Literally(f"{taken:,} bytes, to a peer that finishes before it reads them")
        what, clue = "The number of bytes that the peer received:", "reset"
        same(what, sent=told, expected=taken, got=received, usually=None, clue=clue)


@promise(
    task=4,
    usually=beliefs.CLOSE_DELIVERS,
    signs={"silence": beliefs.CLOSE_DELIVERS},
    hints=(
        "The peer is still sending when you close. What does its kernel get back for its bytes?",
        "After close(), your kernel answers arriving bytes with a reset. So read until the peer has "
        "finished.",
        "Between shutdown(SHUT_WR) and close(): drain(conn, seconds). SHUT_RDWR would give up "
        "reading as well.",
    ),
)
def test_peer_that_still_sends_gets_them_too(chapter: Attempt) -> None:
    """A peer that sends megabytes before it reads gets your last words as well."""
    upload = 8_000_000

    def send_then_read(client: socket.socket) -> bytes:
        client.sendall(bytes(upload))
        client.shutdown(socket.SHUT_WR)
        return receive_all(client)

    with connected() as (client, server):
        server.sendall(b"too large")
        with running(chapter.close_gracefully, server, AMPLE) as call:
            got = described(lambda: send_then_read(client))
            sent = Literally(f"the peer sends {upload:,} bytes, you send b'too large'")
            same("What the peer received:", sent=sent, expected=b"too large", got=got)
            end = call.result()
        usually = shows(end, (chapter.End.OPEN, beliefs.NOTHING_NOW_IS_NOTHING))
        expected = chapter.End.FINISHED
        same("close_gracefully() returned:", expected=expected, got=end, usually=usually)


@promise(
    task=4,
    usually=beliefs.ERRORS_DO_NOT_HAPPEN,
    signs={OSError: beliefs.ERRORS_DO_NOT_HAPPEN},
    hints=(
        "The connection breaks before your function begins, or while it runs. Which calls can raise?",
        "shutdown() raises OSError if the connection is broken already: return BROKEN, and do not "
        "drain. If it breaks later, drain() returns BROKEN.",
        "try: conn.shutdown(socket.SHUT_WR) except OSError: return End.BROKEN, inside `with conn:`.",
    ),
    hints_if={
        beliefs.ERROR_STAYS: (
            "shutdown() has raised an OSError. What does recv() return after that?",
            "It may return b'', and then drain() says FINISHED. But nobody has finished.",
            "except OSError: return End.BROKEN. Call drain() only if shutdown() did not raise.",
        ),
        "reads": (
            "shutdown() has raised an OSError. What can recv() still tell you about the peer?",
            "Nothing: the connection no longer exists. Return BROKEN without reading.",
            "except OSError: return End.BROKEN, above drain(), and inside `with conn:`.",
        ),
        beliefs.CLOSE_IS_LAST: hints.CLOSE_IN_EVERY_CASE,
    },
)
def test_reset_raises_nothing(chapter: Attempt) -> None:
    """If the connection breaks, before or meanwhile, the result is BROKEN and conn is closed."""
    met = "before, and a send() has met the error"
    for when in ("before", "meanwhile", met):
        with connected() as (client, server):
            if when != "meanwhile":
                reset(client)
                wait_for_news(server)
            if when == met:
                with suppress(ConnectionError):
                    server.send(b"bye")
            with running(chapter.close_gracefully, server, AMPLE) as call:
                if when == "meanwhile":
                    same("The end of your stream:", expected=b"", got=client.recv(100))
                    reset(client)
                end = call.result()
            sent = Literally(f"a reset, {when}")
            finished = beliefs.ERROR_STAYS if when == met else beliefs.ERRORS_DO_NOT_HAPPEN
            same(
                "close_gracefully() returned:",
                sent=sent,
                expected=chapter.End.BROKEN,
                got=end,
                usually=shows(end, (chapter.End.FINISHED, finished)),
            )
            must_be_closed(server, sent=sent, usually=beliefs.CLOSE_IS_LAST)
    with connected() as (client, server), Gone(server) as conn:
        client.sendall(b".")
        simulates("Windows, after a reset: shutdown() raises ECONNRESET")
        got = described(lambda: chapter.close_gracefully(conn, AMPLE))
        expected, sent = chapter.End.BROKEN, Literally("shutdown() raises ECONNRESET")
        usually = raised_or_shows(got)
        same("close_gracefully() returned:", sent=sent, expected=expected, got=got, usually=usually)
        what = "It calls recv() after shutdown() has failed."
        holds(what, not conn.reads, sent=sent, usually=None, clue="reads")
        must_be_closed(conn, sent=sent, usually=beliefs.CLOSE_IS_LAST)


@promise(
    task=4,
    usually=beliefs.NO_TIMEOUT,
    signs={"hang": beliefs.NO_TIMEOUT},
    hints=(
        "The peer has received everything, but sends nothing and does not close. What do you do then?",
        "drain() gives up after `seconds` and returns OPEN. Close the connection in this case as well.",
        "Put everything into `with conn:`. It closes conn in every case.",
    ),
    hints_if={
        beliefs.NOTHING_NOW_IS_NOTHING: hints.WAIT_ALL_OF_IT,
        "long": (
            "The caller says how long the peer may take. Which number does drain() get?",
            "It gets `seconds` itself, even if that is a small part of a second.",
            "_count, end = drain(conn, seconds)",
        ),
        "hang": hints.SET_A_TIMEOUT,
    },
)
def test_silent_peer_is_closed_too(chapter: Attempt) -> None:
    """A silent peer is given all of `seconds`. Then the result is OPEN and conn is closed."""
    with connected() as (client, server):
        server.sendall(b"bye")
        began = time.monotonic()
        end = chapter.close_gracefully(server, SHORT)
        took = time.monotonic() - began
        usually = shows(end, (chapter.End.FINISHED, beliefs.NOTHING_YET_IS_THE_END))
        expected = chapter.End.OPEN
        same("close_gracefully() returned:", expected=expected, got=end, usually=usually)
        must_be_closed(server, usually=None)
        holds(
            f"It gave up after {took:.3f} s.",
            took > NEARLY * SHORT,
            sent=Literally(f"nothing, for {SHORT} s"),
            usually=beliefs.NOTHING_NOW_IS_NOTHING,
        )
        what, sent = f"It waited for {took:.3f} s.", Literally(f"nothing, for {SHORT} s")
        holds(what, took < PATIENCE, sent=sent, usually=None)
        same("What the peer received:", expected=b"bye", got=receive_all(client))
    with connected() as (client, server), Paced(server, limit=1000) as conn:
        chapter.close_gracefully(conn, SHORT)
        longest = max((wait or 0.0 for wait in conn.waits), default=0.0)
        what, limit = "A recv() may wait for too long.", Literally(f"at most {SHORT:g} s")
        seen, sent = Literally(f"up to {longest:.3f} s"), Literally(f"nothing, for {SHORT:g} s")
        holds(
            what, longest <= SHORT, sent=sent, expected=limit, got=seen, usually=None, clue="long"
        )
    with connected() as (client, server):
        taken = fill(server)
        chapter.close_gracefully(server, SHORT)
        got = described(lambda: len(receive_all(client)))
        what = "The peer began to read when it was over. The bytes that it received:"
        same(what, expected=taken, got=got, usually=None)
    with connected() as (client, server), Paced(server, limit=1000) as conn:
        client.shutdown(socket.SHUT_WR)
        chapter.close_gracefully(conn, AMPLE)
        must_be_patient(conn, AMPLE)


@promise(
    task=4,
    usually=beliefs.TIMEOUT_IS_A_DEADLINE,
    hints=(
        "A byte comes every few milliseconds, without end. What ends your reading?",
        "drain() has a deadline for everything together. Let it do the reading.",
        "_count, end = drain(conn, seconds), and no other recv().",
    ),
    hints_if={
        "again": (
            "`seconds` have passed, and the peer is still sending. How often do you drain?",
            "Once. The peer's time is over, whether it was silent or busy.",
            "_count, end = drain(conn, seconds), once, and then close.",
        ),
    },
)
def test_endless_peer_is_cut_off(chapter: Attempt) -> None:
    """A peer that sends without end is given `seconds` as well. Then conn is closed."""
    over = threading.Event()
    with connected() as (client, accepted), Paced(accepted, limit=1000) as server:

        def close_it() -> object:
            try:
                return chapter.close_gracefully(server, DRIPPED)
            finally:
                over.set()

        with running(close_it) as call:
            in_time = drip(client, over)
            client.close()
            end = call.result()
        sent = Literally("a byte every few milliseconds, without end")
        limit = Literally(f"the end after {DRIPPED} s")
        got = Literally(f"no end after {PATIENCE} s")
        holds("It went on as long as bytes came.", in_time, sent=sent, expected=limit, got=got)
        waits = [wait for wait in server.waits if wait is not None]
        longer = [wait for n, wait in enumerate(waits) if wait > min(waits[: n + 1]) + DRIPPED / 2]
        holds(
            "It gave the peer its time a second time.",
            not longer,
            sent=sent,
            expected=Literally("each recv() may wait for what is left"),
            got=Literally(f"a later recv() that may wait for {longer[0]:.3f} s")
            if longer
            else None,
            usually=None,
            clue="again",
        )
        what, expected = "close_gracefully() returned:", chapter.End.OPEN
        same(what, sent=sent, expected=expected, got=end, usually=shows(end))
        must_be_closed(server, usually=None)


@promise(
    task=5,
    usually=beliefs.HOST_IS_DECORATION,
    hints=(
        "The caller asks for a host. Which of your lines passes it on?",
        "The calls are those of echo's open_listener(), in the same order. Only setsockopt() is new.",
        "listener.bind((host, port)), then listener.listen(backlog).",
    ),
    hints_if={"timeout": hints.NO_TIMEOUT_HERE},
)
def test_listens_where_it_should(chapter: Attempt) -> None:
    """It listens on the host that was asked for, on a free port. Its accept() waits."""
    with chapter.open_listener() as first, chapter.open_listener() as second:
        for listener in (first, second):
            same("Its host:", expected="127.0.0.1", got=listener.getsockname()[0])
            with socket.socket() as client:
                number = client.connect_ex(listener.getsockname())
            holds("A client could not connect.", number == 0, usually=None)
            timeout = listener.gettimeout()
            same("Its timeout:", expected=None, got=timeout, usually=None, clue="timeout")


@promise(
    task=5,
    usually=beliefs.HOST_IS_DECORATION,
    signs={"leak": beliefs.FAILED_IS_CLOSED, OverflowError: beliefs.SOMEBODY_ELSE},
    hints=(
        "The caller asks for a host of another machine. Which of your lines passes it on?",
        "bind() refuses it with an OSError. Let your caller see this error.",
        "listener.bind((host, port)). In `except OSError:`, close the listener, then `raise`.",
    ),
    hints_if={"leak": hints.CLOSE_THE_LISTENER},
)
def test_failed_bind_is_an_error(chapter: Attempt) -> None:
    """If bind() fails, open_listener() raises the OSError. No socket stays open."""
    with refusal("You asked to listen on 192.0.2.1, another machine's address.", OSError):
        closed(chapter.open_listener(host="192.0.2.1"))


@linux_only
@promise(
    task=5,
    usually=beliefs.BACKLOG_STAYS_HERE,
    hints=(
        "How many clients may wait in the kernel's queue? Which call tells the kernel?",
        "listen() has one argument, a number.",
        "listener.listen(backlog)",
    ),
    hints_if={
        "number": (
            "Your caller asks for a number. Which number does listen() get?",
            "It gets `backlog` itself. 0 is a number as well, although it is false.",
            "listener.listen(backlog), without `or` and without min().",
        ),
    },
)
def test_backlog_reaches_the_kernel(chapter: Attempt) -> None:
    """The kernel queues at most as many clients as `backlog` says (on Linux, one more)."""
    for backlog in (1, 12, 0):
        with chapter.open_listener(backlog=backlog) as listener:
            queued = queue_up(listener.getsockname(), most=14)
        what = f"Clients that could connect with a backlog of {backlog}:"
        usually, clue = (NOT_GIVEN, "") if backlog == 1 else (None, "number")
        same(what, expected=backlog + 1, got=queued, usually=usually, clue=clue)


@promise(
    task=5,
    usually=beliefs.SOMEBODY_ELSE,
    hints=(
        "The server closed first. What is left of its connection in the kernel's table?",
        "With SO_REUSEADDR, bind() takes the address anyway.",
        "listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1), before listener.bind().",
    ),
    hints_if={
        beliefs.OPTION_LATER: (
            "Your option is set. Was it set when bind() looked at it?",
            "bind() refuses the address. An option that is set after bind() cannot change that.",
            "Move setsockopt() above listener.bind().",
        ),
    },
)
def test_can_restart_at_once(chapter: Attempt) -> None:
    """A server that closed a connection first and was then stopped gets its port again at once."""
    with chapter.open_listener() as listener, socket.socket() as client:
        address = listener.getsockname()
        reuses = listener.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)
        client.connect(address)
        listener.accept()[0].close()
        same("The client's end of the stream:", expected=b"", got=client.recv(1))
    again = described(lambda: chapter.open_listener(*address))
    if isinstance(again, socket.socket):
        with again:
            again = again.getsockname()
    usually: Reason = beliefs.SOMEBODY_ELSE
    if isinstance(again, Literally):
        usually = beliefs.OPTION_LATER if reuses else None
    same("The second run listens on:", expected=address, got=again, usually=usually)


@promise(
    task=5,
    usually=beliefs.SHARES_THE_PORT,
    signs={"leak": beliefs.FAILED_IS_CLOSED, OverflowError: beliefs.SOMEBODY_ELSE},
    hints=(
        "Your server is running, and somebody starts it a second time. What should happen?",
        "SO_REUSEADDR does not share a port with a listener. Another option does. Which is yours?",
        "SO_REUSEADDR, not SO_REUSEPORT.",
    ),
    hints_if={"leak": hints.CLOSE_THE_LISTENER},
)
def test_port_of_a_listener_stays_taken(chapter: Attempt) -> None:
    """A port where another socket listens is an OSError. No socket stays open."""
    with chapter.open_listener() as first:
        address = first.getsockname()
        second = described(lambda: chapter.open_listener(*address))
    if isinstance(second, socket.socket):
        with second:
            got = second.getsockname()
        usually = beliefs.SHARES_THE_PORT if got == address else beliefs.SOMEBODY_ELSE
        what, expected = "A second server, on the same port, listens on:", Literally("OSError")
        broken(what, expected=expected, got=got, usually=usually)
    with listening() as other, refusal("You asked for a port that is taken.", OSError):
        closed(chapter.open_listener(port=other.getsockname()[1]))


@promise(
    task=5,
    usually=beliefs.ONE_SYSTEM,
    hints=(
        "This check plays Windows. What does SO_REUSEADDR mean there?",
        "There it lets another program take your port. sys.platform is 'win32' on Windows.",
        "if sys.platform != 'win32': listener.setsockopt(…)",
    ),
)
def test_windows_does_without_the_option(chapter: Attempt) -> None:
    """On Windows, the option is not set."""
    with windows(chapter):
        listener = chapter.open_listener()
    with listener:
        reuses = listener.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)
        same("On Windows, SO_REUSEADDR is set to:", expected=0, got=reuses)


@promise(
    task=5,
    usually=beliefs.FAILED_IS_CLOSED,
    signs={"leak": beliefs.FAILED_IS_CLOSED},
    hints=(
        "Here, bind() succeeds and listen() raises an OSError. Does your caller see this error?",
        "Catch it to close the listener. But your caller has to see it.",
        "except OSError: listener.close(); raise",
    ),
    hints_if={
        "leak": (
            "Here, bind() succeeds and listen() raises an OSError. Which socket is open then?",
            "Is your listen() inside the `try:`, as bind() is?",
            "Put bind() and listen() into `try:`. In `except OSError:`, close the listener, then "
            "`raise`.",
        ),
    },
)
def test_failed_listen_is_an_error(chapter: Attempt) -> None:
    """If listen() fails, open_listener() raises the OSError. No socket stays open."""
    what = "Here, listen() fails. open_listener() raised:"
    with listen_fails(), refusal(what, OSError, usually=None):
        closed(chapter.open_listener())


AMPLE = 5.0  # seconds: no peer here needs a tenth of it
SHORT = 0.05  # seconds, for a peer that stays silent
NEARLY = 0.8  # of a time that is waited for: the clock of Windows has ticks of 0.016 s
FEW = 20  # calls: code that asks again and again makes thousands
DRIPPED = 0.1  # seconds, for a peer that never stops
PATIENCE = 1.0  # seconds in which a deadline of DRIPPED has to pass, even on a busy machine


class Counting(socket.socket):
    """A connection that counts how often it is asked for bytes."""

    calls = 0

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Receive, and count it."""
        self.calls += 1
        return super().recv(size, flags)

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """Do the same for code that has a buffer of its own."""
        self.calls += 1
        return super().recv_into(buffer, nbytes, flags)


class Paced(socket.socket):
    """One end of a connection. A recv() takes `limit` bytes at most, and `seconds` to do so.

    `waits` are the timeouts that were set at each recv(), and `sizes` what was asked for. The socket
    that is given is detached. Who only looks at the bytes (MSG_PEEK) never gets on: that is reported.
    """

    def __init__(self, sock: socket.socket, limit: int, seconds: float = 0.0) -> None:
        super().__init__(fileno=sock.detach())
        self.waits: list[float | None] = []
        self.sizes: list[int] = []
        self._limit, self._seconds = limit, seconds
        self._looks = 0

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Receive, at this pace."""
        self._looks += bool(flags & socket.MSG_PEEK)
        if self._looks > MANY:
            what = (
                f"recv() with MSG_PEEK was called {MANY} times: it leaves the bytes where they are."
            )
            broken(what, usually=None)
        self.waits.append(self.gettimeout())
        self.sizes.append(size)
        piece = super().recv(min(size, self._limit), flags)
        threading.Event().wait(self._seconds)
        return piece

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """Do the same for code that has a buffer of its own."""
        piece = self.recv(nbytes or len(buffer), flags)
        memoryview(buffer)[: len(piece)] = piece
        return len(piece)


MANY = 1000  # looks at the same bytes


class Endless(socket.socket):
    """One end of a connection whose peer sends without a pause. The socket given is detached."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(fileno=sock.detach())
        simulates("a fast peer that sends without a pause: recv() always returns bytes, at once")
        self._calls = 0

    def recv(self, size: int, _flags: int = 0) -> bytes:
        """Receive what never ends."""
        self._calls += 1
        if self._calls > FEW:
            broken(
                "abort() reads as long as the peer sends.",
                sent=Literally("bytes, without a pause"),
                expected=Literally("no recv()"),
                got=Literally(f"more than {FEW} calls of recv()"),
            )
        return b"x" * size


class Failing(socket.socket):
    """One end of a connection whose recv() raises an error. The socket given is detached.

    Let something arrive first: code that waits in select() does not call recv() before that.
    """

    def __init__(self, sock: socket.socket, number: int) -> None:
        super().__init__(fileno=sock.detach())
        self._number = number

    def recv(self, _size: int, _flags: int = 0) -> bytes:
        """Raise the error."""
        raise OSError(self._number, os.strerror(self._number))

    def recv_into(self, _buffer: Any, _nbytes: int = 0, _flags: int = 0) -> int:
        """Raise the error."""
        return len(self.recv(0))


class Gone(socket.socket):
    """One end of a connection that cannot be half-closed. The socket given is detached.

    `reads` is how often it was asked for bytes all the same.
    """

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(fileno=sock.detach())
        self.reads = 0

    def shutdown(self, _how: int) -> None:
        """Raise the error."""
        raise OSError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))

    def recv(self, _size: int, _flags: int = 0) -> bytes:
        """Note it, and raise the error."""
        self.reads += 1
        raise OSError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))

    def recv_into(self, _buffer: Any, _nbytes: int = 0, _flags: int = 0) -> int:
        """Do the same for code that has a buffer of its own."""
        return len(self.recv(0))


class Noting(socket.socket):
    """One end of a connection that notes what is done with it. The socket given is detached.

    `options` are the values of the options that were set. `refused` is the error with which it has
    refused one: if it `refuses` with a number, it always does. If it does not `sets_options`, it
    notes them and does nothing else.
    """

    def __init__(self, sock: socket.socket, *, refuses: int = 0, sets_options: bool = True) -> None:
        super().__init__(fileno=sock.detach())
        self.options: list[object] = []
        self.refused: OSError | None = None
        self.lingers = self.was_shut_down = False
        self._refuses, self._sets_options = refuses, sets_options

    def setsockopt(self, *arguments: Any) -> None:
        """Set an option, or note why not."""
        self.options.append(arguments[-1])
        if not self._sets_options:
            return
        try:
            if self._refuses:
                raise OSError(self._refuses, "This connection takes no option now")
            super().setsockopt(*arguments)
        except OSError as error:
            self.refused = error
            raise
        self.lingers = self.lingers or arguments[1] == socket.SO_LINGER

    def getsockopt(self, *arguments: Any) -> Any:
        """Return an option, as it was set."""
        return super().getsockopt(*arguments) if self._sets_options else self.options[-1]

    def shutdown(self, how: int) -> None:
        """Half-close or shut down, and note it."""
        self.was_shut_down = True
        super().shutdown(how)


def still_open(conn: socket.socket) -> bool:
    """Tell whether a socket has not been closed."""
    return conn.fileno() != -1


def must_be_closed(
    conn: socket.socket, *, sent: object = NOT_GIVEN, usually: Reason, clue: str = ""
) -> None:
    """Require that a connection has been closed."""
    is_closed = not still_open(conn)
    holds("The connection is still open.", is_closed, sent=sent, usually=usually, clue=clue)


def must_be_patient(conn: Paced, seconds: float) -> None:
    """Require that the first recv() may wait for `seconds`, if recv() is what waits."""
    first = conn.waits[0] if conn.waits else None
    holds(
        "The first recv() may not wait long enough.",
        not first or first > NEARLY * seconds,
        sent=Literally(f"{seconds:g} seconds"),
        expected=Literally(f"a recv() that waits for {seconds:g} s"),
        got=Literally(f"one that waits for {first} s"),
        usually=beliefs.NOTHING_NOW_IS_NOTHING,
    )


def unread(conn: socket.socket) -> bytes:
    """Return what has arrived on a connection and was not read yet."""
    conn.setblocking(False)
    try:
        return conn.recv(1000)
    except BlockingIOError:
        return b""


def wait_for_news(conn: socket.socket) -> None:
    """Wait until there are bytes, an end or an error on a connection; take nothing."""
    select.select([conn], [], [], AMPLE)


def shows(got: object, *beliefs: tuple[object, Misconception]) -> Reason:
    """Return the belief that a wrong value shows, or None if it shows none of these."""
    if got is None:
        return NOT_GIVEN  # the report asks then whether a `return` is missing
    return next((belief for value, belief in beliefs if got == value), None)


def raised_or_shows(got: object, *beliefs: tuple[object, Misconception]) -> Reason:
    """Return the promise's own belief for an error that was raised, else what a value shows."""
    return NOT_GIVEN if isinstance(got, Literally) else shows(got, *beliefs)


@contextmanager
def windows(chapter: Attempt) -> Iterator[None]:
    """Let the chapter's code believe that it runs on Windows, however it asks."""
    simulates("Windows: sys.platform is 'win32'")
    module = sys.modules[chapter.abort.__module__]
    its_os = ModuleType("os")
    its_os.__dict__.update(vars(os), name="nt")
    with (
        mock.patch.object(sys, "platform", "win32"),
        mock.patch("platform.system", return_value="Windows"),
        mock.patch.object(socket, "os", its_os),  # create_server() asks it
        mock.patch.object(module, "os", its_os, create=True),
    ):
        sys.modules["os"] = its_os  # for an import inside a function
        try:
            yield
        finally:
            sys.modules["os"] = os


def drip(client: socket.socket, over: threading.Event) -> bool:
    """Send a byte again and again until `over`, and tell whether that came within PATIENCE."""
    end = time.monotonic() + PATIENCE
    while not over.wait(0.002) and time.monotonic() < end:
        with suppress(ConnectionError):
            client.send(b".")
    return over.is_set()


def fill(conn: socket.socket) -> int:
    """Send until the buffers between the two ends are full; return how much went in."""
    taken = 0
    conn.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            taken += conn.send(bytes(65536))
    conn.setblocking(True)
    return taken


TASKS = {
    1: "abort",
    2: "receive_within",
    3: "drain",
    4: "close_gracefully",
    5: "open_listener",
}
