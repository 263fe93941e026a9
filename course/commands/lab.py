"""`python3 -m course lab`: JupyterLab at your copy of a lesson, in `my_lessons/`.

You can also open the copy in another program: `--copy-only` makes it and prints where it is.
"""

import argparse
import importlib.util
import json
import os
import signal
import subprocess
import sys
import webbrowser
from contextlib import suppress
from functools import partial
from pathlib import Path

from rich.console import Console

from course.model import my_lessons
from course.model.chapters import ROOT, Chapter, chapters, find, shown
from course.model.errors import CourseError
from course.reports.board import chapter_at_hand

OURS = ROOT / ".course" / "jupyter"
NO_NEWS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
}
SECONDS_TO_STOP = 10
# `stop` ends JupyterLab: a Ctrl-C in its first seconds would print a traceback.
IGNORE_CTRL_C = partial(signal.signal, signal.SIGINT, signal.SIG_IGN)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which lesson, and where."""
    parser.add_argument("chapter", nargs="?", help="by default the one where you are")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--fresh", action="store_true", help="a new copy; yours is kept beside it")
    parser.add_argument("--copy-only", action="store_true", help="only print where your copy is")


def run(options: argparse.Namespace, _console: Console) -> int:
    """Start JupyterLab at your copy of a lesson, wait, and return its status.

    Raises CourseError when the copy cannot be used, or JupyterLab is not installed.
    """
    chapter = find(options.chapter) if options.chapter else chapter_at_hand()
    news = sys.stderr if options.copy_only else sys.stdout
    for line in copies(chapter, fresh=options.fresh):
        print(line, file=news, flush=True)
    if options.copy_only:
        print(shown(chapter.my_lesson))
        return 0
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
    where = "in your browser" if browser else "at the address below"
    lesson = shown(chapter.my_lesson)
    print(f"JupyterLab opens {where}, at {lesson}. Ctrl-C here stops it.", flush=True)
    server = subprocess.Popen(
        command(chapter.my_lesson, browser),
        cwd=ROOT,
        env=environment(),
        preexec_fn=None if sys.platform == "win32" else IGNORE_CTRL_C,
    )
    try:
        return server.wait()
    except KeyboardInterrupt:
        return stop(server)


def copies(chapter: Chapter, *, fresh: bool) -> list[str]:
    """Make your copy of a lesson, and of those that it links to; return what there is to say."""
    said = [my_lessons.follow(chapter), my_lessons.provide(chapter, fresh=fresh)]
    for other in chapters():
        with suppress(CourseError):  # you hear of it when you open that one
            said.append(my_lessons.follow(other))
            my_lessons.provide(other)
    return [line for line in said if line]


def command(notebook: Path, browser: bool) -> list[str]:
    """Build the command: only on this machine, quiet, and without questions on Ctrl-C."""
    options = [
        f"--ServerApp.root_dir={ROOT}",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.answer_yes=True",
        f"--ServerApp.open_browser={browser}",
        f"--LabApp.default_url=/lab/tree/{notebook.relative_to(ROOT).as_posix()}",
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
