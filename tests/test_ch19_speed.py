"""The promises of chapter 19: where the time goes."""

import operator
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from types import FrameType
from typing import Any
from unittest import mock

from course.checks.answers import Attempt
from course.checks.expect import (
    NOT_GIVEN,
    Literally,
    Raised,
    Reason,
    described,
    holds,
    refusal,
    same,
)
from course.checks.promises import promise
from tests import beliefs

START = 100.0  # when a check's clock begins
LATIN_1 = (
    "Which characters are the octets from 0x80 on? What does decode() assume if you do not say?",
    "UTF-8 refuses some octets, and makes one character of several. In latin-1, each octet is one.",
    "head.decode('latin-1')",
)
LINE_ENDS = (
    "Where did you split? Which method knows only one line end?",
    "splitlines() also splits at \\x85, \\x0b and others, and drops an empty last line.",
    "head.decode('latin-1').split('\\r\\n')",
)
ASKS_ITSELF = (
    "Which method does Python call for self[key] if the key is not there?",
    "self[key] calls __missing__() again, which asks for self[key] again, and so on.",
    "value = self.make(key). Return `value`, not self[key].",
)


@promise(
    task=1,
    usually=beliefs.RATE_IS_A_PAUSE,
    hints=(
        "When is call number 3 due, if 4 calls a second begin at `start`?",
        "due = start + number / rate. Sleep only for what is left until then: ask the clock.",
        "early = due - clock.monotonic(); if early > 0: clock.sleep(early). Then ask().",
    ),
    hints_if={
        "clock": (
            "paced() has four parameters. What is the fourth one for?",
            "The check's clock moves only when somebody sleeps on it. Whose sleep() do you call?",
            "Write clock.sleep(…) and clock.monotonic() everywhere, never time.sleep(…).",
        ),
        "count": (
            "How many calls were asked for?",
            "They are numbered from 0 to count - 1, and each gives one Sample, in a list.",
            "for number in range(count): … samples.append(Sample(…)). After the loop: return samples.",
        ),
    },
)
def test_calls_at_the_rate(chapter: Attempt) -> None:
    """paced() calls ask() `count` times, `rate` times a second, the first time at once."""
    for count, rate in ((1, 8), (3, 8), (4, 16), (0, 8), (3, 0.8)):
        run = Run(chapter, [0] * count, rate)
        what = f"{count} calls, {rate} a second, all answered at once."
        samples = f"a list of {count} samples"
        holds(
            f"{what} The result:",
            run.has_samples,
            expected=Literally(samples),
            got=run.got,
            usually=None,
            clue="count",
        )
        expected = [number / rate for number in range(count)]
        reason = run.reason if run.is_elsewhere or pauses(chapter) else None
        same(
            f"{what} When ask() was called, in seconds from the start:",
            expected=expected,
            got=run.asked,
            usually=reason,
            clue=run.clue,
        )
        same(
            f"{what} `due` of the samples, in seconds from the start:",
            expected=expected,
            got=run.column("due"),
            usually=reason,
            clue=run.clue,
        )


@promise(
    task=1,
    usually=beliefs.RATE_IS_A_PAUSE,
    hints=(
        "The second answer takes two seconds. When is the third request due?",
        "No answer moves a moment that is fixed: start + number / rate. What is late goes out at once.",
        "Read the clock once for `start`, before the loop. Never work out `due` from the last answer.",
    ),
    hints_if={
        "due": (
            "The call was at the right moment. But when should it have been?",
            "A sample keeps three moments. `due` is the one that you have worked out, not measured.",
            "Sample(due, sent, …): due is start + number / rate, even if that has passed long ago.",
        ),
        "count": (
            "A request is late. Does nobody want its answer any more?",
            "Every request is sent, and has a sample, however late it is.",
            "Sleep only if it is early. In any case: ask(), and append the sample.",
        ),
        "negative": (
            "How long is it until a moment that has passed?",
            "sleep() refuses a negative number. If it is late, there is nothing to sleep for.",
            "if early > 0: clock.sleep(early)",
        ),
    },
)
def test_late_answer_moves_no_later_call(chapter: Attempt) -> None:
    """If an answer is late, the calls that are due by then follow at once, and are due as before."""
    for durations in ([0, 2, 0, 0, 0, 0], [1.5, 0, 0, 0.25, 0], [0.75, 0.75, 0.75]):
        run = Run(chapter, durations, 4)
        what = f"4 calls a second. The answers take {shown(durations)} s."
        refused = run.clock.refused
        holds(
            f"{what} time.sleep() raises ValueError for a negative number. The first one that "
            "sleep() was called with:",
            not refused,
            usually=None,
            clue="negative",
            expected=Literally("none"),
            got=refused[0] if refused else None,
        )
        same(
            f"{what} The number of calls:",
            expected=len(durations),
            got=len(run.asked),
            usually=None,
            clue="count",
        )
        same(
            f"{what} When ask() was called, in seconds from the start:",
            expected=run.expected("sent"),
            got=run.asked,
        )
        same(
            f"{what} `due` of the samples, in seconds from the start:",
            usually=beliefs.SENT_IS_DUE,
            expected=run.expected("due"),
            got=run.column("due"),
            clue="due",
        )


@promise(
    task=1,
    usually=beliefs.SLEEP_IS_EXACT,
    hints=(
        "sleep() came back late. Which moment did you write down?",
        "Read the clock again after sleeping, directly before ask(), and once more after it.",
        "sent = clock.monotonic(); ask(); Sample(due, sent, clock.monotonic())",
    ),
    hints_if={
        "sent": (
            "A call may be late. At which moment was ask() called then?",
            "It is called when the answer before it is there. Only the clock knows when that was.",
            "sent = clock.monotonic(), directly before ask(). It is not the same as `due`.",
        ),
        "answered": (
            "When was the answer there?",
            "ask() returns when the answer has come. Read the clock after it.",
            "sent = clock.monotonic(); ask(); then Sample(due, sent, clock.monotonic()).",
        ),
    },
)
def test_sample_has_three_moments(chapter: Attempt) -> None:
    """`due` is what was planned; `sent` and `answered` are read from the clock around ask()."""
    for durations, late in (([0.125, 0.25], 0), ([1, 0, 0], 0), ([0.125, 0.25, 0], 0.0625)):
        run = Run(chapter, durations, 4, late)
        what = f"4 calls a second. The answers take {shown(durations)} s."
        what += f" Each sleep() takes {late} s longer." if late else ""
        for name in ("due", "sent", "answered"):
            reason = beliefs.SLEEP_IS_EXACT if name == "sent" and late else None
            same(
                f"{what} `{name}` of the samples, in seconds from the start:",
                usually=reason,
                expected=run.expected(name),
                got=run.column(name),
                clue="" if reason else name,
            )


