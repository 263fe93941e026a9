"""Chapter 13. Which function answers this URL?

A router splits a path into segments, decodes each of them once, and walks down a tree of segments. It
finds the most specific route, whatever the order in which the routes were added. Where there is no
route, it says why: 404, 405 with the methods that are allowed, 501, or 308 with the right path.

What calls what:

    Router.__call__   respond
    Router.respond    split_target (which calls decode)
                      find (search)
                      no_route (allowed, and moved, which calls path_of)
    Router.add        Route (parse_pattern, which calls piece_of), check_name, Node.below, record
    Router.url        find, path_of

Run it by hand:  python3 -m solutions.ch13_routing --port 8000 [--loop]
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from string import Template
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from course.by_hand import by_hand

from .ch09_request import HttpError, Request
from .ch11_response import Handler, Response
from .ch12_connection import serve_site

# RFC 9110 §9.1 and RFC 5789. Any other method is unknown here, unless a route has it.
METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}
SCHEME_AND_AUTHORITY = re.compile(r"[^:/?]+://[^/?]*")  # of a target that request has accepted
BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
PARAMETER = re.compile(r"\{([a-z_][a-z0-9_]*)(?::([a-z]+))?\}")  # its name, its converter or None
SUB_DELIMS = "!$&'()*+,;=:@"  # quote() may leave these as they are in a segment (RFC 3986 §3.3)

Endpoint = Callable[..., Response]  # a function with any arguments that returns a Response


def decode(segment: str) -> str:
    """Return a segment as text: each `%` with two digits is an octet, and the octets are UTF-8.

    This is given. It decodes once.

        "a%2Fb"     → "a/b"
        "%C3%85sa"  → "Åsa"
        "%2541"     → "%41"
        "c++"       → "c++"    a plus is a plus

    Raises HttpError(status, reason, section):
        400  a `%` without two hexadecimal digits after it                       (RFC 3986 §2.1)
        400  octets that are not UTF-8: a URL may have them, but this course refuses them  (§2.5)
    """
    if "%" not in segment:
        return segment
    if bad := BAD_ESCAPE.search(segment):
        raise HttpError(400, "two digits follow a %", "RFC 3986 §2.1", segment, bad.start())
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError:
        raise HttpError(400, "only UTF-8 is accepted here", "RFC 3986 §2.5", segment) from None


def split_target(target: str) -> tuple[list[str], str]:
    """Return the segments of a target's path, decoded, and its query, as it was sent.

        "/a%2Fb/c?q=x%26y"  → (["a/b", "c"], "q=x%26y")
        "/users/"           → (["users", ""], "")    each slash begins a segment
        "/"                 → ([""], "")
        "/a//b"             → (["a", "", "b"], "")
        "//h/a"             → (["", "h", "a"], "")   a target that begins with a slash is a path
        "/http://h/a"       → (["http:", "", "h", "a"], "")
        "http://h:80/a?b"   → (["a"], "b")           without scheme and authority (RFC 9112 §3.2.2)
        "http://h"          → ([""], "")             an empty path is `/` (RFC 9110 §4.2.3)
        "/a?b?http://h/c"   → (["a"], "b?http://h/c")

    An HttpError of decode() passes through.
    """
    # TASK 1. SCHEME_AND_AUTHORITY.match() is None for a path. Call decode() for each segment.
    if match := SCHEME_AND_AUTHORITY.match(target):
        target = target[match.end() :]
    path, _, query = target.partition("?")
    return [decode(segment) for segment in path[1:].split("/")], query


class Converter(NamedTuple):
    """What a kind of parameter takes, and how its value is made.

    `takes` tells whether a parameter takes a segment. A `path` takes all the segments that are left,
    and `takes` looks at the first of them only. It refuses an empty segment, and one that begins with
    an encoded slash, so the value of a path never begins with a slash.

    `convert` makes the value from one segment. For `path`, it gets all that are left, with slashes.
    In the value of a path, an encoded slash looks like any other slash, and a segment may be `..`.
    """

    takes: Callable[[str], bool]
    convert: Callable[[str], Any]


def is_number(text: str) -> bool:
    """Tell whether a text is a whole number: digits, at most 18, without a leading zero.

    A number of 18 digits fits into 64 bits.
    """
    return text.isdigit() and text.isascii() and len(text) <= 18 and (text[0] != "0" or text == "0")


# The most specific converter first.
CONVERTERS = {
    "int": Converter(is_number, int),
    "str": Converter(bool, str),
    "path": Converter(lambda text: text[:1] not in ("", "/"), str),
}


class Parameter(NamedTuple):
    """A segment of a pattern that stands for a value: `{id:int}`. Its converter is in CONVERTERS."""

    name: str
    converter: str


Piece = str | Parameter


def piece_of(segment: str) -> Piece:
    """Return what one segment of a pattern is: a text, or a Parameter.

        "users"      → "users"                      a text means itself, and so do c++, a.b and %41
        ""           → ""
        "{id:int}"   → Parameter("id", "int")
        "{name}"     → Parameter("name", "str")     str is the default

    Raises ValueError for
        a segment with a brace that is not one whole parameter: `{id}.html`, `{id`, `id}`;
        a converter that is not in CONVERTERS: `{id:float}`.
    """
    # TASK 2. PARAMETER.fullmatch() has the name and the converter as groups 1 and 2.
    match = PARAMETER.fullmatch(segment)
    if match and (match[2] or "str") in CONVERTERS:
        return Parameter(match[1], match[2] or "str")
    if "{" in segment or "}" in segment:
        raise ValueError(f"{segment!r} is neither a text nor one parameter with a known converter")
    return segment


def parse_pattern(pattern: str) -> list[Piece]:
    """Return the pieces of a pattern such as `/users/{id:int}/files/{name:path}`. This is given.

    A parameter takes one segment that is not empty: `int` a whole number, `str` any text. A `path` is
    the last piece, and takes all segments that are left. A pattern is not encoded.

    Raises ValueError for a pattern that does not begin with a slash, an empty segment before its end,
    a `path` before its end, a name that is used twice, and whatever piece_of() refuses.
    """
    segments = pattern.removeprefix("/").split("/")
    if not pattern.startswith("/") or "" in segments[:-1]:
        raise ValueError(f"one slash begins each segment of a pattern, unlike {pattern!r}")
    pieces = [piece_of(segment) for segment in segments]
    parameters = [piece for piece in pieces if isinstance(piece, Parameter)]
    if "path" in [parameter.converter for parameter in parameters if parameter is not pieces[-1]]:
        raise ValueError(f"nothing can follow a path: {pattern!r}")
    if len({parameter.name for parameter in parameters}) < len(parameters):
        raise ValueError(f"a name is used twice: {pattern!r}")
    return pieces


@dataclass(eq=False)  # two routes are equal only if they are one object
class Route:
    """A method and a pattern, and the endpoint: the function that answers the requests they match.

    Most routes have no name. Their `name` is "".
    """

    method: str
    pattern: str
    endpoint: Endpoint
    name: str = ""

    def __post_init__(self) -> None:
        """Take the pattern apart. A dataclass calls this when a route has been made."""
        self.pieces = parse_pattern(self.pattern)
        self.parameters = [
            (at, piece.name, CONVERTERS[piece.converter].convert, piece.converter == "path")
            for at, piece in enumerate(self.pieces)
            if isinstance(piece, Parameter)
        ]

    def values_in(self, segments: Sequence[str]) -> dict[str, Any]:
        """Return the parameters' values, by name, of a path that this route takes."""
        values: dict[str, Any] = {}
        for at, name, convert, is_path in self.parameters:
            values[name] = convert("/".join(segments[at:]) if is_path else segments[at])
        return values

    def filled(self, values: Mapping[str, object]) -> list[str]:
        """Return the pattern's segments, with each value as text in its place. Nothing is encoded.

        Raises ValueError for a value that is missing, or that the pattern does not have.
        """
        names = {name for _at, name, _convert, _is_path in self.parameters}
        if names != values.keys():
            raise ValueError(f"{self.pattern} needs {sorted(names)}, not {sorted(values)}")
        segments: list[str] = []
        for piece in self.pieces:
            if isinstance(piece, str):
                segments.append(piece)
            else:
                text = str(values[piece.name])
                segments += text.split("/") if piece.converter == "path" else [text]
        return segments


