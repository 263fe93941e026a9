"""The promises of chapter 7: how one thread waits for thousands."""

from __future__ import annotations

import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any
from unittest import mock

from course.checks.answers import Attempt
from course.checks.expect import Literally, broken, described, holds, same
from course.checks.peers import connected, logged_errors, running, selecting
from course.checks.promises import promise
from tests import beliefs

FEW_CALLS = 20  # a loop that has not named READ and WRITE after these will not do so
SO_OFTEN = 1000  # wake-ups without a rest: nobody has that much to do here
PATIENCE = 0.5  # s for bytes that were sent already


@promise(
    task=1,
    usually=beliefs.ASK_EACH,
    signs={"hang": beliefs.ASK_EACH},
    hints=(
        "Two sockets are watched, and one of them never says anything. Who knows which one is ready?",
        "Do not touch a socket before the selector has named it: select() returns a list of pairs, a "
        "key and what it is ready for. Keep the callback where you find it from the key.",
        "watch(): self._watched[sock] = self._selector.register(sock, events, callback). run(): while "
        "not self._stopped: for key, ready in self._selector.select(): key.data(ready).",
    ),
)
def test_ready_socket_is_called_for(chapter: Attempt) -> None:
    """run() makes the callback of a socket that is ready, and of no other; it says for what."""
    calls: list[object] = []
    with (
        connected() as (client, server),
        connected() as (_silent, quiet),
        chapter.EventLoop() as loop,
    ):

        def callback(ready: int) -> None:
            calls.append(("the one with bytes", ready, server.recv(100)))
            loop.stop()

        loop.watch(quiet, chapter.READ, lambda ready: calls.append(("the silent one", ready)))
        loop.watch(server, chapter.READ, callback)
        client.sendall(b"hi")
        loop.run()
    same("The calls:", expected=[("the one with bytes", chapter.READ, b"hi")], got=calls)


@promise(
    task=1,
    usually=beliefs.REGISTERED_TWICE,
    signs={
        KeyError: beliefs.REGISTERED_TWICE,
        ValueError: beliefs.REGISTERED_TWICE,
        "hang": beliefs.REGISTERED_TWICE,
    },
    hints=(
        "watch() is called a second time for a socket. What does register() say to that?",
        "A selector has modify() for a socket that it knows. And select() tells, beside each key, "
        "what the socket is ready for: hand that on.",
        "If sock in self._watched: self._selector.modify(sock, events, callback), else register(). In "
        "run(): if self._watched.get(key.fileobj) is key: key.data(ready), not key.events.",
    ),
)
def test_second_watch_takes_the_place_of_the_first(chapter: Attempt) -> None:
    """READ, WRITE or both: you are told which; a second watch() of a socket replaces the first."""
    calls: list[tuple[str, int]] = []
    both = chapter.READ | chapter.WRITE
    reported = 0  # epoll names both in one call; kqueue (macOS) makes a call for each
    with (
        connected() as (client, server),
        connected() as (_silent, quiet),
        chapter.EventLoop() as loop,
    ):

        def note(who: str, ready: int) -> None:
            calls.append((who, ready))
            if who == "the second watch" or len(calls) >= SO_OFTEN:
                loop.stop()

        def first(ready: int) -> None:
            nonlocal reported
            reported |= ready
            note("a socket with bytes", ready)
            if reported == both or len(calls) >= FEW_CALLS:
                loop.watch(server, chapter.READ, lambda ready: note("the second watch", ready))

        def idle(ready: int) -> None:
            note("a silent socket", ready)
            loop.watch(quiet, chapter.READ, idle)

        client.sendall(b"hi")
        ready_to_read(server)
        loop.watch(server, both, first)
        loop.watch(quiet, both, idle)
        loop.run()
    expected = {
        "a socket with bytes": [both],
        "a silent socket": [chapter.WRITE],
        "the second watch": [chapter.READ],
    }
    got = {who: [ready for name, ready in calls if name == who][:3] for who in expected}
    got["a socket with bytes"] = [reported]
    sent = Literally("READ is 1, WRITE is 2; both were watched for, then READ alone")
    same("What each callback was told:", sent=sent, expected=expected, got=got)


