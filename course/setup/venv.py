"""Where `.venv` is, what it has to hold, and what it holds (standard library only)."""

import os
import sys
from itertools import takewhile

WINDOWS = sys.platform == "win32"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(FOLDER, r"Scripts\python.exe" if WINDOWS else "bin/python")
MARK = os.path.join(FOLDER, "made-by-course.txt")  # what has none is yours, and never deleted
LEARNERS = "requirements.txt"
MAINTAINERS = "requirements-dev.txt"
RUNNING_VERSION = "{}.{}".format(*sys.version_info)
AGAIN = "run the same command again"  # the end of every piece of advice


def is_running() -> bool:
    """Whether the running Python is that of `.venv`."""
    return os.path.exists(FOLDER) and os.path.samefile(sys.prefix, FOLDER)


def is_empty() -> bool:
    """Whether there is nothing yet: no folder, an empty one, or a link to an empty one."""
    return not os.path.lexists(FOLDER) or (os.path.isdir(FOLDER) and not os.listdir(FOLDER))


def has_changed() -> bool:
    """Whether the `.venv` that we made was left unfinished, was moved, or has lost its Python."""
    with open(MARK, encoding="utf-8") as file:
        place, _, python = file.read().partition("\n")
    return place != os.path.realpath(FOLDER) or not os.path.exists(python)


def mark(text: str) -> None:
    """Mark it as made by us: with its place and the Python that made it, or else as unfinished."""
    with open(MARK, "w", encoding="utf-8") as file:
        file.write(text)


def missing(requirements: str, folders: list[str], *, any_version: bool = False) -> list[str]:
    """Name what a requirements file asks for and these folders do not hold in a right version."""
    present = packages(folders)
    return [
        name
        for name, low, high in _required(requirements)
        if name not in present or not (any_version or low <= present[name] < high)
    ]


def packages(folders: list[str]) -> dict[str, list[int]]:
    """Name the distributions in the folders for packages among these, with their versions."""
    present: dict[str, list[int]] = {}
    for folder in folders:
        if folder.endswith("-packages") and os.path.isdir(folder):
            for entry in os.listdir(folder):
                name, _, version = entry.partition("-")
                if entry.endswith((".dist-info", ".egg-info")):
                    present.setdefault(_normal(name), _numbers(version))  # the first is imported
    return present


def _required(requirements: str) -> list[tuple[str, list[int], list[int]]]:
    """Read names and bounds: each line of the file is `name>=low,<high  # why`, or `-r file`."""
    found = []
    with open(os.path.join(ROOT, requirements), encoding="utf-8") as file:
        for line in file:
            entry = line.partition("#")[0].strip()
            name, _, bounds = entry.partition(">=")
            low, _, high = bounds.partition(",<")
            if entry.startswith("-r"):
                found += _required(entry[2:].strip())
            elif entry:
                found.append((_normal(name), _numbers(low), _numbers(high)))
    return found


def _normal(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")


def _numbers(version: str) -> list[int]:
    """Read the numbers that a version begins with: 14 and 2 of `14.2.dist-info`."""
    return [int(part) for part in takewhile(str.isdigit, version.split("."))]
