"""The promises of chapter 20: a message board that can be killed."""

import json
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

from course.checks.answers import Attempt
from course.checks.expect import Given, Literally, Raised, broken, described, holds, same
from course.checks.peers import observes, simulates
from course.checks.promises import promise
from tests import beliefs

INSERT = "INSERT INTO messages (author, text, at, key) VALUES (?, ?, ?, ?)"


@promise(
    task=1,
    usually=beliefs.INSERTED_IS_KEPT,
    signs={TypeError: beliefs.YIELD_IS_THE_BLOCK},
    hints=(
        "The block has inserted a message, and nobody else can see it. Which statement is missing?",
        "Three steps, inside `with self.connection() as conn:`. First BEGIN IMMEDIATE, then the block, "
        "then COMMIT.",
        'conn.execute("BEGIN IMMEDIATE"); yield conn; conn.execute("COMMIT")',
    ),
    hints_if={
        "nothing": (
            "with store.transaction() as conn: what is `conn` in the block?",
            "It is the value of your `yield`.",
            "yield conn",
        ),
    },
)
def test_a_block_is_kept(chapter: Attempt) -> None:
    """What a block has changed is kept: afterwards, every other connection sees it."""
    with a_store(chapter) as store:
        for texts in (["one"], ["two", "three"], []):
            before = committed(store)
            with store.transaction() as conn:
                is_one = isinstance(conn, sqlite3.Connection)
                what = "The block got no connection."
                holds(what, is_one, got=conn, usually=None, clue="nothing")
                for text in texts:
                    conn.execute(INSERT, ("ada", text, 1, text))
            what = f"A block inserted {texts}. What another connection finds:"
            same(what, expected=before + texts, got=committed(store))


@promise(
    task=1,
    usually=beliefs.EACH_STATEMENT_IS_KEPT,
    hints=(
        "While your block runs, somebody else reads. What may they see?",
        "Nothing of it. Each statement is kept by itself, unless a transaction has begun.",
        'conn.execute("BEGIN IMMEDIATE") comes before `yield conn`, and COMMIT after it.',
    ),
)
def test_nobody_sees_half(chapter: Attempt) -> None:
    """While the block runs, nobody else sees what it has changed, and readers need not wait."""
    with a_store(chapter, ["before"]) as store:
        with store.transaction() as conn:
            conn.execute(INSERT, ("ada", "one", 1, "a"))
            first = described(lambda: committed(store))
            conn.execute("UPDATE messages SET text = 'changed'")
            second = described(lambda: committed(store))
        what = "The block has inserted a message. Another connection finds:"
        same(what, expected=["before"], got=first)
        what = "The block has changed all messages. Another connection finds:"
        same(what, expected=["before"], got=second)
        got = committed(store)
        same("After the block, it finds:", expected=["changed", "changed"], got=got, usually=None)


@promise(
    task=1,
    usually=beliefs.HALF_IS_BETTER,
    hints=(
        "The block has failed in the middle. What may be left of its first half?",
        "Nothing. An error of the block is raised at your `yield`, so put a `try` around it.",
        'try: yield conn. except BaseException: conn.execute("ROLLBACK"), and then `raise`.',
    ),
    hints_if={
        beliefs.EXCEPTION_IS_ALL: (
            "Which error did the block raise here? Is it an Exception?",
            "KeyboardInterrupt and SystemExit are BaseExceptions. They end a block as well.",
            "except BaseException:",
        ),
        "swallowed": (
            "Who has to learn that nothing was kept?",
            "The caller. After the ROLLBACK, the same error has to go on.",
            "The last line of the `except` is `raise`, alone.",
        ),
        "no rollback": (
            "The block has raised an error. Which of your lines runs next?",
            "The error is raised at your `yield`. Only an `except` around it can still say ROLLBACK.",
            'try: yield conn. except BaseException: conn.execute("ROLLBACK"), and then `raise`.',
        ),
    },
)
def test_all_or_nothing(chapter: Attempt) -> None:
    """If the block raises an error, nothing is kept, and the same error goes on."""
    for error in (
        ValueError("a bug"),
        sqlite3.IntegrityError("twice"),
        KeyboardInterrupt(),
        SystemExit(),
        NothingMoreError(),
    ):
        name = type(error).__name__
        with a_store(chapter) as store, traced(chapter, store) as statements:
            raised: object = None
            try:
                with store.transaction() as conn:
                    conn.execute(INSERT, ("ada", "half", 1, "a"))
                    raise error
            except BaseException as found:
                raised = found
            what = f"The block inserted a message and raised {name}. What another connection finds:"
            is_base = not isinstance(error, Exception)
            usually = beliefs.EXCEPTION_IS_ALL if is_base else beliefs.HALF_IS_BETTER
            same(what, expected=[], got=committed(store), usually=usually)
            if raised is not error:
                shown = Literally(repr(raised) if raised else "no error")
                what = f"The block raised {name}. What went on:"
                expected = Literally("the same error")
                broken(what, expected=expected, got=shown, usually=None, clue="swallowed")
            ended = any(is_kind(statement, "ROLLBACK") for statement in statements)
            what = f"The block raised {name}. Was there a ROLLBACK?"
            sure = beliefs.EXCEPTION_IS_ALL if is_base else None
            same(what, expected=True, got=ended, usually=sure, clue="no rollback")
            free = can_write(store)
            what = f"The block raised {name}. Can another connection write now?"
            same(what, expected=True, got=free, usually=usually)


@promise(
    task=1,
    usually=beliefs.BEGIN_LOCKS,
    hints=(
        "Your transaction has begun, and somebody else can still write. What does BEGIN alone do?",
        "BEGIN waits with the lock until the first statement needs it. BEGIN IMMEDIATE takes it now.",
        'conn.execute("BEGIN IMMEDIATE") before `yield conn`',
    ),
)
def test_it_is_the_only_writer(chapter: Attempt) -> None:
    """From the beginning of the block to its end, nobody else can write: what it reads stays true."""
    with a_store(chapter) as store:
        with store.transaction() as conn:
            during = [can_write(store)]
            conn.execute("SELECT id FROM messages").fetchall()
            during.append(can_write(store))
            raised = described(lambda: conn.execute(INSERT, ("ada", "one", 1, "a")).lastrowid)
            during.append(can_write(store))
        what = "Can another connection write? At the beginning, after a SELECT, after an INSERT:"
        same(what, expected=[False, False, False], got=during)
        same("The new message has the id:", expected=1, got=raised, usually=None)
        same("And after the block?", expected=True, got=can_write(store), usually=None)


@promise(
    task=1,
    usually=beliefs.OPENING_IS_FREE,
    signs={sqlite3.OperationalError: beliefs.ONE_CONNECTION_FOR_ALL},
    hints=(
        "Where does the block's connection come from, and who gets it next?",
        "self.connection() lends one, and takes it back at the end of its `with` block.",
        "with self.connection() as conn: around everything, and `yield conn` inside.",
    ),
)
def test_a_connection_is_lent(chapter: Attempt) -> None:
    """The block gets a connection that self.connection() lends, alone, and the next block gets it."""
    with a_store(chapter) as store:
        lent = store.free[-1]
        for number in (1, 2):
            with store.transaction() as conn:
                what = f"Block {number} got a connection that self.connection() did not lend."
                holds(what, conn is lent)
                usually = beliefs.ONE_CONNECTION_FOR_ALL if store.free else None
                free = list(store.free)
                what = "Free connections during the block:"
                same(what, expected=[], got=free, usually=usually)
            same("Free connections after it:", expected=[lent], got=list(store.free))
        try:
            with store.transaction() as conn:
                raise KeyError("a bug")
        except KeyError:
            what, free = "A block failed. Free connections:", list(store.free)
            same(what, expected=[lent], got=free, usually=None)
        with store.connection() as other, store.transaction() as conn:
            holds("Two blocks at the same time got the same connection.", conn is not other)


