"""What *framework* gives to learners: contexts, sessions, JSON, error pages, the guest book."""

import json
import logging
import re
import shutil
import subprocess

import pytest

from course.tests.test_http_fuzz_on_the_wire import on_a_loop, on_threads
from solutions import ch14_framework
from solutions.ch09_request import Headers, HttpError, Request
from solutions.ch11_response import Response
from solutions.ch14_framework import (
    App,
    Client,
    Context,
    Fields,
    Signer,
    Templates,
    guest_book,
    is_local,
    is_loopback,
    parse_cookies,
    parse_json,
    see_other,
    sessions,
    set_cookie,
)
from solutions.multipart import Part

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
FORM = ("Content-Type", "application/x-www-form-urlencoded")
JSON = ("Content-Type", "application/json")
MULTIPART = ("Content-Type", "multipart/form-data; boundary=xyz")
UPLOAD = (
    b'--xyz\r\nContent-Disposition: form-data; name="who"\r\n\r\n\xc3\x85sa\r\n'
    b'--xyz\r\nContent-Disposition: form-data; name="photo"; filename="a%22b\\c.txt"\r\n'
    b"Content-Type: image/png\r\n\r\n\x89PNG\r\n--xyz--\r\n"
)


def context(target="/", *fields, content=b"", method="POST"):
    return Context(Request(method, target, (1, 1), Headers(fields), content))


def refusal(read):
    with pytest.raises(HttpError) as refused:
        read()
    return refused.value.status


# A context


def test_a_context_is_taken_for_a_request():
    request = Request("GET", "/a?b", (1, 0), Headers([("A", "b")]), b"c")
    found = Context(request)
    assert (found.method, found.target, found.version, found.headers, found.content) == request
    assert found.request is request


def test_query_and_form_are_fields():
    found = context("/?a=1&a=2&b", FORM, content="c=%C3%85s+d&e=é".encode())
    assert found.query == Fields([("a", "1"), ("a", "2"), ("b", "")])
    assert found.form == Fields([("c", "Ås d"), ("e", "é")])
    assert found.query.get("a") == "1"
    assert found.query.get_all("a") == ["1", "2"]
    assert found.query.get("x") is None
    assert "b" in found.query
    assert refusal(lambda: found.query["x"]) == 400
    assert found.form is found.form


def test_a_form_with_files_has_fields_and_files():
    found = context("/", MULTIPART, content=UPLOAD)
    assert found.form == Fields([("who", "Åsa")])
    photo = Part("photo", 'a"b\\c.txt', "image/png", b"\x89PNG")
    assert found.files == Fields([("photo", photo)])


def test_what_is_not_a_form_is_refused():
    assert context("/").form == Fields()
    assert context("/").files == Fields()
    assert refusal(lambda: context("/", JSON, content=b"{}").form) == 415
    assert refusal(lambda: context("/", content=b"a=1").form) == 415
    assert refusal(lambda: context("/", MULTIPART, content=UPLOAD[:-5]).form) == 400
    assert refusal(lambda: context("/", MULTIPART, content=UPLOAD[:-5]).files) == 400
    assert refusal(lambda: context("/", FORM, content=b"a&" * 1001).form) == 400


def test_cookies_of_several_lines_are_read_together():
    found = context("/", ("Cookie", "a=1; b=2"), ("cookie", "c=3; a=4"))
    assert found.cookies == {"a": "1", "b": "2", "c": "3"}
    assert context("/").cookies == {}


# JSON


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b'{"a": [1, 2.5, null, true, "\\u00e9"]}', {"a": [1, 2.5, None, True, "é"]}),
        ('"Å"'.encode(), "Å"),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b"[" * 50 + b"]" * 50, json.loads("[" * 50 + "]" * 50)),
        (b"9" * 4300, int("9" * 4300)),
    ],
)
def test_json_is_read(content, value):
    assert parse_json(content) == value
    found = context("/", ("Content-Type", "Application/JSON; charset=utf-8"), content=content)
    assert found.json == value


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"{'a': 1}", b'{"a": 1,}', b"\xff", b'"\xe9"', b"\xef\xbb\xbf{}", b"{}{}"),
        *(b"NaN", b"[-Infinity]", b'{"a": 1, "a": 1}', b'[{"a": {"b": 1, "b": 2}}]'),
        *(b"9" * 4301, b"[" * 100_000, b'{"a":' * 100_000, b'"\\ud800"', b'{"\\udfff": 1}'),
    ],
)
def test_json_that_two_programs_could_read_differently_is_refused(content):
    assert refusal(lambda: parse_json(content)) == 400


