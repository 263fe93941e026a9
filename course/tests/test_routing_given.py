"""What *routing* gives to learners: patterns, values, mounting, and the site of the milestone."""

import re
import subprocess
import sys
from http.client import HTTPConnection

import pytest

from course.model.chapters import ROOT
from solutions.ch09_request import Headers, HttpError, Request
from solutions.ch11_response import Response
from solutions.ch13_routing import (
    Parameter,
    Router,
    asks_about_server,
    decode,
    logged,
    parse_pattern,
)


def request(method, target):
    return Request(method, target, (1, 1), Headers(()))


def page(_request, **values):
    return Response(repr(values).encode())


def test_pattern_is_a_list_of_pieces():
    assert parse_pattern("/") == [""]
    assert parse_pattern("/users/") == ["users", ""]
    pieces = ["users", Parameter("id", "int"), Parameter("rest", "path")]
    assert parse_pattern("/users/{id:int}/{rest:path}") == pieces


@pytest.mark.parametrize(
    "pattern",
    [
        *("", "users", "{name}", "//", "//evil.example", "/a//b", "/{rest:path}/edit"),
        *("/{rest:path}/", "/{id}/{id}", "/{id:int}/by/{id:path}", "/{rest:path}/{rest:path}"),
    ],
)
def test_what_is_not_a_pattern_is_refused(pattern):
    with pytest.raises(ValueError, match=r"slash|path|twice"):
        parse_pattern(pattern)


def test_values_are_converted_and_a_path_is_all_that_is_left():
    router = Router()
    router.add("GET", "/u/{id:int}/{name}/{rest:path}", page)
    _route, values = router.find("GET", ["u", "7", "7", "a", "", "b"])
    assert values == {"id": 7, "name": "7", "rest": "a//b"}


def test_values_fill_a_pattern():
    router = Router()
    router.add("GET", "/u/{id:int}/{rest:path}", page, "it")
    route = router.named["it"]
    assert route.filled({"id": 7, "rest": "a/b c"}) == ["u", "7", "a", "b c"]
    for values in ({"id": 7}, {"id": 7, "rest": "a", "more": 1}, {}):
        with pytest.raises(ValueError, match=r"needs \['id', 'rest'\]"):
            route.filled(values)


def test_mounted_routes_are_routes_of_this_tree_whatever_came_first():
    users = Router()
    users.add("GET", "/{id:int}", page, "user")
    users.add("GET", "/{rest:path}", page)
    for mounts_first in (True, False):
        router = Router()
        if mounts_first:
            router.mount("/users", users)
        router.add("GET", "/users/7", page)
        if not mounts_first:
            router.mount("/users", users)
        found = [router.find("GET", ["users", text])[0].pattern for text in ("7", "8", "x")]
        assert found == ["/users/7", "/users/{id:int}", "/users/{rest:path}"]
        assert router.url("user", id=8) == "/users/8"
        assert router.find("GET", ["8"]) is None
    with pytest.raises(ValueError, match="takes the same paths"):
        router.mount("/users", users)


def test_a_path_never_leads_to_another_host():
    """No pattern takes an empty first segment and another one after it."""
    router = Router()
    for pattern in ("/", "/{a}", "/{a}/", "/{a}/{b}/", "/{a}/{rest:path}", "/{a}/{b}/{c}"):
        router.add("GET", pattern, page)
    for target in ("//evil.example", "//evil.example/", "///", "//a/b", "//a/b/"):
        assert router(request("GET", target)).status == 404


@pytest.mark.parametrize(
    ("method", "target", "it_does"),
    [
        ("OPTIONS", "*", True),
        ("OPTIONS", "http://h", True),
        ("OPTIONS", "http://[::1]:80", True),
        ("OPTIONS", "http://h/", False),
        ("OPTIONS", "http://h?x", False),
        ("OPTIONS", "/", False),
        ("GET", "http://h", False),
    ],
)
def test_what_is_about_the_server(method, target, it_does):
    assert asks_about_server(request(method, target)) is it_does


def test_log_has_a_line_for_each_request_also_if_it_fails(caplog):
    def fails(_request):
        raise KeyError("a bug")

    with caplog.at_level("INFO", "access"):
        logged(page)(request("GET", "/a?b"))
        logged(lambda _request: Response([b"a", b"b"], 404))(request("HEAD", "/c"))
        with pytest.raises(KeyError):
            logged(fails)(request("GET", "/d"))
    assert caplog.messages == ['"GET /a?b" 200 2', '"HEAD /c" 404 -', '"GET /d" 500 -']


