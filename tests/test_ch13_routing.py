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
from urllib.parse import unquote, urljoin, urlsplit

from hypothesis import HealthCheck, Phase, Verbosity, configuration, given, settings
from hypothesis import strategies as st

from course.checks.answers import Attempt
from course.checks.expect import NOT_GIVEN, Literally, broken, described, holds, refusal, same
from course.checks.peers import connected, running
from course.checks.promises import promise
from tests import beliefs

NOTHING = Literally("no route")
SHRINKING = 0.5  # s


@promise(
    task=1,
    usually=beliefs.DECODES_FIRST,
    hints=(
        "A file is named a/b. How is the slash of its name written in a URL, and what becomes of it "
        "when you decode before you split?",
        "Cut the path at its slashes while everything is still encoded. Then decode each segment.",
        "segments = path.removeprefix('/').split('/'); then [unquote(segment) for segment in "
        "segments], with unquote from urllib.parse.",
    ),
)
def test_splits_before_it_decodes(chapter: Attempt) -> None:
    """An encoded slash or question mark is part of its segment, which comes decoded."""
    for target, segments in (
        ("/hello", ["hello"]),
        ("/a/b/c", ["a", "b", "c"]),
        ("/a%2Fb/c", ["a/b", "c"]),
        ("/a%2fb/%2F", ["a/b", "/"]),
        ("/a%3Fb%23c", ["a?b#c"]),
        ("/%C3%85sa/%E2%9C%93", ["Åsa", "✓"]),
    ):
        got = outcome(chapter, target)
        turned = got == ([""], target)
        splits(
            chapter,
            target,
            segments,
            "",
            beliefs.CUTS_AT_THE_LAST if turned else beliefs.DECODES_FIRST,
        )


@promise(
    task=1,
    usually=beliefs.ROUTES_THE_QUERY,
    hints=(
        "Where does the path end?",
        "At the first question mark. What stands behind it is the query, further question marks "
        "and slashes included. Leave it as it is: what it means is for others to say.",
        "path, _, query = target.partition('?'), before anything else is split or decoded.",
    ),
)
def test_query_is_no_part_of_the_path(chapter: Attempt) -> None:
    """What stands behind the first question mark is the query, and comes as it was sent."""
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
        "What does %2541 stand for? And which of Python's functions for decoding is made for forms?",
        "Decode each segment once, with the function that leaves a plus alone.",
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
        "How many slashes has /a/, and how many segments do they begin?",
        "Take off one slash at the front, no more, and none at the end. Keep what is empty.",
        "path.removeprefix('/').split('/'): neither strip('/') nor a filter for what is empty.",
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
        "A client that thinks you are a proxy asks for http://host/path. Where does the path begin? "
        "And where in //host/path, which begins with a slash?",
        "If the target does not begin with a slash, leave out scheme and authority: there is a "
        "pattern for them at the top of the file. If it does, it is all path.",
        "if not target.startswith('/') and (match := SCHEME_AND_AUTHORITY.match(target)): target = "
        "target[match.end():]",
    ),
)
def test_absolute_form(chapter: Attempt) -> None:
    """Of http://host/path?query, scheme and authority are left out; but a path may look like it."""
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
        got = outcome(chapter, target)
        if got == (["evil.example", "a", "b"], "c"):
            usually = beliefs.EMPTY_IS_NOTHING
        same(
            "split_target() gave:",
            sent=target,
            expected=(segments, query),
            got=got,
            usually=usually,
        )


@promise(
    task=1,
    usually=beliefs.UNQUOTE_CHECKS,
    signs={UnicodeDecodeError: beliefs.UNQUOTE_CHECKS},
    hints=(
        "What does unquote() make of %zz? And of %FF?",
        "Look for a percent sign without two hexadecimal digits behind it: BAD_ESCAPE does. Then "
        "decode so that bad UTF-8 is an error, and make an HttpError of that.",
        "if BAD_ESCAPE.search(segment): raise HttpError(400, 'why', 'RFC 3986 §2.1'). And "
        "unquote(segment, errors='strict') in a try with except UnicodeDecodeError.",
    ),
)
def test_bad_escapes_are_refused(chapter: Attempt) -> None:
    """A % without two digits, and octets that are no UTF-8, are HttpError(400)."""
    for target in (
        *("/%", "/100%/a", "/%4", "/%zz", "/%+1", "/% 1", "/a%2", "/%2/F", "/%%41"),
        *("/%FF", "/%C3", "/%C3/%A9", "/%ED%A0%80", "/ok/%C0%AF"),
    ):
        got = outcome(chapter, target)
        same("split_target() gave:", sent=target, expected=Literally("HttpError(400)"), got=got)


@promise(
    task=2,
    usually=beliefs.PATTERN_IS_A_REGEX,
    hints=(
        "Which segments of /users/{id} are text, and which stands for something?",
        "Go through the segments. PARAMETER.fullmatch() says whether one is a parameter, and has "
        "its name and its converter as groups.",
        "match = PARAMETER.fullmatch(segment); pieces.append(Parameter(match[1], match[2] or 'str') "
        "if match else segment).",
    ),
)
def test_pattern_has_pieces(chapter: Attempt) -> None:
    """A pattern's pieces are its segments: text as it stands, or a Parameter with its converter."""
    parameter = chapter.Parameter
    for pattern, expected in (
        ("/", [""]),
        ("/users/", ["users", ""]),
        ("/{name}", [parameter("name", "str")]),
        ("/{a_1:str}/edit", [parameter("a_1", "str"), "edit"]),
        (
            "/users/{id:int}/files/{rest:path}",
            ["users", parameter("id", "int"), "files", parameter("rest", "path")],
        ),
        ("/c++/a.b(c)*/é/%41", ["c++", "a.b(c)*", "é", "%41"]),
    ):
        got = chapter.parse_pattern(pattern)
        decoded = expected[-1] == "%41" and got == [*expected[:-1], "A"]
        usually = beliefs.PATTERN_IS_ENCODED if decoded else beliefs.PATTERN_IS_A_REGEX
        if got is None:
            same("parse_pattern() gave:", sent=pattern, expected=expected, got=got)
        same("parse_pattern() gave:", sent=pattern, expected=expected, got=got, usually=usually)
        kinds = [type(piece) for piece in got]
        right = [type(piece) for piece in expected]
        holds("Each piece is a str or a Parameter:", kinds == right, got=got, usually=None)