@promise(
    task=1,
    usually=beliefs.FAILURES_DO_NOT_COUNT,
    hints=(
        "The server refuses one connection of many. Is the measurement over?",
        "Put `try` around ask() alone. After an OSError, there is a sample as always, with `failed`.",
        "try: ask() except OSError: failed = True. Set failed = False before each call.",
    ),
    hints_if={
        "raised": (
            "The server refuses one connection of many. Is the measurement over?",
            "paced() catches OSError around ask() alone, and appends a sample with failed=True.",
            "try: ask() except OSError: failed = True. Set failed = False before each call.",
        ),
        "others": (
            "Which of the samples say that they have failed?",
            "Each call has its own result: what happened before it does not matter.",
            "Set failed = False inside the loop, before each ask().",
        ),
    },
)
def test_failed_request_is_a_sample(chapter: Attempt) -> None:
    """If ask() raises OSError, its sample is like any other, with `failed`; the next call follows."""
    for error in (ConnectionRefusedError("refused"), TimeoutError("timed out"), OSError("broken")):
        for places in ((0,), (1,), (2,), (0, 1, 2)):
            durations: list[Any] = [0.125, 0, 0.125]
            for place in places:
                durations[place] = (0.5, error)
            run = Run(chapter, durations, 4)
            what = f"{type(error).__name__} in call number {shown(places)} of 3."
            failed = [number in places for number in range(3)]
            holds(
                f"{what} paced() raised it.", run.raised is not error, usually=None, clue="raised"
            )
            same(f"{what} The number of samples:", expected=3, got=len(run.samples))
            same(
                f"{what} `failed` of the samples:",
                expected=failed,
                got=run.column("failed"),
                usually=None,
                clue="others",
            )
            for name in ("sent", "answered"):
                same(
                    f"{what} `{name}` of the samples, in seconds from the start:",
                    usually=None,
                    expected=run.expected(name),
                    got=run.column(name),
                )


@promise(
    task=1,
    usually=beliefs.EVERY_ERROR_IS_A_FAILURE,
    hints=(
        "A ValueError comes from ask(). Whose fault is that?",
        "Only the network's errors are failures of a request. What are they called in Python?",
        "except OSError: and nothing wider.",
    ),
)
def test_other_errors_pass_through(chapter: Attempt) -> None:
    """Any other error of ask() comes out of paced()."""
    for error in (ValueError("bug"), KeyError("bug"), RuntimeError("bug"), KeyboardInterrupt()):
        run = Run(chapter, [0, (0, error), 0], 4)
        expected = Literally(type(error).__name__)
        holds(
            f"ask() raised {type(error).__name__}. What came out of paced():",
            run.raised is error,
            expected=expected,
            got=run.got,
        )


@promise(
    task=2,
    usually=beliefs.PERCENTILE_IS_AN_INDEX,
    hints=(
        "There are 4 values. How many of them are half of the values? What is the index of the last of "
        "these in a sorted list?",
        "math.ceil(n * percent / 100) values are needed. The last of them has an index one below that.",
        "ordered = sorted(values); return ordered[math.ceil(len(ordered) * percent / 100) - 1]",
    ),
    hints_if={
        "order": (
            "In which order did the values come?",
            "A percentile counts from the smallest value. Sort first.",
            "ordered = sorted(values). Then look for the index in `ordered`.",
        ),
        "rounding": (
            "51 % of 4 values are 2.04 values. Are 2 of them enough?",
            "Round up, with math.ceil(). Rounding down gives too few.",
            "math.ceil(n * percent / 100) values are needed; the index is one below that.",
        ),
        "exact": (
            "What does Python print for 100 * (7 / 100)?",
            "7 / 100 is not exact, and math.ceil() makes a whole 1 of the smallest error. Multiply the "
            "whole numbers first.",
            "math.ceil(n * percent / 100): n * percent is exact, and it is divided once.",
        ),
    },
)
def test_percentile_is_one_of_the_values(chapter: Attempt) -> None:
    """percentile() returns the smallest value such that `percent` % are as small, or smaller."""
    few = [10, 20, 30, 40]
    cases: list[tuple[Sequence[float], int, float]] = [
        *((few, percent, value) for percent, value in ((25, 10), (50, 20), (75, 30), (100, 40))),
        *((few, percent, value) for percent, value in ((51, 30), (26, 20), (76, 40), (1, 10))),
        ([7], 1, 7),
        ([7], 50, 7),
        ([7], 100, 7),
        ([1, 2], 50, 1),
        ([1, 2], 51, 2),
        ([1, 2, 3], 50, 2),
        ([1, 2, 3, 4, 5], 99, 5),
        ([5, 5, 5, 5, 9], 60, 5),
        ([0, 0], 99, 0),
    ]
    for values, percent, expected in cases:
        got = described(partial(chapter.percentile, list(values), percent))
        down = len(values) * percent // 100
        indexed = got == values[min(down, len(values) - 1)] or str(got).startswith("IndexError")
        same(
            f"percentile({list(values)}, {percent}) returned:",
            expected=expected,
            got=got,
            usually=beliefs.PERCENTILE_IS_AN_INDEX if indexed else None,
            clue="rounding" if got == values[max(down - 1, 0)] else "",
        )
    order: tuple[tuple[list[float], int, float], ...] = (
        ([30, 10, 20, 40], 50, 20),
        ([9, 1], 100, 9),
        ([3, 1], 1, 1),
        ([0.75, 0.25, 0.5], 50, 0.5),
        ([2, -3, -1], 50, -1),
    )
    for values, percent, expected in order:
        got = described(partial(chapter.percentile, list(values), percent))
        same(
            f"percentile({values}, {percent}) returned:",
            expected=expected,
            got=got,
            usually=None,
            clue="order",
        )
    for count, percent, expected in (
        (7, 100, 7),
        (14, 50, 7),
        (25, 28, 7),  # before the longer ones: a replay shows the values
        (28, 75, 21),
        *((100, percent, percent) for percent in (7, 14, 28, 55, 56, 99)),
        (101, 99, 100),
        (201, 1, 3),
        (700, 17, 119),
        (1000, 99, 990),
        (1000, 50, 500),
        (1000, 1, 10),
    ):
        got = described(partial(chapter.percentile, list(range(1, count + 1)), percent))
        same(
            f"percentile(1 to {count}, {percent}) returned:",
            expected=expected,
            got=got,
            usually=None,
            clue="exact",
        )


