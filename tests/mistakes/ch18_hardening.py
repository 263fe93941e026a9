"""Wrong answers to chapter 18 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

LEFT = """        return max(0.0, self.at - self.clock())
"""
TAKES = """        self.left = max(0.0, self.left - seconds)
"""
LOOKS = """        if not self.left:
            raise TooSlow(f"less than {self.rate} octets per second")
"""
PUTS_BACK = """        self.left = min(self.grace, self.left + octets / self.rate)
"""
MOVED = TAKES + LOOKS + PUTS_BACK
HEAD_CONNECTS = """    with socket.create_connection(address) as conn:
        conn.sendall(HEAD_BEGINS)
"""
DRIPS = """            conn.sendall(b"x")
            if receive_within(conn, seconds / 20) is not End.OPEN:
                return False
"""
HEAD_LOOP = """        while deadline.left:
            conn.sendall(b"x")
            if receive_within(conn, seconds / 20) is not End.OPEN:
                return False
    return True
"""
HEAD = f"""    deadline = Deadline(seconds)
{HEAD_CONNECTS}{HEAD_LOOP}"""
OPENS = """                conn = socket.create_connection(address, seconds / count, (source, 0))
                opened.enter_context(conn).sendall(HEAD_BEGINS)
"""
FLOOD = f"""    with ExitStack() as opened:
        for _ in range(count):
            with suppress(OSError):
{OPENS}        return not is_served(address, seconds)
"""
ASKS = """        return not is_served(address, seconds)
"""
COUNT = """            count = self.inside.get(address, 0)
"""
FULL = """            if self.total >= self.connections or count >= self.per_address:
                return False
"""
ENTERS = """            self.inside[address] = count + 1
            self.total += 1
            return True
"""
ENTER = f"""        with self.lock:
{COUNT}{FULL}{ENTERS}"""
BEGINS = """    deadline = Deadline(seconds)
    server.is_closing = True
    server.pause()
"""
QUEUE = """    with suppress(OSError):
        while deadline.left and (conn := accept_now(server.listener)):
            server.admit(conn)
"""
CLOSES = """    server.listener.close()
"""
DISMISSES = """    server.dismiss_idle()
"""
WAITS = """    while deadline.left and server.connections:
        server.wait(deadline.left)
"""
CUTS = """    late = list(server.connections)
    for conn in late:
        server.cut(conn)
    return len(late)
