"""Modules such as grammar.py are given: learners have the same file as the solutions."""

from __future__ import annotations

import pytest

from course.model.chapters import ROOT, given_modules
from course.tests.a_copy import copy_of_the_course, course

GRAMMAR = ROOT / "solutions" / "grammar.py"


@pytest.fixture
def root(tmp_path):
    copy_of_the_course(tmp_path)
    return tmp_path


def test_the_chapters_have_every_given_module_unchanged():
    assert GRAMMAR in given_modules()
    for module in given_modules():
        assert (ROOT / "chapters" / module.name).read_bytes() == module.read_bytes()


def test_starters_notices_and_writes_a_given_module(root):
    mine = root / "chapters" / "grammar.py"
    mine.write_text("TOKEN = ''\n")
    found = course(root, "starters", "--check")
    assert (found.returncode, "chapters/grammar.py" in found.stdout) == (1, True)
    assert course(root, "starters").returncode == 0
    assert mine.read_bytes() == GRAMMAR.read_bytes()


@pytest.mark.parametrize("command", [("reset", "request"), ("borrow", "request", "--task", "1")])
def test_reset_and_borrow_bring_a_given_module_back_and_keep_a_copy(root, command):
    mine = root / "chapters" / "grammar.py"
    mine.write_text("TOKEN = ''\n")
    done = course(root, *command)
    assert done.returncode == 0
    assert "chapters/grammar.py now holds what was given" in done.stdout
    assert mine.read_bytes() == GRAMMAR.read_bytes()
    assert [file.read_text() for file in (root / ".course/copies").glob("grammar.*")] == [
        "TOKEN = ''\n"
    ]


def test_a_check_says_where_a_missing_given_module_is(root):
    (root / "chapters" / "grammar.py").unlink()
    done = course(root, "check", "request")
    assert done.returncode == 1
    assert "chapters/grammar.py: the file is missing" in done.stdout


def test_a_submission_is_graded_with_the_given_module_of_the_course(root):
    ours = root / "handed_in" / "ada" / "chapters"
    ours.mkdir(parents=True)
    solution = (root / "solutions" / "ch09_request.py").read_bytes()
    (ours / "ch09_request.py").write_bytes(solution)
    (ours / "grammar.py").write_text("raise SystemExit\n")
    done = course(root, "grade", "handed_in", "--chapters", "request")
    assert "complete" in done.stdout
    assert "grammar" not in done.stdout
    assert done.returncode == 0
