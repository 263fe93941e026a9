"""`python3 -m course test`: all that the maintainers' CI runs, step by step."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from rich.console import Console
from rich.text import Text

from course.checks.suites import promises_of
from course.maintain import unusual
from course.maintain.book import stored
from course.maintain.book.faults import in_lines
from course.maintain.book.site import HTML, build
from course.maintain.book.site import NEEDED as NEEDED_BY_BOOK
from course.maintain.lessons.rules import compared, row
from course.maintain.mistakes import Trials, load, prove
from course.maintain.tools import BOOK, require, run_module
from course.model.chapters import ROOT, Chapter, chapters, find
from course.model.errors import CourseError, UsageError
from course.model.progress import Kind, is_untouched
from course.model.starters import given, starter
from course.running.hosts import Host
from course.running.orders import Judged, Order, Refused
from course.setup.venv import MAINTAINERS

CHAPTERS_AT_A_TIME = 4  # whose mistakes are tried: much of that is waiting


class Failed(Exception):
    """A step found something; the text says what."""


class CannotTest(Exception):
    """A step lacks what it needs on this machine; the text says what."""


@dataclass(frozen=True)
class Step:
    """One step: `run` returns a figure for the line, or raises Failed or CannotTest."""

    name: str
    run: Callable[[], str]


def run(
    console: Console, *, only: str | None = None, chapter: str | None = None, strict: bool = False
) -> int:
    """Run every step (or one, or only the mistakes of one chapter) and return 0 if none failed.

    A step that cannot be run counts as failed with `strict`, or if the environment variable CI is set.
    """
    strict = strict or bool(os.environ.get("CI"))
    names = [step.name for step in STEPS]
    if only is not None and only not in names:
        raise UsageError(f"the step {only!r} does not exist. The steps are: {', '.join(names)}.")
    chosen = [step for step in STEPS if only in (None, step.name)]
    if chapter is not None:
        if only != "mistakes":
            raise UsageError("--chapter goes with --only mistakes.")
        chosen = [Step("mistakes", partial(mistakes, find(chapter)))]
    outcomes = [_run(step, console) for step in chosen]
    failed = outcomes.count("failed") + (outcomes.count("not run") if strict else 0)
    skipped = 0 if strict else outcomes.count("not run")
    not_run = f", {skipped} skipped" if skipped else ""
    console.print(f"\nsteps: {outcomes.count('passed')} passed, {failed} failed{not_run}")
    return int(failed > 0)


def _run(step: Step, console: Console) -> str:
    began = time.perf_counter()
    outcome, style, text = "passed", "green", ""
    with console.status(f"{step.name} …") if console.is_terminal else nullcontext():
        try:
            figure = step.run()
        except Failed as failure:
            outcome, style, figure, text = "failed", "red", "", str(failure)
        except CannotTest as reason:
            outcome, style, figure = "not run", "yellow", str(reason)
    seconds = time.perf_counter() - began
    line = Text.assemble((f"{outcome:8}", style), f" {step.name:10} {seconds:6.1f} s  {figure}")
    console.print(line, soft_wrap=True)
    if text:
        console.print(Text(text), soft_wrap=True)
    return outcome


def _call(*command: str, **environment: str) -> str:
    """Run a command with this interpreter's modules; return its output or raise Failed with it."""
    done = run_module(*command, **environment)
    if done.returncode:
        raise Failed(f"{' '.join(command)} ended with status {done.returncode}\n{done.stdout}")
    return done.stdout


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1]


def _needs(*modules: str, requirements: str = MAINTAINERS) -> None:
    try:
        require(*modules, requirements=requirements)
    except CourseError as error:
        raise CannotTest(str(error)) from None


def style() -> str:
    """Lint and format, notebooks included."""
    _needs("ruff")
    _call("ruff", "check", "--quiet", ".")
    return _last_line(_call("ruff", "format", "--check", "."))


def types() -> str:
    """Type-check the tool, the solutions, the suites, and the code of the lessons."""
    _needs("mypy", "jupytext")
    import jupytext

    with tempfile.TemporaryDirectory() as folder:
        scripts = []
        for chapter in chapters():
            if not chapter.notebook.is_file():
                raise Failed(f"{chapter.notebook.relative_to(ROOT)} is missing")
            scripts.append(str(Path(folder) / f"lesson_{chapter.stem}.py"))
            jupytext.write(jupytext.read(chapter.notebook), scripts[-1], fmt="py:percent")
        lax = ["--allow-redefinition", "--no-warn-unused-ignores"]
        lax += [f"--disable-error-code={code}" for code in NOT_IN_LESSONS]
        _call("mypy", *lax, *scripts, MYPYPATH=str(ROOT))
    return _last_line(_call("mypy", "conftest.py", "course", "bench", "solutions", "tests"))


def starters() -> str:
    """The starters are up to date; a learner's own work is left out."""
    begun = [chapter.stem for chapter in chapters() if not is_untouched(chapter)]
    if begun and os.environ.get("CI"):
        raise Failed(f"not what their solutions derive to: {', '.join(begun)}")
    own = f", {len(begun)} with your own work left out" if begun else ""
    return f"{len(chapters()) - len(begun)} starters are up to date{own}"


def solutions() -> str:
    """Every solution passes its whole suite; on Linux nothing is skipped."""
    out = _call(*PYTEST, "--solutions", "tests", **FAST)
    if sys.platform == "linux" and "skipped" in out:
        raise Failed(f"something was skipped\n{out}")
    return _last_line(out)


