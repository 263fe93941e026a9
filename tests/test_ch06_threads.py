"""The promises of chapter 6: how one server serves many clients."""

import linecache
import queue
import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from types import FrameType
from typing import Any, TypeVar
from unittest import mock

from course.checks.answers import Attempt
from course.checks.expect import NOT_GIVEN, Literally, Reason, broken, described, holds, same
from course.checks.peers import (
    connected,
    listening,
    logged_errors,
    observes,
    receive_all,
    reset,
    running,
    simulates,
)
from course.checks.promises import promise
from tests import beliefs, hints

Result = TypeVar("Result")

MEETING = 1.0  # seconds for threads that work at the same time to meet
NOT_YET = 0.1  # seconds in which something must not happen
QUIET = 0.3  # seconds in which nothing happens
HURRY = 0.02  # seconds


@promise(
    task=1,
    usually=beliefs.THREAD_CALLS,
    signs={"hang": beliefs.THREAD_CALLS, TypeError: beliefs.THREAD_CALLS},
    hints=(
        "Your client says nothing. Which thread waits for it: the new one, or yours?",
        "Give Thread the function and its arguments separately: target=…, args=(…, …). Then call "
        "start().",
        "thread = threading.Thread(target=serve_client, args=(conn, handle), daemon=True); "
        "thread.start(); return thread",
    ),
    hints_if={
        "join": (
            "The client may stay for hours. When does your function return?",
            "It returns the thread at once, while the thread is still running.",
            "Remove join() from serve_in_thread().",
        ),
        beliefs.WITH_WAITS: hints.THREAD_OWNS_CONN,
        beliefs.PROGRAM_ENDS: (
            "A client stays connected, and your program has run its last line. Does the program end?",
            "At the end of a program, Python waits for every thread that is not a daemon.",
            "Give Thread one more argument: daemon=True.",
        ),
    },
)
def test_returns_while_the_client_is_silent(chapter: Attempt) -> None:
    """serve_in_thread() returns its thread at once, though the client says nothing. It is a daemon."""
    with connected() as (client, server):
        with joins(chapter) as joined:
            thread = chapter.serve_in_thread(server, echo_back)
        holds(
            "serve_in_thread() waits for its thread, with join().",
            not joined,
            usually=None,
            clue="join",
        )
        is_thread = isinstance(thread, threading.Thread)
        holds("serve_in_thread() returned no thread.", is_thread, got=thread, usually=None)
        closed = server.fileno() == -1
        what = "serve_in_thread() closed the connection."
        holds(what, not closed, usually=beliefs.WITH_WAITS)
        holds("The thread is not running.", thread.is_alive())
        client.shutdown(socket.SHUT_WR)
        thread.join()
    with connected() as (client, server):
        client.shutdown(socket.SHUT_WR)
        thread = in_foreground(lambda: chapter.serve_in_thread(server, echo_back))
        holds("The thread is not a daemon.", thread.daemon, usually=beliefs.PROGRAM_ENDS)
        thread.join()


@promise(
    task=1,
    usually=beliefs.ONE_AFTER_THE_OTHER,
    signs={"hang": beliefs.ONE_AFTER_THE_OTHER},
    hints=(
        "Here two handlers wait for each other. What keeps the second one from starting?",
        "No lock may be held while a handler runs, and nobody may wait for its end.",
        "serve_in_thread() makes the thread, starts it, and returns it. Remove everything else.",
    ),
)
def test_two_clients_at_the_same_time(chapter: Attempt) -> None:
    """Two clients are served at the same time, each in the thread that was returned for it."""
    barrier, met = threading.Barrier(2), []
    ran: list[threading.Thread] = []

    def handle(_conn: socket.socket, _name: object) -> None:
        ran.append(threading.current_thread())
        met.append(meets(barrier))

    with connected() as (_, first), connected() as (_, second):
        threads = [chapter.serve_in_thread(conn, handle) for conn in (first, second)]
        for thread in threads:
            thread.join()
    sent = Literally("two clients, whose handlers wait for each other")
    same("Handlers that met the other one:", sent=sent, expected=2, got=sum(met))
    what = "A handler did not run in the thread that was returned for its client."
    holds(what, set(ran) == set(threads), usually=None)


@promise(
    task=1,
    usually=beliefs.CLOSES_ITSELF,
    signs={
        "silence": beliefs.CLOSES_ITSELF,
        "leak": beliefs.CLOSES_ITSELF,
        Exception: beliefs.NOTHING_GOES_WRONG,
    },
    hints=(
        "Your serve_client() finds the 4-tuple, calls the handler, logs its errors, and closes.",
        "The target of the thread is not the handler itself, but serve_client().",
        "threading.Thread(target=serve_client, args=(conn, handle), daemon=True)",
    ),
)
def test_client_is_served_as_in_accept(chapter: Attempt) -> None:
    """The handler gets the connection and its 4-tuple. Errors are logged, the connection is closed."""
    names: list[object] = []

    def welcome(conn: socket.socket, name: object) -> None:
        names.append(name)
        conn.sendall(b"welcome")

    def fail(_conn: socket.socket, _name: object) -> None:
        raise KeyError("a bug")

    with connected() as (client, server):
        local = chapter.Endpoint(*client.getpeername())
        remote = chapter.Endpoint(*client.getsockname())
        thread = chapter.serve_in_thread(server, welcome)
        same("The client received:", expected=b"welcome", got=receive_all(client))
        thread.join()
        expected = [chapter.FourTuple(local, remote)]
        same("The names that the handler got:", expected=expected, got=names, usually=None)
    with connected() as (client, server), logged_errors() as logged:
        chapter.serve_in_thread(server, fail).join()
        sent = Literally("a handler with a bug, a KeyError")
        same("The client received:", sent=sent, expected=b"", got=receive_all(client))
        usually = beliefs.NOTHING_GOES_WRONG
        same(
            "Tracebacks in the log:", sent=sent, expected=["KeyError"], got=logged, usually=usually
        )


@promise(
    task=2,
    usually=beliefs.NONE_IS_A_JOB,
    hints=(
        "A thread takes None from the queue. What does it do then?",
        "None is not a job. It says that no more jobs come: the thread returns.",
        "while (job := self.jobs.get()) is not None: job()",
    ),
    hints_if={
        "jobs": (
            "Five jobs, and two threads. How many jobs does each of your threads do?",
            "A thread takes a job, calls it, and takes the next one, whatever the job returned.",
            "while (job := self.jobs.get()) is not None: job()",
        ),
    },
)
def test_thread_works_until_none(chapter: Attempt) -> None:
    """Each thread does one job after another, whatever they return, until it takes None."""
    done: list[int] = []

    def job(number: int) -> object:
        done.append(number)
        return (None, 1, None, False, "")[number]

    pool = chapter.Pool(2)
    for number in range(5):
        pool.jobs.put(partial(job, number))
    for _ in range(2):
        pool.jobs.put(None)
    for thread in pool.threads:
        thread.join(MEETING / 2)
    sent = Literally("five jobs, then None for each of the two threads")
    what, expected = "The jobs that were done:", [0, 1, 2, 3, 4]
    same(what, sent=sent, expected=expected, got=sorted(done), usually=None, clue="jobs")
    alive = [thread.name for thread in pool.threads if thread.is_alive()]
    same("Threads that still run:", sent=sent, expected=[], got=alive)


@promise(
    task=2,
    usually=beliefs.LOOKING_IS_WAITING,
    hints=(
        "For a long time, nobody puts a job. What does your thread do meanwhile?",
        "A thread sleeps in get(), however long it takes.",
        "self.jobs.get(), without a time limit.",
    ),
)
def test_thread_sleeps_while_there_is_no_job(chapter: Attempt) -> None:
    """While there is no job, a thread sleeps, however long it takes. Then it does the next one."""
    done: list[str] = []
    with impatience(chapter):
        pool = chapter.Pool(1)
        spent = processor_time(QUIET)
        what = f"In {QUIET} s without a job, the processor worked for so many seconds:"
        holds(what, spent < QUIET / 10, got=round(spent, 2))
        pool.jobs.put(partial(done.append, "at last"))
        pool.jobs.put(None)
        pool.threads[0].join()
    sent, usually = Literally("no job for a long time, then one"), beliefs.QUIET_IS_OVER
    what = "The jobs that were done:"
    same(what, sent=sent, expected=["at last"], got=done, usually=usually)


@promise(
    task=2,
    usually=beliefs.HANDED_OVER_IS_DONE,
    signs={"hang": beliefs.NONE_FOR_EACH, "leak": beliefs.OPENED_IS_MINE},
    hints=(
        "close() returns. Has every job been done by then? Has every thread ended?",
        "Each thread ends when it takes a None. Only join() says that a thread has ended.",
        "In close(): for each thread, self.jobs.put(None). Then, in a second loop, join each thread.",
    ),
    hints_if={
        "hang": (
            "close() waits for a thread that never ends. What is that thread waiting for?",
            "It needs a None. The None that you put may have gone to another thread.",
            "In close(): for each thread, self.jobs.put(None). Then, in a second loop, join each "
            "thread.",
        ),
    },
)
def test_every_job_is_done(chapter: Attempt) -> None:
    """Every job in `jobs` is done, once. When close() returns, all are done and all threads ended."""
    before = set(threading.enumerate())
    for slow in (0, -1):
        done: list[int] = []
        pool = chapter.Pool(2)
        barrier, a_while = threading.Barrier(2), threading.Event()

        def last(
            late: threading.Thread = pool.threads[slow],
            barrier: threading.Barrier = barrier,
            a_while: threading.Event = a_while,
            done: list[int] = done,
        ) -> None:  # one in each thread; `late` is the last to come back for a None
            meets(barrier)
            if threading.current_thread() is late:
                a_while.wait(NOT_YET)
            done.append(5)

        for number in range(5):
            pool.jobs.put(partial(done.append, number))
        pool.jobs.put(last)
        pool.jobs.put(last)
        pool.close()
        expected = [0, 1, 2, 3, 4, 5, 5]
        same("The jobs that were done:", sent=expected, expected=expected, got=sorted(done))
    left = new_threads(before)
    same("Threads that still run:", expected=[], got=left, usually=beliefs.OPENED_IS_MINE)