class Node:
    """A place in the tree of segments: how a path goes on from here, and the routes that end here.

    `texts` has the node after each text. `branches` has a Branch for each kind of parameter, the most
    specific first: `int`, `str`, `path`. `routes` has each route by its method.
    """

    def __init__(self) -> None:
        self.texts: dict[str, Node] = {}
        self.branches: list[Branch] = []
        self.routes: dict[str, Route] = {}

    def below(self, piece: Piece) -> Node:
        """Return the node after a piece, and make it if it is missing."""
        if isinstance(piece, str):
            return self.texts.setdefault(piece, Node())
        nodes = {branch.converter: branch.node for branch in self.branches}
        node = nodes.setdefault(piece.converter, Node())
        self.branches = [
            Branch(name, CONVERTERS[name].takes, nodes[name])
            for name in CONVERTERS
            if name in nodes
        ]
        return node


class Branch(NamedTuple):
    """The node after a parameter: its converter's name, and whether it takes a segment."""

    converter: str
    takes: Callable[[str], bool]
    node: Node


def search(node: Node, method: str, segments: Sequence[str], at: int = 0) -> Route | None:
    """Return the most specific route for a method and the segments from `at` on, or None.

    At each node, the text comes first, then the branches, in their order. A branch is tried only if it
    takes the segment. If it leads to no route, the next one is tried. The node after a text is found
    without looking at the other texts.

    Where the segments end, the node's route for the method is the result. For HEAD, a node without a
    route for HEAD returns its route for GET.

    A branch whose converter is "path" takes all the segments that are left: the segments end there.
    """
    # TASK 4. Call search() itself for the node below, and for the next segment.
    if at == len(segments):
        if method in node.routes:
            return node.routes[method]
        return node.routes.get("GET") if method == "HEAD" else None
    segment = segments[at]
    child = node.texts.get(segment)
    if child and (route := search(child, method, segments, at + 1)):
        return route
    for converter, takes, child in node.branches:
        if takes(segment):
            end = len(segments) if converter == "path" else at + 1
            if route := search(child, method, segments, end):
                return route
    return None


