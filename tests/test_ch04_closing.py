"""The promises of chapter 4: how a connection ends."""

import errno
import select
import socket
import sys
import threading
import time
from contextlib import suppress
from typing import Any

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
    connected,
    listening,
    queue_up,
    receive_all,
    reset,
    running,
    simulates,
    wait_for_bytes,
)
from course.checks.promises import Misconception, linux_only, promise
from tests import beliefs

AMPLE = 5.0  # s: no peer here needs a tenth of it
FEW = 20  # calls; who asks again and again makes thousands
SHORT = 0.05  # s, for a peer that stays silent


@promise(
    task=1,
    usually=beliefs.ONE_RECV,
    signs={"spin": beliefs.TRY_AGAIN},
    hints=(
        "How many recv() does it take to read a stream to its end? How do you know the end?",
        "Loop, and add up the lengths of the pieces; b'' is the end.",
        "while True: piece = conn.recv(CHUNK); if not piece: return total, End.FINISHED; "
        "total += len(piece). Put conn.settimeout(what is left of `seconds`) before the recv().",
    ),
)
def test_counts_every_byte_to_the_end(chapter: Attempt) -> None:
    """Every byte is counted, in however many pieces it comes; the end of the stream is FINISHED."""
    for size in (71_001, 0):
        with connected() as (client, server), Paced(server, limit=1000) as conn:
            client.sendall(bytes(size))
            client.shutdown(socket.SHUT_WR)
            got = chapter.drain(conn, AMPLE)
            same(
                "drain() returned:",
                sent=Literally(f"{size:,} bytes, at most 1,000 a recv(), then the end"),
                expected=(size, chapter.End.FINISHED),
                got=got,
                usually=shows(got, *(((1000, end), beliefs.ONE_RECV) for end in chapter.End)),
            )


@promise(
    task=1,
    usually=beliefs.EOF_IS_GONE,
    signs={OSError: beliefs.EOF_IS_GONE},
    hints=(
        "The peer has finished sending. Has it finished reading?",
        "drain() only reads. Whoever called it may still want to send.",
        "No close(), no shutdown() and no `with conn:` in drain().",
    ),
)
def test_only_reads(chapter: Attempt) -> None:
    """A peer that has finished sending may still listen: afterwards you can send to it."""
    with connected() as (client, server):
        client.sendall(b"a question")
        client.shutdown(socket.SHUT_WR)
        expected = (10, chapter.End.FINISHED)
        same("drain() returned:", expected=expected, got=chapter.drain(server, AMPLE))
        answered = described(lambda: server.sendall(b"an answer"))
        same("sendall() after drain() returned:", expected=None, got=answered)
        same("What the peer received:", expected=b"an answer", got=client.recv(100))


@promise(
    task=1,
    usually=beliefs.NOTHING_YET_IS_THE_END,
    signs={"hang": beliefs.NO_TIMEOUT, TimeoutError: beliefs.NOTHING_YET_IS_THE_END},
    hints=(
        "Nothing comes, and nothing ends. What makes recv() return at all?",
        "conn.settimeout(seconds): then recv() raises TimeoutError. What does that say about the "
        "connection?",
        "except TimeoutError: return total, End.OPEN. It is an OSError, so it has to stand before "
        "any `except OSError`.",
    ),
)
def test_silent_peer_is_open(chapter: Attempt) -> None:
    """If nothing more comes, it sleeps until the time is up; the connection is OPEN, and still is."""
    with connected() as (client, accepted), Counting(fileno=accepted.detach()) as server:
        for word in (b"", b"late"):
            client.sendall(word)
            began = time.monotonic()
            got = chapter.drain(server, SHORT)
            took = time.monotonic() - began
            same(
                "drain() returned:",
                sent=Literally(f"{len(word)} bytes, then nothing"),
                expected=(len(word), chapter.End.OPEN),
                got=got,
                usually=shows(
                    got,
                    ((len(word), chapter.End.FINISHED), beliefs.NOTHING_YET_IS_THE_END),
                    ((len(word), chapter.End.RESET), beliefs.EVERY_ERROR_IS_A_RESET),
                ),
            )
            holds("drain() closed the connection.", still_open(server), usually=beliefs.EOF_IS_GONE)
            holds(
                f"It was given {SHORT} s, but gave up before.",
                took > NEARLY * SHORT,
                usually=beliefs.NOTHING_NOW_IS_NOTHING,
            )
        holds(
            "drain() did not sleep while it waited.",
            server.calls <= FEW,
            sent=Literally(f"silence, twice, of {SHORT} s each"),
            expected=Literally("a few calls of recv(), each of which waits"),
            got=Literally(f"{server.calls:,} calls"),
            usually=beliefs.ASKS_AGAIN,
        )


