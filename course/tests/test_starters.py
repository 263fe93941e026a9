"""Starters: what derive() keeps and leaves out, and that the real ones match their solutions."""

import ast
import importlib
import inspect
import re
import sys
from textwrap import dedent

import pytest
from rich.console import Console

from course.maintain import starters
from course.model.chapters import Chapter, chapters
from course.model.errors import CourseError
from course.model.starters import derive, given, starter

PACKAGE = "pristine_starters"
STEMS = [chapter.stem for chapter in chapters()]


def derived(source):
    text = derive(dedent(source), "ch05")
    ast.parse(text)
    return text


def test_comment_and_docstring_stay_and_the_body_becomes_the_message():
    text = derived('''
        def read_line(conn):
            """Return one line."""
            # TASK 2. Read up to the line end.
            secret = conn.recv(1)
            return secret
        ''')
    assert text == dedent('''\
        def read_line(conn):
            """Return one line."""
            # TASK 2. Read up to the line end.
            raise NotImplementedError("ch05 task 2: read_line")
        ''')


def test_a_comment_of_several_lines_stays_whole():
    text = derived("""
        def f():
            # TASK 1. First,
            # second,
            #
            # third.
            # and last.
            secret = 1
            # a remark inside the answer
            return secret
        """)
    assert text.splitlines() == [
        "def f():",
        "    # TASK 1. First,",
        "    # second,",
        "    #",
        "    # third.",
        "    # and last.",
        '    raise NotImplementedError("ch05 task 1: f")',
    ]


def test_a_function_without_a_task_keeps_its_body():
    source = "def f():\n    # see # TASK 1. Not one.\n    return 1  # TASK 2. Not this.\n"
    assert derived(source) == source


def test_marked_functions_classes_constants_and_their_comments_are_left_out():
    text = derived("""
        PUBLIC = 1
        # why it is 2
        # Not in the starter.
        LIMIT = 2
        # Not in the starter.
        TYPED: int = 3


        # Not in the starter.
        # It helps.
        @staticmethod
        def helper():
            return 4


        # Not in the starter.
        class Hidden:
            pass


        def public():
            return 5
        """)
    assert text == "PUBLIC = 1\n\n\ndef public():\n    return 5\n"


def test_marked_methods_and_attributes_are_left_out_and_private_ones_stay():
    text = derived("""
        class Reader:
            # Not in the starter.
            cache = None
            limit = 10

            def __init__(self):
                # TASK 3. Remember.
                self._x = 1

            # Not in the starter.
            def refill(self):
                pass

            def _given(self):
                return 7

            # Not in the starter.
            def __del__(self):
                pass

            def __len__(self):
                return 0

            @property
            def size(self):
                # TASK 4. Say how much.
                return self._x

            @size.setter
            def size(self, value):
                # TASK 4. Change it.
                self._x = value
        """)
    assert "cache" not in text
    assert "refill" not in text
    assert "__del__" not in text
    assert "def _given(self):\n        return 7" in text
    assert "def __len__(self):\n        return 0" in text
    assert '"ch05 task 3: Reader.__init__"' in text
    assert text.count('"ch05 task 4: Reader.size"') == 2
    assert "    @size.setter\n    def size(self, value):" in text
    assert "self._x" not in text


def test_decorators_stay_on_a_task_and_go_with_a_marked_name():
    text = derived("""
        @cache
        @other(
            1,
        )
        def f():
            # TASK 1. Do it.
            return 1


        # Not in the starter.
        # about the helper
        @cache
        @other(2)
        def _g():
            return 2
        """)
    assert text == dedent("""\
        @cache
        @other(
            1,
        )
        def f():
            # TASK 1. Do it.
            raise NotImplementedError("ch05 task 1: f")
        """)


def test_async_functions_and_async_methods_are_tasks():
    text = derived("""
        async def f():
            # TASK 1. Wait.
            return await g()


        class C:
            async def m(self):
                # TASK 2. Wait.
                await g()
        """)
    assert "await" not in text
    assert '"ch05 task 1: f"' in text
    assert '"ch05 task 2: C.m"' in text


def test_an_answer_with_blank_lines_and_nested_functions_goes_whole():
    text = derived("""
        def f():
            # TASK 1. Do it.
            def inner():

                return 1


            return inner()


        def after():
            return 2
        """)
    assert text == dedent("""\
        def f():
            # TASK 1. Do it.
            raise NotImplementedError("ch05 task 1: f")


        def after():
            return 2
        """)