@promise(
    task=1,
    usually=beliefs.BEGIN_ALWAYS_WORKS,
    hints=(
        "Somebody else holds the lock for longer than BUSY_TIMEOUT. What does BEGIN IMMEDIATE do?",
        "It raises OperationalError. Then the block does not run, and there is nothing to undo.",
        "BEGIN IMMEDIATE comes before the `try`.",
    ),
)
def test_begin_may_fail(chapter: Attempt) -> None:
    """If BEGIN IMMEDIATE fails, its error passes through, and the block does not run."""
    with (
        mock.patch.object(module_of(chapter), "BUSY_TIMEOUT", 0.0),
        a_store(chapter) as store,
        another(store) as other,
    ):
        store.close()  # the next connection has the new timeout
        other.execute("BEGIN IMMEDIATE")
        ran = False
        found: BaseException | None = None
        try:
            with store.transaction():
                ran = True
        except Exception as error:
            found = error
        sent = Literally("somebody else is in a transaction, and stays there")
        what = "What with store.transaction() raised:"
        kind = type(found).__name__ if found else "no error"
        same(what, sent=sent, expected="OperationalError", got=kind, usually=None)
        text = str(found)
        same("Its text:", sent=sent, expected="database is locked", got=text)
        holds("The block has run, without the lock.", not ran, sent=sent)
        other.execute("COMMIT")
        with store.transaction() as conn:
            conn.execute(INSERT, ("ada", "later", 1, "a"))
        got = committed(store)
        same("The next block inserted a message. Found:", expected=["later"], got=got, usually=None)


@promise(
    task=2,
    usually=beliefs.INSERTED_IS_KEPT,
    signs={sqlite3.OperationalError: beliefs.TEXT_IS_SQL},
    hints=(
        "Look at the row that another connection finds, and at the Post that add() returned.",
        "INSERT has four question marks: author, text, at, key. The id is cursor.lastrowid.",
        "cursor = conn.execute(insert, (author, text, at, key)); return Post(cursor.lastrowid, author, "
        "text, at, key)",
    ),
    hints_if={
        beliefs.TEXT_IS_SQL: (
            "What does SQLite make of a text with a ' in it?",
            "It ends the SQL text, and the rest becomes SQL. Never put values into the statement.",
            "Write ? for each value, and give execute() the values as a tuple.",
        ),
    },
)
def test_add_keeps_a_message(chapter: Attempt) -> None:
    """add() keeps a message as it is, and returns it as a Post, with the id that the database gave."""
    with a_store(chapter) as store:
        store.clock = lambda: 1000
        for number, (author, text, key) in enumerate(MESSAGES, 1):
            expected = chapter.Post(number, author, text, 1000, key)
            given = Given(f"add({author!r}, {text!r}, {key!r})")
            usually = beliefs.TEXT_IS_SQL if "'" in author + text + key else None
            got = described(partial(store.add, author, text, key))
            what = "The clock says 1000. What add() returned:"
            same(what, sent=given, expected=expected, got=got, usually=usually)
            holds("It is not a Post.", isinstance(got, chapter.Post), sent=given, usually=None)
            found = rows(store)[number - 1 :]
            usually = None if found else beliefs.INSERTED_IS_KEPT
            what = "What another connection finds:"
            same(what, sent=given, expected=[tuple(expected)], got=found, usually=usually)
        with another(store) as conn:
            conn.execute("DELETE FROM messages WHERE id = ?", (len(MESSAGES),))
        got = store.add("ada", "hello again", "f").id
        what = "The last message was deleted, and another one kept. Its id, as add() returned it:"
        same(what, expected=rows(store)[-1][0], got=got, usually=None)


@promise(
    task=2,
    usually=beliefs.CLOCK_IS_THE_COMPUTERS,
    hints=(
        "The clock gave 1000.9, then 2000. Which seconds do the messages have?",
        "Ask the clock for each message: self.clock(). Cut off what comes after the point, with int().",
        "at = int(self.clock())",
    ),
)
def test_at_is_the_time(chapter: Attempt) -> None:
    """`at` is the time of the store's clock, in whole seconds, for each message anew."""
    with a_store(chapter) as store:
        times = iter([1000.9, 2000.0, 1500.5, 1.0, 2.0, 3.0])
        store.clock = lambda: next(times)
        got = [store.add("ada", f"message {key}", key).at for key in "abc"]
        what = "The clock gives 1000.9, 2000.0 and 1500.5. The times of three messages:"
        usually = beliefs.CLOCK_IS_THE_COMPUTERS if max(got) > 2000 else None
        same(what, expected=[1000, 2000, 1500], got=got, usually=usually)
        found = [row[3] for row in rows(store)]
        same("In the database:", expected=[1000, 2000, 1500], got=found, usually=None)


@promise(
    task=2,
    usually=beliefs.SENT_TWICE_MEANS_TWO,
    hints=(
        "The client did not hear that its message was kept, and sends it again. How do you notice?",
        "It has the same author and the same key. Look for them before you insert.",
        "if conn.execute(query, (author, key)).fetchone(): return None",
    ),
    hints_if={
        beliefs.TABLE_DECIDES: (
            "The table refuses a second row with this author and this key. What is add() to return?",
            "None. Look first, in the same transaction, and insert only what is not there.",
            "if conn.execute(query, (author, key)).fetchone(): return None",
        ),
        "text": (
            "The key has come before, with another text. Is it another message?",
            "No: author and key decide. Do not look for the text.",
            '"SELECT id FROM messages WHERE author = ? AND key = ?", with (author, key)',
        ),
    },
)
def test_the_same_key_again(chapter: Attempt) -> None:
    """A second message of an author with the same key changes nothing, and add() returns None."""
    with a_store(chapter) as store:
        first = [store.add("ada", "one", "a"), store.add("ada", "two", "b")]
        before = rows(store)
        for text in ("one", "another text"):
            given = Given(f"add('ada', {text!r}, 'a'), again")
            got = described(partial(store.add, "ada", text, "a"))
            refused = isinstance(got, Raised) and "IntegrityError" in got
            belief = beliefs.TABLE_DECIDES if refused else beliefs.SENT_TWICE_MEANS_TWO
            is_same = text == "one"  # only the second text is another one
            usually, clue = (belief, "") if is_same else (None, "text")
            what = "What add() returned:"
            same(what, sent=given, expected=None, got=got, usually=usually, clue=clue)
            same("The rows now:", sent=given, expected=before, got=rows(store))
        holds("The first call returned None.", None not in first, got=first, usually=None)
        got = store.add("ada", "three", "c")
        holds("A new key got no Post.", got is not None, expected=Literally("a Post"), got=got)
        store.add("ada", "no key", "")
        again = described(partial(store.add, "ada", "no key", ""))
        what = "add('ada', 'no key', ''), for the second time, returned:"
        same(what, expected=None, got=again, usually=None)
    with a_store(chapter, ["before"]) as store:
        got = store.add("ada", "after a restart", "key 1")
        what = "The first store is closed. A new one gets the same author and key. add() returned:"
        same(what, expected=None, got=got, usually=beliefs.MEMORY_IS_ENOUGH)


@promise(
    task=2,
    usually=beliefs.KEY_ALONE,
    hints=(
        "What makes two messages the same: the text, the key, or something else?",
        "Author and key together. Another author may have chosen the same key.",
        '"SELECT id FROM messages WHERE author = ? AND key = ?", with (author, key)',
    ),
    hints_if={
        beliefs.SAME_TEXT: (
            "Ada writes “hello” on Monday and on Tuesday. How many messages are there?",
            "Two. The texts are equal, but the keys are not. Do not look at the text.",
            '"… WHERE author = ? AND key = ?"',
        ),
    },
)
def test_author_and_key_decide(chapter: Attempt) -> None:
    """Another author, or another key, makes another message, even if the text is the same."""
    cases = (
        ("ada", "hello", "a", None),
        ("bob", "hello", "a", beliefs.KEY_ALONE),
        ("ada", "hello", "b", beliefs.SAME_TEXT),
        ("ada", "hello", "A", beliefs.SAME_TEXT),
        ("Ada", "hello", "a", None),
        ("a", "hello", "daa", None),
        ("ad", "hello", "aa", None),
    )
    with a_store(chapter) as store:
        for number, (author, text, key, usually) in enumerate(cases, 1):
            given = Given(f"add({author!r}, {text!r}, {key!r})")
            got = described(partial(store.add, author, text, key))
            found = getattr(got, "id", got)
            what = "The first message of this author with this key. The new id:"
            same(what, sent=given, expected=number, got=found, usually=usually)