@promise(
    task=2,
    usually=beliefs.ONE_AFTER_THE_OTHER,
    signs={"hang": beliefs.NONE_FOR_EACH},
    hints=(
        "Here three jobs wait for each other. How many of your threads are working?",
        "A thread takes a job, calls it, and takes the next. It holds no lock meanwhile.",
        "while (job := self.jobs.get()) is not None: job()",
    ),
)
def test_jobs_run_at_the_same_time(chapter: Attempt) -> None:
    """With three threads, three jobs run at the same time, again and again."""
    barrier, met = threading.Barrier(3), []
    workers: set[threading.Thread] = set()

    def job() -> None:
        workers.add(threading.current_thread())
        met.append(meets(barrier))

    pool = chapter.Pool(3)
    for _ in range(9):
        pool.jobs.put(job)
    pool.close()
    sent = Literally("nine jobs; three of them at a time wait for each other")
    same("Jobs that met two others:", sent=sent, expected=9, got=sum(met))
    same("Threads that did nine jobs:", expected=3, got=len(workers), usually=None)


@promise(
    task=2,
    usually=beliefs.ERROR_ENDS_THE_JOB,
    signs={"hang": beliefs.ERROR_ENDS_THE_JOB, Exception: beliefs.ERROR_ENDS_THE_JOB},
    hints=(
        "A job raises an error. Which of your lines does the error reach, and what ends there?",
        "Put a try around the call of the job, inside the loop. Log what it raises.",
        "try: job() except Exception: logging.exception('a job failed')",
    ),
    hints_if={
        beliefs.LOOP_GOES_ON: (
            "You catch the error. What does your thread do after the `except`?",
            "With the `try` around the loop, an error ends the loop. Put the `try` inside the loop.",
            "while …: try: job() except Exception: logging.exception('a job failed')",
        ),
        beliefs.CAUGHT_IS_DONE: (
            "You catch the error. How can anybody find out where in the job it happened?",
            "A message is not enough: log the traceback as well.",
            "except Exception: logging.exception('a job failed')",
        ),
    },
)
def test_failed_job_harms_no_other(chapter: Attempt) -> None:
    """An error in a job is logged with its traceback. The thread goes on to the next job."""
    done: list[str] = []

    def fail(error: Exception) -> None:
        raise error

    with logged_errors() as logged:
        pool = chapter.Pool(1)
        pool.jobs.put(partial(fail, KeyError("a bug")))
        pool.jobs.put(partial(fail, TimeoutError("silent")))
        pool.jobs.put(partial(done.append, "next"))
        pool.close()
    sent = Literally("jobs: one raises KeyError, one TimeoutError, then one more")
    what, usually = "Jobs that were done after the errors:", beliefs.ERROR_ENDS_THE_JOB
    if logged:
        usually = beliefs.LOOP_GOES_ON
    same(what, sent=sent, expected=["next"], got=done, usually=usually)
    expected, usually = ["KeyError", "TimeoutError"], beliefs.CAUGHT_IS_DONE
    same("Tracebacks in the log:", sent=sent, expected=expected, got=logged, usually=usually)


@promise(
    task=2,
    usually=beliefs.JOIN_IS_PATIENT_ENOUGH,
    hints=(
        "A job takes an hour. When does your close() return?",
        "join() with a number returns after so many seconds, whether the thread has ended or not.",
        "thread.join(), without a number.",
    ),
)
def test_close_waits_for_as_long_as_it_takes(chapter: Attempt) -> None:
    """close() waits for the last job, however long it takes."""
    go_on, over, done = threading.Event(), threading.Event(), list[str]()

    def job() -> None:
        go_on.wait(2 * MEETING)
        done.append("job")

    pool = chapter.Pool(2)
    pool.jobs.put(job)

    def close() -> None:
        pool.close()
        over.set()

    with impatience(chapter), running(close):
        too_soon = over.wait(QUIET)
        go_on.set()
        sent = Literally("a job that takes a long time")
        holds("close() returned while the job was running.", not too_soon, sent=sent)
    same("The jobs that were done:", sent=sent, expected=["job"], got=done)


@promise(
    task=3,
    usually=beliefs.ONE_AFTER_THE_OTHER,
    signs={"hang": beliefs.FREE_BY_ITSELF},
    hints=(
        "Who does the job, and who waits for it?",
        "submit() puts the job into the queue, and returns. It does not call the job.",
        "self.free.acquire(), then self.jobs.put(job)",
    ),
    hints_if={
        beliefs.THREADS_ARE_FREE: (
            "After nine jobs, how many threads does your pool have?",
            "The threads are there already. They take their jobs from a queue.",
            "self.jobs.put(job), and no Thread(…) in submit().",
        ),
        "hang": hints.RELEASE,
    },
)
def test_submit_returns_while_the_job_runs(chapter: Attempt) -> None:
    """submit() hands the job to one of the pool's threads, and does not wait for its end."""
    before = set(threading.enumerate())
    pool = chapter.Pool(2)
    own = set(threading.enumerate()) - before
    workers: list[threading.Thread] = []
    returned, in_time = threading.Event(), list[bool]()

    def job() -> None:
        workers.append(threading.current_thread())
        in_time.append(returned.wait(QUIET))

    pool.submit(job)
    returned.set()
    here, others = threading.current_thread(), list[str]()
    what = "The job ran in the thread that called submit()."
    holds(what, here not in workers, usually=beliefs.SUBMIT_DOES_IT)
    for _ in range(8):
        pool.submit(lambda: others.append(threading.current_thread().name))
    pool.close()
    same("How often the first job ran:", expected=1, got=len(workers), usually=None)
    holds("submit() waited until the job was done.", in_time[0])
    strangers = set(others) - {thread.name for thread in own}
    what = "A job ran in a thread that the pool did not have at first."
    holds(what, not strangers, got=strangers, usually=beliefs.THREADS_ARE_FREE)
    same("Jobs that were done after it:", expected=8, got=len(others), usually=None)


@promise(
    task=3,
    usually=beliefs.POOL_TAKES_ALL,
    signs={"hang": beliefs.FREE_BY_ITSELF},
    hints=(
        "Both threads are busy. Where is the third job now?",
        "A SimpleQueue takes every job. The semaphore `free` makes the caller wait.",
        "In submit(): self.free.acquire(), then self.jobs.put(job). In work(), when a job has ended: "
        "self.free.release().",
    ),
    hints_if={
        beliefs.FREE_TOO_EARLY: (
            "Two jobs are running. How many threads does `free` count as free?",
            "A thread is free again when its job has ended: not before job(), and not in submit().",
            "In submit(): self.free.acquire(), then self.jobs.put(job), without `with`. In work(), "
            "when a job has ended: self.free.release().",
        ),
        beliefs.LOOKING_IS_WAITING: (
            "All threads are busy for an hour. What does the processor do meanwhile?",
            "Do not ask again and again: acquire() sleeps until a thread is free.",
            "self.free.acquire(), without arguments.",
        ),
        beliefs.WAITING_IS_BOUNDED: (
            "All threads are busy for an hour. What does submit() do meanwhile?",
            "It waits. With a time limit, acquire() gives up.",
            "self.free.acquire(), without a time limit.",
        ),
    },
)
def test_submit_waits_for_a_free_thread(chapter: Attempt) -> None:
    """While all threads are busy, submit() sleeps, however long it takes. No job waits in `jobs`."""
    pool = chapter.Pool(2)
    rounds = (
        (no_time_limits, "all threads are busy", NOT_GIVEN),
        (impatience, "all threads are busy, for a long time", beliefs.WAITING_IS_BOUNDED),
    )
    for hurried, what, usually in rounds:
        go_on, over, done = threading.Event(), threading.Event(), list[str]()
        begun = SimpleQueue[bool]()

        def job(begun: Any = begun, go_on: threading.Event = go_on) -> None:
            begun.put(True)
            go_on.wait(2 * MEETING)

        def third(over: threading.Event = over, done: list[str] = done) -> None:
            pool.submit(partial(done.append, "third"))
            over.set()

        with acquired(pool) as taken:
            pool.submit(job)
            pool.submit(job)
            begun.get()
            begun.get()
            with hurried(chapter), running(third):
                began = time.process_time()
                too_soon = over.wait(QUIET)
                spent = time.process_time() - began
                done_already, in_queue = [*done], pool.jobs.qsize()
                early = len(taken) > 2
                go_on.set()
        usually = beliefs.FREE_TOO_EARLY if early else usually
        sent = Literally(f"a third job, while {what}")
        holds("submit() did not wait.", not too_soon, sent=sent, usually=usually)
        same("Jobs that were done meanwhile:", sent=sent, expected=[], got=done_already)
        same("Jobs in the queue meanwhile:", sent=sent, expected=0, got=in_queue, usually=None)
        worked = f"In {QUIET} s of waiting, the processor worked for so many seconds:"
        spins = beliefs.LOOKING_IS_WAITING
        holds(worked, spent < QUIET / 10, sent=sent, got=round(spent, 2), usually=spins)
        pool.submit(lambda: None)
    pool.close()