@promise(
    task=2,
    usually=beliefs.SORT_MAKES_A_LIST,
    hints=(
        "Whose list is `values`? What can be iterated over without being a list?",
        "sorted() makes a new list, whatever it is given.",
        "ordered = sorted(values), once. Use only `ordered` after that.",
    ),
)
def test_values_are_not_changed(chapter: Attempt) -> None:
    """percentile() takes anything that can be iterated over, and changes nothing."""
    values = [3, 1, 2]
    of_a_list = described(lambda: chapter.percentile(values, 50))
    same("The list, after percentile([3, 1, 2], 50):", expected=[3, 1, 2], got=values)
    for name, given in (
        ("(3, 1, 2)", (3, 1, 2)),
        ("range(1, 4)", range(1, 4)),
        ("{3, 1, 2}", {3, 1, 2}),
        ("a generator of 3, 1, 2", (value for value in (3, 1, 2))),
    ):
        got = described(partial(chapter.percentile, given, 50))
        has_no_sort = isinstance(got, Raised) and "'sort'" in got
        same(
            f"A list of these values gives {of_a_list}. percentile({name}, 50) returned:",
            expected=of_a_list,
            got=got,
            usually=beliefs.SORT_MAKES_A_LIST if has_no_sort else None,
        )


@promise(
    task=2,
    usually=beliefs.AVERAGE_OF_PERCENTILES,
    hints=(
        "One client has all the slow requests. What is the p99 of everybody?",
        "Do not call percentile() for each group: put the samples of all groups into one list first.",
        "latencies = [sample.latency for group in groups for sample in group]; then percentile().",
    ),
    hints_if={
        "shape": (
            "What does a Summary have? Its class is above summarise().",
            "Summary(requests, failures, median, p99, longest): five values, in this order.",
            "Summary(len(samples), failures, percentile(latencies, 50), percentile(latencies, 99), "
            "percentile(latencies, 100))",
        ),
        "worst": (
            "One client has one sample of all, and it is the slowest. What are 99 % of all samples?",
            "The worst client is not all clients. Put the samples of all groups into one list first.",
            "latencies = [sample.latency for group in groups for sample in group]; then percentile().",
        ),
    },
)
def test_summary_is_of_all_samples_together(chapter: Attempt) -> None:
    """summarise() puts the samples of all groups into one list, whatever the sizes of the groups."""
    cases: tuple[tuple[str, list[Sequence[float]], tuple[float, ...]], ...] = (
        ("One client measured 1 s, 2 s, 6 s.", [[1, 2, 6]], (3, 0, 2, 6, 6)),
        ("One measured 99 times 1 s, another 5 s once.", [[1] * 99, [5]], (100, 0, 1, 1, 5)),
        ("One measured 5 s once, another 98 times 1 s.", [[5], [1] * 98], (99, 0, 1, 5, 5)),
        ("One measured 1 s, 1 s; another 9 s, 9 s, 9 s.", [[1, 1], [9, 9, 9]], (5, 0, 9, 9, 9)),
        ("Three measured 3 s, 1 s and 2 s, once each.", [[3], [1], [2]], (3, 0, 2, 3, 3)),
        (
            "One measured 51 s to 100 s, another 1 s to 50 s.",
            [range(51, 101), range(1, 51)],
            (100, 0, 50, 99, 100),
        ),
        (
            "One measured 101 s to 300 s, another 1 s to 100 s.",
            [range(101, 301), range(1, 101)],
            (300, 0, 150, 297, 300),
        ),
    )
    for described_as, groups, expected in cases:
        got = summarised(chapter, made(chapter, groups))
        is_summary = isinstance(got, tuple) and len(got) == 5
        holds(
            f"{described_as} summarise() returned:",
            is_summary,
            usually=None,
            clue="shape",
            expected=Literally("a Summary"),
            got=got,
        )
        assert isinstance(got, tuple)
        for at, name in enumerate(("requests", "failures", "median", "p99", "longest")):
            reason: Reason = None
            clue = "shape" if len(groups) == 1 else ""
            if at > 1 and len(groups) > 1:
                each = [ranked(group, (50, 99, 100)[at - 2]) for group in groups]
                sizes = [len(group) for group in groups]
                weighted = sum(map(operator.mul, each, sizes)) / sum(sizes)
                if got[at] in (sum(each) / len(each), weighted):
                    reason = beliefs.AVERAGE_OF_PERCENTILES
                elif got[at] == max(each):
                    clue = "worst"
            wanted = float(expected[at]) if at > 1 else expected[at]
            same(
                f"{described_as} {name}:",
                expected=wanted,
                got=got[at],
                usually=reason,
                clue=clue,
            )


@promise(
    task=2,
    usually=beliefs.FAILURES_DO_NOT_COUNT,
    hints=(
        "Who waited for a request that failed? How long?",
        "A failed sample is in every number of the Summary, and in `failures` as well.",
        "failures = sum(sample.failed for sample in samples). Leave no sample out anywhere.",
    ),
)
def test_failed_requests_count(chapter: Attempt) -> None:
    """Failed requests are counted, and their latencies are among the others."""
    sample = chapter.Sample
    for groups, expected in (
        ([[sample(0, 0, 1), sample(0, 0, 9, True)]], (2, 1, 1, 9, 9)),
        ([[sample(0, 0, 1)], [sample(0, 0, 2, True), sample(0, 0, 3, True)]], (3, 2, 2, 3, 3)),
        ([[sample(0, 0, 4, True)]], (1, 1, 4, 4, 4)),
    ):
        texts = [f"{s.latency} s{' (failed)' if s.failed else ''}" for g in groups for s in g]
        got = summarised(chapter, groups)
        same(
            f"The latencies: {', '.join(texts)}. summarise() returned:",
            expected=chapter.Summary(*expected),
            got=got,
        )


