"""One fault is reported once, however many promises it breaks; what is not begun is never broken."""

import json
import re

import pytest

from course.model.chapters import find, find_task
from course.tests.a_copy import copy_of_the_course, course, pytest_of

ECHO, ACCEPT = find("echo"), find("accept")
ADDS = "        total += len(piece)\n"


@pytest.fixture
def root(tmp_path):
    copy_of_the_course(tmp_path)
    return tmp_path


def write(root, old, new):
    file = find("echo", root)
    text = file.solution.read_text(encoding="utf-8")
    assert old in text
    file.workbench.write_text(text.replace(old, new), encoding="utf-8")


def checked(root, slug):
    run = course(root, "check", slug, "--json", "found.json")
    assert "Traceback" not in run.stdout + run.stderr
    (chapter,) = json.loads((root / "found.json").read_text("utf-8"))["chapters"]
    return run.stdout, chapter["verdicts"]


def broken(verdicts, *tasks):
    return [v for v in verdicts if v["kind"] == "broken" and v["task"] in tasks]


def repeated(said, words):
    """Count the promises of which a report says `words`, alone or together with others."""
    said = " ".join(said.split())
    together = re.findall(rf"these (\d+): {words}(?! as)", said)
    return said.count(f"({words})") + sum(map(int, together))


def test_an_error_at_one_line_is_explained_once(root):
    write(root, ADDS, "        total += len(piece) / 0\n")
    said, verdicts = checked(root, "echo")
    assert said.count("ZeroDivisionError") == 1
    assert repeated(said, "the same fault") == len(broken(verdicts, 2, 3)) - 1 > 3


def test_a_task_that_is_broken_only_by_an_earlier_tasks_fault_is_a_line(root):
    write(root, "    total = 0\n", "    total = 0 / 0\n")
    said, verdicts = checked(root, "echo")
    assert f"Task 3 · serve_one   ✗ {len(broken(verdicts, 3))} broken by the same fault" in said


def test_another_fault_is_told_once_as_well(root):
    write(root, ADDS, "        total += len(piece) + (1 if piece else 0)\n        piece.nothing\n")
    file = find("echo", root).workbench
    text = file.read_text("utf-8").replace("        pieces = []\n", "        pieces = nothing\n")
    file.write_text(text, encoding="utf-8")
    said, verdicts = checked(root, "echo")
    assert said.count("name 'nothing' is not defined") == 1
    assert said.count("has no attribute 'nothing'") == 1
    assert repeated(said, "the same fault as above") == len(broken(verdicts, 4)) - 1


def test_with_several_faults_above_the_same_one_is_named(root):
    file = find("static_files", root)
    text = file.solution.read_text("utf-8")
    for old, new in (
        ("    # TASK 1.", "    nothing_1\n    # TASK 1."),
        ("    # TASK 2.", "    nothing_2\n    # TASK 2."),
        (
            "    if match is None or size == 0:\n",
            "    nothing_4\n    if match is None or not size:\n",
        ),
        ("    # TASK 5.", '    tag_matches("", "", strong=True)\n    # TASK 5.'),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    file.workbench.write_text(text, encoding="utf-8")
    said, _verdicts = checked(root, "static_files")
    said = " ".join(said.split())
    assert "the same fault as above)" in said
    assert "the same fault as above: NameError: name 'nothing_2' is not defined" in said


def test_what_the_same_belief_breaks_may_be_the_same_fault(root):
    write(root, "listener.bind((host, port))", 'listener.bind(("127.0.0.1", port))')
    said, verdicts = checked(root, "echo")
    assert len(broken(verdicts, 1)) == 2
    assert " ".join(said.split()).count("(perhaps the same fault)") == 1


def test_what_breaks_in_other_ways_keeps_its_own_words(root):
    write(root, "conn.sendall(piece)", "conn.sendall(piece.upper())")
    said, _ = checked(root, "echo")
    for words in ("b'ONE', not b'one'", "b'HELLO', not b'hello'", "b'FIRST', not b'first'"):
        assert words in said


def test_what_several_promises_in_a_row_share_is_said_once(root):
    write(root, "conn.sendall(piece)", "conn.recv(1)")
    said, verdicts = checked(root, "echo")
    skipped = [v for v in verdicts if v["kind"] == "not checked" and v["task"] == 2]
    assert said.count("not checked, because your code did not come back") == 1
    assert f"these {len(skipped)}: not checked, because your code did not come back" in said


def test_code_that_returns_too_early_does_not_hang(root):
    write(root, ADDS, f"{ADDS}        if len(piece) < CHUNK:\n            break\n")
    said, verdicts = checked(root, "echo")
    assert "your code has returned, but the other side still waits" in " ".join(said.split())
    assert "did not come back" not in said
    counts = next(v for v in verdicts if v["test"] == "test_echo_counts")
    assert counts["kind"] == "broken"


def test_plain_pytest_says_so_too(root):
    write(root, "    total = 0\n", "    total = 0 / 0\n")
    said = pytest_of(root, f"tests/test_{ECHO.stem}.py").stdout
    failures = said.partition("short test summary")[0]
    assert failures.count("ZeroDivisionError") == 1
    assert failures.count("the same fault as above") > 3


@pytest.fixture
def no_listener(root):
    """Make an acceptor that fails at its first line; what else is written is up to the test."""

    def make(*others):
        for slug in ("echo", "four_tuple"):
            course(root, "borrow", slug)
        for task in ("Acceptor.__init__", *others):
            course(root, "borrow", "accept", "--task", task)
        file = find("accept", root).workbench
        text = file.read_text("utf-8")
        changed = text.replace("self._listener = ", "self._listener = None + ")
        assert changed != text
        file.write_text(changed, encoding="utf-8")

    return make


def kinds(verdicts, function):
    task = find_task(function, ACCEPT)
    return {verdict["kind"] for verdict in verdicts if verdict["task"] == task}


def test_a_task_that_is_not_begun_is_to_do_though_an_earlier_one_fails(root, no_listener):
    no_listener()
    said, verdicts = checked(root, "accept")
    assert "broken" in kinds(verdicts, "Acceptor.__init__")
    for task in ("accept_now", "Acceptor.start", "Acceptor.stop"):
        assert kinds(verdicts, task) == {"to do"}
        assert f"{task}   to do" in said


def test_a_task_that_is_begun_can_be_broken_by_an_earlier_one(root, no_listener):
    no_listener("Acceptor.start")
    _, verdicts = checked(root, "accept")
    assert kinds(verdicts, "Acceptor.start") == {"broken"}


def test_a_task_of_which_one_function_is_written_is_begun(root, no_listener):
    no_listener()
    number = find_task("Acceptor.address", ACCEPT)
    raises = f'raise NotImplementedError("{ACCEPT.label} task {number}: Acceptor.address")'
    file = find("accept", root).workbench
    text = file.read_text("utf-8")
    body = re.compile(r'(def address\(.*?"""\n)(.*?)(?=\n    def )', re.DOTALL)
    file.write_text(body.sub(rf"\1        {raises}\n", text), encoding="utf-8")
    _, verdicts = checked(root, "accept")
    assert "broken" in kinds(verdicts, "Acceptor.address")
