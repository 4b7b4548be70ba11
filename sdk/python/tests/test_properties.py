"""What holds for any bytes and any value, and what other libraries say of ours."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convoy_client import (
    SigningKey,
    Statement,
    StatementBuilder,
    StatementError,
    Trust,
    TrustError,
    VerifyError,
    cbor,
    verify,
)
from convoy_client.limits import ACTION_BYTES_MAX, STATEMENT_ACTIONS_MAX

from .vectors import FOLDER, load

TRUST = Trust.from_json((FOLDER / "trust-full.json").read_bytes())
GOOD = [
    (FOLDER / v["file"]).read_bytes()
    for v in load("proofs.json")["proofs"]
    if v["trust"] == "trust-full.json" and "report" in v
]
STATEMENTS = [bytes.fromhex(v["statement"]) for v in load("statements.json")["good"]]

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 64), (1 << 64) - 1) | st.text(max_size=30) | st.binary(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9) | st.integers(-300, 300), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_encoded_is_canonical_and_other_software_reads_the_same(value: Any) -> None:
    encoded = cbor.encode(value)
    cbor.check(encoded)
    assert cbor2.loads(encoded) == value


@pytest.mark.parametrize("value", [1.5, 1 << 64, -(1 << 64) - 1, object(), {1.0: 2}, "\ud800", {"a": {1, 2}}])
def test_a_value_without_deterministic_cbor_is_refused(value: Any) -> None:
    with pytest.raises(cbor.CborError):
        cbor.encode(value)


def test_nesting_is_bounded() -> None:
    value: Any = 0
    for _ in range(32):
        value = [value]
    cbor.check(cbor.encode(value))
    with pytest.raises(cbor.CborError):
        cbor.encode([value])


@given(st.binary(max_size=200))
def test_bytes_from_anywhere_are_canonical_or_refused(data: bytes) -> None:
    try:
        cbor.check(data)
    except cbor.CborError:
        return
    if all(byte >> 5 != 6 for byte in data):
        assert cbor.encode(cbor2.loads(data)) == data


@given(st.sampled_from(GOOD), st.floats(0, 1, exclude_max=True), st.integers(0, 7))
def test_any_flipped_bit_of_a_proof_is_refused(proof: bytes, place: float, bit: int) -> None:
    damaged = bytearray(proof)
    damaged[int(place * len(proof))] ^= 1 << bit
    with pytest.raises(VerifyError):
        verify(bytes(damaged), TRUST)


@given(st.sampled_from([b"\xd2\x84", b"\xda\x63\x6e\x76\x01\x88", b"\xda\x63\x6e\x76\x02\x87", b""]), st.binary(max_size=300))
def test_noise_is_refused_and_nothing_else_is_raised(head: bytes, noise: bytes) -> None:
    with pytest.raises(VerifyError):
        verify(head + noise, TRUST)


@given(st.sampled_from(STATEMENTS), st.floats(0, 1, exclude_max=True), st.integers(0, 255))
def test_a_changed_statement_is_another_or_refused(statement: bytes, place: float, byte: int) -> None:
    damaged = bytearray(statement)
    at = int(place * len(statement))
    damaged[at] = byte
    try:
        read = Statement.decode(bytes(damaged))
    except StatementError:
        return
    assert (read.id == Statement.decode(statement).id) == (statement[at] == byte)


def test_what_is_too_large_is_refused_by_name() -> None:
    key = SigningKey.generate("Ed25519")

    def number(*bodies: Any, sequence: int = 0) -> int:
        builder = StatementBuilder("a.ba7816bf8f01cfea", "did:web:a", 1).sequence(0, sequence)
        for body in bodies:
            builder.action("m", body)
        try:
            builder.sign(key)
        except StatementError as error:
            return error.number
        return 0

    body = bytes(ACTION_BYTES_MAX - 5)
    assert number(body) == 0
    assert number(bytes(ACTION_BYTES_MAX)) == 1002
    assert number(body, body) == 1002
    assert number(*[None] * (STATEMENT_ACTIONS_MAX + 1)) == 1007
    assert number(None, sequence=-1) == 1007


@given(st.text(max_size=200) | VALUES.map(str))
def test_a_trust_file_from_anywhere_is_refused_by_name(text: str) -> None:
    with pytest.raises(TrustError):
        Trust.from_json(text)
