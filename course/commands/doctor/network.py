"""What the network gives: loopback, names, ports, and what stands in between."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil

from course.commands.doctor.findings import Finding

BY_HAND = 8000  # where a chapter that is run by hand listens
JUPYTER = 8888


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
    """See which address `localhost` means first."""
    try:
        found = socket.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM)
    except OSError as error:
        return Finding(
            "warn",
            f"means nothing here: {error.strerror}",
            "Write 127.0.0.1 for localhost, or add the line `127.0.0.1 localhost` to /etc/hosts.",
        )
    if (first := found[0][4][0]) != "::1":
        return Finding("OK", f"means {first} first")
    return Finding(
        "warn",
        "means ::1 first: a browser tries that before your server's 127.0.0.1",
        "Write 127.0.0.1 for localhost: a server there refuses ::1 (chapter 2 shows why).",
    )


def ipv6() -> Finding:
    """See whether IPv6 carries bytes on this computer."""
    try:
        exchange("::1", socket.AF_INET6)
    except OSError:
        return Finding("OK", "off, and nothing in the course needs it")
    return Finding("OK", "on: ::1 carries bytes, too")


def client_ports(
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


def port_8000() -> Finding:
    """See whether a chapter that is run by hand can listen."""
    if not (user := user_of(BY_HAND)):
        return Finding("OK", "free")
    other = "Run a chapter with --port 8001, or end that program."
    return Finding("warn", f"taken by {user}", other)


def port_8888() -> Finding:
    """See whether JupyterLab gets the port that it tries first."""
    user = user_of(JUPYTER)
    return Finding("OK", f"taken by {user}: JupyterLab takes the next" if user else "free")


def user_of(port: int) -> str:
    """Name the program that listens on a port of 127.0.0.1, nothing if none does."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):  # the latter on Windows
            raise
    else:
        return ""
    with contextlib.suppress(psutil.Error):
        for row in psutil.net_connections("tcp"):
            if row.status == psutil.CONN_LISTEN and row.laddr[1:2] == (port,) and row.pid:
                return f"{psutil.Process(row.pid).name()} (process {row.pid})"
    return "another program"


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
        f"Run first: {'set' if sys.platform == 'win32' else 'export'} no_proxy=localhost,127.0.0.1,::1",
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


def firewall() -> Finding:
    """Explain the question that macOS may ask."""
    return Finding("OK", "macOS may ask about incoming connections: any answer is fine here")
