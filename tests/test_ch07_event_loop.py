"""The promises of chapter 7: how one thread waits for thousands."""

from __future__ import annotations

import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import Any
from unittest import mock

from course.checks.answers import Attempt
from course.checks.expect import NOT_GIVEN, Literally, Reason, broken, described, holds, same
from course.checks.peers import (
    connected,
    logged_errors,
    running,
    selecting,
    simulates,
    unwritten_comes_out,
    wait_for_bytes,
)
from course.checks.promises import Misconception, promise
from tests import beliefs, hints

FORTY = 40  # sockets or timers, in one round
MANY = 1000  # calls; nobody has that much to do here
PATIENCE = 0.5  # seconds for what takes a thousandth of that


@promise(
    task=1,
    usually=beliefs.ASK_EACH,
    signs={"hang": beliefs.ASK_EACH, BlockingIOError: beliefs.ASK_EACH},
    hints=(
        "Two sockets are watched, and one of them is silent. How can you know which one is ready?",
        "select() returns a list of pairs: a key, and what its socket is ready for. Touch no other "
        "socket. The callback is in key.data, if you gave it to register().",
        "watch(): self._watched[sock] = self._selector.register(sock, events, callback). run(): for "
        "key, ready in self._selector.select(): key.data(ready).",
    ),
    hints_if={
        beliefs.EVENTS_ARE_DECORATION: (
            "The caller says which events it wants. Which of your lines passes them on?",
            "register() takes the socket, the events and the data, in this order.",
            "self._selector.register(sock, events, callback)",
        ),
        "goes on": (
            "stop() sets self._stopped. Which of your lines looks at it?",
            "Look at it once a round: when it is true, run() returns.",
            "while not self._stopped: and the `for` inside it",
        ),
    },
)
def test_ready_socket_is_called_for(chapter: Attempt) -> None:
    """The callback of a socket that is ready is called, and no other."""
    calls: list[object] = []
    with (
        connected() as (client, server),
        connected() as (_silent, quiet),
        chapter.EventLoop() as loop,
    ):

        def callback(ready: int) -> None:
            calls.append(("the socket with bytes", ready, server.recv(100)))
            loop.stop()

        loop.watch(quiet, chapter.READ, lambda ready: calls.append(("the silent socket", ready)))
        loop.watch(server, chapter.READ, callback)
        client.sendall(b"hi")
        with ends_after_stop(loop), unwritten_comes_out(loop):
            loop.run()
    for_write = ("the silent socket", chapter.WRITE) in calls
    usually = beliefs.EVENTS_ARE_DECORATION if for_write else beliefs.ASK_EACH
    expected = [("the socket with bytes", chapter.READ, b"hi")]
    same("The calls:", expected=expected, got=calls, usually=usually)


@promise(
    task=1,
    usually=beliefs.REGISTERED_IS_READY,
    hints=(
        "A callback is told what its socket is ready for. Who knows that?",
        "select() says it, in the second half of each pair. key.events is what you asked for.",
        "for key, ready in self._selector.select(): key.data(ready)",
    ),
    hints_if={
        beliefs.ONE_CALL_PER_EVENT: (
            "select() returned one pair for this socket. How many calls did you make of it?",
            "READ | WRITE is one number with two bits. Pass it on as it is, in one call.",
            "for key, ready in self._selector.select(): key.data(ready)",
        ),
    },
)
def test_callback_learns_what_is_ready(chapter: Attempt) -> None:
    """`ready` says what the socket is ready for, out of the `events` that are watched."""
    both = chapter.READ | chapter.WRITE
    for events, has_bytes, expected in (
        (both, True, both),
        (both, False, chapter.WRITE),
        (chapter.READ, True, chapter.READ),
        (chapter.WRITE, True, chapter.WRITE),
    ):
        told: list[int] = []
        with connected() as (client, server), chapter.EventLoop() as loop:

            def callback(
                ready: int, told: list[int] = told, loop: Any = loop, expected: int = expected
            ) -> None:
                told.append(ready)
                if sum({*told}) >= expected or len(told) >= MANY:
                    loop.stop()  # kqueue (macOS) names READ and WRITE in two calls

            if has_bytes:
                client.sendall(b"hi")
                wait_for_bytes(server, 2)
            loop.watch(server, events, callback)
            with what_select_names(server) as named, unwritten_comes_out(loop):
                loop.run()
        watched = {chapter.READ: "READ", chapter.WRITE: "WRITE", both: "READ | WRITE"}[events]
        bytes_there = "bytes have arrived" if has_bytes else "no bytes have arrived"
        sent = Literally(f"events={watched} ({events}); {bytes_there}")
        got = sum({*told}) if {*told} <= {chapter.READ, chapter.WRITE} else told[-1]
        too_much = got & ~events
        usually = beliefs.EVENTS_ARE_DECORATION if too_much else beliefs.REGISTERED_IS_READY
        what = "READ is 1, WRITE is 2. `ready` was:"
        same(what, sent=sent, expected=expected, got=got, usually=usually)
        what = "READ is 1, WRITE is 2. `ready` was, call by call:"
        usually = beliefs.ONE_CALL_PER_EVENT
        same(what, sent=sent, expected=named[: len(told)] or named, got=told, usually=usually)


class OddError(Exception):
    """An error that nobody can have thought of."""


