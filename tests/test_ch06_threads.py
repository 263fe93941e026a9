"""The promises of chapter 6: how one server serves many clients."""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

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
from course.checks.peers import connected, listening, logged_errors, receive_all, reset, running
from course.checks.promises import promise
from tests import beliefs

Result = TypeVar("Result")

MEETING = 1.0  # s for threads to meet that are at work at the same time
NOT_YET = 0.1  # s in which something must not happen


@promise(
    task=1,
    usually=beliefs.THREAD_CALLS,
    signs={"hang": beliefs.THREAD_CALLS, TypeError: beliefs.THREAD_CALLS},
    hints=(
        "Your client says nothing. Which thread waits for it: the new one, or yours?",
        "Thread(target=function, args=(one, two)) makes the call later, in the thread. Only start() "
        "starts it.",
        "thread = threading.Thread(target=serve_client, args=(conn, handle), daemon=True); "
        "thread.start(); return thread",
    ),
)
def test_returns_while_the_client_is_silent(chapter: Attempt) -> None:
    """serve_in_thread() returns at once, though the client says nothing; its thread is a daemon."""
    with connected() as (client, server):
        thread = chapter.serve_in_thread(server, echo_back)
        is_thread = isinstance(thread, threading.Thread)
        holds("serve_in_thread() returned no thread.", is_thread, got=thread)
        closed = server.fileno() == -1
        holds("serve_in_thread() closed the connection.", not closed, usually=beliefs.WITH_WAITS)
        holds("Its thread does not run.", thread.is_alive())
        client.shutdown(socket.SHUT_WR)
        thread.join()
    with connected() as (client, server):
        client.shutdown(socket.SHUT_WR)
        thread = in_foreground(lambda: chapter.serve_in_thread(server, echo_back))
        holds("Its thread is no daemon.", thread.daemon, got=thread, usually=beliefs.PROGRAM_ENDS)
        thread.join()


@promise(
    task=1,
    usually=beliefs.ONE_AFTER_THE_OTHER,
    hints=(
        "Two handlers wait for each other here. What keeps the second from beginning?",
        "Nothing of yours may be held while a handler runs: no lock, no join().",
        "serve_in_thread() makes the thread, starts it and returns it. That is all.",
    ),
)
def test_two_clients_at_the_same_time(chapter: Attempt) -> None:
    """Two clients are served at the same time: their handlers meet."""
    barrier, met = threading.Barrier(2), []

    def handle(_conn: socket.socket, _name: object) -> None:
        met.append(meets(barrier))

    with connected() as (_, first), connected() as (_, second):
        for thread in [chapter.serve_in_thread(conn, handle) for conn in (first, second)]:
            thread.join()
    sent = Literally("two clients, whose handlers wait for each other")
    same("Handlers that met the other:", sent=sent, expected=2, got=sum(met))


@promise(
    task=1,
    usually=beliefs.CLOSES_ITSELF,
    signs={
        "silence": beliefs.CLOSES_ITSELF,
        "leak": beliefs.CLOSES_ITSELF,
        Exception: beliefs.NOTHING_GOES_WRONG,
    },
    hints=(
        "A function of chapter 3 finds the name, calls the handler, closes, and survives errors.",
        "The thread's target is not the handler itself.",
        "threading.Thread(target=serve_client, args=(conn, handle), daemon=True)",
    ),
)
def test_client_is_served_as_in_chapter_3(chapter: Attempt) -> None:
    """The handler gets connection and 4-tuple; its errors are logged, the connection is closed."""
    names = []

    def welcome(conn: socket.socket, name: object) -> None:
        names.append(name)
        conn.sendall(b"welcome")

    def fail(_conn: socket.socket, _name: object) -> None:
        raise KeyError("a bug")

    with connected() as (client, server):
        name = chapter.FourTuple(
            chapter.Endpoint(*client.getpeername()), chapter.Endpoint(*client.getsockname())
        )
        thread = chapter.serve_in_thread(server, welcome)
        same("The client received:", expected=b"welcome", got=receive_all(client))
        thread.join()
        same("The name:", expected=[name], got=names, usually=None)
    with connected() as (client, server), logged_errors() as logged:
        chapter.serve_in_thread(server, fail).join()
        same("After a bug the client received:", expected=b"", got=receive_all(client))
        same(
            "Logged with a traceback:",
            expected=["KeyError"],
            got=logged,
            usually=beliefs.NOTHING_GOES_WRONG,
        )


