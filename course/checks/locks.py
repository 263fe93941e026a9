"""Which lock a blocked line of the learner's waits for, and which line holds it."""

from __future__ import annotations

import ast
import threading
from collections.abc import Iterator, Mapping, Sequence
from types import FrameType
from typing import NamedTuple

from course.checks.syntax import nodes_of

LOCKS = type(threading.Lock()), type(threading.RLock()), threading.Semaphore
NOBODY = "waiting for a lock that nobody releases"
NO_RELEASE = "waiting for a semaphore that nobody releases"


class Held(NamedTuple):
    """A lock that a thread took in a `with` statement, at this line."""

    lock: object
    thread: threading.Thread
    line: int


def blocked_by(
    thread: threading.Thread, stacks: Mapping[threading.Thread, Sequence[FrameType]]
) -> str:
    """Say which line holds the lock that a thread waits for, '' if it waits for no lock.

    `stacks` are the learner's frames of each thread, outermost first.
    """
    wanted = _wanted(stacks[thread][-1])
    if wanted is None:
        return ""
    held = [each for other, stack in stacks.items() for each in _held(other, stack)]
    holders = [each for each in held if each.lock is wanted]
    if not holders:
        return NO_RELEASE if isinstance(wanted, threading.Semaphore) else NOBODY
    holder = holders[0]
    if holder.thread is thread:
        return f"waiting for a lock that this thread itself has held since line {holder.line}"
    return f"waiting for a lock that another thread has held since line {holder.line}"


def _wanted(frame: FrameType) -> object | None:
    """Return the lock of the `with` statement, or of the call of acquire(), that a frame is at."""
    line = frame.f_lineno
    for node in reversed(nodes_of(frame)):
        if isinstance(node, ast.With) and line < node.body[0].lineno:
            found = [_lock(item.context_expr, frame) for item in node.items]
            return next((lock for lock in found if lock), None)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "acquire":
            assert isinstance(node.func, ast.Attribute)
            return _lock(node.func.value, frame)
    return None


def _held(thread: threading.Thread, stack: Sequence[FrameType]) -> Iterator[Held]:
    for frame in stack:
        nodes = nodes_of(frame)
        calls = [node.func for node in nodes if isinstance(node, ast.Call)]
        released = [  # wait() releases the lock of its condition
            _lock(call.value, frame)
            for call in calls
            if isinstance(call, ast.Attribute) and call.attr in {"wait", "wait_for"}
        ]
        blocks = [
            n for n in nodes if isinstance(n, ast.With) and n.body[0].lineno <= frame.f_lineno
        ]
        for block in blocks:
            for item in block.items:
                lock = _lock(item.context_expr, frame)
                if lock and lock not in released:
                    yield Held(lock, thread, block.lineno)


def _lock(expression: ast.expr, frame: FrameType) -> object | None:
    """Return the lock that a name, or `self._lock`, means in a frame; None if it means anything else.

    None of the learner's code runs for that: a property would, and might block.
    """
    value = _value(expression, frame)
    if isinstance(value, threading.Condition):
        value = vars(value)["_lock"]
    return value if isinstance(value, LOCKS) else None


def _value(expression: ast.expr, frame: FrameType) -> object:
    match expression:
        case ast.Name(id=name):
            return frame.f_locals.get(name, frame.f_globals.get(name))
        case ast.Attribute(value=owner, attr=name):
            return getattr(_value(owner, frame), "__dict__", {}).get(name)
    return None
