"""The one place that decides which environment variables reach an inner process."""

from __future__ import annotations

import os
import site
from pathlib import Path

# What Python, the system's libraries and a temporary folder need. All else stays outside: settings
# of pytest, coverage and Python change verdicts, and a teacher may have tokens in the environment.
KEPT = (
    *("PATH", "HOME", "USERPROFILE", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH"),
    *("TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "SYSTEMDRIVE", "PATHEXT", "COMSPEC", "APPDATA"),
)
SET = {
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # nbval alone costs two seconds
    "PYTHONDONTWRITEBYTECODE": "",
    "PYTHONBREAKPOINT": "0",
    "MALLOC_ARENA_MAX": "2",  # threads then reserve little of the memory that they may have
}


def inner_environment(home: Path | None = None) -> dict[str, str]:
    """Return the variables for a process that runs a suite; `home` is a folder to be at home in."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    if home:
        kept |= dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"), str(home))
        kept["PYTHONUSERBASE"] = site.getuserbase()
    return kept | SET


def tool_environment() -> dict[str, str]:
    """Return the variables for a maintainers' program: all but those that change Python or pytest."""
    changes = ("PYTEST_", "PYTHON", "COV")
    return {name: text for name, text in os.environ.items() if not name.startswith(changes)}
