"""The grammar of HTTP/1.1, given: the rules that the chapters use, each below its ABNF.

They are those of RFC 9110 (HTTP), RFC 9112 (HTTP/1.1) and RFC 3986 (URIs). One octet is one character:
text is latin-1. A function `is_…` tests the whole text, from its first character to its last.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv6Address

# RFC 9110 §5.6.2:  token = 1*tchar
#                   tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." /
#                           "^" / "_" / "`" / "|" / "~" / DIGIT / ALPHA
TOKEN = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def is_token(text: str) -> bool:
    """Tell whether a text is a token: methods and field names are tokens."""
    return text != "" and not text.strip(TOKEN)


# RFC 9110 §5.5:  field-content = field-vchar [ 1*( SP / HTAB / field-vchar ) field-vchar ]
#                 field-vchar   = VCHAR / obs-text        ; %x21-7E / %x80-FF
# These are octets. Lines are tested as bytes, before anything else is known about them.
FIELD_VALUE = b"\t" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))


# RFC 9110 §5.6.1:  #element => [ element ] *( OWS "," OWS [ element ] )
def list_members(value: str) -> list[str]:
    """Return the members of a field value that is a list: `"a, ,b "` has the members a and b."""
    return [member for part in value.split(",") if (member := part.strip(" \t"))]


# RFC 3986 §3.2.2:  host       = IP-literal / IPv4address / reg-name
#                   IP-literal = "[" ( IPv6address / IPvFuture ) "]"
#                   reg-name   = *( unreserved / pct-encoded / sub-delims )
# RFC 9110 §7.2:    Host       = uri-host [ ":" port ]    ; port = *DIGIT
# Every IPv4address is a reg-name. There is no IPvFuture yet. Zones (RFC 6874) are refused.
_NAME = r"[A-Za-z0-9\-._~!$&'()*+,;=]*"
_HOST = re.compile(rf"(?:\[([0-9A-Fa-f:.]+)\]|{_NAME}(?:%[0-9A-Fa-f]{{2}}{_NAME})*)(?::[0-9]*)?")


def host_end(text: str, start: int = 0) -> int:
    """Return the place after the host that begins at `start`, with its port; `start` if none does."""
    match = _HOST.match(text, start)
    if match is None or (match[1] and not _is_ipv6_address(match[1])):
        return start
    return match.end()


def is_host(text: str) -> bool:
    """Tell whether a text is a host, perhaps with a port: `h`, `h:80`, `[::1]:80`. It may be empty."""
    return host_end(text) == len(text)


def _is_ipv6_address(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True


# RFC 9112 §3.2:  request-target = origin-form / absolute-form / authority-form / asterisk-form
# TARGET is visible ASCII without `"`, `#`, `<` and `>`, which browsers always encode. RFC 3986 allows
# less: no \ ^ ` { | } either. Browsers send some of these as they are, so they are accepted.
TARGET = "".join(set(map(chr, range(0x21, 0x7F))) - set('"#<>'))


# §3.2.2:  absolute-form = absolute-URI    ; RFC 3986 §3.1: scheme = ALPHA *( ALPHA / DIGIT / "+-." )
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+\-.]*://")


def host_in(target: str) -> str | None:
    """Return the host of a target in absolute form, with its port; None if it has another form.

    `http://h:80/path` has the host `h:80`. An empty host is refused (RFC 9110 §4.2.1), and so is a
    user's name before the host (§4.2.4).
    """
    match = _SCHEME.match(target)
    if match is None:
        return None
    start = match.end()
    end = host_end(target, start)
    if end == start or target[start] == ":" or target[end : end + 1] not in ("", "/", "?"):
        return None
    return target[start:end]


# §3.2.3:  authority-form = uri-host ":" port
def is_authority(target: str) -> bool:
    """Tell whether a target is a host and a port, and neither is empty: `h:80`."""
    host, _colon, port = target.rpartition(":")
    return host != "" and port.isdigit() and is_host(target)


def is_request_target(method: str, target: str) -> bool:
    """Tell whether a target has one of the four forms, and this method takes that form.

    `host:port` is for CONNECT alone, which takes no other; `*` is for OPTIONS alone.
    """
    if method == "CONNECT":
        return is_authority(target)
    if target.strip(TARGET):
        return False
    return (
        target.startswith("/")
        or (target == "*" and method == "OPTIONS")
        or host_in(target) is not None
    )


# RFC 9112 §2.3:  HTTP-version = HTTP-name "/" DIGIT "." DIGIT    ; HTTP-name = %s"HTTP"
HTTP_VERSION = re.compile(r"HTTP/([0-9])\.([0-9])")


# RFC 9112 §7.1:    chunk-size = 1*HEXDIG
# RFC 9112 §7.1.1:  chunk-ext  = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
#                   chunk-ext-name = token    ; chunk-ext-val = token / quoted-string
# RFC 9110 §5.6.4:  quoted-string = DQUOTE *( qdtext / quoted-pair ) DQUOTE
# Ask CHUNK_LINE with fullmatch(): group 1 is the size, of at most 16 digits.
_TOKEN = rf"[{re.escape(TOKEN)}]+"
_QUOTED = r'"(?:[\t !\x23-\x5B\x5D-\x7E\x80-\xFF]|\\[\t\x20-\x7E\x80-\xFF])*"'
CHUNK_LINE = re.compile(
    rf"([0-9A-Fa-f]{{1,16}})"
    rf"(?:[ \t]*;[ \t]*{_TOKEN}(?:[ \t]*=[ \t]*(?:{_TOKEN}|{_QUOTED}))?)*"
)
