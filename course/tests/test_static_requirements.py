"""Runs the table of requirements for files on the wire: the reference on threads, and on the loop.

`pytest -s course/tests/test_static_requirements.py` ends with the counts by level.
"""

from __future__ import annotations

import io
import os
import re
import socket
import time
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPMessage, HTTPResponse
from pathlib import Path
from typing import NamedTuple

import pytest

from course.tests.static_requirements import ROWS, Row
from course.tests.test_http_fuzz_on_the_wire import on_a_loop, on_threads
from solutions.ch13_routing import Router
from solutions.ch15_static_files import Files, mount, parse_date

MODIFIED = 784111777  # DATE
Address = tuple[str, int]
held: Counter[str] = Counter()


class Answer(NamedTuple):
    """A response."""

    status: int
    fields: HTTPMessage
    content: bytes


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    above = tmp_path_factory.mktemp("files")
    root = above / "www"
    packed = b"packed" * 6  # the server does not look into it
    for name, content in {
        "page.txt": b"0123456789",
        "packed.txt": b"text " * 100,
        "packed.txt.gz": packed,
        "empty.txt": b"",
        "docs/index.html": b"<p>page",
        "bare/a.txt": b"a",
        "future.txt": b"soon",
        "data.tar.gz": packed,
        "app.wasm": b"\0asm",
        "app.0123abcd.js": b"0",
        "README": b"Read",
        ".env": b"KEY=1",
        ".git/config": b"[core]",
        "../outside.txt": b"outside",
        "../www-2/plan.txt": b"beside",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (MODIFIED, MODIFIED))
    os.utime(root / "future.txt", (time.time() + 86400,) * 2)
    (root / "secret.txt").symlink_to("../outside.txt")
    return root


@pytest.fixture(scope="module", params=[on_threads, on_a_loop])
def address(request: pytest.FixtureRequest, root: Path) -> Iterator[Address]:
    router = Router()
    mount(router, "/", Files(root))
    with request.param(router) as address:
        yield address


@pytest.fixture(scope="module", autouse=True)
def counts() -> Iterator[None]:
    yield
    print("\n", *(f"{level} {count} " for level, count in sorted(held.items())))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.section} {row.says}")
def test_requirement(address: Address, row: Row) -> None:
    _method, target = row.line.split(" ")
    tags = {"TAG": tag(address, "/page.txt")}
    if any("PACKED" in field for field in row.fields):
        tags["PACKED"] = tag(address, target, "Accept-Encoding: gzip")
    answer = ask(address, row.line, *(filled(field, tags) for field in row.fields))
    assert str(answer.status) in row.status.split(" or ")
    for what in row.also:
        check(address, row, answer, filled(what, tags))
    held[row.level] += 1


def test_the_table_is_large() -> None:
    assert len(ROWS) >= 90
    assert len({(row.section, row.says) for row in ROWS}) == len(ROWS)


def tag(address: Address, target: str, *fields: str) -> str:
    """Return the tag of a file."""
    return ask(address, f"GET {target}", *fields).fields["ETag"]


def filled(text: str, tags: dict[str, str]) -> str:
    """Put the tags in."""
    text = text.replace("TAG without quotes", tags["TAG"].strip('"'))
    for name, value in tags.items():
        text = text.replace(name, value)
    return text


def ask(address: Address, line: str, *fields: str) -> Answer:
    """Send one request, and return its response. A further one shows that this one has ended."""
    lines = "\r\n".join([f"{line} HTTP/1.1", "Host: a.test", *fields, "", ""])
    last = "GET /nothing HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"
    with socket.create_connection(address, timeout=5) as client, client.makefile("rb") as reader:
        client.sendall(f"{lines}{last}".encode("latin-1"))
        data = reader.read()
    response = HTTPResponse(Replay(data), method=line.split(" ")[0])  # type: ignore[arg-type]
    response.begin()
    content = response.read()
    head = data.index(b"\r\n\r\n") + 4
    following = data[head + len(content) :]
    assert following.startswith((b"HTTP/1.1 404 ", b"")), "what follows is not the next response"
    if response.status not in (400, 414):
        assert following.startswith(b"HTTP/1.1 404 ")
    return Answer(response.status, response.headers, content)


class Replay:
    """A socket that has received all there is."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def makefile(self, _mode: str) -> object:
        """Return what can be read."""
        return io.BytesIO(self.data)


def check(address: Address, row: Row, answer: Answer, what: str) -> None:
    """Require what a row says about a response."""
    fields = answer.fields
    if what == "no content":
        assert answer.content == b""
    elif what == "is a tag":
        assert re.fullmatch(r'(W/)?"[!#-~\x80-\xff]*"', fields["ETag"])
    elif what == "not in the future":
        modified, now = parse_date(fields["Last-Modified"]), parse_date(fields["Date"])
        assert modified is not None
        assert now is not None
        assert modified <= now
    elif what == "like GET":
        other = ask(address, row.line.replace("HEAD", "GET"), *row.fields)
        same = [pair for pair in other.fields.items() if pair[0] != "Date"]
        assert [pair for pair in fields.items() if pair[0] != "Date"] == same
    elif match := re.fullmatch(r"other ETag than (\S+)", what):
        assert fields["ETag"] != tag(address, match[1])
    elif match := re.fullmatch(r"Allow (has|lacks) (\S+)", what):
        methods = [method.strip() for method in fields["Allow"].split(",")]
        assert (match[2] in methods) == (match[1] == "has")
    elif what.startswith("content: "):
        assert answer.content == what.removeprefix("content: ").encode()
    elif what.startswith("no "):
        assert fields[what.removeprefix("no ")] is None
    elif ": " in what:
        name, _, value = what.partition(": ")
        assert fields[name] == value
    else:
        assert fields[what] is not None
