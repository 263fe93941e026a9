"""The promises of chapter 11: what a response says about its end."""

from __future__ import annotations

import itertools
import re
import sys
import time as time_module
from collections.abc import Callable, Iterable, Iterator
from email.utils import parsedate_to_datetime
from functools import partial
from time import time
from typing import Any
from unittest.mock import patch

from course.checks.answers import Attempt
from course.checks.expect import (
    NOT_GIVEN,
    Literally,
    Raised,
    Reason,
    broken,
    described,
    holds,
    same,
)
from course.checks.promises import Misconception, promise
from tests import beliefs, hints
from tests.responses import error_of, request_of, whole

# Task 1


@promise(
    task=1,
    usually=beliefs.LF_ENDS_A_LINE,
    hints=(
        "Look at the examples: which octets come before the name, between name and value, and last?",
        "Name, colon, one space, value, CR LF. Each character of the value becomes one octet.",
        r"Return b'%b: %b\r\n' % (name.encode(), value.encode('latin-1')).",
    ),
    hints_if={
        beliefs.VALUE_IN_UTF8: (
            "How many octets should é become?",
            "One. latin-1 makes one octet of each character, if it has that character at all.",
            "value.encode('latin-1')",
        ),
        beliefs.PRINTABLE: (
            "This value has no control character. Which test refuses it?",
            "FIELD_VALUE holds the octets that a value may have. It has a tab and all octets above "
            "127.",
            "if value.encode('latin-1').strip(FIELD_VALUE): raise ValueError(…)",
        ),
        "refused": (
            "This value is allowed. Which test in your code refuses it?",
            "FIELD_VALUE holds every octet that a value may have. Ask about each octet of the value, "
            "not about all of them together.",
            "octets.strip(FIELD_VALUE) is empty if FIELD_VALUE holds all of them.",
        ),
        beliefs.IN_ASKS_FOR_A_RUN: (
            "What does `in` ask when both sides are bytes?",
            "It asks whether FIELD_VALUE holds these octets side by side, in this order. Ask about "
            "each octet on its own.",
            "octets.strip(FIELD_VALUE) is empty if FIELD_VALUE holds all of them.",
        ),
        "spaces": (
            "How does the value in your line differ from the one that you were given?",
            "A value that is allowed is sent unchanged, spaces included. strip() takes them away.",
            "Encode the value itself: value.encode('latin-1')",
        ),
    },
)
def test_a_field_line(chapter: Attempt) -> None:
    """A field line is name, colon, space, value and CR LF, one octet for each character."""
    for name, value, expected in (
        ("Server", "mine", b"Server: mine\r\n"),
        ("Allow", "", b"Allow: \r\n"),
        ("X_y.z!~1", "a: b, c", b"X_y.z!~1: a: b, c\r\n"),
        ("X-Indented", "  a ", b"X-Indented:   a \r\n"),
    ):
        got = described(partial(chapter.field_line, name, value))
        sent = Literally(f"{name}, {value!r}")
        usually, clue = None, "refused" if isinstance(got, Raised) else ""
        if got == with_lf(expected):
            usually = beliefs.LF_ENDS_A_LINE
        elif clue and asks_for_a_run(chapter):
            usually, clue = beliefs.IN_ASKS_FOR_A_RUN, ""
        elif got == f"{name}: {value.strip()}\r\n".encode():
            clue = "spaces"
        same("The line:", sent=sent, expected=expected, got=got, usually=usually, clue=clue)
    for name, value, usually in (
        ("X-Name", "José", beliefs.VALUE_IN_UTF8),
        ("X-Columns", "a\tb", beliefs.PRINTABLE),
        ("X-Price", "10\xa0000\x85\xad", beliefs.PRINTABLE),
    ):
        got = described(partial(chapter.field_line, name, value))
        expected = name.encode() + b": " + value.encode("latin-1") + b"\r\n"
        is_utf8 = isinstance(got, bytes) and got == f"{name}: {value}\r\n".encode()
        why = beliefs.VALUE_IN_UTF8 if is_utf8 else usually
        given = Literally(f"{name}, {value!r}")
        same("The line:", sent=given, expected=expected, got=got, usually=why)


@promise(
    task=1,
    usually=beliefs.VALUES_ARE_HARMLESS,
    hints=(
        "This value may come from a client. What would your line do to the rest of the head?",
        "Encode the value first. Then look for octets that are not in FIELD_VALUE.",
        "octets.strip(FIELD_VALUE) is empty if FIELD_VALUE holds all of them. If it is not empty, "
        "raise ValueError.",
    ),
    hints_if={
        beliefs.REPAIR_A_VALUE: (
            "What did the application mean by this value?",
            "Nobody knows. Do not change a value: refuse it, or send it as it is.",
            "if octets.strip(FIELD_VALUE): raise ValueError(…)",
        ),
        beliefs.ONLY_CR_LF_ENDS: (
            "Which characters end a line for a client that is not strict?",
            "CR LF, but also a lone LF, and for some a lone CR. FIELD_VALUE has none of them.",
            "if octets.strip(FIELD_VALUE): raise ValueError(…)",
        ),
        beliefs.CONTROLS_ARE_HARMLESS: (
            "Which characters does your check look for, and which may a value have?",
            "FIELD_VALUE holds the octets that a value may have. Refuse all others.",
            "if octets.strip(FIELD_VALUE): raise ValueError(…)",
        ),
        "latin-1": (
            "What has become of this character?",
            "encode() raises UnicodeEncodeError, which is a ValueError. Let it pass.",
            "value.encode('latin-1'), without errors='replace' or 'ignore'",
        ),
    },
)
def test_a_value_cannot_end_its_line(chapter: Attempt) -> None:
    """A value with a control character, or one that latin-1 does not have, is a ValueError."""
    controls = [chr(code) for code in (13, 10, *range(9), *range(11, 13), *range(14, 32), 127)]
    values = ["a\r\nSet-Cookie: b=1", "a\r\n b", "a\nb", "a\rb", "\r\n", "a\n"]
    values += [f"{start}{each}{end}" for each in controls for start, end in ("ab", "a ", " b")]
    for value in values:
        call = partial(chapter.field_line, "Location", value)
        if not isinstance(error_of(call), ValueError):
            taken = described(call)
            broken(
                "This value was not refused:",
                sent=value,
                expected=Literally("ValueError"),
                got=taken,
                usually=belief_about(value, taken),
            )
    for value in ("✓", "a\u0131", "\u010d"):
        call = partial(chapter.field_line, "X-Name", value)
        if not isinstance(error_of(call), ValueError):
            taken = described(call)
            broken(
                "latin-1 does not have this character:",
                sent=value,
                expected=Literally("ValueError"),
                got=taken,
                usually=None
                if not isinstance(taken, bytes)
                else beliefs.VALUE_IN_UTF8
                if value.encode() in taken
                else beliefs.REPAIR_A_VALUE,
                clue="latin-1",
            )


