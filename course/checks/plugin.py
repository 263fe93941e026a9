"""The checks' engine, as a pytest plugin: which answers are checked, and what an outcome means."""

from __future__ import annotations

import inspect
import sys
from collections import Counter
from collections.abc import Generator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from course.checks.answers import Answers, Attempt, RememberedError
from course.checks.errors import Postponed
from course.checks.promises import Promise, sentence
from course.checks.runner import Finding, Runner
from course.checks.verdict import Verdict, judge
from course.checks.watchdog import leave_if_threads_remain
from course.model.chapters import ROOT, Chapter, find, text_of
from course.model.progress import EXIT_TO_DO, Kind
from course.model.starters import not_begun

if TYPE_CHECKING:
    from course.checks.recorder import Recorder

VERDICT = pytest.StashKey[Verdict]()
SUITES = ROOT / "tests"
MOST_SILENT = 3  # promises of a task for which the other side waits until the deadline
ONLY_ON_LINUX = "shows what the Linux kernel does; other systems differ here"


class Engine:
    """Runs promises; everything that is not a promise is left to pytest."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self._runner = Runner(answers.owns)
        self._hanging: dict[tuple[str, int], list[str]] = {}
        self._silent: Counter[tuple[str, int]] = Counter()
        self._to_do = 0
        self._status = 0

    def record(self, recorder: Recorder) -> None:
        """Have the steps of each promise recorded."""
        self._runner.over = recorder.end
        self.answers.imported = recorder.imported

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Run a promise under guard."""
        promise = promise_of(pyfuncitem)
        if promise is None:
            return None
        chapter = _chapter_of(pyfuncitem.path)
        finding = self._run(pyfuncitem, promise, (chapter.stem, promise.task))
        words, owns = sentence(pyfuncitem.function), self.answers.owns
        not_begun = self._not_begun(chapter)
        pyfuncitem.stash[VERDICT] = judge(
            chapter, promise, words, pyfuncitem.name, finding, owns, not_begun
        )
        return True

    @cache  # noqa: B019  (there is one engine a process)
    def _not_begun(self, chapter: Chapter) -> dict[int, str]:
        return not_begun(chapter, text_of(self.answers.file(chapter.stem)))

    def _run(self, item: pytest.Function, promise: Promise, task: tuple[str, int]) -> Finding:
        RememberedError.made.clear()
        if task in self._hanging:
            RememberedError.made[:] = self._hanging[task]
            silent = self._silent[task] == MOST_SILENT
            why = "left the other side waiting" if silent else "did not come back"
            return Finding(Postponed(f"not checked, because your code {why}"))
        wanted = inspect.signature(item.function).parameters
        arguments = {name: item.funcargs[name] for name in wanted}
        finding = self._runner.run(lambda: item.obj(**arguments), leaves_open=promise.leaves_open)
        if finding.stuck is None:
            return finding
        if not finding.stuck:  # the learner's code has returned: it may do so in time elsewhere
            self._silent[task] += 1
            if self._silent[task] < MOST_SILENT:
                return finding
        self._hanging[task] = list(RememberedError.made)
        unreadable = self.answers.hung_import(task[0], finding.stuck)
        return Finding(unreadable) if unreadable else finding

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put the verdict into the report: no error has passed through pytest."""
        made = yield
        verdict = item.stash.get(VERDICT, None)
        if verdict is None or call.when != "call":
            return made
        made.__dict__["verdict"] = verdict
        if verdict.kind is Kind.TO_DO:
            self._to_do += 1
            made.outcome = "skipped"
            made.longrepr = (str(item.path), item.reportinfo()[1] or 0, verdict.line)
        elif verdict.kind is not Kind.KEPT:
            made.outcome, made.longrepr = "failed", verdict.line
        return made

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Nothing broken but something to do is a status of its own."""
        if exitstatus == pytest.ExitCode.OK and self._to_do:
            session.exitstatus = EXIT_TO_DO
        self._status = session.exitstatus

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """End plain pytest, even if a thread of the learner's would keep Python waiting."""
        if config.pluginmanager.has_plugin("terminalreporter"):
            leave_if_threads_remain(self._status)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch between the learner's chapters and the reference."""
    group = parser.getgroup("course", "From Socket to Framework")
    group.addoption(
        "--solutions", action="store_true", help="check solutions/ instead of chapters/"
    )
    group.addoption("--answers", type=Path, metavar="DIR", help="check the chapter files in DIR")


def pytest_configure(config: pytest.Config) -> None:
    """Set the engine up for one folder of answers."""
    if getattr(config.option, "numprocesses", None) and not getattr(config.option, "nbval", False):
        raise pytest.UsageError("the promises are checked one at a time. Leave out -n")
    default = ROOT / ("solutions" if config.getoption("--solutions") else "chapters")
    folder = config.getoption("--answers") or default
    if not folder.is_dir():
        raise pytest.UsageError(f"--answers: the folder {folder} does not exist")
    if not folder.resolve().name.isidentifier() or folder.resolve().name == "course":
        raise pytest.UsageError(f"--answers: Python cannot import {folder} by its name")
    check_answers_in(folder, config)


def check_answers_in(folder: Path, config: pytest.Config) -> None:
    """Have the answers in a folder checked, and no others."""
    config.pluginmanager.unregister(name="course-engine")
    config.pluginmanager.register(Engine(Answers(folder)), "course-engine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Require that each test of a suite is a promise with a sentence; skip other systems' tests."""
    for item in items:
        check = getattr(item, "function", None)
        if item.path.parent == SUITES and not (promise_of(item) and sentence(check)):
            raise pytest.UsageError(f"{item.nodeid} needs @promise(...) and a docstring")
        if sys.platform != "linux" and hasattr(check, "linux_only"):
            item.add_marker(pytest.mark.skip(reason=ONLY_ON_LINUX))


@pytest.fixture
def chapter(request: pytest.FixtureRequest) -> Attempt:
    """Return the answers to the chapter whose suite asks."""
    return Attempt(engine_of(request.config).answers, _chapter_of(request.path).stem)


@cache
def _chapter_of(suite: Path) -> Chapter:
    return find(suite.name)


def engine_of(config: pytest.Config) -> Engine:
    """Return the engine that a run of pytest was set up with."""
    engine = config.pluginmanager.get_plugin("course-engine")
    assert isinstance(engine, Engine)
    return engine


def promise_of(item: pytest.Item) -> Promise | None:
    """Return what `@promise` said of a test, or None."""
    return getattr(getattr(item, "function", None), "promise", None)
