"""Writes reports into files, for other programs and web pages: JSON, JUnit XML, Markdown."""

from __future__ import annotations

import json
import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from course import TITLE
from course.model.copies import write_in_one_step
from course.model.errors import CourseError, UsageError
from course.model.progress import Kind
from course.reports.outline import frame
from course.reports.report import Report
from course.reports.terminal import as_text

# What XML 1.0 does not allow in a text (section 2.2).
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def refuse_unwritable(file: Path) -> None:
    """Raise UsageError if a file could not be written later: before the work, not after it."""
    target = file.resolve()
    if target.is_dir() or not target.parent.is_dir():
        raise UsageError(f"{file} cannot be written: {target.parent} has no place for it.")
    is_special = target.exists() and not target.is_file()  # a pipe, or /dev/stdout
    needed = [target] if is_special else [target.parent, target]  # the new file is made beside it
    if not all(os.access(path, os.W_OK) for path in needed if path.exists()):
        raise UsageError(f"{file} cannot be written: permission denied.")


def write(file: Path, text: str) -> None:
    """Write a file in one step: it holds all of the text, or what it held before.

    What UTF-8 cannot encode is escaped. Raises CourseError, with the reason, if it cannot be written.
    """
    content = text.encode("utf-8", "backslashreplace")
    try:
        if file.exists() and not file.is_file():  # a pipe, or /dev/stdout
            file.write_bytes(content)
        else:
            write_in_one_step(file, content)
    except OSError as error:
        raise CourseError(f"{file} could not be written: {error.strerror}.") from None


def as_json(reports: Sequence[Report]) -> str:
    """Return every verdict; docs/teaching.md describes the fields."""
    found = [
        {
            "chapter": each.chapter.number,
            "slug": each.chapter.slug,
            "question": each.chapter.question,
            "kept": len(each.of(Kind.KEPT)),
            "promises": len(each.verdicts),
            "seconds": round(each.seconds, 2),
            "verdicts": [
                {
                    "test": verdict.test,
                    "task": verdict.task,
                    "promise": verdict.sentence,
                    "kind": verdict.kind.value,
                    "line": verdict.line,
                    "reason": verdict.reason.id if verdict.reason else "",
                    "seconds": round(verdict.seconds, 3),
                }
                for verdict in each.verdicts
            ],
            "skipped": sorted(set(each.skipped.values())),
        }
        for each in reports
    ]
    return json.dumps({"course": TITLE, "chapters": found}, indent=1, ensure_ascii=False) + "\n"


def as_junit(reports: Sequence[Report]) -> str:
    """Return JUnit XML: a suite is a chapter, a case is a promise; what is to do counts as skipped."""
    root = ET.Element("testsuites", name=TITLE)
    for each in reports:
        suite = ET.SubElement(
            root,
            "testsuite",
            name=f"{each.chapter.number} {each.chapter.slug}",
            tests=str(len(each.verdicts)),
            failures=str(len(each.of(Kind.BROKEN))),
            errors=str(len(each.of(Kind.NOT_CHECKED))),
            skipped=str(len(each.of(Kind.TO_DO))),
            time=f"{each.seconds:.3f}",
        )
        unkept = each.of(Kind.BROKEN, Kind.NOT_CHECKED)
        first = {verdict.task: verdict for verdict in reversed(unkept)}
        for verdict in each.verdicts:
            case = ET.SubElement(
                suite,
                "testcase",
                classname=f"{each.chapter.stem}.task{verdict.task}",
                name=legal(verdict.sentence),
                time=f"{verdict.seconds:.3f}",
            )
            if verdict.kind is Kind.TO_DO:
                ET.SubElement(case, "skipped", message=legal(verdict.line))
            elif verdict.kind is not Kind.KEPT:
                tag = "failure" if verdict.kind is Kind.BROKEN else "error"
                outcome = ET.SubElement(case, tag, message=legal(verdict.line))
                outcome.set("type", verdict.reason.id if verdict.reason else verdict.kind.value)
                in_full = frame(each.chapter, verdict, is_first=first[verdict.task] is verdict)
                outcome.text = legal(as_text([in_full]))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def legal(text: str) -> str:
    """Return a text as XML may hold it."""
    return ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)


def as_markdown(reports: Sequence[Report]) -> str:
    """Return the progress as a table, and below it the first broken promise of each chapter."""
    lines = [f"## {TITLE}: progress", "", "| | chapter | promises kept | |", "|---|---|---|---|"]
    for each in reports:
        figures = f"{len(each.of(Kind.KEPT))} of {len(each.verdicts)}"
        name = f"**{each.chapter.slug}** {cell(each.chapter.question)}"
        lines.append(f"| {each.chapter.number} | {name} | {figures} | {_standing(each)} |")
    for each in reports:
        if verdict := each.first_broken:
            lines += ["", f"### Chapter {each.chapter.number}, task {verdict.task}", ""]
            in_full = as_text([frame(each.chapter, verdict)])
            lines += [f"    {line}".rstrip() for line in in_full.splitlines()]
    return "\n".join([*lines, ""])


def _standing(each: Report) -> str:
    if each.of(Kind.NOT_CHECKED):
        return "✗ cannot be read"
    if broken := len(each.of(Kind.BROKEN)):
        return f"✗ {broken} broken"
    if len(each.of(Kind.KEPT)) == len(each.verdicts):
        return "✓ done"
    return "to do" if len(each.of(Kind.TO_DO)) == len(each.verdicts) else "begun"


def cell(text: str) -> str:
    """Return a text that stays what it is in a Markdown table: one cell, and no markup."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#!&" else c for c in " ".join(text.split()))


FORMS: Mapping[str, Callable[[Sequence[Report]], str]] = {
    "json": as_json,
    "junit": as_junit,
    "markdown": as_markdown,
}
