"""`update`: a newer version arrives, and nothing that the learner wrote is lost."""

import json
import os
import shutil
import subprocess
from contextlib import contextmanager, suppress
from types import SimpleNamespace

import pytest
from rich.console import Console

from course.commands.update import command
from course.commands.update.joining import joined
from course.commands.update.older import take_over
from course.commands.update.repository import Repository
from course.model.chapters import ROOT, Chapter, find
from course.model.errors import CourseError, UsageError
from course.model.starters import derive, starter
from course.tests.a_copy import course

ONE = '''"""Chapter 1. One?"""

import socket

SIZE = 1


def given() -> int:
    """Be given."""
    return SIZE


def f() -> int:
    """Do."""
    # TASK 1. Do it.
    return 1


def g() -> int:
    """Do more."""
    # TASK 2. Do it, too.
    return 2
'''
TWO = '''"""Chapter 2. Two?"""

from .ch01_one import f


def twice() -> int:
    """Do it twice."""
    # TASK 1. Do it.
    return 2 * f()
'''
OLDER = {"ch01_one": ONE, "ch02_two": TWO}
NOTES = "My own note."
HIGHER = ONE.replace("SIZE = 1", "SIZE = 4096")


def lesson(*sources, outputs=()):
    cells = [{"cell_type": "code", "source": [s], "outputs": list(outputs)} for s in sources]
    return json.dumps({"cells": cells, "nbformat": 4}).encode()


def publish(root, solutions, words="lesson"):
    """Write the chapters of a version of the course, and nothing of an earlier one."""
    for folder in ("chapters", "solutions", "tests", "notebooks"):
        for file in (root / folder).glob("*ch*"):
            file.unlink()
        (root / folder).mkdir(exist_ok=True)
    for stem, solution in solutions.items():
        chapter = Chapter(stem, root)
        chapter.suite.touch()
        chapter.solution.write_text(solution, encoding="utf-8", newline="\n")
        chapter.workbench.write_text(starter(chapter), encoding="utf-8", newline="\n")
        chapter.notebook.write_bytes(lesson(f"{words} of {chapter.slug}"))


def git(root, *arguments):
    names = ["-c", "user.name=me", "-c", "user.email=me@localhost", "-c", "commit.gpgsign=false"]
    left_out = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", *names, *arguments], cwd=root, env=left_out, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def commit(root):
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "work")


@pytest.fixture(scope="module")
def first_version(tmp_path_factory):
    root = tmp_path_factory.mktemp("first") / "course"
    no_need = ("__pycache__", "tests", "bench", "pictures", "grading", "watch", "lessons")
    shutil.copytree(ROOT / "course", root / "course", ignore=shutil.ignore_patterns(*no_need))
    shutil.copy(ROOT / ".gitignore", root)
    (root / ".gitattributes").write_text("* text=auto eol=lf\n")
    (root / "README.md").write_text("one\n")
    publish(root, OLDER)
    git(root, "init", "--quiet", "--initial-branch=main")
    commit(root)
    return root


@pytest.fixture
def upstream(first_version, tmp_path):
    git(tmp_path, "clone", "--quiet", str(first_version), "upstream")
    return tmp_path / "upstream"


@pytest.fixture
def mine(upstream, tmp_path, monkeypatch):
    """Clone the course as a learner does."""
    root = tmp_path / "my course"
    git(tmp_path, "clone", "--quiet", str(upstream), str(root))
    git(root, "config", "user.name", "me")
    git(root, "config", "user.email", "me@localhost")
    monkeypatch.setattr(command, "ROOT", root)
    monkeypatch.setattr(command, "PREPARED", root / ".course" / "update")
    monkeypatch.setattr(command, "PLAN", root / ".course" / "update" / ".course" / "plan.json")
    return root


def update():
    console = Console(width=500)
    with console.capture() as capture:
        assert command.update(None, console) == 0
    return capture.get()


def write(root, name, content):
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def texts(root, *folders):
    """Return every byte that stands in these folders, by path."""
    files = (file for folder in folders for file in (root / folder).rglob("*") if file.is_file())
    return {
        file.relative_to(root).as_posix(): file.read_bytes()
        for file in files
        if "__pycache__" not in file.parts
    }


def with_f_written(solution):
    unwritten = 'raise NotImplementedError("ch01 task 1: f")'
    helper = "\n\n\ndef _one() -> int:\n    return 1"
    return starter_of(solution).replace(unwritten, "return _one()  # mine" + helper)