def path_of(segments: Sequence[str]) -> str:
    """Return the path that has these segments, each percent-encoded, with its slashes.

        ["users", "7"]        → "/users/7"
        ["a/b", "50%", ""]    → "/a%2Fb/50%25/"
        [""]                  → "/"
        ["", "h", "a"]        → "/.//h/a"      `//h/a` would be the host h (RFC 3986 §4.2)

    A client takes the `.` out, and asks for `//h/a` (RFC 3986 §5.2.4).
    """
    # TASK 5. quote() leaves slashes as they are, unless `safe` says otherwise.
    path = "/" + "/".join(quote(segment, safe=SUB_DELIMS) for segment in segments)
    return f"/.{path}" if path.startswith("//") else path


class Router:
    """Finds the endpoint for a request. A router is a Handler.

    `root` is the node where every path begins. `routes` has all routes, `methods` has all their
    methods, and `named` has a route for each name.
    """

    def __init__(self) -> None:
        self.root = Node()
        self.routes: list[Route] = []
        self.methods: set[str] = set()
        self.named: dict[str, Route] = {}

    def add(self, method: str, pattern: str, endpoint: Endpoint, name: str = "") -> None:
        """Answer `method` and `pattern` with what `endpoint(request, **values)` returns.

        The route is put into the tree, at the node where its pattern ends. record() does the rest.

        Raises ValueError if
            Route() refuses the pattern, or check_name() the name;
            a route with the same method takes exactly the same paths: `/{id}` and `/{name}`.
        After an error, the tree, `routes`, `methods` and `named` are as before.
        """
        # TASK 3. Go down the tree from the root, piece by piece: node = node.below(piece).
        route = Route(method, pattern, endpoint, name)
        self.check_name(route)
        node = self.root
        for piece in route.pieces:
            node = node.below(piece)
        if method in node.routes:
            raise ValueError(f"{node.routes[method].pattern} takes the same paths as {pattern}")
        node.routes[method] = route
        self.record(route)

    def check_name(self, route: Route) -> None:
        """Raise ValueError if a route's name belongs to another pattern.

        Routes with the same pattern may share a name. A route without a name is fine.
        """
        if route.name and self.named.get(route.name, route).pieces != route.pieces:
            other = self.named[route.name].pattern
            raise ValueError(f"{route.name!r} is the name of {other}, not of {route.pattern}")

    def record(self, route: Route) -> None:
        """Note a route in `routes` and `methods`, and in `named` if it has a name."""
        self.routes.append(route)
        self.methods.add(route.method)
        if route.name:
            self.named.setdefault(route.name, route)

    def find(self, method: str, segments: Sequence[str]) -> tuple[Route, dict[str, Any]] | None:
        """Return the most specific route for a method and a path, and its values by name, or None."""
        route = search(self.root, method, segments)
        if route is None:
            return None
        return route, route.values_in(segments) if route.parameters else {}

    def allowed(self, segments: Sequence[str]) -> set[str]:
        """Return the methods that a path allows: those for which find() finds a route. This is given.

        HEAD comes with GET. OPTIONS comes with any method. A path without routes allows none: set().
        """
        methods = {method for method in self.methods | {"HEAD"} if self.find(method, segments)}
        return methods | {"OPTIONS"} if methods else methods

    def url(self, name: str, /, **values: object) -> str:
        """Return the path of the route with this name, with each value in its place, encoded.

        Because of the `/` after `name`, a parameter of a pattern may be called `name` as well.

        With the route `/hello/{name}`, called "greet":

            url("greet", name="Ada")  → "/hello/Ada"
            url("greet", name="a/b")  → "/hello/a%2Fb"

        Raises KeyError:    no route has this name.
        Raises ValueError:  route.filled() raises it;
                            find() does not return this very route for the route's method;
                            a segment is `.` or `..`, which clients take out (RFC 3986 §5.2.4).
        """
        # TASK 5. What would find() make of these segments?
        route = self.named[name]
        segments = route.filled(values)
        match = self.find(route.method, segments)
        if match is None or match[0] is not route or not {".", ".."}.isdisjoint(segments):
            raise ValueError(f"{route.pattern} does not take {values}")
        return path_of(segments)

    def moved(self, segments: Sequence[str], query: str) -> Response | None:
        """Return a redirect to the path with one slash more, or one less, at its end; or None.

        This is given. It redirects only if the other path has routes, whatever their methods. The path
        in Location comes from path_of(), and is never what the client sent. The query stays as it is.

            ["about"], "x=%2F", and there is a route for /about/  → 308, Location: /about/?x=%2F
            ["save", ""], "", and there is a route for /save      → 308, Location: /save
            ["about"], "", and there is no route for /about/      → None
        """
        other = segments[:-1] if segments[-1] == "" else [*segments, ""]
        if not self.allowed(other):
            return None
        location = path_of(other) + (f"?{query}" if query else "")
        return plain(308, f"It is at {location}", ("Location", location))

    def __call__(self, request: Request) -> Response:
        """Return about_server() if asks_about_server(), and respond() otherwise. This is given."""
        return self.about_server() if asks_about_server(request) else self.respond(request)

    def respond(self, request: Request) -> Response:
        """Return what the route's endpoint returns for this request, or what no_route() returns.

        The endpoint gets the request, and the values of find() by their names.

        An HttpError of split_target() becomes a response here. plain() makes it from the error's status
        and str(error). To the server, the error would be a bug, and the client would get a 500. What
        the endpoint raises passes through, even if it is an HttpError.
        """
        # TASK 6. Only split_target() belongs in the `try`.
        try:
            segments, query = split_target(request.target)
        except HttpError as error:
            return plain(error.status, str(error))
        if match := self.find(request.method, segments):
            route, values = match
            return route.endpoint(request, **values)
        return self.no_route(request, segments, query)

    def no_route(self, request: Request, segments: Sequence[str], query: str) -> Response:
        """Return the response to a request that has no route: the first of these that fits.

            501  the method is neither in METHODS nor in `methods`         (RFC 9110 §15.6.2)
            204  OPTIONS, and the path allows other methods                (RFC 9110 §9.3.7)
            405  the path allows other methods                             (RFC 9110 §15.5.6)
            308  what moved() returns
            404                                                            (RFC 9110 §15.5.5)

        204 and 405 have the field Allow: the methods of allowed(), in any order, separated by commas.
        plain() makes a response with a text. The texts are up to you, but a 204 has no content:
        Response(b"", 204, …). If you write HTML instead, escape what the client has sent.
        """
        # TASK 7. Does anybody know this method? Does this path have others?
        if request.method not in METHODS | self.methods:
            return plain(501, f"Nothing here knows the method {request.method}.")
        if allowed := self.allowed(segments):
            allow = ("Allow", ", ".join(sorted(allowed)))
            if request.method == "OPTIONS":
                return Response(b"", 204, [allow])
            return plain(405, f"This path does not allow {request.method}.", allow)
        return self.moved(segments, query) or plain(404, "There is nothing here.")

    def about_server(self) -> Response:
        """Return 204, and in Allow every method that some path here allows (RFC 9110 §9.3.7)."""
        allow = ", ".join(sorted(self.methods | {"HEAD", "OPTIONS"}))
        return Response(b"", 204, [("Allow", allow)])

    def mount(self, prefix: str, router: Router) -> None:
        """Add every route that another router has now: its pattern after `prefix`, and its name.

        Raises ValueError as add() does. The routes that were added before that stay.
        """
        for route in [*router.routes]:
            self.add(route.method, prefix + route.pattern, route.endpoint, route.name)

    def __str__(self) -> str:
        """Return the tree as text, the best branch first, with the methods of each node's routes."""
        return "\n".join(drawn(self.root))


