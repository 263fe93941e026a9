"""Two sockets whose calls take turns, so that what happens between two programs can be filmed.

Each call on one of the two sockets waits for its turn. In its turn it does what the kernel can do
at once; what it has to wait for, it waits for outside, and may be seen to be stuck. The thread that
opened the film goes on only when no other can: so the same program is filmed in the same order on
every run. A timeout passes only while nothing else can happen.
"""

from __future__ import annotations

import math
import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any, Protocol

from .queues import can_receive, can_send
from .recording import Call, Log, RealSocket, recorder

_ARRIVAL = 3.0  # seconds at most that the others wait for a thread between two of its calls
_IDLE = {(threading.__file__, name) for name in ("wait", "join", "_wait_for_tstate_lock")}
_IDLE |= {(selectors.__file__, "select")}
_TICK = 0.01


_now = threading.local()  # the call that a thread is in, and the film that it belongs to
_WAIT_FOR_ALL = getattr(socket, "MSG_WAITALL", 0)


class Needs(Enum):
    """What a call waits for before the kernel can do it."""

    NOTHING = 0
    BYTES = 1
    ROOM = 2


@dataclass(eq=False)
class Turn:
    """A call that waits for its turn, or has it.

    `offered` is how many bytes a send has left to hand over, and `moved` what this turn moved; None
    says that it was not about bytes. `is_done` is False when the call has more to do.
    """

    call: Call
    sock: RealSocket
    needs: Needs
    deadline: float = math.inf
    moved: bytes | None = None
    offered: int = 0
    is_done: bool = True
    is_expired: bool = False

    @property
    def can_go(self) -> bool:
        """Whether the kernel can do it now."""
        if self.needs is Needs.NOTHING or self.sock.fileno() == -1:
            return True
        return can_receive(self.sock) if self.needs is Needs.BYTES else can_send(self.sock)


class Witness(Protocol):
    """Who looks at the sockets while everything stands still."""

    def settle(self) -> None:
        """Return when the kernel has moved what it can move."""

    def saw(self, turn: Turn, error: str) -> None:
        """Note a turn that is over."""

    def saw_stuck(self, waiting: list[Turn]) -> None:
        """Note that nothing can happen any more."""


class Director(Log):
    """The log of a film; it says whose turn it is."""

    def __init__(self, witness: Witness) -> None:
        super().__init__()
        self._witness = witness
        self._changed = threading.Condition()
        self._is_taken = False
        self._owner = threading.current_thread()
        self._bystanders = set(threading.enumerate())
        self._waiting: dict[threading.Thread, Turn] = {}
        self._last_seen = {self._owner: time.monotonic()}
        self._stuck: set[Call] = set()

    @contextmanager
    def call(self, sock: RealSocket, name: str, argument: str = "") -> Iterator[Call]:
        """Note one call, and remember that this thread is in it."""
        with super().call(sock, name, argument) as call:
            _now.director, _now.call = self, call
            yield call

    @contextmanager
    def turn(self, sock: RealSocket, needs: Needs, deadline: float) -> Iterator[Turn | None]:
        """Wait for this thread's turn; give None when the film is over.

        Raises TimeoutError when the deadline passes before.
        """
        turn = Turn(_now.call, sock, needs, deadline)
        if not self._wait_for(turn):
            yield None
            return
        error = ""
        try:
            if turn.is_expired:
                raise TimeoutError("timed out")
            yield turn
        except Exception as raised:
            error = type(raised).__name__
            raise
        finally:
            try:
                self._witness.saw(turn, error)
            finally:
                with self._changed:
                    self._is_taken = False
                    self._last_seen[threading.current_thread()] = time.monotonic()
                    self._changed.notify_all()

    def finish(self) -> None:
        """Wait until the other threads are at rest; from then on their calls are as always."""
        with self._changed:
            try:
                del self._last_seen[self._owner]
                while self._is_taken or self._somebody_is_on_the_way() or self._who_can_go():
                    self._changed.wait(_TICK)
                self._look_whether_stuck()
            finally:
                self.is_open = False
                self._changed.notify_all()

    def _wait_for(self, turn: Turn) -> bool:
        me = threading.current_thread()
        with self._changed:
            self._waiting[me] = turn
            self._changed.notify_all()
            try:
                while self.is_open and not self._may_go(turn):
                    self._changed.wait(_TICK)
                self._is_taken = self.is_open
                return self.is_open
            finally:
                del self._waiting[me]

    def _may_go(self, turn: Turn) -> bool:
        if self._is_taken or self._somebody_is_on_the_way():
            return False
        if not self._who_can_go():
            self._witness.settle()
        if can_go := self._who_can_go():
            return can_go[0] is turn
        self._look_whether_stuck()
        first = min(self._waiting.values(), key=lambda each: each.deadline)
        turn.is_expired = first is turn and turn.deadline <= time.monotonic()
        return turn.is_expired

    def _who_can_go(self) -> list[Turn]:
        order = sorted(self._waiting, key=lambda thread: thread is self._owner)
        return [self._waiting[thread] for thread in order if self._waiting[thread].can_go]

    def _somebody_is_on_the_way(self) -> bool:
        """Whether another thread than the film's own is between two calls."""
        for thread in threading.enumerate():
            if thread not in self._bystanders:
                self._last_seen.setdefault(thread, time.monotonic())
        return any(
            thread is not self._owner and self._is_on_the_way(thread) for thread in self._last_seen
        )

    def _is_on_the_way(self, thread: threading.Thread) -> bool:
        """Whether a thread is between two calls, and not waiting for something else."""
        is_between = thread.is_alive() and thread not in self._waiting
        if not is_between or time.monotonic() - self._last_seen[thread] > _ARRIVAL:
            return False
        frame = sys._current_frames().get(thread.ident or 0)
        return not frame or (frame.f_code.co_filename, frame.f_code.co_name) not in _IDLE

    def _look_whether_stuck(self) -> None:
        """Tell the witness who is stuck, once; a recv() counts only when the owner is waiting."""
        if self._owner in self._last_seen and self._is_on_the_way(self._owner):
            return
        everybody = self._owner in self._waiting
        stuck = [t for t in self._waiting.values() if everybody or t.needs is Needs.ROOM]
        if not {turn.call for turn in stuck} <= self._stuck:
            self._stuck |= {turn.call for turn in stuck}
            self._witness.saw_stuck(stuck)


