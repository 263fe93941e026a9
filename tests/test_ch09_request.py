"""The promises of chapter 9: how bytes become a request."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from course.checks.answers import Attempt
from course.checks.expect import NOT_GIVEN, Literally, broken, holds, same
from course.checks.promises import promise
from tests import beliefs

TOKEN_MARKS = "!#$%&'*+-.^_`|~"
CURL = b"GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nAccept: */*\r\n\r\n"
POST = b"POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n"
EMPTY_LINE = re.compile(rb"(?<!\r)\n\r?\n|\n\n")  # as LONE_END is in the starter
SEARCHES, TOO_MANY = (
    16,
    80,
)  # a sound parser needs the time of 3, LONE_END from the start that of 250
SHORT = b"GET / HTTP/1.0\r\n\r\n"
LF_ALONE = b"GET / HTTP/1.1\nHost: a\n\n"
LF_AND_MORE = b"GET / HTTP/1.1\nHost: a\n\n" + b"a" * 70000 + b"\r\n\r\n"
CONTENT = b"a=\n\n\r\n\r\n\x00\xff\r\n"
BEGINS_EMPTY = b"\r\na=1"


@promise(
    task=1,
    usually=beliefs.CASE_OF_NAMES,
    signs={KeyError: beliefs.EMPTY_IS_NONE, AttributeError: beliefs.CASE_OF_NAMES},
    hints=(
        "One client sends Host, another host. What do you compare?",
        "Store the fields as they came; beside them keep a dict whose keys are in lower case, and "
        "ask it with name.lower().",
        "In __init__: for each name, value: self._combined[name.lower()] = value. In get(): return "
        "self._combined.get(name.lower()).",
    ),
)
def test_names_have_no_case(chapter: Attempt) -> None:
    """A field is found whatever the case of its name; an empty one is there, a missing one is None."""
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
        what, got = f"get({name!r}) gave:", answers[name]
        reason = NOT_GIVEN if answers_nothing else usually
        same(what, sent=pairs, expected=expected, got=got, usually=reason)


@promise(
    task=1,
    usually=beliefs.ONE_OF_EACH,
    hints=(
        "These fields come in three lines of one name, each with another case. Who counts?",
        "get() joins the values of all lines with ', '. get_all() looks for them one by one: what is "
        "joined cannot always be split again.",
        "self._combined[key] = value if key is new, else f'{before}, {value}'. get_all(): [value for "
        "other, value in self._fields if other.lower() == name.lower()].",
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
        same(f"get({name!r}) gave:", sent=pairs, expected=", ".join(values), got=got)
        got = headers.get_all(name.upper())
        with_case = [value for other, value in pairs if other == name.upper()]
        usually = beliefs.CASE_OF_NAMES if got in ([], with_case) else NOT_GIVEN
        what = f"get_all({name.upper()!r}) gave:"
        same(what, sent=pairs, expected=values, got=got, usually=usually)
        same("get_all('Cookie') gave:", sent=pairs, expected=[], got=headers.get_all("Cookie"))
        if isinstance(got, list):
            got.append("mine")
        what = "The list that get_all() gave is the caller's, who has appended to it. Now it gave:"
        again = headers.get_all(name)
        same(what, sent=pairs, expected=values, got=again, usually=None)


@promise(
    task=1,
    usually=beliefs.ONE_OF_EACH,
    signs={TypeError: beliefs.ONE_OF_EACH},
    hints=(
        "Is a dict in lower case enough to say what came?",
        "Keep the list of pairs as well. An iterable may be gone through only once: list(fields) "
        "first.",
        "self._fields = list(fields) in __init__; return iter(self._fields) in __iter__.",
    ),
)
def test_fields_stay_as_they_came(chapter: Attempt) -> None:
    """Going through the fields gives name and value of every line, in their order and their case."""
    pairs = [("B-First", "1"), ("A", "2"), ("b-first", "3"), ("A", "2")]
    for given, sent in ((pairs, pairs), (iter(pairs), Literally(f"a generator of {pairs}"))):
        headers = chapter.Headers(given)
        got = list(headers)
        if got == [(name.lower(), value) for name, value in pairs]:
            what = "The first pair of list(headers) is:"
            same(what, sent=sent, expected=pairs[0], got=got[0], usually=beliefs.KEPT_IN_LOWER)
        usually = NOT_GIVEN if got else None
        same("list(headers) gave:", sent=sent, expected=pairs, got=got, usually=usually)
        what = "The second time, list(headers) gave:"
        same(what, sent=sent, expected=pairs, got=list(headers), usually=None)
        value = headers.get("b-first")
        same("get('b-first') gave:", sent=sent, expected="1, 3", got=value, usually=None)
    same("list(Headers()) gave:", expected=[], got=list(chapter.Headers()), usually=None)


@promise(
    task=2,
    usually=beliefs.SPLITLINES_KNOWS,
    signs={UnicodeDecodeError: beliefs.HEADS_ARE_UTF8, TypeError: beliefs.HEADS_ARE_UTF8},
    hints=(
        "Which function of Python splits at CR LF, and at nothing else?",
        "Decode with latin-1: one character for each octet. Then split at '\\r\\n'.",
        "return head.decode('latin-1').split('\\r\\n')",
    ),
)
def test_lines_end_with_cr_lf(chapter: Attempt) -> None:
    """Lines end with CR LF alone; an octet above 127 is one character, and part of its line."""
    for head in (
        b"GET / HTTP/1.1\r\nHost: a\r\nX-Empty:\r\nX-Blanks:  \t a b  ",
        b"GET / HTTP/1.1",
        b"GET / HTTP/1.1\r\nX-Name: Jos\xe9\x85\xa0\xad\xff\r\nHost: a",
        "GET / HTTP/1.1\r\nX-Name: né✓\u2028".encode(),
    ):
        expected = head.decode("latin-1").split("\r\n")
        got = outcome(chapter, chapter.split_head, head)
        usually: Any = NOT_GIVEN if got is None else beliefs.SPLITLINES_KNOWS
        if not isinstance(got, list) or len(got) == len(expected):
            usually = (
                beliefs.HEADS_ARE_UTF8 if got is not None and not head.isascii() else NOT_GIVEN
            )
        if got == status(400):
            takes_latin_1 = isinstance(outcome(chapter, chapter.split_head, b"Jos\xe9"), list)
            usually = None if head.isascii() else beliefs.HEADS_ARE_UTF8
            usually = beliefs.PRINTABLE if takes_latin_1 else usually
        same("split_head() gave:", sent=head, expected=expected, got=got, usually=usually)


@promise(
    task=2,
    usually=beliefs.ALONE_IS_HARMLESS,
    hints=(
        "Once the lines are split at CR LF, is there still a CR or LF in one of them?",
        "Nor may there be another control character but tab: FIELD_VALUE holds the octets that may "
        "stand in a line.",
        "for line in head.split(b'\\r\\n'): at = len(line) - len(line.lstrip(FIELD_VALUE)); if "
        "at < len(line): raise HttpError(400, 'a control character', 'RFC 9110 §5.5', the decoded "
        "line, at).",
    ),
)
def test_nothing_else_controls(chapter: Attempt) -> None:
    """A CR or LF alone is refused with 400, and so is every control character but tab."""
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
            for head in heads:
                refused(chapter, chapter.split_head, head, 400, beliefs.CONTROLS_ARE_DATA)


@promise(
    task=2,
    usually=beliefs.BAD_IS_ENOUGH,
    signs={IndexError: beliefs.BAD_IS_ENOUGH, AttributeError: beliefs.BAD_IS_ENOUGH},
    hints=(
        "HttpError takes five arguments. What are the last two for?",
        "line is the line as text; at is the place in it, counted from 0, of its first octet that "
        "is not in FIELD_VALUE.",
        "bytes.lstrip(FIELD_VALUE) takes away all good octets from the front: at = len(line) - "
        "len(line.lstrip(FIELD_VALUE)).",
    ),
)
def test_error_points_at_the_octet(chapter: Attempt) -> None:
    """The error points at the first octet that has no place: character `at`, from 0, of `line`."""
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
    task=3,
    usually=beliefs.METHODS_ARE_KNOWN,
    signs={ValueError: beliefs.ALWAYS_THREE, IndexError: beliefs.ALWAYS_THREE},
    hints=(
        "Three parts, one space between. Which of them do you have to change?",
        "Only the version becomes something else: two numbers. Method and target stay as they came.",
        "method, target, version = line.split(' '); return method, target, (1, 1) for HTTP/1.1.",
    ),
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
        line = f"{method} {target} HTTP/{version[0]}.{version[1]}"
        got = outcome(chapter, chapter.parse_request_line, line)
        expected = (method, target, version)
        usually: Any = beliefs.METHODS_ARE_KNOWN if method != "GET" else None
        usually = beliefs.ANY_WORD if got == status(400) and not method.isalpha() else usually
        usually = NOT_GIVEN if got is None else usually
        what = "parse_request_line() gave:"
        same(what, sent=line, expected=expected, got=got, usually=usually)


@promise(
    task=3,
    usually=beliefs.ALWAYS_THREE,
    signs={ValueError: beliefs.ALWAYS_THREE, IndexError: beliefs.ALWAYS_THREE},
    hints=(
        "What does 'GET  / HTTP/1.1'.split() give? And split(' ')?",
        "Count the parts before you give them names.",
        "parts = line.split(' '); if len(parts) != 3: raise HttpError(400, …). An empty part is no "
        "method and no target either.",
    ),
)
def test_one_space_between_the_parts(chapter: Attempt) -> None:
    """What does not have three parts, with one space between, is refused with 400."""
    for line in (
        "",
        "GET",
        "GET /",
        "GET / HTTP/1.1 ",
        " GET / HTTP/1.1",
        "GET  / HTTP/1.1",
        "GET /  HTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET  HTTP/1.1",
        " / HTTP/1.1",
        "GET\t/\tHTTP/1.1",
        "GET /\xa0HTTP/1.1",
    ):
        got = outcome(chapter, chapter.parse_request_line, line)
        usually: Any = NOT_GIVEN
        if isinstance(got, tuple) and len(got) == 3:
            usually = beliefs.ANY_WORD if not got[0] else usually
            usually = beliefs.ALWAYS_A_PATH if got[0] and not got[1] else usually
        refused(chapter, chapter.parse_request_line, line, 400, usually)


@promise(
    task=3,
    usually=beliefs.ANY_WORD,
    hints=(
        "Which characters may a method have? TOKEN holds them.",
        "method.lstrip(TOKEN) takes all good characters away from the front; is anything left? "
        "Then it is no token. How long may it be?",
        "if method.lstrip(TOKEN): raise HttpError(400, …, line, the place of the first bad one); "
        "if len(method) > LONGEST_METHOD: raise HttpError(501, …).",
    ),
)
def test_method_is_a_token(chapter: Attempt) -> None:
    """A method is a token, or the error points at what is none; a very long one is 501."""
    for method, wrong in (
        ("G(T", "("),
        ("GET:", ":"),
        ("G\xc9T", "\xc9"),
        ("GE\tT", "\t"),
        ('"GET"', '"'),
        ("\x16\x03", "\x16"),
    ):
        line = f"{method} / HTTP/1.1"
        refused(chapter, chapter.parse_request_line, line, 400)
        points_at(chapter, chapter.parse_request_line, line, wrong)
    longest = "A" * chapter.LONGEST_METHOD
    line = f"{longest} / HTTP/1.1"
    got = outcome(chapter, chapter.parse_request_line, line)
    what = f"A method of {len(longest)} octets. parse_request_line() gave:"
    expected = (longest, "/", (1, 1))
    same(what, sent=line, expected=expected, got=got, usually=beliefs.LIMIT_IS_ROUGH)
    refused(chapter, chapter.parse_request_line, f"A{line}", 501, beliefs.LIMIT_IS_ROUGH)


@promise(
    task=3,
    usually=beliefs.ALWAYS_A_PATH,
    signs={ValueError: beliefs.ALWAYS_A_PATH},
    hints=(
        "A proxy asks with a whole URL. What may CONNECT ask for, and what OPTIONS?",
        "A target that begins with / is a path. For CONNECT AUTHORITY has to match all of it, and "
        "nothing else will do; * goes with OPTIONS alone; for the rest ABSOLUTE matches its "
        "beginning.",
        "if target.startswith('/') and method != 'CONNECT': fine; if method == 'CONNECT': "
        "AUTHORITY.fullmatch(target); if target == '*': method == 'OPTIONS'; otherwise: "
        "ABSOLUTE.match(target).",
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
        line = f"{method} {target} HTTP/1.1"
        got = outcome(chapter, chapter.parse_request_line, line)
        expected = (method, target, (1, 1))
        usually: Any = NOT_GIVEN
        if got == status(400) and "://" in target:
            short = outcome(chapter, chapter.parse_request_line, "GET http://a/ HTTP/1.1")
            usually = NOT_GIVEN if short == status(400) else beliefs.ALL_OF_A_URL
            usually = beliefs.ANY_SCHEME if target.startswith("HTTP") else usually
        same("parse_request_line() gave:", sent=line, expected=expected, got=got, usually=usually)
    for method, target in (
        ("GET", "*"),
        ("OPTIONS", "*/a"),
        ("OPTIONS", "example.com:80"),
        ("GET", "example.com:80"),
        ("CONNECT", "*"),
        ("CONNECT", "/a"),
        ("CONNECT", "http://example.com:80/"),
        ("CONNECT", "example.com"),
        ("CONNECT", "127.0.0.1"),
        ("CONNECT", "example.com:"),
        ("CONNECT", ":443"),
        ("CONNECT", "example.com:443/a"),
        ("GET", "index.html"),
        ("GET", "?a"),
        ("GET", "http:///a"),
        ("GET", "http:/a"),
    ):
        usually = (
            beliefs.ANY_SCHEME if target.startswith("http:/") and method == "GET" else NOT_GIVEN
        )
        usually = beliefs.BEGINS_LIKE_A_HOST if target.endswith(":443/a") else usually
        line = f"{method} {target} HTTP/1.1"
        refused(chapter, chapter.parse_request_line, line, 400, usually)


@promise(
    task=3,
    usually=beliefs.TARGET_HOLDS_ALL,
    hints=(
        "TARGET holds what may stand in a target. What else may a client send, and who encodes it?",
        "target.lstrip(TARGET) takes all good characters away from the front; is anything left?",
        "The place in the line: len(method) + 1 + len(target) - len(target.lstrip(TARGET)).",
    ),
)
def test_target_is_visible_ascii(chapter: Attempt) -> None:
    """A target is visible ASCII without # < > and double quote; the error points at what is not."""
    line = "GET /a?q={b|c}^`\\[]':;@!$(),~+*%7E HTTP/1.1"
    got = outcome(chapter, chapter.parse_request_line, line)
    expected = ("GET", line.split(" ")[1], (1, 1))
    what = "Browsers send this. parse_request_line() gave:"
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
        line = f"GET {target} HTTP/1.1"
        refused(chapter, chapter.parse_request_line, line, 400)
        points_at(chapter, chapter.parse_request_line, line, wrong)