@promise(
    task=1,
    usually=beliefs.ERRORS_DO_NOT_HAPPEN,
    signs={ConnectionError: beliefs.ERRORS_DO_NOT_HAPPEN},
    hints=(
        "The peer throws the connection away. What does recv() do?",
        "It raises ConnectionResetError. For drain() that is an answer, not an accident.",
        "except ConnectionError: return total, End.RESET",
    ),
)
def test_reset_is_returned(chapter: Attempt) -> None:
    """A reset is an end as well: it is returned, with the number of bytes that came before it."""
    with connected() as (client, server):
        client.sendall(b"hello")
        wait_for_bytes(server, 5)
        reset(client)
        count, end = chapter.drain(server, AMPLE)
        same("How it ended:", expected=chapter.End.RESET, got=end)
        if sys.platform != "win32":  # there a reset takes back what nobody has read yet
            same("The bytes before the reset:", sent=b"hello", expected=5, got=count, usually=None)


@promise(
    task=1,
    usually=beliefs.NOTHING_IS_A_TIMEOUT,
    signs={ValueError: beliefs.NOTHING_IS_A_TIMEOUT, BlockingIOError: beliefs.NOTHING_IS_A_TIMEOUT},
    hints=(
        "The last recv() took all the time that there was. What is left for settimeout() then?",
        "settimeout() takes nothing below 0, and 0 means: do not wait at all. Look at what is left "
        "before you set it.",
        "left = deadline - time.monotonic(); if left <= 0: return total, End.OPEN; only then "
        "conn.settimeout(left).",
    ),
)
def test_stops_when_no_time_is_left(chapter: Attempt) -> None:
    """When no time is left, it stops, with no error: the connection counts as OPEN."""
    with connected() as (client, server), Paced(server, limit=1, seconds=0.04) as conn:
        client.sendall(b"..")
        got = chapter.drain(conn, 0.02)
        end = got[1] if isinstance(got, tuple) and len(got) == 2 else got
        sent = Literally("a byte that takes longer than all of `seconds`")
        expected = chapter.End.OPEN
        same("How it ended:", sent=sent, expected=expected, got=end, usually=shows(end))


@promise(
    task=1,
    usually=beliefs.TIMEOUT_IS_A_DEADLINE,
    signs={ValueError: beliefs.NOTHING_IS_A_TIMEOUT, BlockingIOError: beliefs.NOTHING_IS_A_TIMEOUT},
    hints=(
        "A byte comes every few milliseconds. What does your timeout measure: from where to where?",
        "Each recv() begins to wait anew. Note at the beginning when all has to be over.",
        "deadline = time.monotonic() + seconds; before each recv(): left = deadline - "
        "time.monotonic(); if left <= 0, it is OPEN; else conn.settimeout(left).",
    ),
)
def test_deadline_is_for_all_of_it(chapter: Attempt) -> None:
    """After `seconds` it is over, even while bytes still come: the connection counts as OPEN."""
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
        holds(
            "drain() read for as long as bytes came.", in_time, sent=sent, expected=limit, got=got
        )
        same("How it ended:", sent=sent, expected=chapter.End.OPEN, got=end, usually=shows(end))

    with connected() as (client, server), Paced(server, limit=1, seconds=0.02) as conn:
        client.sendall(b".")
        client.shutdown(socket.SHUT_WR)
        chapter.drain(conn, AMPLE)
        first, second = [*(wait or 0.0 for wait in conn.waits), 0.0, 0.0][:2]
        holds(
            "If no more had come after the first byte, it would have gone on for too long.",
            second < first or second < AMPLE / 2,
            sent=Literally(f"one byte, which takes 0.02 s of the {AMPLE:g} s"),
            expected=Literally(f"a second recv() that waits for less than {first:.3f} s"),
            got=Literally(f"one that waits for {second:.3f} s"),
        )

    with connected() as (_client, server):
        got = chapter.drain(server, 0)
        expected = (0, chapter.End.OPEN)
        same("drain(conn, 0) returned:", expected=expected, got=got, usually=shows(got))


