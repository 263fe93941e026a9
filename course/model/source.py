"""A chapter's file as the names that it defines, which can be shown, compared and copied."""

from __future__ import annotations

import ast
import io
from collections.abc import Iterable, Set

from course.model.chapters import Chapter, parse, shown, statements
from course.model.copies import content_of
from course.model.errors import CourseError
from course.model.starters import bound, is_left_out, last_line, reading, top

NOT_UTF8 = "the file is not saved as UTF-8. Choose that encoding in your editor and save it again"
BYTE_ORDER_MARK = "\ufeff"


class Source:
    """The text of a chapter's file and, by name, the statements that define it, in their order.

    A member of a class is named `Class.member`. Most names have one statement; a property with a
    setter has two. `left_out` are the names that a solution marks `# Not in the starter.`

    Raises SyntaxError or ValueError if Python cannot read the text.
    """

    def __init__(self, text: str) -> None:
        self.mark = text[: text.startswith(BYTE_ORDER_MARK)]
        text = text[len(self.mark) :]
        self.tree = parse(text)
        self.lines = io.StringIO(text, newline="").readlines()
        self.line_end = "\r\n" if self.lines and self.lines[0].endswith("\r\n") else "\n"
        if self.lines and not self.lines[-1].endswith(("\n", "\r")):
            self.lines[-1] += self.line_end
        self.definitions: dict[str, list[ast.stmt]] = {}
        self.left_out: set[str] = set()
        for prefix, statement in statements(self.tree):
            names = {prefix + name for name in bound(statement)}
            for name in sorted(names):
                self.definitions.setdefault(name, []).append(statement)
            if is_left_out(statement, self.lines):
                self.left_out |= names

    def lines_of(self, name: str) -> list[str]:
        """Return the lines that define a name, none if nothing does, without their line ends."""
        return [
            line.rstrip()
            for statement in self.definitions.get(name, [])
            for line in self.lines[top(statement) - 1 : last_line(statement)]
        ]

    def needs(self, names: Iterable[str], given: Set[str]) -> list[str]:
        """Return what these names use, directly or by way of each other, but for what is `given`."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            fresh = self._used(waiting.pop()) - given - found
            found |= fresh
            waiting += fresh
        return [name for name in self.definitions if name in found]

    def _used(self, name: str) -> set[str]:
        owner = name.rpartition(".")[0]
        nodes = [node for found in self.definitions[name] for node in ast.walk(found)]
        used = {node.id for node in nodes if isinstance(node, ast.Name)}
        used |= {f"{owner}.{node.attr}" for node in nodes if isinstance(node, ast.Attribute)}
        return used & self.definitions.keys()


def reference(chapter: Chapter) -> Source:
    """Read the solution. Raises CourseError, with what to do, if it is missing or damaged."""
    with reading(chapter.solution):
        return Source(chapter.solution.read_text(encoding="utf-8"))


def written(chapter: Chapter) -> Source:
    """Read the learner's file. Raises CourseError, with what to do, if it cannot be read."""
    file, reset = shown(chapter.workbench), f"python3 -m course reset {chapter.slug}"
    content = content_of(chapter.workbench)
    if content is None:
        raise CourseError(f"{file} is missing. `{reset}` brings the starter back.")
    try:
        return Source(content.decode("utf-8"))
    except UnicodeDecodeError:
        raise CourseError(f"{file}: {NOT_UTF8}.") from None
    except (SyntaxError, ValueError) as error:  # ValueError: a null byte, for older Pythons
        line, what = getattr(error, "lineno", None), getattr(error, "msg", error)
        where = f"{file}, line {line}" if line else file
    raise CourseError(f"Python cannot read {where}: {what}. Fix that, or start again: `{reset}`")


def written_by_learners(chapter: Chapter) -> set[str]:
    """Return the names of all tasks, and of the classes that hold them."""
    names = {task.name for task in chapter.tasks}
    return names | {name.partition(".")[0] for name in names}
