"""The promises of chapter 13: which function answers a URL."""

import socket
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache, partial
from http.client import HTTPResponse
from itertools import permutations, product
from pathlib import Path
from types import FrameType
from typing import Any
from unicodedata import normalize
from unittest import mock
from urllib.parse import unquote, urljoin, urlsplit

from hypothesis import HealthCheck, Phase, Verbosity, configuration, given, settings
from hypothesis import strategies as st

from course.checks.answers import Attempt
from course.checks.expect import (
    NOT_GIVEN,
    Literally,
    Raised,
    broken,
    described,
    holds,
    refusal,
    same,
)
from course.checks.peers import connected, running
from course.checks.promises import Misconception, promise
from tests import beliefs

NOTHING = Literally("no route")
SHRINKING = 0.5  # s


@promise(
    task=1,
    usually=beliefs.DECODES_FIRST,
    hints=(
        "A file is called a/b. How is the slash of its name written in a URL, and what does it become "
        "if you decode before you split?",
        "Split the path at its slashes while everything is still encoded. Then decode each segment.",
        "[decode(segment) for segment in path.removeprefix('/').split('/')], and in decode(): "
        "unquote(segment), from urllib.parse.",
    ),
)
def test_splits_before_it_decodes(chapter: Attempt) -> None:
    """An encoded slash or question mark belongs to its segment, and the segment comes decoded."""
    for target, segments in (
        ("/hello", ["hello"]),
        ("/a/b/c", ["a", "b", "c"]),
        ("/a%2Fb/c", ["a/b", "c"]),
        ("/a%2fb/%2F", ["a/b", "/"]),
        ("/a%3Fb%23c", ["a?b#c"]),
        ("/%C3%85sa/%E2%9C%93", ["Åsa", "✓"]),
        ("/Ab/%C3%A9", ["Ab", "é"]),
        ("/e%CC%81", ["e\u0301"]),
    ):
        splits(chapter, target, segments, "", beliefs.DECODES_FIRST)
    splits(chapter, "/a\\b/%5C", ["a\\b", "\\"], "", None)


@promise(
    task=1,
    usually=beliefs.ROUTES_THE_QUERY,
    hints=(
        "Where does the path end?",
        "At the first question mark. What follows is the query, with all its question marks and "
        "slashes. Return the query as it was sent.",
        "path, _, query = target.partition('?'), before anything else is split or decoded.",
    ),
)
def test_query_is_not_part_of_the_path(chapter: Attempt) -> None:
    """What follows the first question mark is the query, and comes as it was sent."""
    for target, segments, query in (
        ("/hello?x=1", ["hello"], "x=1"),
        ("/a/b?", ["a", "b"], ""),
        ("/a?b/c?d", ["a"], "b/c?d"),
        ("/a%2Fb?c%2Fd%26e+f", ["a/b"], "c%2Fd%26e+f"),
        ("/a?100%", ["a"], "100%"),
    ):
        splits(chapter, target, segments, query, beliefs.ROUTES_THE_QUERY)


@promise(
    task=1,
    usually=beliefs.DECODES_AGAIN,
    hints=(
        "What does %2541 stand for? And which of Python's two functions for decoding is for forms?",
        "Decode each segment once, with the function that leaves a plus as it is.",
        "urllib.parse.unquote, not unquote_plus, and once.",
    ),
)
def test_decodes_once(chapter: Attempt) -> None:
    """A segment is decoded once: %2541 is the text %41; and a plus stays a plus."""
    for target, segments, usually in (
        ("/%2541", ["%41"], beliefs.DECODES_AGAIN),
        ("/%252e%252e/%25", ["%2e%2e", "%"], beliefs.DECODES_AGAIN),
        ("/%252Fa", ["%2Fa"], beliefs.DECODES_AGAIN),
        ("/c++", ["c++"], beliefs.PLUS_IS_A_SPACE),
        ("/a+b%20c%2Bd", ["a+b c+d"], beliefs.PLUS_IS_A_SPACE),
    ):
        splits(chapter, target, segments, "", usually)


@promise(
    task=1,
    usually=beliefs.EMPTY_IS_NOTHING,
    hints=(
        "How many slashes does /a/ have, and how many segments do they begin?",
        "Take off one slash at the front, and none at the end. Keep the segments that are empty.",
        "path.removeprefix('/').split('/'). No strip('/'), and no filter for empty segments.",
    ),
)
def test_every_slash_begins_a_segment(chapter: Attempt) -> None:
    """The path / has one empty segment, and /a/ one at its end; none is dropped."""
    for target, segments in (
        ("/", [""]),
        ("/a/", ["a", ""]),
        ("/a//b", ["a", "", "b"]),
        ("/a//", ["a", "", ""]),
        ("/a/../b/.", ["a", "..", "b", "."]),
    ):
        splits(chapter, target, segments, "", beliefs.EMPTY_IS_NOTHING)


@promise(
    task=1,
    usually=beliefs.ALWAYS_A_PATH,
    hints=(
        "A client that takes you for a proxy asks for http://host/path. Where does the path begin? "
        "And where does it begin in //host/path?",
        "Leave out scheme and authority: SCHEME_AND_AUTHORITY, at the top of the file, matches them. "
        "It matches nothing if the target begins with a slash.",
        "if match := SCHEME_AND_AUTHORITY.match(target): target = target[match.end():]",
    ),
)
def test_absolute_form(chapter: Attempt) -> None:
    """From http://host/path, scheme and authority are left out; from a path, nothing is."""
    for target, segments, query, usually in (
        ("http://example.org:8000/a%2Fb/c?d", ["a/b", "c"], "d", beliefs.ALWAYS_A_PATH),
        ("http://[::1]/", [""], "", beliefs.ALWAYS_A_PATH),
        ("HTTP://h/a", ["a"], "", beliefs.SCHEMES_HAVE_A_CASE),
        ("/to?u=http://x/y", ["to"], "u=http://x/y", beliefs.URL_ANYWHERE),
        ("/http://h/a", ["http:", "", "h", "a"], "", beliefs.URL_ANYWHERE),
        ("http://h/http://x", ["http:", "", "x"], "", beliefs.URL_ANYWHERE),
        ("http://h", [""], "", beliefs.HAS_NO_PATH),
        ("http://h?u=http://x/y", [""], "u=http://x/y", beliefs.HAS_NO_PATH),
        (
            "//evil.example/a/b?c",
            ["", "evil.example", "a", "b"],
            "c",
            beliefs.URLSPLIT_READS_TARGETS,
        ),
        ("//", ["", ""], "", beliefs.URLSPLIT_READS_TARGETS),
    ):
        if outcome(chapter, target) == (["evil.example", "a", "b"], "c"):
            usually = beliefs.EMPTY_IS_NOTHING
        splits(chapter, target, segments, query, usually)


@promise(
    task=1,
    usually=beliefs.UNQUOTE_CHECKS,
    hints=(
        "What does unquote() make of %zz? And of %FF?",
        "decode(), which is given, refuses both. Call it for each segment, and let its error through.",
        "[decode(segment) for segment in segments]",
    ),
)
def test_bad_escapes_are_refused(chapter: Attempt) -> None:
    """A % without two digits, and octets that are not UTF-8, raise the HttpError of decode()."""
    refused = Literally("HttpError(400)")
    for target in ("/%zz", "/100%/a", "/a%41%4g", "/%2/F", "/%FF", "/%C3/%A9", "http://h/%"):
        got = outcome(chapter, target)
        usually = beliefs.UNQUOTE_CHECKS if isinstance(got, tuple) else None
        same("split_target() returned:", sent=target, expected=refused, got=got, usually=usually)


