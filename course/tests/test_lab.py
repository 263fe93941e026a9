"""JupyterLab at a lesson: the command, what is said, and a clean stop of a stand-in server."""

import argparse
import json
import os
import signal
import subprocess
import sys
import webbrowser
from pathlib import Path

import pytest
from rich.console import Console

from course.commands import lab
from course.model.chapters import find
from course.model.errors import CourseError

LESSON = find("echo").my_lesson
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT to one process")


def run(no_browser: bool = False) -> int:
    options = argparse.Namespace(
        chapter="echo", no_browser=no_browser, fresh=False, copy_only=False
    )
    return lab.run(options, Console())


@pytest.fixture(autouse=True)
def no_copies(monkeypatch):
    """Make no copies of lessons in the course itself: test_my_lessons.py does, elsewhere."""
    monkeypatch.setattr(lab, "copies", lambda *_args, **_options: [])


def test_the_lesson_opens_in_the_course_folder_on_loopback_only():
    command = lab.command(LESSON, browser=True)
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert f"--LabApp.default_url=/lab/tree/my_lessons/{LESSON.name}" in command
    assert f"--ServerApp.root_dir={lab.ROOT}" in command
    assert "--ServerApp.ip=127.0.0.1" in command


@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_root_is_allowed_only_for_root(monkeypatch, user, allowed):
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)
    assert ("--allow-root" in lab.command(LESSON, browser=True)) is allowed


def test_kernels_import_the_course_from_any_folder_and_nothing_of_a_pythonpath(
    monkeypatch, tmp_path
):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "old packages"))
    answer = subprocess.run(
        [sys.executable, "-c", "import course, sys; print(*sys.path, sep='\\n')"],
        cwd=tmp_path,
        env=lab.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(lab.ROOT) in answer.stdout.splitlines()
    assert str(tmp_path / "old packages") not in answer.stdout.splitlines()


FOLDERS_OF_JUPYTER = """
import json, sys
from jupyter_core import paths
from jupyter_client.kernelspec import KernelSpecManager
from IPython.paths import get_ipython_dir
print(json.dumps([
    paths.jupyter_config_dir(), paths.jupyter_data_dir(), paths.jupyter_runtime_dir(),
    get_ipython_dir(), KernelSpecManager().get_kernel_spec("python3").argv[0],
]))
"""


def test_jupyter_writes_below_the_course_and_starts_this_python(monkeypatch, tmp_path):
    """The home folder takes nothing, and names another program for the kernel."""
    kernel = tmp_path / "share" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text('{"argv": ["/other/python"], "display_name": "other"}')
    monkeypatch.setenv("HOME", "/proc/nowhere")
    for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR", "PATH"):
        monkeypatch.setenv(f"JUPYTER_{name}", str(tmp_path / "share"))
    monkeypatch.setattr(lab, "OURS", tmp_path / "ours")
    lab.OURS.mkdir()
    answer = subprocess.run(
        [sys.executable, "-c", FOLDERS_OF_JUPYTER],
        env=lab.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    *folders, python = json.loads(answer.stdout)
    assert {Path(folder).parent for folder in folders} == {tmp_path / "ours"}
    assert python in ("python", sys.executable)


def test_a_missing_jupyterlab_is_one_line(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr(subprocess, "Popen", lambda *_a, **_o: pytest.fail("was started"))
    with pytest.raises(CourseError, match="doctor"):
        run()


@pytest.fixture
def stand_in(monkeypatch, tmp_path):
    def serve(code):
        monkeypatch.setattr(lab, "OURS", tmp_path / "jupyter")
        monkeypatch.setattr(webbrowser, "get", lambda: None)
        monkeypatch.setattr("importlib.util.find_spec", lambda _: True)
        monkeypatch.setattr(lab, "command", lambda *_: [sys.executable, "-c", code])

    return serve


def test_the_exit_status_is_passed_on_and_the_line_says_how_to_stop(stand_in, capsys):
    stand_in("raise SystemExit(5)")
    assert run() == 5
    assert capsys.readouterr().out == (
        f"JupyterLab opens in your browser, at my_lessons/{LESSON.name}. Ctrl-C here stops it.\n"
    )


@POSIX
def test_a_ctrl_c_in_its_first_seconds_ends_it_without_a_word(stand_in):
    stand_in("import signal; raise SystemExit(signal.getsignal(signal.SIGINT) == signal.SIG_IGN)")
    assert run() == 1


def test_a_browser_that_is_not_wanted_is_not_opened(stand_in, monkeypatch, capsys):
    stand_in("")
    started = []
    monkeypatch.setattr(lab, "command", lambda _, browser: started.append(browser) or ["true"])
    run(no_browser=True)
    assert started == [False]
    assert capsys.readouterr().out.startswith("JupyterLab opens at the address below, at my_")


def test_without_a_browser_it_says_so_and_prints_the_address(stand_in, monkeypatch, capsys):
    def none():
        raise webbrowser.Error

    started = []
    stand_in("")
    monkeypatch.setattr(webbrowser, "get", none)
    monkeypatch.setattr(lab, "command", lambda _, browser: started.append(browser) or ["true"])
    run()
    assert started == [False]
    said = capsys.readouterr().out
    assert said.startswith("No browser was found here. JupyterLab opens at the address below")


def test_nothing_is_asked_about_news(stand_in, tmp_path):
    stand_in("")
    run()
    settings = json.loads((tmp_path / "jupyter" / "overrides.json").read_text())
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
        assert run() == 0
    finally:
        signal.signal(signal.SIGINT, previous)
    assert capsys.readouterr().out.splitlines()[-1] == "JupyterLab has stopped."
    assert bool(kills) is killed
