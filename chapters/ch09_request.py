"""Chapter 9. How do bytes become a request?

A client's request begins with a *head*: a request line, field lines, and an empty line, each ended
by CR LF (RFC 9112 §2.1). This parser takes the bytes in whatever pieces they come, gives a `Request`
or says which byte is wrong, and never guesses: what two readers understand differently is refused.

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

CHUNK = 65536
LONGEST_REQUEST_LINE = 8192  # octets before CR LF; RFC 9112 §3 recommends to take at least 8,000
LONGEST_HEAD = 65536  # octets before CR LF CR LF
MOST_FIELDS = 100
LONGEST_METHOD = 32  # octets
MOST_NAMES = 1000
LONGEST_NAME = 64  # octets of a name that is worth remembering

# RFC 9110 §5.6.2, §5.5; RFC 3986 §3.2.2: what a method and a field name, a field value, and a host
# consist of. A request target holds visible ASCII but for `"`, `#`, `<` and `>`, which every client
# has to encode (RFC 9112 §3.2). ABSOLUTE says how a URL begins: ask it with match(); group 1 is the
# host. HOST, AUTHORITY and VERSION say what all of it is: ask them with fullmatch().
TOKEN = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
FIELD_VALUE = b"\t" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))
TARGET = "".join(set(map(chr, range(0x21, 0x7F))) - set('"#<>'))
OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
IPV4 = rf"{OCTET}(?:\.{OCTET}){{3}}"
PIECE = "[0-9A-Fa-f]{1,4}"
IPV6 = (  # eight pieces, of which IPv4 takes two; or fewer, and `::` once for the zeros
    rf"(?:(?:{PIECE}:){{6}}(?:{PIECE}:{PIECE}|{IPV4})"
    rf"|(?=(?::*{PIECE}){{0,7}}:*\])(?:(?:{PIECE}:)+|:)(?:(?::{PIECE})+|:)"
    rf"|(?=(?::*{PIECE}){{0,5}}:+{IPV4}\])(?:(?:{PIECE}:)+|:)(?::{PIECE})*:{IPV4})"
)
NAME = r"[A-Za-z0-9\-._~!$&'()*+,;=]*"
HOST_PATTERN = rf"(?:\[{IPV6}\]|{NAME}(?:%[0-9A-Fa-f]{{2}}{NAME})*)"
HOST = re.compile(rf"{HOST_PATTERN}(?::[0-9]*)?")
ABSOLUTE = re.compile(rf"https?://(?![:/?]|$)({HOST_PATTERN}(?::[0-9]*)?)(?:[/?]|$)", re.IGNORECASE)
AUTHORITY = re.compile(rf"(?!:){HOST_PATTERN}:[0-9]+")  # the port has to be there, too
VERSION = re.compile(r"HTTP/([0-9])\.([0-9])")
LONE_END = re.compile(rb"(?<!\r)\n\r?\n|\n\n")  # an empty line, but not by CR LF twice


class HttpError(ValueError):
    """A request that is refused: the status to answer with, why, and the section that forbids it.

    `line` and `at` point at the character that is wrong, counted from 0, where there is one. If
    several things are wrong, any of them may be named.
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


