"""The learner's copies of the lessons: made by `lab`, theirs from then on, and never lost."""

import json
import shutil
import sys

import pytest

from course.maintain.lessons.edit import HIDDEN
from course.model.chapters import ROOT, chapters, find
from course.tests.a_copy import copy_of_the_course, course

ECHO = find("echo").stem
ASKS = "python3 -m course lab echo --fresh"
STRANGE = {
    "empty": b"",
    "cut": b'{"cells": [',
    "binary": b"\xff\x00",
    "no notebook": b"[1, 2]",
    "no cells": b'{"cells": 1, "metadata": {}, "nbformat": 4}',
    "strange cells": b'{"cells": ["x"], "metadata": {}, "nbformat": 4}',
    "an old format": b'{"cells": [], "metadata": {}, "nbformat": 3}',
}


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    root = tmp_path_factory.mktemp("course") / "original"
    root.mkdir()
    copy_of_the_course(root)
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    return root


@pytest.fixture
def root(original):
    """Return the course with no copies yet; what happens to its lessons is undone."""
    yield original
    shutil.rmtree(original / "notebooks")
    shutil.copytree(ROOT / "notebooks", original / "notebooks")
    for leftover in (original / "my_lessons", original / "elsewhere"):
        if leftover.is_dir() and not leftover.is_symlink():
            shutil.rmtree(leftover)
        else:
            leftover.unlink(missing_ok=True)


def lab(root, *arguments):
    """Make a copy; return the last line printed, and what was said besides."""
    done = course(root, "lab", "--copy-only", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr


def refused(root, *arguments):
    done = course(root, "lab", "--copy-only", *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("course: ")
    return done.stderr


def mine(root, stem=ECHO):
    return root / "my_lessons" / f"{stem}.ipynb"


def stored(root, stem=ECHO):
    return root / "notebooks" / f"{stem}.ipynb"


def edit(file, change):
    """Change a notebook as its reader, or the course's next version, does."""
    notebook = json.loads(file.read_text(encoding="utf-8"))
    change(notebook)
    file.write_text(json.dumps(notebook), encoding="utf-8")


def note(notebook):
    notebook["cells"].append({"cell_type": "markdown", "metadata": {}, "source": ["My own note."]})


def run_a_cell(notebook):
    cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["mine\n"]}]


def improve(notebook):
    notebook["cells"][1]["source"] = ["print('a newer lesson')"]


def copies(root):
    return {file.name: file.read_bytes() for file in (root / "my_lessons").iterdir()}


# --- A new copy ---------------------------------------------------------------------------------


def test_a_new_copy_is_the_stored_lesson_but_for_its_outputs(root):
    """All lessons get one, so that links between them work."""
    assert lab(root, "echo") == (f"my_lessons/{ECHO}.ipynb", "")
    assert copies(root).keys() == {f"{chapter.stem}.ipynb" for chapter in chapters()}
    for chapter in chapters():
        made = json.loads(mine(root, chapter.stem).read_text(encoding="utf-8"))
        original = json.loads(chapter.notebook.read_text(encoding="utf-8"))
        assert made["metadata"].pop("course").keys() == {"version"}
        for cell in original["cells"]:
            if cell["cell_type"] == "code":
                cell.update(outputs=[], execution_count=None)
            if cell["metadata"] == HIDDEN:
                cell["metadata"] = {}
        assert made == original


def test_what_else_is_marked_in_a_lesson_stays_marked(root):
    def mark(notebook):
        cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
        cell["metadata"] = {"jupyter": {"outputs_hidden": True, "source_hidden": True}, "tags": [1]}

    edit(stored(root), mark)
    lab(root, "echo")
    made = json.loads(mine(root).read_text(encoding="utf-8"))
    cell = next(cell for cell in made["cells"] if cell["cell_type"] == "code")
    assert cell["metadata"] == {"jupyter": {"source_hidden": True}, "tags": [1]}


def test_without_a_name_it_is_the_lesson_where_you_are(root):
    assert lab(root)[0] == f"my_lessons/{ECHO}.ipynb"
    echo = find("echo", root)
    before = echo.workbench.read_bytes()
    try:
        shutil.copy(echo.solution, echo.workbench)
        assert lab(root)[0] == f"my_lessons/{find('four_tuple').stem}.ipynb"
    finally:
        echo.workbench.write_bytes(before)


# --- A copy that is there -----------------------------------------------------------------------


@pytest.mark.parametrize("change", [note, run_a_cell])
def test_your_copy_is_kept_and_a_newer_lesson_is_mentioned(root, change):
    lab(root, "echo")
    edit(mine(root), change)
    before = copies(root)
    assert lab(root, "echo")[1] == ""
    edit(stored(root), improve)
    path, said = lab(root, "echo")
    assert path == f"my_lessons/{ECHO}.ipynb"
    assert said.count("\n") == 1
    assert "newer lesson" in said
    assert ASKS in said
    assert lab(root, "four_tuple")[1] == ""  # nothing about echo
    assert copies(root) == before


