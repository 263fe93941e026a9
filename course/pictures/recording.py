"""Sockets that note what is done with them: the raw material of a ladder."""

from __future__ import annotations

import errno
import itertools
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeGuard
from unittest import mock
from weakref import WeakKeyDictionary

from .drawing import format_address

RealSocket = socket.socket
_TCP_FAMILIES = (socket.AF_INET, socket.AF_INET6)
_HOW = {socket.SHUT_RD: "SHUT_RD", socket.SHUT_WR: "SHUT_WR", socket.SHUT_RDWR: "SHUT_RDWR"}


@dataclass(eq=False)
class Party:
    """One socket as the recording knows it; it outlives the file descriptor."""

    name: str = ""  # of the variable that holds it
    accepted_from: Party | None = None
    local: str = ""
    remote: str = ""

    def learn_addresses(self, sock: socket.socket) -> None:
        """Note the two addresses as soon as the kernel knows them."""
        self.local = self.local or _address(sock.getsockname)
        if not self.remote:
            self.remote = _address(sock.getpeername)
            if self.remote:  # binding to 0.0.0.0 is decided only when the connection exists
                self.local = _address(sock.getsockname)


@dataclass(eq=False)
class Call:
    """One call as it happened; `began` and `ended` are ticks of one counter for all threads."""

    party: Party
    name: str
    argument: str
    thread: threading.Thread
    began: int
    ended: int = 0
    data: bytes | None = None
    peeked: bool = False
    error: str | None = None
    note: str = ""
    made: Party | None = None


@dataclass
class Log:
    """The calls of a recording, in the order in which they returned."""

    calls: list[Call] = field(default_factory=list)
    is_open: bool = True
    _ticks: Iterator[int] = field(default_factory=itertools.count)

    @contextmanager
    def call(self, sock: RealSocket, name: str, argument: str = "") -> Iterator[Call]:
        """Note one call, its error included; a call that outlasts the recording is not noted."""
        party = _NOTED[sock][1]
        call = Call(party, name, argument, threading.current_thread(), next(self._ticks))
        try:
            yield call
        except Exception as error:
            call.error = type(error).__name__
            if type(error) is OSError:
                call.note = errno.errorcode.get(error.errno or 0, "")
            raise
        finally:
            call.ended = next(self._ticks)
            if self.is_open and _is_tcp(sock):
                party.learn_addresses(sock)
                self.calls.append(call)


class _AnySocket(type):
    """Makes isinstance(x, socket.socket) answer during a recording as it always does."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, RealSocket)


class _RecordingSocket(RealSocket, metaclass=_AnySocket):
    """A real socket that notes each call in its log."""

    __slots__ = ()  # so that a socket that is already open can become one
    current = Log()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        note(self, self.current)
        super().__init__(*arguments, **options)

    @property
    def log(self) -> Log:
        return _NOTED[self][0]

    @property
    def party(self) -> Party:
        return _NOTED[self][1]

    def bind(self, address: Any, /) -> None:
        with self.log.call(self, "bind"):
            super().bind(address)

    def listen(self, *backlog: Any) -> None:
        with self.log.call(self, "listen", ", ".join(map(str, backlog))):
            super().listen(*backlog)

    def connect(self, address: Any, /) -> None:
        with self.log.call(self, "connect"):
            super().connect(address)

    def connect_ex(self, address: Any, /) -> int:
        with self.log.call(self, "connect_ex") as call:
            number = super().connect_ex(address)
            call.note = errno.errorcode.get(number, str(number)) if number else ""
        return number

    def accept(self) -> tuple[socket.socket, Any]:
        with self.log.call(self, "accept") as call:
            sock, address = super().accept()
            party = getattr(sock, "party", None)
            if party is not None and _is_tcp(sock):
                party.accepted_from = self.party
                party.learn_addresses(sock)
                party.remote = format_address(*address[:2])
                call.made = party
        return sock, address

    def send(self, data: Any, *flags: int) -> int:
        with self.log.call(self, "send") as call:
            count = super().send(data, *flags)
            call.data = _octets(data)[:count]
        return count

    def sendall(self, data: Any, *flags: int) -> None:
        with self.log.call(self, "sendall") as call:
            call.data = _octets(data)
            super().sendall(data, *flags)

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        with self.log.call(self, "recv", _with_flags(size, flags)) as call:
            call.peeked = bool(flags & socket.MSG_PEEK)
            data = super().recv(size, flags)
            call.data = data if size else None  # recv(0) says nothing about the stream
        return data

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        size = nbytes or len(_octets(buffer))
        with self.log.call(self, "recv_into", _with_flags(size, flags)) as call:
            call.peeked = bool(flags & socket.MSG_PEEK)
            count = super().recv_into(buffer, nbytes, flags)
            call.data = _octets(buffer)[:count] if size else None
        return count

    def shutdown(self, how: int, /) -> None:
        with self.log.call(self, "shutdown", _HOW.get(how, str(how))):
            super().shutdown(how)

    def close(self) -> None:
        if self.fileno() == -1:
            super().close()  # closing twice does nothing, and is not drawn
            return
        with self.log.call(self, "close") as call:
            super().close()
            if self.fileno() != -1:
                call.note = "kept open by makefile()"


_NOTED: WeakKeyDictionary[RealSocket, tuple[Log, Party]] = WeakKeyDictionary()


def note(sock: RealSocket, log: Log) -> None:
    """Let this socket's calls be noted in `log`."""
    _NOTED[sock] = (log, Party())


def name_parties(log: Log, variables: Mapping[str, object]) -> None:
    """Give the sockets of a log the names of the variables that hold them."""
    for name, value in variables.items():
        if is_recorded(value) and not name.startswith("_"):
            its_log, party = _NOTED[value]
            if its_log is log and not party.name:
                party.name = name


def recorder(kind: type[RealSocket]) -> Any:
    """Make a class of sockets that note their calls, and do them as `kind` does."""
    shown = {name: getattr(RealSocket, name) for name in ("__module__", "__qualname__")}
    return _AnySocket("socket", (_RecordingSocket, kind), {"__slots__": (), **shown})


def is_recorded(value: object) -> TypeGuard[RealSocket]:
    """Whether this is a socket whose calls are noted somewhere, or were."""
    return issubclass(type(value), _RecordingSocket)


def is_being_recorded(sock: RealSocket) -> bool:
    """Whether the recording of this socket's calls goes on."""
    return is_recorded(sock) and _NOTED[sock][0].is_open


@contextmanager
def recording() -> Iterator[Log]:
    """Record the sockets that are opened in this block. Raises RuntimeError in another recording."""
    if issubclass(socket.socket, _RecordingSocket):
        raise RuntimeError("record() is already recording; end that block first")
    kind = recorder(RealSocket)
    kind.current = log = Log()
    try:
        with mock.patch.object(socket, "socket", kind):
            yield log
    finally:
        log.is_open = False


def _is_tcp(sock: socket.socket) -> bool:
    return sock.family in _TCP_FAMILIES and sock.type == socket.SOCK_STREAM


def _address(ask: Callable[[], Any]) -> str:
    """Return the address that getsockname or getpeername returns, or "" where there is none."""
    try:
        host, port = ask()[:2]
    except (OSError, ValueError):
        return ""
    return format_address(host, port) if port else ""


def _octets(data: Any) -> bytes:
    try:
        return memoryview(data).tobytes()
    except TypeError:  # the real call will say so
        return b""


def _with_flags(size: int, flags: int) -> str:
    return f"{size}, PEEK" if flags & socket.MSG_PEEK else str(size)
