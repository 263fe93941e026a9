"""Forms with files: what is read and what is refused, wherever the content is cut."""

import pytest

from solutions.multipart import (
    MAX_PART_HEAD,
    MultipartDecoder,
    MultipartError,
    Part,
    boundary_of,
    gather,
    read_parts,
)

DISPOSITION = b'Content-Disposition: form-data; name="a"'
END = b"\r\n--xyz--\r\n"


def part(content: bytes = b"1", head: bytes = DISPOSITION) -> bytes:
    """Return a part, with the delimiter before it."""
    return b"\r\n--xyz\r\n" + head + b"\r\n\r\n" + content


def form(*parts: bytes) -> bytes:
    """Return the content of a form."""
    return b"".join(parts).removeprefix(b"\r\n") + END


def named(parameters: str) -> bytes:
    """Return a form with one part, whose Content-Disposition has these parameters."""
    return form(part(b"1", b"Content-Disposition: form-data; " + parameters.encode()))


def headed(*lines: bytes) -> bytes:
    """Return a form with one part, whose head has more lines."""
    return form(part(b"1", b"\r\n".join([DISPOSITION, *lines])))


def read(pieces: list[bytes]) -> list[Part] | str:
    """Return the parts, or why they are refused."""
    decoder = MultipartDecoder(b"xyz")
    events = []
    try:
        for piece in pieces:
            events += decoder.feed(piece)
        decoder.close()
    except MultipartError as error:
        return f"refused: {error.status}"
    return list(gather(events))


def text(content: bytes) -> list[Part]:
    return [Part("a", None, "text/plain", content)]


def called(name: str, filename: str | None = None) -> list[Part]:
    return [Part(name, filename, "text/plain", b"1")]


