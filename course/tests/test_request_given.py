"""What *request* gives to learners: the checks that its tasks call, the fields, the empty line."""

import pytest

from solutions import ch09_request
from solutions.ch09_request import (
    MAX_FIELDS,
    MAX_HEAD,
    MAX_REQUEST_LINE,
    Headers,
    HttpError,
    RequestParser,
    check_fields_so_far,
    check_lines,
    cut_request_line,
    field_refused,
    read_version,
    with_targets_host,
    without_line_end,
)

CURL = b"GET /a?b=c HTTP/1.1\r\nHost: a\r\n\r\n"


def refusal(call, *arguments):
    with pytest.raises(HttpError) as caught:
        call(*arguments)
    return caught.value.status, caught.value.line, caught.value.at


@pytest.mark.parametrize("octet", [*range(0x20), 0x7F])
def test_line_has_no_control_character_but_tab(octet):
    line = f"caf\xe9 {chr(octet)}b\x01"
    if chr(octet) == "\t":
        check_lines(["a", line.removesuffix("\x01")])
    else:
        shown = line[:6] if chr(octet) == "\n" else line
        assert refusal(check_lines, ["a", line, "\x01"]) == (400, shown, 5)


@pytest.mark.parametrize("line", ["", "a b", "\t", "caf\xe9", "\x80\x85\xa0\xad\xff"])
def test_line_may_have_every_other_octet(line):
    check_lines([line, "a"])


def test_request_line_ends_with_cr_lf():
    most = "a" * MAX_REQUEST_LINE
    assert without_line_end(f"{most}\r\n") == most
    assert refusal(without_line_end, f"{most}a\r\n")[0] == 414
    assert refusal(without_line_end, "GET\n") == (400, "GET\n", 3)


def test_minor_version_counts_as_1_at_most():
    assert [read_version(f"GET / HTTP/1.{n}") for n in (0, 1, 9)] == [(1, 0), (1, 1), (1, 1)]


def test_field_error_points_into_the_name_or_at_its_end():
    places = {"X Y: z": 1, "no colon": 2, "X": 1, "": 0, ": y": 0, " folded": 0, "X=y:": 1}
    assert {line: field_refused(line).at for line in places} == places


def test_fields_stay_as_they_came():
    pairs = [("B", "1"), ("A", "2"), ("b", "3"), ("A", "2"), ("E", "")]
    headers = Headers(iter(pairs))
    assert list(headers) == list(headers) == pairs
    assert (len(headers), headers == Headers(pairs), headers != Headers(pairs[1:])) == (
        5,
        True,
        True,
    )
    assert ("e" in headers, "EE" in headers) == (True, False)
    assert list(Headers()) == []
    assert repr(Headers(pairs[:1])) == "Headers([('B', '1')])"


@pytest.mark.parametrize(
    ("target", "host"),
    [
        ("http://b/c", "b"),
        ("http://b:81", "b:81"),
        ("https://[::1]:443/http://d/", "[::1]:443"),
        ("/http://b/", "a"),
        ("/?u=http://b/", "a"),
        ("b:443", "a"),
        ("*", "a"),
    ],
)
def test_target_names_the_host(target, host):
    others = [("x", "1"), ("y", "a")]
    headers = with_targets_host(target, Headers([others[0], ("host", "a"), others[1]]))
    assert list(headers) == [others[0], ("host", host), others[1]]
    assert list(with_targets_host(target, Headers(others))) == others


def test_request_line_ends_with_the_first_lf():
    assert cut_request_line(b"A\nB: c\r\nD: e\r\n\r\n") == ("A\n", b"B: c\r\nD: e")
    assert cut_request_line(b"A\r\n\r\n") == ("A\r\n", b"")


def test_lf_alone_is_refused_before_the_limit():
    start = b"GET / HTTP/1.1\r\n"
    for fields, expected in (
        (b"Host: a\nX", (400, "Host: a\n", 7)),
        (b"A: \x00\r\nHost: a\n", (400, "A: \x00", 3)),
        (b"A: b\n" + b"y" * MAX_HEAD, (400, "A: b\n", 4)),
        (b"y" * MAX_HEAD + b"\n", (431, "", 0)),
    ):
        assert refusal(check_fields_so_far, bytearray(start + fields), len(start), 0) == expected
    most = bytearray(start + b"y" * MAX_HEAD)[: MAX_HEAD + 3]
    check_fields_so_far(most, len(start), 0)
    assert refusal(check_fields_so_far, most + b"y", len(start), 0)[0] == 431


def fed(parser, pieces):
    buffer, answers = bytearray(), []
    for piece in pieces:
        buffer += piece
        answers.append(parser.parse(buffer))
    return answers, bytes(buffer)


def cuts(stream):
    yield (stream,)
    yield from ((stream[:at], stream[at:]) for at in range(1, len(stream)))
    yield tuple(stream[at : at + 1] for at in range(len(stream)))


def test_one_empty_line_is_removed_before_each_request():
    for pieces in cuts(b"\r\n" + CURL):
        parser = RequestParser()
        for _ in range(2):
            *before, last = fed(parser, pieces)[0]
            assert set(before) <= {None}
            assert last == ch09_request.parse_head(CURL)
    for begun in (b"", b"G", CURL[:-1]):
        for pieces in ((b"\r\n" + begun,), (b"\r", b"\n" + begun), (b"\r\n", begun)):
            assert fed(RequestParser(), pieces)[1] == begun
    assert fed(RequestParser(), (b"\r",)) == ([None], b"\r")


@pytest.mark.parametrize(
    "start", [b"\r\n\r\n", b"\r\n\n", b"\r\n\r", b"\n", b"\r\r\n", b"\n\r\n", b"\rG"]
)
def test_a_second_empty_line_is_refused(start):
    for pieces in cuts(start + CURL):
        assert refusal(fed, RequestParser(), pieces)[0] == 400


def test_as_many_fields_as_allowed():
    head = b"GET / HTTP/1.0" + b"\r\nx: y" * MAX_FIELDS
    assert len(ch09_request.parse_head(head + b"\r\n\r\n").headers) == MAX_FIELDS
    assert refusal(ch09_request.parse_head, head + b"\r\nx: y\r\n\r\n")[0] == 431
