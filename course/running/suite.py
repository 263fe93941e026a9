"""One suite, in the process that a host has started for it. It sends news, and ends the process."""

from __future__ import annotations

import gc
import io
import os
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import psutil
import pytest

from course.checks.expect import holds
from course.checks.plugin import check_answers_in, promise_of
from course.checks.promises import Misconception, promise, sentence
from course.checks.verdict import NO_MEMORY
from course.model.chapters import ROOT, Chapter
from course.running.confinement import confine, end_with_parent, hide_from_others
from course.running.orders import (
    CONTROL,
    Begun,
    Finished,
    Judged,
    News,
    Order,
    Refused,
    Skipped,
    decode_order,
    encode,
)

MAX_FILE = 64 * 2**20  # bytes that the answers may write into one file
SPARE_MEMORY = 64 * 2**20  # bytes for telling what became of answers that took all they may have
MAX_PRINTED = 10_000  # characters of what a promise's check printed: the last are shown
ARGUMENTS = ["-c", "pyproject.toml", "--noconftest", "-p", "course.checks.plugin", "-s"]
ARGUMENTS += ["-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:debugging"]
Send = Callable[[News], None]
Run = Callable[[Order, str, int], NoReturn]


def main() -> None:
    """Carry out one order from the standard input, on a system without fork."""
    key, _, order = sys.stdin.readline().partition(" ")
    run(decode_order(order), key, news=os.dup(1))


def run(order: Order, key: str, news: int) -> NoReturn:
    """Run the suite; each piece of news is written to the descriptor `news`, after the key.

    What the answers print cannot be taken for news: it goes nowhere, and lacks the key.
    """
    leave, send = _set_up(order, key, news)
    arguments = [*ARGUMENTS, f"--answers={order.answers}", *(["-x"] if order.stop_early else [])]
    reporter = Reporter(order, send)
    plugins: list[object] = [reporter]
    if order.recorded:
        from course.running.replaying import Replayer  # it needs more than a check does

        plugins.append(Replayer(order.recorded, send))
    pytest.main([*arguments, _suite_of(order.stem)], plugins=plugins)
    reporter.finish()
    leave(0)  # a thread of the answers' could keep Python waiting


def collect(stem: str, serve: Callable[[Run], NoReturn]) -> None:
    """Collect a chapter's suite, and call `serve` with what runs it in a fork of this process.

    Returns if the suite cannot be collected.
    """
    pytest.main([*ARGUMENTS, "--answers=solutions", _suite_of(stem)], plugins=[Collected(serve)])


