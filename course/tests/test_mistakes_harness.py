"""The proof that mistakes are caught: what escapes is named, whatever the reason."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from course.checks.promises import Promise
from course.checks.suites import promises_of
from course.maintain import unusual
from course.maintain.mistakes import Edit, Trials, load, prove
from course.model.chapters import ROOT, Chapter
from course.model.errors import CourseError

STEM = "ch01_echo"
EVERYWHERE = ('host: str = "127.0.0.1"', 'host: str = ""')
CUT = ("        conn.sendall(piece)\n", "        conn.sendall(piece[:3])\n")
HOST = "test_listener_stays_on_this_machine"
IDLE = [name for name in promises_of(Chapter(STEM)) if name != HOST]
PREAMBLE = "from course.maintain.mistakes import Edit, Mistake\n\n"


def mistake(id, what, test, *changes):  # noqa: A002
    """Return the text of one mistake."""
    edits = ", ".join(f"Edit({old!r}, {new!r})" for old, new in changes)
    return f"Mistake({id!r}, {what!r}, {test!r}, edits=({edits},))"


class Course:
    """A course with one chapter, whose mistakes a test chooses."""

    def __init__(self, root, *mistakes):
        for folder in ("solutions", "tests/mistakes", "tests/unusual"):
            (root / folder).mkdir(parents=True)
        shutil.copy(ROOT / "pyproject.toml", root)
        left_out = shutil.ignore_patterns("tests", "pictures", "__pycache__")
        shutil.copytree(ROOT / "course", root / "course", ignore=left_out)
        self.chapter = Chapter(STEM, root)
        shutil.copy(Chapter(STEM).solution, self.chapter.solution)
        shutil.copy(Chapter(STEM).suite, self.chapter.suite)
        for name in ("beliefs.py", "hints.py"):
            shutil.copy(ROOT / "tests" / name, root / "tests")
        text = f"{PREAMBLE}MISTAKES = ({''.join(f'{text}, ' for text in mistakes)})\n"
        self.chapter.mistakes.write_text(text, encoding="utf-8")

    def without(self, promise):
        """Delete a promise from the suite."""
        text = self.chapter.suite.read_text(encoding="utf-8")
        end = text.index(f"def {promise}(")
        start = text.rindex("@promise(", 0, end)
        following = text.find("\n@promise(", end)
        rest = text[following:] if following != -1 else ""
        self.chapter.suite.write_text(text[:start] + rest, encoding="utf-8")
        return self

    def with_suite(self, addition):
        """Add something to the suite."""
        with self.chapter.suite.open("a", encoding="utf-8") as suite:
            suite.write(addition)
        return self

    def prove(self, *tests, hints_if=None):
        promises = {test: Promise(0, (), None, hints_if=hints_if or {}) for test in tests}
        with Trials(self.chapter, workers=1) as trials:
            return prove(self.chapter, promises, trials)

    def accept(self, what, *changes):
        """Return what the suite says of one unusual answer."""
        edits = ", ".join(f"Edit({old!r}, {new!r})" for old, new in changes)
        text = (
            "from course.maintain.mistakes import Edit\nfrom course.maintain.unusual import Unusual\n"
            f"UNUSUAL = (Unusual({what!r}, edits=({edits},)),)\n"
        )
        self.chapter.unusual.write_text(text, encoding="utf-8")
        with Trials(self.chapter, workers=1) as trials:
            return unusual.prove(self.chapter, trials)


ANY = promises_of(Chapter(STEM))[HOST][0].usually
COUNTS = "test_echo_counts"
CAUGHT = mistake("M16", "an empty host", HOST, EVERYWHERE)
NAMED_WRONGLY = mistake("M99", "an empty host", HOST, EVERYWHERE)
SURVIVES = mistake("M20", "a backlog of 64", COUNTS, ("backlog: int = 128", "backlog: int = 64"))
BY_ANOTHER = mistake("M03", "sends three bytes", COUNTS, CUT)
DAMAGES = mistake("M00", "does harm", HOST, ("\nCHUNK = ", "\nsocket.socket = None\nCHUNK = "))
ABSENT = mistake("M77", "what is not there", COUNTS, ("no such text", "x"))
TWICE = mistake("M78", "what is there twice", COUNTS, ("piece := conn.recv(CHUNK)", "x"))


SCENARIOS = {
    "caught and named": lambda root: Course(root, CAUGHT).prove(HOST),
    "survives": lambda root: Course(root, SURVIVES).prove(COUNTS),
    "by another promise": lambda root: Course(root, BY_ANOTHER).prove(COUNTS),
    "named wrongly": lambda root: Course(root, NAMED_WRONGLY).prove(HOST),
    "hints": lambda root: Course(root, CAUGHT).prove(HOST, hints_if={ANY: (), "leak": ()}),
    "unusual": lambda root: Course(root).accept("a small buffer", ("CHUNK = 65536 ", "CHUNK = 9 ")),
    "refused": lambda root: Course(root).accept("cuts each piece", CUT),
    "absent": lambda root: Course(root).accept("what is not there", ("no such text", "x")),
    "after harm": lambda root: Course(root, DAMAGES, CAUGHT).prove(HOST),
    "unreadable suite": lambda root: Course(root, CAUGHT).with_suite("def (").prove(HOST),
    "promise deleted": lambda root: Course(root, CAUGHT).without(HOST).prove(HOST),
}


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    """Prove every scenario, as many at a time as there are cores."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        roots = {name: tmp_path_factory.mktemp("course") for name in SCENARIOS}
        yield {name: pool.submit(SCENARIOS[name], roots[name]) for name in SCENARIOS}


