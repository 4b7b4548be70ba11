"""Verifies Convoy's transparent statements with other people's software only.

usage: verify_with_pypi.py DIRECTORY

DIRECTORY holds trust.json and transparent statements (*.cose), made for the tests or by nodes; compact receipts among them are a format of
Convoy's own and left out. Nothing of Convoy is imported: CBOR by cbor2, receipts and
statements by scitt-cose and cwt, ML-DSA-65 by cryptography. For each file:

- the statement with its unprotected header emptied is the log entry, SHA-256 of its bytes;
- each Ed25519 receipt has to verify in scitt-cose and in cwt, each ML-DSA-65 receipt in cryptography, over the root that
  scitt-cose rebuilds from the inclusion path;
- the statement's own signature has to verify where trust.json has the signer's key;
- with one byte changed in the statement, and in the receipt's path or signature, each of them has to fail.

Exit codes: 0 all as it should be, 1 something was not.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path

import cbor2
import cwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa
from scitt_cose import parse_signed_statement, verify_receipt
from scitt_cose.merkle import root_from_inclusion_proof

ALG, KID, CLAIMS, RECEIPTS, VDS, VDP = 1, 4, 15, 394, 395, 396
ISS, SUB = 1, 2
EDDSA, ES256, ML_DSA_65 = -8, -7, -49


COMPACT = 0x636E7601


class Failure(Exception):
    pass


def expect(condition, what):
    if not condition:
        raise Failure(what)


def public_key(jwk):
    """A key of `cryptography` from a JSON Web Key."""

    def decode(name):
        return base64.urlsafe_b64decode(jwk[name] + "=" * (-len(jwk[name]) % 4))

    if jwk["kty"] == "OKP":
        return ed25519.Ed25519PublicKey.from_public_bytes(decode("x"))
    if jwk["kty"] == "EC":
        point = b"\x04" + decode("x") + decode("y")
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    return mldsa.MLDSA65PublicKey.from_public_bytes(decode("pub"))


def key_id(jwk):
    """The first eight bytes of the RFC 9679 thumbprint, computed here from the standard's definition."""

    def decode(name):
        return base64.urlsafe_b64decode(jwk[name] + "=" * (-len(jwk[name]) % 4))

    if jwk["kty"] == "OKP":
        required = {1: 1, -1: 6, -2: decode("x")}
    elif jwk["kty"] == "EC":
        required = {1: 2, -1: 1, -2: decode("x"), -3: decode("y")}
    else:
        required = {1: 7, 3: ML_DSA_65, -1: decode("pub")}
    return hashlib.sha256(cbor2.dumps(required, canonical=True)).digest()[:8]


def pem(key):
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def find(entries, name, issuer, kid):
    for entry in entries:
        if entry[name] == issuer and key_id(entry["key"]) == kid:
            return public_key(entry["key"])
    return None


def sig_structure(protected, payload):
    return cbor2.dumps(["Signature1", protected, b"", payload])


def ml_dsa_holds(key, protected, payload, signature):
    try:
        key.verify(signature, sig_structure(protected, payload))
        return True
    except InvalidSignature:
        return False


def statement_holds(statement, key):
    """The statement's own signature: scitt-cose and cwt for Ed25519 and ES256, cryptography for ML-DSA-65."""
    protected, _, payload, signature = cbor2.loads(statement).value
    if cbor2.loads(protected)[ALG] == ML_DSA_65:
        return ml_dsa_holds(key, protected, payload, signature)
    held = parse_signed_statement(statement, public_key_pem=pem(key))["signature_verified"] is True
    expect(cwt_holds(statement, key) == held, "scitt-cose and cwt disagree about the statement")
    return held


def receipt_root(receipt, entry):
    """The root that the inclusion path leads to, rebuilt by scitt-cose's Merkle code."""
    size, leaf, path = cbor2.loads(receipt.value[1][VDP][-1][0])
    return root_from_inclusion_proof(entry.hex(), leaf, size, [node.hex() for node in path])


def cwt_holds(encoded, key, detached_payload=None):
    try:
        header = cbor2.loads(cbor2.loads(encoded).value[0])
        alg = {EDDSA: "EdDSA", ES256: "ES256"}[header[ALG]]
        cose_key = cwt.COSEKey.from_pem(pem(key), alg=alg, kid=header[KID])
        cwt.COSE.new(verify_kid=True).decode(encoded, cose_key, detached_payload=detached_payload)
        return True
    except Exception:  # noqa: BLE001 - any refusal is a refusal
        return False


