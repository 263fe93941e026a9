"""The checks' engine from end to end: pytest on a copy of the solutions with something changed."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import pytest

from course.checks.suites import promises_of
from course.model.chapters import ROOT, Chapter, find

ECHO, FOUR_TUPLE, ACCEPT = "ch01_echo", "ch02_four_tuple", "ch03_accept"
CLOSES_ITSELF = promises_of(Chapter(ECHO))["test_one_client_is_served"][0].signs["leak"]
RUNS_FOR_EVER = 40  # s after which a run counts as one that does not end
HANG_SECONDS = 24  # s: four times what one measured run with hanging tasks takes
AT_ONCE = 0.5  # s, a hundred times what a promise takes that is not even checked
UNWRITTEN = '    raise NotImplementedError("ch01 task {}: {}")\n'


@dataclass(frozen=True)
class Run:
    """What one run of pytest did, and the folder with the answers that it checked."""

    status: int
    out: str
    err: str
    seconds: float
    folder: Path

    @property
    def verdicts(self):
        text = (self.folder / "verdicts.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    @property
    def kinds(self):
        return {verdict["test"]: verdict["kind"] for verdict in self.verdicts}

    def line_of(self, code, stem=ECHO):
        """Return the number of the one line of an answer that holds this code."""
        lines = (self.folder / "answers" / f"{stem}.py").read_text(encoding="utf-8").splitlines()
        (number,) = [i for i, line in enumerate(lines, start=1) if code in line]
        return number


def environment():
    left_out = ("PYTEST_", "COLUMNS", "NO_COLOR", "FORCE_COLOR", "PY_COLORS", "PYTHONPATH", "CI")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(left_out)}
    return kept | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def pytest_run(folder, *arguments, root=ROOT):
    """Run pytest on the answers in a folder; what does not end is an error."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    began = monotonic()
    done = subprocess.run(
        command,
        cwd=root,
        env=environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=RUNS_FOR_EVER,
    )
    return Run(done.returncode, done.stdout, done.stderr, monotonic() - began, folder)


def answers_with(folder, changes):
    """Copy the solutions; `changes` maps a stem to what becomes of its text."""
    answers = folder / "answers"
    shutil.copytree(ROOT / "solutions", answers, ignore=shutil.ignore_patterns("__pycache__"))
    for stem, change in changes.items():
        file = answers / f"{stem}.py"
        before = file.read_text(encoding="utf-8")
        after = change(before)
        assert after != before
        file.write_text(after, encoding="utf-8")
    return answers


def check(folder, change=None, *arguments, stem=ECHO, suite=None):
    """Check the solutions with one change."""
    answers = answers_with(folder, {stem: change} if change else {})
    options = [f"--answers={answers}", f"--verdicts={folder / 'verdicts.jsonl'}"]
    options += ["-p", "course.tests.verdict_lines"]
    return pytest_run(folder, *options, *arguments, f"tests/test_{suite or stem}.py")


# --- What learners write ------------------------------------------------------------------------


def body(name, *statements):
    """Put statements in the place of what a function does."""

    def change(text):
        functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef)]
        (function,) = [n for n in functions if n.name == name]
        lines = text.splitlines(keepends=True)
        first = function.body[1].lineno - 1
        return "".join([*lines[:first], *statements, *lines[function.end_lineno :]])

    return change


def without(name):
    """Delete a function."""

    def change(text):
        (function,) = [n for n in ast.parse(text).body if getattr(n, "name", "") == name]
        lines = text.splitlines(keepends=True)
        return "".join([*lines[: function.lineno - 1], *lines[function.end_lineno :]])

    return change


def at_the_end_of_imports(statement):
    return lambda text: text.replace("\nCHUNK =", f"\n{statement}\nCHUNK =")


def replaced(old, new):
    return lambda text: text.replace(old, new)


def unwritten(task, name):
    return body(name, UNWRITTEN.format(task, name))


