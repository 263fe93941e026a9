"""A ladder as SVG."""

from __future__ import annotations

from itertools import pairwise

from .arrangement import Arrangement, Arrow, Event, Lane
from .drawing import CARD_WIDTH, CHARACTER_WIDTH, Card
from .ladder_text import CAPTION, CAPTION_END, NO_EVENTS, about, call_list, describe

MOST_LANES = 6
_ROW_HEIGHT = 34
_MARGIN = 70
_LABEL_ROOM = 220  # beside a server whose client was not recorded
_STUB = 46  # the length of an arrow whose other end was not recorded
_PAIR_WEIGHT = 1.7  # the gap in which bytes are written, compared to any other
_CROWDED_PAIR_WEIGHT = 1.15
_HEADING_WIDTH = 112
_ABOVE, _BESIDE, _BELOW = -8, 4, 16  # the baseline of a label, from its row
_MORE_ROOM = 12


def draw(arrangement: Arrangement) -> str:
    """Draw the sockets as lanes, or list the calls when there are more than six sockets."""
    if not arrangement.events or len(arrangement.lanes) > MOST_LANES:
        return _draw_list(call_list(arrangement) or [NO_EVENTS], about(arrangement))
    return _Diagram(arrangement).draw()


def _draw_list(lines: list[str], description: str) -> str:
    card = Card(60 + 18 * len(lines), "Ladder of socket calls", description)
    for number, line in enumerate(lines):
        card.text(20, 30 + 18 * number, line, "ink")
    return _finish(card)


def _finish(card: Card) -> str:
    card.text(20, card.height - 16, f"{CAPTION} {CAPTION_END}", "soft prose small")
    return card.finish()


