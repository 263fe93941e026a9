"""Is everything there that the course needs? Runs before every command (standard library only).

On the way through, `ensure` reads two small files and lists one folder. What only an installation
needs is imported where one happens.
"""

import os
import sys

from course.model.errors import CourseError
from course.setup import guards, venv

NEW = "Setting up .venv: about 300 MB, once. With pip this takes a minute or two."
STALE = "This .venv is unfinished, or its folder or Python has changed: making it again."
INCOMPLETE = "Some packages in .venv are missing or too old: installing them."
BROKEN = f"{venv.PYTHON} does not start. Rename or delete the folder .venv, then {venv.AGAIN}."


def ensure() -> None:
    """Return when all that a learner needs is importable here; restart in `.venv` if not.

    Makes and completes `.venv` where that is needed. Raises CourseError when it cannot.
    """
    inside = venv.is_running()
    came_back = os.environ.pop(guards.RESTARTED, None) == venv.PYTHON and not inside
    trouble = BROKEN if came_back else _trouble(inside)
    if inside and not trouble:
        return
    if not inside and trouble and not venv.missing(venv.LEARNERS, sys.path):
        return  # an environment of your own has everything
    if not trouble or _repair(trouble, inside):
        guards.restart(venv.PYTHON)


def ensure_more(requirements: str) -> None:
    """Install what a file of requirements names, for maintainers or the book, if one is missing.

    Raises CourseError when that cannot be done, or the running Python is not that of `.venv`.
    """
    if not venv.missing(requirements, sys.path):
        return
    if not venv.is_running():
        raise CourseError(f"what {requirements} names goes into .venv: run this with its Python.")
    import importlib

    from course.setup import installation

    with installation.locked():
        installation.install(requirements, f"Installing what {requirements} names into .venv.")
    importlib.invalidate_caches()


def _trouble(inside: bool) -> str:
    """Say in one line why `.venv` cannot be used as it is; nothing when it can."""
    if not inside and venv.is_empty():
        return NEW
    starts = inside or os.path.exists(venv.PYTHON)
    if os.path.exists(venv.MARK):
        if not starts or venv.has_changed():
            return STALE
    elif not starts:
        return BROKEN
    return INCOMPLETE if inside and venv.missing(venv.LEARNERS, sys.path) else ""


def _repair(trouble: str, inside: bool) -> bool:
    """Make, remake or complete `.venv`, unless another run has done so meanwhile.

    Returns whether that worked. Raises CourseError if not, unless the command can go on without.
    """
    from course.setup import installation

    if trouble == BROKEN:
        raise CourseError(trouble)
    try:
        with installation.locked():
            if trouble := _trouble(inside):
                installation.install(venv.LEARNERS, trouble, remake=trouble != INCOMPLETE)
    except CourseError as error:
        if not inside or venv.missing(venv.LEARNERS, sys.path, any_version=True):
            raise
        going_on = "The packages from before still work: going on with them."
        print(f"course: {error} {going_on}", file=sys.stderr)
        return False
    return True
