"""`python3 -m course watch` in a real terminal: what it leaves behind, and where there is none."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress

import psutil
import pytest

from course.model.chapters import Chapter, find
from course.model.progress import Progress
from course.tests.a_copy import (
    ALL_KEPT,
    ECHO_TASKS,
    NONE_KEPT,
    command,
    copy_of_the_course,
    course,
    environment,
    make_impatient,
)

ECHO = "ch01_echo"
PATIENCE = 60  # s
LOOP = "    while piece := conn.recv(CHUNK):"
ENDLESS = (LOOP, f"    while True: pass\n{LOOP}")
LOUD = ("CHUNK = 65536", "CHUNK = 65536\nopen('/dev/tty', 'w').write('LOUD')")
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9\d|10\d)[;m]")
UNDERLINED = re.compile(r"\x1b\[(?:\d+;)*4(?:;\d+)*m 1  echo")
MODES = {"another screen": 1049, "mouse": 1000, "mouse moves": 1003, "paste": 2004}


@pytest.fixture
def root(tmp_path):
    copy_of_the_course(tmp_path)
    make_impatient(tmp_path)
    return tmp_path


def save(root, *change):
    chapter = Chapter(ECHO, root)
    text = chapter.solution.read_text("utf-8").replace(*(change or ("", "")), 1)
    chapter.workbench.write_text(text, encoding="utf-8")


class Terminal:
    """A terminal of 24 lines and 80 columns with `watch` in it."""

    def __init__(self, root, **variables):
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.settings = termios.tcgetattr(self._slave)
        self.output = ""
        self.process = subprocess.Popen(
            command("watch", "1"),
            cwd=root,
            env=environment(**{"TERM": "xterm-256color", "COLORTERM": "truecolor"} | variables),
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.family():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait(PATIENCE)
        os.close(self._master)
        os.close(self._slave)

    def family(self):
        """Return every process that has been started here and still runs."""
        if self.process.poll() is not None:
            return []
        screen = psutil.Process(self.process.pid)
        return [screen, *screen.children(recursive=True)]

    def sees(self, words):
        """Wait until these words have been drawn after what was seen before; return all since."""
        end, start = time.monotonic() + PATIENCE, len(self.output)
        while words not in self.output[start:]:
            assert time.monotonic() < end, f"{words!r} not in {self.output[start:]!r}"
            self._read(0.1)
        return self.output[start:]

    def types(self, keys):
        os.write(self._master, keys)

    def ends(self):
        """Wait for the end and return the exit status."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < end, "watch does not end"
            self._read(0.1)
        self._read(0)
        return self.process.returncode

    def untidy(self):
        """Name what a terminal that is as it was would have otherwise."""
        modes = {name: self._last(mode) for name, mode in MODES.items()}
        found = [name for name, last in modes.items() if last == "h"]
        found += ["cursor"] if self._last(25) == "l" else []
        return found + (["settings"] if termios.tcgetattr(self._slave) != self.settings else [])

    def _last(self, mode):
        return "".join(re.findall(rf"\x1b\[\?{mode}([hl])", self.output))[-1:]

    def _read(self, seconds):
        while select.select([self._master], [], [], seconds)[0]:
            self.output += os.read(self._master, 65536).decode("utf-8", "replace")
            seconds = 0


def left(processes):
    """Return those of some processes that do not end."""
    end = time.monotonic() + PATIENCE
    while (running := [p for p in processes if runs(p)]) and time.monotonic() < end:
        time.sleep(0.01)  # psutil.wait_procs() looks less often
    return running


def runs(process):
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_it_leaves_nothing_behind(root):
    save(root)
    with Terminal(root) as terminal:
        terminal.sees(ALL_KEPT)
        assert "another screen" in terminal.untidy()
        family = terminal.family()
        assert len(family) >= 2
        terminal.types(b"q")
        assert (terminal.ends(), terminal.untidy(), left(family)) == (0, [], [])


def test_ctrl_c_in_the_middle_of_a_check(root):
    save(root, *ENDLESS)
    with Terminal(root) as terminal:
        terminal.sees(f"promise {ECHO_TASKS.index(2) + 1} of {len(ECHO_TASKS)}")
        family = terminal.family()
        terminal.types(b"\x03")
        terminal.sees("Stopped.")
        terminal.types(b"\x03")
        assert (terminal.ends(), terminal.untidy(), left(family)) == (0, [], [])


def test_two_watches_at_once_see_the_same(root):
    with Terminal(root) as one, Terminal(root) as two:
        for terminal in (one, two):
            terminal.sees(NONE_KEPT)
        save(root)
        work = Chapter(ECHO, root).workbench.read_bytes()
        for terminal in (one, two):
            terminal.sees(ALL_KEPT)
            terminal.types(b"q")
            assert (terminal.ends(), terminal.untidy()) == (0, [])
    assert Chapter(ECHO, root).workbench.read_bytes() == work
    assert Progress(root).is_done(Chapter(ECHO, root))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL])
def test_it_is_ended_from_outside_in_the_middle_of_a_check(root, number):
    save(root, *ENDLESS)
    with Terminal(root) as terminal:
        terminal.sees(f"promise {ECHO_TASKS.index(2) + 1} of {len(ECHO_TASKS)}")
        family = terminal.family()
        terminal.process.send_signal(number)
        terminal.ends()
        assert left(family) == []
        assert number == signal.SIGKILL or terminal.untidy() == []


def test_without_colour(root):
    save(root, "conn.sendall(piece)", "conn.sendall(piece.upper())")
    with Terminal(root, NO_COLOR="1") as terminal:
        terminal.sees("Broken promise")
        terminal.types(b"h")
        terminal.sees("Hint 1")
        terminal.types(b"l")
        last = f"{find('routing').number}  routing"
        assert UNDERLINED.search(terminal.sees(last)), "which chapter is chosen?"
        assert COLOUR.findall(terminal.output) == []


def test_in_colour(root):
    with Terminal(root) as terminal:
        terminal.sees(NONE_KEPT)
        assert COLOUR.findall(terminal.output)


def test_answers_cannot_draw_on_the_terminal(root):
    save(root, *LOUD)
    with Terminal(root) as terminal:
        terminal.sees("No such device")
        assert "LOUD" not in terminal.output.replace("'LOUD'", "")


def test_a_dumb_terminal_is_one_line(root):
    with Terminal(root, TERM="dumb") as terminal:
        assert terminal.ends() == 1
        assert terminal.output == f"course: {NO_TERMINAL}\r\n"


def test_no_terminal_is_one_line(root):
    done = course(root, "watch")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"course: {NO_TERMINAL}\n")


NO_TERMINAL = (
    "watch needs a terminal that it can draw on. This checks once: python3 -m course check echo"
)


@pytest.mark.parametrize("package", ["textual", "watchdog"])
def test_a_package_that_cannot_be_imported_is_one_line(root, package):
    damaged = root / ".course" / "damaged"
    damaged.mkdir(parents=True)
    (damaged / f"{package}.py").write_text("raise ImportError('half of it is gone')")
    with Terminal(root, PYTHONPATH=str(damaged), COURSE_RESTARTED=sys.executable) as terminal:
        assert terminal.ends() == 1
        assert terminal.output.startswith("course: watch cannot start: half of it is gone. Delete")
        assert terminal.output.count("\n") == 1


def test_an_unknown_chapter_is_one_line(root):
    done = course(root, "watch", "99")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("course: chapter '99' does not exist.")
