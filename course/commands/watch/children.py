"""Processes that carry orders out, one each. One waits ready at any time, with all it needs imported.

Where there is fork, they come from a *fork server*: a process that has imported everything, has one
thread, and forks. Elsewhere each starts anew, ahead of time.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from threading import Lock

from course.commands.watch.orders import LONGEST_SILENCE, Begun, News, Order, Refused, serve
from course.running.warm import CONTEXT, preload

if sys.platform != "win32":
    from multiprocessing import forkserver

preload("course.commands.watch.orders")
PATIENCE = 2.0  # s for a killed process to be gone


@dataclass(frozen=True)
class Ended:
    """A child ended without an answer.

    `status` is its exit status, of a signal if negative; `silent` says that it was killed because
    nothing had come from it for too long.
    """

    status: int
    silent: bool = False


class Child:
    """A process that waits for one order."""

    def __init__(self) -> None:
        self._pipe, theirs = CONTEXT.Pipe()
        self._process = CONTEXT.Process(target=serve, args=(theirs,))
        try:
            self._process.start()
        finally:
            theirs.close()

    def news(self, order: Order) -> Iterator[News | Ended]:
        """Give the order and yield what comes of it; the last is no `Begun`."""
        with suppress(OSError):  # it has been killed, which shows below
            self._pipe.send(order)
        news: News | Ended = Begun(0, 0, "")
        while isinstance(news, Begun):
            news = self._next()
            yield news

    def _next(self) -> News | Ended:
        ready = wait([self._pipe, self._process.sentinel], LONGEST_SILENCE)
        with suppress(EOFError, OSError):
            if self._pipe.poll():
                news: News = self._pipe.recv()
                return news
        self.kill()
        self._process.join(PATIENCE)
        return Ended(self._process.exitcode or 0, silent=not ready)

    def kill(self) -> None:
        """End the process and those that it has started. Any thread may call this."""
        if sys.platform != "win32" and self._process.pid:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()

    def close(self) -> None:
        """End the process, see it gone, and give its pipe back."""
        self.kill()
        self._process.join(PATIENCE)
        self._pipe.close()


class Job:
    """An order on its way. `stop` ends it at any moment, also before it has begun."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self._child: Child | None = None
        self._stopped = False
        self._lock = Lock()

    def news(self, child: Child) -> Iterator[News | Ended]:
        """Have a child carry the order out, and yield what comes of it, up to `stop`."""
        with self._lock:
            if self._stopped:
                return
            self._child = child
        for news in child.news(self.order):
            if self._stopped:
                return
            yield news

    def stop(self) -> None:
        """End the child: nothing more comes."""
        with self._lock:
            self._stopped = True
            if self._child:
                self._child.kill()


class Children:
    """All the processes of a screen, one of them ready in advance. Any thread may use this."""

    def __init__(self) -> None:
        self._living: set[Child] = set()
        self._spare: Child | None = None
        self._closed = False
        self._lock = Lock()
        if sys.platform != "win32":
            forkserver.ensure_running()  # later the screen has taken sys.stderr, which this needs

    def prepare(self) -> None:
        """Have a process ready for the next order."""
        with suppress(OSError, EOFError, ValueError):  # the next order tries again, and says so
            child = self._start()
            with self._lock:
                surplus = self._spare or self._closed
                self._spare = self._spare or child
            if surplus:
                self._end(child)

    def carry_out(self, job: Job) -> Iterator[News | Ended]:
        """Yield what comes of a job; blocks in between. Nothing comes after the job's `stop`."""
        child: Child | None = None
        try:
            child = self._take()
            yield from job.news(child)
        except (OSError, EOFError, ValueError) as error:
            yield Refused(f"no process could be started: {error}. Leave with q, and try again.")
        finally:
            if child:
                self._end(child)
            self.prepare()

    def close(self) -> None:
        """End every process; none is started any more."""
        with self._lock:
            self._closed = True
            living = list(self._living)
        for child in living:
            child.kill()

    def _take(self) -> Child:
        with self._lock:
            child, self._spare = self._spare, None
        return child or self._start()

    def _start(self) -> Child:
        child = Child()
        with self._lock:
            self._living.add(child)
            closed = self._closed
        if closed:
            child.kill()
        return child

    def _end(self, child: Child) -> None:
        child.close()
        with self._lock:
            self._living.discard(child)
