"""Chapter 20. Can you ship it?

A message board, on your own framework. Its messages are in a database, and browsers get new ones over
a WebSocket. Even if the server is killed, no message is lost, and none appears twice.

What calls what:

    a form, a WebSocket ─► Board.post ─┬─► Store.add ─► Store.transaction
                                       └─► Board.publish ─┐
    a client that (re)connects ─► Board.resume ─┬─────────┴─► Board.deliver ─► Seat.offer
                                                └─► Store.since
    follow ─► a client's WebSocket (chapter *websocket*)

Run it by hand:  python3 -m chapters.ch20_capstone --port 8000 [--loop] [--data FOLDER]
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from secrets import token_bytes, token_hex
from typing import NamedTuple, Protocol

from course.by_hand import CannotRun, announce, by_hand, wait_for_ctrl_c

from .accounts import (
    LONGEST_PASSWORD,
    NAME,
    NOBODY,
    SHORTEST_PASSWORD,
    hash_password,
    hash_token,
    is_foreign,
    verify_password,
)
from .ch09_request import HttpError
from .ch11_response import HTML, Response
from .ch13_routing import plain
from .ch14_framework import App, Context, Inner, Signer, parse_json, see_other, sessions
from .ch15_static_files import Files, mount
from .ch17_websocket import (
    CLOSE_TIMEOUT,
    GOING_AWAY,
    LoopPeer,
    Message,
    Peer,
    WebSocketClient,
    connect_websocket,
    event_stream,
    websocket,
)
from .ch18_hardening import SHUTDOWN_TIMEOUT, Bounds, HardLoop, HardServer, shut_down
from .pages import ARTICLE, ASSETS, BOARD, PERSON, WRITE, Html, fill, whole_page
from .rehearsal import rehearsal

BUSY_TIMEOUT = 5.0  # seconds that a transaction waits for another one to end
PAGE = 100  # the most messages that a client gets at once


class Post(NamedTuple):
    """A message of the board."""

    id: int
    author: str
    text: str
    at: int  # seconds since 1970
    key: str  # the client chooses a new one for each message


def connect(path: Path | str) -> sqlite3.Connection:
    """Open a database, and return a connection to it. This is given.

    isolation_level=None       Python begins no transactions: your code does
    check_same_thread=False    Python does not check that only one thread uses the connection
    journal_mode = WAL         readers and the writer do not wait for each other
    synchronous = FULL         when COMMIT returns, the change is on the disk
    """
    conn = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
    )
    try:
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("PRAGMA synchronous = FULL")
    except BaseException:
        conn.close()
        raise
    return conn


class Store:
    """What the board keeps, in a database (SQLite). Any thread may call any method.

    The table `messages` has the columns id, author, text, at and key. It refuses a second row with the
    same author and key. You write transaction(), add() and since(). The rest is given.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = path
        self.free: list[sqlite3.Connection] = []  # connections that nobody uses now
        self.clock = time.time
        try:
            self.migrate()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that nobody else uses until the end of the `with` block."""
        try:
            conn = self.free.pop()  # one step for all threads: no lock is needed
        except IndexError:
            conn = connect(self.path)
        try:
            yield conn
        finally:
            if conn.in_transaction:  # the next block must not get into this transaction
                conn.close()
            else:
                self.free.append(conn)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run a `with` block as one transaction: all of its changes are kept, or none.

            with store.transaction() as conn:
                conn.execute("INSERT …")

            before the block            BEGIN IMMEDIATE
            after the block             COMMIT
            the block raises an error   ROLLBACK, and the same error goes on, whatever error it is

        The block gets a connection that self.connection() lends. If BEGIN IMMEDIATE raises an error, no
        transaction has begun: the error passes through, and there is no ROLLBACK.
        """
        # TASK 1. conn.execute("COMMIT") commits. The block runs where the function says `yield`.
        raise NotImplementedError("ch20 task 1: Store.transaction")

    def add(self, author: str, text: str, key: str) -> Post | None:
        """Keep a message, and return it as a Post.

        If this author already has a message with this key, whatever its text: change nothing, and
        return None.

        `at` is `int(self.clock())`. After an INSERT, `cursor.lastrowid` is the new id:

            cursor = conn.execute("INSERT INTO messages (author, text, at, key) VALUES (?, ?, ?, ?)", …)
        """
        # TASK 2. Look and insert in one transaction, so that nobody else can insert in between.
        raise NotImplementedError("ch20 task 2: Store.add")

    def since(self, last: int, limit: int) -> list[Post]:
        """Return the messages whose id is greater than `last`, as Posts, in the order of their ids.

        If there are more than `limit`, return the first `limit` of them.

        since() must not wait for a writer. So it uses self.connection(), and no transaction.
        """
        # TASK 3. A row is a tuple. Name the columns in the order in which a Post has them.
        raise NotImplementedError("ch20 task 3: Store.since")

    def last_id(self) -> int:
        """Return the id of the last message, or 0."""
        with self.connection() as conn:
            return int(conn.execute("SELECT coalesce(max(id), 0) FROM messages").fetchone()[0])

    def migrate(self) -> None:
        """Bring the tables up to date, in one transaction. Raises CannotRun for a newer database."""
        with self.connection() as conn:
            conn.execute("BEGIN IMMEDIATE")
            done = conn.execute("PRAGMA user_version").fetchone()[0]
            if done > len(MIGRATIONS):
                conn.execute("ROLLBACK")
                raise CannotRun(f"{self.path} was made by a newer version of this program")
            for step in MIGRATIONS[done:]:
                conn.execute(step)
            conn.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
            conn.execute("COMMIT")

    def close(self) -> None:
        """Close all connections. No method may be running."""
        while self.free:
            self.free.pop().close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def pack(posts: Sequence[Post], more: bool = False) -> str:
    """Return messages, or none, as JSON for the WebSocket. This is given.

    If `more` is True, the client has to ask for the rest.

    pack([Post(7, "ada", "hi", 1000, "k")])
        → '{"messages": [{"id": 7, "author": "ada", … "key": "k"}], "more": false}'
    """
    messages = [post._asdict() for post in posts]
    return json.dumps({"messages": messages, "more": more}, ensure_ascii=False)


