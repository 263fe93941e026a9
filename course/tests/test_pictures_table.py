"""The kernel's table names the sockets of a demonstration and shows no other row."""

import os
import select
import socket
import sys
from types import SimpleNamespace

import psutil
import pytest

from course.pictures import kernel_table
from course.pictures.table import KernelRow

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's own table")


def address(sock):
    host, port = sock.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@pytest.fixture
def listener():
    """Yield a listener on a port that no earlier test left in TIME-WAIT."""
    for _ in range(100):
        with socket.create_server(("127.0.0.1", 0)) as sock:
            if len(kernel_table(listener=sock).rows) == 1:
                yield sock
                return
    pytest.fail("every port is in TIME-WAIT")


@pytest.fixture
def client(listener):
    with socket.create_connection(listener.getsockname()) as sock:
        yield sock


@pytest.fixture
def server(listener, client):  # noqa: ARG001 - the client has to connect first
    sock, _ = listener.accept()
    with sock:
        yield sock


def test_each_socket_has_its_row_in_the_order_of_the_keywords(listener, client, server):
    here, there = address(listener), address(client)
    assert kernel_table(server=server, listener=listener, alice=client).rows == (
        KernelRow("server", here, there, "ESTABLISHED"),
        KernelRow("listener", here, "*", "LISTEN"),
        KernelRow("alice", there, here, "ESTABLISHED"),
    )


@linux_only
def test_a_connection_that_waits_to_be_accepted_belongs_to_nobody_yet(listener, client):
    here, there = address(listener), address(client)
    assert kernel_table(listener=listener, alice=client).rows == (
        KernelRow("listener", here, "*", "LISTEN"),
        KernelRow("alice", there, here, "ESTABLISHED"),
        KernelRow("(none yet)", here, there, "ESTABLISHED"),
    )


@linux_only
def test_a_client_that_left_before_accept_leaves_a_row_that_was_not_accepted(listener, client):
    client.close()
    rows = kernel_table(listener=listener).rows
    assert [(row.socket, row.state) for row in rows] == [
        ("listener", "LISTEN"),
        ("(closed)", "FIN-WAIT-2"),
        ("(none yet)", "CLOSE-WAIT"),
    ]


@linux_only
def test_a_closed_socket_gets_no_row_but_its_connection_may_remain(listener, client, server):
    there = address(client)
    client.close()
    select.select([server], [], [], 5)
    rows = kernel_table(listener=listener, alice=client, server=server).rows
    assert [(row.socket, row.state) for row in rows] == [
        ("listener", "LISTEN"),
        ("server", "CLOSE-WAIT"),
        ("(closed)", "FIN-WAIT-2"),
    ]
    server.close()
    rows = kernel_table(listener=listener, alice=client, server=server).rows
    assert rows[1:] == (KernelRow("(closed)", there, address(listener), "TIME-WAIT"),)


def test_a_closed_socket_alone_gives_no_rows():
    with socket.socket() as sock:
        pass
    assert kernel_table(sock=sock).rows == ()
    assert "(no rows)" in kernel_table(sock=sock).text()


def test_a_connected_socket_brings_its_peer_and_nothing_else(listener, client, server):
    assert server.fileno() != -1
    with socket.create_connection(listener.getsockname()):
        rows = kernel_table(alice=client).rows
    assert [(row.socket, row.local) for row in rows] == [
        ("alice", address(client)),
        ("(this process)", address(listener)),
    ]


def test_a_port_stands_for_all_of_its_rows(listener, client, server):
    assert server.fileno() != -1
    rows = kernel_table(port=listener.getsockname()[1]).rows
    assert {row.socket for row in rows} == {"(this process)"}
    assert sorted(row.state for row in rows) == ["ESTABLISHED", "ESTABLISHED", "LISTEN"]
    rows = kernel_table(port=client.getsockname()[1]).rows
    assert [row.state for row in rows].count("ESTABLISHED") == 2


def test_a_duplicated_socket_is_found_by_its_addresses(client):
    with client.dup() as twin:
        assert [row.socket for row in kernel_table(twin=twin).rows][:1] == ["twin"]
        assert [row.socket for row in kernel_table(alice=client).rows][:1] == ["alice"]


def test_ipv6_addresses_stand_in_brackets():
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError as error:
        pytest.skip(f"no IPv6 loopback here: {error}")
    with listener, socket.create_connection(listener.getsockname()[:2]) as client:
        rows = kernel_table(listener=listener, client=client).rows
        assert rows[:2] == (
            KernelRow("listener", address(listener), "*", "LISTEN"),
            KernelRow("client", address(client), address(listener), "ESTABLISHED"),
        )
        assert rows[0].local.startswith("[::1]:")