@promise(
    task=1,
    usually=beliefs.ANY_WORD,
    hints=(
        "What is the name of a field made of?",
        "It is a token. The parser of the chapter *request* tests names as well.",
        "if not is_token(name): raise ValueError(…)",
    ),
)
def test_a_name_is_a_token(chapter: Attempt) -> None:
    """A name that is not a token is a ValueError."""
    names = ["", " ", "A B", "A:", "Content-Length ", " A", "A\r\nB", "A\n", "Ä", '"A"', "A\tB"]
    for name in [*names, "(A)", "A/B", "A,B", "é", "A\0"]:
        call = partial(chapter.field_line, name, "b")
        if not isinstance(error_of(call), ValueError):
            taken, expected = described(call), Literally("ValueError")
            broken("This name was not refused:", sent=name, expected=expected, got=taken)


# Task 2


@promise(
    task=2,
    usually=beliefs.LF_ENDS_A_LINE,
    hints=(
        "What ends a line, and what ends the head?",
        "The status line, then a line for each field in its order, then an empty line. field_line() "
        "ends its line already.",
        r"b'HTTP/1.1 %d %b\r\n' % (status, reason.encode()), then the field lines, then b'\r\n'",
    ),
    hints_if={
        beliefs.HEAD_ENDS_WITH_A_FIELD: (
            "The client reads line by line. How does it know that no more fields follow?",
            "An empty line says so: CR LF after the CR LF of the last line.",
            r"The head is the status line, the field lines, and b'\r\n'.",
        ),
        beliefs.REASON_IS_NEEDED: (
            "Some statuses have no reason. What is then in its place?",
            "Nothing. But the space before it remains.",
            "REASONS.get(status, '') is '' for them, and gets no special treatment.",
        ),
        "a reason": (
            "REASONS has no reason for this status. What do you send in its place?",
            "Nothing. The reason is empty, and the space before it remains.",
            "REASONS.get(status, '')",
        ),
        beliefs.EVERY_STATUS_HAS_A_REASON: (
            "REASONS has no reason for this status. What is then in its place?",
            "Nothing. The space before it remains.",
            "REASONS.get(status, '')",
        ),
        beliefs.LIST_IS_MINE: (
            "Who else has this list?",
            "The application has it, and may send the same fields again. Only read it.",
            "for name, value in fields: …, without pop(), insert() or append()",
        ),
        beliefs.FIELDS_IN_A_DICT: (
            "Which field was there twice?",
            "Fields are pairs, and each pair is a line of its own.",
            "for name, value in fields: … without a dict, a set or sorted()",
        ),
        "alike": (
            "Some of these fields are exactly alike. How many lines does each of them get?",
            "One line for every pair, also if an earlier pair is equal.",
            "for name, value in fields: … without a dict or a set",
        ),
    },
)
def test_a_head(chapter: Attempt) -> None:
    """A head is a status line, a line for each field, in their order, and an empty line."""
    is_unknown = beliefs.EVERY_STATUS_HAS_A_REASON
    for status, line in (
        (200, b"HTTP/1.1 200 OK"),
        (404, b"HTTP/1.1 404 Not Found"),
        (302, b"HTTP/1.1 302 Found"),
        (500, b"HTTP/1.1 500 Internal Server Error"),
        (413, b"HTTP/1.1 413 Content Too Large"),
        (299, b"HTTP/1.1 299 "),
    ):
        for fields, lines in (([], b""), ([("A", "b\tc"), ("B", "")], b"A: b\tc\r\nB: \r\n")):
            got = described(partial(chapter.response_head, status, fields))
            expected = line + b"\r\n" + lines + b"\r\n"
            sent = Literally(f"{status}, {fields}")
            usually, clue = None, "a reason" if status == 299 else ""
            if status == 299 and isinstance(got, Raised):
                usually = is_unknown
            elif got == expected.replace(b"299 ", b"299"):
                usually = beliefs.REASON_IS_NEEDED
            elif got == expected[:-2]:
                usually = beliefs.HEAD_ENDS_WITH_A_FIELD
            elif isinstance(got, bytes) and with_lf(got) == with_lf(expected):
                usually = beliefs.LF_ENDS_A_LINE
            same("The head:", sent=sent, expected=expected, got=got, usually=usually, clue=clue)
    cookies = [("Set-Cookie", "a=1"), ("X-Name", "José"), ("Set-Cookie", "b=2")]
    expected = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nX-Name: Jos\xe9\r\nSet-Cookie: b=2\r\n\r\n"
    given = [*cookies]
    got = described(partial(chapter.response_head, 200, given))
    has_lost = isinstance(got, bytes) and got.count(b"Cookie") < 2
    usually = beliefs.FIELDS_IN_A_DICT if has_lost else None
    same("The head:", sent=cookies, expected=expected, got=got, usually=usually)
    usually = beliefs.LIST_IS_MINE
    same("Afterwards, the list that you were given:", expected=cookies, got=given, usually=usually)
    got = described(lambda: chapter.response_head(200, iter(cookies)))
    once = Literally("the same fields from an iterator, which gives each only once")
    same("The head:", sent=once, expected=expected, got=got, usually=None)
    alike = [("Via", "1.1 a"), ("X-A", "b"), ("Via", "1.1 a"), ("Via", "1.1 a")]
    lines = b"Via: 1.1 a\r\nX-A: b\r\nVia: 1.1 a\r\nVia: 1.1 a\r\n"
    expected = b"HTTP/1.1 200 OK\r\n" + lines + b"\r\n"
    got = described(partial(chapter.response_head, 200, alike))
    same("The head:", sent=alike, expected=expected, got=got, usually=None, clue="alike")
    for field in (("A", "b\r\nC: d"), ("A B", "c")):
        call = partial(chapter.response_head, 200, [("X", "y"), field])
        if not isinstance(error_of(call), ValueError):
            made = described(call)
            what = "A field was not refused:"
            usually = beliefs.VALUES_ARE_HARMLESS
            refused = Literally("ValueError")
            broken(what, sent=field, expected=refused, got=made, usually=usually)


# Task 3


@promise(
    task=3,
    usually=beliefs.COLLECT_FIRST,
    hints=(
        "When should the first piece leave?",
        "A generator: `for piece in pieces: … yield piece`.",
        "left = length; for piece in pieces: left -= len(piece); if left < 0: raise; yield piece",
    ),
    hints_if={
        beliefs.ERROR_ENDS_CONTENT: (
            "The application has failed. Who has to know?",
            "Whoever takes the pieces. Catch nothing: the error ends the generator.",
            "for piece in pieces: …, without `try`",
        ),
        "lengths": (
            "How many pieces were there, and how many did you yield?",
            "As many as were given, each unchanged.",
            "for piece in pieces: …; yield piece",
        ),
    },
)
def test_pieces_of_known_length(chapter: Attempt) -> None:
    """exactly() yields the pieces as they are, each as soon as it is there."""
    for given in ([b"ab", b"cd"], [b"\r\n0\r\n"], [], [b"", b"a"], [bytes(70_000)] * 3):
        length = sum(map(len, given))
        got = described(partial(joined, chapter.exactly, given, length))
        sent = Literally(f"pieces of {[len(piece) for piece in given]} octets, length={length}")
        same("The octets:", sent=sent, expected=b"".join(given), got=got, usually=None)
    pieces = Taken([b"one", b"two", b"three"])
    as_they_come(chapter.exactly(pieces, 11), pieces, b"one")
    for given in ([b"ab", b"c", b"def"], [bytes(70_000)] * 2):
        expected = [len(piece) for piece in given]
        got = [len(piece) for piece in chapter.exactly(given, sum(expected))]
        what = "The pieces are not as they were. Their lengths:"
        same(what, expected=expected, got=got, usually=None, clue="lengths")
    lets_errors_pass(partial(chapter.exactly, length=6), b"one")


