"""`new` and `move`: a new chapter passes every gate, and what refers to a chapter follows it."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys

import pytest

from course.model.chapters import ROOT, chapters
from course.tests.a_copy import command, course, environment

pytestmark = [
    pytest.mark.skipif(shutil.which("git") is None, reason="chapters are renumbered with git"),
    pytest.mark.skipif(
        not all(map(importlib.util.find_spec, ("jupytext", "ruff"))),
        reason="needs requirements-dev.txt",
    ),
]
IDENTITY = {
    f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
}
FOLDERS = ("notebooks", "chapters", "solutions", "tests", "bench", "README.md")
NOW = {chapter.slug: chapter.number for chapter in chapters()}
AT = NOW["closing"]  # where a chapter is put in, and what is moved goes to
THEN = {slug: number + (number >= AT) for slug, number in NOW.items()}
LAST = max(NOW.values())
BEFORE = next(slug for slug, number in NOW.items() if number == AT - 1)


def stem(slug, numbers=NOW):
    return f"ch{numbers[slug]:02}_{slug}"


BETWEEN = f"ch{AT:02}_between"
FOLLOWERS = {
    f"solutions/{stem('closing', THEN)}.py": [f'"""Chapter {THEN["closing"]}. How'],
    f"chapters/{stem('closing', THEN)}.py": [
        f'NotImplementedError("ch{THEN["closing"]:02} task 1: '
    ],
    f"tests/test_{stem('event_loop', THEN)}.py": [
        f'"""The promises of chapter {THEN["event_loop"]}: ',
    ],
    f"tests/mistakes/{stem('closing', THEN)}.py": [f"answers to chapter {THEN['closing']} that"],
    f"notebooks/{stem('event_loop', THEN)}.ipynb": [
        f"# Chapter {THEN['event_loop']} · How",
    ],
    "bench/echo.py": [
        f'"chapter {THEN["threads"]}, threads"',
        f"chapter {THEN['threads']}'s threads and chapter 1's echo",
    ],
}
UNCERTAIN = {
    "README.md": f"{'Far from the margin. ' * 6}Perhaps an example: `check {AT + 1}`.",
    f"tests/test_{stem('accept')}.py": f"# A chapter that is planned: chapter {LAST + 4}.",
    f"tests/test_{stem('four_tuple')}.py": f"# A chapter, or a number: chapter {AT} or {AT + 1}.",
}
EXAMPLE = "`check 5` and chapters 3 to 9 are examples here"


def run(root, *arguments):
    return subprocess.run(
        arguments,
        cwd=root,
        env=environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", **IDENTITY),
        capture_output=True,
        text=True,
        timeout=120,
    )


