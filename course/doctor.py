"""`python3 -m course doctor`: can this computer run the course, and if not, what to do about it."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil
from rich.console import Console
from rich.table import Table
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements.txt"
DEADLINE = 5.0
STYLES = {"OK": "green", "warn": "yellow", "FAIL": "bold red"}


@dataclass(frozen=True)
class Finding:
    """What one check found: a verdict, the fact, and what you can do about it."""

    verdict: Literal["OK", "warn", "FAIL"]
    fact: str
    advice: str = ""


Check = Callable[[], Finding]


def run() -> int:
    """Print a line for every check; return 1 when one of them failed, else 0."""
    console = Console(highlight=False)
    console.width = min(80, console.width)
    findings = [(subject, bounded(check)) for subject, check in CHECKS.items()]
    console.print(table(findings))
    failures = sum(finding.verdict == "FAIL" for _, finding in findings)
    warnings = sum(finding.verdict == "warn" for _, finding in findings)
    console.print(f"\n{summary(failures, warnings)}")
    return 1 if failures else 0


def bounded(check: Check, deadline: float = DEADLINE) -> Finding:
    """Run a check for at most `deadline` seconds; a check that breaks is a finding too."""
    findings: list[Finding] = []

    def attempt() -> None:
        try:
            findings.append(check())
        except Exception as error:
            findings.append(Finding("warn", f"could not be checked: {error!r}"))

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(deadline)
    return findings[0] if findings else Finding("warn", f"no answer within {deadline:g} seconds")


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


def python() -> Finding:
    """Name the interpreter; one that is too old does not come this far."""
    return Finding("OK", f"{sys.version.split()[0]}, {sys.executable}")


def environment() -> Finding:
    """Check that packages come from a virtual environment."""
    if sys.prefix == sys.base_prefix:
        return Finding("warn", "none: packages come from the Python above, for all your projects")
    return Finding("OK", ".venv, the course's own" if in_own_environment() else sys.prefix)


def in_own_environment() -> bool:
    """See whether this Python is that of the course's `.venv`."""
    return Path(sys.prefix).resolve() == (ROOT / ".venv").resolve()


def packages() -> Finding:
    """Check every package of requirements.txt against its range."""
    problems = [problem for line in requirements() if (problem := package_problem(line))]
    if problems:
        again = "Delete the folder .venv, then run: python3 -m course"
        yours = "Run: python3 -m pip install -r requirements.txt"
        return Finding("FAIL", "; ".join(problems), again if in_own_environment() else yours)
    return Finding("OK", f"{len(requirements())} of requirements.txt, each in its range")


def requirements() -> list[str]:
    """Read the requirements, one a line, without their comments."""
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    return [entry for line in lines if (entry := line.partition("#")[0].strip())]


def package_problem(line: str) -> str:
    """Say what is wrong with the package that a requirement asks for; nothing when it is right."""
    from packaging.requirements import Requirement

    requirement = Requirement(line)
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return f"{requirement.name} is not installed"
    if requirement.specifier.contains(version, prereleases=True):
        return ""
    return f"{requirement.name} {version} is not {requirement.specifier}"


def loopback() -> Finding:
    """Listen on 127.0.0.1, connect, and exchange bytes, as every lesson does."""
    try:
        port = exchange("127.0.0.1", socket.AF_INET)
    except OSError as error:
        return Finding(
            "FAIL",
            f"127.0.0.1 does not carry bytes: {error}",
            "A firewall or a sandbox stands in between: allow Python to use 127.0.0.1.",
        )
    return Finding("OK", f"5 bytes there and back on 127.0.0.1, port {port}")


def exchange(host: str, family: socket.AddressFamily) -> int:
    """Send 5 bytes there and back; return the listener's port. Raises OSError."""
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.settimeout(2)
        listener.bind((host, 0))
        listener.listen()
        address = listener.getsockname()
        with socket.create_connection(address[:2], timeout=2) as client:
            server, _ = listener.accept()
            with server:
                server.settimeout(2)
                client.sendall(b"hello")
                server.sendall(server.recv(5))
                if client.recv(5) != b"hello":
                    raise OSError("the bytes came back changed")
    return int(address[1])


def localhost() -> Finding:
    """See which address `localhost` means first, and whether IPv6 has a loopback."""
    addresses = [
        info[4][0] for info in socket.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM)
    ]
    ipv6 = "IPv6 has a loopback (::1)" if has_ipv6_loopback() else "no IPv6 loopback"
    if addresses[0] != "::1":
        return Finding("OK", f"means {addresses[0]} first; {ipv6}")
    return Finding(
        "warn",
        f"means ::1 first; {ipv6}",
        "A server on 127.0.0.1 refuses ::1: write 127.0.0.1 for localhost (chapter 2 shows why).",
    )


def has_ipv6_loopback() -> bool:
    """Try to exchange bytes on ::1."""
    try:
        exchange("::1", socket.AF_INET6)
    except OSError:
        return False
    return True


