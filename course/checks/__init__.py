"""What a chapter's suite is written with."""

from course.checks.answers import Attempt
from course.checks.compare import brief
from course.checks.expect import NOT_GIVEN, Literally, broken, described, holds, refusal, same
from course.checks.peers import (
    connected,
    free_port,
    listening,
    logged_errors,
    narrow,
    queue_up,
    receive_all,
    reset,
    running,
    simulates,
    wait_for_octets,
)
from course.checks.promises import Misconception, linux_only, promise

__all__ = [
    "NOT_GIVEN",
    "Attempt",
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
    "simulates",
    "wait_for_octets",
]
