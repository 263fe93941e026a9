"""Every check of the doctor, in the order in which a computer has to get them right."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from course.commands.doctor import installed, machine, network
from course.commands.doctor.findings import Check, Finding, bounded

STYLES = {"OK": "green", "warn": "yellow", "FAIL": "bold red"}
CHECKS: dict[str, Check] = {
    "Python": installed.python,
    "environment": installed.environment,
    "packages": installed.packages,
    "Jupyter kernel": installed.jupyter_kernel,
    "git": installed.git,
    "folder": machine.folder,
    "disk": machine.disk,
    "saves": machine.saves,
    "open files": machine.open_files,
    "terminal": machine.terminal,
    "loopback": network.loopback,
    "localhost": network.localhost,
    "IPv6": network.ipv6,
    "client ports": network.client_ports,
    "port 8000": network.port_8000,
    "port 8888": network.port_8888,
    "proxy": network.proxy,
    "kernel's table": network.kernel_table,
}
if sys.platform == "darwin":
    CHECKS["firewall"] = network.firewall


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(_options: argparse.Namespace, _console: Console) -> int:
    """Look at this machine; return 1 if a check failed."""
    return doctor()


def doctor() -> int:
    """Print a line for every check; return 1 when one of them failed, else 0."""
    console = Console(highlight=False)
    console.width = min(80, console.width)
    findings = [(subject, bounded(check)) for subject, check in CHECKS.items()]
    console.print(table(findings))
    failures = sum(finding.verdict == "FAIL" for _, finding in findings)
    warnings = sum(finding.verdict == "warn" for _, finding in findings)
    console.print(f"\n{summary(failures, warnings)}")
    return 1 if failures else 0


def table(findings: list[tuple[str, Finding]]) -> Table:
    """Lay the findings out: the verdict as a word, the subject, the fact and the advice."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=4, no_wrap=True)
    grid.add_column(width=max(len(subject) for subject, _ in findings), no_wrap=True)
    grid.add_column(overflow="fold")
    for subject, finding in findings:
        words = "\n".join(filter(None, [finding.fact, finding.advice]))
        grid.add_row(Text(finding.verdict, STYLES[finding.verdict]), Text(subject), Text(words))
    return grid


def summary(failures: int, warnings: int) -> str:
    """Say what the findings come to."""
    if failures:
        return f"{failures} FAIL: do what it says there, then run this again."
    if warnings:
        return f"You can start: nothing failed. {warnings} to know about."
    return "You can start: all is well."