class _InTurns(RealSocket):
    """A real socket whose calls take turns."""

    __slots__ = ()

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        data: bytes = self._receive(lambda: RealSocket.recv(self, size, flags), bytes, size, flags)
        return data

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        def taken(count: int) -> bytes:
            return memoryview(buffer).cast("B")[:count].tobytes()

        size = nbytes or memoryview(buffer).nbytes
        count: int = self._receive(
            lambda: RealSocket.recv_into(self, buffer, nbytes, flags), taken, size, flags
        )
        return count

    def send(self, data: Any, *flags: int) -> int:
        view, deadline = memoryview(data).cast("B"), self._deadline()
        while True:
            with _now.director.turn(self, self._unless_at_once(Needs.ROOM), deadline) as turn:
                if turn is None:
                    return RealSocket.send(self, data, *flags)
                turn.offered = len(view)
                try:
                    count: int = self._at_once(lambda: RealSocket.send(self, data, *flags))
                except BlockingIOError:
                    if turn.needs is Needs.NOTHING:
                        raise
                    turn.is_done = False
                    continue
                turn.moved = view[:count].tobytes()
                return count

    def sendall(self, data: Any, *flags: int) -> None:
        left, deadline = memoryview(data).cast("B"), self._deadline()
        while True:
            with _now.director.turn(self, self._unless_at_once(Needs.ROOM), deadline) as turn:
                if turn is None:
                    return RealSocket.sendall(self, left, *flags)
                before, turn.offered = left, len(left)
                try:
                    while left:
                        left = left[self._at_once(partial(RealSocket.send, self, left, *flags)) :]
                    return None
                except BlockingIOError:
                    if turn.needs is Needs.NOTHING:
                        raise
                    turn.is_done = False
                finally:
                    turn.moved = before[: len(before) - len(left)].tobytes()

    def shutdown(self, how: int, /) -> None:
        with _now.director.turn(self, Needs.NOTHING, math.inf):
            RealSocket.shutdown(self, how)

    def close(self) -> None:
        if self.fileno() == -1:
            return RealSocket.close(self)
        with _now.director.turn(self, Needs.NOTHING, math.inf):
            return RealSocket.close(self)

    def _receive(
        self, take: Callable[[], Any], taken: Callable[[Any], bytes], size: int, flags: int
    ) -> Any:
        deadline = self._deadline()
        all_of_it = [take()] if flags & _WAIT_FOR_ALL else []  # it waits for more than some bytes
        needs = Needs.NOTHING if all_of_it else self._unless_at_once(Needs.BYTES)
        while True:
            with _now.director.turn(self, needs, deadline) as turn:
                if turn is None:
                    return all_of_it[0] if all_of_it else take()
                try:
                    result = all_of_it[0] if all_of_it else self._at_once(take)
                except BlockingIOError:
                    if turn.needs is Needs.NOTHING:
                        raise
                    turn.is_done = False
                    continue
                if size and not flags & socket.MSG_PEEK:
                    turn.moved = taken(result)
                return result

    def _unless_at_once(self, needs: Needs) -> Needs:
        return Needs.NOTHING if self.gettimeout() == 0 else needs

    def _deadline(self) -> float:
        timeout = self.gettimeout()
        return math.inf if timeout is None else time.monotonic() + timeout

    def _at_once(self, call: Callable[[], Any]) -> Any:
        """Do what can be done without waiting; raises BlockingIOError if that is nothing."""
        timeout = self.gettimeout()
        self.settimeout(0)
        try:
            return call()
        finally:
            self.settimeout(timeout)


FilmedSocket = recorder(_InTurns)
