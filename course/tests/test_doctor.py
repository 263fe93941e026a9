"""The doctor: what it finds on a healthy computer, and what it says about a sick one."""

import importlib.metadata
import io
import os
import re
import socket
import sys
import threading
import types

import psutil
import pytest

from course.commands.doctor import command, installed, machine, network
from course.commands.doctor.findings import Finding, bounded
from course.setup import venv


def look(monkeypatch, columns, **checks):
    """Run the doctor with these checks on a screen of this width; return its status and lines."""
    monkeypatch.setattr(command, "CHECKS", {name: lambda f=f: f for name, f in checks.items()})
    screen = io.StringIO()
    console = command.Console(file=screen, width=columns, highlight=False)
    monkeypatch.setattr(command, "Console", lambda **_: console)
    status = command.doctor()
    return status, [line.rstrip() for line in screen.getvalue().splitlines()]


def test_a_failure_is_a_word_with_advice_and_a_status(monkeypatch):
    finding = Finding("FAIL", "it is broken", "Mend it.")
    status, lines = look(monkeypatch, 80, one=Finding("OK", "fine"), other=finding)
    assert status == 1
    assert lines[:3] == [
        "OK    one    fine",
        "FAIL  other  it is broken",
        "             Mend it.",
    ]
    assert lines[-1].startswith("1 FAIL")


def test_a_warning_stops_nobody(monkeypatch):
    status, lines = look(monkeypatch, 80, one=Finding("warn", "odd"))
    assert status == 0
    assert lines[-1] == "You can start: nothing failed. 1 to know about."


@pytest.mark.parametrize("columns", [80, 200])
def test_the_report_fits_80_columns(monkeypatch, columns):
    finding = Finding("OK", "/a/very/long/path" * 10, "Some advice in many words. " * 5)
    _, lines = look(monkeypatch, columns, one=finding)
    assert max(map(len, lines)) <= 80
    assert "".join(lines).count("path") >= 9


def test_this_computer_can_run_the_course():
    findings = {subject: bounded(check) for subject, check in command.CHECKS.items()}
    assert {subject for subject, f in findings.items() if f.verdict == "FAIL"} == set()
    assert {s for s, f in findings.items() if f.fact.startswith("could not be checked")} == set()
    assert re.search(r"5 bytes .* 127\.0\.0\.1, port \d+", findings["loopback"].fact)
    assert sys.executable in findings["Python"].fact


def test_every_finding_that_is_not_ok_in_these_checks_has_advice(monkeypatch, tmp_path):
    (tmp_path / "range").write_text("50000\t50099\n")
    monkeypatch.setattr(installed.shutil, "which", lambda _: None)
    findings = [
        network.client_ports(tmp_path / "range"),
        network.proxy({"https_proxy": "x"}),
        installed.git(),
    ]
    assert [finding.verdict for finding in findings] == ["warn"] * 3
    assert all(finding.advice for finding in findings)
    assert "100 for clients" in findings[0].fact


def test_a_check_that_never_answers_is_given_up():
    release = threading.Event()
    finding = bounded(lambda: Finding("OK", str(release.wait(2))), deadline=0.05)
    release.set()
    assert finding == Finding("warn", "no answer within 0.05 seconds")


