r"""Forms with files, given: the content of a request whose media type is multipart/form-data.

    --xyz                                                            the first delimiter
    Content-Disposition: form-data; name="photo"; filename="a.png"
    Content-Type: image/png

    …octets…                                                         up to the next delimiter
    --xyz--                                                          the last delimiter

The boundary `xyz` comes from the Content-Type of the request. A delimiter is CR LF, two hyphens, the
boundary, and then either CR LF or two more hyphens (RFC 2046 §5.1.1). So the CR LF before it is not
part of the content. Heads are read as browsers write them (HTML Standard, §4.10.21.8 "Multipart form
data"; RFC 7578), which is not how mail is written.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator
from enum import Enum
from typing import NamedTuple

from .grammar import FIELD_VALUE, is_token

MAX_PARTS = 1000
MAX_PART_HEAD = 8192  # octets before CR LF CR LF, of one part
MAX_PART = 1 << 24  # octets of content, of one part
MAX_TOTAL = 1 << 26  # octets of everything

# RFC 2046 §5.1.1:  boundary = 0*69<bchars> bcharsnospace
BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
# What makes a delimiter of CR LF, hyphens and boundary, and what may still become it. Mail may pad it.
DELIMITER_END = re.compile(rb"(--)|[ \t]{0,64}\r\n")
DELIMITER_END_BEGUN = re.compile(rb"-?|[ \t]{0,64}\r?")

# RFC 9110 §5.6.6:  parameters = *( OWS ";" OWS [ parameter ] )
PARAMETER = re.compile(r'[ \t]*;[ \t]*(?:([^\s;="]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*)))?[ \t]*')
# A browser writes %22, %0D and %0A for `"`, CR and LF, and a backslash as it is. Programs that are
# older write \" for `"`. So the value ends at a `"` that a semicolon follows, or nothing.
FORM_PARAMETER = re.compile(
    r'[ \t]*;[ \t]*(?:([^\s;="]+)=(?:"((?:[^"]|"(?![ \t]*(?:;|$)))*)"|([^\s;"]*)))?[ \t]*'
)
ESCAPED = re.compile(r'\\"|%(?:22|0D|0A)', re.IGNORECASE)
MEANING = {'\\"': '"', "%22": '"', "%0D": "\r", "%0A": "\n"}


class MultipartError(ValueError):
    """Content that is refused. `status` is 400, or 413 (too much of it), or 415 (another type)."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


class Part(NamedTuple):
    r"""One field of a form.

    `filename` is None if the part is not a file. It is "" if nobody has chosen a file. It is what the
    client says (RFC 7578 §4.2), never a path to write to: `C:\a.png` and `../a` are possible.
    """

    name: str
    filename: str | None = None
    media_type: str = "text/plain"
    content: bytes = b""


Event = Part | bytes | None


def boundary_of(content_type: str) -> bytes:
    """Return the boundary in the value of a Content-Type field. Raises MultipartError without one."""
    media_type, parameters = _split_value(content_type, PARAMETER)
    boundary = re.sub(r"\\(.)", r"\1", parameters.get("boundary", ""))
    if media_type != "multipart/form-data":
        raise MultipartError("this is not multipart/form-data", 415)
    if not BOUNDARY.fullmatch(boundary):
        raise MultipartError("multipart/form-data needs a boundary (RFC 2046 §5.1.1)")
    return boundary.encode()


def read_parts(content: bytes, boundary: bytes) -> list[Part]:
    """Return the parts of content that is complete. Raises MultipartError."""
    decoder = MultipartDecoder(boundary)
    parts = list(gather(decoder.feed(content)))
    decoder.close()
    return parts


def gather(events: Iterable[Event]) -> Iterator[Part]:
    """Yield each part with its content, from the events of a decoder."""
    part = Part("")
    pieces: list[bytes] = []
    for event in events:
        if isinstance(event, Part):
            part, pieces = event, []
        elif event is not None:
            pieces.append(event)
        else:
            yield part._replace(content=b"".join(pieces))


class Awaited(Enum):
    """What a MultipartDecoder waits for."""

    START = "the first delimiter"
    HEAD = "the head of a part"
    HEAD_ENDED = "what follows the head"
    CONTENT = "the content of a part"
    END = "nothing"


