"""Finds the submissions in a folder, and in each the one file that answers each chapter.

A file answers a chapter if its name says so, wherever it is: `ch01_echo.py`, also with what browsers
and platforms make of it (`ch01_echo (1).py`, `CH01_ECHO.PY`, `ada_123_ch01_echo.py`). The slug counts,
not the number. Every other file is named, with the reason why it is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from course.commands.grade.contents import holds_no_answer, with_todays_numbers
from course.commands.grade.grade import Status
from course.commands.grade.history import Span, at_the_time, clone_in
from course.commands.grade.intake import (
    MAX_FILE,
    Item,
    Rejected,
    list_input,
    never_answers,
    unpacked,
)
from course.model.chapters import ROOT, Chapter, given_modules
from course.model.errors import UsageError

MAX_HELPERS = 200
NO_HELPERS = {"__init__.py", *(module.name for module in given_modules())}
PYTHON = (".py.txt", ".py", ".txt")  # Windows hides an extension, and editors add one
OF_THE_COURSE = {"course", "solutions", "tests", "notebooks", "my_lessons", "docs", "bench"}
REASONS = {
    ".py": "its name is not a chapter's",
    ".ipynb": "answers belong in a .py file",
    **dict.fromkeys((".rar", ".7z", ".tar", ".gz", ".tgz", ".xz"), "unpack it, or use zip"),
}
OWNERLESS = "whose is it? Put it in a folder with the learner's name"
ITSELF = "{} is a submission itself: name the folder that holds all of them."
EMPTY = "{} holds no submissions: each is a folder or a zip archive in it."
# Moodle: Ada Lovelace_123_assignsubmission_file_NAME. Canvas: lovelaceada_LATE_123_456_NAME.
PLATFORMS = re.compile(r"(.+?)_assignsubmission_.*|(.+?)(?:_LATE)?(_\d+)_\d+(?:_.*)?")

NotRead = tuple[PurePosixPath, str]  # a file, and the reason


@dataclass
class Submission:
    """What one learner handed in. Chapters are known by their stems.

    - `answers`: the chapters' files, but for untouched starters;
    - `origins`: where each answer or starter was found;
    - `helpers`: other modules beside them;
    - `settled`: what is known of other chapters without a check: a status, and a note;
    - `not_read`: all other files, each with the reason;
    - `alike`: whose work a chapter equals;
    - `commit`: the commit of a clone that was taken, if a time was asked for;
    - `ignored`: how many caches and files of the course itself there are.
    """

    name: str
    answers: dict[str, bytes] = field(default_factory=dict)
    origins: dict[str, PurePosixPath] = field(default_factory=dict)
    helpers: dict[PurePosixPath, bytes] = field(default_factory=dict)
    settled: dict[str, tuple[Status, str]] = field(default_factory=dict)
    not_read: list[NotRead] = field(default_factory=list)
    alike: dict[str, tuple[str, ...]] = field(default_factory=dict)
    commit: str = ""
    ignored: int = 0


@dataclass
class HandedIn:
    """What is in the input: submissions, and files that nobody owns."""

    submissions: list[Submission]
    strays: list[NotRead]
    junk: int  # caches beside the submissions

    @property
    def ignored(self) -> int:
        """How many caches and files of the course itself there are."""
        return self.junk + sum(each.ignored for each in self.submissions)

    def not_read(self) -> Iterator[tuple[str, str, str]]:
        """Yield each file that was not read: whose it is (or empty), its name, and the reason."""
        owned = [(submission.name, submission.not_read) for submission in self.submissions]
        for owner, files in [*owned, ("", self.strays)]:
            yield from ((owner, str(file), why) for file, why in files)


@dataclass(frozen=True)
class Claim:
    """A file whose name says that it answers a chapter, and perhaps whose it is."""

    item: Item
    chapter: Chapter
    owner: str
    has_number: bool


class Intake:
    """Sorts what was handed in, for one edition of the course."""

    def __init__(self, course: Sequence[Chapter], when: Span) -> None:
        self._course = course
        self._when = when
        slugs = "|".join(f"({chapter.slug.replace('_', '[ _-]?')})" for chapter in course)
        again = r"(?:[ _-]*(?:\(\d+\)|copy|\d+))*"  # ch01_echo (1), ch01_echo-1
        self._name = re.compile(rf"(.+?[ _-])??(ch\d\d?[ _-])?(?:{slugs}){again}", re.IGNORECASE)

    def read(self, folder: Path) -> HandedIn:
        """Read every submission in a folder or a zip archive.

        Each folder in it is a submission, however little it holds. A file or an archive beside the
        folders belongs to a submission if its name says whose it is. Raises UsageError.
        """
        try:
            folders, loose = list_input(folder)
        except (Rejected, OSError) as error:
            why = getattr(error, "strerror", None) or error
            raise UsageError(f"{folder} cannot be read: {why}.") from None
        junk = {
            name for name in [*folders, *(item.path.name for item in loose)] if never_answers(name)
        }
        owned = {name: list(items) for name, items in folders.items() if name not in junk}
        if any(map(self._claim, owned.get("chapters", ()))):
            raise UsageError(ITSELF.format(folder))
        strays = []
        for item in sorted(loose, key=lambda each: self._owner(each) == ""):
            platform = by_platform(item.path.stem)
            if item.path.name in junk:
                continue
            if owner := self._owner(item) or (platform if platform in owned else ""):
                owned.setdefault(owner, []).append(item)
            else:
                strays.append((item.path, OWNERLESS if self._claim(item) else _reason(item)))
        if not owned:
            itself = any(why == OWNERLESS for _, why in strays)
            raise UsageError((ITSELF if itself else EMPTY).format(folder))
        found = [
            self._sort_at_the_time(name, folder / name) if self._when else self._sort(name, items)
            for name, items in sorted(owned.items())
        ]
        return HandedIn(found, strays, len(junk))

    def _owner(self, item: Item) -> str:
        """Return whose a file beside the folders is, '' if its name does not say so."""
        platform = by_platform(item.path.stem)
        if item.path.suffix.lower() == ".zip":
            return platform or item.path.stem
        claim = self._claim(item)
        return (claim.owner and platform) or claim.owner if claim else ""

    def _claim(self, item: Item) -> Claim | None:
        name = item.path.name
        stem = next((name[: -len(end)] for end in PYTHON if name.lower().endswith(end)), "")
        match = self._name.fullmatch(stem)
        if match is None or not match.lastindex:
            return None
        if not match[2] and (match[1] or not name.lower().endswith(".py")):
            return None  # my_request.py and request.txt could be anything
        chapter = self._course[match.lastindex - 3]
        return Claim(item, chapter, (match[1] or "").rstrip(" _-"), bool(match[2]))

    def _sort_at_the_time(self, name: str, folder: Path) -> Submission:
        """Sort what a clone held then. Without a clone, or a commit of that time, there is nothing."""
        status, why, commit = Status.MISSING, "no commit is of that time", ""
        items: list[Item] = []
        try:
            commit, files = at_the_time(clone_in(folder), self._when)
            items = list(files)
        except Rejected as error:
            status, why = Status.NOT_GRADED, str(error)
        submission = self._sort(name, items)
        if not commit:
            submission.settled = {chapter.stem: (status, why) for chapter in self._course}
        submission.commit = commit
        return submission

    def _sort(self, name: str, items: Iterable[Item]) -> Submission:
        submission = Submission(name)
        claims: dict[Chapter, list[Claim]] = {}
        others = []
        listed = list(unpacked(items))
        clones = _clones(item.path for item in listed)
        for item in listed:
            if never_answers(item.path) or _is_the_courses(item.path, clones):
                submission.ignored += 1
            elif claim := self._claim(item):
                claims.setdefault(claim.chapter, []).append(claim)
            else:
                others.append(item)
        for chapter, found in claims.items():
            numbered = [claim for claim in found if claim.has_number] or found
            others += [claim.item for claim in found if claim not in numbered]
            self._settle(submission, chapter, [claim.item for claim in numbered])
        for item in others:
            self._take_helper(submission, item)
        return submission

    def _settle(self, submission: Submission, chapter: Chapter, claimed: list[Item]) -> None:
        """Take the one file that answers a chapter. An untouched starter gives way to another."""
        stem = chapter.stem
        readable: list[tuple[Item, bytes]] = []
        refused: list[NotRead] = []
        for item in claimed:
            try:
                readable.append((item, with_todays_numbers(item.read(MAX_FILE), self._course)))
            except Rejected as why:
                refused.append((item.path, str(why)))
        begun = [found for found in readable if not holds_no_answer(chapter, found[1])]
        if len({content for _, content in begun}) > 1:
            names = " and ".join(str(item.path) for item, _ in begun)
            submission.settled[stem] = Status.NOT_GRADED, f"several files answer it: {names}"
        elif readable:
            item, content = (begun or readable)[0]
            submission.origins[stem] = item.path
            if begun:
                submission.answers[stem] = content
            else:
                submission.settled[stem] = Status.TO_DO, ""
            same = f"the same as {item.path}"
            refused += [
                (other.path, same if other_content == content else "an untouched starter")
                for other, other_content in readable
                if other is not item
            ]
        else:
            path, reason = refused.pop(0)
            submission.settled[stem] = Status.UNREADABLE, f"{path.name} is not read: {reason}"
        submission.not_read += refused

    def _take_helper(self, submission: Submission, item: Item) -> None:
        """Take a module that lies beside the answers, or below them in a folder `chapters`."""
        homes = {origin.parent for origin in submission.origins.values()}
        name = next((item.path.relative_to(home) for home in homes if _is_home(home, item)), None)
        is_beside = name is None or len(name.parts) == 1
        if is_beside and item.path.name in NO_HELPERS:
            submission.ignored += 1
        elif name is None or not all(part.isidentifier() for part in name.with_suffix("").parts):
            submission.not_read.append((item.path, _reason(item)))
        elif name in submission.helpers or len(submission.helpers) == MAX_HELPERS:
            why = "another one has its name" if name in submission.helpers else "too many modules"
            submission.not_read.append((item.path, why))
        else:
            try:
                content = item.read(MAX_FILE)
            except Rejected as why:
                submission.not_read.append((item.path, str(why)))
            else:
                submission.helpers[name] = with_todays_numbers(content, self._course)


def _is_home(home: PurePosixPath, item: Item) -> bool:
    parents = item.path.parents if home.name == "chapters" else item.path.parents[:1]
    return item.path.suffix == ".py" and home in parents


def _reason(item: Item) -> str:
    """Say why a file is not read: what stopped it, or what it is."""
    return item.trouble or REASONS.get(item.path.suffix.lower(), "not a Python file")


def by_platform(stem: str) -> str:
    """Return the name that Moodle or Canvas put before a file's own, with the learner's number."""
    match = PLATFORMS.fullmatch(stem)
    return (match[1] or f"{match[2]}{match[3]}") if match else ""


def _clones(paths: Iterable[PurePosixPath]) -> set[PurePosixPath]:
    """Return the folders that hold a folder `chapters`."""
    return {parent.parent for path in paths for parent in path.parents if parent.name == "chapters"}


def _is_the_courses(path: PurePosixPath, clones: set[PurePosixPath]) -> bool:
    """Tell whether a file of a clone belongs to the course, and is not an answer."""
    for clone in clones & set(path.parents):
        own = path.relative_to(clone)
        if own.parts[0] in OF_THE_COURSE or (own.parts[0] != "chapters" and (ROOT / own).is_file()):
            return True
    return False