@promise(
    task=2,
    usually=beliefs.HANDED_OVER_IS_DONE,
    signs={"hang": beliefs.HANDED_OVER_IS_DONE, "leak": beliefs.OPENED_IS_MINE},
    hints=(
        "close() returns. Is every job done by then? Has every thread ended?",
        "A thread that waits for a job has to learn that none will come: by a job that is none, "
        "after all others.",
        "In close(): put None once for each thread; then join each. A thread ends when it gets None.",
    ),
)
def test_every_job_is_done(chapter: Attempt) -> None:
    """Every job is done, once; when close() returns, all are done and the threads have ended."""
    before, a_while = set(threading.enumerate()), threading.Event()
    done: list[int] = []
    workers: list[threading.Thread] = []

    def first() -> None:
        workers.append(threading.current_thread())
        done.append(0)

    def last() -> None:
        a_while.wait(NOT_YET)
        done.append(4)

    pool = chapter.Pool(2)
    pool.submit(first)
    here = threading.current_thread()
    holds(
        "A job ran in the thread that submitted it.",
        here not in workers,
        usually=beliefs.SUBMIT_DOES_IT,
    )
    for number in range(1, 4):
        pool.submit(partial(done.append, number))
    pool.submit(last)
    pool.close()
    same(
        "The jobs that were done:", sent=[0, 1, 2, 3, 4], expected=[0, 1, 2, 3, 4], got=sorted(done)
    )
    left = new_threads(before)
    same("Threads that still run:", expected=[], got=left, usually=beliefs.OPENED_IS_MINE)


@promise(
    task=2,
    usually=beliefs.ONE_AFTER_THE_OTHER,
    signs={"hang": beliefs.ONE_AFTER_THE_OTHER},
    hints=(
        "Three jobs wait for each other here. How many of your threads are at work?",
        "submit() hands the job over and does not wait for its end. Each thread takes a job, does "
        "it, and comes back for the next.",
        "In __init__: `size` threads whose target is a loop: job = self._jobs.get(); job(). In "
        "submit(): self._jobs.put(job).",
    ),
)
def test_size_jobs_at_a_time(chapter: Attempt) -> None:
    """`size` jobs run at the same time, in `size` threads of the pool's own, used again and again."""
    barrier, met = threading.Barrier(3), []
    workers: set[threading.Thread] = set()

    def job() -> None:
        workers.add(threading.current_thread())
        met.append(meets(barrier))

    pool = in_foreground(lambda: chapter.Pool(3))
    for _ in range(9):
        pool.submit(job)
    pool.close()
    here = threading.current_thread()
    holds(
        "A job ran in the thread that submitted it.",
        here not in workers,
        usually=beliefs.SUBMIT_DOES_IT,
    )
    sent = Literally("nine jobs, of which three wait for each other each time")
    same("Jobs that met two others:", sent=sent, expected=9, got=sum(met))
    same(
        "Threads that did nine jobs:",
        expected=3,
        got=len(workers),
        usually=beliefs.THREADS_ARE_FREE,
    )
    daemons = all(worker.daemon for worker in workers)
    holds("The pool's threads are no daemons.", daemons, usually=beliefs.PROGRAM_ENDS)


@promise(
    task=2,
    usually=beliefs.POOL_TAKES_ALL,
    signs={"hang": beliefs.POOL_TAKES_ALL},
    hints=(
        "Both threads are busy. Where is the third job when your submit() has returned?",
        "A queue takes a job, whether anybody is free or not. Something has to count the free threads.",
        "self._free = threading.Semaphore(size); submit() calls self._free.acquire() first; a thread "
        "calls self._free.release() when a job is done.",
    ),
)
def test_submit_waits_for_a_free_thread(chapter: Attempt) -> None:
    """While all threads are busy, submit() waits: no job waits in the pool for a free thread."""
    third_taken = threading.Event()
    too_early: list[bool] = []
    done: list[str] = []

    def job() -> None:
        too_early.append(third_taken.wait(NOT_YET))

    pool = chapter.Pool(2)
    pool.submit(job)
    pool.submit(job)
    pool.submit(partial(done.append, "third"))
    third_taken.set()
    pool.close()
    same("Was the third job taken while both were busy?", expected=False, got=too_early[0])
    same("Done after that:", expected=["third"], got=done, usually=beliefs.HANDED_OVER_IS_DONE)


@promise(
    task=2,
    usually=beliefs.NOTHING_GOES_WRONG,
    signs={"hang": beliefs.NOTHING_GOES_WRONG, Exception: beliefs.NOTHING_GOES_WRONG},
    hints=(
        "A job raises. Which of your lines does the error reach, and what ends there?",
        "Put a try around each job, inside the loop; the thread is free again afterwards, however "
        "the job ended.",
        "try: job() except Exception: logging.exception('a job failed') finally: self._free.release()",
    ),
)
def test_failed_job_harms_no_other(chapter: Attempt) -> None:
    """An error in a job is logged with its traceback; the thread goes on to the next job."""
    done: list[str] = []

    def fail(error: Exception) -> None:
        raise error

    with logged_errors() as logged:
        pool = chapter.Pool(1)
        pool.submit(partial(fail, KeyError("a bug")))
        pool.submit(partial(fail, TimeoutError("silent")))
        pool.submit(partial(done.append, "next"))
        pool.close()
    same("The job after them:", expected=["next"], got=done)
    same("Logged with a traceback:", expected=["KeyError", "TimeoutError"], got=logged)