class MultipartDecoder:
    """Takes the content of a form in pieces, and returns its parts in pieces.

    feed() yields, for each part: a Part without content; its content, as one or several bytes; None.
    However the pieces are cut, the parts are the same.
    """

    def __init__(
        self,
        boundary: bytes,
        *,
        max_parts: int = MAX_PARTS,
        max_part: int = MAX_PART,
        max_total: int = MAX_TOTAL,
    ) -> None:
        self.delimiter = b"\r\n--" + boundary
        self.max_parts = max_parts
        self.max_part = max_part
        self.max_total = max_total
        self.state = Awaited.START
        self.buffer = bytearray(
            b"\r\n"
        )  # as if a line had ended: the first delimiter can be in front
        self.total = 0  # octets that have arrived
        self.parts = 0
        self.length = 0  # octets of this part's content so far

    def feed(self, data: bytes) -> Iterator[Event]:
        """Take the next octets, and yield what they complete. Iterate to the end of this.

        Raises MultipartError. What follows the last delimiter is ignored.
        """
        self.total += len(data)
        if self.total > self.max_total:
            raise MultipartError(f"the form has more than {self.max_total} octets", 413)
        self.buffer += data
        steps = {
            Awaited.START: self._start,
            Awaited.HEAD: self._take_head,
            Awaited.HEAD_ENDED: self._begin_content,
            Awaited.CONTENT: self._take_content,
        }
        while self.state is not Awaited.END:
            if not (yield from steps[self.state]()):
                return
        self.buffer.clear()

    def close(self) -> None:
        """Say that nothing follows. Raises MultipartError unless the last delimiter has arrived."""
        if self.state is not Awaited.END:
            raise MultipartError(f"the form ends, and {self.state.value} is missing")

    # Each step returns whether another one is possible before more octets arrive.

    def _start(self) -> Generator[Event, None, bool]:
        """Take empty lines and the first delimiter."""
        while self.buffer.startswith(b"\r\n\r\n"):
            del self.buffer[:2]
        if self.buffer.startswith(self.delimiter):
            tail = self.buffer[len(self.delimiter) :]
            if match := DELIMITER_END.match(tail):
                self._pass_delimiter(match)
                return True
            if DELIMITER_END_BEGUN.fullmatch(tail):
                return False
        elif self.delimiter.startswith(self.buffer) or self.buffer == b"\r\n\r":
            return False
        raise MultipartError("a form begins with its boundary")
        yield

    def _take_head(self) -> Generator[Event, None, bool]:
        """Take the head of a part."""
        end = self.buffer.find(b"\r\n\r\n", 0, MAX_PART_HEAD + 4)
        if end < 0 and not self.buffer.startswith(b"\r\n"):
            if len(self.buffer) >= MAX_PART_HEAD + 4:
                raise MultipartError(f"a head has more than {MAX_PART_HEAD} octets", 413)
            return False
        yield read_head(bytes(self.buffer[: max(end, 0)]))
        del self.buffer[: end + 2]  # the CR LF after the head may already be that of a delimiter
        self.state = Awaited.HEAD_ENDED
        self.length = 0
        return True

    def _begin_content(self) -> Generator[Event, None, bool]:
        """Take the CR LF after the head, unless it belongs to a delimiter: then there is no content."""
        if len(self.buffer) < len(self.delimiter) and self.delimiter.startswith(self.buffer):
            return False
        if not self.buffer.startswith(self.delimiter):
            del self.buffer[:2]
        self.state = Awaited.CONTENT
        return True
        yield

    def _take_content(self) -> Generator[Event, None, bool]:
        """Take content, up to a delimiter or to what may become one."""
        at = self.buffer.find(self.delimiter)
        if at < 0:
            yield from self._content(len(self.buffer) - len(self.delimiter) + 1)
            return False
        after = at + len(self.delimiter)
        tail = self.buffer[after : after + 67]
        if match := DELIMITER_END.match(tail):
            yield from self._content(at)
            self._pass_delimiter(match)
            yield None
            return True
        if DELIMITER_END_BEGUN.fullmatch(tail):
            yield from self._content(at)
            return False
        yield from self._content(after)
        return True

    def _content(self, length: int) -> Iterator[bytes]:
        """Take so many octets of content off the front of the buffer."""
        if length > 0:
            self.length += length
            if self.length > self.max_part:
                raise MultipartError(f"a part has more than {self.max_part} octets", 413)
            yield bytes(self.buffer[:length])
            del self.buffer[:length]

    def _pass_delimiter(self, end: re.Match[bytes]) -> None:
        """Take a delimiter off the front of the buffer."""
        del self.buffer[: len(self.delimiter) + end.end()]
        self.state = Awaited.END if end[1] else Awaited.HEAD
        if self.state is Awaited.HEAD:
            self.parts += 1
            if self.parts > self.max_parts:
                raise MultipartError(f"the form has more than {self.max_parts} parts", 413)


def read_head(head: bytes) -> Part:
    """Return the part that a head announces. Raises MultipartError.

    Fields other than Content-Disposition and Content-Type are ignored (RFC 7578 §4.8). Text is UTF-8.
    """
    fields: dict[str, str] = {}
    for line in head.split(b"\r\n"):
        octets, colon, value = line.partition(b":")
        lower = octets.decode("latin-1").lower()
        if not colon or not is_token(lower) or line.translate(None, FIELD_VALUE):
            raise MultipartError(
                f"the head of a part has a line that is not a field: {line[:80]!r}"
            )
        if lower in fields:
            raise MultipartError(f"the head of a part has two fields {lower}")
        fields[lower] = value.decode(errors="replace").strip(" \t")
    disposition, parameters = _split_value(fields.get("content-disposition", ""), FORM_PARAMETER)
    if disposition != "form-data" or "name" not in parameters:
        raise MultipartError("a part says form-data and its name (RFC 7578 §4.2)")
    if fields.get("content-transfer-encoding", "binary").lower() not in ("7bit", "8bit", "binary"):
        raise MultipartError("no field of a form is encoded for mail (RFC 7578 §4.7)")
    filename = parameters.get("filename")
    return Part(
        unescaped(parameters["name"]),
        None if filename is None else unescaped(filename),
        fields.get("content-type") or "text/plain",
    )


def unescaped(text: str) -> str:
    """Return a name as it was before a browser wrote it into a head."""
    return ESCAPED.sub(lambda match: MEANING[match[0].upper()], text)


def _split_value(value: str, parameter: re.Pattern[str]) -> tuple[str, dict[str, str]]:
    """Return what a field value begins with, in lower case, and its parameters."""
    at = (value + ";").index(";")
    first, parameters = value[:at].strip(" \t").lower(), {}
    while at < len(value):
        match = parameter.match(value, at)
        if match is None:
            raise MultipartError(f"these are not parameters: {value[at : at + 80]!r}")
        at = match.end()
        if match[1]:
            if match[1].lower() in parameters:
                raise MultipartError(f"the parameter {match[1]} comes twice")
            parameters[match[1].lower()] = match[3] if match[2] is None else match[2]
    return first, parameters
