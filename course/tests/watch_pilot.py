"""What a learner does at the screen of `watch`, played by Textual's pilot.

These stories write into chapters/. So they run in a copy of the course only: `test_watch_screen.py`
makes one and runs this file there.
"""

import asyncio
import functools
import html
import inspect
import json
import os
import re
import shutil
import time
from contextlib import asynccontextmanager, closing

import psutil
import pytest
from textual.widgets import Static

from course.checks.suites import promises_of
from course.commands.watch import background, saves
from course.commands.watch.parts import Main
from course.commands.watch.screen import Watch
from course.model.chapters import chapters
from course.model.starters import starter
from course.running.hosts import Host
from course.running.orders import Begun, Limits
from course.tests.a_copy import ALL_KEPT, ECHO_TASKS, NONE_KEPT

if "A_COPY_OF_THE_COURSE" not in os.environ:
    pytest.skip("runs in a copy of the course only", allow_module_level=True)

ECHO, FOUR_TUPLE, ACCEPT, *_, LAST = chapters()
PATIENCE = 30  # s
LOOK = 0.04  # s between two looks at the screen
STILL = 0.4  # s in which nothing must happen
LOOP = "while piece := conn.recv(CHUNK):"
ENDLESS = f"while True: pass\n    {LOOP}"


class Learner:
    """Presses keys, saves files, and looks at the screen."""

    def __init__(self, app, pilot):
        self.app = app
        self.pilot = pilot

    async def presses(self, *keys):
        await self.pilot.press(*keys)

    def looks(self):
        """Return the words on the screen, top to bottom."""
        pieces = re.findall(r"<text[^>]*>(.*?)</text>", self.app.export_screenshot())
        return html.unescape(" ".join(pieces)).replace("\xa0", " ")

    async def sees(self, *words, within=PATIENCE):
        """Wait until all these words are on the screen."""
        end = time.monotonic() + within
        while missing := [word for word in words if word not in self.looks()]:
            assert time.monotonic() < end, f"{missing} not in:\n{self.looks()}"
            await asyncio.sleep(LOOK)

    async def sees_no(self, word, within=PATIENCE):
        """Wait until these words are gone."""
        end = time.monotonic() + within
        while word in self.looks():
            assert time.monotonic() < end, f"{word!r} is still in:\n{self.looks()}"
            await asyncio.sleep(LOOK)

    async def sees_check(self, *words):
        """Wait until a check has ended, and these words are there."""
        while self.app._check is not None:
            await asyncio.sleep(LOOK)
        await self.sees(*words)

    def saves(self, *change, chapter=ECHO):
        """Save the reference with a change as one's own file."""
        save(chapter, chapter.solution.read_text("utf-8").replace(*(change or ("", "")), 1))


def save(chapter, text):
    chapter.workbench.write_text(text, encoding="utf-8")


def record(chapter=ECHO):
    file = chapter.root / ".course" / "progress.json"
    return json.loads(file.read_text("utf-8"))[chapter.slug]


@asynccontextmanager
async def at_the_screen(chapter=ECHO, size=(80, 24), task=None):
    with closing(Host()) as host:
        app = Watch(chapter, host, background.Lessons(), task)
        async with app.run_test(size=size) as pilot:
            yield Learner(app, pilot)


def story(play):
    """Begin with pristine starters and no memory, at the screen of chapter 1."""

    needs_patches = "monkeypatch" in inspect.signature(play).parameters

    @functools.wraps(play)
    def test(monkeypatch):
        shutil.rmtree(ECHO.root / ".course", ignore_errors=True)
        for chapter in chapters():
            save(chapter, starter(chapter))

        async def happens():
            async with at_the_screen() as learner:
                await learner.sees_check("0 of")
                await play(*[learner, monkeypatch][: 1 + needs_patches])

        asyncio.run(asyncio.wait_for(happens(), 2 * PATIENCE))

    del test.__wrapped__  # pytest would ask for `learner`
    return test


# --- Saves ----------------------------------------------------------------------------------------


