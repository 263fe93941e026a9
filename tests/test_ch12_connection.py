"""The promises of chapter 12: when a connection may be used again."""

from __future__ import annotations

import errno
import inspect
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from itertools import islice
from time import monotonic
from typing import Any
from unittest import mock

from course.checks.answers import Attempt
from course.checks.expect import Literally, broken, described, holds, same
from course.checks.peers import (
    connected,
    logged_errors,
    noting,
    receive_all,
    reset,
    running,
    simulates,
)
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
        "It depends on the version. HTTP/1.1 goes on unless `close` is said. HTTP/1.0 goes on only if "
        "`keep-alive` is said.",
        '"close" not in tokens and (request.version >= (1, 1) or "keep-alive" in tokens)',
    ),
    hints_if={AttributeError: NO_SUCH_FIELD, TypeError: NO_SUCH_FIELD},
)
def test_connection_persists_by_default(chapter: Attempt) -> None:
    """In HTTP/1.1 the connection goes on unless `close` is said; in 1.0 only if `keep-alive` is."""
    for version, value, expected in (
        ((1, 1), None, True),
        ((1, 0), None, False),
        ((1, 1), "close", False),
        ((1, 0), "close", False),
        ((1, 0), "keep-alive", True),
        ((1, 1), "keep-alive", True),
    ):
        values = [] if value is None else [value]
        usually = beliefs.KEEP_ALIVE_IS_ASKED_FOR if expected and version == (1, 1) else None
        persists(chapter, version, values, expected, usually)
    for minor, name, value in (
        (0, "Keep-Alive", "timeout=5"),
        (0, "Proxy-Connection", "keep-alive"),
        (1, "Proxy-Connection", "close"),
    ):
        request = request_of(chapter, (name.lower(), value), version=(1, minor))
        sent = Literally(f"HTTP/1.{minor}, {name}: {value}, no Connection")
        got = bool(chapter.is_persistent(request))
        same("It persists:", sent=sent, expected=minor == 1, got=got, usually=None)
    for method in ("HEAD", "POST", "OPTIONS"):
        request = request_of(chapter, method=method).with_content(b"hi")
        got, sent = bool(chapter.is_persistent(request)), Literally(f"HTTP/1.1, {method}, content")
        same("It persists:", sent=sent, expected=True, got=got, usually=None)


@promise(
    task=1,
    usually=beliefs.ONE_OPTION,
    hints=(
        "Connection: upgrade, close. What is in that list?",
        "list_members() takes it apart. Look for a whole member.",
        "tokens = {token.lower() for token in list_members(value)}",
    ),
    hints_if={
        "case": (
            "What is the difference between `Close` and `close`, for HTTP?",
            "None: tokens are case-insensitive. Compare all of them in lower case.",
            "{token.lower() for token in list_members(value)}",
        ),
        "whole": (
            "Is the token that you look for in this list?",
            "No. Other tokens only contain its letters. Compare whole tokens.",
            '"close" in tokens, where `tokens` is a list or a set of strings, and not one string',
        ),
        "lines": (
            "The field has two lines. Which of them have you read?",
            "headers.get() gives the values of both, joined by a comma.",
            'request.headers.get("connection") or ""',
        ),
        "both": (
            "The list has both tokens. Which of them counts?",
            "`close`, in every version. Look for it first.",
            '"close" not in tokens and (request.version >= (1, 1) or "keep-alive" in tokens)',
        ),
        "others": (
            "Does a token that is neither `close` nor `keep-alive` decide anything here?",
            "No. With such a token, the answer is the same as without the field.",
            '"close" not in tokens and (request.version >= (1, 1) or "keep-alive" in tokens)',
        ),
    },
)
def test_connection_is_a_list_of_tokens(chapter: Attempt) -> None:
    """`close`, before `keep-alive`, is found among other tokens, in any case, as a whole word."""
    for version, values, expected, clue in (
        ((1, 1), ["upgrade, close"], False, ""),
        ((1, 1), ["close,TE"], False, ""),
        ((1, 0), ["TE ,\tkeep-alive"], True, ""),
        ((1, 1), ["Close"], False, "case"),
        ((1, 0), ["Keep-Alive"], True, "case"),
        ((1, 1), ["Upgrade, CLOSE"], False, "case"),
        ((1, 0), ["keep-alive, close"], False, "both"),
        ((1, 0), ["close, keep-alive"], False, "both"),
        ((1, 1), ["keep-alive, close"], False, "both"),
        ((1, 1), ["TE", "close"], False, "lines"),
        ((1, 1), ["close", "TE"], False, "lines"),
        ((1, 0), ["keep-alive", "close"], False, "lines"),
        ((1, 1), [", ,close,"], False, ""),
        ((1, 1), [""], True, "others"),
        ((1, 0), [""], False, "others"),
        ((1, 1), ["TE, Upgrade"], True, "others"),
        ((1, 0), ["TE, Upgrade"], False, "others"),
        ((1, 1), ["closed, not-close, close=1"], True, "whole"),
        ((1, 0), ["keep-alive-not"], False, "whole"),
        ((1, 1), ["close\xa0"], True, "whole"),
        ((1, 0), ["keep-alive=1, x-keep-alive"], False, "whole"),
    ):
        usually = None if clue else beliefs.ONE_OPTION
        persists(chapter, version, values, expected, usually, clue)


