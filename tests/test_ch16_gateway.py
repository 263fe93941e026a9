"""The promises of chapter 16: what a server and an application of WSGI agree on."""

import io
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import unquote, unquote_to_bytes

from course.checks.answers import Attempt, MissingName, Unreadable
from course.checks.expect import (
    NOT_GIVEN,
    Given,
    Literally,
    Raised,
    broken,
    described,
    holds,
    refusal,
    same,
)
from course.checks.promises import Misconception, promise
from tests import beliefs

HEAD = ("200 OK", [("Content-Type", "text/plain")])
Fields = list[tuple[str, str]]
ONE_NAME = (
    "Look at the case of the letters in this name. Which case does your code expect?",
    "The name of a field may come in any case (RFC 9110 §5.1): Cookie, cookie and COOKIE are one name.",
    "Compare name.lower() with a name in lower case.",
)


@promise(
    task=1,
    usually=beliefs.LAST_LINE_COUNTS,
    hints=(
        "Which characters of X-Name differ from HTTP_X_NAME?",
        "Letters become upper case, every hyphen becomes an underscore, and HTTP_ comes first.",
        '"HTTP_" + name.upper().replace("-", "_")',
    ),
)
def test_fields_become_variables(chapter: Attempt) -> None:
    """A field X-Name becomes HTTP_X_NAME, whatever the case of its letters."""
    for fields, expected in (
        ([("X-Name", "a")], {"HTTP_X_NAME": "a"}),
        ([("host", "h:80")], {"HTTP_HOST": "h:80"}),
        ([("X-Forwarded-For", "a, b")], {"HTTP_X_FORWARDED_FOR": "a, b"}),
        ([("ACCEPT", "*/*"), ("te", "")], {"HTTP_ACCEPT": "*/*", "HTTP_TE": ""}),
        ([("X-A", "j\xe9 "), ("X.B!", "C-d_e")], {"HTTP_X_A": "j\xe9 ", "HTTP_X.B!": "C-d_e"}),
        ([], {}),
    ):
        becomes(chapter, fields, expected)


@promise(
    task=1,
    usually=beliefs.LAST_LINE_COUNTS,
    hints=(
        "The same name can come several times. What does one key of a dictionary have room for?",
        "Several lines with one name mean a list: join their values by a comma and a space.",
        '", ".join(headers.get_all(name))',
    ),
)
def test_lines_of_a_name_are_joined(chapter: Attempt) -> None:
    """Several lines with one name, in any case, become one value, in their order."""
    for fields, expected in (
        ([("X-Name", "b"), ("X-Name", "a")], {"HTTP_X_NAME": "b, a"}),
        ([("x-name", "a"), ("X-Name", "b")], {"HTTP_X_NAME": "a, b"}),
        ([("Via", "c"), ("Via", "a"), ("VIA", "b")], {"HTTP_VIA": "c, a, b"}),
        ([("A", "1"), ("B", "2"), ("A", "3")], {"HTTP_A": "1, 3", "HTTP_B": "2"}),
        ([("A", ""), ("A", "1"), ("A", "1")], {"HTTP_A": ", 1, 1"}),
        ([("A", "1"), ("A-B", "2"), ("AB", "3")], {"HTTP_A": "1", "HTTP_A_B": "2", "HTTP_AB": "3"}),
    ):
        becomes(chapter, fields, expected)


@promise(
    task=1,
    usually=beliefs.COOKIES_ARE_A_LIST,
    hints=(
        "Where does the first cookie end for an application that reads this value?",
        "The value of a cookie may have a comma in it. A semicolon separates cookies.",
        'The separator is "; " if name.lower() == "cookie".',
    ),
    hints_if={"case": ONE_NAME},
)
def test_cookies_are_joined_by_semicolons(chapter: Attempt) -> None:
    """Several Cookie lines are joined by a semicolon and a space."""
    for fields, expected in (
        ([("Cookie", "a=1"), ("Cookie", "b=2")], {"HTTP_COOKIE": "a=1; b=2"}),
        ([("cookie", "a=1,2"), ("COOKIE", "b=3; c=4")], {"HTTP_COOKIE": "a=1,2; b=3; c=4"}),
        ([("Cookie", "a=1")], {"HTTP_COOKIE": "a=1"}),
        (
            [("Cookie2", "a"), ("Cookie2", "b"), ("Set-Cookie", "c"), ("Set-Cookie", "d")],
            {"HTTP_COOKIE2": "a, b", "HTTP_SET_COOKIE": "c, d"},
        ),
    ):
        becomes(chapter, fields, expected, clue="case")


@promise(
    task=1,
    usually=beliefs.EVERY_FIELD_IS_HTTP,
    hints=(
        "Who else writes a variable for the type and the length of the content?",
        "copied_variables() and build_environ() do. Compare each name with ABOUT_CONTENT.",
        "if name.lower() in ABOUT_CONTENT: continue",
    ),
    hints_if={"case": ONE_NAME},
)
def test_what_is_about_the_content(chapter: Attempt) -> None:
    """Content-Type, Content-Length and Transfer-Encoding are left out, in any case."""
    for fields, expected in (
        ([("Content-Type", "text/plain")], {}),
        ([("Content-Length", "5")], {}),
        ([("content-length", "5"), ("A", "b")], {"HTTP_A": "b"}),
        ([("Transfer-Encoding", "chunked")], {}),
        ([("content-type", "text/plain"), ("A", "b")], {"HTTP_A": "b"}),
        ([("TRANSFER-ENCODING", "chunked"), ("A", "b")], {"HTTP_A": "b"}),
        (
            [("Content-Types", "a"), ("X-Content-Length", "1"), ("Content-Encoding", "gzip")],
            {
                "HTTP_CONTENT_TYPES": "a",
                "HTTP_X_CONTENT_LENGTH": "1",
                "HTTP_CONTENT_ENCODING": "gzip",
            },
        ),
    ):
        becomes(chapter, fields, expected, clue="case")


@promise(
    task=1,
    usually=beliefs.UNDERSCORE_IS_HARMLESS,
    hints=(
        "What do X-User and X_User become? Which of them may a client have written?",
        "Leave out every field that has an underscore in its name, before you replace anything.",
        'if "_" in name: continue',
    ),
)
def test_underscores_are_left_out(chapter: Attempt) -> None:
    """A field with an underscore in its name is left out."""
    for fields, expected in (
        ([("X_Name", "a")], {}),
        ([("X-Name", "a"), ("X_Name", "b")], {"HTTP_X_NAME": "a"}),
        ([("X_Name", "b"), ("X-Name", "a")], {"HTTP_X_NAME": "a"}),
        ([("X_Name", "a"), ("B", "c")], {"HTTP_B": "c"}),
        ([("Content_Type", "a"), ("Content_Length", "9"), ("_", "b"), ("a_b-c", "d")], {}),
        ([("A", "b_c")], {"HTTP_A": "b_c"}),
    ):
        becomes(chapter, fields, expected)


