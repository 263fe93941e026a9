"""`python3 -m course check`, `status` and `hint` from end to end, each story in its own copy."""

import io
import json
import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from rich.console import Console

from course.checks.suites import promises_of
from course.commands import status
from course.model.chapters import Chapter, chapters, find
from course.model.starters import starter
from course.tests.a_copy import FILES, FOLDERS, copy_of_the_course, course
from tests.hints import CLOSE_CONN

STEM = "ch01_echo"
PROMISES = promises_of(Chapter(STEM))
FIRST = next(iter(PROMISES))
UPPER = ("conn.sendall(piece)", "conn.sendall(piece.upper())")
ESCAPE = "\x1b"


def mine(root):
    return root / "chapters" / f"{STEM}.py"


def write(root, *change):
    """Put the solution with one change in the place of the learner's file."""
    text = (root / "solutions" / f"{STEM}.py").read_text(encoding="utf-8")
    mine(root).write_text(text.replace(*change) if change else text, encoding="utf-8")


def progress(root):
    return root / ".course" / "progress.json"


# --- Stories: what a learner does, one command after the other ----------------------------------


def pristine(root):
    return [course(root, "status"), course(root, "check", "1"), course(root, "status")]


def done(root):
    write(root)
    runs = [course(root, "check", "1"), course(root, "status")]
    mine(root).write_text(mine(root).read_text("utf-8") + "# changed\n", encoding="utf-8")
    return [*runs, course(root, "status"), course(root, "check")]


def broken(root):
    write(root, *UPPER)
    return [course(root, "check", "echo", NO_COLOR="1", COLUMNS="80"), course(root, "status")]


def in_ascii(root):
    write(root, *UPPER)
    return [
        course(root, "check", "1", PYTHONIOENCODING="ascii"),
        course(root, "status", PYTHONIOENCODING="ascii"),
    ]


def coloured(root):
    write(root, *UPPER)
    return [course(root, "check", "1", NO_COLOR="1", FORCE_COLOR="1", TERM="xterm-256color")]


def hints(root):
    return [course(root, "hint", "1") for _ in range(4)]


def hint_for_the_broken_one(root):
    write(root, *UPPER)
    return [course(root, "check", "1"), course(root, "hint", "1")]


def hint_for_a_leak(root):
    write(root, "    with conn:\n", "    if True:\n")
    return [course(root, "check", "1"), course(root, "hint", "1")]


def damaged(root):
    progress(root).parent.mkdir()
    runs = []
    for text in (b'{"echo": ', b"\xff\x00", b'{"echo": {"no such field": 1}}'):
        progress(root).write_bytes(text)
        runs.append(course(root, "status"))
    return [*runs, course(root, "check", "1")]


def forgetful(root):
    (root / ".course").write_text("a file where the folder should be")
    write(root)
    return [course(root, "check", "1"), course(root, "hint", "1"), course(root, "status")]


def unknown(root):
    return [course(root, command, "99") for command in ("check", "hint", "reset", "borrow", "lab")]


def handed_out(root):
    shutil.rmtree(root / "solutions")
    commands = ("status", "check 1", "hint 1", "reset 1", "borrow 1", "status")
    return [course(root, *command.split()) for command in commands]


def handed_out_and_written(root):
    """Let a learner who has no solutions write task 2, and delete the comments and docstrings."""
    text = (root / "solutions" / f"{STEM}.py").read_text("utf-8")
    shutil.rmtree(root / "solutions")
    text = re.sub(r'(?m)^    """(.|\n)*?"""\n|^ *# TASK.*\n', "", text).replace(*UPPER)
    mine(root).write_text(text, encoding="utf-8")
    return [course(root, "check", "1"), course(root, "check", "1", "--task", "echo")]


def several(root):
    write(root)
    return [course(root, "check", "1", "2"), course(root, "check", "--solutions", "--all")]


def syntax_error(root):
    write(root, "def ask(", "def ask((")
    return [course(root, "check", "1"), course(root, "status")]


def deleted(root):
    (root / "chapters" / "ch01_echo.py").unlink()
    return [course(root, "check", "1"), course(root, "status"), course(root, "reset", "1")]


def talkative(root):
    write(
        root,
        "total = 0",
        "total = 0\n    print(*range(500), sep='\\n')\n    print('LAST WORD'); 1 / 0",
    )
    return [course(root, "check", "1")]


