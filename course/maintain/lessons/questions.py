"""The rules of a lesson's questions: each is asked once, before its answer, and can be answered."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress

from course.maintain.lessons.reading import Cell, code_cells, headings, source
from course.model.chapters import Chapter, chapters, parsed, shown
from course.model.errors import CourseError
from course.model.guesses import Question, questions_of

MOST_QUESTIONS = 6
CHOICES = range(2, 5)


def question_faults(chapter: Chapter, cells: list[Cell]) -> list[str]:
    """Return what is wrong with the questions of a lesson, a line each."""
    try:
        questions = questions_of(chapter)
    except CourseError as error:
        return [str(error)]
    return [
        *_all_together(chapter, questions),
        *(fault for question in questions for fault in _one(question, headings(cells))),
        *_where_asked(chapter, [question.id for question in questions], code_cells(cells)),
    ]


def _all_together(chapter: Chapter, questions: Sequence[Question]) -> Iterator[str]:
    if len(questions) > MOST_QUESTIONS:
        yield f"it asks {len(questions)} questions; at most {MOST_QUESTIONS} are allowed"
    answers = {question.answer for question in questions}
    if len(questions) > 1 and len(answers) == 1:
        yield f"the answer to every question is choice {answers.pop()}: put them in another order"
    elsewhere: dict[str, Chapter] = {}
    for other in chapters(chapter.root):
        if other != chapter:
            with suppress(CourseError):  # it is a fault of the other lesson
                elsewhere |= {question.id: other for question in questions_of(other)}
    for question in questions:
        if question.id in elsewhere:
            yield f"[{question.id}] is a question of {elsewhere[question.id].slug} as well"


def _one(question: Question, parts: Collection[str]) -> Iterator[str]:
    where = f"[{question.id}]"
    if len(question.choices) not in CHOICES:
        yield f"{where} has {len(question.choices)} choices; two to four are allowed"
    if len({choice.strip().lower() for choice in question.choices}) < len(question.choices):
        yield f"{where} offers the same choice twice"
    texts = (question.question, *question.choices, question.because)
    if not all(text.strip() for text in texts):
        yield f"{where} has an empty text"
    for text in texts:
        if text.count("`") % 2:
            yield f"{where} has a backtick without its partner: {text}"
    if question.see not in parts:
        yield f"{where} sends the learner to {question.see!r}, which is not a heading here"


def _where_asked(chapter: Chapter, ids: Sequence[str], code: Iterable[Cell]) -> Iterator[str]:
    asked: Counter[str] = Counter()
    for number, cell in enumerate(code, start=1):
        tree = parsed(source(cell))
        calls = [node for node in ast.walk(tree) if _is_guess(node)]
        if not calls:
            continue
        name = _only_question(tree)
        if name is None:
            yield f'cell {number} has to be one line, guess("id"), to ask a question'
        else:
            asked[name] += 1
    for name in sorted(asked.keys() - set(ids)):
        yield f"guess({name!r}) asks a question that {shown(chapter.questions)} does not have"
    for name in ids:
        if asked[name] != 1:
            yield f"[{name}] is asked by {asked[name]} cells; it has to be asked by one"


def _is_guess(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "guess"
    )


def _only_question(tree: ast.Module) -> str | None:
    """Return the id of a cell that does nothing but ask, None for another cell."""
    match tree.body:
        case [ast.Expr(value=ast.Call(args=[ast.Constant(value=str(name))], keywords=[]))]:
            return name
    return None
