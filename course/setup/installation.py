"""Makes `.venv` and fills it, with uv or else with pip. Imported only where one of them has to run."""

from __future__ import annotations

import contextlib
import errno
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from typing import TextIO

from course.model.errors import CourseError
from course.setup import venv
from course.setup.installation_progress import Progress

BASE_PYTHON: str = getattr(sys, "_base_executable", sys.executable)
if sys.version_info < (3, 11) and not venv.WINDOWS:  # there it is .venv's own link, soon removed
    BASE_PYTHON = os.path.realpath(BASE_PYTHON)
LOG = os.path.join(venv.FOLDER, "install.log")
LOCK = os.path.join(venv.ROOT, ".course", "install.lock")


class StoppedError(CourseError):
    """You pressed Ctrl-C during an installation."""

    status = 130


def install(
    requirements: str, reason: str, lock: int, *, remake: bool = False, upgrade: bool = False
) -> None:
    """Install the packages of a requirements file into `.venv`, and mark it as done.

    Says the reason, how far it is, and what it came to. Raises CourseError with what to do when it
    cannot. `remake` makes `.venv` from nothing first.
    """
    if remake:
        _clear()
    print(reason, file=sys.stderr)
    uv = shutil.which("uv")
    commands = _Commands(lock)
    if remake:
        commands.run(_venv_command(uv), "making .venv")
    command = [*_install_command(uv, commands), "-r", os.path.join(venv.ROOT, requirements)]
    commands.run([*command, "--upgrade"] if upgrade else command, "asking for the packages")
    venv.mark_finished()
    print(commands.progress.result(), file=sys.stderr)


def _clear() -> None:
    """Mark `.venv` as ours and unfinished, and empty it (it may be a link to a larger disk)."""
    if venv.WINDOWS and venv.is_running():
        raise CourseError(f"Leave .venv first: run `deactivate`, then {venv.AGAIN}.")
    os.makedirs(venv.FOLDER, exist_ok=True)
    venv.mark_unfinished()
    with os.scandir(venv.FOLDER) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            elif entry.path != venv.MARK:
                os.unlink(entry.path)


# --- The lock ---------------------------------------------------------------------------------


@contextlib.contextmanager
def locked() -> Iterator[int]:
    """Let one run at a time change `.venv`; turn what goes wrong meanwhile into one clear line.

    Gives the lock's file descriptor: an installer that inherits it holds the lock, so that not
    even one whose parent was killed can be disturbed.
    """
    try:
        os.makedirs(os.path.dirname(LOCK), exist_ok=True)
        with open(LOCK, "a", encoding="utf-8") as file:
            _wait_for_lock(file)
            yield file.fileno()
    except OSError as error:
        raise CourseError(_explain([str(error)])) from error
    except KeyboardInterrupt:
        raise StoppedError(f"stopped. To finish the installation, {venv.AGAIN}.") from None


def _wait_for_lock(file: TextIO) -> None:
    if _try_lock(file):
        return
    print("Another run is installing into .venv: waiting until it has finished.", file=sys.stderr)
    while not _try_lock(file):
        time.sleep(0.1)


