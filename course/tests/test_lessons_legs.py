"""Lessons: their shape, minutes, terms and citations, on a small lesson changed."""

import json

import pytest

from course.maintain.lessons.edit import EMPTY, HIDDEN
from course.maintain.lessons.reading import is_personal
from course.maintain.lessons.rules import MAX_CELL_LINES, faults
from course.model.chapters import Chapter
from course.tests.a_copy import copy_of_the_course, course

WORDS = "word " * 180  # to be read in a minute
LESSON = f"""\
# Chapter 2 · How many?

**Time:** 13 minutes to read and run, about 7 to write.
%
!import sys
%
## Recall

<details><summary>What does it return?</summary>

A socket.
</details>
%
!recall("counting")
%
## 1 · Three sockets

A <dfn>listener</dfn> waits for clients (accept(2)). It does `not(2)` talk.
%
!guess("three")
%
!print("three")
%
### Write task 1 · `open_it`

Write it.
%
!check("counting", task=1)
%
## 2 · The version that everyone writes first

One `recv()` (RFC 9293 §2.2, recv(2)) is not enough (connect(2), ECONNREFUSED).
%
### Write tasks 2 and 3 · `Reader.read`, `close`
%
!check("counting", task=2)
%
!check("counting", task=3)
%
### Extra · A hard part

This is optional.
%
!print("hard")
%
## 3 · The end

```
## no heading
```
%
### Write task 4 · `count`, `count_all`
%
!check("counting", task=4)
%
## Run it

`python3 -m chapters.ch02_counting`
%
!check("counting")
%
## Explain

<details><summary>Why?</summary>

Because.
</details>
%
!guesses("counting")
%
## In the wild

A story (RFC 6520). {WORDS * 10}

**Next:** [Chapter 3](ch03_after.ipynb)
"""
SOLUTION = '''"""Chapter 2. How many?"""


def open_it():
    """Open it."""
    # TASK 1. Open it.
    # Not so easy.
    a = 1

    # counted: two lines
    return a


class Reader:
    """Read."""

    def read(self):
        """Read."""
        # TASK 2. Read.
        return 1

    def close(self):
        """Close."""
        # TASK 3. Close.
        return 1


def count():
    """Count."""
    # TASK 4. Count.
    return 1


def count_all():
    """Count all."""
    # TASK 4. Count all.
    return 1
'''
QUESTIONS = """\
[three]
question = "How many?"
choices = ["Two.", "Three."]
answer = 2
because = "One for each client."
see = "1 · Three sockets"
"""


def cells_of(text):
    for part in text.split("%\n"):
        part = part.strip("\n")
        if not part.startswith("!"):
            yield {"cell_type": "markdown", "metadata": {}, "source": part}
            continue
        shown = [EMPTY, {"output_type": "stream", "name": "stdout", "text": "shown"}]
        outputs = [] if is_personal(part[1:]) else shown
        yield {
            "cell_type": "code",
            "metadata": HIDDEN if outputs else {},
            "outputs": outputs,
            "source": part[1:],
        }


def stored(file, text):
    cells = [*cells_of(text)]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    for number, cell in enumerate(code, start=1):
        cell["execution_count"] = number
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    file.write_text(json.dumps(notebook), encoding="utf-8")


@pytest.fixture
def root(tmp_path):
    for folder in ("tests", "solutions", "chapters", "notebooks"):
        (tmp_path / folder).mkdir()
    (tmp_path / "tests" / "beliefs.py").touch()
    for stem in ("ch01_before", "ch02_counting", "ch03_after"):
        chapter = Chapter(stem, tmp_path)
        chapter.suite.touch()
        chapter.solution.touch()
        stored(chapter.notebook, "# A lesson")
    chapter = Chapter("ch02_counting", tmp_path)
    chapter.solution.write_text(SOLUTION, encoding="utf-8")
    chapter.questions.write_text(QUESTIONS, encoding="utf-8")
    defined_as('listener = "A socket that waits for clients."', tmp_path)
    return tmp_path


def defined_as(text, root):
    (root / "notebooks" / "glossary.toml").write_text(f"[counting]\n{text}\n", encoding="utf-8")


@pytest.fixture
def found(root):
    """Return the faults of the lesson, in which each old text is replaced by a new one."""
    chapter = Chapter("ch02_counting", root)

    def of(*changes):
        text = LESSON
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        stored(chapter.notebook, text)
        return faults(chapter.notebook, chapter)

    return of


