"""`python3 -m course lab`: JupyterLab at a lesson."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import signal
import subprocess
import sys
import webbrowser
from pathlib import Path

from rich.console import Console

from course.model.chapters import ROOT, find
from course.model.errors import CourseError

SETTINGS = ROOT / ".course" / "jupyterlab"
NO_NEWS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
}
SECONDS_TO_STOP = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which lesson, and where."""
    parser.add_argument("chapter", nargs="?")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")


def run(options: argparse.Namespace, _console: Console) -> int:
    """Open the lesson that the command line names; return JupyterLab's exit status."""
    notebook = find(options.chapter).notebook if options.chapter else None
    return lab(notebook, browser=not options.no_browser)


def lab(notebook: Path | None, browser: bool = True) -> int:
    """Start JupyterLab at `notebook` (a path in the course, or None), wait, return its status.

    Raises CourseError when JupyterLab is not installed.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise CourseError("JupyterLab is missing here: `python3 -m course doctor` says more.")
    SETTINGS.mkdir(parents=True, exist_ok=True)
    (SETTINGS / "overrides.json").write_text(json.dumps(NO_NEWS), encoding="utf-8")
    found = browser and has_browser()
    if browser and not found:
        print("There is no browser here.", end=" ")
    print(announcement(notebook, found), flush=True)
    return wait(
        subprocess.Popen(
            command(notebook, found),
            cwd=ROOT,
            env=environment(),
            preexec_fn=None if sys.platform == "win32" else _ignore_ctrl_c,
        )
    )


def has_browser() -> bool:
    """Tell whether Python finds a browser to open an address in."""
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def _ignore_ctrl_c() -> None:
    """Let a Ctrl-C in JupyterLab's first seconds end it without a word: `stop` does that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def announcement(notebook: Path | None, browser: bool) -> str:
    """Say in one line what happens next, and how to stop it."""
    lesson = f"at {notebook.stem}" if notebook else "with every lesson"
    where = "in your browser" if browser else "at the address below"
    return f"JupyterLab opens {where}, {lesson}. Ctrl-C here stops it."


def command(notebook: Path | None, browser: bool) -> list[str]:
    """Build the command: only on this machine, quiet, and without questions on Ctrl-C."""
    options = [
        f"--ServerApp.root_dir={ROOT}",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.answer_yes=True",
        f"--ServerApp.open_browser={browser}",
        f"--LabApp.default_url={page(notebook)}",
        f"--LabApp.app_settings_dir={SETTINGS}",
        "--Application.log_level=CRITICAL",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")
    return [sys.executable, "-m", "jupyterlab", *options]


def page(notebook: Path | None) -> str:
    """Give the path in JupyterLab's address that opens this notebook, or the lessons' folder."""
    file = ROOT / "notebooks" if notebook is None else ROOT / notebook
    return f"/lab/tree/{file.relative_to(ROOT).as_posix()}"


def environment() -> dict[str, str]:
    """Let the kernels import `course`, `chapters` and `solutions`, wherever a notebook lies."""
    path = os.environ.get("PYTHONPATH")
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *([path] if path else [])])}


def wait(server: subprocess.Popen[bytes]) -> int:
    """Wait for JupyterLab to end, on Ctrl-C after helping it to; return its exit status."""
    try:
        return server.wait()
    except KeyboardInterrupt:
        return stop(server)


def stop(server: subprocess.Popen[bytes]) -> int:
    """Stop JupyterLab. A terminal's Ctrl-C has reached it already, another's has not."""
    if sys.platform != "win32":
        server.terminate()
    try:
        server.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    print("JupyterLab has stopped.")
    return 0
