"""Updates a clone in two steps: the newer version is made beside yours, whole; then it takes its place.

The first step touches none of your files. In the second, each file that is replaced has a dated copy
already, or was only run or read; if it is interrupted, the same command goes on with it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.console import Console

from course.commands.update.older import cells, keep_lesson_once, keep_once, take_over
from course.commands.update.repository import PATIENCE, Repository
from course.model.chapters import ROOT, STEM, Chapter
from course.model.copies import content_of, put
from course.model.errors import CourseError

WORK = ("chapters", "notebooks")
PREPARED = ROOT / ".course" / "update"  # the newer version, with your work in it
PLAN = PREPARED / ".course" / "plan.json"  # is there once the newer version is whole


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say where an older copy is, if one is to be taken over."""
    parser.add_argument("--from", type=Path, dest="older", metavar="FOLDER", help="an older copy")


def run(options: argparse.Namespace, console: Console) -> int:
    """Do what the command line asks for; the exit status is 0."""
    return update(options.older, console)


def update(older: Path | None, console: Console) -> int:
    """Take over an older copy's work; without one, get the newest version. Returns 0."""
    said = take_over(older) if older else _update(Repository(ROOT))
    if older:
        said.append("What you wrote there is here now. The older folder is as it was.")
    for line in said:
        console.print(line, soft_wrap=True)
    return 0


def _update(mine: Repository) -> list[str]:
    remote, plan = mine.remote(), _plan()
    if mine.git("rev-parse", "HEAD") not in (plan.get("old"), plan.get("new")):
        address = mine.git("remote", "get-url", remote)
        newest = mine.newest(remote)
        count = int(mine.git("rev-list", "--count", f"HEAD..{newest}"))
        if count == 0:
            return [f"You have the newest version of {address}"]
        plan = _prepare(mine, newest)
        alone = "" if plan["said"] else ". Your chapters are as they were"
        plan["said"].append(f"Updated, by {count} change{'s' * (count > 1)} from {address}{alone}")
        put(PLAN, json.dumps(plan).encode(), instead_of=None)
    _switch(mine, plan["old"], plan["new"])
    _remove(mine)
    return list(plan["said"])


def _plan() -> dict[str, Any]:
    """Return what an interrupted update had still to do, nothing if there was none."""
    content = content_of(PLAN)
    return dict(json.loads(content)) if content else {}


def _prepare(mine: Repository, newest: str) -> dict[str, Any]:
    """Make the newer version in a folder of its own, and let it take the learner's work over."""
    _remove(mine)
    old, base = mine.git("rev-parse", "HEAD"), mine.common(newest)
    mine.git("worktree", "add", "--quiet", "--detach", str(PREPARED), old)
    newer = Repository(PREPARED)
    merged = _merge(newer, newest, base)
    said = _take_over(base)
    if merged:
        newer.git("add", "--all", *WORK)
        newer.git("commit", "--quiet", "--no-verify", "--no-gpg-sign", "-m", "Update the course")
    new = newer.git("rev-parse", "HEAD")
    _refuse_what_is_in_the_way(mine, old, new)
    return {"old": old, "new": new, "said": said}


def _take_over(base: str) -> list[str]:
    """Let the newer version, which knows what it renamed, take the learner's work over."""
    command = [sys.executable, "-m", "course.commands.update.older", str(ROOT), base]
    utf8 = os.environ | {"PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(
            command, cwd=PREPARED, env=utf8, capture_output=True, encoding="utf-8", timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        raise CourseError(f"taking your work over takes more than {PATIENCE} s.") from None
    if done.returncode:
        why = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
        raise CourseError(f"the newer version could not take your work over, so it stays: {why}")
    return done.stdout.splitlines()


def _merge(newer: Repository, newest: str, base: str) -> bool:
    """Bring the newest version in, its starters and lessons as they are; tell if it is to commit."""
    try:
        newer.git("merge", "--quiet", "--no-commit", newest)
    except CourseError:
        conflicts = newer.names("diff", "--name-only", "--diff-filter=U")
        if by_hand := " ".join(name for name in conflicts if not name.startswith(WORK)):
            raise CourseError(
                f"you and the course changed the same lines of {by_hand}. Your files are as they "
                f"were. `git checkout {newest[:9]} -- {by_hand}` takes the course's: commit that "
                "(git keeps yours, too), then run this again."
            ) from None
        if not conflicts:
            raise
    of_the_course = newer.names("ls-tree", "-r", "--name-only", base, "--", *WORK)
    newer.git("rm", "--quiet", "--force", "--ignore-unmatch", "--", *of_the_course)
    newer.git("checkout", "--quiet", newest, "--", *WORK)
    return newer.git("rev-parse", "HEAD") != newest


def _refuse_what_is_in_the_way(mine: Repository, old: str, new: str) -> None:
    changed = set(mine.names("diff", "--name-only", "--no-renames", old, new))
    edited = {name for name in mine.names("diff", "--name-only", "HEAD") if not _is_work(name)}
    untracked = mine.names("ls-files", "--others", "--exclude-standard")
    if found := " ".join(sorted(changed.intersection(edited.union(untracked)))):
        raise CourseError(
            f"the newer version brings its own {found}, and yours is not committed. "
            f"`git stash push -u -- {found}` puts yours aside; then run this again."
        )


def _switch(mine: Repository, old: str, new: str) -> None:
    """Put the newer version in the place of the learner's; can be done again if interrupted."""
    changed = mine.names("diff", "--name-only", "--no-renames", old, new, "--", *WORK)
    for file in (PREPARED / ".course").rglob("*.*"):
        if file != PLAN:
            _bring(file.relative_to(PREPARED))
    for name in changed:
        _keep(name, mine.content(f"HEAD:{name}"))
    if (
        here := mine.names("ls-tree", "-r", "--name-only", "HEAD", "--", *changed)
        if changed
        else []
    ):
        mine.git("checkout", "--quiet", "HEAD", "--", *here)
    mine.git("merge", "--quiet", "--ff-only", new)
    for name in changed:
        _bring(Path(name))


def _bring(name: Path) -> None:
    """Take one file over from the newer version."""
    content, before = content_of(PREPARED / name), content_of(ROOT / name)
    if content not in (None, before):
        put(ROOT / name, content or b"", instead_of=before)


def _keep(name: str, committed: bytes | None) -> None:
    """Make a dated copy of what would be lost if the file became what was committed."""
    content = content_of(ROOT / name)
    if content in (None, committed):
        return
    if name.endswith(".ipynb"):
        if cells(content) != cells(committed):
            keep_lesson_once(Chapter(Path(name).stem, ROOT), content)
    else:
        keep_once(Chapter(Path(name).stem, ROOT), content)


def _is_work(name: str) -> bool:
    """Tell whether a path is a chapter's file or lesson."""
    path = Path(name)
    return path.parent.name in WORK and STEM.fullmatch(path.stem) is not None


def _remove(mine: Repository) -> None:
    with suppress(CourseError):
        mine.git("worktree", "remove", "--force", str(PREPARED))
    shutil.rmtree(PREPARED, ignore_errors=True)
    mine.git("worktree", "prune")