@promise(
    task=3,
    usually=beliefs.JOBS_SUCCEED,
    signs={"hang": beliefs.JOBS_SUCCEED},
    hints=(
        "A job raises an error. Is its thread free again?",
        "release() has to run after each job, whether it raised an error or not.",
        "try: job() except Exception: logging.exception(…) finally: self.free.release()",
    ),
    hints_if={
        beliefs.RELEASE_ONCE_MORE: (
            "A job raises an error. How often does your code call release() after it?",
            "Call release() once after each job: neither in `try` nor in `except`, but in `finally`.",
            "try: job() except Exception: logging.exception(…) finally: self.free.release()",
        ),
    },
)
def test_thread_is_free_after_an_error(chapter: Attempt) -> None:
    """A thread whose job has raised an error is free again, once."""
    done: list[str] = []

    def fail() -> None:
        raise KeyError("a bug")

    with logged_errors() as logged:
        pool = chapter.Pool(1)
        for _ in range(3):
            pool.submit(fail)
        pool.submit(partial(done.append, "next"))
        pool.close()
    sent = Literally("three jobs that raise KeyError, and one more")
    same("Jobs that were done after them:", sent=sent, expected=["next"], got=done)
    same("Tracebacks in the log:", sent=sent, expected=["KeyError"] * 3, got=logged, usually=None)
    go_on, over = threading.Event(), threading.Event()
    with logged_errors():
        pool = chapter.Pool(1)
        pool.submit(fail)
        pool.submit(partial(go_on.wait, 2 * MEETING))

        def one_more() -> None:
            pool.submit(lambda: None)
            over.set()

        with running(one_more):
            too_soon = over.wait(NOT_YET)
            go_on.set()
        pool.close()
    sent = Literally("one job that raises KeyError, one that takes long, then one more")
    what = "The only thread was busy, and submit() did not wait."
    holds(what, not too_soon, sent=sent, usually=beliefs.RELEASE_ONCE_MORE)


@promise(
    task=4,
    usually=beliefs.NOBODY_COMES_BETWEEN,
    signs={KeyError: beliefs.LEAVES_ONCE, ValueError: beliefs.LEAVES_ONCE},
    hints=(
        "The dict `members` has the names of the members, and a function for each.",
        "join() checks whether the name is in the dict. leave() removes the name, if it is there. "
        "broadcast() calls each of the functions.",
        "join(): if name in self.members: return False; self.members[name] = deliver; return True. "
        "leave(): self.members.pop(name, None)",
    ),
)
def test_members_come_and_go(chapter: Attempt) -> None:
    """A taken name is refused, and nothing changes. Members hear every line, others none."""
    heard: dict[str, list[str]] = {"ada": [], "bob": [], "second ada": []}
    room = chapter.Room()
    same("join('ada', …) returned:", expected=True, got=room.join("ada", heard["ada"].append))
    same("join('bob', …) returned:", expected=True, got=room.join("bob", heard["bob"].append))
    second = room.join("ada", heard["second ada"].append)
    sent = Literally("ada, bob, and another ada")
    same("The second ada's join() returned:", sent=sent, expected=False, got=second, usually=None)
    room.broadcast("one")
    room.leave("bob")
    room.broadcast("two")
    room.broadcast("")
    expected = {"ada": ["one", "two", ""], "bob": ["one"], "second ada": []}
    sent = Literally("“one” to ada and bob; bob leaves; then “two”, and an empty line")
    same("What they heard:", sent=sent, expected=expected, got=heard, usually=None)
    sent = Literally("bob leaves again, though he is not here")
    same("leave('bob') returned:", sent=sent, expected=None, got=room.leave("bob"), usually=None)
    other = room.join("Ada", lambda _line: None)
    sent = Literally("ada is here, and Ada joins")
    same("join('Ada', …) returned:", sent=sent, expected=True, got=other, usually=None)
    sent = Literally("bob comes back")
    back = room.join("bob", heard["bob"].append)
    same("join('bob', …) returned:", sent=sent, expected=True, got=back, usually=None)
    room, over = chapter.Room(), list[bool]()
    room.join("slow", lambda _line: over.append(meets(threading.Barrier(2), NOT_YET)))
    room.broadcast("three")
    sent = Literally(f"a line to a member whose deliver() takes {NOT_YET} s")
    what = "Calls of deliver() that were over when broadcast() returned:"
    same(what, sent=sent, expected=1, got=len(over), usually=None)


@promise(
    task=4,
    usually=beliefs.ONE_FUNCTION_ONE_MEMBER,
    hints=(
        "What tells two members apart: their names, or their functions?",
        "A name that is in `members` is taken, whatever function comes with it. Call each value of "
        "the dict, even if two are the same.",
        "if name in self.members: return False. And in broadcast(): list(self.members.values())",
    ),
    hints_if={
        beliefs.OWN_BUFFER: (
            "Ada is in one room. Is she in the next room as well?",
            "Each room has its own members. Where do you make the dict?",
            "Make it in __init__: self.members = {}. Put nothing into the class body.",
        ),
    },
)
def test_members_differ_by_name(chapter: Attempt) -> None:
    """Two members may have the same deliver function. Each room has members of its own."""
    room, other, heard = chapter.Room(), chapter.Room(), list[str]()
    hear = heard.append
    room.join("ada", hear)
    again = room.join("ada", hear)
    sent = Literally("join('ada', f), twice, with the same f")
    same("The second call returned:", sent=sent, expected=False, got=again)
    elsewhere = other.join("ada", hear)
    sent, usually = Literally("join('ada', f) in another room"), beliefs.OWN_BUFFER
    same("join() returned:", sent=sent, expected=True, got=elsewhere, usually=usually)
    room.join("bob", hear)
    room.broadcast("hello")
    sent = Literally("broadcast('hello') to ada and bob, who have the same f")
    same("The lines that f got:", sent=sent, expected=["hello", "hello"], got=heard)


@promise(
    task=4,
    usually=beliefs.NOBODY_COMES_BETWEEN,
    signs={KeyError: beliefs.NOBODY_COMES_BETWEEN},
    hints=(
        "Two threads check at the same time whether a name is free. What do both find?",
        "No other thread may come between checking and adding. Hold the lock for both steps.",
        "with self.lock: if name in self.members: return False; self.members[name] = deliver; "
        "return True",
    ),
    hints_if={
        KeyError: (
            "Two threads remove the same name at the same time. Is it still there for the second?",
            "No other thread may come between checking and removing. Hold the lock for both steps.",
            "leave(): with self.lock: self.members.pop(name, None)",
        ),
    },
)
def test_one_of_two_gets_the_name(chapter: Attempt) -> None:
    """If two threads join with one name at the same time, one gets it. Both may leave at once."""
    barrier = threading.Barrier(2)

    class Name(str):
        """A name whose hash takes a moment: until the other thread asks for it as well."""

        __slots__ = ()

        def __hash__(self) -> int:
            meets(barrier, NOT_YET)
            return super().__hash__()

    room, heard = chapter.Room(), SimpleQueue[str]()
    with (
        running(room.join, Name("ada"), heard.put) as first,
        running(room.join, Name("ada"), heard.put) as second,
    ):
        got = [first.result(), second.result()].count(True)
    sent = Literally("join('ada', …) in two threads at the same time")
    same("Calls that returned True:", sent=sent, expected=1, got=got)
    room.broadcast("hello")
    same("Members who hear a line:", sent=sent, expected=1, got=heard.qsize())
    room.join("bob", heard.put)
    barrier.reset()
    with running(room.leave, Name("bob")), running(room.leave, Name("bob")):
        pass


@promise(
    task=4,
    usually=beliefs.LOCK_AROUND_ALL,
    signs={"hang": beliefs.LOCK_AROUND_ALL, RuntimeError: beliefs.LOOP_HAS_A_COPY},
    hints=(
        "A line is being delivered, and that takes a while. Who has to wait until it is over?",
        "Under the lock, copy the members. After the `with`, deliver to those in the copy.",
        "with self.lock: everybody = list(self.members.values()). Below the with: for deliver in "
        "everybody: deliver(line)",
    ),
)
def test_nobody_waits_for_a_delivery(chapter: Attempt) -> None:
    """While a line is being delivered, other threads can join, leave and broadcast."""
    room, heard = chapter.Room(), SimpleQueue[str]()
    begun, changed = threading.Event(), threading.Event()
    in_time: list[bool] = []

    def slow(_line: str) -> None:
        if not begun.is_set():
            begun.set()
            in_time.append(changed.wait(MEETING))

    def change() -> None:
        room.join("eve", heard.put)
        room.join("fay", lambda _line: None)
        room.leave("slow")
        room.broadcast("two")
        changed.set()

    room.join("slow", slow)
    with running(room.broadcast, "one"):
        begun.wait()
        with running(change):
            pass
    sent = Literally("during deliver(), a thread joins, leaves and broadcasts")
    same("They returned before deliver() did:", sent=sent, expected=True, got=in_time[0])
    same("Eve heard:", sent=sent, expected="two", got=heard.get(timeout=MEETING), usually=None)


