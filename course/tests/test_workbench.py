"""`reset` and `borrow`: nothing that the learner wrote is ever lost."""

from datetime import datetime

import pytest
from rich.console import Console

from course import workbench
from course.chapters import Chapter
from course.errors import CourseError

SOLUTION = 'def f():\n    """Do."""\n    # TASK 1. Do it.\n    return "é"\n'
STARTER = SOLUTION.replace('return "é"', 'raise NotImplementedError("ch01 task 1: f")')
MINE = b"def f():\r\n    return 'mine'  # \xff is not UTF-8\r\n\x00"
TEXTS = {workbench.reset: STARTER, workbench.borrow: SOLUTION}
both = pytest.mark.parametrize("command", [workbench.reset, workbench.borrow])


@pytest.fixture
def chapter(tmp_path):
    """Make a course with one chapter, whose file the learner has changed."""
    for folder in ("chapters", "solutions"):
        (tmp_path / folder).mkdir()
    made = Chapter("ch01_one", tmp_path)
    made.solution.write_text(SOLUTION, encoding="utf-8")
    made.workbench.write_bytes(MINE)
    return made


def run(command, chapter):
    console = Console(width=500)
    with console.capture() as capture:
        status = command(chapter, console)
    return status, capture.get()


def copies(chapter):
    return sorted((chapter.root / ".course" / "copies").glob("*"))


@both
def test_the_file_is_replaced_and_the_copy_is_the_same_byte_for_byte(command, chapter):
    status, said = run(command, chapter)
    assert status == 0
    assert chapter.workbench.read_text(encoding="utf-8") == TEXTS[command]
    (copy,) = copies(chapter)
    assert copy.read_bytes() == MINE
    assert copy.name in said


@both
def test_the_copy_is_dated(command, chapter):
    before = datetime.now().replace(microsecond=0)
    run(command, chapter)
    (copy,) = copies(chapter)
    stem, stamp, suffix = copy.name.split(".")
    assert (stem, suffix) == ("ch01_one", "py")
    assert before <= datetime.strptime(stamp, "%Y-%m-%d-%H%M%S") <= datetime.now()


def test_copies_of_one_second_do_not_overwrite_each_other(chapter, monkeypatch):
    class Stopped(datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2026, 1, 2, 3, 4, 5, tzinfo=tz)

    monkeypatch.setattr(workbench, "datetime", Stopped)
    contents = [b"first\n", b"second\n", b"third\n", b"first\n"]
    for content in contents:
        chapter.workbench.write_bytes(content)
        run(workbench.reset, chapter)
    assert len(copies(chapter)) == len(contents)
    assert sorted(copy.read_bytes() for copy in copies(chapter)) == sorted(contents)
    assert all("2026-01-02-030405" in copy.name for copy in copies(chapter))


@both
def test_without_a_copy_the_file_is_left_alone(command, chapter):
    (chapter.root / ".course").write_text("a file where the folder should be")
    with pytest.raises(CourseError) as caught:
        run(command, chapter)
    assert "ch01_one.py" in str(caught.value)
    assert chapter.workbench.read_bytes() == MINE
    assert [path.name for path in chapter.workbench.parent.iterdir()] == ["ch01_one.py"]


@both
def test_when_the_new_text_cannot_be_written_the_file_is_as_it_was(command, chapter):
    chapter.workbench.with_suffix(".new").mkdir()
    with pytest.raises(CourseError) as caught:
        run(command, chapter)
    assert "ch01_one.py" in str(caught.value)
    assert chapter.workbench.read_bytes() == MINE


@both
def test_a_second_time_there_is_nothing_to_do_and_no_second_copy(command, chapter):
    run(command, chapter)
    status, said = run(command, chapter)
    assert status == 0
    assert "ch01_one.py" in said
    assert len(copies(chapter)) == 1


@both
def test_a_missing_file_comes_back_without_a_copy(command, chapter):
    chapter.workbench.unlink()
    assert run(command, chapter)[0] == 0
    assert chapter.workbench.read_text(encoding="utf-8") == TEXTS[command]
    assert copies(chapter) == []


@both
def test_nothing_but_the_file_is_left_in_the_learners_folder(command, chapter):
    run(command, chapter)
    assert [path.name for path in chapter.workbench.parent.iterdir()] == ["ch01_one.py"]


@both
def test_without_the_solution_the_file_is_left_alone(command, chapter):
    chapter.solution.unlink()
    with pytest.raises(CourseError) as caught:
        run(command, chapter)
    assert "solutions/ch01_one.py" in str(caught.value)
    assert chapter.workbench.read_bytes() == MINE
    assert copies(chapter) == []