@promise(
    task=3,
    usually=beliefs.ANNOUNCED_IS_TRUE,
    hints=(
        "The head has announced a number of octets. Who counts those that are sent?",
        "Count down with each piece. What do you know when there are no more pieces?",
        "After the loop: if left: raise ValueError(…)",
    ),
    hints_if={
        beliefs.WHAT_FITS: (
            "What will the client believe about this content?",
            "That it is complete. Raise ValueError before the piece that is too long, and "
            "yield no part of it.",
            "left -= len(piece); if left < 0: raise ValueError(…); only then yield piece",
        ),
        beliefs.LATE_IS_EARLY_ENOUGH: (
            "Count before you yield: does this piece still fit?",
            "left -= len(piece) comes first. If left is below 0, raise ValueError.",
            "left -= len(piece); if left < 0: raise ValueError(…); only then yield piece",
        ),
    },
)
def test_a_wrong_length_is_an_error(chapter: Attempt) -> None:
    """Too many octets are a ValueError before the piece that exceeds; too few, after the last one."""
    for given, length, allowed in (
        ([b"ab", b"cd"], 5, b"abcd"),
        ([], 1, b""),
        ([b""], 3, b""),
        ([b"ab", b"cd"], 3, b"ab"),
        ([b"ab", b"cd"], 2, b"ab"),
        ([b"abcd"], 3, b""),
        ([b"a"], 0, b""),
        ([b"ab", b"", b"c", b"d"], 3, b"abc"),
    ):
        came, error = until_error(chapter.exactly(given, length))
        is_short = sum(map(len, given)) < length
        sent = Literally(f"exactly({given}, {length})")
        if not isinstance(error, ValueError):
            is_cut = not is_short and len(came) <= length
            counts = beliefs.WHAT_FITS if is_cut else beliefs.ANNOUNCED_IS_TRUE
            broken(
                f"{came!r} came, and then:",
                sent=sent,
                expected=Literally("ValueError"),
                got=Literally(f"{type(error).__name__}: {error}" if error else "the end"),
                usually=None if error else counts,
            )
        what = "Before the ValueError came:"
        usually = beliefs.LATE_IS_EARLY_ENOUGH if len(came) > length else None
        same(what, sent=sent, expected=allowed, got=came, usually=usually)


# Task 4


@promise(
    task=4,
    usually=beliefs.SIZE_LINE,
    hints=(
        "What does a client read first: the piece, or its length? In which base?",
        "For each piece: its length in hexadecimal, CR LF, the piece, CR LF. At the end: the last "
        "chunk.",
        r"yield b'%x\r\n%b\r\n' % (len(piece), piece) for each piece; then yield b'0\r\n\r\n'",
    ),
    hints_if={
        beliefs.LAST_CHUNK_IS_A_LINE: (
            "What comes after the last chunk's size line?",
            "An empty line. A client that finds none goes on waiting.",
            r"yield b'0\r\n\r\n'",
        ),
        "in the loop": (
            "How often does the last chunk come, and after what?",
            "Once, after all pieces. A client stops reading at the first one. If this `yield` is "
            "indented as far as the body of the loop, it runs for each piece.",
            r"for piece in pieces: …; then, not indented: yield b'0\r\n\r\n'",
        ),
        "no last chunk": (
            "How does the client know that no more chunks follow?",
            "The last chunk says so. Yield it after the loop, even if there was no piece.",
            r"After the loop: yield b'0\r\n\r\n'",
        ),
        "0x": (
            "How does Python write a number in hexadecimal, and how does HTTP?",
            "hex() puts 0x in front, as in Python code. A size has only the digits.",
            "b'%x' % len(piece)",
        ),
        beliefs.ERROR_ENDS_CONTENT: (
            "The application has failed. What does the client think if your last chunk follows?",
            "It thinks that it has all of the content. Catch nothing: the error ends the generator.",
            r"for piece in pieces: …; yield b'0\r\n\r\n'. No `try`.",
        ),
        beliefs.EMPTY_IS_HARMLESS: (
            "What does a chunk of length 0 mean?",
            "It is the last chunk. An empty piece is not the end.",
            "if piece: yield …",
        ),
        beliefs.COLLECT_FIRST: (
            "When should the first piece leave?",
            "As soon as the application has given it.",
            "for piece in pieces: yield its chunk. Do not make a list first.",
        ),
    },
)
def test_chunks(chapter: Attempt) -> None:
    """chunks() yields each piece as a chunk, as soon as it is there, and at the end the last chunk."""
    for given, expected in (
        ([b"seventeen octets:", b"ab"], b"11\r\nseventeen octets:\r\n2\r\nab\r\n0\r\n\r\n"),
        ([b"0\r\n\r\n"], b"5\r\n0\r\n\r\n\r\n0\r\n\r\n"),
        ([b"0", b" \n"], b"1\r\n0\r\n2\r\n \n\r\n0\r\n\r\n"),
        ([b"\xff\0" * 128], b"100\r\n" + b"\xff\0" * 128 + b"\r\n0\r\n\r\n"),
        ([bytes(70_000)], b"11170\r\n" + bytes(70_000) + b"\r\n0\r\n\r\n"),
        ([], b"0\r\n\r\n"),
    ):
        got = described(partial(joined, chapter.chunks, given))
        if isinstance(got, bytes):
            got = re.sub(rb"(?m)^[0-9A-F]+(?=\r$)", lambda size: size[0].lower(), got)
        lacks = next((end for end in (b"0\r\n\r\n", b"\r\n") if got == expected[: -len(end)]), b"")
        usually = beliefs.LAST_CHUNK_IS_A_LINE if lacks == b"\r\n" else None
        usually = beliefs.SIZE_LINE if got in badly_sized(given) else usually
        is_python = isinstance(got, bytes) and got.startswith(b"0x")
        clue = "0x" if is_python else "no last chunk" if len(lacks) > 2 else ""
        if given and got == b"".join(
            b"%x\r\n%b\r\n0\r\n\r\n" % (len(each), each) for each in given
        ):
            clue = "in the loop"
        same("The chunks:", sent=given, expected=expected, got=got, usually=usually, clue=clue)
    for empty in ([b"a", b"", b"b"], [b"", b"a", b"b"], [b"a", b"b", b""]):
        got = described(partial(joined, chapter.chunks, empty))
        expected = b"1\r\na\r\n1\r\nb\r\n0\r\n\r\n"
        usually = beliefs.EMPTY_IS_HARMLESS
        same("The chunks:", sent=empty, expected=expected, got=got, usually=usually)
    pieces = Taken([b"one", b"two", b"three"])
    as_they_come(chapter.chunks(pieces), pieces, b"3\r\none\r\n")
    lets_errors_pass(chapter.chunks, b"3\r\none\r\n")


# Task 5


