"""One stream, cut into two pieces at every place: what readers make of it.

In JupyterLab and VS Code, a slider moves the cut. Elsewhere there is a strip of all cuts.
"""

from __future__ import annotations

import html
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from course.setup.in_browser import WIDGET_VIEW, has_widgets, is_jupyter

from .drawing import CARD_WIDTH, CHARACTER_WIDTH, TEXT_WIDTH, Card, Picture, fitting

# Gets what was kept and the next piece. Returns the messages that are complete now, and what to keep.
Reader = Callable[[bytes, bytes], tuple[Sequence[object], bytes]]

MAX_STREAM = 20  # bytes
MAX_READERS = 2
_NAMES = {0x0D: "CR", 0x0A: "LF", 0x20: "SP"}
_ORDER = ("first", "second")
_BOX = 32
_BLOCK = 84  # the height of a reader on the stage
_ROW = 20
_COLUMNS = (292, 526)  # of the readers, in the list
_ROOM = 28  # characters in such a column
_ROOM_FOR_PIECES = 31
_STYLES = (
    ".course-picture rect.program{fill:none;stroke:#8b949e}"
    ".course-picture rect.client{fill:#0969da;fill-opacity:.22;stroke:none}"
    ".course-picture rect.server{fill:#1a7f37;fill-opacity:.22;stroke:none}"
    ".course-picture rect.here{fill:#59636e;fill-opacity:.12;stroke:none}"
    "@media (prefers-color-scheme:dark){"
    ".course-picture rect.client{fill:#388bfd;fill-opacity:.4}"
    ".course-picture rect.server{fill:#2ea043;fill-opacity:.4}}"
)
# JupyterLab gets the picture twice, to be saved and with the slider. It shows the slider if it can.
_HIDING = (
    "<style>.jp-OutputArea:has(.widget-vbox.course-cuts) > "
    ".jp-OutputArea-child:has(.course-cuts-saved),"
    ".jp-OutputArea:has(.course-cuts-saved) > .jp-OutputArea-child:not(:has(.course-cuts))"
    ":not(:has(.course-cuts-saved)){display:none}</style>"
)


@dataclass(frozen=True)
class AfterPiece:
    """What a reader returned for one piece, and what it kept after that."""

    messages: tuple[object, ...]
    kept: bytes


@dataclass(frozen=True)
class Run:
    """What a reader made of the pieces. It is right if it returns what it returns for one piece."""

    name: str
    steps: tuple[AfterPiece, ...]
    is_right: bool

    @property
    def messages(self) -> str:
        """All that it returned."""
        return _listed([message for step in self.steps for message in step.messages])

    @property
    def mark(self) -> str:
        """One sign: right, or wrong."""
        return "✓" if self.is_right else "✗"


class Cut(Picture):
    """The stream with one cut: the pieces, and each reader's output and buffer after each of them."""

    def __init__(self, pieces: tuple[bytes, bytes], runs: Sequence[Run]) -> None:
        self.pieces = pieces
        self.runs = tuple(runs)

    @property
    def place(self) -> int:
        """How many bytes come before the cut."""
        return len(self.pieces[0])

    def about(self) -> str:
        """Return where the cut is, and what the readers return."""
        words = [f"{run.name} returns {run.messages}" for run in self.runs]
        return f"Cut after byte {self.place}: {'; '.join(words)}."

    def text(self) -> str:
        """Return the pieces, and two lines for each reader."""
        lines = [f"cut after byte {self.place}:  {self.pieces[0]!r}  {self.pieces[1]!r}"]
        for run in self.runs:
            lines.append(f"{run.mark} {run.name}")
            for order, step in zip(_ORDER, run.steps, strict=True):
                returned = f"returns {_listed(step.messages)}"
                lines.append(f"    {order:<6} piece  {returned:<34}  keeps {step.kept!r}")
        return "\n".join(line[:TEXT_WIDTH] for line in lines)

    def svg(self) -> str:
        """Return the same as a card."""
        card = Card(self.height + 8, f"A cut after byte {self.place}", self.about(), _STYLES)
        self.draw_on(card)
        return card.finish()

    @property
    def height(self) -> float:
        """How much of a card it takes."""
        return 112.0 + _BLOCK * len(self.runs)

    def draw_on(self, card: Card) -> None:
        """Draw the stream in its pieces, and what the readers return and keep."""
        card.text(24, 28, f"The stream, cut after byte {self.place}", "ink prose bold")
        left = 24.0
        for order, piece, style in zip(_ORDER, self.pieces, ("client", "server"), strict=True):
            width = _BOX * len(piece)
            card.rect(left, 42, width, 30, style)
            for place, byte in enumerate(piece):
                x = left + _BOX * place
                card.rect(x, 42, _BOX, 30, "program")
                name, look = _byte(byte)
                card.text(x + _BOX / 2, 62, name, look, "middle")
            card.text(left + width / 2, 87, order, "soft prose small", "middle")
            left += width + 16
        for place, run in enumerate(self.runs):
            self._draw_run(card, run, 112 + _BLOCK * place)

    def _draw_run(self, card: Card, run: Run, top: float) -> None:
        style = "server" if run.is_right else "error"
        card.text(24, top + 14, f"{run.mark} {run.name}", f"{style} bold")
        card.text(250, top + 14, "returns", "soft prose small")
        card.text(520, top + 14, "keeps, in its buffer", "soft prose small")
        for place, (order, step) in enumerate(zip(_ORDER, run.steps, strict=True)):
            y = top + 36 + 28 * place
            card.text(40, y, f"after the {order} piece", "soft prose")
            card.text(250, y, fitting(_listed(step.messages), 34), "ink")
            card.rect(520, y - 16, CARD_WIDTH - 544, 23, "program")
            card.text(530, y, fitting(repr(step.kept), 27), "ink" if step.kept else "soft")