@promise(
    task=1,
    usually=beliefs.ONE_ROUND,
    signs={"hang": beliefs.ONE_ROUND},
    hints=(
        "What does your loop do with the second socket in the list? And what after the first round?",
        "Call the callback of each pair in the list, then ask again. A socket stays registered.",
        "while not self._stopped: for key, ready in self._selector.select(): key.data(ready)",
    ),
    hints_if={
        "many": (
            "Forty sockets are ready. How many calls do you make before you ask select() again?",
            "One for each pair in the list, however long it is, and whether or not you have called "
            "the same function before.",
            "for key, ready in self._selector.select(): without a slice, a limit or a break",
        ),
    },
)
def test_every_ready_socket_is_called_for_each_time(chapter: Attempt) -> None:
    """The callback of each ready socket is called, in this round and in all later ones."""
    calls: list[str] = []
    with (
        connected() as (one, first),
        connected() as (two, second),
        chapter.EventLoop() as loop,
    ):

        def listen(name: str, server: socket.socket, _ready: int) -> None:
            calls.append(f"{name} {server.recv(1).decode()}")
            if len(calls) == 6:
                loop.stop()

        for name, client, server in (("ada", one, first), ("bob", two, second)):
            client.sendall(b"123")
            wait_for_bytes(server, 3)
            loop.watch(server, chapter.READ, partial(listen, name, server))
        with unwritten_comes_out(loop):
            loop.run()
    sent = Literally("three bytes each; each callback receives one byte")
    rounds = [calls[at : at + 2] for at in range(0, len(calls), 2)]
    expected = [[f"ada {n}", f"bob {n}"] for n in "123"]
    same("The calls, round by round:", sent=sent, expected=expected, got=[*map(sorted, rounds)])
    made: list[int] = []
    before: list[int] = []  # how many calls had been made, at each select()
    with ExitStack() as stack, chapter.EventLoop() as loop:

        def select(original: Any, selector: object, timeout: float | None) -> list[Any]:
            before.append(len(made))
            if len(before) > 1:
                loop.stop()
            found: list[Any] = original(selector, timeout)
            return found

        for _ in range(FORTY // 2):
            for sock in stack.enter_context(connected()):
                loop.watch(sock, chapter.WRITE, made.append)
        with unwritten_comes_out(loop), selecting(select):
            loop.run()
    sent = Literally(f"{FORTY} sockets are ready, and all have the same callback")
    what = "Calls in the first round:"
    same(what, sent=sent, expected=FORTY, got=before[1], usually=None, clue="many")


@promise(
    task=1,
    usually=beliefs.NOTHING_GOES_WRONG,
    hints=(
        "One callback raises an error. Who is served after that?",
        "Put a `try` around each call, inside your `for`. Log the error, and go on.",
        "try: key.data(ready) except Exception: logging.exception('a callback failed')",
    ),
    hints_if={
        beliefs.LOOP_GOES_ON: (
            "You catch the error. What does your loop do after the `except`?",
            "With the `try` around the loop, an error ends the loop. Put the `try` inside the `for`.",
            "for …: try: key.data(ready) except Exception: logging.exception('a callback failed')",
        ),
        beliefs.ONE_TRY_FOR_ALL: (
            "Two sockets are ready, and the first callback fails. What does your code do next?",
            "An error leaves the whole `try`, and your `for` with it. Put the `try` inside the `for`.",
            "for …: try: key.data(ready) except Exception: logging.exception('a callback failed')",
        ),
        beliefs.STOPS_WATCHING: (
            "A callback fails once. More bytes arrive for its socket. Who is called?",
            "The error changes nothing about the registration: log it, and do nothing else.",
            "except Exception: logging.exception('a callback failed'), and no forget() there",
        ),
        beliefs.CAUGHT_IS_DONE: (
            "You catch the error. Who will see where in the callback it happened?",
            "A message alone is not enough: log the traceback.",
            "except Exception: logging.exception('a callback failed')",
        ),
        "kinds": (
            "Which errors does your `except` name? Who decides what a callback raises?",
            "Whoever writes the callback. Catch every Exception.",
            "except Exception: logging.exception('a callback failed')",
        ),
    },
)
def test_error_in_a_callback_is_logged(chapter: Attempt) -> None:
    """An Exception in a callback is logged with its traceback, and all other calls are made."""
    served: list[str] = []
    with (
        connected() as (one, first),
        connected() as (two, second),
        logged_errors() as logged,
        chapter.EventLoop() as loop,
    ):

        def fail(_ready: int) -> None:
            served.append("with a bug")
            first.recv(1)
            if len(served) == 2:
                two.sendall(b"now you")
            raise KeyError("a bug")

        def work(_ready: int) -> None:
            served.append("without a bug")
            loop.stop()

        loop.watch(first, chapter.READ, fail)
        loop.watch(second, chapter.READ, work)
        one.sendall(b"hi")
        wait_for_bytes(first, 2)
        with stopped_after(loop, PATIENCE) as was_needed, unwritten_comes_out(loop):
            outcome = described(loop.run)
    same("run() returned:", expected=None, got=outcome)
    expected = ["with a bug", "with a bug", "without a bug"]
    usually = beliefs.STOPS_WATCHING if was_needed else beliefs.LOOP_GOES_ON
    sent = Literally("two bytes; the callback receives one of them, then fails")
    what = "The callbacks that were called:"
    same(what, sent=sent, expected=expected, got=served, usually=usually)
    same(
        "Tracebacks in the log:",
        expected=["KeyError", "KeyError"],
        got=logged,
        usually=beliefs.CAUGHT_IS_DONE,
    )
    served.clear()
    with connected() as (client, server), chapter.EventLoop() as loop:

        def fail_always(name: str, _ready: int) -> None:
            served.append(name)
            if len(served) >= 8:
                loop.stop()
            raise OddError("a bug that nobody has thought of")

        for name, sock in (("one", client), ("two", server)):
            loop.watch(sock, chapter.WRITE, partial(fail_always, name))
        with logged_errors(), stopped_after(loop, PATIENCE), unwritten_comes_out(loop):
            outcome = described(loop.run)
    sent = Literally("two sockets are ready, and both callbacks fail")
    same("run() returned:", sent=sent, expected=None, got=outcome, usually=None, clue="kinds")
    what = "The first two calls:"
    usually, got = beliefs.ONE_TRY_FOR_ALL, sorted(served[:2])
    same(what, sent=sent, expected=["one", "two"], got=got, usually=usually)
    sent = Literally("two sockets that stay ready; each callback fails each time")
    what = "The first eight calls:"
    expected, usually = ["one"] * 4 + ["two"] * 4, beliefs.STOPS_WATCHING
    same(what, sent=sent, expected=expected, got=sorted(served), usually=usually)


@promise(
    task=1,
    usually=beliefs.ALL_ARE_ERRORS,
    signs={"hang": beliefs.ALL_ARE_ERRORS, "spin": beliefs.ALL_ARE_ERRORS},
    hints=(
        "Somebody presses Ctrl-C. What should stop: one callback, or the program?",
        "KeyboardInterrupt and SystemExit are not Exceptions. Let them out of run().",
        "except Exception: not BaseException, and not a bare except.",
    ),
)
def test_ctrl_c_ends_the_loop(chapter: Attempt) -> None:
    """Ctrl-C, or sys.exit() in a callback, comes out of run()."""
    for error, how in ((SystemExit, "calls sys.exit()"), (KeyboardInterrupt, "got Ctrl-C")):
        calls: list[str] = []
        with connected() as (client, server), chapter.EventLoop() as loop:

            def leave(
                _ready: int,
                calls: list[str] = calls,
                loop: Any = loop,
                error: type[BaseException] = error,
            ) -> None:
                calls.append("a call")
                loop.stop()
                raise error

            for sock in (client, server):
                loop.watch(sock, chapter.WRITE, leave)
            with suppress(error):
                with unwritten_comes_out(loop):
                    loop.run()
                went_on = len(calls) > 1
                broken(
                    f"A callback {how}.",
                    expected=Literally(f"{error.__name__} comes out of run()"),
                    got=Literally(
                        "run() went on" if went_on else "run() returned, without an error"
                    ),
                    usually=beliefs.ALL_ARE_ERRORS if went_on else None,
                )
    rounds: list[str] = []
    with chapter.EventLoop() as loop:

        def select(original: Any, selector: object, _timeout: float | None) -> list[Any]:
            rounds.append("a round")
            if len(rounds) == 1:
                raise KeyboardInterrupt
            loop.stop()
            found: list[Any] = original(selector, 0)
            return found

        simulates("Ctrl-C while the loop sleeps")
        with suppress(KeyboardInterrupt):
            with selecting(select):
                loop.run()
            went_on = len(rounds) > 1
            broken(
                "Somebody presses Ctrl-C while the loop sleeps.",
                expected=Literally("KeyboardInterrupt comes out of run()"),
                got=Literally("run() went on" if went_on else "run() returned, without an error"),
                usually=beliefs.ALL_ARE_ERRORS if went_on else None,
            )


@promise(
    task=1,
    usually=beliefs.STOPPED_WHILE_RUNNING,
    signs={"hang": beliefs.STOPPED_WHILE_RUNNING, "spin": beliefs.STOPPED_WHILE_RUNNING},
    hints=(
        "stop() may be called at any moment: before run(), while the loop sleeps, or in a callback.",
        "stop() is given: it sets self._stopped and wakes the loop. run() has to look at the flag "
        "once a round, and must not set it back.",
        "while not self._stopped: and nothing else about the flag.",
    ),
    hints_if={
        beliefs.STOP_DROPS_CALLS: (
            "A callback calls stop(), and another socket is ready in the same round. Is it called?",
            "Look at the flag once a round, not between two calls.",
            "while not self._stopped: and inside it, the `for` without a look at the flag.",
        ),
    },
)
def test_stop_ends_the_loop(chapter: Attempt) -> None:
    """stop() ends run(), whether it comes before run(), while the loop sleeps, or in a round."""
    calls: list[str] = []
    with connected() as (_client, server), chapter.EventLoop() as loop:

        def count(_ready: int) -> None:
            calls.append("a call")
            if len(calls) == 5:
                loop.stop()

        loop.watch(server, chapter.WRITE, count)
        loop.stop()
        loop.run()
    what = "stop() came before run(). Even so, a socket that is always ready was called for"
    holds(f"{what} again and again.", len(calls) <= 1, got=calls)
    with (
        chapter.EventLoop() as loop,
        falling_asleep() as (_timeouts, asleep),
        running(loop.run) as call,
    ):
        asleep.wait(PATIENCE)
        loop.stop()
        same("run() returned:", expected=None, got=call.result())
    calls.clear()
    with connected() as (client, server), chapter.EventLoop() as loop:
        for name, sock in (("one", client), ("two", server)):

            def callback(_ready: int, name: str = name) -> None:
                calls.append(name)
                loop.stop()

            loop.watch(sock, chapter.WRITE, callback)
        with unwritten_comes_out(loop):
            loop.run()
    what = "Two sockets are ready, and each callback calls stop(). The calls:"
    usually = beliefs.STOP_DROPS_CALLS
    same(what, expected=["one", "two"], got=sorted(calls), usually=usually)
    calls.clear()
    with connected() as (_client, server), chapter.EventLoop() as loop:

        def stop(_ready: int) -> None:
            calls.append("a call")
            if len(calls) in (1, 5):
                loop.stop()

        loop.watch(server, chapter.WRITE, stop)
        loop.run()
        loop.run()
    what = "The loop was stopped. In a second run(), a socket that is always ready was called for"
    holds(f"{what} again and again.", len(calls) <= 2, got=calls)


@promise(
    task=1,
    usually=beliefs.LOOKS_ROUND,
    signs={"spin": beliefs.LOOKS_ROUND, "hang": beliefs.LOOKS_ROUND},
    hints=(
        "Nothing happens at all. How often does your loop wake up?",
        "select() without a timeout sleeps until something happens. stop() wakes it by itself.",
        "self._selector.select(), with no timeout, or with None.",
    ),
)
def test_idle_loop_sleeps(chapter: Attempt) -> None:
    """While nothing happens, the loop sleeps in select(), without a timeout."""
    with connected() as (_client, server), chapter.EventLoop() as loop:
        loop.watch(server, chapter.READ, print)
        timeouts = timeouts_of(loop)
    for timeout in timeouts[:5]:
        holds(
            "Nothing happened, and there was no timer. The loop slept for a while only.",
            timeout is None,
            expected=Literally("select() without a timeout"),
            got=Literally(f"select({timeout})"),
        )


@promise(
    task=2,
    usually=beliefs.REGISTERED_TWICE,
    signs={
        KeyError: beliefs.REGISTERED_TWICE,
        ValueError: beliefs.REGISTERED_TWICE,
    },
    hints=(
        "watch() is called again for a socket. What does register() say to that?",
        "For a socket that it knows, a selector has modify(). It returns a key: keep that one.",
        "If sock in self._watched: self._watched[sock] = self._selector.modify(sock, events, callback)",
    ),
    hints_if={
        "half": (
            "A second watch() has new events and a new callback. Which of the two do you pass on?",
            "modify() takes the same arguments as register(). It replaces both, and returns a new key.",
            "self._watched[sock] = self._selector.modify(sock, events, callback)",
        ),
        "same callback": (
            "Somebody calls watch() with a known callback, and other events. What is new?",
            "The events. A callback may be the same function as before: compare keys, not callbacks, "
            "and pass on each watch() to modify().",
            "self._watched[sock] = self._selector.modify(sock, events, callback), and in run(): "
            "if self._watched.get(key.fileobj) is key:",
        ),
        beliefs.KEY_IS_CHANGED: (
            "You call modify(). Which key does select() name after that, and which one do you keep?",
            "When modify() changes something, it returns a new key. Keep that one, as in register().",
            "self._watched[sock] = self._selector.modify(sock, events, callback)",
        ),
        beliefs.STILL_READY: (
            "A callback replaces the callback of another socket, which comes later in your list. "
            "Which of the two do you call?",
            "The key in your list is from before. modify() made another one, and you have kept it.",
            "if self._watched.get(key.fileobj) is key: and the call below it.",
        ),
        beliefs.SOCKET_IS_ENOUGH: (
            "The socket is the same, and it is watched. Is it the same registration?",
            "An event belongs to the key that select() has named. Compare that key with the one that "
            "you keep for this socket. If they differ, call nobody.",
            "if self._watched.get(key.fileobj) is key: and the call below it.",
        ),
    },
)
def test_second_watch_replaces_the_first(chapter: Attempt) -> None:
    """A second watch() of a socket replaces events and callback, even within a round."""
    calls: list[str] = []
    with (
        connected() as (client, server),
        connected() as (_two, other),
        chapter.EventLoop() as loop,
    ):

        def note(name: str) -> Callable[[int], None]:
            return lambda _ready: calls.append(name)

        def end(ready: int) -> None:
            calls.append(f"the last, ready={ready}")
            loop.stop()

        def busy(_ready: int) -> None:
            calls.append("another socket")
            if len(calls) >= MANY:
                loop.stop()

        loop.watch(server, chapter.WRITE, note("the first"))
        loop.watch(server, chapter.READ, note("the second"))
        loop.watch(server, chapter.READ, end)
        loop.watch(other, chapter.WRITE, busy)
        client.sendall(b"hi")
        wait_for_bytes(server, 2)
        with unwritten_comes_out(loop):
            loop.run()
        keeps_old_key = has_old_key(loop, server)
    sent = Literally("watch(sock, WRITE, …), twice watch(sock, READ, …), bytes")
    got = [call for call in calls if call != "another socket"]
    expected = [f"the last, ready={chapter.READ}"]
    what = "READ is 1, WRITE is 2. The calls for this socket:"
    adds = got[:1] == [f"the last, ready={chapter.READ | chapter.WRITE}"]
    usually: Reason = beliefs.REGISTERED_TWICE if adds else None
    if keeps_old_key:
        usually = beliefs.KEY_IS_CHANGED
    same(what, sent=sent, expected=expected, got=got[:5], usually=usually, clue="half")
    usually = beliefs.STILL_READY if forgotten_is_called(chapter) else beliefs.SOCKET_IS_ENOUGH
    old, new = replaced_in_one_round(chapter)
    sent = Literally("two are ready; the first that is called replaces the other")
    what = "Calls of the other socket's old callback, in that round:"
    same(what, sent=sent, expected=0, got=old, usually=usually)
    sent = Literally("both are ready for READ; the first watches the other for WRITE")
    what = "READ is 1, WRITE is 2. The other's new callback was called with:"
    same(what, sent=sent, expected=chapter.WRITE, got=new, usually=beliefs.SOCKET_IS_ENOUGH)
    told: list[int] = []
    with connected() as (client, server), chapter.EventLoop() as loop:

        def one_for_both(ready: int) -> None:
            told.append(ready)
            loop.stop()

        for events in (chapter.READ, chapter.WRITE):
            loop.watch(server, events, one_for_both)
        with stopped_after(loop, PATIENCE), unwritten_comes_out(loop):
            loop.run()
    sent = Literally("watch(sock, READ, call), then watch(sock, WRITE, call)")
    what, clue = "READ is 1, WRITE is 2. The calls were made with:", "same callback"
    same(what, sent=sent, expected=[chapter.WRITE], got=told, usually=None, clue=clue)
    got_first = events_changed_in_one_round(chapter)
    sent = Literally(
        "both are ready for READ; the first watches the other for WRITE, same callback"
    )
    what = "READ is 1, WRITE is 2. The other's callback was called with:"
    same(what, sent=sent, expected=chapter.WRITE, got=got_first, usually=None, clue=clue)


@promise(
    task=2,
    usually=beliefs.STILL_READY,
    signs={"hang": beliefs.STILL_READY, Exception: beliefs.STILL_READY},
    hints=(
        "Two sockets are ready in one round, and the first callback forgets the second socket. What "
        "is next in your list?",
        "Before each call, ask whether this registration is still the current one. A new socket may "
        "have the same number by now.",
        "forget(): pop the key and unregister(). run(): if self._watched.get(key.fileobj) is key: "
        "key.data(ready).",
    ),
    hints_if={"two places": hints.TWO_PLACES},
)
def test_forgotten_socket_is_not_called_for(chapter: Attempt) -> None:
    """A forgotten socket gets no call, not even in this round. Nor does a new one with its number."""
    with connected() as (_client, server), chapter.EventLoop() as loop:
        loop.watch(server, chapter.READ, print)
        loop.forget(server)
        knows_it = is_known(loop, server)
    calls: list[str] = []
    opened: list[socket.socket] = []
    with (
        connected() as (one, first),
        connected() as (two, second),
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

        for client, server, other in ((one, first, second), (two, second, first)):
            client.sendall(b"hi")
            wait_for_bytes(server, 2)
            loop.watch(server, chapter.READ, callback(other))
        with unwritten_comes_out(loop):
            loop.run()
    for sock in opened:
        sock.close()
    same(
        "Two sockets are ready. The first that is called forgets and closes the other. The calls:",
        expected=["one of two"],
        got=calls,
        usually=None if knows_it else beliefs.STILL_READY,
        clue="two places",
    )


@promise(
    task=2,
    usually=beliefs.FORGET_CLOSES,
    signs={KeyError: beliefs.NEVER_WATCHED, ValueError: beliefs.NEVER_WATCHED},
    hints=(
        "forget() means: do not watch the socket any more. What happens to the socket itself?",
        "Take the key out of self._watched, tell the selector to unregister() the socket, and do "
        "nothing else. If the socket is not there, do nothing at all.",
        "if self._watched.pop(sock, None): self._selector.unregister(sock)",
    ),
    hints_if={
        beliefs.NEVER_WATCHED: (
            "This socket is not watched. What do pop() and unregister() do in that case?",
            "pop(sock) raises KeyError, pop(sock, None) returns None. Ask before you unregister.",
            "if self._watched.pop(sock, None): self._selector.unregister(sock)",
        ),
        "two places": hints.TWO_PLACES,
        "the others": (
            "A callback forgets its own socket. What about the others that are ready in this round?",
            "They have their turn. Only the socket that was forgotten gets no call.",
            "for key, ready in …: if self._watched.get(key.fileobj) is key: the call. No break.",
        ),
    },
)
def test_forget_only_forgets(chapter: Attempt) -> None:
    """The socket stays open and can be watched again. If it is not watched, nothing happens."""
    calls: list[str] = []
    with (
        connected() as (client, server),
        connected() as (_other, never),
        chapter.EventLoop() as loop,
    ):
        sent = Literally("forget() of a socket that is not watched")
        outcome = described(partial(loop.forget, never))
        same("It returned:", sent=sent, expected=None, got=outcome, usually=beliefs.NEVER_WATCHED)
        loop.watch(server, chapter.READ, lambda _ready: calls.append("forgotten"))
        loop.forget(server)
        outcome = described(partial(loop.forget, server))
        sent = Literally("forget() of a socket that is forgotten already")
        same("It returned:", sent=sent, expected=None, got=outcome, usually=beliefs.NEVER_WATCHED)
        holds("forget() has closed the socket.", server.fileno() != -1)

        def again(_ready: int) -> None:
            calls.append("watched again")
            loop.forget(server)
            loop.stop()

        client.sendall(b"hi")
        wait_for_bytes(server, 2)
        outcome = described(partial(loop.watch, server, chapter.READ, again))
        sent = Literally("watch(), forget(), watch()")
        what = "The second watch() returned:"
        same(what, sent=sent, expected=None, got=outcome, usually=None, clue="two places")
        with unwritten_comes_out(loop):
            loop.run()
        same("The calls:", sent=sent, expected=["watched again"], got=calls)
        named = len(loop._selector.get_map()) - 1  # the loop's own socket
        what = "All are forgotten. Sockets that the selector still watches:"
        same(what, expected=0, got=named, usually=None, clue="two places")
    calls.clear()
    with connected() as (client, server), chapter.EventLoop() as loop:

        def forget_itself(sock: socket.socket, _ready: int) -> None:
            calls.append("a call")
            loop.forget(sock)
            loop.stop()

        for sock in (client, server):
            loop.watch(sock, chapter.WRITE, partial(forget_itself, sock))
        with unwritten_comes_out(loop):
            loop.run()
    sent = Literally(
        "two sockets are ready; each callback forgets its own socket, and calls stop()"
    )
    same("Calls:", sent=sent, expected=2, got=len(calls), usually=None, clue="the others")


@promise(
    task=3,
    usually=beliefs.LOOKS_ROUND,
    signs={"hang": beliefs.TIMER_GOES_OFF_BY_ITSELF, "spin": beliefs.LOOKS_ROUND},
    hints=(
        "The next timer is a minute away. How long may your select() sleep?",
        "Until the earliest timer is due: it is the first in the heap. If that is in the past, 0; if "
        "there is no timer, None.",
        "timeout = max(0, self._timers[0][0] - time.monotonic()) if self._timers else None",
    ),
    hints_if={
        "asks too early": (
            "A callback asks for a new timer. When do you work out how long to sleep?",
            "Work it out in every round, right before select().",
            "while not self._stopped: timeout = …; for key, ready in self._selector.select(timeout): …",
        ),
        "another timer": (
            "Three timers. Which of them decides how long the loop may sleep?",
            "The earliest. It is at the front, self._timers[0], if only heappush() and heappop() "
            "change the list, and if the time comes first in each tuple.",
            "timeout = max(0, self._timers[0][0] - time.monotonic()) if self._timers else None",
        ),
        "two clocks": (
            "time.time() counts from 1970, time.monotonic() often from the start of the computer. "
            "What does the difference between them tell you?",
            "Use one clock for everything: in call_later(), for the timeout, and to find what is due.",
            "time.monotonic() everywhere, and time.time() nowhere.",
        ),
        "too early": hints.TOO_EARLY,
        "minimum": (
            "The next timer is due in a moment, or already. How long may your select() sleep?",
            "Until then, and no longer. A timer that is due means a timeout of 0.",
            "timeout = max(0, self._timers[0][0] - time.monotonic()) if self._timers else None",
        ),
        "no sleep": (
            "The next timer is not due yet, and the loop does not sleep. How do you work out its "
            "timeout?",
            "It is the time of the earliest timer less the time now: by one clock, and not rounded.",
            "timeout = max(0, self._timers[0][0] - time.monotonic()) if self._timers else None",
        ),
    },
)
def test_sleeps_until_the_next_timer(chapter: Attempt) -> None:
    """The loop sleeps until the next timer is due: the earliest, not the first or the last."""
    for asked in ((600.0, 60.0, 300.0), (60.0, 300.0, 600.0), (60.0,), (0.9,)):
        with connected() as (_client, server), chapter.EventLoop() as loop:
            loop.watch(server, chapter.READ, print)
            for seconds in asked:
                loop.call_later(seconds, print)
            timeouts = timeouts_of(loop)
        sent = Literally(f"timers of {', '.join(f'{seconds:g} s' for seconds in asked)}")
        for timeout in timeouts[:5]:
            expected, got = sleeps(min(asked)), sleeps(timeout)
            what = "The timeout is the difference of two clocks, time.time() and time.monotonic()."
            mixed, clue = mixes_clocks(timeout), "two clocks"
            holds(what, not mixed, sent=sent, expected=expected, got=got, usually=None, clue=clue)
            what = "The loop sleeps too long: the next timer will be late."
            late, clue = timeout is None or timeout > min(asked) + 1, "another timer"
            usually = beliefs.TIMER_GOES_OFF_BY_ITSELF if timeout is None else None
            holds(what, not late, sent=sent, expected=expected, got=got, usually=usually, clue=clue)
            what = (
                f"Nothing was to be done for {min(asked):g} s. The loop slept for a shorter time."
            )
            shortest = max(min(asked) - 5, min(asked) / 10)
            is_long, clue = timeout and timeout > shortest, "no sleep"
            usually = None if timeout == 0 else beliefs.LOOKS_ROUND
            holds(what, is_long, sent=sent, expected=expected, got=got, usually=usually, clue=clue)
    with connected() as (_client, server), chapter.EventLoop() as loop:

        def ask(_ready: int) -> None:
            loop.forget(server)
            loop.call_later(60, print)

        loop.watch(server, chapter.WRITE, ask)
        loop.call_later(300, print)
        timeouts = timeouts_of(loop, calls=2)
    sent = Literally("a timer of 300 s; in the first round, a callback asks for one of 60 s")
    for timeout in timeouts[1:2]:
        late = timeout is None or timeout > 61
        expected, got = sleeps(60), sleeps(timeout)
        what = "In the second round, the loop sleeps too long:"
        clue = "asks too early" if timeout else "too early"
        holds(what, not late, sent=sent, expected=expected, got=got, usually=None, clue=clue)
    for seconds in (0.02, 0):
        with chapter.EventLoop() as loop:
            loop.call_later(seconds, list)
            timeouts = timeouts_of(loop)
        sent, expected = Literally(f"a timer of {seconds} s"), sleeps(seconds)
        for timeout in timeouts[:1]:
            soon, got = timeout is not None and timeout <= seconds + 0.01, sleeps(timeout)
            what, clue = "The loop sleeps too long: the next timer will be late.", "minimum"
            holds(what, soon, sent=sent, expected=expected, got=got, usually=None, clue=clue)


@promise(
    task=3,
    usually=beliefs.FIRST_ASKED,
    signs={TypeError: beliefs.NEVER_THE_SAME_TIME},
    hints=(
        "Calls are asked for in any order. How do you find the earliest one quickly?",
        "heapq keeps the smallest item at the front, and compares tuples from left to right: the time, "
        "the number, the timer. After the sockets' calls, pop those whose time has come.",
        "heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._count), timer)); return "
        "timer. In run(): while self._timers and self._timers[0][0] <= now: heapq.heappop(…), call.",
    ),
    hints_if={
        beliefs.NEVER_THE_SAME_TIME: (
            "Two timers have exactly the same time. What does the heap compare then?",
            "The next item of the tuples. A Timer has no order; a number that counts up has one.",
            "(time.monotonic() + seconds, next(self._count), timer)",
        ),
        "heap": (
            "Your list is a heap as long as nothing but heapq changes it. Which lines change it?",
            "heappush() puts an item in, and heappop() takes the earliest out. append(), pop() and "
            "pop(0) break the heap. And only its first item is in order: do not loop over the list.",
            "heapq.heappush(self._timers, …) in call_later(), and heapq.heappop(self._timers) in run()",
        ),
        "too early": hints.TOO_EARLY,
        "spin": (
            "Timers are due, and your loop goes round without calling them. Which two times does it "
            "compare?",
            "The time of the earliest timer, self._timers[0], and the time now. Both must come from "
            "the same clock.",
            "now = time.monotonic(); while self._timers and self._timers[0][0] <= now: …",
        ),
        "again": (
            "A call was made twice. Where is its timer after the first call?",
            "A timer goes off once: take it out of the heap before you make its call.",
            "while self._timers and self._timers[0][0] <= now: "
            "_when, _number, timer = heapq.heappop(self._timers)",
        ),
    },
)
def test_calls_are_made_in_order(chapter: Attempt) -> None:
    """The earliest timer goes first. If two have the same time, they go in the order of asking."""
    calls: list[str] = []

    def note(name: str) -> Callable[[], None]:
        return lambda: calls.append(name)

    with chapter.EventLoop() as loop:
        began = time.monotonic()

        def second() -> None:
            calls.append("second")
            with mock.patch.object(time, "monotonic", return_value=began):
                loop.call_later(0.01, note("fourth, asked for later"))

        with mock.patch.object(time, "monotonic", return_value=began):  # all in one moment
            loop.call_later(0.02, loop.stop)
            loop.call_later(0.015, note("fifth"))
            for name in ("first", "second", "third"):
                timer = loop.call_later(0, second if name == "second" else note(name))
            loop.call_later(0.01, note("fourth"))
            loop.call_later(60, note("a minute too early"))
        holds("call_later() returned no Timer.", isinstance(timer, chapter.Timer), got=timer)
        with unwritten_comes_out(loop):
            loop.run()
        took = time.monotonic() - began
    expected = ["first", "second", "third", "fourth", "fourth, asked for later", "fifth"]
    known = [call for call in calls if call in expected]
    times = [(0, 0, 0, 1, 1, 2)[expected.index(call)] for call in known]
    usually: Misconception | None = beliefs.NEVER_THE_SAME_TIME
    clue = ""
    if times != sorted(times):
        usually, clue = None, "heap"
    if calls[:5] == ["fifth", "first", "second", "third", "fourth"]:
        usually = beliefs.FIRST_ASKED
    if known != calls:
        usually, clue = None, "too early"
    if len({*calls}) < len(calls):
        usually, clue = None, "again"
    sent = Literally("0.015 s fifth, 0 s first, second, third, 0.01 s fourth")
    same("The calls:", sent=sent, expected=expected, got=calls[:9], usually=usually, clue=clue)
    what = "The last timer, of 0.02 s, went off too early."
    got = Literally(f"after {took:.3f} s")
    holds(what, took > 0.015, sent=sent, got=got, usually=None, clue="too early")
    calls.clear()
    with chapter.EventLoop() as loop:
        with mock.patch.object(time, "monotonic", return_value=began - 1):  # long due at run()
            for seconds, name in ((0.1, "first"), (0.3, "third"), (0.2, "second")):
                loop.call_later(seconds, note(name))
            loop.call_later(0.4, loop.stop)
        with unwritten_comes_out(loop):
            loop.run()
    sent = Literally("0.1 s first, 0.3 s third, 0.2 s second; all are due at once")
    expected = ["first", "second", "third"]
    same("The calls:", sent=sent, expected=expected, got=calls, usually=None, clue="heap")


@promise(
    task=3,
    usually=beliefs.CANCELLED_IS_GONE,
    hints=(
        "cancel() only sets timer.cancelled. Where do you look at it, and when?",
        "Look at it right before the call: another call of the same round may have cancelled it.",
        "After heappop(): if not timer.cancelled: timer.callback()",
    ),
)
def test_cancelled_call_is_not_made(chapter: Attempt) -> None:
    """A cancelled call is not made, even if the call before it cancels it."""
    calls: list[str] = []
    with chapter.EventLoop() as loop:
        timers: list[Any] = []

        def first() -> None:
            calls.append("the first")
            timers[1].cancel()

        def last() -> None:
            calls.append("the last")
            timers[0].cancel()  # it has been made already
            loop.stop()

        before = loop.call_later(0, lambda: calls.append("cancelled before run()"))
        timers.append(loop.call_later(0, first))
        timers.append(loop.call_later(0, lambda: calls.append("cancelled by the first")))
        loop.call_later(0.005, last)
        before.cancel()
        with unwritten_comes_out(loop):
            loop.run()
    same("The calls:", expected=["the first", "the last"], got=calls)


@promise(
    task=3,
    usually=beliefs.UNTIL_NONE_IS_DUE,
    signs={"spin": beliefs.UNTIL_NONE_IS_DUE, "hang": beliefs.UNTIL_NONE_IS_DUE},
    hints=(
        "A call asks for another one after 0 seconds, and that one does the same. When do the sockets "
        "have their turn?",
        "Look at the clock once a round, before the first timer. Make the calls that were due then.",
        "now = time.monotonic(); while self._timers and self._timers[0][0] <= now: pop, call.",
    ),
    hints_if={
        beliefs.SOCKETS_FIRST: (
            "A socket is ready in every round. When do the timers have their turn?",
            "In every round, after the sockets' calls: not only when select() returns an empty list.",
            "The loop over the timers comes below the loop over the sockets, at the same indentation.",
        ),
        "timers first": (
            "A round has three parts. Which of them is first, and which is last?",
            "Wait; then the sockets that are ready; then the timers that are due.",
            "The loop over the timers comes below the loop over the sockets, at the same indentation.",
        ),
    },
)
def test_timers_and_sockets_take_turns(chapter: Attempt) -> None:
    """Endless timers do not hold up the sockets, and busy sockets do not hold up the timers."""
    calls: list[str] = []
    with connected() as (client, server), chapter.EventLoop() as loop:

        def again() -> None:
            calls.append("timer")
            if len(calls) == 3:
                client.sendall(b"and I?")
                wait_for_bytes(server, 6)
            if len(calls) < MANY:
                loop.call_later(0, again)
            else:
                loop.stop()

        def callback(_ready: int) -> None:
            calls.append("socket")
            loop.stop()

        loop.watch(server, chapter.READ, callback)
        loop.call_later(0, again)
        with unwritten_comes_out(loop):
            loop.run()
    sent = Literally("a timer of 0 s that asks for the next; bytes for a socket")
    holds("The socket had no turn.", "socket" in calls, sent=sent, got=Literally("only timers"))
    calls.clear()
    with connected() as (_client, server), chapter.EventLoop() as loop:

        def busy(_ready: int) -> None:
            calls.append("socket")
            if len(calls) >= MANY:
                loop.stop()

        loop.watch(server, chapter.WRITE, busy)
        loop.call_later(0, partial(calls.append, "timer"))
        loop.call_later(0, loop.stop)
        with unwritten_comes_out(loop):
            loop.run()
    sent = Literally("a socket that is ready in every round, and a timer of 0 s")
    what, got = "The timer had no turn.", Literally("only the socket")
    holds(what, "timer" in calls, sent=sent, got=got, usually=beliefs.SOCKETS_FIRST)
    what, clue = "The first call of the first round:", "timers first"
    same(what, sent=sent, expected="socket", got=calls[0], usually=None, clue=clue)
    calls.clear()
    with connected() as (_client, server), chapter.EventLoop() as loop:

        def timer() -> None:
            calls.append("timer")
            if len(calls) < 6:
                loop.call_later(0, timer)
            else:
                loop.stop()

        for _ in range(3):
            loop.call_later(60, print)
        loop.watch(server, chapter.WRITE, lambda _ready: calls.append("socket"))
        loop.call_later(0, timer)
        with unwritten_comes_out(loop):
            loop.run()
    sent = Literally("a socket that is always ready; a timer of 0 s that asks for the next")
    same("The calls:", sent=sent, expected=["socket", "timer"] * 3, got=calls)


@promise(
    task=3,
    usually=beliefs.ONE_ROUND,
    hints=(
        "Three timers are due in the same round. How many of them are called in it?",
        "All of them. After each call, look at the front of the heap again.",
        "while self._timers and self._timers[0][0] <= now: heapq.heappop(…), and the call",
    ),
    hints_if={
        beliefs.STOP_DROPS_CALLS: (
            "The first of three timers calls stop(). The other two are due as well. What about them?",
            "Look at self._stopped once a round, and not between two timers.",
            "while self._timers and self._timers[0][0] <= now: without a look at the flag",
        ),
        "all of them": (
            "Some timers are due, and yours wait for the next round. What ends your loop?",
            "Only this: no timer is left that was due. There is no limit, and a timer that was "
            "cancelled is skipped: it does not end the loop.",
            "while self._timers and self._timers[0][0] <= now: …, and no `break` in it",
        ),
    },
)
def test_all_timers_that_are_due_are_called(chapter: Attempt) -> None:
    """In each round, all the timers that are due are called, even if one of them calls stop()."""
    calls: list[str] = []
    with connected() as (_client, server), chapter.EventLoop() as loop:
        loop.watch(server, chapter.WRITE, lambda _ready: calls.append("a new round"))
        for name in ("first", "second", "third"):
            loop.call_later(0, partial(calls.append, name))
        loop.call_later(0.005, loop.stop)
        with unwritten_comes_out(loop):
            loop.run()
    sent = Literally("three timers of 0 s")
    at = calls.index("first") if "first" in calls else 0
    what = "The calls, from the first timer on:"
    same(what, sent=sent, expected=["first", "second", "third"], got=calls[at : at + 3])
    calls.clear()
    with chapter.EventLoop() as loop:
        loop.call_later(0, loop.stop)
        for name in ("second", "third"):
            loop.call_later(0, partial(calls.append, name))
        with unwritten_comes_out(loop):
            loop.run()
    sent = Literally("three timers of 0 s; the first calls stop()")
    usually = beliefs.STOP_DROPS_CALLS
    same("The other calls:", sent=sent, expected=["second", "third"], got=calls, usually=usually)
    calls.clear()
    with chapter.EventLoop() as loop:
        loop.call_later(0, loop.stop)
        loop.call_later(0, partial(calls.append, "a cancelled timer")).cancel()
        for _ in range(FORTY):
            loop.call_later(0, partial(calls.append, "a timer"))
        with unwritten_comes_out(loop):
            loop.run()
    sent = Literally(f"the first calls stop(), the second is cancelled, and {FORTY} more are due")
    made = calls.count("a timer")
    what = f"Of these {FORTY}, so many were called:"
    same(what, sent=sent, expected=FORTY, got=made, usually=None, clue="all of them")
    calls.clear()
    with connected() as (_client, server), chapter.EventLoop() as loop:
        loop.watch(server, chapter.WRITE, lambda _ready: loop.stop())
        loop.call_later(0, partial(calls.append, "a timer"))
        with unwritten_comes_out(loop):
            loop.run()
    sent = Literally("a timer of 0 s, and a socket that is ready, whose callback calls stop()")
    same("The timers' calls:", sent=sent, expected=["a timer"], got=calls, usually=usually)


@promise(
    task=3,
    usually=beliefs.NOTHING_GOES_WRONG,
    hints=(
        "A timer's call raises an error. Is there a try around it?",
        "Treat a timer's call like a socket's callback: log the error, and go on.",
        "try: timer.callback() except Exception: logging.exception('a callback failed')",
    ),
    hints_if={
        beliefs.ONE_TRY_FOR_ALL: (
            "Two timers are due, and the first one fails. What does your code do next?",
            "An error leaves the whole `try`, and your loop with it. Put the `try` inside the loop.",
            "while …: heappop(…); try: timer.callback() except Exception: logging.exception(…)",
        ),
        beliefs.ALL_ARE_ERRORS: (
            "sys.exit() is to end the program. What does your `except` do with what it raises?",
            "Catch Exception, as for a socket's callback. SystemExit is not one.",
            "try: timer.callback() except Exception: logging.exception('a callback failed')",
        ),
    },
)
def test_error_in_a_timer_is_logged(chapter: Attempt) -> None:
    """An Exception in a timer's call is logged with its traceback, and all other calls are made."""
    calls: list[str] = []

    def fail() -> None:
        calls.append("with a bug")
        raise KeyError("a bug")

    with logged_errors() as logged, chapter.EventLoop() as loop:
        loop.call_later(0, fail)
        loop.call_later(0, lambda: calls.append("without a bug"))
        loop.call_later(0.005, loop.stop)
        with unwritten_comes_out(loop):
            outcome = described(loop.run)
    same("run() returned:", expected=None, got=outcome)
    same("The calls:", expected=["with a bug", "without a bug"], got=calls)
    same(
        "Tracebacks in the log:", expected=["KeyError"], got=logged, usually=beliefs.CAUGHT_IS_DONE
    )
    calls.clear()

    def stop_and_fail() -> None:
        loop.stop()
        fail()

    with logged_errors(), chapter.EventLoop() as loop:
        loop.call_later(0, stop_and_fail)
        loop.call_later(0, lambda: calls.append("without a bug"))
        with unwritten_comes_out(loop):
            loop.run()
    sent = Literally("two timers are due in one round; the first fails")
    expected, usually = ["with a bug", "without a bug"], beliefs.ONE_TRY_FOR_ALL
    same("The calls of this round:", sent=sent, expected=expected, got=calls, usually=usually)
    with logged_errors(), chapter.EventLoop() as loop:
        loop.call_later(0, sys.exit)
        loop.call_later(0.005, loop.stop)
        with suppress(SystemExit):
            with unwritten_comes_out(loop):
                loop.run()
            broken(
                "A timer's call is sys.exit().",
                expected=Literally("SystemExit comes out of run()"),
                got=Literally("run() went on"),
                usually=beliefs.ALL_ARE_ERRORS,
            )


@promise(
    task=3,
    usually=beliefs.TIME_IS_A_CLOCK,
    signs={"hang": beliefs.TIME_IS_A_CLOCK},
    hints=(
        "Somebody sets the computer's clock back by an hour. What do your timers do?",
        "time.time() shows what the clock on the wall shows. time.monotonic() only counts seconds.",
        "time.monotonic() everywhere, and time.time() nowhere.",
    ),
)
def test_setting_the_clock_changes_nothing(chapter: Attempt) -> None:
    """`seconds` are seconds, even if somebody sets the computer's clock."""
    for hours, how in ((-1, "back"), (1, "forward")):
        calls: list[str] = []
        with chapter.EventLoop() as loop:
            loop.call_later(0.01, lambda calls=calls: calls.append("0.01 s"))
            loop.call_later(60, lambda calls=calls: calls.append("60 s"))
            simulates(f"a clock that is set {how} by an hour")
            loop.call_later(0.03, loop.stop)
            now_set = partial(clock_set_by, hours * 3600, time.time)
            with mock.patch.object(time, "time", now_set):
                stopper = threading.Timer(PATIENCE, loop.stop)  # in case the timers never come
                stopper.start()
                with unwritten_comes_out(loop):
                    loop.run()
                stopper.cancel()
                stopper.join()
        sent = Literally(f"timers of 0.01 s and 60 s; an hour {how} on the clock")
        same("The calls after 0.03 s:", sent=sent, expected=["0.01 s"], got=calls)


@promise(
    task=4,
    usually=beliefs.NOTICED_BY_ITSELF,
    signs={"hang": beliefs.NOTICED_BY_ITSELF, "silence": beliefs.NOTICED_BY_ITSELF},
    hints=(
        "The loop sleeps in select(). How does it learn that you have something for it?",
        "Put the callback where the loop finds it, then wake the loop, as stop() does.",
        "self._from_threads.append(callback), then self._wake_up()",
    ),
    hints_if={
        beliefs.ANY_THREAD_WILL_DO: (
            "Which thread runs your call_from_thread()? Whose thread may touch the loop's timers?",
            "This thread may only put the callback where _woken() finds it. _woken() runs in the "
            "loop's thread, and makes a timer of it.",
            "self._from_threads.append(callback), then self._wake_up()",
        ),
        beliefs.WAKE_UP_THEN_PUT: (
            "You wake the loop, and it looks at once. Is your callback there already?",
            "The order matters: what the loop has to find must be there before it wakes up.",
            "self._from_threads.append(callback), then self._wake_up()",
        ),
    },
)
def test_call_from_a_thread_wakes_the_loop(chapter: Attempt) -> None:
    """A loop that is asleep wakes up and makes the call."""
    waiting: list[int] = []
    with chapter.EventLoop() as loop:
        waker = loop._waker

        class Watched:
            """Notes how many calls the loop would find when it is woken."""

            def send(self, data: bytes) -> int:
                waiting.append(len(loop._from_threads) + len(loop._timers))
                return int(waker.send(data))

        with mock.patch.object(loop, "_waker", Watched()):
            loop.call_from_thread(print)
        on_heap = len(loop._timers)
    callers: list[threading.Thread] = []
    made = threading.Event()

    def call() -> None:
        callers.append(threading.current_thread())
        made.set()

    with (
        chapter.EventLoop() as loop,
        falling_asleep() as (_timeouts, asleep),
        running(loop.run) as run,
    ):
        asleep.wait(PATIENCE)
        try:
            loop.call_from_thread(call)
            was_made = made.wait(PATIENCE)
        finally:
            loop.stop()
        run.result()
    usually = beliefs.WAKE_UP_THEN_PUT if waiting == [0] else NOT_GIVEN
    holds("The loop slept on, and the call was not made.", was_made, usually=usually)
    same("It was made so many times:", expected=1, got=len(callers), usually=None)
    what = "The call was made in the thread that asked for it, not in the loop's."
    in_loop = callers[0] is not threading.current_thread()
    holds(what, in_loop, usually=beliefs.ANY_THREAD_WILL_DO)
    what = (
        "The loop's heap belongs to the loop's thread. Timers that call_from_thread() put onto it:"
    )
    same(what, expected=0, got=on_heap, usually=beliefs.ANY_THREAD_WILL_DO)
    what = "When the loop was woken, this many calls were there for it to find:"
    same(what, expected=[1], got=waiting, usually=beliefs.WAKE_UP_THEN_PUT)


@promise(
    task=4,
    usually=beliefs.ANY_THREAD_WILL_DO,
    signs={"hang": beliefs.ANY_THREAD_WILL_DO},
    hints=(
        "Several calls are asked for before the loop has time for any. Where do they wait?",
        "self._from_threads keeps them all, in order. Append the callback and wake the loop; do "
        "nothing else.",
        "self._from_threads.append(callback), then self._wake_up()",
    ),
)
def test_calls_from_threads_keep_their_order(chapter: Attempt) -> None:
    """It returns at once. The loop makes the calls later, in the order of asking."""
    calls: list[int] = []
    threads: set[threading.Thread] = set()
    with chapter.EventLoop() as loop:
        for number in range(MANY):

            def call(number: int = number) -> None:
                calls.append(number)
                threads.add(threading.current_thread())

            outcome = described(partial(loop.call_from_thread, call))
            same("call_from_thread() returned:", expected=None, got=outcome, usually=None)
        made = len(calls)
        same("The loop is not running yet. Calls that were made:", expected=0, got=made)
        loop.call_from_thread(loop.stop)
        with unwritten_comes_out(loop):
            loop.run()
    sent = Literally(f"{MANY:,} calls, asked for before run()")
    same("How many were made:", sent=sent, expected=MANY, got=len(calls), usually=None)
    in_order = calls == sorted(calls)
    holds("They were not made in the order of asking.", in_order, sent=sent, usually=None)
    same("Threads that made them:", sent=sent, expected={threading.current_thread()}, got=threads)
    calls.clear()
    with chapter.EventLoop() as loop:
        twice = partial(calls.append, 1)
        shared = loop._from_threads
        for callback in (twice, twice, loop.stop):
            loop.call_from_thread(callback)
        is_shared = loop._from_threads is shared
        with unwritten_comes_out(loop):
            loop.run()
    sent = Literally("the same callback is asked for twice, before run()")
    same("How often it was called:", sent=sent, expected=2, got=len(calls), usually=None)
    what = "self._from_threads is another object now. What do the other threads append to?"
    holds(what, is_shared, sent=sent)


@promise(
    task=4,
    usually=beliefs.NOTICED_BY_ITSELF,
    signs={"hang": beliefs.NOTICED_BY_ITSELF},
    hints=(
        "A callback in the loop's own thread asks for a call. When does the loop look for it?",
        "The loop falls asleep after this round. Wake it, whichever thread asks.",
        "self._from_threads.append(callback), then self._wake_up(), and nothing else",
    ),
    hints_if={
        "at once": (
            "The loop's own thread asks for a call. When is that call made?",
            "Later, as for every other thread: after the calls that wait already.",
            "self._from_threads.append(callback), then self._wake_up(), and nothing else",
        ),
    },
)
def test_loops_own_thread_may_ask(chapter: Attempt) -> None:
    """A callback of the loop may ask as well. Its call comes later, after those that wait already."""
    calls: list[str] = []
    with chapter.EventLoop() as loop:

        def last() -> None:
            calls.append("the second")
            loop.stop()

        def ask() -> None:
            loop.call_from_thread(partial(calls.append, "the first"))
            loop.call_from_thread(last)
            calls.append("both are asked for")

        loop.call_later(0, ask)
        with stopped_after(loop, PATIENCE) as was_needed, unwritten_comes_out(loop):
            loop.run()
    sent = Literally("a timer's call asks for two calls")
    expected = ["both are asked for", "the first", "the second"]
    holds("The loop slept on, and the calls were not made.", not was_needed, sent=sent)
    same("The calls:", sent=sent, expected=expected, got=calls, usually=None, clue="at once")


def clock_set_by(seconds: float, true_time: Callable[[], float]) -> float:
    """Return the time of a clock that somebody has set."""
    return true_time() + seconds


def is_known(loop: Any, sock: socket.socket) -> bool:
    """Tell whether a loop's dictionary, or its selector, knows a socket."""
    is_kept = any(loop._watched.get(place) for place in (sock, sock.fileno()))
    return is_kept or any(key.fileobj is sock for key in loop._selector.get_map().values())


def has_old_key(loop: Any, sock: socket.socket) -> bool:
    """Tell whether a loop has kept the key of a registration that has been replaced."""
    kept, known = loop._watched.get(sock), loop._selector.get_map().get(sock)
    is_old = isinstance(kept, selectors.SelectorKey) and kept is not known
    is_new = known is not None and getattr(kept, "data", None) is not known.data
    return is_old and is_new


def replaced_in_one_round(chapter: Attempt) -> tuple[int, int]:
    """Replace a callback in the round in which it is due, and its events.

    Return how often the old one was called, and what `ready` the new one got.
    """
    called: list[str] = []
    told: list[int] = []
    with connected() as (one, first), connected() as (two, second), chapter.EventLoop() as loop:

        def new(ready: int) -> None:
            told.append(ready)
            loop.stop()

        def old(own: socket.socket, other: socket.socket, _ready: int) -> None:
            called.append("old")
            loop.forget(own)
            loop.watch(other, chapter.WRITE, new)

        for client, server, other in ((one, first, second), (two, second, first)):
            client.sendall(b"hi")
            wait_for_bytes(server, 2)
            loop.watch(server, chapter.READ, partial(old, server, other))
        with unwritten_comes_out(loop):
            loop.run()
    return len(called) - 1, told[0]


def events_changed_in_one_round(chapter: Attempt) -> int:
    """Change the events of a socket in the round in which it is due, and not its callback.

    Return what `ready` its callback got.
    """
    told: list[int] = []
    callbacks: dict[socket.socket, Callable[[int], None]] = {}
    with connected() as (one, first), connected() as (two, second), chapter.EventLoop() as loop:

        def callback(own: socket.socket, other: socket.socket, ready: int) -> None:
            told.append(ready)
            if len(told) == 1:
                loop.forget(own)
                loop.watch(other, chapter.WRITE, callbacks[other])
            else:
                loop.stop()

        for client, server, other in ((one, first, second), (two, second, first)):
            client.sendall(b"hi")
            wait_for_bytes(server, 2)
            callbacks[server] = partial(callback, server, other)
            loop.watch(server, chapter.READ, callbacks[server])
        with unwritten_comes_out(loop):
            loop.run()
    return told[1]


def forgotten_is_called(chapter: Attempt) -> bool:
    """Tell whether a socket that is forgotten, and no more, is still called for in that round."""
    called: list[str] = []
    with connected() as (client, server), chapter.EventLoop() as loop:

        def forget(other: socket.socket, _ready: int) -> None:
            called.append("a call")
            loop.forget(other)
            loop.stop()

        for sock, other in ((client, server), (server, client)):
            loop.watch(sock, chapter.WRITE, partial(forget, other))
        with unwritten_comes_out(loop):
            loop.run()
    return len(called) > 1


@contextmanager
def what_select_names(sock: socket.socket) -> Iterator[list[int]]:
    """Note for what select() says that the socket is ready, each time."""
    named: list[int] = []

    def select(original: Any, selector: object, timeout: float | None) -> list[Any]:
        found: list[Any] = original(selector, timeout)
        named.extend(ready for key, ready in found if key.fileobj is sock)
        return found

    with selecting(select):
        yield named


@contextmanager
def ends_after_stop(loop: Any) -> Iterator[None]:
    """End a run() that goes on after stop(): nothing else would end it."""
    rounds: list[bool] = []

    def select(original: Any, selector: object, timeout: float | None) -> list[Any]:
        rounds.append(loop._stopped)
        what = "A callback has called stop(), and run() goes on."
        holds(what, rounds.count(True) < 2, usually=None, clue="goes on")
        found: list[Any] = original(selector, timeout)
        return found

    with selecting(select):
        yield


@contextmanager
def falling_asleep(calls: int = 1) -> Iterator[tuple[list[float | None], threading.Event]]:
    """Note the timeout of every select(), and set an event when so many of them have begun."""
    timeouts: list[float | None] = []
    asleep = threading.Event()

    def select(original: Any, selector: object, timeout: float | None) -> list[Any]:
        timeouts.append(timeout)
        if len(timeouts) >= calls:
            asleep.set()
        if mixes_clocks(timeout):
            timeout = None  # the kernel would refuse so large a number
        found: list[Any] = original(selector, timeout)
        return found

    with selecting(select):
        yield timeouts, asleep


def mixes_clocks(timeout: float | None) -> bool:
    """Tell whether a timeout can only be the time of one clock less the time of another."""
    years = abs(time.time() - time.monotonic()) / 2
    return timeout is not None and abs(timeout) > years > 86_400


def sleeps(seconds: float | None) -> Literally:
    """Return how a report says for how long the loop sleeps."""
    return Literally(f"select({seconds if seconds is None else round(seconds, 3)})")


@contextmanager
def stopped_after(loop: Any, seconds: float) -> Iterator[list[str]]:
    """Stop the loop when so much time has passed, and note that this was needed."""
    needed: list[str] = []

    def stop() -> None:
        needed.append("stopped by the check")
        loop.stop()

    timer = threading.Timer(seconds, stop)
    timer.start()
    try:
        yield needed
    finally:
        timer.cancel()
        timer.join()


def timeouts_of(loop: Any, calls: int = 1) -> list[float | None]:
    """Let a loop fall asleep, and stop it. Return how long each of its select() was to sleep."""
    with falling_asleep(calls) as (timeouts, asleep), running(loop.run):
        asleep.wait(PATIENCE)
        loop.stop()
    return timeouts


TASKS = {
    1: "EventLoop.watch, EventLoop.run",
    2: "EventLoop.forget",
    3: "EventLoop.call_later",
    4: "EventLoop.call_from_thread",
}