@promise(
    task=5,
    usually=beliefs.LENGTH_OF_TEXT,
    hints=(
        "How long is the content, and in which unit?",
        "len() of the bytes. The field is a pair of texts in a list; the pieces are an iterator.",
        "[('Content-Length', str(len(content)))], iter([content])",
    ),
    hints_if={
        beliefs.NUMBERS_ARE_TEXT: (
            "What type does the value of a field have?",
            "It is text: field_line() calls its encode(), which an int does not have.",
            "('Content-Length', str(len(content)))",
        ),
        beliefs.LIST_IS_AN_ITERATOR: hints.AN_ITERATOR,
        "no field": (
            "Which row of the table does this response take, and which one does your code take?",
            "Look at your first condition. `status == 204 or 304` is always true: it asks whether "
            "the status is 204, or whether 304 is true.",
            "response.status in (204, 304)",
        ),
        beliefs.BYTES_GIVE_BYTES: (
            "What does next() return for your iterator?",
            "A number. The content is one piece: yield it as a whole.",
            "iter([content])",
        ),
        beliefs.NO_LENGTH_NEEDED: (
            "The content is empty. How does the client know that?",
            "Content of length 0 has a length as well.",
            "isinstance(content, bytes) is also true for b''.",
        ),
    },
)
def test_bytes_have_a_length(chapter: Attempt) -> None:
    """Content that is bytes is sent unchanged, with its length in octets, whatever the version."""
    for content in ("né✓".encode(), bytes(range(256)), b"a\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", b""):
        for version in ((1, 1), (1, 0)):
            for length in (None, len(content)):
                response = chapter.Response(content, 201, (), length)
                framed(
                    chapter,
                    response,
                    [("Content-Length", str(len(content)))],
                    content,
                    version=version,
                    usually=beliefs.NO_LENGTH_NEEDED if not content else beliefs.LENGTH_OF_TEXT,
                )


@promise(
    task=5,
    usually=beliefs.PIECES_MEAN_CHUNKS,
    hints=(
        "What is known about this content?",
        "Its length. So it gets Content-Length, for HTTP/1.0 as well, and exactly() counts the octets.",
        "elif response.length is not None: the field is ('Content-Length', str(response.length)), the "
        "pieces are exactly(content, response.length)",
    ),
    hints_if={
        beliefs.NUMBERS_ARE_TEXT: (
            "What type does the value of a field have?",
            "It is text, and `length` is an int.",
            "('Content-Length', str(response.length))",
        ),
        beliefs.ZERO_IS_UNKNOWN: (
            "The length is 0. Is it known?",
            "Only None means that it is not known.",
            "response.length is not None",
        ),
        beliefs.ANNOUNCED_IS_TRUE: (
            "Who counts the octets that are sent?",
            "exactly() does: your task 3.",
            "exactly(response.content, response.length)",
        ),
    },
)
def test_a_known_length_is_announced(chapter: Attempt) -> None:
    """Pieces whose length is known have Content-Length for both versions, and are counted."""
    for version in ((1, 1), (1, 0)):
        for given, length in (([b"one", b"two"], 6), ([], 0)):
            response = chapter.Response(iter(given), 200, (), length)
            usually = beliefs.PIECES_MEAN_CHUNKS if length else beliefs.ZERO_IS_UNKNOWN
            field = [("Content-Length", str(length))]
            framed(chapter, response, field, b"".join(given), version=version, usually=usually)
    for given, length, version in (
        ([b"one"], 4, (1, 1)),
        ([b"one", b"two"], 3, (1, 1)),
        ([b"one"], 4, (1, 0)),
    ):
        response = chapter.Response(given, 200, (), length)
        _field, pieces = chapter.frame(response, request_of(chapter, version=version))
        came, error = until_error(pieces)
        if error is None:
            sent = Literally(f"Response({given}, length={length}), for HTTP/1.{version[1]}")
            expected = Literally("ValueError, from exactly()")
            usually = beliefs.ANNOUNCED_IS_TRUE
            broken("No error came.", sent=sent, expected=expected, got=came, usually=usually)


@promise(
    task=5,
    usually=beliefs.CHUNKS_FOR_ALL,
    hints=(
        "The length is not known. How can the client find the end, in HTTP/1.1 and in HTTP/1.0?",
        "In HTTP/1.1 by the last chunk, in HTTP/1.0 by the end of the connection.",
        "elif request.version >= (1, 1): ('Transfer-Encoding', 'chunked') and chunks(content); else: "
        "no field, and iter(content)",
    ),
    hints_if={
        beliefs.COLLECT_FIRST: (
            "Who takes the pieces, and when?",
            "The sender, one by one, later. Here you only say how. An iterator is enough.",
            "Do not call list(), b''.join() or next() here.",
        ),
        beliefs.LIST_IS_AN_ITERATOR: hints.AN_ITERATOR,
        beliefs.VERSION_IS_TEXT: (
            "What is request.version: print it.",
            "It is a tuple of two numbers. Compare it with a tuple.",
            "request.version >= (1, 1)",
        ),
    },
)
def test_chunks_or_the_end(chapter: Attempt) -> None:
    """Without a length: chunks for HTTP/1.1, pieces as they are for HTTP/1.0. No piece is taken yet."""
    field = [("Transfer-Encoding", "chunked")]
    chunked = b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"
    contents: tuple[Any, ...] = ([b"a", b"", b"bc"], iter([b"a", b"bc"]), (b"a", b"bc"))
    for content in contents:
        response = chapter.Response(content)
        framed(chapter, response, field, chunked, usually=beliefs.COLLECT_FIRST)
    for content in ([b"a", b"", b"bc"], iter([b"a", b"bc"])):
        framed(chapter, chapter.Response(content), [], b"abc", version=(1, 0))
    for content in ([], (), iter(())):
        framed(chapter, chapter.Response(content), field, b"0\r\n\r\n", usually=None)
        framed(chapter, chapter.Response(content), [], b"", version=(1, 0))
    for length, version in ((11, (1, 1)), (None, (1, 1)), (None, (1, 0))):
        source = Taken([b"one", b"two", b"three"])
        response = chapter.Response(source, 200, (), length)
        _field, pieces = chapter.frame(response, request_of(chapter, version=version))
        sent = Literally(f"pieces, length={length}, HTTP/1.{version[1]}")
        usually = beliefs.COLLECT_FIRST
        same("frame() has taken:", sent=sent, expected=[], got=list(source.taken), usually=usually)
        next(iter(pieces))
        what = "When the first piece comes, these have been taken:"
        got = list(source.taken)
        same(what, sent=sent, expected=[b"one"], got=got, usually=usually)


@promise(
    task=5,
    usually=beliefs.EVERY_STATUS_HAS_CONTENT,
    hints=(
        "Which statuses end with their head, whatever the application gives?",
        "204 and 304 get no field and no pieces. 205 gets Content-Length: 0 and no pieces.",
        "These rows come first: they do not look at the content at all.",
    ),
    hints_if={
        beliefs.LIST_IS_AN_ITERATOR: hints.AN_ITERATOR,
        beliefs.A_205_ENDS_WITH_ITS_HEAD: (
            "Which field does a client find in your 205?",
            "A 205 has a row of its own: no pieces, as for 204, but one field.",
            "elif response.status == 205: the field is ('Content-Length', '0')",
        ),
    },
)
def test_some_statuses_have_no_content(chapter: Attempt) -> None:
    """204 and 304 have no field and no pieces, 205 has Content-Length 0 and no pieces."""
    for status, field in ((204, []), (304, []), (205, [("Content-Length", "0")])):
        for content, length in ((b"", None), (b"gone", None), ([b"go", b"ne"], None), ([b"x"], 1)):
            for version in ((1, 1), (1, 0)):
                response = chapter.Response(content, status, [("X-A", "b")], length)
                framed(chapter, response, field, b"", version=version)


