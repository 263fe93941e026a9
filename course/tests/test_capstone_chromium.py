"""Two people in a real browser, and a server that is killed: nothing is lost or doubled.

Chromium is driven over its DevTools protocol, with the WebSocket client of the chapter *websocket*.
"""

from __future__ import annotations

import shutil

import pytest

from solutions.ch17_websocket import connect_websocket
from solutions.rehearsal import rehearsal

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""


@pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed")
@pytest.mark.parametrize("on_loop", [False, True], ids=["threads", "loop"])
def test_two_people_and_a_server_that_is_killed(on_loop, capfd):
    rehearsal(CHROMIUM, "solutions.ch20_capstone", connect_websocket, on_loop)
    printed = capfd.readouterr().out.splitlines()
    assert printed.count("Ada sees 8, each once") == printed.count("Bob sees 8, each once") == 2
    assert sum(line.startswith("kill -9") for line in printed) == 3
