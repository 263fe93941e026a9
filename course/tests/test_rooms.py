"""The rooms of the tool, held by the syntax tree: what may import what, and one meaning per name."""

import ast
import graphlib
import re
from collections import Counter
from pathlib import Path
from textwrap import dedent

import pytest

from course.model.chapters import ROOT

# From top to bottom: an import may only go to the same room, or to one below it.
ROOMS = (
    "__main__",
    "cli",
    "commands",
    "notebook",
    "nc",
    "by_hand",
    "maintain",
    "reports",
    "running",
    "checks",
    "pictures",
    "setup",
    "model",
)
NOT_THE_TOOL = ("course/tests/", "course/maintain/template/")  # the template is a chapter's files
OURS = {"course", "bench", "solutions", "tests"}
SAME_NAME_ALLOWED = {  # class -> why it is defined twice
    "Frame": "of a report; of a WebSocket: the word of RFC 6455",
    "FrameDecoder": "framing's own frames, and those of RFC 6455: the learner compares the two",
}


class Tree:
    """The Python files below a folder, as modules with what each of them imports."""

    def __init__(self, root, *folders):
        self.modules = {}
        for folder in folders:
            for file in sorted((root / folder).rglob("*.py")):
                path = file.relative_to(root).as_posix()
                if not path.startswith(NOT_THE_TOOL):
                    name = path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
                    self.modules[name] = (path, ast.parse(file.read_text(encoding="utf-8")))

    def imports(self, name):
        """Yield what a module imports, wherever that is: the line, the module, and the name in it."""
        path, tree = self.modules[name]
        package = name.split(".") if path.endswith("__init__.py") else name.split(".")[:-1]
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name, "") for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                above = package[: len(package) - node.level + 1] if node.level else []
                base = ".".join([*above, *([node.module] if node.module else [])])
                for alias in node.names:
                    inner = f"{base}.{alias.name}"
                    is_module = inner in self.modules
                    yield node.lineno, inner if is_module else base, "" if is_module else alias.name


def room_of(module):
    parts = module.split(".")
    return parts[1] if parts[0] == "course" and len(parts) > 1 else ""


def wrong_direction(tree):
    for module in tree.modules:
        for line, imported, _name in tree.imports(module):
            here, there = room_of(module), room_of(imported)
            if here and there and ROOMS.index(there) < ROOMS.index(here):
                yield f"{module}:{line} imports {imported}, which is above it"


def unknown_rooms(tree):
    return {room for module in tree.modules if (room := room_of(module)) and room not in ROOMS}


def between_commands(tree):
    for module in tree.modules:
        for line, imported, _name in tree.imports(module):
            here, there = module.split(".")[:3], imported.split(".")[:3]
            are_commands = room_of(module) == room_of(imported) == "commands"
            if are_commands and len(there) == 3 and here != there:
                yield f"{module}:{line} imports {imported}, another command's"


