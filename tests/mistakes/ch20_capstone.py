"""Wrong answers to chapter 20 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

TRANSACTION = """        with self.connection() as conn:
            conn.execute("BEGIN IMMEDIATE")
            try:
                yield conn
            except BaseException:
                conn.execute("ROLLBACK")
                raise
            conn.execute("COMMIT")

    def add"""
ADD = "\n\n    def add"
BEGIN = """            conn.execute("BEGIN IMMEDIATE")
            try:
                yield conn
"""
CAUGHT = """            except BaseException:
                conn.execute("ROLLBACK")
                raise
            conn.execute("COMMIT")

    def add"""
LOOK = """            query = "SELECT id FROM messages WHERE author = ? AND key = ?"
            if conn.execute(query, (author, key)).fetchone():
                return None
"""
QUERY = "SELECT id FROM messages WHERE author = ? AND key = ?"
FOUND = """            if conn.execute(query, (author, key)).fetchone():
                return None
"""
AT = """            at = int(self.clock())
"""
INSERT = """            insert = "INSERT INTO messages (author, text, at, key) VALUES (?, ?, ?, ?)"
            cursor = conn.execute(insert, (author, text, at, key))
            return Post(cursor.lastrowid or 0, author, text, at, key)
"""
ADDING = f"""        with self.transaction() as conn:
{LOOK}{AT}{INSERT}"""
RETURN = """            return Post(cursor.lastrowid or 0, author, text, at, key)
"""
SINCE = """\
        query = "SELECT id, author, text, at, key FROM messages WHERE id > ? ORDER BY id LIMIT ?"
        with self.connection() as conn:
            return [Post(*row) for row in conn.execute(query, (last, limit))]
"""
READ = """        with self.connection() as conn:
            return [Post(*row) for row in conn.execute(query, (last, limit))]
"""
ROWS = """            return [Post(*row) for row in conn.execute(query, (last, limit))]
"""
SELECT = "SELECT id, author, text, at, key FROM messages WHERE id > ? ORDER BY id LIMIT ?"
POST = """        with self.lock:
            post = self.store.add(author, text, key)
            if post:
                self.publish(post)
            return post
"""
PUBLISH = """        text = pack([post])
        for seat in list(self.seats):
            self.deliver(seat, text)
"""
LOOP = """        for seat in list(self.seats):
            self.deliver(seat, text)
"""
DELIVER = """        if not seat.offer(text):
            self.leave(seat)
            seat.drop()
"""
RESUME = """        with self.lock:
            messages = self.store.since(since, PAGE)
            more = len(messages) == PAGE
            self.leave(seat)
            if not more:
                self.seats.add(seat)
            self.deliver(seat, pack(messages, more))
"""
MORE = "more = len(messages) == PAGE"
JOIN = """            self.leave(seat)
            if not more:
                self.seats.add(seat)
"""
SEND = """            self.deliver(seat, pack(messages, more))
"""
FOLLOW = """        with suppress(OSError), connect(since) as feed:
            while (text := feed.receive()) is not None:
                posts, more = unpack(text)
                for post in posts:
                    if post.id > since:
                        since = post.id
                        yield post
                if more:
                    feed.send(ask_for(since))
        wait()
"""
OPEN = "with suppress(OSError), connect(since) as feed:"
POSTS = """                for post in posts:
                    if post.id > since:
                        since = post.id
                        yield post
"""
ASK = """                if more:
                    feed.send(ask_for(since))
"""
WAIT = """                    feed.send(ask_for(since))
        wait()
