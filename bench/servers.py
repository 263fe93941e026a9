"""Each server in a process of its own, which is ended and waited for however the measuring ends."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO

import psutil

from bench.load import ServerFault
from bench.subjects import Subject
from course.model.chapters import ROOT
from course.model.errors import CourseError

STARTING = 20.0  # seconds
ENDING = 1.0  # seconds for a server that fails to say why
NOT_WRITTEN = re.compile(r"^NotImplementedError: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class RunningServer:
    """A server that listens on `port` of 127.0.0.1."""

    subject: Subject
    port: int
    pid: int

    def cpu_seconds(self) -> float | None:
        """Return the processor time that it has used, where the system tells."""
        with suppress(psutil.Error):
            times = psutil.Process(self.pid).cpu_times()
            return times.user + times.system
        return None

    def resident_bytes(self) -> int | None:
        """Return how much memory it holds resident, where the system tells."""
        with suppress(psutil.Error):
            return int(psutil.Process(self.pid).memory_info().rss)
        return None


@contextmanager
def running(
    subject: Subject, package: str, capacity: int, core: int | None
) -> Iterator[RunningServer]:
    """Run a subject's server in another process for the time of a `with` block.

    Raises CourseError, with the server's own last words, when it cannot serve, also when the block
    raises ServerFault or OSError.
    """
    serve = subject.serve
    placement = "" if core is None else str(core)
    arguments = [serve.__module__, serve.__name__, package, str(capacity), placement]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.serving", *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
        try:
            yield RunningServer(subject, _port(process), process.pid)
        except (ServerFault, OSError) as fault:
            raise CourseError(f"{subject.name}: {_explain(fault, process, log)}") from fault
        finally:
            process.kill()
            process.communicate()


def _port(process: subprocess.Popen[bytes]) -> int:
    assert process.stdout is not None
    too_late = threading.Timer(STARTING, process.kill)
    too_late.daemon = True
    try:
        too_late.start()
        return int(process.stdout.readline())
    except ValueError:
        raise ServerFault("it did not start") from None
    finally:
        too_late.cancel()


def _explain(fault: Exception, process: subprocess.Popen[bytes], log: IO[bytes]) -> str:
    with suppress(subprocess.TimeoutExpired):
        process.wait(ENDING)
    log.seek(0)
    words = log.read().decode(errors="replace")
    if missing := NOT_WRITTEN.search(words):
        return f"it needs what you have not written yet: {missing[1]}."
    said = [line for line in words.splitlines() if line.strip()][-1:]
    reason = (isinstance(fault, OSError) and fault.strerror) or str(fault)
    return ". ".join([reason, *(f"Its last words: {line.strip()}" for line in said)])
