"""The promises of chapter 18: how a server is attacked, and what it does about it."""

from course.checks.answers import Attempt
from course.checks.expect import same
from course.checks.promises import promise
from tests import beliefs


@promise(
    task=1,
    usually=beliefs.ONE_RECV,
    hints=(
        "When does the time begin, and what is left of it now?",
        "self.at minus what the clock says now.",
        "return max(0.0, self.at - self.clock())",
    ),
)
def test_seconds_left(chapter: Attempt) -> None:
    """Deadline.left says how many seconds are left."""
    deadline = chapter.Deadline(10, lambda: 100.0)
    same("Deadline(10).left, at once:", expected=10.0, got=deadline.left)