@promise(
    task=2,
    usually=beliefs.ONE_AFTER_THE_OTHER,
    signs={"silence": beliefs.ONE_AFTER_THE_OTHER, "hang": beliefs.ONE_AFTER_THE_OTHER},
    hints=(
        "The first client is silent. Who serves the second, and who accepts it?",
        "The acceptor's thread only accepts and submits. It must never wait for a client.",
        "In Server.run: self.pool.submit(partial(self.serve, conn)). `python3 -m course reset 6` "
        "brings the Server back as it was.",
    ),
)
def test_silent_client_harms_no_other(chapter: Attempt) -> None:
    """On a Server with your Pool, silent clients cost one worker each; the next client is answered."""
    with (
        chapter.Server(echo_back, workers=3) as server,
        socket.create_connection(server.address),
        socket.create_connection(server.address) as silent,
        socket.create_connection(server.address) as client,
        socket.create_connection(server.address) as beyond,
        socket.create_connection(server.address) as further,
    ):
        beyond.sendall(b"I wait")
        further.sendall(b"so do I")
        client.sendall(b"hi")
        same("What came back:", sent=b"hi", expected=b"hi", got=client.recv(9))
        client.close()
        same("To the one beyond:", sent=b"I wait", expected=b"I wait", got=beyond.recv(9))
        silent.close()
        same("To the last:", sent=b"so do I", expected=b"so do I", got=further.recv(9))


@promise(
    task=2,
    usually=beliefs.TOLD_IS_ENDED,
    signs={
        "silence": beliefs.TOLD_IS_ENDED,
        "hang": beliefs.TOLD_IS_ENDED,
        OSError: beliefs.TOLD_IS_ENDED,
    },
    hints=(
        "stop() is called while handlers wait for silent clients. What ends their recv()?",
        "Server.stop shuts the clients' connections down for reading, then calls your close(). Does "
        "close() wait for more than its threads?",
        "close() puts None for each thread and joins each. `python3 -m course reset 6` brings the "
        "Server back as it was.",
    ),
)
def test_server_stops_though_clients_are_silent(chapter: Attempt) -> None:
    """stop() ends though clients are silent: each handler reads the end, and may still answer."""
    before, begun = set(threading.enumerate()), SimpleQueue[object]()

    def handle(conn: socket.socket, name: object) -> None:
        begun.put(name)
        conn.sendall(b"goodbye" if conn.recv(100) == b"" else b"?")

    server = chapter.Server(handle, workers=2)
    with server:
        with (
            socket.create_connection(server.address) as first,
            socket.create_connection(server.address) as second,
            socket.create_connection(server.address),
            socket.create_connection(server.address),
        ):
            begun.get()
            begun.get()
            server.stop()
            for client in (first, second):
                same("A client's last bytes:", expected=b"goodbye", got=receive_all(client))
        refused = "A client came after stop()."
        with refusal(refused, ConnectionError), socket.create_connection(server.address):
            pass
        same("Threads that still run:", expected=[], got=new_threads(before))
        same("stop() again returned:", expected=None, got=described(server.stop))


@promise(
    task=3,
    usually=beliefs.HANDED_OVER_IS_DONE,
    signs={
        "silence": beliefs.HANDED_OVER_IS_DONE,
        "hang": beliefs.LOOKS_BY_ITSELF,
        "leak": beliefs.OPENED_IS_MINE,
        ValueError: beliefs.TEXT,
    },
    hints=(
        "Whoever closes comes directly after the last put(). What has been sent by then?",
        "The thread ends when it has been told that no more comes and nothing is left. close() "
        "joins it.",
        "The thread: with self._changed: self._changed.wait_for(lambda: self._waiting or "
        "self._closing); take what waits; send it outside the with; nothing taken: the end.",
    ),
)
def test_lines_are_sent_in_order(chapter: Attempt) -> None:
    """Each line goes out in order, as UTF-8 with LF; close() sends what waits and leaves the rest."""
    lines = ["first", "héllo ✓", "", *(f"line {number}" for number in range(500)), "last"]
    expected = "".join(f"{line}\n" for line in lines).encode()
    before = set(threading.enumerate())
    with connected() as (client, server):

        def begin() -> Any:
            outbox = chapter.Outbox(server)
            outbox.put(lines[0])
            return outbox

        outbox = in_foreground(begin)
        daemons = all(thread.daemon for thread in threading.enumerate() if thread not in before)
        for line in lines[1:]:
            outbox.put(line)
        begun = time.monotonic()
        outbox.close()
        in_time = time.monotonic() - begun < 0.9 * chapter.LAST_WORDS
        left = new_threads(before)
        still_open = described(lambda: server.sendall(b"the connection is open"))
        what = "close() cut off a client who reads."
        if not in_time:
            what += (
                " Your thread did not end in time: does it wait for a lock that close() holds, or "
                "for a notify() that has been or never comes?"
            )
        holds(what, still_open is None, got=still_open, usually=None)
        server.shutdown(socket.SHUT_WR)
        got = receive_all(client).removesuffix(b"the connection is open")
    plain = got.replace(b"\n", b"") == expected.replace(b"\n", b"")
    usually: Reason = None  # if the thread never sent
    if got:
        usually = (
            beliefs.ONE_SEND_ONE_LINE
            if plain
            else beliefs.HANDED_OVER_IS_DONE
            if expected.startswith(got)
            else beliefs.TEXT
        )
    same("What the client received:", sent=lines[:3], expected=expected, got=got, usually=usually)
    same("Threads that still run:", expected=[], got=left, usually=beliefs.OPENED_IS_MINE)
    holds("The outbox's thread is no daemon.", daemons, usually=beliefs.PROGRAM_ENDS)


