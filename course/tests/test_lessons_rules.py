"""The rules of a lesson: a real notebook, broken in each way, and nbval on a tiny one."""

import copy
import json
import os
import platform
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor

import pytest

from course.checks.suites import promises_of
from course.maintain.lessons.edit import EMPTY
from course.maintain.lessons.plugin import NEEDS_LINUX, is_linux
from course.maintain.lessons.rules import MAX_CELL_LINES, compared, faults, sanitised
from course.model.chapters import ROOT, find

CHAPTER = find("back_pressure")
LESSON = CHAPTER.notebook
PATIENCE = 45  # s for a run that takes three
SEEN_IN = next(iter(promises_of(CHAPTER).values()))[0].usually.see


@pytest.fixture(scope="module")
def original():
    return json.loads(LESSON.read_text(encoding="utf-8"))


@pytest.fixture
def lesson(original):
    """Return a lesson that a test may break."""
    return copy.deepcopy(original)


@pytest.fixture
def found(tmp_path):
    """Return the faults of a lesson, given as a dictionary or as bytes."""
    file = tmp_path / LESSON.name
    shutil.copy(LESSON.with_suffix(".toml"), tmp_path)

    def of(lesson):
        content = lesson if isinstance(lesson, bytes) else json.dumps(lesson).encode()
        file.write_bytes(content)
        return faults(file)

    return of


def code_cells(lesson):
    return [cell for cell in lesson["cells"] if cell["cell_type"] == "code"]


def prose(lesson):
    return [cell for cell in lesson["cells"] if cell["cell_type"] == "markdown"]


def printing(lesson):
    """Return the number of a code cell that prints and has room for more lines, and the cell."""
    return next(
        (number, cell)
        for number, cell in enumerate(code_cells(lesson), start=1)
        if cell["outputs"] and "text" in cell["outputs"][-1]
        if len(cell["source"]) < MAX_CELL_LINES - 2
    )


def without_heading(lesson, start):
    for cell in prose(lesson):
        text = "".join(cell["source"])
        kept = [line for line in text.splitlines() if not line.startswith(f"## {start}")]
        cell["source"] = "\n".join(kept)


def only(found_faults, *parts):
    """Require one fault, which names all of these."""
    (fault,) = found_faults
    for part in parts:
        assert str(part) in fault


def test_the_stored_lesson_is_whole(found, lesson):
    assert found(lesson) == []


def test_a_title_that_is_not_the_solutions_question_is_a_fault(found, lesson):
    first = prose(lesson)[0]
    first["source"] = "".join(first["source"]).replace(CHAPTER.question, "Another question?")
    only(found(lesson), CHAPTER.question)


def test_a_deleted_output_is_a_fault_of_its_cell(found, lesson):
    number, cell = printing(lesson)
    cell["outputs"] = []
    only(found(lesson), f"cell {number} ")


def test_stripped_outputs_are_a_fault_of_every_cell_that_shows_something(found, lesson):
    shows = [number for number, cell in enumerate(code_cells(lesson), 1) if cell["outputs"]]
    for cell in code_cells(lesson):
        cell.update(outputs=[], execution_count=None)
    faults_found = found(lesson)
    for number in shows:
        assert any(fault.startswith(f"cell {number} ") for fault in faults_found)
    assert any("execution counts" in fault and "None" in fault for fault in faults_found)


@pytest.mark.parametrize("count", [None, 99])
def test_execution_counts_have_to_run_from_one(found, lesson, count):
    code_cells(lesson)[2]["execution_count"] = count
    only(found(lesson), "execution counts", count)


def test_cells_in_another_order_are_a_fault(found, lesson):
    first, second = code_cells(lesson)[:2]
    first["execution_count"], second["execution_count"] = 2, 1
    only(found(lesson), "[2, 1, 3")


def test_a_cell_that_is_too_long_is_a_fault(found, lesson):
    number, cell = printing(lesson)
    cell["source"] = "x = 1\n\n" * MAX_CELL_LINES
    assert found(lesson) == []
    cell["source"] += "x = 1\n"
    only(found(lesson), f"cell {number} ", MAX_CELL_LINES + 1)


@pytest.mark.parametrize("word", ["simply", "Just", "obviously", "trivially", "of course"])
def test_a_forbidden_word_is_a_fault(found, lesson, word):
    prose(lesson)[1]["source"] += f"\nThis is {word} so."
    only(found(lesson), repr(word))


def test_a_forbidden_word_inside_another_or_in_code_is_none(found, lesson):
    prose(lesson)[1]["source"] += "\nAdjust the justified judgement."
    printing(lesson)[1]["source"] += "\n# just code"
    assert found(lesson) == []


