"""The promises of chapter 12: when a connection may be used again."""

from __future__ import annotations

import errno
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from time import monotonic
from typing import Any
from unittest import mock

from course.checks.answers import Attempt
from course.checks.expect import Literally, broken, described, holds, refusal, same
from course.checks.peers import connected, logged_errors, receive_all, reset, running
from course.checks.promises import Misconception, promise
from tests import beliefs
from tests.responses import Answer, Short, error_of, read_answer, request_of, whole

SHORT = 0.05  # s, for a client that is silent, or never reads
LONGER = 0.15  # s, for a client that reads slowly
WHILE_IT_READS = 1.0  # s in which a client can read what has come; it takes a thousandth of that
BUFFER = 1 << 17  # octets
UPLOAD = 8 << 20  # octets: more than the buffers between two ends hold
NO_SUCH_FIELD = (
    "Most requests have no field Connection. What does headers.get() return for them?",
    "None. list_members() needs a str.",
    'list_members(request.headers.get("connection") or "")',
)


@promise(
    task=1,
    usually=beliefs.KEEP_ALIVE_IS_ASKED_FOR,
    hints=(
        "Who has to say something: the client that goes on, or the client that does not?",
        "It depends on the version. HTTP/1.1 goes on unless `close` is said; HTTP/1.0 only if "
        "`keep-alive` "
        "is.",
        '"close" not in tokens and (request.version >= (1, 1) or "keep-alive" in tokens)',
    ),
    hints_if={AttributeError: NO_SUCH_FIELD},
)
def test_connection_persists_by_default(chapter: Attempt) -> None:
    """In HTTP/1.1 the connection goes on unless `close` is said; in 1.0 only if `keep-alive` is."""
    for version, connection, expected in (
        ((1, 1), None, True),
        ((1, 0), None, False),
        ((1, 1), "close", False),
        ((1, 0), "close", False),
        ((1, 0), "keep-alive", True),
        ((1, 1), "keep-alive", True),
    ):
        said = [] if connection is None else [("connection", connection)]
        request = request_of(chapter, *said, version=version)
        sent = Literally(f"HTTP/1.{version[1]}, Connection: {connection}")
        got = bool(chapter.is_persistent(request))
        usually = beliefs.KEEP_ALIVE_IS_ASKED_FOR if expected and version == (1, 1) else None
        same("It persists:", sent=sent, expected=expected, got=got, usually=usually)
    request = request_of(chapter, ("keep-alive", "timeout=5"), version=(1, 0))
    sent = Literally("HTTP/1.0, Keep-Alive: timeout=5, and no Connection")
    got = bool(chapter.is_persistent(request))
    same("It persists:", sent=sent, expected=False, got=got, usually=None)


@promise(
    task=1,
    usually=beliefs.ONE_OPTION,
    hints=(
        "Connection: upgrade, Close. What is in that list?",
        "list_members() takes it apart. Make each member lower case, and look for whole members.",
        "tokens = {token.lower() for token in list_members(value)}",
    ),
)
def test_connection_is_a_list_of_tokens(chapter: Attempt) -> None:
    """`close` and `keep-alive` are found among other tokens, in any case, and only as whole words."""
    for version, values, expected in (
        ((1, 1), ["Close"], False),
        ((1, 0), ["Keep-Alive"], True),
        ((1, 1), ["upgrade, close"], False),
        ((1, 1), ["close,TE"], False),
        ((1, 0), ["TE ,\tKeep-Alive"], True),
        ((1, 1), ["TE", "close"], False),
        ((1, 1), ["close", "TE"], False),
        ((1, 1), [", ,close,"], False),
        ((1, 0), ["keep-alive", "close"], False),
        ((1, 1), ["closed, not-close, close=1"], True),
        ((1, 0), ["keep-alive-not"], False),
        ((1, 1), ["close\xa0"], True),
        ((1, 1), [""], True),
    ):
        request = request_of(chapter, *[("connection", v) for v in values], version=version)
        sent = Literally(f"HTTP/1.{version[1]}, Connection: {' and '.join(values)}")
        got = bool(chapter.is_persistent(request))
        usually = None if values == ["keep-alive", "close"] else beliefs.ONE_OPTION
        same("It persists:", sent=sent, expected=expected, got=got, usually=usually)


@promise(
    task=2,
    usually=beliefs.ONE_AT_A_TIME,
    hints=(
        "The head is complete, and more has arrived. Who owns what follows it?",
        "The buffer. parse() takes the head off its front, and leaves the rest. You only choose the "
        "decoder, and note what the machine has to know.",
        "request = self.parser.parse(self.buffer); if it is None: return. Then self.request, "
        "owes_continue, decoder, content = [], and state = State.CONTENT.",
    ),
)
def test_head_is_taken_off_the_buffer(chapter: Attempt) -> None:
    """take_head() takes a complete head off the buffer, and gets ready for its content."""
    for head, follows, kind in (
        (GET, b"", chapter.LengthDecoder),
        (GET, HEAD, chapter.LengthDecoder),
        (POST[:-9], b"ab", chapter.LengthDecoder),
        (CHUNKED, b"5\r\nab", chapter.ChunkedDecoder),
    ):
        http = chapter.HttpConnection()
        sent = both_ends(head + follows)
        http.buffer += head[:-1]
        kept = bytes(http.buffer)
        got = described(http.take_head)
        same("For half a head, take_head() returned:", sent=head[:-1], expected=None, got=got)
        same("The state:", sent=head[:-1], expected=chapter.State.HEAD, got=http.state)
        same("In the buffer:", sent=head[:-1], expected=kept, got=bytes(http.buffer))
        http.buffer += head[-1:] + follows
        got = described(http.take_head)
        same("take_head() returned:", sent=sent, expected=None, got=got, usually=None)
        same("In the buffer:", sent=sent, expected=follows, got=bytes(http.buffer))
        got = getattr(http.request, "method", http.request)
        same("The request's method:", sent=sent, expected=head.split()[0].decode(), got=got)
        same("The state:", sent=sent, expected=chapter.State.CONTENT, got=http.state, usually=None)
        got = type(http.decoder).__name__
        same("The decoder:", sent=sent, expected=kind.__name__, got=got, usually=None)
        if not follows:
            same("It is done:", sent=sent, expected=True, got=http.decoder.done, usually=None)
        same("The content:", sent=sent, expected=b"", got=b"".join(http.content), usually=None)
    for head, waits in ((WAITING, True), (GET, False)):
        http = chapter.HttpConnection()
        http.buffer += head
        http.take_head()
        got = bool(http.owes_continue)
        usually = beliefs.NOBODY_WAITS if waits else beliefs.WAITS_AND_GETS_IT
        same("owes_continue:", sent=both_ends(head), expected=waits, got=got, usually=usually)