def starter_of(solution, label="ch01"):
    return derive(solution, label)


# --- A clone ----------------------------------------------------------------------------------


def test_what_did_not_change_upstream_stays_byte_for_byte(upstream, mine):
    odd = b"def f():\r\n    return 'mine'  # \xff is not UTF-8\r\n\x00"
    write(mine, "chapters/ch01_one.py", odd)
    write(mine, "chapters/scratch.py", "x = 1\n")
    annotated = lesson("lesson of one", NOTES)
    write(mine, "notebooks/ch01_one.ipynb", annotated)
    publish(upstream, OLDER | {"ch02_two": TWO.replace("Do it.", "Do it again.")})
    write(upstream, "course/news.py", "")
    write(upstream, "notebooks/ch02_two.ipynb", lesson("lesson of two"))
    commit(upstream)
    said = update()
    assert said.startswith("Updated, by 1 change from ")
    assert not list((mine / ".course").glob("copies/*"))
    assert (mine / "chapters/ch01_one.py").read_bytes() == odd
    assert (mine / "chapters/scratch.py").read_bytes() == b"x = 1\n"
    assert (mine / "notebooks/ch01_one.ipynb").read_bytes() == annotated
    assert (mine / "course/news.py").is_file()
    assert "again" in (mine / "chapters/ch02_two.py").read_text()
    assert git(mine, "rev-parse", "HEAD") == git(upstream, "rev-parse", "HEAD")
    assert not (mine / ".course" / "update").exists()
    assert "You have the newest version" in update()


def test_your_functions_come_into_a_new_starter_and_the_old_file_is_kept(upstream, mine):
    before = with_f_written(ONE).replace("\n", "\r\n")
    write(mine, "chapters/ch01_one.py", before)
    publish(upstream, OLDER | {"ch01_one": HIGHER})
    commit(upstream)
    said = update()
    assert (mine / "chapters/ch01_one.py").read_bytes() == with_f_written(HIGHER).replace(
        "\n", "\r\n"
    ).encode()
    assert texts(mine, ".course/copies").popitem()[1] == before.encode()
    assert "`python3 -m course restore 1` brings back" in said


def test_what_cannot_be_joined_stays_yours_and_the_starter_is_beside_it(upstream, mine):
    changed = starter_of(ONE).replace("SIZE = 1", "SIZE = 7")
    write(mine, "chapters/ch01_one.py", changed)
    publish(upstream, OLDER | {"ch01_one": HIGHER})
    commit(upstream)
    said = update()
    assert (mine / "chapters/ch01_one.py").read_text() == changed
    assert (mine / ".course/starters/ch01_one.py").read_text() == starter_of(HIGHER)
    assert said.count("\n") == 2
    assert ".course/starters/ch01_one.py" in said


def test_a_lesson_that_was_run_is_replaced_and_one_with_notes_is_kept(upstream, mine):
    write(mine, "notebooks/ch01_one.ipynb", lesson("lesson of one", outputs=["1"]))
    annotated = lesson("lesson of two", NOTES)
    write(mine, "notebooks/ch02_two.ipynb", annotated)
    publish(upstream, OLDER, words="new lesson")
    commit(upstream)
    said = update()
    assert [*texts(mine, ".course/copies").values()] == [annotated]
    assert b"new lesson" in (mine / "notebooks/ch01_one.ipynb").read_bytes()
    assert b"new lesson" in (mine / "notebooks/ch02_two.ipynb").read_bytes()
    assert "with your notes: .course/copies/ch02_two." in said


