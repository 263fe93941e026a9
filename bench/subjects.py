"""What is measured: a server, the code that serves, and how many connections it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Announce = Callable[[int], None]
Serve = Callable[[str, int, Announce], None]


@dataclass(frozen=True)
class Subject:
    """One server.

    `serve(package, capacity, announce)` is a function of a module, so that another process can
    import it. It takes the chapters from `package` ("solutions" or "chapters"), calls `announce`
    with its port, and serves at least `capacity` connections at a time until its process is ended.
    `most` is how many it can serve at a time at all; None means as many as there are.
    """

    name: str
    serve: Serve
    most: int | None = None

    def takes(self, connections: int) -> bool:
        """See whether it serves so many connections at a time."""
        return self.most is None or connections <= self.most
