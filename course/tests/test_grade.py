"""`python3 -m course grade`: whatever a submission does, each gets the grade that it is worth."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from course.checks.suites import promises_of
from course.commands.grade.grade import Status, judge
from course.commands.grade.submissions import submissions
from course.commands.grade.suite import trouble
from course.model.chapters import ROOT, Chapter
from course.model.starters import starter
from course.tests.a_copy import command, environment

ECHO = Chapter("ch01_echo")
PROMISES = promises_of(ECHO)
TOTAL = len(PROMISES)
TASKS = [each.task for each, _ in PROMISES.values()]
REFERENCE = ECHO.solution.read_text(encoding="utf-8")
IN_ECHO = "    total = 0\n"
SECONDS = 10
MEMORY = 640  # MB
SLEEPER = 86_421.5  # s: by this the tests know the processes that the submissions leave behind
PATIENCE = 120  # s
SECRET = "GRADING_TEST_TOKEN"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its accidents are those of POSIX")


def with_code(code, *, where=IN_ECHO):
    """Return the reference with a line of code at the beginning of echo(), task 2."""
    assert where in REFERENCE
    return REFERENCE.replace(where, f"    {code}\n{where}")


def at_import(code):
    return f"{REFERENCE}\n{code}\n"


LEAVE = f"import subprocess; subprocess.Popen(['sleep', '{SLEEPER}'])"
DETACH = (
    "import os, subprocess\n"
    "if os.fork() == 0:\n"
    "    os.setsid()\n"
    f"    subprocess.Popen(['sleep', '{SLEEPER}'], start_new_session=True, env={{}})\n"
    "    os._exit(0)\n"
    "os.wait()"
)
FILL_EVERY_BYTE = (
    "KEPT, size = [], 2**24\n"
    "while size:\n"
    "    try: KEPT.append(bytearray(size))\n"
    "    except MemoryError: size //= 2\n"
)
FAKE = (
    "import json, os\n"
    "kept = ''\n"
    f"for test in {list(PROMISES)!r}:\n"
    "    for record in ({'test': test, 'kind': 'kept'}, {'test': 'control', 'kind': 'broken'}):\n"
    "        kept += f'\\n{json.dumps(record)}\\nkey {json.dumps(record)}\\n'\n"
    "print(kept)\n"
    "for number in range(1, 20):\n"
    "    try: os.write(number, kept.encode())\n"
    "    except OSError: pass\n"
)
BLIND_THE_ENGINE = (
    "import course.checks.runner as runner\n"
    "runner.Runner.run = lambda self, check, **_: runner.Finding()\n"
)
BLIND_THE_JUDGE = (
    "import course.checks.plugin as plugin\n"
    "from course.checks.verdict import Kind, Verdict\n"
    "plugin.judge = lambda c, p, s, t, f: Verdict(c, p, s, t, Kind.KEPT, f)\n"
)
REWRITE = (
    "from pathlib import Path\n"
    "for file in [*Path.cwd().glob('tests/*.py'), *Path.cwd().glob('course/*/*.py')]:\n"
    "    file.write_text('')\n"
)
SPIN_FOR_EVER = """while True:
        try:
            while True: pass
        except BaseException: pass"""
WRONG = REFERENCE.replace("conn.sendall(piece)", "conn.sendall(piece.upper())")
BROKEN = 10  # promises that are kept where echo(), and what is built on it, is broken
START_MANY = (
    "import subprocess, time\n"
    f"for _ in range(100): subprocess.Popen(['sleep', '{SLEEPER}'])\n"
    "time.sleep(1000)"
)

# What is handed in, and which status and how many kept promises it is worth.
CLASS = {
    "whole": (REFERENCE, Status.WHOLE, TOTAL),
    "pristine": (starter(ECHO), Status.TO_DO, 0),
    "begun": (starter(ECHO) + "# begun\n", Status.TO_DO, 0),
    "wrong": (WRONG, Status.PARTLY, None),
    "unreadable": (at_import("def ("), Status.UNREADABLE, 0),
    "not utf-8": (at_import("# caf\xe9").encode("latin-1"), Status.UNREADABLE, 0),
    "leaves at import": (at_import("raise SystemExit(0)"), Status.UNREADABLE, 0),
    "waits": (with_code("import time; time.sleep(1000)"), Status.HANGS, BROKEN),
    "spins": (with_code(SPIN_FOR_EVER), Status.HANGS, None),
    "stops itself": (with_code("import os; os.kill(os.getpid(), 19)"), Status.HANGS, None),
    "leaves a child": (at_import(LEAVE), Status.WHOLE, TOTAL),
    "leaves a grandchild": (at_import(DETACH), Status.WHOLE, TOTAL),
    "wants all memory": (with_code("hog = b'x' * 10**10"), Status.MEMORY, BROKEN),
    "keeps all memory": (
        with_code("while True: KEPT.append(bytearray(2**24))") + "\nKEPT = []\n",
        Status.MEMORY,
        TASKS.count(1),
    ),
    "children want it": (
        at_import(
            "import os, time\n"
            "for _ in range(3):\n"
            "    if os.fork() == 0:\n"
            f"        hog = b'x' * {MEMORY * 2**20 // 2}; time.sleep(1000)\n"
            "time.sleep(1000)"
        ),
        Status.MEMORY,
        0,
    ),
    "many processes": (at_import(START_MANY), Status.PROCESSES, 0),
    "leaves early": (with_code("import os; os._exit(0)"), Status.ENDED, TASKS.count(1)),
    "leaves at once": (at_import("import os; os._exit(0)"), Status.ENDED, 0),
    "ends its group": (with_code("import os; os.killpg(0, 9)"), Status.ENDED, TASKS.count(1)),
    "ends its warden": (with_code("import os; os.kill(os.getppid(), 9)"), Status.NOT_GRADED, 0),
    "prints verdicts": (WRONG + FAKE, Status.PARTLY, None),
    "blinds the engine": (WRONG + BLIND_THE_ENGINE, Status.ALTERED, 0),
    "blinds the judge": (WRONG + BLIND_THE_JUDGE, Status.ALTERED, 0),
    "rewrites the tests": (WRONG + REWRITE, Status.PARTLY, None),
    "skips": (at_import("import pytest; pytest.skip(allow_module_level=True)"), Status.PARTLY, 0),
    "wants a secret": (
        at_import(f"import os\nif {SECRET!r} in os.environ: raise ValueError"),
        Status.WHOLE,
        TOTAL,
    ),
}
LINUX_ONLY = {"leaves a grandchild", "wants all memory", "keeps all memory"}


def hand_in(folder, name, text, place="chapters"):
    file = folder / name / place / f"{ECHO.stem}.py"
    file.parent.mkdir(parents=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def grade(*arguments, **more):
    return subprocess.Popen(
        command("grade", *map(str, arguments)),
        cwd=ROOT,
        env=environment(COLUMNS="80", **{SECRET: "1"}, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def ended(process):
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


def left_running():
    """Return what the submissions started and what graded them, if it still runs."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if str(SLEEPER) in words or any(
            word.startswith("course.commands.grade.") for word in words
        ):
            found.append(words)
    return found


