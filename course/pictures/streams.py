"""Which socket talks to which, and which call took the bytes that another handed over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .recording import Call, Party

_UNBOUNDED = 1 << 62
_NOTHING_YET = ("BlockingIOError", "TimeoutError")


@dataclass(frozen=True, eq=False)
class Link:
    """`target` took what `source` handed over: bytes of the stream, or its end."""

    source: Call
    target: Call
    is_end: bool = False


class Conversations:
    """The recorded sockets, paired: client with accepted socket, and both with their listener."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self.calls = calls
        self.peers: dict[Party, Party] = {}
        self.listeners: dict[Party, Party] = {}  # of clients, accepted or not
        for client in dict.fromkeys(call.party for call in self.named("connect", "connect_ex")):
            self._pair(client)

    def named(self, *names: str) -> list[Call]:
        """Return the calls with these names, in the order in which they returned."""
        return [call for call in self.calls if call.name in names]

    def of(self, party: Party, *names: str) -> list[Call]:
        """Return the calls with these names on one socket, in the order in which they began."""
        mine = [call for call in self.named(*names) if call.party is party]
        return sorted(mine, key=lambda call: call.began)

    def links(self) -> Iterator[Link]:
        """Yield who took whose bytes; the stream's offsets decide (RFC 9293 section 3.4)."""
        for receiver, sender in self.peers.items():
            sends = self._ranges(self.of(sender, "send", "sendall"))
            end = self.closing_of(sender, "SHUT_WR", "SHUT_RDWR")
            for recv, start, stop in self._ranges(self.of(receiver, "recv", "recv_into")):
                if end and recv.data == b"":
                    yield Link(end, recv, is_end=True)
                elif not recv.peeked:
                    for send, first, last in sends:
                        if max(first, start) < min(last, stop):
                            yield Link(send, recv)

    def missed(self) -> Iterator[tuple[Call, Call]]:
        """Yield each call that found nothing with the call that came too late for it."""
        for receiver, sender in self.peers.items():
            sends = self._ranges(self.of(sender, "send", "sendall"))
            for recv, start, _ in self._ranges(self.of(receiver, "recv", "recv_into")):
                if recv.error in _NOTHING_YET:
                    yield from ((recv, send) for send, first, _ in sends if first >= start)

    def closing_of(self, party: Party, *how: str) -> Call | None:
        """Return the first call that ended this socket's sending, or closed it."""
        for call in self.of(party, "shutdown", "close"):
            closed = call.name == "close" and not call.note
            if not call.error and (closed or call.argument in how):
                return call
        return None

    def _pair(self, client: Party) -> None:
        for accept in self.named("accept"):
            server = accept.made
            if server and server not in self.peers and _is_reverse(client, server):
                self.peers[client], self.peers[server] = server, client
                self.listeners[client] = accept.party
                return
        for listen in self.named("listen"):
            if client.remote and _listens_on(listen.party.local, client.remote):
                self.listeners[client] = listen.party

    @staticmethod
    def _ranges(calls: list[Call]) -> list[tuple[Call, int, int]]:
        """Give each call the part [start, stop) of the stream that it moved."""
        ranges, offset = [], 0
        for call in calls:
            stop = offset + len(call.data or b"")
            if call.name == "sendall" and call.error:
                stop = _UNBOUNDED  # how much of it went out is not known
            ranges.append((call, offset, stop))
            offset = offset if call.peeked else stop
        return ranges


def _is_reverse(client: Party, server: Party) -> bool:
    return bool(client.remote) and (client.local, client.remote) == (server.remote, server.local)


def _listens_on(local: str, address: str) -> bool:
    host, _, port = local.rpartition(":")
    return local == address or (host in ("0.0.0.0", "[::]") and address.endswith(f":{port}"))
