"""What only maintainers' commands need: whether it is here, and installing it if not."""

from __future__ import annotations

from importlib.util import find_spec

from course.model.errors import CourseError
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