@promise(
    task=2,
    usually=beliefs.NOBODY_INSERTS_BETWEEN,
    signs={
        sqlite3.IntegrityError: beliefs.NOBODY_INSERTS_BETWEEN,
        sqlite3.OperationalError: beliefs.BEGIN_LOCKS,
    },
    hints=(
        "You looked, and the message was not there. Is that still true when you insert it?",
        "Only if nobody else could write since you looked. Do both in one transaction.",
        "with self.transaction() as conn: both SELECT and INSERT are in this block.",
    ),
)
def test_nobody_comes_between(chapter: Attempt) -> None:
    """Between the look and the insert, no other thread can insert the same message."""
    with a_store(chapter) as store, another(store) as other:
        looked: list[str] = []
        came: list[str] = []

        def comes(statement: str) -> None:
            # SQLite calls this before it runs a statement. Errors in here are ignored.
            if (looked or is_kind(statement, "INSERT")) and not came:
                other.execute(INSERT, ("ada", "from another thread", 1, "a"))
                came.append(statement)
            if is_kind(statement, "SELECT"):
                looked.append(statement)

        simulates("another thread, which adds the same message after your look, if it can")
        with traced(chapter, store, comes):
            got = store.add("ada", "mine", "a")
        texts = [row[2] for row in rows(store)]
        sent = Literally("after your look, another thread adds the same message, if it can")
        if came:
            what = "It could, before you inserted. What add() returned:"
            same(what, sent=sent, expected=None, got=got)
            same("The messages:", sent=sent, expected=["from another thread"], got=texts)
        else:
            what = "It could not. The messages that are kept in the end:"
            same(what, sent=sent, expected=["mine"], got=texts)


@promise(
    task=3,
    usually=beliefs.SINCE_INCLUDES,
    signs={TypeError: beliefs.ROW_IS_AN_OBJECT},
    hints=(
        "The client has seen message `last`. Is it among those that it wants?",
        "No: the id is greater than `last`. Each row becomes a Post.",
        '"SELECT id, author, text, at, key FROM messages WHERE id > ? ORDER BY id LIMIT ?"; '
        "[Post(*row) for row in …]",
    ),
    hints_if={
        "posts": (
            "What does execute() return, and what does since() return?",
            "execute() returns a cursor with rows, which are tuples. since() returns a list of Posts.",
            "[Post(*row) for row in conn.execute(query, (last, limit))]",
        ),
        "columns": (
            "Compare the columns of your SELECT with the attributes of a Post.",
            "Post(*row) takes them in their order: id, author, text, at, key.",
            '"SELECT id, author, text, at, key FROM messages …"',
        ),
    },
)
def test_what_comes_after(chapter: Attempt) -> None:
    """since() returns the messages whose id is greater than `last`, as a list of Posts."""
    with a_store(chapter, ["one", "two", "three"]) as store:
        every = [
            chapter.Post(i, "ada", text, 1, f"key {i}")
            for i, text in enumerate(("one", "two", "three"), 1)
        ]
        for last in (0, 2, 1, 3, 99):
            got = described(partial(store.since, last, 10))
            given = Given(f"since({last}, 10), and there are the ids 1, 2 and 3")
            belief = beliefs.SINCE_INCLUDES if got == every[max(0, last - 1) :] and last else None
            if isinstance(got, Raised) and "TypeError" in got:
                belief = beliefs.ROW_IS_AN_OBJECT
            right = all_posts(chapter, got)
            clue = "posts"
            if right and isinstance(got, list):
                clue = "columns" if len(got) == len(every[last:]) else ""
            what = "What since() returned:"
            wanted = every[last:]
            same(what, sent=given, expected=wanted, got=got, usually=belief, clue=clue)
            what = "since() returned other objects than Posts."
            holds(what, right, expected=wanted, got=got, usually=None, clue="posts")


@promise(
    task=3,
    usually=beliefs.ROWS_HAVE_AN_ORDER,
    hints=(
        "In which order does a table give its rows?",
        "In any order, unless the query says which: ORDER BY.",
        "ORDER BY id",
    ),
    hints_if={
        "time": (
            "Somebody has set the clock back. Which message is the newest?",
            "The one with the greatest id. Its time may be older than that of others.",
            "ORDER BY id, and not by the time",
        ),
    },
)
def test_in_the_order_of_ids(chapter: Attempt) -> None:
    """since() returns the messages in the order of their ids. Ids may be missing."""
    with a_store(chapter) as store, another(store) as conn:
        # Without ORDER BY, SQLite may choose any order. This makes it choose another one.
        store.free[-1].execute("PRAGMA reverse_unordered_selects = ON")
        for number, text, at in ((7, "c", 20), (2, "z", 40), (5, "a", 10), (30, "b", 30)):
            insert = "INSERT INTO messages (id, author, text, at, key) VALUES (?, ?, ?, ?, ?)"
            conn.execute(insert, (number, "ada", text, at, str(number)))
        for last, expected in ((0, [2, 5, 7, 30]), (1, [2, 5, 7, 30]), (5, [7, 30]), (30, [])):
            got = store.since(last, 99)
            given = Given(f"since({last}, 99), and there are the ids 2, 5, 7 and 30")
            found = [getattr(post, "id", post) for post in got]
            is_by_time = len(found) > 1 and found == [n for n in (5, 7, 30, 2) if n in expected]
            is_all = sorted(found) == expected
            usually = beliefs.ROWS_HAVE_AN_ORDER if is_all and not is_by_time else None
            clue = "time" if is_by_time else ""
            what = "The ids that since() returned:"
            same(what, sent=given, expected=expected, got=found, usually=usually, clue=clue)


@promise(
    task=3,
    usually=beliefs.LIMIT_IS_THE_NEWEST,
    hints=(
        "Four messages, and a limit of two. Which two does the client need first?",
        "The first ones after `last`. It asks again for those that follow.",
        "ORDER BY id LIMIT ?, with (last, limit)",
    ),
    hints_if={
        "gap": (
            "The ids are 2, 5, 7 and 30, and the limit is 2. What does the limit count?",
            "Messages, not ids: there may be gaps of any size between the ids.",
            "ORDER BY id LIMIT ?, with (last, limit)",
        ),
    },
)
def test_the_first_of_many(chapter: Attempt) -> None:
    """If there are more than `limit`, since() returns the first `limit` of them."""
    with a_store(chapter, ["one", "two", "three", "four"]) as store:
        for last, limit in ((0, 1), (0, 2), (1, 2), (0, 3), (0, 4), (3, 2), (2, 2)):
            expected = [1, 2, 3, 4][last:][:limit]
            got = [getattr(post, "id", post) for post in store.since(last, limit)]
            given = Given(f"since({last}, {limit}), and there are the ids 1 to 4")
            newest = [1, 2, 3, 4][last:][-limit:]
            usually = beliefs.LIMIT_IS_THE_NEWEST if sorted(got) == newest else None
            same("The ids:", sent=given, expected=expected, got=got, usually=usually)
    with a_store(chapter) as store, another(store) as conn:
        insert = "INSERT INTO messages (id, author, text, at, key) VALUES (?, 'ada', 'hi', 1, ?)"
        conn.executemany(insert, [(number, str(number)) for number in (2, 5, 7, 30)])
        for last, expected in ((0, [2, 5]), (2, [5, 7]), (7, [30])):
            got = [getattr(post, "id", post) for post in store.since(last, 2)]
            given = Given(f"since({last}, 2), and there are the ids 2, 5, 7 and 30")
            same("The ids:", sent=given, expected=expected, got=got, usually=None, clue="gap")


