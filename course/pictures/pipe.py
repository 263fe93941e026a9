"""A film of one connection: two programs, and the kernel's buffers between them."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from . import pipe_svg, pipe_text
from .drawing import Picture
from .film import Moment, Shooting
from .recording import is_being_recorded, note
from .turns import Director, FilmedSocket


class Film(Picture):
    """What happened between two sockets, moment by moment; make one with `pipe`.

    It is there when the block has ended.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.moments: Sequence[Moment] = ()

    def about(self) -> str:
        """Return how many moments there are, and who is stuck."""
        about = f"A film of {' and '.join(self.names)} and the kernel's buffers between them: "
        about += f"{len(self.moments)} moments."
        for moment in self.moments:
            if moment.stuck:
                about = " ".join([about, *pipe_text.reasons(self.names, moment)])
        return about

    def text(self) -> str:
        """Return each moment as a few lines."""
        return pipe_text.draw(self.names, self.moments)

    def svg(self) -> str:
        """Return the film as a moving picture."""
        return pipe_svg.draw(self.names, self.moments, self.about())


@contextmanager
def pipe(**ends: socket.socket) -> Iterator[Film]:
    """Film two programs and the kernel's buffers between them.

        with pipe(client=client, conn=conn) as film:
            client.sendall(b"hello")

    Give the two ends of one TCP connection, each under the name of its variable. In this block, their
    calls take turns, from whichever thread they come. After each call the film looks at what the
    kernel holds. A call that cannot go on is seen to be stuck. Recorded are send, sendall, recv,
    recv_into, shutdown and close; not recorded are calls that began before the block. A timeout passes
    only while nothing else can happen.

    Raises ValueError for anything but the two ends of one connection, and RuntimeError for sockets
    that are already being recorded.
    """
    if len(ends) != 2 or not _are_one_connection(*ends.values()):
        raise ValueError(
            "pipe() films the two ends of one TCP connection: pipe(client=client, conn=conn)"
        )
    if any(map(is_being_recorded, ends.values())):
        raise RuntimeError("these sockets are already being recorded; end that block first")
    shooting = Shooting(ends)
    director = Director(shooting)
    film = Film(tuple(ends))
    for sock in ends.values():
        note(sock, director)
        sock.__class__ = FilmedSocket  # for good: a thread may be in one of its calls at the end
    try:
        yield film
    finally:
        director.finish()
        film.moments = tuple(shooting.moments())


def _are_one_connection(one: socket.socket, other: socket.socket) -> bool:
    try:
        ends = [(sock.getsockname(), sock.getpeername()) for sock in (one, other)]
    except OSError:
        return False
    return ends[0] == ends[1][::-1] and one.type == socket.SOCK_STREAM
