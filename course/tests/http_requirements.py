"""What RFC 9110 and RFC 9112 require of a server, one row each, as a client sees it on the wire.

A row says how strongly (`level`) and where (`section`) something is required, in a sentence; what a
client sends; the statuses that have to come back, in order, `or` between those that are allowed; and
what becomes of the connection: it `stays` (a further request is answered), it `closes` (the server
closes it at once), or it `ends` (when the client has finished, and nothing more is answered).

`also` is what has to hold of the last response: `Date` or `no Date` for a field, `Allow: GET` for its
value, `content: hello`, `no content`, `some content`, `line: HTTP/1.1 200 OK` for its first line; and
`not applied` if no application may have been called.

The levels are those of RFC 2119; OUGHT TO stands for these very words, and DEFINED for what is stated
without a keyword. Where the RFC leaves a choice, all that it allows is allowed here. What is required
of clients, proxies and caches is left out, and what no client can see. A row with `because` is known
not to hold, and says why.

The site: GET / answers `hello`; POST and PUT /echo answer with the content; GET /fields answers with
the fields' names, GET /host with Host; GET /pieces answers `onetwo`, in pieces; GET /status/N and
/pieces/N answer with a status, and content; GET /cookies sets two; GET /folder/ is there, /folder is
not; GET /bug raises, GET /split and GET /fold put line ends into a field.
"""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """A requirement."""

    level: str
    section: str
    says: str
    sent: bytes | tuple[bytes, ...]  # if several: each waits for the answers to the one before
    answers: str  # `, ` between answers, ` | ` where the next piece is sent
    then: str = "stays"
    also: tuple[str, ...] = ()
    because: str = ""


def http(
    line: str = "GET / HTTP/1.1", *fields: str, host: str | None = "a.test", content: str = ""
) -> bytes:
    """Return a request, with a line for each of `fields`."""
    hosts = [] if host is None else [f"Host: {host}"]
    return ("\r\n".join([line, *hosts, *fields, "", ""]) + content).encode("latin-1")


def get(*fields: str, host: str | None = "a.test") -> bytes:
    """Return a GET with these fields."""
    return http("GET / HTTP/1.1", *fields, host=host)


def page(path: str) -> bytes:
    """Return a GET of another page."""
    return http(f"GET {path} HTTP/1.1")


def post(*fields: str, content: str = "hello") -> bytes:
    """Return a POST to /echo."""
    return http("POST /echo HTTP/1.1", *fields, content=content)


def length(value: str, content: str = "hello") -> bytes:
    """Return a POST whose Content-Length has that value."""
    return post(f"Content-Length: {value}", content=content)


def chunks(content: str, *fields: str, coding: str = "chunked") -> bytes:
    """Return a POST whose content is said to be chunked."""
    return post(f"Transfer-Encoding: {coding}", *fields, content=content)


GET = get()
OLD = http("GET / HTTP/1.0", host=None)
POST = length("5")
HELLO = "5\r\nhello\r\n0\r\n\r\n"
WAITING = ("PUT /echo HTTP/1.1", "Content-Length: 5", "Expect: 100-continue")
MESSAGE, LINE, BODY = "RFC 9112 §2.2", "RFC 9112 §3", "RFC 9112 §6.3"

# fmt: off

