"""`python3 -m course lab`: JupyterLab at a lesson."""

import argparse
import importlib.util
import json
import os
import signal
import subprocess
import sys
import webbrowser
from functools import partial
from pathlib import Path

from rich.console import Console

from course.model.chapters import ROOT, find
from course.model.errors import CourseError

OURS = ROOT / ".course" / "jupyter"
NO_NEWS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
}
SECONDS_TO_STOP = 10
# `stop` ends JupyterLab: a Ctrl-C in its first seconds would print a traceback.
IGNORE_CTRL_C = partial(signal.signal, signal.SIGINT, signal.SIG_IGN)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which lesson, and where."""
    parser.add_argument("chapter", nargs="?")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")


def run(options: argparse.Namespace, _console: Console) -> int:
    """Start JupyterLab at the lesson that the command line names, wait, and return its status.

    Raises CourseError when JupyterLab is not installed.
    """
    notebook = find(options.chapter).notebook if options.chapter else None
    if importlib.util.find_spec("jupyterlab") is None:
        raise CourseError("JupyterLab is missing. Run `python3 -m course doctor`.")
    OURS.mkdir(parents=True, exist_ok=True)
    (OURS / "overrides.json").write_text(json.dumps(NO_NEWS), encoding="utf-8")
    browser = not options.no_browser
    try:
        webbrowser.get()
    except webbrowser.Error:
        if browser:
            print("No browser was found here.", end=" ")
        browser = False
    lesson = f"at {notebook.stem}" if notebook else "with every lesson"
    where = "in your browser" if browser else "at the address below"
    print(f"JupyterLab opens {where}, {lesson}. Ctrl-C here stops it.", flush=True)
    server = subprocess.Popen(
        command(notebook, browser),
        cwd=ROOT,
        env=environment(),
        preexec_fn=None if sys.platform == "win32" else IGNORE_CTRL_C,
    )
    try:
        return server.wait()
    except KeyboardInterrupt:
        return stop(server)


def command(notebook: Path | None, browser: bool) -> list[str]:
    """Build the command: only on this machine, quiet, and without questions on Ctrl-C."""
    page = ROOT / "notebooks" if notebook is None else notebook
    options = [
        f"--ServerApp.root_dir={ROOT}",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.answer_yes=True",
        f"--ServerApp.open_browser={browser}",
        f"--LabApp.default_url=/lab/tree/{page.relative_to(ROOT).as_posix()}",
        f"--LabApp.app_settings_dir={OURS}",
        "--Application.log_level=CRITICAL",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")
    return [sys.executable, "-m", "jupyterlab", *options]


def environment() -> dict[str, str]:
    """Let kernels import the course wherever a notebook is, and keep Jupyter's files with it.

    What you have set up for Jupyter and IPython elsewhere is neither read nor changed.
    """
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("JUPYTER")}
    return inherited | {
        "PYTHONPATH": str(ROOT),
        "JUPYTER_CONFIG_DIR": str(OURS / "config"),
        "JUPYTER_DATA_DIR": str(OURS / "data"),
        "JUPYTER_RUNTIME_DIR": str(OURS / "runtime"),
        "IPYTHONDIR": str(OURS / "ipython"),
    }


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
