"""What must not decide how the course runs: files that shadow modules, and Python's variables.

This runs before anything is imported that a file of the learner's could shadow. Only what Python
itself imports before any program (types, warnings, importlib; collections and others on 3.11) is
out of reach: there Python's own message names the file.
"""

import os
import sys
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder

from course.model.errors import CourseError
from course.setup.venv import AGAIN, ROOT, WINDOWS

RESTARTED = "COURSE_RESTARTED"
OURS = ("bench", "chapters", "conftest", "course", "docs", "notebooks", "solutions", "tests")
CUSTOMIZE = ("sitecustomize", "usercustomize")  # Python imports them before it looks in a folder
FREE = {*OURS, *CUSTOMIZE, "test"}  # the last has Python's tests of itself, which nobody imports
FOR_IMPORTS = ("PYTHONPATH", "PYTHONHOME", "PYTHONSAFEPATH", "PYTHONCASEOK", "PYTHONEXECUTABLE")
FOR_CODE = ("PYTHONOPTIMIZE", "PYTHONWARNINGS", "PYTHONDEVMODE", "PYTHONINTMAXSTRDIGITS")
UNWANTED = (*FOR_IMPORTS, *FOR_CODE, "PYTHONINSPECT")  # PYTHONUTF8 and all others may stay


def check() -> None:
    """Refuse files that shadow modules; restart without the variables that are unwanted.

    Raises CourseError with the name of the first such file in the course's folder.
    """
    sys.path[0] = ROOT
    for name, entry in shadowing(ROOT).items():
        what = "Python's own module" if name in sys.stdlib_module_names else "an installed package"
        raise CourseError(f"{entry} here hides {what}: rename it, then {AGAIN}.")
    for name in ("COLUMNS", "LINES"):
        if os.environ.get(name) == "0":
            del os.environ[name]
    os.environ.pop("PYTHONSTARTUP", None)  # only a kernel would run it; VS Code sets it everywhere
    unwanted = [name for name in UNWANTED if os.environ.get(name) not in (None, "", ROOT)]
    if (unwanted or sys.flags.optimize or sys.warnoptions) and RESTARTED not in os.environ:
        for name in unwanted:
            del os.environ[name]
        restart(sys.executable)


def shadowing(folder: str) -> dict[str, str]:
    """Map each module that Python would import from this folder, though it is elsewhere as well.

    To the name of its file, or of its folder with a `/`.
    """
    elsewhere = [path for path in sys.path if path not in (folder, ROOT)]
    found = {}
    for name, _, kind in sorted(entry.partition(".") for entry in os.listdir(folder)):
        if name in FREE or not (kind in ("", "py", "pyc") or kind.endswith(("so", "pyd"))):
            continue
        here = PathFinder.find_spec(name, [folder])
        if here is None or here.origin is None:  # nothing to import, or a folder of no package
            continue
        if BuiltinImporter.find_spec(name) or FrozenImporter.find_spec(name):
            continue  # Python looks in no folder for these
        other = PathFinder.find_spec(name, elsewhere)
        if other is not None and other.origin is not None:
            is_folder = here.submodule_search_locations is not None
            found[name] = f"{name}/" if is_folder else os.path.basename(here.origin)
    return found


def restart(python: str) -> None:
    """Run the same command with this Python, in this process's place."""
    os.environ[RESTARTED] = python
    if not os.path.samefile(os.getcwd(), ROOT):
        os.environ["PYTHONPATH"] = ROOT
    started = sys.modules["__main__"].__spec__  # of `python3 -m course`, or of `python3 -m bench`
    package = (started and started.parent) or "course"
    command = [python, "-m", package, *sys.argv[1:]]
    sys.stdout.flush()
    if WINDOWS:  # where execv() would give the terminal back at once
        import signal
        import subprocess

        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command itself answers Ctrl-C
        sys.exit(subprocess.call(command))
    os.execv(python, command)
