"""A stored lesson as a page of the book, in MyST Markdown. Nothing here reads or writes a file."""

from __future__ import annotations

import ast
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from posixpath import normpath

from course.maintain.book.figures import Figures
from course.maintain.lessons.reading import PERSONAL, Cell, output_text, source
from course.maintain.lessons.terms import DFN
from course.model.chapters import Chapter, functions, parsed, task_marker
from course.model.guesses import Question
from course.reports.guesses import GUESS, asked_html, marked_up

ASKED = re.compile(r'guess\("([\w-]+)"\)')
PREDICTION = re.compile(r"\*\*Guess:\*\*(?!.*\n\s*\n)", re.DOTALL)
LINK = re.compile(
    r"^```.*?^```|`[^`]*`|(?P<mark>!?)\[(?P<words>(?:`[^`]*`|[^\]`])*)\]\((?P<target>[^)\s]+)\)",
    re.MULTILINE | re.DOTALL,
)
OUTSIDE = re.compile(r"[a-z]+:|#")
FENCED = re.compile(r"(^```.*?^```[^\n]*$)", re.MULTILINE | re.DOTALL)
MISCONCEPTION = re.compile(r"\n> (?=\*\*In fact\*\*)")
NEXT = re.compile(r"\n\*\*Next:\*\* \[[^\]]*\]\(ch\w+\.ipynb\)\s*$")  # pages have this link below
LESSONS_OWN = ("check", "guess", "guesses", "recall")


def heading_anchor(title: str) -> str:
    """Return the id of a heading on its page: what docutils makes of the title."""
    text = re.sub(r"<[^>]+>|[`*]|\]\([^)]*\)|\[", "", title).lower()
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    hyphenated = re.sub(r"[^a-z0-9]+", "-", " ".join(ascii_text.split()))
    return re.sub(r"^[-0-9]+|-+$", "", hyphenated)


def term_anchor(name: str) -> str:
    """Return the id of a term: in the lesson that explains it, and in the glossary."""
    return f"term-{heading_anchor(re.sub('^(?=[0-9])', 'n', name))}"


@dataclass(frozen=True)
class Lesson:
    """What the page of a lesson is made of.

    `starter` is the text of the file in which the learner writes. `minutes` are those to read, and
    those to write.
    """

    chapter: Chapter
    cells: Sequence[Cell]
    questions: Mapping[str, Question]
    starter: str
    minutes: tuple[int, int]
    before: Chapter | None = None
    after: Chapter | None = None


@dataclass(frozen=True)
class Links:
    """Where a link of a lesson or a document leads to in the book.

    `pages` names the pages by the files that they are made from. Other files are at `repository`; if
    that is not known, only their names remain. `terms` says what the glossary calls each term that
    lessons mark, by the term in small letters.
    """

    pages: Mapping[str, str]
    repository: str = ""
    terms: Mapping[str, str] = field(default_factory=dict)

    def in_text(self, text: str, file: str, page: str) -> str:
        """Rewrite the links of a Markdown text, which is in `file`, for `page`."""
        return LINK.sub(lambda match: self._link(match, file, page), text)

    def _link(self, match: re.Match[str], file: str, page: str) -> str:
        mark, words, target = match.group("mark", "words", "target")
        if target is None or OUTSIDE.match(target):
            return match[0]
        path, hash_sign, anchor = target.partition("#")
        place = normpath(f"{file}/../{path}")
        up = "../" * page.count("/")
        if mark:
            return f"![{words}]({up}{place.removeprefix('docs/')})"
        if place in self.pages:
            return f"[{words}]({up}{self.pages[place]}.md{hash_sign}{anchor})"
        if self.repository:
            return f"[{words}]({self.repository}/blob/HEAD/{place}{hash_sign}{anchor})"
        return words


@dataclass
class _Page:
    lesson: Lesson
    figures: Figures
    parts: list[str] = field(default_factory=list)
    shown_tasks: set[int] = field(default_factory=set)
    is_guessed: bool = False  # the next output answers a question that was asked before it

    def add(self, *parts: str) -> None:
        self.parts += parts


