"""The promises of chapter 9: how bytes become a request."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

from course.checks.answers import Attempt
from course.checks.expect import NOT_GIVEN, Literally, Raised, broken, holds, same
from course.checks.promises import promise
from tests import beliefs

TOKEN_MARKS = "!#$%&'*+-.^_`|~"
CURL = b"GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nAccept: */*\r\n\r\n"
POST = b"POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n"
SHORT = b"GET / HTTP/1.0\r\n\r\n"
LF_ALONE = b"GET / HTTP/1.1\nHost: a\n\n"
CONTENT = b"a=\n\n\r\n\r\n\x00\xff\r\n"
TLS_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"
NOT_NAMES = {  # lines whose name is not a token, and where it is wrong
    "X Y: z": 1,
    "X-No(te: z": 4,
    "X/Y: z": 1,
    "X=Y: z": 1,
    "[X]: z": 0,
    "Caf\xe9: z": 3,
    "X\xa0: z": 1,
    "Host : z": 4,
    "\tX: z": 0,
}
PART = 1 << 18  # octets of a head that is long for a search that begins anew for each piece


@promise(
    task=1,
    usually=beliefs.SPLITLINES_KNOWS,
    signs={UnicodeError: beliefs.HEADS_ARE_UTF8},
    hints=(
        "Which method of a string splits at CR LF, and at nothing else?",
        "Decode with latin-1: one character for each octet. Then split at '\\r\\n'.",
        "lines = head.decode('latin-1').split('\\r\\n')",
    ),
)
def test_lines_end_with_cr_lf(chapter: Attempt) -> None:
    """Lines end with CR LF alone. An octet above 127 is one character, and part of its line."""
    for head in (
        b"GET / HTTP/1.1\r\nHost: a\r\nX-Empty:\r\nX-Blanks:  \t a b  ",
        b"GET / HTTP/1.1",
        b"GET / HTTP/1.1\r\nX-Name: Jos\xe9\x85\xa0\xad\xff\r\nHost: a",
        "GET / HTTP/1.1\r\nX-Name: né✓\u2028".encode(),
        b"A: b\r\n\r\nC: d",
        b"",
    ):
        expected = head.decode("latin-1").split("\r\n")
        got = outcome(chapter, chapter.split_head, head)
        usually: Any = NOT_GIVEN if got is None else beliefs.SPLITLINES_KNOWS
        if not isinstance(got, list) or len(got) == len(expected):
            usually = None if head.isascii() else beliefs.HEADS_ARE_UTF8
            usually = NOT_GIVEN if got is None else usually
        if got == status(400):
            takes_latin_1 = isinstance(outcome(chapter, chapter.split_head, b"Jos\xe9"), list)
            takes_two = isinstance(outcome(chapter, chapter.split_head, b"A: b\r\nC: d"), list)
            usually = None if head.isascii() else beliefs.HEADS_ARE_UTF8
            usually = beliefs.PRINTABLE if takes_latin_1 and takes_two else usually
        same("split_head() returned:", sent=head, expected=expected, got=got, usually=usually)
    first = chapter.split_head(b"A: b")
    chapter.split_head(b"C: d")
    what = "split_head() was called again, with another head. Now its first list is:"
    same(what, sent=b"A: b", expected=["A: b"], got=first, usually=None)


@promise(
    task=1,
    usually=beliefs.ALONE_IS_HARMLESS,
    hints=(
        "The lines are split at CR LF. Which octets may still be in one of them, and must not be?",
        "A CR, a LF, and every control character except tab. check_lines() is given, and refuses them.",
        "check_lines(lines), before they are returned",
    ),
)
def test_nothing_else_controls(chapter: Attempt) -> None:
    """A CR or LF alone is refused with 400, and so is every control character except tab."""
    start = b"GET / HTTP/1.1"
    for head in (
        start + b"\nHost: a",
        start + b"\r\nHost: a\nX: y\r\nZ: z",
        start + b"\r\nHost: a\n",
        start + b"\r\n\nHost: a",
        b"\n" + start,
        start + b"\r\nHost: a\rX: y",
        start + b"\r\nHost: a\r",
        start + b"\r\r\nHost: a",
        b"\r" + start,
    ):
        refused(chapter, chapter.split_head, head, 400)
    for octet in (*range(0x20), 0x7F):
        if octet not in b"\t\r\n":
            bad = bytes([octet])
            heads = (start + b"\r\nX-Note: a" + bad + b"b", b"GET /" + bad + b" HTTP/1.1")
            usually = None if octet == 0x7F else beliefs.CONTROLS_ARE_DATA
            for head in heads:
                refused(chapter, chapter.split_head, head, 400, usually)


@promise(
    task=1,
    usually=beliefs.BAD_IS_ENOUGH,
    hints=(
        "The error has a `line` and an `at`. Who knows them?",
        "`line` is the line as text; `at` is the place in it, from 0. check_lines() raises an error "
        "that has both.",
        "check_lines(lines). Let its error pass.",
    ),
)
def test_error_points_at_the_octet(chapter: Attempt) -> None:
    """The error points at the first octet that is not allowed: character `at`, from 0, of `line`."""
    for head, wrong in (
        (b"GET / HTTP/1.1\r\nX: a\x00b\x01", "\x00"),
        (b"GET /\x01 HTTP/1.1\r\nX: a\x00b", "\x01"),
        (b"GET / HTTP/1.1\r\nX: caf\xe9\tau\x0blait", "\x0b"),
        (b"GET / HTTP/1.1\nHost: a\x00", "\n"),
        (b"GET / HTTP/1.1\r\nHost: a\rX: b\n", "\r"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX:\x7f", "\x7f"),
    ):
        points_at(chapter, chapter.split_head, head, wrong)


@promise(
    task=2,
    usually=beliefs.METHODS_ARE_KNOWN,
    hints=(
        "Three parts, one space between. Which of them do you have to change?",
        "Only the version becomes something else: two numbers. Method and target stay as they came.",
        "method = read_method(line); line = without_line_end(line); target = line.split(' ')[1]; "
        "return method, target, read_version(line)",
    ),
    hints_if={
        "a good line": (
            "Nothing is wrong with this request line. What does the line hold that your code refuses?",
            "read_version() wants the line without its CR LF. without_line_end() returns that line; it "
            "cannot change yours.",
            "line = without_line_end(line)",
        )
    },
)
def test_request_line_has_three_parts(chapter: Attempt) -> None:
    """Method and target come back as they were sent, and the version as two numbers."""
    for method, target, version in (
        ("GET", "/", (1, 1)),
        ("GET", "/a%20b/c;d?e=f&g=%3F?", (1, 0)),
        ("get", "/", (1, 1)),
        ("Post", "/", (1, 0)),
        ("PROPFIND", "/", (1, 1)),
        ("VERSION-CONTROL", "//a", (1, 1)),
        (f"{TOKEN_MARKS}09azAZ", "/", (1, 1)),
    ):
        line = f"{method} {target} HTTP/{version[0]}.{version[1]}\r\n"
        got = outcome(chapter, chapter.parse_request_line, line)
        expected = (method, target, version)
        usually: Any = beliefs.METHODS_ARE_KNOWN if method != "GET" else None
        is_marked = got == status(400) and not method.isalpha()
        usually = beliefs.TOKENS_ARE_WORDS if is_marked else usually
        usually = NOT_GIVEN if got is None else usually
        clue = "a good line" if method == "GET" and got == status(400) else ""
        what = "parse_request_line() returned:"
        same(what, sent=line, expected=expected, got=got, usually=usually, clue=clue)
    got = outcome(chapter, chapter.parse_request_line, "GET / HTTP/1.7\r\n")
    what = "parse_request_line() returned:"
    same(what, sent="GET / HTTP/1.7\r\n", expected=("GET", "/", (1, 1)), got=got, usually=None)


@promise(
    task=2,
    usually=beliefs.ALWAYS_THREE,
    signs={ValueError: beliefs.ALWAYS_THREE, IndexError: beliefs.ALWAYS_THREE},
    hints=(
        "What does 'GET  / HTTP/1.1'.split() return? And split(' ')?",
        "Count the parts before you give them names. read_method() refuses a bad method for you.",
        "parts = line.split(' '); if len(parts) != 3: raise bad_request(…, '3', line)",
    ),
    hints_if={
        beliefs.ANY_METHOD: (
            "May a method be empty, or contain a bracket?",
            "No: it is a token. read_method() is given, and refuses what is not.",
            "method = read_method(line), before you split the line",
        ),
        "outer space": (
            "Which space does this line have that it must not have?",
            "One after the version. Do not strip the line.",
            "parts = line.split(' '), of the line without its CR LF",
        ),
    },
)
def test_one_space_between_the_parts(chapter: Attempt) -> None:
    """What does not have three parts, with one space between, is refused with 400."""
    for line in (
        "GET  / HTTP/1.1",
        "GET /  HTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET /a b c HTTP/1.1",
        "GET",
        "GET /",
        "GET\t/\tHTTP/1.1",
        "GET /\xa0HTTP/1.1",
        "GET  HTTP/1.1",
        "",
        " GET / HTTP/1.1",
        " / HTTP/1.1",
        "G(T / HTTP/1.1",
        "GET / HTTP/1.1 ",
    ):
        got = outcome(chapter, chapter.parse_request_line, f"{line}\r\n")
        usually: Any = NOT_GIVEN
        if isinstance(got, tuple) and len(got) == 3:
            usually = beliefs.ANY_METHOD if not got[0] or "(" in line else usually
            usually = beliefs.ALWAYS_A_PATH if got[0] and not got[1] else usually
        if line.endswith(" ") and isinstance(got, tuple):
            what, expected = "parse_request_line() returned:", status(400)
            sent, clue = f"{line}\r\n", "outer space"
            same(what, sent=sent, expected=expected, got=got, usually=None, clue=clue)
        refused(chapter, chapter.parse_request_line, f"{line}\r\n", 400, usually)
    for line in ("GET /", "GET /a b HTTP/1.1", "GET  / HTTP/1.1"):
        place: Any = placed_error(chapter, chapter.parse_request_line, f"{line}\r\n")
        what = "The error's line:"
        usually = None if place[0] else beliefs.BAD_IS_ENOUGH
        same(what, sent=f"{line}\r\n", expected=line, got=place[0], usually=usually)


@promise(
    task=2,
    usually=beliefs.ALWAYS_A_PATH,
    hints=(
        "A client sends a proxy a whole URL. What may CONNECT ask for, and what OPTIONS?",
        "check_target() is given. It knows which form goes with which method, and points at the "
        "target.",
        "check_target(line, method, target), with the line that without_line_end() has returned",
    ),
)
def test_target_has_one_of_four_forms(chapter: Attempt) -> None:
    """Path, URL, host:port for CONNECT alone, * for OPTIONS alone: any other target is a 400."""
    for method, target in (
        ("OPTIONS", "*"),
        ("OPTIONS", "/a"),
        ("CONNECT", "example.com:443"),
        ("CONNECT", "[::1]:443"),
        ("GET", "http://example.com/a?b"),
        ("GET", "HTTP://EXAMPLE.COM"),
        ("POST", "https://127.0.0.1:8443?a"),
        ("GET", "http://[::1]/"),
    ):
        line = f"{method} {target} HTTP/1.1\r\n"
        got = outcome(chapter, chapter.parse_request_line, line)
        expected = (method, target, (1, 1))
        what = "parse_request_line() returned:"
        same(what, sent=line, expected=expected, got=got)
    for method, target in (
        ("GET", "*"),
        ("options", "*"),
        ("connect", "example.com:80"),
        ("OPTIONS", "*/a"),
        ("OPTIONS", "example.com:80"),
        ("GET", "example.com:80"),
        ("CONNECT", "*"),
        ("CONNECT", "/a"),
        ("CONNECT", "http://example.com:80/"),
        ("CONNECT", "example.com"),
        ("CONNECT", "example.com:443/a"),
        ("GET", "index.html"),
        ("GET", "?a"),
        ("GET", "http:///a"),
        ("GET", "http:/a"),
        ("GET", "ET"),
    ):
        line = f"{method} {target} HTTP/1.1\r\n"
        usually = NOT_GIVEN if method.isupper() else beliefs.METHODS_ARE_KNOWN
        refused(chapter, chapter.parse_request_line, line, 400, usually)
        line = line.removesuffix("\r\n")
        what = "The error's line, and at: where the target starts."
        place = placed_error(chapter, chapter.parse_request_line, f"{line}\r\n")
        wrong = (line, len(method) + 1)
        same(what, sent=f"{line}\r\n", expected=wrong, got=place, usually=unplaced(place))


@promise(
    task=2,
    usually=beliefs.TARGET_HOLDS_ALL,
    hints=(
        "A target may not have every character. Who looks at each of them?",
        "check_target() does, and points at the first one that is wrong.",
        "check_target(line, method, target). Let its error pass.",
    ),
)
def test_target_is_visible_ascii(chapter: Attempt) -> None:
    """A target is visible ASCII without # < > and double quote; the error points at what is not."""
    line = "GET /a?q={b|c}^`\\[]':;@!$(),~+*%7E HTTP/1.1\r\n"
    got = outcome(chapter, chapter.parse_request_line, line)
    expected = ("GET", line.split(" ")[1], (1, 1))
    what = "Browsers send this. parse_request_line() returned:"
    same(what, sent=line, expected=expected, got=got)
    for target, wrong in (
        ("/a#b", "#"),
        ("/caf\xe9", "\xe9"),
        ('/"a"', '"'),
        ("/a<b>", "<"),
        ("/>", ">"),
        ("/a\tb", "\t"),
        ("http://a/#b", "#"),
    ):
        line = f"GET {target} HTTP/1.1\r\n"
        refused(chapter, chapter.parse_request_line, line, 400)
        points_at(chapter, chapter.parse_request_line, line, wrong)