def test_json_has_its_type():
    for fields in ((), (FORM,), (("Content-Type", "text/plain"),)):
        assert refusal(lambda fields=fields: context("/", *fields, content=b"{}").json) == 415


# Cookies


@pytest.mark.parametrize(
    ("field", "cookies"),
    [
        ("foo=bar", {"foo": "bar"}),
        ("FOO    = bar;   baz  =   raz", {"FOO": "bar", "baz": "raz"}),
        ("", {}),
        (" \t ", {}),
        ("foo=; bar=", {"foo": "", "bar": ""}),
        ("f=;b=", {"f": "", "b": ""}),
        ('foo="bar=1&name=A+B"', {"foo": '"bar=1&name=A+B"'}),
        ("email=%20%22%2c%3b%2f", {"email": "%20%22%2c%3b%2f"}),
        (' foo = " a b " ', {"foo": '" a b "'}),
        ("\tfoo\t=\tbar\t", {"foo": "bar"}),
        (" = bar ", {}),
        ("   =   ", {}),
        ("foo=%1;bar=bar", {"foo": "%1", "bar": "bar"}),
        ("foo=bar;fizz  ;  buzz", {"foo": "bar"}),
        ("  fizz; foo=  bar", {"foo": "bar"}),
        ("foo=1;bar=2;foo=3", {"foo": "1", "bar": "2"}),
        ("foo=;bar=2;foo=3", {"foo": "", "bar": "2"}),
        ("toString=foo;__class__=bar", {"toString": "foo", "__class__": "bar"}),
        ("a=" + "=" * 5 + ";b", {"a": "====="}),
        (";;;;" * 1000 + "a=1", {"a": "1"}),
        ('{"a":1}=x; b=2', {'{"a":1}': "x", "b": "2"}),
    ],
)
def test_cookies_as_other_projects_test_them(field, cookies):
    assert parse_cookies(field) == cookies


@pytest.mark.parametrize(
    ("attributes", "end"),
    [
        ({}, "; Path=/; HttpOnly; SameSite=Lax"),
        ({"max_age": 1000}, "; Path=/; Max-Age=1000; HttpOnly; SameSite=Lax"),
        ({"max_age": 0}, "; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"),
        ({"max_age": 1}, "; Path=/; Max-Age=1; HttpOnly; SameSite=Lax"),
        ({"path": False, "same_site": False}, "; HttpOnly"),
        ({"max_age": -1}, "; Path=/; Max-Age=-1; HttpOnly; SameSite=Lax"),
        ({"domain": "example.com"}, "; Domain=example.com; Path=/; HttpOnly; SameSite=Lax"),
        ({"domain": ".example.com"}, "; Domain=.example.com; Path=/; HttpOnly; SameSite=Lax"),
        ({"path": "/a/b'c,d"}, "; Path=/a/b'c,d; HttpOnly; SameSite=Lax"),
        ({"same_site": "Strict"}, "; Path=/; HttpOnly; SameSite=Strict"),
        ({"secure": True, "http_only": False}, "; Path=/; Secure; SameSite=Lax"),
    ],
)
def test_attributes_as_other_projects_test_them(attributes, end):
    assert set_cookie("foo", "bar", **attributes) == ("Set-Cookie", f"foo=bar{end}")


@pytest.mark.parametrize(
    "name", ["foo bar", "foo\n", "foo=", "foo;", "f\u2014o", "", "foo\0", "[foo]"]
)
def test_names_that_are_not_tokens_are_refused(name):
    with pytest.raises(ValueError, match="not the name of a cookie"):
        set_cookie(name, "bar")


@pytest.mark.parametrize("value", ["a b", "+ \n", "a;b", "a,b", 'a"b', '"ab"', "a\\b", "a\0", "ü"])
def test_values_that_are_not_cookie_octets_are_refused(value):
    with pytest.raises(ValueError, match="cannot be the value of a cookie"):
        set_cookie("foo", value)


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        ({"path": "/a;b"}, "ends at a semicolon"),
        ({"domain": "a.test; Secure"}, "ends at a semicolon"),
        ({"same_site": ";"}, "ends at a semicolon"),
        *(({name: False}, "no such attributes") for name in ("maxage", "httponly", "Path")),
    ],
)
def test_attributes_that_a_browser_would_misread_are_refused(attributes, why):
    with pytest.raises(ValueError, match=why):
        set_cookie("foo", "bar", **attributes)


