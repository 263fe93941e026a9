"""What the course needs, installed into `.venv` on first use (standard library only).

`ensure` runs before every command, so what it needs on the way through is two small files and a few
folder listings; modules that only an installation needs are imported where they are used.
"""

from __future__ import annotations

import os
import sys
import zlib

from course.errors import CourseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from typing import TextIO

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
WINDOWS = sys.platform == "win32"
PYTHON = os.path.join(VENV, "Scripts" if WINDOWS else "bin", "python.exe" if WINDOWS else "python")
BASE_PYTHON: str = getattr(sys, "_base_executable", sys.executable)
MARK = os.path.join(VENV, "course-installed.txt")
LOG = os.path.join(VENV, "install.log")
LOCK = os.path.join(ROOT, ".course", "install.lock")
RESTARTED = "COURSE_RESTARTED"
OLDEST = (3, 10)
AGAIN = "run the same command again"

NEW = "Installing what the course needs into .venv (about 300 MB). This happens once."
UNFINISHED = "The last installation did not finish: making .venv again (about 300 MB)."
MOVED = "This .venv was made in another folder: making it again here (about 300 MB)."
GONE = "The Python that .venv was made with is gone: making .venv again (about 300 MB)."
CHANGED = "The list of packages has changed: bringing .venv up to date."
MISSING = "Some packages are missing from .venv: adding them."
REMADE = (NEW, UNFINISHED, MOVED, GONE)


class StoppedError(CourseError):
    """You pressed Ctrl-C during an installation."""

    status = 130


def ensure(requirements: str = "requirements.txt") -> None:
    """Return when every package of `requirements` is importable here; restart in `.venv` if not.

    Makes and completes `.venv` where that is needed. Raises CourseError when it cannot.
    """
    inside = _inside()
    missing = _missing(requirements, sys.path)
    trouble = _trouble(requirements) if inside or missing else None
    if trouble is None and not missing:
        os.environ.pop(RESTARTED, None)
        return
    _refuse_endless_restarts(inside)
    if trouble is not None:
        try:
            _repair(requirements)
        except CourseError as error:
            if trouble != CHANGED or missing or isinstance(error, StoppedError):
                raise
            _say(f"course: {error} The packages from before still work: going on with them.")
            return
    _restart("after an installation" if trouble else "as it was")


def ensure_dev(requirements: str = "requirements-dev.txt") -> bool:
    """Return whether the maintainers' tools are importable, after installing them if need be.

    Installs only when the running Python is that of `.venv`. Says in one line why it could not.
    """
    import importlib

    if not _missing(requirements, sys.path):
        return True
    if not _inside():
        _say("The maintainers' tools are missing: run this with the Python of .venv to have them.")
        return False
    try:
        with _locked() as lock:
            _install(requirements, "Installing the maintainers' tools into .venv.", lock)
    except StoppedError:
        raise
    except CourseError as error:
        _say(f"The maintainers' tools could not be installed. {error}")
        return False
    importlib.invalidate_caches()
    return not _missing(requirements, sys.path)


# --- Is there anything to do? -----------------------------------------------------------------


def _inside() -> bool:
    """Whether the running Python is that of `.venv`."""
    try:
        return os.path.samefile(sys.prefix, VENV)
    except OSError:
        return False


def _missing(requirements: str, folders: Iterable[str]) -> list[str]:
    """Name the packages that no folder of this search path holds."""
    present = _packages(folders)
    return [name for name in _required(requirements) if name not in present]


def _packages(folders: Iterable[str]) -> set[str]:
    """Name the distributions in these folders."""
    present = set()
    for folder in folders:
        try:
            entries = os.listdir(folder or ".")
        except OSError:
            continue
        present |= {_name(e) for e in entries if e.endswith((".dist-info", ".egg-info"))}
    return present


def _required(requirements: str) -> Iterator[str]:
    """Read the names in a requirements file: one a line, without environment markers."""
    for line in _read(os.path.join(ROOT, requirements)).splitlines():
        entry = line.partition("#")[0].strip()
        if entry.startswith("-r"):
            yield from _required(entry[2:].strip())
        elif entry:
            yield _name(entry.replace("-", "_"))


def _name(text: str) -> str:
    """Take the normalised name from the start of a requirement or of a folder's name."""
    end = next((i for i, c in enumerate(text) if not (c.isalnum() or c in "._")), len(text))
    return text[:end].lower().replace(".", "_")


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise CourseError(f"{path} cannot be read ({error.strerror}).") from error


