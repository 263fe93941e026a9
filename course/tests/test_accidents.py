"""Accidents: what a learner sees when something goes wrong, and that nothing they wrote is lost.

Each happens in a copy of the course, to commands that run as a learner runs them. However it ends,
no traceback appears, no half-written file is left, and every byte that was in `chapters/` before
is still there, or in `.course/copies/`.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from subprocess import PIPE

import pytest

from course.model.chapters import Chapter
from course.model.starters import starter
from course.tests.a_copy import ALL_KEPT, PATIENCE, command, copy_of_the_course, environment

MINE = "ch01_echo.py"


@dataclass
class Seen:
    """What a learner sees of one command: its exit status, and what it printed."""

    status: int
    out: str
    err: str = ""

    @property
    def text(self):
        return self.out + self.err


@dataclass
class Accident:
    """`happen(root)` makes it, in a copy of the course, and returns what was seen."""

    name: str
    happen: Callable
    before: Callable
    status: tuple[int, ...]
    says: str
    lines: int | None
    needs_posix: bool


ACCIDENTS: list[Accident] = []


def pristine(_root):
    """Leave the starters as they are."""


def accident(name, *, status=0, says="", lines=None, before=pristine, posix_only=False):
    """Register an accident.

    `before(root)` prepares the files, `status` is the exit status (or those that may be), `says` is
    seen, and `lines` is how many lines standard error has.
    """
    allowed = status if isinstance(status, tuple) else (status,)

    def register(happen):
        ACCIDENTS.append(Accident(name, happen, before, allowed, says, lines, posix_only))
        return happen

    return register


def learner(root, *arguments, first="", drop=(), variables=None, **options):
    """Run a command as `course()` does, without some variables, and with other options.

    `first` is what its process does before: Python, to which `os` is known.
    """
    started = command(*arguments)
    if first:
        code = f"import os, sys\n{first}\nos.execv(sys.argv[1], sys.argv[1:])"
        started = [sys.executable, "-c", code, *started]
    known = environment(**(variables or {}))
    defaults = {"stdin": subprocess.DEVNULL, "stdout": PIPE, "stderr": PIPE, "timeout": PATIENCE}
    done = subprocess.run(
        started,
        cwd=root,
        env={name: text for name, text in known.items() if name not in drop},
        encoding="utf-8",
        errors="replace",
        **(defaults | options),
    )
    return Seen(done.returncode, done.stdout or "", done.stderr or "")


def mine(root):
    return root / "chapters" / MINE


def solved(root, *change, end=""):
    """Write the reference into the learner's file, with one change."""
    text = (root / "solutions" / MINE).read_text(encoding="utf-8")
    mine(root).write_text((text.replace(*change) if change else text) + end, encoding="utf-8")


def written(content):
    """Put these bytes in the place of the learner's file."""
    return lambda root: mine(root).write_bytes(content)


def in_terminal(root, *arguments, **variables):
    """Run a command with a terminal as its output, and return all that it wrote there."""
    import pty

    ours, theirs = pty.openpty()
    with open(ours, "rb", buffering=0) as terminal:
        with open(theirs, "rb", buffering=0):
            running = subprocess.Popen(
                command(*arguments),
                cwd=root,
                env=environment(**variables),
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
            )
        pieces = []
        deadline = threading.Timer(PATIENCE, running.kill)
        deadline.start()
        with suppress(OSError):  # Linux's way to say that the other end is closed
            while piece := terminal.read(65536):
                pieces.append(piece)
        status = running.wait()
        deadline.cancel()
        return Seen(status, b"".join(pieces).decode())


# --- The disk -----------------------------------------------------------------------------------


# As root, on Linux: give up the right to write where the mode forbids it. 24 is PR_CAPBSET_DROP.
UNPRIVILEGED = """
if os.geteuid() == 0 and sys.platform == "linux":
    import ctypes
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
"""
# No file grows beyond a thousand bytes, as on a disk that is full.
LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))"


@accident(
    "chapters/ is read-only, reset",
    status=1,
    says="It was not changed",
    lines=1,
    before=solved,
    posix_only=True,
)
def chapters_read_only(root):
    (root / "chapters").chmod(0o555)
    result = learner(root, "reset", "1", first=UNPRIVILEGED)
    (root / "chapters").chmod(0o755)
    return result


@accident(
    "the whole course is read-only, check",
    status=0,
    says=ALL_KEPT,
    before=solved,
    posix_only=True,
)
def all_read_only(root):
    folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    result = learner(root, "check", "1", first=UNPRIVILEGED)
    for folder in folders:
        folder.chmod(0o755)
    assert not (root / ".course").exists()
    return result