@promise(
    task=3,
    usually=beliefs.READERS_QUEUE,
    signs={sqlite3.OperationalError: beliefs.READERS_QUEUE, "hang": beliefs.READERS_QUEUE},
    hints=(
        "Somebody is writing. Why should a reader wait?",
        "A SELECT needs no lock here: it sees what was committed last. Do not begin a transaction.",
        "with self.connection() as conn:, not self.transaction()",
    ),
    hints_if={
        "lent": (
            "Where did your connection come from, and where is it now?",
            "self.connection() lends one, and takes it back. Leave its `with` block before you return.",
            "with self.connection() as conn: return [Post(*row) for row in …]",
        ),
        "rows": (
            "Whose is the connection after your `with` block, and are all rows read by then?",
            "Another thread may have it. A cursor reads row by row: read all of them in the block.",
            "with self.connection() as conn: return [Post(*row) for row in …]",
        ),
    },
)
def test_readers_do_not_wait(chapter: Attempt) -> None:
    """since() waits for no transaction of others, and reads while the connection is its own."""
    with (
        mock.patch.object(module_of(chapter), "BUSY_TIMEOUT", 0.0),
        a_store(chapter, ["one"]) as store,
        another(store) as writer,
    ):
        store.close()  # the next connection has the new timeout
        writer.execute("BEGIN IMMEDIATE")
        writer.execute(INSERT, ("bob", "two", 1, "b"))
        got = [post.text for post in store.since(0, 10)]
        what = "A transaction has inserted `two`, and goes on. since(0, 10) returned:"
        same(what, expected=["one"], got=got, usually=None)
        writer.execute("COMMIT")
        got = [post.text for post in store.since(0, 10)]
        same("After its COMMIT:", expected=["one", "two"], got=got, usually=None)
        free = len(store.free)
        what = "Free connections after two calls of since(), one after the other:"
        same(what, expected=1, got=free, usually=beliefs.OPENING_IS_FREE, clue="lent")
        lend = store.connection

        @contextmanager
        def lends() -> Iterator[sqlite3.Connection]:
            with lend() as conn:
                yield conn
            store.close()  # nobody uses it any more

        with mock.patch.object(store, "connection", observes(lends)):
            found = described(lambda: [post.text for post in store.since(0, 10)])
        simulates("a store that closes a connection when your `with` block has ended")
        what = "After your `with` block, the check has closed the connection. since() returned:"
        same(what, expected=["one", "two"], got=found, usually=None, clue="rows")


@promise(
    task=4,
    usually=beliefs.PUBLISHED_FIRST,
    hints=(
        "At the moment when a client reads the message, is it in the database?",
        "store.add() returns after the commit. Publish what it returned.",
        "post = self.store.add(author, text, key); if post: self.publish(post); return post",
    ),
    hints_if={
        "arguments": (
            "Compare what post() was given with what add() got.",
            "store.add(author, text, key): the same three, in this order.",
            "post = self.store.add(author, text, key)",
        ),
        "raised": (
            "One of your calls raised this error: add(), publish(), pack() or deliver(). Which?",
            "add() returns one Post. publish() gets that Post, and pack() needs a list.",
            "text = pack([post])",
        ),
        "returns": (
            "What does post() return?",
            "What store.add() has returned: the Post, or None.",
            "return post, as the last line.",
        ),
    },
)
def test_kept_then_published(chapter: Attempt) -> None:
    """post() keeps a message, then publishes it, and returns what store.add() has returned."""
    with a_store(chapter) as store:
        board = chapter.Board(store)
        found: list[object] = []
        seat = Seat(on_offer=lambda: found.append(committed(store)))
        board.seats.add(seat)
        got = described(lambda: board.post("ada", "hello", "a"))
        if isinstance(got, Raised):
            returned = Literally("the Post that store.add() returned")
            what = "post('ada', 'hello', 'a') returned:"
            broken(what, expected=returned, got=got, usually=None, clue="raised")
        what = "When the seat is offered the message, another connection finds:"
        early = found == [[]]
        usually = beliefs.PUBLISHED_FIRST if early else None
        same(what, expected=[["hello"]], got=found, usually=usually)
        expected = store.since(0, 1)
        what, kept = "post('ada', 'hello', 'a') kept author, text and key:", names(expected)
        wanted = [("ada", "hello", "a")]
        same(what, expected=wanted, got=kept, usually=None, clue="arguments")
        same("post() returned:", expected=expected[0], got=got, usually=None, clue="returns")
        packed = [chapter.pack(expected)]
        same("The seat was offered:", expected=packed, got=seat.offered, usually=None)
        board, other = chapter.Board(store), Seat()
        board.seats.add(other)
        board.post("ada", "", "b")
        packed = [chapter.pack(store.since(1, 1))]
        same("An empty text. Offered:", expected=packed, got=other.offered, usually=None)


@promise(
    task=4,
    usually=beliefs.PUBLISHED_FIRST,
    hints=(
        "The disk is full, and add() raises an error. What have the clients seen?",
        "Nothing: add() comes first, and its error passes through post().",
        "No `try` in post(). publish() comes after add().",
    ),
    hints_if={
        beliefs.SENT_TWICE_MEANS_TWO: (
            "add() returned None. What does that mean, and what have the clients seen already?",
            "The message was there already, and everybody has it. There is nothing to publish.",
            "if post: self.publish(post)",
        ),
    },
)
def test_what_is_not_published(chapter: Attempt) -> None:
    """If add() raises an error, it passes through. Then, and if add() returns None, nobody is told."""
    for error in (
        sqlite3.OperationalError("database or disk is full"),
        sqlite3.IntegrityError("NOT NULL constraint failed"),
        ValueError("a bug"),
    ):
        board = chapter.Board(Store(chapter, adds=[error, None]))
        seat = Seat()
        board.seats.add(seat)
        raised: object = None
        try:
            board.post("ada", "hello", "a")
        except (sqlite3.Error, ValueError) as found:
            raised = found
        what = f"store.add() raised {type(error).__name__}. The seat was offered:"
        same(what, expected=[], got=seat.offered)
        same("What post() raised:", expected=error, got=raised, usually=None)
    got = described(lambda: board.post("ada", "hello", "a"))
    usually = beliefs.SENT_TWICE_MEANS_TWO
    what = "store.add() returned None: the message was there. The seat was offered:"
    same(what, expected=[], got=seat.offered, usually=usually)
    same("And post() returned:", expected=None, got=got, usually=usually)


@promise(
    task=4,
    usually=beliefs.TWO_SAFE_STEPS,
    hints=(
        "Two threads post at the same time. Whose message is published first?",
        "Nobody may publish between your add() and your publish(). One `with self.lock:` holds both.",
        "with self.lock: is the first line of post(), and everything else is below it, indented.",
    ),
)
def test_nothing_between_the_two_steps(chapter: Attempt) -> None:
    """post() holds the lock from the beginning of add() to the end of publish(), and then no more."""
    events: list[str] = []
    lock = NotedLock(events)
    board = chapter.Board(Store(chapter, lock, events))
    board.lock = lock
    board.seats.add(Seat(on_offer=lambda: events.append("offer" + lock.state)))
    board.post("ada", "hello", "a")
    expected = ["lock", "add", "offer", "unlock"]
    same("post(), step by step:", expected=expected, got=events)
    store = Store(chapter, lock, adds=[OSError("the disk is broken")])
    board.store = store
    described(lambda: board.post("ada", "hello", "b"))
    what = "add() raised an error. Times that the lock was taken and not given back:"
    same(what, expected=0, got=lock.depth, usually=beliefs.LOCK_GIVES_ITSELF_BACK)