def _trouble(requirements: str) -> str | None:
    """Why `.venv` cannot be used as it is, as a line for the learner; None when it can."""
    if not os.path.lexists(VENV) or (os.path.isdir(VENV) and not os.listdir(VENV)):
        return NEW
    mark = _fields(MARK, " ")
    if mark.get("state") == "unfinished":
        return UNFINISHED
    trouble = _broken(mark)
    if trouble is not None:
        return trouble
    if _inside():
        if mark and mark.get("requirements") != _fingerprint(requirements):
            return CHANGED
        return MISSING if _missing(requirements, sys.path) else None
    return MISSING if not mark and _missing(requirements, _package_folders()) else None


def _broken(mark: dict[str, str]) -> str | None:
    """Why the Python of `.venv` cannot be trusted to start, if so. Only our own is ever remade."""
    made_with = _fields(os.path.join(VENV, "pyvenv.cfg"), "=")
    starts = os.path.exists(PYTHON) and os.path.isdir(made_with.get("home", ""))
    if mark.get("made-by") != "course":
        _refuse_unusable(made_with, starts)
        return None
    if not starts or (_inside() and mark["python"] != _version()):
        return GONE
    return None if _same_folder(mark["folder"]) else MOVED


def _refuse_unusable(made_with: dict[str, str], starts: bool) -> None:
    """Raise CourseError when a `.venv` that you made is no use: it is never deleted for you."""
    version = made_with.get("version") or made_with.get("version_info") or "0.0"
    if not made_with:
        problem = "is not a virtual environment"
    elif not starts:
        problem = f"was made with a Python that is gone ({made_with.get('home')})"
    elif tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        problem = f"holds Python {version}, and the course needs {OLDEST[0]}.{OLDEST[1]} or newer"
    else:
        return
    raise CourseError(f"{VENV} {problem}. Rename it or delete it, then {AGAIN}.")


def _fields(path: str, separator: str) -> dict[str, str]:
    """Read the `key<separator>value` lines of a file; none when there is no such file."""
    try:
        with open(path, encoding="utf-8") as file:
            pairs = [line.partition(separator) for line in file]
    except OSError:
        return {}
    return {key.strip(): value.strip() for key, _, value in pairs}


def _same_folder(path: str) -> bool:
    try:
        return os.path.samefile(path, VENV)
    except OSError:
        return False


def _fingerprint(requirements: str) -> str:
    return f"{zlib.crc32(_read(os.path.join(ROOT, requirements)).encode()):08x}"


def _version() -> str:
    return "{}.{}".format(*sys.version_info)


def _package_folders() -> list[str]:
    """Where `.venv` keeps its packages, seen from outside."""
    if WINDOWS:
        return [os.path.join(VENV, "Lib", "site-packages")]
    library = os.path.join(VENV, "lib")
    versions = os.listdir(library) if os.path.isdir(library) else []
    return [os.path.join(library, version, "site-packages") for version in versions]


# --- Start again in .venv ---------------------------------------------------------------------


def _refuse_endless_restarts(inside: bool) -> None:
    restarted = os.environ.pop(RESTARTED, None)
    if restarted == "after an installation" or (restarted and not inside):
        raise CourseError(
            f"{sys.executable} was started for its packages, but does not find them. "
            f"Delete the folder {VENV}, then {AGAIN}."
        )


def _restart(why: str) -> None:
    """Run the same command with the Python of `.venv`, in this process's place."""
    os.environ[RESTARTED] = why
    command = [PYTHON, *sys.orig_argv[1:]]
    sys.stdout.flush()
    if WINDOWS:
        import signal
        import subprocess

        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command itself answers Ctrl-C
        sys.exit(subprocess.call(command))
    os.execv(PYTHON, command)


# --- Install ----------------------------------------------------------------------------------


def _repair(requirements: str) -> None:
    """Make, remake or complete `.venv`, unless another run has done so meanwhile."""
    with _locked() as lock:
        trouble = _trouble(requirements)
        if trouble in REMADE:
            _clear()
        if trouble is not None:
            _install(requirements, trouble, lock)


def _locked() -> AbstractContextManager[int]:
    """Let one run at a time change `.venv`; turn what goes wrong meanwhile into one clear line.

    Gives the lock's file descriptor: an installer that inherits it holds the lock, so that not
    even one whose parent was killed can be disturbed.
    """
    import contextlib

    @contextlib.contextmanager
    def locked() -> Iterator[int]:
        try:
            os.makedirs(os.path.dirname(LOCK), exist_ok=True)
            with open(LOCK, "a", encoding="utf-8") as file:
                _wait_for_lock(file)
                yield file.fileno()
        except OSError as error:
            raise CourseError(_explain([str(error)])) from error
        except KeyboardInterrupt:
            raise StoppedError(f"stopped. To finish the installation, {AGAIN}.") from None

    return locked()


def _wait_for_lock(file: TextIO) -> None:
    import time

    locked = _try_lock(file)
    if not locked:
        _say("Another run is installing into .venv: waiting until it has finished.")
    while not locked:
        time.sleep(0.1)
        locked = _try_lock(file)