@promise(
    task=2,
    usually=beliefs.EACH_GROUP_HAS_SOME,
    hints=(
        "One client could not connect. What has it measured?",
        "Never work on one group alone: it may be empty. Work on the list of all samples.",
        "samples = [sample for group in groups for sample in group], before anything else.",
    ),
    hints_if={
        "once": (
            "How often can you iterate over a generator?",
            "Make a list of all samples first, in one go. Then use only that list.",
            "samples = [sample for group in groups for sample in group], before anything else.",
        )
    },
)
def test_groups_may_be_empty(chapter: Attempt) -> None:
    """A group may be empty. Groups are iterated over once: they may be generators."""
    for groups in ([[], [1, 2]], [[1, 2], []], [[], [1], [], [2]]):
        got = summarised(chapter, made(chapter, groups))
        same(
            f"The latencies of the groups: {groups}. summarise() returned:",
            expected=chapter.Summary(2, 0, 1, 2, 2),
            got=got,
        )
    sample = chapter.Sample
    lists = [[sample(0, 0, 1), sample(0, 0, 2, True)], [sample(0, 0, 3)]]
    iterators = (iter(group) for group in lists)
    expected = summarised(chapter, lists)
    got = summarised(chapter, iterators)
    same(
        "Two lists of samples, and the same samples from two iterators. The second time, summarise() "
        "returned:",
        expected=expected,
        got=got,
        usually=None,
        clue="once",
    )


@promise(
    task=2,
    usually=beliefs.SENT_IS_DUE,
    hints=(
        "A Sample knows two durations. Which of them begins at `due`?",
        "service_time begins when the request was sent; latency begins when it was due.",
        "latencies = [sample.latency for sample in samples]",
    ),
)
def test_summary_is_of_latencies(chapter: Attempt) -> None:
    """The times of a Summary are latencies: from `due`, not from `sent`."""
    for due, sent, answered in ((10, 14, 15), (10, 10.5, 10.5625)):
        got = summarised(chapter, [[chapter.Sample(due, sent, answered)]])
        latency = answered - due
        same(
            f"One request: due at {due}, sent at {sent}, answered at {answered}. The result:",
            expected=chapter.Summary(1, 0, latency, latency, latency),
            got=got,
            usually=beliefs.SENT_IS_DUE if is_from_sent(got, due, sent, answered) else None,
        )


@promise(
    task=3,
    usually=beliefs.TOTAL_IS_WORK,
    hints=(
        "serve() has called parse(). Which of them is at work at that moment?",
        "Only the last function of a stack can be at work. The others wait for it to return.",
        "own = Counter(); for each stack: own[stack[-1]] += 1, if the stack is not empty.",
    ),
)
def test_own_is_of_the_last(chapter: Attempt) -> None:
    """`own` counts the stacks in which a function is the last."""
    for stacks, expected in (
        ([("serve", "parse")], {"serve": 0, "parse": 1}),
        ([("serve",), ("serve", "parse")], {"serve": 1, "parse": 1}),
        ([("a", "b", "c"), ("a", "b"), ("a", "c"), ("a", "b")], {"a": 0, "b": 2, "c": 2}),
        ([("a", "walk", "walk")], {"a": 0, "walk": 1}),
        ([("a",)] * 7, {"a": 7}),
    ):
        got = {name: own for name, own, _total in tallied(chapter, stacks)}
        got = {name: got.get(name, 0) for name in expected}
        same(f"{stacks}. `own` of each function:", expected=expected, got=got)


@promise(
    task=3,
    usually=beliefs.ONCE_FOR_EACH_CALL,
    hints=(
        "A function is twice in one stack. How many moments is that?",
        "Count each name of a stack once: a set has each name once.",
        "total.update(set(stack)), for each stack.",
    ),
)
def test_total_counts_a_stack_once(chapter: Attempt) -> None:
    """`total` counts the stacks in which a function is, once each, wherever it is."""
    for stacks, expected in (
        ([("a", "b"), ("a",), ("b",)], {"a": 2, "b": 2}),
        ([("a",)] * 7, {"a": 7}),
        ([("walk", "walk", "walk")], {"walk": 1}),
        ([("a", "walk", "b", "walk"), ("a",), ("b",)], {"a": 2, "walk": 1, "b": 2}),
    ):
        got = {name: total for name, _own, total in tallied(chapter, stacks)}
        got = {name: got.get(name, 0) for name in expected}
        repeats = any(len(set(stack)) < len(stack) for stack in stacks)
        reason = beliefs.ONCE_FOR_EACH_CALL if repeats else None
        same(f"{stacks}. `total` of each function:", expected=expected, got=got, usually=reason)


@promise(
    task=3,
    usually=beliefs.ONLY_LEAVES_COUNT,
    hints=(
        "Which names are in the stacks? Which of them are in your list?",
        "A function that only calls others has an `own` of 0, and a `total`.",
        "Make a Cost for each name in `total`. A Counter says 0 for a name that it does not have.",
    ),
)
def test_every_function_is_listed(chapter: Attempt) -> None:
    """Each function that is in a stack has one Cost, even if it was never at work itself."""
    stacks = [("serve", "parse"), ("serve", "parse"), ("serve", "log", "write")]
    got = tallied(chapter, stacks)
    names = sorted(cost[0] for cost in got)
    same(f"{stacks}. The names:", expected=["log", "parse", "serve", "write"], got=names)
    got = tallied(chapter, iter(stacks))
    same("The same from an iterator. The number of costs:", expected=4, got=len(got), usually=None)