@pytest.mark.parametrize("number", [793, 2616, 7230, 7235])
def test_an_obsolete_rfc_is_a_fault(found, lesson, number):
    prose(lesson)[1]["source"] += f"\nSee RFC {number}, and RFC 9293 and RFC 7239."
    only(found(lesson), f"RFC {number}")


def test_a_missing_heading_that_a_report_points_to_is_a_fault(found, lesson):
    without_heading(lesson, SEEN_IN)
    assert any(repr(SEEN_IN) in fault for fault in found(lesson))


DATA = "data/one_connection.pcap"


@pytest.mark.parametrize("text", [f'open("{DATA}")', f"see `./{DATA}`"])
def test_a_file_that_is_not_found_from_a_learners_copy_is_a_fault(found, lesson, text):
    _, cell = printing(lesson)
    cell["source"] = text
    only(found(lesson), "write ../notebooks/", DATA)
    cell["source"] = text.replace("./", "").replace(DATA, f"../notebooks/{DATA}")
    assert found(lesson) == []


@pytest.mark.parametrize(
    ("link", "said"),
    [
        (LESSON.name, ""),
        (f"{LESSON.name}#Recall", ""),
        ("../README.md", ""),
        ("https://example.org/data/x", ""),
        ("#Recall", ""),
        ("../NO.md", "does not exist"),
        ("ch99_nowhere.ipynb", "does not exist"),
        ("data", "does not exist"),
    ],
)
def test_a_link_leads_somewhere_from_a_learners_copy_as_well(found, lesson, link, said):
    prose(lesson)[1]["source"] += f"\n[a link]({link})"
    assert [said in fault for fault in found(lesson)] == [True] * bool(said)


def test_a_picture_is_named_from_outside_its_folder(found, lesson):
    prose(lesson)[1]["source"] += "\n![a chart](data/one_connection.pcap)"
    assert all("write ../notebooks/data/one_connection.pcap" in fault for fault in found(lesson))
    assert found(lesson)


def test_a_cell_that_ends_in_an_error_is_a_fault(found, lesson):
    number, cell = printing(lesson)
    cell["outputs"].append(
        {"output_type": "error", "ename": "E", "evalue": "e", "traceback": ["E: e"]}
    )
    only(found(lesson), f"cell {number} ", "error")


@pytest.mark.parametrize("path", ["/home/ada/x", "/tmp/x", "/Users/ada/x", "C:\\Users\\ada"])
def test_a_path_of_one_machine_is_a_fault(found, lesson, path):
    number, cell = printing(lesson)
    cell["outputs"][-1]["text"] += [f"{path}\n"]
    only(found(lesson), f"cell {number} ", path[:2])


@pytest.mark.parametrize("way", ["# NBVAL_IGNORE_OUTPUT", "# nbval_skip", "tag"])
def test_a_cell_that_takes_itself_out_is_a_fault(found, lesson, way):
    number, cell = printing(lesson)
    if way == "tag":
        cell["metadata"]["tags"] = ["raises-exception"]
    else:
        cell["source"] = [f"{way}\n", *cell["source"]]
    only(found(lesson), f"cell {number} ")


def test_a_silent_cell_has_to_say_why_and_a_speaking_one_must_not(found, lesson):
    number, cell = printing(lesson)
    outputs, cell["outputs"] = cell["outputs"], []
    cell["source"] += "\n# No output: it only prepares"
    assert found(lesson) == []
    cell["outputs"] = outputs
    only(found(lesson), f"cell {number} ")


CHECK = f'check("{CHAPTER.slug}")'
PERSONAL = [
    CHECK,
    f'check("{CHAPTER.slug}", task=1)',
    f'guesses("{CHAPTER.slug}")',
    f'recall("{CHAPTER.slug}")',
]


def check_cell(lesson):
    return next(cell for cell in code_cells(lesson) if "".join(cell["source"]) == CHECK)


def test_a_second_cell_that_checks_the_chapter_is_a_fault(found, lesson):
    _, cell = printing(lesson)
    cell.update(source=CHECK, outputs=[])
    only(found(lesson), CHECK, "not 2")


def test_a_cell_about_the_learner_stores_nothing(found, lesson):
    cell = check_cell(lesson)
    assert found(lesson) == []
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "19 of 19 kept"}]
    only(found(lesson), "somebody's own work")


@pytest.mark.parametrize("source", PERSONAL)
def test_a_cell_about_the_learner_is_about_its_own_chapter(found, lesson, source):
    _, cell = printing(lesson)
    other = source.replace(CHAPTER.slug, "another")
    cell.update(source=other, outputs=[])
    assert any(f"`{other}`" in fault and "another chapter" in fault for fault in found(lesson))