@promise(
    task=5,
    usually=beliefs.HEAD_IS_GET,
    hints=(
        "A client that sent HEAD reads no content. What would it do with yours?",
        "Find the field as for GET. Then, if the method is HEAD, return no pieces.",
        "At the end: return fields, iter(()) if request.method == 'HEAD' else pieces",
    ),
    hints_if={
        beliefs.HEAD_NEEDS_NO_FIELD: (
            "Which field would the response to GET have?",
            "HEAD gets the same field. Only the pieces differ.",
            "Find field and pieces without looking at the method. At the end, if it is HEAD, the "
            "pieces are iter(()).",
        ),
        beliefs.LIST_IS_AN_ITERATOR: hints.AN_ITERATOR,
    },
)
def test_head_has_the_field_and_no_pieces(chapter: Attempt) -> None:
    """A response to HEAD has the field that the response to GET has, and no pieces."""
    for status in (404, 204, 205, 304):
        for content, length in (
            (b"hello", None),
            (b"", None),
            ([b"one"], None),
            ([b"one"], 3),
            ([], 9),
        ):
            for version in ((1, 1), (1, 0)):
                response = chapter.Response(content, status, [("X-A", "b")], length)
                field, _ = chapter.frame(response, request_of(chapter, version=version))
                framed(chapter, response, field, b"", method="HEAD", version=version)
    source = Taken([b"one"])
    chapter.frame(chapter.Response(source), request_of(chapter, method="HEAD"))
    same("For HEAD, frame() has taken:", expected=[], got=list(source.taken))
    response = chapter.Response(b"hello")
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "head"):
        framed(chapter, response, [("Content-Length", "5")], b"hello", method=method, usually=None)


# Task 6


@promise(
    task=6,
    usually=beliefs.DATE_IS_DECORATION,
    hints=(
        "Which fields does the docstring list, and in which order?",
        "Date, the application's fields, perhaps Connection, and what frame() returns.",
        "fields = [('Date', http_date(int(time.time()))), *response.fields]; if not persists: "
        "('Connection', 'close'); elif request.version < (1, 1): ('Connection', 'keep-alive')",
    ),
    hints_if={
        beliefs.CLOSES_SILENTLY: (
            "The connection ends after this response. How does the client know?",
            "Connection: close says so, for every version.",
            "if not persists: fields.append(('Connection', 'close'))",
        ),
        beliefs.FIELDS_IN_A_DICT: (
            "What has become of the application's fields?",
            "They are pairs. Keep all of them, in their order.",
            "[('Date', …), *response.fields]",
        ),
        beliefs.TWO_WRITES: (
            "How often does the sender call sendall() for this small response?",
            "Once for each piece that you give. Join the head and the first piece.",
            "first = head + next(pieces, b'')",
        ),
        beliefs.LIST_IS_MINE: (
            "Whose list is response.fields?",
            "It is the application's, which may send the same fields again. Make a list of your own.",
            "fields = [('Date', …), *response.fields], and then fields.append(…)",
        ),
        beliefs.KEEP_ALIVE_ALWAYS: (
            "Who needs to be told that the connection stays open?",
            "Only a client of HTTP/1.0. For HTTP/1.1, an open connection is the usual case.",
            "elif request.version < (1, 1): fields.append(('Connection', 'keep-alive'))",
        ),
        AttributeError: hints.FIELDS_OF_MY_OWN,
        TypeError: hints.FIELDS_OF_MY_OWN,
        "fraction": (
            "What does http_date() want: a number with a fraction, or whole seconds?",
            "It remembers the last date that it made. It recognises whole seconds only.",
            "http_date(int(time.time()))",
        ),
        "once": (
            "When does your code ask for the time?",
            "Once, and every response has that Date. The default value of a parameter, for example, is "
            "computed when the file is imported. Ask in the body of serialize().",
            "fields = [('Date', http_date(int(time.time()))), *response.fields]",
        ),
    },
)
def test_a_whole_response(chapter: Attempt) -> None:
    """Date, the application's fields, Connection, framing and the first piece come as one piece."""
    for status in (200, 304, 404, 500):
        answer = whole(serialized(chapter, chapter.Response(status=status)))
        dates = answer.all("date")
        same("How many Dates:", sent=status, expected=1, got=len(dates))
        seconds = described(partial(seconds_of, dates[0]))
        is_right = isinstance(seconds, float) and abs(seconds - time()) < 60
        is_right = is_right and len(dates[0]) == 29 and dates[0].endswith(" GMT")
        if not is_right:
            broken("Date:", expected=Literally(chapter.http_date(int(time()))), got=dates[0])
        same("The status:", sent=status, expected=status, got=answer.status, usually=None)
    whole_seconds(chapter)
    for version, persists, option in (
        ((1, 1), True, []),
        ((1, 1), False, ["close"]),
        ((1, 0), True, ["keep-alive"]),
        ((1, 0), False, ["close"]),
    ):
        given = [("X-B", "1"), ("X-A", "2"), ("X-B", "3")]
        response = chapter.Response(b"hi", 200, given)
        answer = whole(serialized(chapter, response, version=version, persists=persists))
        is_kept = "the connection persists" if persists else "the connection ends"
        sent = Literally(f"HTTP/1.{version[1]}, {is_kept}")
        options = [value.lower() for value in answer.all("connection")]
        is_silent = option == ["close"] and "close" not in options
        usually = beliefs.CLOSES_SILENTLY if is_silent else None
        if not option and options == ["keep-alive"]:
            usually = beliefs.KEEP_ALIVE_ALWAYS
        same("Connection says:", sent=sent, expected=option, got=options, usually=usually)
        ours = [(name, value) for name, value in answer.fields if name.startswith("x-")]
        expected = [("x-b", "1"), ("x-a", "2"), ("x-b", "3")]
        usually = beliefs.FIELDS_IN_A_DICT if len(ours) < len(expected) else None
        same("The application's fields:", expected=expected, got=ours, usually=usually)
        names = [name for name, _value in answer.fields]
        order = ["date", "x-b", "x-a", "x-b", *(["connection"] if option else []), "content-length"]
        same("The fields, in order:", sent=sent, expected=order, got=names, usually=None)
        usually, what = beliefs.LIST_IS_MINE, "Afterwards, response.fields was not as before:"
        expected = [("X-B", "1"), ("X-A", "2"), ("X-B", "3")]
        same(what, sent=sent, expected=expected, got=given, usually=usually)
    for status, method in ((204, "GET"), (304, "GET"), (200, "HEAD")):
        response, sent = chapter.Response(b"hi", status), Literally(f"{status}, for {method}")
        answer = whole(serialized(chapter, response, method, persists=False), method)
        got = [value.lower() for value in answer.all("connection")]
        usually = beliefs.CLOSES_SILENTLY
        same("Connection says:", sent=sent, expected=["close"], got=got, usually=usually)
        answer = whole(serialized(chapter, response, method, version=(1, 0)), method)
        got = [value.lower() for value in answer.all("connection")]
        sent = Literally(f"{status}, for {method} HTTP/1.0, the connection persists")
        same("Connection says:", sent=sent, expected=["keep-alive"], got=got, usually=None)
    response = chapter.Response(b"hi", 201)
    pieces = list(chapter.serialize(response, request_of(chapter), True))
    usually = beliefs.TWO_WRITES
    same("The number of pieces:", sent=b"hi", expected=1, got=len(pieces), usually=usually)
    same("The content:", expected=b"hi", got=whole(pieces[0]).content, usually=None)
    stream = chapter.serialize(chapter.Response([b"one", b"two"]), request_of(chapter), True)
    first = next(iter(stream))
    sent = Literally("Response([b'one', b'two'])")
    content = first.partition(b"\r\n\r\n")[2]
    what = "After the head, the first piece has to hold content:"
    holds(what, content, sent=sent, got=first, usually=usually)