@promise(
    task=2,
    usually=beliefs.WRONG_LATER,
    signs={Exception: beliefs.WRONG_LATER},
    hints=(
        "Read the last paragraph of the docstring. Which of these does your code notice?",
        "A segment that is no parameter must hold no brace. A converter must be in CONVERTERS. "
        "Keep the names that you have seen.",
        "Seven times raise ValueError: no slash at the front; an empty segment before the last; a "
        "brace in text; another converter; a path that is not last; a name for the second time.",
    ),
)
def test_bad_patterns_are_refused(chapter: Attempt) -> None:
    """What is no pattern is a ValueError, at once."""
    for pattern, what in (
        ("", "It does not begin with a slash."),
        ("users", "It does not begin with a slash."),
        ("{name}", "It does not begin with a slash."),
        ("//", "It has an empty segment before its end."),
        ("//evil.example", "It has an empty segment before its end."),
        ("/a//b", "It has an empty segment before its end."),
        ("/{id", "A brace has no partner."),
        ("/id}", "A brace has no partner."),
        ("/{id}.html", "A parameter is a whole segment."),
        ("/{a}{b}", "A parameter is a whole segment."),
        ("/{}", "A parameter has a name."),
        ("/{1}", "This is no name."),
        ("/{id:}", "A colon, and no converter."),
        ("/{id: int}", "There is no such converter."),
        ("/{id:float}", "There is no such converter."),
        ("/{rest:path}/edit", "Something follows a path."),
        ("/{rest:path}/", "Something follows a path."),
        ("/{id}/{id}", "A name is used twice."),
        ("/{id:int}/by/{id:path}", "A name is used twice."),
    ):
        with refusal(f"{what} parse_pattern({pattern!r}) took it.", ValueError):
            chapter.parse_pattern(pattern)