ACCEPTED = {
    # where content ends
    "no parts": (b"--xyz--\r\n", []),
    "no parts, and no line end after them": (b"--xyz--", []),
    "one part": (form(part(b"hello")), text(b"hello")),
    "no line end after the last delimiter": (form(part(b"hello"))[:-2], text(b"hello")),
    "two parts": (form(part(b"1"), part(b"2")), text(b"1") + text(b"2")),
    "empty content": (form(part(b"")), text(b"")),
    "no content at all": (form(b"\r\n--xyz\r\n" + DISPOSITION + b"\r\n"), text(b"")),
    "no content, and another part": (
        form(b"\r\n--xyz\r\n" + DISPOSITION + b"\r\n", part(b"2")),
        text(b"") + text(b"2"),
    ),
    "content of one line end": (form(part(b"\r\n")), text(b"\r\n")),
    "content ends with a line end": (form(part(b"1\r\n")), text(b"1\r\n")),
    "content ends with CR": (form(part(b"1\r")), text(b"1\r")),
    "content ends with LF": (form(part(b"1\n")), text(b"1\n")),
    "content begins with LF": (form(part(b"\n1")), text(b"\n1")),
    "content of line ends": (form(part(b"\r\n" * 9)), text(b"\r\n" * 9)),
    "content of CR": (form(part(b"\r" * 9)), text(b"\r" * 9)),
    "content of hyphens": (form(part(b"--" * 9)), text(b"--" * 9)),
    "every octet": (form(part(bytes(range(256)))), text(bytes(range(256)))),
    "the boundary in a line": (form(part(b"1--xyz2")), text(b"1--xyz2")),
    "the boundary after a bare LF": (form(part(b"1\n--xyz\n2")), text(b"1\n--xyz\n2")),
    "the boundary after a bare CR": (form(part(b"1\r--xyz--2")), text(b"1\r--xyz--2")),
    "another boundary": (form(part(b"1\r\n--xy\r\n2")), text(b"1\r\n--xy\r\n2")),
    "a boundary that goes on": (form(part(b"1\r\n--xyzz\r\n2")), text(b"1\r\n--xyzz\r\n2")),
    "a boundary and one hyphen": (form(part(b"1\r\n--xyz-\r\n2")), text(b"1\r\n--xyz-\r\n2")),
    "a boundary and a bare CR": (form(part(b"1\r\n--xyz\r2")), text(b"1\r\n--xyz\r2")),
    "a boundary and a bare LF": (form(part(b"1\r\n--xyz\n2")), text(b"1\r\n--xyz\n2")),
    "a boundary with one hyphen": (form(part(b"1\r\n-xyz\r\n2")), text(b"1\r\n-xyz\r\n2")),
    "a boundary in upper case": (form(part(b"1\r\n--XYZ\r\n2")), text(b"1\r\n--XYZ\r\n2")),
    "a false beginning directly before the delimiter": (
        form(part(b"1\r\n--xy")),
        text(b"1\r\n--xy"),
    ),
    "half a delimiter, twice": (form(part(b"1\r\n\r\n--x")), text(b"1\r\n\r\n--x")),
    "padding after a boundary": (
        b"--xyz \t\r\n"
        + DISPOSITION
        + b"\r\n\r\n1\r\n--xyz  \r\n"
        + DISPOSITION
        + b"\r\n\r\n2"
        + END,
        text(b"1") + text(b"2"),
    ),
    "empty lines before the first boundary": (b"\r\n\r\n\r\n" + form(part(b"1")), text(b"1")),
    "something after the last delimiter": (form(part(b"1")) + b"junk\r\n--xyz\r\n", text(b"1")),
    "a head after the last delimiter": (form(part(b"1")) + part(b"2"), text(b"1")),
    # heads
    "names of fields in another case": (
        form(part(b"1", b'CONTENT-disposition: FORM-DATA; NAME="a"')),
        text(b"1"),
    ),
    "no space after the colon": (
        form(part(b"1", b'Content-Disposition:form-data;name="a"')),
        text(b"1"),
    ),
    "spaces around parameters": (
        form(part(b"1", b'Content-Disposition: \t form-data ;\tname="a"  ; filename="b"\t')),
        called("a", "b"),
    ),
    "a semicolon at the end": (named('name="a";'), called("a")),
    "two semicolons": (named('; name="a";; filename="b"'), called("a", "b")),
    "another parameter": (named('name="a"; size=7'), called("a")),
    "the name comes last": (named('filename="b"; name="a"'), called("a", "b")),
    "a content type": (
        headed(b"Content-Type: image/png"),
        [Part("a", None, "image/png", b"1")],
    ),
    "an empty content type": (headed(b"Content-Type: "), called("a")),
    "a content type with a charset": (
        headed(b"content-type: text/plain; charset=utf-8"),
        [Part("a", None, "text/plain; charset=utf-8", b"1")],
    ),
    "another field": (headed(b"X-Digits-123: 4"), called("a")),
    "a content length that is wrong": (headed(b"Content-Length: 999"), called("a")),
    "binary is no encoding": (headed(b"Content-Transfer-Encoding: BINARY"), called("a")),
    "8bit is no encoding": (headed(b"Content-Transfer-Encoding: 8bit"), called("a")),
    # names, as browsers write them
    "an empty name": (named('name=""'), called("")),
    "a name of one word, unquoted": (named("name=a"), called("a")),
    "an unquoted filename": (named("name=a; filename=b.txt"), called("a", "b.txt")),
    "no file was chosen": (named('name="a"; filename=""'), called("a", "")),
    "a quotation mark": (named('name="a%22b"; filename="%22"'), called('a"b', '"')),
    "line ends in a name": (
        named('name="a%0D%0Ab"; filename="a%0Ab%0dc"'),
        called("a\r\nb", "a\nb\rc"),
    ),
    "other escapes are text": (
        named('name="100%25"; filename="a%20b%2F"'),
        called("100%25", "a%20b%2F"),
    ),
    "a percent sign": (named('name="100%"'), called("100%")),
    "a backslash": (
        named('name="a\\b"; filename="C:\\new\\b.txt"'),
        called("a\\b", "C:\\new\\b.txt"),
    ),
    "a backslash at the end": (named('name="a\\"; filename="C:\\"'), called("a\\", "C:\\")),
    "a backslash and a quotation mark": (
        named('name="a"; filename="a%22b\\c.txt"'),
        called("a", 'a"b\\c.txt'),
    ),
    "old escapes": (named('name="a\\"b"; filename="\\"c\\""'), called('a"b', '"c"')),
    "a bare quotation mark": (named('name="a"b"; filename="c"d.txt"'), called('a"b', 'c"d.txt')),
    "an apostrophe": (named('name="a\'b"; filename="\'"'), called("a'b", "'")),
    "a semicolon and a comma in a name": (
        named('name="a;b,c"; filename="d;e=f"'),
        called("a;b,c", "d;e=f"),
    ),
    "UTF-8": (named('name="áb"; filename="ə💩.txt"'), called("áb", "ə💩.txt")),
    "a tab": (named('name="a\tb"'), called("a\tb")),
    "not UTF-8": (
        form(part(b"1", b'Content-Disposition: form-data; name="a\xe1"')),
        called("a�"),
    ),
    "characters that the form's encoding lacks": (named('name="a&#601;b"'), called("a&#601;b")),
    "spaces in a name": (named('name=" a "'), called(" a ")),
    "an absolute path": (named('name="a"; filename="/etc/passwd"'), called("a", "/etc/passwd")),
    "a path upwards": (named('name="a"; filename="../../b"'), called("a", "../../b")),
    "a UNC path": (named(r'name="a"; filename="\\host\b"'), called("a", r"\\host\b")),
    "filename and filename*": (
        named('name="a"; filename="b"; filename*=utf-8\'\'%C3%A4'),
        called("a", "b"),
    ),
    "filename* alone is not a filename": (named("name=\"a\"; filename*=utf-8''b"), called("a")),
    "a head as long as allowed": (
        form(part(b"1", DISPOSITION + b"\r\nX: " + b"x" * (MAX_PART_HEAD - len(DISPOSITION) - 5))),
        called("a"),
    ),
}