@promise(
    task=2,
    usually=beliefs.ANY_REQUEST,
    hints=(
        "This head is well formed. May every well-formed request be answered here?",
        "Three functions can refuse it: check_answerable(), expects_continue() and "
        "body_framing(). Call "
        "all three, with `secured` and `limit`.",
        "self.request = request; check_answerable(request, self.secured); then "
        "expects_continue(request) "
        "and body_framing(request, self.limit); ChunkedDecoder(self.limit)",
    ),
    hints_if={
        "forgotten": (
            "The request was refused, as it has to be. What does refuse() know about it?",
            "It looks at self.request. Set that before anything can refuse the request.",
            "if request is None: return; self.request = request; check_answerable(…)",
        ),
    },
)
def test_what_cannot_be_answered_is_refused(chapter: Attempt) -> None:
    """take_head() refuses what the connection cannot answer, and remembers the request it refused."""
    fields = b" HTTP/1.1\r\nHost: a.test\r\n"
    https = b"GET https://a.test/" + fields + b"\r\n"
    for status, data, secured in (
        (501, b"CONNECT a.test:80" + fields + b"\r\n", False),
        (421, https, False),
        (None, https, True),
        (417, b"GET /" + fields + b"Expect: tea\r\n\r\n", False),
        (413, b"PUT /" + fields + b"Content-Length: 11\r\n\r\n", False),
        (400, b"PUT /" + fields + b"Content-Length: x\r\n\r\n", False),
    ):
        http = chapter.HttpConnection(limit=10, secured=secured)
        http.buffer += data
        error = error_of(http.take_head)
        got = error.status if isinstance(error, chapter.HttpError) else error
        sent = Literally(f"{both_ends(data)}, with limit=10, secured={secured}")
        usually = beliefs.ANY_REQUEST if status in (421, 501) else None
        what = "take_head() raised an HttpError with the status:"
        same(what, sent=sent, expected=status, got=got, usually=usually)
        got = getattr(http.request, "method", http.request)
        expected = data.split()[0].decode()
        same(
            "The request's method:",
            sent=sent,
            expected=expected,
            got=got,
            usually=None,
            clue="forgotten",
        )


@promise(
    task=3,
    usually=beliefs.ALL_AT_ONCE,
    hints=(
        "Half of the content has arrived. Where is it kept, and what does feed() return?",
        "feed() adds `data` to the buffer. HEAD: take_head(). If the state is CONTENT then: "
        "take_content(), which returns None until the decoder is done.",
        "self.content.append(self.decoder.decode(self.buffer)). If it is done: state = RESPONSE, and "
        'return self.request.with_content(b"".join(self.content)).',
    ),
)
def test_request_comes_in_any_pieces(chapter: Attempt) -> None:
    """feed() gives a request with its content as soon as its last octet is there, however it is cut."""
    chunked = (
        b"PUT /chunks HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"6\r\na\r\n\r\nb\r\n3;x=y\r\ncde\r\n0\r\nX: y\r\n\r\n"
    )
    for stream, method, content in (
        (GET, "GET", b""),
        (POST, "POST", b"ab\r\n\r\ncde"),
        (chunked, "PUT", b"a\r\n\r\nbcde"),
        (FETCH, "GET", b"hi"),
    ):
        usually = beliefs.GET_HAS_NO_BODY if stream == FETCH else beliefs.ALL_AT_ONCE
        for pieces in cut_everywhere(stream):
            http = chapter.HttpConnection()
            early = [http.feed(piece) for piece in pieces[:-1]]
            expected = [None] * len(early)
            what = "Before the last octet:"
            same(what, sent=pieces, expected=expected, got=early, usually=usually)
            request = http.feed(pieces[-1])
            if request is None:
                broken("All of it has come, and feed() gave no request.", sent=pieces)
            same("The method:", sent=pieces, expected=method, got=request.method)
            got = request.content
            same("The content:", sent=pieces, expected=content, got=got, usually=usually)
            got = request.headers.get("x")
            same(
                "The field X, which is a trailer:",
                sent=pieces,
                expected=None,
                got=got,
                usually=None,
            )
            expected = chapter.State.RESPONSE
            same("The state now:", sent=pieces, expected=expected, got=http.state, usually=None)
        halves = chapter.HttpConnection()
        same("The state at first:", expected=chapter.State.HEAD, got=halves.state, usually=None)
        halves.feed(stream[:-1])
        expected = chapter.State.CONTENT if content else chapter.State.HEAD
        same("The state then:", sent=stream[:-1], expected=expected, got=halves.state)


@promise(
    task=3,
    usually=beliefs.ONE_AT_A_TIME,
    hints=(
        "Two requests arrived in one piece. Which one do you return, and where is the other?",
        "Return one. The other stays in the buffer, and so does what arrives while a response is "
        "awaited.",
        "In feed(): self.buffer += data in every state but CLOSED. Then only HEAD and CONTENT do "
        "anything.",
    ),
)
def test_one_request_is_given_at_a_time(chapter: Attempt) -> None:
    """While a response is awaited, no other request is given, whatever has come or comes."""
    for first, content in ((GET, b""), (POST, b"ab\r\n\r\ncde")):
        http = chapter.HttpConnection()
        request = http.feed(first + HEAD + POST[:30])
        holds("feed() gave no request.", request is not None, sent=first + HEAD)
        same("The first request's content:", expected=content, got=request.content)
        for data in (b"", POST[30:], GET):
            same(
                "Before the response, feed() gives:", sent=data, expected=None, got=http.feed(data)
            )
        same("The state:", expected=chapter.State.RESPONSE, got=http.state)


@promise(
    task=3,
    usually=beliefs.GOES_ON,
    hints=(
        "This request is refused. Where does the next one begin?",
        "Nobody knows. If take_head() or take_content() raises HttpError, the state is CLOSED, and the "
        "error goes on to the caller.",
        "try: … except HttpError: self.state = State.CLOSED; raise",
    ),
)
def test_refused_request_is_the_end(chapter: Attempt) -> None:
    """What has to be refused raises HttpError, CONNECT with 501; then nothing more is looked at."""
    fields = b" HTTP/1.1\r\nHost: a.test\r\n"
    sized = b"PUT /" + fields + b"Content-Length: "
    chunked = b"PUT /" + fields + b"Transfer-Encoding: chunked\r\n"
    for status, data in (
        (400, b"GET / HTTP/1.1\r\n\r\n"),
        (400, b"GET /\r\n\r\n"),
        (505, b"GET / HTTP/2.0\r\n\r\n"),
        (501, b"CONNECT a.test:80" + fields + b"\r\n"),
        (421, b"GET https://a.test/" + fields + b"\r\n"),
        (400, b"GET / HTTP/1.1\r\nHost:\r\n\r\n"),
        (417, sized + b"1\r\nExpect: tea\r\n\r\n"),
        (417, b"GET /" + fields + b"Expect: tea\r\n\r\n"),
        (413, sized + b"11\r\n\r\n"),
        (413, sized + b"11\r\nExpect: 100-continue\r\n\r\n"),
        (413, chunked + b"\r\n9\r\nabcdefghi\r\n9\r\n"),
        (400, chunked + b"\r\nx\r\n"),
        (400, chunked + b"Content-Length: 1\r\n\r\n"),
    ):
        http = chapter.HttpConnection(limit=10)
        error = error_of(partial(http.feed, data))
        sent = both_ends(data)
        got = error.status if isinstance(error, chapter.HttpError) else error or NO_ERROR
        usually = beliefs.ANY_REQUEST if status in (501, 421) and error is None else None
        what = "HttpConnection(limit=10).feed() raised HttpError:"
        same(what, sent=sent, expected=status, got=got, usually=usually)
        same("The state:", sent=sent, expected=chapter.State.CLOSED, got=http.state)
        kept = bytes(http.buffer)
        for more in (GET, b""):
            got = described(partial(http.feed, more))
            same("After that feed() gives:", sent=more, expected=None, got=got)
        what = "What comes after a refusal stays in the buffer:"
        same(what, sent=GET, expected=kept, got=bytes(http.buffer), usually=None)
    http = chapter.HttpConnection()
    data = b"BREW\r\n\r\n" + GET
    error = error_of(partial(http.feed, data))
    what = "feed() raised:"
    expected, got = chapter.HttpError, type(error) if error else NO_ERROR
    same(what, sent=data, expected=expected, got=got, usually=None)
    got = target_of(http.feed(b""))
    same("After that feed(b'') gives:", sent=data, expected=NO_REQUEST, got=got)


