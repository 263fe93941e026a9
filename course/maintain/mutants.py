"""Mutation testing: small changes of a solution, each of which its suite has to notice.

The changes are mutmut's, and a few that it lacks. Only what the learner writes is changed, and not the
wording of errors. A mutant that no promise can tell from the solution is listed, with the reason, in
`tests/mutants/SLUG.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile

import libcst as cst
from mutmut.mutation.mutators import mutation_operators
from rich.console import Console

from course.maintain.mistakes import Trials
from course.model.chapters import Chapter, functions, parse, shown, text_of
from course.model.errors import CourseError
from course.model.progress import Kind
from course.model.starters import derive, last_line

NARROWER = {"OSError": "ConnectionError", "ValueError": "UnicodeError", "Exception": "OSError"}
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Mutant:
    """A changed solution. `key` is the function, and the lines that differ: before, and after.

    The key is what the list of equivalents knows it by, wherever the function moves.
    """

    key: Key
    line: int
    code: str


def run(chapter: Chapter, console: Console) -> int:
    """Try every mutant of a chapter. Print the score and the survivors; return 1 if there are any.

    Raises CourseError if the list of equivalents cannot be read, or if the solution itself fails.
    """
    listed = equivalents(chapter)
    every = mutants(chapter)
    with Trials(chapter) as trials:
        if not _survives(Mutant(("", "", ""), 0, text_of(chapter.solution)), trials):
            raise CourseError(f"{shown(chapter.solution)} does not keep the promises of its suite.")
        kept = trials.each(every, lambda mutant: _survives(mutant, trials))
    alive = [mutant for mutant, survives in zip(every, kept, strict=True) if survives]
    unlisted = [mutant for mutant in alive if mutant.key not in listed]
    for mutant in unlisted:
        function, *texts = mutant.key
        console.print(f"\n{shown(chapter.solution)}:{mutant.line}, in {function}")
        for sign, text in zip("-+", texts, strict=True):
            console.print(
                "\n".join(f"  {sign} {line}" for line in text.split("\n")), soft_wrap=True
            )
    for function, old, _new in sorted(listed - {mutant.key for mutant in alive}):
        console.print(f"\nListed as equivalent, but it does not survive: {old!r}, in {function}")
    caught, equivalent = len(every) - len(alive), len(alive) - len(unlisted)
    console.print(
        f"\n{chapter.slug}: {caught} of {len(every)} mutants are caught ({caught / len(every):.0%}), "
        f"{equivalent} are equivalent, {len(unlisted)} survive."
    )
    return int(bool(unlisted))


def equivalents(chapter: Chapter) -> set[Key]:
    """Return the keys of the mutants that are listed as equivalent, with a reason.

    Raises CourseError for a list that cannot be read.
    """
    file = chapter.suite.parent / "mutants" / f"{chapter.slug}.toml"
    try:
        entries = tomllib.loads(file.read_text("utf-8"))["equivalent"] if file.is_file() else []
        return {(each["function"], each["old"], each["new"]) for each in entries if each["why"]}
    except (tomllib.TOMLDecodeError, KeyError) as error:
        need = "It needs tables [[equivalent]] with function, old, new and why."
        raise CourseError(f"{shown(file)} cannot be read: {error}. {need}") from None


def mutants(chapter: Chapter) -> list[Mutant]:
    """Return every mutant of the code that the learner writes: their starters are all the same."""
    text = chapter.solution.read_text(encoding="utf-8")
    starter = derive(text, "")
    module = cst.parse_module(text)
    found: dict[tuple[Key, int], Mutant] = {}
    for node, changed in _changes(module, "".join(starter.split())):
        code = module.deep_replace(node, changed).code
        try:
            if code != text and derive(code, "") == starter:
                mutant = _described(text, code)
                found[mutant.key, mutant.line] = mutant
        except (SyntaxError, CourseError):
            continue  # it cannot be read, or changes more than the answer
    return list(found.values())


def _changes(
    node: cst.CSTNode, given: str, is_wording: bool = False
) -> Iterator[tuple[cst.CSTNode, cst.CSTNode]]:
    """Yield each node of a solution with what can take its place.

    `given` is the starter's text without its blanks: a function that it has is left alone.
    """
    is_function = isinstance(node, cst.FunctionDef)
    if is_function and "".join(cst.Module([node]).code.split()) in given:
        return
    is_wording = is_wording or isinstance(node, cst.Raise | cst.Annotation)
    if not (is_wording and isinstance(node, cst.BaseString)):
        for kind, operator in (*mutation_operators, *OPERATORS):
            if isinstance(node, kind):
                yield from ((node, changed) for changed in operator(node))
    for child in node.children:
        yield from _changes(child, given, is_wording)


def _delete(node: cst.SimpleStatementLine) -> Iterable[cst.CSTNode]:
    statement = node.body[0]
    if not (isinstance(statement, cst.Expr) and isinstance(statement.value, cst.BaseString)):
        yield node.with_changes(body=[cst.Pass()])  # what is not a docstring


def _catch_others(node: cst.ExceptHandler) -> Iterable[cst.CSTNode]:
    if isinstance(node.type, cst.Name):
        narrower = NARROWER.get(node.type.value, "ZeroDivisionError")
        yield from (node.with_changes(type=cst.Name(name)) for name in (narrower, "Exception"))


def _leave_open(node: cst.With) -> Iterable[cst.CSTNode]:
    if all(item.asname is None for item in node.items):
        yield cst.If(cst.Name("True"), node.body)


def _decrease(node: cst.Integer) -> Iterable[cst.CSTNode]:
    yield cst.parse_expression(str(node.evaluated_value - 1))


OPERATORS = (
    (cst.SimpleStatementLine, _delete),
    (cst.ExceptHandler, _catch_others),
    (cst.With, _leave_open),
    (cst.Integer, _decrease),
)


def _described(text: str, code: str) -> Mutant:
    """Find the function and the lines in which a mutant differs."""
    old, new = text.split("\n"), code.split("\n")
    above = _equal(old, new)
    below = _equal(old[above:][::-1], new[above:][::-1])
    before, after = ("\n".join(each[above : len(each) - below]).strip() for each in (old, new))
    inside = ""
    for name, node in functions(parse(text)):
        if node.lineno <= above + 1 <= last_line(node):
            inside = name
    return Mutant((inside, before, after), above + 1, code)


def _equal(old: list[str], new: list[str]) -> int:
    """Count the lines that two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))


def _survives(mutant: Mutant, trials: Trials) -> bool:
    try:
        verdicts = trials.verdicts(mutant.code)
    except CourseError:
        return False  # the suite had to be ended
    return bool(verdicts) and all(verdict.kind is Kind.KEPT for verdict in verdicts)