def asks_about_server(request: Request) -> bool:
    """Tell whether a request is OPTIONS for the whole server: for `*`, or for `http://h`.

    Only for OPTIONS, an empty path is not `/` (RFC 9110 §4.2.3, RFC 9112 §3.2.4).
    """
    is_empty = SCHEME_AND_AUTHORITY.fullmatch(request.target) is not None
    return request.target == "*" or (is_empty and request.method == "OPTIONS")


def plain(status: int, text: str, *fields: tuple[str, str]) -> Response:
    """Return a response whose content is a line of plain text: a browser runs no script in it."""
    content_type = ("Content-Type", "text/plain; charset=utf-8")
    return Response(f"{text}\n".encode(), status, [content_type, *fields])


def drawn(node: Node, indent: str = "") -> Iterator[str]:
    """Yield a line for each node below this one."""
    branches = [(text, node.texts[text]) for text in sorted(node.texts)]
    branches += [(f"{{{name}}}", child) for name, _takes, child in node.branches]
    for label, child in branches:
        yield f"{f'{indent}/{label}':24} {' '.join(child.routes)}".rstrip()
        yield from drawn(child, f"{indent}  ")


# What the learner's own site needs. It is given.

access = logging.getLogger("access")

# PAGE.substitute(title=…, body=…) puts the two texts in the places of $title and $body.
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
BACK = '<p><a href="/">Back to the first page</a>'


