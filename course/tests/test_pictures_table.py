"""The kernel's table names the sockets of a demonstration and shows no other row."""

import select
import socket
import subprocess
import sys
from types import SimpleNamespace

import psutil
import pytest

from course.pictures import connections, kernel_table
from course.pictures.connections import Owner, TableEntry
from course.pictures.queues import Queues
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
        KernelRow("listener", here, "*", "LISTEN", "1 to accept"),
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
            KernelRow("listener", address(listener), "*", "LISTEN", "1 to accept"),
            KernelRow("client", address(client), address(listener), "ESTABLISHED"),
        )
        assert rows[0].local.startswith("[::1]:")


OURS, OTHERS, NOBODYS = Owner.THIS_PROCESS, Owner.OTHER_PROCESS, Owner.NOBODY
HERE = ("127.0.0.1", 40000)


def listed(monkeypatch, *readings):
    """Let the kernel's table hold these entries, the last for ever."""
    left = list(readings)
    monkeypatch.setattr(
        connections, "read", lambda: (left.pop(0) if left[1:] else left[0], connections.SOURCE)
    )
    return left


def test_order_and_names_do_not_depend_on_what_the_kernel_lists_first(monkeypatch):
    entries = [
        TableEntry(HERE, None, "LISTEN", OURS),
        TableEntry(("127.0.0.1", 50001), HERE, "FIN-WAIT-2", NOBODYS),
        TableEntry(HERE, ("127.0.0.1", 50001), "CLOSE-WAIT", NOBODYS),
        TableEntry(HERE, ("127.0.0.1", 50002), "ESTABLISHED", OURS),
        TableEntry(("127.0.0.1", 50002), HERE, "ESTABLISHED", OTHERS),
        TableEntry(("127.0.0.2", 50003), HERE, "ESTABLISHED", OURS),
        TableEntry(HERE, ("127.0.0.2", 50003), "ESTABLISHED", OURS),
    ]
    tables = []
    for order in (entries, entries[::-1]):
        listed(monkeypatch, order)
        tables.append(kernel_table(port=40000).rows)
    assert tables[0] == tables[1]
    assert [(row.socket, row.local, row.state) for row in tables[0]] == [
        ("(closed)", "127.0.0.1:50001", "FIN-WAIT-2"),
        ("(none yet)", "127.0.0.1:40000", "CLOSE-WAIT"),
        ("(this process)", "127.0.0.1:40000", "ESTABLISHED"),
        ("(this process)", "127.0.0.1:40000", "ESTABLISHED"),
        ("(this process)", "127.0.0.2:50003", "ESTABLISHED"),
        ("(this process)", "127.0.0.1:40000", "LISTEN"),
        ("other process", "127.0.0.1:50002", "ESTABLISHED"),
    ]


def test_what_has_the_port_but_is_not_of_this_process_is_left_out(monkeypatch):
    strangers = [
        TableEntry(("127.0.0.2", 40000), None, "LISTEN", OTHERS),
        TableEntry(HERE, ("127.0.0.1", 6001), "ESTABLISHED", OTHERS),
        TableEntry(("127.0.0.1", 6001), HERE, "TIME-WAIT", NOBODYS),
    ]
    listed(monkeypatch, [*strangers, TableEntry(HERE, None, "LISTEN", OURS)])
    assert [row.state for row in kernel_table(port=40000).rows] == ["LISTEN"]


