"""Credentials between Convoy and the reference implementation of SD-JWT (PyPI sd-jwt), in both directions.

usage: credentials.py PROGRAM

PROGRAM is the example `sd_jwt` of convoy-verify. What it issues and presents is verified here by sd-jwt; what sd-jwt issues and presents here is verified by it. With one
character changed, with another nonce and with another key each has to be refused by both.

Exit codes: 0 all as it should be, 1 something was not.
"""

import json
import subprocess
import sys
import time

from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

AUDIENCE, NONCE = "https://gate.example", "n-0S6_WzA2Mj"


class Failure(Exception):
    pass


def expect(condition, what):
    if not condition:
        raise Failure(what)


def run(program, mode, lines=()):
    text = "".join(json.dumps(line) + "\n" for line in lines)
    done = subprocess.run([program, mode], input=text, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def by_sd_jwt(text, key, audience, nonce):
    """The claims, or None where sd-jwt refuses."""
    try:
        verifier = SDJWTVerifier(text, lambda issuer, header: JWK(**key), audience, nonce)
        return verifier.get_verified_payload()
    except Exception:
        return None


def ours(program):
    (issued,) = run(program, "issue")
    for one in issued:
        name = f"ours, {one['algorithm']}"
        asked = (one["issuer_key"], one["audience"], one["nonce"])
        claims = by_sd_jwt(one["presented"], *asked)
        expect(claims == one["claims"], f"{name}: sd-jwt reads {claims}")
        expect(claims["posts"] == ["gate-2"] and claims["roles"] == [], f"{name}: lists")
        expect(claims["clearance"] == "secret" and "unit" not in claims, f"{name}: disclosed")
        expect(by_sd_jwt(one["presented"], asked[0], asked[1], "other") is None, f"{name}: another nonce")
        place = one["presented"].index(".") + 20
        changed = one["presented"][:place] + ("A" if one["presented"][place] != "A" else "B") + one["presented"][place + 1 :]
        expect(by_sd_jwt(changed, *asked) is None, f"{name}: a changed character")
    return len(issued)


def theirs(program):
    asked, expected = [], []
    for kty, crv, alg in [("EC", "P-256", "ES256"), ("OKP", "Ed25519", "EdDSA")]:
        # sd-jwt reads key bindings with ES256 only.
        issuer_key, holder_key = JWK.generate(kty=kty, crv=crv), JWK.generate(kty="EC", crv="P-256")
        public = json.loads(issuer_key.export_public())
        now = int(time.time())
        claims = {
            "iss": "did:web:depot.example",
            "iat": now,
            "exp": now + 3600,
            "vct": "https://credentials.example/driver",
            SDObj("given_name"): "Anna",
            SDObj("licences"): [SDObj("C"), SDObj("CE")],
            "address": {SDObj("street"): "Pikk 1", "country": "EE"},
        }
        issuer = SDJWTIssuer(
            claims, issuer_key, holder_key, sign_alg=alg, extra_header_parameters={"typ": "dc+sd-jwt", "kid": "#" + kid(program, public)}
        )
        for wanted in [{}, {"given_name": True, "licences": [False, True]}, {"address": {"street": True}, "licences": [True]}]:
            holder = SDJWTHolder(issuer.sd_jwt_issuance)
            holder.create_presentation(wanted, NONCE, AUDIENCE, holder_key)
            text = holder.sd_jwt_presentation
            own = by_sd_jwt(text, public, AUDIENCE, NONCE)
            expect(own is not None, "sd-jwt does not verify itself")
            line = {"credential": text, "key": public, "audience": AUDIENCE, "nonce": NONCE}
            asked.append(line)
            expected.append(own)
            asked.append({**line, "issuer_did": "did:web:depot.example", "now_s": now + 5})
            expected.append({k: v for k, v in own.items() if k not in ("iss", "iat", "exp", "vct", "cnf")})
            for bad in [{"nonce": "other"}, {"audience": "https://else.example"}, {"key": json.loads(holder_key.export_public())}]:
                asked.append({**line, **bad})
                expected.append(None)
            asked.append({**line, "issuer_did": "did:web:depot.example", "now_s": now + 7200})
            expected.append(None)
    for line, wanted, answer in zip(asked, expected, run(program, "open", asked), strict=True):
        expect(answer.get("claims") == wanted, f"theirs: {answer} instead of {wanted} for {line}")
    return len(asked)


def kid(program, jwk):
    """The key's id as our DID documents have it: the first bytes of its RFC 9679 thumbprint, from the standard's definition."""
    import base64
    import hashlib

    import cbor2

    def decode(name):
        return base64.urlsafe_b64decode(jwk[name] + "=" * (-len(jwk[name]) % 4))

    if jwk["kty"] == "OKP":
        required = {1: 1, -1: 6, -2: decode("x")}
    else:
        required = {1: 2, -1: 1, -2: decode("x"), -3: decode("y")}
    return hashlib.sha256(cbor2.dumps(required, canonical=True)).digest()[:8].hex()


def main():
    try:
        print(f"credentials: {ours(sys.argv[1])} of ours verified by sd-jwt, {theirs(sys.argv[1])} cases of theirs judged alike")
    except Failure as failure:
        print(f"FAILED: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
