"""The parser of *request* on spoilt heads: nothing but HttpError, and the same however they are cut.

A million of them: `nice -n 15 python -m course.tests.test_http_fuzz --count 1000000 --seed 1`.
"""

import argparse
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import pytest

from course.model.chapters import ROOT
from solutions import ch09_request
from solutions.ch09_request import HttpError, RequestParser
from solutions.grammar import FIELD_VALUE, TOKEN

COUNT = 20_000
SMALL = {"MAX_REQUEST_LINE": 60, "MAX_HEAD": 200, "MAX_FIELDS": 4, "MAX_NAMES": 10}
CUTS = 4  # at most, beside the one byte by byte of a short stream

HEADS = (
    bytes.fromhex((ROOT / "notebooks" / "data" / "browser_request.hex").read_text()),
    b"GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n",
    b"POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b",
    b"GET http://a:80/b HTTP/1.0\r\nX: caf\xe9\r\nx:\r\n\r\nGET / HTTP/1.0\r\n\r\n",
    b"\r\nOPTIONS * HTTP/1.1\r\nhost: [::1]:80\r\n\r\n\r\n",
    b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n\x16\x03\x01",
    b"GET / HTTP/1.1\nHost: a\n\n",
    b"GET / HTTP/3.0\r\nHost: a\r\n\r\n",
    b"A" * 33 + b" / HTTP/1.1\r\nHost: a\r\n\r\n",
)
PIECES = (
    *(b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\n\n", b"\n\r\n", b"\r\n\n", b"\r\n ", b"\0", b"\x7f"),
    *(b" ", b"\t", b":", b" :", b"#", b"*", b"/", b"@", b"\x85", b"\xa0", b"\xb2", b"HTTP/1.1"),
    *(b"HTTP/2.0", b"Host: b\r\n", b"Host:", b"X: y\r\n" * 5, b"a" * 70, b"x" * 250, b"CONNECT "),
)

Event = tuple[object, ...]


def spoilt(chance: random.Random) -> bytes:
    """Make a stream: mostly a real head with a few changes, sometimes any bytes."""
    if chance.random() < 0.05:
        return chance.randbytes(chance.randrange(60))
    stream = bytearray(chance.choice(HEADS))
    for _ in range(chance.choice((0, 1, 1, 1, 2, 2, 3, 6))):
        at = chance.randrange(len(stream) + 1)
        match chance.randrange(6):
            case 0:
                stream[at:at] = chance.choice(PIECES)
            case 1:
                stream[at : at + 1] = chance.randbytes(1)
            case 2:
                del stream[at : at + chance.randrange(1, 9)]
            case 3:
                stream[at : at + 1] = chance.choice(PIECES)
            case 4:
                stream[at:at] = stream[chance.randrange(len(stream) + 1) :][: chance.randrange(40)]
            case 5:
                lengthen(chance, stream)
    return bytes(stream)


def lengthen(chance: random.Random, stream: bytearray) -> None:
    """Bring a request line or a head to about the length that it may have."""
    if chance.random() < 0.5:
        at, limit = stream.find(b" HTTP/"), ch09_request.MAX_REQUEST_LINE - len(b" HTTP/1.1")
    else:
        at, limit = stream.find(b"\r\n\r\n"), ch09_request.MAX_HEAD
    is_dear = limit > 1000 and chance.random() < 0.9
    if at > 0 and not is_dear:
        stream[at:at] = b"a" * (limit - at + chance.randint(-2, 5))


def cuts(chance: random.Random, stream: bytes) -> Iterator[list[bytes]]:
    """Yield a stream in pieces, in a few ways."""
    for _ in range(chance.randint(1, CUTS)):
        places = sorted(
            chance.randrange(len(stream) + 1) for _ in range(chance.choice((1, 1, 2, 5)))
        )
        ends = zip([0, *places], [*places, len(stream)], strict=True)
        yield [stream[start:end] for start, end in ends]
    if len(stream) <= 100:
        yield [stream[at : at + 1] for at in range(len(stream))]


def outcome(pieces: list[bytes], kind: type[RequestParser] = RequestParser) -> list[Event]:
    """Parse pieces as they come, until no head is left; return all that comes of them."""
    parser = kind()
    buffer = bytearray()
    events: list[Event] = []
    for piece in pieces:
        buffer += piece
        while True:
            try:
                request = parser.parse(buffer)
            except HttpError as error:
                return [*events, (str(error.status), error.args, str(error))]
            if request is None:
                break
            require_sound(request)  # not in the `try`: its own HttpError is a fault of the parser
            events.append(("taken", request))
    return [*events, ("unfinished", bytes(buffer))]


def require_sound(request: ch09_request.Request) -> None:
    """Require what every request has to be that is taken, and that its head means only this."""
    method, target, version, headers, content = request
    assert method
    assert not method.strip(TOKEN)
    assert target.isascii()
    assert target.isprintable()
    assert version in ((1, 0), (1, 1))
    assert content == b""
    assert len(headers.get_all("host")) in ((1,) if version == (1, 1) else (0, 1))
    lines = [f"{method} {target} HTTP/{version[0]}.{version[1]}"]
    for name, value in headers:
        assert name == name.lower().strip(" ")
        assert not value.encode("latin-1").translate(None, FIELD_VALUE)
        lines.append(f"{name}: {value}")
    assert ch09_request.parse_head("\r\n".join([*lines, "", ""]).encode("latin-1")) == request


def fuzz(count: int, seed: int) -> Counter[str]:
    """Try so many streams, half of them with small limits; return how often came what."""
    found: Counter[str] = Counter()
    chance = random.Random(seed)
    for _round in range(2):
        with limits(SMALL if _round else {}):
            for _ in range(count // 2):
                stream = spoilt(chance)
                whole = outcome([stream])
                for pieces in cuts(chance, stream):
                    assert outcome(pieces) == whole, pieces
                found.update(str(event[0]) for event in whole)
    return found


@contextmanager
def limits(values: dict[str, int]) -> Iterator[None]:
    with mock.patch.multiple(ch09_request, **values) if values else mock.MagicMock():
        yield


def test_spoilt_heads():
    found = fuzz(COUNT, seed=8)
    assert set(found) == {"taken", "unfinished", "400", "414", "431", "501", "505"}, found


def test_a_head_that_should_be_refused_is_a_fault():
    class LaxParser(RequestParser):
        """Takes `GET a HTTP/1.1`, whose target is neither a path nor anything else."""

        def parse(self, buffer: bytearray) -> ch09_request.Request | None:
            request = super().parse(buffer)
            return request and request._replace(target=request.target.removeprefix("/"))

    with pytest.raises(HttpError, match="target"):
        outcome([b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"], LaxParser)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Spoil heads, and see that nothing else breaks.")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=8)
    options = parser.parse_args()
    print(dict(fuzz(options.count, options.seed).most_common()))
