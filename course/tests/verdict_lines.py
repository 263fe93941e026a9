"""A pytest plugin: `--verdicts FILE` writes one JSON object a promise."""

import json
from pathlib import Path


def pytest_addoption(parser):
    parser.addoption("--verdicts", type=Path)


def pytest_configure(config):
    config.getoption("--verdicts").touch()
    config.pluginmanager.register(Writer(config.getoption("--verdicts")))


class Writer:
    def __init__(self, file):
        self.file = file

    def pytest_runtest_logreport(self, report):
        if verdict := getattr(report, "verdict", None):
            record = {
                "test": verdict.test,
                "kind": verdict.kind.value,
                "line": verdict.line,
                "reason": verdict.reason.id if verdict.reason else "",
                "seconds": report.duration,
            }
            with self.file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(record) + "\n")
