"""A chapter is done: what you can do now, how to run it, compare it, and what comes next."""

import json
import re
import shutil

import pytest

from course.model.abilities import abilities
from course.model.chapters import Chapter, chapters, find
from course.reports.finish import finish
from course.reports.terminal import as_text
from course.tests.a_copy import copy_of_the_course, course

ECHO, FOUR_TUPLE, ACCEPT = (find(slug) for slug in ("echo", "four_tuple", "accept"))


@pytest.fixture
def root(tmp_path):
    copy_of_the_course(tmp_path)
    (tmp_path / "notebooks").mkdir()
    shutil.copy(ECHO.notebook, tmp_path / "notebooks")
    return tmp_path


def write(root, slug):
    """Put what works, but is not the reference, in the place of the learner's file."""
    chapter = find(slug, root)
    text = chapter.solution.read_text(encoding="utf-8")
    chapter.workbench.write_text(f"{text}# mine\n", encoding="utf-8")


def end(run):
    """Return the rows below the sum, each with its label."""
    rows = run.stdout.partition(" promises kept")[2].splitlines()[1:]
    return dict(re.findall(r"^ (\w+(?: \w+)*) {2,}(.*?) *$", "\n".join(rows), re.MULTILINE)), rows


def test_a_chapter_that_is_done_says_what_now(root):
    write(root, "echo")
    run = course(root, "check", "echo")
    assert "chapter 1 is done" in run.stdout
    labels, rows = end(run)
    assert list(labels) == ["You can now", "Run it", "Compare", "Next"]
    assert labels["Run it"] == f"python3 -m chapters.{ECHO.stem} --port 8000"
    assert labels["Compare"] == "python3 -m course solution echo"
    assert labels["Next"] == "python3 -m course lab four_tuple"
    assert "open a listener" in labels["You can now"]
    assert len(rows) <= 6
    assert course(root, "solution", "echo").returncode == 0


def test_next_is_what_is_not_done(root):
    write(root, "echo")
    course(root, "borrow", "four_tuple")
    labels, _ = end(course(root, "check", "echo"))
    assert labels["Next"] == "python3 -m course lab accept"
    write(root, "accept")
    labels, _ = end(course(root, "check", "echo"))
    assert labels["Next"] == "python3 -m course check accept"


def test_a_borrowed_chapter_is_nothing_to_compare_and_no_merit(root):
    course(root, "borrow", "echo")
    run = course(root, "check", "echo")
    assert "it is the reference" in run.stdout
    assert list(end(run)[0]) == ["Run it", "Next"]


def test_without_solutions_there_is_nothing_to_compare_with(root):
    write(root, "echo")
    shutil.rmtree(root / "solutions")
    assert list(end(course(root, "check", "echo"))[0]) == ["You can now", "Run it", "Next"]


def test_what_is_not_done_ends_as_before(root):
    write(root, "echo")
    course(root, "reset", "echo", "--task", "4")
    run = course(root, "check", "echo")
    assert run.stdout.splitlines()[-1] == " Next: task 4, ask."


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.slug)
def test_every_lesson_says_what_its_reader_can_do_in_a_few_lines(chapter):
    can = abilities(chapter)
    assert can
    for text in can:
        assert not re.search(r"[*`<>]|\n", text)
    assert len(as_text([finish(chapter)], 80).splitlines()) <= 8


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        (
            "# T\n\n**Afterwards you can:**\n\n* do `a()`, b;\n* see\n  *c*.\n\n**Time:** 3",
            ["do a(), b", "see c"],
        ),
        ("# T\n\n**Afterwards you can** read <dfn>a\nb</dfn>.\n\nMore.", ["read a b"]),
        ("**By the end, you will be able to:**\n\n- follow [a link](x.ipynb)", ["follow a link"]),
        ("# T\n\nNothing.", []),
    ],
)
def test_abilities_are_read_from_the_first_cell(tmp_path, cell, found):
    chapter = Chapter("ch01_one", tmp_path)
    chapter.notebook.parent.mkdir()
    chapter.notebook.write_text(json.dumps({"cells": [{"source": [cell]}]}), encoding="utf-8")
    assert abilities(chapter) == found


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"cells": []}', '{"cells": [{"source": 1}]}'])
def test_a_damaged_lesson_says_nothing(tmp_path, text):
    chapter = Chapter("ch01_one", tmp_path)
    chapter.notebook.parent.mkdir()
    chapter.notebook.write_text(text, encoding="utf-8")
    assert abilities(chapter) == []
