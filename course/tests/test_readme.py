"""README and the syllabus: both are what the course makes now."""

import re
import shutil

import pytest

from course.maintain.lessons.rules import row
from course.model.abilities import abilities
from course.model.chapters import ROOT, Chapter, chapters
from course.tests.a_copy import copy_of_the_course, course

README = (ROOT / "README.md").read_text(encoding="utf-8")
IMAGES = sorted((ROOT / "docs" / "images").glob("*.svg"))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("readme")
    copy_of_the_course(root)
    shutil.copytree(ROOT / "course" / "pictures", root / "course" / "pictures")
    shutil.copytree(ROOT / "docs", root / "docs")
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    return root


@pytest.mark.parametrize("hostile", [{}, {"COLUMNS": "20", "NO_COLOR": "1", "TERM": "dumb"}])
def test_pictures_are_what_would_be_drawn_now(root, hostile):
    done = course(root, "readme", "--check", **hostile)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_stale_or_missing_picture_is_named_and_drawn_again(root):
    kept = {path.name: path.read_bytes() for path in IMAGES}
    first, second, *_others = ((root / "docs" / "images" / name) for name in kept)
    first.write_text(first.read_text("utf-8").replace("client", "clients"), "utf-8")
    second.unlink()
    done = course(root, "readme", "--check")
    assert done.returncode == 1
    named = {line.split()[0] for line in done.stdout.splitlines()}
    assert named == {f"docs/images/{first.name}", f"docs/images/{second.name}"}
    assert course(root, "readme").returncode == 0
    assert {name: (root / "docs" / "images" / name).read_bytes() for name in kept} == kept


def test_syllabus_follows_the_lessons(root):
    page = root / "docs" / "syllabus.md"
    kept = page.read_text("utf-8")
    lesson = Chapter("ch01_echo", root).notebook
    was = lesson.read_text("utf-8")
    lesson.write_text(re.sub(r"\*\*Time:\*\* \d+ minutes", "**Time:** 99 minutes", was), "utf-8")
    done = course(root, "readme", "--check")
    assert (done.returncode, done.stdout.split()[0]) == (1, "docs/syllabus.md")
    course(root, "readme")
    assert "99 + " in page.read_text("utf-8")
    lesson.write_text(was, "utf-8")
    course(root, "readme")
    assert page.read_text("utf-8") == kept


def test_syllabus_plans_hold_every_chapter_once_and_the_first_ones():
    page = (ROOT / "docs" / "syllabus.md").read_text(encoding="utf-8")
    plans = page.partition("## 10 weeks")[2].split("## 2 days")
    rows = (re.findall(r"^\| \d+ \| (.*) \| \d+ \|$", plan, re.MULTILINE) for plan in plans)
    weeks, days = (", ".join(row).split(", ") for row in rows)
    slugs = [chapter.slug for chapter in chapters()]
    assert weeks == slugs
    assert days == slugs[: len(days)]
    assert all(f"- {ability}\n" in page for each in chapters() for ability in abilities(each))


def test_readme_shows_every_picture_light_and_dark_with_a_text():
    shown = re.findall(r'(?:srcset|src)="([^"]+)"', README)
    assert sorted(shown) == [path.relative_to(ROOT).as_posix() for path in IMAGES]
    assert all(path.stat().st_size < 60_000 for path in IMAGES)
    assert all(len(text) > 40 for text in re.findall(r'alt="([^"]*)"', README))
    assert README.count("alt=") == README.count("<picture>") == len(IMAGES) // 2


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.slug)
def test_row_of_each_chapter_has_its_question_and_the_minutes_of_its_lesson(chapter):
    rows = [line for line in README.splitlines() if line.startswith(f"| {chapter.number} |")]
    assert rows == [row(chapter)]
