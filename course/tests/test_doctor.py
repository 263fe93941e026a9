"""The doctor: what it finds on a healthy computer, and what it says about a sick one."""

import argparse
import io
import os
import socket
import subprocess
import sys
import threading
import types

import psutil
import pytest
from rich.console import Console

from course.commands import doctor
from course.commands.doctor import Diagnosis, bounded
from course.setup import venv


def look(monkeypatch, columns, **checks):
    """Run the doctor with these checks on a screen of this width; return its status and lines."""
    monkeypatch.setattr(doctor, "CHECKS", {name: lambda f=f: f for name, f in checks.items()})
    screen = io.StringIO()
    console = Console(file=screen, width=columns, highlight=False, markup=False)
    status = doctor.run(argparse.Namespace(), console)
    return status, [line.rstrip() for line in screen.getvalue().splitlines()]


def test_a_failure_is_a_word_with_advice_and_a_status(monkeypatch):
    diagnosis = Diagnosis("FAIL", "it is broken", "Fix it.")
    status, lines = look(monkeypatch, 80, one=Diagnosis("OK", "fine"), other=diagnosis)
    assert status == 1
    assert lines[:3] == [
        "OK    one    fine",
        "FAIL  other  it is broken",
        "             Fix it.",
    ]
    assert lines[-1].startswith("1 FAIL")


@pytest.mark.parametrize(
    ("verdict", "last"),
    [("warn", "You can start: 1 to know about."), ("OK", "You can start: all is well.")],
)
def test_a_warning_stops_nobody(monkeypatch, verdict, last):
    status, lines = look(monkeypatch, 80, one=Diagnosis(verdict, "odd"))
    assert (status, lines[-1]) == (0, last)


@pytest.mark.parametrize("columns", [80, 200])
def test_the_report_fits_80_columns(monkeypatch, columns):
    diagnosis = Diagnosis("OK", "/a/very/long/path" * 10, "Some advice in many words. " * 5)
    _, lines = look(monkeypatch, columns, one=diagnosis)
    assert max(map(len, lines)) <= 80
    assert "".join(lines).count("path") >= 9


def test_this_computer_can_run_the_course():
    diagnoses = {subject: bounded(check) for subject, check in doctor.CHECKS.items()}
    assert {subject for subject, f in diagnoses.items() if f.verdict == "FAIL"} == set()
    assert {s for s, f in diagnoses.items() if f.fact.startswith("could not be checked")} == set()
    assert diagnoses["loopback"].fact == "5 bytes arrived over 127.0.0.1"
    assert sys.executable in diagnoses["python"].fact
    assert all(f.advice for f in diagnoses.values() if f.verdict != "OK")


def test_a_check_that_never_answers_is_given_up():
    release = threading.Event()
    diagnosis = bounded(lambda: Diagnosis("OK", str(release.wait(2))), deadline=0.05)
    release.set()
    assert diagnosis == Diagnosis("warn", "no answer within 0.05 seconds")


