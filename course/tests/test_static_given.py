"""What the chapter static_files gives: dates, types, codings, opening, mounting, and sendfile."""

from __future__ import annotations

import logging
import os
import socket
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from course.tests.test_http_fuzz_on_the_wire import on_a_loop, on_threads
from solutions import ch15_static_files
from solutions.ch09_request import Headers, Request
from solutions.ch11_response import Handler, Response, http_date
from solutions.ch13_routing import Router
from solutions.ch14_framework import App
from solutions.ch15_static_files import (
    FilePart,
    Files,
    cache_control,
    is_reserved,
    locate,
    media_type,
    mount,
    open_file,
    parse_date,
    preferred,
    tags_in,
)

Serving = Callable[[Handler], AbstractContextManager[tuple[str, int]]]
SIZE = 3_000_000


@pytest.fixture(params=[on_threads, on_a_loop])
def serving(request: pytest.FixtureRequest) -> Serving:
    return request.param


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.txt").write_text("a text")
    (root / "large").write_bytes(bytes(range(256)) * (SIZE // 256))
    return root


def get(target: str = "/a.txt", method: str = "GET", **fields: str) -> Request:
    """Return a request."""
    names = [(name.replace("_", "-"), value) for name, value in fields.items()]
    return Request(method, target, (1, 1), Headers([("Host", "h"), *names]))


def content_of(response: Response) -> bytes:
    """Return the content, and close its file."""
    assert isinstance(response.content, FilePart)
    content = b"".join(response.content)
    response.content.close()
    return content


def received(address: tuple[str, int], target: str, *fields: str) -> tuple[bytes, bytes, bool]:
    """Return the head and content that come back, and whether the connection was reset."""
    lines = "\r\n".join([f"GET {target} HTTP/1.1", "Host: h", *fields, "Connection: close", "", ""])
    data, was_reset = b"", False
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(lines.encode())
        try:
            while piece := client.recv(1 << 20):
                data += piece
        except ConnectionResetError:
            was_reset = True
    head, _, content = data.partition(b"\r\n\r\n")
    return head, content, was_reset


@pytest.mark.parametrize(
    ("field", "seconds"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784111777),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 784111777),
        ("Sun Nov  6 08:49:37 1994", 784111777),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Wed, 31 Dec 1969 23:59:59 GMT", -1),
        ("Sat, 31 Dec 2016 23:59:60 GMT", 1483228800),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 253402300799),
        ("Sun, 06 Nov 1994 24:00:00 GMT", None),
        ("Sun, 06 Nov 1994 08:49:61 GMT", None),
        ("Tue, 30 Feb 2016 00:00:00 GMT", None),
        ("Sun, 06 Nov 0000 08:49:37 GMT", None),
        ("sun, 06 nov 1994 08:49:37 gmt", None),
        ("Sun, 6 Nov 1994 08:49:37 GMT", None),
        ("Sun, 06 Nov 1994 08:49:37 UTC", None),
        ("Sun, 06 Nov 1994 08:49:37 GMT ", None),
        ("784111777", None),
        ("", None),
        (None, None),
    ],
)
def test_dates(field: str | None, seconds: int | None) -> None:
    assert parse_date(field) == seconds


def test_a_year_of_two_digits_is_at_most_fifty_years_ahead() -> None:
    years = range(2000, 2100)
    for year in years:
        seconds = parse_date(f"Monday, 01-Jan-{year % 100:02} 00:00:00 GMT")
        assert seconds is not None
        assert -100 * 31557600 < seconds < 4000000000