@promise(
    task=2,
    usually=beliefs.PATH_IS_TEXT,
    hints=(
        "Which characters may a text of WSGI have? How many octets are in %C3%A5?",
        "Decode the escapes to bytes. Then make each byte a character: that is latin-1.",
        'unquote_to_bytes(path).decode("latin-1")',
    ),
)
def test_path_is_decoded(chapter: Attempt) -> None:
    """PATH_INFO is the path: escapes become octets, and each octet a character."""
    for target, path in (
        ("/", "/"),
        ("/a/b", "/a/b"),
        ("/a%20b", "/a b"),
        ("/%C3%A5", "/\xc3\xa5"),
        ("/%ff%00", "/\xff\x00"),
        ("/%80%9D", "/\x80\x9d"),
        ("/a%2Fb", "/a/b"),
        ("/%2541", "/%41"),
        ("/a+b;c=d", "/a+b;c=d"),
        ("//a//b/", "//a//b/"),
        ("/%zz%", "/%zz%"),
        ("/a%3Fb?c", "/a?b"),
        ("/%2A", "/*"),
    ):
        got = environ_of(chapter, target)["PATH_INFO"]
        usually = misread_path(target, path, got)
        same("PATH_INFO:", sent=asking(target), expected=path, got=got, usually=usually)


@promise(
    task=2,
    usually=beliefs.QUERY_IS_DECODED,
    hints=(
        "Who decodes a query: the server, or whoever knows where its fields begin?",
        "split_target() has cut the query off. Decode the path only.",
        'host, path, environ["QUERY_STRING"] = split_target(request.target)',
    ),
)
def test_query_is_not_decoded(chapter: Attempt) -> None:
    """QUERY_STRING is what follows the first question mark, as it was sent."""
    for target, query in (
        ("/a?b=c", "b=c"),
        ("/a?b=%26%20+&c", "b=%26%20+&c"),
        ("/a?b?c", "b?c"),
        ("/a?", ""),
        ("/a", ""),
        ("/a%3Fb?c", "c"),
        ("/a?b/c=http://h/d", "b/c=http://h/d"),
    ):
        got = environ_of(chapter, target)["QUERY_STRING"]
        decoded = got == unquote(query) and got != query
        usually = beliefs.QUERY_IS_DECODED if decoded else None
        same("QUERY_STRING:", sent=asking(target), expected=query, got=got, usually=usually)


@promise(
    task=2,
    usually=beliefs.HOST_FIELD_IS_THE_HOST,
    hints=(
        "Which host does the client mean if the target names another one than the field Host?",
        "split_target() returns the target's host first: None if the target has none.",
        'if host: environ["HTTP_HOST"] = host',
    ),
)
def test_other_forms_of_a_target(chapter: Attempt) -> None:
    """HTTP_HOST is the host in the target, if there is one; PATH_INFO and QUERY_STRING follow it."""
    for target, path, query, host in (
        ("http://h:80/a", "/a", "", "h:80"),
        ("http://h/a%20b?c=%20", "/a b", "c=%20", "h"),
        ("http://h", "/", "", "h"),
        ("http://h?a", "/", "a", "h"),
        ("HTTP://[::1]:8/x", "/x", "", "[::1]:8"),
        ("https://h/h/h", "/h/h", "", "h"),
        ("http://H.test:80/", "/", "", "H.test:80"),
        ("http://h/a?http://i/b", "/a", "http://i/b", "h"),
        ("/http://h/a", "/http://h/a", "", "field.test"),
        ("/a?http://h/b", "/a", "http://h/b", "field.test"),
        ("*", "", "", "field.test"),
    ):
        environ = environ_of(chapter, target)
        sent = Given(f"{asking(target)}\nHost: field.test")
        for variable, expected in (
            ("HTTP_HOST", host),
            ("PATH_INFO", path),
            ("QUERY_STRING", query),
        ):
            got = environ.get(variable)
            is_field = got == "field.test" and host not in environ.values()
            usually = beliefs.HOST_FIELD_IS_THE_HOST if is_field else None
            same(f"{variable}:", sent=sent, expected=expected, got=got, usually=usually)
        name = environ.get("SERVER_NAME")
        same("SERVER_NAME:", sent=sent, expected="127.0.0.1", got=name, usually=None)
    request = chapter.Request("GET", "http://h/a", (1, 0), chapter.Headers([]), b"")
    got = chapter.build_environ(request, a_name(chapter)).get("HTTP_HOST")
    what = "The request has no field Host. HTTP_HOST:"
    same(what, sent=asking("http://h/a"), expected="h", got=got, usually=None)
    request = chapter.Request("GET", "/a", (1, 0), chapter.Headers([]), b"")
    got = chapter.build_environ(request, a_name(chapter)).get("HTTP_HOST", "not there")
    what = "The request has no field Host, and its target has no host. HTTP_HOST:"
    same(what, sent=asking("/a"), expected="not there", got=got, usually=None)


@promise(
    task=2,
    usually=beliefs.LENGTH_IS_A_FIELD,
    hints=(
        "How long is content that came in chunks? Does any field say so?",
        "Count the content. The fields only say whether there is any.",
        'If "content-length" or "transfer-encoding" is in request.headers: str(len(request.content)).',
    ),
)
def test_content_length_is_counted(chapter: Attempt) -> None:
    """CONTENT_LENGTH is the number of octets, if a field says that there is content."""
    for fields, content, expected in (
        ([("Content-Length", "5")], b"hello", "5"),
        ([("Transfer-Encoding", "chunked")], b"hello!", "6"),
        ([("transfer-encoding", "Chunked")], b"", "0"),
        ([("content-length", "0")], b"", "0"),
        ([("Content-Length", "005")], b"hello", "5"),
        ([("Content-Length", "3")], b"\xc3\xa5\xff", "3"),
        ([], b"", None),
        ([("Content_Length", "5"), ("Content-Type", "a/b")], b"", None),
    ):
        got = environ_of(chapter, "/", fields, content).get("CONTENT_LENGTH")
        what = "CONTENT_LENGTH (None means that it is missing):"
        chunked = content != b"" and fields[0][0].lower() == "transfer-encoding"
        usually = beliefs.LENGTH_IS_A_FIELD if chunked and got is None else None
        sent = Given(f"{shown(fields)}\ncontent: {content!r}")
        same(what, sent=sent, expected=expected, got=got, usually=usually)


