"""What a clone held at a certain time: its last commit then, read without trusting the clone.

Its configuration can name programs that git would run. So git works in an empty repository of its
own, and is only shown where the clone keeps its objects.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path, PurePosixPath

from course.commands.grade.intake import Item, Rejected, members
from course.model.errors import UsageError

OBJECT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
MAX_LINKS = 5  # from HEAD to a commit
TIMEOUT = 60  # s


@dataclass(frozen=True)
class Span:
    """A time in which a commit has to lie, in seconds since 1970; None means no limit."""

    since: int | None = None
    until: int | None = None

    def __bool__(self) -> bool:
        """Tell whether there is a limit."""
        return self.since is not None or self.until is not None


def span(since: str | None, until: str | None) -> Span:
    """Read `2026-11-30`, or `2026-11-30T18:00`, also with a zone. A day counts in full.

    Raises UsageError.
    """
    found = Span(_moment("--since", since, time.min), _moment("--until", until, time.max))
    if found.since is not None and found.until is not None and found.since > found.until:
        raise UsageError("--since is later than --until.")
    return found


def _moment(option: str, text: str | None, of_the_day: time) -> int | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if "T" not in text and ":" not in text:
            moment = datetime.combine(moment, of_the_day)
        return int(moment.timestamp())
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"{option}: write {text!r} as 2026-11-30 or 2026-11-30T18:00.") from None


def clone_in(folder: Path) -> Path:
    """Return the folder that holds git's data, of a folder or of one in it. Raises Rejected."""
    places = [folder, *sorted(folder.iterdir())] if folder.is_dir() else []
    found = [place / ".git" for place in places if not place.is_symlink() or place == folder]
    clones = [path for path in found if path.is_dir() and not path.is_symlink()]
    if not clones:
        raise Rejected("it is no clone, so nobody knows what it held at that time")
    return clones[0]


def at_the_time(clone: Path, when: Span) -> tuple[str, Iterator[Item]]:
    """Return the last commit of a clone in a span (or ""), and its files. Raises Rejected.

    Only the first parents count: what was merged from elsewhere was never a state of this clone.
    """
    head = _head(clone)
    with tempfile.TemporaryDirectory(prefix="course-git-") as empty:
        _git(empty, clone, "init", "--quiet", "--bare", empty)
        limits = [f"--max-age={when.since}"] if when.since is not None else []
        limits += [f"--min-age={when.until}"] if when.until is not None else []
        chosen = _git(empty, clone, "rev-list", "--first-parent", "-n1", *limits, head, "--")
        commit = chosen.decode().strip()
        if not commit:
            return "", iter(())
        content = _git(empty, clone, "archive", "--format=zip", commit)
    return commit[:10], members(content, PurePosixPath())


def _head(clone: Path) -> str:
    """Return the commit that is checked out."""
    text = _text(clone, "HEAD")
    for _ in range(MAX_LINKS):
        if OBJECT.fullmatch(text):
            return text
        name = text.removeprefix("ref: ")
        if not name.startswith("refs/") or ".." in name:
            break
        packed = re.findall(rf"^(\w+) {re.escape(name)}$", _text(clone, "packed-refs"), re.M)
        text = _text(clone, name) or next(iter(packed), "")
    raise Rejected("the clone has no commit")


def _text(clone: Path, name: str) -> str:
    try:
        file = _inside(clone, name)
        return file.read_text("ascii").strip() if file.is_file() else ""
    except (OSError, ValueError, RuntimeError):
        return ""


def _inside(clone: Path, name: str) -> Path:
    path = (clone / name).resolve()
    if not path.is_relative_to(clone.resolve()):
        raise Rejected("it is a link to somewhere else")
    return path


def _git(empty: str, clone: Path, *command: str) -> bytes:
    variables = {
        "PATH": os.environ.get("PATH", os.defpath),
        "SYSTEMROOT": os.environ.get("SYSTEMROOT", ""),
        "HOME": empty,
        "GIT_DIR": empty,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    if command[0] != "init":
        variables["GIT_OBJECT_DIRECTORY"] = str(_inside(clone, "objects"))
    try:
        done = subprocess.run(
            ["git", *command],
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT,
        )
    except FileNotFoundError:
        raise UsageError("--since and --until need git, which is not installed.") from None
    except subprocess.TimeoutExpired:
        raise Rejected(f"git needed more than {TIMEOUT} s to read the clone") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise Rejected(f"git cannot read the clone: {said[-1]}")
    return done.stdout