def unpack(text: Message) -> tuple[list[Post], bool]:
    """Return what pack() was given: the messages, and whether there are more. This is given."""
    value = json.loads(text)
    return [Post(**message) for message in value.get("messages", ())], value.get("more", False)


def ask_for(since: int) -> str:
    """Return the text with which a client asks for the messages after an id. This is given."""
    return json.dumps({"since": since})


class Subscriber(Protocol):
    """A client, as the board sees it."""

    def offer(self, text: str) -> bool:
        """Send a text, without waiting. If the client is too slow, send nothing, and return False."""

    def drop(self) -> None:
        """Disconnect a client that is too slow. It will connect again."""


class Board:
    """Sends each message to all clients. Any thread may call any method.

    You write post(), publish(), deliver() and resume(). The rest is given.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.seats: set[Subscriber] = set()  # the clients that get each new message
        self.lock = threading.RLock()  # a thread that holds it can take it again

    def post(self, author: str, text: str, key: str) -> Post | None:
        """Keep a message, and then publish it. Return what store.add() returns.

            add() returns a Post       publish it
            add() returns None         publish nothing: everybody has had the message
            add() raises an error      publish nothing, and let the error pass

        Hold `lock` from before add() until publish() has returned.
        """
        # TASK 4. `with self.lock:` holds the lock, also while publish() runs.
        raise NotImplementedError("ch20 task 4: Board.post")

    def publish(self, post: Post) -> None:
        """Deliver a message to all seats, as pack([post])."""
        # TASK 4. A seat may leave `seats` while your loop runs. post() holds the lock already.
        raise NotImplementedError("ch20 task 4: Board.publish")

    def deliver(self, seat: Subscriber, text: str) -> None:
        """Offer a text to a seat. If offer() returns False, leave() the seat, and then drop() it."""
        # TASK 4. Nobody waits for a slow client.
        raise NotImplementedError("ch20 task 4: Board.deliver")

    def resume(self, seat: Subscriber, since: int) -> None:
        """Deliver what a client has missed: the messages after the id `since`.

        Read at most PAGE of them, and deliver pack(messages, more): once, even if there are none.

            fewer than PAGE    more is False, and the seat is in `seats`: it gets each new message
            PAGE messages      more is True, because more may follow. The seat is not in `seats`. If it
                               was there before, it leaves

        After a page with `more`, the client asks again, and resume() is called with the last id of that
        page. The last page may be empty. Hold `lock` from before the look until all this is done.
        """
        # TASK 5. deliver() takes a seat that is too slow out of `seats`. So call deliver() last.
        raise NotImplementedError("ch20 task 5: Board.resume")

    def leave(self, seat: Subscriber) -> None:
        """Forget a seat. Do nothing if it is not there."""
        with self.lock:
            self.seats.discard(seat)

    def close(self) -> None:
        """Say goodbye to everybody."""
        with self.lock:
            for seat in list(self.seats):
                if isinstance(seat, Seat):
                    seat.peer.close(GOING_AWAY)


class Feed(AbstractContextManager["Feed"], Protocol):
    """A client's WebSocket. The WebSocketClient of the chapter *websocket* is one."""

    def receive(self) -> Message | None:
        """Return the next text; None if the WebSocket has been closed. Raises OSError."""

    def send(self, message: str) -> None:
        """Send a text. Raises OSError."""