@promise(
    task=3,
    usually=beliefs.WRONG_LATER,
    hints=(
        "/users/{id} and /users/{name}: is there a path that only one of them takes?",
        "When you have come to the node where the pattern ends: is there a route for this method "
        "already?",
        "if method in node.routes: raise ValueError(...). node.behind(piece.converter) asks for the "
        "converter only, so {id} and {name} lead to the same node.",
    ),
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
        with refusal(f"It has a route for GET {first}, and took GET {second}, too.", ValueError):
            router.add("GET", second, Page(chapter, "second"))
    with refusal("It took the pattern '/{id'.", ValueError):
        chapter.Router().add("GET", "/{id", Page(chapter, "none"))


@promise(
    task=3,
    usually=beliefs.WRONG_LATER,
    signs={ValueError: beliefs.TOO_STRICT},
    hints=(
        "Which of these routes could be taken for another?",
        "Another method, another converter, a slash at the end: each makes another route. A name "
        "belongs to one pattern, not to one route; and no name is no name.",
        "if name and self.named.get(name, route).pieces != route.pieces: raise ValueError(...)",
    ),
)
def test_routes_that_differ_stand_together(chapter: Attempt) -> None:
    """Routes that differ stand beside each other; a name stands for one pattern only.

    Each is kept in `routes`, its method in `methods`, and its name in `named`.
    """
    router = table(
        chapter,
        *("GET /users", "POST /users", "GET /users/", "GET /users/me", "GET /users/{id:int}"),
        *("GET /users/{name}", "GET /users/{rest:path}", "PUT /users/{other}"),
    )
    router.add("GET", "/a/{id}", Page(chapter, "a"), "a")
    router.add("POST", "/a/{id}", Page(chapter, "a, too"), "a")
    patterns = ["/users", "/users", "/users/", "/users/me", "/users/{id:int}", "/users/{name}"]
    patterns += ["/users/{other}", "/users/{rest:path}", "/a/{id}", "/a/{id}"]
    named = {name: route.pattern for name, route in router.named.items()}
    for what, expected, got in (
        (
            "routes, their patterns sorted",
            sorted(patterns),
            sorted(r.pattern for r in router.routes),
        ),
        ("methods, sorted", ["GET", "POST", "PUT"], sorted(router.methods)),
        ("named, the pattern of each", {"a": "/a/{id}"}, named),
    ):
        what = f"add() took 10 routes. The router's {what}:"
        same(what, expected=expected, got=got, usually=beliefs.TREE_IS_ALL)
    with refusal("The name 'a' is that of /a/{id}, and was given to /b as well.", ValueError):
        router.add("GET", "/b", Page(chapter, "b"), "a")


@promise(
    task=3,
    usually=beliefs.ERRORS_UNDO,
    hints=(
        "What has your add() changed when it raises?",
        "First find out everything that can be wrong. Only then change the tree, routes, methods "
        "and named.",
        "The test for the name comes before the way down the tree, and what you append, add and "
        "name comes after the test for another route, at the end.",
    ),
)
def test_refused_route_leaves_no_trace(chapter: Attempt) -> None:
    """After a ValueError the router is as before: its tree, routes, methods and names."""
    router = table(chapter, "GET /a", "GET /a/{id}/b")
    router.add("GET", "/c", Page(chapter, "c"), "c")
    for method, pattern, name in (
        ("GET", "/a", "new"),
        ("GET", "/a/{other}/b", ""),
        ("POST", "/new/{id}", "c"),
        ("POST", "/{id}/{id}", "new"),
        ("POST", "/{id", "new"),
    ):
        before = state(router)
        refused = f"{method} {pattern}" + (f", named {name!r}" if name else "")
        with refusal(f"add() took {refused}.", ValueError, usually=beliefs.WRONG_LATER):
            router.add(method, pattern, Page(chapter, "refused"), name)
        for what, value in state(router).items():
            note = f"add() refused {refused}. Now the router's {what}:"
            same(note, expected=before[what], got=value)


def state(router: Any) -> dict[str, object]:
    """Return all that can be seen of a router."""
    return {
        "routes": [Literally(f"{route.method} {route.pattern}") for route in router.routes],
        "methods": sorted(router.methods),
        "names": {name: Literally(route.pattern) for name, route in router.named.items()},
        "tree": str(router).split("\n"),
    }


@promise(
    task=4,
    usually=beliefs.PATTERN_IS_A_REGEX,
    hints=(
        "Which node does each segment lead to, and what stands in the last one?",
        "Go down from self.root: by the segment's text, or by a converter that takes it. When the "
        "segments are used up, look into node.routes. A path uses up all that are left.",
        "for at, name, converter in route.parameters: segments[at], or for a path "
        "'/'.join(segments[at:]), goes through CONVERTERS[converter].convert, and becomes "
        "values[name]. At the end: return route, values.",
    ),
)
def test_finds_the_route_and_its_values(chapter: Attempt) -> None:
    """find() returns the route for a method and a path, with its parameters' values by name."""
    routes = (
        *("GET /", "GET /users", "POST /users", "GET /users/{id:int}", "GET /users/{id:int}/{tab}"),
        *("GET /hello/{name}", "GET /files/{rest:path}", "GET /a/b/c/d", "GET /café"),
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
        ("GET", "/a/b", NOTHING),
        ("GET", "/a/b/c/d/e", NOTHING),
        ("GET", "/nowhere", NOTHING),
        ("PUT", "/users", NOTHING),
        ("POST", "/users/7", NOTHING),
    ):
        got = found(router, method, path)
        usually = beliefs.PATTERN_IS_A_REGEX
        if str(got).partition(" with ")[0] == str(expected).partition(" with ")[0]:
            usually = (
                beliefs.PATH_IS_ONE_SEGMENT
                if "rest=" in str(expected)
                else beliefs.VALUE_IS_ITS_TEXT
            )
        sent = Literally(f"{method} {path}")
        same("find() gave:", sent=sent, expected=expected, got=got, usually=usually)
    empty = found(chapter.Router(), "GET", "/")
    same("A router without routes found:", sent="/", expected=NOTHING, got=empty)
    long = ["files", *["a"] * 4000]
    expected = route_with("GET /files/{rest:path}", rest="/".join(long[1:]))
    sent = Literally("/files, and 4000 segments")
    same("find() gave:", sent=sent, expected=expected, got=found(router, "GET", long))


@promise(
    task=4,
    usually=beliefs.PATTERN_IS_A_REGEX,
    hints=(
        "Does /users/{id} take /users/1/posts? And /users/ ?",
        "A parameter takes one segment, all of it, and only if its converter takes it. All segments "
        "have to be used up at the end.",
        "for converter, takes, child in node.branches: if takes(segment), go on at child with the "
        "next segment, or for a path with none.",
    ),
)
def test_parameter_takes_a_whole_segment(chapter: Attempt) -> None:
    """A parameter takes one whole segment that is not empty; an int digits without a leading zero."""
    router = table(chapter, "GET /users/{id}", "GET /numbers/{n:int}", "GET /files/{rest:path}")
    for path in ("/users", "/users/", "/users/1/posts", "/users/1/", "/xusers/1", "/users//1"):
        got = found(router, "GET", path)
        same("find() gave:", sent=path, expected=NOTHING, got=got)
    for path in ("/files", "/files/", "/files//etc/passwd"):
        what = "A path that is empty, or begins with a slash: find() gave:"
        same(what, sent=path, expected=NOTHING, got=found(router, "GET", path))
    encoded = found(router, "GET", ["files", "/etc/passwd"])
    sent = Literally("/files/%2Fetc%2Fpasswd")
    same("It begins with a slash. find() gave:", sent=sent, expected=NOTHING, got=encoded)
    for text in ("+7", "-7", "07", "00", " 7", "7\n", "1_0", "\u0667", "1e3", "0x1F", "", "9" * 19):
        got = found(router, "GET", ["numbers", text])
        what = "Is this a number? find() gave:"
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
        "find() gave:", sent="9" * 18, expected=expected, got=got, usually=beliefs.INT_KNOWS_DIGITS
    )


@promise(
    task=4,
    usually=beliefs.FIRST_IS_BEST,
    hints=(
        "All four of these routes take /users/7. Which one should win, and does it in every order?",
        "At each node: first the text, then the converters, in the order that CONVERTERS has. The "
        "order in which routes were added must not be seen.",
        "child = node.texts.get(segment) first, and then the node.branches, which are in that order "
        "already: behind() has put them so.",
    ),
)
def test_most_specific_wins_in_any_order(chapter: Attempt) -> None:
    """Text goes before int, int before str, str before path, in whatever order they were added."""
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
            what = f"These were added: {' then '.join(order)}. find() gave:"
            usually = beliefs.NO_WAY_BACK if got is NOTHING else beliefs.FIRST_IS_BEST
            same(what, sent=path, expected=expected, got=got, usually=usually)


@promise(
    task=4,
    usually=beliefs.NO_WAY_BACK,
    signs={Exception: beliefs.NO_WAY_BACK},
    hints=(
        "/a/{x}/c and /a/b/d: where does /a/b/c go, segment by segment?",
        "A branch that fits may lead nowhere further down. Then the next one gets its turn, at the "
        "same place.",
        "Write a function that calls itself for a child node and the next segment. If it comes back "
        "with None, go on to the next branch; None at the end.",
    ),
)
def test_comes_back_from_a_dead_end(chapter: Attempt) -> None:
    """Where the best branch leads nowhere, the next one is tried; of the method, too."""
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
        what = there_are(routes, "find() gave:")
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
        "A program invents tables, and compares with what it finds by looking at every route.",
        "Draw the tree of the table in the report: print(router) does it. Then follow the path by "
        "hand: at each node text, int, str, path; and back when it leads nowhere.",
        "There is no state between two branches: what a branch that failed has changed, a list of "
        "values above all, has to be undone, or better, never shared.",
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
                what = f"These were added: {' then '.join(order)}. find() gave:"
                usually = beliefs.NO_WAY_BACK if got is NOTHING else beliefs.FIRST_IS_BEST
                sent = "/" + "/".join(segments)
                same(what, sent=sent, expected=expected, got=got, usually=usually)

    for_any(
        check, st.lists(st.sampled_from(patterns), unique=True, min_size=2, max_size=9), examples=40
    )


