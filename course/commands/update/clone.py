"""What `update` asks git and tells git. No hook and no setting of yours has a say in it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from course.model.errors import CourseError

KEPT = ("SSH", "ASKPASS", "SSL_", "HTTP_", "PROXY_", "CONFIG_", "AUTHOR_", "COMMITTER_")
SETTINGS = ("-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false")
SOMEBODY = ("-c", "user.name=learner", "-c", "user.email=learner@localhost")
LOCKED = "If no other git is running, delete this file, then run `python3 -m course update` again."
UNFINISHED = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")


class Clone:
    """A folder that git knows. Every failure is a CourseError with all that git says about it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.without_git = (
            "Download the newest version into a folder of its own and run there: "
            f'python3 -m course update --from "{folder}"'
        )

    def git(self, *arguments: str, given: str = "", index: Path | None = None) -> str:
        """Run one git command, with `given` as its input, and return what it prints."""
        if not (git := shutil.which("git")):
            raise CourseError(f"git is not installed. {self.without_git}")
        done = subprocess.run(
            [git, *SETTINGS, *arguments],
            cwd=self.folder,
            env=environment(self.folder) | ({"GIT_INDEX_FILE": str(index)} if index else {}),
            input=os.fsencode(given),
            capture_output=True,
        )
        if done.returncode:
            words = os.fsdecode(done.stderr or done.stdout).replace("hint: ", "").split()
            said, locked, _ = " ".join(words).partition(".lock': File exists.")
            advice = f"{locked} {LOCKED}" if locked else ""  # git's own differs between versions
            raise CourseError(f"git {arguments[0]} says: {said + advice or 'nothing'}")
        return os.fsdecode(done.stdout).strip()

    def remote(self) -> str:
        """Return where newer versions come from. Raises CourseError if this is not the time."""
        if not (self.folder / ".git").exists():
            raise CourseError(f"this folder has no git history. {self.without_git}")
        folder = Path(self.folder, self.git("rev-parse", "--git-dir"))
        staged = self.git("diff", "--cached", "--name-only")
        if staged or any((folder / name).exists() for name in UNFINISHED):
            raise CourseError(
                "you have begun a commit, a merge or a rebase. `git status` says how to finish it "
                "(`git commit -m 'My work'` finishes a commit); then run this again."
            )
        remotes = self.git("remote").split()
        for name in ("upstream", "origin"):
            if name in remotes:
                return name
        raise CourseError(
            "git does not know where the course comes from. Tell git, then run this again: "
            "git remote add upstream ADDRESS"
        )

    def newest(self, remote: str) -> str:
        """Fetch the newest commit of the remote's main branch and return its name."""
        try:
            self.git("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", remote, "HEAD")
        except CourseError as error:
            raise CourseError(f"{error} Nothing was changed. Run this again later.") from None
        return self.git("rev-parse", "FETCH_HEAD")

    def common(self, newest: str) -> str:
        """Return the commit of the course that the learner began with, or last updated to."""
        try:
            return self.git("merge-base", "HEAD", newest)
        except CourseError:
            raise CourseError(
                "this repository has no history in common with the course, like one made from a "
                f"template. {self.without_git}"
            ) from None

    def export(self, commit: str, folder: Path) -> None:
        """Write the files of a commit into a new folder, as a checkout would."""
        index = folder.with_suffix(".index")
        self.git("read-tree", "--no-sparse-checkout", commit, index=index)
        self.git("checkout-index", "--all", f"--prefix={folder.as_posix()}/", index=index)

    def record(self, newest: str, base: str, names: Iterable[str], index: Path) -> None:
        """Make the newest commit yours; if you made commits, by a merge of these files.

        `index` is a file for git to work with. Your files are not touched.
        """
        if self.git("rev-parse", "HEAD") != base:
            self.git("read-tree", "HEAD", index=index)
            given = "".join(f"{name}\0" for name in names)
            self.git("update-index", "--add", "--remove", "-z", "--stdin", given=given, index=index)
            tree = self.git("write-tree", index=index)
            merge = ("commit-tree", tree, "-p", "HEAD", "-p", newest, "-m", "Update the course")
            try:
                newest = self.git(*merge)
            except CourseError:  # git does not know who you are
                newest = self.git(*SOMEBODY, *merge)
        self.git("reset", "--quiet", newest)


def environment(folder: Path) -> dict[str, str]:
    """Return the variables for git in this folder, without those that name another repository."""
    kept = tuple(f"GIT_{name}" for name in KEPT)
    found = os.environ.items()
    left = {name: text for name, text in found if name[:4] != "GIT_" or name.startswith(kept)}
    above = str(folder.parent)
    return left | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_CEILING_DIRECTORIES": above}
