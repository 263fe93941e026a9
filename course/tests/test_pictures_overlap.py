"""No label touches another, in any picture that a lesson has stored and in those made here."""

import json
import re
import socket
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import combinations
from urllib.parse import unquote

import pytest

from course.model.chapters import ROOT
from course.pictures import hexview, kernel_table, pipe, record

NAME = "{http://www.w3.org/2000/svg}"
MONOSPACE, PROSE, BOLD_PROSE = 7.25 / 12, 0.55, 0.6  # em a character, of the widest common fonts
SIZES = {"tiny": 8, "small": 11, "big": 14}
SOURCE = re.compile(r'src="data:image/svg\+xml;utf8,([^"]*)"')


@dataclass(frozen=True)
class Box:
    """Where a label is, by a careful estimate of its width."""

    words: str
    left: float
    right: float
    top: float
    bottom: float

    def touches(self, other):
        across = self.left - 2 < other.right and other.left - 2 < self.right
        return across and self.top - 2 < other.bottom and other.top - 2 < self.bottom


def box(text):
    styles = text.get("class", "").split()
    size = next((SIZES[style] for style in styles if style in SIZES), 12)
    em = (BOLD_PROSE if "bold" in styles else PROSE) if "prose" in styles else MONOSPACE
    words, x, y = text.text or "", float(text.get("x", 0)), float(text.get("y", 0))
    length = len(words.rstrip()) * em * size
    left = {"middle": x - length / 2, "end": x - length}.get(text.get("text-anchor"), x)
    return Box(words, left, left + length, y - 0.75 * size, y + 0.2 * size)


def frame(rect):
    x, y, width, height = (float(rect.get(name)) for name in ("x", "y", "width", "height"))
    return x, x + width, y, y + height


def scenes(root):
    """Return lists of labels that are shown together: what stays, with each moment of a film."""
    lasting = [box(text) for text in root.findall(f"{NAME}text") if text.text]
    moments = [group for group in root.findall(f"{NAME}g") if group.get("class") == "moment"]
    passing = [
        [box(text) for text in group.iter(f"{NAME}text") if text.get("class") != "pill"]
        for group in moments
    ]
    return [lasting + labels for labels in passing] or [lasting]


def faults(svg):
    """Return what touches what, and what ends outside the card."""
    root = ElementTree.fromstring(svg)
    width, height = float(root.get("width")), float(root.get("height"))
    frames = [frame(rect) for rect in root.iter(f"{NAME}rect") if rect.get("class") == "program"]
    found = set()
    for labels in scenes(root):
        for one, other in combinations(labels, 2):
            if one.touches(other):
                found.add(f"{one.words!r} touches {other.words!r}")
        for one in labels:
            for left, right, top, bottom in frames:
                inside = left <= one.left and one.right <= right
                if one.touches(Box("", left, right, top, bottom)) and not inside:
                    found.add(f"{one.words!r} crosses a frame")
            if one.left < 0 or one.right > width or one.top < 0 or one.bottom > height:
                found.add(f"{one.words!r} ends outside")
    return sorted(found)


def stored() -> Iterator[tuple[str, str]]:
    """Yield every picture that a lesson has stored, and where it is."""
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
            for output in cell.get("outputs", []):
                data = output.get("data", {})
                if "image/svg+xml" in data:
                    yield f"{path.stem} [{number}]", "".join(data["image/svg+xml"])
                for source in SOURCE.findall("".join(data.get("text/html", ""))):
                    yield f"{path.stem} [{number}]", unquote(unescape(source))


STORED = list(stored())


@pytest.mark.parametrize("svg", [svg for _, svg in STORED], ids=[where for where, _ in STORED])
def test_no_label_of_a_stored_picture_touches_another(svg):
    assert faults(svg) == []


def ladder_that_is_answered_at_once():
    with record() as ladder, socket.create_server(("127.0.0.1", 0)) as listener:
        with (
            socket.create_connection(listener.getsockname()) as client,
            listener.accept()[0] as conn,
        ):
            client.sendall(b"a question")
            client.shutdown(socket.SHUT_WR)
            conn.recv(100)
            conn.recv(100)
            conn.sendall(b"an answer")
            conn.recv(100)
        client.close()
    return ladder


def ladder_that_ends_with_two_answers_at_once():
    with socket.create_server(("127.0.0.1", 0)) as listener, record() as ladder:
        client = socket.create_connection(listener.getsockname())
        conn, _ = listener.accept()
        client.sendall(b"one")
        client.sendall(b"two")
        conn.recv(6)
    client.close()
    conn.close()
    return ladder


def film_of_long_words():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = socket.create_connection(listener.getsockname())
        other, _ = listener.accept()
    one.settimeout(0.1)
    with one, other:
        with pipe(the_one_that_asks_it=one, the_one_that_answers=other) as film:
            one.sendall(b"\xff\xfe\xfd")
            other.sendall(b"twelve bytes")
            other.shutdown(socket.SHUT_WR)
            thread = threading.Thread(target=flood, args=[one, other])
            thread.start()
            thread.join()
            with pytest.raises(TimeoutError):
                one.sendall(bytes(50_000_000))
            other.close()
        return film


def flood(one, other):
    for _ in range(10):
        one.sendall(bytes(20_000))
        other.recv(20_000)


def crowded_table():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        clients = [socket.create_connection(listener.getsockname()) for _ in range(3)]
        table = kernel_table(a_listener_with_a_name=listener, the_first_client=clients[0])
        for client in clients:
            client.close()
        return table


MADE = (
    ladder_that_is_answered_at_once,
    ladder_that_ends_with_two_answers_at_once,
    film_of_long_words,
    crowded_table,
    lambda: hexview(bytes(range(256)), "every octet there is, and a caption that goes on and on"),
)


@pytest.mark.parametrize("make", MADE)
def test_no_label_of_a_picture_touches_another(make):
    assert faults(make().svg()) == []


def test_pictures_are_stored():
    assert len(STORED) > 20
