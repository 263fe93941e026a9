"""One task's functions in the learner's file: what is replaced, what comes along, what stays."""

import ast
from textwrap import dedent

import pytest

from course.model.chapters import chapters
from course.model.errors import CourseError
from course.model.source import Source, reference, written_by_learners
from course.model.splice import setters, spliced, unset
from course.model.starters import starter

TASKS = [
    pytest.param(chapter, number, id=f"{chapter.stem}-{number}")
    for chapter in chapters()
    for number in sorted({task.number for task in chapter.tasks})
]


def names_of(chapter, number):
    return [task.name for task in chapter.tasks if task.number == number]


def put(mine, theirs, *names, helpers=()):
    return spliced(Source(dedent(mine)), Source(dedent(theirs)), names, helpers)


# --- With the course's own chapters -------------------------------------------------------------


@pytest.mark.parametrize(("chapter", "number"), TASKS)
def test_a_task_that_is_reset_and_borrowed_again_is_the_reference_byte_for_byte(chapter, number):
    whole, pristine = reference(chapter), Source(starter(chapter))
    names = names_of(chapter, number)
    without = Source(spliced(whole, pristine, names, []))
    assert "".join(without.lines).count("raise NotImplementedError(") >= len(names)
    for name in {task.name for task in chapter.tasks} - set(names):
        assert without.lines_of(name) == whole.lines_of(name)
    helpers = whole.needs(names, written_by_learners(chapter) | set(without.definitions))
    assert spliced(without, whole, names, helpers) == "".join(whole.lines)


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.stem)
def test_all_tasks_borrowed_one_by_one_are_the_reference(chapter):
    mine, theirs = Source(starter(chapter)), reference(chapter)
    for number in sorted({task.number for task in chapter.tasks}):
        names = names_of(chapter, number)
        helpers = theirs.needs(names, written_by_learners(chapter))
        mine = Source(spliced(mine, theirs, names, helpers))
    assert meaning(mine) == meaning(theirs)
    mine_after, theirs_after = (
        sorted(line.replace("-m solutions.", "-m chapters.") for line in each.lines)
        for each in (mine, theirs)
    )
    assert mine_after == theirs_after


def meaning(source):
    """Return what each name stands for, classes by their members, in any order."""
    return {
        name: [ast.dump(node) for node in nodes]
        for name, nodes in source.definitions.items()
        if not isinstance(nodes[0], ast.ClassDef)
    }


# --- What stays ---------------------------------------------------------------------------------

REFERENCE = '''\
    import struct
    from os import path as where, sep

    _LIMIT = 3


    def f(x):
        """Do."""
        # TASK 1. Do it.
        return struct.pack(_FORMAT, x, where, sep)


    # how
    # Not in the starter.
    _FORMAT = "!I"


    def g():
        return 1
'''


def test_line_ends_byte_order_mark_and_indentation_are_the_learners():
    mine = "\ufeffimport struct\r\nclass C:\r\n\tdef f(self):\r\n\t\tpass\r\n\tdef g(self): pass"
    theirs = "class C:\n    def f(self):\n        if 1:\n            return 2\n"
    text = spliced(Source(mine), Source(theirs), ["C.f"], [])
    assert text == (
        "\ufeffimport struct\r\nclass C:\r\n\tdef f(self):\r\n\t    if 1:\r\n\t        return 2\r\n"
        "\tdef g(self): pass\r\n"
    )
    ast.parse(text.removeprefix("\ufeff"))


def test_only_the_function_changes_with_the_comments_at_its_end():
    mine = """\
        # above
        def f(x):
            return 0
            # an older attempt

            # another

        # below
        g = 2
        """
    text = put(mine, REFERENCE, "f")
    assert text.startswith('# above\ndef f(x):\n    """Do."""\n')
    assert text.endswith("where, sep)\n\n# below\ng = 2\n")
    assert "attempt" not in text
    assert "another" not in text


def test_decorators_are_replaced_and_both_halves_of_a_property():
    mine = """\
        class C:
            @property
            def f(self): return 1
            @f.setter
            @other
            def f(self, x): self.x = x
            y = 3
        """
    theirs = """\
        class C:
            @property
            def f(self):
                return 2

            @f.setter
            def f(self, x):
                self.z = x
        """
    text = put(mine, theirs, "C.f")
    assert "@other" not in text
    assert text.index("return 2") < text.index("@f.setter") < text.index("self.z = x")
    assert text.endswith("    y = 3\n")


# --- What comes along ---------------------------------------------------------------------------


def test_helpers_come_where_the_reference_has_them_and_imports_to_the_imports():
    mine = "from os import sep\n\n\ndef before(): ...\n\n\ndef f(x): ...\n\n\ndef after(): ...\n"
    theirs = Source(dedent(REFERENCE))
    helpers = theirs.needs(["f"], {"sep"})
    assert helpers == ["struct", "where", "_FORMAT"]
    text = spliced(Source(mine), theirs, ["f"], helpers)
    assert text.startswith("from os import sep\nimport struct\nfrom os import path as where\n\n")
    assert text.index("def before") < text.index("def f(x)") < text.index("# how\n")
    assert text.index("_FORMAT =") < text.index("def after")
    assert "_LIMIT" not in text
    exec(compile(text, "mine", "exec"), {})


def test_a_helper_that_stands_above_comes_above_with_its_gap():
    theirs = "_A = 1\n\n\ndef f():\n    return _A\n"
    text = put("X = 0\n\n\n# about f\ndef f():\n    pass\n", theirs, "f", helpers=["_A"])
    assert text == "X = 0\n_A = 1\n\n\n# about f\ndef f():\n    return _A\n"


def test_imports_go_below_the_docstring_where_there_are_none():
    text = put('"""Doc."""\n\n\ndef f(x): ...\n', REFERENCE, "f", helpers=["struct"])
    assert text.startswith('"""Doc."""\nimport struct\n')


def test_a_helper_that_is_there_already_does_not_come_twice():
    mine = 'def f(x): ...\n_FORMAT = "!I"\n'
    assert put(mine, REFERENCE, "f", helpers=["_FORMAT"]).count("_FORMAT =") == 1


def test_a_helper_of_the_same_name_that_differs_is_not_overwritten():
    with pytest.raises(CourseError, match="_FORMAT"):
        put('def f(x): ...\n_FORMAT = "!H"\n', REFERENCE, "f", helpers=["_FORMAT"])


@pytest.mark.parametrize(
    "mine", ["", "def g(): ...\n", "f = 3\n", "if 1:\n    def f(x): ...\n", "def f(): ...\n" * 2]
)
def test_what_cannot_be_told_apart_is_not_replaced(mine):
    with pytest.raises(CourseError, match="Nothing was changed"):
        put(mine, REFERENCE, "f")


# --- What it needs of the rest ------------------------------------------------------------------


def test_what_a_class_reads_and_never_sets():
    source = Source(
        dedent("""\
            class C:
                known = 1

                def __init__(self):
                    self.set, (self.two, *self.more) = 1, (2, 3)
                    self.typed: int = 4

                def method(self):
                    return self.known, self.set, self.two, self.more, self.typed, self.__dict__

                def other(self, box):
                    return self.method(), self.missing, box.elsewhere


            class Derived(C):
                def method(self):
                    return self.anything
            """)
    )
    assert unset(source) == {"C.missing"}
    assert setters(source, "C.two") == ["C.__init__"]
    assert setters(source, "C.missing") == []