@promise(
    task=4,
    usually=beliefs.HEAD_IS_EXTRA,
    hints=(
        "What does HEAD ask for, and who could answer it?",
        "Where the segments are used up: if this node has no route for HEAD, its route for GET does.",
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
            usually = beliefs.OWN_ROUTES_ARE_IGNORED
        what = there_are(routes, "find() gave:")
        same(what, sent=f"HEAD {path}", expected=expected, got=got, usually=usually)


@promise(
    task=4,
    usually=beliefs.LOOKS_AT_ALL,
    hints=(
        "With ten times as many routes, what does your find() do ten times as often?",
        "At a node there are many texts. A dict finds the right one without looking at the others.",
        "child = node.texts.get(segment), and no loop over routes, patterns or texts.",
    ),
)
def test_number_of_routes_costs_nothing(chapter: Attempt) -> None:
    """find() takes as many steps with a thousand routes as with ten."""
    routers = {}
    for count in (10, 1000):
        routers[count] = chapter.Router()
        for n in range(count // 5):
            for pattern in (
                *(f"/wide{n}", f"/wide{n}/{{id:int}}", f"/by/{{name}}/wide{n}"),
                *(f"/wide{n}/{{id:int}}/{{rest:path}}", f"/{n}"),
            ):
                routers[count].add("GET", pattern, Page(chapter, pattern))
    for path in ("/wide0", "/wide1/7", "/by/me/wide1", "/wide0/7/a/b", "/1", "/no", "/by/me/no"):
        segments = path[1:].split("/")
        few, many = (steps(routers[count].find, "GET", segments) for count in (10, 1000))
        what = f"With 10 routes find() ran {few} lines; with 1,000 they should be as many:"
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
    task=4,
    usually=beliefs.WRONG_METHOD_IS_404,
    hints=(
        "A path may be taken by several routes. Which methods do they have, all together?",
        "Ask find() for every method that the router knows, and for HEAD. OPTIONS comes with any.",
        "methods = {method for method in self.methods | {'HEAD'} if self.find(method, segments)}; "
        "if there are any, OPTIONS too.",
    ),
)
def test_allowed_methods(chapter: Attempt) -> None:
    """allowed() has every method with which the path is found, and OPTIONS; or none at all."""
    routes = (
        *("GET /a", "POST /a", "PUT /{x}", "DELETE /{rest:path}", "POST /b/{n:int}", "PURGE /c/d"),
    )
    router = table(chapter, *routes)
    for path, methods in (
        ("/a", {"GET", "HEAD", "POST", "PUT", "DELETE"}),
        ("/x", {"PUT", "DELETE"}),
        ("/b/7", {"POST", "DELETE"}),
        ("/b/x", {"DELETE"}),
        ("/c/d", {"PURGE", "DELETE"}),
        ("/", set()),
    ):
        expected = methods | {"OPTIONS"} if methods else set()
        got = router.allowed(path[1:].split("/"))
        if got is None:
            same("allowed() gave:", sent=path, expected=expected, got=got)
        is_set = isinstance(got, set | frozenset)
        what = f"allowed() returns a set, not a {type(got).__name__}:"
        holds(what, is_set, sent=path, got=got, usually=None)
        lacks_own = got < expected and expected - got <= {"HEAD", "OPTIONS"}
        usually = beliefs.HEAD_IS_EXTRA if lacks_own else beliefs.WRONG_METHOD_IS_404
        what = there_are(routes, "allowed() gave, sorted:")
        same(what, sent=path, expected=sorted(expected), got=sorted(got), usually=usually)


@promise(
    task=7,
    usually=beliefs.DECODES_FIRST,
    signs={ValueError: beliefs.UNQUOTE_CHECKS},
    hints=(
        "What does the endpoint need, and what does the server need from it?",
        "Split the target, find the route, call its endpoint with the request and the values, and "
        "return what it returns. A target that cannot be decoded is answered with 400.",
        "route, values = match; return route.endpoint(request, **values). And around split_target, "
        "and nothing else, a try with except HttpError, whose status is the response's.",
    ),
)
def test_endpoint_answers(chapter: Attempt) -> None:
    """The route's function gets the request and the values, and what it returns is the answer.

    What it raises passes through; a target that cannot be decoded is a 400.
    """
    router = chapter.Router()
    page = Page(chapter, "a page")
    router.add("GET", "/hi/{name}/{n:int}", page)
    for target, values in (
        ("/hi/a%2Fb/7?x=1", {"name": "a/b", "n": 7}),
        ("http://h/hi/c++/0", {"name": "c++", "n": 0}),
    ):
        asked = request(chapter, "GET", target)
        response = router(asked)
        same("The response:", sent=target, expected=chapter.Response, got=type(response))
        same("Its content:", sent=target, expected=b"a page", got=response.content)
        same("Calls of the function:", sent=target, expected=1, got=len(page.calls))
        same("It got the values:", sent=target, expected=values, got=page.calls[0][1])
        holds("It did not get the request.", page.calls[0][0] is asked, got=page.calls[0][0])
        page.calls.clear()
    for target in ("/hi/%zz/1", "/%FF"):
        status = answer(chapter, router, "GET", target).status
        same("The status:", sent=target, expected=400, got=status, usually=beliefs.UNQUOTE_CHECKS)
    for bug in (ValueError("a bug"), KeyError("a bug"), chapter.HttpError(403, "no", "none")):
        router = chapter.Router()
        router.add("GET", "/bug", raising(bug))
        raised = described(partial(router, request(chapter, "GET", "/bug")))
        what = "The route's function raised an error. Out of the router came:"
        expected = described(partial(raising(bug), None))
        same(what, sent="GET /bug", expected=expected, got=raised, usually=beliefs.WIDER_IS_SAFER)


def raising(error: Exception) -> Callable[..., object]:
    """Return an endpoint that has a bug."""

    def page(_request: object) -> object:
        raise error

    return page


@promise(
    task=7,
    usually=beliefs.WRONG_METHOD_IS_404,
    hints=(
        "There is no route. Is there a path?",
        "Ask allowed(). If it has something: 405, and an Allow field with all of it. Otherwise 404.",
        "Response(b'...', 405, [('Allow', ', '.join(sorted(allowed)))])",
    ),
)
def test_wrong_method_is_405(chapter: Attempt) -> None:
    """A method that the path does not have is 405, with those it has in Allow; no path is 404."""
    routes = ("GET /a", "POST /b/{x}", "PURGE /cache")
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
    ):
        response = answer(chapter, router, method, target)
        sent = f"{method} {target}"
        usually = beliefs.WRONG_METHOD_IS_404
        if response.status == 501:
            usually = (
                beliefs.ROUTES_MAKE_METHODS
                if method in chapter.METHODS
                else beliefs.METHODS_ARE_ALL
            )
        what = there_are(routes, "The status:")
        same(what, sent=sent, expected=status, got=response.status, usually=usually)
        if methods:
            what = there_are(routes, "Its Allow, sorted:")
            same(what, sent=sent, expected=methods, got=allow_of(response))


@promise(
    task=7,
    usually=beliefs.UNKNOWN_IS_405,
    hints=(
        "Is BREW a method that this path does not have, or one that nobody here knows?",
        "A method is known if it stands in METHODS or if some route has it. An unknown one is 501, "
        "whatever the path.",
        "if request.method not in METHODS | self.methods: 501, before you ask for allowed().",
    ),
)
def test_unknown_method_is_501(chapter: Attempt) -> None:
    """A method that nobody knows is 501, on any path; methods have a case."""
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
        usually = beliefs.METHODS_HAVE_NO_CASE if method == "get" else beliefs.UNKNOWN_IS_405
        if response.status == 501:
            usually = (
                beliefs.ROUTES_MAKE_METHODS
                if method in chapter.METHODS
                else beliefs.METHODS_ARE_ALL
            )
        same("The status:", sent=sent, expected=status, got=response.status, usually=usually)


@promise(
    task=7,
    usually=beliefs.HEAD_IS_EXTRA,
    hints=(
        "What does OPTIONS want to know? You have it already.",
        "If there is no route for OPTIONS, but allowed() has something: 204, and Allow. For the "
        "target * there is no path: 204, before you split.",
        "if request.target == '*': return Response(b'', 204), at the top. And where 405 is: if "
        "request.method == 'OPTIONS', 204 with the same Allow.",
    ),
)
def test_head_and_options_need_no_code(chapter: Attempt) -> None:
    """HEAD calls the function for GET; OPTIONS is 204 with Allow, unless it has its own route."""
    router = table(chapter, "GET /a", "POST /b", "OPTIONS /own", "GET /own", "GET /{x}/y/z")
    response = answer(chapter, router, "HEAD", "/a")
    same("The status:", sent="HEAD /a", expected=200, got=response.status)
    what = "The function's answer:"
    got = response.content
    same(what, sent="HEAD /a", expected=b"GET /a", got=got, usually=beliefs.HEAD_IS_EMPTIED)
    for target, methods in (
        ("/a", ["GET", "HEAD", "OPTIONS"]),
        ("/b?x", ["OPTIONS", "POST"]),
        ("/x/y/z", ["GET", "HEAD", "OPTIONS"]),
    ):
        response = answer(chapter, router, "OPTIONS", target)
        sent = f"OPTIONS {target}"
        same("The status:", sent=sent, expected=204, got=response.status)
        same("Its Allow, sorted:", sent=sent, expected=methods, got=allow_of(response))
    response = answer(chapter, router, "OPTIONS", "/own")
    sent, got = "OPTIONS /own", response.content
    same(
        "The answer:",
        sent=sent,
        expected=b"OPTIONS /own",
        got=got,
        usually=beliefs.OWN_ROUTES_ARE_IGNORED,
    )
    for star in (router, table(chapter, "GET /{any}")):
        status = answer(chapter, star, "OPTIONS", "*").status
        same("The status:", sent="OPTIONS *", expected=204, got=status)


@promise(
    task=6,
    usually=beliefs.MOVED_IS_301,
    hints=(
        "Nothing is at /about, but there is something at /about/. What should a POST to /about do?",
        "Add an empty segment at the end, or take it away. If allowed() has something there: 308, "
        "and in Location the path and the query.",
        "other = segments[:-1] if segments[-1] == '' else [*segments, '']; Location is '/' + "
        "'/'.join(quote(segment, safe='') for segment in other), and '?' + query if there is one.",
    ),
)
def test_slash_at_the_end_redirects(chapter: Attempt) -> None:
    """If only a slash at the end is too many or missing: 308 to there, the query included."""
    routes = (
        *("GET /about/", "POST /save", "GET /both", "GET /both/", "GET /u/{name}/"),
        *("GET /n/{n:int}", "GET /", "POST /only/", "GET /x", "POST /x/"),
    )
    router = table(chapter, *routes)
    for method, target, segments, query in (
        ("GET", "/about", ["about", ""], ""),
        ("GET", "/n/7/?", ["n", "7"], ""),
        ("GET", "/about?x=1&y=%2F", ["about", ""], "x=1&y=%2F"),
        ("POST", "/save/", ["save"], ""),
        ("GET", "/u/a%2Fb%3F", ["u", "a/b?", ""], ""),
        ("GET", "/u/%C3%85sa?q", ["u", "Åsa", ""], "q"),
        ("GET", "/u/%2541", ["u", "%41", ""], ""),
        ("GET", "http://h/about", ["about", ""], ""),
        ("HEAD", "/about", ["about", ""], ""),
        ("POST", "/only", ["only", ""], ""),
        ("POST", "/about", ["about", ""], ""),
        ("OPTIONS", "/save/", ["save"], ""),
    ):
        sent = f"{method} {target}"
        response = answer(chapter, router, method, target)
        usually = beliefs.MOVED_IS_301 if 300 <= response.status < 400 else beliefs.EMPTY_IS_NOTHING
        if response.status == 307:
            usually = beliefs.MOVED_FOR_NOW
        if response.status >= 400 and method != "GET":
            usually = beliefs.ONLY_GET_MOVES
        what = there_are(routes, "The status:")
        same(what, sent=sent, expected=308, got=response.status, usually=usually)
        location = field(response, "Location")
        if location is None:
            broken("A 308 says where to, in Location; yours has none.", sent=sent, usually=None)
        path, _, rest = location.partition("?")
        what = "A Location holds ASCII only."
        ascii_only = location.isascii()
        holds(what, ascii_only, sent=sent, got=location, usually=beliefs.LOCATION_IS_TEXT)
        one_slash = path.startswith("/") and not path.startswith("//")
        what = f"It leads to {location!r}, which does not begin with one slash."
        holds(what, one_slash, sent=sent, usually=beliefs.REDIRECT_STAYS)
        got = [unquote(segment) for segment in path[1:].split("/")]
        divided = "/".join(got) == "/".join(segments)
        usually = beliefs.QUOTE_IS_ENOUGH if divided else beliefs.LOCATION_IS_TEXT
        what = f"It leads to {location!r}. The segments there:"
        same(what, sent=sent, expected=segments, got=got, usually=usually)
        what = "The query of Location:"
        same(what, sent=sent, expected=query, got=rest, usually=beliefs.ROUTES_THE_QUERY)
    for method, target, status in (
        *(("GET", "/both", 200), ("GET", "/both/", 200), ("GET", "/", 200)),
        *(("GET", "/n/x/", 404), ("GET", "/u/", 404), ("GET", "/nowhere", 404)),
        *(("POST", "/both", 405), ("GET", "/nowhere/", 404)),
        *(("POST", "/x", 405), ("GET", "/x/", 405), ("OPTIONS", "/x", 204)),
    ):
        got = answer(chapter, router, method, target).status
        what = there_are(routes, "The status:")
        usually = beliefs.EMPTY_IS_NOTHING if status in (200, 404) else beliefs.SLASH_BEFORE_METHOD
        same(what, sent=f"{method} {target}", expected=status, got=got, usually=usually)


@promise(
    task=6,
    usually=beliefs.REDIRECT_STAYS,
    hints=(
        "Your Location begins with two slashes, or a slash and a backslash. Where would a browser go?",
        "Never send back what came. Build the path from its segments, and encode each of them, "
        "slashes and backslashes included.",
        "'/' + '/'.join(quote(segment, safe='') for segment in other)",
    ),
)
def test_redirect_stays_on_this_site(chapter: Attempt) -> None:
    """Whatever the target is, Location leads to a path on this site."""
    router = table(
        chapter,
        *("GET /", "GET /{a}/", "GET /{a}/{b}/", "GET /{a}/{b}/{c}", "GET /to/{a:int}/{rest:path}"),
    )

    def check(target: str) -> None:
        response = answer(chapter, router, "GET", target)
        location = field(response, "Location")
        if location is None:
            return
        stays = location.startswith("/") and location[1:2] not in ("/", "\\")
        what = "A browser that follows this Location leaves your site:"
        holds(what, stays, sent=target, got=location)
        joined = urlsplit(urljoin("http://here.example/a/b", location))
        holds(what, joined.netloc == "here.example", sent=target, got=location)
        visible = all("\x20" < character < "\x7f" for character in location)
        path = location.partition("?")[0]  # browsers keep the backslashes of a query
        clean = visible and "\\" not in path
        holds(
            "Browsers drop or turn round some of this Location:", clean, sent=target, got=location
        )

    for target in (
        *("//evil.example", "//evil.example/", "/\\evil.example", "/%2Fevil.example"),
        *("/%5Cevil.example", "http://evil.example/a", "///evil.example", "/%09/evil.example"),
        *("//evil.example/%2F..", "/.//evil.example", "/%2F/evil.example", "//", "/a?\\"),
    ):
        check(target)
    parts = [
        *("/", "//", "\\", "%2F", "%5C", "evil.example", "http:", "@", ".", "..", "%09", "a"),
        *("%2e%2e", ";", "%0D%0A", "?", "%C2%85", "%E2%80%A8", "http://h/"),
    ]
    for_any(check, st.lists(st.sampled_from(parts), max_size=7).map(lambda p: f"/{''.join(p)}"))


@promise(
    task=7,
    usually=beliefs.APPLICATION_FRAMES,
    hints=(
        "Here a browser's bytes come in at a socket, and pages go out. All of it is your code.",
        "If the promises above are kept and this one is not, run it by hand and look with curl -i.",
        "python3 -m chapters.ch13_routing --port 8000, and curl -i in another window.",
    ),
)
def test_from_socket_to_function(chapter: Attempt) -> None:
    """Over a real connection, one request after the other is answered by the right function."""

    def greet(_request: object, name: str) -> object:
        content = f"Hello, {name}!".encode()
        return chapter.Response(content, 200, [("Content-Type", "text/plain; charset=utf-8")])

    router = chapter.Router()
    router.add("GET", "/hello/{name}", greet)
    answer(chapter, router, "GET", "/hello/x")  # the server would make a 500 of "to do"
    with connected() as (client, server), running(chapter.serve_http, server, router) as serving:
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
                what = "The status that came back:"
                same(what, sent=sent, expected=status, got=came, usually=usually)
                if content is not None:
                    what = "The content that came back:"
                    same(what, sent=sent, expected=content, got=got, usually=None)
        finally:
            with suppress(OSError):
                client.shutdown(socket.SHUT_WR)
            serving.settle()


@promise(
    task=5,
    usually=beliefs.QUOTE_IS_ENOUGH,
    hints=(
        "A name is a/b. What has to stand in the URL, so that it is one segment?",
        "Fill the values in piece by piece, as text. Then encode each segment, and put the slashes "
        "between them. A path has its own slashes: split it first.",
        "'/' + '/'.join(quote(segment, safe='') for segment in segments)",
    ),
)
def test_url_encodes_values(chapter: Attempt) -> None:
    """url() puts each value into its place, encoded so that it comes out again unchanged."""
    router = chapter.Router()
    for pattern, name in (
        *(("/", "home"), ("/users/", "users"), ("/users/{id:int}", "user"), ("/hi/{name}", "hi")),
        *(("/files/{rest:path}", "files"), ("/é?/{a}/{b:int}/", "mixed")),
    ):
        router.add("GET", pattern, Page(chapter, name), name)
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
    ):
        got = router.url(name, **values)
        sent = Literally(f"url({name!r}, {values})")
        if not isinstance(got, str):
            same("url() gave:", sent=sent, expected=Literally("a str"), got=got)
        parts = [unquote(segment) for segment in got.removeprefix("/").split("/")]
        what = f"url() gave {got!r}. Its segments, decoded:"
        whole = name == "files" and "/".join(parts) == "/".join(segments)
        usually = beliefs.PATH_IS_ONE_SEGMENT if whole else beliefs.QUOTE_IS_ENOUGH
        same(what, sent=sent, expected=segments, got=parts, usually=usually)
        holds("A path begins with a slash.", got.startswith("/"), sent=sent, got=got, usually=None)
        bare = "  ".join(sorted({c for c in got if not c.isascii() or c in ' "<>?#\\'}))
        what = f"A path has these characters encoded only:  {bare}"
        holds(what, not bare, sent=sent, got=got)


