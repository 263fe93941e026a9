"""Watches over one suite: within its time and memory, and nothing of it is left when it has ended.

A process of its own, so that on Linux every process that the suite starts stays below it, also one
that has left its group, its session and its parent (PR_SET_CHILD_SUBREAPER, prctl(2)). Elsewhere it
remembers what it saw: a process that leaves its parent between two looks can escape.

It ends when its standard input does, so that nothing outlives whoever started it.
"""

from __future__ import annotations

import ctypes
import json
import os
import secrets
import shutil
import site
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, TypedDict

import psutil

LOOK = 0.2  # s between two looks at what runs
MOST_PROCESSES = 64
GRACE = 0.3  # s for processes to end by themselves after the suite
PATIENCE = 10  # s for the kernel to end what was killed
LONGEST_LINE = 65536  # bytes
PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "SYSTEMROOT", "PATHEXT")
LET_GO = "let go"
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER


class Outcome(TypedDict):
    """How a suite ended: by itself, or for its time, memory or processes; and what it found.

    `left` counts the processes that outlived it; `said` is the last line that was no record.
    """

    ended: str
    status: int | None
    left: int
    seconds: float
    records: list[dict[str, Any]]
    said: str


def main() -> None:
    """Run the suite of the chapter, in the folder, that the command line names; print an Outcome."""
    folder, stem, seconds, memory = sys.argv[1:]
    adopt_orphans()
    let_go = threading.Event()
    threading.Thread(target=_wait_for_the_end_of_input, args=[let_go], daemon=True).start()
    outcome = oversee(Path(folder), stem, int(seconds), int(memory), let_go)
    if outcome["ended"] == LET_GO:
        shutil.rmtree(folder, ignore_errors=True)  # nobody else may be there to do it
    else:
        print(json.dumps(outcome), flush=True)
    os._exit(0)  # whatever a thread here still waits for


def adopt_orphans() -> None:
    """Become the parent of every process below that loses its own (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)


def _wait_for_the_end_of_input(let_go: threading.Event) -> None:
    while os.read(0, 1):
        pass
    let_go.set()


def oversee(folder: Path, stem: str, seconds: int, memory: int, let_go: threading.Event) -> Outcome:
    """Run a suite in `folder` and end all that it started; `memory` is in bytes."""
    family = Family()
    key = secrets.token_hex(16)
    records: list[dict[str, Any]] = []
    said: list[str] = []
    began = time.monotonic()
    suite = subprocess.Popen(
        [sys.executable, "-m", "course.commands.grade.suite", stem, str(seconds), str(memory)],
        cwd=folder,
        env=_environment(folder / "home"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert suite.stdin
    with suppress(BrokenPipeError), suite.stdin:
        suite.stdin.write(f"{key}\n".encode())
    reader = threading.Thread(target=_read, args=[suite.stdout, key, records, said], daemon=True)
    reader.start()
    ended = _watch(suite, family, began + seconds, memory, let_go)
    left = family.outlive(GRACE) if ended == "itself" else 0
    family.end()
    reader.join(PATIENCE)
    took = round(time.monotonic() - began, 2)
    return Outcome(
        ended=ended,
        status=suite.returncode,
        left=left,
        seconds=took,
        records=records,
        said=said[-1] if said else "",
    )


def _environment(home: Path) -> dict[str, str]:
    """Pass on what a Python needs, and no key or token of whoever grades."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    places = dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"), str(home))
    return (
        kept
        | places
        | {
            "MALLOC_ARENA_MAX": "2",  # so that threads reserve little of the memory they may have
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONBREAKPOINT": "0",
            "PYTHONUSERBASE": site.getuserbase(),
        }
    )


def _read(stream: IO[bytes], key: str, records: list[dict[str, Any]], said: list[str]) -> None:
    while line := stream.readline(LONGEST_LINE):
        known, _, text = line.decode(errors="replace").strip().partition(" ")
        if known == key:
            records.append(json.loads(text))
        elif known:
            said[:] = [f"{known} {text}"]


def _watch(
    suite: subprocess.Popen[bytes],
    family: Family,
    deadline: float,
    memory: int,
    let_go: threading.Event,
) -> str:
    while True:
        with suppress(subprocess.TimeoutExpired):
            suite.wait(LOOK)
            return "itself"
        if let_go.is_set():
            return LET_GO
        if time.monotonic() > deadline:
            return "time"
        running = family.running()
        if len(running) > MOST_PROCESSES:
            return "processes"
        if family.memory(running) > memory:
            return "memory"


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

    def memory(self, processes: list[psutil.Process]) -> int:
        """Return how many bytes of memory they hold together."""
        total = 0
        for process in processes:
            with suppress(psutil.Error):
                total += process.memory_info().rss
        return total

    def outlive(self, grace: float) -> int:
        """Return how many are still running after `grace` seconds."""
        _, alive = psutil.wait_procs(self.running(), timeout=grace)
        return len(alive)

    def end(self) -> None:
        """Kill all of them. Each is stopped first, for what is stopped starts no others."""
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


def _runs(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


if __name__ == "__main__":
    main()
