"""JupyterLab at a lesson: the command, what is said, and a clean stop of a stand-in server."""

import json
import os
import signal
import subprocess
import sys
import webbrowser
from pathlib import Path

import pytest

from course.commands import lab
from course.model.errors import CourseError

LESSON = Path("notebooks/ch01_echo.ipynb")
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT to one process")


def test_the_lesson_opens_in_the_course_folder_on_loopback_only():
    command = lab.command(LESSON, browser=True)
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert "--LabApp.default_url=/lab/tree/notebooks/ch01_echo.ipynb" in command
    assert f"--ServerApp.root_dir={lab.ROOT}" in command
    assert "--ServerApp.ip=127.0.0.1" in command


def test_a_lesson_may_be_given_as_a_whole_path():
    assert lab.page(lab.ROOT / LESSON) == lab.page(LESSON)


def test_without_a_lesson_the_folder_of_lessons_opens():
    assert lab.page(None) == "/lab/tree/notebooks"


@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_root_is_allowed_only_for_root(monkeypatch, user, allowed):
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)
    assert ("--allow-root" in lab.command(None, browser=True)) is allowed


@pytest.mark.parametrize("browser", [True, False])
def test_the_browser_is_optional_and_the_line_says_how_to_stop(browser):
    assert f"--ServerApp.open_browser={browser}" in lab.command(LESSON, browser)
    line = lab.announcement(LESSON, browser)
    assert "ch01_echo" in line
    assert "Ctrl-C" in line
    assert ("browser" in line) is browser
    assert len(line) < 80


def test_kernels_import_the_course_from_any_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    answer = subprocess.run(
        [sys.executable, "-c", "import course, sys; print(*sys.path, sep='\\n')"],
        cwd=tmp_path,
        env=lab.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert {str(lab.ROOT), str(tmp_path)} <= set(answer.stdout.splitlines())


def test_a_missing_jupyterlab_is_one_line(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr(subprocess, "Popen", lambda *_a, **_o: pytest.fail("was started"))
    with pytest.raises(CourseError, match="doctor"):
        lab.lab(LESSON)


@pytest.fixture
def stand_in(monkeypatch, tmp_path):
    def serve(code):
        monkeypatch.setattr(lab, "SETTINGS", tmp_path / "jupyterlab")
        monkeypatch.setattr("importlib.util.find_spec", lambda _: True)
        monkeypatch.setattr(lab, "command", lambda *_: [sys.executable, "-c", code])

    return serve


def test_the_exit_status_is_passed_on(stand_in):
    stand_in("raise SystemExit(5)")
    assert lab.lab(LESSON) == 5


@POSIX
def test_a_ctrl_c_in_its_first_seconds_ends_it_without_a_word(stand_in):
    stand_in("import signal; raise SystemExit(signal.getsignal(signal.SIGINT) == signal.SIG_IGN)")
    assert lab.lab(LESSON) == 1


def test_without_a_browser_it_says_so_and_prints_the_address(stand_in, monkeypatch, capsys):
    def none():
        raise webbrowser.Error

    started = []
    stand_in("")
    monkeypatch.setattr(webbrowser, "get", none)
    monkeypatch.setattr(lab, "command", lambda _, browser: started.append(browser) or ["true"])
    lab.lab(LESSON)
    assert started == [False]
    said = capsys.readouterr().out
    assert said.startswith("There is no browser here. JupyterLab opens at the address below")


def test_nothing_is_asked_about_news(stand_in, tmp_path):
    stand_in("")
    lab.lab(LESSON)
    settings = json.loads((tmp_path / "jupyterlab" / "overrides.json").read_text())
    assert settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"


@POSIX
@pytest.mark.parametrize(
    ("reaction", "seconds", "killed"), [("SIG_DFL", 2, False), ("SIG_IGN", 0.2, True)]
)
def test_ctrl_c_stops_even_a_server_that_does_not_react(
    stand_in, monkeypatch, capsys, reaction, seconds, killed
):
    """The stand-in sends its parent the signal that Ctrl-C sends, then would run for a minute."""
    stand_in(
        f"import os, signal, time; signal.signal(signal.SIGTERM, signal.{reaction});"
        "os.kill(os.getppid(), signal.SIGINT); time.sleep(60)"
    )
    monkeypatch.setattr(lab, "SECONDS_TO_STOP", seconds)
    kills = []
    kill = subprocess.Popen.kill
    monkeypatch.setattr(subprocess.Popen, "kill", lambda self: kills.append(kill(self)))
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert lab.lab(LESSON) == 0
    finally:
        signal.signal(signal.SIGINT, previous)
    assert capsys.readouterr().out.splitlines()[-1] == "JupyterLab has stopped."
    assert bool(kills) is killed
