"""Right but unusual answers to chapter 19, which its promises must accept."""

from course.maintain.mistakes import Edit
from course.maintain.unusual import Unusual

PACED = """    start = clock.monotonic()
    samples = []
    for number in range(count):
        due = start + number / rate
        if (early := due - clock.monotonic()) > 0:
            clock.sleep(early)
        sent, failed = clock.monotonic(), False
        try:
            ask()
        except OSError:
            failed = True
        samples.append(Sample(due, sent, clock.monotonic(), failed))
    return samples
"""
SLEEPS = """        if (early := due - clock.monotonic()) > 0:
            clock.sleep(early)
"""
RANK = """    ordered = sorted(values)
    return ordered[math.ceil(len(ordered) * percent / 100) - 1]
"""
SUMMARISE = """    samples = [sample for group in groups for sample in group]
    latencies = [sample.latency for sample in samples]
    failures = sum(sample.failed for sample in samples)
    return Summary(len(samples), failures, *(percentile(latencies, p) for p in (50, 99, 100)))
"""
TALLY = """    own: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for stack in stacks:
        own.update(stack[-1:])
        total.update(set(stack))
    costs = [Cost(name, own[name], total[name]) for name in total]
    return sorted(costs, key=lambda cost: (-cost.own, cost.name))
"""
MISSING = """        value = self.make(key)
        if len(value) <= self.longest:
            if len(self) >= self.most:
                self.clear()
            self[key] = value
        return value
"""
LINES_OF = """    lines = head.decode("latin-1").split("\\r\\n")
    if head.translate(None, FIELD_VALUE) != b"\\r\\n" * (len(lines) - 1):
        return None
    return lines
"""

