"""Loads the answers that are checked: the learner's chapters, the solutions, or any such folder."""

from __future__ import annotations

import importlib.util
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.machinery import FileFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, ClassVar

from course.checks.errors import explained
from course.checks.watchdog import Stuck
from course.model.chapters import Chapter, given_modules, shown
from course.model.source import NOT_UTF8

UNWRITTEN = re.compile(r"ch(\d\d) task (\d+): (\S+)")


@dataclass(eq=False)
class Unreadable(Exception):
    """The file with the answers cannot be imported. `line` and `column` count from 1."""

    file: Path
    summary: str
    line: int | None = None
    code: str = ""
    column: int | None = None

    def __str__(self) -> str:
        return self.summary


@dataclass(eq=False)
class MissingName(Exception):
    """The file with the answers lacks a name that its starter has."""

    file: Path
    name: str

    def __str__(self) -> str:
        return f"{shown(self.file)} has no {self.name}"


@dataclass(frozen=True)
class Missing:
    """A task that has not been written yet: it raised its own NotImplementedError."""

    chapter: int
    task: int
    name: str


class RememberedError(NotImplementedError):
    """What NotImplementedError means in the answers: a task to do is known even if it is caught.

    A server catches every error of its handlers, so an error that a task to do raises may reach
    nobody. `made` holds the message of each since it was last cleared.
    """

    made: ClassVar[list[str]] = []

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        self.made.append(str(self))


RememberedError.__name__ = RememberedError.__qualname__ = "NotImplementedError"


def to_do() -> Missing | None:
    """Return the first unwritten task that was called since `RememberedError.made` was cleared."""
    for message in RememberedError.made:
        if match := UNWRITTEN.fullmatch(message):
            return Missing(int(match[1]), int(match[2]), match[3])
    return None


class _Loader(SourceFileLoader):
    """Compiles an answer every time: Python tells two saves within one second apart by nothing."""

    def __init__(self, fullname: str, path: str, imported: Callable[[ModuleType], object]) -> None:
        super().__init__(fullname, path)
        self._imported = imported

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        source = self.get_data(path)
        try:
            code: CodeType = self.source_to_code(source, path)
        except (SyntaxError, ValueError):  # not every Python names the file, or what is wrong
            if _is_utf8(source):
                raise
            raise Unreadable(Path(path), NOT_UTF8) from None
        return code

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["NotImplementedError"] = RememberedError
        super().exec_module(module)
        self._imported(module)


def _is_utf8(source: bytes) -> bool:
    try:
        return "\0" not in source.decode("utf-8")
    except UnicodeDecodeError:
        return False


class Answers:
    """A folder of chapter files, imported as the package that it is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._given = {module.name for module in given_modules()}
        self._loaded: dict[str, ModuleType | Exception] = {}
        package = ModuleType(self.folder.name)
        package.__path__ = [str(self.folder)]
        sys.modules[package.__name__] = package
        self.imported: Callable[[ModuleType], object] = lambda _: None  # called with each file
        loader = partial(_Loader, imported=lambda module: self.imported(module))
        finder = FileFinder(str(self.folder), (loader, [".py"]))  # type: ignore[arg-type]
        sys.path_importer_cache[str(self.folder)] = finder

    def file(self, stem: str) -> Path:
        """Return the path of a chapter's file."""
        return self.folder / f"{stem}.py"

    def owns(self, filename: str) -> bool:
        """Tell whether code is in this folder, and was not given."""
        file = Path(filename)
        return file.parent == self.folder and file.name not in self._given

    def load(self, stem: str) -> ModuleType:
        """Import a chapter, once.

        Raises Unreadable if the file is missing or its import raises, naming the line to fix, and
        NotImplementedError if the import calls a task that has not been written.
        """
        if stem not in self._loaded:
            self._loaded[stem] = self._import(stem)
        loaded = self._loaded[stem]
        if isinstance(loaded, Exception):
            if isinstance(loaded, NotImplementedError):
                RememberedError.made.append(str(loaded))
            raise loaded
        return loaded

    def _import(self, stem: str) -> ModuleType | Exception:
        file = self.file(stem)
        if not file.is_file():
            reset = f"python3 -m course reset {Chapter(stem).slug}"
            return Unreadable(file, f"the file is missing. `{reset}` brings the starter back")
        try:
            return importlib.import_module(f"{self.folder.name}.{stem}")
        except Unreadable as error:
            return error
        except SyntaxError as error:
            place = Path(error.filename or file)
            summary = f"{type(error).__name__}: {error.msg}"
            return Unreadable(place, summary, error.lineno, error.text or "", error.offset)
        except NotImplementedError as error:
            return error if UNWRITTEN.fullmatch(str(error)) else self._broken_import(file, error)
        except ModuleNotFoundError as error:
            if (name := f"{(error.name or '').rpartition('.')[2]}.py") in self._given:
                advice = f"Copy it from the folder solutions: solutions/{name}"
                return Unreadable(self.folder / name, f"the file is missing. {advice}")
            return self._broken_import(file, error)
        except (Exception, SystemExit) as error:
            return self._broken_import(file, error)

    def _broken_import(self, file: Path, error: BaseException) -> Unreadable:
        summary = explained(error)
        own = [f for f in traceback.extract_tb(error.__traceback__) if self.owns(f.filename)]
        if not own:
            return Unreadable(file, summary)
        return Unreadable(Path(own[0].filename), summary, own[0].lineno, own[0].line or "")

    def hung_import(self, stem: str, stuck: Sequence[Stuck]) -> Unreadable | None:
        """Return why an import did not finish, or None if nothing was being imported."""
        for found in stuck:
            if line := found.importing:
                summary = f"importing the file did not finish: {found.why}"
                reason = Unreadable(line.file, summary, line.line, line.code)
                self._loaded[stem] = reason
                return reason
        return None


class Attempt:
    """The module under test, imported when the first name is looked up, inside the check's deadline.

    Looking up a name raises Unreadable if the file cannot be imported, MissingName if it lacks it.
    """

    def __init__(self, answers: Answers, stem: str) -> None:
        self._answers = answers
        self._stem = stem

    def __getattr__(self, name: str) -> Any:
        module = self._answers.load(self._stem)
        try:
            return getattr(module, name)
        except AttributeError:
            raise MissingName(self._answers.file(self._stem), name) from None
