/** Every shared vector: the same bytes, verdicts and words as the Rust crates. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { check, CborError, encode } from "../src/cbor.js";
import { hex } from "../src/ids.js";
import { KeyError, PublicKey, SignatureError, SigningKey } from "../src/keys.js";
import { Statement, StatementBuilder, StatementError } from "../src/statement.js";
import { Trust, TrustError, verify, VerifyError } from "../src/verify.js";
import {
  bytesOf,
  type KeyVector,
  load,
  type ProofVector,
  type StatementVector,
  trusts,
  unhex,
  valueOf,
} from "./vectors.js";

/** What `run` throws, which has to be of `kind`. */
function thrown<E extends Error>(kind: new (...parts: never[]) => E, run: () => unknown): E {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof kind, `another error: ${error}`);
    return error;
  }
  assert.fail(`nothing was thrown where a ${kind.name} belongs`);
}

describe("keys", () => {
  const keys = load<{ good: KeyVector[]; refused_jwks: { jwk: object; error: string }[] }>("keys.json");
  for (const vector of keys.good) {
    test(`${vector.algorithm} ${vector.key_id} is the same in every form`, () => {
      const key = SigningKey.fromSecret(vector.algorithm, unhex(vector.secret));
      for (const known of [key.publicKey, PublicKey.fromJwk(vector.jwk), PublicKey.fromPem(vector.pem)]) {
        assert.equal(known.id, vector.key_id);
        assert.equal(hex(known.thumbprint), vector.thumbprint);
        assert.deepEqual(known.toJwk(), vector.jwk);
        assert.equal(hex(known.toCoseKey()), vector.cose_key);
        assert.equal(known.toPem(), vector.pem);
      }
      const [message, signature] = [unhex(vector.message), unhex(vector.signature)];
      key.publicKey.verify(message, signature);
      key.publicKey.verify(message, key.sign(message));
      const other = Uint8Array.from([...message, 120]);
      thrown(SignatureError, () => key.publicKey.verify(other, signature));
      if (vector.algorithm === "Ed25519") assert.equal(hex(key.sign(message)), vector.signature);
      const again = SigningKey.fromPem(vector.algorithm, vector.secret_pem);
      assert.equal(again.publicKey.id, vector.key_id);
      assert.equal(hex(again.toSecret()), vector.secret);
      assert.ok(!`${key} ${JSON.stringify({ key })}`.includes(vector.secret));
    });
  }
  for (const vector of keys.refused_jwks) {
    test(`a bad JWK is refused: ${vector.error}`, () => {
      assert.equal(thrown(KeyError, () => PublicKey.fromJwk(vector.jwk)).message, vector.error);
    });
  }
});

describe("Ed25519 at its edges", () => {
  interface Edges {
    signatures: { key: string; message: string; signature: string; holds: boolean }[];
    keys: { key: string; accepted: boolean }[];
  }
  const edges = load<Edges>("ed25519.json");
  for (const vector of edges.signatures) {
    test(`${vector.signature.slice(0, 16)} holds: ${vector.holds}`, () => {
      const key = PublicKey.ed25519(unhex(vector.key));
      const run = (): void => key.verify(unhex(vector.message), unhex(vector.signature));
      if (vector.holds) run();
      else thrown(SignatureError, run);
    });
  }
  for (const vector of edges.keys) {
    test(`the key ${vector.key.slice(0, 16)} of small order is refused`, () => {
      assert.equal(vector.accepted, false);
      thrown(KeyError, () => PublicKey.ed25519(unhex(vector.key)));
    });
  }
});

describe("deterministic CBOR", () => {
  const vectors = load<{ good: { value: unknown; hex: string }[]; bad: { hex: string; error: string }[] }>("cbor.json");
  for (const vector of vectors.good) {
    test(`${vector.hex.slice(0, 24)} is written`, () => {
      assert.equal(hex(encode(valueOf(vector.value))), vector.hex);
      check(unhex(vector.hex));
    });
  }
  for (const vector of vectors.bad) {
    test(`${vector.hex.slice(0, 24)} is refused: ${vector.error}`, () => {
      assert.equal(thrown(CborError, () => check(unhex(vector.hex))).message, vector.error);
    });
  }
});