# Sessions


class Shop:
    """An app that looks at its session in one way for each page, and its visitor."""

    def __init__(self, *keys):
        self.now = 1_000_000
        app = App(sessions(Signer(*keys), 600, clock=lambda: self.now))
        self.client = Client(app)
        looks = {
            "get": lambda session: session.get("name"),
            "in": lambda session: "name" in session,
            "len": len,
            "list": list,
            "nothing": lambda _session: "",
            "set": lambda session: session.__setitem__("name", "Ada"),
            "nested": lambda session: session.setdefault("list", []).append(1),
            "clear": lambda session: session.clear(),
        }

        @app.get("/{how}")
        def look(context, how):
            return Response(str(looks[how](context.session)).encode())

        @app.get("/fails/set")
        def fails(context):
            context.session["name"] = "Ada"
            raise RuntimeError("a bug")

    def ask(self, how):
        response = self.client.get(f"/{how}")
        names = [name for name, _value in response.fields]
        return response.content.decode(), [name for name in names if name != "Content-Type"]


def test_a_session_is_kept_by_the_client():
    shop = Shop(KEY)
    assert shop.ask("get") == ("None", ["Vary"])
    assert shop.ask("set") == ("None", ["Vary", "Set-Cookie"])
    assert shop.ask("get") == ("Ada", ["Vary"])
    assert shop.ask("set") == ("None", ["Vary"])  # nothing has changed
    assert shop.ask("clear") == ("None", ["Vary", "Set-Cookie"])
    assert shop.client.cookies == {}


@pytest.mark.parametrize("how", ["get", "in", "len", "list"])
def test_looking_in_any_way_makes_the_response_vary(how):
    shop = Shop(KEY)
    assert shop.ask(how)[1] == ["Vary"]
    shop.ask("set")
    assert shop.ask(how)[1] == ["Vary"]
    assert shop.ask("nothing")[1] == []


def test_a_list_in_a_session_may_change():
    shop = Shop(KEY)
    for count in (1, 2):
        assert shop.ask("nested")[1] == ["Vary", "Set-Cookie"]
        assert shop.ask("len")[0] == "1"
        assert json.loads(decoded(shop)) == {"list": [1] * count}


def decoded(shop):
    return ch14_framework.to_octets(shop.client.cookies["session"].partition(".")[0])


def test_a_session_lasts_as_long_as_it_should():
    shop = Shop(KEY)
    shop.ask("set")
    shop.now += 600
    assert shop.ask("get")[0] == "Ada"
    shop.now += 1
    assert shop.ask("get")[0] == "None"


def test_forged_sessions_are_empty():
    shop = Shop(KEY)
    shop.ask("set")
    good = shop.client.cookies["session"]
    value, then, signature = good.split(".")
    forged = ch14_framework.to_text(b'{"name":"admin"}')
    for cookie in (
        f"{forged}.{then}.{signature}",
        f"{value}.{int(then) + 1}.{signature}",
        f"{value}.{then}.{signature[:-1]}A",
        forged,
        f"{forged}.{then}.",
        "",
        "é.ü.ö",
        Signer(OTHER_KEY).sign(b'{"name":"admin"}', shop.now),
    ):
        shop.client.cookies["session"] = cookie
        assert shop.ask("get") == ("None", ["Vary"]), cookie
    shop.client.cookies["session"] = good
    assert shop.ask("get") == ("Ada", ["Vary"])


def test_a_key_that_was_swapped_is_refused_and_a_key_that_was_added_is_not():
    shop, swapped, rotated = Shop(KEY), Shop(OTHER_KEY), Shop(OTHER_KEY, KEY)
    shop.ask("set")
    for other, name in ((swapped, "None"), (rotated, "Ada")):
        other.client.cookies = dict(shop.client.cookies)
        assert other.ask("get")[0] == name
    rotated.ask("nested")
    assert rotated.client.cookies["session"] != shop.client.cookies["session"]
    shop.client.cookies = dict(rotated.client.cookies)
    assert shop.ask("get")[0] == "None"


