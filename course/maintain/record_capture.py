"""How the stored capture was made: `python3 -m course.maintain.record_capture FILE`.

It needs Linux, tcpdump, and root, who alone may read packets off an interface. One program makes
the calls of both ends. It waits for the packets of each call before it makes the next one, so that
each packet has one call that caused it.
"""

from __future__ import annotations

import os
import select
import shutil
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

_DEADLINE = 10.0  # seconds, for the packets of one call
_FILE_HEADER = 24  # octets
_PACKET_HEADER = 16


def main(arguments: list[str]) -> int:
    """Record one connection into the file that the command line names; return the exit status."""
    problem = _problem(arguments)
    if problem:
        print(f"record_capture: {problem}", file=sys.stderr)
        return 2
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sniffer = _Sniffer(listener.getsockname()[1])
        try:
            _converse(listener, sniffer)
        except (OSError, struct.error) as error:
            print(f"record_capture: {error}", file=sys.stderr)
            return 1
        finally:
            sniffer.stop()
    Path(arguments[0]).write_bytes(sniffer.captured)
    return 0


def _problem(arguments: list[str]) -> str:
    if len(arguments) != 1:
        return "name one FILE: python3 -m course.maintain.record_capture FILE"
    if sys.platform != "linux":
        return "needs Linux; the stored capture can be read anywhere"
    if os.geteuid() != 0:
        return "needs root to read packets; run it with sudo"
    if not shutil.which("tcpdump"):
        return "needs tcpdump; install it first (apt-get install tcpdump)"
    return ""


class _Sniffer:
    """A tcpdump that writes each packet of one port to a pipe at once."""

    def __init__(self, port: int) -> None:
        command = ["tcpdump", "-i", "lo", "-U", "--immediate-mode", "-w", "-", f"tcp port {port}"]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
        self.captured = self._read(_FILE_HEADER)  # written once tcpdump listens

    def expect(self, count: int) -> None:
        """Wait for this many packets more."""
        for _ in range(count):
            header = self._read(_PACKET_HEADER)
            (kept,) = struct.unpack_from("=I", header, 8)
            self.captured += header + self._read(kept)

    def stop(self) -> None:
        self._process.terminate()
        self._process.communicate()

    def _read(self, size: int) -> bytes:
        assert self._process.stdout is not None
        octets, deadline = b"", time.monotonic() + _DEADLINE
        while len(octets) < size:
            patience = max(deadline - time.monotonic(), 0)
            if not select.select([self._process.stdout], [], [], patience)[0]:
                raise TimeoutError("tcpdump did not see the packets that were expected")
            piece = self._process.stdout.read(size - len(octets))
            if not piece:
                raise OSError("tcpdump ended; try it by hand: tcpdump -i lo tcp")
            octets += piece
        return octets


def _converse(listener: socket.socket, sniffer: _Sniffer) -> None:
    client = socket.create_connection(listener.getsockname(), timeout=_DEADLINE)
    sniffer.expect(3)  # SYN, SYN ACK, ACK: before anybody calls accept()
    server, _ = listener.accept()
    with client, server:
        server.settimeout(_DEADLINE)
        client.sendall(b"hello")
        sniffer.expect(2)  # the segment and its ACK: before anybody calls recv()
        server.sendall(server.recv(1024).upper())
        sniffer.expect(2)
        client.recv(1024)
        client.close()
        sniffer.expect(2)  # FIN and its ACK
        server.recv(1024)
        server.close()
        sniffer.expect(2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