@promise(
    task=5,
    usually=beliefs.ANY_VALUE_GOES,
    hints=(
        "Where would the URL lead that you have built: to this route, or to another, or nowhere?",
        "Compare the names of the parameters with those of the values. Then ask find() what your "
        "segments lead to. And a client takes . and .. out before it sends anything.",
        "match = self.find(route.method, segments); if match is None or match[0] is not route, or "
        "a segment is '.' or '..': raise ValueError(...)",
    ),
)
def test_url_refuses_what_would_not_come_back(chapter: Attempt) -> None:
    """A name that nobody has is a KeyError; values that would not come back, a ValueError."""
    router = chapter.Router()
    for pattern, name in (
        *(("/users/{id:int}", "user"), ("/users/{name}", "named"), ("/users/me", "")),
        *(("/files/{rest:path}", "files"), ("/a/{b}/{c}", "two")),
    ):
        router.add("GET", pattern, Page(chapter, pattern), name)
    with refusal("Nobody has the name 'nobody', and url() took it.", KeyError, usually=None):
        router.url("nobody")
    with refusal("A route without a name was asked for by ''.", KeyError, usually=None):
        router.url("")
    for name, values, what in (
        ("user", {}, "A value is missing."),
        ("two", {"b": "x"}, "A value is missing."),
        ("user", {"id": 7, "x": 1}, "The pattern does not know x."),
        ("user", {"name": "me"}, "The pattern does not know name."),
    ):
        with refusal(f"{what} url({name!r}, {values}) took it.", ValueError, usually=None):
            router.url(name, **values)
    for name, value, what in (
        ("user", {"id": "x"}, "This is no int."),
        ("user", {"id": -7}, "A minus is no digit."),
        ("user", {"id": 10**18}, "So long a number does not come back."),
        ("user", {"id": 7.0}, "A dot is no digit."),
        ("named", {"name": ""}, "The segment is empty."),
        ("named", {"name": ".."}, "A client takes .. out."),
        ("named", {"name": "."}, "A client takes . out."),
        ("named", {"name": "me"}, "/users/me is another route."),
        ("named", {"name": "7"}, "/users/7 is another route."),
        ("files", {"rest": ""}, "The path is empty."),
        ("files", {"rest": "/etc/passwd"}, "The path begins with a slash."),
        ("files", {"rest": "a/../b"}, "A client takes .. out."),
    ):
        with refusal(f"{what} url({name!r}, {value}) took it.", ValueError):
            router.url(name, **value)


