"""`solution`: when it opens, and that the differences can be read."""

from argparse import Namespace

import pytest
from rich.console import Console

from course.commands import solution
from course.model.chapters import Chapter
from course.model.errors import CourseError, UsageError
from course.model.progress import Kind, Progress
from course.reports import comparison

SOLUTION = '''\
"""Chapter 1. What?"""

import os


def f(path):
    """Do the first thing.

    It is described at length:
    line one,
    line two,
    line three.
    """
    # TASK 1. Do it.
    found = os.stat(path)
    return _size(found)


def g():
    # TASK 2. Do that.
    return 2


# Not in the starter.
def _size(found):
    return found.st_size
'''
MINE = SOLUTION.replace("    found = os.stat(path)\n    return _size(found)", "    return 'mine'")


@pytest.fixture
def chapter(tmp_path):
    for folder in ("chapters", "solutions", "tests"):
        (tmp_path / folder).mkdir()
    made = Chapter("ch01_one", tmp_path)
    made.suite.touch()
    made.solution.write_text(SOLUTION, encoding="utf-8")
    made.workbench.write_text(MINE.partition("def _size")[0], encoding="utf-8")
    return made


def checked(chapter, *kinds):
    outcomes = {f"test_{task}": kind for task, kind in enumerate(kinds, start=1)}
    tasks = {f"test_{task}": task for task in range(1, len(kinds) + 1)}
    Progress(chapter.root).note(chapter, outcomes, tasks)


def shown(chapter, width=80, **options):
    console = Console(width=width)
    with console.capture() as capture:
        console.print(comparison.comparison(chapter, **options))
    return capture.get()


def lines(text, mark):
    """Return the lines with this mark, without it."""
    return [line[4:].rstrip() for line in text.splitlines() if line.startswith(f"  {mark} ")]


def test_it_opens_when_every_promise_is_kept(chapter):
    for kinds in ([], [Kind.KEPT, Kind.BROKEN], [Kind.TO_DO, Kind.KEPT]):
        checked(chapter, *kinds)
        with pytest.raises(CourseError, match=r"Chapter 1 has not passed yet.*--spoil"):
            shown(chapter)
    checked(chapter, Kind.KEPT, Kind.KEPT)
    assert "Task 1 · f" in shown(chapter)


def test_a_task_opens_when_its_promises_are_kept(chapter):
    checked(chapter, Kind.BROKEN, Kind.KEPT)
    assert "Task 2 · g" in shown(chapter, task="2")
    assert "Task 1" not in shown(chapter, task="g")
    with pytest.raises(CourseError, match="Chapter 1, task 1, has not passed yet"):
        shown(chapter, task="1")


def test_it_closes_when_the_file_has_changed_since_the_check(chapter):
    checked(chapter, Kind.KEPT, Kind.KEPT)
    chapter.workbench.write_text(MINE + "# changed\n", encoding="utf-8")
    with pytest.raises(CourseError, match="check one"):
        shown(chapter)


def test_spoil_opens_it_and_changes_nothing(chapter):
    before = chapter.workbench.read_bytes()
    assert lines(shown(chapter, spoil=True), "-") == ["    return 'mine'"]
    assert chapter.workbench.read_bytes() == before
    assert not (chapter.root / ".course").exists()


def test_it_shows_what_differs_with_the_helpers_that_the_reference_needs(chapter):
    text = shown(chapter, spoil=True)
    assert lines(text, "+") == [
        "    found = os.stat(path)",
        "    return _size(found)",
        "def _size(found):",
        "    return found.st_size",
    ]
    assert text.count("def _size") == 1


def test_a_helper_of_two_tasks_is_shown_with_the_first_or_the_one_asked_for(chapter):
    chapter.solution.write_text(SOLUTION.replace("return 2", "return _size(os)"), "utf-8")
    text = shown(chapter, spoil=True)
    assert text.count("def _size") == 1
    assert text.index("def _size") < text.index("Task 2")
    assert "def _size" in shown(chapter, spoil=True, task="2")


def test_what_is_equal_is_cut_to_the_lines_near_by(chapter):
    text = shown(chapter, spoil=True, task="1")
    for line in ("def f(path):", "...", '"""'):
        assert line in text
    assert "line one" not in text
    assert "TASK" not in text  # what the comment says is no part of an answer


def test_what_is_the_same_is_said_to_be(chapter):
    text = shown(chapter, spoil=True, task="2")
    assert "word for word" in text
    assert "return 2" not in text


def test_line_ends_and_a_byte_order_mark_are_no_difference(chapter):
    text = SOLUTION.replace("\n", "\r\n")
    chapter.workbench.write_bytes(text.encode("utf-8-sig"))
    assert shown(chapter, spoil=True).count("word for word") == 2


def test_a_lone_equal_line_between_two_differences_does_not_separate_them():
    mine = ["a", "b", "", "c", "same", "same too"]
    theirs = ["x", "y", "", "z", "same", "same too"]
    console = Console(width=80)
    with console.capture() as capture:
        console.print(comparison.difference(mine, theirs))
    marks = [line[:4].strip() for line in capture.get().splitlines()]
    assert "".join(mark or "=" for mark in marks) == "----++++=="


@pytest.mark.parametrize("content", [b"def f(:\n", b"\xff", b"\0", None])
def test_without_a_readable_file_all_of_the_reference_is_shown(chapter, content):
    chapter.workbench.unlink()
    if content is not None:
        chapter.workbench.write_bytes(content)
    text = shown(chapter, spoil=True)
    assert "chapters/ch01_one.py" in "".join(text.split("\n"))
    assert "return found.st_size" in " ".join(lines(text, "+"))
    assert lines(text, "-") == []


def test_no_line_is_wider_than_the_terminal_and_nothing_is_lost(chapter):
    long = f"    return {' + '.join(f'number_{n}' for n in range(20))}"
    chapter.solution.write_text(SOLUTION.replace("    return 2", long), encoding="utf-8")
    text = shown(chapter, spoil=True, width=60)
    assert max(map(len, text.splitlines())) <= 60
    for n in range(20):
        assert f"number_{n}" in text
    broken_up = [line for line in text.splitlines() if "number_" in line]
    assert all(line.startswith((" " * 8, "  +     ")) for line in broken_up)


def test_it_is_printed_where_colours_are_forced_but_nobody_sits_at_a_terminal():
    console = Console(width=80, force_terminal=True)
    options = Namespace(chapter="1", task=None, spoil=True)
    with console.capture() as capture:
        assert solution.run(options, console) == 0
    assert "\x1b[" in capture.get()
    assert "return" in capture.get()


def test_an_unknown_task_or_a_missing_reference_is_reported(chapter):
    with pytest.raises(UsageError, match="1 f, 2 g"):
        shown(chapter, task="3")
    chapter.solution.unlink()
    with pytest.raises(CourseError, match=r"solutions/ch01_one\.py is not here"):
        shown(chapter, spoil=True)
