"""What crosses the border between processes: orders one way, news the other, as lines of JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from course.checks import blocks
from course.checks.answers import Missing
from course.checks.promises import Misconception
from course.checks.steps import ReplayStep
from course.checks.verdict import Verdict
from course.model.progress import Kind

CONTROL = "control"  # the test that nobody can keep


@dataclass(frozen=True)
class Limits:
    """What a suite may use; None means no limit.

    - `silence`: seconds between two pieces of news;
    - `seconds`: in all;
    - `memory`: bytes that it holds together with all that it started;
    - `processes`: how many it may have at a time.
    """

    silence: float | None = 10.0  # the engine gives one promise 2.5 s, and grace
    seconds: float | None = None
    memory: int | None = None
    processes: int | None = None


@dataclass(frozen=True)
class Order:
    """Which suite to run on which answers.

    - `stem` names the chapter, `answers` the folder of chapter files;
    - `task`: only the promises of this task;
    - `stop_early`: end at the first promise that is not kept;
    - `controls`: after each promise comes one that nobody can keep;
    - `recorded`: record the steps of this test, send them, and end;
    - `folder`: where the answers are at home, if not in the root of the course;
    - `writable`: where the system can do so, let the suite write only below these folders, and read
      nothing of other processes. Empty means no such limits.
    """

    stem: str
    answers: str = "chapters"
    task: int | None = None
    stop_early: bool = False
    controls: bool = False
    recorded: str = ""
    folder: str = ""
    writable: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Begun:
    """The check of one promise has begun: the `number`th of `total`, counted from 1."""

    number: int
    total: int
    sentence: str


@dataclass(frozen=True)
class Judged:
    """The check of one promise has ended."""

    verdict: Verdict


@dataclass(frozen=True)
class Replayed:
    """What was recorded of a promise: its steps, of which `dropped` are left out in the middle."""

    steps: tuple[ReplayStep, ...]
    dropped: int


@dataclass(frozen=True)
class Skipped:
    """A promise is not checked on this system."""

    test: str
    reason: str


@dataclass(frozen=True)
class Refused:
    """The suite itself cannot be run."""

    why: str


@dataclass(frozen=True)
class Finished:
    """Every promise has had its turn."""

    seconds: float


class Cause(StrEnum):
    """Why a suite ended."""

    ITSELF = "itself"
    STOPPED = "stopped"
    SILENCE = "silence"
    TIME = "time"
    MEMORY = "memory"
    PROCESSES = "processes"
    ALTERED = "altered"  # a promise that nobody can keep was found kept


@dataclass(frozen=True)
class Ended:
    """The last piece of news. `status` is the exit status, of a signal if negative.

    `left` counts the processes that the suite had started and that were still running.
    """

    how: Cause
    status: int = 0
    left: int = 0


News = Begun | Judged | Replayed | Skipped | Refused | Finished | Ended
_KINDS = {kind.__name__: kind for kind in (Begun, Skipped, Refused, Finished)}


def encode(news: News | Order) -> str:
    """Return one line of JSON."""
    fields = {"news": type(news).__name__} | asdict(news)
    return json.dumps(fields, default=lambda kind: kind.value)


def decode(text: str) -> News:
    """Return the news that a line of JSON holds. Raises ValueError, KeyError or TypeError."""
    fields = json.loads(text)
    kind = fields.pop("news")
    if kind == "Judged":
        return Judged(_verdict(fields["verdict"]))
    if kind == "Replayed":
        return Replayed(**fields | {"steps": tuple(ReplayStep(**step) for step in fields["steps"])})
    if kind == "Ended":
        return Ended(Cause(fields["how"]), fields["status"], fields["left"])
    news: News = _KINDS[kind](**fields)
    return news


def decode_order(text: str) -> Order:
    """Return the order that a line of JSON holds."""
    fields = json.loads(text)
    fields.pop("news")
    limits = Limits(**fields.pop("limits"))
    return Order(**fields | {"writable": tuple(fields["writable"]), "limits": limits})


def _verdict(fields: dict[str, Any]) -> Verdict:
    reason, missing = fields["reason"], fields["missing"]
    decoded = {
        "kind": Kind(fields["kind"]),
        "blocks": tuple(map(_block, fields["blocks"])),
        "clues": tuple(fields["clues"]),
        "reason": Misconception(**reason) if reason else None,
        "missing": Missing(**missing) if missing else None,
    }
    return Verdict(**fields | decoded)


def _block(fields: dict[str, Any]) -> blocks.Block:
    if "rows" in fields:
        return blocks.Values(tuple(map(tuple, fields["rows"])))
    if "lines" in fields:
        return blocks.Code(fields["file"], tuple(map(tuple, fields["lines"])))
    return blocks.Words(**fields)
