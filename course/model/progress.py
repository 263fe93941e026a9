"""What the last checks found, kept in `.course/progress.json` so that the board opens at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path

from course.model.chapters import Chapter, text_of
from course.model.copies import write_in_one_step
from course.model.starters import starter, unwritten

EXIT_TO_DO = 8  # a check's status when nothing is broken, but not everything is written


class Kind(StrEnum):
    """The outcomes of a promise."""

    KEPT = "kept"
    TO_DO = "to do"
    BROKEN = "broken"
    NOT_CHECKED = "not checked"


@dataclass
class Record:
    """The last check of each task of a chapter.

    - `digests` maps a task to the fingerprint of what was checked;
    - `kinds` maps each promise's test to its outcome, `tasks` to its task, and `clues` to the signs of
      its failure;
    - `hints` counts the hints that have been shown for a test, or for one of its faults.

    Raises TypeError, ValueError or AttributeError if these are not what was once stored.
    """

    digests: dict[int, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    tasks: dict[str, int] = field(default_factory=dict)
    hints: dict[str, int] = field(default_factory=dict)
    clues: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.digests = {int(task): digest for task, digest in self.digests.items()}
        numbers = [*self.tasks.values(), *self.hints.values()]
        is_whole = self.kinds.keys() == self.tasks.keys() >= self.clues.keys()
        are_lists = all(isinstance(found, list) for found in self.clues.values())
        if not (is_whole and are_lists and all(isinstance(n, int) for n in numbers)):
            raise TypeError("a damaged record")

    def of(self, task: int | None = None, kind: Kind | None = None) -> list[str]:
        """Return the tests of one task, or of all; with this outcome, or with any."""
        return [
            test
            for test, outcome in self.kinds.items()
            if task in (None, self.tasks[test]) and kind in (None, outcome)
        ]

    def is_complete(self, task: int | None = None) -> bool:
        """Tell whether every promise that was checked is kept, of one task or of all.

        A task whose promises are all skipped on this system is complete once it was checked.
        """
        kept = self.of(task, Kind.KEPT)
        was_checked = bool(kept) or task in self.digests
        return was_checked and kept == self.of(task)

    def first(self, kind: Kind) -> int | None:
        """Return the first task with a promise of this outcome, None if there is none."""
        return next((self.tasks[test] for test in self.of(kind=kind)), None)


class Progress:
    """The learner's records, by slug, which outlives a renumbering."""

    def __init__(self, root: Path) -> None:
        self._file = root / ".course" / "progress.json"
        self._records: dict[str, Record] = {}
        with suppress(OSError, ValueError, TypeError, AttributeError):  # damaged: begin anew
            stored = json.loads(self._file.read_text(encoding="utf-8"))
            self._records = {slug: Record(**fields) for slug, fields in stored.items()}

    def of(self, chapter: Chapter) -> Record:
        """Return what is known of a chapter; nothing, if it has not been checked."""
        return self._records.get(chapter.slug, Record())

    def latest(self) -> list[str]:
        """Return the slugs of the chapters that were checked, the latest first."""
        return [slug for slug, record in reversed(self._records.items()) if record.digests]

    def note(
        self,
        chapter: Chapter,
        kinds: Mapping[str, Kind],
        tasks: Mapping[str, int],
        only: int | None = None,
        clues: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Keep the outcome of a suite, or of `only` one task: each test's kind, task and clues."""
        known = self.of(chapter)
        others = {} if only is None else {t: n for t, n in known.tasks.items() if n != only}
        checked = [only] if only is not None else [*chapter.task_numbers, *tasks.values()]
        merged = dict(sorted({**others, **tasks}.items(), key=lambda item: item[1]))
        outcomes = {**known.kinds, **kinds}
        signs = {**{t: found for t, found in known.clues.items() if t in others}, **(clues or {})}
        self._records.pop(chapter.slug, None)  # so that it becomes the last
        self._records[chapter.slug] = Record(
            {
                **(known.digests if only is not None else {}),
                **dict.fromkeys(checked, digest(chapter)),
            },
            {test: outcomes[test] for test in merged},
            merged,
            known.hints,
            {test: [*found] for test, found in signs.items()},
        )
        self._save()

    def note_hint(self, chapter: Chapter, test: str, level: int) -> None:
        """Keep how many hints have been shown for a promise."""
        self._records.setdefault(chapter.slug, Record()).hints[test] = level
        self._save()

    def current_tasks(self, chapter: Chapter) -> set[int]:
        """Return the tasks that were checked with the chapter's file as it is now."""
        now = digest(chapter)
        return {task for task, seen in self.of(chapter).digests.items() if seen == now}

    def is_done(self, chapter: Chapter, task: int | None = None) -> bool:
        """Tell whether every promise (of one task) was kept, by the file as it is now."""
        asked = {*chapter.task_numbers} if task is None else {task}
        return self.of(chapter).is_complete(task) and asked <= self.current_tasks(chapter)

    def has_passed(self, chapter: Chapter, task: int | None = None) -> bool:
        """Tell whether a chapter or task is done, or is the reference: that needs no check."""
        return self.is_done(chapter, task) or is_borrowed(chapter)

    def _save(self) -> None:
        records = {slug: asdict(record) for slug, record in self._records.items()}
        with suppress(OSError):  # where nothing can be written, there is no memory
            self._file.parent.mkdir(exist_ok=True)
            write_in_one_step(self._file, json.dumps(records, indent=1).encode())


def digest(chapter: Chapter) -> str:
    """Return a fingerprint of the learner's file and its suite, '' if one of them is missing."""
    if not (chapter.workbench.is_file() and chapter.suite.is_file()):
        return ""
    content = chapter.workbench.read_bytes() + chapter.suite.read_bytes()
    return hashlib.sha256(content).hexdigest()[:16]


def is_borrowed(chapter: Chapter) -> bool:
    """Tell whether the learner's file is the reference, as `borrow` puts it there."""
    text = text_of(chapter.workbench)
    return text != "" and text == text_of(chapter.solution)


def is_untouched(chapter: Chapter) -> bool:
    """Tell whether the learner's file is still the pristine starter."""
    text = text_of(chapter.workbench)
    if chapter.solution.is_file():
        return text == starter(chapter)
    answers = (unwritten(chapter.label, task.number, task.name) for task in chapter.tasks)
    return all(answer in text for answer in answers)
