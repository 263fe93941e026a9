"""`python3 -m course grade`: whatever a submission does, each gets the grade that it is worth."""

import argparse
import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import psutil
import pytest

from course.checks.suites import promises_of
from course.commands.grade.command import MEMORY as DEFAULT_MEMORY
from course.commands.grade.command import MIN_MEMORY, add_arguments
from course.commands.grade.grade import MAX_PROCESSES, Status
from course.model.chapters import ROOT, Chapter
from course.model.starters import starter
from course.running.confinement import landlock_version
from course.tests.a_copy import ECHO_TASKS, command, copy_of_the_course, environment

resource = pytest.importorskip("resource", reason="of POSIX")

ECHO = Chapter("ch01_echo")
FOUR_TUPLE = Chapter("ch02_four_tuple")
ACCEPT = Chapter("ch03_accept")
PROMISES = promises_of(ECHO)
TOTAL = len(PROMISES)
REFERENCE = ECHO.solution.read_text(encoding="utf-8")
STARTER = starter(ECHO)
IN_ECHO = "    total = 0\n"
SECONDS = 10
MEMORY = 640  # MB
SLEEPER = 86_400.5 + os.getpid()  # s: by this the tests know what the submissions leave behind
PATIENCE = 120  # s
SECRET = "GRADING_TEST_TOKEN"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its accidents are those of POSIX")
confined = pytest.mark.skipif(not landlock_version(), reason="the kernel has no Landlock")


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
    "from course.checks.runner import Finding\n"
    "true = plugin.judge\n"
    "plugin.judge = lambda c, p, s, t, f, *rest: true(c, p, s, t, Finding(), *rest)\n"
)
REWRITE = (
    "import course\n"
    "from pathlib import Path\n"
    "root = Path(course.__file__).parents[1]\n"
    "for file in [*root.glob('tests/*.py'), *root.glob('course/*/*.py')]:\n"
    "    try: file.write_text('')\n"
    "    except OSError: pass\n"
)
SPIN_FOREVER = """while True:
        try:
            while True: pass
        except BaseException: pass"""
WRONG = REFERENCE.replace("conn.sendall(piece)", "conn.sendall(piece.upper())")
# The promises that are kept where echo(), and what is built on it, is broken.
BROKEN = ECHO_TASKS.count(1) + ECHO_TASKS.count(4)
START_MANY = (
    "import subprocess, time\n"
    f"for _ in range(100): subprocess.Popen(['sleep', '{SLEEPER}'])\n"
    "time.sleep(1000)"
)
FORK = (
    "import os, time\n"
    "for _ in range({}):\n"
    "    if os.fork() == 0:\n"
    "        time.sleep({})\n"
    "        os._exit(0)\n"
    "time.sleep(1)"
)
READ_ENVIRONMENTS = f"""
import os, sys
from contextlib import suppress
from pathlib import Path
found = []
for process in Path("/proc").glob("[0-9]*/environ"):
    with suppress(OSError):
        if {SECRET!r}.encode() in process.read_bytes():
            found.append(process)
if found:
    raise ValueError(found[0])
"""
LOOK_AROUND = f"""{READ_ENVIRONMENTS}
for place in (Path({str(Path.home())!r}), Path({str(ROOT)!r}), Path("@CLASS@")):
    with suppress(OSError):
        found += [place, *place.iterdir()]
for place in (Path("/tmp"), Path({str(ROOT)!r}), Path(sys.modules["course"].__file__).parent):
    with suppress(OSError):
        (place / "grading-was-here").write_text("")
        found.append(place)
with suppress(OSError):
    os.kill(os.getppid(), 0)
    found.append("a signal")
Path("mine").write_text("a file of its own is allowed")
if found:
    raise ValueError(found[0])
"""

