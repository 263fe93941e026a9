"""JupyterLab, opened from the screen of `watch`, closes with it."""

import sys
import time

import psutil
import pytest

from course.commands.watch.background import Lessons
from course.model.chapters import Chapter
from course.model.errors import CourseError

PATIENCE = 10  # s
FAMILY = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
time.sleep(1000)
"""


def test_everything_that_was_opened_is_closed(monkeypatch):
    monkeypatch.setattr("course.commands.watch.background.PATIENCE", 0.5)
    lessons = Lessons()
    lessons.start([sys.executable, "-c", FAMILY])
    (parent,) = lessons._opened
    end = time.monotonic() + PATIENCE
    while not parent.children():
        assert time.monotonic() < end
        time.sleep(0.01)
    family = [parent, *parent.children()]
    lessons.close()
    assert psutil.wait_procs(family, PATIENCE)[1] == []


def test_nothing_was_opened(capsys):
    Lessons().close()
    assert capsys.readouterr().out == ""


def test_a_copy_that_cannot_be_opened_is_said_on_the_screen(monkeypatch, tmp_path):
    monkeypatch.setattr("webbrowser.get", lambda: None)
    chapter = Chapter("ch01_echo", tmp_path)
    chapter.my_lesson.parent.mkdir()
    chapter.my_lesson.write_bytes(b"{")
    with pytest.raises(CourseError, match="is damaged"):
        Lessons().open(chapter)