@promise(
    task=2,
    usually=beliefs.CLOSE_DELIVERS,
    signs={"hang": beliefs.BOTH_WAIT, "silence": beliefs.BOTH_WAIT},
    hints=(
        "This peer reads to the end of the stream, and closes then. Who says the end first?",
        "Finish sending before you read: a half-close, conn.shutdown(socket.SHUT_WR).",
        "conn.shutdown(socket.SHUT_WR); _count, end = drain(conn, seconds); conn.close(); return "
        "end.",
    ),
)
def test_last_words_arrive(chapter: Attempt) -> None:
    """What you sent before arrives, then the end of your stream; then the peer may finish."""
    with connected() as (client, server):
        server.sendall(b"last words")
        with running(chapter.close_gracefully, server, AMPLE) as call:
            got = described(lambda: receive_all(client))
            same("What the peer received:", sent=b"last words", expected=b"last words", got=got)
            client.close()
            end = call.result()
        usually = shows(end, (chapter.End.OPEN, beliefs.NOTHING_NOW_IS_NOTHING))
        expected = chapter.End.FINISHED
        same("close_gracefully() returned:", expected=expected, got=end, usually=usually)
        holds(
            "The connection is still open.", not still_open(server), usually=beliefs.CLOSES_ITSELF
        )


@promise(
    task=2,
    usually=beliefs.CLOSE_DELIVERS,
    signs={"silence": beliefs.CLOSE_DELIVERS},
    hints=(
        "The peer is still sending when you close. What does its kernel get in answer to its bytes?",
        "A socket that is closed cannot take bytes: the answer is a reset. So read, until the peer "
        "has finished.",
        "Between shutdown(SHUT_WR) and close(): drain(conn, seconds). Not SHUT_RDWR, which gives up "
        "reading, too.",
    ),
)
def test_peer_that_still_sends_gets_them_too(chapter: Attempt) -> None:
    """A peer that still sends megabytes, and only then reads, gets your last words all the same."""
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
    task=2,
    usually=beliefs.ERRORS_DO_NOT_HAPPEN,
    signs={OSError: beliefs.ERRORS_DO_NOT_HAPPEN},
    hints=(
        "The connection is thrown away before you close it, or meanwhile. Which of your calls raise?",
        "shutdown() raises OSError on a connection that is no more: that alone says RESET, because "
        "recv() may say b'' by then. Otherwise drain() returns its RESET.",
        "try: conn.shutdown(socket.SHUT_WR) except OSError: the end is RESET; close all the same.",
    ),
)
def test_reset_raises_nothing(chapter: Attempt) -> None:
    """If the peer throws the connection away, before or meanwhile, the end is RESET; it is closed."""
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
                expected=chapter.End.RESET,
                got=end,
                usually=shows(end, (chapter.End.FINISHED, finished)),
            )
            open_ = still_open(server)
            holds("The connection is open.", not open_, sent=sent, usually=beliefs.CLOSES_ITSELF)


