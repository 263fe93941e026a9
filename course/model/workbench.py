"""Replaces the learner's files with a starter, a reference or a copy, and keeps what was there."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from course.model.chapters import ROOT, STEM, Chapter, find, find_task, shown
from course.model.copies import COPY, Copy, content_of, copies, keep, put, same_lines
from course.model.errors import CourseError, UsageError
from course.model.source import Source, reference, written, written_by_learners
from course.model.splice import setters, spliced, unset
from course.model.starters import given, starter


def reset(chapter: Chapter, console: Console, task: str | None = None) -> int:
    """Replace the learner's file, or one task's functions, with the pristine starter."""
    _use(Source(starter(chapter)), "the starter", chapter, console, task)
    return 0


def borrow(chapter: Chapter, console: Console, task: str | None = None) -> int:
    """Replace the learner's file, or one task's functions, with the reference."""
    theirs = reference(chapter)
    before = unset(written(chapter)) if task else set()
    _use(theirs, "the reference", chapter, console, task)
    if task and (left := unset(written(chapter)) - before):
        console.print(_warning(left, theirs, chapter))
    return 0


def restore(wanted: str | None, console: Console, root: Path = ROOT) -> int:
    """Bring back a copy: by its name, or a chapter's newest that differs. Without one: list them."""
    if wanted is None:
        _list(copies(root), console)
    else:
        copy = _copy(wanted, root)
        what = f"what it held before {copy.date}"
        file = find(copy.slug, root).workbench
        replace(file, content_of(copy.file) or b"", what, console, root)
    return 0


def _use(theirs: Source, what: str, chapter: Chapter, console: Console, task: str | None) -> None:
    _put_given(chapter, console)
    if task is None:
        file = chapter.workbench
        replace(file, "".join(theirs.lines).encode(), what, console, chapter.root)
        return
    number = find_task(task, chapter)
    names = chapter.functions_of(number)
    mine = written(chapter)
    given = mine.definitions.keys() - theirs.left_out
    helpers = theirs.needs(names, given | written_by_learners(chapter))
    text = spliced(mine, theirs, names, helpers)
    words = f"{what} in task {number} ({', '.join(names)})"
    replace(chapter.workbench, text.encode(), words, console, chapter.root)
    if new := [helper for helper in helpers if helper not in mine.definitions]:
        words = f"Added as well, because it is needed there: {', '.join(new)}."
        console.print(words, soft_wrap=True)


def _put_given(chapter: Chapter, console: Console) -> None:
    """Bring back the given modules that are missing, or not as they were given."""
    for file, text in given(chapter.root).items():
        if not same_lines(content_of(file), text.encode()):
            replace(file, text.encode(), "what was given", console, chapter.root)


def _warning(unset_now: set[str], theirs: Source, chapter: Chapter) -> str:
    """Warn of attributes that are read but no longer set, and say where the reference sets them."""
    listed = ", ".join(sorted(f"self.{name.rpartition('.')[2]}" for name in unset_now))
    methods = {method for name in unset_now for method in setters(theirs, name)}
    tasks = sorted({task.number for task in chapter.tasks if task.name in methods})
    advice = [f"python3 -m course borrow {chapter.slug} --task {task}" for task in tasks]
    lines = [f"Careful: the class reads {listed}, but nothing sets it now."]
    return "\n".join([*lines, "The reference sets it here:", *advice] if advice else lines)


def replace(file: Path, content: bytes, what: str, console: Console, root: Path = ROOT) -> None:
    """Give one of the learner's files new content, keep a copy of what was there, and say so."""
    before = content_of(file)
    if same_lines(before, content):
        console.print(
            f"{shown(file)} already holds {what}. There is nothing to do.", soft_wrap=True
        )
        return
    copy = keep(file, before, root) if before is not None else None
    put(file, content, instead_of=before)
    console.print(f"{shown(file)} now holds {what}.", soft_wrap=True)
    if copy:
        console.print(f"Your file as it was: {shown(copy)}", soft_wrap=True)
        if STEM.fullmatch(file.stem):
            slug = file.stem.partition("_")[2]
            console.print(f"`python3 -m course restore {slug}` brings it back.")


def _copy(wanted: str, root: Path) -> Copy:
    known = copies(root)
    name = wanted.replace("\\", "/").rpartition("/")[2]
    if COPY.fullmatch(name):
        if found := [copy for copy in known if copy.file.name == name]:
            return found[0]
        raise UsageError(
            f"the copy {name} does not exist. `python3 -m course restore` lists all copies."
        )
    chapter = find(wanted, root)
    current = content_of(chapter.workbench)
    for copy in known:
        if copy.slug == chapter.slug and not same_lines(current, content_of(copy.file)):
            return copy
    raise CourseError(f"no copy of {shown(chapter.workbench)} differs from it.")


def _list(found: list[Copy], console: Console) -> None:
    if not found:
        console.print("Nothing has been replaced yet. `reset`, `borrow` and `restore` make copies.")
        return
    console.print("Copies of your files in .course/copies, the newest first:\n")
    for copy in found:
        lines = len((content_of(copy.file) or b"").splitlines())
        console.print(f"  {copy.file.name:44} {lines:5} lines")
    console.print(
        "\n`python3 -m course restore NAME` brings one back, and keeps a copy of what you have."
    )
    console.print("NAME may also be a chapter's number: its newest copy that differs.")