class Cuts(Picture):
    """A stream, cut at every place; make one with `cuts`."""

    def __init__(self, places: Sequence[Cut], at: int) -> None:
        self.places = tuple(places)
        self._still = self.places[at - 1]

    def about(self) -> str:
        """Return how many cuts there are, and for how many each reader is right."""
        counts = [
            f"{run.name} is right at {sum(cut.runs[place].is_right for cut in self.places)}"
            for place, run in enumerate(self._still.runs)
        ]
        places = len(self.places)
        return f"A stream, cut in two at each of its {places} places: {', '.join(counts)} of them."

    def text(self) -> str:
        """Return a line for each cut, and below it one for each reader."""
        width = max(len(run.name) for run in self._still.runs)
        lines = []
        for cut in self.places:
            lines.append(f"{cut.place:>3}  {cut.pieces[0]!r}  {cut.pieces[1]!r}")
            for run in cut.runs:
                kept = f"keeps {run.steps[0].kept!r}"
                lines.append(
                    f"   {run.mark} {run.name:<{width}}  {kept:<24}  returns {run.messages}"
                )
        return "\n".join(line[:TEXT_WIDTH] for line in lines)

    def svg(self) -> str:
        """Return one cut in full, and a row for each of them."""
        top = self._still.height + 24
        height = top + 26 + _ROW * len(self.places) + 14
        card = Card(height, "A cut at every place", self.about(), _STYLES)
        self._still.draw_on(card)
        card.text(24, top + 8, "Every cut", "ink prose bold")
        for x, run in zip(_COLUMNS, self._still.runs, strict=False):
            card.text(x, top + 8, f"{run.name} returns", "soft prose small")
        for number, cut in enumerate(self.places):
            y = top + 32 + _ROW * number
            if cut is self._still:
                card.rect(16, y - 15, CARD_WIDTH - 32, _ROW, "here")
            card.text(42, y, str(cut.place), "soft", "end")
            first, second = _both(cut.pieces)
            card.text(54, y, first, "client")
            card.text(54 + CHARACTER_WIDTH * (len(first) + 1), y, second, "server")
            for x, run in zip(_COLUMNS, cut.runs, strict=False):
                style = "ink" if run.is_right else "error bold"
                card.text(x, y, fitting(f"{run.mark} {run.messages}", _ROOM), style)
        return card.finish()

    def _ipython_display_(self) -> None:
        if not has_widgets():
            raise NotImplementedError  # IPython then shows the picture that stands still
        _Slider(self, self._still.place).show()


