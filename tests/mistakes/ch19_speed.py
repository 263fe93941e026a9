"""Wrong answers to chapter 19 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

START = """    start = clock.monotonic()
"""
RANGE = """    for number in range(count):
"""
DUE = """        due = start + number / rate
"""
SLEEPS = """        if (early := due - clock.monotonic()) > 0:
            clock.sleep(early)
"""
SENT = """        sent, failed = clock.monotonic(), False
"""
ASKS = """        try:
            ask()
        except OSError:
            failed = True
"""
CAUGHT = """        except OSError:
            failed = True
"""
SAMPLE = """        samples.append(Sample(due, sent, clock.monotonic(), failed))
"""
SAMPLES = """        samples.append(Sample(due, sent, clock.monotonic(), failed))
    return samples
"""
PACED = f"{START}    samples = []\n{RANGE}{DUE}{SLEEPS}{SENT}{ASKS}{SAMPLES}"
SORTED = """    ordered = sorted(values)
"""
RANK = """    return ordered[math.ceil(len(ordered) * percent / 100) - 1]
"""
ALL = """    samples = [sample for group in groups for sample in group]
"""
LATENCIES = """    latencies = [sample.latency for sample in samples]
"""
FAILURES = """    failures = sum(sample.failed for sample in samples)
"""
SUMMARY = (
    "    return Summary(len(samples), failures, "
    "*(percentile(latencies, p) for p in (50, 99, 100)))\n"
)
OWN = """        own.update(stack[-1:])
"""
TOTAL = """        total.update(set(stack))
"""
COSTS = """    costs = [Cost(name, own[name], total[name]) for name in total]
"""
ORDER = """    return sorted(costs, key=lambda cost: (-cost.own, cost.name))
"""
MAKES = """        value = self.make(key)
"""
SHORT = """        if len(value) <= self.longest:
"""
FULL = """            if len(self) >= self.most:
                self.clear()
"""
KEEPS = """            self[key] = value
"""
STORES = f"{SHORT}{FULL}{KEEPS}"
MISSING = f"{MAKES}{STORES}        return value\n"
SPLIT = """    lines = head.decode("latin-1").split("\\r\\n")
"""
CLEAN = """    if head.translate(None, FIELD_VALUE) != b"\\r\\n" * (len(lines) - 1):
        return None
    return lines