class _Diagram:
    """The geometry of one diagram."""

    def __init__(self, arrangement: Arrangement) -> None:
        self._arrangement = arrangement
        self._lanes = lanes = _side_by_side(arrangement.lanes)
        self._is_crowded = len(lanes) > 3
        self._calls_left = _with_calls_on_the_left(self._lanes)
        names = [lane.name for lane in lanes]
        self._x = dict(zip(names, self._positions(), strict=True))
        self._roles = {lane.name: lane.role for lane in self._lanes}
        widest = max(len(" → ".join(lane.ends)) for lane in lanes)
        self._stacked = self._is_crowded or widest > 33
        xs = sorted(self._x.values())
        closest = min((right - left for left, right in pairwise(xs)), default=CARD_WIDTH)
        self._tier = 56 if self._stacked and closest < _HEADING_WIDTH else 0
        self._top = (92 if self._stacked else 76) + self._tier
        self._ys = self._rows()
        height = self._ys[-1] + 12
        self._card = Card(height, "Ladder of socket calls", about(arrangement))

    def draw(self) -> str:
        for lane in self._lanes:
            self._draw_lane(lane)
        for arrow in self._arrangement.arrows:
            self._draw_arrow(arrow)
        for row, event in enumerate(self._arrangement.events):
            self._draw_event(row, event)
        return _finish(self._card)

    def _positions(self) -> list[float]:
        first, last = self._lanes[0], self._lanes[-1]
        left = self._room_for_calls(first) if first.name in self._calls_left else _LABEL_ROOM
        right = _MARGIN if last.name in self._calls_left else self._room_for_calls(last)
        pair = _CROWDED_PAIR_WEIGHT if self._is_crowded else _PAIR_WEIGHT
        neighbours = pairwise(self._lanes)
        weights = [pair if one.peer == other.name else 1.0 for one, other in neighbours]
        unit = (CARD_WIDTH - left - right) / (sum(weights) or 1)
        return [left + unit * sum(weights[:place]) for place in range(len(self._lanes))]

    def _room_for_calls(self, lane: Lane) -> float:
        calls = [event.text for event in self._arrangement.events if event.lane == lane.name]
        return max(_MARGIN, max(map(len, calls), default=0) * CHARACTER_WIDTH + 28)

    def _rows(self) -> list[float]:
        """Return where each row is, and where the next would be; labels between two rows need room."""
        events = self._arrangement.events
        drops = [
            self._drop(row, event) if self._label(row, event) else 0
            for row, event in enumerate(events)
        ]
        ys = [self._top + 14.0]
        for row, drop in enumerate(drops):
            meets = row + 1 < len(events) and events[row + 1].lane == events[row].lane
            is_tight = drop == _BELOW and (
                drops[row + 1] == _ABOVE if meets else not drops[row + 1 :]
            )
            ys.append(ys[-1] + _ROW_HEIGHT + (_MORE_ROOM if is_tight else 0))
        return ys

    def _y(self, row: int) -> float:
        return self._ys[row]

    def _draw_lane(self, lane: Lane) -> None:
        x = self._x[lane.name]
        lines = (lane.ends or [""]) if self._stacked else [" → ".join(lane.ends)]
        tier = self._tier * (self._lanes.index(lane) % 2)
        half = max(map(len, lines)) * CHARACTER_WIDTH / 2
        centre = min(max(x, 16 + half), CARD_WIDTH - 16 - half)
        self._card.text(centre, 30 + tier, lane.name, f"{lane.role} bold", "middle")
        for number, line in enumerate(lines):
            text = f"→ {line}" if number else line
            self._card.text(centre, 48 + tier + 16 * number, text, "soft small", "middle")
        bottom = min(self._y(lane.last), self._y(len(self._arrangement.events) - 1) + 14)
        self._card.line(x, self._y(lane.first) - 12, x, bottom, f"{lane.role}")
        if lane.last < len(self._arrangement.events):
            self._card.line(x - 6, bottom, x + 6, bottom, f"{lane.role}")

    def _draw_arrow(self, arrow: Arrow) -> None:
        start, stop = self._x[arrow.source], self._x[arrow.target]
        inset = 5 if stop > start else -5
        dashed = " dashed" if arrow.kind != "bytes" else ""
        style = self._roles[arrow.source] + dashed
        y_start, y_stop = self._y(arrow.start), self._y(arrow.stop)
        self._card.arrow(start + inset, y_start, stop - inset, y_stop, style)
        if arrow.kind == "accept":
            middle = (start + stop) / 2
            self._card.text(middle, y_start - 6, "new socket", "listener halo small", "middle")

    def _draw_event(self, row: int, event: Event) -> None:
        x, y = self._x[event.lane], self._y(row)
        role = self._roles[event.lane]
        on_left = event.lane in self._calls_left or self._accepts_rightwards(row)
        anchor, inner = ("end", "start") if on_left else ("start", "end")
        outside = -10 if on_left else 10
        self._card.dot(x, y, role)
        self._card.text(x + outside, y + 4, event.text, f"{role} halo", anchor)
        arrows = self._arrangement.arrows_from(row) + self._arrangement.arrows_to(row)
        if event.data and not event.error and not arrows:
            self._draw_stub(x, y, event, -1 if anchor == "start" else 1)
        label = self._label(row, event)
        if label:
            style = "error" if event.error else "ink"
            self._card.text(x - outside, y + self._drop(row, event), label, f"{style} halo", inner)

    def _draw_stub(self, x: float, y: float, event: Event, direction: int) -> None:
        near, far = x + 5 * direction, x + _STUB * direction
        start, stop = (far, near) if event.is_receive else (near, far)
        self._card.arrow(start, y, stop, y, self._roles[event.lane])

    def _drop(self, row: int, event: Event) -> int:
        """Return how far below its row a label is, clear of the arrow at its lane."""
        if event.error or event.data is None:
            return _BESIDE
        return _BELOW if self._arrangement.arrows_to(row) else _ABOVE

    def _accepts_rightwards(self, row: int) -> bool:
        arrows = self._arrangement.arrows_from(row)
        return any(a.kind == "accept" and self._x[a.target] > self._x[a.source] for a in arrows)

    def _label(self, row: int, event: Event) -> str:
        whole = [self._arrangement.is_whole(a) for a in self._arrangement.arrows_to(row)]
        if event.is_receive and event.data and whole == [True]:
            return ""  # the arrow's label says it
        return describe(event, self._room_for_label(event.lane))

    def _room_for_label(self, name: str) -> int:
        """Return how many characters fit between this lane and the next, but no less than 20."""
        x, places = self._x[name], [20.0, *self._x.values(), CARD_WIDTH - 20.0]
        on_right = name in self._calls_left
        nearest = min(abs(place - x) for place in places if place != x and (place > x) == on_right)
        return max(int((nearest - 20) / CHARACTER_WIDTH), 20)


def _side_by_side(lanes: tuple[Lane, ...]) -> list[Lane]:
    """Put both ends of a connection next to each other, and the listeners in the middle."""
    listeners = [lane for lane in lanes if lane.role == "listener"]
    clients = [lane for lane in lanes if lane.role == "client"]
    servers = {lane.name: lane for lane in lanes if lane.role == "server"}
    pairs = [[one, *filter(None, [servers.pop(one.peer, None)])] for one in clients]
    pairs += [[alone] for alone in servers.values()]
    half = (len(pairs) + 1) // 2
    left = [lane for pair in pairs[:half] for lane in pair]
    right = [lane for pair in pairs[half:] for lane in reversed(pair)]
    return left + listeners + right


def _with_calls_on_the_left(lanes: list[Lane]) -> set[str]:
    """Return the lanes whose peer is on their right, so that calls stay clear of the bytes."""
    places = {lane.name: place for place, lane in enumerate(lanes)}
    return {
        lane.name
        for lane in lanes
        if (lane.peer and places[lane.peer] > places[lane.name])
        or (not lane.peer and lane.role == "client" and places[lane.name] == 0)
    }
