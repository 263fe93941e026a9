"""The parser of *request* and h11, an independent one, understand the same in the same bytes.

Where they do not, it is on purpose: a table below lists each case, with the section that says why. h11
looks at Content-Length and Transfer-Encoding as it reads the head; here *body* does that.
"""

import itertools

import pytest
from hypothesis import HealthCheck, configuration, given, settings
from hypothesis import strategies as st

from course.model.chapters import ROOT
from solutions.ch09_request import HttpError, RequestParser
from solutions.ch10_body import body_framing
from solutions.ch19_speed import FastParser
from solutions.grammar import FIELD_VALUE, TARGET, TOKEN

h11 = pytest.importorskip("h11", reason="h11 is not installed: pip install -r requirements-dev.txt")

configuration.set_hypothesis_home_dir(ROOT / ".course" / "hypothesis")
QUICK = settings(
    derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)

HEAD = b"GET / HTTP/1.1\r\nHost: a\r\n"
END = b"\r\n\r\n"

STRICTER = {  # refused here, and taken by h11
    "LF alone ends a line": (b"GET / HTTP/1.1\nHost: a\r\n\r\n", 400, "RFC 9112 §2.2"),
    "an empty line without CR": (HEAD + b"\n", 400, "RFC 9112 §2.2"),
    "a control character in a value": (HEAD + b"X: a\x01b\r\n\r\n", 400, "RFC 9110 §5.5"),
    "DEL in a value": (HEAD + b"X: a\x7fb\r\n\r\n", 400, "RFC 9110 §5.5"),
    "a folded line (§5.2)": (HEAD + b"X: a\r\n b\r\n\r\n", 400, "RFC 9112 §5"),
    "a target of no known form": (b"GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400, "RFC 9112 §3.2"),
    "a fragment in the target": (b"GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", 400, "RFC 9112 §3.2"),
    "a Host that is not a host": (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "RFC 9112 §3.2"),
    "HTTP/1.2 without Host": (b"GET / HTTP/1.2\r\n\r\n", 400, "RFC 9112 §3.2"),
    "a very long method": (b"A" * 33 + HEAD[3:] + b"\r\n", 501, "RFC 9112 §3"),
    "HTTP/2": (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505, "RFC 9110 §15.6.6"),
    "more than 100 fields": (HEAD + b"X: a\r\n" * 100 + b"\r\n", 431, "RFC 6585 §5"),
}
SECTIONS = {section for _stream, _status, section in STRICTER.values()}

Fields = list[tuple[bytes, bytes]]
Understood = tuple[bytes, bytes, tuple[int, int], Fields]

tokens = st.text(TOKEN, min_size=1, max_size=9).map(str.encode)
paths = st.text(TARGET, max_size=20).map(lambda text: b"/" + text.encode())
blanks = st.text(" \t", max_size=2).map(str.encode)
octets = FIELD_VALUE.decode("latin-1")
values = st.text(octets, max_size=12).map(lambda text: text.strip(" \t").encode("latin-1"))
hosts = st.sampled_from([b"a", b"127.0.0.1:8000", b"[::1]", b""])
OF_FRAMING = {b"content-length", b"transfer-encoding", b"host"}


@st.composite
def requests(draw) -> tuple[bytes, Understood]:
    """Make a request that both have to take, and what they have to understand."""
    method = draw(tokens.filter(lambda token: token != b"CONNECT"))
    target, version = draw(paths), draw(st.sampled_from([(1, 0), (1, 1)]))
    names = tokens.filter(lambda name: name.lower() not in OF_FRAMING)
    fields = draw(st.lists(st.tuples(names, values), max_size=5))
    if version == (1, 1) or draw(st.booleans()):
        at = draw(st.integers(0, len(fields)))
        fields.insert(at, (draw(st.sampled_from([b"Host", b"HOST", b"host"])), draw(hosts)))
    lines = [b"%b %b HTTP/%d.%d" % (method, target, *version)]
    lines += [name + b":" + draw(blanks) + value + draw(blanks) for name, value in fields]
    understood = [(name.lower(), value) for name, value in fields]
    return b"\r\n".join(lines) + END, (method, target, version, understood)


def ours(*pieces: bytes) -> Understood | HttpError | None:
    """Return what both parsers make of it: the readable one, and the fast one of *speed*."""
    readable, fast = (parsed(parser, pieces) for parser in (RequestParser(), FastParser()))
    assert str(fast) == str(readable)
    return readable


def parsed(parser: RequestParser, pieces: tuple[bytes, ...]) -> Understood | HttpError | None:
    buffer = bytearray()
    for piece in pieces:
        buffer += piece
        try:
            request = parser.parse(buffer)
        except HttpError as error:
            return error
        if request:
            method, target, version, headers, _content = request
            fields = [(name.encode(), value.encode("latin-1")) for name, value in headers]
            return method.encode(), target.encode(), version, fields
    return None


def theirs(*pieces: bytes) -> Understood | Exception | None:
    connection = h11.Connection(h11.SERVER)
    for piece in pieces:
        connection.receive_data(piece)
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError as error:
            return error
        if isinstance(event, h11.Request):
            major, _, minor = event.http_version.partition(b".")
            fields = [(bytes(name), bytes(value)) for name, value in event.headers]
            return bytes(event.method), bytes(event.target), (int(major), int(minor)), fields
    return None


@settings(QUICK, max_examples=60)
@given(requests())
def test_both_understand_the_same_at_every_split_point(made):
    stream, understood = made
    for at in range(1, len(stream)):
        pieces = stream[:at], stream[at:]
        assert ours(*pieces) == understood
        assert theirs(*pieces) == understood


SPOILERS = [
    b"\r",
    b"\n",
    b"\r\n",
    b"\n\n",
    b"\r\n ",
    b" ",
    b"\t",
    b":",
    b" :",
    b"\0",
    b"\x7f",
    b"\x80",
]
SPOILERS += [
    b"\x0b",
    b"\x85",
    b"#",
    b"HTTP/1.1",
    b"/",
    b"*",
    b"@",
    b",",
    b"2",
    b"Host: a\r\n",
    b"\xb2",
]


@settings(QUICK, max_examples=80)
@given(requests(), st.lists(st.integers(0, 255), min_size=6, max_size=6), st.integers(0, 3))
def test_what_h11_refuses_is_refused_and_the_rest_is_understood_alike(made, places, length):
    stream = made[0].removesuffix(END)
    for place, spoiler in itertools.product(places, SPOILERS):
        start = place % len(stream)
        spoilt = stream[:start] + spoiler + stream[start + length :] + END
        if not spoilt.startswith(b"\r\n"):  # see test_an_empty_line_before_a_request
            compare(spoilt)


def compare(stream: bytes) -> None:
    here, there = ours(stream), theirs(stream)
    if isinstance(here, HttpError):
        assert isinstance(there, Exception) or here.section in SECTIONS, (stream, here, there)
    elif isinstance(there, tuple) and there[2] > (1, 1):
        assert here == (*there[:2], (1, 1), there[3]), stream  # RFC 9110 §2.5
    else:
        assert here == there, stream


@pytest.mark.parametrize("difference", STRICTER)
def test_what_is_refused_here_alone(difference):
    stream, status, section = STRICTER[difference]
    here = ours(stream)
    assert isinstance(here, HttpError)
    assert (here.status, here.section) == (status, section)
    there = theirs(stream)
    assert not isinstance(there, Exception)
    assert there is not None


def test_an_empty_line_before_a_request_is_taken_here_alone():
    """RFC 9112 §2.2 asks servers to skip it."""
    stream = b"\r\n" + HEAD + b"\r\n"
    assert isinstance(ours(stream), tuple)
    assert isinstance(theirs(stream), h11.RemoteProtocolError)


@pytest.mark.parametrize(
    ("field", "status"),
    [
        (b"Content-Length: x", 400),
        (b"Content-Length: 5\r\nContent-Length: 6", 400),
        (b"Transfer-Encoding: gzip, chunked", 501),
    ],
)
def test_framing_is_refused_by_chapter_9(field, status):
    stream = HEAD + field + END
    assert isinstance(theirs(stream), h11.RemoteProtocolError)
    request = RequestParser().parse(bytearray(stream))
    with pytest.raises(HttpError) as refused:
        body_framing(request)
    assert refused.value.status == status