@story
async def test_first_screen(learner):
    await learner.sees("1 echo", ECHO.question, NONE_KEPT, "Task 1", "to do", "Hint", "Quit")


@story
async def test_a_save_is_checked(learner):
    learner.saves("conn.sendall(piece)", "conn.sendall(piece.upper())")
    await learner.sees("Broken promise", "'a' expected", "✗ 1 echo")
    assert record()["kinds"]["test_every_byte_comes_back"] == "broken"
    learner.saves()
    await learner.sees(ALL_KEPT, "■ 1 echo", "Chapter 1 is done. s shows")
    assert set(record()["kinds"].values()) == {"kept"}


@story
async def test_the_report_is_in_sight_although_it_is_below_much(learner):
    learner.saves("conn.sendall(piece)", "conn.sendall(piece.upper())")
    await learner.sees("Broken promise", "expected, b'A' came")
    assert learner.app.query_one(Main).scroll_y > 0
    await learner.presses("home")
    await learner.sees(f"✓ {ECHO_TASKS.count(1)} kept")


@story
async def test_a_save_by_rename_and_several_at_once_are_one_check(learner, monkeypatch):
    begun = []
    monkeypatch.setattr(learner.app, "action_run", lambda: begun.append(ECHO.stem))
    spare = ECHO.workbench.with_suffix(".tmp")
    spare.write_text(ECHO.solution.read_text("utf-8"), encoding="utf-8")
    spare.replace(ECHO.workbench)
    learner.saves(chapter=FOUR_TUPLE)
    ECHO.workbench.touch()
    await asyncio.sleep(STILL + saves.SELDOM)
    assert begun == [ECHO.stem]


@story
async def test_two_saves_of_one_length_in_one_second(learner):
    for _again in range(3):
        learner.saves("CHUNK = 65536", "CHUNK = CHONK")
        await learner.sees_check("CHONK", NONE_KEPT)
        learner.saves()
        await learner.sees_check(ALL_KEPT)


@story
async def test_what_was_found_about_a_file_that_has_changed_since_is_not_noted(
    learner, monkeypatch
):
    monkeypatch.setattr(learner.app, "action_run", lambda: None)
    before = record()
    learner.saves()
    check = background.Check(ECHO, learner.app._host)
    later = ("total = 0", "total = 0  # later")
    await asyncio.to_thread(check.report, lambda _begun: learner.saves(*later))
    assert record() == before  # whatever was found: the suite may read the file while it is saved


@story
async def test_another_chapters_file_is_named(learner):
    learner.saves(chapter=FOUR_TUPLE)
    await learner.sees("Saved: ch02_four_tuple.py")


@story
async def test_where_no_events_arrive_it_looks(learner, monkeypatch):
    async def deaf(_event, seconds):
        await asyncio.sleep(min(seconds, 0.1))
        return False

    monkeypatch.setattr(saves, "_happens", deaf)
    learner.saves()
    await learner.sees(ALL_KEPT)
    learner.saves("conn.sendall(piece)", "conn.sendall(b'')")
    await learner.sees("Broken promise")
    learner.saves()
    await learner.sees(ALL_KEPT)


# --- Keys -----------------------------------------------------------------------------------------


@story
async def test_h_shows_one_hint_more(learner):
    (promise, _sentence), *_ = promises_of(ECHO).values()
    beginnings = [hint[:25] for hint in promise.hints]
    for level in (1, 2, 3):
        await learner.presses("h")
        await learner.sees(f"Hint {level}", beginnings[level - 1])
        await learner.sees("The key h shows the next hint" if level < 3 else "That was the last")
        assert record()["hints"] == {"test_clients_can_connect_at_once": level}
    await learner.presses("escape")
    await learner.sees_no(beginnings[0])


@story
async def test_a_hint_goes_when_its_promise_is_kept(learner):
    await learner.presses("h")
    await learner.sees("Hint 1")
    learner.saves()
    await learner.sees(ALL_KEPT)
    await learner.sees_no("Hint 1")