"""
MORE = """    more = "..." if len(path) > MAX_LOGGED else ""
"""
SAFE = """    safe = path[:MAX_LOGGED].encode("unicode_escape").decode().replace('"', '\\\\"')
"""
LINE = """    return f'{address} "{method} {safe}{more}" {status}'
"""


def wrong(belief: str, what: str, test: str, old: str, new: str, *more: Edit) -> Mistake:
    """Return a mistake; `test` without `test_`."""
    if more:
        return Mistake(belief, what, f"test_{test}", edits=(Edit(old=old, new=new), *more))
    return Mistake(belief, what, f"test_{test}", old=old, new=new)


MISTAKES = (
    # Task 1
    wrong("X1523", "goes below 0", "seconds_left", LEFT, "        return self.at - self.clock()\n"),
    wrong("", "how long it lasts", "seconds_left", LEFT, "        return max(0.0, self.at)\n"),
    wrong(
        "",
        "the wrong way round",
        "seconds_left",
        LEFT,
        "        return max(0.0, self.clock() - self.at)\n",
    ),
    wrong(
        "",
        "looks, and then reads the clock again",
        "seconds_left",
        LEFT,
        "        return self.at - self.clock() if self.clock() < self.at else 0.0\n",
    ),
    wrong(
        "",
        "in milliseconds",
        "seconds_left",
        LEFT,
        "        return max(0.0, round(self.at - self.clock(), 3))\n",
    ),
    wrong(
        "",
        "the real clock",
        "seconds_left",
        LEFT,
        "        return max(0.0, self.at - monotonic())\n",
    ),
    wrong(
        "",
        "the clock on the wall",
        "seconds_left",
        LEFT,
        "        return max(0.0, self.at - time.time())\n",
    ),
    wrong(
        "",
        "returns whether it is over",
        "seconds_left",
        LEFT,
        "        return self.at <= self.clock()  # type: ignore\n",
    ),
    wrong(
        "",
        "whole seconds",
        "seconds_left",
        LEFT,
        "        return float(int(max(0.0, self.at - self.clock())))\n",
    ),
    wrong(
        "",
        "None after the deadline",
        "seconds_left",
        LEFT,
        "        left = self.at - self.clock()\n"
        "        return left if left > 0 else None  # type: ignore\n",
    ),
    wrong(
        "",
        "an error after the deadline",
        "seconds_left",
        LEFT,
        "        if self.at <= self.clock():\n            raise TimeoutError\n"
        "        return self.at - self.clock()\n",
    ),
    wrong(
        "",
        "moves the deadline with each look",
        "seconds_left",
        LEFT,
        "        left = max(0.0, self.at - self.clock())\n        self.at = self.clock() + left - 1\n"
        "        return left\n",
    ),
    wrong(
        "",
        "a deadline for all",
        "seconds_left",
        LEFT,
        "        Deadline.end = getattr(Deadline, 'end', self.at)  # type: ignore\n"
        "        return max(0.0, Deadline.end - self.clock())  # type: ignore\n",
    ),
    wrong(
        "X1520",
        "any octet fills the account",
        "wait_takes_and_octets_put_back",
        PUTS_BACK,
        "        self.left = self.grace if octets else self.left\n",
    ),
    wrong("", "puts nothing back", "wait_takes_and_octets_put_back", PUTS_BACK, ""),
    wrong(
        "",
        "puts seconds back for each octet",
        "wait_takes_and_octets_put_back",
        PUTS_BACK,
        "        self.left = min(self.grace, self.left + octets * self.rate)\n",
    ),
    wrong(
        "",
        "puts octets back",
        "wait_takes_and_octets_put_back",
        PUTS_BACK,
        "        self.left = min(self.grace, self.left + octets)\n",
    ),
    wrong(
        "",
        "whole seconds",
        "wait_takes_and_octets_put_back",
        PUTS_BACK,
        "        self.left = min(self.grace, self.left + octets // self.rate)\n",
    ),
    wrong("X1520", "the wait takes nothing", "wait_takes_and_octets_put_back", TAKES, ""),
    wrong(
        "X1520",
        "only a wait without octets counts",
        "wait_takes_and_octets_put_back",
        TAKES,
        "        if not octets:\n            self.left = max(0.0, self.left - seconds)\n",
    ),
    wrong(
        "",
        "takes the wait from grace",
        "wait_takes_and_octets_put_back",
        TAKES,
        "        self.left = max(0.0, self.grace - seconds)\n",
    ),
    wrong(
        "",
        "a rate of 500 for all",
        "wait_takes_and_octets_put_back",
        PUTS_BACK,
        "        self.left = min(self.grace, self.left + octets / 500)\n",
    ),
    wrong(
        "X1521",
        "more than full",
        "account_is_never_more_than_full",
        PUTS_BACK,
        "        self.left += octets / self.rate\n",
    ),
    wrong(
        "X1521",
        "twice as much as full",
        "account_is_never_more_than_full",
        PUTS_BACK,
        "        self.left = min(2 * self.grace, self.left + octets / self.rate)\n",
    ),
    wrong(
        "X1521",
        "full at 20 for all",
        "account_is_never_more_than_full",
        PUTS_BACK,
        "        self.left = min(20, self.left + octets / self.rate)\n",
    ),
    wrong("X1522", "puts back first, then looks", "too_slow", LOOKS + PUTS_BACK, PUTS_BACK + LOOKS),
    wrong(
        "X1522",
        "looks only if nothing came",
        "too_slow",
        LOOKS,
        "        if not self.left and not octets:\n            raise TooSlow\n",
    ),
    wrong("", "never raises", "too_slow", LOOKS, ""),
    wrong(
        "",
        "raises another error",
        "too_slow",
        LOOKS,
        "        if not self.left:\n            raise TimeoutError\n",
    ),
    wrong(
        "",
        "returns the error",
        "too_slow",
        LOOKS,
        "        if not self.left:\n            return TooSlow()  # type: ignore\n",
    ),
    wrong(
        "",
        "only below 0",
        "too_slow",
        TAKES + LOOKS,
        "        self.left -= seconds\n        if self.left < 0:\n            self.left = 0.0\n"
        "            raise TooSlow\n",
    ),
    wrong(
        "",
        "leaves a negative number",
        "too_slow",
        TAKES + LOOKS,
        "        self.left -= seconds\n        if self.left <= 0:\n            raise TooSlow\n",
    ),
    wrong(
        "",
        "raises, and forgives",
        "too_slow",
        LOOKS,
        "        if not self.left:\n            self.left = self.grace\n            raise TooSlow\n",
    ),
    wrong(
        "X1522",
        "raises once",
        "too_slow",
        LOOKS + PUTS_BACK,
        "        is_over = not self.left\n"
        + PUTS_BACK
        + "        if is_over:\n            left, self.left = self.left, 0.0\n"
        "            if not octets:\n                raise TooSlow\n            self.left = left\n",
    ),
    wrong(
        "",
        "one account for all",
        "wait_takes_and_octets_put_back",
        MOVED,
        "        RateFloor.account = max(  # type: ignore\n"
        "            0.0, getattr(RateFloor, 'account', self.grace) - seconds\n        )\n"
        "        if not RateFloor.account:  # type: ignore\n            raise TooSlow\n"
        "        self.left = RateFloor.account = min(  # type: ignore\n"
        "            self.grace, RateFloor.account + octets / self.rate  # type: ignore\n        )\n",
    ),
    wrong(
        "",
        "each call takes a second at least",
        "wait_takes_and_octets_put_back",
        TAKES,
        "        self.left = max(0.0, self.left - max(1, seconds))\n",
    ),
    wrong(
        "X1520",
        "short waits are free, if anything comes",
        "steady_peers",
        TAKES,
        "        if not octets or seconds > 1:\n"
        "            self.left = max(0.0, self.left - seconds)\n",
    ),
    # Task 2
    wrong(
        "X1524",
        "sends once, and is silent",
        "slow_head_finds_weak_servers",
        DRIPS,
        "            if receive_within(conn, deadline.left + 0.001) is not End.OPEN:\n"
        "                return False\n",
    ),
    wrong(
        "X1524",
        "waits for all the time in one piece",
        "slow_head_finds_weak_servers",
        DRIPS,
        '            conn.sendall(b"x")\n'
        "            if receive_within(conn, seconds) is not End.OPEN:\n                return False\n",
    ),
    wrong(
        "",
        "sends a complete head",
        "slow_head_finds_weak_servers",
        "        conn.sendall(HEAD_BEGINS)\n        while",
        '        conn.sendall(HEAD_BEGINS + b"y\\r\\n\\r\\n")\n        while',
    ),
    wrong(
        "",
        "ends every line",
        "slow_head_finds_weak_servers",
        '            conn.sendall(b"x")\n',
        '            conn.sendall(b"x\\r\\n\\r\\n")\n',
    ),
    wrong(
        "",
        "sends no beginning",
        "slow_head_finds_weak_servers",
        "        conn.sendall(HEAD_BEGINS)\n        while",
        "        while",
    ),
    wrong(
        "",
        "sends the beginning again and again",
        "slow_head_finds_weak_servers",
        '            conn.sendall(b"x")\n',
        "            conn.sendall(HEAD_BEGINS)\n",
    ),
    wrong(
        "",
        "True and False the wrong way round",
        "slow_head_finds_weak_servers",
        HEAD_LOOP,
        HEAD_LOOP.replace("return True", "return None")
        .replace("return False", "return True")
        .replace("return None", "return False"),
    ),
    wrong(
        "",
        "nothing is never nothing",
        "slow_head_finds_weak_servers",
        "is not End.OPEN:",
        "is End.OPEN:",
    ),
    wrong(
        "",
        "no return after the loop",
        "slow_head_finds_weak_servers",
        HEAD_LOOP,
        HEAD_LOOP.replace("    return True\n", ""),
    ),
    wrong(
        "X18",
        "does not close",
        "slow_head_finds_weak_servers",
        HEAD_CONNECTS,
        "    if True:\n        conn = socket.create_connection(address)\n"
        "        conn.sendall(HEAD_BEGINS)\n",
    ),
    wrong(
        "X1525",
        "an answer is a hit",
        "slow_head_spares_strong_servers",
        "is not End.OPEN:",
        "is End.FINISHED:",
    ),
    wrong(
        "X1525",
        "only a reset counts",
        "slow_head_spares_strong_servers",
        "is not End.OPEN:",
        "is End.BROKEN:",
    ),
    wrong(
        "X1525",
        "only the end counts",
        "slow_head_spares_strong_servers",
        "            if receive_within(conn, seconds / 20) is not End.OPEN:\n",
        "            if isinstance(end := receive_within(conn, seconds / 20), End) "
        "and end is not End.OPEN:\n",
    ),
    wrong(
        "",
        "takes FIN for nothing",
        "slow_head_spares_strong_servers",
        "            if receive_within(conn, seconds / 20) is not End.OPEN:\n",
        "            end = receive_within(conn, seconds / 20)\n"
        "            if end is not End.OPEN and end is not End.FINISHED:\n",
    ),
    wrong(
        "",
        "five rounds",
        "slow_head_spares_strong_servers",
        "        while deadline.left:\n            conn.sendall",
        "        for _ in range(5):\n            conn.sendall",
    ),
    wrong(
        "",
        "a tenth of the time",
        "slow_head_spares_strong_servers",
        HEAD,
        HEAD.replace("Deadline(seconds)", "Deadline(seconds / 10)"),
    ),
    wrong(
        "X1525",
        "an error is a hit",
        "slow_head_spares_strong_servers",
        HEAD,
        HEAD.replace("    with socket", "    with suppress(OSError), socket"),
    ),
    wrong(
        "",
        "never looks",
        "slow_head_spares_strong_servers",
        DRIPS,
        '            with suppress(OSError):\n                conn.sendall(b"x")\n'
        "            time.sleep(seconds / 20)\n",
    ),
    wrong(
        "",
        "two octets at a time",
        "slow_head_finds_weak_servers",
        'conn.sendall(b"x")',
        'conn.sendall(b"xx")',
    ),
    wrong(
        "",
        "a millisecond's pause in every attack",
        "slow_head_finds_weak_servers",
        "receive_within(conn, seconds / 20)",
        "receive_within(conn, 0.001)",
    ),
    wrong(
        "",
        "looks once, at the end",
        "slow_head_finds_weak_servers",
        HEAD_LOOP,
        "        while deadline.left:\n"
        '            conn.sendall(b"x")\n            time.sleep(seconds / 20)\n'
        "        return receive_within(conn, seconds) is End.OPEN\n",
    ),
    wrong(
        "",
        "always waits for a fiftieth of a second",
        "slow_head_finds_weak_servers",
        "receive_within(conn, seconds / 20)",
        "receive_within(conn, 1 / 50)",
    ),
    wrong(
        "",
        "sleeps for a fiftieth of a second, and then looks",
        "slow_head_finds_weak_servers",
        "            if receive_within(conn, seconds / 20)",
        "            time.sleep(1 / 50)\n            if receive_within(conn, 0.0001)",
    ),
    # Task 3
    wrong(
        "X1528",
        "closes each one again",
        "flood_finds_weak_servers",
        OPENS,
        "                opening = socket.create_connection(address, seconds / count, (source, 0))\n"
        "                with opening as conn:\n"
        "                    conn.sendall(HEAD_BEGINS)\n",
    ),
    wrong(
        "X1528",
        "asks when all are closed",
        "flood_finds_weak_servers",
        ASKS,
        "    return not is_served(address, seconds)\n",
    ),
    wrong(
        "X1529",
        "sends nothing",
        "flood_finds_weak_servers",
        "                opened.enter_context(conn).sendall(HEAD_BEGINS)\n",
        "                opened.enter_context(conn)\n",
    ),
    wrong(
        "",
        "the wrong way round",
        "flood_finds_weak_servers",
        "return not is_served",
        "return is_served",
    ),
    wrong(
        "",
        "always True",
        "flood_finds_weak_servers",
        ASKS,
        "        is_served(address, seconds)\n        return True\n",
    ),
    wrong("X1528", "one fewer", "flood_finds_weak_servers", "range(count)", "range(1, count)"),
    wrong("", "one more", "flood_finds_weak_servers", "range(count)", "range(count + 1)"),
    wrong("", "always a hundred", "flood_finds_weak_servers", "range(count)", "range(40)"),
    wrong(
        "X1528",
        "complete heads",
        "flood_finds_weak_servers",
        ".sendall(HEAD_BEGINS)\n        return",
        '.sendall(HEAD_BEGINS + b"\\r\\n\\r\\n")\n        return',
    ),
    wrong(
        "X18",
        "leaves all open",
        "flood_finds_weak_servers",
        FLOOD,
        "    for _ in range(count):\n        with suppress(OSError):\n"
        "            conn = socket.create_connection(address, seconds / count, (source, 0))\n"
        "            conn.sendall(HEAD_BEGINS)\n"
        "            globals().setdefault('KEPT', []).append(conn)\n"
        "    return not is_served(address, seconds)\n",
    ),
    wrong(
        "X1526",
        "lets the errors out",
        "flood_goes_on_after_errors",
        FLOOD,
        "    with ExitStack() as opened:\n        for _ in range(count):\n"
        "            conn = socket.create_connection(address, seconds / count, (source, 0))\n"
        "            opened.enter_context(conn).sendall(HEAD_BEGINS)\n"
        "        return not is_served(address, seconds)\n",
    ),
    wrong(
        "X1526",
        "the first error ends the loop",
        "flood_goes_on_after_errors",
        FLOOD,
        "    with ExitStack() as opened:\n        with suppress(OSError):\n"
        "            for _ in range(count):\n"
        "                conn = socket.create_connection(address, seconds / count, (source, 0))\n"
        "                opened.enter_context(conn).sendall(HEAD_BEGINS)\n"
        "        return not is_served(address, seconds)\n",
    ),
    wrong(
        "X1526",
        "an error ends the attack",
        "flood_goes_on_after_errors",
        FLOOD,
        "    with ExitStack() as opened:\n        try:\n            for _ in range(count):\n"
        "                conn = socket.create_connection(address, seconds / count, (source, 0))\n"
        "                opened.enter_context(conn).sendall(HEAD_BEGINS)\n"
        "        except OSError:\n            return False\n"
        "        return not is_served(address, seconds)\n",
    ),
    wrong(
        "",
        "from any address",
        "flood_holds_all_until_somebody_has_asked",
        "conn = socket.create_connection(address, seconds / count, (source, 0))",
        "conn = socket.create_connection(address, seconds / count)",
    ),
    wrong(
        "",
        "half of the time",
        "flood_holds_all_until_somebody_has_asked",
        "return not is_served(address, seconds)",
        "return not is_served(address, seconds / 2)",
    ),
    wrong(
        "",
        "asks several times",
        "flood_holds_all_until_somebody_has_asked",
        "return not is_served(address, seconds)",
        "return not any([is_served(address, seconds) for _ in range(2)])",
    ),
    wrong(
        "",
        "sends another beginning",
        "flood_holds_all_until_somebody_has_asked",
        ".sendall(HEAD_BEGINS)\n        return",
        '.sendall(b"G")\n        return',
    ),
    wrong(
        "M112",
        "connects without a limit",
        "flood_goes_on_after_errors",
        "conn = socket.create_connection(address, seconds / count, (source, 0))",
        "conn = socket.create_connection(address, None, (source, 0))",
    ),
    wrong(
        "",
        "waits longer for many",
        "flood_goes_on_after_errors",
        "conn = socket.create_connection(address, seconds / count, (source, 0))",
        "conn = socket.create_connection(address, seconds * count, (source, 0))",
    ),
    wrong(
        "X18",
        "keeps a connection open on which it could not send",
        "flood_closes_what_has_failed",
        OPENS,
        "                conn = socket.create_connection(address, seconds / count, (source, 0))\n"
        "                conn.sendall(HEAD_BEGINS)\n                opened.enter_context(conn)\n",
    ),
    wrong(
        "X18",
        "closes only those that have begun",
        "flood_closes_what_has_failed",
        FLOOD,
        "    conns = []\n    for _ in range(count):\n        with suppress(OSError):\n"
        "            conn = socket.create_connection(address, seconds / count, (source, 0))\n"
        "            conn.sendall(HEAD_BEGINS)\n            conns.append(conn)\n"
        "    result = not is_served(address, seconds)\n    for conn in conns:\n"
        "        conn.close()\n    return result\n",
    ),
    wrong(
        "X1526",
        "goes on only after a refusal or a reset",
        "flood_goes_on_after_errors",
        FLOOD,
        FLOOD.replace("suppress(OSError)", "suppress(ConnectionError)"),
    ),
    wrong(
        "X1526",
        "goes on after some kinds of errors",
        "flood_goes_on_after_errors",
        "            with suppress(OSError):\n" + OPENS,
        "            with suppress(ConnectionError, TimeoutError):\n" + OPENS,
    ),
    # Task 4
    wrong(
        "X1530",
        "only the total",
        "gate_has_two_limits",
        FULL,
        "            if self.total >= self.connections:\n                return False\n",
    ),
    wrong(
        "",
        "only each address",
        "gate_has_two_limits",
        FULL,
        "            if count >= self.per_address:\n                return False\n",
    ),
    wrong(
        "X1530",
        "both limits have to be reached",
        "gate_has_two_limits",
        "connections or count",
        "connections and count",
    ),
    wrong("", "one more in all", "gate_has_two_limits", "self.total >= self", "self.total > self"),
    wrong("", "one more of each address", "gate_has_two_limits", "count >= self", "count > self"),
    wrong(
        "",
        "counts addresses",
        "gate_has_two_limits",
        "self.total >= self",
        "len(self.inside) >= self",
    ),
    wrong(
        "",
        "returns nothing",
        "gate_has_two_limits",
        "            return True\n\n    def leave",
        "\n    def leave",
    ),
    wrong(
        "",
        "raises an error",
        "gate_has_two_limits",
        FULL,
        FULL.replace("return False", "raise OSError"),
    ),
    wrong(
        "",
        "the gate has room for one less",
        "gate_has_two_limits",
        "self.total >= self.connections",
        "self.total + 1 >= self.connections",
    ),
    wrong(
        "",
        "one address for all",
        "gate_has_two_limits",
        COUNT,
        "            address = 'all'\n" + COUNT,
    ),
    wrong(
        "X1531",
        "counts the address before it looks, and takes it back",
        "refused_are_not_counted",
        COUNT + FULL + ENTERS,
        COUNT
        + "            self.inside[address] = count + 1\n"
        + FULL.replace(
            "                return False\n",
            "                self.inside[address] = count\n                return False\n",
        )
        + "            self.total += 1\n            return True\n",
    ),
    wrong(
        "",
        "forgets the total",
        "gate_has_two_limits",
        "            self.total += 1\n            return",
        "            return",
    ),
    wrong(
        "",
        "forgets the address",
        "gate_has_two_limits",
        "            self.inside[address] = count + 1\n",
        "",
    ),
    wrong("", "always one", "gate_has_two_limits", "= count + 1", "= 1"),
    wrong(
        "X1532",
        "counts, then looks",
        "refused_are_not_counted",
        COUNT + FULL + ENTERS,
        COUNT
        + "            self.inside[address] = count + 1\n"
        + FULL
        + "            self.total += 1\n            return True\n",
    ),
    wrong(
        "X1531",
        "a key for everybody who asks",
        "refused_are_not_counted",
        COUNT,
        "            count = self.inside.setdefault(address, 0)\n",
    ),
    wrong(
        "",
        "counts all who have ever come in",
        "who_leaves_makes_room",
        FULL,
        FULL.replace("self.total >=", "self.come >=").replace(
            "                return False\n",
            "                return False\n            self.come += 1\n",
        ),
        Edit(
            old="        self.total = 0  # all connections that are inside\n",
            new="        self.total = self.come = 0\n",
        ),
    ),
    wrong(
        "X46",
        "enters without the lock",
        "gate_holds_its_lock",
        ENTER,
        "        if True:\n" + COUNT + FULL + ENTERS,
    ),
    wrong(
        "X46",
        "looks without the lock",
        "gate_holds_its_lock",
        ENTER,
        "        count = self.inside.get(address, 0)\n        with self.lock:\n" + FULL + ENTERS,
    ),
    wrong(
        "X46",
        "counts without the lock",
        "gate_holds_its_lock",
        ENTER,
        "        with self.lock:\n" + COUNT + FULL + ENTERS.replace("            ", "        "),
    ),
    wrong(
        "X46",
        "a lock for each call",
        "gate_holds_its_lock",
        ENTER,
        "        with threading.Lock():\n" + COUNT + FULL + ENTERS,
    ),
    wrong(
        "X46",
        "looks under the lock, and counts under the lock again",
        "gate_holds_its_lock",
        ENTER,
        ENTER.replace(ENTERS, "")
        + "        with self.lock:\n"
        + "            self.inside[address] = self.inside.get(address, 0) + 1\n"
        + "            self.total += 1\n        return True\n",
    ),
    wrong(
        "",
        "refuses if somebody has the lock",
        "gate_holds_its_lock",
        ENTER,
        "        if not self.lock.acquire(blocking=False):\n            return False\n"
        f"        try:\n{COUNT}{FULL}{ENTERS}        finally:\n            self.lock.release()\n",
    ),
    wrong(
        "",
        "looks whether the lock is free",
        "gate_holds_its_lock",
        ENTER,
        "        if self.lock.locked():\n            return False\n" + ENTER,
    ),
    wrong(
        "X1532",
        "counts, looks, and takes it back",
        "gate_holds_its_lock",
        ENTER,
        "        with self.lock:\n"
        "            count = self.inside[address] = self.inside.get(address, 0) + 1\n"
        "            self.total += 1\n"
        "            has_room = count <= self.per_address and self.total <= self.connections\n"
        "        if not has_room:\n            self.leave(address)\n        return has_room\n",
    ),
    wrong(
        "X48",
        "keeps the lock",
        "gate_has_two_limits",
        ENTER,
        "        self.lock.acquire()\n"
        + (COUNT + FULL + ENTERS)
        .replace("            ", "        ", 1)
        .replace("\n            ", "\n        "),
    ),
    # Task 5
    wrong("X1533", "closes the listener first", "queue_is_served", QUEUE + CLOSES, CLOSES + QUEUE),
    wrong("X1533", "does not serve the queue", "queue_is_served", QUEUE, ""),
    wrong(
        "X1533",
        "serves one",
        "queue_is_served",
        QUEUE,
        "    if conn := accept_now(server.listener):\n        server.admit(conn)\n",
    ),
    wrong("", "says nothing", "queue_is_served", "    server.is_closing = True\n", ""),
    wrong(
        "",
        "says it at the end",
        "queue_is_served",
        BEGINS + QUEUE,
        "    deadline = Deadline(seconds)\n    server.pause()\n"
        + QUEUE
        + "    server.is_closing = True\n",
    ),
    wrong("", "does not pause", "queue_is_served", "    server.pause()\n", ""),
    wrong(
        "",
        "pauses after the queue",
        "queue_is_served",
        "    server.pause()\n" + QUEUE,
        QUEUE + "    server.pause()\n",
    ),
    wrong(
        "X1533",
        "closes those in the queue",
        "queue_is_served",
        "            server.admit(conn)\n",
        "            conn.close()\n",
    ),
    wrong(
        "X1533",
        "admits only the last",
        "queue_is_served",
        QUEUE,
        "    last = None\n    while deadline.left and (conn := accept_now(server.listener)):\n"
        "        if last:\n            last.close()\n        last = conn\n"
        "    if last:\n        server.admit(last)\n",
    ),
    wrong(
        "X1534", "lets the idle ones stay", "listener_is_closed_and_idle_clients_go", DISMISSES, ""
    ),
    wrong("", "leaves the listener open", "listener_is_closed_and_idle_clients_go", CLOSES, ""),
    wrong(
        "",
        "closes the listener last",
        "listener_is_closed_and_idle_clients_go",
        CLOSES + DISMISSES,
        DISMISSES + CLOSES,
    ),
    wrong(
        "",
        "dismisses after the wait",
        "listener_is_closed_and_idle_clients_go",
        DISMISSES + WAITS,
        WAITS + DISMISSES,
    ),
    wrong(
        "",
        "dismisses before the queue",
        "listener_is_closed_and_idle_clients_go",
        QUEUE + CLOSES + DISMISSES,
        DISMISSES + QUEUE + CLOSES,
    ),
    wrong(
        "X1534",
        "dismisses again and again",
        "listener_is_closed_and_idle_clients_go",
        "        server.wait(deadline.left)\n",
        "        server.dismiss_idle()\n        server.wait(deadline.left)\n",
    ),
    wrong(
        "X45", "does not wait", "waits_until_all_have_been_served", WAITS + CUTS, "    return 0\n"
    ),
    wrong(
        "X45",
        "waits once",
        "waits_until_all_have_been_served",
        WAITS + CUTS,
        "    if server.connections:\n        server.wait(deadline.left)\n    return 0\n",
    ),
    wrong(
        "",
        "waits for nobody",
        "waits_until_all_have_been_served",
        WAITS,
        "    server.wait(deadline.left)\n" + WAITS,
    ),
    wrong("", "cuts all off at once", "waits_until_all_have_been_served", WAITS, ""),
    wrong(
        "",
        "returns how many there were",
        "waits_until_all_have_been_served",
        BEGINS + QUEUE,
        BEGINS + "    count = len(server.connections)\n" + QUEUE,
        Edit(old="    return len(late)\n", new="    return count\n"),
    ),
    wrong(
        "",
        "waits once, then cuts",
        "waits_until_all_have_been_served",
        WAITS,
        "    server.wait(deadline.left)\n",
    ),
    wrong(
        "",
        "says at the end that it does not close",
        "queue_is_served",
        "    return len(late)\n",
        "    server.is_closing = False\n    return len(late)\n",
    ),
    wrong(
        "",
        "pauses twice",
        "queue_is_served",
        "    server.pause()\n",
        "    server.pause()\n    server.pause()\n",
    ),
    wrong(
        "X1536",
        "leaves the late ones",
        "late_connections_are_cut_off",
        "        server.cut(conn)\n",
        "        pass\n",
    ),
    wrong(
        "X1536",
        "cuts one",
        "late_connections_are_cut_off",
        "    return len(late)\n",
        "        break\n    return len(late)\n",
    ),
    wrong(
        "X49",
        "iterates over the set",
        "late_connections_are_cut_off",
        "list(server.connections)",
        "server.connections",
    ),
    wrong(
        "",
        "returns who is left after the cut",
        "late_connections_are_cut_off",
        "return len(late)",
        "return len(server.connections)",
    ),
    wrong(
        "",
        "returns the list",
        "waits_until_all_have_been_served",
        "return len(late)",
        "return late  # type: ignore",
    ),
    wrong("", "returns nothing", "waits_until_all_have_been_served", "    return len(late)\n", ""),
    wrong(
        "M112",
        "waits without a limit",
        "late_connections_are_cut_off",
        "    while deadline.left and server.connections:\n",
        "    while server.connections:\n",
    ),
    wrong(
        "M114",
        "each wait has all the time",
        "one_deadline_for_all",
        "server.wait(deadline.left)",
        "server.wait(seconds)",
    ),
    wrong(
        "M114",
        "a new deadline for the wait",
        "one_deadline_for_all",
        WAITS,
        "    deadline = Deadline(seconds)\n    while deadline.left and server.connections:\n"
        "        server.wait(Deadline(seconds).left)\n",
    ),
    wrong(
        "X1535",
        "serves the queue without a limit",
        "one_deadline_for_all",
        "        while deadline.left and (conn :=",
        "        while (conn :=",
    ),
    wrong(
        "",
        "returns early",
        "one_deadline_for_all",
        CLOSES,
        "    if not deadline.left and len(server.connections) > 5:\n        return 0\n" + CLOSES,
    ),
    wrong(
        "X1536",
        "dismisses only in time",
        "late_connections_are_cut_off",
        CUTS,
        "    if seconds:\n        return len([server.cut(conn) for conn in list(server.connections)])\n"
        "    return 0\n",
    ),
    wrong(
        "",
        "the deadline begins after pause()",
        "one_deadline_for_all",
        BEGINS,
        "    server.is_closing = True\n    server.pause()\n    deadline = Deadline(seconds)\n",
    ),
    wrong(
        "M114",
        "another deadline for the waits",
        "one_deadline_for_all",
        WAITS,
        "    deadline = Deadline(seconds)\n" + WAITS,
    ),
    wrong(
        "X1542",
        "lets the error of accept_now() out",
        "accept_now_may_fail",
        QUEUE,
        "    while deadline.left and (conn := accept_now(server.listener)):\n"
        "        server.admit(conn)\n",
    ),
    wrong(
        "X1542",
        "returns at an error of accept_now()",
        "accept_now_may_fail",
        QUEUE,
        "    try:\n        while deadline.left and (conn := accept_now(server.listener)):\n"
        "            server.admit(conn)\n    except OSError:\n        return 0\n",
    ),
    wrong(
        "",
        "tries again at once after an error of accept_now()",
        "accept_now_may_fail",
        QUEUE,
        "    while deadline.left:\n        with suppress(OSError):\n"
        "            conn = accept_now(server.listener)\n            if conn is None:\n"
        "                break\n            server.admit(conn)\n",
    ),
    wrong(
        "",
        "sets is_closing after pause()",
        "queue_is_served",
        BEGINS,
        "    deadline = Deadline(seconds)\n    server.pause()\n    server.is_closing = True\n",
    ),
    wrong(
        "X1531",
        "a key for everybody, before the limit of the address",
        "refused_are_not_counted",
        FULL,
        "            if self.total >= self.connections:\n                return False\n"
        "            count = self.inside.setdefault(address, 0)\n"
        "            if count >= self.per_address:\n                return False\n",
    ),
    wrong(
        "X1536",
        "cuts off those that were there at the beginning",
        "late_connections_are_cut_off",
        BEGINS,
        BEGINS + "    there = set(server.connections)\n",
        Edit(old="list(server.connections)", new="list(there & set(server.connections))"),
    ),
    wrong(
        "",
        "counts those that have gone",
        "late_connections_are_cut_off",
        CUTS,
        CUTS.replace("return len(late)", "return len(late) - len(server.connections)"),
    ),
    # Task 6
    wrong(
        "X1537",
        "writes the path as it is",
        "no_client_writes_a_line",
        SAFE,
        "    safe = path[:MAX_LOGGED]\n",
    ),
    wrong(
        "X1538",
        "escapes only CR and LF",
        "no_client_writes_a_line",
        SAFE,
        '    safe = path[:MAX_LOGGED].replace("\\r", "\\\\r").replace("\\n", "\\\\n")\n',
    ),
    wrong(
        "X1539",
        "removes control characters",
        "no_client_writes_a_line",
        SAFE,
        '    safe = "".join(c for c in path[:MAX_LOGGED] if c.isprintable())\n',
    ),
    wrong(
        "X1539",
        "replaces line breaks with spaces",
        "no_client_writes_a_line",
        SAFE,
        '    safe = " ".join(path[:MAX_LOGGED].splitlines())\n',
    ),
    wrong(
        "", "repr()", "no_client_writes_a_line", SAFE, "    safe = repr(path[:MAX_LOGGED])[1:-1]\n"
    ),
    wrong("", "ascii()", "no_client_writes_a_line", SAFE, "    safe = ascii(path[:MAX_LOGGED])\n"),
    wrong(
        "",
        "percent-encodes it again",
        "no_client_writes_a_line",
        SAFE,
        "    from urllib.parse import quote\n\n    safe = quote(path[:MAX_LOGGED], errors='replace')\n",
    ),
    wrong(
        "X1537",
        "drops what is not ASCII",
        "no_client_writes_a_line",
        SAFE,
        '    safe = path[:MAX_LOGGED].encode("ascii", "ignore").decode()\n',
    ),
    wrong(
        "X1537",
        "question marks",
        "no_client_writes_a_line",
        SAFE,
        '    safe = path[:MAX_LOGGED].encode("ascii", "replace").decode()\n',
    ),
    wrong(
        "",
        "bytes",
        "no_client_writes_a_line",
        SAFE,
        '    safe = path[:MAX_LOGGED].encode("unicode_escape")\n',
    ),
    wrong(
        "",
        "no quotes",
        "no_client_writes_a_line",
        LINE,
        "    return f'{address} {method} {safe}{more} {status}'\n",
    ),
    wrong(
        "",
        "the method in capitals",
        "no_client_writes_a_line",
        LINE,
        LINE.replace("{method}", "{method.upper()}"),
    ),
    wrong(
        "",
        "no method",
        "no_client_writes_a_line",
        LINE,
        "    return f'{address} \"{safe}{more}\" {status}'\n",
    ),
    wrong(
        "",
        "with a line end",
        "no_client_writes_a_line",
        LINE,
        "    return f'{address} \"{method} {safe}{more}\" {status}\\n'\n",
    ),
    wrong(
        "",
        "without the query",
        "no_client_writes_a_line",
        MORE,
        '    path = path.partition("?")[0]\n' + MORE,
    ),
    wrong(
        "",
        "without the last character",
        "no_client_writes_a_line",
        "path[:MAX_LOGGED].enc",
        "path[:MAX_LOGGED].rstrip().enc",
    ),
    wrong("X1540", "leaves the quotes", "quotes_and_backslashes", """.replace('"', '\\\\"')""", ""),
    wrong(
        "",
        "removes the quotes",
        "quotes_and_backslashes",
        """.replace('"', '\\\\"')""",
        """.replace('"', "")""",
    ),
    wrong(
        "",
        "makes other quotes of them",
        "quotes_and_backslashes",
        """.replace('"', '\\\\"')""",
        """.replace('"', "'")""",
    ),
    wrong(
        "",
        "escapes quotes first",
        "quotes_and_backslashes",
        SAFE,
        """    safe = path[:MAX_LOGGED].replace('"', '\\\\"').encode("unicode_escape").decode()\n""",
    ),
    wrong(
        "",
        "what ascii() makes of it, without its quotes",
        "quotes_and_backslashes",
        SAFE,
        """    safe = ascii(path[:MAX_LOGGED])[1:-1].replace('"', '\\\\"')\n""",
    ),
    wrong(
        "",
        "without blanks at its ends",
        "no_client_writes_a_line",
        "safe = path[:MAX_LOGGED].enc",
        "safe = path[:MAX_LOGGED].strip().enc",
    ),
    wrong(
        "",
        "leaves the backslashes",
        "quotes_and_backslashes",
        SAFE,
        """    escaped = path[:MAX_LOGGED].encode("unicode_escape").decode()\n"""
        """    safe = escaped.replace('\\\\\\\\', '\\\\').replace('"', '\\\\"')\n""",
    ),
    wrong(
        "",
        "escapes single quotes as well",
        "no_client_writes_a_line",
        """.replace('"', '\\\\"')""",
        """.replace('"', '\\\\"').replace("'", "\\\\'")""",
    ),
    wrong(
        "X1541",
        "keeps all",
        "long_paths_are_shortened",
        MORE + SAFE,
        '    more = ""\n' + SAFE.replace("path[:MAX_LOGGED]", "path"),
    ),
    wrong(
        "",
        "escapes, then shortens",
        "long_paths_are_shortened",
        SAFE,
        """    safe = path.encode("unicode_escape").decode().replace('"', '\\\\"')[:MAX_LOGGED]\n""",
    ),
    wrong("", "no dots", "long_paths_are_shortened", MORE, '    more = ""\n'),
    wrong("", "always dots", "no_client_writes_a_line", MORE, '    more = "..."\n'),
    wrong(
        "",
        "dots for a path that fits",
        "long_paths_are_shortened",
        "len(path) > MAX",
        "len(path) >= MAX",
    ),
    wrong(
        "",
        "the dots count",
        "long_paths_are_shortened",
        "path[:MAX_LOGGED].enc",
        "path[: MAX_LOGGED - 1].enc",
    ),
    wrong("", "one character for the dots", "long_paths_are_shortened", '"..."', '"…"'),
    wrong("", "two dots", "long_paths_are_shortened", '"..."', '".."'),
)