BLOCKS = 'socket.create_server(("127.0.0.1", 0)).accept()  # blocks'
FINISHED = "conn.shutdown(socket.SHUT_WR)\n        pieces = []\n"
NEVER_ENDS = (
    "    import threading\n",
    "    lock = threading.Lock()\n",
    "    lock.acquire()\n",
    "    threading.Thread(target=lock.acquire, name='stubborn', daemon=False).start()\n",
    "    conn, _peer = listener.accept()\n    with conn:\n        return echo(conn)\n",
)

SCENARIOS = {
    "sound": lambda f: check(f, None, f"--junitxml={f / 'report.xml'}"),
    "syntax error": lambda f: check(f, replaced("def ask(", "def ask((")),
    "import error": lambda f: check(f, at_the_end_of_imports("import no_such_module  # here")),
    "blocks at import": lambda f: check(f, at_the_end_of_imports(BLOCKS)),
    "exits at import": lambda f: check(f, at_the_end_of_imports("raise SystemExit('bye')  # here")),
    "missing": lambda f: check(f, without("ask")),
    "renamed": lambda f: check(f, replaced("open_listener(", "open_lstener("), "-k", "listener"),
    "earlier name missing": lambda f: check(f, without("echo"), suite=ACCEPT),
    "to do": lambda f: check(f, unwritten(2, "echo"), f"--junitxml={f / 'report.xml'}"),
    "earlier to do": lambda f: check(f, unwritten(1, "open_listener"), suite=ACCEPT),
    "earlier to do, and caught": lambda f: check(
        f,
        body("four_tuple", '    raise NotImplementedError("ch02 task 1: four_tuple")\n'),
        stem="ch02_four_tuple",
        suite=ACCEPT,
    ),
    "hang": lambda f: check(f, replaced(FINISHED, "first = conn.recv(1)  # hangs\n")),
    "leak": lambda f: check(f, replaced("    with conn:\n", "    if True:\n")),
    "stubborn thread": lambda f: check(
        f, body("serve_one", *NEVER_ENDS), f"--junitxml={f / 'report.xml'}", "-k", "one_client"
    ),
    "-x": lambda f: check(f, replaced("conn.sendall(piece)", "pass"), "-x"),
    "-k": lambda f: check(f, None, "-k", "ask"),
    "--collect-only": lambda f: check(f, None, "--collect-only"),
    "no folder": lambda f: pytest_run(f, f"--answers={f / 'nowhere'}", f"tests/test_{ECHO}.py"),
    "no promise": lambda f: with_an_extra_test(f, "def test_no_promise():\n    pass\n"),
    "no sentence": lambda f: with_an_extra_test(f, NO_SENTENCE),
}
NO_SENTENCE = """
from course.checks.promises import Misconception, promise

M = Misconception("M", "b", "t", "a", "l", "s")


@promise(task=1, usually=M, hints=("1", "2", "3"))
def test_no_promise(chapter):
    pass
"""


def with_an_extra_test(folder, text):
    """Run a copy of the course with one more test in `tests/`."""
    root = folder / "course"
    root.mkdir()
    for name in ("course", "solutions", "tests"):
        left_out = shutil.ignore_patterns("__pycache__", "mistakes", "pictures")
        shutil.copytree(ROOT / name, root / name, ignore=left_out)
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    (root / "tests" / "test_extra.py").write_text(text, encoding="utf-8")
    return pytest_run(folder, "--solutions", "tests", root=root)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Run every scenario, as many at a time as there are cores."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        folders = {name: tmp_path_factory.mktemp("run") for name in SCENARIOS}
        yield {name: pool.submit(SCENARIOS[name], folders[name]) for name in SCENARIOS}
        pool.shutdown(cancel_futures=True)


@pytest.fixture
def run(request, runs):
    """Return the run of the scenario that a test names."""
    return runs[request.param].result()


def scenario(name):
    return pytest.mark.parametrize("run", [name], indirect=True)


# --- Tests --------------------------------------------------------------------------------------


@scenario("sound")
def test_sound_answers_keep_every_promise(run):
    assert run.status == 0
    assert set(run.kinds.values()) == {"kept"}


@scenario("sound")
def test_junitxml_counts_every_promise(run):
    suite = junit(run)
    assert int(suite.get("tests")) == len(run.verdicts) > 0
    assert (suite.get("failures"), suite.get("errors"), suite.get("skipped")) == ("0", "0", "0")


