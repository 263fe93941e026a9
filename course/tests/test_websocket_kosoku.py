"""Autobahn's tests of the WebSocket servers and of the client, by kosoku: once a week in CI."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from course.tests.test_http_fuzz_on_the_wire import on_a_loop, on_threads
from solutions.ch17_websocket import connect_websocket, echo

pytestmark = pytest.mark.skipif(
    find_spec("kosoku") is None, reason="kosoku is not installed: see requirements-weekly.txt"
)

FAST = ("-x", "9.*", "-x", "12.*", "-x", "13.*")  # without size and speed, and compression
LARGE = ("-i", "9.*")
CLASSES = pytest.mark.parametrize(("cases", "count"), [(FAST, 247), (LARGE, 54)], ids=["all", "9"])


def kosoku(*arguments: str) -> list[str]:
    """Return the command."""
    return [str(Path(sys.executable).with_name("kosoku")), *arguments]


def not_strict(folder: Path) -> dict[str, tuple[str, str]]:
    """Return the cases that did not behave as they have to, and how they behaved."""
    (cases,) = json.loads((folder / "index.json").read_text(encoding="utf-8")).values()
    behaviours = {name: (case["behavior"], case["behaviorClose"]) for name, case in cases.items()}
    return {
        name: got for name, got in behaviours.items() if not set(got) <= {"OK", "INFORMATIONAL"}
    }


def number_of_cases(folder: Path) -> int:
    """Return how many cases were tried."""
    (cases,) = json.loads((folder / "index.json").read_text(encoding="utf-8")).values()
    return len(cases)


@CLASSES
@pytest.mark.parametrize("serving", [on_threads, on_a_loop])
def test_a_server(serving: Any, cases: tuple[str, ...], count: int, tmp_path: Path) -> None:
    with serving(echo) as (host, port):
        command = kosoku(f"{host}:{port}", *cases, "-o", str(tmp_path))
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert number_of_cases(tmp_path) == count, done.stdout + done.stderr
    assert not_strict(tmp_path) == {}


@CLASSES
def test_the_client(cases: tuple[str, ...], count: int, tmp_path: Path) -> None:
    command = kosoku("-m", "fuzzingserver", "127.0.0.1:0", *cases, "-o", str(tmp_path))
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        try:
            line = server.stderr.readline()  # fuzzingserver listening on ws://127.0.0.1:PORT
            address = ("127.0.0.1", int(line.rpartition(":")[2]))
            for case in range(1, count + 1):
                path = f"/runCase?case={case}&agent=ours"
                with connect_websocket(address, path, timeout=60.0) as client:
                    while (message := client.receive()) is not None:
                        client.send(message)
            with connect_websocket(address, "/updateReports?agent=ours", timeout=60.0) as client:
                assert client.receive() is None
            server.wait(60)  # it ends when it has written its report
        finally:
            server.kill()
    assert number_of_cases(tmp_path) == count
    assert not_strict(tmp_path) == {}