@promise(
    task=2,
    usually=beliefs.PATTERN_IS_A_REGEX,
    hints=(
        "Which of {id:int}, users and a.b are texts, and which one stands for a value?",
        "PARAMETER.fullmatch(segment) is None for a text. Otherwise it has the name and the converter "
        "as groups. Return a text as it is.",
        "match = PARAMETER.fullmatch(segment). If match is None, return segment. Otherwise return "
        "Parameter(match[1], match[2] or 'str').",
    ),
    hints_if={
        "hex": (
            "How does your code know which converters there are?",
            "Ask CONVERTERS. Then a converter that somebody adds later is known as well.",
            "if (match[2] or 'str') in CONVERTERS: …",
        ),
    },
)
def test_piece_is_a_text_or_a_parameter(chapter: Attempt) -> None:
    """A segment of a pattern is a text, which means itself, or a Parameter with its converter."""
    for segment, expected in (
        ("users", "users"),
        ("", ""),
        ("{id:int}", chapter.Parameter("id", "int")),
        ("{name}", chapter.Parameter("name", "str")),
        ("{a_1:str}", chapter.Parameter("a_1", "str")),
        ("{rest:path}", chapter.Parameter("rest", "path")),
        *((text, text) for text in ("c++", "a.b(c)*", "é", "%41", "a:b", " a ", "Ab")),
    ):
        got = described(partial(chapter.piece_of, segment))
        usually: Misconception | None = beliefs.PATTERN_IS_A_REGEX
        if isinstance(got, Raised):
            usually = None
        if segment == "%41" and got == "A":
            usually = beliefs.PATTERN_IS_ENCODED
        elif segment == "Ab" and got == "ab":
            usually = beliefs.PATHS_HAVE_NO_CASE
        if got is None or isinstance(expected, tuple) or segment == " a ":
            same("piece_of() returned:", sent=segment, expected=expected, got=got, usually=None)
        same("piece_of() returned:", sent=segment, expected=expected, got=got, usually=usually)
        kind = "piece_of() returns a str or a Parameter:"
        holds(kind, type(got) is type(expected), sent=segment, got=type(got), usually=None)
    with mock.patch.dict(chapter.CONVERTERS, {"hex": chapter.CONVERTERS["str"]}):
        got = described(partial(chapter.piece_of, "{n:hex}"))
        what = "Somebody has added a converter, hex, to CONVERTERS. piece_of() returned:"
        expected = chapter.Parameter("n", "hex")
        same(what, sent="{n:hex}", expected=expected, got=got, usually=None, clue="hex")
    with_two = "/users/{id:int}/files/{rest:path}"
    expected = ["users", chapter.Parameter("id", "int"), "files", chapter.Parameter("rest", "path")]
    got = chapter.parse_pattern(with_two)
    same("parse_pattern(), which is given, returned:", sent=with_two, expected=expected, got=got)


@promise(
    task=2,
    usually=beliefs.WRONG_LATER,
    hints=(
        "Read what the docstring says after Raises. Which of these does your code notice?",
        "A text must not have a brace in it. A converter must be in CONVERTERS.",
        "Raise ValueError in two places: if match is None and there is a brace in the segment, and if "
        "the converter is not in CONVERTERS.",
    ),
    hints_if={
        "brace": (
            "Which braces does your code look for, and which of them may a text have?",
            "A segment that is not a parameter is a text, and a text has neither { nor }.",
            "if '{' in segment or '}' in segment: raise ValueError(…)",
        ),
        "converter": (
            "Which converters are there?",
            "CONVERTERS has them, by name. A parameter with any other name is refused.",
            "if (match[2] or 'str') not in CONVERTERS: raise ValueError(…)",
        ),
    },
)
def test_bad_pieces_are_refused(chapter: Attempt) -> None:
    """A brace that is not part of one whole parameter, and an unknown converter, raise ValueError."""
    bad = (
        ("{id", "A brace has no partner."),
        ("id}", "A brace has no partner."),
        ("x{id", "A brace has no partner."),
        ("i}d", "A brace has no partner."),
        ("{id}.html", "A parameter is a whole segment."),
        ("a{id}b", "A parameter is a whole segment."),
        ("v{n:int}", "A parameter is a whole segment."),
        ("{a}{b}", "A parameter is a whole segment."),
        ("{id}\n", "A parameter is a whole segment."),
        ("{}", "A parameter has a name."),
        ("{1}", "This is not a name."),
        ("{id:}", "There is a colon, and no converter."),
        ("{id: int}", "There is no such converter."),
        ("{id:float}", "There is no such converter."),
    )
    raised = [described(partial(chapter.piece_of, segment)) for segment, _what in bad]
    notices = any(isinstance(got, Raised) for got in raised)
    usually = None if notices else beliefs.WRONG_LATER
    for segment, what in bad:
        if not raises_value_error(got := described(partial(chapter.piece_of, segment))):
            clue = "" if usually else "converter" if "converter" in what else "brace"
            expected = Literally("ValueError")
            what = f"{what} piece_of() returned:"
            broken(what, sent=segment, expected=expected, got=got, usually=usually, clue=clue)


def refuses(
    add: Callable[[], object], what: str, route: str, usually: Misconception | None, clue: str
) -> None:
    """Require that add() raises ValueError."""
    if not raises_value_error(got := described(add)):
        expected, sent = Literally("ValueError"), Literally(route)
        broken(what, sent=sent, expected=expected, got=got, usually=usually, clue=clue)


def raises_value_error(got: object) -> bool:
    """Tell whether what `described` returned is a ValueError."""
    return isinstance(got, Raised) and got.startswith("ValueError:")


@promise(
    task=3,
    usually=beliefs.WRONG_LATER,
    hints=(
        "/users/{id} and /users/{name}: is there a path that only one of them takes?",
        "At the node where the pattern ends, there may already be a route for this method.",
        "if method in node.routes: raise ValueError(…). node.below(piece) looks at the converter "
        "only, so {id} and {name} lead to the same node.",
    ),
    hints_if={
        "words": (
            "These two patterns are written differently. Is there a path that only one of them takes?",
            "node.below(piece) looks at the converter only, so {id} and {name} lead to the same node. "
            "Look there, and do not compare the patterns as texts.",
            "After the loop: if method in node.routes: raise ValueError(…)",
        ),
    },
)
def test_two_routes_for_the_same_are_refused(chapter: Attempt) -> None:
    """Two routes with the same method that take exactly the same paths are a ValueError."""
    for first, second in (
        ("/", "/"),
        ("/users", "/users"),
        ("/users/{id}", "/users/{name}"),
        ("/users/{id}", "/users/{id:str}"),
        ("/{a:int}/b/{c:path}", "/{x:int}/b/{y:path}"),
    ):
        router = table(chapter, f"GET {first}")
        for route in router.routes:
            in_tree(router, route)
        usually = beliefs.WRONG_LATER if first == second else None
        clue = "" if usually else "words"
        what = f"There is a route for GET {first}. add() accepted:"
        add = partial(router.add, "GET", second, Endpoint(chapter, "2"))
        refuses(add, what, f"GET {second}", usually, clue)
    add = partial(chapter.Router().add, "GET", "/{id", Endpoint(chapter, "none"))
    refuses(add, "This is not a pattern. add() accepted:", "GET /{id", None, "")


@promise(
    task=3,
    usually=beliefs.TOO_STRICT,
    hints=(
        "Which of these routes could be confused with another one?",
        "Another method, another converter, a slash at the end: each makes another route. Several "
        "routes may end at one node, with different methods.",
        "if method in node.routes: raise ValueError(…). Nothing else is refused here.",
    ),
    hints_if={
        beliefs.TREE_IS_ALL: (
            "add() keeps a route in several places. Which place is missing?",
            "The tree is yours. record(), which is given, knows the other places.",
            "At the end: node.routes[method] = route; self.record(route)",
        ),
        "name": (
            "Two patterns have one name. Which of them would url() fill?",
            "check_name(), which is given, notices it. Call it before you change anything.",
            "self.check_name(route)",
        ),
    },
)
def test_routes_that_differ_are_kept(chapter: Attempt) -> None:
    """Routes that differ are all kept: in `routes`, `methods` and `named`, and in the tree.

    A name belongs to one pattern.
    """

    def about(_request: object) -> None:
        """Have a name of its own, which is not the route's."""

    router = chapter.Router()
    added: list[str] = []
    for method, pattern, name in (
        *(("GET", "/users", ""), ("POST", "/users", ""), ("GET", "/users/", "")),
        *(("GET", "/users/me", ""), ("GET", "/users/{id:int}", ""), ("GET", "/users/{name}", "")),
        *(("GET", "/users/{rest:path}", ""), ("PUT", "/users/{other}", "")),
        *(("GET", "/a/{id}", "a"), ("POST", "/a/{id}", "a")),
        *(("GET", "/about", ""), ("GET", "/about/us", ""), ("patch", "/about", "")),
    ):
        got = described(partial(router.add, method, pattern, about, name))
        route = f"{method} {pattern}" + (f", named {name!r}" if name else "")
        before = ", ".join(added) or "none"
        what = f"The routes: {before}. add() was given another one:"
        if raises_value_error(got):
            broken(what, sent=Literally(route), expected=Literally("no error"), got=got)
        same(what, sent=Literally(route), expected=None, got=got, usually=None)
        added.append(route)
    patterns = ["/users", "/users", "/users/", "/users/me", "/users/{id:int}", "/users/{name}"]
    patterns += [
        "/users/{other}",
        "/users/{rest:path}",
        "/a/{id}",
        "/a/{id}",
        "/about",
        "/about",
        "/about/us",
    ]
    named = {name: route.pattern for name, route in router.named.items()}
    for what, expected, got in (
        (
            "routes, their patterns sorted",
            sorted(patterns),
            sorted(r.pattern for r in router.routes),
        ),
        ("methods, sorted", ["GET", "POST", "PUT", "patch"], sorted(router.methods)),
        (
            "routes, their names sorted",
            [*[""] * 11, "a", "a"],
            sorted(r.name for r in router.routes),
        ),
        ("named, the pattern of each", {"a": "/a/{id}"}, named),
    ):
        what = f"add() accepted 13 routes. The router's {what}:"
        usually = beliefs.TREE_IS_ALL if len(got) < len(expected) else None
        same(what, expected=expected, got=got, usually=usually)
    for route in router.routes:
        in_tree(router, route)
    for other in ("/b", "/a", "/b/{id}", "/a/{id:int}"):
        add = partial(router.add, "PUT", other, about, "a")
        what = "/a/{id} is named 'a'. add() accepted another pattern with this name:"
        refuses(add, what, f"PUT {other}, named 'a'", None, "name")


