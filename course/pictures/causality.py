"""The order in which a ladder draws calls: what caused what, never what a clock said.

Every call is one point in this order. A call comes after
- the call before it in its own thread;
- for a connect: the listen of its listener; for an accept: the connect that it took;
- for any call on an accepted socket: the accept that made it;
- for a recv: each send whose bytes it returned, or the shutdown or close that ended the stream;
- for a reset or a broken pipe: the close at the other end; for an accept that fails: the shutdown
  or close of its listener;
- for a send or connect: the recv or accept that waited in vain before it;
- on one socket used by several threads: a bind, connect, shutdown or close that had returned.

What remains open is decided by rules that look only at what is drawn: first what answers another
call, then what goes on in the same thread, then the older connection.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import permutations
from threading import Thread

from .recording import Call, Party
from .streams import Conversations

_LIFE = {"bind", "listen", "connect", "connect_ex", "shutdown", "close"}
_RESETS = {"ConnectionResetError", "BrokenPipeError", "ConnectionAbortedError"}


def causal_order(conversations: Conversations) -> list[Call]:
    """Return the calls in causal order; equal behaviour gives equal order on every run."""
    calls = conversations.calls
    threads: dict[Thread, list[Call]] = defaultdict(list)
    for call in sorted(calls, key=lambda call: call.began):
        threads[call.thread].append(call)
    causes = _causes(conversations)
    ranks = _ranks(conversations)
    stories = {thread: _story(own) for thread, own in threads.items()}
    order: list[Call] = []
    done: set[Call] = set()

    def preference(call: Call) -> tuple[object, ...]:
        goes_on = bool(order) and order[-1].thread == call.thread
        rank, is_server = ranks.get(call.party, (len(calls), True))
        is_last = call.name == "close" and call.party in conversations.listeners.values()
        story = stories[call.thread]
        return not causes[call], is_last, not goes_on, rank, is_server, story, call.ended

    while threads:
        heads = [own[0] for own in threads.values()]
        ready = [call for call in heads if causes[call] <= done]
        # Calls that overlap on one socket can contradict each other; then go by what returned.
        following = min(ready or heads, key=preference)
        order.append(following)
        done.add(following)
        threads[following.thread].pop(0)
        if not threads[following.thread]:
            del threads[following.thread]
    return order


def _story(calls: Sequence[Call]) -> tuple[tuple[str, str, bytes, str], ...]:
    return tuple((call.name, call.argument, call.data or b"", call.error or "") for call in calls)


def _ranks(conversations: Conversations) -> dict[Party, tuple[int, bool]]:
    """Return (number of the connection, whether it is the accepted end), in order of accept."""
    ranks = {}
    for number, accept in enumerate(conversations.named("accept")):
        if accept.made:
            ranks[accept.made] = (number, True)
            if accept.made in conversations.peers:
                ranks[conversations.peers[accept.made]] = (number, False)
    return ranks


def _causes(conversations: Conversations) -> dict[Call, set[Call]]:
    """Return for each call those that it cannot precede, apart from its own thread's."""
    causes: dict[Call, set[Call]] = {call: set() for call in conversations.calls}
    pairs = (
        *_handshakes(conversations),
        *((link.source, link.target) for link in conversations.links()),
        *_endings(conversations),
        *conversations.missed(),
        *_shared_sockets(conversations.calls),
    )
    for cause, effect in pairs:
        if cause.thread != effect.thread and cause.began < effect.ended:
            causes[effect].add(cause)
    return causes


def _handshakes(conversations: Conversations) -> Iterable[tuple[Call, Call]]:
    for connect in conversations.named("connect", "connect_ex"):
        listener = conversations.listeners.get(connect.party)
        if listener:
            yield from ((listen, connect) for listen in conversations.of(listener, "listen")[:1])
    waited_in_vain: list[Call] = []
    for accept in conversations.named("accept"):
        if not accept.made:
            waited_in_vain.append(accept)
            continue
        client = conversations.peers.get(accept.made)
        for connect in conversations.of(client, "connect", "connect_ex") if client else ():
            yield connect, accept
            yield from ((failed, connect) for failed in waited_in_vain if not failed.note)
        waited_in_vain.clear()
        own = [call for call in conversations.calls if call.party is accept.made]
        first_in_each_thread = {call.thread: call for call in reversed(own)}
        yield from ((accept, call) for call in first_in_each_thread.values())


def _endings(conversations: Conversations) -> Iterable[tuple[Call, Call]]:
    for call in conversations.calls:
        if call.error in _RESETS or (call.name == "accept" and call.error == "OSError"):
            party = call.party
            other = conversations.peers.get(party) or conversations.listeners.get(party) or party
            if end := conversations.closing_of(other, "SHUT_RD", "SHUT_RDWR"):
                yield end, call


def _shared_sockets(calls: Sequence[Call]) -> Iterable[tuple[Call, Call]]:
    by_socket: dict[Party, list[Call]] = defaultdict(list)
    for call in calls:
        by_socket[call.party].append(call)
    for own in by_socket.values():
        for earlier, later in permutations(own, 2):
            if earlier.ended < later.began and _LIFE & {earlier.name, later.name}:
                yield earlier, later