@accident(
    "the disk is full when the copy is made, reset",
    status=1,
    says="the file was not changed",
    lines=1,
    before=solved,
    posix_only=True,
)
def full_for_the_copy(root):
    return learner(root, "reset", "1", first=LIMITED)


@accident(
    "the disk is full when the starter is written, reset",
    status=1,
    says="It was not changed",
    lines=1,
    before=written(b"# short\n"),
    posix_only=True,
)
def full_for_the_starter(root):
    return learner(root, "reset", "1", first=LIMITED)


@accident(
    ".course is a file, reset", status=1, says="the file was not changed", lines=1, before=solved
)
def memory_is_a_file(root):
    (root / ".course").write_text("a file")
    return learner(root, "reset", "1")


@accident(".course is a file, check and hint", status=0, says="Hint 1", before=solved)
def memory_is_a_file_check(root):
    (root / ".course").write_text("a file")
    assert learner(root, "check", "1").status == 0
    return learner(root, "hint", "1")


@accident("progress.json is damaged, status", status=0, says="echo", before=solved)
def memory_damaged(root):
    (root / ".course").mkdir()
    (root / ".course" / "progress.json").write_bytes(b'{"echo": {"digest": \xff')
    return learner(root, "status")


@accident("six resets at once", status=(0, 1), says="ch01_echo.py", before=solved)
def six_at_once(root):
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda _: learner(root, "reset", "1"), range(6)))
    assert any(result.status == 0 for result in results)
    assert mine(root).read_text("utf-8") == starter(Chapter("ch01_echo", root))
    for result in results:
        assert result.status == 0 or "was saved in the meantime" in result.err
        assert "Traceback" not in result.text
    return max(results, key=lambda result: result.status)


# --- The learner's file -------------------------------------------------------------------------


@accident(
    "the file was deleted, check",
    status=1,
    says="reset echo",
    before=lambda root: mine(root).unlink(),
)
def deleted(root):
    result = learner(root, "check", "1")
    assert learner(root, "reset", "1").status == 0
    assert mine(root).is_file()
    return result


@accident(
    "chapters/ was deleted, check",
    status=1,
    says="reset echo",
    lines=1,
    before=lambda root: shutil.rmtree(root / "chapters"),
)
def all_deleted(root):
    result = learner(root, "check", "1")
    assert learner(root, "reset", "1").status == 0
    assert learner(root, "check", "1").status == 8
    return result


def a_folder(root):
    mine(root).unlink()
    mine(root).mkdir()
    (mine(root) / "inside.py").write_text("# mine\n")


@accident(
    "the file is a folder, reset", status=1, says="is a folder. Rename it", lines=1, before=a_folder
)
def folder(root):
    assert learner(root, "check", "1").status == 1
    return learner(root, "reset", "1")


@accident(
    "the file is not UTF-8, check",
    status=1,
    says="not saved as UTF-8",
    before=written("cafe = 'café'\n".encode("latin-1")),
)
def latin(root):
    return learner(root, "check", "1")


@accident(
    "the file is not UTF-8, borrow 1 --task 2",
    status=1,
    says="not saved as UTF-8",
    lines=1,
    before=written("cafe = 'café'\n".encode("latin-1")),
)
def latin_borrow(root):
    return learner(root, "borrow", "1", "--task", "2")


@accident(
    "the file is empty, check", status=1, says="has no name 'open_listener'", before=written(b"")
)
def empty(root):
    return learner(root, "check", "1")


@accident(
    "the file is empty, reset 1 --task 2",
    status=1,
    says="has no function echo",
    lines=1,
    before=written(b""),
)
def empty_task(root):
    return learner(root, "reset", "1", "--task", "2")


@accident(
    "the file has CRLF and a byte order mark, check",
    status=0,
    says=ALL_KEPT,
    before=lambda root: (solved(root), crlf(root)),
)
def with_crlf(root):
    return learner(root, "check", "1")


def crlf(root):
    text = mine(root).read_text(encoding="utf-8")
    mine(root).write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))


@accident(
    "the file has CRLF and a byte order mark, reset 1 --task 2",
    status=0,
    says="echo",
    before=lambda root: (solved(root), crlf(root)),
)
def with_crlf_reset(root):
    before = mine(root).read_bytes()
    result = learner(root, "reset", "1", "--task", "2")
    after = mine(root).read_bytes()
    assert after.count(b"\n") == after.count(b"\r\n")
    begin, end = before.index(b"    total = 0"), before.index(b"    return total")
    line = b'    raise NotImplementedError("ch01 task 2: echo")\r\n'
    assert after == before[:begin] + line + before[end:].partition(b"\n")[2]
    return result


