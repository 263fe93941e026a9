"""How far an installation is: read from what pip and uv print, and shown in one line."""

from __future__ import annotations

import os
import shutil
import time
from typing import TextIO

from course.setup import venv


class Progress:
    """How far one installation is, from its first command to its last."""

    def __init__(self, stream: TextIO) -> None:
        self._screen = Screen(stream)
        self._started = time.monotonic()
        self._before = 0
        self.doing = ""
        self.found = 0
        self.total = 0
        self.installed = 0

    def begin(self, doing: str) -> None:
        """Start counting anew: another command begins."""
        self._before = _present()
        self.doing = doing
        self.found = self.total = 0

    def note(self, line: str) -> None:
        """Learn from a line that pip or uv printed."""
        match line.replace(",", " ").split():
            case ["Collecting", name, *_]:
                self.found += 1
                self.doing = f"finding {venv.package_name(name)}"
            case ["Using", "cached", name, *_] | ["Downloading" | "Building" | "Built", name, *_]:
                if not name.endswith(".metadata"):
                    self.doing = f"fetching {name.partition('-')[0]}"
            case ["Resolved", count, "package" | "packages", *_]:
                self.total = int(count)
            case ["Installing", "collected", "packages:", *names]:
                self.total = len(names)
                self.doing = "installing"
            case ["Prepared", *_]:
                self.doing = "installing"
            case ["Successfully", "installed", *names]:
                self.installed = len(names)
            case ["Installed", count, "package" | "packages", *_]:
                self.installed = int(count)
            case ["WARNING:", "Retrying", *_]:
                self.doing = "no answer from the network, trying again"

    def show(self) -> None:
        """Show how far it is now."""
        packages = max(0, _present() - self._before) if self.total else self.found
        self._screen.show(self._seconds(), packages, self.total, self.doing)

    def clear(self) -> None:
        """Take away what is shown."""
        self._screen.clear()

    def result(self) -> str:
        """Say what it came to."""
        packages = "package" if self.installed == 1 else "packages"
        return f"Installed {self.installed} {packages} in {self._seconds()} s."

    def _seconds(self) -> int:
        return round(time.monotonic() - self._started)


def _present() -> int:
    return len(venv.packages(venv.package_folders()))


class Screen:
    """One line that is redrawn on a terminal, or now and then a line elsewhere. No colours."""

    INTERVAL = 5

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._redraws = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._turns, self._bar = (
            ("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "━─") if _speaks_unicode(stream) else ("|/-\\", "#-")
        )
        self._drawn = 0
        self._next = self.INTERVAL

    def show(self, seconds: int, packages: int, total: int, doing: str) -> None:
        """Show how far the installation is."""
        count = f"{packages} of {total} packages" if total else f"{packages} packages"
        if self._redraws:
            turn = self._turns[self._drawn % len(self._turns)]
            bar = f"{self._draw_bar(packages / total)}  " if total else ""
            self._write(f"{turn} {seconds:>3} s  {bar}{count}  {doing}")
            self._drawn += 1
        elif seconds >= self._next:
            self._next = seconds + self.INTERVAL
            print(f"{seconds:>3} s  {count}  {doing}", file=self._stream)

    def clear(self) -> None:
        """Take the line away."""
        if self._redraws and self._drawn:
            self._stream.write("\r" + " " * (self._width() + len("^C")) + "\r")
            self._stream.flush()
            self._drawn = 0

    def _draw_bar(self, share: float) -> str:
        full = round(20 * min(1.0, share))
        return self._bar[0] * full + self._bar[1] * (20 - full)

    def _write(self, line: str) -> None:
        width = self._width()
        self._stream.write("\r" + line[:width].ljust(width))
        self._stream.flush()

    def _width(self) -> int:
        """Count the columns that leave the terminal room to show a `^C` without a line break."""
        return min(80, shutil.get_terminal_size().columns) - len("^C") - 1


def _speaks_unicode(stream: TextIO) -> bool:
    try:
        "⠋━─".encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