@promise(
    task=2,
    usually=beliefs.ALL_AT_ONCE,
    hints=(
        "Half of the content has arrived. Where is it kept, and what do you return?",
        "Append what decode() returns to self.content. Until the decoder is done, return None.",
        "self.content.append(self.decoder.decode(self.buffer)) first. Then, if self.decoder.done: "
        "self.state = State.RESPONSE, and "
        'return self.request.with_content(b"".join(self.content))',
    ),
    hints_if={
        "decode first": (
            "All of the content has arrived. Which comes first: decode(), or your look at `done`?",
            "`done` changes in decode(). Decode first, and look at `done` after that.",
            "self.content.append(self.decoder.decode(self.buffer)), above the line that looks at "
            "self.decoder.done",
        ),
        "none": (
            "This request has no content. When is its decoder done?",
            "From the beginning. Look at `done` only, not at what has come.",
            "if not self.decoder.done: return None",
        ),
        "thrown away": (
            "The request that you return has no content. What does with_content() do with the request?",
            "It changes nothing: it returns a new request. Return that one.",
            'return self.request.with_content(b"".join(self.content))',
        ),
        "pieces": (
            "The content came in several pieces. Where is the beginning of it?",
            "Append each piece to self.content, and join all of them.",
            'self.content.append(…), and in the end b"".join(self.content)',
        ),
        "left out": (
            "Which requests can have content?",
            "All of them, whatever the method and the version: the decoder knows. Ask it every time.",
            "self.content.append(self.decoder.decode(self.buffer)), without an `if` before it",
        ),
        "blanks": (
            "This content begins and ends with blanks, and is not text. Which octets are content?",
            "All of them. Join the pieces, and change nothing.",
            'self.request.with_content(b"".join(self.content))',
        ),
        "error": (
            "decode() has raised an error that says what is wrong, and where. Who needs it?",
            "feed() and refuse(). Do not catch it here.",
            "No `try` in take_content()",
        ),
        "a list": (
            "self.content is a list of pieces. What does with_content() need?",
            "The bytes. Join the pieces.",
            'self.request.with_content(b"".join(self.content))',
        ),
        "follows": (
            "More has arrived than this content. Who owns what follows it?",
            "The buffer. decode() takes the content off its front, and leaves the rest. Leave it there "
            "as well.",
            "self.decoder.decode(self.buffer), and nothing else that changes the buffer",
        ),
        "state": (
            "What does the machine wait for now? State has a name for it.",
            "While content is missing, it stays CONTENT. When nothing is missing, it is RESPONSE.",
            "self.state = State.RESPONSE, below the line that looks at self.decoder.done",
        ),
        "request": (
            "The request has not been answered. Who needs it after take_content()?",
            "respond() and refuse(). Leave it in `request`.",
            "No line that sets self.request to None",
        ),
    },
)
def test_content_comes_in_any_pieces(chapter: Attempt) -> None:
    """take_content() gives the request when its content is complete, and leaves what follows."""
    for head, stream, content in (
        (GET, b"", b""),
        (POST[:-9], POST[-9:], b"ab\r\n\r\ncde"),
        (CHUNKED, b"6\r\na\r\n\r\nb\r\n3;x=y\r\ncde\r\n0\r\nX: y\r\n\r\n", b"a\r\n\r\nbcde"),
        (FETCH[:-2], FETCH[-2:], b"hi"),
        (HEAD[:-2] + b"Content-Length: 2\r\n\r\n", b"hi", b"hi"),
        (POST[:-9].replace(b"POST", b"DELETE"), BLANKS, BLANKS),
        (POST[:-9].replace(b"1.1", b"1.0"), BLANKS, BLANKS),
    ):
        usually = beliefs.GET_HAS_NO_BODY if content == b"hi" else beliefs.ALL_AT_ONCE
        follows = b"\r\n" + HEAD if content == BLANKS else HEAD
        for pieces in cut_everywhere(stream):
            http = chapter.HttpConnection()
            http.buffer += head
            http.take_head()
            sent = Literally(f"{shown(head)}, then {in_pieces(pieces)}")
            for piece in pieces[:-1]:
                http.buffer += piece
                got = http.take_content()
                what = "Before the last octet, take_content() returned:"
                same(what, sent=sent, expected=None, got=got, usually=usually)
                expected, now = chapter.State.CONTENT, http.state
                same(
                    "The state:", sent=sent, expected=expected, got=now, usually=None, clue="state"
                )
            http.buffer += pieces[-1] + follows
            got = http.take_content()
            if got is None:
                what = "The content is complete. take_content() returned:"
                if http.state is chapter.State.RESPONSE:  # a `return` is missing
                    broken(what, sent=sent, got=None)
                clue = "decode first" if content else "none"
                broken(what, sent=sent, got=None, usually=None, clue=clue)
            kind = Literally(type(got).__name__)
            same("It returned:", sent=sent, expected=Literally("Request"), got=kind, usually=None)
            target = head.split()[1].decode()
            same("The target:", sent=sent, expected=target, got=got.target, usually=None)
            why = usually if usually is beliefs.GET_HAS_NO_BODY and not got.content else None
            clue = "a list" if isinstance(got.content, list) else ""
            if isinstance(got.content, bytes) and not why:
                is_part = got.content and content.endswith(got.content)
                clue = "pieces" if is_part else "" if got.content else "thrown away"
                if content == BLANKS:
                    clue = "blanks" if got.content else "left out"
            same(
                "The content:", sent=sent, expected=content, got=got.content, usually=why, clue=clue
            )
            host = got.headers.get("host")
            same("The field Host:", sent=sent, expected="a.test", got=host, usually=None)
            what, kept = "What follows stays in the buffer:", bytes(http.buffer)
            sent = Literally(f"{sent} and {shown(follows)}")
            same(what, sent=sent, expected=follows, got=kept, usually=None, clue="follows")
            expected = chapter.State.RESPONSE
            same("The state:", expected=expected, got=http.state, usually=None, clue="state")
            same("X, a trailer:", sent=sent, expected=None, got=got.headers.get("x"), usually=None)
            got = getattr(http.request, "method", http.request)
            expected = head.split()[0].decode()
            what = "The method of `request`, which has not been answered yet:"
            same(what, sent=sent, expected=expected, got=got, usually=None, clue="request")
    http = chapter.HttpConnection()
    http.buffer += CHUNKED + b"x\r\n"
    http.take_head()
    error = error_of(http.take_content)
    got = getattr(error, "status", error) or NO_ERROR
    sent = shown(CHUNKED + b"x\r\n")
    same("take_content() raised HttpError:", sent=sent, expected=400, got=got, usually=None)
    other = chapter.HttpConnection()
    other.buffer += CHUNKED + b"x\r\n"
    other.take_head()
    right = str(error_of(partial(other.decoder.decode, other.buffer)))
    what = "The error is the one of decode():"
    same(what, sent=sent, expected=right, got=str(error), usually=None, clue="error")


@promise(
    task=3,
    usually=beliefs.ALL_AT_ONCE,
    hints=(
        "Half of the request has arrived. What does feed() do with it?",
        "Add it to the buffer. take_head() and take_content() say whether anything is complete.",
        "self.buffer += data; if the state is HEAD: self.take_head(). Then, as a second `if`: if the "
        "state is CONTENT: return self.take_content().",
    ),
    hints_if={
        "next row": (
            "take_head() has made the state CONTENT. Which line looks at the state after that?",
            "A second `if`, below the first one. An `elif`, or a `match`, looks only once.",
            "if self.state is State.HEAD: self.take_head(); then, on its own line: if self.state is "
            "State.CONTENT: return self.take_content()",
        ),
    },
)
def test_request_comes_in_any_pieces(chapter: Attempt) -> None:
    """feed() gives a request with its content as soon as its last octet is there, however it is cut."""
    chunked = CHUNKED + b"6\r\na\r\n\r\nb\r\n3;x=y\r\ncde\r\n0\r\nX: y\r\n\r\n"
    for stream, method, content in (
        (GET, "GET", b""),
        (POST, "POST", b"ab\r\n\r\ncde"),
        (chunked, "PUT", b"a\r\n\r\nbcde"),
        (FETCH, "GET", b"hi"),
    ):
        usually = beliefs.GET_HAS_NO_BODY if stream == FETCH else None
        for pieces in cut_everywhere(stream):
            http, sent = chapter.HttpConnection(), in_pieces(pieces)
            early = [http.feed(piece) for piece in pieces[:-1]]
            if any(early):
                broken("Before the last octet, feed() gave a request.", sent=sent, usually=usually)
            request = http.feed(pieces[-1])
            if request is None:
                later = described(partial(http.feed, b""))
                clue = "next row" if target_of(later) == stream.split()[1].decode() else ""
                what = "All of it has come, and feed() returned:"
                broken(what, sent=sent, got=None, usually=None, clue=clue)
            same("The method:", sent=sent, expected=method, got=request.method, usually=None)
            got = request.content
            same("The content:", sent=sent, expected=content, got=got, usually=usually)
            expected = chapter.State.RESPONSE
            same("The state:", sent=sent, expected=expected, got=http.state, usually=None)
    http = chapter.HttpConnection()
    http.buffer += GET
    sent = Literally(f"b''. {shown(GET)} is in the buffer already")
    same("feed() gives:", sent=sent, expected="/one", got=target_of(http.feed(b"")), usually=None)