@promise(
    task=3,
    usually=beliefs.INT_KNOWS_DIGITS,
    signs={ValueError: beliefs.INT_KNOWS_DIGITS, IndexError: beliefs.INT_KNOWS_DIGITS},
    hints=(
        "HTTP/, a digit, a dot, a digit: how would you make sure of all of it?",
        "VERSION.fullmatch() does. Its groups are the two digits: a major version other than 1 is "
        "505, a minor one above 1 counts as 1.",
        "match = VERSION.fullmatch(version); if match is None: raise 400; if match[1] != '1': raise "
        "505; return method, target, (1, 0) if match[2] == '0' else (1, 1).",
    ),
)
def test_version_is_two_digits(chapter: Attempt) -> None:
    """HTTP/1.x is taken, and x above 1 counts as 1; HTTP/2.0 and others are 505; the rest is 400."""
    for version, numbers in (
        ("HTTP/1.0", (1, 0)),
        ("HTTP/1.1", (1, 1)),
        ("HTTP/1.2", (1, 1)),
        ("HTTP/1.9", (1, 1)),
    ):
        line = f"GET / {version}"
        got = outcome(chapter, chapter.parse_request_line, line)
        expected = ("GET", "/", numbers)
        what = "parse_request_line() gave:"
        as_it_came = got == ("GET", "/", (1, int(version[-1])))
        usually: Any = beliefs.MINOR_AS_IT_CAME if as_it_came else None
        same(what, sent=line, expected=expected, got=got, usually=usually)
    for version in (
        "HTTP/1.\xb2",
        "HTTP/\xb9.1",
        "HTTP/1.\u0661",
        "HTTP/1.+1",
        "HTTP/1.1_0",
        "HTTP/1.10",
        "HTTP/1.1.1",
        "HTTP/01.1",
        "HTTP/11",
        "HTTP/1",
        "HTTP/1.",
        "HTTP/1.x",
        "HTTP1.1",
        "http/1.1",
        "HTTPS/1.1",
        "HTTP/1.1\t",
        "1.1",
        "",
    ):
        usually = beliefs.BEGINS_LIKE_A_HOST if version.startswith("HTTP/1.1") else NOT_GIVEN
        usually = beliefs.BEGINS_LIKE_A_HOST if version.startswith("HTTP/1.10") else usually
        refused(chapter, chapter.parse_request_line, f"GET / {version}", 400, usually)
    for version in ("HTTP/2.0", "HTTP/0.9", "HTTP/3.1"):
        refused(chapter, chapter.parse_request_line, f"GET / {version}", 505, beliefs.ALL_IS_400)