@promise(
    task=1,
    usually=beliefs.STILL_READY,
    signs={"hang": beliefs.STILL_READY, Exception: beliefs.STILL_READY},
    hints=(
        "Two sockets are ready in one round, and the first callback forgets the second socket. Whose "
        "turn is next in your list?",
        "Before each call, look whether the socket is still watched: that very socket, and not "
        "another one that has got its number since.",
        "Keep self._watched[sock] = the key that register() or modify() returned; in run(): if "
        "self._watched.get(key.fileobj) is key: key.data(ready). forget(): pop(), and unregister().",
    ),
)
def test_forgotten_socket_is_not_called_for(chapter: Attempt) -> None:
    """Who is forgotten or replaced is not called, not even in this round, nor is a new socket."""
    calls: list[str] = []
    opened: list[socket.socket] = []
    with (
        connected() as (one, first),
        connected() as (two, second),
        connected() as (_three, unwatched),
        chapter.EventLoop() as loop,
    ):

        def callback(other: socket.socket) -> Callable[[int], None]:
            def end_the_other(_ready: int) -> None:
                calls.append("one of two")
                number = other.fileno()
                loop.forget(other)
                other.close()
                while len(opened) < 20 and number not in [sock.fileno() for sock in opened]:
                    opened.extend(socket.socketpair())
                for sock in opened:
                    if sock.fileno() == number:
                        loop.watch(sock, chapter.READ, lambda _ready: calls.append("a new socket"))
                loop.stop()

            return end_the_other

        loop.forget(unwatched)
        loop.watch(unwatched, chapter.READ, lambda _ready: calls.append("a forgotten one"))
        loop.forget(unwatched)
        for client, server, other in ((one, first, second), (two, second, first)):
            client.sendall(b"hi")
            ready_to_read(server)
            loop.watch(server, chapter.READ, callback(other))
        loop.run()
    for sock in opened:
        sock.close()
    same(
        "Two sockets are ready; whoever is called first forgets and closes the other. The calls:",
        expected=["one of two"],
        got=calls,
    )
    old_ones = replaced_in_one_round(chapter)
    sent = Literally("two are ready; whoever is called first watches the other anew")
    same("Calls of the other's first callback:", sent=sent, expected=0, got=old_ones)


def replaced_in_one_round(chapter: Attempt) -> int:
    """Replace a callback in the round in which it is due; return how often it was called."""
    called: list[str] = []
    with connected() as (one, first), connected() as (two, second), chapter.EventLoop() as loop:

        def old(own: socket.socket, other: socket.socket, _ready: int) -> None:
            called.append("old")
            loop.forget(own)
            loop.watch(other, chapter.READ, lambda _ready: loop.stop())

        for client, server, other in ((one, first, second), (two, second, first)):
            client.sendall(b"hi")
            ready_to_read(server)
            loop.watch(server, chapter.READ, partial(old, server, other))
        loop.run()
    return len(called) - 1


@promise(
    task=1,
    usually=beliefs.NOTHING_GOES_WRONG,
    hints=(
        "One callback raises. Where does the error go from there, and who is served afterwards?",
        "Put a try around each call, inside of the loop; log what comes, and go on.",
        "try: callback(ready) except Exception: logging.exception('a callback failed')",
    ),
)
def test_error_in_a_callback_ends_nothing(chapter: Attempt) -> None:
    """An Exception in a callback is logged, with its traceback, and the loop goes on for everybody."""
    served: list[str] = []
    with (
        connected() as (one, first),
        connected() as (two, second),
        logged_errors() as logged,
        chapter.EventLoop() as loop,
    ):

        def fail(_ready: int) -> None:
            served.append("failing")
            first.recv(100)
            two.sendall(b"now you")
            raise KeyError("a bug")

        def work(_ready: int) -> None:
            served.append("working")
            loop.stop()

        loop.watch(first, chapter.READ, fail)
        loop.watch(second, chapter.READ, work)
        one.sendall(b"hi")
        outcome = described(loop.run)
    same("run() returned:", expected=None, got=outcome)
    same("Who was served:", expected=["failing", "working"], got=served)
    same("Tracebacks in the log:", expected=["KeyError"], got=logged)
    with connected() as (_client, server), chapter.EventLoop() as loop:

        def leave(_ready: int) -> None:
            loop.stop()
            sys.exit()

        loop.watch(server, chapter.WRITE, leave)
        with suppress(SystemExit):
            loop.run()
            broken(
                "A callback called sys.exit().",
                expected=Literally("SystemExit comes out of run()"),
                got=Literally("run() returned"),
                usually=beliefs.ALL_ARE_ERRORS,
            )