@promise(
    task=6,
    usually=beliefs.APPLICATION_FRAMES,
    signs={"spin": beliefs.CALL_RUNS_TO_YIELD},
    hints=(
        "When can you still refuse a response: before its head is sent, or after?",
        "check_sendable() comes first. serialize() must not contain `yield`: then it would run only "
        "when somebody takes its first value.",
        "check_sendable(response); …; return Outgoing(first, pieces, response.content)",
    ),
)
def test_what_cannot_be_sent_is_refused(chapter: Attempt) -> None:
    """A response that cannot be sent is refused by the call itself."""
    request = request_of(chapter)
    for content in (b"hi", [b"hi"], []):
        for status, fields in (
            (100, []),
            (199, []),
            (600, []),
            (101, []),
            (200, [("content-length", "9")]),
            (200, [("A", "b"), ("Transfer-Encoding", "gzip")]),
            (304, [("CONNECTION", "keep-alive")]),
            (200, [("Date", "now")]),
            (200, [("A", "b\r\nC: d")]),
            (204, [("A B", "c")]),
        ):
            refuses(chapter, chapter.Response(content, status, fields), request, ValueError)
    for content, length in ((b"hi", 3), ([b"hi"], -1)):
        refuses(chapter, chapter.Response(content, 200, (), length), request, ValueError)
    usually = beliefs.RESPONSE_IS_TEXT
    for text in ("text", None, 42, bytearray(b"hi"), ["hi"], [b"hi", bytearray(b"hi")], {"a": 1}):
        refuses(chapter, chapter.Response(text), request, TypeError, usually)


@promise(
    task=6,
    usually=beliefs.HEAD_GOES_FIRST,
    hints=(
        "The application fails before its first piece. What has your server sent by then?",
        "Take the first piece in serialize() itself, before you return. Then its error comes out of "
        "the call, and there can be another response.",
        "first = head + next(pieces, b''); return Outgoing(first, pieces, response.content)",
    ),
    hints_if={
        beliefs.COLLECT_FIRST: (
            "How many pieces do you need before the first one can leave?",
            "One. The others are taken when they are to be sent.",
            "next(pieces, b''), and not list(pieces)",
        )
    },
)
def test_the_first_piece_is_taken_in_the_call(chapter: Attempt) -> None:
    """If the content fails before its first piece, serialize() raises the error itself."""
    for length, version, method in (
        (None, (1, 1), "GET"),
        (None, (1, 0), "GET"),
        (6, (1, 1), "GET"),
        (6, (1, 1), "POST"),
    ):
        request = request_of(chapter, method=method, version=version)
        to = f"length={length}, for {method} HTTP/1.{version[1]}"
        sent = Literally(f"a stream that fails at once, {to}")
        response = chapter.Response(failing(), 200, (), length)
        error = error_of(partial(chapter.serialize, response, request, False))
        expected = Literally("OSError: the disk is gone")
        if not isinstance(error, OSError):
            got = error if error else Literally("nothing")
            broken("serialize() raised:", sent=sent, expected=expected, got=got)
        content = Taken([b"one", b"two"])
        response = chapter.Response(content, 200, (), length)
        pieces = chapter.serialize(response, request, False)
        what = "serialize() has taken:"
        usually = beliefs.COLLECT_FIRST if content.taken else beliefs.HEAD_GOES_FIRST
        sent = Literally(f"two pieces, {to}")
        same(what, sent=sent, expected=[b"one"], got=list(content.taken), usually=usually)
        rest = b"".join(pieces)
        holds("Where is b'two'?", b"two" in rest, sent=sent, got=rest, usually=None)
    response = chapter.Response([b"too long"], 200, (), 3)
    refuses(chapter, response, request_of(chapter), ValueError, beliefs.HEAD_GOES_FIRST)


