"""`update`: a newer version arrives, and nothing that the learner wrote is lost."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager, suppress
from types import SimpleNamespace

import pytest

from course.cli import main
from course.commands import update as command
from course.commands.update import clone, joining
from course.model import copies, my_lessons
from course.model.chapters import ROOT, Chapter, find
from course.model.copies import content_of
from course.model.errors import CourseError, UsageError
from course.model.starters import derive, starter
from course.tests.a_copy import copy_of_the_course, course

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
    # TASK 2. Do it again.
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
    cells = [
        {"cell_type": "code", "metadata": {}, "source": [s], "outputs": list(outputs)}
        for s in sources
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}).encode()


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
    root.mkdir()
    (root / ".gitignore").write_text(".course/\n__pycache__/\n")
    (root / ".gitattributes").write_text("* text=auto eol=lf\n")
    (root / "README.md").write_text("one\n")
    write(root, "course/tool.py", "a = 1\n\n\n\nb = 2\n")
    publish(root, OLDER)
    git(root, "init", "--quiet", "--initial-branch=main")
    commit(root)
    return root


@pytest.fixture
def upstream(first_version, tmp_path):
    git(tmp_path, "clone", "--quiet", "--template=", str(first_version), "upstream")
    return tmp_path / "upstream"


@pytest.fixture
def mine(upstream, tmp_path, monkeypatch):
    """Clone the course as a learner does."""
    root = tmp_path / "my course"
    git(tmp_path, "clone", "--quiet", "--template=", str(upstream), str(root))
    git(root, "config", "user.name", "me")
    git(root, "config", "user.email", "me@localhost")
    monkeypatch.setattr(command, "ROOT", root)
    monkeypatch.setattr(os, "fsync", lambda _: None)  # no test cuts the power
    return root


@pytest.fixture
def update(capsys):
    def run(*arguments):
        assert main(["update", *map(str, arguments)]) == 0
        return capsys.readouterr().out

    return run


def write(root, name, content):
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def texts(root, *folders):
    """Return every byte in these folders, by path."""
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


def test_what_did_not_change_upstream_stays_byte_for_byte(upstream, mine, update):
    odd = b"def f():\r\n    return 'mine'  # \xff is not UTF-8\r\n\x00"
    write(mine, "chapters/ch01_one.py", odd)
    write(mine, "chapters/scratch.py", "x = 1\n")
    annotated = lesson("lesson of one", NOTES)
    write(mine, "notebooks/ch01_one.ipynb", annotated)
    publish(upstream, OLDER | {"ch02_two": TWO.replace("Do it.", "Do it again.")})
    write(upstream, "course/news.py", "")
    commit(upstream)
    said = update()
    assert said.startswith("Updated: ")
    assert said.count("\n") == 1
    assert not list((mine / ".course").glob("copies/*"))
    assert (mine / "chapters/ch01_one.py").read_bytes() == odd
    assert (mine / "chapters/scratch.py").read_bytes() == b"x = 1\n"
    assert (mine / "notebooks/ch01_one.ipynb").read_bytes() == annotated
    assert (mine / "course/news.py").is_file()
    assert "again" in (mine / "chapters/ch02_two.py").read_text()
    assert git(mine, "rev-parse", "HEAD") == git(upstream, "rev-parse", "HEAD")
    assert git(mine, "diff", "--name-only").split() == [
        "chapters/ch01_one.py",
        "notebooks/ch01_one.ipynb",
    ]
    said = update()
    assert said.startswith("You have the newest version of ")
    assert "git remote add upstream" in said


def test_your_functions_come_into_a_new_starter_and_the_old_file_is_kept(upstream, mine, update):
    before = with_f_written(ONE).replace("\n", "\r\n")
    write(mine, "chapters/ch01_one.py", before)
    newer = HIGHER.replace("Do it.", "Do it all.")
    publish(upstream, OLDER | {"ch01_one": newer})
    commit(upstream)
    said = update()
    assert (mine / "chapters/ch01_one.py").read_bytes() == with_f_written(newer).replace(
        "\n", "\r\n"
    ).encode()
    ((name, kept),) = texts(mine, ".course/copies").items()
    assert kept == before.encode()
    assert name in said


@pytest.mark.parametrize(
    ("edit", "newer"),
    [
        (("SIZE = 1", "SIZE = 7"), ("SIZE = 1", "SIZE = 4096")),  # the same lines
        (("def f() -> int:", "def f( -> int:"), ("SIZE = 1", "SIZE = 4096")),  # not Python
        (("return SIZE", "return SIZE + socket.AF_INET"), ("import socket\n\n", "")),  # its import
    ],
)
def test_what_cannot_be_joined_stays_yours_and_the_starter_is_beside_it(
    edit, newer, upstream, mine, update
):
    changed, newer = starter_of(ONE).replace(*edit), ONE.replace(*newer)
    write(mine, "chapters/ch01_one.py", changed)
    publish(upstream, OLDER | {"ch01_one": newer})
    commit(upstream)
    said = update()
    assert (mine / "chapters/ch01_one.py").read_text() == changed
    assert (mine / ".course/starters/ch01_one.py").read_text() == starter_of(newer)
    assert said.count("\n") == 2
    assert ".course/starters/ch01_one.py" in said
    assert git(mine, "rev-parse", "HEAD") == git(upstream, "rev-parse", "HEAD")


def test_a_borrowed_chapter_of_the_real_course_joins_a_starter_that_grew(upstream, mine, update):
    text = find("response").solution.read_text(encoding="utf-8")
    publish(upstream, {"ch01_response": text})
    commit(upstream)
    git(mine, "pull", "--quiet", "--ff-only")
    write(mine, "chapters/ch01_response.py", text)
    grown = text.replace("# TASK 1.", "# TASK 1. Now:").replace(
        f"Chapter {find('response').number}.", "Chapter 1."
    )
    publish(upstream, {"ch01_response": grown})
    commit(upstream)
    update()
    assert (mine / "chapters/ch01_response.py").read_text(encoding="utf-8") == grown


def test_a_lesson_that_was_run_is_replaced_and_one_with_notes_is_kept(upstream, mine, update):
    write(mine, "notebooks/ch01_one.ipynb", lesson("lesson of one", outputs=["1"]))
    annotated = lesson("lesson of two", NOTES)
    write(mine, "notebooks/ch02_two.ipynb", annotated)
    publish(upstream, OLDER, words="new lesson")
    commit(upstream)
    said = update()
    assert [*texts(mine, ".course/copies").values()] == [annotated]
    assert b"new lesson" in (mine / "notebooks/ch01_one.ipynb").read_bytes()
    assert b"new lesson" in (mine / "notebooks/ch02_two.ipynb").read_bytes()
    assert "What you had: .course/copies/ch02_two." in said


def test_your_copy_of_a_lesson_stays_and_follows_its_chapter(upstream, mine, update):
    own = {"ch01_one": lesson(NOTES), "ch01_one 2026-01-02 0304": b"{", "my own": b"x"}
    for name, content in own.items():
        write(mine, f"my_lessons/{name}.ipynb", content)
    publish(upstream, NEWER, words="new lesson")
    commit(upstream)
    update()
    there = texts(mine, "my_lessons")
    assert there == {
        f"my_lessons/{name.replace('ch01_one', 'ch02_one')}.ipynb": content
        for name, content in own.items()
    }
    assert not list((mine / ".course").glob("copies/*"))


def test_a_chapter_that_has_a_new_number_takes_your_work_along(upstream, mine, update):
    write(mine, "chapters/ch01_one.py", with_f_written(ONE))
    write(mine, "chapters/scratch.py", "from .ch01_one import g\n")
    two = (
        starter_of(TWO, "ch02")
        .replace("import f", "import f, g")
        .replace('raise NotImplementedError("ch02 task 1: twice")', "pass")
    )
    write(mine, "chapters/ch02_two.py", two)
    publish(upstream, NEWER)
    commit(upstream)
    update()
    stems = sorted([*NEWER, "scratch"])
    assert sorted(texts(mine, "chapters")) == [f"chapters/{stem}.py" for stem in stems]
    assert sorted(texts(mine, "solutions")) == [f"solutions/{stem}.py" for stem in NEWER]
    assert (mine / "chapters/ch02_one.py").read_text() == with_f_written(ONE).replace(
        "Chapter 1", "Chapter 2"
    ).replace("ch01 task", "ch02 task")
    assert (mine / "chapters/scratch.py").read_text() == "from .ch02_one import g\n"
    two = (mine / "chapters/ch03_two.py").read_text()
    assert "from .ch02_one import f, g" in two
    assert two.endswith("pass\n")


NEWER = {
    "ch01_zero": ONE.replace("1. One", "1. Zero"),
    "ch02_one": ONE.replace("Chapter 1", "Chapter 2"),
    "ch03_two": TWO.replace("Chapter 2", "Chapter 3").replace("ch01_one", "ch02_one"),
}


def with_commits_of_your_own(mine):
    write(mine, "mine.txt", "mine")
    commit(mine)


def test_your_commits_are_merged_and_a_fork_asks_the_course_itself(
    upstream, mine, tmp_path, update
):
    git(tmp_path, "clone", "--quiet", "--bare", str(upstream), "fork")
    git(mine, "remote", "rename", "origin", "upstream")
    git(mine, "remote", "add", "origin", str(tmp_path / "fork"))
    write(mine, "chapters/ch01_one.py", with_f_written(ONE))
    write(mine, "notebooks/ch01_one.ipynb", lesson("lesson of one", outputs=["1"]))
    own = {"chapters/data/numbers.txt": b"1", "chapters/ch99_mine.py": b"x = 1\n"}
    for name, content in own.items():
        write(mine, name, content)
    annotated = lesson("lesson of two", NOTES)
    write(mine, "notebooks/ch02_two.ipynb", annotated)
    write(mine, "chapters/ch02_two.py", "mine")
    with_commits_of_your_own(mine)
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
    assert "You have the newest version" in update()


def test_what_you_changed_outside_your_chapters_is_joined_or_kept(upstream, mine, update):
    write(mine, "course/tool.py", "a = 1\n\n\n\nb = 3\n")
    write(mine, "README.md", "mine\n")
    write(mine, "NEWS.md", "my news\n")
    write(upstream, "course/tool.py", "a = 0\n\n\n\nb = 2\n")
    write(upstream, "README.md", "two\n")
    write(upstream, "NEWS.md", "news\n")
    write(upstream, "run", "#!/bin/sh\n")
    (upstream / "run").chmod(0o755)
    commit(upstream)
    said = update()
    assert (mine / "course/tool.py").read_text() == "a = 0\n\n\n\nb = 3\n"
    assert (mine / "README.md").read_text() == "two\n"
    assert (mine / "NEWS.md").read_text() == "news\n"
    assert os.name == "nt" or os.access(mine / "run", os.X_OK)
    kept = texts(mine, ".course/copies")
    assert {b"mine\n", b"my news\n"} <= set(kept.values())
    assert all(name in said for name in kept)


@pytest.mark.parametrize("is_committed", [False, True])
def test_what_was_deleted_on_purpose_stays_deleted(is_committed, upstream, mine, update):
    write(upstream, "tests/mistakes/ch01_one.py", "")
    commit(upstream)
    update()
    for folder in ("solutions", "tests/mistakes"):
        shutil.rmtree(mine / folder)
    (mine / "chapters/ch01_one.py").rename(mine / "chapters/my_one.py")
    if is_committed:
        commit(mine)
    publish(upstream, {f"ch0{n}_{slug}": HIGHER for n, slug in enumerate(("one", "two", "new"), 1)})
    for stem in ("ch01_one", "ch02_two"):
        write(upstream, f"tests/mistakes/{stem}.py", "NEW = 1\n")
    commit(upstream)
    said = update()
    assert not (mine / "solutions").exists()
    assert not (mine / "tests/mistakes").exists()
    assert not (mine / "chapters/ch01_one.py").exists()
    assert ".course/starters/ch01_one.py" in said
    assert (mine / ".course/starters/ch01_one.py").read_text() == starter_of(HIGHER)
    assert (mine / "chapters/my_one.py").read_text() == starter_of(ONE)
    assert (mine / "chapters/ch02_two.py").read_text() == starter_of(HIGHER, "ch02")
    assert (mine / "chapters/ch03_new.py").is_file()
    assert (git(mine, "status", "--short") == "") == is_committed
    assert "You have the newest version" in update()


# --- Whatever git is set to ---------------------------------------------------------------------

HOOKS = "pre-commit pre-merge-commit commit-msg post-merge post-checkout post-commit"


def settings(**values):
    def happens(mine, _):
        for name, value in values.items():
            git(mine, "config", name.replace("_", "."), value)

    return happens


def no_identity(mine, _):
    git(mine, "config", "--unset", "user.name")
    git(mine, "config", "--unset", "user.email")
    git(mine, "config", "user.useConfigOnly", "true")


def failing_hooks(mine, _):
    for hook in [*HOOKS.split(), "reference-transaction", "post-index-change"]:
        write(mine, f".git/hooks/{hook}", "#!/bin/sh\nexit 1\n")
        (mine / ".git/hooks" / hook).chmod(0o755)


def variables_of_another_repository(mine, monkeypatch):
    for name in ("DIR", "WORK_TREE", "INDEX_FILE", "OBJECT_DIRECTORY", "COMMON_DIR", "NAMESPACE"):
        monkeypatch.setenv(f"GIT_{name}", str(mine / "nowhere"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")


def no_branch(mine, _):
    git(mine, "checkout", "--quiet", "--detach")


@pytest.mark.parametrize("commits", [False, True])
@pytest.mark.parametrize(
    "happens",
    [
        settings(merge_ff="only", pull_rebase="true", commit_gpgsign="true", gpg_program="false"),
        settings(diff_external="false", diff_noprefix="true", merge_conflictStyle="diff3"),
        settings(core_autocrlf="true"),
        no_identity,
        failing_hooks,
        variables_of_another_repository,
        no_branch,
    ],
)
def test_it_updates_whatever_git_is_set_to(happens, commits, upstream, mine, monkeypatch, update):
    monkeypatch.setenv("HOME", str(mine))  # and nothing of the machine's own settings
    monkeypatch.setenv("XDG_CONFIG_HOME", str(mine))
    if commits:
        with_commits_of_your_own(mine)
    write(mine, "chapters/ch01_one.py", with_f_written(ONE))
    publish(upstream, {"ch01_one": HIGHER, "ch02_two": TWO + "\nNEW = 1\n"})
    commit(upstream)
    happens(mine, monkeypatch)
    update()
    assert (mine / "chapters/ch01_one.py").read_text() == with_f_written(HIGHER)
    assert (mine / "chapters/ch02_two.py").read_bytes().endswith(b"\nNEW = 1\n")
    newest = git(upstream, "rev-parse", "HEAD")
    assert git(mine, "rev-parse", "HEAD^2" if commits else "HEAD") == newest
    changed = git(mine, "status", "--short", "--untracked-files=no").split()
    assert changed == ([] if commits else ["M", "chapters/ch01_one.py"])
    assert "You have the newest version" in update()


def test_a_shallow_clone_is_updated(upstream, mine, tmp_path, monkeypatch, update):
    commit_more(upstream, "two")
    git(tmp_path, "clone", "--quiet", "--depth=1", upstream.as_uri(), "shallow")
    monkeypatch.setattr(command, "ROOT", tmp_path / "shallow")
    commit_more(upstream, "three")
    update()
    assert (tmp_path / "shallow/README.md").read_text() == "three\n"
    assert mine.is_dir()


def commit_more(upstream, text):
    write(upstream, "README.md", f"{text}\n")
    commit(upstream)


def test_a_submodule_of_another_repository_is_updated_and_that_one_is_left_alone(
    upstream, tmp_path, monkeypatch, update
):
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "--quiet")
    allow = ("-c", "protocol.file.allow=always")
    git(outer, *allow, "submodule", "--quiet", "add", str(upstream), "course")
    commit(outer)
    monkeypatch.setattr(command, "ROOT", outer / "course")
    commit_more(upstream, "two")
    before = git(outer, "rev-parse", "HEAD")
    update()
    assert (outer / "course/README.md").read_text() == "two\n"
    assert git(outer, "rev-parse", "HEAD") == before


# --- Interrupted --------------------------------------------------------------------------------


@pytest.mark.parametrize("commits", [False, True])
def test_an_update_that_is_interrupted_anywhere_loses_nothing_and_goes_on(
    commits, upstream, mine, tmp_path, monkeypatch, update
):
    one, two = with_f_written(ONE).encode(), b"not Python, but mine"
    notes = lesson("lesson of two", NOTES)
    write(mine, "chapters/ch01_one.py", one)
    write(mine, "chapters/ch02_two.py", two)
    write(mine, "notebooks/ch02_two.ipynb", notes)
    if commits:
        with_commits_of_your_own(mine)
    newer = {"ch02_one": ONE.replace("SIZE = 1", "SIZE = 9"), "ch03_two": TWO + "\nNEW = 1\n"}
    publish(upstream, newer, words="new")
    commit(upstream)
    began = tmp_path / "began"
    shutil.copytree(mine, began)
    folders = ("chapters", "notebooks", "solutions", "tests", "course")
    update()
    finished = texts(mine, *folders)
    assert b"SIZE = 9" in finished["chapters/ch02_one.py"]
    assert b"return _one()  # mine" in finished["chapters/ch02_one.py"]
    shutil.rmtree(mine)
    began.rename(mine)
    steps, is_done = 0, False
    while not is_done:
        with stopped_before_the_second_write(monkeypatch) as stop:
            update()
        there = texts(mine, "chapters", "notebooks", ".course/copies").values()
        assert {one, two, notes} <= set(there)
        assert git(mine, "diff", "--cached", "--name-only") == ""
        steps, is_done = steps + 1, not stop.reached
        assert steps < 100
    assert steps > 15
    assert texts(mine, *folders) == finished
    assert {one, notes} <= set(texts(mine, ".course/copies").values())
    assert "You have the newest version" in update()


@contextmanager
def stopped_before_the_second_write(monkeypatch, allowed=1):
    """Interrupt an update: it writes or removes one file, or tells git that it is done."""
    stop = SimpleNamespace(reached=False, count=0)

    def stopping(function, changes):
        def stops(*arguments, **named):
            stop.count += changes(*arguments)
            if stop.count > allowed:
                stop.reached = True
                raise KeyboardInterrupt
            return function(*arguments, **named)

        return stops

    with monkeypatch.context() as patched, suppress(KeyboardInterrupt):
        for owner, name, changes in (
            (joining, "put", lambda file, content: content_of(file) != content),
            (joining, "remove", lambda file: file.exists()),
            (clone.Clone, "record", lambda *_: True),
        ):
            patched.setattr(owner, name, stopping(getattr(owner, name), changes))
        yield stop


def test_what_you_wrote_after_an_interruption_is_joined_too(upstream, mine, monkeypatch, update):
    write(mine, "chapters/ch01_one.py", with_f_written(ONE))
    publish(upstream, OLDER | {"ch01_one": HIGHER})
    commit(upstream)
    while True:
        with stopped_before_the_second_write(monkeypatch) as stop:
            update()
        if with_f_written(HIGHER) == (mine / "chapters/ch01_one.py").read_text():
            break
    assert stop.reached
    between = with_f_written(HIGHER).replace("# mine", "# still mine")
    write(mine, "chapters/ch01_one.py", between)
    update()
    assert (mine / "chapters/ch01_one.py").read_text() == between


def test_what_another_git_process_left_behind_is_named_and_then_it_goes_on(upstream, mine, update):
    commit_more(upstream, "two")
    write(mine, ".git/index.lock", "")
    with pytest.raises(CourseError, match=r"index\.lock': File exists\. .* delete this file"):
        update()
    (mine / ".git/index.lock").unlink()
    update()
    assert git(mine, "status", "--short") == ""
    assert git(mine, "rev-parse", "HEAD") == git(upstream, "rev-parse", "HEAD")


def test_what_is_saved_meanwhile_is_left_alone(upstream, mine, monkeypatch, update):
    write(mine, "chapters/ch01_one.py", with_f_written(ONE))
    publish(upstream, OLDER | {"ch01_one": HIGHER})
    commit(upstream)

    def keep_while_an_editor_saves(*arguments):
        write(mine, "chapters/ch01_one.py", "saved")
        return copies.keep(*arguments)

    monkeypatch.setattr(joining, "keep", keep_while_an_editor_saves)
    with pytest.raises(CourseError, match="saved in the meantime"):
        update()
    assert (mine / "chapters/ch01_one.py").read_text() == "saved"


# --- When it cannot be done ---------------------------------------------------------------------


def in_a_merge(mine, _):
    write(mine, ".git/MERGE_HEAD", git(mine, "rev-parse", "HEAD"))


def in_a_rebase(mine, _):
    (mine / ".git/rebase-merge").mkdir()


def commit_begun(mine, _):
    write(mine, "chapters/ch01_one.py", "staged")
    git(mine, "add", "chapters")


def no_remote(mine, _):
    git(mine, "remote", "remove", "origin")


def no_network(mine, _):
    git(mine, "remote", "set-url", "origin", str(mine / "nowhere"))


def no_git(mine, _):
    shutil.rmtree(mine / ".git", onerror=lambda f, p, _: (os.chmod(p, 0o700), f(p)))


def no_git_but_above(mine, _):
    no_git(mine, _)
    git(mine.parent, "init", "--quiet")


def no_git_command(_, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)


def another_owner(mine, monkeypatch):
    real = shutil.which("git")
    fake = mine / ".git/fake"
    write(fake, "git", f'#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec {real} "$@"\n')
    (fake / "git").chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(fake), os.environ["PATH"]]))
    monkeypatch.setenv("HOME", str(fake))


def folder_in_the_way(mine, _):
    write(mine, "NEWS.md/mine.txt", "mine")


def file_in_the_way(mine, _):
    write(mine, "more", "mine")


def no_common_history(mine, _):
    git(mine, "checkout", "--quiet", "--orphan", "template")
    commit(mine)


@pytest.mark.parametrize(
    ("happens", "advice"),
    [
        (in_a_merge, "git status"),
        (in_a_rebase, "git status"),
        (commit_begun, "git commit -m"),
        (no_remote, "git remote add upstream ADDRESS"),
        (no_network, "make sure you have the correct access rights and the repository exists"),
        (no_git, 'no git history. .*update --from ".*my course"'),
        (no_git_but_above, 'no git history. .*update --from ".*my course"'),
        (no_git_command, 'git is not installed. .*update --from ".*my course"'),
        pytest.param(
            another_owner,
            "git config --global --add safe.directory .*my course",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="A shell script plays git."),
        ),
        (folder_in_the_way, "NEWS.md is a folder. Rename it"),
        (file_in_the_way, "more must be a folder. Rename"),
        (no_common_history, 'update --from ".*my course"'),
    ],
)
def test_one_line_says_what_to_do_and_nothing_was_changed(
    happens, advice, upstream, mine, monkeypatch, update
):
    write(mine, "chapters/ch01_one.py", "mine")
    publish(upstream, OLDER | {"ch01_one": HIGHER}, words="new")
    write(upstream, "NEWS.md", "news\n")
    write(upstream, "more/news.md", "news\n")
    commit(upstream)
    with monkeypatch.context() as patched:
        happens(mine, patched)
        before = texts(mine, "chapters", "notebooks", "solutions", "tests", "course", "NEWS.md")
        with pytest.raises(CourseError, match=f"(?s){advice}") as caught:
            update()
    assert "\n" not in str(caught.value)
    assert "reset" not in str(caught.value)
    assert "checkout" not in str(caught.value)
    after = texts(mine, "chapters", "notebooks", "solutions", "tests", "course", "NEWS.md")
    assert after == before
    assert not list((mine / ".course").glob("copies/*"))


# --- A folder beside it -----------------------------------------------------------------------


@pytest.fixture
def folders(tmp_path, monkeypatch):
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
    write(older, ".course/guesses.json", json.dumps({"a-question": ["It waits."]}))
    write(older, "notebooks/ch01_one.toml", "[a-question]")
    write(older, "notebooks/ch09_gone.toml", "[another]")
    write(older, ".course/copies/ch02_two.2026-01-02-030405.py", "before")
    newer = tmp_path / "newer"
    write(newer, "notebooks/ch01_one.toml", "[a-question, asked better]")
    monkeypatch.setattr(command, "ROOT", newer)
    return older, newer


def test_a_new_copy_takes_the_work_and_the_older_one_stays_as_it_was(folders, update):
    older, newer = folders
    before = texts(older, ".")
    said = update("--from", older)
    assert "so it stays" not in said
    assert texts(older, ".") == before
    there = texts(newer, ".")
    assert there["chapters/ch01_one.py"].decode() == with_f_written(HIGHER)
    assert there["chapters/ch02_two.py"].decode() == starter_of(TWO, "ch02")
    assert there["chapters/scratch.py"] == b"x = 1\n"
    assert there["chapters/ch99_mine.py"] == b"y = 1\n"
    assert there["notebooks/data/numbers.txt"] == b"1"
    assert there["notebooks/tries/ch01_one.ipynb"] == lesson("a try")
    assert there["notebooks/my own.ipynb"] == lesson(NOTES)
    assert there[".course/progress.json"] == json.dumps({"one": {"digest": "1"}}, indent=1).encode()
    assert json.loads(there[".course/guesses.json"]) == {"a-question": ["It waits."]}
    assert there["notebooks/ch01_one.toml"] == b"[a-question, asked better]"
    assert "notebooks/ch09_gone.toml" not in there
    assert ".toml" not in said
    assert there[".course/copies/ch02_two.2026-01-02-030405.py"] == b"before"
    assert {with_f_written(ONE).encode(), lesson("lesson of two", NOTES)} <= set(there.values())
    update("--from", older)
    assert texts(newer, ".") == there


def test_a_new_copy_takes_lessons_with_notes_in_place_of_lessons_without(folders, update):
    older, newer = folders
    write(older, "my_lessons/ch01_one.ipynb", lesson(NOTES))
    write(older, "my_lessons/ch02_two.ipynb", lesson(NOTES))
    my_lessons.provide(Chapter("ch01_one", newer))
    write(newer, "my_lessons/ch02_two.ipynb", lesson("other notes"))
    said = update("--from", older)
    assert (newer / "my_lessons/ch01_one.ipynb").read_bytes() == lesson(NOTES)
    assert (newer / "my_lessons/ch02_two.ipynb").read_bytes() == lesson("other notes")
    assert "my_lessons/ch02_two.ipynb is here already" in said


def test_a_new_copy_takes_the_work_under_new_numbers(folders, update):
    older, newer = folders
    publish(newer, NEWER)
    update("--from", older)
    assert "return _one()  # mine" in (newer / "chapters/ch02_one.py").read_text()
    assert not (newer / "chapters/ch01_one.py").exists()


def test_without_git_and_solutions_a_new_copy_takes_the_work_as_it_is(folders, monkeypatch, update):
    older, newer = folders
    for root in folders:
        shutil.rmtree(root / "solutions")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    update("--from", older)
    assert (newer / "chapters/ch01_one.py").read_text() == with_f_written(ONE)
    assert (newer / ".course/starters/ch01_one.py").read_text() == starter_of(HIGHER)


def test_what_is_begun_in_the_new_copy_stays(folders, update):
    older, newer = folders
    write(newer, "chapters/ch01_one.py", "begun here")
    write(newer, "chapters/ch02_two.py", "begun here")
    write(newer, "chapters/scratch.py", "other")
    said = update("--from", older)
    assert (newer / "chapters/ch01_one.py").read_text() == "begun here"
    assert (newer / "chapters/ch02_two.py").read_text() == "begun here"
    assert (newer / "chapters/scratch.py").read_text() == "other"
    assert said.count("so it stays") == 2
    assert str(older / "chapters/ch01_one.py") in said


def test_a_given_module_is_the_new_versions(folders, update):
    older, newer = folders
    for root, text in ((older, "TOKEN = 'a'\n"), (newer, "TOKEN = 'ab'\n")):
        write(root, "solutions/grammar.py", text)
        write(root, "chapters/grammar.py", text)
    said = update("--from", older)
    assert (newer / "chapters/grammar.py").read_text() == "TOKEN = 'ab'\n"
    assert "grammar" not in said


def test_a_folder_that_is_no_copy_is_refused(tmp_path, folders, update):
    _, newer = folders
    with pytest.raises(UsageError, match="is not a copy of the course"):
        update("--from", tmp_path)
    with pytest.raises(UsageError, match="not this one"):
        update("--from", newer)


# --- The tool itself ----------------------------------------------------------------------------


def test_the_command_replaces_the_tool_that_runs_it(tmp_path):
    newer, root = tmp_path / "newer", tmp_path / "mine"
    newer.mkdir()
    copy_of_the_course(newer)
    shutil.copy(ROOT / ".gitignore", newer)
    (newer / "notebooks").mkdir()
    git(newer, "init", "--quiet")
    commit(newer)
    git(tmp_path, "clone", "--quiet", "--template=", str(newer), str(root))
    (newer / "course/commands/status.py").rename(newer / "course/commands/board.py")
    commands = newer / "course/cli.py"
    commands.write_text(commands.read_text("utf-8").replace('"status":', '"board":'), "utf-8")
    commit(newer)
    done = course(root, "update")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Updated: " in done.stdout
    assert git(root, "status", "--short") == ""
    assert course(root, "board").returncode == 0
    done = course(root, "update", "--from", str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert str(tmp_path) in done.stderr
