"""Right but unusual answers to chapter 18, which its promises must accept."""

from course.maintain.mistakes import Edit
from course.maintain.unusual import Unusual

LEFT = """        return max(0.0, self.at - self.clock())
"""
MOVED = """        self.left = max(0.0, self.left - seconds)
        if not self.left:
            raise TooSlow(f"less than {self.rate} octets per second")
        self.left = min(self.grace, self.left + octets / self.rate)
"""
HEAD = """    deadline = Deadline(seconds)
    with socket.create_connection(address) as conn:
        conn.sendall(HEAD_BEGINS)
        while deadline.left:
            conn.sendall(b"x")
            if receive_within(conn, seconds / 20) is not End.OPEN:
                return False
    return True
"""
FLOOD = """    with ExitStack() as opened:
        for _ in range(count):
            with suppress(OSError):
                conn = socket.create_connection(address, seconds / count, (source, 0))
                opened.enter_context(conn).sendall(HEAD_BEGINS)
        return not is_served(address, seconds)
"""
ENTER = """        with self.lock:
            count = self.inside.get(address, 0)
            if self.total >= self.connections or count >= self.per_address:
                return False
            self.inside[address] = count + 1
            self.total += 1
            return True
"""
QUEUE = """    with suppress(OSError):
        while deadline.left and (conn := accept_now(server.listener)):
            server.admit(conn)
"""
WAITS = """    while deadline.left and server.connections:
        server.wait(deadline.left)
"""
CUTS = """    late = list(server.connections)
    for conn in late:
        server.cut(conn)
    return len(late)
"""
LOG = """    more = "..." if len(path) > MAX_LOGGED else ""
    safe = path[:MAX_LOGGED].encode("unicode_escape").decode().replace('"', '\\\\"')
    return f'{address} "{method} {safe}{more}" {status}'
"""