@promise(
    task=2,
    usually=beliefs.NO_CONTENT_NO_INPUT,
    hints=(
        "What does an application do that reads the content of a GET?",
        "Every environ has wsgi.input, an object that is read like a file. BytesIO makes one.",
        'environ["wsgi.input"] = BytesIO(request.content)',
    ),
)
def test_input_can_be_read(chapter: Attempt) -> None:
    """wsgi.input is a BytesIO with the content, at its beginning, in every environ."""
    for content in (b"ab\ncd", b"", b"\x00\xff" * 40000):
        fields = [("Transfer-Encoding", "chunked")] if content else []
        environ = environ_of(chapter, "/", fields, content)
        got = environ.get("wsgi.input")
        usually = beliefs.NO_CONTENT_NO_INPUT if got is None and not content else None
        is_one = isinstance(got, io.BytesIO)
        kind = Literally("a BytesIO")
        sent = Given(f"content: {content[:20]!r}")
        holds("wsgi.input:", is_one, sent=sent, expected=kind, got=got, usually=usually)
        assert isinstance(got, io.BytesIO)
        environ_of(chapter, "/", fields, b"of another request")
        same("wsgi.input.read():", sent=sent, expected=content, got=got.read(), usually=None)


@promise(
    task=2,
    usually=beliefs.ENVIRON_IS_SHARED,
    hints=(
        "Two functions return variables. Has your dictionary all of both?",
        "Pass request, name and secured on. a | b is a new dict with all that is in a and in b.",
        "copied_variables(request, name, secured) | field_variables(request.headers)",
    ),
    hints_if={
        beliefs.ENVIRON_IS_SHARED: (
            "An application has changed its environ. Who sees that?",
            "Each call makes a new dictionary. Nothing that it is made of is kept.",
            "Build the dictionary inside the function.",
        ),
    },
)
def test_the_rest_of_the_environ(chapter: Attempt) -> None:
    """The environ has what is copied, and the fields; it is a new dictionary each time."""
    name = a_name(chapter)
    for method, version, secured in (
        ("GET", (1, 1), False),
        ("POST", (1, 0), True),
        ("get", (1, 1), True),
    ):
        headers = chapter.Headers([("Host", "h"), ("A", "b"), ("Content-Type", "c/d")])
        request = chapter.Request(method, "/%41?b", version, headers, b"")
        environ = chapter.build_environ(request, name, secured)
        given = chapter.copied_variables(request, name, secured)
        expected = given | {"HTTP_HOST": "h", "HTTP_A": "b", "CONTENT_TYPE": "c/d"}
        what = f"build_environ(), for {method} with version {version}, secured={secured}."
        holds(what, type(environ) is dict, expected=dict, got=type(environ), usually=None)
        for key, value in expected.items():
            same(f"{what} {key}:", expected=value, got=environ.get(key), usually=None)
        more = {"PATH_INFO", "QUERY_STRING", "wsgi.input"}
        same(
            f"{what} Its keys:",
            expected=sorted(expected.keys() | more),
            got=sorted(environ.keys() - {"CONTENT_LENGTH"}),
            usually=None,
        )
        environ.clear()
        again = chapter.build_environ(request, name, secured)
        same(
            "The application has cleared its environ. The next one has as many variables:",
            expected=len(expected) + 3,
            got=len(again.keys() - {"CONTENT_LENGTH"}),
            usually=beliefs.ENVIRON_IS_SHARED,
        )
        usual = chapter.build_environ(request, name)["wsgi.url_scheme"]
        same("Without `secured`. wsgi.url_scheme:", expected="http", got=usual, usually=None)


@promise(
    task=3,
    usually=beliefs.OLD_HEAD_WILL_DO,
    hints=(
        "What has to be kept for the server, and what does the application get back?",
        "Keep status, fields and length in self. Return the method write, without calling it.",
        "self.status, self.fields = status, fields; return self.write",
    ),
)
def test_head_is_kept(chapter: Attempt) -> None:
    """start_response() keeps status, fields and length, and returns `write`."""
    for status, fields, length in (
        ("200 OK", [("A", "b")], None),
        ("404 Not Found", [("Content-Length", "5"), ("A", "b"), ("A", "c")], 5),
        ("299 ", [("content-length", "0")], 0),
        ("500 Oh no", [], None),
    ):
        started = chapter.Started()
        write = started.start_response(status, list(fields))
        what = f"start_response({status!r}, {fields!r})"
        usually = NOT_GIVEN if write is None else None
        same(f"{what} returned:", expected=started.write, got=write, usually=usually)
        for name, expected in (
            ("status", status),
            ("fields", fields),
            ("length", length),
            ("is_out", False),
            ("blocks", []),
        ):
            got = getattr(started, name)
            got = list(got) if name == "blocks" else got
            same(f"{name}:", sent=Given(what), expected=expected, got=got, usually=None)
    other = chapter.Started()
    same("Another Started. status:", expected="", got=other.status, usually=None)


@promise(
    task=3,
    usually=beliefs.SECOND_CALL_REPLACES,
    hints=(
        "May an application call again because it has changed its mind?",
        "Only with exc_info. `was_called` says whether this is a later call.",
        "if self.was_called and not exc_info: raise RuntimeError(…)",
    ),
    hints_if={
        beliefs.REFUSED_IS_NO_CALL: (
            "The first call raised an error. Was it a call?",
            "It was: set was_called before anything can be refused.",
            "self.was_called = True, above check_head().",
        ),
    },
)
def test_second_call_is_refused(chapter: Attempt) -> None:
    """A second call without exc_info is a RuntimeError, also if the first one was refused."""
    started = chapter.Started()
    started.start_response(*HEAD)
    with refusal("start_response() was called twice.", RuntimeError):
        started.start_response(*HEAD)
    with refusal("It was called a third time, with None as exc_info.", RuntimeError):
        started.start_response(*HEAD, None)
    for bad in (("200", []), ("200 OK", [("Connection", "close")]), ("200 OK", ())):
        started = chapter.Started()
        described(partial(started.start_response, *bad))
        what = f"start_response{bad!r} was refused; then there was a call without exc_info."
        with refusal(what, RuntimeError, usually=beliefs.REFUSED_IS_NO_CALL):
            started.start_response(*HEAD)


@promise(
    task=3,
    usually=beliefs.EXC_INFO_IS_FATAL,
    hints=(
        "The application has failed before anything was sent. What does the visitor want to see?",
        "As long as `is_out` is False, the new head takes the place of the old one.",
        "Only `exc_info and self.is_out` raises. Otherwise go on as in the first call.",
    ),
)
def test_head_is_replaced(chapter: Attempt) -> None:
    """With exc_info, a new head replaces the old one, as long as the head is not out."""
    error = exc_info_of(ZeroDivisionError("a bug"))
    started = chapter.Started()
    started.start_response("200 OK", [("Content-Length", "5"), ("A", "b")])
    fields = [("C", "d")]
    write = described(lambda: started.start_response("500 Oh no", fields, error))
    what = "The head is not out. A second call, with exc_info, returned:"
    fatal = isinstance(write, Raised) and "ZeroDivisionError" in write
    usually = beliefs.EXC_INFO_IS_FATAL if fatal else None
    same(what, expected=started.write, got=write, usually=usually)
    got = (started.status, started.fields, started.length)
    expected = ("500 Oh no", fields, None)
    same("status, fields and length:", expected=expected, got=got, usually=None)
    started.write(b"a")
    started.start_response("503 Later", [], error)
    same("A third call. status:", expected="503 Later", got=started.status, usually=None)
    what = "Before the third call, write() was given a block. blocks:"
    same(what, expected=[b"a"], got=list(started.blocks), usually=None)
    started = chapter.Started()
    write = described(lambda: started.start_response("500 Oh no", [], error))
    what = "The first call has exc_info. It returned:"
    same(what, expected=started.write, got=write, usually=usually)
    same("status:", expected="500 Oh no", got=started.status, usually=None)
    what = "The first call has exc_info, and the second one has none."
    with refusal(what, RuntimeError, usually=None):
        started.start_response(*HEAD)
    started = chapter.Started()
    described(lambda: started.start_response("200", []))
    write = described(lambda: started.start_response("500 Oh no", [], error))
    what = "The first call was refused. The second one, with exc_info, returned:"
    same(what, expected=started.write, got=write, usually=None)


