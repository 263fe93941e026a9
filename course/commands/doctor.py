"""`python3 -m course doctor`: can this computer run the course, and if not, what to do about it."""

import argparse
import errno
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil
from rich.console import Console
from rich.table import Table
from rich.text import Text

from course.model.chapters import ROOT
from course.setup import guards, venv

DEADLINE = 5.0  # s for one check
BY_HAND = 8000  # the port of a chapter that is run by hand
ENOUGH_FILES = 256  # what macOS begins with; every suite and lesson was run with it
REMOTE = ("nfs", "cifs", "smb", "afp", "webdav", "davfs", "fuse.sshfs", "9p", "drvfs", "vboxsf")
SYNCED = ("OneDrive", "Dropbox", "Google Drive", "CloudStorage", "Mobile Documents")
STYLES = {"OK": "green", "warn": "yellow", "FAIL": "bold red"}


@dataclass(frozen=True)
class Diagnosis:
    """What one check found: a verdict, the fact, and what you can do about it."""

    verdict: Literal["OK", "warn", "FAIL"]
    fact: str
    advice: str = ""


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(_options: argparse.Namespace, console: Console) -> int:
    """Print a line for every check; return 1 when one of them failed, else 0."""
    console.width = min(80, console.width)
    diagnoses = {subject: bounded(check) for subject, check in CHECKS.items()}
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=4, no_wrap=True)
    grid.add_column(width=max(map(len, diagnoses)), no_wrap=True)
    grid.add_column(overflow="fold")
    for subject, found in diagnoses.items():
        words = f"{found.fact}\n{found.advice}".strip()
        grid.add_row(Text(found.verdict, STYLES[found.verdict]), Text(subject), Text(words))
    console.print(grid)
    verdicts = [diagnosis.verdict for diagnosis in diagnoses.values()]
    if failures := verdicts.count("FAIL"):
        console.print(f"\n{failures} FAIL: do what it says there, then run this again.")
        return 1
    known = f"{verdicts.count('warn')} to know about" if "warn" in verdicts else "all is well"
    console.print(f"\nYou can start: {known}.")
    return 0


def bounded(check: Callable[[], Diagnosis], deadline: float = DEADLINE) -> Diagnosis:
    """Run a check for at most `deadline` seconds; a check that breaks is a diagnosis too."""
    found = [Diagnosis("warn", f"no answer within {deadline:g} seconds")]

    def attempt() -> None:
        try:
            found.append(check())
        except Exception as error:
            found.append(Diagnosis("warn", f"could not be checked: {error!r}"))

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(deadline)
    return found[-1]


def python() -> Diagnosis:
    """Name the interpreter, and look at the packages: set-up goes on with old ones when offline."""
    fact = f"{sys.version.split()[0]}, {sys.executable}"
    if old := venv.missing(venv.LEARNERS, sys.path):
        fact = f"{fact}; too old or too new for the course: {', '.join(old)}"
        return Diagnosis("FAIL", fact, "Run this again when you are online.")
    return Diagnosis("OK", fact)


def names() -> Diagnosis:
    """Look for files that Python imports in place of its own when it starts in their folder."""
    shadows = [
        f"{folder}/{entry}"
        for folder in ("chapters", "notebooks", "my_lessons")
        if (ROOT / folder).is_dir()
        for entry in guards.shadowing(str(ROOT / folder)).values()
    ]
    if shadows:
        fact = f"{', '.join(shadows)} can be imported in place of Python's own modules or packages"
        return Diagnosis("FAIL", fact, "Rename that.")
    return Diagnosis("OK", "no file of yours hides a module")


def git() -> Diagnosis:
    """See whether git is there, and runs, to keep your answers' history."""
    with suppress(OSError):
        answer = subprocess.run(["git", "--version"], capture_output=True, text=True, check=False)
        if answer.returncode == 0:
            return Diagnosis("OK", answer.stdout.strip())
    return Diagnosis(
        "warn", "not found", "Install git: `update` needs it, and it keeps your history."
    )


def folder() -> Diagnosis:
    """Check that your answers, and what the tool notes beside them, can be written."""
    for place in (ROOT, ROOT / "chapters", ROOT / "my_lessons", ROOT / ".course"):
        try:
            if place.exists():
                tempfile.NamedTemporaryFile(dir=place).close()
        except OSError as error:
            fact = f"{place} cannot be written: {error.strerror}"
            return Diagnosis("FAIL", fact, "Copy the course to a folder of your own.")
    return Diagnosis("OK", f"{ROOT} can be written")


def disk() -> Diagnosis:
    """See whether there is room for copies, lessons and packages."""
    free = shutil.disk_usage(ROOT).free >> 20
    fact = f"{free:,} MB free"
    if free < 20:
        return Diagnosis("FAIL", fact, "Your files cannot be saved much longer: make room first.")
    if free < 500:
        return Diagnosis("warn", fact, "Making .venv again needs 300 MB: make room first.")
    return Diagnosis("OK", fact)


