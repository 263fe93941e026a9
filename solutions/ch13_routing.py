"""Chapter 13. Which function answers this URL?

A router takes the path apart first and decodes the segments afterwards, goes down a tree of them, and
finds the most specific route, in whatever order the routes were added. What it cannot answer it
explains: 404, 405 with what is allowed, 501, or 308 to where the page really is.

Run it by hand:  python3 -m solutions.ch13_routing --port 8000
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from string import Template
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from course.by_hand import announce, by_hand, wait_for_ctrl_c

from .ch02_four_tuple import FourTuple
from .ch06_threads import Server
from .ch09_request import HttpError, Request
from .ch11_response import Response
from .ch12_connection import serve_http

# RFC 9110 §9.1 and RFC 5789: what is none of these, and has no route, is not implemented here.
METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}
SCHEME_AND_AUTHORITY = re.compile(r"[^:/?]+://[^/?]*")
BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
PARAMETER = re.compile(r"\{([a-z_][a-z0-9_]*)(?::([a-z]+))?\}")
SUB_DELIMS = "!$&'()*+,;=:@"  # may stand in a segment as they are (RFC 3986 §3.3)

Endpoint = Callable[..., Response]


class Converter(NamedTuple):
    """Whether a parameter takes the next segment, and the value that comes of its text.

    `takes` is asked about the next segment alone; `convert` gets the whole text, which for `path` is
    all that is left, joined by `/`. There an encoded slash looks like any other: `a%2Fb` and `a/b`
    give the same value, and `..` may stand in it. The chapter on static files has to live with that.
    """

    takes: Callable[[str], bool]
    convert: Callable[[str], Any]


def is_number(text: str) -> bool:
    """Tell whether a text is a whole number: digits without a leading zero.

    18 at most: such a number fits into 64 bits, whoever it is handed on to.
    """
    return text.isdigit() and text.isascii() and len(text) <= 18 and (text[0] != "0" or text == "0")


# The most specific first. A `path` begins with no slash.
CONVERTERS = {
    "int": Converter(is_number, int),
    "str": Converter(bool, str),
    "path": Converter(lambda text: text[:1] not in ("", "/"), str),
}


class Parameter(NamedTuple):
    """A piece of a pattern that stands for what varies: `{id:int}`."""

    name: str
    converter: str


Piece = str | Parameter


def split_target(target: str) -> tuple[list[str], str]:
    """Return the segments of a target's path, decoded, and its query as it came.

    Of the absolute form, `http://host/path`, scheme and authority are left out (RFC 9112 §3.2.2), and
    an empty path, as in `http://host`, is `/` (RFC 9110 §4.2.3). The path `/` has one segment, which
    is empty; so has `/a/` an empty one at its end.

    Raises HttpError with 400, a reason and a section (chapter 9), for `%` without two hexadecimal
    digits (RFC 3986 §2.1) in the path, and for octets that are no UTF-8.
    """
    # TASK 1. Split at what stands there; then decode each piece, once (RFC 3986 §2.4).
    if not target.startswith("/") and (match := SCHEME_AND_AUTHORITY.match(target)):
        target = target[match.end() :]
    path, _, query = target.partition("?")
    segments = path.removeprefix("/").split("/")
    if "%" in path:
        segments = [_decode(segment) for segment in segments]
    return segments, query


def parse_pattern(pattern: str) -> list[Piece]:
    """Return the pieces of a pattern such as `/users/{id:int}/files/{name:path}`.

    A piece is a segment's text, as it is when decoded, or a Parameter: `{name}`, which is short for
    `{name:str}`, takes one whole segment that is not empty; `{name:int}` a whole number without sign
    and leading zeros; `{name:path}`, as the last piece, all that is left, slashes included. A pattern
    is written decoded; nothing in it is decoded again: `%41` is three characters.

    Raises ValueError for a pattern that does not begin with `/`, an empty segment before the end,
    braces that are no parameter, a converter that does not exist, a `path` before the end, and a
    name that is used twice.
    """
    # TASK 2. A segment is a parameter as a whole, or not at all.
    segments = pattern.removeprefix("/").split("/")
    if not pattern.startswith("/") or "" in segments[:-1]:
        raise ValueError(f"one slash stands before each segment: {pattern!r}")
    pieces: list[Piece] = []
    names: set[str] = set()
    for segment in segments:
        match = PARAMETER.fullmatch(segment)
        if match is None:
            if "{" in segment or "}" in segment:
                raise ValueError(f"{segment!r} is neither text nor one parameter")
            pieces.append(segment)
            continue
        name, converter = match[1], match[2] or "str"
        if converter not in CONVERTERS:
            raise ValueError(f"there is no converter {converter!r}")
        if converter == "path" and len(pieces) < len(segments) - 1:
            raise ValueError(f"nothing can follow a path: {pattern!r}")
        if name in names:
            raise ValueError(f"{name!r} is used twice: {pattern!r}")
        names.add(name)
        pieces.append(Parameter(name, converter))
    return pieces


@dataclass(eq=False)
class Route:
    """A method and a pattern, and the function that answers what they match.

    `pieces` are its pattern's; `parameters` are the index, name and converter of each Parameter.
    """

    method: str
    pattern: str
    endpoint: Endpoint
    name: str = ""

    def __post_init__(self) -> None:
        self.pieces = parse_pattern(self.pattern)
        self.parameters = [
            (at, piece.name, piece.converter)
            for at, piece in enumerate(self.pieces)
            if isinstance(piece, Parameter)
        ]


class Node:
    """A place in the tree of segments: what leads on from here, and the routes that end here.

    A branch is a converter's name, its `takes`, and the node behind a parameter with it.
    """

    def __init__(self) -> None:
        self.texts: dict[str, Node] = {}  # by the text of the next segment
        self.branches: list[tuple[str, Callable[[str], bool], Node]] = []  # most specific first
        self.routes: dict[str, Route] = {}  # by method

    def behind(self, converter: str) -> Node:
        """Return the node behind a parameter with this converter; make it if it is missing."""
        nodes = {name: node for name, _takes, node in self.branches}
        node = nodes.setdefault(converter, Node())
        self.branches = [
            (name, CONVERTERS[name].takes, nodes[name]) for name in CONVERTERS if name in nodes
        ]
        return node


class Router:
    """Finds the function for a request. It is a Handler itself.

    `root` is where every path begins. `routes` are all that were added, `methods` all that one of
    them has, and `named` a route of each name.
    """

    def __init__(self) -> None:
        self.root = Node()
        self.routes: list[Route] = []
        self.methods: set[str] = set()
        self.named: dict[str, Route] = {}

    def add(self, method: str, pattern: str, endpoint: Endpoint, name: str = "") -> None:
        """Answer `method` and `pattern` with what `endpoint(request, **values)` returns.

        `name` is what url() knows the pattern by. Routes with the same pattern, written the same, may
        share it.

        Raises ValueError if another route has the same method and takes exactly the same paths, if
        the name stands for another pattern, and for what parse_pattern refuses. Then nothing has
        changed: neither the tree nor `routes`, `methods` and `named`.
        """
        # TASK 3. Go down from the root, piece by piece; make the nodes that are missing.
        route = Route(method, pattern, endpoint, name)
        if name and self.named.get(name, route).pieces != route.pieces:
            raise ValueError(f"{name!r} is the name of {self.named[name].pattern}")
        node = self.root
        for piece in route.pieces:
            if isinstance(piece, str):
                node = node.texts.setdefault(piece, Node())
            else:
                node = node.behind(piece.converter)
        if method in node.routes:
            raise ValueError(f"{node.routes[method].pattern} takes the same paths as {pattern}")
        node.routes[method] = route
        self.routes.append(route)
        self.methods.add(method)
        if name:
            self.named.setdefault(name, route)

    def find(self, method: str, segments: Sequence[str]) -> tuple[Route, dict[str, Any]] | None:
        """Return the most specific route for a method and a path, and its values by name; or None.

        Segment by segment from the left, text goes before `int`, `int` before `str`, `str` before
        `path`. Neither the order in which routes were added nor their number matters. A route for GET
        answers HEAD as well, unless there is one for HEAD that takes the same paths.
        """
        # TASK 4. Try the best branch; if it leads nowhere, come back for the next.
        route = self._search(self.root, method, segments, 0)
        if route is None:
            return None
        values: dict[str, Any] = {}
        for at, name, converter in route.parameters:
            text = "/".join(segments[at:]) if converter == "path" else segments[at]
            values[name] = CONVERTERS[converter].convert(text)
        return route, values

    def allowed(self, segments: Sequence[str]) -> set[str]:
        """Return the methods that a path knows; HEAD comes with GET, and OPTIONS with any."""
        # TASK 4. Which methods would find something?
        methods = {method for method in self.methods | {"HEAD"} if self.find(method, segments)}
        return methods | {"OPTIONS"} if methods else methods

    def __call__(self, request: Request) -> Response:
        """Answer a request by its route, or say why there is none.

        The answer is always a Response; no HttpError of the router's own leaves here, for chapter 11
        would make a 500 of it. What the route's function raises is its own affair, and passes
        through. The content of a refusal is a word or nothing, as bytes.

        400 if the path cannot be decoded; 501 for a method that is neither in METHODS nor that of
        any route (RFC 9110 §15.6.2); which of the two comes first is up to you. Then, in this order:
        if the path has other methods, 405 with Allow (§15.5.6), or 204 with Allow for OPTIONS
        (§9.3.7); OPTIONS for `*` is 204, and its Allow may name what any route has. If the path has
        routes, of whatever method, with, or without, a slash at its end: 308 (§15.4.9), with Location
        the path there, query included; neither scheme nor host. Segments `.` and `..` stay in it:
        the client takes them out (RFC 3986 §5.2.4). Else 404.
        """
        # TASK 5. First the route. If there is none: why not?
        if request.target == "*":
            methods = self.methods | {"HEAD", "OPTIONS"}
            return Response(b"", 204, [("Allow", ", ".join(sorted(methods)))])
        try:
            segments, query = split_target(request.target)
        except HttpError as error:
            return _explain(error.status, str(error))
        if match := self.find(request.method, segments):
            route, values = match
            return route.endpoint(request, **values)
        if request.method not in METHODS | self.methods:
            return _explain(501, f"Nothing here knows the method {request.method}.")
        if allowed := self.allowed(segments):
            allow = ("Allow", ", ".join(sorted(allowed)))
            if request.method == "OPTIONS":
                return Response(b"", 204, [allow])
            return _explain(405, f"This path does not know {request.method}.", allow)
        other = segments[:-1] if segments[-1] == "" else [*segments, ""]
        if self.allowed(other):
            location = _path(other) + (f"?{query}" if query else "")
            return _explain(308, f"It is at {location}", ("Location", location))
        return _explain(404, "There is nothing here.")

    def url(self, name: str, /, **values: object) -> str:
        """Return the path of the route of that name, with each value percent-encoded.

        Raises KeyError if there is no such name. Raises ValueError for a value that is missing or
        that the pattern does not know; for values with which the path would not come back to this
        route; and for the segments `.` and `..`, which clients take out (RFC 3986 §5.2.4).
        """
        # TASK 6. What find() would undo.
        route = self.named[name]
        wanted = {parameter for _at, parameter, _converter in route.parameters}
        if wanted != values.keys():
            raise ValueError(f"{name} needs {sorted(wanted)}, not {sorted(values)}")
        segments: list[str] = []
        for piece in route.pieces:
            if isinstance(piece, str):
                segments.append(piece)
            else:
                text = str(values[piece.name])
                segments += text.split("/") if piece.converter == "path" else [text]
        match = self.find(route.method, segments)
        if match is None or match[0] is not route or not {".", ".."}.isdisjoint(segments):
            raise ValueError(f"{route.pattern} does not take {values}")
        return _path(segments)

    def mount(self, prefix: str, router: Router) -> None:
        """Add every route that `router` has now: `prefix`, then its pattern, both as they stand.

        Its name comes along. `router` may be this one, if its routes have no names: a name cannot
        stand for two patterns. Raises ValueError as add does; what was added before stays.
        """
        # TASK 6. Its patterns begin where the prefix ends.
        for route in [*router.routes]:
            self.add(route.method, prefix + route.pattern, route.endpoint, route.name)

    def __str__(self) -> str:
        """Return the tree as text, the best branch first, with the methods that end at each node."""
        return "\n".join(drawn(self.root))

    # Not in the starter.
    def _search(self, node: Node, method: str, segments: Sequence[str], at: int) -> Route | None:
        if at == len(segments):
            route = node.routes.get(method)
            return node.routes.get("GET") if route is None and method == "HEAD" else route
        segment = segments[at]
        child = node.texts.get(segment)
        if child and (route := self._search(child, method, segments, at + 1)):
            return route
        for converter, takes, child in node.branches:
            if takes(segment):
                end = len(segments) if converter == "path" else at + 1
                if route := self._search(child, method, segments, end):
                    return route
        return None


def drawn(node: Node, indent: str = "") -> Iterator[str]:
    """Yield a line for each node below this one."""
    branches = [(text, node.texts[text]) for text in sorted(node.texts)]
    branches += [(f"{{{converter}}}", child) for converter, _takes, child in node.branches]
    for label, child in branches:
        yield f"{f'{indent}/{label}':24} {' '.join(child.routes)}".rstrip()
        yield from drawn(child, f"{indent}  ")


# Not in the starter.
def _decode(segment: str) -> str:
    if bad := BAD_ESCAPE.search(segment):
        raise HttpError(400, "two digits follow a %", "RFC 3986 §2.1", segment, bad.start())
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError:
        raise HttpError(400, "these octets are no UTF-8", "RFC 3986 §2.5", segment) from None


# Not in the starter.
def _path(segments: Sequence[str]) -> str:
    return "/" + "/".join(quote(segment, safe=SUB_DELIMS) for segment in segments)


# Not in the starter.
def _explain(status: int, text: str, *fields: tuple[str, str]) -> Response:
    content_type = ("Content-Type", "text/plain; charset=utf-8")
    return Response(f"{text}\n".encode(), status, [content_type, *fields])


PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>$title</title>
<style>
  body { max-width: 46rem; margin: 0 auto; padding: 3rem 1.5rem; line-height: 1.5;
    font-family: system-ui, sans-serif; color: #1f2937; background: #f8fafc; }
  h1 { margin: 0 0 .5rem; font-size: 2.2rem; letter-spacing: -.02em; }
  a { color: #0f766e; }
  td { padding: .35rem 1.2rem .35rem 0; vertical-align: top; }
  pre, code { font-family: ui-monospace, monospace; font-size: .9rem; }
  pre { padding: 1rem 1.2rem; border-radius: .5rem; color: #d1fae5; background: #134e4a; }
</style>
<h1>$title</h1>
$body
""")
site = Router()