@promise(
    task=4,
    usually=beliefs.SOMEBODY_IS_EVERYBODY,
    hints=(
        "How many seats were there, and how many were offered the message?",
        "Every seat of self.seats gets pack([post]), once, through deliver().",
        "text = pack([post]); for seat in list(self.seats): self.deliver(seat, text)",
    ),
    hints_if={
        beliefs.LOOP_HAS_A_COPY: (
            "deliver() can make seats leave. What is your loop running over meanwhile?",
            "A set must not change while a loop runs over it. Loop over a copy.",
            "for seat in list(self.seats):",
        ),
    },
    signs={RuntimeError: beliefs.LOOP_HAS_A_COPY},
)
def test_everybody_gets_it(chapter: Attempt) -> None:
    """publish() delivers a message to every seat once, though seats may come and go meanwhile."""
    post = chapter.Post(7, "ada", "“hi” <b>", 1000, "k")
    for number in (0, 1, 9):
        board = chapter.Board(Store(chapter))
        seats = [Seat() for _ in range(number)]
        board.seats.update(seats)
        board.publish(post)
        got = [seat.offered for seat in seats]
        expected = [[chapter.pack([post])]] * number
        what = f"{number} seats. What each of them was offered:"
        same(what, expected=expected, got=got, usually=None)
        same("The seats afterwards:", expected=set(seats), got=board.seats, usually=None)
    board = chapter.Board(Store(chapter))
    seats = [Seat() for _ in range(8)]
    for seat, other in zip(seats[:4], seats[4:], strict=True):
        seat.on_offer = other.on_offer = leaves(board, seat, other)
    board.seats.update(seats)
    board.publish(post)
    what = "Eight seats. Each of them, when it is offered the message, leaves the board. Left:"
    same(what, expected=set(), got=board.seats, usually=beliefs.LOOP_HAS_A_COPY)


@promise(
    task=4,
    usually=beliefs.SLOW_CLIENTS_WAIT,
    hints=(
        "A client has not read for a minute. What is offer() telling you?",
        "offer() returned False: nothing was sent. The seat leaves the board, and is dropped.",
        "if not seat.offer(text): self.leave(seat); seat.drop()",
    ),
    hints_if={
        "others": (
            "One of three clients is slow. What happens to the others?",
            "Nothing: they get every message. Only a seat whose offer() returned False is dropped.",
            "if not seat.offer(text):",
        ),
        "order": (
            "drop() may call the board. Is the seat still in it?",
            "First it leaves, then it is dropped.",
            "self.leave(seat) is the line before seat.drop().",
        ),
        "leave": (
            "The seat was dropped, and then it was offered the next message. Why?",
            "It is still in `seats`. leave() takes it out.",
            "self.leave(seat) is the line before seat.drop().",
        ),
        "again": (
            "How often does your deliver() offer a text?",
            "Once. A client that has no room now gets the message when it connects again.",
            "No loop in deliver(), and one call of offer().",
        ),
    },
)
def test_slow_clients_are_dropped(chapter: Attempt) -> None:
    """A seat without room leaves the board, and is dropped. All others get everything."""
    board = chapter.Board(Store(chapter))
    was_there: list[bool] = []
    quick, slow, other = Seat(), Seat(room=1), Seat()
    slow.on_drop = lambda: was_there.append(slow in board.seats)
    board.seats.update((quick, slow, other))
    for number in (1, 2, 3):
        board.publish(chapter.Post(number, "ada", "hi", 1, str(number)))
    sent = Literally("three messages; after the first, one of three seats has no room")
    got, stays = slow.drops, slow in board.seats
    usually = None if got else beliefs.SLOW_CLIENTS_WAIT
    clue = "leave" if got and stays else ""
    what = "How often the slow seat was dropped:"
    same(what, sent=sent, expected=1, got=got, usually=usually, clue=clue)
    holds("It is still in `seats`.", not stays, sent=sent, usually=None, clue="leave")
    what = "Is it in `seats` when it is dropped?"
    same(what, sent=sent, expected=[False], got=was_there, usually=None, clue="order")
    tries = slow.tries
    what = "How often it was offered a text:"
    same(what, sent=sent, expected=2, got=tries, usually=None, clue="again")
    for seat in (quick, other):
        found = (len(seat.offered), seat.drops, seat in board.seats)
        what = "Another seat. Its messages, how often it was dropped, and is it in `seats`?"
        same(what, sent=sent, expected=(3, 0, True), got=found, usually=None, clue="others")


@promise(
    task=5,
    usually=beliefs.SOCKET_HAS_EVERYTHING,
    hints=(
        "The client has seen message `since`. What has it missed?",
        "store.since(since, PAGE) has it. Deliver it in one text, with pack(messages, more).",
        "messages = self.store.since(since, PAGE), and then self.deliver(seat, pack(messages, more))",
    ),
    hints_if={
        "empty": (
            "Nothing was missed. How does the client learn that?",
            "It gets pack([], False): there is always one text.",
            "No `if` around deliver().",
        ),
    },
)
def test_what_was_missed(chapter: Attempt) -> None:
    """resume() delivers the messages after the id `since`, in one text, even if there are none."""
    with a_store(chapter, ["one", "two", "three"]) as store:
        board = chapter.Board(store)
        for since in (0, 2, 3, 1):
            seat = Seat()
            board.resume(seat, since)
            expected = [chapter.pack(store.since(since, 10), False)]
            given = Given(f"resume(seat, {since}), and there are the messages 1, 2 and 3")
            clue = "empty" if since == 3 else ""
            usually = None if seat.offered or clue else beliefs.SOCKET_HAS_EVERYTHING
            what = "The seat was offered:"
            got = seat.offered
            same(what, sent=given, expected=expected, got=got, usually=usually, clue=clue)


@promise(
    task=5,
    usually=beliefs.RESUMED_IS_ENOUGH,
    hints=(
        "The client has what it missed. Who tells it what comes next?",
        "publish() does, if the seat is in `seats`.",
        "self.seats.add(seat), if `more` is False",
    ),
)
def test_then_everything_new(chapter: Attempt) -> None:
    """After that, the seat gets whatever is published: each message once, in its order."""
    with a_store(chapter, ["one"]) as store:
        board = chapter.Board(store)
        seat = Seat()
        board.resume(seat, 0)
        board.post("bob", "two", "b")
        board.post("bob", "three", "c")
        got = [[post.id for post in chapter.unpack(text)[0]] for text in seat.offered]
        what = "resume(seat, 0), and two posts. The ids that the seat was offered:"
        same(what, expected=[[1], [2], [3]], got=got)
        board.resume(seat, 3)
        board.post("bob", "four", "d")
        got = [[post.id for post in chapter.unpack(text)[0]] for text in seat.offered[3:]]
        what = "resume(seat, 3), for the same seat, and one more post. It was offered:"
        usually = beliefs.RESUMED_IS_ENOUGH if got == [[]] else None
        same(what, expected=[[], [4]], got=got, usually=usually)