def follow(
    connect: Callable[[int], Feed], since: int, wait: Callable[[], object]
) -> Iterator[Post]:
    """Yield every message after the id `since`, each once, over as many connections as it takes.

        with connect(since) as feed:     connects; the server sends what comes after `since`
        unpack(feed.receive())           the messages and `more` of the next text
        feed.send(ask_for(since))        if `more` is True: asks for those after `since`

    Yield a message only if its id is greater than the last one that you have yielded. If receive()
    returns None, or any of these calls raises an OSError, call wait(), and connect again, forever.
    """
    # TASK 6. `since` is the id of the last message that you have yielded. At first, it is the caller's.
    raise NotImplementedError("ch20 task 6: follow")


# What follows is given: the tables, the clients of the board, the accounts, the pages, and the program.

DATABASE, KEY_FILE = "board.sqlite", "board.key"  # the files of a board
FOLDER = "my_board"  # where they are, unless --data says otherwise
MAX_TEXT = 2000  # characters of a message
MAX_KEY = 64  # characters of the key that a client gives a message
MAX_QUEUE = 1 << 18  # octets that may wait for a client: with more, it is too slow
TRY_AGAIN_LATER = 1013  # the code of a Close frame: connect again
SESSION_TIME = 14 * 24 * 3600  # seconds until a visitor has to log in again
FOLLOW_TIMEOUT = 60.0  # seconds without an octet: the server sends pings more often
WORKERS = 300  # threads; each client with a WebSocket keeps one
PER_ADDRESS = 300  # clients of one address: behind a proxy, all have the same

# The tables, step by step. A step is never changed: a new one is added. `PRAGMA user_version` is the
# number of steps that a database has had. AUTOINCREMENT: the id of a deleted message never comes back.
MIGRATIONS = (
    """
    CREATE TABLE messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        author TEXT NOT NULL,
        text TEXT NOT NULL,
        at INTEGER NOT NULL,
        key TEXT NOT NULL,
        UNIQUE (author, key)
    )
    """,
    """
    CREATE TABLE people (name TEXT PRIMARY KEY COLLATE NOCASE, password TEXT NOT NULL)
    """,
    """
    CREATE TABLE visits (token BLOB PRIMARY KEY, name TEXT NOT NULL, until INTEGER NOT NULL)
    """,
)


class Seat:
    """A client at the board, with a WebSocket or with server-sent events: the Member of a Peer."""

    def __init__(self, peer: Peer, site: BoardSite, since: int, token: str) -> None:
        self.peer = peer
        self.site = site
        self.token = token  # says who it is, as long as they are logged in
        site.board.resume(self, since)

    def offer(self, text: str) -> bool:
        """Send a text, unless more than MAX_QUEUE octets wait for this client."""
        if waiting_for(self.peer) > MAX_QUEUE:
            return False
        self.peer.send(text)
        return True

    def drop(self) -> None:
        """Close the WebSocket of a client that is too slow, and do not wait for long."""
        self.peer.close(TRY_AGAIN_LATER, "too slow")
        if isinstance(self.peer, LoopPeer):
            self.peer.conn.loop.call_later(2 * CLOSE_TIMEOUT, self.peer.conn.abort)

    def received(self, message: Message) -> None:
        """Do what a client asks for: the messages after an id, or to keep a message."""
        try:
            value = parse_json(message.encode() if isinstance(message, str) else message)
            if not isinstance(value, dict):
                raise HttpError(400, "this is not an object", "RFC 8259 §4")
            if "since" in value:
                self.site.board.resume(self, check_id(value["since"]))
            else:
                self.write(value.get("text"), value.get("key"))
        except HttpError as error:
            self.peer.send(json.dumps({"problem": error.reason}))

    def write(self, text: object, key: object) -> None:
        """Post a message. Say that it is kept, or why it is not."""
        answer = {"key": key}
        try:
            name = self.site.accounts.name_of(self.token)
            if name is None:
                raise HttpError(403, "log in first", "RFC 9110 §15.5.4")
            self.site.board.post(name, check_text(text), check_key(key))
        except HttpError as error:
            answer["problem"] = error.reason
        self.peer.send(json.dumps(answer))

    def ended(self) -> None:
        """Leave the board."""
        self.site.board.leave(self)


