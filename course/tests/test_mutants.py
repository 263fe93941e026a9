"""`mutants`: which changes are tried, who survives, and what the list of equivalents does."""

import shutil
from textwrap import dedent

import pytest
from rich.console import Console

pytest.importorskip("mutmut", reason="needs requirements-dev.txt")

from course.maintain import mutants
from course.model.chapters import ROOT, Chapter
from course.model.errors import CourseError
from course.tests.a_copy import course

TEMPLATE = ROOT / "course" / "maintain" / "template"
LINE = "while piece := conn.recv(65536):"
ENTRY = """
[[equivalent]]
function = "count_bytes"
old = "{old}"
new = "{new}"
why = "{why}"
"""


@pytest.fixture(scope="module")
def chapter(tmp_path_factory):
    """Make a course with one small chapter: the template, under a name that the checks know."""
    root = tmp_path_factory.mktemp("small")
    for folder in ("solutions", "tests/mutants"):
        (root / folder).mkdir(parents=True)
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    left_out = shutil.ignore_patterns("tests", "pictures", "__pycache__")
    shutil.copytree(ROOT / "course", root / "course", ignore=left_out)
    made = Chapter("ch01_echo", root)
    text = (TEMPLATE / "solution.py").read_text("utf-8")
    text = text.replace(
        "from .ch01_echo import open_listener", "open_listener = socket.create_server"
    )
    made.solution.write_text(text, encoding="utf-8")
    shutil.copy(TEMPLATE / "suite.py", made.suite)
    shutil.copy(ROOT / "tests" / "beliefs.py", root / "tests")
    return made


def run(chapter):
    console = Console(width=200)
    with console.capture() as capture:
        status = mutants.run(chapter, console)
    return status, capture.get()


def equivalent(chapter, *entries):
    file = chapter.suite.parent / "mutants" / f"{chapter.slug}.toml"
    file.write_text("".join(ENTRY.format(**entry) for entry in entries), encoding="utf-8")


def entry(old, new, why="One more or less in one call: the loop goes on."):
    return {"old": old, "new": new, "why": why}


def test_survivors_are_shown_and_fail_until_they_are_listed_with_a_reason(chapter):
    before = chapter.solution.read_bytes()
    status, said = run(chapter)
    assert status == 1
    (line,) = [n for n, text in enumerate(before.decode().splitlines(), 1) if LINE in text]
    other = LINE.replace("65536", "65537")
    assert f"{chapter.solution}:{line}, in count_bytes\n  - {LINE}\n  + {other}\n" in said
    assert "0 are equivalent, 2 survive." in said

    ways = [entry(LINE, LINE.replace("65536", number)) for number in ("65537", "65535")]
    equivalent(chapter, *ways, entry("total = 0", "total = 1"))
    status, said = run(chapter)
    assert status == 0
    assert "2 are equivalent, 0 survive." in said
    assert "does not survive: 'total = 0', in count_bytes" in said
    assert chapter.solution.read_bytes() == before


def test_a_solution_that_fails_itself_says_so(chapter):
    before = chapter.solution.read_text("utf-8")
    chapter.solution.write_text(before.replace("total += len(piece)", "total = 1"), "utf-8")
    with pytest.raises(CourseError, match="does not keep the promises"):
        mutants.run(chapter, Console())
    chapter.solution.write_text(before, encoding="utf-8")


@pytest.mark.parametrize("text", ["x = [", "[[equivalent]]\nold = 'a'\n", "other = 1\n"])
def test_a_list_that_cannot_be_read_is_an_error(chapter, text):
    file = chapter.suite.parent / "mutants" / f"{chapter.slug}.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CourseError, match=r"echo\.toml"):
        mutants.equivalents(chapter)


def test_an_entry_without_a_reason_does_not_count(chapter):
    equivalent(chapter, entry("a", "b", why=""), entry("a", "c"))
    assert mutants.equivalents(chapter) == {("count_bytes", "a", "c")}


def changes(tmp_path, source):
    """Return what is tried on a solution: the function, the lines before and after."""
    made = Chapter("ch01_echo", tmp_path)
    made.solution.parent.mkdir()
    made.solution.write_text(dedent(source), encoding="utf-8")
    return {mutant.key for mutant in mutants.mutants(made)}


def test_statements_errors_and_blocks_are_changed_beside_what_the_library_knows(tmp_path):
    found = changes(
        tmp_path,
        """
        def f(conn):
            # TASK 1. Do it.
            try:
                with conn:
                    conn.send(b"x")
            except OSError:
                return 0
            return conn.count < 1
        """,
    )
    assert {
        ("f", 'conn.send(b"x")', "pass"),
        ("f", "with conn:", "if True:"),
        ("f", "except OSError:", "except ConnectionError:"),
        ("f", "except OSError:", "except Exception:"),
        ("f", "return 0", "return -1"),
        ("f", "return conn.count < 1", "return conn.count <= 1"),
    } <= found


def test_only_what_the_learner_writes_is_changed_and_no_wording(tmp_path):
    found = changes(
        tmp_path,
        '''
        LIMIT = 3


        def given(x=1):
            """Return one more."""
            return x + 1


        class Box:
            def size(self, scale=2):
                """Say how much."""
                # TASK 1. Say it.
                return _half(self)

            def also_given(self):
                return 5


        # Not in the starter.
        def _half(box):
            """Halve."""
            raise ValueError("the words", 7)
        ''',
    )
    assert {function for function, _old, _new in found} == {"Box.size", "_half"}
    assert (
        "_half",
        'raise ValueError("the words", 7)',
        'raise ValueError("the words", 8)',
    ) in found
    assert not [new for _function, _old, new in found if "XX" in new or "WORDS" in new]
    assert not [old for _function, old, _new in found if "scale" in old or "Halve" in old]


def test_an_unknown_chapter_is_one_line():
    done = course(ROOT, "mutants", "nosuch")
    assert done.returncode != 0
    assert "'nosuch'" in done.stderr
    assert len(done.stderr.splitlines()) == 1