@promise(
    task=3,
    usually=beliefs.SENDING_IS_QUICK,
    signs={"hang": beliefs.SENDING_IS_QUICK, "silence": beliefs.SENDING_IS_QUICK},
    hints=(
        "This client does not read. Which thread of yours waits until it does?",
        "put() only adds to what waits, and tells the other thread. That one sends, and not while "
        "it holds the lock that put() needs.",
        "with self._changed: self._waiting += f'{line}\\n'.encode(); self._changed.notify()",
    ),
)
def test_put_never_waits(chapter: Attempt) -> None:
    """put() never waits, though the client does not read; if it reads later, all is there."""
    with narrow_connection() as (client, server):
        outbox = chapter.Outbox(server, limit=1_000_000)
        outbox.put("x" * 499_999)
        client.settimeout(MEETING)
        got = read_up_to(client, 1)  # it is being sent now, and does not fit
        holds("put() has returned, and nothing is sent.", got, usually=beliefs.LOOKS_BY_ITSELF)
        client.settimeout(None)
        for _ in range(40):
            outbox.put("x" * 9_999)
        while got < 900_000 and (piece := client.recv(65536)):
            got += len(piece)
        same("Bytes that the client reads later:", sent=900_000, expected=900_000, got=got)
        outbox.close()


@promise(
    task=3,
    usually=beliefs.NOTHING_GOES_WRONG,
    signs={"hang": beliefs.NOTHING_GOES_WRONG, OSError: beliefs.NOTHING_GOES_WRONG},
    hints=(
        "The client resets its connection, or lets the timeout pass. What does sendall() do in your "
        "thread?",
        "An OSError there is the end of the sending, not of the program. Whoever reads from this "
        "client has to learn of it: cut it off.",
        "try: the loop that sends; except OSError: self._conn.shutdown(socket.SHUT_RDWR), inside "
        "suppress(OSError).",
    ),
)
def test_failed_sending_cuts_the_client_off(chapter: Attempt) -> None:
    """When sending fails, put() and close() raise nothing, and the client is cut off."""
    with connected() as (client, server):
        outbox = chapter.Outbox(server)
        outbox.put("first")
        reset(client)
        for number in range(200):
            outbox.put(f"line {number}")
        same("close() returned:", expected=None, got=described(outbox.close))
        same("put() after it returned:", expected=None, got=described(lambda: outbox.put("x")))
        same("close() again returned:", expected=None, got=described(outbox.close))
    with narrow_connection() as (_client, server):
        server.settimeout(0.05)
        outbox = chapter.Outbox(server)
        outbox.put("x" * 500_000)
        check_cut_off(server, "After a timeout in sendall() the client was not cut off.")
        outbox.close()


@promise(
    task=3,
    usually=beliefs.SLOW_CATCHES_UP,
    signs={
        "hang": beliefs.SLOW_CATCHES_UP,
        "leak": beliefs.OPENED_IS_MINE,
        OSError: beliefs.SLOW_CATCHES_UP,
    },
    hints=(
        "A client never reads, and lines are put for ever. What stops growing, and when?",
        "In put(), look how many bytes wait already: either there is room, or the client is cut off.",
        "if len(self._waiting) < self._limit: add it; else: self._conn.shutdown(socket.SHUT_RDWR), "
        "inside suppress(OSError).",
    ),
)
def test_slow_client_is_cut_off(chapter: Attempt) -> None:
    """A client for whom `limit` bytes wait is cut off, and both ends notice; one who reads is not."""
    line, usually = "x" * 9_999, beliefs.LIMIT_IN_ALL
    with connected() as (client, server):
        client.settimeout(MEETING)
        outbox = chapter.Outbox(server, limit=50_000)
        got = 0
        for _ in range(20):
            outbox.put(line)
            got += read_up_to(client, 10_000)
        sent = Literally("20 lines of 10,000 bytes, each read before the next; limit=50_000")
        same("Bytes that the client read:", sent=sent, expected=200_000, got=got, usually=usually)
        outbox.close()
    for line, count, usually in (("x" * 9_999, 100, beliefs.SLOW_CATCHES_UP), *WIDE_LINES):
        with narrow_connection() as (client, server):
            outbox = chapter.Outbox(server, limit=50_000)
            for _ in range(4):
                outbox.put(line)
            holds("With room for more, the client was cut off.", not ended_already(server))
            for _ in range(count - 4):
                outbox.put(line)
            size = count * len(f"{line}\n".encode())
            sent = Literally(f"{count} lines, {size} bytes; limit=50_000")
            closed = server.fileno() == -1
            holds(
                "put() closed the connection under its reader.",
                not closed,
                usually=beliefs.CLOSE_WAKES,
            )
            what = "Whoever reads from this client still waits: it was not cut off."
            holds(what, ended(server), sent=sent, usually=usually)
            got = len(receive_all(client))
            holds("The client got everything.", got < size, sent=sent, got=got, usually=usually)
            outbox.put("after that")
            outbox.close()