@promise(
    task=3,
    usually=beliefs.EXC_INFO_ALWAYS_REPLACES,
    hints=(
        "The head is out. Can another one still be sent?",
        "No. The error that the application caught has to end it: raise that error again.",
        "if exc_info and self.is_out: raise exc_info[1]",
    ),
)
def test_error_is_raised_again(chapter: Attempt) -> None:
    """With exc_info, when the head is out, the exception in it is raised again."""
    for error in (ZeroDivisionError("a"), KeyError("b"), SystemExit(3)):
        started = chapter.Started()
        started.start_response(*HEAD)
        started.is_out = True
        got = raised_by(partial(started.start_response, "500 Oh no", [], exc_info_of(error)))
        accepted = not isinstance(got, BaseException) and isinstance(error, Exception)
        what = "The head is out. start_response() was called with exc_info, and raised:"
        usually = beliefs.EXC_INFO_ALWAYS_REPLACES if accepted else None
        returned = not isinstance(got, BaseException)
        shown_got = Literally("nothing: it returned") if returned else got
        holds(what, got is error, expected=error, got=shown_got, usually=usually)
        same("status:", expected=HEAD[0], got=started.status, usually=None)


@promise(
    task=3,
    usually=beliefs.OLD_HEAD_WILL_DO,
    hints=(
        "A call is refused. Which head would the server send now?",
        "Forget the old head before you check the new one. Keep the new one when all checks are done.",
        'self.status = "" first; then check_head() and length_of(); then keep.',
    ),
)
def test_a_refused_head_is_not_kept(chapter: Attempt) -> None:
    """What check_head() or length_of() refuses raises their error, and no head is left."""
    error = exc_info_of(ZeroDivisionError("a bug"))
    for status, fields, kind in (
        ("200", [], ValueError),
        ("200 O\nK", [], ValueError),
        (200, [], TypeError),
        ("200 OK", (), TypeError),
        ("200 OK", [("A", "b\r\nC: d")], ValueError),
        ("200 OK", [("A b", "c")], ValueError),
        ("200 OK", [("A", 1)], TypeError),
        ("200 OK", [("A", "✓")], ValueError),
        ("200 OK", [("Content-Length", "-1")], ValueError),
        ("200 OK", [("Content-Length", "1"), ("content-length", "2")], ValueError),
        ("200 OK", [("Connection", "close")], ValueError),
    ):
        what = f"start_response({status!r}, {fields!r})"
        started = chapter.Started()
        with refusal(f"{what} was called.", kind, usually=None):
            started.start_response(status, fields)
        same(f"{what}. status:", expected="", got=started.status, usually=None)
        started = chapter.Started()
        started.start_response(*HEAD)
        described(partial(started.start_response, status, fields, error))
        what = f"{what}, in place of an earlier head. status:"
        usually = beliefs.OLD_HEAD_WILL_DO if started.status == HEAD[0] else None
        same(what, expected="", got=started.status, usually=usually)


@promise(
    task=4,
    usually=beliefs.ARGUMENTS_HAVE_NAMES,
    hints=(
        "What does the application get, and how do you get its blocks?",
        "Call application(environ, started.start_response). It returns an iterable of blocks.",
        "return started.response(first, others, blocks)",
    ),
)
def test_application_is_called(chapter: Attempt) -> None:
    """The application is called with the environ and start_response; the response is what it said."""
    calls: list[Any] = []

    def application(its_environ: Any, begin: Any, /) -> list[bytes]:
        calls.append(its_environ)
        begin("404 Not Found", [("A", "b"), ("Content-Length", "5")])
        return [b"hello"]

    environ = {"PATH_INFO": "/"}
    got: Any = described(partial(chapter.run_wsgi, application, environ, chapter.Started()))
    if isinstance(got, Raised):
        usually = beliefs.ARGUMENTS_HAVE_NAMES if "keyword" in got else None
        usually = beliefs.LIST_IS_AN_ITERATOR if "not an iterator" in got else usually
        what = "The application returned a list with one block. run_wsgi() returned:"
        broken(what, expected=Literally("a response"), got=got, usually=usually)
    same("How often the application was called:", expected=1, got=len(calls), usually=None)
    holds("The environ that it got is the same object.", calls[0] is environ, usually=None)
    same("Status:", expected=404, got=got.status, usually=None)
    same("Fields:", expected=[("A", "b")], got=list(got.fields), usually=None)
    same("Content:", expected=b"hello", got=content_of(got), usually=None)
    started = chapter.Started()
    chapter.run_wsgi(application, environ, started)
    what = "run_wsgi() was given a Started. Its status:"
    same(what, expected="404 Not Found", got=started.status, usually=None)
    same("Its is_out:", expected=True, got=started.is_out, usually=None)
    got = chapter.run_wsgi(simple(b"again"), environ, chapter.Started())
    same("Another application. Its content:", expected=b"again", got=content_of(got), usually=None)


@promise(
    task=4,
    usually=beliefs.STARTED_BEFORE_THE_BLOCKS,
    hints=(
        "When does the body of a function with `yield` run?",
        "Take the first block that is not empty. Only then ask for the status.",
        "Call started.response() after next().",
    ),
)
def test_start_response_may_come_late(chapter: Attempt) -> None:
    """start_response() may be called while the first blocks are taken."""

    def generator(_environ: Any, begin: Any) -> Iterator[bytes]:
        begin("201 Created", [])
        yield b"made"

    def later(_environ: Any, begin: Any) -> Iterator[bytes]:
        yield b""
        yield b""
        begin("202 Accepted", [])
        yield b""
        yield b"soon"

    def empty(_environ: Any, begin: Any) -> Iterator[bytes]:
        begin("204 No Content", [])
        yield from ()

    def at_the_end(_environ: Any, begin: Any) -> Iterator[bytes]:
        yield b""
        begin("205 Reset Content", [])

    for application, does, status, content in (
        (generator, "calls start_response(), and yields b'made'", 201, b"made"),
        (later, "yields two empty blocks, and then calls start_response()", 202, b"soon"),
        (empty, "calls start_response(), and yields nothing", 204, b""),
        (at_the_end, "yields an empty block, and then calls start_response()", 205, b""),
    ):
        what = f"A generator {does}. Status and content:"
        got = described(partial(run, chapter, application))
        early = isinstance(got, Raised) and "has not called" in got
        lazy = application is generator
        reason = beliefs.STARTED_BEFORE_THE_BLOCKS if lazy else beliefs.FIRST_BLOCK_IS_CONTENT
        usually = reason if early else None
        same(what, expected=(status, content), got=got, usually=usually)