def test_a_signature_of_several_lines_stays():
    text = derived("""
        def f(
            a,
            b=1,
        ) -> int:
            # TASK 1. Add.
            return a + b
        """)
    assert text.startswith("def f(\n    a,\n    b=1,\n) -> int:\n    # TASK 1. Add.\n    raise ")


def test_a_class_with_marked_members_only_keeps_its_docstring():
    text = derived('''
        class C:
            """Holds secrets."""

            # Not in the starter.
            def _a(self):
                return 1

            # Not in the starter.
            _b = 2


        def after():
            return 3
        ''')
    assert text == ('class C:\n    """Holds secrets."""\n\n\ndef after():\n    return 3\n'), (
        "two blank lines between definitions, none of the marked members"
    )


def test_omissions_leave_no_gaps():
    text = derived("""
        A = 1
        # Not in the starter.
        _B = 2

        # Not in the starter.
        _C = 3


        # Not in the starter.
        def _d(): ...


        def f():
            return A


        class K:
            x = 1

            # Not in the starter.
            def _m(self): ...

            def n(self):
                return 1
        """)
    assert "\n\n\n\n" not in text
    assert "x = 1\n\n    def n" in text


def test_the_command_by_hand_is_the_learners():
    text = derived('"""Run it:  python3 -m solutions.ch05_framing --port 0"""\n')
    assert "python3 -m chapters.ch05_framing --port 0" in text
    assert "solutions" not in text


@pytest.mark.parametrize("stem", STEMS)
def test_deriving_a_starter_again_changes_nothing(stem):
    once = starter(Chapter(stem))
    assert derive(once, stem[:4]) == once


@pytest.mark.parametrize("stem", STEMS)
def test_a_starter_holds_no_answer_and_no_marked_name(stem):
    chapter = Chapter(stem)
    text = starter(chapter)
    assert text.count("raise NotImplementedError") == len(chapter.tasks)
    assert "Not in the starter" not in text
    marked = [line for line in chapter.solution.read_text("utf-8").splitlines() if "# TASK" in line]
    assert [line for line in text.splitlines() if "# TASK" in line] == marked


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    """Import the pristine starters as a package of their own."""
    folder = tmp_path_factory.mktemp("starters") / PACKAGE
    folder.mkdir()
    (folder / "__init__.py").touch()
    for stem in STEMS:
        (folder / f"{stem}.py").write_text(starter(Chapter(stem)), encoding="utf-8")
    for file, text in given().items():
        (folder / file.name).write_text(text, encoding="utf-8")
    sys.path.insert(0, str(folder.parent))
    importlib.invalidate_caches()
    yield lambda stem: importlib.import_module(f"{PACKAGE}.{stem}")
    sys.path.remove(str(folder.parent))
    for name in [name for name in sys.modules if name.startswith(PACKAGE)]:
        del sys.modules[name]


@pytest.mark.parametrize("stem", STEMS)
def test_a_starter_imports_with_the_public_names_of_its_solution(stem, pristine):
    solution = importlib.import_module(f"solutions.{stem}")
    assert public_names(pristine(stem)) == public_names(solution)


@pytest.mark.parametrize("stem", STEMS)
def test_a_starter_has_the_signatures_of_its_solution(stem, pristine):
    solution = importlib.import_module(f"solutions.{stem}")
    found = signatures(pristine(stem))
    assert found == signatures(solution)
    assert {task.name for task in Chapter(stem).tasks} <= set(found)


def public_names(module):
    return {name for name in vars(module) if not name.startswith("_")}


def signatures(module):
    """Return the signature of each public function and method that a module defines itself."""
    found = {}
    for name, value in vars(module).items():
        if getattr(value, "__module__", None) != module.__name__ or name.startswith("_"):
            continue
        if inspect.isclass(value):
            found |= {f"{name}.{part}": text for part, text in methods(value)}
        elif inspect.isfunction(value):
            found[name] = written(value)
    return found


def methods(cls):
    for name, value in vars(cls).items():
        function = getattr(value, "fget", None) or getattr(value, "__func__", value)
        is_private = name.startswith("_") and not name.startswith("__")
        if inspect.isfunction(function) and not is_private:
            yield name, written(function)


def written(function):
    text = str(inspect.signature(function)).replace(f"{PACKAGE}.", "solutions.")
    return re.sub(r" at 0x[0-9a-f]+>", ">", text)  # a function may be the default of an argument


