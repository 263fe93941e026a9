"""TLS for the sockets of this course, given: a certificate, and a socket that both servers can use.

An SSLSocket differs from the sockets that the chapters were written for. TlsSocket hides five of the
differences; the chapter *hardening* shows them.
"""

from __future__ import annotations

import selectors
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from selectors import EVENT_READ, EVENT_WRITE
from time import monotonic
from typing import Any, Self, TypeVar

RECORD = 16384  # octets of data that one record has at most (RFC 8446 §5.1)
WANTS = (ssl.SSLWantReadError, ssl.SSLWantWriteError)
Result = TypeVar("Result")

# poll() needs no descriptor of its own, and takes those above 1023 (select(2)). Windows has select().
Selector: type[selectors.BaseSelector] = getattr(
    selectors, "PollSelector", selectors.SelectSelector
)

# What a client reads that speaks http:// to a port for https://.
PLAIN_HTTP = (
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n"
    b"Content-Length: 35\r\n\r\nThis port is for https, not http.\r\n"
)


def make_certificate(folder: Path, *names: str) -> tuple[Path, Path]:
    """Make a certificate for these host names with the command openssl. Return its file, and its key's.

    It is signed with its own key, for two days. No client trusts it until somebody tells it to.

    Raises RuntimeError if there is no openssl here, or if it fails.
    """
    program = shutil.which("openssl")
    if program is None:
        raise RuntimeError("TLS needs a certificate, and the command openssl is not installed here")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    known_as = ",".join(f"DNS:{name}" for name in names)
    done = subprocess.run(
        [
            *(program, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", f"/CN={names[0]}", "-addext", f"subjectAltName={known_as}"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"openssl has made no certificate: {done.stderr.strip()[-200:]}")
    return certificate, key


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return the context of a server: TLS 1.2 or later. Its sockets are TlsSockets."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    context.sslsocket_class = TlsSocket
    return context


class TlsSocket(ssl.SSLSocket):
    """An SSLSocket that behaves like an ordinary socket where the chapters rely on it.

    recv()      also returns what OpenSSL has decrypted already: select() does not know of it
    send()      sends at most one record
    both        raise BlockingIOError if the socket is non-blocking, as sockets do, not SSLWantReadError
    shutdown()  of the sending half says in TLS that this is the end, before TCP says it
    dup()       returns an ordinary socket for the same connection
    threads     may use it at the same time: OpenSSL forbids that, so that each waits for its turn

    The socket itself never blocks. Who has to wait does so without the lock, `timeout` seconds at most.
    """

    lock: threading.Lock
    seconds: float | None

    def __new__(cls, *arguments: Any, **named: Any) -> Self:
        """Make one with a lock. SSLContext.wrap_socket() does not call __init__()."""
        self = super().__new__(cls, *arguments, **named)
        self.lock, self.seconds = threading.Lock(), None
        return self

    def settimeout(self, value: float | None) -> None:
        """Wait at most so long in each call."""
        self.seconds = value
        if super().gettimeout() != 0:
            super().settimeout(0)

    def gettimeout(self) -> float | None:
        """Return how long a call waits at most."""
        return self.seconds

    def setblocking(self, flag: bool) -> None:
        """Wait forever, or never."""
        self.settimeout(None if flag else 0)

    def getblocking(self) -> bool:
        """Tell whether calls wait."""
        return self.seconds != 0

    def in_turn(self, event: int, call: Callable[..., Result], *arguments: Any) -> Result:
        """Return what the call returns, as soon as it need not wait for `event`."""
        seconds = self.seconds
        deadline = None if seconds is None else monotonic() + seconds
        while True:
            try:
                with self.lock:
                    return call(*arguments)
            except (BlockingIOError, *WANTS) as error:
                if seconds == 0:
                    raise
                if isinstance(error, WANTS):
                    event = EVENT_READ if isinstance(error, ssl.SSLWantReadError) else EVENT_WRITE
            with Selector() as selector:
                selector.register(self, event)
                if not selector.select(None if deadline is None else deadline - monotonic()):
                    raise TimeoutError("timed out")

    def do_handshake(self, block: bool = False) -> None:
        """Take the handshake."""
        self.in_turn(EVENT_READ, super().do_handshake, block)

    def unwrap(self) -> socket.socket:
        """Say in TLS that this is the end, and wait until the peer has said it."""
        return self.in_turn(EVENT_READ, super().unwrap)

    def recv(self, size: int = 1024, flags: int = 0) -> bytes:
        """Return what has arrived: at most `size` octets, and a record more."""
        try:
            return self.in_turn(EVENT_READ, self.recv_now, size, flags)
        except WANTS:
            raise BlockingIOError from None

    def recv_now(self, size: int, flags: int) -> bytes:
        """Return what has arrived, without waiting for it."""
        data = super().recv(size, flags)
        while data and (decrypted := self.pending()):
            data += super().recv(decrypted, flags)
        return data

    def send(self, data: Any, flags: int = 0) -> int:
        """Send some of the data. Return how many octets."""
        try:
            return self.in_turn(EVENT_WRITE, super().send, memoryview(data)[:RECORD], flags)
        except WANTS:
            raise BlockingIOError from None

    def shutdown(self, how: int) -> None:
        """Shut the connection down: TLS first, if nothing more is sent (RFC 8446 §6.1)."""
        with self.lock:
            if how != socket.SHUT_RD:
                with suppress(OSError, ValueError):
                    super().unwrap()  # the peer need not have said it yet: this does not wait for that
            socket.socket.shutdown(self, how)

    def dup(self) -> socket.socket:  # type: ignore[override]
        """Return an ordinary socket for the same connection."""
        return socket.socket(fileno=socket.dup(self.fileno()))


def is_plain_http(error: OSError) -> bool:
    """Tell whether a handshake failed because the client speaks HTTP without TLS."""
    return isinstance(error, ssl.SSLError) and error.reason == "HTTP_REQUEST"


def receive_to_the_end(conn: ssl.SSLSocket) -> tuple[bytes, bool]:
    """Return all that arrives, and whether the peer has said in TLS that this is the end.

    Without that, anybody on the way may have cut the stream (RFC 9112 §9.8). The socket has to be made
    with suppress_ragged_eofs=False: else recv() returns b"" in both cases.
    """
    received = bytearray()
    try:
        while data := conn.recv(65536):
            received += data
    except (ssl.SSLEOFError, ConnectionError):
        return bytes(received), False
    return bytes(received), True
