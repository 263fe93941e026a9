"""A pytest plugin: what macOS and Windows do otherwise than Linux, as far as Linux can play it.

Not a model of those systems: only the differences that checks have overlooked before.
"""

import errno
import selectors
import socket

Selector = selectors.DefaultSelector
select_on_linux = Selector.select


def one_event_at_a_time(selector, timeout=None):
    """Name a socket that is ready for both once for each, as kqueue does (macOS, the BSDs)."""
    ready = select_on_linux(selector, timeout)
    one_by_one = [
        (key, event)
        for key, events in ready
        for event in (selectors.EVENT_READ, selectors.EVENT_WRITE)
        if events & event
    ]
    return one_by_one[::-1]  # in no order that anyone promises


def refuse_to_wait_for_all(sock, flags):
    """Refuse MSG_WAITALL as Winsock does: with MSG_PEEK, and where a timeout makes it non-blocking."""
    if flags & socket.MSG_WAITALL and (flags & socket.MSG_PEEK or sock.gettimeout() is not None):
        raise OSError(errno.EOPNOTSUPP, "Operation not supported: MSG_WAITALL, on Windows")


def recv(sock, size, flags=0):
    refuse_to_wait_for_all(sock, flags)
    return super(socket.socket, sock).recv(size, flags)


def recv_into(sock, buffer, nbytes=0, flags=0):
    refuse_to_wait_for_all(sock, flags)
    return super(socket.socket, sock).recv_into(buffer, nbytes, flags)


Selector.select = one_event_at_a_time
socket.socket.recv, socket.socket.recv_into = recv, recv_into
for name in ("SO_REUSEPORT", "MSG_DONTWAIT", "MSG_NOSIGNAL"):
    vars(socket).pop(name, None)  # Windows has none of them
