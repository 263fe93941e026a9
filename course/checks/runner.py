"""Runs one check: in a thread of its own, with a deadline, watching what it leaves behind."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from course.checks.leaks import Leak, Openings
from course.checks.watchdog import Owns, Stopped, Stuck, find_stuck, in_debugger, set_free

DEADLINE = 2.5  # s for a check; sound answers take a tenth of it at most
DEADLINE_AFTER_A_HANG = 1.0  # s, so that several tasks that hang for one reason cost little
PATIENCE_WITH_A_THREAD = 0.3  # s for a thread to end once its sockets are shut down
GRACE_AFTER_A_DEATH = 0.5  # s for a check to notice by itself that the learner's code has died
GRACE_AFTER_A_CHECK = 1.0  # s for a thread of the learner's to close what it still holds


@dataclass(frozen=True)
class Death:
    """An error that ended a thread because nobody caught it; it carries its traceback."""

    thread: str
    error: BaseException


@dataclass
class Finding:
    """What happened in one check.

    `error` is what the check or the learner's code raised; `stuck` is None if the check ended in
    time, else the learner's lines that held it up (none, if the learner's code had returned).
    """

    error: BaseException | None = None
    stuck: list[Stuck] | None = None
    leaks: list[Leak] = field(default_factory=list)
    deaths: list[Death] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether there is nothing to report."""
        return not (self.error or self.stuck is not None or self.leaks or self.deaths)


class Runner:
    """Runs checks of the answers whose file names `owns` recognises."""

    def __init__(self, owns: Owns) -> None:
        self.over: Callable[[Finding], object] = lambda _: None  # called before tidying up
        self._owns = owns
        self._openings = Openings(owns)
        self._deadline = DEADLINE

    def run(self, check: Callable[[], object], *, leaves_open: bool = False) -> Finding:
        """Run a check to its end or its deadline, whichever is first, and tidy up after it.

        What is left behind is a finding, unless `leaves_open` says that it is meant.
        """
        before = set(threading.enumerate())
        finding = Finding()
        over = threading.Event()  # the check has ended, or a thread of the learner's has died
        closed = False

        def body() -> None:
            try:
                check()
            except BaseException as error:  # reported by the main thread
                if not closed:
                    finding.error = error
            over.set()

        with _deaths(finding, over), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ResourceWarning)
            self._openings.start()
            thread = threading.Thread(target=body, name="check", daemon=True)
            thread.start()
            try:
                self._wait_for(thread, over, before, finding)
                closed = True
                if not thread.is_alive():
                    _drop_handled(finding)
                if finding.clean and not leaves_open:
                    finding.leaks.extend(self._leaks(before, caught))
            finally:
                self.over(finding)
                self._clean_up(before)
        return finding

    def _wait_for(
        self,
        thread: threading.Thread,
        over: threading.Event,
        before: set[threading.Thread],
        finding: Finding,
    ) -> None:
        over.wait(self._deadline)
        while thread.is_alive() and in_debugger(_started(before)):
            over.wait(self._deadline)
        if thread.is_alive() and finding.deaths:
            unwritten = isinstance(finding.deaths[0].error, NotImplementedError)
            thread.join(0 if unwritten else GRACE_AFTER_A_DEATH)
        elif thread.is_alive() and not over.is_set():
            finding.stuck = find_stuck(_started(before), self._owns)
            self._deadline = DEADLINE_AFTER_A_HANG

    def _leaks(
        self, before: set[threading.Thread], caught: list[warnings.WarningMessage]
    ) -> list[Leak]:
        end = time.monotonic() + GRACE_AFTER_A_CHECK
        while (self._openings.left_open() or _started(before)) and time.monotonic() < end:
            time.sleep(0.005)
        leaks = [*self._openings.left_open(), *self._openings.dropped(caught)]
        if threads := _started(before):
            places = {found.thread: found.place for found in find_stuck(threads, self._owns)}
            for thread in threads:
                what = f"the thread {thread.name!r} was left running"
                leaks.append(Leak(what, places.get(thread.name), is_thread=True))
        return leaks

    def _clean_up(self, before: set[threading.Thread]) -> None:
        started = _started(before)
        set_free(started)
        self._openings.shut_down_all()
        for thread in started:
            _join(thread, PATIENCE_WITH_A_THREAD)
        self._openings.close_all()


def _started(before: set[threading.Thread]) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread not in before]


def _join(thread: threading.Thread, patience: float) -> None:
    """Wait for a thread for `patience` seconds. One that is only being started cannot be joined."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            thread.join(max(0.0, deadline - time.monotonic()))
            return
        except RuntimeError:
            time.sleep(0.001)


def _drop_handled(finding: Finding) -> None:
    """Leave out the deaths that the check knows of: `Running.result` has raised them again."""
    finding.deaths[:] = [
        death
        for death in finding.deaths
        if death.error is not finding.error and not getattr(death.error, "delivered", False)
    ]


@contextmanager
def _deaths(finding: Finding, over: threading.Event) -> Iterator[None]:
    """Collect the errors that end threads, instead of printing them."""

    def collect(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, Stopped):
            name = args.thread.name if args.thread else "?"
            finding.deaths.append(Death(name, args.exc_value))
            over.set()

    before = threading.excepthook
    threading.excepthook = collect
    try:
        yield
    finally:
        threading.excepthook = before