def only(found_faults, *parts):
    """Require one fault, which says all of this."""
    (fault,) = found_faults
    for part in parts:
        assert part in fault


def test_the_lesson_itself_keeps_every_rule(found):
    assert found() == []


# --- Shape --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("## Recall\n", "## Remember\n"),
        ("## Run it\n", "## Your turn\n"),
        ("## In the wild\n", "### In the wild\n"),
        ("## Explain\n", "## 4\n"),
        ("## Run it\n", "## Notes\n%\n## Run it\n"),
    ],
)
def test_the_parts_have_their_names_and_their_order(found, old, new):
    assert any("its parts have to be Recall" in fault for fault in found((old, new)))


@pytest.mark.parametrize(
    ("old", "new"), [("## 3 · The", "## 4 · The"), ("## 2 · The", "## 1 · The")]
)
def test_legs_are_numbered(found, old, new):
    only(found((old, new)), "numbered from 1")


def test_two_legs_are_too_few(found):
    said = found(("## 3 · The end", "### The end"))
    assert any("three to six legs" in fault and "[1, 2]" in fault for fault in said)


def test_a_leg_without_a_task_is_a_fault(found):
    said = found(("### Write task 1 · `open_it`", ""))
    assert any("'1 · Three sockets' there are 0" in fault for fault in said)


LAST_TASK = '### Write task 4 · `count`, `count_all`\n%\n!check("counting", task=4)\n%\n'


def test_three_tasks_in_a_leg_are_too_many(found):
    said = found((LAST_TASK, ""), ("### Extra", f"{LAST_TASK}### Extra"))
    assert any("in '2 · The version that everyone writes first' there are 3" in f for f in said)


@pytest.mark.parametrize(
    "heading",
    [
        "### Write task 1 · `openit`",
        "### Write task 1: `open_it`",
        "### Write tasks 1 · `open_it`",
        "### Write task 1 · `open_it`, `count`",
        "### Write task 1",
    ],
)
def test_a_heading_names_the_functions_of_its_task(found, heading):
    said = found(("### Write task 1 · `open_it`", heading))
    assert any("with the functions of its tasks" in fault for fault in said)


@pytest.mark.parametrize(
    "names", ["Reader.read, close", "`read`, `Reader.close`", "`read()` and close"]
)
def test_a_heading_may_name_a_method_in_short(found, names):
    assert found(("`Reader.read`, `close`", names)) == []


def test_a_task_has_one_heading_and_headings_rise(found):
    said = found(("### Extra", "### Write task 1 · `open_it`\n%\n### Extra"))
    assert any("the headings [1, 2, 3, 1, 4]" in fault for fault in said)
    said = found(("### Write task 4 · `count`, `count_all`", "### Write it"))
    assert any("the headings [1, 2, 3]" in fault for fault in said)


def test_an_extra_may_hold_a_task(found):
    assert found(("### Write task 4", "### Extra · Write task 4")) == []


def test_a_task_outside_of_the_legs_is_a_fault(found):
    said = found((LAST_TASK, ""), ("## Run it\n", f"## Run it\n%\n{LAST_TASK}"))
    assert "tasks are written in legs, not in 'Run it'" in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('!check("counting", task=1)\n%\n', "", "task=1)` is missing below 'Write task 1"),
        ('!check("counting", task=4)\n%\n', "", "task=4)` is missing below 'Write task 4"),
        ('!check("counting", task=3)\n%\n', "", "task=3)` is missing below 'Write tasks 2"),
        ("!recall", '!check("counting", task=1)\n%\n!recall', "where none is due"),
    ],
)
def test_each_task_has_one_check_below_its_heading(found, old, new, said):
    only(found((old, new)), said)


def test_a_task_may_be_checked_again_after_a_first_try(found):
    assert found(("task=1)\n%\n", 'task=1)\n%\n!check("counting", task=1)\n%\n')) == []


def test_checks_rise(found):
    said = found(("task=2", "task=X"), ("task=3", "task=2"), ("task=X", "task=3"))
    assert any('`check("counting", task=2)` is due' in fault for fault in said)


def test_a_check_of_another_chapter_is_a_fault(found):
    only(found(('check("counting", task=1)', 'check("after", task=1)')), "another chapter")


def test_one_cell_checks_the_chapter(found):
    only(found(('!check("counting")\n%\n', "")), '`check("counting")`', "not 0")