def entry(local, remote, status, pid, fd=-1):
    return SimpleNamespace(laddr=local, raddr=remote, status=status, pid=pid, fd=fd)


def test_order_and_names_do_not_depend_on_what_psutil_lists_first(monkeypatch):
    here = ("127.0.0.1", 40000)
    entries = [
        entry(here, (), psutil.CONN_LISTEN, os.getpid() + 1),
        entry(("127.0.0.1", 50001), here, psutil.CONN_TIME_WAIT, None),
        entry(here, ("127.0.0.1", 50002), psutil.CONN_ESTABLISHED, None),
        entry(("127.0.0.2", 50002), here, psutil.CONN_ESTABLISHED, os.getpid() + 1),
        entry(("127.0.0.1", 50003), here, psutil.CONN_ESTABLISHED, os.getpid() + 1),
        entry(here, ("127.0.0.1", 50003), psutil.CONN_ESTABLISHED, os.getpid() + 1),
        entry(("127.0.0.1", 50003), ("127.0.0.1", 50004), psutil.CONN_LAST_ACK, None),
    ]
    monkeypatch.setattr("course.pictures.table.SETTLING_TIME", 0)
    tables = []
    for listed in (entries, entries[::-1]):
        monkeypatch.setattr(psutil, "net_connections", lambda listed=listed, **_: listed)
        tables.append(kernel_table(port=40000).rows)
    assert tables[0] == tables[1]
    assert [(row.socket, row.local, row.state) for row in tables[0]] == [
        ("(closed)", "127.0.0.1:50001", "TIME-WAIT"),
        ("(none yet)", "127.0.0.1:40000", "ESTABLISHED"),
        ("other process", "127.0.0.1:40000", "ESTABLISHED"),
        ("other process", "127.0.0.1:50003", "ESTABLISHED"),
        ("other process", "127.0.0.2:50002", "ESTABLISHED"),
        ("other process", "127.0.0.1:40000", "LISTEN"),
    ]


def test_what_was_in_time_wait_before_the_import_is_left_out(monkeypatch):
    old, new = ("127.0.0.1", 50001), ("127.0.0.1", 50002)
    here = ("127.0.0.1", 40000)
    entries = [entry(end, here, psutil.CONN_TIME_WAIT, None) for end in (old, new)]
    monkeypatch.setattr(psutil, "net_connections", lambda **_: entries)
    monkeypatch.setattr("course.pictures.table._LEFT_OVER", {(old, here)})
    assert [row.local for row in kernel_table(port=40000).rows] == ["127.0.0.1:50002"]


def test_windows_gives_a_connection_without_an_owner_the_pid_0(monkeypatch):
    closed = entry(("127.0.0.1", 50001), ("127.0.0.1", 40000), psutil.CONN_TIME_WAIT, 0)
    monkeypatch.setattr(psutil, "net_connections", lambda **_: [closed])
    assert kernel_table(port=40000).rows[0].socket == "(closed)"


def test_a_state_that_is_about_to_pass_is_given_time(monkeypatch):
    closing = entry(("127.0.0.1", 50001), ("127.0.0.1", 40000), psutil.CONN_FIN_WAIT1, None)
    closed = entry(("127.0.0.1", 50001), ("127.0.0.1", 40000), psutil.CONN_FIN_WAIT2, None)
    readings = [[closing], [closing], [closed]]
    monkeypatch.setattr(psutil, "net_connections", lambda **_: readings.pop(0))
    assert kernel_table(port=40000).rows[0].state == "FIN-WAIT-2"
    assert readings == []


def test_a_state_that_does_not_pass_is_shown_all_the_same(monkeypatch):
    stuck = entry(("127.0.0.1", 50001), ("127.0.0.1", 40000), psutil.CONN_FIN_WAIT1, None)
    monkeypatch.setattr(psutil, "net_connections", lambda **_: [stuck])
    monkeypatch.setattr("course.pictures.table.SETTLING_TIME", 0.02)
    assert kernel_table(port=40000).rows[0].state == "FIN-WAIT-1"


def test_where_other_processes_are_hidden_the_caption_says_so(monkeypatch, listener, client):
    def denied(kind):
        raise psutil.AccessDenied(msg=kind)

    assert "only the sockets of this process" not in kernel_table(listener=listener).text()
    monkeypatch.setattr(psutil, "net_connections", denied)
    table = kernel_table(listener=listener, client=client)
    assert [row.socket for row in table.rows] == ["listener", "client"]
    assert "only the sockets of this process" in table.text()
    assert "only the sockets of this process" in table.svg()