@accident(
    "a syntax error, check",
    status=1,
    says="line ",
    before=lambda root: solved(root, "def ask(", "def ask(("),
)
def syntax(root):
    return learner(root, "check", "1")


@accident(
    "a syntax error, borrow 1 --task 2",
    status=1,
    says="Python cannot read",
    lines=1,
    before=lambda root: solved(root, "def ask(", "def ask(("),
)
def syntax_borrow(root):
    return learner(root, "borrow", "1", "--task", "2")


@accident(
    "a syntax error, solution 1 --spoil",
    status=0,
    says="Python cannot read",
    before=lambda root: solved(root, "def ask(", "def ask(("),
)
def syntax_solution(root):
    return learner(root, "solution", "1", "--spoil")


@accident(
    "the file prints when it is imported, check",
    status=0,
    says=ALL_KEPT,
    before=lambda root: solved(root, end="print('hello\\n' * 10_000)\n"),
)
def prints(root):
    return learner(root, "check", "1")


@accident(
    "the file exits when it is imported, check",
    status=1,
    says="SystemExit",
    before=lambda root: solved(root, end="exit()\n"),
)
def exits(root):
    return learner(root, "check", "1")


@accident(
    "the file leaves by os._exit(0) when it is imported, check",
    status=1,
    says="os._exit(0) would also end the check",
    before=lambda root: solved(root, end="import os; os._exit(0)\n"),
)
def exits_at_once(root):
    return learner(root, "check", "1")


# --- The course's own files ---------------------------------------------------------------------


