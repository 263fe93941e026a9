"""Each server in a process of its own, which is ended and waited for however the measuring ends."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from subprocess import PIPE

import psutil

from bench.load import ServerFault
from course.model.chapters import ROOT
from course.model.errors import CourseError

LAST_WORDS_TIMEOUT = 1.0  # seconds, for a server that fails to say why
SPARE_FILES = 100  # open files that are not connections
UNWRITTEN = re.compile(r"^NotImplementedError: (.+)$", re.MULTILINE)


@contextmanager
def running(
    name: str,
    package: str,
    core: int | None,
    seconds: float,
    capacity: int,
    module: str = "bench.echo",
) -> Iterator[tuple[int, psutil.Process]]:
    """Run one of a module's servers for the time of a `with` block; gives its port and its process.

    After `seconds` it is killed. Raises CourseError, with the server's own last words, when it does
    not start, and when the block raises ServerFault or OSError.
    """
    command = [sys.executable, "-m", module, name, package, str(core), str(capacity)]
    with subprocess.Popen(command, cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=PIPE) as process:
        assert process.stdout is not None
        too_late = threading.Timer(seconds, end, [process.pid])
        too_late.daemon = True  # Ctrl-C does not wait for it
        try:
            too_late.start()
            if not (line := process.stdout.readline()):
                raise ServerFault("it did not start")
            yield int(line), psutil.Process(process.pid)
        except (ServerFault, OSError) as fault:
            with suppress(subprocess.TimeoutExpired):
                process.wait(LAST_WORDS_TIMEOUT)
            reason = str(fault) if too_late.is_alive() else f"it hung for more than {seconds:g} s"
            end(process.pid)
            words = process.communicate()[1].decode(errors="replace")
            if missing := UNWRITTEN.search(words):
                raise CourseError(f"{name}: this is not written yet: {missing[1]}") from fault
            last = [line for line in words.splitlines() if line.strip()][-1:]
            raise CourseError("; its last words: ".join([f"{name}: {reason}", *last])) from fault
        finally:
            too_late.cancel()
            end(process.pid)


def tree(pid: int) -> list[psutil.Process]:
    """Return a process and all that it has started."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def end(pid: int) -> None:
    """End a process, and all that it has started."""
    for process in tree(pid):
        with suppress(psutil.NoSuchProcess):
            process.kill()


def take_core() -> int | None:
    """Keep this process on one core, and return another for the servers, where that can be done."""
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    if len(allowed) < 2:
        return None
    os.sched_setaffinity(0, {max(allowed)})
    return min(allowed)


def make_room_for(connections: int) -> None:
    """Raise the limit on open files for this process and its servers. Raises CourseError."""
    if sys.platform == "win32":
        return
    import resource

    wanted = connections + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if wanted > hard:
        raise CourseError(f"--connections {connections}: give at most {hard - SPARE_FILES} here.")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