@promise(
    task=2,
    usually=beliefs.CLOSES_ITSELF,
    signs={"hang": beliefs.NO_TIMEOUT, TimeoutError: beliefs.NO_TIMEOUT},
    hints=(
        "The peer has got everything, says nothing and does not close. How long do you wait?",
        "drain() gives up after `seconds` and says OPEN. What do you have to do then?",
        "Put all of it into `with conn:`, which closes on every way out.",
    ),
)
def test_silent_peer_is_closed_too(chapter: Attempt) -> None:
    """A silent peer is given all of `seconds`; then the connection is closed, and was OPEN."""
    with connected() as (client, server):
        server.sendall(b"bye")
        began = time.monotonic()
        end = chapter.close_gracefully(server, SHORT)
        took = time.monotonic() - began
        usually = shows(end, (chapter.End.FINISHED, beliefs.NOTHING_YET_IS_THE_END))
        expected = chapter.End.OPEN
        same("close_gracefully() returned:", expected=expected, got=end, usually=usually)
        holds("The connection is still open.", not still_open(server))
        holds(
            "It gave up before the time was up.",
            took > NEARLY * SHORT,
            sent=Literally("nothing"),
            expected=Literally(f"the end after {SHORT} s"),
            got=Literally(f"the end after {took:.3f} s"),
            usually=beliefs.NOTHING_NOW_IS_NOTHING,
        )
        same("What the peer received:", expected=b"bye", got=receive_all(client))


@promise(
    task=2,
    usually=beliefs.TIMEOUT_IS_A_DEADLINE,
    hints=(
        "A byte comes every few milliseconds, for ever. What ends your reading?",
        "drain() has a deadline for all of it. Let it do the reading.",
        "_count, end = drain(conn, seconds), and no other recv().",
    ),
)
def test_endless_peer_is_cut_off(chapter: Attempt) -> None:
    """A peer that sends without end is given `seconds`, too; then it is cut off."""
    over = threading.Event()
    with connected() as (client, server):

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
        holds("It went on for as long as bytes came.", in_time, sent=sent, expected=limit, got=got)
        expected = chapter.End.OPEN
        same(
            "close_gracefully() returned:",
            sent=sent,
            expected=expected,
            got=end,
            usually=shows(end),
        )
        holds(
            "The connection is still open.", not still_open(server), usually=beliefs.CLOSES_ITSELF
        )


@promise(
    task=3,
    usually=beliefs.CLOSE_THROWS_AWAY,
    signs={"silence": beliefs.CLOSES_ITSELF},
    hints=(
        "After a plain close() the peer reads b''. Which option makes it a reset?",
        "SO_LINGER takes two C ints, packed into bytes: on or off, and for how many seconds. If "
        "nothing changes: without suppress() for a moment, is your option taken?",
        "conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)), then "
        "conn.close().",
    ),
)
def test_peer_sees_a_reset(chapter: Attempt) -> None:
    """The peer sees a reset, not an end of the stream; on this side nothing is left of it."""
    with socket.socket() as client:
        with listening() as listener:
            address = listener.getsockname()
            client.connect(address)
            server = Choosy(listener.accept()[0])
            with server:
                chapter.abort(server)
                is_open = still_open(server)
                holds("The connection is still open.", not is_open, usually=beliefs.CLOSES_ITSELF)
        try:
            got = receive_all(client)
        except ConnectionResetError:
            pass
        else:
            expected, end = Literally("ConnectionResetError"), Literally(f"{got!r}, and the end")
            what = "What the peer read:"
            if refused := server.refused:
                what = f"Your setsockopt() was refused: {refused}.\n{what}"
            broken(what, expected=expected, got=end, usually=None if refused else NOT_GIVEN)
        with socket.socket() as anybody:  # whom a connection in TIME-WAIT would stop
            same("bind() to its port:", expected=None, got=described(lambda: anybody.bind(address)))


