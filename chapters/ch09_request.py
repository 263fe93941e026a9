"""Chapter 9. How do bytes become a request?

A client's request begins with a *head*: a request line, field lines, and an empty line, each ended by
CR LF (RFC 9112 §2.1). This parser takes the bytes in whatever pieces they arrive. It returns a
`Request`, or it says which octet is wrong (an *octet* is a byte; the RFCs use this word). It refuses
what two programs could read in two ways.

Who calls whom, with your tasks in capitals. Each given function is above the task that needs it:

    parse -> TAKE_HEAD -> PARSE_HEAD       -> PARSE_REQUEST_LINE, SPLIT_HEAD, PARSE_FIELD_LINE, HEADERS
                       -> CHECK_UNFINISHED -> PARSE_REQUEST_LINE

Run it by hand:  python3 -m chapters.ch09_request --port 8000
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Iterator
from typing import NamedTuple

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
    """A request that is refused: the status to answer with, the reason, and the section of the RFC.

    Where one character is wrong, `line` is its line, and `at` is its place in that line, from 0.
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


def first_not_in(allowed: str, text: str) -> int:
    """Return the place of the first character that is not allowed; the text's length if all are.

    first_not_in(TOKEN, "GE(T") -> 2
    """
    return len(text) - len(text.lstrip(allowed))


def check_lines(lines: list[str]) -> None:
    """Refuse lines in which there is an octet that is not allowed in a head.

    Raises HttpError, pointing at the first such octet:
        400  a CR or LF: neither may be alone                (RFC 9112 §2.2)
        400  a control character other than tab              (RFC 9110 §5.5)
    """
    bad = "".join(lines).encode("latin-1").translate(None, FIELD_VALUE)
    if not bad:
        return
    first = bad[:1].decode("latin-1")
    before, lf, _ = next(line for line in lines if first in line).partition("\n")
    line = before + lf  # what follows a LF may not have arrived yet
    at = line.index(first)
    if first in "\r\n":
        raise bad_request("a line ends with CR LF; neither may be alone", "2.2", line, at)
    reason = "a head cannot contain this control character"
    raise HttpError(400, reason, "RFC 9110 §5.5", line, at)


def split_head(head: bytes) -> list[str]:
    r"""Return the lines of a head as text, without their CR LF.

    The head is given without the CR LF CR LF at its end. A line ends with CR LF and with nothing else.
    One octet becomes one character (latin-1).

        split_head(b"GET / HTTP/1.1\r\nHost: a")  -> ["GET / HTTP/1.1", "Host: a"]
        split_head(b"GET / HTTP/1.1\nHost: a")    -> 400: the LF at place 14 is alone
        split_head(b"")                           -> [""]

    Raises HttpError:
        400  what check_lines refuses
    """
    # TASK 1. check_lines() refuses lines that have a CR, a LF or another control character in them.
    raise NotImplementedError("ch09 task 1: split_head")