@promise(
    task=4,
    usually=beliefs.FIRST_BLOCK_IS_CONTENT,
    hints=(
        "An empty block has come. Is there anything to send?",
        "Go on taking blocks, as long as they are empty.",
        'first = next((block for block in others if block), b"")',
    ),
)
def test_head_waits_for_content(chapter: Attempt) -> None:
    """The head is not out before a block that is not empty."""

    def changes_its_mind(_environ: Any, begin: Any) -> Iterator[bytes]:
        begin("200 OK", [])
        for _ in range(20):
            yield b""
        begin("500 Oh no", [], exc_info_of(ZeroDivisionError("a bug")))
        yield b"sorry"

    def begins_early(_environ: Any, begin: Any) -> Iterator[bytes]:
        begin("200 OK", [])
        return changes_its_mind_later(begin)

    def changes_its_mind_later(begin: Any) -> Iterator[bytes]:
        yield b""
        begin("500 Oh no", [], exc_info_of(ZeroDivisionError("a bug")))
        yield b"sorry"

    def empty_first(_environ: Any, begin: Any) -> Iterator[bytes]:
        begin("200 OK", [])
        return iter([b"", b"", b"late"])

    got = described(partial(run, chapter, changes_its_mind))
    what = "After 20 empty blocks, the application calls again with exc_info. Status and content:"
    early = isinstance(got, Raised) or (isinstance(got, tuple) and got[0] == 200)
    usually = beliefs.FIRST_BLOCK_IS_CONTENT if early else None
    same(what, expected=(500, b"sorry"), got=got, usually=usually)
    got = described(partial(run, chapter, begins_early))
    what = "It has called start_response() before it returned, and again after an empty block:"
    early = isinstance(got, Raised) or (isinstance(got, tuple) and got[0] == 200)
    usually = beliefs.FIRST_BLOCK_IS_CONTENT if early else None
    same(what, expected=(500, b"sorry"), got=got, usually=usually)
    got = described(partial(run, chapter, empty_first))
    what = "Two empty blocks, and then one more. Status and content:"
    same(what, expected=(200, b"late"), got=got, usually=None)


@promise(
    task=4,
    usually=beliefs.COLLECT_FIRST,
    hints=(
        "How many blocks do you need to know that there is one?",
        "Take no further block once you have one that is not empty. The server takes the others.",
        "others = map(checked, blocks), then next(…) on it. Neither list() nor join().",
    ),
)
def test_blocks_come_one_by_one(chapter: Attempt) -> None:
    """No block after the first that is not empty is taken before the server asks for it."""
    for empty in (0, 2):
        taken: list[int] = []
        response = chapter.run_wsgi(counted(taken, empty), {}, chapter.Started())
        what = f"{empty} empty blocks, then three others. Taken when run_wsgi() returns:"
        same(what, expected=empty + 1, got=len(taken))
        pieces = iter(response.content)
        for number, count in enumerate(("one block", "two blocks"), start=empty):
            block = next((piece for piece in pieces if piece), None)
            what = f"The server has asked for {count}. The last one:"
            same(what, expected=b"%d" % number, got=block, usually=None)
            what = f"The server has asked for {count}. Taken:"
            same(what, expected=number + 1, got=len(taken))


@promise(
    task=4,
    usually=beliefs.LOOP_REMEMBERS,
    hints=(
        "Count how often the first block is in the content.",
        "Make one iterator, and take everything from it: the first block, and those that follow.",
        "others = map(checked, blocks) is one iterator: next() takes from its front.",
    ),
)
def test_every_block_comes_once(chapter: Attempt) -> None:
    """The content is every block once, in order, whatever kind of iterable it is."""
    for name, blocks in (
        ("a list", [b"a", b"b", b"c"]),
        ("a tuple", (b"a", b"b", b"c")),
        ("an iterator", iter([b"a", b"b", b"c"])),
        ("an iterator that makes its blocks", map(bytes, ([97], [98], [99]))),
        ("an object with __iter__ and close()", Closing([b"a", b"b", b"c"], None, None)),
        ("a list with empty blocks", [b"", b"a", b"", b"bc", b""]),
        ("one block", [b"abc"]),
    ):
        got = described(partial(content_from, chapter, returns(blocks)))
        is_list = isinstance(got, bytes) and got.startswith(b"aa")
        usually = beliefs.LOOP_REMEMBERS if is_list else None
        what = f"The application returned {name}. The content:"
        same(what, expected=b"abc", got=got, usually=usually)
    response = chapter.run_wsgi(returns([b"", b"a", b"b", b"c"]), {}, chapter.Started())
    what = "The application returned a list with an empty block and three others. The pieces:"
    pieces = [piece for piece in response.content if piece]
    same(what, expected=[b"a", b"b", b"c"], got=pieces, usually=None)
    got = raised_by(partial(content_from, chapter, returns([])))
    what = "The application returned an empty list. The content:"
    same(what, expected=b"", got=got, usually=None)

    def writes(_environ: Any, begin: Any) -> list[bytes]:
        write = begin("200 OK", [])
        write(b"a")
        write(b"b")
        return [b"c"]

    got = described(lambda: content_of(chapter.run_wsgi(writes, {}, chapter.Started())))
    what = "write() was given a and b, and c was returned. The content:"
    same(what, expected=b"abc", got=got, usually=None)


@promise(
    task=4,
    usually=beliefs.TEXT_WILL_BE_ENCODED,
    hints=(
        "Which blocks does your code look at: the first, all that are empty, all that follow?",
        "checked(block) raises TypeError unless a block is bytes. Every block has to pass it.",
        "map(checked, blocks) checks each block when it is taken, and not before.",
    ),
)
def test_blocks_are_bytes(chapter: Attempt) -> None:
    """A block that is not bytes is a TypeError when it is taken: the first, and any other."""
    wrong: list[Any] = [["a"], [""], ["", b"a"], [bytearray(b"a")], [97], [None], "ab", b"ab", None]
    for blocks in wrong:
        what = f"The application returned {blocks!r}."
        got = raised_by(partial(content_from, chapter, returns(blocks)))
        encoded = beliefs.TEXT_WILL_BE_ENCODED if got in (b"a", b"ab") else None
        is_refused = isinstance(got, TypeError)
        kind = Literally("TypeError")
        holds(f"{what} run_wsgi():", is_refused, expected=kind, got=got, usually=encoded)
    mixed: list[list[Any]] = [[b"a", "b"], [b"", b"a", b"b", "c"], [b"a", b"", bytearray(b"")]]
    for later in mixed:
        what = f"The application returned {later!r}."
        response = described(partial(chapter.run_wsgi, returns(iter(later)), {}, chapter.Started()))
        if isinstance(response, Raised):
            what = f"{what} The first block is bytes. run_wsgi() returned:"
            broken(what, expected=Literally("a response"), got=response, usually=None)
        with refusal(f"{what} Then the server took all the blocks.", TypeError):
            content_of(response)