UNUSUAL = (
    Unusual(
        "sleeps for nothing if it is late",
        old=SLEEPS,
        new="        clock.sleep(max(0.0, due - clock.monotonic()))\n",
    ),
    Unusual(
        "sleeps in a loop until it is due",
        old=SLEEPS,
        new=(
            "        while clock.monotonic() < due:\n"
            "            clock.sleep(due - clock.monotonic())\n"
        ),
    ),
    Unusual(
        "adds the interval to the moment that was due",
        edits=(
            Edit(old="    start = clock.monotonic()\n", new="    due = clock.monotonic()\n"),
            Edit(old="        due = start + number / rate\n", new=""),
            Edit(
                old="        samples.append(Sample(due, sent, clock.monotonic(), failed))\n",
                new=(
                    "        samples.append(Sample(due, sent, clock.monotonic(), failed))\n"
                    "        due += 1 / rate\n"
                ),
            ),
        ),
    ),
    Unusual(
        "makes the schedule first",
        old=PACED,
        new="""    start = clock.monotonic()
    samples = []
    for due in [start + number / rate for number in range(count)]:
        now = clock.monotonic()
        if due > now:
            clock.sleep(due - now)
        sent = clock.monotonic()
        try:
            ask()
        except OSError:
            samples.append(Sample(due, sent, clock.monotonic(), True))
        else:
            samples.append(Sample(due, sent, clock.monotonic()))
    return samples
""",
    ),
    Unusual(
        "takes the samples from a generator",
        old=PACED,
        new="""    def samples() -> Iterator[Sample]:
        start = clock.monotonic()
        for number in range(count):
            due = start + number / rate
            early = due - clock.monotonic()
            if early > 0:
                clock.sleep(early)
            sent = clock.monotonic()
            failed = True
            try:
                ask()
                failed = False
            except OSError:
                pass
            yield Sample(due=due, sent=sent, answered=clock.monotonic(), failed=failed)

    return list(samples())
""",
    ),
    Unusual(
        "counts with while",
        edits=(
            Edit(
                old="    for number in range(count):\n        due",
                new="    number = 0\n    while number < count:\n        due",
            ),
            Edit(
                old="        samples.append(Sample(due, sent, clock.monotonic(), failed))\n",
                new=(
                    "        samples.append(Sample(due, sent, clock.monotonic(), failed))\n"
                    "        number += 1\n"
                ),
            ),
        ),
    ),
    Unusual(
        "rounds up with whole numbers",
        old=RANK,
        new="    ordered = sorted(values)\n    return ordered[-(-len(ordered) * percent // 100) - 1]\n",
    ),
    Unusual(
        "looks for the first value that is enough",
        old=RANK,
        new="""    ordered = sorted(values)
    for number, value in enumerate(ordered, 1):
        if number * 100 >= percent * len(ordered):
            return value
    raise ValueError("there are no values")
""",
    ),
    Unusual(
        "counts from the largest",
        old=RANK,
        new="""    ordered = sorted(values, reverse=True)
    return ordered[len(ordered) * (100 - percent) // 100]
""",
    ),
    Unusual(
        "takes fractions",
        old=RANK,
        new="""    ordered = sorted(values)
    needed = 1
    while needed / len(ordered) < percent / 100:
        needed += 1
    return ordered[needed - 1]
""",
    ),
    Unusual(
        "gives the Summary by name",
        old=SUMMARISE,
        new="""    samples: list[Sample] = []
    for group in groups:
        samples.extend(group)
    ordered = sorted(sample.answered - sample.due for sample in samples)
    return Summary(
        requests=len(samples),
        failures=len([sample for sample in samples if sample.failed]),
        median=percentile(ordered, 50),
        p99=percentile(ordered, 99),
        longest=ordered[-1],
    )
""",
    ),
    Unusual(
        "counts while it collects",
        old=SUMMARISE,
        new="""    latencies, failures = [], 0
    for group in groups:
        for sample in group:
            latencies.append(sample.latency)
            failures += sample.failed
    median, p99 = percentile(latencies, 50), percentile(latencies, 99)
    return Summary(len(latencies), failures, median, p99, max(latencies))
""",
    ),
    Unusual(
        "counts in dictionaries",
        old=TALLY,
        new="""    own: dict[str, int] = {}
    total: dict[str, int] = {}
    for stack in stacks:
        if not stack:
            continue
        own[stack[-1]] = own.get(stack[-1], 0) + 1
        for name in set(stack):
            total[name] = total.get(name, 0) + 1
    found = [(-own.get(name, 0), name) for name in total]
    return [Cost(name, -number, total[name]) for number, name in sorted(found)]
""",
    ),
    Unusual(
        "sorts twice",
        edits=(
            Edit(
                old="for name in total]\n    return sorted",
                new="for name in sorted(total)]\n    return sorted",
            ),
            Edit(
                old="key=lambda cost: (-cost.own, cost.name))",
                new="key=lambda cost: cost.own, reverse=True)",
            ),
        ),
    ),
    Unusual(
        "goes over the names",
        old=TALLY,
        new="""    seen = [stack for stack in stacks if stack]
    names = {name for stack in seen for name in stack}
    costs = [
        Cost(
            name,
            sum(stack[-1] == name for stack in seen),
            sum(name in stack for stack in seen),
        )
        for name in names
    ]
    costs.sort(key=lambda cost: cost.name)
    costs.sort(key=lambda cost: cost.own, reverse=True)
    return costs
""",
    ),
    Unusual(
        "returns what is too long first",
        old=MISSING,
        new="""        made = self.make(key)
        if len(made) > self.longest:
            return made
        if len(self) == self.most:
            self.clear()
        return self.setdefault(key, made)
""",
    ),
    Unusual(
        "stores with update()",
        old=MISSING,
        new="""        value = self.make(key)
        is_short = len(value) <= self.longest
        if is_short and not len(self) < self.most:
            self.clear()
        if is_short:
            self.update({key: value})
        return value
""",
    ),
    Unusual(
        "stores with the method of dict",
        edits=(
            Edit(
                old="            self[key] = value\n",
                new="            super().__setitem__(key, value)\n",
            ),
        ),
    ),
    Unusual(
        "splits the octets, then decodes",
        old=LINES_OF,
        new="""    left = head.translate(None, FIELD_VALUE)
    if left != b"\\r\\n" * head.count(b"\\r\\n"):
        return None
    return head.decode("iso-8859-1").split("\\r\\n")
""",
    ),
    Unusual(
        "counts what is left",
        old=LINES_OF,
        new="""    text = str(head, "latin-1")
    ends = text.count("\\r\\n")
    left = bytes(head).translate(None, delete=FIELD_VALUE)
    is_good = len(left) == 2 * ends and left == b"\\r\\n" * ends
    return text.split("\\r\\n") if is_good else None
""",
    ),
    Unusual(
        "looks for each line's end in what is left",
        old=LINES_OF,
        new="""    lines = head.decode("latin-1").split("\\r\\n")
    left = head.translate(None, FIELD_VALUE)
    has_pairs = left.replace(b"\\r\\n", b"") == b""
    if has_pairs and left.count(b"\\r\\n") == len(lines) - 1:
        return lines
    return None
""",
    ),
    Unusual(
        "compares the numbers of octets",
        old=LINES_OF,
        new="""    lines = head.decode("latin-1").split("\\r\\n")
    left = head.translate(None, FIELD_VALUE)
    return lines if len(left) == 2 * (len(lines) - 1) else None
""",
    ),
    Unusual(
        "takes the line ends out first",
        old=LINES_OF,
        new="""    if head.replace(b"\\r\\n", b"").translate(None, FIELD_VALUE):
        return None
    return head.decode("latin-1").split("\\r\\n")
""",
    ),
    Unusual(
        "makes room after it has stored",
        old=MISSING,
        new="""        value = self.make(key)
        if len(value) <= self.longest:
            self[key] = value
            if len(self) > self.most:
                self.clear()
                self[key] = value
        return value
""",
    ),
)
