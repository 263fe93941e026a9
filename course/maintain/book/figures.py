"""The pictures of stored lessons, drawn in the page itself: they follow its light or dark theme."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterator
from urllib.parse import unquote

IMAGE = re.compile(r'<img alt="([^"]*)"[^>]*src="data:image/svg\+xml;utf8,([^"]*)">')
STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
DARK = re.compile(r"@media ?\(prefers-color-scheme: ?dark\)")
# What a picture says about the system's setting, said about the page's. `:where` adds no weight,
# so the rules of a picture keep their order.
THEMES = (
    "@media screen and (prefers-color-scheme:dark)"
    "{{:where(body:not([data-theme=light]) .{look}){{{rules}}}}}\n"
    "@media screen{{:where(body[data-theme=dark] .{look}){{{rules}}}}}"
)


class Figures:
    """Puts pictures into pages, and collects what they look like, each look once."""

    def __init__(self) -> None:
        self._looks: dict[str, str] = {}

    def inline(self, output: str) -> str:
        """Return an output's HTML with its pictures as SVG elements."""
        return IMAGE.sub(self._figure, output)

    def stylesheet(self) -> str:
        """Return the looks of all pictures so far."""
        return "\n".join(self._looks.values()) + "\n"

    def _figure(self, match: re.Match[str]) -> str:
        svg = unquote(html.unescape(match[2]))
        style = "".join(STYLE.findall(svg))
        look = f"look-{hashlib.sha256(style.encode()).hexdigest()[:8]}"
        self._looks.setdefault(look, "\n".join(_scoped(style, look)))
        drawn = STYLE.sub("", svg).replace('role="img"', f'role="img" aria-label="{match[1]}"', 1)
        box = f'<div class="scroll {look}" tabindex="0" role="group" aria-label="Picture">'
        return f"{box}{drawn}</div>"


def _scoped(style: str, look: str) -> Iterator[str]:
    """Yield the rules of one picture, so that they change no other."""
    for head, body in _rules(style):
        if DARK.fullmatch(head):
            yield THEMES.format(look=look, rules=body)
        elif head.startswith("@media"):
            yield f"{head}{{:where(.{look}){{{body}}}}}"
        elif head.startswith("@"):
            yield f"{head}{{{body}}}"
        else:
            yield f":where(.{look}){{{head}{{{body}}}}}"


def _rules(style: str) -> Iterator[tuple[str, str]]:
    """Cut a stylesheet into its outermost rules: what is before the braces, and what is in them."""
    depth = start = opened = 0
    for place, sign in enumerate(style):
        if sign == "{":
            depth += 1
            if depth == 1:
                opened = place
        elif sign == "}":
            depth -= 1
            if depth == 0:
                yield style[start:opened].strip(), style[opened + 1 : place]
                start = place + 1