@promise(
    task=5,
    usually=beliefs.QUOTE_IS_ENOUGH,
    hints=(
        "A program invents values: url() builds, split_target() and find() take it apart again.",
        "Look at the value in the report. Which of its characters means something in a URL?",
        "quote(segment, safe='') for every segment, and find() decides whether the values are good.",
    ),
)
def test_url_and_find_undo_each_other(chapter: Attempt) -> None:
    """What url() returns, split_target() and find() bring back: the same route and values."""
    router = chapter.Router()
    label = "/x/{name}/{number:int}/{rest:path}"
    router.add("GET", label, Page(chapter, label), "it")

    def check(name: str, number: int, rest: str) -> None:
        values = {"name": name, "number": number, "rest": rest}
        sent = Literally(f"url('it', {values})")
        dots = {".", ".."} & {name, *rest.split("/")}
        good = name and rest and not rest.startswith("/") and not dots
        try:
            url = router.url("it", **values)
        except ValueError as error:
            holds("url() refused good values.", not good, sent=sent, got=Literally(str(error)))
            return
        holds("url() took these values.", good, sent=sent, got=url, usually=beliefs.ANY_VALUE_GOES)
        segments, query = chapter.split_target(url)
        got = told(router.find("GET", segments))
        what = f"url() gave {url!r}, and that leads to:"
        same(what, sent=sent, expected=route_with(label, **values), got=got)
        same("It has a query:", sent=sent, expected="", got=query)

    characters = st.sampled_from("a7/.%2F?#+ \\é✓🙂\n\t\x00\x85;:@&=~")
    text = st.lists(characters, max_size=6).map("".join)
    for_any(check, text, st.integers(0, 10**18 - 1), text, examples=100)


