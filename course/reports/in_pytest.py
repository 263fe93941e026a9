"""What plain `pytest tests` prints: reports instead of tracebacks, and *to do* by its name."""

from __future__ import annotations

import sys
from collections.abc import Generator

import pytest
from _pytest._code.code import TerminalRepr
from _pytest._io import TerminalWriter

from course.checks.plugin import engine_of
from course.checks.verdict import Verdict
from course.model.chapters import find
from course.model.progress import Kind
from course.reports.elements import Element, line
from course.reports.outline import SAME_FAULT, frame
from course.reports.terminal import as_text


class Explanation(TerminalRepr):
    """What pytest prints for a promise that is not kept."""

    def __init__(self, *elements: Element) -> None:
        self._elements = elements

    def toterminal(self, tw: TerminalWriter) -> None:
        """Print to pytest's terminal."""
        text = as_text(self._elements, tw.fullwidth, color=tw.hasmarkup)
        encoding = sys.stdout.encoding or "utf-8"
        tw.write(text.encode(encoding, "replace").decode(encoding), flush=True)

    def __str__(self) -> str:
        return as_text(self._elements)


class Reports:
    """The first promise that is not kept is explained in full, the others in a line each."""

    def __init__(self) -> None:
        self._explained = False
        self._causes: set[str] = set()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Draw the verdict."""
        made = yield
        verdict = getattr(made, "verdict", None)
        if verdict and verdict.kind in (Kind.BROKEN, Kind.NOT_CHECKED):
            made.longrepr = self._explain(item, verdict)
        return made

    def _explain(self, item: pytest.Item, verdict: Verdict) -> Explanation:
        is_known = verdict.cause in self._causes - {""}
        self._causes.add(verdict.cause)
        if self._explained:
            what = f"{SAME_FAULT} as above" if is_known else verdict.line
            return Explanation(line(verdict.sentence), line(f"  {what}"))
        self._explained = True
        return Explanation(frame(find(item.path.name), verdict))

    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        """Give *to do* a name and a letter of its own."""
        verdict = getattr(report, "verdict", None)
        if verdict is not None and verdict.kind is Kind.TO_DO:
            return "to do", "t", ("TO DO", {"yellow": True})
        return None

    def pytest_report_header(self, config: pytest.Config) -> str:
        """Say whose answers are checked."""
        return f"answers: {engine_of(config).answers.folder.name}/"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what *to do* means, and where to start."""
        waiting = [r.verdict for r in terminalreporter.stats.get("to do", [])]
        if waiting:
            first = waiting[0].missing
            terminalreporter.write_line(
                f"{len(waiting)} promises wait for tasks that you have not written yet. "
                f"First: chapter {first.chapter}, task {first.task}, {first.name}."
            )


def pytest_configure(config: pytest.Config) -> None:
    """Take part."""
    config.pluginmanager.register(Reports(), "course-reports")
