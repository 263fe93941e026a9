"""`python3 -m course edition`: a copy with the first chapters, in which everything works."""

import re
import subprocess
import sys

import pytest

from course.model.chapters import ROOT, Chapter, chapters, find
from course.model.starters import starter
from course.tests.a_copy import course, environment, pytest_of

LAST = "request"  # it needs a given module
LAST_NUMBER = find(LAST).number
RULES = """
from course.maintain.lessons.rules import faults, row
from course.model.chapters import ROOT, chapters
readme = (ROOT / "README.md").read_text("utf-8").splitlines()
found = [line for each in chapters() for line in faults(each.notebook)]
print(found + [each.slug for each in chapters() if row(each) not in readme])
"""


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    root = tmp_path_factory.mktemp("edition") / "workshop"
    done = course(ROOT, "edition", str(root), "--until", LAST)
    assert (done.returncode, done.stderr) == (0, "")
    assert "holds 9 chapters, from echo to request" in " ".join(done.stdout.split())
    return root


def test_it_holds_the_first_chapters_with_starters(edition):
    assert [chapter.slug for chapter in chapters(edition)][-2:] == ["back_pressure", LAST]
    for chapter in chapters(edition):
        assert chapter.workbench.read_text("utf-8") == starter(Chapter(chapter.stem))


def test_nothing_of_later_chapters_is_left(edition):
    later = [chapter.stem for chapter in chapters() if chapter.number > LAST_NUMBER]
    assert [path for path in edition.rglob("*") if any(stem in path.name for stem in later)] == []
    links = re.compile("|".join(later))
    pages = [edition / "README.md", edition / "docs" / "syllabus.md", *edition.glob("notebooks/*")]
    assert [
        page for page in pages if page.is_file() and links.search(page.read_text("utf-8"))
    ] == []


def test_readme_and_the_last_lesson_end_there(edition):
    readme = (edition / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| \d+ \| (\w+) \|", readme, re.MULTILINE)
    assert rows == [chapter.slug for chapter in chapters(edition)]
    *others, last = (chapter.notebook.read_text("utf-8") for chapter in chapters(edition))
    assert [text.count("**Next:**") for text in others] == [1] * len(others)
    assert "**Next:**" not in last


def test_its_solutions_keep_every_promise_and_its_board_is_shown(edition):
    done = pytest_of(edition, "--solutions", "tests")
    assert done.returncode == 0, done.stdout
    board = course(edition, "status")
    assert (board.returncode, board.stderr) == (0, "")
    assert LAST in board.stdout
    assert "routing" not in board.stdout


def test_its_lessons_keep_the_rules(edition):
    done = subprocess.run(
        [sys.executable, "-c", RULES],
        cwd=edition,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_the_last_chapter_gives_the_whole_course(tmp_path):
    last = chapters()[-1]
    assert course(ROOT, "edition", str(tmp_path / "all"), "--until", last.slug).returncode == 0
    assert len(chapters(tmp_path / "all")) == len(chapters())
    readme = (tmp_path / "all" / "README.md").read_text("utf-8")
    assert readme == (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("folder", "last", "words"),
    [
        ("there", "echo", "exists already"),
        (str(ROOT / "build" / "edition"), "echo", "lies in the course itself"),
        ("new", "chaos", "chapter 'chaos' does not exist"),
        ("file/new", "echo", "could not be written"),
    ],
)
def test_what_cannot_be_made_is_one_line(tmp_path, folder, last, words):
    (tmp_path / "there").mkdir()
    (tmp_path / "file").touch()
    done = course(ROOT, "edition", str(tmp_path / folder), "--until", last)
    assert done.returncode in (1, 2)
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    assert words in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "there"]
