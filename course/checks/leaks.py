"""Notices what the learner's code opened or started and left behind, and where."""

from __future__ import annotations

import os
import selectors
import socket
import sys
import warnings
import weakref
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from course.checks.descriptors import Identity, identity, kind, open_descriptors
from course.checks.watchdog import Owns, Place, own_frames, place_of

_PAIR = socket.socketpair.__code__
SELECTOR = "course.selector"  # an audit event of ours: Python has none for this


@dataclass(frozen=True)
class Leak:
    """Something left behind: `what` it is, and the line that opened it, or where it is now."""

    what: str
    place: Place | None
    is_thread: bool = False


@dataclass(frozen=True)
class _Opened:
    made: weakref.ref[socket.socket]
    identity: int
    place: Place | None
    end: str  # which of a socketpair's two it is: "first", "second"; "" for every other socket

    @property
    def what(self) -> str:
        return f"the {self.end} socket of a pair" if self.end else "a socket"

    @property
    def still_open(self) -> list[socket.socket]:
        sock = self.made()
        return [sock] if sock is not None and sock.fileno() != -1 else []


class Openings:
    """Every socket, selector and file that this process opens, and the line that opened it.

    It listens to Python's own audit events (PEP 578), so sockets and files stay what they are:
    nothing is wrapped or replaced. Other descriptors are found by comparing what is open before and
    after a check.
    """

    def __init__(self, owns: Owns) -> None:
        self._owns = owns
        self._before: dict[int, Identity] = {}
        self._sockets: list[_Opened] = []
        self._selectors: list[tuple[selectors.BaseSelector, Place | None]] = []
        self._files: dict[str, Place] = {}
        _announce_selectors()
        sys.addaudithook(self._audit)

    def start(self) -> None:
        """Forget what earlier checks opened."""
        self._sockets.clear()
        self._selectors.clear()
        self._files.clear()
        self._before = open_descriptors()

    def open_sockets(self) -> list[socket.socket]:
        """Return the recorded sockets that are still open, whichever code made them."""
        return [sock for opened in self._sockets for sock in opened.still_open]

    def left_open(self) -> list[Leak]:
        """Return what the learner's code has opened and not closed."""
        found = [
            Leak(f"{opened.what} was left open", opened.place)
            for opened in self._sockets
            if opened.place and opened.still_open
        ]
        found += [
            Leak(f"a selector ({_name(selector)}) was left open", place)
            for selector, place in self._selectors
            if place and _descriptor(selector) is not None
        ]
        return found + self._other_descriptors()

    def dropped(self, caught: list[warnings.WarningMessage]) -> list[Leak]:
        """Return the learner's sockets that were never closed, from Python's ResourceWarnings."""
        known = {opened.identity: opened for opened in self._sockets}
        found = [known.get(id(warning.source)) for warning in caught if warning.source is not None]
        return [
            Leak(
                f"{opened.what} was left open; only Python's garbage collector closed it",
                opened.place,
            )
            for opened in found
            if opened and opened.place
        ]

    def shut_down_all(self) -> None:
        """Shut down whatever is still open, which ends the calls that wait on it."""
        for sock in self.open_sockets():
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def close_all(self) -> None:
        """Close whatever socket is still open, even one that a thread is still making.

        Other descriptors stay open: an object may close its number again, when it is another's.
        """
        for sock in self.open_sockets():
            with suppress(OSError):
                socket.SocketType.close(sock)  # `sock.close` needs what `socket.__init__` sets last
        self._selectors.clear()

    def _other_descriptors(self) -> list[Leak]:
        known: set[int | None] = {sock.fileno() for sock in self.open_sockets()}
        known.update(_descriptor(selector) for selector, _place in self._selectors)
        leaks: list[Leak] = []
        for number, found in open_descriptors().items():
            if number in known or self._before.get(number) == found:
                continue
            if what := kind(number, found.mode):
                leaks.append(Leak(f"{what} was left open", None))
            else:
                leaks += [
                    Leak(f"the file {path} was left open", place)
                    for path, place in self._files.items()
                    if identity(path) == found
                ]
        return leaks

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in ("socket.__new__", "open", SELECTOR):
            return
        own = own_frames(sys._getframe(1), self._owns)
        place = place_of(own[-1]) if own else None
        if event == "socket.__new__":
            with suppress(TypeError):  # only Python's own socket class can be referred to weakly
                made = weakref.ref(arguments[0])
                self._sockets.append(_Opened(made, id(arguments[0]), place, self._end(place)))
        elif event == SELECTOR:
            self._selectors.append((arguments[0], place))
        elif place and isinstance(arguments[0], str | bytes | os.PathLike):
            self._files[os.fsdecode(arguments[0])] = place

    def _end(self, place: Place | None) -> str:
        """Return which of a pair's two sockets is being made, or "" if it is no pair's."""
        maker = sys._getframe(2).f_back  # the caller of socket.__init__()
        if maker is None or maker.f_code is not _PAIR:
            return ""
        before = self._sockets[-1] if self._sockets else None
        return "second" if before and (before.end, before.place) == ("first", place) else "first"


def _announce_selectors() -> None:
    """Let each new selector raise an audit event."""

    def new(made: type[selectors.BaseSelector], *_: object, **__: object) -> object:
        selector = object.__new__(made)
        sys.audit(SELECTOR, selector)
        return selector

    if "__new__" not in vars(selectors.BaseSelector):
        setattr(selectors.BaseSelector, "__new__", staticmethod(new))  # noqa: B010  (types)


def _descriptor(selector: selectors.BaseSelector) -> int | None:
    """Return an open selector's descriptor, None if it is closed or never has one, as on Windows."""
    with suppress(AttributeError, ValueError):
        number: int = selector.fileno()  # type: ignore[attr-defined]
        return number
    return None


def _name(selector: selectors.BaseSelector) -> str:
    """Return what the system calls it: epoll, kqueue."""
    return type(selector).__name__.removesuffix("Selector").lower()
