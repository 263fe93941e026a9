"""A host: starts a suite for each order, watches over it, and ends everything that it started.

`python -m course.running.host` reads orders from its standard input, one a line, each after a key.
`python -m course.running.host STEM` does the same for orders of one chapter, whose suite it collects
only once: each order is carried out in a fork of that.
The line `stop REASON` ends the suite that is running, and so does the end of the input: nothing
outlives the process that started the host. News goes to the standard output.

On Linux every process that a suite starts stays below the host, even one that has left its group, its
session and its parent (PR_SET_CHILD_SUBREAPER, prctl(2)). Elsewhere the host remembers what it saw:
a process that leaves its parent between two looks can escape.
"""

from __future__ import annotations

import ctypes
import gc
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import psutil

from course.running import suite
from course.running.confinement import hide_from_others
from course.running.orders import Cause, Ended, Limits, decode_order, encode
from course.running.suite import Run

LOOK = 0.2  # s between two looks at what is running
GRACE = 0.3  # s for processes to end by themselves after the suite
PATIENCE = 10.0  # s for the kernel to end what was killed
NEEDED = (
    "course.checks.peers",
    "course.checks.plugin",
    "course.by_hand",
    "difflib",
    "tomllib",
    "xml.etree.ElementTree",
)
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER


def main() -> None:
    """Carry out orders until the input ends."""
    set_up_process()
    lines = Input()
    for name in NEEDED:
        import_module(name)
    gc.freeze()  # or pytest, which collects garbage at its end, looks at all that was imported
    if len(sys.argv) > 1 and hasattr(os, "fork"):
        suite.collect(sys.argv[1], lambda run: _carry_out_orders(lines, run))
    _carry_out_orders(lines, suite.run)  # if the suite cannot be collected, each order says so


def _carry_out_orders(lines: Input, run: Run) -> NoReturn:
    while order := lines.next():
        key, _, text = order.partition(" ")
        if key == "stop":  # what it was to end has ended by itself
            continue
        running = Forked(key, text, run) if hasattr(os, "fork") else _spawned(key, text)
        ended = _supervise(running, decode_order(text).limits, lines)
        os.write(1, f"\n{key} {encode(ended)}\n".encode())
    os._exit(0)


def set_up_process() -> None:
    """On Linux: adopt every process below that loses its parent, and hide this one's memory."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    hide_from_others()


class Input:
    """The lines of the standard input, of which somebody may have to know at any moment.

    Where there is fork, this process has one thread, and a child's end (SIGCHLD) wakes it as well.
    """

    def __init__(self) -> None:
        self._buffer = b""
        self._ended = False
        self._lines: queue.Queue[str] = queue.Queue()
        if hasattr(os, "fork"):
            self._woken, wake = os.pipe()
            os.set_blocking(self._woken, False)
            os.set_blocking(wake, False)
            signal.signal(signal.SIGCHLD, lambda *_: None)
            signal.set_wakeup_fd(wake)
        else:
            threading.Thread(target=self._read_all, daemon=True).start()

    def next(self, seconds: float | None = None) -> str | None:
        """Wait for a line; return '' at the end, None if none came or a child has ended."""
        if not hasattr(os, "fork"):
            try:
                return self._lines.get(timeout=seconds)
            except queue.Empty:
                return None
        while b"\n" not in self._buffer and not self._ended:
            ready, _, _ = select.select([0, self._woken], [], [], seconds)
            if self._woken in ready:
                with suppress(BlockingIOError):
                    os.read(self._woken, 4096)
            if 0 in ready:
                piece = os.read(0, 65536)
                self._buffer += piece
                self._ended = not piece
            elif seconds is not None:
                return None
        line, _, self._buffer = self._buffer.partition(b"\n")
        return "" if self._ended else line.decode()

    def _read_all(self) -> None:
        for line in sys.stdin:
            self._lines.put(line.rstrip("\n"))
        self._lines.put("")


class Forked:
    """A suite in a fork of this process; it is asked for its end as a Popen is."""

    def __init__(self, key: str, order: str, run: Run) -> None:
        self._status: int | None = None
        self._pid = os.fork()
        if self._pid:
            return
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            run(decode_order(order), key, os.dup(1))
        finally:
            os._exit(1)

    def poll(self) -> int | None:
        """Return its exit status, None while it is running."""
        if self._status is None:
            try:
                pid, status = os.waitpid(self._pid, os.WNOHANG)
            except ChildProcessError:  # it was killed, and collected with all the others
                pid, status = self._pid, signal.SIGKILL
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
        return self._status


def _spawned(key: str, order: str) -> subprocess.Popen[str]:
    """Start a suite on a system without fork."""
    command = [sys.executable, "-m", "course.running.suite"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True)
    assert process.stdin
    with suppress(OSError), process.stdin as stdin:
        stdin.write(f"{key} {order}\n")
    return process


def _supervise(running: Forked | subprocess.Popen[str], limits: Limits, lines: Input) -> Ended:
    """Wait for a suite, end it when it has had enough, and end all that it left."""
    family = Family()
    deadline = time.monotonic() + (limits.seconds or float("inf"))
    how: Cause | None = None
    while how is None and running.poll() is None:
        line = lines.next(LOOK)
        if line is not None:
            how = Cause(line.removeprefix("stop ")) if line else Cause.STOPPED
        elif time.monotonic() > deadline:
            how = Cause.TIME
        else:
            how = _excess(family, limits)
    left = family.outlive(GRACE) if how is None else 0
    family.end()
    return Ended(how or Cause.ITSELF, running.poll() or 0, left)


def _excess(family: Family, limits: Limits) -> Cause | None:
    if limits.memory is None and limits.processes is None:
        return None
    running = family.running()
    if limits.processes and len(running) > limits.processes:
        return Cause.PROCESSES
    if limits.memory and sum(map(_memory, running)) > limits.memory:
        return Cause.MEMORY
    return None


class Family:
    """All that this process has started, directly or not."""

    def __init__(self) -> None:
        self._head = psutil.Process()
        self._seen: set[psutil.Process] = set()

    def running(self) -> list[psutil.Process]:
        """Return those that have not ended."""
        self._seen.update(self._head.children(recursive=True))
        self._seen = {process for process in self._seen if _runs(process)}
        return list(self._seen)

    def outlive(self, grace: float) -> int:
        """Return how many are still running after `grace` seconds."""
        if sys.platform == "linux" and _is_childless():
            return 0
        _, alive = psutil.wait_procs(self.running(), timeout=grace)
        return len(alive)

    def end(self) -> None:
        """Kill all of them. Each is stopped first: a stopped process starts no others."""
        if sys.platform == "linux" and _is_childless():
            return
        deadline = time.monotonic() + PATIENCE
        stopped: set[psutil.Process] = set()
        while (running := set(self.running())) and time.monotonic() < deadline:
            for process in running - stopped:
                with suppress(psutil.Error):
                    process.suspend()
            if running <= stopped:
                for process in running:
                    with suppress(psutil.Error):
                        process.kill()
                psutil.wait_procs(running, timeout=1)
            stopped |= running


def _is_childless() -> bool:
    """Tell whether nothing is left below this process, after collecting what has ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return False
    return True


def _memory(process: psutil.Process) -> int:
    """Return how many bytes a process holds; what it shares with others counts in parts."""
    with suppress(OSError, ValueError):
        rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii")
        return 1024 * int(rollup.partition("\nPss:")[2].split()[0])
    with suppress(psutil.Error):
        return int(process.memory_info().rss)
    return 0


def _runs(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


if __name__ == "__main__":
    main()