@promise(
    task=3,
    usually=beliefs.ONE_AT_A_TIME,
    hints=(
        "Two requests arrived in one piece. Which one do you return, and where is the other?",
        "Return one. The other stays in the buffer. So does what arrives while a response is awaited.",
        "In feed(): self.buffer += data in every state but CLOSED. Then only HEAD and CONTENT do "
        "anything.",
    ),
    hints_if={
        "upgraded": (
            "After a 101, to whom do the bytes belong that arrive?",
            "To the other protocol. feed() keeps them in the buffer, and looks at none of them.",
            "if self.state is not State.CLOSED: self.buffer += data",
        ),
    },
)
def test_one_request_is_given_at_a_time(chapter: Attempt) -> None:
    """Until there is a response, feed() gives no other request, and keeps whatever comes."""
    for first, content in ((GET, b""), (POST, b"ab\r\n\r\ncde")):
        http = chapter.HttpConnection()
        request = http.feed(first + HEAD + POST[:30])
        sent = Literally(f"{shown(first)}, and more after it, in one piece")
        holds("feed() gave no request.", request is not None, sent=sent)
        same("The first request's content:", sent=sent, expected=content, got=request.content)
        for data in (b"", POST[30:], GET):
            sent = Literally(f"{shown(data)}, before the response to the first request")
            got = target_of(http.feed(data))
            usually = beliefs.ONE_AT_A_TIME if got == "/two" else None
            same("feed() gives:", sent=sent, expected=NO_REQUEST, got=got, usually=usually)
        expected = chapter.State.RESPONSE
        same("The state:", sent=sent, expected=expected, got=http.state, usually=None)
        http.feed(b"\r\n" * (BUFFER // 2))
        http.feed(b"more")
        sent = Literally(f"all of that, then {BUFFER:,} octets and 4 more, before the response")
        length = Literally(f"{len(HEAD + POST + GET) + BUFFER + 4} octets")
        same(
            "In the buffer:",
            sent=sent,
            expected=length,
            got=Literally(f"{len(http.buffer)} octets"),
        )
    http = chapter.HttpConnection()
    holds("feed() gave no request.", http.feed(UPGRADE + b"\x81\x05"), sent=shown(UPGRADE))
    http.switch(chapter.Response(status=101, fields=[("Upgrade", "echo")], upgrade=print))
    got = described(partial(http.feed, b"hello"))
    usually, sent = beliefs.UPGRADE_IS_A_STATUS, Literally("b'hello', in the state UPGRADED")
    same("feed() returned:", sent=sent, expected=None, got=got, usually=usually, clue="upgraded")
    left, kept = b"\x81\x05hello", bytes(http.buffer)
    same("In the buffer:", sent=sent, expected=left, got=kept, usually=usually, clue="upgraded")


@promise(
    task=3,
    usually=beliefs.GOES_ON,
    hints=(
        "This request is refused. Where does the next one begin?",
        "Nobody knows. If take_head() or take_content() raises HttpError, the state is CLOSED, and the "
        "error goes on to the caller.",
        "try: … except HttpError: self.state = State.CLOSED; raise",
    ),
    hints_if={
        "swallowed": (
            "Who answers this client? Does the caller of feed() know that the request was refused?",
            "Only by the error. Set the state, and let the same error go on.",
            "except HttpError: self.state = State.CLOSED; raise",
        ),
        "unfinished": (
            "This can never become a head. Who knows that, and when is it asked?",
            "take_head() knows, even before the head is complete. Call it in the state HEAD.",
            "if self.state is State.HEAD: self.take_head()",
        ),
        "content": (
            "The head was fine, and the content is refused. Which line of yours sets CLOSED then?",
            "take_content() raises HttpError as well. One `try` is around both calls.",
            "try: … self.take_head() … self.take_content() … except HttpError: self.state = "
            "State.CLOSED; raise",
        ),
        "refuse": (
            "Which attributes have you changed? refuse() still has to know what the method was.",
            "It looks at `request`, or at the front of `buffer`. feed() changes `state`, and no other.",
            "except HttpError: self.state = State.CLOSED; raise, and nothing else",
        ),
        "closed": (
            "The state is CLOSED. Who would ever take these bytes off the buffer?",
            "Nobody. Look at the state before you add anything.",
            "if self.state is not State.CLOSED: self.buffer += data",
        ),
    },
)
def test_refused_request_is_the_end(chapter: Attempt) -> None:
    """A request that is refused raises HttpError; then the state is CLOSED, and it is over."""
    fields = b" HTTP/1.1\r\nHost: a.test\r\n"
    sized = b"PUT /" + fields + b"Content-Length: "
    for status, data in (
        (400, b"GET / HTTP/1.1\r\n\r\n"),
        (400, b"\x16"),
        (501, b"CONNECT a.test:80" + fields + b"\r\n"),
        (417, sized + b"1\r\nExpect: tea\r\n\r\n"),
        (413, sized + b"11\r\n\r\n"),
        (413, CHUNKED + b"9\r\nabcdefghi\r\n9\r\n"),
        (400, CHUNKED + b"x\r\n"),
        (400, CHUNKED + b"x\r\n" + GET),
    ):
        http = chapter.HttpConnection(limit=10)
        error = error_of(partial(http.feed, data))
        sent = Literally(f"{shown(data)}, where content may have 10 octets")
        if not isinstance(error, chapter.HttpError):
            clue = "" if error or http.state is not chapter.State.CLOSED else "swallowed"
            clue = "unfinished" if data == b"\x16" else clue
            expected = Literally(f"HttpError, with status {status}")
            got = error or NO_ERROR
            same("feed() raised:", sent=sent, expected=expected, got=got, usually=None, clue=clue)
        same("Its status:", sent=sent, expected=status, got=error.status, usually=None)
        is_content, expected = data.startswith(CHUNKED), chapter.State.CLOSED
        usually, clue = (None, "content") if is_content else (beliefs.GOES_ON, "")
        same("The state:", sent=sent, expected=expected, got=http.state, usually=usually, clue=clue)
        other = chapter.HttpConnection(limit=10)
        other.buffer += data
        right = error_of(other.take_head) or error_of(other.take_content)
        same("The error:", sent=sent, expected=str(right), got=str(error), usually=None)
        for name, value in attributes_of(other).items():
            what, now = f"After the refusal, `{name}` is:", attributes_of(http)[name]
            same(what, sent=sent, expected=value, got=now, usually=None, clue="refuse")
        kept = bytes(http.buffer)
        for more in (GET, b""):
            got = target_of(described(partial(http.feed, more)))
            sent = Literally(f"{shown(more)}, after a refusal")
            usually = beliefs.GOES_ON if got == "/one" else None
            same("feed() gives:", sent=sent, expected=NO_REQUEST, got=got, usually=usually)
            same(
                "In the buffer:",
                sent=sent,
                expected=kept,
                got=bytes(http.buffer),
                usually=None,
                clue="closed",
            )
    for data in (b"HEAD / HTTP/1.1\r\n\r\n", b"HEAD /" + fields + b"Content-Length: x\r\n\r\n"):
        http = chapter.HttpConnection()
        error = error_of(partial(http.feed, data))
        got = http.refuse(error).partition(b"\r\n\r\n")[2]
        what = "A refusal of HEAD has no content. Yours has:"
        same(what, sent=shown(data), expected=b"", got=got, usually=None, clue="refuse")
    http = chapter.HttpConnection()
    data = b"BREW\r\n\r\n" + GET
    error = error_of(partial(http.feed, data))
    expected, got = chapter.HttpError, type(error) if error else NO_ERROR
    same("feed() raised:", sent=shown(data), expected=expected, got=got, usually=None)
    got = target_of(described(partial(http.feed, b"")))
    sent = Literally(f"b'', after {shown(data)}")
    same("feed() gives:", sent=sent, expected=NO_REQUEST, got=got)


@promise(
    task=4,
    usually=beliefs.ONE_AT_A_TIME,
    hints=(
        "The response is out, and the connection goes on. What has respond() to leave behind?",
        "The state HEAD, no request, and the buffer as it is: the next request may be in it.",
        "self.request = None; self.state = State.HEAD if persists else State.CLOSED",
    ),
    hints_if={
        beliefs.CALL_RUNS_TO_YIELD: (
            "respond() has returned. Which of its lines have not run yet?",
            "Those of a function with `yield`: it begins when the first piece is taken. Change the "
            "state in respond() itself, and return what serialize() returns.",
            "pieces = serialize(…); self.request = None; self.state = …; return pieces",
        ),
        "taken": (
            "Who takes the pieces of the content: respond(), or its caller?",
            "The caller sends them, one by one. Return what serialize() returns, unopened.",
            "pieces = serialize(response, request, persists); …; return pieces",
        ),
        "answered": (
            "respond() has answered the request. What does refuse() still see in `request`?",
            "It would take the next request that is refused for this one. Now there is none: None.",
            "After serialize(): self.request = None",
        ),
    },
)
def test_next_request_follows_the_response(chapter: Attempt) -> None:
    """After a response the state is HEAD, and feed() gives the next request if it has come."""
    http = waiting_for_response(chapter, GET + HEAD + POST[:-4])
    sent = Literally("/one, /two and a part of /three, in one piece")
    left = HEAD + POST[:-4]
    for method, following in (("GET", "/two"), ("HEAD", NO_REQUEST)):
        pieces = http.respond(chapter.Response(b"hi"))
        is_lazy, expected = inspect.isgenerator(pieces), chapter.State.HEAD
        usually = beliefs.CALL_RUNS_TO_YIELD if is_lazy else None
        what = "Before the pieces are taken, the state is:"
        same(what, sent=sent, expected=expected, got=http.state, usually=usually)
        what, got = "The request, now that it is answered:", http.request
        got = got and Literally(f"the {got.method} of {got.target}")
        same(what, sent=sent, expected=None, got=got, usually=None, clue="answered")
        what, kept = "In the buffer:", bytes(http.buffer)
        same(what, sent=sent, expected=left, got=kept)
        data = b"".join(pieces)
        answer = whole(data, method, usually=beliefs.HEAD_IS_GET)
        usually = beliefs.KEEP_ALIVE_IS_ASKED_FOR
        holds("The response says close.", not answer.closes, got=data, usually=usually)
        got = target_of(http.feed(b""))
        same("Then feed(b'') gives:", sent=sent, expected=following, got=got, usually=None)
        left = POST[:-4]
    request = http.feed(POST[-4:])
    got = (target_of(request), getattr(request, "content", None))
    expected = ("/three", b"ab\r\n\r\ncde")
    same("The third request:", sent=sent, expected=expected, got=got, usually=None)
    list(http.respond(chapter.Response(status=204)))
    taken: list[int] = []
    waiting_for_response(chapter).respond(chapter.Response(pieces_taken(taken)))
    if len(taken) > 1:
        what = "respond() has taken all pieces of the content:"
        broken(what, got=taken, usually=beliefs.COLLECT_FIRST, clue="taken")
    request = http.feed(FETCH)
    got = (target_of(request), getattr(request, "content", None))
    same("The fourth:", sent=shown(FETCH), expected=("/four", b"hi"), got=got, usually=None)


@promise(
    task=4,
    usually=beliefs.GOES_ON,
    hints=(
        "After which responses can no other follow?",
        "If is_persistent() says no. And, in HTTP/1.0 only, if the content is pieces without length.",
        "has_end = isinstance(response.content, bytes) or response.length is not None; persists = "
        "is_persistent(request) and (has_end or request.version >= (1, 1))",
    ),
    hints_if={
        "status": (
            "Does the status of a response say where it ends?",
            "No. The connection goes on after every final status.",
            "persists = is_persistent(request) and (has_end or request.version >= (1, 1))",
        ),
        "chunks": (
            "This client speaks HTTP/1.1. How does it learn where pieces of unknown length end?",
            "By chunks. They have an end of their own, so the connection goes on.",
            "persists = is_persistent(request) and (has_end or request.version >= (1, 1))",
        ),
        "bytes": (
            "This content is bytes. Does the client see where it ends?",
            "Yes: serialize() sends the length of bytes, even if `response.length` is None.",
            "has_end = isinstance(response.content, bytes) or response.length is not None",
        ),
        "length": (
            "These are pieces, and their length is known. What ends the response?",
            "Content-Length. `response.length` is not None.",
            "has_end = isinstance(response.content, bytes) or response.length is not None",
        ),
    },
)
def test_connection_ends_where_it_must(chapter: Attempt) -> None:
    """After `close`, and after what only the connection's end can end, no request is given any more."""
    for what, data, kind, goes_on, clue in (
        ("HTTP/1.1", GET, "bytes", True, ""),
        ("HTTP/1.1", GET, "pieces", True, "chunks"),
        ("HTTP/1.1 with close", LAST, "bytes", False, ""),
        ("HTTP/1.1 with close", LAST, "pieces", False, ""),
        ("HTTP/1.0", OLD, "bytes", False, ""),
        ("HTTP/1.0", OLD, "pieces", False, ""),
        ("HTTP/1.0 with keep-alive", KEPT, "bytes", True, "bytes"),
        ("HTTP/1.0 with keep-alive", KEPT, "pieces", False, ""),
        ("HTTP/1.0 with keep-alive", KEPT, "pieces in a tuple", False, ""),
        ("HTTP/1.0 with keep-alive", KEPT, "pieces: there is one", False, ""),
        ("HTTP/1.0 with keep-alive", KEPT, "no pieces", False, ""),
        ("HTTP/1.0 with keep-alive", KEPT, "pieces with length=5", True, "length"),
        ("HTTP/1.0 with keep-alive", KEPT, "no pieces, with length=0", True, "length"),
        ("HTTP/1.0 with keep-alive", KEPT, "no bytes", True, "bytes"),
    ):
        http = waiting_for_response(chapter, data + GET)
        response = {
            "bytes": chapter.Response(b"hello"),
            "pieces": chapter.Response([b"he", b"llo"]),
            "pieces in a tuple": chapter.Response((b"he", b"llo")),
            "pieces: there is one": chapter.Response([b"hello"]),
            "no pieces": chapter.Response([]),
            "pieces with length=5": chapter.Response([b"he", b"llo"], length=5),
            "no pieces, with length=0": chapter.Response([], length=0),
            "no bytes": chapter.Response(b""),
        }[kind]
        answer, _rest = read_answer(b"".join(http.respond(response)))
        sent = Literally(f"{kind}, for {data.split()[1].decode()} in {what}")
        content = b"" if kind.startswith("no") else b"hello"
        same("The content:", sent=sent, expected=content, got=answer.content, usually=None)
        expected = chapter.State.HEAD if goes_on else chapter.State.CLOSED
        usually: Misconception | None = None
        if data is KEPT and not goes_on:
            usually = beliefs.NO_LENGTH_NEEDED
        elif goes_on and kind == "bytes" and data is GET:
            usually = beliefs.KEEP_ALIVE_IS_ASKED_FOR
        elif not goes_on and answer.closes:
            usually = beliefs.GOES_ON
        what = "The state now:"
        same(what, sent=sent, expected=expected, got=http.state, usually=usually, clue=clue)
        what, usually = "The response says close:", None if goes_on else beliefs.CLOSES_SILENTLY
        same(what, sent=sent, expected=not goes_on, got=answer.closes, usually=usually)
        got = target_of(http.feed(b""))
        expected = "/one" if goes_on else NO_REQUEST
        same("feed(b'') gives:", sent=sent, expected=expected, got=got)
    for status in (204, 205, 302, 304, 400, 404, 413, 500, 503):
        http, expected = waiting_for_response(chapter, GET), chapter.State.HEAD
        list(http.respond(chapter.Response(status=status)))
        sent, now = Literally(f"a response with status {status}, in HTTP/1.1"), http.state
        same("The state now:", sent=sent, expected=expected, got=now, usually=None, clue="status")


@promise(
    task=4,
    usually=beliefs.STATE_FIRST,
    hints=(
        "serialize() has raised an error. Has the request been answered?",
        "Serialize first, and change the state afterwards. Before anything else: does a request wait?",
        "if self.request is None or self.state is not State.RESPONSE: raise RuntimeError(…); pieces = "
        "serialize(…); then self.request = None and self.state = …; return pieces",
    ),
    hints_if={
        "no request": (
            "Nobody waits for a response. What is in `state`?",
            "Something other than RESPONSE. Then respond() raises RuntimeError, and does nothing else.",
            'if self.state is not State.RESPONSE: raise RuntimeError("no request waits")',
        ),
        "error": (
            "serialize() has refused this response. Who has to know?",
            "The caller: answer() makes a 500 of the error. Do not catch it.",
            "No `try` in respond()",
        ),
    },
)
def test_refused_response_can_be_replaced(chapter: Attempt) -> None:
    """If a response cannot be sent, another can take its place; without a request it is an error."""
    http = waiting_for_response(chapter)
    for what, wrong in (
        ("CR LF in a field", chapter.Response(b"", 200, [("A", "b\r\nc")])),
        (
            "a field that only the server sends",
            chapter.Response([b"hi"], 200, [("Connection", "x")]),
        ),
        ("text as content", chapter.Response("hi")),
        ("content that fails before its first piece", chapter.Response(failing())),
    ):
        sent = Literally(f"a response with {what}")
        error = error_of(partial(http.respond, wrong))
        if not isinstance(error, ValueError | TypeError | KeyError):
            got = error or NO_ERROR
            what = "respond() did not raise the error of serialize()."
            broken(what, sent=sent, got=got, usually=None, clue="error")
        same("The state:", sent=sent, expected=chapter.State.RESPONSE, got=http.state)
        got = getattr(http.request, "target", http.request)
        same("The target of `request`:", sent=sent, expected="/one", got=got)
    answer = whole(b"".join(http.respond(chapter.Response(b"", 500))))
    same("The status of the other response:", expected=500, got=answer.status, usually=None)
    early, half = chapter.HttpConnection(), chapter.HttpConnection()
    half.feed(POST[:-1])
    ended = waiting_for_response(chapter, LAST)
    ended.respond(chapter.Response())
    refused, upgraded = chapter.HttpConnection(), waiting_for_response(chapter, UPGRADE)
    error_of(partial(refused.feed, CONNECT))
    upgraded.switch(chapter.Response(status=101, fields=[("Upgrade", "echo")], upgrade=print))
    for what, connection in (
        ("nothing has come", early),
        ("half the content has come", half),
        ("the request is answered", http),
        ("the connection has to be closed", ended),
        ("the request was refused", refused),
        ("another protocol is spoken", upgraded),
    ):
        state = connection.state
        error = error_of(partial(connection.respond, chapter.Response()))
        got = error if isinstance(error, RuntimeError) else error or NO_ERROR
        if got is not error or not isinstance(error, RuntimeError):
            sent = Literally(f"a response, when {what}")
            expected = Literally("RuntimeError")
            same(
                "respond() raised:",
                sent=sent,
                expected=expected,
                got=got,
                usually=None,
                clue="no request",
            )
        same("The state:", expected=state, got=connection.state, usually=None)


@promise(
    task=5,
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
        "too early": (
            "Which line runs first: your `yield`, or the next feed()?",
            "Yield the reply first. Everything below the `yield` waits until the caller asks again.",
            "In the loop: yield answer(http, handler, request). Below it: request = http.feed(b'')",
        ),
        "closed": (
            "Your caller has closed the generator. Which of your lines goes on?",
            "The one below `except`: close() raises GeneratorExit at `yield`. Catch only HttpError.",
            "except HttpError as error: yield [http.refuse(error)]",
        ),
        "handler": (
            "The handler has failed. Which given function answers all the same?",
            "answer(): it calls the handler, logs its error, and responds with a 500.",
            "yield answer(http, handler, request)",
        ),
    },
)
def test_next_request_waits_for_the_response(chapter: Attempt) -> None:
    """replies() gives the handler a request only when the response to the one before has been taken."""
    done: list[str] = []

    def handler(request: Any) -> Any:
        done.append(f"handler {request.target}")
        return chapter.Response(piece_of(request.target))

    def piece_of(target: str) -> Iterator[bytes]:
        done.append(f"piece of {target}")
        yield b"hi"
        done.append(f"end of {target}")

    second = GET.replace(b"/one", b"/two")
    whats = ("handler", "piece of", "end of")
    expected = [f"{what} /{n}" for n in ("one", "two", "six") for what in whats]
    sent = Literally("/one, /two and /six in one piece, each answered with one piece")
    http = chapter.HttpConnection()
    data = GET + second + GET.replace(b"/one", b"/six")
    for number, pieces in enumerate(chapter.replies(http, handler, data)):
        if isinstance(pieces, bytes):
            what = "replies() yielded a piece of a response, and not the response:"
            broken(what, sent=sent, got=pieces, usually=None, clue="pieces")
        if "end of /one" in done and not number:
            what = "replies() has taken all pieces of the response before it yielded it."
            broken(what, sent=sent, got=done, usually=beliefs.COLLECT_FIRST, clue="pieces")
        if http.state is chapter.State.RESPONSE and "handler /two" not in done:
            what = "replies() has called feed() for /two before it yielded the reply to /one."
            broken(what, sent=sent, usually=None, clue="too early")
        list(pieces)
        if number > 4:
            broken("There is reply after reply.", sent=sent, usually=beliefs.FED_AGAIN)
    usually: Misconception | None = beliefs.ONE_AT_A_TIME
    if "end of /one" in done and "handler /two" in done[: done.index("end of /one")]:
        usually = beliefs.ALL_THEN_SEND
    elif "handler /two" in done:
        usually = None
    same("With replies(), in this order:", sent=sent, expected=expected, got=done, usually=usually)
    for error in (KeyError("a bug"), chapter.HttpError(400, "a bug", "nowhere")):
        http = chapter.HttpConnection()
        with logged_errors():
            got = described(partial(statuses_of, chapter, http, raising(error), GET + GET))
        got = [each for each in got if each] if isinstance(got, list) else got
        sent = Literally(f"two requests, for a handler that raises {type(error).__name__}")
        right = [500, 500]
        same("The statuses:", sent=sent, expected=right, got=got, usually=None, clue="handler")
    stopped: Any = chapter.replies(chapter.HttpConnection(), handler, GET + second)
    with closing(stopped):
        next(stopped)
        got = described(stopped.close)
        sent = Literally("two requests. The caller closes the generator after the first reply")
        same("close() returned:", sent=sent, expected=None, got=got, usually=None, clue="closed")


@promise(
    task=5,
    usually=beliefs.NO_ANSWER,
    hints=(
        "What can feed() do, other than return a request or None?",
        "It can raise HttpError: yield a list of what refuse() returns.",
        "try: … while request: … except HttpError as error: yield [http.refuse(error)]",
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
        "empty": (
            "One reply here has no bytes. Where does it come from?",
            'From interim(): it returns b"" if the client waits for nothing. Do not yield that.',
            "if interim := http.interim(): yield [interim]",
        ),
        "interim": (
            "Which bytes say that the client may go on? Who has them?",
            "interim() returns them: a status line and an empty line. Yield them unchanged.",
            "if interim := http.interim(): yield [interim]",
        ),
        "many": (
            "How many requests can arrive in one piece?",
            "As many as a client likes. Use a loop: calls inside calls reach Python's limit.",
            "while request: yield answer(http, handler, request); request = http.feed(b'')",
        ),
        "after": (
            "The first request is answered. For what does the client of the second wait?",
            "For 100 Continue. Ask interim() each time that feed() has returned None.",
            "After the loop, not before it: if interim := http.interim(): yield [interim]",
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
        (GET + GET + wrong, [200, 200, 400], beliefs.NO_ANSWER),
        (WAITING, [100], beliefs.NOBODY_WAITS),
        (GET + WAITING, [200, 100], None),
        (WAITING + b"abcd", [200], None),
        (LAST + GET, [200], None),
    ):
        http = chapter.HttpConnection()
        statuses: list[int | bytes] = []
        sent = shown(data, 100)
        try:
            replies = islice(chapter.replies(http, echo(chapter), data), 5)
            statuses.extend(status_in(pieces) for pieces in replies)
        except chapter.HttpError as error:
            clue, usually = ("later", None) if statuses else ("", beliefs.NO_ANSWER)
            broken("replies() raised:", sent=sent, got=error, usually=usually, clue=clue)
        usually = belief if statuses == expected[:-1] else None
        clue = "empty" if b"" in statuses else ""
        if data == GET + WAITING and not clue:
            clue = "after"
        what = "The statuses of the replies:"
        same(what, sent=sent, expected=expected, got=statuses, usually=usually, clue=clue)
    http = chapter.HttpConnection()
    came = b"".join(b"".join(pieces) for pieces in chapter.replies(http, echo(chapter), WAITING))
    sent, said = shown(WAITING), b"HTTP/1.1 100 Continue\r\n\r\n"
    same(
        "The bytes of the reply:", sent=sent, expected=said, got=came, usually=None, clue="interim"
    )
    http = chapter.HttpConnection()
    answered = chapter.replies(http, echo(chapter), GET * MANY)
    count = described(lambda: sum(status_in(pieces) == 200 for pieces in answered))
    sent = Literally(f"{MANY} requests in one piece")
    same("Requests answered:", sent=sent, expected=MANY, got=count, usually=None, clue="many")
    other = chapter.HttpConnection()
    right = str(error_of(partial(other.feed, wrong)))
    replies = chapter.replies(chapter.HttpConnection(), echo(chapter), wrong)
    content = whole(b"".join(b"".join(pieces) for pieces in replies)).content
    got = content.decode(errors="replace").rstrip()
    same("The content of the refusal:", sent=shown(wrong), expected=right, got=got, usually=None)


@promise(
    task=6,
    usually=beliefs.KEEP_ALIVE_IS_ASKED_FOR,
    hints=(
        "One connection, many requests: some in pieces, some together, and in the end none.",
        "Receive, and send what is outgoing, until the client has finished or `goes_on` is False. Then "
        "finish().",
        "while http.goes_on and (data := receiver.receive()): send_each(conn, outgoing(http, handler, "
        "data)). At the end: finish(conn, http).",
    ),
    hints_if={
        "open": (
            "serve_http() has returned, and your end is open. Which line closes it?",
            "finish() does. Is it reached when receive() returns b'', and when the loop ends?",
            "finish(conn, http), below the loop, and no `return` in the loop",
        ),
    },
)
def test_one_connection_serves_many_requests(chapter: Attempt) -> None:
    """Requests on one connection are answered in order, however they come, until the client ends it."""
    with served(chapter, echo(chapter)) as client:
        got = client.asks(GET).content
        same("The first answer:", sent=shown(GET), expected=b"GET /one ", got=got, usually=None)
        got = client.asks(POST).content
        expected = b"POST /three ab\r\n\r\ncde"
        same("The second answer:", sent=shown(POST), expected=expected, got=got, usually=None)
        for at in range(len(POST)):
            client.sock.sendall(POST[at : at + 1])
        got = client.reads().content
        sent = Literally(f"{shown(POST)}, one byte at a time")
        same("The answer:", sent=sent, expected=expected, got=got, usually=None)
        client.sock.sendall(GET + HEAD + POST + GET)
        answers = [client.reads(method).content for method in ("GET", "HEAD", "POST", "GET")]
        all_four = [b"GET /one ", b"", expected, b"GET /one "]
        same("Four requests in one piece:", expected=all_four, got=answers, usually=None)
    for secured, right in ((True, 200), (False, 421)):
        with connected() as (sock, conn):
            sock.sendall(b"GET https://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n")
            sock.shutdown(socket.SHUT_WR)
            chapter.serve_http(conn, echo(chapter), secured=secured)
            status = Client(sock).reads().status
        sent = Literally(f"GET https://a.test/, with secured={secured}")
        same("The status:", sent=sent, expected=right, got=status, usually=None)
    for half in (b"", GET[:-5], POST[:-4]):
        sent = Literally(f"{GET[:10]!r} …, then {half[-20:]!r}, then the end")
        with connected() as (sock, conn):
            sock.sendall(GET + half)
            sock.shutdown(socket.SHUT_WR)
            raised = error_of_serving(chapter, conn, echo(chapter))
            if raised:
                usually = beliefs.HALF_IS_AN_ERROR if half else None
                broken("serve_http() raised:", sent=sent, got=raised, usually=usually)
            what = "serve_http() has returned, and the connection is open."
            holds(what, conn.fileno() == -1, sent=sent, usually=None, clue="open")
            client = Client(sock)
            got = client.reads().content
            same("The answer:", sent=sent, expected=b"GET /one ", got=got, usually=None)
            rest = client.reads_to_the_end()
            same("Then:", sent=sent, expected=b"", got=rest, usually=None)


@promise(
    task=6,
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
        sent = Literally(f"{shown(data)}, and another request after it")
        with served(chapter, echo(chapter)) as client:
            answer = client.asks(data + GET)
            same("The answer:", sent=sent, expected=content, got=answer.content, usually=None)
            got = client.reads_to_the_end()
            same("The connection then ends with:", sent=sent, expected=b"", got=got, usually=None)


@promise(
    task=6,
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
    hints_if={
        "receivers": (
            "A Receiver knows what its machine waits for, and since when. How many do you make?",
            "One machine and one Receiver for the connection. Make both before the loop.",
            "receiver = Receiver(conn, http, idle or Idle()), above the loop",
        ),
    },
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
        sent = Literally(f"{shown(data)}, and nothing more")
        with (
            mock.patch.multiple(
                module, KEEP_ALIVE_TIMEOUT=SHORT, HEAD_TIMEOUT=SHORT, IDLE_TIMEOUT=SHORT
            ),
            served(chapter, echo(chapter), data) as client,
        ):
            got = [client.reads().content for _ in expected]
            same("The answers:", sent=sent, expected=expected, got=got, usually=None)
            end = described(client.reads_to_the_end)
            what = "After a silence, the client reads:"
            same(what, sent=sent, expected=b"", got=end, usually=None)
    sent = Literally(f"{shown(POST[:-4])}, and the rest after KEEP_ALIVE_TIMEOUT")
    with (
        mock.patch.object(module, "KEEP_ALIVE_TIMEOUT", SHORT),
        served(chapter, echo(chapter), POST[:-4]) as client,
    ):
        before = client.sock.gettimeout()
        client.sock.settimeout(3 * SHORT)
        if described(partial(client.sock.recv, 1)) == b"":
            what = "The client was disconnected in the middle of content."
            broken(what, sent=sent, usually=None, clue="receivers")
        client.sock.settimeout(before)
        answer = client.asks(POST[-4:]).content
        right = b"POST /three ab\r\n\r\ncde"
        same("The answer:", sent=sent, expected=right, got=answer, usually=None)
    with noting(module, "Receiver") as made, served(chapter, echo(chapter), GET) as client:
        client.reads()
        client.asks(GET)
    what, sent = "Receivers made:", Literally("two requests on one connection")
    same(what, sent=sent, expected=1, got=len(made), usually=None, clue="receivers")
    idle = chapter.Idle()
    idle.make_room(True)
    with mock.patch.object(module, "KEEP_ALIVE_TIMEOUT", SHORT), connected() as (_sock, conn):
        chapter.serve_http(conn, echo(chapter), idle)
    what = "The Receiver has been given the Idle that serve_http() was given:"
    same(what, expected=True, got=not idle.one_has_to_go, usually=None)


@promise(
    task=6,
    usually=beliefs.CLOSE_AT_ONCE,
    signs={"leak": beliefs.CLOSES_ITSELF},
    hints=(
        "Your answer is out, and the client is still sending. What does close() do to it?",
        "send_each() sends the refusal, and finish() half-closes, drains, and closes.",
        "In serve_http(), at the end: finish(conn, http).",
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
            what = "The answers to what came before:"
            same(what, sent=sent, expected=before, got=got, usually=None)
            answer = described(client.reads)
            got_status = getattr(answer, "status", answer)
            same("The refusal's status:", sent=sent, expected=status, got=got_status)
            client.sock.shutdown(socket.SHUT_WR)
            rest = described(client.reads_to_the_end)
            same("Then the connection ends with:", sent=sent, expected=b"", got=rest)


@promise(
    task=6,
    usually=beliefs.UPGRADE_IS_A_STATUS,
    signs={"leak": beliefs.CLOSES_ITSELF},
    hints=(
        "The connection speaks another protocol now. Does your loop still receive?",
        "`goes_on` is False in UPGRADED as well as in CLOSED. finish() hands the connection over.",
        "while http.goes_on and (data := receiver.receive()): …; then finish(conn, http)",
    ),
)
def test_upgraded_connection_is_handed_over(chapter: Attempt) -> None:
    """After a 101 the server receives nothing more: the other protocol gets the connection."""
    handed: list[bytes] = []

    def take_over(conn: socket.socket, follows: bytes) -> None:
        handed.append(follows)
        conn.sendall(b"taken over, " + receive_all(conn))

    fields = [("Upgrade", "echo")]
    response = chapter.Response(status=101, fields=fields, upgrade=take_over)
    with served(chapter, lambda _request: response) as client:
        client.sock.sendall(UPGRADE + b"hi")
        client.reads_until(b"\r\n\r\n")
        client.sock.sendall(b"bye")
        client.sock.shutdown(socket.SHUT_WR)
        came = described(client.reads_to_the_end)
    sent = Literally(
        "an upgrade that the handler accepts, b'hi' in the same piece, and then b'bye'"
    )
    what = "The other protocol was given:"
    same(what, sent=sent, expected=[b"hi"], got=handed, usually=None)
    read = came.partition(b"\r\n\r\n")[2] if isinstance(came, bytes) else came
    what, end = "After the 101, the client reads:", b"taken over, bye"
    same(what, sent=sent, expected=end, got=read, usually=None)


@promise(
    task=6,
    usually=beliefs.PART_FOR_WHOLE,
    signs={"leak": beliefs.CLOSES_ITSELF},
    hints=(
        "Half a response is out, and it breaks. How does the client find out that it is half?",
        "By a reset: abort(conn). Then raise the error again. It is too late for refuse() and "
        "for a 500: the head is out already.",
        "Around the loop in serve_http(): except Exception: abort(conn); raise",
    ),
    hints_if={
        "any error": (
            "The handler's content may raise any error. Which errors does your `except` catch?",
            "Too few. `except Exception` catches them all.",
            "except Exception: abort(conn); raise",
        ),
        "raise": (
            "The client knows that something has broken. Does your caller?",
            "Only if the same error reaches it. A bare `raise`, below `except`, raises it again.",
            "except Exception: abort(conn); raise",
        ),
    },
)
def test_part_is_not_taken_for_the_whole(chapter: Attempt) -> None:
    """If a response breaks off, the connection is reset, and what was raised goes on to the caller."""
    module = sys.modules[chapter.serve_http.__module__]
    for data in (GET, OLD):
        for error in (
            RuntimeError("the disk is full"),
            KeyError("a bug"),
            TimeoutError("the database is slow"),
            chapter.HttpError(400, "this came too late", "nowhere"),
        ):
            version = data.split()[2].decode()
            sent = Literally(
                f"a response in {version}; its second piece raises {type(error).__name__}"
            )
            app = app_of(chapter, pieces_and(error))
            with connected() as (sock, conn), running(serve_and_end, chapter, conn, app) as call:
                got = described(partial(Client(sock).asks, data))
                raised, is_open = call.result()
                if is_open:
                    what = "serve_http() raised this, and left the connection open:"
                    broken(what, sent=sent, got=raised, usually=None, clue="any error")
                if isinstance(got, Answer):
                    broken("The client takes this for the whole:", sent=sent, got=got.content)
                sock.close()
                raised = raised or NO_ERROR
                what = "serve_http() raised:"
                same(what, sent=sent, expected=error, got=raised, usually=None, clue="raise")
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
            usually = beliefs.PART_FOR_WHOLE if isinstance(raised, OSError) else None
            what, got = "The client takes this for the whole:", Literally(f"{got:,} octets")
            broken(what, sent=sent, got=got, usually=usually)
        is_broken = isinstance(raised, OSError)
        what, got = "OSError was not raised.", raised or NO_ERROR
        holds(what, is_broken, sent=sent, got=got, usually=None, clue="raise")


@promise(
    task=6,
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
        usually = beliefs.ERRORS_ARE_MINE_TO_HIDE
        holds("OSError was not raised.", is_broken, got=raised or NO_ERROR, usually=usually)
        holds("The connection is open.", conn.fileno() == -1)


@promise(
    task=6,
    usually=beliefs.COLLECT_FIRST,
    signs={"leak": beliefs.CLOSES_ITSELF},
    hints=(
        "The second piece may take an hour to come. Where is the first one meanwhile?",
        "send_each() sends each piece as soon as the handler yields it. Give it the generator that "
        "outgoing() returns.",
        "send_each(conn, outgoing(http, handler, data))",
    ),
)
def test_pieces_go_out_one_by_one(chapter: Attempt) -> None:
    """Pieces go out at once: the client has one before the handler is asked for the next."""
    for data in (GET, OLD):
        has_read = threading.Event()
        with connected() as (sock, conn):
            noticed: list[bool] = []
            app = app_of(chapter, pieces_noting(has_read, noticed))
            with serving(chapter, conn, app):
                client = Client(sock)
                client.sock.sendall(data)
                client.reads_until(b"piece 1")
                has_read.set()
                content = client.reads().content
                sock.close()
        version = data.split()[2].decode()
        sent = Literally(f"two pieces in {version}: b'piece 1', b'piece 2'")
        same("The content:", sent=sent, expected=b"piece 1piece 2", got=content, usually=None)
        if noticed != [True]:
            broken("The second piece was taken before the client could read the first.", sent=sent)


@promise(
    task=6,
    usually=beliefs.TIMEOUT_OF_SENDALL,
    signs={"leak": beliefs.CLOSES_ITSELF},
    hints=(
        "What does the timeout of sendall() count: the wait for room, or the whole call?",
        "Each send() has a timeout of its own. send_each(), which is given, uses it.",
        "send_each(conn, outgoing(http, handler, data)), and no conn.sendall()",
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
            usually = beliefs.TIMEOUT_OF_SENDALL if isinstance(raised, TimeoutError) else None
            broken("It was cut off in the middle.", sent=sent, got=raised, usually=usually)


@promise(
    task=6,
    usually=beliefs.STREAMS_END_THEMSELVES,
    signs={"leak": beliefs.CLOSES_ITSELF},
    hints=(
        "The client has gone in the middle of a response. Who tells the handler's generator?",
        "send_each() does: it closes the generator of outgoing() on every way out.",
        "send_each(conn, outgoing(http, handler, data))",
    ),
)
def test_stream_is_closed_when_the_client_goes(chapter: Attempt) -> None:
    """If the client goes in the middle of a response, the handler's content is closed."""
    stream, kept = Endless(), []
    module = sys.modules[chapter.serve_http.__module__]
    simulates("PyPy: a generator is not closed as soon as nobody refers to it")

    def keeping(*arguments: Any, **options: Any) -> Any:
        kept.append(real(*arguments, **options))
        return kept[-1]

    def keeping_answer(*arguments: Any) -> Any:
        kept.append(iter(real_answer(*arguments)))
        return kept[-1]

    real, real_answer = module.__dict__["outgoing"], module.__dict__["answer"]
    with (
        mock.patch.multiple(module, outgoing=keeping, answer=keeping_answer),
        connected() as (sock, conn),
    ):
        sock.sendall(GET)
        with running(error_of_serving, chapter, conn, app_of(chapter, stream)) as call:
            Client(sock).reads_until(b"piece")
            reset(sock)
            call.result()
        sent = Literally("a client that resets the connection while pieces are sent to it")
        same("The content is closed:", sent=sent, expected=True, got=stream.closed)


def persists(
    chapter: Attempt,
    version: tuple[int, int],
    values: list[str],
    expected: bool,
    usually: Misconception | None,
    clue: str = "",
) -> None:
    """Ask is_persistent() about a request with these lines of Connection."""
    request = request_of(chapter, *[("connection", each) for each in values], version=version)
    lines = ", ".join(f"Connection: {each}" for each in values) or "no Connection"
    sent = Literally(f"HTTP/1.{version[1]}, {lines}")
    got = bool(chapter.is_persistent(request))
    same("It persists:", sent=sent, expected=expected, got=got, usually=usually, clue=clue)


def pieces_taken(taken: list[int]) -> Iterator[bytes]:
    """Yield three pieces, and note each."""
    for number in range(1, 4):
        taken.append(number)
        yield b"piece"


def statuses_of(chapter: Attempt, http: Any, handler: Any, data: bytes) -> list[int | bytes]:
    """Return the status of each of the replies."""
    return [status_in(pieces) for pieces in islice(chapter.replies(http, handler, data), 5)]


def failing() -> Iterator[bytes]:
    """Fail before the first piece."""
    raise KeyError("a bug")
    yield b""


def attributes_of(http: Any) -> dict[str, object]:
    """Return what refuse() may look at after a refusal, as a report shows it."""
    return {
        "buffer": bytes(http.buffer),
        "request": http.request and Literally(f"the {http.request.method}"),
        "content": getattr(http, "content", None),
        "owes_continue": http.owes_continue,
        "parser": Literally(type(http.parser).__name__),
    }


def raising(error: BaseException) -> Callable[[Any], Any]:
    """Return a handler that raises this error."""

    def handler(_request: Any) -> Any:
        raise error

    return handler


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
    yield [stream[at : at + 1] for at in range(len(stream))] or [b""]


def pieces_noting(has_read: threading.Event, noticed: list[bool]) -> Iterator[bytes]:
    """Yield two pieces; note whether the first was read in between."""
    yield b"piece 1"
    noticed.append(has_read.wait(WHILE_IT_READS))
    yield b"piece 2"


GET = b"GET /one HTTP/1.1\r\nHost: a.test\r\n\r\n"
HEAD = b"HEAD /two HTTP/1.1\r\nHost: a.test\r\n\r\n"
POST = b"POST /three HTTP/1.1\r\nHost: a.test\r\nContent-Length: 9\r\n\r\nab\r\n\r\ncde"
FETCH = b"GET /four HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\n\r\nhi"
LAST = b"GET /last HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"
CHUNKED = b"PUT /chunks HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n"
UPGRADE = b"GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
CONNECT = b"CONNECT a.test:80 HTTP/1.1\r\nHost: a.test\r\n\r\n"
MANY = 1200  # requests in one piece: more than the calls that Python nests
BLANKS = b"\n ab\xff\x00 \r\n"  # content of 9 octets, not text
OLD = b"GET /old HTTP/1.0\r\n\r\n"
KEPT = b"GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
WAITING = b"PUT /big HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
NO_REQUEST = Literally("no request")
NO_ERROR = Literally("no error")


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
    """A stream of the handler's, longer than a client reads. It notes that it was closed."""

    def __init__(self) -> None:
        self.closed = False
        self.left = UPLOAD  # octets: who collects them all has to come to an end

    def __iter__(self) -> Endless:
        return self

    def __next__(self) -> bytes:
        if self.left <= 0:
            raise StopIteration
        self.left -= 5000
        return b"piece" * 1000

    def close(self) -> None:
        """Note it."""
        self.closed = True


def pieces_and(error: Exception) -> Iterator[bytes]:
    """Yield a piece, then raise."""
    yield b"a part"
    raise error


def serve_and_end(
    chapter: Attempt, conn: socket.socket, app: Callable[[Any], Any]
) -> tuple[Any, bool]:
    """Serve a client; return the error, and whether the connection was left open after it.

    It is closed then: the client would wait for the end.
    """
    error = error_of_serving(chapter, conn, app)
    is_open = error is not None and conn.fileno() != -1
    if is_open:
        conn.close()
    return error, is_open


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


def waiting_for_response(chapter: Attempt, request: bytes = GET) -> Any:
    """Return an HttpConnection that has been fed one whole request."""
    http = chapter.HttpConnection()
    got = http.feed(request)
    holds("feed() gave no request.", got is not None, sent=shown(request), usually=None)
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


def shown(data: bytes, width: int = 56) -> Literally:
    """Return how a report shows bytes. Where they are many, "…" replaces the middle."""
    text = repr(data)
    if len(text) <= width:
        return Literally(text)
    begin, end = repr(data[:12])[:-1], data[12:]
    while len(repr(end)) > width - len(begin):
        end = end[1:]
    return Literally(f"{begin} … {repr(end)[2:]}")


def in_pieces(pieces: list[bytes]) -> Literally:
    """Return how a report shows where a stream was cut."""
    if len(pieces) > 2:
        return Literally(f"{shown(b''.join(pieces))}, one byte at a time")
    return Literally(", then ".join(shown(piece, 40) for piece in pieces))


TASKS = {
    1: "is_persistent",
    2: "HttpConnection.take_content",
    3: "HttpConnection.feed",
    4: "HttpConnection.respond",
    5: "replies",
    6: "serve_http",
}