@promise(
    task=4,
    usually=beliefs.ONE_COLON,
    signs={ValueError: beliefs.ONE_COLON, IndexError: beliefs.ONE_COLON},
    hints=(
        "How many colons has 'Host: localhost:8000'?",
        "partition(':') cuts at the first colon only. No space has to follow it.",
        "name, colon, value = line.partition(':'); return name.lower(), value.strip(' \\t').",
    ),
)
def test_first_colon_ends_the_name(chapter: Attempt) -> None:
    """The name is what stands before the first colon, in lower case; the value is all the rest."""
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
        usually = (
            beliefs.ANY_WORD if line.startswith(TOKEN_MARKS) and got == status(400) else usually
        )
        same("parse_field_line() gave:", sent=line, expected=expected, got=got, usually=usually)


@promise(
    task=4,
    usually=beliefs.STRIP_KNOWS_BLANKS,
    hints=(
        "What does '\\xa0'.strip() give?",
        "strip() without an argument follows Unicode. Give it the two characters that count.",
        "value.strip(' \\t')",
    ),
)
def test_blanks_around_the_value(chapter: Attempt) -> None:
    """Spaces and tabs around a value are not part of it; whatever else stands there is."""
    for line, value in (
        ("X:  \t a b\tc \t ", "a b\tc"),
        ("X:\t", ""),
        ("X:\ty", "y"),
        ("X: \x85y\xa0 ", "\x85y\xa0"),
        ("X:\xa0", "\xa0"),
    ):
        got = outcome(chapter, chapter.parse_field_line, line)
        usually: Any = beliefs.ONE_BLANK
        if "\xa0" in value and "\xa0" not in str(got[1:] if isinstance(got, tuple) else got):
            usually = beliefs.STRIP_KNOWS_BLANKS
        usually = None if isinstance(got, Literally) else usually
        usually = NOT_GIVEN if got is None else usually
        expected = ("x", value)
        same("parse_field_line() gave:", sent=line, expected=expected, got=got, usually=usually)


