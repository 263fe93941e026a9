"""`python3 -m course grade` for a class: who is in it, what counts, until when, on many machines."""

import ast
import csv
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from course.commands.grade import alike
from course.commands.grade.alike import MIN_SIZE
from course.commands.grade.submissions import Submission
from course.model.chapters import ROOT, chapters, parsed
from course.model.chapters import functions as chapter_functions
from course.model.starters import starter
from course.tests.a_copy import copy_of_the_course, environment

if sys.platform == "win32":
    pytest.skip("it grades as test_grade.py does", allow_module_level=True)

from course.tests.test_grade import (
    ACCEPT,
    ECHO,
    FOUR_TUPLE,
    REFERENCE,
    STARTER,
    WRONG,
    at_import,
    ended,
    grade,
    graded_json,
    lay_out,
    packed,
)

BROKEN_FILE = at_import("def (")
WORKFLOW = ROOT / ".github" / "workflows" / "grade.yml"


def rows(file):
    return list(csv.DictReader(file.read_text("utf-8").splitlines()))


def run(*arguments, root=ROOT, **more):
    status, out, err = ended(grade(*arguments, root=root, **more))
    assert "Traceback" not in out + err
    return status, out, err


# --- Who should be there, and what counts --------------------------------------------------------

MOODLE = """First name,Last name,ID number,Email address
Ada,Lovelace,501,ada@example.org
Gracé,Hopper,502,grace@example.org
Alan,Turing,503,at@example.org
Kurt,Goedel,504,kg@example.org
Edsger,Dijkstra,505,ewd@example.org
"""
CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Essay (77)
"    Points Possible",,,,,10
"Lovelace, Ada",41,,ada,A,9
"Hopper, Grace",42,,grace,A,8
"""


@pytest.fixture(scope="module")
def class_of_all_layouts(tmp_path_factory):
    """What learners hand in, in the forms that platforms give it to teachers."""
    folder = tmp_path_factory.mktemp("layouts") / "class"
    file = f"{ECHO.stem}.py"
    lay_out(
        folder,
        {
            f"Ada Lovelace_9001_assignsubmission_file_/{file}": REFERENCE,
            f"hoppergrace_LATE_42_777_{file}": WRONG,
            f"at/chapters/{file}": STARTER,
            "at/my_lessons/ch01_echo.ipynb": "{}",
            "kg.zip": packed({f"course/chapters/{file}": STARTER}),
            f"kurt goedel/{file}": STARTER,
            f"mallory/{file}": STARTER,
            "notes.docx": "",
            ".DS_Store": "",
        },
    )
    roster = folder.parent / "roster.csv"
    roster.write_text(MOODLE, "utf-8")
    return folder, roster


@pytest.fixture(scope="module")
def graded_class(class_of_all_layouts):
    folder, roster = class_of_all_layouts
    book, feedback = folder.parent / "gradebook.csv", folder.parent / "feedback"
    more = ["--roster", roster, "--gradebook", book, "--feedback", feedback, "--chapters", "echo"]
    status, found = graded_json(folder, *more)
    return status, found, book, feedback


def test_gradebook_has_a_row_for_each_learner_and_a_column_for_each_chapter(graded_class):
    status, _, book, _ = graded_class
    found = rows(book)
    assert [row["Email address"] for row in found] == re.findall(r"[a-z]+@\S+", MOODLE)
    ada, grace, alan, kurt, edsger = (row["echo"] for row in found)
    assert (ada, alan, kurt, edsger) == ("100", "0", "", "")
    assert 0 < float(grace) < 100
    assert [row["total"] for row in found] == [row["echo"] for row in found]
    assert status == 1  # Kurt has two submissions


def test_missing_unknown_and_doubtful_learners_are_named(graded_class):
    _, found, _, _ = graded_class
    assert {(each["name"], each["what"]) for each in found["roster"]} == {
        ("Edsger Dijkstra", "missing"),
        ("Kurt Goedel", "several submissions: kg, kurt goedel"),
        ("mallory", "not in the roster"),
    }


def test_feedback_is_the_report_that_the_learner_would_have_seen(graded_class):
    _, found, _, folder = graded_class
    assert {path.name for path in folder.iterdir()} == {
        each["submission"] for each in found["grades"]
    }
    text = (folder / "hoppergrace_42" / "feedback.txt").read_text("utf-8")
    assert "Broken promise · chapter 1, task 2: echo" in text
    assert f"chapters/{ECHO.stem}.py" in text
    assert "course-grade-" not in text
    assert "reference" not in text  # that her code is another's is not for her to read
    assert "to do" in (folder / "at" / "feedback.txt").read_text("utf-8")


def test_results_are_laid_out_again_without_grading_again(graded_class, tmp_path):
    """From a file of results: other points, and the columns of an export of Canvas."""
    _, _, book, _ = graded_class
    results = book.parent / "grades.json"
    (tmp_path / "roster.csv").write_text(CANVAS, "utf-8-sig")
    (tmp_path / "points.csv").write_text("chapter;task;points\necho;2;3\necho;4;1\n")
    status, _, _ = run(
        *[results, "--roster", tmp_path / "roster.csv", "--points", tmp_path / "points.csv"],
        *["--gradebook", tmp_path / "book.csv"],
    )
    text = (tmp_path / "book.csv").read_text("utf-8")
    assert text.startswith("Student,ID,SIS User ID,SIS Login ID,Section,echo,total,points\n")
    ada, grace = rows(tmp_path / "book.csv")
    assert (ada["Student"], ada["echo"], ada["points"]) == ("Lovelace, Ada", "100", "4")
    (found,) = [
        each["tasks"]
        for each in json.loads(results.read_text("utf-8"))["grades"]
        if each["submission"] == "hoppergrace_42"
    ]
    of_task = {each["task"]: each["kept"] / each["promises"] for each in found}
    assert of_task[2] < of_task[4] == 1
    assert float(grace["points"]) == round(3 * of_task[2] + of_task[4], 2)
    assert float(grace["echo"]) == round(25 * (3 * of_task[2] + of_task[4]), 1)
    assert status == 0


def test_learners_of_one_name_are_not_mixed_up(tmp_path):
    names = ("Ada Lovelace", "Ada Lovelace_501_assignsubmission_file_")
    lay_out(tmp_path / "class", {f"{name}/ch01_echo.py": STARTER for name in names})
    (tmp_path / "roster.csv").write_text("name,number\nAda Lovelace,500\nAda Lovelace,501\n")
    _, found = graded_json(
        tmp_path / "class", "--chapters", "1", "--roster", tmp_path / "roster.csv"
    )
    assert [(each["name"], each["what"]) for each in found["roster"]] == [
        ("Ada Lovelace 500", "missing"),
        ("Ada Lovelace", "not in the roster"),
    ]


# --- Until when ----------------------------------------------------------------------------------


def git(folder, *words, day=1):
    when = f"2026-11-{day:02}T12:00:00"
    names = {"NAME": "Ada", "EMAIL": "ada@example.org", "DATE": when}
    roles = ("AUTHOR", "COMMITTER")
    more = {f"GIT_{role}_{name}": text for role in roles for name, text in names.items()}
    subprocess.run(
        ["git", "-c", "init.defaultBranch=main", *words],
        cwd=folder,
        env=environment(**more),
        check=True,
        capture_output=True,
    )


def commit(folder, text, day):
    lay_out(folder, {f"chapters/{ECHO.stem}.py": text})
    git(folder, "add", "--all", day=day)
    git(folder, "commit", "-m", "work", day=day)


@pytest.fixture
def clones(tmp_path):
    folder = tmp_path / "class"
    ada = folder / "ada" / "course"
    ada.mkdir(parents=True)
    git(ada, "init")
    commit(ada, STARTER, 3)
    commit(ada, BROKEN_FILE, 5)
    return folder, ada


@pytest.mark.parametrize(
    ("limits", "status", "word"),
    [
        (["--until", "2026-11-04"], "to do", ""),
        (["--until", "2026-11-05"], "cannot be read", "at commit "),
        (["--until", "2026-11-05T11:00"], "to do", ""),
        (["--since", "2026-11-04"], "cannot be read", "at commit "),
        (
            ["--since", "2026-11-04", "--until", "2026-11-04"],
            "no file",
            "no commit is of that time",
        ),
    ],
)
def test_the_last_commit_in_a_time_counts(clones, limits, status, word):
    folder, ada = clones
    shutil.rmtree(ada / "chapters")  # what is checked out does not count
    _, found = graded_json(folder, "--chapters", "1", *limits)
    (one,) = found["grades"]
    assert one["status"] == status
    assert word in one["note"]


def test_what_was_merged_from_the_course_is_not_the_learners_state(clones):
    folder, ada = clones
    git(ada, "checkout", "-b", "upstream", "HEAD~1")
    lay_out(ada, {"README.md": "new"})
    git(ada, "add", "--all", day=7)
    git(ada, "commit", "-m", "of the course", day=7)
    git(ada, "checkout", "main")
    git(ada, "merge", "upstream", day=9)
    _, found = graded_json(folder, "--chapters", "1", "--until", "2026-11-08")
    assert [each["status"] for each in found["grades"]] == ["cannot be read"]


def test_what_has_no_history_is_not_graded(clones):
    folder, _ = clones
    lay_out(folder, {"bob/ch01_echo.py": STARTER, "carl/.git/HEAD": "../../ada/course/.git/HEAD"})
    os.symlink(folder / "ada" / "course" / ".git", folder / "bob" / ".git")
    status, found = graded_json(folder, "--chapters", "1", "--until", "2026-11-04")
    grades = {each["submission"]: each for each in found["grades"]}
    assert {name: each["status"] for name, each in grades.items()} == {
        "ada": "to do",
        "bob": "not graded",
        "carl": "not graded",
    }
    assert "it is no clone" in grades["bob"]["note"]
    assert "the clone has no commit" in grades["carl"]["note"]
    assert status == 1


def test_a_clones_configuration_starts_nothing(clones, tmp_path):
    folder, ada = clones
    mark = tmp_path / "started"
    lines = [f"\tfsmonitor = touch {mark}", f"\tsshCommand = touch {mark}", "\tpager = touch x"]
    with (ada / ".git" / "config").open("a") as file:
        file.write("\n".join(["[core]", *lines, "[log]", "\tshowSignature = true", ""]))
        file.write(f"[gpg]\n\tprogram = touch {mark}\n[broken\n")
    _, found = graded_json(folder, "--chapters", "1", "--until", "2026-11-04")
    assert [each["status"] for each in found["grades"]] == ["to do"]
    assert not mark.exists()


# --- On what, and whose --------------------------------------------------------------------------


def test_each_chapter_can_stand_on_the_references_earlier_ones(tmp_path):
    lay_out(
        tmp_path / "class" / "ada",
        {
            f"{ECHO.stem}.py": REFERENCE.replace("def open_listener", "def open_no_listener"),
            f"{ACCEPT.stem}.py": ACCEPT.solution.read_text("utf-8"),
        },
    )
    _, own = graded_json(tmp_path / "class", "--chapters", "accept")
    _, lent = graded_json(tmp_path / "class", "--chapters", "accept", "--stand-in")
    assert [each["status"] for each in own["grades"]] == ["cannot be read"]
    assert [each["status"] for each in lent["grades"]] == ["complete"]
    assert "with the reference for chapters 1 and 2" in lent["grades"][0]["note"]


def test_a_file_that_cannot_be_read_is_named_in_each_row_that_it_spoils(tmp_path):
    """And in the feedback under both names: the learner knows one, the report uses the other."""
    lay_out(
        tmp_path / "class" / "dana",
        {
            "echo (1).py": BROKEN_FILE,
            f"{FOUR_TUPLE.stem}.py": FOUR_TUPLE.solution.read_text("utf-8"),
        },
    )
    feedback = tmp_path / "feedback"
    both = ["--chapters", "echo", "four_tuple"]
    _, own = graded_json(tmp_path / "class", *both, "--feedback", feedback)
    place = f"echo (1).py, line {BROKEN_FILE.count(chr(10))}: SyntaxError: "
    assert [each["status"] for each in own["grades"]] == ["cannot be read"] * 2
    assert all(re.search(rf"(^|; ){re.escape(place)}", each["note"]) for each in own["grades"])
    text = (feedback / "dana" / "feedback.txt").read_text("utf-8")
    assert text.count("chapters/ch01_echo.py is your echo (1).py\n") == 2
    frames = [line for line in text.splitlines() if line.startswith(("╭", "│", "╰"))]
    assert {len(line) for line in frames} == {80}
    _, lent = graded_json(tmp_path / "class", *both, "--stand-in")
    assert [each["status"] for each in lent["grades"]] == ["cannot be read", "complete"]


def renamed(text):
    """Return the same code under other names, with comments and without docstrings and types."""
    text = re.sub(r'\n( +)"""(?:[^"]|"(?!""))*"""', r"\n\1# my own words", text)
    for name in ("listener", "total", "piece", "conn", "message", "answer"):
        text = re.sub(rf"\b{name}\b", f"my_{name}", text)
    return text.replace(" -> int:", ":").replace(": socket.socket", "")


OWN = """
def echo(conn):
    count = 0
    while True:
        data = conn.recv(4096)
        if not data:
            return count
        sent = 0
        while sent < len(data):
            sent += conn.send(data[sent:])
        count = count + len(data)


def serve_one(listener):
    conn, address = listener.accept()
    try:
        result = echo(conn)
        conn.shutdown(socket.SHUT_WR)
    except OSError as error:
        result = -1
        print(error)
    finally:
        conn.close()
    return result


def ask(address, message):
    client = socket.socket()
    try:
        client.connect(address)
        client.sendall(message)
        client.shutdown(socket.SHUT_WR)
        answer = []
        while data := client.recv(100):
            answer.append(data)
        return b"".join(answer)
    finally:
        client.close()


raise SystemExit  # quick to check
"""


def test_work_that_is_anothers_is_flagged(tmp_path):
    assert renamed(REFERENCE) != REFERENCE
    head = STARTER.partition("\ndef ")[0]
    files = {
        "ada": renamed(REFERENCE) + "\nraise SystemExit\n",
        "bob": head + OWN,
        "cyd": head + OWN.replace("count", "number").replace("data", "bytes_"),
        "dan": head + OWN.replace("answer.append(data)", "answer += [data]").replace("4096", "1"),
        "eve": STARTER,
        "fay": STARTER + "\n# begun\nraise SystemExit\n",
        "gil": STARTER.replace("raise NotImplementedError", "pass; raise NotImplementedError"),
        "hal": STARTER.replace("raise NotImplementedError", "pass; raise NotImplementedError"),
    }
    lay_out(tmp_path / "class", {f"{name}/ch01_echo.py": text for name, text in files.items()})
    _, found = graded_json(tmp_path / "class", "--chapters", "1")
    assert {each["submission"]: each["same_as"] for each in found["grades"]} == {
        "ada": ["the reference"],
        "bob": ["cyd"],
        "cyd": ["bob"],
        **{name: [] for name in ("dan", "eve", "fay", "gil", "hal")},
    }


def test_what_the_starter_gives_counts_for_nobody(tmp_path):
    def given(chapter):
        functions = chapter_functions(parsed(starter(chapter)))
        return sum(1 for _, function in functions for _ in ast.walk(function))

    chapter = max(chapters(), key=given)
    assert given(chapter) > 2 * MIN_SIZE
    begun = starter(chapter).replace("raise NotImplementedError", "return None or Exception", 1)
    for name in ("ada", "bob"):
        lay_out(tmp_path / "class" / name, {f"{chapter.stem}.py": begun + "\nraise SystemExit\n"})
    _, found = graded_json(tmp_path / "class", "--chapters", chapter.slug)
    assert [each["same_as"] for each in found["grades"]] == [[], []]


def test_what_everybody_shares_makes_nobody_a_candidate(monkeypatch):
    """A thousand answers are compared in a time that grows as they do, not as their pairs."""
    compared = []
    are_alike = alike.are_alike
    monkeypatch.setattr(alike, "are_alike", lambda *two: compared.append(two) or are_alike(*two))
    own = [
        "".join(
            f"def f{k}(x):\n" + f"    x += {k}\n" * 60 for k in (0, 1, 10 + number, 50 + number)
        )
        for number in range(30)
    ]
    copied = own[7].replace("x", "y")
    submissions = [
        Submission(str(number), {ECHO.stem: text.encode()})
        for number, text in enumerate([*own, copied])
    ]
    alike.mark_alike(submissions, [ECHO], {})
    assert {each.name: each.alike[ECHO.stem] for each in submissions if each.alike} == {
        "7": ("30",),
        "30": ("7",),
    }
    with_the_reference = len(submissions)
    assert len(compared) == with_the_reference + 2


# --- On several machines -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shards(class_of_all_layouts):
    folder, _ = class_of_all_layouts
    parts = [folder.parent / f"{number}.json" for number in (1, 2, 3)]
    for number, part in enumerate(parts, start=1):
        more = ["--chapters", "echo", "--shard", f"{number}/3"]
        assert run(folder, *more, "--out", part)[0] == 0
    return folder, parts


def test_shards_together_equal_one_run(shards, tmp_path):
    folder, parts = shards
    run(folder, "--chapters", "echo", "--out", tmp_path / "once.json")
    run(*reversed(parts), "--out", tmp_path / "joined.json")
    once, joined = (
        re.sub(r'"seconds": [\d.]+', "", (tmp_path / name).read_text("utf-8"))
        for name in ("once.json", "joined.json")
    )
    assert once == joined
    assert '"left_out": 2' in once
    sizes = [len(json.loads(part.read_text("utf-8"))["grades"]) for part in parts]
    assert sum(sizes) == once.count('"submission"') - once.count('"file"')
    assert min(sizes) > 0


def test_the_commands_of_the_workflow_make_a_gradebook(class_of_all_layouts, tmp_path):
    folder, roster = class_of_all_layouts
    copy_of_the_course(tmp_path / "course")
    shutil.copytree(folder, tmp_path / "course" / "submissions")
    shutil.copy(roster, tmp_path / "course" / "roster.csv")
    workflow = WORKFLOW.read_text("utf-8")
    each, last = re.findall(r"run: \|\n((?: {10}.*\n)+)", workflow)
    variables = {"SUBMISSIONS": "submissions", "CHAPTERS": "echo four_tuple"}
    variables["PATH"] = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"
    for number, script in ((1, each), (2, each.replace("mkdir results", "")), (0, last)):
        subprocess.run(
            ["bash", "-ec", script],
            cwd=tmp_path / "course",
            env=environment(**variables, SHARD=f"{number}/2"),
            check=True,
            capture_output=True,
        )
    found = rows(tmp_path / "course" / "results" / "gradebook.csv")
    assert [row["echo"] for row in found][:1] == ["100"]
    assert [row["four_tuple"] for row in found] == ["0", "0", "0", "", ""]


# --- Accidents -----------------------------------------------------------------------------------

TABLES = {
    "empty.csv": "",
    "head.csv": "name,mail\n",
    "latin.csv": "name\nGrac\xe9\n".encode("latin-1"),
    "who.csv": "name\nAda\n",
    "columns.csv": "lesson,points\necho,1\n",
    "chapter.csv": "chapter,points\nchaos,1\n",
    "task.csv": "chapter,task,points\necho,77,1\n",
    "words.csv": "chapter,points\necho,many\n",
    "minus.csv": "chapter,points\necho,-1\n",
    "twice.csv": "chapter,points\necho,1\n1,2\n",
    "both.csv": "chapter,task,points\necho,1,1\necho,,2\n",
    "zero.csv": "chapter,points\necho,0\n",
    "other.csv": "chapter,points\naccept,1\n",
    "text.json": "hello",
    "list.json": "[]",
    "strange.json": '{"grades": [{"submission": "a"}], "not_read": [], "left_out": 0, "shard": ""}',
}
POINTS = ["class", "--gradebook", "book.csv", "--chapters", "echo", "--points"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["class", "--roster", "nowhere.csv"],
            "--roster: nowhere.csv cannot be read: No such file",
        ),
        (["class", "--roster", "empty.csv"], "empty.csv has no line below its first"),
        (["class", "--roster", "head.csv"], "head.csv has no line below its first"),
        (["class", "--roster", "latin.csv"], "latin.csv cannot be read: 'utf-8' codec"),
        (["class", "--points", "zero.csv"], "--points is for the gradebook"),
        ([*POINTS, "columns.csv"], "has to begin with chapter,points"),
        ([*POINTS, "chapter.csv"], "line 2: chapter 'chaos' does not exist"),
        ([*POINTS, "task.csv"], "line 2: chapter 1 has no task '77'"),
        ([*POINTS, "words.csv"], "line 2: the points 'many' are not a number"),
        ([*POINTS, "minus.csv"], "line 2: the points '-1' are not a number"),
        ([*POINTS, "twice.csv"], "line 3: echo has points already"),
        ([*POINTS, "both.csv"], "line 3: echo has points already"),
        ([*POINTS, "zero.csv"], "has no points for echo"),
        ([*POINTS, "other.csv"], "has no points for echo"),
        (["class", "--until", "tomorrow"], "--until: write 'tomorrow' as 2026-11-30"),
        (["class", "--since", "2026-11-02", "--until", "2026-11-01"], "--since is later"),
        (["class", "--shard", "4/3"], "--shard: write '4/3' as 1/3"),
        (["class", "--shard", "one"], "--shard: write 'one'"),
        (["class", "--shard", "1/2", "--gradebook", "b.csv"], "a shard is not the class"),
        (["class", "--gradebook", "book.xls"], "book.xls has to end with .csv"),
        (["class", "--gradebook", "no/book.csv"], "cannot be written"),
        (["class", "--feedback", "no/such/feedback"], "cannot be written"),
        (["class", "--feedback", "who.csv"], "who.csv is a file"),
        (["class", "class"], "name one folder, or results"),
        (["text.json"], "text.json is not what `grade --out FILE.json` writes"),
        (["list.json"], "list.json is not what `grade --out FILE.json` writes"),
        (["strange.json"], "strange.json is not what `grade --out FILE.json` writes"),
        (["nowhere.json"], "nowhere.json cannot be read: No such file"),
        (["text.json", "--stand-in"], "nothing is graded again"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_nothing_is_graded(tmp_path, arguments, words):
    lay_out(tmp_path, {"class/ada/ch01_echo.py": STARTER, **TABLES})
    known = {path.name for path in tmp_path.iterdir()} | {"nowhere.csv", "nowhere.json", "book.csv"}
    paths = [tmp_path / each if each in known else each for each in arguments]
    status, out, err = run(*paths)
    assert (status, out) == (2, "")
    assert err.startswith("course: ")
    assert words in err.replace(f"{tmp_path}/", "")
    assert err.count("\n") == 1
    assert not (tmp_path / "book.csv").exists()


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ((0, 2), "shard 2/3 is not among these files"),
        ((0, 0, 1, 2), "has the same part of a class as another file"),
    ],
)
def test_parts_that_are_missing_or_doubled_are_refused(shards, chosen, words):
    _, parts = shards
    status, out, err = run(*(parts[number] for number in chosen))
    assert (status, out) == (2, "")
    assert words in err