@promise(
    task=4,
    usually=beliefs.NOBODY_WAITS,
    hints=(
        "The client has sent its head, and waits. For what, and how often?",
        "take_head() has noted whether it waits. 100 Continue is owed once, only in the state CONTENT, "
        "and only if no content has arrived.",
        "waits = self.owes_continue and not self.buffer and not any(self.content); then "
        "self.owes_continue = False. If the state is CONTENT and waits is true: the status line and an "
        'empty line; else b"".',
    ),
    hints_if={
        "empty piece": (
            "No content has arrived. Is `content` an empty list, then?",
            "take_content() was called, and decode() has returned b'': one piece, without an octet.",
            "not any(self.content)",
        ),
    },
)
def test_continue_is_due_once(chapter: Attempt) -> None:
    """interim() gives 100 Continue once, to a client that waits with its content, and to no other."""
    head = b"PUT / HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\n"
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n"
    old = b"PUT / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
    for pieces, expected in (
        ([WAITING], CONTINUE),
        ([WAITING[:-2], WAITING[-2:]], CONTINUE),
        ([chunked], CONTINUE),
        ([], b""),
        ([GET], b""),
        ([WAITING[:-2]], b""),
        ([POST[:-9]], b""),
        ([old], b""),
        ([head + b"Content-Length: 0\r\n\r\n"], b""),
        ([head + b"\r\n"], b""),
        ([WAITING + b"ab"], b""),
        ([WAITING, b"ab"], b""),
        ([WAITING + b"abcd"], b""),
        ([WAITING, b"ab", b""], b""),
        ([chunked + b"4"], b""),
    ):
        http = chapter.HttpConnection()
        for piece in pieces:
            http.feed(piece)
        usually: Misconception | None = beliefs.WAITS_AND_GETS_IT
        if expected:
            usually = beliefs.NOBODY_WAITS
        kept = list(http.content)
        got = http.interim()
        sent, clue = both_ends(b"".join(pieces)), ""
        if expected and not got and kept:
            http.content, http.owes_continue = [], True
            if http.interim():
                sent, clue = Literally(f"{sent}, and `content` is {kept}"), "empty piece"
                usually = None
        same("interim() gives:", sent=sent, expected=expected, got=got, usually=usually, clue=clue)
        what, usually = "The second time it gives:", beliefs.WAITS_AND_GETS_IT
        same(what, sent=sent, expected=b"", got=http.interim(), usually=usually)
    for data in (head + b"Content-Length: 11\r\n\r\n", chunked + b"x\r\n"):
        http = chapter.HttpConnection(limit=10)
        with suppress(chapter.HttpError):
            http.feed(data)
        what, usually = "After a refusal interim() gives:", beliefs.REFUSED_YET_INVITED
        same(what, sent=both_ends(data), expected=b"", got=http.interim(), usually=usually)


@promise(
    task=5,
    usually=beliefs.ONE_AT_A_TIME,
    hints=(
        "The response is out, and the connection goes on. Where is the next request?",
        "It may have arrived already, all of it or a part. respond() sets the state to HEAD, and "
        "feed(b'') "
        "goes on with what is in the buffer.",
        "self.request = None; self.state = State.HEAD if persists else State.CLOSED",
    ),
)
def test_next_request_follows_the_response(chapter: Attempt) -> None:
    """After a response the next request is given, from what has come meanwhile, octet for octet."""
    http = waiting_for_response(chapter, GET + HEAD + POST[:-4])
    for method, following in (("GET", "/two"), ("HEAD", NO_REQUEST)):
        pieces = http.respond(chapter.Response(b"hi"))
        answer = whole(b"".join(pieces), method, usually=beliefs.HEAD_IS_GET)
        holds(
            "The response says close.", not answer.closes, usually=beliefs.KEEP_ALIVE_IS_ASKED_FOR
        )
        same("Then feed(b'') gives:", expected=following, got=target_of(http.feed(b"")))
    same("The state:", expected=chapter.State.CONTENT, got=http.state)
    request = http.feed(POST[-4:] + WAITING)
    got = (target_of(request), getattr(request, "content", None))
    same("The third request:", expected=("/three", b"ab\r\n\r\ncde"), got=got)
    list(http.respond(chapter.Response(status=204)))
    same("Then feed(b'') gives:", expected=NO_REQUEST, got=target_of(http.feed(b"")))
    same("The state:", sent=WAITING, expected=chapter.State.CONTENT, got=http.state)
    same("Now interim() gives:", expected=CONTINUE, got=http.interim(), usually=None)
    request = http.feed(b"abcd" + OLD)
    same("Then comes:", expected="/big", got=target_of(request))
    same("Its content:", sent=b"abcd", expected=b"abcd", got=request.content, usually=None)
    list(http.respond(chapter.Response([b"a", b"b"])))
    same("Then comes:", expected="/old", got=target_of(http.feed(b"")))
    http = waiting_for_response(chapter, GET)
    for piece in (HEAD[:9], HEAD[9:], POST):
        http.feed(piece)
    for target in ("/two", "/three"):
        list(http.respond(chapter.Response(b"hi")))
        sent = Literally("/two and /three, while the response to /one was awaited")
        same("After a response comes:", sent=sent, expected=target, got=target_of(http.feed(b"")))
    for at in range(1, len(HEAD)):
        http = waiting_for_response(chapter, GET + HEAD[:at])
        list(http.respond(chapter.Response(b"hi")))
        sent = Literally(f"b'' after the response, when {HEAD[:at]!r} had come; then the rest")
        what = "The first feed() gives:"
        same(what, sent=sent, expected=NO_REQUEST, got=target_of(http.feed(b"")))
        second = described(partial(http.feed, HEAD[at:]))
        same(
            "The second gives:",
            sent=sent,
            expected=("HEAD", "/two"),
            got=(getattr(second, "method", None), target_of(second)),
            usually=beliefs.FED_AGAIN,
        )


