"""What a check of this computer finds, and how it is found in bounded time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

DEADLINE = 5.0  # s


@dataclass(frozen=True)
class Finding:
    """What one check found: a verdict, the fact, and what you can do about it."""

    verdict: Literal["OK", "warn", "FAIL"]
    fact: str
    advice: str = ""


Check = Callable[[], Finding]


def bounded(check: Check, deadline: float = DEADLINE) -> Finding:
    """Run a check for at most `deadline` seconds; a check that breaks is a finding too."""
    findings: list[Finding] = []

    def attempt() -> None:
        try:
            findings.append(check())
        except Exception as error:
            findings.append(Finding("warn", f"could not be checked: {error!r}"))

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(deadline)
    return findings[0] if findings else Finding("warn", f"no answer within {deadline:g} seconds")