@promise(
    task=3,
    usually=beliefs.COUNTER_IS_SORTED,
    hints=(
        "Which line does somebody read first who looks for the slow part?",
        "The largest `own` first. Where two are equal, the names decide, from a to z.",
        "sorted(costs, key=lambda cost: (-cost.own, cost.name))",
    ),
    hints_if={
        "equal": (
            "Two functions have the same `own`. Which of them comes first?",
            "reverse=True turns numbers and names round. A number can also be negated: -cost.own.",
            "sorted(costs, key=lambda cost: (-cost.own, cost.name))",
        ),
    },
)
def test_costs_are_in_order(chapter: Attempt) -> None:
    """The largest `own` comes first; of equal ones, the name that is first in the alphabet."""
    for stacks, expected in (
        ([("m",), ("z",), ("m",), ("z",), ("z",), ("a",)], ["z", "m", "a"]),
        ([("c",), ("a", "b"), ("a", "b"), ("a",)], ["b", "a", "c"]),
        ([("c",), ("b",), ("a",)], ["a", "b", "c"]),
        ([("b",), ("b", "a")], ["a", "b"]),
        ([("z", "y"), ("x", "y")], ["y", "x", "z"]),
    ):
        costs = tallied(chapter, stacks)
        got, owns = [cost[0] for cost in costs], [cost[1] for cost in costs]
        as_they_came = [*dict.fromkeys(name for stack in stacks for name in stack)]
        unsorted = got == as_they_came and owns != sorted(owns, reverse=True)
        same(
            f"{stacks}. The names, in order:",
            expected=expected,
            got=got,
            usually=beliefs.COUNTER_IS_SORTED if unsorted else None,
            clue="equal" if owns == sorted(owns, reverse=True) else "",
        )


@promise(
    task=3,
    usually=beliefs.ONLY_LEAVES_COUNT,
    hints=(
        "What is the last name of a stack that has none?",
        "() is empty: it has no last name, and nothing to count.",
        "stack[-1:] is the last name in a tuple of its own, or (): own.update(stack[-1:])",
    ),
)
def test_empty_stack_counts_for_nobody(chapter: Attempt) -> None:
    """An empty stack adds nothing. Without any stack, the list is empty."""
    for stacks, expected in (([()], []), ([], []), ([(), ("a",), ()], [("a", 1, 1)])):
        got = described(partial(chapter.tally, stacks))
        same(f"tally({stacks}) returned:", expected=expected, got=got, usually=None)


@promise(
    task=4,
    usually=beliefs.MISSING_REMEMBERS,
    hints=(
        "When does Python call __missing__() again for the same key?",
        "Python does not store what __missing__() returns. Who has to?",
        "self[key] = value, before you return the value.",
    ),
    hints_if={
        "once": (
            "How often does one look need make()?",
            "Keep in a variable what make() has returned. You need it twice.",
            "value = self.make(key), once. Then len(value), and return value.",
        ),
        "empty": (
            "Which values does Python take for false?",
            "An empty value is a value: it is remembered like any other.",
            "Compare len(value) with self.longest, and do not ask whether `value` is true.",
        ),
        "length": (
            "make() has returned something. What may be too long: this, or the key?",
            "A key need not have a length: it may be a number. The limit is for the value.",
            "value = self.make(key); if len(value) <= self.longest: …",
        ),
        "value": (
            "What does values[key] have to be?",
            "The value that make() has returned, whether it is remembered or not.",
            "value = self.make(key), at the beginning, and return value, at the end.",
        ),
        "again": ASKS_ITSELF,
    },
)
def test_value_is_made_once(chapter: Attempt) -> None:
    """values[key] is make(key). make() is called for the first look only."""
    for key, value in (("a", "A"), (("x", "y"), b"xy"), ("", ""), (0, ())):
        made, calls = remembering(chapter, {key: value})
        got = [described(lambda: made[key]) for _ in range(3)]  # noqa: B023
        same(
            f"make({key!r}) returns {value!r}. values[{key!r}], three times:",
            expected=[value] * 3,
            got=got,
            usually=None,
            clue="length" if "has no len()" in str(got[0]) else asks_itself(got) or "value",
        )
        is_kept = calls != [key] * 3
        clue = "once" if is_kept else "" if value else "empty"
        same(
            f"values[{key!r}] was asked for three times. The calls of make():",
            expected=[key],
            got=calls,
            usually=None if clue else beliefs.MISSING_REMEMBERS,
            clue=clue,
        )
    made, calls = remembering(chapter, {key: key.upper() for key in "abc"})
    got = [made[key] for key in "abcabc"]
    same(
        "The values of a, b, c, a, b, c:",
        expected=list("ABCABC"),
        got=got,
        usually=None,
        clue="value",
    )
    same("The calls of make():", expected=list("abc"), got=calls)


@promise(
    task=4,
    usually=beliefs.NUMBER_IS_SIZE,
    hints=(
        "Who decides how long a value is? How much memory do a thousand of the longest need?",
        "Compare the length of the value with self.longest. It has to be returned in any case.",
        "if len(value) <= self.longest: remember it.",
    ),
    hints_if={
        "value": (
            "A value is too long to be remembered. Who wants it all the same?",
            "The value is returned in every case. Only storing it depends on its length.",
            "Put `return value` after the `if`, not in it.",
        ),
        "again": ASKS_ITSELF,
        "allowed": (
            "How long may a value be that is remembered?",
            "At most `longest`: a value of exactly this length is remembered.",
            "if len(value) <= self.longest: with <=, and with self.longest, not MAX_LENGTH.",
        ),
    },
)
def test_long_value_is_not_remembered(chapter: Attempt) -> None:
    """A value of at most `longest` is remembered. A longer one is made again each time."""
    for longest, length in ((5, 5), (5, 1), (0, 0), (300, 300)):
        made, _calls = remembering(chapter, {"k": "v" * length}, longest=longest)
        described(lambda: made["k"])  # noqa: B023
        holds(
            f"`longest` is {longest}. A value of length {length} was not remembered.",
            "k" in made,
            usually=None,
            clue="allowed",
        )
    for longest, length in ((5, 6), (5, 5000), (0, 1), (300, 301)):
        made, calls = remembering(chapter, {"k": "v" * length}, longest=longest)
        got = [described(lambda: made["k"]) for _ in range(2)]  # noqa: B023
        holds(
            f"`longest` is {longest}. A value of length {length} was remembered.",
            "k" not in made,
            expected={},
            got=dict(made),
        )
        same(
            f"`longest` is {longest}. A value of length {length}, asked for twice:",
            usually=None,
            expected=["v" * length] * 2,
            got=got,
            clue=asks_itself(got) or "value",
        )
        same(
            "make() was called, for two looks, with:", expected=["k", "k"], got=calls, usually=None
        )
    made, _calls = remembering(chapter, {"a": "A", "long": "v" * 9}, longest=5)
    got = [made["a"], made["long"]]
    holds(
        "After a value that is too long, an earlier one was forgotten.", "a" in made, usually=None
    )
    keys = [f"k{number}" for number in range(8)]
    made, _calls = remembering(chapter, dict.fromkeys(keys, "v" * 5), longest=5)
    _values = [described(lambda key=key: made[key]) for key in keys]  # type: ignore[misc]
    same(
        "`longest` is 5. Eight values have this length. These are remembered:",
        expected=keys,
        got=sorted(made),
        usually=None,
        clue="allowed",
    )