def waiting_for(peer: Peer) -> int:
    """Return how many octets wait for a client. They are counted after their first send()."""
    if isinstance(peer, LoopPeer):
        return peer.conn.waiting
    return len(getattr(peer, "waiting", b"")) + getattr(peer, "unsent", 0)


def check_id(value: object) -> int:
    """Return an id, or 0, that a client has sent. Raises HttpError 400 for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
        return value
    raise HttpError(400, "this is not the id of a message", "RFC 9110 §15.5.1")


def check_text(text: object) -> str:
    """Return the text of a message. Raises HttpError 400 if there is none, or too much."""
    if isinstance(text, str) and text.strip() and len(text) <= MAX_TEXT:
        return text
    raise HttpError(400, f"a message has 1 to {MAX_TEXT} characters", "RFC 9110 §15.5.1")


def check_key(key: object) -> str:
    """Return the key of a message. Raises HttpError 400 if it cannot be one."""
    if isinstance(key, str) and key.isascii() and 0 < len(key) <= MAX_KEY:
        return key
    raise HttpError(400, f"a key has 1 to {MAX_KEY} characters", "RFC 9110 §15.5.1")


class Accounts:
    """Who may write: names, with hashes of passwords, and tokens of those who are logged in.

    A signed cookie cannot be taken back. So the cookie has a token, and the server decides for how long
    the token is good. It keeps only hashes: a thief of the database gets neither.
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    def join(self, name: str, password: str) -> bool:
        """Add a person. Return False if the name is taken."""
        kept = hash_password(password)
        with self.store.transaction() as conn:
            insert = "INSERT INTO people VALUES (?, ?) ON CONFLICT DO NOTHING"
            return conn.execute(insert, (name, kept)).rowcount == 1

    def log_in(self, name: str, password: str) -> str | None:
        """Return a new token, or None if name or password are wrong: nobody learns which.

        An unknown name is as much work as a wrong password, so the time does not tell either.
        """
        with self.store.connection() as conn:
            select = "SELECT password, name FROM people WHERE name = ?"
            kept, name = conn.execute(select, (name,)).fetchone() or (NOBODY, "")
        if not verify_password(password, kept) or kept == NOBODY:
            return None
        token, now = token_hex(32), int(self.store.clock())
        with self.store.transaction() as conn:
            conn.execute("DELETE FROM visits WHERE until <= ?", (now,))
            insert = "INSERT INTO visits VALUES (?, ?, ?)"
            conn.execute(insert, (hash_token(token), name, now + SESSION_TIME))
        return token

    def name_of(self, token: str) -> str | None:
        """Return who has this token; None if it is not good any more."""
        with self.store.connection() as conn:
            select = "SELECT name FROM visits WHERE token = ? AND until > ?"
            row = conn.execute(select, (hash_token(token), int(self.store.clock()))).fetchone()
        return row[0] if row else None

    def log_out(self, token: str) -> None:
        """Make a token worthless, wherever it was copied to."""
        with self.store.transaction() as conn:
            conn.execute("DELETE FROM visits WHERE token = ?", (hash_token(token),))