def test_a_copy_with_nothing_of_yours_follows_its_lesson(root):
    lab(root, "echo")
    edit(stored(root), improve)
    assert lab(root, "four_tuple") == (f"my_lessons/{find('four_tuple').stem}.ipynb", "")
    assert b"a newer lesson" in mine(root).read_bytes()
    assert len(copies(root)) == len(chapters())


def test_fresh_keeps_a_dated_copy_each_time(root):
    lab(root, "echo")
    new, kept = mine(root).read_bytes(), set()
    for change in (note, run_a_cell, improve):  # within a minute, or in two
        edit(mine(root), change)
        kept.add(mine(root).read_bytes())
        path, said = lab(root, "echo", "--fresh")
        assert path == f"my_lessons/{ECHO}.ipynb"
        assert said.count("\n") == 1
        assert f"my_lessons/{ECHO} 2" in said
        assert mine(root).read_bytes() == new
    assert set(copies(root).values()) >= kept
    assert len(copies(root)) == len(chapters()) + 3


def test_fresh_keeps_no_copy_of_what_is_not_yours(root):
    lab(root, "echo")
    before = copies(root)
    assert lab(root, "echo", "--fresh") == (f"my_lessons/{ECHO}.ipynb", "")
    assert copies(root) == before


@pytest.mark.parametrize("is_changed", [True, False])
def test_a_copy_that_does_not_say_where_it_is_from_is_kept(root, is_changed):
    def forget(notebook):
        del notebook["metadata"]["course"]

    lab(root, "echo")
    edit(mine(root), forget)
    if is_changed:
        edit(mine(root), note)
    before = copies(root)
    _, said = lab(root, "echo")
    assert (ASKS in said) is is_changed
    assert said.count("\n") == is_changed
    assert copies(root) == before


def test_a_copy_follows_its_chapter_to_another_number(root):
    lab(root, "echo")
    edit(mine(root), note)
    before = mine(root).read_bytes()
    mine(root).rename(mine(root, "ch77_echo"))
    _, said = lab(root, "four_tuple")
    assert said == (
        f"my_lessons/ch77_echo.ipynb is now my_lessons/{ECHO}.ipynb, "
        "because the chapter has another number.\n"
    )
    assert mine(root).read_bytes() == before
    assert not mine(root, "ch77_echo").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there a read-only file cannot be replaced")
def test_a_read_only_copy_opens_and_is_kept(root):
    lab(root, "echo")
    edit(mine(root), note)
    before = mine(root).read_bytes()
    mine(root).chmod(0o444)
    assert lab(root, "echo") == (f"my_lessons/{ECHO}.ipynb", "")
    lab(root, "echo", "--fresh")
    assert before in copies(root).values()


# --- What cannot be used ------------------------------------------------------------------------


@pytest.mark.parametrize("content", STRANGE.values(), ids=STRANGE)
def test_a_damaged_copy_is_one_line_and_fresh_keeps_it(root, content):
    lab(root, "echo")
    mine(root).write_bytes(content)
    before = copies(root)
    assert ASKS in refused(root, "echo")
    assert lab(root, "four_tuple")[1] == ""
    assert copies(root) == before
    lab(root, "echo", "--fresh")
    assert content in copies(root).values()
    assert b"Recall" in mine(root).read_bytes()


@pytest.mark.parametrize("fresh", [[], ["--fresh"]])
def test_a_folder_in_place_of_a_copy_is_one_line(root, fresh):
    mine(root).mkdir(parents=True)
    assert "is a folder" in refused(root, "echo", *fresh)
    assert lab(root, "four_tuple")[1] == ""
    assert mine(root).is_dir()


@pytest.mark.parametrize("fresh", [[], ["--fresh"]])
def test_a_file_in_place_of_the_folder_is_one_line(root, fresh):
    (root / "my_lessons").write_text("mine", encoding="utf-8")
    assert "my_lessons must be a folder" in refused(root, "echo", *fresh)
    assert (root / "my_lessons").read_text(encoding="utf-8") == "mine"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")
def test_a_folder_that_cannot_be_written_is_one_line(root):
    (root / "my_lessons").symlink_to("/proc/nowhere")
    assert "cannot be written" in refused(root, "echo")


@pytest.mark.parametrize("content", [None, b"{"])
def test_a_stored_lesson_that_cannot_be_used_is_one_line_unless_there_is_a_copy(root, content):
    lab(root, "four_tuple")
    before = copies(root)
    stored(root).unlink()
    if content is not None:
        stored(root).write_bytes(content)
    assert lab(root, "echo") == (f"my_lessons/{ECHO}.ipynb", "")
    assert "git checkout" in refused(root, "echo", "--fresh")
    assert copies(root) == before
    mine(root).unlink()
    assert "git checkout" in refused(root, "echo")


def test_an_unknown_chapter_is_one_line_and_makes_nothing(root):
    done = course(root, "lab", "nowhere", "--copy-only")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert not (root / "my_lessons").exists()