def built_on_others(root):
    for file in (root / "solutions").glob("ch*.py"):
        mine = file.read_text(encoding="utf-8") + "# mine\n"
        (root / "chapters" / file.name).write_text(mine, encoding="utf-8")
    course(root, "borrow", "closing")
    file = find("connection", root).workbench
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("HTTP/1.1 100", "HTTP/1.0 100"), encoding="utf-8")
    return [course(root, "check", "threads"), course(root, "check", "connection")]


def built_on_others_again(root):
    built_on_others(root)
    again = course(root, "check", "connection")
    file = find("body", root).workbench
    text = file.read_text(encoding="utf-8")
    raises = text.replace("    expect = request", "    raise OSError('mine')\n    expect = request")
    file.write_text(raises, encoding="utf-8")
    return [again, course(root, "check", "connection")]


def asks_at_import(root):
    runs = []
    for line in ("answer = input('Your name? ')", "by_hand(serve, 'x')", "exit(3)"):
        write(root)
        mine(root).write_text(mine(root).read_text("utf-8") + f"\n\n{line}\n", encoding="utf-8")
        runs.append(course(root, "check", "1", "--json", "found.json"))
        (chapter,) = json.loads((root / "found.json").read_text("utf-8"))["chapters"]
        runs[-1].line = chapter["verdicts"][0]["line"]
    return runs


def asks_in_a_task(root):
    write(root, "total = 0", "total = int(input())")
    runs = [course(root, "check", "1", "--json", "found.json")]
    (chapter,) = json.loads((root / "found.json").read_text("utf-8"))["chapters"]
    runs[0].line = next(v["line"] for v in chapter["verdicts"] if v["kind"] == "broken")
    return runs


def closes_its_output(root):
    write(root, "total = 0", "total = 0; import sys; sys.stdout.close(); sys.stderr.close()")
    return [course(root, "check", "1")]


def one_task(root):
    borrowed = course(root, "borrow", "1", "--task", "1")
    return [borrowed, course(root, "check", "1"), course(root, "hint", "1")]


def hint_afterwards(root):
    write(root)
    return [course(root, "check", "1"), course(root, "hint", "1")]


STORIES = (
    built_on_others,
    built_on_others_again,
    asks_at_import,
    asks_in_a_task,
    closes_its_output,
    one_task,
    hint_afterwards,
    deleted,
    talkative,
    pristine,
    done,
    broken,
    in_ascii,
    coloured,
    hints,
    hint_for_the_broken_one,
    hint_for_a_leak,
    damaged,
    forgetful,
    unknown,
    handed_out,
    handed_out_and_written,
    several,
    syntax_error,
)


@pytest.fixture(scope="module")
def stories(tmp_path_factory):
    """Let every story happen in a copy of its own, as many at a time as there are cores."""

    def happen(story):
        root = tmp_path_factory.mktemp(story.__name__, numbered=False)
        copy_of_the_course(root)
        return root, story(root)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {story: pool.submit(happen, story) for story in STORIES}
        pool.shutdown(cancel_futures=True)


@pytest.fixture
def tell(stories):
    """Return the runs of a story, none of which may have ended in a traceback."""

    def told(story):
        root, runs = stories[story].result()
        for run in runs:
            assert "Traceback" not in run.stdout + run.stderr, run.stderr
        return root, runs

    return told


def statuses(runs):
    return [run.returncode for run in runs]


# --- Statuses and the board ---------------------------------------------------------------------


def test_nothing_written_is_status_8_and_is_on_the_board(tell):
    root, (_, check, board) = tell(pristine)
    assert (check.returncode, board.returncode) == (8, 0)
    assert f"0 of {len(PROMISES)}" in check.stdout
    assert "check echo" in board.stdout
    record = json.loads(progress(root).read_text("utf-8"))["echo"]
    assert set(record["kinds"].values()) == {"to do"}
    assert list(record["kinds"]) == list(PROMISES)


def test_all_kept_is_status_0_and_done_on_the_board(tell):
    _, (check, board, *_) = tell(done)
    assert (check.returncode, board.returncode) == (0, 0)
    assert f"{len(PROMISES)} of {len(PROMISES)}" in check.stdout
    assert "lab four_tuple" in check.stdout
    assert row(board, "echo").count("■") == 4
    assert "check four_tuple" in board.stdout