@promise(
    task=1,
    usually=beliefs.STOPPED_WHILE_RUNNING,
    signs={"hang": beliefs.STOPPED_WHILE_RUNNING},
    hints=(
        "The loop sleeps in select(), and another thread calls stop(). What wakes it up?",
        "stop() is there: it sets self._stopped, and sends a byte to the loop's own socket, which "
        "__init__ has watched. What is left to run() is to look at the flag, once a round.",
        "while not self._stopped: and nothing else about the flag. Make all calls of the round before "
        "you look again; never set it back.",
    ),
)
def test_stop_wakes_the_loop_up(chapter: Attempt) -> None:
    """stop() ends run(): asleep, from any thread; before it began; after the calls of the round."""
    with (
        chapter.EventLoop() as loop,
        falling_asleep() as (_timeouts, asleep),
        running(loop.run) as call,
    ):
        asleep.wait(PATIENCE)
        loop.stop()
        same("run() returned:", expected=None, got=call.result())
    calls: list[str] = []
    with connected() as (_client, server), chapter.EventLoop() as loop:

        def count(_ready: int) -> None:
            calls.append("a call")
            if len(calls) == 5:
                loop.stop()

        loop.watch(server, chapter.WRITE, count)
        loop.stop()
        loop.run()
    what = "stop() came before run(), and run() went on."
    holds(what, len(calls) <= 1, got=calls)
    calls.clear()
    with connected() as (client, server), chapter.EventLoop() as loop:
        for name, sock in (("one", client), ("two", server)):

            def callback(_ready: int, name: str = name) -> None:
                calls.append(name)
                loop.stop()

            loop.watch(sock, chapter.WRITE, callback)
        loop.run()
    got = sorted(calls)
    what = "Two were ready, each calls stop(). The calls:"
    same(what, expected=["one", "two"], got=got, usually=None)


@promise(
    task=2,
    usually=beliefs.FIRST_ASKED,
    signs={TypeError: beliefs.NEVER_THE_SAME_TIME, "hang": beliefs.LOOKS_ROUND},
    hints=(
        "Calls are asked for in any order. How do you find the earliest one quickly?",
        "heapq keeps the smallest first, and compares tuples from left to right: when, which number, "
        "which timer. After select() has returned, make the calls whose time has come.",
        "heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._count), timer)), and "
        "return the timer. In run(): select() sleeps up to self._timers[0][0]; then heappop() and "
        "call those that are due.",
    ),
)
def test_calls_are_made_in_order(chapter: Attempt) -> None:
    """Calls are made in the order of their times; those of one time in the order of asking."""
    calls: list[str] = []

    def note(name: str) -> Callable[[], None]:
        return lambda: calls.append(name)

    with chapter.EventLoop() as loop:
        now = time.monotonic()
        with mock.patch.object(time, "monotonic", return_value=now):  # all are asked for at once
            loop.call_later(0.02, loop.stop)
            loop.call_later(0.015, note("late"))
            for name in ("one", "two", "three"):
                timer = loop.call_later(0, note(name))
            loop.call_later(0.01, note("later"))
        loop.run()
        took = time.monotonic() - now
    holds("call_later() has to return the Timer:", isinstance(timer, chapter.Timer), got=timer)
    expected = ["one", "two", "three", "later", "late"]
    times = [max(expected.index(call) - 2, 0) for call in calls]
    usually = beliefs.FIRST_ASKED if times != sorted(times) else beliefs.NEVER_THE_SAME_TIME
    sent = Literally("one, two and three have the same time")
    same("The calls:", sent=sent, expected=expected, got=calls, usually=usually)
    holds("They were made before their time.", took > 0.01, got=Literally(f"{took:.3f} s"))


@promise(
    task=2,
    usually=beliefs.CANCELLED_IS_GONE,
    hints=(
        "cancel() only sets timer.cancelled. Who looks at it, and when?",
        "Look in the moment before the call: another call of the same round may have cancelled it.",
        "After heappop(): if not timer.cancelled: timer.callback().",
    ),
)
def test_cancelled_call_is_not_made(chapter: Attempt) -> None:
    """A cancelled call is not made, even if it is cancelled by the call before it."""
    calls: list[str] = []
    with chapter.EventLoop() as loop:
        timers: list[Any] = []

        def first() -> None:
            calls.append("first")
            timers[1].cancel()

        def last() -> None:
            timers[0].cancel()
            loop.stop()

        before = loop.call_later(0, lambda: calls.append("cancelled before run()"))
        timers.append(loop.call_later(0, first))
        timers.append(loop.call_later(0, lambda: calls.append("cancelled by the first")))
        loop.call_later(0.005, last)
        before.cancel()
        loop.run()
    same("The calls:", expected=["first"], got=calls)


