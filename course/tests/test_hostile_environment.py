"""Nothing but the course decides a verdict: each command, under settings that are not the course's."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from course.checks.suites import promises_of
from course.model.chapters import Chapter
from course.tests.a_copy import copy_of_the_course, course

ECHO = Chapter("ch01_echo")
PROMISES = len(promises_of(ECHO))
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
    import shutil

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
    assert (chapter["promises"], chapter["kept"]) == (PROMISES, PROMISES - 4)
    assert {v["kind"] for v in chapter["verdicts"]} == {"kept", "to do"}
    assert f"{PROMISES - 4} of {PROMISES} promises kept" in run.stdout