WIDE_LINES = (
    ("😀" * 2_499, 19, beliefs.CHARACTERS_ARE_BYTES),
)  # 190,000 bytes, but 47,500 characters


def ended_already(conn: socket.socket) -> bool:
    """Tell whether there is something to read at this moment: where nobody sends, the end."""
    with selectors.DefaultSelector() as selector:
        selector.register(conn, selectors.EVENT_READ)
        return bool(selector.select(0))


@promise(
    task=3,
    usually=beliefs.TOLD_IS_ENDED,
    signs={"hang": beliefs.TOLD_IS_ENDED, "leak": beliefs.TOLD_IS_ENDED},
    hints=(
        "The thread is in sendall(), for a client who does not read. Does it hear that it shall end?",
        "join() takes a number of seconds. If the thread is still alive then, cut the client off: "
        "its sendall() raises.",
        "self._thread.join(seconds); if self._thread.is_alive(): "
        "self._conn.shutdown(socket.SHUT_RDWR), then join again.",
    ),
)
def test_close_ends_though_nobody_reads(chapter: Attempt) -> None:
    """close() waits for `seconds` at most; then the client is cut off, and the thread has ended."""
    before = set(threading.enumerate())
    with narrow_connection() as (client, server):
        outbox = chapter.Outbox(server)
        outbox.put("x" * 499_999)
        client.recv(1)  # your thread is in sendall() now, and not all of it fits
        has_ended = threading.Event()

        def close() -> None:
            try:
                outbox.close(0.05)
            finally:
                has_ended.set()

        with running(close):
            has_ended.wait(MEETING)
            closed = server.fileno() == -1
            holds(
                "close() closed the connection under its thread.",
                not closed,
                usually=beliefs.CLOSE_WAKES,
            )
        same("Threads that still run:", expected=[], got=new_threads(before))
        holds("The client was not cut off.", ended(server))


@promise(
    task=4,
    usually=beliefs.NOBODY_COMES_BETWEEN,
    signs={KeyError: beliefs.LEAVES_ONCE, ValueError: beliefs.LEAVES_ONCE},
    hints=(
        "Who is here, by name, and how is each reached? One dict says both.",
        "join() looks whether the name is in it; leave() takes it out, if it is there; broadcast() "
        "calls each value.",
        "leave(): self._members.pop(name, None), under the lock.",
    ),
)
def test_members_come_and_go(chapter: Attempt) -> None:
    """A name that is taken is refused and nothing changes; who is here hears all, who left nothing."""
    heard: dict[str, list[str]] = {"ada": [], "bob": [], "second ada": []}
    room = chapter.Room()
    same("Ada joins:", expected=True, got=room.join("ada", heard["ada"].append))
    same("Bob joins:", expected=True, got=room.join("bob", heard["bob"].append))
    second = room.join("ada", heard["second ada"].append)
    same("Another ada joins:", expected=False, got=second, usually=None)
    room.broadcast("one")
    room.leave("bob")
    room.broadcast("two")
    expected = {"ada": ["one", "two"], "bob": ["one"], "second ada": []}
    same("What they heard:", expected=expected, got=heard)
    same("Bob leaves again:", expected=None, got=room.leave("bob"))
    same("Bob comes back:", expected=True, got=room.join("bob", heard["bob"].append))


@promise(
    task=4,
    usually=beliefs.NOBODY_COMES_BETWEEN,
    hints=(
        "Two threads look at the same time whether a name is free. What do both find?",
        "Nobody may come between the looking and the adding: hold one lock for both.",
        "with self._lock: if name in self._members: return False; self._members[name] = deliver; "
        "return True",
    ),
)
def test_one_of_two_gets_the_name(chapter: Attempt) -> None:
    """Two threads join with the same name at the same moment: exactly one of them gets it."""
    barrier = threading.Barrier(2)

    class Name(str):
        """A name whose hash takes a moment: until the other thread wants it, too."""

        __slots__ = ()

        def __hash__(self) -> int:
            meets(barrier, NOT_YET)
            return super().__hash__()

    room, heard = chapter.Room(), SimpleQueue[str]()
    with (
        running(room.join, Name("ada"), heard.put) as first,
        running(room.join, Name("ada"), heard.put) as second,
    ):
        got = sorted([first.result(), second.result()])
    same("The two calls of join() returned:", expected=[False, True], got=got)
    room.broadcast("hello")
    same("Members who hear a line:", expected=1, got=heard.qsize())