def _try_lock(file: TextIO) -> bool:
    """Whether this run holds the lock now. A file system that knows no locks grants it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES)
    return True


# --- The commands of uv and pip ---------------------------------------------------------------


def _venv_command(uv: str | None) -> list[str]:
    if uv:
        return [uv, "venv", "--python", BASE_PYTHON, "--allow-existing", venv.FOLDER]
    return [BASE_PYTHON, "-m", "venv", "--without-pip", venv.FOLDER]


def _install_command(uv: str | None, commands: _Commands) -> list[str]:
    """uv; else the pip in `.venv`, unpacked if need be; else the pip beside the base Python."""
    if uv:
        return [uv, "pip", "install", "--python", venv.PYTHON]
    if "pip" not in venv.packages(venv.package_folders()):
        if importlib.util.find_spec("ensurepip") is None:
            return [*_outside_pip(), "--python", venv.PYTHON, "install"]
        commands.run([venv.PYTHON, "-m", "ensurepip", "--default-pip"], "unpacking pip")
    return [venv.PYTHON, "-m", "pip", "install"]


def _outside_pip() -> list[str]:
    """Find a pip that can install into another environment (22.3 or newer)."""
    pip = [BASE_PYTHON, "-m", "pip"]
    answer = subprocess.run([*pip, "--version"], capture_output=True, text=True, check=False)
    words = answer.stdout.split()
    if len(words) < 2 or tuple(int(part) for part in words[1].split(".")[:2]) < (22, 3):
        raise CourseError(f"{NO_VENV}, then {venv.AGAIN}.")
    return pip


class _Commands:
    """Runs the commands of one installation, shows how far they are, and keeps their log."""

    def __init__(self, lock: int) -> None:
        self.progress = Progress(sys.stderr)
        self._lock = lock
        self._lines: list[str] = []

    def run(self, command: list[str], doing: str) -> None:
        """Run one command to its end; raise CourseError with what to do when it fails."""
        self.progress.begin(doing)
        self._lines.append(f"$ {' '.join(command)}")
        process = subprocess.Popen(
            command,
            cwd=venv.ROOT,
            env=_own_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            pass_fds=() if venv.WINDOWS else (self._lock,),
        )
        try:
            self._watch(process)
        except KeyboardInterrupt:
            _stop(process)
            raise
        finally:
            self.progress.clear()
            log = self._store()
        if process.wait():
            raise CourseError(f"{_explain(self._lines[-30:])} The log: {log}")

    def _watch(self, process: subprocess.Popen[str]) -> None:
        reader = threading.Thread(target=self._read, args=[process.stdout], daemon=True)
        reader.start()
        while reader.is_alive():
            self.progress.show()
            reader.join(0.1)

    def _read(self, output: Iterable[str]) -> None:
        for line in output:
            self._lines.append(line.rstrip())
            self.progress.note(line)

    def _store(self) -> str:
        """Store the log in `.venv`, or else among the temporary files; return where."""
        for path in (LOG, os.path.join(tempfile.gettempdir(), "course-install.log")):
            try:
                with open(path, "w", encoding="utf-8") as file:
                    file.write("\n".join(self._lines) + "\n")
            except OSError:
                continue
            return path
        return "there was no room for one."


def _own_environment() -> dict[str, str]:
    """Give pip and uv an environment in which nothing sends packages past `.venv`."""
    detours = ("PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "UV_SYSTEM_PYTHON")
    environment = {key: value for key, value in os.environ.items() if key not in detours}
    return environment | {
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
        "PIP_USER": "0",
        "PIP_NO_INPUT": "1",
        "PIP_PROGRESS_BAR": "off",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()


# --- What to do when it fails -----------------------------------------------------------------

NO_VENV = (
    "This Python cannot make virtual environments. On Debian and Ubuntu run "
    f"`sudo apt install python3-venv python{venv.RUNNING_VERSION}-venv`"
)
ADVICE = {
    "The disk is full: free about 400 MB": (
        "No space left on device|quota exceeded|not enough space on the disk"
    ),
    f"{venv.ROOT} cannot be written: copy the course to a folder of your own": (
        "Read-only file system|Permission denied|Access is denied|not permitted"
    ),
    "The network answers with a certificate that is not trusted here (a company's proxy does so): "
    "make pip or uv trust it": "CERTIFICATE_VERIFY_FAILED|invalid peer certificate",
    "The packages could not be fetched: check your network": (
        "Failed to establish a new connection|error sending request|dns error|name resolution"
        "|getaddrinfo failed|timed out|ProxyError"
    ),
    NO_VENV: "No module named venv|ensurepip is not available",
}


def _explain(lines: list[str]) -> str:
    """Say what to do about a failure, from the last lines that it printed."""
    text = "\n".join(lines)
    for advice, signs in ADVICE.items():
        if any(sign in text for sign in signs.split("|")):
            return f"{advice}, then {venv.AGAIN}."
    errors = [line for line in lines if line.lower().startswith("error")] or lines
    return f"The installation failed: {errors[-1]} Put that right, then {venv.AGAIN}."
