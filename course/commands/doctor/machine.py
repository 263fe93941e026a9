"""What the computer gives: a folder, room, news of saves, open files, a terminal."""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
from pathlib import Path

import psutil
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from course.commands.doctor.findings import Finding
from course.model.chapters import ROOT

MB = 1 << 20
ENOUGH_FILES = 256  # what macOS begins with; every suite and lesson was run with it
REMOTE = ("nfs", "cifs", "smb", "afp", "webdav", "davfs", "fuse.sshfs", "9p", "drvfs", "vboxsf")
SYNCED = ("OneDrive", "Dropbox", "Google Drive", "CloudStorage", "Mobile Documents")


def folder() -> Finding:
    """Check that your answers can be written."""
    try:
        with tempfile.NamedTemporaryFile(dir=ROOT):
            return Finding("OK", f"{ROOT} can be written")
    except OSError as error:
        return Finding(
            "FAIL",
            f"{ROOT} cannot be written: {error.strerror}",
            "Copy the course to a folder of your own.",
        )


def disk() -> Finding:
    """See whether there is room for copies, lessons and packages."""
    free = shutil.disk_usage(ROOT).free // MB
    fact = f"{free:,} MB free"
    if free < 20:
        return Finding("FAIL", fact, "Your files cannot be saved much longer: make room first.")
    if free < 500:
        return Finding("warn", fact, "Making .venv anew takes 300 MB: make room before.")
    return Finding("OK", fact)


def saves() -> Finding:
    """See whether the system tells `watch` of a save in the course's folder."""
    look = "`watch` looks for itself, a little later; `r` in it checks again."
    if synced := [name for name in SYNCED if any(part.startswith(name) for part in ROOT.parts)]:
        return Finding(
            "warn",
            f"the folder is kept in step by {synced[0]}, which can hold or swap a file at any time",
            "A folder on this computer alone is safer: move the course there.",
        )
    if (kind := file_system(ROOT)).startswith(REMOTE):
        return Finding("warn", f"the folder is on another computer ({kind})", look)
    if not event_arrives(ROOT):
        return Finding("warn", "the system does not tell of them here", look)
    return Finding("OK", "the system tells of them at once")


def file_system(folder: Path) -> str:
    """Return the kind of file system that a folder is on, as the system calls it."""
    mounted = [
        (len(Path(disk.mountpoint).parts), disk.fstype)
        for disk in psutil.disk_partitions(all=True)
        if folder.is_relative_to(disk.mountpoint)
    ]
    return max(mounted, default=(0, ""))[1].lower()


def event_arrives(folder: Path, patience: float = 2.0) -> bool:
    """Save a file in a folder of its own there, and tell if word of it comes within `patience` s."""
    heard = threading.Event()

    class Handler(FileSystemEventHandler):
        def on_any_event(self, event: FileSystemEvent) -> None:
            if str(event.src_path).endswith("saved"):
                heard.set()

    observer = Observer()
    with tempfile.TemporaryDirectory(dir=folder, prefix=".doctor-") as own:
        try:
            observer.schedule(Handler(), own)
            observer.start()
        except OSError:  # no watches left (inotify(7))
            return False
        try:
            Path(own, "saved").write_text("one")
            return heard.wait(patience)
        finally:
            observer.stop()
            observer.join()


def open_files() -> Finding:
    """See how many files and sockets one process may have open."""
    if sys.platform == "win32":
        return Finding("OK", "Windows sets no low limit")
    import resource

    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return Finding("OK", "no limit on files and sockets in one process")
    fact = f"{limit} files and sockets in one process"
    if limit >= ENOUGH_FILES:
        return Finding("OK", fact)
    if most == resource.RLIM_INFINITY or most >= 1024:
        return Finding("warn", fact, "Lesson 6 holds 120 sockets open. Run first: ulimit -n 1024")
    return Finding(
        "warn",
        f"{fact}, and you may have {most} at most",
        f"Lesson 6 needs {ENOUGH_FILES}: ask whoever looks after this computer.",
    )


def terminal() -> Finding:
    """See whether the terminal has room and characters for the pictures."""
    columns = shutil.get_terminal_size().columns
    encoding = sys.stdout.encoding or "ascii"
    problems = [f"{columns} columns (80 show every picture whole)"] if columns < 80 else []
    try:
        "─│→".encode(encoding)
    except UnicodeEncodeError:
        problems.append(f"{encoding} has no arrows (PYTHONIOENCODING=utf-8 brings them)")
    if problems:
        return Finding("warn", "; ".join(problems))
    return Finding("OK", f"{columns} columns, {encoding}")