def test_a_page_that_fails_keeps_its_session(caplog):
    shop = Shop(KEY)
    with caplog.at_level(logging.CRITICAL):
        response = shop.client.get("/fails/set")
    assert response.status == 500
    assert shop.ask("get")[0] == "Ada"


def test_a_signer_needs_a_key():
    for keys in ((), (b"",), (b"short",), (KEY, b"short")):
        with pytest.raises(ValueError, match="key of at least 16 octets"):
            Signer(*keys)


# Errors


@pytest.fixture
def app():
    app = App(adds_a_field)

    @app.get("/")
    def home(_context):
        return Response(b"home")

    @app.get("/missing")
    def missing(_context):
        raise HttpError(404, "no such book", "RFC 9110 §15.5.5")

    @app.get("/own")
    def own(_context):
        return Response(b"mine", 404)

    @app.get("/broken")
    def broken(_context):
        raise RuntimeError("a <b>bug</b>")

    return app


def adds_a_field(context, inside):
    response = inside(context)
    return response._replace(fields=[*response.fields, ("X-Layer", "here")])


def asked(app, target, method="GET", **fields):
    lines = [(name.replace("_", "-"), value) for name, value in fields.items()]
    return app(Request(method, target, (1, 1), Headers(lines)))


def test_every_response_goes_through_the_layers(app, caplog):
    with caplog.at_level(logging.CRITICAL):
        for target, status in (("/", 200), ("/missing", 404), ("/nowhere", 404), ("/broken", 500)):
            response = asked(app, target)
            assert response.status == status
            assert ("X-Layer", "here") in response.fields


def test_a_page_for_an_error_keeps_its_status_and_its_fields(app, caplog):
    @app.error(404)
    def nothing(context, problem):
        return Response(f"{problem.status} at {context.target}".encode(), 200, [("X-Page", "1")])

    @app.error(405)
    def not_so(_context, _problem):
        return Response(b"not so", 200, [("Content-Type", "text/html")])

    @app.error(500)
    def sorry(_context, _problem):
        return Response(b"sorry")

    for target in ("/nowhere", "/missing"):
        response = asked(app, target)
        assert (response.status, response.content) == (404, f"404 at {target}".encode())
        assert ("X-Page", "1") in response.fields
    assert asked(app, "/own").content == b"mine"  # the page itself has said this
    response = asked(app, "/", "DELETE")
    assert (response.status, response.content) == (405, b"not so")
    assert ("Allow", "GET, HEAD, OPTIONS") in response.fields
    assert [value for name, value in response.fields if name == "Content-Type"] == ["text/html"]
    with caplog.at_level(logging.CRITICAL):
        response = asked(app, "/broken")
    assert (response.status, response.content) == (500, b"sorry")


def test_a_page_that_fails_is_left_out(app, caplog):
    @app.error(404)
    def broken_page(_context, _problem):
        raise KeyError("another bug")

    response = asked(app, "/nowhere")
    assert (response.status, response.content) == (404, b"There is nothing here.\n")
    assert "the page for 404 failed" in caplog.text


def test_a_bug_is_logged_and_the_client_learns_nothing(app, caplog):
    response = asked(app, "/broken", Host="localhost")
    assert response.content == b"Internal Server Error\n"
    assert "RuntimeError: a <b>bug</b>" in caplog.text


@pytest.mark.parametrize(
    ("host", "local"),
    [
        *((host, True) for host in ("localhost", "LocalHost:8000", "127.0.0.1", "127.1.2.3:80")),
        *((host, True) for host in ("[::1]", "[::1]:8000")),
        *((host, False) for host in ("evil.example", "127.0.0.1.evil.example", "localhost.evil")),
        *((host, False) for host in ("", "evil.example:127", "0.0.0.0", "10.0.0.1", "[::]")),
        (None, False),
    ],
)
def test_the_debug_page_is_for_this_machine(app, host, local, caplog):
    app.debug = True
    fields = {} if host is None else {"Host": host}
    with caplog.at_level(logging.CRITICAL):
        response = asked(app, "/broken", **fields)
    assert is_local(host) == local
    assert response.status == 500
    assert (b"Traceback" in response.content) == local
    assert b"<b>bug" not in response.content
    assert ("X-Layer", "here") in response.fields


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        *((address, True) for address in ("127.0.0.1", "127.1.2.3", "::1")),
        *((address, False) for address in ("0.0.0.0", "::", "", "10.0.0.1", "localhost")),
    ],
)
def test_only_a_server_on_a_loopback_address_shows_its_code(address, loopback, monkeypatch):
    served = []
    monkeypatch.setattr(ch14_framework, "serve_site", lambda app, *_: served.append(app))
    ch14_framework.serve(address, 0, on_loop=False)
    response = asked(served[0], "/broken", Host="localhost")
    assert response.status == 500
    assert is_loopback(address) == loopback
    assert (b"Traceback" in response.content) == loopback