function builderOf(vector: StatementVector): StatementBuilder {
  const builder = new StatementBuilder(vector.network, vector.signer, BigInt(vector.not_after_ms));
  builder.sequence(vector.lane ?? 0, BigInt(vector.sequence ?? 0));
  if (vector.subject !== undefined) builder.subject(vector.subject);
  if (vector.compartment !== undefined) builder.compartment(vector.compartment);
  if (vector.label !== undefined) builder.label(vector.label.classification, vector.label.releasable_to);
  if (vector.assurance !== undefined) builder.assurance(vector.assurance);
  for (const { module, body } of vector.actions) builder.action(module, valueOf(body));
  return builder;
}

describe("statements", () => {
  interface Statements {
    good: StatementVector[];
    refused: { name: string; statement: string; number: number; field: string; error: string }[];
  }
  const statements = load<Statements>("statements.json");
  for (const vector of statements.good) {
    test(`${vector.name}: built here it is byte-equal`, () => {
      const key = SigningKey.fromSecret(vector.algorithm, unhex(vector.secret));
      const unsigned = builderOf(vector).unsigned(key.publicKey);
      assert.equal(hex(unsigned.toBeSigned()), vector.to_be_signed);
      const expected = Statement.decode(unhex(vector.statement));
      assert.equal(hex(unsigned.attach(expected.signature).bytes), vector.statement);
      assert.equal(expected.id, vector.id);
      expected.verify(key.publicKey);
      const own = builderOf(vector).sign(key);
      own.verify(key.publicKey);
      assert.deepEqual(own.content, expected.content);
      const about = (s: Statement): string[] => [s.signer, s.subject, s.network, s.keyId];
      assert.deepEqual(about(own), about(expected));
      if (vector.algorithm === "Ed25519") assert.equal(own.id, expected.id);
    });
  }
  for (const vector of statements.refused) {
    test(`${vector.name} is refused as ${vector.number}`, () => {
      const error = thrown(StatementError, () => Statement.decode(unhex(vector.statement)));
      assert.deepEqual([error.number, error.field, error.message], [vector.number, vector.field, vector.error]);
    });
  }
});

describe("trust files", () => {
  const { refused } = load<{ refused: { name: string; trust: object; error: string | null }[] }>("trusts.json");
  for (const vector of refused) {
    test(`${vector.name} is refused`, () => {
      const error = thrown(TrustError, () => Trust.fromJson(JSON.stringify(vector.trust)));
      if (vector.error !== null) assert.equal(error.message, vector.error);
    });
  }
});

describe("proofs", () => {
  const { proofs } = load<{ proofs: ProofVector[] }>("proofs.json");
  const known = trusts();
  for (const vector of proofs) {
    test(`${vector.name}: ${vector.failed?.check ?? "holds"}`, () => {
      const trust = known.get(vector.trust);
      assert.ok(trust);
      if (vector.report !== undefined) {
        assert.deepEqual(JSON.parse(JSON.stringify(verify(bytesOf(vector.file), trust))), vector.report);
        return;
      }
      const error = thrown(VerifyError, () => verify(bytesOf(vector.file), trust));
      assert.deepEqual({ check: error.check, reason: error.reason }, vector.failed);
    });
  }
  test("there are good and bad ones of both kinds", () => {
    for (const compact of [true, false]) {
      const vectors = proofs.filter(({ name }) => name.startsWith("compact") === compact);
      assert.ok(vectors.filter(({ report }) => report).length >= 8);
      assert.ok(vectors.filter(({ failed }) => failed).length >= 20);
    }
  });
});