def git(root, *arguments):
    done = run(root, "git", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def commit(root):
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "now")


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Copy the course with all that maintainers have, as a repository of its own."""
    root = tmp_path_factory.mktemp("course") / "original"
    left_out = shutil.ignore_patterns(".*", "__pycache__", "build", "*.log")
    shutil.copytree(ROOT, root, ignore=left_out)
    shutil.rmtree(root / "course" / "tests")  # what is written here would move as well
    shutil.copy(ROOT / ".gitignore", root)
    git(root, "init", "--quiet")
    commit(root)
    return root


@pytest.fixture
def copy(original, tmp_path):
    return shutil.copytree(original, tmp_path / "copy")


@pytest.fixture(scope="module")
def grown(original, tmp_path_factory):
    """Add a chapter before `closing`; give the course and what the command said."""
    root = shutil.copytree(original, tmp_path_factory.mktemp("grown") / "copy")
    for file, text in UNCERTAIN.items():
        with (root / file).open("a", encoding="utf-8") as out:
            out.write(f"\n\n{text}\n")
    with (root / "CONTRIBUTING.md").open("a", encoding="utf-8") as out:
        out.write(f"\n{EXAMPLE}\n")
    commit(root)
    done = run(root, *command("new", "between", "--at", str(AT)))
    assert (done.returncode, done.stderr) == (0, "")
    return root, done.stdout


# --- A new chapter ------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["style", "starters"])
def test_a_new_chapter_passes_a_step_of_test(grown, step):
    done = course(grown[0], "test", "--only", step)
    assert done.returncode == 0, done.stdout


def test_its_solution_keeps_its_promises_and_so_do_those_that_moved(grown):
    stems = (BETWEEN, stem("closing", THEN), stem("body", THEN))
    suites = [f"tests/test_{each}.py" for each in stems]
    done = run(grown[0], sys.executable, "-m", "pytest", "-q", "--solutions", *suites)
    assert done.returncode == 0, done.stdout


def test_its_promises_are_to_do_for_a_learner(grown):
    done = course(grown[0], "check", "between")
    assert done.returncode == 8, done.stdout + done.stderr


def test_its_mistakes_are_caught(grown):
    done = course(grown[0], "test", "--only", "mistakes", "--chapter", "between")
    assert "4 mistakes, all caught and named" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize("only", [[], ["--only", "style"]])
def test_a_chapter_is_for_the_mistakes_only(original, only):
    done = course(original, "test", "--chapter", "echo", *only)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "course: --chapter goes with --only mistakes.\n"


def test_its_lesson_prints_again_what_is_stored(grown):
    lesson = f"notebooks/{BETWEEN}.ipynb"
    nbval = ["-p", "nbval.plugin", "--nbval", "-q", "-p", "no:cacheprovider"]
    done = run(grown[0], sys.executable, "-m", "pytest", *nbval, lesson)
    assert done.returncode == 0, done.stdout
    text = (grown[0] / lesson).read_text("utf-8")
    for call in ('check("between")', 'guess("between-first-piece")', 'recall("between")'):
        assert json.dumps(call)[1:-1] in text
    assert f"({stem('closing', THEN)}.ipynb)" in text


def test_its_types_are_right(grown):
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("needs mypy")
    files = [f"{name}.py" for name in (f"solutions/{BETWEEN}", f"tests/test_{BETWEEN}")]
    done = run(grown[0], sys.executable, "-m", "mypy", "--follow-imports=silent", *files)
    assert done.returncode == 0, done.stdout


def test_it_has_a_row_in_the_table_and_the_others_move_down(grown):
    rows = re.findall(r"^\| (\d+) \| (\w+) \|", (grown[0] / "README.md").read_text("utf-8"), re.M)
    assert [int(number) for number, _slug in rows] == list(range(1, len(rows) + 1))
    assert [slug for _number, slug in rows[AT - 2 : AT + 1]] == [BEFORE, "between", "closing"]


def test_a_question_that_is_another_in_the_solution_fails_the_lessons(grown, tmp_path):
    root = shutil.copytree(grown[0], tmp_path / "copy")
    solution = root / "solutions" / f"{BETWEEN}.py"
    solution.write_text(solution.read_text("utf-8").replace("How many", "Which"), "utf-8")
    done = course(root, "test", "--only", "lessons")
    assert done.returncode == 1
    rows = [line for line in done.stdout.splitlines() if line.startswith("| ")]
    assert rows == [f"| {AT} | between | Which bytes does a client send? | 8 + 9 |"]


def test_what_is_certain_follows(grown):
    root, _said = grown
    missing = [
        (name, part)
        for name, parts in FOLLOWERS.items()
        for part in parts
        if part not in (root / name).read_text("utf-8")
    ]
    assert missing == []
    named = git(root, "grep", "-hoE", r"ch[0-9]{2}_(accept|closing|event_loop)\b", "--", *FOLDERS)
    assert {*named.split()} == {stem(slug, THEN) for slug in ("accept", "closing", "event_loop")}


def test_what_is_not_certain_is_listed_with_its_line_and_left_alone(grown):
    root, said = grown
    for file, text in (*UNCERTAIN.items(), (f"notebooks/{stem(BEFORE)}.ipynb", "**Next:**")):
        lines = (root / file).read_text("utf-8").splitlines()
        (at,) = [number for number, line in enumerate(lines, start=1) if text in line]
        shown = [line for line in said.splitlines() if line.startswith(f"{file}:{at}: ")]
        assert text[-12:] in shown[0]
    assert EXAMPLE in (root / "CONTRIBUTING.md").read_text("utf-8")
    assert "CONTRIBUTING.md:" not in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["framing"], "there is a chapter framing already"),
        (["Closing"], "not a slug"),
        (["two-words"], "not a slug"),
        (["../x"], "not a slug"),
        (["9lives"], "not a slug"),
        (["fresh", "--at", "0"], f"from 1 to {LAST + 1}"),
        (["fresh", "--at", "99"], f"from 1 to {LAST + 1}"),
        (["fresh", "--at", "x"], "invalid int"),
    ],
)
def test_a_chapter_that_cannot_be_is_refused_in_one_line(original, arguments, says):
    done = course(original, "new", *arguments)
    assert done.returncode != 0
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert git(original, "status", "--porcelain") == ""


def test_a_new_chapter_that_fails_leaves_nothing(copy):
    lesson = copy / "course" / "maintain" / "template" / "lesson.py"
    lesson.write_text(lesson.read_text("utf-8").replace("import socket", "import sockets"), "utf-8")
    commit(copy)
    done = course(copy, "new", "fresh", "--at", "2")
    assert done.returncode == 1
    assert "No module named 'sockets'" in done.stderr
    assert 'Traceback (most recent call last):\n  File "<frozen' not in done.stderr
    assert git(copy, "status", "--porcelain") == ""


def test_a_chapter_at_the_end_needs_no_git_and_moves_nothing(copy):
    shutil.rmtree(copy / ".git")
    before = {path: path.read_bytes() for path in copy.rglob("*.py")}
    done = course(copy, "new", "last", GIT_CEILING_DIRECTORIES=str(copy.parent))
    assert done.returncode == 0, done.stderr
    assert f"notebooks/ch{LAST + 1:02}_last.ipynb" in done.stdout
    assert f"\n| {LAST + 1} | last | How many" in (copy / "README.md").read_text("utf-8")
    assert {path: path.read_bytes() for path in before} == before


def test_a_chapter_that_is_removed_leaves_the_course_as_it_was(grown, tmp_path):
    root = shutil.copytree(grown[0], tmp_path / "copy")
    commit(root)
    git(root, "rm", "--quiet", f"*/{BETWEEN}.*", f"tests/test_{BETWEEN}.py")
    commit(root)
    done = course(root, "move", "closing", str(AT))
    assert done.returncode == 0, done.stderr
    commit(root)
    planned = (
        f":!*{stem('routing')}.*"  # it speaks of a chapter that is planned, whose number was taken
    )
    assert git(root, "diff", "--stat", "HEAD~3", "--", ".", planned) == ""


# --- Another number -----------------------------------------------------------------------------


def test_there_and_back_again_is_the_same_byte_for_byte(copy):
    assert course(copy, "move", "routing", str(AT)).returncode == 0
    names = {path.name for path in (copy / "solutions").glob("ch*.py")}
    assert {f"ch{AT:02}_routing.py", f"{stem('closing', THEN)}.py"} < names
    assert "R  " in git(copy, "status", "--porcelain")
    commit(copy)
    assert course(copy, "move", str(AT), str(NOW["routing"])).returncode == 0
    git(copy, "add", "--all")
    assert git(copy, "diff", "--cached", "--stat", "HEAD~1") == ""


def test_a_dry_run_shows_all_and_changes_nothing(original):
    done = course(original, "move", "closing", str(AT + 1), "--dry-run")
    assert done.returncode == 0
    assert f"solutions/{stem('closing')}.py → solutions/{stem('closing', THEN)}.py" in done.stdout
    assert f"notebooks/{stem('framing')}.ipynb → notebooks/ch{AT:02}_framing.ipynb" in done.stdout
    assert git(original, "status", "--porcelain") == ""


def test_what_is_not_committed_is_not_touched(copy):
    mine = copy / "tests" / f"test_{stem('framing')}.py"
    mine.write_text(mine.read_text("utf-8") + "# mine\n", "utf-8")
    before = git(copy, "status", "--porcelain")
    done = course(copy, "move", "framing", str(AT))
    assert done.returncode == 1
    assert f"tests/test_{stem('framing')}.py is not committed" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert git(copy, "status", "--porcelain") == before
    assert course(copy, "move", "framing", str(AT), "--dry-run").returncode == 0


def test_what_is_not_committed_is_counted(copy):
    for slug in ("framing", "closing", "echo"):
        with (copy / "tests" / f"test_{stem(slug)}.py").open("a") as out:
            out.write("# mine\n")
    done = course(copy, "new", "fresh", "--at", "2")
    assert done.returncode == 1
    assert f"{stem('echo')}.py and 2 more are not committed. Commit first" in done.stderr


def test_a_move_that_fails_half_way_changes_nothing(copy):
    (copy / ".git" / "index.lock").touch()
    done = course(copy, "move", "framing", str(AT))
    assert done.returncode == 1
    assert "nothing was changed" in done.stderr
    (copy / ".git" / "index.lock").unlink()
    assert git(copy, "status", "--porcelain") == ""


def test_where_git_does_not_know_the_course_one_line_says_so(copy):
    shutil.rmtree(copy / ".git")
    done = course(copy, "move", "framing", str(AT), GIT_CEILING_DIRECTORIES=str(copy.parent))
    assert done.returncode == 1
    assert "chapters are renumbered with git" in done.stderr
    assert (copy / "solutions" / f"{stem('framing')}.py").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nosuch", "4"], "'nosuch'"),
        (["framing", "0"], f"framing has {NOW['framing']}. Give it another, 1 to {LAST}."),
        (["framing", str(NOW["framing"])], f"framing has {NOW['framing']}."),
    ],
)
def test_a_move_to_nowhere_is_refused_in_one_line(original, arguments, says):
    done = course(original, "move", *arguments)
    assert done.returncode != 0
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_stored_outputs_follow_with_the_code_that_prints_them(copy):
    old, new = NOW["framing"], AT
    lesson = copy / "notebooks" / f"{stem('framing')}.ipynb"
    content = json.loads(lesson.read_text("utf-8"))
    cell = next(cell for cell in content["cells"] if cell["cell_type"] == "code")
    cell["source"] = [
        f'print("see chapter {old},\\n", "and `check {old}`, not {old}, chapter {old}.5")'
    ]
    printed = [f"see chapter {old},\n", f" and `check {old}`, not {old}, chapter {old}.5\n"]
    cell["outputs"] = [{"name": "stdout", "output_type": "stream", "text": printed}]
    lesson.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
    questions = f"# Questions of {stem('framing')}, which is chapter {old}.\n"
    lesson.with_suffix(".toml").write_text(questions, "utf-8")
    commit(copy)
    assert course(copy, "move", "framing", str(new)).returncode == 0
    beside = copy / "notebooks" / f"ch{new:02}_framing.toml"
    assert (
        beside.read_text("utf-8") == f"# Questions of ch{new:02}_framing, which is chapter {new}.\n"
    )
    assert not lesson.with_suffix(".toml").exists()
    moved = json.loads((copy / "notebooks" / f"ch{new:02}_framing.ipynb").read_text("utf-8"))
    cell = next(cell for cell in moved["cells"] if cell["cell_type"] == "code")
    assert f"see chapter {new},\\n" in "".join(cell["source"])
    assert f"`check {new}`, not {old}, chapter {old}.5" in "".join(cell["source"])
    assert "".join(cell["outputs"][0]["text"]) == (
        f"see chapter {new},\n and `check {new}`, not {old}, chapter {old}.5\n"
    )