@story
async def test_n_goes_on_to_the_last_chapter(learner):
    await learner.presses("n")
    await learner.sees("2 four_tuple", FOUR_TUPLE.question)
    await learner.sees_check("0 of")
    await learner.sees("Chapter 1 is not done yet: l goes back to it.")
    learner.app.action_show(LAST.stem)
    await learner.sees(LAST.question)
    await learner.presses("n")
    await learner.sees("This is the last chapter")


@story
async def test_t_checks_the_first_task_that_is_not_done_then_the_next_then_all(learner):
    first, second, *_ = ECHO.tasks
    await learner.presses("t")
    of_the_first = f"0 of {ECHO_TASKS.count(1)}"
    await learner.sees_check(of_the_first, f"Task 1 · {first.name}", "Only task 1 is checked")
    await learner.sees_no("Task 2")
    assert len(record()["kinds"]) == len(ECHO_TASKS), (
        "what is known of the other tasks was forgotten"
    )
    learner.saves("    total = 0", '    raise NotImplementedError("ch01 task 2: echo")')
    await learner.sees_check(
        f"✓ Task 1 · {first.name}: all {ECHO_TASKS.count(1)} promises kept", "The key t goes on"
    )
    await learner.presses("t")
    await learner.sees_check(f"0 of {ECHO_TASKS.count(2)}", f"Task 2 · {second.name}")
    await learner.presses("t")
    await learner.sees_check(f"{ECHO_TASKS.count(1) + ECHO_TASKS.count(4)} of {len(ECHO_TASKS)}")


@story
async def test_another_chapter_begins_with_all_its_tasks(learner):
    await learner.presses("t")
    await learner.sees_check(f"0 of {ECHO_TASKS.count(1)}")
    await learner.presses("n")
    await learner.sees_check(f"0 of {len(FOUR_TUPLE.promised)}")


@story
async def test_a_chapter_that_is_done_says_what_now_and_n_passes_over_what_is_done(learner):
    learner.saves(chapter=FOUR_TUPLE)
    learner.saves("total = 0", "total = 0  # mine")
    await learner.sees_check(
        "s shows the reference",
        "Run it",
        "--port 8000",
        "course solution echo",
        "course lab accept",
    )
    await learner.presses("n")
    await learner.sees("3 accept", ACCEPT.question)


@story
async def test_l_and_p_choose_a_chapter(learner):
    for key in ("l", "p"):
        await learner.presses(key)
        await learner.sees("Which chapter?", "not begun")
        await learner.presses("escape")
        await learner.sees_no("Which chapter?")
    await learner.presses("l", "down", "enter")
    await learner.sees(FOUR_TUPLE.question)


@story
async def test_a_checks_every_chapter(learner, monkeypatch):
    monkeypatch.setattr(learner.app, "_course", (ECHO, FOUR_TUPLE, LAST))
    learner.saves(chapter=FOUR_TUPLE)
    await learner.sees("Saved: ch02_four_tuple.py")
    await learner.sees_check()
    await learner.presses("a")
    await learner.sees("All chapters checked: 1 of 3 are done")
    assert record(FOUR_TUPLE)["kinds"]
    assert record(LAST)["kinds"]
    await learner.presses("r")
    await learner.sees(NONE_KEPT)


@story
async def test_o_opens_the_lesson(learner, monkeypatch):
    commands = []
    monkeypatch.setattr("webbrowser.get", lambda: "a browser")
    monkeypatch.setattr(
        background.Lessons, "start", lambda _self, command: commands.append(command)
    )
    monkeypatch.setattr(background, "provide", lambda _chapter: None)  # the copy has no lessons
    await learner.presses("o")
    await learner.sees("Lesson 1 opens in your browser")
    assert commands[0][-3:] == ["course", "lab", "echo"]


@story
async def test_o_without_a_browser_says_what_to_do(learner, monkeypatch):
    monkeypatch.setattr("webbrowser._browsers", {})
    monkeypatch.setattr("webbrowser._tryorder", [])
    await learner.presses("o")
    await learner.sees("There is no browser here", "--no-browser")