def test_a_check_that_breaks_is_a_finding():
    finding = bounded(lambda: Finding("OK", str(1 // 0)))
    assert finding.verdict == "warn"
    assert "ZeroDivisionError" in finding.fact


def test_missing_and_outdated_packages_are_named(monkeypatch, tmp_path):
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("pytest>=1  # here\nrich<1\nno-such-package>=2\n")
    monkeypatch.setattr(installed, "REQUIREMENTS", requirements)
    finding = installed.packages()
    assert finding.verdict == "FAIL"
    version = importlib.metadata.version("rich")
    assert finding.fact == f"rich {version} is not <1; no-such-package is not installed"


def test_a_loopback_that_refuses_fails(monkeypatch):
    def refuse(*_args, **_options):
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "create_connection", refuse)
    finding = network.loopback()
    assert finding.verdict == "FAIL"
    assert "Connection refused" in finding.fact


@pytest.mark.parametrize(("first", "verdict"), [("::1", "warn"), ("127.0.0.1", "OK")])
def test_a_localhost_that_means_ipv6_first_is_a_warning(monkeypatch, first, verdict):
    answer = [(0, 0, 0, "", (first, 80)), (0, 0, 0, "", ("127.0.0.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_o: answer)
    finding = network.localhost()
    assert (finding.verdict, finding.fact.split(" first")[0]) == (verdict, f"means {first}")


def test_a_localhost_without_an_address_is_a_warning(monkeypatch):
    def unknown(*_args, **_options):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    finding = network.localhost()
    assert (finding.verdict, "not known" in finding.fact) == ("warn", True)
    assert "/etc/hosts" in finding.advice


def test_ipv6_that_is_off_hinders_nothing(monkeypatch):
    real = socket.socket.bind

    def bind(sock, address):
        if sock.family == socket.AF_INET6:
            raise OSError(99, "Cannot assign requested address")
        real(sock, address)

    monkeypatch.setattr(socket.socket, "bind", bind)
    finding = network.ipv6()
    assert finding.verdict == "OK"
    assert finding.fact.startswith("off")
    assert network.loopback().verdict == "OK"


def test_the_program_that_holds_the_port_is_named(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        monkeypatch.setattr(network, "BY_HAND", port)
        monkeypatch.setattr(network, "JUPYTER", port)
        by_hand, jupyter = network.port_8000(), network.port_8888()
    assert by_hand.verdict == "warn"
    assert f"(process {os.getpid()})" in by_hand.fact or "another program" in by_hand.fact
    assert "--port 8001" in by_hand.advice
    assert (jupyter.verdict, "takes the next" in jupyter.fact) == ("OK", True)
    assert network.port_8000().fact == network.port_8888().fact == "free"


def test_a_holder_that_this_user_may_not_see_is_another_program(monkeypatch):
    def deny(_kind):
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", deny)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert network.user_of(listener.getsockname()[1]) == "another program"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize(
    ("limits", "verdict", "advice"),
    [
        ((200, 4096), "warn", "ulimit -n 1024"),
        ((200, -1), "warn", "ulimit -n 1024"),
        ((200, 200), "warn", "ask whoever"),
        ((256, 256), "OK", ""),
        ((-1, -1), "OK", ""),
    ],
)
def test_a_low_limit_on_open_files_is_a_warning(monkeypatch, limits, verdict, advice):
    import resource

    monkeypatch.setattr(resource, "RLIM_INFINITY", -1)
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    finding = machine.open_files()
    assert finding.verdict == verdict
    assert advice in finding.advice


@pytest.mark.parametrize(
    ("variables", "verdict"),
    [
        ({}, "OK"),
        ({"HTTP_PROXY": "http://proxy"}, "warn"),
        ({"http_proxy": "http://proxy", "no_proxy": "localhost"}, "warn"),
        ({"all_proxy": "http://proxy", "NO_PROXY": "localhost, 127.0.0.1"}, "OK"),
        ({"https_proxy": "http://proxy", "no_proxy": "*"}, "OK"),
    ],
)
def test_a_proxy_that_takes_loopback_too_is_a_warning(variables, verdict):
    assert network.proxy(variables).verdict == verdict


def test_a_kernel_table_for_root_only_still_shows_our_own_sockets(monkeypatch):
    def deny(_kind):
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", deny)
    finding = network.kernel_table()
    assert (finding.verdict, "this process's" in finding.fact) == ("OK", True)


def test_an_empty_kernel_table_is_a_warning(monkeypatch):
    nothing = types.SimpleNamespace(net_connections=lambda _kind: [])
    monkeypatch.setattr(psutil, "net_connections", lambda _kind: [])
    monkeypatch.setattr(psutil, "Process", lambda: nothing)
    assert network.kernel_table().verdict == "warn"


@pytest.mark.parametrize(
    ("program", "verdict"),
    [("python", "OK"), (sys.executable, "OK"), ("/elsewhere/bin/python", "FAIL")],
)
def test_a_kernel_of_another_python_fails(monkeypatch, program, verdict):
    kernelspec = pytest.importorskip("jupyter_client.kernelspec")
    spec = types.SimpleNamespace(argv=[program, "-m", "ipykernel_launcher"])
    monkeypatch.setattr(kernelspec.KernelSpecManager, "get_kernel_spec", lambda *_: spec)
    assert installed.jupyter_kernel().verdict == verdict


def test_a_folder_that_cannot_be_written_fails(monkeypatch, tmp_path):
    file = tmp_path / "a file in the folder's place"
    file.touch()
    monkeypatch.setattr(machine, "ROOT", file)
    finding = machine.folder()
    assert finding.verdict == "FAIL"
    assert finding.advice


def test_a_narrow_terminal_without_unicode_is_a_warning(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    finding = machine.terminal()
    assert finding.verdict == "warn"
    assert "60 columns" in finding.fact
    assert "ascii has no arrows" in finding.fact


@pytest.mark.parametrize(("megabytes", "verdict"), [(10, "FAIL"), (400, "warn"), (5000, "OK")])
def test_a_disk_without_room_is_found(monkeypatch, megabytes, verdict):
    room = types.SimpleNamespace(free=megabytes << 20)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: room)
    finding = machine.disk()
    assert finding.verdict == verdict
    assert bool(finding.advice) == (verdict != "OK")


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "9p"])
def test_a_folder_on_another_computer_is_a_warning(monkeypatch, tmp_path, kind):
    disks = [
        types.SimpleNamespace(mountpoint=tmp_path.anchor, fstype="ext4"),
        types.SimpleNamespace(mountpoint=str(tmp_path), fstype=kind),
    ]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: disks)
    monkeypatch.setattr(machine, "ROOT", tmp_path / "course")
    finding = machine.saves()
    assert (finding.verdict, kind in finding.fact) == ("warn", True)
    assert "`r`" in finding.advice


def test_a_folder_that_something_keeps_in_step_is_a_warning(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "ROOT", tmp_path / "OneDrive - School" / "course")
    finding = machine.saves()
    assert (finding.verdict, "OneDrive" in finding.fact) == ("warn", True)


def test_a_folder_of_which_the_system_tells_nothing_is_a_warning(monkeypatch, tmp_path):
    class Silent(machine.Observer):
        def schedule(self, *_args, **_options):
            """Watch nothing, as where no events arrive."""

    assert machine.event_arrives(tmp_path)
    monkeypatch.setattr(machine, "Observer", Silent)
    assert not machine.event_arrives(tmp_path, patience=0.05)
    monkeypatch.setattr(machine, "event_arrives", lambda _: False)
    monkeypatch.setattr(machine, "file_system", lambda _: "ext4")
    assert machine.saves().verdict == "warn"
    assert list(tmp_path.iterdir()) == []


def test_no_watches_left_means_that_no_event_arrives(monkeypatch, tmp_path):
    def refuse(_self):
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(machine.Observer, "start", refuse)
    assert not machine.event_arrives(tmp_path)


def outside_of_venv(monkeypatch, **mark):
    monkeypatch.setattr(venv, "is_running", lambda: False)
    monkeypatch.setattr(venv, "read_mark", lambda: mark)
    return installed.environment()


def test_a_venv_that_was_made_in_another_folder_is_a_warning(monkeypatch, tmp_path):
    finding = outside_of_venv(monkeypatch, folder=str(tmp_path))
    assert (finding.verdict, str(tmp_path) in finding.fact) == ("warn", True)
    assert "Delete the folder .venv" in finding.advice


def test_a_python_that_can_make_no_environment_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.setattr(installed.importlib.util, "find_spec", lambda _: None)
    finding = outside_of_venv(monkeypatch)
    assert finding.verdict == "warn"
    assert "sudo apt install python3-venv python3." in finding.advice


def test_the_question_of_macos_is_explained_on_macos_only():
    assert ("firewall" in command.CHECKS) == (sys.platform == "darwin")
    finding = network.firewall()
    assert (finding.verdict, "macOS may ask" in finding.fact) == ("OK", True)