@promise(
    task=2,
    usually=beliefs.ALL_IS_400,
    hints=(
        "The line is too long, or ends with a LF alone, or has another version. What tells the "
        "client which it was?",
        "The four given functions raise 501, 414, 505 and 400. Let their errors pass.",
        "read_method(line), without_line_end(line), the three parts, check_target(…), read_version(…)",
    ),
    hints_if={
        beliefs.LIMIT_IS_ROUGH: (
            "How many octets may come before CR LF?",
            "MAX_REQUEST_LINE octets. without_line_end() knows that, and wants the line with its CR "
            "LF.",
            "line = without_line_end(line)",
        ),
        beliefs.ALONE_IS_HARMLESS: (
            "Which octets end this line?",
            "A LF alone. without_line_end() refuses it.",
            "line = without_line_end(line), before you split the line",
        ),
        "order": (
            "Two things are wrong with this line. Which one decides?",
            "The docstring lists them in order: first what read_method() refuses.",
            "read_method(line), then without_line_end(line), then the parts",
        ),
    },
)
def test_each_refusal_has_its_status(chapter: Attempt) -> None:
    """501 for a long method, 414 for a long line, 400 for LF alone, 505 for HTTP/2.0, in this order."""
    most = chapter.MAX_METHOD
    line = f"{'A' * most} / HTTP/1.1\r\n"
    got = outcome(chapter, chapter.parse_request_line, line)
    what = f"A method of {most} octets. parse_request_line() returned:"
    same(what, sent=line, expected=("A" * most, "/", (1, 1)), got=got, usually=None)
    refused(chapter, chapter.parse_request_line, f"A{line}", 501)
    for version in ("HTTP/2.0", "HTTP/0.9", "HTTP/9.9"):
        refused(chapter, chapter.parse_request_line, f"GET / {version}\r\n", 505)
    for version in ("HTTP/1.10", "HTTP/1.\xb2", "http/1.1", "HTTP/1.1\t", ""):
        refused(chapter, chapter.parse_request_line, f"GET / {version}\r\n", 400, None)
    most = chapter.MAX_REQUEST_LINE
    for length in (most, most + 1, 2 * most):
        target = "/" + "a" * (length - len("GET / HTTP/1.1"))
        line = f"GET {target} HTTP/1.1\r\n"
        got = outcome(chapter, chapter.parse_request_line, line)
        what = f"{length:,} octets and CR LF. parse_request_line() returned:"
        is_short = length == most
        usually = beliefs.ALL_IS_400 if got == status(400) else beliefs.LIMIT_IS_ROUGH
        expected = ("GET", target, (1, 1)) if is_short else status(414)
        holds(
            what, got == expected, expected=shortened(expected), got=shortened(got), usually=usually
        )
    for line in ("GET / HTTP/1.1\n", "GET / HTTP/1.1\r\nHost: a\n", "GET /\n"):
        usually = beliefs.ALONE_IS_HARMLESS
        refused(chapter, chapter.parse_request_line, line, 400, usually)
    what = "The error's line and at, which is the place of the LF:"
    line = "GET / HTTP/1.1\n"
    place = placed_error(chapter, chapter.parse_request_line, line)
    same(what, sent=line, expected=(line, len(line) - 1), got=place, usually=unplaced(place))
    for line, number, wrong in (
        ("A" * 2 * most + "\r\n", 501, None),
        ("\x16" + "a" * 2 * most + "\r\n", 400, ("\x16", 0)),
        ("G(T / HTTP/1.1\n", 400, ("G(", 1)),
        ("GET /" + "a" * 2 * most + "\n", 414, None),
        ("GET /a b\n", 400, ("GET /a b\n", 8)),
        ("GET /\x01 HTTP/2.0\r\n", 400, ("GET /\x01 HTTP/2.0", 5)),
        ("GET /a /\x01 HTTP/2.0\r\n", 400, None),
    ):
        sent = line if len(line) < 99 else shortened(line)
        what = "The first rule that applies decides. parse_request_line() returned:"
        got = outcome(chapter, chapter.parse_request_line, line)
        expected = status(number)
        same(what, sent=sent, expected=expected, got=got, usually=None, clue="order")
        if wrong:
            place = placed_error(chapter, chapter.parse_request_line, line)
            what = "The first rule that applies decides. The error's line and at:"
            same(what, sent=sent, expected=wrong, got=place, usually=None, clue="order")


@promise(
    task=3,
    usually=beliefs.ONE_COLON,
    signs={ValueError: beliefs.ONE_COLON, IndexError: beliefs.ONE_COLON},
    hints=(
        "How many colons does 'Host: localhost:8000' have?",
        "partition(':') cuts at the first colon only. No space has to follow it.",
        "name, colon, value = line.partition(':'); return FIELD_NAMES[name], value.strip(' \\t')",
    ),
)
def test_first_colon_ends_the_name(chapter: Attempt) -> None:
    """The name is what comes before the first colon, in lower case; the value is all the rest."""
    for line, expected in (
        ("Accept: */*", ("accept", "*/*")),
        ("Host: localhost:8000", ("host", "localhost:8000")),
        ("Referer: http://a/?b: c", ("referer", "http://a/?b: c")),
        ("X:y", ("x", "y")),
        ("X-Empty:", ("x-empty", "")),
        ("X-Colon::", ("x-colon", ":")),
        (f"{TOKEN_MARKS}09azAZ: v", (f"{TOKEN_MARKS}09azaz", "v")),
    ):
        got = outcome(chapter, chapter.parse_field_line, line)
        is_pair = isinstance(got, tuple) and len(got) == 2 and isinstance(got[0], str)
        same_but_case = is_pair and (got[0].lower(), got[1]) == expected  # type: ignore[index]
        usually: Any = beliefs.CASE_OF_NAMES if same_but_case else NOT_GIVEN
        usually = None if isinstance(got, list) else usually
        if line.startswith(TOKEN_MARKS) and got == status(400):
            usually = beliefs.TOKENS_ARE_WORDS
        what = "parse_field_line() returned:"
        same(what, sent=line, expected=expected, got=got, usually=usually)


