"""Packets as the kernel sent them: a reader of pcap files, without dependencies."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Literal

from . import packet_ladder
from .drawing import Picture, format_address

Side = Literal["client", "server"]

# The first four octets tell the byte order of the headers, and the ticks of a second.
_MAGIC = {
    b"\xa1\xb2\xc3\xd4": (">", 10**6),
    b"\xd4\xc3\xb2\xa1": ("<", 10**6),
    b"\xa1\xb2\x3c\x4d": (">", 10**9),
    b"\x4d\x3c\xb2\xa1": ("<", 10**9),
}
_LINK_HEADER = {0: 4, 1: 14, 101: 0, 113: 16}  # NULL, Ethernet, RAW, LINUX_SLL: octets before IP
_FLAGS = {0x02: "SYN", 0x01: "FIN", 0x04: "RST", 0x08: "PSH", 0x10: "ACK"}
_TCP = 6


@dataclass(frozen=True)
class Packet:
    """One TCP segment of IPv4 (RFC 9293 section 3.1).

    `time` is in seconds since the first packet of the capture. `source` and `destination` are
    "address:port". `seq` and `ack` are the numbers on the wire, not relative ones. `flags` are in
    the order SYN, FIN, RST, PSH, ACK. `header` is the TCP header with its options.
    """

    time: float
    source: str
    destination: str
    seq: int
    ack: int
    flags: tuple[str, ...]
    payload: bytes
    header: bytes


class Capture(Picture):
    """The packets of one connection, drawn as a ladder; make one with `read_capture`."""

    def __init__(
        self, packets: tuple[Packet, ...], calls: Mapping[int, tuple[Side, str]] | None = None
    ) -> None:
        self.packets = packets
        self.calls = dict(calls or {})

    @property
    def client(self) -> str:
        """The address of the end that sent the first SYN, or the first packet."""
        opening = [packet for packet in self.packets if packet.flags == ("SYN",)]
        return [*opening, *self.packets][0].source

    @property
    def server(self) -> str:
        """The address of the other end."""
        first = self.packets[0]
        return first.destination if first.source == self.client else first.source

    def relative(self, packet: Packet) -> tuple[int, int | None]:
        """Return seq and ack counted from each end's first number; ack is None without ACK."""
        seq = (packet.seq - self._first_number(packet.source)) % 2**32
        if "ACK" not in packet.flags:
            return seq, None
        return seq, (packet.ack - self._first_number(packet.destination)) % 2**32

    def annotate(self, calls: Mapping[int, tuple[Side, str]]) -> Capture:
        """Return the same packets with a call written beside the lane of its side.

        `calls` maps the index of a packet to ("client" or "server", the call). Raises IndexError
        for an index without a packet.
        """
        unknown = sorted(index for index in calls if not 0 <= index < len(self.packets))
        if unknown:
            raise IndexError(f"no packet {unknown[0]}: there are {len(self.packets)}, from 0")
        return Capture(self.packets, calls)

    def text(self) -> str:
        """Return one arrow for each packet, between the client's lane and the server's."""
        return packet_ladder.text(self)

    def svg(self) -> str:
        """Return the same as a card."""
        return packet_ladder.svg(self)

    def _first_number(self, source: str) -> int:
        numbers = [packet.seq for packet in self.packets if packet.source == source]
        if numbers:
            return numbers[0]
        # An end that sent nothing is known by what the other one acknowledged first.
        return next(packet.ack for packet in self.packets if packet.destination == source)


def read_capture(path: str | PathLike[str]) -> Capture:
    """Read the IPv4 TCP packets of a classic pcap file (not pcapng) that holds one connection.

    Raises ValueError for a file that is no such capture, is cut short, has a link type other than
    Ethernet, RAW, LINUX_SLL and NULL, or holds no connection or several.
    """
    content = Path(path).read_bytes()
    if content[:4] not in _MAGIC:
        raise ValueError(f"{path} is not a pcap file: it begins with {content[:4]!r}")
    order, ticks = _MAGIC[content[:4]]
    if len(content) < 24:
        raise ValueError(f"{path} is cut short in its file header")
    (link_type,) = struct.unpack_from(f"{order}I", content, 20)
    if link_type not in _LINK_HEADER:
        raise ValueError(f"{path} has the link type {link_type}, which is not supported")
    frames = list(_frames(path, content, order, ticks))
    start = frames[0][0] if frames else 0
    found = (
        _packet((when - start) / ticks, frame[_LINK_HEADER[link_type] :]) for when, frame in frames
    )
    packets = tuple(packet for packet in found if packet)
    connections = {frozenset((packet.source, packet.destination)) for packet in packets}
    if len(connections) != 1:
        raise ValueError(f"{path} holds {len(connections)} TCP connections, not one")
    return Capture(packets)


def _frames(
    path: str | PathLike[str], content: bytes, order: str, ticks: int
) -> Iterator[tuple[int, bytes]]:
    """Yield the time in ticks and the octets of every frame."""
    position = 24
    while position < len(content):
        header = content[position : position + 16]
        if len(header) < 16:
            raise ValueError(f"{path} is cut short at octet {position}")
        seconds, fraction, kept, original = struct.unpack(f"{order}4I", header)
        frame = content[position + 16 : position + 16 + kept]
        if len(frame) < kept or kept < original:
            raise ValueError(f"{path} is cut short in the packet at octet {position}")
        yield seconds * ticks + fraction, frame
        position += 16 + kept


def _packet(time: float, datagram: bytes) -> Packet | None:
    """Parse an IPv4 datagram (RFC 791 section 3.1); return None where it carries no TCP."""
    if len(datagram) < 40 or datagram[0] >> 4 != 4 or datagram[9] != _TCP:
        return None
    (total,) = struct.unpack_from("!H", datagram, 2)
    segment = datagram[(datagram[0] & 0x0F) * 4 : total]
    header_length = (segment[12] >> 4) * 4 if len(segment) >= 20 else 0
    if not 20 <= header_length <= len(segment):
        raise ValueError(f"a TCP header of {header_length} octets in a segment of {len(segment)}")
    source_port, destination_port, seq, ack, _, bits = struct.unpack_from("!HHIIBB", segment)
    return Packet(
        time,
        format_address(socket.inet_ntoa(datagram[12:16]), source_port),
        format_address(socket.inet_ntoa(datagram[16:20]), destination_port),
        seq,
        ack,
        tuple(name for bit, name in _FLAGS.items() if bits & bit),
        segment[header_length:],
        segment[:header_length],
    )