@promise(
    task=5,
    usually=beliefs.GOES_ON,
    hints=(
        "After which responses can no other follow?",
        "If the client said close, or speaks HTTP/1.0 without keep-alive. And for HTTP/1.0 also "
        "if nothing "
        "but the end of the connection ends the response.",
        "has_end = isinstance(response.content, bytes) or response.length is not None; persists = "
        "is_persistent(request) and (has_end or request.version >= (1, 1))",
    ),
)
def test_connection_ends_where_it_must(chapter: Attempt) -> None:
    """After `close`, and after what only the connection's end can end, no request is given any more."""
    old_and_kept = b"GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    for what, data, pieces, persists in (
        ("HTTP/1.1", GET, False, True),
        ("HTTP/1.1", GET, True, True),
        ("HTTP/1.1 with close", LAST, False, False),
        ("HTTP/1.1 with close", LAST, True, False),
        ("HTTP/1.0", OLD, False, False),
        ("HTTP/1.0", OLD, True, False),
        ("HTTP/1.0 with keep-alive", old_and_kept, False, True),
        ("HTTP/1.0 with keep-alive", old_and_kept, True, False),
    ):
        http = waiting_for_response(chapter, data + GET)
        content = [b"he", b"llo"] if pieces else b"hello"
        answer, _rest = read_answer(b"".join(http.respond(chapter.Response(content))))
        kind = "pieces" if pieces else "bytes"
        sent = Literally(f"{kind}, for {data.split()[1].decode()} in {what}")
        usually: Misconception | None = (
            beliefs.KEEP_ALIVE_IS_ASKED_FOR if persists else beliefs.CLOSES_SILENTLY
        )
        if data == old_and_kept:
            usually = None if persists else beliefs.NO_LENGTH_NEEDED
        same("The content:", sent=sent, expected=b"hello", got=answer.content, usually=None)
        same(
            "The response says close:",
            sent=sent,
            expected=not persists,
            got=answer.closes,
            usually=usually,
        )
        expected = chapter.State.HEAD if persists else chapter.State.CLOSED
        same("The state now:", sent=sent, expected=expected, got=http.state)
        got = target_of(http.feed(b""))
        expected = "/one" if persists else NO_REQUEST
        same("feed(b'') gives:", sent=sent, expected=expected, got=got)
    for response in (chapter.Response(status=404), chapter.Response(status=500)):
        http = waiting_for_response(chapter, GET)
        list(http.respond(response))
        sent = Literally(f"a response with status {response.status}, in HTTP/1.1")
        same(
            "The state now:",
            sent=sent,
            expected=chapter.State.HEAD,
            got=http.state,
            usually=None,
        )
    http = waiting_for_response(chapter, old_and_kept)
    list(http.respond(chapter.Response([b"he", b"llo"], length=5)))
    sent = Literally("pieces with length=5, in HTTP/1.0 with keep-alive")
    same("The state now:", sent=sent, expected=chapter.State.HEAD, got=http.state, usually=None)


@promise(
    task=5,
    usually=beliefs.STATE_FIRST,
    hints=(
        "serialize() has raised an error. Has the request been answered?",
        "Serialize first, and change the state afterwards. Before anything else: does a request wait?",
        "if self.request is None or self.state is not State.RESPONSE: raise RuntimeError(…); pieces = "
        "serialize(…); then self.request = None and self.state = …; return pieces",
    ),
)
def test_refused_response_can_be_replaced(chapter: Attempt) -> None:
    """If a response cannot be sent, another can take its place; without a request it is an error."""
    taken: list[Iterable[bytes]] = []
    http = waiting_for_response(chapter)
    for wrong in (
        chapter.Response(b"", 200, [("A", "b\r\nc")]),
        chapter.Response([b"hi"], 200, [("Connection", "close")]),
        chapter.Response(b"", 101),
    ):
        with refusal("respond() took a response that cannot be sent.", ValueError):
            list(http.respond(wrong))
        expected = chapter.State.RESPONSE
        same("The state:", expected=expected, got=http.state, usually=beliefs.STATE_FIRST)
    error = error_of(lambda: taken.append(http.respond(chapter.Response(b"", 500))))
    if error:
        broken("respond() raised, for another response:", got=error, usually=beliefs.STATE_FIRST)
    same(
        "Before the bytes of that other response are taken, the state is:",
        expected=chapter.State.HEAD,
        got=http.state,
        usually=beliefs.CALL_RUNS_TO_YIELD,
    )
    answer = whole(b"".join(taken[0]))
    same("Its status:", expected=500, got=answer.status, usually=beliefs.STATE_FIRST)
    early, half = chapter.HttpConnection(), chapter.HttpConnection()
    half.feed(POST[:-1])
    ended = waiting_for_response(chapter, LAST)
    ended.respond(chapter.Response())
    for what, connection in (
        ("nothing has come", early),
        ("half the content has come", half),
        ("the request is answered", http),
        ("the connection is to be closed", ended),
    ):
        error = error_of(partial(connection.respond, chapter.Response()))
        if not isinstance(error, RuntimeError):
            got = error or Literally("nothing")
            expected = Literally("RuntimeError")
            sent = Literally(what)
            broken("respond() raised:", sent=sent, expected=expected, got=got, usually=None)


@promise(
    task=5,
    usually=beliefs.UPGRADE_IS_A_STATUS,
    hints=(
        "A 101 is not the end of this request only. What does the connection speak afterwards?",
        "switch() is given. It makes the head, and changes the state. Call it, and change "
        "nothing else.",
        "if response.status == 101: return self.switch(response)",
    ),
)
def test_upgrade_keeps_what_follows(chapter: Attempt) -> None:
    """After a 101 the connection is upgraded, and what follows the request stays in the buffer."""
    http = waiting_for_response(chapter, UPGRADE + b"\x81\x05")
    response = chapter.Response(status=101, fields=[("Upgrade", "echo")], upgrade=print)
    came = described(lambda: b"".join(http.respond(response)))
    sent = Literally("a 101, for a client that has asked for it")
    got = came[:12] if isinstance(came, bytes) else came
    same("The response:", sent=sent, expected=b"HTTP/1.1 101", got=got)
    same("The state now:", sent=sent, expected=chapter.State.UPGRADED, got=http.state)
    same("feed() gives:", sent=b"hello", expected=None, got=described(partial(http.feed, b"hello")))
    same("In the buffer:", sent=sent, expected=b"\x81\x05hello", got=bytes(http.buffer))


@promise(
    task=5,
    usually=beliefs.HEAD_IS_GET,
    hints=(
        "refuse() is complete. What does it have to know, and from whom?",
        "It looks at self.request: the request whose head is complete, also while its content arrives, "
        "and None when it has been answered.",
        "In take_head(): self.request = request, before anything can refuse it. In respond(), after "
        "serialize(): self.request = None.",
    ),
)
def test_refusal_is_a_whole_response(chapter: Attempt) -> None:
    """refuse() gives the error's status and text, says close, and sends no content to HEAD."""
    fields = b" HTTP/1.1\r\nHost: a.test\r\n"
    for before, data, method in (
        (b"", b"GET / HTTP/1.1\r\n\r\n", "GET"),
        (b"", b"HEAD / HTTP/1.1\r\n\r\n", "HEAD"),
        (b"", b"HEAD /" + fields + b"Content-Length: x\r\n\r\n", "HEAD"),
        (b"", b"HEAD /" + fields + b"Transfer-Encoding: chunked\r\n\r\nx\r\n", "HEAD"),
        (b"", b"PUT /" + fields + b"Content-Length: 99999999\r\n\r\n", "PUT"),
        (b"", b"nonsense\r\n\r\n", "GET"),
        (HEAD, b"GET /" + fields + b"\x00: y\r\n\r\n", "GET"),
    ):
        http = chapter.HttpConnection()
        if before:
            http.feed(before)
            list(http.respond(chapter.Response()))
        error = error_of(partial(http.feed, data))
        if not isinstance(error, chapter.HttpError):
            broken("feed() refused nothing.", sent=data, usually=beliefs.GOES_ON)
        got = http.refuse(error)
        holds("refuse() returns bytes.", isinstance(got, bytes), got=got, usually=None)
        sent = both_ends(data)
        if before:
            sent = Literally(f"a HEAD that was answered, then {data[:17]!r} …")
        answer = whole(got, method, sent=sent, usually=beliefs.HEAD_IS_GET)
        same("The status:", sent=sent, expected=error.status, got=answer.status, usually=None)
        holds(
            "It does not say close.",
            answer.closes,
            sent=sent,
            got=got,
            usually=beliefs.CLOSES_SILENTLY,
        )
        if method != "HEAD":
            text = answer.content.decode(errors="replace").rstrip()
            same("The content:", sent=sent, expected=str(error), got=text, usually=None)