REFUSED = {
    "nothing": (b"", 400),
    "only a line end": (b"\r\n", 400),
    "only a boundary": (b"--xyz", 400),
    "one hyphen is missing": (b"--xyz-", 400),
    "the last delimiter has one hyphen": (b"--xyz-X\r\n", 400),
    "no last delimiter": (form(part(b"1")).removesuffix(END), 400),
    "the last delimiter is not the last": (
        form(part(b"1")).removesuffix(END) + b"\r\n--xyz\r\n",
        400,
    ),
    "the last delimiter is cut": (form(part(b"1")).removesuffix(b"-\r\n"), 400),
    "no line end before the last delimiter": (
        b"--xyz\r\n" + DISPOSITION + b"\r\n\r\n1--xyz--",
        400,
    ),
    "the head is cut": (b"--xyz\r\n" + DISPOSITION, 400),
    "a delimiter in the head": (b"--xyz\r\n" + DISPOSITION + END, 400),
    "text before the first boundary": (b"hello\r\n" + form(part(b"1")), 400),
    "a LF before the first boundary": (b"\n" + form(part(b"1")), 400),
    "a space before the first boundary": (b" " + form(part(b"1")), 400),
    "another boundary": (form(part(b"1")).replace(b"xyz", b"abc"), 400),
    "the first boundary goes on": (b"--xyzz\r\n" + form(part(b"1")), 400),
    "a bare LF after the first boundary": (b"--xyz\n" + DISPOSITION + b"\r\n\r\n1" + END, 400),
    "bare LF everywhere": (form(part(b"1")).replace(b"\r\n", b"\n"), 400),
    "an empty head": (form(b"\r\n--xyz\r\n\r\n1"), 400),
    "no Content-Disposition": (form(part(b"1", b"Content-Type: text/plain")), 400),
    "an empty Content-Disposition": (form(part(b"1", b"Content-Disposition: ")), 400),
    "another disposition": (form(part(b"1", b'Content-Disposition: attachment; name="a"')), 400),
    "two dispositions": (headed(b'content-disposition: form-data; name="b"'), 400),
    "no name": (named('filename="b"'), 400),
    "a name without a value": (named("name"), 400),
    "two names": (named('name="a"; name="b"'), 400),
    "two filenames": (named('name="a"; filename="b"; FILENAME="c"'), 400),
    "a quotation mark is missing": (named('name="a'), 400),
    "no semicolon between parameters": (named('name=a filename="b"'), 400),
    "a line without a colon": (headed(b"hello"), 400),
    "a field without a name": (headed(b": hello"), 400),
    "a space before the colon": (headed(b"X : hello"), 400),
    "a name that is not a token": (headed(b"Content-<>: hello"), 400),
    "a name that is not ASCII": (headed("Ä: hello".encode()), 400),
    "a CR in a name": (headed(b"X-\rY: hello"), 400),
    "a CR in a value": (headed(b"X: hel\rlo"), 400),
    "a LF in a value": (headed(b"X: hel\nlo"), 400),
    "a NUL in a name": (named('name="a\0b"'), 400),
    "a NUL in a filename": (named('name="a"; filename="b\0c"'), 400),
    "a folded line": (headed(b"X: hel\r\n lo"), 400),
    "a folded disposition": (
        form(part(b"1", b'Content-Disposition: form-data;\r\n\tname="a"')),
        400,
    ),
    "base64": (headed(b"Content-Transfer-Encoding: base64"), 400),
    "quoted-printable": (headed(b"Content-Transfer-Encoding: quoted-printable"), 400),
    "a head that is too long": (headed(b"X: " + b"x" * MAX_PART_HEAD), 413),
}