@promise(
    task=4,
    usually=beliefs.LOOP_HAS_A_COPY,
    signs={
        "hang": beliefs.LOCK_AROUND_ALL,
        RuntimeError: beliefs.LOOP_HAS_A_COPY,
        KeyError: beliefs.NOBODY_COMES_BETWEEN,
    },
    hints=(
        "While you deliver, members leave. Does your loop visit the members, or a copy of them?",
        "Make the copy under the lock. Loop over the copy.",
        "with self.lock: everybody = list(self.members.values()). Below the with: for deliver in "
        "everybody: deliver(line)",
    ),
    hints_if={
        "later": (
            "A name is free again, and somebody else takes it. Who was a member when you began?",
            "Copy the functions, not the names: a name may belong to somebody else later.",
            "with self.lock: everybody = list(self.members.values())",
        ),
    },
)
def test_deliver_may_change_the_room(chapter: Attempt) -> None:
    """A member's deliver() may call join(), leave() and broadcast(). Nobody misses a line."""
    room, names = chapter.Room(), list[str]()

    def hears(name: str) -> Callable[[str], None]:
        return lambda _line: names.append(name)

    def changes(line: str) -> None:
        names.append("ada")
        if line == "one":
            room.leave("ada")
            room.leave("eve")
            room.join("cyd", hears("cyd"))

    room.join("ada", changes)
    for name in ("bob", "dan", "eve"):
        room.join(name, hears(name))
    sent = Literally("a line; in ada's deliver(), ada and eve leave, cyd joins")
    room.broadcast("one")
    got = sorted(name for name in names if name != "eve")  # she may have heard it, or not
    same("Who heard it:", sent=sent, expected=["ada", "bob", "dan"], got=got)
    names.clear()
    room.broadcast("two")
    sent, expected = Literally("the next line"), ["bob", "cyd", "dan"]
    same("Who heard it:", sent=sent, expected=expected, got=sorted(names), usually=None)
    room, second_gus = chapter.Room(), list[str]()

    def changes_places(line: str) -> None:
        if line == "one":
            room.leave("gus")
            room.join("gus", second_gus.append)

    room.join("ada", changes_places)
    room.join("gus", lambda _line: None)
    room.broadcast("one")
    room.broadcast("two")
    sent = Literally("during deliver() of “one”, gus leaves and another gus joins; then “two”")
    what, clue = "The second gus heard:", "later"
    same(what, sent=sent, expected=["two"], got=second_gus, usually=None, clue=clue)


@promise(
    task=5,
    usually=beliefs.LOOKS_BY_ITSELF,
    leaves_open=True,
    hints=(
        "Something waits, and the thread has been notified. What does the thread do?",
        "In a loop: inside the `with`, wait_for(), then take all that waits. Outside it, sendall().",
        "with self.changed: self.changed.wait_for(lambda: self.waiting or self.closing); "
        "taken, self.waiting = self.waiting, bytearray(). Below the with: self.conn.sendall(taken)",
    ),
    hints_if={
        beliefs.TEST_IS_A_VALUE: (
            "wait_for() calls what you give it. What have you given it?",
            "Give it a function, which looks at the variables each time it is called.",
            "self.changed.wait_for(lambda: self.waiting or self.closing)",
        ),
        beliefs.A_NAME_IS_A_COPY: hints.TAKEN,
        "taken": hints.TAKEN,
    },
    signs={TypeError: beliefs.TEST_IS_A_VALUE, RuntimeError: beliefs.NO_LOCK_NEEDED},
)
def test_sends_what_waits(chapter: Attempt) -> None:
    """What waits is sent as soon as it waits, once and in order, again and again."""
    with connected() as (client, server), empty_sends() as empty:
        outbox = chapter.Outbox(server)
        settle(outbox.thread)
        for batch in (b"one\n", b"two\nthree\n", b"x" * 300_000 + b"\n", b"end\n"):
            lay_in(outbox, batch)
            sent = Literally(f"{shortened(batch)} comes into `waiting`; then notify()")
            got = up_to(client, len(batch))
            usually: Reason = None if got or not outbox.thread.is_alive() else NOT_GIVEN
            usually = beliefs.A_NAME_IS_A_COPY if empty else usually
            what = "Your thread called sendall() with no bytes in it."
            holds(what, got or not empty, sent=sent, usually=usually)
            same(
                "The client received:",
                sent=sent,
                expected=shortened(batch),
                got=received(got),
                usually=usually,
                clue="" if got or outbox.waiting else "taken",
            )
            settle(outbox.thread)
        same("What still waits:", expected=b"", got=bytes(outbox.waiting), usually=None)
        end(outbox)


@promise(
    task=5,
    usually=beliefs.LOOKING_IS_WAITING,
    leaves_open=True,
    hints=(
        "Nothing waits, for a long time. What does your thread do meanwhile?",
        "It sleeps inside wait_for(), without a time limit, until notify() is called.",
        "self.changed.wait_for(lambda: self.waiting or self.closing)",
    ),
)
def test_sleeps_while_nothing_waits(chapter: Attempt) -> None:
    """While nothing waits, the thread sleeps, however long it takes. Then it sends what comes."""
    with connected() as (client, server), impatience(chapter):
        outbox = chapter.Outbox(server)
        spent = processor_time(QUIET)
        what = f"In {QUIET} s in which nothing waited, the processor worked for so many seconds:"
        holds(what, spent < QUIET / 10, got=round(spent, 2))
        lay_in(outbox, b"at last\n")
        sent = Literally("nothing for a long time, then b'at last\\n'")
        got = up_to(client, 8)
        usually, what = beliefs.QUIET_IS_OVER, "The client received:"
        same(what, sent=sent, expected=b"at last\n", got=received(got), usually=usually)
        end(outbox)


@promise(
    task=5,
    usually=beliefs.SENDING_IS_QUICK,
    signs={
        "hang": beliefs.SENDING_IS_QUICK,
        "silence": beliefs.SENDING_IS_QUICK,
        BufferError: beliefs.NOBODY_COMES_BETWEEN,
    },
    leaves_open=True,
    hints=(
        "The client does not read, so sendall() waits. Which lock does your thread hold meanwhile?",
        "Inside the `with`, take what waits. Call sendall() below it, where the Condition is free.",
        "with self.changed: …; taken, self.waiting = self.waiting, bytearray(). Then, one level less "
        "indented: self.conn.sendall(taken)",
    ),
    hints_if={
        beliefs.NOBODY_COMES_BETWEEN: (
            "While you send, more lines come. What happens to them?",
            "Take what waits out of `waiting` before you send it. After that, leave `waiting` alone.",
            "taken, self.waiting = self.waiting, bytearray(), inside the `with`.",
        ),
        beliefs.SEND_TAKES_ALL: (
            "How many of the bytes has the kernel taken when send() returns?",
            "With a timeout, send() may take only some of them. sendall() goes on until all are taken.",
            "self.conn.sendall(taken)",
        ),
    },
)
def test_nobody_waits_while_it_sends(chapter: Attempt) -> None:
    """While sendall() waits, the Condition is free. What is added meanwhile is sent next."""
    first, then = b"x" * 500_000, b"and this\n"
    with narrow_connection() as (client, server):
        server.settimeout(2 * MEETING)  # as the server of this chapter does; send() is partial then
        outbox = chapter.Outbox(server)
        lay_in(outbox, first)
        got = up_to(client, 1)  # now it is being sent, and not all of it fits
        is_free = outbox.changed.acquire(timeout=MEETING)
        holds("While sendall() waits, your thread holds the Condition.", is_free)
        outbox.changed.release()
        lay_in(outbox, then)
        got += up_to(client, len(first + then) - 1)
        sent = Literally("500,000 bytes, and 9 more while those are being sent")
        usually = beliefs.LOOKS_BY_ITSELF if outbox.waiting else beliefs.NOBODY_COMES_BETWEEN
        same(
            "The last bytes that the client received:",
            sent=sent,
            expected=b"x" + then,
            got=received(got[-len(then) - 1 :]),
            usually=usually,
        )
        usually = beliefs.SEND_TAKES_ALL
        same("All bytes:", sent=sent, expected=len(first + then), got=len(got), usually=usually)
        end(outbox)


@promise(
    task=5,
    usually=beliefs.CLOSING_DROPS,
    hints=(
        "`closing` is set, and lines are still waiting. What becomes of them?",
        "The thread wakes if something waits, or if `closing` is set. It returns when nothing waits.",
        "self.changed.wait_for(lambda: self.waiting or self.closing), then take; if not taken: return",
    ),
    hints_if={
        beliefs.CLOSING_WAKES: (
            "`closing` is set, and nothing waits. What does your wait_for() look at?",
            "The thread has to wake in two cases: something waits, or the outbox is closing.",
            "self.changed.wait_for(lambda: self.waiting or self.closing)",
        ),
    },
)
def test_closing_sends_the_rest(chapter: Attempt) -> None:
    """If `closing` is set, the thread sends what waits, and returns. The connection stays open."""
    with narrow_connection() as (client, server):
        outbox = chapter.Outbox(server)
        lay_in(outbox, b"x" * 300_000)
        got = len(up_to(client, 1))
        lay_in(outbox, b"y" * 300_000)
        say_closing(outbox)
        got += len(up_to(client, 599_999))
        sent = Literally("300,000 bytes, while they are sent 300,000 more; closing")
        same("Bytes that the client received:", sent=sent, expected=600_000, got=got)
        check_ended(outbox, sent)
        still = described(lambda: server.sendall(b"still open"))
        holds("The thread shut the connection down.", still is None, got=still, usually=None)
    with connected() as (_client, server):
        outbox = chapter.Outbox(server)
        say_closing(outbox)
        check_ended(outbox, Literally("closing, and nothing has ever waited"))


