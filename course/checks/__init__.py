"""What a chapter's suite is written with."""

from course.checks.answers import Chapter
from course.checks.compare import brief
from course.checks.expect import UNSAID, Literally, broken, described, holds, refusal, same
from course.checks.peers import (
    connected,
    free_port,
    linux_only,
    listening,
    logged_errors,
    narrow,
    queue_up,
    receive_all,
    reset,
    running,
    wait_for_octets,
)
from course.checks.promises import Misconception, promise

__all__ = [
    "UNSAID",
    "Chapter",
    "Literally",
    "Misconception",
    "brief",
    "broken",
    "connected",
    "described",
    "free_port",
    "holds",
    "linux_only",
    "listening",
    "logged_errors",
    "narrow",
    "promise",
    "queue_up",
    "receive_all",
    "refusal",
    "reset",
    "running",
    "same",
    "wait_for_octets",
]