@promise(
    task=6,
    usually=beliefs.CLOSES_BY_ITSELF,
    hints=(
        "The content may be an open file. Who closes it if nothing more is taken?",
        "Outgoing closes it when it ends, or is closed. If serialize() raises, there is no Outgoing: "
        "then you call close_content().",
        "try: everything up to the first piece; except BaseException: "
        "close_content(response.content); raise. Then return Outgoing(…), for HEAD as well.",
    ),
    hints_if={
        beliefs.RAISING_IS_ENOUGH: (
            "serialize() has raised an error. Who could close the content now?",
            "Only serialize(): its caller has no Outgoing. So everything that may raise has to be in "
            "the `try`, check_sendable() as well.",
            "try: check_sendable(response); …; except BaseException: "
            "close_content(response.content); raise",
        ),
        "an exit": (
            "Which errors does your `except` name, and which others are there?",
            "Whatever the error is, the content has to be closed. All of them are BaseExceptions.",
            "except BaseException: close_content(response.content); raise",
        ),
        beliefs.RETURNED_IS_SENT: (
            "serialize() has raised no error, and one piece has not been taken yet. Who needs the "
            "content now?",
            "Outgoing does: it takes that piece, and closes the content later. `finally` runs "
            "after a `return` as well. You close only after an error.",
            "except BaseException: close_content(response.content); raise. No `finally`.",
        ),
        "too often": (
            "Who closes the content here, and who else does?",
            "After an error in serialize(), only you. Otherwise, only Outgoing.",
            "except BaseException: close_content(response.content); raise. Then return Outgoing(…).",
        ),
        beliefs.EXCEPTION_IS_ALL: (
            "Is a KeyboardInterrupt an Exception?",
            "No. It is a BaseException, as GeneratorExit and SystemExit are.",
            "except BaseException: close_content(response.content); raise",
        ),
    },
)
def test_the_content_is_closed(chapter: Attempt) -> None:
    """The content is closed once: at its end, after an error, if the client goes, and for HEAD."""
    one = [b"one", b"two"]
    content = Closable(one)
    outgoing = chapter.serialize(chapter.Response(content), request_of(chapter), True)
    what, early = "serialize() has returned. How often the content was closed:", content.closed
    sent = Literally("Response(content), whose pieces are b'one' and b'two'")
    too_early = beliefs.RETURNED_IS_SENT
    same(what, sent=sent, expected=0, got=early, usually=too_early)
    if hasattr(outgoing, "close"):
        outgoing.close()
    for case, given, status, method, taken in (
        ("everything is sent", one, 200, "GET", None),
        ("the client goes after the first piece", one, 200, "GET", 1),
        ("the client goes before the first piece", one, 200, "GET", 0),
        ("the response is one to HEAD", one, 200, "HEAD", None),
        ("the status is 304", one, 304, "GET", None),
        ("the client goes before the head of a 204", one, 204, "GET", 0),
        ("the content fails before its first piece", [], 200, "GET", None),
        ("the content fails after its first piece", [b"one"], 200, "GET", None),
        ("the status cannot be sent", one, 99, "GET", None),
        ("a field cannot be sent", one, 298, "GET", None),
    ):
        content = Closable(given, OSError if "content fails" in case else None)
        fields = [("A", "b\n")] if status == 298 else []
        request = request_of(chapter, method=method)
        response = chapter.Response(content, status, fields)
        error = error_of(partial(sent_and_closed, chapter, response, request, taken))
        is_wrong = "fails" in case or status in (99, 298)
        if error and not is_wrong:
            broken("This raised:", sent=Literally(case), got=error, usually=None)
        if "content fails" in case and not isinstance(error, OSError):
            expected = Literally("OSError: the disk is gone")
            got = error or Literally("nothing")
            broken("This raised:", sent=Literally(case), expected=expected, got=got, usually=None)
        what = "How often the content was closed:"
        is_early = "cannot be sent" in case or "before its first" in case
        forgets = beliefs.RAISING_IS_ENOUGH if is_early else beliefs.CLOSES_BY_ITSELF
        got, sent = content.closed, Literally(case)
        usually, clue = (forgets, "") if not got else (None, "too often")
        same(what, sent=sent, expected=1, got=got, usually=usually, clue=clue)
    interrupted(chapter)
    content = Closable(one)
    response = chapter.Response(content, 200, (), 5)
    error_of(partial(sent_and_closed, chapter, response, request_of(chapter), None))
    sent = Literally("the content has more octets than were announced")
    same("How often the content was closed:", sent=sent, expected=1, got=content.closed)


# What the promises use


def joined(function: Callable[..., Iterable[bytes]], *arguments: object) -> bytes:
    """Return all that a generator yields, as one."""
    return b"".join(function(*arguments))


def with_lf(head: bytes) -> bytes:
    """Return a head with each CR LF as a lone LF."""
    return head.replace(b"\r\n", b"\n")


def asks_for_a_run(chapter: Attempt) -> bool:
    """Tell whether field_line() takes a value only if its characters come one after another."""
    taken = [described(partial(chapter.field_line, "A", value)) for value in ("abc", "acb")]
    return isinstance(taken[0], bytes) and isinstance(taken[1], Raised)


def belief_about(value: str, taken: object) -> Misconception | None:
    """Return what somebody believes whose field_line() takes this value, and refuses those before."""
    if not isinstance(taken, bytes):
        return None
    if value.encode() not in taken:
        return beliefs.REPAIR_A_VALUE
    if value.startswith("a\r\n"):
        return beliefs.VALUES_ARE_HARMLESS
    if value in ("a\nb", "a\rb"):
        return beliefs.ONLY_CR_LF_ENDS
    return beliefs.MATCH_IS_ENOUGH if value[-1] == "\n" else beliefs.CONTROLS_ARE_HARMLESS