@promise(
    task=3,
    usually=beliefs.CLOSE_THROWS_AWAY,
    signs={"hang": beliefs.LAST_MESSAGE},
    hints=(
        "The buffers between you are full, and the peer does not read. Which calls wait for it?",
        "Send nothing and wait for nothing: whatever lies in the buffers is dropped.",
        "Set the option and close. No send(), no drain(), no close_gracefully().",
    ),
)
def test_unsent_bytes_are_dropped(chapter: Attempt) -> None:
    """You wait for nobody: what the peer has not taken yet is dropped."""
    with connected() as (client, server):
        taken = fill(server)
        chapter.abort(server)
        received = 0
        with refusal("The peer could read to the end of the stream.", ConnectionResetError):
            while piece := client.recv(65536):
                received += len(piece)
        holds("The peer got all that was sent.", received < taken, got=received)


@promise(
    task=3,
    usually=beliefs.ERRORS_DO_NOT_HAPPEN,
    signs={OSError: beliefs.ERRORS_DO_NOT_HAPPEN},
    hints=(
        "The peer was faster: this connection is no more. Which of your calls can raise?",
        "Asking for the peer's name raises, and on macOS even setsockopt(). The socket has to be "
        "closed all the same.",
        "with conn, suppress(OSError): conn.setsockopt(…). Leaving the `with` closes it.",
    ),
)
def test_peer_may_have_gone_first(chapter: Attempt) -> None:
    """A peer that has gone first is no error, nor is a refused option: the connection is closed."""
    for how, leave in (("a reset", reset), ("a close()", socket.socket.close)):
        with connected() as (client, server):
            leave(client)
            wait_for_news(server)
            sent = Literally(f"{how} of the peer's")
            chapter.abort(server)
            is_open = still_open(server)
            holds("The connection is open.", not is_open, sent=sent, usually=beliefs.CLOSES_ITSELF)
    with connected() as (_client, server), Choosy(server, refuses_all=True) as choosy:
        chapter.abort(choosy)
        sent = Literally("a connection that refuses the option")
        holds(
            "The connection is open.",
            not still_open(choosy),
            sent=sent,
            usually=beliefs.CLOSES_ITSELF,
        )


@promise(
    task=4,
    usually=beliefs.HOST_IS_DECORATION,
    signs={"leak": beliefs.FAILED_IS_CLOSED, OverflowError: beliefs.SOMEBODY_ELSE},
    hints=(
        "As in chapter 1: 127.0.0.1 unless the caller says otherwise, and an OSError where that "
        "cannot be.",
        "Three calls as in chapter 1, in its order; the new one is setsockopt().",
        "listener.bind((host, port)) and listener.listen(backlog) in try; in `except OSError:` "
        "close the listener and `raise`.",
    ),
)
def test_listens_where_it_should(chapter: Attempt) -> None:
    """It listens at the host that was asked for, on a free port; a foreign host is an OSError."""
    with chapter.open_listener() as first, chapter.open_listener() as second:
        for listener in (first, second):
            same("Its host:", expected="127.0.0.1", got=listener.getsockname()[0])
            with socket.socket() as client:
                number = client.connect_ex(listener.getsockname())
            holds("A client could not connect.", number == 0, usually=None)
    with refusal("You asked to listen on 192.0.2.1, another machine's address.", OSError):
        chapter.open_listener(host="192.0.2.1").close()


@linux_only
@promise(
    task=4,
    usually=beliefs.BACKLOG_STAYS_HERE,
    hints=(
        "How many clients may wait in the kernel's queue? Who tells the kernel?",
        "listen() takes a number.",
        "listener.listen(backlog)",
    ),
)
def test_backlog_reaches_the_kernel(chapter: Attempt) -> None:
    """The kernel queues as many clients as `backlog` says (on Linux one more), and no more."""
    with chapter.open_listener(backlog=1) as listener:
        queued = queue_up(listener.getsockname(), most=6)
    same("Clients that could connect with a backlog of 1:", expected=2, got=queued)