@promise(
    task=5,
    usually=beliefs.GONE_IS_NOTICED,
    signs={
        OSError: beliefs.NOTHING_GOES_WRONG,
        "hang": beliefs.NOTHING_GOES_WRONG,
        "leak": beliefs.NOTHING_GOES_WRONG,
    },
    hints=(
        "The client has gone. What does sendall() do in your thread?",
        "Catch the OSError around the whole loop, and cut the client off. Then the thread that reads "
        "from the client notices as well.",
        "try: the loop; except OSError: self.cut_off()",
    ),
)
def test_failed_sending_cuts_the_client_off(chapter: Attempt) -> None:
    """If sending fails, the client is cut off, and the thread returns."""
    with connected() as (client, server):
        outbox = chapter.Outbox(server)
        reset(client)
        for _ in range(50):
            lay_in(outbox, b"anybody there?\n")
            outbox.thread.join(HURRY)
            if not outbox.thread.is_alive():
                break
        check_ended(outbox, Literally("the client has reset its connection"), usually=None)
    with narrow_connection() as (_client, server):
        server.settimeout(0.05)
        outbox = chapter.Outbox(server)
        lay_in(outbox, b"x" * 500_000)
        sent = Literally("500,000 bytes; the client does not read until the timeout")
        outbox.thread.join(MEETING)
        closed, what = server.fileno() == -1, "The connection was closed under its reader."
        holds(what, not closed, sent=sent, usually=beliefs.CLOSE_WAKES)
        holds("The client was not cut off.", ended(server), sent=sent)
        check_ended(outbox, sent, usually=None)


@promise(
    task=6,
    usually=beliefs.PUT_IS_SENT,
    signs={
        "hang": beliefs.LOOKS_BY_ITSELF,
        "leak": beliefs.OPENED_IS_MINE,
        ValueError: beliefs.TEXT,
        RuntimeError: beliefs.NO_LOCK_NEEDED,
    },
    hints=(
        "put() adds to `waiting`, and close() sets `closing`. How does the thread learn of that?",
        "Make each change inside `with self.changed:`, and call notify() after it. join() comes below "
        "the `with`. (`limit`, and the second join(), come in later checks.)",
        "put(): self.waiting += f'{line}\\n'.encode(); self.changed.notify(). close(): self.closing = "
        "True; self.changed.notify(); then, outside the with, self.thread.join(seconds).",
    ),
    hints_if={
        beliefs.NO_LOCK_NEEDED: (
            "notify() raises an error. Which lock does it need?",
            "Your thread has this lock inside `with self.changed:`, and only there.",
            "self.changed.notify(), inside the `with`, below the change.",
        ),
        beliefs.JOIN_LETS_GO: (
            "close() waits for the thread. What does the thread wait for?",
            "The thread needs the Condition, and close() holds it. End the `with` first.",
            "with self.changed: self.closing = True; self.changed.notify(). Below it, not inside: "
            "self.thread.join(seconds)",
        ),
        beliefs.ONE_SEND_ONE_LINE: (
            "The client gets all lines as one. What ends a line in the stream?",
            "Add an LF to each line.",
            "self.waiting += f'{line}\\n'.encode()",
        ),
    },
)
def test_every_line_is_sent(chapter: Attempt) -> None:
    """Each line is sent in order, as UTF-8 with LF. Then close() returns; conn stays open."""
    lines = ["first", "héllo ✓", "", " two  spaces ", *(f"line {n}" for n in range(500)), "last"]
    expected = "".join(f"{line}\n" for line in lines).encode()
    sent = Literally(f"put() of {', '.join(map(repr, lines[:3]))}, …; then close()")
    before = set(threading.enumerate())
    what, usually = "close() cut off a client that reads.", beliefs.LOOKS_BY_ITSELF
    with connected() as (client, server):
        outbox = chapter.Outbox(server)
        for line in lines:
            outbox.put(line)
        began = time.monotonic()
        with running(outbox.close) as call:
            is_free = outbox.changed.acquire(timeout=QUIET)
            if is_free:
                outbox.changed.release()
            held = "close() holds the Condition while it waits for the thread, which needs it."
            holds(held, is_free, usually=beliefs.JOIN_LETS_GO)
            returned = call.result()
        same("close() returned:", sent=sent, expected=None, got=returned, usually=None)
        left = new_threads(before)
        same("Threads that still run after close():", sent=sent, expected=[], got=left)
        still = described(lambda: server.sendall(b"still open"))
        late = time.monotonic() - began > 0.9 * chapter.CLOSE_TIMEOUT
        is_open = server.fileno() != -1
        holds("The outbox has closed the connection.", is_open, sent=sent, usually=None)
        holds(what, still is None, sent=sent, got=still, usually=usually if late else None)
        server.shutdown(socket.SHUT_WR)
        got = receive_all(client).removesuffix(b"still open")
    without_ends = got.replace(b"\n", b"") == expected.replace(b"\n", b"")
    because: Reason = None
    if without_ends:
        because = beliefs.ONE_SEND_ONE_LINE
    elif expected.startswith(got):
        because = beliefs.PUT_IS_SENT
    elif "héllo ✓".encode() not in got:
        because = beliefs.TEXT
    same("The client received:", sent=sent, expected=expected, got=got, usually=because)
    with connected() as (_client, server):
        outbox = chapter.Outbox(server)
        settle(outbox.thread)  # it sleeps now
        began = time.monotonic()
        outbox.close()
        late = time.monotonic() - began > 0.9 * chapter.CLOSE_TIMEOUT
        still, quiet = described(lambda: server.sendall(b"still open")), Literally("close()")
        holds(what, still is None, sent=quiet, got=still, usually=usually if late else None)


@promise(
    task=6,
    usually=beliefs.SENDING_IS_QUICK,
    signs={"hang": beliefs.SENDING_IS_QUICK, "silence": beliefs.SENDING_IS_QUICK},
    hints=(
        "This client does not read. Which line of put() waits until it does?",
        "put() only adds to what waits, and notifies the thread. The thread sends.",
        "with self.changed: self.waiting += f'{line}\\n'.encode(); self.changed.notify()",
    ),
    hints_if={
        beliefs.NOBODY_COMES_BETWEEN: (
            "Another thread holds the Condition, and is about to empty `waiting`. Does put() wait?",
            "Check, add and notify inside the same `with self.changed:`.",
            "with self.changed: self.waiting += f'{line}\\n'.encode(); self.changed.notify()",
        ),
        beliefs.LOOKS_BY_ITSELF: (
            "A line waits. How does the thread learn of that?",
            "After each change, call notify(): it wakes the thread that waits on the Condition.",
            "self.changed.notify(), inside the `with`.",
        ),
    },
)
def test_put_never_waits(chapter: Attempt) -> None:
    """put() returns at once, though the client does not read. If it reads later, it gets everything."""
    with narrow_connection() as (client, server):
        outbox = chapter.Outbox(server, limit=1_000_000)
        outbox.put("x" * 499_999)
        got = len(up_to(client, 1))  # now it is being sent, and not all of it fits
        what = "put() has returned, and nothing is sent."
        holds(what, got, usually=beliefs.LOOKS_BY_ITSELF)
        for _ in range(40):
            outbox.put("x" * 9_999)
        got += len(up_to(client, 899_999))
        sent = Literally("900,000 bytes before the client reads; limit=1_000_000")
        usually = beliefs.LIMIT_IN_ALL
        same("Bytes that it reads then:", sent=sent, expected=900_000, got=got, usually=usually)
        outbox.close()
    with connected() as (_client, server):
        outbox = chapter.Outbox(server)
        outbox.changed.acquire()
        with running(outbox.put, "hello") as call:
            call.settle()
            added = bytes(outbox.waiting)
            outbox.changed.release()
        outbox.close()
    sent = Literally("put('hello'), while another thread holds the Condition")
    what, usually = "Bytes that were added meanwhile:", beliefs.NOBODY_COMES_BETWEEN
    same(what, sent=sent, expected=b"", got=added, usually=usually)