@story
async def test_r_checks_again(learner):
    (ECHO.root / ".course" / "progress.json").unlink()
    await learner.presses("r")
    await learner.sees_check(NONE_KEPT)
    assert record()["kinds"]


@story
async def test_e_asks_and_resets(learner):
    learner.saves()
    await learner.sees(ALL_KEPT)
    await learner.presses("e")
    await learner.sees("Put the starter of chapter 1 back?", "n  No", "y  Yes")
    await learner.presses("n")
    await learner.sees_no("Put the starter")
    assert ECHO.workbench.read_text("utf-8") == ECHO.solution.read_text("utf-8")
    await learner.presses("e", "y")
    await learner.sees("now holds the starter", NONE_KEPT)
    assert ECHO.workbench.read_text("utf-8") == starter(ECHO)
    (copy,) = (ECHO.root / ".course" / "copies").iterdir()
    assert copy.read_text("utf-8") == ECHO.solution.read_text("utf-8")


@story
async def test_s_shows_the_solution_of_what_is_done(learner):
    await learner.presses("s")
    await learner.sees("--spoil")
    learner.saves("total = 0", "total = 0  # mine")
    await learner.sees(ALL_KEPT)
    await learner.presses("s")
    await learner.sees("# mine")
    await learner.presses("escape")
    await learner.sees(ALL_KEPT, "Run it")


@story
async def test_q_leaves(learner):
    await learner.presses("q")
    await learner.pilot.pause()
    assert not learner.app.is_running


@story
async def test_news_that_comes_while_the_screen_closes_is_dropped(learner, monkeypatch):
    check = learner.app._check = background.Check(ECHO, learner.app._host)
    await learner.app.query_one("#state").remove()
    monkeypatch.setattr(learner.app, "_running", False)
    learner.app._show_begun(check, Begun(1, len(ECHO_TASKS), "A promise."))


@story
async def test_the_mouse_works(learner):
    board = str(learner.app.query_one("#board", Static).visual)
    await learner.pilot.click("#board", offset=(board.index("2"), 0))
    await learner.sees(FOUR_TUPLE.question)
    await learner.presses("l")
    await learner.sees("Which chapter?")
    await learner.pilot.click("OptionList", offset=(5, 0))
    await learner.sees_check(ECHO.question, "h  Hint")
    await learner.pilot.click("FooterKey")
    await learner.sees("Hint 1")


@story
async def test_any_size_will_do(learner):
    learner.saves("conn.sendall(piece)", "conn.sendall(piece.upper())")
    for size in ((40, 10), (10, 4), (200, 60)):
        await learner.pilot.resize_terminal(*size)
        await learner.presses("h")
        while learner.app._command.locked():
            await asyncio.sleep(LOOK)
        await learner.presses("escape")
    await learner.pilot.resize_terminal(60, 20)
    await learner.sees("h  H", "s  S", "q  Q", within=5)
    await learner.pilot.resize_terminal(80, 24)
    await learner.sees("Broken promise", "'a' expected", "s  Solution", within=5)


# --- What a learner's file may do -----------------------------------------------------------------


@story
async def test_a_syntax_error_is_shown_with_its_line(learner):
    learner.saves("def ask(", "def ask((")
    await learner.sees("cannot be read", "def ask((")
    learner.saves()
    await learner.sees(ALL_KEPT)


@story
async def test_an_endless_loop_is_named(learner):
    learner.saves(LOOP, ENDLESS)
    await learner.sees_check("The loop here was still running")


@story
async def test_a_save_ends_the_check_before(learner):
    learner.saves(LOOP, ENDLESS)
    await learner.sees(f"promise {ECHO_TASKS.index(2) + 1} of {len(ECHO_TASKS)}")
    _host, suite = processes()
    began = time.monotonic()
    learner.saves()
    await learner.sees_check(ALL_KEPT)
    assert time.monotonic() - began < 10, "an endless check takes longer"
    psutil.wait_procs([suite], PATIENCE)
    assert not suite.is_running()