@pytest.mark.parametrize("source", [f"print(1)\n{CHECK}", f"x = {CHECK}", "check(1)", "check()"])
def test_nothing_else_is_a_cell_about_the_learner(found, lesson, source):
    number, cell = printing(lesson)
    cell.update(source=source, outputs=[])
    only(found(lesson), f"cell {number} ", "shows nothing that is compared")


@pytest.mark.parametrize("seen", ["all of it", "its first line"])
def test_an_output_that_is_seen_before_its_cell_runs_is_a_fault(found, lesson, seen):
    number, cell = printing(lesson)
    if seen == "all of it":
        cell["metadata"] = {}
    else:
        del cell["outputs"][0]
    only(found(lesson), f"cell {number} ", "before it is run")


def test_no_other_cell_may_go_uncompared(found, lesson):
    number, cell = printing(lesson)
    cell["source"] = "# Not compared: it is about your own file.\n" + "".join(cell["source"])
    only(found(lesson), f"cell {number} ", "comparison")


@pytest.mark.parametrize("content", [b"{", b"", b"\xff\xfe", b"{}"])
def test_what_is_no_notebook_is_one_fault(found, content):
    assert len(found(content)) == 1


# --- What is compared ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "stored"),
    [
        ("127.0.0.1:54321 and 127.0.0.2:8000", "127.0.0.1:PORT and 127.0.0.2:PORT"),
        ("('127.0.0.1', 54321)", "('127.0.0.1', PORT)"),
        ("Endpoint(host='127.0.0.1', port=54321)", "Endpoint(host='127.0.0.1', port=PORT)"),
        ("<socket fd=73>", "<socket fd=N>"),
        ("0100007F:D431", "0100007F:HEXPORT"),
        ("192.0.2.1:54321", "192.0.2.1:54321"),
        ("127.0.0.1:80", "127.0.0.1:80"),
        ("54321 bytes", "54321 bytes"),
    ],
)
def test_only_what_may_differ_is_put_aside(shown, stored):
    assert sanitised(shown) == stored


@pytest.mark.parametrize("output", ["127.0.0.1:54321\n", "('127.0.0.1', 54321)", " \n", "—"])
def test_an_output_of_nothing_but_ports_is_not_compared(found, lesson, output):
    number, cell = printing(lesson)
    with_output, cells = compared(LESSON)
    cell["outputs"][1:] = [{"output_type": "stream", "name": "stdout", "text": [output]}]
    only(found(lesson), f"cell {number} ")
    assert with_output <= cells == len(code_cells(lesson))


# --- Which Linux --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "release", "version", "expected"),
    [
        ("linux", "6.8.0-45-generic", "6.3", True),
        ("linux", "6.10.1", "6.3", True),
        ("linux", "6.3.0", "6.3", True),
        ("linux", "5.15.167-microsoft", "6.3", False),
        ("linux", "6.2.9", "6.3", False),
        ("linux", "10.0", "6.3", True),
        ("linux", "unknown", "0.0", False),
        ("darwin", "23.6.0", "0.0", False),
        ("win32", "10", "0.0", False),
    ],
)
def test_which_linux_is_new_enough(monkeypatch, system, release, version, expected):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "release", lambda: release)
    assert is_linux(version) is expected


@pytest.mark.parametrize(
    ("source", "version"),
    [("# Needs Linux\nx", None), ("x\n# Needs Linux 6.3\n", "6.3")],
)
def test_a_cell_says_that_it_needs_linux(source, version):
    assert NEEDS_LINUX.search(source)[1] == version


@pytest.mark.parametrize("source", ["# Needs Linux, mostly", "x  # Needs Linux", "# needs linux"])
def test_anything_else_does_not_say_so(source):
    assert NEEDS_LINUX.search(source) is None


# --- nbval, from end to end ---------------------------------------------------------------------


BEFORE = "127.0.0.1:9876 ('127.0.0.1', 9876) port=9876 fd=9 0100007F:9876 is open"
NOW = "127.0.0.1:54321 ('127.0.0.1', 54321) port=54321 fd=77 0100007F:D431 is open"


