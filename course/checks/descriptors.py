"""The descriptors of this process, and what each of them is."""

from __future__ import annotations

import os
import socket
import stat
from contextlib import suppress
from typing import NamedTuple

FOLDERS = ("/proc/self/fd", "/dev/fd")  # Linux; macOS. Elsewhere nobody can tell what is open


class Identity(NamedTuple):
    """What a descriptor refers to: another one may have its number later."""

    device: int
    inode: int
    mode: int


def open_descriptors() -> dict[int, Identity]:
    """Return what is open in this process, by number; nothing on a system that does not tell."""
    for folder in FOLDERS:
        with suppress(OSError):
            numbers = [int(name) for name in os.listdir(folder)]
            return {number: found for number in numbers if (found := identity(number))}
    return {}


def identity(file: int | str) -> Identity | None:
    """Return what a descriptor or a path refers to, None if it is not there."""
    try:
        found = os.stat(file)
    except (OSError, ValueError):
        return None
    return Identity(found.st_dev, found.st_ino, found.st_mode)


def kind(number: int, mode: int) -> str:
    """Say what a descriptor is, as "a pipe"; '' for what a library may keep open for itself."""
    if stat.S_ISSOCK(mode):
        return "a socket's descriptor" if _is_a_stream(number) else ""
    if stat.S_ISFIFO(mode):
        return f"the {_direction(number)} end of a pipe"
    if stat.S_IFMT(mode) == 0:
        with suppress(OSError):
            return f"a descriptor ({os.readlink(f'{FOLDERS[0]}/{number}')})"
    return ""


def _is_a_stream(number: int) -> bool:
    """Tell a connection or a pair from what the C library keeps: a socket for names, or a daemon's."""
    try:
        sock = socket.socket(fileno=number)
    except OSError:
        return False
    peer: object = ""
    with suppress(OSError):
        peer = sock.getpeername()
    is_stream = sock.type == socket.SOCK_STREAM
    sock.detach()
    return is_stream and not (isinstance(peer, str | bytes) and peer)


def _direction(number: int) -> str:
    import fcntl  # not on Windows, which has no folder of descriptors either

    access = fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE
    return "writing" if access == os.O_WRONLY else "reading"
