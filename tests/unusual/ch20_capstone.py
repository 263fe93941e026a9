"""Right but unusual answers to chapter 20, which its promises must accept."""

from course.maintain.mistakes import Edit
from course.maintain.unusual import Unusual

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
LOOK = """            query = "SELECT id FROM messages WHERE author = ? AND key = ?"
            if conn.execute(query, (author, key)).fetchone():
                return None
"""
INSERT = """            at = int(self.clock())
            insert = "INSERT INTO messages (author, text, at, key) VALUES (?, ?, ?, ?)"
            cursor = conn.execute(insert, (author, text, at, key))
            return Post(cursor.lastrowid or 0, author, text, at, key)
"""
ADDING = f"        with self.transaction() as conn:\n{LOOK}{INSERT}"
READ = """        with self.connection() as conn:
            return [Post(*row) for row in conn.execute(query, (last, limit))]
"""
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
JOIN = """            self.leave(seat)
            if not more:
                self.seats.add(seat)
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
POSTS = """                for post in posts:
                    if post.id > since:
                        since = post.id
                        yield post
"""

UNUSUAL = (
    Unusual(
        "commits in an else",
        old=TRANSACTION,
        new='        with self.connection() as conn:\n            conn.execute("BEGIN IMMEDIATE")\n'
        "            try:\n                yield conn\n            except BaseException:\n"
        "                conn.rollback()\n                raise\n            else:\n"
        f"                conn.commit(){ADD}",
    ),
    Unusual(
        "uses the connection as a context manager, which commits and rolls back",
        old=TRANSACTION,
        new='        with self.connection() as conn:\n            conn.execute("BEGIN IMMEDIATE")\n'
        f"            with conn:\n                yield conn{ADD}",
    ),
    Unusual(
        "rolls back in a finally, if the transaction is still open",
        old=TRANSACTION,
        new='        with self.connection() as conn:\n            conn.execute("BEGIN IMMEDIATE")\n'
        '            try:\n                yield conn\n                conn.execute("COMMIT")\n'
        "            finally:\n                if conn.in_transaction:\n"
        f'                    conn.execute("ROLLBACK"){ADD}',
    ),
    Unusual(
        "begins exclusively: with a write-ahead log, readers go on",
        old=TRANSACTION,
        new=TRANSACTION.replace("BEGIN IMMEDIATE", "begin immediate transaction"),
    ),
    Unusual(
        "inserts what is not there, and looks at the number of rows",
        old=LOOK + INSERT,
        new="            at = int(self.clock())\n"
        '            insert = "INSERT INTO messages (author, text, at, key) VALUES (?, ?, ?, ?) "\n'
        '            insert += "ON CONFLICT DO NOTHING"\n'
        "            cursor = conn.execute(insert, (author, text, at, key))\n"
        "            if cursor.rowcount == 0:\n                return None\n"
        "            return Post(cursor.lastrowid or 0, author, text, at, key)\n",
    ),
    Unusual(
        "catches the IntegrityError",
        old=LOOK + INSERT,
        new="            at = int(self.clock())\n            try:\n"
        '                insert = "INSERT INTO messages VALUES (NULL, ?, ?, ?, ?)"\n'
        "                cursor = conn.execute(insert, (author, text, at, key))\n"
        "            except sqlite3.IntegrityError:\n                return None\n"
        "            return Post(cursor.lastrowid or 0, author, text, at, key)\n",
    ),
    Unusual(
        "begins a transaction of its own",
        old="        with self.transaction() as conn:\n            query",
        new="        with self.connection() as conn, conn:\n"
        '            conn.execute("BEGIN IMMEDIATE")\n            query',
    ),
    Unusual(
        "counts the messages with this key, and names the parameters",
        old=LOOK,
        new='            query = "SELECT count(*) FROM messages WHERE key = :key AND '
        'author = :author"\n'
        '            found = conn.execute(query, {"author": author, "key": key})\n'
        "            if found.fetchone()[0] > 0:\n                return None\n",
    ),
    Unusual(
        "reads the new row back",
        old=INSERT,
        new="            values = author, text, int(self.clock()), key\n"
        '            insert = "INSERT INTO messages (author, text, at, key) VALUES (?, ?, ?, ?)"\n'
        "            conn.execute(insert, values)\n"
        '            query = "SELECT id, author, text, at, key FROM messages ORDER BY id DESC"\n'
        "            return Post(*conn.execute(query).fetchone())\n",
    ),
    Unusual(
        "asks the clock before the transaction",
        old=ADDING,
        new="        at = int(self.clock())\n"
        + ADDING.replace("            at = int(self.clock())\n", ""),
    ),
    Unusual(
        "sorts in Python, and makes Posts by name",
        old=READ,
        new="        with self.connection() as conn:\n"
        "            rows = conn.execute(query, (last, limit)).fetchall()\n"
        "        posts = []\n"
        "        for number, author, text, at, key in sorted(rows):\n"
        "            posts.append(Post(id=number, author=author, text=text, at=at, key=key))\n"
        "        return posts\n",
    ),
    Unusual(
        "reads all columns of each row",
        old='        query = "SELECT id, author, text, at, key FROM messages WHERE '
        'id > ? ORDER BY id LIMIT ?"\n' + READ,
        new='        query = "SELECT * FROM messages WHERE ? < id ORDER BY id ASC"\n'
        "        with self.connection() as conn:\n"
        "            found = conn.execute(query, (last,))\n"
        "            return list(map(Post._make, found.fetchmany(limit)))\n",
    ),
    Unusual(
        "takes the lock with acquire() and a finally",
        old=POST,
        new="        self.lock.acquire()\n        try:\n"
        "            post = self.store.add(author, text, key)\n"
        "            if post is not None:\n                self.publish(post)\n"
        "        finally:\n            self.lock.release()\n        return post\n",
    ),
    Unusual(
        "takes the lock again in publish(), and loops over a copy",
        old=PUBLISH,
        new="        with self.lock:\n            for seat in self.seats.copy():\n"
        "                self.deliver(seat, pack((post,)))\n",
    ),
    Unusual(
        "loops over a tuple, the slowest first",
        old=PUBLISH,
        new="        packed = pack([post], more=False)\n"
        "        for seat in sorted(self.seats, key=id):\n            self.deliver(seat, packed)\n",
    ),
    Unusual(
        "returns early if there is room",
        old=DELIVER,
        new="        if seat.offer(text):\n            return\n"
        "        self.seats.discard(seat)\n        seat.drop()\n",
    ),
    Unusual(
        "joins only after it knows that it may",
        old=RESUME,
        new="        with self.lock:\n            self.seats.discard(seat)\n"
        "            messages = self.store.since(since, PAGE)\n"
        "            if len(messages) < PAGE:\n                self.seats.add(seat)\n"
        "                self.deliver(seat, pack(messages))\n            else:\n"
        "                self.deliver(seat, pack(messages, more=True))\n",
    ),
    Unusual(
        "makes a new set of the seats",
        old=JOIN,
        new="            others = self.seats - {seat}\n"
        "            self.seats = others if more else others | {seat}\n",
    ),
    Unusual(
        "catches OSError with try",
        old=FOLLOW,
        new="        try:\n            with connect(since) as feed:\n"
        "                text = feed.receive()\n                while text is not None:\n"
        "                    posts, more = unpack(text)\n"
        "                    for post in posts:\n"
        "                        if since < post.id:\n"
        "                            yield post\n                            since = post.id\n"
        "                    if more:\n                        feed.send(ask_for(since))\n"
        "                    text = feed.receive()\n"
        "        except OSError:\n            pass\n        wait()\n",
    ),
    Unusual(
        "keeps the last id under another name, and filters with a comprehension",
        old=POSTS,
        new="                for post in posts:\n                    if post.id <= since:\n"
        "                        continue\n                    since = max(since, post.id)\n"
        "                    yield post\n",
    ),
    Unusual(
        "has a generator for one connection",
        edits=(
            Edit(
                FOLLOW,
                "        with suppress(OSError), connect(since) as feed:\n"
                "            for post in one_feed(feed, since):\n"
                "                since = post.id\n                yield post\n        wait()\n",
            ),
            Edit(
                "def follow(\n",
                "def one_feed(feed: Feed, since: int) -> Iterator[Post]:\n"
                '    """Yield the messages of one connection."""\n'
                "    while (text := feed.receive()) is not None:\n"
                "        posts, more = unpack(text)\n        for post in posts:\n"
                "            if post.id > since:\n                since = post.id\n"
                "                yield post\n        if more:\n"
                "            feed.send(ask_for(since))\n\n\ndef follow(\n",
            ),
        ),
    ),
    Unusual(
        "gives since() its arguments by name",
        old="self.store.since(since, PAGE)",
        new="self.store.since(last=since, limit=PAGE)",
    ),
)