def to_do() -> str:
    """Every promise is *to do* on the starters; every task has a promise and is in its suite's list."""
    with tempfile.TemporaryDirectory() as folder, closing(Host()) as host:
        answers = Path(folder) / "starters"
        answers.mkdir()
        (answers / "__init__.py").touch()
        for chapter in chapters():
            (answers / f"{chapter.stem}.py").write_text(starter(chapter), encoding="utf-8")
        for file, text in given().items():
            (answers / file.name).write_text(text, encoding="utf-8")
        orders = [Order(chapter.stem, str(answers)) for chapter in chapters()]
        news = [piece for order in orders for piece in host.run(order)]
    verdicts = [piece.verdict for piece in news if isinstance(piece, Judged)]
    wrong = [f"{v.test} is {v.kind.value}: {v.line}" for v in verdicts if v.kind is not Kind.TO_DO]
    wrong += [piece.why for piece in news if isinstance(piece, Refused)]
    expected = sum(len(promises_of(chapter)) for chapter in chapters())
    if wrong or len(verdicts) != expected:
        raise Failed("\n".join([*wrong, f"{len(verdicts)} of {expected} promises have a verdict"]))
    for chapter in chapters():
        promised = {promise.task for promise, _ in promises_of(chapter).values()}
        if idle := {task.number for task in chapter.tasks} ^ promised:
            raise Failed(f"{chapter.stem}: tasks {sorted(idle)} have no promise, or do not exist")
        if chapter.listed_tasks != chapter.tasks:
            names = {number: ", ".join(chapter.functions_of(number)) for number in promised}
            raise Failed(f"{chapter.suite.name} has to list the solution's tasks: TASKS = {names}")
    return f"{len(verdicts)} promises to do on the pristine starters"


def mistakes(*wanted: Chapter) -> str:
    """Every planted mistake is caught by its promise and named; every unusual answer is accepted."""
    tried = wanted or chapters()
    workers = os.cpu_count() if len(tried) > 1 else None
    with ThreadPoolExecutor(CHAPTERS_AT_A_TIME) as pool:
        faults = [*chain(*pool.map(partial(_escapes, workers=workers), tried))]
    figures = [str(len(load(chapter))) for chapter in tried]
    accepted = sum(len(unusual.load(chapter)) for chapter in tried)
    if faults:
        raise Failed("\n".join(faults))
    return (
        f"{' + '.join(figures)} mistakes, all caught and named; "
        f"{accepted} unusual answers, all accepted"
    )


def _escapes(chapter: Chapter, workers: int | None) -> list[str]:
    promises = {test: promise for test, (promise, _) in promises_of(chapter).items()}
    with Trials(chapter, workers) as trials:
        found = [*prove(chapter, promises, trials), *unusual.prove(chapter, trials)]
    return [f"{chapter.stem}: {line}" for line in found]


def tool() -> str:
    """The tests of the tool itself, two files for each core: most wait for other processes."""
    folders = ROOT / "course" / "tests", ROOT / "bench"
    tests = [file for folder in folders for file in folder.glob("test_*.py")]
    largest_first = sorted(tests, key=lambda file: file.stat().st_size, reverse=True)
    with ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
        runs = [pool.submit(_call, *PYTEST, str(file), **FAST) for file in largest_first]
    if errors := [str(error) for run in runs if (error := run.exception())]:
        raise Failed("\n".join(errors))
    passed = [re.search(r"(\d+) passed", _last_line(run.result())) for run in runs]
    return f"{sum(int(match[1]) for match in passed if match)} passed in {len(tests)} files"


def lessons() -> str:
    """Every lesson has its row in README.md, keeps the rules, and prints again what is stored."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    if missing := [line for line in map(row, chapters()) if line not in readme]:
        raise Failed("\n".join(["README.md has to have these rows:", *missing]))
    out = _last_line(_call(*PYTEST, "--nbval", "notebooks"))
    counts = [compared(chapter.notebook) for chapter in chapters()]
    shown, cells = sum(count for count, _ in counts), sum(total for _, total in counts)
    return f"{re.sub(r' in .*', '', out)}; {shown} of {cells} code cells are compared"


def workflows() -> str:
    """The workflow files and dependabot.yml are valid by their published schemas."""
    github = ROOT / ".github"
    schemas = {
        "vendor.github-workflows": sorted((github / "workflows").glob("*.yml")),
        "vendor.dependabot": [github / "dependabot.yml"],
    }
    _needs("check_jsonschema")
    for schema, files in schemas.items():
        _call("check_jsonschema", "--builtin-schema", schema, *map(str, files))
    return f"{sum(map(len, schemas.values()))} valid"


def book() -> str:
    """The book can be made of the lessons, without a warning; its links lead somewhere, and more."""
    _needs(*NEEDED_BY_BOOK, requirements=BOOK)
    try:
        built = build(HTML)
    except CourseError as error:
        raise Failed(str(error)) from None
    if faults := stored.check(HTML, stored.read_pages(HTML), chapters()):
        raise Failed("\n".join(in_lines(faults)))
    return str(built)


# Some cells err on purpose, a notebook may await, and a lesson is not the place for `dict[str, Any]`.
NOT_IN_LESSONS = (
    "arg-type",
    "func-returns-value",
    "no-untyped-call",
    "no-untyped-def",
    "top-level-await",
    "type-arg",
    "union-attr",
    "var-annotated",
)
PYTEST = ("pytest", "-c", "pyproject.toml", "-q", "-p", "no:cacheprovider")
FAST = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
STEPS = tuple(
    Step(function.__name__.replace("_", " "), function)
    for function in (
        style,
        types,
        starters,
        solutions,
        to_do,
        mistakes,
        book,
        tool,
        lessons,
        workflows,
    )
)