def read_method(beginning: str) -> str:
    r"""Return the method: all of a request line before its first space.

    The line may be incomplete. Without a space, all of it is judged as a method.

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


def without_line_end(line: str) -> str:
    r"""Return a request line without the CR LF at its end.

    Raises HttpError:
        414  more than MAX_REQUEST_LINE octets before CR LF            (RFC 9112 §3)
        400  a LF alone at the end: points at it                       (RFC 9112 §2.2)
    """
    if len(line) > MAX_REQUEST_LINE + 2:
        raise HttpError(414, "the request line is too long", "RFC 9112 §3")
    if not line.endswith("\r\n"):
        raise bad_request("a line ends with CR LF, not with LF alone", "2.2", line, len(line) - 1)
    return line[:-2]


def check_target(line: str, method: str, target: str) -> None:
    """Refuse what is not a target, or not a target for this method (RFC 9112 §3.2).

    The line is given without its CR LF. Raises HttpError:
        400  points at the first octet that no target may have, or else at the target's start
    """
    if not is_request_target(method, target):
        at = first_not_in(TARGET, target)
        at = len(method) + 1 + (at if at < len(target) else 0)
        raise bad_request("this cannot be the target of this method", "3.2", line, at)


def read_version(line: str) -> tuple[int, int]:
    """Return the version at the end of a request line, given without its CR LF.

    A minor version above 1 counts as 1.

    read_version("GET / HTTP/1.7") -> (1, 1)    (RFC 9110 §2.5)

    Raises HttpError:
        400  not HTTP/, a digit, a dot, a digit: points at its start    (RFC 9112 §2.3)
        505  a major version other than 1: points at its digit          (RFC 9110 §15.6.6)
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
        400, 501  what read_method refuses
        414, 400  what without_line_end refuses
        400  not three parts with one space between: bad_request() with the line without its CR LF,
             and no place. Its reason is in your own words.    (§3)
        400  what check_target refuses
        400, 505  what read_version refuses
    """
    # TASK 2. Four functions above are yours to call. Split the line yourself.
    raise NotImplementedError("ch09 task 2: parse_request_line")


class FieldNames(dict[str, str]):
    """Remembers the names that were seen: in lower case, or "" for one that is not a token.

    The same few dozen names come again and again. At most MAX_NAMES are remembered, and none that is
    longer than MAX_NAME: a client can invent any number of names, of any length. Python calls
    __missing__() for a name that is not in the dictionary yet.
    """

    def __missing__(self, name: str) -> str:
        key = name.lower() if is_token(name) else ""
        if len(self) >= MAX_NAMES:
            self.clear()
        if len(name) <= MAX_NAME:
            self[name] = key
        return key


FIELD_NAMES = FieldNames()


def field_refused(line: str) -> HttpError:
    """Return the HttpError(400) for a line that is not a field line.

    The name is all before the first colon; without a colon, all of the line. `at` is the place of the
    name's first octet that no token may have. If there is none, `at` is the name's end.
    """
    at = first_not_in(TOKEN, line.partition(":")[0])
    return bad_request("a field line is a name, a colon and a value", "5", line, at)


def parse_field_line(line: str) -> tuple[str, str]:
    """Return name and value of a field line (RFC 9112 §5).

    The first colon ends the name. The name comes in lower case. Spaces and tabs around the value are
    not part of it.

        parse_field_line("Host: a:80 ")  -> ("host", "a:80")
        parse_field_line("X-Empty:")     -> ("x-empty", "")

    Raises what field_refused() returns:
        400  there is no colon                                               (§5)
        400  the name is not a token: it is empty, or has white space in it  (§5.1)
        400  the line begins with white space                                (§5.2)
    """
    # TASK 3. FIELD_NAMES[name] is the name in lower case, or "" if it is not a token.
    raise NotImplementedError("ch09 task 3: parse_field_line")


class Headers:
    """The fields of a message: names in any case, order and repeats kept (RFC 9110 §5)."""

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields = list(fields)  # as they came
        self._values: dict[str, list[str]] = {}  # all values of a name; its key is in lower case
        for name, value in self._fields:
            self._values.setdefault(name.lower(), []).append(value)

    def get(self, name: str) -> str | None:
        """Return a field's value; None if the field is missing. Names are case-insensitive.

        Repeated lines give one value, joined by `, `: that is what they mean (RFC 9110 §5.3).

            Headers([("Via", "a"), ("via", "b")]).get("VIA")  -> "a, b"
            Headers([("X", "")]).get("x")                     -> ""
        """
        # TASK 4. __init__() has made a dictionary for you: self._values.
        raise NotImplementedError("ch09 task 4: Headers.get")

    def get_all(self, name: str) -> list[str]:
        """Return the value of each line of that name, in order, in a new list.

        Set-Cookie needs that: its values contain commas and cannot be joined (RFC 9110 §5.3).
        """
        # TASK 4. A caller may change the list that it gets.
        raise NotImplementedError("ch09 task 4: Headers.get_all")

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Iterate over name and value of every line, as they were given: order, case, repeats."""
        return iter(self._fields)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._values

    def __len__(self) -> int:
        return len(self._fields)

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


def cut_request_line(head: bytes) -> tuple[str, bytes]:
    r"""Return a head's request line, with its line end, and the octets of its field lines.

    The request line ends with the first LF, whether a CR comes before that or not. The field lines are
    without the CR LF CR LF at the head's end.

        cut_request_line(b"GET / HTTP/1.0\r\nA: b\r\n\r\n")  -> ("GET / HTTP/1.0\r\n", b"A: b")
        cut_request_line(b"GET / HTTP/1.0\r\n\r\n")          -> ("GET / HTTP/1.0\r\n", b"")
    """
    end = head.index(b"\n") + 1
    return head[:end].decode("latin-1"), head[end:-4]


def check_host(host: str | None, version: tuple[int, int]) -> None:
    """Refuse a Host that is missing in HTTP/1.1, and one that is not one host (RFC 9112 §3.2).

    Two Host lines are `a, b`, which is not one host. An empty Host is allowed here.
    """
    if host is None:
        if version >= (1, 1):
            raise bad_request("the Host field is missing", "3.2")
    elif (end := host_end(host)) < len(host):
        raise bad_request("Host has to be one host, perhaps with a port", "3.2", host, end)