@promise(
    task=6,
    usually=beliefs.APPLICATIONS_WORK,
    signs={Exception: beliefs.APPLICATIONS_WORK},
    hints=(
        "Three things can go wrong: the handler raises, it returns nothing, or what it returns "
        "cannot be "
        "sent.",
        "One `try` around both: calling the handler, and respond(). Log, then respond with a 500.",
        "try: return http.respond(handler(request)) except Exception: logging.exception(…); return "
        'http.respond(Response(b"Internal Server Error\\n", 500, [TEXT]))',
    ),
)
def test_bug_becomes_a_500(chapter: Attempt) -> None:
    """If the application raises, or its response cannot be sent: a log entry, a 500, and on it goes."""

    def raising(error: BaseException) -> Callable[[Any], Any]:
        def app(_request: Any) -> Any:
            raise error

        return app

    for what, app in (
        ("raises KeyError('secret')", raising(KeyError("secret"))),
        ("raises HttpError", raising(chapter.HttpError(400, "secret", "nowhere"))),
        ("raises OSError", raising(OSError("secret"))),
        ("returns None", lambda _request: None),
        ("returns no content", lambda _request: chapter.Response(None)),
        ("returns text", lambda _request: chapter.Response("secret")),
        ("lets CR LF into a field", lambda _r: chapter.Response(b"", 302, [("A", "\r\nsecret")])),
    ):
        http = chapter.HttpConnection()
        request = http.feed(GET + HEAD)
        sent = Literally(f"a handler that {what}")
        with logged_errors() as logged:
            data = b"".join(chapter.answer(http, app, request))
        answer = whole(data)
        same("The status:", sent=sent, expected=500, got=answer.status)
        told = answer.content.strip()
        if b"secret" not in data:
            same(
                "The content:", sent=sent, expected=b"Internal Server Error", got=told, usually=None
            )
        same("Tracebacks in the log:", sent=sent, expected=1, got=len(logged))
        got = answer.content if b"secret" in answer.content else data
        is_told = b"secret" in data
        what = "The client reads what went wrong:"
        holds(what, not is_told, sent=sent, got=got, usually=beliefs.TELLS_WHY)
        same("The next request:", sent=sent, expected="/two", got=target_of(http.feed(b"")))
    http = chapter.HttpConnection()
    request = http.feed(GET)
    with refusal("answer() has caught what is not an Exception.", SystemExit, usually=None):
        chapter.answer(http, raising(SystemExit()), request)


@promise(
    task=6,
    usually=beliefs.ALL_THEN_SEND,
    hints=(
        "Two requests arrived in one piece. What has been sent when the handler sees the second?",
        "replies() yields one answer, and calls feed(b'') only when it is asked for the next one.",
        "In replies(), inside `try`: while request: yield answer(http, handler, request); request = "
        'http.feed(b"")',
    ),
    hints_if={
        "pieces": (
            "Who takes the pieces of a response: replies(), or its caller?",
            "The caller sends them, one by one. Yield what answer() returns, unopened.",
            "yield answer(http, handler, request)",
        ),
    },
)
def test_next_request_waits_for_the_response(chapter: Attempt) -> None:
    """The application is given a request only when the response to the one before has been taken."""
    done: list[str] = []

    def app(request: Any) -> Any:
        done.append(f"app {request.target}")
        return chapter.Response(piece_of(request.target))

    def piece_of(target: str) -> Iterator[bytes]:
        done.append(f"piece of {target}")
        yield b"hi"
        done.append(f"end of {target}")

    second = GET.replace(b"/one", b"/two")
    expected = [f"{what} /{n}" for n in ("one", "two") for what in ("app", "piece of", "end of")]
    sent = Literally("/one and /two in one piece, each answered by a stream")
    http = chapter.HttpConnection()
    for number, pieces in enumerate(chapter.replies(http, app, GET + second)):
        if "end of /one" in done and not number:
            what = "replies() has taken all pieces of the response before it yielded it."
            broken(what, sent=sent, got=done, usually=beliefs.COLLECT_FIRST, clue="pieces")
        list(pieces)
        if number > 4:
            broken("There is reply after reply.", sent=sent, usually=beliefs.FED_AGAIN)
    usually = beliefs.ALL_THEN_SEND if "app /two" in done else beliefs.ONE_AT_A_TIME
    same("With replies(), in this order:", sent=sent, expected=expected, got=done, usually=usually)


@promise(
    task=6,
    usually=beliefs.NO_ANSWER,
    hints=(
        "What can feed() do, other than return a request or None?",
        "It can raise HttpError: yield a list of what refuse() returns. When it returns None, call "
        "interim(): if that returns something, yield it in a list.",
        "try: … while request: … if interim := http.interim(): yield [interim] … except HttpError as "
        "error: yield [http.refuse(error)]",
    ),
    hints_if={
        "later": (
            "The first request was answered. What did feed() do with the second?",
            "It refused it. feed() is called in two places, and each of them can raise HttpError.",
            "One `try` around the whole loop, both calls of feed() included.",
        ),
        "bytes": (
            "Your caller takes the pieces of what you yield. What are the pieces of bytes?",
            "Numbers: iterating over bytes gives ints. Yield a list with the bytes in it.",
            "yield [http.refuse(error)], and yield [interim]",
        ),
        beliefs.NOBODY_WAITS: (
            "The client waits for you, and you wait for the client. Who has to speak?",
            "When no further request is complete: does interim() return anything? Yield it in a list.",
            "if interim := http.interim(): yield [interim]",
        ),
    },
)
def test_refusal_comes_after_the_answers(chapter: Attempt) -> None:
    """replies() ends with a refusal if feed() refuses, and with 100 Continue if that has to be sent."""
    wrong = b"BREW\r\n\r\n"
    for data, expected, belief in (
        (GET, [200], None),
        (GET[:-4], [], None),
        (wrong, [400], beliefs.NO_ANSWER),
        (GET + wrong + GET, [200, 400], beliefs.NO_ANSWER),
        (WAITING, [100], beliefs.NOBODY_WAITS),
        (GET + WAITING, [200, 100], None),
        (WAITING + b"abcd", [200], None),
    ):
        http = chapter.HttpConnection()
        statuses: list[int | bytes] = []
        try:
            replies = islice(chapter.replies(http, echo(chapter), data), 5)
            statuses.extend(status_in(pieces) for pieces in replies)
        except chapter.HttpError as error:
            clue, usually = ("later", None) if statuses else ("", beliefs.NO_ANSWER)
            broken("replies() raised:", sent=data, got=error, usually=usually, clue=clue)
        usually = belief if statuses == expected[:-1] else None
        same("The statuses:", sent=data, expected=expected, got=statuses, usually=usually)


