"""What all pictures share: how a notebook shows them, and the SVG card they are drawn on."""

from __future__ import annotations

import html
import re
from abc import ABC, abstractmethod
from xml.sax.saxutils import escape

CARD_WIDTH = 760
TEXT_WIDTH = 80
FONT_SIZE = 12
CHARACTER_WIDTH = 7.25  # of the widest common monospace font at FONT_SIZE

_COLOURS = {  # on a light card, and on a dark one
    "ink": ("#1f2328", "#f0f6fc"),
    "soft": ("#59636e", "#9198a1"),
    "client": ("#0550ae", "#79c0ff"),
    "server": ("#116329", "#7ee787"),
    "listener": ("#6639ba", "#d2a8ff"),
    "error": ("#cf222e", "#ff7b72"),
    "newline": ("#953800", "#ffa657"),
    "length": ("#0550ae", "#79c0ff"),
    "zero": ("#6e7781", "#7d8590"),
    "other": ("#a0308f", "#f778ba"),
}
_IN_A_URL = str.maketrans({sign: f"%{ord(sign):02X}" for sign in '%#"<>&\n'})
_ILLEGAL_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Picture(ABC):
    """A value that shows itself as text in a terminal and as a picture in a notebook."""

    @abstractmethod
    def text(self) -> str:
        """Return the picture as plain text, at most 80 columns wide, without a final newline."""

    @abstractmethod
    def svg(self) -> str:
        """Return the picture as one self-contained SVG element, at most 760 pixels wide."""

    @abstractmethod
    def about(self) -> str:
        """Return what the picture shows, in a sentence or two."""

    def __repr__(self) -> str:
        return self.text()

    def _repr_mimebundle_(self, **_options: object) -> dict[str, str]:
        """Return the text, and HTML that JupyterLab also shows in a notebook that it does not trust.

        A screen reader gets the alternative text, and the text form.
        """
        source = f"data:image/svg+xml;utf8,{self.svg().translate(_IN_A_URL)}"
        return {
            "text/plain": self.text(),
            "text/html": (
                f'<figure class="course-picture" style="margin:0">\n'
                f'<img alt="{html.escape(self.about())} Its text is below." width="{CARD_WIDTH}" '
                f'src="{source}">\n'
                "<details><summary><small>As text</small></summary>\n"
                f"<pre>{html.escape(self.text())}</pre>\n</details>\n</figure>"
            ),
        }


class Card:
    """An SVG that is being drawn: a rounded card with its own light and dark palette.

    A style is the name of a colour ("ink", "soft", "client", "server", "listener", "error",
    "newline", "length", "zero", "other"), optionally followed by "halo" (keeps text legible on a
    line), "bold", "italic", "small", "prose" (proportional type), "tiny", "thin" or "dashed".
    """

    def __init__(self, height: float, title: str, description: str, styles: str = "") -> None:
        self.height = height
        self._elements = [
            f"<title>{clean(title)}</title>",
            f"<desc>{clean(description)}</desc>",
            f"<style>{_STYLESHEET}{styles}</style>",
            f'<rect class="card" x="0.5" y="0.5" width="{CARD_WIDTH - 1}" '
            f'height="{height - 1:g}" rx="8" fill="#ffffff" stroke="#d1d9e0"/>',
        ]

    def text(self, x: float, y: float, content: str, style: str, anchor: str = "start") -> None:
        """Write `content` with its baseline at `y`; `anchor` is "start", "middle" or "end"."""
        sizes = [f' font-size="{size}"' for name, size in _SIZES.items() if name in style.split()]
        self._elements.append(
            f'<text class="{style}" x="{x:g}" y="{y:g}" text-anchor="{anchor}"{"".join(sizes)}>'
            f"{clean(content)}</text>"
        )

    def rect(self, x: float, y: float, width: float, height: float, style: str) -> None:
        """Draw a rectangle with round corners."""
        self._elements.append(
            f'<rect class="{style}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" '
            f'rx="4" fill="none" stroke="#59636e"/>'
        )

    def add(self, element: str) -> None:
        """Add an element as it is."""
        self._elements.append(element)

    def line(self, x1: float, y1: float, x2: float, y2: float, style: str) -> None:
        """Draw a straight line."""
        self._elements.append(
            f'<line class="{style}" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" '
            f'stroke="#59636e"/>'
        )

    def arrow(self, x1: float, y1: float, x2: float, y2: float, style: str) -> None:
        """Draw a line whose head points at (x2, y2)."""
        length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
        along_x, along_y = (x2 - x1) / length, (y2 - y1) / length
        base_x, base_y = x2 - 9 * along_x, y2 - 9 * along_y
        self.line(x1, y1, base_x, base_y, style)
        corners = [
            (x2, y2),
            (base_x - 4 * along_y, base_y + 4 * along_x),
            (base_x + 4 * along_y, base_y - 4 * along_x),
        ]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
        self._elements.append(f'<polygon class="{style}" points="{points}"/>')

    def dot(self, x: float, y: float, style: str) -> None:
        """Draw the small dot that marks a call on its lane."""
        self._elements.append(f'<circle class="{style}" cx="{x:g}" cy="{y:g}" r="3"/>')

    def finish(self) -> str:
        """Return the SVG."""
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" class="course-picture" role="img" '
            f'xml:space="preserve" font-family="{_MONOSPACE}" font-size="12" '
            f'width="{CARD_WIDTH}" height="{self.height:g}" '
            f'viewBox="0 0 {CARD_WIDTH} {self.height:g}">\n'
            + "\n".join(self._elements)
            + "\n</svg>"
        )