@promise(
    task=5,
    usually=beliefs.WHOLE_HISTORY,
    hints=(
        "A client was away for a year. How much is delivered at once?",
        "At most PAGE messages. With exactly PAGE there may be more: `more` is True.",
        "more = len(messages) == PAGE; self.leave(seat); if not more: self.seats.add(seat)",
    ),
    hints_if={
        beliefs.FULL_PAGE_IS_THE_LAST: (
            "You have read PAGE messages. Do you know that there is no other?",
            "No. Let the client ask once more: then it gets an empty page, with `more` False.",
            "more = len(messages) == PAGE",
        ),
        "leave": (
            "The client asks again, and its seat is in `seats` already. Who takes it out?",
            "You: leave(seat), before you look whether there is more.",
            "self.leave(seat); if not more: self.seats.add(seat)",
        ),
        beliefs.LIVE_TOO_EARLY: (
            "The client has the first PAGE messages. What if it is sent message 1000 next?",
            "It takes 1000 for the last that it has seen, and asks for those after it.",
            "While `more` is True, the seat is not in `seats`: self.leave(seat) in any case, and add "
            "it only if not more.",
        ),
    },
)
def test_a_page_at_a_time(chapter: Attempt) -> None:
    """At most PAGE messages are delivered. If there are PAGE, the seat has to ask again."""
    texts = [f"message {number}" for number in range(1, 6)]
    for is_seated, page, pages in (
        (False, 2, ([1, 2], [3, 4], [5])),
        (False, 3, ([1, 2, 3], [4, 5])),
        (False, 5, (range(1, 6), [])),
        (True, 2, ([1, 2], [3, 4], [5])),
    ):
        with mock.patch.object(module_of(chapter), "PAGE", page), a_store(chapter, texts) as store:
            board = chapter.Board(store)
            seat = Seat()
            if is_seated:
                board.seats.add(seat)
            since = 0
            for number, ids in enumerate(pages):
                more = len(ids) == page
                was_there = seat in board.seats
                board.resume(seat, since)
                sent = Given(f"five messages, PAGE is {page}: resume(seat, {since})")
                offered, wanted = len(seat.offered), number + 1
                usually = beliefs.WHOLE_HISTORY if offered > wanted else None
                what = "Texts offered so far, one for each call:"
                same(what, sent=sent, expected=wanted, got=offered, usually=usually)
                found, has_more = chapter.unpack(seat.offered[-1])
                got = [post.id for post in found]
                usually = beliefs.WHOLE_HISTORY if len(got) > page else None
                same("The ids:", sent=sent, expected=list(ids), got=got, usually=usually)
                usually = beliefs.FULL_PAGE_IS_THE_LAST if more else None
                same("`more`:", sent=sent, expected=more, got=has_more, usually=usually)
                usually = beliefs.LIVE_TOO_EARLY if more else beliefs.RESUMED_IS_ENOUGH
                usually, clue = (None, "leave") if was_there else (usually, "")
                is_there = seat in board.seats
                before = "was already" if was_there else "was not"
                what = f"Before the call, the seat {before} in `seats`. Is it there afterwards?"
                same(what, sent=sent, expected=not more, got=is_there, usually=usually, clue=clue)
                since = ids[-1] if ids else since


@promise(
    task=5,
    usually=beliefs.READ_THEN_JOIN,
    hints=(
        "Between your look into the database and `seats`, a message is published. Who gets it?",
        "Nobody may publish in between. One `with self.lock:` holds everything.",
        "with self.lock: is the first line of resume(), and everything else is below it.",
    ),
    hints_if={
        "outside": (
            "When is the lock given back, and when are the messages delivered?",
            "If another thread publishes between the two, its message overtakes older ones.",
            "self.deliver(…) is the last line in the `with self.lock:` block.",
        ),
    },
)
def test_nothing_is_missed_between(chapter: Attempt) -> None:
    """resume() holds the lock from the look into the database until the seat has the messages."""
    events: list[str] = []
    lock = NotedLock(events)
    board = chapter.Board(Store(chapter, lock, events))
    board.lock = lock
    seat = Seat(on_offer=lambda: events.append("offer" + lock.state))
    board.resume(seat, 0)
    expected = ["lock", "since", "offer", "unlock"]
    late = events[:2] == expected[:2] and events[-1:] == ["offer, without the lock"]
    usually, clue = (None, "outside") if late else (beliefs.READ_THEN_JOIN, "")
    same("resume(), step by step:", expected=expected, got=events, usually=usually, clue=clue)
    board.store = Store(chapter, lock, fails=True)
    described(lambda: board.resume(seat, 0))
    what = "since() raised an error. Times that the lock was taken and not given back:"
    same(what, expected=0, got=lock.depth, usually=beliefs.LOCK_GIVES_ITSELF_BACK)


@promise(
    task=5,
    usually=beliefs.SLOW_CLIENTS_WAIT,
    hints=(
        "deliver() takes a seat without room out of `seats`. What do you do after deliver()?",
        "You add it again, and nobody takes it out any more. So deliver() comes last.",
        "self.leave(seat); if not more: self.seats.add(seat); and then self.deliver(…)",
    ),
)
def test_too_slow_to_resume(chapter: Attempt) -> None:
    """A seat that has no room for what it missed is dropped, and is not in `seats`."""
    for page in (1, 5):
        with (
            mock.patch.object(module_of(chapter), "PAGE", page),
            a_store(chapter, ["one", "two"]) as store,
        ):
            board = chapter.Board(store)
            seat = Seat(room=0)
            board.resume(seat, 0)
            sent = Given(f"two messages, PAGE is {page}: resume(seat, 0), and the seat has no room")
            same("How often it was dropped:", sent=sent, expected=1, got=seat.drops)
            stays = seat in board.seats
            what = "It was dropped. Is it in `seats` afterwards?"
            same(what, sent=sent, expected=False, got=stays, usually=None)


@promise(
    task=6,
    usually=beliefs.ONE_TEXT_ONE_MESSAGE,
    hints=(
        "A text may have no message, one, or many. Which ones did you yield?",
        "unpack(text) returns a list and `more`. Yield each message of the list.",
        "posts, more = unpack(text), and then for post in posts: … yield post",
    ),
    hints_if={
        "one text": (
            "How many texts does one connection bring, and how many did you receive?",
            "Many. Receive until receive() returns None, and only then connect again.",
            "while (text := feed.receive()) is not None: inside the `with`",
        ),
        "late": (
            "When does your caller get a message: when it arrives, or when the server has closed?",
            "Yield each message as soon as you have it. Do not collect them.",
            "`yield post` is inside the loop over the messages.",
        ),
    },
)
def test_follow_yields_messages(chapter: Attempt) -> None:
    """follow() yields the messages of each text, in their order, as soon as they arrive."""
    net = Net(chapter, [[[1], [2, 3], [], [4]]])
    got = net.follow()
    what = "One connection brings four texts, with the ids 1; 2 and 3; none; 4. Yielded:"
    usually, clue = (None, "one text") if net.reads == 1 else (beliefs.ONE_TEXT_ONE_MESSAGE, "")
    same(what, expected=[1, 2, 3, 4], got=got, usually=usually, clue=clue)
    net = Net(chapter, [[[1], [2]], [[3]]])
    stream = chapter.follow(net.connect, 0, net.wait)
    first = next(stream)
    same("It yields Posts:", expected=net.post(1), got=first, usually=None)
    reads = net.reads
    stream.close()
    what = "The first message has been yielded. Texts that follow() has received by then:"
    same(what, expected=1, got=reads, usually=None, clue="late")


@promise(
    task=6,
    usually=beliefs.SOCKET_HAS_EVERYTHING,
    hints=(
        "The connection has ended. From which message on does the next one have to begin?",
        "connect(since): `since` is the id of the last message that you have yielded.",
        "since = post.id, before `yield post`, and connect(since) at the top of a `while True`.",
    ),
    hints_if={
        "again": (
            "How many calls of follow() are there after 1,200 connections?",
            "One. A function that calls itself to try again reaches Python's recursion limit.",
            "while True: around the `with` and wait()",
        ),
        "wait": (
            "How often do you wait between two connections?",
            "Once, whatever has ended the connection.",
            "wait() is the last line of the `while True`, outside the `with`.",
        ),
        beliefs.SINCE_STAYS: (
            "Your second connection asks for the same messages as the first. What has changed since?",
            "since = post.id, whenever you yield a message.",
            "if post.id > since: since = post.id; yield post",
        ),
    },
)
def test_follow_connects_again(chapter: Attempt) -> None:
    """When the WebSocket has been closed, follow() waits once, and asks for what comes after that."""
    net = Net(chapter, [[[4, 5]], [], [[6], [9]], [[10]]])
    got = net.follow(3)
    expected: list[object] = ["connect 3", "wait", "connect 5", "wait", "connect 5", "wait"]
    expected += ["connect 9", "wait", "connect 10"]
    asked = [event for event in net.events if event.startswith("connect")]
    stays = len(set(asked)) == 1 and len(asked) > 1
    usually = beliefs.SINCE_STAYS if stays else None
    clue = "wait" if asked == expected[::2] else ""
    sent = Literally("four connections, with the ids 4, 5; none; 6, 9; 10")
    what = "follow(connect, 3, wait). What it called:"
    calls = [event for event in net.events if event.startswith(("connect", "wait"))]
    same(what, sent=sent, expected=expected, got=calls, usually=usually, clue=clue)
    same("It yielded:", sent=sent, expected=[4, 5, 6, 9, 10], got=got, usually=None)
    net = Net(chapter, [[]] * 1200 + [[[11]]], most=9999)
    what = "The server closes 1,200 connections at once. The next one brings id 11. Yielded:"
    found = described(net.follow)
    clue = "again" if isinstance(found, Raised) else ""
    same(what, expected=[11], got=found, usually=None, clue=clue)