@promise(
    task=3,
    usually=beliefs.STRIP_KNOWS_BLANKS,
    hints=(
        "What does '\\xa0'.strip() return?",
        "strip() without an argument follows Unicode. Give it the two characters that count.",
        "value.strip(' \\t')",
    ),
    hints_if={
        beliefs.ONE_BLANK: (
            "How many spaces may come before a value, and after it?",
            "Any number of spaces and tabs, on both sides. The others are part of the value.",
            "value.strip(' \\t')",
        )
    },
)
def test_blanks_around_the_value(chapter: Attempt) -> None:
    """Spaces and tabs around a value are not part of it; everything else is."""
    for line, value in (
        ("X:  \t a b\tc \t ", "a b\tc"),
        ("X: a  b", "a  b"),
        ("X: XyX", "XyX"),
        ("X:\t", ""),
        ("X:\ty", "y"),
        ("X: \x85y\xa0 ", "\x85y\xa0"),
        ("X:\xa0", "\xa0"),
        ("X: \x0by\x0c ", "\x0by\x0c"),
    ):
        got = outcome(chapter, chapter.parse_field_line, line)
        usually: Any = beliefs.ONE_BLANK
        if "\xa0" in value and "\xa0" not in str(got[1:] if isinstance(got, tuple) else got):
            usually = beliefs.STRIP_KNOWS_BLANKS
        kept = str(got[1]) if isinstance(got, tuple) and len(got) == 2 else ""
        usually = usually if kept.split() == value.split() or "\xa0" in value else None
        is_joined = "\xa0" not in value and kept == " ".join(value.split())
        usually = beliefs.ONE_BLANK if is_joined else usually
        usually = None if isinstance(got, Literally) else usually
        usually = NOT_GIVEN if got is None else usually
        what = "parse_field_line() returned:"
        same(what, sent=line, expected=("x", value), got=got, usually=usually)


@promise(
    task=3,
    usually=beliefs.STRIP_KNOWS_BLANKS,
    hints=(
        "'Content-Length : 5'. One reader strips the name; the next one knows no such field. Which "
        "of the two is right?",
        "Neither: RFC 9112 §5.1 wants it refused. A space is in no token, so one test is enough for "
        "a space before the colon and for one at the beginning of the line.",
        "if not FIELD_NAMES[name]: raise field_refused(line). Do not strip the name or the line "
        "before.",
    ),
)
def test_blanks_beside_the_name(chapter: Attempt) -> None:
    """White space before the colon, or at the beginning of the line, is refused with 400."""
    for line in ("Content-Length : 5", "Host\t: a", "X \t : y"):
        refused(chapter, chapter.parse_field_line, line, 400)
    for line in (" folded", "\tfolded", " X: y", "\tX: y", " ", " : y"):
        refused(chapter, chapter.parse_field_line, line, 400, beliefs.FOLDED)


@promise(
    task=3,
    usually=beliefs.ANY_WORD,
    hints=(
        "Is a line without a colon a field? One that begins with a colon?",
        "A name is a token: not empty, and nothing in it that is not in TOKEN. FIELD_NAMES[name] is "
        "'' if the name is not a token.",
        "if not colon or not FIELD_NAMES[name]: raise field_refused(line)",
    ),
    hints_if={
        beliefs.COLON_WAS_THERE: (
            "What does 'X'.partition(':') return?",
            "The second part is '' if there was no colon. That line is refused.",
            "if not colon or not FIELD_NAMES[name]: raise field_refused(line)",
        ),
    },
)
def test_field_name_is_a_token(chapter: Attempt) -> None:
    """A line without a colon, and a name that is not a token, are refused with 400."""
    for line in (":", ": y", ":: y", *NOT_NAMES):
        refused(chapter, chapter.parse_field_line, line, 400)
    for line in ("", "X", "X-Y=z", "no colon here"):
        refused(chapter, chapter.parse_field_line, line, 400, beliefs.COLON_WAS_THERE)


@promise(
    task=3,
    usually=beliefs.BAD_IS_ENOUGH,
    hints=(
        "The error has a `line` and an `at`. Which function finds them?",
        "field_refused() is given. Give it the line as it came.",
        "raise field_refused(line), and not bad_request(…)",
    ),
)
def test_error_points_into_the_field_line(chapter: Attempt) -> None:
    """The error has the line as it came, and the place of the wrong octet, or else the name's end."""
    for line, at in (
        *NOT_NAMES.items(),
        (": y", 0),
        ("", 0),
        ("X-Y", 3),
        ("no colon here", 2),
        ("X Y", 1),
        (" folded", 0),
        ("X-Y=z", 3),
    ):
        place = placed_error(chapter, chapter.parse_field_line, line)
        what = "The error's line and at are:"
        same(what, sent=line, expected=(line, at), got=place, usually=unplaced(place))


@promise(
    task=4,
    usually=beliefs.CASE_OF_NAMES,
    hints=(
        "One client sends Host, another host. What do you compare?",
        "The keys of self._values are in lower case. Look up the name in lower case as well.",
        "values = self._values.get(name.lower()); None if there are none, or else ', '.join(values)",
    ),
    hints_if={
        beliefs.EMPTY_IS_NONE: (
            "One of these fields is empty, another is missing. How does the caller tell?",
            "An empty value is ''. Only a field that is missing is None.",
            "return None if values is None else ', '.join(values)",
        )
    },
)
def test_names_are_case_insensitive(chapter: Attempt) -> None:
    """A field is found whatever the case of its name. An empty value is "", a missing field None."""
    pairs = [("Host", "a"), ("ACCEPT", "text/html"), ("x-empty", "")]
    values = {
        "Host": "a",
        "host": "a",
        "hOST": "a",
        "accept": "text/html",
        "x-empty": "",
        "X-Empty": "",
        "cookie": None,
    }
    headers = chapter.Headers(pairs)
    answers = {name: headers.get(name) for name in values}
    answers_nothing = set(answers.values()) == {None}
    for name, expected in values.items():
        usually = beliefs.CASE_OF_NAMES if expected else beliefs.EMPTY_IS_NONE
        what, got = f"get({name!r}) returned:", answers[name]
        if got != expected == chapter.Headers(pairs).get(name):
            what = f"get() was asked for several names. {what}"
            same(what, sent=pairs, expected=expected, got=got, usually=None)
        reason = NOT_GIVEN if answers_nothing else usually
        same(what, sent=pairs, expected=expected, got=got, usually=reason)


@promise(
    task=4,
    usually=beliefs.ONE_OF_EACH,
    hints=(
        "These fields come in three lines of one name, each in another case. Which one counts?",
        "All three. self._values has a list for each name. get() joins it with ', '; get_all() "
        "returns a new list: what is joined cannot always be split again.",
        "get_all(): return list(self._values.get(name.lower(), ()))",
    ),
)
def test_repeated_lines_all_count(chapter: Attempt) -> None:
    """Of repeated lines get() returns all, joined by `, `; get_all() returns each, in order."""
    expires = "b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT"
    for pairs in (
        [("Via", "1.1 a"), ("X", "1"), ("via", "1.0 b, 1.1 c"), ("VIA", "1.1 d")],
        [("Set-Cookie", "a=1"), ("Set-Cookie", expires)],
        [("X", ""), ("x", ""), ("Y", "1")],
        [("X", "1"), ("Y", ""), ("x", "1")],
    ):
        headers = chapter.Headers(pairs)
        name = pairs[0][0]
        values = [value for other, value in pairs if other.lower() == name.lower()]
        got = headers.get(name)
        same(f"get({name!r}) returned:", sent=pairs, expected=", ".join(values), got=got)
        got = headers.get_all(name.upper())
        with_case = [value for other, value in pairs if other == name.upper()]
        is_other_case = got == [] or (got == with_case and got != list(dict.fromkeys(values)))
        is_shorter = isinstance(got, list) and len(got) < len(values)
        is_joined = isinstance(got, list) and ", ".join(got) == ", ".join(values)
        usually: Any = beliefs.ONE_OF_EACH if is_shorter or is_joined else None
        usually = beliefs.CASE_OF_NAMES if is_other_case else usually
        usually = NOT_GIVEN if got is None else usually
        what = f"get_all({name.upper()!r}) returned:"
        same(what, sent=pairs, expected=values, got=got, usually=usually)
        what = "get_all('Cookie') returned:"
        same(what, sent=pairs, expected=[], got=headers.get_all("Cookie"), usually=None)
        what = "After get_all('Cookie'), get('Cookie') returned:"
        same(what, sent=pairs, expected=None, got=headers.get("Cookie"), usually=None)
        if isinstance(got, list):
            got.append("mine")
        what = "The test changed the list that get_all() returned. Now get_all() returned:"
        again = headers.get_all(name)
        same(what, sent=pairs, expected=values, got=again, usually=None)