def test_a_chapter_that_has_a_new_number_and_a_new_name_takes_your_work_along(upstream, mine):
    write(mine, "chapters/ch01_one.py", with_f_written(ONE))
    two = (
        starter_of(TWO, "ch02")
        .replace("import f", "import f, g")
        .replace('raise NotImplementedError("ch02 task 1: twice")', "pass")
    )
    write(mine, "chapters/ch02_two.py", two)
    write(mine, ".course/progress.json", json.dumps({"one": {"digest": "1"}, "two": {}}))
    write(mine, ".course/copies/ch02_two.2026-01-02-030405.py", "older")
    newer = {
        "ch01_zero": ONE.replace("1. One", "1. Zero"),
        "ch02_one": ONE.replace("Chapter 1", "Chapter 2"),
        "ch03_pair": TWO.replace("Chapter 2", "Chapter 3").replace("ch01_one", "ch02_one"),
    }
    publish(upstream, newer)
    table = upstream / "course/commands/update/__init__.py"
    table.write_text(table.read_text().replace("= {}", '= {"two": "pair"}'))
    commit(upstream)
    update()
    assert sorted(texts(mine, "chapters")) == [f"chapters/{stem}.py" for stem in newer]
    assert (mine / "chapters/ch02_one.py").read_text() == with_f_written(ONE).replace(
        "Chapter 1", "Chapter 2"
    ).replace("ch01 task", "ch02 task")
    pair = (mine / "chapters/ch03_pair.py").read_text()
    assert "from .ch02_one import g" in pair
    assert pair.endswith("pass\n")
    assert json.loads((mine / ".course/progress.json").read_text()) == {
        "one": {"digest": "1"},
        "pair": {},
    }
    assert (mine / ".course/copies/ch02_pair.2026-01-02-030405.py").read_text() == "older"


def test_your_commits_are_merged_and_a_fork_asks_the_course_itself(upstream, mine, tmp_path):
    git(tmp_path, "clone", "--quiet", "--bare", str(upstream), "fork")
    git(mine, "remote", "rename", "origin", "upstream")
    git(mine, "remote", "add", "origin", str(tmp_path / "fork"))
    write(mine, "chapters/ch01_one.py", with_f_written(ONE))
    write(mine, "notebooks/ch01_one.ipynb", lesson("lesson of one", outputs=["1"]))
    write(mine, "mine.txt", "mine")
    own = {"chapters/data/numbers.txt": b"1", "chapters/ch99_mine.py": b"x = 1\n"}
    for name, content in own.items():
        write(mine, name, content)
    annotated = lesson("lesson of two", NOTES)
    write(mine, "notebooks/ch02_two.ipynb", annotated)
    write(mine, "chapters/ch02_two.py", "mine")
    commit(mine)
    publish(upstream, {"ch01_one": HIGHER, "ch03_two": TWO.replace("twice", "double")})
    commit(upstream)
    update()
    assert (mine / "chapters/ch01_one.py").read_text() == with_f_written(HIGHER)
    there = texts(mine, "chapters", "notebooks")
    assert own.items() <= there.items()
    assert there["notebooks/ch03_two.ipynb"] == annotated
    assert there["chapters/ch03_two.py"] == b"mine"
    assert not (mine / "chapters/ch02_two.py").exists()
    assert (mine / "mine.txt").is_file()
    assert git(mine, "status", "--short") == ""
    assert git(mine, "rev-parse", "HEAD^2") == git(upstream, "rev-parse", "HEAD")
    assert git(mine, "branch", "--show-current") == "main"


def test_an_update_that_is_interrupted_anywhere_loses_nothing_and_goes_on(
    upstream, mine, tmp_path, monkeypatch
):
    work = {
        "chapters/ch01_one.py": with_f_written(ONE).encode(),
        "chapters/ch02_two.py": b"not Python, but mine",
        "notebooks/ch02_two.ipynb": lesson("lesson of two", NOTES),
    }
    for name, content in work.items():
        write(mine, name, content)
    publish(upstream, {"ch01_one": HIGHER, "ch02_two": TWO + "\nNEW = 1\n"}, words="new")
    commit(upstream)
    with stopped_at(monkeypatch, 1, (command, "_switch")):
        update()
    assert set(work.values()) <= set(texts(mine, "chapters", "notebooks").values())
    prepared = tmp_path / "prepared"
    shutil.copytree(mine, prepared)
    update()
    finished = texts(mine, "chapters", "notebooks")
    for step in range(1, 100):
        shutil.rmtree(mine)
        shutil.copytree(prepared, mine)
        with stopped_at(monkeypatch, step, (command, "put"), (Repository, "git")) as stop:
            update()
        if not stop.reached:
            break
        there = texts(mine, "chapters", "notebooks", ".course/copies").values()
        assert set(work.values()) <= set(there), f"lost at step {step}"
        update()
        assert texts(mine, "chapters", "notebooks") == finished
        assert set(work.values()) <= set(texts(mine, ".course/copies").values())
    assert step > 10