def bytes_label(data: bytes, width: int) -> str:
    r"""Return `data` as Python writes it (CR LF as \r\n), or its head and its length in octets."""
    whole = repr(data)
    if len(whole) <= width:
        return whole
    size = f" ({len(data):,} bytes)"
    kept = min(len(data), width)
    while kept and len(repr(data[:kept])) + 1 + len(size) > width:
        kept -= 1
    head = repr(data[:kept])
    return f"{head[:-1]}…{head[-1]}{size}"


def fitting(words: str, room: int) -> str:
    """Return words that fit into `room` characters."""
    return words if len(words) <= room else f"{words[: room - 1]}…"


def format_address(host: str, port: int) -> str:
    """Return `host:port`, an IPv6 host in brackets (RFC 3986 section 3.2.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def pad_port(address: str) -> str:
    """Return `address` as wide as if its port had five digits, so that no layout depends on it."""
    return address + " " * (5 - len(address.rpartition(":")[2]))


def clean(content: str) -> str:
    """Return text that is safe in XML."""
    return escape(_ILLEGAL_IN_XML.sub("\N{MIDDLE DOT}", content))


def _colours(palette: int, card: str, border: str) -> str:
    rules = [
        f".course-picture .card{{fill:{card};stroke:{border}}}",
        f".course-picture .halo{{stroke:{card}}}",
    ]
    for name, colours in _COLOURS.items():
        rules += [
            f".course-picture .{name}{{fill:{colours[palette]}}}",
            f".course-picture line.{name}{{stroke:{colours[palette]}}}",
        ]
    return "".join(rules)


_MONOSPACE = (
    "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
)
_SIZES = {"small": 11, "tiny": 8}  # for readers that drop <style>
_STYLESHEET = (
    f".course-picture text{{font:12px {_MONOSPACE}}}"
    ".course-picture text.prose{font:12px system-ui,-apple-system,'Segoe UI',"
    "'Helvetica Neue',Arial,sans-serif}"
    ".course-picture text{white-space:pre}"
    ".course-picture text.small{font-size:11px}"
    ".course-picture text.tiny{font-size:8px}"
    ".course-picture text.bold{font-weight:700}"
    ".course-picture text.italic{font-style:italic}"
    ".course-picture text.halo{paint-order:stroke;stroke-width:6px;stroke-linejoin:round}"
    ".course-picture line{stroke-width:1.5}"
    ".course-picture line.dashed{stroke-dasharray:5 4}"
    ".course-picture line.thin{stroke-width:1;opacity:.45}"
    + _colours(0, "#ffffff", "#d1d9e0")
    + "@media (prefers-color-scheme:dark){"
    + _colours(1, "#0d1117", "#3d444d")
    + "}"
)
