"""How many bytes the kernel holds for a socket: not read yet, and not acknowledged yet."""

from __future__ import annotations

import ctypes
import select
import socket
import sys
from typing import Any, NamedTuple

if sys.platform != "win32":
    import fcntl
    import termios

_CLOSED = 7  # a state in tcp(7)'s tcp_info
_SO_NWRITE = 0x1024  # macOS, setsockopt(2): bytes in the send buffer
_FIONREAD = 0x4004667F  # Windows, ioctlsocket


class Queues(NamedTuple):
    """What the kernel reports about one socket, in bytes; None where it does not say."""

    received: int | None
    sent: int | None


def queues(sock: socket.socket) -> Queues:
    """Ask the kernel (tcp(7): SIOCINQ and SIOCOUTQ; on macOS SO_NWRITE). A closed socket has none."""
    if sock.fileno() == -1:
        return Queues(None, None)
    try:
        return Queues(_received(sock), _sent(sock))
    except OSError:  # a socket that is not connected any more
        return Queues(None, None)


def was_reset(sock: socket.socket) -> bool:
    """Whether a reset has come; only Linux tells before the program asks for bytes (tcp(7))."""
    if sys.platform != "linux" or sock.fileno() == -1:
        return False
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1) == bytes([_CLOSED])


def can_send(sock: socket.socket) -> bool:
    """Whether the kernel takes more bytes from this socket's program now."""
    return _is_ready(sock, for_reading=False)


def can_receive(sock: socket.socket) -> bool:
    """Whether a recv() would return now: bytes, the end of the stream, or an error."""
    return _is_ready(sock, for_reading=True)


def _is_ready(sock: socket.socket, *, for_reading: bool) -> bool:
    if sys.platform == "win32":
        readable, writable, _ = select.select([sock], [sock], [], 0)
        return bool(readable if for_reading else writable)
    poll = select.poll()  # select() knows no descriptor above 1023
    poll.register(sock, select.POLLIN if for_reading else select.POLLOUT)
    return bool(poll.poll(0))


if sys.platform == "win32":

    def _received(sock: socket.socket) -> int | None:
        count = ctypes.c_ulong()
        failed = ctypes.windll.ws2_32.ioctlsocket(sock.fileno(), _FIONREAD, ctypes.byref(count))
        return None if failed else count.value

    def _sent(_sock: socket.socket) -> int | None:
        return None

else:

    def _received(sock: socket.socket) -> int | None:
        return _ioctl(sock, termios.FIONREAD)

    def _sent(sock: socket.socket) -> int | None:
        if sys.platform == "linux":
            return _ioctl(sock, termios.TIOCOUTQ)
        if sys.platform == "darwin":
            return sock.getsockopt(socket.SOL_SOCKET, _SO_NWRITE)
        return None

    def _ioctl(sock: socket.socket, request: int) -> int:
        answer: Any = fcntl.ioctl(sock.fileno(), request, bytes(4))
        return int.from_bytes(answer, sys.byteorder)
