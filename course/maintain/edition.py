"""Makes a copy of the course that ends early, for learners: without later chapters."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from course.maintain.syllabus import syllabus
from course.model.chapters import ROOT, Chapter, chapters, given_modules, text_of
from course.model.errors import CourseError, UsageError
from course.model.starters import given, starter

NOTHING = "$^"  # matches no line
WORKFLOWS = ".github/workflows"
FOR_MAINTAINERS = ("bench", "course/tests", f"{WORKFLOWS}/ci.yml", f"{WORKFLOWS}/book.yml", ".ci")


def make(folder: Path, last: Chapter) -> list[Chapter]:
    """Copy the course up to a chapter into a new folder, and return what it holds.

    Chapters get their starters. Raises UsageError if the folder exists, or lies in the course.
    """
    if folder.exists() or folder.is_symlink():
        raise UsageError(f"{folder} exists already. Name a new folder.")
    if folder.resolve().is_relative_to(ROOT):
        raise UsageError(f"{folder} lies in the course itself. Name a folder elsewhere.")
    course = chapters()
    kept = [chapter for chapter in course if chapter.number <= last.number]
    dropped = [chapter for chapter in course if chapter.number > last.number]
    try:
        for name in _names(kept, dropped):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
        for chapter in kept:
            own = Chapter(chapter.stem, folder)
            own.workbench.write_text(starter(chapter), encoding="utf-8")
            _rewrite(own.notebook, lambda text: _lesson_without(text, dropped))
        for file, text in given(folder).items():
            file.write_text(text, encoding="utf-8")
        (folder / "docs" / "syllabus.md").write_text(syllabus(folder), encoding="utf-8")
        _rewrite(folder / "README.md", lambda text: _readme_without(text, dropped))
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise CourseError(f"{folder} could not be written: {error.strerror}.") from None
    return kept


def _names(kept: Sequence[Chapter], dropped: Sequence[Chapter]) -> Iterator[str]:
    """Yield the files of the course that git knows, without those of later chapters."""
    stems = [chapter.stem for chapter in dropped]
    slugs = {f"tests/mutants/{chapter.slug}.toml" for chapter in dropped}
    modules = {f"{each}/{name}" for name in _unused(kept) for each in ("solutions", "chapters")}
    try:
        done = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        raise CourseError("an edition needs git, and a clone of the course.") from None
    for name in done.stdout.split("\0")[:-1]:
        is_later = any(stem in name for stem in stems) or name in slugs | modules
        if not is_later and not name.startswith(FOR_MAINTAINERS) and (ROOT / name).is_file():
            yield name


def _unused(kept: Sequence[Chapter]) -> set[str]:
    """Return the given modules that no chapter, suite or other module here needs."""
    modules = {module.stem: module for module in given_modules()}
    waiting = [file for chapter in kept for file in (chapter.solution, chapter.suite)]
    needed = {"course"}  # it keeps the tool's name from meaning something else
    while waiting:
        text = text_of(waiting.pop())
        fresh = {
            name for name in modules if re.search(rf"import.*\b{name}\b|\.{name} import", text)
        }
        waiting += [modules[name] for name in fresh - needed]
        needed |= fresh
    return {module.name for name, module in modules.items() if name not in needed}


def _rewrite(file: Path, change: Callable[[str], str]) -> None:
    file.write_text(change(file.read_text("utf-8")), encoding="utf-8", newline="\n")


def _lesson_without(text: str, dropped: Sequence[Chapter]) -> str:
    """Take out the way to the next lesson, if it is not there, and links to later ones."""
    lesson = json.loads(text)
    later = "|".join(chapter.stem for chapter in dropped) or NOTHING
    link = re.compile(rf"\[([^]]*)\]\([^)]*(?:{later})[^)]*\)")
    for cell in lesson["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = [
                link.sub(r"\1", line)
                for line in cell["source"]
                if not (line.startswith("**Next:**") and link.search(line))
            ]
    return json.dumps(lesson, indent=1, ensure_ascii=False) + "\n"


def _readme_without(text: str, dropped: Sequence[Chapter]) -> str:
    """Take out the rows of later chapters, and the paragraphs that speak of them."""
    rows = tuple(f"| {chapter.number} | {chapter.slug} |" for chapter in dropped)
    lines = [line for line in text.splitlines() if not line.startswith(rows)]
    later = "|".join(rf"\*{chapter.slug}\*|{chapter.stem}" for chapter in dropped) or NOTHING
    paragraphs = "\n".join(lines).split("\n\n")
    return "\n\n".join(part for part in paragraphs if not re.search(later, part)) + "\n"