@pytest.mark.parametrize("cell", ['!recall("counting")\n%\n', '!guesses("counting")\n%\n'])
def test_guesses_are_shown_at_the_end_and_asked_again_at_the_beginning(found, cell):
    part = "Recall" if "recall" in cell else "Explain"
    only(found((cell, "")), f"in {part!r}, nothing is where")
    only(found(("## Run it\n", f"## Run it\n%\n{cell}")), "in 'Run it'", "no such cell")


def test_a_lesson_without_questions_is_a_fault(root, found):
    (root / "notebooks" / "ch02_counting.toml").unlink()
    assert any("it asks nothing" in fault for fault in found())


def test_the_first_lesson_has_nothing_to_ask_again(root, found):
    (root / "tests" / "test_ch01_before.py").unlink()
    only(found(), 'recall("counting") is where no such cell')
    assert found(('!recall("counting")\n%\n', "")) == []


@pytest.mark.parametrize("question", ["What does it return?", "Why?"])
def test_answers_are_folded(found, question):
    only(found((f"<details><summary>{question}", question)), "no folded answer")


def test_the_version_that_everyone_writes_first_is_in_a_leg(found):
    first = "The version that everyone writes first"
    only(found((first, "One call")), "everyone writes first")
    assert found((first, "One call"), ("One `recv()`", f"{first}:\none `recv()`")) == []
    only(found((first, "One call"), ("A story", f"{first}:\na story")), "everyone writes first")


def test_the_end_leads_to_the_next_lesson(root, found):
    only(found(("[Chapter 3](ch03_after.ipynb)", "chapter 3")), "ch03_after.ipynb")
    (root / "tests" / "test_ch03_after.py").unlink()
    assert found(("[Chapter 3](ch03_after.ipynb)", "nothing")) == []


def test_the_rules_of_all_lessons_hold_as_well(found):
    long = "x = 1\n" * (MAX_CELL_LINES + 1)
    only(found(('!print("three")', f"!{long}")), f"{MAX_CELL_LINES + 1} lines")
    only(found(("Write it.", "Just write it.")), "'Just'")
    only(found(("Write it.", "Write it, as RFC 793 says.")), "RFC 793")
    assert any("title" in fault for fault in found(("# Chapter 2 · How many?", "# Chapter 2")))


# --- Minutes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stated", ["10 minutes to read and run, about 12", "9 minutes to read and run, about 7"]
)
def test_the_minutes_are_about_those_of_the_formula(found, stated):
    assert found(("13 minutes to read and run, about 7", stated)) == []


def test_other_minutes_are_a_fault(found):
    stated = "13 minutes to read and run, about 7"
    only(found((stated, "20 minutes to read and run, about 7")), "says 20 + 7", "14 + 6")
    only(found((stated, "5 minutes to read and run, about 7")), "says 5 + 7", "14 + 6")
    only(found((stated, "13 minutes")), "does not say", "14 + 6")


def test_a_long_way_to_a_tick_is_a_fault(found):
    stated = ("13 minutes to read and run, about 7", "30 minutes to read and run, about 7")
    text = WORDS * 16
    assert found(("Write it.", text), stated) == []
    only(found(("Write it.", text + WORDS), stated), "task 1 comes 21 minutes")
    assert found(("A story", text + WORDS), stated) == []  # after the last tick


def test_an_extra_is_optional_and_takes_no_time(found):
    assert found(("This is optional.", WORDS * 60)) == []


@pytest.mark.parametrize(("slug", "most"), [("after", 90), ("request", 120)])
def test_a_lesson_has_at_most_so_many_minutes(root, found, slug, most):
    (root / "tests" / "test_ch01_before.py").rename(root / "tests" / f"test_ch01_{slug}.py")
    stated = ("13 minutes to read and run, about 7", f"{most} minutes to read and run, about 7")
    assert (
        found(
            ("A story", WORDS * (most - 22)),
            stated,
        )
        == []
    )
    only(found(("A story", WORDS * (most - 18)), stated), f"at most {most} are allowed")


# --- Terms and citations ------------------------------------------------------------------------


def test_a_term_is_defined_once_in_a_lesson(found):
    only(found(("A story", "A <dfn>Listener</dfn>, a story")), "'Listener'", "'1 · Three sockets'")


def test_a_term_is_defined_once_in_the_course(root, found):
    stored(root / "notebooks" / "ch03_after.ipynb", "A <dfn>Listener</dfn> is it.")
    only(found(), "'listener'", "the lesson after")