def wait_until(holds):
    end = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return holds()


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Grade the whole class once: (exit status, output, grades by name, folder)."""
    folder = tmp_path_factory.mktemp("class")
    for name, (text, _, _) in CLASS.items():
        hand_in(folder, name, text)
    (folder / "rewrites the tests" / "tests").mkdir()
    (folder / "rewrites the tests" / "tests" / "test_ch01_echo.py").write_text("def test_a(): 0")
    (folder / "rewrites the tests" / "course").mkdir()
    (folder / "rewrites the tests" / "course" / "__init__.py").write_text("raise SystemExit(0)")
    hand_in(folder, "fills every byte", at_import(FILL_EVERY_BYTE))
    hand_in(folder, "bare", REFERENCE, place=".")
    hand_in(folder, "in an archive", REFERENCE, place="course-main/chapters")
    (folder / "empty").mkdir()
    link = folder / "linked" / "chapters" / f"{ECHO.stem}.py"
    link.parent.mkdir(parents=True)
    link.symlink_to(ECHO.solution)
    pipe = folder / "a pipe" / "chapters" / f"{ECHO.stem}.py"
    pipe.parent.mkdir(parents=True)
    os.mkfifo(pipe)
    (folder / "notes.txt").write_text("not a submission")
    out = folder.parent / "grades.json"
    limits = ["--jobs", 4, "--seconds", SECONDS, "--memory", MEMORY]
    result = ended(grade(folder, "--chapters", "echo", "--out", out, *limits))
    grades = {each["submission"]: each for each in json.loads(out.read_text("utf-8"))["grades"]}
    return result, grades, folder


@pytest.mark.parametrize("name", CLASS)
def test_what_is_handed_in_gets_its_grade(graded, name):
    if name in LINUX_ONLY and sys.platform != "linux":
        pytest.skip("Linux limits memory and keeps orphans")
    _, status, kept = CLASS[name]
    found = graded[1][name]
    assert found["status"] == status.value, found
    if kept is not None:
        assert found["kept"] == kept, found
    assert found["promises"] == TOTAL
    assert found["kept"] < TOTAL or status is Status.WHOLE


@pytest.mark.skipif(sys.platform != "linux", reason="Linux limits memory")
def test_with_no_byte_left_it_is_not_whole(graded):
    found = graded[1]["fills every byte"]
    assert found["status"] in {Status.MEMORY.value, Status.HANGS.value}  # Python may not get on
    assert found["kept"] < TOTAL  # how many come before the end depends on Python's version


def test_nothing_is_left_running(graded):
    assert graded
    assert left_running() == []


def test_what_was_left_behind_is_noted(graded):
    assert "left 1 process running" in graded[1]["leaves a child"]["note"]
    if sys.platform == "linux":
        assert "left 1 process running" in graded[1]["leaves a grandchild"]["note"]
    assert "left" not in graded[1]["whole"]["note"]


def test_a_wrong_answer_is_worth_what_it_is_worth_alone(graded):
    kept = [graded[1][name]["kept"] for name in ("wrong", "prints verdicts", "rewrites the tests")]
    assert 0 < kept[0] < TOTAL
    assert kept == [kept[0]] * 3


def test_a_submission_is_found_where_it_lies(graded):
    assert graded[1]["bare"]["status"] == "whole"
    assert graded[1]["in an archive"]["status"] == "whole"
    assert graded[1]["empty"]["status"] == "no file"
    assert "notes.txt" not in graded[1]


def test_links_and_pipes_are_not_read(graded):
    for name, why in (("linked", "link to somewhere else"), ("a pipe", "no file")):
        assert graded[1][name]["status"] == "cannot be read"
        assert why in graded[1][name]["note"]


def test_the_submissions_stay_what_they_are(graded):
    folder = graded[2]
    for name, (text, _, _) in CLASS.items():
        file = folder / name / "chapters" / f"{ECHO.stem}.py"
        assert file.read_bytes() == (text if isinstance(text, bytes) else text.encode())
    assert (folder / "rewrites the tests" / "tests" / "test_ch01_echo.py").stat().st_size == 15
    assert ECHO.suite.stat().st_size > 1000


def test_the_report_has_all_in_eighty_columns(graded):
    (_, out, err), grades, _ = graded
    assert "Traceback" not in out + err
    table = out.partition("\n\n")[0].splitlines()
    assert all(name in out for name in grades)
    assert max(map(len, (line for line in table if ", chapter" not in line))) <= 80
    assert f"{len(grades)} graded: " in out


def test_the_status_says_that_one_could_not_be_graded(graded):
    assert graded[0][0] == 1  # that which ended its warden
    assert "its warden was ended" in graded[1]["ends its warden"]["note"]


# --- Files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["csv", "md"])
def test_csv_and_markdown(tmp_path, suffix):
    folder = tmp_path / "class"
    hand_in(folder, "=1+1|`x`", REFERENCE)
    hand_in(folder, "begun", starter(ECHO))
    out = tmp_path / f"grades.{suffix}"
    status, text, _ = ended(grade(folder, "--chapters", "1", "--out", out))
    assert status == 0
    assert f"The grades are in {out}" in text.replace("\n", "")
    written = out.read_text(encoding="utf-8")
    if suffix == "csv":
        rows = list(csv.DictReader(written.splitlines()))
        assert rows[0]["submission"] == "'=1+1|`x`"  # no spreadsheet computes it
        assert (rows[0]["status"], rows[0]["kept"]) == ("whole", str(TOTAL))
        assert (rows[1]["status"], rows[1]["tasks_whole"]) == ("to do", "0")
    else:
        assert "| =1+1\\|\\`x\\` | 1 |" in written


def test_an_earlier_chapter_that_was_not_handed_in_is_the_references(tmp_path):
    folder = tmp_path / "class"
    accept = Chapter("ch03_accept")
    file = folder / "ada" / accept.workbench.name
    file.parent.mkdir(parents=True)
    file.write_bytes(accept.solution.read_bytes())
    out = tmp_path / "grades.json"
    assert ended(grade(folder, "--chapters", "1", "3", "--out", out))[0] == 0
    found = json.loads(out.read_text("utf-8"))["grades"]
    assert [each["status"] for each in found] == ["no file", "whole"]


# --- Accidents of the one who grades -------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "nowhere is no folder."),
        (["."], "holds no submissions"),
        ([str(ROOT)], "is a submission itself"),
        ([".", "--chapters", "99"], "chapter '99' does not exist"),
        ([".", "--out", "grades.xls"], "has to end with .csv, .json, .md"),
        ([".", "--out", "no/such/grades.csv"], "cannot be written"),
        ([".", "--memory", "1"], "--memory begins at"),
        ([".", "--jobs", "0"], "begin at 1"),
    ],
)
def test_what_cannot_be_graded_is_one_line(tmp_path, arguments, words):
    (tmp_path / "nothing").touch()
    folder = {".": tmp_path}.get(arguments[0], arguments[0])
    status, out, err = ended(grade(folder, *arguments[1:]))
    assert (status, out) == (2, "")
    assert err.startswith("course: ")
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_whoever_stops_it_leaves_nothing_running(tmp_path, number):
    folder = tmp_path / "class"
    hand_in(folder, "a whole one", REFERENCE)
    for name in ("hangs", "hangs, too"):
        hand_in(folder, name, at_import(DETACH + "\nimport time; time.sleep(1000)"))
    out = tmp_path / "grades.csv"
    copies = tmp_path / "copies"
    copies.mkdir()
    limits = ["--jobs", 2, "--seconds", 100]
    grader = grade(folder, "--chapters", "1", "--out", out, *limits, TMPDIR=str(copies))
    assert wait_until(lambda: sum(str(SLEEPER) in words for words in left_running()) == 2)
    grader.send_signal(number)
    status, text, err = ended(grader)
    assert wait_until(lambda: not left_running())
    assert list(copies.iterdir()) == []
    if number == signal.SIGINT:
        assert status == 130
        assert "Stopped: 1 of 3 are graded." in text
        assert out.read_text("utf-8").count("\n") == 2  # the head, and one grade
        assert "Traceback" not in err


# --- Units ---------------------------------------------------------------------------------------


def outcome(*records, ended="itself"):
    found = [{"ready": True}, *records]
    return {"ended": ended, "status": 0, "left": 0, "seconds": 1.0, "records": found, "said": ""}


def verdict(test, kind="kept", **more):
    return {"test": test, "kind": kind, "line": kind, **more}


CONTROL = verdict("control", "broken")


@pytest.mark.parametrize(
    ("records", "status", "kept"),
    [
        ([verdict("a"), CONTROL, verdict("b"), CONTROL], Status.WHOLE, 2),
        ([verdict("a"), CONTROL, verdict("b")], Status.ENDED, 1),
        ([verdict("a"), CONTROL, verdict("a"), CONTROL], Status.ALTERED, 0),
        ([verdict("a"), CONTROL, verdict("b"), {"over": True}], Status.PARTLY, 1),
        ([verdict("a"), verdict("b"), CONTROL], Status.ENDED, 1),
        ([verdict("a"), CONTROL, verdict("b"), verdict("control")], Status.ALTERED, 0),
        ([verdict("x"), CONTROL, verdict("a"), CONTROL], Status.ENDED, 1),
        ([verdict("a"), CONTROL, {"test": "b", "kind": "skipped"}, CONTROL], Status.WHOLE, 1),
        ([verdict("a"), CONTROL, verdict("b", "to do"), CONTROL], Status.PARTLY, 1),
        ([verdict("a", "broken", hangs=True), CONTROL, verdict("b"), CONTROL], Status.HANGS, 1),
    ],
)
def test_a_verdict_counts_when_its_control_was_found_broken(records, status, kept):
    found = judge("ada", ECHO, {"a": 1, "b": 2}, outcome(*records))
    assert (found.status, found.kept()) == (status, kept)


@pytest.mark.parametrize("sign", ["MemoryError: ", "RuntimeError: can't start new thread"])
def test_where_the_engine_itself_has_no_memory_the_status_says_so(sign):
    records = [verdict("a"), CONTROL, trouble(sign), {"over": True}]
    found = judge("ada", ECHO, {"a": 1, "b": 2}, outcome(*records))
    assert (found.status, found.kept()) == (Status.MEMORY, 1)


def test_another_error_of_the_engine_is_none_of_memory():
    records = [verdict("a"), CONTROL, trouble("ValueError"), {"over": True}]
    assert judge("ada", ECHO, {"a": 1, "b": 2}, outcome(*records)).status is Status.PARTLY


def test_the_guide_tells_all_that_the_reports_hold(graded):
    guide = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
    fields = next(iter(graded[1].values()))
    named = {*fields, *fields["tasks"][0], *fields["verdicts"][0]}
    assert [name for name in named if f'"{name}"' not in guide] == []
    assert [status for status in Status if f"| {status.value} |" not in guide] == []
    assert [
        o for o in ("--jobs", "--seconds", "--memory", "--out") if f"| `{o} " not in guide
    ] == []


def test_a_submission_is_read_within_bounds(tmp_path):
    hand_in(tmp_path, "ada", b"#" * 1_000_001)
    (ada,) = submissions(tmp_path)
    assert ada.files == {}
    assert "more than 1,000,000 bytes" in ada.refused[Path(f"{ECHO.stem}.py")]