"""

MISTAKES = (
    # Task 1
    Mistake(
        "X1600",
        "never commits",
        "test_a_block_is_kept",
        old='                raise\n            conn.execute("COMMIT")\n',
        new="                raise\n",
    ),
    Mistake(
        "X1600",
        "commits before the block",
        "test_a_block_is_kept",
        old=TRANSACTION,
        new='        with self.connection() as conn:\n            conn.execute("BEGIN IMMEDIATE")\n'
        '            conn.execute("COMMIT")\n            conn.execute("BEGIN IMMEDIATE")\n'
        f"            yield conn{ADD}",
    ),
    Mistake(
        "X1600",
        "rolls back in every case",
        "test_a_block_is_kept",
        old='            conn.execute("COMMIT")\n\n    def add',
        new='            conn.execute("ROLLBACK")\n\n    def add',
    ),
    Mistake(
        "X1601",
        "returns the connection instead of yielding it",
        "test_a_block_is_kept",
        old="                yield conn\n            except",
        new="                return conn\n            except",
    ),
    Mistake(
        "",
        "yields nothing",
        "test_a_block_is_kept",
        old="                yield conn\n            except",
        new="                yield\n            except",
    ),
    Mistake(
        "",
        "yields the store",
        "test_a_block_is_kept",
        old="                yield conn\n            except",
        new="                yield self\n            except",
    ),
    Mistake(
        "X1602",
        "does not roll back",
        "test_all_or_nothing",
        old=CAUGHT,
        new='            finally:\n                conn.execute("COMMIT")\n\n    def add',
    ),
    Mistake(
        "X1602",
        "commits after an error",
        "test_all_or_nothing",
        old=CAUGHT,
        new=CAUGHT.replace("ROLLBACK", "COMMIT", 1),
    ),
    Mistake(
        "X848",
        "commits after what is not an Exception",
        "test_all_or_nothing",
        edits=(
            Edit(
                CAUGHT,
                '            except Exception:\n                conn.execute("ROLLBACK")\n'
                "                raise\n            finally:\n"
                '                if conn.in_transaction:\n                    conn.execute("COMMIT")'
                "\n\n    def add",
            ),
        ),
    ),
    Mistake(
        "",
        "has no try",
        "test_all_or_nothing",
        old=TRANSACTION,
        new='        with self.connection() as conn:\n            conn.execute("BEGIN IMMEDIATE")\n'
        f'            yield conn\n            conn.execute("COMMIT"){ADD}',
    ),
    Mistake(
        "X848",
        "rolls back after an Exception only",
        "test_all_or_nothing",
        old="            except BaseException:\n",
        new="            except Exception:\n",
    ),
    Mistake(
        "",
        "swallows the error",
        "test_all_or_nothing",
        old='                conn.execute("ROLLBACK")\n                raise\n',
        new='                conn.execute("ROLLBACK")\n                return\n',
    ),
    Mistake(
        "",
        "raises another error",
        "test_all_or_nothing",
        old='                conn.execute("ROLLBACK")\n                raise\n',
        new='                conn.execute("ROLLBACK")\n                raise RuntimeError("undone")\n',
    ),
    Mistake(
        "X1602",
        "rolls back after a ValueError only",
        "test_all_or_nothing",
        old=CAUGHT,
        new='            except ValueError:\n                conn.execute("ROLLBACK")\n'
        "                raise\n            except BaseException:\n"
        '                conn.execute("COMMIT")\n                raise\n'
        '            conn.execute("COMMIT")\n\n    def add',
    ),
    Mistake(
        "X1603",
        "begins no transaction",
        "test_nobody_sees_half",
        old=TRANSACTION,
        new=f"        with self.connection() as conn:\n            yield conn{ADD}",
    ),
    Mistake(
        "X1603",
        "commits each statement: begins only after the block",
        "test_nobody_sees_half",
        old=TRANSACTION,
        new='        with self.connection() as conn:\n            conn.execute("SAVEPOINT mine")\n'
        '            conn.execute("RELEASE mine")\n            try:\n                yield conn\n'
        f"            except BaseException:\n                raise{ADD}",
    ),
    Mistake(
        "X1604",
        "BEGIN without IMMEDIATE",
        "test_it_is_the_only_writer",
        old='            conn.execute("BEGIN IMMEDIATE")\n            try:',
        new='            conn.execute("BEGIN")\n            try:',
    ),
    Mistake(
        "X1604",
        "BEGIN DEFERRED",
        "test_it_is_the_only_writer",
        old='            conn.execute("BEGIN IMMEDIATE")\n            try:',
        new='            conn.execute("BEGIN DEFERRED")\n            try:',
    ),
    Mistake(
        "X1605",
        "opens a connection for each block",
        "test_a_connection_is_lent",
        old=TRANSACTION,
        new=f"        with closing(connect(self.path)) as conn:\n{BEGIN}{CAUGHT}",
    ),
    Mistake(
        "X1605",
        "takes a free connection, and never gives it back",
        "test_a_connection_is_lent",
        old=TRANSACTION,
        new="        conn = self.free.pop() if self.free else connect(self.path)\n"
        '        conn.execute("BEGIN IMMEDIATE")\n        try:\n            yield conn\n'
        '        except BaseException:\n            conn.execute("ROLLBACK")\n            raise\n'
        f'        conn.execute("COMMIT"){ADD}',
    ),
    Mistake(
        "X1606",
        "keeps one connection for all blocks",
        "test_a_connection_is_lent",
        old=TRANSACTION,
        new='        conn = self.__dict__.setdefault("mine", self.free[-1])\n'
        '        conn.execute("BEGIN IMMEDIATE")\n        try:\n            yield conn\n'
        '        except BaseException:\n            conn.execute("ROLLBACK")\n            raise\n'
        f'        conn.execute("COMMIT"){ADD}',
    ),
    Mistake(
        "X1607",
        "begins inside the try",
        "test_begin_may_fail",
        old=BEGIN,
        new='            try:\n                conn.execute("BEGIN IMMEDIATE")\n'
        "                yield conn\n",
    ),
    Mistake(
        "X1607",
        "goes on without the lock",
        "test_begin_may_fail",
        old=BEGIN,
        new="            with suppress(sqlite3.OperationalError):\n"
        '                conn.execute("BEGIN IMMEDIATE")\n            try:\n'
        "                yield conn\n",
    ),
    Mistake(
        "",
        "hides that BEGIN has failed",
        "test_begin_may_fail",
        old=BEGIN,
        new="            try:\n"
        '                conn.execute("BEGIN IMMEDIATE")\n'
        "            except sqlite3.OperationalError as error:\n"
        "                raise TimeoutError from error\n            try:\n"
        "                yield conn\n",
    ),
    Mistake(
        "X848",
        "rolls back for Exception and Ctrl-C",
        "test_all_or_nothing",
        old=CAUGHT,
        new=CAUGHT.replace("BaseException", "(Exception, KeyboardInterrupt)"),
    ),
    Mistake(
        "X848",
        "rolls back for Exception, Ctrl-C and SystemExit",
        "test_all_or_nothing",
        old=CAUGHT,
        new=CAUGHT.replace("BaseException", "(Exception, KeyboardInterrupt, SystemExit)"),
    ),
    # Task 2
    Mistake(
        "X1608",
        "puts the values into the statement",
        "test_add_keeps_a_message",
        old=INSERT,
        new='            insert = f"INSERT INTO messages (author, text, at, key) "\n'
        "            insert += f\"VALUES ('{author}', '{text}', {at}, '{key}')\"\n"
        "            cursor = conn.execute(insert)\n" + RETURN,
    ),
    Mistake(
        "X1608",
        "looks with the values in the statement",
        "test_add_keeps_a_message",
        old=LOOK,
        new="            query = f\"SELECT id FROM messages WHERE author = '{author}' AND "
        "key = '{key}'\"\n"
        "            if conn.execute(query).fetchone():\n                return None\n",
    ),
    Mistake(
        "",
        "swaps text and key",
        "test_add_keeps_a_message",
        old="cursor = conn.execute(insert, (author, text, at, key))",
        new="cursor = conn.execute(insert, (author, key, at, text))",
    ),
    Mistake(
        "",
        "returns another order",
        "test_add_keeps_a_message",
        old=RETURN,
        new="            return Post(cursor.lastrowid or 0, text, author, at, key)\n",
    ),
    Mistake(
        "",
        "returns the id only",
        "test_add_keeps_a_message",
        old=RETURN,
        new="            return cursor.lastrowid  # type: ignore\n",
    ),
    Mistake(
        "",
        "returns a tuple",
        "test_add_keeps_a_message",
        old=RETURN,
        new="            return (cursor.lastrowid, author, text, at, key)  # type: ignore\n",
    ),
    Mistake(
        "",
        "returns nothing",
        "test_add_keeps_a_message",
        old=RETURN,
        new="",
    ),
    Mistake(
        "",
        "counts the messages for the id, from 0",
        "test_add_keeps_a_message",
        old=RETURN,
        new="            return Post((cursor.lastrowid or 0) - 1, author, text, at, key)\n",
    ),
    Mistake(
        "",
        "strips the text",
        "test_add_keeps_a_message",
        old="cursor = conn.execute(insert, (author, text, at, key))",
        new='cursor = conn.execute(insert, (author, text.replace("\\n", " "), at, key))',
    ),
    Mistake(
        "X1600",
        "never inserts",
        "test_add_keeps_a_message",
        old="            cursor = conn.execute(insert, (author, text, at, key))\n" + RETURN,
        new='            number = conn.execute("SELECT count(*) FROM messages").fetchone()[0]\n'
        "            return Post(number + 1, author, text, at, key)\n",
    ),
    Mistake(
        "",
        "leaves an empty text out",
        "test_add_keeps_a_message",
        old=AT,
        new=AT + "            if not text:\n                return None\n",
    ),
    Mistake(
        "",
        "rounds the time",
        "test_at_is_the_time",
        old="at = int(self.clock())",
        new="at = round(self.clock())",
    ),
    Mistake(
        "X1609",
        "takes the time of the computer",
        "test_at_is_the_time",
        old="at = int(self.clock())",
        new="at = int(time.time()) if self.clock() != 1000 else 1000",
    ),
    Mistake(
        "",
        "keeps a fraction",
        "test_at_is_the_time",
        old="at = int(self.clock())",
        new="at = self.clock()",
    ),
    Mistake(
        "",
        "asks the clock twice",
        "test_at_is_the_time",
        old="            at = int(self.clock())\n",
        new="            at = int(self.clock()) and int(self.clock())\n",
    ),
    Mistake(
        "",
        "keeps the first time",
        "test_at_is_the_time",
        old="at = int(self.clock())",
        new='at = self.__dict__.setdefault("at", int(self.clock()))',
    ),
    Mistake(
        "X1611",
        "does not look",
        "test_the_same_key_again",
        old=LOOK,
        new="",
    ),
    Mistake(
        "X1610",
        "returns the first message again",
        "test_the_same_key_again",
        old=FOUND,
        new="            if row := conn.execute(query, (author, key)).fetchone():\n"
        "                return Post(row[0], author, text, 0, key)\n",
    ),
    Mistake(
        "X1610",
        "replaces the text",
        "test_the_same_key_again",
        old=FOUND,
        new="            if conn.execute(query, (author, key)).fetchone():\n"
        '                change = "UPDATE messages SET text = ? WHERE author = ? AND key = ?"\n'
        "                conn.execute(change, (text, author, key))\n                return None\n",
    ),
    Mistake(
        "X1610",
        "replaces the message",
        "test_the_same_key_again",
        edits=(
            Edit(LOOK, ""),
            Edit('insert = "INSERT INTO messages', 'insert = "INSERT OR REPLACE INTO messages'),
        ),
    ),
    Mistake(
        "X1610",
        "invents a key of its own",
        "test_the_same_key_again",
        edits=(
            Edit(LOOK, ""),
            Edit(
                "cursor = conn.execute(insert, (author, text, at, key))",
                'taken = conn.execute("SELECT 1 FROM messages WHERE author = ? AND '
                'key = ?", (author, key))\n'
                '            new = key + "\'" if taken.fetchone() else key\n'
                "            cursor = conn.execute(insert, (author, text, at, new))",
            ),
        ),
    ),
    Mistake(
        "X1612",
        "remembers the keys in memory",
        "test_the_same_key_again",
        old=LOOK,
        new='            known = self.__dict__.setdefault("known", set())\n'
        "            if (author, key) in known:\n                return None\n"
        "            known.add((author, key))\n"
        '            conn.execute("DELETE FROM messages WHERE author = ? AND key = '
        '?", (author, key))\n',
    ),
    Mistake(
        "",
        "looks for author, key and text",
        "test_the_same_key_again",
        edits=(
            Edit(
                LOOK,
                '            query = "SELECT id FROM messages WHERE author = ? AND '
                'key = ? AND text = ?"\n'
                "            if conn.execute(query, (author, key, text)).fetchone():\n"
                "                return None\n",
            ),
            Edit('insert = "INSERT INTO messages', 'insert = "INSERT OR REPLACE INTO messages'),
        ),
    ),
    Mistake(
        "",
        "looks for author, key and text, and the table refuses",
        "test_the_same_key_again",
        old=LOOK,
        new='            query = "SELECT id FROM messages WHERE author = ? AND key = ? AND text = ?"\n'
        "            if conn.execute(query, (author, key, text)).fetchone():\n"
        "                return None\n",
    ),
    Mistake(
        "X1613",
        "looks for the key only",
        "test_author_and_key_decide",
        old=LOOK,
        new='            query = "SELECT id FROM messages WHERE key = ?"\n'
        "            if conn.execute(query, (key,)).fetchone():\n                return None\n",
    ),
    Mistake(
        "",
        "looks for author and text",
        "test_the_same_key_again",
        old=LOOK,
        new='            query = "SELECT id FROM messages WHERE author = ? AND text = ?"\n'
        "            if conn.execute(query, (author, text)).fetchone():\n                return None\n",
    ),
    Mistake(
        "X1614",
        "looks for the key, or the text",
        "test_author_and_key_decide",
        old=LOOK,
        new='            query = "SELECT id FROM messages WHERE author = ? AND (key = ? OR text = ?)"\n'
        "            if conn.execute(query, (author, key, text)).fetchone():\n"
        "                return None\n",
    ),
    Mistake(
        "X1614",
        "ignores the case of a key",
        "test_author_and_key_decide",
        old=QUERY,
        new="SELECT id FROM messages WHERE author = ? AND key = ? COLLATE NOCASE",
    ),
    Mistake(
        "",
        "ignores the case of an author",
        "test_author_and_key_decide",
        old=QUERY,
        new="SELECT id FROM messages WHERE author = ? COLLATE NOCASE AND key = ?",
    ),
    Mistake(
        "",
        "looks for author and key in one text",
        "test_author_and_key_decide",
        old=LOOK,
        new='            query = "SELECT id FROM messages WHERE author || key = ?"\n'
        "            if conn.execute(query, (author + key,)).fetchone():\n"
        "                return None\n",
    ),
    Mistake(
        "X1615",
        "looks before the transaction",
        "test_nobody_comes_between",
        old=f"        with self.transaction() as conn:\n{LOOK}",
        new=f"        with self.connection() as conn:\n{LOOK}        with "
        f"self.transaction() as conn:\n",
    ),
    Mistake(
        "X1615",
        "looks and inserts, each by itself",
        "test_nobody_comes_between",
        old="        with self.transaction() as conn:\n            query",
        new="        with self.connection() as conn:\n            query",
    ),
    Mistake(
        "X1604",
        "begins a transaction of its own, without IMMEDIATE",
        "test_nobody_comes_between",
        old="        with self.transaction() as conn:\n            query",
        new="        with self.connection() as conn, conn:\n"
        '            conn.execute("BEGIN")\n            query',
    ),
    Mistake(
        "X1615",
        "replaces what came between",
        "test_nobody_comes_between",
        edits=(
            Edit(
                f"        with self.transaction() as conn:\n{LOOK}",
                f"        with self.connection() as conn:\n{LOOK}"
                "        with self.transaction() as conn:\n",
            ),
            Edit('insert = "INSERT INTO messages', 'insert = "INSERT OR REPLACE INTO messages'),
        ),
    ),
    Mistake(
        "",
        "strips the text",
        "test_add_keeps_a_message",
        old=AT,
        new=f"            text = text.strip()\n{AT}",
    ),
    Mistake(
        "",
        "works out the id",
        "test_add_keeps_a_message",
        old="return Post(cursor.lastrowid or 0,",
        new="return Post(self.last_id() + 1,",
    ),
    Mistake(
        "",
        "an empty key is no key",
        "test_the_same_key_again",
        old=FOUND,
        new=FOUND.replace("if conn", "if key and conn"),
    ),
    # Task 3
    Mistake(
        "X1616",
        "includes the last one",
        "test_what_comes_after",
        old="WHERE id > ? ORDER BY id LIMIT ?",
        new="WHERE id >= ? ORDER BY id LIMIT ?",
    ),
    Mistake(
        "",
        "returns rows",
        "test_what_comes_after",
        old=ROWS,
        new="            return conn.execute(query, (last, limit)).fetchall()\n",
    ),
    Mistake(
        "",
        "returns the cursor",
        "test_what_comes_after",
        old=ROWS,
        new="            return conn.execute(query, (last, limit))  # type: ignore\n",
    ),
    Mistake(
        "",
        "returns an iterator",
        "test_what_comes_after",
        old=ROWS,
        new="            return map(Post._make, conn.execute(query, (last, limit)))  # type: ignore\n",
    ),
    Mistake(
        "",
        "returns a tuple of messages",
        "test_what_comes_after",
        old=ROWS,
        new="            found = conn.execute(query, (last, limit))\n"
        "            return tuple(Post(*row) for row in found)  # type: ignore\n",
    ),
    Mistake(
        "X1617",
        "makes a message of a whole row",
        "test_what_comes_after",
        old="[Post(*row) for row in conn.execute(query, (last, limit))]",
        new="[Post(row) for row in conn.execute(query, (last, limit))]  # type: ignore",
    ),
    Mistake(
        "",
        "ignores `last`",
        "test_what_comes_after",
        old=SINCE,
        new='        query = "SELECT id, author, text, at, key FROM messages ORDER BY id LIMIT ?"\n'
        "        with self.connection() as conn:\n"
        "            return [Post(*row) for row in conn.execute(query, (limit,))]\n",
    ),
    Mistake(
        "",
        "skips `last` rows",
        "test_in_the_order_of_ids",
        old=SINCE,
        new='        query = "SELECT id, author, text, at, key FROM messages ORDER BY id '
        'LIMIT ? OFFSET ?"\n'
        "        with self.connection() as conn:\n"
        "            return [Post(*row) for row in conn.execute(query, (limit, last))]\n",
    ),
    Mistake(
        "",
        "swaps `last` and `limit`",
        "test_what_comes_after",
        old="[Post(*row) for row in conn.execute(query, (last, limit))]",
        new="[Post(*row) for row in conn.execute(query, (limit, last))]",
    ),
    Mistake(
        "X1618",
        "asks for no order",
        "test_in_the_order_of_ids",
        old="WHERE id > ? ORDER BY id LIMIT ?",
        new="WHERE id > ? LIMIT ?",
    ),
    Mistake(
        "",
        "orders by text",
        "test_what_comes_after",
        old="ORDER BY id LIMIT ?",
        new="ORDER BY -length(text), id LIMIT ?",
    ),
    Mistake(
        "",
        "names the columns in another order",
        "test_what_comes_after",
        old="SELECT id, author, text, at, key FROM messages WHERE id > ?",
        new="SELECT id, text, author, at, key FROM messages WHERE id > ?",
    ),
    Mistake(
        "",
        "takes one id after the other",
        "test_in_the_order_of_ids",
        old=READ,
        new='        query = "SELECT id, author, text, at, key FROM messages WHERE id = ?"\n'
        "        found = []\n        with self.connection() as conn:\n"
        "            while row := conn.execute(query, (last + 1,)).fetchone():\n"
        "                found.append(Post(*row))\n                last += 1\n"
        "        return found[:limit]\n",
    ),
    Mistake(
        "X1619",
        "returns the newest",
        "test_the_first_of_many",
        old=SINCE,
        new='        query = "SELECT id, author, text, at, key FROM messages WHERE id > ? "\n'
        '        query += "ORDER BY id DESC LIMIT ?"\n        with self.connection() as conn:\n'
        "            rows = conn.execute(query, (last, limit)).fetchall()\n"
        "            return [Post(*row) for row in reversed(rows)]\n",
    ),
    Mistake(
        "X1619",
        "returns the newest of all that it has read",
        "test_the_first_of_many",
        old="[Post(*row) for row in conn.execute(query, (last, limit))]",
        new="[Post(*row) for row in conn.execute(query, (last, 999))][-limit:]",
    ),
    Mistake(
        "",
        "ignores the limit",
        "test_the_first_of_many",
        old="[Post(*row) for row in conn.execute(query, (last, limit))]",
        new="[Post(*row) for row in conn.execute(query, (last, 999))]",
    ),
    Mistake(
        "",
        "returns one fewer",
        "test_the_first_of_many",
        old="[Post(*row) for row in conn.execute(query, (last, limit))]",
        new="[Post(*row) for row in conn.execute(query, (last, limit - 1))]",
    ),
    Mistake(
        "",
        "takes the limit for an id",
        "test_the_first_of_many",
        old=SINCE,
        new='        query = "SELECT id, author, text, at, key FROM messages WHERE id > ? '
        'AND id <= ? "\n'
        '        query += "ORDER BY id"\n        with self.connection() as conn:\n'
        "            return [Post(*row) for row in conn.execute(query, (last, limit))]\n",
    ),
    Mistake(
        "",
        "takes the limit for the ids after the last one",
        "test_the_first_of_many",
        old=SINCE,
        new='        query = "SELECT id, author, text, at, key FROM messages WHERE id > ? '
        'AND id <= ? "\n'
        '        query += "ORDER BY id"\n        with self.connection() as conn:\n'
        "            rows = conn.execute(query, (last, last + limit))\n"
        "            return [Post(*row) for row in rows]\n",
    ),
    Mistake(
        "",
        "reads the rows after the with",
        "test_readers_do_not_wait",
        old=READ,
        new="        with self.connection() as conn:\n"
        "            rows = conn.execute(query, (last, limit))\n"
        "        return [Post(*row) for row in rows]\n",
    ),
    Mistake(
        "X1620",
        "reads in a writer's transaction",
        "test_readers_do_not_wait",
        old=READ,
        new=READ.replace("self.connection()", "self.transaction()"),
    ),
    Mistake(
        "X1605",
        "opens a connection for each call",
        "test_readers_do_not_wait",
        old=READ,
        new=READ.replace("self.connection()", "closing(connect(self.path))"),
    ),
    Mistake(
        "",
        "in the order of the times",
        "test_in_the_order_of_ids",
        old="WHERE id > ? ORDER BY id LIMIT ?",
        new="WHERE id > ? ORDER BY at, id LIMIT ?",
    ),
    # Task 4
    Mistake(
        "X1621",
        "publishes, then keeps",
        "test_kept_then_published",
        old=POST,
        new="        with self.lock:\n"
        "            post = Post(self.store.last_id() + 1, author, text, 0, key)\n"
        "            self.publish(post)\n            return self.store.add(author, text, key)\n",
    ),
    Mistake(
        "",
        "never publishes",
        "test_kept_then_published",
        old=POST,
        new="        return self.store.add(author, text, key)\n",
    ),
    Mistake(
        "",
        "keeps it with other arguments",
        "test_kept_then_published",
        old="post = self.store.add(author, text, key)",
        new="post = self.store.add(author, text, text)",
    ),
    Mistake(
        "",
        "returns nothing",
        "test_kept_then_published",
        old="                self.publish(post)\n            return post\n",
        new="                self.publish(post)\n            return None\n",
    ),
    Mistake(
        "",
        "returns whether it is new",
        "test_kept_then_published",
        old="                self.publish(post)\n            return post\n",
        new="                self.publish(post)\n            return bool(post)  # type: ignore\n",
    ),
    Mistake(
        "",
        "publishes what it was given, with another time",
        "test_kept_then_published",
        old="                self.publish(post)\n",
        new="                self.publish(post._replace(at=0))\n",
    ),
    Mistake(
        "X1621",
        "publishes a message that was not kept",
        "test_what_is_not_published",
        old=POST,
        new="        with self.lock:\n            post: Post | None = Post(0, author, text, 0, key)\n"
        "            try:\n                post = self.store.add(author, text, key)\n"
        "                return post\n            finally:\n                if post:\n"
        "                    self.publish(post)\n",
    ),
    Mistake(
        "",
        "swallows the error",
        "test_what_is_not_published",
        old=POST,
        new="        with self.lock:\n            try:\n"
        "                post = self.store.add(author, text, key)\n"
        "            except sqlite3.Error:\n                return None\n"
        "            if post:\n                self.publish(post)\n            return post\n",
    ),
    Mistake(
        "X1610",
        "publishes it again",
        "test_what_is_not_published",
        old="            if post:\n                self.publish(post)\n",
        new="            self.publish(post or Post(0, author, text, 0, key))\n",
    ),
    Mistake(
        "X1622",
        "holds the lock for add() only",
        "test_nothing_between_the_two_steps",
        old="            if post:\n                self.publish(post)\n            return post\n",
        new="        if post:\n            self.publish(post)\n        return post\n",
    ),
    Mistake(
        "X1622",
        "holds the lock twice",
        "test_nothing_between_the_two_steps",
        old="            if post:\n                self.publish(post)\n            return post\n",
        new="        with self.lock:\n            if post:\n                self.publish(post)\n"
        "            return post\n",
    ),
    Mistake(
        "X1622",
        "holds no lock",
        "test_nothing_between_the_two_steps",
        old=POST,
        new="        post = self.store.add(author, text, key)\n        if post:\n"
        "            self.publish(post)\n        return post\n",
    ),
    Mistake(
        "X1622",
        "holds the lock for publish() only",
        "test_nothing_between_the_two_steps",
        old=POST,
        new="        post = self.store.add(author, text, key)\n        with self.lock:\n"
        "            if post:\n                self.publish(post)\n        return post\n",
    ),
    Mistake(
        "X1623",
        "does not give the lock back after an error",
        "test_nothing_between_the_two_steps",
        old=POST,
        new="        self.lock.acquire()\n        post = self.store.add(author, text, key)\n"
        "        if post:\n            self.publish(post)\n        self.lock.release()\n"
        "        return post\n",
    ),
    Mistake(
        "",
        "publishes to one seat",
        "test_everybody_gets_it",
        old=LOOP,
        new=LOOP + "            return\n",
    ),
    Mistake(
        "",
        "publishes twice",
        "test_kept_then_published",
        old=LOOP,
        new=LOOP + "            self.deliver(seat, text)\n",
    ),
    Mistake(
        "",
        "sends the message without packing it",
        "test_kept_then_published",
        old=LOOP,
        new=LOOP.replace("(seat, text)", "(seat, json.dumps(post))"),
    ),
    Mistake(
        "",
        "packs the message without a list",
        "test_kept_then_published",
        old="        text = pack([post])\n        for",
        new="        text = pack(post)  # type: ignore\n        for",
    ),
    Mistake(
        "",
        "says that there are more",
        "test_kept_then_published",
        old="text = pack([post])",
        new="text = pack([post], True)",
    ),
    Mistake(
        "",
        "empties the board",
        "test_everybody_gets_it",
        old=LOOP,
        new="        while self.seats:\n            self.deliver(self.seats.pop(), text)\n",
    ),
    Mistake(
        "X49",
        "loops over the set itself",
        "test_everybody_gets_it",
        old="for seat in list(self.seats):\n            self.deliver",
        new="for seat in self.seats:\n            self.deliver",
    ),
    Mistake(
        "X1625",
        "ignores what offer() returns",
        "test_slow_clients_are_dropped",
        old=DELIVER,
        new="        seat.offer(text)\n",
    ),
    Mistake(
        "",
        "drops it, and keeps the seat",
        "test_slow_clients_are_dropped",
        old=DELIVER,
        new="        if not seat.offer(text):\n            seat.drop()\n",
    ),
    Mistake(
        "X1625",
        "lets it leave, and does not drop it",
        "test_slow_clients_are_dropped",
        old=DELIVER,
        new="        if not seat.offer(text):\n            self.leave(seat)\n",
    ),
    Mistake(
        "",
        "drops it first",
        "test_slow_clients_are_dropped",
        old=DELIVER,
        new="        if not seat.offer(text):\n            seat.drop()\n            self.leave(seat)\n",
    ),
    Mistake(
        "",
        "tries again",
        "test_slow_clients_are_dropped",
        old=DELIVER,
        new="        if not seat.offer(text) and not seat.offer(text):\n"
        "            self.leave(seat)\n            seat.drop()\n",
    ),
    Mistake(
        "",
        "drops those who have room",
        "test_everybody_gets_it",
        old="if not seat.offer(text):",
        new="if seat.offer(text):",
    ),
    Mistake(
        "",
        "stops at the first slow client",
        "test_slow_clients_are_dropped",
        old=DELIVER,
        new=DELIVER + "            raise ConnectionError\n",
    ),
    Mistake(
        "",
        "drops everybody",
        "test_slow_clients_are_dropped",
        old=DELIVER,
        new="        if not seat.offer(text):\n            for other in list(self.seats):\n"
        "                if other is not seat:\n                    other.drop()\n"
        "            self.leave(seat)\n            seat.drop()\n",
    ),
    Mistake(
        "",
        "hides some errors of add()",
        "test_what_is_not_published",
        old=POST,
        new=POST.replace(
            "            post = self.store.add(author, text, key)\n",
            "            try:\n                post = self.store.add(author, text, key)\n"
            "            except sqlite3.IntegrityError:\n                return None\n",
        ),
    ),
    Mistake(
        "",
        "does not publish an empty text",
        "test_kept_then_published",
        old=POST,
        new=POST.replace("if post:", "if post and post.text:"),
    ),
    Mistake(
        "X1622",
        "publishes on another thread, and waits for it",
        "test_nothing_between_the_two_steps",
        old="                self.publish(post)\n",
        new="                other = threading.Thread(target=self.publish, args=(post,))\n"
        "                other.start()\n                other.join()\n",
    ),
    # Task 5
    Mistake(
        "X1626",
        "delivers nothing",
        "test_what_was_missed",
        old=SEND,
        new="",
    ),
    Mistake(
        "",
        "delivers from the beginning",
        "test_what_was_missed",
        old="messages = self.store.since(since, PAGE)",
        new="messages = self.store.since(0, PAGE)",
    ),
    Mistake(
        "",
        "delivers the seen message again",
        "test_what_was_missed",
        old="messages = self.store.since(since, PAGE)",
        new="messages = self.store.since(since - 1, PAGE)",
    ),
    Mistake(
        "",
        "delivers one text for each message",
        "test_what_was_missed",
        old=SEND,
        new="            for message in messages:\n"
        "                self.deliver(seat, pack([message], more))\n",
    ),
    Mistake(
        "",
        "delivers nothing if nothing was missed",
        "test_what_was_missed",
        old=SEND,
        new="            if messages:\n                self.deliver(seat, pack(messages, more))\n",
    ),
    Mistake(
        "",
        "delivers the messages to everybody",
        "test_what_was_missed",
        old=SEND,
        new=SEND
        + "            for message in messages[1:]:\n                self.publish(message)\n",
    ),
    Mistake(
        "X1627",
        "never joins the seats",
        "test_then_everything_new",
        old="            if not more:\n                self.seats.add(seat)\n",
        new="",
    ),
    Mistake(
        "X1627",
        "joins only if it has missed something",
        "test_then_everything_new",
        old="            if not more:\n                self.seats.add(seat)\n",
        new="            if messages and not more:\n                self.seats.add(seat)\n",
    ),
    Mistake(
        "X1627",
        "joins only the first time",
        "test_then_everything_new",
        old="            self.leave(seat)\n            if not more:\n                "
        "self.seats.add(seat)\n",
        new="            if seat in self.seats or more:\n                self.leave(seat)\n"
        "            else:\n                self.seats.add(seat)\n",
    ),
    Mistake(
        "X1628",
        "delivers all pages",
        "test_a_page_at_a_time",
        old=RESUME,
        new="        with self.lock:\n            more = True\n            self.leave(seat)\n"
        "            while more:\n                messages = self.store.since(since, PAGE)\n"
        "                more = len(messages) == PAGE\n                if not more:\n"
        "                    self.seats.add(seat)\n"
        "                self.deliver(seat, pack(messages, more))\n"
        "                since = messages[-1].id if messages else since\n",
    ),
    Mistake(
        "X1628",
        "reads everything",
        "test_a_page_at_a_time",
        old="messages = self.store.since(since, PAGE)",
        new="messages = self.store.since(since, 1 << 30)",
    ),
    Mistake(
        "X1628",
        "has a page of its own size",
        "test_a_page_at_a_time",
        old="            messages = self.store.since(since, PAGE)\n            more = "
        "len(messages) == PAGE\n",
        new="            messages = self.store.since(since, 100)\n            more = "
        "len(messages) == 100\n",
    ),
    Mistake(
        "X1629",
        "takes a full page for the last",
        "test_a_page_at_a_time",
        old=MORE,
        new="more = len(messages) > PAGE",
    ),
    Mistake(
        "X1629",
        "never says that there are more",
        "test_a_page_at_a_time",
        old=SEND,
        new="            self.deliver(seat, pack(messages))\n",
    ),
    Mistake(
        "",
        "always says that there are more",
        "test_what_was_missed",
        old=MORE,
        new="more = True",
    ),
    Mistake(
        "",
        "says that there are more if there are any",
        "test_what_was_missed",
        old=MORE,
        new="more = len(messages) > 0",
    ),
    Mistake(
        "X1630",
        "joins the seats in any case",
        "test_a_page_at_a_time",
        old=JOIN,
        new="            self.seats.add(seat)\n",
    ),
    Mistake(
        "",
        "stays in the seats",
        "test_a_page_at_a_time",
        old=JOIN,
        new="            if not more:\n                self.seats.add(seat)\n",
    ),
    Mistake(
        "X1627",
        "joins only while there are more",
        "test_then_everything_new",
        old="            if not more:\n                self.seats.add(seat)\n",
        new="            if more:\n                self.seats.add(seat)\n",
    ),
    Mistake(
        "X1631",
        "holds no lock",
        "test_nothing_is_missed_between",
        old=RESUME,
        new="        messages = self.store.since(since, PAGE)\n"
        "        more = len(messages) == PAGE\n        self.leave(seat)\n"
        "        if not more:\n            self.seats.add(seat)\n"
        "        self.deliver(seat, pack(messages, more))\n",
    ),
    Mistake(
        "X1631",
        "reads before it takes the lock",
        "test_nothing_is_missed_between",
        old="        with self.lock:\n            messages = self.store.since(since, PAGE)\n",
        new="        messages = self.store.since(since, PAGE)\n        with self.lock:\n",
    ),
    Mistake(
        "",
        "delivers after it has given the lock back",
        "test_nothing_is_missed_between",
        old=SEND,
        new="        self.deliver(seat, pack(messages, more))\n",
    ),
    Mistake(
        "X1631",
        "holds the lock twice",
        "test_nothing_is_missed_between",
        old="            more = len(messages) == PAGE\n            self.leave(seat)\n",
        new="            more = len(messages) == PAGE\n        with self.lock:\n"
        "            self.leave(seat)\n",
    ),
    Mistake(
        "X1623",
        "does not give the lock back after an error",
        "test_nothing_is_missed_between",
        old=RESUME,
        new="        self.lock.acquire()\n        messages = self.store.since(since, PAGE)\n"
        "        more = len(messages) == PAGE\n        self.leave(seat)\n"
        "        if not more:\n            self.seats.add(seat)\n"
        "        self.deliver(seat, pack(messages, more))\n        self.lock.release()\n",
    ),
    Mistake(
        "",
        "joins the seats after it was dropped",
        "test_too_slow_to_resume",
        old=JOIN + SEND,
        new="            self.leave(seat)\n            self.deliver(seat, pack(messages, more))\n"
        "            if not more:\n                self.seats.add(seat)\n",
    ),
    Mistake(
        "X1625",
        "offers, and does not look at the answer",
        "test_too_slow_to_resume",
        old=SEND,
        new="            seat.offer(pack(messages, more))\n",
    ),
    # Task 6
    Mistake(
        "X1632",
        "yields the first message of each text",
        "test_follow_yields_messages",
        old=POSTS,
        new="                for post in posts[:1]:\n                    if post.id > since:\n"
        "                        since = post.id\n                        yield post\n",
    ),
    Mistake(
        "",
        "receives one text of each connection",
        "test_follow_yields_messages",
        old="            while (text := feed.receive()) is not None:",
        new="            if (text := feed.receive()) is not None:",
    ),
    Mistake(
        "X1632",
        "yields the last message of each text",
        "test_follow_yields_messages",
        old=POSTS,
        new="                if posts:\n                    since = posts[-1].id\n"
        "                    yield posts[-1]\n",
    ),
    Mistake(
        "X1632",
        "stops at a text without messages",
        "test_follow_yields_messages",
        old=POSTS,
        new=POSTS + "                if not posts:\n                    break\n",
    ),
    Mistake(
        "",
        "asks for what comes after the last message of a text",
        "test_follow_asks_for_more",
        old=ASK,
        new=ASK.replace("since)", "posts[-1].id)"),
    ),
    Mistake(
        "",
        "calls itself to connect again",
        "test_follow_connects_again",
        old="    while True:\n" + FOLLOW,
        new=FOLLOW.replace("\n    ", "\n")[4:] + "    yield from follow(connect, since, wait)\n",
    ),
    Mistake(
        "",
        "yields the texts",
        "test_follow_yields_messages",
        old="                        yield post\n",
        new="                        yield post.id  # type: ignore\n",
    ),
    Mistake(
        "",
        "collects them until the end",
        "test_follow_yields_messages",
        edits=(
            Edit(
                "            while (text := feed.receive()) is not None:\n",
                "            found = []\n            while (text := feed.receive()) is not None:\n",
            ),
            Edit(
                "                        yield post\n",
                "                        found.append(post)\n",
            ),
            Edit(
                WAIT,
                "                    feed.send(ask_for(since))\n"
                "            yield from found\n        wait()\n",
            ),
        ),
    ),
    Mistake(
        "",
        "yields only from 1 on, one id after the other",
        "test_follow_connects_again",
        old="if post.id > since:",
        new="if post.id == since + 1:",
    ),
    Mistake(
        "",
        "connects once",
        "test_follow_connects_again",
        old=WAIT,
        new="                    feed.send(ask_for(since))\n        return\n",
    ),
    Mistake(
        "X1633",
        "asks again as at first",
        "test_follow_connects_again",
        edits=(
            Edit(
                "        with suppress(OSError), connect(since) as feed:",
                "        first = since if 'first' not in locals() else first\n"
                "        with suppress(OSError), connect(first) as feed:",
            ),
        ),
    ),
    Mistake(
        "X1633",
        "always asks for everything",
        "test_follow_connects_again",
        old=OPEN,
        new="with suppress(OSError), connect(0) as feed:",
    ),
    Mistake(
        "",
        "asks for the one that it has",
        "test_follow_connects_again",
        old=OPEN,
        new="with suppress(OSError), connect(max(0, since - 1)) as feed:",
    ),
    Mistake(
        "",
        "does not wait",
        "test_follow_connects_again",
        old=WAIT,
        new="                    feed.send(ask_for(since))\n",
    ),
    Mistake(
        "",
        "waits only after an error",
        "test_follow_connects_again",
        edits=(
            Edit(OPEN, "try:\n          with connect(since) as feed:"),
            Edit(
                WAIT,
                "                    feed.send(ask_for(since))\n"
                "        except OSError:\n            wait()\n",
            ),
        ),
    ),
    Mistake(
        "",
        "waits twice",
        "test_follow_connects_again",
        old=WAIT,
        new=WAIT + "        wait()\n",
    ),
    Mistake(
        "X1634",
        "yields whatever arrives",
        "test_follow_yields_nothing_twice",
        old=POSTS,
        new="                for post in posts:\n                    since = post.id\n"
        "                    yield post\n",
    ),
    Mistake(
        "X1634",
        "yields whatever is not the last",
        "test_follow_yields_nothing_twice",
        old="if post.id > since:",
        new="if post.id != since:",
    ),
    Mistake(
        "X1634",
        "yields the last one again",
        "test_follow_yields_nothing_twice",
        old="if post.id > since:",
        new="if post.id >= since:",
    ),
    Mistake(
        "X1634",
        "remembers the ids of one connection",
        "test_follow_yields_nothing_twice",
        edits=(
            Edit(
                "            while (text := feed.receive()) is not None:\n",
                "            seen = set()\n            while (text := feed.receive()) is not None:\n",
            ),
            Edit(
                POSTS,
                "                for post in posts:\n                    if post.id not in seen:\n"
                "                        seen.add(post.id)\n                        since = post.id\n"
                "                        yield post\n",
            ),
        ),
    ),
    Mistake(
        "",
        "drops a text that has an old message",
        "test_follow_yields_nothing_twice",
        old=POSTS,
        new="                if posts and posts[0].id <= since:\n                    continue\n"
        + POSTS,
    ),
    Mistake(
        "X1635",
        "catches no error",
        "test_follow_survives_the_network",
        old=OPEN,
        new="with connect(since) as feed:",
    ),
    Mistake(
        "X1635",
        "connects outside",
        "test_follow_survives_the_network",
        old=OPEN,
        new="with connect(since) as feed, suppress(OSError):",
    ),
    Mistake(
        "",
        "catches ConnectionError only",
        "test_follow_survives_the_network",
        old=OPEN,
        new="with suppress(ConnectionError), connect(since) as feed:",
    ),
    Mistake(
        "",
        "catches TimeoutError and refusals only",
        "test_follow_survives_the_network",
        old=OPEN,
        new="with suppress(TimeoutError, ConnectionRefusedError), connect(since) as feed:",
    ),
    Mistake(
        "X1636",
        "catches everything",
        "test_follow_survives_the_network",
        old=OPEN,
        new="with suppress(Exception), connect(since) as feed:",
    ),
    Mistake(
        "",
        "ends after an error",
        "test_follow_survives_the_network",
        edits=(
            Edit(OPEN, "try:\n          with connect(since) as feed:"),
            Edit(
                WAIT,
                "                    feed.send(ask_for(since))\n"
                "        except OSError:\n            return\n        wait()\n",
            ),
        ),
    ),
    Mistake(
        "X1633",
        "waits, and forgets what it has seen",
        "test_follow_connects_again",
        old=WAIT,
        new="                    feed.send(ask_for(since))\n        wait()\n        since = 3\n",
    ),
    Mistake(
        "X1637",
        "never asks",
        "test_follow_asks_for_more",
        old=ASK,
        new="",
    ),
    Mistake(
        "",
        "always asks",
        "test_follow_asks_for_more",
        old="                if more:\n                    feed.send",
        new="                if posts:\n                    feed.send",
    ),
    Mistake(
        "",
        "asks with the first id",
        "test_follow_asks_for_more",
        old=ASK,
        new=ASK.replace("since", "posts[0].id"),
    ),
    Mistake(
        "",
        "asks for each message",
        "test_follow_asks_for_more",
        old=POSTS + ASK,
        new=POSTS
        + "                    if more:\n                        feed.send(ask_for(since))\n",
    ),
    Mistake(
        "",
        "asks before it has yielded",
        "test_follow_asks_for_more",
        old=POSTS + ASK,
        new=ASK + POSTS,
    ),
    Mistake(
        "",
        "connects again for the next page",
        "test_follow_asks_for_more",
        old=ASK,
        new="                if more:\n                    break\n",
    ),
    Mistake(
        "",
        "sends the number",
        "test_follow_asks_for_more",
        old=ASK,
        new=ASK.replace("ask_for(since)", "str(since)"),
    ),
    Mistake(
        "X1638",
        "waits inside the with",
        "test_follow_leaves_connections",
        edits=(Edit(WAIT, "                    feed.send(ask_for(since))\n            wait()\n"),),
    ),
    Mistake(
        "X1638",
        "never leaves a connection",
        "test_follow_leaves_connections",
        edits=(Edit(OPEN, "with suppress(OSError):\n            feed = connect(since)"),),
    ),
    Mistake(
        "",
        "asks for more only if the text had messages",
        "test_follow_asks_for_more",
        old=ASK,
        new=ASK.replace("if more:", "if more and posts:"),
    ),
    Mistake(
        "",
        "gives up after a hundred connections",
        "test_follow_connects_again",
        old="    while True:\n" + FOLLOW,
        new="    for _ in range(100):\n" + FOLLOW,
    ),
)