@promise(
    task=4,
    usually=beliefs.LOCK_AROUND_ALL,
    signs={
        "hang": beliefs.LOCK_AROUND_ALL,
        RuntimeError: beliefs.LOOP_HAS_A_COPY,
        KeyError: beliefs.NOBODY_COMES_BETWEEN,
    },
    hints=(
        "While a line is delivered, members join and leave. What do you go over, and what do you hold?",
        "Under the lock, copy the members; then release it, and deliver to those in the copy.",
        "with self._lock: everybody = list(self._members.values()). After the with: for deliver in "
        "everybody: deliver(line)",
    ),
)
def test_room_changes_while_a_line_is_delivered(chapter: Attempt) -> None:
    """Members join and leave while a line is delivered, by other threads and by deliver itself."""
    room, heard = chapter.Room(), SimpleQueue[str]()
    begun, changed = threading.Event(), threading.Event()
    in_time: list[bool] = []

    def slow(_line: str) -> None:
        begun.set()
        in_time.append(changed.wait(MEETING))

    room.join("slow", slow)
    with running(room.broadcast, "one"):
        begun.wait()
        room.join("eve", heard.put)
        room.leave("slow")
        room.leave("eve")
        changed.set()
    same("Could others join and leave meanwhile?", expected=True, got=in_time[0])

    names: list[str] = []

    def hears(name: str) -> Callable[[str], None]:
        return lambda _line: names.append(name)

    def changes(_line: str) -> None:
        names.append("ada")
        room.leave("ada")
        room.leave("eve")
        room.join("cyd", hears("cyd"))

    room.join("ada", changes)
    for name in ("bob", "dan", "eve"):
        room.join(name, hears(name))
    sent = Literally("a line to ada, bob, dan and eve; at it ada leaves, eve leaves, cyd joins")
    room.broadcast("two")
    got = sorted(name for name in names if name != "eve")  # who may have heard it, or not
    usually = beliefs.LOOP_HAS_A_COPY
    same("Heard it:", sent=sent, expected=["ada", "bob", "dan"], got=got, usually=usually)
    names.clear()
    room.broadcast("three")
    sent = Literally("the next line")
    same("Heard it:", sent=sent, expected=["bob", "cyd", "dan"], got=sorted(names), usually=None)


@promise(
    task=5,
    usually=beliefs.STATE_IS_MINE,
    signs={"leak": beliefs.OPENED_IS_MINE},
    hints=(
        "Two members are here at the same time. Where does your code keep the name of each?",
        "Reader, outbox and name are local variables: each call of chat() has its own.",
        "reader, outbox = ByteReader(conn), Outbox(conn); name = reader.read_line(); "
        "room.join(name, outbox.put); then for each line: room.broadcast(f'{name}: {line}')",
    ),
)
def test_everybody_hears_who_said_what(chapter: Attempt) -> None:
    """Everybody hears who joined, what each one said, and who left."""
    room = chapter.Room()
    with member(chapter, room, "ada") as ada:
        with member(chapter, room, "bob") as bob:
            same("Ada hears:", expected="* bob joined", got=ada.hears())
            for speaker, name, words in (
                (ada, "ada", "hello"),
                (bob, "bob", "héllo ✓"),
                (ada, "ada", ""),
            ):
                speaker.says(words)
                for listener, who in ((ada, "ada"), (bob, "bob")):
                    got = listener.hears()
                    sent = Literally(f"{name} says {words!r}; {who} listens")
                    usually = beliefs.STATE_IS_MINE if words else beliefs.EMPTY_IS_THE_END
                    expected = f"{name}: {words}"
                    same("They hear:", sent=sent, expected=expected, got=got, usually=usually)
        same("Bob has left; ada hears:", expected="* bob left", got=ada.hears())


@promise(
    task=5,
    usually=beliefs.UNDOES_ALL,
    signs={"leak": beliefs.CLOSES_ITSELF},
    hints=(
        "A second ada is turned away. Is the first one still in the room afterwards?",
        "Only somebody who has joined leaves. So the try whose finally says leave() stands inside "
        "the if that asks join().",
        "if name and room.join(name, outbox.put): try: … finally: room.leave(name); "
        "elif name: outbox.put(f'* {name} is taken')",
    ),
)
def test_taken_or_empty_name_is_the_end(chapter: Attempt) -> None:
    """A name that is taken is answered, an empty one not; both are the end, and nobody else hears."""
    room = chapter.Room()
    with member(chapter, room, "ada") as ada:
        for sent, expected in ((b"ada\n", b"* ada is taken\n"), (b"\n", b""), (b"", b"")):
            with connected() as (client, server), running(chapter.chat, server, room):
                client.sendall(sent)
                if not sent:
                    client.shutdown(socket.SHUT_WR)
                usually = None if sent == b"\n" else beliefs.CLOSES_ITSELF
                got = Member(client).hears_out(sent, usually)
            same("The client received:", sent=sent, expected=expected, got=got, usually=None)
            ada.says("still here")
            same("Ada says and hears:", sent=sent, expected="ada: still here", got=ada.hears())
        with connected() as (client, server):
            client.sendall(b"ada\n" + b"x" * 120_000)
            with running(attempt, chapter.chat, server, room):
                end = described(lambda: receive_all(client))
                more = described(lambda: send_in_pieces(client, 50))
                client.close()
        usually, what = (
            beliefs.CLOSE_DELIVERS,
            Literally("ada, and 120,000 bytes that you need not read"),
        )
        expected = b"* ada is taken\n"
        same("The client received:", sent=what, expected=expected, got=end, usually=usually)
        what = Literally("ada, and then, after your end, 1,000,000 bytes")
        same("The client's sendall() gave:", sent=what, expected=None, got=more, usually=usually)


