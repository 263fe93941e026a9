"""Notices sockets and threads that the learner's code opened and left behind, and where."""

from __future__ import annotations

import socket
import sys
import warnings
import weakref
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from course.checks.watchdog import Owns, Place, own_frames, place_of


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

    @property
    def still_open(self) -> list[socket.socket]:
        sock = self.made()
        return [sock] if sock is not None and sock.fileno() != -1 else []


class SocketLog:
    """Every socket object that this process makes, and the line that made it.

    It listens to Python's own audit event `socket.__new__` (PEP 578), so the sockets stay what
    they are: nothing is wrapped or replaced.
    """

    def __init__(self, owns: Owns) -> None:
        self._owns = owns
        self._opened: list[_Opened] = []
        sys.addaudithook(self._audit)

    def start(self) -> None:
        """Forget the sockets of earlier checks."""
        self._opened.clear()

    def open_sockets(self) -> list[socket.socket]:
        """Return the recorded sockets that are still open, whichever code made them."""
        return [sock for opened in self._opened for sock in opened.still_open]

    def left_open(self) -> list[Leak]:
        """Return the learner's sockets that are still open."""
        return [
            Leak("a socket was left open", opened.place)
            for opened in self._opened
            if opened.place and opened.still_open
        ]

    def dropped(self, caught: list[warnings.WarningMessage]) -> list[Leak]:
        """Return the learner's sockets that were never closed, from Python's ResourceWarnings."""
        places = {opened.identity: opened.place for opened in self._opened}
        found = [places.get(id(warning.source)) for warning in caught if warning.source is not None]
        text = "a socket was left open; only Python's garbage collector closed it"
        return [Leak(text, place) for place in found if place]

    def shut_down_all(self) -> None:
        """Shut down whatever is still open, which ends the calls that wait on it."""
        for sock in self.open_sockets():
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def close_all(self) -> None:
        """Close whatever is still open, even a socket that a thread is still making."""
        for sock in self.open_sockets():
            with suppress(OSError):
                socket.SocketType.close(sock)  # `sock.close` needs what `socket.__init__` sets last

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event != "socket.__new__":
            return
        own = own_frames(sys._getframe(1), self._owns)
        with suppress(TypeError):  # only Python's own socket class can be referred to weakly
            made = weakref.ref(arguments[0])
            place = place_of(own[-1]) if own else None
            self._opened.append(_Opened(made, id(arguments[0]), place))