def only(lines, *parts):
    """Require one line, which names all of these."""
    (line,) = lines.result()
    for part in parts:
        assert part in line


def test_a_mistake_that_is_caught_and_named_is_no_escape(lines):
    assert lines["caught and named"].result() == []


def test_what_a_mistake_does_to_its_process_is_over_when_the_next_is_tried(lines):
    only(lines["after harm"], "M00", "does harm")


def test_a_suite_that_cannot_be_collected_is_told(lines):
    only(
        lines["unreadable suite"], "M16", "could not be tried", "the suite did not run: SyntaxError"
    )


def test_hints_that_no_mistake_is_given_are_named(lines):
    only(lines["hints"], HOST, "'leak'")


def test_a_mistake_that_survives_is_named_with_its_promise(lines):
    only(lines["survives"], "M20", "a backlog of 64", "SURVIVES", COUNTS)


def test_a_mistake_that_another_promise_catches_is_named_with_both(lines):
    only(
        lines["by another promise"],
        "M03",
        "sends three bytes",
        "test_every_byte_comes_back",
        COUNTS,
    )


def test_a_mistake_that_the_report_names_wrongly_is_told_with_both_names(lines):
    only(lines["named wrongly"], "M99", "an empty host", "M16")


def test_without_its_promise_a_mistake_escapes_by_name(lines):
    only(lines["promise deleted"], "M16", "an empty host", "SURVIVES", HOST)


def test_an_unusual_answer_that_keeps_every_promise_is_accepted(lines):
    assert lines["unusual"].result() == []


def test_an_unusual_answer_that_is_refused_is_named_with_the_promise(lines):
    only(lines["refused"], "cuts each piece", "REFUSES", "test_every_byte_comes_back")


def test_an_unusual_answer_that_does_not_fit_the_reference_is_told(lines):
    only(lines["absent"], "what is not there", "0 times")


def test_a_chapter_needs_no_unusual_answers(tmp_path):
    assert unusual.load(Course(tmp_path).chapter) == ()


def test_every_promise_without_a_mistake_is_named(tmp_path):
    assert IDLE
    lines = Course(tmp_path).prove(*IDLE)
    assert len(lines) == len(IDLE)
    for name in IDLE:
        assert any(name in line for line in lines)


@pytest.mark.parametrize(("text", "id", "count"), [(ABSENT, "M77", 0), (TWICE, "M78", 2)])
def test_a_text_that_does_not_occur_once_is_told_with_its_mistake(tmp_path, text, id, count):  # noqa: A002
    line = Course(tmp_path, text).prove(COUNTS)[0]
    for part in (id, COUNTS, f"{count} times"):
        assert part in line


def test_a_chapter_without_a_file_of_mistakes_is_told(tmp_path):
    course = Course(tmp_path)
    course.chapter.mistakes.unlink()
    with pytest.raises(CourseError) as caught:
        course.prove()
    assert f"tests/mistakes/{STEM}.py" in str(caught.value)


def test_a_file_of_mistakes_that_cannot_be_read_is_named_in_one_line(tmp_path):
    course = Course(tmp_path)
    course.chapter.mistakes.write_text("MISTAKES = (Mistake(),)\n", encoding="utf-8")
    with pytest.raises(CourseError, match=rf"{STEM}\.py cannot be read: NameError"):
        course.prove()


def test_mistakes_are_loaded_as_they_are_written(tmp_path):
    chapter = Course(tmp_path, SURVIVES, BY_ANOTHER).chapter
    assert [(found.id, found.test) for found in load(chapter)] == [
        ("M20", COUNTS),
        ("M03", COUNTS),
    ]
    assert load(chapter)[1].edits == (Edit(*CUT),)


def test_the_proof_leaves_the_course_as_it_was(lines, tmp_path_factory):
    assert lines["survives"].done() or lines["survives"].result()
    for folder in tmp_path_factory.getbasetemp().glob("course*"):
        solution = folder / "solutions" / f"{STEM}.py"
        if solution.exists():
            assert solution.read_bytes() == Chapter(STEM).solution.read_bytes()