def _try_lock(file: TextIO) -> bool:
    """Whether this run holds the lock now. A file system that knows no locks grants it."""
    import errno

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


def _clear() -> None:
    """Mark `.venv` as ours and unfinished, and empty it (it may be a link to a larger disk)."""
    import shutil

    if WINDOWS and _inside():
        raise CourseError(f"Leave .venv first: run `deactivate`, then {AGAIN}.")
    os.makedirs(VENV, exist_ok=True)
    _write_mark({"state": "unfinished", "made-by": "course"})
    with os.scandir(VENV) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            elif entry.path != MARK:
                os.unlink(entry.path)


def _write_mark(fields: dict[str, str]) -> None:
    with open(MARK + ".new", "w", encoding="utf-8") as file:
        file.writelines(f"{key} {value}\n" for key, value in fields.items())
    os.replace(MARK + ".new", MARK)


def _install(requirements: str, reason: str, lock: int) -> None:
    """Install the packages of `requirements` with uv, or else with pip, and mark it as done."""
    import shutil

    uv = shutil.which("uv")
    _say(reason)
    with _Installation(lock) as installation:
        if reason in REMADE:
            installation.run(_venv_command(uv), "making .venv")
        command = [*_install_command(uv, installation), "-r", os.path.join(ROOT, requirements)]
        installation.run(
            [*command, "--upgrade"] if reason == CHANGED else command, "asking for the packages"
        )
        _write_mark(_finished_mark())
    installation.report()


def _finished_mark() -> dict[str, str]:
    made_with = _fields(os.path.join(VENV, "pyvenv.cfg"), "=")
    version = made_with.get("version") or made_with["version_info"]
    return {
        "made-by": _fields(MARK, " ").get("made-by", "you"),
        "folder": os.path.realpath(VENV),
        "python": ".".join(version.split(".")[:2]),
        "requirements": _fingerprint("requirements.txt"),
    }


def _venv_command(uv: str | None) -> list[str]:
    if uv:
        return [uv, "venv", "--python", BASE_PYTHON, "--allow-existing", VENV]
    return [BASE_PYTHON, "-m", "venv", "--without-pip", VENV]


def _install_command(uv: str | None, installation: _Installation) -> list[str]:
    """uv; else the pip in `.venv`, unpacked if need be; else the pip beside the base Python."""
    import importlib.util

    if uv:
        return [uv, "pip", "install", "--python", PYTHON]
    if "pip" not in _packages(_package_folders()):
        if importlib.util.find_spec("ensurepip") is None:
            return [*_outside_pip(), "--python", PYTHON, "install"]
        installation.run([PYTHON, "-m", "ensurepip", "--default-pip"], "unpacking pip")
    return [PYTHON, "-m", "pip", "install"]


def _outside_pip() -> list[str]:
    """Find a pip that can install into another environment (22.3 or newer)."""
    import subprocess

    pip = [BASE_PYTHON, "-m", "pip"]
    answer = subprocess.run([*pip, "--version"], capture_output=True, text=True, check=False)
    words = answer.stdout.split()
    if len(words) < 2 or tuple(int(part) for part in words[1].split(".")[:2]) < (22, 3):
        raise CourseError(NO_VENV)
    return pip


class _Installation:
    """Runs the commands of one installation, shows how far they are, and keeps their log."""

    def __init__(self, lock: int) -> None:
        import time

        self._lock = lock
        self._started = time.monotonic()
        self._screen = _Screen(sys.stderr)
        self._lines: list[str] = []
        self._doing = ""
        self._found = 0
        self._total = 0
        self._installed = 0
        self._before = 0

    def __enter__(self) -> _Installation:
        return self

    def __exit__(self, *error: object) -> None:
        self._screen.clear()
        self._store()

    def run(self, command: list[str], doing: str) -> None:
        """Run one command to its end; raise CourseError with what to do when it fails."""
        import subprocess

        self._doing = doing
        self._found = self._total = 0
        self._before = len(_packages(_package_folders()))
        self._lines.append(f"$ {' '.join(command)}")
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=_own_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            pass_fds=() if WINDOWS else (self._lock,),
        )
        try:
            self._watch(process)
        except KeyboardInterrupt:
            _stop(process)
            raise
        if process.wait():
            self._screen.clear()
            raise CourseError(f"{_explain(self._lines[-30:])} The log: {self._store()}")

    def report(self) -> None:
        """Say what it came to."""
        packages = "package" if self._installed == 1 else "packages"
        _say(f"Installed {self._installed} {packages} in {self._seconds()} s.")

    def _watch(self, process: subprocess.Popen[str]) -> None:
        import threading

        reader = threading.Thread(target=self._read, args=[process.stdout], daemon=True)
        reader.start()
        while reader.is_alive():
            self._screen.show(self._seconds(), self._so_far(), self._total, self._doing)
            reader.join(0.1)

    def _read(self, output: Iterable[str]) -> None:
        for line in output:
            self._lines.append(line.rstrip())
            self._note(line.replace(",", " ").split())

    def _note(self, words: list[str]) -> None:
        """Learn from a line that pip or uv printed."""
        match words:
            case ["Collecting", name, *_]:
                self._found += 1
                self._doing = f"finding {_name(name.replace('-', '_'))}"
            case ["Using", "cached", name, *_] | ["Downloading" | "Building" | "Built", name, *_]:
                if not name.endswith(".metadata"):
                    self._doing = f"fetching {name.partition('-')[0]}"
            case ["Resolved", count, *_]:
                self._total = int(count)
            case ["Installing", "collected", "packages:", *names]:
                self._total = len(names)
                self._doing = "installing"
            case ["Prepared", *_]:
                self._doing = "installing"
            case ["Successfully", "installed", *names]:
                self._installed = len(names)
            case ["Installed", count, "package" | "packages", *_]:
                self._installed = int(count)
            case ["WARNING:", "Retrying", *_]:
                self._doing = "no answer from the network, trying again"

    def _so_far(self) -> int:
        if not self._total:
            return self._found
        return max(0, len(_packages(_package_folders())) - self._before)

    def _seconds(self) -> int:
        import time

        return round(time.monotonic() - self._started)

    def _store(self) -> str:
        """Store the log in `.venv`, or else among the temporary files; return where."""
        import tempfile

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
    import subprocess

    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()


