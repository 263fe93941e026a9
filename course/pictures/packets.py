"""Packets as the kernel sent them, read from the file that tcpdump wrote."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from .drawing import format_address

_MAGIC = b"\xd4\xc3\xb2\xa1"  # pcap, little-endian, microseconds
_ETHERNET = 1
_ETHERNET_HEADER = 14  # octets before IP
_FLAGS = {0x02: "SYN", 0x01: "FIN", 0x04: "RST", 0x08: "PSH", 0x10: "ACK"}


@dataclass(frozen=True)
class Packet:
    """One TCP segment of IPv4 (RFC 9293 section 3.1).

    `source` and `destination` are "address:port". `seq` and `ack` are the numbers on the wire, not
    relative ones. `flags` are in the order SYN, FIN, RST, PSH, ACK. `header` is the TCP header with
    its options.
    """

    source: str
    destination: str
    seq: int
    ack: int
    flags: tuple[str, ...]
    payload: bytes
    header: bytes


def read_packets(path: str | PathLike[str]) -> tuple[Packet, ...]:
    """Read the packets that tcpdump wrote on Linux (pcap, Ethernet), all of them TCP over IPv4.

    Raises ValueError for any other file and for one that is cut short.
    """
    content = Path(path).read_bytes()
    if content[:4] != _MAGIC or content[20:24] != struct.pack("<I", _ETHERNET):
        raise ValueError(f"{path} is not a pcap file that tcpdump wrote on Linux")
    return tuple(_packet(frame[_ETHERNET_HEADER:]) for frame in _frames(path, content))


def _frames(path: str | PathLike[str], content: bytes) -> Iterator[bytes]:
    position = 24
    while position < len(content):
        header = content[position : position + 16].ljust(16, b"\xff")
        kept, original = struct.unpack("<8xII", header)
        frame = content[position + 16 : position + 16 + kept]
        if len(frame) < original:
            raise ValueError(f"{path} is cut short in the packet at octet {position}")
        yield frame
        position += 16 + kept


def _packet(datagram: bytes) -> Packet:
    """Parse an IPv4 datagram (RFC 791 section 3.1) that carries TCP."""
    (total,) = struct.unpack_from("!H", datagram, 2)
    segment = datagram[(datagram[0] & 0x0F) * 4 : total]
    source_port, destination_port, seq, ack, offset, bits = struct.unpack_from("!HHIIBB", segment)
    header_length = (offset >> 4) * 4
    return Packet(
        format_address(socket.inet_ntoa(datagram[12:16]), source_port),
        format_address(socket.inet_ntoa(datagram[16:20]), destination_port),
        seq,
        ack,
        tuple(name for bit, name in _FLAGS.items() if bits & bit),
        segment[header_length:],
        segment[:header_length],
    )