"""
LINES_OF = f"{SPLIT}{CLEAN}"


RATE = "test_calls_at_the_rate"
LATE = "test_late_answer_moves_no_later_call"
MOMENTS = "test_sample_has_three_moments"
FAILED = "test_failed_request_is_a_sample"
OTHERS = "test_other_errors_pass_through"
PERCENTILE = "test_percentile_is_one_of_the_values"
UNCHANGED = "test_values_are_not_changed"
TOGETHER = "test_summary_is_of_all_samples_together"
EMPTY = "test_groups_may_be_empty"
COUNT = "test_failed_requests_count"
OF_LATENCIES = "test_summary_is_of_latencies"
OF_LAST = "test_own_is_of_the_last"
ONCE = "test_total_counts_a_stack_once"
LISTED = "test_every_function_is_listed"
SORT = "test_costs_are_in_order"
NOBODY = "test_empty_stack_counts_for_nobody"
MADE = "test_value_is_made_once"
LONG = "test_long_value_is_not_remembered"
BOUNDED = "test_number_of_keys_is_bounded"
ERROR = "test_error_is_not_remembered"
GOOD = "test_lines_of_a_good_head"
CONTROL = "test_control_characters_are_not_ordinary"
LONE = "test_lone_line_ends_are_not_ordinary"
CALLS = "test_number_of_calls_does_not_grow"

MISTAKES = (
    Mistake(
        "X1561", "pauses after each answer", RATE, old=SLEEPS, new="        clock.sleep(1 / rate)\n"
    ),
    Mistake(
        "X1561",
        "sleeps after each call, for a whole interval",
        LATE,
        old=(
            "        if (early := due - clock.monotonic()) > 0:\n"
            "            clock.sleep(early)\n"
            "        sent, failed = clock.monotonic(), False\n"
            "        try:\n"
            "            ask()\n"
            "        except OSError:\n"
            "            failed = True\n"
            "        samples.append(Sample(due, sent, clock.monotonic(), failed))\n"
        ),
        new=(
            "        sent, failed = clock.monotonic(), False\n"
            "        try:\n"
            "            ask()\n"
            "        except OSError:\n"
            "            failed = True\n"
            "        samples.append(Sample(due, sent, clock.monotonic(), failed))\n"
            "        clock.sleep(1 / rate)\n"
        ),
    ),
    Mistake(
        "",
        "makes the first call after an interval",
        RATE,
        old=DUE,
        new="        due = start + (number + 1) / rate\n",
    ),
    Mistake(
        "",
        "multiplies by the rate",
        RATE,
        old=DUE,
        new="        due = start + number * rate\n",
    ),
    Mistake(
        "",
        "divides without a remainder",
        RATE,
        old=DUE,
        new="        due = start + number // rate\n",
    ),
    Mistake("", "takes the start for zero", RATE, old=DUE, new="        due = number / rate\n"),
    Mistake("", "does not sleep", RATE, old=SLEEPS, new=""),
    Mistake(
        "",
        "sleeps until due from now, not for what is left",
        RATE,
        old=SLEEPS,
        new="        clock.sleep(due)\n",
    ),
    Mistake(
        "X1565",
        "sleeps on the module's clock",
        RATE,
        old=SLEEPS,
        new=("        if (early := due - clock.monotonic()) > 0:\n            time.sleep(early)\n"),
    ),
    Mistake(
        "X1565",
        "reads the module's clock for the start",
        RATE,
        old=START,
        new="    start = time.monotonic()\n",
    ),
    Mistake(
        "X1565",
        "never uses the clock",
        RATE,
        old=PACED,
        new=(
            "    start = time.monotonic()\n"
            "    samples = []\n"
            "    for number in range(count):\n"
            "        due = start + number / rate\n"
            "        if (early := due - time.monotonic()) > 0:\n"
            "            time.sleep(early)\n"
            "        sent, failed = time.monotonic(), False\n"
            "        try:\n"
            "            ask()\n"
            "        except OSError:\n"
            "            failed = True\n"
            "        samples.append(Sample(due, sent, time.monotonic(), failed))\n"
            "    return samples\n"
        ),
    ),
    Mistake(
        "", "makes one call more", RATE, old=RANGE, new="    for number in range(count + 1):\n"
    ),
    Mistake(
        "", "makes one call less", RATE, old=RANGE, new="    for number in range(count - 1):\n"
    ),
    Mistake(
        "",
        "returns nothing",
        RATE,
        old=("    return samples\n\n\ndef percentile"),
        new=("\n\ndef percentile"),
    ),
    Mistake(
        "",
        "yields the samples",
        RATE,
        old=SAMPLES,
        new="        yield Sample(due, sent, clock.monotonic(), failed)\n",
    ),
    Mistake(
        "X1561",
        "counts from the last answer",
        LATE,
        old=(
            "        due = start + number / rate\n"
            "        if (early := due - clock.monotonic()) > 0:\n"
            "            clock.sleep(early)\n"
            "        sent, failed = clock.monotonic(), False\n"
            "        try:\n"
            "            ask()\n"
            "        except OSError:\n"
            "            failed = True\n"
            "        samples.append(Sample(due, sent, clock.monotonic(), failed))\n"
        ),
        new=(
            "        due = start + (1 / rate if number else 0)\n"
            "        if (early := due - clock.monotonic()) > 0:\n"
            "            clock.sleep(early)\n"
            "        sent, failed = clock.monotonic(), False\n"
            "        try:\n"
            "            ask()\n"
            "        except OSError:\n"
            "            failed = True\n"
            "        samples.append(Sample(due, sent, clock.monotonic(), failed))\n"
            "        start = due if due > clock.monotonic() - 1 / rate else clock.monotonic()\n"
        ),
    ),
    Mistake(
        "X1561",
        "measures the interval from the call before",
        LATE,
        old=(
            "        due = start + number / rate\n"
            "        if (early := due - clock.monotonic()) > 0:\n"
            "            clock.sleep(early)\n"
            "        sent, failed = clock.monotonic(), False\n"
        ),
        new=(
            "        due = start + (1 / rate if number else 0)\n"
            "        if (early := due - clock.monotonic()) > 0:\n"
            "            clock.sleep(early)\n"
            "        sent, failed = clock.monotonic(), False\n"
            "        start = sent\n"
        ),
    ),
    Mistake(
        "X1561",
        "starts the schedule anew when it is late",
        LATE,
        old=(
            "        due = start + number / rate\n"
            "        if (early := due - clock.monotonic()) > 0:\n"
            "            clock.sleep(early)\n"
        ),
        new=(
            "        due = start + number / rate\n"
            "        if (early := due - clock.monotonic()) > 0:\n"
            "            clock.sleep(early)\n"
            "        else:\n"
            "            start = clock.monotonic() - number / rate\n"
        ),
    ),
    Mistake(
        "",
        "sleeps for a negative time",
        LATE,
        old=SLEEPS,
        new="        clock.sleep(due - clock.monotonic())\n",
    ),
    Mistake(
        "",
        "leaves out what is late",
        LATE,
        old=SLEEPS,
        new=(
            "        if (early := due - clock.monotonic()) > 0:\n"
            "            clock.sleep(early)\n"
            "        elif early < 0:\n"
            "            continue\n"
        ),
    ),
    Mistake(
        "X1560",
        "is due when it is sent",
        LATE,
        old=SAMPLE,
        new="        samples.append(Sample(sent, sent, clock.monotonic(), failed))\n",
    ),
    Mistake(
        "X1560",
        "is due when it is sent, if it is late",
        LATE,
        old=SENT,
        new=("        sent, failed = clock.monotonic(), False\n        due = max(due, sent)\n"),
    ),
    Mistake(
        "",
        "stops when it is too late",
        LATE,
        old=SLEEPS,
        new=(
            "        if (early := due - clock.monotonic()) > 0:\n"
            "            clock.sleep(early)\n"
            "        elif early < -1:\n"
            "            break\n"
        ),
    ),
    Mistake(
        "X1563",
        "is sent when it is due",
        MOMENTS,
        old=SENT,
        new="        sent, failed = max(due, clock.monotonic()) if early <= 0 else due, False\n",
    ),
    Mistake(
        "X1563",
        "reads the clock before it sleeps",
        MOMENTS,
        old=(
            "        if (early := due - clock.monotonic()) > 0:\n"
            "            clock.sleep(early)\n"
            "        sent, failed = clock.monotonic(), False\n"
        ),
        new=(
            "        sent, failed = max(due, clock.monotonic()), False\n"
            "        if (early := due - clock.monotonic()) > 0:\n"
            "            clock.sleep(early)\n"
        ),
    ),
    Mistake(
        "",
        "is answered when it is sent",
        MOMENTS,
        old=(
            "        try:\n"
            "            ask()\n"
            "        except OSError:\n"
            "            failed = True\n"
            "        samples.append(Sample(due, sent, clock.monotonic(), failed))\n"
        ),
        new=(
            "        samples.append(Sample(due, sent, clock.monotonic(), failed))\n"
            "        try:\n"
            "            ask()\n"
            "        except OSError:\n"
            "            failed = True\n"
        ),
    ),
    Mistake(
        "",
        "gives the duration for the moment",
        MOMENTS,
        old=SAMPLE,
        new="        samples.append(Sample(due, sent, clock.monotonic() - sent, failed))\n",
    ),
    Mistake(
        "",
        "exchanges sent and answered",
        MOMENTS,
        old=SAMPLE,
        new="        samples.append(Sample(due, clock.monotonic(), sent, failed))\n",
    ),
    Mistake("", "lets the error out", FAILED, old=ASKS, new="        ask()\n"),
    Mistake(
        "X1562",
        "leaves out what failed",
        FAILED,
        old=CAUGHT,
        new=("        except OSError:\n            continue\n"),
    ),
    Mistake(
        "X1562",
        "ends with the first failure",
        FAILED,
        old=CAUGHT,
        new=("        except OSError:\n            break\n"),
    ),
    Mistake(
        "",
        "does not say that it failed",
        FAILED,
        old=CAUGHT,
        new=("        except OSError:\n            pass\n"),
    ),
    Mistake(
        "",
        "keeps the failure for what follows",
        FAILED,
        old=(
            "    for number in range(count):\n"
            "        due = start + number / rate\n"
            "        if (early := due - clock.monotonic()) > 0:\n"
            "            clock.sleep(early)\n"
            "        sent, failed = clock.monotonic(), False\n"
        ),
        new=(
            "    failed = False\n"
            "    for number in range(count):\n"
            "        due = start + number / rate\n"
            "        if (early := due - clock.monotonic()) > 0:\n"
            "            clock.sleep(early)\n"
            "        sent = clock.monotonic()\n"
        ),
    ),
    Mistake(
        "",
        "knows only refused connections",
        FAILED,
        old=CAUGHT,
        new=("        except ConnectionError:\n            failed = True\n"),
    ),
    Mistake(
        "",
        "asks again",
        FAILED,
        old=CAUGHT,
        new=("        except OSError:\n            failed = True\n            ask()\n"),
    ),
    Mistake(
        "",
        "is answered at once if it fails",
        FAILED,
        old=SAMPLE,
        new=(
            "        samples.append(Sample(due, sent, sent if failed else clock.monotonic(), "
            "failed))\n"
        ),
    ),
    Mistake(
        "",
        "always says that it failed",
        FAILED,
        old=SENT,
        new="        sent, failed = clock.monotonic(), True\n",
    ),
    Mistake(
        "X1564",
        "takes every error for a failure",
        OTHERS,
        old=CAUGHT,
        new=("        except Exception:\n            failed = True\n"),
    ),
    Mistake(
        "X1564",
        "catches everything",
        OTHERS,
        old=CAUGHT,
        new=("        except BaseException:\n            failed = True\n"),
    ),
    Mistake(
        "X1564",
        "catches ValueError as well",
        OTHERS,
        old=CAUGHT,
        new=("        except (OSError, ValueError):\n            failed = True\n"),
    ),
    Mistake(
        "X1566",
        "takes the index n * percent / 100",
        PERCENTILE,
        old=RANK,
        new="    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)]\n",
    ),
    Mistake(
        "",
        "rounds down",
        PERCENTILE,
        old=RANK,
        new="    return ordered[max(len(ordered) * percent // 100 - 1, 0)]\n",
    ),
    Mistake(
        "X1566",
        "rounds up, without taking one off",
        PERCENTILE,
        old=RANK,
        new="    return ordered[min(math.ceil(len(ordered) * percent / 100), len(ordered) - 1)]\n",
    ),
    Mistake(
        "X1566",
        "runs over the end",
        PERCENTILE,
        old=RANK,
        new="    return ordered[len(ordered) * percent // 100]\n",
    ),
    Mistake(
        "",
        "takes the mean of two values",
        PERCENTILE,
        old=RANK,
        new=(
            "    at = (len(ordered) - 1) * percent / 100\n"
            "    low, high = ordered[math.floor(at)], ordered[math.ceil(at)]\n"
            "    return low + (high - low) * (at % 1)\n"
        ),
    ),
    Mistake(
        "",
        "takes statistics.median() for 50",
        PERCENTILE,
        old=RANK,
        new=(
            "    if percent == 50:\n"
            "        return statistics.median(ordered)\n"
            "    return ordered[math.ceil(len(ordered) * percent / 100) - 1]\n"
        ),
    ),
    Mistake(
        "",
        "counts from the largest",
        PERCENTILE,
        old=SORTED,
        new="    ordered = sorted(values, reverse=True)\n",
    ),
    Mistake(
        "",
        "drops values that come twice",
        PERCENTILE,
        old=SORTED,
        new="    ordered = sorted(set(values))\n",
    ),
    Mistake("", "does not sort", PERCENTILE, old=SORTED, new="    ordered = list(values)\n"),
    Mistake(
        "X1568",
        "sorts the caller's list",
        UNCHANGED,
        old=SORTED,
        new=("    ordered = values\n    ordered.sort()\n"),
    ),
    Mistake(
        "",
        "takes the length of what has none",
        UNCHANGED,
        old=RANK,
        new="    return ordered[math.ceil(len(values) * percent / 100) - 1]\n",
    ),
    Mistake(
        "X1567",
        "averages the percentiles",
        TOGETHER,
        old=SUMMARY,
        new=(
            "    each = [[percentile([s.latency for s in g], p) for g in groups if g] for p "
            "in (50, 99, 100)]\n"
            "    return Summary(len(samples), failures, *(sum(some) / len(some) for some in each))\n"
        ),
    ),
    Mistake(
        "",
        "takes the largest of the percentiles",
        TOGETHER,
        old=SUMMARY,
        new=(
            "    each = [[percentile([s.latency for s in g], p) for g in groups if g] for p "
            "in (50, 99, 100)]\n"
            "    return Summary(len(samples), failures, *(max(some) for some in each))\n"
        ),
    ),
    Mistake(
        "",
        "looks at the first group only",
        TOGETHER,
        old=ALL,
        new="    samples = list(next(iter(groups)))\n",
    ),
    Mistake(
        "",
        "takes the average for the median",
        TOGETHER,
        old=SUMMARY,
        new=(
            "    mean = sum(latencies) / len(latencies)\n"
            "    return Summary(len(samples), failures, mean, *(percentile(latencies, p) for "
            "p in (99, 100)))\n"
        ),
    ),
    Mistake(
        "",
        "counts the groups",
        TOGETHER,
        old=SUMMARY,
        new=(
            "    return Summary(len(list(groups)), failures, *(percentile(latencies, p) for "
            "p in (50, 99, 100)))\n"
        ),
    ),
    Mistake(
        "",
        "returns a list",
        TOGETHER,
        old=SUMMARY,
        new=(
            "    return list((len(samples), failures, *(percentile(latencies, p) for p in "
            "(50, 99, 100))))\n"
        ),
    ),
    Mistake(
        "X1569",
        "asks each group for its percentile",
        EMPTY,
        old=LATENCIES,
        new=(
            "    for group in groups:\n"
            "        percentile([sample.latency for sample in group], 99)\n"
            "    latencies = [sample.latency for sample in samples]\n"
        ),
    ),
    Mistake(
        "X1569",
        "looks at the first sample of each group",
        EMPTY,
        old=LATENCIES,
        new=(
            "    for group in groups:\n"
            "        _first = group[0]\n"
            "    latencies = [sample.latency for sample in samples]\n"
        ),
    ),
    Mistake(
        "",
        "iterates twice",
        EMPTY,
        old=FAILURES,
        new="    failures = sum(sample.failed for group in groups for sample in group)\n",
    ),
    Mistake(
        "X1562",
        "leaves failed requests out",
        COUNT,
        old=ALL,
        new=(
            "    samples = [sample for group in groups for sample in group if not "
            "sample.failed] or [Sample(0, 0, 0)]\n"
        ),
    ),
    Mistake(
        "X1562",
        "leaves latencies of failed requests out",
        COUNT,
        old=LATENCIES,
        new="    latencies = [sample.latency for sample in samples if not sample.failed] or [0]\n",
    ),
    Mistake("X1562", "does not count failures", COUNT, old=FAILURES, new="    failures = 0\n"),
    Mistake(
        "X1562",
        "counts what did not fail",
        COUNT,
        old=SUMMARY,
        new=(
            "    return Summary(len(samples) - failures, failures, *(percentile(latencies, "
            "p) for p in (50, 99, 100)))\n"
        ),
    ),
    Mistake(
        "X1560",
        "measures from sent",
        OF_LATENCIES,
        old=LATENCIES,
        new="    latencies = [sample.service_time for sample in samples]\n",
    ),
    Mistake(
        "X1560",
        "measures from due to sent",
        OF_LATENCIES,
        old=LATENCIES,
        new=(
            "    latencies = [(sample.sent - sample.due) or sample.latency for sample in samples]\n"
        ),
    ),
    Mistake(
        "X1570",
        "counts the first of the stack",
        OF_LAST,
        old=OWN,
        new="        own.update(stack[:1])\n",
    ),
    Mistake(
        "X1570", "counts all of the stack", OF_LAST, old=OWN, new="        own.update(stack)\n"
    ),
    Mistake(
        "X1570", "counts the caller", OF_LAST, old=OWN, new="        own.update(stack[-2:-1])\n"
    ),
    Mistake(
        "X1570",
        "exchanges own and total",
        OF_LAST,
        old=COSTS,
        new="    costs = [Cost(name, total[name], own[name]) for name in total]\n",
    ),
    Mistake(
        "X1570",
        "counts the letters of the name",
        OF_LAST,
        old=OWN,
        new="        own.update(stack[-1] if stack else ())\n",
    ),
    Mistake(
        "X1571", "counts a name each time", ONCE, old=TOTAL, new="        total.update(stack)\n"
    ),
    Mistake(
        "",
        "adds own to total",
        ONCE,
        old=COSTS,
        new="    costs = [Cost(name, own[name], own[name] + total[name]) for name in total]\n",
    ),
    Mistake(
        "",
        "counts the callers only",
        ONCE,
        old=TOTAL,
        new=(
            "        total.update(set(stack[:-1]))\n"
            "        total.update(name for name in stack[-1:] if name not in total)\n"
        ),
    ),
    Mistake(
        "X1572",
        "lists those at work only",
        LISTED,
        old=COSTS,
        new="    costs = [Cost(name, own[name], total[name]) for name in own]\n",
    ),
    Mistake(
        "X1572",
        "lists those with an own of more than 0",
        LISTED,
        old=COSTS,
        new="    costs = [Cost(name, own[name], total[name]) for name in total if own[name]]\n",
    ),
    Mistake(
        "",
        "iterates twice",
        LISTED,
        old=("        own.update(stack[-1:])\n        total.update(set(stack))\n"),
        new=(
            "        own.update(stack[-1:])\n"
            "    for stack in stacks:\n"
            "        total.update(set(stack))\n"
        ),
    ),
    Mistake("X1573", "keeps the order of the names", SORT, old=ORDER, new="    return costs\n"),
    Mistake(
        "",
        "puts the smallest first",
        SORT,
        old=ORDER,
        new="    return sorted(costs, key=lambda cost: (cost.own, cost.name))\n",
    ),
    Mistake(
        "",
        "sorts by total",
        SORT,
        old=ORDER,
        new="    return sorted(costs, key=lambda cost: (-cost.total, cost.name))\n",
    ),
    Mistake("", "sorts by name", SORT, old=ORDER, new="    return sorted(costs)\n"),
    Mistake(
        "",
        "leaves equal ones as they came",
        SORT,
        old=ORDER,
        new="    return sorted(costs, key=lambda cost: -cost.own)\n",
    ),
    Mistake(
        "",
        "sorts equal ones by total",
        SORT,
        old=ORDER,
        new="    return sorted(costs, key=lambda cost: (-cost.own, -cost.total, cost.name))\n",
    ),
    Mistake(
        "", "has no answer for an empty stack", NOBODY, old=OWN, new="        own[stack[-1]] += 1\n"
    ),
    Mistake(
        "",
        "counts an empty stack for nobody by name",
        NOBODY,
        old=TOTAL,
        new=(
            "        total.update(set(stack))\n        if not stack:\n            total[''] += 1\n"
        ),
    ),
    Mistake(
        "",
        "ends at an empty stack",
        NOBODY,
        old=OWN,
        new=("        if not stack:\n            break\n        own.update(stack[-1:])\n"),
    ),
    Mistake("X1574", "stores nothing", MADE, old=STORES, new=""),
    Mistake(
        "",
        "makes the value twice",
        MADE,
        old=KEEPS,
        new="            self[key] = self.make(key)\n",
    ),
    Mistake(
        "",
        "stores what is true only",
        MADE,
        old=SHORT,
        new="        if value and len(value) <= self.longest:\n",
    ),
    Mistake(
        "", "stores the key for the value", MADE, old=KEEPS, new="            self[key] = key\n"
    ),
    Mistake(
        "",
        "stores and returns nothing",
        MADE,
        old=MISSING,
        new=(
            "        value = self.make(key)\n"
            "        if len(value) <= self.longest:\n"
            "            if len(self) >= self.most:\n"
            "                self.clear()\n"
            "            self[key] = value\n"
        ),
    ),
    Mistake(
        "X1574",
        "stores under another key",
        MADE,
        old=KEEPS,
        new="            self[str(key)] = value\n",
    ),
    Mistake("X1576", "stores however long it is", LONG, old=SHORT, new="        if True:\n"),
    Mistake(
        "",
        "looks at the length of the key",
        LONG,
        old=SHORT,
        new="        if len(str(key)) <= self.longest:\n",
    ),
    Mistake("", "uses the constant", LONG, old=SHORT, new="        if len(value) <= MAX_LENGTH:\n"),
    Mistake(
        "",
        "stores what is shorter only",
        LONG,
        old=SHORT,
        new="        if len(value) < self.longest:\n",
    ),
    Mistake(
        "",
        "returns nothing for what is too long",
        LONG,
        old=MISSING,
        new=(
            "        value = self.make(key)\n"
            "        if len(value) <= self.longest:\n"
            "            if len(self) >= self.most:\n"
            "                self.clear()\n"
            "            self[key] = value\n"
            "            return value\n"
            "        return None\n"
        ),
    ),
    Mistake(
        "",
        "raises an error for what is too long",
        LONG,
        old=SHORT,
        new=(
            "        if len(value) > self.longest:\n"
            "            raise ValueError(key)\n"
            "        if len(value) <= self.longest:\n"
        ),
    ),
    Mistake(
        "",
        "forgets the others for what is too long",
        LONG,
        old=STORES,
        new=(
            "        if len(value) <= self.longest:\n"
            "            if len(self) >= self.most:\n"
            "                self.clear()\n"
            "            self[key] = value\n"
            "        else:\n"
            "            self.clear()\n"
        ),
    ),
    Mistake("X1575", "stores as many as come", BOUNDED, old=FULL, new=""),
    Mistake(
        "X1575",
        "uses the constant for the number",
        BOUNDED,
        old=FULL,
        new=("            if len(self) >= MAX_REMEMBERED:\n                self.clear()\n"),
    ),
    Mistake(
        "",
        "stores one more",
        BOUNDED,
        old=FULL,
        new=("            if len(self) > self.most:\n                self.clear()\n"),
    ),
    Mistake(
        "",
        "clears one too early",
        BOUNDED,
        old=FULL,
        new=("            if len(self) >= self.most - 1:\n                self.clear()\n"),
    ),
    Mistake(
        "",
        "clears afterwards",
        BOUNDED,
        old=(
            "            if len(self) >= self.most:\n"
            "                self.clear()\n"
            "            self[key] = value\n"
        ),
        new=(
            "            self[key] = value\n"
            "            if len(self) >= self.most:\n"
            "                self.clear()\n"
        ),
    ),
    Mistake(
        "",
        "clears afterwards, if there are too many",
        BOUNDED,
        old=(
            "            if len(self) >= self.most:\n"
            "                self.clear()\n"
            "            self[key] = value\n"
        ),
        new=(
            "            self[key] = value\n"
            "            if len(self) > self.most:\n"
            "                self.clear()\n"
        ),
    ),
    Mistake(
        "",
        "removes the oldest only",
        BOUNDED,
        old=FULL,
        new=(
            "            if len(self) >= self.most:\n                del self[next(iter(self))]\n"
        ),
    ),
    Mistake(
        "",
        "stores no more when it is full",
        BOUNDED,
        old=(
            "            if len(self) >= self.most:\n"
            "                self.clear()\n"
            "            self[key] = value\n"
        ),
        new=("            if len(self) < self.most:\n                self[key] = value\n"),
    ),
    Mistake(
        "X1577",
        "remembers an empty value for an error",
        ERROR,
        old=MAKES,
        new=(
            "        try:\n"
            "            value = self.make(key)\n"
            "        except Exception:\n"
            "            value = ''\n"
        ),
    ),
    Mistake(
        "X1577",
        "makes a KeyError of every error",
        ERROR,
        old=MAKES,
        new=(
            "        try:\n"
            "            value = self.make(key)\n"
            "        except Exception as error:\n"
            "            raise KeyError(key) from error\n"
        ),
    ),
    Mistake(
        "",
        "forgets the others first",
        BOUNDED,
        old=MISSING,
        new=(
            "        if len(self) >= self.most:\n"
            "            self.clear()\n"
            "        value = self.make(key)\n"
            "        if len(value) <= self.longest:\n"
            "            self[key] = value\n"
            "        return value\n"
        ),
    ),
    Mistake(
        "M64",
        "decodes as UTF-8",
        GOOD,
        old=SPLIT,
        new='    lines = head.decode().split("\\r\\n")\n',
    ),
    Mistake(
        "M64",
        "leaves octets out",
        GOOD,
        old=SPLIT,
        new='    lines = head.decode("utf-8", "ignore").split("\\r\\n")\n',
    ),
    Mistake(
        "",
        "expects one line end for each line",
        GOOD,
        old=CLEAN,
        new=(
            '    if head.translate(None, FIELD_VALUE) != b"\\r\\n" * len(lines):\n'
            "        return None\n"
            "    return lines\n"
        ),
    ),
    Mistake("", "returns bytes", GOOD, old=SPLIT, new='    lines = head.split(b"\\r\\n")\n'),
    Mistake(
        "",
        "drops empty lines",
        GOOD,
        old=CLEAN,
        new=(
            '    if head.translate(None, FIELD_VALUE) != b"\\r\\n" * (len(lines) - 1):\n'
            "        return None\n"
            "    return [line for line in lines if line]\n"
        ),
    ),
    Mistake(
        "",
        "has no lines for an empty head",
        GOOD,
        old=SPLIT,
        new=(
            "    if not head:\n"
            "        return []\n"
            '    lines = head.decode("latin-1").split("\\r\\n")\n'
        ),
    ),
    Mistake(
        "",
        "returns nothing",
        GOOD,
        old=CLEAN,
        new=(
            '    if head.translate(None, FIELD_VALUE) != b"\\r\\n" * (len(lines) - 1):\n'
            "        return None\n"
        ),
    ),
    Mistake(
        "M57",
        "splits with splitlines()",
        GOOD,
        old=SPLIT,
        new='    lines = head.decode("latin-1").splitlines() or [""]\n',
    ),
    Mistake(
        "X1581",
        "does not look for control characters",
        CONTROL,
        old=CLEAN,
        new=(
            '    if head.count(b"\\r") != len(lines) - 1 or head.count(b"\\n") != len(lines) - 1:\n'
            "        return None\n"
            "    return lines\n"
        ),
    ),
    Mistake(
        "",
        "takes isprintable() for the rule",
        GOOD,
        old=CLEAN,
        new=(
            '    if not "".join(lines).replace("\\t", "").isprintable():\n'
            "        return None\n"
            "    return lines\n"
        ),
    ),
    Mistake(
        "X1581",
        "allows DEL",
        CONTROL,
        old=CLEAN,
        new=(
            '    if head.translate(None, FIELD_VALUE + b"\\x7f") != b"\\r\\n" * (len(lines) - 1):\n'
            "        return None\n"
            "    return lines\n"
        ),
    ),
    Mistake(
        "X1580",
        "raises an error",
        CONTROL,
        old=CLEAN,
        new=(
            '    if head.translate(None, FIELD_VALUE) != b"\\r\\n" * (len(lines) - 1):\n'
            "        raise ValueError(head)\n"
            "    return lines\n"
        ),
    ),
    Mistake(
        "X1581",
        "removes the control characters",
        CONTROL,
        old=CLEAN,
        new=(
            '    if head.count(b"\\r") != len(lines) - 1 or head.count(b"\\n") != len(lines) - 1:\n'
            "        return None\n"
            '    return ["".join(c for c in line if c == "\\t" or c.isprintable() or c > '
            '"\\x7f") for line in lines]\n'
        ),
    ),
    Mistake(
        "X61",
        "accepts a LF alone",
        LONE,
        old=CLEAN,
        new=(
            '    if head.translate(None, FIELD_VALUE + b"\\n") != b"\\r" * (len(lines) - 1):\n'
            "        return None\n"
            "    return lines\n"
        ),
    ),
    Mistake(
        "X61",
        "accepts a CR alone",
        LONE,
        old=CLEAN,
        new=(
            '    if head.translate(None, FIELD_VALUE + b"\\r") != b"\\n" * (len(lines) - 1):\n'
            "        return None\n"
            "    return lines\n"
        ),
    ),
    Mistake(
        "X61",
        "accepts both alone",
        LONE,
        old=CLEAN,
        new=(
            '    if head.translate(None, FIELD_VALUE + b"\\r\\n"):\n'
            "        return None\n"
            "    return lines\n"
        ),
    ),
    Mistake(
        "X1578",
        "accepts pairs, however many",
        LONE,
        old=CLEAN,
        new=(
            '    if head.translate(None, FIELD_VALUE).replace(b"\\r\\n", b""):\n'
            "        return None\n"
            "    return lines\n"
        ),
    ),
    Mistake(
        "X1579",
        "looks at each line",
        CALLS,
        old=CLEAN,
        new=(
            "    for line in lines:\n"
            '        if line.encode("latin-1").translate(None, FIELD_VALUE):\n'
            "            return None\n"
            "    return lines\n"
        ),
    ),
    Mistake(
        "",
        "takes the lines off one by one",
        CALLS,
        old=LINES_OF,
        new=(
            '    lines, rest, more = [], head.decode("latin-1"), True\n'
            "    while more:\n"
            '        line, more, rest = rest.partition("\\r\\n")\n'
            "        lines.append(line)\n"
            '    if head.translate(None, FIELD_VALUE) != b"\\r\\n" * (len(lines) - 1):\n'
            "        return None\n"
            "    return lines\n"
        ),
    ),
    Mistake(
        "", "sends when it is due", MOMENTS, old=SENT, new="        sent, failed = due, False\n"
    ),
    Mistake(
        "",
        "takes the percent as a fraction",
        PERCENTILE,
        old=RANK,
        new="    return ordered[math.ceil(len(ordered) * (percent / 100)) - 1]\n",
    ),
    Mistake(
        "",
        "divides before it multiplies",
        PERCENTILE,
        old=RANK,
        new="    return ordered[min(math.ceil(len(ordered) / 100 * percent), len(ordered)) - 1]\n",
    ),
    Mistake(
        "",
        "rounds down, and takes the last for the first",
        PERCENTILE,
        old=RANK,
        new="    return ordered[len(ordered) * percent // 100 - 1]\n",
    ),
    Mistake(
        "",
        "rounds to the nearest",
        PERCENTILE,
        old=RANK,
        new="    return ordered[max(round(len(ordered) * percent / 100), 1) - 1]\n",
    ),
    Mistake(
        "X1567",
        "weights the percentiles",
        TOGETHER,
        old=SUMMARY,
        new=(
            "    each = [[percentile([s.latency for s in g], p) * len(g) for g in groups if g] for p "
            "in (50, 99, 100)]\n"
            "    times = [sum(some) / len(samples) for some in each]\n"
            "    return Summary(len(samples), failures, times[0], times[1], max(latencies))\n"
        ),
    ),
    Mistake(
        "",
        "turns the order round, of names as well",
        SORT,
        old=ORDER,
        new="    return sorted(costs, key=lambda cost: (cost.own, cost.name), reverse=True)\n",
    ),
    Mistake(
        "",
        "turns the order round, and leaves equal ones",
        SORT,
        old=ORDER,
        new="    return sorted(costs, key=lambda cost: cost.own, reverse=True)\n",
    ),
    Mistake(
        "M57",
        "splits with splitlines() only",
        GOOD,
        old=SPLIT,
        new='    lines = head.decode("latin-1").splitlines()\n',
    ),
    Mistake(
        "",
        "rounds the interval to whole seconds",
        RATE,
        old="        due = start + number / rate\n",
        new="        due = start + number * (1 // rate or 1 / rate)\n",
    ),
    Mistake(
        "X1562",
        "ends after two failures",
        FAILED,
        old="        samples.append(Sample(due, sent, clock.monotonic(), failed))\n",
        new=(
            "        samples.append(Sample(due, sent, clock.monotonic(), failed))\n"
            "        if sum(s.failed for s in samples) > 1:\n"
            "            break\n"
        ),
    ),
    Mistake(
        "X1564",
        "takes RuntimeError for a failure",
        OTHERS,
        old="        try:\n            ask()\n        except OSError:\n            failed = True\n",
        new=(
            "        try:\n"
            "            ask()\n"
            "        except (OSError, RuntimeError):\n"
            "            failed = True\n"
        ),
    ),
    Mistake(
        "",
        "takes the smallest for 1 %",
        PERCENTILE,
        old="    return ordered[math.ceil(len(ordered) * percent / 100) - 1]\n",
        new=(
            "    if percent == 1:\n"
            "        return ordered[0]\n"
            "    return ordered[math.ceil(len(ordered) * percent / 100) - 1]\n"
        ),
    ),
    Mistake(
        "",
        "makes whole numbers of the values",
        PERCENTILE,
        old="    ordered = sorted(values)\n",
        new="    ordered = sorted(map(int, values))\n",
    ),
    Mistake(
        "",
        "sorts without the signs",
        PERCENTILE,
        old="    ordered = sorted(values)\n",
        new="    ordered = sorted(values, key=abs)\n",
    ),
    Mistake(
        "",
        "looks at a hundred latencies only",
        TOGETHER,
        old="    latencies = [sample.latency for sample in samples]\n",
        new="    latencies = [sample.latency for sample in samples[:100]]\n",
    ),
    Mistake(
        "",
        "rounds the latencies",
        OF_LATENCIES,
        old="    latencies = [sample.latency for sample in samples]\n",
        new="    latencies = [round(sample.latency, 1) for sample in samples]\n",
    ),
    Mistake(
        "X1570",
        "counts the last name each time",
        OF_LAST,
        old="        own.update(stack[-1:])\n",
        new="        own.update(name for name in stack if stack and name == stack[-1])\n",
    ),
    Mistake(
        "",
        "returns tuples that are not Costs",
        OF_LAST,
        edits=(
            Edit(
                old="[Cost(name, own[name], total[name]) for name in total]",
                new="[(name, own[name], total[name]) for name in sorted(total)]",
            ),
            Edit(
                old="    return sorted(costs, key=lambda cost: (-cost.own, cost.name))\n",
                new="    return sorted(costs, key=lambda cost: -cost[1])\n",
            ),
        ),
    ),
    Mistake(
        "",
        "counts to three",
        ONCE,
        old="own[name], total[name])",
        new="own[name], min(total[name], 3))",
    ),
    Mistake(
        "",
        "limits the sum of the lengths",
        LONG,
        old="        if len(value) <= self.longest:\n",
        new=(
            "        if len(value) <= self.longest and sum(map(len, self.values())) < "
            "self.longest * 2 + 9:\n"
        ),
    ),
    Mistake(
        "",
        "clears before it looks at the length",
        BOUNDED,
        old=(
            "        if len(value) <= self.longest:\n"
            "            if len(self) >= self.most:\n"
            "                self.clear()\n"
        ),
        new=(
            "        if len(self) >= self.most:\n"
            "            self.clear()\n"
            "        if len(value) <= self.longest:\n"
        ),
    ),
    Mistake(
        "",
        "clears for what is too long if it is full",
        BOUNDED,
        old="        if len(value) <= self.longest:\n",
        new=(
            "        if len(value) > self.longest and len(self) >= self.most:\n"
            "            self.clear()\n"
            "        if len(value) <= self.longest:\n"
        ),
    ),
    Mistake(
        "",
        "measures the key",
        MADE,
        old=SHORT,
        new="        if len(key) <= self.longest:\n",
    ),
    Mistake(
        "",
        "measures for a time, not for a number of calls",
        LATE,
        old=RANGE,
        new=(
            "    for number in range(count):\n"
            "        if clock.monotonic() >= start + count / rate:\n"
            "            break\n"
        ),
    ),
    Mistake(
        "X1561",
        "sleeps for what the answer has left of an interval",
        LATE,
        edits=(
            Edit(old=DUE, new="        due = clock.monotonic()\n"),
            Edit(old=SLEEPS, new=""),
            Edit(
                old=SAMPLE,
                new=(f"{SAMPLE}        clock.sleep(max(0, sent + 1 / rate - clock.monotonic()))\n"),
            ),
        ),
    ),
    Mistake(
        "",
        "forgets the oldest key only",
        BOUNDED,
        old=FULL,
        new=(
            "            if len(self) >= self.most:\n                del self[next(iter(self))]\n"
        ),
    ),
    Mistake(
        "",
        "clears before it makes",
        BOUNDED,
        old=STORES,
        new=(
            "        if len(self) >= self.most:\n"
            "            self.clear()\n"
            "        if len(value) <= self.longest:\n"
            "            self[key] = value\n"
        ),
    ),
    Mistake(
        "",
        "takes an empty head for no head",
        GOOD,
        old=LINES_OF,
        new=f"    if not head:\n        return None\n{LINES_OF}",
    ),
    Mistake(
        "X1571",
        "leaves out only what is repeated at once",
        ONCE,
        old=TOTAL,
        new=(
            "        total.update(b for a, b in zip((None, *stack), stack, strict=False) if a != b)\n"
        ),
    ),
    Mistake(
        "",
        "asks the first sample of each group",
        EMPTY,
        old=ALL,
        new=f"    groups = [group for group in groups if group[0:]]\n{ALL}",
    ),
    Mistake(
        "X1582",
        "decodes each line",
        CALLS,
        old=LINES_OF,
        new=(
            '    lines = [line.decode("latin-1") for line in head.split(b"\\r\\n")]\n'
            '    if head.translate(None, FIELD_VALUE) != b"\\r\\n" * (len(lines) - 1):\n'
            "        return None\n"
            "    return lines\n"
        ),
    ),
    Mistake(
        "",
        "expects one line end in every head",
        GOOD,
        old=CLEAN,
        new=(
            '    if head.translate(None, FIELD_VALUE) != b"\\r\\n":\n'
            "        return None\n"
            "    return lines\n"
        ),
    ),
    Mistake(
        "",
        "looks itself up when nothing was stored",
        LONG,
        old="        return value\n",
        new="        return self[key]\n",
    ),
    Mistake(
        "",
        "makes the value, and looks itself up",
        MADE,
        old=MISSING,
        new="        self.make(key)\n        return self[key]\n",
    ),
)
