"""Parts of a class, graded on several machines, and their results put together again."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.commands.grade.grade import Grade, Status
from course.commands.grade.reports import Results
from course.commands.grade.submissions import HandedIn
from course.model.chapters import Chapter, find
from course.model.errors import UsageError


@dataclass(frozen=True)
class Shard:
    """The `number`th of `count` parts, counted from 1."""

    number: int
    count: int

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def of(self, handed_in: HandedIn) -> HandedIn:
        """Return this part. What belongs to nobody is in the first."""
        size = len(handed_in.submissions)
        first, end = (size * at // self.count for at in (self.number - 1, self.number))
        part = handed_in.submissions[first:end]
        is_first = self.number == 1
        return HandedIn(
            part, handed_in.strays if is_first else [], handed_in.junk if is_first else 0
        )


def shard(text: str) -> Shard:
    """Read `2/3`. Raises UsageError."""
    match = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise UsageError(f"--shard: write {text!r} as 1/3, 2/3 or 3/3.")
    return Shard(int(match[1]), int(match[2]))


def put_together(files: Sequence[Path], wanted: Sequence[Chapter]) -> Results:
    """Read results that `--out` wrote as JSON: one file, or every shard of a run.

    `wanted`: only these chapters, if there are any.
    Raises UsageError for a file that holds something else, twice the same, and a missing shard.
    """
    found: dict[str, Results] = {}
    for file in files:
        part = _read(file)
        if part.shard in found or (found and not part.shard):
            raise UsageError(f"{file} has the same part of a class as another file.")
        found[part.shard] = part
    counts = {name.partition("/")[2] for name in found}
    if len(counts) > 1:
        raise UsageError(f"these are parts of different runs: {', '.join(sorted(found))}.")
    count = int(next(iter(counts)) or 0)
    needed = [f"{number}/{count}" for number in range(1, count + 1)] or [""]
    if missing := [name for name in needed if name not in found]:
        raise UsageError(f"shard {', '.join(missing)} is not among these files.")
    parts = [found[name] for name in needed]
    unread = [each for part in parts for each in part.not_read]
    grades = [grade for part in parts for grade in part.grades]
    return Results(
        [grade for grade in grades if not wanted or grade.chapter in wanted],
        sorted(unread, key=lambda each: not each[0]),  # what belongs to nobody comes last
        sum(part.ignored for part in parts),
        list(dict.fromkeys(grade.submission for grade in grades)),
    )


def _read(file: Path) -> Results:
    try:
        return _results(json.loads(file.read_text("utf-8")))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(f"{file} is not what `grade --out FILE.json` writes.") from None


def _results(document: dict[str, Any]) -> Results:
    return Results(
        [_grade(fields) for fields in document["grades"]],
        [(each["submission"], each["file"], each["reason"]) for each in document["not_read"]],
        document["left_out"],
        [],
        shard=str(document["shard"]),
    )


def _grade(fields: dict[str, Any]) -> Grade:
    verdicts = fields["verdicts"]
    return Grade(
        fields["submission"],
        find(fields["slug"]),
        Status(fields["status"]),
        {each["test"]: each["task"] for each in verdicts},
        {each["test"]: each["kind"] for each in verdicts},
        {each["test"]: each["line"] for each in verdicts},
        fields["seconds"],
        fields["note"],
        tuple(fields["same_as"]),
    )