def tiny(original):
    """Return a lesson with all the prose, two cells of code, and the cell that checks the chapter."""
    cells = prose(copy.deepcopy(original))
    hello = "from course.notebook import check\n\nprint('hello')"
    shown = ((hello, "hello"), (f"print({NOW!r})", BEFORE))
    for count, (source, text) in enumerate(shown, start=1):
        cells.append(
            {
                "cell_type": "code",
                "id": f"code-{count}",
                "metadata": {"jupyter": {"outputs_hidden": True}},
                "execution_count": count,
                "source": source,
                "outputs": [
                    EMPTY,
                    {"output_type": "stream", "name": "stdout", "text": f"{text}\n"},
                ],
            }
        )
    checking = check_cell(copy.deepcopy(original))
    return original | {"cells": [*cells, checking | {"execution_count": len(shown) + 1}]}


def altered(lesson):
    code_cells(lesson)[0]["outputs"][-1]["text"] = "hallo\n"


def deleted(lesson):
    code_cells(lesson)[0]["outputs"] = []


def stripped(lesson):
    for cell in code_cells(lesson):
        cell.update(outputs=[], execution_count=None)


def unchanged(lesson):
    assert lesson["cells"]


class Nbval:
    """One run of `pytest --nbval` on the tiny lesson, changed."""

    def __init__(self, folder, original, change, option="--nbval"):
        lesson = tiny(original)
        change(lesson)
        (folder / LESSON.name).write_text(json.dumps(lesson), encoding="utf-8")
        shutil.copy(LESSON.with_suffix(".toml"), folder)
        shutil.copy(ROOT / "conftest.py", folder)
        report = folder / "report.xml"
        left_out = ("PYTEST_", "CI")
        kept = {name: text for name, text in os.environ.items() if not name.startswith(left_out)}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", option, "-q", f"--junitxml={report}", "."],
            cwd=folder,
            env=kept | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        self.status = done.returncode
        self.out = done.stdout + done.stderr
        self.outcomes = outcomes(report) if report.exists() else {}

    def of_cells(self):
        """Return the outcomes without that of the lesson's rules."""
        return {name: text for name, text in self.outcomes.items() if name != "rules of a lesson"}


def outcomes(report):
    """Return what became of each item, by its name: 'passed' or the failure's text."""
    found = {}
    for case in ET.parse(report).getroot().iter("testcase"):
        failure = case.find("failure")
        found[case.get("name")] = "passed" if failure is None else failure.text
    return found


@pytest.fixture(scope="module")
def runs(tmp_path_factory, original):
    """Run nbval on each, as many at a time as there are cores."""

    def nbval(change, option="--nbval"):
        return Nbval(tmp_path_factory.mktemp(change.__name__), original, change, option)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        ways = {way: pool.submit(nbval, way) for way in (unchanged, altered, deleted, stripped)}
        yield ways | {"lax": pool.submit(nbval, unchanged, "--nbval-lax")}


def test_an_unchanged_lesson_passes_whatever_its_ports(runs):
    run = runs[unchanged].result()
    assert len(run.outcomes) == 4, run.out  # the rules, which tiny() breaks, and three cells
    assert set(run.of_cells().values()) == {"passed"}


def test_an_altered_output_fails_in_its_cell_alone(runs):
    run = runs[altered].result()
    assert run.status == 1
    (failure,) = [text for text in run.of_cells().values() if text != "passed"]
    assert "hallo" in failure
    assert "hello" in failure


def test_a_deleted_output_fails(runs):
    run = runs[deleted].result()
    assert run.status == 1
    assert "cell 1 " in run.outcomes["rules of a lesson"]


def test_a_stripped_lesson_fails_by_its_rules(runs):
    run = runs[stripped].result()
    assert run.status == 1
    assert "cell 1 " in run.outcomes["rules of a lesson"]
    assert "cell 2 " in run.outcomes["rules of a lesson"]
    assert LESSON.name in run.outcomes["rules of a lesson"]


def test_nbval_lax_is_refused(runs):
    run = runs["lax"].result()
    assert run.status == 4
    assert run.outcomes == {}
    assert "--nbval-lax" in run.out


LISTINGS = """
import sys
import traceback
import pytest
listed = []
def note(event, arguments):
    if event in ("os.listdir", "os.scandir"):
        files = [frame.filename.replace("\\\\", "/") for frame in traceback.extract_stack()]
        is_import = any("importlib" in file for file in files)
        listed.append(any("maintain/lessons" in file for file in files) and not is_import)
sys.addaudithook(note)
pytest.main(["--solutions", "-q", "-p", "no:cacheprovider", "tests/test_ch01_echo.py"])
print(sum(listed), "listings")
"""


def test_the_rules_of_lessons_list_no_folder_while_a_suite_runs():
    done = subprocess.run(
        [sys.executable, "-c", LISTINGS],
        cwd=ROOT,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.stdout.splitlines()[-1] == "0 listings", done.stdout + done.stderr