@promise(
    task=6,
    usually=beliefs.REPEATS_ARE_NEW,
    hints=(
        "A server may send a message that you have already. How do you notice?",
        "Its id is not greater than the last one that you have yielded. Leave it out.",
        "if post.id > since:",
    ),
)
def test_follow_yields_nothing_twice(chapter: Attempt) -> None:
    """A message that is not newer than the last one is left out, on the same connection or another."""
    for feeds, since, expected in (
        ([[[1], [1], [2]]], 0, [1, 2]),
        ([[[1, 2]], [[1, 2, 3]]], 0, [1, 2, 3]),
        ([[[5, 6]]], 5, [6]),
        ([[[1, 2, 2, 1, 3]], [[2], [4]]], 0, [1, 2, 3, 4]),
        ([[[2, 4]], [[3, 5]]], 0, [2, 4, 5]),
    ):
        got = Net(chapter, feeds).follow(since)
        sent = Literally(f"since {since}; ids, text by text: {feeds}")
        doubled = len(set(got)) < len(got) or any(number <= since for number in got)
        usually = beliefs.REPEATS_ARE_NEW if doubled else None
        same("It yielded:", sent=sent, expected=expected, got=got, usually=usually)


@promise(
    task=6,
    usually=beliefs.FIRST_PAGE_IS_ALL,
    hints=(
        "The server says that there are more messages. Who has to ask for them?",
        "You: feed.send(ask_for(since)), after the messages of this text, if `more` is True.",
        "if more: feed.send(ask_for(since)), below the loop over the messages.",
    ),
    hints_if={
        "asked": (
            "Which id did you ask with, and how often did you ask?",
            "Once for each text with `more`, and with the id of the last message that you yielded.",
            "if more: feed.send(ask_for(since)), below the loop, not in it.",
        ),
    },
)
def test_follow_asks_for_more(chapter: Attempt) -> None:
    """If there are more messages, follow() asks for those after the last one, and only then."""
    net = Net(chapter, [[([1, 2], True), ([3, 4], True), ([], True), ([], False), [5]]])
    got = net.follow()
    sent = Literally("ids 1 and 2, and more; 3 and 4, and more; none, and more; none; 5")
    found = [event for event in net.events if event.startswith("send")]
    expected = [f"send {chapter.ask_for(last)}" for last in (2, 4, 4)]
    usually = beliefs.FIRST_PAGE_IS_ALL if not found and net.reads > 1 else None
    same("What it sent:", sent=sent, expected=expected, got=found, usually=usually, clue="asked")
    same("It yielded:", sent=sent, expected=[1, 2, 3, 4, 5], got=got, usually=None)
    order = [event for event in net.events if event.startswith(("send", "text"))]
    wanted = ["text 1", expected[0], "text 2", expected[1], "text 3", expected[2]]
    wanted += ["text 4", "text 5"]
    what = "The texts that it received, and what it sent:"
    same(what, sent=sent, expected=wanted, got=order, usually=None, clue="asked")
    net = Net(chapter, [[([1, 2], True), ([1], True), [3]]])
    described(net.follow)
    found = [event for event in net.events if event.startswith("send")]
    sent = Literally("ids 1 and 2, and more; 1 again, and more; 3")
    expected = [f"send {chapter.ask_for(2)}"] * 2
    same("What it sent:", sent=sent, expected=expected, got=found, usually=None, clue="asked")


@promise(
    task=6,
    usually=beliefs.ENDED_IS_CLOSED,
    hints=(
        "How many connections does your program have after a day?",
        "connect() returns a context manager. Leave it before you wait.",
        "with connect(since) as feed: around the loop, and wait() after it, less indented.",
    ),
)
def test_follow_leaves_connections(chapter: Attempt) -> None:
    """Each connection is left before follow() waits, and also if the caller stops."""
    net = Net(chapter, [[[1]], [[2]]])
    net.follow()
    expected = ["connect 0", "left", "wait", "connect 1", "left", "wait"]
    events = [event for event in net.events if not event.startswith("text")][:6]
    same("What happened:", expected=expected, got=events)
    net = Net(chapter, [[[1], [2]]])
    stream = chapter.follow(net.connect, 0, net.wait)
    next(stream)
    stream.close()
    got = [event for event in net.events if event in ("left", "wait")]
    same("The caller has stopped after a message. Then:", expected=["left"], got=got, usually=None)


@promise(
    task=6,
    usually=beliefs.CONNECTING_WORKS,
    signs={OSError: beliefs.CONNECTING_WORKS},
    hints=(
        "Where can the network fail: when you connect, receive, send, or leave the `with`?",
        "Everywhere. Each OSError ends this connection, and no other error does.",
        "with suppress(OSError), connect(since) as feed: …, and wait() after it.",
    ),
    hints_if={
        beliefs.ALL_ERRORS_ARE_THE_NETWORK: (
            "Is a bug in your program a reason to connect again?",
            "Only an OSError is. Any other error passes through.",
            "suppress(OSError), not suppress(Exception)",
        ),
    },
)
def test_follow_survives_the_network(chapter: Attempt) -> None:
    """After an OSError of any call, follow() waits and connects again. Other errors pass through."""
    for where, error in (
        ("connect", ConnectionRefusedError("nobody listens")),
        ("receive", ConnectionResetError("the server was killed")),
        ("receive", TimeoutError("silence")),
        ("send", BrokenPipeError("the server has gone")),
        ("leave", OSError("the network is down")),
    ):
        net = Net(chapter, [[[1], ([2], True)], [[3]]], fails={where: error})
        got = described(net.follow)
        sent = Literally(f"{where}() raises {type(error).__name__}, once")
        expected = {"connect": [3], "receive": [3]}.get(where, [1, 2, 3])
        fails = isinstance(got, Raised) and where != "receive"
        usually = beliefs.CONNECTING_WORKS if fails else None
        same("It yielded:", sent=sent, expected=expected, got=got, usually=usually)
        what = "What follow() did after that:"
        start = net.events.index("failed") if "failed" in net.events else 0
        steps = [event.partition(" ")[0] for event in net.events[start + 1 :]]
        wanted = (
            ["wait", "connect"] if where in ("connect", "leave") else ["left", "wait", "connect"]
        )
        usually = None if "left" in steps else beliefs.ENDED_IS_CLOSED
        same(what, sent=sent, expected=wanted, got=steps[: len(wanted)], usually=usually)
    net = Net(chapter, [[[1]], [[2]]], fails={"receive": ValueError("a bug")})
    found = described(net.follow)
    what = "receive() raises ValueError, which is a bug. Ids that follow() yielded after that:"
    is_bug = isinstance(found, str) and found.startswith("ValueError")
    holds(what, is_bug, expected=[], got=found, usually=beliefs.ALL_ERRORS_ARE_THE_NETWORK)


MESSAGES = (
    ("ada", "hello", "a"),
    ("bob", "it's', 'x'); DROP TABLE messages; --", "b"),
    ("o'hara", "Åsa & <b>“co”</b> ✓\n\ttwo lines", "it's"),
    ("ada", "", "d"),
    ("ada", "?", "?"),
    (" ada ", "  hello \n", " e "),
)


def module_of(chapter: Attempt) -> Any:
    """Return the module whose constants the learner's code uses."""
    return sys.modules[chapter.Store.__module__]


def fresh(chapter: Attempt, path: Path) -> None:
    """Make an empty database. All but the first are copies."""
    if not EMPTY:
        chapter.Store(path).close()
        EMPTY.append(path.read_bytes())
    path.write_bytes(EMPTY[0])


EMPTY: list[bytes] = []