@promise(
    task=6,
    usually=beliefs.SLOW_CATCHES_UP,
    signs={"hang": beliefs.SLOW_CATCHES_UP, OSError: beliefs.SLOW_CATCHES_UP},
    hints=(
        "A client never reads, and lines keep coming. How long may `waiting` become?",
        "Before you add a line, look at len(self.waiting). At `limit` or more, cut the client off "
        "instead.",
        "if len(self.waiting) < self.limit: add the line, notify, return. Below the `with`: "
        "self.cut_off()",
    ),
    hints_if={
        "early": (
            "How many bytes are in `waiting` before this line is added?",
            "Compare that number with the limit. The new line does not count.",
            "if len(self.waiting) < self.limit:",
        ),
        beliefs.LIMIT_IN_ALL: (
            "This client reads everything. How much waits for it?",
            "Only what is in `waiting` counts. The thread takes out what it sends.",
            "if len(self.waiting) < self.limit:",
        ),
        beliefs.CHARACTERS_ARE_BYTES: (
            "How many bytes does 😀 take in UTF-8? How many have you counted?",
            "`waiting` holds bytes. Count those.",
            "if len(self.waiting) < self.limit:",
        ),
        beliefs.CLOSE_WAKES: (
            "Another thread is in recv() on this socket. What does close() do to that thread?",
            "Shut the connection down: that ends the recv(). The owner closes the socket.",
            "self.cut_off()",
        ),
    },
)
def test_slow_client_is_cut_off(chapter: Attempt) -> None:
    """Up to `limit`, lines are added. At the limit, the client is cut off, and both ends notice."""
    line, usually = "x" * 9_999, beliefs.LIMIT_IN_ALL
    with connected() as (client, server):
        outbox, got = chapter.Outbox(server, limit=50_000), 0
        for _ in range(20):
            outbox.put(line)
            got += len(up_to(client, 10_000))
        sent = Literally("20 lines of 10,000 bytes, read one by one; limit=50_000")
        same("Bytes that the client read:", sent=sent, expected=200_000, got=got, usually=usually)
        outbox.close()
    wide = "😀" * 2_500  # 10,001 bytes with the LF
    for limit, text, fit, because in (
        (50_000, line, 5, NOT_GIVEN),
        (40_001, line, 5, NOT_GIVEN),
        (50_005, wide, 5, beliefs.CHARACTERS_ARE_BYTES),
    ):
        with narrow_connection() as (client, server):
            outbox = chapter.Outbox(server, limit=limit)
            outbox.put("x" * 499_999)
            first = up_to(client, 1)  # the thread has taken all of it, and waits in sendall()
            what, early = "The client was cut off too early.", "early"
            sent = Literally(f"a line of 500,000 bytes, while nothing waits; {limit=:_}")
            holds(what, first, sent=sent, usually=None, clue=early)
            for _ in range(fit):
                outbox.put(text)
            size = len(f"{text}\n".encode())
            waits = size * (fit - 1)
            sent = Literally(f"a line of {size:,} bytes, while {waits:,} wait; {limit=:_}")
            room_left = not ended_already(server)
            holds(what, room_left, sent=sent, usually=None, clue=early)
            outbox.put(text)
            waits += size
            sent = Literally(f"a line of {size:,} bytes, while {waits:,} wait; {limit=:_}")
            closed = server.fileno() == -1
            what = "put() closed the connection under its reader."
            holds(what, not closed, sent=sent, usually=beliefs.CLOSE_WAKES)
            what = "The client was not cut off: a thread that reads from it still waits."
            holds(what, ended(server), sent=sent, usually=because)
            outbox.put("after that")
            what = "The client is cut off, and still lines are added. So many bytes wait:"
            now = len(outbox.waiting)
            holds(what, now <= waits, sent=sent, got=now)
            outbox.close()


@promise(
    task=6,
    usually=beliefs.TOLD_IS_ENDED,
    signs={"hang": beliefs.TOLD_IS_ENDED, "leak": beliefs.TOLD_IS_ENDED},
    hints=(
        "The thread is in sendall(), and the client does not read. Does the thread notice `closing`?",
        "join() takes a number of seconds. If the thread is alive after that, cut the client off, and "
        "join it again.",
        "self.thread.join(seconds); if self.thread.is_alive(): self.cut_off(); self.thread.join()",
    ),
    hints_if={
        "seconds": (
            "How long does your close() wait for the thread?",
            "The caller says how long: `seconds`.",
            "self.thread.join(seconds)",
        ),
        beliefs.CLOSE_WAKES: (
            "The thread is in sendall(). What happens to it when you close the socket?",
            "Nothing. Shut the connection down: that ends sendall(). The owner closes the socket.",
            "self.cut_off()",
        ),
        beliefs.CUT_OFF_IS_ENDED: (
            "cut_off() has returned. Has the thread ended?",
            "It still needs a moment. close() returns when the thread has ended.",
            "self.cut_off(), and then self.thread.join()",
        ),
    },
)
def test_close_ends_though_nobody_reads(chapter: Attempt) -> None:
    """close() waits for `seconds`. Then the client is cut off, and the thread has ended."""
    before = set(threading.enumerate())
    sent = Literally("500,000 bytes; the client does not read; close(0.05)")
    with narrow_connection() as (client, server):
        outbox = chapter.Outbox(server)
        outbox.put("x" * 499_999)
        up_to(client, 1)  # now the thread is in sendall()
        has_returned, alive = threading.Event(), list[bool]()

        def close() -> None:
            try:
                outbox.close(0.05)
            finally:
                alive.append(outbox.thread.is_alive())
                has_returned.set()

        with running(close):
            has_returned.wait(MEETING)
            closed = server.fileno() == -1
            what = "close() closed the connection under its thread."
            holds(what, not closed, sent=sent, usually=beliefs.CLOSE_WAKES)
        holds("The client was not cut off.", ended(server), sent=sent)
        what, usually = "close() returned before the thread had ended.", beliefs.CUT_OFF_IS_ENDED
        holds(what, not alive[0], sent=sent, usually=usually)
        left = new_threads(before)
        same("Threads that still run:", sent=sent, expected=[], got=left, usually=None)
    sent = Literally("500,000 bytes; close(20.0); the client reads 0.3 s later")
    with narrow_connection() as (client, server), short_close_timeout(chapter):
        outbox = chapter.Outbox(server)
        outbox.put("x" * 499_999)
        got = len(up_to(client, 1))
        with running(outbox.close, 20.0):
            time.sleep(QUIET)  # the client is slow
            got += len(up_to(client, 499_999))
        read = "Bytes that it got:"
        same(read, sent=sent, expected=500_000, got=got, usually=None, clue="seconds")
    with narrow_connection() as (client, server):
        outbox = chapter.Outbox(server)
        outbox.put("x" * 499_999)
        up_to(client, 1)
        late = threading.Timer(NOT_YET, outbox.cut_off)

        def cut_off_late() -> None:
            with suppress(RuntimeError):  # it has been started already
                late.start()

        with mock.patch.object(outbox, "cut_off", cut_off_late):
            outbox.close(0.05)
        has_ended = not outbox.thread.is_alive()
        with suppress(RuntimeError):  # it was never started
            late.join()
        sent = Literally(f"close(0.05); cut_off() takes {NOT_YET} s to end the thread")
        holds(what, has_ended, sent=sent, usually=usually)


@promise(
    task=6,
    usually=beliefs.NOTHING_GOES_WRONG,
    signs={Exception: beliefs.NOTHING_GOES_WRONG, "hang": beliefs.NOTHING_GOES_WRONG},
    hints=(
        "The client has gone, or the outbox is closed. What could the caller do about an error?",
        "put() and close() raise nothing. cut_off() raises nothing either, even the second time.",
        "Remove every `raise` from put() and close(), and call cut_off() instead of shutdown().",
    ),
    hints_if={
        "second": (
            "close() is called a second time. What does its caller rely on?",
            "The same as the first time: when close() returns, the thread has ended. If it had ended "
            "already, join() returns at once, and nothing else changes.",
            "No test of `closing` in close(), and cut_off() only if self.thread.is_alive().",
        ),
    },
)
def test_put_and_close_raise_nothing(chapter: Attempt) -> None:
    """put() and close() raise nothing, whether the client has gone or the outbox is closed."""
    with connected() as (client, server):
        outbox = chapter.Outbox(server, limit=2_000)
        outbox.put("first")
        reset(client)
        sent = Literally("the client has reset its connection")
        for number in range(500):
            got = described(partial(outbox.put, f"line {number}"))
            same("put() returned:", sent=sent, expected=None, got=got)
        same("close() returned:", sent=sent, expected=None, got=described(outbox.close))
    with connected() as (_client, server):
        outbox, sent = chapter.Outbox(server), Literally("an outbox that is closed")
        outbox.close()
        got = described(lambda: outbox.put("late"))
        same("put() returned:", sent=sent, expected=None, got=got)
        same("A second close() returned:", sent=sent, expected=None, got=described(outbox.close))
        still = described(lambda: server.sendall(b"still open"))
        what = "A second close() shut the connection down."
        holds(what, still is None, sent=sent, got=still, usually=None, clue="second")
    with narrow_connection() as (client, server):
        outbox = chapter.Outbox(server)
        outbox.put("x" * 499_999)
        up_to(client, 1)  # now the thread is in sendall()
        with running(outbox.close, 20.0):
            while not outbox.closing:
                time.sleep(0.001)
            outbox.close(0.05)
            alive = outbox.thread.is_alive()
            outbox.cut_off()
        sent = Literally("close(20.0), and in another thread close(0.05); the client does not read")
        what = "The second close() returned before the thread had ended."
        holds(what, not alive, sent=sent, usually=None, clue="second")


