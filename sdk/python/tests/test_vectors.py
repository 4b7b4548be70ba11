"""Every shared vector: the same bytes, verdicts and words as the Rust crates."""

from __future__ import annotations

from typing import Any

import pytest

from convoy_client import cbor
from convoy_client.keys import InvalidKeyError, PublicKey, SignatureError, SigningKey
from convoy_client.report import VerifyError
from convoy_client.statement import Statement, StatementBuilder, StatementError
from convoy_client.trust import Trust, TrustError
from convoy_client.verify import verify

from .vectors import FOLDER, load, value_of

KEYS, CBOR, ED25519 = load("keys.json"), load("cbor.json"), load("ed25519.json")
STATEMENTS, PROOFS, TRUSTS = load("statements.json"), load("proofs.json"), load("trusts.json")
TRUST = {path.name: Trust.from_json(path.read_text("utf-8")) for path in FOLDER.glob("trust-*.json")}


def name_of(vector: Any) -> str:
    return str(vector.get("name", ""))


@pytest.mark.parametrize("vector", KEYS["good"], ids=lambda v: f"{v['algorithm']} {v['key_id']}")
def test_a_key_is_the_same_in_every_form(vector: Any) -> None:
    key = SigningKey.from_secret(vector["algorithm"], bytes.fromhex(vector["secret"]))
    for public in (key.public, PublicKey.from_jwk(vector["jwk"]), PublicKey.from_pem(vector["pem"])):
        assert public.id == vector["key_id"]
        assert public.thumbprint.hex() == vector["thumbprint"]
        assert public.to_jwk() == vector["jwk"]
        assert public.to_cose_key().hex() == vector["cose_key"]
        assert public.to_pem() == vector["pem"]
    message, signature = bytes.fromhex(vector["message"]), bytes.fromhex(vector["signature"])
    key.public.verify(message, signature)
    key.public.verify(message, key.sign(message))
    with pytest.raises(SignatureError):
        key.public.verify(message + b"x", signature)
    if vector["algorithm"] == "Ed25519":
        assert key.sign(message) == signature
    again = SigningKey.from_pem(vector["algorithm"], vector["secret_pem"])
    assert again.public == key.public
    assert again.to_secret().hex() == vector["secret"]
    assert vector["secret"] not in repr(key)


@pytest.mark.parametrize("vector", KEYS["refused_jwks"])
def test_a_bad_jwk_is_refused_in_the_same_words(vector: Any) -> None:
    with pytest.raises(InvalidKeyError) as refused:
        PublicKey.from_jwk(vector["jwk"])
    assert str(refused.value) == vector["error"]


@pytest.mark.parametrize("vector", ED25519["signatures"])
def test_ed25519_agrees_on_the_edges(vector: Any) -> None:
    key = PublicKey("Ed25519", bytes.fromhex(vector["key"]))
    holds = True
    try:
        key.verify(bytes.fromhex(vector["message"]), bytes.fromhex(vector["signature"]))
    except SignatureError:
        holds = False
    assert holds == vector["holds"]


@pytest.mark.parametrize("vector", ED25519["keys"])
def test_ed25519_keys_of_small_order_are_refused(vector: Any) -> None:
    assert not vector["accepted"]
    with pytest.raises(InvalidKeyError):
        PublicKey("Ed25519", bytes.fromhex(vector["key"]))


@pytest.mark.parametrize("vector", CBOR["good"], ids=lambda v: v["hex"][:24])
def test_a_value_has_the_same_encoding(vector: Any) -> None:
    encoded = cbor.encode(value_of(vector["value"]))
    assert encoded.hex() == vector["hex"]
    cbor.check(encoded)


@pytest.mark.parametrize("vector", CBOR["bad"], ids=lambda v: v["hex"][:24])
def test_other_encodings_are_refused_in_the_same_words(vector: Any) -> None:
    with pytest.raises(cbor.CborError) as refused:
        cbor.check(bytes.fromhex(vector["hex"]))
    assert str(refused.value) == vector["error"]


def builder_of(vector: Any) -> StatementBuilder:
    builder = StatementBuilder(vector["network"], vector["signer"], int(vector["not_after_ms"]))
    builder.sequence(vector.get("lane", 0), int(vector.get("sequence", "0")))
    if "subject" in vector:
        builder.subject(vector["subject"])
    if "compartment" in vector:
        builder.compartment(vector["compartment"])
    if "label" in vector:
        builder.label(vector["label"]["classification"], vector["label"]["releasable_to"])
    if "assurance" in vector:
        builder.assurance(vector["assurance"])
    for action in vector["actions"]:
        builder.action(action["module"], value_of(action["body"]))
    return builder


@pytest.mark.parametrize("vector", STATEMENTS["good"], ids=name_of)
def test_a_statement_built_here_is_byte_equal(vector: Any) -> None:
    key = SigningKey.from_secret(vector["algorithm"], bytes.fromhex(vector["secret"]))
    unsigned = builder_of(vector).unsigned(key.public)
    assert unsigned.to_be_signed().hex() == vector["to_be_signed"]
    expected = Statement.decode(bytes.fromhex(vector["statement"]))
    assert unsigned.attach(expected.signature).bytes.hex() == vector["statement"]
    assert expected.id == vector["id"]
    expected.verify(key.public)
    own = builder_of(vector).sign(key)
    own.verify(key.public)
    assert own.content == expected.content
    assert (own.signer, own.subject, own.network) == (expected.signer, expected.subject, expected.network)
    if vector["algorithm"] == "Ed25519":
        assert own == expected


@pytest.mark.parametrize("vector", STATEMENTS["refused"], ids=name_of)
def test_a_broken_statement_is_refused_with_its_number_and_words(vector: Any) -> None:
    with pytest.raises(StatementError) as refused:
        Statement.decode(bytes.fromhex(vector["statement"]))
    error = refused.value
    assert (error.number, error.field, str(error)) == (vector["number"], vector["field"], vector["error"])


@pytest.mark.parametrize("vector", TRUSTS["refused"], ids=name_of)
def test_a_bad_trust_file_is_refused(vector: Any) -> None:
    with pytest.raises(TrustError) as refused:
        Trust(vector["trust"])
    if vector["error"] is not None:
        assert str(refused.value) == vector["error"]


@pytest.mark.parametrize("vector", PROOFS["proofs"], ids=name_of)
def test_a_proof_has_the_same_verdict_and_words(vector: Any) -> None:
    proof, trust = (FOLDER / vector["file"]).read_bytes(), TRUST[vector["trust"]]
    if "report" in vector:
        assert verify(proof, trust).to_dict() == vector["report"]
    else:
        with pytest.raises(VerifyError) as failed:
            verify(proof, trust)
        assert (failed.value.check, failed.value.reason) == (vector["failed"]["check"], vector["failed"]["reason"])


def test_there_are_good_and_bad_proofs_of_both_kinds() -> None:
    compact = [vector for vector in PROOFS["proofs"] if vector["name"].startswith("compact")]
    others = [vector for vector in PROOFS["proofs"] if vector not in compact]
    for vectors in (compact, others):
        assert sum("report" in vector for vector in vectors) >= 8
        assert sum("failed" in vector for vector in vectors) >= 20