def lesson_page(lesson: Lesson, figures: Figures, links: Links) -> str:
    """Return the page of a lesson."""
    page = _Page(lesson, figures)
    chapter = lesson.chapter
    imports = next((cell for cell in lesson.cells if cell["cell_type"] == "code"), None)
    for place, cell in enumerate(lesson.cells):
        text = source(cell).strip()
        if cell["cell_type"] == "markdown":
            written, read = f"notebooks/{chapter.stem}.ipynb", f"lessons/{chapter.slug}"
            prose = links.in_text(_prose(text, links.terms), written, read)
            if not place:
                title, _, prose = prose.partition("\n")
                page.add(
                    _described(text.partition("\n")[2]),
                    title,
                    _on_your_machine(lesson, links.repository),
                )
            page.add(prose)
            page.is_guessed |= PREDICTION.search(text) is not None
        elif cell is imports:
            _imports(page, text)
        elif cell["cell_type"] == "code":
            _code(page, cell, text)
    return "\n\n".join(page.parts) + "\n"


def _described(prose: str) -> str:
    """Tell search engines what a page is about: its first paragraph."""
    words = " ".join(re.sub(r"<[^>]+>|[*`]", "", prose.strip().partition("\n\n")[0]).split())
    about = json.dumps(words, ensure_ascii=False)
    return f"---\nmyst:\n  html_meta:\n    description: {about}\n---"


def _prose(text: str, terms: Mapping[str, str]) -> str:
    """Let each term lead to the glossary and back, and set apart what is believed and what is true."""
    pieces = FENCED.split(MISCONCEPTION.sub("\n>\n> ", NEXT.sub("", text)))
    pieces[::2] = [DFN.sub(lambda match: _term(match[1], terms), piece) for piece in pieces[::2]]
    return "".join(pieces)


def _term(marked: str, terms: Mapping[str, str]) -> str:
    name = " ".join(marked.split())
    entry = terms.get(name.lower())
    words = f"{{term}}`{name} <{entry}>`" if entry else marked
    return f'<dfn id="{term_anchor(name)}">{words}</dfn>'


def how_to_clone(repository: str) -> str:
    """Return the commands that bring the course onto a machine."""
    folder = repository.rstrip("/").rpartition("/")[2].removesuffix(".git")
    return f"git clone {repository}\ncd {folder}"


def _on_your_machine(lesson: Lesson, repository: str) -> str:
    chapter, (reading, writing) = lesson.chapter, lesson.minutes
    clone = [how_to_clone(repository)] if repository else []
    ways = [
        f"{word}: [{each.slug}]({each.slug}.md)"
        for word, each in (("Previous", lesson.before), ("Next", lesson.after))
        if each
    ]
    return folded(
        f"Open this chapter on your machine · {reading} minutes to read, {writing} to write",
        "You learn most where you can guess, run and write. In a clone of the course "
        "([how to begin](../index.md#do-the-course)):",
        fenced("\n".join([*clone, f"python3 -m course lab {chapter.slug}"])),
        f"You write in `chapters/{chapter.stem}.py`, and `python3 -m course check {chapter.slug}` "
        "says which promises your code keeps. This page shows what a run on Linux printed.",
        " · ".join(ways),
        look="open-it",
    )


def _imports(page: _Page, text: str) -> None:
    modules: list[str] = []
    helpers: list[str] = []
    rest: list[str] = []
    for node in parsed(text).body:
        match node:
            case ast.Import():
                modules += [alias.name for alias in node.names if alias.name != "sys"]
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] == "course":
                helpers += [alias.name for alias in node.names if alias.name not in LESSONS_OWN]
            case ast.ImportFrom(module=str(module)):
                modules += [f"{module}.{alias.name}" for alias in node.names]
            case ast.Assign():
                rest.append(ast.get_source_segment(text, node) or "")
    said = f"Here the lesson imports {_listed(modules)}"
    said += f", and from the course {_listed(helpers)}." if helpers else "."
    page.add(here(said))
    if rest:
        page.add(fenced("\n".join(rest), "python"))


