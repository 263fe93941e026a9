"""What `update` asks of git, and what it does not go on without."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from course.model.errors import CourseError

PATIENCE = 120  # s, for any one step
OURS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")  # set where a hook runs this
WITHOUT_GIT = (
    "Download the newest version into a folder of its own and run there: "
    "python3 -m course update --from {}"
)
UNFINISHED = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")


class Repository:
    """A folder that git knows. Every failure is a CourseError with git's own words."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def git(self, *arguments: str) -> str:
        """Run one git command and return what it prints."""
        return self._run(*arguments).decode(errors="replace").strip()

    def names(self, command: str, *arguments: str) -> list[str]:
        """Run a git command that lists paths, and return them."""
        listed = self._run(command, "-z", *arguments).split(b"\0")
        return [os.fsdecode(name) for name in listed if name]

    def content(self, name: str) -> bytes | None:
        """Return a file as a commit holds it (`HEAD:chapters/ch01_echo.py`), None if it does not."""
        try:
            return self._run("cat-file", "blob", name)
        except CourseError:
            return None

    def newest(self, remote: str) -> str:
        """Fetch the newest commit of the remote's main branch and return its name."""
        try:
            self.git("fetch", "--quiet", remote, "HEAD")
        except CourseError as error:
            raise CourseError(
                f"{error} (your files are as they were: run this again when that can be reached)."
            ) from None
        return self.git("rev-parse", "FETCH_HEAD")

    def common(self, newest: str) -> str:
        """Return the commit of the course that the learner began with, or last updated to."""
        try:
            return self.git("merge-base", "HEAD", newest)
        except CourseError:
            raise CourseError(
                "this repository has no history in common with the course, as one made from a "
                f"template. {WITHOUT_GIT.format(self.folder)}"
            ) from None

    def remote(self) -> str:
        """Return where newer versions come from. Raises CourseError if now is no time for one."""
        if not (self.folder / ".git").exists():
            raise CourseError(f"this folder has no git history. {WITHOUT_GIT.format(self.folder)}")
        folder = Path(self.folder, self.git("rev-parse", "--git-dir"))
        if any((folder / name).exists() for name in UNFINISHED):
            raise CourseError(
                "git is in the middle of something. `git status` says how to finish it or to "
                "give it up; then run this again."
            )
        if self.git("rev-parse", "--abbrev-ref", "HEAD") == "HEAD":
            raise CourseError(
                "git is on no branch. `git switch main` goes back to it; then run this again."
            )
        if self.names("diff", "--cached", "--name-only"):
            raise CourseError(
                "you have begun a commit. `git commit` finishes it, `git reset` gives it up and "
                "leaves your files alone; then run this again."
            )
        remotes = self.git("remote").split()
        for name in ("upstream", "origin"):
            if name in remotes:
                return name
        raise CourseError(
            "git does not know where the course comes from. Tell it, then run this again: "
            "git remote add upstream ADDRESS"
        )

    def _run(self, *arguments: str) -> bytes:
        if not (git := shutil.which("git")):
            raise CourseError(f"git is not installed. {WITHOUT_GIT.format(self.folder)}")
        kept = {name: value for name, value in os.environ.items() if name not in OURS}
        try:
            done = subprocess.run(
                [git, *arguments],
                cwd=self.folder,
                env=kept | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired:
            raise CourseError(f"git {arguments[0]} took more than {PATIENCE} s.") from None
        if done.returncode:
            words = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
            raise CourseError(f"git {arguments[0]} says: {words[0] if words else 'nothing'}")
        return done.stdout