class Collected:
    """A pytest plugin that has orders carried out instead of running what was collected."""

    def __init__(self, serve: Callable[[Run], NoReturn]) -> None:
        self._serve = serve

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Serve, if the suite was collected."""
        self._session = session
        if not session.testsfailed:
            gc.freeze()
            self._serve(self._run)
        return True

    def _run(self, order: Order, key: str, news: int) -> NoReturn:
        leave, send = _set_up(order, key, news)
        session, config = self._session, self._session.config
        config.option.maxfail = int(order.stop_early)
        reporter = Reporter(order, send)
        config.pluginmanager.unregister(self)
        config.pluginmanager.register(reporter)
        check_answers_in(Path(order.answers), config)
        reporter.pytest_collection_finish(session)
        try:
            config.hook.pytest_runtestloop(session=session)
        except (pytest.Session.Failed, pytest.Session.Interrupted):
            pass
        except BaseException as error:  # pytest.main would tell the same
            reporter.pytest_internalerror(repr(error))
        reporter.finish()
        leave(0)


def _suite_of(stem: str) -> str:
    return f"tests/{Chapter(stem).suite.name}"


def _set_up(order: Order, key: str, news: int) -> tuple[Callable[[int], NoReturn], Send]:
    """Make this process one for answers. Return what ends it, and what sends news."""
    _leave_the_terminal()
    hide_from_others(hidden=False)
    _limit(order)
    if order.writable:
        confine(writable=order.writable, readable=(str(ROOT),))
    end_with_parent()
    sys.breakpointhook = _no_breakpoint
    leave = os._exit
    setattr(os, "_exit", _staying(leave))  # noqa: B010  (types: it has become another function)

    def send(piece: News) -> None:
        os.write(news, f"\n{key} {encode(piece)}\n".encode())

    return leave, send


def _leave_the_terminal() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    if sys.platform != "win32":
        os.setsid()


def _limit(order: Order) -> None:
    """Let the kernel refuse what is too much."""
    if sys.platform == "win32":
        return
    import resource

    share = psutil.virtual_memory().total // 2
    limits = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: MAX_FILE, resource.RLIMIT_DATA: share}
    if order.limits.seconds:
        limits[resource.RLIMIT_CPU] = int(order.limits.seconds) + 5  # if nobody watches any more
    for kind, limit in limits.items():
        try:
            resource.setrlimit(kind, (limit, limit))
        except (OSError, ValueError):  # not every system has each of them
            continue


def _limit_memory(memory: int, most: int) -> None:
    if sys.platform == "linux":  # elsewhere the host looks at what is taken
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, most))


def _no_breakpoint(*_arguments: object, **_keywords: object) -> None:
    test = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
    raise RuntimeError(
        f"breakpoint() does not work in a check. To stop there, run: .venv/bin/python -m pytest {test}"
    )


def _staying(leave: Callable[[int], NoReturn]) -> Callable[[int], NoReturn]:
    """Return what os._exit() does in the answers: it would end the check without a word."""
    here = os.getpid()

    def stay(status: int) -> NoReturn:
        if os.getpid() != here:  # a child of the answers' own may leave
            leave(status)
        raise SystemExit(f"os._exit({status}) would also end the check")

    return stay


@promise(task=0, hints=("", "", ""), usually=Misconception("", "", "", "", "", ""))
def control() -> None:
    """Nobody can keep this promise: if it is kept, something has altered the checks."""
    holds("what nobody can keep was found kept", False)


class Printed(io.StringIO):
    """What the answers print; closing it does nothing."""

    def close(self) -> None:
        """Stay open: a check goes on after `sys.stdout.close()`."""


class Reporter:
    """A pytest plugin that sends what becomes of each promise."""

    def __init__(self, order: Order, send: Send) -> None:
        self._order = order
        self._send = send
        self._began = time.perf_counter()
        self._begun = 0
        self._refused = False
        self._printed = Printed()
        self._streams = sys.stdout, sys.stderr
        self._memory = order.limits.memory
        self._least_free = (self._memory - _taken()) // 2 if self._memory else 0

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Leave out other tasks, put a control after every promise, and go to the answers' home.

        Each only where the order wants it. The session is remembered: it can be stopped.
        """
        self._session = session
        items = session.items
        if self._order.task is not None:
            items[:] = [item for item in items if _task_of(item) == self._order.task]
        if self._order.controls:
            items[:] = [each for item in items for each in (item, _control_after(item))]
        if self._order.folder:
            os.chdir(self._order.folder)

    def pytest_runtest_protocol(self, item: pytest.Function) -> None:
        """Tell which promise is next."""
        self._begun += 1
        if item.name != CONTROL:
            self._send(Begun(self._begun, len(self._session.items), sentence(item.function)))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_pyfunc_call(self) -> Generator[None, object, object]:
        """Collect what is printed; hold the answers to their memory, with some left for the rest."""
        self._printed = sys.stdout = sys.stderr = Printed()
        if self._memory:
            _limit_memory(self._memory, self._memory + SPARE_MEMORY)
        try:
            return (yield)
        finally:
            sys.stdout, sys.stderr = self._streams
            if self._memory:
                _limit_memory(self._memory + SPARE_MEMORY, self._memory + SPARE_MEMORY)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Send what became of a promise."""
        if verdict := getattr(report, "verdict", None):
            printed = self._printed.getvalue()[-MAX_PRINTED:]
            self._send(Judged(replace(verdict, printed=printed, seconds=report.duration)))
            if verdict.memory and self._memory and self._memory - _taken() < self._least_free:
                self._session.shouldstop = "the memory is full"
        elif report.when == "setup" and isinstance(report.longrepr, tuple):  # skipped by a mark
            reason = report.longrepr[2].removeprefix("Skipped: ")
            self._send(Skipped(report.nodeid.rpartition("::")[2], reason))
        elif report.failed:
            self._refuse(report.longrepr)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Notice a suite that cannot be read."""
        if report.failed:
            self._refuse(report.longrepr)

    def pytest_internalerror(self, excrepr: object) -> bool:
        """Notice an error of pytest or of the engine; the answer keeps it from being printed."""
        self._refuse(excrepr)
        return True

    def finish(self) -> None:
        """Tell that every promise has had its turn; if none has, that the suite cannot be run."""
        if not (self._refused or self._begun):
            self._refuse("it has no promises")
        if not self._refused:
            self._send(Finished(round(time.perf_counter() - self._began, 3)))

    def _refuse(self, reason: object) -> None:
        words = str(reason).strip().splitlines() or ["no reason is known"]
        full = next((sign for sign in NO_MEMORY if sign in str(reason)), "")
        self._refused = True
        self._send(Refused(full or words[-1].removeprefix("E").strip()))


def _task_of(item: pytest.Item) -> int | None:
    found = promise_of(item)
    return found.task if found else None


def _taken() -> int:
    return int(psutil.Process().memory_info().vms)


def _control_after(item: pytest.Item) -> pytest.Function:
    assert item.parent
    made: pytest.Function = pytest.Function.from_parent(item.parent, name=CONTROL, callobj=control)
    return made


if __name__ == "__main__":
    main()