SECURITY = (
    # Scripts and styles come from this server only: what somebody writes cannot run.
    ("Content-Security-Policy", "default-src 'self'; img-src data:; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
)


def secured(context: Context, inside: Inner) -> Response:
    """Refuse what pages of other sites send in a visitor's name, and add the fields of SECURITY."""
    if is_foreign(context.method, context.headers):
        return plain(403, "This comes from a page of another site.")
    response = inside(context)
    return response._replace(fields=[*response.fields, *SECURITY])


class BoardSite:
    """The pages of the board, as an App."""

    def __init__(
        self, board: Board, signer: Signer, assets: Path, origins: Sequence[str] = ()
    ) -> None:
        self.board = board
        self.origins = origins  # a proxy serves the pages there, with https
        self.accounts = Accounts(board.store)
        cookies = sessions(signer, SESSION_TIME, secure=bool(origins))
        app = self.app = App(secured, cookies)
        app.get("/")(self.show)
        app.post("/")(self.write)
        app.get("/live")(self.live)
        app.get("/feed")(self.feed)
        for path, change in (("/join", self.join), ("/login", self.log_in)):
            app.get(path)(self.ask)
            app.post(path)(change)
        app.post("/logout")(self.log_out)
        for name, content in ASSETS.items():
            (assets / name).write_text(content, encoding="utf-8")
        mount(app.router, "/static/", Files(assets))

    def visitor(self, context: Context) -> str | None:
        """Return the visitor's name, or None."""
        return self.accounts.name_of(context.session.get("token", ""))

    def show(self, context: Context) -> Response:
        """Show the last messages. The script on the page gets those that follow."""
        name = self.visitor(context)
        posts = self.board.store.since(max(0, self.board.store.last_id() - PAGE), PAGE)
        articles = (
            fill(
                ARTICLE,
                id=post.id,
                author=post.author,
                at=time.strftime("%Y-%m-%d %H:%M", time.gmtime(post.at)),
                text=post.text,
            )
            for post in reversed(posts)
        )
        form = Html()
        if name is not None:
            form = fill(WRITE, name=name, key=token_hex(16), longest=MAX_TEXT)
        body = fill(
            BOARD,
            form=form,
            since=posts[-1].id if posts else 0,
            articles=Html("".join(articles)),
        )
        return page("Message board", body, name)

    def write(self, context: Context) -> Response:
        """Keep a message from a browser without JavaScript."""
        name = self.visitor(context)
        if name is None:
            return see_other("/login")
        text, key = check_text(context.form["text"]), check_key(context.form["key"])
        self.board.post(name, text, key)
        return see_other("/")

    def live(self, context: Context) -> Response:
        """Open a WebSocket. The query says which message the client has seen last."""
        since = context.query.get("since", "0")
        number = check_id(int(since) if since.isascii() and since.isdigit() else None)
        token = context.session.get("token", "")
        seat = partial(Seat, site=self, since=number, token=token)
        return websocket(context.request, seat, self.origins, limit=1 << 16)

    def feed(self, _context: Context) -> Response:
        """Send what is published from now on, as server-sent events: for curl."""
        return event_stream(partial(Seat, site=self, since=self.board.store.last_id(), token=""))

    def ask(self, context: Context, name: str = "", problem: str = "") -> Response:
        """Ask for a name and a password."""
        which, verb = ("new-password", "Join")
        if context.target.startswith("/login"):
            which, verb = ("current-password", "Log in")
        body = fill(PERSON, name=name, problem=problem, which=which, verb=verb)
        return page(verb, body, status=422 if problem else 200)

    def join(self, context: Context) -> Response:
        """Add a person, and log them in."""
        name, password = context.form["name"], context.form["password"]
        problem = ""
        if not NAME.fullmatch(name):
            problem = "A name has 1 to 30 letters and digits, with single . - _ between them."
        elif not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            problem = f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters."
        elif not self.accounts.join(name, password):
            problem = "This name is taken."
        return self.ask(context, name, problem) if problem else self.log_in(context)

    def log_in(self, context: Context) -> Response:
        """Give the visitor a new token. What the session had before is forgotten."""
        name, password = context.form["name"], context.form["password"][:LONGEST_PASSWORD]
        token = self.accounts.log_in(name, password)
        if token is None:
            return self.ask(context, name, "This name and this password do not belong together.")
        self.forget(context)
        context.session["token"] = token
        return see_other("/")

    def log_out(self, context: Context) -> Response:
        """Forget the visitor, on the server as well."""
        self.forget(context)
        return see_other("/")

    def forget(self, context: Context) -> None:
        """Make the session's token worthless, and empty the session."""
        if token := context.session.get("token", ""):
            self.accounts.log_out(token)
        context.session.clear()


def page(title: str, body: Html, name: str | None = None, status: int = 200) -> Response:
    """Return a page that no cache keeps: it is one visitor's."""
    return Response(whole_page(title, body, name), status, [HTML, ("Cache-Control", "no-store")])


def read_key(path: Path) -> bytes:
    """Return the key that signs sessions. The first time, make one that only this user can read."""
    with suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            file.write(token_bytes(32))
    key = path.read_bytes()
    if len(key) != 32:
        raise CannotRun(f"{path} does not have 32 octets: delete it, and everybody logs in again")
    return key


def make_folder(folder: Path) -> None:
    """Make a folder, if it is not there. Raises CannotRun if that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotRun(f"the folder {folder}: {error.strerror}") from error


def back_up(folder: Path, into: Path) -> None:
    """Copy a board's database into another folder, while a server may be writing to it.

    A copy of the file alone would lack what is in the write-ahead log. Only this user can read the
    copy, as with the original. The key is not copied: everybody has to log in again.
    """
    source, copy = folder / DATABASE, into / DATABASE
    if not source.exists():
        raise CannotRun(f"there is no database {source}")
    make_folder(into)
    try:
        os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise CannotRun(f"the copy {copy}: {error.strerror}") from error
    try:
        with closing(connect(source)) as conn, closing(sqlite3.connect(copy)) as target:
            conn.backup(target)
    except BaseException:
        copy.unlink()
        raise


def serve_board(host: str, port: int, on_loop: bool, folder: Path, names: Sequence[str]) -> None:
    """Serve the board of a folder until Ctrl-C or SIGTERM. Then say goodbye to the clients.

    The server is the one of the chapter *hardening*. A login takes 50 ms: on the loop, it holds up
    everybody. If there are `names`, a proxy is in front of this server, and speaks TLS.
    """
    with tempfile.TemporaryDirectory() as assets, Store(folder / DATABASE) as store:
        board = Board(store)
        origins = [f"https://{name}" for name in names]
        site = BoardSite(board, Signer(read_key(folder / KEY_FILE)), Path(assets), origins)
        hosts = ("localhost", "127.0.0.1", "[::1]", host.lower(), *names)
        bounds = Bounds(
            per_address=PER_ADDRESS,
            hosts=() if host == "0.0.0.0" else hosts,
            proxies=1 if names else 0,
        )
        server: HardLoop | HardServer
        if on_loop:
            server = HardLoop(site.app, host, port, bounds)
        else:
            server = HardServer(site.app, WORKERS, host, port, bounds)
        announce(server.address)
        server.thread.start()
        wait_for_ctrl_c(several=True)
        if isinstance(server, HardLoop):
            server.call(board.close)
        else:
            board.close()
        shut_down(server, SHUTDOWN_TIMEOUT)
        server.stop()


def print_posts(address: str) -> None:
    """Print the messages of a board, and go on when its server has been restarted."""
    host, _, port = address.rpartition(":")
    if not port.isdecimal():
        raise CannotRun(f"{address} is not an address such as 127.0.0.1:8000")

    def connect(since: int) -> WebSocketClient:
        path = f"/live?since={since}"
        return connect_websocket((host, int(port)), path, timeout=FOLLOW_TIMEOUT)

    for post in follow(connect, 0, partial(time.sleep, 0.5)):
        text = "".join(letter if letter.isprintable() else " " for letter in post.text)
        print(f"{post.id:5} {post.author}: {text}", flush=True)


def serve(
    host: str,
    port: int,
    on_loop: bool,
    data: str = "",
    backup: str = "",
    watch: str = "",
    rehearse: str = "",
    names: str = "",
) -> None:
    """Serve the board, or do one of the other things that a board needs."""
    folder = Path(data or FOLDER)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.umask(0o077)  # whatever is made here, only this user can read
    try:
        if watch:
            print_posts(watch)
        elif rehearse:
            module = f"{__package__}.{Path(__file__).stem}"
            rehearsal(rehearse, module, connect_websocket, on_loop)
        elif backup:
            back_up(folder, Path(backup))
            print(f"{Path(backup) / DATABASE} has everything that had been committed.")
        else:
            make_folder(folder)
            logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
            serve_board(host, port, on_loop, folder, [name for name in names.split(",") if name])
    except sqlite3.Error as error:
        raise CannotRun(f"the database {folder / DATABASE}: {error}") from error


OPTIONS = {
    "data": f"the folder of the board: its database and its key ({FOLDER})",
    "backup": "copy the database into this folder, even while the server is running",
    "watch": "print the messages of the board at this address, such as 127.0.0.1:8000",
    "names": "more names of this host, such as board.example: a proxy in front serves them with https",
    "rehearse": "let two people write in this browser, such as chromium, and kill the server",
}

if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "A live message board.", loop=True, texts=OPTIONS))