@pytest.fixture
def two_chapters(tmp_path):
    """Make a course of two chapters in which everything is as it should be."""
    for folder in ("chapters", "solutions", "tests"):
        (tmp_path / folder).mkdir()
    for stem in ("ch01_one", "ch02_two"):
        (tmp_path / "tests" / f"test_{stem}.py").touch()
        (tmp_path / "solutions" / f"{stem}.py").write_text(
            "def f():\n    # TASK 1. Do it.\n    return 1\n", encoding="utf-8"
        )
        (tmp_path / "chapters" / f"{stem}.py").write_text(
            starter(Chapter(stem, tmp_path)), encoding="utf-8"
        )
    return tmp_path


def write_starters(root, *, check):
    console = Console(width=500)
    with console.capture() as capture:
        status = starters.write_starters(console, check=check, root=root)
    return status, capture.get()


def test_starters_as_derived_are_no_drift(two_chapters):
    assert write_starters(two_chapters, check=True)[0] == 0
    assert not (two_chapters / ".course").exists()


@pytest.mark.parametrize("change", ["a comment", "a missing file", "not UTF-8"])
def test_drift_is_noticed_and_named_and_nothing_is_written(two_chapters, change):
    file = two_chapters / "chapters" / "ch02_two.py"
    if change == "a missing file":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes() + (b"\xff" if change == "not UTF-8" else b"# mine\n"))
    before = file.read_bytes() if file.exists() else None
    status, said = write_starters(two_chapters, check=True)
    assert status == 1
    assert "ch02_two.py" in said
    assert "ch01_one.py" not in said
    assert (file.read_bytes() if file.exists() else None) == before


def test_a_changed_solution_is_drift_of_its_starter(two_chapters):
    solution = two_chapters / "solutions" / "ch01_one.py"
    solution.write_text(solution.read_text("utf-8").replace("f()", "f(more=0)"), encoding="utf-8")
    status, said = write_starters(two_chapters, check=True)
    assert (status, "ch01_one.py" in said) == (1, True)


def test_writing_ends_the_drift_and_keeps_a_copy(two_chapters):
    file = two_chapters / "chapters" / "ch02_two.py"
    file.write_bytes(b"# mine\n")
    assert write_starters(two_chapters, check=False)[0] == 0
    assert file.read_text("utf-8") == starter(Chapter("ch02_two", two_chapters))
    (copy,) = (two_chapters / ".course" / "copies").iterdir()
    assert copy.read_bytes() == b"# mine\n"
    assert write_starters(two_chapters, check=True)[0] == 0


@pytest.mark.parametrize(
    "source",
    [
        'def f():\n    """Doc."""\n    x = 1\n    # TASK 1. Too late.\n    return x\n',
        "class A:\n    class B:\n        def f(self):\n            # TASK 1. Deep.\n            pass\n",
    ],
)
def test_a_task_that_would_not_be_seen_is_an_error(source):
    with pytest.raises(CourseError, match="TASK"):
        derive(source, "ch01")


@pytest.mark.parametrize("use", ["self.helper()", "helper()"])
def test_what_is_given_may_not_use_what_is_left_out(use):
    source = f"""
        # Not in the starter.
        def helper():
            return 1

        class A:
            # Not in the starter.
            def helper(self):
                return 1

            def given(self):
                return {use}
        """
    with pytest.raises(CourseError, match="uses helper"):
        derive(dedent(source), "ch01")


@pytest.mark.parametrize(
    "source",
    [
        "# Not in the starter.\n\n\ndef f(): ...\n",
        "def f():\n    # Not in the starter.\n    return 1\n",
        "def f(): ...\n# Not in the starter.\n",
        "@cache\n# Not in the starter.\ndef f(): ...\n",
    ],
)
def test_a_mark_that_marks_nothing_is_an_error_with_its_line(source):
    (line,) = [n for n, text in enumerate(source.splitlines(), 1) if "# Not" in text]
    with pytest.raises(CourseError, match=rf"\(lines {line}\)"):
        derive(source, "ch01")


def test_a_task_inside_what_is_left_out_is_an_error():
    source = "# Not in the starter.\ndef f():\n    # TASK 1. Do it.\n    return 1\n"
    with pytest.raises(CourseError, match="TASK"):
        derive(source, "ch01")


def test_a_solution_that_cannot_be_derived_from_leaves_all_starters_alone(two_chapters):
    first, second = (two_chapters / "chapters" / f"{stem}.py" for stem in ("ch01_one", "ch02_two"))
    first.write_bytes(b"# mine\n")
    solution = two_chapters / "solutions" / "ch02_two.py"
    solution.write_text(solution.read_text("utf-8") + "# Not in the starter.\n", encoding="utf-8")
    with pytest.raises(CourseError, match="ch02"):
        write_starters(two_chapters, check=False)
    assert first.read_bytes() == b"# mine\n"
    assert second.exists()
