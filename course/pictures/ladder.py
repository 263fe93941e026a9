"""Ladder diagrams of what sockets really did."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from . import ladder_svg, ladder_text
from .arrangement import Arrangement, arrange
from .drawing import Picture
from .recording import Log, name_parties, recording


class Ladder(Picture):
    """The calls of a recording as a ladder: a lane for each socket, time downwards.

    Calls are in causal order (see `causality`), which is the same on every run, and not in the
    order of a clock. Arrows are bytes that a call handed to the kernel and another took from it.
    They are not packets: the kernel decides about those.
    """

    def __init__(self, log: Log) -> None:
        self._log = log

    @property
    def arrangement(self) -> Arrangement:
        """The recorded sockets, and the calls that have returned, in causal order."""
        return arrange(self._log.calls)

    def about(self) -> str:
        """Return which sockets there are, and how many calls."""
        return ladder_text.about(self.arrangement)

    def text(self) -> str:
        """Return a diagram of one connection, or a list of calls where there are more."""
        return ladder_text.draw(self.arrangement)

    def svg(self) -> str:
        """Return a diagram of up to six sockets, or a list of calls where there are more."""
        return ladder_svg.draw(self.arrangement)


@contextmanager
def record() -> Iterator[Ladder]:
    """Record what the TCP sockets that are opened in this block do.

    The block's sockets are real; they behave as always. Recorded are bind, listen, connect,
    connect_ex, accept, send, sendall, recv, recv_into, shutdown and close, also where the standard
    library calls them. Not recorded are sockets opened before the block (or from a class that was
    imported by name before it), calls that have not returned when the block ends, sendfile
    and sendmsg. Raises RuntimeError when a recording is already going on.

    A socket has the name of the variable that holds it at the end of the block, in the code that the
    block is in; one that no variable of that code holds is a "client", a "listener" or, where accept()
    made it, a "conn".
    """
    with recording() as log:
        yield Ladder(log)
    name_parties(log, _caller().f_locals)


def _caller() -> FrameType:
    """Return the frame of the code that has the `with`."""
    frame: FrameType | None = sys._getframe()
    while frame and frame.f_globals.get("__name__") in (__name__, "contextlib"):
        frame = frame.f_back
    assert frame
    return frame
