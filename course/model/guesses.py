"""The questions that lessons ask before they show the answer, and what the learner guessed.

The questions of `notebooks/ch01_echo.ipynb` are in `notebooks/ch01_echo.toml`, the learner's answers
in `.course/guesses.json`. Delete that file and every question can be guessed again.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from course.model.chapters import ROOT, Chapter, chapters, shown
from course.model.copies import keep, write_in_one_step
from course.model.errors import CourseError, UsageError
from course.model.locks import alone

REHEARSAL = "COURSE_REHEARSAL"  # set where a lesson is compared or stored: nothing is remembered
FIELDS = {"question": str, "choices": list, "answer": int, "because": str, "see": str}

Answers = dict[str, list[str]]  # by the question's id: the texts that were chosen, the latest last


@dataclass(frozen=True)
class Question:
    """One question of a lesson. In its texts, code is in backticks.

    `answer` counts from 1. `see` is the heading of the lesson's part that shows the answer.
    """

    id: str
    question: str
    choices: tuple[str, ...]
    answer: int
    because: str
    see: str
    chapter: Chapter

    def number(self, choice: object) -> int:
        """Return a choice's number, given as a number or as its digits. Raises UsageError."""
        with suppress(TypeError, ValueError):
            number = int(choice)  # type: ignore[call-overload]
            if not isinstance(choice, bool | float) and 1 <= number <= len(self.choices):
                return int(number)
        *others, last = map(str, range(1, len(self.choices) + 1))
        raise UsageError(f"{choice!r} is not a choice. Choose {', '.join(others)} or {last}.")


def questions_of(chapter: Chapter) -> tuple[Question, ...]:
    """Return the questions of a chapter's lesson in the order of their file; none without a file.

    Raises CourseError, with the place, if the file cannot be read.
    """
    file = chapter.questions
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise CourseError(f"{shown(file)} cannot be read: {error}.") from None
    return tuple(_question(name, table, chapter) for name, table in tables.items())


def _question(name: str, table: Any, chapter: Chapter) -> Question:
    where = f"{shown(chapter.questions)}: [{name}]"
    if not isinstance(table, dict) or table.keys() != FIELDS.keys():
        raise CourseError(f"{where} has to have these fields: {', '.join(FIELDS)}.")
    for field, kind in FIELDS.items():
        if type(table[field]) is not kind:
            raise CourseError(f"{where} {field} has to be of the type {kind.__name__}.")
    choices = table.pop("choices")
    if not all(isinstance(choice, str) for choice in choices):
        raise CourseError(f"{where} choices have to be texts.")
    if not 1 <= table["answer"] <= len(choices):
        raise CourseError(f"{where} answer has to be a number from 1 to {len(choices)}.")
    return Question(id=name, choices=tuple(choices), chapter=chapter, **table)


def find_question(name: object, root: Path = ROOT) -> Question:
    """Return the question with this id. Raises UsageError, with similar ids, if there is none."""
    known: dict[str, Question] = {}
    damaged: list[CourseError] = []
    for chapter in chapters(root):
        try:
            known |= {question.id: question for question in questions_of(chapter)}
        except CourseError as error:
            damaged.append(error)
    if isinstance(name, str) and name in known:
        return known[name]
    if damaged:
        raise damaged[0]
    similar = get_close_matches(str(name), known)
    hint = f" Similar: {', '.join(similar)}." if similar else ""
    raise UsageError(f"no lesson has a question {name!r}.{hint}")


def to_repeat(before: Chapter, at_most: int = 3) -> list[Question]:
    """Return what was last answered wrong in the lessons before a chapter, the latest first."""
    guesses = Guesses(before.root)
    wrong: list[Question] = []
    for chapter in chapters(before.root):
        if chapter.stem < before.stem:
            with suppress(CourseError):  # a damaged file is reported where its lesson asks
                wrong += [each for each in questions_of(chapter) if guesses.is_wrong(each)]
    return sorted(wrong, key=guesses.age)[:at_most]


