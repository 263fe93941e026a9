"""The promises of chapter 10: where the body ends."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from course.checks.answers import Attempt
from course.checks.expect import Literally, broken, described, holds, refusal, same
from course.checks.peers import connected, receive_all, reset, running
from course.checks.promises import Misconception, promise
from tests import beliefs

AMPLE = 10.0  # s: no peer here needs a tenth of it
SHORT = 0.05  # s, for a peer that stays, or never stops
PATIENCE = 1.0  # s in which refuse() with a deadline of SHORT returns, even on a busy machine
NEXT_TO_NOTHING = 0.03  # s of a processor: less than that says nothing about growth
STEEP = 9.0  # times as long for four times as much: 4 is even, 16 is square
UPLOAD = 30 << 20  # octets: more than the buffers between two ends ever hold
NEXT = b"GET / HTTP/1.1\r\n"
WAITS = Literally("no error; it waits for more")


@promise(
    task=1,
    usually=beliefs.NO_LENGTH_IS_ZERO,
    signs={
        ValueError: beliefs.ANY_LENGTH,
        TypeError: beliefs.ALWAYS_THERE,
        AttributeError: beliefs.ALWAYS_THERE,
    },
    hints=(
        "There are three cases: no such field, a number, and far too long a number.",
        "headers.get() knows names in any case, and returns None for a field that is not there. "
        "Compare the number of digits with MOST_DIGITS before you call int().",
        "value = headers.get('content-length'); if value is None: return None. Look at the characters "
        "first, as the next promise wants it, then count them: if len(value) > MOST_DIGITS: "
        "raise HttpError(400, ...); return int(value).",
    ),
)
def test_length_is_a_number_or_none(chapter: Attempt) -> None:
    """You get Content-Length as an int, None if it is not there; for too many digits 400."""
    most = chapter.MOST_DIGITS
    for name, value in (
        ("Content-Length", "5"),
        ("content-length", "0"),
        ("CONTENT-LENGTH", "007"),
        ("Content-Length", "9" * most),
    ):
        headers = chapter.Headers([("Host", "a"), (name, value)])
        got = outcome(chapter, chapter.content_length, headers)
        sent = Literally(f"{name}: {value}")
        usually = beliefs.ANY_LENGTH if len(value) == most else beliefs.INT_KNOWS_DIGITS
        same("content_length() gave:", sent=sent, expected=int(value), got=got, usually=usually)
    got = outcome(chapter, chapter.content_length, chapter.Headers([("Host", "a")]))
    holds("Without the field content_length() has to give None.", got is None, got=got)
    for digits in (most + 1, 5000):
        headers = chapter.Headers([("Content-Length", "9" * digits)])
        got = outcome(chapter, chapter.content_length, headers)
        what = "content_length() gave:"
        sent = Literally(f"Content-Length: {digits:,} digits")
        same(what, sent=sent, expected=refused(400), got=got, usually=beliefs.ANY_LENGTH)


@promise(
    task=1,
    usually=beliefs.INT_KNOWS_DIGITS,
    signs={ValueError: beliefs.INT_KNOWS_DIGITS},
    hints=(
        "Try int('+5'), int('5_0'), int('٣'). Then try '²'.isdigit().",
        "Look at the characters before you make a number of them: each is one of 0 to 9, and there "
        "is at least one. Two methods of str together say that, or a regular expression.",
        "if not (value.isascii() and value.isdigit()): raise HttpError(400, ...). With re it is "
        "re.fullmatch('[0-9]+', value): not match(), and not \\d.",
    ),
)
def test_length_is_ascii_digits(chapter: Attempt) -> None:
    """A Content-Length that is anything but ASCII digits is refused with 400."""
    for value in (
        "+5", "-5", "5_0", "5.0", "0x5", "5 5", "five", "", "٣", "²", "\xa05", "5\x85", "5;a",
        "5\n", "+" + "9" * 30,
    ):  # fmt: skip
        got = outcome(chapter, chapter.content_length, chapter.Headers([("Content-Length", value)]))
        sent = Literally(f"Content-Length: {value!r}")
        what = "content_length() gave:"
        usually = (
            beliefs.MATCH_IS_ENOUGH
            if got == 5 and re.match("5[^0-9\x85]", value)
            else beliefs.INT_KNOWS_DIGITS
        )
        if not value and not isinstance(got, Literally):
            broken(
                f"A field without digits is there, and is no length. {what}",
                sent=sent,
                expected=refused(400),
                got=got,
                usually=beliefs.EMPTY_IS_NONE,
            )
        same(what, sent=sent, expected=refused(400), got=got, usually=usually)


@promise(
    task=1,
    usually=beliefs.ONE_OF_THEM,
    signs={ValueError: beliefs.ONE_OF_THEM},
    hints=(
        "The field comes twice. Which of the two would the program in front of you take?",
        "Headers.get() joins repeated lines by a comma. That alone is no digit.",
        "Look at the whole value of headers.get('content-length'), do not split it at the comma and "
        "do not take get_all(...)[0].",
    ),
)
def test_repeated_length_is_refused(chapter: Attempt) -> None:
    """A Content-Length that comes twice, even with the same value, is refused with 400."""
    for values in (("5", "6"), ("5", "5"), ("5", "5", "5"), ("5, 5",), ("5,6",)):
        fields = [("Content-Length", value) for value in values]
        got = outcome(chapter, chapter.content_length, chapter.Headers(fields))
        sent = Literally(" ⏎ ".join(f"{name}: {value}" for name, value in fields))
        same("content_length() gave:", sent=sent, expected=refused(400), got=got)


@promise(
    task=2,
    usually=beliefs.GET_HAS_NO_BODY,
    signs={TypeError: beliefs.NONE_IS_ZERO},
    hints=(
        "What does the method have to do with where the body ends?",
        "Nothing. If there is no Transfer-Encoding, the length is what content_length() says, and 0 "
        "if it says None.",
        "return content_length(request.headers) or 0, on the rung without Transfer-Encoding.",
    ),
)
def test_length_for_any_method(chapter: Attempt) -> None:
    """Without Transfer-Encoding you get what Content-Length says, or 0, whatever the method is."""
    for method in ("POST", "GET", "HEAD", "DELETE", "BREW"):
        for version in ((1, 1), (1, 0)):
            for value in ("5", "0", None):
                fields = [("Content-Length", value)] if value else []
                request = request_with(chapter, *fields, method=method, version=version)
                got = outcome(chapter, chapter.body_framing, request)
                first = f"{method} / HTTP/{version[0]}.{version[1]}"
                sent, expected = as_sent(*fields, first=first), int(value or 0)
                if got is None and not value:
                    broken(
                        "body_framing() gave None. That is what content_length() says if the field is "
                        "missing. On the last rung it means no content: 0.",
                        sent=sent,
                        usually=beliefs.NONE_IS_ZERO,
                    )
                same("body_framing() gave:", sent=sent, expected=expected, got=got)
    for value, fields in (
        ("+5", [("Content-Length", "+5")]),
        ("5, 6", [("Content-Length", "5"), ("Content-Length", "6")]),
    ):
        got = outcome(chapter, chapter.body_framing, request_with(chapter, *fields))
        usually = beliefs.INT_KNOWS_DIGITS if value == "+5" else beliefs.ONE_OF_THEM
        what = "body_framing() gave:"
        same(what, sent=as_sent(*fields), expected=refused(400), got=got, usually=usually)


@promise(
    task=2,
    usually=beliefs.TRUSTS_THE_LENGTH,
    hints=(
        "A head says that a million million octets follow. When do you find out that this is too "
        "much?",
        "At once: compare the length with `limit`. A length of exactly `limit` is allowed.",
        "if length > limit: raise HttpError(413, ...), before you return it.",
    ),
)
def test_length_over_the_limit(chapter: Attempt) -> None:
    """A length of more than `limit` octets is refused with 413 at once; `limit` octets are not."""
    most = chapter.LARGEST_CONTENT
    for length, *limits in ((most,), (most + 1,), (10**15,), (5, 5), (6, 5), (most + 1, most + 1)):
        request = request_with(chapter, ("Content-Length", str(length)))
        got = outcome(chapter, chapter.body_framing, request, *limits)
        limit = limits[0] if limits else most
        what = f"The limit is {limit:,}. body_framing() gave:"
        sent = as_sent(("Content-Length", f"{length:,}"))
        if length <= limit:
            usually = beliefs.OWN_LIMIT if length > most else beliefs.LIMIT_IS_ROUGH
            same(what, sent=sent, expected=length, got=got, usually=usually)
        elif got == refused(400):
            what = f"400 is for what is malformed; this is too long. {what}"
            broken(what, sent=sent, expected=refused(413), got=got, usually=None)
        else:
            usually = beliefs.OWN_LIMIT if length <= most else beliefs.TRUSTS_THE_LENGTH
            same(what, sent=sent, expected=refused(413), got=got, usually=usually)


@promise(
    task=2,
    usually=beliefs.CODING_IS_A_STRING,
    hints=(
        "Is `Chunked` another coding than `chunked`?",
        "Split the value at its commas, take the blanks and the case away, and leave out what is "
        "empty then. If the one word chunked is left, that is the framing.",
        "codings = [c.strip(' \\t').lower() for c in value.split(',')], without the empty ones; "
        "if codings == ['chunked']: return 'chunked'.",
    ),
)
def test_chunked_in_any_case(chapter: Attempt) -> None:
    """A Transfer-Encoding of chunked, in any case, is the framing, whatever the method is."""
    other = request_with(chapter, ("Transfer-Encoding", "gzip, chunked"))
    splits = outcome(chapter, chapter.body_framing, other) == refused(501)
    for value in ("chunked", "Chunked", "CHUNKED", "chunked,", ", \tchunked"):
        for method in ("POST", "GET"):
            fields = [("Transfer-Encoding", value)]
            got = outcome(
                chapter, chapter.body_framing, request_with(chapter, *fields, method=method)
            )
            usually = (
                beliefs.EMPTY_MEMBERS if splits and "," in value else beliefs.CODING_IS_A_STRING
            )
            same(
                "body_framing() gave:",
                sent=as_sent(*fields, first=f"{method} / HTTP/1.1"),
                expected="chunked",
                got=got,
                usually=beliefs.GET_HAS_NO_BODY if got == 0 and method == "GET" else usually,
            )


@promise(
    task=2,
    usually=beliefs.LENGTH_WINS,
    hints=(
        "Both fields are there. The program in front of you has believed one. Do you know which?",
        "You cannot, so you refuse: it is enough that both are *there*, whatever they say.",
        "if 'content-length' in request.headers: raise HttpError(400, ...), as soon as you know that "
        "there is a Transfer-Encoding, and before you read the length.",
    ),
)
def test_both_fields_are_refused(chapter: Attempt) -> None:
    """Content-Length and Transfer-Encoding together are refused with 400, whatever they say."""
    length, coding = ("Content-Length", "5"), ("Transfer-Encoding", "chunked")
    for fields in (
        (length, coding),
        (coding, length),
        (("Content-Length", "0"), coding),
        (("Content-Length", "9" * 8), coding),
        (("Content-Length", "five"), coding),
        (("Content-Length", "9" * 30), coding),
        (length, length, coding),
        (length, ("Transfer-Encoding", "identity")),
        (length, ("Transfer-Encoding", "")),
    ):
        got = outcome(chapter, chapter.body_framing, request_with(chapter, *fields))
        usually = beliefs.EMPTY_IS_NONE if fields[-1][1] == "" else beliefs.LENGTH_WINS
        if got == refused(413):
            usually = beliefs.LIMIT_FIRST
        elif fields[0][1] == "0" and got == "chunked":
            usually = beliefs.FALSE_IS_NOT_THERE
        what, sent = "body_framing() gave:", as_sent(*fields)
        same(what, sent=sent, expected=refused(400), got=got, usually=usually)


@promise(
    task=2,
    usually=beliefs.VERSION_IS_A_NUMBER,
    hints=(
        "HTTP/1.0 is older than Transfer-Encoding. Who has put the field there?",
        "Look at request.version: a Transfer-Encoding in HTTP/1.0 is refused.",
        "if request.version < (1, 1): raise HttpError(400, ...).",
    ),
)
def test_http10_has_no_transfer_encoding(chapter: Attempt) -> None:
    """Transfer-Encoding in an HTTP/1.0 request is refused with 400."""
    for fields in (
        (("Transfer-Encoding", "chunked"),),
        (("Transfer-Encoding", "identity"),),
        (("Content-Length", "5"), ("Transfer-Encoding", "chunked")),
    ):
        request = request_with(chapter, *fields, version=(1, 0))
        got = outcome(chapter, chapter.body_framing, request)
        sent = as_sent(*fields, first="POST / HTTP/1.0")
        same("body_framing() gave:", sent=sent, expected=refused(400), got=got)


@promise(
    task=2,
    usually=beliefs.CHUNKED_SOMEWHERE,
    hints=(
        "`chunked, gzip`: first the content was chunked, then all of that was packed. Where does it "
        "end?",
        "Only if the last member of the list is chunked, and no other is, can you find the end.",
        "if not codings or codings[-1] != 'chunked' or codings.count('chunked') > 1: "
        "raise HttpError(400, ...).",
    ),
)
def test_chunked_is_last_and_once(chapter: Attempt) -> None:
    """Codings that do not end with chunked, or hold it twice, are refused with 400."""
    for value in (
        "identity", "gzip", "chunked, gzip", "chunked, identity", "chunked, chunked",
        "gzip, chunked, chunked", "xchunked", "chunked-not", "chunk", "chunked;q=1", "\xa0chunked",
        '"chunked"', "chunked chunked", "", ",",
    ):  # fmt: skip
        fields = [("Transfer-Encoding", value)]
        got = outcome(chapter, chapter.body_framing, request_with(chapter, *fields))
        what = "body_framing() gave:"
        usually: Misconception | None = beliefs.CHUNKED_SOMEWHERE
        if got == "chunked" and value.strip() == "chunked":
            usually = beliefs.STRIP_KNOWS_BLANKS
        elif got == 0 and not value:
            usually = beliefs.EMPTY_IS_NONE
        elif got == refused(501) and "chunked" not in value:
            what = f"501 is for a coding that chunked follows: then the end can be found. {what}"
            usually = None
        elif got == refused(501) and value.count("chunked") > 1:
            what = f"501 is for a coding that you do not know. Chunked twice is faulty. {what}"
            usually = None
        same(what, sent=as_sent(*fields), expected=refused(400), got=got, usually=usually)
    fields = [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "identity")]
    got = outcome(chapter, chapter.body_framing, request_with(chapter, *fields))
    same("body_framing() gave:", sent=as_sent(*fields), expected=refused(400), got=got)


@promise(
    task=2,
    usually=beliefs.OTHER_CODINGS,
    hints=(
        "`gzip, chunked` says where the body ends. But what would you hand to an application?",
        "You know one coding. With any other before it the answer is 501, not 400: nothing is wrong "
        "with the request.",
        "if len(codings) > 1: raise HttpError(501, ...), below the check of the last one.",
    ),
)
def test_other_coding_is_not_implemented(chapter: Attempt) -> None:
    """Another coding before chunked is refused with 501."""
    for values in (("gzip, chunked",), ("GZIP,Chunked",), ("gzip", "chunked"), ("x;y=1, chunked",)):
        fields = [("Transfer-Encoding", value) for value in values]
        got = outcome(chapter, chapter.body_framing, request_with(chapter, *fields))
        same("body_framing() gave:", sent=as_sent(*fields), expected=refused(501), got=got)


@promise(
    task=3,
    usually=beliefs.NOBODY_WAITS,
    hints=(
        "A client writes `Expect: 100-Continue`, with a capital C. Does it wait?",
        "Compare without case. In HTTP/1.0 nobody waits, whatever the field says.",
        "if expect is None or request.version < (1, 1): return False. Then lower(), split at the "
        "commas, and compare each member.",
    ),
)
def test_who_waits_for_continue(chapter: Attempt) -> None:
    """An HTTP/1.1 client that expects 100-continue, in any case, waits for it; no other does."""
    for value in ("100-continue", "100-Continue", "100-CONTINUE", None):
        fields = [("Expect", value)] if value else []
        got = outcome(chapter, chapter.expects_continue, request_with(chapter, *fields))
        same("expects_continue() gave:", sent=as_sent(*fields), expected=bool(value), got=got)
    fields = [("Expect", "100-continue"), ("Expect", "100-continue")]
    got = outcome(chapter, chapter.expects_continue, request_with(chapter, *fields))
    what = "The same expectation twice is the same expectation. expects_continue() gave:"
    same(what, sent=as_sent(*fields), expected=True, got=got, usually=beliefs.EXPECT_IS_A_WORD)
    for value, expected in (("", False), (",", False), ("100-continue,", True)):
        fields = [("Expect", value)]
        got = outcome(chapter, chapter.expects_continue, request_with(chapter, *fields))
        what = "Empty members do not count. expects_continue() gave:"
        same(what, sent=as_sent(*fields), expected=expected, got=got, usually=beliefs.EMPTY_MEMBERS)
    for value in ("100-continue", "a-miracle"):
        fields = [("Expect", value)]
        request = request_with(chapter, *fields, version=(1, 0))
        got = outcome(chapter, chapter.expects_continue, request)
        sent = as_sent(*fields, first="POST / HTTP/1.0")
        what = "In HTTP/1.0 the field is ignored. expects_continue() gave:"
        same(what, sent=sent, expected=False, got=got, usually=beliefs.OLD_CLIENTS_WAIT)


@promise(
    task=3,
    usually=beliefs.ONE_EXPECTATION,
    hints=(
        "A client expects something that you have never heard of. May you go on?",
        "Say that you cannot: HttpError with status 417.",
        "if anything but 100-continue is among the members: raise HttpError(417, ...).",
    ),
)
def test_other_expectation_is_refused(chapter: Attempt) -> None:
    """Any other expectation is refused with 417."""
    for value in ("a-miracle", "200-ok", "100-continued", "100", "100-continue, a-miracle"):
        fields = [("Expect", value)]
        got = outcome(chapter, chapter.expects_continue, request_with(chapter, *fields))
        same("expects_continue() gave:", sent=as_sent(*fields), expected=refused(417), got=got)
    for values in (("100-continue", "a-miracle"), ("a-miracle", "100-continue")):
        fields = [("Expect", value) for value in values]
        got = outcome(chapter, chapter.expects_continue, request_with(chapter, *fields))
        what, sent = "The field has two lines. expects_continue() gave:", as_sent(*fields)
        same(what, sent=sent, expected=refused(417), got=got, usually=beliefs.EXPECT_IS_A_WORD)


@promise(
    task=4,
    usually=beliefs.ALL_AT_ONCE,
    hints=(
        "Five octets are missing and three come. How many are missing then?",
        "Keep that number in the object. Give back at most as many octets as are missing, and "
        "take off as many as you gave back.",
        "content = data[: self._missing]; self._missing -= len(content); return content. "
        "`done` is self._missing == 0.",
    ),
)
def test_length_in_any_pieces(chapter: Attempt) -> None:
    """However it is cut, you get that many octets, and it is done with the last of them."""
    content = b"h\xc3\xa9\r\n\r\n\x00"
    for pieces in cut_everywhere(content):
        decoder = chapter.LengthDecoder(len(content))
        taken = b""
        for number, piece in enumerate(pieces, start=1):
            same(
                f"{len(taken)} of {len(content)} octets have come. done is:",
                sent=pieces[: number - 1],
                expected=False,
                got=decoder.done,
            )
            got = decoder.feed(piece)
            same("feed() gave:", sent=pieces[:number], expected=piece, got=got)
            taken += got
        same("All have come. done is:", sent=pieces, expected=True, got=decoder.done)
        what = "Nothing has come behind the content, so nothing is left. rest is:"
        same(what, sent=pieces, expected=b"", got=decoder.rest, usually=beliefs.REST_IS_ALL)


@promise(
    task=4,
    usually=beliefs.LEFTOVERS_ARE_DROPPED,
    hints=(
        "The last piece holds the end of this content, and the beginning of the next request.",
        "Cut it: what is content is returned, what is behind it stays in `rest`. Content of length 0 "
        "is whole before anything is fed.",
        "self.rest = data[len(content) :], and `done` compares what is missing with 0 each time it is "
        "asked.",
    ),
)
def test_length_leaves_the_rest(chapter: Attempt) -> None:
    """Not one octet behind the content is taken, also after a length of 0: `rest` has them all."""
    decoder = chapter.LengthDecoder(0)
    what = "Nothing was fed. LengthDecoder(0).done is:"
    same(what, expected=True, got=decoder.done, usually=beliefs.UNTIL_NOTHING_COMES)
    got = decoder.feed(NEXT)
    same(
        "LengthDecoder(0).feed() gave:", sent=NEXT, expected=b"", got=got, usually=beliefs.TAKES_ALL
    )
    same("Then rest is:", sent=NEXT, expected=NEXT, got=decoder.rest)
    stream = b"hello" + NEXT
    for at in range(5):
        decoder = chapter.LengthDecoder(5)
        pieces = [stream[:at], stream[at:]]
        got = decoder.feed(pieces[0])
        what = f"{at} of 5 octets have come, and nothing behind them. rest is:"
        same(what, sent=pieces[:1], expected=b"", got=decoder.rest, usually=beliefs.REST_IS_ALL)
        got += decoder.feed(pieces[1])
        same(
            "feed() gave, in all:",
            sent=pieces,
            expected=b"hello",
            got=got,
            usually=beliefs.TAKES_ALL,
        )
        got = decoder.rest
        same("rest is:", sent=pieces, expected=NEXT, got=got, usually=wrong_rest(NEXT, got))


@promise(
    task=5,
    usually=beliefs.SIZE_LINE,
    signs={"spin": beliefs.SEARCHES_THE_PIECE},
    hints=(
        "Write down what can come next: a size line, data, the CR LF behind data, a trailer line. "
        "Which of them are you waiting for when a piece ends?",
        "Keep the bytes that are not used up, and what comes next, in the object. feed() goes on as "
        "long as there is enough for one more step. A size is int(…, 16).",
        "A method for each of the four steps: it takes what it needs from the buffer, says what "
        "comes next, and returns False if there is too little. feed() calls the next one until it "
        "says False, or done is True.",
    ),
)
def test_chunks_in_any_pieces(chapter: Attempt) -> None:
    """However the stream is cut, you get the data of all chunks, and it is done at its end."""
    for_any_body(lambda body, pieces: decodes(chapter, body, pieces))
    one, other = chapter.ChunkedDecoder(), chapter.ChunkedDecoder()
    one.feed(b"5\r\nhello\r\n5")
    body = chunked_body(ENCODED[:1])
    got = outcome(chapter, other.feed, body.stream)
    what = "Another decoder, which has a stream of its own, gave:"
    same(what, sent=body.stream, expected=b"hello", got=got, usually=beliefs.OWN_BUFFER)


def for_any_body(check: Callable[[Chunked, list[bytes]], None]) -> None:
    """Check many bodies, each in pieces; of what fails, the smallest."""
    from hypothesis import HealthCheck, Phase, Verbosity, configuration, given, settings
    from hypothesis import strategies as st

    failures: list[AssertionError] = []
    parts = st.lists(st.sampled_from(ENCODED), max_size=4)
    trailer = st.integers(0, len(TRAILERS) - 1)
    sizes = st.lists(st.integers(1, 12), max_size=30)

    @settings(
        max_examples=40,
        derandomize=True,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(parts, trailer, sizes)
    def try_one(parts: list[tuple[bytes, bytes]], trailer: int, sizes: list[int]) -> None:
        body = chunked_body(parts, trailer)
        try:
            check(body, in_sizes(body.stream, sizes))
        except AssertionError as failure:
            failures.append(failure)
            raise

    configuration.set_hypothesis_home_dir(Path(__file__).parents[1] / ".course" / "hypothesis")
    try:
        try_one()
    except Exception:
        if not failures:
            raise
        raise failures[-1] from None


def in_sizes(stream: bytes, sizes: Sequence[int]) -> list[bytes]:
    """Cut a stream into pieces of these sizes; what is left is the last piece."""
    pieces, at = [], 0
    for size in sizes:
        pieces.append(stream[at : at + size])
        at += size
    return [piece for piece in (*pieces, stream[at:]) if piece]


def decodes(chapter: Attempt, body: Chunked, pieces: list[bytes]) -> None:
    """Require that a decoder finds the content, and is done with the last octet, not before."""
    result = described(lambda: decoded(chapter, pieces))
    if isinstance(result, Literally):
        result = Literally(result.partition("\n")[0])
    expected = (body.content, True, len(body.stream))
    if result == expected:
        return
    in_one_piece = described(lambda: decoded(chapter, [body.stream]))
    reason = beliefs.SEARCHES_THE_PIECE if in_one_piece == expected else beliefs.SIZE_LINE
    if isinstance(in_one_piece, Literally) and has_trailers_alone(chapter, body):
        reason = beliefs.ONE_COLON
    if isinstance(result, tuple):
        content, done, fed = result
        if not isinstance(content, bytes):
            broken("feed() has to give bytes.", sent=pieces, got=content, usually=None)
        what = "These pieces were fed, one after the other. In all, feed() gave:"
        same(what, sent=pieces, expected=body.content, got=content, usually=reason)
        what = f"{fed} of {len(body.stream)} octets have come. done is:"
        if fed < len(body.stream):
            reason = beliefs.ZERO_IS_THE_END
        expected_done = fed == len(body.stream)
        same(what, sent=pieces, expected=expected_done, got=done, usually=reason)
    what = "These pieces were fed, one after the other. feed() gave:"
    broken(what, sent=pieces, expected=body.content, got=result, usually=reason)


def has_trailers_alone(chapter: Attempt, body: Chunked) -> bool:
    """Tell whether a decoder that fails on this body takes an empty one, without its trailers."""
    end = b"0\r\n\r\n"
    return bool(body.trailers) and described(lambda: decoded(chapter, [end])) == (
        b"",
        True,
        len(end),
    )


def decoded(chapter: Attempt, pieces: Sequence[bytes]) -> tuple[object, object, int]:
    """Return what a decoder gives for these pieces, whether it is done, and how much was fed."""
    decoder = chapter.ChunkedDecoder()
    content, fed = b"", 0
    for piece in pieces:
        got = decoder.feed(piece)
        fed += len(piece)
        if not isinstance(got, bytes):
            return got, decoder.done, fed
        content += got
        if decoder.done:
            break
    return content, decoder.done, fed


def chunked_outcome(chapter: Attempt, pieces: Sequence[bytes], *limits: int) -> object:
    """Return the content that a decoder finds, or how it refuses; `not done` if it waits on."""

    def feed_all() -> object:
        decoder = chapter.ChunkedDecoder(*limits)
        content = b"".join(decoder.feed(piece) for piece in pieces)
        return content if decoder.done else WAITS

    return outcome(chapter, feed_all)


@promise(
    task=5,
    usually=beliefs.INT_KNOWS_DIGITS,
    signs={ValueError: beliefs.INT_KNOWS_DIGITS},
    hints=(
        "Try int('0x5', 16), int('+5', 16), int('5 ', 16).",
        "A size is 1 to 16 of the characters 0-9, a-f, A-F. Look at them before int() does.",
        "A regular expression for the whole line, CHUNK_LINE.fullmatch(line), is there already: its "
        "group 1 is the size. No match is HttpError(400, ...).",
    ),
)
def test_size_is_hexadecimal_digits(chapter: Attempt) -> None:
    """A chunk size that is anything but 1 to 16 hexadecimal digits is refused with 400."""
    for size in (
        b"0x5", b"+5", b"-5", b"0_5", b"5h", b"5.", b" 5", b"5 ", b"", b"g", b"\xb2", b"\xa05",
        b"\xd9\xa5", b"%017x" % 5,
    ):  # fmt: skip
        stream = size + b"\r\nhello\r\n0\r\n\r\n"
        for pieces in whole_and_byte_by_byte(stream):
            got = chunked_outcome(chapter, pieces)
            usually = beliefs.ANY_LENGTH if len(size) > 16 else beliefs.INT_KNOWS_DIGITS
            if got == b"hello" and size in {b"5h", b"5."}:
                usually = beliefs.MATCH_IS_ENOUGH
            same("feed() gave:", sent=stream, expected=refused(400), got=got, usually=usually)


@promise(
    task=5,
    usually=beliefs.SKIPS_EXTENSIONS,
    signs={ValueError: beliefs.SIZE_LINE},
    hints=(
        "`5;pad=x` is a size of 5. What about `5;` and nothing behind it?",
        "An extension is `;` and a name, then perhaps `=` and a value: a token, or a text in double "
        "quotes. RFC 9112 §7.1.1 has the grammar, and CHUNK_LINE is its regular expression.",
        "match = CHUNK_LINE.fullmatch(line), not line.split(';')[0]. Before that, split_head() "
        "refuses control characters.",
    ),
)
def test_extensions_are_ignored_if_well_formed(chapter: Attempt) -> None:
    """Chunk extensions are ignored; what is none is refused with 400."""
    for extension in (
        b";pad", b";a=b", b';a="b;c\\"d"', b" ; a = b", b"\t;\ta", b";a;b=c",
        b';a=""', b';a="\xe9\t"', b";!#$%&'*+-.^_`|~0=1",
    ):  # fmt: skip
        stream = b"5" + extension + b"\r\nhello\r\n0" + extension + b"\r\n\r\n"
        for pieces in whole_and_byte_by_byte(stream):
            got = chunked_outcome(chapter, pieces)
            same("feed() gave:", sent=stream, expected=b"hello", got=got, usually=beliefs.SIZE_LINE)
    for extension in (
        b";", b";;a", b";a;", b";a=", b";=b", b";a b", b" a", b';a="b', b";a=b c", b";a\x00",
        b';a="\x7f"', b";a(", b";a=\xe9", b",a",
    ):  # fmt: skip
        for stream in (
            b"5" + extension + b"\r\nhello\r\n0\r\n\r\n",
            b"5\r\nhello\r\n0" + extension + b"\r\n\r\n",
        ):
            for pieces in whole_and_byte_by_byte(stream):
                got = chunked_outcome(chapter, pieces)
                same("feed() gave:", sent=stream, expected=refused(400), got=got)


@promise(
    task=5,
    usually=beliefs.LF_WILL_DO,
    signs={ValueError: beliefs.LF_WILL_DO, AssertionError: beliefs.SKIPS_TWO},
    hints=(
        "Where exactly does your decoder look for a line's end, and what does it do with the two "
        "octets behind the data?",
        "A line ends with CR LF, and an LF that has come without its CR will never get one. The data "
        "is followed by CR LF: compare, do not skip.",
        "Take a line up to its LF, take off CR LF, and give it to split_head(): it refuses CR and LF "
        "that stand alone. Behind the data: if the next two octets are not CR LF, HttpError(400).",
    ),
)
def test_lines_and_data_end_with_crlf(chapter: Attempt) -> None:
    """A line or data that does not end with CR LF is refused with 400, after a lone LF at once."""
    for stream, usually in (
        (b"5\nhello\r\n0\r\n\r\n", beliefs.LF_WILL_DO),
        (b"5\r\nhello\n0\r\n\r\n", beliefs.LF_WILL_DO),
        (b"5\r\nhello\r\n0\n\r\n", beliefs.LF_WILL_DO),
        (b"5\r\nhello\r\n0\r\nX: 1\n\r\n\r\n", beliefs.LF_WILL_DO),
        (b"5\r\nhello\r\n0\r\n\n\r\n\r\n", beliefs.LF_WILL_DO),
        (b"5;a\nb\r\nhello\r\n0\r\n\r\n", beliefs.LF_WILL_DO),
        (b"5\r\r\nhello\r\n0\r\n\r\n", beliefs.LF_WILL_DO),
        (b"5\rhello\r\n0\r\n\r\n", beliefs.LF_WILL_DO),
        (b"5\r\nhello!\r\n0\r\n\r\n", beliefs.SKIPS_TWO),
        (b"5\r\nhelloXX0\r\n\r\n", beliefs.SKIPS_TWO),
        (b"5\r\nhello\rX0\r\n\r\n", beliefs.SKIPS_TWO),
        (b"5\r\nhell\r\n0\r\n\r\n", beliefs.SKIPS_TWO),
        (b"5\r\nhello0\r\n\r\n", beliefs.SKIPS_TWO),
    ):
        for pieces in whole_and_byte_by_byte(stream):
            got = chunked_outcome(chapter, pieces)
            reason = (
                beliefs.WAITS_FOR_CRLF
                if got == WAITS and usually is beliefs.LF_WILL_DO
                else usually
            )
            same("feed() gave:", sent=stream, expected=refused(400), got=got, usually=reason)
    for stream in (b"5\n", b"5;a=b\n", b"5\r\nhello\n", b"0\r\n\n", b"0\r\nX: 1\n"):
        for pieces in whole_and_byte_by_byte(stream):
            got = chunked_outcome(chapter, pieces)
            what = "No more than this has come. feed() gave:"
            usually = beliefs.WAITS_FOR_CRLF if got == WAITS else beliefs.LF_WILL_DO
            same(what, sent=stream, expected=refused(400), got=got, usually=usually)


@promise(
    task=5,
    usually=beliefs.ZERO_IS_THE_END,
    signs={ValueError: beliefs.ONE_COLON, TypeError: beliefs.ZERO_IS_THE_END},
    hints=(
        "The size is 0. What may come before the empty line?",
        "Lines as in a head, up to an empty one. parse_field_line() reads each of them; it refuses "
        "what is none. Only then it is done.",
        "After a size of 0: take lines; for '' set self.trailers = Headers(fields), and remember that "
        "it is done; for any other fields.append(parse_field_line(line)).",
    ),
)
def test_trailers_end_with_an_empty_line(chapter: Attempt) -> None:
    """The content is whole at the empty line behind its trailers, and `trailers` has these."""
    for lines, fields in (*TRAILERS, (b"A: 1\r\na: 2\r\n", [("a", "1"), ("a", "2")])):
        stream = b"5\r\nhello\r\n0\r\n" + lines + b"\r\n"
        for pieces in cut_everywhere(stream):
            decoder = chapter.ChunkedDecoder()
            content = b""
            for number, piece in enumerate(pieces, start=1):
                content += decoder.feed(piece)
                fed = sum(map(len, pieces[:number]))
                what = f"{fed} of {len(stream)} octets have come. done is:"
                same(what, sent=pieces, expected=fed == len(stream), got=decoder.done)
            same("feed() gave, in all:", sent=pieces, expected=b"hello", got=content)
            found = list(decoder.trailers)
            usually = (
                beliefs.ONE_OF_EACH
                if found and len(found) < len(fields)
                else beliefs.ZERO_IS_THE_END
            )
            if len(found) > len(fields):
                usually = beliefs.OWN_BUFFER
            same("trailers has:", sent=pieces, expected=fields, got=found, usually=usually)
            holds(
                "trailers has to be a Headers, which finds a field by its name.",
                isinstance(decoder.trailers, chapter.Headers),
                sent=pieces,
                got=decoder.trailers,
                usually=beliefs.TRAILERS_ARE_PAIRS,
            )
    for last in (b"00", b"000;a=b", b"0" * 16):
        stream = b"5\r\nhello\r\n" + last + b"\r\n\r\n"
        for pieces in whole_and_byte_by_byte(stream):
            got = chunked_outcome(chapter, pieces)
            usually = beliefs.LAST_IS_ONE_ZERO
            same("feed() gave:", sent=stream, expected=b"hello", got=got, usually=usually)
    for line in (b" folded: 1", b"no colon", b"X : 1", b": 1", b"X: \x00", b"X: \x7f"):
        stream = b"5\r\nhello\r\n0\r\n" + line + b"\r\n\r\n"
        for pieces in whole_and_byte_by_byte(stream):
            decoder = chapter.ChunkedDecoder()
            got = outcome(chapter, taken_from, decoder, pieces)
            usually = (
                beliefs.ANY_TRAILER if list(decoder.trailers or []) else beliefs.SKIP_WHAT_IS_BAD
            )
            same("feed() gave:", sent=stream, expected=refused(400), got=got, usually=usually)


@promise(
    task=5,
    usually=beliefs.LEFTOVERS_ARE_DROPPED,
    signs={ValueError: beliefs.LEFTOVERS_ARE_DROPPED},
    hints=(
        "Behind the empty line, in the same piece, the next request begins. Where is it?",
        "When it is done, what is left in the buffer is not the decoder's. Put it into `rest`.",
        "if self.done: self.rest = bytes(self._buffer), at the end of feed(). And stop decoding "
        "there.",
    ),
)
def test_chunks_leave_the_rest(chapter: Attempt) -> None:
    """Not one octet behind a chunked body is taken: `rest` has them all."""
    following = chunked_body(ENCODED[1:2]).stream  # looks like more of the same
    for trailer in range(len(TRAILERS)):
        body = chunked_body(ENCODED[:1], trailer)
        for rest in (NEXT, following, b""):
            stream = body.stream + rest
            for at in range(len(body.stream)):
                decoder = chapter.ChunkedDecoder()
                pieces = [stream[:at], stream[at:]]
                got = decoder.feed(pieces[0])
                what = "Nothing has come behind the content. rest is:"
                same(
                    what,
                    sent=pieces[:1],
                    expected=b"",
                    got=decoder.rest,
                    usually=beliefs.REST_IS_ALL,
                )
                got += decoder.feed(pieces[1])
                same("feed() gave, in all:", sent=pieces, expected=b"hello", got=got)
                got = decoder.rest
                same("rest is:", sent=pieces, expected=rest, got=got, usually=wrong_rest(rest, got))


@promise(
    task=5,
    usually=beliefs.TRUSTS_THE_SIZE,
    hints=(
        "A size line says FFFFFFFFFFFFFFFF. When do you refuse: now, or when the data has come?",
        "Add up the sizes as they are announced, and compare with the limit each time.",
        "self._length += size; if self._length > self._limit: raise HttpError(413, ...), before you "
        "wait for any data.",
    ),
)
def test_chunks_over_the_limit(chapter: Attempt) -> None:
    """A size that leads over `limit` octets is refused with 413 at once; `limit` octets are not."""
    most = chapter.LARGEST_CONTENT
    for stream, limits, expected in (
        (b"5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n", (10,), b"helloworld"),
        (b"FFFFFFFFFFFFFFFF\r\n", (10,), refused(413)),
        (b"b\r\n", (10,), refused(413)),
        (b"5\r\nhello\r\n6\r\n", (10,), refused(413)),
        (b"1\r\nx\r\n" * 11, (10,), refused(413)),
        (b"%x\r\n" % most, (), WAITS),
        (b"%x\r\n" % (most + 1), (), refused(413)),
    ):
        for pieces in whole_and_byte_by_byte(stream):
            got = chunked_outcome(chapter, pieces, *limits)
            what = f"The limit is {limits[0] if limits else most:,}. feed() gave:"
            usually: Misconception | None = beliefs.LIMIT_IS_ROUGH
            if expected == refused(413):
                usually = beliefs.TRUSTS_THE_SIZE
            if stream == b"b\r\n" and got == WAITS:
                usually = beliefs.OWN_LIMIT
            elif got == refused(400):
                what = f"400 is for what is malformed; this is too long. {what}"
                usually = None
            same(what, sent=stream, expected=expected, got=got, usually=usually)


@promise(
    task=5,
    usually=beliefs.ONLY_CONTENT_IS_LONG,
    signs={"hang": beliefs.ONLY_CONTENT_IS_LONG, "spin": beliefs.ONLY_CONTENT_IS_LONG},
    hints=(
        "A client sends a size, `;a=`, and then letters for ever. Which of your limits does it meet?",
        "Count what is no content: extensions, trailers, and what has come of a line that has no "
        "end yet. All chunks of a body share one count.",
        "One counter in the object. Add what stands behind the digits at each size line, and the "
        "length of each trailer's line. A line without LF may be LONGEST_SIZE octets longer than what "
        "the counter leaves: a size and a CR are no overhead. More is HttpError(400).",
    ),
)
def test_overhead_is_limited(chapter: Attempt) -> None:
    """Extensions and trailers over LARGEST_OVERHEAD octets are refused with 400, even unfinished."""
    most = chapter.LARGEST_OVERHEAD
    letters, many = b"x" * (2 * most), most // 50
    for name, start, stream in (
        ("one long extension", b"5", b";a=" + letters + b"\r\nhello\r\n0\r\n\r\n"),
        ("an extension without end", b"5", b";a=" + letters),
        ("a size without end", b"", b"0" * (2 * most)),
        ("many extensions", b"", (b"1;a=" + b"x" * 96 + b"\r\nx\r\n") * many + b"0\r\n\r\n"),
        ("one long trailer", b"0\r\n", b"X: " + letters + b"\r\n\r\n"),
        ("a trailer without end", b"0\r\n", b"X: " + letters),
        ("many trailers", b"0\r\n", (b"X: " + b"x" * 97 + b"\r\n") * many + b"\r\n"),
        ("behind a size over the limit, too, an extension", b"F" * 16, b";a=" + letters + b"\r\n"),
    ):
        whole = start + stream
        for pieces in ([whole], [whole[at : at + 999] for at in range(0, len(whole), 999)]):
            got = chunked_outcome(chapter, pieces)
            what = f"{name[0].upper()}{name[1:]}, {len(whole):,} octets in all. feed() gave:"
            usually = beliefs.ANY_ORDER if got == refused(413) else beliefs.ONLY_CONTENT_IS_LONG
            same(what, sent=whole, expected=refused(400), got=got, usually=usually)
    stream, data = b"1\r\nx\r\n" * (most + 1) + b"0\r\n\r\n", b"x" * (most + 1)
    for pieces in ([stream], [stream[at : at + 9999] for at in range(0, len(stream), 9999)]):
        got = chunked_outcome(chapter, pieces)
        what = f"{most + 1:,} chunks without extensions are allowed. feed() gave:"
        same(what, sent=stream, expected=data, got=got, usually=beliefs.SIZES_ARE_OVERHEAD)


@promise(
    task=5,
    usually=beliefs.LIMIT_IS_ROUGH,
    signs={"hang": beliefs.ONLY_CONTENT_IS_LONG, "spin": beliefs.ONLY_CONTENT_IS_LONG},
    hints=(
        "An extension of LARGEST_OVERHEAD octets is allowed, whole and cut. Which octets of its line "
        "does your decoder count while the line has no end?",
        "Behind the digits of a size everything counts, the `;` too, but not the CR LF; of a trailer "
        "the line. Sixteen digits and a CR may have come that do not count.",
        "At a line's end: counter += len(line) - len(digits), or += len(line) for a trailer; if "
        "counter > LARGEST_OVERHEAD: HttpError(400). Without an LF: if counter + len(self._buffer) - "
        "LONGEST_SIZE > LARGEST_OVERHEAD: HttpError(400).",
    ),
)
def test_overhead_to_the_octet(chapter: Attempt) -> None:
    """However it is cut, LARGEST_OVERHEAD octets beside the content are allowed, one more is not."""
    most = chapter.LARGEST_OVERHEAD
    end = b"\r\nhello\r\n0\r\n"
    for more, expected in ((0, b"hello"), (1, refused(400))):
        long, half = b"x" * (most - 3 + more), b"x" * (most // 2 - 3)
        other = b"x" * (most - len(half) - 6 + more)
        for name, stream in (
            ("an extension", b"5;a=" + long + end + b"\r\n"),
            ("an extension, behind 16 digits", b"%016x;a=" % 5 + long + end + b"\r\n"),
            ("two extensions", b"5;a=" + half + end[:-2] + b";a=" + other + b"\r\n\r\n"),
            ("a trailer", b"5" + end + b"X: " + long + b"\r\n\r\n"),
            ("an extension and a trailer", b"5;a=" + half + end + b"X: " + other + b"\r\n\r\n"),
        ):
            sent = Literally(f"{stream[:18]!r} … {stream[-13:]!r}")
            ways = [("in one piece", [stream])]
            ways += [
                ("999 octets in a piece", [stream[at : at + 999] for at in range(0, 18000, 999)])
            ]
            ways += [
                (f"cut {left} octets before its end", [stream[:-left], stream[-left:]])
                for left in range(1, 23)
            ]
            for way, pieces in ways:
                got = chunked_outcome(chapter, pieces)
                what = f"{most + more:,} octets beside the content, {name}, {way}. feed() gave:"
                same(what, sent=sent, expected=expected, got=got)


def many_small_chunks(count: int) -> list[bytes]:
    """Return chunks of one octet, each in a piece of its own."""
    return [b"1\r\nx\r\n"] * count


def small_chunks_and_a_large_one(count: int) -> list[bytes]:
    """Return chunks of one octet, and a large one behind them, all in one piece."""
    large = 1000 * count
    return [b"1\r\nx\r\n" * count + b"%x\r\n" % large + bytes(large) + b"\r\n"]


def one_large_chunk(count: int) -> list[bytes]:
    """Return one chunk, in pieces of 250 octets."""
    return [b"%x\r\n" % (250 * count), *([bytes(250)] * count)]


def processor_time(chapter: Attempt, pieces: list[bytes]) -> float:
    """Return how many seconds a processor was busy with decoding these pieces."""
    decoder = chapter.ChunkedDecoder()
    began = time.thread_time()
    for piece in pieces:
        decoder.feed(piece)
    return time.thread_time() - began


def growth(chapter: Attempt, cut: Callable[[int], list[bytes]], count: int) -> float:
    """Return how many times as long four times as much takes, at the best of three tries.

    Even growth gives 4, growth with the square 16. What takes next to no time counts as even.
    """
    best = float("inf")
    for _try in range(3):
        if (long := processor_time(chapter, cut(4 * count))) < NEXT_TO_NOTHING:
            return 4
        best = min(best, long / min(processor_time(chapter, cut(count)) for _again in range(3)))
    return best


@promise(
    task=5,
    usually=beliefs.STARTS_AGAIN,
    signs={"hang": beliefs.STARTS_AGAIN, "spin": beliefs.STARTS_AGAIN},
    hints=(
        "A client sends a long body in very small pieces. How many octets does your decoder look at "
        "or copy for each piece?",
        "Only what is new, and what is left of the line before. A slice of bytes copies all that it "
        "holds, and so does + for bytes.",
        "Keep what is not used up in a bytearray: += adds to it, del self._buffer[:n] cuts the front "
        "off, and neither copies the rest. Or walk through `data` with an index.",
    ),
)
def test_work_grows_evenly(chapter: Attempt) -> None:
    """Four times as many octets take about four times as long, in one piece and in many."""
    for name, cut, count in (
        ("chunks of one octet, one in each piece", many_small_chunks, 100),
        ("one large chunk, in pieces of 250 octets", one_large_chunk, 1000),
        ("small chunks and a large one, in one piece", small_chunks_and_a_large_one, 200),
    ):
        times = growth(chapter, cut, count)
        holds(
            f"Four times as much took {times:.0f} times as long.",
            times < STEEP,
            sent=Literally(name),
        )


@promise(
    task=6,
    usually=beliefs.ERROR_IS_NO_STATUS,
    signs={UnicodeEncodeError: beliefs.LENGTH_OF_TEXT, TypeError: beliefs.LENGTH_OF_TEXT},
    hints=(
        "Write down, octet by octet, what a client has to read: where does your answer say that it "
        "ends?",
        "A status line, Content-Length, Connection: close, an empty line, and the text. Encode the "
        "text first: its length is the number of octets.",
        "content = str(error).encode(); HTTPStatus(error.status).phrase is the reason; lines end "
        "with \\r\\n; conn.sendall(head.encode() + content).",
    ),
)
def test_answer_says_why(chapter: Attempt) -> None:
    """The client reads the status, the error as text with its length in octets, and close."""
    for status, reason in ((400, "the café is closed"), (413, "this is too long"), (501, "no ✓")):
        error = chapter.HttpError(status, reason, "RFC 9112 §6.1", "x: y\xe9\x80")
        with connected() as (client, server), running(chapter.refuse, server, error, AMPLE):
            client.shutdown(socket.SHUT_WR)
            answer = receive_all(client)
        head, empty_line, content = answer.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        start = f"HTTP/1.1 {status} ".encode()
        holds(
            f"The answer has to begin with {start!r}.",
            first.startswith(start) and b"\n" not in first,
            got=answer,
            usually=None
            if re.match(rb"HTTP/1\.[01] [45]\d\d ", first)
            else beliefs.ERROR_IS_NO_STATUS,
        )
        holds("No empty line ends the head of the answer.", empty_line, got=answer)
        fields = [line.partition(b":") for line in lines]
        found = {name.strip().lower(): value.strip() for name, _colon, value in fields}
        length = str(len(content)).encode()
        got = found.get(b"content-length", Literally("no such field"))
        same(
            "Its Content-Length:",
            sent=answer,
            expected=length,
            got=got,
            usually=beliefs.LENGTH_OF_TEXT,
        )
        got = found.get(b"connection", Literally("no such field"))
        got = got.lower() if isinstance(got, bytes) else got
        same(
            "Its Connection:",
            sent=answer,
            expected=b"close",
            got=got,
            usually=beliefs.CLOSES_SILENTLY,
        )
        text = content.decode(errors="replace")
        what = "The text is not str(error). It is:"
        usually = beliefs.REASON_IS_ENOUGH if reason in text else None
        expected = str(error)
        holds(what, expected in text, expected=expected, got=text, usually=usually)
        holds("The connection is still open.", server.fileno() == -1, usually=beliefs.CLOSES_ITSELF)


def send_first(client: socket.socket) -> object:
    """Be a client that sends all, then reads; return the beginning of what it reads."""
    head = f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {UPLOAD}\r\n\r\n"
    try:
        client.sendall(head.encode() + bytes(UPLOAD))
        answer = receive_all(client)
    except OSError as error:
        return Literally(f"{type(error).__name__}, while it was still sending")
    finally:
        client.close()
    return answer[:12]


@promise(
    task=6,
    usually=beliefs.CLOSE_AT_ONCE,
    signs={"hang": beliefs.BOTH_WAIT},
    hints=(
        "The client is sending 30 MB, and reads nothing before they are all sent. What do its bytes "
        "meet when you have closed?",
        "After your answer say that you have finished, then take what still comes, and drop it. You "
        "have written that in chapter 4.",
        "close_gracefully(conn, seconds) after conn.sendall(...).",
    ),
)
def test_client_in_the_middle_of_sending(chapter: Attempt) -> None:
    """A client that sends 30 MB before it reads still reads why it was refused."""
    error = chapter.HttpError(413, "too long", "RFC 9110 §15.5.14")
    with connected() as (client, server), running(send_first, client) as sending:
        chapter.refuse(server, error, AMPLE)
        got = sending.result()
    sent = Literally("a head and 30 MB; then it reads")
    same("What the client read:", sent=sent, expected=b"HTTP/1.1 413", got=got)


def drip(client: socket.socket, over: threading.Event) -> bool:
    """Send an octet again and again until `over`, and tell whether that came within PATIENCE."""
    end = time.monotonic() + PATIENCE
    while not over.wait(0.002) and time.monotonic() < end:
        with suppress(OSError):
            client.send(b".")
    return over.is_set()


@promise(
    task=6,
    usually=beliefs.CLOSES_ITSELF,
    signs={"hang": beliefs.NO_DEADLINE, "leak": beliefs.CLOSES_ITSELF},
    hints=(
        "There are three kinds of clients that never finish: gone, silent, and endless. Does your "
        "connection get closed for each of them?",
        "The deadline counts from the beginning; chapter 4's close_gracefully() keeps it. And "
        "sendall() may raise before you get there: close then, too, and let the error through.",
        "with conn: conn.sendall(...); close_gracefully(conn, seconds)",
    ),
)
def test_closed_in_any_case(chapter: Attempt) -> None:
    """The connection is closed if the client has gone (OSError), or never ends (`seconds`)."""
    error = chapter.HttpError(400, "no", "RFC 9112 §6.1")
    with connected() as (client, server):
        reset(client)
        with suppress(ConnectionError):
            server.recv(1)  # the reset has come
        sent = Literally("a reset, before the answer")
        with refusal("The answer could not be sent.", OSError, usually=beliefs.KEEPS_QUIET):
            chapter.refuse(server, error, SHORT)
        holds("The connection is still open.", server.fileno() == -1, sent=sent)
    with connected() as (_client, server):
        began = time.monotonic()
        chapter.refuse(server, error, SHORT)
        took = time.monotonic() - began
        sent = Literally("nothing, and it stays")
        holds("The connection is still open.", server.fileno() == -1, sent=sent)
        what = f"It was given {SHORT} s. Seconds that it took:"
        holds(what, took < PATIENCE, sent=sent, got=round(took, 1), usually=beliefs.NO_DEADLINE)
    with connected() as (client, server):
        over = threading.Event()
        with running(drip, client, over) as dripping:
            try:
                chapter.refuse(server, error, SHORT)
            finally:
                over.set()
            in_time = dripping.result()
        sent = Literally("an octet again and again")
        what = f"It was given {SHORT} s, but went on reading."
        holds(what, in_time, sent=sent, usually=beliefs.NO_DEADLINE)
        holds("The connection is still open.", server.fileno() == -1, sent=sent)


def fill(conn: socket.socket) -> None:
    """Send until there is room for nothing more: the peer does not read."""
    for octets, seconds in ((1 << 16, SHORT), (1 << 12, 0)):
        conn.settimeout(seconds)
        with suppress(TimeoutError, BlockingIOError):
            while True:
                conn.send(bytes(octets))
    conn.settimeout(None)


@promise(
    task=6,
    usually=beliefs.SHORT_IS_QUICK,
    signs={"hang": beliefs.SHORT_IS_QUICK, "leak": beliefs.CLOSES_ITSELF},
    hints=(
        "A client has asked and asked, and never read an answer. Where does yours go?",
        "There is no room for it on this side either, so sendall() waits. It needs a timeout; then it "
        "raises TimeoutError, which is an OSError.",
        "conn.settimeout(seconds), before conn.sendall(...), inside of `with conn:`.",
    ),
)
def test_client_that_never_reads(chapter: Attempt) -> None:
    """If the client does not take the answer within `seconds`: OSError, and the end of it."""
    error = chapter.HttpError(400, "no", "RFC 9112 §6.1")
    sent = Literally("nothing, and it has never read")
    with connected() as (_client, server):
        fill(server)
        began = time.monotonic()
        with refusal("The answer could not be sent.", OSError, usually=beliefs.KEEPS_QUIET):
            chapter.refuse(server, error, SHORT)
        took = time.monotonic() - began
        what = f"It was given {SHORT} s to send. Seconds that it took:"
        holds(what, took < PATIENCE, sent=sent, got=round(took, 1))
        holds(
            "The connection is still open.",
            server.fileno() == -1,
            sent=sent,
            usually=beliefs.CLOSES_ITSELF,
        )


class Chunked(NamedTuple):
    """A chunked body as a client sends it, and what has to be found in it."""

    stream: bytes
    content: bytes
    trailers: list[tuple[str, str]]


def chunked_body(parts: Sequence[tuple[bytes, bytes]], trailer: int = 0) -> Chunked:
    """Put chunks together, and end them with one of TRAILERS."""
    lines, fields = TRAILERS[trailer]
    stream = b"".join(encoded for encoded, _data in parts) + b"0\r\n" + lines + b"\r\n"
    return Chunked(stream, b"".join(data for _encoded, data in parts), fields)


def request_with(
    chapter: Attempt,
    *fields: tuple[str, str],
    method: str = "POST",
    version: tuple[int, int] = (1, 1),
) -> Any:
    """Return a request that has these fields, and Host."""
    headers = chapter.Headers([("Host", "example.test"), *fields])
    return chapter.Request(method, "/", version, headers)


def outcome(chapter: Attempt, call: Callable[..., object], *arguments: object) -> object:
    """Return what a call returns, or `HttpError 400` for one that it raises."""
    try:
        return call(*arguments)
    except chapter.HttpError as error:
        return Literally(f"HttpError {error.status}")


def refused(status: int) -> Literally:
    """Return the outcome of a call that refuses."""
    return Literally(f"HttpError {status}")


def as_sent(*fields: tuple[str, str], first: str = "") -> Literally:
    """Return what matters of a head, as a report shows it; values that cannot be seen in quotes."""
    lines = [first] if first else []
    for name, value in fields:
        plain = value and value.isascii() and value.isprintable()
        lines.append(f"{name}: {value if plain else repr(value)}")
    return Literally(" ⏎ ".join(lines) or "no such field")


def taken_from(decoder: Any, pieces: Sequence[bytes]) -> bytes:
    """Return all that a decoder gives for these pieces."""
    return b"".join(map(decoder.feed, pieces))


def wrong_rest(expected: bytes, got: object) -> Misconception:
    """Return what is behind a `rest` that is not the expected one."""
    too_much = isinstance(got, bytes) and len(got) > len(expected)
    return beliefs.REST_IS_ALL if too_much else beliefs.LEFTOVERS_ARE_DROPPED


def cut_everywhere(stream: bytes) -> Iterator[list[bytes]]:
    """Yield a stream in one piece, in two for every place to cut it, and byte by byte."""
    yield [stream]
    yield from ([stream[:at], stream[at:]] for at in range(1, len(stream)))
    yield [stream[at : at + 1] for at in range(len(stream))]


def whole_and_byte_by_byte(stream: bytes) -> Iterator[list[bytes]]:
    """Yield a stream in one piece, and byte by byte."""
    yield [stream]
    yield [stream[at : at + 1] for at in range(len(stream))]


ENCODED = (
    (b"5\r\nhello\r\n", b"hello"),
    (b"10\r\n0123456789abcdef\r\n", b"0123456789abcdef"),
    (b"000c\r\n\r\n0\r\n\r\n5\r\n\r\n\r\n", b"\r\n0\r\n\r\n5\r\n\r\n"),
    (b"1\r\n\r\r\n", b"\r"),
    (b"B;pad=x\r\n\xff\x00 and more\r\n", b"\xff\x00 and more"),
    (b"12C\r\n" + b"x" * 300 + b"\r\n", b"x" * 300),
)
TRAILERS: tuple[tuple[bytes, list[tuple[str, str]]], ...] = (
    (b"", []),
    (b"X-Sum: 15\r\n", [("x-sum", "15")]),
    (b"A: 1\r\nb:2\r\n", [("a", "1"), ("b", "2")]),
)


TASKS = {
    1: "content_length",
    2: "body_framing",
    3: "expects_continue",
    4: "LengthDecoder.__init__, LengthDecoder.done, LengthDecoder.feed",
    5: "ChunkedDecoder.__init__, ChunkedDecoder.done, ChunkedDecoder.feed",
    6: "refuse",
}