def in_tree(router: Any, route: Any) -> None:
    """Require that the node where a route's pattern ends has the route."""
    node = ending(router, route)
    what = f"The node where {route.pattern} ends has no route for {route.method}."
    holds(what, node is not None and node.routes.get(route.method) is route, usually=None)


def ending(router: Any, route: Any) -> Any:
    """Return the node where a route's pattern ends, or None if the tree has no such node."""
    node = router.root
    for piece in route.pieces:
        if isinstance(piece, str):
            node = node.texts.get(piece)
        else:
            nodes = {branch.converter: branch.node for branch in node.branches}
            node = nodes.get(piece.converter)
        if node is None:
            return None
    return node


@promise(
    task=3,
    usually=beliefs.ERRORS_UNDO,
    hints=(
        "What has your add() changed when it raises?",
        "Look for everything that can be wrong first. Only then change the tree, routes, methods "
        "and named.",
        "check_name() comes before the way down the tree. node.routes and record() come last.",
    ),
)
def test_refused_route_leaves_no_trace(chapter: Attempt) -> None:
    """After a ValueError the router is as before: its tree, routes, methods and names."""
    router = table(chapter, "GET /a", "GET /a/{id}/b")
    router.add("GET", "/c", Endpoint(chapter, "c"), "c")
    for method, pattern, name in (
        ("GET", "/a", "new"),
        ("GET", "/a/{other}/b", ""),
        ("POST", "/new/{id}", "c"),
        ("POST", "/{id}/{id}", "new"),
        ("POST", "/{id", "new"),
    ):
        before, tree = state(router), drawn(router)
        refused = f"{method} {pattern}" + (f", named {name!r}" if name else "")
        add = partial(router.add, method, pattern, Endpoint(chapter, "refused"), name)
        refuses(add, "add() accepted:", refused, None, "")
        for what, value in state(router).items():
            note = f"add() refused {refused}. Now the router's {what}:"
            same(note, expected=before[what], got=value)
        new = [Literally(line.strip()) for line in drawn(router) if line not in tree]
        same(f"add() refused {refused}. It left in the tree:", expected=[], got=new)
        for route in router.routes:
            kept = (node := ending(router, route)) and node.routes.get(route.method) is route
            what = f"add() refused {refused}, and the tree has lost GET {route.pattern}."
            holds(what, kept)


def state(router: Any) -> dict[str, object]:
    """Return what a router has besides its tree."""
    return {
        "routes": [Literally(f"{route.method} {route.pattern}") for route in router.routes],
        "methods": sorted(router.methods),
        "names": {name: Literally(route.pattern) for name, route in router.named.items()},
    }


def drawn(router: Any) -> list[str]:
    """Return the lines of a router's tree."""
    return str(router).split("\n")


@promise(
    task=4,
    usually=beliefs.PATTERN_IS_A_REGEX,
    hints=(
        "Which node does each segment lead to, and what does the last node have?",
        "Go down from the node: by the segment's text, or by a branch that takes the segment. At the "
        "end of the segments, look into node.routes. A path takes all the segments that are left.",
        "if at == len(segments): return node.routes.get(method). Otherwise call search() for a node "
        "below, with at + 1; or, if the branch's converter is 'path', with len(segments).",
    ),
)
def test_finds_the_route_and_its_values(chapter: Attempt) -> None:
    """find(), which is given, returns the route that search() returns, with its values."""
    routes = (
        *("GET /", "GET /users", "POST /users", "GET /users/{id:int}", "GET /users/{id:int}/{tab}"),
        *("GET /hello/{name}", "GET /files/{rest:path}", "GET /a/b/c/d", "GET /café"),
        *("GET /u/{id}", "POST /u/{name}"),
    )
    router = table(chapter, *routes)
    for method, path, expected in (
        ("GET", "/", route_with("GET /")),
        ("GET", "/users", route_with("GET /users")),
        ("POST", "/users", route_with("POST /users")),
        ("GET", "/users/7", route_with("GET /users/{id:int}", id=7)),
        ("GET", "/users/0/posts", route_with("GET /users/{id:int}/{tab}", id=0, tab="posts")),
        ("GET", "/hello/Åsa b", route_with("GET /hello/{name}", name="Åsa b")),
        ("GET", ["hello", "a/b\n"], route_with("GET /hello/{name}", name="a/b\n")),
        ("GET", "/files/a", route_with("GET /files/{rest:path}", rest="a")),
        ("GET", "/files/a//b.c/", route_with("GET /files/{rest:path}", rest="a//b.c/")),
        ("GET", "/a/b/c/d", route_with("GET /a/b/c/d")),
        ("GET", "/café", route_with("GET /café")),
        ("GET", "/u/7", route_with("GET /u/{id}", id="7")),
        ("POST", "/u/7", route_with("POST /u/{name}", name="7")),
        ("GET", "/a/b", NOTHING),
        ("GET", "/a/b/c/d/e", NOTHING),
        ("GET", "/nowhere", NOTHING),
        ("GET", "/USERS", NOTHING),
        ("PUT", "/users", NOTHING),
        ("POST", "/users/7", NOTHING),
    ):
        got = found(router, method, path)
        usually: Misconception | None = beliefs.PATTERN_IS_A_REGEX
        if "rest=" in str(expected) and got is NOTHING:
            usually = beliefs.PATH_IS_ONE_SEGMENT
        elif str(got).partition(" with ")[0] == str(expected).partition(" with ")[0]:
            usually = None  # the right route, with the values of another one
        elif got is NOTHING:
            usually = None
        elif path == "/USERS":
            usually = beliefs.PATHS_HAVE_NO_CASE
        sent = Literally(f"{method} {path}")
        same("find() returned:", sent=sent, expected=expected, got=got, usually=usually)
    empty = found(chapter.Router(), "GET", "/")
    same("A router without routes found:", sent="/", expected=NOTHING, got=empty)
    long = ["files", *["a"] * 4000]
    expected = route_with("GET /files/{rest:path}", rest="/".join(long[1:]))
    sent = Literally("/files, and 4000 segments")
    same("find() returned:", sent=sent, expected=expected, got=found(router, "GET", long))


@promise(
    task=4,
    usually=beliefs.PATTERN_IS_A_REGEX,
    hints=(
        "Does /users/{id} take /users/1/posts? And /users/ ?",
        "A parameter takes one whole segment, and only if its converter takes it. At the end, no "
        "segment may be left.",
        "for converter, takes, child in node.branches: if takes(segment), search below child, with "
        "at + 1, or for a path with len(segments).",
    ),
    hints_if={
        "takes": (
            "Which branches does your search ask whether they take the segment?",
            "Each kind has its `takes`: str takes no empty segment, and path none that is empty or "
            "begins with a slash.",
            "if takes(segment): comes first for every branch. A path then goes on at len(segments).",
        ),
    },
)
def test_parameter_takes_a_whole_segment(chapter: Attempt) -> None:
    """A parameter takes one whole segment, and only one that its converter takes."""
    router = table(chapter, "GET /users/{id}", "GET /numbers/{n:int}", "GET /files/{rest:path}")
    for path in ("/users/1/posts", "/users/1/", "/xusers/1"):
        got = found(router, "GET", path)
        same("find() returned:", sent=path, expected=NOTHING, got=got)
    for path in ("/users", "/users/", "/users//1"):
        got = found(router, "GET", path)
        what = "No segment is left, or an empty one. find() returned:"
        same(what, sent=path, expected=NOTHING, got=got, usually=None, clue="takes")
    for path in ("/files", "/files/", "/files//etc/passwd"):
        what = "The path parameter would be empty, or begin with a slash. find() returned:"
        got = found(router, "GET", path)
        same(what, sent=path, expected=NOTHING, got=got, usually=None, clue="takes")
    encoded = found(router, "GET", ["files", "/etc/passwd"])
    sent, what = Literally("/files/%2Fetc%2Fpasswd"), "It begins with a slash. find() returned:"
    same(what, sent=sent, expected=NOTHING, got=encoded, usually=None, clue="takes")
    for text in ("+7", "-7", "07", "00", " 7", "7\n", "1_0", "\u0667", "1e3", "0x1F", "", "9" * 19):
        got = found(router, "GET", ["numbers", text])
        what = "Is this a number? find() returned:"
        same(
            what,
            sent=["numbers", text],
            expected=NOTHING,
            got=got,
            usually=beliefs.INT_KNOWS_DIGITS,
        )
    got = found(router, "GET", f"/numbers/{'9' * 18}")
    expected = route_with("GET /numbers/{n:int}", n=int("9" * 18))
    same(
        "find() returned:",
        sent="9" * 18,
        expected=expected,
        got=got,
        usually=beliefs.INT_KNOWS_DIGITS,
    )