@promise(
    task=4,
    usually=beliefs.CLOSE_IS_FOR_THE_END,
    hints=(
        "Something raises an error in run_wsgi(). Who could close the iterable now?",
        "Nobody else has it. Close it on every way that raises an error, and only then.",
        "except BaseException: close_content(blocks), then raise.",
    ),
    hints_if={
        beliefs.EXCEPTION_IS_ALL: (
            "Is KeyboardInterrupt an Exception?",
            "It is a BaseException, as SystemExit is. `except Exception` does not see it.",
            "except BaseException:",
        ),
        "early": (
            "run_wsgi() has returned a response. Who still needs the iterable?",
            "The server takes the blocks that follow. The response closes it after the last one.",
            "Neither `finally` nor `with`: close_content(blocks) only where an error is raised again.",
        ),
    },
)
def test_close_is_called_after_an_error(chapter: Attempt) -> None:
    """After an error, the iterable is closed, once, and the same error goes on."""
    for what, error, raises_at, begins in (
        ("The first block raises an error.", ValueError("first"), 0, True),
        ("The block after an empty one raises an error.", KeyError("second"), 1, True),
        ("Ctrl-C is pressed while the first block is made.", KeyboardInterrupt(), 0, True),
        ("The application calls sys.exit().", SystemExit(3), 0, True),
        ("The application has not called start_response().", RuntimeError, None, False),
        ("The first block is text.", TypeError, None, True),
        ("iter() of the iterable raises an error.", ValueError("iter"), -1, True),
    ):
        text: list[Any] = ["text"] if error is TypeError else [b"a"]
        closing = Closing([b"", *text], raises_at, error)
        got = raised_by(partial(chapter.run_wsgi, returns(closing, begins), {}, chapter.Started()))
        right = got is error or (isinstance(error, type) and isinstance(got, error))
        holds(f"{what} The error:", right, expected=error, got=got, usually=None)
        interrupted = isinstance(error, KeyboardInterrupt | SystemExit)
        never = beliefs.EXCEPTION_IS_ALL if interrupted else beliefs.CLOSE_IS_FOR_THE_END
        usually = None if closing.closed or raises_at == -1 else never
        same(f"{what} Calls of close():", expected=1, got=closing.closed, usually=usually)

    def fails(_environ: Any, _begin: Any) -> Any:
        raise LookupError("no such table")

    got = raised_by(partial(chapter.run_wsgi, fails, {}, chapter.Started()))
    what = "The application raises an error instead of returning. The error:"
    shown_got = got if isinstance(got, BaseException) else Literally("nothing: it returned")
    holds(
        what,
        isinstance(got, LookupError),
        expected=Literally("LookupError"),
        got=shown_got,
        usually=None,
    )
    closing = Closing([b""], None, None)
    chapter.run_wsgi(returns(closing), {}, chapter.Started())
    what = "There was no error, and no content. Calls of close() when run_wsgi() returns:"
    same(what, expected=0, got=closing.closed, usually=None, clue="early")
    closing = Closing([b"a", b"b"], None, None)
    response = chapter.run_wsgi(returns(closing), {}, chapter.Started())
    what = "There was no error. Calls of close() when run_wsgi() returns:"
    same(what, expected=0, got=closing.closed, usually=None, clue="early")
    chapter.close_content(response.content)
    what = "The server has closed the content. Calls of close():"
    same(what, expected=1, got=closing.closed, usually=None)


@promise(
    task=5,
    usually=beliefs.STATUS_IS_A_NUMBER,
    hints=(
        "What does start_response() take as the status, and what as the fields?",
        "The status is text: number, space, reason. The fields are one list of tuples.",
        "f\"{response.status} {REASONS.get(response.status, '')}\", [*response.fields, *framing]",
    ),
)
def test_start_response_gets_the_head(chapter: Attempt) -> None:
    """start_response() is called once, with number and reason, and the response's fields in a list."""
    fields = [("x-A", "b"), ("x-A", "c"), ("x-A", "b"), ("Set-Cookie", "d=e")]
    for status, line in (
        (200, "200 OK"),
        (404, "404 Not Found"),
        (413, "413 Content Too Large"),
        (299, "299 "),
    ):
        answer = chapter.Response(b"hello", status, tuple(fields))
        calls, _blocks = call(chapter, answer)
        what = f"The handler's response has status {status}."
        same(f"{what} Calls of start_response():", expected=1, got=len(calls), usually=None)
        arguments, named = calls[0]
        holds(
            f"{what} Arguments by position:",
            len(arguments) == 2 and not named,
            got=calls,
            usually=None,
        )
        is_number = arguments[0] in (status, str(status)) and line != f"{status} "
        number = beliefs.STATUS_IS_A_NUMBER if is_number else None
        same(f"{what} The status:", expected=line, got=arguments[0], usually=number)
        is_list = type(arguments[1]) is list
        kind = type(arguments[1])
        holds(f"{what} The type of the fields:", is_list, expected=list, got=kind, usually=None)
        got = arguments[1][: len(fields)]
        same(f"{what} The first fields:", expected=fields, got=got, usually=None)
    request = chapter.Request("GET", "/", (1, 1), chapter.Headers())
    answer = chapter.Response(b"hello")
    got = raised_by(partial(chapter.blocks_of, request, answer, lambda _status, _fields: None))
    if isinstance(got, BaseException):
        what = "blocks_of() was given Response(b'hello'), whose fields are (). It:"
        broken(what, expected=Literally("returns blocks"), got=got, usually=None)


