"""The doctor: what it finds on a healthy computer, and what it says about a sick one."""

import importlib.metadata
import io
import re
import socket
import sys
import threading
import types

import psutil
import pytest

from course import doctor
from course.doctor import Finding


def look(monkeypatch, columns, **checks):
    """Run the doctor with these checks on a screen of this width; return its status and lines."""
    monkeypatch.setattr(doctor, "CHECKS", {name: lambda f=f: f for name, f in checks.items()})
    screen = io.StringIO()
    console = doctor.Console(file=screen, width=columns, highlight=False)
    monkeypatch.setattr(doctor, "Console", lambda **_: console)
    status = doctor.run()
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
    findings = {subject: doctor.bounded(check) for subject, check in doctor.CHECKS.items()}
    assert {subject for subject, f in findings.items() if f.verdict == "FAIL"} == set()
    assert {s for s, f in findings.items() if f.fact.startswith("could not be checked")} == set()
    assert re.search(r"5 bytes .* 127\.0\.0\.1, port \d+", findings["loopback"].fact)
    assert sys.executable in findings["Python"].fact


def test_every_finding_that_is_not_ok_in_these_checks_has_advice(monkeypatch, tmp_path):
    (tmp_path / "range").write_text("50000\t50099\n")
    monkeypatch.setattr(doctor.shutil, "which", lambda _: None)
    findings = [
        doctor.ephemeral_ports(tmp_path / "range"),
        doctor.proxy({"https_proxy": "x"}),
        doctor.git(),
    ]
    assert [finding.verdict for finding in findings] == ["warn"] * 3
    assert all(finding.advice for finding in findings)
    assert "100 for clients" in findings[0].fact


def test_a_check_that_never_answers_is_given_up():
    release = threading.Event()
    finding = doctor.bounded(lambda: Finding("OK", str(release.wait(2))), deadline=0.05)
    release.set()
    assert finding == Finding("warn", "no answer within 0.05 seconds")


def test_a_check_that_breaks_is_a_finding():
    finding = doctor.bounded(lambda: Finding("OK", str(1 // 0)))
    assert finding.verdict == "warn"
    assert "ZeroDivisionError" in finding.fact


def test_missing_and_outdated_packages_are_named(monkeypatch, tmp_path):
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("pytest>=1  # here\nrich<1\nno-such-package>=2\n")
    monkeypatch.setattr(doctor, "REQUIREMENTS", requirements)
    finding = doctor.packages()
    assert finding.verdict == "FAIL"
    version = importlib.metadata.version("rich")
    assert finding.fact == f"rich {version} is not <1; no-such-package is not installed"


def test_a_loopback_that_refuses_fails(monkeypatch):
    def refuse(*_args, **_options):
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "create_connection", refuse)
    finding = doctor.loopback()
    assert finding.verdict == "FAIL"
    assert "Connection refused" in finding.fact
    assert not doctor.has_ipv6_loopback()


@pytest.mark.parametrize(("first", "verdict"), [("::1", "warn"), ("127.0.0.1", "OK")])
def test_a_localhost_that_means_ipv6_first_is_a_warning(monkeypatch, first, verdict):
    answer = [(0, 0, 0, "", (first, 80)), (0, 0, 0, "", ("127.0.0.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_o: answer)
    monkeypatch.setattr(doctor, "has_ipv6_loopback", lambda: True)
    finding = doctor.localhost()
    assert (finding.verdict, finding.fact.split(" first")[0]) == (verdict, f"means {first}")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize(("limit", "verdict"), [(128, "warn"), (256, "OK"), (-1, "OK")])
def test_a_low_limit_on_open_files_is_a_warning(monkeypatch, limit, verdict):
    import resource

    monkeypatch.setattr(resource, "RLIM_INFINITY", -1)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit, limit))
    assert doctor.open_files().verdict == verdict


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
    assert doctor.proxy(variables).verdict == verdict


def test_a_kernel_table_for_root_only_still_shows_our_own_sockets(monkeypatch):
    def deny(_kind):
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", deny)
    finding = doctor.kernel_table()
    assert (finding.verdict, "this process's" in finding.fact) == ("OK", True)


def test_an_empty_kernel_table_is_a_warning(monkeypatch):
    nothing = types.SimpleNamespace(net_connections=lambda _kind: [])
    monkeypatch.setattr(psutil, "net_connections", lambda _kind: [])
    monkeypatch.setattr(psutil, "Process", lambda: nothing)
    assert doctor.kernel_table().verdict == "warn"


@pytest.mark.parametrize(
    ("program", "verdict"),
    [("python", "OK"), (sys.executable, "OK"), ("/elsewhere/bin/python", "FAIL")],
)
def test_a_kernel_of_another_python_fails(monkeypatch, program, verdict):
    kernelspec = pytest.importorskip("jupyter_client.kernelspec")
    spec = types.SimpleNamespace(argv=[program, "-m", "ipykernel_launcher"])
    monkeypatch.setattr(kernelspec.KernelSpecManager, "get_kernel_spec", lambda *_: spec)
    assert doctor.jupyter_kernel().verdict == verdict


def test_a_folder_that_cannot_be_written_fails(monkeypatch, tmp_path):
    file = tmp_path / "a file in the folder's place"
    file.touch()
    monkeypatch.setattr(doctor, "ROOT", file)
    finding = doctor.folder()
    assert finding.verdict == "FAIL"
    assert finding.advice


def test_a_narrow_terminal_without_unicode_is_a_warning(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    finding = doctor.terminal()
    assert finding.verdict == "warn"
    assert "60 columns" in finding.fact
    assert "ascii has no arrows" in finding.fact
