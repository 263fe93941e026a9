"""Makes `.venv` and fills it, with uv or else with pip. Imported only where one of them has to run."""

import contextlib
import errno
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator

from course.model.errors import CourseError
from course.setup import venv

BASE_PYTHON: str = getattr(sys, "_base_executable", sys.executable)
LOG = os.path.join(venv.FOLDER, "install.log")
SITE_PACKAGES = sysconfig.get_path("purelib", "venv", {"base": venv.FOLDER})
LOCK = os.path.join(venv.ROOT, ".course", "install.lock")
# What stays of the settings of pip and uv: it reaches an index, and sends no package past .venv.
FOR_INDEXES = ("CACHE", "CONFIG", "CONSTRAINT", "INDEX", "LINK", "OFFLINE")
FOR_NETWORKS = ("CERT", "FEATURE", "HOST", "KEYRING", "PROXY", "RETRIES", "TIMEOUT", "TLS")
ON = ("PYTHONUNBUFFERED", "PIP_NO_INPUT", "PIP_DISABLE_PIP_VERSION_CHECK")
OFF = ("PIP_DRY_RUN", "PIP_NO_DEPS", "PIP_REQUIRE_HASHES", "PIP_REQUIRE_VIRTUALENV", "PIP_USER")


def install(requirements: str, reason: str, lock: int, *, remake: bool = False) -> None:
    """Install the packages of a requirements file into `.venv`, and mark it as done.

    Says the reason and how long it took; on a terminal also what uv or pip says last. `remake`
    makes `.venv` from nothing first. Raises CourseError with what to do when it cannot.
    """
    began = time.monotonic()
    folder = os.path.realpath(venv.FOLDER)  # venv makes none in a link to another disk
    uv = shutil.which("uv")
    commands = _Commands(lock)
    print(reason, file=sys.stderr)
    if remake:
        _clear()
        options = ["--no-config", "--allow-existing", "--python", BASE_PYTHON]
        pythons_own = [BASE_PYTHON, "-P", "-m", "venv", "--without-pip"]
        commands.run(*([uv, "venv", *options] if uv else pythons_own), folder)
    wanted = ["-r", os.path.join(venv.ROOT, requirements)]
    if uv:
        into = [uv, "pip", "install", "--python", venv.PYTHON]
        commands.run(*into, *wanted)
        if _lacking(requirements):  # no option takes a target in uv.toml back
            print("A uv.toml sends packages elsewhere: again, without it.", file=sys.stderr)
            commands.run(*into, "--no-config", *wanted)
    else:  # pip.conf may name one too: these options take it back
        into = ["install", "--target=", f"--prefix={folder}", "--progress-bar=off"]
        commands.run(*_pip(commands), *into, *wanted)
    if names := _lacking(requirements):
        raise CourseError(
            f"{'uv' if uv else 'pip'} reports success, but .venv lacks {', '.join(names)}: one of "
            f"its settings sends packages elsewhere. Remove it, then {venv.AGAIN}. The log: {LOG}"
        )
    if remake:
        venv.mark(f"{folder}\n{BASE_PYTHON}")
    print(f"Installed in {time.monotonic() - began:.0f} s.", file=sys.stderr)


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


def _pip(commands: "_Commands") -> list[str]:
    """Return the pip in `.venv`, unpacked if need be; else the one beside the base Python."""
    if "pip" not in venv.packages([SITE_PACKAGES]):
        if importlib.util.find_spec("ensurepip") is None:
            return [BASE_PYTHON, "-P", "-m", "pip", "--python", venv.PYTHON]
        commands.run(venv.PYTHON, "-P", "-m", "ensurepip", "--default-pip")
    return [venv.PYTHON, "-P", "-m", "pip"]


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
            if not _try_lock(file.fileno()):
                print("Another run is installing into .venv: waiting for it.", file=sys.stderr)
                while not _try_lock(file.fileno()):
                    time.sleep(0.1)
            yield file.fileno()
    except OSError as error:
        raise CourseError(_explain([str(error)])) from error


def _try_lock(file: int) -> bool:
    """Whether this run holds the lock now. A file system that knows no locks grants it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES)
    return True


# --- Running uv and pip -----------------------------------------------------------------------


class _Commands:
    """Runs the commands of one installation, shows the last line they said, and keeps their log."""

    def __init__(self, lock: int) -> None:
        self._lock = lock
        self._lines: list[str] = []
        self._redraws = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def run(self, *command: str) -> None:
        """Run one command to its end; raise CourseError with what to do when it fails."""
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
        assert process.stdout
        try:
            for line in process.stdout:
                self._lines.append(line.rstrip())
                self._show(line.strip())
        except KeyboardInterrupt:
            process.terminate()
            raise
        finally:
            self._show("")
            with contextlib.suppress(OSError), open(LOG, "w", encoding="utf-8") as log:
                log.write("\n".join(self._lines))
        if process.wait():
            raise CourseError(f"{_explain(self._lines[-30:])} The log: {LOG}")

    def _show(self, line: str) -> None:
        """Put a line in the last one's place; none leaves the place empty."""
        if self._redraws:
            width = min(80, shutil.get_terminal_size().columns) - 1
            print(f"\r{line[:width]:<{width}}\r", end="", file=sys.stderr, flush=True)


def _own_environment() -> dict[str, str]:
    """Give pip and uv an environment in which nothing sends packages past `.venv`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "PIP_", "UV_", "FORCE_COLOR", "CLICOLOR"))
        or (name[:3] in ("PIP", "UV_") and any(p in name for p in (*FOR_INDEXES, *FOR_NETWORKS)))
    }
    return kept | dict.fromkeys(ON, "1") | dict.fromkeys(OFF, "0") | {"PYTHONIOENCODING": "utf-8"}


# --- What to do when it fails -----------------------------------------------------------------

NO_PIP = (
    "this Python cannot install packages. On Debian and Ubuntu run "
    f"`sudo apt install python3-venv python{venv.RUNNING_VERSION}-venv`"
)
ADVICE = {
    "No module named venv|No module named pip": NO_PIP,
    "space left|quota exceeded|not enough space": "the disk is full: free about 400 MB",
    "Read-only|denied|not permitted": f"{venv.ROOT} cannot be written: copy it to your own folder",
    "certificate|CERTIFICATE": "the network's certificate is not trusted here: ask who runs it",
    "connection|error sending|dns|resolution|getaddrinfo|timed out|Proxy": "check your network",
}


def _explain(lines: list[str]) -> str:
    """Say what to do about a failure, from the last lines that it printed."""
    last = [line for line in lines if "error" in line.lower()] or lines or ["no reason given"]
    for signs, advice in ADVICE.items():
        if any(sign in line for sign in signs.split("|") for line in lines):
            return f"the installation failed: {advice}, then {venv.AGAIN}."
    return f"the installation failed: {last[-1]}. Put that right, then {venv.AGAIN}."