@pytest.mark.parametrize("options", [[], ["--loop"]])
def test_site_serves_pages_and_logs_requests(options):
    command = [sys.executable, "-m", "solutions.ch13_routing", "--port", "0", *options]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as site:
        try:
            host, _, port = site.stdout.readline().split()[-1].rpartition(":")
            conn = HTTPConnection(host, int(port), timeout=10)
            got = []
            for target in ("/", "/hello", "/hello/%3Cb%3E", "/no/%3Cscript%3E"):
                conn.request("GET", target)
                response = conn.getresponse()
                got.append((response.status, response.read().decode()))
            conn.close()
        finally:
            site.terminate()
            log, _errors = site.communicate(timeout=10)
    assert [status for status, _page in got] == [200, 308, 200, 404]
    assert "/square" in got[0][1]
    assert "Hello, &lt;b&gt;!" in got[2][1]
    assert "/no/&lt;script&gt;" in got[3][1]
    assert [re.search('".*" [0-9]+', line)[0] for line in log.splitlines()] == [
        '"GET /" 200',
        '"GET /hello" 308',
        '"GET /hello/%3Cb%3E" 200',
        '"GET /no/%3Cscript%3E" 404',
    ]


@pytest.mark.parametrize(
    ("segment", "text"),
    [
        *(
            ("a%2Fb", "a/b"),
            ("a%2fb", "a/b"),
            ("%C3%85sa", "Åsa"),
            ("%2541", "%41"),
            ("c++", "c++"),
        ),
        *(("e%CC%81", "e\u0301"), ("\\%5C", "\\\\"), ("Ab", "Ab"), ("", "")),
    ],
)
def test_a_segment_is_decoded_once(segment, text):
    assert decode(segment) == text


@pytest.mark.parametrize(
    "segment",
    [
        *("%zz", "%", "100%", "%4", "%+1", "% 1", "a%2", "%%41", "a%41%4g"),
        *("%FF", "%C3", "%A9", "%ED%A0%80", "%C0%AF"),
    ],
)
def test_a_segment_that_is_badly_encoded_is_refused(segment):
    with pytest.raises(HttpError) as raised:
        decode(segment)
    assert raised.value.status == 400


def router_with(*routes):
    router = Router()
    for route in routes:
        router.add(*route.split(" "), page)
    return router


def test_a_path_allows_what_find_finds_and_head_and_options():
    router = router_with(
        *("GET /a", "POST /a", "PUT /{x}", "DELETE /{rest:path}", "POST /b/{n:int}", "PURGE /c/d")
    )
    for path, methods in (
        ("/a", {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"}),
        ("/x", {"PUT", "DELETE", "OPTIONS"}),
        ("/b/7", {"POST", "DELETE", "OPTIONS"}),
        ("/c/d", {"PURGE", "DELETE", "OPTIONS"}),
        ("/", set()),
    ):
        assert router.allowed(path[1:].split("/")) == methods
    assert router.methods == {"GET", "POST", "PUT", "DELETE", "PURGE"}


def location(router, segments, query=""):
    response = router.moved(segments, query)
    return response and (response.status, dict(response.fields)["Location"])


def test_a_slash_more_or_less_redirects_with_the_query():
    router = router_with("GET /about/", "POST /save", "GET /u/{name}/", "PURGE /cache/", "GET /")
    for segments, query, there in (
        (["about"], "", "/about/"),
        (["about"], "x=1&y=%2F%26+%3D", "/about/?x=1&y=%2F%26+%3D"),
        (["save", ""], "", "/save"),
        (["cache"], "?", "/cache/??"),
        (["u", "a/b?"], "", "/u/a%2Fb%3F/"),
        (["u", "%41"], "q", "/u/%2541/?q"),
        (["about", "", ""], "", "/about/"),
    ):
        before = list(segments)
        assert location(router, segments, query) == (308, there)
        assert segments == before
    for segments in ([""], ["u", ""], ["nowhere"], ["nowhere", ""]):
        assert location(router, segments) is None


@pytest.mark.parametrize(
    "segments",
    [["\\evil.example"], ["/evil.example"], ["\t", "evil.example"], ["/", "/"], ["http:"]],
)
def test_a_redirect_stays_on_this_site(segments):
    router = router_with("GET /{a}/", "GET /{a}/{b}/")
    status, there = location(router, segments)
    assert (status, there[0]) == (308, "/")
    assert not there.startswith(("//", "/\\"))
    assert all("\x20" < character < "\x7f" and character != "\\" for character in there)