def junit(run):
    return ET.parse(run.folder / "report.xml").getroot().find("testsuite")


@scenario("syntax error")
def test_a_syntax_error_is_shown_with_its_file_and_line(run):
    assert run.status == 1
    assert set(run.kinds.values()) == {"not checked"}
    assert "SyntaxError" in run.out
    assert_shows(run, "def ask((")


@scenario("import error")
def test_an_import_error_is_shown_with_its_line(run):
    assert run.status == 1
    assert set(run.kinds.values()) == {"not checked"}
    assert "ModuleNotFoundError" in run.out
    assert_shows(run, "import no_such_module")


@scenario("exits at import")
def test_an_exit_at_import_ends_nothing_but_the_import(run):
    assert run.status == 1
    assert set(run.kinds.values()) == {"not checked"}
    assert "SystemExit" in run.out
    assert_shows(run, "raise SystemExit('bye')")


@scenario("blocks at import")
def test_code_that_blocks_at_import_is_shown_once_and_costs_one_deadline(run):
    assert run.status == 1
    assert "kept" not in run.kinds.values()
    assert_shows(run, "socket.create_server((")
    assert run.seconds < HANG_SECONDS
    assert [verdict["seconds"] > AT_ONCE for verdict in run.verdicts].count(True) == 1


def assert_shows(run, code, stem=ECHO):
    """Require that the report has the file, the number of the line, and the line itself."""
    assert f"{stem}.py" in run.out
    assert re.search(rf"\bline {run.line_of(code, stem)}\b", run.out)
    assert squeezed(code) in squeezed(run.out)


def squeezed(text):
    """Return a text without its frame and its white space: a narrow column folds long lines."""
    return re.sub(r"[\s│]", "", text)


@scenario("missing")
def test_a_missing_function_is_named_and_only_its_task_is_broken(run):
    assert run.status == 1
    broken = [verdict for verdict in run.verdicts if verdict["kind"] == "broken"]
    assert broken
    for verdict in broken:
        assert "_ask_" in verdict["test"]
        assert f"{ECHO}.py" in verdict["line"]
        assert "ask" in verdict["line"]


@scenario("renamed")
def test_a_renamed_function_is_named(run):
    assert run.status == 1
    assert set(run.kinds.values()) == {"broken"}
    assert "open_listener" in run.out


@scenario("earlier name missing")
def test_a_name_that_an_earlier_chapter_lacks_is_named_with_the_line_that_imports_it(run):
    assert run.status == 1
    assert set(run.kinds.values()) == {"not checked"}
    assert "'echo'" in run.out
    assert_shows(run, "from .ch01_echo import echo, open_listener", stem=ACCEPT)


@scenario("to do")
def test_a_task_to_do_is_no_failure_and_has_its_own_status(run):
    assert run.status == 8
    waiting = {v["test"] for v in run.verdicts if v["kind"] == "to do"}
    assert "test_every_byte_comes_back" in waiting
    assert "test_one_client_is_served" in waiting, "task 3 stands on task 2"
    assert run.kinds["test_ask_nobody_is_an_error"] == "kept"
    assert "broken" not in run.kinds.values()
    assert all("task 2" in v["line"] and "echo" in v["line"] for v in run.verdicts if is_to_do(v))


def is_to_do(verdict):
    return verdict["kind"] == "to do"


@scenario("to do")
def test_junitxml_has_a_task_to_do_as_skipped(run):
    assert int(junit(run).get("skipped")) == sum(map(is_to_do, run.verdicts))
    assert junit(run).get("failures") == "0"


@scenario("earlier to do")
def test_what_stands_on_an_earlier_chapter_says_on_which_task(run):
    assert run.status == 8
    assert run.kinds["test_clients_connect_before_start"] == "to do"
    (line,) = {v["line"] for v in run.verdicts if is_to_do(v)}
    for part in ("chapter 1", "task 1", "open_listener"):
        assert part in line


