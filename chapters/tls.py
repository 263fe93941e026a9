"""TLS for the sockets of this course, given: a certificate, and a socket that both servers can use.

An SSLSocket differs from the sockets that the chapters were written for. TlsSocket hides four of the
differences; the chapter *hardening* shows them.
"""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

RECORD = 16384  # octets of data that one record has at most (RFC 8446 §5.1)
WANTS = (ssl.SSLWantReadError, ssl.SSLWantWriteError)

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
    send()      sends at most one record, if the socket is non-blocking
    both        raise BlockingIOError, as sockets do, not SSLWantReadError
    shutdown()  of the sending half says in TLS that this is the end, before TCP says it
    dup()       returns an ordinary socket for the same connection
    """

    def recv(self, size: int = 1024, flags: int = 0) -> bytes:
        """Return what has arrived: at most `size` octets, and a record more."""
        try:
            data = super().recv(size, flags)
            while data and (waiting := self.pending()):
                data += super().recv(waiting, flags)
        except WANTS:
            raise BlockingIOError from None
        return data

    def send(self, data: Any, flags: int = 0) -> int:
        """Send some of the data. Return how many octets."""
        if self.gettimeout() == 0:
            data = memoryview(data)[:RECORD]
        try:
            return super().send(data, flags)
        except WANTS:
            raise BlockingIOError from None

    def shutdown(self, how: int) -> None:
        """Shut the connection down: TLS first, if nothing more is sent (RFC 8446 §6.1)."""
        if how != socket.SHUT_RD:
            seconds = self.gettimeout()
            self.settimeout(0)  # the peer need not have said it yet: do not wait for that
            with suppress(OSError, ValueError):
                self.unwrap()
            self.settimeout(seconds)
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