def ephemeral_ports(
    setting: Path = Path("/proc/sys/net/ipv4/ip_local_port_range"),
) -> Finding:
    """See how many ports this kernel has for clients."""
    if not setting.exists():
        return Finding("OK", "the kernel picks them")
    low, high = (int(word) for word in setting.read_text(encoding="ascii").split())
    fact = f"{low} to {high}: {high - low + 1} for clients"
    if high - low >= 4000:
        return Finding("OK", fact)
    return Finding("warn", fact, "Chapters 4 and 16 can use all of them up for a minute.")


def open_files() -> Finding:
    """See how many files and sockets one process may have open."""
    if sys.platform == "win32":
        return Finding("OK", "Windows sets no low limit")
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return Finding("OK", "no limit on files and sockets in one process")
    fact = f"{limit} files and sockets in one process"
    if limit >= 256:
        return Finding("OK", fact)
    return Finding(
        "warn", fact, "Chapter 7 holds hundreds of sockets open: run `ulimit -n 1024` first."
    )


def proxy(variables: Mapping[str, str] = os.environ) -> Finding:
    """See whether HTTP clients would go round loopback, through a proxy."""
    values = {name.lower(): value for name, value in variables.items()}
    proxies = [name for name in ("http_proxy", "https_proxy", "all_proxy") if values.get(name)]
    direct = [host.strip() for host in values.get("no_proxy", "").split(",")]
    if not proxies:
        return Finding("OK", "none set")
    if "*" in direct or {"127.0.0.1", "localhost"} <= set(direct):
        return Finding("OK", f"{', '.join(proxies)} set, not for 127.0.0.1 and localhost")
    return Finding(
        "warn",
        f"{', '.join(proxies)} set: curl would ask the proxy for your own server",
        "Run first: export no_proxy=localhost,127.0.0.1,::1",
    )


def kernel_table() -> Finding:
    """Find a listener of our own in the kernel's table of connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        with contextlib.suppress(psutil.AccessDenied):
            if any(row.laddr == address for row in psutil.net_connections("tcp4")):
                return Finding("OK", "psutil reads every process's sockets")
        if any(row.laddr == address for row in psutil.Process().net_connections("tcp4")):
            return Finding("OK", "psutil reads this process's sockets (all that the lessons show)")
    return Finding("warn", "psutil does not see our own listener", "Its tables will stay empty.")


def git() -> Finding:
    """See whether git is there to keep your answers' history."""
    command = shutil.which("git")
    if command is None:
        return Finding("warn", "not found", "Install git to keep the history of your answers.")
    answer = subprocess.run(
        [command, "--version"], capture_output=True, text=True, timeout=DEADLINE, check=False
    )
    return Finding("OK", answer.stdout.strip())


def jupyter_kernel() -> Finding:
    """Check that the kernel named python3 runs this Python."""
    if importlib.util.find_spec("jupyter_client") is None:
        return Finding("FAIL", "Jupyter is not installed", "Run: python3 -m course")
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        program = KernelSpecManager().get_kernel_spec("python3").argv[0]
    except NoSuchKernel:
        return Finding("FAIL", "no kernel is named python3", "Run: python3 -m course")
    if program == sys.executable or program in ("python", "python3"):
        return Finding("OK", "python3 runs this Python")
    return Finding(
        "FAIL",
        f"python3 runs {program}, which has other packages",
        "Run: jupyter kernelspec remove python3",
    )


def folder() -> Finding:
    """Check that your answers can be written."""
    try:
        with tempfile.NamedTemporaryFile(dir=ROOT):
            return Finding("OK", f"{ROOT} can be written")
    except OSError as error:
        return Finding(
            "FAIL",
            f"{ROOT} cannot be written: {error.strerror}",
            "Copy the course to a folder of your own.",
        )


def firewall() -> Finding:
    """Explain the question that macOS may ask."""
    return Finding("OK", "macOS may ask about incoming connections: any answer is fine here")


def terminal() -> Finding:
    """See whether the terminal has room and characters for the pictures."""
    columns = shutil.get_terminal_size().columns
    encoding = sys.stdout.encoding or "ascii"
    problems = [f"{columns} columns (80 show every picture whole)"] if columns < 80 else []
    try:
        "─│→".encode(encoding)
    except UnicodeEncodeError:
        problems.append(f"{encoding} has no arrows (PYTHONIOENCODING=utf-8 brings them)")
    if problems:
        return Finding("warn", "; ".join(problems))
    return Finding("OK", f"{columns} columns, {encoding}")


CHECKS: dict[str, Check] = {
    "Python": python,
    "environment": environment,
    "packages": packages,
    "folder": folder,
    "loopback": loopback,
    "localhost": localhost,
    "client ports": ephemeral_ports,
    "open files": open_files,
    "proxy": proxy,
    "kernel's table": kernel_table,
    "Jupyter kernel": jupyter_kernel,
    "git": git,
    "terminal": terminal,
}
if sys.platform == "darwin":
    CHECKS["firewall"] = firewall
