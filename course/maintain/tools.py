"""What only maintainers' commands need: whether it is here, installing it if not, and running it."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

from course.model.chapters import ROOT
from course.model.errors import CourseError
from course.running.environment import tool_environment
from course.setup.bootstrap import ensure_more
from course.setup.venv import MAINTAINERS

BOOK = "requirements-book.txt"


def require(*modules: str, requirements: str = MAINTAINERS) -> None:
    """Install a file of requirements into .venv if one of these modules is missing.

    Raises CourseError, with what to do, if that cannot be done.
    """
    for module in modules:
        if find_spec(module) is None:
            try:
                ensure_more(requirements)
            except CourseError as error:
                ways = f"{error} Or: pip install -r {requirements}"
                raise CourseError(f"this needs {module}. {ways}") from None


def run_module(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a module with this interpreter, in the course's folder; its output is all in stdout."""
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=tool_environment() | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
