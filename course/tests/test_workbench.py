"""`reset`, `borrow` and `restore`: nothing that the learner wrote is ever lost."""

import os
from datetime import datetime
from threading import get_ident

import pytest
from rich.console import Console

from course.model import copies as dated
from course.model import workbench
from course.model.chapters import Chapter
from course.model.errors import CourseError, UsageError

SOLUTION = 'def f():\n    """Do."""\n    # TASK 1. Do it.\n    return "é"\n'
STARTER = SOLUTION.replace('return "é"', 'raise NotImplementedError("ch01 task 1: f")')
MINE = b"def f():\r\n    return 'mine'  # \xff is not UTF-8\r\n\x00"
TEXTS = {workbench.reset: STARTER, workbench.borrow: SOLUTION}
both = pytest.mark.parametrize("command", [workbench.reset, workbench.borrow])


@pytest.fixture
def chapter(tmp_path):
    """Make a course with one chapter, whose file the learner has changed."""
    for folder in ("chapters", "solutions", "tests"):
        (tmp_path / folder).mkdir()
    made = Chapter("ch01_one", tmp_path)
    made.suite.touch()
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

    monkeypatch.setattr(dated, "datetime", Stopped)
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
    chapter.workbench.with_name(f"ch01_one.py.{os.getpid()}.{get_ident()}.new").mkdir()
    with pytest.raises(CourseError) as caught:
        run(command, chapter)
    assert "ch01_one.py" in str(caught.value)
    assert chapter.workbench.read_bytes() == MINE


@both
def test_what_was_saved_after_the_copy_was_made_is_not_overwritten(command, chapter, monkeypatch):
    def keep_while_an_editor_saves(*arguments):
        copy = dated.keep(*arguments)
        chapter.workbench.write_bytes(b"newer\n")
        return copy

    monkeypatch.setattr(workbench, "keep", keep_while_an_editor_saves)
    with pytest.raises(CourseError, match="in the meantime"):
        run(command, chapter)
    assert chapter.workbench.read_bytes() == b"newer\n"
    assert [path.name for path in chapter.workbench.parent.iterdir()] == ["ch01_one.py"]


@both
def test_the_file_keeps_its_mode_and_a_link_stays_a_link(command, chapter, tmp_path):
    real = tmp_path / "elsewhere.py"
    chapter.workbench.rename(real)
    real.chmod(0o640)
    chapter.workbench.symlink_to(real)
    run(command, chapter)
    assert chapter.workbench.is_symlink()
    assert real.read_text(encoding="utf-8") == TEXTS[command]
    assert real.stat().st_mode & 0o777 == 0o640


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


# --- restore ------------------------------------------------------------------------------------


def restore(chapter, wanted=None):
    return run(lambda _, console: workbench.restore(wanted, console, chapter.root), chapter)


def test_restore_undoes_and_undoes_that(chapter):
    run(workbench.reset, chapter)
    status, said = restore(chapter, "1")
    assert (status, chapter.workbench.read_bytes()) == (0, MINE)
    assert "ch01_one.py" in said
    restore(chapter, "one")
    assert chapter.workbench.read_text(encoding="utf-8") == STARTER
    restore(chapter, "1")
    assert chapter.workbench.read_bytes() == MINE
    assert len(copies(chapter)) == 4


def test_a_copy_that_is_what_you_have_is_passed_over(chapter):
    run(workbench.reset, chapter)
    chapter.workbench.write_bytes(b"second\n")
    run(workbench.reset, chapter)
    chapter.workbench.write_bytes(b"second\r\n")
    restore(chapter, "1")
    assert chapter.workbench.read_bytes() == MINE


def test_a_copy_comes_back_by_its_name_and_what_was_there_is_kept(chapter):
    run(workbench.reset, chapter)
    (copy,) = copies(chapter)
    chapter.workbench.write_bytes(b"second\n")
    run(workbench.borrow, chapter)
    chapter.workbench.write_bytes(b"third\n")
    restore(chapter, f".course/copies/{copy.name}")
    assert chapter.workbench.read_bytes() == MINE
    assert {kept.read_bytes() for kept in copies(chapter)} == {MINE, b"second\n", b"third\n"}


def test_restore_takes_the_newest_of_one_second_also_after_the_ninth(chapter):
    folder = chapter.root / ".course" / "copies"
    folder.mkdir(parents=True)
    for extra in ("", "-2", "-9", "-10"):
        (folder / f"ch01_one.2026-01-02-030405{extra}.py").write_text(f"copy{extra}\n", "utf-8")
    (folder / "ch02_two.2027-01-02-030405.py").write_text("another chapter's\n", "utf-8")
    restore(chapter, "1")
    assert chapter.workbench.read_bytes() == b"copy-10\n"


def test_a_copy_from_before_a_renumbering_is_found(chapter):
    folder = chapter.root / ".course" / "copies"
    folder.mkdir(parents=True)
    (folder / "ch07_one.2026-01-02-030405.py").write_bytes(b"old\n")
    restore(chapter, "1")
    assert chapter.workbench.read_bytes() == b"old\n"
    restore(chapter, "ch07_one.2026-01-02-030405.py")
    assert chapter.workbench.read_bytes() == b"old\n"