PARSING = [
    Row("MUST", MESSAGE, "A message is parsed as octets: an octet beyond ASCII is not an error.",
        get("X-Name: Jos\xe9"), "200"),
    Row("MUST", MESSAGE, "A message is parsed as octets: a value that is not UTF-8 is not an error.",
        get("X: \xff\xfe\xc3"), "200"),
    Row("MUST", MESSAGE, "A message is parsed as octets: Unicode's NEL (U+0085) ends no line.",
        http("GET /fields HTTP/1.1", "X: a\x85Y: b"), "200", "stays", ("content: host x",)),
    Row("MUST", MESSAGE, "A bare CR is invalid, or replaced by a space: in a value.",
        get("X: a\rb"), "400 or 200", "closes"),
    Row("MUST", MESSAGE, "A bare CR is invalid, or replaced by a space: in the request line.",
        http("GET /\r HTTP/1.1"), "400", "closes"),
    Row("MUST", MESSAGE, "A bare CR is invalid, or replaced by a space: before a line's CR LF.",
        get("X: a\r"), "400 or 200", "closes"),
    Row("SHOULD", MESSAGE, "An empty line before the request line is ignored.",
        b"\r\n" + GET, "200"),
    Row("SHOULD", MESSAGE, "An empty line between two requests is ignored.",
        POST + b"\r\n" + GET, "200, 200"),
    Row("MUST", MESSAGE, "A space before the first field line: refuse, or ignore the line.",
        b"GET / HTTP/1.1\r\n X: y\r\nHost: a.test\r\n\r\n", "400 or 200", "closes"),
    Row("MUST", MESSAGE, "A tab before the first field line: refuse, or ignore the line.",
        b"GET / HTTP/1.1\r\n\tX: y\r\nHost: a.test\r\n\r\n", "400 or 200", "closes"),
    *(
        Row("SHOULD", MESSAGE, f"An invalid request gets 400, and the connection is closed: {what}.",
            sent, "400", "closes")
        for what, sent in (
            ("words", b"good morning\r\n\r\n"),
            ("a response", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
            ("HTTP/0.9", b"GET /\r\n\r\n"),
            ("a line that is not a field", get("nonsense")),
            ("the beginning of TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
        )
    ),
    Row("MUST NOT", "RFC 9110 §5.3", "A request is not applied before its header section is complete.",
        length("0", "")[:-2], "", "ends", ("not applied",)),
    Row("SHOULD", "RFC 9110 §6.2", "A higher minor version counts as the highest known: HTTP/1.2.",
        http("GET / HTTP/1.2"), "200", "stays", ("line: HTTP/1.1 200 OK",)),
    Row("SHOULD", "RFC 9110 §6.2", "A higher minor version counts as the highest known: HTTP/1.9.",
        http("GET / HTTP/1.9"), "200"),
    Row("SHOULD", "RFC 9110 §6.2", "A response has the server's highest version, also to HTTP/1.0.",
        OLD, "200", "closes", ("line: HTTP/1.1 200 OK",)),
    Row("MUST NOT", "RFC 9110 §6.2", "No version is sent that the server does not speak.",
        http("GET / HTTP/2.0"), "505", "closes", ("line: HTTP/1.1 505 HTTP Version Not Supported",)),
    *(
        Row("SHOULD", "RFC 9112 §2.2, §2.3", f"A request without a version is 400: `{version}`.",
            http(f"GET / {version}"), "400", "closes")
        for version in ("http/1.1", "HTTP/1.1.1", "HTTP/1.10", "HTTP/1", "HTTP/1,1", "HTTPS/1.1")
    ),
]

REQUEST_LINE = [
    Row("MUST", LINE, "A target that is longer than the server wants is 414.",
        page(f"/{'x' * 20_000}"), "414", "closes"),
    Row("MUST", LINE, "A target that is longer than the server wants is 414, also without an end.",
        b"GET /" + b"x" * 20_000, "414", "closes"),
    Row("RECOMMENDED", LINE, "A request line of 8,000 octets is taken.",
        page(f"/?{'x' * 7985}"), "200"),
    Row("SHOULD", LINE, "A method that is longer than any that is known is 501.",
        http(f"{'M' * 300} / HTTP/1.1"), "501", "closes"),
    Row("SHOULD", MESSAGE, "An invalid request gets 400: 9,000 octets without a space.",
        http(f"{'M' * 9000} / HTTP/1.1"), "400 or 501", "closes"),
    *(
        Row("SHOULD NOT", "RFC 9112 §3.2", f"An invalid request line is not repaired: {what}.",
            http(line), "400 or 301", "closes")
        for what, line in (
            ("a space in the target", "GET /a b HTTP/1.1"),
            ("two spaces before the target", "GET  / HTTP/1.1"),
            ("two spaces before the version", "GET /  HTTP/1.1"),
            ("a space at the end", "GET / HTTP/1.1 "),
            ("a space at the beginning", " GET / HTTP/1.1"),
            ("tabs for spaces", "GET\t/\tHTTP/1.1"),
            ("a tab in the target", "GET /a\tb HTTP/1.1"),
            ("no target", "GET HTTP/1.1"),
            ("a fragment", "GET /#part HTTP/1.1"),
            ("an octet beyond ASCII", "GET /caf\xe9 HTTP/1.1"),
            ("a control character", "GET /\x07 HTTP/1.1"),
            ("a target without its slash", "GET index HTTP/1.1"),
            ("a method that is not a token", "GE(T) / HTTP/1.1"),
        )
    ),
    Row("MUST", "RFC 9112 §3.2", "HTTP/1.1 without Host is 400.", get(host=None), "400", "closes"),
    Row("MUST", "RFC 9112 §3.2", "Two lines of Host are 400.",
        get("Host: b.test"), "400", "closes"),
    Row("MUST", "RFC 9112 §3.2", "Two lines of Host are 400: also if they are alike.",
        get("host: a.test"), "400", "closes"),
    Row("MUST", "RFC 9112 §3.2", "Two lines of Host are 400: also in HTTP/1.0.",
        http("GET / HTTP/1.0", "Host: b.test"), "400", "closes"),
    *(
        Row("MUST", "RFC 9112 §3.2", f"An invalid Host is 400: `{host}`.",
            get(host=host), "400", "closes")
        for host in (
            "a b", "a, b", "a/b", "u@a", "a?b", "a#b", "a:b", "a:80:80", "a:-1", "[::1", "::1", "[a",
            "a\\b", "b\xfccher", '"a"', "<a>", "a%2", "a%zz", "http://a", "a\tb", "[]", "[:::]",
            "[1:2:3:4:5:6:7:8:9]", "[12345::]", "[1.2.3.4]", "[::1.2.3.256]", "[::1]a",
        )
    ),
    *(
        Row("DEFINED", "RFC 9110 §7.2", f"A valid Host is taken: `{host}`.", get(host=host), "200")
        for host in (
            "a.test:8000", "[::1]:80", "[::ffff:1.2.3.4]", "127.0.0.1", "a-b_c~d", "%C3%BC", "a:",
        )
    ),
    Row("DEFINED", "RFC 9112 §3.2", "HTTP/1.0 need not have Host.", OLD, "200", "closes"),
    *(
        Row("MUST", "RFC 9112 §3.2.2", f"The absolute form is accepted: {what}.",
            page(target), "200", "stays", ("content: hello",))
        for what, target in (
            ("with a path", "http://a.test/"),
            ("a scheme is case-insensitive", "HTTP://a.test/"),
            ("no path means /", "http://a.test"),
            ("with a query", "http://a.test/?a=b"),
            ("with a port", "http://a.test:8000/"),
            ("whatever Host says", "http://b.test/"),
        )
    ),
    Row("MUST", "RFC 9112 §3.2.2", "The host of an absolute form counts, and not Host.",
        page("http://b.test:81/host"), "200", "stays", ("content: b.test:81",)),
    Row("MUST", "RFC 9110 §7.4", "An https URI is rejected on a connection that is not secured.",
        page("https://a.test/"), "421 or 400", "closes"),
    Row("MUST", "RFC 9110 §4.2.1", "An http URI with an empty host is rejected: by an empty Host.",
        get(host=""), "400", "closes"),
    Row("MUST", "RFC 9110 §4.2.1", "An http URI with an empty host is rejected: by a port alone.",
        get(host=":80"), "400", "closes"),
    Row("MUST", "RFC 9112 §3.2", "The absolute form also needs Host.",
        http("GET http://a.test/ HTTP/1.1", host=None), "400", "closes"),
    Row("MUST", "RFC 9110 §4.2.1", "An http URI with an empty host is rejected.",
        page("http:///index"), "400", "closes"),
    Row("MUST", "RFC 9110 §4.2.2", "An https URI with an empty host is rejected.",
        page("https://:443/"), "400", "closes"),
    Row("SHOULD", "RFC 9110 §4.2.4", "User information in a target is an error.",
        page("http://user:word@a.test/"), "400", "closes"),
    Row("SHOULD", MESSAGE, "The asterisk form is for OPTIONS alone.", page("*"), "400", "closes"),
    Row("SHOULD", MESSAGE, "The authority form is for CONNECT alone.",
        page("a.test:80"), "400", "closes"),
    Row("SHOULD", MESSAGE, "CONNECT has the authority form alone.",
        http("CONNECT / HTTP/1.1"), "400", "closes"),
    *(
        Row("MUST", "RFC 9110 §9.3.6", f"CONNECT to an empty or invalid port is rejected: `{target}`.",
            http(f"CONNECT {target} HTTP/1.1"), "400", "closes")
        for target in ("a.test", "a.test:", "a.test:http", "a.test:-1")
    ),
]

FIELDS = [
    *(
        Row("MUST", "RFC 9112 §5.1", f"White space between a name and its colon is 400: {what}.",
            post(f"{name}: 5"), "400", "closes")
        for what, name in (("a space", "X "), ("a tab", "X\t"), ("framing", "Content-Length "))
    ),
    Row("MUST", "RFC 9112 §5.2", "A folded line is refused, or unfolded: with a space.",
        get("X: a", " b"), "400 or 200", "closes"),
    Row("MUST", "RFC 9112 §5.2", "A folded line is refused, or unfolded: with a tab.",
        get("X: a", "\tb"), "400 or 200", "closes"),
    Row("MUST", "RFC 9112 §5.2", "A folded line is refused, or unfolded: it hides no framing.",
        post("X: a", " Content-Length: 5"), "400", "closes"),
    *(
        Row("MUST", "RFC 9110 §5.5", f"{what} in a value: refuse, or replace it by a space.",
            get(f"X: a{octet}b"), "400 or 200", "closes")
        for what, octet in (("NUL", "\0"), ("CR", "\r"), ("LF", "\n"))
    ),
    *(
        Row("SHOULD", MESSAGE, f"A name that is not a token gets 400: `{name}`.",
            get(f"{name}: x"), "400", "closes")
        for name in ("", "X Y", "X(Y)", "X\xe9", '"X"', "X/Y", "X,Y", "X@Y", "X\0")
    ),
    Row("MUST", "RFC 9110 §5.5", "White space around a value is not part of it.",
        length(" \t 5 \t "), "200", "stays", ("content: hello",)),
    Row("DEFINED", "RFC 9112 §5", "White space before a value may be missing.",
        post("Content-Length:5"), "200", "stays", ("content: hello",)),
    Row("DEFINED", "RFC 9112 §5", "Names are case-insensitive.",
        http("POST /echo HTTP/1.1", "hOST: a", "CONTENT-length: 5", host=None, content="hello"),
        "200", "stays", ("content: hello",)),
    Row("SHOULD", "RFC 9110 §5.1", "Fields that nobody knows are ignored.",
        get("X-Nobody: knows", "!#$%&'*+-.^_`|~: too"), "200"),
    Row("SHOULD", "RFC 9110 §5.5", "Octets beyond ASCII are opaque data.", get("X: \x80\xff"), "200"),
    Row("MUST", "RFC 9110 §5.4", "What is larger than the server wants is a 4xx: one field.",
        get(f"X: {'y' * 100_000}"), "431 or 400", "closes"),
    Row("MUST", "RFC 9110 §5.4", "What is larger than the server wants is a 4xx: many fields.",
        get(*(f"X-{number}: y" for number in range(2_000))), "431 or 400", "closes"),
    Row("MUST", "RFC 9110 §5.4", "What is larger than the server wants is a 4xx: also without an end.",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000, "431 or 400", "closes"),
]

LENGTHS = [
    Row("DEFINED", BODY, "Content-Length says how many octets follow.",
        POST, "200", "stays", ("content: hello",)),
    Row("DEFINED", BODY, "Content-Length 0 is valid.", length("0", ""), "200"),
    Row("DEFINED", BODY, "Leading zeros are digits.", length("0005"), "200", "stays",
        ("content: hello",)),
    Row("DEFINED", BODY, "Without any framing a request has no content.",
        post(content="") + GET, "200, 200"),
    Row("DEFINED", BODY, "Content may look like the end of a head.",
        length("8", "\r\n\r\nGET "), "200"),
    *(
        Row("MUST", BODY, f"An invalid Content-Length is 400, and closes: `{value}`.",
            length(value), "400", "closes")
        for value in (
            "", "+5", "-5", "5_0", "0x5", "5.0", "5 5", "1e1", "five", "5;", "\xb2", "\xd9\xa5", '"5"',
            "5, 6", "\xa05",
        )
    ),
    Row("MUST", BODY, "Two lines of Content-Length that differ are 400.",
        post("Content-Length: 5", "Content-Length: 6", content="hello!"), "400", "closes"),
    Row("MAY", "RFC 9110 §8.6", "Two equal lengths: refuse, or take one.",
        length("5, 5"), "400", "closes"),
    Row("MUST", "RFC 9110 §8.6", "A very large length overflows nothing.",
        length("9" * 40), "413 or 400", "closes"),
    Row("MUST", "RFC 9110 §8.6", "A length with thousands of digits overflows nothing.",
        length("9" * 5_000), "413 or 400", "closes"),
    Row("MUST", BODY, "Content that is cut off is incomplete: it is not applied.",
        length("50"), "", "ends", ("not applied",)),
    *(
        Row("MUST", "RFC 9112 §9.3", f"All content is read before the next request: {what}.",
            http(line, "Content-Length: 5", content="hello") + GET, answers)
        for what, line, answers in (
            ("of GET", "GET / HTTP/1.1", "200, 200"),
            ("of HEAD", "HEAD / HTTP/1.1", "200, 200"),
            ("of DELETE", "DELETE / HTTP/1.1", "405, 200"),
            ("where there is nothing", "POST /nowhere HTTP/1.1", "404, 200"),
            ("of a method that nobody knows", "BREW / HTTP/1.1", "501, 200"),
            ("where the application fails", "GET /bug HTTP/1.1", "500, 200"),
        )
    ),
    Row("MUST", "RFC 9112 §9.3", "Content that is not read ends the connection.",
        length("99999999", "x" * 100_000), "413", "closes", ("Connection: close",)),
]

CHUNKED = [
    *(
        Row("MUST", "RFC 9112 §7.1", f"Chunked content can be read: {what}.",
            chunks(content), "200", "stays", (f"content: {got}",))
        for what, content, got in (
            ("one chunk", HELLO, "hello"),
            ("two chunks", "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "hello"),
            ("none", "0\r\n\r\n", ""),
            ("sizes with leading zeros", "005\r\nhello\r\n000\r\n\r\n", "hello"),
            ("sizes in capitals", "A\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
            ("sizes in small letters", "a\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
            ("data that looks like chunks", "7\r\n0\r\n\r\n0\r\r\n0\r\n\r\n", "0\r\n\r\n0\r"),
            ("trailers", "5\r\nhello\r\n0\r\nX-Sum: 15\r\nX-More:\r\n\r\n", "hello"),
        )
    ),
    *(
        Row("MUST", "RFC 9112 §7.1.1", f"Chunk extensions that nobody knows are ignored: `{what}`.",
            chunks(f"5{what}\r\nhello\r\n0{what}\r\n\r\n"), "200", "stays", ("content: hello",))
        for what in (";a", ";a=b", ';a="b; c"', ";a=b;c", ';a="\\""')
    ),
    Row("MUST", "RFC 9110 §5.6.3", "Bad white space in an extension is parsed, and removed.",
        chunks("5 ; a = b\r\nhello\r\n0\r\n\r\n"), "200", "stays", ("content: hello",)),
    Row("MUST NOT", "RFC 9112 §7.1.2", "A trailer is not merged into the fields.",
        http("GET /fields HTTP/1.1", "Transfer-Encoding: chunked", content="0\r\nX-Sum: 1\r\n\r\n"),
        "200", "stays", ("content: host transfer-encoding",)),
    Row("MUST NOT", "RFC 9110 §6.5.1", "A trailer is not merged into the fields: it frames nothing.",
        chunks("5\r\nhello\r\n0\r\nContent-Length: 40\r\n\r\n") + GET, "200, 200"),
    *(
        Row("SHOULD", MESSAGE, f"An invalid chunk gets 400, and closes: {what}.",
            chunks(content), "400", "closes")
        for what, content in (
            ("no hexadecimal digit", "g\r\nhello\r\n0\r\n\r\n"),
            ("no size", "\r\nhello\r\n0\r\n\r\n"),
            ("a sign", "+5\r\nhello\r\n0\r\n\r\n"),
            ("a negative size", "-5\r\nhello\r\n0\r\n\r\n"),
            ("a prefix", "0x5\r\nhello\r\n0\r\n\r\n"),
            ("an underscore", "0_5\r\nhello\r\n0\r\n\r\n"),
            ("a space before the size", " 5\r\nhello\r\n0\r\n\r\n"),
            ("a size line that ends with LF", "5\nhello\r\n0\r\n\r\n"),
            ("data that is too long", "4\r\nhello\r\n0\r\n\r\n"),
            ("data that ends with LF", "5\r\nhello\n0\r\n\r\n"),
            ("an extension without a name", "5;\r\nhello\r\n0\r\n\r\n"),
            ("an extension with a LF", "5;a\nb\r\nhello\r\n0\r\n\r\n"),
            ("a trailer that is not a field", "5\r\nhello\r\n0\r\nnonsense\r\n\r\n"),
        )
    ),
    Row("MUST", "RFC 9112 §7.1", "A very large chunk size overflows nothing.",
        chunks("F" * 16 + "\r\nhello"), "413 or 400", "closes"),
    Row("MUST", "RFC 9112 §7.1", "A chunk size with hundreds of digits overflows nothing.",
        chunks("F" * 400 + "\r\nhello"), "413 or 400", "closes"),
    Row("OUGHT TO", "RFC 9112 §7.1.1", "Extensions have a limit, and a 4xx beyond it.",
        chunks("1;" + "a" * 60_000 + "\r\nx\r\n0\r\n\r\n"), "400 or 413 or 431", "closes"),
    Row("DEFINED", "RFC 9112 §8", "Chunks without the last one are incomplete: not applied.",
        chunks("5\r\nhello\r\n"), "", "ends", ("not applied",)),
    Row("MUST", "RFC 9112 §6.1", "After both framings in one request the connection is closed.",
        chunks(HELLO, "Content-Length: 5") + GET, "400 or 200", "closes"),
    Row("MUST", "RFC 9112 §6.1", "After both framings it is closed, also in the other order.",
        post("Content-Length: 15", "Transfer-Encoding: chunked", content=HELLO) + GET,
        "400 or 200", "closes"),
    Row("MUST", "RFC 9112 §6.1", "Transfer-Encoding in HTTP/1.0 is faulty framing, and closes.",
        http("POST /echo HTTP/1.0", "Transfer-Encoding: chunked", content=HELLO) + GET,
        "400", "closes"),
    Row("MUST", "RFC 9112 §6.1", "Transfer-Encoding in HTTP/1.0 closes, also with keep-alive.",
        http("POST /echo HTTP/1.0", "Connection: keep-alive", "Transfer-Encoding: chunked",
             content=HELLO) + GET, "400", "closes"),
    Row("SHOULD", "RFC 9112 §6.1", "A transfer coding that is not understood is 501.",
        chunks(HELLO, coding="gzip, chunked"), "501", "closes"),
    Row("DEFINED", "RFC 9112 §7", "Names of codings are case-insensitive.",
        chunks(HELLO, coding="Chunked"), "200", "stays", ("content: hello",)),
    *(
        Row("MUST", "RFC 9110 §5.6.1.2", f"Empty elements of a list are ignored: `{coding}`.",
            chunks(HELLO, coding=coding), "200", "stays", ("content: hello",))
        for coding in ("chunked,", ", chunked", ",, chunked ,")
    ),
    *(
        Row("MUST", BODY, f"If chunked is not the last coding: 400, and close: `{coding}`.",
            chunks(HELLO, coding=coding), "400", "closes")
        for coding in ("gzip", "chunked, gzip", "identity", "xchunked", "chunked;q=1", '"chunked"')
    ),
    Row("MUST", BODY, "If chunked is not the last coding: also if they come in two lines.",
        chunks(HELLO, "Transfer-Encoding: gzip"), "400", "closes"),
]

EXPECT = [
    Row("MUST", "RFC 9110 §10.1.1", "100 Continue, or a final status, comes before the content.",
        (http(*WAITING), b"hello"), "100 | 200", "stays", ("content: hello",)),
    Row("MUST", "RFC 9110 §10.1.1", "100 Continue, or a final status, also comes before chunks.",
        (http("PUT /echo HTTP/1.1", "Transfer-Encoding: chunked", "Expect: 100-continue"),
         HELLO.encode()), "100 | 200", "stays", ("content: hello",)),
    Row("DEFINED", "RFC 9110 §10.1.1", "Expect's value is case-insensitive.",
        (http("PUT /echo HTTP/1.1", "Content-Length: 5", "Expect: 100-Continue"), b"hello"),
        "100 | 200"),
    Row("MUST", "RFC 9110 §5.6.1.2", "Empty elements of a list are ignored: in Expect.",
        (http("PUT /echo HTTP/1.1", "Content-Length: 5", "Expect: , 100-continue,"), b"hello"),
        "100 | 200"),
    Row("MUST", "RFC 9110 §10.1.1", "A final status is sent after 100 Continue, and it goes on.",
        (http(*WAITING), b"hello", GET), "100 | 200 | 200"),
    Row("MUST", "RFC 9110 §10.1.1", "A final status that is known from the head comes at once.",
        http("PUT /echo HTTP/1.1", "Content-Length: 99999999", "Expect: 100-continue"),
        "413", "closes"),
    Row("SHOULD", "RFC 9110 §10.1.1", "A final status before the content says that it closes.",
        http("PUT /echo HTTP/1.1", "Content-Length: 99999999", "Expect: 100-continue"),
        "413", "closes", ("Connection: close",)),
    Row("MUST", "RFC 9110 §10.1.1", "Expect in HTTP/1.0 is ignored.",
        http("PUT /echo HTTP/1.0", "Content-Length: 5", "Expect: 100-continue", content="hello"),
        "200", "closes", ("content: hello",)),
    Row("MUST NOT", "RFC 9110 §15.2", "HTTP/1.0 gets no 1xx.",
        http("PUT /echo HTTP/1.0", "Content-Length: 5", "Expect: 100-continue"), "", "ends"),
    Row("MUST NOT", "RFC 9110 §8.6", "100 has no Content-Length.",
        http(*WAITING), "100", "", ("no Content-Length",)),
    Row("MUST NOT", "RFC 9112 §6.1", "100 has no Transfer-Encoding.",
        http(*WAITING), "100", "", ("no Transfer-Encoding",)),
    Row("DEFINED", "RFC 9112 §9.2", "100 Continue comes after the answers to what came before.",
        (GET + http(*WAITING), b"hello"), "200, 100 | 200"),
]

PERSISTENCE = [
    Row("SHOULD", "RFC 9112 §9.3", "Connections persist: HTTP/1.1 need not ask.", GET, "200"),
    *(
        Row("SHOULD", "RFC 9112 §9.5", f"Connections are sustained: after {what}.", page(path), status)
        for what, path, status in (
            ("404", "/nowhere", "404"),
            ("an application's error", "/bug", "500"),
            ("content in pieces", "/pieces", "200"),
            ("204", "/status/204", "204"),
            ("205", "/pieces/205", "205"),
            ("304", "/status/304", "304"),
        )
    ),
    Row("DEFINED", "RFC 9112 §9.3", "In HTTP/1.0 the response is the end.", OLD, "200", "closes"),
    Row("DEFINED", "RFC 9112 §9.3", "In HTTP/1.0 keep-alive goes on, and is said back.",
        http("GET / HTTP/1.0", "Connection: keep-alive"), "200", "stays", ("Connection: keep-alive",)),
    Row("DEFINED", "RFC 9112 §9.3", "In HTTP/1.0 keep-alive is case-insensitive.",
        http("GET / HTTP/1.0", "Connection: TE, Keep-Alive"), "200"),
    Row("DEFINED", "RFC 9112 §9.3", "Close counts before keep-alive.",
        http("GET / HTTP/1.0", "Connection: keep-alive, close"), "200", "closes"),
    *(
        Row("MUST", "RFC 9112 §9.6", f"After `close` the server closes: {what}.",
            get(*fields), "200", "closes")
        for what, fields in (
            ("as it stands", ["Connection: close"]),
            ("in capitals", ["Connection: CLOSE"]),
            ("behind others", ["Connection: TE, close"]),
            ("before others", ["Connection: close,TE"]),
            ("in a second line", ["Connection: TE", "Connection: close"]),
            ("with tabs around it", ["Connection: TE,\tclose\t, x"]),
        )
    ),
    Row("MUST", "RFC 9110 §5.6.1.2", "Empty elements of a list are ignored: around close.",
        get("Connection: , ,close,"), "200", "closes"),
    Row("MUST", "RFC 9110 §5.6.1.2", "Empty elements of a list are ignored: nothing else is there.",
        get("Connection: ,"), "200"),
    Row("DEFINED", "RFC 9110 §7.6.1", "An option is a whole token: `closed` is another.",
        get("Connection: closed"), "200"),
    Row("DEFINED", "RFC 9110 §7.6.1", "An option is a whole token: `not-close` is another.",
        get("Connection: not-close"), "200"),
    Row("SHOULD", "RFC 9112 §9.6", "The server says `close` in its last response.",
        get("Connection: close"), "200", "closes", ("Connection: close",)),
    Row("MUST NOT", "RFC 9112 §9.6", "After `close` no further request is processed.",
        get("Connection: close") + POST, "200", "closes"),
    Row("MUST", "RFC 9112 §9.6", "Who says `close`, closes: in a refusal.",
        get("X : y") + GET, "400", "closes", ("Connection: close",)),
    Row("MUST", "RFC 9112 §9.3.2", "Pipelined requests are answered in their order.",
        page("/status/404") + GET + page("/status/299"), "404, 200, 299"),
    Row("MUST", "RFC 9112 §9.3.2", "Pipelined requests are answered in their order: of all kinds.",
        POST + http("HEAD / HTTP/1.1") + chunks(HELLO) + page("/pieces"), "200, 200, 200, 200",
        "stays", ("content: onetwo",)),
    Row("MUST", "RFC 9112 §9.3.2", "Pipelined requests are answered in their order: 100 of them.",
        GET * 100, ", ".join(["200"] * 100)),
    Row("MUST", "RFC 9112 §9.3.2", "Pipelined requests are answered in their order: one is refused.",
        GET + POST + get(host=None), "200, 200, 400", "closes"),
    Row("DEFINED", "RFC 9112 §9.3", "A request that has begun behind another is completed.",
        (GET + POST[:20], POST[20:]), "200 | 200", "stays", ("content: hello",)),
    Row("DEFINED", "RFC 9112 §9.6", "A half-close delimits nothing: complete requests are answered.",
        GET + GET, "200, 200", "ends"),
]

RESPONSES = [
    Row("MUST", "RFC 9112 §4", "The space before the reason is sent, also if there is no reason.",
        page("/status/299"), "299", "stays", ("line: HTTP/1.1 299 ",)),
    *(
        Row("MUST", "RFC 9110 §6.6.1", f"Date is sent: with {what}.", sent, answers, then, ("Date",))
        for what, sent, answers, then in (
            ("200", GET, "200", "stays"),
            ("content in pieces", page("/pieces"), "200", "stays"),
            ("204", page("/status/204"), "204", "stays"),
            ("304", page("/status/304"), "304", "stays"),
            ("308", page("/folder"), "308", "stays"),
            ("404", page("/nowhere"), "404", "stays"),
            ("405", http("DELETE / HTTP/1.1"), "405", "stays"),
            ("400, for a request that is refused", get(host=None), "400", "closes"),
            ("414", page(f"/{'x' * 20_000}"), "414", "closes"),
        )
    ),
    Row("MUST", "RFC 9110 §5.6.7", "Date has the preferred format.",
        GET, "200", "stays", ("Date in the preferred format",)),
    *(
        Row("MUST NOT", "RFC 9110 §9.3.2", f"HEAD gets no content: with {what}.",
            http(f"HEAD {path} HTTP/1.1") + GET, f"{status}, 200")
        for what, path, status in (
            ("200", "/", 200),
            ("404", "/nowhere", 404),
            ("content in pieces", "/pieces", 200),
            ("500", "/bug", 500),
        )
    ),
    Row("MUST NOT", "RFC 9110 §9.3.2", "HEAD gets no content: if its head is refused.",
        http("HEAD / HTTP/1.1", host=None), "400", "closes", ("no content",)),
    Row("MUST NOT", "RFC 9110 §9.3.2", "HEAD gets no content: if its framing is refused.",
        http("HEAD / HTTP/1.1", "Content-Length: x"), "400", "closes", ("no content",)),
    Row("SHOULD", "RFC 9110 §9.3.2", "HEAD gets the fields of GET: Content-Length.",
        http("HEAD / HTTP/1.1"), "200", "stays", ("Content-Length: 5",)),
    Row("SHOULD", "RFC 9110 §9.3.2", "HEAD gets the fields of GET: Content-Type.",
        http("HEAD / HTTP/1.1"), "200", "stays", ("Content-Type: text/plain; charset=utf-8",)),
    Row("MUST NOT", "RFC 9110 §8.6", "HEAD gets no other Content-Length than GET.",
        http("HEAD /pieces HTTP/1.1"), "200", "stays", ("no Content-Length",)),
    *(
        Row(level, section, f"{status} has no content{how}.", page(f"/{folder}/{status}") + GET,
            f"{status}, 200")
        for folder, how in (("status", ""), ("pieces", ", in pieces neither"))
        for level, section, status in (
            ("DEFINED", "RFC 9110 §15.3.5", 204),
            ("MUST NOT", "RFC 9110 §15.3.6", 205),
            ("DEFINED", "RFC 9110 §15.4.5", 304),
        )
    ),
    Row("MUST NOT", "RFC 9110 §8.6", "204 has no Content-Length.",
        page("/status/204"), "204", "stays", ("no Content-Length",)),
    Row("MUST NOT", "RFC 9112 §6.1", "204 has no Transfer-Encoding.",
        page("/pieces/204"), "204", "stays", ("no Transfer-Encoding",)),
    Row("MUST NOT", "RFC 9110 §8.6", "304 has no Content-Length but that of a 200.",
        page("/status/304"), "304", "stays", ("no Content-Length",)),
    Row("SHOULD", "RFC 9110 §8.6", "Content-Length is sent when the size is known.",
        GET, "200", "stays", ("Content-Length: 5",)),
    Row("SHOULD", "RFC 9110 §8.6", "Content-Length is sent when the size is known to be 0.",
        length("0", ""), "200", "stays", ("Content-Length: 0",)),
    Row("MUST NOT", "RFC 9112 §6.2", "Content-Length is not sent with Transfer-Encoding.",
        page("/pieces"), "200", "stays", ("Transfer-Encoding: chunked", "no Content-Length")),
    Row("MUST NOT", "RFC 9112 §6.1", "HTTP/1.0 gets no Transfer-Encoding.",
        http("GET /pieces HTTP/1.0"), "200", "closes", ("no Transfer-Encoding", "content: onetwo")),
    Row("MUST NOT", "RFC 9112 §6.1", "HTTP/1.0 gets no Transfer-Encoding, also with keep-alive.",
        http("GET /pieces HTTP/1.0", "Connection: keep-alive"), "200", "closes",
        ("no Transfer-Encoding", "content: onetwo")),
    Row("MUST NOT", MESSAGE, "No line end of somebody else's gets into a head.",
        page("/split"), "500", "stays", ("no Set-Cookie",)),
    Row("MUST NOT", "RFC 9112 §5.2", "No folded line is sent.", page("/fold"), "500"),
    Row("DEFINED", "RFC 9110 §5.3", "Set-Cookie stays in lines of its own.",
        page("/cookies"), "200", "stays", ("Set-Cookie: a=1 & b=2",)),
    *(
        Row("SHOULD", section, f"A {status} explains itself.", sent, str(status), then,
            ("some content",))
        for section, status, sent, then in (
            ("RFC 9110 §15.5", 400, get(host=None), "closes"),
            ("RFC 9110 §15.5", 404, page("/nowhere"), "stays"),
            ("RFC 9110 §15.5", 405, http("DELETE / HTTP/1.1"), "stays"),
            ("RFC 9110 §15.5", 413, length("99999999", ""), "closes"),
            ("RFC 9110 §15.6", 500, page("/bug"), "stays"),
            ("RFC 9110 §15.6", 501, http("BREW / HTTP/1.1"), "stays"),
        )
    ),
    *(
        Row("SHOULD", "RFC 9110 §8.3", f"Content comes with its Content-Type: a {status}'s.",
            sent, str(status), then, ("Content-Type: text/plain; charset=utf-8",))
        for status, sent, then in (
            (200, GET, "stays"),
            (400, get(host=None), "closes"),
            (404, page("/nowhere"), "stays"),
            (500, page("/bug"), "stays"),
        )
    ),
]

METHODS = [
    Row("MUST", "RFC 9110 §9.1", "GET is supported.", GET, "200", "stays", ("content: hello",)),
    Row("MUST", "RFC 9110 §9.1", "HEAD is supported.",
        http("HEAD / HTTP/1.1"), "200", "stays", ("no content",)),
    *(
        Row("SHOULD", "RFC 9110 §9.1", f"A method that is not implemented is 501: {what}.",
            http(line), "501", then)
        for what, line, then in (
            ("one that nobody knows", "BREW / HTTP/1.1", "stays"),
            ("one that nobody knows, where there is nothing", "BREW /nowhere HTTP/1.1", "stays"),
            ("`get`, since case counts", "get / HTTP/1.1", "stays"),
            ("CONNECT", "CONNECT a.test:443 HTTP/1.1", "closes"),
        )
    ),
    Row("SHOULD", "RFC 9110 §9.1", "A method that is known, but not for this target, is 405.",
        http("DELETE / HTTP/1.1"), "405"),
    Row("MUST", "RFC 9110 §15.5.6", "405 has Allow.",
        http("DELETE / HTTP/1.1"), "405", "stays", ("Allow: GET, HEAD, OPTIONS",)),
    Row("MUST", "RFC 9110 §15.5.6", "405 has Allow: with the methods of this target.",
        page("/echo"), "405", "stays", ("Allow: OPTIONS, POST, PUT",)),
    Row("SHOULD", "RFC 9110 §9.3.7", "OPTIONS says what is allowed.",
        http("OPTIONS /echo HTTP/1.1"), "204 or 200", "stays", ("Allow: OPTIONS, POST, PUT",)),
    Row("DEFINED", "RFC 9110 §9.3.7", "OPTIONS * is about the server as a whole.",
        http("OPTIONS * HTTP/1.1"), "204 or 200"),
    Row("SHOULD", "RFC 9110 §9.3.7", "OPTIONS tells of what is there: Allow, also for `*`.",
        http("OPTIONS * HTTP/1.1"), "204 or 200", "stays", ("Allow: GET, HEAD, OPTIONS, POST, PUT",)),
    Row("SHOULD", "RFC 9110 §15.4.9", "308 has Location.",
        page("/folder"), "308", "stays", ("Location: /folder/",)),
    Row("MAY", "RFC 9110 §7.8", "An Upgrade that is not wanted is ignored.",
        get("Connection: Upgrade", "Upgrade: h2c"), "200"),
]

KNOWN = [
    Row("MUST", "RFC 9110 §13.2.1", "Preconditions are evaluated: If-None-Match: * is 304.",
        get("If-None-Match: *"), "304", "stays", (),
        "Only an application knows what is there already, and in which state: chapter 12's does."),
    Row("SHOULD", "RFC 9110 §9.3.8", "TRACE reflects the request.",
        http("TRACE / HTTP/1.1"), "200", "stays", (),
        "Its answer shows a script what the browser keeps from it. The method is optional (§9.1)."),
]

# fmt: on

ROWS = [
    *PARSING,
    *REQUEST_LINE,
    *FIELDS,
    *LENGTHS,
    *CHUNKED,
    *EXPECT,
    *PERSISTENCE,
    *RESPONSES,
    *METHODS,
    *KNOWN,
]