def _code(page: _Page, cell: Cell, text: str) -> None:
    if asked := ASKED.fullmatch(text):
        page.add(_guess(page.lesson.questions[asked[1]]))
        page.is_guessed = True
    elif personal := PERSONAL.fullmatch(text):
        page.add(*_personal(page, text, int(personal["task"] or 0)))
    else:
        page.add(fenced(text, "python"), *_outputs(page, cell))
        page.is_guessed = False


def _guess(question: Question) -> str:
    items = "".join(f"<li>{marked_up(choice)}</li>" for choice in question.choices)
    answer = question.choices[question.answer - 1]
    asked = raw(f'<div class="guess">{asked_html(question, GUESS)}<ol>{items}</ol>')
    said = folded(
        "The answer",
        raw(
            f"<p><strong>{question.answer}.</strong> {marked_up(answer)}</p>"
            f"<p>{marked_up(question.because)}</p>"
        ),
        f"See [{_escaped(question.see)}](#{heading_anchor(question.see)}).",
        look="answer",
    )
    return "\n\n".join((asked, said, raw("</div>")))


def _personal(page: _Page, text: str, task: int) -> Iterator[str]:
    chapter = page.lesson.chapter
    if text.startswith("recall"):
        yield here("Here the lesson asks again what you guessed wrong in earlier chapters.")
    elif text.startswith("guesses"):
        yield here("Here the lesson lists what you guessed, and what happened.")
    elif not task:
        yield here("Here the lesson checks all your tasks.")
    else:
        names = _listed(chapter.functions_of(task))
        if task not in page.shown_tasks:
            page.shown_tasks.add(task)
            yield folded(
                f"Task {task} as it is in your file",
                fenced(asked_in(page.lesson.starter, task), "python"),
                look="task",
            )
        yield here(f"Here the lesson checks your {names}.")


def asked_in(starter: str, task: int) -> str:
    """Return the functions of a starter that belong to a task: signature, docstring and comment."""
    lines = starter.splitlines()
    found = []
    for name, function in functions(parsed(starter)):
        marker = task_marker(function, lines)
        if marker and marker.number == task:
            first = min([function.lineno, *(each.lineno for each in function.decorator_list)])
            text = "\n".join(lines[first - 1 : function.end_lineno])
            if "." in name:
                text = f"class {name.partition('.')[0]}:\n    ...\n\n{text}"
            found.append(text)
    return "\n\n\n".join(found)


def _outputs(page: _Page, cell: Cell) -> Iterator[str]:
    shown = [
        raw(page.figures.inline(html))
        if (html := "".join(output.get("data", {}).get("text/html", "")))
        else fenced(text, "text")
        for output in cell["outputs"]
        if (text := output_text({"outputs": [output]}).strip("\n"))
    ]
    if shown and page.is_guessed:
        has_picture = any("<svg" in part for part in shown)
        yield folded(f"What it {'shows' if has_picture else 'prints'}", *shown, look="output")
    elif shown:
        yield "\n\n".join((raw('<div class="output">'), *shown, raw("</div>")))


def here(words: str) -> str:
    """Return a line about what happens in this place of a lesson, on the reader's machine."""
    return "\n\n".join((raw('<div class="here">'), words, raw("</div>")))


def folded(summary: str, *parts: str, look: str) -> str:
    """Return parts that are hidden until the reader opens them, without JavaScript."""
    start = raw(f'<details class="{look}"><summary>{escape(summary, quote=False)}</summary>')
    return "\n\n".join((start, *(part for part in parts if part), raw("</details>")))


def raw(html: str) -> str:
    """Return HTML as it goes into the page, whatever is in it."""
    return f"{_fence(html)}{{raw}} html\n{html}\n{_fence(html)}"


def fenced(text: str, language: str = "") -> str:
    """Return a text as a block of code."""
    return f"{_fence(text)}{language or 'text'}\n{text}\n{_fence(text)}"


def _fence(text: str) -> str:
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    return "`" * max(3, longest + 1)


def _listed(names: Sequence[str]) -> str:
    marked = [f"`{name}`" for name in names]
    return " and ".join([", ".join(marked[:-1]), marked[-1]] if len(marked) > 1 else marked)


def _escaped(text: str) -> str:
    return re.sub(r"([\[\]*_])", r"\\\1", text)