@promise(
    task=7,
    usually=beliefs.ONE_AT_A_TIME,
    signs={
        "hang": beliefs.ONE_AT_A_TIME,
        "silence": beliefs.CLOSES_ITSELF,
        "leak": beliefs.CLOSES_ITSELF,
        ConnectionError: beliefs.CLOSE_AT_ONCE,
    },
    hints=(
        "One connection, many requests: some in pieces, some together, and in the end none.",
        "replies(): answer what feed() returns, then feed(b'') until it returns None. serve_http(): "
        "receive, and send what is outgoing; until the client has finished, or `goes_on` is False.",
        "while http.goes_on and (data := receiver.receive()): with closing(outgoing(http, "
        "handler, data)) "
        "as pieces: for piece in pieces: send(conn, piece). At the end: finish(conn, http).",
    ),
)
def test_one_connection_serves_many_requests(chapter: Attempt) -> None:
    """Requests on one connection are answered in order, however they come, until the client ends it."""
    with served(chapter, echo(chapter)) as client:
        same("The first answer:", sent=GET, expected=b"GET /one ", got=client.asks(GET).content)
        got = client.asks(POST).content
        usually = beliefs.FED_AGAIN if got == b"GET /one " else None
        what = "The second answer:"
        same(what, sent=POST, expected=b"POST /three ab\r\n\r\ncde", got=got, usually=usually)
        for at in range(len(POST)):
            client.sock.sendall(POST[at : at + 1])
        got = client.reads().content
        same("Octet by octet:", sent=POST, expected=b"POST /three ab\r\n\r\ncde", got=got)
        client.sock.sendall(GET + HEAD + POST + GET)
        answers = [client.reads(method).content for method in ("GET", "HEAD", "POST", "GET")]
        expected = [b"GET /one ", b"", b"POST /three ab\r\n\r\ncde", b"GET /one "]
        same("Four requests in one piece:", expected=expected, got=answers)
    with connected() as (sock, conn):
        sock.sendall(b"GET https://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n")
        sock.shutdown(socket.SHUT_WR)
        chapter.serve_http(conn, echo(chapter), secured=True)
        status = Client(sock).reads().status
    sent = Literally("GET https://a.test/, with secured=True")
    same("The status:", sent=sent, expected=200, got=status, usually=None)
    for half in (b"", GET[:-5], POST[:-4]):
        sent = Literally(f"{GET[:10]!r} …, then {half[-20:]!r}, then the end")
        with connected() as (sock, conn):
            sock.sendall(GET + half)
            sock.shutdown(socket.SHUT_WR)
            raised = error_of_serving(chapter, conn, echo(chapter))
            if raised:
                broken(
                    "serve_http() raised:", sent=sent, got=raised, usually=beliefs.HALF_IS_AN_ERROR
                )
            client = Client(sock)
            same("The answer:", sent=sent, expected=b"GET /one ", got=client.reads().content)
            same("Then:", sent=sent, expected=b"", got=client.reads_to_the_end())


@promise(
    task=7,
    usually=beliefs.WAITS_AFTER_THE_LAST,
    signs={
        "hang": beliefs.WAITS_AFTER_THE_LAST,
        "silence": beliefs.WAITS_AFTER_THE_LAST,
        "leak": beliefs.CLOSES_ITSELF,
    },
    hints=(
        "The response said close. What does your loop wait for now?",
        "The machine knows when it is over: `goes_on` is False. Ask it before each receive().",
        "while http.goes_on and (data := receiver.receive()): …; then finish(conn, http)",
    ),
)
def test_last_response_ends_the_connection(chapter: Attempt) -> None:
    """After the last response the server closes first: it waits for no more, and answers no more."""
    for data, content in ((LAST, b"GET /last "), (OLD, b"GET /old ")):
        with served(chapter, echo(chapter)) as client:
            answer = client.asks(data + GET)
            same("The answer:", sent=data + GET, expected=content, got=answer.content)
            got = client.reads_to_the_end()
            same("The connection then ends with:", sent=data + GET, expected=b"", got=got)


@promise(
    task=7,
    usually=beliefs.TWO_WRITES,
    hints=(
        "How often do you call send() for a response of a few octets?",
        "serialize() returns head and content in one piece if the content is bytes. Send that piece.",
        "for piece in pieces: send(conn, piece)",
    ),
)
def test_small_response_is_one_write(chapter: Attempt) -> None:
    """A response whose content is bytes goes out in one write, head and content together."""
    writes: list[bytes] = []

    class Noting(socket.socket):
        """A connection that notes what is written to it, and how."""

        def sendall(self, data: bytes, flags: int = 0) -> None:  # type: ignore[override]
            writes.append(bytes(data))
            super().sendall(data, flags)

        def send(self, data: bytes, flags: int = 0) -> int:  # type: ignore[override]
            writes.append(bytes(data))
            return super().send(data, flags)

    with connected() as (sock, server), Noting(fileno=server.detach()) as conn:
        client = Client(sock)
        with serving(chapter, conn, echo(chapter)):
            for number in range(1, 4):
                client.asks(GET)
                written = [piece for piece in writes if piece]
                same(
                    "Writes:",
                    sent=Literally(f"{number} requests"),
                    expected=number,
                    got=len(written),
                )
            sock.close()


@promise(
    task=7,
    usually=beliefs.NO_TIMEOUT,
    signs={
        "hang": beliefs.NO_TIMEOUT,
        "silence": beliefs.NO_TIMEOUT,
        "leak": beliefs.CLOSES_ITSELF,
        TimeoutError: beliefs.NO_TIMEOUT,
    },
    hints=(
        "This client has a connection and says nothing. How long does your thread wait?",
        "receive() waits as long as the client may take, and then returns b''. That is an end like the "
        "client's own: finish(), and raise nothing.",
        "receiver.receive() instead of conn.recv()",
    ),
)
def test_silent_client_is_let_go(chapter: Attempt) -> None:
    """A client that is silent for too long is disconnected, at any point; nothing is raised."""
    module = sys.modules[chapter.serve_http.__module__]
    for data, expected in (
        (b"", []),
        (GET[:-4], []),
        (POST[:-4], []),
        (GET + POST, [b"GET /one ", b"POST /three ab\r\n\r\ncde"]),
    ):
        with (
            mock.patch.multiple(
                module, KEEP_ALIVE_TIMEOUT=SHORT, HEAD_TIMEOUT=SHORT, IDLE_TIMEOUT=SHORT
            ),
            served(chapter, echo(chapter), data) as client,
        ):
            got = [client.reads().content for _ in expected]
            same("The answers:", sent=data, expected=expected, got=got, usually=None)
            end = described(client.reads_to_the_end)
            same("After a silence, the client reads:", sent=data, expected=b"", got=end)
    idle = chapter.Idle()
    idle.make_room(True)
    with mock.patch.object(module, "KEEP_ALIVE_TIMEOUT", SHORT), connected() as (_sock, conn):
        chapter.serve_http(conn, echo(chapter), idle)
    what = "The Receiver has been given the Idle that serve_http() was given:"
    holds(what, not idle.one_has_to_go, got=False, usually=None)


