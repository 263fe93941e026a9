"""A capture shows the packets that the kernel sent, and refuses what is not a capture."""

import re
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from course.maintain import record_capture
from course.pictures import read_capture

STORED = Path(__file__).parents[2] / "notebooks" / "data" / "one_connection.pcap"


def datagram(source=50000, destination=80, seq=0, ack=0, bits=0x02, payload=b"", options=b""):
    offset = (20 + len(options)) // 4 << 4
    tcp = struct.pack("!HHIIBBHHH", source, destination, seq, ack, offset, bits, 0, 0, 0) + options
    total = 20 + len(tcp) + len(payload)
    addresses = socket.inet_aton("127.0.0.1") * 2
    ip = struct.pack("!BBHHHBBH", 0x45, 0, total, 0, 0, 64, 6, 0) + addresses
    return ip + tcp + payload


def pcap(frames, magic=0xA1B2C3D4, link_type=1):
    content = struct.pack("<IHHiIII", magic, 2, 4, 0, 0, 65535, link_type)
    for frame in frames:
        whole = b"\xee" * 14 + frame
        content += struct.pack("<4I", 7, 500, len(whole), len(whole)) + whole
    return content


@pytest.fixture
def read(tmp_path):
    def write_and_read(content):
        path = tmp_path / "x.pcap"
        path.write_bytes(content)
        return read_capture(path)

    return write_and_read


def test_the_stored_capture_is_one_whole_connection():
    capture = read_capture(STORED)
    client = capture.packets[0].source
    signs = [(p.source == client, *p.flags) for p in capture.packets]
    assert signs[:3] == [(True, "SYN"), (False, "SYN", "ACK"), (True, "ACK")]
    data = [(p.source == client, p.payload) for p in capture.packets if p.payload]
    assert data == [(True, b"hello"), (False, b"HELLO")]
    ends = [p.source == client for p in capture.packets if "FIN" in p.flags]
    assert ends == [True, False]
    assert capture.packets[-1].flags == ("ACK",)
    assert not [p for p in capture.packets if "RST" in p.flags]


def test_the_stored_capture_knows_no_address_but_loopback():
    ends = {end for p in read_capture(STORED).packets for end in (p.source, p.destination)}
    assert len(ends) == 2
    assert all(end.startswith("127.0.0.1:") for end in ends)


def test_numbers_are_relative_to_each_end():
    capture = read_capture(STORED)
    lines = capture.text().splitlines()[2:]
    relative = [re.findall(r"seq=(\d+)(?: ack=(\d+))?", line)[0] for line in lines[:11]]
    assert relative[:4] == [("0", ""), ("0", "1"), ("1", "1"), ("1", "1")]
    assert relative[4:6] == [("1", "6"), ("1", "6")]
    assert relative[-1] == ("7", "7"), "SYN and FIN count for one each, and so does each octet"
    assert capture.packets[0].seq > 1000
    assert capture.packets[1].ack == capture.packets[0].seq + 1


def test_the_picture_has_an_arrow_for_each_packet_with_flags_numbers_and_bytes():
    capture = read_capture(STORED)
    lines = capture.text().splitlines()
    arrows = [line for line in lines if "▶" in line or "◀" in line]
    assert len(arrows) == len(capture.packets) == capture.svg().count("<polygon")
    assert re.search(r"├─+ SYN  seq=0 ─+▶│", arrows[0])
    assert re.search(r"│◀─+ SYN ACK  seq=0 ack=1 ─+┤", arrows[1])
    assert re.search(r"├─+ PSH ACK  seq=1 ack=1  b'hello' ─+▶│", arrows[3])


def test_calls_are_written_at_their_own_side():
    capture = read_capture(STORED)
    picture = capture.annotate({0: ("client", "connect()"), 5: ("server", "sendall()")})
    lines = picture.text().splitlines()[2:]
    assert lines[0].lstrip().startswith("connect() ├")
    assert lines[5].endswith("┤ sendall()")
    assert lines[5].lstrip().startswith("│◀")
    assert "connect()" in picture.svg()
    assert "connect()" not in capture.text(), "annotate returns a new picture"
    assert picture.packets == capture.packets


def test_every_flag_has_its_name(read):
    (packet,) = read(pcap([datagram(bits=0x1F)])).packets
    assert packet.flags == ("SYN", "FIN", "RST", "PSH", "ACK")


def test_a_packet_ends_where_its_length_says_and_keeps_its_options(read):
    frame = datagram(payload=b"octets", options=b"\x01" * 4) + b"padding"
    (packet,) = read(pcap([frame])).packets
    assert packet.payload == b"octets"
    assert packet.source == "127.0.0.1:50000"
    assert packet.destination == "127.0.0.1:80"
    assert packet.header == datagram(options=b"\x01" * 4)[20:44]


def test_relative_numbers_survive_the_wrap_at_two_to_the_32(read):
    capture = read(pcap([datagram(seq=2**32 - 1), datagram(seq=3, bits=0x08, payload=b"x")]))
    assert "PSH  seq=4  b'x'" in capture.text()


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04 a zip file", pcap([datagram()], magic=0xA1B23C4D), pcap([], link_type=101)],
)
def test_what_tcpdump_did_not_write_on_linux_is_refused(read, content):
    with pytest.raises(ValueError, match="is not a pcap file that tcpdump wrote on Linux"):
        read(content)


def test_every_way_to_cut_a_capture_short_is_refused_or_leaves_whole_packets(read):
    content = pcap([datagram(), datagram(payload=b"x" * 9)])
    whole = (24 + 16 + 54, len(content))
    for length in range(24, len(content)):
        if length in whole:
            continue
        with pytest.raises(ValueError, match=r"cut short|holds 0 TCP connections"):
            read(content[:length])
    assert [len(read(content[:length]).packets) for length in whole] == [1, 2]


def test_a_packet_that_tcpdump_cut_is_refused(read):
    content = bytearray(pcap([datagram()]))
    struct.pack_into("<I", content, 24 + 12, 999)
    with pytest.raises(ValueError, match="cut short in the packet at octet 24"):
        read(bytes(content))


def test_several_connections_are_refused(read):
    with pytest.raises(ValueError, match="holds 2 TCP connections, not one"):
        read(pcap([datagram(), datagram(source=50001)]))


def test_recording_says_in_one_line_what_is_missing(capsys, monkeypatch, tmp_path):
    path = str(tmp_path / "x.pcap")
    assert record_capture.main([]) == 2
    assert capsys.readouterr().err.startswith("record_capture: name one FILE")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr("os.geteuid", lambda: 1000, raising=False)
    assert record_capture.main([path]) == 2
    assert (
        capsys.readouterr().err == "record_capture: needs root to read packets; run it with sudo\n"
    )
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert record_capture.main([path]) == 2
    assert "needs tcpdump" in capsys.readouterr().err
    monkeypatch.setattr(sys, "platform", "darwin")
    assert record_capture.main([path]) == 2
    assert "needs Linux" in capsys.readouterr().err
    assert not Path(path).exists()


def test_recording_makes_a_capture_like_the_stored_one(tmp_path):
    path = tmp_path / "again.pcap"
    command = [sys.executable, "-m", "course.maintain.record_capture", str(path)]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=60
    )
    if done.returncode == 2:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    stored, again = read_capture(STORED), read_capture(path)
    assert [p.flags for p in again.packets] == [p.flags for p in stored.packets]
    assert [p.payload for p in again.packets] == [p.payload for p in stored.packets]
