"""Nothing but the course decides a verdict: each command, under settings that are not the course's."""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from course.model.chapters import ROOT, Chapter
from course.tests.a_copy import ECHO_TASKS, copy_of_the_course, course, environment

ECHO = Chapter("ch01_echo")
PROMISES = len(ECHO_TASKS)
KEPT = PROMISES - ECHO_TASKS.count(4)  # where task 4 is to do
FAKE = "raise ImportError('this {} is years old')\n"

VARIABLES = {
    "only one promise": {"PYTEST_ADDOPTS": "-k test_clients_can"},
    "stop at once": {"PYTEST_ADDOPTS": "-x --maxfail=1"},
    "deselect": {"PYTEST_ADDOPTS": "--deselect tests/test_ch01_echo.py"},
    "an option of a plugin": {"PYTEST_ADDOPTS": "-n auto --cov --timeout=1"},
    "wordy": {"PYTEST_ADDOPTS": "-vv --tb=long -s"},
    "a plugin that is not there": {"PYTEST_PLUGINS": "no_such_plugin"},
    "all plugins": {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": ""},
    "without docstrings": {"PYTHONOPTIMIZE": "2"},
    "warnings are errors": {"PYTHONWARNINGS": "error", "PYTHONDEVMODE": "1"},
    "tracing": {"PYTHONTRACEMALLOC": "5", "COV_CORE_SOURCE": "chapters", "PYTHONMALLOC": "debug"},
    "a debugger": {"PYTHONBREAKPOINT": "no.such"},
    "no columns": {"COLUMNS": "0", "LINES": "0"},
    "a long folder for temporary files": {"TMPDIR": "{long}", "TEMP": "{long}", "TMP": "{long}"},
    "old packages": {"PYTHONPATH": "{old}"},
    "an old encoding": {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"},
}
FOLDERS = ("[CS101] x", "x::y", "a$HOME", "100 % ünïcode", "-k nothing", "a'b\"c", "~")
FILES = {
    "another pytest.ini": {"pytest.ini": "[pytest]\naddopts = -k nothing\npython_files = no*.py\n"},
    "tox and setup.cfg": {
        "tox.ini": "[pytest]\naddopts = --collect-only\n",
        "setup.cfg": "[tool:pytest]\naddopts = -x\n",
    },
    "a conftest": {
        "conftest.py": "raise RuntimeError('the wrong conftest')\n",
        "tests/conftest.py": "collect_ignore_glob = ['*.py']\n",
        "chapters/conftest.py": "raise RuntimeError('the wrong conftest')\n",
    },
    "modules that chapters/ hides": {
        "chapters/socket.py": FAKE.format("socket"),
        "chapters/pytest.py": FAKE.format("pytest"),
    },
    "modules that are only found by some": {
        "sitecustomize.py": FAKE.format("sitecustomize"),
        "usercustomize.py": FAKE.format("usercustomize"),
    },
}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Make a copy in which chapter 1 is written, but for one task."""
    root = tmp_path_factory.mktemp("template")
    copy_of_the_course(root)
    course(root, "borrow", "1")
    course(root, "reset", "1", "--task", "4")
    return root


def prepared(template, root, files):
    shutil.copytree(template, root)
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    old = root / ".old"
    old.mkdir()
    for name in ("pytest", "rich", "psutil", "textual"):
        (old / f"{name}.py").write_text(FAKE.format(name), encoding="utf-8")
    long = root / (100 * "t")
    long.mkdir()
    return {"old": str(old), "long": str(long)}


SETTINGS = [
    *((name, variables, "here", {}) for name, variables in VARIABLES.items()),
    *((f"the folder {name}", {}, name, {}) for name in FOLDERS),
    *((name, {}, "here", files) for name, files in FILES.items()),
]


@pytest.fixture(scope="module")
def checks(template, tmp_path_factory):
    """Check chapter 1 under every setting, as many at a time as there are cores."""

    def check(variables, folder, files):
        root = tmp_path_factory.mktemp("hostile") / folder
        places = prepared(template, root, files)
        filled = {name: text.format(**places) for name, text in variables.items()}
        run = course(root, "check", "1", "--json", "found.json", **filled)
        return run, root / "found.json"

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {name: pool.submit(check, *rest) for name, *rest in SETTINGS}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("name", [name for name, *_ in SETTINGS])
def test_check_finds_the_same_under(name, checks):
    run, found = checks[name].result()
    assert run.stderr == ""
    assert "Traceback" not in run.stdout
    assert run.returncode == 8, run.stdout
    (chapter,) = json.loads(found.read_text(encoding="utf-8"))["chapters"]
    assert (chapter["promises"], chapter["kept"]) == (PROMISES, KEPT)
    assert {v["kind"] for v in chapter["verdicts"]} == {"kept", "to do"}
    assert f"{KEPT} of {PROMISES} promises kept" in run.stdout


# --- The other commands, under everything at once ------------------------------------------------

EVERY_VARIABLE = {
    name: text
    for name, text in {
        **{name: text for variables in VARIABLES.values() for name, text in variables.items()},
        "PYTEST_ADDOPTS": "-x -k test_clients_can -n auto --cov --timeout=1",
    }.items()
    if name not in ("COLUMNS", "LINES")  # a terminal has its own
}
# Python itself would find these through a PYTHONPATH that the colons of the folder's name cut up.
ONLY_FOUND_BY_SOME = FILES["modules that are only found by some"]
EVERY_FILE = {
    name: text
    for files in FILES.values()
    for name, text in files.items()
    if files is not ONLY_FOUND_BY_SOME
}
ON_SOLUTIONS = f"{PROMISES} passed"


@pytest.fixture(scope="module")
def hostile(template, tmp_path_factory):
    """Make a copy in which everything is hostile, and return it with the variables."""
    root = tmp_path_factory.mktemp("hostile") / "[CS101] x::y a$HOME"
    places = prepared(template, root, EVERY_FILE)
    for suite in (root / "tests").glob("test_ch*.py"):
        if suite.stem != "test_ch01_echo":
            suite.unlink()
    return root, {name: text.format(**places) for name, text in EVERY_VARIABLE.items()}


def test_set_up_and_the_board(hostile):
    root, variables = hostile
    run = course(root, "status", **variables)
    assert (run.returncode, run.stderr) == (0, "")
    assert "echo" in run.stdout


def test_grade(hostile, tmp_path):
    root, variables = hostile
    (tmp_path / "all" / "ada").mkdir(parents=True)
    answers = (root / "chapters" / "ch01_echo.py").read_text(encoding="utf-8")
    (tmp_path / "all" / "ada" / "ch01_echo.py").write_text(answers, encoding="utf-8")
    out = tmp_path / "grades.json"
    run = course(root, "grade", str(tmp_path / "all"), "--out", str(out), **variables)
    assert run.returncode == 0, run.stdout + run.stderr
    (grade,) = json.loads(out.read_text(encoding="utf-8"))["grades"]
    assert (grade["kept"], grade["promises"], grade["status"]) == (KEPT, PROMISES, "partly")


@pytest.mark.parametrize(("step", "figure"), [("solutions", ON_SOLUTIONS), ("to do", PROMISES)])
def test_the_steps_of_test(step, figure, hostile):
    root, variables = hostile
    shutil.copy(ROOT / "conftest.py", root)
    (root / "tests" / "conftest.py").unlink(missing_ok=True)
    run = course(root, "test", "--only", step, **variables)
    assert run.returncode == 0, run.stdout + run.stderr
    assert str(figure) in run.stdout


def test_the_cell_of_a_lesson(hostile):
    root, variables = hostile
    code = "from course.notebook import check; print(check(1))"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        env=environment(**variables | {"PYTHONPATH": "", "PYTHONIOENCODING": "utf-8"}),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert f"{KEPT} of {PROMISES} promises kept" in run.stdout, run.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_watch(hostile):
    from course.tests.test_watch_terminal import Terminal

    root, variables = hostile
    with Terminal(root, **variables) as terminal:
        terminal.sees(f"{KEPT} of {PROMISES} promises kept")
        terminal.types(b"q")
        assert terminal.ends() == 0