@promise(
    task=7,
    usually=beliefs.STATE_IS_MINE,
    signs={
        "leak": beliefs.OPENED_IS_MINE,
        "spin": beliefs.LOOP_ENDS_BY_ITSELF,
        "hang": beliefs.LOOP_ENDS_BY_ITSELF,
    },
    hints=(
        "Two members are here at the same time. Where does your code keep the name of each?",
        "The argument `name` is a local variable: each call of talk() has its own.",
        "room.join(name, outbox.put); then for each line: room.broadcast(f'{name}: {line}')",
    ),
    hints_if={
        beliefs.EMPTY_IS_THE_END: (
            "A member sends an empty line. Have the lines ended?",
            "An empty line is ''. After the last line, read_line() returns None.",
            "while (line := reader.read_line()) is not None:",
        ),
        beliefs.NAMES_ARE_TIDY: (
            "The first line is ' ada '. What is the member's name?",
            "The name is the line, with all its spaces.",
            "room.join(name, outbox.put), without strip().",
        ),
    },
)
def test_everybody_hears_who_said_what(chapter: Attempt) -> None:
    """Everybody hears who joined, what each one said, and who left."""
    room = chapter.Room()
    with member(chapter, room, "ada") as ada:
        with member(chapter, room, "bob") as bob:
            same("Ada hears:", expected="* bob joined", got=ada.hears(), usually=None)
            for speaker, name, words in (
                (ada, "ada", "hello"),
                (bob, "bob", " héllo: ✓ "),
                (ada, "ada", ""),
            ):
                speaker.says(words)
                for listener, who in ((ada, "Ada"), (bob, "Bob")):
                    got = listener.hears()
                    sent = Literally(f"{name} says {words!r}")
                    expected = f"{name}: {words}"
                    usually: Reason = None
                    if not words and not got.startswith(f"{name}:"):
                        usually = beliefs.EMPTY_IS_THE_END
                    elif got.startswith("bob:" if name == "ada" else "ada:"):
                        usually = beliefs.STATE_IS_MINE
                    same(f"{who} hears:", sent=sent, expected=expected, got=got, usually=usually)
        same("Bob has left. Ada hears:", expected="* bob left", got=ada.hears(), usually=None)
        with member(chapter, room, " ada ", beliefs.NAMES_ARE_TIDY):
            same("Ada hears:", expected="*  ada  joined", got=ada.hears(), usually=None)
        same("Ada hears:", expected="*  ada  left", got=ada.hears(), usually=None)


@promise(
    task=7,
    usually=beliefs.UNDOES_ALL,
    hints=(
        "A second ada is turned away. Is the first one still in the room after that?",
        "Only a client that has joined may leave. Begin the `try` after join() has returned True.",
        "if not room.join(name, outbox.put): outbox.put(f'* {name} is taken'); return. Below that: "
        "try: … finally: room.leave(name) …",
    ),
)
def test_taken_name_is_the_end(chapter: Attempt) -> None:
    """A client whose name is taken is told so, and talk() returns. Nobody else hears of it."""
    room, sent = chapter.Room(), b"ada\nhello\n"
    with member(chapter, room, "ada") as ada:
        for _ in range(2):
            with connected() as (client, server), running(attempt, chapter.chat, server, room):
                client.sendall(sent)
                got = Member(client).hears_out(sent, None)
            what, expected = "A second ada received:", b"* ada is taken\n"
            same(what, sent=sent, expected=expected, got=got, usually=None)
            ada.says("still here")
            sent_then = Literally("a second ada is turned away; then ada says “still here”")
            line, words = "ada: still here", ada.hears()
            because = None if "taken" in words else NOT_GIVEN
            same("Ada hears:", sent=sent_then, expected=line, got=words, usually=because)
    empty, sent = chapter.Room(), b"bob\nhello\n"
    with (
        mock.patch.object(empty, "join", return_value=False),
        connected() as (client, server),
        running(attempt, chapter.chat, server, empty),
    ):
        simulates("another client that takes the name at the same moment: join() returns False")
        client.sendall(sent)
        got = Member(client).hears_out(sent, None)
        what = "Another bob was quicker. This one received:"
        same(what, sent=sent, expected=b"* bob is taken\n", got=got, usually=None)


@promise(
    task=7,
    usually=beliefs.HALF_IS_WHOLE,
    signs={ValueError: beliefs.NOTHING_GOES_WRONG},
    hints=(
        "What came is not a line, and read_line() raises an error. Where does the error go?",
        "Let it go on to the caller, chat(). Only clean up on the way: leave, and say so.",
        "try: … finally: room.leave(name); room.broadcast(f'* {name} left'), and no `except`.",
    ),
    hints_if={
        beliefs.CAUGHT_IS_OVER: (
            "read_line() raises an error, and your talk() returns as if nothing had happened. Why?",
            "Catch nothing. `finally` cleans up, and the error goes on.",
            "try: … finally: …, without `except`.",
        ),
    },
)
def test_what_is_not_a_line_reaches_nobody(chapter: Attempt) -> None:
    """Half a line, bytes that are not UTF-8, or an endless line reaches nobody. The member leaves."""
    room = chapter.Room()
    with member(chapter, room, "ada") as ada:
        for bad in (b"hal", b"\xff\xfe\n", b"x" * 9000):
            sent = b"hello\n" + bad
            with connected() as (client, server):
                client.sendall(sent)
                client.shutdown(socket.SHUT_WR)
                outbox, reader = chapter.Outbox(server), chapter.ByteReader(server)
                error = attempt(chapter.talk, "eve", reader, outbox, room)
                outbox.close()
            ada.says("still here")
            expected = ["* eve joined", "eve: hello", "* eve left", "ada: still here"]
            got = [ada.hears() for _ in expected]
            usually = None
            if any("hal" in line for line in got):
                usually = beliefs.HALF_IS_WHOLE
            elif error:
                usually = beliefs.NOTHING_GOES_WRONG
            same("What ada hears:", sent=sent, expected=expected, got=got, usually=usually)
            if error and not isinstance(error, ValueError):
                raise error
            what, usually = "talk() raised no ValueError.", beliefs.CAUGHT_IS_OVER
            holds(what, error, sent=sent, usually=usually)


