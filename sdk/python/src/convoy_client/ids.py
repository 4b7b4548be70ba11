"""Identifiers that are checked when they are read, and their digests."""

from __future__ import annotations

import hashlib
import re
from typing import Final, NoReturn

from .limits import DID_BYTES_MAX, MEMBER_ID_CHARS_MAX, NETWORK_NAME_CHARS_MAX

COMMON: Final = "common"
"""The ledger shared by every member."""

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_SLUG_RULE = "write 1 to 24 lower-case letters, digits or inner hyphens"
_SUFFIX = re.compile(r"[0-9a-f]{16}")
_DID = re.compile(r"did:[a-z0-9]+:(?:[A-Za-z0-9._:-]|%[0-9A-Fa-f]{2})+")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*")


class IdError(ValueError):
    """Why a text is not the identifier it should be."""


def sha256(*parts: bytes) -> bytes:
    """SHA-256 of the parts one after another."""
    return hashlib.sha256(b"".join(parts)).digest()


def from_hex(text: str) -> bytes | None:
    """The bytes of hexadecimal text of either case, or ``None`` where it is none."""
    return bytes.fromhex(text) if _HEX.fullmatch(text) else None


def _refuse(what: str, text: str, rule: str) -> NoReturn:
    raise IdError(f"{what} `{text[:64]}` is not valid: {rule}")


def _is_slug(text: str, chars_max: int) -> bool:
    return len(text) <= chars_max and _SLUG.fullmatch(text) is not None


def member_id(text: str) -> str:
    """Checks a member's short name, such as ``est``."""
    return text if _is_slug(text, MEMBER_ID_CHARS_MAX) else _refuse("member", text, _SLUG_RULE)


def compartment(text: str) -> str:
    """Checks a compartment's name."""
    return text if _is_slug(text, MEMBER_ID_CHARS_MAX) else _refuse("compartment", text, _SLUG_RULE)


def network_id(text: str) -> str:
    """Checks a network id: name, dot, the first 16 hexadecimal digits of the genesis digest."""
    name, dot, suffix = text.rpartition(".")
    if dot and _is_slug(name, NETWORK_NAME_CHARS_MAX) and _SUFFIX.fullmatch(suffix):
        return text
    rule = "write the network's name, a dot and the first 16 hexadecimal digits of its genesis digest"
    _refuse("network", text, rule)


def did(text: str) -> str:
    """Checks a DID (W3C DID Core 1.0 section 3.1) without path, query or fragment."""
    if len(text.encode("utf-8", "replace")) <= DID_BYTES_MAX and _DID.fullmatch(text) and not text.endswith(":"):
        return text
    rule = (
        "write did:METHOD:ID with a lower-case method and letters, digits, `.`, `-`, `_`, `:` or %XX in the id, "
        "at most 224 bytes"
    )
    _refuse("DID", text, rule)


def digest(text: str) -> bytes:
    """Checks a digest: 64 hexadecimal digits."""
    value = from_hex(text)
    return value if value is not None and len(value) == 32 else _refuse("digest", text, "write 64 hexadecimal digits")