@promise(
    task=6,
    usually=beliefs.MOUNT_IS_A_DOOR,
    hints=(
        "What is the pattern of a route for /{id} in a router that is mounted at /users?",
        "Go through the other router's routes, and add each to this one, with the prefix in front.",
        "for route in [*router.routes]: self.add(route.method, prefix + route.pattern, "
        "route.endpoint, route.name)",
    ),
)
def test_mount_adds_all_routes(chapter: Attempt) -> None:
    """mount() makes the other's routes routes of this one, and the other stays as it is."""
    users = table(chapter, "GET /", "GET /{id:int}", "POST /{id:int}", "GET /{rest:path}")
    users.add("GET", "/{id:int}/edit", Page(chapter, "edit"), "edit")
    for mounts_first in (True, False):
        router = chapter.Router()
        if mounts_first:
            router.mount("/api/users", users)
        router.add("GET", "/api/users/7", Page(chapter, "seven"))
        router.add("GET", "/api/{what}", Page(chapter, "what"))
        if not mounts_first:
            router.mount("/api/users", users)
        for method, path, expected in (
            ("GET", "/api/users/", route_with("GET /")),
            ("GET", "/api/users/8", route_with("GET /{id:int}", id=8)),
            ("POST", "/api/users/7", route_with("POST /{id:int}", id=7)),
            ("GET", "/api/users/7", route_with("seven")),
            ("GET", "/api/users/a/b", route_with("GET /{rest:path}", rest="a/b")),
            ("GET", "/api/users", route_with("what", what="users")),
            ("GET", "/8", NOTHING),
            ("GET", "/users/8", NOTHING),
        ):
            got = described(partial(found, router, method, path))
            same("find() gave:", sent=f"{method} {path}", expected=expected, got=got)
        names = "mount() has left the name 'edit' behind. The router's names:"
        holds(names, "edit" in router.named, got=sorted(router.named), usually=None)
        sent = Literally("url('edit', id=7)")
        same("url() gave:", sent=sent, expected="/api/users/7/edit", got=router.url("edit", id=7))
    for path, expected in (
        ("/8", route_with("GET /{id:int}", id=8)),
        ("/api/users/8", route_with("GET /{rest:path}", rest="api/users/8")),
    ):
        got = found(users, "GET", path)
        same("The mounted router itself found:", sent=path, expected=expected, got=got)
    users.add("GET", "/new", Page(chapter, "new"))
    expected = route_with("GET /{rest:path}", rest="new")
    got = found(router, "GET", "/api/users/new")
    what = "A route that was added to the other after mount() is not this one's:"
    same(what, sent="/api/users/new", expected=expected, got=got)
    with refusal("Two routes for the same came together, and nobody was told.", ValueError):
        table(chapter, "GET /a/{x}").mount("/a", table(chapter, "GET /{y}"))
    for prefix, usually in (
        ("a", None),
        ("/a/", beliefs.EMPTY_IS_NOTHING),
        ("/", beliefs.EMPTY_IS_NOTHING),
    ):
        what = f"mount({prefix!r}) makes the pattern {prefix + '/b'!r}, which is none, and took it."
        with refusal(what, ValueError, usually=usually):
            chapter.Router().mount(prefix, table(chapter, "GET /b"))