UNUSUAL = (
    Unusual(
        "asks the clock once, and compares",
        old=LEFT,
        new="        now = self.clock()\n        return self.at - now if now < self.at else 0.0\n",
    ),
    Unusual(
        "keeps what is left in a variable, and returns early",
        old=MOVED,
        new="        left = self.left - seconds\n        if left <= 0:\n            self.left = 0.0\n"
        '            raise TooSlow("too slow")\n'
        "        self.left = min(left + octets / self.rate, self.grace)\n",
    ),
    Unusual(
        "counts in octets",
        old=MOVED,
        new="        credit = (self.left - seconds) * self.rate\n        if credit <= 0:\n"
        "            self.left = 0.0\n            raise TooSlow\n"
        "        self.left = min(self.grace * self.rate, credit + octets) / self.rate\n",
    ),
    Unusual(
        "tries, excepts, and closes in a finally",
        old=HEAD,
        new="    conn = None\n    try:\n        conn = socket.create_connection(address)\n"
        "        conn.sendall(HEAD_BEGINS)\n        deadline = Deadline(seconds)\n"
        '        while deadline.left > 0:\n            conn.sendall(b"x")\n'
        "            if receive_within(conn, seconds / 20) != End.OPEN:\n                return False\n"
        "    except OSError:\n        return False\n    finally:\n        if conn:\n"
        "            conn.close()\n    return True\n",
    ),
    Unusual(
        "receives by itself, with a timeout",
        old=HEAD,
        new="    end = monotonic() + seconds\n    try:\n"
        "        with socket.create_connection(address) as conn:\n"
        "            conn.settimeout(seconds / 20)\n            conn.sendall(HEAD_BEGINS)\n"
        "            while monotonic() < end:\n"
        '                conn.send(b"x")\n                try:\n                    conn.recv(1)\n'
        "                    return False\n                except TimeoutError:\n"
        "                    pass\n            return True\n"
        "    except OSError:\n        return False\n",
    ),
    Unusual(
        "waits no longer than the deadline",
        old="            if receive_within(conn, seconds / 20) is not End.OPEN:\n",
        new="            pause = max(0.001, min(deadline.left, seconds / 20))\n"
        "            if receive_within(conn, pause) is not End.OPEN:\n",
    ),
    Unusual(
        "sends the first x with the beginning",
        old="        conn.sendall(HEAD_BEGINS)\n        while",
        new='        conn.sendall(HEAD_BEGINS + b"x")\n        while',
    ),
    Unusual(
        "closes all in a finally",
        old=FLOOD,
        new="    conns: list[socket.socket] = []\n    try:\n        for _ in range(count):\n"
        "            try:\n"
        "                conn = socket.create_connection(address, seconds / count, (source, 0))\n"
        "                conns.append(conn)\n                conn.sendall(HEAD_BEGINS)\n"
        "            except OSError:\n                continue\n"
        "        return not is_served(address, seconds)\n    finally:\n"
        "        for conn in conns:\n            conn.close()\n",
    ),
    Unusual(
        "opens all, then sends on all",
        old=FLOOD,
        new="    with ExitStack() as opened:\n        conns = []\n        for _ in range(count):\n"
        "            with suppress(OSError):\n"
        "                conn = socket.create_connection(\n"
        "                    address, timeout=seconds / count, source_address=(source, 0)\n"
        "                )\n"
        "                conns.append(opened.enter_context(conn))\n"
        "        for conn in conns:\n            with suppress(OSError):\n"
        "                conn.sendall(HEAD_BEGINS)\n"
        "        served = is_served(address, seconds)\n    return not served\n",
    ),
    Unusual(
        "acquires and releases, and looks at the address first",
        old=ENTER,
        new="        self.lock.acquire()\n        try:\n"
        "            if self.inside.get(address, 0) >= self.per_address:\n"
        "                return False\n"
        "            if self.total == self.connections:\n                return False\n"
        "            self.inside.setdefault(address, 0)\n            self.inside[address] += 1\n"
        "            self.total = self.total + 1\n            return True\n"
        "        finally:\n            self.lock.release()\n",
    ),
    Unusual(
        "asks whether both have room",
        old=ENTER,
        new="        with self.lock:\n            has_room = (\n"
        "                self.total < self.connections\n"
        "                and self.inside.get(address, 0) < self.per_address\n            )\n"
        "            if has_room:\n"
        "                self.inside[address] = self.inside.get(address, 0) + 1\n"
        "                self.total += 1\n            return has_room\n",
    ),
    Unusual(
        "an ExitStack's callback for each",
        old=FLOOD,
        new="    with ExitStack() as opened:\n        for _ in range(count):\n            try:\n"
        "                conn = socket.create_connection(address, seconds / count, (source, 0))\n"
        "                opened.callback(conn.close)\n                conn.send(HEAD_BEGINS)\n"
        "            except OSError:\n                pass\n"
        "        return is_served(address, seconds) is False\n",
    ),
    Unusual(
        "an endless loop that breaks",
        old=QUEUE,
        new="    while True:\n        if deadline.left <= 0:\n            break\n"
        "        try:\n            conn = accept_now(server.listener)\n"
        "        except OSError:\n            break\n        if conn is None:\n            break\n"
        "        server.admit(conn)\n",
    ),
    Unusual(
        "waits in short steps",
        old=WAITS,
        new="    while deadline.left > 0 and len(server.connections) > 0:\n"
        "        server.wait(min(0.01, deadline.left))\n",
    ),
    Unusual(
        "counts while it cuts",
        old=CUTS,
        new="    count = 0\n    for conn in tuple(server.connections):\n        server.cut(conn)\n"
        "        count += 1\n    return count\n",
    ),
    Unusual(
        "with the listener in a with",
        edits=(
            Edit(
                old=QUEUE + "    server.listener.close()\n",
                new="    with server.listener as listener, suppress(OSError):\n"
                "        while deadline.left and (conn := accept_now(listener)) is not None:\n"
                "            server.admit(conn)\n",
            ),
        ),
    ),
    Unusual(
        "escapes one character after the other",
        old=LOG,
        new="    safe = []\n    for character in path[:MAX_LOGGED]:\n"
        "        if character == '\"':\n            safe.append('\\\\\"')\n        else:\n"
        '            safe.append(character.encode("unicode_escape").decode("ascii"))\n'
        "    if len(path) > MAX_LOGGED:\n        safe.append('...')\n"
        "    text = ''.join(safe)\n"
        "    return address + ' \"' + method + ' ' + text + '\" ' + str(status)\n",
    ),
    Unusual(
        "cuts until nobody is left",
        old=CUTS,
        new="    count = len(server.connections)\n    while server.connections:\n"
        "        server.cut(next(iter(server.connections)))\n    return count\n",
    ),
)