# What is handed in, and which status and how many kept promises it is worth.
CLASS = {
    "complete": (REFERENCE, Status.COMPLETE, TOTAL),
    "pristine": (STARTER, Status.TO_DO, 0),
    "begun": (STARTER + "# begun\n", Status.TO_DO, 0),
    "wrong": (WRONG, Status.PARTLY, None),
    "unreadable": (at_import("def ("), Status.UNREADABLE, 0),
    "not utf-8": (at_import("# caf\xe9").encode("latin-1"), Status.UNREADABLE, 0),
    "leaves at import": (at_import("raise SystemExit(0)"), Status.UNREADABLE, 0),
    "waits": (with_code("import time; time.sleep(1000)"), Status.HANGS, BROKEN),
    "spins": (with_code(SPIN_FOREVER), Status.HANGS, None),
    "stops itself": (with_code("import os; os.kill(os.getpid(), 19)"), Status.HANGS, None),
    "leaves a child": (at_import(LEAVE), Status.COMPLETE, TOTAL),
    "leaves a grandchild": (at_import(DETACH), Status.COMPLETE, TOTAL),
    "wants all memory": (with_code("hog = b'x' * 10**10"), Status.MEMORY, BROKEN),
    "keeps all memory": (
        with_code("while True: KEPT.append(bytearray(2**24))") + "\nKEPT = []\n",
        Status.MEMORY,
        ECHO_TASKS.count(1),
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
    "thirty forks": (at_import(FORK.format(30, 1)), Status.COMPLETE, TOTAL),
    "256 forks": (at_import(FORK.format(256, 1000)), Status.PROCESSES, 0),
    "kills itself": (
        with_code("import os; os.kill(os.getpid(), 9)"),
        Status.ENDED,
        ECHO_TASKS.count(1),
    ),
    "ends its group": (with_code("import os; os.killpg(0, 9)"), Status.ENDED, ECHO_TASKS.count(1)),
    "prints verdicts": (WRONG + FAKE, Status.PARTLY, None),
    "blinds the engine": (WRONG + BLIND_THE_ENGINE, Status.ALTERED, 0),
    "blinds the judge": (WRONG + BLIND_THE_JUDGE, Status.ALTERED, 0),
    "skips": (at_import("import pytest; pytest.skip(allow_module_level=True)"), Status.PARTLY, 0),
    "skips one": (with_code("import pytest; pytest.skip()"), Status.PARTLY, BROKEN),
    "wants a secret": (
        at_import(f"import os\nif {SECRET!r} in os.environ: raise ValueError"),
        Status.COMPLETE,
        TOTAL,
    ),
    "has a surrogate": (at_import(r"raise ValueError('\udcff')"), Status.UNREADABLE, 0),
}
LINUX_ONLY = {"leaves a grandchild", "wants all memory", "keeps all memory"}


def hand_in(folder, name, text, place="chapters"):
    file = folder / name / place / f"{ECHO.stem}.py"
    file.parent.mkdir(parents=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def grade(*arguments, root=ROOT, limit=None, **more):
    return subprocess.Popen(
        command("grade", *map(str, arguments)),
        cwd=root,
        env=environment(**{"COLUMNS": "80", SECRET: "1"} | more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=limit,
        text=True,
        encoding="utf-8",
    )


def ended(process):
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


def graded_json(folder, *arguments, root=ROOT, **more):
    """Grade a folder; return the exit status and what is in the JSON file."""
    out = folder.parent / "grades.json"
    status, text, err = ended(grade(folder, *arguments, "--out", out, root=root, **more))
    assert "Traceback" not in text + err
    return status, json.loads(out.read_text("utf-8"))


def left_running(folder):
    """Return what submissions started, or what graded them with its temporary files in `folder`."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        words = process.info["cmdline"] or []
        if str(SLEEPER) in words or (process.info["cwd"] or "").startswith(str(folder)):
            found.append(words)
    return found


def wait_until(holds):
    end = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return holds()


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Grade the class once: (exit status, output, grades by name, folder, temporary files)."""
    folder = tmp_path_factory.mktemp("class")
    temporary = tmp_path_factory.mktemp("temporary")
    for name, (text, _, _) in CLASS.items():
        hand_in(folder, name, text)
    hand_in(folder, "rewrites the tests", WRONG + REWRITE)
    if landlock_version():  # elsewhere it would find and change something
        hand_in(folder, "looks around", at_import(LOOK_AROUND.replace("@CLASS@", str(folder))))
    hand_in(folder, "fills every byte", at_import(FILL_EVERY_BYTE))
    (folder / "empty").mkdir()
    link = folder / "linked" / "chapters" / f"{ECHO.stem}.py"
    link.parent.mkdir(parents=True)
    link.symlink_to(ECHO.solution)
    pipe = folder / "a pipe" / "chapters" / f"{ECHO.stem}.py"
    pipe.parent.mkdir(parents=True)
    os.mkfifo(pipe)
    out = folder.parent / "grades.json"
    limits = ["--jobs", 4, "--seconds", SECONDS, "--memory", MEMORY]
    grader = grade(folder, "--chapters", "echo", "--out", out, *limits, TMPDIR=str(temporary))
    result = ended(grader)
    grades = {each["submission"]: each for each in json.loads(out.read_text("utf-8"))["grades"]}
    return result, grades, folder, temporary


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
    assert found["kept"] < TOTAL or status is Status.COMPLETE


@pytest.mark.skipif(sys.platform != "linux", reason="Linux limits memory")
def test_with_no_byte_left_it_is_not_complete(graded):
    found = graded[1]["fills every byte"]
    assert found["status"] in {Status.MEMORY.value, Status.HANGS.value}  # Python may not get on
    assert found["kept"] < TOTAL  # how many come before the end depends on Python's version


def test_nothing_is_left_behind(graded):
    *_, temporary = graded
    assert left_running(temporary) == []
    assert list(temporary.iterdir()) == []


def test_what_was_left_behind_is_noted(graded):
    assert "left 1 process running" in graded[1]["leaves a child"]["note"]
    if sys.platform == "linux":
        assert "left 1 process running" in graded[1]["leaves a grandchild"]["note"]
    assert "left" not in graded[1]["complete"]["note"]


def test_the_note_says_how_many_processes_are_too_many(graded):
    assert f"more than {MAX_PROCESSES} processes" in graded[1]["256 forks"]["note"]


def test_a_wrong_answer_is_worth_what_it_is_worth_alone(graded):
    kept = [graded[1][name]["kept"] for name in ("wrong", "prints verdicts")]
    assert 0 < kept[0] < TOTAL
    assert kept[0] == kept[1]


def test_rewriting_the_checks_changes_no_grade(graded):
    found = graded[1]["rewrites the tests"]
    assert found["kept"] == (graded[1]["wrong"]["kept"] if landlock_version() else 0)
    assert graded[1]["complete"]["status"] == "complete"
    assert ECHO.suite.stat().st_size > 1000


@confined
def test_a_submission_sees_and_changes_nothing_that_is_not_its_own(graded):
    found = graded[1]["looks around"]
    assert found["status"] == "complete", found["note"]


def test_links_and_pipes_are_not_read(graded):
    for name, why in (("linked", "link to somewhere else"), ("a pipe", "not a regular file")):
        assert graded[1][name]["status"] == "cannot be read"
        assert why in graded[1][name]["note"]


def test_the_submissions_stay_what_they_are(graded):
    folder = graded[2]
    for name, (text, _, _) in CLASS.items():
        file = folder / name / "chapters" / f"{ECHO.stem}.py"
        assert file.read_bytes() == (text if isinstance(text, bytes) else text.encode())


def test_the_report_has_everything_in_eighty_columns(graded):
    (status, out, err), grades, _, _ = graded
    assert (status, err) == (0, "")
    table = out.partition("\n\n")[0].splitlines()
    assert all(name in out for name in grades)
    assert max(map(len, (line for line in table if ", chapter" not in line))) <= 80
    assert f"{len(grades)} graded: " in out


def test_without_landlock_what_alters_the_checks_meets_only_a_copy(tmp_path):
    copy_of_the_course(tmp_path / "course")
    confinement = tmp_path / "course" / "course" / "running" / "confinement.py"
    text = confinement.read_text("utf-8")
    assert "= 444, 445, 446" in text
    confinement.write_text(text.replace("= 444, 445, 446", "= 9444, 9445, 9446"), "utf-8")
    hand_in(tmp_path / "class", "1", WRONG + REWRITE)
    hand_in(tmp_path / "class", "2", at_import(READ_ENVIRONMENTS))
    hand_in(tmp_path / "class", "3", with_code("import os; os.kill(os.getppid(), 9)") + DETACH)
    hand_in(tmp_path / "class", "4", REFERENCE)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    status, found = graded_json(
        *[tmp_path / "class", "--chapters", "1", "--jobs", "1"],
        root=tmp_path / "course",
        TMPDIR=str(temporary),
    )
    grades = found["grades"]
    assert [each["status"] for each in grades if each["submission"] != "2"] == [
        "alters the checks",
        "ended early",
        "complete",
    ]
    assert "it changed course/" in grades[0]["note"]
    if sys.platform == "linux":
        assert grades[1]["status"] == "complete"
    assert status == 0
    assert left_running(temporary) == []
    assert list(temporary.iterdir()) == []


# --- What was handed in, and in which form -------------------------------------------------------


def packed(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def lay_out(folder, files):
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())


ONE, OTHER = STARTER.replace("raise Not", "return Not", 1), "not Python"
OLD = STARTER.replace("ch01 task", "ch07 task")
# What lies in the class's folder, whose it is, the status, and a word of what is not read of it.
# An untouched starter is quick to grade, and shows that a file was taken.
INTAKE = {
    "a browser's copy": ({"a/ch01_echo (1).py": STARTER}, "a", "to do", ""),
    "a platform's copy": ({"b/ch01_echo-1.py": STARTER}, "b", "to do", ""),
    "a platform's name": ({"c/ada_123_ch01_echo.py": STARTER}, "c", "to do", ""),
    "capitals": ({"d/CH01_ECHO.PY": STARTER}, "d", "to do", ""),
    "a hidden extension": ({"e/ch01_echo.py.txt": STARTER}, "e", "to do", ""),
    "without a number": ({"f/echo.py": STARTER}, "f", "to do", ""),
    "something else": (
        {"aa/echo.txt": "hello", "aa/my_echo.py": STARTER},
        "aa",
        "no file",
        "echo.txt (not a Python file), my_echo.py (its name is not a chapter's)",
    ),
    "an old number": ({"g/ch07_echo.py": OLD}, "g", "to do", ""),
    "an outer folder": ({"h/x/y/chapters/ch01_echo.py": STARTER}, "h", "to do", ""),
    "a clone": (
        {
            "i/course/chapters/ch01_echo.py": STARTER,
            "i/course/chapters/__init__.py": "",
            "i/course/solutions/ch01_echo.py": REFERENCE,
            "i/course/tests/test_ch01_echo.py": "",
            "i/course/README.md": "",
        },
        "i",
        "to do",
        "",
    ),
    "an archive inside": ({"j/w.zip": packed({"repo/ch01_echo.py": STARTER})}, "j", "to do", ""),
    "an archive beside": ({"k.zip": packed({"chapters/ch01_echo.py": STARTER})}, "k", "to do", ""),
    "a loose file": ({"l_ch01_echo.py": STARTER}, "l", "to do", ""),
    "Moodle": (
        {"m m_5_assignsubmission_file_/ch01_echo.py": STARTER},
        "m m_5_assignsubmission_file_",
        "to do",
        "",
    ),
    "Moodle, flat": ({"n_5_assignsubmission_file_ch01_echo.py": STARTER}, "n_5", "to do", ""),
    "Canvas": (
        {"o_LATE_5_61_ch01_echo-2.py": STARTER, "o_5_62_cv.pdf": ""},
        "o_5",
        "to do",
        "o_5_62_cv.pdf (not a Python file)",
    ),
    "a notebook": (
        {"p/ch01_echo.ipynb": "{}"},
        "p",
        "no file",
        "ch01_echo.ipynb (answers belong in a .py file)",
    ),
    "a system's leftovers": (
        {"q/ch01_echo.py": STARTER, "q/__MACOSX/._ch01_echo.py": "x", "q/._ch01_echo.py": "x"},
        "q",
        "to do",
        "",
    ),
    "two different answers": (
        {"r/chapters/ch01_echo.py": ONE, "r/ch01_echo (1).py": OTHER},
        "r",
        "not graded",
        "",
    ),
    "the same twice": (
        {"s/chapters/ch01_echo.py": STARTER, "s/ch01_echo (1).py": STARTER},
        "s",
        "to do",
        "(the same as ",
    ),
    "other files": (
        {"t/notes.docx": "", "t/work.rar": "", "t/src/main.py": "", "t/ch01_echo.py": STARTER},
        "t",
        "to do",
        "notes.docx (not a Python file), work.rar (unpack it, or use zip), src/main.py (its",
    ),
    "too large": ({"u/ch01_echo.py": b"#" * 1_000_001}, "u", "cannot be read", ""),
    "a damaged archive": ({"v/w.zip": b"PK\3\4"}, "v", "no file", "the archive is damaged"),
    "a bomb": (
        {"w/w.zip": packed({"inner.zip": b"0" * 50_000_000})},
        "w",
        "no file",
        "more than 100 times",
    ),
    "a way out": (
        {"x/w.zip": packed({"../../ch01_echo.py": STARTER, "../x": ""})},
        "x",
        "cannot be read",
        "x (its name leads out of the archive",
    ),
    "a number without end": (
        {"y/w.zip": packed(dict.fromkeys(map(str, range(10_001)), ""))},
        "y",
        "no file",
        "more than 10,000 files",
    ),
    "a helper of a bare name": (
        {"z/chapters/ch01_echo.py": STARTER, "z/chapters/echo.py": "", "z/util.py": ""},
        "z",
        "to do",
        "util.py (its name",
    ),
    "a cache": ({".cache/x": "", ".DS_Store": ""}, "", "", ""),
    "nobody's": ({"ch01_echo.py": STARTER}, "", "", "ch01_echo.py (whose is it?"),
    "a teacher's": ({"marks.xlsx": ""}, "", "", "marks.xlsx (not a Python file)"),
}


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory):
    folder = tmp_path_factory.mktemp("intake") / "class"
    for files, *_ in INTAKE.values():
        lay_out(folder, files)
    out = folder.parent / "grades.json"
    result = ended(grade(folder, "--chapters", "1", "--out", out, COLUMNS="1000"))
    return result, json.loads(out.read_text("utf-8")), folder


@pytest.mark.parametrize("case", INTAKE)
def test_everything_is_graded_or_named(taken_in, case):
    _, owner, status, unread = INTAKE[case]
    (_, out, err), found, _ = taken_in
    assert err == ""
    grades = {each["submission"]: each for each in found["grades"]}
    lines = [line for line in out.splitlines() if line.startswith(f"{owner}, not read: ")]
    if not owner:
        lines = [line for line in out.splitlines() if line.startswith("Not read: ")]
    else:
        assert grades[owner]["status"] == status, grades[owner]
    assert unread in "".join(lines)
    named = {(each["submission"], each["file"]) for each in found["not_read"]}
    if owner:
        assert bool(unread) == any(name == owner for name, _ in named)


def test_files_that_answer_the_same_chapter_are_both_named(taken_in):
    (status, *_), found, _ = taken_in
    (note,) = [each["note"] for each in found["grades"] if each["submission"] == "r"]
    assert "ch01_echo (1).py" in note
    assert "chapters/ch01_echo.py" in note
    assert status == 1


def test_nobody_is_made_up(taken_in):
    _, found, _ = taken_in
    owners = {owner for _, owner, *_ in INTAKE.values() if owner}
    assert {each["submission"] for each in found["grades"]} == owners


def test_caches_and_the_courses_own_files_are_counted(taken_in):
    (_, out, _), found, _ = taken_in
    assert f"Left out: {found['left_out']} caches and files of the course itself" in out
    assert found["left_out"] == 8  # of the clone 4, of a system 4


def test_a_downloaded_archive_of_the_class_is_graded_as_it_is(tmp_path):
    files = {"ada/ch01_echo.py": STARTER, "bob/chapters/ch01_echo.py": STARTER, "x.pdf": ""}
    archive = tmp_path / "class.zip"
    archive.write_bytes(packed(files))
    status, found = graded_json(archive, "--chapters", "1")
    assert [(each["submission"], each["status"]) for each in found["grades"]] == [
        ("ada", "to do"),
        ("bob", "to do"),
    ]
    assert [each["file"] for each in found["not_read"]] == ["x.pdf"]
    assert status == 0


def test_a_finished_file_beside_pristine_chapters_is_taken(tmp_path):
    folder = tmp_path / "class"
    lay_out(folder, {"ada/chapters/ch01_echo.py": STARTER, "ada/ch01_echo.py": REFERENCE})
    _, found = graded_json(folder, "--chapters", "1")
    assert [each["status"] for each in found["grades"]] == ["complete"]
    (left,) = found["not_read"]
    assert (left["file"], left["reason"]) == ("chapters/ch01_echo.py", "an untouched starter")


def test_modules_beside_the_answers_come_along(tmp_path):
    folder = tmp_path / "class"
    helped = at_import("from .tools.words import HELLO\nfrom .echo import HELLO as AGAIN")
    files = {"ch01_echo.py": helped, "echo.py": "HELLO = 1", "tools/words.py": "HELLO = 1"}
    lay_out(folder / "ada" / "chapters", files)
    _, found = graded_json(folder, "--chapters", "1")
    assert [each["status"] for each in found["grades"]] == ["complete"]
    assert found["not_read"] == []


def test_starters_are_not_handed_in(tmp_path):
    """`accept` is built on `echo`: an old edition's starter of it gives way to the reference."""
    folder = tmp_path / "class"
    chapters = {chapter.stem: starter(chapter) for chapter in (ECHO, Chapter("ch02_four_tuple"))}
    chapters["ch01_echo"] = OLD + "\n# of another edition\n"
    chapters["ch03_accept"] = ACCEPT.solution.read_text("utf-8")
    lay_out(folder / "ada" / "chapters", {f"{stem}.py": text for stem, text in chapters.items()})
    status, found = graded_json(folder, "--chapters", "1", "3")
    first, third = found["grades"]
    assert (first["status"], third["status"], status) == ("to do", "complete", 0)
    assert third["kept"] == third["promises"]
    assert "with the reference for chapters 1 and 2" in third["note"]


def test_a_missing_reference_concerns_only_what_needs_it(tmp_path):
    copy_of_the_course(tmp_path / "course")
    shutil.rmtree(tmp_path / "course" / "solutions")
    folder = tmp_path / "class"
    lay_out(folder, {"ada/ch03_accept.py": ACCEPT.solution.read_text("utf-8")})
    lay_out(folder, {"bob/ch01_echo.py": REFERENCE})
    status, found = graded_json(folder, "--chapters", "1", "3", root=tmp_path / "course")
    ada, bob = found["grades"][1], found["grades"][2]
    assert (ada["status"], bob["status"], status) == ("not graded", "complete", 1)
    assert "chapter 1 was not handed in, and solutions/ch01_echo.py, which" in ada["note"]


def test_numbers_of_an_older_edition_are_todays(tmp_path):
    folder = tmp_path / "class"
    text = ACCEPT.solution.read_text("utf-8").replace("ch01_echo", "ch07_echo")
    assert "from .ch07_echo import" in text
    lay_out(folder, {"ada/ch09_accept.py": text, "ada/ch07_echo.py": REFERENCE})
    _, found = graded_json(folder, "--chapters", "accept")
    assert [(each["chapter"], each["status"]) for each in found["grades"]] == [(3, "complete")]


# --- Files ---------------------------------------------------------------------------------------

NAMES = [b"\xff", b"a\nb", b"\x1b[2Ja", b"=1+1|`x`", b"@SUM(1)", b"a\x7fb", "a\u202eb".encode()]


@pytest.mark.parametrize("suffix", ["csv", "json", "md"])
def test_any_name_can_be_written(tmp_path, suffix):
    for name in NAMES:
        folder = os.path.join(os.fsencode(tmp_path / "class"), name)
        os.makedirs(folder)
        for file in ("ch01_echo.py", "notes\udcff.txt"):
            Path(os.fsdecode(folder), file).write_text(STARTER)
    out = tmp_path / f"grades.{suffix}"
    status, text, err = ended(grade(tmp_path / "class", "--chapters", "1", "--out", out))
    assert (status, err) == (0, "")
    assert f"The grades are in {out}" in text
    assert "\x1b[2J" not in text
    written = out.read_bytes().decode()
    assert [c for c in written if not c.isprintable() and c != "\n"] == []
    if suffix == "csv":
        rows = list(csv.DictReader(io.StringIO(written)))
        assert len(rows) == 2 * len(NAMES)
        names = {row["submission"] for row in rows}
        assert {r"\udcff", r"a\nb", r"\x1b[2Ja", "'=1+1|`x`", "'@SUM(1)"} <= names
        assert (rows[0]["status"], rows[0]["tasks_complete"]) == ("to do", "0")
        assert rows[-1]["status"] == "not read"
    if suffix == "md":
        assert "| =1+1\\|\\`x\\` | 1 |" in written


@pytest.mark.skipif(sys.platform != "linux", reason="it limits the size of files as Linux does")
def test_an_older_file_stays_if_the_new_one_cannot_be_written(tmp_path):
    hand_in(tmp_path / "class", "ada", STARTER)
    out = tmp_path / "grades.json"
    out.write_text("precious")

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    grader = grade(tmp_path / "class", "--chapters", "1", "--out", out, limit=small_files)
    status, text, err = ended(grader)
    assert status == 1
    assert "1 graded: 1 to do" in text
    assert err == f"course: {out} could not be written: File too large.\n"
    assert out.read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["class", "grades.json"]


# --- Accidents of the teacher's ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "nowhere cannot be read: "),
        (["."], "holds no submissions"),
        ([str(ROOT)], "is a submission itself"),
        ([str(ROOT / "solutions")], "is a submission itself"),
        ([str(ROOT / "README.md")], "README.md cannot be read: the archive is damaged"),
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
def test_stopping_it_leaves_nothing_running(tmp_path, number):
    folder = tmp_path / "class"
    hand_in(folder, "a complete one", REFERENCE)
    for name in ("hangs", "hangs as well"):
        hand_in(folder, name, at_import(DETACH + "\nimport time; time.sleep(1000)"))
    out = tmp_path / "grades.csv"
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    limits = ["--jobs", 2, "--seconds", 100]
    grader = grade(folder, "--chapters", "1", "--out", out, *limits, TMPDIR=str(temporary))

    def both_hang():
        return sum(str(SLEEPER) in words for words in left_running(temporary)) == 2

    assert wait_until(both_hang)
    grader.send_signal(number)
    status, text, err = ended(grader)
    assert wait_until(lambda: not left_running(temporary))
    if number == signal.SIGINT:
        assert list(temporary.iterdir()) == []
        assert status == 130, text + err
        assert "Stopped: 1 of 3 are graded." in text
        assert out.read_text("utf-8").count("\n") == 2  # the head, and one grade
        assert "Traceback" not in err


# --- The guide -----------------------------------------------------------------------------------


def test_the_guide_says_everything_that_the_reports_hold(graded):
    guide = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
    fields = next(iter(graded[1].values()))
    named = {*fields, *fields["tasks"][0], *fields["verdicts"][0], "not_read", "left_out"}
    assert [name for name in named if f'"{name}"' not in guide] == []
    assert [status for status in Status if f"| {status.value} |" not in guide] == []
    parser = argparse.ArgumentParser(add_help=False)
    add_arguments(parser)
    options = [word for action in parser._actions for word in action.option_strings]
    rows = {
        row[3:].partition("`")[0].split()[0]
        for row in guide.splitlines()
        if row.startswith("| `--")
    }
    assert rows == set(options) - {"--chapters"}
    assert f"({DEFAULT_MEMORY}, at least {MIN_MEMORY})" in guide
    assert f"more than {MAX_PROCESSES} at a time" in guide