@promise(
    task=4,
    usually=beliefs.STRIP_KNOWS_BLANKS,
    signs={ValueError: beliefs.ONE_COLON, IndexError: beliefs.FOLDED},
    hints=(
        "'Content-Length : 5'. One reader strips the name; the next one knows no such field. Which "
        "of the two is right?",
        "Neither: RFC 9112 §5.1 wants it refused. A blank is in no token, so one question answers "
        "for the space before the colon and for the one at the beginning of the line.",
        "if name.lstrip(TOKEN): raise HttpError(400, …). Do not strip the name before.",
    ),
)
def test_blanks_beside_the_name(chapter: Attempt) -> None:
    """White space before the colon, or at the beginning of the line, is refused with 400."""
    for line in ("Content-Length : 5", "Host\t: a", "X \t : y"):
        refused(chapter, chapter.parse_field_line, line, 400)
    for line in (" folded", "\tfolded", " X: y", "\tX: y", " ", " : y"):
        refused(chapter, chapter.parse_field_line, line, 400, beliefs.FOLDED)


@promise(
    task=4,
    usually=beliefs.ANY_WORD,
    signs={ValueError: beliefs.ONE_COLON, IndexError: beliefs.ONE_COLON},
    hints=(
        "Is a line without a colon a field? One that begins with a colon?",
        "A name is a token: not empty, and nothing in it that TOKEN does not hold. It is the same "
        "question as for a method.",
        "at = len(name) - len(name.lstrip(TOKEN)); if at < len(name), or name is empty, or there "
        "is no colon: raise HttpError(400, …, line, at).",
    ),
)
def test_field_name_is_a_token(chapter: Attempt) -> None:
    """A line without a colon, and a name that is no token, are refused; the error points at why."""
    for line in ("", "X", "X-Y=z", ":", ": y", ":: y"):
        usually = NOT_GIVEN if line.startswith(":") else beliefs.COLON_WAS_THERE
        refused(chapter, chapter.parse_field_line, line, 400, usually)
    try:
        chapter.parse_field_line("X-Y")
    except chapter.HttpError as error:
        what = "The line ends, and no colon has come. The error's line and at are:"
        got = (error.line, error.at)
        same(what, sent="X-Y", expected=("X-Y", 3), got=got, usually=beliefs.BAD_IS_ENOUGH)
    for line, wrong in (
        ("X Y: z", " "),
        ("X-No(te: z", "("),
        ("X/Y: z", "/"),
        ("X=Y: z", "="),
        ("[X]: z", "["),
        ("Caf\xe9: z", "\xe9"),
        ("X\xa0: z", "\xa0"),
        ("Host : z", " "),
        ("\tX: z", "\t"),
    ):
        refused(chapter, chapter.parse_field_line, line, 400)
        points_at(chapter, chapter.parse_field_line, line, wrong)


