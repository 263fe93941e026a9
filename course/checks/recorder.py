"""Notes what a check does and what the learner's code does with it, call by call, for `replay`.

The calls are real, and so is what comes of them. A recorder puts functions that take notes in the place
of the methods of sockets, selectors and threads, of the learner's functions, and of what suites are
written with. It never puts the originals back: the process of a replay ends with it.
"""

from __future__ import annotations

import inspect
import select
import selectors
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from types import FrameType, FunctionType, ModuleType
from typing import Any
from unittest import mock

from course.checks import expect, peers
from course.checks.callers import Callers, Whose, receiver, target
from course.checks.notation import NameOf, constant, raised, written
from course.checks.runner import Finding
from course.checks.steps import ReplayStep, StepKind
from course.checks.watchdog import Owns

FIRST, LAST, SLACK = 12, 80, 200  # steps that are kept, and how many more before some are dropped
SHORT, LONG = 36, 420  # characters of a value that a socket takes, and that the answers take
RECEIVES = {"accept", "recv", "recv_into", "recvfrom", "recvmsg", "select", "join"}
UNNOTED = {peers.running, peers.observes, peers.noting, peers.listen_fails}  # no line of their own
QUERIES = {"detach", "getpeername", "getsockname", "getsockopt"}  # where the check asks: no line
SOCKET_METHODS = RECEIVES - {"select", "join"} | QUERIES
SOCKET_METHODS |= {"bind", "close", "connect", "connect_ex", "listen", "makefile", "send"}
SOCKET_METHODS |= {"sendall", "sendmsg", "setblocking", "setsockopt", "settimeout", "shutdown"}
SELECTOR_METHODS = {"register", "unregister", "modify", "select", "close"}
OPENERS = ("create_connection", "create_server", "socketpair")
CAUSES = {"connected", "listening", "narrow", "reset"}  # helpers that are not waited for
UNNAMED = {"__init__", "__call__"}  # methods that a call does not name
WATCHED = UNNAMED | {"__missing__"}  # private methods of answers that have a line