@promise(
    task=7,
    usually=beliefs.CLOSE_AT_ONCE,
    signs={"leak": beliefs.CLOSES_ITSELF, ValueError: beliefs.NO_ANSWER},
    hints=(
        "Your answer is out, and the client is still sending. What does close() do to it?",
        "refuse() makes the answer, send() sends it, and finish() half-closes, drains, and closes.",
        "In replies(): except HttpError as error: yield [http.refuse(error)]. In serve_http(), at the "
        "end: finish(conn, http).",
    ),
)
def test_refused_client_reads_why(chapter: Attempt) -> None:
    """A client that is refused while it sends reads the answers to what came before, and why."""
    large = b"PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: %d\r\n\r\n" % UPLOAD
    for before, data, status in (
        ([], b"GET / HTTP/1.1\r\n\r\n" + GET, 400),
        ([b"GET /one "], GET + b"BREW\r\n\r\n", 400),
        ([], WAITING.replace(b": 4", b": 99999999"), 413),
        ([], large + b"x" * UPLOAD, 413),
    ):
        with served(chapter, echo(chapter)) as client:
            sent = Literally(f"{data[:60]!r}, {len(data):,} octets in all")
            error = error_of(partial(client.sock.sendall, data))
            if error:
                broken("The client is cut off while it sends.", sent=sent, got=error)
            got = [client.reads().content for _ in before]
            same("The answers to what came before:", sent=sent, expected=before, got=got)
            answer = described(client.reads)
            got_status = getattr(answer, "status", answer)
            same("The refusal's status:", sent=sent, expected=status, got=got_status)
            client.sock.shutdown(socket.SHUT_WR)
            rest = described(client.reads_to_the_end)
            same("Then the connection ends with:", sent=sent, expected=b"", got=rest)


@promise(
    task=7,
    usually=beliefs.PART_FOR_WHOLE,
    signs={"leak": beliefs.PART_FOR_WHOLE, "silence": beliefs.PART_FOR_WHOLE},
    hints=(
        "Half a response is out, and it breaks. How does the client find out that it is half?",
        "By a reset: abort(conn). Then raise the error again. It is too late for refuse() and "
        "for a 500: "
        "the head is out already.",
        "Around the loop in serve_http(): except Exception: abort(conn); raise",
    ),
)
def test_part_is_not_taken_for_the_whole(chapter: Attempt) -> None:
    """If a response breaks off, the connection is reset, and what was raised goes on to the caller."""
    module = sys.modules[chapter.serve_http.__module__]
    for data in (GET, OLD):
        for error in (
            RuntimeError("the disk is full"),
            TimeoutError("the database is slow"),
            chapter.HttpError(400, "this came too late", "nowhere"),
        ):
            sent = Literally(f"{data[:17]!r}, and a stream that raises {type(error).__name__}")
            app = app_of(chapter, pieces_and(error))
            with connected() as (sock, conn), running(error_of_serving, chapter, conn, app) as call:
                got = described(partial(Client(sock).asks, data))
                if isinstance(got, Answer):
                    broken("The client takes this for the whole:", sent=sent, got=got.content)
                sock.close()
                raised = call.result() or Literally("nothing")
                same("serve_http() raised:", sent=sent, expected=error, got=raised)
    with (
        mock.patch.multiple(
            module, KEEP_ALIVE_TIMEOUT=SHORT, IDLE_TIMEOUT=SHORT, LINGER_TIMEOUT=SHORT
        ),
        connected() as (sock, conn),
    ):
        sent = Literally(f"{OLD!r}, and then the client reads nothing for a while")
        sock.sendall(OLD)
        raised = error_of_serving(chapter, conn, app_of(chapter, [b"x" * UPLOAD]))
        got = described(lambda: len(receive_all(sock)))
        if isinstance(got, int):
            broken(
                "The client takes this for the whole:", sent=sent, got=Literally(f"{got:,} octets")
            )
        is_broken = isinstance(raised, OSError)
        holds("OSError was not raised.", is_broken, sent=sent, got=raised, usually=None)


@promise(
    task=7,
    usually=beliefs.CLOSES_ITSELF,
    signs={"leak": beliefs.CLOSES_ITSELF},
    hints=(
        "The client has thrown the connection away. Which of your calls raises, and who closes?",
        "The error goes on to the caller. Your end of the connection is yours to close.",
        "except Exception: abort(conn); raise. abort() closes in every case.",
    ),
)
def test_client_may_be_gone(chapter: Attempt) -> None:
    """If the client throws the connection away, OSError is raised, and your end is closed."""
    with connected() as (sock, conn):
        reset(sock)
        raised = error_of_serving(chapter, conn, echo(chapter))
        is_broken = isinstance(raised, OSError)
        holds(
            "OSError was not raised.",
            is_broken,
            got=raised,
            usually=beliefs.ERRORS_ARE_MINE_TO_HIDE,
        )
        holds("The connection is open.", conn.fileno() == -1)


@promise(
    task=7,
    usually=beliefs.COLLECT_FIRST,
    signs={"leak": beliefs.CLOSES_ITSELF},
    hints=(
        "The second piece may take an hour to come. Where is the first one meanwhile?",
        "Send each piece as soon as the handler yields it, and see that no kernel keeps it: set "
        "TCP_NODELAY. "
        "It is an option of TCP, so its level is socket.IPPROTO_TCP.",
        "conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), once. Then for piece in pieces: "
        "send(conn, piece).",
    ),
)
def test_pieces_go_out_one_by_one(chapter: Attempt) -> None:
    """A stream's pieces go out at once: the client has one before the application gives the next."""
    for data in (GET, OLD):
        has_read = threading.Event()
        with connected() as (sock, conn):
            noticed: list[bool] = []
            app = app_of(chapter, pieces_noting(conn, has_read, noticed))
            with serving(chapter, conn, app):
                client = Client(sock)
                client.sock.sendall(data)
                client.reads_until(b"piece 1")
                has_read.set()
                content = client.reads().content
                sock.close()
        sent = Literally(f"{data[:17]!r}, answered with b'piece 1', b'piece 2'")
        same("The content:", sent=sent, expected=b"piece 1piece 2", got=content, usually=None)
        was_there, is_at_once = noticed
        if not was_there:
            broken("The second piece was taken before the client could read the first.", sent=sent)
        same(
            "TCP_NODELAY is set:",
            sent=sent,
            expected=True,
            got=is_at_once,
            usually=beliefs.PIECES_LEAVE_AT_ONCE,
        )


@promise(
    task=7,
    usually=beliefs.TIMEOUT_OF_SENDALL,
    signs={"leak": beliefs.CLOSES_ITSELF},
    hints=(
        "What does the timeout of sendall() count: the wait for room, or the whole call?",
        "Each send() has a timeout of its own: send what there is room for, then go on with the rest.",
        "send(), which is given, does that. In serve_http(): send(conn, piece), not "
        "conn.sendall(piece).",
    ),
)
def test_slow_reader_gets_it_all(chapter: Attempt) -> None:
    """A client that reads slowly, but steadily, gets it all, even after more than IDLE_TIMEOUT."""
    module = sys.modules[chapter.serve_http.__module__]
    for is_last_try in (False, False, True):
        with (
            mock.patch.multiple(module, KEEP_ALIVE_TIMEOUT=LONGER, IDLE_TIMEOUT=LONGER),
            connected() as (sock, conn),
        ):
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            app = app_of(chapter, b"x" * UPLOAD)
            with running(error_of_serving, chapter, conn, app) as call:
                sock.sendall(LAST)
                pause = read_slowly(sock, 1.5 * LONGER)
                sock.close()
                raised = call.result()
        if not raised:
            return
        if is_last_try or pause < LONGER / 2:  # else this machine was too busy to read steadily
            what = f"{UPLOAD >> 20} MiB, some read every 10 ms"
            sent = Literally(f"{what}, with IDLE_TIMEOUT = {LONGER} s")
            broken("It was cut off in the middle.", sent=sent, got=raised)


