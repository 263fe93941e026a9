"""Our servers, from *response* and *routing*, before http.client and curl, which others wrote."""

import http.client
import shutil
import subprocess
import time

import pytest

from course.tests.test_http_fuzz_on_the_wire import on_a_loop, on_threads
from solutions.ch11_response import TEXT, Response
from solutions.ch13_routing import Router

PATIENCE = 10.0  # s for an answer; a sound one takes a thousandth of it
PAGE = b"<h1>hello</h1>"
PIECES = (b"one\n", b"two\n" * 5)
LONG = b"z" * 200_000
curl_only = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")


@pytest.fixture(params=[on_threads, on_a_loop])
def address(request):
    site = Router()
    site.add("GET", "/", lambda _request: Response(PAGE, 200, [("Content-Type", "text/html")]))
    site.add("GET", "/pieces", lambda _request: Response(iter(PIECES), 200, [TEXT]))
    site.add("POST", "/echo", lambda request: Response(request.content, 200, [TEXT]))
    site.add("PUT", "/echo", lambda request: Response(request.content, 200, [TEXT]))
    with request.param(site) as address:
        yield address


@pytest.fixture
def client(address):
    """Return a connection of http.client, which has to be the same one at the end."""
    client = http.client.HTTPConnection(*address, timeout=PATIENCE)
    client.connect()
    conn = client.sock
    yield client
    assert client.sock is conn
    client.close()


def answer(client):
    response = client.getresponse()
    assert response.status == 200
    return response.read()


def test_http_client_uses_one_connection_for_all(client):
    for method, path, content, wanted in (
        ("GET", "/", None, PAGE),
        ("HEAD", "/", None, b""),
        ("GET", "/pieces", None, b"".join(PIECES)),
        ("POST", "/echo", b"hello", b"hello"),
        ("GET", "/", None, PAGE),
    ):
        client.request(method, path, content)
        assert answer(client) == wanted


def test_http_client_uploads_in_chunks(client):
    fields = {"Transfer-Encoding": "chunked"}
    client.request("POST", "/echo", iter([LONG, b"end"]), fields, encode_chunked=True)
    assert answer(client) == LONG + b"end"


def test_http_client_sends_content_late(client):
    client.putrequest("POST", "/echo")
    client.putheader("Content-Length", "5")
    client.endheaders()
    for piece in (b"he", b"llo"):
        time.sleep(0.02)  # so that it comes apart from what was sent before
        client.send(piece)
    assert answer(client) == b"hello"


def curl(address, path, *options, content=b""):
    url = f"http://{address[0]}:{address[1]}{path}"
    command = ["curl", "--silent", "--show-error", "--max-time", str(PATIENCE), *options, url]
    return subprocess.run(command, input=content, capture_output=True, check=True)


@curl_only
def test_curl_uses_the_connection_again(address):
    page = f"http://{address[0]}:{address[1]}/"
    done = curl(
        address, "/pieces", "--write-out", " new connections: %{num_connects}\n", page, page
    )
    first, others = b" new connections: 1\n", b" new connections: 0\n"
    assert done.stdout == PAGE + first + PAGE + others + b"".join(PIECES) + others


@curl_only
@pytest.mark.parametrize(
    ("path", "options", "wanted"),
    [
        ("/pieces", ["--http1.0"], b"".join(PIECES)),
        ("/pieces/", ["--location"], b"".join(PIECES)),
        ("/echo", ["--upload-file", "-"], LONG),
        ("/echo", ["--data-binary", "@-"], LONG),
        ("/echo", ["--data-binary", "@-", "--header", "Expect: 100-continue"], LONG),
        ("/", ["--head", "--output", "/dev/null", "--write-out", "%{http_code}"], b"200"),
    ],
)
def test_curl_gets_what_it_asks_for(address, path, options, wanted):
    assert curl(address, path, *options, content=LONG).stdout == wanted


@curl_only
def test_curl_reads_a_refusal_while_it_sends(address):
    content = b"x" * 3_000_000
    options = ["--data-binary", "@-", "--header", "Expect:", "--write-out", " %{http_code}"]
    done = curl(address, "/echo", *options, content=content)
    assert done.stdout.endswith(b" 413")
    assert b"413" in done.stdout.split(b" ")[0]