@promise(
    task=5,
    usually=beliefs.APPLICATION_MAKES_CHUNKS,
    hints=(
        "Who talks to the client: your application, or the server that called it?",
        "An application says Content-Length, if it is known. Chunks and their field are the server's.",
        "frame(response, request._replace(version=(1, 0)))",
    ),
)
def test_content_has_a_length_or_none(chapter: Attempt) -> None:
    """Content-Length is sent if it is known; there are never any chunks."""
    for method, version in (("GET", "HTTP/1.1"), ("GET", "HTTP/1.0"), ("POST", "HTTP/1.1")):
        for content, length, expected in (
            (b"hello", None, [("Content-Length", "5")]),
            (b"", None, [("Content-Length", "0")]),
            ([b"he", b"llo"], 5, [("Content-Length", "5")]),
            ([b"he", b"llo"], None, []),
        ):
            answer = chapter.Response(content, 200, [], length)
            calls, blocks = call(chapter, answer, REQUEST_METHOD=method, SERVER_PROTOCOL=version)
            sent = Given(f"{method}, {version}, content: {content!r}, length: {length}")
            got = calls[0][0][1]
            chunked = any(name.lower() == "transfer-encoding" for name, _value in got)
            usually = beliefs.APPLICATION_MAKES_CHUNKS if chunked else None
            same("The fields:", sent=sent, expected=expected, got=got, usually=usually)
            whole = content if isinstance(content, bytes) else b"".join(content)
            got = described(partial(b"".join, blocks))
            chunked = isinstance(got, bytes) and b"\r\n" in got
            usually = beliefs.APPLICATION_MAKES_CHUNKS if chunked else None
            same("The blocks:", sent=sent, expected=whole, got=got, usually=usually)


@promise(
    task=5,
    usually=beliefs.SERVER_DROPS_CONTENT,
    hints=(
        "Some servers send whatever an application returns. What does a client make of content after "
        "HEAD?",
        "frame() knows which responses have no content. Return its pieces, not response.content.",
        "Outgoing(first, pieces, response.content)",
    ),
)
def test_no_content_where_there_is_none(chapter: Attempt) -> None:
    """For HEAD, 204 and 304 there are no blocks; HEAD has the fields of GET."""
    for method, status, content, length in (
        ("HEAD", 200, b"hello", None),
        ("HEAD", 404, [b"he", b"llo"], 5),
        ("GET", 204, b"", None),
        ("GET", 304, b"hello", None),
    ):
        answer = chapter.Response(content, status, [("A", "b")], length)
        calls, blocks = call(chapter, answer, REQUEST_METHOD=method)
        what = f"{method}, status {status}, content {content!r}."
        same(f"{what} The blocks:", expected=b"", got=b"".join(blocks))
        expected = [("A", "b")] + [("Content-Length", "5")] * (method == "HEAD")
        same(f"{what} The fields:", expected=expected, got=calls[0][0][1], usually=None)


@promise(
    task=5,
    usually=beliefs.COLLECT_FIRST,
    hints=(
        "When does the handler's content make its second piece?",
        "Take the first piece, and no other. The server asks for the others.",
        "Neither list() nor join(): Outgoing takes the pieces that follow one by one.",
    ),
)
def test_pieces_are_passed_on(chapter: Attempt) -> None:
    """Each piece is a block as soon as it comes; an application serves many requests."""
    made: list[int] = []

    def piece(number: int) -> bytes:
        made.append(number)
        return b"%d" % number

    calls: list[Any] = []

    def handler(request: Any) -> Any:
        calls.append((request.method, request.target, request.content))
        return chapter.Response(map(piece, range(3)))  # without close(), as in counted()

    application = chapter.to_wsgi(handler)
    for target in ("/a", "/b"):
        made.clear()
        blocks = iter(application(environ_for(PATH_INFO=target), lambda *_: None))
        what = "The application has returned. Pieces made:"
        same(what, expected=1, got=len(made), usually=NOT_GIVEN if len(made) > 1 else None)
        first = next((block for block in blocks if block), None)
        same("The first block:", expected=b"0", got=first, usually=None)
        same("The server has taken one block. Pieces made:", expected=1, got=len(made))
        got = b"".join(blocks)
        same("The other blocks:", expected=b"12", got=got, usually=None)
    answer = chapter.Response(counted(made, 2)({}, lambda *_: None))
    made.clear()
    call(chapter, answer)
    what = "The first piece is empty. Pieces made when the application has returned:"
    same(what, expected=1, got=len(made), usually=None)
    expected = [("GET", "/a", b""), ("GET", "/b", b"")]
    same("What the handler was asked:", expected=expected, got=calls, usually=None)


@promise(
    task=5,
    usually=beliefs.HEAD_GOES_FIRST,
    hints=(
        "The content fails before its first piece. Could there still be an error page?",
        "Only if start_response() has not been called: take the first piece before that.",
        'first = next(pieces, b""), above start_response().',
    ),
)
def test_first_piece_comes_before_the_head(chapter: Attempt) -> None:
    """start_response() is called when the first piece is there; if that fails, it is not called."""
    for error in (LookupError("no such table"), KeyboardInterrupt()):
        closing = Closing([b"a"], 0, error)
        calls: list[Any] = []
        got = raised_by(partial(call, chapter, chapter.Response(closing), calls=calls))
        what = f"The content raises {type(error).__name__} at its first piece."
        right = "The calls of start_response():"
        early = beliefs.HEAD_GOES_FIRST if calls and got is error else None
        same(f"{what} {right}", expected=[], got=[args for args, _ in calls], usually=early)
        holds(f"{what} The error:", got is error, expected=error, got=got, usually=None)


@promise(
    task=5,
    usually=beliefs.CLOSE_IS_FOR_THE_END,
    hints=(
        "The server calls close() of what it gets. What does yours do?",
        "Return an object whose close() closes the content: Outgoing has one.",
        "return Outgoing(first, pieces, response.content)",
    ),
)
def test_content_is_closed(chapter: Attempt) -> None:
    """When the server closes the blocks, the content is closed, and not before."""
    for method, taken in (("GET", 1), ("GET", 0), ("HEAD", 0)):
        closing = Closing([b"a", b"b"], None, None)
        answer = chapter.Response(closing, 200, [], 2)
        _calls, blocks = call(chapter, answer, REQUEST_METHOD=method)
        pieces = iter(blocks)
        for _ in range(taken):
            next(pieces)
        what = f"{method}: blocks that the server has taken: {taken}."
        before = closing.closed
        got = described(blocks.close)
        found = got if isinstance(got, Raised) else closing.closed
        usually = beliefs.CLOSE_IS_FOR_THE_END if taken and found == 0 else None
        same(f"{what} It has not called close(). Closed:", expected=0, got=before, usually=None)
        same(f"{what} It calls close(). Closed:", expected=1, got=found, usually=usually)


# What the promises need.


class Closing:
    """An iterable of blocks that counts how often it was closed.

    It may fail at one of them; at -1, before the first.
    """

    def __init__(self, blocks: Iterable[Any], raises_at: int | None, error: Any) -> None:
        self.blocks = list(blocks)
        self.raises_at = raises_at
        self.error = error
        self.closed = 0

    def __iter__(self) -> Iterator[Any]:
        if self.raises_at == -1:
            raise self.error
        return self.taken()

    def taken(self) -> Iterator[Any]:
        """Yield the blocks."""
        for number, block in enumerate(self.blocks):
            if number == self.raises_at:
                raise self.error
            yield block

    def close(self) -> None:
        """Count."""
        self.closed += 1


def shown(fields: Fields) -> str:
    """Return fields as lines."""
    return "\n".join(f"{name}: {value}" for name, value in fields) or "no fields"