def saves() -> Diagnosis:
    """See whether something between your editor and this computer's disk delays a save."""
    if synced := [name for name in SYNCED if any(part.startswith(name) for part in ROOT.parts)]:
        fact = f"the folder is synchronised by {synced[0]}, which can lock or replace a file"
        return Diagnosis("warn", fact, "Move the course to a folder that only this computer uses.")
    mounted = [
        (len(Path(disk.mountpoint).parts), disk.fstype.lower())
        for disk in psutil.disk_partitions(all=True)
        if ROOT.is_relative_to(disk.mountpoint)
    ]
    _, kind = max(mounted, default=(0, ""))
    if kind.startswith(REMOTE):
        fact = f"the folder is on another computer ({kind})"
        return Diagnosis("warn", fact, "`watch` may notice a save late: press `r` in it.")
    return Diagnosis("OK", "the folder is on this computer")


def open_files() -> Diagnosis:
    """See how many files and sockets one process may have open."""
    if sys.platform == "win32":
        return Diagnosis("OK", "Windows sets no low limit")
    import resource

    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY or limit >= ENOUGH_FILES:
        return Diagnosis("OK", "enough files and sockets in one process")
    fact = f"only {limit} files and sockets a process; the lesson threads holds 120 connections"
    may_rise = most == resource.RLIM_INFINITY or most >= 1024
    advice = "Run first: ulimit -n 1024" if may_rise else "Ask your administrator for 256."
    return Diagnosis("warn", fact, advice)


def terminal() -> Diagnosis:
    """See whether the terminal has room and characters for the pictures."""
    columns, encoding = shutil.get_terminal_size().columns, sys.stdout.encoding or "ascii"
    problems = ["Widen the window to 80 columns"] if columns < 80 else []
    if "─│→".encode(encoding, "replace").startswith(b"?"):
        problems.append("Set PYTHONIOENCODING=utf-8 to see arrows")
    fact = f"{columns} columns, {encoding}"
    return Diagnosis("warn" if problems else "OK", fact, ". ".join(problems))


def loopback() -> Diagnosis:
    """Listen on 127.0.0.1, connect, and exchange bytes, as every lesson does."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(2)
            with socket.create_connection(listener.getsockname(), timeout=2) as client:
                server, _ = listener.accept()
                with server:
                    server.sendall(b"hello")
                    arrived = client.recv(5)
    except OSError as error:
        fact = f"127.0.0.1 does not carry bytes: {error}"
        return Diagnosis("FAIL", fact, "Allow Python to use 127.0.0.1 in your firewall or sandbox.")
    return Diagnosis("OK", f"{len(arrived)} bytes arrived over 127.0.0.1")


def localhost() -> Diagnosis:
    """See whether `localhost` means the address where your server listens."""
    first = "nothing"
    with suppress(OSError):
        first = str(socket.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM)[0][4][0])
    if first == "127.0.0.1":
        return Diagnosis("OK", "means 127.0.0.1")
    fact = f"means {first} here, and your server listens on 127.0.0.1"
    return Diagnosis("warn", fact, "Write 127.0.0.1 for localhost.")


def port_8000() -> Diagnosis:
    """See whether a chapter that is run by hand can listen, and if not, which program does."""
    try:
        socket.create_server(("127.0.0.1", BY_HAND)).close()
        return Diagnosis("OK", "free")
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):  # the latter on Windows
            raise
    user = "another program"
    with suppress(psutil.Error):
        for row in psutil.net_connections("tcp"):
            if row.status == psutil.CONN_LISTEN and row.laddr[1:2] == (BY_HAND,) and row.pid:
                user = f"{psutil.Process(row.pid).name()} (process {row.pid})"
    return Diagnosis("warn", f"taken by {user}", "Run a chapter with --port 8001.")


def proxy() -> Diagnosis:
    """See whether HTTP clients would go round loopback, through a proxy."""
    values = {name.lower(): value for name, value in os.environ.items()}
    proxies = [name for name in ("http_proxy", "https_proxy", "all_proxy") if values.get(name)]
    direct = [host.strip() for host in values.get("no_proxy", "").split(",")]
    if not proxies or "*" in direct or {"127.0.0.1", "localhost"} <= set(direct):
        return Diagnosis("OK", "not used for 127.0.0.1 and localhost")
    setting = "set" if sys.platform == "win32" else "export"
    fact = f"{', '.join(proxies)} set: curl would ask the proxy for your own server"
    return Diagnosis("warn", fact, f"Run first: {setting} no_proxy=localhost,127.0.0.1,::1")


COMPUTER = (python, names, git, folder, disk, saves, open_files, terminal)
NETWORK = (loopback, localhost, port_8000, proxy)
CHECKS = {check.__name__.replace("_", " "): check for check in (*COMPUTER, *NETWORK)}