@promise(
    task=4,
    usually=beliefs.MEMORY_MAY_GROW,
    hints=(
        "A client invents a new key for each request. How many are remembered after a million?",
        "Before you store a new key: if there are `most` keys already, clear() the dictionary.",
        "if len(self) >= self.most: self.clear(). Then self[key] = value.",
    ),
    hints_if={
        "early": (
            "How many keys may there be at most?",
            "Forget only when there is no room for one more. `most` keys are allowed.",
            "if len(self) >= self.most: self.clear(), before self[key] = value.",
        ),
        "no room": (
            "The value was too long to be remembered. For what did the other keys have to go?",
            "Make room only for a value that you then store: look at its length first.",
            "if len(value) <= self.longest: and in it, if len(self) >= self.most: self.clear()",
        ),
        "full": (
            "How many keys are there directly after a new one has been stored?",
            "There is no room for one more if there are `most` keys already, not when there are more.",
            "if len(self) >= self.most: self.clear(), with >=, before self[key] = value.",
        ),
        "cleared": (
            "What is in the dictionary after clear()? What should be in it?",
            "First make room, then store the new key: it is the one that was asked for last.",
            "self.clear() comes before self[key] = value, and removes all keys.",
        ),
    },
)
def test_number_of_keys_is_bounded(chapter: Attempt) -> None:
    """There are at most `most` keys. When one more comes, and only then, all others are forgotten."""
    for most in (1, 3, 4):
        keys = [f"k{number}" for number in range(2 * most + 1)]
        values = dict(zip(keys, keys, strict=True))
        made, _calls = remembering(chapter, values, most=most)
        for key in keys:
            described(lambda: made[key])  # noqa: B023
        grows = len(made) > most + 1
        made, _calls = remembering(chapter, values, most=most)
        for number, key in enumerate(keys):
            got = described(lambda: made[key])  # noqa: B023
            what = f"`most` is {most}. {number + 1} different keys were asked for."
            same(f"{what} The value of the last one:", expected=key, got=got, usually=None)
            holds(
                f"{what} So many are remembered:",
                len(made) <= most,
                expected=Literally(f"at most {most}"),
                got=len(made),
                usually=beliefs.MEMORY_MAY_GROW if grows else None,
                clue="" if grows else "full",
            )
            remembered = keys[number - number % most : number + 1]
            clue = "early" if len(made) < len(remembered) and key in made else "cleared"
            same(
                f"{what} These are remembered:",
                expected=sorted(remembered),
                got=sorted(made),
                usually=None,
                clue=clue,
            )
    made, _calls = remembering(chapter, {"a": "A", "long": "v" * 9}, most=1, longest=5)
    _values = [described(lambda key=key: made[key]) for key in ("a", "long")]  # type: ignore[misc]
    same(
        "`most` is 1. After 'a', a value was asked for that is too long. These are remembered:",
        expected=["a"],
        got=sorted(made),
        usually=None,
        clue="no room",
    )


@promise(
    task=4,
    usually=beliefs.FAILURE_IS_A_VALUE,
    hints=(
        "make() raises an error. What does the caller have to know?",
        "Do not catch it. Nothing is stored, because there is nothing to store.",
        "value = self.make(key), without `try`. What follows is not reached.",
    ),
    signs={KeyError: beliefs.FAILURE_IS_A_VALUE},
)
def test_error_is_not_remembered(chapter: Attempt) -> None:
    """If make() raises an error, it passes through, and nothing changes."""
    for error in (ValueError("not a host"), TypeError("wrong")):
        made, calls = remembering(chapter, {"a": "A", "bad": error}, most=1)
        got = made["a"]
        for _ in range(2):
            with refusal(f"make() raised {type(error).__name__}. values['bad']", type(error)):
                made["bad"]
        same("The calls of make():", expected=["a", "bad", "bad"], got=calls, usually=None)
        same("What is remembered:", expected={"a": got}, got=dict(made), usually=None)


@promise(
    task=5,
    usually=beliefs.FAST_PATH_JUDGES,
    hints=(
        "What ends a line of a head? How does an octet become a character?",
        "Decode the head as latin-1, and split it at CR LF. n lines have n - 1 of them in between.",
        "lines = head.decode('latin-1').split('\\r\\n'); compare translate() with "
        "b'\\r\\n' * (len(lines) - 1).",
    ),
    hints_if={
        beliefs.HEADS_ARE_UTF8: LATIN_1,
        beliefs.SPLITLINES_KNOWS: LINE_ENDS,
        "ends": LINE_ENDS,
        "number": (
            "How many CR LF are in this head? How many did your code want to be left?",
            "n lines have n - 1 CR LF between them. A head of one line has none.",
            "Compare with b'\\r\\n' * (len(lines) - 1).",
        ),
    },
)
def test_lines_of_a_good_head(chapter: Attempt) -> None:
    """lines_of() returns the lines of a good head as text, without their CR LF."""
    for head, expected in (
        (b"GET / HTTP/1.1\r\nHost: a", ["GET / HTTP/1.1", "Host: a"]),
        (b"GET / HTTP/1.1", ["GET / HTTP/1.1"]),
        (b"a\r\nb\r\nc\r\nd", ["a", "b", "c", "d"]),
        (b"A: caf\xe9", ["A: caf\xe9"]),
        (b"A: \xc3\xa9", ["A: \xc3\xa9"]),
        (b"A: a\x85b", ["A: a\x85b"]),
        (b"", [""]),
        (b"a\r\n", ["a", ""]),
        (b"a\r\n\r\nb", ["a", "", "b"]),
        (b"\tX: a\tb \r\n c", ["\tX: a\tb ", " c"]),
        (b"A: \xa0\x85", ["A: \xa0\x85"]),
    ):
        got = described(partial(chapter.lines_of, head))
        is_cut = isinstance(got, list) and len(got) != len(expected)
        is_text = head.decode("utf-8", "ignore").split("\r\n") == got
        reason = beliefs.HEADS_ARE_UTF8 if is_text and not is_cut else None
        if is_cut or (got is None and b"\x85" in head):
            reason = beliefs.SPLITLINES_KNOWS if splits_at_0x85(chapter) else None
        is_counted = got is None and head.isascii() and head and len(expected) != 2
        clue = "ends" if is_cut else "number" if is_counted else ""
        judge_lines(head, got, expected, reason, clue)
    for octet in [9, *range(0x20, 0x7F), *range(0x80, 0x100)]:
        lines_are(chapter, b"a%cb\r\nc" % octet, [f"a{chr(octet)}b", "c"], None)


