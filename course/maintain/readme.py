"""Makes what the course's own pages show from the real thing, so that it cannot go stale.

The syllabus is written from the lessons. README.md has two pictures, a ladder that is recorded from a
conversation over loopback, and the report of a real check of a small wrong answer. Each is drawn
twice: GitHub shows the file that fits the reader's theme.
"""

from __future__ import annotations

import io
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.style import Style

from course.maintain.syllabus import SYLLABUS, syllabus
from course.model.chapters import ROOT, find
from course.model.errors import CourseError
from course.model.starters import starter
from course.pictures import record
from course.pictures.drawing import CARD_WIDTH, CHARACTER_WIDTH, Card
from course.reports.elements import Frame
from course.reports.outline import frame
from course.reports.terminal import drawn
from course.running.hosts import Host
from course.running.orders import Judged, Order
from solutions.ch01_echo import ask, open_listener, serve_one

IMAGES = ROOT / "docs" / "images"
ONE_RECV = {  # what a learner may write first
    "task 1: open_listener": "return socket.create_server((host, port), backlog=backlog)",
    "task 2: echo": "data = conn.recv(1024)\n    conn.sendall(data)\n    return len(data)",
}
PORTS = ("40369", "44920")  # shown instead of the two ports that the kernel chose
LINE_HEIGHT = 18
STYLES = {"red": "error", "green": "server", "cyan": "client", "yellow": "newline"}
DARK_RULES = re.compile(r"@media \(prefers-color-scheme:dark\)\{(.*)\}(?=</style>)")


def images() -> dict[Path, str]:
    """Draw every picture; return the SVG text of each file."""
    found = {}
    for name, svg in (("ladder", ladder()), ("report", report())):
        found[IMAGES / f"{name}-light.svg"] = DARK_RULES.sub("", svg) + "\n"
        found[IMAGES / f"{name}-dark.svg"] = DARK_RULES.sub(r"\1", svg) + "\n"
    return found


def pages() -> dict[Path, str]:
    """Make everything; return the text of each file."""
    return {**images(), SYLLABUS: syllabus()}


def write() -> None:
    """Make every file."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8", newline="\n")


def stale() -> list[Path]:
    """Return the files that are missing or differ from what would be made now."""
    now = pages()
    return [file for file in now if not file.is_file() or file.read_text("utf-8") != now[file]]


def ladder() -> str:
    """Record the reference of *echo* as it serves one client, and draw it."""
    with record() as recorded, open_listener() as listener:
        server = threading.Thread(target=serve_one, args=[listener])
        server.start()
        ask(listener.getsockname(), b"hello")
        server.join()
    svg = recorded.svg()
    ports = dict.fromkeys(re.findall(r"127\.0\.0\.1:(\d+)", svg))
    for port, shown in zip(ports, PORTS, strict=True):
        svg = re.sub(rf"127\.0\.0\.1:{port}\b {{0,{5 - len(port)}}}", f"127.0.0.1:{shown}", svg)
    return svg


def report() -> str:
    """Check an answer that calls recv() once, and draw the frame of its report."""
    chapter = find("echo")
    answer = starter(chapter)
    for label, code in ONE_RECV.items():
        unwritten = f'raise NotImplementedError("ch{chapter.number:02} {label}")'
        if unwritten not in answer:
            raise CourseError(f"the starter of chapter {chapter.number} lacks the line {unwritten}")
        answer = answer.replace(unwritten, code)
    with tempfile.TemporaryDirectory() as folder, closing(Host()) as host:
        Path(folder, chapter.workbench.name).write_text(answer, encoding="utf-8")
        news = [*host.run(Order(chapter.stem, folder, stop_early=True))]
    *_kept, broken = (piece.verdict for piece in news if isinstance(piece, Judged))
    return _draw(f"check {chapter.slug}", frame(chapter, broken))


def _draw(command: str, broken: Frame) -> str:
    lines = [*_lines(broken)]
    text = "\n".join(" ".join(words for _, words, _ in line) for line in lines)
    title, height = "A report of a broken promise", 92 + LINE_HEIGHT * len(lines)
    card = Card(height, title, f"{broken.title}\n{text}")
    card.text(20, 28, f"$ python3 -m course {command}", "soft")
    card.line(20, 40, CARD_WIDTH - 20, 40, "soft thin")
    card.text(20, 64, broken.title, "error bold")
    for number, line in enumerate(lines):
        for column, words, style in line:
            y = 92 + LINE_HEIGHT * number
            card.text(20 + column * CHARACTER_WIDTH, y, words, style)
    return card.finish()


def _lines(broken: Frame) -> Iterator[list[tuple[int, str, str]]]:
    """Yield the lines that the frame has in a terminal: the column, words and style of each piece."""
    canvas = Console(file=io.StringIO(), width=80, color_system="standard", _environ={})
    _gap, _top, *inside, _bottom = canvas.render_lines(drawn(broken), pad=False)
    for segments in inside:
        styled = [(letter, _style(part.style)) for part in segments for letter in part.text]
        pieces, column = [], 0
        for style, letters in groupby(styled[2:-2], key=lambda pair: pair[1]):
            words = "".join(letter for letter, _ in letters)
            if words.strip():
                indent = len(words) - len(words.lstrip())
                pieces.append((column + indent, words.strip(), style))
            column += len(words)
        yield pieces


def _style(style: Style | None) -> str:
    colour = style.color.name if style and style.color else ""
    kind = STYLES.get(colour, "soft" if style and style.dim else "ink")
    return f"{kind} bold" if style and style.bold else kind