@promise(
    task=5,
    usually=beliefs.ONE_OF_EACH,
    hints=(
        "Your functions have done the work. In which order do you call them?",
        "cut_request_line() gives the request line, and the octets of the field lines. There may be "
        "none. Make Headers of a list of pairs.",
        "line, fields = cut_request_line(head); parse_request_line(line); lines = split_head(fields) "
        "if fields else []; headers = Headers([parse_field_line(line) for line in lines])",
    ),
    hints_if={
        "a good head": (
            "Nothing is wrong with this head. Which line did your code refuse, and what is in it?",
            "cut_request_line() removes the CR LF CR LF for you. Without field lines it returns b'' "
            "for them, and b'' has no lines.",
            "line, fields = cut_request_line(head); lines = split_head(fields) if fields else []",
        )
    },
)
def test_head_becomes_a_request(chapter: Attempt) -> None:
    """A head becomes a Request, with every field line of it; its content is still empty."""
    repeated = b"Accept: a\r\nX-Name: Jos\xe9\r\naccept: b\r\nACCEPT: a\r\nAccept: a"
    for head in (
        CURL,
        b"HEAD /b HTTP/1.0\r\nHost: a\r\n\r\n",
        b"DELETE /a HTTP/1.1\r\nHost: a\r\n" + repeated + b"\r\n\r\n",
        SHORT,
    ):
        expected = parsed(chapter, *read(head))
        got: Any = outcome(chapter, chapter.parse_head, head)
        is_shorter = isinstance(got, chapter.Request) and len(got.headers) < len(expected.headers)
        usually: Any = beliefs.ONE_OF_EACH if is_shorter else None
        clue = "a good head" if got == status(400) else ""
        what = "parse_head() returned:"
        same(what, sent=head, expected=expected, got=got, usually=usually, clue=clue)
        what = "It has to be a Request:"
        holds(what, isinstance(got, chapter.Request), got=got, usually=None)


@promise(
    task=5,
    usually=beliefs.SKIP_WHAT_IS_BAD,
    hints=(
        "One of these lines cannot be read. What is the rest worth?",
        "Each of your functions raises where it has to. Let its error pass.",
        "No try in parse_head().",
    ),
    hints_if={
        "order": (
            "Two things are wrong with this head. Which one did you look at first?",
            "The request line is judged before any octet of the field lines.",
            "parse_request_line(line), and then split_head(fields)",
        ),
        "first LF": (
            "A LF alone comes before the first CR LF. Where does the request line end?",
            "At the first LF: cut_request_line() cuts there. parse_request_line() refuses a LF alone.",
            "line, fields = cut_request_line(head); parse_request_line(line)",
        ),
        "field lines": (
            "Two things are wrong with this head. Which one comes first in the docstring?",
            "First the octets of all field lines, then their number, then each field line, then Host.",
            "split_head(fields), then MAX_FIELDS, then parse_field_line() for each line, then "
            "check_host()",
        ),
    },
)
def test_one_bad_line_is_enough(chapter: Attempt) -> None:
    """One line that is refused refuses the whole head, with that line's status; the first decides."""
    for lines, number in (
        (b"GET / HTTP/1.1\r\nHost: a\r\nno field\r\nX: y", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX : y", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z", 400),
        (b"GET / HTTP/1.1\r\nHost: a\nX: y", 400),
        (b"GET / HTTP/1.1\nHost: a", 400),
        (b"GET /\r\nHost: a", 400),
        (b"GET / HTTP/2.0\r\nHost: a", 505),
        (b"GET / HTTP/2.0\r\nHost: a\x00", 505),
        (b"A" * 99 + b" / HTTP/1.1\r\nHost: a", 501),
        (b"", 400),
    ):
        head = lines + b"\r\n\r\n"
        got = outcome(chapter, chapter.parse_head, head)
        usually: Any = NOT_GIVEN
        if isinstance(got, chapter.Request) and b"\r\n " in head:
            usually = beliefs.FOLDED if "z" in str(list(got.headers)) else NOT_GIVEN
        if b"\x00" in head:
            what = "The request line comes first. parse_head() returned:"
            expected = status(number)
            same(what, sent=head, expected=expected, got=got, usually=None, clue="order")
        refused(chapter, chapter.parse_head, head, number, usually)
    head = b"GET / HTTP/1.1\nHost: a\r\nX: y\r\n\r\n"
    place = placed_error(chapter, chapter.parse_head, head)
    what = "The request line ends with the first LF. The error's line and at:"
    wrong = ("GET / HTTP/1.1\n", 14)
    same(what, sent=head, expected=wrong, got=place, usually=None, clue="first LF")
    start = b"GET / HTTP/1.1\r\nHost: a, b\r\n"
    for rest, wrong in (
        (b"no colon\r\nX : y", ("no colon", 2)),
        (b"X : y\r\nZ: \x00", ("Z: \x00", 3)),
        (b"X : y\r\n" * chapter.MAX_FIELDS + b"Z: \x00", ("Z: \x00", 3)),
    ):
        head = start + rest + b"\r\n\r\n"
        place = placed_error(chapter, chapter.parse_head, head)
        what = "The first rule that applies decides. The error's line and at:"
        sent = head if len(head) < 99 else shortened(head)
        same(what, sent=sent, expected=wrong, got=place, usually=None, clue="field lines")


@promise(
    task=5,
    usually=beliefs.HOST_IS_OPTIONAL,
    hints=(
        "One machine serves a hundred sites under one address. How does it know which is meant?",
        "check_host() refuses a Host that is missing, repeated or not a host. It needs the value and "
        "the version.",
        "check_host(headers.get('host'), version), whatever the target is",
    ),
    hints_if={
        beliefs.TARGET_WILL_DO: (
            "The target names a host. Does Host count then?",
            "It still has to be there, once, and be a host. Call check_host() first.",
            "check_host(headers.get('host'), version), before the target's host takes its place",
        )
    },
)
def test_there_is_one_host(chapter: Attempt) -> None:
    """HTTP/1.1 has exactly one Host, whatever its target; HTTP/1.0 may have one. It is a host."""
    for version in (b"1.1", b"1.2"):
        for fields in (b"", b"X-Host: a\r\n"):
            head = b"GET / HTTP/%b\r\n%b\r\n" % (version, fields)
            refused(chapter, chapter.parse_head, head, 400)
    for host in ("good.example/evil", "a, b", "user@a", "a:x", "[::1", "[1.2.3.4]"):
        head = f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode("latin-1")
        refused(chapter, chapter.parse_head, head, 400, beliefs.BEGINS_LIKE_A_HOST)
    for line in (b"GET http://b/", b"OPTIONS *", b"CONNECT b:443"):
        head = line + b" HTTP/1.1\r\n\r\n"
        refused(chapter, chapter.parse_head, head, 400, beliefs.TARGET_WILL_DO)
    for version in (b"1.1", b"1.0"):
        head = b"GET / HTTP/" + version + b"\r\nHost: good.example/evil\r\n\r\n"
        refused(chapter, chapter.parse_head, head, 400, None)
        head = head.replace(b"GET /", b"GET http://b/")
        refused(chapter, chapter.parse_head, head, 400, beliefs.TARGET_WILL_DO)
        for hosts in ((b"a", b"b"), (b"a", b"a"), (b"a", b""), (b"", b"")):
            lines = b"".join(b"\r\nHost: " + host for host in hosts)
            head = b"GET / HTTP/" + version + lines + b"\r\n\r\n"
            refused(chapter, chapter.parse_head, head, 400)
    for host in ("a", "", "localhost:8000", "EXAMPLE.com", "[::1]:80"):
        text = ["GET / HTTP/1.1", f"host: {host}"]
        head = "\r\n".join([*text, "", ""]).encode()
        got = outcome(chapter, chapter.parse_head, head)
        usually: Any = NOT_GIVEN if host else beliefs.EMPTY_IS_NONE
        expected = parsed(chapter, *text)
        same("parse_head() returned:", sent=head, expected=expected, got=got, usually=usually)


@promise(
    task=5,
    usually=beliefs.HOST_IS_WHAT_HOST_SAYS,
    hints=(
        "Two places say for which host this is. A proxy believed the target. And your application?",
        "with_targets_host() is given. It puts the target's host in the place of Host's value, and "
        "leaves the other fields as they are.",
        "return Request(method, target, version, with_targets_host(target, headers))",
    ),
)
def test_target_names_its_host(chapter: Attempt) -> None:
    """The host of a target like `http://b/c` takes the place of Host's, if one was sent."""
    for target, host in (
        ("http://b/c", "b"),
        ("http://b:81", "b:81"),
        ("HTTP://b.example?c", "b.example"),
        ("https://[::1]:443/http://d/", "[::1]:443"),
        ("/http://b/", "a"),
        ("/?u=http://b/", "a"),
    ):
        lines = (f"GET {target} HTTP/1.1", "x: http://e/", "host: a", "y: a")
        request: Any = parsed(chapter, *lines)
        fields = [("x", "http://e/"), ("host", host), ("y", "a")]
        expected = request._replace(headers=chapter.Headers(fields))
        head = "\r\n".join([*lines, "", ""]).encode()
        got: Any = outcome(chapter, chapter.parse_head, head)
        usually: Any = NOT_GIVEN
        if isinstance(got, chapter.Request):  # the right host, and something else is wrong?
            usually = None if got.headers.get("host") == host else beliefs.HOST_IS_WHAT_HOST_SAYS
        same("parse_head() returned:", sent=head, expected=expected, got=got, usually=usually)
    for line, hosts, meant in (
        ("HEAD http://b/c HTTP/1.0", ["host: a"], ["host: b"]),
        ("HEAD http://b/c HTTP/1.0", [], []),
        ("CONNECT b:443 HTTP/1.1", ["host: a"], ["host: a"]),
    ):
        expected = parsed(chapter, line, *meant)
        head = "\r\n".join([line, *hosts, "", ""]).encode()
        got = outcome(chapter, chapter.parse_head, head)
        usually = NOT_GIVEN if hosts != meant else None
        same("parse_head() returned:", sent=head, expected=expected, got=got, usually=usually)


