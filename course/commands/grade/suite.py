"""One chapter's suite, in a process of its own, as the warden starts it in a copy of the course.

What is found leaves on the standard output, one JSON object a line, each behind a key that came in
on the standard input: whatever the answers may print there lacks it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Generator

import psutil
import pytest

from course.checks.expect import holds
from course.checks.promises import Misconception, promise
from course.checks.verdict import Postponed, Verdict
from course.model.chapters import find

CONTROL = "control"
LARGEST_FILE = 64 * 2**20  # bytes that the answers may write into one file
SPARE_MEMORY = 64 * 2**20  # bytes to tell with what became of answers that took all they may have
FULL = ("MemoryError", "can't start new thread")

Send = Callable[[dict[str, object]], None]


def main() -> None:
    """Check the chapter that the command line names, within its limits."""
    stem, seconds, memory = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    send = _sender(key=sys.stdin.readline().strip())
    _limit(seconds)
    _limit_memory(memory, memory + SPARE_MEMORY)
    arguments = ["-p", "course.checks.plugin", "--noconftest", "-p", "no:terminal"]
    arguments += ["-p", "no:cacheprovider", "-p", "no:debugging"]
    pytest.main([*arguments, str(find(stem).suite)], plugins=[Reporter(send, memory)])
    send({"over": True})
    os._exit(0)  # a thread of the answers' could keep Python waiting


def _sender(key: str) -> Send:
    verdicts = os.dup(1)  # which pytest does not capture, and no child process inherits

    def send(record: dict[str, object]) -> None:
        os.write(verdicts, f"\n{key} {json.dumps(record)}\n".encode())

    return send


def _limit(seconds: int) -> None:
    """Let the kernel refuse what is too much."""
    if sys.platform == "win32":
        return
    import resource

    outlived = seconds + 5  # s, for a process that nobody watches any more
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (outlived, outlived))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))


def _limit_memory(memory: int, most: int) -> None:
    """Let a process have `memory` bytes, on Linux; elsewhere the warden looks."""
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, most))


@promise(task=0, hints=("", "", ""), usually=Misconception("", "", "", "", ""))
def control() -> None:
    """Nobody can keep this promise: if it is kept, something has altered the checks."""
    holds("what nobody can keep was found kept", False)


class Reporter:
    """A pytest plugin that sends each verdict, and lets a control follow every promise."""

    def __init__(self, send: Send, memory: int) -> None:
        self._send = send
        self._memory = memory
        self._least_free = (memory - _taken()) // 2

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put a control behind every promise."""
        items[:] = [each for item in items for each in (item, _control_behind(item))]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Tell that all is ready, before anything of the answers has been read."""
        self._session = session
        self._send({"ready": True})

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_pyfunc_call(self) -> Generator[None, object, object]:
        """Hold the answers to their memory, and leave some for what follows."""
        most = self._memory + SPARE_MEMORY
        _limit_memory(self._memory, most)
        try:
            return (yield)
        finally:
            _limit_memory(most, most)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Send what became of a promise. Only a mark of the suite skips one before it is called."""
        if verdict := getattr(report, "verdict", None):
            self._tell(_record(verdict))
        elif report.skipped and report.when == "setup":
            self._tell({"test": report.nodeid.rpartition("::")[2], "kind": "skipped"})
        elif report.failed:
            self._tell(trouble(report.longrepr))

    def pytest_internalerror(self, excrepr: object) -> bool:
        """Tell that the engine could not go on; the answer keeps it from being printed."""
        self._tell(trouble(excrepr))
        return True

    def _tell(self, record: dict[str, object]) -> None:
        """Send a record, and stop where the answers keep the memory that they filled."""
        self._send(record)
        if record.get("memory") and self._memory - _taken() < self._least_free:
            self._session.shouldstop = "the memory is full"


def _taken() -> int:
    return int(psutil.Process().memory_info().vms)


def _control_behind(item: pytest.Item) -> pytest.Function:
    assert item.parent
    made: pytest.Function = pytest.Function.from_parent(item.parent, name=CONTROL, callobj=control)
    return made


def _record(verdict: Verdict) -> dict[str, object]:
    finding = verdict.finding
    errors = [finding.error, *(death.error for death in finding.deaths)]
    return {
        "test": verdict.test,
        "kind": verdict.kind.value,
        "line": verdict.line,
        "hangs": finding.stuck is not None or isinstance(finding.error, Postponed),
        "memory": any(sign in repr(error) for error in errors for sign in FULL),
    }


def trouble(reason: object) -> dict[str, object]:
    """Describe an error of the engine itself: with the memory full, anything can fail."""
    return {"memory": any(sign in str(reason) for sign in FULL)}


if __name__ == "__main__":
    main()