@promise(
    task=5,
    usually=beliefs.ONE_OF_EACH,
    signs={TypeError: beliefs.ONE_OF_EACH, ValueError: beliefs.ONE_OF_EACH},
    hints=(
        "Your three functions have done the work. In which order do you call them?",
        "The first line is the request line; each of the others is a field. Make Headers of the list "
        "of pairs.",
        "first, *others = split_head(head); headers = Headers([parse_field_line(line) for line in "
        "others]); return Request(*parse_request_line(first), headers).",
    ),
)
def test_head_becomes_a_request(chapter: Attempt) -> None:
    """A head becomes a Request, with every field line of it; its content is empty as yet."""
    repeated = b"Accept: a\r\nX-Name: Jos\xe9\r\naccept: b\r\nACCEPT: a"
    for head in (
        CURL[:-4],
        b"HEAD /b HTTP/1.0\r\nHost: a",
        b"DELETE /a HTTP/1.1\r\nHost: a\r\n" + repeated,
    ):
        expected = parsed(chapter, *read(head))
        got: Any = outcome(chapter, chapter.parse_head, head)
        same("parse_head() gave:", sent=head, expected=expected, got=got)
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
)
def test_one_bad_line_is_enough(chapter: Attempt) -> None:
    """One line that is refused refuses the whole head, with that line's status."""
    for head, number in (
        (b"GET / HTTP/1.1\r\nHost: a\r\nno field\r\nX: y", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX : y", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z", 400),
        (b"GET / HTTP/1.1\r\n\r\nHost: a", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\nX: y", 400),
        (b"GET /\r\nHost: a", 400),
        (b"", 400),
        (b"GET / HTTP/2.0\r\nHost: a", 505),
        (b"A" * 99 + b" / HTTP/1.1\r\nHost: a", 501),
    ):
        got = outcome(chapter, chapter.parse_head, head)
        usually: Any = NOT_GIVEN
        if isinstance(got, chapter.Request) and b"\r\n " in head:
            usually = beliefs.FOLDED if "z" in str(list(got.headers)) else NOT_GIVEN
        refused(chapter, chapter.parse_head, head, number, usually)


@promise(
    task=5,
    usually=beliefs.HOST_IS_OPTIONAL,
    signs={TypeError: beliefs.HOST_IS_OPTIONAL, AttributeError: beliefs.HOST_IS_OPTIONAL},
    hints=(
        "One machine serves a hundred sites under one address. How does it know which is meant?",
        "get('host') is None: refuse it for version (1, 1). Otherwise HOST has to match all of it. "
        "Two hosts, joined by a comma and a space, do not match.",
        "host = headers.get('host'); if host is None: raise 400 if version >= (1, 1); elif "
        "HOST.fullmatch(host) is None: raise 400.",
    ),
)
def test_there_is_one_host(chapter: Attempt) -> None:
    """HTTP/1.1 has exactly one Host, whatever its target, HTTP/1.0 may have one; it is a host."""
    for version in (b"1.1", b"1.2"):
        refused(chapter, chapter.parse_head, b"GET / HTTP/" + version, 400)
        refused(chapter, chapter.parse_head, b"GET / HTTP/%b\r\nX-Host: a" % version, 400)
    for host in (
        "good.example/evil",
        "a b",
        "a, b",
        "http://a",
        "user@a",
        "a:80:90",
        "a:x",
        "[::1",
        "[:::]",
        "[1:2:3:4:5:6:7:8:9]",
        "[1.2.3.4]",
        "a?b",
        "caf\xe9",
    ):
        head = f"GET / HTTP/1.1\r\nHost: {host}".encode("latin-1")
        refused(chapter, chapter.parse_head, head, 400, beliefs.BEGINS_LIKE_A_HOST)
    for line in (b"GET http://b/", b"OPTIONS *", b"CONNECT b:443"):
        refused(chapter, chapter.parse_head, line + b" HTTP/1.1", 400, beliefs.TARGET_WILL_DO)
    for version in (b"1.1", b"1.0"):
        head = b"GET http://b/ HTTP/" + version + b"\r\nHost: good.example/evil"
        refused(chapter, chapter.parse_head, head, 400, beliefs.TARGET_WILL_DO)
        for hosts in ((b"a", b"b"), (b"a", b"a"), (b"a", b""), (b"", b"")):
            lines = b"".join(b"\r\nHost: " + host for host in hosts)
            refused(chapter, chapter.parse_head, b"GET / HTTP/" + version + lines, 400)
    for host in ("a", "", "localhost:8000", "a:", "EXAMPLE.com", "127.0.0.1", "[::1]:80", "[::]"):
        text = ["GET / HTTP/1.1", f"host: {host}"]
        head = "\r\n".join(text).encode()
        got = outcome(chapter, chapter.parse_head, head)
        usually: Any = NOT_GIVEN if host else beliefs.EMPTY_IS_NONE
        expected = parsed(chapter, *text)
        same("parse_head() gave:", sent=head, expected=expected, got=got, usually=usually)
    same(
        "Without any field, HTTP/1.0. parse_head() gave:",
        expected=parsed(chapter, "GET / HTTP/1.0"),
        got=outcome(chapter, chapter.parse_head, b"GET / HTTP/1.0"),
    )


@promise(
    task=5,
    usually=beliefs.HOST_IS_WHAT_HOST_SAYS,
    signs={
        TypeError: beliefs.HOST_IS_WHAT_HOST_SAYS,
        AttributeError: beliefs.HOST_IS_WHAT_HOST_SAYS,
    },
    hints=(
        "Two places say for which host this is. A proxy believed the target. And your application?",
        "ABSOLUTE.match(target) finds the host as group 1, if the target is a whole URL. Put it in "
        "the place of Host's value; the other fields stay as they are.",
        "if match := ABSOLUTE.match(target): headers = Headers([(name, match[1] if name == 'host' "
        "else value) for name, value in headers]).",
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
        head = "\r\n".join(lines).encode()
        got: Any = outcome(chapter, chapter.parse_head, head)
        usually: Any = NOT_GIVEN
        if isinstance(got, chapter.Request):  # the right host, and something else is wrong?
            usually = None if got.headers.get("host") == host else beliefs.HOST_IS_WHAT_HOST_SAYS
        same("parse_head() gave:", sent=head, expected=expected, got=got, usually=usually)
    for line, hosts, meant in (
        ("HEAD http://b/c HTTP/1.0", ["host: a"], ["host: b"]),
        ("HEAD http://b/c HTTP/1.0", [], []),
        ("CONNECT b:443 HTTP/1.1", ["host: a"], ["host: a"]),
    ):
        expected = parsed(chapter, line, *meant)
        head = "\r\n".join((line, *hosts)).encode()
        got = outcome(chapter, chapter.parse_head, head)
        usually = NOT_GIVEN if hosts != meant else None
        same("parse_head() gave:", sent=head, expected=expected, got=got, usually=usually)


@promise(
    task=5,
    usually=beliefs.LIMIT_IS_ROUGH,
    hints=(
        "A client sends ten thousand fields of one octet each. What may it cost you?",
        "Count the field lines; more than MOST_FIELDS is 431. The request line is no field.",
        "if len(field_lines) > MOST_FIELDS: raise HttpError(431, …).",
    ),
)
def test_fields_are_counted(chapter: Attempt) -> None:
    """MOST_FIELDS field lines are allowed; one more is refused with 431, of whatever name."""
    most = chapter.MOST_FIELDS
    lines = ["GET / HTTP/1.1", "host: a", *(f"x-{n}: y" for n in range(most - 1))]
    head = "\r\n".join(lines).encode()
    got = outcome(chapter, chapter.parse_head, head)
    same(f"{most} fields. parse_head() gave:", expected=parsed(chapter, *lines), got=got)
    got = outcome(chapter, chapter.parse_head, head + b"\r\nx: y")
    usually = beliefs.ALL_IS_400 if isinstance(got, Literally) else NOT_GIVEN
    what = f"{most + 1} fields. parse_head() gave:"
    same(what, expected=status(431), got=got, usually=usually)
    head = b"GET / HTTP/1.1\r\nhost: a" + b"\r\nx: y" * most
    got = outcome(chapter, chapter.parse_head, head)
    usually = beliefs.ALL_IS_400 if isinstance(got, Literally) else NOT_GIVEN
    what = f"{most + 1} fields, {most} of them of one name. parse_head() gave:"
    same(what, expected=status(431), got=got, usually=usually)


@promise(
    task=6,
    usually=beliefs.ONE_RECV,
    signs={"spin": beliefs.ONE_RECV},
    hints=(
        "The head may be cut anywhere, also inside of the CR LF CR LF at its end. Where do you "
        "search for that?",
        "Put each piece behind what has come before. No CR LF CR LF yet: return None. Otherwise give "
        "parse_head() what stands before it. Each parser has bytes of its own: begun.",
        "self.begun += data; end = self.begun.find(b'\\r\\n\\r\\n'); if end < 0: return None; "
        "request = parse_head(self.begun[:end]); self.begun = b''; return request.",
    ),
)
def test_same_request_at_every_cut(chapter: Attempt) -> None:
    """However a head is cut, the feed() that completes it returns the request, the others None."""
    expected = parsed(chapter, *read(CURL))
    for pieces in cut_everywhere(CURL):
        parser = chapter.RequestParser()
        for number, piece in enumerate(pieces, start=1):
            is_last = number == len(pieces)
            what = "These pieces were fed. The last feed() gave:"
            got = outcome(chapter, parser.feed, piece)
            want = expected if is_last else None
            usually: Any = beliefs.ONE_RECV
            if got is None:
                usually = NOT_GIVEN if len(pieces) == 1 else beliefs.SEARCHES_THE_PIECE
            sent = shown(*pieces[:number])
            same(what, sent=sent, expected=want, got=got, usually=usually)
            has_come, begun = b"".join(pieces[:number]), kept(parser, "begun")
            if is_last:
                what = "The head has become a request, so begun is empty. It is:"
                same(what, sent=sent, expected=b"", got=begun, usually=None)
            else:
                is_longer = isinstance(begun, bytes) and len(begun) > len(has_come)
                what = "begun is what has come of a head that is not whole. It is:"
                usually = beliefs.OWN_BUFFER if is_longer else None
                same(what, sent=sent, expected=has_come, got=begun, usually=usually)
    one, other = chapter.RequestParser(), chapter.RequestParser()
    for parser in (one, other):
        parser.feed(CURL[:9])
    for parser in (one, other):
        got = outcome(chapter, parser.feed, CURL[9:])
        what = "Two parsers, each with a connection of its own, take turns. feed() gave:"
        sent = shown(CURL[:9], CURL[9:])
        same(what, sent=sent, expected=expected, got=got, usually=beliefs.OWN_BUFFER)


@promise(
    task=6,
    usually=beliefs.LEFTOVERS_ARE_DROPPED,
    signs={ValueError: beliefs.SPLIT_IS_TWO},
    hints=(
        "This piece holds a head and what follows it. Whose are those bytes?",
        "What stands behind the first CR LF CR LF goes into rest, as bytes. The parser itself begins "
        "again with nothing: it has neither rest nor begun in its buffer.",
        "self.rest = self.begun[end + 4 :]; self.begun = b''. At the beginning of each feed(): "
        "self.rest = b''. Reset whatever else you remember, such as how far you have searched.",
    ),
)
def test_rest_is_handed_on(chapter: Attempt) -> None:
    """`rest` holds what came behind the head, as it is, until the next feed(); otherwise b""."""
    for content in (b"", CURL, CONTENT, BEGINS_EMPTY, b"x" * (2 * chapter.LONGEST_HEAD)):
        for at in (None, 10, len(POST) - 4, len(POST) - 3, len(POST) - 1):
            stream = POST + content
            pieces = (stream,) if at is None else (stream[:at], stream[at:])
            parser = chapter.RequestParser()
            got = fed(chapter, parser, pieces)
            expected = parsed(chapter, *read(POST))
            usually: Any = (
                beliefs.LIMIT_IS_ROUGH if got in (status(431), status(413)) else NOT_GIVEN
            )
            usually = beliefs.LEFTOVERS_ARE_DROPPED if got is None else usually
            if got == status(400):
                usually = beliefs.LF_IN_CONTENT if content == CONTENT else beliefs.SPLIT_IS_TWO
            what = "feed() gave:"
            same(what, sent=shown(*pieces), expected=expected, got=got, usually=usually)
            rest = kept(parser, "rest")
            shorter = isinstance(rest, bytes) and content.startswith(rest)
            usually = beliefs.SPLIT_IS_TWO if shorter and rest else NOT_GIVEN
            what = "rest holds:"
            same(what, sent=shown(*pieces), expected=content, got=rest, usually=usually)
            what, begun = "begun has none of it. It holds:", kept(parser, "begun")
            usually = NOT_GIVEN if content and begun == content else None
            same(what, sent=shown(*pieces), expected=b"", got=begun, usually=usually)
            got, expected = outcome(chapter, parser.feed, SHORT), parsed(chapter, *read(SHORT))
            what = "The next feed() gave:"
            same(
                what, sent=SHORT, expected=expected, got=got, usually=beliefs.LEFTOVERS_ARE_DROPPED
            )
    parser = chapter.RequestParser()
    for stream, rest in ((POST + CURL, CURL), (CURL, b""), (POST, b""), (CURL + POST, POST)):
        got = outcome(chapter, parser.feed, stream)
        request = stream.removesuffix(rest)
        expected = parsed(chapter, *read(request))
        what = "A parser's next feed() gave:"
        same(what, sent=stream, expected=expected, got=got)
        same("rest holds:", sent=stream, expected=rest, got=kept(parser, "rest"))
    parser = chapter.RequestParser()
    what = "Before the first request, rest is:"
    same(what, expected=b"", got=kept(parser, "rest"), usually=None)
    for piece in (POST + CONTENT, POST[:9]):
        outcome(chapter, parser.feed, piece)
    what = "A request and its content, then the beginning of another one. Now rest holds:"
    same(what, sent=shown(POST + CONTENT, POST[:9]), expected=b"", got=kept(parser, "rest"))


@promise(
    task=6,
    usually=beliefs.FIRST_BYTE_COUNTS,
    hints=(
        "A CR LF comes before the request line. What does your search for the head's end make of it?",
        "If what has come begins with CR LF, take those two away, before anything else. They may "
        "come in two pieces. How do you know at the next feed() that one was skipped?",
        "if self.may_skip and self.begun.startswith(b'\\r\\n'): self.begun = self.begun[2:]; "
        "self.may_skip = False. In __init__() and after a request: self.may_skip = True. If "
        "self.begun begins with CR LF still: raise HttpError(400, …). Not lstrip(): that takes any "
        "number, and a CR or an LF alone.",
    ),
)
def test_one_empty_line_is_skipped(chapter: Attempt) -> None:
    """One CR LF before a request is skipped; a second one is a 400 at once, a CR or LF alone, too."""
    expected = parsed(chapter, *read(CURL))
    for pieces in cut_everywhere(b"\r\n" + CURL):
        parser = chapter.RequestParser()
        for which in ("first", "second"):
            got = fed(chapter, parser, pieces)
            what = f"The {which} request. feed() gave:"
            same(what, sent=shown(*pieces), expected=expected, got=got)
    for begun in (b"", b"G", CURL[:-1]):
        for pieces in ((b"\r\n" + begun,), (b"\r", b"\n" + begun), (b"\r\n", begun)):
            parser = chapter.RequestParser()
            fed(chapter, parser, pieces)
            what, got = "begun is without the empty line. It is:", kept(parser, "begun")
            same(what, sent=shown(*pieces), expected=begun, got=got)
    for start in (b"\r\n\r\n", b"\r\n\n", b"\r\n\r", b"\n", b"\r", b"\r\r\n", b"\n\r\n"):
        for pieces in cut_everywhere(start + CURL):
            got = fed(chapter, chapter.RequestParser(), pieces)
            usually = beliefs.SEARCHES_THE_PIECE if got is None else beliefs.ALL_THAT_IS_EMPTY
            what, sent = "feed() gave:", shown(*pieces)
            same(what, sent=sent, expected=status(400), got=got, usually=usually)
    for stream in (b"\r\n\r\n", b"\r\n\r\n" + LF_ALONE):
        whole = None
        for pieces in cut_everywhere(stream):
            sent = shown(*pieces)
            got, place, _ = fed_and_placed(chapter, chapter.RequestParser(), pieces)
            what = "The second CR LF has come: that is enough to refuse it. feed() gave:"
            same(what, sent=sent, expected=status(400), got=got, usually=None)
            whole = whole or place
            same_place(whole, place, sent)


@promise(
    task=6,
    usually=beliefs.ALONE_IS_HARMLESS,
    signs={"spin": beliefs.ALONE_IS_HARMLESS},
    hints=(
        "A client ends its lines with LF alone. CR LF CR LF will never come, and it waits for your "
        "answer. How long do you wait?",
        "The first empty line counts, however it is made. LONE_END matches one that is made with LF "
        "alone. If there is one before CR LF CR LF, parse_head() refuses what stands before its end.",
        "stop = end if 0 <= end < LONGEST_HEAD else LONGEST_HEAD; if match := "
        "LONE_END.search(self.begun, 0, stop): parse_head(self.begun[: match.end()]). (0 for now: the "
        "last promise asks for more.) All this before you compare the head with LONGEST_HEAD.",
    ),
)
def test_same_refusal_at_every_cut(chapter: Attempt) -> None:
    """A bad head is refused alike at every cut, at the same place; LF alone is not waited for."""
    for stream, number in (
        (LF_ALONE, 400),
        (b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        (b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: y\r\n\r\n", 400),
        (b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
        (b"GET / HTTP/1.1\nHost: a\n\nX: y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: \x01\n\r\nY: z\r\n\r\n", 400),
        (LF_AND_MORE, 400),
    ):
        whole = None
        for pieces in cut_everywhere(stream) if len(stream) < 99 else cut_in_places(stream, 25):
            parser = chapter.RequestParser()
            got, place, has_come = fed_and_placed(chapter, parser, pieces)
            whole = whole or place
            usually = beliefs.ALL_IS_400 if got == status(400) else beliefs.ALONE_IS_HARMLESS
            usually = (
                beliefs.SEARCHES_THE_PIECE if got is None and b"\n\n" not in stream else usually
            )
            usually = beliefs.CUT_DECIDES if got == status(431) else usually
            what, sent = "feed() gave:", shown(*pieces)
            if stream == LF_AND_MORE:
                what = "An empty line by LF alone, behind it 70,000 times a. feed() gave:"
                sent = sizes(pieces)
            same(what, sent=sent, expected=status(number), got=got, usually=usually)
            same_place(whole, place, sent)
            if stream == LF_ALONE:
                line, at = place
                what = f"The LF is wrong. The error's line is {line!r}, its at is {at}."
                holds(what, line[at : at + 1] == "\n", sent=sent, usually=beliefs.BAD_IS_ENOUGH)
            what = "begun is all that has come, also behind the octet that was refused. It is:"
            same(what, sent=sent, expected=has_come, got=kept(parser, "begun"), usually=None)


@promise(
    task=6,
    usually=beliefs.LIMIT_IS_ROUGH,
    signs={"spin": beliefs.LIMIT_AFTERWARDS},
    hints=(
        "A client sends one endless line. When do you know that it will be too long?",
        "When LONGEST_REQUEST_LINE + 2 bytes are there and no LF among them. Ask that first at each "
        "feed(), of a head that is whole, too: it may have come in one piece.",
        "most = LONGEST_REQUEST_LINE + 2; if len(self.begun) >= most and b'\\n' not in "
        "self.begun[:most]: raise HttpError(414, …).",
    ),
)
def test_long_request_line_is_refused(chapter: Attempt) -> None:
    """A request line of LONGEST_REQUEST_LINE octets is taken, a longer one 414, even if unended."""
    most = chapter.LONGEST_REQUEST_LINE
    for length, number in ((most, None), (most + 1, 414), (2 * most, 414)):
        line = b"GET /" + b"a" * (length - len(b"GET / HTTP/1.1")) + b" HTTP/1.1"
        stream = line + b"\r\nHost: a\r\n\r\n"
        expected = status(number) if number else parsed(chapter, *read(stream))
        requires_limit(chapter, f"A request line of {length:,} octets", stream, expected)
    endless = b"GET /" + b"a" * (2 * most)
    requires_limit(chapter, "A request line that does not end", endless, status(414))
    requires_again(chapter, "a request line that does not end", endless, 414)
    bad = b"GET /\x01" + endless[5:] + b" HTTP/1.1\r\nHost: a\r\n\r\n"
    requires_one_outcome(chapter, "A long request line that holds \\x01", bad, 414)


@promise(
    task=6,
    usually=beliefs.LIMIT_IS_ROUGH,
    signs={"spin": beliefs.LIMIT_AFTERWARDS},
    hints=(
        "A client sends field after field, and never the empty line. When have you had enough?",
        "The head is what stands before CR LF CR LF. It is too long if that is found behind "
        "LONGEST_HEAD, or if so many bytes and four more have come without it.",
        "if end > LONGEST_HEAD, or end < 0 and len(self.begun) >= LONGEST_HEAD + 4: raise "
        "HttpError(431, …).",
    ),
)
def test_long_head_is_refused(chapter: Attempt) -> None:
    """A head of LONGEST_HEAD octets is taken, a longer one is 431, even if it never ends."""
    most = chapter.LONGEST_HEAD
    start = b"GET / HTTP/1.1\r\nhost: a\r\nx: "
    for length, number in ((most, None), (most + 1, 431), (2 * most, 431)):
        stream = start + b"y" * (length - len(start)) + b"\r\n\r\n"
        expected = status(number) if number else parsed(chapter, *read(stream))
        requires_limit(chapter, f"A head of {length:,} octets", stream, expected)
    endless = start + b"y" * (2 * most)
    requires_limit(chapter, "A head that does not end", endless, status(431))
    requires_again(chapter, "a head that does not end", endless, 431)
    bad = start[:-3] + b"x : " + b"y" * (2 * most) + b"\r\n\r\n"
    requires_one_outcome(chapter, "A long head with a space before a colon", bad, 431)


@promise(
    task=6,
    usually=beliefs.SEARCHED_AGAIN,
    signs={"spin": beliefs.SEARCHED_AGAIN},
    hints=(
        "A client sends its head octet by octet. How many octets do you look at, in all?",
        "Remember how far you have searched, less three octets: an end may have begun there. Both "
        "searches go on from that place. A new head begins with 0.",
        "end = self.begun.find(b'\\r\\n\\r\\n', self.searched); LONE_END.search(self.begun, "
        "self.searched, stop); before you return None: self.searched = max(0, len(self.begun) - 3); "
        "after a request: self.searched = 0.",
    ),
)
def test_nothing_is_searched_again(chapter: Attempt) -> None:
    """A head that comes in many small pieces costs little: what was searched is not searched again."""
    start = b"GET / HTTP/1.1\r\nhost: a\r\nx: "
    stream = start + b"y" * (chapter.LONGEST_HEAD - len(start)) + b"\r\n\r\n"
    pieces = in_pieces(stream, 128)
    before = time.thread_time()
    for _ in range(SEARCHES):
        EMPTY_LINE.search(stream)
    searches = max(time.thread_time() - before, 0.01)
    before = time.thread_time()
    parser = chapter.RequestParser()
    got = fed(chapter, parser, pieces)
    took = time.thread_time() - before
    sent = sizes(pieces)
    what, expected = "feed() gave:", parsed(chapter, *read(stream))
    same(what, sent=sent, expected=expected, got=got, usually=beliefs.SEARCHES_THE_PIECE)
    times = took / searches * SEARCHES
    what = f"feed() took {took:.2f} s in all, {times:.0f} times as long as one search through the head."
    holds(what, times < TOO_MANY, sent=sent)


def requires_one_outcome(chapter: Attempt, what: str, stream: bytes, number: int) -> None:
    """Require that a stream with two faults is refused for either, but for the same at every cut."""
    whole: object = None
    where: object = None
    for pieces in cut_in_places(stream, 20, 9000):
        got, place, _ = fed_and_placed(chapter, chapter.RequestParser(), pieces)
        sent = sizes(pieces)
        if len(pieces) == 1:
            whole, where = got, place
            usually: Any = (
                beliefs.ALL_IS_400 if isinstance(got, Literally) else beliefs.LIMIT_IS_ROUGH
            )
            expected = got if got == status(400) else status(number)
            said = f"{what}. feed() gave:"
            same(said, sent=sent, expected=expected, got=got, usually=usually)
        said = f"{what}. The outcome depends on the cut; at least one of these is wrong.\n"
        said += f"  in one piece:    {whole}\n  in these pieces: {got}"
        holds(said, got == whole, sent=sent, usually=beliefs.CUT_DECIDES)
        same_place(where, place, sent)


def requires_again(chapter: Attempt, what: str, stream: bytes, number: int) -> None:
    """Require that a parser refuses an endless stream behind a request as it does at first."""
    for pieces in ((stream,), in_pieces(stream, 1021)):
        parser = chapter.RequestParser()
        parser.feed(CURL[:9])
        parser.feed(CURL[9:])
        got = fed(chapter, parser, pieces)
        said = f"A parser's second request: {what}. feed() gave:"
        same(
            said, sent=sizes(pieces), expected=status(number), got=got, usually=beliefs.FROM_BEFORE
        )


def requires_limit(chapter: Attempt, what: str, stream: bytes, expected: object) -> None:
    """Require what comes of a long stream: whole, cut at line ends, and in pieces."""
    line = stream.find(b"\r\n")
    whole: object = None
    for pieces in cut_in_places(stream, *(() if line < 0 else (line, line + 1, line + 2))):
        got, place, _ = fed_and_placed(chapter, chapter.RequestParser(), pieces)
        whole = whole or place
        sent = sizes(pieces)
        usually = beliefs.LIMIT_AFTERWARDS if got is None else beliefs.LIMIT_IS_ROUGH
        other_status = isinstance(got, Literally) and isinstance(expected, Literally)
        usually = beliefs.ALL_IS_400 if other_status or got == status(400) else usually
        if len(pieces) > 1 and isinstance(expected, chapter.Request) and got is None:
            usually = beliefs.SEARCHES_THE_PIECE
        same(f"{what}. feed() gave:", sent=sent, expected=expected, got=got, usually=usually)
        same_place(whole, place, sent)


def outcome(chapter: Attempt, call: Callable[..., object], *arguments: object) -> object:
    """Return what a call returns, or the status of the HttpError that it raises."""
    try:
        return call(*arguments)
    except chapter.HttpError as error:
        return status(error.status)


def status(number: int) -> Literally:
    """Return how a report shows a refusal."""
    return Literally(f"HttpError, {number}")


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
    what = f"{call.__name__}() gave:"
    expected = status(number)
    same(what, sent=sent, expected=expected, got=got, usually=usually or NOT_GIVEN)


def points_at(chapter: Attempt, call: Callable[[Any], object], sent: Any, wrong: str) -> None:
    """Require that a call raises HttpError(400), whose line has this character at the place `at`."""
    try:
        got = call(sent)
    except chapter.HttpError as error:
        line, at = error.line, error.at
        got, there = line[at : at + 1], line.find(wrong)
        in_part = 0 < at < there or 0 <= there < len(line) <= at
        usually = beliefs.PLACE_IN_PART if in_part else beliefs.BAD_IS_ENOUGH
        usually = (
            beliefs.ALONE_IS_HARMLESS
            if wrong in "\r\n" and 0 <= there < at < len(line)
            else usually
        )
        stands = repr(got) if got else "the end of the line"
        what = f"The error's line is {line!r}, its at is {at}."
        what += f" At that place: expected {wrong!r}, got {stands}."
        holds(what, got == wrong, sent=sent, usually=usually)
    else:
        what = f"{call.__name__}() gave:"
        broken(what, sent=sent, expected=status(400), got=got)


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
    """Return how a report shows pieces: what stands beside the cut, not all of it."""
    if len(pieces) == 1:
        return pieces[0]
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


def fed(chapter: Attempt, parser: Any, pieces: tuple[bytes, ...]) -> object:
    """Feed pieces until a request or a refusal comes of them; return it, or None."""
    return fed_and_placed(chapter, parser, pieces)[0]


def fed_and_placed(chapter: Attempt, parser: Any, pieces: tuple[bytes, ...]) -> tuple[Any, ...]:
    """Feed pieces like fed(); return what comes of them, an error's line and at, and what was fed."""
    for number, piece in enumerate(pieces, start=1):
        place = None
        try:
            got = parser.feed(piece)
        except chapter.HttpError as error:
            got, place = status(error.status), (error.line, error.at)
        if got is not None:
            return got, place, b"".join(pieces[:number])
    return None, None, b"".join(pieces)


def same_place(whole: object, place: object, sent: object) -> None:
    """Require that an error points at the same place as when all came in one piece."""
    what = "An error's line and at depend on the cut; at least one of these is wrong.\n"
    what += f"  in one piece:    {placed(whole)}\n  in these pieces: {placed(place)}"
    holds(what, place == whole, sent=sent, usually=beliefs.CUT_DECIDES)


def placed(place: object) -> str:
    """Return how a report shows an error's line and at, of a long line its length."""
    if not isinstance(place, tuple):
        return "no error"
    line, at = place
    text = repr(line)
    if isinstance(line, str) and len(text) > 44:
        text = f"{line[:20]!r}… ({len(line):,} characters)"
    return f"{text}, {at}"


def kept(parser: Any, name: str) -> object:
    """Return a parser's `rest` or `begun`, as a report shows it."""
    value = getattr(parser, name, Literally(f"the parser has no {name}"))
    return bytes(value) if isinstance(value, bytearray | memoryview) else value


TASKS = {
    1: "Headers.__init__, Headers.get, Headers.get_all, Headers.__iter__",
    2: "split_head",
    3: "parse_request_line",
    4: "parse_field_line",
    5: "parse_head",
    6: "RequestParser.__init__, RequestParser.feed",
}