def becomes(chapter: Attempt, fields: Fields, expected: dict[str, str], clue: str = "") -> None:
    """Require that these fields become these variables. The clue is for a fault about their case."""
    headers = chapter.Headers(fields)
    got = described(lambda: chapter.field_variables(headers))
    usually = None if got == expected else misread(fields, expected, got)
    if clue and got != expected and not depends_on_case(chapter, fields, expected):
        clue = ""
    usually = None if clue else usually
    sent = Given(shown(fields))
    same("The variables:", sent=sent, expected=expected, got=got, usually=usually, clue=clue)
    kept = list(headers)
    same("The headers, afterwards:", expected=fields, got=kept, usually=None)


def depends_on_case(chapter: Attempt, fields: Fields, expected: dict[str, str]) -> bool:
    """Whether these fields would become these variables if their names were in another case."""
    for case in (str.lower, str.title, str.upper):
        headers = chapter.Headers([(case(name), value) for name, value in fields])
        if described(partial(chapter.field_variables, headers)) == expected:
            return True
    return False


def misread(fields: Fields, expected: dict[str, str], got: object) -> Misconception | None:
    """Return the belief whose reading of these fields is exactly what was returned."""
    if not isinstance(got, dict):
        return None
    if got == {key: value.replace("; ", ", ") for key, value in expected.items()} != expected:
        return beliefs.COOKIES_ARE_A_LIST
    if got == read(fields, underscores=True):
        return beliefs.UNDERSCORE_IS_HARMLESS
    usual = all(name == name.title() for name, _value in fields)
    if usual and got == read(fields, content=True):
        return beliefs.EVERY_FIELD_IS_HTTP
    last = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in fields}
    alike = len({name for name, _value in fields}) == len(last) == 1 < len(fields)
    return beliefs.LAST_LINE_COUNTS if got == last and alike else None


def read(fields: Fields, *, underscores: bool = False, content: bool = False) -> dict[str, str]:
    """Return the variables of fields, for somebody who takes too many of them."""
    values: dict[str, list[str]] = {}
    for name, value in fields:
        is_about_content = name.lower() in ("content-type", "content-length", "transfer-encoding")
        if ("_" in name and not underscores) or (is_about_content and not content):
            continue
        values.setdefault("HTTP_" + name.upper().replace("-", "_"), []).append(value)
    return {
        key: ("; " if key == "HTTP_COOKIE" else ", ").join(each) for key, each in values.items()
    }


def asking(target: str) -> Given:
    """Return a request line, for a report."""
    return Given(f"{'OPTIONS' if target == '*' else 'GET'} {target} HTTP/1.1")


def misread_path(target: str, path: str, got: object) -> Misconception | None:
    """Return the belief whose reading of a target is this PATH_INFO."""
    if got == path:
        return None
    raw = target.partition("?")[0]
    readings = (
        (beliefs.PATH_IS_TEXT, unquote(raw)),
        (beliefs.PATH_IS_AS_SENT, raw if "%2F" not in raw else None),
        (beliefs.DECODES_AGAIN, unquote_to_bytes(unquote_to_bytes(raw)).decode("latin-1")),
        (beliefs.PLUS_IS_A_SPACE, path.replace("+", " ")),
    )
    return next((belief for belief, reading in readings if got == reading), None)


class End(NamedTuple):
    """One end of a connection."""

    host: str
    port: int


def a_name(chapter: Attempt) -> Any:
    """Return a 4-tuple."""
    return chapter.FourTuple(End("127.0.0.1", 8000), End("127.0.0.9", 50000))


def environ_of(
    chapter: Attempt, target: str, fields: Fields | None = None, content: bytes = b""
) -> dict[str, Any]:
    """Return the environ of a request."""
    fields = [("Host", "field.test"), *(fields or [])]
    method = "OPTIONS" if target == "*" else "POST" if content else "GET"
    request = chapter.Request(method, target, (1, 1), chapter.Headers(fields), content)
    environ: dict[str, Any] = chapter.build_environ(request, a_name(chapter))
    return environ


def raised_by(call: Callable[[], object]) -> object:
    """Return what a call returns, or the error that it raises, even if that is Ctrl-C."""
    try:
        return call()
    except (NotImplementedError, MissingName, Unreadable):
        raise
    except BaseException as error:
        return error


def exc_info_of(error: BaseException) -> Any:
    """Return what sys.exc_info() returns where an error has been caught."""
    try:
        raise error
    except BaseException:
        return sys.exc_info()


def simple(content: bytes) -> Callable[..., Any]:
    """Return an application that answers with this content."""
    return returns([content])


def returns(blocks: Any, begins: bool = True) -> Callable[..., Any]:
    """Return an application that returns these blocks, and calls start_response() before, or never."""

    def application(_environ: Any, begin: Any) -> Any:
        if begins:
            begin(HEAD[0], list(HEAD[1]))
        return blocks

    return application


def content_of(response: Any) -> bytes:
    """Return all of the content of a response."""
    content = response.content
    return content if isinstance(content, bytes) else b"".join(content)


def counted(taken: list[int], empty: int) -> Callable[..., Any]:
    """Return an application that notes each block which is taken; the first ones are empty.

    It returns an iterator without close(). A generator that somebody has closed has no more blocks, and
    the report would speak of the blocks.
    """

    def block(number: int) -> bytes:
        taken.append(number)
        return b"" if number < empty else b"%d" % number

    def application(_environ: Any, begin: Any) -> Iterator[bytes]:
        begin("200 OK", [])
        return map(block, range(empty + 3))

    return application


def run(chapter: Attempt, application: Any) -> tuple[int, bytes]:
    """Return the status and the content of an application's response."""
    return status_and_content(chapter.run_wsgi(application, {}, chapter.Started()))


def content_from(chapter: Attempt, application: Any) -> bytes:
    """Return the content of an application's response."""
    return content_of(chapter.run_wsgi(application, {}, chapter.Started()))


def status_and_content(response: Any) -> tuple[int, bytes]:
    """Return the status and the content of a response."""
    return response.status, content_of(response)


def environ_for(**variables: str) -> dict[str, Any]:
    """Return the environ of a GET, with these variables."""
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "a.test",
        "wsgi.input": io.BytesIO(),
    } | variables


def call(
    chapter: Attempt,
    answer: Any,
    error: Any = None,
    calls: list[Any] | None = None,
    **variables: str,
) -> tuple[list[Any], Any]:
    """Call the application of a handler that answers this: the calls of start_response, the blocks."""
    calls = [] if calls is None else calls

    def begin(*arguments: Any, **named: Any) -> None:
        calls.append((arguments, named))
        if isinstance(error, BaseException):
            raise error

    application = chapter.to_wsgi(lambda _request: answer)
    return calls, application(environ_for(**variables), begin)


TASKS = {
    1: "field_variables",
    2: "build_environ",
    3: "Started.start_response",
    4: "run_wsgi",
    5: "blocks_of",
}
