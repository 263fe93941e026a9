"""`next`: one line for every state that a chapter can be in."""

import re

import pytest
from rich.console import Console

from course.commands import next as advice
from course.model.chapters import Chapter, chapters
from course.model.progress import Kind, Progress
from course.model.starters import starter
from course.reports import board

SOLUTION = """\
def f():
    # TASK 1. Do it.
    return 1


def g():
    # TASK 2. And this.
    return 2
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Make a course of two chapters with pristine starters."""
    for folder in ("chapters", "solutions", "tests"):
        (tmp_path / folder).mkdir()
    for stem in ("ch01_one", "ch02_two"):
        make(Chapter(stem, tmp_path))
    monkeypatch.setattr(board, "chapters", lambda: chapters(tmp_path))
    return chapters(tmp_path)


def make(chapter):
    chapter.suite.touch()
    chapter.solution.write_text(SOLUTION, encoding="utf-8")
    chapter.workbench.write_text(starter(chapter), encoding="utf-8")


def begin(chapter):
    chapter.workbench.write_text(SOLUTION + "# mine\n", encoding="utf-8")


def checked(chapter, *kinds):
    outcomes = {f"test_{task}": kind for task, kind in enumerate(kinds, start=1)}
    tasks = {f"test_{task}": task for task in range(1, len(kinds) + 1)}
    Progress(chapter.root).note(chapter, outcomes, tasks)


def said():
    console = Console(width=40)
    with console.capture() as capture:
        assert advice.run(None, console) == 0
    (line,) = capture.get().splitlines()
    line = re.sub(r"\S*(?=chapters/)", "", line)
    longest = re.sub(r"\b(one|two|three)\b|(?<=ch0\d_)(one|two|three)", "back_pressure", line)
    assert len(longest) <= 80
    return line


@pytest.mark.usefixtures("course")
def test_a_chapter_that_is_not_begun_begins_with_its_lesson():
    assert said() == "Begin one with its lesson: python3 -m course lab one"


def test_a_missing_file_is_brought_back(course):
    course[0].workbench.unlink()
    assert "reset one" in said()


def test_what_was_not_checked_as_it_is_now_is_to_be_checked(course):
    begin(course[0])
    assert said().endswith("check one")
    checked(course[0], Kind.BROKEN, Kind.TO_DO)
    course[0].workbench.write_text("# changed\n", encoding="utf-8")
    assert said().startswith("Check one again")


def test_what_is_broken_is_to_be_fixed_before_the_next_is_written(course):
    begin(course[0])
    checked(course[0], Kind.TO_DO, Kind.BROKEN)
    assert said() == "Fix task 2 of one: python3 -m course check one"
    checked(course[0], Kind.KEPT, Kind.TO_DO)
    assert said().startswith("Write task 2")


def test_a_file_that_cannot_be_read_is_to_be_fixed(course):
    begin(course[0])
    checked(course[0], Kind.NOT_CHECKED, Kind.NOT_CHECKED)
    assert said().startswith("Python cannot read")


def test_the_next_chapter_comes_after_one_that_is_done(course):
    begin(course[0])
    checked(course[0], Kind.KEPT, Kind.KEPT)
    assert "lab two" in said()
    begin(course[1])
    checked(course[1], Kind.KEPT, Kind.KEPT)
    assert "All chapters are done" in said()


def test_it_goes_on_from_the_chapter_that_was_checked_last(course):
    one, two = course
    make(Chapter("ch03_three", one.root))
    begin(two)
    checked(two, Kind.KEPT, Kind.KEPT)
    assert "lab three" in said()  # not back to one, which was left out
    begin(one)
    checked(one, Kind.KEPT, Kind.BROKEN)
    assert said().startswith("Fix task 2 of one")
    checked(two, Kind.KEPT, Kind.KEPT)
    assert "lab three" in said()


def test_a_check_of_all_chapters_does_not_lead_to_the_last(course):
    one, two = course
    begin(one)
    checked(one, Kind.KEPT, Kind.TO_DO)
    checked(two, Kind.TO_DO, Kind.TO_DO)
    assert said().startswith("Write task 2 of one")


def test_a_borrowed_chapter_needs_no_check(course):
    one, _ = course
    one.workbench.write_text(SOLUTION, encoding="utf-8")
    assert "lab two" in said()


def test_after_the_last_chapter_it_comes_back_to_what_was_left_out(course):
    begin(course[1])
    checked(course[1], Kind.KEPT, Kind.KEPT)
    assert "lab one" in said()