def processes():
    """Return the host and the suite that it runs."""
    return psutil.Process().children(recursive=True)


@story
async def test_ctrl_c_stops_a_check_then_leaves(learner):
    learner.saves(LOOP, ENDLESS)
    await learner.sees(f"promise {ECHO_TASKS.index(2) + 1} of {len(ECHO_TASKS)}")
    await learner.presses("ctrl+c")
    await learner.sees("Stopped. The key r checks again")
    assert learner.app.is_running
    await learner.presses("ctrl+c")
    await learner.pilot.pause()
    assert not learner.app.is_running


@story
async def test_a_call_that_never_ends_and_keeps_python_to_itself(learner, monkeypatch):
    hurried = functools.partial(background.Order, limits=Limits(silence=1.5))
    monkeypatch.setattr(background, "Order", hurried)
    learner.saves(LOOP, "sum(range(10**14))\n    " + LOOP)
    await learner.sees("gave no sign of life", "It stopped at this promise: echo() sends back")
    learner.saves()
    await learner.sees(ALL_KEPT)


@story
async def test_an_answer_that_ends_the_process(learner):
    learner.saves(LOOP, "__import__('posix')._exit(3)\n    " + LOOP)
    await learner.sees("ended the whole process, with status 3", "sends back every byte")
    learner.saves(LOOP, "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)\n    " + LOOP)
    await learner.sees("(SIGSEGV)")
    learner.saves()
    await learner.sees(ALL_KEPT)


@story
async def test_an_answer_that_asks_for_too_much_memory(learner):
    size = psutil.virtual_memory().total // 4 * 3
    learner.saves(LOOP, f"bytearray({size})\n    {LOOP}")
    await learner.sees("MemoryError")


@story
async def test_an_answer_that_prints_very_much(learner):
    learner.saves(LOOP, f"print('much ' * 10**6, end='the end')\n    {LOOP}")
    await learner.sees_check(ALL_KEPT)


@story
async def test_an_answer_that_leaves_processes_and_threads(learner):
    accept = "conn, _peer = listener.accept()"
    mine = f"""import subprocess, sys, threading, time
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)", "left"])
    threading.Thread(target=time.sleep, args=(1000,)).start()
    {accept}"""
    learner.saves(accept, mine)
    await learner.sees_check("was left running")
    end = time.monotonic() + PATIENCE
    while [p for p in psutil.process_iter(["cmdline"]) if "left" in (p.info["cmdline"] or [])]:
        assert time.monotonic() < end
        await asyncio.sleep(STILL)


@story
async def test_a_deleted_file_is_reported_and_comes_back(learner):
    ECHO.workbench.unlink()
    await learner.sees("the file is missing", "reset echo")
    learner.saves()
    await learner.sees(ALL_KEPT)


@story
async def test_a_folder_that_is_missing_is_one_line(learner):
    away = ECHO.root / "away"
    ECHO.workbench.parent.rename(away)
    try:
        await learner.sees("the folder chapters is missing", "reset echo")
    finally:
        away.rename(ECHO.workbench.parent)
    await learner.sees(NONE_KEPT)


@story
async def test_a_suite_that_was_edited_is_one_line(learner):
    kept = ECHO.suite.read_text("utf-8")
    try:
        ECHO.suite.write_text(kept.replace("import socket", "import sockets"), encoding="utf-8")
        await learner.presses("r")
        await learner.sees("tests/test_ch01_echo.py cannot be run", "python3 -m course doctor")
    finally:
        ECHO.suite.write_text(kept, encoding="utf-8")


@story
async def test_a_memory_that_cannot_be_written_is_done_without(learner):
    shutil.rmtree(ECHO.root / ".course")
    (ECHO.root / ".course").write_text("a file in the folder's place")
    learner.saves()
    await learner.sees(ALL_KEPT)
    await learner.presses("e", "y")
    await learner.sees("file was not changed")
    assert ECHO.workbench.read_text("utf-8") == ECHO.solution.read_text("utf-8")
    (ECHO.root / ".course").unlink()
