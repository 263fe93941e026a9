"""A copy of the course as a learner has it, and its commands, for the tests that play one."""

import os
import shutil
import subprocess
import sys

from course.checks.suites import promises_of
from course.model.chapters import ROOT, Chapter
from course.model.starters import given, starter

FOLDERS = ("course", "solutions", "tests")
FILES = ("conftest.py", "pyproject.toml", "requirements.txt", "requirements-dev.txt")
PATIENCE = 60  # s

ECHO_TASKS = [promise.task for promise, _sentence in promises_of(Chapter("ch01_echo")).values()]
ALL_KEPT = f"{len(ECHO_TASKS)} of {len(ECHO_TASKS)} promises kept"
NONE_KEPT = f"0 of {len(ECHO_TASKS)} promises kept"


def copy_of_the_course(root):
    """Copy what a learner has, with pristine starters."""
    left_out = shutil.ignore_patterns("__pycache__", "mistakes", "unusual", "pictures")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, root / name, ignore=left_out)
    for name in FILES:
        shutil.copy(ROOT / name, root)
    (root / "chapters").mkdir()
    (root / "chapters" / "__init__.py").touch()
    for file in (root / "tests").glob("test_ch*.py"):
        chapter = Chapter(file.stem.removeprefix("test_"), root)
        chapter.workbench.write_text(starter(chapter), encoding="utf-8")
    for file, text in given(root).items():
        file.write_text(text, encoding="utf-8")


def make_impatient(root):
    """Have the checks in a copy give up on what hangs sooner than a learner's may."""
    runner = root / "course" / "checks" / "runner.py"
    text = runner.read_text("utf-8")
    assert "\nDEADLINE = 2.5 " in text
    runner.write_text(text.replace("\nDEADLINE = 2.5 ", "\nDEADLINE = 1.0 "), encoding="utf-8")


def environment(**more):
    left_out = ("PYTEST_", "COLUMNS", "NO_COLOR", "FORCE_COLOR", "PYTHON", "CI", "COURSE_")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(left_out)}
    return kept | {"PYTHONIOENCODING": "utf-8"} | more


def command(*arguments):
    return [sys.executable, "-m", "course", *arguments]


def course(root, *arguments, **variables):
    """Run one command of the tool, with its output in a pipe."""
    return subprocess.run(
        command(*arguments),
        cwd=root,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
    )


def pytest_of(root, *arguments):
    """Run plain pytest in a copy."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=root,
        env=environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
    )