class Headers:
    """The fields of a message: names in any case, order and repeats kept (RFC 9110 §5)."""

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        # TASK 1. The fields as they came, and what makes looking them up quick.
        raise NotImplementedError("ch09 task 1: Headers.__init__")

    def get(self, name: str) -> str | None:
        """Return a field's value, None if it is not there; of repeated lines all, joined by `, `.

        That is what repeated lines mean for every field that is a list (RFC 9110 §5.3).
        """
        # TASK 1. Names have no case.
        raise NotImplementedError("ch09 task 1: Headers.get")

    def get_all(self, name: str) -> list[str]:
        """Return the value of each line of that name, in order; an empty list if there is none."""
        # TASK 1. For those that are no list, above all Set-Cookie (RFC 9110 §5.3).
        raise NotImplementedError("ch09 task 1: Headers.get_all")

    def __iter__(self) -> Iterator[tuple[str, str]]:
        # TASK 1. Name and value of every line, as they were given: order, case, repeats.
        raise NotImplementedError("ch09 task 1: Headers.__iter__")

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

    `content` stays empty in this chapter; the next one reads it.
    """

    method: str
    target: str
    version: tuple[int, int]
    headers: Headers
    content: bytes = b""


def split_head(head: bytes) -> list[str]:
    """Return the lines of a head (given without the CR LF CR LF at its end), without their CR LF.

    One octet becomes one character (latin-1).

    Raises HttpError(400), which points at the first octet that has no place in a head: a control
    character other than tab (RFC 9110 §5.5), or a CR or LF that stands alone (RFC 9112 §2.2).
    """
    # TASK 2. Whoever takes a lone LF for a line's end sees other fields than you do.
    raise NotImplementedError("ch09 task 2: split_head")


def parse_request_line(line: str) -> tuple[str, str, tuple[int, int]]:
    """Return method, target and version of a request line (RFC 9112 §3).

    The target has one of four forms (§3.2): `/path?query`; `http://host/path`; `*`, for OPTIONS
    alone; `host:port`, for CONNECT alone, which takes no other. A higher minor version counts as 1.1
    (RFC 9110 §2.5).

    Raises HttpError: 400 for what is no request line, 501 for a method of more than LONGEST_METHOD
    octets, 505 for another major version. In a method and in a target it points at the first octet
    that cannot stand there (for a target of the wrong form: at its beginning).
    """
    # TASK 3. Exactly two spaces, and in each part nothing that it may not hold.
    raise NotImplementedError("ch09 task 3: parse_request_line")


def parse_field_line(line: str) -> tuple[str, str]:
    """Return name and value of a field line (RFC 9112 §5).

    The name comes in lower case; spaces and tabs around the value are not part of it.

    Raises HttpError(400) for a line without a colon, for one that begins with white space (it once
    went on with the line before), for white space before the colon, and for a name that is no token.
    It points at the first octet that cannot stand in a name; where there is none, at the line's end.
    """
    # TASK 4. The name ends at the first colon. FIELD_NAMES[name], which is written already, gives
    # it in lower case, or "" if it is no token.
    raise NotImplementedError("ch09 task 4: parse_field_line")


class FieldNames(dict[str, str]):
    """Remembers the names that were seen: in lower case, or "" for what is no token.

    The same few dozen come again and again. It never remembers more than MOST_NAMES, and none that
    is longer than LONGEST_NAME: a client can invent any number of them, of any length.
    """

    def __missing__(self, name: str) -> str:
        key = "" if name.lstrip(TOKEN) else name.lower()
        if len(self) >= MOST_NAMES:
            self.clear()
        if len(name) <= LONGEST_NAME:
            self[name] = key
        return key


FIELD_NAMES = FieldNames()


def parse_head(head: bytes) -> Request:
    """Return the request whose head this is, without the CR LF CR LF at its end.

    A target of the form `http://host/path` counts more than Host: the headers then have the target's
    host in its place (RFC 9112 §3.2.2). Where HTTP/1.0 sent no Host, none is added; the other forms of
    a target change nothing.

    Raises HttpError: what the functions above raise; 431 for more than MOST_FIELDS; 400 if HTTP/1.1's
    Host is missing, and if it is repeated or no host, whatever the target (RFC 9112 §3.2).
    """
    # TASK 5. The lines, the request line, the fields, and then what they must say together.
    raise NotImplementedError("ch09 task 5: parse_head")


class RequestParser:
    """Finds the head of a request in the bytes of a connection, in whatever pieces they come.

    `begun` holds the bytes of a head that is not whole yet or was refused, without a skipped empty
    line. After a refusal that is all that has come since the last request, also behind the wrong octet.

    After a request `begun` is b"", and `rest` holds all that came behind the head: content, or the next
    request. Until then `rest` is b"". Its bytes are no longer the parser's: whoever wants them parsed
    feeds them again. The next feed() begins a new request, with everything as at first, and empties
    `rest`.
    """

    def __init__(self) -> None:
        # TASK 6. What has come and is no whole head yet.
        raise NotImplementedError("ch09 task 6: RequestParser.__init__")

    def feed(self, data: bytes) -> Request | None:
        """Take the next bytes; return the request if its head is whole now, else None.

        One empty line before a request is skipped (RFC 9112 §2.2), a second one is refused at once.
        Neither the request, nor an error's status, line and place, depend on how the bytes were cut
        into pieces. What has been searched for the head's end is not searched again.

        Raises HttpError: 414 if the request line has more than LONGEST_REQUEST_LINE octets, 431 if
        the head has more than LONGEST_HEAD, and what parse_head raises. A head whose lines end with
        LF alone is not waited for: it is refused, too.
        """
        # TASK 6. Has an empty line come? If not: is it still worth waiting for?
        raise NotImplementedError("ch09 task 6: RequestParser.feed")


def serve(host: str, port: int) -> None:
    """Show each client's request as bytes and as what was understood, until Ctrl-C."""

    def handle(conn: socket.socket, _name: FourTuple) -> None:
        parser = RequestParser()
        text, status = "The head is not whole.\n", "400 Refused"
        try:
            while piece := conn.recv(CHUNK):
                print(f"{piece!r}", flush=True)
                if request := parser.feed(piece):
                    text = "\n".join(map(str, [request[:3], *request.headers, ""]))
                    status = "200 OK"
                    break
        except HttpError as error:
            text, status = f"{error}\n", f"{error.status} Refused"
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