def home(_request: Request) -> Response:
    """Show where the site leads, and the tree that finds the way."""
    links = {
        site.url("greet", name="Ada"): "a name",
        site.url("greet", name="Åsa"): "two octets for one letter",
        site.url("greet", name="1/2"): "an encoded slash divides nothing",
        site.url("square", number=12): "a whole number",
        "/square/twelve": "none: 404, until somebody adds a route for text",
        "/hello": "without the slash at its end: 308, and then a page",
    }
    rows = "".join(
        f'<tr><td><a href="{escape(link)}"><code>{escape(link)}</code></a><td>{escape(text)}'
        for link, text in links.items()
    )
    body = f"""<p>Your own code served this page: it accepted the connection, found the request in its
    bytes, looked up a function, and sent back what that returned.
    <table>{rows}</table>
    <pre>{escape(str(site))}</pre>"""
    return page("From a socket to this page", body)


def everybody(_request: Request) -> Response:
    """Greet everybody."""
    return page("Hello, everybody!")


def greet(_request: Request, name: str) -> Response:
    """Greet somebody."""
    return page(f"Hello, {name}!")


def square(_request: Request, number: int) -> Response:
    """Square a number."""
    return page(f"{number} times {number} is {number * number:,}")


def page(title: str, body: str = '<p><a href="/">Back</a>') -> Response:
    """Return a page of HTML. What comes from outside is escaped, or it could bring tags along."""
    html = PAGE.substitute(title=escape(title), body=body)
    return Response(html.encode(), 200, [("Content-Type", "text/html; charset=utf-8")])


def serve(host: str, port: int) -> None:
    """Serve a small site to browsers, until Ctrl-C."""
    site.add("GET", "/", home)
    site.add("GET", "/hello/", everybody)
    site.add("GET", "/hello/{name}", greet, "greet")
    site.add("GET", "/square/{number:int}", square, "square")

    def handle(conn: socket.socket, _name: FourTuple) -> None:
        serve_http(conn, site)

    with Server(handle, 32, host, port) as server:
        announce(server.address)
        wait_for_ctrl_c()


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "A small site, your own from its sockets to its routes."))
