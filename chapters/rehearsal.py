"""A rehearsal: two people in a real browser, and a server that is killed. This module is given.

The browser is Chromium. It is driven over its DevTools protocol, which is JSON over a WebSocket: the
chapter *capstone* passes its own client. This module belongs to no chapter, and imports none.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from course.by_hand import CannotRun

PATIENCE = 60.0  # seconds for whatever the browser has to do: a busy machine is slow
CHROMIUM = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-background-timer-throttling", "--disable-renderer-backgrounding"),
    *("--disable-dev-shm-usage", "--remote-debugging-port=0", "about:blank"),
)


class BoardProcess:
    """The board, in a process of its own, so that it can be killed."""

    def __init__(self, module: str, folder: Path, on_loop: bool) -> None:
        self.command = [sys.executable, "-m", module, "--data", str(folder)]
        self.command += ["--loop"] if on_loop else []
        self.port = 0  # any free one, the first time; later the same again
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, and return as soon as it listens."""
        command = [*self.command, "--port", str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line.startswith("Listening on "):
            self.stop()
            raise CannotRun(f"the server did not start: {line.strip() or 'it printed nothing'}")
        self.port = int(line.rpartition(":")[2])
        read_all(self.process.stdout)

    def kill(self) -> None:
        """Kill it, as `kill -9` does: it gets no chance to do anything."""
        if self.process:
            self.process.kill()
            self.stop()

    def stop(self) -> None:
        """Stop it, and wait until it has ended."""
        process, self.process = self.process, None
        if process:
            with suppress(OSError):
                process.send_signal(signal.SIGTERM)
            process.wait()


class DevTools:
    """A connection to Chromium. `client` is a WebSocket with send() and receive()."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.number = 0
        self.events: deque[dict[str, Any]] = deque()

    def receive(self) -> dict[str, Any]:
        """Return what the browser sends next. Raises OSError if it sends nothing in time."""
        message = self.client.receive()
        if message is None:
            raise ConnectionError("the browser has closed the connection")
        value: dict[str, Any] = json.loads(message)
        return value

    def call(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """Ask the browser to do something, and return its answer."""
        self.number += 1
        question = {"id": self.number, "method": method, "params": params}
        self.client.send(json.dumps(question | ({"sessionId": session} if session else {})))
        while (answer := self.receive()).get("id") != self.number:
            if "method" in answer:
                self.events.append(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def wait_for(self, method: str, session: str) -> None:
        """Wait for an event of a page. It may have come already."""
        while True:
            while self.events:
                event = self.events.popleft()
                if event["method"] == method and event.get("sessionId") == session:
                    return
            answer = self.receive()
            if "method" in answer:
                self.events.append(answer)


# Wait in the page until something is true: no page is asked twice, and nobody sleeps.
UNTIL = """new Promise((resolve) => {
  const look = () => { if (%s) { watcher.disconnect(); resolve(true) } }
  const watcher = new MutationObserver(look)
  watcher.observe(document, { subtree: true, childList: true, attributes: true, characterData: true })
  look()
})"""
SHOWN = """[...document.querySelectorAll("#messages article")].reverse()
  .map((item) => [Number(item.dataset.id), item.querySelector("p").textContent])"""


class Person:
    """Somebody with a browser of their own: no other person's cookies are in it."""

    def __init__(self, browser: DevTools, url: str, name: str) -> None:
        self.browser = browser
        self.url = url
        self.name = name
        context = browser.call("Target.createBrowserContext")["browserContextId"]
        target = browser.call("Target.createTarget", url="about:blank", browserContextId=context)
        attached = browser.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self.session = attached["sessionId"]
        browser.call("Page.enable", self.session)

    def open(self, path: str) -> None:
        """Open a page, and wait until it has been loaded."""
        self.browser.events.clear()
        self.browser.call("Page.navigate", self.session, url=self.url + path)
        self.browser.wait_for("Page.loadEventFired", self.session)

    def value_of(self, script: str) -> Any:
        """Run a script in the page, and return its value."""
        answer = self.browser.call(
            "Runtime.evaluate",
            self.session,
            expression=script,
            awaitPromise=True,
            returnByValue=True,
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait until a condition is true in the page."""
        self.value_of(UNTIL % condition)

    def join(self) -> None:
        """Join the board, and wait until it is there."""
        self.open("/join")
        for field, text in (("name", self.name), ("password", f"{self.name} has a secret")):
            self.type(f"[name={field}]", text)
        self.browser.events.clear()
        self.value_of("document.querySelector('button').form.requestSubmit()")
        self.browser.wait_for("Page.loadEventFired", self.session)
        self.until("state.textContent === 'connected'")

    def type(self, selector: str, text: str) -> None:
        """Type a text into a field, as a keyboard does."""
        self.value_of(f"document.querySelector({json.dumps(selector)}).focus()")
        self.browser.call("Input.insertText", self.session, text=text)

    def write(self, text: str) -> None:
        """Write a message, and press Enter. It does not matter whether the server is running."""
        self.type("#write [name=text]", text)
        for kind, key in (("keyDown", {"key": "Enter", "text": "\r"}), ("keyUp", {"key": "Enter"})):
            self.browser.call("Input.dispatchKeyEvent", self.session, type=kind, **key)

    def sees(self, count: int) -> list[tuple[int, str]]:
        """Wait until so many messages are shown and none waits; return all: ids and texts."""
        shown = "document.querySelectorAll('#messages article').length"
        self.until(f"{shown} >= {count} && !document.querySelector('#waiting article')")
        return [(number, text) for number, text in self.value_of(SHOWN)]


def read_all(pipe: IO[str]) -> None:
    """Read, in a thread, whatever else a program prints: a full pipe would stop the program."""
    threading.Thread(target=deque, args=(pipe, 0), daemon=True).start()


@contextmanager
def chromium(program: str, connect: Callable[..., Any]) -> Iterator[DevTools]:
    """Start Chromium without a window, and connect to it. Raises CannotRun."""
    found = shutil.which(program)
    if found is None:
        raise CannotRun(f"there is no program {program} here")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [found, *CHROMIUM[:-1], f"--user-data-dir={profile}", CHROMIUM[-1]]
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace"
        )
        assert process.stderr
        try:
            url = next((line for line in process.stderr if "listening on ws://" in line), None)
            if url is None:
                raise CannotRun(f"{program} did not start")
            read_all(process.stderr)
            parts = urlsplit(url.rpartition(" ")[2].strip())
            address = (parts.hostname, parts.port)
            with connect(address, parts.path, timeout=PATIENCE) as client:
                yield DevTools(client)
        finally:
            process.kill()
            process.wait()


def rehearsal(
    program: str, module: str, connect: Callable[..., Any], on_loop: bool = False
) -> None:
    """Let Ada and Bob write, kill the server while they do, and print what each of them sees."""
    with tempfile.TemporaryDirectory() as folder, chromium(program, connect) as browser:
        server = BoardProcess(module, Path(folder), on_loop)
        try:
            play(server, browser)
        finally:
            server.stop()


def play(server: BoardProcess, browser: DevTools) -> None:
    """Do what rehearsal() promises. Raises CannotRun if a message is lost, or there twice."""
    server.start()
    url = f"http://127.0.0.1:{server.port}"
    ada, bob = (Person(browser, url, name) for name in ("Ada", "Bob"))
    sent: list[str] = []

    def write(person: Person, text: str) -> None:
        print(f"{person.name} writes: {text}", flush=True)
        person.write(text)
        sent.append(text)

    def look() -> None:
        for person in (ada, bob):
            seen = person.sees(len(sent))
            ids, texts = [number for number, _text in seen], [text for _number, text in seen]
            if sorted(texts) != sorted(sent) or ids != sorted(set(ids)):
                raise CannotRun(f"{person.name} sees {texts}, and these were sent: {sent}")
            print(f"{person.name} sees {len(seen)}, each once", flush=True)

    for person in (ada, bob):
        person.join()
        print(f"{person.name} has joined", flush=True)
    write(ada, "Hello, <b>Bob</b>!")
    write(bob, "Hello, Ada!")
    look()
    print("kill -9", flush=True)
    server.kill()
    write(ada, "Are you there?")
    write(bob, "Where is everybody?")
    server.start()
    print("The server runs again", flush=True)
    look()
    for number in (1, 2):
        write(ada, f"Now! {number}")
        server.kill()
        print("kill -9, before anybody has looked", flush=True)
        server.start()
        write(bob, f"Again! {number}")
    look()
    for person in (ada, bob):
        person.open("/")
    print("Both reload the page", flush=True)
    look()