NO_VENV = (
    "This Python cannot make virtual environments. On Debian and Ubuntu run "
    f"`sudo apt install python3-venv python{_version()}-venv`, then {AGAIN}."
)
ADVICE = (
    (
        ("No space left on device", "quota exceeded", "not enough space on the disk"),
        f"The disk is full: free about 400 MB, then {AGAIN}.",
    ),
    (
        ("Read-only file system", "Permission denied", "Access is denied", "not permitted"),
        f"{ROOT} cannot be written: copy the course to a folder of your own, then {AGAIN}.",
    ),
    (
        ("CERTIFICATE_VERIFY_FAILED", "invalid peer certificate"),
        "The network answers with a certificate that is not trusted here (a company's proxy does "
        f"so): make pip or uv trust it, then {AGAIN}.",
    ),
    (
        (
            "Failed to establish a new connection",
            "error sending request",
            "dns error",
            "name resolution",
            "getaddrinfo failed",
            "timed out",
            "ProxyError",
        ),
        f"The packages could not be fetched: check your network, then {AGAIN}.",
    ),
    (("No module named venv", "ensurepip is not available"), NO_VENV),
)


def _explain(lines: list[str]) -> str:
    """Say what to do about a failure, from the last lines that it printed."""
    text = "\n".join(lines)
    for signs, advice in ADVICE:
        if any(sign in text for sign in signs):
            return advice
    errors = [line for line in lines if line.lower().startswith("error")] or lines
    return f"The installation failed: {errors[-1]} Put that right, then {AGAIN}."


# --- Show -------------------------------------------------------------------------------------


class _Screen:
    """One line that is redrawn on a terminal, or now and then a line elsewhere. No colours."""

    INTERVAL = 5

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._redraws = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._turns, self._bar = (
            ("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "━─") if _speaks_unicode(stream) else ("|/-\\", "#-")
        )
        self._drawn = 0
        self._next = self.INTERVAL

    def show(self, seconds: int, packages: int, total: int, doing: str) -> None:
        """Show how far the installation is."""
        count = f"{packages} of {total} packages" if total else f"{packages} packages"
        if self._redraws:
            turn = self._turns[self._drawn % len(self._turns)]
            bar = f"{self._draw_bar(packages / total)}  " if total else ""
            self._write(f"{turn} {seconds:>3} s  {bar}{count}  {doing}")
            self._drawn += 1
        elif seconds >= self._next:
            self._next = seconds + self.INTERVAL
            _say(f"{seconds:>3} s  {count}  {doing}")

    def clear(self) -> None:
        """Take the line away."""
        if self._redraws and self._drawn:
            self._stream.write("\r" + " " * (self._width() + len("^C")) + "\r")
            self._stream.flush()
            self._drawn = 0

    def _draw_bar(self, share: float) -> str:
        full = round(20 * min(1.0, share))
        return self._bar[0] * full + self._bar[1] * (20 - full)

    def _write(self, line: str) -> None:
        width = self._width()
        self._stream.write("\r" + line[:width].ljust(width))
        self._stream.flush()

    def _width(self) -> int:
        """Count the columns that leave the terminal room to show a `^C` without a line break."""
        import shutil

        return min(80, shutil.get_terminal_size().columns) - len("^C") - 1


def _speaks_unicode(stream: TextIO) -> bool:
    try:
        "⠋━─".encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
