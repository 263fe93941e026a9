"""Notices saves: by the system's file events, and by looking, where these do not arrive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

QUIET = 0.025  # s without an event after which a save is over: an editor may take several steps
LATE = 0.3  # s by which an event may come after what it is about
MAX_STEPS = 10
SELDOM, OFTEN = 1.0, 0.25  # s between two looks, where events arrive and where they do not


async def saves(folder: Path) -> AsyncIterator[list[str]]:
    """Yield the names of a folder's Python files that were saved, made or deleted.

    Where the system sends no events, as in some network folders, it looks every OFTEN seconds.
    """
    event = asyncio.Event()
    observer = _observe(folder, event)
    pause = SELDOM if observer else OFTEN
    seen = await asyncio.to_thread(look, folder)
    try:
        while True:
            notified = await _happens(event, pause)
            for _ in range(MAX_STEPS if notified else 0):
                if not await _happens(event, QUIET):
                    break
            now = await asyncio.to_thread(look, folder)
            if now == seen:
                continue
            if pause == SELDOM and not notified:
                if await _happens(event, LATE):
                    event.set()
                    continue
                pause = OFTEN
            changed = {name for name, _ in now.items() ^ seen.items()}
            seen = now
            yield sorted(changed)
    finally:
        if observer:
            observer.stop()
            observer.join(SELDOM)


def look(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Return what tells one state of each Python file in a folder from the next."""
    found = {}
    for file in folder.glob("*.py"):
        with suppress(OSError):  # it is being replaced
            state = file.stat()
            found[file.name] = (state.st_mtime_ns, state.st_size, state.st_ino)
    return found


def _observe(folder: Path, event: asyncio.Event) -> BaseObserver | None:
    """Set `event` whenever something is written in a folder; return None where this cannot be."""
    observer = Observer()
    observer.schedule(_Handler(asyncio.get_running_loop(), event), str(folder))
    try:
        observer.start()
    except OSError:  # no such folder, or no watches left (inotify(7))
        return None
    return observer


class _Handler(FileSystemEventHandler):
    """Passes events on from the observer's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
        self._loop = loop
        self._event = event

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Wake the task that waits, unless a file was only read."""
        if event.event_type not in {"opened", "closed_no_write"}:
            with suppress(RuntimeError):  # the screen is closing
                self._loop.call_soon_threadsafe(self._event.set)


async def _happens(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event, at most so many seconds, and tell whether there was one."""
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    happened = event.is_set()
    event.clear()
    return happened