def circles(tree):
    graph = {
        module: {imported for _line, imported, _name in tree.imports(module)} - {module}
        for module in tree.modules
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        yield " -> ".join(reversed(error.args[1]))


def of_bench(tree):
    for module in tree.modules:
        for line, imported, _name in tree.imports(module):
            if module.startswith("course") and imported.partition(".")[0] == "bench":
                yield f"{module}:{line} imports {imported}"


def private_names(tree):
    for module in tree.modules:
        for line, imported, name in tree.imports(module):
            parts = [*imported.split("."), name]
            if parts[0] in OURS and any(re.match(r"_[^_]", part) for part in parts):
                yield f"{module}:{line} imports {name or imported}, which is private"


def repeated_classes(tree):
    places = [
        (node.name, module)
        for module, (_path, parsed) in tree.modules.items()
        for node in ast.walk(parsed)
        if isinstance(node, ast.ClassDef)
    ]
    counts = Counter(name for name, _module in places)
    for name, count in sorted(counts.items()):
        if count > 1 and name not in SAME_NAME_ALLOWED:
            yield f"{name}: {', '.join(module for each, module in places if each == name)}"


@pytest.fixture(scope="module")
def tool():
    return Tree(ROOT, "course", "bench")


def test_every_import_goes_down(tool):
    assert not unknown_rooms(tool), "say in ROOMS where these are"
    assert [*wrong_direction(tool)] == []


def test_a_command_imports_nothing_of_another(tool):
    assert [*between_commands(tool)] == []


def test_no_modules_import_each_other_in_a_circle(tool):
    assert [*circles(tool)] == []


def test_nothing_in_the_tool_imports_the_benchmarks(tool):
    assert [*of_bench(tool)] == []


def test_no_private_name_is_imported_from_another_module():
    assert [*private_names(Tree(ROOT, "course", "bench", "solutions", "tests"))] == []


def test_one_meaning_for_each_class_name():
    assert [*repeated_classes(Tree(ROOT, "course", "bench", "solutions"))] == []


def test_the_tour_names_every_room():
    tour = (ROOT / "course" / "README.md").read_text(encoding="utf-8")
    names = [f"{room}/" if (ROOT / "course" / room).is_dir() else f"{room}.py" for room in ROOMS]
    assert [name for name in names if name not in tour] == []


# --- Each rule, broken once ---------------------------------------------------------------------

PLANTED = {
    "up, plainly": (wrong_direction, {"course/model/a.py": "import course.checks.runner"}),
    "up, from the course itself": (
        wrong_direction,
        {"course/setup/a.py": "from course import cli", "course/cli.py": ""},
    ),
    "up, in a function": (
        wrong_direction,
        {"course/running/a.py": "def f():\n    from course.reports import files"},
    ),
    "up, for types only": (
        wrong_direction,
        {"course/checks/a.py": "if TYPE_CHECKING:\n    from course.commands.check import Check"},
    ),
    "up, relatively": (
        wrong_direction,
        {"course/model/a.py": "from ..pictures.ladder import Ladder"},
    ),
    "up, from a package": (
        wrong_direction,
        {"course/pictures/__init__.py": "from ..maintain import mistakes"},
    ),
    "a new room": (unknown_rooms, {"course/attic.py": ""}),
    "between commands": (
        between_commands,
        {"course/commands/hint.py": "from course.commands.check import chosen"},
    ),
    "between packages of commands": (
        between_commands,
        {
            "course/commands/grade/command.py": "from ..watch.screen import Screen",
            "course/commands/watch/screen.py": "",
        },
    ),
    "a circle": (
        circles,
        {
            "course/model/a.py": "from course.model import b",
            "course/model/b.py": "def f():\n    from .c import g",
            "course/model/c.py": "import course.model.a",
        },
    ),
    "the benchmarks": (of_bench, {"course/commands/bench.py": "from bench import command"}),
    "a private name": (private_names, {"course/model/a.py": "from course.model.b import _secret"}),
    "a private module": (private_names, {"course/model/a.py": "import course.model._b"}),
    "a class defined twice": (
        repeated_classes,
        {"course/model/a.py": "class Report: ...", "bench/b.py": "def f():\n    class Report: ..."},
    ),
}
ALLOWED = {
    "course/commands/check.py": "from course.running import hosts\nfrom course.model.errors import X",
    "course/commands/grade/__init__.py": "from course.commands.grade.command import run",
    "course/commands/grade/command.py": "from .desk import Desk\nfrom __future__ import annotations",
    "course/commands/grade/desk.py": "import socket\n\nclass Desk: ...",
    "course/running/hosts.py": "from .. import TITLE\nfrom course.model import errors",
    "course/model/errors.py": "from functools import cached_property as _cached",
    "bench/report.py": "from course.model.errors import X\n\nclass Report: ...",
}


def planted(root: Path, files):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(dedent(text), encoding="utf-8")
    return Tree(root, "course", "bench")


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_violation_is_found(tmp_path, name):
    rule, files = PLANTED[name]
    assert len([*rule(planted(tmp_path, files))]) == 1


def test_what_is_allowed_is_not_found(tmp_path):
    tree = planted(tmp_path, ALLOWED)
    rules = {rule for rule, _files in PLANTED.values()}
    assert [found for rule in rules for found in rule(tree)] == []
