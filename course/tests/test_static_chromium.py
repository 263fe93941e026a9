"""A browser that jumps into the middle of a melody asks for a part of the file: with real Chromium."""

from __future__ import annotations

import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from course.tests.test_http_fuzz_on_the_wire import on_a_loop, on_threads
from solutions.ch09_request import Request
from solutions.ch11_response import Response
from solutions.ch13_routing import Router
from solutions.ch15_static_files import Files, mount, write_folder

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-sync", "--disable-background-networking", "--disable-component-update"),
    *("--autoplay-policy=no-user-gesture-required", "--timeout=30000", "--dump-dom"),
)
PAGE = """<!doctype html><title>A melody</title><audio id="a" muted autoplay src="melody.wav"></audio>
<script>a.addEventListener("loadedmetadata", () => { a.currentTime = 100 })</script>"""


@pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed")
@pytest.mark.parametrize("serving", [on_threads, on_a_loop])
def test_chromium_jumps_into_a_melody(serving, tmp_path: Path) -> None:
    root = tmp_path / "www"
    root.mkdir()
    write_folder(root)
    (root / "seek.html").write_text(PAGE)
    router, parts, has_jumped = Router(), [], threading.Event()
    mount(router, "/", Files(root))

    def handler(request: Request) -> Response:
        response = router(request)
        if response.status == 206:
            parts.append(dict(response.fields)["Content-Range"])
            if len(parts) > 1:
                has_jumped.set()
        return response

    with serving(handler) as (host, port):
        url = f"http://{host}:{port}/seek.html"
        command = [CHROMIUM, *OPTIONS, f"--user-data-dir={tmp_path / 'profile'}", url]
        browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            assert has_jumped.wait(30), parts
        finally:
            browser.terminate()
            browser.wait()
    assert parts[0] == "bytes 0-10584043/10584044"
    start, _, rest = parts[1].removeprefix("bytes ").partition("-")
    assert 100 * 88_200 - 1_000_000 < int(start) <= 100 * 88_200 + 44
    assert rest == "10584043/10584044"