def page(title: str, body: str = BACK, status: int = 200) -> Response:
    """Return a page of HTML. The title is text, and is escaped here. The body is HTML already."""
    html = PAGE.substitute(title=escape(title), body=body)
    return Response(html.encode(), status, [("Content-Type", "text/html; charset=utf-8")])


def not_found(request: Request) -> Response:
    """Return the page for a path that is not there. It shows the path, escaped."""
    path = escape(unquote(request.target.partition("?")[0]))
    return page(
        "There is nothing here", f"<p>Nobody has added a route for <code>{path}</code>.{BACK}", 404
    )


def logged(handler: Handler) -> Handler:
    """Return a handler that does the same, and writes a line about each request to the access log."""

    def handle(request: Request) -> Response:
        status, octets = 500, "-"
        try:
            response = handler(request)
            status = response.status
            if isinstance(response.content, bytes):
                octets = str(len(response.content))
            return response
        finally:
            access.info('"%s %s" %s %s', request.method, request.target, status, octets)

    return handle


class Site(Router):
    """A router whose 404 is a page."""

    def no_route(self, request: Request, segments: Sequence[str], query: str) -> Response:
        """Return what every router returns, but a page for 404."""
        response = super().no_route(request, segments, query)
        return not_found(request) if response.status == 404 else response


site = Site()


def home(_request: Request) -> Response:
    """Show where the site leads, and the tree that finds the way."""
    links = {
        site.url("greet", name="Ada"): "a name",
        site.url("greet", name="Åsa"): "two octets for one letter",
        site.url("greet", name="1/2"): "an encoded slash",
        site.url("greet", name="<b>Bob</b>"): "a name with tags in it",
        site.url("square", number=12): "a whole number",
        "/square/twelve": "404, until somebody adds a route for a text",
        "/hello": "308: the slash at the end is missing",
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


def add_pages() -> None:
    """Add the pages of the site. This is the place for yours."""
    site.add("GET", "/", home)
    site.add("GET", "/hello/", everybody)
    site.add("GET", "/hello/{name}", greet, "greet")
    site.add("GET", "/square/{number:int}", square, "square")


def serve(host: str, port: int, on_loop: bool) -> None:
    """Serve the site to browsers, until Ctrl-C, with a line in the access log for each request."""
    output = logging.StreamHandler(sys.stdout)
    output.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    access.addHandler(output)
    access.setLevel(logging.INFO)
    add_pages()
    serve_site(logged(site), host, port, on_loop)


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "Your own site, from its sockets to its routes.", loop=True))
