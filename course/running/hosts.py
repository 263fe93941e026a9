"""Starts a host, gives it orders, and hears what becomes of them."""

from __future__ import annotations

import queue
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Lock, Thread
from typing import IO

from course.model.chapters import ROOT
from course.model.progress import Kind
from course.running.environment import inner_environment
from course.running.orders import (
    CONTROL,
    Cause,
    Ended,
    Finished,
    Judged,
    News,
    Order,
    decode,
    encode,
)

LOOK = 0.1  # s between two looks: on Windows nothing interrupts a thread that waits for a queue
PATIENCE = 12.0  # s for a host to end a suite
MAX_LINE = 2**20  # bytes of one piece of news


class Host:
    """A process in which suites are run, one at a time. It is started when it is first needed.

    With `only`, a chapter's stem, it takes orders for this alone, and collects the suite only once.
    """

    def __init__(
        self,
        root: Path = ROOT,
        environment: Mapping[str, str] | None = None,
        only: str = "",
    ) -> None:
        self._root = root
        self._only = [only] if only else []
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: queue.Queue[bytes] = queue.Queue()
        self._stopping: Cause | None = None
        self._is_running = False
        self._closed = False
        self._lock = Lock()

    def prepare(self) -> None:
        """Start the process, so that the next order finds it ready. Raises OSError if it cannot."""
        with self._lock:
            if not self._closed and (self._process is None or self._process.poll() is not None):
                self._process = self._start()

    def run(self, order: Order) -> Iterator[News]:
        """Have a suite run, and yield what comes of it; blocks in between. The last is an Ended.

        A caller that stops listening has to call `stop` or `close`; after `close` nothing is run. If
        the process has died, the next call starts another. Raises OSError if that cannot be done.
        """
        news = self._news(order)
        return self._controlled(news) if order.controls else news

    def _controlled(self, news: Iterator[News]) -> Iterator[News]:
        """Let a verdict count only if the control after it, which nobody can keep, was broken."""
        waiting: Judged | None = None
        seen: set[str] = set()
        for piece in news:
            if not isinstance(piece, Judged):
                if isinstance(piece, Finished | Ended) and waiting and not _is_kept(waiting):
                    yield waiting  # the suite stopped before its control: nobody forges a failure
                    waiting = None
                yield piece
            elif piece.verdict.test != CONTROL:
                waiting = piece
            elif not _is_kept(piece) and waiting and waiting.verdict.test not in seen:
                seen.add(waiting.verdict.test)
                yield waiting
                waiting = None
            else:
                self.stop()
                ended = [last for last in news if isinstance(last, Ended)]
                yield replace(ended[-1], how=Cause.ALTERED)
                return

    def _news(self, order: Order) -> Iterator[News]:
        self.prepare()
        key = secrets.token_hex(16)
        with self._lock:  # a `stop` comes before or after an order, never in between
            self._is_running, self._stopping = not self._closed, None
            if self._is_running:
                self._tell(f"{key} {encode(order)}")
        if not self._is_running:
            yield Ended(Cause.STOPPED)
            return
        waited = 0.0
        while True:
            try:
                line = self._lines.get(timeout=LOOK)
            except queue.Empty:
                waited += LOOK
                if order.limits.silence and waited > order.limits.silence and not self._stopping:
                    self.stop(Cause.SILENCE)
                    waited = 0.0
                elif self._stopping and waited > PATIENCE:
                    self._kill()
                continue
            waited = 0.0
            piece = self._piece(line, key)
            if piece:
                yield piece
            if isinstance(piece, Ended):
                self._is_running = False
                return

    def stop(self, reason: Cause = Cause.STOPPED) -> None:
        """End the suite that is running, if one is. Any thread may call this."""
        with self._lock:
            if not self._is_running or self._stopping:
                return
            self._stopping = reason
            self._tell(f"stop {reason}")

    def close(self) -> None:
        """End the process and everything below it. Nothing is started afterwards."""
        with self._lock:
            self._closed = True
            process = self._process
        if process is None:
            return
        assert process.stdin
        with suppress(OSError):
            process.stdin.close()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._kill()

    def _start(self) -> subprocess.Popen[bytes]:
        self._lines = queue.Queue()
        process = subprocess.Popen(
            [sys.executable, "-m", "course.running.host", *self._only],
            cwd=self._root,
            env=self._environment or inner_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        Thread(target=_read, args=[process.stdout, self._lines], daemon=True).start()
        return process

    def _tell(self, line: str) -> None:
        assert self._process
        assert self._process.stdin
        with suppress(OSError, ValueError):  # it has ended, which shows in its output
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()

    def _piece(self, line: bytes, key: str) -> News | None:
        """Return the news in a line; None if it is not news of this order."""
        if not line:  # the host has ended
            assert self._process
            return Ended(self._stopping or Cause.ITSELF, self._process.wait(PATIENCE))
        known, _, text = line.decode(errors="replace").strip().partition(" ")
        if known != key:
            return None
        with suppress(ValueError, KeyError, TypeError):
            return decode(text)
        return None

    def _kill(self) -> None:
        assert self._process
        self._process.kill()
        self._process.wait(PATIENCE)


def _is_kept(piece: Judged) -> bool:
    return piece.verdict.kind is Kind.KEPT


def _read(stream: IO[bytes], lines: queue.Queue[bytes]) -> None:
    with stream:
        while line := stream.readline(MAX_LINE):
            lines.put(line)
    lines.put(b"")
