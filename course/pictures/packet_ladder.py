"""The packets of a captured connection, drawn as a ladder."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Literal

from .drawing import CARD_WIDTH, CHARACTER_WIDTH, Card, Picture, bytes_label, pad_port
from .packets import Packet, read_packets

CAPTION = "Captured packets; seq and ack are relative to the first number of each end."
_CALL_WIDTH = 14
_SHAFT = 48
_LEFT, _RIGHT = 160, CARD_WIDTH - 160
_ROW_HEIGHT = 46
_TOP = 80

Side = Literal["client", "server"]


class Capture(Picture):
    """The packets of one connection from its first SYN on; make one with `read_capture`."""

    def __init__(
        self, packets: tuple[Packet, ...], calls: Mapping[int, tuple[Side, str]] | None = None
    ) -> None:
        self.packets = packets
        self._calls = dict(calls or {})
        self._client, self._server = packets[0].source, packets[0].destination

    def annotate(self, calls: Mapping[int, tuple[Side, str]]) -> Capture:
        """Return the same packets with a call written beside the lane of its side.

        `calls` maps the index of a packet to ("client" or "server", the call).
        """
        return Capture(self.packets, calls)

    def about(self) -> str:
        """Return how many packets there are."""
        return f"The packets of one connection, between client and server: {len(self.packets)}."

    def text(self) -> str:
        """Return one arrow for each packet, between the client's lane and the server's."""
        client, server = pad_port(self._client), pad_port(self._server)
        lines = [
            f"{'client':>{_CALL_WIDTH + 2}}{'':{_SHAFT}}server",
            f"{client:>{_CALL_WIDTH + 2}}{'':{_SHAFT}}{server}",
            *(self._line(index) for index in range(len(self.packets))),
            "",
            CAPTION,
        ]
        return "\n".join(line.rstrip() for line in lines)

    def svg(self) -> str:
        """Return the same as a card."""
        height = _TOP + _ROW_HEIGHT * len(self.packets) + 34
        card = Card(height, "Captured packets", self.about())
        for x, role, address in ((_LEFT, "client", self._client), (_RIGHT, "server", self._server)):
            card.text(x, 30, role, f"{role} bold", "middle")
            card.text(x, 48, pad_port(address), "soft small", "middle")
            card.line(x, 62, x, card.height - 40, role)
        for index, packet in enumerate(self.packets):
            self._draw_packet(card, index, packet)
        card.text(20, card.height - 16, CAPTION, "soft prose small")
        return card.finish()

    def _numbers(self, packet: Packet) -> str:
        """Return seq and ack, counted from each end's first number."""
        seq = (packet.seq - self._first_number(packet.source)) % 2**32
        if "ACK" not in packet.flags:
            return f"seq={seq}"
        return f"seq={seq} ack={(packet.ack - self._first_number(packet.destination)) % 2**32}"

    def _first_number(self, source: str) -> int:
        return next(packet.seq for packet in self.packets if packet.source == source)

    def _line(self, index: int) -> str:
        packet = self.packets[index]
        side, call = self._calls.get(index, ("", ""))
        label = f"{' '.join(packet.flags)}  {self._numbers(packet)}"
        if packet.payload:
            label += f"  {bytes_label(packet.payload, _SHAFT - len(label) - 8)}"
        shaft = f" {label} ".center(_SHAFT - 1, "─")
        left, right = ("├", "▶│") if packet.source == self._client else ("│◀", "┤")
        before = call if side == "client" else ""
        after = call if side == "server" else ""
        return f"{before[:_CALL_WIDTH]:>{_CALL_WIDTH}} {left}{shaft}{right} {after[:_CALL_WIDTH]}"

    def _draw_packet(self, card: Card, index: int, packet: Packet) -> None:
        y = _TOP + _ROW_HEIGHT * index + 6.0
        if packet.source == self._client:
            role, start, stop = "client", _LEFT + 4, _RIGHT - 4
        else:
            role, start, stop = "server", _RIGHT - 4, _LEFT + 4
        card.arrow(start, y, stop, y + 14, role)
        payload = bytes_label(packet.payload, 26) if packet.payload else ""
        pieces = [(" ".join(packet.flags), f"{role} bold halo")]
        pieces += [(self._numbers(packet), "soft halo"), (payload, "ink bold halo")]
        width = (sum(len(piece) + 2 for piece, _ in pieces if piece) - 2) * CHARACTER_WIDTH
        x = CARD_WIDTH / 2 - width / 2
        for piece, style in pieces:
            if piece:
                card.text(x, y - 4, piece, style)
                x += (len(piece) + 2) * CHARACTER_WIDTH
        if index in self._calls:
            side, call = self._calls[index]
            x, anchor = (_LEFT - 10, "end") if side == "client" else (_RIGHT + 10, "start")
            card.text(x, y + (4 if side == role else 18), call, f"{side} halo", anchor)


def read_capture(path: str | PathLike[str]) -> Capture:
    """Read the packets of a pcap file that holds one connection (see `read_packets`).

    Raises ValueError for a file that cannot be read, or that holds no connection or several.
    """
    packets = read_packets(path)
    connections = {frozenset((packet.source, packet.destination)) for packet in packets}
    if len(connections) != 1:
        raise ValueError(f"{path} holds {len(connections)} TCP connections, not one")
    return Capture(packets)
