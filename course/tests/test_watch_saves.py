"""What counts as a save, and what happens where the system sends no events."""

import asyncio
import os
import threading
import time
from contextlib import suppress
from unittest import mock

import pytest

from course.commands.watch import saves

LOOK = saves.look
PATIENCE = 10  # s
STILL = 0.4  # s in which nothing more must come


@pytest.fixture
def folder(tmp_path):
    for name in ("a.py", "b.py", "notes.txt"):
        (tmp_path / name).write_text("1")
    return tmp_path


def noticed(folder, *steps, is_save=True):
    """Take steps, each when the one before has been noticed; return what was.

    A step that is not a save is given time to be noticed nevertheless.
    """
    found = []
    first_look = threading.Event()

    def look(place):
        seen = LOOK(place)
        first_look.set()
        return seen

    async def watch():
        async for names in saves.saves(folder):
            found.append(names)  # noqa: PERF401  (each is looked at as it comes)

    async def happens():
        watching = asyncio.create_task(watch())
        await asyncio.to_thread(first_look.wait, PATIENCE)
        for number, step in enumerate(steps, start=1):
            step()
            end = time.monotonic() + PATIENCE
            while is_save and len(found) < number and time.monotonic() < end:
                await asyncio.sleep(0.01)
        await asyncio.sleep(STILL)
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching

    with mock.patch.object(saves, "look", look):
        asyncio.run(happens())
    return found


def test_a_save_is_noticed_once(folder):
    assert noticed(folder, lambda: (folder / "a.py").write_text("22")) == [["a.py"]]


def test_a_save_by_rename_is_one_save(folder):
    def save():
        (folder / "a.py").rename(folder / "a.py~")
        (folder / "a.py").write_text("22")
        (folder / "a.py~").unlink()

    assert noticed(folder, save) == [["a.py"]]


def test_several_at_once_are_one(folder):
    def save():
        for _ in range(3):
            (folder / "a.py").write_text("22")
            (folder / "b.py").write_text("22")

    assert noticed(folder, save) == [["a.py", "b.py"]]


def test_making_deleting_and_touching_count(folder):
    steps = (
        lambda: (folder / "c.py").write_text("1"),
        lambda: (folder / "a.py").unlink(),
        lambda: os.utime(folder / "b.py", (0, 0)),
    )
    assert noticed(folder, *steps) == [["c.py"], ["a.py"], ["b.py"]]


def test_only_python_files_count(folder):
    def write():
        (folder / "notes.txt").write_text("22")
        (folder / "__pycache__").mkdir()
        (folder / "a.py").read_text()

    assert noticed(folder, write, is_save=False) == []


def test_where_no_events_arrive_it_looks_more_often(folder, monkeypatch):
    monkeypatch.setattr(saves._Handler, "on_any_event", lambda *_: None)
    steps = [lambda text=str(i): (folder / "a.py").write_text(text * 5) for i in range(3)]
    began = time.monotonic()
    assert noticed(folder, *steps) == [["a.py"]] * 3
    assert time.monotonic() - began < 3 * saves.SELDOM + STILL


def test_where_nothing_can_be_observed_it_looks(folder, monkeypatch):
    def refused(_self):
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(saves.Observer, "start", refused)
    assert noticed(folder, lambda: (folder / "a.py").write_text("22")) == [["a.py"]]


def test_a_folder_that_is_away_for_a_while_is_found_again(folder):
    chapters, away = folder / "chapters", folder / "away"
    chapters.mkdir()
    (chapters / "a.py").write_text("1")
    found = noticed(
        chapters,
        lambda: chapters.rename(away),
        lambda: away.rename(chapters),
        lambda: (chapters / "a.py").write_text("22"),
    )
    assert found == [["a.py"]] * 3