@pytest.mark.parametrize(
    ("field", "tags"),
    [
        ('"a"', ['"a"']),
        ('W/"a","b,c" ,, "d"', ['W/"a"', '"b,c"', '"d"']),
        ('"é"', ['"é"']),
        ("", []),
        ('"a" "b"', []),
        ('a, "b"', []),
        ('"a', []),
        ('"a b"', []),
        (", " * 30_000, []),
    ],
)
def test_lists_of_tags(field: str, tags: list[str]) -> None:
    assert tags_in(field) == tags


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (None, ""),
        ("", ""),
        ("gzip", "gzip"),
        ("gzip, br", "br"),
        ("gzip;q=1, br;q=0.9", "gzip"),
        ("gzip;q=0", ""),
        ("*", "br"),
        ("*;q=0.5, br;q=0", "gzip"),
        ("identity, gzip;q=0.9", ""),
        ("identity;q=0.9, gzip;q=0.9", "gzip"),
        ("identity;q=0, *;q=0.1", "br"),
        ("gzip;q=2", ""),
        ("gzip;q=high", ""),
        ("zstd", ""),
    ],
)
def test_codings(accepted: str | None, coding: str) -> None:
    assert preferred(accepted, ["br", "gzip"]) == coding


def test_types_do_not_depend_on_this_machine() -> None:
    assert media_type("A.HTML") == "text/html; charset=utf-8"
    assert media_type("a.mjs") == "text/javascript; charset=utf-8"
    assert media_type("a.tar.gz") == "application/gzip"
    assert media_type("Makefile") == media_type("a.unknown") == "application/octet-stream"


def test_only_names_that_say_their_version_are_kept_without_a_question() -> None:
    assert cache_control("app.3f2a9c1b.js") == "max-age=31536000, immutable"
    for name in ("app.js", "app.min.js", "2024-11-30.txt", "deadbeef"):
        assert cache_control(name) == "no-cache"


def test_reserved_names_are_those_of_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [
        "NUL",
        "con.txt",
        "com1",
        "LPT9.log",
        "a.",
        "a ",
        "a:b",
        "a\\b",
        "nul .txt",
        "x\0",
        'a"',
    ]
    good = ["null", "com", "com10", "a.b", ".env", "conman.txt", "", "..", "."]
    assert not any(is_reserved(name) for name in names)
    monkeypatch.setattr(os, "name", "nt")
    found = [is_reserved(name) for name in names], [is_reserved(name) for name in good]
    monkeypatch.undo()
    assert found == ([True] * len(names), [False] * len(good))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_reserved_names_are_not_looked_for(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, "docs/nul", "nul.d/a.txt", "docs/a.txt")
    asked: list[str] = []

    def noted(folder: Path, name: str) -> Path | None:
        asked.append(name)
        return locate(folder, name)

    monkeypatch.setattr(ch15_static_files, "is_reserved", lambda name: name in ("nul", "nul.d"))
    monkeypatch.setattr(ch15_static_files, "locate", noted)
    for name in ("docs/nul", "nul.d/a.txt", "nul.d", "docs/../docs/nul"):
        assert Files(root)(get(), name).status == 404
    assert asked == []
    assert content_of(Files(root)(get(), "docs/a.txt")) == b"docs/a.txt"


@pytest.mark.parametrize(("age", "status"), [(0, 200), (0.5, 200), (2, 206), (1000, 206)])
def test_a_date_of_the_present_second_is_weak(
    root: Path, monkeypatch: pytest.MonkeyPatch, age: float, status: int
) -> None:
    now = 1_000_000_000.75
    monkeypatch.setattr("solutions.ch15_static_files.time.time", lambda: now)
    os.utime(root / "a.txt", (now - age, now - age))
    date = http_date(int(now - age))
    response = Files(root)(get(Range="bytes=0-1", If_Range=date), "a.txt")
    content_of(response)
    assert response.status == status


def test_a_part_for_if_range_has_only_what_a_cache_needs(root: Path) -> None:
    write(root, "page.css", "page.css.gz")
    files = Files(root)
    whole = dict(files(get(method="HEAD"), "page.css").fields)
    response = files(get(Range="bytes=0-1", If_Range=whole["ETag"]), "page.css")
    assert content_of(response) == b"pa"
    fields = dict(response.fields)
    assert response.status == 206
    assert sorted(fields) == ["Cache-Control", "Content-Range", "ETag", "Vary"]
    assert fields["Content-Range"] == "bytes 0-1/8"
    without = files(get(Range="bytes=0-1"), "page.css")
    content_of(without)
    assert dict(without.fields) == whole | {"Content-Range": "bytes 0-1/8"}