@promise(
    task=4,
    usually=beliefs.SOMEBODY_ELSE,
    hints=(
        "The server closed first. What of its connection still stands in the kernel's table?",
        "SO_REUSEADDR lets bind() take an address all the same. When do you have to say so?",
        "listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1), before listener.bind().",
    ),
)
def test_can_restart_at_once(chapter: Attempt) -> None:
    """A server that closed a connection first, and stopped, gets its port again at once."""
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
    usually = (
        beliefs.OPTION_LATER if reuses and isinstance(again, Literally) else beliefs.SOMEBODY_ELSE
    )
    same("The second run listens on:", expected=address, got=again, usually=usually)


@promise(
    task=4,
    usually=beliefs.SHARES_THE_PORT,
    signs={"leak": beliefs.FAILED_IS_CLOSED, OverflowError: beliefs.SOMEBODY_ELSE},
    hints=(
        "Your server runs, and somebody starts it a second time. What should the second one say?",
        "SO_REUSEADDR lets nobody share with a listener; another option does. Which have you set?",
        "No SO_REUSEPORT. And in `except OSError:` close the listener and `raise`.",
    ),
)
def test_port_of_a_listener_stays_taken(chapter: Attempt) -> None:
    """A port where another socket listens is an OSError, and no socket is left open."""
    with chapter.open_listener() as first, refusal("Two servers share one port.", OSError):
        chapter.open_listener(*first.getsockname()).close()
    with listening() as other, refusal("You asked for a port that is taken.", OSError):
        chapter.open_listener(port=other.getsockname()[1]).close()


NEARLY = 0.8  # of a time that is waited for; the clock of Windows has ticks of 0.016 s
DRIPPED = 0.1  # s, for a peer that never stops
PATIENCE = 1.0  # s in which a call with a deadline of DRIPPED has to return, even on a busy machine


class Counting(socket.socket):
    """A connection that counts how often it is asked for bytes."""

    calls = 0

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Receive, and count it."""
        self.calls += 1
        return super().recv(size, flags)

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """Do the same for whoever has a buffer of its own."""
        self.calls += 1
        return super().recv_into(buffer, nbytes, flags)


def still_open(conn: socket.socket) -> bool:
    """Tell whether a socket has not been closed."""
    return conn.fileno() != -1


def wait_for_news(conn: socket.socket) -> None:
    """Wait until there are bytes, an end or an error on a connection; take nothing."""
    select.select([conn], [], [], AMPLE)


def shows(got: object, *beliefs: tuple[object, Misconception]) -> Reason:
    """Return the belief that a wrong value shows, or None if it shows none of these."""
    if got is None:
        return NOT_GIVEN  # the report asks then whether a `return` is missing
    return next((belief for value, belief in beliefs if got == value), None)


class Paced(socket.socket):
    """One end of a connection. A recv() takes `limit` bytes at most, and `seconds` to do so.

    `waits` are the timeouts that were set at each recv(). The socket that is given is detached.
    """

    def __init__(self, sock: socket.socket, limit: int, seconds: float = 0.0) -> None:
        super().__init__(fileno=sock.detach())
        self.waits: list[float | None] = []
        self._limit, self._seconds = limit, seconds

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Receive, at this pace."""
        self.waits.append(self.gettimeout())
        piece = super().recv(min(size, self._limit), flags)
        threading.Event().wait(self._seconds)
        return piece


class Choosy(socket.socket):
    """One end of a connection: `refused` is the error with which it has refused an option.

    If it `refuses_all`, it is like one on macOS whose peer has gone first.
    """

    def __init__(self, sock: socket.socket, *, refuses_all: bool = False) -> None:
        super().__init__(fileno=sock.detach())
        if refuses_all:
            simulates("macOS: a connection whose peer has gone first refuses every option")
        self.refused: OSError | None = None
        self._refuses_all = refuses_all

    def setsockopt(self, *arguments: Any) -> None:
        """Set an option, or note why not."""
        try:
            if self._refuses_all:
                raise OSError(errno.EINVAL, "Invalid argument: this connection takes no option now")
            super().setsockopt(*arguments)
        except OSError as error:
            self.refused = error
            raise


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


TASKS = {1: "drain", 2: "close_gracefully", 3: "abort", 4: "open_listener"}