@promise(
    task=7,
    usually=beliefs.STREAMS_END_THEMSELVES,
    signs={"leak": beliefs.CLOSES_ITSELF},
    hints=(
        "The client has gone in the middle of a stream. Who tells the handler's generator?",
        "You do: put `with closing(…)` around the loop over the pieces.",
        "with closing(outgoing(http, handler, data)) as pieces: for piece in pieces: send(conn, piece)",
    ),
)
def test_stream_is_closed_when_the_client_goes(chapter: Attempt) -> None:
    """If the client goes in the middle of a response, the handler's stream is closed."""
    stream = Endless()
    with connected() as (sock, conn):
        sock.sendall(GET)
        with running(error_of_serving, chapter, conn, app_of(chapter, stream)) as call:
            Client(sock).reads_until(b"piece")
            reset(sock)
            error = call.result()
        sent = Literally("a client that resets the connection while a stream is sent to it")
        holds(
            "OSError was not raised.",
            isinstance(error, OSError),
            sent=sent,
            got=error,
            usually=None,
        )
        same("The stream is closed:", sent=sent, expected=True, got=stream.closed)


def status_in(pieces: Iterable[bytes]) -> int | bytes:
    """Return the status of a response, or its bytes if they are none."""
    if isinstance(pieces, bytes):
        what = "replies() yielded bytes, and not a list of them:"
        broken(what, got=pieces, usually=None, clue="bytes")
    data = b"".join(pieces)
    is_response = data.startswith(b"HTTP/1.1 ")
    return int(data.split()[1]) if is_response else data


def cut_everywhere(stream: bytes) -> Iterator[list[bytes]]:
    """Yield a stream in one piece, in two for every place to cut it, and byte by byte."""
    yield [stream]
    yield from ([stream[:at], stream[at:]] for at in range(1, len(stream)))
    yield [stream[at : at + 1] for at in range(len(stream))]


def pieces_noting(
    conn: socket.socket, has_read: threading.Event, noticed: list[bool]
) -> Iterator[bytes]:
    """Yield two pieces; note whether the first was read in between, and whether TCP_NODELAY is set."""
    yield b"piece 1"
    noticed.append(has_read.wait(WHILE_IT_READS))
    noticed.append(bool(conn.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
    yield b"piece 2"


GET = b"GET /one HTTP/1.1\r\nHost: a.test\r\n\r\n"
HEAD = b"HEAD /two HTTP/1.1\r\nHost: a.test\r\n\r\n"
POST = b"POST /three HTTP/1.1\r\nHost: a.test\r\nContent-Length: 9\r\n\r\nab\r\n\r\ncde"
FETCH = b"GET /four HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\n\r\nhi"
LAST = b"GET /last HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"
CHUNKED = b"PUT /chunks HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n"
UPGRADE = b"GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
OLD = b"GET /old HTTP/1.0\r\n\r\n"
WAITING = b"PUT /big HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
NO_REQUEST = Literally("no request")
NO_ERROR = Literally("no error")
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def read_slowly(sock: socket.socket, seconds: float) -> float:
    """Read a little at a time for some seconds, then all the rest; return the longest pause."""
    nobody_calls = threading.Event()
    began = before = monotonic()
    longest = 0.0
    with suppress(ConnectionError):
        while sock.recv(1 << 16):
            now = monotonic()
            longest, before = max(longest, now - before), now
            if now < began + seconds:
                nobody_calls.wait(0.01)
    return longest


def app_of(chapter: Attempt, content: bytes | Iterable[bytes]) -> Callable[[Any], Any]:
    """Return an application that answers with this content."""
    return lambda _request: chapter.Response(content)


class Endless:
    """A stream of the handler's that does not end. It notes that it was closed."""

    def __init__(self) -> None:
        self.closed = False

    def __iter__(self) -> Endless:
        return self

    def __next__(self) -> bytes:
        return b"piece" * 1000

    def close(self) -> None:
        """Note it."""
        self.closed = True


def pieces_and(error: Exception) -> Iterator[bytes]:
    """Yield a piece, then raise."""
    yield b"a part"
    raise error


def error_of_serving(chapter: Attempt, conn: socket.socket, app: Callable[[Any], Any]) -> Any:
    """Serve a client; return the error that serve_http() raises, or None."""
    return error_of(lambda: chapter.serve_http(conn, app))


class Client:
    """The client's end of a connection, which reads one response after the other."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._received = b""

    def asks(self, request: bytes, method: str = "GET") -> Answer:
        """Send a request, and wait for its answer."""
        self.sock.sendall(request)
        return self.reads(method)

    def reads(self, method: str = "GET") -> Answer:
        """Wait for the next response."""
        while True:
            try:
                answer, rest = read_answer(self._received, method)
                if rest is not None:
                    self._received = rest
                    return answer
            except Short:
                pass
            piece = self.sock.recv(65536)
            if not piece:
                return self._last(method)
            self._received += piece

    def reads_until(self, text: bytes) -> None:
        """Wait for some text, which stays to be read."""
        while text not in self._received:
            piece = self.sock.recv(65536)
            holds("The connection ended before this came:", piece, got=text, usually=None)
            self._received += piece

    def reads_to_the_end(self) -> bytes:
        """Return all that comes until the server has finished."""
        return self._received + receive_all(self.sock)

    def _last(self, method: str) -> Answer:
        if not self._received:
            broken(
                "The connection ended before the response.", usually=beliefs.KEEP_ALIVE_IS_ASKED_FOR
            )
        data, self._received = self._received, b""
        return whole(data, method)


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


def waiting_for_response(chapter: Attempt, request: bytes = GET) -> Any:
    """Return an HttpConnection that has been fed one whole request."""
    http = chapter.HttpConnection()
    got = http.feed(request)
    holds("feed() gave no request.", got is not None, sent=request, usually=beliefs.ALL_AT_ONCE)
    return http


def target_of(request: Any) -> object:
    """Return a request's target, or what came instead of the request."""
    return NO_REQUEST if request is None else getattr(request, "target", request)


def echo(chapter: Attempt) -> Callable[[Any], Any]:
    """Return an application that answers with the request's method, target and content."""

    def app(request: Any) -> Any:
        return chapter.Response(f"{request.method} {request.target} ".encode() + request.content)

    return app


@contextmanager
def served(chapter: Attempt, app: Callable[[Any], Any], first: bytes = b"") -> Iterator[Client]:
    """Serve one client, who has sent something before; what serve_http() raises is raised here."""
    with connected() as (sock, conn):
        sock.sendall(first)
        with serving(chapter, conn, app):
            yield Client(sock)
            sock.close()


@contextmanager
def serving(chapter: Attempt, conn: socket.socket, app: Callable[[Any], Any]) -> Iterator[None]:
    """Run serve_http() while the block is its client; what it raises is raised here.

    When the block fails, the connection is taken away. An error that comes of that does not count.
    """
    failed = threading.Event()

    def serve() -> None:
        try:
            chapter.serve_http(conn, app)
        except OSError as error:
            is_gone = isinstance(error, ConnectionError) or error.errno == errno.EBADF
            if not (is_gone and failed.is_set()):
                raise

    with running(serve):
        try:
            yield
        except BaseException:
            failed.set()
            raise


def both_ends(data: bytes, width: int = 45) -> Literally:
    """Return how a report shows the beginning of a request, and what matters: its end."""
    end = data[7:]
    while len(repr(end)) > width:
        end = end[1:]
    return Literally(f"{data[:7]!r} … {end!r}")


TASKS = {
    1: "is_persistent",
    2: "HttpConnection.take_head",
    3: "HttpConnection.take_content, HttpConnection.feed",
    4: "HttpConnection.interim",
    5: "HttpConnection.respond",
    6: "answer, replies",
    7: "serve_http",
}
