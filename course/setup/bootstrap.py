"""Is everything there that the course needs? Runs before every command (standard library only).

On the way through, `ensure` reads two small files and lists a few folders. What only an installation
needs is imported where one happens.
"""

from __future__ import annotations

import os
import sys

from course.model.errors import CourseError
from course.setup import venv

RESTARTED = "COURSE_RESTARTED"
OLDEST = (3, 10)

NEW = "Installing what the course needs into .venv (about 300 MB). This happens once."
UNFINISHED = "The last installation did not finish: making .venv again (about 300 MB)."
MOVED = "This .venv was made in another folder: making it again here (about 300 MB)."
GONE = "The Python that .venv was made with is gone: making .venv again (about 300 MB)."
CHANGED = "The list of packages has changed: bringing .venv up to date."
MISSING = "Some packages are missing from .venv: adding them."
REMADE = (NEW, UNFINISHED, MOVED, GONE)


def ensure() -> None:
    """Return when all that a learner needs is importable here; restart in `.venv` if not.

    Makes and completes `.venv` where that is needed. Raises CourseError when it cannot.
    """
    inside = venv.is_running()
    missing = venv.missing(venv.LEARNERS, sys.path)
    trouble = _trouble() if inside or missing else None
    if trouble is None and not missing:
        os.environ.pop(RESTARTED, None)
        return
    _refuse_endless_restarts(inside)
    if trouble is None:
        _restart("as it was")
    elif _repair(can_go_on=trouble == CHANGED and not missing):
        _restart("after an installation")


def ensure_dev() -> bool:
    """Return whether the maintainers' tools are importable, after installing them if need be.

    Installs only when the running Python is that of `.venv`. Says in one line why it could not.
    """
    if not venv.missing(venv.MAINTAINERS, sys.path):
        return True
    if not venv.is_running():
        _say("The maintainers' tools are missing: run this with the Python of .venv to have them.")
        return False
    import importlib

    from course.setup import installation

    try:
        with installation.locked() as lock:
            reason = "Installing the maintainers' tools into .venv."
            installation.install(venv.MAINTAINERS, reason, lock)
    except installation.StoppedError:
        raise
    except CourseError as error:
        _say(f"The maintainers' tools could not be installed. {error}")
        return False
    importlib.invalidate_caches()
    return not venv.missing(venv.MAINTAINERS, sys.path)


# --- Is there anything to do? -----------------------------------------------------------------


def _trouble() -> str | None:
    """Why `.venv` cannot be used as it is, as a line for the learner; None when it can."""
    if not os.path.lexists(venv.FOLDER) or _is_empty_folder(venv.FOLDER):
        return NEW
    mark = venv.read_mark()
    if mark.get("state") == "unfinished":
        return UNFINISHED
    trouble = _broken(mark)
    if trouble is not None:
        return trouble
    if venv.is_running():
        if mark and mark.get("requirements") != venv.fingerprint():
            return CHANGED
        return MISSING if venv.missing(venv.LEARNERS, sys.path) else None
    return MISSING if not mark and venv.missing(venv.LEARNERS, venv.package_folders()) else None


def _is_empty_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.listdir(path)


def _broken(mark: dict[str, str]) -> str | None:
    """Why the Python of `.venv` cannot be trusted to start, if so. Only our own is ever remade."""
    made_with = venv.read_config()
    starts = os.path.exists(venv.PYTHON) and os.path.isdir(made_with.get("home", ""))
    if mark.get("made-by") != "course":
        _refuse_unusable(made_with, starts)
        return None
    if not starts or (venv.is_running() and mark["python"] != venv.RUNNING_VERSION):
        return GONE
    return None if venv.is_at(mark["folder"]) else MOVED


def _refuse_unusable(made_with: dict[str, str], starts: bool) -> None:
    """Raise CourseError when a `.venv` that you made is no use: it is never deleted for you."""
    version = venv.python_version(made_with)
    if not made_with:
        problem = "is not a virtual environment"
    elif not starts:
        problem = f"was made with a Python that is gone ({made_with.get('home')})"
    elif tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        problem = f"holds Python {version}, and the course needs {OLDEST[0]}.{OLDEST[1]} or newer"
    else:
        return
    raise CourseError(f"{venv.FOLDER} {problem}. Rename it or delete it, then {venv.AGAIN}.")


# --- Do it, and start again in .venv ----------------------------------------------------------


def _refuse_endless_restarts(inside: bool) -> None:
    restarted = os.environ.pop(RESTARTED, None)
    if restarted == "after an installation" or (restarted and not inside):
        raise CourseError(
            f"{sys.executable} was started for its packages, but does not find them. "
            f"Delete the folder {venv.FOLDER}, then {venv.AGAIN}."
        )


def _repair(can_go_on: bool) -> bool:
    """Make, remake or complete `.venv`, unless another run has done so meanwhile.

    Returns whether that worked. Raises CourseError if not, unless the command can go on without.
    """
    from course.setup import installation

    try:
        with installation.locked() as lock:
            trouble = _trouble()
            if trouble is not None:
                installation.install(
                    venv.LEARNERS,
                    trouble,
                    lock,
                    remake=trouble in REMADE,
                    upgrade=trouble == CHANGED,
                )
    except installation.StoppedError:
        raise
    except CourseError as error:
        if not can_go_on:
            raise
        _say(f"course: {error} The packages from before still work: going on with them.")
        return False
    return True


def _restart(why: str) -> None:
    """Run the same command with the Python of `.venv`, in this process's place."""
    os.environ[RESTARTED] = why
    command = [venv.PYTHON, *sys.orig_argv[1:]]
    sys.stdout.flush()
    if venv.WINDOWS:
        import signal
        import subprocess

        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command itself answers Ctrl-C
        sys.exit(subprocess.call(command))
    os.execv(venv.PYTHON, command)


def _say(line: str) -> None:
    print(line, file=sys.stderr)
