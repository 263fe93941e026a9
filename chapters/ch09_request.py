"""Chapter 9. How do bytes become a request?

A client's request begins with a *head*: a request line, field lines, and an empty line, each ended by
CR LF (RFC 9112 §2.1). This parser takes the bytes in whatever pieces they arrive. It returns a
`Request`, or it says which octet is wrong (an *octet* is a byte; the RFCs use this word). It never
guesses: what two programs could read in two ways is refused.

Who calls whom, with your tasks in capitals:

    PARSE -> PARSE_HEAD        -> PARSE_REQUEST_LINE -> read_method, read_version
                               -> SPLIT_HEAD, PARSE_FIELD_LINE, HEADERS, check_host
          -> CHECK_UNFINISHED  -> read_method, PARSE_REQUEST_LINE, SPLIT_HEAD

Run it by hand:  python3 -m chapters.ch09_request --port 8000
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Iterator
from typing import AnyStr, NamedTuple

from course.by_hand import announce, by_hand, wait_for_ctrl_c

from .ch02_four_tuple import FourTuple
from .ch04_closing import close_gracefully
from .ch06_threads import Server
from .grammar import (
    FIELD_VALUE,
    HTTP_VERSION,
    TARGET,
    TOKEN,
    host_end,
    host_in,
    is_request_target,
    is_token,
)

CHUNK = 65536
MAX_METHOD = 32  # octets
MAX_REQUEST_LINE = 8192  # octets before CR LF; RFC 9112 §3 recommends at least 8,000
MAX_HEAD = 65536  # octets before CR LF CR LF
MAX_FIELDS = 100
MAX_NAMES = 1000  # that FIELD_NAMES remembers
MAX_NAME = 64  # octets of a name that it remembers
LONE_LF = re.compile(rb"(?<!\r)\n")  # a LF that does not follow a CR


class HttpError(ValueError):
    """A request that is refused: the status to answer with, why, and the section that forbids it.

    `line` and `at` point at the character that is wrong, counted from 0, where there is one. If
    several things are wrong with a line, any of them may be named.
    """

    def __init__(self, status: int, reason: str, section: str, line: str = "", at: int = 0) -> None:
        super().__init__(status, reason, section, line, at)
        self.status = status
        self.reason = reason
        self.section = section
        self.line = line
        self.at = at

    def __str__(self) -> str:
        said = f"{self.status}: {self.reason} ({self.section})"
        if not self.line:
            return said
        start = max(0, self.at - 30)
        before = self.line[start : self.at].encode("unicode_escape").decode()
        after = self.line[self.at : self.at + 30].encode("unicode_escape").decode()
        return f"{said}\n  {before}{after}\n  {' ' * len(before)}^"


def bad_request(reason: str, section: str, line: str = "", at: int = 0) -> HttpError:
    """Return the HttpError(400) for a fault that RFC 9112 forbids in this section."""
    return HttpError(400, reason, f"RFC 9112 §{section}", line, at)


def first_not_in(allowed: AnyStr, text: AnyStr) -> int:
    """Return the place of the first character that is not allowed; the text's length if all are.

    first_not_in(TOKEN, "GE(T") -> 2        first_not_in(FIELD_VALUE, b"a") -> 1
    """
    return len(text) - len(text.lstrip(allowed))


def split_head(head: bytes) -> list[str]:
    r"""Return the lines of a head as text, without their CR LF.

    The head is given without the CR LF CR LF at its end. One octet becomes one character (latin-1).

        split_head(b"GET / HTTP/1.1\r\nHost: a")  -> ["GET / HTTP/1.1", "Host: a"]
        split_head(b"GET / HTTP/1.1\nHost: a")    -> 400: the LF at place 14 is alone

    Raises HttpError, pointing at the first octet that is not allowed in a head:
        400  a CR or LF that is not part of a CR LF          (RFC 9112 §2.2)
        400  a control character other than tab               (RFC 9110 §5.5)
    """
    # TASK 1. FIELD_VALUE holds the octets that a line may have; control_refused() makes the error.
    raise NotImplementedError("ch09 task 1: split_head")


def control_refused(line: bytes, at: int) -> HttpError:
    """Return the HttpError for a control character: the octet at this place of a line without CR LF."""
    before, lf, _ = line.partition(b"\n")  # what follows a LF may not have arrived yet
    text = (before + lf).decode("latin-1")
    if text[at] in "\r\n":
        return bad_request("a line ends with CR LF; neither may be alone", "2.2", text, at)
    return HttpError(400, "a head cannot contain this control character", "RFC 9110 §5.5", text, at)


def read_method(beginning: str) -> str:
    r"""Return the method that a request line begins with: all before its first space.

    The line may be incomplete. Without a space, all of it may become a method.

        read_method("GET / HTTP/1.1\r\n")  -> "GET"
        read_method("GE")                  -> "GE"
        read_method("G(T / HTTP/1.1\r\n")  -> 400: line "G(", at 1
        read_method("hello\r\n")           -> 400: line "hello\r", at 5

    Raises HttpError. Its `line` ends with the octet that is wrong, whatever follows:
        400  an octet that is not allowed in a token, or a space as the first one    (RFC 9112 §3.1)
        501  more than MAX_METHOD octets: the octet after them is wrong              (RFC 9112 §3)
    """
    method = beginning[: MAX_METHOD + 1].partition(" ")[0]
    if not is_token(method) and beginning:
        at = first_not_in(TOKEN, method)
        raise bad_request("a method cannot contain this character", "3.1", beginning[: at + 1], at)
    if len(method) > MAX_METHOD:
        raise HttpError(501, "no method is that long", "RFC 9112 §3", method, MAX_METHOD)
    return method


def read_version(line: str) -> tuple[int, int]:
    """Return the version at the end of a request line, given without its CR LF.

    A minor version above 1 counts as 1.1.

    read_version("GET / HTTP/1.7") -> (1, 1)    (RFC 9110 §2.5)

    Raises HttpError:
        400  not HTTP/, a digit, a dot, a digit: points at its start    (RFC 9112 §2.3)
        505  another major version than 1: points at its digit          (RFC 9110 §15.6.6)
    """
    if line.endswith(" HTTP/1.1"):
        return 1, 1
    start = line.rfind(" ") + 1
    match = HTTP_VERSION.fullmatch(line, start)
    if match is None:
        raise bad_request("a version is HTTP/, a digit, a dot, a digit", "2.3", line, start)
    if match[1] != "1":
        raise HttpError(505, "this server speaks HTTP/1", "RFC 9110 §15.6.6", line, start + 5)
    return 1, min(1, int(match[2]))


def parse_request_line(line: str) -> tuple[str, str, tuple[int, int]]:
    r"""Return method, target and version of a request line (RFC 9112 §3), given with its CR LF.

        parse_request_line("GET /a?b HTTP/1.1\r\n")  -> ("GET", "/a?b", (1, 1))
        parse_request_line("GET / HTTP/1.0\r\n")     -> ("GET", "/", (1, 0))

    Raises HttpError. The first of these that applies decides:
        400, 501  as read_method
        414  more than MAX_REQUEST_LINE octets before CR LF             (§3); it needs no `line`
        400  a LF alone at the end: points at it, in all of the line    (§2.2)

    Below, the error's `line` is without CR LF:
        400  not three parts with one space between                     (§3)
        400  an octet that is not allowed in a target: points at it     (§3.2)
        400  a target that is_request_target refuses: points at its start    (§3.2)
        400, 505  as read_version
    """
    # TASK 2. is_request_target() knows the four forms; TARGET holds the characters of a target.
    raise NotImplementedError("ch09 task 2: parse_request_line")


class FieldNames(dict[str, str]):
    """Remembers the names that were seen: in lower case, or "" for one that is not a token.

    The same few dozen come again and again. It never remembers more than MAX_NAMES, and none that is
    longer than MAX_NAME: a client can invent any number of them, of any length.
    """

    def __missing__(self, name: str) -> str:
        key = name.lower() if is_token(name) else ""
        if len(self) >= MAX_NAMES:
            self.clear()
        if len(name) <= MAX_NAME:
            self[name] = key
        return key


FIELD_NAMES = FieldNames()


def parse_field_line(line: str) -> tuple[str, str]:
    """Return name and value of a field line (RFC 9112 §5).

    The name comes in lower case. Spaces and tabs around the value are not part of it.

        parse_field_line("Host: a:80 ")  -> ("host", "a:80")
        parse_field_line("X-Empty:")     -> ("x-empty", "")

    Raises HttpError. It points at the first octet before the colon that no token may have. Without a
    colon, that is before the line's end. If all are allowed, it points at the colon, or the line's end:
        400  no colon                                                       (§5)
        400  a name that is not a token: empty, or with white space before the colon  (§5.1)
        400  a line that begins with white space: obsolete folding           (§5.2)
    """
    # TASK 3. FIELD_NAMES[name] is the name in lower case, or "" if it is not a token.
    raise NotImplementedError("ch09 task 3: parse_field_line")


class Headers:
    """The fields of a message: names in any case, order and repeats kept (RFC 9110 §5)."""

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        # TASK 4. Keep the fields as they came, and beside them what makes a look-up quick.
        raise NotImplementedError("ch09 task 4: Headers.__init__")

    def get(self, name: str) -> str | None:
        """Return a field's value; None if the field is missing. Names are case-insensitive.

        Repeated lines give one value, joined by `, `: that is what they mean (RFC 9110 §5.3).

            Headers([("Via", "a"), ("via", "b")]).get("VIA")  -> "a, b"
        """
        # TASK 4. One dictionary whose keys are in lower case.
        raise NotImplementedError("ch09 task 4: Headers.get")

    def get_all(self, name: str) -> list[str]:
        """Return the value of each line of that name, in order, as a new list.

        Set-Cookie needs that: its values contain commas and cannot be joined (RFC 9110 §5.3).
        """
        # TASK 4. Names are case-insensitive here as well.
        raise NotImplementedError("ch09 task 4: Headers.get_all")

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Iterate over name and value of every line, as they were given: order, case, repeats."""
        # TASK 4. The fields as they came.
        raise NotImplementedError("ch09 task 4: Headers.__iter__")

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def __len__(self) -> int:
        return sum(1 for _field in self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and list(self) == list(other)

    def __repr__(self) -> str:
        return f"Headers({list(self)})"


class Request(NamedTuple):
    """A request. `target` is as the client sent it; `version` is (1, 0) or (1, 1).

    `content` stays empty in this chapter; body fills it.
    """

    method: str
    target: str
    version: tuple[int, int]
    headers: Headers
    content: bytes = b""

    def with_content(self, content: bytes) -> Request:
        """Return this request with its content. Without content, it is returned as it is."""
        return self._replace(content=content) if content else self


def parse_head(head: bytes) -> Request:
    r"""Return the request whose head this is, up to the CR LF CR LF at its end.

    If the target has the form `http://host/path`, its host becomes the value of the Host field, which
    stays where it is among the fields (RFC 9112 §3.2.2). Where HTTP/1.0 sent no Host, none is added.

        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"            headers: host: a
        b"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"    headers: host: b

    Raises HttpError. First the request line is judged (it ends with the first LF), then the octets of
    all field lines, and then, in this order:
        431  more than MAX_FIELDS field lines                      (RFC 6585 §5)
        400  what parse_field_line refuses, line by line
        400  what check_host refuses
    """
    # TASK 5. The request line, the field lines, and what they must say together.
    raise NotImplementedError("ch09 task 5: parse_head")


def check_host(host: str | None, version: tuple[int, int]) -> None:
    """Refuse a Host that is missing in HTTP/1.1, and one that is not one host (RFC 9112 §3.2).

    Two Host lines are `a, b`, which is not one host. An empty Host is allowed here.
    """
    if host is None:
        if version >= (1, 1):
            raise bad_request("the Host field is missing", "3.2")
    elif (end := host_end(host)) < len(host):
        raise bad_request("Host has to be one host, perhaps with a port", "3.2", host, end)


class RequestParser:
    """Finds the heads of requests in the bytes of a connection, in whatever pieces they arrive.

    The bytes are in a bytearray that belongs to the connection: the *buffer*. New bytes are added to
    its end; the parser takes a head from its front, and leaves what follows: content, or the next head.
    """

    def __init__(self) -> None:
        self._searched = 0  # where the next search for the end of the head begins
        self._may_skip = True  # an empty line, as none has been removed yet

    def parse(self, buffer: bytearray) -> Request | None:
        r"""Take a head from the front of the buffer and return its request; None if it is incomplete.

        One empty line before a head is removed at once (RFC 9112 §2.2); a second one is refused. A CR
        that has come alone may become an empty line, so it waits in the buffer, unless one was removed.

        At most MAX_HEAD octets may come before the CR LF CR LF at the end of a head. If there is no
        CR LF CR LF, or more octets come before it, check_unfinished() refuses what is hopeless. After a
        request the parser can take the next head, with everything as at first.

            buffer                              returns     leaves in the buffer
            b"\r"                               None        b"\r"
            b"\r\nGET / HT"                     None        b"GET / HT"
            b"GET / HTTP/1.0\r\n\r\nGET /b"    Request     b"GET /b"

        What has been searched for the end of the head is not searched again, however many pieces come.

        Raises HttpError: what parse_head and check_unfinished raise. The error's status, line and place
        do not depend on how the bytes were cut: the order of judging is always the request line, a LF
        alone, the head's length, and then what needs a complete head. The head stays in the buffer.
        """
        # TASK 6. The buffer belongs to the connection: remove the head from that one.
        raise NotImplementedError("ch09 task 6: RequestParser.parse")


def check_unfinished(buffer: bytearray, searched: int) -> None:
    r"""Refuse a buffer without the end of a head, if no head can come of it, whatever follows.

        b"GET /a HT"             nothing
        b"\x16\x03\x01"          400: line "\x16", at 0
        b"GET / HTTP/9.9\r\n"    505

    An earlier call has judged the octets before `searched`: a request line that ended there is not
    parsed again.

    Raises HttpError. The first of these that applies decides:
        400, 501  the first line is incomplete, and read_method refuses it
        414  no LF among the first MAX_REQUEST_LINE + 2 octets                (RFC 9112 §3)
        400, 414, 501, 505  the first line is complete, and parse_request_line refuses it
        400  a LF alone before octet MAX_HEAD: split_head refuses the field lines up to it
        431  MAX_HEAD + 4 octets or more                                      (RFC 6585 §5)
    """
    # TASK 7. LONE_LF.search(buffer, searched, MAX_HEAD) finds a LF alone.
    raise NotImplementedError("ch09 task 7: check_unfinished")


def serve(host: str, port: int) -> None:
    """Show each client's request as bytes and as what was understood, until Ctrl-C."""

    def handle(conn: socket.socket, _name: FourTuple) -> None:
        parser, buffer, request = RequestParser(), bytearray(), None
        text, status = "The head is incomplete.\n", "400 Bad Request"
        try:
            while request is None and (piece := conn.recv(CHUNK)):
                print(f"{piece!r}", flush=True)
                buffer += piece
                request = parser.parse(buffer)
        except HttpError as error:
            text, status = f"{error}\n", f"{error.status} Refused"
        if request:
            text, status = "\n".join(map(str, [request[:3], *request.headers, ""])), "200 OK"
        content = text.encode()
        head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        head += f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n"
        conn.sendall(head.encode() + content)
        close_gracefully(conn, 2.0)

    with Server(handle, 32, host, port) as server:
        announce(server.address)
        wait_for_ctrl_c()


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "A server that shows you your request."))