@promise(
    task=5,
    usually=beliefs.FAST_MAY_BE_LAX,
    hints=(
        "Which octets may a line have? Where are they listed?",
        "head.translate(None, FIELD_VALUE) removes the good ones. What is left must be line ends.",
        "if head.translate(None, FIELD_VALUE) != b'\\r\\n' * (len(lines) - 1): return None",
    ),
)
def test_control_characters_are_not_ordinary(chapter: Attempt) -> None:
    """A head with a control character other than tab, CR and LF gives None, and raises nothing."""
    for octet in [0, 7, 8, 0x0B, 0x0C, 0x1F, 0x7F]:
        for head in (b"GET / HTTP/1.1\r\nX: a%cb" % octet, b"%c" % octet, b"a\r\nb\r\n%c" % octet):
            lines_are(chapter, head, None)


@promise(
    task=5,
    usually=beliefs.PAIRS_ARE_LEFT,
    hints=(
        "How many line ends did split() find? How many CR and LF are in the head?",
        "What translate() leaves has to be CR LF, once for each place between two lines, and no more.",
        "if head.translate(None, FIELD_VALUE) != b'\\r\\n' * (len(lines) - 1): return None",
    ),
)
def test_lone_line_ends_are_not_ordinary(chapter: Attempt) -> None:
    """A CR or LF that is not part of a CR LF gives None, wherever it is."""
    reason = beliefs.SPLITLINES_KNOWS if splits_at_0x85(chapter) else None
    for head in (
        b"a\nb",
        b"a\rb",
        b"\n",
        b"\r",
        b"a\r\nb\n",
        b"a\r\nb\rc\r\nd",
        b"\n\r",
        b"a\n\rb",
    ):
        lines_are(chapter, head, None, reason or beliefs.ALONE_IS_HARMLESS)
    for head in (b"a\rb\nc", b"a\r\nb\rc\nd", b"\r \n", b"a\r\r\n\nb", b"a\r\r\nb", b"a\r\n\nb"):
        lines_are(chapter, head, None, reason or beliefs.PAIRS_ARE_LEFT)


@promise(
    task=5,
    usually=beliefs.LINE_BY_LINE,
    hints=(
        "How many calls does your function make for a head of 10 lines? And of 80?",
        "decode(), split() and translate() are called once each, for all of the head.",
        "No loop, and nothing that calls a function for each line: compare once, for the whole head.",
    ),
    hints_if={
        beliefs.DECODED_BY_ITSELF: (
            "How many calls of decode() does your function make for a head of 80 lines?",
            "A text can be split as well as octets. So what comes first?",
            "lines = head.decode('latin-1').split('\\r\\n')",
        ),
        "cuts": (
            "How many lines does one call of your function cut off?",
            "split() cuts at all line ends in one call.",
            "lines = head.decode('latin-1').split('\\r\\n'), and no loop.",
        ),
    },
)
def test_number_of_calls_does_not_grow(chapter: Attempt) -> None:
    """lines_of() makes as many calls for a head of 80 lines as for a head of 10."""
    few, many = (
        calls_of(partial(chapter.lines_of, b"\r\n".join([b"X: y"] * count))) for count in (10, 80)
    )
    more = many - few
    if more.keys() == {"decode"}:
        reason, clue = beliefs.DECODED_BY_ITSELF, ""
    elif more.keys() <= {"append", "decode", "find", "index", "partition", "startswith"}:
        reason, clue = None, "cuts"
    else:
        reason, clue = beliefs.LINE_BY_LINE, ""
    holds(
        f"lines_of() made {few.total()} calls for a head of 10 lines, and {many.total()} for one of "
        "80.",
        few.total() == many.total(),
        usually=reason,
        clue=clue,
        expected=Literally("the same number"),
        got=Literally(f"more calls of {', '.join(sorted(more))}"),
    )


# What the promises use


def pauses(chapter: Attempt) -> bool:
    """Whether a late answer moves the next call: it comes an interval after the one before."""
    first, second = [*Run(chapter, [2, 0], 8).asked, 0, 0][:2]
    return second - first == 2.125


def shown(durations: Sequence[float]) -> str:
    """Return durations as text."""
    return ", ".join(map(str, durations))


def lines_are(
    chapter: Attempt,
    head: bytes,
    expected: list[str] | None,
    reason: Reason = NOT_GIVEN,
) -> None:
    """Require what lines_of() returns for a head. It never raises an error."""
    judge_lines(head, described(partial(chapter.lines_of, head)), expected, reason)


def judge_lines(
    head: bytes, got: object, expected: list[str] | None, reason: Reason, clue: str = ""
) -> None:
    """Require what lines_of() has returned for a head."""
    if isinstance(got, Raised):
        is_of_text = got.startswith("UnicodeDecodeError")
        reason = beliefs.HEADS_ARE_UTF8 if is_of_text else beliefs.FAST_PATH_JUDGES
    same(f"lines_of({head!r}) returned:", expected=expected, got=got, usually=reason, clue=clue)


def splits_at_0x85(chapter: Attempt) -> bool:
    """Whether 0x85 ends a line, as it does for str.splitlines(), and 0x84 does not."""
    got = described(partial(chapter.lines_of, b"a\x85b"))
    return got in (None, ["a", "b"]) and described(partial(chapter.lines_of, b"a\x84b")) == [
        "a\x84b"
    ]