class _Slider:
    """The picture with a slider, which also takes the arrow keys."""

    def __init__(self, picture: Cuts, place: int) -> None:
        import ipywidgets as widgets

        self._picture = picture
        self._slider = widgets.IntSlider(
            value=place,
            min=1,
            max=len(picture.places),
            description="Cut after byte",
            style={"description_width": "initial"},
            layout={"width": "420px"},
        )
        self._view = widgets.HTML(self._shown(place))
        self._slider.observe(self._draw, "value")
        self._box = widgets.VBox([self._slider, self._view])
        self._box.add_class("course-cuts")

    def show(self) -> None:
        """Display it; and, where the notebook is saved without widgets, the picture that stays."""
        from IPython.display import display

        model = {"version_major": 2, "version_minor": 0, "model_id": self._box.model_id}
        bundle: dict[str, Any] = {WIDGET_VIEW: model}
        still = self._picture._repr_mimebundle_()
        if is_jupyter():
            saved = f'{_HIDING}<div class="course-cuts-saved">\n{still["text/html"]}\n</div>'
            display({**still, "text/html": saved}, raw=True)  # type: ignore[no-untyped-call]
        else:
            bundle |= still
        display(bundle, raw=True)  # type: ignore[no-untyped-call]

    def _draw(self, change: Any) -> None:
        self._view.value = self._shown(change["new"])

    def _shown(self, place: int) -> str:
        cut = self._picture.places[place - 1]
        return (
            f'{cut._repr_mimebundle_()["text/html"]}<p role="status">{html.escape(cut.about())}</p>'
        )


def cuts(stream: bytes, *readers: Reader, at: int = 1) -> Cuts:
    r"""Cut a stream into two pieces, at every place; send them, and show what readers make of them.

        cuts(b"one\r\ntwo\r\n", search_piece, search_all, at=4)

    For each cut, the two pieces go through a connection of their own. A reader is called for each
    piece, as `reader(kept, piece)`, and returns the messages that are complete now, and what it keeps.
    It is right if the messages are those that it returns for the stream in one piece. At first, the
    picture shows the cut after `at` bytes in full.

    Raises ValueError for a stream of fewer than 2 or more than 20 bytes, for no reader or more than
    two, and for an `at` where the stream cannot be cut.
    """
    if not 2 <= len(stream) <= MAX_STREAM:
        raise ValueError(f"cuts() shows streams of 2 to {MAX_STREAM} bytes, not of {len(stream)}")
    if not 1 <= len(readers) <= MAX_READERS:
        raise ValueError(f"cuts() shows one reader or two, not {len(readers)}")
    if not 0 < at < len(stream):
        raise ValueError(f"a stream of {len(stream)} bytes cannot be cut after byte {at}")
    whole = [_told(_steps(reader, _received([stream]))) for reader in readers]
    places = []
    for place in range(1, len(stream)):
        first, second = _received([stream[:place], stream[place:]])
        runs = []
        for reader, expected in zip(readers, whole, strict=True):
            steps = _steps(reader, (first, second))
            runs.append(Run(reader.__name__, steps, _told(steps) == expected))
        places.append(Cut((first, second), runs))
    return Cuts(places, at)


def _received(pieces: Sequence[bytes]) -> tuple[bytes, ...]:
    """Send each piece when the one before it has been received; return what recv() returned."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client,
        listener.accept()[0] as conn,
    ):
        received = []
        for piece in pieces:
            client.sendall(piece)
            while len(conn.recv(len(piece), socket.MSG_PEEK)) < len(piece):
                pass  # its last bytes are still on their way
            received.append(conn.recv(1024))
        return tuple(received)


def _steps(reader: Reader, pieces: Sequence[bytes]) -> tuple[AfterPiece, ...]:
    steps, kept = [], b""
    for piece in pieces:
        messages, kept = reader(kept, piece)
        kept = bytes(kept)
        steps.append(AfterPiece(tuple(messages), kept))
    return tuple(steps)


def _told(steps: Sequence[AfterPiece]) -> list[object]:
    return [message for step in steps for message in step.messages]


def _listed(messages: Sequence[object]) -> str:
    return ", ".join(map(repr, messages)) or "nothing"


def _byte(byte: int) -> tuple[str, str]:
    if byte in _NAMES:
        return _NAMES[byte], "newline bold small"
    return (chr(byte), "ink bold") if 0x20 < byte < 0x7F else (f"{byte:02x}", "other italic")


def _both(pieces: tuple[bytes, bytes]) -> tuple[str, str]:
    """Return two pieces as Python writes them; of what is too long for a row, the bytes at the cut."""
    first, second = map(repr, pieces)
    if len(first) + len(second) > _ROOM_FOR_PIECES:
        half = _ROOM_FOR_PIECES // 2
        spare = max(half - min(len(first), len(second)), 0)
        first = first if len(first) <= half else f"…{first[1 - half - spare :]}"
        second = fitting(second, half + spare)
    return first, second
