"""What `pytest --nbval notebooks` does besides nbval: strict settings, and a lesson's rules."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from course.maintain.lessons.reading import is_personal
from course.maintain.lessons.rules import CELL_TIMEOUT, SANITISE, faults
from course.model.guesses import REHEARSAL

NEEDS_LINUX = re.compile(r"^# Needs Linux(?: (\d+\.\d+))?$", re.MULTILINE)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Make the strict settings the only ones."""
    if getattr(config.option, "nbval_lax", False):
        raise pytest.UsageError("--nbval-lax compares nothing: use --nbval")
    if getattr(config.option, "nbval", False):
        _require_order(config)
        config.option.nbval_sanitize_with = str(SANITISE)
        config.option.nbval_cell_timeout = CELL_TIMEOUT
        os.environ[REHEARSAL] = "1"  # no lesson prints what somebody guessed
        if not config.option.nbval_kernel_name:
            config.option.nbval_current_env = True  # not whichever kernel happens to be installed


def _require_order(config: pytest.Config) -> None:
    """Refuse plugins that would run a lesson's cells in another order, or in several processes."""
    if config.pluginmanager.hasplugin("randomly"):
        raise pytest.UsageError("a lesson runs from top to bottom: add -p no:randomly")
    if getattr(config.option, "numprocesses", None) and config.option.dist != "loadfile":
        raise pytest.UsageError("a lesson runs in one process: add --dist loadfile")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Add one item to each lesson: its rules."""
    if getattr(parent.config.option, "nbval", False) and file_path.suffix == ".ipynb":
        lesson: pytest.Collector = LessonFile.from_parent(parent, path=file_path)
        return lesson
    return None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a cell that says `# Needs Linux 6.3` where this is something else, or older.

    A cell that is about the learner is run, but not compared.
    """
    if not hasattr(item, "cell"):
        return
    source = item.cell.get("source", "")
    if is_personal(source):
        item.options["check"] = False  # type: ignore[attr-defined]
    if (match := NEEDS_LINUX.search(source)) and not is_linux(match[1] or "0.0"):
        pytest.skip(f"needs Linux {match[1] or ''}".strip())


def is_linux(oldest: str) -> bool:
    """Tell whether this is Linux, of this version or a newer one."""
    here, wanted = (
        [*map(int, re.findall(r"\d+", text)[:2])] for text in (platform.release(), oldest)
    )
    return sys.platform == "linux" and here >= wanted


class LessonFile(pytest.File):
    """A notebook, as far as its rules go; nbval collects its cells by itself."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the one item."""
        yield LessonRules.from_parent(self, name="rules of a lesson")


class LessonRules(pytest.Item):
    """Fails with one line for each rule that the notebook breaks."""

    def runtest(self) -> None:
        """Look for faults."""
        if found := faults(self.path):
            lines = [f"{self.path.name}: {fault}" for fault in found]
            pytest.fail("\n".join(lines), pytrace=False)