class Recorder:
    """Records the steps of one promise at a time."""

    def __init__(self, owns: Owns, suites: Path) -> None:
        self._callers = Callers(owns, suites, __file__)
        self._lock = threading.Lock()
        self._mine = threading.local()
        self._is_open = False
        self._replaced: dict[type, list[str]] = {}
        self._counts = False  # whether the check counts calls, or lines that are run
        self.begin()
        self._is_open = False
        self._watch_sockets()
        self._watch_selectors_and_threads()
        self._watch_checks()
        self._watch_counting("setprofile")
        self._watch_counting("settrace")

    # --- One promise ------------------------------------------------------------------------------

    def begin(self) -> None:
        """Record the steps of a new promise."""
        self._steps: list[ReplayStep] = []
        self._dropped = 0
        self._waiting: dict[int, ReplayStep] = {}
        self._errors: list[tuple[int, ReplayStep]] = []
        self._unfinished: list[ReplayStep] = []  # when the check last found a promise broken
        self._is_simulated = False
        self._strangers = set(threading.enumerate()) - {threading.current_thread()}
        self._callers.check = None
        self._is_open = True

    def end(self, finding: Finding) -> None:
        """Record no more: what follows tidies up after the check."""
        with self._lock:
            self._is_open = False
            ends = [step for error, step in self._errors if error == id(finding.error)]
            if ends:  # what follows was closed on the way out of the check
                at = next((at for at, step in enumerate(self._steps) if step is ends[-1]), LAST)
                del self._steps[at + 1 :]
            if ends and ends[-1].kind == "failed":  # so does what had not returned by then
                for step in self._unfinished:
                    step.kind, step.came = "pending", ""
                self._waiting.clear()
                placed = set(map(id, self._steps))
                self._steps += [step for step in self._unfinished if id(step) not in placed]
            self._steps += self._waiting.values()

    def steps(self) -> tuple[tuple[ReplayStep, ...], int]:
        """Return the steps, and how many were dropped after the first few."""
        return tuple(step for step in self._steps if step.kind != "failed"), self._dropped

    def imported(self, module: ModuleType) -> None:
        """Watch the functions and methods that a file of answers defines."""
        for name, value in list(vars(module).items()):
            if isinstance(value, type) and value.__module__ == module.__name__:
                for inner, member in list(vars(value).items()):
                    self._watch_answer(module, value, inner, member)
            else:
                self._watch_answer(module, module, name, value)

    # --- What is watched --------------------------------------------------------------------------

    def _watch_sockets(self) -> None:
        def watch_subclass(cls: type, /, **_: object) -> None:
            names = sorted(SOCKET_METHODS & vars(cls).keys())
            for name in names:
                setattr(cls, name, self._watched(vars(cls)[name], name))
            if names and self._callers.side(sys._getframe(1)) is not Whose.ANSWER:
                self._replaced[cls] = names

        for name in SOCKET_METHODS | {"__init__"}:
            setattr(socket.socket, name, self._watched(getattr(socket.socket, name), name))
        setattr(socket.socket, "__init_subclass__", classmethod(watch_subclass))  # noqa: B010
        for name in OPENERS:
            setattr(socket, name, self._watched(getattr(socket, name), name, "socket"))
        select.select = self._watched(select.select, "select", "select")

    def _watch_selectors_and_threads(self) -> None:
        kinds = {each for each in vars(selectors).values() if isinstance(each, type)}
        for kind in (each for each in kinds if issubclass(each, selectors.BaseSelector)):
            for name in SELECTOR_METHODS & vars(kind).keys():
                setattr(kind, name, self._watched(vars(kind)[name], name))
        for name in ("start", "join"):
            method = getattr(threading.Thread, name)
            setattr(threading.Thread, name, self._watched(method, name))

    def _watch_checks(self) -> None:
        for name, helper in list(vars(peers).items()):
            is_its_own = isinstance(helper, FunctionType) and helper.__module__ == peers.__name__
            is_noted = not name.startswith("_") and helper not in UNNOTED
            if is_its_own and is_noted:
                setattr(peers, name, self._helper(helper))
        setattr(peers, "simulates", self._simulates)  # noqa: B010
        setattr(expect, "same", self._same(expect.same))  # noqa: B010
        made, original = expect.Broken.__init__, mock.patch.object

        @wraps(made)
        def break_promise(error: expect.Broken, *arguments: Any, **options: Any) -> None:
            made(error, *arguments, **options)
            with self._lock:
                running = [step for step in self._steps if step.kind == "pending"]
                self._unfinished = [*running, *self._waiting.values()]
            self._errors.append((id(error), self._add(ReplayStep("failed", error.what))))

        @wraps(original)
        def patch(owner: Any, name: str, *new: Any, **options: Any) -> Any:
            replaced = getattr(owner, name, None)
            called = f"{name}()" if callable(replaced) else name
            note = ReplayStep("note", f"The check replaces {called} from here on.")
            is_silent = self._is_simulated or any(getattr(each, "observes", False) for each in new)
            if not (is_silent or any(map(note.repeats, self._steps[-1:]))):
                self._add(note)
            if new and (watched := getattr(replaced, "watched", None)):
                new = (self._watched(new[0], *watched), *new[1:])
            return original(owner, name, *new, **options)

        setattr(expect.Broken, "__init__", break_promise)  # noqa: B010
        setattr(mock.patch, "object", patch)  # noqa: B010

    def _watch_counting(self, name: str) -> None:
        """Take no notes while a check counts what an answer does: it would count them as well.

        What is left then is a function of this file, which makes one call: of what it watches.
        """
        install, outer = getattr(sys, name), getattr(sys, name.replace("set", "get"))()

        def set_counter(counter: Callable[..., Any] | None) -> None:
            def count(frame: FrameType, event: str, argument: object) -> Any:
                is_here = frame.f_code.co_filename == __file__ and not event.startswith("c_")
                return None if is_here or counter is None else counter(frame, event, argument)

            self._counts = counter is not None and counter is not outer
            if self._counts:
                words = "The check counts what your code does. These steps are not shown."
                note = ReplayStep("note", words)
                if not any(map(note.repeats, self._steps[-1:])):
                    self._add(note)
            install(count if self._counts else counter)

        setattr(sys, name, set_counter)

    def _watch_answer(self, module: ModuleType, owner: Any, name: str, member: object) -> None:
        kind = type(member) if isinstance(member, classmethod | staticmethod) else None
        function = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        is_private = name.startswith("_") and name not in WATCHED
        if is_private or not isinstance(function, FunctionType):
            return
        is_own = function.__code__.co_filename == module.__file__
        if not is_own or inspect.iscoroutinefunction(function):
            return
        has_self = isinstance(owner, type) and kind is not staticmethod
        watched = self._answer(function, has_self=has_self)
        with suppress(AttributeError, TypeError):  # a class may refuse to be changed
            setattr(owner, name, kind(watched) if kind else watched)

    # --- Functions that take notes ----------------------------------------------------------------

    def _watched(self, function: Callable[..., Any], name: str, module: str = "") -> Any:
        """Return a function that notes its call: a method, or a function of `module`."""
        receives = name in RECEIVES | QUERIES

        @wraps(function)
        def call(*arguments: Any, **options: Any) -> Any:
            if self._counts:
                return function(*arguments, **options)
            frame = sys._getframe(1)
            step = self._step(frame, name, module, arguments, options)
            if step is None:
                return function(*arguments, **options)
            self._start(step, receives=receives)
            try:
                with self._quietly():
                    result = function(*arguments, **options)
                    came = _result(name, result, self._callers.name_at(frame))
            except BaseException as error:
                self._finish(step, "raised", raised(error))
                raise
            self._finish(step, "call", came)
            return result

        call.__dict__["watched"] = (name, module)
        return call

    def _step(
        self,
        frame: FrameType,
        name: str,
        module: str,
        arguments: tuple[Any, ...],
        options: dict[str, Any],
    ) -> ReplayStep | None:
        """Return the step that a call begins; None if it is not to be noted."""
        if not self._records() or self._is_quiet():
            return None
        side, caller = self._callers.caller(frame)
        owner = None if module else arguments[0]
        if side not in (Whose.ANSWER, Whose.SUITE) or caller is None:
            return None
        is_check, is_made = side is Whose.SUITE, name == "__init__"
        is_accepted = is_made and ("fileno" in options or len(arguments) > 4)
        is_closed = name == "close" and isinstance(owner, socket.socket) and owner.fileno() == -1
        is_setup = is_made or name in QUERIES or isinstance(owner, threading.Thread)
        if is_accepted or is_closed or (is_check and is_setup):
            return None
        self._note_replaced(type(owner))
        with self._quietly():
            called = module or (is_check and self._callers.name_in_check(owner))
            called = called or receiver(caller, name, owner) or written(owner, _nameless, SHORT)
            called = "socket.socket" if is_made else f"{called}.{name}"
            is_named = is_check or name == "select" or isinstance(owner, selectors.BaseSelector)
            name_of = self._callers.name_at(caller) if is_named else _nameless
            given = _arguments(name, arguments[not module :], options, name_of)
        step = ReplayStep("pending", f"{called}({given})")
        if not is_check:
            step.file, step.line = caller.f_code.co_filename, caller.f_lineno
            thread = threading.current_thread()
            step.thread = "" if thread.ident == self._callers.check else thread.name
        return step

    def _answer(self, function: FunctionType, *, has_self: bool) -> Any:
        """Return a function that notes that the check calls this one, of the learner's."""

        @wraps(function)
        def call(*arguments: Any, **options: Any) -> Any:
            if self._counts:
                return function(*arguments, **options)
            side, caller = self._callers.caller(sys._getframe(1))
            if side in (None, Whose.ANSWER) or caller is None or not self._records():
                return function(*arguments, **options)
            # A value that a helper of several suites makes is not worth a line.
            is_shared = not Path(caller.f_code.co_filename).name.startswith("test_")
            if is_shared and function.__name__ == "__init__":
                return function(*arguments, **options)
            with self._quietly():
                called = self._called(function, caller, arguments if has_self else ())
                given = _written(arguments[has_self:], options, self._callers.name_in_check, LONG)
            step = self._add(ReplayStep("pending", f"{called}({given})"))
            try:
                with self._quietly(quiet=False):
                    result = function(*arguments, **options)
            except BaseException as error:
                self._errors.append(
                    (id(error), self._returned(step, called, "raised", raised(error)))
                )
                raise
            with self._quietly():
                is_silent = function.__name__ == "__init__"
                came = "" if is_silent else written(result, self._callers.name_in_check, LONG)
            self._returned(step, called, "call", came)
            return result

        return call

    def _called(self, function: FunctionType, caller: FrameType, owner: tuple[Any, ...]) -> str:
        """Return how a step writes the function: with what it is a method of."""
        name = function.__name__
        if not owner:
            return name
        if name == "__init__":
            return type(owner[0]).__name__
        if isinstance(owner[0], tuple | type):
            before = written(owner[0], _nameless, LONG)
        else:
            before = self._callers.name_in_check(owner[0]) or receiver(caller, name, owner[0])
        before = before or type(owner[0]).__name__
        return before if name == "__call__" else f"{before}.{name}"

    def _helper(self, function: FunctionType) -> Any:
        """Return a function that notes that the check calls this one, which suites are helped by."""

        @wraps(function)
        def call(*arguments: Any, **options: Any) -> Any:
            if self._counts:
                return function(*arguments, **options)
            side, caller = self._callers.caller(sys._getframe(1))
            if side is not Whose.SUITE or caller is None or not self._records() or self._is_quiet():
                return function(*arguments, **options)
            name = function.__name__
            with self._quietly():
                given = _written(arguments, options, self._callers.name_in_check, SHORT)
                text = f"{name}({given}){target(caller, name)}"
            step = ReplayStep("pending", text)
            self._start(step, receives=name not in CAUSES)
            try:
                with self._quietly():
                    result = function(*arguments, **options)
                    is_plain = isinstance(result, bytes | int | str)
                    came = written(result, _nameless, SHORT) if is_plain else ""
            except BaseException as error:
                self._finish(step, "raised", raised(error))
                raise
            self._finish(step, "call", came)
            return result

        return call

    def _same(self, function: Callable[..., None]) -> Any:
        @wraps(function)
        def call(what: str, **options: Any) -> None:
            function(what, **options)
            if not self._records():
                return
            with self._quietly():
                got = written(options["got"], _nameless, LONG)
                is_seen = bool(self._steps) and self._steps[-1].came == got
                short = written(options["got"], _nameless, SHORT)
            words = ("right so far", "") if is_seen else (what, short)
            self._merge(self._add(ReplayStep("passed", *words)))

        return call

    def _simulates(self, what: str) -> None:
        self._is_simulated = True
        self._add(ReplayStep("note", f"The check simulates {what}."))

    def _note_replaced(self, kind: type) -> None:
        if kind in self._replaced and not self._is_simulated:
            self._is_simulated = True
            names = " and ".join(f"{name}()" for name in self._replaced[kind])
            self._add(ReplayStep("note", f"The check replaces this socket's {names}."))

    # --- The list of steps ------------------------------------------------------------------------

    def _records(self) -> bool:
        thread = threading.current_thread()
        if self._callers.check is None and thread.name == "check":
            self._callers.check = thread.ident
        return self._is_open and thread not in self._strangers

    def _is_quiet(self) -> bool:
        return getattr(self._mine, "is_quiet", False)

    @contextmanager
    def _quietly(self, *, quiet: bool = True) -> Iterator[None]:
        """Note no calls in this block: they belong to one that is noted."""
        before, self._mine.is_quiet = self._is_quiet(), quiet
        try:
            yield
        finally:
            self._mine.is_quiet = before

    def _start(self, step: ReplayStep, *, receives: bool) -> None:
        """Put a step in its place; one that receives something gets it when it has returned."""
        if receives:
            self._waiting[threading.get_ident()] = step
        else:
            self._add(step)

    def _add(self, step: ReplayStep) -> ReplayStep:
        with self._lock:
            if self._is_open:
                self._steps.append(step)
            if len(self._steps) > FIRST + LAST + SLACK:
                del self._steps[FIRST : FIRST + SLACK]
                self._dropped += SLACK
        return step

    def _finish(self, step: ReplayStep, kind: StepKind, came: str) -> None:
        """Say what came of a step."""
        with self._lock:
            if not self._is_open:
                return
            step.kind, step.came = kind, came
        if self._waiting.pop(threading.get_ident(), None):
            self._add(step)
        self._merge(step)

    def _returned(self, step: ReplayStep, called: str, kind: StepKind, came: str) -> ReplayStep:
        """Say what came of a call of the answers, in a step of its own if others came in between."""
        with self._lock:
            if not self._is_open:
                return step
            is_last = bool(self._steps) and self._steps[-1] is step
            step.kind = kind if is_last else "call"
            step.came = came if is_last else ""
        if not is_last and came:
            step = self._add(ReplayStep(kind, f"{called}()", came))
        self._merge(step)
        return step

    def _merge(self, step: ReplayStep) -> None:
        """Count steps that repeat those before them, up to four in a row."""
        with self._lock:
            steps = self._steps
            if not (steps and steps[-1] is step):
                return
            for length in range(1, min(4, len(steps) // 2) + 1):
                pairs = [(steps[-at - length], steps[-at]) for at in range(1, length + 1)]
                if all(again.repeats(one, length) for one, again in pairs):
                    del steps[-length:]
                    for one, again in pairs:
                        one.times, one.in_turn = one.times + again.times, length
                    return


def _nameless(_value: object) -> str:
    return ""


def _written(
    arguments: Sequence[object], options: Mapping[str, object], name_of: NameOf, limit: int
) -> str:
    given = [written(each, name_of, limit) for each in arguments]
    given += [f"{name}={written(each, name_of, limit)}" for name, each in options.items()]
    return ", ".join(given)


def _arguments(
    name: str, arguments: Sequence[object], options: Mapping[str, object], name_of: NameOf
) -> str:
    """Return the arguments of a socket's or a selector's method, numbers as their names."""
    if name == "shutdown":
        return constant(arguments[0], "SHUT_")
    if name == "setsockopt" and len(arguments) == 3:
        level, option, value = arguments
        group = "TCP_" if level == socket.IPPROTO_TCP else "SO_"
        names = constant(level, "SOL_", "IPPROTO_TCP"), constant(option, group)
        return ", ".join([*names, written(value, _nameless, SHORT)])
    if name in ("register", "modify") and len(arguments) > 1 and isinstance(arguments[1], int):
        return f"{written(arguments[0], name_of, SHORT)}, {_events(arguments[1])}"
    return _written(arguments, options, name_of, SHORT)


def _result(name: str, result: Any, name_of: NameOf) -> str:
    if name == "accept" and isinstance(result[1], tuple):
        return f"a connection from {result[1][0]}:{result[1][1]}"
    if name == "select" and isinstance(result, list):
        ready = [f"{written(key.fileobj, name_of, SHORT)} {_events(on)}" for key, on in result]
        return ", ".join(ready) or "nothing"
    if name == "select":
        return written(result, name_of, SHORT)
    is_silent = result is None or name in ("register", "modify", "unregister", "makefile")
    return "" if is_silent else written(result, _nameless, SHORT)


def _events(number: int) -> str:
    names = {selectors.EVENT_READ: "EVENT_READ", selectors.EVENT_WRITE: "EVENT_WRITE"}
    return " | ".join(name for event, name in names.items() if number & event) or str(number)