@promise(
    task=6,
    usually=beliefs.LOOP_ENDS,
    signs={"spin": beliefs.LOOP_ENDS},
    hints=(
        "While you go through the other router's routes, this one gets more. What if both are one?",
        "Go through the routes that were there when mount() began.",
        "for route in [*router.routes]: a copy, which does not grow.",
    ),
)
def test_router_mounts_itself(chapter: Attempt) -> None:
    """A router that is mounted into itself has each route twice, and no more."""

    class Bounded(chapter.Router):  # type: ignore[misc, name-defined]
        """Stops what would go on for ever."""

        def add(self, *arguments: object, **more: object) -> None:
            got = Literally(f"{len(self.routes)} routes")
            expected = Literally("4 routes")
            if len(self.routes) > 20:
                same("mount() goes on and on. By now:", expected=expected, got=got)
            super().add(*arguments, **more)

    router = Bounded()
    for pattern in ("/x", "/y/{id}"):
        router.add("GET", pattern, Page(chapter, pattern))
    router.mount("/again", router)
    expected = ["/again/x", "/again/y/{id}", "/x", "/y/{id}"]
    got = sorted(route.pattern for route in router.routes)
    same("Its patterns, sorted:", expected=expected, got=got)


class Page:
    """An endpoint. It remembers what it was called with."""

    def __init__(self, chapter: Attempt, label: str) -> None:
        self.label = label
        self.chapter = chapter
        self.calls: list[tuple[object, dict[str, object]]] = []

    def __call__(self, request: object, **values: object) -> object:
        """Answer with the label."""
        self.calls.append((request, values))
        return self.chapter.Response(self.label.encode(), 200, [("Content-Type", "text/plain")])


def table(chapter: Attempt, *routes: str) -> Any:
    """Return a router with routes such as `GET /users/{id}`."""
    router = chapter.Router()
    for route in routes:
        method, pattern = route.split(" ")
        router.add(method, pattern, Page(chapter, route))
    return router


def there_are(routes: Iterable[str], what: str) -> str:
    """Return `what` a check looks at, behind the routes that it has added."""
    return f"There are {', '.join(routes)}. {what}"


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
    usually = NOT_GIVEN if response is None else None  # None: a return is missing
    right = isinstance(response, chapter.Response)
    holds(kind, right, sent=sent, got=response, usually=usually)
    if isinstance(response.content, str):
        got = Literally(f"str: {response.content!r}")
        what = f"The content of this {response.status}:"
        same(
            what, sent=sent, expected=Literally("bytes"), got=got, usually=beliefs.RESPONSE_IS_TEXT
        )
    return response


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


def splits(chapter: Attempt, target: str, segments: list[str], query: str, usually: Any) -> None:
    """Require what split_target() returns."""
    got = outcome(chapter, target)
    what = "split_target() gave:"
    if got is None:
        same(what, sent=target, expected=(segments, query), got=got)
    same(what, sent=target, expected=(segments, query), got=got, usually=usually)


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
    1: "split_target, decode",
    2: "piece_of",
    3: "Router.add",
    4: "search, Router.allowed",
    5: "path_of, Router.url",
    6: "Router.moved",
    7: "Router.no_route, Router.__call__",
}
