"""A pytest plugin that records a suite's promises, and sends the steps of the one that is replayed."""

from __future__ import annotations

from collections.abc import Callable, Generator

import pytest

from course.checks.plugin import SUITES, engine_of
from course.checks.recorder import Recorder
from course.model.progress import Kind
from course.running.orders import News, Replayed


class Replayer:
    """Ends the run after the first of these tests that is not kept, or after the only one."""

    def __init__(self, tests: tuple[str, ...], send: Callable[[News], None]) -> None:
        self._tests = tests
        self._send = send

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Have everything watched before the suite is imported."""
        engine = engine_of(config)
        self._recorder = Recorder(engine.answers.owns, SUITES)
        engine.record(self._recorder)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Remember the session, which can be stopped."""
        self._session = session

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_pyfunc_call(self) -> Generator[None, object, object]:
        """Record a promise from its beginning."""
        self._recorder.begin()
        return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Send the steps of the promise that is replayed, and stop after the last of the tests."""
        verdict = getattr(report, "verdict", None)
        if verdict is None or verdict.test not in self._tests:
            return
        is_the_one = verdict.kind in (Kind.BROKEN, Kind.NOT_CHECKED) or len(self._tests) == 1
        if is_the_one:
            self._send(Replayed(verdict.test, *self._recorder.steps()))
        if is_the_one or verdict.test == self._tests[-1]:
            self._session.shouldstop = "the rest is not replayed"