@pytest.mark.parametrize(("content", "parts"), ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_read_wherever_it_is_cut(content, parts):
    assert read([content]) == parts
    assert read([content[at : at + 1] for at in range(len(content))]) == parts
    step = max(1, len(content) // 500)
    for at in range(0, len(content) + 1, step):
        assert read([content[:at], content[at:]]) == parts, at


@pytest.mark.parametrize(("content", "status"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_wherever_it_is_cut(content, status):
    assert read([content]) == f"refused: {status}"
    assert read([content[at : at + 1] for at in range(len(content))]) == f"refused: {status}"
    step = max(1, len(content) // 500)
    for at in range(0, len(content) + 1, step):
        assert read([content[:at], content[at:]]) == f"refused: {status}", at


def test_content_is_passed_on_before_it_is_complete():
    decoder = MultipartDecoder(b"xyz")
    events = list(decoder.feed(b"--xyz\r\n" + DISPOSITION + b"\r\n\r\n" + b"x" * 1000))
    assert events[0] == Part("a")
    assert b"".join(events[1:]) == b"x" * (1000 - len(b"\r\n--xyz") + 1)
    assert len(decoder.buffer) < len(b"\r\n--xyz")


@pytest.mark.parametrize(
    ("limits", "content", "accepted"),
    [
        ({"max_part": 5}, form(part(b"12345")), True),
        ({"max_part": 5}, form(part(b"123456")), False),
        ({"max_part": 5}, form(part(b"12345"), part(b"12345")), True),
        ({"max_part": 0}, form(part(b"")), True),
        ({"max_parts": 2}, form(part(), part()), True),
        ({"max_parts": 2}, form(part(), part(), part()), False),
        ({"max_total": len(form(part()))}, form(part()), True),
        ({"max_total": len(form(part())) - 1}, form(part()), False),
        ({"max_total": len(form(part()))}, form(part()) + b"-", False),
    ],
)
def test_limits_are_for_each_part_the_total_and_the_count(limits, content, accepted):
    for pieces in ([content], [content[at : at + 1] for at in range(len(content))]):
        decoder = MultipartDecoder(b"xyz", **limits)
        events = []
        status = None
        try:
            for piece in pieces:
                events += decoder.feed(piece)
            decoder.close()
        except MultipartError as error:
            status = error.status
        assert status == (None if accepted else 413)


def test_a_part_that_never_ends_does_not_fill_the_memory():
    decoder = MultipartDecoder(b"xyz")
    list(decoder.feed(b"--xyz\r\n" + DISPOSITION + b"\r\n\r\n"))
    for _ in range(100):
        list(decoder.feed(b"\r\n--xy" * 1000))
    assert len(decoder.buffer) < 10


def test_false_beginnings_take_linear_time():
    # a decoder that looks from the start again for each of them would look at 10^10 octets
    content = form(part(b"\r\n--xyz-" * 200_000))
    assert read([content[at : at + 4096] for at in range(0, len(content), 4096)]) != []
    hostile = named('name="' + '; a="' * 1500)
    assert read([hostile]) == "refused: 400"


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=xyz", b"xyz"),
        ("Multipart/Form-Data;BOUNDARY=xyz", b"xyz"),
        ('multipart/form-data; boundary="xyz"', b"xyz"),
        ('multipart/form-data; charset=utf-8; boundary="a b:c?"', b"a b:c?"),
        ('multipart/form-data; boundary="x\\yz"', b"xyz"),
        ("multipart/form-data; boundary=----WebKitFormBoundaryA1", b"----WebKitFormBoundaryA1"),
        ("multipart/form-data; boundary=" + "x" * 70, b"x" * 70),
    ],
)
def test_the_boundary_is_a_parameter(content_type, boundary):
    assert boundary_of(content_type) == boundary


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("", 415),
        ("text/plain; boundary=xyz", 415),
        ("multipart/mixed; boundary=xyz", 415),
        ("multipart/form-data", 400),
        ("multipart/form-data; boundary=", 400),
        ('multipart/form-data; boundary=""', 400),
        ('multipart/form-data; boundary="x', 400),
        ("multipart/form-data; boundary=" + "x" * 71, 400),
        ('multipart/form-data; boundary="x "', 400),
        ('multipart/form-data; boundary="x\u00e9"', 400),
        ("multipart/form-data; boundary=x; boundary=y", 400),
    ],
)
def test_a_boundary_that_cannot_be_is_refused(content_type, status):
    with pytest.raises(MultipartError) as refused:
        boundary_of(content_type)
    assert refused.value.status == status


def test_read_parts_reads_all_at_once():
    assert read_parts(form(part(b"1"), part(b"2")), b"xyz") == text(b"1") + text(b"2")
    with pytest.raises(MultipartError):
        read_parts(form(part(b"1"))[:-5], b"xyz")