def receipt_holds(encoded, entry, key):
    """Whether every tool that knows the receipt's algorithm accepts it; the names of those that did."""
    receipt = cbor2.loads(encoded)
    protected = cbor2.loads(receipt.value[0])
    root = receipt_root(receipt, entry)
    if root is None:
        return []
    root = bytes.fromhex(root)
    if protected[ALG] == ML_DSA_65:
        held = ml_dsa_holds(key, receipt.value[0], root, receipt.value[3])
        return ["cryptography"] if held else []
    held = []
    if verify_receipt(encoded, leaf_entry_hex=entry.hex(), log_public_key_pem=pem(key)).ok:
        held.append("scitt-cose")
    if cwt_holds(encoded, key, root):
        held.append("cwt")
    return held


def changed(encoded, at):
    return encoded[:at] + bytes([encoded[at] ^ 1]) + encoded[at + 1 :]


def check_receipt(encoded, entry, trust):
    receipt = cbor2.loads(encoded)
    protected = cbor2.loads(receipt.value[0])
    claims = protected[CLAIMS]
    expect(protected[VDS] == 1, "the protected data structure is not 1")
    expect(receipt.value[2] is None, "the payload of the receipt is attached")
    expect(claims[SUB] == trust["network"], "the receipt is of another network")
    key = find(trust["tree_heads"], "issuer", claims[ISS], protected[KID])
    expect(key is not None, f"no key of {claims[ISS]} in trust.json")
    wanted = ["cryptography"] if protected[ALG] == ML_DSA_65 else ["scitt-cose", "cwt"]
    held = receipt_holds(encoded, entry, key)
    expect(held == wanted, f"held in {held}, not in {wanted}")
    path = cbor2.loads(receipt.value[1][VDP][-1][0])[2]
    for name, at in [("path", encoded.index(path[0]) + 3), ("signature", len(encoded) - 9)]:
        expect(receipt_holds(changed(encoded, at), entry, key) == [], f"a changed {name} is accepted")
    other = hashlib.sha256(entry).digest()
    expect(receipt_holds(encoded, other, key) == [], "another entry is accepted")
    return claims[ISS], wanted


def is_compact(path):
    return path.read_bytes().startswith(b"\xda" + COMPACT.to_bytes(4, "big"))


def check_file(path, trust):
    transparent = cbor2.loads(path.read_bytes())
    expect(transparent.tag == 18, "not a tagged COSE_Sign1")
    protected, unprotected, payload, signature = transparent.value
    statement = cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature]))
    entry = hashlib.sha256(statement).digest()
    print(f"{path.name}: entry {entry.hex()}")
    header = cbor2.loads(protected)
    signer = find(trust.get("signers", []), "did", header[CLAIMS][ISS], header[KID])
    if signer is None:
        print(f"  no key of {header[CLAIMS][ISS]} in trust.json: its signature is not checked")
    else:
        expect(statement_holds(statement, signer), "the statement's signature does not hold")
        for at in (statement.index(payload) + 3, len(statement) - 5):
            expect(not statement_holds(changed(statement, at), signer), "a changed statement is accepted")
        print(f"  statement of {header[CLAIMS][ISS]}, algorithm {header[ALG]}: holds")
    expect(unprotected.get(RECEIPTS), "no receipt")
    for encoded in unprotected[RECEIPTS]:
        issuer, tools = check_receipt(encoded, entry, trust)
        print(f"  receipt of {issuer}: holds in {' and '.join(tools)}, damaged copies refused")
    return len(unprotected[RECEIPTS])


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    directory = Path(sys.argv[1])
    trust = json.loads((directory / "trust.json").read_text())
    files = [path for path in sorted(directory.glob("*.cose")) if not is_compact(path)]
    receipts = failures = 0
    for path in files:
        try:
            receipts += check_file(path, trust)
        except Failure as failure:
            failures += 1
            print(f"  FAILED: {failure}")
    print(f"{len(files)} statements, {receipts} receipts, {failures} failures")
    return 1 if failures or not receipts else 0


if __name__ == "__main__":
    sys.exit(main())
