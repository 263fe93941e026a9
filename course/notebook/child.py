"""The process in which a cell has a chapter checked: what comes of it leaves as lines of JSON."""

from __future__ import annotations

import json
import os
import sys

from rich.text import Text

from course.commands.watch.orders import Begun, Checked, News, Order, Refused, serve
from course.model.chapters import find, shown

from .page import page


def main() -> None:
    """Check the chapter that the command line names, and end."""
    serve(_Lines(sys.argv[1]))


class _Lines:
    """Brings one order, and writes each piece of news to what was the standard output."""

    def __init__(self, stem: str) -> None:
        self._chapter = find(stem)
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")

    def recv(self) -> Order:
        return Order("check", self._chapter.stem)

    def send(self, news: News) -> None:
        print(json.dumps(self._fields(news)), file=self._out, flush=True)

    def _fields(self, news: News) -> dict[str, str]:
        if isinstance(news, Begun):
            return {"at": news.sentence}
        if isinstance(news, Refused):
            return {"refused": news.line}
        assert isinstance(news, Checked)
        heading = Text(f" Chapter {self._chapter.number} · {self._chapter.question}", style="bold")
        file = Text(f" {shown(self._chapter.workbench)}", style="dim")
        report = page([heading, file, "", *news.parts])
        return {"text": report.text, "body": report.body}


if __name__ == "__main__":
    main()
