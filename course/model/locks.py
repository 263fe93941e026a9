"""A lock that one process at a time holds, on a file. It ends with the process at the latest."""

from __future__ import annotations

import errno
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Keep every other process out of the block, and wait for it. Raises OSError."""
    with file.open("ab") as lock:
        while not try_lock(lock.fileno()):
            time.sleep(0.01)
        yield


def try_lock(descriptor: int) -> bool:
    """Whether this process holds the lock now. A file system that knows no locks grants it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES)
    return True
