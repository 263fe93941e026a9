"""What the last checks found, kept in `.course/progress.json` so that the board opens at once."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path
from threading import get_ident

from course.model.chapters import Chapter
from course.model.starters import starter, unwritten

EXIT_TO_DO = 8  # a check's status when nothing is broken, but not everything is written


class Kind(Enum):
    """The outcomes of a promise."""

    KEPT = "kept"
    TO_DO = "to do"
    BROKEN = "broken"
    NOT_CHECKED = "not checked"


@dataclass
class Record:
    """The last check of one chapter.

    `kinds` maps each promise's test to its outcome (kept, broken, to do, not checked); `tasks` maps
    it to its task; `hints` counts the hints that have been shown for it.
    """

    digest: str = ""
    kinds: dict[str, str] = field(default_factory=dict)
    tasks: dict[str, int] = field(default_factory=dict)
    hints: dict[str, int] = field(default_factory=dict)

    def kept(self, task: int | None = None) -> int:
        """Count the promises that are kept, of one task or of all."""
        return sum(self.kinds[test] == Kind.KEPT.value for test in self.of(task))

    def of(self, task: int | None = None) -> list[str]:
        """Return the tests of one task, or all."""
        return [test for test in self.kinds if task in (None, self.tasks[test])]

    def has(self, kind: Kind, task: int | None = None) -> bool:
        """Tell whether a promise has this outcome."""
        return any(self.kinds[test] == kind.value for test in self.of(task))

    @property
    def complete(self) -> bool:
        """Whether every promise of the chapter is kept."""
        return bool(self.kinds) and self.kept() == len(self.kinds)


class Progress:
    """The learner's records, by slug, which outlives a renumbering."""

    def __init__(self, root: Path) -> None:
        self._file = root / ".course" / "progress.json"
        self._records: dict[str, Record] = {}
        with suppress(OSError, ValueError, TypeError, AttributeError):  # damaged: begin anew
            stored = json.loads(self._file.read_text(encoding="utf-8"))
            self._records = {slug: _record(**fields) for slug, fields in stored.items()}

    def of(self, chapter: Chapter) -> Record:
        """Return what is known of a chapter; nothing, if it has not been checked."""
        return self._records.get(chapter.slug, Record())

    def note(self, chapter: Chapter, kinds: dict[str, Kind], tasks: dict[str, int]) -> None:
        """Keep the outcome of a complete suite: kind and task of each promise, by its test."""
        self._records[chapter.slug] = Record(
            digest=digest(chapter),
            kinds={test: kind.value for test, kind in kinds.items()},
            tasks=tasks,
            hints=self.of(chapter).hints,
        )
        self._save()

    def note_hint(self, chapter: Chapter, test: str, level: int) -> None:
        """Keep how many hints have been shown for a promise."""
        self._records.setdefault(chapter.slug, Record()).hints[test] = level
        self._save()

    def is_current(self, chapter: Chapter) -> bool:
        """Tell whether the chapter's file is still what the last check saw."""
        return self.of(chapter).digest == digest(chapter)

    def is_done(self, chapter: Chapter) -> bool:
        """Tell whether every promise was kept, by the file as it is now."""
        return self.of(chapter).complete and self.is_current(chapter)

    def has_passed(self, chapter: Chapter) -> bool:
        """Tell whether the chapter is done, or holds the reference: that needs no check."""
        return self.is_done(chapter) or is_borrowed(chapter)

    def _save(self) -> None:
        text = json.dumps(
            {slug: asdict(record) for slug, record in self._records.items()}, indent=1
        )
        with suppress(
            OSError
        ):  # a folder that cannot be written has no memory, and works otherwise
            self._file.parent.mkdir(exist_ok=True)
            spare = self._file.with_suffix(
                f".{os.getpid()}.{get_ident()}.new"
            )  # a watch may save as well
            spare.write_text(text, encoding="utf-8")
            spare.replace(self._file)


def _record(
    digest: str, kinds: dict[str, str], tasks: dict[str, int], hints: dict[str, int]
) -> Record:
    """Return a stored record; raises TypeError or AttributeError if it was damaged."""
    numbers = [*tasks.values(), *hints.values()]
    if kinds.keys() != tasks.keys() or not all(isinstance(number, int) for number in numbers):
        raise TypeError("a damaged record")
    return Record(digest, dict(kinds), dict(tasks), dict(hints.items()))


def digest(chapter: Chapter) -> str:
    """Return a fingerprint of the learner's file and its suite, '' if one of them is missing."""
    if not (chapter.workbench.is_file() and chapter.suite.is_file()):
        return ""
    content = chapter.workbench.read_bytes() + chapter.suite.read_bytes()
    return hashlib.sha256(content).hexdigest()[:16]


def is_borrowed(chapter: Chapter) -> bool:
    """Tell whether the learner's file is the reference, as `borrow` puts it there."""
    try:
        return chapter.workbench.read_text("utf-8") == chapter.solution.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return False


def is_untouched(chapter: Chapter) -> bool:
    """Tell whether the learner's file is still the pristine starter."""
    try:
        text = chapter.workbench.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    if chapter.solution.is_file():
        return text == starter(chapter)
    return all(unwritten(chapter, task) in text for task in chapter.tasks)