@contextmanager
def stopped_at(monkeypatch, step, *places):
    """Interrupt what is done in the block before the n-th call of these functions."""
    stop = SimpleNamespace(reached=False, count=0)

    def counted(function):
        def stops(*arguments, **named):
            stop.count += 1
            if stop.count == step:
                stop.reached = True
                raise KeyboardInterrupt
            return function(*arguments, **named)

        return stops

    with monkeypatch.context() as patched, suppress(KeyboardInterrupt):
        for owner, name in places:
            patched.setattr(owner, name, counted(getattr(owner, name)))
        yield stop


def test_what_you_wrote_after_an_interruption_is_kept(upstream, mine, monkeypatch):
    write(mine, "chapters/ch01_one.py", with_f_written(ONE))
    publish(upstream, OLDER | {"ch01_one": HIGHER})
    commit(upstream)
    with stopped_at(monkeypatch, 3, (command, "put")) as stop:
        update()
    assert stop.reached
    assert (mine / "chapters/ch01_one.py").read_text() == starter_of(HIGHER)
    write(mine, "chapters/ch01_one.py", b"written in between")
    update()
    assert b"written in between" in texts(mine, ".course/copies").values()
    assert (mine / "chapters/ch01_one.py").read_text() == with_f_written(HIGHER)


# --- When now is no time for it ---------------------------------------------------------------


def detached(mine):
    git(mine, "checkout", "--quiet", "--detach")


def in_a_merge(mine):
    write(mine, ".git/MERGE_HEAD", git(mine, "rev-parse", "HEAD"))


def commit_begun(mine):
    write(mine, "chapters/ch01_one.py", "staged")
    git(mine, "add", "chapters")


def no_remote(mine):
    git(mine, "remote", "remove", "origin")


def no_network(mine):
    git(mine, "remote", "set-url", "origin", str(mine / "nowhere"))


def no_git(mine):
    shutil.rmtree(mine / ".git", onerror=lambda f, p, _: (os.chmod(p, 0o700), f(p)))


def file_in_the_way(mine):
    write(mine, "NEWS.md", "mine")


def edited_elsewhere(mine):
    write(mine, "README.md", "mine\n")


def committed_elsewhere(mine):
    write(mine, "README.md", "mine\n")
    commit(mine)


def no_common_history(mine):
    git(mine, "checkout", "--quiet", "--orphan", "template")
    commit(mine)


@pytest.mark.parametrize(
    ("happens", "advice"),
    [
        (detached, "git switch main"),
        (in_a_merge, "git status"),
        (commit_begun, "git commit"),
        (no_remote, "git remote add upstream"),
        (no_network, "nowhere"),
        (no_git, "update --from"),
        (file_in_the_way, "own NEWS.md"),
        (edited_elsewhere, "git stash push -u -- README.md"),
        (committed_elsewhere, "-- README.md` takes the course's"),
        (no_common_history, "update --from"),
    ],
)
def test_one_line_says_what_to_do_and_nothing_was_changed(happens, advice, upstream, mine):
    write(mine, "chapters/ch01_one.py", "mine")
    publish(upstream, OLDER | {"ch01_one": HIGHER}, words="new")
    write(upstream, "NEWS.md", "news\n")
    write(upstream, "README.md", "two\n")
    commit(upstream)
    happens(mine)
    files = ("chapters", "notebooks", "course", "solutions")
    before = texts(mine, *files), (mine / "README.md").read_bytes()
    with pytest.raises(CourseError) as caught:
        update()
    assert advice in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (texts(mine, *files), (mine / "README.md").read_bytes()) == before
    assert not list((mine / ".course").glob("copies/*"))


def test_without_a_git_command_it_says_how_to_do_without(monkeypatch, mine):  # noqa: ARG001
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(CourseError, match=r"git is not installed\..*update --from"):
        update()


def test_a_newer_version_that_cannot_take_your_work_over_leaves_it_alone(upstream, mine):
    write(mine, "chapters/ch01_one.py", "mine")
    publish(upstream, OLDER | {"ch01_one": HIGHER})
    write(upstream, "course/commands/update/older.py", "raise SystemExit('broken')\n")
    commit(upstream)
    with pytest.raises(CourseError, match="so it stays: broken"):
        update()
    assert (mine / "chapters/ch01_one.py").read_text() == "mine"


# --- A folder beside it -----------------------------------------------------------------------