def test_an_app_shows_no_code_unless_it_is_told_to(app, caplog):
    with caplog.at_level(logging.CRITICAL):
        assert b"Traceback" not in asked(app, "/broken", Host="localhost").content


def test_other_errors_have_no_debug_page(app):
    app.debug = True
    assert b"Traceback" not in asked(app, "/missing", Host="localhost").content


# The rest


def test_see_other_makes_the_client_use_get():
    response = see_other("/book?page=2")
    assert (response.status, dict(response.fields)["Location"]) == (303, "/book?page=2")


def test_templates_escape_what_is_filled_in():
    templates = Templates(hello='<p title="{{ name }}">{{ name }}', broken="{{ nobody }}")
    response = templates.render("hello", name='<i>"Ada"</i> & co')
    escaped = "&lt;i&gt;&#34;Ada&#34;&lt;/i&gt; &amp; co"
    assert response.content.decode() == f'<p title="{escaped}">{escaped}'
    assert response.fields == [("Content-Type", "text/html; charset=utf-8")]
    with pytest.raises(Exception, match="nobody"):
        templates.render("broken")


def test_the_client_refuses_what_a_server_could_not_send():
    with pytest.raises(ValueError, match="only the server writes"):
        Client(lambda _request: Response(b"", 200, [("Content-Length", "1")])).get("/")
    assert Client(lambda _request: Response(iter([b"a", b"b"]))).get("/").content == b"ab"


# The guest book


def test_the_guest_book_escapes_remembers_and_forgets():
    client = Client(guest_book(Signer(KEY)))
    response = client.post("/", name="<i>Ada</i>", text="Hello,\nworld & co")
    assert (response.status, dict(response.fields)["Location"]) == (303, "/")
    page = client.get("/").content.decode()
    assert "&lt;i&gt;Ada&lt;/i&gt;" in page
    assert "<i>" not in page
    assert "You have signed 1 time." in page
    client.post("/", name="Ada", text="again")
    assert "You have signed 2 times." in client.get("/").content.decode()
    client.post("/forget")
    assert client.cookies == {}
    assert "You have signed" not in client.get("/").content.decode()


def test_the_guest_book_says_what_is_missing():
    client = Client(guest_book(Signer(KEY)))
    response = client.post("/", name="Ada")
    assert (response.status, response.content) == (
        400,
        b"400: the field text is missing (RFC 9110 \xc2\xa715.5.1)\n",
    )


@pytest.fixture(params=[on_threads, on_a_loop])
def address(request):
    with request.param(guest_book(Signer(KEY))) as address:
        yield address


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl_uploads_a_file_and_its_cookie_cannot_be_forged(address, tmp_path):
    url = "http://{}:{}/".format(*address)
    file = tmp_path / "upload"
    file.write_bytes(b"\r\n--\x00\xff\r\n")
    jar = tmp_path / "jar"

    def curl(*arguments):
        command = ["curl", "-s", "--max-time", "20", *arguments, url]
        return subprocess.run(command, capture_output=True, check=True).stdout.decode()

    upload = rf'file=@{file};filename="a\"b\\c.txt"'
    curl("-c", jar, "-L", "-F", "name=Åsa", "-F", "text=hello", "-F", upload)
    page = curl("-b", jar)
    assert "<b>Åsa</b>" in page
    assert "<code>a&#34;b\\c.txt</code>" in page
    assert "8 octets: 0d 0a 2d 2d 00 ff 0d 0a" in page
    assert "You have signed 1 time." in page
    forged = re.sub(r"(session\s+)\S{4}", r"\1AAAA", jar.read_text())
    jar.write_text(forged)
    assert "You have signed" not in curl("-b", jar)