def asks_itself(got: Sequence[object]) -> str:
    """Return the clue for values that were looked up again and again, until Python gave up."""
    return "again" if str(got[0]).startswith("RecursionError") else ""


class Clock:
    """A clock on which time passes when somebody sleeps, or when a request is being answered."""

    def __init__(self, late: float) -> None:
        self.now = START
        self.late = late  # how much longer each sleep takes
        self.refused: list[float] = []

    def __repr__(self) -> str:
        return "the check's clock"

    def monotonic(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        if seconds < 0:
            self.refused.append(seconds)  # and goes on: only one promise is about this
        self.now += max(seconds, 0) + (self.late if seconds > 0 else 0)


class Run:
    """A call of paced(), and all that can be known of it. Moments are seconds from the start."""

    def __init__(
        self, chapter: Attempt, durations: Sequence[Any], rate: float, late: float = 0
    ) -> None:
        self.clock = Clock(late)
        self.rate = rate
        self.durations = durations
        self.asked: list[float] = []  # when ask() was called
        self.slept_for_real = False
        self.raised: BaseException | None = None
        self.got: Any = None
        with mock.patch.object(time, "sleep", self.sleep):
            try:
                self.got = chapter.paced(self.ask, rate, len(durations), self.clock)
            except NotImplementedError:
                raise
            except (OSError, ValueError, KeyError, RuntimeError, KeyboardInterrupt) as error:
                meant = [answer_of(duration)[1] for duration in durations]
                if error not in meant:
                    raise
                self.raised = error
        self.samples = self.got if isinstance(self.got, list) else []

    def sleep(self, _seconds: float) -> None:
        """Note that somebody wants to sleep on another clock."""
        self.slept_for_real = True

    def ask(self) -> None:
        """Take as long as the next answer takes."""
        self.asked.append(self.clock.now - START)
        if len(self.asked) > len(self.durations):
            return
        duration, error = answer_of(self.durations[len(self.asked) - 1])
        self.clock.now += duration
        if error is not None:
            raise error

    @property
    def has_samples(self) -> bool:
        """Whether the result is a list of as many samples as calls were wanted."""
        return isinstance(self.got, list) and len(self.got) == len(self.durations)

    @property
    def is_elsewhere(self) -> bool:
        """Whether another clock than the given one was used."""
        dues = [sample.due for sample in self.samples if hasattr(sample, "due")]
        return self.slept_for_real or any(abs(due - START) > 1000 for due in dues)

    @property
    def reason(self) -> Reason:
        """The misconception behind a wrong moment."""
        return beliefs.ITS_OWN_CLOCK if self.is_elsewhere else beliefs.RATE_IS_A_PAUSE

    @property
    def clue(self) -> str:
        """What tells failures apart."""
        return "clock" if self.is_elsewhere else ""

    def column(self, name: str) -> list[Any]:
        """Return one attribute of all samples: a moment from the start, or `failed`."""
        found = [getattr(sample, name) for sample in self.samples]
        return found if name == "failed" else [moment - START for moment in found]

    def expected(self, name: str) -> list[float]:
        """Return what column() should be."""
        now, moments = 0.0, []
        for number, duration in enumerate(self.durations):
            due = number / self.rate
            if now < due:
                now = due + self.clock.late
            sent = now
            now += answer_of(duration)[0]
            moments.append({"due": due, "sent": sent, "answered": now}[name])
        return moments


def answer_of(duration: Any) -> tuple[float, BaseException | None]:
    """Return how long an answer takes, and the error that comes instead of it."""
    return duration if isinstance(duration, tuple) else (duration, None)


def made(chapter: Attempt, groups: Iterable[Iterable[float]]) -> list[list[Any]]:
    """Return groups of samples that have these latencies. Nothing else of them is like it."""
    return [[chapter.Sample(50.0, 50.0, 50.0 + latency) for latency in group] for group in groups]


def ranked(values: Sequence[float], percent: int) -> float:
    """Return a percentile, as percentile() should."""
    return sorted(values)[-(-len(values) * percent // 100) - 1]


def summarised(chapter: Attempt, groups: Iterable[Iterable[Any]]) -> object:
    """Return what summarise() returns with a percentile() that is right, whatever the chapter's is."""

    def percentile(values: Iterable[float], percent: int) -> float:
        return ranked(list(values), percent)

    with mock.patch.dict(chapter.summarise.__globals__, percentile=percentile):
        return described(partial(chapter.summarise, groups))


def is_from_sent(got: object, due: float, sent: float, answered: float) -> bool:
    """Whether the times of a Summary begin or end at `sent`."""
    return isinstance(got, tuple) and len(got) == 5 and got[2] in (answered - sent, sent - due)


def tallied(chapter: Attempt, stacks: Iterable[tuple[str, ...]]) -> list[tuple[str, int, int]]:
    """Return what tally() returns, which has to be a list of costs."""
    got = described(lambda: chapter.tally(stacks))
    is_list = isinstance(got, list) and all(isinstance(cost, tuple) for cost in got)
    holds(
        "tally() returned:", is_list, expected=Literally("a list of Costs"), got=got, usually=None
    )
    assert isinstance(got, list)
    holds(
        "tally() returned a list of:",
        all(isinstance(cost, chapter.Cost) for cost in got),
        expected=Literally("Costs"),
        got=Literally("other tuples"),
        usually=None,
    )
    return [tuple(cost) for cost in got]


def remembering(
    chapter: Attempt, values: dict[Any, Any], most: int = 10, longest: int = 100
) -> tuple[Any, list[Any]]:
    """Return a Remembered that makes these values, or raises them, and the calls of its make()."""
    calls: list[Any] = []

    def make(key: Any) -> Any:
        calls.append(key)
        if isinstance(values[key], Exception):
            raise values[key]
        return values[key]

    return chapter.Remembered(make, most, longest), calls


def calls_of(call: Callable[[], object]) -> Counter[str]:
    """Return how many calls are made of each function, whether it is written in Python or not."""
    counts: Counter[str] = Counter()

    def note(frame: FrameType, event: str, function: Any) -> None:
        if event == "call":
            counts[frame.f_code.co_name] += 1
        elif event == "c_call":
            counts[function.__name__] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(before)
    return counts


TASKS = {
    1: "paced",
    2: "percentile, summarise",
    3: "tally",
    4: "Remembered.__missing__",
    5: "lines_of",
}
