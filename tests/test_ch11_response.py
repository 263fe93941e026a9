"""The promises of chapter 11: what a response says about its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from email.utils import parsedate_to_datetime
from functools import partial
from time import time
from typing import Any

from course.checks.answers import Attempt
from course.checks.expect import Literally, broken, described, holds, same
from course.checks.promises import Misconception, promise
from tests import beliefs
from tests.responses import Answer, Short, read_answer, request_of, whole


@promise(
    task=1,
    usually=beliefs.LF_ENDS_A_LINE,
    hints=(
        "What ends a line, and what ends the head?",
        "The status line is `HTTP/1.1`, space, the status, space, the reason, which may be empty. "
        "Then a line for each pair, in order.",
        r"reason = REASONS.get(status, ''); lines = [f'HTTP/1.1 {status} {reason}'], and "
        r"f'{name}: {value}' for each field; then '\r\n'.join([*lines, '', '']).encode('latin-1').",
    ),
)
def test_head_is_lines(chapter: Attempt) -> None:
    """A head is a status line and a line for each field, in order, repeats kept; CR LF ends each."""
    cookies = [("Set-Cookie", "a=1"), ("X-Name", "José"), ("Set-Cookie", "b=2")]
    for status, fields, expected in (
        (200, [], b"HTTP/1.1 200 OK\r\n\r\n"),
        (404, [("A", "b\tc d")], b"HTTP/1.1 404 Not Found\r\nA: b\tc d\r\n\r\n"),
        (299, [("Allow", "")], b"HTTP/1.1 299 \r\nAllow: \r\n\r\n"),
    ):
        got = described(partial(chapter.response_head, status, fields))
        is_cut_short = isinstance(got, bytes) and not got.endswith(b"\r\n\r\n")
        usually = beliefs.LF_ENDS_A_LINE if is_cut_short else None
        same("The head:", sent=(status, fields), expected=expected, got=got, usually=usually)
    expected = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nX-Name: Jos\xe9\r\nSet-Cookie: b=2\r\n\r\n"
    got = described(lambda: chapter.response_head(200, iter(cookies)))
    is_lost = isinstance(got, bytes) and got.count(b"Set-Cookie") == 1
    usually = beliefs.FIELDS_IN_A_DICT if is_lost else None
    same("The head:", sent=cookies, expected=expected, got=got, usually=usually)


@promise(
    task=1,
    usually=beliefs.VALUES_ARE_HARMLESS,
    hints=(
        "A name or a value may come from anybody. What must not stand in a line?",
        "A name is a token: of one character at least, and only of those that may stand there. A value "
        "holds no control character, but for tab.",
        "FIELD_NAMES[name], from chapter 9, is '' for what is no token. For the whole head: "
        "head.translate(None, FIELD_VALUE) has to be nothing but your own line ends.",
    ),
)
def test_field_injection_is_refused(chapter: Attempt) -> None:
    """What would end a line, or is no token, or no latin-1, is a ValueError: no head comes of it."""
    values = ["a\r\nSet-Cookie: b=1", "a\r\n b", "a\nb", "a\rb", "\r\n", "a\0b", "\x1b[0m", "\x7f"]
    names = ["", " ", "A B", "A:", "Content-Length ", "A\r\nB", "A\n", "Ä", '"A"', "A\tB", "(A)"]
    wrong = [("A", value) for value in [*values, "✓"]] + [(name, "b") for name in names]
    for field in wrong:
        got = error_of(partial(chapter.response_head, 200, [("B", "c"), field]))
        if not isinstance(got, ValueError):
            text = got or "no error"
            broken("This field was taken:", sent=field, expected=Literally("ValueError"), got=text)
    for name, value in (("X_y.z!~1", "\t é, ~ "), ("a", "")):
        head = described(partial(chapter.response_head, 200, [(name, value)]))
        holds(
            "This field is allowed:",
            isinstance(head, bytes),
            sent=(name, value),
            got=head,
            usually=None,
        )


@promise(
    task=2,
    usually=beliefs.LENGTH_OF_TEXT,
    hints=(
        "How long is the content: in what unit?",
        "Content-Length is len() of the bytes. Put the head before them, unchanged, and return one "
        "piece.",
        "head.append(('Content-Length', str(len(content)))); return [response_head(status, head) + "
        "content]",
    ),
)
def test_length_counts_octets(chapter: Attempt) -> None:
    """Content that is bytes goes out unchanged, in one piece with its head and its length in octets."""
    for content in ("né✓".encode(), bytes(range(256)), b"", b"a\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"):
        response = chapter.Response(content, 201, [("X-B", "1"), ("X-A", "2"), ("X-B", "3")])
        pieces = list(chapter.serialize(response, request_of(chapter), True))
        same(
            "The number of pieces:",
            sent=content,
            expected=1,
            got=len(pieces),
            usually=beliefs.TWO_WRITES,
        )
        is_unchanged = pieces[0].endswith(content)
        usually = beliefs.RESPONSE_IS_TEXT
        holds(
            "The content has changed:", is_unchanged, sent=content, got=pieces[0], usually=usually
        )
        answer = whole(pieces[0], usually=beliefs.LENGTH_OF_TEXT)
        same("The status:", expected=201, got=answer.status)
        usually = (
            beliefs.NO_LENGTH_NEEDED if not answer.all("content-length") else beliefs.LENGTH_OF_TEXT
        )
        lengths = answer.all("content-length")
        same(
            "Content-Length:",
            sent=content,
            expected=[str(len(content))],
            got=lengths,
            usually=usually,
        )
        same("The content:", expected=content, got=answer.content)
        ours = [(name, value) for name, value in answer.fields if name.startswith("x-")]
        expected = [("x-b", "1"), ("x-a", "2"), ("x-b", "3")]
        same(
            "The application's fields:",
            expected=expected,
            got=ours,
            usually=beliefs.FIELDS_IN_A_DICT,
        )


@promise(
    task=2,
    usually=beliefs.CLOSES_SILENTLY,
    hints=(
        "Two fields are nobody's but the server's: when was this said, and does the connection go on?",
        "Date is http_date(int(time.time())). Connection says close whenever the connection ends, "
        "keep-alive if it persists in HTTP/1.0, and else nothing.",
        "if not persists: ('Connection', 'close'); elif request.version < (1, 1): ('Connection', "
        "'keep-alive')",
    ),
)
def test_server_adds_its_own_fields(chapter: Attempt) -> None:
    """You add Date, and Connection: `close` whenever it ends, `keep-alive` if HTTP/1.0 persists."""
    for status in (200, 304, 404, 500):
        answer = whole(serialized(chapter, chapter.Response(status=status)))
        dates, now = answer.all("date"), time()
        same(
            "How many Dates:",
            sent=status,
            expected=1,
            got=len(dates),
            usually=beliefs.DATE_IS_DECORATION,
        )
        seconds = described(partial(seconds_of, dates[0]))
        is_right = isinstance(seconds, float) and abs(seconds - now) < 60
        is_right = is_right and len(dates[0]) == 29 and dates[0].endswith(" GMT")
        expected = Literally(chapter.http_date(int(now)))
        if not is_right:
            broken("Date:", expected=expected, got=dates[0], usually=beliefs.DATE_IS_DECORATION)
    for version, persists, option in (
        ((1, 1), False, "close"),
        ((1, 0), True, "keep-alive"),
        ((1, 0), False, "close"),
        ((1, 1), True, None),
    ):
        data = serialized(chapter, chapter.Response(b"hi"), version=version, persists=persists)
        options = [value.lower() for value in whole(data).all("connection")]
        sent = Literally(
            f"HTTP/1.{version[1]}, the connection {'persists' if persists else 'ends'}"
        )
        if option is None:
            usually = None if "close" in options else beliefs.KEEP_ALIVE_IS_ASKED_FOR
            same("Connection says:", sent=sent, expected=[], got=options, usually=usually)
        else:
            usually = beliefs.CLOSES_SILENTLY if option == "close" else None
            same("Connection says:", sent=sent, expected=[option], got=options, usually=usually)


@promise(
    task=2,
    usually=beliefs.SIZE_LINE,
    hints=(
        "Nobody knows how long the content is going to be. How does the client find its end?",
        "A generator: the head, then for each piece that is not empty its size in hexadecimal, CR LF, "
        "the piece, CR LF; then the last chunk.",
        r"yield b'%x\r\n%b\r\n' % (len(piece), piece) for each piece; then yield b'0\r\n\r\n'",
    ),
)
def test_pieces_are_sent_as_chunks(chapter: Attempt) -> None:
    """Pieces go out as chunks, each as soon as it is there; empty ones are left out."""
    taken: list[bytes] = []

    def content() -> Iterator[bytes]:
        for piece in (b"x" * 300, b"", b"0\r\n\r\n", b"\xff\0"):
            taken.append(piece)
            yield piece

    response = chapter.Response(content())
    pieces = iter(chapter.serialize(response, request_of(chapter), True))
    sent = b""
    while b"x" * 300 not in sent:
        piece = next(pieces, None)
        if piece is None:
            broken("The first piece was never sent.", got=sent, usually=None)
        sent += piece
    same(
        "When the first piece is sent, these have been taken from the application:",
        expected=[300],
        got=[len(piece) for piece in taken],
        usually=beliefs.COLLECT_FIRST,
    )
    sent += b"".join(pieces)
    try:
        answer, rest = read_answer(sent)
    except Short:
        _head, _, behind = sent.partition(b"\r\n\r\n")
        broken("Behind the head, these chunks come to no end:", got=behind)
    same("Transfer-Encoding:", expected=["chunked"], got=answer.all("transfer-encoding"))
    same("Behind the last chunk stands:", expected=b"", got=rest, usually=beliefs.EMPTY_IS_HARMLESS)
    same("The content:", expected=b"".join(taken), got=answer.content)
    what = Literally("Response([b'a', b'b']): pieces, as they came")
    pair = whole(serialized(chapter, chapter.Response([b"a", b"b"])), sent=what)
    got = pair.all("transfer-encoding")
    same(
        "Transfer-Encoding:",
        sent=what,
        expected=["chunked"],
        got=got,
        usually=beliefs.COLLECT_FIRST,
    )
    same("The content:", sent=what, expected=b"ab", got=pair.content)
    what = Literally("Response([]): there is no piece at all")
    nothing = whole(serialized(chapter, chapter.Response([])), sent=what, usually=beliefs.SIZE_LINE)
    same("The content:", sent=what, expected=b"", got=nothing.content)


@promise(
    task=2,
    usually=beliefs.CHUNKS_FOR_ALL,
    hints=(
        "This client speaks HTTP/1.0. What does it do with chunks?",
        "It gets the pieces as they are, and no field that frames them: the connection ends behind "
        "them.",
        "is_chunked = request.version >= (1, 1); only then Transfer-Encoding, and the chunks' sizes.",
    ),
)
def test_old_client_gets_no_chunks(chapter: Attempt) -> None:
    """An HTTP/1.0 client gets pieces as they are, at once, up to the end of the connection."""
    taken: list[bytes] = []

    def content() -> Iterator[bytes]:
        for piece in (b"one", b"", b"two"):
            taken.append(piece)
            yield piece

    request = request_of(chapter, version=(1, 0))
    pieces = iter(chapter.serialize(chapter.Response(content()), request, False))
    data = b""
    while b"one" not in data and (piece := next(pieces, None)) is not None:
        data += piece
    same(
        "When the first piece is sent, these have been taken from the application:",
        expected=[b"one"],
        got=list(taken),
        usually=beliefs.COLLECT_FIRST,
    )
    data += b"".join(pieces)
    answer, _rest = read_answer(data)
    same("Transfer-Encoding:", expected=[], got=answer.all("transfer-encoding"))
    given = serialized(chapter, chapter.Response([b"a", b"b"]), version=(1, 0), persists=False)
    for each in (answer, read_answer(given)[0]):
        got = each.all("content-length")
        same("Content-Length:", expected=[], got=got, usually=beliefs.COLLECT_FIRST)
    same(
        "Connection:",
        expected=["close"],
        got=answer.all("connection"),
        usually=beliefs.CLOSES_SILENTLY,
    )
    same("The content:", expected=b"onetwo", got=answer.content)


@promise(
    task=2,
    usually=beliefs.HEAD_IS_GET,
    hints=(
        "The client of a HEAD reads no content. What does it take your content for?",
        "Write every field that GET would have, Content-Length included; then leave the content out.",
        "Decide about the fields first, without looking at the method; at the end: if "
        "request.method == 'HEAD': return [head]",
    ),
)
def test_head_has_fields_and_no_content(chapter: Attempt) -> None:
    """An answer to HEAD has the fields that GET would have, and not one octet of content."""

    def names(answer: Answer) -> list[tuple[str, str]]:
        return sorted(field for field in answer.fields if field[0] != "date")

    for content in (b"hello", b"", [b"one", b"two"]):
        for version in ((1, 1), (1, 0)):
            response = chapter.Response(content, 404, [("X-A", "b")])
            sent = shown(response, "HEAD", version)
            persists = version == (1, 1)
            to_get = whole(serialized(chapter, response, "GET", version, persists))
            data = serialized(chapter, response, "HEAD", version, persists)
            to_head = whole(data, "HEAD", usually=beliefs.HEAD_IS_GET)
            same("Its fields:", sent=sent, expected=names(to_get), got=names(to_head))
            same("Its content:", sent=sent, expected=b"", got=to_head.content)


@promise(
    task=2,
    usually=beliefs.EVERY_STATUS_HAS_CONTENT,
    hints=(
        "Which statuses end with their head, whatever stands in it?",
        "204 and 304 get neither content nor a field that frames one, also if content was given. 205 "
        "gets Content-Length 0: a client does not know that it has none.",
        "A 205 is a response whose content is b'', whatever was given. And when you frame: if status "
        "in NO_CONTENT: nothing; elif isinstance(content, bytes): …",
    ),
)
def test_some_statuses_have_no_content(chapter: Attempt) -> None:
    """204 and 304 have no content and no framing, 205 has Content-Length 0, whatever is given."""
    for status, lengths in ((204, []), (304, []), (205, ["0"])):
        for content in (b"", b"gone", [b"go", b"ne"]):
            for method, version in (("GET", (1, 1)), ("GET", (1, 0)), ("HEAD", (1, 1))):
                response = chapter.Response(content, status, [("X-A", "b")])
                sent = shown(response, method, version)
                data = serialized(chapter, response, method, version)
                head, _, rest = data.partition(b"\r\n\r\n")
                same("Behind the head stands:", sent=sent, expected=b"", got=rest)
                answer, _rest = read_answer(head + b"\r\n\r\n", "HEAD")
                got = answer.all("content-length")
                same("Content-Length:", sent=sent, expected=lengths, got=got)
                got = answer.all("transfer-encoding")
                same("Transfer-Encoding:", sent=sent, expected=[], got=got)
                same("The field X-A:", sent=sent, expected=["b"], got=answer.all("x-a"))


@promise(
    task=2,
    usually=beliefs.APPLICATION_FRAMES,
    hints=(
        "When can you still refuse a response: before its head is sent, or after?",
        "Check everything before you return. A function that yields runs only when somebody takes its "
        "first value, so let another function yield.",
        "check_sendable(response) comes first. serialize() itself has no yield: it returns a list, or "
        "chain([head], chunks(content)), where chunks is a function of yours that yields.",
    ),
)
def test_what_cannot_be_sent_is_refused(chapter: Attempt) -> None:
    """A wrong status or field, a field of OURS, or content that is no bytes is refused by the call."""
    request = request_of(chapter)
    for content in (b"hi", [b"hi"], []):
        for kind, status, fields in (
            (ValueError, 100, []),
            (ValueError, 199, []),
            (ValueError, 600, []),
            (ValueError, 0, []),
            (ValueError, 200, [("content-length", "9")]),
            (ValueError, 200, [("A", "b"), ("Transfer-Encoding", "gzip")]),
            (ValueError, 304, [("CONNECTION", "keep-alive")]),
            (ValueError, 200, [("Date", "now")]),
            (ValueError, 200, [("A", "b\r\nC: d")]),
            (ValueError, 204, [("A B", "c")]),
        ):
            response = chapter.Response(content, status, fields)
            refuses(chapter, response, request, kind)
    for text in ("text", None, 42, bytearray(b"hi"), ["hi"], [b"hi", bytearray(b"hi")], {"a": 1}):
        refuses(
            chapter, chapter.Response(text), request, TypeError, usually=beliefs.RESPONSE_IS_TEXT
        )


def refuses(
    chapter: Attempt,
    response: Any,
    request: Any,
    kind: type[Exception],
    usually: Misconception = beliefs.APPLICATION_FRAMES,
) -> None:
    """Require that serialize() raises in the call itself."""
    pieces: list[Iterable[bytes]] = []
    error = error_of(lambda: pieces.append(chapter.serialize(response, request, True)))
    if isinstance(error, kind):
        return
    sent = Literally(f"Response({response.content!r}, {response.status}, {response.fields!r})")
    if pieces and isinstance(error_of(lambda: list(pieces[0])), kind):
        late = beliefs.CALL_RUNS_TO_YIELD if kind is ValueError else usually
        broken("serialize() refuses only when the first piece is taken.", sent=sent, usually=late)
    expected = Literally(kind.__name__)
    broken(
        "serialize() raised:",
        sent=sent,
        expected=expected,
        got=error or Literally("nothing"),
        usually=usually,
    )


GET = b"GET /one HTTP/1.1\r\nHost: a.test\r\n\r\n"
HEAD = b"HEAD /two HTTP/1.1\r\nHost: a.test\r\n\r\n"


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


def shown(response: Any, method: str, version: tuple[int, int]) -> Literally:
    """Return how a report shows what is to be serialized."""
    content = response.content if isinstance(response.content, bytes) else "pieces"
    return Literally(f"{response.status}, {content!r}, for {method} HTTP/1.{version[1]}")


def seconds_of(date: str) -> float:
    """Return the time that a date says, in seconds since 1970."""
    return parsedate_to_datetime(date).timestamp()


def error_of(call: Callable[[], object]) -> Any:
    """Return the error that a call raises, or None."""
    try:
        call()
    except NotImplementedError:
        raise
    except Exception as error:
        return error
    return None


TASKS = {1: "response_head", 2: "serialize"}