def with_targets_host(target: str, headers: Headers) -> Headers:
    """Return the headers, with the host of a target like `http://host/path` as the value of Host.

    Host stays at its place among the fields. If no Host was sent, none is added (RFC 9112 §3.2.2).
    """
    host = None if target.startswith("/") else host_in(target)
    if host is None:
        return headers
    return Headers([(name, host if name == "host" else value) for name, value in headers])


def parse_head(head: bytes) -> Request:
    r"""Return the request of a head, which is given with its CR LF CR LF.

        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"            headers: host: a
        b"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"    headers: host: b, by with_targets_host

    There may be no field lines at all: then cut_request_line() returns b"" for them, and the request
    has no fields.

    Raises HttpError. The first of these that applies decides:
        400, 414, 501, 505  what parse_request_line refuses
        400  what split_head refuses in the field lines
        431  more than MAX_FIELDS field lines                      (RFC 6585 §5)
        400  what parse_field_line refuses, line by line
        400  what check_host refuses, of the Host that was sent
    """
    # TASK 5. The request line, the field lines, and what they must say together.
    raise NotImplementedError("ch09 task 5: parse_head")


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
        that has come alone may become an empty line, so it waits. take_head() does the rest.

            buffer                              returns     leaves in the buffer
            b"\r"                               None        b"\r"
            b"\r\nGET / HT"                     None        b"GET / HT"
            b"GET / HTTP/1.0\r\n\r\nGET /b"    Request     b"GET /b"
        """
        if self._may_skip and buffer.startswith(b"\r"):
            if len(buffer) == 1:
                return None
            if buffer.startswith(b"\r\n"):
                del buffer[:2]
                self._may_skip = False
        request = self.take_head(buffer)
        if request is not None:
            self._may_skip = True
        return request

    def take_head(self, buffer: bytearray) -> Request | None:
        r"""Take a head from the front of the buffer and return its request; None if it is incomplete.

        The first CR LF CR LF ends the head. At most MAX_HEAD octets may come before it.

            buffer                              returns     leaves in the buffer
            b"GET / HT"                         None        b"GET / HT"
            b"GET / HTTP/1.0\r\n\r\nGET /b"    Request     b"GET /b"

        If no CR LF CR LF begins within the first MAX_HEAD + 1 octets, call check_unfinished(buffer,
        searched). `searched` is the place where this call began to search. If check_unfinished() raises
        nothing, the head is incomplete. The next call begins to search three octets before the end of
        what this call has searched: nothing else is searched twice.

        After a request, the search for the next head begins with its first octet.

        Raises HttpError: what parse_head or check_unfinished raises. The head stays in the buffer then.
        """
        # TASK 6. The buffer belongs to the connection: remove the head from that one.
        raise NotImplementedError("ch09 task 6: RequestParser.take_head")


def check_fields_so_far(buffer: bytearray, start: int, searched: int) -> None:
    """Refuse a head that is too long, or has a LF alone in its field lines. They begin at `start`.

    Raises HttpError. The first of these that applies decides:
        400  a LF alone before octet MAX_HEAD: what split_head refuses in the field lines up to it
        431  MAX_HEAD + 4 octets or more                                      (RFC 6585 §5)
    """
    if lone := LONE_LF.search(buffer, searched, MAX_HEAD):
        split_head(bytes(buffer[start : lone.end()]))
    if len(buffer) >= MAX_HEAD + 4:
        raise HttpError(431, "the head is too long", "RFC 6585 §5")


def check_unfinished(buffer: bytearray, searched: int) -> None:
    r"""Refuse an incomplete head that cannot become a good one, whatever octets follow.

        b"GET /a HT"             nothing
        b"\x16\x03\x01"          400: line "\x16", at 0
        b"GET / HTTP/9.9\r\n"    505

    The request line ends with the first LF of the buffer. An earlier call has judged the octets before
    `searched`. If that LF is among them, the request line is not parsed again.

    Raises HttpError. The first of these that applies decides:
        400, 501  the request line has not ended, and read_method refuses it
        414  the request line has not ended, and there are MAX_REQUEST_LINE + 2 octets or more   (§3)
        400, 414, 501, 505  the request line has ended, and parse_request_line refuses it
        400, 431  what check_fields_so_far refuses
    """
    # TASK 7. First the request line, ended or not; then check_fields_so_far().
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
            print(error, flush=True)
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
