"""A film as SVG: a stage on which it plays, and below it all its moments, standing still.

It moves by CSS alone. Where a reader wants no motion, or prints, the stage shows one moment.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import pairwise

from .drawing import CARD_WIDTH, CHARACTER_WIDTH, Card, clean, fitting
from .film import Buffer, Level, Moment
from .pipe_text import headline, is_used, numbered, reasons

CAPTION = (
    "Calls as they were made; what the buffers hold, as the kernel reports it. Drawn without scale."
)
STEP = 2.0  # seconds for a moment
PAUSE = 2.5  # seconds more for the last
_PROGRAM_WIDTH = 160
_PROGRAMS = (24.0, CARD_WIDTH - 24.0 - _PROGRAM_WIDTH)
_BUFFERS = (218.0, 394.0)
_BUFFER_WIDTH = 148.0
_BUFFER_HEIGHT = 32.0
_WAY_HEIGHT = 62.0
_STAGE_TOP = 20.0
_MINI = (424.0, 592.0)
_MINI_WIDTH = 144.0
_MINI_HEIGHT = 16.0
_ROLES = ("client", "server")
_ROOM_FOR_CALL = 20  # characters in a program's box
_ROOM_FOR_CAPTION = 84
_ROOM_IN_LIST = 50

_STYLES = (
    "{p} rect.program,{p} rect.kernel{{fill:none;stroke:#8b949e}}"
    "{p} rect.kernel{{stroke-dasharray:3 4}}"
    "{p} rect.client{{fill:#0969da;fill-opacity:.22;stroke:none}}"
    "{p} rect.server{{fill:#1a7f37;fill-opacity:.22;stroke:none}}"
    "{p} rect.stuck{{fill:#cf222e;fill-opacity:.08;stroke:#cf222e;stroke-width:2}}"
    "{p} rect.here{{fill:#59636e;fill-opacity:.12;stroke:none}}"
    "{p} rect.clock{{fill:#59636e}}"
    "{p} path.bar{{fill:none;stroke:#cf222e;stroke-width:3}}"
    "{p} text.big{{font-size:14px}}"
    "{p} circle.client,{p} rect.pill.client{{fill:#0969da;fill-opacity:1}}"
    "{p} circle.server,{p} rect.pill.server{{fill:#1a7f37;fill-opacity:1}}"
    "{p} text.pill{{fill:#ffffff}}"
    "@media (prefers-color-scheme:dark){{"
    "{p} rect.client{{fill:#388bfd;fill-opacity:.4}}"
    "{p} rect.server{{fill:#2ea043;fill-opacity:.4}}"
    "{p} rect.stuck{{fill:#f85149;fill-opacity:.12;stroke:#f85149}}"
    "{p} path.bar{{stroke:#f85149}}{p} rect.clock{{fill:#9198a1}}"
    "{p} rect.here{{fill:#9198a1;fill-opacity:.16}}"
    "{p} circle.client,{p} rect.pill.client{{fill:#79c0ff;fill-opacity:1}}"
    "{p} circle.server,{p} rect.pill.server{{fill:#7ee787;fill-opacity:1}}"
    "{p} text.pill{{fill:#0d1117}}}}"
    "@media print,(prefers-reduced-motion:reduce){{{p} *{{animation:none!important}}"
    "{p} rect.clock{{display:none}}}}"
).format(p=".course-picture")


def draw(names: Sequence[str], moments: Sequence[Moment], about: str) -> str:
    """Draw a stage with two programs and their buffers, and a line for each moment."""
    return _Drawing(names, moments).draw(about)


class _Drawing:
    """The geometry of a film, and its clock."""

    def __init__(self, names: Sequence[str], moments: Sequence[Moment]) -> None:
        self._names = names
        self._moments = moments
        self._ways = [way for way in (0, 1) if is_used(moments, way)] or [0]
        self._id = f"f{zlib.crc32(repr((names, moments)).encode()):08x}"
        self._length = STEP * len(moments) + PAUSE
        self._keyframes: list[str] = []
        self._kernel_height = 40 + _WAY_HEIGHT * len(self._ways)
        self._list_top = _STAGE_TOP + self._kernel_height + 86
        listed = dict(numbered(moments))
        heights = [self._row_height(moments[n]) if n in listed else 0 for n in range(len(moments))]
        self._tops = [self._list_top + sum(heights[:place]) for place in range(len(heights) + 1)]
        self._listed = listed
        stuck = [place for place, moment in enumerate(moments) if moment.stuck]
        holding = [place for place, moment in enumerate(moments) if _holds_bytes(moment)]
        self._still = (stuck[:1] + holding[-1:] + [len(moments) - 1])[0]
        self._elements: list[str] = []

    def draw(self, about: str) -> str:
        title = f"A film: {self._names[0]}, {self._names[1]} and the kernel's buffers"
        probe = Card(self._tops[-1] + 34, title, about)
        self._draw_on(probe)  # collects the keyframes
        card = Card(probe.height, title, about, _STYLES + "".join(self._keyframes))
        self._keyframes = []
        self._draw_on(card)
        return card.finish()

    def _draw_on(self, card: Card) -> None:
        self._draw_stage(card)
        self._draw_clock(card)
        for place, moment in enumerate(self._moments):
            self._draw_scene(card, place, moment)
            if place in self._listed:
                self._draw_row(card, place, moment)
        card.text(24, card.height - 14, CAPTION, "soft prose small")

    # The stage: what stays, and what moves.

    def _way_top(self, way: int) -> float:
        return _STAGE_TOP + 44 + _WAY_HEIGHT * self._ways.index(way)

    def _draw_stage(self, card: Card) -> None:
        left = _BUFFERS[0] - 14
        width = _BUFFERS[1] + _BUFFER_WIDTH + 14 - left
        card.rect(left, _STAGE_TOP, width, self._kernel_height, "kernel")
        card.text(CARD_WIDTH / 2, _STAGE_TOP + 17, "the kernel", "soft prose small", "middle")
        for place, name in enumerate(self._names):
            x = _PROGRAMS[place]
            card.rect(x, _STAGE_TOP, _PROGRAM_WIDTH, self._kernel_height, "program")
            middle = x + _PROGRAM_WIDTH / 2
            card.text(middle, _STAGE_TOP + 20, fitting(name, 20), f"{_ROLES[place]} bold", "middle")
            card.text(middle, _STAGE_TOP + 35, "program", "soft prose small", "middle")
            heading = _MINI[place] + _MINI_WIDTH / 2
            card.text(
                heading, self._list_top - 8, fitting(name, 19), f"{_ROLES[place]} bold", "middle"
            )
        for way in self._ways:
            self._draw_way(card, way)

    def _draw_clock(self, card: Card) -> None:
        """Draw how far the film is. Chromium stops an image for good in which nothing moves."""
        y = _STAGE_TOP + self._kernel_height + 44
        width = CARD_WIDTH - 48
        card.line(24, y, 24 + width, y, "soft thin")
        start, stop = (f"transform:translate(24px,{y - 1:g}px) scaleX({to})" for to in (0, 1))
        style = self._animate("clock", [(0.0, start), (self._length, stop)])
        card.add(
            f'<rect class="clock" width="{width:g}" height="2" fill="#59636e" style="{style}"/>'
        )

    def _draw_way(self, card: Card, way: int) -> None:
        y = self._way_top(way)
        middle = y + _BUFFER_HEIGHT / 2
        for place, x in enumerate(_BUFFERS):
            owner = f"{self._names[place]}'s "
            what = "send buffer" if place == way else "receive buffer"
            words = owner + what if len(owner + what) <= 23 else what
            card.text(x + _BUFFER_WIDTH / 2, y - 6, words, "soft prose small", "middle")
            self._draw_fill(card, way, place)
            card.rect(x, y, _BUFFER_WIDTH, _BUFFER_HEIGHT, "program")
        stops = [_PROGRAMS[0] + _PROGRAM_WIDTH, *(_BUFFERS[0] + d for d in (0, _BUFFER_WIDTH))]
        stops += [_BUFFERS[1], _BUFFERS[1] + _BUFFER_WIDTH, _PROGRAMS[1]]
        for start, stop in zip(stops[::2], stops[1::2], strict=True):
            ends = (start + 2, stop - 2) if way == 0 else (stop - 2, start + 2)
            card.arrow(ends[0], middle, ends[1], middle, "soft")

    def _draw_fill(self, card: Card, way: int, place: int) -> None:
        """Draw what a buffer holds, growing from the end at which it leaves."""
        y = self._way_top(way)
        x = _BUFFERS[place] + (_BUFFER_WIDTH if way == 0 else 0)
        sign = -1 if way == 0 else 1

        def at(level: float) -> str:
            return f"transform:translate({x:g}px,{y:g}px) scaleX({sign * level:g})"

        levels = [b.fill if (b := _buffer(m, way, place)) else 0.0 for m in self._moments]
        changes = [(0.0, at(levels[0]))]
        for number, (before, after) in enumerate(pairwise(levels), 1):
            if before != after:
                start = STEP * number + (0.1 if place == way or after < before else 0.6)
                changes += [(start, at(before)), (start + 0.6, at(after))]
        name = self._animate(f"b{way}{place}", [*changes, (self._length, at(levels[-1]))])
        still = levels[self._still]
        card.add(
            f'<rect class="{_ROLES[way]}" width="{_BUFFER_WIDTH:g}" height="{_BUFFER_HEIGHT:g}" '
            f'transform="translate({x:g} {y:g}) scale({sign * still:g} 1)" '
            f'fill="#d1d9e0" style="{name}"/>'
        )

    def _draw_scene(self, card: Card, place: int, moment: Moment) -> None:
        """Draw what is on the stage at this moment only."""
        card.add(self._open_group(place))
        for side in (0, 1):
            self._draw_program(card, moment, side)
        before = self._moments[place - 1] if place else moment
        for way in self._ways:
            for end in (0, 1):
                self._draw_label(card, place, _buffer(before, way, end), (way, end))
        style = "error" if moment.stuck or moment.is_error else "ink"
        words = reasons(self._names, moment)[-1] if moment.stuck else headline(moment)
        y = _STAGE_TOP + self._kernel_height + 28
        card.text(
            CARD_WIDTH / 2, y, fitting(words, _ROOM_FOR_CAPTION), f"{style} bold big", "middle"
        )
        self._draw_flow(card, place, moment)
        card.add("</g>")

    def _open_group(self, place: int) -> str:
        start, stop = STEP * place, STEP * (place + 1)
        changes = [(0.0, "opacity:1" if place == 0 else "opacity:0")]
        if place:
            changes += [(start, "opacity:0"), (start + 0.15, "opacity:1")]
        if place < len(self._moments) - 1:
            changes += [
                (stop, "opacity:1"),
                (stop + 0.15, "opacity:0"),
                (self._length, "opacity:0"),
            ]
        else:
            changes += [(self._length, "opacity:1")]
        style = self._animate(f"m{place}", changes)
        return f'<g class="moment" opacity="{int(place == self._still)}" style="{style}">'

    def _draw_program(self, card: Card, moment: Moment, side: int) -> None:
        x, name = _PROGRAMS[side], self._names[side]
        middle, y = x + _PROGRAM_WIDTH / 2, _STAGE_TOP + 34 + self._kernel_height / 2
        state = moment.sides[side]
        call, outcome, style = "", "", "soft"
        if name in moment.stuck:
            call, outcome, style = state.waits_in, "stuck", "error bold"
            card.rect(x, _STAGE_TOP, _PROGRAM_WIDTH, self._kernel_height, "stuck")
            self._draw_bar(card, side, is_send=call.startswith("send"))
        elif moment.who == name:
            call = ", ".join(call.removeprefix(f"{name}.") for call in moment.calls)
            outcome = moment.outcome
            style = "error bold" if moment.is_error else "soft"
            outcome = outcome or ("waits" if state.waits_in else "")
        elif state.waits_in:
            call, outcome = state.waits_in, "waits"
        if not call and state.is_closed:
            outcome = "closed"
        if call:
            card.text(middle, y - 8, _short(call), f"{_ROLES[side]} bold", "middle")
        if outcome:
            card.text(middle, y + 10, outcome[:_ROOM_FOR_CALL], style, "middle")

    def _draw_bar(self, card: Card, side: int, *, is_send: bool) -> None:
        """Bar the way between a program and the buffer that it waits for."""
        way = side if is_send else 1 - side
        if way in self._ways:
            edge = _PROGRAMS[0] + _PROGRAM_WIDTH if side == 0 else _PROGRAMS[1]
            x = edge + (17 if side == 0 else -17)
            y = self._way_top(way) + _BUFFER_HEIGHT / 2
            card.add(f'<path class="bar" d="M{x - 6:g} {y - 6:g}l12 12m0 -12l-12 12" />')

    def _draw_label(
        self, card: Card, place: int, before: Buffer | None, where: tuple[int, int]
    ) -> None:
        """Say what a buffer holds; what is new in it, when it has arrived."""
        way, end = where
        buffer = _buffer(self._moments[place], way, end)
        x, y = _BUFFERS[end] + _BUFFER_WIDTH / 2, self._way_top(way)
        words, style = _words(buffer)
        if not words:
            return
        is_new = words != _words(before)[0] and any(
            flow.is_send and flow.way == way for flow in self._moments[place].flows
        )
        if is_new:
            arrival = STEP * place + (0.4 if end == way else 0.8)
            changes = [(0.0, "opacity:0"), (arrival, "opacity:0"), (arrival + 0.1, "opacity:1")]
            style_of_group = self._animate(
                f"l{place}{way}{end}", [*changes, (self._length, "opacity:1")]
            )
            card.add(f'<g style="{style_of_group}">')
        card.text(x, y + 20, words, style, "middle")
        if is_new:
            card.add("</g>")

    def _draw_flow(self, card: Card, place: int, moment: Moment) -> None:
        for number, flow in enumerate(moment.flows):
            y = self._way_top(flow.way) + _BUFFER_HEIGHT / 2
            places = [_PROGRAMS[0] + _PROGRAM_WIDTH, _BUFFERS[0] + _BUFFER_WIDTH / 2]
            places += [_BUFFERS[1] + _BUFFER_WIDTH / 2, _PROGRAMS[1]]
            path = places if flow.way == 0 else places[::-1]
            start, stop = (path[0], path[2]) if flow.is_send else (path[2], path[3])
            for dot in range(1 if flow.content else 3):
                begin = STEP * place + 0.1 + 0.18 * dot + 0.3 * number
                look = f'<circle class="{_ROLES[flow.way]}" r="4" fill="#59636e"/>'
                if flow.content:
                    look = _pill(flow.content, _ROLES[flow.way])
                self._draw_mover(card, f"d{place}{number}{dot}", look, y, (start, stop), begin)

    def _draw_mover(
        self, card: Card, name: str, look: str, y: float, ends: tuple[float, float], begin: float
    ) -> None:
        hidden, shown = "opacity:0", "opacity:1"
        (start, stop) = (f"transform:translate({x:g}px,{y:g}px)" for x in ends)
        changes = [
            (0.0, f"{hidden};{start}"),
            (begin, f"{hidden};{start}"),
            (begin + 0.05, f"{shown};{start}"),
            (begin + 0.8, f"{shown};{stop}"),
            (begin + 0.9, f"{hidden};{stop}"),
            (self._length, f"{hidden};{stop}"),
        ]
        style = self._animate(name, changes)
        card.add(f'<g class="mover" opacity="0" style="{style}">{look}</g>')

    def _animate(self, name: str, changes: Sequence[tuple[float, str]]) -> str:
        steps = "".join(f"{100 * at / self._length:.4g}%{{{to}}}" for at, to in changes)
        self._keyframes.append(f"@keyframes {self._id}{name}{{{steps}}}")
        return f"animation:{self._id}{name} {self._length:g}s linear infinite"

    # The list: every moment as a still.

    def _said(self, moment: Moment) -> list[str]:
        together = ", ".join(moment.calls) or headline(moment)
        return [together] if len(together) <= _ROOM_IN_LIST else list(moment.calls)

    def _row_height(self, moment: Moment) -> float:
        lines = len(self._said(moment)) + (
            len(reasons(self._names, moment)) or bool(moment.outcome)
        )
        return max(12.0 + 16 * lines, 10 + (_MINI_HEIGHT + 4) * len(self._ways))

    def _draw_row(self, card: Card, place: int, moment: Moment) -> None:
        top = self._tops[place]
        height = self._tops[place + 1] - top
        card.add(self._open_group(place))
        card.rect(16, top, CARD_WIDTH - 32, height - 2, "here")
        card.add("</g>")
        card.text(42, top + 19, str(place), "soft", "end")
        bold = "error bold" if moment.stuck else "ink"
        baseline = top + 19
        for words in self._said(moment):
            card.text(54, baseline, fitting(words, _ROOM_IN_LIST), bold)
            baseline += 16
        if moment.outcome:
            card.text(54, baseline, moment.outcome, "error" if moment.is_error else "soft")
        for number, reason in enumerate(reasons(self._names, moment)):
            card.text(54, baseline + 16 * number, fitting(reason, 60), "ink prose small")
        for number, way in enumerate(self._ways):
            y = top + 6 + (_MINI_HEIGHT + 4) * number
            for end, x in enumerate(_MINI):
                self._draw_mini(card, _buffer(moment, way, end), way, x, y)
            ends = (_MINI[0] + _MINI_WIDTH + 2, _MINI[1] - 2)
            start, stop = ends if way == 0 else ends[::-1]
            card.arrow(start, y + _MINI_HEIGHT / 2, stop, y + _MINI_HEIGHT / 2, "soft")

    def _draw_mini(self, card: Card, buffer: Buffer | None, way: int, x: float, y: float) -> None:
        if buffer and buffer.level is not Level.EMPTY:
            width = _MINI_WIDTH * buffer.fill
            left = x + _MINI_WIDTH - width if way == 0 else x
            card.rect(left, y, width, _MINI_HEIGHT, _ROLES[way])
        card.rect(x, y, _MINI_WIDTH, _MINI_HEIGHT, "program")
        words, style = _words(buffer)
        if words:
            card.text(x + _MINI_WIDTH / 2, y + 12, words, f"{style} small", "middle")


def _buffer(moment: Moment, way: int, end: int) -> Buffer | None:
    side = moment.sides[end]
    return side.send if end == way else side.receive


def _holds_bytes(moment: Moment) -> bool:
    buffers = [buffer for side in moment.sides for buffer in (side.send, side.receive)]
    return any(buffer and buffer.level is not Level.EMPTY for buffer in buffers)


def _words(buffer: Buffer | None) -> tuple[str, str]:
    if buffer is None:
        return "closed", "soft"
    return buffer.words, "ink bold" if buffer.level is Level.FULL else "ink"


def _pill(content: str, role: str) -> str:
    width = len(content) * CHARACTER_WIDTH + 12
    return (
        f'<rect class="pill {role}" x="{-width / 2:g}" y="-10" width="{width:g}" height="20" '
        f'rx="10" fill="#59636e"/>'
        f'<text class="pill" y="4" text-anchor="middle" fill="#ffffff">{clean(content)}</text>'
    )


def _short(call: str) -> str:
    if len(call) <= _ROOM_FOR_CALL:
        return call
    names = [each.partition("(")[0] for each in call.split("), ")]
    return f"{names[0]}(…)" if len(names) == 1 else ", ".join(f"{name}()" for name in names)
