"""`python3 -m course update`: get the newest version of the course, with your work in it.

Nothing records how far an update went. After an interruption the same command takes the same steps,
and those that were taken before change nothing.
"""

from __future__ import annotations

import argparse
import signal
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from course.commands.update.clone import Clone
from course.commands.update.joining import Versions, files, take_records
from course.model.chapters import ROOT
from course.model.copies import content_of
from course.model.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say where an older copy is, if its work is to be brought here."""
    parser.add_argument("--from", type=Path, dest="older", metavar="FOLDER", help="an older copy")


def run(options: argparse.Namespace, console: Console) -> int:
    """Update this copy, or bring an older copy's work into it; the exit status is 0."""
    for line in _bring(options.older) if options.older else _update(Clone(ROOT)):
        console.print(line, soft_wrap=True)
    return 0


def _update(clone: Clone) -> list[str]:
    """Replace this version by the newest, one file at a time. Git records it last of all."""
    remote = clone.remote()
    address = clone.git("remote", "get-url", remote)
    newest = clone.newest(remote)
    base = clone.common(newest)
    if base == newest:
        said = [f"You have the newest version of {address}"]
        fork = (
            "If that is your own fork: `git remote add upstream ADDRESS` names the course itself."
        )
        return said + [fork] * (remote == "origin")
    with TemporaryDirectory() as folder:
        old, new = Path(folder, "old"), Path(folder, "new")
        clone.export(base, old)
        clone.export(newest, new)
        said = _take(Versions(old, ROOT, new, ROOT))
        clone.record(newest, base, files(old) | files(new), Path(folder, "index"))
    return [*said, f"Updated: this is the newest version of {address}"]


def _bring(older: Path) -> list[str]:
    """Bring the work out of an older copy into this one. The older copy is only read."""
    if not ((older / "chapters").is_dir() and (older / "tests").is_dir()):
        raise UsageError(f"{older} is not a copy of the course: it needs chapters/ and tests/.")
    if older.resolve() == ROOT.resolve():
        raise UsageError("name the folder of the older copy, not this one.")
    said = _take(Versions(older, older, ROOT, ROOT))
    return [*said, "Your work from the older folder is here now. That folder is as it was."]


def _take(versions: Versions) -> list[str]:
    """Take each file over and return what there is to say. Ctrl-C waits for that second."""
    names = versions.names()
    for name in names:
        content_of(ROOT / versions.now(name))  # what cannot be read stops this before it begins
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        said = [versions.take(name) for name in names]
        if not versions.is_clone:
            take_records(versions.mine, versions.root)
    finally:
        signal.signal(signal.SIGINT, before)
    return [line for line in said if line]
