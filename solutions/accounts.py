"""Passwords, and requests that come from pages of other sites. This module is given.

The chapter *capstone* uses it. It belongs to no chapter, and imports none.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from secrets import token_bytes
from threading import BoundedSemaphore
from typing import Protocol

# Letters, digits, and single characters between them. Two names that look the same are one name: this
# allows ASCII only, and the database ignores the case.
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[._-](?=[A-Za-z0-9])){0,29}")
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 200

# scrypt (RFC 7914) needs 128 · N · r octets, here 16 MiB, and about 50 ms. Both are on purpose: a thief
# of the database has to spend them for every password that they try.
N, R, P = 2**14, 8, 1
AT_A_TIME = BoundedSemaphore(4)  # hashes: a flood of logins must not take all the memory


def derive(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    """Return 32 octets that depend on a password and a salt."""
    octets = password.encode(errors="surrogatepass")
    with AT_A_TIME:
        return hashlib.scrypt(octets, salt=salt, n=n, r=r, p=p, maxmem=2**26, dklen=32)


def hash_password(password: str) -> str:
    """Return what a server keeps instead of a password: the parameters, a new salt, and the hash.

    The salt makes two people with the same password have different hashes. The parameters are kept,
    so that they can be raised later, and older hashes still work.
    """
    salt = token_bytes(16)
    return f"scrypt${N}${R}${P}${salt.hex()}${derive(password, salt, N, R, P).hex()}"


def verify_password(password: str, kept: str) -> bool:
    """Tell whether this is the password of which hash_password() made what was kept."""
    _name, n, r, p, salt, digest = kept.split("$")
    found = derive(password, bytes.fromhex(salt), int(n), int(r), int(p))
    return hmac.compare_digest(found, bytes.fromhex(digest))


# Verified for a name that nobody has: an unknown name takes as long as a wrong password.
NOBODY = f"scrypt${N}${R}${P}${'00' * 16}${'00' * 32}"


def hash_token(token: str) -> bytes:
    """Return what a server keeps of a token. A token is random, so it needs no salt and no scrypt."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


class RequestFields(Protocol):
    """The fields of a request."""

    def get(self, name: str) -> str | None:
        """Return a field's value, or None."""


def is_foreign(method: str, fields: RequestFields | Mapping[str, str]) -> bool:
    """Tell whether a page of another origin makes a browser send this request.

    Browsers send the cookies of this server with it, so it would be done in the visitor's name (CSRF).
    These rows are the ones of Go's CrossOriginProtection. The first that fits decides:

        GET, HEAD, OPTIONS                       False: they change nothing here
        Sec-Fetch-Site: same-origin, or none     False: browsers send it, and no page can change it
        Sec-Fetch-Site: another value            True
        no Origin                                False: not a browser, or one from before 2020
        Origin is http:// or https://, and Host  False
        Origin is another one, or "null"         True
    """
    if method in ("GET", "HEAD", "OPTIONS"):
        return False
    site = fields.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = fields.get("origin")
    if origin is None:
        return False
    scheme, _, host = origin.partition("://")
    return scheme not in ("http", "https") or host.lower() != (fields.get("host") or "").lower()