@linux_only
def test_rows_of_another_program_are_left_out_although_it_has_the_same_port(listener):
    program = """if True:
        import socket, sys
        listener = socket.create_server(("127.0.0.2", int(sys.argv[1])))
        client = socket.create_connection(listener.getsockname())
        print(flush=True)
        sys.stdin.read()
    """
    port = listener.getsockname()[1]
    with subprocess.Popen(
        [sys.executable, "-c", program, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        other.stdout.readline()
        assert [row.state for row in kernel_table(listener=listener).rows] == ["LISTEN"]
        assert [row.state for row in kernel_table(port=port).rows] == ["LISTEN"]
        other.stdin.close()


@linux_only
def test_a_closed_connection_is_found_by_its_two_addresses(listener, client, server):
    ends = (client.getsockname(), client.getpeername())
    client.close()
    select.select([server], [], [], 5)
    server.close()
    assert [(row.socket, row.state) for row in kernel_table(client=ends).rows] == [
        ("(closed)", "TIME-WAIT")
    ]
    assert listener.fileno() != -1


@linux_only
def test_the_queue_says_what_waits(listener, client):
    assert queue_of(kernel_table(listener=listener), "listener") == "1 to accept"
    with listener.accept()[0] as server:
        client.sendall(b"hello")
        table = kernel_table(listener=listener, client=client, server=server)
        assert [row.queue for row in table.rows] == ["0", "0", "5 to read"]
        assert table.text().splitlines()[-2].endswith("ESTABLISHED  5 to read")
        assert ">5 to read<" in table.svg()
        client.shutdown(socket.SHUT_WR)
        assert queue_of(kernel_table(server=server), "server") == "5 to read"  # the FIN is no byte
        server.recv(5)
        assert queue_of(kernel_table(server=server), "server") == "0"


@linux_only
def test_the_queue_says_what_has_not_been_acknowledged(monkeypatch, client, server):
    monkeypatch.setattr("course.pictures.table.SETTLING_TIME", 0.05)
    client.setblocking(False)
    client.send(bytes(20_000_000))
    assert queue_of(kernel_table(client=client), "client").endswith(" unacked")
    assert queue_of(kernel_table(server=server), "server").endswith(" to read")


def queue_of(table, name):
    return next(row.queue for row in table.rows if row.socket == name)


def elsewhere(monkeypatch, entries):
    """Let this be a system whose table psutil reads."""
    monkeypatch.setattr(connections, "sys", SimpleNamespace(platform="win32"))
    monkeypatch.setattr(psutil, "net_connections", lambda **_: entries)


def test_elsewhere_the_named_sockets_have_a_queue(monkeypatch, listener, client, server):
    client.sendall(b"hello")
    server.recv(5, socket.MSG_PEEK)
    entries = psutil.net_connections(kind="tcp")
    elsewhere(monkeypatch, entries)
    rows = kernel_table(listener=listener, server=server).rows
    assert [(row.socket, row.queue) for row in rows] == [
        ("listener", ""),
        ("server", "5 to read"),
        ("(this process)", ""),
    ]


def test_windows_gives_a_connection_without_an_owner_the_pid_0(monkeypatch):
    there = ("127.0.0.1", 50001)
    states = {"status": psutil.CONN_TIME_WAIT, "pid": 0, "fd": -1}
    elsewhere(monkeypatch, [SimpleNamespace(laddr=there, raddr=HERE, **states)])
    assert kernel_table(client=(there, HERE)).rows[0].socket == "(closed)"


def test_a_state_that_is_about_to_pass_is_given_time(monkeypatch):
    ends = (("127.0.0.1", 50001), HERE)
    closing = [TableEntry(*ends, "FIN-WAIT-1", NOBODYS)]
    left = listed(monkeypatch, closing, closing, [TableEntry(*ends, "FIN-WAIT-2", NOBODYS)])
    assert kernel_table(client=ends).rows[0].state == "FIN-WAIT-2"
    assert len(left) == 1


def test_what_is_about_to_be_acknowledged_is_given_time(monkeypatch):
    ends = (HERE, ("127.0.0.1", 50001))
    readings = [
        [TableEntry(*ends, "ESTABLISHED", OURS, queues=Queues(0, sent))] for sent in (5, 5, 0)
    ]
    left = listed(monkeypatch, *readings)
    assert kernel_table(client=ends).rows[0].queue == "0"
    assert len(left) == 1


def test_ipv4_is_ipv4_where_a_listener_takes_both():
    if not socket.has_dualstack_ipv6():
        pytest.skip("no listener takes both here")
    with socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
        address = ("127.0.0.1", listener.getsockname()[1])
        with socket.create_connection(address) as client, listener.accept()[0] as conn:
            rows = kernel_table(client=client, conn=conn).rows
    assert [(row.socket, row.local.partition(":")[0]) for row in rows] == [
        ("client", "127.0.0.1"),
        ("conn", "127.0.0.1"),
    ]


def test_a_state_that_does_not_pass_is_shown_all_the_same(monkeypatch):
    ends = (("127.0.0.1", 50001), HERE)
    listed(monkeypatch, [TableEntry(*ends, "FIN-WAIT-1", NOBODYS)])
    monkeypatch.setattr("course.pictures.table.SETTLING_TIME", 0.02)
    assert kernel_table(client=ends).rows[0].state == "FIN-WAIT-1"


def test_where_other_processes_are_hidden_the_caption_says_so(monkeypatch, listener, client):
    def denied(kind):
        raise psutil.AccessDenied(msg=kind)

    assert "only the sockets of this process" not in kernel_table(listener=listener).text()
    elsewhere(monkeypatch, [])
    monkeypatch.setattr(psutil, "net_connections", denied)
    table = kernel_table(listener=listener, client=client)
    assert [row.socket for row in table.rows] == ["listener", "client"]
    assert "only the sockets of this process" in table.text()
    assert "only the sockets of this process" in table.svg()
