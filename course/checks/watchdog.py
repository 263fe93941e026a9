"""Finds the line of the learner's code that is blocked, says on what, and sets it free."""

from __future__ import annotations

import ast
import ctypes
import linecache
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from types import FrameType, TracebackType

from course.checks.locks import blocked_by
from course.checks.syntax import nodes_at

Owns = Callable[[str], bool]

WAITS_FOR = {
    "accept": "waiting for a client that never comes",
    "acquire": "waiting for a lock that nobody releases",
    "connect": "waiting for the listener's kernel to answer",
    "create_connection": "waiting for the listener's kernel to answer",
    "get": "waiting for an item that nobody puts",
    "join": "waiting for a thread that never ends",
    "read": "waiting for bytes that never come",
    "readline": "waiting for a line end that never comes",
    "recv": "waiting for bytes that never come",
    "recv_into": "waiting for bytes that never come",
    "result": "waiting for a result that nobody sets",
    "select": "waiting for an event that never happens",
    "send": "waiting for the other side to read: the buffers between you are full",
    "sendall": "waiting for the other side to read: the buffers between you are full",
    "sleep": "sleeping",
    "wait": "waiting for an event that nobody sets",
    "wait_for": "waiting for a notify() after which its test is true",
}
LOOK = 0.1  # s for which a thread is watched
SPINS = 0.05  # of that time: a thread that computes this much is not waiting


class Stopped(BaseException):
    """Raised inside a thread of the learner's that outlived its deadline."""


@dataclass(frozen=True)
class Place:
    """A line of the learner's code."""

    file: Path
    line: int

    @property
    def code(self) -> str:
        """The line itself, without its indentation."""
        return linecache.getline(str(self.file), self.line).strip()


@dataclass(frozen=True)
class Stuck:
    """Where a thread of the learner's is, and why: `spinning` if it was computing.

    `path` are the learner's lines on the thread's stack, outermost first; `importing` is
    the innermost of them that belongs to no function, if a file is being imported.
    """

    path: tuple[Place, ...]
    thread: str
    why: str
    spinning: bool = False
    importing: Place | None = None

    @property
    def place(self) -> Place:
        """The line that the thread is at."""
        return self.path[-1]


def own_frames(frame: FrameType | None, owns: Owns) -> list[FrameType]:
    """Return the learner's frames on a stack, outermost first."""
    found: list[FrameType] = []
    while frame is not None:
        if owns(frame.f_code.co_filename):
            found.insert(0, frame)
        frame = frame.f_back
    return found


def place_of(frame: FrameType) -> Place:
    """Return the line that a frame is at."""
    return Place(Path(frame.f_code.co_filename), frame.f_lineno)


def places_on(trace: TracebackType | None, owns: Owns) -> list[Place]:
    """Return the learner's lines on an error's traceback, outermost first."""
    return [
        Place(Path(frame.filename), frame.lineno or 0)
        for frame in traceback.extract_tb(trace)
        if owns(frame.filename)
    ]


def find_stuck(threads: Iterable[threading.Thread], owns: Owns) -> list[Stuck]:
    """Look at each thread for about 0.1 s: blocked in a call of the learner's, or spinning?"""
    watched = [thread for thread in threads if thread.ident is not None]
    began = {thread: _cpu_seconds(thread) for thread in watched}
    time.sleep(LOOK)
    frames = sys._current_frames()
    own = {thread: own_frames(frames.get(thread.ident or 0), owns) for thread in watched}
    stacks = {thread: stack for thread, stack in own.items() if stack}
    return [
        _describe(thread, stacks, spins=_cpu_seconds(thread) - began[thread] > SPINS * LOOK)
        for thread in stacks
    ]


def in_debugger(threads: Iterable[threading.Thread]) -> bool:
    """Tell whether one of these threads is at a debugger's prompt: then no deadline holds."""
    frames = sys._current_frames()
    stacks = (frames.get(thread.ident or 0) for thread in threads)
    return any(own_frames(frame, lambda filename: filename.endswith("bdb.py")) for frame in stacks)


def set_free(threads: Iterable[threading.Thread]) -> None:
    """Raise Stopped in each thread at its next instruction: a blocked call has to end first."""
    for thread in threads:
        if thread.is_alive() and thread.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(thread.ident), ctypes.py_object(Stopped)
            )


def leave_if_threads_remain(status: int) -> None:
    """End the process now if a thread cannot be ended and would keep Python from leaving."""
    remaining = [thread for thread in threading.enumerate() if not thread.daemon]
    if remaining != [threading.main_thread()]:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _cpu_seconds(thread: threading.Thread) -> float:
    """Return the time that a thread has computed; where no such clock exists, the process."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return time.process_time()
    with suppress(OSError):  # it has ended in the meantime
        if thread.is_alive():  # a clock must not be asked for after that
            return time.clock_gettime(time.pthread_getcpuclockid(thread.ident or 0))
    return 0.0


def _describe(thread: Thread, stacks: Mapping[Thread, list[FrameType]], *, spins: bool) -> Stuck:
    stack = stacks[thread]
    path = tuple(place_of(frame) for frame in stack)
    if spins:
        why = (
            f"{_loop(path)} was still running at the deadline{_values(stack[-1])}: "
            "it never ends, or it is too slow"
        )
    else:
        waits = WAITS_FOR.get(_waiting_call(path[-1]), "this line does not finish")
        why = blocked_by(thread, stacks) or waits
    imports = [place_of(frame) for frame in stack if frame.f_code.co_name == "<module>"]
    return Stuck(path, thread.name, why, spins, imports[-1] if imports else None)


def _loop(path: Sequence[Place]) -> str:
    """Return the innermost loop that a thread is in, or its line if none of the learner's is."""
    for place in reversed(path):
        loops = [
            node
            for node in nodes_at(str(place.file), place.line)
            if isinstance(node, ast.While | ast.For)
        ]
        if loops:
            first, last = loops[-1].lineno, loops[-1].end_lineno
            return f"the loop in lines {first} to {last}" if first != last else "the loop here"
    return "this line"


def _waiting_call(place: Place) -> str:
    """Return the name of the call on this line that can wait, or ''."""
    calls = [
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in nodes_at(str(place.file), place.line)
        if isinstance(node, ast.Call)
    ]
    return next((name for name in reversed(calls) if name in WAITS_FOR), "")


def _values(frame: FrameType) -> str:
    """Show the learner's small values, which often explain a loop: `data = b''`."""
    shown = [
        f"{name} = {value!r}"
        for name, value in list(frame.f_locals.items())
        if isinstance(value, bytes | str | int) and len(repr(value)) <= 30
    ]
    return f", with {', '.join(shown[:3])}" if shown else ""