def row(board, slug):
    return next(line for line in board.stdout.splitlines() if f" {slug} " in line)


def test_a_file_that_has_changed_is_the_current_chapter_again(tell):
    _, (_, before, after, check) = tell(done)
    assert row(after, "echo") != row(before, "echo")
    assert "check echo" in after.stdout
    assert check.returncode == 0
    assert f"chapters/{STEM}.py" in check.stdout


def test_a_broken_promise_is_status_1_and_a_cross_on_the_board(tell):
    root, (check, board) = tell(broken)
    assert (check.returncode, board.returncode) == (1, 0)
    assert re.search(r"✗", row(board, "echo"))
    kinds = json.loads(progress(root).read_text("utf-8"))["echo"]["kinds"]
    assert kinds["test_every_byte_comes_back"] == "broken"
    assert f"{list(kinds.values()).count('kept')} of {len(kinds)}" in row(board, "echo")


def test_a_report_names_the_first_difference(tell):
    _, (check, _) = tell(broken)
    _, sentence = PROMISES["test_every_byte_comes_back"]
    words = " ".join(check.stdout.replace("│", " ").split())
    for part in (sentence, "b'a' expected", "b'A' came"):
        assert part in words
    assert "Traceback" not in check.stdout


def test_a_report_says_how_to_see_the_case_again(tell):
    _, (check, _) = tell(broken)
    assert re.search(r"│ Try it +python3 -m course replay echo 2 ", check.stdout)


def test_several_chapters_give_the_worst_status(tell):
    _, runs = tell(several)
    assert statuses(runs) == [8, 0]
    assert "ch01_echo.py" in runs[0].stdout
    assert "ch02_four_tuple.py" in runs[0].stdout
    assert "solutions/ch03_accept.py" in runs[1].stdout


def test_earlier_chapters_that_have_not_passed_are_named_once(tell):
    _, runs = tell(built_on_others)
    assert statuses(runs) == [0, 1]
    assert [run.stdout.count("not passed a check yet") for run in runs] == [0, 1]
    sentences = runs[1].stdout.split()
    used = (
        "echo",
        "four_tuple",
        "accept",
        "framing",
        "event_loop",
        "back_pressure",
        "request",
        "body",
        "response",
    )
    listed = f"{', '.join(used[:-1])} and {used[-1]}"
    words = (
        f"This chapter uses {listed}, which have not passed a check yet. The fault may be there."
    )
    assert " ".join(sentences)[-len(words) :] == words


def test_later_they_are_named_only_if_the_failure_is_in_their_code(tell):
    _, (again, inside) = tell(built_on_others_again)
    assert "not passed a check yet" not in again.stdout
    assert "This chapter uses body, which has not passed a check yet." in inside.stdout


def test_a_file_that_cannot_be_read_is_status_1_with_its_line(tell):
    root, (check, board) = tell(syntax_error)
    assert statuses([check, board]) == [1, 0]
    number = mine(root).read_text("utf-8").splitlines().index(ASK_BROKEN) + 1
    assert re.search(rf"chapters/{STEM}\.py, line {number}\b", check.stdout)
    assert "def ask((" in check.stdout


ASK_BROKEN = "def ask((address: Address, message: bytes) -> bytes:"


# --- Terminals ----------------------------------------------------------------------------------


def test_no_line_is_longer_than_80_columns_except_the_command(tell):
    for story in (pristine, done, broken, hints, handed_out, syntax_error):
        for run in tell(story)[1]:
            assert [line for line in run.stdout.splitlines() if len(line) > 80] == []


def test_a_pipe_gets_no_escapes(tell):
    for story in (pristine, done, broken):
        assert all(ESCAPE not in run.stdout for run in tell(story)[1])


def test_no_color_is_heeded_where_colour_is_forced(tell):
    _, (check,) = tell(coloured)
    codes = [
        code for found in re.findall(r"\x1b\[([\d;]*)m", check.stdout) for code in found.split(";")
    ]
    assert [code for code in codes if re.fullmatch(r"[349]\d|10\d", code)] == []