@promise(
    task=5,
    usually=beliefs.HALF_IS_WHOLE,
    signs={ValueError: beliefs.NOTHING_GOES_WRONG, "leak": beliefs.CLOSES_ITSELF},
    hints=(
        "Chapter 5's reader tells half a line from a whole one. How?",
        "It raises, and so it does for what is no UTF-8 or too long. All of these are a ValueError.",
        "except ValueError, around all of it: this member has come to the end; the finally does "
        "the rest.",
    ),
)
def test_what_is_no_line_is_told_to_nobody(chapter: Attempt) -> None:
    """Half a line, no UTF-8, or a line without end is told to nobody; this member leaves."""
    room = chapter.Room()
    with member(chapter, room, "ada") as ada:
        joins, leaves = b"eve\nwhole\n", ["* eve joined", "eve: whole", "* eve left"]
        for first, heard in ((joins, leaves), (b"", [])):
            for bad in (b"hal", b"\xff\xfe\n", b"x" * 9000):
                sent = first + bad
                with (
                    connected() as (client, server),
                    running(attempt, chapter.chat, server, room) as call,
                ):
                    client.sendall(sent)
                    if bad == b"hal":
                        client.shutdown(socket.SHUT_WR)
                    try:
                        Member(client).hears_out(sent)
                    finally:
                        client.close()
                        if error := call.result():
                            raise error
                ada.says("still here")
                expected = [*heard, "ada: still here"]
                got = [ada.hears() for _ in expected]
                usually = (
                    beliefs.HALF_IS_WHOLE
                    if any("hal" in line for line in got)
                    else beliefs.NOTHING_GOES_WRONG
                )
                same("What ada hears:", sent=sent, expected=expected, got=got, usually=usually)


@promise(
    task=5,
    usually=beliefs.NOTHING_GOES_WRONG,
    signs={"leak": beliefs.CLOSES_ITSELF},
    hints=(
        "This member is gone, without a goodbye. Which of your lines still runs?",
        "finally runs on every way out. It comes in two: one for the room, one for the connection.",
        "try: … read and broadcast … finally: room.leave(name); room.broadcast(f'* {name} left'). "
        "Around all: finally: outbox.close(); close_gracefully(conn, LAST_WORDS)",
    ),
)
def test_member_leaves_on_every_way_out(chapter: Attempt) -> None:
    """However a member goes, the others hear it, its name is free, and its connection is closed."""
    ways: tuple[tuple[str, float, Callable[[socket.socket], object]], ...] = (
        ("says goodbye", 30.0, lambda client: client.shutdown(socket.SHUT_WR)),
        ("resets the connection", 30.0, reset),
        ("is silent until the timeout is over", NOT_YET, lambda _client: None),
    )
    for what, timeout, go in ways:
        room = chapter.Room()
        said: list[object] = []

        def deliver(line: str, room: Any = room, said: list[object] = said) -> None:
            said.append(line)
            if line == "* ada left":
                said.append(room.join("ada", print))

        room.join("bob", deliver)
        with connected() as (client, server):
            server.settimeout(timeout)
            here, sent = Member(client), Literally(f"ada joins, then {what}")
            here.says("ada")
            with running(attempt, chapter.chat, server, room) as call:
                here.hears()
                go(client)
                if go is not reset:
                    here.hears_out()
                error = call.result()
            if error and not isinstance(error, OSError):
                raise error
            heard = ["* ada joined", "* ada left"]
            same("What bob heard:", sent=sent, expected=heard, got=said[:2])
            usually = beliefs.NOBODY_COMES_BETWEEN
            same(
                "By then the name was free:", sent=sent, expected=True, got=said[2], usually=usually
            )
            raised, broke = isinstance(error, OSError), "goodbye" not in what
            usually = beliefs.ERRORS_ARE_MINE_TO_HIDE
            same("chat() raised OSError:", sent=sent, expected=broke, got=raised, usually=usually)
            holds("The connection is open.", server.fileno() == -1, usually=beliefs.CLOSES_ITSELF)


@promise(
    task=5,
    usually=beliefs.SENDING_IS_QUICK,
    signs={"hang": beliefs.SENDING_IS_QUICK, "silence": beliefs.SENDING_IS_QUICK},
    hints=(
        "One member never reads. Whose thread waits for it?",
        "Nobody sends to another member's connection. Each line goes into that member's outbox.",
        "room.join(name, outbox.put)",
    ),
)
def test_slow_member_harms_nobody(chapter: Attempt) -> None:
    """A member who never reads harms nobody: the others hear every line."""
    room = chapter.Room()
    with (
        narrow_connection() as (client, server),
        running(attempt, chapter.chat, server, room) as call,
        member(chapter, room, "ada") as ada,
    ):
        slow = Member(client)
        slow.says("slow")
        same("Ada hears:", expected="* slow joined", got=ada.hears())
        with member(chapter, room, "bob") as bob:
            same("Ada hears:", expected="* bob joined", got=ada.hears())
            for number in range(20):
                line = f"{number} " + "x" * 8000
                ada.says(line)
                for listener in (ada, bob):
                    same("They hear:", sent=line, expected=f"ada: {line}", got=listener.hears())
        same("Ada hears:", expected="* bob left", got=ada.hears())
        reset(client)
        call.result()
        same("Ada hears:", expected="* slow left", got=ada.hears())