def badly_sized(pieces: list[bytes]) -> list[bytes]:
    """Return the chunks of somebody who writes sizes in decimal, or no CR LF after the data."""
    formats = (b"%d\r\n%b\r\n", b"%x\r\n%b", b"%d\r\n%b")
    return [
        b"".join(each % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
        for each in formats
        if pieces
    ]


def lets_errors_pass(generator: Callable[[Iterable[bytes]], Iterable[bytes]], first: bytes) -> None:
    """Require that an error of the pieces comes through, and that nothing is yielded after it."""
    came, error = until_error(generator(failing(b"one")))
    sent = Literally("b'one', and then an OSError")
    usually = beliefs.ERROR_ENDS_CONTENT
    what = "The pieces have failed, and yet came:"
    same(what, sent=sent, expected=first, got=came, usually=usually)
    what = f"{came!r} came, and then:"
    if not isinstance(error, OSError):
        got = Literally(f"{type(error).__name__}: {error}" if error else "the end")
        expected = Literally("OSError: the disk is gone")
        broken(what, sent=sent, expected=expected, got=got, usually=usually)


def until_error(pieces: Iterable[bytes]) -> tuple[bytes, Exception | None]:
    """Return what comes from an iterator, and the error that ends it, if one does."""
    came = b""
    try:
        for piece in pieces:
            came += piece
    except NotImplementedError:
        raise
    except Exception as error:
        return came, error
    return came, None


class Taken:
    """An application's pieces, which notes those that were taken."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces
        self.taken: list[bytes] = []

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.taken.append(piece)
            yield piece


class Closable:
    """Content that counts how often it was closed. It may fail after its pieces."""

    def __init__(self, pieces: list[bytes], error: type[BaseException] | None = None) -> None:
        self.pieces = failing(*pieces, error=error) if error else iter(pieces)
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        return self.pieces

    def close(self) -> None:
        """Note that the content was closed."""
        self.closed += 1


def failing(*pieces: bytes, error: type[BaseException] = OSError) -> Iterator[bytes]:
    """Yield the pieces, and then fail."""
    yield from pieces
    raise error("the disk is gone")


class CtrlC(KeyboardInterrupt):
    """What Ctrl-C raises, and not somebody's real Ctrl-C."""

    def __str__(self) -> str:
        return "while the first piece is made"


class Exit(SystemExit):
    """What sys.exit() raises, and not somebody's real exit."""

    def __str__(self) -> str:
        return "while the first piece is made"


def interrupted(chapter: Attempt) -> None:
    """Require that the content is closed if Ctrl-C or an exit ends the making of the first piece."""
    for kind, name, what in (
        (CtrlC, "KeyboardInterrupt", "Ctrl-C"),
        (Exit, "SystemExit", "sys.exit()"),
    ):
        content = Closable([], kind)
        response, request = chapter.Response(content), request_of(chapter)
        sent = Literally(f"{what}, while the content makes its first piece")
        try:
            chapter.serialize(response, request, True)
        except kind:
            usually = beliefs.EXCEPTION_IS_ALL if kind is CtrlC else None
            closed, clue = "How often the content was closed:", "an exit"
            got = content.closed
            same(closed, sent=sent, expected=1, got=got, usually=usually, clue=clue)
        else:
            expected, nothing = Literally(name), Literally("nothing")
            broken("serialize() raised:", sent=sent, expected=expected, got=nothing)


def whole_seconds(chapter: Attempt) -> None:
    """Require that http_date() is asked for whole seconds: it remembers one date."""
    chapter.http_date.cache_clear()
    clock = itertools.count(951_782_400.25, 1 / 64)
    with patch.object(time_module, "time", side_effect=clock.__next__):
        for _ in range(2):
            answer = whole(serialized(chapter, chapter.Response()))
    made = chapter.http_date.cache_info().misses
    if answer.all("date") == ["Tue, 29 Feb 2000 00:00:00 GMT"]:
        what = "Two responses in one second need one date. http_date() remembers it, and yet made:"
        same(what, expected=1, got=made, usually=None, clue="fraction")
    if "datetime" not in vars(sys.modules[chapter.serialize.__module__]):  # a clock of its own
        for now in (951_782_407, 951_782_509):
            with (
                patch.object(time_module, "time", return_value=now + 0.5),
                patch.object(time_module, "time_ns", return_value=now * 10**9),
            ):
                got = whole(serialized(chapter, chapter.Response())).all("date")
            sent, right = Literally(f"a response at the second {now}"), [chapter.http_date(now)]
            same("Date:", sent=sent, expected=right, got=got, usually=None, clue="once")


def sent_and_closed(chapter: Attempt, response: Any, request: Any, taken: int | None) -> None:
    """Send a response as a server does: so many pieces, or all, and close it, even twice."""
    outgoing = chapter.serialize(response, request, True)
    try:
        for number, _piece in enumerate(outgoing if taken != 0 else ()):
            if number + 1 == taken:
                break
    finally:
        if hasattr(outgoing, "close"):
            outgoing.close()
            outgoing.close()


def as_they_come(pieces: Iterable[bytes], source: Taken, expected: bytes) -> None:
    """Require that the first octets come before the second piece was taken."""
    iterator, came = iter(pieces), b""
    while len(came) < len(expected):
        piece = next(iterator, None)
        if piece is None:
            break
        came += piece
    is_more = came.startswith(expected)
    usually = beliefs.COLLECT_FIRST if is_more else None
    same("The first octets:", expected=expected, got=came, usually=usually)
    same(
        "When the first piece came, these had been taken:",
        expected=[b"one"],
        got=list(source.taken),
        usually=beliefs.COLLECT_FIRST,
    )


LEADS_TO = {  # the field of somebody who believes this
    beliefs.COLLECT_FIRST.id: "Content-Length",
    beliefs.LENGTH_OF_TEXT.id: "Content-Length",
    beliefs.PIECES_MEAN_CHUNKS.id: "Transfer-Encoding",
}


def framed(
    chapter: Attempt,
    response: Any,
    field: list[tuple[str, str]],
    content: bytes,
    *,
    method: str = "GET",
    version: tuple[int, int] = (1, 1),
    usually: Reason = NOT_GIVEN,
) -> None:
    """Require what frame() returns for a response."""
    is_bytes = isinstance(response.content, bytes)
    what = repr(response.content)[:40] if is_bytes else f"pieces, length={response.length}"
    sent = Literally(f"{response.status}, {what}, for {method} HTTP/1.{version[1]}")
    got: Any = described(
        lambda: chapter.frame(response, request_of(chapter, method=method, version=version))
    )
    is_pair = isinstance(got, tuple) and len(got) == 2
    what = "frame() returns the field in a list, and an iterator over the pieces:"
    holds(what, is_pair and isinstance(got[0], list), sent=sent, got=got, usually=None)
    fields, pieces = got
    if fields != field and [(name, str(value)) for name, value in fields] == field:
        usually = beliefs.NUMBERS_ARE_TEXT
    elif method == "HEAD" and field and not fields:
        usually = beliefs.HEAD_NEEDS_NO_FIELD
    elif fields != field and is_text_expected(chapter, response, method, fields, field):
        usually = beliefs.VERSION_IS_TEXT
    elif response.status == 205 and fields == [] and method != "HEAD":
        usually = beliefs.A_205_ENDS_WITH_ITS_HEAD
    elif isinstance(usually, Misconception) and usually.id in LEADS_TO:
        usually = usually if LEADS_TO[usually.id] in dict(fields) else None
    clue = "" if fields or is_empty(response) or response.status == 205 else "no field"
    same("The field:", sent=sent, expected=field, got=fields, usually=usually, clue=clue)
    if not isinstance(pieces, Iterator):
        an_iterator = Literally("an iterator: something that next() accepts")
        usually = beliefs.LIST_IS_AN_ITERATOR if isinstance(pieces, list | tuple) else None
        broken("The pieces:", sent=sent, expected=an_iterator, got=pieces, usually=usually)
    sendable: list[Any] = list(pieces)
    if is_bytes and sendable and isinstance(sendable[0], int):
        usually = beliefs.BYTES_GIVE_BYTES
        one, many = Literally("bytes"), Literally("numbers")
        broken("Each piece has to be bytes.", sent=sent, expected=one, got=many, usually=usually)
    what, came = "The content as it is sent:", b"".join(sendable)
    if usually is NOT_GIVEN and version == (1, 0) and not came:
        usually = None
    same(what, sent=sent, expected=content, got=came, usually=usually)


def is_empty(response: Any) -> bool:
    """Tell whether a response has content that is bytes, and none of them."""
    return bool(response.content == b"")


def is_text_expected(
    chapter: Attempt,
    response: Any,
    method: str,
    fields: list[tuple[str, str]],
    field: list[tuple[str, str]],
) -> bool:
    """Tell whether frame() would return the right field if the version were text."""
    if fields or field != [("Transfer-Encoding", "chunked")]:
        return False
    for version in ("HTTP/1.1", "1.1", b"HTTP/1.1"):
        request = request_of(chapter, method=method)._replace(version=version)
        got: Any = described(partial(chapter.frame, response, request))
        if isinstance(got, tuple) and got[0] == field:
            return True
    return False


def refuses(
    chapter: Attempt,
    response: Any,
    request: Any,
    kind: type[Exception],
    usually: Misconception = beliefs.APPLICATION_FRAMES,
) -> None:
    """Require that serialize() raises in the call itself."""
    made: list[Iterable[bytes]] = []
    error = error_of(lambda: made.append(chapter.serialize(response, request, True)))
    if isinstance(error, kind):
        return
    length = "" if response.length is None else f", length={response.length}"
    sent = Literally(
        f"Response({response.content!r}, {response.status}, {response.fields!r}{length})"
    )
    if made and isinstance(error_of(lambda: list(made[0])), kind):
        late = usually if usually is beliefs.HEAD_GOES_FIRST else beliefs.CALL_RUNS_TO_YIELD
        broken("serialize() refuses only when the first piece is taken.", sent=sent, usually=late)
    got = error or Literally("nothing")
    expected, reason = Literally(kind.__name__), None if error else usually
    broken("serialize() raised:", sent=sent, expected=expected, got=got, usually=reason)


def serialized(
    chapter: Attempt,
    response: Any,
    method: str = "GET",
    version: tuple[int, int] = (1, 1),
    persists: bool = True,
) -> bytes:
    """Return all bytes of a serialized response."""
    request = request_of(chapter, method=method, version=version)
    return b"".join(chapter.serialize(response, request, persists))


def seconds_of(date: str) -> float:
    """Return the time that a date says, in seconds since 1970."""
    return parsedate_to_datetime(date).timestamp()


TASKS = {
    1: "field_line",
    2: "response_head",
    3: "exactly",
    4: "chunks",
    5: "frame",
    6: "serialize",
}