class Guesses:
    """What the learner answered, as stored in `.course/guesses.json`.

    `fault` is a line for the learner if something could not be read or written, else empty.
    """

    _unsaved: Answers = {}  # what could not be written, until the kernel stops  # noqa: RUF012

    def __init__(self, root: Path = ROOT) -> None:
        self._root = root
        self._file = root / ".course" / "guesses.json"
        self.fault = ""
        self._answers: Answers = {}
        if REHEARSAL not in os.environ:
            self._read()

    def first(self, question: Question) -> int | None:
        """Return the number of the choice that was guessed, None without a guess."""
        return next(iter(self._numbers(question)), None)

    def last(self, question: Question) -> int | None:
        """Return the number of the choice that was taken last, None without a guess."""
        return next(reversed(self._numbers(question)), None)

    def is_wrong(self, question: Question) -> bool:
        """Tell whether the last answer is wrong."""
        return self.last(question) not in (None, question.answer)

    def age(self, question: Question) -> int:
        """Return how many questions were answered since this one was."""
        ids = [*self._answers]
        return len(ids) - ids.index(question.id)

    def commit(self, question: Question, number: int) -> int:
        """Keep a guess, if it is the first. Return the number of the guess that counts."""
        if self.first(question) is None:
            self._note(question, number, lambda: self.first(question) is None)
        return self.first(question) or number

    def answer_again(self, question: Question, number: int) -> None:
        """Keep one more answer."""
        self._note(question, number, lambda: True)

    def _numbers(self, question: Question) -> list[int]:
        chosen = self._answers.get(question.id, [])  # what is not among the choices was rewritten
        return [question.choices.index(text) + 1 for text in chosen if text in question.choices]

    def _note(self, question: Question, number: int, is_wanted: Callable[[], bool]) -> None:
        if REHEARSAL in os.environ:
            return
        folder = self._file.parent
        try:
            folder.mkdir(exist_ok=True)
            with alone(folder / "guesses.lock"):
                before = self._read()
                if is_wanted():
                    self._append(question.id, question.choices[number - 1])
                    self._replace(before)
        except (OSError, CourseError) as error:
            self._read()
            if is_wanted():
                self._append(question.id, question.choices[number - 1])
                self._unsaved[question.id] = self._answers[question.id]
            self.fault = (
                f"{shown(self._file)} cannot be written ({_reason(error)}). "
                "Your guess is forgotten when the kernel stops."
            )

    def _append(self, name: str, text: str) -> None:
        self._answers[name] = [*self._answers.pop(name, []), text]  # the latest is at the end

    def _read(self) -> bytes | None:
        """Read the file and return its content. Damage is ignored, and said in `fault`."""
        self.fault, self._answers, content = "", {}, None
        try:
            content = self._file.read_bytes()
            stored = json.loads(content.decode("utf-8"))
            self._answers = {name: texts for name, texts in stored.items() if _is_valid(texts)}
            if len(self._answers) < len(stored):
                self.fault = self._damage()
        except FileNotFoundError:
            pass
        except OSError as error:
            self.fault = f"{shown(self._file)} cannot be read: {_reason(error)}."
        except (ValueError, AttributeError, RecursionError):
            self.fault = self._damage()
        self._answers |= self._unsaved
        return content

    def _damage(self) -> str:
        return f"{shown(self._file)} was damaged. What could not be read of it is left out."

    def _replace(self, before: bytes | None) -> None:
        if self.fault and before is not None:
            keep(self._file, before, self._root)
            self.fault += " A copy of it is in .course/copies."
        content = json.dumps(self._answers, indent=1, ensure_ascii=False).encode()
        write_in_one_step(self._file, content)


def _is_valid(texts: object) -> bool:
    return isinstance(texts, list) and all(isinstance(text, str) for text in texts)


def _reason(error: OSError | CourseError) -> str:
    return getattr(error, "strerror", None) or str(error)
