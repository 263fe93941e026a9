"""Mutation testing: small changes of a solution, each of which its suite has to notice.

The changes are those of mutmut, and a few that it lacks. Only code that the learner writes is changed,
and not the wording of errors. A mutant that no promise can tell from the solution is listed, with the
reason, in `tests/mutants/SLUG.toml`.
"""

from __future__ import annotations

import ast
import os
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import libcst as cst
from mutmut.mutation.mutators import mutation_operators
from rich.console import Console

from course.maintain.mistakes import verdicts_on
from course.model.chapters import Chapter, functions, shown
from course.model.errors import CourseError
from course.model.starters import derive, last_line

NARROWER = {"OSError": "ConnectionError", "ValueError": "UnicodeError", "Exception": "OSError"}


@dataclass(frozen=True)
class Mutant:
    """A changed solution: the function, the line, and the text there before and after.

    Without `line` and `code` two mutants are the same if they make the same change.
    """

    function: str
    old: str
    new: str
    line: int = 0
    code: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What a mutant is known by in the list of equivalents, wherever its function moves."""
        return self.function, self.old, self.new


def run(chapter: Chapter, console: Console) -> int:
    """Try every mutant of a chapter. Print the score and who survives; return 1 if anybody does."""
    listed = equivalents(chapter)
    every = mutants(chapter)
    with ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
        kept = list(pool.map(lambda mutant: _survives(chapter, mutant), every))
    alive = [mutant for mutant, survives in zip(every, kept, strict=True) if survives]
    unlisted = [mutant for mutant in alive if mutant.key not in listed]
    for mutant in unlisted:
        console.print(f"\n{shown(chapter.solution)}:{mutant.line}, in {mutant.function}")
        for sign, text in (("-", mutant.old), ("+", mutant.new)):
            console.print("\n".join(f"  {sign} {line}" for line in text.split("\n")))
    for function, old, _new in sorted(listed - {mutant.key for mutant in alive}):
        console.print(f"\nNo longer needed in the list of equivalents: {old!r}, in {function}")
    caught = len(every) - len(alive)
    console.print(
        f"\n{chapter.slug}: {caught} of {len(every)} mutants are caught ({caught / len(every):.0%}), "
        f"{len(alive) - len(unlisted)} are listed as equivalent, {len(unlisted)} survive."
    )
    return int(bool(unlisted))


def equivalents(chapter: Chapter) -> set[tuple[str, str, str]]:
    """Return the keys of the mutants that are listed as equivalent.

    Raises CourseError for a list that cannot be read, or an entry without a reason.
    """
    file = chapter.suite.parent / "mutants" / f"{chapter.slug}.toml"
    try:
        entries = tomllib.loads(file.read_text("utf-8"))["equivalent"] if file.is_file() else []
        if not all(entry["why"] for entry in entries):
            raise CourseError(f"{shown(file)}: an entry does not say why.")
        return {(entry["function"], entry["old"], entry["new"]) for entry in entries}
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise CourseError(f"{shown(file)} cannot be read: {error}") from None


def mutants(chapter: Chapter) -> list[Mutant]:
    """Return every mutant of the code that the learner writes: the starter is the same for all."""
    text = chapter.solution.read_text(encoding="utf-8")
    starter = derive(text, "")
    module = cst.parse_module(text)
    found: dict[tuple[str, str, str, int], Mutant] = {}
    for node, changed in _changes(module, is_wording=False):
        code = module.deep_replace(node, changed).code
        try:
            is_learners = code != text and derive(code, "") == starter
        except (SyntaxError, CourseError):
            continue
        if is_learners:
            mutant = _described(text, code)
            found[*mutant.key, mutant.line] = mutant
    return list(found.values())


def _changes(node: cst.CSTNode, is_wording: bool) -> Iterator[tuple[cst.CSTNode, cst.CSTNode]]:
    """Yield each node below this one with what can take its place."""
    if isinstance(node, cst.Annotation | cst.ImportFrom):
        return
    is_wording = is_wording or isinstance(node, cst.Raise | cst.FormattedStringText)
    if not (is_wording and isinstance(node, cst.BaseString)):
        for kind, operator in (*mutation_operators, *OPERATORS):
            if isinstance(node, kind):
                yield from ((node, changed) for changed in operator(node))
    for child in node.children:
        yield from _changes(child, is_wording)


def _statement(node: cst.SimpleStatementLine) -> Iterable[cst.CSTNode]:
    is_docstring = isinstance(node.body[0], cst.Expr) and isinstance(
        node.body[0].value, cst.BaseString
    )
    if not is_docstring and not isinstance(node.body[0], cst.Pass):
        yield node.with_changes(body=[cst.Pass()])


def _handler(node: cst.ExceptHandler) -> Iterable[cst.CSTNode]:
    if isinstance(node.type, cst.Name):
        narrower = NARROWER.get(node.type.value, "ZeroDivisionError")
        yield node.with_changes(type=cst.Name(narrower))
        if node.type.value != "Exception":
            yield node.with_changes(type=cst.Name("Exception"))


def _block(node: cst.With) -> Iterable[cst.CSTNode]:
    if all(item.asname is None for item in node.items):
        yield cst.If(cst.Name("True"), node.body)


def _condition(node: cst.If) -> Iterable[cst.CSTNode]:
    inner = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    yield node.with_changes(test=cst.UnaryOperation(cst.Not(), inner))


def _less(node: cst.Integer) -> Iterable[cst.CSTNode]:
    if node.evaluated_value:
        yield node.with_changes(value=str(node.evaluated_value - 1))


OPERATORS: tuple[tuple[type, Callable[..., Iterable[cst.CSTNode]]], ...] = (
    (cst.SimpleStatementLine, _statement),
    (cst.ExceptHandler, _handler),
    (cst.With, _block),
    (cst.If, _condition),
    (cst.Integer, _less),
)


def _described(text: str, code: str) -> Mutant:
    """Name a mutant by the function and the lines in which it differs."""
    old, new = text.split("\n"), code.split("\n")
    first = next(number for number, line in enumerate(old) if new[number] != line)
    same = 0
    while same < len(new) - first and same < len(old) - first and old[-1 - same] == new[-1 - same]:
        same += 1
    inside = [
        name
        for name, node in functions(ast.parse(text))
        if node.lineno <= first + 1 <= last_line(node)
    ]
    lines = ("\n".join(part[first : len(part) - same]).strip() for part in (old, new))
    return Mutant(inside[-1] if inside else "", *lines, first + 1, code)


def _survives(chapter: Chapter, mutant: Mutant) -> bool:
    try:
        with tempfile.TemporaryDirectory() as folder:
            verdicts = verdicts_on(chapter, mutant.code, Path(folder))
    except CourseError:
        return False  # it never came to an end
    return all(verdict["kind"] == "kept" for verdict in verdicts)