@promise(
    task=4,
    usually=beliefs.FIRST_IS_BEST,
    hints=(
        "All four of these routes take /u/7. Which one should win, and does it win in every order?",
        "At each node, try the text first, then the branches in their order. The order in which the "
        "routes were added must not matter.",
        "First child = node.texts.get(segment), then for … in node.branches: below() keeps them in "
        "the right order.",
    ),
)
def test_most_specific_wins_in_any_order(chapter: Attempt) -> None:
    """A text comes before int, int before str, str before path, in whatever order they were added."""
    routes = ("GET /u/7", "GET /u/{id:int}", "GET /u/{name}", "GET /u/{rest:path}")
    for order in permutations(routes):
        router = table(chapter, *order)
        for path, expected in (
            ("/u/7", route_with("GET /u/7")),
            ("/u/8", route_with("GET /u/{id:int}", id=8)),
            ("/u/me", route_with("GET /u/{name}", name="me")),
            ("/u/me/8", route_with("GET /u/{rest:path}", rest="me/8")),
        ):
            got = found(router, "GET", path)
            what = f"These were added: {' then '.join(order)}. find() returned:"
            usually = beliefs.NO_WAY_BACK if got is NOTHING else beliefs.FIRST_IS_BEST
            same(what, sent=path, expected=expected, got=got, usually=usually)


@promise(
    task=4,
    usually=beliefs.NO_WAY_BACK,
    signs={Exception: beliefs.NO_WAY_BACK},
    hints=(
        "/a/{x}/c and /a/b/d: where does /a/b/c go, segment by segment?",
        "A branch that fits may lead to no route further down. Then try the next branch, from the same "
        "node.",
        "if child and (route := search(child, method, segments, at + 1)): return route. If search() "
        "returns None, go on with the next branch.",
    ),
)
def test_comes_back_from_a_dead_end(chapter: Attempt) -> None:
    """If the best branch leads to no route for this method, the next one is tried."""
    routes = (
        *("GET /a/{x}/c", "GET /a/b/d", "GET /a/{n:int}/e", "GET /a/{rest:path}"),
        *("POST /a/{x}", "GET /a/b", "GET /a/{n:int}", "PUT /{x}/{y}/{z}"),
    )
    router = table(chapter, *routes)
    for method, path, expected in (
        ("GET", "/a/b/c", route_with("GET /a/{x}/c", x="b")),
        ("GET", "/a/7/c", route_with("GET /a/{x}/c", x="7")),
        ("GET", "/a/b/e", route_with("GET /a/{rest:path}", rest="b/e")),
        ("GET", "/a/b/d/", route_with("GET /a/{rest:path}", rest="b/d/")),
        ("POST", "/a/b", route_with("POST /a/{x}", x="b")),
        ("POST", "/a/7", route_with("POST /a/{x}", x="7")),
        ("PUT", "/a/b/d", route_with("PUT /{x}/{y}/{z}", x="a", y="b", z="d")),
        ("POST", "/a/b/c", NOTHING),
    ):
        got = found(router, method, path)
        what = there_are(routes, "find() returned:")
        same(what, sent=f"{method} {path}", expected=expected, got=got)


RANKS = ("text", "int", "str", "path")
PATHS = [
    (*before, last)
    for length in (0, 1, 2)
    for before in product(("a", "7", "b"), repeat=length)
    for last in ("a", "7", "b", "")
]


@cache
def fit(pattern: str, segments: tuple[str, ...]) -> tuple[list[int], dict[str, object]] | None:
    """Return how a pattern takes a path: the rank of each piece, and the values; None if not."""
    pieces = pattern[1:].split("/")
    ranks: list[int] = []
    values: dict[str, object] = {}
    for at, piece in enumerate(pieces):
        name, _, converter = piece.strip("{}").partition(":")
        kind = (converter or "str") if piece.startswith("{") else "text"
        text = "/".join(segments[at:]) if kind == "path" else "".join(segments[at : at + 1])
        if at >= len(segments) or (kind == "text" and text != piece):
            return None
        if kind != "text" and (not text or (kind == "int" and text != "7") or text[0] == "/"):
            return None
        ranks.append(RANKS.index(kind))
        if kind != "text":
            values[name] = int(text) if kind == "int" else text
    return (ranks, values) if kind == "path" or len(pieces) == len(segments) else None


def best(patterns: Iterable[str], segments: tuple[str, ...]) -> object:
    """Return the most specific of all the patterns that take a path, found by looking at all."""
    fits = [(fit(pattern, segments), f"GET {pattern}") for pattern in patterns]
    ranked = sorted((taken[0], route, taken[1]) for taken, route in fits if taken)
    return route_with(ranked[0][1], **ranked[0][2]) if ranked else NOTHING


@promise(
    task=4,
    usually=beliefs.FIRST_IS_BEST,
    signs={Exception: beliefs.NO_WAY_BACK},
    hints=(
        "This check invents tables, and compares your route with the best one of all that fit.",
        "Draw the tree of the table in the report: print(router) does it. Then follow the path by "
        "hand: text, int, str, path at each node, and back where there is no route.",
        "Nothing may be left over from a branch that failed. search() needs no variables but its own.",
    ),
)
def test_any_table_in_any_order(chapter: Attempt) -> None:
    """In any table, in any order, find() returns the most specific of all routes that fit."""
    first = ("a", "{X:int}", "{X}")
    last = (*first, "", "{X:path}")
    patterns = [
        "/" + "/".join(piece.replace("X", f"x{at}") for at, piece in enumerate((*before, end)))
        for length in (0, 1, 2)
        for before in product(first, repeat=length)
        for end in last
    ]

    def check(added: list[str]) -> None:
        for order in (added, added[::-1]):
            router = table(chapter, *(f"GET {pattern}" for pattern in order))
            for segments in PATHS:
                expected = best(order, segments)
                got = found(router, "GET", segments)
                what = f"These were added: {' then '.join(order)}. find() returned:"
                usually = beliefs.NO_WAY_BACK if got is NOTHING else beliefs.FIRST_IS_BEST
                sent = "/" + "/".join(segments)
                same(what, sent=sent, expected=expected, got=got, usually=usually)

    for_any(
        check, st.lists(st.sampled_from(patterns), unique=True, min_size=2, max_size=9), examples=15
    )


@promise(
    task=4,
    usually=beliefs.HEAD_IS_EXTRA,
    hints=(
        "What does HEAD ask for, and which route could answer it?",
        "At the end of the segments: if this node has no route for HEAD, take its route for GET.",
        "route = node.routes.get(method); if route is None and method == 'HEAD': route = "
        "node.routes.get('GET').",
    ),
)
def test_get_answers_head(chapter: Attempt) -> None:
    """A route for GET is found for HEAD as well, unless the same pattern has its own for HEAD."""
    routes = (
        *("GET /a", "GET /b", "HEAD /b", "POST /c", "GET /d/me", "HEAD /d/{name}"),
        *("GET /d/{name}", "GET /e/{x}"),
    )
    router = table(chapter, *routes)
    for path, expected in (
        ("/a", route_with("GET /a")),
        ("/e/7", route_with("GET /e/{x}", x="7")),
        ("/b", route_with("HEAD /b")),
        ("/c", NOTHING),
        ("/d/me", route_with("GET /d/me")),
        ("/d/you", route_with("HEAD /d/{name}", name="you")),
        ("/f", NOTHING),
    ):
        got = found(router, "HEAD", path)
        usually = (
            beliefs.HEAD_COMES_FIRST if str(got).startswith("HEAD /d") else beliefs.HEAD_IS_EXTRA
        )
        if str(got).startswith("GET ") and str(expected).startswith("HEAD "):
            usually = beliefs.HEAD_TAKES_GET
        what = there_are(routes, "find() returned:")
        same(what, sent=f"HEAD {path}", expected=expected, got=got, usually=usually)