@promise(
    task=2,
    usually=beliefs.UNTIL_NONE_IS_DUE,
    signs={"spin": beliefs.UNTIL_NONE_IS_DUE, "hang": beliefs.UNTIL_NONE_IS_DUE},
    hints=(
        "A call asks for another one after 0 seconds, and that one does the same. When is it the "
        "sockets' turn?",
        "Ask the clock once a round, and make the calls that were due at that time. And put the same "
        "try around them as around a socket's callback.",
        "now = time.monotonic(); while self._timers and self._timers[0][0] <= now: pop, call.",
    ),
)
def test_calls_leave_the_sockets_their_turn(chapter: Attempt) -> None:
    """Calls may fail, and may ask for others, without end: the sockets have their turn in between."""
    calls: list[str] = []
    with (
        connected() as (client, server),
        logged_errors() as logged,
        chapter.EventLoop() as loop,
    ):

        def again() -> None:
            calls.append("timer")
            if len(calls) < SO_OFTEN:
                loop.call_later(0, again)
            else:
                loop.stop()
            if len(calls) == 3:
                client.sendall(b"and I?")
                ready_to_read(server)
                raise KeyError("a bug")

        def callback(_ready: int) -> None:
            calls.append("socket")
            loop.stop()

        loop.watch(server, chapter.READ, callback)
        loop.call_later(0, again)
        outcome = described(loop.run)
    same("run() returned:", expected=None, got=outcome, usually=beliefs.NOTHING_GOES_WRONG)
    same(
        "Tracebacks in the log:",
        expected=["KeyError"],
        got=logged,
        usually=beliefs.NOTHING_GOES_WRONG,
    )
    sent = Literally("bytes for the socket, in the third call")
    holds("The socket had no turn.", "socket" in calls, sent=sent, got=Literally("only timers"))


@promise(
    task=2,
    usually=beliefs.LOOKS_ROUND,
    signs={"hang": beliefs.LOOKS_ROUND, "spin": beliefs.LOOKS_ROUND},
    hints=(
        "Nothing happens, and the next timer is a minute away. How long may your select() sleep?",
        "Its timeout is the time up to the first timer, never less than 0, and None if there is none.",
        "timeout = max(0, self._timers[0][0] - time.monotonic()) if self._timers else None",
    ),
)
def test_idle_loop_sleeps(chapter: Attempt) -> None:
    """While nothing is to be done the loop sleeps: up to the next timer, or until something comes."""
    for seconds in (None, 60.0):
        with (
            connected() as (_client, server),
            chapter.EventLoop() as loop,
            falling_asleep() as (timeouts, asleep),
        ):
            loop.watch(server, chapter.READ, print)
            if seconds is not None:
                loop.call_later(seconds, print)
            with running(loop.run):
                asleep.wait(PATIENCE)
                loop.stop()
        longest = "without end" if seconds is None else "for 60 s"
        if seconds is not None:
            holds(
                "With a timer, select() was to sleep without end.",
                None not in timeouts,
                expected=Literally(longest),
                got=Literally("timeout None"),
            )
        for timeout in timeouts[:5]:
            holds(
                "An idle loop did not go to sleep.",
                timeout is None or timeout > 30,
                expected=Literally(f"select() sleeps {longest}"),
                got=Literally(f"timeout {timeout}"),
            )


@contextmanager
def falling_asleep() -> Iterator[tuple[list[float | None], threading.Event]]:
    """Note the timeout of every select(), and set an event when the first begins."""
    timeouts: list[float | None] = []
    asleep = threading.Event()

    def select(original: Any, selector: object, timeout: float | None) -> list[Any]:
        timeouts.append(timeout)
        asleep.set()
        found: list[Any] = original(selector, timeout)
        return found

    with selecting(select):
        yield timeouts, asleep


def ready_to_read(*socks: socket.socket) -> None:
    """Wait until what was sent to these sockets has arrived."""
    for sock in socks:
        with selectors.DefaultSelector() as selector:
            selector.register(sock, selectors.EVENT_READ)
            selector.select(PATIENCE)


TASKS = {
    1: "EventLoop.watch, EventLoop.forget, EventLoop.run",
    2: "EventLoop.call_later",
}