def test_the_command_to_replay_is_whole_and_runs(tell):
    root, (check, _) = tell(broken)
    command = re.search(r"python3 -m course (replay echo 2)", check.stdout)
    assert command
    replay = course(root, *command[1].split())
    assert replay.returncode == 1, replay.stderr
    assert "test_every_byte_comes_back" in replay.stdout


def test_a_terminal_that_knows_ascii_only_is_enough(tell):
    _, (check, board) = tell(in_ascii)
    assert statuses([check, board]) == [1, 0]
    assert (check.stdout + board.stdout).isascii()
    assert "b'a' expected" in check.stdout
    assert "four_tuple" in board.stdout


# --- Hints --------------------------------------------------------------------------------------


def test_hints_come_one_at_a_time_and_the_last_stays(tell):
    root, runs = tell(hints)
    assert statuses(runs) == [0, 0, 0, 0]
    promise, sentence = PROMISES[FIRST]
    for run, level in zip(runs, (1, 2, 3, 3), strict=True):
        words = " ".join(run.stdout.split())
        assert sentence in words
        shown = [" ".join(hint.split()) in words for hint in promise.hints]
        assert shown == [True] * level + [False] * (3 - level)
    assert json.loads(progress(root).read_text("utf-8"))["echo"]["hints"] == {FIRST: 3}


def test_the_hint_is_for_the_first_broken_promise(tell):
    _, (check, hint) = tell(hint_for_the_broken_one)
    promise, sentence = PROMISES["test_every_byte_comes_back"]
    words = " ".join(hint.stdout.split())
    assert (check.returncode, hint.returncode) == (1, 0)
    assert sentence in words
    assert promise.hints[0] in words


def test_the_hint_is_for_what_happened(tell):
    _, (check, hint) = tell(hint_for_a_leak)
    promise, _ = PROMISES["test_one_client_is_served"]
    words = " ".join(hint.stdout.split())
    assert "You may think" in check.stdout
    assert promise.hints[0] not in words
    assert CLOSE_CONN[0] in words


# --- What can be missing or damaged -------------------------------------------------------------


def test_a_damaged_memory_is_survived_and_written_anew(tell):
    root, runs = tell(damaged)
    assert statuses(runs) == [0, 0, 0, 8]
    assert len(json.loads(progress(root).read_text("utf-8"))["echo"]["kinds"]) == len(PROMISES)


def test_a_memory_that_cannot_be_written_is_done_without(tell):
    root, runs = tell(forgetful)
    assert statuses(runs) == [0, 0, 0]
    assert f"{len(PROMISES)} of {len(PROMISES)}" in runs[0].stdout
    assert (root / ".course").is_file()


def test_an_unknown_chapter_is_one_line(tell):
    _, runs = tell(unknown)
    assert statuses(runs) == [2] * len(runs)
    for run in runs:
        assert run.stdout == ""
        (line,) = run.stderr.splitlines()
        assert "'99'" in line
        for slug in ("echo", "four_tuple", "accept"):
            assert slug in line


def test_without_solutions_only_reset_and_borrow_cannot_do_their_work(tell):
    root, runs = tell(handed_out)
    assert statuses(runs) == [0, 8, 0, 1, 1, 0]
    for run in runs[3:5]:
        (line,) = run.stderr.splitlines()
        assert f"solutions/{STEM}.py" in line
    for run in (runs[0], runs[5]):
        assert Chapter(STEM).question in " ".join(run.stdout.split())
    assert "open_listener" in runs[1].stdout
    assert "NotImplementedError" in mine(root).read_text("utf-8")


def test_without_solutions_and_comments_tasks_still_have_the_names_of_their_functions(tell):
    _, (check, one) = tell(handed_out_and_written)
    assert "Task 1 · open_listener" in check.stdout
    for run in (check, one):
        assert run.returncode == 1
        assert "Broken promise · chapter 1, task 2: echo" in run.stdout


def test_the_tool_writes_nothing_but_its_memory(tell):
    root, _ = tell(broken)
    expected = {*FOLDERS, *FILES, "chapters", ".course"}
    assert {path.name for path in root.iterdir()} <= expected | {"__pycache__"}
    assert [path.name for path in (root / ".course").iterdir()] == ["progress.json"]


