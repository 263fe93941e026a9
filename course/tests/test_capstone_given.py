"""The capstone on the wire: accounts, sessions, foreign forms, the WebSocket, backup, migrations."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from base64 import urlsafe_b64decode
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

import pytest

from course.model.chapters import ROOT
from course.tests.test_http_fuzz_on_the_wire import on_a_loop, on_threads
from solutions import accounts
from solutions.accounts import NAME, hash_password, is_foreign, verify_password
from solutions.ch09_request import Headers, Request
from solutions.ch14_framework import Client, Signer
from solutions.ch17_websocket import connect_websocket
from solutions.ch20_capstone import (
    MIGRATIONS,
    PAGE,
    SESSION_TIME,
    Board,
    BoardSite,
    CannotRun,
    Store,
    ask_for,
    back_up,
    follow,
    unpack,
)
from solutions.pages import Html, fill

PASSWORD = "correct horse"
ORIGIN = "http://board.test"
SAME = [("Origin", ORIGIN), ("Host", "board.test")]
FORM = ("Content-Type", "application/x-www-form-urlencoded")


@pytest.fixture(autouse=True)
def cheap_hashes(request, monkeypatch):
    """Make scrypt fast, except where a test is about it."""
    if "password" not in request.node.name:
        monkeypatch.setattr(accounts, "N", 16)


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "board.sqlite") as store:
        yield store


@pytest.fixture
def site(store, tmp_path):
    assets = tmp_path / "assets"
    assets.mkdir()
    return BoardSite(Board(store), Signer(b"k" * 32), assets)


@pytest.fixture
def client(site):
    return Client(site.app)


def joined(client, name="ada"):
    response = client.post("/join", name=name, password=PASSWORD)
    assert response.status == 303, response.content
    return client


def cookie_of(client):
    return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


# --- Passwords and accounts ------------------------------------------------------------------------


def test_a_password_is_kept_as_a_salted_hash_only(client, store):
    joined(client)
    kept = store.path.read_bytes() + Path(f"{store.path}-wal").read_bytes()
    assert PASSWORD.encode() not in kept
    assert hash_password(PASSWORD) != hash_password(PASSWORD)
    assert verify_password(PASSWORD, hash_password(PASSWORD))
    assert not verify_password("another", hash_password(PASSWORD))


def test_an_unknown_name_is_as_much_work_as_a_wrong_password(client, site, monkeypatch):
    joined(client)
    calls, derive = [], accounts.derive
    monkeypatch.setattr(accounts, "derive", lambda *a: calls.append(a[2:]) or derive(*a))
    answers = [
        Client(site.app).post("/login", name=name, password="wrong wrong")
        for name in ("ada", "nobody")
    ]
    assert calls[0] == calls[1]
    assert len(calls) == 2
    texts = {answer.content.replace(b"nobody", b"ada") for answer in answers}
    assert len(texts) == 1
    assert {answer.status for answer in answers} == {422}


@pytest.mark.parametrize(
    ("name", "password", "says"),
    [
        ("", PASSWORD, "A name has"),
        ("a b", PASSWORD, "A name has"),
        ("<b>", PASSWORD, "A name has"),
        ("a" * 31, PASSWORD, "A name has"),
        ("ада", PASSWORD, "A name has"),
        ("ada\n", PASSWORD, "A name has"),
        ("a..b", PASSWORD, "A name has"),
        ("bob", "1234567", "A password has"),
        ("bob", "x" * 201, "A password has"),
        ("ADA", PASSWORD, "is taken"),
    ],
)
def test_who_cannot_join(client, name, password, says):
    joined(client)
    response = Client(client.app).post("/join", name=name, password=password)
    assert response.status == 422
    assert says in response.content.decode()


@pytest.mark.parametrize("name", ["a", "Ada", "ada.b-c_d", "0", "a" * 30])
def test_names(name):
    assert NAME.fullmatch(name)


def test_a_login_begins_a_new_session(client):
    joined(client)
    before = cookie_of(client)
    client.post("/login", name="ada", password=PASSWORD)
    assert cookie_of(client) != before
    thief = Client(client.app)
    thief.cookies = dict([before.split("=", 1)])
    assert b"Log out" not in thief.get("/").content


def test_a_copied_cookie_ends_with_the_session(client):
    joined(client)
    thief = Client(client.app)
    thief.cookies = dict(client.cookies)
    assert b"Log out" in thief.get("/").content
    client.post("/logout")
    assert b"Log out" not in thief.get("/").content


def test_a_session_ends_by_itself(client, store):
    joined(client)
    now = store.clock()
    store.clock = lambda: now + SESSION_TIME + 1
    assert b"Log out" not in client.get("/").content


def test_the_database_has_no_token_that_anybody_could_use(client, store):
    joined(client)
    value = client.cookies["session"].partition(".")[0]
    token = json.loads(urlsafe_b64decode(value + "=" * (-len(value) % 4)))["token"]
    with store.connection() as conn:
        kept = [row[0] for row in conn.execute("SELECT token FROM visits")]
    assert kept == [sha256(token.encode()).digest()]


# --- Forms -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "fields", "expected"),
    [
        ("GET", {"sec-fetch-site": "cross-site"}, False),
        ("HEAD", {"origin": "http://evil.test", "host": "board.test"}, False),
        ("POST", {"sec-fetch-site": "same-origin"}, False),
        ("POST", {"sec-fetch-site": "none"}, False),
        ("POST", {"sec-fetch-site": "same-site"}, True),
        ("POST", {"sec-fetch-site": "cross-site", "origin": ORIGIN, "host": "board.test"}, True),
        ("POST", {"sec-fetch-site": "same-origin", "origin": "null"}, False),
        ("POST", {"sec-fetch-site": ""}, True),
        ("POST", {}, False),
        ("POST", {"origin": ORIGIN, "host": "board.test"}, False),
        ("POST", {"origin": "https://board.test", "host": "BOARD.test"}, False),
        ("POST", {"origin": "http://board.test:81", "host": "board.test"}, True),
        ("POST", {"origin": "http://evil.test", "host": "board.test"}, True),
        ("POST", {"origin": "null", "host": "board.test"}, True),
        ("POST", {"origin": "ftp://board.test", "host": "board.test"}, True),
        ("POST", {"origin": ORIGIN}, True),
        ("DELETE", {"origin": "http://evil.test", "host": "board.test"}, True),
    ],
)
def test_requests_of_other_sites(method, fields, expected):
    assert is_foreign(method, fields) is expected


def test_a_form_of_another_site_changes_nothing(client, store):
    joined(client)
    content = urlencode({"text": "bought", "key": "k"}).encode()
    evil = [FORM, ("Sec-Fetch-Site", "cross-site")]
    assert client.ask("POST", "/", content, evil).status == 403
    assert store.since(0, 9) == []
    assert client.ask("POST", "/", content, [FORM, ("Sec-Fetch-Site", "same-origin")]).status == 303
    assert [post.text for post in store.since(0, 9)] == ["bought"]


def test_a_form_that_is_sent_twice_is_one_message(client, store):
    joined(client)
    for _ in range(2):
        assert client.post("/", text="once", key="k").status == 303
    assert [post.text for post in store.since(0, 9)] == ["once"]


def test_a_visitor_cannot_write(client, store):
    response = client.post("/", text="hello", key="k")
    assert (response.status, dict(response.fields)["Location"]) == (303, "/login")
    assert store.since(0, 9) == []


@pytest.mark.parametrize("text", ["", " \n", "x" * 2001])
def test_texts_that_are_refused(client, store, text):
    joined(client)
    assert client.post("/", text=text, key="k").status == 400
    assert store.since(0, 9) == []


def test_what_somebody_writes_is_text_on_the_page(client):
    joined(client)
    client.post("/", text="<script>alert('x')</script> & \"co\" $title", key="k")
    page = client.get("/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp; &quot;co&quot; $title" in page


def test_fill_escapes_and_requires():
    assert fill("<i>$a</i>$b", a="<&\"'>", b=Html("<b>")) == "<i>&lt;&amp;&quot;&#x27;&gt;</i><b>"
    with pytest.raises(KeyError):
        fill("$a")


def test_every_response_has_the_fields_for_security(client):
    for target in ("/", "/login", "/nowhere"):
        fields = dict(client.get(target).fields)
        assert fields["Content-Security-Policy"].startswith("default-src 'self'")
        assert fields["X-Content-Type-Options"] == "nosniff"
    page = client.get("/").content.decode()
    assert "<script>" not in page
    assert " on" not in re.sub(r">[^<]*<", "", page)  # no event handlers in attributes
    for link in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
        response = client.get(link)
        assert response.status == 200
        assert "immutable" in dict(response.fields)["Cache-Control"]


# --- The WebSocket ---------------------------------------------------------------------------------


@pytest.fixture(params=[on_threads, on_a_loop], ids=["threads", "loop"])
def address(request, site):
    with request.param(site.app) as address:
        yield address


def live(address, since=0, cookie=""):
    fields = [("Cookie", cookie)] if cookie else []
    return connect_websocket(address, f"/live?since={since}", fields)


def messages(feed):
    """Return what is received next that is messages."""
    while "messages" not in (value := json.loads(feed.receive())):
        pass
    return [(message["id"], message["text"]) for message in value["messages"]]


def test_a_message_reaches_everybody_and_is_acknowledged(address, client):
    joined(client)
    with live(address, 0, cookie_of(client)) as ada, live(address) as bob:
        assert messages(ada) == messages(bob) == []
        ada.send(json.dumps({"text": "hi ✓", "key": "k"}))
        assert messages(bob) == [(1, "hi ✓")]
        assert messages(ada) == [(1, "hi ✓")]
        assert json.loads(ada.receive()) == {"key": "k"}
        ada.send(json.dumps({"text": "hi again", "key": "k"}))
        assert json.loads(ada.receive()) == {"key": "k"}
        ada.send(json.dumps({"text": "next", "key": "l"}))
        assert messages(bob) == [(2, "next")]


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ("[]", "this is not an object"),
        ("{", "the content is not JSON"),
        ('{"text": "x", "key": 1}', "a key has"),
        ('{"text": "x", "key": ""}', "a key has"),
        ('{"text": "", "key": "k"}', "a message has"),
        ('{"text": 7, "key": "k"}', "a message has"),
        ('{"since": -1}', "not the id"),
        ('{"since": "1"}', "not the id"),
        ('{"since": true}', "not the id"),
        ('{"since": 1e3}', "not the id"),
        ('{"since": 9223372036854775808}', "not the id"),
        ("{}", "a message has"),
    ],
)
def test_what_a_client_must_not_send(address, client, sent, problem):
    joined(client)
    with live(address, 0, cookie_of(client)) as ada:
        messages(ada)
        ada.send(sent)
        assert problem in json.loads(ada.receive())["problem"]
        ada.send('{"text": "still here", "key": "k"}')
        assert messages(ada) == [(1, "still here")]


def test_a_websocket_that_is_open_ends_with_the_session(address, client, store):
    joined(client)
    with live(address, 0, cookie_of(client)) as ada:
        messages(ada)
        client.post("/logout")
        ada.send('{"text": "hello", "key": "k"}')
        assert json.loads(ada.receive()) == {"key": "k", "problem": "log in first"}
    assert store.since(0, 9) == []


@pytest.mark.parametrize("since", ["", "x", "-1", "1.5", "²", "9223372036854775808", "1%00"])
def test_a_since_that_is_no_number(client, since):
    fields = [("Connection", "Upgrade"), ("Upgrade", "websocket")]
    assert client.ask("GET", f"/live?since={since}", b"", fields).status == 400


def test_a_page_of_another_origin_may_not_connect(address):
    with pytest.raises(ConnectionError, match="403"):
        connect_websocket(address, "/live", [("Origin", "http://evil.test")])


def test_a_client_that_was_away_gets_everything_in_pages(address, store):
    for number in range(2 * PAGE + 7):
        store.add("ada", f"text {number}", str(number))
    sizes = []
    with live(address) as feed:
        more = True
        while more:
            posts, more = unpack(feed.receive())
            sizes.append(len(posts))
            if more:
                feed.send(ask_for(posts[-1].id))
    assert sizes == [PAGE, PAGE, 7]


def test_follow_over_the_wire(address, store):
    board_size = PAGE + 3
    for number in range(board_size):
        store.add("ada", f"text {number}", str(number))
    stream = follow(lambda since: live(address, since), 0, lambda: None)
    assert [next(stream).id for _ in range(board_size)] == list(range(1, board_size + 1))
    stream.close()


def test_server_sent_events(address, client):
    joined(client)
    with closing(socket.create_connection(address)) as conn, conn.makefile("rb") as lines:
        conn.sendall(b"GET /feed HTTP/1.1\r\nHost: board.test\r\n\r\n")
        assert lines.readline() == b"HTTP/1.1 200 OK\r\n"
        while not (line := lines.readline()).startswith(b"data: "):
            assert line
        with live(address, 0, cookie_of(client)) as ada:
            ada.send('{"text": "hello", "key": "k"}')
            while not (line := lines.readline()).startswith(b"data: "):
                assert line
        assert json.loads(line[6:])["messages"][0]["text"] == "hello"


def test_many_threads_write_and_everybody_gets_everything_in_order(address, site):
    for name in ("ada", "bob", "cay"):
        joined(Client(site.app), name)
    cookies = []
    for name in ("ada", "bob", "cay"):
        each = Client(site.app)
        each.post("/login", name=name, password=PASSWORD)
        cookies.append(cookie_of(each))
    barrier = threading.Barrier(3)
    seen = []

    def write(cookie):
        with live(address, 0, cookie) as feed:
            barrier.wait()
            for number in range(20):
                feed.send(json.dumps({"text": str(number), "key": str(number)}))
            ids = []
            while len(ids) < 60:
                ids += [number for number, _text in messages(feed)]
            seen.append(ids)

    threads = [threading.Thread(target=write, args=(cookie,)) for cookie in cookies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [list(range(1, 61))] * 3


# --- The store -------------------------------------------------------------------------------------


def test_ids_of_deleted_messages_do_not_come_again(store):
    assert [store.add("ada", "x", key).id for key in "abc"] == [1, 2, 3]
    with store.transaction() as conn:
        conn.execute("DELETE FROM messages")
    assert store.add("ada", "x", "d").id == 4


def test_many_threads_and_two_stores_add(store):
    with Store(store.path) as other:
        barrier = threading.Barrier(8)
        results = []

        def add(which, name):
            barrier.wait()
            for number in range(10):
                results.append(which.add(name, "x", str(number % 5)))  # noqa: PERF401

        threads = [
            threading.Thread(target=add, args=((store, other)[i % 2], f"name {i // 2}"))
            for i in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(other.free) <= 4
    assert len(store.free) <= 4
    kept = [post for post in results if post]
    assert (len(results), len(kept)) == (80, 20)
    assert sorted(kept) == store.since(0, 99)


@pytest.mark.parametrize("version", range(len(MIGRATIONS) + 1))
def test_a_database_of_each_version_is_brought_up_to_date(tmp_path, version):
    path = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(path)) as conn:
        for step in MIGRATIONS[:version]:
            conn.execute(step)
        conn.execute(f"PRAGMA user_version = {version}")
        conn.commit()
    with Store(path) as store:
        assert store.add("ada", "hello", "k").id == 1
    with Store(path) as store, store.connection() as conn:
        assert conn.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)


def test_a_database_of_a_newer_program_is_left_alone(tmp_path):
    path = tmp_path / "new.sqlite"
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA user_version = 99")
    with pytest.raises(CannotRun, match="newer version"):
        Store(path)


def test_a_backup_has_what_is_in_the_log(store, tmp_path):
    store.add("ada", "hello", "k")
    back_up(tmp_path, tmp_path / "copy")
    with Store(tmp_path / "copy" / "board.sqlite") as copy:
        assert copy.since(0, 9) == store.since(0, 9)
    with pytest.raises(CannotRun, match="exists"):
        back_up(tmp_path, tmp_path / "copy")
    with Store(tmp_path / "copy" / "board.sqlite") as copy:
        assert copy.since(0, 9) == store.since(0, 9)


def test_a_backup_that_fails_leaves_nothing(tmp_path):
    (tmp_path / "board.sqlite").write_bytes(b"this is not a database" * 100)
    with pytest.raises(sqlite3.Error):
        back_up(tmp_path, tmp_path / "copy")
    assert list((tmp_path / "copy").iterdir()) == []


# --- The program -----------------------------------------------------------------------------------


@contextmanager
def program(folder, *options):
    """Start the board in an empty folder, with a Python that has nothing installed."""
    command = [sys.executable, "-S", "-m", "solutions.ch20_capstone", *options]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("options", [(), ("--loop",)])
def test_the_program_runs_in_an_empty_folder_and_stops_gracefully(tmp_path, options):
    with program(tmp_path, "--port", "0", *options) as process:
        port = int(process.stdout.readline().rpartition(":")[2])
        with connect_websocket(("127.0.0.1", port), "/live") as feed:
            assert unpack(feed.receive()) == ([], False)
            process.send_signal(signal.SIGTERM)
            assert feed.receive() is None
            assert feed.closed.code == 1001
        printed, _ = process.communicate(timeout=30)
        assert "Traceback" not in printed
        assert (process.returncode, printed.splitlines()[-1]) == (0, "Stopped.")
    made = list(tmp_path.rglob("*"))
    folder = Path("my_board")
    names = {path.relative_to(tmp_path) for path in made}
    assert names == {folder, folder / "board.sqlite", folder / "board.key"}
    if os.name == "posix":
        assert {path.stat().st_mode & 0o077 for path in made} == {0}


def test_a_board_starts_on_a_backup_that_only_its_user_can_read(tmp_path):
    with Store(tmp_path / "board.sqlite") as store:
        store.add("ada", "hello", "k")
    before = os.umask(0o022)
    try:
        back_up(tmp_path, tmp_path / "direct")
        with program(tmp_path, "--data", ".", "--backup", "copy") as process:
            printed, _ = process.communicate(timeout=30)
    finally:
        os.umask(before)
    copy = Path("copy", "board.sqlite")
    assert printed.splitlines() == [f"{copy} has everything that had been committed.", "Stopped."]
    if os.name == "posix":
        copies = (tmp_path / copy, tmp_path / "direct" / "board.sqlite")
        assert {path.stat().st_mode & 0o777 for path in copies} == {0o600}
    with program(tmp_path, "--port", "0", "--data", "copy") as process:
        port = int(process.stdout.readline().rpartition(":")[2])
        with connect_websocket(("127.0.0.1", port), "/live") as feed:
            assert [post.text for post in unpack(feed.receive())[0]] == ["hello"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--watch", "nowhere"), "is not an address"),
        (("--data", "file"), "the folder file: "),
        (("--backup", "copy"), "there is no database"),
        (("--rehearse", "no-such-browser"), "there is no program no-such-browser here"),
        (("--data", "broken"), "the database"),
    ],
)
def test_bad_options_are_one_line(tmp_path, options, says):
    (tmp_path / "file").touch()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "board.sqlite").write_text("this is not a database, but some text" * 99)
    with program(tmp_path, "--port", "0", *options) as process:
        printed, _ = process.communicate(timeout=30)
    assert says in printed
    assert (len(printed.splitlines()), process.returncode) == (1, 1)


def test_headers_can_be_asked_for_foreign_fields():
    request = Request("POST", "/", (1, 1), Headers([("Origin", "http://evil.test")]))
    assert is_foreign(request.method, request.headers)
