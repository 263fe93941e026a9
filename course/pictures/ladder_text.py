"""A ladder as plain text, 80 columns wide."""

from __future__ import annotations

from .arrangement import Arrangement, Arrow, Event, Lane
from .drawing import TEXT_WIDTH, bytes_label, pad_port

CAPTION = "Calls, not packets: each cause is above its effect."
CAPTION_END = "Arrows start where bytes were sent and end where they were received."
NO_EVENTS = "(no calls recorded)"
_COLUMNS = {"client": 18, "server": 48, "listener": 67}
_ROOM_FOR_NAME = 13
_GAP = _COLUMNS["server"] - _COLUMNS["client"] - 1


def draw(arrangement: Arrangement) -> str:
    """Draw one connection and its listener as lanes; anything larger as a list of calls."""
    roles = {lane.role for lane in arrangement.lanes}
    is_one = len(roles) == len(arrangement.lanes)
    is_narrow = all(len(lane.name) <= _ROOM_FOR_NAME for lane in arrangement.lanes)
    lines = _diagram(arrangement) if is_one and is_narrow else call_list(arrangement)
    return "\n".join([*(lines or [NO_EVENTS]), "", CAPTION, CAPTION_END])


def about(arrangement: Arrangement) -> str:
    """Say which sockets there are, and how many calls."""
    names = ", ".join(lane.name for lane in arrangement.lanes) or "no sockets"
    count = len(arrangement.events)
    return f"A ladder of socket calls: {names}; {count} call{'s' * (count != 1)}."


def call_list(arrangement: Arrangement) -> list[str]:
    """Return a line for each socket, an empty line, and a line for each call."""
    width = max([12, *(len(lane.name) + 2 for lane in arrangement.lanes)])
    lanes = [f"{lane.name:<{width}}{' → '.join(lane.ends)}".rstrip() for lane in arrangement.lanes]
    calls = [_listed(arrangement, row, width) for row in range(len(arrangement.events))]
    return [*lanes, "", *calls] if calls else []


def _listed(arrangement: Arrangement, row: int, width: int) -> str:
    event = arrangement.events[row]
    line = f"{event.lane:<{width}}{event.text:<20}"
    others = [a.target for a in arrangement.arrows_from(row)[:1]]
    sign = "──▶"
    if event.is_receive:
        others, sign = [a.source for a in arrangement.arrows_to(row)[:1]], "◀──"
    parts = [describe(event, 30), *(f"{sign} {other}" for other in others)]
    return f"{line}{' '.join(filter(None, parts))}".rstrip()[:TEXT_WIDTH]


def describe(event: Event, width: int) -> str:
    """Return what came of a call: an error, the end of the stream, or the bytes."""
    if event.outcome and (event.error or event.data is None):
        return event.outcome
    if event.is_receive and event.data == b"":
        return "end of stream: b''"
    return bytes_label(event.data, width) if event.data is not None else ""


class _Line:
    """One line of text that is filled in place."""

    def __init__(self) -> None:
        self._cells = [" "] * TEXT_WIDTH

    def put(self, column: int, text: str) -> None:
        for offset, character in enumerate(text[: TEXT_WIDTH - column]):
            self._cells[column + offset] = character

    def put_before(self, column: int, text: str) -> None:
        self.put(max(column - len(text), 0), text)

    def __str__(self) -> str:
        return "".join(self._cells).rstrip()


def _diagram(arrangement: Arrangement) -> list[str]:
    lines = _headings(arrangement.lanes) if arrangement.events else []
    arrangement = arrangement.by_role
    row = 0
    while row < len(arrangement.events):
        merged = _merged_arrow(arrangement, row)
        line = _lifelines(arrangement, row + bool(merged))
        if merged:
            _draw_call(line, arrangement.events[merged.stop])
            label = describe(arrangement.events[merged.stop], _GAP - 6)
            stroke = "╌" if merged.kind == "end" else "─"
            _draw_arrow(line, merged.source, merged.target, f" {label} ".center(_GAP - 1, stroke))
        else:
            _draw_alone(line, arrangement, row)
        _draw_call(line, arrangement.events[row])
        lines.append(str(line))
        row += 2 if merged else 1
    return lines


def _headings(lanes: tuple[Lane, ...]) -> list[str]:
    heading, local, remote = _Line(), _Line(), _Line()
    for lane in lanes:
        put = _Line.put_before if lane.role == "client" else _Line.put
        column = _COLUMNS[lane.role] + (1 if lane.role == "client" else 0)
        put(heading, column, lane.name)
        column = min(column, TEXT_WIDTH - len(pad_port(lane.local)))
        put(local, column, pad_port(lane.local))
        put(remote, column, f"→ {pad_port(lane.remote)}" if lane.remote else "")
    return [str(heading), str(local), str(remote)]


def _lifelines(arrangement: Arrangement, row: int) -> _Line:
    line = _Line()
    for lane in arrangement.lanes:
        if lane.first <= row <= lane.last:
            line.put(_COLUMNS[lane.name], "│")
    return line


def _merged_arrow(arrangement: Arrangement, row: int) -> Arrow | None:
    """Return the arrow that this row and the next can share."""
    for arrow in arrangement.arrows_from(row):
        if arrow.stop == row + 1 and arrangement.is_whole(arrow):
            return arrow
    return None


def _draw_call(line: _Line, event: Event) -> None:
    column = _COLUMNS[event.lane]
    if event.lane == "client":
        line.put_before(column, f"{event.text} ")
    else:
        line.put(column + 1, f" {event.text}")


def _draw_arrow(line: _Line, source: str, target: str, shaft: str) -> None:
    left, right = sorted((_COLUMNS[source], _COLUMNS[target]))
    if _COLUMNS[source] < _COLUMNS[target]:
        line.put(left, "├" + shaft + "▶")
    else:
        line.put(left + 1, "◀" + shaft + "┤")
    if source != "listener":
        line.put(right if _COLUMNS[source] < _COLUMNS[target] else left, "│")


def _draw_alone(line: _Line, arrangement: Arrangement, row: int) -> None:
    event = arrangement.events[row]
    for arrow in arrangement.arrows_from(row):
        if arrow.kind in ("connect", "accept"):
            room = abs(_COLUMNS[arrow.source] - _COLUMNS[arrow.target]) - 2
            label = " new socket " if arrow.kind == "accept" else ""
            _draw_arrow(line, arrow.source, arrow.target, label.center(room, "─"))
            return
    _draw_result(line, event)


def _draw_result(line: _Line, event: Event) -> None:
    """Write bytes or an error beside the lane, on the side where its peer is."""
    column = _COLUMNS[event.lane]
    label = describe(event, _GAP - 5)
    moved = bool(event.data) and not event.error
    if event.lane == "client":
        sign = "◀──" if event.is_receive else "──▶"
        line.put(column + 1, f"{sign} {label}" if moved else f" {label}" if label else "")
    elif label:
        sign = "──▶" if event.is_receive else "◀──"
        line.put_before(column, f"{label} {sign}" if moved else f"{label} ")
