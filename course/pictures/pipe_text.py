"""A film as plain text, 80 columns wide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .drawing import TEXT_WIDTH, fitting
from .film import Buffer, Level, Moment

CAPTION = "Calls as they were made; what the buffers hold, as the kernel reports it."
_BAR = 20


def draw(names: Sequence[str], moments: Sequence[Moment]) -> str:
    """Draw each moment: the call, and a line for each direction that carries bytes."""
    ways = [way for way in (0, 1) if is_used(moments, way)] or [0]
    width = min(max(map(len, names)), 10)
    lines = [_legend(names, way, width) for way in ways] + [""]
    for number, moment in numbered(moments):
        lines.append(fitting(f"{number:>2}  {headline(moment)}", TEXT_WIDTH))
        lines += [_line(names, moment, way, width) for way in ways]
        if moment.stuck:
            lines += [f"    {reason}" for reason in reasons(names, moment)]
        lines.append("")
    return "\n".join([*lines, CAPTION])


def numbered(moments: Sequence[Moment]) -> Iterator[tuple[int, Moment]]:
    """Count the moments from 1; the start is number 0, and left out if nothing was there yet."""
    for number, moment in enumerate(moments):
        if number or any(is_used([moment], way) for way in (0, 1)) or len(moments) == 1:
            yield number, moment


def is_used(moments: Sequence[Moment], way: int) -> bool:
    """Whether bytes or an end were ever on the way from side `way` to the other."""
    buffers = [b for m in moments for b in (m.sides[way].send, m.sides[1 - way].receive) if b]
    return any(buffer.level is not Level.EMPTY or buffer.ending for buffer in buffers)


def headline(moment: Moment) -> str:
    """Say in one line what happens."""
    if moment.stuck:
        return "stuck: nothing moves any more"
    if not moment.calls:
        return "at the start"
    return f"{', '.join(moment.calls)} {moment.outcome}".rstrip()


def reasons(names: Sequence[str], moment: Moment) -> list[str]:
    """Say who is stuck, and why."""
    found = []
    for name, side in zip(names, moment.sides, strict=True):
        if name in moment.stuck:
            receives = side.waits_in.startswith("recv")
            why = "its receive buffer is empty" if receives else "its send buffer is full"
            found.append(f"{name}.{side.waits_in.partition('(')[0]}() waits: {why}.")
    if len(found) == 2:
        sends = all(side.waits_in.startswith("send") for side in moment.sides)
        found.append(f"Each waits for the other to {'read' if sends else 'send'}.")
    return found


def _legend(names: Sequence[str], way: int, width: int) -> str:
    ends = ["send buffer", "receive buffer"]
    left, right = (f"▕ {words:<{_BAR - 1}}▏" for words in (ends if way == 0 else ends[::-1]))
    return _joined(names, left, right, way, width)


def _line(names: Sequence[str], moment: Moment, way: int, width: int) -> str:
    left = _bar(moment.sides[0].send if way == 0 else moment.sides[0].receive)
    right = _bar(moment.sides[1].receive if way == 0 else moment.sides[1].send)
    return _joined(names, left, right, way, width)


def _joined(names: Sequence[str], left: str, right: str, way: int, width: int) -> str:
    first, second = names
    return f"    {first[:10]:>{width}} {left}{'─▶' if way == 0 else '◀─'}{right} {second[:10]}"


def _bar(buffer: Buffer | None) -> str:
    if buffer is None:
        return f"▕{'closed':^{_BAR}}▏"
    fill = round(buffer.fill * _BAR)
    label = f" {buffer.words} "[:_BAR] if buffer.words else ""
    cells = "▓" + label + "▓" * (fill - len(label) - 1) if fill else label
    return f"▕{cells:<{_BAR}}▏"