@scenario("earlier to do, and caught")
def test_an_earlier_task_is_named_though_the_answer_catches_its_error(run):
    assert run.status == 8
    assert run.kinds["test_client_gets_its_own_socket"] == "kept"
    assert run.kinds["test_handler_gets_connection_and_name"] == "to do"
    (line,) = {v["line"] for v in run.verdicts if is_to_do(v)}
    for part in (f"chapter {find('four_tuple').number}", "task 1", "four_tuple"):
        assert part in line


@scenario("hang")
def test_a_hang_is_shown_with_its_line_and_the_run_ends_in_time(run):
    assert run.status == 1
    assert_shows(run, "first = conn.recv(1)")
    assert run.seconds < HANG_SECONDS
    (broken,) = [v for v in run.verdicts if v["kind"] == "broken"]
    assert (broken["test"], broken["reason"]) == ("test_ask_says_that_it_has_finished", "X02")


@scenario("hang")
def test_a_report_names_the_misconception_and_where_the_lesson_shows_it(run):
    promise, _ = promises_of(Chapter(ECHO))["test_ask_says_that_it_has_finished"]
    words = " ".join(run.out.replace("│", " ").split())
    belief = promise.usually
    in_fact = f"{belief.truth.removesuffix('.')} ({belief.authority})."
    for part in (belief.belief, in_fact, belief.see):
        assert part in words


@scenario("hang")
def test_after_a_hang_the_other_promises_of_its_task_are_not_checked(run):
    tasks_of_others = [kind for test, kind in run.kinds.items() if "test_ask_" not in test]
    assert run.kinds["test_ask_returns_the_whole_answer"] == "not checked"
    assert set(tasks_of_others) == {"kept"}


@scenario("leak")
def test_a_leak_is_shown_with_the_line_that_opened_it(run):
    assert run.status == 1
    assert_shows(run, "conn, _peer = listener.accept()")
    first = next(v for v in run.verdicts if v["kind"] == "broken")
    assert (first["test"], first["reason"]) == ("test_one_client_is_served", "M35")


@scenario("leak")
def test_only_the_first_broken_promise_is_told_in_full(run):
    assert sum(kind == "broken" for kind in run.kinds.values()) > 1
    for told_once in (CLOSES_ITSELF.belief, "conn, _peer = listener.accept()"):
        assert squeezed(run.out).count(squeezed(told_once)) == 1
    for verdict in run.verdicts:
        assert (verdict["test"] in run.out) == (verdict["kind"] == "broken")
    assert "Traceback" not in run.out


@scenario("stubborn thread")
def test_a_thread_that_never_ends_is_a_leak_and_does_not_keep_the_process(run):
    assert run.status == 1
    assert run.seconds < HANG_SECONDS
    assert run.kinds["test_one_client_is_served"] == "broken"
    assert "stubborn" in run.out
    assert int(junit(run).get("failures")) == list(run.kinds.values()).count("broken")


@scenario("-x")
def test_x_stops_at_the_first_broken_promise(run):
    assert run.status == 1
    assert [v["kind"] for v in run.verdicts][-1] == "broken"
    assert [v["kind"] for v in run.verdicts].count("broken") == 1
    assert run.verdicts[-1]["test"] == "test_every_byte_comes_back"


@scenario("-k")
def test_k_picks_promises(run):
    assert run.status == 0
    assert run.verdicts
    assert all("ask" in verdict["test"] for verdict in run.verdicts)


@scenario("--collect-only")
def test_collect_only_lists_and_runs_nothing(run):
    assert run.status == 0
    assert f"tests/test_{ECHO}.py::test_every_byte_comes_back" in run.out
    assert run.verdicts == []


@pytest.mark.parametrize("kind", ["no promise", "no sentence"])
def test_a_test_that_is_no_promise_is_refused(runs, kind):
    run = runs[kind].result()
    assert run.status == 4
    assert "tests/test_extra.py::test_no_promise" in run.out + run.err
    assert "Traceback" not in run.out + run.err


@scenario("no folder")
def test_a_folder_that_does_not_exist_is_one_line(run):
    assert run.status == 4
    (line,) = (run.out + run.err).strip().splitlines()
    assert str(run.folder / "nowhere") in line