@pytest.mark.parametrize(
    ("definitions", "fault"),
    [
        ("", ("'listener'", "[counting]")),
        ('listener = ""', ("'listener'", "40 words")),
        ('listener = "A word"', ("'listener'", "40 words")),
        (f'listener = "{"word " * 41}."', ("'listener'", "40 words")),
        ('listener = "It."\nwaiter = "It."', ("'waiter'", "no <dfn>")),
        ('listener = "It."\n[after]\nit = {name = "Listener", definition = "It."}', ("called",)),
        ("listener = 1", ("glossary.toml",)),
        ("[counting.listener]", ("[counting] listener", "definition")),
        ('listener = {definition = "It.", links = 1}', ("[counting] listener", "definition")),
        ('listener = {definition = "It.", written = "("}', ("glossary.toml",)),
        ("listener =", ("glossary.toml", "line 2")),
    ],
)
def test_a_term_has_a_definition(root, found, definitions, fault):
    defined_as(definitions, root)
    only(found(), *fault)


def test_the_definitions_are_there(root, found):
    (root / "notebooks" / "glossary.toml").unlink()
    only(found(), "glossary.toml", "cannot be read")


@pytest.mark.parametrize(
    "citation",
    [
        "(see RFC 6520)",
        "(RFC 6520, section 4)",
        "(RFC6520)",
        "(RFC 6520; recv(2))",
        "(recv(2) says why)",
        "(as before: RFC 6520 §4)",
        "(SO_LINGER, socket(7))",
        "(RFC 6520, ECONNRESET)",
        "(recv(2), EAGAIN, EINTR)",
        "(as RFC 6520 (of 2012) says)",
    ],
)
def test_a_citation_in_another_form_is_a_fault(found, citation):
    only(found(("(RFC 6520)", citation)), "(RFC 9293 §2.2, recv(2))")


@pytest.mark.parametrize(
    "text",
    [
        "(RFC 6520 §4,\nrecv(3p))",
        "(RFC 9110 §A)",
        "(socket(7), SO_LINGER)",
        "(recv(2), EAGAIN, RFC 6520 §4.1.2)",
        "(This is Linux (RFC 6520).)",
        "of RFC 6520 §4 and recv(2)",
        "(see `recv(2)`)",
        "(see [this](https://example.org/RFC 6520))",
        "(five (5))",
    ],
)
def test_other_citations_and_parentheses_are_none(found, text):
    assert found(("(RFC 6520)", text)) == []


# --- What the command lists ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def listed(tmp_path_factory):
    """Put the lesson in the place of the first one of a copy of the course."""
    root = tmp_path_factory.mktemp("listed")
    copy_of_the_course(root)
    first = sorted((root / "tests").glob("test_ch*.py"))[0]
    chapter = Chapter(first.stem.removeprefix("test_"), root)
    chapter.notebook.parent.mkdir()
    stored(chapter.notebook, LESSON.replace("counting", chapter.slug))
    chapter.solution.write_text(SOLUTION, encoding="utf-8")
    return lambda *arguments: course(root, "lessons", *arguments, COLUMNS="120")


def test_terms_are_listed_with_the_sentence_that_explains_them(listed):
    done = listed("echo", "--terms")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "listener: echo, 1 · Three sockets: A listener waits for clients (accept(2)).\n"
    )


def test_citations_are_listed_with_their_places(listed):
    assert listed("echo", "--citations").stdout.splitlines() == [
        "accept(2): echo, 1 · Three sockets",
        "connect(2) ECONNREFUSED: echo, 2 · The version that everyone writes first",
        "recv(2): echo, 2 · The version that everyone writes first",
        "RFC 6520: echo, In the wild",
        "RFC 9293 §2.2: echo, 2 · The version that everyone writes first",
    ]


def test_minutes_are_listed_part_by_part(listed):
    rows = listed("echo", "--minutes").stdout.splitlines()
    cells = {row.split("  ")[0].strip(): row.split() for row in rows if row.strip()}
    *_, words, runs, guesses, lines, read, write, both = cells["1 · Three sockets"]
    assert (words, runs, guesses, lines, read, write, both) == ("12", "2", "1", "2", "1", "2", "3")
    extra = next(row.split() for row in rows if "Extra" in row)
    assert extra[-5:] == ["3", "1", "0", "0", "0"]
    assert cells["in all, without extras"][-4:] == ["6", "14", "6", "20"]
    assert cells["the lesson says"][-3:] == ["13", "7", "20"]
    assert cells["to the tick of task 4"][-1] == "2"


@pytest.mark.parametrize("option", ["--terms", "--citations", "--minutes"])
def test_a_lesson_that_cannot_be_read_is_one_line(listed, option):
    done = listed("four_tuple", option)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