@pytest.fixture
def folders(tmp_path):
    """Make an older copy with work in it, and a newer one, both without git."""
    for name, version in (("older", OLDER), ("newer", OLDER | {"ch01_one": HIGHER})):
        (tmp_path / name).mkdir()
        publish(tmp_path / name, version)
    older = tmp_path / "older"
    write(older, "chapters/ch01_one.py", with_f_written(ONE))
    write(older, "chapters/scratch.py", "x = 1\n")
    write(older, "chapters/ch99_mine.py", "y = 1\n")
    write(older, "notebooks/data/numbers.txt", "1")
    write(older, "notebooks/tries/ch01_one.ipynb", lesson("a try"))
    write(older, "notebooks/ch02_two.ipynb", lesson("lesson of two", NOTES))
    write(older, "notebooks/my own.ipynb", lesson(NOTES))
    write(older, ".course/progress.json", json.dumps({"one": {"digest": "1"}}))
    return older, tmp_path / "newer"


def test_a_new_copy_takes_the_work_and_the_older_one_stays_as_it_was(folders):
    older, newer = folders
    before = texts(older, ".")
    take_over(older, newer)
    assert texts(older, ".") == before
    there = texts(newer, ".")
    assert there["chapters/ch01_one.py"].decode() == with_f_written(HIGHER)
    assert there["chapters/scratch.py"] == b"x = 1\n"
    assert there["chapters/ch99_mine.py"] == b"y = 1\n"
    assert there["notebooks/data/numbers.txt"] == b"1"
    assert there["notebooks/tries/ch01_one.ipynb"] == lesson("a try")
    assert there["notebooks/my own.ipynb"] == lesson(NOTES)
    assert there[".course/progress.json"] == json.dumps({"one": {"digest": "1"}}, indent=1).encode()
    assert {with_f_written(ONE).encode(), lesson("lesson of two", NOTES)} <= set(there.values())
    take_over(older, newer)
    assert texts(newer, ".") == there


def test_what_is_begun_in_the_new_copy_stays(folders):
    older, newer = folders
    write(newer, "chapters/ch01_one.py", "begun here")
    write(newer, "chapters/scratch.py", "other")
    said = take_over(older, newer)
    assert (newer / "chapters/ch01_one.py").read_text() == "begun here"
    assert (newer / "chapters/scratch.py").read_text() == "other"
    assert sum("so it stays" in line for line in said) == 2


def test_a_folder_that_is_no_copy_is_refused(tmp_path):
    with pytest.raises(UsageError, match="is no copy of the course"):
        take_over(tmp_path, tmp_path)


def test_the_command_line_takes_a_folder(tmp_path):
    done = course(ROOT, "update", "--from", str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert str(tmp_path) in done.stderr


# --- Joining ----------------------------------------------------------------------------------


def test_a_borrowed_chapter_of_the_real_course_joins_a_starter_that_grew():
    chapter = find("10")
    old, mine = starter(chapter), chapter.solution.read_text(encoding="utf-8")
    new = old.replace("Chapter 10", "Chapter 11") + "\n\ndef fresh() -> int:\n    return 1\n"
    text = joined(mine, old, new, {task.name for task in chapter.tasks})
    assert text is not None
    assert "def fresh()" in text
    assert "Chapter 11" in text
    for function in ("HttpConnection.feed", "answer"):
        body = mine.split(f"def {function.rpartition('.')[2]}(")[1].split("\n\n")[0]
        assert body in text


@pytest.mark.parametrize(
    ("mine", "new"),
    [
        ((("SIZE = 1", "SIZE = 2"),), (("SIZE = 1", "SIZE = 3"),)),
        ((("return SIZE", "return 2"),), (("return SIZE", "return 3"),)),
        ((("def f", "# a note of mine\ndef f"),), ()),
        ((("def f() -> int:", "def f( -> int:"),), ()),
    ],
)
def test_what_the_learner_wrote_is_never_left_out(mine, new):
    old = starter_of(ONE)
    edited, newer = old, starter_of(ONE.replace("Chapter 1.", "Chapter 9."))
    for before, after in mine:
        edited = edited.replace(before, after)
    for before, after in new:
        newer = newer.replace(before, after)
    assert joined(edited, old, newer, {"f", "g"}) is None


def test_what_your_code_needs_of_the_old_starter_comes_along():
    old = starter_of(ONE)
    mine = old.replace("import socket\n", "import socket\nimport struct\n").replace(
        'raise NotImplementedError("ch01 task 1: f")',
        "return struct.calcsize('!H') + socket.AF_INET",
    )
    text = joined(mine, old, old.replace("import socket\n\n", ""), {"f", "g"})
    assert text is not None
    assert "import socket\n" in text
    assert "import struct\n" in text