def test_a_check_that_breaks_is_a_finding():
    diagnosis = bounded(lambda: Diagnosis("OK", str(1 // 0)))
    assert diagnosis.verdict == "warn"
    assert "ZeroDivisionError" in diagnosis.fact


def test_packages_outside_of_their_range_fail(monkeypatch):
    monkeypatch.setattr(venv, "missing", lambda *_: ["rich", "pytest"])
    diagnosis = doctor.python()
    assert (diagnosis.verdict, "rich, pytest" in diagnosis.fact) == ("FAIL", True)
    assert diagnosis.advice


@pytest.mark.parametrize("folder", ["chapters", "notebooks", "my_lessons"])
def test_a_file_that_hides_a_module_where_a_script_or_a_kernel_starts_fails(
    monkeypatch, tmp_path, folder
):
    for name in ("chapters", "notebooks", "my_lessons"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
        (tmp_path / name / "ch01_echo.py").touch()
        (tmp_path / name / "course.py").touch()
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    assert doctor.names().verdict == "OK"
    (tmp_path / folder / "socket.py").touch()
    (tmp_path / folder / "rich").mkdir()
    (tmp_path / folder / "rich" / "__init__.py").touch()
    diagnosis = doctor.names()
    assert diagnosis.verdict == "FAIL"
    assert f"{folder}/rich/, {folder}/socket.py" in diagnosis.fact
    assert "Rename" in diagnosis.advice


@pytest.mark.parametrize("broken", ["absent", "a stub that fails"])
def test_a_git_that_does_not_run_is_a_warning(monkeypatch, broken):
    def run(*_args, **_options):
        if broken == "absent":
            raise FileNotFoundError
        return types.SimpleNamespace(returncode=1, stdout="")

    monkeypatch.setattr(subprocess, "run", run)
    diagnosis = doctor.git()
    assert (diagnosis.verdict, "Install git" in diagnosis.advice) == ("warn", True)


def test_a_loopback_that_refuses_fails(monkeypatch):
    def refuse(*_args, **_options):
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "create_connection", refuse)
    diagnosis = doctor.loopback()
    assert diagnosis.verdict == "FAIL"
    assert "Connection refused" in diagnosis.fact


@pytest.mark.parametrize(("first", "verdict"), [("::1", "warn"), ("127.0.0.1", "OK")])
def test_a_localhost_that_means_ipv6_first_is_a_warning(monkeypatch, first, verdict):
    answer = [(0, 0, 0, "", (first, 80)), (0, 0, 0, "", ("127.0.0.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_o: answer)
    diagnosis = doctor.localhost()
    assert (diagnosis.verdict, f"means {first}" in diagnosis.fact) == (verdict, True)


def test_a_localhost_without_an_address_is_a_warning(monkeypatch):
    def unknown(*_args, **_options):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    diagnosis = doctor.localhost()
    assert (diagnosis.verdict, diagnosis.advice) == ("warn", "Write 127.0.0.1 for localhost.")


def test_the_program_that_holds_the_port_is_named(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setattr(doctor, "BY_HAND", listener.getsockname()[1])
        diagnosis = doctor.port_8000()
    assert diagnosis.verdict == "warn"
    assert f"(process {os.getpid()})" in diagnosis.fact or "another program" in diagnosis.fact
    assert "--port 8001" in diagnosis.advice
    assert doctor.port_8000().fact == "free"


def test_a_holder_that_this_user_may_not_see_is_another_program(monkeypatch):
    def deny(_kind):
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", deny)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setattr(doctor, "BY_HAND", listener.getsockname()[1])
        assert doctor.port_8000().fact == "taken by another program"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize(
    ("limits", "verdict", "advice"),
    [
        ((200, 4096), "warn", "ulimit -n 1024"),
        ((200, -1), "warn", "ulimit -n 1024"),
        ((200, 200), "warn", "Ask"),
        ((256, 256), "OK", ""),
        ((-1, -1), "OK", ""),
    ],
)
def test_a_low_limit_on_open_files_is_a_warning(monkeypatch, limits, verdict, advice):
    import resource

    monkeypatch.setattr(resource, "RLIM_INFINITY", -1)
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    diagnosis = doctor.open_files()
    assert diagnosis.verdict == verdict
    assert advice in diagnosis.advice


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
def test_a_proxy_that_takes_loopback_too_is_a_warning(monkeypatch, variables, verdict):
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    diagnosis = doctor.proxy()
    assert (diagnosis.verdict, bool(diagnosis.advice)) == (verdict, verdict == "warn")


@pytest.mark.parametrize("place", ["chapters", ".course"])
def test_a_folder_that_cannot_be_written_fails(monkeypatch, tmp_path, place):
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    (tmp_path / place).touch()  # root may write anywhere, but not in a file
    diagnosis = doctor.folder()
    assert (diagnosis.verdict, str(tmp_path / place) in diagnosis.fact) == ("FAIL", True)
    assert diagnosis.advice


def test_a_narrow_terminal_without_unicode_is_a_warning(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    diagnosis = doctor.terminal()
    assert (diagnosis.verdict, diagnosis.fact) == ("warn", "60 columns, ascii")
    assert "80 columns" in diagnosis.advice
    assert "PYTHONIOENCODING=utf-8" in diagnosis.advice


@pytest.mark.parametrize(("megabytes", "verdict"), [(10, "FAIL"), (400, "warn"), (5000, "OK")])
def test_a_disk_without_room_is_found(monkeypatch, megabytes, verdict):
    room = types.SimpleNamespace(free=megabytes << 20)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: room)
    diagnosis = doctor.disk()
    assert diagnosis.verdict == verdict
    assert bool(diagnosis.advice) == (verdict != "OK")


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "9p"])
def test_a_folder_on_another_computer_is_a_warning(monkeypatch, tmp_path, kind):
    disks = [
        types.SimpleNamespace(mountpoint=tmp_path.anchor, fstype="ext4"),
        types.SimpleNamespace(mountpoint=str(tmp_path), fstype=kind),
    ]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: disks)
    monkeypatch.setattr(doctor, "ROOT", tmp_path / "course")
    diagnosis = doctor.saves()
    assert (diagnosis.verdict, kind in diagnosis.fact) == ("warn", True)
    assert "`r`" in diagnosis.advice


def test_a_folder_that_something_synchronises_is_a_warning(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "ROOT", tmp_path / "OneDrive - School" / "course")
    diagnosis = doctor.saves()
    assert (diagnosis.verdict, "OneDrive" in diagnosis.fact) == ("warn", True)