@promise(
    task=4,
    usually=beliefs.LOOKS_AT_ALL,
    hints=(
        "With ten times as many routes, what does your find() do ten times as often?",
        "A node may have many texts. A dict finds the right one without looking at the others.",
        "child = node.texts.get(segment). No loop over routes, patterns or texts.",
    ),
)
def test_number_of_routes_costs_nothing(chapter: Attempt) -> None:
    """Where no branch fails, find() takes as many steps with 300 routes as with ten."""
    routers = {}
    for count in (10, 300):
        routers[count] = chapter.Router()
        for n in range(count // 5):
            for pattern in (
                *(f"/wide{n}", f"/wide{n}/{{id:int}}", f"/by/{{name}}/wide{n}"),
                *(f"/wide{n}/{{id:int}}/{{rest:path}}", f"/{n}"),
            ):
                routers[count].add("GET", pattern, Endpoint(chapter, pattern))
    for path in ("/wide0", "/wide1/7", "/by/me/wide1", "/wide0/7/a/b", "/1", "/no", "/by/me/no"):
        segments = path[1:].split("/")
        few, many = (steps(routers[count].find, "GET", segments) for count in (10, 300))
        what = f"With 10 routes, find() ran {few} lines of code. With 300, it should run as many:"
        holds(what, many <= 2 * few + 10, sent=path, got=Literally(f"{many} lines"))


def steps(function: Callable[..., object], *arguments: object) -> int:
    """Return how many lines of Python a call runs, each turn of a loop counted."""
    count = 0

    def trace(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function(*arguments)
    finally:
        sys.settrace(before)
    return count


@promise(
    task=5,
    usually=beliefs.QUOTE_IS_ENOUGH,
    hints=(
        "A segment is a/b. What must be in the path, so that it stays one segment?",
        "Encode each segment, its slashes included. Then join the segments with slashes.",
        "'/' + '/'.join(quote(segment, safe='') for segment in segments)",
    ),
)
def test_path_has_these_segments(chapter: Attempt) -> None:
    """path_of() encodes each segment, so that the same segments come out of the path again."""
    for segments in (
        *(["users", "7"], [""], ["users", ""], ["a/b", "50%", ""], ["%2F"], ["a", "", "b"]),
        *(["Åsa", "✓"], ["50% ?#&+ü\\"], ["a b", "x:y", "c++"], ["\n", "\x00"], [":", "@"]),
    ):
        got = chapter.path_of(segments)
        if not isinstance(got, str):
            same("path_of() returned:", sent=segments, expected=Literally("a str"), got=got)
        begins = "A path begins with a slash. path_of() returned:"
        holds(begins, got.startswith("/"), sent=segments, got=got, usually=None)
        parts = [unquote(segment) for segment in got[1:].split("/")]
        usually: Misconception | None = beliefs.QUOTE_IS_ENOUGH
        if got == "/" + "/".join(segments):
            usually = None
        elif got.count("+") > "".join(segments).count("+"):
            usually = beliefs.PLUS_IS_A_SPACE
        if got.count("%") > 0 and parts != segments and list(map(unquote, parts)) == segments:
            usually = beliefs.ENCODES_AGAIN
        what = f"path_of() returned {got!r}. Its segments, decoded:"
        same(what, sent=segments, expected=segments, got=parts, usually=usually)
        bare = "  ".join(sorted({c for c in got if not "!" <= c <= "~" or c in '"<>?#\\'}))
        what = f"path_of() returned {got!r}. These characters must be encoded:  {bare}"
        holds(what, not bare, sent=segments, usually=None)


@promise(
    task=5,
    usually=beliefs.REDIRECT_STAYS,
    hints=(
        "The first segment is empty, and another one follows. What would the path begin with?",
        "A path that begins with two slashes is read as a host. Put /. before it: clients take the "
        "dot out.",
        "if path.startswith('//'): path = '/.' + path",
    ),
)
def test_path_never_names_a_host(chapter: Attempt) -> None:
    """If the first segment is empty, the path begins with `/.//`: it stays on this site."""
    for segments in (["", "evil.example"], ["", "evil.example", ""], ["", ""], ["", "", "a/b"]):
        got = chapter.path_of(segments)
        joined = urlsplit(urljoin("http://here.example/x/y", got))
        what = f"path_of() returned {got!r}. A client that follows it asks the host:"
        same(what, sent=segments, expected="here.example", got=joined.netloc)
        what = f"path_of() returned {got!r}. The segments of the path that a client asks for:"
        asked = [unquote(segment) for segment in joined.path[1:].split("/")]
        same(what, sent=segments, expected=segments, got=asked, usually=None)


@promise(
    task=5,
    usually=beliefs.QUOTE_IS_ENOUGH,
    hints=(
        "url() has three steps: the route, its segments, the path. Which of them goes wrong?",
        "self.named has the route. route.filled(values) has the segments. path_of() encodes them.",
        "route = self.named[name]; segments = route.filled(values); … return path_of(segments)",
    ),
)
def test_url_encodes_values(chapter: Attempt) -> None:
    """url() puts each value into its place, encoded so that it comes out again unchanged."""
    router = chapter.Router()
    for pattern, name in (
        *(("/", "home"), ("/users/", "users"), ("/users/{id:int}", "user"), ("/hi/{name}", "hi")),
        *(("/files/{rest:path}", "files"), ("/é?/{a}/{b:int}/", "mixed")),
    ):
        router.add("GET", pattern, Endpoint(chapter, name), name)
    router.add("POST", "/save/{id}", Endpoint(chapter, "save"), "save")
    for name, values, segments in (
        ("home", {}, [""]),
        ("users", {}, ["users", ""]),
        ("user", {"id": 7}, ["users", "7"]),
        ("hi", {"name": "Ada"}, ["hi", "Ada"]),
        ("hi", {"name": "a/b"}, ["hi", "a/b"]),
        ("hi", {"name": "50% ?#&+ü\\"}, ["hi", "50% ?#&+ü\\"]),
        ("hi", {"name": "%2F"}, ["hi", "%2F"]),
        ("hi", {"name": 7}, ["hi", "7"]),
        ("files", {"rest": "a/b c.txt"}, ["files", "a", "b c.txt"]),
        ("files", {"rest": "a/"}, ["files", "a", ""]),
        ("mixed", {"a": "x:y", "b": 0}, ["é?", "x:y", "0", ""]),
        ("save", {"id": 7}, ["save", "7"]),
    ):
        sent = call_of("url", name, values)
        try:
            got = router.url(name, **values)
        except ValueError as error:
            raised = Raised(f"ValueError: {error}")
            what, expected = "The values are good. url():", Literally("a path")
            same(what, sent=sent, expected=expected, got=raised, usually=None)
        if not isinstance(got, str):
            same("url() returned:", sent=sent, expected=Literally("a str"), got=got)
        parts = [unquote(segment) for segment in got.removeprefix("/").split("/")]
        what = f"url() returned {got!r}. Its segments, decoded:"
        usually = None if got == "/" + "/".join(segments) else beliefs.QUOTE_IS_ENOUGH
        same(what, sent=sent, expected=segments, got=parts, usually=usually)
        begins = "A path begins with a slash. url() returned:"
        holds(begins, got.startswith("/"), sent=sent, got=got, usually=None)


@promise(
    task=5,
    usually=beliefs.ANY_VALUE_GOES,
    hints=(
        "Where would the path lead that you have built: to this route, to another, or nowhere?",
        "Call find() with your segments: it must come back to this route. And no segment may be . or "
        ".., because clients take these out.",
        "match = self.find(route.method, segments). Raise ValueError if match is None, if match[0] is "
        "not route, or if '.' or '..' is in segments.",
    ),
    hints_if={
        beliefs.FIND_KNOWS_CLIENTS: (
            "find() returns the route. Which segments does a client change before it asks?",
            "A client takes the segments . and .. out. Refuse them in every place of the path.",
            "if '.' in segments or '..' in segments: raise ValueError(…)",
        ),
    },
)
def test_url_refuses_what_would_not_come_back(chapter: Attempt) -> None:
    """An unknown name raises KeyError. Values that would not come back raise ValueError."""
    router = chapter.Router()
    for pattern, name in (
        *(("/users/{id:int}", "user"), ("/users/{name}", "named"), ("/users/me", "")),
        *(("/files/{rest:path}", "files"), ("/a/{b}/{c}", "two"), ("/a/../z", "dots")),
    ):
        router.add("GET", pattern, Endpoint(chapter, pattern), name)
    shared = Endpoint(chapter, "shared")
    for pattern, name in (("/shared/{n:int}", "number"), ("/shared/{text}", "text")):
        router.add("GET", pattern, shared, name)
    with refusal("No route is called 'nobody', and url() accepted it.", KeyError, usually=None):
        router.url("nobody")
    with refusal("url('') accepted a route without a name.", KeyError, usually=None):
        router.url("")
    for name, values, what in (
        ("user", {}, "A value is missing."),
        ("two", {"b": "x"}, "A value is missing."),
        ("user", {"id": 7, "x": 1}, "The pattern does not have x."),
        ("user", {"name": "me"}, "The pattern does not have name."),
    ):
        sent = call_of("url", name, values)
        with refusal(f"{what} {sent} accepted it.", ValueError, usually=None):
            router.url(name, **values)
    for name, value, what in (
        ("user", {"id": "x"}, "This is not an int, so /users/{name} takes it."),
        ("user", {"id": -7}, "A minus is not a digit, so /users/{name} takes it."),
        ("user", {"id": 10**18}, "It is too long for int, so /users/{name} takes it."),
        ("user", {"id": 7.0}, "A dot is not a digit, so /users/{name} takes it."),
        ("named", {"name": ""}, "The segment is empty."),
        ("named", {"name": "me"}, "/users/me is another route."),
        ("named", {"name": "7"}, "/users/{id:int} takes 7 first."),
        ("text", {"text": "7"}, "/shared/{n:int} takes 7 first, with the same endpoint."),
        ("files", {"rest": ""}, "The path is empty."),
        ("files", {"rest": "/etc/passwd"}, "The path begins with a slash."),
        ("named", {"name": ".."}, "A client takes .. out."),
        ("named", {"name": "."}, "A client takes . out."),
        ("files", {"rest": "a/../b"}, "A client takes .. out."),
        ("dots", {}, "A client takes .. out."),
    ):
        sent = call_of("url", name, value)
        usually = beliefs.FIND_KNOWS_CLIENTS if "client" in what else beliefs.ANY_VALUE_GOES
        with refusal(f"{what} {sent} accepted it.", ValueError, usually=usually):
            router.url(name, **value)


def call_of(function: str, name: str, values: dict[str, Any]) -> Literally:
    """Return a call as it is written."""
    named = "".join(f", {key}={value!r}" for key, value in values.items())
    return Literally(f"{function}({name!r}{named})")


@promise(
    task=5,
    usually=beliefs.QUOTE_IS_ENOUGH,
    hints=(
        "This check invents values: url() builds a path, split_target() and find() take it apart.",
        "Look at the value in the report. Which of its characters has a meaning in a URL?",
        "quote(segment, safe='') for every segment, and find() decides whether the values are good.",
    ),
)
def test_url_and_find_undo_each_other(chapter: Attempt) -> None:
    """split_target() and find() make the same route and values of what url() returns."""
    router = chapter.Router()
    label = "/x/{name}/{number:int}/{rest:path}"
    router.add("GET", label, Endpoint(chapter, label), "it")

    def check(name: str, number: int, rest: str) -> None:
        values = {"name": name, "number": number, "rest": rest}
        sent = call_of("url", "it", values)
        dots = {".", ".."} & {name, *rest.split("/")}
        good = name and rest and not rest.startswith("/") and not dots
        try:
            url = router.url("it", **values)
        except ValueError as error:
            what, got = "url() refused good values.", Raised(f"ValueError: {error}")
            holds(what, not good, sent=sent, got=got, usually=None)
            return
        usually = beliefs.FIND_KNOWS_CLIENTS if dots else beliefs.ANY_VALUE_GOES
        holds(f"{sent} accepted these values.", good, got=Literally(url), usually=usually)
        segments, query = chapter.split_target(url)
        match = told(router.find("GET", segments))
        what = f"url() returned {url!r}, and that leads to:"
        same(what, sent=sent, expected=route_with(label, **values), got=match, usually=None)
        same("It has a query:", sent=sent, expected="", got=query, usually=None)

    characters = st.sampled_from("a7/.%2F?#+ \\é✓🙂\n\t\x00\x85;:@&=~")
    text = st.lists(characters, max_size=6).map("".join)
    for_any(check, text, st.integers(0, 10**18 - 1), text, examples=25)


@promise(
    task=6,
    usually=beliefs.DECODES_FIRST,
    hints=(
        "With which arguments does add()'s docstring call an endpoint?",
        "Split the target, find the route, call its endpoint with the request and the values, and "
        "return what it returns. A target that cannot be decoded is answered with 400.",
        "route, values = match; return route.endpoint(request, **values). Put split_target(), and "
        "nothing else, into a try with except HttpError as error. Its status is the response's.",
    ),
    hints_if={
        beliefs.WIDER_IS_SAFER: (
            "The endpoint raised this error. Who should see it?",
            "The server: it logs the error, and answers 500. Your `try` has caught it instead.",
            "Only `segments, query = split_target(request.target)` belongs in the `try`.",
        ),
        beliefs.SERVER_ANSWERS: (
            "split_target() raises HttpError. What does the server do with it?",
            "To the server, an error that comes out of a Handler is a bug: 500. Return a response.",
            "except HttpError as error: return plain(error.status, str(error))",
        ),
        "own": (
            "Site, further down in the file, has a no_route() of its own. Who calls it?",
            "respond() does: with the request, the segments as split_target() returns them, and the "
            "query.",
            "The last line of respond(): return self.no_route(request, segments, query)",
        ),
        "400": (
            "split_target() has refused this target. Which status does its error have?",
            "The status of the response is the status of the error.",
            "except HttpError as error: return plain(error.status, str(error))",
        ),
    },
)
def test_endpoint_answers(chapter: Attempt) -> None:
    """The route's endpoint gets the request and the values, and its response is returned.

    What it raises passes through. A target that cannot be decoded is a 400. A request without a route
    is for no_route().
    """
    router = chapter.Router()
    page = Endpoint(chapter, "a page")
    router.add("GET", "/hi/{name}/{n:int}", page)
    for method, target, values in (
        ("GET", "/hi/ada/7", {"name": "ada", "n": 7}),
        ("HEAD", "/hi/ada/7", {"name": "ada", "n": 7}),
        ("GET", "/hi/a%2Fb/7?x=1", {"name": "a/b", "n": 7}),
        ("GET", "http://h/hi/c++/0", {"name": "c++", "n": 0}),
    ):
        asked = request(chapter, method, target)
        response = router(asked)
        is_response(chapter, response, target)
        usually = beliefs.DECODES_FIRST if "%2F" in target else None
        if method == "HEAD" and response.content == b"":
            usually = beliefs.HEAD_IS_EMPTIED
        got = response.content
        same("Its content:", sent=target, expected=b"a page", got=got, usually=usually)
        same("Calls of the endpoint:", sent=target, expected=1, got=len(page.calls), usually=None)
        same("It got the values:", sent=target, expected=values, got=page.calls[0][1], usually=None)
        what = "It did not get the request."
        holds(what, page.calls[0][0] is asked, got=page.calls[0][0], usually=None)
        page.calls.clear()
    for target in ("/hi/%zz/1", "/%FF"):
        status = answer(chapter, router, "GET", target).status
        same(
            f"The status for GET {target}:",
            sent=target,
            expected=400,
            got=status,
            usually=None,
            clue="400",
        )
    site = asking(chapter)
    got = site(request(chapter, "GET", "/not%2Fhere?q"))
    what = "A subclass has a no_route() of its own. The router returned:"
    wanted = Literally("what no_route(request, ['not/here'], 'q') returns")
    same(what, sent="GET /not%2Fhere?q", expected=wanted, got=got, usually=None, clue="own")
    own = chapter.Response(b"my own 404", 404)
    router.add("GET", "/own", lambda _request: own)
    got, what = router(request(chapter, "GET", "/own")), "The endpoint returned a 404. The router:"
    same(what, sent="GET /own", expected=own, got=got, usually=None)
    for bug in (
        ValueError("a bug"),
        KeyError("a"),
        TypeError("a"),
        chapter.HttpError(403, "no", "none"),
    ):
        router = chapter.Router()
        router.add("GET", "/bug", raising(bug))
        raised = described(partial(router, request(chapter, "GET", "/bug")))
        what = "The endpoint raised an error. Out of the router came:"
        expected = described(partial(raising(bug), None))
        same(what, sent="GET /bug", expected=expected, got=raised, usually=beliefs.WIDER_IS_SAFER)


def asking(chapter: Attempt) -> Any:
    """Return a router whose no_route() tells how it was called."""

    class Asking(chapter.Router):  # type: ignore[misc, name-defined]
        def no_route(self, _request: object, segments: list[str], query: str) -> object:
            return Literally(f"what no_route(request, {segments}, {query!r}) returns")

    return Asking()


def raising(error: Exception) -> Callable[..., object]:
    """Return an endpoint that has a bug."""

    def page(_request: object) -> object:
        raise error

    return page


@promise(
    task=7,
    usually=beliefs.WRONG_METHOD_IS_404,
    hints=(
        "There is no route for this method and path. Is there a route for the path?",
        "Call allowed(). If it returns methods: 405, with all of them in Allow. Otherwise 404.",
        "plain(405, 'why', ('Allow', ', '.join(sorted(allowed))))",
    ),
    hints_if={
        beliefs.METHODS_ARE_ALL: (
            "A route has the method PURGE. How can your router know this method?",
            "METHODS has the methods of the standards. self.methods has those of the router's own "
            "routes. A method is known if it is in either.",
            "if request.method not in METHODS | self.methods: return plain(501, …)",
        ),
        beliefs.ROUTES_MAKE_METHODS: (
            "No route has this method. Where else can a method be known from?",
            "METHODS has the methods of the standards. self.methods has those of the router's own "
            "routes. A method is known if it is in either.",
            "if request.method not in METHODS | self.methods: return plain(501, …)",
        ),
        beliefs.OPTIONS_ALWAYS_WORKS: (
            "Which methods does a path without routes allow?",
            "allowed() returns set() for it. Then OPTIONS has nothing to list, and the last two rows "
            "of the docstring are left.",
            "if allowed := self.allowed(segments): … Both 204 and 405 belong inside this `if`.",
        ),
        beliefs.TAGS_ARE_TEXT: (
            "The client chose this path. What does a browser do with the tags in it?",
            "In plain text, nothing is a tag. In HTML, escape() whatever the client has sent.",
            "plain(404, 'There is nothing here.')",
        ),
        "Allow": (
            "Which methods does this path allow, and how does Allow list them?",
            "204 and 405 have Allow: all the methods that allowed() returns, with commas between them.",
            "plain(405, 'why', ('Allow', ', '.join(sorted(allowed))))",
        ),
    },
)
def test_wrong_method_is_405(chapter: Attempt) -> None:
    """A method that the path does not allow is 405, with Allow. A path without routes is 404."""
    routes = ("GET /a", "POST /b/{x}", "PURGE /cache", "GET /s/")
    router = table(chapter, *routes)
    for method, target, status, methods in (
        ("POST", "/a", 405, ["GET", "HEAD", "OPTIONS"]),
        ("PATCH", "/a?x=1", 405, ["GET", "HEAD", "OPTIONS"]),
        ("GET", "/b/7", 405, ["OPTIONS", "POST"]),
        ("HEAD", "/b/7", 405, ["OPTIONS", "POST"]),
        ("GET", "/cache", 405, ["OPTIONS", "PURGE"]),
        ("GET", "/c", 404, None),
        ("POST", "/b", 404, None),
        ("OPTIONS", "/nowhere", 404, None),
        ("PURGE", "/nowhere", 404, None),
        ("GET", "//evil.example", 404, None),
    ):
        response = answer(chapter, router, method, target)
        sent = f"{method} {target}"
        is_404 = (status, response.status) == (405, 404)
        usually = beliefs.WRONG_METHOD_IS_404 if is_404 else None
        if (method, response.status) == ("OPTIONS", 204):
            usually = beliefs.OPTIONS_ALWAYS_WORKS
        if response.status == 501:
            usually = (
                beliefs.ROUTES_MAKE_METHODS
                if method in chapter.METHODS
                else beliefs.METHODS_ARE_ALL
            )
        what = there_are(routes, f"The status for {sent}:")
        same(what, sent=sent, expected=status, got=response.status, usually=usually)
        if methods:
            what = there_are(routes, f"Allow for {sent}, sorted:")
            got = allow_of(response)
            same(what, sent=sent, expected=methods, got=got, usually=None, clue="Allow")
    for method, target in (
        *(("GET", "/%3Cscript%3E"), ("GET", "/<script>"), ("GET", "/%zz<script>")),
        *(("GET", "/s?<script>"), ("POST", "/a?<script>"), ("POST", "/b/%3Cscript%3E/")),
    ):
        response = answer(chapter, router, method, target)
        is_html = "html" in (field(response, "Content-Type") or "")
        what = "This refusal is HTML, with the client's tag in it. Its content:"
        safe = not is_html or b"<script>" not in response.content
        sent, got = f"{method} {target}", response.content
        holds(what, safe, sent=sent, got=got, usually=beliefs.TAGS_ARE_TEXT)


@promise(
    task=7,
    usually=beliefs.SLASH_BEFORE_METHOD,
    hints=(
        "Which of the five rows in the docstring of no_route() is the first that fits?",
        "Ask allowed() about the path itself before you call moved(). moved() may return None.",
        "The last line is: return self.moved(segments, query) or plain(404, …)",
    ),
)
def test_slash_is_the_last_thing_tried(chapter: Attempt) -> None:
    """Only a path that has no routes itself is redirected: 308, with moved()'s Location."""
    routes = ("GET /about/", "GET /both", "GET /both/", "GET /x", "POST /x/", "POST /save")
    router = table(chapter, *routes)
    for method, target, status, location in (
        ("GET", "/about", 308, "/about/"),
        ("HEAD", "/about?x=%26", 308, "/about/?x=%26"),
        ("POST", "/about", 308, "/about/"),
        ("OPTIONS", "/save/", 308, "/save"),
        ("GET", "http://h/about", 308, "/about/"),
        ("GET", "/both", 200, None),
        ("GET", "/both/", 200, None),
        ("POST", "/both", 405, None),
        ("POST", "/x", 405, None),
        ("GET", "/x/", 405, None),
        ("GET", "/nowhere/", 404, None),
        ("GET", "/", 404, None),
    ):
        sent = f"{method} {target}"
        response = answer(chapter, router, method, target)
        what = there_are(routes, f"The status for {sent}:")
        usually = beliefs.SLASH_BEFORE_METHOD if response.status == 308 else None
        same(what, sent=sent, expected=status, got=response.status, usually=usually)
        got = field(response, "Location")
        same(f"Location for {sent}:", sent=sent, expected=location, got=got, usually=None)


@promise(
    task=7,
    usually=beliefs.UNKNOWN_IS_405,
    hints=(
        "Is BREW a method that this path does not allow, or one that nobody here knows?",
        "A method is known if it is in METHODS, or if some route has it. An unknown method is 501, "
        "whatever the path.",
        "if request.method not in METHODS | self.methods: 501. This test comes before allowed().",
    ),
)
def test_unknown_method_is_501(chapter: Attempt) -> None:
    """A method that nobody here knows is 501, on any path. Methods are case-sensitive."""
    router = table(chapter, "GET /a", "PURGE /cache", "GET /s/")
    for method, target, status in (
        ("BREW", "/a", 501),
        ("BREW", "/nowhere", 501),
        ("BREW", "/s", 501),
        ("get", "/a", 501),
        ("PURGE", "/a", 405),
        ("PURGE", "/cache", 200),
        ("TRACE", "/a", 405),
        ("PATCH", "/nowhere", 404),
    ):
        response = answer(chapter, router, method, target)
        sent = f"{method} {target}"
        usually = beliefs.UNKNOWN_IS_405 if response.status == 405 else None
        if method == "get" and response.status == 200:
            usually = beliefs.METHODS_HAVE_NO_CASE
        if response.status == 501:
            usually = (
                beliefs.ROUTES_MAKE_METHODS
                if method in chapter.METHODS
                else beliefs.METHODS_ARE_ALL
            )
        same(
            f"The status for {sent}:",
            sent=sent,
            expected=status,
            got=response.status,
            usually=usually,
        )


@promise(
    task=7,
    usually=beliefs.OPTIONS_IS_EXTRA,
    hints=(
        "What does OPTIONS want to know? allowed() knows it already.",
        "If allowed() returns methods, and the request's method is OPTIONS: 204, with Allow.",
        "Before 405: if request.method == 'OPTIONS', return Response(b'', 204, …) with the same Allow.",
    ),
    hints_if={
        "content": (
            "What does 204 No Content promise?",
            "Its content is empty. All that OPTIONS asks for is in Allow.",
            "Response(b'', 204, [('Allow', ', '.join(sorted(allowed)))])",
        ),
    },
)
def test_head_and_options_need_no_code(chapter: Attempt) -> None:
    """HEAD calls the endpoint for GET. OPTIONS without a route of its own is 204 with Allow."""
    router = table(chapter, "GET /a", "POST /b", "OPTIONS /own", "GET /own", "GET /{x}/y/z")
    response = answer(chapter, router, "HEAD", "/a")
    same("The status for HEAD /a:", sent="HEAD /a", expected=200, got=response.status, usually=None)
    what = "The endpoint's answer:"
    got = response.content
    same(what, sent="HEAD /a", expected=b"GET /a", got=got, usually=beliefs.HEAD_IS_EMPTIED)
    for target, methods in (
        ("/a", ["GET", "HEAD", "OPTIONS"]),
        ("/b?x", ["OPTIONS", "POST"]),
        ("/x/y/z", ["GET", "HEAD", "OPTIONS"]),
    ):
        response = answer(chapter, router, "OPTIONS", target)
        sent = f"OPTIONS {target}"
        same(f"The status for {sent}:", sent=sent, expected=204, got=response.status)
        got = allow_of(response)
        same(f"Allow for {sent}, sorted:", sent=sent, expected=methods, got=got, usually=None)
        what = f"A 204 has no content. For {sent}, it has:"
        same(what, sent=sent, expected=b"", got=response.content, usually=None, clue="content")
    response = answer(chapter, router, "OPTIONS", "/own")
    sent, got, usually = "OPTIONS /own", response.content, beliefs.OWN_ROUTES_ARE_IGNORED
    same(
        "The answer to OPTIONS /own:", sent=sent, expected=b"OPTIONS /own", got=got, usually=usually
    )


@promise(
    task=7,
    usually=beliefs.APPLICATION_FRAMES,
    hints=(
        "Here bytes come in at a socket, and pages go out. All of the code between them is yours.",
        "If the promises above are kept and this one is not, run the file, and look with curl -i.",
        "python3 -m chapters.ch13_routing --port 8000, and curl -i in another window.",
    ),
)
def test_from_socket_to_endpoint(chapter: Attempt) -> None:
    """Over a real connection, each request is answered by the right endpoint."""

    def greet(_request: object, name: str) -> object:
        content = f"Hello, {name}!".encode()
        return chapter.Response(content, 200, [("Content-Type", "text/plain; charset=utf-8")])

    router = chapter.Router()
    router.add("GET", "/hello/{name}", greet)
    answer(chapter, router, "GET", "/hello/x")  # the server would make a 500 of "to do"
    serve_http = sys.modules[chapter.serve_site.__module__].serve_http
    with connected() as (client, server), running(serve_http, server, router) as serving:
        try:
            for method, target, status, content in (
                ("GET", "/hello/%C3%85sa%2FB", 200, "Hello, Åsa/B!"),
                ("HEAD", "/hello/x", 200, ""),
                ("POST", "/hello/x", 405, None),
                ("GET", "/hello/x/", 308, None),
                ("GET", "/hello/%zz", 400, None),
                ("GET", "/nowhere", 404, None),
                ("BREW", "/hello/x", 501, None),
                ("OPTIONS", "/hello/x", 204, ""),
                ("GET", "/hello/me?x", 200, "Hello, me!"),
            ):
                client.sendall(f"{method} {target} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
                response = HTTPResponse(client, method=method)
                response.begin()
                got = response.read().decode()
                sent = f"{method} {target}"
                came = response.status
                usually = beliefs.APPLICATION_FRAMES if came == 500 else None
                what = f"The status that came back for {sent}:"
                same(what, sent=sent, expected=status, got=came, usually=usually)
                if content is not None:
                    what = f"The content that came back for {sent}:"
                    same(what, sent=sent, expected=content, got=got, usually=None)
        finally:
            with suppress(OSError):
                client.shutdown(socket.SHUT_WR)
            serving.settle()


class Endpoint:
    """An endpoint. It remembers what it was called with."""

    def __init__(self, chapter: Attempt, label: str) -> None:
        self.label = label
        self.chapter = chapter
        self.calls: list[tuple[object, dict[str, object]]] = []

    def __repr__(self) -> str:
        """Return what a replay prints."""
        return f"<the endpoint of {self.label}>"

    def __call__(self, request: object, **values: object) -> object:
        """Answer with the label."""
        self.calls.append((request, values))
        return self.chapter.Response(self.label.encode(), 200, [("Content-Type", "text/plain")])


def table(chapter: Attempt, *routes: str) -> Any:
    """Return a router with routes such as `GET /users/{id}`."""
    router = chapter.Router()
    for route in routes:
        method, pattern = route.split(" ")
        router.add(method, pattern, Endpoint(chapter, route))
    return router


def there_are(routes: Iterable[str], what: str) -> str:
    """Return `what` a check looks at, after the routes that it has added."""
    return f"The routes: {', '.join(routes)}. {what}"


def found(router: Any, method: str, path: str | Sequence[str]) -> object:
    """Return what find() gives for a path: which route, and with which values."""
    segments = path.removeprefix("/").split("/") if isinstance(path, str) else list(path)
    return told(router.find(method, segments))


def told(match: Any) -> object:
    """Return a match as a sentence, so that two of them can be compared and shown."""
    if match is None:
        return NOTHING
    pair = isinstance(match, tuple) and len(match) == 2
    holds("find() returns a tuple, (route, values), or None:", pair, got=match, usually=None)
    route, values = match
    return route_with(route.endpoint.label, **values)


def route_with(route: str, **values: object) -> Literally:
    """Return how `told` words a route with these values."""
    words = [f"{name}={values[name]!r}" for name in sorted(values)]
    return Literally(f"{route} with {', '.join(words)}" if words else route)


def request(chapter: Attempt, method: str, target: str) -> Any:
    """Return a request without fields."""
    return chapter.Request(method, target, (1, 1), ())


def answer(chapter: Attempt, router: Any, method: str, target: str) -> Any:
    """Return the router's response to a request."""
    sent = f"{method} {target}"
    kind = "The router has to return a Response."
    try:
        response = router(request(chapter, method, target))
    except chapter.HttpError as error:
        came = Literally(f"HttpError({error.status}), raised")
        expected = Literally("a Response")
        same(kind, sent=sent, expected=expected, got=came, usually=beliefs.SERVER_ANSWERS)
    is_response(chapter, response, sent)
    return response


def is_response(chapter: Attempt, response: Any, sent: str | Literally) -> None:
    """Require a Response whose content is not text."""
    usually: Any = NOT_GIVEN if response is None else None  # None: a return is missing
    right = isinstance(response, chapter.Response)
    holds("This has to be a Response:", right, sent=sent, got=response, usually=usually)
    if isinstance(response.content, str):
        got, expected = Literally(f"str: {response.content!r}"), Literally("bytes")
        what, usually = f"The content of this {response.status}:", beliefs.RESPONSE_IS_TEXT
        same(what, sent=sent, expected=expected, got=got, usually=usually)


def field(response: Any, name: str) -> str | None:
    """Return the value of a response's field."""
    values = [value for other, value in response.fields if other.lower() == name.lower()]
    return values[0] if values else None


def allow_of(response: Any) -> object:
    """Return the methods in a response's Allow, sorted."""
    allow = field(response, "Allow")
    if allow is None:
        return Literally("no Allow")
    return sorted(method.strip() for method in allow.split(",") if method.strip())


def outcome(chapter: Attempt, target: str) -> object:
    """Return what split_target() returns, or which HttpError it raises."""
    try:
        return chapter.split_target(target)
    except chapter.HttpError as error:
        return Literally(f"HttpError({error.status})")
    except UnicodeDecodeError:
        return Raised("UnicodeDecodeError")


def splits(chapter: Attempt, target: str, segments: list[str], query: str, usually: Any) -> None:
    """Require what split_target() returns, and name the belief that this result shows."""
    got = outcome(chapter, target)
    expected = (segments, query)
    if got == ([""], target):
        usually = beliefs.CUTS_AT_THE_LAST
    elif got != expected and str(got).lower() == str(expected).lower():
        usually = beliefs.PATHS_HAVE_NO_CASE
    elif got != expected and normalize("NFKD", str(got)) == normalize("NFKD", str(expected)):
        usually = beliefs.LOOKS_THE_SAME
    elif isinstance(got, Literally):
        usually = None
    elif not isinstance(got, tuple):
        usually = NOT_GIVEN
    same("split_target() returned:", sent=target, expected=expected, got=got, usually=usually)


def for_any(check: Callable[..., None], *strategies: Any, examples: int = 60) -> None:
    """Check many examples that hypothesis invents; of those that fail, show a small one.

    It looks for a smaller one for SHRINKING seconds. An example that is left unchecked afterwards
    counts as kept, which hypothesis calls flaky: what has failed is reported all the same.
    """
    failures: list[Exception] = []
    began: list[float] = []

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(st.tuples(*strategies))
    def try_one(values: tuple[object, ...]) -> None:
        if began and time.monotonic() > began[0] + SHRINKING:
            return
        try:
            check(*values)
        except Exception as failure:
            failures.append(failure)
            began.append(time.monotonic())
            raise

    configuration.set_hypothesis_home_dir(Path(__file__).parents[1] / ".course" / "hypothesis")
    try:
        try_one()
    except Exception:
        if not failures:
            raise
    if failures:
        raise failures[-1] from None


TASKS = {
    1: "split_target",
    2: "piece_of",
    3: "Router.add",
    4: "search",
    5: "path_of, Router.url",
    6: "Router.respond",
    7: "Router.no_route",
}
