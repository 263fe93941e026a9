"""Where `.venv` is, what it has to hold, and what it holds (standard library only)."""

from __future__ import annotations

import itertools
import os
import sys
import zlib

from course.model.errors import CourseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WINDOWS = sys.platform == "win32"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(FOLDER, r"Scripts\python.exe" if WINDOWS else "bin/python")
MARK = os.path.join(FOLDER, "course-installed.txt")
LEARNERS = "requirements.txt"
MAINTAINERS = "requirements-dev.txt"
RUNNING_VERSION = "{}.{}".format(*sys.version_info)
AGAIN = "run the same command again"  # the end of every piece of advice


def is_running() -> bool:
    """Whether the running Python is that of `.venv`."""
    return is_at(sys.prefix)


def is_at(path: str) -> bool:
    """Whether `.venv` is this folder."""
    try:
        return os.path.samefile(path, FOLDER)
    except OSError:
        return False


# --- The packages -----------------------------------------------------------------------------


def missing(requirements: str, folders: Iterable[str]) -> list[str]:
    """Name the packages of a requirements file that no folder of this search path holds."""
    present = packages(folders)
    return [name for name in _required(requirements) if name not in present]


def packages(folders: Iterable[str]) -> set[str]:
    """Name the distributions in these folders."""
    present = set()
    for folder in folders:
        try:
            entries = os.listdir(folder or ".")
        except OSError:
            continue
        infos = [entry for entry in entries if entry.endswith((".dist-info", ".egg-info"))]
        present |= {package_name(info.partition("-")[0]) for info in infos}
    return present


def package_folders() -> list[str]:
    """Where `.venv` keeps its packages, seen from outside."""
    if WINDOWS:
        return [os.path.join(FOLDER, "Lib", "site-packages")]
    library = os.path.join(FOLDER, "lib")
    versions = os.listdir(library) if os.path.isdir(library) else []
    return [os.path.join(library, version, "site-packages") for version in versions]


def package_name(requirement: str) -> str:
    """Take the normalised name from the start of a requirement such as `types-psutil>=6.1`."""
    text = requirement.replace("-", "_").replace(".", "_")
    return "".join(itertools.takewhile(lambda c: c.isalnum() or c == "_", text)).lower()


def fingerprint() -> str:
    """Tell today's list of what learners need from a later one."""
    return f"{zlib.crc32(_read(LEARNERS).encode()):08x}"


def _required(requirements: str) -> Iterator[str]:
    """Read the names in a requirements file: one a line, without environment markers."""
    for line in _read(requirements).splitlines():
        entry = line.partition("#")[0].strip()
        if entry.startswith("-r"):
            yield from _required(entry[2:].strip())
        elif entry:
            yield package_name(entry)


def _read(requirements: str) -> str:
    path = os.path.join(ROOT, requirements)
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise CourseError(f"{path} cannot be read ({error.strerror}).") from error


# --- What is noted in it ----------------------------------------------------------------------


def read_config() -> dict[str, str]:
    """Read how it was made; nothing when it is not a virtual environment."""
    return _fields(os.path.join(FOLDER, "pyvenv.cfg"), "=")


def python_version(config: dict[str, str]) -> str:
    """Tell the version of its Python: each tool that makes virtual environments names it anew."""
    return config.get("version") or config.get("version_info") or "0.0"


def read_mark() -> dict[str, str]:
    """Read what the last installation noted; nothing when there was none."""
    return _fields(MARK, " ")


def mark_unfinished() -> None:
    """Note that it is ours, and that nothing in it can be relied on."""
    _write_mark({"state": "unfinished", "made-by": "course"})


def mark_finished() -> None:
    """Note where it is, with which Python, and for which list of packages."""
    _write_mark(
        {
            "made-by": read_mark().get("made-by", "you"),
            "folder": os.path.realpath(FOLDER),
            "python": ".".join(python_version(read_config()).split(".")[:2]),
            "requirements": fingerprint(),
        }
    )


def _write_mark(fields: dict[str, str]) -> None:
    with open(MARK + ".new", "w", encoding="utf-8") as file:
        file.writelines(f"{key} {value}\n" for key, value in fields.items())
    os.replace(MARK + ".new", MARK)


def _fields(path: str, separator: str) -> dict[str, str]:
    """Read the `key<separator>value` lines of a file; none when there is no such file."""
    try:
        with open(path, encoding="utf-8") as file:
            pairs = [line.partition(separator) for line in file]
    except OSError:
        return {}
    return {key.strip(): value.strip() for key, _, value in pairs}