@promise(
    task=5,
    usually=beliefs.ONE_OF_EACH,
    hints=(
        "A client sends ten thousand fields of one octet each. What may that cost you?",
        "Count the field lines; more than MAX_FIELDS is 431. The request line is not a field.",
        "if len(lines) > MAX_FIELDS: raise HttpError(431, …)",
    ),
)
def test_fields_are_counted(chapter: Attempt) -> None:
    """MAX_FIELDS field lines are allowed; one more is refused with 431, whatever its name."""
    most = chapter.MAX_FIELDS
    lines = ["GET / HTTP/1.1", "host: a", *(f"x-{n}: y" for n in range(most - 1))]
    head = "\r\n".join(lines).encode()
    got = outcome(chapter, chapter.parse_head, head + b"\r\n\r\n")
    what, expected = f"{most} fields are allowed. parse_head() returned:", parsed(chapter, *lines)
    same(what, expected=expected, got=got, usually=None)
    many = b"GET / HTTP/1.1\r\nhost: a" + b"\r\nx: y" * most
    for what, longer in (
        (f"{most + 1} fields", head + b"\r\nx: y"),
        (f"Host, and {most} fields of one name", many),
        (f"{most + 1} fields, the first of them without a colon", many.replace(b"host:", b"host")),
    ):
        got = outcome(chapter, chapter.parse_head, longer + b"\r\n\r\n")
        usually = beliefs.ALL_IS_400 if got == status(400) and "colon" not in what else None
        said = f"{what}. parse_head() returned:"
        same(said, expected=status(431), got=got, usually=usually)


@promise(
    task=6,
    usually=beliefs.ONE_RECV,
    signs={ValueError: beliefs.ONE_RECV},
    hints=(
        "The head may be cut anywhere, even inside the CR LF CR LF at its end. Where do you search "
        "for that?",
        "In the whole buffer. If it is not there, return None and leave the buffer alone: its owner "
        "adds the next piece. Otherwise give parse_head() the head with its CR LF CR LF.",
        "end = buffer.find(b'\\r\\n\\r\\n'); if end < 0: return None; return "
        "parse_head(bytes(buffer[: end + 4])), once you have removed it from the buffer",
    ),
    hints_if={
        beliefs.END_IN_ONE_PIECE: (
            "Two octets of the end came in one piece, and two in the next. Where did you search?",
            "Begin three octets before the new piece: an end may have begun there.",
            "before you return None: self._searched = max(0, len(buffer) - 3)",
        ),
    },
)
def test_same_request_at_every_cut(chapter: Attempt) -> None:
    """However a head is cut, the call that completes it returns the request, the others None."""
    expected = parsed(chapter, *read(CURL))
    with only_task_6(chapter):
        for pieces in cut_everywhere(CURL):
            parser, buffer = chapter.RequestParser(), bytearray()
            for number, piece in enumerate(pieces, start=1):
                buffer += piece
                is_last = number == len(pieces)
                what = "These pieces came. The last parse() returned:"
                got = outcome(chapter, parser.parse, buffer)
                want = expected if is_last else None
                usually: Any = None if is_last else beliefs.ONE_RECV
                if got is None:
                    usually = NOT_GIVEN if len(pieces) == 1 else beliefs.END_IN_ONE_PIECE
                sent = shown(*pieces[:number])
                same(what, sent=sent, expected=want, got=got, usually=usually)
                if not is_last:
                    what = "The head is incomplete: it stays in the buffer. The buffer holds:"
                    has_come = b"".join(pieces[:number])
                    same(what, sent=sent, expected=has_come, got=bytes(buffer), usually=None)
        one, other = chapter.RequestParser(), chapter.RequestParser()
        long = CURL[:-2] + b"X: " + b"y" * 99 + b"\r\n\r\n"
        buffer = bytearray(long[:-9])
        one.parse(buffer)
        for parser, stream in ((other, CURL), (one, long)):
            buffer = bytearray(stream)
            got = outcome(chapter, parser.parse, buffer)
            what = "Two parsers, each with a connection of its own, take turns. parse() returned:"
            sent = Literally(f"{long[:-9][-16:]!r} to the first, {CURL[-16:]!r} to the second")
            request = parsed(chapter, *read(stream))
            same(what, sent=sent, expected=request, got=got, usually=beliefs.OWN_BUFFER)


@promise(
    task=6,
    usually=beliefs.LEFTOVERS_ARE_DROPPED,
    signs={ValueError: beliefs.SPLIT_IS_TWO},
    hints=(
        "The buffer holds a head and what follows it. Whose are those bytes?",
        "Remove the head with its CR LF CR LF from the front of the buffer, and nothing else. After "
        "that the parser begins again: reset whatever it remembers.",
        "del buffer[: end + 4]; self._searched = 0",
    ),
    hints_if={
        beliefs.ASSIGNED_IS_CUT: (
            "After your call, the caller's bytearray is as it was. Which object did you change?",
            "`buffer = buffer[n:]` makes a new bytearray. Change the one that you were given.",
            "del buffer[: end + 4]",
        ),
        "first end": (
            "The content has an empty line as well. At which one does your head end?",
            "The head ends at the first one. Search from the front.",
            "end = buffer.find(b'\\r\\n\\r\\n', …), and not rfind()",
        ),
        beliefs.SPLIT_IS_TWO: (
            "How many empty lines may a head with its content have?",
            "Any number. The head ends at the first one.",
            "end = buffer.find(b'\\r\\n\\r\\n'); the head is buffer[: end + 4]",
        ),
    },
)
def test_what_follows_stays_in_the_buffer(chapter: Attempt) -> None:
    """The head is removed from the front of the caller's buffer; what follows it stays, as it is."""
    expected = parsed(chapter, *read(POST))
    with only_task_6(chapter):
        for content in (
            b"",
            CURL,
            CONTENT,
            b"\r\na=1",
            b"\r\n",
            b" ",
            b"x" * (2 * chapter.MAX_HEAD),
        ):
            for at in (None, 10, len(POST) - 4, len(POST) - 3, len(POST) - 1):
                stream = POST + content
                pieces = (stream,) if at is None else (stream[:at], stream[at:])
                parser = chapter.RequestParser()
                got, _place, left = fed(chapter, parser, pieces)
                sent = shown(*pieces)
                usually: Any = NOT_GIVEN
                clue = "first end" if got == status(400) else ""
                usually = None if clue else usually
                if got in (status(431), status(413)):
                    usually = beliefs.LIMIT_IS_ROUGH
                what = "parse() returned:"
                same(what, sent=sent, expected=expected, got=got, usually=usually, clue=clue)
                usually = beliefs.ASSIGNED_IS_CUT if left == stream else NOT_GIVEN
                usually = beliefs.SPLIT_IS_TWO if left and content.startswith(left) else usually
                usually = None if left == b"\r\n" + content else usually
                what = "Now the buffer holds:"
                if left != content:
                    same(what, sent=sent, expected=content[:99], got=left[:99], usually=usually)
                    broken("The buffer's end is wrong.", sent=sent, usually=usually)
                got, _place, _left = fed(chapter, parser, (SHORT,))
                what = "The same parser's next request. parse() returned:"
                second = parsed(chapter, *read(SHORT))
                same(what, sent=SHORT, expected=second, got=got, usually=beliefs.FROM_BEFORE)
        parser, buffer = chapter.RequestParser(), bytearray()
        for stream in (POST + CURL, SHORT, b"", SHORT[:9], SHORT[9:] + CURL + POST):
            buffer += stream
        for which, head in enumerate((POST, CURL, SHORT, SHORT, CURL, POST), start=1):
            got = outcome(chapter, parser.parse, buffer)
            what = f"Six heads are in the buffer. Call {which} of parse() returned:"
            usually = beliefs.FROM_BEFORE
            same(what, expected=parsed(chapter, *read(head)), got=got, usually=usually)
        same("Now the buffer holds:", expected=b"", got=bytes(buffer), usually=None)
        what = "The buffer is empty. parse() returned:"
        same(what, expected=None, got=outcome(chapter, parser.parse, buffer), usually=None)


