"""Keys and signatures in COSE terms (RFC 9052, RFC 9053, RFC 9864, RFC 9964).

One rule for each algorithm, the ledger's: Ed25519 as ZIP-215 with keys of small order refused; ES256 with low s only, so
that a signature has one form; ML-DSA-65 as FIPS 204 with an empty context. Signing is that of ``cryptography`` (OpenSSL).
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from . import _zip215
from .ids import sha256
from .wire import Writer

Algorithm = Literal["Ed25519", "ES256", "ML-DSA-65"]
"""The algorithms that Convoy knows. Which ones a network accepts is its policy."""

ALGORITHMS: Final[tuple[Algorithm, ...]] = get_args(Algorithm)
"""Every algorithm."""

COSE_IDS: Final[dict[Algorithm, int]] = {"Ed25519": -8, "ES256": -7, "ML-DSA-65": -49}
"""The COSE identifiers that are written."""

SIGNATURE_BYTES: Final[dict[Algorithm, int]] = {"Ed25519": 64, "ES256": 64, "ML-DSA-65": 3_309}
"""Length of every signature, bytes."""

_FROM_COSE: Final[dict[int, Algorithm]] = {
    -8: "Ed25519", -19: "Ed25519", -7: "ES256", -9: "ES256", -49: "ML-DSA-65"
}  # fmt: skip
_ML_DSA_65_PUBLIC_BYTES = 1_952
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_ES256 = ec.ECDSA(hashes.SHA256())


def algorithm_of(cose_id: int) -> Algorithm | None:
    """The algorithm of a COSE identifier: -8 and -19, -7 and -9, -49."""
    return _FROM_COSE.get(cose_id)


class InvalidKeyError(ValueError):
    """Why a key is refused."""


class SignatureError(ValueError):
    """Why a signature does not hold."""

    @classmethod
    def mismatch(cls, algorithm: Algorithm) -> SignatureError:
        """Other bytes were signed, or another key signed them."""
        return cls(f"the {algorithm} signature does not match these bytes and this key")


def _invalid(algorithm: Algorithm) -> InvalidKeyError:
    return InvalidKeyError(f"the {algorithm} key is not valid: its bytes are no public key of this algorithm")


def _encoding(what: str) -> InvalidKeyError:
    return InvalidKeyError(f"the key's encoding is not understood: {what}")


def _no_secret(algorithm: Algorithm) -> InvalidKeyError:
    return InvalidKeyError(f"the {algorithm} secret key is not valid: export it again as PKCS#8 or as its 32-byte seed")


def sig_structure(protected: bytes, payload: bytes) -> bytes:
    """The bytes that a COSE_Sign1 signs (RFC 9052 section 4.4), with empty external data."""
    return Writer().array(4).text("Signature1").bytes(protected).bytes(b"").bytes(payload).finish()


_Public = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | mldsa.MLDSA65PublicKey
_Private = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | mldsa.MLDSA65PrivateKey


class PublicKey:
    """A public key, checked when it was made. Two are equal when their thumbprints are."""

    def __init__(self, algorithm: Algorithm, raw: bytes) -> None:
        """Checks ``raw``: 32 bytes (Ed25519), 65 (P-256, SEC 1 uncompressed) or 1,952 (ML-DSA-65).

        Raises :class:`InvalidKeyError` where it is no key, or an Ed25519 key of small order, whose signatures hold for any
        message.
        """
        self.algorithm: Final = algorithm
        self.raw: Final = bytes(raw)
        self._key = self._checked()
        self.thumbprint: Final = sha256(self.to_cose_key())
        self.key_id: Final = self.thumbprint[:8]

    def _checked(self) -> _Public:
        if self.algorithm == "Ed25519":
            if not _zip215.is_good_key(self.raw):
                raise InvalidKeyError("the Ed25519 key has small order or is no curve point; generate another key")
            return ed25519.Ed25519PublicKey.from_public_bytes(self.raw)
        try:
            if self.algorithm == "ES256":
                if len(self.raw) != 65:
                    raise _invalid("ES256")
                return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self.raw)
            if len(self.raw) != _ML_DSA_65_PUBLIC_BYTES:
                raise _invalid("ML-DSA-65")
            return mldsa.MLDSA65PublicKey.from_public_bytes(self.raw)
        except (ValueError, UnsupportedAlgorithm) as error:
            if isinstance(error, UnsupportedAlgorithm):
                raise InvalidKeyError(f"this build of `cryptography` has no {self.algorithm}: {error}") from error
            raise _invalid(self.algorithm) from error

    @property
    def id(self) -> str:
        """The first eight bytes of the RFC 9679 thumbprint, in hexadecimal: it selects a key, it does not prove one."""
        return self.key_id.hex()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self.thumbprint == other.thumbprint

    def __hash__(self) -> int:
        return hash(self.thumbprint)

    def __repr__(self) -> str:
        return f"PublicKey({self.algorithm} {self.id})"

    def verify(self, message: bytes, signature: bytes) -> None:
        """Checks that ``signature`` signs ``message``; raises :class:`SignatureError` where it does not."""
        expected = SIGNATURE_BYTES[self.algorithm]
        if len(signature) != expected:
            raise SignatureError(f"the signature has {len(signature)} bytes and {self.algorithm} has {expected}")
        try:
            self._verify(message, signature)
        except InvalidSignature:
            if self.algorithm == "Ed25519" and _zip215.holds(self.raw, message, signature):
                return
            raise SignatureError.mismatch(self.algorithm) from None

    def _verify(self, message: bytes, signature: bytes) -> None:
        if isinstance(self._key, ec.EllipticCurvePublicKey):
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            if s > _P256_ORDER // 2:
                raise SignatureError("the ES256 signature has a high s; replace s by n - s, which signs the same")
            self._key.verify(encode_dss_signature(r, s), message, _ES256)
        else:
            self._key.verify(signature, message)

    def to_cose_key(self) -> bytes:
        """The key as COSE_Key with its required members, deterministic."""
        writer = Writer()
        if self.algorithm == "Ed25519":
            writer.map(3).int(1).int(1).int(-1).int(6).int(-2).bytes(self.raw)
        elif self.algorithm == "ES256":
            writer.map(4).int(1).int(2).int(-1).int(1)
            writer.int(-2).bytes(self.raw[1:33]).int(-3).bytes(self.raw[33:])
        else:
            writer.map(3).int(1).int(7).int(3).int(-49).int(-1).bytes(self.raw)
        return writer.finish()

    def to_jwk(self) -> dict[str, str]:
        """The key as a JSON Web Key (RFC 7517, RFC 8037, RFC 9964)."""
        if self.algorithm == "Ed25519":
            return {"kty": "OKP", "crv": "Ed25519", "x": _base64url(self.raw)}
        if self.algorithm == "ES256":
            return {"kty": "EC", "crv": "P-256", "x": _base64url(self.raw[1:33]), "y": _base64url(self.raw[33:])}
        return {"kty": "AKP", "alg": "ML-DSA-65", "pub": _base64url(self.raw)}

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any]) -> PublicKey:
        """Reads a JSON Web Key; raises :class:`InvalidKeyError` that names the member at fault. Other members are ignored."""

        def text(name: str) -> str:
            value = jwk.get(name)
            if not isinstance(value, str):
                raise _encoding(f"JWK: member `{name}` is missing")
            return value

        def octets(name: str) -> bytes:
            value = _from_base64url(text(name))
            if value is None:
                raise _encoding(f"JWK: `{name}` is not base64url")
            return value

        def coordinate(name: str) -> bytes:
            value = octets(name)
            if len(value) != 32:
                raise _encoding(f"JWK: `{name}` is not 32 bytes")
            return value

        kty = text("kty")
        if kty == "OKP" and text("crv") == "Ed25519":
            return cls("Ed25519", coordinate("x"))
        if kty == "EC" and text("crv") == "P-256":
            return cls("ES256", b"\x04" + coordinate("x") + coordinate("y"))
        if kty == "AKP" and text("alg") == "ML-DSA-65":
            return cls("ML-DSA-65", octets("pub"))
        raise _encoding(f"JWK: key type `{kty}` with this curve or algorithm is not known; use Ed25519, P-256 or ML-DSA-65")

    def to_pem(self) -> str:
        """The key as PEM ``PUBLIC KEY`` (SubjectPublicKeyInfo)."""
        encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        return self._key.public_bytes(encoding, form).decode("ascii")

    @classmethod
    def from_pem(cls, pem: str) -> PublicKey:
        """Reads a PEM ``PUBLIC KEY``."""
        try:
            key = serialization.load_pem_public_key(pem.encode("utf-8"))
        except (ValueError, UnsupportedAlgorithm) as error:
            raise _encoding(f"PEM PUBLIC KEY: {error}") from error
        return cls._of(key)

    @classmethod
    def _of(cls, key: object) -> PublicKey:
        if isinstance(key, ed25519.Ed25519PublicKey):
            return cls("Ed25519", key.public_bytes_raw())
        if isinstance(key, mldsa.MLDSA65PublicKey):
            return cls("ML-DSA-65", key.public_bytes_raw())
        if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
            form = serialization.PublicFormat.UncompressedPoint
            return cls("ES256", key.public_bytes(serialization.Encoding.X962, form))
        raise _encoding("SubjectPublicKeyInfo: not Ed25519, P-256 (uncompressed) or ML-DSA-65")


class SigningKey:
    """A secret key with its public half. It does not show its secret when printed."""

    def __init__(self, algorithm: Algorithm, key: _Private) -> None:
        self._key = key
        self.algorithm: Final = algorithm
        self.public: Final = PublicKey._of(key.public_key())

    @classmethod
    def generate(cls, algorithm: Algorithm) -> SigningKey:
        """A new key from the system's random source."""
        if algorithm == "ES256":
            return cls(algorithm, ec.generate_private_key(ec.SECP256R1()))
        return cls.from_secret(algorithm, os.urandom(32))

    @classmethod
    def from_secret(cls, algorithm: Algorithm, secret: bytes) -> SigningKey:
        """The key of a 32-byte secret: a seed (Ed25519, ML-DSA-65) or a scalar (P-256)."""
        if len(secret) != 32:
            raise _no_secret(algorithm)
        if algorithm == "Ed25519":
            return cls(algorithm, ed25519.Ed25519PrivateKey.from_private_bytes(secret))
        if algorithm == "ML-DSA-65":
            try:
                return cls(algorithm, mldsa.MLDSA65PrivateKey.from_seed_bytes(secret))
            except UnsupportedAlgorithm as error:
                raise InvalidKeyError(f"this build of `cryptography` has no {algorithm}: {error}") from error
        scalar = int.from_bytes(secret, "big")
        if not 0 < scalar < _P256_ORDER:
            raise _no_secret(algorithm)
        return cls(algorithm, ec.derive_private_key(scalar, ec.SECP256R1()))

    @classmethod
    def from_pem(cls, algorithm: Algorithm, pem: str) -> SigningKey:
        """Reads a PEM ``PRIVATE KEY`` (PKCS#8, not encrypted) of ``algorithm``."""
        try:
            key = serialization.load_pem_private_key(pem.encode("utf-8"), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise _no_secret(algorithm) from error
        kinds: dict[Algorithm, type[_Private]] = {
            "Ed25519": ed25519.Ed25519PrivateKey,
            "ES256": ec.EllipticCurvePrivateKey,
            "ML-DSA-65": mldsa.MLDSA65PrivateKey,
        }
        if not isinstance(key, kinds[algorithm]):
            raise _no_secret(algorithm)
        return cls(algorithm, key)

    def to_secret(self) -> bytes:
        """The 32-byte secret."""
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            return self._key.private_numbers().private_value.to_bytes(32, "big")
        return self._key.private_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Signs ``message``. Ed25519 is deterministic; ES256 (made low s) and ML-DSA-65 are randomised."""
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            r, s = decode_dss_signature(self._key.sign(message, _ES256))
            return r.to_bytes(32, "big") + min(s, _P256_ORDER - s).to_bytes(32, "big")
        return self._key.sign(message)

    def __repr__(self) -> str:
        return f"SigningKey({self.algorithm} {self.public.id}, secret withheld)"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _from_base64url(text: str) -> bytes | None:
    """The bytes of base64url without padding, or ``None``; bits that no byte needs have to be zero."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        return None
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return None
    return data if _base64url(data) == text else None
