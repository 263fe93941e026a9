"""`check echo --task 1`: the promises of one task, its green line, and what comes next."""

import json

import pytest

from course.model.chapters import chapters, find
from course.model.progress import Kind, Progress
from course.tests.a_copy import copy_of_the_course, course

ECHO = find("echo")
FIRST, SECOND, THIRD, LAST = (task.name for task in ECHO.tasks)
PROMISED = [list(ECHO.promised.values()).count(number) for number in ECHO.task_numbers]


@pytest.fixture
def root(tmp_path):
    copy_of_the_course(tmp_path)
    return tmp_path


def borrow(root, *tasks):
    for task in tasks:
        course(root, "borrow", "echo", "--task", task)


def words(run):
    assert "Traceback" not in run.stdout + run.stderr
    return " ".join(run.stdout.split())


def outcomes(root):
    """Return what is remembered of each task: the outcomes of its promises, each once."""
    record = Progress(root).of(find("echo", root))
    return [{record.kinds[test] for test in record.of(task)} for task in ECHO.task_numbers]


def test_a_task_that_is_done_gets_its_tick_and_the_next_is_named(root):
    borrow(root, FIRST)
    run = course(root, "check", "echo", "--task", "1")
    assert run.returncode == 0
    *_, tick, onward = run.stdout.splitlines()
    assert tick.startswith(f" ✓ Task 1 · {FIRST}: all {PROMISED[0]} promises kept")
    assert onward == f" Next: task 2, {SECOND}."
    assert run.stdout.count("✓") == PROMISED[0] + 1
    assert "Task 2 ·" not in run.stdout


def test_one_promise_and_two_have_words_of_their_own(root):
    for wanted, said in ((1, "its promise is kept"), (2, "both promises kept")):
        counts = (
            (c, n, list(c.promised.values()).count(n)) for c in chapters() for n in c.task_numbers
        )
        chapter, number, _ = next(each for each in counts if each[2] == wanted)
        course(root, "borrow", chapter.slug)
        run = course(root, "check", chapter.slug, "--task", str(number))
        assert f": {said}   " in run.stdout


def test_a_task_can_be_named_by_its_function(root):
    borrow(root, SECOND)
    run = course(root, "check", "echo", "--task", SECOND)
    assert run.returncode == 0
    assert f"✓ Task 2 · {SECOND}" in run.stdout


def test_a_task_that_waits_for_another_says_which_comes_first(root):
    borrow(root, THIRD)
    run = course(root, "check", "echo", "--task", "3")
    assert run.returncode == 8
    assert run.stdout.splitlines()[-1] == f" Task 2, {SECOND}, comes first."
    run = course(root, "check", "echo", "--task", "2")
    assert run.stdout.splitlines()[-1] == f" Write it in chapters/{ECHO.stem}.py."


def test_a_broken_task_is_status_1_and_the_others_are_not_spoken_of(root):
    file = find("echo", root).workbench
    borrow(root, SECOND)
    file.write_text(file.read_text("utf-8").replace("conn.sendall(piece)", "conn.sendall(b'')"))
    run = course(root, "check", "echo", "--task", "2")
    assert run.returncode == 1
    assert "Broken promise" in run.stdout
    assert FIRST not in run.stdout
    assert f"of {PROMISED[1]} promises kept" in run.stdout


def test_after_the_last_task_comes_the_whole_chapter(root):
    borrow(root, FIRST, SECOND, THIRD, LAST)
    for number in (1, 2, 3):
        course(root, "check", "echo", "--task", str(number))
    run = course(root, "check", "echo", "--task", "4")
    assert run.stdout.splitlines()[-1] == " Next: the whole chapter, python3 -m course check echo"
    run = course(root, "check", "echo", "--json", "found.json")
    assert run.returncode == 0
    (chapter,) = json.loads((root / "found.json").read_text("utf-8"))["chapters"]
    assert len(chapter["verdicts"]) == sum(PROMISED)


def test_what_is_known_of_the_other_tasks_is_kept(root):
    course(root, "check", "echo")
    borrow(root, SECOND)
    course(root, "check", "echo", "--task", "2")
    to_do, kept = {Kind.TO_DO.value}, {Kind.KEPT.value}
    assert outcomes(root) == [to_do, kept, to_do, to_do]
    borrow(root, FIRST)
    course(root, "check", "echo", "--task", "1")
    assert outcomes(root) == [kept, kept, to_do, to_do]
    board = course(root, "status").stdout
    assert "■■··" in board
    assert "2 of 4 tasks" in board
    assert words(course(root, "next")).startswith("Write task 3")


def test_a_chapter_is_done_only_when_every_task_was_checked_as_it_is_now(root):
    borrow(root, FIRST, SECOND, THIRD)
    file = find("echo", root).workbench
    for number in (1, 2, 3):
        course(root, "check", "echo", "--task", str(number))
    course(root, "borrow", "echo")
    file.write_text(file.read_text("utf-8") + "# mine\n", encoding="utf-8")
    course(root, "check", "echo", "--task", "4")
    assert words(course(root, "next")).startswith("Check all of")
    course(root, "check", "echo")
    assert words(course(root, "next")).startswith("Begin four_tuple")


def test_a_task_of_the_reference_leaves_no_trace(root):
    run = course(root, "check", "echo", "--solutions", "--task", "1")
    assert run.returncode == 0
    assert not (root / ".course").exists()


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("echo", "--task", "99"), f"no task '99'. Its tasks are: 1 {FIRST}"),
        (("echo", "--task", "x"), "no task 'x'"),
        (("echo", "accept", "--task", "1"), "one task of one chapter"),
        (("--all", "--task", "1"), "one task of one chapter"),
    ],
)
def test_bad_input_is_one_line_and_status_2(root, arguments, what):
    run = course(root, "check", *arguments)
    assert (run.returncode, run.stdout) == (2, "")
    (line,) = run.stderr.splitlines()
    assert what in line
