"""In a notebook: the check's report and the board, in both forms, and what cannot harm a kernel."""

import html
import json
import re
import shutil
import socket
import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from urllib.parse import unquote

import psutil
import pytest
from jupyter_client.manager import start_new_kernel

from course import notebook
from course.model.chapters import ROOT, chapters, find
from course.setup import venv
from course.tests.a_copy import ECHO_TASKS, PATIENCE, copy_of_the_course, course, environment

SHOW = """\
import json
from course.notebook import board, check
wanted = {wanted}
print(json.dumps([eval(each)._repr_mimebundle_() for each in wanted]))
"""
ENDLESS = "import re; re.match('(a+)+$', 'a' * 50 + 'b')  # holds Python's lock, for years\n"
CHILD = """\
import os, subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
os.abort()
"""
SENDS = "conn.sendall(piece)"
MARKS = re.compile(r'<span class="marks".*?</summary>', re.DOTALL)
TAGS = {"div", "p", "span", "details", "summary", "table", "tr", "td", "style"}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Make a copy: echo is broken and prints tags, four_tuple whole, routing cannot be read."""
    root = tmp_path_factory.mktemp("a course")
    copy_of_the_course(root)
    shutil.copytree(ROOT / "course" / "pictures", root / "course" / "pictures")
    (root / "notebooks").mkdir()
    echo = find("echo", root)
    text = echo.solution.read_text(encoding="utf-8")
    shouts = "print('<script>alert(1)</script> & <b>'); piece = piece.upper()"
    changed = text.replace(SENDS, f"if b'YZ[' in piece: {shouts}\n        {SENDS}")
    echo.workbench.write_text(changed, encoding="utf-8")
    whole = find("four_tuple", root)
    shutil.copy(whole.solution, whole.workbench)
    find("routing", root).workbench.write_text("def (\n", encoding="utf-8")
    return root


def shown(root, *wanted, before=""):
    """Evaluate these in a Python of their own, as a notebook does; return the forms of each."""
    done = subprocess.run(
        [sys.executable, "-c", before + SHOW.format(wanted=wanted)],
        cwd=root / "notebooks",
        env=environment(PYTHONPATH=str(root)),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
    )
    assert done.stderr == ""
    return json.loads(done.stdout)


ECHO, FRAMING = f"check({find('echo').number})", f"check({find('framing').number})"
CHECKS = (ECHO, "check('four_tuple')", "check('accept')", "check('routing')")
TASKS = [f"check('echo', task={number})" for number in (1, 2)]
STRANGE = ("check('no such')", "check(-1)", "check([])", "check('')")
NO_SUCH_TASK = ("check('echo', task=99)", "check('echo', task=True)", "check('echo', task='')")


@pytest.fixture(scope="module")
def found(root):
    everything = (*CHECKS, *TASKS, *STRANGE, *NO_SUCH_TASK, "check()", "board()")
    return dict(zip(everything, shown(root, *everything), strict=True))


def letters(text):
    """Return what a text says, without lines, spaces, frames and times."""
    return re.sub(r"[\s─│╭╮╰╯]|\d+\.\d s\b", "", text)


def said(page):
    """Return the text of a page of HTML, without what is drawn twice."""
    body = page.partition("</style>")[2]
    return html.unescape(re.sub("<[^>]*>", "", MARKS.sub("", body)))


def test_the_text_is_what_the_command_prints(root, found):
    printed = course(root, "check", "echo", "four_tuple", "accept", "routing").stdout
    assert letters("".join(found[wanted]["text/plain"] for wanted in CHECKS)) == letters(printed)


@pytest.mark.parametrize("wanted", [*CHECKS, *TASKS, *STRANGE, *NO_SUCH_TASK])
def test_both_forms_say_the_same(found, wanted):
    forms = found[wanted]
    assert letters(said(forms["text/html"])) == letters(forms["text/plain"])


@pytest.mark.parametrize("wanted", STRANGE)
def test_bad_input_is_one_line(found, wanted):
    assert "does not exist. The chapters are" in found[wanted]["text/plain"]
    assert "\n" not in found[wanted]["text/plain"]


@pytest.mark.parametrize("wanted", NO_SUCH_TASK)
def test_an_unknown_task_is_one_line(found, wanted):
    assert "Its tasks are: 1 open_listener" in found[wanted]["text/plain"]
    assert "\n" not in found[wanted]["text/plain"]


def test_a_task_that_is_done_is_its_green_line_and_sends_on_with_the_lesson(found):
    text = found[TASKS[0]]["text/plain"]
    tick, *_, onward = text.splitlines()
    assert re.match(r" ✓ Task 1 · open_listener: all \d+ promises kept$", tick)
    assert onward == " Go on with the lesson."
    assert "Chapter" not in text
    assert "Task 2" not in text


def test_a_task_that_is_done_is_folded_and_a_broken_one_shows_its_promise(found):
    done, broken = (found[task]["text/html"] for task in TASKS)
    assert "<details>" in done
    assert "panel" not in done.partition("</style>")[2]
    assert "<details open>" in broken
    assert "Broken promise" in broken


def test_without_a_number_it_is_the_current_chapter(found):
    assert letters(found["check()"]["text/plain"]) == letters(found[ECHO]["text/plain"])


@pytest.mark.parametrize("wanted", [*CHECKS, *TASKS])
def test_a_page_is_well_formed_and_nothing_of_the_learners_is_markup(found, wanted):
    opened = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            assert tag in TAGS
            assert {name for name, _ in attributes} <= {"class", "open", "aria-hidden"}
            opened.append(tag)

        def handle_endtag(self, tag):
            assert opened.pop() == tag

    Reader().feed(found[wanted]["text/html"])
    assert opened == []


def test_what_the_code_printed_is_shown_as_it_is(found):
    assert "<script>alert(1)</script> & <b>" in said(found[ECHO]["text/html"])


def test_tasks_are_folded_when_the_chapter_is_whole(found):
    def folded(wanted):
        return [not tag for tag in re.findall("<details( open)?>", found[wanted]["text/html"])]

    assert folded(ECHO) == [False]  # the others are a line each
    assert folded("check('four_tuple')") == [True] * 5
    assert folded("check('accept')") == []  # nothing to unfold


def test_the_caret_stands_below_the_first_byte_that_differs(found):
    rows = re.findall(r"<tr>(.*?)</tr>", found[ECHO]["text/html"], re.DOTALL)
    cells = [html.unescape(re.sub("<[^>]*>", "", row.rpartition("<td")[2])) for row in rows]
    cells = [cell.partition(">")[2] for cell in cells]
    place = next(i for i, cell in enumerate(cells) if cell.strip().startswith("^ byte"))
    expected, got, caret = cells[place - 2 : place + 1]
    column = caret.index("^")
    assert expected[:column] == got[:column]
    assert (expected[column], got[column]) == ("a", "A")


@pytest.mark.usefixtures("found")
def test_a_check_is_noted_for_the_board(root):
    record = json.loads((root / ".course" / "progress.json").read_text(encoding="utf-8"))
    assert record.keys() == {"echo", "four_tuple", "accept", "routing"}


def test_the_board_says_the_same_in_both_forms(found):
    text, page = found["board()"]["text/plain"], found["board()"]["text/html"]
    source = re.search(r'src="data:image/svg\+xml;utf8,([^"]*)"', page)[1]
    picture = ET.fromstring(unquote(html.unescape(source)))
    name = "{http://www.w3.org/2000/svg}"
    drawn = [element.text for element in picture.iter(f"{name}text")]
    assert f"1 of {len(chapters())} chapters done" in picture.find(f"{name}desc").text
    for words in ("four_tuple", "done", "not begun", "■", "✗"):
        assert words in drawn
        assert words in text
    assert any(re.fullmatch(rf"\d+ of {len(ECHO_TASKS)} kept", words) for words in drawn)
    following = "Fix task 2 of echo: python3 -m course check echo"
    assert drawn[-1] == f"Next: {following}"
    assert text.splitlines()[-1] == following
    assert float(picture.get("width")) <= 760


def test_where_packages_are_missing_it_says_so(monkeypatch, capsys):
    monkeypatch.setattr(venv, "missing", lambda *_: ["pytest"])
    notebook.check(1)
    said = capsys.readouterr().out
    assert "pytest" in said
    assert "python3 -m course lab" in said


def test_where_the_suites_are_missing_the_board_says_so(root):
    (root / "tests").rename(root / "elsewhere")
    try:
        (forms,) = shown(root, "board()")
    finally:
        (root / "elsewhere").rename(root / "tests")
    assert "git checkout tests" in forms["text/plain"]


@pytest.fixture
def at_its_import(root):
    """Have the file of framing do something when it is imported."""
    file = find("framing", root).workbench
    starter = file.read_text(encoding="utf-8")
    yield lambda line: file.write_text(f"{starter}\n\n{line}", encoding="utf-8")
    file.write_text(starter, encoding="utf-8")


def test_python_that_hangs_is_ended_and_its_promise_named(root, at_its_import):
    at_its_import(ENDLESS)
    impatient = "from course.running import hosts; hosts.LOOK = 0.5\n"
    (forms,) = shown(root, FRAMING, before=impatient)
    assert (
        f"Chapter {find('framing').number} could not be checked completely" in forms["text/plain"]
    )
    assert "It stopped at this promise" in forms["text/plain"]
    assert left_in(root) == []


def test_a_process_that_dies_is_reported_and_its_children_end(root, at_its_import):
    at_its_import(CHILD)
    (forms,) = shown(root, FRAMING)
    assert (
        f"Chapter {find('framing').number} could not be checked completely" in forms["text/plain"]
    )
    if sys.platform != "win32":  # there they are nobody's any more
        assert left_in(root) == []


def left_in(root):
    """Return what still runs in the copy, also what has lost its parent."""
    there = [p for p in psutil.process_iter(["cwd"]) if p.info["cwd"] == str(root)]
    return psutil.wait_procs(there, timeout=1)[1]


@pytest.fixture
def kernel(root):
    manager, client = start_new_kernel(
        cwd=root / "notebooks", env=environment(PYTHONPATH=str(root))
    )
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_interrupting_the_cell_ends_the_process_and_not_the_kernel(root, at_its_import, kernel):
    manager, client = kernel
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        address = listener.getsockname()
        at_its_import(f"import socket; socket.create_connection({address})\n{ENDLESS}")
        asked = client.execute("from course.notebook import check\n" + FRAMING)
        listener.accept()[0].close()  # now it is in there
    manager.interrupt_kernel()
    assert result(client, asked) == "Stopped. The check did not finish."
    assert left_in(root) == []
    assert result(client, client.execute("check('x')")).startswith(
        "course: chapter 'x' does not exist"
    )


def result(client, asked):
    """Return the text of what a cell returns."""
    while True:
        message = client.get_iopub_msg(timeout=PATIENCE)
        if message["parent_header"].get("msg_id") == asked:
            assert message["msg_type"] != "error", message["content"]
            if message["msg_type"] == "execute_result":
                return message["content"]["data"]["text/plain"]