def meets(barrier: threading.Barrier, seconds: float = MEETING) -> bool:
    """Wait for the other threads of a barrier; tell whether they came."""
    try:
        barrier.wait(seconds)
    except threading.BrokenBarrierError:
        return False
    return True


def echo_back(conn: socket.socket, _name: object) -> None:
    """Handle a client: send everything back."""
    while piece := conn.recv(65536):
        conn.sendall(piece)


def ended(conn: socket.socket) -> bool:
    """Tell whether reading from a connection gives its end, or an error, at once or in a second."""
    with selectors.DefaultSelector() as selector:
        selector.register(conn, selectors.EVENT_READ)
        if not selector.select(1.0):
            return False
    with suppress(OSError):
        return not conn.recv(1)
    return True


def check_cut_off(conn: socket.socket, what: str) -> None:
    """Require that a connection is shut down, and not closed under its reader."""
    cut_off = False
    with suppress(ValueError):  # a closed socket has no descriptor
        cut_off = ended(conn)
    closed = conn.fileno() == -1
    holds("The connection was closed under its reader.", not closed, usually=beliefs.CLOSE_WAKES)
    holds(what, cut_off)


def send_in_pieces(conn: socket.socket, count: int) -> None:
    """Send so many pieces of 20,000 bytes, one after the other."""
    for _ in range(count):
        conn.sendall(b"x" * 20_000)


def read_up_to(conn: socket.socket, count: int) -> int:
    """Read so many bytes, or fewer if the stream ends or is silent; return how many."""
    got = 0
    with suppress(OSError):
        while got < count and (piece := conn.recv(count - got)):
            got += len(piece)
    return got


@contextmanager
def narrow_connection() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Make a connection whose buffers hold a few thousand bytes; give the client's end and ours."""
    with listening() as listener, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(listener.getsockname())
        server, _ = listener.accept()
        with server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            yield client, server


def attempt(function: Callable[..., object], *arguments: object) -> Exception | None:
    """Call a function; return the error that it raises, if it does."""
    try:
        function(*arguments)
    except NotImplementedError:
        raise
    except Exception as error:
        return error
    return None


def in_foreground(call: Callable[[], Result]) -> Result:
    """Make a call in a thread like the main thread: what it starts is a daemon only if told to be."""
    results: list[Result] = []
    errors: list[BaseException] = []

    def body() -> None:
        try:
            results.append(call())
        except BaseException as error:  # raised below
            errors.append(error)

    thread = threading.Thread(target=body, daemon=False)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def new_threads(before: set[threading.Thread]) -> list[str]:
    """Return the names of the threads that have been started since and still run."""
    return [thread.name for thread in threading.enumerate() if thread not in before]


class Member:
    """A client of the chat, seen from its own side."""

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(MEETING)
        self.sock = sock
        self._received = b""

    def says(self, *lines: str) -> None:
        """Send lines."""
        self.sock.sendall("".join(f"{line}\n" for line in lines).encode())

    def hears(self) -> str:
        """Wait for the next line, for a second at most."""
        while b"\n" not in self._received:
            try:
                piece = self.sock.recv(65536)
            except TimeoutError:
                return Literally("nothing, for a second")
            if not piece:
                return Literally(f"the end of the stream, after {self._received!r}")
            self._received += piece
        line, _, self._received = self._received.partition(b"\n")
        return line.decode()

    def hears_out(self, sent: object = NOT_GIVEN, usually: Reason = beliefs.CLOSES_ITSELF) -> bytes:
        """Read to the end of the stream, and close."""
        try:
            self._received += receive_all(self.sock)
        except TimeoutError:
            broken("The client waits for the end of the stream.", sent=sent, usually=usually)
        self.sock.close()
        return self._received

    def leaves(self) -> None:
        """Finish sending, and read to the end."""
        self.sock.shutdown(socket.SHUT_WR)
        self.hears_out()


@contextmanager
def member(chapter: Attempt, room: Any, name: str) -> Iterator[Member]:
    """Let somebody join a room, up to the line that says so; leave at the end of the block."""
    with connected() as (client, server), running(attempt, chapter.chat, server, room) as call:
        here = Member(client)
        here.says(name)
        joined = f"* {name} joined"
        same(f"{name} joins and hears:", sent=name, expected=joined, got=here.hears(), usually=None)
        yield here
        here.leaves()
        if error := call.result():
            raise error


TASKS = {
    1: "serve_in_thread",
    2: "Pool.__init__, Pool.submit, Pool.close",
    3: "Outbox.__init__, Outbox.put, Outbox.close",
    4: "Room.__init__, Room.join, Room.leave, Room.broadcast",
    5: "chat",
}