@accident(
    "the suite was edited, check",
    status=1,
    says="git diff tests/test_ch01_echo.py",
    lines=1,
    before=solved,
)
def suite_edited(root):
    suite = root / "tests" / "test_ch01_echo.py"
    names = ["-c", "user.name=me", "-c", "user.email=me@localhost", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q"], ["add", "tests"], ["commit", "-q", "-m", "The course"]):
        subprocess.run(["git", *names, *words], cwd=root, check=True)
    suite.write_text(suite.read_text("utf-8") + "def (\n", encoding="utf-8")
    assert learner(root, "hint", "1").status == 1
    return learner(root, "check", "1")


@accident("the suite is not UTF-8, status", status=0, says="echo", before=solved)
def suite_latin(root):
    suite = root / "tests" / "test_ch01_echo.py"
    suite.write_bytes(suite.read_bytes() + b"# caf\xe9\n")
    return learner(root, "status")


def without_solutions(root):
    solved(root)
    for file in (root / "solutions").iterdir():
        file.unlink()


@accident("solutions/ is missing, check", status=0, says=ALL_KEPT, before=without_solutions)
def no_solutions(root):
    return learner(root, "check", "1")


@accident(
    "solutions/ is missing, solution 1 --spoil",
    status=1,
    says="is not here",
    lines=1,
    before=without_solutions,
)
def no_solutions_shown(root):
    for arguments in (["reset"], ["borrow"], ["borrow", "--task", "2"]):
        assert learner(root, *arguments, "1").status == 1
    return learner(root, "solution", "1", "--spoil")


@accident(
    "the solution was edited, reset",
    status=1,
    says="git checkout solutions/",
    lines=1,
    before=solved,
)
def solution_edited(root):
    (root / "solutions" / MINE).write_text("def (\n", encoding="utf-8")
    return learner(root, "reset", "1")


# --- What is typed ------------------------------------------------------------------------------


@accident("an unknown chapter, reset 99", status=2, says="1 echo, 2 four_tuple", lines=1)
def unknown_chapter(root):
    for name in ("check", "hint", "solution", "borrow", "restore", "lab"):
        assert learner(root, name, "99").status == 2
    return learner(root, "reset", "99")


@accident("an unknown task, borrow 1 --task 9", status=2, says="2 echo", lines=1, before=solved)
def unknown_task(root):
    for name in ("hint", "solution", "reset"):
        assert learner(root, name, "1", "--task", "9").status == 2
    return learner(root, "borrow", "1", "--task", "9")


@accident("an unknown command, chekc", status=2, says="'chekc'", lines=1)
def unknown_command(root):
    return learner(root, "chekc")


@accident("the reference too early, solution 1", status=1, says="--spoil", lines=1)
def too_early(root):
    return learner(root, "solution", "1")


# --- The surroundings ---------------------------------------------------------------------------


@accident("no HOME, check", status=0, says=ALL_KEPT, before=solved)
def no_home(root):
    return learner(root, "check", "1", drop=("HOME", "USERPROFILE", "XDG_CACHE_HOME"))


@accident(
    "no terminal and no standard input, check",
    status=0,
    says=ALL_KEPT,
    before=solved,
    posix_only=True,
)
def no_terminal(root):
    return learner(root, "check", "1", first="os.setsid(); os.close(0)")


@accident(
    "no standard output, check",
    status=1,
    before=lambda root: solved(root, "sendall", "send"),
    posix_only=True,
)
def no_output(root):
    return learner(root, "check", "1", first="os.close(1); os.close(2)")


@accident(
    "standard output is full, status", status=1, says="No space left", lines=1, posix_only=True
)
def full_output(root):
    with open("/dev/full", "wb") as full:
        return learner(root, "status", stdout=full)


@accident(
    "the reader of a pipe has gone, solution request --spoil", status=1, lines=0, posix_only=True
)
def pipe_closed(root):
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as pipe:
        return learner(root, "solution", "request", "--spoil", stdout=pipe)


PLAIN = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@accident(
    "LANG=C, check",
    status=1,
    says="b'a' expected",
    before=lambda root: solved(root, "sendall(piece)", "sendall(piece.upper())"),
)
def ascii_only(root):
    result = learner(root, "check", "1", drop=("PYTHONIOENCODING",), variables=PLAIN)
    assert result.text.isascii()
    return result


@accident(
    "NO_COLOR in a terminal, solution 1 --spoil",
    status=0,
    says="+ the reference",
    before=solved,
    posix_only=True,
)
def no_color(root):
    result = in_terminal(root, "solution", "1", "--spoil", NO_COLOR="1", TERM="xterm", PAGER="cat")
    assert "\x1b[3" not in result.out
    return result


@accident(
    "TERM=dumb in a terminal, check",
    status=1,
    says="Broken promise",
    before=lambda root: solved(root, "sendall(piece)", "sendall(piece.upper())"),
    posix_only=True,
)
def dumb(root):
    for arguments in (["status"], ["solution", "request", "--spoil"]):
        assert "\x1b" not in in_terminal(root, *arguments, TERM="dumb").out
    result = in_terminal(root, "check", "1", TERM="dumb")
    assert "\x1b" not in result.out
    return result


@accident("a path with spaces and other letters, check", status=0, says=ALL_KEPT, before=solved)
def odd_path(root):
    odd = root.with_name("Mein Kürs ☃ 'n' so")
    root.rename(odd)
    try:
        assert learner(odd, "borrow", "four_tuple", "--task", "1").status == 0
        assert learner(odd, "solution", "four_tuple", "--spoil").status == 0
        assert learner(odd, "restore", "2").status == 0
        return learner(odd, "check", "1")
    finally:
        odd.rename(root)


def waits_at_import(root):
    """Let the learner's file tell the test, when it is imported, that it waits forever."""
    code = "import socket; _s = socket.create_connection(('127.0.0.1', int(open('port').read())))"
    solved(root, end=f"{code}; _s.recv(1)\n")


@accident(
    "Ctrl-C in the middle of a check",
    status=130,
    says="Stopped.",
    before=waits_at_import,
    posix_only=True,
)
def interrupted(root):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        (root / "port").write_text(str(listener.getsockname()[1]))
        running = subprocess.Popen(
            command("check", "1"),
            cwd=root,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            text=True,
        )
        conn, _ = listener.accept()
        with conn:
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=PATIENCE)
    assert not (root / ".course" / "progress.json").exists()
    return Seen(running.returncode, out, err)


# --- What holds for each of them ----------------------------------------------------------------


@pytest.fixture(scope="module")
def happenings(tmp_path_factory):
    """Let every accident happen in a copy of its own, as many at a time as there are cores."""

    template = tmp_path_factory.mktemp("course")
    copy_of_the_course(template)

    def happen(one, root):
        shutil.copytree(template, root, dirs_exist_ok=True)
        one.before(root)
        before = {path.read_bytes() for path in (root / "chapters").rglob("*") if path.is_file()}
        return root, before, one.happen(root)

    chosen = [one for one in ACCIDENTS if sys.platform != "win32" or not one.needs_posix]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {
            one.name: pool.submit(happen, one, tmp_path_factory.mktemp("accident"))
            for one in chosen
        }
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("one", ACCIDENTS, ids=lambda one: one.name)
def test_accident(one, happenings):
    if one.name not in happenings:
        pytest.skip("needs POSIX")
    root, before, result = happenings[one.name].result()
    words = " ".join(result.text.replace("│", " ").split())
    assert result.status in one.status, result.text
    assert one.says in words
    assert "Traceback" not in words
    if one.lines is not None:
        assert len(result.err.splitlines()) == one.lines
    kept = [path for name in ("chapters", ".course") for path in (root / name).rglob("*")]
    assert before <= {path.read_bytes() for path in kept if path.is_file()}
    assert [path for path in kept if path.suffix == ".new"] == []
