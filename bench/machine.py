"""The machine: which cores are free for the two sides, how many sockets may be open, what it is."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from course.model.errors import CourseError

SPARE = 100  # descriptors, for all that is not one of the connections
MOST_IN_SELECT = 500  # Windows: a selector takes 512 sockets


def separate_cores() -> tuple[int, int] | None:
    """Return a core for the server and another for the load generator, where both can be chosen."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    allowed = os.sched_getaffinity(0)
    return (min(allowed), max(allowed)) if len(allowed) > 1 else None


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Keep this thread on one core (or where it is) for the time of a `with` block."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def room_for(connections: int, least: int) -> Iterator[int]:
    """Raise this process's limit on open files for the time of a `with` block.

    Gives how many connections there is room for, at most `connections`. Raises CourseError if
    there is not even room for `least`.
    """
    if sys.platform == "win32":
        yield min(connections, MOST_IN_SELECT)
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + SPARE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        reachable = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (reachable, hard))
        except (OSError, ValueError):
            reachable = soft
    else:
        reachable = wanted
    try:
        if reachable < least + SPARE:
            raise CourseError(
                f"no room: this needs {least + SPARE} open files, and a process may have "
                f"{reachable} here. Run `ulimit -n {least + SPARE}` first, if that is allowed."
            )
        yield reachable - SPARE
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def describe() -> str:
    """Return the machine in one line, without its name: Python, system, cores, date."""
    release = ".".join(platform.release().split(".")[:2])
    cores = os.cpu_count() or 1
    return (
        f"{platform.python_implementation()} {platform.python_version()}, {platform.system()} "
        f"{release} {platform.machine()}, {cores} core{'s' * (cores > 1)}, {date.today()}"
    )