def test_without_a_name_the_copies_are_listed_newest_first(chapter):
    assert "Nothing has been replaced yet" in restore(chapter)[1]
    for content in (MINE, b"second\n"):
        chapter.workbench.write_bytes(content)
        run(workbench.reset, chapter)
    before = chapter.workbench.read_bytes()
    status, said = restore(chapter)
    newest, oldest = sorted((copy.name for copy in copies(chapter)), key=said.index)
    assert status == 0
    assert (chapter.root / ".course" / "copies" / newest).read_bytes() == b"second\n"
    assert (chapter.root / ".course" / "copies" / oldest).read_bytes() == MINE
    assert chapter.workbench.read_bytes() == before


@pytest.mark.parametrize(
    ("wanted", "error"),
    [("1", CourseError), ("9", UsageError), ("ch01_one.2026-01-02-030405.py", UsageError)],
)
def test_where_there_is_nothing_to_restore_nothing_changes(chapter, wanted, error):
    with pytest.raises(error):
        restore(chapter, wanted)
    assert chapter.workbench.read_bytes() == MINE
    assert copies(chapter) == []


# --- A task of its own --------------------------------------------------------------------------

TWO_TASKS = """import os


class Box:
    def __init__(self):
        # TASK 1. Begin.
        self._content = []

    def add(self, thing):
        # TASK 2. Put it in.
        self._content.append(thing)


def first(box):
    # TASK 3. Take one.
    return _take(box, 0)


# Not in the starter.
def _take(box, at):
    return box._content[at]
"""


@pytest.fixture
def box(chapter):
    chapter.solution.write_text(TWO_TASKS, encoding="utf-8")
    chapter.workbench.write_text(workbench.starter(chapter), encoding="utf-8")
    return chapter


def with_task(command, chapter, task):
    return run(lambda _, console: command(chapter, console, task), chapter)


def test_borrowing_a_task_brings_its_helpers_and_says_so(box):
    before = box.workbench.read_text("utf-8")
    status, said = with_task(workbench.borrow, box, "3")
    text = box.workbench.read_text("utf-8")
    assert status == 0
    assert "_take" in said
    assert "def _take(box, at):" in text
    assert text.count("raise NotImplementedError") == 2
    assert [copy.read_text("utf-8") for copy in copies(box)] == [before]


def test_a_task_can_be_named_by_its_function(box):
    with_task(workbench.borrow, box, "Box.add")
    assert "self._content.append(thing)" in box.workbench.read_text("utf-8")


def test_borrowing_warns_of_what_nothing_sets(box):
    _, said = with_task(workbench.borrow, box, "2")
    assert "self._content" in said
    assert "borrow one --task 1" in said
    _, said = with_task(workbench.borrow, box, "1")
    assert "Careful" not in said


def test_borrowing_does_not_warn_of_what_was_so_before(box):
    with_task(workbench.borrow, box, "2")
    assert "Careful" not in with_task(workbench.borrow, box, "3")[1]


def test_borrowing_warns_of_what_the_learner_set(box):
    text = box.workbench.read_text("utf-8")
    text = text.replace('raise NotImplementedError("ch01 task 1: Box.__init__")', "self.mine = []")
    text = text.replace('raise NotImplementedError("ch01 task 2: Box.add")', "self.mine += [thing]")
    box.workbench.write_text(text.replace("self.mine +=", "self.mine = self.mine +"), "utf-8")
    assert "Careful" not in with_task(workbench.borrow, box, "1")[1]
    box.workbench.write_text(text.replace("self.mine += [thing]", "self.mine.append(1)"), "utf-8")
    assert "reads self.mine, but nothing sets it" in with_task(workbench.borrow, box, "1")[1]


def test_resetting_a_task_leaves_the_others(box):
    for task in "123":
        with_task(workbench.borrow, box, task)
    before = box.workbench.read_text("utf-8")
    with_task(workbench.reset, box, "2")
    text = box.workbench.read_text("utf-8")
    assert text == before.replace(
        "self._content.append(thing)", 'raise NotImplementedError("ch01 task 2: Box.add")'
    )


def test_an_unknown_task_changes_nothing(box):
    before = box.workbench.read_bytes()
    for command in (workbench.reset, workbench.borrow):
        with pytest.raises(UsageError, match=r"1 Box\.__init__, 2 Box\.add, 3 first"):
            with_task(command, box, "4")
    assert box.workbench.read_bytes() == before
    assert copies(box) == []


@pytest.mark.parametrize("content", [b"def f(:\n", b"\xff", b"\0", b"", b"def other(): ...\n"])
def test_a_file_without_the_function_is_left_alone(box, content):
    box.workbench.write_bytes(content)
    for command in (workbench.reset, workbench.borrow):
        with pytest.raises(CourseError):
            with_task(command, box, "3")
    assert box.workbench.read_bytes() == content
    assert copies(box) == []


def test_a_damaged_solution_is_told(box):
    box.solution.write_text("def f(:\n", encoding="utf-8")
    for command in (workbench.reset, workbench.borrow):
        for task in (None, "3"):
            with pytest.raises(CourseError, match=r"git checkout solutions/ch01_one\.py"):
                with_task(command, box, task)
