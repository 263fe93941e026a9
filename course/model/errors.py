"""What the tool says when it cannot do what you asked (standard library only)."""


class CourseError(Exception):
    """One clear line: what is wrong, and what to do about it. Printed without a traceback.

    `status` is the exit status of the command that raised it.
    """

    status = 1


class UsageError(CourseError):
    """The command line itself is wrong: an unknown chapter, a missing argument."""

    status = 2