@promise(
    task=6,
    usually=beliefs.REFUSED_IS_REMOVED,
    hints=(
        "Somebody will still look at the head that you refuse. When do you remove a head?",
        "parse_head() may raise. Remove the head once parse_head() has returned.",
        "request = parse_head(bytes(buffer[: end + 4])); then del buffer[: end + 4]",
    ),
)
def test_refused_head_stays(chapter: Attempt) -> None:
    """A head that parse_head() refuses stays in the buffer, and what follows it as well."""
    with only_task_6(chapter):
        for head, number in (
            (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
            (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        ):
            for stream in (head, head + CURL):
                for at in (None, 20, len(head) - 1):
                    pieces = (stream,) if at is None else (stream[:at], stream[at:])
                    got, _place, left = fed(chapter, chapter.RequestParser(), pieces)
                    what, expected = "parse() returned:", status(number)
                    same(what, sent=shown(*pieces), expected=expected, got=got, usually=None)
                    what = "After the refusal, the buffer holds:"
                    reason: Any = NOT_GIVEN if left == stream.removeprefix(head) else None
                    same(what, sent=shown(*pieces), expected=stream, got=left, usually=reason)


@promise(
    task=6,
    usually=beliefs.LIMIT_IS_ROUGH,
    hints=(
        "When is check_unfinished() called, and with what?",
        "If there is no CR LF CR LF with at most MAX_HEAD octets before it. `searched` says what an "
        "earlier call has searched: pass it before you change it.",
        "end = buffer.find(b'\\r\\n\\r\\n', self._searched, MAX_HEAD + 4); if end < 0: "
        "check_unfinished(buffer, self._searched), and then set self._searched",
    ),
    hints_if={
        "too much": (
            "This head is too long. How many octets may come before CR LF CR LF?",
            "At most MAX_HEAD. find() takes a third argument: the place where it stops. All four "
            "octets of CR LF CR LF have to be before that place.",
            "end = buffer.find(b'\\r\\n\\r\\n', self._searched, MAX_HEAD + 4)",
        ),
        "searched": (
            "Which octets have been judged by an earlier call, and which are new?",
            "`searched` is what the call before has left in self._searched.",
            "check_unfinished(buffer, self._searched); then self._searched = max(0, len(buffer) - 3)",
        ),
    },
)
def test_unfinished_head_is_checked(chapter: Attempt) -> None:
    """check_unfinished() is called if no CR LF CR LF begins in the first MAX_HEAD + 1 octets."""
    most = chapter.MAX_HEAD
    start = b"GET / HTTP/1.1\r\nhost: a\r\nx: "
    long = start + b"y" * (most - len(start))
    for stream, has_request in ((long, True), (long + b"y", False), (long + long, False)):
        for size in (len(stream) + 4, 9999):
            pieces = in_pieces(stream + b"\r\n\r\n", size)
            asked = mock.Mock(return_value=None)
            with limit(chapter, "check_unfinished", asked):
                got, _place, _left = fed(chapter, chapter.RequestParser(), pieces)
            what = f"A head of {len(stream):,} octets. "
            none = "None, as the test's own check_unfinished() raises nothing"
            expected, shows = Literally("a Request" if has_request else none), shortened(got)
            details: Any = {"sent": sizes(pieces), "expected": expected}
            is_right = isinstance(got, chapter.Request) if has_request else got is None
            too_much = isinstance(got, chapter.Request) and not has_request
            usually: Any = None if too_much else NOT_GIVEN
            clue = "too much" if too_much else ""
            said = f"{what}parse() returned:"
            holds(said, is_right, got=shows, usually=usually, clue=clue, **details)
            wanted, calls = len(pieces) - has_request, asked.call_count
            details["expected"] = Literally(f"{wanted} times")
            times = Literally(f"{calls} times")
            what += "check_unfinished() was called:"
            holds(what, calls == wanted, got=times, usually=None, **details)
    called: list[tuple[bytes, object]] = []
    with limit(chapter, "check_unfinished", lambda head, at: called.append((bytes(head), at))):
        parser, buffer = chapter.RequestParser(), bytearray()
        for head, size in ((CURL, 9), (POST, 2)):
            before = 0
            for piece in in_pieces(head, size)[:-1]:
                buffer += piece
                parser.parse(buffer)
                sent, at = called.pop() if called else (b"", None)
                what = f"{before} octets were there before, now {len(buffer)}. "
                now = bytes(buffer)
                what_sent = f"{what}check_unfinished() was called with this buffer:"
                same(what_sent, expected=now, got=sent, usually=None, clue="searched")
                least = max(0, before - 30)
                holds(
                    f"{what}check_unfinished() was called with this `searched`:",
                    isinstance(at, int) and least <= at <= before,
                    expected=Literally(f"{max(0, before - 3)}"),
                    got=at,
                    usually=None,
                    clue="searched",
                )
                before = len(buffer)
            buffer += in_pieces(head, size)[-1]
            parser.parse(buffer)
    refusal = chapter.HttpError(431, "the test refuses this", "RFC 6585 §5")
    with limit(chapter, "check_unfinished", mock.Mock(side_effect=refusal)):
        got, _place, left = fed(chapter, chapter.RequestParser(), (CURL[:20],))
        what, expected = "check_unfinished() raised 431. parse() returned:", status(431)
        same(what, sent=CURL[:20], expected=expected, got=got, usually=None)
        what = "check_unfinished() raised 431. The buffer holds:"
        same(what, sent=CURL[:20], expected=CURL[:20], got=left, usually=None)


@promise(
    task=6,
    usually=beliefs.SEARCHED_AGAIN,
    signs={"spin": beliefs.SEARCHED_AGAIN},
    hints=(
        "A client sends its head octet by octet. How many octets do you look at, in all?",
        "Remember how far you have searched, less three octets: an end may have begun there. A new "
        "head begins with 0.",
        "end = buffer.find(b'\\r\\n\\r\\n', self._searched); before you return None: self._searched = "
        "max(0, len(buffer) - 3); after a request: self._searched = 0",
    ),
)
def test_nothing_is_searched_again(chapter: Attempt) -> None:
    """A head in four times as many pieces takes about four times as long: nothing is searched twice."""
    with only_task_6(chapter), limit(chapter, "MAX_HEAD", 8 * PART):
        seconds = []
        for size in (PART, 4 * PART):
            start = b"GET / HTTP/1.1\r\nhost: a\r\nx: "
            stream = start + b"y" * (size - len(start)) + b"\r\n\r\n"
            pieces = in_pieces(stream, 128)
            before = time.thread_time()
            got, _place, _left = fed(chapter, chapter.RequestParser(), pieces)
            seconds.append(time.thread_time() - before)
            is_request = isinstance(got, chapter.Request)
            usually = beliefs.END_IN_ONE_PIECE if got is None else None
            what = "A head in many pieces. parse() did not return a request."
            holds(what, is_request, sent=sizes(pieces), got=shortened(got), usually=usually)
    short, long = seconds
    what = f"{PART:,} octets took {short:.2f} s, four times as many {long:.2f} s."
    holds(what, long < 9 * max(short, 0.02))


@promise(
    task=7,
    usually=beliefs.STILL_INCOMPLETE,
    hints=(
        "Which of these bytes tells you that this can never become a request?",
        "No LF yet: read_method() judges the first MAX_METHOD + 1 octets. With a LF, the request line "
        "has ended: parse_request_line() judges it.",
        "end = buffer.find(b'\\n') + 1; if not end: read_method(buffer[: MAX_METHOD + 1]"
        ".decode('latin-1')); else: parse_request_line(buffer[:end].decode('latin-1'))",
    ),
)
def test_what_cannot_become_a_request_is_refused_at_once(chapter: Attempt) -> None:
    """The first octets are judged at once, and a line as soon as it is complete."""
    for beginning, number, place in (
        (b"\x16", 400, ("\x16", 0)),
        (TLS_HELLO[:5], 400, ("\x16", 0)),
        (b"hello\r", 400, ("hello\r", 5)),
        (b"hello\r\n", 400, ("hello\r", 5)),
        (b"SSH-2.0-x\r\n", 400, ("SSH-2.0-x\r", 9)),
        (b"(GET", 400, ("(", 0)),
        (b"G\xc3\xa9T", 400, ("G\xc3", 1)),
        (b" ", 400, (" ", 0)),
        (b"A" * (chapter.MAX_METHOD + 1), 501, None),
        (b"GET / HTTP/9.9\r\n", 505, ("GET / HTTP/9.9", 11)),
        (b"GET / HTTP/1.1\n", 400, ("GET / HTTP/1.1\n", 14)),
        (b"GET /\r\nHost: a", 400, None),
        (b"\n", 400, ("\n", 0)),
    ):
        got, at = unfinished(chapter, beginning)
        usually = beliefs.STILL_INCOMPLETE if got is None else None
        what = "check_unfinished() returned:"
        same(what, sent=beginning, expected=status(number), got=got, usually=usually)
        if place:
            what = "The error's line and at:"
            same(what, sent=beginning, expected=place, got=at, usually=unplaced(at))
    for beginning in (
        b"",
        b"G",
        b"GET",
        b"A" * chapter.MAX_METHOD,
        b"GET /a b",
        b"GET / HTTP/9",
        b"GET / HTTP/1.1\r",
        b"GET / HTTP/1.1\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\nX",
        b"GET / HTTP/1.0\r\nX: \xff\r\n\r",
    ):
        got, _at = unfinished(chapter, beginning)
        what = "This may still become a head. check_unfinished() returned:"
        same(what, sent=beginning, expected=None, got=got, usually=None)


@promise(
    task=7,
    usually=beliefs.ALONE_IS_HARMLESS,
    signs={"spin": beliefs.ALONE_IS_HARMLESS},
    hints=(
        "A client ends its lines with LF alone, and waits for your answer. How long do you wait?",
        "check_fields_so_far() is given. Call it last, each time, whether the request line has ended "
        "or not.",
        "check_fields_so_far(buffer, end, searched), where `end` is the place after the first LF, or 0",
    ),
    hints_if={
        beliefs.CUT_DECIDES: (
            "In one piece another error wins than in two. Which wrong octet comes first?",
            "Judge in one order: what read_method() refuses, then the length of the request line, then "
            "the rest of it, then check_fields_so_far().",
            "read_method(…); then if len(buffer) >= MAX_REQUEST_LINE + 2: raise HttpError(414, …)",
        ),
        "place": (
            "In one piece the error is another than in these pieces. Which octets does your code take "
            "for the request line at the last piece?",
            "The request line ends with the first LF of the buffer, not with the first one after "
            "`searched`. If that LF was there before, the line has been judged.",
            "end = buffer.find(b'\\n') + 1; elif end > searched: parse_request_line(…)",
        ),
    },
)
def test_same_refusal_at_every_cut(chapter: Attempt) -> None:
    """A bad head is refused alike at every cut, at the same place, and stays in the buffer."""
    for beginning, where in (
        (b"GET / HTTP/1.1\r\nHost: a\n", ("Host: a\n", 7)),
        (b"GET / HTTP/1.1\r\nA: \xe9\r\nHost: a\nX: y", ("Host: a\n", 7)),
        (b"GET / HTTP/1.1\r\nA: \x00\r\nHost: a\n", ("A: \x00", 3)),
    ):
        got, place = unfinished(chapter, beginning)
        what, usually = "check_unfinished() returned:", beliefs.ALONE_IS_HARMLESS
        same(what, sent=beginning, expected=status(400), got=got, usually=usually)
        what, usually = "The error's line and at:", unplaced(place)
        at = place[1] if isinstance(place, tuple) else 0
        usually = beliefs.PLACE_IN_PART if at > where[1] else usually
        same(what, sent=beginning, expected=where, got=place, usually=usually)
    long = b"a" * 9000
    for stream, number in (
        (LF_ALONE, 400),
        (TLS_HELLO, 400),
        (b"hel(lo\x00 / HTTP/1.1\r\n\r\n", 400),
        (b"hello\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        (b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: y\r\n\r\n", 400),
        (b"GET / HTTP/3.0\r\nHost: a\x00\r\n\r\n", 505),
        (b"GET / HTTP/1.1\nHost: a\n\nX: y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: \x01\n\r\nY: z\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: y\n\n" + b"a" * 70000 + b"\r\n\r\n", 400),
        (b"\r\n\r\n" + LF_ALONE, 400),
        (b"\n" + CURL, 400),
        (b"\r\r\n" + CURL, 400),
        (long, 501),
        (b"\x16" + long, 400),
        (b"G(T " + long, 400),
        (b" " + long, 400),
    ):
        whole = None
        few = cut_in_places(stream, 1, 7, 20, 25, 33)
        for pieces in cut_everywhere(stream) if len(stream) < 99 else few:
            got, place, left = fed(chapter, chapter.RequestParser(), pieces)
            whole = whole or place
            usually = beliefs.ALL_IS_400 if got == status(400) else beliefs.ALONE_IS_HARMLESS
            if got is None:
                usually = beliefs.STILL_INCOMPLETE
            usually = beliefs.CUT_DECIDES if got in (status(431), status(414)) else usually
            sent = shown(*pieces) if len(stream) < 99 else sizes(pieces)
            what = "parse() returned:"
            same(what, sent=sent, expected=status(number), got=got, usually=usually)
            same_place(whole, place, sent)
            what = "After a refusal, everything is still in the buffer. The buffer begins with:"
            start = stream.removeprefix(b"\r\n")
            same(what, sent=sent, expected=start[:9], got=left[:9], usually=None)
    for content in (b"\n\n", b"a\nb", CONTENT):
        for pieces in cut_everywhere(POST + content):
            got, _place, _left = fed(chapter, chapter.RequestParser(), pieces)
            what = "The head is good; after it comes content. parse() returned:"
            expected = parsed(chapter, *read(POST))
            same(what, sent=shown(*pieces), expected=expected, got=got, usually=None)


@promise(
    task=7,
    usually=beliefs.LIMIT_IS_ROUGH,
    signs={"spin": beliefs.LIMIT_AFTERWARDS},
    hints=(
        "A client sends one endless line. When do you know that it will be too long?",
        "When MAX_REQUEST_LINE + 2 octets are there, and no LF. Before that, its CR LF may still come.",
        "if not end and len(buffer) >= MAX_REQUEST_LINE + 2: raise HttpError(414, …)",
    ),
    hints_if={
        "cr lf": (
            "MAX_REQUEST_LINE octets of a line have come, and no LF. Which two octets may still come?",
            "CR LF, which is not counted. The line is certainly too long when MAX_REQUEST_LINE + 2 "
            "octets are there, and no LF among them.",
            "if not end and len(buffer) >= MAX_REQUEST_LINE + 2: raise HttpError(414, …)",
        )
    },
)
def test_long_request_line_is_refused(chapter: Attempt) -> None:
    """MAX_REQUEST_LINE octets before CR LF are allowed; more are 414, even if the line never ends."""
    most = chapter.MAX_REQUEST_LINE
    for length, number in ((most, None), (most + 1, 414), (2 * most, 414)):
        line = b"GET /" + b"a" * (length - len(b"GET / HTTP/1.1")) + b" HTTP/1.1"
        stream = line + b"\r\nHost: a\r\n\r\n"
        expected = status(number) if number else parsed(chapter, *read(stream))
        requires_limit(chapter, f"A request line of {length:,} octets", stream, expected)
    endless = b"GET /" + b"a" * (2 * most)
    requires_limit(chapter, "A request line that does not end", endless, status(414))
    requires_limit(chapter, "The same, after another request", endless, status(414), after=CURL)
    lf_only = endless + b"\nHost: a\n\n"
    requires_limit(chapter, "A long request line, and LF alone", lf_only, status(414))
    for length, expected in ((most + 1, None), (most + 2, status(414))):
        got, _place = unfinished(chapter, endless[:length])
        what = f"{length:,} octets without LF. check_unfinished() returned:"
        same(what, expected=expected, got=got, usually=None, clue="cr lf")
    bad = b"GET /\x01" + endless[5:] + b" HTTP/1.1\r\nHost: a\r\n\r\n"
    requires_limit(chapter, "A long request line that has \\x01", bad, status(414), bad=True)


@promise(
    task=7,
    usually=beliefs.LIMIT_IS_ROUGH,
    signs={"spin": beliefs.LIMIT_AFTERWARDS},
    hints=(
        "A client sends field after field, and never the empty line. When have you had enough?",
        "check_fields_so_far() knows. Call it for every piece, whatever is in the piece.",
        "check_fields_so_far(buffer, end, searched), as the last line of check_unfinished()",
    ),
)
def test_long_head_is_refused(chapter: Attempt) -> None:
    """A head of MAX_HEAD octets is allowed; a longer one is 431, even if it never ends."""
    most = chapter.MAX_HEAD
    start = b"GET / HTTP/1.1\r\nhost: a\r\nx: "
    for length, number in ((most, None), (most + 1, 431), (2 * most, 431)):
        stream = start + b"y" * (length - len(start)) + b"\r\n\r\n"
        expected = status(number) if number else parsed(chapter, *read(stream))
        requires_limit(chapter, f"A head of {length:,} octets", stream, expected)
    endless = start + b"y" * (2 * most)
    requires_limit(chapter, "A head that does not end", endless, status(431))
    requires_limit(chapter, "The same, after another request", endless, status(431), after=CURL)
    for length, expected in ((most + 3, None), (most + 4, status(431))):
        got, _place = unfinished(chapter, endless[:length])
        what = f"{length:,} octets of a head. check_unfinished() returned:"
        same(what, expected=expected, got=got, usually=beliefs.LIMIT_IS_ROUGH)
    bad = start[:-3] + b"x : " + b"y" * (2 * most) + b"\r\n\r\n"
    requires_limit(chapter, "A long head with a space before a colon", bad, status(431), bad=True)
    late = endless[: most + 1] + b"\n"
    requires_limit(chapter, "A long head, and after it a LF alone", late + endless, status(431))


@promise(
    task=7,
    usually=beliefs.SEARCHED_AGAIN,
    signs={"spin": beliefs.SEARCHED_AGAIN},
    hints=(
        "The octets before `searched` were judged in an earlier call. What is left to do?",
        "Judge the request line only if it has ended since then. Pass `searched` on.",
        "elif end > searched: parse_request_line(…); check_fields_so_far(buffer, end, searched)",
    ),
)
def test_nothing_is_judged_again(chapter: Attempt) -> None:
    """What comes before `searched` is not judged again, however many pieces come."""
    seconds = []
    line = b"GET / HTTP/1.1\r\n"
    judged = mock.Mock(wraps=chapter.parse_request_line)
    with limit(chapter, "MAX_HEAD", 8 * PART), limit(chapter, "parse_request_line", judged):
        for size in (PART // 2, 2 * PART):
            stream = line + b"x: " + b"y" * size
            buffer, searched = bytearray(), 0
            judged.reset_mock()
            before = time.thread_time()
            for piece in in_pieces(stream, 128):
                buffer += piece
                chapter.check_unfinished(buffer, searched)
                searched = max(0, len(buffer) - 3)
            seconds.append(time.thread_time() - before)
            calls = judged.call_count
            what = f"A head in {len(in_pieces(stream, 128))} pieces. Its first line was parsed:"
            times = Literally(f"{calls} times")
            holds(what, calls < 5, expected=Literally("once"), got=times, usually=None)
        judged.reset_mock()
        fed(chapter, chapter.RequestParser(), in_pieces(line + b"x: " + b"y" * 9000, 128))
        calls = judged.call_count
        what = "A head came in pieces by way of parse(). Its first line was parsed:"
        times = Literally(f"{calls} times")
        holds(what, calls < 5, expected=Literally("once"), got=times, usually=None)
    short, long = seconds
    what = f"{PART // 2:,} octets took {short:.2f} s, four times as many {long:.2f} s."
    holds(what, long < 9 * max(short, 0.02))


def only_task_6(chapter: Attempt) -> AbstractContextManager[object]:
    """Have nothing refused early: whether that is written already does not matter for task 6."""

    def refuses_nothing(*_arguments: object, **_named: object) -> None:
        """A Mock would take longer than the search that is measured."""

    return limit(chapter, "check_unfinished", refuses_nothing)


def limit(chapter: Attempt, name: str, value: object) -> AbstractContextManager[object]:
    """Give one of the chapter's names another value for a while."""
    return mock.patch.object(sys.modules[chapter.RequestParser.__module__], name, value)


def unfinished(chapter: Attempt, beginning: bytes) -> tuple[object, object]:
    """Call check_unfinished(); return what it returns or its error's status, and the place."""
    try:
        return chapter.check_unfinished(bytearray(beginning), 0), None
    except chapter.HttpError as error:
        return reported(error), (error.line, error.at)


def requires_limit(
    chapter: Attempt,
    what: str,
    stream: bytes,
    expected: object,
    *,
    after: bytes = b"",
    bad: bool = False,
) -> None:
    """Require what comes of a long stream: whole, cut at line ends, and in pieces."""
    line = stream.find(b"\r\n")
    whole: object = None
    for pieces in cut_in_places(stream, *(() if line < 0 else (line, line + 1, line + 2))):
        parser = chapter.RequestParser()
        if after:
            fed(chapter, parser, (after[:9], after[9:]))
        got, place, _left = fed(chapter, parser, pieces)
        if got == status(400) and expected != status(400):
            usually: Any = beliefs.ALL_IS_400
        elif got is None:
            is_cut = len(pieces) > 1 and isinstance(expected, chapter.Request)
            usually = beliefs.END_IN_ONE_PIECE if is_cut else beliefs.LIMIT_AFTERWARDS
        else:
            both = isinstance(got, Literally) and isinstance(expected, Literally)
            usually = beliefs.ALL_IS_400 if both else beliefs.LIMIT_IS_ROUGH
        usually = beliefs.FROM_BEFORE if after else usually
        is_other = got is not None and got != status(400) and len(pieces) > 1
        usually = beliefs.CUT_DECIDES if bad or (whole and is_other) else usually
        whole = whole or place
        is_early = got == status(414) and isinstance(expected, chapter.Request) and len(pieces) > 1
        usually, clue = (None, "cr lf") if is_early else (usually, "")
        details: Any = {"expected": shortened(expected), "got": shortened(got), "usually": usually}
        details["clue"] = clue
        holds(f"{what}. parse() returned:", got == expected, sent=sizes(pieces), **details)
        same_place(whole, place, sizes(pieces))


def outcome(chapter: Attempt, call: Callable[..., object], *arguments: object) -> object:
    """Return what a call returns, or the status of the HttpError that it raises."""
    try:
        return call(*arguments)
    except chapter.HttpError as error:
        return reported(error)


class Status(Raised):
    """A refusal as a report shows it, perhaps with its reason: only the status is compared."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Status) and self.without_reason == other.without_reason

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.without_reason)

    @property
    def without_reason(self) -> str:
        """What is compared."""
        return str(self).partition(":")[0]


def reported(error: Any) -> Status:
    """Return how a report shows an HttpError: its status, its reason, and its line if that is short."""
    line = f", in {error.line!r}" if error.line and len(error.line) < 60 else ""
    return Status(f"{status(error.status)}: {error.reason}{line}")


def status(number: int) -> Status:
    """Return how a report shows a refusal."""
    return Status(f"HttpError, {number}")


def unplaced(got: object) -> Any:
    """Return the belief of one whose error points nowhere; None if it points at another place."""
    is_placed = not isinstance(got, tuple) or (got[0] and got[1])
    return None if is_placed else beliefs.BAD_IS_ENOUGH


def shortened(value: object) -> object:
    """Return how a report shows a value that may be very long."""
    text = str(value) if isinstance(value, Literally) else repr(value)
    return Literally(text if len(text) < 80 else f"{text[:40]}… {text[-20:]}")


def placed_error(chapter: Attempt, call: Callable[[Any], object], sent: Any) -> object:
    """Return line and place of the HttpError that a call raises, or that it raises none."""
    try:
        return Literally(f"no error: it returned {call(sent)!r}")
    except chapter.HttpError as error:
        return error.line, error.at


def refused(
    chapter: Attempt,
    call: Callable[[Any], object],
    sent: Any,
    number: int,
    usually: Any = NOT_GIVEN,
) -> None:
    """Require that a call raises HttpError with this status; another status has a reason of its own."""
    got = outcome(chapter, call, sent)
    if isinstance(got, Literally):
        usually = beliefs.ALL_IS_400 if got == status(400) else None
    what = f"{call.__name__}() returned:"
    if isinstance(got, tuple) and len(got) == 2 and not got[0] and sent.partition(":")[0]:
        what, usually = f"'' says that the name is not a token. {what}", None
    expected = status(number)
    is_short = isinstance(sent, bytes) and len(sent) < 80
    complete = Literally(repr(sent)) if is_short else sent
    same(what, sent=complete, expected=expected, got=got, usually=usually)


def points_at(chapter: Attempt, call: Callable[[Any], object], sent: Any, wrong: str) -> None:
    """Require that a call raises HttpError(400), whose line has this character at the place `at`."""
    try:
        got = call(sent)
    except chapter.HttpError as error:
        line, at = error.line, error.at
        got, there = line[at : at + 1], line.find(wrong)
        in_part = 0 < at < there or 0 <= there < len(line) <= at
        usually: Any = beliefs.PLACE_IN_PART if in_part else unplaced((line, at))
        if in_part and line[at - 1 : at] == " ":
            usually = None  # it points at the part itself
        stands = repr(got) if got else "the end of the line"
        what = f"The error's line is {line!r}, its at is {at}."
        what += f" At that place: expected {wrong!r}, got {stands}."
        holds(what, got == wrong, sent=sent, usually=usually)
    else:
        what = f"{call.__name__}() returned:"
        broken(what, sent=sent, expected=status(400), got=got, usually=None)


def cut_everywhere(stream: bytes) -> Iterator[tuple[bytes, ...]]:
    """Yield a stream in one piece, in two for every place to cut it, and byte by byte."""
    yield (stream,)
    yield from ((stream[:at], stream[at:]) for at in range(1, len(stream)))
    yield tuple(stream[at : at + 1] for at in range(len(stream)))


def cut_in_places(stream: bytes, *places: int) -> Iterator[tuple[bytes, ...]]:
    """Yield a long stream in one piece, cut at these places and near its end, and in many pieces."""
    yield (stream,)
    for at in (*places, *range(len(stream) - 4, len(stream))):
        yield stream[:at], stream[at:]
    yield in_pieces(stream, 1021)


def in_pieces(stream: bytes, size: int) -> tuple[bytes, ...]:
    """Return a stream in pieces of so many bytes."""
    return tuple(stream[at : at + size] for at in range(0, len(stream), size))


def shown(*pieces: bytes) -> object:
    """Return how a report shows pieces: what is beside the cut, not all of it."""
    if len(pieces) == 1:
        return pieces[0] if len(pieces[0]) < 300 else sizes(pieces)
    if len(pieces) == 2:
        before, after = pieces
        beginning, end = "…" * (len(before) > 16), "…" * (len(after) > 12)
        return Literally(f"{beginning}{before[-16:]!r}, then {after[:12]!r}{end}")
    return Literally(f"{b''.join(pieces)[:16]!r}… in {len(pieces)} pieces")


def sizes(pieces: tuple[bytes, ...]) -> Literally:
    """Return how a report shows pieces of a long stream: how many, and of how many bytes."""
    if len(pieces) < 3:
        return Literally(" bytes, then ".join(f"{len(piece):,}" for piece in pieces) + " bytes")
    return Literally(f"{sum(map(len, pieces)):,} bytes in {len(pieces)} pieces")


def parsed(chapter: Attempt, *lines: str) -> Any:
    """Return the request that these lines mean: method, target, version, then fields."""
    method, target, version = lines[0].split()
    digits = (int(version[-3]), int(version[-1]))
    fields = [tuple(line.split(": ", 1)) for line in lines[1:]]
    return chapter.Request(method, target, digits, chapter.Headers(fields))


def read(stream: bytes) -> list[str]:
    """Return the lines of a stream that holds one plain head, with names in lower case."""
    first, *fields = stream.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    pairs = (line.split(": ", 1) for line in fields)
    return [first, *(f"{name.lower()}: {value}" for name, value in pairs)]


def fed(chapter: Attempt, parser: Any, pieces: tuple[bytes, ...]) -> tuple[Any, Any, bytes]:
    """Add pieces to a buffer and parse it, until a request or a refusal comes of it.

    Return that, or None; an error's line and place; and what is left in the buffer then. Pieces that
    had not come by then are counted as left.
    """
    buffer = bytearray()
    for number, piece in enumerate(pieces, start=1):
        buffer += piece
        place = None
        try:
            got = parser.parse(buffer)
        except chapter.HttpError as error:
            got, place = reported(error), (error.line, error.at)
        if got is not None:
            return got, place, bytes(buffer) + b"".join(pieces[number:])
    return None, None, bytes(buffer)


def same_place(whole: object, place: object, sent: object) -> None:
    """Require that an error points at the same place as when all came in one piece."""
    what = "An error's line and at depend on the cut; at least one of these is wrong.\n"
    what += f"  in one piece:    {placed(whole)}\n  in these pieces: {placed(place)}"
    holds(what, place == whole, sent=sent, usually=None, clue="place")


def placed(place: object) -> str:
    """Return how a report shows an error's line and at, of a long line its length."""
    if not isinstance(place, tuple):
        return "no error"
    line, at = place
    text = repr(line)
    if isinstance(line, str) and len(text) > 44:
        text = f"{line[:20]!r}… ({len(line):,} characters)"
    return f"{text}, {at}"


TASKS = {
    1: "split_head",
    2: "parse_request_line",
    3: "parse_field_line",
    4: "Headers.get, Headers.get_all",
    5: "parse_head",
    6: "RequestParser.take_head",
    7: "check_unfinished",
}