@promise(
    task=7,
    usually=beliefs.NOTHING_GOES_WRONG,
    hints=(
        "This member has gone without finishing. Which of your lines still run?",
        "`finally` runs on every way out of its `try`.",
        "try: … read and broadcast … finally: room.leave(name); room.broadcast(f'* {name} left')",
    ),
    hints_if={
        beliefs.GOODBYE_FIRST: (
            "Everybody hears that ada has left. Can a new ada join at that moment?",
            "The name must be free before the others hear of it.",
            "finally: room.leave(name), and below it room.broadcast(f'* {name} left')",
        ),
        beliefs.CAUGHT_IS_OVER: (
            "The connection broke. How does the caller of talk() learn of that?",
            "Catch nothing. `finally` cleans up, and the error goes on.",
            "try: … finally: …, without `except`.",
        ),
    },
)
def test_member_leaves_on_every_way_out(chapter: Attempt) -> None:
    """However a member goes, the others hear it, and by then its name is free."""
    ways: tuple[tuple[str, float, Callable[[socket.socket], object]], ...] = (
        ("finishes", 30.0, lambda client: client.shutdown(socket.SHUT_WR)),
        ("resets its connection", 30.0, reset),
        ("is silent until the timeout", NOT_YET, lambda _client: None),
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
                    here.hears_out(sent)
                error = call.result()
            if error and not isinstance(error, OSError):
                raise error
            heard = ["* ada joined", "* ada left"]
            same("What bob heard:", sent=sent, expected=heard, got=said[:2])
            usually: Reason = beliefs.GOODBYE_FIRST
            free, when = said[2], "When bob heard `* ada left`, join('ada', …) returned:"
            same(when, sent=sent, expected=True, got=free, usually=usually)
            raised, broke = isinstance(error, OSError), "finishes" not in what
            usually = beliefs.CAUGHT_IS_OVER
            same("chat() raised OSError:", sent=sent, expected=broke, got=raised, usually=usually)


@promise(
    task=7,
    usually=beliefs.SENDING_IS_QUICK,
    signs={"hang": beliefs.SENDING_IS_QUICK, "silence": beliefs.SENDING_IS_QUICK},
    hints=(
        "One member never reads. Whose thread waits for it?",
        "No thread sends to another member's connection. Each line goes into that member's outbox.",
        "room.join(name, outbox.put)",
    ),
)
def test_slow_member_harms_nobody(chapter: Attempt) -> None:
    """A member that never reads harms nobody: the others hear every line."""
    room = chapter.Room()
    with (
        narrow_connection() as (client, server),
        running(attempt, chapter.chat, server, room) as call,
        member(chapter, room, "ada") as ada,
    ):
        slow = Member(client)
        slow.says("slow")
        same("Ada hears:", expected="* slow joined", got=ada.hears(), usually=None)
        with member(chapter, room, "bob") as bob:
            same("Ada hears:", expected="* bob joined", got=ada.hears(), usually=None)
            for number in range(20):
                line = f"{number} " + "x" * 8000
                ada.says(line)
                sent = Literally(f"line {number + 1}, 8,000 bytes; one member does not read")
                for who, listener in (("Ada", ada), ("Bob", bob)):
                    got, expected = shortened(listener.hears()), shortened(f"ada: {line}")
                    same(f"{who} hears:", sent=sent, expected=expected, got=got)
        same("Ada hears:", expected="* bob left", got=ada.hears(), usually=None)
        reset(client)
        call.result()
        same("Ada hears:", expected="* slow left", got=ada.hears(), usually=None)


def meets(barrier: threading.Barrier, seconds: float = MEETING) -> bool:
    """Wait for the other threads of a barrier; tell whether they came."""
    try:
        barrier.wait(seconds)
    except threading.BrokenBarrierError:
        return False
    return True


def processor_time(seconds: float) -> float:
    """Wait, and return for how long the processor has worked for this process meanwhile."""
    began = time.process_time()
    time.sleep(seconds)
    return time.process_time() - began


def echo_back(conn: socket.socket, _name: object) -> None:
    """Handle a client: send everything back."""
    while piece := conn.recv(65536):
        conn.sendall(piece)


def lay_in(outbox: Any, data: bytes) -> None:
    """Let something wait in an outbox, as put() does."""
    with outbox.changed:
        outbox.waiting += data
        outbox.changed.notify()


def say_closing(outbox: Any) -> None:
    """Tell an outbox's thread that it is closing, as close() does."""
    with outbox.changed:
        outbox.closing = True
        outbox.changed.notify()


def end(outbox: Any) -> None:
    """Let an outbox's thread end, if it can: a later promise is about that."""
    if outbox.changed.acquire(timeout=QUIET):
        outbox.closing = True
        outbox.changed.notify()
        outbox.changed.release()
    outbox.thread.join(QUIET)


def settle(thread: threading.Thread) -> None:
    """Wait until a thread waits for another one, or has ended; for a second at most."""
    deadline = time.monotonic() + MEETING
    while thread.is_alive() and time.monotonic() < deadline:
        frame = sys._current_frames().get(thread.ident or 0)
        if frame is not None and frame.f_code.co_filename == threading.__file__:
            return
        time.sleep(0.001)


def check_ended(outbox: Any, sent: object, usually: Reason = NOT_GIVEN) -> None:
    """Require that an outbox's thread has ended, or does so soon."""
    outbox.thread.join(MEETING)
    alive, place = outbox.thread.is_alive(), where(outbox)
    what = f"The thread has not ended.{place}"
    if alive and usually is NOT_GIVEN:
        usually = why_alive(outbox)
    holds(what, not alive, sent=sent, usually=usually)


def why_alive(outbox: Any) -> Reason:
    """Tell why an outbox's thread does not end although the outbox is closing."""
    if processor_time(NOT_YET) > NOT_YET / 2 or not outbox.changed.acquire(timeout=QUIET):
        return None
    outbox.changed.notify()
    outbox.changed.release()
    outbox.thread.join(QUIET)
    return beliefs.CLOSING_WAKES if outbox.thread.is_alive() else beliefs.LOOKS_BY_ITSELF


def where(outbox: Any) -> str:
    """Say in which line of the answer an outbox's thread is, if it is in one."""
    frame = sys._current_frames().get(outbox.thread.ident or 0)
    file = sys.modules[type(outbox).__module__].__file__
    while frame is not None and frame.f_code.co_filename != file:
        frame = frame.f_back
    if frame is None or file is None:
        return ""
    code = linecache.getline(file, frame.f_lineno).strip()
    return f" It is in line {frame.f_lineno}: {code}"


def ended(conn: socket.socket) -> bool:
    """Tell whether reading from a connection gives its end, or an error, at once or in a second."""
    with selectors.DefaultSelector() as selector:
        selector.register(conn, selectors.EVENT_READ)
        if not selector.select(MEETING):
            return False
    with suppress(OSError):
        return not conn.recv(1)
    return True


def ended_already(conn: socket.socket) -> bool:
    """Tell whether there is something to read at this moment: where nobody sends, the end."""
    with selectors.DefaultSelector() as selector:
        selector.register(conn, selectors.EVENT_READ)
        return bool(selector.select(0))


def up_to(conn: socket.socket, count: int) -> bytes:
    """Read so many bytes, or fewer if the stream ends, breaks or is silent for a second."""
    got = bytearray()
    conn.settimeout(MEETING)
    with suppress(OSError):
        while len(got) < count and (piece := conn.recv(count - len(got))):
            got += piece
    return bytes(got)


def received(data: bytes) -> object:
    """Return what a client has received, shortened, or words if it was nothing."""
    return shortened(data) if data else Literally("nothing, for a second")


def shortened(data: Any) -> Any:
    """Return bytes or text as they are, or, if they are long, their length and their end."""
    if len(data) < 100:
        return data
    return Literally(f"{len(data):,} in all, the last ones {data[-4:]!r}")


@contextmanager
def joins(chapter: Attempt) -> Iterator[list[bool]]:
    """Note each join() that the answer calls in this block; make none of them."""
    answer, calls, join = sys.modules[chapter.Pool.__module__].__file__, list[bool](), Thread.join

    @observes
    def note(thread: Thread, timeout: float | None = None) -> None:
        if caller(sys._getframe(1)) == answer:
            calls.append(True)
        else:
            join(thread, timeout)

    with mock.patch.object(Thread, "join", note):
        yield calls


@contextmanager
def acquired(pool: Any) -> Iterator[list[bool]]:
    """Note each time in this block that a thread takes one from a pool's semaphore."""
    taken, acquire = list[bool](), threading.Semaphore.acquire

    @observes
    def note(semaphore: Any, blocking: bool = True, timeout: float | None = None) -> bool:
        if success := acquire(semaphore, blocking, timeout):
            taken.extend([True] * (semaphore is pool.free))
        return success

    with (
        mock.patch.object(threading.Semaphore, "acquire", note),
        mock.patch.object(threading.Semaphore, "__enter__", note),
    ):
        yield taken


@contextmanager
def empty_sends() -> Iterator[list[bool]]:
    """Note each sendall() of no bytes in this block."""
    calls, sendall = list[bool](), socket.socket.sendall

    @observes
    def note(sock: socket.socket, data: Any, *flags: int) -> None:
        if not data:
            calls.append(True)
        sendall(sock, data, *flags)

    with mock.patch.object(socket.socket, "sendall", note):
        yield calls


@contextmanager
def no_time_limits(_chapter: Attempt) -> Iterator[None]:
    """Change nothing."""
    yield


def caller(frame: FrameType | None) -> str:
    """Return the file that makes a call; a replay stands between it and what is called."""
    while frame is not None and Path(frame.f_code.co_filename).parent.name == "checks":
        frame = frame.f_back
    return frame.f_code.co_filename if frame else ""


class HurriedQueue(SimpleQueue[Any]):
    """A queue that is soon tired of waiting, if it may."""

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Take the next item."""
        return super().get(block, timeout and HURRY)


@contextmanager
def impatience(chapter: Attempt) -> Iterator[None]:
    """Let every time limit of the answer's waits pass quickly, as if the time were up."""
    simulates(f"a long time: each of your time limits is over after {HURRY} s")
    answer = sys.modules[chapter.Pool.__module__].__file__

    def hurried(original: Callable[..., Any]) -> Callable[..., Any]:
        def short(value: object) -> object:
            is_limit = isinstance(value, int | float) and not isinstance(value, bool)
            return HURRY if is_limit else value

        def wait(*arguments: Any, **named: Any) -> Any:
            if caller(sys._getframe(1)) == answer:
                arguments = tuple(short(value) for value in arguments)
                named = {name: short(value) for name, value in named.items()}
            return original(*arguments, **named)

        return wait

    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(queue, "SimpleQueue", HurriedQueue))
        for owner, method in (
            (threading.Thread, "join"),
            (threading.Semaphore, "acquire"),
            (threading.Condition, "wait"),
            (threading.Condition, "wait_for"),
            (threading.Event, "wait"),
        ):
            instead = hurried(vars(owner)[method])
            stack.enter_context(mock.patch.object(owner, method, instead))
        yield


@contextmanager
def short_close_timeout(chapter: Attempt) -> Iterator[None]:
    """Let CLOSE_TIMEOUT be a very short time."""
    module = sys.modules[chapter.Pool.__module__]
    with mock.patch.object(module, "CLOSE_TIMEOUT", HURRY):
        yield


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

    def hears_out(self, sent: object = NOT_GIVEN, usually: Reason = NOT_GIVEN) -> bytes:
        """Read to the end of the stream, and close."""
        try:
            self._received += receive_all(self.sock)
        except TimeoutError:
            what = "The client waits for the end of the stream."
            broken(what, sent=sent, got=self._received, usually=usually)
        self.sock.close()
        return self._received

    def leaves(self) -> None:
        """Finish sending, and read to the end."""
        self.sock.shutdown(socket.SHUT_WR)
        self.hears_out(Literally("a member finishes"), None)


@contextmanager
def member(chapter: Attempt, room: Any, name: str, usually: Reason = None) -> Iterator[Member]:
    """Let somebody join a room, up to the line that says so; leave at the end of the block."""
    with connected() as (client, server), running(attempt, chapter.chat, server, room) as call:
        here = Member(client)
        here.says(name)
        joined, sent = f"* {name} joined", f"{name}\n".encode()
        same("The client hears:", sent=sent, expected=joined, got=here.hears(), usually=usually)
        yield here
        here.leaves()
        if error := call.result():
            raise error


TASKS = {
    1: "serve_in_thread",
    2: "Pool.work, Pool.close",
    3: "Pool.submit",
    4: "Room.join, Room.leave, Room.broadcast",
    5: "Outbox.send_all",
    6: "Outbox.put, Outbox.close",
    7: "talk",
}
