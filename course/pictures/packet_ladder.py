"""How the packets of a capture are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .drawing import CARD_WIDTH, CHARACTER_WIDTH, Card, bytes_label, pad_port

if TYPE_CHECKING:
    from .packets import Capture, Packet

CAPTION = "Captured packets; seq and ack are relative to the first number of each end."
_CALL_WIDTH = 14
_SHAFT = 48
_LEFT, _RIGHT = 160, CARD_WIDTH - 160
_ROW_HEIGHT = 46
_TOP = 80


def text(capture: Capture) -> str:
    """Return one line for each packet."""
    client, server = pad_port(capture.client), pad_port(capture.server)
    lines = [
        f"{'client':>{_CALL_WIDTH + 2}}{'':{_SHAFT}}server",
        f"{client:>{_CALL_WIDTH + 2}}{'':{_SHAFT}}{server}",
        *(_line(capture, index) for index in range(len(capture.packets))),
        "",
        CAPTION,
    ]
    return "\n".join(line.rstrip() for line in lines)


def svg(capture: Capture) -> str:
    """Return a card with one arrow for each packet."""
    card = Card(_TOP + _ROW_HEIGHT * len(capture.packets) + 34, "Captured packets", text(capture))
    for x, role, address in (
        (_LEFT, "client", capture.client),
        (_RIGHT, "server", capture.server),
    ):
        card.text(x, 30, role, f"{role} bold", "middle")
        card.text(x, 48, pad_port(address), "soft small", "middle")
        card.line(x, 62, x, card.height - 40, role)
    for index, packet in enumerate(capture.packets):
        _draw_packet(card, capture, index, packet)
    card.text(20, card.height - 16, CAPTION, "soft prose small")
    return card.finish()


def _numbers(capture: Capture, packet: Packet) -> str:
    seq, ack = capture.relative(packet)
    return f"seq={seq}" if ack is None else f"seq={seq} ack={ack}"


def _label(capture: Capture, packet: Packet) -> str:
    label = f"{' '.join(packet.flags)}  {_numbers(capture, packet)}"
    room = _SHAFT - len(label) - 8
    return f"{label}  {bytes_label(packet.payload, room)}" if packet.payload else label


def _line(capture: Capture, index: int) -> str:
    packet = capture.packets[index]
    side, call = capture.calls.get(index, ("", ""))
    shaft = f" {_label(capture, packet)} ".center(_SHAFT - 1, "─")
    left, right = ("├", "▶│") if packet.source == capture.client else ("│◀", "┤")
    before = call if side == "client" else ""
    after = call if side == "server" else ""
    return f"{before[:_CALL_WIDTH]:>{_CALL_WIDTH}} {left}{shaft}{right} {after[:_CALL_WIDTH]}"


def _draw_packet(card: Card, capture: Capture, index: int, packet: Packet) -> None:
    y = _TOP + _ROW_HEIGHT * index + 6.0
    if packet.source == capture.client:
        role, start, stop = "client", _LEFT + 4, _RIGHT - 4
    else:
        role, start, stop = "server", _RIGHT - 4, _LEFT + 4
    card.arrow(start, y, stop, y + 14, role)
    middle = CARD_WIDTH / 2
    flags, numbers = " ".join(packet.flags), _numbers(capture, packet)
    payload = bytes_label(packet.payload, 26) if packet.payload else ""
    pieces = ((flags, f"{role} bold halo"), (numbers, "soft halo"), (payload, "ink bold halo"))
    shown = [(piece, style) for piece, style in pieces if piece]
    width = (sum(len(piece) for piece, _ in shown) + 2 * (len(shown) - 1)) * CHARACTER_WIDTH
    x = middle - width / 2
    for piece, style in shown:
        card.text(x, y - 4, piece, style)
        x += (len(piece) + 2) * CHARACTER_WIDTH
    if index in capture.calls:
        side, call = capture.calls[index]
        x, anchor = (_LEFT - 10, "end") if side == "client" else (_RIGHT + 10, "start")
        sent = (side == "client") == (packet.source == capture.client)
        card.text(x, y + (4 if sent else 18), call, f"{side} halo", anchor)
