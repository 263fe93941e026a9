"""A pytest plugin that records the steps of one promise, and sends them."""

from __future__ import annotations

from collections.abc import Callable, Generator

import pytest

from course.checks.plugin import SUITES, engine_of
from course.checks.recorder import Recorder
from course.running.orders import News, Replayed


class Replayer:
    """Has a promise recorded, sends its steps, and ends the run."""

    def __init__(self, test: str, send: Callable[[News], None]) -> None:
        self._test = test
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
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        """Record the promise up to the end that the engine tells the recorder."""
        if pyfuncitem.name != self._test:
            return (yield)
        self._recorder.begin()
        result = yield
        self._send(Replayed(*self._recorder.steps()))
        self._session.shouldstop = "the promise has been recorded"
        return result
