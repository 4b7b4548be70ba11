/** What holds for any bytes and any value, and what another library says of ours. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { decode as otherDecode } from "cborg";
import fc from "fast-check";
import { CborError, type CborValue, check, encode } from "../src/cbor.js";
import {
  ACTION_BYTES_MAX,
  SigningKey,
  Statement,
  STATEMENT_ACTIONS_MAX,
  StatementBuilder,
  StatementError,
  Trust,
  TrustError,
  verify,
  VerifyError,
} from "../src/index.js";
import { bytesOf, load, type ProofVector, type StatementVector, unhex } from "./vectors.js";

const trust = Trust.fromJson(new TextDecoder().decode(bytesOf("trust-small.json")));
const good = load<{ proofs: ProofVector[] }>("proofs.json")
  .proofs.filter((vector) => vector.trust === "trust-small.json" && vector.report)
  .map((vector) => bytesOf(vector.file));
const statements = load<{ good: StatementVector[] }>("statements.json").good.map((vector) => unhex(vector.statement));

const { value: values } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: -(1n << 64n), max: (1n << 64n) - 1n }),
    fc.string({ unit: "binary" }),
    fc.uint8Array({ maxLength: 30 }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie("value"), { maxKeys: 4 }),
  ),
}));

/** Numbers as bigint and objects as entries, so that two readings of one value are equal. */
function plain(value: unknown): unknown {
  if (typeof value === "number") return BigInt(value);
  if (value instanceof Uint8Array) return [...value].map(String);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return plain(Object.fromEntries(value as Map<string, unknown>));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => [key, plain(member)] as const);
  return { map: entries.sort(([a], [b]) => (a < b ? -1 : 1)) };
}

/** Runs `attempt`; true where it holds, false where it throws `kind`; anything else fails the test. */
function holds(kind: new (...parts: never[]) => Error, attempt: () => void): boolean {
  try {
    attempt();
    return true;
  } catch (error) {
    assert.ok(error instanceof kind, String(error));
    return false;
  }
}

test("what is encoded is canonical, and other software reads the same", () => {
  fc.assert(
    fc.property(values, (value) => {
      const encoded = encode(value);
      check(encoded);
      assert.deepEqual(plain(otherDecode(encoded, { strict: true, useMaps: true })), plain(value));
    }),
  );
});

test("a value without deterministic CBOR is refused", () => {
  const odd = [1.5, Number.NaN, 2 ** 53, 1n << 64n, -(1n << 64n) - 1n, "\ud800", Symbol("x"), undefined, () => 1];
  for (const value of odd) assert.throws(() => encode(value as CborValue), CborError, String(value));
  const twice = new Map<CborValue, CborValue>([
    [1, "a"],
    [1n, "b"],
  ]);
  assert.throws(() => encode(twice), CborError);
});

test("nesting is bounded", () => {
  let value: CborValue = 0;
  for (let depth = 0; depth < 32; depth++) value = [value];
  check(encode(value));
  assert.throws(() => encode([value]), CborError);
});

test("bytes from anywhere are canonical or refused", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void holds(CborError, () => check(bytes))));
});

test("any flipped bit of a proof is refused", () => {
  const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.constantFrom(...good), place, fc.nat(7), (proof, at, bit) => {
      const damaged = proof.slice();
      const index = Math.floor(at * proof.length);
      damaged[index] = (damaged[index] as number) ^ (1 << bit);
      assert.ok(!holds(VerifyError, () => verify(damaged, trust)), `bit ${bit} of byte ${index}`);
    }),
  );
});

test("noise is refused, and nothing else is thrown", () => {
  const heads = ["d284", "da636e760188", "da636e760287", ""].map(unhex);
  fc.assert(
    fc.property(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 300 }), (head, noise) => {
      assert.ok(!holds(VerifyError, () => verify(Uint8Array.from([...head, ...noise]), trust)));
    }),
  );
});

test("a changed statement is another or refused", () => {
  const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.constantFrom(...statements), place, fc.nat(255), (statement, at, byte) => {
      const damaged = statement.slice();
      const index = Math.floor(at * statement.length);
      damaged[index] = byte;
      holds(StatementError, () => {
        const same = Statement.decode(damaged).id === Statement.decode(statement).id;
        assert.equal(same, statement[index] === byte);
      });
    }),
  );
});

test("what is too large is refused by name", () => {
  const key = SigningKey.generate("Ed25519");
  const builder = (): StatementBuilder => new StatementBuilder("a.ba7816bf8f01cfea", "did:web:a", 1n);
  const refused = (attempt: () => void): number => {
    try {
      attempt();
    } catch (error) {
      if (error instanceof StatementError) return error.number;
      throw error;
    }
    return 0;
  };
  const body = new Uint8Array(ACTION_BYTES_MAX - 5);
  assert.equal(refused(() => builder().action("m", body).sign(key)), 0);
  assert.equal(refused(() => builder().action("m", new Uint8Array(ACTION_BYTES_MAX)).sign(key)), 1002);
  assert.equal(refused(() => builder().action("m", body).action("m", body).sign(key)), 1002);
  const many = builder();
  for (let count = 0; count <= STATEMENT_ACTIONS_MAX; count++) many.action("m", null);
  assert.equal(refused(() => many.sign(key)), 1007);
  assert.equal(refused(() => builder().sequence(0, -1).action("m", null).sign(key)), 1007);
});

test("a trust file from anywhere is refused by name", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      assert.ok(!holds(TrustError, () => Trust.fromJson(text)));
    }),
  );
});