@contextmanager
def a_store(chapter: Attempt, texts: Sequence[str] = ()) -> Iterator[Any]:
    """Make a store with messages of Ada, and close it at the end."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "board.sqlite"
        fresh(chapter, path)
        with closing(sqlite3.connect(path)) as conn, conn:
            values = [("ada", text, 1, f"key {i}") for i, text in enumerate(texts, 1)]
            conn.executemany(INSERT, values)
        store = chapter.Store(path)
        try:
            yield store
        finally:
            store.close()


@contextmanager
def another(store: Any) -> Iterator[sqlite3.Connection]:
    """Open another connection to a store's database, which never waits."""
    conn = sqlite3.connect(store.path, timeout=0, isolation_level=None, check_same_thread=False)
    with closing(conn):
        conn.execute("PRAGMA synchronous = OFF")
        yield conn


@contextmanager
def traced(
    chapter: Attempt, store: Any, then: Callable[[str], object] = bool
) -> Iterator[list[str]]:
    """Note the statements of a store, and call a function before each."""
    statements: list[str] = []
    connect = chapter.connect

    def comes(statement: str) -> None:
        statements.append(statement)
        then(statement)

    def opens(path: Path) -> sqlite3.Connection:
        conn: sqlite3.Connection = connect(path)
        conn.set_trace_callback(comes)
        return conn

    for conn in store.free:
        conn.set_trace_callback(comes)
    with mock.patch.object(module_of(chapter), "connect", observes(opens)):
        yield statements


def rows(store: Any) -> list[Any]:
    """Return what another connection finds: each message as a tuple."""
    with another(store) as conn:
        query = "SELECT id, author, text, at, key FROM messages ORDER BY id"
        return conn.execute(query).fetchall()


def committed(store: Any) -> list[str]:
    """Return the texts that another connection finds."""
    return [row[2] for row in rows(store)]


def can_write(store: Any) -> bool:
    """Tell whether another connection can begin to write now."""
    with another(store) as conn:
        try:
            conn.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        return True


def is_kind(statement: str, kind: str) -> bool:
    """Tell whether this is a statement of a kind, such as INSERT."""
    return statement.lstrip().upper().startswith(kind)


def names(posts: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return author, text and key of each message."""
    return [(post.author, post.text, post.key) for post in posts]


def all_posts(chapter: Attempt, got: Any) -> bool:
    """Tell whether these are Posts, in a list."""
    return isinstance(got, list) and all(isinstance(each, chapter.Post) for each in got)


class Seat:
    """A client of a board, which has room for a number of texts."""

    def __init__(self, room: int = 99, on_offer: Callable[[], object] = bool) -> None:
        self.room = room
        self.on_offer = on_offer
        self.on_drop: Callable[[], object] = bool
        self.offered: list[str] = []
        self.tries = self.drops = 0

    def offer(self, text: str) -> bool:
        """Take a text, if there is room."""
        self.tries += 1
        if len(self.offered) >= self.room:
            return False
        self.offered.append(text)
        self.on_offer()
        return True

    def drop(self) -> None:
        """Note it."""
        self.drops += 1
        self.on_drop()

    def __repr__(self) -> str:
        return "a seat"


def leaves(board: Any, *seats: Seat) -> Callable[[], object]:
    """Return a function that lets these seats leave a board."""
    return lambda: [board.leave(seat) for seat in seats]


class NotedLock:
    """An RLock that notes when it is taken, and when it is given back. It never makes anybody wait."""

    def __init__(self, events: list[str]) -> None:
        self.events = events
        self.depth = 0
        self.owner = 0

    @property
    def state(self) -> str:
        """What to add to an event."""
        if not self.depth:
            return ", without the lock"
        return "" if self.owner == threading.get_ident() else ", in a thread without the lock"

    def acquire(self, *_: object) -> bool:
        """Take it."""
        if self.state:
            self.events.append("lock")
            self.owner = threading.get_ident()
        self.depth += 1
        return True

    def release(self) -> None:
        """Give it back."""
        self.depth -= 1
        if self.depth == 0:
            self.events.append("unlock")

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class Store:
    """A store without a database."""

    def __init__(
        self,
        chapter: Attempt,
        lock: NotedLock | None = None,
        events: list[str] | None = None,
        adds: Sequence[object] | None = None,
        fails: bool = False,
    ) -> None:
        self.chapter = chapter
        self.lock = lock
        self.events = events
        self.adds = iter(adds) if adds is not None else None
        self.fails = fails
        self.ids = count(1)

    def note(self, name: str) -> None:
        """Note what is called."""
        if self.events is not None and self.lock is not None:
            self.events.append(name + self.lock.state)

    def add(self, author: str, text: str, key: str) -> Any:
        """Return the next result, or raise it."""
        self.note("add")
        if self.adds is None:
            return self.chapter.Post(next(self.ids), author, text, 1, key)
        result = next(self.adds)
        if isinstance(result, Exception):
            raise result
        return result

    def since(self, _last: int, _limit: int) -> list[Any]:
        """Return one message, or fail."""
        self.note("since")
        if self.fails:
            raise sqlite3.OperationalError("disk I/O error")
        return [self.chapter.Post(1, "ada", "hello", 1, "a")]


class Net:
    """Connections to a board, one after the other. Each is a list of texts; then the server closes.

    A text is a list of ids, or such a list and `more`. After the last connection, connecting raises
    NothingMore, which ends the test. `fails` has an error for the first call of a method.
    """

    def __init__(
        self,
        chapter: Attempt,
        feeds: Sequence[Sequence[Any]],
        fails: dict[str, Exception] | None = None,
        most: int = 60,
    ) -> None:
        self.chapter = chapter
        self.most = most
        self.feeds = iter(feeds)
        self.fails = dict(fails or {})
        self.events: list[str] = []
        self.texts: Iterator[Any] = iter(())
        self.reads = 0

    def post(self, number: int) -> Any:
        """Return a message."""
        return self.chapter.Post(number, "ada", f"message {number}", 1000, f"key {number}")

    def follow(self, since: int = 0) -> list[int]:
        """Return what is yielded: the ids."""
        got: list[int] = []
        try:
            for post in self.chapter.follow(self.connect, since, self.wait):
                got.append(post.id)  # noqa: PERF401
        except NothingMoreError:
            pass
        return got

    def fail(self, where: str) -> None:
        """Raise the error for a method, the first time."""
        if where in self.fails:
            self.events.append("failed")
            raise self.fails.pop(where)

    def connect(self, since: int) -> Any:
        """Return the next connection: this object."""
        self.events.append(f"connect {since}")
        simulates(f"connect({since})")
        feed = next(self.feeds, None)
        if feed is None:
            raise NothingMoreError
        self.texts = iter(feed)
        self.fail("connect")
        return self

    def wait(self) -> None:
        """Note it. A program that goes on and on is stopped here."""
        self.events.append("wait")
        simulates("wait()")
        if len(self.events) > self.most:
            raise NothingMoreError

    def receive(self) -> str | None:
        """Return the next text."""
        self.fail("receive")
        text = next(self.texts, None)
        if text is None:
            simulates("receive(), which returns None")
            return None
        self.reads += 1
        self.events.append(f"text {self.reads}")
        ids, more = text if isinstance(text, tuple) else (text, False)
        simulates(f"receive(), which returns the ids {list(ids)}, and more={more}")
        messages = [self.post(number)._asdict() for number in ids]
        return json.dumps({"messages": messages, "more": more})

    def send(self, message: str) -> None:
        """Note what is sent."""
        self.events.append(f"send {message}")
        simulates(f"send({message!r})")
        self.fail("send")

    def __enter__(self) -> "Net":
        return self

    def __exit__(self, *_: object) -> None:
        self.events.append("left")
        self.fail("leave")


class NothingMoreError(BaseException):
    """There is no other connection."""


TASKS = {
    1: "Store.transaction",
    2: "Store.add",
    3: "Store.since",
    4: "Board.post, Board.publish, Board.deliver",
    5: "Board.resume",
    6: "follow",
}
