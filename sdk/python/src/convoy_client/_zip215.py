"""Ed25519 at its edges, under the rules of ZIP-215, which are the ledger's.

Libraries differ on signatures with components of small order and on encodings that are not canonical; the ledger accepts
some that OpenSSL refuses. So that both say the same, a signature that OpenSSL refuses is put to the equation of ZIP-215 on
the points of ``ecdsa``: 8sB = 8(R + kA), with any encoding of A and R and s below the group's order. What OpenSSL
accepts, the equation accepts.

Limits: only for checking, where everything is public; not constant in time, some ten milliseconds.
"""

from __future__ import annotations

import hashlib
from typing import Any

from ecdsa.eddsa import curve_ed25519, generator_ed25519
from ecdsa.ellipticcurve import INFINITY, PointEdwards
from ecdsa.errors import MalformedPointError

_P = (1 << 255) - 19
_ORDER = (1 << 252) + 27742317777372353535851937790883648493
_IDENTITY = (0, 1)


def _point(encoding: bytes) -> Any | None:
    """Decodes any encoding of a point, canonical or not."""
    sign = encoding[31] & 0x80
    y = int.from_bytes(encoding, "little") & ((1 << 255) - 1)
    canonical = bytearray((y % _P).to_bytes(32, "little"))
    canonical[31] |= sign
    try:
        return PointEdwards.from_bytes(curve_ed25519, bytes(canonical))
    except MalformedPointError:
        return None


def _affine(point: Any) -> tuple[int, int]:
    """The coordinates, reduced: what two equal points have in common."""
    return _IDENTITY if point == INFINITY else (int(point.x()) % _P, int(point.y()) % _P)


def _add(a: Any, b: Any) -> Any:
    if _affine(a) == _IDENTITY:
        return b
    return a if _affine(b) == _IDENTITY else a + b


def _times_eight(point: Any) -> tuple[int, int]:
    for _ in range(3):
        point = _add(point, point)
    return _affine(point)


def is_good_key(encoding: bytes) -> bool:
    """Whether the encoding is of a point that is not of small order."""
    point = _point(encoding) if len(encoding) == 32 else None
    return point is not None and _times_eight(point) != _IDENTITY


def holds(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether ``signature`` signs ``message`` under ``key``."""
    s = int.from_bytes(signature[32:], "little")
    a, r = _point(key), _point(signature[:32])
    if a is None or r is None or s >= _ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % _ORDER
    return _times_eight(generator_ed25519 * s) == _times_eight(_add(r, a * k))
