"""Keeps a process away from what is not its own, as far as its kernel can (standard library only).

On Linux 5.13 or newer this is Landlock (landlock(7)), which needs no rights: a process gives up what
it may open, for itself and for everything that it starts, and can never get it back. Other systems
have nothing like it that needs no set-up: there, only a container helps.
"""

from __future__ import annotations

import ctypes
import os
import signal
import site
import struct
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # system calls: the same on every processor
VERSION = 1  # LANDLOCK_CREATE_RULESET_VERSION
PATH_BENEATH = 1  # LANDLOCK_RULE_PATH_BENEATH
SCOPES = 0b11  # no abstract sockets and no signals to processes outside (since version 6)
END_WITH_PARENT, SET_DUMPABLE, SET_NO_NEW_PRIVS = 1, 4, 38  # prctl(2)
CAPABILITIES_VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3

# Rights on files and folders: one bit each, in the order of linux/landlock.h.
EXECUTE, WRITE, READ, LIST = 1 << 0, 1 << 1, 1 << 2, 1 << 3
TRUNCATE, IOCTL = 1 << 14, 1 << 15
ON_FILES = EXECUTE | WRITE | READ | TRUNCATE | IOCTL
KNOWN_BITS = {1: 13, 2: 14, 3: 15, 4: 15}  # by version; 16 from version 5 on

SYSTEM = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc",
    "/proc",
    "/sys",
    "/nix/store",
    "/home/linuxbrew",
)
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
SHARED_MEMORY = "/dev/shm"  # where multiprocessing keeps its locks


def landlock_version() -> int:
    """Return which version of Landlock the kernel has, 0 if none."""
    if sys.platform != "linux":
        return 0
    with suppress(OSError):
        return _system_call(CREATE_RULESET, None, 0, VERSION)
    return 0


def confine(writable: Iterable[str | Path], readable: Iterable[str | Path] = ()) -> bool:
    """Let this process open only the system, Python and `readable`, and write only to `writable`.

    It also loses every way to the memory and the environment of processes that it has not started
    itself and, from version 6 of Landlock on, every way to send them signals. Threads that run
    already are not confined, so this has to come before the first. The privileges that root has go
    as well: one of them (CAP_PERFMON) would open the environment of every process.

    Returns whether the kernel has Landlock. Where it has not, only the privileges are gone.
    """
    if sys.platform != "linux":
        return False
    _prctl(SET_NO_NEW_PRIVS, 1)
    _drop_privileges()
    version = landlock_version()
    if not version:
        return False
    every = (1 << KNOWN_BITS.get(version, 16)) - 1
    attributes = struct.pack("=QQQ", every, 0, SCOPES if version >= 6 else 0)
    with suppress(OSError):
        rules = _system_call(
            CREATE_RULESET, attributes, 24 if version >= 6 else 16 if version >= 4 else 8, 0
        )
        try:
            for place in [*SYSTEM, *_places_of_python(), *readable]:
                _allow(rules, place, EXECUTE | READ | LIST)
            for place in [*DEVICES, SHARED_MEMORY, *writable]:
                _allow(rules, place, every)
            _system_call(RESTRICT_SELF, rules, 0)
        finally:
            os.close(rules)
        return True
    return False


def hide_from_others(*, hidden: bool = True) -> None:
    """Keep other processes of this user from this one's memory and environment (Linux).

    A process that has been forked is hidden as its parent is; one that runs a new program is not.
    """
    if sys.platform == "linux":
        _prctl(SET_DUMPABLE, int(not hidden))


def end_with_parent() -> None:
    """Have the kernel kill this process when the one that forked it ends (Linux)."""
    if sys.platform == "linux":
        _prctl(END_WITH_PARENT, signal.SIGKILL)


def _places_of_python() -> list[str]:
    prefixes = [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix]
    return [*prefixes, *site.getsitepackages(), site.getusersitepackages()]


def _allow(rules: int, place: str | Path, rights: int) -> None:
    """Add a rule for a file or for everything below a folder, if it is there."""
    try:
        opened = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rights &= -1 if Path(place).is_dir() else ON_FILES
        _system_call(ADD_RULE, rules, PATH_BENEATH, struct.pack("=Qi", rights, opened), 0)
    finally:
        os.close(opened)


def _system_call(number: int, *arguments: int | bytes | None) -> int:
    """Raises OSError if the kernel refuses."""
    libc = ctypes.CDLL(None, use_errno=True)
    words = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    result: int = libc.syscall(ctypes.c_long(number), *words)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _drop_privileges() -> None:
    header = struct.pack("=Ii", CAPABILITIES_VERSION, 0)
    ctypes.CDLL(None).capset(header, bytes(24))


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, ctypes.c_ulong(value), 0, 0, 0)
