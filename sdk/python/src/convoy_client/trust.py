"""The trust file: everything a verifier has to believe before it can check anything.

A node serves it at ``/v1/trust``; get it once, from somebody you trust, and keep it. ``epochs`` are the validators'
consensus keys, for compact receipts; ``tree_heads`` the keys of members' nodes, for COSE receipts; ``signers``, which may
be left out, the keys of people and devices. A key holds for block times from ``from_ms`` to before ``until_ms``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from .ids import IdError, did, digest, member_id, network_id
from .keys import Algorithm, InvalidKeyError, PublicKey
from .limits import U64_MAX, VALIDATORS_MAX

T = TypeVar("T")


class TrustError(ValueError):
    """Why a trust file is refused."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"trust file: {field}: {detail}")
        self.field = field
        """The field, such as ``epochs[0].validators``; empty where the file is no JSON."""
        self.detail = detail
        """What is wrong and what to do."""


@dataclass(frozen=True)
class TrustedValidator:
    """One validator's consensus key."""

    member: str
    key: PublicKey


@dataclass(frozen=True)
class TrustedKey:
    """A key and the block times for which it holds."""

    key: PublicKey
    from_ms: int
    until_ms: int | None

    def holds_at(self, time_ms: int) -> bool:
        """Whether it holds at ``time_ms``."""
        return self.from_ms <= time_ms and (self.until_ms is None or time_ms < self.until_ms)


@dataclass(frozen=True)
class TrustedTreeHeadKey(TrustedKey):
    """A key with which a member's node signs tree heads."""

    member: str
    issuer: str


@dataclass(frozen=True)
class TrustedSigner(TrustedKey):
    """A signer's key."""

    did: str