def test_only_files_are_opened(root: Path) -> None:
    os.mkfifo(root / "pipe")
    (root / "link").symlink_to("a.txt")
    for name in ("pipe", "link", ".", "nothing"):
        assert open_file(root, root / name) is None
    files = Files(root)
    assert files(get(), "pipe").status == 404
    assert files(get(), "link").status == 200


@pytest.mark.skipif(os.open not in os.supports_dir_fd, reason="this system has no openat()")
def test_a_folder_that_has_become_a_link_is_not_followed(
    root: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for folder in (root / "docs" / "deep", elsewhere / "deep"):
        folder.mkdir(parents=True)
        (folder / "a.txt").write_text(str(folder))

    def locate_and_swap(root: Path, name: str) -> Path | None:
        path = locate(root, name)
        (root / "docs").rename(root / "old")
        (root / "docs").symlink_to(elsewhere)
        return path

    assert content_of(Files(root)(get(), "docs/deep/a.txt")) == bytes(root / "docs" / "deep")
    monkeypatch.setattr(ch15_static_files, "locate", locate_and_swap)
    assert Files(root)(get(), "docs/deep/a.txt").status == 404


def test_a_stale_variant_is_not_sent(root: Path) -> None:
    (root / "a.txt.gz").write_bytes(b"packed")
    os.utime(root / "a.txt.gz", (1, 1))
    response = Files(root)(get(Accept_Encoding="gzip"), "a.txt")
    assert content_of(response) == b"a text"
    assert "Vary" not in dict(response.fields)


def test_too_many_open_files_are_not_a_404(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(OSError, match="Too many"):
        Files(root)(get(), "a.txt")


def test_nothing_stays_open(root: Path) -> None:
    def opened() -> int:
        return len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0

    files, before = Files(root), opened()
    tag = dict(files(get(method="HEAD"), "a.txt").fields)["ETag"]
    kept = [
        files(get(If_None_Match=tag), "a.txt"),
        files(get(If_Match='"x"'), "a.txt"),
        files(get(Range="bytes=99-"), "a.txt"),
        files(get(method="HEAD"), "a.txt"),
    ]
    assert [response.status for response in kept] == [304, 412, 416, 200]
    assert opened() == before


def write(root: Path, *names: str) -> None:
    """Write files; each holds its own name."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


@pytest.mark.parametrize("name", ["a.txt", "docs", "docs/", "nothing"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "get"])
def test_files_can_only_be_read(root: Path, method: str, name: str) -> None:
    write(root, "docs/index.html")
    response = Files(root)(get(method=method), name)
    assert response.status == 405
    assert dict(response.fields)["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "name",
    [
        *("b.txt", "../secret.txt", "a\0", "x" * 300, "a.txt/b", "a.txt/", "a.txt//"),
        *(".env", "docs/.git/config", "empty/", "odd/"),
    ],
)
def test_what_is_not_there_is_404(root: Path, name: str) -> None:
    write(root, "../secret.txt", ".env", "docs/.git/config", "empty/a.txt", "odd/index.html/a.txt")
    assert Files(root)(get(), name).status == 404


@pytest.mark.parametrize(
    ("name", "target", "location"),
    [
        ("docs", "/docs", "/docs/"),
        ("docs", "/static/docs?v=%2F", "/static/docs/?v=%2F"),
        ("docs/deep", "http://h/docs/deep", "/docs/deep/"),
        ("docs", "//evil.example", "/.//evil.example/"),
    ],
)
def test_a_folder_without_its_slash_is_redirected(
    root: Path, name: str, target: str, location: str
) -> None:
    write(root, "docs/deep/index.html")
    response = Files(root)(get(target), name)
    assert response.status == 308
    assert dict(response.fields)["Location"] == location


def test_a_folder_shows_its_page(root: Path) -> None:
    write(root, "index.html", "docs/index.html")
    files = Files(root)
    for name in ("", "docs/"):
        response = files(get(), name)
        assert dict(response.fields)["Content-Type"] == "text/html; charset=utf-8"
        assert content_of(response).decode() == f"{name}index.html"


def test_the_page_of_a_folder_may_be_a_link_that_stays_inside(root: Path) -> None:
    write(root, "page.html", "inside/a.txt", "outside/a.txt", "../secret.html")
    (root / "inside/index.html").symlink_to("../page.html")
    (root / "outside/index.html").symlink_to("../../secret.html")
    files = Files(root)
    assert content_of(files(get(), "inside/")) == b"page.html"
    assert files(get(), "outside/").status == 404


def test_files_in_an_app(root: Path) -> None:
    app = App()
    mount(app.router, "/static/", Files(root))
    response = app(get("/static/a.txt"))
    assert content_of(response) == b"a text"
    assert app(get("/static/nothing")).status == 404
    assert app(get("/static/a.txt", "POST")).status == 405


def test_content_that_sends_itself_is_not_sent_to_head(serving: Serving, root: Path) -> None:
    file = (root / "large").open("rb")
    response = Response(FilePart(file, range(SIZE)), length=SIZE)
    with (
        serving(lambda _request: response) as address,
        socket.create_connection(address, timeout=5) as client,
    ):
        client.sendall(b"HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        data = b"".join(iter(lambda: client.recv(1 << 20), b""))
    assert data.endswith(b"\r\n\r\n")
    assert file.closed


def test_a_large_file_arrives_as_it_is(serving: Serving, root: Path) -> None:
    router = Router()
    mount(router, "/", Files(root))
    content = (root / "large").read_bytes()
    with serving(router) as address:
        assert received(address, "/large")[1] == content
        assert (
            received(address, "/large", "Range: bytes=70001-2000000")[1] == content[70001:2000001]
        )
        assert received(address, "/large", "Range: bytes=-70001")[1] == content[-70001:]


def test_a_file_that_shrinks_ends_the_connection(
    serving: Serving, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    files = Files(root)

    def handler(request: Request) -> Response:
        response = files(request, "large")
        os.truncate(root / "large", SIZE // 2)
        return response

    with serving(handler) as address:
        head, content, was_reset = received(address, "/large")
    assert f"Content-Length: {SIZE // 256 * 256}".encode() in head
    assert len(content) < SIZE // 256 * 256
    assert was_reset


def test_a_file_that_grows_is_not_sent_beyond_its_length(serving: Serving, root: Path) -> None:
    files = Files(root)

    def handler(request: Request) -> Response:
        response = files(request, "large")
        with (root / "large").open("ab") as file:
            file.write(b"more")
        return response

    with serving(handler) as address:
        _head, content, was_reset = received(address, "/large")
    assert len(content) == SIZE // 256 * 256
    assert not was_reset


def test_a_client_that_leaves_closes_the_file(serving: Serving, root: Path) -> None:
    (root / "larger").write_bytes(bytes(50_000_000))
    files = Files(root)
    responses: list[Response] = []

    def handler(request: Request) -> Response:
        responses.append(files(request, "larger"))
        return responses[-1]

    with serving(handler) as address:
        with socket.create_connection(address, timeout=5) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            client.recv(10)
        received(address, "/larger", "Range: bytes=0-0")
    assert all(response.content.file.closed for response in responses)  # type: ignore[union-attr]


def test_the_first_page_links_to_what_is_there(tmp_path: Path) -> None:
    ch15_static_files.write_folder(tmp_path)
    files = Files(tmp_path)
    for name in ("", "style.css", "melody.wav", "notes.txt", "docs/"):
        response = files(get(method="HEAD"), name)
        assert response.status == 200
    assert stat.S_ISREG((tmp_path / "melody.wav").stat().st_mode)
