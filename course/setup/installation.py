"""Makes `.venv` and fills it, with uv or else with pip. Imported only where one of them has to run.

Both print on standard error for themselves: how far they are, and what went wrong.
"""

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator

from course.model.errors import CourseError
from course.model.locks import try_lock
from course.setup import venv

BASE_PYTHON: str = getattr(sys, "_base_executable", sys.executable)
SITE_PACKAGES = sysconfig.get_path("purelib", "venv", {"base": venv.FOLDER})
LOCK = os.path.join(venv.ROOT, ".course", "install.lock")
# What stays of the settings of pip and uv: it reaches an index, and sends no package past .venv.
FOR_INDEXES = ("CACHE", "CONFIG", "CONSTRAINT", "INDEX", "LINK", "OFFLINE")
FOR_NETWORKS = ("CERT", "FEATURE", "HOST", "KEYRING", "PROXY", "RETRIES", "TIMEOUT", "TLS")
ON = ("PIP_NO_INPUT", "PIP_DISABLE_PIP_VERSION_CHECK")
OFF = ("PIP_DRY_RUN", "PIP_NO_DEPS", "PIP_REQUIRE_HASHES", "PIP_REQUIRE_VIRTUALENV", "PIP_USER")
NO_PIP = (
    "this Python cannot install packages. On Debian and Ubuntu run `sudo apt install python3-venv "
    f"python{venv.RUNNING_VERSION}-venv`, then {venv.AGAIN}."
)


def install(requirements: str, reason: str, *, remake: bool = False) -> None:
    """Install the packages of a requirements file into `.venv`, and mark it as done.

    Prints the reason and how long it took. `remake` makes `.venv` from nothing first. Raises
    CourseError with what to do when it cannot.
    """
    began = time.monotonic()
    folder = os.path.realpath(venv.FOLDER)  # venv makes none in a link to another disk
    uv = shutil.which("uv")
    if not (uv or (_exists("venv") and (_exists("ensurepip") or _exists("pip")))):
        raise CourseError(NO_PIP)
    print(reason, file=sys.stderr)
    if remake:
        _clear()
        options = ["--no-config", "--allow-existing", "--python", BASE_PYTHON]
        pythons_own = [BASE_PYTHON, "-P", "-m", "venv", "--without-pip"]
        _run(*([uv, "venv", *options] if uv else pythons_own), folder)
    wanted = ["-r", os.path.join(venv.ROOT, requirements)]
    if uv:
        into = [uv, "pip", "install", "--python", venv.PYTHON]
        _run(*into, *wanted)
        if _lacking(requirements):  # no option takes a target in uv.toml back
            print("A uv.toml sends packages elsewhere: again, without it.", file=sys.stderr)
            _run(*into, "--no-config", *wanted)
    else:  # pip.conf may name one as well: these options take it back
        _run(*_pip(), "install", "--quiet", "--target=", f"--prefix={folder}", *wanted)
    if names := _lacking(requirements):
        raise CourseError(
            f"{'uv' if uv else 'pip'} reports success, but .venv lacks {', '.join(names)}: one of "
            f"its settings sends packages elsewhere. Remove it, then {venv.AGAIN}."
        )
    if remake:
        venv.mark(f"{folder}\n{BASE_PYTHON}")
    print(f"Installed in {time.monotonic() - began:.0f} s.", file=sys.stderr)


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Let one run at a time change `.venv`. Raises CourseError for an OSError meanwhile.

    Every installer inherits the locked file, so that not even one whose parent was killed is
    disturbed.
    """
    try:
        os.makedirs(os.path.dirname(LOCK), exist_ok=True)
        with open(LOCK, "a", encoding="utf-8") as file:
            os.set_inheritable(file.fileno(), True)
            if not try_lock(file.fileno()):
                print("Another run is installing into .venv: waiting for it.", file=sys.stderr)
                while not try_lock(file.fileno()):
                    time.sleep(0.1)
            yield
    except OSError as error:
        raise CourseError(
            f"{error.filename or venv.FOLDER} cannot be written ({error.strerror}). Make room, or "
            f"copy the course to a folder of your own; then {venv.AGAIN}."
        ) from error


def _lacking(requirements: str) -> list[str]:
    inside = sys.path if venv.is_running() else []
    return venv.missing(requirements, [SITE_PACKAGES, *inside])


def _clear() -> None:
    """Mark `.venv` as ours and unfinished, and empty it (it may be a link to a larger disk)."""
    if venv.WINDOWS and venv.is_running():
        raise CourseError(f"Leave .venv first: run `deactivate`, then {venv.AGAIN}.")
    os.makedirs(venv.FOLDER, exist_ok=True)
    venv.mark("unfinished")
    with os.scandir(venv.FOLDER) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            elif entry.path != venv.MARK:
                os.unlink(entry.path)


def _exists(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _pip() -> list[str]:
    """Return the pip in `.venv`, unpacked if need be; else the one beside the base Python."""
    if "pip" not in venv.packages([SITE_PACKAGES]):
        if not _exists("ensurepip"):
            return [BASE_PYTHON, "-P", "-m", "pip", "--python", venv.PYTHON]
        _run(venv.PYTHON, "-P", "-m", "ensurepip", "--default-pip", out=subprocess.DEVNULL)
    return [venv.PYTHON, "-P", "-m", "pip"]


def _run(*command: str, out: int | None = None) -> None:
    """Run uv or pip. Raises CourseError when it fails."""
    done = subprocess.run(
        command,
        cwd=venv.ROOT,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr if out is None else out,
        close_fds=False,
        check=False,
    )
    if done.returncode:
        raise CourseError(
            "the installation failed: the lines above say why. Often the network is down or does "
            f"not let it through, or the disk is full (400 MB). Put that right, then {venv.AGAIN}."
        )


def _environment() -> dict[str, str]:
    """Give pip and uv an environment in which nothing sends packages past `.venv`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "PIP_", "UV_"))
        or (name[:3] in ("PIP", "UV_") and any(p in name for p in (*FOR_INDEXES, *FOR_NETWORKS)))
    }
    return kept | dict.fromkeys(ON, "1") | dict.fromkeys(OFF, "0")