class _Members:
    """Reads the members of one JSON object, each by name, and refuses those it does not know."""

    def __init__(self, value: object, path: str, known: tuple[str, ...]) -> None:
        if not isinstance(value, Mapping):
            raise TrustError(path or "file", "an object belongs here")
        self._value: Mapping[str, Any] = value
        self._path = path
        for name in value:
            if name not in known:
                raise TrustError(self.field(str(name)), "this member is not known; remove it")

    def __contains__(self, name: str) -> bool:
        return name in self._value

    def field(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def text(self, name: str, read: Callable[[str], T]) -> T:
        value = self._value.get(name)
        if not isinstance(value, str):
            raise TrustError(self.field(name), "text belongs here")
        try:
            return read(value)
        except IdError as error:
            raise TrustError(self.field(name), str(error)) from error

    def uint(self, name: str, missing: int | None = None) -> int:
        if missing is not None and name not in self._value:
            return missing
        value = self._value.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= U64_MAX:
            raise TrustError(self.field(name), "a whole number of 0 or more belongs here")
        return value

    def list(self, name: str, missing: bool = False) -> list[object]:
        if missing and name not in self._value:
            return []
        value = self._value.get(name)
        if not isinstance(value, list):
            raise TrustError(self.field(name), "a list belongs here")
        return value

    def key(self) -> PublicKey:
        value = self._value.get("key")
        if not isinstance(value, Mapping):
            raise TrustError(self.field("key"), "a JSON Web Key belongs here")
        try:
            return PublicKey.from_jwk(value)
        except InvalidKeyError as error:
            raise TrustError(self.field("key"), str(error)) from error

    def bounds(self) -> tuple[int, int | None]:
        until = None if self._value.get("until_ms") is None else self.uint("until_ms")
        return self.uint("from_ms", 0), until


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a member is written twice")
    return value


_FILE = ("version", "network", "genesis", "members_required", "epochs", "tree_heads", "signers")
_BOUNDED = ("key", "from_ms", "until_ms")


class Trust:
    """What a verifier believes; :meth:`from_json` makes one."""

    def __init__(self, value: object) -> None:
        """Checks what JSON made of a trust file; raises :class:`TrustError` that names the field at fault."""
        members = _Members(value, "", _FILE)
        version = members.uint("version")
        self.network = members.text("network", network_id)
        self.genesis = members.text("genesis", digest).hex()
        """SHA-256 of the genesis document, in hexadecimal."""
        self.members_required = members.uint("members_required", 1)
        """From how many different members receipts have to come."""
        epochs = [_read_epoch(entry, index) for index, entry in enumerate(members.list("epochs", True))]
        self._tree_heads = [_read_tree_head(e, index) for index, e in enumerate(members.list("tree_heads", True))]
        self._signers = [_read_signer(e, index) for index, e in enumerate(members.list("signers", True))]
        if version != 1:
            raise TrustError("version", f"{version} is not known; this verifier reads 1")
        suffix = f".{self.genesis[:16]}"
        if not self.network.endswith(suffix):
            detail = f"`{self.network}` does not end with `{suffix}`, the genesis digest"
            raise TrustError("network", detail)
        if self.members_required == 0:
            raise TrustError("members_required", "write 1 or more")
        self._epochs = _check_epochs(epochs)
        self._last_blocks = {epoch: last for epoch, _, last in epochs if last is not None}
        for index, (epoch, _, last) in enumerate(epochs):
            before = self._last_blocks.get(epoch - 1)
            if last is not None and before is not None and last <= before:
                detail = f"{last} is not above {before}, where the epoch before ended"
                raise TrustError(f"epochs[{index}].last_block", detail)

    @classmethod
    def from_json(cls, text: str | bytes) -> Trust:
        """Reads and checks a trust file; raises :class:`TrustError` that names the field at fault."""
        try:
            value = json.loads(text, object_pairs_hook=_unique)
        except (ValueError, RecursionError) as error:
            raise TrustError("", f"it is no JSON: {error}") from error
        return cls(value)

    def validators(self, epoch: int) -> list[TrustedValidator] | None:
        """The validators of ``epoch``, in ascending order of their keys as certificates number them."""
        return self._epochs.get(epoch)

    def check_height(self, epoch: int, height: int) -> None:
        """Raises :class:`ValueError` where the validators of ``epoch`` cannot have made a block of this height."""
        last, before = self._last_blocks.get(epoch), self._last_blocks.get(epoch - 1)
        others = f"this is block {height}: others made that one"
        if last is not None and height > last:
            raise ValueError(f"the validators of epoch {epoch} ended with block {last}, and {others}")
        if before is not None and height <= before:
            raise ValueError(f"the validators of epoch {epoch} began behind block {before}, and {others}")

    def tree_head_key(self, issuer: str, key_id: str, algorithm: Algorithm) -> TrustedTreeHeadKey | None:
        """The tree-head key that a receipt names, whatever its validity."""
        wanted = (issuer, key_id, algorithm)
        return next((e for e in self._tree_heads if (e.issuer, e.key.id, e.key.algorithm) == wanted), None)

    def signer_key(self, signer: str, key_id: str, algorithm: Algorithm) -> TrustedSigner | None:
        """The signer's key that a statement names, whatever its validity."""
        wanted = (signer, key_id, algorithm)
        return next((e for e in self._signers if (e.did, e.key.id, e.key.algorithm) == wanted), None)


_Epoch = tuple[int, list[tuple[str, bytes]], int | None]


def _read_epoch(value: object, index: int) -> _Epoch:
    path = f"epochs[{index}]"
    members = _Members(value, path, ("epoch", "validators", "last_block", "recovery"))
    # The members put these validators in the place of lost ones; receipts verify with them as with those of any other epoch.
    if "recovery" in members:
        members.text("recovery", digest)
    validators = []
    for at, entry in enumerate(members.list("validators")):
        validator = _Members(entry, f"{path}.validators[{at}]", ("member", "key"))
        validators.append((validator.text("member", member_id), validator.text("key", digest)))
    last_block = members.uint("last_block") if "last_block" in members else None
    return members.uint("epoch"), validators, last_block


def _check_epochs(epochs: list[_Epoch]) -> dict[int, list[TrustedValidator]]:
    checked: dict[int, list[TrustedValidator]] = {}
    for index, (epoch, validators, _) in enumerate(epochs):
        field = f"epochs[{index}]"
        if not 1 <= len(validators) <= VALIDATORS_MAX:
            raise TrustError(f"{field}.validators", f"{len(validators)} validators, 1 to {VALIDATORS_MAX}")
        if len({raw for _, raw in validators}) != len(validators):
            detail = "a key is listed twice; a quorum would count it twice"
            raise TrustError(f"{field}.validators", detail)
        trusted = []
        for member, raw in validators:
            try:
                trusted.append(TrustedValidator(member, PublicKey("Ed25519", raw)))
            except InvalidKeyError as error:
                raise TrustError(f"{field}.{member}", str(error)) from error
        if epoch in checked:
            raise TrustError(field, "the epoch is listed twice")
        checked[epoch] = sorted(trusted, key=lambda validator: validator.key.raw)
    return checked


def _read_tree_head(value: object, index: int) -> TrustedTreeHeadKey:
    members = _Members(value, f"tree_heads[{index}]", ("member", "issuer", *_BOUNDED))
    member, issuer = members.text("member", member_id), members.text("issuer", did)
    return TrustedTreeHeadKey(members.key(), *members.bounds(), member, issuer)


def _read_signer(value: object, index: int) -> TrustedSigner:
    members = _Members(value, f"signers[{index}]", ("did", *_BOUNDED))
    signer = members.text("did", did)
    return TrustedSigner(members.key(), *members.bounds(), signer)
