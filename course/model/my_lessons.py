"""The learner's copies of the lessons, in `my_lessons/`: without outputs, and theirs to write in.

A copy is made from the stored lesson, and its metadata keep the version that it came from. A copy in
which nothing is the learner's follows its lesson; any other one changes only when they ask for it.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from course.model.chapters import Chapter, shown
from course.model.copies import content_of, put, remove, write_new
from course.model.errors import CourseError

KEY = "course"  # of a copy's metadata

Notebook = dict[str, Any]


def follow(chapter: Chapter) -> str:
    """Give a copy that was made when the chapter had another number its name of today.

    Return what to say about that; nothing, if there is no such copy.
    """
    file = chapter.my_lesson
    others = [*file.parent.glob(f"ch[0-9][0-9]_{chapter.slug}.ipynb")]
    if len(others) != 1 or others == [file]:
        return ""
    content = content_of(others[0])
    put(file, content or b"", instead_of=None)
    remove(others[0], instead_of=content)
    return f"{shown(others[0])} is now {shown(file)}, because the chapter has another number."


def provide(chapter: Chapter, *, fresh: bool = False) -> str:
    """Make the copy of a lesson, if there is none. Return what to say about an older copy.

    With `fresh`, an older copy is replaced. If something in it is the learner's, it is kept beside the
    new one, with the date in its name.

    Raises CourseError if the copy or the stored lesson cannot be used. Nothing has changed then.
    """
    file, before = chapter.my_lesson, content_of(chapter.my_lesson)
    mine = _notebook(before or b"")
    if before is None or fresh:
        stored = _stored(chapter)
    elif mine is None:
        raise CourseError(
            f"{shown(file)} is damaged, and Jupyter cannot open it. {_ask(chapter)} keeps it "
            "under another name and makes a new one."
        )
    elif (found := _notebook(content_of(chapter.notebook) or b"")) is None:
        return ""  # there is a copy, and nothing to compare it with
    else:
        stored = found
    is_newest = mine is not None and _origin(mine) == _version(stored)
    if before is None or is_untouched(before):
        if fresh or not is_newest:
            put(file, _unanswered(stored), instead_of=before)
        return ""
    if fresh:
        kept = _keep_beside(file, before or b"")
        put(file, _unanswered(stored), instead_of=before)
        return f"{shown(file)} is a new copy. What you had is {shown(kept)}."
    if is_newest or (mine and _version(mine) == _version(stored)):
        return ""
    if mine and _origin(mine) is None:
        why = f"{shown(file)} does not say which version of the lesson it is, so it stays."
        return f"{why} {_ask(chapter)} keeps it under another name and makes a new copy."
    why = f"There is a newer lesson than the one in {shown(file)}."
    return f"{why} {_ask(chapter)} opens it, and keeps yours under another name."


def is_untouched(content: bytes) -> bool:
    """Tell whether a file is a copy of a lesson in which nothing is the learner's."""
    copy = _notebook(content)
    return copy is not None and not _has_outputs(copy) and _version(copy) == _origin(copy)


def _ask(chapter: Chapter) -> str:
    return f"`python3 -m course lab {chapter.slug} --fresh`"


def _stored(chapter: Chapter) -> Notebook:
    content = content_of(chapter.notebook)
    stored = _notebook(content or b"")
    if stored is None:
        what = "is missing" if content is None else "is damaged"
        name = shown(chapter.notebook)
        raise CourseError(f"{name} {what}. `git checkout {name}` brings it back.")
    return stored


def _notebook(content: bytes) -> Notebook | None:
    """Return what a notebook's file holds, None if Jupyter could not open it."""
    with suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
        notebook: Notebook = json.loads(content)
        _version(notebook)
        _has_outputs(notebook)
        if notebook["nbformat"] == 4 and isinstance(notebook["metadata"], dict):
            return notebook
    return None


def _version(notebook: Notebook) -> str:
    """Return a fingerprint of what a notebook's cells say, whatever their outputs."""
    cells = [[cell["cell_type"], "".join(cell["source"])] for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()[:16]


def _origin(copy: Notebook) -> str | None:
    """Return the version of the lesson that a copy was made from, None if it does not say so."""
    with suppress(KeyError, TypeError):
        return str(copy["metadata"][KEY]["version"])
    return None


def _has_outputs(notebook: Notebook) -> bool:
    return any(cell.get("outputs") for cell in notebook["cells"])


def _unanswered(stored: Notebook) -> bytes:
    """Return a copy of a lesson for a learner: nothing has been run, and it says where it is from."""
    cells = [dict(cell) for cell in stored["cells"]]
    for cell in cells:
        if cell["cell_type"] == "code":
            marks = {**cell["metadata"].get("jupyter", {})}
            marks.pop("outputs_hidden", None)
            others = {key: mark for key, mark in cell["metadata"].items() if key != "jupyter"}
            metadata = others | ({"jupyter": marks} if marks else {})
            cell.update(outputs=[], execution_count=None, metadata=metadata)
    metadata = stored["metadata"] | {KEY: {"version": _version(stored)}}
    copy = stored | {"cells": cells, "metadata": metadata}
    return (json.dumps(copy, indent=1, ensure_ascii=False) + "\n").encode()


def _keep_beside(file: Path, content: bytes) -> Path:
    """Write a dated copy beside a file. Nothing is ever overwritten."""
    name = f"{file.stem} {datetime.now():%Y-%m-%d %H%M}"
    try:
        for number in count(1):
            kept = file.with_name(f"{name}{f'-{number}' if number > 1 else ''}{file.suffix}")
            with suppress(FileExistsError):
                write_new(kept, content)
                return kept
        raise AssertionError
    except OSError as error:
        raise CourseError(
            f"no copy of {shown(file)} could be made beside it ({error.strerror}), so it was not "
            "changed."
        ) from None