def test_a_deleted_file_is_told_and_comes_back(tell):
    root, (check, status, reset) = tell(deleted)
    assert check.returncode == 1
    assert "Traceback" not in check.stdout + check.stderr
    assert "reset echo" in check.stdout
    assert "missing" in status.stdout
    assert reset.returncode == 0
    assert (root / "chapters" / "ch01_echo.py").is_file()


def test_the_last_lines_that_the_code_printed_are_shown(tell):
    _, (check,) = tell(talkative)
    assert "LAST WORD" in check.stdout
    assert "  499\n" in check.stdout
    assert "  100\n" not in check.stdout


# --- What to do next ----------------------------------------------------------------------------


def test_what_is_kept_is_a_line_and_the_next_task_is_named(tell):
    _, (_, check, _) = tell(one_task)
    count = sum(promise.task == 1 for promise, _sentence in PROMISES.values())
    assert f"Task 1 · open_listener   ✓ {count} kept" in check.stdout
    assert check.stdout.splitlines()[-1].strip() == "Next: task 2, echo."
    assert "connect." not in check.stdout


def test_a_hint_says_when_it_is_too_early_or_too_late(tell):
    begun = tell(one_task)[1][-1].stdout
    assert "Nothing is written yet" in tell(hints)[1][0].stdout
    assert "Nothing is written yet" not in begun
    assert "no hint is due" not in begun
    assert "no hint is due" in tell(hint_afterwards)[1][-1].stdout


@pytest.mark.parametrize(("height", "has_room"), [(24, False), (60, True)])
def test_the_board_fits_a_terminal_of_24_lines(height, has_room):
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=80, height=height, color_system=None)
    assert status.run(None, console) == 0
    assert len(out.getvalue().splitlines()) < height
    words = " ".join(out.getvalue().split())
    assert ("How do bytes become a request?" in words) is has_room


@pytest.fixture(scope="module")
def long_course(tmp_path_factory):
    """Return the root of a course of twenty chapters; one is done, and one has been changed since."""
    root = tmp_path_factory.mktemp("long")
    copy_of_the_course(root)
    last = chapters(root)[-1]
    for number in range(last.number + 1, 21):
        more = Chapter(f"ch{number}_static_files", root)
        shutil.copy(last.solution, more.solution)
        shutil.copy(last.suite, more.suite)
        more.workbench.write_text(starter(more), encoding="utf-8")
    assert len(chapters(root)) == 20
    write(root)
    course(root, "check", "echo")
    for name in ("back_pressure", "framing"):
        course(root, "borrow", name)
    course(root, "check", "framing")
    with mine(root).with_name("ch05_framing.py").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    return root


def test_a_board_of_twenty_chapters_fits_into_24_lines_of_80_columns(long_course):
    done = course(long_course, "status")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) < 24
    assert max(map(len, lines)) <= 80
    shown = {
        int(n): (slug, marks) for n, slug, marks in re.findall(r"(\d+) (\w+) +(\S+)", done.stdout)
    }
    assert shown[1] == ("echo", "■■■■")
    assert [(each.slug, len(each.task_numbers)) for each in chapters(long_course)] == [
        (slug, len(marks)) for _, (slug, marks) in sorted(shown.items())
    ]
    assert re.search(r"back_pressure ····· +the reference", done.stdout)
    assert re.search(r"framing +■+ changed since", done.stdout)
    assert "framing: Where does one message end?" in done.stdout
    narrow = course(long_course, "status", COLUMNS="60").stdout
    assert re.search(r" 8 +back_pressure +(· ){5} +the reference", narrow)


def test_what_cannot_be_done_at_an_import_is_said_in_the_same_words_everywhere(tell):
    _, runs = tell(asks_at_import)
    words = ("input() does not work in a check", "by_hand() belongs below", "ends Python")
    for run, part in zip(runs, words, strict=True):
        assert run.returncode == 1
        assert part in " ".join(run.stdout.replace("│", " ").split())
        assert part in run.line
        assert "-s" not in run.line.split()  # pytest's own advice


def test_a_question_in_a_task_is_said_in_the_same_words_everywhere(tell):
    _, (run,) = tell(asks_in_a_task)
    for words in (run.stdout, run.line):
        assert "input() does not work in a check" in words


def test_an_answer_may_close_its_output(tell):
    _, (run,) = tell(closes_its_output)
    assert run.returncode == 0, run.stdout
