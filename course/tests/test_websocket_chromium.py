"""Real Chromium opens a WebSocket: text, octets, a large message, a ping, and a close with its code."""

from __future__ import annotations

import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from course.tests.test_http_fuzz_on_the_wire import on_a_loop, on_threads
from solutions.ch09_request import Request
from solutions.ch11_response import HTML, Response
from solutions.ch17_websocket import echo

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-sync", "--disable-background-networking", "--disable-component-update"),
    "--remote-debugging-port=0",  # with it, Chromium runs until it is terminated
)
PAGE = """<!doctype html><title>An echo</title><script>
  const messages = ["hello", "Grüße ✓ \\u{1f4a9}", "", "x".repeat(1000000)]
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/echo")
  const results = []
  socket.binaryType = "arraybuffer"
  socket.onopen = () => {
    messages.forEach((message) => socket.send(message))
    socket.send(new Uint8Array([0, 255, 128]))
  }
  socket.onmessage = (event) => {
    const data = event.data
    const octets = () => new Uint8Array(data).join() === "0,255,128"
    const good = messages.length ? data === messages.shift() : octets()
    results.push(good ? "good" : "bad")
    if (results.length === 5) socket.close(4321, "enough")
  }
  socket.onclose = (event) => fetch(`/done?${results}-${event.code}-${event.wasClean}`)
</script>"""


@pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed")
@pytest.mark.parametrize("serving", [on_threads, on_a_loop])
def test_chromium_sends_and_receives(serving: Any, tmp_path: Path) -> None:
    said, is_done = [], threading.Event()

    def handler(request: Request) -> Response:
        if request.target == "/echo":
            return echo(request)
        if request.target.startswith("/done"):
            said.append(request.target)
            is_done.set()
        return Response(PAGE.encode(), 200, [HTML])

    with serving(handler) as (host, port):
        url = f"http://{host}:{port}/"
        command = [CHROMIUM, *OPTIONS, f"--user-data-dir={tmp_path / 'profile'}", url]
        browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            assert is_done.wait(30)
        finally:
            browser.terminate()
            browser.wait()
    assert said == ["/done?good,good,good,good,good-4321-true"]
